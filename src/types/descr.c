/* Descriptors made from the tables of native types: methods, class methods, getset, members, slot wrappers.
 * SPDX-License-Identifier: MIT */
#include "object/lookup.h"
#include "types/float.h"
#include "types/int.h"
#include "types/module.h"
#include "types/type_impl.h"

/* All of them begin alike as far as these helpers care: name and type are read through getters given per kind. */
#define METHOD(v) ((ImMethodDescr *)im_ptr(v))
#define GETSET(v) ((ImGetSetDescr *)im_ptr(v))
#define MEMBER(v) ((ImMemberDescr *)im_ptr(v))
#define WRAPPER(v) ((ImSlotWrapper *)im_ptr(v))
#define BOUND(v) ((ImMethodWrapper *)im_ptr(v))

static void parts(Value d, ImType **type, Value *name)
{
    ImType *k = im_type_of(d);
    if (k == &im_getset_descriptor_type) { *type = GETSET(d)->type; *name = GETSET(d)->name; }
    else if (k == &im_member_descriptor_type) { *type = MEMBER(d)->type; *name = MEMBER(d)->name; }
    else if (k == &im_wrapper_descriptor_type) { *type = WRAPPER(d)->type; *name = WRAPPER(d)->name; }
    else { *type = METHOD(d)->type; *name = METHOD(d)->name; }
}

static Value *name_slot(Value d)
{
    ImType *k = im_type_of(d);
    return k == &im_getset_descriptor_type ? &GETSET(d)->name : k == &im_member_descriptor_type ? &MEMBER(d)->name :
        k == &im_wrapper_descriptor_type ? &WRAPPER(d)->name : &METHOD(d)->name;
}

static Value get_name(Thread *t, Value d, void *c) { (void)t, (void)c; return im_new_ref(*name_slot(d)); }
static Value get_objclass(Thread *t, Value d, void *c)
{
    (void)t, (void)c;
    ImType *type;
    Value name;
    parts(d, &type, &name);
    return im_new_ref(im_value(type));
}
static Value get_qualname(Thread *t, Value d, void *c)
{
    (void)c;
    ImType *type;
    Value name;
    parts(d, &type, &name);
    return im_str_format(t, "%S.%S", im_type_qualname(type), name);
}
static Value descr_reduce(Thread *t, Value d, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    ImType *type;
    Value name;
    parts(d, &type, &name);
    const char *s = im_str_utf8(t, name, NULL);
    return s ? im_reduce_getattr(t, im_value(type), s) : IM_NO_VALUE;
}
static const ImMethodDef reduce_methods[] = {IM_FIXED("__reduce__", descr_reduce, 0, NULL, NULL), IM_END};
static Value text(Thread *t, const char *s) { return s ? im_str_from_cstr(t, s) : IM_NONE; }

static int descr_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImType *type;
    Value name;
    int rc;
    parts(im_value(o), &type, &name);
    if (im_is_object(name) && (rc = visit(name, arg)) != 0) return rc;
    return type ? visit(im_value(type), arg) : 0;
}
static void descr_destroy(Thread *t, ImObject *o)
{
    ImType *type;
    Value name;
    parts(im_value(o), &type, &name);
    im_destroy_child(t, name);
    if (type) im_destroy_child(t, im_value(type));
}

/* Fills the common part; the descriptor lives as long as its class. */
static Value finish(ImObject *o, ImType *type, Value name, Value *name_at, ImType **type_at)
{
    im_take_obj((ImObject *)type);
    *type_at = type;
    *name_at = name;
    im_set_flag(o, IM_OF_UNC);
    return im_value(o);
}

/* obj must be an instance of the descriptor's class. */
static int check_instance(Thread *t, Value d, Value obj)
{
    ImType *type;
    Value name;
    parts(d, &type, &name);
    if (im_is_instance_of(obj, type)) return 0;
    t->refusals++;
    im_raise_type(t, "descriptor '%U' for '%.100N' objects doesn't apply to a '%.100T' object", name, type, obj);
    return -1;
}

/* ---- methods ------------------------------------------------------------------------------------------------------------------------ */

static Value method_descr(Thread *t, ImType *kind, ImType *type, const ImMethodDef *def, Value name)
{
    if (im_no_value(name)) return name;
    ImMethodDescr *m = (ImMethodDescr *)im_instance_alloc(t, kind, 0);
    if (!m) return IM_NO_VALUE;
    m->fn = def->fn;
    m->def = def;
    return finish(&m->head, type, name, &m->name, &m->type);
}
Value im_method_descr_new(Thread *t, ImType *type, const ImMethodDef *def)
{
    return method_descr(t, &im_method_descriptor_type, type, def, im_str_intern_cstr(t, def->name));
}

Value im_method_row_new(Thread *t, ImType *type, const ImMethodDef *def, Value name)
{
    if (!(def->how & IM_M_STATIC)) return method_descr(t, def->how & IM_M_CLASS ? &im_classmethod_descriptor_type : &im_method_descriptor_type, type, def, name);
    Value f = im_native_new(t, def, im_value(type), IM_NO_VALUE);
    if (im_no_value(f)) return f;
    Value s = im_call1(t, im_value(&im_staticmethod_type), f);
    im_drop(t, f);
    return s;
}

static Value method_call(Thread *t, Value d, const Value *args, size_t nargs, Value kwnames)
{
    ImMethodDescr *m = METHOD(d);
    if (nargs < 1) {
        Value q = get_qualname(t, d, NULL);
        if (im_no_value(q)) return q;
        im_raise_type(t, "unbound method %U() needs an argument", q);
        im_drop(t, q);
        return IM_NO_VALUE;
    }
    if (check_instance(t, d, args[0]) < 0) return IM_NO_VALUE;
    return im_native_call(t, m->def, m->fn, args[0], args + 1, nargs - 1, kwnames);
}
static Value method_get(Thread *t, Value d, Value obj, Value type)
{
    (void)type;
    if (im_no_value(obj)) return im_new_ref(d);
    if (check_instance(t, d, obj) < 0) return IM_NO_VALUE;
    Value f = im_native_new(t, METHOD(d)->def, obj, IM_NO_VALUE);
    if (!im_no_value(f)) ((ImNativeFunction *)im_ptr(f))->type = METHOD(d)->type;
    return f;
}
static Value method_repr(Thread *t, Value d) { return im_str_format(t, "<method '%S' of '%N' objects>", METHOD(d)->name, METHOD(d)->type); }
static Value method_doc(Thread *t, Value d, void *c) { (void)c; return text(t, METHOD(d)->def->doc); }
static Value method_sig(Thread *t, Value d, void *c) { (void)c; return text(t, METHOD(d)->def->sig); }
static const ImGetSetDef method_getset[] = {{"__doc__", method_doc, NULL, NULL, NULL}, {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__text_signature__", method_sig, NULL, NULL, NULL}, {"__objclass__", get_objclass, NULL, NULL, NULL}, {"__name__", get_name, NULL, NULL, NULL}, IM_END};
static const ImSlots method_slots = {.repr = method_repr, .call = method_call, .descr_get = method_get, .getattr = im_generic_getattr};
static const ImTypeSpec method_spec = {.name = "method_descriptor", .size = sizeof(ImMethodDescr), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_METHOD_DESCR,
    .slots = &method_slots, .methods = reduce_methods, .getset = method_getset, .traverse = descr_traverse, .destroy = descr_destroy};
IM_TYPE(method_descriptor, &method_spec);

/* The class that a classmethod descriptor binds to. */
static Value class_for(Thread *t, Value d, Value obj, Value type)
{
    ImType *owner = METHOD(d)->type;
    Value name = METHOD(d)->name;
    if (im_no_value(type)) {
        if (im_no_value(obj))
            return im_raise_type(t, "descriptor '%U' for type '%.100N' needs either an object or a type", name, owner);
        type = im_value(im_type_of(obj));
    }
    if (!im_is_type(type)) return im_raise_type(t, "descriptor '%U' for type '%.100N' needs a type, not a '%.100T' as arg 2", name, owner, type);
    if (!im_type_is_subtype(im_as_type(type), owner))
        return im_raise_type(t, "descriptor '%U' requires a subtype of '%.100N' but received '%.100N'", name, owner, im_as_type(type));
    return type;
}
static Value class_get(Thread *t, Value d, Value obj, Value type)
{
    Value cls = class_for(t, d, obj, type);
    return im_no_value(cls) ? cls : im_native_new(t, METHOD(d)->def, cls, IM_NO_VALUE);
}
static Value class_call(Thread *t, Value d, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs < 1) {
        return im_raise_type(t, "descriptor '%U' of '%.100N' object needs an argument", METHOD(d)->name, METHOD(d)->type);
    }
    Value cls = class_for(t, d, IM_NO_VALUE, args[0]);
    if (im_no_value(cls)) return cls;
    return im_native_call(t, METHOD(d)->def, METHOD(d)->fn, cls, args + 1, nargs - 1, kwnames);
}
static const ImSlots class_slots = {.repr = method_repr, .call = class_call, .descr_get = class_get, .getattr = im_generic_getattr};
static const ImTypeSpec class_spec = {.name = "classmethod_descriptor", .size = sizeof(ImMethodDescr), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &class_slots,
    .getset = method_getset, .traverse = descr_traverse, .destroy = descr_destroy};
IM_TYPE(classmethod_descriptor, &class_spec);

/* ---- getset --------------------------------------------------------------------------------------------------------------------------- */

Value im_getset_row_new(Thread *t, ImType *type, const ImGetSetDef *def, Value name)
{
    if (im_no_value(name)) return name;
    ImGetSetDescr *g = (ImGetSetDescr *)im_instance_alloc(t, &im_getset_descriptor_type, 0);
    if (!g) return IM_NO_VALUE;
    g->def = def;
    return finish(&g->head, type, name, &g->name, &g->type);
}
Value im_getset_descr_new(Thread *t, ImType *type, const ImGetSetDef *def) { return im_getset_row_new(t, type, def, im_str_intern_cstr(t, def->name)); }
static Value getset_get(Thread *t, Value d, Value obj, Value type)
{
    (void)type;
    ImGetSetDescr *g = GETSET(d);
    if (im_no_value(obj)) return im_new_ref(d);
    if (check_instance(t, d, obj) < 0) return IM_NO_VALUE;
    if (g->def->get) return g->def->get(t, obj, g->def->closure);
    return im_raise_attr(t, "attribute '%U' of '%.100N' objects is not readable", g->name, g->type);
}
static int getset_set(Thread *t, Value d, Value obj, Value v)
{
    ImGetSetDescr *g = GETSET(d);
    if (check_instance(t, d, obj) < 0) return -1;
    if (g->def->set) return g->def->set(t, obj, v, g->def->closure);
    im_raise_attr(t, "attribute '%U' of '%.100N' objects is not writable", g->name, g->type);
    return -1;
}
static Value getset_repr(Thread *t, Value d) { return im_str_format(t, "<attribute '%S' of '%N' objects>", GETSET(d)->name, GETSET(d)->type); }
static Value getset_doc(Thread *t, Value d, void *c) { (void)c; return text(t, GETSET(d)->def->doc); }
static const ImGetSetDef getset_getset[] = {{"__doc__", getset_doc, NULL, NULL, NULL}, {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__objclass__", get_objclass, NULL, NULL, NULL}, {"__name__", get_name, NULL, NULL, NULL}, IM_END};
static const ImSlots getset_slots = {.repr = getset_repr, .descr_get = getset_get, .descr_set = getset_set, .getattr = im_generic_getattr};
static const ImTypeSpec getset_spec = {.name = "getset_descriptor", .size = sizeof(ImGetSetDescr), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &getset_slots,
    .getset = getset_getset, .traverse = descr_traverse, .destroy = descr_destroy};
IM_TYPE(getset_descriptor, &getset_spec);

/* ---- members --------------------------------------------------------------------------------------------------------------------------- */

Value im_member_descr_new(Thread *t, ImType *type, const ImMemberDef *def, Value name)
{
    ImMemberDescr *m = (ImMemberDescr *)im_instance_alloc(t, &im_member_descriptor_type, 0);
    if (!m) return IM_NO_VALUE;
    m->def = *def;
    name = im_no_value(name) ? im_str_intern_cstr(t, def->name) : im_new_ref(name);
    if (im_no_value(name)) { im_drop_obj(t, &m->head); return name; }
    return finish(&m->head, type, name, &m->name, &m->type);
}

/* Here the class is named in full, module included. */
IM_COLD static Value slot_is_empty(Thread *t, Value obj, Value name)
{
    Value cls = im_type_value(im_type_of(obj)), mod = im_getattr(t, cls, IM_S(__module__)), q = im_no_value(mod) ? mod : im_getattr(t, cls, IM_S(__qualname__));
    if (im_no_value(q) || !im_is_str(mod) || im_str_equal_cstr(mod, "builtins") || im_str_equal_cstr(mod, "__main__")) {
        im_exc_clear(t);
        if (im_no_value(q)) (void)im_raise_attr_missing(t, obj, name);
        else (void)im_raise_attr_of(t, obj, name, "'%S' object has no attribute '%U'", q, name);
    } else {
        (void)im_raise_attr_of(t, obj, name, "'%U.%S' object has no attribute '%U'", mod, q, name);
    }
    im_xdrop(t, mod);
    im_xdrop(t, q);
    return IM_NO_VALUE;
}
static Value member_read(Thread *t, Value obj, const ImMemberDef *d, Value name)
{
    void *p = im_field_at(im_ptr(obj), d->offset);
    Value v;
    switch (d->kind) {
    case IM_T_VALUE: case IM_T_VALUE_NONE:
        v = im_slot_get(t, NULL, p);
        if (!im_no_value(v) && !im_is_unset(v)) return v;
        return d->kind == IM_T_VALUE_NONE ? IM_NONE : slot_is_empty(t, obj, name);
    case IM_T_INT32: return im_int(im_load_relaxed((int32_t *)p));
    case IM_T_INT64: return im_int_new(t, im_load_relaxed((int64_t *)p));
    case IM_T_UINT32: return im_int(im_load_relaxed((uint32_t *)p));
    case IM_T_SSIZE: return im_int_new(t, im_load_relaxed((ssize_t *)p));
    case IM_T_BOOL: return im_bool(im_load_relaxed((bool *)p));
    case IM_T_DOUBLE: return im_float_new(t, *(double *)p);
    case IM_T_FLOAT32: return im_float_new(t, (double)*(float *)p);
    case IM_T_UINT8: return im_int(im_load_relaxed((uint8_t *)p));
    case IM_T_CSTR: return text(t, *(const char **)p);
    }
    return im_raise_system(t, "bad memberdescr type for %s", d->name);
}

static int member_write(Thread *t, Value obj, const ImMemberDef *d, Value name, Value v)
{
    void *p = im_field_at(im_ptr(obj), d->offset);
    int64_t n = 0;
    double x = 0;
    switch (d->kind) {
    case IM_T_VALUE: case IM_T_VALUE_NONE: {
        im_xtake(v);
        Value old = im_slot_exchange(t, im_ptr(obj), p, v);
        if (im_no_value(v) && d->kind == IM_T_VALUE && (im_no_value(old) || im_is_unset(old))) return im_raise_attr(t, "%U", name), -1;
        im_xdrop(t, old);
        return 0;
    }
    case IM_T_BOOL:
        if (im_no_value(v)) break;
        if (!im_is_bool(v)) return im_raise_type(t, "attribute value type must be bool"), -1;
        im_store_relaxed((bool *)p, im_same(v, IM_TRUE));
        return 0;
    case IM_T_DOUBLE: case IM_T_FLOAT32:
        if (im_no_value(v)) break;
        if (im_as_double(t, v, &x) < 0) return -1;
        if (d->kind == IM_T_DOUBLE) *(double *)p = x;
        else *(float *)p = (float)x;
        return 0;
    case IM_T_CSTR: return im_raise_type(t, "readonly attribute"), -1;
    default:
        if (im_no_value(v)) break;
        if (im_as_int64(t, v, &n) < 0) {
            if (d->kind == IM_T_SSIZE) {
                im_store_relaxed((int64_t *)p, -1);
                if (!im_is_index(v) && im_exc_clear_if(t, &im_TypeError_type)) im_raise_type(t, "an integer is required");
            }
            return -1;
        }
        if (d->kind == IM_T_INT32) im_store_relaxed((int32_t *)p, (int32_t)n);
        else if (d->kind == IM_T_UINT32) im_store_relaxed((uint32_t *)p, (uint32_t)n);
        else if (d->kind == IM_T_UINT8) im_store_relaxed((uint8_t *)p, (uint8_t)n);
        else im_store_relaxed((int64_t *)p, n);
        return 0;
    }
    im_raise_type(t, "can't delete numeric/char attribute");
    return -1;
}

static Value member_get(Thread *t, Value d, Value obj, Value type)
{
    (void)type;
    if (im_no_value(obj)) return im_new_ref(d);
    if (check_instance(t, d, obj) < 0) return IM_NO_VALUE;
    return member_read(t, obj, &MEMBER(d)->def, MEMBER(d)->name);
}
static int member_set(Thread *t, Value d, Value obj, Value v)
{
    if (check_instance(t, d, obj) < 0) return -1;
    if (MEMBER(d)->def.readonly) return im_raise_attr(t, "readonly attribute"), -1;
    return member_write(t, obj, &MEMBER(d)->def, MEMBER(d)->name, v);
}
static Value member_repr(Thread *t, Value d) { return im_str_format(t, "<member '%S' of '%N' objects>", MEMBER(d)->name, MEMBER(d)->type); }
static Value member_doc(Thread *t, Value d, void *c) { (void)c; return text(t, MEMBER(d)->def.doc); }
static const ImGetSetDef member_getset[] = {{"__doc__", member_doc, NULL, NULL, NULL}, {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__objclass__", get_objclass, NULL, NULL, NULL}, {"__name__", get_name, NULL, NULL, NULL}, IM_END};
static const ImSlots member_slots = {.repr = member_repr, .descr_get = member_get, .descr_set = member_set, .getattr = im_generic_getattr};
static const ImTypeSpec member_spec = {.name = "member_descriptor", .size = sizeof(ImMemberDescr), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &member_slots,
    .methods = reduce_methods, .getset = member_getset, .traverse = descr_traverse, .destroy = descr_destroy};
IM_TYPE(member_descriptor, &member_spec);

/* ---- slot wrappers -------------------------------------------------------------------------------------------------------------------- */

Value im_slot_wrapper_new(Thread *t, ImType *type, const ImSlotDef *def, void *fn, Value name)
{
    ImSlotWrapper *w = (ImSlotWrapper *)im_instance_alloc(t, &im_wrapper_descriptor_type, 0);
    if (!w) return IM_NO_VALUE;
    w->def = def;
    w->fn = fn;
    return finish(&w->head, type, name, &w->name, &w->type);
}
static Value wrapper_call(Thread *t, Value d, const Value *args, size_t nargs, Value kwnames)
{
    ImSlotWrapper *w = WRAPPER(d);
    if (nargs < 1) return im_raise_type(t, "descriptor '%U' of '%.100N' object needs an argument", w->name, w->type);
    if (!im_is_instance_of(args[0], w->type))
        return im_raise_type(t, "descriptor '%U' requires a '%.100N' object but received a '%.100T'", w->name, w->type, args[0]);
    return im_slot_wrapper_call(t, w, args[0], args + 1, nargs - 1, kwnames);
}
static Value wrapper_get(Thread *t, Value d, Value obj, Value type)
{
    (void)type;
    if (im_no_value(obj)) return im_new_ref(d);
    if (check_instance(t, d, obj) < 0) return IM_NO_VALUE;
    ImMethodWrapper *b = (ImMethodWrapper *)im_instance_alloc(t, &im_method_wrapper_type, 0);
    if (!b) return IM_NO_VALUE;
    b->descr = im_new_ref(d);
    b->self = im_new_ref(obj);
    return im_value(b);
}
static Value wrapper_repr(Thread *t, Value d) { return im_str_format(t, "<slot wrapper '%S' of '%N' objects>", WRAPPER(d)->name, WRAPPER(d)->type); }
static Value wrapper_doc(Thread *t, Value d, void *c) { (void)c; return text(t, WRAPPER(d)->def->doc); }
static Value wrapper_sig(Thread *t, Value d, void *c) { (void)c; return text(t, WRAPPER(d)->def->sig); }
static const ImGetSetDef wrapper_getset[] = {{"__doc__", wrapper_doc, NULL, NULL, NULL}, {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__text_signature__", wrapper_sig, NULL, NULL, NULL}, {"__objclass__", get_objclass, NULL, NULL, NULL}, {"__name__", get_name, NULL, NULL, NULL}, IM_END};
static const ImSlots wrapper_slots = {.repr = wrapper_repr, .call = wrapper_call, .descr_get = wrapper_get, .getattr = im_generic_getattr};
static const ImTypeSpec wrapper_spec = {.name = "wrapper_descriptor", .size = sizeof(ImSlotWrapper), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_METHOD_DESCR,
    .slots = &wrapper_slots, .methods = reduce_methods, .getset = wrapper_getset, .traverse = descr_traverse, .destroy = descr_destroy};
IM_TYPE(wrapper_descriptor, &wrapper_spec);

/* ---- method-wrapper -------------------------------------------------------------------------------------------------------------------- */

static Value bound_call(Thread *t, Value b, const Value *args, size_t nargs, Value kwnames)
{
    return im_slot_wrapper_call(t, WRAPPER(BOUND(b)->descr), BOUND(b)->self, args, nargs, kwnames);
}
static Value bound_repr(Thread *t, Value b)
{
    return im_str_format(t, "<method-wrapper '%S' of %T object at %p>", WRAPPER(BOUND(b)->descr)->name, BOUND(b)->self, (void *)(uintptr_t)BOUND(b)->self.bits);
}
static Value bound_compare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    if ((op != IM_EQ && op != IM_NE) || !im_is_exact(a, &im_method_wrapper_type) || !im_is_exact(b, &im_method_wrapper_type)) return IM_NOT_IMPLEMENTED;
    bool eq = im_same(BOUND(a)->self, BOUND(b)->self) && im_same(BOUND(a)->descr, BOUND(b)->descr);
    return im_bool(eq == (op == IM_EQ));
}
static int64_t bound_hash(Thread *t, Value b)
{
    (void)t;
    int64_t h = im_hash_pointer(BOUND(b)->self.bits) ^ im_hash_pointer(BOUND(b)->descr.bits);
    return h == -1 ? -2 : h;
}
static Value bound_self(Thread *t, Value b, void *c) { (void)t, (void)c; return im_new_ref(BOUND(b)->self); }
static Value bound_objclass(Thread *t, Value b, void *c) { return get_objclass(t, BOUND(b)->descr, c); }
static Value bound_name(Thread *t, Value b, void *c) { return get_name(t, BOUND(b)->descr, c); }
static Value bound_qualname(Thread *t, Value b, void *c) { return get_qualname(t, BOUND(b)->descr, c); }
static Value bound_doc(Thread *t, Value b, void *c) { return wrapper_doc(t, BOUND(b)->descr, c); }
static Value bound_sig(Thread *t, Value b, void *c) { return wrapper_sig(t, BOUND(b)->descr, c); }
static const ImGetSetDef bound_getset[] = {{"__objclass__", bound_objclass, NULL, NULL, NULL}, {"__name__", bound_name, NULL, NULL, NULL},
    {"__qualname__", bound_qualname, NULL, NULL, NULL}, {"__doc__", bound_doc, NULL, NULL, NULL}, {"__text_signature__", bound_sig, NULL, NULL, NULL},
    {"__self__", bound_self, NULL, NULL, NULL}, IM_END};
static Value bound_reduce(Thread *t, Value b, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_reduce_getattr(t, BOUND(b)->self, WRAPPER(BOUND(b)->descr)->def->name);
}
static const ImMethodDef bound_methods[] = {IM_FIXED("__reduce__", bound_reduce, 0, NULL, NULL), IM_END};
static int bound_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImMethodWrapper *b = (ImMethodWrapper *)o;
    int rc;
    if (im_is_object(b->descr) && (rc = visit(b->descr, arg)) != 0) return rc;
    return im_is_object(b->self) ? visit(b->self, arg) : 0;
}
static void bound_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((ImMethodWrapper *)o)->descr);
    im_destroy_child(t, ((ImMethodWrapper *)o)->self);
}
static const ImSlots bound_slots = {.repr = bound_repr, .call = bound_call, .hash = bound_hash, .richcompare = bound_compare, .getattr = im_generic_getattr};
static const ImTypeSpec bound_spec = {.name = "method-wrapper", .size = sizeof(ImMethodWrapper), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &bound_slots,
    .methods = bound_methods, .getset = bound_getset, .traverse = bound_traverse, .destroy = bound_destroy};
IM_TYPE(method_wrapper, &bound_spec);
