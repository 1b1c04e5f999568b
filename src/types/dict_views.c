/* dict: iterators and the views keys(), values(), items().
 * SPDX-License-Identifier: MIT */
#include "types/dict_table.h"

#include "mem/fast.h"
#include "types/function.h"
#include "types/iter.h"
#include "types/list.h"
#include "types/module.h"
#include "types/set.h"
#include "types/tuple.h"

#define M(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* --- iterators -------------------------------------------------------------------------------------------------------------- */

typedef enum Kind { KEYS, VALUES, ITEMS } Kind;

typedef struct ImDictIter {
    ImObject head;
    Value dict;      /* no value: exhausted (private iterators only) */
    ssize_t used;    /* the dict's length at the start; -1 once a change was seen */
    ssize_t x_pos;   /* entry to look at next; advanced by CAS when shared. At the end of a shared iterator: END */
    ssize_t x_left;  /* items not yet given */
    Value result;    /* pair to use again while nobody else has it (private iterators only) */
} ImDictIter;
#define END PTRDIFF_MAX

static Value iter_new(Thread *t, Value dict, ImType *type, bool back)
{
    ImDictIter *it = (ImDictIter *)im_tracked_alloc(t, &type->root, sizeof *it);
    if (!it) return IM_NO_VALUE;
    it->dict = im_new_ref(dict);
    it->used = it->x_left = im_dict_len(dict);
    it->x_pos = back ? END - 1 : 0;
    it->result = IM_NO_VALUE;
    im_track_new(t, &it->head);
    return im_value(it);
}

/* Next entry: 1, 0 at the end, -1 error. One CAS per item when shared. */
static int iter_step(Thread *t, ImDictIter *it, bool back, Value *key, Value *value)
{
    if (im_no_value(it->dict)) return 0;
    ImDict *d = im_dictp(it->dict);
    bool private = im_is_private_obj(&it->head);
    ssize_t used = im_load_relaxed(&it->used);
    if (IM_UNLIKELY(used != im_load_acquire(&d->x_len))) {
        if (im_load_relaxed(&it->x_pos) == END) return 0;
        im_store_relaxed(&it->used, (ssize_t)-1);
        return im_raise_runtime(t, "dictionary changed size during iteration"), -1;
    }
    if (IM_LIKELY(private && !back)) {
        size_t pos = (size_t)it->x_pos;
        ImDictTable *tb = im_load_acquire(&d->x_table);
        if (IM_LIKELY(pos < im_load_acquire(&tb->x_fill) && pos >= im_load_relaxed(&tb->x_head) && it->x_left > 0)) { /* the entry is there: no walk */
            Value *ks = im_table_key(tb, pos);
            Value k = key ? im_slot_get(t, &d->head, ks) : (Value){im_load_acquire(&ks->bits)};
            if (IM_LIKELY(k.bits != IM_DELETED.bits && !im_no_value(k))) {
                Value v = value ? im_dict_load(t, d, im_table_value(tb, pos)) : IM_NONE;
                if (IM_LIKELY(!im_no_value(v))) {
                    it->x_pos = (ssize_t)pos + 1;
                    it->x_left--;
                    if (key) *key = k;
                    if (value) *value = v;
                    return 1;
                }
                if (key) im_drop(t, k);
            }
        }
        int r = im_dict_walk(t, d, &pos, key, value, NULL);
        it->x_pos = (ssize_t)pos;
        if (IM_UNLIKELY(!r)) {
            IM_CLEAR(t, it->dict);
            return 0;
        }
        if (IM_UNLIKELY(it->x_left-- == 0)) goto changed;
        return 1;
    }
    for (;;) {
        ssize_t pos = im_load_relaxed(&it->x_pos), old = pos;
        if (pos == END || (back && pos < 0)) return 0;
        size_t upos = (size_t)pos;
        int r = back ? im_dict_walk_back(t, d, &pos, key, value) : im_dict_walk(t, d, &upos, key, value, NULL);
        if (!back) pos = (ssize_t)upos;
        if (!r) {
            if (private) IM_CLEAR(t, it->dict);
            else im_store_relaxed(&it->x_pos, END);
            return 0;
        }
        if (private) it->x_pos = pos;
        else if (!im_cas_acq_rel(&it->x_pos, &old, pos)) {
            if (key) im_drop(t, *key);
            if (value) im_drop(t, *value);
            continue;
        }
        if (IM_UNLIKELY(im_faa_relaxed(&it->x_left, (ssize_t)-1) <= 0)) goto changed;
        return 1;
    }
changed:
    if (key) im_drop(t, *key);
    if (value) im_drop(t, *value);
    if (private) IM_CLEAR(t, it->dict);
    else im_store_relaxed(&it->x_pos, END);
    return im_raise_runtime(t, "dictionary keys changed during iteration"), -1;
}

int im_dict_items_step(Thread *t, Value it, Value *key, Value *value) { return iter_step(t, (ImDictIter *)im_ptr(it), false, key, value); }

IM_INLINE Value iter_next(Thread *t, Value self, Kind kind, bool back)
{
    ImDictIter *it = (ImDictIter *)im_ptr(self);
    Value k = IM_NO_VALUE, v = IM_NO_VALUE;
    if (!back && kind != ITEMS && IM_LIKELY(im_is_private_obj(&it->head) && !im_no_value(it->dict) && im_is_private(it->dict))) { /* an entry that is simply there */
        const ImDict *d = im_dictp(it->dict);
        ImDictTable *tb = d->x_table;
        const size_t pos = (size_t)it->x_pos;
        if (IM_LIKELY(it->used == d->x_len && it->x_left > 0 && pos < tb->x_fill && pos >= tb->x_head)) {
            k = *im_table_key(tb, pos);
            if (kind == VALUES) v = *im_table_value(tb, pos);
            if (IM_LIKELY(k.bits != IM_DELETED.bits && !im_no_value(k) && (kind == KEYS || (!im_no_value(v) && !im_is_cell_word(v))))) {
                it->x_pos = (ssize_t)pos + 1;
                it->x_left--;
                return im_new_ref(kind == KEYS ? k : v);
            }
            k = v = IM_NO_VALUE;
        }
    }
    int r = iter_step(t, it, back, kind == VALUES ? NULL : &k, kind == KEYS ? NULL : &v);
    if (IM_UNLIKELY(r <= 0)) return r < 0 ? IM_NO_VALUE : IM_STOP;
    if (kind == KEYS) return k;
    if (kind == VALUES) return v;
    if (im_is_private_obj(&it->head)) {
        Value pair = it->result;
        if (!im_no_value(pair) && im_is_unique(pair)) {
            Value *items = im_tuple_items(pair), old_k = items[0], old_v = items[1];
            im_tuple_reuse(t, pair);
            items[0] = k;
            items[1] = v;
            im_take(pair); /* before the drops: they may run this iterator again */
            im_xdrop(t, old_k);
            im_xdrop(t, old_v);
            return pair;
        }
        const bool first = im_no_value(pair);
        pair = im_tuple_pair_steal(t, k, v);
        if (first && !im_no_value(pair)) it->result = im_new_ref(pair);
        return pair;
    }
    return im_tuple_pair_steal(t, k, v);
}

static int dictiter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImDictIter *it = (ImDictIter *)o;
    int r = im_is_object(it->dict) ? visit(it->dict, arg) : 0;
    if (r || !im_is_object(it->result)) return r;
    return visit(it->result, arg);
}
static void dictiter_destroy(Thread *t, ImObject *o)
{
    ImDictIter *it = (ImDictIter *)o;
    im_destroy_child(t, it->dict);
    im_destroy_child(t, it->result);
}

M(dictiter_length_hint)
{
    (void)t;
    ImDictIter *it = (ImDictIter *)im_ptr(self);
    if (im_no_value(it->dict) || im_load_relaxed(&it->x_pos) == END || it->used != im_dict_len(it->dict)) return im_int(0);
    ssize_t left = im_load_relaxed(&it->x_left);
    return im_int(left > 0 ? left : 0);
}

static Value next_of(Thread *t, Value self) { return IM_SLOT(im_type_of(self), next)(t, self); }

/* iter(list of what is left), without advancing the iterator. */
M(dictiter_reduce)
{
    ImDictIter *it = (ImDictIter *)im_ptr(self);
    ImType *type = im_type_of(self);
    ImDictIter *copy = (ImDictIter *)im_tracked_alloc(t, &type->root, sizeof *copy);
    if (!copy) return IM_NO_VALUE;
    copy->dict = it->dict;
    im_xtake(copy->dict);
    copy->used = im_load_relaxed(&it->used);
    copy->x_pos = im_load_relaxed(&it->x_pos);
    copy->x_left = im_load_relaxed(&it->x_left);
    copy->result = IM_NO_VALUE;
    im_track_new(t, &copy->head);
    Value list = im_list_new(t, 0), r = IM_NO_VALUE, fn = IM_NO_VALUE;
    while (!im_no_value(list)) {
        Value v = next_of(t, im_value(copy));
        if (im_is_stop(v)) break;
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    im_drop(t, im_value(copy));
    if (im_no_value(list)) return list;
    Value inner = im_tuple_steal_array(t, &list, 1);
    if (!im_no_value(inner) && !im_no_value(fn = im_import_from(t, "builtins", "iter"))) r = im_tuple_pack(t, 2, fn, inner);
    im_xdrop(t, inner);
    im_xdrop(t, fn);
    return r;
}

static const ImMethodDef dictiter_methods[] = {
    IM_FIXED("__length_hint__", dictiter_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."),
    IM_FIXED("__reduce__", dictiter_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_END,
};

#define ITERATOR(ident, type_name, kind, back)                                                                                                     \
    static Value ident##_next(Thread *t, Value self) { return iter_next(t, self, kind, back); }                                                    \
    static const ImSlots ident##_slots = {.iter = im_iter_self, .next = ident##_next};                                                             \
    static const ImTypeSpec ident##_spec = {                                                                                                       \
        .name = type_name, .size = sizeof(ImDictIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &ident##_slots,              \
        .methods = dictiter_methods, .traverse = dictiter_traverse, .destroy = dictiter_destroy};                                                  \
    IM_TYPE_DECLARE(ident);                                                                                                                        \
    IM_TYPE(ident, &ident##_spec)
ITERATOR(dict_keyiterator, "dict_keyiterator", KEYS, false);
ITERATOR(dict_valueiterator, "dict_valueiterator", VALUES, false);
ITERATOR(dict_itemiterator, "dict_itemiterator", ITEMS, false);
ITERATOR(dict_reversekeyiterator, "dict_reversekeyiterator", KEYS, true);
ITERATOR(dict_reversevalueiterator, "dict_reversevalueiterator", VALUES, true);
ITERATOR(dict_reverseitemiterator, "dict_reverseitemiterator", ITEMS, true);

Value im_dict_iter(Thread *t, Value dict) { return iter_new(t, dict, &im_dict_keyiterator_type, false); }
Value im_dict_reverse_iter(Thread *t, Value dict) { return iter_new(t, dict, &im_dict_reversekeyiterator_type, true); }

/* --- views --------------------------------------------------------------------------------------------------------------------- */

IM_INLINE Value dict_of(Value view) { return ((ImDictView *)im_ptr(view))->dict; }

Value im_dict_view_new(Thread *t, ImType *type, Value dict)
{
    ImDictView *v = (ImDictView *)im_tracked_alloc(t, &type->root, sizeof *v);
    if (!v) return IM_NO_VALUE;
    v->dict = im_new_ref(dict);
    im_track_new(t, &v->head);
    return im_value(v);
}

Value im_dict_view_list(Thread *t, Value v)
{
    if (im_is_exact(v, &im_dict_items_type)) return im_dict_items_list(t, dict_of(v));
    if (im_is_exact(v, &im_dict_values_type)) return im_dict_values_list(t, dict_of(v));
    if (im_is_exact(v, &im_dict_keys_type)) return im_dict_keys_list(t, dict_of(v));
    return IM_NO_VALUE;
}

static Value view_items(Thread *t, Value self) { return im_is_shared(dict_of(self)) ? im_dict_view_list(t, self) : IM_NO_VALUE; }

static int view_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value d = ((ImDictView *)o)->dict;
    return im_is_object(d) ? visit(d, arg) : 0;
}
static void view_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImDictView *)o)->dict); }
static ssize_t view_length(Thread *t, Value self) { (void)t; return im_dict_len(dict_of(self)); }
static Value view_mapping(Thread *t, Value self, void *closure) { (void)closure; return im_mappingproxy_new(t, dict_of(self)); }

static Value view_repr(Thread *t, Value self)
{
    int r = im_repr_enter(t, self);
    if (r) return r > 0 ? im_str_from_latin1(t, "...", 3) : IM_NO_VALUE;
    Value list = im_to_list(t, self), text = IM_NO_VALUE;
    if (!im_no_value(list)) {
        text = im_str_format(t, "%T(%R)", self, list);
        im_drop(t, list);
    }
    im_repr_leave(t, self);
    return text;
}

static const ImGetSetDef view_getset[] = {{"mapping", view_mapping, NULL, "dictionary that this view refers to", NULL}, IM_END};

static Value keys_iter(Thread *t, Value self) { return iter_new(t, dict_of(self), &im_dict_keyiterator_type, false); }
static Value values_iter(Thread *t, Value self) { return iter_new(t, dict_of(self), &im_dict_valueiterator_type, false); }
static Value items_iter(Thread *t, Value self) { return iter_new(t, dict_of(self), &im_dict_itemiterator_type, false); }
M(keys_reversed) { return iter_new(t, dict_of(self), &im_dict_reversekeyiterator_type, true); }
M(values_reversed) { return iter_new(t, dict_of(self), &im_dict_reversevalueiterator_type, true); }
M(items_reversed) { return iter_new(t, dict_of(self), &im_dict_reverseitemiterator_type, true); }

static int keys_contains(Thread *t, Value self, Value key) { return im_dict_contains(t, dict_of(self), key); }
static int items_contains(Thread *t, Value self, Value item)
{
    if (!im_is_tuple(item) || im_tuple_len(item) != 2) return 0;
    Value v;
    int r = im_dict_get(t, dict_of(self), im_tuple_get(item, 0), &v);
    if (r <= 0) return r;
    r = im_equal(t, v, im_tuple_get(item, 1));
    im_drop(t, v);
    return r;
}

static bool is_setlike_view(Value v)
{
    return im_is_instance_of(v, &im_dict_keys_type) || im_is_instance_of(v, &im_dict_items_type);
}
static int view_has(Thread *t, Value view, Value v)
{
    return im_is_instance_of(view, &im_dict_items_type) ? items_contains(t, view, v) : keys_contains(t, view, v);
}

/* Every item of a is in b. */
static int all_in(Thread *t, Value a, Value b)
{
    Value it = im_steady_iter(t, a);
    if (im_no_value(it)) return -1;
    int r = 1;
    while (r > 0) {
        Value v = im_next(t, it);
        if (im_is_stop(v)) break;
        if (im_no_value(v)) { r = -1; break; }
        r = im_contains(t, b, v);
        im_drop(t, v);
    }
    im_drop(t, it);
    return r;
}

static Value view_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_anyset(b) && !is_setlike_view(b)) return IM_NOT_IMPLEMENTED;
    ssize_t na = im_len(t, a), nb = na < 0 ? -1 : im_len(t, b);
    if (na < 0 || nb < 0) return IM_NO_VALUE;
    int r = 0;
    switch (op) {
    case IM_EQ: case IM_NE:
        if (na == nb) r = all_in(t, a, b);
        if (op == IM_NE && r >= 0) r = !r;
        break;
    case IM_LT: if (na < nb) r = all_in(t, a, b); break;
    case IM_LE: if (na <= nb) r = all_in(t, a, b); break;
    case IM_GT: if (na > nb) r = all_in(t, b, a); break;
    case IM_GE: if (na >= nb) r = all_in(t, b, a); break;
    }
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}

/* set(self), then one of its methods. Of keys it is made from the dict, whose length is known. */
static Value by_set(Thread *t, Value self, Value other, Value method)
{
    Value s = im_set_new(t, im_is_exact(self, &im_dict_keys_type) && im_is_dict_exact(dict_of(self)) ? dict_of(self) : self);
    if (im_no_value(s)) return s;
    Value r = im_call_method1(t, s, method, other);
    if (im_no_value(r)) IM_CLEAR(t, s);
    else im_drop(t, r);
    return s;
}
static Value view_sub(Thread *t, Value a, Value b) { return by_set(t, a, b, IM_S(difference_update)); }
static Value view_or(Thread *t, Value a, Value b) { return by_set(t, a, b, IM_S(update)); }

static Value view_and(Thread *t, Value a, Value b)
{
    if (!is_setlike_view(a)) { Value x = a; a = b; b = x; }
    ssize_t na = im_dict_len(dict_of(a));
    if ((im_is_exact(b, &im_set_type)) && na <= im_set_len(b)) return im_call_method1(t, b, IM_S(intersection), a);
    if (is_setlike_view(b) && im_dict_len(dict_of(b)) > na) { Value x = a; a = b; b = x; }
    Value r = im_set_new(t, IM_NO_VALUE);
    if (im_no_value(r)) return r;
    Value it = im_steady_iter(t, b);
    if (im_no_value(it)) { im_drop(t, r); return it; }
    for (;;) {
        Value v = im_next(t, it);
        if (im_is_stop(v)) break;
        int e = im_no_value(v) ? -1 : view_has(t, a, v);
        if (e > 0) e = im_set_add(t, r, v);
        im_xdrop(t, v);
        if (e < 0) { IM_CLEAR(t, r); break; }
    }
    im_drop(t, it);
    return r;
}

/* Items in exactly one of two dicts. */
static Value items_xor(Thread *t, Value a, Value b)
{
    Value rest = im_dict_copy(t, b), r = im_no_value(rest) ? rest : im_set_new(t, IM_NO_VALUE);
    if (im_no_value(r)) { im_xdrop(t, rest); return r; }
    size_t pos = 0;
    Value k, v, w;
    int e = 0;
    while (e >= 0 && im_dict_next(t, a, &pos, &k, &v)) {
        int there = im_dict_get(t, rest, k, &w), same = 0;
        if (there > 0) {
            same = im_equal(t, v, w);
            im_drop(t, w);
        }
        e = there < 0 || same < 0 ? -1 : 0;
        if (e == 0 && same) e = im_dict_del(t, rest, k);
        else if (e == 0) {
            Value pair = im_tuple_pack(t, 2, k, v);
            e = im_no_value(pair) ? -1 : im_set_add(t, r, pair);
            im_xdrop(t, pair);
        }
        im_drop(t, k);
        im_drop(t, v);
    }
    pos = 0;
    while (e >= 0 && im_dict_next(t, rest, &pos, &k, &v)) {
        Value kv[2] = {k, v}, pair = im_tuple_steal_array(t, kv, 2);
        e = im_no_value(pair) ? -1 : im_set_add(t, r, pair);
        im_xdrop(t, pair);
    }
    im_drop(t, rest);
    if (e < 0) IM_CLEAR(t, r);
    return r;
}

static Value view_xor(Thread *t, Value a, Value b)
{
    if (im_is_exact(a, &im_dict_items_type) && im_is_exact(b, &im_dict_items_type)) return items_xor(t, dict_of(a), dict_of(b));
    return by_set(t, a, b, IM_S(symmetric_difference_update));
}

M(view_isdisjoint)
{
    Value other = args[0], a = self, b = other;
    if (im_same(self, other)) return im_bool(im_dict_len(dict_of(self)) == 0);
    if (im_is_anyset(other) || is_setlike_view(other)) { /* walk the shorter one */
        ssize_t nb = im_len(t, other);
        if (nb < 0) return IM_NO_VALUE;
        if (nb > im_dict_len(dict_of(self))) { a = other; b = self; }
    }
    Value it = im_steady_iter(t, b);
    if (im_no_value(it)) return it;
    Value r = IM_TRUE;
    for (;;) {
        Value v = im_next(t, it);
        if (im_is_stop(v)) break;
        int e = im_no_value(v) ? -1 : im_contains(t, a, v);
        im_xdrop(t, v);
        if (e) { r = e < 0 ? IM_NO_VALUE : IM_FALSE; break; }
    }
    im_drop(t, it);
    return r;
}

static const ImMethodDef keys_methods[] = {
    IM_FIXED("isdisjoint", view_isdisjoint, 1, "($self, object, /)", "Return True if the view and the given iterable have a null intersection."),
    IM_FIXED("__reversed__", keys_reversed, 0, "($self, /)", "Return a reverse iterator over the dict keys."),
    IM_END,
};
static const ImMethodDef items_methods[] = {
    IM_FIXED("isdisjoint", view_isdisjoint, 1, "($self, object, /)", "Return True if the view and the given iterable have a null intersection."),
    IM_FIXED("__reversed__", items_reversed, 0, "($self, /)", "Return a reverse iterator over the dict items."),
    IM_END,
};
static const ImMethodDef values_methods[] = {
    IM_FIXED("__reversed__", values_reversed, 0, "($self, /)", "Return a reverse iterator over the dict values."),
    IM_END,
};

static const ImSlots keys_slots = {
    .repr = view_repr, .items = view_items, .richcompare = view_richcompare, .iter = keys_iter, .subtract = view_sub, .and_ = view_and, .xor_ = view_xor, .or_ = view_or,
    .length = view_length, .contains = keys_contains,
};
static const ImSlots items_slots = {
    .repr = view_repr, .items = view_items, .richcompare = view_richcompare, .iter = items_iter, .subtract = view_sub, .and_ = view_and, .xor_ = view_xor, .or_ = view_or,
    .length = view_length, .contains = items_contains,
};
static const ImSlots values_slots = {.repr = view_repr, .items = view_items, .iter = values_iter, .length = view_length};

static const ImTypeSpec keys_spec = {
    .name = "dict_keys", .size = sizeof(ImDictView), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &keys_slots, .methods = keys_methods,
    .getset = view_getset, .traverse = view_traverse, .destroy = view_destroy,
};
static const ImTypeSpec items_spec = {
    .name = "dict_items", .size = sizeof(ImDictView), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &items_slots, .methods = items_methods,
    .getset = view_getset, .traverse = view_traverse, .destroy = view_destroy,
};
static const ImTypeSpec values_spec = {
    .name = "dict_values", .size = sizeof(ImDictView), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &values_slots, .methods = values_methods,
    .getset = view_getset, .traverse = view_traverse, .destroy = view_destroy,
};
IM_TYPE(dict_keys, &keys_spec);
IM_TYPE(dict_items, &items_spec);
IM_TYPE(dict_values, &values_spec);
