/* The type `type`: attributes of classes, calling them, their methods.
 * SPDX-License-Identifier: MIT */
#include "types/type_impl.h"

#include <string.h>

#include "types/int.h"
#include "types/list.h"

#define T(v) im_as_type(v)

/* ---- attribute lookup on classes ---------------------------------------------------------------------------------------------- */

int im_type_attr_lookup(Thread *t, ImType *type, Value name, Value *out)
{
    ImType *meta = im_type_of_obj((ImObject *)type);
    Value self = im_value(type);
    *out = IM_NO_VALUE;
    for (;;) {
        ImAttrEntry *m = im_type_entry(t, meta, name), *e;
        if (!m) return im_raise_memory(t), -1;
        if (m->kind == IM_ATTR_DATA) {
            Value d = im_entry_get(t, m);
            if (im_no_value(d)) continue;
            Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(d), descr_get);
            if (get) {
                *out = get(t, d, self, im_value(meta));
                im_drop(t, d);
                return im_no_value(*out) ? -1 : 1;
            }
            im_drop(t, d);
        }
        e = im_type_entry(t, type, name);
        if (!e) return im_raise_memory(t), -1;
        if (e->kind != IM_ATTR_ABSENT) {
            Value v = im_entry_get(t, e);
            if (im_no_value(v)) continue;
            Value (*get)(Thread *, Value, Value, Value) = e->kind == IM_ATTR_PLAIN || e->kind == IM_ATTR_METHOD ? NULL : IM_SLOT(im_type_of(v), descr_get);
            *out = get ? get(t, v, IM_NO_VALUE, self) : v;
            if (get) im_drop(t, v);
            return im_no_value(*out) ? -1 : 1;
        }
        if (m->kind == IM_ATTR_ABSENT) return 0;
        Value v = im_entry_get(t, m);
        if (im_no_value(v)) continue;
        Value (*get)(Thread *, Value, Value, Value) = m->kind == IM_ATTR_PLAIN ? NULL : IM_SLOT(im_type_of(v), descr_get);
        *out = get ? get(t, v, self, im_value(meta)) : v;
        if (get) im_drop(t, v);
        return im_no_value(*out) ? -1 : 1;
    }
}

Value im_type_getattr(Thread *t, Value self, Value name)
{
    Value n = im_attr_name(t, name), v;
    if (im_no_value(n)) return n;
    if (im_type_attr_lookup(t, T(self), n, &v) == 0) im_raise_attr_of(t, self, name, "type object '%.100U' has no attribute '%U'", im_type_name(T(self)), name);
    return v;
}

int im_type_setattr(Thread *t, Value self, Value name, Value v)
{
    ImType *type = T(self), *meta = im_type_of(self);
    if (im_type_flags(type) & IM_TF_IMMUTABLE) {
        im_raise_type(t, "cannot set %R attribute of immutable type '%N'", name, type);
        return -1;
    }
    Value n = im_attr_name(t, name);
    if (im_no_value(n)) return -1;
    Value d = im_type_lookup(t, meta, n);
    if (!im_no_value(d)) {
        int (*set)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(d), descr_set);
        int rc = set ? set(t, d, self, v) : 1;
        im_drop(t, d);
        if (rc <= 0) return rc;
    }
    return im_type_set(t, type, n, v);
}

/* ---- calling a class ------------------------------------------------------------------------------------------------------------ */

Value im_type_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImType *type = T(self);
    size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    if (type == &im_type_type) {
        if (nargs == 1 && nkw == 0) return im_new_ref(im_value(im_type_of(args[0])));
        if (nargs == 1) return im_raise_type(t, "type() takes no keyword arguments");
        if (nargs != 3) return im_raise_type(t, "type() takes 1 or 3 arguments");
    }
    __auto_type make = IM_SLOT(type, new_);
    if (IM_UNLIKELY(!make)) return im_raise_type(t, "cannot create '%s' instances", im_type_cname(type));
    Value obj = make(t, type, args, nargs, kwnames);
    if (im_no_value(obj)) return obj;
    ImType *made = im_type_of(obj);
    __auto_type init = IM_SLOT(made, init);
    if (made == type && init == im_object_init_slot && make != im_object_new_slot) return obj; /* whose __init__ takes anything then */
    if (!im_type_is_subtype(made, type)) return obj;
    if (init && init(t, obj, args, nargs, kwnames) < 0) {
        im_drop(t, obj);
        return IM_NO_VALUE;
    }
    return obj;
}

/* ---- names ------------------------------------------------------------------------------------------------------------------------- */

static bool heap(const ImType *ty) { return (im_type_flags(ty) & IM_TF_HEAP) != 0; }

static int check_set(Thread *t, ImType *type, Value v, const char *name)
{
    if (im_type_flags(type) & IM_TF_IMMUTABLE) return im_raise_type(t, "cannot set '%s' attribute of immutable type '%N'", name, type), -1;
    if (im_no_value(v)) return im_raise_type(t, "cannot delete '%s' attribute of immutable type '%N'", name, type), -1;
    if (!im_load_acquire(&im_audit_hook)) return 0;
    Value s = im_str_from_cstr(t, name);
    int r = im_no_value(s) ? -1 : IM_AUDIT(t, "object.__setattr__", im_value(type), s, v);
    im_xdrop(t, s);
    return r;
}
static Value get_name(Thread *t, Value self, void *c) { (void)c; return im_slot_get(t, NULL, &T(self)->x_name); }
static int set_name(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ImType *type = T(self);
    if (check_set(t, type, v, "__name__") < 0) return -1;
    if (!im_is_str(v)) return im_raise_type(t, "can only assign string to %s.__name__, not '%T'", im_type_cname(type), v), -1;
    if (im_str_find_char(v, 0, 0, im_str_len(v), 1) >= 0) return im_raise_valueerror(t, "type name must not contain null characters"), -1;
    if (!im_str_utf8(t, v, NULL)) return -1;
    im_slot_put_name(t, im_ptr(self), &type->x_name, im_new_ref(v));
    return 0;
}
static Value get_qualname(Thread *t, Value self, void *c) { (void)c; return im_slot_get(t, NULL, &T(self)->x_qualname); }
static int set_qualname(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (check_set(t, T(self), v, "__qualname__") < 0) return -1;
    if (!im_is_str(v)) return im_raise_type(t, "can only assign string to %s.__qualname__, not '%T'", im_type_cname(T(self)), v), -1;
    im_slot_put_name(t, im_ptr(self), &T(self)->x_qualname, im_new_ref(v));
    return 0;
}

static Value get_module(Thread *t, Value self, void *c)
{
    (void)c;
    ImType *type = T(self);
    Value m = heap(type) ? im_type_own(t, type, IM_S(__module__)) : IM_NO_VALUE;
    if (!im_no_value(m)) return m;
    if (heap(type)) return im_raise_attr(t, "__module__");
    const char *dot = strrchr(type->spec->name, '.');
    return dot ? im_str_from_utf8(t, type->spec->name, dot - type->spec->name) : im_new_ref(IM_S(builtins));
}
static int set_module(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (check_set(t, T(self), v, "__module__") < 0) return -1;
    if (im_type_set(t, T(self), IM_S(__module__), v) < 0) return -1;
    Value old = im_type_own(t, T(self), IM_S(__firstlineno__));
    if (im_no_value(old)) return 0;
    im_drop(t, old);
    return im_type_set(t, T(self), IM_S(__firstlineno__), IM_NO_VALUE);
}

Value im_type_full_name(Thread *t, ImType *type)
{
    Value m = get_module(t, im_value(type), NULL), r;
    if (im_no_value(m)) im_exc_clear(t);
    if (!im_no_value(m) && im_is_str(m) && !im_str_equal_cstr(m, "builtins")) r = im_str_format(t, "%U.%U", m, im_type_qualname(type));
    else r = im_slot_get(t, NULL, &type->x_name);
    im_xdrop(t, m);
    return r;
}
static Value type_repr(Thread *t, Value self)
{
    ImType *type = T(self);
    if (im_no_value(im_type_name(type))) return im_str_from_cstr(t, "<class>");
    Value n = im_type_full_name(t, type);
    if (im_no_value(n)) return n;
    Value r = im_str_format(t, "<class '%U'>", n);
    im_drop(t, n);
    return r;
}

/* ---- the tree ------------------------------------------------------------------------------------------------------------------------ */

static Value get_bases(Thread *t, Value self, void *c) { (void)c; return im_slot_get(t, NULL, &T(self)->bases); }
static int set_bases(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    return check_set(t, T(self), v, "__bases__") < 0 ? -1 : im_type_set_bases(t, T(self), v);
}
static Value get_mro(Thread *t, Value self, void *c)
{
    (void)c;
    Value m = im_slot_get(t, NULL, &T(self)->mro);
    return im_no_value(m) ? IM_NONE : m;
}
static Value get_base(Thread *t, Value self, void *c) { (void)t, (void)c; ImType *b = im_type_base(T(self)); return b ? im_new_ref(im_value(b)) : IM_NONE; }

static Value type_mro(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    Value m = im_mro_c3(t, T(self));
    if (im_no_value(m)) return m;
    Value list = im_list_from_array(t, im_tuple_items(m), (size_t)im_tuple_len(m));
    im_drop(t, m);
    return list;
}
static Value type_subclasses(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a, (void)n, (void)kw; return im_type_subclasses(t, T(self)); }
static Value type_instancecheck(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    int rc = im_isinstance_plain(t, a[0], self);
    return rc < 0 ? IM_NO_VALUE : im_bool(rc);
}
static Value type_subclasscheck(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    int rc = im_issubclass_plain(t, a[0], self);
    return rc < 0 ? IM_NO_VALUE : im_bool(rc);
}
static Value type_prepare(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self, (void)a, (void)n, (void)kw; return im_dict_new(t); }

/* Names of the class's dict and of its bases', as dir() shows them. */
static int merge_dir(Thread *t, Value names, Value cls)
{
    Value d, bases;
    int rc = im_lookup_attr(t, cls, IM_S(__dict__), &d);
    if (rc < 0) return -1;
    if (rc > 0) {
        rc = im_dict_merge(t, names, d, 1);
        im_drop(t, d);
        if (rc < 0) return -1;
    }
    rc = im_lookup_attr(t, cls, IM_S(__bases__), &bases);
    if (rc <= 0) return rc;
    rc = 0;
    Value seq = im_to_tuple(t, bases);
    im_drop(t, bases);
    if (im_no_value(seq)) return -1;
    for (ssize_t i = 0; i < im_tuple_len(seq) && rc == 0; i++) rc = merge_dir(t, names, im_tuple_get(seq, i));
    im_drop(t, seq);
    return rc;
}
int im_merge_class_dir(Thread *t, Value names, Value cls) { return merge_dir(t, names, cls); }
static Value type_dir(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    Value names = im_dict_new(t), r = IM_NO_VALUE;
    if (im_no_value(names)) return names;
    if (merge_dir(t, names, self) == 0) r = im_dict_keys_list(t, names);
    im_drop(t, names);
    return r;
}
static Value type_sizeof(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)t, (void)self, (void)a, (void)n, (void)kw;
    return im_int((int64_t)sizeof(ImType));
}

/* ---- other attributes ------------------------------------------------------------------------------------------------------------------ */

static Value get_dict(Thread *t, Value self, void *c) { (void)c; return im_mappingproxy_new(t, T(self)->dict); }

static Value get_doc(Thread *t, Value self, void *c)
{
    (void)c;
    ImType *type = T(self);
    if (!heap(type) && type->spec->doc) return im_str_from_cstr(t, type->spec->doc);
    Value d = im_type_own(t, type, IM_S(__doc__));
    if (im_no_value(d)) return IM_NONE;
    Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(d), descr_get);
    if (!get) return d;
    Value r = get(t, d, IM_NO_VALUE, self);
    im_drop(t, d);
    return r;
}
static int set_doc(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    return check_set(t, T(self), v, "__doc__") < 0 ? -1 : im_type_set(t, T(self), IM_S(__doc__), v);
}
static Value get_sig(Thread *t, Value self, void *c)
{
    (void)c;
    ImType *type = T(self);
    if (!heap(type)) return type->spec->text_signature ? im_str_from_cstr(t, type->spec->text_signature) : IM_NONE;
    /* Of a class: in front of its docstring, "Name(signature)\n--\n\n…". */
    Value doc = im_type_own(t, type, IM_S(__doc__));
    const char *name = im_type_cname(type), *s = !im_no_value(doc) && im_is_str(doc) ? im_str_utf8(t, doc, NULL) : NULL, *end = s ? strstr(s, ")\n--\n\n") : NULL;
    if (strrchr(name, '.')) name = strrchr(name, '.') + 1;
    size_t n = strlen(name);
    Value r = end && strncmp(s, name, n) == 0 && s[n] == '(' ? im_str_from_utf8(t, s + n, end + 1 - (s + n)) : IM_NONE;
    im_exc_clear(t);
    im_xdrop(t, doc);
    return r;
}

static Value get_annotations(Thread *t, Value self, void *c)
{
    (void)c;
    ImType *type = T(self);
    if (!heap(type)) return im_raise_attr(t, "type object '%s' has no attribute '__annotations__'", im_type_cname(type));
    Value d = im_type_own(t, type, IM_S(__annotations__));
    if (!im_no_value(d)) {
        Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(d), descr_get);
        if (!get) return d;
        Value r = get(t, d, IM_NO_VALUE, self);
        im_drop(t, d);
        return r;
    }
    Value fresh = im_dict_new(t);
    if (im_no_value(fresh)) return fresh;
    d = im_type_setdefault(t, type, IM_S(__annotations__), fresh); /* another thread may have set some meanwhile */
    im_drop(t, fresh);
    return d;
}
static int set_annotations(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ImType *type = T(self);
    if (im_type_flags(type) & IM_TF_IMMUTABLE) return im_raise_type(t, "cannot set '__annotations__' attribute of immutable type '%N'", type), -1;
    if (!im_no_value(v)) return im_type_set(t, type, IM_S(__annotations__), v);
    Value d = im_type_own(t, type, IM_S(__annotations__));
    if (im_no_value(d)) return im_raise_attr(t, "__annotations__"), -1;
    im_drop(t, d);
    return im_type_set(t, type, IM_S(__annotations__), v);
}

static Value get_type_params(Thread *t, Value self, void *c)
{
    (void)c;
    Value v = im_type_own(t, T(self), IM_S(__type_params__));
    return im_no_value(v) || !heap(T(self)) ? im_tuple_empty() : v;
}
static int set_type_params(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (check_set(t, T(self), v, "__type_params__") < 0) return -1;
    return im_type_set(t, T(self), IM_S(__type_params__), v);
}

static Value get_abstract(Thread *t, Value self, void *c)
{
    (void)c;
    Value v = T(self) == &im_type_type ? IM_NO_VALUE : im_type_own(t, T(self), IM_S(__abstractmethods__));
    return im_no_value(v) ? im_raise_attr(t, "__abstractmethods__") : v;
}
static int set_abstract(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ImType *type = T(self);
    int abstract = 0;
    if (!im_no_value(v) && (abstract = im_truth(t, v)) < 0) return -1;
    if (im_type_set(t, type, IM_S(__abstractmethods__), v) < 0) {
        if (im_no_value(v) && im_exc_clear_if(t, &im_AttributeError_type)) im_raise_attr(t, "__abstractmethods__");
        return -1;
    }
    if (abstract) im_or_acq_rel(&type->core.x_flags, IM_TF_ABSTRACT);
    else im_and_acq_rel(&type->core.x_flags, ~(uint32_t)IM_TF_ABSTRACT);
    return 0;
}

/* The flags as CPython numbers them: inspect, copyreg and abc look at some. */
static Value get_flags(Thread *t, Value self, void *c)
{
    (void)c;
    static const struct { uint32_t ours; int bit; } map[] = {{IM_TF_HEAP, 9}, {IM_TF_BASETYPE, 10}, {IM_TF_READY, 12}, {IM_TF_GC, 14}, {IM_TF_IMMUTABLE, 8},
        {IM_TF_SEQUENCE, 5}, {IM_TF_MAPPING, 6}, {IM_TF_NO_NEW, 7}, {IM_TF_METHOD_DESCR, 17}, {IM_TF_ABSTRACT, 20}, {IM_TF_MATCH_SELF, 22}, {IM_TF_INT, 24},
        {IM_TF_LIST, 25}, {IM_TF_TUPLE, 26}, {IM_TF_BYTES, 27}, {IM_TF_STR, 28}, {IM_TF_DICT, 29}, {IM_TF_EXC, 30}, {IM_TF_TYPE, 31}};
    uint32_t f = im_type_flags(T(self));
    uint64_t r = 0;
    /* Most types of CPython's extension modules are heap types: copyreg tells them from the core's by this. */
    const char *name = heap(T(self)) ? "" : T(self)->spec->name;
    if (im_type_is_extension(name)) r |= 1u << 9;
    else if (*name) r |= 1u << 1;
    for (size_t i = 0; i < IM_COUNTOF(map); i++)
        if (f & map[i].ours) r |= (uint64_t)1 << map[i].bit;
    if (heap(T(self)) && (f & IM_TF_HAS_DICT)) r |= 1u << 4 | (T(self)->n_inline ? 1u << 2 : 0);
    if (heap(T(self)) && (f & IM_TF_WEAKREF)) r |= 1u << 3;
    return im_int_new(t, (int64_t)r);
}
/* Without the storage of attributes: what CPython would say of the same class. */
static Value get_basicsize(Thread *t, Value self, void *c)
{
    (void)t, (void)c;
    ImType *ty = T(self);
    int64_t n = 0;
    for (; im_type_base(ty) && heap(ty); ty = im_type_base(ty)) n += (int64_t)ty->n_slots * 8;
    return im_int(n + ty->core.size);
}
static Value get_itemsize(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(T(self)->core.item_size); }
static Value get_dictoffset(Thread *t, Value self, void *c)
{
    (void)t, (void)c;
    ImType *ty = T(self);
    return im_int(im_type_flags(ty) & IM_TF_HAS_DICT ? -1 : im_type_flags(ty) & IM_TF_MANAGED_DICT_SLOT ? (int64_t)ty->dict_offset : 0);
}
static Value get_weakrefoffset(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(im_type_flags(T(self)) & IM_TF_WEAKREF ? -1 : 0); }

static Value type_or(Thread *t, Value a, Value b) { return im_union_new(t, a, b); }
static int type_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)self, (void)args;
    if (nargs == 1 && !im_no_value(kwnames) && im_tuple_len(kwnames)) return im_raise_type(t, "type.__init__() takes no keyword arguments"), -1;
    if (nargs != 1 && nargs != 3) return im_raise_type(t, "type.__init__() takes 1 or 3 arguments"), -1;
    return 0;
}

/* ---- storage ----------------------------------------------------------------------------------------------------------------------------- */

static int type_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImType *ty = (ImType *)o;
    Value v[] = {ty->x_name, ty->x_qualname, ty->dict, ty->bases, ty->mro, ty->module, ty->base ? im_value(ty->base) : IM_NO_VALUE};
    int rc;
    for (size_t i = 0; i < IM_COUNTOF(v); i++)
        if (im_is_object(v[i]) && (rc = visit(v[i], arg)) != 0) return rc;
    return 0;
}
static void type_clear(Thread *t, ImObject *o)
{
    ImType *ty = (ImType *)o;
    if (!heap(ty)) return;
    im_type_forget(t, ty);
    if (!im_no_value(ty->dict)) im_dict_clear(t, ty->dict);
    im_slot_put(t, o, &ty->mro, IM_NO_VALUE);
}
static void type_destroy(Thread *t, ImObject *o)
{
    ImType *ty = (ImType *)o;
    im_type_tree_destroy(t, ty);
    im_destroy_child(t, ty->dict);
    im_destroy_child(t, ty->mro);
    im_destroy_child(t, ty->bases);
    im_destroy_child(t, ty->x_name);
    im_destroy_child(t, ty->x_qualname);
    im_destroy_child(t, ty->module);
    if (ty->base) im_destroy_child(t, im_value(ty->base));
}

const ImMethodDef im_type_methods[] = {IM_FIXED("mro", type_mro, 0, "($self, /)", "Return a type's method resolution order."),
    IM_FIXED("__subclasses__", type_subclasses, 0, "($self, /)", "Return a list of immediate subclasses."),
    IM_CLASS_RAW("__prepare__", type_prepare, "($cls, name, bases, /, **kwds)", "__prepare__() -> dict\nused to create the namespace for the class statement"),
    IM_FIXED("__instancecheck__", type_instancecheck, 1, "($self, instance, /)", "Check if an object is an instance."),
    IM_FIXED("__subclasscheck__", type_subclasscheck, 1, "($self, subclass, /)", "Check if a class is a subclass."),
    IM_FIXED("__dir__", type_dir, 0, "($self, /)", "Specialized __dir__ implementation for types."),
    IM_FIXED("__sizeof__", type_sizeof, 0, "($self, /)", "Return memory consumption of the type object."), IM_END};
const ImGetSetDef im_type_getset[] = {{"__name__", get_name, set_name, NULL, NULL}, {"__qualname__", get_qualname, set_qualname, NULL, NULL},
    {"__bases__", get_bases, set_bases, NULL, NULL}, {"__mro__", get_mro, NULL, NULL, NULL}, {"__base__", get_base, NULL, NULL, NULL},
    {"__module__", get_module, set_module, NULL, NULL}, {"__abstractmethods__", get_abstract, set_abstract, NULL, NULL}, {"__dict__", get_dict, NULL, NULL, NULL},
    {"__doc__", get_doc, set_doc, NULL, NULL}, {"__text_signature__", get_sig, NULL, NULL, NULL}, {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {"__type_params__", get_type_params, set_type_params, NULL, NULL}, {"__flags__", get_flags, NULL, NULL, NULL}, {"__basicsize__", get_basicsize, NULL, NULL, NULL},
    {"__itemsize__", get_itemsize, NULL, NULL, NULL}, {"__dictoffset__", get_dictoffset, NULL, NULL, NULL},
    {"__weakrefoffset__", get_weakrefoffset, NULL, NULL, NULL}, IM_END};
static const ImSlots type_slots = {.repr = type_repr, .call = im_type_call, .getattr = im_type_getattr, .setattr = im_type_setattr, .or_ = type_or,
    .new_ = im_type_new_slot, .init = type_init};
static const ImTypeSpec type_spec = {.name = "type", .doc = "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type", .size = sizeof(ImType),
    .item_size = 8, .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_TYPE | IM_TF_UNC | IM_TF_WEAKREF | IM_TF_MANAGED_DICT_SLOT, .dict_offset = offsetof(ImType, dict),
    .slots = &type_slots, .methods = im_type_methods, .getset = im_type_getset, .traverse = type_traverse, .clear = type_clear, .destroy = type_destroy};
IM_TYPE(type, &type_spec);

/* ---- types of immediates ---------------------------------------------------------------------------------------------------------------- */

IM_TYPE_DECLARE(float);
IM_TYPE_DECLARE(NoneType);
IM_TYPE_DECLARE(ellipsis);
IM_TYPE_DECLARE(NotImplementedType);
#define INT_ &im_int_type.root
#define FLT_ &im_float_type.root
/* By the low four bits; null where they do not decide (None and its like). */
ImShape *const im_immediate_shapes[16] = {[1] = INT_, [5] = INT_, [9] = INT_, [13] = INT_, [6] = FLT_, [7] = FLT_, [14] = FLT_, [15] = FLT_};

ImType *im_type_of_immediate(Value v)
{
    if (im_is_int(v)) return &im_int_type;
    if (im_is_flt(v)) return &im_float_type;
    switch (v.bits) {
    case 0x0C: case 0x14: return &im_bool_type;
    case 0x1C: return &im_ellipsis_type;
    case 0x24: return &im_NotImplementedType_type;
    default: return &im_NoneType_type;
    }
}
