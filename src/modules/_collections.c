/* _collections: defaultdict, _tuplegetter, _count_elements, and the module (deque and OrderedDict have files of their own).
 * SPDX-License-Identifier: MIT */
#include "modules/_collections.h"
#include "types/dict_table.h"

/* --- defaultdict ------------------------------------------------------------------------------------------------------------------------ */

typedef struct DefaultDict {
    ImDict dict;
    Value x_factory; /* no value or None: none; exchange */
} DefaultDict;
static ImType defdict_type;
IM_INLINE DefaultDict *defp(Value v) { return (DefaultDict *)im_ptr(v); }

static Value factory_of(Thread *t, Value self) { return im_slot_get(t, NULL, &defp(self)->x_factory); }

/* self[key] = factory(), unless another thread has stored one meanwhile: then that one counts, for both. */
static Value missing(Thread *t, Value self, Value key)
{
    Value f = factory_of(t, self);
    if (im_no_value(f) || im_is_none(f)) return im_raise_key(t, key);
    Value v = im_call0(t, f);
    im_drop(t, f);
    if (im_no_value(v)) return v;
    if (im_is_shared(self) && IM_SLOT(im_type_of(self), ass_subscript) == IM_SLOT(&defdict_type, ass_subscript)) {
        Value kept = IM_NO_VALUE;
        int r = im_dict_setdefault(t, self, key, v, &kept);
        im_drop(t, v);
        return r < 0 ? IM_NO_VALUE : kept;
    }
    if (im_setitem(t, self, key, v) < 0) IM_CLEAR(t, v);
    return v;
}
CO_METHOD(m_missing) { return missing(t, self, args[0]); }

static Value defdict_subscript(Thread *t, Value self, Value key)
{
    if (!im_is_exact(self, &defdict_type)) return im_dict_subscript(t, self, key); /* looks __missing__ up */
    Value v;
    int r = im_dict_get(t, self, key, &v);
    if (IM_LIKELY(r > 0)) return v;
    return r < 0 ? IM_NO_VALUE : missing(t, self, key);
}

static int defdict_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    Value factory = nargs ? args[0] : IM_NO_VALUE;
    if (nargs && !im_is_none(factory) && !im_callable(factory)) return im_raise_type(t, "first argument must be callable or None"), -1;
    im_xtake(factory);
    im_slot_put(t, im_ptr(self), &defp(self)->x_factory, factory);
    return im_dict_update_args(t, self, "dict", nargs ? args + 1 : args, nargs ? nargs - 1 : 0, kwnames);
}

static Value defdict_copy(Thread *t, Value self)
{
    Value f = factory_of(t, self);
    Value r = im_call2(t, im_type_value(im_type_of(self)), im_no_value(f) ? IM_NONE : f, self);
    im_xdrop(t, f);
    return r;
}
CO_METHOD(m_copy) { return defdict_copy(t, self); }

static Value defdict_or(Thread *t, Value a, Value b)
{
    bool left = im_is_instance_of(a, &defdict_type);
    if (!im_is_dict(a) || !im_is_dict(b)) return IM_NOT_IMPLEMENTED;
    Value self = left ? a : b, f = factory_of(t, self);
    Value r = im_call2(t, im_type_value(im_type_of(self)), im_no_value(f) ? IM_NONE : f, a);
    im_xdrop(t, f);
    if (!im_no_value(r) && im_dict_merge(t, r, b, 1) < 0) IM_CLEAR(t, r);
    return r;
}

static Value defdict_repr(Thread *t, Value self)
{
    Value base = im_dict_repr(t, self), text = IM_NO_VALUE, f = IM_NO_VALUE;
    if (im_no_value(base)) return base;
    f = factory_of(t, self);
    if (im_no_value(f)) text = im_str_from_cstr(t, "None");
    else {
        int r = im_repr_enter(t, f);
        if (r == 0) {
            text = im_repr(t, f);
            im_repr_leave(t, f);
        } else if (r > 0) text = im_str_from_cstr(t, "...");
    }
    Value r = im_no_value(text) ? text : im_str_format(t, "%U(%U, %U)", im_type_name(im_type_of(self)), text, base);
    im_xdrop(t, text);
    im_xdrop(t, f);
    im_drop(t, base);
    return r;
}

CO_METHOD(m_reduce)
{
    Value f = factory_of(t, self);
    bool has = !im_no_value(f) && !im_is_none(f);
    Value inner = has ? im_tuple_pack(t, 1, f) : im_tuple_empty(), items = im_call_method0(t, self, IM_S(items)), it = IM_NO_VALUE, r = IM_NO_VALUE;
    im_xdrop(t, f);
    if (!im_no_value(items)) it = im_iter(t, items);
    if (!im_no_value(it) && !im_no_value(inner)) r = im_tuple_pack(t, 5, im_type_value(im_type_of(self)), inner, IM_NONE, IM_NONE, it);
    im_xdrop(t, inner);
    im_xdrop(t, items);
    im_xdrop(t, it);
    return r;
}

static int defdict_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value f = ((DefaultDict *)o)->x_factory;
    int r = im_is_object(f) ? visit(f, arg) : 0;
    return r ? r : im_dict_traverse(o, visit, arg);
}
static void defdict_clear(Thread *t, ImObject *o)
{
    im_slot_put(t, o, &((DefaultDict *)o)->x_factory, IM_NO_VALUE);
    im_dict_clear_slot(t, o);
}
static void defdict_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((DefaultDict *)o)->x_factory);
    im_dict_destroy(t, o);
}
static Value get_factory(Thread *t, Value self, void *closure)
{
    (void)closure;
    Value f = factory_of(t, self);
    return im_no_value(f) ? IM_NONE : f;
}
static int set_factory(Thread *t, Value self, Value v, void *closure)
{
    (void)closure;
    im_xtake(v);
    im_slot_put(t, im_ptr(self), &defp(self)->x_factory, v);
    return 0;
}

static const ImMethodDef defdict_methods[] = {
    IM_FIXED("__missing__", m_missing, 1, "($self, object, /)",
             "__missing__(key) # Called by __getitem__ for missing key; pseudo-code:\n  if self.default_factory is None: raise KeyError((key,))\n  self[key] = value = "
             "self.default_factory()\n  return value\n"),
    IM_FIXED("copy", m_copy, 0, "($self, /)", "D.copy() -> a shallow copy of D."),
    IM_FIXED("__copy__", m_copy, 0, "($self, /)", "D.copy() -> a shallow copy of D."),
    IM_FIXED("__reduce__", m_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_CLASS_GETITEM,
    IM_END,
};
static const ImGetSetDef defdict_getset[] = {{"default_factory", get_factory, set_factory, "Factory for default value called by __missing__().", NULL}, IM_END};
static const ImSlots defdict_slots = {.repr = defdict_repr, .init = defdict_init, .or_ = defdict_or, .subscript = defdict_subscript};
static const ImTypeSpec defdict_spec = {
    .name = "collections.defaultdict",
    .doc = "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nThe default factory is called without arguments to produce\na new value when a key is "
           "not present, in __getitem__ only.\nA defaultdict compares equal to a dict with the same items.\nAll remaining arguments are treated the same as if they were\npassed "
           "to the dict constructor, including keyword arguments.",
    .size = sizeof(DefaultDict), .flags = IM_TF_GC | IM_TF_BASETYPE, .base = &im_dict_type, .slots = &defdict_slots, .methods = defdict_methods, .getset = defdict_getset,
    .traverse = defdict_traverse, .clear = defdict_clear, .destroy = defdict_destroy,
};

/* --- _tuplegetter: a namedtuple's field ------------------------------------------------------------------------------------------------------ */

typedef struct TupleGetter { ImObject head; Value x_doc; ssize_t index; } TupleGetter;
static ImType getter_type;
IM_INLINE TupleGetter *getterp(Value v) { return (TupleGetter *)im_ptr(v); }

static Value getter_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ssize_t i;
    if (im_no_kwargs(t, "_tuplegetter", kwnames) < 0 || im_check_nargs(t, "_tuplegetter", nargs, 2, 2) < 0) return IM_NO_VALUE;
    if (im_ssize_arg(t, args[0], &i) < 0) return IM_NO_VALUE;
    TupleGetter *g = (TupleGetter *)im_instance_alloc(t, type, 0);
    if (!g) return IM_NO_VALUE;
    g->index = i;
    g->x_doc = im_new_ref(args[1]);
    return im_value(g);
}
static Value getter_get(Thread *t, Value self, Value obj, Value type)
{
    (void)type;
    ssize_t i = getterp(self)->index;
    if (im_no_value(obj)) return im_new_ref(self);
    if (IM_UNLIKELY(!im_is_tuple(obj))) {
        if (im_is_none(obj)) return im_new_ref(self);
        return im_raise_type(t, "descriptor for index '%zd' for tuple subclasses doesn't apply to '%s' object", i, im_type_cname(im_type_of(obj)));
    }
    if ((size_t)i >= (size_t)im_tuple_len(obj)) return im_raise_index(t, "tuple index out of range");
    return im_new_ref(im_tuple_get(obj, i));
}
static int getter_set(Thread *t, Value self, Value obj, Value v)
{
    (void)self, (void)obj;
    return im_raise_attr(t, im_no_value(v) ? "can't delete attribute" : "can't set attribute"), -1;
}
static Value getter_repr(Thread *t, Value self)
{
    Value doc = im_slot_get(t, NULL, &getterp(self)->x_doc);
    Value r = im_str_format(t, "%U(%zd, %R)", im_type_name(im_type_of(self)), getterp(self)->index, im_no_value(doc) ? IM_NONE : doc);
    im_xdrop(t, doc);
    return r;
}
CO_METHOD(getter_reduce)
{
    Value doc = im_slot_get(t, NULL, &getterp(self)->x_doc), inner = im_tuple_pack(t, 2, im_int(getterp(self)->index), im_no_value(doc) ? IM_NONE : doc);
    im_xdrop(t, doc);
    if (im_no_value(inner)) return inner;
    Value r = im_tuple_pack(t, 2, im_type_value(im_type_of(self)), inner);
    im_drop(t, inner);
    return r;
}
static int getter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value d = ((TupleGetter *)o)->x_doc;
    return im_is_object(d) ? visit(d, arg) : 0;
}
static void getter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((TupleGetter *)o)->x_doc); }
static const ImMethodDef getter_methods[] = {IM_FIXED("__reduce__", getter_reduce, 0, "($self, /)", NULL), IM_END};
static const ImMemberDef getter_members[] = {{"__doc__", IM_T_VALUE_NONE, offsetof(TupleGetter, x_doc), false, NULL}, IM_END};
static const ImSlots getter_slots = {.repr = getter_repr, .descr_get = getter_get, .descr_set = getter_set, .new_ = getter_new};
static const ImTypeSpec getter_spec = {
    .name = "collections._tuplegetter", .size = sizeof(TupleGetter), .flags = IM_TF_GC, .slots = &getter_slots, .methods = getter_methods, .members = getter_members,
    .traverse = getter_traverse, .destroy = getter_destroy,
};

/* --- _count_elements ------------------------------------------------------------------------------------------------------------------------- */

static bool inherits(Thread *t, ImType *type, Value name)
{
    Value mine = im_type_lookup(t, type, name), dicts = im_type_lookup(t, &im_dict_type, name);
    bool same = !im_no_value(mine) && im_same(mine, dicts);
    im_xdrop(t, mine);
    im_xdrop(t, dicts);
    return same;
}

/* counts[key] += 1 */
static int count_in_dict(Thread *t, Value counts, Value key)
{
    if (im_dict_count_str(t, counts, key)) return 0;
    int64_t hash = im_hash(t, key);
    if (hash == -1) return -1;
    Value old, now;
    int r = im_dict_get_hash(t, counts, key, hash, &old);
    if (r < 0) return -1;
    if (r == 0) now = im_int(1);
    else if (IM_LIKELY(im_is_int(old) && im_int_get(old) < IM_INT_MAX)) now = im_int(im_int_get(old) + 1);
    else {
        now = im_binop(t, old, im_int(1), IM_OP_ADD);
        im_drop(t, old);
    }
    if (im_no_value(now)) return -1;
    r = im_dict_set_hash(t, counts, key, hash, now);
    im_drop(t, now);
    return r;
}
static int count_in_mapping(Thread *t, Value counts, Value key)
{
    Value old = im_call_method2(t, counts, IM_S(get), key, im_int(0)), now = im_no_value(old) ? old : im_binop(t, old, im_int(1), IM_OP_ADD);
    im_xdrop(t, old);
    if (im_no_value(now)) return -1;
    int r = im_setitem(t, counts, key, now);
    im_drop(t, now);
    return r;
}

CO_METHOD(count_elements)
{
    (void)self;
    Value counts = args[0], it = im_iter(t, args[1]);
    if (im_no_value(it)) return it;
    ImType *type = im_type_of(counts);
    bool fast = im_is_dict(counts) && inherits(t, type, IM_S(get)) && inherits(t, type, IM_S(__setitem__));
    int r = 0;
    for (size_t i = 0; r == 0; i++) {
        Value key = im_next(t, it);
        if (im_is_stop(key)) break;
        r = im_no_value(key) ? -1 : fast ? count_in_dict(t, counts, key) : count_in_mapping(t, counts, key);
        im_xdrop(t, key);
        if (r == 0) r = IM_POLL_EVERY(t, i);
    }
    im_drop(t, it);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}

/* --- the module --------------------------------------------------------------------------------------------------------------------------------- */

static const ImTypeRow rows[] = {{&defdict_type, &defdict_spec}, {&getter_type, &getter_spec}, {NULL, NULL}};

static int collections_exec(Thread *t, Value m)
{
    const ImTypeRow *const all[] = {co_deque_rows, rows, co_odict_rows};
    for (size_t i = 0; i < IM_COUNTOF(all); i++) {
        for (const ImTypeRow *r = all[i]; r->type; r++) {
            const char *name = strrchr(r->spec->name, '.');
            int e = name ? im_module_ready_type(t, m, r->type, r->spec) : im_type_ready(t, r->type, r->spec); /* those without a module are not in it */
            if (e < 0) return -1;
        }
    }
    return 0;
}
static const ImMethodDef functions[] = {
    IM_FIXED("_count_elements", count_elements, 2, "($module, mapping, iterable, /)", "Count elements in the iterable, updating the mapping"),
    IM_END,
};
static const ImModuleDef collections_module = {
    .name = "_collections", .doc = "High performance data structures.\n- deque:        ordered collection accessible from endpoints only\n- defaultdict:  dict subclass with a default value factory\n",
    .methods = functions, .exec = collections_exec,
};
IM_MODULE(collections_module);
