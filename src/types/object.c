/* The type `object`: what every object can do.
 * SPDX-License-Identifier: MIT */
#include "types/type_impl.h"

#include "types/int.h"
#include "types/list.h"
#include "types/module.h"
#include "types/slot_functions.h"

/* ---- making ------------------------------------------------------------------------------------------------------------------- */

static Value abstract_error(Thread *t, ImType *type)
{
    Value set = im_getattr(t, im_value(type), IM_S(__abstractmethods__)), names, sep, joined;
    if (im_no_value(set)) return set;
    names = im_to_list(t, set);
    im_drop(t, set);
    if (im_no_value(names)) return names;
    if (im_list_sort(t, names, IM_NO_VALUE, false) < 0) { im_drop(t, names); return IM_NO_VALUE; }
    ssize_t n = im_list_len(names);
    sep = im_str_from_cstr(t, "', '");
    joined = im_no_value(sep) ? sep : im_str_join(t, sep, names);
    im_xdrop(t, sep);
    im_drop(t, names);
    if (im_no_value(joined)) return joined;
    im_raise_type(t, "Can't instantiate abstract class %s without an implementation for abstract method%s '%U'", im_type_cname(type), n > 1 ? "s" : "", joined);
    im_drop(t, joined);
    return IM_NO_VALUE;
}

static bool excess(size_t nargs, Value kwnames) { return nargs || (!im_no_value(kwnames) && im_tuple_len(kwnames)); }

Value im_object_new_slot(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args;
    if (IM_UNLIKELY(excess(nargs, kwnames))) {
        if (IM_SLOT(type, new_) != im_object_new_slot) return im_raise_type(t, "object.__new__() takes exactly one argument (the type to instantiate)");
        if (IM_SLOT(type, init) == im_object_init_slot) return im_raise_type(t, "%.200N() takes no arguments", type);
    }
    if (IM_UNLIKELY(im_type_flags(type) & IM_TF_ABSTRACT)) return abstract_error(t, type);
    return im_instance_new(t, type);
}

int im_object_init_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args;
    ImType *type = im_type_of(self);
    if (IM_UNLIKELY(excess(nargs, kwnames))) {
        if (IM_SLOT(type, init) != im_object_init_slot) return im_raise_type(t, "object.__init__() takes exactly one argument (the instance to initialize)"), -1;
        if (IM_SLOT(type, new_) == im_object_new_slot) return im_raise_type(t, "%.200N.__init__() takes exactly one argument (the instance to initialize)", type), -1;
    }
    return 0;
}

/* ---- text, comparison ----------------------------------------------------------------------------------------------------------- */

static Value object_repr(Thread *t, Value self)
{
    Value n = im_type_full_name(t, im_type_of(self));
    if (im_no_value(n)) return n;
    Value r = im_str_format(t, "<%U object at %p>", n, (void *)(uintptr_t)self.bits);
    im_drop(t, n);
    return r;
}
static Value object_str(Thread *t, Value self)
{
    ImUnary fn = IM_SLOT(im_type_of(self), repr);
    return fn ? fn(t, self) : object_repr(t, self);
}
static int64_t object_hash(Thread *t, Value self) { (void)t; return im_hash_pointer(self.bits); }

static Value object_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if (op == IM_EQ) return im_same(a, b) ? IM_TRUE : IM_NOT_IMPLEMENTED;
    if (op != IM_NE) return IM_NOT_IMPLEMENTED;
    Value (*eq)(Thread *, Value, Value, ImCmp) = IM_SLOT(im_type_of(a), richcompare);
    if (!eq) return IM_NOT_IMPLEMENTED;
    Value r = eq(t, a, b, IM_EQ);
    if (im_no_value(r) || im_same(r, IM_NOT_IMPLEMENTED)) return r;
    int rc = im_truth(t, r);
    im_drop(t, r);
    return rc < 0 ? IM_NO_VALUE : im_bool(!rc);
}

/* ---- __class__ -------------------------------------------------------------------------------------------------------------------- */

static Value get_class(Thread *t, Value self, void *c) { (void)t, (void)c; return im_new_ref(im_value(im_type_of(self))); }
static int set_class(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ImType *old = im_type_of(self);
    if (im_no_value(v)) return im_raise_type(t, "can't delete __class__ attribute"), -1;
    if (!im_is_type(v)) return im_raise_type(t, "__class__ must be set to a class, not '%T' object", v), -1;
    if (IM_AUDIT(t, "object.__setattr__", self, IM_S(__class__), v) < 0) return -1;
    ImType *new_type = im_as_type(v);
    bool modules = im_type_is_subtype(new_type, &im_module_type) && im_type_is_subtype(old, &im_module_type);
    if (!modules && ((im_type_flags(new_type) | im_type_flags(old)) & IM_TF_IMMUTABLE))
        return im_raise_type(t, "__class__ assignment only supported for mutable types or ModuleType subclasses"), -1;
    for (;;) {
        if (!im_is_object(self) || !im_same_layout(old, new_type)) {
            im_raise_type(t, "__class__ assignment: '%s' object layout differs from '%s'", im_type_cname(new_type), im_type_cname(old));
            return -1;
        }
        int rc = im_instance_set_type(t, im_ptr(self), new_type, old);
        if (rc) return rc < 0 ? -1 : 0;
        old = im_type_of(self);
    }
}
static const ImGetSetDef object_getset[] = {{"__class__", get_class, set_class, "the object's class", NULL}, IM_END};

/* ---- dir, format, sizes ------------------------------------------------------------------------------------------------------------ */

static Value object_dir(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    Value names = im_dict_new(t), d, cls, r = IM_NO_VALUE;
    if (im_no_value(names)) return names;
    int rc = 0;
    if (im_is_object(self) && (im_type_flags(im_type_of(self)) & IM_TF_HAS_DICT) && IM_SLOT(im_type_of(self), getattr) == im_generic_getattr) {
        d = im_instance_dict_copy(t, self); /* without materialising the dict */
        rc = im_no_value(d) ? -1 : 1;
    } else {
        rc = im_lookup_attr(t, self, IM_S(__dict__), &d);
    }
    if (rc > 0) {
        rc = im_is_dict(d) ? im_dict_merge(t, names, d, 1) : 0;
        im_drop(t, d);
    }
    if (rc >= 0) rc = im_lookup_attr(t, self, IM_S(__class__), &cls);
    if (rc > 0) {
        rc = im_merge_class_dir(t, names, cls);
        im_drop(t, cls);
    }
    if (rc >= 0) r = im_dict_keys_list(t, names);
    im_drop(t, names);
    return r;
}
static Value object_format(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    if (!im_is_str(a[0])) return im_raise_type(t, "__format__() argument must be str, not %T", a[0]);
    if (im_str_len(a[0])) return im_raise_type(t, "unsupported format string passed to %.200T.__format__", self);
    return im_str(t, self);
}
static Value object_sizeof(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)t, (void)a, (void)n, (void)kw;
    return im_int(im_is_object(self) ? (int64_t)im_object_capacity(im_ptr(self)) : (int64_t)sizeof(Value) * 3);
}
static Value object_subclasshook(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)t, (void)self, (void)a, (void)n, (void)kw;
    return IM_NOT_IMPLEMENTED;
}
static Value object_init_subclass(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a;
    if (n) {
        im_raise_type(t, "%U.__init_subclass__() takes no arguments (%zu given)", im_type_name(im_as_type(self)), n);
        return IM_NO_VALUE;
    }
    if (!im_no_value(kw) && im_tuple_len(kw)) return im_raise_type(t, "%U.__init_subclass__() takes no keyword arguments", im_type_name(im_as_type(self)));
    return IM_NONE;
}

/* ---- pickling and copying ------------------------------------------------------------------------------------------------------------- */

static Value slot_names_of(Thread *t, ImType *type)
{
    Value v = im_type_own(t, type, IM_S(__slotnames__));
    if (!im_no_value(v)) {
        if (im_is_none(v) || im_is_list(v)) return v;
        im_raise_type(t, "%.200N.__slotnames__ should be a list or None, not %.200T", type, v);
        im_drop(t, v);
        return IM_NO_VALUE;
    }
    Value fn = im_import_from_name(t, IM_S(copyreg), IM_S(_slotnames));
    if (im_no_value(fn)) return fn;
    v = im_call1(t, fn, im_value(type));
    im_drop(t, fn);
    if (!im_no_value(v) && !im_is_none(v) && !im_is_list(v)) {
        im_raise_type(t, "copyreg._slotnames didn't return a list or None");
        IM_CLEAR(t, v);
    }
    return v;
}

static bool native_state(ImType *type)
{
    while (type && (im_type_flags(type) & IM_TF_HEAP)) type = type->base;
    return type && type != &im_object_type && type->spec->size > sizeof(ImObject);
}

/* (state, {slot: value}) when the class has __slots__ that hold something. Steals state. */
static Value with_slots(Thread *t, Value self, Value state, Value names)
{
    Value slots = im_dict_new(t), r;
    if (im_no_value(slots)) { im_drop(t, state); return slots; }
    for (ssize_t i = 0; i < im_list_len(names); i++) {
        Value name = im_list_get(t, names, i), v;
        if (im_no_value(name)) break;
        int rc = im_lookup_attr(t, self, name, &v);
        if (rc > 0) rc = im_dict_set_steal(t, slots, name, v);
        im_drop(t, name);
        if (rc < 0) { im_drop(t, slots); im_drop(t, state); return IM_NO_VALUE; }
    }
    if (im_dict_len(slots) == 0) { im_drop(t, slots); return state; }
    r = im_tuple_pack(t, 2, state, slots);
    im_drop(t, state);
    im_drop(t, slots);
    return r;
}

static Value default_state(Thread *t, Value self, bool required)
{
    ImType *type = im_type_of(self);
    if (required && type->core.item_size) return im_raise_type(t, "cannot pickle %.200T objects", self);
    if (required && native_state(type)) return im_raise_type(t, "cannot pickle '%.200T' object", self);
    Value state = IM_NONE;
    if (im_is_object(self) && (im_type_flags(type) & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT))) {
        state = im_instance_dict_copy(t, self);
        if (im_no_value(state)) return state;
        if (im_dict_len(state) == 0) { im_drop(t, state); state = IM_NONE; }
    }
    if (!(im_type_flags(type) & IM_TF_HEAP)) return state;
    Value names = slot_names_of(t, type);
    if (im_no_value(names)) { im_drop(t, state); return names; }
    if (im_is_list(names) && im_list_len(names)) state = with_slots(t, self, state, names);
    im_drop(t, names);
    return state;
}

static Value object_getstate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    return default_state(t, self, false);
}
static Value get_state(Thread *t, Value self, bool required)
{
    bool self_first;
    Value fn = im_getmethod(t, self, IM_S(__getstate__), &self_first), r;
    if (im_no_value(fn)) return fn;
    bool native = self_first && im_is_exact(fn, &im_method_descriptor_type) && ((ImMethodDescr *)im_ptr(fn))->fn == object_getstate;
    native |= im_is_exact(fn, &im_builtin_function_or_method_type) && ((ImNativeFunction *)im_ptr(fn))->fn == object_getstate; /* modules find it bound */
    if (native) r = default_state(t, self, required);
    else r = self_first ? im_call1(t, fn, self) : im_call0(t, fn);
    im_drop(t, fn);
    return r;
}

/* Arguments for __new__: 0 and *args, *kwargs owned or no value. */
static int new_arguments(Thread *t, Value self, Value *args, Value *kwargs)
{
    bool found;
    *args = *kwargs = IM_NO_VALUE;
    Value r = im_call_special(t, self, IM_S(__getnewargs_ex__), NULL, 0, &found);
    if (found) {
        if (im_no_value(r)) return -1;
        if (!im_is_tuple(r)) im_raise_type(t, "__getnewargs_ex__ should return a tuple, not '%.200T'", r);
        else if (im_tuple_len(r) != 2) im_raise_valueerror(t, "__getnewargs_ex__ should return a tuple of length 2, not %zd", im_tuple_len(r));
        else if (!im_is_tuple(im_tuple_get(r, 0))) im_raise_type(t, "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '%.200T'", im_tuple_get(r, 0));
        else if (!im_is_dict(im_tuple_get(r, 1))) im_raise_type(t, "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '%.200T'", im_tuple_get(r, 1));
        else {
            *args = im_new_ref(im_tuple_get(r, 0));
            *kwargs = im_new_ref(im_tuple_get(r, 1));
        }
        im_drop(t, r);
        return im_no_value(*args) ? -1 : 0;
    }
    r = im_call_special(t, self, IM_S(__getnewargs__), NULL, 0, &found);
    if (!found) return 0;
    if (im_no_value(r)) return -1;
    if (!im_is_tuple(r)) {
        im_raise_type(t, "__getnewargs__ should return a tuple, not '%.200T'", r);
        im_drop(t, r);
        return -1;
    }
    *args = r;
    return 0;
}

/* copyreg.__newobj__ and (cls, *args), or copyreg.__newobj_ex__ and (cls, args, kwargs). */
static int new_recipe(Thread *t, Value self, Value args, Value kwargs, Value *fn, Value *fargs)
{
    Value cls = im_value(im_type_of(self));
    if (im_no_value(kwargs) || im_dict_len(kwargs) == 0) {
        size_t n = im_no_value(args) ? 0 : (size_t)im_tuple_len(args);
        *fn = im_import_from_name(t, IM_S(copyreg), IM_S(__newobj__));
        if (im_no_value(*fn)) return -1;
        Value tup = im_tuple_new(t, n + 1);
        if (im_no_value(tup)) return -1;
        im_tuple_items(tup)[0] = im_new_ref(cls);
        for (size_t i = 0; i < n; i++) im_tuple_items(tup)[i + 1] = im_new_ref(im_tuple_get(args, (ssize_t)i));
        *fargs = tup;
        return 0;
    }
    *fn = im_import_from_name(t, IM_S(copyreg), IM_S(__newobj_ex__));
    if (im_no_value(*fn)) return -1;
    *fargs = im_tuple_pack(t, 3, cls, args, kwargs);
    return im_no_value(*fargs) ? -1 : 0;
}

static Value reduce_newobj(Thread *t, Value self)
{
    if (!IM_SLOT(im_type_of(self), new_)) return im_raise_type(t, "cannot pickle '%.200T' object", self);
    Value args, kwargs, fn = IM_NO_VALUE, fargs = IM_NO_VALUE, state = IM_NO_VALUE, items = IM_NONE, pairs = IM_NONE, r = IM_NO_VALUE;
    if (new_arguments(t, self, &args, &kwargs) < 0) return IM_NO_VALUE;
    bool required = im_no_value(args) && !im_is_list(self) && !im_is_dict(self);
    if (new_recipe(t, self, args, kwargs, &fn, &fargs) < 0) goto done;
    state = get_state(t, self, required);
    if (im_no_value(state)) goto done;
    if (im_is_list(self)) items = im_iter(t, self);
    if (im_no_value(items)) goto done;
    if (im_is_dict(self)) {
        Value view = im_call_method0(t, self, IM_S(items));
        pairs = im_no_value(view) ? view : im_iter(t, view);
        im_xdrop(t, view);
    }
    if (!im_no_value(pairs)) r = im_tuple_pack(t, 5, fn, fargs, state, items, pairs);
done:
    im_xdrop(t, args);
    im_xdrop(t, kwargs);
    im_xdrop(t, fn);
    im_xdrop(t, fargs);
    im_xdrop(t, state);
    im_xdrop(t, items);
    im_xdrop(t, pairs);
    return r;
}

static Value common_reduce(Thread *t, Value self, int protocol)
{
    if (protocol >= 2) return reduce_newobj(t, self);
    Value fn = im_import_from_name(t, IM_S(copyreg), IM_S(_reduce_ex));
    if (im_no_value(fn)) return fn;
    Value r = im_call2(t, fn, self, im_int(protocol));
    im_drop(t, fn);
    return r;
}
static Value object_reduce(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a, (void)n, (void)kw; return common_reduce(t, self, 0); }
/* __reduce__ is object's, and nothing of the class or its metaclass sees it looked up. */
static bool plain_reduce(Thread *t, ImType *type)
{
    if (IM_SLOT(type, getattr) != im_generic_getattr || im_type_of_obj((ImObject *)type) != &im_type_type) return false;
    ImAttrEntry *e = im_type_entry(t, type, IM_S(__reduce__));
    if (!e || e->kind != IM_ATTR_METHOD) return false;
    Value d = im_entry_get(t, e);
    if (im_no_value(d)) return false;
    bool plain = im_is_exact(d, &im_method_descriptor_type) && ((ImMethodDescr *)im_ptr(d))->fn == object_reduce;
    im_drop(t, d);
    return plain;
}
static Value object_reduce_ex(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    int protocol;
    if (im_as_int(t, a[0], &protocol) < 0) return IM_NO_VALUE;
    if (plain_reduce(t, im_type_of(self))) return common_reduce(t, self, protocol);
    Value fn;
    int rc = im_lookup_attr(t, self, IM_S(__reduce__), &fn);
    if (rc < 0) return IM_NO_VALUE;
    if (rc > 0) {
        Value of_class = im_getattr(t, im_value(im_type_of(self)), IM_S(__reduce__)), ours = im_type_own(t, &im_object_type, IM_S(__reduce__)), r = IM_NO_VALUE;
        bool overridden = !im_no_value(of_class) && !im_same(of_class, ours);
        if (overridden) r = im_call0(t, fn);
        im_drop(t, fn);
        if (im_no_value(of_class)) overridden = true;
        im_xdrop(t, of_class);
        im_xdrop(t, ours);
        if (overridden) return r;
    }
    return common_reduce(t, self, protocol);
}

static const ImMethodDef object_methods[] = {IM_FIXED("__reduce_ex__", object_reduce_ex, 1, "($self, protocol, /)", "Helper for pickle."),
    IM_FIXED("__reduce__", object_reduce, 0, "($self, /)", "Helper for pickle."),
    IM_FIXED("__getstate__", object_getstate, 0, "($self, /)", "Helper for pickle."),
    IM_CLASS_FIXED("__subclasshook__", object_subclasshook, 1, "($type, object, /)",
        "Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it returns\n"
        "NotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal algorithm (and the outcome is cached)."),
    IM_CLASS_RAW("__init_subclass__", object_init_subclass, "($type, /)", "This method is called when a class is subclassed.\n\nThe default implementation does nothing. It may be\noverridden to extend subclasses."),
    IM_FIXED("__format__", object_format, 1, "($self, format_spec, /)", "Default object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise."),
    IM_FIXED("__sizeof__", object_sizeof, 0, "($self, /)", "Size of object in memory, in bytes."),
    IM_FIXED("__dir__", object_dir, 0, "($self, /)", "Default dir() implementation."), IM_END};
static const ImSlots object_slots = {.repr = object_repr, .str = object_str, .hash = object_hash, .richcompare = object_compare, .getattr = im_generic_getattr,
    .setattr = im_generic_setattr, .new_ = im_object_new_slot, .init = im_object_init_slot};
static const ImTypeSpec object_spec = {.name = "object",
    .doc = "The base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    .size = sizeof(ImObject), .flags = IM_TF_BASETYPE, .slots = &object_slots, .methods = object_methods, .getset = object_getset, .text_signature = "()"};
IM_TYPE(object, &object_spec);
