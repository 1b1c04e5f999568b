/* property.
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"
#include "types/function.h"
#include "types/str.h"
#include "types/tuple.h"

#define P(v) ((ImProperty *)im_ptr(v))

static Value field(Thread *t, Value *x) { return im_slot_get(t, NULL, x); }
static void put(Thread *t, Value self, Value *x, Value v)
{
    im_xtake(v);
    im_slot_put(t, im_ptr(self), x, v);
}
static Value none_is_absent(Value v) { return !im_no_value(v) && im_is_none(v) ? IM_NO_VALUE : v; }

static Value property_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_instance_new(t, type);
}

/* The doc string: the given one, else the getter's (also for copies, until one is set). */
static int init_doc(Thread *t, Value self, Value fget, Value doc)
{
    Value d = im_no_value(doc) ? IM_NO_VALUE : im_new_ref(doc);
    bool from_getter = false;
    if (im_no_value(d) && !im_no_value(fget)) {
        int rc = im_lookup_attr(t, fget, IM_S(__doc__), &d);
        if (rc < 0) return -1;
        if (rc > 0 && im_is_none(d)) d = IM_NO_VALUE;
        from_getter = !im_no_value(d);
    }
    P(self)->getter_doc = from_getter;
    if (im_is_exact(self, &im_property_type)) {
        im_slot_put(t, im_ptr(self), &P(self)->doc, d);
        return 0;
    }
    /* Subclass instances keep it in their dict, where __doc__ of the class would otherwise hide it; a class without dict goes without. */
    if (im_no_value(d)) d = IM_NONE;
    int rc = im_setattr(t, self, IM_S(__doc__), d);
    im_drop(t, d);
    if (rc < 0 && !from_getter && im_exc_clear_if(t, &im_AttributeError_type)) rc = 0; /* an own doc string is dropped silently, as ever */
    return rc;
}

static int property_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "property", "(fget=None, fset=None, fdel=None, doc=None)", args, nargs, kwnames, &a) < 0) return -1;
    Value fget = none_is_absent(a.v[0]);
    put(t, self, &P(self)->fget, fget);
    put(t, self, &P(self)->fset, none_is_absent(a.v[1]));
    put(t, self, &P(self)->fdel, none_is_absent(a.v[2]));
    im_slot_put(t, im_ptr(self), &P(self)->doc, IM_NO_VALUE);
    im_slot_put(t, im_ptr(self), &P(self)->name, IM_NO_VALUE);
    return init_doc(t, self, fget, none_is_absent(a.v[3]));
}

/* The name for messages: set by __set_name__, else the getter's. 1, 0, -1. */
static int find_name(Thread *t, Value self, Value *name)
{
    *name = field(t, &P(self)->name);
    if (!im_no_value(*name)) return 1;
    Value get = field(t, &P(self)->fget);
    if (im_no_value(get)) return 0;
    int rc = im_lookup_attr(t, get, IM_S(__name__), name);
    im_drop(t, get);
    return rc;
}

static void no_accessor(Thread *t, Value self, Value obj, const char *what)
{
    Value name, q;
    int rc = find_name(t, self, &name);
    if (rc < 0) return;
    if (im_lookup_attr(t, im_value(im_type_of(obj)), IM_S(__qualname__), &q) < 0) q = IM_NO_VALUE, im_exc_clear(t);
    if (rc > 0 && !im_no_value(q)) im_raise_attr(t, "property %R of %R object has no %s", name, q, what);
    else if (!im_no_value(q)) im_raise_attr(t, "property of %R object has no %s", q, what);
    else im_raise_attr(t, "property has no %s", what);
    if (rc > 0) im_drop(t, name);
    im_xdrop(t, q);
}

static Value property_get(Thread *t, Value self, Value obj, Value type)
{
    (void)type;
    if (im_no_value(obj) || im_is_none(obj)) return im_new_ref(self);
    Value f = field(t, &P(self)->fget), r;
    if (im_no_value(f)) return no_accessor(t, self, obj, "getter"), IM_NO_VALUE;
    r = im_call1(t, f, obj);
    im_drop(t, f);
    return r;
}
static int property_set(Thread *t, Value self, Value obj, Value v)
{
    Value f = field(t, im_no_value(v) ? &P(self)->fdel : &P(self)->fset), r;
    if (im_no_value(f)) return no_accessor(t, self, obj, im_no_value(v) ? "deleter" : "setter"), -1;
    r = im_no_value(v) ? im_call1(t, f, obj) : im_call2(t, f, obj, v);
    im_drop(t, f);
    if (im_no_value(r)) return -1;
    im_drop(t, r);
    return 0;
}

/* A copy with one accessor replaced, of the same class. */
static Value copy_with(Thread *t, Value self, Value get, Value set, Value del)
{
    Value g = im_no_value(get) ? field(t, &P(self)->fget) : im_new_ref(get), s = im_no_value(set) ? field(t, &P(self)->fset) : im_new_ref(set);
    Value d = im_no_value(del) ? field(t, &P(self)->fdel) : im_new_ref(del), doc = IM_NO_VALUE;
    if (!(P(self)->getter_doc && !im_no_value(g))) doc = im_is_exact(self, &im_property_type) ? field(t, &P(self)->doc) : IM_NO_VALUE;
    if (!im_is_exact(self, &im_property_type) && !P(self)->getter_doc) {
        if (im_lookup_attr(t, self, IM_S(__doc__), &doc) < 0) im_exc_clear(t);
    }
    Value args[4] = {im_no_value(g) ? IM_NONE : g, im_no_value(s) ? IM_NONE : s, im_no_value(d) ? IM_NONE : d, im_no_value(doc) ? IM_NONE : doc};
    Value r = im_call(t, im_value(im_type_of(self)), args, 4, IM_NO_VALUE);
    if (!im_no_value(r) && im_is_instance_of(r, &im_property_type)) {
        Value name = field(t, &P(self)->name);
        im_slot_put(t, im_ptr(r), &P(r)->name, name);
    }
    im_xdrop(t, g);
    im_xdrop(t, s);
    im_xdrop(t, d);
    im_xdrop(t, doc);
    return r;
}
static Value property_getter(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)n, (void)kw; return copy_with(t, self, a[0], IM_NO_VALUE, IM_NO_VALUE); }
static Value property_setter(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)n, (void)kw; return copy_with(t, self, IM_NO_VALUE, a[0], IM_NO_VALUE); }
static Value property_deleter(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)n, (void)kw; return copy_with(t, self, IM_NO_VALUE, IM_NO_VALUE, a[0]); }
static Value property_set_name(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    if (n != 2) return im_raise_type(t, "__set_name__() takes 2 positional arguments but %zu were given", n);
    put(t, self, &P(self)->name, a[1]);
    return IM_NONE;
}

static Value get_abstract(Thread *t, Value self, void *c)
{
    (void)c;
    Value *const f[] = {&P(self)->fget, &P(self)->fset, &P(self)->fdel};
    for (size_t i = 0; i < 3; i++) {
        Value v = field(t, f[i]);
        int rc = im_is_abstract(t, v);
        im_xdrop(t, v);
        if (rc) return rc < 0 ? IM_NO_VALUE : IM_TRUE;
    }
    return IM_FALSE;
}
static Value get_name(Thread *t, Value self, void *c)
{
    (void)c;
    Value v;
    int rc = find_name(t, self, &v);
    if (rc < 0) return IM_NO_VALUE;
    return rc ? v : im_raise_attr_missing(t, self, IM_S(__name__));
}
static int set_name(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    put(t, self, &P(self)->name, v);
    return 0;
}
static int property_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImProperty *p = (ImProperty *)o;
    Value v[] = {p->fget, p->fset, p->fdel, p->doc, p->name};
    int rc;
    for (size_t i = 0; i < IM_COUNTOF(v); i++)
        if (im_is_object(v[i]) && (rc = visit(v[i], arg)) != 0) return rc;
    return 0;
}
static void property_destroy(Thread *t, ImObject *o)
{
    ImProperty *p = (ImProperty *)o;
    Value v[] = {p->fget, p->fset, p->fdel, p->doc, p->name};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) im_destroy_child(t, v[i]);
}
static const ImMethodDef property_methods[] = {IM_FIXED("getter", property_getter, 1, "($self, object, /)", "Descriptor to obtain a copy of the property with a different getter."),
    IM_FIXED("setter", property_setter, 1, "($self, object, /)", "Descriptor to obtain a copy of the property with a different setter."),
    IM_FIXED("deleter", property_deleter, 1, "($self, object, /)", "Descriptor to obtain a copy of the property with a different deleter."),
    IM_RAW("__set_name__", property_set_name, "($self, owner, name, /)", "Method to set name of a property."), IM_END};
static const ImMemberDef property_members[] = {{"fget", IM_T_VALUE_NONE, offsetof(ImProperty, fget), true, NULL},
    {"fset", IM_T_VALUE_NONE, offsetof(ImProperty, fset), true, NULL}, {"fdel", IM_T_VALUE_NONE, offsetof(ImProperty, fdel), true, NULL},
    {"__doc__", IM_T_VALUE_NONE, offsetof(ImProperty, doc), false, NULL}, IM_END};
static const ImGetSetDef property_getset[] = {{"__name__", get_name, set_name, NULL, NULL}, {"__isabstractmethod__", get_abstract, NULL, NULL, NULL}, IM_END};
static const ImSlots property_slots = {.new_ = property_new, .init = property_init, .descr_get = property_get, .descr_set = property_set, .getattr = im_generic_getattr};
static const ImTypeSpec property_spec = {.name = "property",
    .doc = "Property attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    function to be used for setting an attribute value\n  fdel\n"
           "    function to be used for del'ing an attribute\n  doc\n    docstring\n\nTypical use is to define a managed attribute x:\n\nclass C(object):\n    def getx(self): return self._x\n"
           "    def setx(self, value): self._x = value\n    def delx(self): del self._x\n    x = property(getx, setx, delx, \"I'm the 'x' property.\")\n\n"
           "Decorators make defining new properties or modifying existing ones easy:\n\nclass C(object):\n    @property\n    def x(self):\n        \"I am the 'x' property.\"\n"
           "        return self._x\n    @x.setter\n    def x(self, value):\n        self._x = value\n    @x.deleter\n    def x(self):\n        del self._x",
    .text_signature = "(fget=None, fset=None, fdel=None, doc=None)", .size = sizeof(ImProperty), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &property_slots,
    .methods = property_methods, .getset = property_getset, .members = property_members, .traverse = property_traverse, .destroy = property_destroy};
IM_TYPE(property, &property_spec);
