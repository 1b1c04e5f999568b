/* staticmethod and classmethod.
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"
#include "types/function.h"
#include "types/str.h"
#include "types/tuple.h"

#define W(v) ((ImWrapDescr *)im_ptr(v))

/* What functools.wraps would copy, so that introspection sees the function. */
static int copy_attributes(Thread *t, Value self, Value f)
{
    const Value names[] = {IM_S(__module__), IM_S(__name__), IM_S(__qualname__), IM_S(__doc__), IM_S(__annotations__)};
    for (size_t i = 0; i < IM_COUNTOF(names); i++) {
        Value v;
        int rc = im_lookup_attr(t, f, names[i], &v);
        if (rc > 0) {
            rc = im_setattr(t, self, names[i], v);
            im_drop(t, v);
        }
        if (rc < 0) return -1;
    }
    return 0;
}

static Value wrap_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    ImWrapDescr *w = (ImWrapDescr *)im_instance_alloc(t, type, 0);
    if (!w) return IM_NO_VALUE;
    w->callable = IM_NONE;
    return im_value(w);
}
static int wrap_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames, const char *name)
{
    if (im_no_kwargs(t, name, kwnames) < 0 || im_check_nargs(t, name, nargs, 1, 1) < 0) return -1;
    im_slot_put(t, im_ptr(self), &W(self)->callable, im_new_ref(args[0]));
    if (im_is_exact(self, &im_staticmethod_type) && im_is_exact(args[0], &im_builtin_function_or_method_type)) return 0; /* natives of types: nothing to copy at start-up */
    return copy_attributes(t, self, args[0]);
}
static int static_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return wrap_init(t, self, args, nargs, kw, "staticmethod"); }
static int class_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return wrap_init(t, self, args, nargs, kw, "classmethod"); }

static Value static_get(Thread *t, Value self, Value obj, Value type)
{
    (void)obj, (void)type;
    return im_slot_get(t, NULL, &W(self)->callable);
}
static Value static_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    Value f = im_slot_get(t, NULL, &W(self)->callable), r = im_call(t, f, args, nargs, kwnames);
    im_drop(t, f);
    return r;
}
static Value class_get(Thread *t, Value self, Value obj, Value type)
{
    Value f = im_slot_get(t, NULL, &W(self)->callable), r;
    if (im_no_value(type)) type = im_value(im_type_of(obj));
    r = im_method_new(t, f, type);
    im_drop(t, f);
    return r;
}
static Value wrap_repr(Thread *t, Value self, const char *name)
{
    Value f = im_slot_get(t, NULL, &W(self)->callable), r = im_str_format(t, "<%s(%R)>", name, f);
    im_drop(t, f);
    return r;
}
static Value static_repr(Thread *t, Value self) { return wrap_repr(t, self, "staticmethod"); }
static Value class_repr(Thread *t, Value self) { return wrap_repr(t, self, "classmethod"); }

static Value get_abstract(Thread *t, Value self, void *c)
{
    (void)c;
    int rc = im_is_abstract(t, W(self)->callable);
    return rc < 0 ? IM_NO_VALUE : im_bool(rc);
}
int im_is_abstract(Thread *t, Value v)
{
    Value a;
    if (im_no_value(v)) return 0;
    int rc = im_lookup_attr(t, v, IM_S(__isabstractmethod__), &a);
    if (rc <= 0) return rc;
    rc = im_truth(t, a);
    im_drop(t, a);
    return rc;
}
static Value get_dict(Thread *t, Value self, void *c) { (void)c; return im_instance_dict(t, self); }
static int set_dict(Thread *t, Value self, Value v, void *c) { (void)c; return im_instance_set_dict(t, self, v); }
static const ImGetSetDef wrap_getset[] = {{"__isabstractmethod__", get_abstract, NULL, NULL, NULL}, {"__dict__", get_dict, set_dict, NULL, NULL}, IM_END};
static const ImMemberDef wrap_members[] = {{"__func__", IM_T_VALUE_NONE, offsetof(ImWrapDescr, callable), true, NULL},
    {"__wrapped__", IM_T_VALUE_NONE, offsetof(ImWrapDescr, callable), true, NULL}, IM_END};
static int wrap_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImWrapDescr *w = (ImWrapDescr *)o;
    int rc;
    if (im_is_object(w->callable) && (rc = visit(w->callable, arg)) != 0) return rc;
    return im_is_object(w->dict) ? visit(w->dict, arg) : 0;
}
static void wrap_clear(Thread *t, ImObject *o)
{
    im_slot_put(t, o, &((ImWrapDescr *)o)->callable, IM_NONE);
    im_slot_put(t, o, &((ImWrapDescr *)o)->dict, IM_NO_VALUE);
}
static void wrap_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((ImWrapDescr *)o)->callable);
    im_destroy_child(t, ((ImWrapDescr *)o)->dict);
}
#define WRAP_COMMON .size = sizeof(ImWrapDescr), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_MANAGED_DICT_SLOT, .dict_offset = offsetof(ImWrapDescr, dict), \
    .getset = wrap_getset, .members = wrap_members, .traverse = wrap_traverse, .clear = wrap_clear, .destroy = wrap_destroy
static const ImSlots static_slots = {.repr = static_repr, .call = static_call, .descr_get = static_get, .new_ = wrap_new, .init = static_init,
    .getattr = im_generic_getattr};
static const ImTypeSpec static_spec = {.name = "staticmethod",
    .doc = "Convert a function to be a static method.\n\nA static method does not receive an implicit first argument.\nTo declare a static method, use this idiom:\n\n     class C:\n         @staticmethod\n"
           "         def f(arg1, arg2, argN):\n             ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()). Both the class and the instance are ignored, and\n"
           "neither is passed implicitly as the first argument to the method.\n\nStatic methods in Python are similar to those found in Java or C++.\nFor a more advanced concept, see the classmethod builtin.",
    .text_signature = "(function, /)", .slots = &static_slots, WRAP_COMMON};
IM_TYPE(staticmethod, &static_spec);
static const ImSlots class_slots = {.repr = class_repr, .descr_get = class_get, .new_ = wrap_new, .init = class_init, .getattr = im_generic_getattr};
static const ImTypeSpec class_spec = {.name = "classmethod",
    .doc = "Convert a function to be a class method.\n\nA class method receives the class as implicit first argument,\njust like an instance method receives the instance.\nTo declare a class method, use this idiom:\n\n"
           "  class C:\n      @classmethod\n      def f(cls, arg1, arg2, argN):\n          ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()).  The instance is ignored except for its class.\n"
           "If a class method is called for a derived class, the derived class\nobject is passed as the implied first argument.\n\nClass methods are different than C++ or Java static methods.\n"
           "If you want those, see the staticmethod builtin.",
    .text_signature = "(function, /)", .slots = &class_slots, WRAP_COMMON};
IM_TYPE(classmethod, &class_spec);
