/* traceback objects.
 * SPDX-License-Identifier: MIT */
#include "code/code.h"
#include "mem/fast.h"
#include "types/exception.h"
#include "types/list.h"
#include "types/str.h"

#define T(v) ((ImTraceback *)im_ptr(v))
Value (*im_traceback_frame_hook)(Thread *t, Value tb);

/* Steals next and frame. */
static Value traceback_made(Thread *t, Value next, Value frame, Value code, int32_t lasti, int32_t lineno)
{
    ImTraceback *tb = (ImTraceback *)im_tracked_alloc(t, im_traceback_type.root_shape, sizeof *tb);
    if (IM_UNLIKELY(!tb)) {
        im_xdrop(t, next);
        im_xdrop(t, frame);
        return IM_NO_VALUE;
    }
    im_xtake(code);
    tb->x_next = next;
    tb->x_frame = frame;
    tb->code = code;
    tb->lasti = lasti;
    tb->lineno = lineno;
    im_track_new(t, &tb->head);
    return im_value(tb);
}
Value im_traceback_new(Thread *t, Value next, Value frame, Value code, int32_t lasti, int32_t lineno)
{
    im_xtake(next);
    im_xtake(frame);
    return traceback_made(t, next, frame, code, lasti, lineno);
}
bool im_traceback_push(Thread *t, Value exc, Value frame, Value code, int32_t lasti)
{
    ImExc *e = im_excp(exc);
    const bool mine = im_is_private_obj(&e->head);
    Value old = mine ? e->x_traceback : im_slot_get(t, NULL, &e->x_traceback);
    if (mine) e->x_traceback = IM_NO_VALUE; /* it moves */
    Value tb = traceback_made(t, old, frame, code, lasti, -1); /* the line is found when somebody asks */
    if (mine) e->x_traceback = tb;
    else if (!im_no_value(tb)) im_slot_put(t, &e->head, &e->x_traceback, tb);
    return !im_no_value(tb);
}

Value im_traceback_frame(Thread *t, Value tb)
{
    Value f = im_slot_get(t, NULL, &T(tb)->x_frame);
    if (!im_no_value(f)) return f;
    if (!im_traceback_frame_hook) return IM_NONE;
    f = im_traceback_frame_hook(t, tb);
    if (!im_no_value(f)) im_slot_put(t, im_ptr(tb), &T(tb)->x_frame, im_new_ref(f));
    return f;
}

static Value get_frame(Thread *t, Value tb, void *c)
{
    (void)c;
    return IM_AUDIT(t, "object.__getattr__", tb, IM_S(tb_frame)) < 0 ? IM_NO_VALUE : im_traceback_frame(t, tb);
}
static Value get_next(Thread *t, Value tb, void *c)
{
    (void)c;
    Value n = im_slot_get(t, NULL, &T(tb)->x_next);
    return im_no_value(n) ? IM_NONE : n;
}
static int set_next(Thread *t, Value tb, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_type(t, "can't delete tb_next attribute"), -1;
    if (im_is_none(v)) v = IM_NO_VALUE;
    else if (!im_is_exact(v, &im_traceback_type)) return im_raise_type(t, "expected traceback object, got '%T'", v), -1;
    for (Value x = v; im_is_object(x); x = T(x)->x_next) /* borrowed walk over links that only tb_next changes */
        if (im_same(x, tb)) return im_raise_valueerror(t, "traceback loop detected"), -1;
    im_xtake(v);
    im_slot_put(t, im_ptr(tb), &T(tb)->x_next, v);
    return 0;
}
static Value get_lineno(Thread *t, Value tb, void *c)
{
    (void)t, (void)c;
    if (T(tb)->lineno != -1 || im_no_value(T(tb)->code)) return im_int(T(tb)->lineno);
    int line = im_code_line(im_codep(T(tb)->code), (uint32_t)(T(tb)->lasti < 0 ? 0 : T(tb)->lasti / 2));
    return line < 0 ? IM_NONE : im_int(line);
}
static Value traceback_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    ImArgs a;
    int lasti, lineno;
    if (im_parse_args(t, "traceback", "(tb_next, tb_frame, tb_lasti, tb_lineno)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    if (!im_is_none(a.v[0]) && !im_is_exact(a.v[0], &im_traceback_type)) return im_raise_type(t, "expected traceback object or None, got '%T'", a.v[0]);
    if (strcmp(im_type_cname(im_type_of(a.v[1])), "frame") != 0) return im_raise_type(t, "traceback() argument 'tb_frame' must be frame, not %T", a.v[1]);
    if (im_as_int(t, a.v[2], &lasti) < 0 || im_as_int(t, a.v[3], &lineno) < 0) return IM_NO_VALUE;
    Value code = im_getattr(t, a.v[1], IM_S(f_code));
    if (im_no_value(code)) return code;
    Value tb = im_traceback_new(t, im_is_none(a.v[0]) ? IM_NO_VALUE : a.v[0], a.v[1], code, lasti, lineno);
    im_drop(t, code);
    return tb;
}
static Value traceback_dir(Thread *t, Value tb, const Value *a, size_t n, Value kw)
{
    (void)tb, (void)a, (void)n, (void)kw;
    static const char *const names[] = {"tb_frame", "tb_next", "tb_lasti", "tb_lineno"};
    Value list = im_list_new(t, 4);
    for (size_t i = 0; i < 4 && !im_no_value(list); i++) {
        Value s = im_str_from_cstr(t, names[i]);
        if (im_no_value(s) || im_list_append_steal(t, list, s) < 0) IM_CLEAR(t, list);
    }
    return list;
}
static int tb_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImTraceback *tb = (ImTraceback *)o;
    Value v[] = {tb->x_next, tb->x_frame, tb->code};
    int rc;
    for (size_t i = 0; i < 3; i++)
        if (im_is_object(v[i]) && (rc = visit(v[i], arg)) != 0) return rc;
    return 0;
}
static void tb_clear(Thread *t, ImObject *o)
{
    im_slot_put(t, o, &((ImTraceback *)o)->x_next, IM_NO_VALUE);
    im_slot_put(t, o, &((ImTraceback *)o)->x_frame, IM_NO_VALUE);
}
static void tb_destroy(Thread *t, ImObject *o)
{
    ImTraceback *tb = (ImTraceback *)o;
    im_destroy_child(t, tb->x_next);
    im_destroy_child(t, tb->x_frame);
    im_destroy_child(t, tb->code);
}
static const ImMethodDef tb_methods[] = {IM_FIXED("__dir__", traceback_dir, 0, NULL, NULL), IM_END};
static const ImGetSetDef tb_getset[] = {{"tb_frame", get_frame, NULL, NULL, NULL}, {"tb_next", get_next, set_next, NULL, NULL}, {"tb_lineno", get_lineno, NULL, NULL, NULL}, IM_END};
static const ImMemberDef tb_members[] = {{"tb_lasti", IM_T_INT32, offsetof(ImTraceback, lasti), true, NULL}, IM_END};
static const ImSlots tb_slots = {.new_ = traceback_new, .getattr = im_generic_getattr, .setattr = im_generic_setattr};
static const ImTypeSpec tb_spec = {.name = "traceback", .doc = "Create a new traceback object.", .text_signature = "(tb_next, tb_frame, tb_lasti, tb_lineno)",
    .size = sizeof(ImTraceback), .flags = IM_TF_GC, .slots = &tb_slots, .methods = tb_methods, .getset = tb_getset, .members = tb_members, .traverse = tb_traverse,
    .clear = tb_clear, .destroy = tb_destroy};
IM_TYPE(traceback, &tb_spec);
