/* The hash table inside a dict: layout and probing. Included by dict*.c only.
 *
 *     ImDictTable | index[2^log2], 1, 2, 4 or 8 bytes each | entries[cap]
 *
 * An index is an entry's number, EMPTY or DUMMY. Entries are {key, value} while all keys are exact strs (the hash is in the str), else {hash, key, value}; they stand in
 * order of insertion. A removed entry has the key IM_DELETED and no value. Collisions: i = 5i + perturb + 1, perturb >>= 5.
 *
 * What lock-free readers of a shared dict rely on: an entry is complete before its index is stored (release); an entry never gets another key; a key that moves
 * keeps its index slot or gets one further on the way, before its old entry goes: who meets a removed entry looks at the slot again; a table that the dict
 * gave up has been emptied (keys IM_DELETED, values none) after the new one was stored, under the lock. So "absent" counts only while
 * the dict still has that table, and a value found beside a matching key belonged to it at that moment.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_DICT_TABLE_H
#define IM_TYPES_DICT_TABLE_H

#include "types/dict.h"
#include "types/str.h"

struct ImDictTable {
    uint8_t log2;    /* 2^log2 index slots */
    uint8_t width;   /* log2 of an index slot's bytes */
    uint8_t is_str;  /* entries are {key, value} */
    uint8_t pad;
    uint32_t gen;    /* of this dict: the next table has the next number, so that address and gen name a table */
    size_t cap;      /* entries there is room for */
    size_t usable;   /* insertions left; never goes up, so that an empty index slot always remains. Owner or lock */
    size_t x_fill;   /* entries in use, removed ones included */
    size_t x_head;   /* entries below are removed (a hint for walks from the front). Written by the owner or under the lock, relaxed */
    size_t tail;     /* entries from here on are removed (for popitem). Owner or lock */
    size_t gap;      /* entries below have never been in use (for moves to the front). Owner or lock */
};

typedef struct ImStrEntry { Value x_key, x_value; } ImStrEntry;
typedef struct ImGenEntry { int64_t hash; Value x_key, x_value; } ImGenEntry;

enum { IM_IX_EMPTY = -1, IM_IX_DUMMY = -2 };
enum { IM_DICT_MIN_LOG2 = 3 };

extern ImDictTable *const im_dict_empty_table;

IM_INLINE size_t im_table_slots(const ImDictTable *tb) { return (size_t)1 << tb->log2; }
IM_INLINE void *im_table_index(ImDictTable *tb) { return tb + 1; }
IM_INLINE void *im_table_entries(ImDictTable *tb) { return (char *)(tb + 1) + (im_table_slots(tb) << tb->width); }
IM_INLINE ImStrEntry *im_table_str(ImDictTable *tb, size_t i) { return (ImStrEntry *)im_table_entries(tb) + i; }
IM_INLINE ImGenEntry *im_table_gen(ImDictTable *tb, size_t i) { return (ImGenEntry *)im_table_entries(tb) + i; }
IM_INLINE Value *im_table_key(ImDictTable *tb, size_t i) { return tb->is_str ? &im_table_str(tb, i)->x_key : &im_table_gen(tb, i)->x_key; }
IM_INLINE Value *im_table_value(ImDictTable *tb, size_t i) { return tb->is_str ? &im_table_str(tb, i)->x_value : &im_table_gen(tb, i)->x_value; }

IM_INLINE ssize_t im_index_get(ImDictTable *tb, size_t i)
{
    void *p = im_table_index(tb);
    switch (tb->width) {
    case 0: return im_load_acquire((int8_t *)p + i);
    case 1: return im_load_acquire((int16_t *)p + i);
    case 2: return im_load_acquire((int32_t *)p + i);
    default: return (ssize_t)im_load_acquire((int64_t *)p + i);
    }
}
IM_INLINE void im_index_set(ImDictTable *tb, size_t i, ssize_t ix)
{
    void *p = im_table_index(tb);
    switch (tb->width) {
    case 0: im_store_release((int8_t *)p + i, (int8_t)ix); break;
    case 1: im_store_release((int16_t *)p + i, (int16_t)ix); break;
    case 2: im_store_release((int32_t *)p + i, (int32_t)ix); break;
    default: im_store_release((int64_t *)p + i, (int64_t)ix); break;
    }
}

/* A key that is an exact str of an all-str table. Other keys' memory outlives their removal by an epoch, and a str's text stays in it: no count needed to compare. */
IM_INLINE ssize_t im_table_find_str(ImDictTable *tb, Value key, int64_t hash)
{
    size_t mask = im_table_slots(tb) - 1, i = (size_t)hash & mask, perturb = (size_t)hash;
    ImStrEntry *entries = im_table_entries(tb);
    for (;;) {
        ssize_t ix = im_index_get(tb, i);
        if (IM_LIKELY(ix >= 0)) {
            Value k = {im_load_acquire(&entries[ix].x_key.bits)};
            if (im_same(k, key)) return ix;
            if (im_is_object(k)) {
                if (im_load_relaxed(&im_strp(k)->x_hash) == hash && im_str_equal(k, key)) return ix;
            } else if (im_index_get(tb, i) != ix) {
                continue; /* moved */
            }
        } else if (ix == IM_IX_EMPTY) return -1;
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
}

/* Index slot that holds ix. */
IM_INLINE size_t im_table_slot_of(ImDictTable *tb, int64_t hash, ssize_t ix)
{
    size_t mask = im_table_slots(tb) - 1, i = (size_t)hash & mask, perturb = (size_t)hash;
    while (im_index_get(tb, i) != ix) {
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
    return i;
}
/* First index slot that was never used: a key that moves gets one behind its old one on the way, so that whoever is on the way meets one of them. */
IM_INLINE size_t im_table_empty_slot(ImDictTable *tb, int64_t hash)
{
    size_t mask = im_table_slots(tb) - 1, i = (size_t)hash & mask, perturb = (size_t)hash;
    while (im_index_get(tb, i) != IM_IX_EMPTY) {
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
    return i;
}
/* First free index slot for a new entry. */
IM_INLINE size_t im_table_free_slot(ImDictTable *tb, int64_t hash)
{
    size_t mask = im_table_slots(tb) - 1, i = (size_t)hash & mask, perturb = (size_t)hash;
    while (im_index_get(tb, i) >= 0) {
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
    return i;
}
IM_INLINE int64_t im_table_hash(ImDictTable *tb, size_t i)
{
    return tb->is_str ? im_strp(im_table_str(tb, i)->x_key)->x_hash : im_table_gen(tb, i)->hash;
}

/* Value words that are cells' addresses. */
IM_INLINE bool im_is_cell_word(Value v) { return (v.bits & 7) == 2; }
IM_INLINE ImGlobalCell *im_cell_of(Value v) { return (ImGlobalCell *)(uintptr_t)(v.bits & ~(uint64_t)7); }
IM_INLINE Value im_cell_word(ImGlobalCell *c) { return (Value){(uint64_t)(uintptr_t)c | 2}; }

/* dict_cells.c. An empty cell for the name, which caches may name already where *again says so; null when out of memory. */
IM_MUST_USE ImGlobalCell *im_cell_alloc(uint32_t uid, Value name, bool *again);
void im_cell_free(ImGlobalCell *c);          /* of a dead dict, or one that nobody has seen */
void im_cell_keep(ImGlobalCell *c);          /* of a living dict, whose name has been deleted: emptied */
void im_cells_free_kept(uint32_t uid);       /* the dict dies */
/* The value in the cell of an entry, whose key stands before it. */
IM_NOINLINE Value im_cell_load(Thread *t, Value *slot);

/* Owned value of an entry; no value when it is removed. */
IM_INLINE Value im_dict_load(Thread *t, ImDict *d, Value *slot)
{
    Value v = im_slot_get(t, &d->head, slot);
    if (IM_UNLIKELY(im_is_cell_word(v))) {
        v = im_slot_get(t, NULL, &im_cell_of(v)->x_value);
        if (IM_UNLIKELY(im_no_value(v))) v = im_cell_load(t, slot);
    }
    return v;
}

/* hash() of a key, the usual ones at once. */
IM_INLINE int64_t im_key_hash(Thread *t, Value key)
{
    if (im_is_str_exact(key)) {
        int64_t h = im_load_relaxed(&im_strp(key)->x_hash);
        return IM_LIKELY(h != -1) ? h : im_str_hash(key);
    }
    if (im_is_int(key)) {
        int64_t n = im_int_get(key), m = ((int64_t)1 << 61) - 1;
        if (IM_LIKELY(n > -m && n < m)) return n == -1 ? -2 : n;
    }
    return im_hash(t, key);
}

/* Equality of keys with equal hashes that are not the same: 1, 0, or -1 where only im_compare_bool can tell. */
IM_INLINE int im_key_equal_fast(Value a, Value b)
{
    if (im_is_int(a) && im_is_int(b)) return 0;
    if (im_is_str_exact(a) && im_is_str_exact(b)) return im_str_equal(a, b);
    return -1;
}

/* The same through tuples in tuples: for keys of a container that no other thread can reach. */
int im_key_equal_quietly(Value a, Value b, int depth);
enum { IM_KEY_DEPTH = 4 };

/* Where a key was found, and by what to recognise that this still holds. */
typedef struct ImDictFound {
    ImDictTable *table;
    size_t fill;    /* table's fill before the search */
    ssize_t ix;     /* entry, or -1: absent */
    uint32_t gen;
} ImDictFound;

IM_MUST_USE int im_dict_find(Thread *t, ImDict *d, Value key, int64_t hash, ImDictFound *f); /* 0, -1 */
/* Removes the last entry: 1 and both owned; 0 when empty. */
int im_dict_pop_last(Thread *t, ImDict *d, Value *key, Value *value);
Value im_dict_shared_keys(Thread *t, Value d); /* slot items */
int im_dict_pop_first(Thread *t, ImDict *d, Value *key, Value *value);
/* Removes a key whose hash is known: 1 and *out owned, 0, -1. */
IM_MUST_USE int im_dict_pop_hash(Thread *t, Value d, Value key, int64_t hash, Value *out);
/* Moves a key to the end (or the front, which rebuilds the table): 1, 0 absent, -1. */
IM_MUST_USE int im_dict_move(Thread *t, Value d, Value key, int64_t hash, bool last);
/* As im_dict_get_hash, and moves what it finds to the end. */
IM_MUST_USE int im_dict_get_recent(Thread *t, Value d, Value key, int64_t hash, Value *out);
size_t im_dict_bytes(ImDict *d); /* of the table */
/* Entry at or after *pos (owned, value may be null), with its hash; 0 at the end. Of one moment. */
int im_dict_walk(Thread *t, ImDict *d, size_t *pos, Value *key, Value *value, int64_t *hash);
int im_dict_walk_back(Thread *t, ImDict *d, ssize_t *pos, Value *key, Value *value);

/* Slots that dict's relatives (OrderedDict, defaultdict) call. */
IM_MUST_USE Value im_dict_type_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames);
IM_MUST_USE int im_dict_update_args(Thread *t, Value self, const char *fname, const Value *args, size_t nargs, Value kwnames);
int im_dict_traverse(ImObject *o, ImVisit visit, void *arg);
void im_dict_destroy(Thread *t, ImObject *o);
void im_dict_clear_slot(Thread *t, ImObject *o);
IM_MUST_USE Value im_dict_subscript(Thread *t, Value self, Value key);
IM_MUST_USE Value im_dict_repr(Thread *t, Value self);
IM_MUST_USE Value im_dict_richcompare(Thread *t, Value a, Value b, ImCmp op);
/* d.keys(), values(), items() */
IM_MUST_USE Value im_dict_view_new(Thread *t, ImType *type, Value dict);
IM_MUST_USE Value im_dict_iter(Thread *t, Value dict);
IM_MUST_USE Value im_dict_reverse_iter(Thread *t, Value dict);

typedef struct ImDictView { ImObject head; Value dict; } ImDictView;
/* The items of a view that is exactly dict_keys, dict_values or dict_items, as a list of one moment; no value without exception for anything else. */
IM_MUST_USE Value im_dict_view_list(Thread *t, Value v);
IM_TYPE_DECLARE(dict_keys);
IM_TYPE_DECLARE(dict_values);
IM_TYPE_DECLARE(dict_items);

#endif
