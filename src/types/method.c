/* Bound methods.
 * SPDX-License-Identifier: MIT */
#include "object/lookup.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"

#define M(v) ((ImMethod *)im_ptr(v))

Value im_method_new(Thread *t, Value func, Value self)
{
    ImMethod *m = (ImMethod *)im_instance_alloc(t, &im_method_type, 0);
    if (!m) return IM_NO_VALUE;
    m->func = im_new_ref(func);
    m->self = im_new_ref(self);
    return im_value(m);
}

static Value method_call(Thread *t, Value v, const Value *args, size_t nargs, Value kwnames)
{
    size_t n = nargs + (im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames)), methods = 1;
    Value small[10], *a = small, f = M(v)->func;
    if (n + 1 > IM_COUNTOF(small)) { /* methods of methods: all at once, else each level would copy what those above it have put together */
        for (; im_is_exact(f, &im_method_type); f = M(f)->func) methods++;
        a = im_raw_alloc(t, (n + methods) * sizeof(Value));
        if (!a) return IM_NO_VALUE;
    }
    Value m = v;
    for (size_t i = methods; i--; m = M(m)->func) a[i] = M(m)->self;
    if (n) memcpy(a + methods, args, n * sizeof(Value)); /* borrowed from the caller */
    Value r = im_call(t, f, a, nargs + methods, kwnames);
    if (a != small) im_raw_free(a);
    return r;
}

static Value method_tp_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    if (im_no_kwargs(t, "method", kwnames) < 0 || im_check_nargs(t, "method", nargs, 2, 2) < 0) return IM_NO_VALUE;
    if (!im_callable(args[0])) return im_raise_type(t, "first argument must be callable");
    if (im_is_none(args[1])) return im_raise_type(t, "instance must not be None");
    return im_method_new(t, args[0], args[1]);
}

static Value method_get(Thread *t, Value v, Value obj, Value type) { (void)t, (void)obj, (void)type; return im_new_ref(v); }

static Value method_repr(Thread *t, Value v)
{
    Value name;
    int rc = im_lookup_attr(t, M(v)->func, IM_S(__qualname__), &name);
    if (rc == 0) rc = im_lookup_attr(t, M(v)->func, IM_S(__name__), &name);
    if (rc < 0) return IM_NO_VALUE;
    if (rc > 0 && !im_is_str(name)) { im_drop(t, name); rc = 0; }
    Value r = rc > 0 ? im_str_format(t, "<bound method %U of %R>", name, M(v)->self) : im_str_format(t, "<bound method ? of %R>", M(v)->self);
    if (rc > 0) im_drop(t, name);
    return r;
}
static Value method_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if ((op != IM_EQ && op != IM_NE) || !im_is_exact(a, &im_method_type) || !im_is_exact(b, &im_method_type)) return IM_NOT_IMPLEMENTED;
    int rc = im_equal(t, M(a)->func, M(b)->func);
    if (rc < 0) return IM_NO_VALUE;
    bool eq = rc && im_same(M(a)->self, M(b)->self);
    return im_bool(eq == (op == IM_EQ));
}
static int64_t method_hash(Thread *t, Value v)
{
    int64_t h = im_hash(t, M(v)->func);
    if (h == -1 && im_pending(t)) return -1;
    h ^= im_hash_pointer(M(v)->self.bits);
    return h == -1 ? -2 : h;
}

/* The method's own attributes come from its class; all others are the function's. */
static Value method_getattr(Thread *t, Value v, Value name)
{
    Value n = im_attr_name(t, name), d;
    if (im_no_value(n)) return n;
    d = im_type_lookup(t, im_type_of(v), n);
    if (im_no_value(d)) return im_getattr(t, M(v)->func, name);
    Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(d), descr_get);
    if (!get) return d;
    Value r = get(t, d, v, im_value(im_type_of(v)));
    im_drop(t, d);
    return r;
}
static Value get_doc(Thread *t, Value v, void *c)
{
    (void)c;
    return im_getattr(t, M(v)->func, IM_S(__doc__));
}
static Value method_reduce(Thread *t, Value v, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    Value name = im_getattr(t, M(v)->func, IM_S(__name__)), r = IM_NO_VALUE;
    if (im_no_value(name)) return name;
    const char *s = im_is_str(name) ? im_str_utf8(t, name, NULL) : NULL;
    if (s) r = im_reduce_getattr(t, M(v)->self, s);
    else if (!im_pending(t)) im_raise_type(t, "__name__ must be a string");
    im_drop(t, name);
    return r;
}
static int method_traverse(ImObject *o, ImVisit visit, void *arg)
{
    int rc;
    if (im_is_object(((ImMethod *)o)->func) && (rc = visit(((ImMethod *)o)->func, arg)) != 0) return rc;
    return im_is_object(((ImMethod *)o)->self) ? visit(((ImMethod *)o)->self, arg) : 0;
}
static void method_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((ImMethod *)o)->func);
    im_destroy_child(t, ((ImMethod *)o)->self);
}
static const ImMethodDef method_methods[] = {IM_FIXED("__reduce__", method_reduce, 0, "($self, /)", "Helper for pickle."), IM_END};
static const ImMemberDef method_members[] = {{"__func__", IM_T_VALUE, offsetof(ImMethod, func), true, "the function (or other callable) implementing a method"},
    {"__self__", IM_T_VALUE, offsetof(ImMethod, self), true, "the instance to which a method is bound"}, IM_END};
static const ImGetSetDef method_getset[] = {{"__doc__", get_doc, NULL, NULL, NULL}, IM_END};
static const ImSlots method_slots = {.repr = method_repr, .call = method_call, .hash = method_hash, .richcompare = method_compare, .getattr = method_getattr,
    .setattr = im_generic_setattr, .descr_get = method_get, .new_ = method_tp_new};
static const ImTypeSpec method_spec = {.name = "method", .doc = "Create a bound instance method object.", .text_signature = "(function, instance, /)",
    .size = sizeof(ImMethod), .flags = IM_TF_GC | IM_TF_WEAKREF, .slots = &method_slots, .methods = method_methods, .getset = method_getset, .members = method_members,
    .traverse = method_traverse, .destroy = method_destroy};
IM_TYPE(method, &method_spec);
