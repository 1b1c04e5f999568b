/* super.
 * SPDX-License-Identifier: MIT */
#include "object/lookup.h"
#include "types/type_impl.h"

#include "types/frame_hooks.h"

typedef struct ImSuper { ImObject head; Value type, obj, obj_type; } ImSuper;
#define S(v) ((ImSuper *)im_ptr(v))

/* The class after whose MRO position of `type` lookups begin: obj itself if it is a subclass of type, else obj's class. Owned. */
static Value starting_type(Thread *t, Value type, Value obj)
{
    ImType *ty = im_as_type(type);
    if (im_is_type(obj) && im_type_is_subtype(im_as_type(obj), ty)) return im_new_ref(obj);
    if (im_is_instance_of(obj, ty)) return im_new_ref(im_value(im_type_of(obj)));
    Value cls;
    int rc = im_lookup_attr(t, obj, IM_S(__class__), &cls);
    if (rc < 0) return IM_NO_VALUE;
    if (rc > 0) {
        if (im_is_type(cls) && im_type_is_subtype(im_as_type(cls), ty)) return cls;
        im_drop(t, cls);
    }
    return im_raise_type(t, "super(type, obj): obj (%s %.200N) is not an instance or subtype of type (%.200N).", im_is_type(obj) ? "type" : "instance of",
        im_is_type(obj) ? im_as_type(obj) : im_type_of(obj), ty);
}

/* Attribute of the classes after `type` in start's MRO: owned, or no value. */
static Value find_after(Thread *t, ImType *type, ImType *start, Value name)
{
    Value mro = im_slot_get(t, NULL, &start->mro), v = IM_NO_VALUE;
    if (im_no_value(mro)) return mro;
    ssize_t n = im_tuple_len(mro), i = 0;
    while (i < n && im_as_type(im_tuple_get(mro, i)) != type) i++;
    for (i++; i < n; i++) {
        v = im_type_own(t, im_as_type(im_tuple_get(mro, i)), name);
        if (!im_no_value(v)) break;
    }
    im_drop(t, mro);
    return v;
}

Value im_super_lookup(Thread *t, ImType *type, Value self, Value name, bool *self_first)
{
    *self_first = false;
    Value n = im_attr_name(t, name), start, v;
    if (im_no_value(n)) return n;
    start = starting_type(t, im_value(type), self);
    if (im_no_value(start)) return start;
    if (!im_same(n, IM_S(__class__))) {
        v = find_after(t, type, im_as_type(start), n);
        if (!im_no_value(v)) {
            ImType *k = im_type_of(v);
            bool bound_to_class = im_same(start, self); /* super() in a class method */
            if (bound_to_class && k == &im_classmethod_type) { /* its function takes the class first, as that of a method its object */
                Value fn = im_slot_get(t, NULL, &((ImWrapDescr *)im_ptr(v))->callable);
                if (!im_no_value(fn) && (im_type_flags(im_type_of(fn)) & IM_TF_METHOD_DESCR)) {
                    *self_first = true;
                    im_drop(t, v);
                    im_drop(t, start);
                    return fn;
                }
                im_xdrop(t, fn);
            }
            if (!bound_to_class && (im_type_flags(k) & IM_TF_METHOD_DESCR)) {
                *self_first = true;
                im_drop(t, start);
                return v;
            }
            __auto_type get = IM_SLOT(k, descr_get);
            if (get) {
                Value r = get(t, v, bound_to_class ? IM_NO_VALUE : self, start);
                im_drop(t, v);
                v = r;
            }
            im_drop(t, start);
            return v;
        }
    }
    im_drop(t, start);
    Value args[2] = {im_value(type), self}, s = im_call(t, im_value(&im_super_type), args, 2, IM_NO_VALUE);
    if (im_no_value(s)) return s;
    v = im_generic_getattr(t, s, name); /* super's own attributes, or its AttributeError */
    im_drop(t, s);
    return v;
}

static Value super_getattr(Thread *t, Value self, Value name)
{
    ImSuper *s = S(self);
    Value n = im_attr_name(t, name);
    if (im_no_value(n)) return n;
    if (!im_no_value(s->obj_type) && !im_same(n, IM_S(__class__))) {
        Value v = find_after(t, im_as_type(s->type), im_as_type(s->obj_type), n);
        if (!im_no_value(v)) {
            Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(v), descr_get);
            if (!get) return v;
            Value r = get(t, v, im_same(s->obj, s->obj_type) ? IM_NO_VALUE : s->obj, s->obj_type);
            im_drop(t, v);
            return r;
        }
    }
    return im_generic_getattr(t, self, name);
}

static Value super_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_instance_new(t, type);
}

/* super() without arguments: __class__ and the first argument of the running method. */
static int from_frame(Thread *t, Value *type, Value *obj)
{
    if (!im_frame_hooks.super_args) return im_raise_runtime(t, "super(): no current frame"), -1;
    return im_frame_hooks.super_args(t, type, obj);
}

static int super_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (im_no_kwargs(t, "super", kwnames) < 0 || im_check_nargs(t, "super()", nargs, 0, 2) < 0) return -1;
    Value type = nargs ? im_new_ref(args[0]) : IM_NO_VALUE, obj = nargs > 1 && !im_is_none(args[1]) ? im_new_ref(args[1]) : IM_NO_VALUE, start = IM_NO_VALUE;
    if (nargs == 0 && from_frame(t, &type, &obj) < 0) return -1;
    if (!im_is_type(type)) {
        im_raise_type(t, "super() argument 1 must be a type, not %T", type);
        goto error;
    }
    if (!im_no_value(obj)) {
        start = starting_type(t, type, obj);
        if (im_no_value(start)) goto error;
    }
    im_slot_put(t, im_ptr(self), &S(self)->type, type);
    im_slot_put(t, im_ptr(self), &S(self)->obj, obj);
    im_slot_put(t, im_ptr(self), &S(self)->obj_type, start);
    return 0;
error:
    im_drop(t, type);
    im_xdrop(t, obj);
    return -1;
}

static Value super_get(Thread *t, Value self, Value obj, Value type)
{
    (void)type;
    ImSuper *s = S(self);
    if (im_no_value(obj) || im_is_none(obj) || !im_no_value(s->obj)) return im_new_ref(self);
    if (!im_is_exact(self, &im_super_type)) return im_call2(t, im_value(im_type_of(self)), s->type, obj);
    Value args[2] = {s->type, obj};
    return im_call(t, im_value(&im_super_type), args, 2, IM_NO_VALUE);
}
static Value super_repr(Thread *t, Value self)
{
    ImSuper *s = S(self);
    const char *name = im_no_value(s->type) ? "NULL" : im_type_cname(im_as_type(s->type));
    if (!im_no_value(s->obj_type)) return im_str_format(t, "<super: <class '%s'>, <%s object>>", name, im_type_cname(im_as_type(s->obj_type)));
    return im_str_format(t, "<super: <class '%s'>, NULL>", name);
}
static int super_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImSuper *s = (ImSuper *)o;
    Value v[] = {s->type, s->obj, s->obj_type};
    int rc;
    for (size_t i = 0; i < 3; i++)
        if (im_is_object(v[i]) && (rc = visit(v[i], arg)) != 0) return rc;
    return 0;
}
static void super_destroy(Thread *t, ImObject *o)
{
    ImSuper *s = (ImSuper *)o;
    im_destroy_child(t, s->type);
    im_destroy_child(t, s->obj);
    im_destroy_child(t, s->obj_type);
}
static const ImMemberDef super_members[] = {{"__thisclass__", IM_T_VALUE_NONE, offsetof(ImSuper, type), true, "the class invoking super()"},
    {"__self__", IM_T_VALUE_NONE, offsetof(ImSuper, obj), true, "the instance invoking super(); may be None"},
    {"__self_class__", IM_T_VALUE_NONE, offsetof(ImSuper, obj_type), true, "the type of the instance invoking super(); may be None"}, IM_END};
static const ImSlots super_slots = {.repr = super_repr, .getattr = super_getattr, .descr_get = super_get, .new_ = super_new, .init = super_init};
static const ImTypeSpec super_spec = {.name = "super",
    .doc = "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\n"
           "super(type, type2) -> bound super object; requires issubclass(type2, type)\nTypical use to call a cooperative superclass method:\nclass C(B):\n    def meth(self, arg):\n"
           "        super().meth(arg)\nThis works for class methods too:\nclass C(B):\n    @classmethod\n    def cmeth(cls, arg):\n        super().cmeth(arg)\n",
    .size = sizeof(ImSuper), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &super_slots, .members = super_members, .traverse = super_traverse, .destroy = super_destroy};
IM_TYPE(super, &super_spec);
