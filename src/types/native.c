/* builtin_function_or_method: native functions and bound native methods.
 * SPDX-License-Identifier: MIT */
#include "types/int.h"
#include "types/module.h"
#include "types/type_impl.h"

#define NF(v) ((ImNativeFunction *)im_ptr(v))

Value im_native_new(Thread *t, const ImMethodDef *def, Value self, Value module_name)
{
    ImNativeFunction *f = (ImNativeFunction *)im_instance_alloc(t, &im_builtin_function_or_method_type, 0);
    if (!f) return IM_NO_VALUE;
    f->fn = def->fn;
    f->def = def;
    im_xtake(self);
    f->self = self;
    im_xtake(module_name);
    f->module = module_name;
    /* Functions of modules and of types live as long as those: nothing to die promptly. */
    if (im_no_value(self) || (im_is_object(self) && (im_type_flags(im_type_of(self)) & IM_TF_UNC))) im_set_flag(&f->head, IM_OF_UNC);
    return im_value(f);
}

static Value native_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImNativeFunction *f = NF(self);
    return im_native_call(t, f->def, f->fn, f->self, args, nargs, kwnames);
}

static bool of_module(Value v) { return im_no_value(NF(v)->self) || im_is_instance_of(NF(v)->self, &im_module_type); }

static Value native_repr(Thread *t, Value v)
{
    ImNativeFunction *f = NF(v);
    if (of_module(v)) return im_str_format(t, "<built-in function %s>", f->def->name);
    return im_str_format(t, "<built-in method %s of %T object at %p>", f->def->name, f->self, (void *)(uintptr_t)f->self.bits);
}

static Value native_compare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    if ((op != IM_EQ && op != IM_NE) || !im_is_instance_of(a, &im_builtin_function_or_method_type) || !im_is_instance_of(b, &im_builtin_function_or_method_type))
        return IM_NOT_IMPLEMENTED;
    bool eq = im_same(NF(a)->self, NF(b)->self) && NF(a)->fn == NF(b)->fn && NF(a)->def == NF(b)->def;
    return im_bool(eq == (op == IM_EQ));
}
static int64_t native_hash(Thread *t, Value v)
{
    (void)t;
    int64_t h = im_hash_pointer(NF(v)->self.bits) ^ im_hash_pointer((uint64_t)(uintptr_t)NF(v)->def);
    return h == -1 ? -2 : h;
}

static Value get_name(Thread *t, Value v, void *c) { (void)c; return im_str_from_cstr(t, NF(v)->def->name); }
static Value get_qualname(Thread *t, Value v, void *c)
{
    (void)c;
    ImNativeFunction *f = NF(v);
    if (of_module(v)) return im_str_from_cstr(t, f->def->name);
    ImType *ty = im_is_type(f->self) ? im_as_type(f->self) : im_type_of(f->self);
    return im_str_format(t, "%U.%s", im_type_qualname(ty), f->def->name);
}
static Value get_self(Thread *t, Value v, void *c)
{
    (void)t, (void)c;
    return im_no_value(NF(v)->self) || (NF(v)->def->how & IM_M_STATIC) ? IM_NONE : im_new_ref(NF(v)->self);
}
static Value get_module(Thread *t, Value v, void *c)
{
    (void)c;
    Value m = im_slot_get(t, NULL, &NF(v)->module);
    return im_no_value(m) ? IM_NONE : m;
}
static int set_module(Thread *t, Value v, Value x, void *c)
{
    (void)c;
    im_xtake(x);
    im_slot_put(t, im_ptr(v), &NF(v)->module, x);
    return 0;
}
static Value get_doc(Thread *t, Value v, void *c) { (void)c; return NF(v)->def->doc ? im_str_from_cstr(t, NF(v)->def->doc) : IM_NONE; }
static Value get_sig(Thread *t, Value v, void *c) { (void)c; return NF(v)->def->sig ? im_str_from_cstr(t, NF(v)->def->sig) : IM_NONE; }
static const ImGetSetDef native_getset[] = {
    {"__doc__", get_doc, NULL, NULL, NULL}, {"__name__", get_name, NULL, NULL, NULL}, {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__self__", get_self, NULL, NULL, NULL}, {"__text_signature__", get_sig, NULL, NULL, NULL}, {"__module__", get_module, set_module, NULL, NULL}, IM_END};

static Value native_reduce(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    if (of_module(self)) return im_str_from_cstr(t, NF(self)->def->name);
    return im_reduce_getattr(t, NF(self)->self, NF(self)->def->name);
}
static const ImMethodDef native_methods[] = {IM_FIXED("__reduce__", native_reduce, 0, NULL, NULL), IM_END};

static int native_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImNativeFunction *f = (ImNativeFunction *)o;
    int rc;
    if (im_is_object(f->self) && (rc = visit(f->self, arg)) != 0) return rc;
    return im_is_object(f->module) ? visit(f->module, arg) : 0;
}
static void native_destroy(Thread *t, ImObject *o)
{
    ImNativeFunction *f = (ImNativeFunction *)o;
    im_destroy_child(t, f->self);
    im_destroy_child(t, f->module);
}
static void native_clear(Thread *t, ImObject *o)
{
    ImNativeFunction *f = (ImNativeFunction *)o;
    IM_CLEAR(t, f->self);
    IM_CLEAR(t, f->module);
}
static const ImSlots native_slots = {.repr = native_repr, .call = native_call, .hash = native_hash, .richcompare = native_compare, .getattr = im_generic_getattr};
static const ImTypeSpec native_spec = {.name = "builtin_function_or_method", .size = sizeof(ImNativeFunction), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_WEAKREF,
    .slots = &native_slots, .methods = native_methods, .getset = native_getset, .traverse = native_traverse, .destroy = native_destroy, .clear = native_clear};
IM_TYPE(builtin_function_or_method, &native_spec);

/* (getattr, (obj, name)): how bound things pickle. */
Value im_reduce_getattr(Thread *t, Value obj, const char *name)
{
    Value getattr = im_builtin_get(t, "getattr");
    if (im_no_value(getattr)) return getattr;
    Value s = im_str_from_cstr(t, name), pair = IM_NO_VALUE, r = IM_NO_VALUE;
    if (!im_no_value(s)) pair = im_tuple_pack(t, 2, obj, s);
    if (!im_no_value(pair)) r = im_tuple_pack(t, 2, getattr, pair);
    im_drop(t, getattr);
    im_xdrop(t, s);
    im_xdrop(t, pair);
    return r;
}

/* ---- __new__ of native types -------------------------------------------------------------------------------------------------------- */

static Value tp_new(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImType *type = im_as_type(self);
    if (nargs < 1) return im_raise_type(t, "%s.__new__(): not enough arguments", im_type_cname(type));
    if (!im_is_type(args[0])) return im_raise_type(t, "%s.__new__(X): X is not a type object (%T)", im_type_cname(type), args[0]);
    ImType *sub = im_as_type(args[0]);
    if (!im_type_is_subtype(sub, type))
        return im_raise_type(t, "%s.__new__(%s): %s is not a subtype of %s", im_type_cname(type), im_type_cname(sub), im_type_cname(sub), im_type_cname(type));
    /* object.__new__(list) would make half a list: the nearest native base must be made by this very function. */
    ImType *base = sub;
    while (base && (im_type_flags(base) & IM_TF_HEAP)) base = base->base;
    if (base && base->spec && base->spec->quiet_new && type == &im_object_type) return IM_SLOT(base, new_)(t, sub, args + 1, nargs - 1, kwnames);
    if (!IM_SLOT(sub, new_)) return im_raise_type(t, "cannot create '%s' instances", im_type_cname(sub));
    if (base && IM_SLOT(base, new_) != IM_SLOT(type, new_))
        return im_raise_type(t, "%s.__new__(%s) is not safe, use %s.__new__()", im_type_cname(type), im_type_cname(sub), im_type_cname(base));
    return IM_SLOT(type, new_)(t, sub, args + 1, nargs - 1, kwnames);
}
const ImMethodDef im_tp_new_def = IM_RAW("__new__", tp_new, "($type, *args, **kwargs)", "Create and return a new object.  See help(type) for accurate signature.");
