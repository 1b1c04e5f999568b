/* dict: the type and its methods.
 * SPDX-License-Identifier: MIT */
#include "types/dict_table.h"
#include "types/function.h"
#include "types/iter.h"
#include "types/list.h"
#include "types/module.h"
#include "types/set.h"
#include "types/tuple.h"

#define M(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* --- protocol -------------------------------------------------------------------------------------------------------------- */

Value im_dict_repr(Thread *t, Value self)
{
    if (im_dict_len(self) == 0) return im_str_from_latin1(t, "{}", 2);
    int r = im_repr_enter(t, self);
    if (r) return r > 0 ? im_str_from_latin1(t, "{...}", 5) : IM_NO_VALUE;
    ImStrBuilder b;
    im_sb_init(&b);
    int e = im_sb_ascii(t, &b, "{", 1);
    size_t pos = 0;
    bool first = true;
    Value k, v;
    while (e == 0 && im_dict_next(t, self, &pos, &k, &v)) {
        if (!first) e = im_sb_ascii(t, &b, ", ", 2);
        first = false;
        if (e == 0) e = im_sb_repr(t, &b, k);
        if (e == 0) e = im_sb_ascii(t, &b, ": ", 2);
        if (e == 0) e = im_sb_repr(t, &b, v);
        im_drop(t, k);
        im_drop(t, v);
    }
    if (e == 0) e = im_sb_ascii(t, &b, "}", 1);
    im_repr_leave(t, self);
    if (e == 0) return im_sb_finish(t, &b);
    im_sb_free(&b);
    return IM_NO_VALUE;
}

static int dicts_equal(Thread *t, Value a, Value b)
{
    if (im_dict_len(a) != im_dict_len(b)) return 0;
    size_t pos = 0;
    Value k, v, w;
    int64_t hash;
    while (im_is_private(a) && im_is_private(b)) { /* as far as no key and no value needs Python code */
        ImDictTable *ta = im_dictp(a)->x_table, *tb = im_dictp(b)->x_table;
        ImDictFound f;
        if (pos >= ta->x_fill) return 1;
        k = *im_table_key(ta, pos);
        if (k.bits == IM_DELETED.bits) { pos++; continue; }
        v = *im_table_value(ta, pos);
        if (im_is_cell_word(v) || !(im_is_str_exact(k) || im_is_int(k))) break;
        hash = im_table_hash(ta, pos);
        f.table = tb;
        if (tb->is_str && im_is_str_exact(k)) f.ix = pos < tb->x_fill && im_same(im_table_str(tb, pos)->x_key, k) ? (ssize_t)pos : im_table_find_str(tb, k, hash);
        else if (!tb->is_str && im_is_int(k)) {
            if (pos < tb->x_fill && im_same(im_table_gen(tb, pos)->x_key, k)) f.ix = (ssize_t)pos; /* in the same order */
            else if (im_dict_find(t, im_dictp(b), k, hash, &f) < 0) return -1;
        }
        else break;
        if (f.ix < 0) return 0;
        if (IM_UNLIKELY(im_dictp(a)->x_table != ta || !im_is_private(a) || !im_is_private(b))) break; /* another number with that hash ran code */
        w = *im_table_value(f.table, (size_t)f.ix);
        if (!im_same(v, w)) {
            if (im_is_cell_word(w)) break;
            if (im_is_int(v) && im_is_int(w)) return 0;
            if (!im_is_str_exact(v) || !im_is_str_exact(w)) break;
            if (!im_str_equal(v, w)) return 0;
        }
        pos++;
        if ((pos & 0xFFFF) == 0xFFFF) break;
    }
    while (im_dict_walk(t, im_dictp(a), &pos, &k, &v, &hash)) {
        int r = im_dict_get_hash(t, b, k, hash, &w);
        if (r > 0) {
            r = im_equal(t, v, w);
            im_drop(t, w);
        }
        im_drop(t, k);
        im_drop(t, v);
        if (r <= 0) return r;
        if (IM_POLL_EVERY(t, pos) < 0) return -1;
    }
    return 1;
}

Value im_dict_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_dict(a) || !im_is_dict(b) || (op != IM_EQ && op != IM_NE)) return IM_NOT_IMPLEMENTED;
    if (im_recurse_enter(t, " in comparison") < 0) return IM_NO_VALUE;
    int r = dicts_equal(t, a, b);
    im_recurse_leave(t);
    return r < 0 ? IM_NO_VALUE : im_bool(r == (op == IM_EQ));
}

static ssize_t dict_length(Thread *t, Value self) { (void)t; return im_dict_len(self); }
static int dict_contains(Thread *t, Value self, Value key) { return im_dict_contains(t, self, key); }

Value im_dict_subscript(Thread *t, Value self, Value key)
{
    Value v;
    int r = im_dict_get(t, self, key, &v);
    if (IM_LIKELY(r > 0)) return v;
    if (r < 0) return IM_NO_VALUE;
    if (!im_is_dict_exact(self)) {
        bool found;
        v = im_call_special(t, self, IM_S(__missing__), &key, 1, &found);
        if (found) return v;
    }
    return im_raise_key(t, key);
}

static int dict_ass_subscript(Thread *t, Value self, Value key, Value v)
{
    if (!im_no_value(v)) return im_dict_set(t, self, key, v);
    int r = im_dict_del(t, self, key);
    if (r > 0) return 0;
    if (r == 0) (void)im_raise_key(t, key);
    return -1;
}

static Value dict_or(Thread *t, Value a, Value b)
{
    if (!im_is_dict(a) || !im_is_dict(b)) return IM_NOT_IMPLEMENTED;
    Value r = im_dict_copy(t, a);
    if (!im_no_value(r) && im_dict_merge(t, r, b, 1) < 0) IM_CLEAR(t, r);
    return r;
}

/* d.update(pairs) */
static int merge_pairs(Thread *t, Value d, Value seq)
{
    Value it = im_steady_iter(t, seq);
    if (im_no_value(it)) return -1;
    int r = -1;
    for (ssize_t i = 0;; i++) {
        Value item = im_next_fast(t, it);
        if (im_is_stop(item)) { r = 0; break; }
        if (im_no_value(item)) break;
        if (im_is_tuple_exact(item) && im_tuple_len(item) == 2) {
            int e = im_dict_set(t, d, im_tuple_get(item, 0), im_tuple_get(item, 1));
            im_drop(t, item);
            if (e < 0 || IM_POLL_EVERY(t, i) < 0) break;
            continue;
        }
        Value pair = im_fast_sequence(t, item, "");
        im_drop(t, item);
        if (im_no_value(pair)) {
            if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "cannot convert dictionary update sequence element #%zd to a sequence", i);
            break;
        }
        bool is_tuple = im_is_tuple(pair);
        ssize_t n = is_tuple ? im_tuple_len(pair) : im_list_len(pair);
        int e = -1;
        if (n != 2) (void)im_raise_valueerror(t, "dictionary update sequence element #%zd has length %zd; 2 is required", i, n);
        else if (is_tuple) e = im_dict_set(t, d, im_tuple_get(pair, 0), im_tuple_get(pair, 1));
        else {
            Value k = im_list_get(t, pair, 0), v = im_list_get(t, pair, 1);
            if (im_no_value(k) || im_no_value(v)) (void)im_raise_valueerror(t, "dictionary update sequence element #%zd has length %zd; 2 is required", i, im_list_len(pair));
            else e = im_dict_set(t, d, k, v);
            im_xdrop(t, k);
            im_xdrop(t, v);
        }
        im_drop(t, pair);
        if (e < 0) break;
    }
    im_drop(t, it);
    return r;
}

static int update_from(Thread *t, Value self, Value arg)
{
    if (im_is_dict_exact(arg)) return im_dict_merge(t, self, arg, 1);
    Value keys;
    int r = im_lookup_attr(t, arg, IM_S(keys), &keys);
    if (r < 0) return -1;
    im_xdrop(t, keys);
    return r ? im_dict_merge(t, self, arg, 1) : merge_pairs(t, self, arg);
}

int im_dict_update_args(Thread *t, Value self, const char *fname, const Value *args, size_t nargs, Value kwnames)
{
    if (im_check_nargs(t, fname, nargs, 0, 1) < 0) return -1;
    if (nargs && update_from(t, self, args[0]) < 0) return -1;
    if (im_no_value(kwnames)) return 0;
    for (ssize_t i = 0; i < im_tuple_len(kwnames); i++) {
        if (im_dict_set(t, self, im_tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) return -1;
    }
    return 0;
}

static int dict_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    return im_dict_update_args(t, self, "dict", args, nargs, kwnames);
}

static Value dict_ior(Thread *t, Value self, Value other) { return update_from(t, self, other) < 0 ? IM_NO_VALUE : im_new_ref(self); }

/* --- methods ----------------------------------------------------------------------------------------------------------------- */

M(m_contains)
{
    int r = im_dict_contains(t, self, args[0]);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}
M(m_getitem) { return im_dict_subscript(t, self, args[0]); }

M(m_get)
{
    Value v;
    int r = im_dict_get(t, self, args[0], &v);
    if (r) return v;
    return nargs > 1 ? im_new_ref(args[1]) : IM_NONE;
}

M(m_setdefault)
{
    Value v;
    return im_dict_setdefault(t, self, args[0], nargs > 1 ? args[1] : IM_NONE, &v) < 0 ? IM_NO_VALUE : v;
}

M(m_pop)
{
    Value v;
    if (im_dict_len(self) == 0) return nargs > 1 ? im_new_ref(args[1]) : im_raise_key(t, args[0]);
    int r = im_dict_pop(t, self, args[0], &v);
    if (r > 0) return v;
    if (r < 0) return IM_NO_VALUE;
    return nargs > 1 ? im_new_ref(args[1]) : im_raise_key(t, args[0]);
}

M(m_popitem)
{
    Value kv[2];
    if (!im_dict_pop_last(t, im_dictp(self), &kv[0], &kv[1])) return im_raise(t, &im_KeyError_type, "popitem(): dictionary is empty");
    return im_tuple_steal_array(t, kv, 2);
}

M(m_update) { return im_dict_update_args(t, self, "update", args, nargs, kwnames) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_clear) { im_dict_clear(t, self); return IM_NONE; }
M(m_copy) { return im_dict_copy(t, self); }
M(m_keys) { return im_dict_view_new(t, &im_dict_keys_type, self); }
M(m_values) { return im_dict_view_new(t, &im_dict_values_type, self); }
M(m_items) { return im_dict_view_new(t, &im_dict_items_type, self); }
M(m_reversed) { return im_dict_reverse_iter(t, self); }
M(m_sizeof) { (void)t; return im_int((int64_t)(im_type_of(self)->core.size + im_dict_bytes(im_dictp(self)))); }

M(m_fromkeys)
{
    Value v = nargs > 1 ? args[1] : IM_NONE, d = im_call0(t, self);
    if (im_no_value(d)) return d;
    bool from_dict = im_is_dict_exact(args[0]), from_set = im_is_exact(args[0], &im_set_type) || im_is_exact(args[0], &im_frozenset_type);
    if (im_is_dict_exact(d) && (from_dict || from_set)) { /* hashes are known */
        size_t pos = 0;
        Value key;
        int64_t hash;
        while (from_dict ? im_dict_walk(t, im_dictp(args[0]), &pos, &key, NULL, &hash) : im_set_next_hash(t, args[0], &pos, &key, &hash)) {
            int e = im_dict_set_hash(t, d, key, hash, v);
            im_drop(t, key);
            if (e < 0 || IM_POLL_EVERY(t, pos) < 0) goto fail;
        }
        return d;
    }
    Value it = im_steady_iter(t, args[0]);
    if (im_no_value(it)) goto fail;
    for (size_t i = 0;; i++) {
        Value key = im_next_fast(t, it);
        if (im_is_stop(key)) break;
        int e = im_no_value(key) ? -1 : im_is_dict_exact(d) ? im_dict_set(t, d, key, v) : im_setitem(t, d, key, v);
        im_xdrop(t, key);
        if (e < 0 || IM_POLL_EVERY(t, i) < 0) { im_drop(t, it); goto fail; }
    }
    im_drop(t, it);
    return d;
fail:
    im_drop(t, d);
    return IM_NO_VALUE;
}

static const ImMethodDef dict_methods[] = {
    {"__contains__", m_contains, IM_M_FIXED | IM_M_COEXIST, 1, 1, "($self, key, /)", "True if the dictionary has the specified key, else False."},
    {"__getitem__", m_getitem, IM_M_FIXED | IM_M_COEXIST, 1, 1, "($self, key, /)", "Return self[key]."},
    IM_FIXED("__sizeof__", m_sizeof, 0, "($self, /)", "Return the size of the dict in memory, in bytes."),
    IM_RANGE("get", m_get, 1, 2, "($self, key, default=None, /)", "Return the value for key if key is in the dictionary, else default."),
    IM_RANGE("setdefault", m_setdefault, 1, 2, "($self, key, default=None, /)",
             "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default."),
    IM_RANGE("pop", m_pop, 1, 2, "($self, key, default=<unrepresentable>, /)",
             "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; "
             "otherwise,\nraise a KeyError."),
    IM_FIXED("popitem", m_popitem, 0, "($self, /)",
             "Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is empty."),
    IM_FIXED("keys", m_keys, 0, "($self, /)", "Return a set-like object providing a view on the dict's keys."),
    IM_FIXED("items", m_items, 0, "($self, /)", "Return a set-like object providing a view on the dict's items."),
    IM_FIXED("values", m_values, 0, "($self, /)", "Return an object providing a view on the dict's values."),
    IM_RAW("update", m_update, NULL,
           "D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.\nIf E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]\n"
           "If E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v\nIn either case, this is followed by: for k in F:  D[k] = F[k]"),
    {"fromkeys", m_fromkeys, IM_M_RANGE | IM_M_CLASS, 1, 2, "($type, iterable, value=None, /)",
     "Create a new dictionary with keys from iterable and values set to value."},
    IM_FIXED("clear", m_clear, 0, "($self, /)", "Remove all items from the dict."),
    IM_FIXED("copy", m_copy, 0, "($self, /)", "Return a shallow copy of the dict."),
    IM_FIXED("__reversed__", m_reversed, 0, "($self, /)", "Return a reverse iterator over the dict keys."),
    IM_CLASS_GETITEM,
    IM_END,
};

static const ImSlots dict_slots = {
    .items = im_dict_shared_keys,
    .repr = im_dict_repr, .getattr = im_generic_getattr, .richcompare = im_dict_richcompare, .iter = im_dict_iter, .init = dict_init, .new_ = im_dict_type_new, .or_ = dict_or,
    .ior = dict_ior, .length = dict_length, .contains = dict_contains, .subscript = im_dict_subscript, .ass_subscript = dict_ass_subscript,
};
static const ImTypeSpec dict_spec = {
    .name = "dict",
    .doc = "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new "
           "dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the "
           "name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)",
    .size = sizeof(ImDict),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_DICT | IM_TF_MAPPING | IM_TF_MATCH_SELF,
    .slots = &dict_slots, .methods = dict_methods, .traverse = im_dict_traverse, .clear = im_dict_clear_slot, .destroy = im_dict_destroy,
};
IM_TYPE(dict, &dict_spec);
