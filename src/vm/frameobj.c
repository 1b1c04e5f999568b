/* Frame objects, locals() and f_locals proxies (PEP 667).
 *
 * A running frame's object holds no values: reads go to the live registers. Only the thread that runs the frame may do that freely; another thread stops the world and
 * publishes what it takes. When the frame ends, its registers move into the object (im_frame_obj_finish).
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"
#include "types/int.h"
#include "types/list.h"
#include "types/module.h"
#include "types/set.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"
#include "vm/trace.h"

static ImFrameObj *fo_of(Value v) { return (ImFrameObj *)im_ptr(v); }
static ImFunction *func_of(ImFrameObj *o) { return (ImFunction *)im_ptr(o->func); }
static ImCode *code_of(ImFrameObj *o) { ImFrame *f = im_load_acquire(&o->x_frame); return f ? f->code : func_of(o)->x_code; }

Value im_frame_object(Thread *t, ImFrame *f)
{
    if (!im_no_value(f->x_frame_obj)) return im_new_ref(f->x_frame_obj);
    ImFrameObj *o = (ImFrameObj *)im_instance_alloc(t, &im_frame_type, 0);
    if (!o) return IM_NO_VALUE;
    o->func = im_new_ref(im_value(f->func));
    if (!im_no_value(f->locals)) o->locals = im_new_ref(f->locals);
    o->trace_lines = true;
    o->unit = -1;
    o->x_frame = f;
    if (f->kind & IM_FRAME_GEN) o->gen = im_value(im_frame_gen(f)); /* borrowed: the generator outlives its frame and detaches it */
    f->x_frame_obj = im_value(o);
    if ((f->kind & IM_FRAME_GEN) && im_is_shared_obj(&im_frame_gen(f)->head)) im_publish(t, f->x_frame_obj);
    return im_new_ref(f->x_frame_obj);
}

void im_frame_obj_finish(Thread *t, ImFrame *f)
{
    Value v = f->x_frame_obj;
    ImFrameObj *o = fo_of(v);
    f->x_frame_obj = IM_NO_VALUE;
    o->unit = (int32_t)im_frame_unit(f);
    if (!im_is_unique(v) && !o->cleared) { /* somebody will look: values move in, the caller's frame stays reachable */
        uint32_t n = f->code->nlocals, far = f->code->nfar;
        o->regs = im_raw_alloc_zero(NULL, n + far ? n + far : 1, sizeof(Value));
        if (o->regs) {
            bool shared = im_is_shared_obj(&o->head);
            for (uint32_t i = 0; i < n + far; i++) {
                Value *from = i < n ? &f->regs[i] : &f->regs[-1 - (int)(i - n)];
                if (shared) im_publish(t, *from);
                o->regs[i] = *from;
                *from = IM_UNSET;
            }
            o->nregs = n + far;
        }
        if (f->back) {
            Value back = im_frame_object(t, f->back);
            if (im_no_value(back)) im_exc_clear(t);
            else im_slot_put(t, &o->head, &o->x_back, back);
        }
    }
    o->gen = IM_NO_VALUE;
    im_store_release(&o->x_frame, (ImFrame *)NULL);
    im_drop(t, v);
}

/* --- variables by name ----------------------------------------------------------------------------------------------------------- */
/* Register holding variable i of regnames, or null when the values are gone. */
static Value *var_slot(ImFrameObj *o, uint32_t i)
{
    ImFrame *f = im_load_acquire(&o->x_frame);
    if (f) return i < f->code->nlocals ? &f->regs[i] : &f->regs[-1 - (int)(i - f->code->nlocals)];
    return i < o->nregs ? &o->regs[i] : NULL;
}

static bool is_cell_reg(const ImCode *co, uint32_t i) { return i < co->nlocals && (co->regkinds[i] & IM_REG_CELL); }
static bool hidden(const ImCode *co, uint32_t i) { return i < co->nlocals && (co->regkinds[i] & IM_REG_HIDDEN); }

/* Owned value of variable i, IM_UNSET if it has none. */
static Value var_get(Thread *t, ImFrameObj *o, uint32_t i)
{
    Value *slot = var_slot(o, i);
    if (!slot) return IM_UNSET;
    Value v = *slot;
    if (im_no_value(v) || im_is_unset(v)) return IM_UNSET;
    if (is_cell_reg(code_of(o), i) && im_is_exact(v, &im_cell_type)) return im_cell_get(t, v);
    return im_new_ref(v);
}

/* Variable i is to be seen: it has a name, and if it is a comprehension's, the comprehension runs. */
static bool visible(ImFrameObj *o, uint32_t i)
{
    const ImCode *co = code_of(o);
    if (im_str_len(im_tuple_get(co->regnames, i)) == 0) return false;
    if (!hidden(co, i)) return true;
    Value *slot = var_slot(o, i);
    return slot && !im_no_value(*slot) && !im_is_unset(*slot);
}

/* A running comprehension's variable comes before the function's own of that name. */
static int find_var(ImFrameObj *o, Value name)
{
    const ImCode *co = code_of(o);
    int found = -1;
    for (ssize_t i = im_tuple_len(co->regnames) - 1; i >= 0; i--) {
        if (!im_str_equal(im_tuple_get(co->regnames, i), name) || !visible(o, (uint32_t)i)) continue;
        if (hidden(co, (uint32_t)i)) return (int)i;
        if (found < 0) found = (int)i;
    }
    return found;
}

static bool has_visible_hidden(ImFrameObj *o)
{
    const ImCode *co = code_of(o);
    for (uint32_t i = 0; i < co->nlocals; i++)
        if (hidden(co, i) && visible(o, i)) return true;
    return false;
}
/* The cells of the enclosing functions; none once the frame has been cleared. */
static Value free_cells(ImFrameObj *o) { return o->cleared && !im_load_acquire(&o->x_frame) ? IM_NO_VALUE : func_of(o)->closure; }
static int find_free(const ImCode *co, Value name)
{
    ssize_t n = im_tuple_len(co->freevars);
    for (ssize_t i = 0; i < n; i++)
        if (im_str_equal(im_tuple_get(co->freevars, i), name)) return (int)i;
    return -1;
}

/* Adds every bound variable to dict d: what locals() in a function gives. */
static int fill_locals(Thread *t, ImFrameObj *o, Value d)
{
    ImCode *co = code_of(o);
    for (ssize_t i = 0; i < im_tuple_len(co->regnames); i++) {
        if (!visible(o, (uint32_t)i)) continue;
        Value v = var_get(t, o, (uint32_t)i);
        if (im_is_unset(v)) continue;
        int r = im_dict_set(t, d, im_tuple_get(co->regnames, i), v);
        im_drop(t, v);
        if (r < 0) return -1;
    }
    Value closure = free_cells(o);
    for (ssize_t i = 0; !im_no_value(closure) && i < im_tuple_len(co->freevars); i++) {
        Value v = im_cell_get(t, im_tuple_get(closure, i));
        if (im_is_unset(v)) continue;
        int r = im_dict_set(t, d, im_tuple_get(co->freevars, i), v);
        im_drop(t, v);
        if (r < 0) return -1;
    }
    return im_no_value(o->extra) ? 0 : im_dict_merge(t, d, o->extra, 1);
}

Value im_frame_locals(Thread *t, ImFrame *f)
{
    bool plain = f->code->nlocals == 0;
    if (!im_no_value(f->locals) && !(f->code->flags & IM_CO_OPTIMIZED) && plain) return im_new_ref(f->locals);
    Value fo = im_frame_object(t, f);
    if (!im_no_value(fo) && !im_no_value(f->locals) && !(f->code->flags & IM_CO_OPTIMIZED) && !has_visible_hidden(fo_of(fo))) {
        im_drop(t, fo);
        return im_new_ref(f->locals);
    }
    Value d = im_dict_new(t);
    /* In a comprehension of a module or class body: a copy of the namespace, with the comprehension's variables. */
    if (!im_no_value(d) && !im_no_value(f->locals) && im_dict_merge(t, d, f->locals, 1) < 0) IM_CLEAR(t, d);
    if (im_no_value(fo) || im_no_value(d) || fill_locals(t, fo_of(fo), d) < 0) {
        im_xdrop(t, fo);
        im_xdrop(t, d);
        return IM_NO_VALUE;
    }
    im_drop(t, fo);
    return d;
}

/* --- FrameLocalsProxy ------------------------------------------------------------------------------------------------------------------ */
typedef struct ImLocalsProxy { ImObject head; Value frame; } ImLocalsProxy;
extern ImType im_frame_locals_proxy_type;
static ImFrameObj *pf(Value self) { return fo_of(((ImLocalsProxy *)im_ptr(self))->frame); }

static Value proxy_dict(Thread *t, Value self)
{
    Value d = im_dict_new(t);
    if (!im_no_value(d) && fill_locals(t, pf(self), d) < 0) { im_drop(t, d); return IM_NO_VALUE; }
    return d;
}

/* The variable's own name for a key that is equal to it and no exact str; 0 when there is none, -1. *name is owned. */
static int name_of_key(Thread *t, ImFrameObj *o, Value key, Value *name)
{
    ImCode *co = code_of(o);
    int64_t h, hn;
    *name = IM_NO_VALUE;
    if (im_is_exact(key, &im_str_type)) { *name = im_new_ref(key); return 1; }
    if ((h = im_hash(t, key)) == -1) return -1;
    const Value lists[] = {co->regnames, co->freevars};
    for (int k = 0; k < 2; k++)
        for (ssize_t i = 0; i < im_tuple_len(lists[k]); i++) {
            Value s = im_tuple_get(lists[k], i);
            if ((hn = im_hash(t, s)) == -1) return -1;
            if (hn != h) continue;
            int r = im_equal(t, s, key);
            if (r < 0) return -1;
            if (r) { *name = im_new_ref(s); return 1; }
        }
    return 0;
}

/* 1 found, 0 absent, -1. */
static int proxy_find(Thread *t, Value self, Value key, Value *out)
{
    ImFrameObj *o = pf(self);
    ImCode *co = code_of(o);
    *out = IM_NO_VALUE;
    Value name;
    int named = name_of_key(t, o, key, &name);
    if (named < 0) return -1;
    if (named) {
        int i = find_var(o, name);
        Value v = i >= 0 ? var_get(t, o, (uint32_t)i) : IM_UNSET;
        if (i < 0 && (i = find_free(co, name)) >= 0 && !im_no_value(free_cells(o))) v = im_cell_get(t, im_tuple_get(func_of(o)->closure, i));
        im_drop(t, name);
        if (!im_is_unset(v)) { *out = v; return 1; }
    }
    return im_no_value(o->extra) ? 0 : im_dict_get(t, o->extra, key, out);
}

static Value proxy_getitem(Thread *t, Value self, Value key)
{
    Value v;
    int r = proxy_find(t, self, key, &v);
    if (r == 0) return im_raise(t, &im_KeyError_type, "local variable '%R' is not defined", key);
    return r < 0 ? IM_NO_VALUE : v;
}

/* Steals old. */
static int keep_until_frame_ends(Thread *t, ImFrameObj *o, Value old)
{
    if (im_no_value(o->graveyard)) {
        Value l = im_list_new(t, 1);
        if (im_no_value(l)) { im_drop(t, old); return -1; }
        im_slot_put(t, &o->head, &o->graveyard, l);
    }
    return im_list_append_steal(t, o->graveyard, old);
}

static int set_named(Thread *t, Value self, Value key, Value v);
static int proxy_setitem(Thread *t, Value self, Value key, Value v)
{
    Value name;
    int named = name_of_key(t, pf(self), key, &name);
    if (named < 0) return -1;
    int r = set_named(t, self, named ? name : key, v);
    im_xdrop(t, name);
    return r;
}
static int set_named(Thread *t, Value self, Value key, Value v)
{
    ImFrameObj *o = pf(self);
    ImCode *co = code_of(o);
    if (im_is_str(key)) {
        int i = find_var(o, key);
        if (i >= 0) {
            if (im_no_value(v)) return im_raise_valueerror(t, "cannot remove local variables from FrameLocalsProxy"), -1;
            Value *slot = var_slot(o, (uint32_t)i);
            if (!slot) return 0;
            if (is_cell_reg(co, (uint32_t)i) && im_is_object(*slot) && im_is_exact(*slot, &im_cell_type)) { im_cell_set(t, *slot, im_new_ref(v)); return 0; }
            /* The running instruction may have borrowed the old value: it is kept until the frame object goes. */
            Value old = *slot;
            if (im_is_shared_obj(&o->head)) im_publish(t, v);
            *slot = im_new_ref(v);
            if (im_is_object(old)) return keep_until_frame_ends(t, o, old);
            return 0;
        }
        i = find_free(co, key);
        if (i >= 0 && !im_no_value(free_cells(o))) {
            if (im_no_value(v)) return im_raise_valueerror(t, "cannot remove local variables from FrameLocalsProxy"), -1;
            im_cell_set(t, im_tuple_get(func_of(o)->closure, i), im_new_ref(v));
            return 0;
        }
    }
    if (im_no_value(v)) {
        int r = im_no_value(o->extra) ? 0 : im_dict_del(t, o->extra, key);
        if (r == 0) return im_raise_key(t, key), -1;
        return r < 0 ? -1 : 0;
    }
    if (im_no_value(o->extra)) {
        Value d = im_dict_new(t);
        if (im_no_value(d)) return -1;
        im_slot_put(t, &o->head, &o->extra, d);
    }
    return im_dict_set(t, o->extra, key, v);
}

static ssize_t proxy_len(Thread *t, Value self)
{
    Value d = proxy_dict(t, self);
    if (im_no_value(d)) return -1;
    ssize_t n = im_dict_len(d);
    im_drop(t, d);
    return n;
}
static int proxy_contains(Thread *t, Value self, Value key)
{
    Value v;
    int r = proxy_find(t, self, key, &v);
    im_xdrop(t, v);
    return r;
}
static Value proxy_iter(Thread *t, Value self)
{
    Value d = proxy_dict(t, self), keys, it;
    if (im_no_value(d)) return d;
    keys = im_dict_keys_list(t, d);
    im_drop(t, d);
    if (im_no_value(keys)) return keys;
    it = im_iter(t, keys);
    im_drop(t, keys);
    return it;
}
static Value proxy_repr(Thread *t, Value self)
{
    int r = im_repr_enter(t, self);
    if (r) return r < 0 ? IM_NO_VALUE : im_str_from_cstr(t, "{...}");
    Value d = proxy_dict(t, self);
    Value s = im_no_value(d) ? d : im_repr(t, d);
    im_xdrop(t, d);
    im_repr_leave(t, self);
    return s;
}
static Value proxy_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if ((op != IM_EQ && op != IM_NE)) return IM_NOT_IMPLEMENTED;
    if (im_is_exact(b, &im_frame_locals_proxy_type)) {
        bool same = pf(a) == pf(b);
        return im_bool(op == IM_EQ ? same : !same);
    }
    if (!im_is_dict(b)) return IM_NOT_IMPLEMENTED;
    Value d = proxy_dict(t, a);
    if (im_no_value(d)) return d;
    Value r = im_compare(t, d, b, op);
    im_drop(t, d);
    return r;
}
static Value proxy_via_dict(Thread *t, Value self, Value name, const Value *args, size_t n)
{
    Value d = proxy_dict(t, self);
    if (im_no_value(d)) return d;
    Value r = im_call_method(t, d, name, args, n, IM_NO_VALUE);
    im_drop(t, d);
    return r;
}
#define VIA_DICT(fn, name) static Value fn(Thread *t, Value self, const Value *args, size_t n, Value kw) { (void)kw; return proxy_via_dict(t, self, IM_S(name), args, n); }
VIA_DICT(proxy_keys_list, keys)
VIA_DICT(proxy_values_list, values)
VIA_DICT(proxy_items_list, items)
VIA_DICT(proxy_copy, copy)
static Value proxy_reversed(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    Value keys = proxy_via_dict(t, self, IM_S(keys), args, n), l;
    (void)kw;
    if (im_no_value(keys)) return keys;
    l = im_to_list(t, keys);
    im_drop(t, keys);
    if (im_no_value(l)) return l;
    if (im_list_reverse(t, l) < 0) IM_CLEAR(t, l);
    return l;
}
static Value proxy_keys(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    Value v = proxy_keys_list(t, self, args, n, kw);
    if (im_no_value(v)) return v;
    Value l = im_to_list(t, v);
    im_drop(t, v);
    return l;
}
static Value proxy_values(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    Value v = proxy_values_list(t, self, args, n, kw);
    if (im_no_value(v)) return v;
    Value l = im_to_list(t, v);
    im_drop(t, v);
    return l;
}
static Value proxy_items(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    Value v = proxy_items_list(t, self, args, n, kw);
    if (im_no_value(v)) return v;
    Value l = im_to_list(t, v);
    im_drop(t, v);
    return l;
}
static Value proxy_get(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)kw;
    Value v;
    int r = proxy_find(t, self, args[0], &v);
    if (r) return r < 0 ? IM_NO_VALUE : v;
    return n > 1 ? im_new_ref(args[1]) : IM_NONE;
}
static Value proxy_setdefault(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)kw;
    Value v, dflt = n > 1 ? args[1] : IM_NONE;
    int r = proxy_find(t, self, args[0], &v);
    if (r) return r < 0 ? IM_NO_VALUE : v;
    return proxy_setitem(t, self, args[0], dflt) < 0 ? IM_NO_VALUE : im_new_ref(dflt);
}
static Value proxy_pop(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)kw;
    ImFrameObj *o = pf(self);
    if (im_is_str(args[0]) && (find_var(o, args[0]) >= 0 || find_free(code_of(o), args[0]) >= 0))
        return im_raise_valueerror(t, "cannot remove local variables from FrameLocalsProxy");
    Value v = IM_NO_VALUE;
    int r = im_no_value(o->extra) ? 0 : im_dict_pop(t, o->extra, args[0], &v);
    if (r) return r < 0 ? IM_NO_VALUE : v;
    return n > 1 ? im_new_ref(args[1]) : im_raise_key(t, args[0]);
}
static int proxy_merge(Thread *t, Value self, Value other)
{
    Value d = im_dict_new(t), key, v;
    size_t pos = 0;
    if (im_no_value(d)) return -1;
    if (im_dict_merge(t, d, other, 1) < 0) { im_drop(t, d); return -1; }
    int r = 0;
    while (r == 0 && im_dict_next(t, d, &pos, &key, &v)) {
        r = proxy_setitem(t, self, key, v);
        im_drop(t, key);
        im_drop(t, v);
    }
    im_drop(t, d);
    return r;
}
static Value proxy_update(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)kw; (void)n;
    if (!im_is_dict(args[0]) && !im_is_exact(args[0], &im_frame_locals_proxy_type)) return im_raise_type(t, "update() argument must be dict or another FrameLocalsProxy");
    return proxy_merge(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE;
}
static Value proxy_or(Thread *t, Value a, Value b)
{
    if (!im_is_exact(a, &im_frame_locals_proxy_type) || !(im_is_dict(b) || im_is_exact(b, &im_frame_locals_proxy_type))) return IM_NOT_IMPLEMENTED;
    Value d = proxy_dict(t, a);
    if (!im_no_value(d) && im_dict_merge(t, d, b, 1) < 0) { im_drop(t, d); return IM_NO_VALUE; }
    return d;
}
static Value proxy_ior(Thread *t, Value a, Value b)
{
    if (!im_is_dict(b) && !im_is_exact(b, &im_frame_locals_proxy_type)) return IM_NOT_IMPLEMENTED;
    return proxy_merge(t, a, b) < 0 ? IM_NO_VALUE : im_new_ref(a);
}
static int proxy_traverse(ImObject *o, ImVisit visit, void *arg) { Value v = ((ImLocalsProxy *)o)->frame; return im_is_object(v) ? visit(v, arg) : 0; }
static void proxy_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImLocalsProxy *)o)->frame); }
static const ImMethodDef proxy_methods[] = {
    IM_FIXED("keys", proxy_keys, 0, NULL, NULL), IM_FIXED("values", proxy_values, 0, NULL, NULL), IM_FIXED("items", proxy_items, 0, NULL, NULL),
    IM_FIXED("copy", proxy_copy, 0, NULL, NULL), IM_FIXED("__reversed__", proxy_reversed, 0, NULL, NULL),
    IM_RANGE("get", proxy_get, 1, 2, NULL, NULL), IM_RANGE("setdefault", proxy_setdefault, 1, 2, NULL, NULL), IM_RANGE("pop", proxy_pop, 1, 2, NULL, NULL),
    IM_FIXED("update", proxy_update, 1, NULL, NULL), IM_END};
static Value proxy_new(Thread *t, ImType *cls, const Value *args, size_t n, Value kw)
{
    (void)cls;
    if (!im_no_value(kw)) return im_raise_type(t, "FrameLocalsProxy takes no keyword arguments");
    if (n != 1) return im_raise_type(t, "FrameLocalsProxy expected 1 argument, got %zu", n);
    if (!im_is_exact(args[0], &im_frame_type)) return im_raise_type(t, "expect frame, not %T", args[0]);
    ImLocalsProxy *p = (ImLocalsProxy *)im_instance_alloc(t, &im_frame_locals_proxy_type, 0);
    if (!p) return IM_NO_VALUE;
    p->frame = im_new_ref(args[0]);
    return im_value(p);
}
static const ImSlots proxy_slots = {.repr = proxy_repr, .new_ = proxy_new, .iter = proxy_iter, .length = proxy_len, .contains = proxy_contains, .subscript = proxy_getitem,
    .ass_subscript = proxy_setitem, .richcompare = proxy_compare, .or_ = proxy_or, .ior = proxy_ior};
static const ImTypeSpec frame_locals_proxy_spec = {.name = "FrameLocalsProxy", .size = sizeof(ImLocalsProxy), .flags = IM_TF_GC | IM_TF_MAPPING,
    .slots = &proxy_slots, .methods = proxy_methods, .traverse = proxy_traverse, .destroy = proxy_destroy};
IM_TYPE(frame_locals_proxy, &frame_locals_proxy_spec);

/* --- frame ------------------------------------------------------------------------------------------------------------------------------------ */
static Value frame_get_locals(Thread *t, Value self, void *c)
{
    (void)c;
    ImFrameObj *o = fo_of(self);
    if (!(code_of(o)->flags & IM_CO_OPTIMIZED) && !has_visible_hidden(o)) return im_no_value(o->locals) ? im_new_ref(func_of(o)->globals) : im_new_ref(o->locals);
    ImLocalsProxy *p = (ImLocalsProxy *)im_instance_alloc(t, &im_frame_locals_proxy_type, 0);
    if (!p) return IM_NO_VALUE;
    p->frame = im_new_ref(self);
    return im_value(p);
}
static int frame_line(ImFrameObj *o)
{
    ImFrame *f = im_load_acquire(&o->x_frame);
    if (f && (f->kind & IM_FRAME_INCOMPLETE || f->x_pc == f->code->x_units)) return f->code->firstlineno;
    return f ? im_frame_line(f) : o->unit >= 0 ? im_code_line(func_of(o)->x_code, (uint32_t)o->unit) : func_of(o)->x_code->firstlineno;
}
static Value frame_get_lineno(Thread *t, Value self, void *c)
{
    (void)t; (void)c;
    int line = frame_line(fo_of(self));
    return line >= 0 ? im_int(line) : IM_NONE;
}
static Value frame_get_lasti(Thread *t, Value self, void *c)
{
    (void)t; (void)c;
    ImFrameObj *o = fo_of(self);
    ImFrame *f = im_load_acquire(&o->x_frame);
    return im_int(f ? (f->x_pc == f->code->x_units ? -1 : (int64_t)im_frame_unit(f) * 2) : (int64_t)o->unit * 2);
}
static Value frame_get_back(Thread *t, Value self, void *c)
{
    (void)c;
    ImFrameObj *o = fo_of(self);
    ImFrame *f = im_load_acquire(&o->x_frame);
    if (f) return f->back ? im_frame_object(t, f->back) : IM_NONE;
    Value b = im_slot_get(t, NULL, &o->x_back);
    return im_no_value(b) ? IM_NONE : b;
}
static Value frame_get_code(Thread *t, Value self, void *c) { (void)t; (void)c; return im_new_ref(im_value(code_of(fo_of(self)))); }
static Value frame_get_globals(Thread *t, Value self, void *c) { (void)t; (void)c; return im_new_ref(func_of(fo_of(self))->globals); }
static Value frame_get_builtins(Thread *t, Value self, void *c) { (void)t; (void)c; return im_new_ref(func_of(fo_of(self))->builtins); }
static Value frame_get_trace(Thread *t, Value self, void *c)
{
    (void)c;
    Value v = im_slot_get(t, NULL, &fo_of(self)->trace);
    return im_no_value(v) ? IM_NONE : v;
}
static int frame_set_trace(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    im_slot_put(t, im_ptr(self), &fo_of(self)->trace, im_no_value(v) || im_is_none(v) ? IM_NO_VALUE : im_new_ref(v));
    return 0;
}
static Value frame_get_generator(Thread *t, Value self, void *c)
{
    (void)t; (void)c;
    Value g = fo_of(self)->gen;
    return im_no_value(g) ? IM_NONE : im_new_ref(g);
}
static int frame_set_lineno(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    int line;
    ImFrame *f = im_load_acquire(&fo_of(self)->x_frame);
    if (im_no_value(v)) return im_raise(t, &im_AttributeError_type, "cannot delete attribute"), -1;
    if (!im_is_int_exact(v)) return im_raise_valueerror(t, "lineno must be an integer"), -1;
    if (!t->trace_event || !f || f != t->trace_frame) return im_raise_valueerror(t, "f_lineno can only be set in a trace function"), -1;
    switch (t->trace_event - 1) {
    case IM_EV_LINE: case IM_EV_JUMP: case IM_EV_BRANCH: case IM_EV_PY_YIELD: break;
    case IM_EV_PY_START: case IM_EV_PY_RESUME: return im_raise_valueerror(t, "can't jump from the 'call' trace event of a new frame"), -1;
    case IM_EV_CALL: case IM_EV_C_RETURN: return im_raise_valueerror(t, "can't jump during a call"), -1;
    default: return im_raise_valueerror(t, "can only jump from a 'line' trace event"), -1;
    }
    if (im_as_int(t, v, &line) < 0) return -1;
    return im_trace_jump(t, f, line);
}

static Value frame_clear(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)args; (void)n; (void)kw;
    ImFrameObj *o = fo_of(self);
    ImFrame *f = im_load_acquire(&o->x_frame);
    if (f) {
        if (!(f->kind & IM_FRAME_GEN)) return im_raise_runtime(t, "cannot clear an executing frame");
        ImGen *g = im_frame_gen(f);
        uint32_t s = im_load_acquire(&g->x_state);
        if (s == IM_GEN_RUNNING) return im_raise_runtime(t, "cannot clear an executing frame");
        if (s == IM_GEN_SUSPENDED) return im_raise_runtime(t, "cannot clear a suspended frame");
        o->cleared = true;
        im_gen_finalize(t, &g->head);
        return IM_NONE;
    }
    o->cleared = true;
    for (uint32_t i = 0; i < o->nregs; i++) {
        Value v = o->regs[i];
        o->regs[i] = IM_UNSET;
        im_xdrop(t, v);
    }
    return IM_NONE;
}
static Value frame_repr(Thread *t, Value self)
{
    ImCode *co = code_of(fo_of(self));
    return im_str_format(t, "<frame at %p, file %R, line %d, code %U>", (void *)im_ptr(self), co->filename, frame_line(fo_of(self)), co->name);
}
static int frame_traverse(ImObject *ob, ImVisit visit, void *arg)
{
    ImFrameObj *o = (ImFrameObj *)ob;
    const Value own[] = {o->func, o->locals, o->x_back, o->trace, o->extra, o->graveyard};
    int r;
    for (size_t i = 0; i < IM_COUNTOF(own); i++)
        if (im_is_object(own[i]) && (r = visit(own[i], arg))) return r;
    for (uint32_t i = 0; i < o->nregs; i++)
        if (im_is_object(o->regs[i]) && (r = visit(o->regs[i], arg))) return r;
    return 0;
}
static void frame_destroy(Thread *t, ImObject *ob)
{
    ImFrameObj *o = (ImFrameObj *)ob;
    for (uint32_t i = 0; i < o->nregs; i++) im_destroy_child(t, o->regs[i]);
    im_raw_free(o->regs);
    im_destroy_child(t, o->locals);
    im_destroy_child(t, o->x_back);
    im_destroy_child(t, o->trace);
    im_destroy_child(t, o->extra);
    im_destroy_child(t, o->graveyard);
    im_destroy_child(t, o->func);
}
static void frame_clear_refs(Thread *t, ImObject *ob)
{
    ImFrameObj *o = (ImFrameObj *)ob;
    for (uint32_t i = 0; i < o->nregs; i++) { Value v = o->regs[i]; o->regs[i] = IM_UNSET; im_xdrop(t, v); }
    IM_CLEAR(t, o->trace);
    IM_CLEAR(t, o->x_back);
    IM_CLEAR(t, o->extra);
}
static const ImMethodDef frame_methods[] = {
    IM_FIXED("clear", frame_clear, 0, "($self, /)", "F.clear(): clear all references held by the frame"), IM_END};
static const ImGetSetDef frame_getset[] = {
    {"f_back", frame_get_back, NULL, NULL, NULL}, {"f_code", frame_get_code, NULL, NULL, NULL}, {"f_globals", frame_get_globals, NULL, NULL, NULL},
    {"f_builtins", frame_get_builtins, NULL, NULL, NULL}, {"f_locals", frame_get_locals, NULL, NULL, NULL}, {"f_lasti", frame_get_lasti, NULL, NULL, NULL},
    {"f_lineno", frame_get_lineno, frame_set_lineno, NULL, NULL}, {"f_trace", frame_get_trace, frame_set_trace, NULL, NULL},
    {"f_generator", frame_get_generator, NULL, NULL, NULL}, {0}};
static const ImMemberDef frame_members[] = {{"f_trace_lines", IM_T_BOOL, offsetof(ImFrameObj, trace_lines), false, NULL},
    {"f_trace_opcodes", IM_T_BOOL, offsetof(ImFrameObj, trace_opcodes), false, NULL}, {0}};
static const ImSlots frame_slots = {.repr = frame_repr};
static const ImTypeSpec frame_spec = {.name = "frame", .size = sizeof(ImFrameObj), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &frame_slots, .methods = frame_methods,
    .getset = frame_getset, .members = frame_members, .traverse = frame_traverse, .clear = frame_clear_refs, .destroy = frame_destroy};
IM_TYPE(frame, &frame_spec);
