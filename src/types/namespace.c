/* types.SimpleNamespace.
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"
#include "types/function.h"
#include "types/list.h"
#include "types/str.h"
#include "types/tuple.h"

typedef struct ImNamespace { ImObject head; Value dict; } ImNamespace;
IM_TYPE_DECLARE(SimpleNamespace);
#define D(v) (((ImNamespace *)im_ptr(v))->dict)

static Value ns_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs;
    Value v = im_instance_new(t, type), d;
    if (im_no_value(v)) return v;
    d = im_no_value(kwnames) ? im_dict_new(t) : im_dict_new_sized(t, (size_t)im_tuple_len(kwnames)); /* ns_init stores them */
    if (im_no_value(d)) { im_drop(t, v); return d; }
    im_slot_init(im_ptr(v), &D(v), d);
    return v;
}
Value im_namespace_new(Thread *t, Value kwargs_dict)
{
    Value v = ns_new(t, &im_SimpleNamespace_type, NULL, 0, IM_NO_VALUE);
    if (!im_no_value(v) && !im_no_value(kwargs_dict) && im_dict_merge(t, D(v), kwargs_dict, 1) < 0) IM_CLEAR(t, v);
    return v;
}
static int ns_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs > 1) return im_raise_type(t, "%U expected at most 1 argument, got %zu", im_type_name(im_type_of(self)), nargs), -1;
    Value dict = im_instance_dict(t, self);
    if (im_no_value(dict)) return -1;
    int rc = 0;
    if (nargs) { /* a mapping or pairs; all keys must be str */
        Value d = im_dict_new(t), k, v;
        size_t pos = 0;
        Value r = im_no_value(d) ? d : im_call_method1(t, d, IM_S(update), args[0]);
        rc = im_no_value(r) ? -1 : 0;
        im_xdrop(t, r);
        while (rc == 0 && im_dict_next(t, d, &pos, &k, &v)) {
            if (!im_is_str(k)) { im_raise_type(t, "keywords must be strings"); rc = -1; }
            else rc = im_dict_set(t, dict, k, v);
            im_drop(t, k);
            im_drop(t, v);
        }
        im_xdrop(t, d);
    }
    size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    for (size_t i = 0; i < nkw && rc == 0; i++) rc = im_dict_set(t, dict, im_tuple_get(kwnames, (ssize_t)i), args[nargs + i]);
    im_drop(t, dict);
    return rc;
}
static Value ns_repr(Thread *t, Value self)
{
    Value name = im_is_exact(self, &im_SimpleNamespace_type) ? im_str_from_cstr(t, "namespace") : im_slot_get(t, NULL, &im_type_of(self)->x_name), dict, r = IM_NO_VALUE, k, v;
    if (im_no_value(name)) return name;
    int rc = im_repr_enter(t, self);
    if (rc != 0) {
        if (rc > 0) r = im_str_format(t, "%U(...)", name);
        im_drop(t, name);
        return r;
    }
    ImStrBuilder b;
    im_sb_init(&b);
    dict = im_instance_dict(t, self);
    rc = im_no_value(dict) ? -1 : im_sb_str(t, &b, name);
    if (rc == 0) rc = im_sb_char(t, &b, '(');
    size_t pos = 0;
    bool first = true;
    while (rc == 0 && im_dict_next(t, dict, &pos, &k, &v)) {
        if (im_is_str(k) && im_str_len(k)) {
            if (!first) rc = im_sb_ascii(t, &b, ", ", 2);
            first = false;
            if (rc == 0) rc = im_sb_str(t, &b, k);
            if (rc == 0) rc = im_sb_char(t, &b, '=');
            if (rc == 0) rc = im_sb_repr(t, &b, v);
        }
        im_drop(t, k);
        im_drop(t, v);
    }
    if (rc == 0) rc = im_sb_char(t, &b, ')');
    if (rc == 0) r = im_sb_finish(t, &b);
    else im_sb_free(&b);
    im_xdrop(t, dict);
    im_drop(t, name);
    im_repr_leave(t, self);
    return r;
}
static Value ns_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_instance_of(a, &im_SimpleNamespace_type) || !im_is_instance_of(b, &im_SimpleNamespace_type)) return IM_NOT_IMPLEMENTED;
    Value x = im_instance_dict(t, a), y = im_instance_dict(t, b), r;
    r = im_no_value(x) || im_no_value(y) ? IM_NO_VALUE : im_compare(t, x, y, op);
    im_xdrop(t, x);
    im_xdrop(t, y);
    return r;
}
static Value ns_reduce(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    Value d = im_instance_dict(t, self), r;
    if (im_no_value(d)) return d;
    r = im_tuple_pack(t, 3, im_value(im_type_of(self)), im_tuple_empty(), d);
    im_drop(t, d);
    return r;
}
static Value ns_replace(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    if (n) return im_raise_type(t, "__replace__() takes no positional arguments");
    Value r = im_call0(t, im_value(im_type_of(self))), src = IM_NO_VALUE, dst = IM_NO_VALUE;
    if (im_no_value(r)) return r;
    if (!im_is_instance_of(r, &im_SimpleNamespace_type)) {
        im_raise_type(t, "expect %s type, but %s() returned '%.200T' object", "types.SimpleNamespace", im_type_cname(im_type_of(self)), r);
        im_drop(t, r);
        return IM_NO_VALUE;
    }
    int rc = -1;
    src = im_instance_dict(t, self);
    dst = im_instance_dict(t, r);
    if (!im_no_value(src) && !im_no_value(dst)) rc = im_dict_merge(t, dst, src, 1);
    size_t nkw = im_no_value(kw) ? 0 : (size_t)im_tuple_len(kw);
    for (size_t i = 0; i < nkw && rc == 0; i++) rc = im_dict_set(t, dst, im_tuple_get(kw, (ssize_t)i), a[i]);
    im_xdrop(t, src);
    im_xdrop(t, dst);
    if (rc < 0) { im_drop(t, r); return IM_NO_VALUE; }
    return r;
}
static Value get_dict(Thread *t, Value self, void *c) { (void)c; return im_instance_dict(t, self); }
static int ns_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value d = ((ImNamespace *)o)->dict;
    return im_is_object(d) ? visit(d, arg) : 0;
}
static void ns_clear(Thread *t, ImObject *o) { im_slot_put(t, o, &((ImNamespace *)o)->dict, IM_NO_VALUE); }
static void ns_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImNamespace *)o)->dict); }
static const ImMethodDef ns_methods[] = {IM_FIXED("__reduce__", ns_reduce, 0, "($self, /)", "Return state information for pickling"),
    IM_RAW("__replace__", ns_replace, "($self, /, **changes)", "Return a copy of the namespace object with new values for the specified attributes."), IM_END};
static const ImGetSetDef ns_getset[] = {{"__dict__", get_dict, NULL, NULL, NULL}, IM_END};
static const ImSlots ns_slots = {.repr = ns_repr, .richcompare = ns_compare, .new_ = ns_new, .init = ns_init, .getattr = im_generic_getattr, .setattr = im_generic_setattr};
static const ImTypeSpec ns_spec = {.name = "types.SimpleNamespace", .doc = "A simple attribute-based namespace.", .text_signature = "(mapping_or_iterable=(), /, **kwargs)",
    .size = sizeof(ImNamespace), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_MANAGED_DICT_SLOT, .dict_offset = offsetof(ImNamespace, dict), .slots = &ns_slots,
    .methods = ns_methods, .getset = ns_getset, .traverse = ns_traverse, .clear = ns_clear, .destroy = ns_destroy};
IM_TYPE(SimpleNamespace, &ns_spec);
