/* collections.OrderedDict, its views and its iterator.
 *
 * dict keeps insertion order already, so this adds what depends on order: equality, popitem(last), move_to_end, reversed views. `x_state` counts changes of the order or
 * the key set, so that iterators notice them.
 * SPDX-License-Identifier: MIT */
#include "modules/_collections.h"
#include "types/dict_table.h"

typedef struct ODict {
    ImDict dict;
    uint64_t x_state;
} ODict;
static ImType odict_type, okeys_type, ovalues_type, oitems_type, oiter_type;
IM_INLINE ODict *odp(Value v) { return (ODict *)im_ptr(v); }
static bool is_odict(Value v) { return im_is_instance_of(v, &odict_type); }
static void touched(Value self) { IM_ADD_IN(im_ptr(self), &odp(self)->x_state, (uint64_t)1); }

static int od_set(Thread *t, Value self, Value key, Value v)
{
    ssize_t n = im_dict_len(self);
    int r = im_dict_set(t, self, key, v);
    if (im_dict_len(self) != n) touched(self);
    return r;
}
static int od_ass_subscript(Thread *t, Value self, Value key, Value v)
{
    if (!im_no_value(v)) return od_set(t, self, key, v);
    int r = im_dict_del(t, self, key);
    if (r > 0) touched(self);
    else if (r == 0) (void)im_raise_key(t, key);
    return r > 0 ? 0 : -1;
}

/* --- update ------------------------------------------------------------------------------------------------------------------------------ */

/* self[k] = v for each pair of an iterable. */
static int add_pairs(Thread *t, Value self, Value pairs)
{
    Value it = im_iter(t, pairs);
    if (im_no_value(it)) return -1;
    int r = 0;
    while (r == 0) {
        Value pair = im_next_fast(t, it);
        if (im_is_stop(pair)) break;
        if (!im_no_value(pair) && im_is_tuple_exact(pair) && im_tuple_len(pair) == 2) {
            r = im_setitem(t, self, im_tuple_get(pair, 0), im_tuple_get(pair, 1));
            im_drop(t, pair);
            continue;
        }
        Value both = im_no_value(pair) ? pair : im_to_tuple(t, pair);
        im_xdrop(t, pair);
        r = -1;
        if (!im_no_value(both)) {
            ssize_t n = im_tuple_len(both);
            if (n == 2) r = im_setitem(t, self, im_tuple_get(both, 0), im_tuple_get(both, 1));
            else if (n < 2) (void)im_raise_valueerror(t, "need more than %zd value%s to unpack", n, n == 1 ? "" : "s");
            else (void)im_raise_valueerror(t, "too many values to unpack (expected 2)");
            im_drop(t, both);
        }
    }
    im_drop(t, it);
    return r;
}

static int add_keys(Thread *t, Value self, Value other, Value keys)
{
    Value it = im_iter(t, keys);
    if (im_no_value(it)) return -1;
    int r = 0;
    while (r == 0) {
        Value k = im_next(t, it);
        if (im_is_stop(k)) break;
        Value v = im_no_value(k) ? k : im_getitem(t, other, k);
        r = im_no_value(v) ? -1 : im_setitem(t, self, k, v);
        im_xdrop(t, k);
        im_xdrop(t, v);
    }
    im_drop(t, it);
    return r;
}

static int update_from(Thread *t, Value self, Value other)
{
    Value m, list;
    int r;
    if (im_is_dict_exact(other)) {
        list = im_dict_items_list(t, other);
        r = im_no_value(list) ? -1 : add_pairs(t, self, list);
        im_xdrop(t, list);
        return r;
    }
    if ((r = im_lookup_attr(t, other, IM_S(keys), &m)) < 0) return -1;
    if (r) {
        list = im_call0(t, m);
        r = im_no_value(list) ? -1 : add_keys(t, self, other, list);
        im_drop(t, m);
        im_xdrop(t, list);
        return r;
    }
    if ((r = im_lookup_attr(t, other, IM_S(items), &m)) < 0) return -1;
    if (r) {
        list = im_call0(t, m);
        r = im_no_value(list) ? -1 : add_pairs(t, self, list);
        im_drop(t, m);
        im_xdrop(t, list);
        return r;
    }
    return add_pairs(t, self, other);
}

static int update_all(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs > 1) return im_raise_type(t, "update() takes at most 1 positional argument (%zu given)", nargs), -1;
    if (nargs && update_from(t, self, args[0]) < 0) return -1;
    for (ssize_t i = 0; !im_no_value(kwnames) && i < im_tuple_len(kwnames); i++) {
        if (im_setitem(t, self, im_tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) return -1;
    }
    return 0;
}
static int od_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs > 1) return im_raise_type(t, "expected at most 1 argument, got %zu", nargs), -1;
    return update_all(t, self, args, nargs, kwnames);
}
CO_METHOD(m_update) { return update_all(t, self, args, nargs, kwnames) < 0 ? IM_NO_VALUE : IM_NONE; }

/* --- methods ------------------------------------------------------------------------------------------------------------------------------- */

CO_METHOD(m_clear)
{
    im_dict_clear(t, self);
    touched(self);
    return IM_NONE;
}

CO_METHOD(m_copy)
{
    bool exact = im_is_exact(self, &odict_type) || im_type_of(self) == &odict_type;
    Value r = im_call0(t, im_type_value(exact ? &odict_type : im_type_of(self))), k, v;
    size_t pos = 0;
    if (exact && !im_no_value(r) && im_is_shared(self)) { /* of one moment */
        Value items = im_dict_items_list(t, self);
        int e = im_no_value(items) ? -1 : 0;
        for (ssize_t i = 0; e == 0 && i < im_list_len(items); i++) {
            Value pair = im_list_get(t, items, i);
            e = od_set(t, r, im_tuple_get(pair, 0), im_tuple_get(pair, 1)) < 0 ? -1 : 0;
            im_drop(t, pair);
        }
        im_xdrop(t, items);
        if (e < 0) IM_CLEAR(t, r);
        return r;
    }
    while (!im_no_value(r) && im_dict_next(t, self, &pos, &k, &v)) {
        int e;
        if (exact && im_is_str_exact(k)) e = od_set(t, r, k, v);
        else { /* by the key: its hash may be another than when it was stored */
            Value x = im_getitem(t, self, k);
            e = im_no_value(x) ? -1 : exact ? od_set(t, r, k, x) : im_setitem(t, r, k, x);
            im_xdrop(t, x);
        }
        im_drop(t, k);
        im_drop(t, v);
        if (e < 0) IM_CLEAR(t, r);
    }
    return r;
}

CO_METHOD(m_fromkeys)
{
    Value d = im_call0(t, self), it = im_no_value(d) ? d : im_iter(t, args[0]), v = im_no_value(args[1]) ? IM_NONE : args[1];
    if (im_no_value(it)) {
        im_xdrop(t, d);
        return it;
    }
    for (;;) {
        Value k = im_next(t, it);
        if (im_is_stop(k)) break;
        int e = im_no_value(k) ? -1 : im_setitem(t, d, k, v);
        im_xdrop(t, k);
        if (e < 0) {
            IM_CLEAR(t, d);
            break;
        }
    }
    im_drop(t, it);
    return d;
}

CO_METHOD(m_setdefault)
{
    Value dflt = im_no_value(args[1]) ? IM_NONE : args[1], v;
    if (im_type_of(self) == &odict_type) {
        int r = im_dict_setdefault(t, self, args[0], dflt, &v);
        if (r == 0) touched(self);
        return r < 0 ? IM_NO_VALUE : v;
    }
    int there = im_contains(t, self, args[0]);
    if (there < 0) return IM_NO_VALUE;
    if (there) return im_getitem(t, self, args[0]);
    return im_setitem(t, self, args[0], dflt) < 0 ? IM_NO_VALUE : im_new_ref(dflt);
}

CO_METHOD(m_pop)
{
    Value v;
    int r = im_dict_pop(t, self, args[0], &v);
    if (r > 0) {
        touched(self);
        return v;
    }
    if (r < 0) return IM_NO_VALUE;
    return im_no_value(args[1]) ? im_raise_key(t, args[0]) : im_new_ref(args[1]);
}

CO_METHOD(m_popitem)
{
    int last = im_no_value(args[0]) ? 1 : im_truth(t, args[0]);
    if (last < 0) return IM_NO_VALUE;
    Value kv[2];
    for (;;) {
        if (last) {
            if (im_dict_pop_last(t, im_dictp(self), &kv[0], &kv[1])) break;
        } else {
            if (im_is_shared(self)) {
                if (im_dict_pop_first(t, im_dictp(self), &kv[0], &kv[1])) break;
                return im_raise(t, &im_KeyError_type, "dictionary is empty");
            }
            size_t pos = 0;
            if (im_dict_walk(t, im_dictp(self), &pos, &kv[0], NULL, NULL)) {
                int r = im_dict_pop(t, self, kv[0], &kv[1]);
                if (r > 0) break;
                im_drop(t, kv[0]);
                if (r < 0) return IM_NO_VALUE;
                continue;
            }
        }
        return im_raise(t, &im_KeyError_type, "dictionary is empty");
    }
    touched(self);
    return im_tuple_steal_array(t, kv, 2);
}

CO_METHOD(m_move_to_end)
{
    int last = im_no_value(args[1]) ? 1 : im_truth(t, args[1]);
    if (last < 0) return IM_NO_VALUE;
    int64_t hash = im_key_hash(t, args[0]);
    if (hash == -1) return IM_NO_VALUE;
    int r = im_dict_move(t, self, args[0], hash, last != 0);
    if (r < 0) return IM_NO_VALUE;
    if (r == 0) return im_raise_key(t, args[0]);
    touched(self);
    return IM_NONE;
}

/* A dict of the same items, each looked up by its key. */
static Value plain_dict(Thread *t, Value self)
{
    Value d = im_dict_new(t), k;
    size_t pos = 0;
    while (!im_no_value(d) && im_dict_walk(t, im_dictp(self), &pos, &k, NULL, NULL)) {
        Value x = im_getitem(t, self, k);
        if (im_no_value(x) || im_dict_set_steal(t, d, k, x) < 0) IM_CLEAR(t, d);
        im_drop(t, k);
    }
    return d;
}
static Value od_repr(Thread *t, Value self)
{
    if (im_dict_len(self) == 0) return im_str_format(t, "%U()", im_type_name(im_type_of(self)));
    int r = im_repr_enter(t, self);
    if (r) return r > 0 ? im_str_from_cstr(t, "...") : IM_NO_VALUE;
    Value d, text = IM_NO_VALUE;
    if (im_type_of(self) == &odict_type) d = plain_dict(t, self);
    else {
        Value items = im_call_method0(t, self, IM_S(items));
        d = im_no_value(items) ? items : im_call1(t, im_type_value(&im_dict_type), items);
        im_xdrop(t, items);
    }
    if (!im_no_value(d)) text = im_str_format(t, "%U(%R)", im_type_name(im_type_of(self)), d);
    im_xdrop(t, d);
    im_repr_leave(t, self);
    return text;
}

/* Same keys in the same order? Comparing keys may run code that changes the dicts: noticed, unless other threads have them too and change them anyway. */
static int same_order(Thread *t, Value a, Value b)
{
    uint64_t state_a = im_load_relaxed(&odp(a)->x_state), state_b = im_load_relaxed(&odp(b)->x_state);
    size_t i = 0, j = 0;
    for (;;) {
        Value k = IM_NO_VALUE, l = IM_NO_VALUE;
        int has_k = im_dict_walk(t, im_dictp(a), &i, &k, NULL, NULL), has_l = im_dict_walk(t, im_dictp(b), &j, &l, NULL, NULL);
        int eq = has_k && has_l ? im_equal(t, k, l) : has_k == has_l;
        im_xdrop(t, k);
        im_xdrop(t, l);
        if (eq < 0) return -1;
        if (im_is_private(a) && im_is_private(b) && (im_load_relaxed(&odp(a)->x_state) != state_a || im_load_relaxed(&odp(b)->x_state) != state_b))
            return im_raise_runtime(t, "OrderedDict mutated during iteration"), -1;
        if (!eq || !has_k) return eq;
    }
}

static Value od_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_dict(a) || !im_is_dict(b) || (op != IM_EQ && op != IM_NE)) return IM_NOT_IMPLEMENTED;
    Value r = im_dict_richcompare(t, a, b, IM_EQ);
    if (im_no_value(r)) return r;
    int eq = im_same(r, IM_TRUE);
    if (eq && !im_same(a, b) && is_odict(a) && is_odict(b)) eq = same_order(t, a, b);
    return eq < 0 ? IM_NO_VALUE : im_bool((eq > 0) == (op == IM_EQ));
}

static Value od_or(Thread *t, Value a, Value b)
{
    Value self = is_odict(a) ? a : b;
    if (!im_is_dict(a) || !im_is_dict(b)) return IM_NOT_IMPLEMENTED;
    Value r = im_call1(t, im_type_value(im_type_of(self)), a);
    if (!im_no_value(r) && update_from(t, r, b) < 0) IM_CLEAR(t, r);
    return r;
}
static Value od_ior(Thread *t, Value a, Value b) { return update_from(t, a, b) < 0 ? IM_NO_VALUE : im_new_ref(a); }

CO_METHOD(m_reduce)
{
    Value state = im_call_method0(t, self, IM_S(__getstate__)), items = im_no_value(state) ? state : im_call_method0(t, self, IM_S(items)), it = IM_NO_VALUE, r = IM_NO_VALUE;
    if (!im_no_value(items)) it = im_iter(t, items);
    if (!im_no_value(it)) r = im_tuple_pack(t, 5, im_type_value(im_type_of(self)), im_tuple_empty(), state, IM_NONE, it);
    im_xdrop(t, state);
    im_xdrop(t, items);
    im_xdrop(t, it);
    return r;
}
CO_METHOD(m_sizeof) { (void)t; return im_int((int64_t)(im_type_of(self)->core.size + im_dict_bytes(im_dictp(self)))); }
CO_METHOD(m_keys) { return im_dict_view_new(t, &okeys_type, self); }
CO_METHOD(m_values) { return im_dict_view_new(t, &ovalues_type, self); }
CO_METHOD(m_items) { return im_dict_view_new(t, &oitems_type, self); }

/* --- iterator -------------------------------------------------------------------------------------------------------------------------------- */

enum { KEYS = 1, VALUES = 2, BACK = 4 };
typedef struct OIter {
    ImObject head;
    Value dict;      /* no value: exhausted (private only) */
    uint64_t state;
    ssize_t len;
    ssize_t x_pos;   /* CAS when shared; END at the end */
    uint32_t kind;
} OIter;
#define END PTRDIFF_MAX

static Value iter_over(Thread *t, Value dict, uint32_t kind)
{
    OIter *it = (OIter *)im_instance_alloc(t, &oiter_type, 0);
    if (!it) return IM_NO_VALUE;
    it->dict = im_new_ref(dict);
    it->state = im_load_relaxed(&odp(dict)->x_state);
    it->len = im_dict_len(dict);
    it->x_pos = kind & BACK ? END - 1 : 0;
    it->kind = kind;
    return im_value(it);
}
static Value oiter_end(Thread *t, OIter *it)
{
    im_store_relaxed(&it->x_pos, END);
    if (im_is_private_obj(&it->head)) IM_CLEAR(t, it->dict);
    return IM_STOP;
}
static Value oiter_next(Thread *t, Value self)
{
    OIter *it = (OIter *)im_ptr(self);
    for (;;) {
        ssize_t pos = im_load_relaxed(&it->x_pos), old = pos;
        if (im_no_value(it->dict) || pos == END) return IM_STOP;
        ImDict *d = im_dictp(it->dict);
        if (im_load_relaxed(&odp(it->dict)->x_state) != it->state) {
            (void)oiter_end(t, it);
            return im_raise_runtime(t, "OrderedDict mutated during iteration");
        }
        if (im_load_acquire(&d->x_len) != it->len) {
            it->len = -1;
            return im_raise_runtime(t, "OrderedDict changed size during iteration");
        }
        Value k = IM_NO_VALUE, v = IM_NO_VALUE, *kp = it->kind & KEYS || it->kind & VALUES ? &k : NULL;
        size_t upos = (size_t)pos;
        const bool plain = im_type_of(it->dict) == &odict_type; /* its __getitem__ is dict's */
        Value *vp = plain && it->kind & VALUES ? &v : NULL;
        int r = it->kind & BACK ? im_dict_walk_back(t, d, &pos, kp, vp) : im_dict_walk(t, d, &upos, kp, vp, NULL);
        if (!(it->kind & BACK)) pos = (ssize_t)upos;
        if (!r) return oiter_end(t, it);
        if (im_is_private_obj(&it->head)) it->x_pos = pos;
        else if (!im_cas_acq_rel(&it->x_pos, &old, pos)) {
            im_drop(t, k);
            im_xdrop(t, v);
            continue;
        }
        if (!(it->kind & VALUES)) return k;
        if (!im_no_value(v) && !im_is_int(k) && !im_is_str_exact(k)) IM_CLEAR(t, v); /* a hash that changes is noticed, as in CPython */
        if (im_no_value(v)) v = im_getitem(t, it->dict, k); /* through the class, as an overridden __getitem__ expects */
        if (im_no_value(v) || !(it->kind & KEYS)) {
            im_drop(t, k);
            return v;
        }
        Value kv[2] = {k, v};
        return im_tuple_steal_array(t, kv, 2);
    }
}
CO_METHOD(oiter_reduce)
{
    OIter *it = (OIter *)im_ptr(self);
    Value list = im_list_new(t, 0), copy = IM_NO_VALUE, r = IM_NO_VALUE, fn = IM_NO_VALUE;
    if (!im_no_value(it->dict) && !im_no_value(list)) {
        copy = iter_over(t, it->dict, it->kind);
        if (!im_no_value(copy)) {
            OIter *c = (OIter *)im_ptr(copy);
            c->x_pos = im_load_relaxed(&it->x_pos);
            c->state = it->state;
            c->len = it->len;
        }
        if (im_no_value(copy) || im_list_extend(t, list, copy) < 0) IM_CLEAR(t, list);
        im_xdrop(t, copy);
    }
    if (im_no_value(list)) return list;
    Value inner = im_tuple_steal_array(t, &list, 1);
    if (!im_no_value(inner) && !im_no_value(fn = im_import_from(t, "builtins", "iter"))) r = im_tuple_pack(t, 2, fn, inner);
    im_xdrop(t, inner);
    im_xdrop(t, fn);
    return r;
}
static int oiter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value d = ((OIter *)o)->dict;
    return im_is_object(d) ? visit(d, arg) : 0;
}
static void oiter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((OIter *)o)->dict); }

static Value od_iter(Thread *t, Value self) { return iter_over(t, self, KEYS); }
CO_METHOD(m_reversed) { return iter_over(t, self, KEYS | BACK); }

/* --- views ------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct View { ImObject head; Value dict; } View; /* as dict's views */
IM_INLINE Value dict_of(Value v) { return ((View *)im_ptr(v))->dict; }
static Value okeys_iter(Thread *t, Value self) { return iter_over(t, dict_of(self), KEYS); }
static Value ovalues_iter(Thread *t, Value self) { return iter_over(t, dict_of(self), VALUES); }
static Value oitems_iter(Thread *t, Value self) { return iter_over(t, dict_of(self), KEYS | VALUES); }
CO_METHOD(okeys_reversed) { return iter_over(t, dict_of(self), KEYS | BACK); }
CO_METHOD(ovalues_reversed) { return iter_over(t, dict_of(self), VALUES | BACK); }
CO_METHOD(oitems_reversed) { return iter_over(t, dict_of(self), KEYS | VALUES | BACK); }

/* Through the class where that has a say, as the iterators. */
static Value okeys_items(Thread *t, Value self) { return im_dict_shared_keys(t, dict_of(self)); }
static Value ovalues_items(Thread *t, Value self) { return im_is_shared(dict_of(self)) && im_type_of(dict_of(self)) == &odict_type ? im_dict_values_list(t, dict_of(self)) : IM_NO_VALUE; }
static Value oitems_items(Thread *t, Value self) { return im_is_shared(dict_of(self)) && im_type_of(dict_of(self)) == &odict_type ? im_dict_items_list(t, dict_of(self)) : IM_NO_VALUE; }

#define VIEW_TYPE(ident, py_name, base_type, iter_fn, reversed_fn)                                                                                     \
    static const ImMethodDef ident##_methods[] = {IM_FIXED("__reversed__", reversed_fn, 0, "($self, /)", NULL), IM_END};                                       \
    static const ImSlots ident##_slots = {.iter = iter_fn, .items = ident##_items};                                                                                            \
    static const ImTypeSpec ident##_spec = {.name = py_name, .size = sizeof(View), .flags = IM_TF_GC | IM_TF_NO_NEW, .base = &base_type,               \
        .slots = &ident##_slots, .methods = ident##_methods}
VIEW_TYPE(okeys, "odict_keys", im_dict_keys_type, okeys_iter, okeys_reversed);
VIEW_TYPE(ovalues, "odict_values", im_dict_values_type, ovalues_iter, ovalues_reversed);
VIEW_TYPE(oitems, "odict_items", im_dict_items_type, oitems_iter, oitems_reversed);

static const ImMethodDef oiter_methods[] = {IM_FIXED("__reduce__", oiter_reduce, 0, "($self, /)", "Return state information for pickling"), IM_END};
static const ImSlots oiter_slots = {.iter = im_iter_self, .next = oiter_next};
static const ImTypeSpec oiter_spec = {
    .name = "odict_iterator", .size = sizeof(OIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &oiter_slots, .methods = oiter_methods,
    .traverse = oiter_traverse, .destroy = oiter_destroy,
};

static const ImMethodDef odict_methods[] = {
    IM_CLASS_PARSED("fromkeys", m_fromkeys, "($type, /, iterable, value=None)", "Create a new ordered dictionary with keys from iterable and values set to value."),
    IM_FIXED("__sizeof__", m_sizeof, 0, "($self, /)", NULL),
    IM_FIXED("__reduce__", m_reduce, 0, "($self, /)", "Return state information for pickling"),
    IM_PARSED("setdefault", m_setdefault, "($self, /, key, default=None)",
              "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default."),
    IM_PARSED("pop", m_pop, "($self, /, key, default=<unrepresentable>)",
              "od.pop(key[,default]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError."),
    IM_PARSED("popitem", m_popitem, "($self, /, last=True)",
              "Remove and return a (key, value) pair from the dictionary.\n\nPairs are returned in LIFO order if last is true or FIFO order if false."),
    IM_FIXED("keys", m_keys, 0, "($self, /)", NULL),
    IM_FIXED("values", m_values, 0, "($self, /)", NULL),
    IM_FIXED("items", m_items, 0, "($self, /)", NULL),
    IM_RAW("update", m_update, NULL, NULL),
    IM_FIXED("clear", m_clear, 0, "($self, /)", "od.clear() -> None.  Remove all items from od."),
    IM_FIXED("copy", m_copy, 0, "($self, /)", "od.copy() -> a shallow copy of od"),
    IM_FIXED("__reversed__", m_reversed, 0, "($self, /)", "od.__reversed__() <==> reversed(od)"),
    IM_PARSED("move_to_end", m_move_to_end, "($self, /, key, last=True)",
              "Move an existing element to the end (or beginning if last is false).\n\nRaise KeyError if the element does not exist."),
    IM_END,
};
static Value get_dict(Thread *t, Value self, void *closure) { (void)closure; return im_instance_dict(t, self); }
static int set_dict(Thread *t, Value self, Value v, void *closure)
{
    (void)closure;
    return im_no_value(v) ? (im_raise_type(t, "cannot delete __dict__"), -1) : im_instance_set_dict(t, self, v);
}
static const ImGetSetDef odict_getset[] = {{"__dict__", get_dict, set_dict, NULL, NULL}, IM_END};
static const ImSlots odict_slots = {
    .items = im_dict_shared_keys,
    .repr = od_repr, .richcompare = od_richcompare, .iter = od_iter, .init = od_init, .or_ = od_or, .ior = od_ior, .ass_subscript = od_ass_subscript,
};
static const ImTypeSpec odict_spec = {
    .name = "collections.OrderedDict", .doc = "Dictionary that remembers insertion order", .size = sizeof(ODict),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF | IM_TF_HAS_DICT, .base = &im_dict_type, .slots = &odict_slots, .methods = odict_methods, .getset = odict_getset,
    .traverse = im_dict_traverse, .clear = im_dict_clear_slot, .destroy = im_dict_destroy,
};
const ImTypeRow co_odict_rows[] = {
    {&odict_type, &odict_spec}, {&okeys_type, &okeys_spec}, {&ovalues_type, &ovalues_spec}, {&oitems_type, &oitems_spec}, {&oiter_type, &oiter_spec}, {NULL, NULL},
};
