/* set and frozenset.
 *
 * Open addressing: probe i, then up to nine neighbours, then i = 5i + 1 + perturb; entries that were removed are not used again before the table is rebuilt. Table
 * sizes and probing are CPython's, so that sets iterate in the same order. Readers of shared sets take no lock; the rules are dict's (dict_table.h): an entry's hash is
 * written before its key (release), a table that was given up has been emptied, "absent" counts only while the set still has the table.
 * One file, although long: probing and storing are inline in every operation, private, shared by single keys, and shared in one step.
 * SPDX-License-Identifier: MIT */
#include "types/set.h"

#include "mem/fast.h"
#include "mem/vec.h"
#include "types/dict_table.h"
#include "types/function.h"
#include "types/iter.h"
#include "types/list.h"
#include "types/module.h"
#include "types/tuple.h"

typedef struct SetEntry {
    int64_t hash;
    Value x_key; /* no value: never used; IM_DELETED: removed */
} SetEntry;
typedef struct SetTable {
    size_t mask;
    size_t x_fill; /* entries used, removed ones included */
    uint64_t gen;  /* of this set: counts tables */
    SetEntry entries[];
} SetTable;
typedef struct ImSet {
    ImObject head;
    ssize_t x_used;
    SetTable *x_table; /* never null */
    int64_t x_hash;    /* frozenset: -1 until computed */
    size_t finger;     /* where pop() looks first */
} ImSet;
IM_INLINE ImSet *setp(Value v) { return (ImSet *)im_ptr(v); }

#define MIN_SLOTS 8
#define NEIGHBOURS 9

static struct {
    SetTable table;
    SetEntry entries[MIN_SLOTS];
} empty_table = {{.mask = MIN_SLOTS - 1}, {{0}}};
#define EMPTY_TABLE (&empty_table.table)

static size_t table_bytes(const SetTable *tb) { return sizeof *tb + (tb->mask + 1) * sizeof(SetEntry); }

/* slots: a power of 2 */
static SetTable *table_new(Thread *t, size_t slots, uint64_t gen)
{
    if (slots > ((size_t)1 << 56)) { (void)im_raise_memory(t); return NULL; }
    SetTable *tb;
    if (IM_LIKELY(slots == MIN_SLOTS && t)) {
        tb = im_raw_alloc_fast(t, sizeof empty_table);
        if (IM_LIKELY(tb != NULL)) memset(tb, 0, sizeof empty_table);
    } else {
        tb = im_raw_alloc_zero(t, 1, sizeof *tb + slots * sizeof(SetEntry));
    }
    if (IM_LIKELY(tb != NULL)) {
        tb->mask = slots - 1;
        tb->gen = gen;
    }
    return tb;
}
static void table_free(SetTable *tb)
{
    if (tb && tb != EMPTY_TABLE) im_raw_free(tb);
}
static size_t slots_for(size_t min_used)
{
    size_t n = MIN_SLOTS;
    while (n <= min_used) n <<= 1;
    return n;
}
static size_t grown(size_t used) { return slots_for(used > 50000 ? used * 2 : used * 4); }

/* Into a table without removed entries and without that key. */
static void insert_clean(SetTable *tb, Value key, int64_t hash)
{
    size_t mask = tb->mask, perturb = (size_t)hash, i = (size_t)hash & mask;
    for (;;) {
        SetEntry *e = &tb->entries[i];
        size_t probes = i + NEIGHBOURS <= mask ? NEIGHBOURS : 0;
        do {
            if (im_no_value(e->x_key)) {
                e->hash = hash;
                e->x_key = key;
                return;
            }
            e++;
        } while (probes--);
        perturb >>= 5;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

static bool live(Value key) { return !im_no_value(key) && key.bits != IM_DELETED.bits; }

static void table_move(SetTable *to, SetTable *from)
{
    size_t n = 0, left = from->x_fill;
    for (SetEntry *e = from->entries; left; e++) {
        if (im_no_value(e->x_key)) continue;
        left--;
        if (e->x_key.bits == IM_DELETED.bits) continue;
        insert_clean(to, e->x_key, e->hash);
        n++;
    }
    to->x_fill = n;
}

static void table_wipe(SetTable *tb)
{
    for (size_t i = 0; i <= tb->mask; i++) {
        if (live(tb->entries[i].x_key)) im_store_release(&tb->entries[i].x_key.bits, IM_DELETED.bits);
    }
}

/* Drops the keys of a table that no set has, and frees it. */
/* The count of the key some entries after e is wanted soon, and lies anywhere. */
IM_INLINE void key_ahead(const SetTable *tb, const SetEntry *e)
{
    enum { AHEAD = 10 };
    e += AHEAD;
    if (e > &tb->entries[tb->mask]) return;
    const void *at = im_ptr(e->x_key);
    __builtin_prefetch(im_is_ptr(e->x_key) && at ? at : (const void *)e, 1);
}

static void table_drop(Thread *t, SetTable *tb)
{
    if (!tb || tb == EMPTY_TABLE) return;
    size_t done = 0, left = tb->x_fill;
    for (; left && im_drop_plain(t, tb->entries[done].x_key); left -= !im_no_value(tb->entries[done++].x_key)) key_ahead(tb, &tb->entries[done]);
    if (!left) {
        im_raw_free_fast(t, tb);
        return;
    }
    for (size_t i = 0; i < done; i++) tb->entries[i].x_key = IM_NO_VALUE;
    Value *words = (Value *)tb->entries;
    size_t n = (tb->mask + 1) * 2;
    for (size_t i = 0; i < n; i += 2) words[i] = IM_NO_VALUE; /* hashes are not Values */
    ImValueVec vec; /* what waits for its turn is a root */
    im_vec_init(t, &vec);
    vec.items = words;
    vec.len = n;
    for (size_t i = 1; i < n; i += 2) {
        Value v = words[i];
        words[i] = IM_NO_VALUE;
        im_xdrop(t, v);
    }
    vec.len = 0;
    vec.items = vec.small;
    im_vec_fini(t, &vec);
    im_raw_free(tb);
}

/* --- finding ---------------------------------------------------------------------------------------------------------------- */

typedef struct Found {
    SetTable *table;
    SetEntry *entry; /* null: absent, `slot` is where it would go */
    SetEntry *slot;
    size_t fill;
    uint64_t gen;
} Found;

static int set_find(Thread *t, ImSet *so, Value key, int64_t hash, Found *f)
{
    SetTable *tb;
restart:
    tb = im_load_acquire(&so->x_table);
    f->table = tb;
    f->gen = tb->gen;
    f->fill = im_load_acquire(&tb->x_fill);
    size_t mask = tb->mask, perturb = (size_t)hash, i = (size_t)hash & mask;
    for (;;) {
        SetEntry *e = &tb->entries[i];
        size_t probes = i + NEIGHBOURS <= mask ? NEIGHBOURS : 0;
        do {
            Value k = {im_load_acquire(&e->x_key.bits)};
            if (im_no_value(k)) {
                if (im_load_acquire(&so->x_table) != tb) goto restart;
                f->entry = NULL;
                f->slot = e;
                return 0;
            }
            if (e->hash == hash && k.bits != IM_DELETED.bits) {
                int eq = im_same(k, key) ? 1 : im_key_equal_fast(k, key);
                if (eq < 0) {
                    k = im_slot_get(t, &so->head, &e->x_key);
                    if (!live(k)) goto restart;
                    uint64_t gen = tb->gen;
                    eq = im_compare_bool(t, k, key, IM_EQ);
                    Value seen = k;
                    im_drop(t, k);
                    if (eq < 0) return -1;
                    if (im_load_acquire(&so->x_table) != tb || tb->gen != gen || im_load_acquire(&e->x_key.bits) != seen.bits) goto restart;
                }
                if (eq) {
                    f->entry = e;
                    return 0;
                }
            }
            e++;
        } while (probes--);
        perturb >>= 5;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

/* Caller holds the lock. */
static bool still_holds(ImSet *so, const Found *f)
{
    SetTable *tb = so->x_table;
    if (tb != f->table || tb->gen != f->gen) return false;
    return f->entry ? f->entry->x_key.bits != IM_DELETED.bits : tb->x_fill == f->fill;
}

/* --- private sets ------------------------------------------------------------------------------------------------------------ */
/* The same without the precautions, as long as no comparison needs Python code. Nothing here looks at a set that another thread can reach. */

/* The entry with that key (*absent false) or the one where it would go, which for an addition may be that of a removed key: as CPython, the last on
 * the way, so that the order is the same. Null: only set_find can tell. */
IM_INLINE SetEntry *probe_for(SetTable *tb, Value key, int64_t hash, bool *absent, bool add)
{
    SetEntry *removed = NULL;
    size_t mask = tb->mask, perturb = (size_t)hash, i = (size_t)hash & mask;
    for (;;) {
        SetEntry *e = &tb->entries[i];
        size_t probes = i + NEIGHBOURS <= mask ? NEIGHBOURS : 0;
        do {
            Value k = e->x_key;
            if (im_no_value(k)) { *absent = true; return add && removed ? removed : e; }
            if (add && k.bits == IM_DELETED.bits) removed = e;
            else if (e->hash == hash && k.bits != IM_DELETED.bits) {
                int eq = im_key_equal_quietly(k, key, IM_KEY_DEPTH);
                if (eq) { *absent = false; return eq > 0 ? e : NULL; }
            }
            e++;
        } while (probes--);
        perturb >>= 5;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

IM_INLINE SetEntry *probe(SetTable *tb, Value key, int64_t hash, bool *absent) { return probe_for(tb, key, hash, absent, false); }

enum { UNSURE = -2 };

/* 1, 0, UNSURE */
IM_INLINE int contains_quick(ImSet *so, Value key, int64_t hash)
{
    bool absent;
    if (IM_UNLIKELY(!im_is_private_obj(&so->head))) return UNSURE;
    return probe(so->x_table, key, hash, &absent) ? !absent : UNSURE;
}

static int contains_hash(Thread *t, ImSet *so, Value key, int64_t hash)
{
    int quick = contains_quick(so, key, hash);
    if (IM_LIKELY(quick != UNSURE)) return quick;
    Found f;
    if (set_find(t, so, key, hash, &f) < 0) return -1;
    return f.entry != NULL;
}

int im_set_contains(Thread *t, Value set, Value v)
{
    if (im_is_int(v) || im_is_str_exact(v)) {
        int quick = contains_quick(setp(set), v, im_key_hash(t, v));
        if (IM_LIKELY(quick != UNSURE)) return quick;
    }
    int64_t hash = im_key_hash(t, v);
    return hash == -1 ? -1 : contains_hash(t, setp(set), v, hash);
}

/* --- changing ---------------------------------------------------------------------------------------------------------------- */

static void put_entry(ImSet *so, SetTable *tb, SetEntry *e, Value key, int64_t hash)
{
    e->hash = hash;
    im_store_release(&e->x_key.bits, key.bits);
    im_store_release(&tb->x_fill, tb->x_fill + 1);
    im_store_release(&so->x_used, so->x_used + 1);
}

static bool must_grow(const SetTable *tb, size_t fill) { return fill * 5 >= tb->mask * 3; }

static int add_shared(Thread *t, ImSet *so, Value key, int64_t hash)
{
    SetTable *fresh = NULL;
    int r = -1;
    im_publish(t, key);
    for (;;) {
        Found f;
        if (set_find(t, so, key, hash, &f) < 0) break;
        if (f.entry) { r = 1; break; }
        im_object_lock(t, &so->head);
        if (!still_holds(so, &f)) {
            im_object_unlock(t, &so->head);
            continue;
        }
        SetTable *tb = f.table;
        bool is_empty = tb == EMPTY_TABLE;
        if (is_empty || must_grow(tb, tb->x_fill + 1)) {
            size_t want = is_empty ? MIN_SLOTS : grown((size_t)so->x_used + 1);
            if (!fresh || fresh->mask + 1 != want) {
                im_object_unlock(t, &so->head);
                table_free(fresh);
                if (!(fresh = table_new(t, want, 0))) break;
                continue;
            }
            fresh->gen = tb->gen + 1;
            if (!is_empty) {
                put_entry(so, tb, f.slot, im_new_ref(key), hash); /* first into the old one: that decides the order */
                table_move(fresh, tb);
                im_store_release(&so->x_table, fresh);
                table_wipe(tb);
            } else {
                insert_clean(fresh, im_new_ref(key), hash);
                fresh->x_fill = 1;
                im_store_release(&so->x_table, fresh);
                im_store_release(&so->x_used, (ssize_t)1);
            }
            fresh = NULL;
            im_object_unlock(t, &so->head);
            if (!is_empty) im_raw_retire(t, tb, table_bytes(tb));
        } else {
            put_entry(so, tb, f.slot, im_new_ref(key), hash);
            im_object_unlock(t, &so->head);
        }
        r = 0;
        break;
    }
    table_free(fresh);
    return r;
}

/* Rebuilds a private table with that many slots. */
static int resize_private(Thread *t, ImSet *so, size_t slots)
{
    SetTable *old = so->x_table, *tb = table_new(t, slots, old->gen + 1);
    if (!tb) return -1;
    table_move(tb, old);
    so->x_table = tb;
    table_free(old);
    return 0;
}

/* A key that a private set does not have. */
IM_INLINE int add_at(Thread *t, ImSet *so, SetTable *tb, SetEntry *e, Value key, int64_t hash)
{
    bool again = e->x_key.bits == IM_DELETED.bits;
    e->hash = hash;
    e->x_key = im_new_ref(key);
    so->x_used++;
    if (again) return 0;
    if (IM_UNLIKELY(must_grow(tb, ++tb->x_fill))) return resize_private(t, so, grown((size_t)so->x_used));
    return 0;
}
static int first_table(Thread *t, ImSet *so)
{
    SetTable *tb = table_new(t, MIN_SLOTS, 1);
    if (!tb) return -1;
    so->x_table = tb;
    return 0;
}
/* 1 was there, 0 added, -1, UNSURE */
IM_INLINE int add_quick(Thread *t, ImSet *so, Value key, int64_t hash)
{
    bool absent;
    if (IM_UNLIKELY(!im_is_private_obj(&so->head))) return UNSURE;
    if (IM_UNLIKELY(so->x_table == EMPTY_TABLE) && first_table(t, so) < 0) return -1;
    SetTable *tb = so->x_table;
    SetEntry *e = probe_for(tb, key, hash, &absent, true);
    if (IM_UNLIKELY(!e)) return UNSURE;
    return absent ? add_at(t, so, tb, e, key, hash) : 1;
}
/* Into a new set, a key that it does not have. */
static int add_new(Thread *t, ImSet *so, Value key, int64_t hash)
{
    if (so->x_table == EMPTY_TABLE && first_table(t, so) < 0) return -1;
    SetTable *tb = so->x_table;
    insert_clean(tb, im_new_ref(key), hash);
    so->x_used++;
    return must_grow(tb, ++tb->x_fill) ? resize_private(t, so, grown((size_t)so->x_used)) : 0;
}

/* 1 was there, 0 added, -1. */
static int add_hash(Thread *t, ImSet *so, Value key, int64_t hash)
{
    int quick = add_quick(t, so, key, hash);
    if (IM_LIKELY(quick != UNSURE)) return quick;
    if (!im_is_private_obj(&so->head)) return add_shared(t, so, key, hash);
    Found f;
    if (set_find(t, so, key, hash, &f) < 0) return -1;
    if (f.entry) return 1;
    if (!im_is_private_obj(&so->head) || f.table == EMPTY_TABLE) return add_hash(t, so, key, hash);
    put_entry(so, f.table, f.slot, im_new_ref(key), hash);
    if (must_grow(f.table, f.table->x_fill) && resize_private(t, so, grown((size_t)so->x_used)) < 0) return -1;
    return 0;
}

int im_set_add(Thread *t, Value set, Value v)
{
    int64_t hash = im_key_hash(t, v);
    return hash == -1 || add_hash(t, setp(set), v, hash) < 0 ? -1 : 0;
}

static int discard_hash(Thread *t, ImSet *so, Value key, int64_t hash)
{
    bool absent = false;
    SetEntry *e = im_is_private_obj(&so->head) ? probe(so->x_table, key, hash, &absent) : NULL;
    if (IM_LIKELY(e != NULL)) {
        if (absent) return 0;
        Value old = e->x_key;
        e->x_key = IM_DELETED;
        so->x_used--;
        im_drop(t, old);
        return 1;
    }
    for (;;) {
        Found f;
        if (set_find(t, so, key, hash, &f) < 0) return -1;
        if (!f.entry) return 0;
        bool shared = !im_is_private_obj(&so->head);
        if (shared) im_object_lock(t, &so->head);
        bool ok = still_holds(so, &f);
        Value old = IM_NO_VALUE;
        if (ok) {
            old = f.entry->x_key;
            im_store_release(&f.entry->x_key.bits, IM_DELETED.bits);
            im_store_release(&so->x_used, so->x_used - 1);
        }
        if (shared) im_object_unlock(t, &so->head);
        if (!ok) continue;
        im_drop(t, old);
        return 1;
    }
}

int im_set_discard(Thread *t, Value set, Value v)
{
    int64_t hash = im_key_hash(t, v);
    return hash == -1 ? -1 : discard_hash(t, setp(set), v, hash);
}

/* The next key of a private set, borrowed; false at the end. */
IM_INLINE bool step(SetTable *tb, size_t *pos, Value *key, int64_t *hash)
{
    for (size_t i = *pos; i <= tb->mask; i++) {
        Value k = tb->entries[i].x_key;
        if (im_no_value(k) || k.bits == IM_DELETED.bits) continue;
        *key = k;
        *hash = tb->entries[i].hash;
        *pos = i + 1;
        return true;
    }
    *pos = tb->mask + 1;
    return false;
}

ssize_t im_set_len(Value set) { return im_load_acquire(&setp(set)->x_used); }

static int set_walk(Thread *t, ImSet *so, size_t *pos, Value *key, int64_t *hash)
{
again:;
    SetTable *tb = im_load_acquire(&so->x_table);
    for (size_t i = *pos; i <= tb->mask; i++) {
        Value k = im_slot_get(t, &so->head, &tb->entries[i].x_key);
        if (!live(k)) {
            if (k.bits == IM_DELETED.bits && im_load_acquire(&so->x_table) != tb) goto again;
            continue;
        }
        *key = k;
        if (hash) *hash = tb->entries[i].hash;
        *pos = i + 1;
        return 1;
    }
    *pos = tb->mask + 1;
    return 0;
}

int im_set_next_hash(Thread *t, Value set, size_t *pos, Value *v, int64_t *hash) { return set_walk(t, setp(set), pos, v, hash); }
int im_set_next(Thread *t, Value set, size_t *pos, Value *v) { return set_walk(t, setp(set), pos, v, NULL); }

/* Exact copy of so's table with a reference to each key. */
static SetTable *table_snapshot(Thread *t, ImSet *so, size_t *used)
{
    for (;;) {
        size_t slots = im_load_acquire(&so->x_table)->mask + 1;
        SetTable *copy = im_raw_alloc(t, sizeof *copy + slots * sizeof(SetEntry));
        if (!copy) return NULL;
        copy->mask = slots - 1;
        copy->gen = 1;
        bool shared = !im_is_private_obj(&so->head);
        if (shared) im_object_lock(t, &so->head);
        SetTable *tb = so->x_table;
        bool ok = tb->mask + 1 == slots;
        if (ok) {
            for (size_t i = 0; i < slots; i++) {
                copy->entries[i] = tb->entries[i];
                im_xtake(tb->entries[i].x_key);
            }
            copy->x_fill = tb->x_fill;
            *used = (size_t)so->x_used;
        }
        if (shared) im_object_unlock(t, &so->head);
        if (ok) return copy;
        im_raw_free(copy);
    }
}

Value im_set_list(Thread *t, Value set)
{
    size_t used = 0, n = 0;
    if (im_is_private(set)) {
        Value list = im_list_new(t, (size_t)setp(set)->x_used), key;
        if (im_no_value(list)) return list;
        int64_t hash;
        Value *items = setp(set)->x_used ? im_listp(list)->x_items->x_items : NULL;
        for (size_t pos = 0; step(setp(set)->x_table, &pos, &key, &hash);) items[n++] = im_new_ref(key);
        im_listp(list)->x_len = (ssize_t)n;
        return list;
    }
    SetTable *tb = table_snapshot(t, setp(set), &used);
    Value r = tb ? im_list_new(t, used) : IM_NO_VALUE;
    if (im_no_value(r)) {
        table_drop(t, tb);
        return r;
    }
    for (size_t i = 0; i <= tb->mask; i++) {
        if (live(tb->entries[i].x_key)) im_listp(r)->x_items->x_items[n++] = tb->entries[i].x_key;
    }
    im_listp(r)->x_len = (ssize_t)n;
    table_free(tb);
    return r;
}

/* Gives so the table tb (moved) with `used` keys; drops what it had. */
static int set_replace(Thread *t, ImSet *so, SetTable *tb, size_t used)
{
    if (im_is_private_obj(&so->head)) {
        SetTable *old = so->x_table;
        so->x_table = tb;
        so->x_used = (ssize_t)used;
        so->x_hash = -1;
        table_drop(t, old);
        return 0;
    }
    if (tb == EMPTY_TABLE && !(tb = table_new(t, MIN_SLOTS, 0))) return -1;
    for (size_t i = 0; i <= tb->mask; i++) im_publish(t, tb->entries[i].x_key);
    SetTable *copy = NULL, *old;
    for (;;) {
        size_t slots = im_load_acquire(&so->x_table)->mask + 1;
        if (!(copy = table_new(t, slots, 0))) {
            table_drop(t, tb);
            return -1;
        }
        im_object_lock(t, &so->head);
        old = so->x_table;
        if (old->mask + 1 == slots) break;
        im_object_unlock(t, &so->head);
        im_raw_free(copy);
    }
    memcpy(copy->entries, old->entries, (old->mask + 1) * sizeof(SetEntry));
    copy->x_fill = old->x_fill;
    tb->gen = old->gen + 1;
    im_store_release(&so->x_table, tb);
    im_store_release(&so->x_used, (ssize_t)used);
    if (old != EMPTY_TABLE) table_wipe(old);
    im_object_unlock(t, &so->head);
    if (old != EMPTY_TABLE) im_raw_retire(t, old, table_bytes(old));
    table_drop(t, copy);
    return 0;
}

/* --- shared sets, in one step ------------------------------------------------------------------------------------------------ */
/* What an operation does to a shared set, or asks of it, for many keys happens under its lock, as long as telling keys apart runs no Python code. Keys that only Python
 * code can compare are left to the caller, which goes on one by one. The other operand is read first, as a whole. */

static bool may_change(Value set) { return im_is_shared(set) && !im_is_instance_of(set, &im_frozenset_type); }

typedef struct Keys { /* in order, with hashes */
    Value list;
    int64_t *hashes;
    size_t n;
} Keys;
static void keys_fini(Thread *t, Keys *k)
{
    im_xdrop(t, k->list);
    im_raw_free(k->hashes);
}
static int keys_of(Thread *t, Value iterable, Keys *k)
{
    size_t used = 0;
    *k = (Keys){.list = IM_NO_VALUE};
    if (im_is_anyset(iterable)) {
        SetTable *tb = table_snapshot(t, setp(iterable), &used);
        if (!tb) return -1;
        k->list = im_list_new(t, used);
        k->hashes = im_no_value(k->list) ? NULL : im_raw_alloc(t, (used + 1) * sizeof(int64_t));
        if (!k->hashes) {
            table_drop(t, tb);
            return -1;
        }
        for (size_t i = 0; i <= tb->mask; i++) {
            if (!live(tb->entries[i].x_key)) continue;
            im_listp(k->list)->x_items->x_items[k->n] = tb->entries[i].x_key;
            k->hashes[k->n++] = tb->entries[i].hash;
        }
        im_listp(k->list)->x_len = (ssize_t)k->n;
        table_free(tb);
        return 0;
    }
    k->list = im_to_list(t, iterable);
    if (im_no_value(k->list)) return -1;
    size_t n = (size_t)im_list_len(k->list);
    if (!(k->hashes = im_raw_alloc(t, (n + 1) * sizeof(int64_t)))) return -1;
    while (k->n < n) {
        int64_t hash = im_key_hash(t, im_listp(k->list)->x_items->x_items[k->n]);
        if (hash == -1 || (size_t)im_list_len(k->list) != n) return -1;
        k->hashes[k->n++] = hash;
    }
    return 0;
}
static Value make(Thread *t, ImType *type, Value iterable);
/* A set that others may change: a copy of one moment, frozen, which says that nobody changes it. Any other: itself. */
static Value steady(Thread *t, Value set) { return may_change(set) ? make(t, &im_frozenset_type, set) : im_new_ref(set); }

/* Another table for a shared set, whose lock the caller holds; the old one goes to dead[]. */
static int grow_locked(ImSet *so, size_t slots, SetTable **dead, size_t *n_dead)
{
    SetTable *old = so->x_table, *fresh = table_new(NULL, slots, old->gen + 1);
    if (!fresh) return -1;
    table_move(fresh, old);
    im_store_release(&so->x_table, fresh);
    if (old == EMPTY_TABLE) return 0;
    table_wipe(old);
    dead[(*n_dead)++] = old;
    return 0;
}
typedef enum SetChange { SET_ADD, SET_DISCARD, SET_TOGGLE } SetChange;
/* From key *from on: 0 done, 1 stopped at *from, -1. presize: room for all is made first, as when a set is merged. */
static int change_many(Thread *t, ImSet *so, Keys *keys, size_t *from, SetChange what, bool presize)
{
    enum { DEAD = 64 };
    SetTable *dead[DEAD];
    size_t n_dead = 0, i = *from;
    Value *items = keys->n ? im_listp(keys->list)->x_items->x_items : NULL;
    ImValueVec gone;
    int r = 0;
    im_vec_init(t, &gone);
    if (im_vec_reserve(t, &gone, keys->n + 1) < 0) {
        im_vec_fini(t, &gone);
        return -1;
    }
    for (size_t k = i; what != SET_DISCARD && k < keys->n; k++) im_publish(t, items[k]);
    im_object_lock(t, &so->head);
    if (presize && (so->x_table->x_fill + keys->n) * 5 >= so->x_table->mask * 3) r = grow_locked(so, slots_for(((size_t)so->x_used + keys->n) * 2), dead, &n_dead);
    for (; r == 0 && i < keys->n; i++) {
        bool absent;
        if (so->x_table == EMPTY_TABLE) {
            if (what == SET_DISCARD) continue;
            if ((r = grow_locked(so, MIN_SLOTS, dead, &n_dead)) < 0) break;
        }
        SetTable *tb = so->x_table;
        SetEntry *e = probe(tb, items[i], keys->hashes[i], &absent);
        if (!e || n_dead == DEAD) { r = 1; break; }
        if (!absent && what != SET_ADD) {
            gone.items[gone.len++] = e->x_key;
            im_store_release(&e->x_key.bits, IM_DELETED.bits);
            im_store_release(&so->x_used, so->x_used - 1);
        } else if (absent && what != SET_DISCARD) {
            put_entry(so, tb, e, im_new_ref(items[i]), keys->hashes[i]);
            if (must_grow(tb, tb->x_fill)) r = grow_locked(so, grown((size_t)so->x_used), dead, &n_dead);
        }
    }
    im_object_unlock(t, &so->head);
    *from = i;
    for (size_t k = 0; k < n_dead; k++) im_raw_retire(t, dead[k], table_bytes(dead[k]));
    im_vec_fini(t, &gone);
    return r < 0 ? (im_raise_memory(t), -1) : r;
}

typedef enum SetQuestion { ALL_IN, NONE_IN, COLLECT_IN, COLLECT_OUT } SetQuestion;
/* Of the keys of `keys` from *pos on, a set that nobody else changes: are all, or none, in `so`; or those that are, or are not, into the new set r. 1 to the end, 0 the answer is no,
 * UNSURE at *pos, -1. */
static int ask_many(Thread *t, ImSet *keys, size_t *pos, ImSet *so, SetQuestion what, ImSet *r)
{
    Value key;
    int64_t hash;
    int answer = 1;
    size_t left = *pos ? SIZE_MAX : (size_t)keys->x_used; /* behind the last key there is nothing to look for */
    im_object_lock(t, &so->head);
    for (; answer == 1 && left && step(keys->x_table, pos, &key, &hash); left--) {
        bool absent;
        if (!probe(so->x_table, key, hash, &absent)) {
            --*pos;
            answer = UNSURE;
        } else if (what == ALL_IN || what == NONE_IN) {
            if (absent == (what == ALL_IN)) answer = 0;
        } else if (absent == (what == COLLECT_OUT) && add_new(NULL, r, key, hash) < 0) answer = -1;
    }
    im_object_unlock(t, &so->head);
    if (answer == -1) (void)im_raise_memory(t);
    return answer;
}

static int set_clear(Thread *t, ImSet *so)
{
    if (im_load_acquire(&so->x_table) == EMPTY_TABLE) return 0;
    return set_replace(t, so, EMPTY_TABLE, 0);
}

/* so |= other, another set. */
static int set_merge(Thread *t, ImSet *so, ImSet *other)
{
    size_t other_used = (size_t)im_load_acquire(&other->x_used);
    if (so == other || other_used == 0) return 0;
    if (im_is_private_obj(&so->head)) {
        SetTable *tb = so->x_table;
        size_t slots = tb->mask + 1;
        if ((tb->x_fill + other_used) * 5 >= tb->mask * 3) slots = slots_for(((size_t)so->x_used + other_used) * 2);
        if (tb->x_fill == 0 && im_is_private_obj(&other->head)) {
            SetTable *from = other->x_table, *to = table_new(t, slots, 1);
            if (!to) return -1;
            size_t left = from->x_fill;
            if (from->mask + 1 == slots && left == other_used) { /* nothing was removed: the same places */
                for (size_t i = 0; left; i++) {
                    SetEntry e = from->entries[i];
                    if (im_no_value(e.x_key)) continue;
                    left--;
                    im_take(e.x_key);
                    to->entries[i] = e;
                }
            } else {
                for (SetEntry *e = from->entries; left; e++) {
                    if (im_no_value(e->x_key)) continue;
                    left--;
                    if (e->x_key.bits != IM_DELETED.bits) insert_clean(to, im_new_ref(e->x_key), e->hash);
                }
            }
            to->x_fill = other_used;
            table_free(tb);
            so->x_table = to;
            so->x_used = (ssize_t)other_used;
            return 0;
        }
        if (tb->x_fill == 0) {
            size_t used = 0;
            SetTable *snap = table_snapshot(t, other, &used);
            if (!snap) return -1;
            if (slots < slots_for(used)) slots = slots_for(used * 2);
            if (snap->mask + 1 != slots || snap->x_fill != used) {
                SetTable *clean = table_new(t, slots, 1);
                if (!clean) {
                    table_drop(t, snap);
                    return -1;
                }
                table_move(clean, snap);
                table_free(snap);
                snap = clean;
            }
            table_free(so->x_table);
            so->x_table = snap;
            so->x_used = (ssize_t)used;
            return 0;
        }
        if (slots != tb->mask + 1 && resize_private(t, so, slots) < 0) return -1;
    }
    size_t pos = 0;
    Value key;
    int64_t hash;
    while (im_is_private_obj(&other->head) && step(other->x_table, &pos, &key, &hash)) {
        int r = add_quick(t, so, key, hash);
        if (IM_UNLIKELY(r == UNSURE)) { pos--; break; }
        if (r < 0 || IM_POLL_EVERY(t, pos) < 0) return -1;
    }
    while (set_walk(t, other, &pos, &key, &hash)) {
        int r = add_hash(t, so, key, hash);
        im_drop(t, key);
        if (r < 0 || IM_POLL_EVERY(t, pos) < 0) return -1;
    }
    return 0;
}

static int update_dict(Thread *t, ImSet *so, Value dict)
{
    size_t n = (size_t)im_dict_len(dict), pos = 0;
    SetTable *tb = so->x_table;
    if (im_is_private_obj(&so->head) && (tb->x_fill + n) * 5 >= tb->mask * 3 && resize_private(t, so, slots_for(((size_t)so->x_used + n) * 2)) < 0) return -1;
    Value key;
    int64_t hash;
    size_t added = 0; /* into an empty set: all are different, unless a poll let others change it */
    while (im_dict_walk(t, im_dictp(dict), &pos, &key, NULL, &hash)) {
        const bool clean = im_is_private_obj(&so->head) && im_is_private(dict) && so->x_table->x_fill == added && (size_t)so->x_used == added++;
        int r = clean ? add_new(t, so, key, hash) : add_hash(t, so, key, hash);
        im_drop(t, key);
        if (r < 0 || IM_POLL_EVERY(t, pos) < 0) return -1;
    }
    return 0;
}

/* The change for each key of an iterable, to a shared set. */
static int change_shared(Thread *t, ImSet *so, Value iterable, SetChange what)
{
    Keys keys;
    size_t at = 0;
    int r = keys_of(t, iterable, &keys);
    if (r == 0) r = change_many(t, so, &keys, &at, what, what == SET_ADD && (im_is_anyset(iterable) || im_is_dict_exact(iterable)));
    for (; r > 0 && at < keys.n; at++) {
        Value key = im_listp(keys.list)->x_items->x_items[at];
        int e = what == SET_ADD ? add_hash(t, so, key, keys.hashes[at]) : discard_hash(t, so, key, keys.hashes[at]);
        if (e == 0 && what == SET_TOGGLE) e = add_hash(t, so, key, keys.hashes[at]);
        if (e < 0 || IM_POLL_EVERY(t, at) < 0) r = -1;
    }
    keys_fini(t, &keys);
    return r < 0 ? -1 : 0;
}

int im_set_update(Thread *t, Value set, Value iterable)
{
    ImSet *so = setp(set);
    if (may_change(set) && (im_is_anyset(iterable) || im_is_whole(iterable))) return im_same(set, iterable) ? 0 : change_shared(t, so, iterable, SET_ADD);
    if (im_is_anyset(iterable) && !im_same(set, iterable) && may_change(iterable)) {
        if (so->x_used == 0) return set_merge(t, so, setp(iterable)); /* takes all in one step */
        Value others = steady(t, iterable);
        int r = im_no_value(others) ? -1 : set_merge(t, so, setp(others));
        im_xdrop(t, others);
        return r;
    }
    if (im_is_anyset(iterable)) return set_merge(t, so, setp(iterable));
    if (im_is_dict_exact(iterable)) {
        Value d = im_is_shared(iterable) ? im_dict_copy(t, iterable) : im_new_ref(iterable); /* of one moment */
        int r = im_no_value(d) ? -1 : update_dict(t, so, d);
        im_xdrop(t, d);
        return r;
    }
    size_t at = 0;
    if (im_is_list_exact(iterable) && im_is_private(iterable) && im_is_private_obj(&so->head)) { /* as far as keys are strs and ints */
        ImList *l = im_listp(iterable);
        for (; at < (size_t)l->x_len; at++) {
            Value v = l->x_items->x_items[at];
            if (!im_is_int(v) && !im_is_str_exact(v)) break;
            int64_t hash = im_key_hash(t, v);
            int r = add_quick(t, so, v, hash);
            if (IM_UNLIKELY(r == UNSURE)) break;
            if (r < 0) return -1;
            if ((at & 0xFFFF) == 0xFFFF && (im_poll(t) < 0 || !im_is_private(iterable))) break;
        }
        if (im_pending(t)) return -1;
        if (at >= (size_t)l->x_len) return 0;
    }
    if (im_is_str_exact(iterable) && im_is_private_obj(&so->head)) { /* its characters, of which no comparison runs anything */
        const int kind = im_str_kind(iterable);
        const void *data = im_str_data(iterable);
        for (ssize_t i = 0, n = im_str_len(iterable); i < n; i++) {
            Value v = im_str_from_char(t, im_str_read(kind, data, i));
            int r = im_no_value(v) ? -1 : add_hash(t, so, v, im_key_hash(t, v));
            im_xdrop(t, v);
            if (r < 0 || IM_POLL_EVERY(t, (size_t)i) < 0) return -1;
        }
        return 0;
    }
    Value it = im_steady_iter(t, iterable);
    if (im_no_value(it)) return -1;
    int r = 0;
    for (size_t i = 0; r == 0; i++) {
        Value v = im_next_fast(t, it);
        if (im_is_stop(v)) break;
        if (im_is_int(v) || im_is_str_exact(v)) r = add_hash(t, so, v, im_key_hash(t, v)) < 0 ? -1 : 0;
        else r = im_no_value(v) ? -1 : im_set_add(t, set, v);
        im_xdrop(t, v);
        if (r == 0) r = IM_POLL_EVERY(t, i);
    }
    im_drop(t, it);
    return r;
}

/* --- making ------------------------------------------------------------------------------------------------------------------- */

static Value make(Thread *t, ImType *type, Value iterable)
{
    ImSet *so = (ImSet *)im_instance_alloc(t, type, 0);
    if (!so) return IM_NO_VALUE;
    so->x_table = EMPTY_TABLE;
    so->x_hash = -1;
    Value v = im_value(so);
    if (!im_no_value(iterable) && im_set_update(t, v, iterable) < 0) IM_CLEAR(t, v);
    return v;
}
Value im_set_new(Thread *t, Value iterable) { return make(t, &im_set_type, iterable); }
Value im_frozenset_new(Thread *t, Value iterable) { return make(t, &im_frozenset_type, iterable); }

static bool is_frozen(Value v) { return im_is_instance_of(v, &im_frozenset_type); }
/* set or frozenset, whichever v's class inherits from */
static ImType *base_type(Value v) { return is_frozen(v) ? &im_frozenset_type : &im_set_type; }

static Value set_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return make(t, type, IM_NO_VALUE);
}

static int set_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (im_no_kwargs(t, "set", kwnames) < 0) return -1;
    if (nargs > 1) return im_raise_type(t, "%U expected at most 1 argument, got %zu", im_type_name(im_type_of(self)), nargs), -1;
    if (set_clear(t, setp(self)) < 0) return -1;
    setp(self)->x_hash = -1;
    return nargs ? im_set_update(t, self, args[0]) : 0;
}

static Value frozenset_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if ((type == &im_frozenset_type || IM_SLOT(type, init) == im_frozenset_type.slots.init) && im_no_kwargs(t, "frozenset", kwnames) < 0) return IM_NO_VALUE;
    if (nargs > 1) return im_raise_type(t, "%U expected at most 1 argument, got %zu", im_type_name(type), nargs);
    if (type == &im_frozenset_type && nargs && im_is_exact(args[0], &im_frozenset_type)) return im_new_ref(args[0]);
    return make(t, type, nargs ? args[0] : IM_NO_VALUE);
}

static int set_traverse(ImObject *o, ImVisit visit, void *arg)
{
    SetTable *tb = ((ImSet *)o)->x_table;
    if (!tb || tb->x_fill == 0) return 0;
    for (size_t i = 0; i <= tb->mask; i++) {
        Value k = tb->entries[i].x_key;
        int r = im_is_object(k) ? visit(k, arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void set_destroy(Thread *t, ImObject *o)
{
    SetTable *tb = ((ImSet *)o)->x_table;
    ((ImSet *)o)->x_table = EMPTY_TABLE;
    table_drop(t, tb);
}
static void set_clear_slot(Thread *t, ImObject *o) { (void)!set_clear(t, (ImSet *)o); }

/* --- protocol ----------------------------------------------------------------------------------------------------------------- */

static ssize_t set_length(Thread *t, Value self) { (void)t; return im_set_len(self); }

static Value set_repr(Thread *t, Value self)
{
    int r = im_repr_enter(t, self);
    if (r) return r > 0 ? im_str_format(t, "%T(...)", self) : IM_NO_VALUE;
    Value text = IM_NO_VALUE;
    if (im_set_len(self) == 0) text = im_str_format(t, "%T()", self);
    else {
        Value list = im_to_list(t, self), s = im_no_value(list) ? list : im_repr(t, list);
        Value body = im_no_value(s) ? s : im_str_substring(t, s, 1, im_str_len(s) - 1);
        if (!im_no_value(body)) text = im_is_exact(self, &im_set_type) ? im_str_format(t, "{%U}", body) : im_str_format(t, "%T({%U})", self, body);
        im_xdrop(t, list);
        im_xdrop(t, s);
        im_xdrop(t, body);
    }
    im_repr_leave(t, self);
    return text;
}

static uint64_t shuffle(uint64_t h) { return ((h ^ 89869747u) ^ (h << 16)) * 3644798167u; }

static int64_t frozenset_hash(Thread *t, Value self)
{
    (void)t;
    ImSet *so = setp(self);
    int64_t cached = im_load_relaxed(&so->x_hash);
    if (cached != -1) return cached;
    uint64_t h = 0;
    SetTable *tb = so->x_table;
    for (size_t i = 0; i <= tb->mask; i++) {
        if (live(tb->entries[i].x_key)) h ^= shuffle((uint64_t)tb->entries[i].hash);
    }
    h ^= ((uint64_t)so->x_used + 1) * 1927868237u;
    h ^= (h >> 11) ^ (h >> 25);
    h = h * 69069u + 907133923u;
    if (h == (uint64_t)-1) h = 590923713u;
    im_store_relaxed(&so->x_hash, (int64_t)h);
    return (int64_t)h;
}

/* Every key of a is in b. */
static int subset(Thread *t, ImSet *a, ImSet *b)
{
    if (im_load_acquire(&a->x_used) > im_load_acquire(&b->x_used)) return 0;
    size_t pos = 0;
    Value key;
    int64_t hash;
    if (may_change(im_value(a))) {
        Value copy = steady(t, im_value(a));
        int r = im_no_value(copy) ? -1 : subset(t, setp(copy), b);
        im_xdrop(t, copy);
        return r;
    }
    if (a == b) return 1;
    if (may_change(im_value(b))) {
        int r = ask_many(t, a, &pos, b, ALL_IN, NULL);
        if (r != UNSURE) return r;
    }
    while (im_is_private_obj(&a->head) && step(a->x_table, &pos, &key, &hash)) {
        int r = contains_quick(b, key, hash);
        if (IM_UNLIKELY(r == UNSURE)) { pos--; break; }
        if (r == 0) return 0;
        if (IM_POLL_EVERY(t, pos) < 0) return -1;
    }
    while (set_walk(t, a, &pos, &key, &hash)) {
        int r = contains_hash(t, b, key, hash);
        im_drop(t, key);
        if (r <= 0) return r;
        if (IM_POLL_EVERY(t, pos) < 0) return -1;
    }
    return 1;
}

static Value compare_sets(Thread *t, Value a, Value b, ImCmp op);
static Value set_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_anyset(b) || !im_is_anyset(a)) return IM_NOT_IMPLEMENTED;
    if (may_change(a) || may_change(b)) {
        if ((op == IM_EQ || op == IM_NE) && !im_same(a, b) && im_set_len(a) != im_set_len(b)) return im_bool(op == IM_NE);
        if (op == IM_LE || op == IM_GE) return compare_sets(t, a, b, op); /* subset() sees to it */
        Value one = steady(t, a), two = im_same(a, b) ? im_new_ref(one) : steady(t, b), both = IM_NO_VALUE;
        if (!im_no_value(one) && !im_no_value(two)) both = compare_sets(t, one, two, op);
        im_xdrop(t, one);
        im_xdrop(t, two);
        return both;
    }
    return compare_sets(t, a, b, op);
}
static Value compare_sets(Thread *t, Value a, Value b, ImCmp op)
{
    ImSet *x = setp(a), *y = setp(b);
    ssize_t nx = im_set_len(a), ny = im_set_len(b);
    int r = 0;
    switch (op) {
    case IM_EQ: case IM_NE: {
        int64_t hx = im_load_relaxed(&x->x_hash), hy = im_load_relaxed(&y->x_hash);
        if (nx == ny && (hx == -1 || hy == -1 || hx == hy)) r = subset(t, x, y);
        if (op == IM_NE && r >= 0) r = !r;
        break;
    }
    case IM_LE: r = subset(t, x, y); break;
    case IM_GE: r = subset(t, y, x); break;
    case IM_LT: r = nx < ny ? subset(t, x, y) : 0; break;
    case IM_GT: r = nx > ny ? subset(t, y, x) : 0; break;
    }
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}

/* Runs fn(set, key); a set that is itself an unhashable key stands for the frozenset of it. */
static int with_key(Thread *t, Value self, Value key, int (*fn)(Thread *, Value, Value))
{
    int r = fn(t, self, key);
    if (r >= 0 || !im_is_anyset(key) || !im_exc_clear_if(t, &im_TypeError_type)) return r;
    Value frozen = im_frozenset_new(t, key);
    if (im_no_value(frozen)) return -1;
    r = fn(t, self, frozen);
    im_drop(t, frozen);
    return r;
}
static int set_contains(Thread *t, Value self, Value key) { return with_key(t, self, key, im_set_contains); }

/* --- algebra ------------------------------------------------------------------------------------------------------------------- */

static Value copy_base(Thread *t, Value self) { return make(t, base_type(self), self); }

static Value intersection_as(Thread *t, ImType *type, Value self, Value other);
static Value intersection(Thread *t, Value self, Value other)
{
    if (im_same(self, other)) return copy_base(t, self);
    if (!im_is_anyset(other) && may_change(self)) { /* what `other` gives, in its order, then the set at one moment */
        Value keys = make(t, &im_frozenset_type, other), r = im_no_value(keys) ? keys : make(t, &im_set_type, IM_NO_VALUE);
        size_t pos = 0;
        int e = im_no_value(r) ? -1 : ask_many(t, setp(keys), &pos, setp(self), COLLECT_IN, setp(r));
        if (e == UNSURE) {
            im_drop(t, r);
            r = intersection_as(t, base_type(self), self, keys);
        } else if (e < 0) {
            im_xdrop(t, r);
            r = IM_NO_VALUE;
        }
        im_xdrop(t, keys);
        return r;
    }
    return intersection_as(t, base_type(self), self, other);
}
/* The same as a set of that type. */
static Value intersection_as(Thread *t, ImType *type, Value self, Value other)
{
    Value r = make(t, type, IM_NO_VALUE), key;
    if (im_no_value(r)) return r;
    if (im_is_anyset(other)) {
        ImSet *so = setp(self), *small = setp(other);
        if (im_set_len(other) > im_set_len(self)) { ImSet *x = so; so = small; small = x; }
        size_t pos = 0;
        int64_t hash;
        if (may_change(im_value(small))) {
            Value copy = steady(t, im_value(small)), both = IM_NO_VALUE;
            im_drop(t, r);
            if (!im_no_value(copy)) both = small == setp(self) ? intersection_as(t, base_type(self), copy, im_value(so)) : intersection_as(t, base_type(self), im_value(so), copy);
            im_xdrop(t, copy);
            return both;
        }
        if (may_change(im_value(so))) {
            int e = ask_many(t, small, &pos, so, COLLECT_IN, setp(r));
            if (e == -1) goto fail;
            if (e == 1) return r;
        }
        while (im_is_private_obj(&small->head) && step(small->x_table, &pos, &key, &hash)) {
            int e = contains_quick(so, key, hash);
            if (IM_UNLIKELY(e == UNSURE)) { pos--; break; }
            if ((e > 0 && add_new(t, setp(r), key, hash) < 0) || IM_POLL_EVERY(t, pos) < 0) goto fail;
        }
        while (set_walk(t, small, &pos, &key, &hash)) {
            int e = contains_hash(t, so, key, hash);
            if (e > 0) e = add_hash(t, setp(r), key, hash);
            im_drop(t, key);
            if (e < 0 || IM_POLL_EVERY(t, pos) < 0) goto fail;
        }
        return r;
    }
    size_t at = 0;
    if (im_is_list_exact(other) && im_is_private(other) && im_is_private(self)) { /* as far as keys are strs and ints */
        ImList *l = im_listp(other);
        for (; at < (size_t)l->x_len; at++) {
            key = l->x_items->x_items[at];
            if (!im_is_int(key) && !im_is_str_exact(key)) break;
            int64_t hash = im_key_hash(t, key);
            int e = contains_quick(setp(self), key, hash);
            if (e > 0) e = add_quick(t, setp(r), key, hash);
            if (IM_UNLIKELY(e < 0)) {
                if (e == UNSURE) break;
                goto fail;
            }
            if ((at & 0xFFFF) == 0xFFFF && im_load_relaxed(&t->x_poll)) break;
        }
        if (at >= (size_t)l->x_len) return r;
    }
    Value it = im_steady_iter(t, other);
    if (im_no_value(it)) goto fail;
    for (size_t i = 0;; i++) {
        key = im_next_fast(t, it);
        if (im_is_stop(key)) break;
        int64_t hash = im_no_value(key) ? -1 : im_key_hash(t, key);
        int e = hash == -1 ? -1 : contains_hash(t, setp(self), key, hash);
        if (e > 0) e = add_hash(t, setp(r), key, hash);
        im_xdrop(t, key);
        if (e < 0 || IM_POLL_EVERY(t, i) < 0) {
            im_drop(t, it);
            goto fail;
        }
    }
    im_drop(t, it);
    return r;
fail:
    im_drop(t, r);
    return IM_NO_VALUE;
}

/* self -= other */
static int difference_update(Thread *t, Value self, Value other)
{
    ImSet *so = setp(self);
    if (im_same(self, other)) return set_clear(t, so);
    Value key;
    int r = 0;
    if (may_change(self) && (im_is_anyset(other) || im_is_whole(other))) return change_shared(t, so, other, SET_DISCARD);
    if (im_is_anyset(other) && may_change(other)) {
        Value copy = steady(t, other);
        r = im_no_value(copy) ? -1 : difference_update(t, self, copy);
        im_xdrop(t, copy);
        return r;
    }
    if (im_is_anyset(other)) {
        Value less = IM_NO_VALUE;
        if ((im_set_len(other) >> 3) > im_set_len(self)) {
            less = intersection(t, self, other);
            if (im_no_value(less)) return -1;
            other = less;
        }
        size_t pos = 0;
        int64_t hash;
        while (im_is_private(other) && im_is_private_obj(&so->head) && step(setp(other)->x_table, &pos, &key, &hash)) {
            bool absent;
            SetEntry *e = probe(so->x_table, key, hash, &absent);
            if (IM_UNLIKELY(!e)) { pos--; break; }
            if (absent) continue;
            Value old = e->x_key;
            e->x_key = IM_DELETED;
            so->x_used--;
            im_drop(t, old); /* may run __del__: `other` is looked at anew */
        }
        while (r >= 0 && set_walk(t, setp(other), &pos, &key, &hash)) {
            r = discard_hash(t, so, key, hash);
            im_drop(t, key);
        }
        im_xdrop(t, less);
    } else {
        Value it = im_steady_iter(t, other);
        if (im_no_value(it)) return -1;
        while (r >= 0) {
            key = im_next(t, it);
            if (im_is_stop(key)) break;
            r = im_no_value(key) ? -1 : im_set_discard(t, self, key);
            im_xdrop(t, key);
        }
        im_drop(t, it);
    }
    if (r < 0) return -1;
    SetTable *tb = so->x_table;
    if (im_is_private_obj(&so->head) && tb->x_fill - (size_t)so->x_used > tb->mask / 4) return resize_private(t, so, grown((size_t)so->x_used));
    return 0;
}

static Value difference_as(Thread *t, ImType *type, Value self, Value other);
static Value difference(Thread *t, Value self, Value other)
{
    if (im_same(self, other)) return make(t, base_type(self), IM_NO_VALUE);
    if (!may_change(self)) return difference_as(t, base_type(self), self, other);
    Value copy = steady(t, self), r = im_no_value(copy) ? copy : difference_as(t, &im_set_type, copy, other);
    im_xdrop(t, copy);
    return r;
}
/* The same as a set of that type. */
static Value difference_as(Thread *t, ImType *type, Value self, Value other)
{
    bool is_set = im_is_anyset(other);
    if ((!is_set && !im_is_dict_exact(other)) || (im_set_len(self) >> 2) > (is_set ? im_set_len(other) : im_dict_len(other))) {
        Value r = make(t, type, self);
        if (!im_no_value(r) && difference_update(t, r, other) < 0) IM_CLEAR(t, r);
        return r;
    }
    Value r = make(t, type, IM_NO_VALUE), key, out;
    if (im_no_value(r)) return r;
    size_t pos = 0;
    int64_t hash;
    if (is_set && may_change(other)) {
        int e = ask_many(t, setp(self), &pos, setp(other), COLLECT_OUT, setp(r));
        if (e == 1) return r;
        if (e == -1) {
            im_drop(t, r);
            return IM_NO_VALUE;
        }
    }
    while (is_set && im_is_private(self) && step(setp(self)->x_table, &pos, &key, &hash)) {
        int e = contains_quick(setp(other), key, hash);
        if (IM_UNLIKELY(e == UNSURE)) { pos--; break; }
        if ((e == 0 && add_new(t, setp(r), key, hash) < 0) || IM_POLL_EVERY(t, pos) < 0) {
            im_drop(t, r);
            return IM_NO_VALUE;
        }
    }
    while (set_walk(t, setp(self), &pos, &key, &hash)) {
        int e;
        if (is_set) e = contains_hash(t, setp(other), key, hash);
        else {
            e = im_dict_get_hash(t, other, key, hash, &out);
            im_xdrop(t, out);
        }
        if (e == 0) e = add_hash(t, setp(r), key, hash);
        im_drop(t, key);
        if (e < 0 || IM_POLL_EVERY(t, pos) < 0) {
            im_drop(t, r);
            return IM_NO_VALUE;
        }
    }
    return r;
}

static int toggle(Thread *t, ImSet *so, Value key, int64_t hash)
{
    int r = discard_hash(t, so, key, hash);
    return r == 0 ? add_hash(t, so, key, hash) : r;
}

static int symmetric_update(Thread *t, Value self, Value other)
{
    ImSet *so = setp(self);
    if (im_same(self, other)) return set_clear(t, so);
    size_t pos = 0;
    Value key;
    int64_t hash;
    int r = 0;
    if (im_is_dict_exact(other) && may_change(self)) return change_shared(t, so, other, SET_TOGGLE);
    if (im_is_dict_exact(other)) {
        while (r >= 0 && im_dict_walk(t, im_dictp(other), &pos, &key, NULL, &hash)) {
            r = toggle(t, so, key, hash);
            im_drop(t, key);
        }
        return r < 0 ? -1 : 0;
    }
    Value others = im_is_anyset(other) ? steady(t, other) : make(t, base_type(self), other);
    if (im_no_value(others)) return -1;
    if (may_change(self)) {
        r = change_shared(t, so, others, SET_TOGGLE);
        im_drop(t, others);
        return r;
    }
    while (im_is_private(others) && im_is_private_obj(&so->head) && step(setp(others)->x_table, &pos, &key, &hash)) {
        bool absent;
        SetTable *tb = so->x_table;
        if (tb == EMPTY_TABLE) { pos--; break; }
        SetEntry *e = probe_for(tb, key, hash, &absent, true);
        if (IM_UNLIKELY(!e)) { pos--; break; }
        if (absent) {
            if ((r = add_at(t, so, tb, e, key, hash)) < 0) break;
        } else {
            Value old = e->x_key;
            e->x_key = IM_DELETED;
            so->x_used--;
            im_drop(t, old);
        }
    }
    while (r >= 0 && set_walk(t, setp(others), &pos, &key, &hash)) {
        r = toggle(t, so, key, hash);
        im_drop(t, key);
    }
    im_drop(t, others);
    return r < 0 ? -1 : 0;
}

static Value symmetric_difference(Thread *t, Value self, Value other)
{
    Value r = make(t, base_type(self), other);
    if (!im_no_value(r) && symmetric_update(t, r, self) < 0) IM_CLEAR(t, r);
    return r;
}

/* self = what r holds; r dropped. */
static int adopt(Thread *t, Value self, Value r)
{
    if (im_no_value(r)) return -1;
    ImSet *from = setp(r);
    SetTable *tb = from->x_table;
    size_t used = (size_t)from->x_used;
    from->x_table = EMPTY_TABLE;
    from->x_used = 0;
    int e = set_replace(t, setp(self), tb, used);
    im_drop(t, r);
    return e;
}

/* self &= other, for a shared set: 0, -1, or UNSURE with nothing done. */
static int keep_shared(Thread *t, Value self, Value other)
{
    ImSet *so = setp(self), *keep, *r;
    Value others = im_is_anyset(other) ? steady(t, other) : make(t, &im_frozenset_type, other), result = im_no_value(others) ? others : make(t, &im_set_type, IM_NO_VALUE), key;
    int e = im_no_value(result) ? -1 : 0;
    if (e == 0) {
        keep = setp(others), r = setp(result);
        for (size_t i = 0; i <= keep->x_table->mask; i++) im_publish(t, keep->x_table->entries[i].x_key);
        size_t pos = 0;
        int64_t hash;
        bool absent, mine = im_set_len(others) > im_set_len(self); /* the shorter one is walked */
        im_object_lock(t, &so->head);
        SetTable *old = so->x_table, *copy = NULL;
        while (e == 0 && step(mine ? old : keep->x_table, &pos, &key, &hash)) {
            if (!probe(mine ? keep->x_table : old, key, hash, &absent)) e = UNSURE;
            else if (!absent) e = add_new(NULL, r, key, hash);
        }
        if (e == 0 && r->x_table == EMPTY_TABLE) e = first_table(NULL, r);
        if (e == 0 && old != EMPTY_TABLE && !(copy = table_new(NULL, old->mask + 1, 0))) e = -1;
        if (e == 0) {
            if (copy) {
                memcpy(copy->entries, old->entries, (old->mask + 1) * sizeof(SetEntry));
                copy->x_fill = old->x_fill;
            }
            r->x_table->gen = old->gen + 1;
            im_store_release(&so->x_table, r->x_table);
            im_store_release(&so->x_used, r->x_used);
            r->x_table = EMPTY_TABLE;
            r->x_used = 0;
            if (copy) table_wipe(old);
        }
        im_object_unlock(t, &so->head);
        if (copy) {
            im_raw_retire(t, old, table_bytes(old));
            table_drop(t, copy);
        }
        if (e == -1) (void)im_raise_memory(t);
    }
    im_xdrop(t, result);
    im_xdrop(t, others);
    return e;
}
static int intersection_update(Thread *t, Value self, Value other)
{
    if (may_change(self) && !im_same(self, other)) {
        int r = keep_shared(t, self, other);
        if (r != UNSURE) return r;
    }
    return adopt(t, self, intersection(t, self, other));
}

#define BOTH_SETS(a, b) if (!im_is_anyset(a) || !im_is_anyset(b)) return IM_NOT_IMPLEMENTED
static Value set_sub(Thread *t, Value a, Value b) { BOTH_SETS(a, b); return difference(t, a, b); }
static Value set_and(Thread *t, Value a, Value b) { BOTH_SETS(a, b); return intersection(t, a, b); }
static Value set_xor(Thread *t, Value a, Value b) { BOTH_SETS(a, b); return symmetric_difference(t, a, b); }
static Value set_or(Thread *t, Value a, Value b)
{
    BOTH_SETS(a, b);
    Value r = copy_base(t, a);
    if (!im_no_value(r) && !im_same(a, b) && im_set_update(t, r, b) < 0) IM_CLEAR(t, r);
    return r;
}
#define OTHER_SET(b) if (!im_is_anyset(b)) return IM_NOT_IMPLEMENTED
static Value set_isub(Thread *t, Value a, Value b) { OTHER_SET(b); return difference_update(t, a, b) < 0 ? IM_NO_VALUE : im_new_ref(a); }
static Value set_iand(Thread *t, Value a, Value b) { OTHER_SET(b); return intersection_update(t, a, b) < 0 ? IM_NO_VALUE : im_new_ref(a); }
static Value set_ixor(Thread *t, Value a, Value b) { OTHER_SET(b); return symmetric_update(t, a, b) < 0 ? IM_NO_VALUE : im_new_ref(a); }
static Value set_ior(Thread *t, Value a, Value b) { OTHER_SET(b); return im_set_update(t, a, b) < 0 ? IM_NO_VALUE : im_new_ref(a); }

/* --- methods ------------------------------------------------------------------------------------------------------------------- */

#define M(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

M(m_add) { return im_set_add(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_clear) { return set_clear(t, setp(self)) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_copy) { return copy_base(t, self); }
M(m_frozen_copy) { return im_is_exact(self, &im_frozenset_type) ? im_new_ref(self) : copy_base(t, self); }
M(m_discard) { return with_key(t, self, args[0], im_set_discard) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_contains)
{
    int r = set_contains(t, self, args[0]);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}

M(m_remove)
{
    int r = with_key(t, self, args[0], im_set_discard);
    if (r == 0) return im_raise_key(t, args[0]);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}

M(m_pop)
{
    ImSet *so = setp(self);
    bool shared = !im_is_private_obj(&so->head);
    Value key = IM_NO_VALUE;
    if (shared) im_object_lock(t, &so->head);
    if (so->x_used > 0) {
        SetTable *tb = so->x_table;
        size_t i = so->finger & tb->mask;
        while (!live(tb->entries[i].x_key)) i = (i + 1) & tb->mask;
        key = tb->entries[i].x_key;
        im_store_release(&tb->entries[i].x_key.bits, IM_DELETED.bits);
        im_store_release(&so->x_used, so->x_used - 1);
        so->finger = i + 1;
    }
    if (shared) im_object_unlock(t, &so->head);
    return im_no_value(key) ? im_raise(t, &im_KeyError_type, "pop from an empty set") : key;
}

M(m_update)
{
    for (size_t i = 0; i < nargs; i++) if (im_set_update(t, self, args[i]) < 0) return IM_NO_VALUE;
    return IM_NONE;
}
M(m_difference_update)
{
    for (size_t i = 0; i < nargs; i++) if (difference_update(t, self, args[i]) < 0) return IM_NO_VALUE;
    return IM_NONE;
}
M(m_symmetric_update) { return symmetric_update(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_symmetric_difference) { return symmetric_difference(t, self, args[0]); }

M(m_union)
{
    Value r = copy_base(t, self);
    for (size_t i = 0; i < nargs && !im_no_value(r); i++) {
        if (!im_same(self, args[i]) && im_set_update(t, r, args[i]) < 0) IM_CLEAR(t, r);
    }
    return r;
}
M(m_intersection)
{
    if (nargs == 0) return copy_base(t, self);
    Value r = im_new_ref(self);
    for (size_t i = 0; i < nargs && !im_no_value(r); i++) {
        Value next = intersection(t, r, args[i]);
        im_drop(t, r);
        r = next;
    }
    return r;
}
M(m_intersection_update)
{
    if (nargs == 1) return intersection_update(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE;
    return adopt(t, self, m_intersection(t, self, args, nargs, kwnames)) < 0 ? IM_NO_VALUE : IM_NONE;
}
M(m_difference)
{
    if (nargs == 0) return copy_base(t, self);
    Value r = difference(t, self, args[0]);
    for (size_t i = 1; i < nargs && !im_no_value(r); i++) if (difference_update(t, r, args[i]) < 0) IM_CLEAR(t, r);
    return r;
}

M(m_issubset)
{
    if (im_is_anyset(args[0])) {
        int r = subset(t, setp(self), setp(args[0]));
        return r < 0 ? IM_NO_VALUE : im_bool(r);
    }
    Value mine = steady(t, self), common = im_no_value(mine) ? mine : intersection(t, mine, args[0]);
    bool r = !im_no_value(common) && im_set_len(common) == im_set_len(mine);
    im_xdrop(t, mine);
    if (im_no_value(common)) return common;
    im_drop(t, common);
    return im_bool(r);
}
M(m_issuperset)
{
    if (im_is_anyset(args[0])) {
        int r = subset(t, setp(args[0]), setp(self));
        return r < 0 ? IM_NO_VALUE : im_bool(r);
    }
    if (may_change(self) && im_is_whole(args[0])) {
        Value keys = make(t, &im_frozenset_type, args[0]);
        int all = im_no_value(keys) ? -1 : subset(t, setp(keys), setp(self));
        im_xdrop(t, keys);
        return all < 0 ? IM_NO_VALUE : im_bool(all);
    }
    Value it = im_steady_iter(t, args[0]), r = IM_TRUE;
    if (im_no_value(it)) return it;
    for (;;) {
        Value v = im_next(t, it);
        if (im_is_stop(v)) break;
        int e = im_no_value(v) ? -1 : im_set_contains(t, self, v);
        im_xdrop(t, v);
        if (e <= 0) { r = e < 0 ? IM_NO_VALUE : IM_FALSE; break; }
    }
    im_drop(t, it);
    return r;
}
M(m_isdisjoint)
{
    Value other = args[0], key;
    int r = 0;
    if (im_same(self, other)) return im_bool(im_set_len(self) == 0);
    Value keys = IM_NO_VALUE;
    if (im_is_anyset(other) ? may_change(self) && may_change(other) : may_change(self) && im_is_whole(other)) {
        keys = make(t, &im_frozenset_type, other);
        if (im_no_value(keys)) return keys;
        other = keys;
    }
    if (im_is_anyset(other)) {
        ImSet *a = setp(self), *b = setp(other);
        if (may_change(other) || (im_set_len(other) > im_set_len(self) && !may_change(self))) { ImSet *x = a; a = b; b = x; }
        size_t pos = 0;
        int64_t hash;
        if (may_change(im_value(a))) {
            int e = ask_many(t, b, &pos, a, NONE_IN, NULL);
            if (e != UNSURE) {
                im_xdrop(t, keys);
                return e < 0 ? IM_NO_VALUE : im_bool(e);
            }
        }
        while (im_is_private_obj(&b->head) && step(b->x_table, &pos, &key, &hash)) {
            int e = contains_quick(a, key, hash);
            if (IM_UNLIKELY(e == UNSURE)) { pos--; break; }
            if (e) {
                im_xdrop(t, keys);
                return IM_FALSE;
            }
        }
        while (r == 0 && set_walk(t, b, &pos, &key, &hash)) {
            r = contains_hash(t, a, key, hash);
            im_drop(t, key);
        }
    } else {
        Value it = im_steady_iter(t, other);
        if (im_no_value(it)) return it;
        while (r == 0) {
            key = im_next(t, it);
            if (im_is_stop(key)) break;
            r = im_no_value(key) ? -1 : im_set_contains(t, self, key);
            im_xdrop(t, key);
        }
        im_drop(t, it);
    }
    im_xdrop(t, keys);
    return r < 0 ? IM_NO_VALUE : im_bool(!r);
}

M(m_reduce)
{
    Value keys = im_to_list(t, self);
    if (im_no_value(keys)) return keys;
    Value arg = im_tuple_steal_array(t, &keys, 1);
    if (im_no_value(arg)) return arg;
    Value state = im_call_method0(t, self, IM_S(__getstate__)), r = IM_NO_VALUE;
    if (!im_no_value(state)) {
        r = im_tuple_pack(t, 3, im_type_value(im_type_of(self)), arg, state);
        im_drop(t, state);
    }
    im_drop(t, arg);
    return r;
}

M(m_sizeof)
{
    (void)t;
    SetTable *tb = im_load_acquire(&setp(self)->x_table);
    return im_int((int64_t)(im_type_of(self)->core.size + (tb == EMPTY_TABLE ? 0 : table_bytes(tb))));
}

#define COMMON_METHODS                                                                                                                                  \
    {"__contains__", m_contains, IM_M_FIXED | IM_M_COEXIST, 1, 1, "($self, object, /)", "x.__contains__(y) <==> y in x."},                              \
    IM_RANGE("difference", m_difference, 0, 255, "($self, /, *others)", "Return a new set with elements in the set that are not in the others."),       \
    IM_RANGE("intersection", m_intersection, 0, 255, "($self, /, *others)", "Return a new set with elements common to the set and all others."),        \
    IM_FIXED("isdisjoint", m_isdisjoint, 1, "($self, other, /)", "Return True if two sets have a null intersection."),                                  \
    IM_FIXED("issubset", m_issubset, 1, "($self, other, /)", "Report whether another set contains this set."),                                          \
    IM_FIXED("issuperset", m_issuperset, 1, "($self, other, /)", "Report whether this set contains another set."),                                      \
    IM_FIXED("__reduce__", m_reduce, 0, "($self, /)", "Return state information for pickling."),                                                        \
    IM_FIXED("__sizeof__", m_sizeof, 0, "($self, /)", "S.__sizeof__() -> size of S in memory, in bytes."),                                              \
    IM_FIXED("symmetric_difference", m_symmetric_difference, 1, "($self, other, /)",                                                                    \
             "Return a new set with elements in either the set or other but not both."),                                                                \
    IM_RANGE("union", m_union, 0, 255, "($self, /, *others)", "Return a new set with elements from the set and all others."),                           \
    IM_CLASS_GETITEM

static const ImMethodDef set_methods[] = {
    IM_FIXED("add", m_add, 1, "($self, object, /)", "Add an element to a set.\n\nThis has no effect if the element is already present."),
    IM_FIXED("clear", m_clear, 0, "($self, /)", "Remove all elements from this set."),
    IM_FIXED("copy", m_copy, 0, "($self, /)", "Return a shallow copy of a set."),
    IM_FIXED("discard", m_discard, 1, "($self, object, /)",
             "Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\nan exception when an element is "
             "missing from the set."),
    IM_RANGE("difference_update", m_difference_update, 0, 255, "($self, /, *others)", "Update the set, removing elements found in others."),
    IM_RANGE("intersection_update", m_intersection_update, 0, 255, "($self, /, *others)", "Update the set, keeping only elements found in it and all others."),
    IM_FIXED("pop", m_pop, 0, "($self, /)", "Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty."),
    IM_FIXED("remove", m_remove, 1, "($self, object, /)",
             "Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError."),
    IM_FIXED("symmetric_difference_update", m_symmetric_update, 1, "($self, other, /)",
             "Update the set, keeping only elements found in either set, but not in both."),
    IM_RANGE("update", m_update, 0, 255, "($self, /, *others)", "Update the set, adding elements from all others."),
    COMMON_METHODS,
    IM_END,
};
static const ImMethodDef frozenset_methods[] = {
    IM_FIXED("copy", m_frozen_copy, 0, "($self, /)", "Return a shallow copy of a set."),
    COMMON_METHODS,
    IM_END,
};

static Value set_iter(Thread *t, Value self);
static Value set_items(Thread *t, Value self) { return im_is_shared(self) ? im_set_list(t, self) : IM_NO_VALUE; }
static const ImSlots set_slots = {
    .items = set_items,
    .repr = set_repr, .getattr = im_generic_getattr, .richcompare = set_richcompare, .iter = set_iter, .init = set_init, .new_ = set_new, .subtract = set_sub, .and_ = set_and,
    .xor_ = set_xor, .or_ = set_or, .isubtract = set_isub, .iand = set_iand, .ixor = set_ixor, .ior = set_ior, .length = set_length,
    .contains = set_contains,
};
static const ImTypeSpec set_spec = {
    .name = "set", .doc = "Build an unordered collection of unique elements.", .size = sizeof(ImSet),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_SET | IM_TF_MATCH_SELF | IM_TF_WEAKREF, .slots = &set_slots, .methods = set_methods,
    .traverse = set_traverse, .clear = set_clear_slot, .destroy = set_destroy, .text_signature = "(iterable=(), /)",
};
IM_TYPE(set, &set_spec);

static const ImSlots frozenset_slots = {
    .repr = set_repr, .getattr = im_generic_getattr, .hash = frozenset_hash, .richcompare = set_richcompare, .iter = set_iter, .new_ = frozenset_new, .subtract = set_sub,
    .and_ = set_and, .xor_ = set_xor, .or_ = set_or, .length = set_length, .contains = set_contains,
};
static const ImTypeSpec frozenset_spec = {
    .name = "frozenset", .doc = "Build an immutable unordered collection of unique elements.", .size = sizeof(ImSet),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_SET | IM_TF_MATCH_SELF | IM_TF_WEAKREF, .slots = &frozenset_slots, .methods = frozenset_methods,
    .traverse = set_traverse, .clear = set_clear_slot, .destroy = set_destroy, .text_signature = "(iterable=(), /)",
};
IM_TYPE(frozenset, &frozenset_spec);

/* --- iterator ------------------------------------------------------------------------------------------------------------------ */

typedef struct SetIter {
    ImObject head;
    Value set;       /* no value: exhausted (private iterators only) */
    ssize_t x_used;  /* the set's length at the start; -1 once a change was seen */
    size_t x_pos;    /* advanced by CAS when shared; END when exhausted */
    ssize_t x_left;
} SetIter;
#define END SIZE_MAX

IM_TYPE_DECLARE(set_iterator);

static Value set_iter(Thread *t, Value self)
{
    SetIter *it = (SetIter *)im_tracked_alloc(t, &im_set_iterator_type.root, sizeof *it);
    if (!it) return IM_NO_VALUE;
    it->set = im_new_ref(self);
    it->x_used = it->x_left = im_set_len(self);
    it->x_pos = 0;
    im_track_new(t, &it->head);
    return im_value(it);
}

static Value setiter_next(Thread *t, Value self)
{
    SetIter *it = (SetIter *)im_ptr(self);
    if (im_no_value(it->set)) return IM_STOP;
    ImSet *so = setp(it->set);
    bool private = im_is_private_obj(&it->head);
    for (;;) {
        size_t pos = im_load_relaxed(&it->x_pos), old = pos;
        if (pos == END) return IM_STOP;
        if (im_load_relaxed(&it->x_used) != im_load_acquire(&so->x_used)) {
            im_store_relaxed(&it->x_used, (ssize_t)-1);
            return im_raise_runtime(t, "Set changed size during iteration");
        }
        Value key;
        if (IM_LIKELY(private && im_is_private_obj(&so->head))) {
            int64_t hash;
            if (IM_LIKELY(step(so->x_table, &pos, &key, &hash))) {
                it->x_pos = pos;
                it->x_left--;
                return im_new_ref(key);
            }
            IM_CLEAR(t, it->set);
            return IM_STOP;
        }
        if (!set_walk(t, so, &pos, &key, NULL)) {
            if (private) IM_CLEAR(t, it->set);
            else im_store_relaxed(&it->x_pos, END);
            return IM_STOP;
        }
        if (private) it->x_pos = pos;
        else if (!im_cas_acq_rel(&it->x_pos, &old, pos)) {
            im_drop(t, key);
            continue;
        }
        if (private) it->x_left--;
        else (void)im_faa_relaxed(&it->x_left, (ssize_t)-1);
        return key;
    }
}

static int setiter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value s = ((SetIter *)o)->set;
    return im_is_object(s) ? visit(s, arg) : 0;
}
static void setiter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((SetIter *)o)->set); }

M(setiter_length_hint)
{
    (void)t;
    SetIter *it = (SetIter *)im_ptr(self);
    if (im_no_value(it->set) || im_load_relaxed(&it->x_pos) == END || im_load_relaxed(&it->x_used) != im_set_len(it->set)) return im_int(0);
    ssize_t n = im_load_relaxed(&it->x_left);
    return im_int(n > 0 ? n : 0);
}

M(setiter_reduce)
{
    SetIter *it = (SetIter *)im_ptr(self), *copy = NULL;
    Value list = im_list_new(t, 0), r = IM_NO_VALUE, fn = IM_NO_VALUE;
    if (im_no_value(list)) return list;
    if (!im_no_value(it->set)) {
        Value v = set_iter(t, it->set);
        copy = (SetIter *)im_ptr(v);
        if (copy) {
            copy->x_used = im_load_relaxed(&it->x_used);
            copy->x_pos = im_load_relaxed(&it->x_pos);
        }
        if (!copy || im_list_extend(t, list, v) < 0) IM_CLEAR(t, list);
        im_xdrop(t, v);
        if (im_no_value(list)) return list;
    }
    Value inner = im_tuple_steal_array(t, &list, 1);
    if (!im_no_value(inner) && !im_no_value(fn = im_import_from(t, "builtins", "iter"))) r = im_tuple_pack(t, 2, fn, inner);
    im_xdrop(t, inner);
    im_xdrop(t, fn);
    return r;
}

static const ImMethodDef setiter_methods[] = {
    IM_FIXED("__length_hint__", setiter_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."),
    IM_FIXED("__reduce__", setiter_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_END,
};
static const ImSlots setiter_slots = {.iter = im_iter_self, .next = setiter_next};
static const ImTypeSpec setiter_spec = {
    .name = "set_iterator", .size = sizeof(SetIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &setiter_slots,
    .methods = setiter_methods, .traverse = setiter_traverse, .destroy = setiter_destroy,
};
IM_TYPE(set_iterator, &setiter_spec);
