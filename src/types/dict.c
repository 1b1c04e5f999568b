/* dict: finding, inserting, removing, resizing, copying (layout and reader rules in dict_table.h).
 *
 * A private dict is changed in place. A change to a shared one searches without the lock, takes the lock, and goes ahead only if what it found still holds
 * (same table, no key added since; T4); what it needs is allocated before, what it displaces is dropped after.
 * One file, although long: probing, storing and growing are inline in every operation, of private dicts and of shared ones; methods and views have files of their own.
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"

#include "mem/fast.h"
#include "mem/vec.h"
#include "types/dict_table.h"
#include "types/list.h"
#include "types/tuple.h"

/* --- tables --------------------------------------------------------------------------------------------------------------- */

static struct {
    ImDictTable table;
    int8_t index[8];
} empty_table = {{.log2 = 0, .width = 0, .is_str = 1}, {-1, -1, -1, -1, -1, -1, -1, -1}};
ImDictTable *const im_dict_empty_table = &empty_table.table;
#define EMPTY_TABLE (&empty_table.table)

static size_t slots_cap(unsigned log2) { return (((size_t)1 << log2) << 1) / 3; }

static unsigned log2_for_slots(size_t slots)
{
    unsigned log2 = IM_DICT_MIN_LOG2;
    while (((size_t)1 << log2) < slots) log2++;
    return log2;
}
/* Smallest table that takes n entries. */
static unsigned log2_for_entries(size_t n)
{
    unsigned log2 = log2_for_slots(n);
    while (slots_cap(log2) < n) log2++;
    return log2;
}

static size_t table_bytes(const ImDictTable *tb)
{
    return sizeof *tb + (im_table_slots(tb) << tb->width) + tb->cap * (tb->is_str ? sizeof(ImStrEntry) : sizeof(ImGenEntry));
}

/* The least table: most dicts need no other. */
IM_INLINE ImDictTable *table_new_least(Thread *t, bool is_str, uint32_t gen)
{
    enum { SLOTS = 1 << IM_DICT_MIN_LOG2, CAP = SLOTS * 2 / 3 };
    ImDictTable *tb = im_raw_alloc_fast(t, sizeof *tb + SLOTS + CAP * (is_str ? sizeof(ImStrEntry) : sizeof(ImGenEntry)));
    if (IM_UNLIKELY(!tb)) return NULL;
    *tb = (ImDictTable){.log2 = IM_DICT_MIN_LOG2, .is_str = is_str, .gen = gen, .cap = CAP, .usable = CAP};
    memset(im_table_index(tb), 0xFF, SLOTS);
    return tb;
}
static ImDictTable *table_new(Thread *t, unsigned log2, bool is_str, uint32_t gen)
{
    if (log2 == IM_DICT_MIN_LOG2 && t) return table_new_least(t, is_str, gen);
    if (log2 > 56) { if (t) (void)im_raise_memory(t); return NULL; }
    ImDictTable h = {.log2 = (uint8_t)log2, .width = log2 < 8 ? 0 : log2 < 16 ? 1 : log2 < 32 ? 2 : 3, .is_str = is_str, .gen = gen, .cap = slots_cap(log2)};
    h.usable = h.cap;
    ImDictTable *tb = t ? im_raw_alloc_fast(t, table_bytes(&h)) : im_raw_alloc(NULL, table_bytes(&h));
    if (!tb) return NULL;
    *tb = h;
    memset(im_table_index(tb), 0xFF, im_table_slots(tb) << tb->width);
    return tb;
}

static void table_free(ImDictTable *tb)
{
    if (tb != EMPTY_TABLE) im_raw_free(tb);
}
/* Of a shared dict: a reader may still be in it. */
static void table_retire(Thread *t, ImDictTable *tb)
{
    if (tb != EMPTY_TABLE) im_raw_retire(t, tb, table_bytes(tb));
}

/* Appends an entry that the index slot shall lead to; there is room. */
IM_INLINE void table_append_at(ImDictTable *tb, size_t slot, Value key, int64_t hash, Value v)
{
    size_t ix = tb->x_fill;
    if (tb->is_str) *im_table_str(tb, ix) = (ImStrEntry){key, v};
    else *im_table_gen(tb, ix) = (ImGenEntry){hash, key, v};
    tb->usable--;
    tb->tail = ix + 1;
    im_index_set(tb, slot, (ssize_t)ix);
    im_store_release(&tb->x_fill, ix + 1); /* after its index: who has read this number and meets no such key may take it for absent (still_holds) */
}
IM_INLINE void table_append(ImDictTable *tb, Value key, int64_t hash, Value v) { table_append_at(tb, im_table_free_slot(tb, hash), key, hash, v); }

/* The first entry has been removed: past it and what was removed behind it, so that taking from the front again and again stays cheap. */
static void head_gone(ImDictTable *tb)
{
    size_t i = tb->x_head + 1, n = tb->x_fill;
    while (i < n && im_table_key(tb, i)->bits == IM_DELETED.bits) i++;
    im_store_relaxed(&tb->x_head, i);
}

/* Moves the live entries of `from` into the empty table `to`, which has room and whose kind suits. */
static void table_move(ImDictTable *to, ImDictTable *from)
{
    size_t n = from->x_fill, k = 0;
    size_t mask = im_table_slots(to) - 1;
    for (size_t i = from->x_head; i < n; i++) {
        Value key = *im_table_key(from, i);
        if (key.bits == IM_DELETED.bits) continue;
        int64_t hash = im_table_hash(from, i);
        if (to->is_str) *im_table_str(to, k) = *im_table_str(from, i);
        else *im_table_gen(to, k) = (ImGenEntry){hash, key, *im_table_value(from, i)};
        size_t s = (size_t)hash & mask, perturb = (size_t)hash;
        while (im_index_get(to, s) != IM_IX_EMPTY) {
            perturb >>= 5;
            s = (s * 5 + perturb + 1) & mask;
        }
        im_index_set(to, s, (ssize_t)k++);
    }
    to->x_fill = to->tail = k;
    to->usable = to->cap - k;
}

/* Empties a table that a shared dict has given up (under its lock). */
static void table_wipe(ImDictTable *tb)
{
    for (size_t i = 0; i < tb->x_fill; i++) {
        im_store_release(&im_table_key(tb, i)->bits, IM_DELETED.bits);
        im_store_release(&im_table_value(tb, i)->bits, 0);
    }
}

/* --- memory ----------------------------------------------------------------------------------------------------------------- */

int im_dict_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImDictTable *tb = ((ImDict *)o)->x_table;
    if (!tb) return 0;
    for (size_t i = 0; i < tb->x_fill; i++) {
        Value k = *im_table_key(tb, i), v = *im_table_value(tb, i);
        int r;
        if (im_is_object(k) && (r = visit(k, arg))) return r;
        if (im_is_cell_word(v)) v = im_cell_of(v)->x_value;
        if (im_is_object(v) && (r = visit(v, arg))) return r;
    }
    return 0;
}

/* Names mostly are: then neither take nor drop need be called. */
IM_INLINE bool is_uncounted(Value v) { return im_is_object(v) && im_load_relaxed(&im_ptr(v)->x_count) == IM_COUNT_UNC; }

/* Drops everything in a table that no dict has any more, in order. What waits for its turn is a root: drops may run Python code. */
static void table_drop_all(Thread *t, ImDictTable *tb, bool dict_dies)
{
    size_t n = tb->x_fill, step = tb->is_str ? 2 : 3;
    if (n == 0) return;
    Value *words = im_table_entries(tb);
    size_t i = step - 2, end = n * step;
    for (; i < end && im_drop_plain(t, words[i]); i += step) {
        if (IM_LIKELY(!im_is_cell_word(words[i + 1]) && im_drop_plain(t, words[i + 1]))) continue;
        words[i] = IM_NO_VALUE;
        break;
    }
    if (i >= end) return;
    words += i; /* the rest, from a key to the last value */
    n = end - i;
    for (size_t k = 0; k + 1 < n; k += step) {
        Value *v = &words[k + 1];
        if (step == 3 && k) words[k - 1] = IM_NO_VALUE; /* hashes are not Values */
        if (im_is_cell_word(*v)) {
            ImGlobalCell *c = im_cell_of(*v);
            *v = (Value){im_xchg_acq_rel(&c->x_value.bits, 0)};
            if (dict_dies) im_cell_free(c);
            else im_cell_keep(c);
        }
    }
    ImValueVec vec;
    im_vec_init(t, &vec);
    vec.items = words;
    vec.len = n;
    for (size_t k = 0; k < n; k++) {
        Value v = words[k];
        words[k] = IM_NO_VALUE;
        im_xdrop(t, v);
    }
    vec.len = 0;
    vec.items = vec.small;
    im_vec_fini(t, &vec);
}

void im_dict_destroy(Thread *t, ImObject *o)
{
    ImDict *d = (ImDict *)o;
    ImDictTable *tb = d->x_table;
    if (d->x_uid) im_cells_free_kept(d->x_uid);
    if (!tb || tb == EMPTY_TABLE) return;
    d->x_table = EMPTY_TABLE;
    d->x_len = 0;
    table_drop_all(t, tb, true);
    im_raw_free_fast(t, tb); /* who reads a table holds its dict */
}

static void touch_keys(ImDict *d)
{
    if (im_load_relaxed(&d->x_version)) im_store_release(&d->x_version, 0u);
}

void im_dict_clear(Thread *t, Value self)
{
    ImDict *d = im_dictp(self);
    ImDictTable *tb, *copy = NULL;
    if (im_is_private_obj(&d->head)) {
        tb = d->x_table;
        if (tb == EMPTY_TABLE) return;
        d->x_table = EMPTY_TABLE;
        d->x_len = 0;
        touch_keys(d);
        table_drop_all(t, tb, false);
        table_free(tb);
        return;
    }
    /* A new table, so that its number goes up; the old content moves into a copy from which it is dropped after the lock. */
    ImDictTable *fresh = NULL;
    for (;;) {
        tb = im_load_acquire(&d->x_table);
        if (tb == EMPTY_TABLE) break;
        if (!fresh) fresh = table_new(NULL, IM_DICT_MIN_LOG2, true, 0);
        table_free(copy ? copy : EMPTY_TABLE);
        copy = table_new(NULL, tb->log2, tb->is_str, 0);
        if (!fresh || !copy) break; /* no memory: the dict stays as it is */
        im_object_lock(t, &d->head);
        if (d->x_table == tb && copy->cap == tb->cap && copy->is_str == tb->is_str) {
            memcpy(im_table_entries(copy), im_table_entries(tb), tb->x_fill * (tb->is_str ? sizeof(ImStrEntry) : sizeof(ImGenEntry)));
            copy->x_fill = tb->x_fill;
            fresh->gen = tb->gen + 1;
            im_store_release(&d->x_table, fresh);
            im_store_release(&d->x_len, 0);
            touch_keys(d);
            table_wipe(tb);
            im_object_unlock(t, &d->head);
            table_drop_all(t, copy, false);
            im_raw_free(copy);
            table_retire(t, tb);
            return;
        }
        im_object_unlock(t, &d->head);
    }
    if (fresh) im_raw_free(fresh);
    if (copy) im_raw_free(copy);
}

void im_dict_clear_slot(Thread *t, ImObject *o) { im_dict_clear(t, im_value(o)); }

size_t im_dict_bytes(ImDict *d)
{
    ImDictTable *tb = im_load_acquire(&d->x_table);
    return tb == EMPTY_TABLE ? 0 : table_bytes(tb);
}

Value im_dict_new(Thread *t)
{
    ImDict *d = (ImDict *)im_tracked_alloc(t, &im_dict_type.root, sizeof(ImDict));
    if (IM_UNLIKELY(!d)) return IM_NO_VALUE;
    d->x_len = 0;
    d->x_table = EMPTY_TABLE;
    d->x_version = d->x_uid = 0;
    im_track_new(t, &d->head);
    return im_value(d);
}

Value im_dict_new_sized(Thread *t, size_t n)
{
    Value v = im_dict_new(t);
    if (n <= slots_cap(IM_DICT_MIN_LOG2) || im_no_value(v)) return v; /* the first key makes the least table, of the kind that suits it */
    ImDictTable *tb = table_new(t, log2_for_entries(n), true, 1);
    if (!tb) {
        im_drop(t, v);
        return IM_NO_VALUE;
    }
    im_dictp(v)->x_table = tb;
    return v;
}

Value im_dict_type_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    if (type == &im_dict_type) return im_dict_new(t);
    ImDict *d = (ImDict *)im_instance_alloc(t, type, 0);
    if (d) d->x_table = EMPTY_TABLE;
    return im_value(d);
}

ssize_t im_dict_len(Value d) { return im_load_acquire(&im_dictp(d)->x_len); }

/* --- finding ---------------------------------------------------------------------------------------------------------------- */

/* Search in any table for any key. Python code may run: everything is looked at again after it. */
static IM_NOINLINE int find_general(Thread *t, ImDict *d, Value key, int64_t hash, ImDictFound *f)
{
    ImDictTable *tb;
restart:
    tb = im_load_acquire(&d->x_table);
    f->table = tb;
    f->gen = tb->gen;
    f->fill = im_load_acquire(&tb->x_fill);
    size_t mask = im_table_slots(tb) - 1, i = (size_t)hash & mask, perturb = (size_t)hash;
    for (;; perturb >>= 5, i = (i * 5 + perturb + 1) & mask) {
        ssize_t ix = im_index_get(tb, i);
        if (ix < 0) {
            if (ix == IM_IX_DUMMY) continue;
            if (im_load_acquire(&d->x_table) != tb) goto restart;
            f->ix = -1;
            return 0;
        }
        Value *slot = im_table_key(tb, (size_t)ix), k = {im_load_acquire(&slot->bits)};
        if (im_same(k, key)) {
            f->ix = ix;
            return 0;
        }
        if (k.bits == IM_DELETED.bits) {
            if (im_index_get(tb, i) != ix) goto restart; /* moved */
            continue;
        }
        if ((tb->is_str ? im_load_relaxed(&im_strp(k)->x_hash) : im_table_gen(tb, (size_t)ix)->hash) != hash) continue;
        int eq = im_key_equal_fast(k, key);
        if (eq < 0) {
            k = im_slot_get(t, &d->head, slot);
            if (k.bits == IM_DELETED.bits || im_no_value(k)) {
                if (im_index_get(tb, i) != ix) goto restart;
                continue;
            }
            uint32_t gen = tb->gen;
            eq = im_compare_bool(t, k, key, IM_EQ);
            Value seen = k;
            im_drop(t, k);
            if (eq < 0) return -1;
            if (im_load_acquire(&d->x_table) != tb || tb->gen != gen || im_load_acquire(&slot->bits) != seen.bits) goto restart;
        }
        if (eq) {
            f->ix = ix;
            return 0;
        }
    }
}

int im_key_equal_quietly(Value a, Value b, int depth)
{
    if (im_same(a, b)) return 1;
    int eq = im_key_equal_fast(a, b);
    if (eq >= 0 || depth == 0 || !im_is_tuple_exact(a) || !im_is_tuple_exact(b)) return eq;
    ssize_t n = im_tuple_len(a);
    if (n != im_tuple_len(b)) return 0;
    for (ssize_t i = 0; i < n; i++) {
        eq = im_key_equal_quietly(im_tuple_get(a, i), im_tuple_get(b, i), depth - 1);
        if (eq <= 0) return eq;
    }
    return 1;
}

/* The key, in a table of keys of all kinds, where that runs nothing: entry, -1 absent, -2 only the general search can tell (another key with that hash, and one of them
 * no small int; of a private dict: and not a str or a tuple of such). */
IM_INLINE ssize_t find_same(ImDictTable *tb, Value key, int64_t hash, bool is_int, bool private)
{
    size_t mask = im_table_slots(tb) - 1, i = (size_t)hash & mask, perturb = (size_t)hash;
    ImGenEntry *entries = im_table_entries(tb);
    for (;; perturb >>= 5, i = (i * 5 + perturb + 1) & mask) {
        ssize_t ix = im_index_get(tb, i);
        if (ix < 0) {
            if (ix == IM_IX_DUMMY) continue;
            return -1;
        }
        Value k = {im_load_acquire(&entries[ix].x_key.bits)};
        if (im_same(k, key)) return ix;
        if (k.bits == IM_DELETED.bits) {
            if (im_index_get(tb, i) != ix) return -2; /* moved */
        } else if (entries[ix].hash == hash && !(is_int && im_is_int(k))) {
            const int eq = private ? im_key_equal_quietly(k, key, IM_KEY_DEPTH) : -1;
            if (eq) return eq < 0 ? -2 : ix;
        }
    }
}

int im_dict_find(Thread *t, ImDict *d, Value key, int64_t hash, ImDictFound *f)
{
    ImDictTable *tb = im_load_acquire(&d->x_table);
    if (!tb->is_str) {
        f->table = tb;
        f->gen = tb->gen;
        f->fill = im_load_acquire(&tb->x_fill);
        f->ix = im_is_int(key) ? find_same(tb, key, hash, true, false) : find_same(tb, key, hash, false, im_is_private_obj(&d->head));
        if (f->ix >= 0 || (f->ix == -1 && im_load_acquire(&d->x_table) == tb)) return 0;
    } else if (IM_LIKELY(im_is_str_exact(key))) {
        for (; tb->is_str; tb = im_load_acquire(&d->x_table)) {
            f->table = tb;
            f->gen = tb->gen;
            f->fill = im_load_acquire(&tb->x_fill);
            f->ix = im_table_find_str(tb, key, hash);
            if (f->ix >= 0 || im_load_acquire(&d->x_table) == tb) return 0;
        }
    }
    return find_general(t, d, key, hash, f);
}

int im_dict_get_hash(Thread *t, Value self, Value key, int64_t hash, Value *out)
{
    ImDict *d = im_dictp(self);
    for (;;) {
        ImDictFound f;
        *out = IM_NO_VALUE;
        if (im_dict_find(t, d, key, hash, &f) < 0) return -1;
        if (f.ix < 0) return 0;
        *out = im_dict_load(t, d, im_table_value(f.table, (size_t)f.ix));
        if (IM_LIKELY(!im_no_value(*out))) return 1;
        /* Removed or moved just now: look again. */
    }
}

int im_dict_get(Thread *t, Value d, Value key, Value *out)
{
    int64_t hash = im_key_hash(t, key);
    if (IM_UNLIKELY(hash == -1)) {
        *out = IM_NO_VALUE;
        return -1;
    }
    return im_dict_get_hash(t, d, key, hash, out);
}

Value im_dict_get_str(Thread *t, Value d, Value key)
{
    Value out;
    return im_dict_get_hash(t, d, key, im_key_hash(t, key), &out) > 0 ? out : IM_NO_VALUE;
}

/* The value of the entry with this number, if that is the key's. */
IM_INLINE Value get_numbered(Thread *t, ImDict *d, Value key, size_t at)
{
    ImDictTable *tb = im_load_acquire(&d->x_table);
    if (IM_UNLIKELY(!tb->is_str || at >= im_load_acquire(&tb->x_fill) || im_load_acquire(&im_table_str(tb, at)->x_key.bits) != key.bits)) return IM_NO_VALUE;
    return im_dict_load(t, d, &im_table_str(tb, at)->x_value);
}

Value im_dict_get_str_near(Thread *t, Value d, Value key, size_t at)
{
    Value v = get_numbered(t, im_dictp(d), key, at);
    return IM_LIKELY(!im_no_value(v)) ? v : im_dict_get_str(t, d, key);
}

int im_dict_get_attr(Thread *t, Value self, Value key, uint32_t *at, Value *out)
{
    ImDict *d = im_dictp(self);
    if (at && !im_no_value(*out = get_numbered(t, d, key, *at))) return 1;
    *out = IM_NO_VALUE;
    const int64_t hash = im_key_hash(t, key);
    for (;;) {
        ImDictTable *tb = im_load_acquire(&d->x_table);
        if (!tb->is_str) return 2;
        ssize_t ix = im_table_find_str(tb, key, hash);
        if (ix < 0 && im_load_acquire(&d->x_table) == tb) return 0;
        if (ix < 0) continue;
        *out = im_dict_load(t, d, &im_table_str(tb, (size_t)ix)->x_value);
        if (at) *at = (uint32_t)ix;
        if (IM_LIKELY(!im_no_value(*out))) return 1;
        /* Removed or moved just now: look again. */
    }
}

Value im_dict_get_cstr(Thread *t, Value d, const char *key)
{
    Value known = im_str_interned_cstr(key), k = im_no_value(known) ? im_str_from_cstr(t, key) : known;
    if (im_no_value(k)) return k;
    Value v = im_dict_get_str(t, d, k);
    if (im_no_value(known)) im_drop(t, k);
    return v;
}

int im_dict_contains(Thread *t, Value d, Value key)
{
    int64_t hash = im_key_hash(t, key);
    ImDictFound f;
    if (IM_UNLIKELY(hash == -1) || im_dict_find(t, im_dictp(d), key, hash, &f) < 0) return -1;
    return f.ix >= 0;
}

/* --- inserting -------------------------------------------------------------------------------------------------------------- */

static unsigned grown_log2(ImDict *d) { return log2_for_slots((size_t)im_load_relaxed(&d->x_len) * 3); }

/* Private dict: makes room for one more key, which is a str or not; for `want` keys in all if it has to grow. */
static int make_room_for(Thread *t, ImDict *d, bool key_is_str, size_t want)
{
    ImDictTable *old = d->x_table;
    unsigned log2 = old->usable ? old->log2 : grown_log2(d);
    if (log2 < IM_DICT_MIN_LOG2) log2 = IM_DICT_MIN_LOG2;
    if (want && log2 < log2_for_entries(want)) log2 = log2_for_entries(want);
    ImDictTable *tb = table_new(t, log2, (old->is_str || d->x_len == 0) && key_is_str, old->gen + 1);
    if (!tb) return -1;
    table_move(tb, old);
    d->x_table = tb;
    table_free(old);
    return 0;
}

static int make_room(Thread *t, ImDict *d, bool key_is_str) { return make_room_for(t, d, key_is_str, 0); }

/* What an insertion does with a key that is there already. */
typedef enum Mode { REPLACE, KEEP, KEEP_GET } Mode;

/* True when what the search found still holds; caller holds the lock. */
static bool still_holds(ImDict *d, const ImDictFound *f)
{
    ImDictTable *tb = d->x_table;
    if (tb != f->table || tb->gen != f->gen) return false;
    return f->ix < 0 ? tb->x_fill == f->fill : im_table_key(tb, (size_t)f->ix)->bits != IM_DELETED.bits;
}

/* Stores v in an existing entry: what was there. */
IM_INLINE Value entry_exchange(Value *slot, Value v)
{
    Value old = *slot;
    if (IM_UNLIKELY(im_is_cell_word(old))) return (Value){im_xchg_acq_rel(&im_cell_of(old)->x_value.bits, v.bits)};
    im_store_release(&slot->bits, v.bits);
    return old;
}

/* key borrowed, v owned. 1 was there, 0 inserted. */
static IM_NOINLINE int insert_shared(Thread *t, ImDict *d, Value key, int64_t hash, Value v, Mode mode, Value *out)
{
    ImDictTable *fresh = NULL, *dead = NULL;
    Value old = IM_NO_VALUE;
    int r = -1;
    bool key_is_str = im_is_str_exact(key);
    im_publish(t, key);
    im_publish(t, v);
    for (;;) {
        ImDictFound f;
        if (im_dict_find(t, d, key, hash, &f) < 0) break;
        if (f.ix >= 0 && mode != REPLACE) {
            Value got = im_dict_load(t, d, im_table_value(f.table, (size_t)f.ix));
            if (im_no_value(got)) continue;
            if (mode == KEEP_GET) *out = got;
            else im_drop(t, got);
            old = v;
            r = 1;
            break;
        }
        im_object_lock(t, &d->head);
        if (!still_holds(d, &f)) {
            im_object_unlock(t, &d->head);
            continue;
        }
        ImDictTable *tb = f.table;
        if (f.ix >= 0) {
            old = entry_exchange(im_table_value(tb, (size_t)f.ix), v);
            im_object_unlock(t, &d->head);
            r = 1;
            break;
        }
        size_t len = (size_t)d->x_len;
        if (!tb->usable || (tb->is_str && !key_is_str)) {
            bool is_str = key_is_str && (tb->is_str || len == 0);
            if (!fresh || fresh->cap <= len || fresh->is_str != is_str) {
                unsigned log2 = tb->usable ? tb->log2 : grown_log2(d);
                im_object_unlock(t, &d->head);
                im_raw_free(fresh);
                if (!(fresh = table_new(t, log2 < IM_DICT_MIN_LOG2 ? IM_DICT_MIN_LOG2 : log2, is_str, 0))) break;
                continue;
            }
            fresh->gen = tb->gen + 1;
            table_move(fresh, tb);
            table_append(fresh, im_new_ref(key), hash, v);
            im_store_release(&d->x_table, fresh);
            if (tb != EMPTY_TABLE) table_wipe(tb);
            dead = tb;
            fresh = NULL;
        } else table_append(tb, im_new_ref(key), hash, v);
        im_store_release(&d->x_len, (ssize_t)len + 1);
        touch_keys(d);
        if (mode == KEEP_GET) *out = im_new_ref(v);
        im_object_unlock(t, &d->head);
        r = 0;
        break;
    }
    if (dead) table_retire(t, dead);
    im_raw_free(fresh);
    im_xdrop(t, r < 0 ? v : old);
    return r;
}

/* What needs no Python code and no new table, in one search; key borrowed, v owned where the result is not UNSURE. */
enum { UNSURE = -2 };
IM_INLINE int insert_quick(Thread *t, ImDict *d, Value key, int64_t hash, Value v)
{
    if (!im_is_private_obj(&d->head)) return UNSURE; /* first: only then the table is this thread's to look into */
    ImDictTable *tb = d->x_table;
    if (!tb->usable) return UNSURE;
    size_t mask = im_table_slots(tb) - 1, i = (size_t)hash & mask, perturb = (size_t)hash;
    ssize_t ix;
    if (tb->is_str) {
        if (!im_is_str_exact(key)) return UNSURE;
        ImStrEntry *entries = im_table_entries(tb);
        while ((ix = im_index_get(tb, i)) != IM_IX_EMPTY) {
            if (ix == IM_IX_DUMMY) return UNSURE;
            Value k = entries[ix].x_key;
            if (im_same(k, key) || (im_strp(k)->x_hash == hash && im_str_equal(k, key))) goto found;
            perturb >>= 5;
            i = (i * 5 + perturb + 1) & mask;
        }
        ix = (ssize_t)tb->x_fill;
        entries[ix] = (ImStrEntry){key, v};
        if (!is_uncounted(key)) im_take_obj(im_ptr(key));
    } else {
        if (!im_is_int(key)) return UNSURE;
        ImGenEntry *entries = im_table_entries(tb);
        while ((ix = im_index_get(tb, i)) != IM_IX_EMPTY) {
            if (ix == IM_IX_DUMMY) return UNSURE;
            Value k = entries[ix].x_key;
            if (im_same(k, key)) goto found;
            if (!im_is_int(k) && entries[ix].hash == hash) return UNSURE;
            perturb >>= 5;
            i = (i * 5 + perturb + 1) & mask;
        }
        ix = (ssize_t)tb->x_fill;
        entries[ix] = (ImGenEntry){hash, key, v};
    }
    tb->usable--;
    tb->tail = (size_t)ix + 1;
    im_store_release(&tb->x_fill, (size_t)ix + 1);
    im_index_set(tb, i, ix);
    d->x_len++;
    touch_keys(d);
    return 0;
found:
    im_xdrop(t, entry_exchange(im_table_value(tb, (size_t)ix), v));
    return 1;
}

ImDictTable *im_dict_model(Thread *t, const Value *names, size_t n)
{
    ImDictTable *tb = table_new(NULL, log2_for_entries(n + 1), true, 1);
    if (!tb) return NULL;
    for (size_t i = 0; i < n; i++) {
        IM_ASSERT(is_uncounted(names[i]));
        table_append(tb, names[i], im_key_hash(t, names[i]), IM_NO_VALUE);
    }
    return tb;
}
void im_dict_model_retire(Thread *t, ImDictTable *model) { im_raw_retire(t, model, table_bytes(model)); }

int im_dict_fill_model(Thread *t, Value self, const ImDictTable *model, const Value *values, size_t n_values, const Value *more)
{
    ImDict *d = im_dictp(self);
    const size_t n = model->x_fill, first = n_values < n ? n_values : n;
    IM_ASSERT(im_is_private_obj(&d->head) && d->x_table == EMPTY_TABLE);
    ImDictTable *tb = im_raw_alloc_fast(t, table_bytes(model));
    if (IM_UNLIKELY(!tb)) return -1;
    ImStrEntry *entries = im_table_str((ImDictTable *)(uintptr_t)model, 0), *to;
    const size_t head = (size_t)((const char *)entries - (const char *)model);
    memcpy(tb, model, head);
    to = (ImStrEntry *)((char *)tb + head);
    for (size_t i = 0; i < first; i++) to[i] = (ImStrEntry){entries[i].x_key, values[i]};
    for (size_t i = first; i < n; i++) to[i] = (ImStrEntry){entries[i].x_key, more[i - first]};
    d->x_table = tb;
    d->x_len = (ssize_t)n;
    return 0;
}

static IM_NOINLINE Value dict_of_any(Thread *t, const Value *keys, Value *values, size_t step, size_t n)
{
    Value d = im_dict_new_sized(t, n);
    for (size_t i = 0; i < n && !im_no_value(d); i++) {
        Value v = values[i * step];
        values[i * step] = IM_UNSET;
        if (im_dict_set_steal(t, d, keys[i * step], v) < 0) IM_CLEAR(t, d);
    }
    return d;
}
Value im_dict_of(Thread *t, const Value *keys, Value *values, size_t step, size_t n)
{
    enum { MANY = 64 };
    bool strs = n > 0 && n <= MANY;
    for (size_t i = 0; strs && i < n; i++) strs = im_is_str_exact(keys[i * step]);
    if (!strs) return dict_of_any(t, keys, values, step, n);
    Value self = im_dict_new(t);
    if (IM_UNLIKELY(im_no_value(self))) return self;
    ImDict *d = im_dictp(self);
    if (IM_UNLIKELY(!im_is_private_obj(&d->head))) { /* born so, in a stress mode */
        im_drop(t, self);
        return dict_of_any(t, keys, values, step, n);
    }
    ImDictTable *tb = table_new(t, log2_for_entries(n), true, 1);
    if (IM_UNLIKELY(!tb)) {
        im_drop(t, self);
        return IM_NO_VALUE;
    }
    int8_t *index = im_table_index(tb);
    ImStrEntry *entries = im_table_entries(tb);
    const size_t mask = im_table_slots(tb) - 1;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const Value key = keys[i * step], v = values[i * step];
        const int64_t hash = im_key_hash(t, key);
        values[i * step] = IM_UNSET;
        size_t at = (size_t)hash & mask;
        for (size_t perturb = (size_t)hash; index[at] != IM_IX_EMPTY;) {
            ImStrEntry *e = &entries[index[at]];
            if (im_same(e->x_key, key) || (im_strp(e->x_key)->x_hash == hash && im_str_equal(e->x_key, key))) {
                values[i * step] = e->x_value; /* goes when the dict is whole: a finalizer may collect */
                e->x_value = v;
                goto next;
            }
            perturb >>= 5;
            at = (at * 5 + perturb + 1) & mask;
        }
        if (!is_uncounted(key)) im_take_obj(im_ptr(key));
        index[at] = (int8_t)used;
        entries[used++] = (ImStrEntry){key, v};
    next:;
    }
    tb->usable -= used;
    tb->x_fill = tb->tail = used;
    d->x_table = tb;
    d->x_len = (ssize_t)used;
    for (size_t i = n; used < n && i-- > 0;) { /* the last first, as the stack of CPython gives them up */
        Value replaced = values[i * step];
        values[i * step] = IM_UNSET;
        im_drop(t, replaced);
    }
    return self;
}

/* As insert_shared, for any dict. */
static IM_NOINLINE int insert_slow(Thread *t, ImDict *d, Value key, int64_t hash, Value v, Mode mode, Value *out);
/* The first key of a private dict: there is nothing to search. */
static IM_NOINLINE int insert_first(Thread *t, ImDict *d, Value key, int64_t hash, Value v, Mode mode, Value *out)
{
    ImDictTable *tb = table_new_least(t, !im_is_int(key), 1);
    if (IM_UNLIKELY(!tb)) {
        im_drop(t, v);
        return -1;
    }
    d->x_table = tb;
    if (mode == KEEP_GET) *out = im_new_ref(v);
    if (!is_uncounted(key)) im_take(key);
    table_append(tb, key, hash, v);
    d->x_len++;
    touch_keys(d);
    return 0;
}
IM_INLINE int insert(Thread *t, ImDict *d, Value key, int64_t hash, Value v, Mode mode, Value *out)
{
    if (mode == REPLACE) {
        int quick = insert_quick(t, d, key, hash, v);
        if (IM_LIKELY(quick != UNSURE)) return quick;
    }
    if (im_load_relaxed(&d->x_table) == EMPTY_TABLE && im_is_private_obj(&d->head) && (im_is_str_exact(key) || im_is_int(key))) return insert_first(t, d, key, hash, v, mode, out);
    return insert_slow(t, d, key, hash, v, mode, out);
}
static IM_NOINLINE int insert_slow(Thread *t, ImDict *d, Value key, int64_t hash, Value v, Mode mode, Value *out)
{
    if (IM_UNLIKELY(!im_is_private_obj(&d->head))) return insert_shared(t, d, key, hash, v, mode, out);
    ImDictFound f;
    do {
        if (IM_UNLIKELY(im_dict_find(t, d, key, hash, &f) < 0)) {
            im_drop(t, v);
            return -1;
        }
        /* Python code has run, perhaps, and may have shown the dict to others; or, with the GIL, another thread has inserted this key where the search had been. */
        if (IM_UNLIKELY(!im_is_private_obj(&d->head))) return insert_shared(t, d, key, hash, v, mode, out);
    } while (IM_UNLIKELY(f.ix < 0 && f.table->x_fill != f.fill));
    ImDictTable *tb = f.table;
    if (f.ix >= 0) {
        Value *slot = im_table_value(tb, (size_t)f.ix);
        if (mode != REPLACE) {
            if (mode == KEEP_GET) *out = im_dict_load(t, d, slot);
            im_drop(t, v);
            return 1;
        }
        im_xdrop(t, entry_exchange(slot, v));
        return 1;
    }
    bool key_is_str = im_is_str_exact(key);
    if (IM_UNLIKELY(!tb->usable || (tb->is_str && !key_is_str))) {
        if (make_room(t, d, key_is_str) < 0) {
            im_drop(t, v);
            return -1;
        }
        tb = d->x_table;
    }
    if (mode == KEEP_GET) *out = im_new_ref(v);
    if (!is_uncounted(key)) im_take(key);
    table_append(tb, key, hash, v);
    d->x_len++;
    touch_keys(d);
    return 0;
}

bool im_dict_count_str(Thread *t, Value self, Value key)
{
    ImDict *d = im_dictp(self);
    if (!im_is_str_exact(key) || !im_is_private_obj(&d->head)) return false; /* only then the table is this thread's to look into */
    ImDictTable *tb = d->x_table;
    if (!tb->is_str || tb == EMPTY_TABLE) return false;
    const int64_t hash = im_key_hash(t, key);
    const ssize_t ix = im_table_find_str(tb, key, hash);
    if (ix >= 0) {
        Value *slot = &im_table_str(tb, (size_t)ix)->x_value;
        if (!im_is_int(*slot) || im_int_get(*slot) >= IM_INT_MAX) return false;
        im_store_relaxed(&slot->bits, im_int(im_int_get(*slot) + 1).bits);
        return true;
    }
    if (!tb->usable) return false;
    if (!is_uncounted(key)) im_take(key);
    table_append(tb, key, hash, im_int(1));
    d->x_len++;
    touch_keys(d);
    return true;
}
int im_dict_set_steal(Thread *t, Value d, Value key, Value v)
{
    int64_t hash = im_key_hash(t, key);
    if (IM_UNLIKELY(hash == -1)) {
        im_drop(t, v);
        return -1;
    }
    return insert(t, im_dictp(d), key, hash, v, REPLACE, NULL) < 0 ? -1 : 0;
}
int im_dict_set(Thread *t, Value d, Value key, Value v) { return im_dict_set_steal(t, d, key, im_new_ref(v)); }

int im_dict_set_hash(Thread *t, Value d, Value key, int64_t hash, Value v)
{
    return insert(t, im_dictp(d), key, hash, im_new_ref(v), REPLACE, NULL) < 0 ? -1 : 0;
}

int im_dict_set_cstr(Thread *t, Value d, const char *key, Value v)
{
    if (im_no_value(v)) return -1;
    Value k = im_str_intern_cstr(t, key);
    if (im_no_value(k)) return -1;
    int r = im_dict_set(t, d, k, v);
    im_drop(t, k);
    return r;
}

int im_dict_setdefault(Thread *t, Value d, Value key, Value dflt, Value *out)
{
    *out = IM_NO_VALUE;
    int64_t hash = im_key_hash(t, key);
    if (IM_UNLIKELY(hash == -1)) return -1;
    return insert(t, im_dictp(d), key, hash, im_new_ref(dflt), KEEP_GET, out);
}

/* --- removing --------------------------------------------------------------------------------------------------------------- */

/* Takes entry ix out of the table; caller owns the dict or holds its lock, and drops what comes out. The cell, if there was one, is for put_away. */
static IM_MUST_USE ImGlobalCell *take_out(ImDict *d, ImDictTable *tb, size_t ix, int64_t hash, Value *key, Value *value)
{
    Value *kslot = im_table_key(tb, ix), *vslot = im_table_value(tb, ix);
    Value v = *vslot;
    ImGlobalCell *cell = im_is_cell_word(v) ? im_cell_of(v) : NULL;
    *key = *kslot;
    if (cell) v = (Value){im_xchg_acq_rel(&cell->x_value.bits, 0)};
    *value = v;
    im_index_set(tb, im_table_slot_of(tb, hash, (ssize_t)ix), IM_IX_DUMMY);
    im_store_release(&kslot->bits, IM_DELETED.bits);
    im_store_release(&vslot->bits, 0);
    if (ix == tb->x_head) head_gone(tb);
    if (ix + 1 == tb->tail) tb->tail = ix;
    im_store_release(&d->x_len, d->x_len - 1);
    touch_keys(d);
    return cell;
}
/* After the lock. */
IM_INLINE void put_away(ImGlobalCell *cell)
{
    if (IM_UNLIKELY(cell != NULL)) im_cell_keep(cell);
}

/* Removes a key: 1, 0, -1. */
static int remove_key(Thread *t, ImDict *d, Value key, int64_t hash, Value *out)
{
    Value k, v;
    ImGlobalCell *cell = NULL;
    for (;;) {
        ImDictFound f;
        if (im_dict_find(t, d, key, hash, &f) < 0) return -1;
        if (f.ix < 0) return 0;
        if (im_is_private_obj(&d->head)) {
            cell = take_out(d, f.table, (size_t)f.ix, hash, &k, &v);
            break;
        }
        im_object_lock(t, &d->head);
        bool ok = still_holds(d, &f);
        if (ok) cell = take_out(d, f.table, (size_t)f.ix, hash, &k, &v);
        im_object_unlock(t, &d->head);
        if (ok) break;
    }
    put_away(cell);
    *out = v;
    im_drop(t, k);
    return 1;
}

int im_dict_pop(Thread *t, Value d, Value key, Value *out)
{
    *out = IM_NO_VALUE;
    int64_t hash = im_key_hash(t, key);
    if (hash == -1) return -1;
    return remove_key(t, im_dictp(d), key, hash, out);
}

int im_dict_pop_hash(Thread *t, Value d, Value key, int64_t hash, Value *out)
{
    *out = IM_NO_VALUE;
    return remove_key(t, im_dictp(d), key, hash, out);
}

int im_dict_del(Thread *t, Value d, Value key)
{
    Value old;
    int r = im_dict_pop(t, d, key, &old);
    im_xdrop(t, old);
    return r;
}

int im_dict_pop_last(Thread *t, ImDict *d, Value *key, Value *value)
{
    (void)t;
    bool shared = !im_is_private_obj(&d->head);
    if (shared) im_object_lock(t, &d->head);
    ImDictTable *tb = d->x_table;
    ImGlobalCell *cell = NULL;
    bool any = d->x_len > 0;
    if (any) {
        size_t ix = tb->tail - 1;
        while (im_table_key(tb, ix)->bits == IM_DELETED.bits) ix--;
        tb->tail = ix + 1;
        cell = take_out(d, tb, ix, im_table_hash(tb, ix), key, value);
        if (!shared) { /* entries of shared tables are used once only (T2) */
            tb->x_fill = tb->tail;
            if (tb->x_head > tb->tail) tb->x_head = tb->tail;
        }
    }
    if (shared) im_object_unlock(t, &d->head);
    put_away(cell);
    return any;
}

int im_dict_pop_first(Thread *t, ImDict *d, Value *key, Value *value)
{
    bool shared = !im_is_private_obj(&d->head);
    if (shared) im_object_lock(t, &d->head);
    ImDictTable *tb = d->x_table;
    ImGlobalCell *cell = NULL;
    bool any = d->x_len > 0;
    if (any) {
        size_t ix = tb->x_head;
        while (im_table_key(tb, ix)->bits == IM_DELETED.bits) ix++;
        cell = take_out(d, tb, ix, im_table_hash(tb, ix), key, value);
    }
    if (shared) im_object_unlock(t, &d->head);
    put_away(cell);
    return any;
}

/* Moves to the front go into a gap before the first entry; a table that has none is replaced by one with a gap as long as the dict. */
static unsigned log2_with_gap(size_t n) { return log2_for_entries(n + n + 8 + n / 2); }
/* The live entries of `from` into the empty table `wide`, behind a gap: where entry ix is now. */
static size_t table_move_behind_gap(ImDictTable *wide, ImDictTable *from, size_t gap, size_t ix)
{
    size_t at = 0;
    for (size_t i = 0; i < gap; i++) {
        if (wide->is_str) *im_table_str(wide, i) = (ImStrEntry){IM_DELETED, IM_NO_VALUE};
        else *im_table_gen(wide, i) = (ImGenEntry){0, IM_DELETED, IM_NO_VALUE};
    }
    wide->x_fill = wide->x_head = wide->tail = wide->gap = gap;
    wide->usable -= gap;
    for (size_t i = 0; i < from->x_fill; i++) {
        Value k = *im_table_key(from, i);
        if (k.bits == IM_DELETED.bits) continue;
        if (i == ix) at = wide->x_fill;
        table_append(wide, k, im_table_hash(from, i), *im_table_value(from, i));
    }
    return at;
}
/* Shared dict: a key to the end or the front, in one step for everybody. 1, 0 absent, -1. */
static int move_shared(Thread *t, ImDict *d, Value key, int64_t hash, bool last)
{
    ImDictTable *fresh = NULL, *dead = NULL;
    int r = -1;
    for (;;) {
        ImDictFound f;
        if (im_dict_find(t, d, key, hash, &f) < 0) break;
        if (f.ix < 0) {
            r = 0;
            break;
        }
        im_object_lock(t, &d->head);
        if (!still_holds(d, &f)) {
            im_object_unlock(t, &d->head);
            continue;
        }
        ImDictTable *tb = f.table;
        size_t ix = (size_t)f.ix, n = (size_t)d->x_len;
        if (ix + 1 == (last ? tb->tail : tb->x_head + 1)) { /* it stands there */
            im_object_unlock(t, &d->head);
            r = 1;
            break;
        }
        if (last && tb->usable) { /* a second entry, then the first goes, so that readers find one of them */
            size_t at = im_table_slot_of(tb, hash, f.ix);
            table_append_at(tb, im_table_empty_slot(tb, hash), *im_table_key(tb, ix), hash, *im_table_value(tb, ix));
            im_index_set(tb, at, IM_IX_DUMMY);
            im_store_release(&im_table_key(tb, ix)->bits, IM_DELETED.bits);
            im_store_release(&im_table_value(tb, ix)->bits, 0);
            if (ix == tb->x_head) head_gone(tb);
            im_object_unlock(t, &d->head);
            r = 1;
            break;
        }
        if (last || !tb->gap) {
            if (!fresh || fresh->cap < 2 * n + 8 || fresh->is_str != tb->is_str) {
                bool is_str = tb->is_str;
                im_object_unlock(t, &d->head);
                im_raw_free(fresh);
                if (!(fresh = table_new(t, log2_with_gap(n), is_str, 0))) break;
                continue;
            }
            fresh->gen = tb->gen + 1;
            if (last) {
                for (size_t i = 0; i < tb->x_fill; i++) {
                    Value k = *im_table_key(tb, i);
                    if (k.bits != IM_DELETED.bits && i != ix) table_append(fresh, k, im_table_hash(tb, i), *im_table_value(tb, i));
                }
                table_append(fresh, *im_table_key(tb, ix), hash, *im_table_value(tb, ix));
            } else ix = table_move_behind_gap(fresh, tb, n + 8, ix);
            im_store_release(&d->x_table, fresh);
            table_wipe(tb);
            dead = tb;
            tb = fresh;
            fresh = NULL;
            if (last) {
                im_object_unlock(t, &d->head);
                r = 1;
                break;
            }
        }
        /* The entry is complete before its index leads to it; who came by the old one finds it removed and looks again. */
        size_t slot = im_table_slot_of(tb, hash, (ssize_t)ix), first = tb->gap - 1;
        Value k = *im_table_key(tb, ix), v = *im_table_value(tb, ix);
        if (tb->is_str) im_store_release(&im_table_str(tb, first)->x_value.bits, v.bits), im_store_release(&im_table_str(tb, first)->x_key.bits, k.bits);
        else {
            ImGenEntry *e = im_table_gen(tb, first);
            e->hash = hash;
            im_store_release(&e->x_value.bits, v.bits);
            im_store_release(&e->x_key.bits, k.bits);
        }
        im_index_set(tb, slot, (ssize_t)first);
        im_store_release(&im_table_key(tb, ix)->bits, IM_DELETED.bits);
        im_store_release(&im_table_value(tb, ix)->bits, 0);
        tb->gap = first;
        im_store_relaxed(&tb->x_head, first);
        if (ix + 1 == tb->tail) tb->tail = ix;
        im_object_unlock(t, &d->head);
        r = 1;
        break;
    }
    if (dead) table_retire(t, dead);
    im_raw_free(fresh);
    return r;
}

/* Private dict, entry ix: to the end of the table, which has room, or by a new table to the front. */
static int move_private(Thread *t, ImDict *d, ImDictTable *tb, size_t ix, int64_t hash, bool last)
{
    if (ix == (last ? tb->tail - 1 : tb->x_head)) return 0;
    if (last && tb->usable) {
        Value key = *im_table_key(tb, ix), v = *im_table_value(tb, ix);
        im_index_set(tb, im_table_slot_of(tb, hash, (ssize_t)ix), IM_IX_DUMMY);
        *im_table_key(tb, ix) = IM_DELETED;
        *im_table_value(tb, ix) = IM_NO_VALUE;
        if (ix == tb->x_head) head_gone(tb);
        table_append(tb, key, hash, v);
        return 0;
    }
    if (!last) { /* into the gap before the first entry; where there is none, a table with one as long as the dict */
        if (tb->x_head == 0) {
            size_t n = (size_t)d->x_len;
            ImDictTable *wide = table_new(t, log2_with_gap(n), tb->is_str, tb->gen + 1);
            if (!wide) return -1;
            size_t at = table_move_behind_gap(wide, tb, n + 8, ix);
            d->x_table = wide;
            table_free(tb);
            tb = wide;
            ix = at;
            if (ix == tb->x_head) return 0;
        }
        size_t slot = im_table_slot_of(tb, hash, (ssize_t)ix), first = tb->x_head - 1;
        Value key = *im_table_key(tb, ix), v = *im_table_value(tb, ix);
        if (tb->is_str) *im_table_str(tb, first) = (ImStrEntry){key, v};
        else *im_table_gen(tb, first) = (ImGenEntry){hash, key, v};
        im_index_set(tb, slot, (ssize_t)first);
        *im_table_key(tb, ix) = IM_DELETED;
        *im_table_value(tb, ix) = IM_NO_VALUE;
        im_store_relaxed(&tb->x_head, first);
        if (tb->gap > first) tb->gap = first;
        if (ix + 1 == tb->tail) tb->tail = ix;
        return 0;
    }
    ImDictTable *fresh = table_new(t, log2_for_slots((size_t)d->x_len * 3), tb->is_str, tb->gen + 1), *rest = tb;
    if (!fresh) return -1;
    Value key = *im_table_key(tb, ix), v = *im_table_value(tb, ix);
    *im_table_key(tb, ix) = IM_DELETED;
    for (size_t i = rest->x_head; i < rest->x_fill; i++) {
        Value k = *im_table_key(rest, i);
        if (k.bits != IM_DELETED.bits) table_append(fresh, k, im_table_hash(rest, i), *im_table_value(rest, i));
    }
    table_append(fresh, key, hash, v);
    d->x_table = fresh;
    table_free(tb);
    return 0;
}

int im_dict_move(Thread *t, Value self, Value key, int64_t hash, bool last)
{
    ImDict *d = im_dictp(self);
    if (im_is_private_obj(&d->head)) {
        ImDictFound f;
        if (im_dict_find(t, d, key, hash, &f) < 0) return -1;
        if (f.ix < 0) return 0;
        if (im_is_private_obj(&d->head)) return move_private(t, d, f.table, (size_t)f.ix, hash, last) < 0 ? -1 : 1;
    }
    return move_shared(t, d, key, hash, last);
}

int im_dict_get_recent(Thread *t, Value self, Value key, int64_t hash, Value *out)
{
    ImDict *d = im_dictp(self);
    if (im_is_private_obj(&d->head)) {
        ImDictFound f;
        *out = IM_NO_VALUE;
        if (im_dict_find(t, d, key, hash, &f) < 0) return -1;
        if (im_is_private_obj(&d->head)) { /* the comparison may have shared it */
            if (f.ix < 0) return 0;
            *out = im_dict_load(t, d, im_table_value(f.table, (size_t)f.ix));
            if (move_private(t, d, f.table, (size_t)f.ix, hash, true) == 0) return 1;
            IM_CLEAR(t, *out);
            return -1;
        }
    }
    int rc = im_dict_get_hash(t, self, key, hash, out);
    if (rc > 0 && im_dict_move(t, self, key, hash, true) < 0) {
        IM_CLEAR(t, *out);
        return -1;
    }
    return rc;
}

/* --- copying, walking --------------------------------------------------------------------------------------------------------- */

/* Without a call for what is uncounted: names mostly are. */
IM_INLINE void take_quick(Value v)
{
    if (!im_is_object(v)) return;
    ImObject *o = im_ptr(v);
    const uint32_t w = im_load_relaxed(&o->x_count);
    if (IM_LIKELY((int32_t)w > 0 && w < 0x7FFFFFFFu)) im_store_relaxed(&o->x_count, w + 1);
    else if (w != IM_COUNT_UNC) im_take(v);
}
/* What stands in the value slot of an entry, by whoever has the dict or its lock: owned. Cells are written without the lock, but not emptied. */
IM_INLINE Value take_value(Thread *t, Value v)
{
    if (IM_UNLIKELY(im_is_cell_word(v))) return im_slot_get(t, NULL, &im_cell_of(v)->x_value);
    take_quick(v);
    return v;
}
/* Takes a reference to each key and value of a fresh table that was filled by table_move. Cells become their values. */
static void table_take_all(Thread *t, ImDictTable *tb)
{
    if (!tb->is_str) {
        ImGenEntry *e = im_table_entries(tb), *end = e + tb->x_fill;
        for (; e < end; e++) {
            take_quick(e->x_key);
            e->x_value = take_value(t, e->x_value);
        }
        return;
    }
    ImStrEntry *e = im_table_entries(tb), *end = e + tb->x_fill;
    for (; e < end; e++) {
        take_quick(e->x_key);
        e->x_value = take_value(t, e->x_value);
    }
}

/* Fresh private table with d's entries and one reference each. `live` = their number. Null: MemoryError (*failed), or empty dict (*live 0). */
static ImDictTable *table_copy(Thread *t, ImDict *d, size_t *live, bool *failed)
{
    *failed = false;
    for (;;) {
        size_t n = (size_t)im_load_acquire(&d->x_len);
        ImDictTable *from = im_load_acquire(&d->x_table);
        *live = n;
        if (n == 0) return NULL;
        bool is_str = from->is_str;
        unsigned log2 = log2_for_entries(n);
        if (im_load_acquire(&from->x_fill) == n && from->log2 < log2 + 2 && from->log2 >= log2) log2 = from->log2;
        ImDictTable *to = table_new(t, log2, is_str, 1);
        if (!to) {
            *failed = true;
            return NULL;
        }
        bool shared = !im_is_private_obj(&d->head);
        if (shared) {
            im_object_lock(t, &d->head);
            from = d->x_table;
            n = (size_t)d->x_len;
            if (n > to->cap || from->is_str != is_str) {
                im_object_unlock(t, &d->head);
                im_raw_free(to);
                continue;
            }
            *live = n;
        }
        if (from->x_fill == n && from->log2 == log2) { /* nothing removed: the index can be copied as it is */
            size_t bytes = table_bytes(from) - sizeof(ImDictTable) - (from->cap - n) * (is_str ? sizeof(ImStrEntry) : sizeof(ImGenEntry));
            memcpy(to + 1, from + 1, bytes);
            to->x_fill = to->tail = n;
            to->usable = to->cap - n;
            if (from->usable < to->usable) /* dummies may be left of entries that popitem took */
                to->usable = from->usable;
        } else table_move(to, from);
        table_take_all(t, to);
        if (shared) im_object_unlock(t, &d->head);
        return to;
    }
}

Value im_dict_copy(Thread *t, Value self)
{
    Value r = im_dict_new(t);
    if (im_no_value(r)) return r;
    if (IM_UNLIKELY(IM_SLOT(im_type_of(self), iter) != im_dict_type.slots.iter)) { /* a class that iterates in its own way is copied that way */
        if (im_dict_merge(t, r, self, 1) < 0) IM_CLEAR(t, r);
        return r;
    }
    ImDict *d = im_dictp(self), *n = im_dictp(r);
    size_t live;
    bool failed;
    ImDictTable *tb = table_copy(t, d, &live, &failed);
    if (tb) {
        n->x_table = tb;
        n->x_len = (ssize_t)live;
    } else if (failed) IM_CLEAR(t, r);
    return r;
}

int im_dict_walk(Thread *t, ImDict *d, size_t *pos, Value *key, Value *value, int64_t *hash)
{
again:;
    ImDictTable *tb = im_load_acquire(&d->x_table);
    size_t i = *pos;
    size_t head = im_load_relaxed(&tb->x_head);
    if (i < head) i = head;
    for (; i < im_load_acquire(&tb->x_fill); i++) {
        Value k = im_slot_get(t, &d->head, im_table_key(tb, i));
        if (k.bits == IM_DELETED.bits) {
            if (im_load_acquire(&d->x_table) != tb) goto again;
            continue;
        }
        if (value) {
            Value v = im_dict_load(t, d, im_table_value(tb, i));
            if (im_no_value(v)) {
                im_drop(t, k);
                if (im_load_acquire(&d->x_table) != tb) goto again;
                continue;
            }
            *value = v;
        }
        if (hash) *hash = tb->is_str ? im_strp(k)->x_hash : im_table_gen(tb, i)->hash;
        if (key) *key = k;
        else im_drop(t, k);
        *pos = i + 1;
        return 1;
    }
    if (im_load_acquire(&d->x_table) != tb) goto again;
    *pos = i;
    return 0;
}

int im_dict_walk_back(Thread *t, ImDict *d, ssize_t *pos, Value *key, Value *value)
{
again:;
    ImDictTable *tb = im_load_acquire(&d->x_table);
    ssize_t fill = (ssize_t)im_load_acquire(&tb->x_fill), i = *pos < fill ? *pos : fill - 1;
    for (; i >= 0; i--) {
        Value k = im_slot_get(t, &d->head, im_table_key(tb, (size_t)i));
        if (k.bits == IM_DELETED.bits) {
            if (im_load_acquire(&d->x_table) != tb) goto again;
            continue;
        }
        if (value) {
            Value v = im_dict_load(t, d, im_table_value(tb, (size_t)i));
            if (im_no_value(v)) {
                im_drop(t, k);
                if (im_load_acquire(&d->x_table) != tb) goto again;
                continue;
            }
            *value = v;
        }
        if (key) *key = k;
        else im_drop(t, k);
        *pos = i - 1;
        return 1;
    }
    *pos = -1;
    return 0;
}

int im_dict_next(Thread *t, Value d, size_t *pos, Value *key, Value *value)
{
    return im_dict_walk(t, im_dictp(d), pos, key, value, NULL);
}

enum { KEYS, VALUES, ITEMS };
/* The keys, the values or both of a shared dict at one moment, all in one list. */
static Value one_moment(Thread *t, Value d, int what)
{
    ImDict *dict = im_dictp(d);
    for (;;) {
        size_t cap = (size_t)im_dict_len(d), n = 0;
        Value r = im_list_new(t, what == ITEMS ? cap * 2 : cap);
        if (im_no_value(r) || cap == 0) return r;
        Value *to = im_listp(r)->x_items->x_items;
        im_object_lock(t, &dict->head);
        ImDictTable *tb = dict->x_table;
        bool fits = (size_t)dict->x_len <= cap;
        for (size_t i = tb->x_head; fits && i < tb->x_fill; i++) {
            Value k = *im_table_key(tb, i);
            if (k.bits == IM_DELETED.bits) continue;
            if (what != VALUES) to[n++] = im_new_ref(k);
            if (what != KEYS) to[n++] = take_value(t, *im_table_value(tb, i));
        }
        im_object_unlock(t, &dict->head);
        im_listp(r)->x_len = (ssize_t)n;
        if (fits) return r;
        im_drop(t, r);
    }
}
/* [k, v, k, v, …] made [(k, v), …]. */
static Value to_pairs(Thread *t, Value flat)
{
    size_t n = (size_t)im_list_len(flat) / 2;
    Value r = im_list_new(t, n);
    for (size_t i = 0; i < n && !im_no_value(r); i++) {
        Value *from = im_listp(flat)->x_items->x_items + 2 * i, pair = im_tuple_from_array(t, from, 2);
        if (im_no_value(pair) || im_list_append_steal(t, r, pair) < 0) IM_CLEAR(t, r);
    }
    im_drop(t, flat);
    return r;
}
static Value to_list(Thread *t, Value d, int what)
{
    if (!im_is_private(d)) {
        Value flat = one_moment(t, d, what);
        return im_no_value(flat) || what != ITEMS ? flat : to_pairs(t, flat);
    }
    Value r = im_list_new(t, (size_t)im_dict_len(d));
    if (im_no_value(r)) return r;
    size_t pos = 0;
    Value k = IM_NO_VALUE, v = IM_NO_VALUE;
    if (im_is_private(d) && im_dict_len(d) > 0) { /* nothing below changes the dict, the making of tuples aside: a collection may run then */
        ImDictTable *tb = im_dictp(d)->x_table;
        ImList *l = im_listp(r);
        for (; pos < tb->x_fill && (size_t)l->x_len < l->x_items->cap; pos++) {
            k = *im_table_key(tb, pos);
            if (k.bits == IM_DELETED.bits) continue;
            v = what == KEYS ? IM_NONE : *im_table_value(tb, pos);
            if (IM_UNLIKELY(im_is_cell_word(v))) v = im_cell_of(v)->x_value;
            if (IM_UNLIKELY(im_no_value(v))) continue;
            Value x = what == KEYS ? k : v;
            if (what == ITEMS) {
                Value pair[2] = {k, v};
                x = im_tuple_from_array(t, pair, 2);
                if (im_no_value(x)) {
                    im_drop(t, r);
                    return x;
                }
                l->x_items->x_items[l->x_len++] = x;
                if (IM_UNLIKELY(im_dictp(d)->x_table != tb || !im_is_private(d) || !im_is_private(r))) { pos++; break; }
                continue;
            }
            im_take(x);
            l->x_items->x_items[l->x_len++] = x;
        }
    }
    while (im_dict_walk(t, im_dictp(d), &pos, what == VALUES ? NULL : &k, what == KEYS ? NULL : &v, NULL)) {
        Value x = what == KEYS ? k : v;
        if (what == ITEMS) {
            Value pair[2] = {k, v};
            x = im_tuple_steal_array(t, pair, 2);
        }
        if (im_no_value(x) || im_list_append_steal(t, r, x) < 0) {
            im_drop(t, r);
            return IM_NO_VALUE;
        }
    }
    return r;
}
Value im_dict_shared_keys(Thread *t, Value d) { return im_is_shared(d) ? to_list(t, d, KEYS) : IM_NO_VALUE; }
Value im_dict_keys_list(Thread *t, Value d) { return to_list(t, d, KEYS); }
Value im_dict_values_list(Thread *t, Value d) { return to_list(t, d, VALUES); }
Value im_dict_items_list(Thread *t, Value d) { return to_list(t, d, ITEMS); }

/* --- merging ---------------------------------------------------------------------------------------------------------------- */

static int merge_dict(Thread *t, Value d, Value other, int override)
{
    ImDict *a = im_dictp(d), *b = im_dictp(other);
    if (a == b || im_dict_len(other) == 0) return 0;
    if (override != 0 && im_is_private_obj(&a->head) && a->x_table == EMPTY_TABLE && im_is_dict_exact(other)) {
        size_t live;
        bool failed;
        ImDictTable *tb = table_copy(t, b, &live, &failed);
        if (failed) return -1;
        if (!tb) return 0;
        a->x_table = tb;
        a->x_len = (ssize_t)live;
        touch_keys(a);
        return 0;
    }
    /* Another thread's changes to `other` do not disturb a copy of it. */
    Value copy = IM_NO_VALUE;
    if (!im_is_private_obj(&b->head)) {
        if (im_no_value(copy = im_dict_copy(t, other))) return -1;
        b = im_dictp(copy);
    }
    ImDictTable *seen = b->x_table;
    size_t pos = 0, len = (size_t)b->x_len;
    Value key, value;
    int64_t hash;
    int r = 0;
    while (im_is_private_obj(&b->head) && override == 1 && b->x_table == seen && (size_t)b->x_len == len && pos < seen->x_fill) {
        Value v = *im_table_value(seen, pos), k = *im_table_key(seen, pos);
        if (k.bits == IM_DELETED.bits) { pos++; continue; }
        if (im_is_cell_word(v)) break;
        im_take(v);
        if (insert_quick(t, a, k, im_table_hash(seen, pos), v) == UNSURE) {
            im_drop(t, v);
            if (!im_is_private_obj(&a->head) || (a->x_table->usable && (!a->x_table->is_str || im_is_str_exact(k)))) break;
            size_t want = (size_t)a->x_len + len; /* what is left may all be new: room for it at once, as CPython has it */
            if ((a->x_table != EMPTY_TABLE && a->x_len == 0) || want > 1 << 20) break;
            if (make_room_for(t, a, im_is_str_exact(k), want) < 0) return -1;
            if (!a->x_table->usable) break;
            continue;
        }
        pos++;
        if ((pos & 0xFFFF) == 0xFFFF) break;
    }
    while (r == 0 && im_dict_walk(t, b, &pos, &key, &value, &hash)) {
        int e = insert(t, a, key, hash, value, override == 1 ? REPLACE : KEEP, NULL);
        if (e < 0) r = -1;
        else if (e == 1 && override == 2) {
            (void)im_raise_key(t, key);
            r = -1;
        } else if (im_no_value(copy) && (b->x_table != seen || (size_t)b->x_len != len)) {
            (void)im_raise_runtime(t, "dict mutated during update");
            r = -1;
        }
        im_drop(t, key);
        if (r == 0 && IM_POLL_EVERY(t, pos) < 0) r = -1;
    }
    im_xdrop(t, copy);
    return r;
}

static int merge_mapping(Thread *t, Value d, Value other, int override)
{
    const ImUnary as_dict = IM_SLOT(im_type_of(other), as_dict);
    if (as_dict) {
        Value all = as_dict(t, other);
        int e = im_no_value(all) ? -1 : merge_dict(t, d, all, override);
        im_xdrop(t, all);
        return e;
    }
    Value keys = im_call_method0(t, other, IM_S(keys));
    if (im_no_value(keys)) return -1;
    Value it = im_iter(t, keys);
    im_drop(t, keys);
    if (im_no_value(it)) return -1;
    int r = -1;
    for (;;) {
        Value key = im_next(t, it);
        if (im_is_stop(key)) { r = 0; break; }
        if (im_no_value(key)) break;
        if (override != 1) {
            int there = im_dict_contains(t, d, key);
            if (there > 0 && override == 2) (void)im_raise_key(t, key);
            if (there != 0) {
                im_drop(t, key);
                if (there < 0 || override == 2) break;
                continue;
            }
        }
        Value v = im_getitem(t, other, key);
        int e = im_no_value(v) ? -1 : im_dict_set_steal(t, d, key, v);
        im_drop(t, key);
        if (e < 0) break;
    }
    im_drop(t, it);
    return r;
}

int im_dict_merge(Thread *t, Value d, Value other, int override)
{
    if (im_is_dict(other) && IM_SLOT(im_type_of(other), iter) == im_dict_type.slots.iter) return merge_dict(t, d, other, override);
    return merge_mapping(t, d, other, override);
}

/* --- for the VM's caches ------------------------------------------------------------------------------------------------------ */

static uint32_t last_uid, last_version;

uint32_t im_dict_uid(Value self)
{
    ImDict *d = im_dictp(self);
    uint32_t uid = im_load_acquire(&d->x_uid);
    if (uid) return uid;
    uint32_t mine = im_faa_relaxed(&last_uid, 1u) + 1;
    return im_cas_acq_rel(&d->x_uid, &uid, mine) ? mine : uid;
}

/* A version is given out when asked for and taken back (0) by the next change of the key set. The change stores 0 before it is complete for readers that
 * test the version after reading, so a version read twice around a lookup guards it. */
uint32_t im_dict_version(Value self)
{
    ImDict *d = im_dictp(self);
    uint32_t v = im_load_acquire(&d->x_version);
    if (v) return v;
    uint32_t mine = im_faa_relaxed(&last_version, 1u) + 1;
    if (IM_UNLIKELY(mine == 0 || mine == UINT32_MAX)) { /* used up: never equal to what a dict holds */
        im_store_relaxed(&last_version, UINT32_MAX - 1);
        return UINT32_MAX;
    }
    return im_cas_acq_rel(&d->x_version, &v, mine) ? mine : v;
}

ImGlobalCell *im_dict_cell(Thread *t, Value self, Value key)
{
    if (!im_is_dict_exact(self) || !im_is_str_exact(key)) return NULL;
    ImDict *d = im_dictp(self);
    const uint32_t uid = im_dict_uid(self); /* a dict with cells has one: its death looks at that */
    ImGlobalCell *fresh = NULL, *r = NULL;
    bool again = false;
    for (;;) {
        ImDictFound f;
        if (im_dict_find(t, d, key, im_key_hash(t, key), &f) < 0) {
            im_exc_clear(t);
            break;
        }
        if (f.ix < 0) break;
        if (!fresh && !(fresh = im_cell_alloc(uid, key, &again))) break;
        bool shared = !im_is_private_obj(&d->head);
        if (shared) im_object_lock(t, &d->head);
        bool ok = still_holds(d, &f);
        if (ok) {
            Value *slot = im_table_value(f.table, (size_t)f.ix), v = *slot;
            if (im_is_cell_word(v)) {
                r = im_cell_of(v);
            } else if (again) { /* the other way round, because caches name it already: what is stored through them must be seen in the dict. Who meets it empty waits (im_dict_load) */
                im_store_release(&slot->bits, im_cell_word(fresh).bits);
                im_store_release(&fresh->x_value.bits, v.bits);
                r = fresh;
                fresh = NULL;
            } else {
                im_store_release(&fresh->x_value.bits, v.bits); /* before inline caches name the cell */
                fresh->name = *im_table_key(f.table, (size_t)f.ix);
                im_store_release(&slot->bits, im_cell_word(fresh).bits);
                r = fresh;
                fresh = NULL;
            }
        }
        if (shared) im_object_unlock(t, &d->head);
        if (ok) break;
    }
    if (fresh && again) im_cell_keep(fresh);
    else if (fresh) im_cell_free(fresh);
    if (r) im_immortalize(r->name);
    return r;
}

ssize_t im_dict_find_index(Value self, Value key)
{
    ImDict *d = im_dictp(self);
    for (;;) {
        ImDictTable *tb = im_load_acquire(&d->x_table);
        if (!tb->is_str) return -1;
        ssize_t ix = im_table_find_str(tb, key, im_str_hash(key));
        if (ix >= 0 || im_load_acquire(&d->x_table) == tb) return ix;
    }
}

Value im_dict_get_at(Thread *t, Value self, size_t index, Value key)
{
    ImDict *d = im_dictp(self);
    ImDictTable *tb = im_load_acquire(&d->x_table);
    if (!tb->is_str || index >= im_load_acquire(&tb->x_fill)) return IM_NO_VALUE;
    ImStrEntry *e = im_table_str(tb, index);
    if (im_load_acquire(&e->x_key.bits) != key.bits) return IM_NO_VALUE;
    return im_dict_load(t, d, &e->x_value);
}
