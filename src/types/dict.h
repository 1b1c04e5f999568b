/* dict: compact, ordered hash table.
 *
 * The table (indices + entries) is one raw block, replaced whole when it grows; entries are append-only within a table of a shared dict (a removed entry's key becomes
 * IM_DELETED and is not reused; popitem does not lower the fill), so that a lock-free reader that matched a key loads that key's value or nothing.
 * Readers: load table (acquire), probe, load key, im_slot_get on the value with the dict as container. Writers hold the dict's lock. Keys are compared by
 * Python code only without the lock; afterwards the table's identity and x_version are checked again (T4 in the protocol).
 *
 * Global cells: a dict used as a namespace by code keeps hot values in *cells* that never move: the entry's value word is then the cell's address with tag 010
 * (im_dict_cell). Every read of an entry goes through the cell; cell slots are written by exchange.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_DICT_H
#define IM_TYPES_DICT_H

#include "object/abstract.h"

typedef struct ImDictTable ImDictTable;
typedef struct ImDict {
    ImObject head;
    ssize_t x_len;        /* live entries */
    ImDictTable *x_table; /* never null; the empty table is static */
    uint32_t x_version;   /* of the key set: given out when asked for, taken back (0) when a key is added or removed; never reused across dicts */
    uint32_t x_uid;       /* 0 until asked for; names this dict in inline caches */
} ImDict;
typedef struct ImCell_Global {
    Value x_value;  /* no value: deleted */
    Value name;
    uint32_t uid;   /* of its dict */
    uint32_t next;  /* among those that are empty (dict_cells.c) */
} ImGlobalCell; /* region memory: for other dicts once this one is dead */

IM_TYPE_DECLARE(dict);
IM_INLINE ImDict *im_dictp(Value v) { return (ImDict *)im_ptr(v); }
IM_INLINE bool im_is_dict(Value v) { return im_is_object(v) && im_type_has(im_type_of_obj(im_ptr(v)), IM_TF_DICT); }
IM_INLINE bool im_is_dict_exact(Value v) { return im_is_exact(v, &im_dict_type); }

IM_MUST_USE Value im_dict_new(Thread *t);
IM_MUST_USE Value im_dict_new_sized(Thread *t, size_t n);
/* A table of n different names, interned and uncounted, without values: for dicts that have them all at once. Raw memory that lives until it is retired; null: there is none. */
ImDictTable *im_dict_model(Thread *t, const Value *names, size_t n);
void im_dict_model_retire(Thread *t, ImDictTable *model);
/* Gives a private dict fresh from im_dict_new the names of a model, the first n_values of them with these values, the others with those at more; takes them over unless the result is -1. */
IM_MUST_USE int im_dict_fill_model(Thread *t, Value d, const ImDictTable *model, const Value *values, size_t n_values, const Value *more);
/* A new dict of the pairs keys[i * step], values[i * step], in their order. Keys are borrowed; values are taken over (IM_UNSET is left in their place), where it fails some of them. */
IM_MUST_USE Value im_dict_of(Thread *t, const Value *keys, Value *values, size_t step, size_t n);
ssize_t im_dict_len(Value d);
/* 1 found (*out owned), 0 absent (*out no value), -1 error (hash or __eq__ raised). */
IM_MUST_USE int im_dict_get(Thread *t, Value d, Value key, Value *out);
IM_MUST_USE int im_dict_get_hash(Thread *t, Value d, Value key, int64_t hash, Value *out);
/* key is an exact str: no error possible unless keys with Python __eq__ are in the dict; owned, or no value when absent. */
Value im_dict_get_str(Thread *t, Value d, Value key);
/* The same for a key that mostly is the one inserted as number `at`: found there without a search. */
Value im_dict_get_str_near(Thread *t, Value d, Value key, size_t at);
/* An exact str in a dict that has had no other keys since its table was made, so that no Python code runs: 1 found (*out owned), 0 absent, 2 it is no such dict.
 * at (may be null): the number under which it was found before, and is found now. */
IM_MUST_USE int im_dict_get_attr(Thread *t, Value d, Value key, uint32_t *at, Value *out);
Value im_dict_get_cstr(Thread *t, Value d, const char *key);
IM_MUST_USE int im_dict_contains(Thread *t, Value d, Value key);
IM_MUST_USE int im_dict_set(Thread *t, Value d, Value key, Value v);
IM_MUST_USE int im_dict_set_steal(Thread *t, Value d, Value key, Value v); /* steals v (not key) */
IM_MUST_USE int im_dict_set_hash(Thread *t, Value d, Value key, int64_t hash, Value v);
IM_MUST_USE int im_dict_set_cstr(Thread *t, Value d, const char *key, Value v); /* -1 also for no value: its maker has raised */
IM_MUST_USE int im_dict_del(Thread *t, Value d, Value key);                 /* 1 removed, 0 absent, -1 error */
IM_MUST_USE int im_dict_pop(Thread *t, Value d, Value key, Value *out);     /* 1, 0, -1 as get */
/* *out = the value of key, inserting dflt when absent. 1 was there, 0 inserted, -1. Atomic. */
IM_MUST_USE int im_dict_setdefault(Thread *t, Value d, Value key, Value dflt, Value *out);
/* d[key] += 1, or = 1, for an exact str in a private dict of strs; false: it is not so simple, and nothing has been done. */
bool im_dict_count_str(Thread *t, Value d, Value key);
void im_dict_clear(Thread *t, Value d);
IM_MUST_USE Value im_dict_copy(Thread *t, Value d);
/* d.update(other): override 1 replaces, 0 keeps, 2 raises KeyError(key) on duplicates (f(**a, **b)). */
IM_MUST_USE int im_dict_merge(Thread *t, Value d, Value other, int override);
/* Walk: *pos starts at 0; 1 and owned key, value while entries remain. Safe under any mutation (may miss or repeat nothing that stays). */
int im_dict_next(Thread *t, Value d, size_t *pos, Value *key, Value *value);
IM_MUST_USE Value im_dict_keys_list(Thread *t, Value d);
IM_MUST_USE Value im_dict_values_list(Thread *t, Value d);
IM_MUST_USE Value im_dict_items_list(Thread *t, Value d);
/* Traversal of values for the collector is the type's; for owners of raw dict memory there is nothing to do. */

/* --- for the VM's caches --- */
/* The cell of a str key, made on first use (the key must be present): null when absent or d is not an exact dict. */
ImGlobalCell *im_dict_cell(Thread *t, Value d, Value key);
uint32_t im_dict_uid(Value d);     /* never 0 */
uint32_t im_dict_version(Value d); /* current version, never 0 (assigned on first call) */
/* Store through a cell (steals v): false, v not taken, when the key has been deleted meanwhile: use im_dict_set. Never store in any other way: a store into the
 * cell of a deleted key would be lost. */
IM_INLINE bool im_dict_cell_store(Thread *t, Value d, ImGlobalCell *cell, Value v)
{
    if (im_is_private(d)) {
        Value old = cell->x_value;
        if (IM_UNLIKELY(im_no_value(old))) return false;
        cell->x_value = v;
        im_drop(t, old);
        return true;
    }
    im_publish(t, v);
    Value old = {im_load_relaxed(&cell->x_value.bits)};
    do {
        if (IM_UNLIKELY(im_no_value(old))) return false;
    } while (!im_cas_acq_rel(&cell->x_value.bits, &old.bits, v.bits));
    im_drop(t, old);
    return true;
}
/* Index of key's entry (exact dict, str key) or -1, and the entry at an index if its key is that very str: for instance dicts. */
ssize_t im_dict_find_index(Value d, Value key);
Value im_dict_get_at(Thread *t, Value d, size_t index, Value key);

#endif
