/* str: equality, hash, interning.
 * SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "object/names.h"
#include "types/str.h"

/* --- SipHash-1-3 (Aumasson, Bernstein), as CPython keys it --- */
static uint64_t key0, key1;
#define ROTL(x, b) ((x) << (b) | (x) >> (64 - (b)))
#define ROUND() do { v0 += v1; v2 += v3; v1 = ROTL(v1, 13) ^ v0; v3 = ROTL(v3, 16) ^ v2; v0 = ROTL(v0, 32); v2 += v1; v0 += v3; v1 = ROTL(v1, 17) ^ v2; v3 = ROTL(v3, 21) ^ v0; v2 = ROTL(v2, 32); } while (0)

int64_t im_hash_bytes(const void *p, ssize_t len)
{
    if (len == 0) return 0;
    const uint8_t *s = p;
    uint64_t b = (uint64_t)len << 56, v0 = key0 ^ 0x736f6d6570736575u, v1 = key1 ^ 0x646f72616e646f6du, v2 = key0 ^ 0x6c7967656e657261u, v3 = key1 ^ 0x7465646279746573u;
    ssize_t n = len;
    for (; n >= 8; n -= 8, s += 8) {
        uint64_t m;
        memcpy(&m, s, 8);
        v3 ^= m;
        ROUND();
        v0 ^= m;
    }
    uint64_t last = 0;
    memcpy(&last, s, (size_t)n);
    b |= last;
    v3 ^= b;
    ROUND();
    v0 ^= b;
    v2 ^= 0xff;
    ROUND();
    ROUND();
    ROUND();
    int64_t h = (int64_t)((v0 ^ v1) ^ (v2 ^ v3));
    return h == -1 ? -2 : h;
}

/* Seed text 0: all zero; a number: the linear congruential stream that CPython derives from it; "random" or unset: from the system. */
void im_hash_seed_init(const char *s)
{
    uint8_t k[16];
    memset(k, 0, sizeof k);
    if (s && *s && strcmp(s, "random") != 0) {
        uint32_t x = (uint32_t)strtoul(s, NULL, 10);
        if (x)
            for (size_t i = 0; i < sizeof k; i++) {
                x *= 214013;
                x += 2531011;
                k[i] = (x >> 16) & 0xff;
            }
    } else if (getrandom(k, sizeof k, 0) != (ssize_t)sizeof k) {
        uintptr_t a = (uintptr_t)&k;
        memcpy(k, &a, sizeof a);
    }
    memcpy(&key0, k, 8);
    memcpy(&key1, k + 8, 8);
}

int64_t im_str_hash(Value v)
{
    ImStr *s = im_strp(v);
    int64_t h = im_load_relaxed(&s->x_hash);
    if (h != -1) return h;
    h = im_hash_bytes(s->data, s->len * im_str_kind(v));
    im_store_relaxed(&s->x_hash, h);
    return h;
}

bool im_str_equal(Value a, Value b)
{
    if (im_same(a, b)) return true;
    ssize_t n = im_str_len(a);
    int k = im_str_kind(a);
    if (n != im_str_len(b) || k != im_str_kind(b)) return false;
    const char *x = im_str_data(a), *y = im_str_data(b);
    return *x == *y && memcmp(x, y, (size_t)n * (size_t)k) == 0; /* an empty one has its NUL */
}

bool im_str_equal_cstr(Value a, const char *s)
{
    size_t n = strlen(s);
    return im_str_is_ascii(a) && (size_t)im_str_len(a) == n && memcmp(im_str_data(a), s, n) == 0;
}

int im_str_compare(Value a, Value b)
{
    ssize_t na = im_str_len(a), nb = im_str_len(b), n = na < nb ? na : nb;
    int ka = im_str_kind(a), kb = im_str_kind(b);
    const void *da = im_str_data(a), *db = im_str_data(b);
    if (ka == 1 && kb == 1) {
        const uint8_t x = n ? *(const uint8_t *)da : 0, y = n ? *(const uint8_t *)db : 0;
        if (x != y) return x < y ? -1 : 1; /* mostly */
        int r = memcmp(da, db, (size_t)n);
        if (r) return r < 0 ? -1 : 1;
    } else {
        for (ssize_t i = 0; i < n; i++) {
            uint32_t x = im_str_read(ka, da, i), y = im_str_read(kb, db, i);
            if (x != y) return x < y ? -1 : 1;
        }
    }
    return na < nb ? -1 : na > nb;
}

/* --- intern table: open addressing, sharded by hash, one lock each. Entries are immortal. --- */
#define SHARDS 16
bool im_bytes_are_ascii(const void *p, size_t n);
static struct {
    pthread_mutex_t lock;
    Value *slots;
    uint32_t *tags; /* per slot the upper half of its hash: others are passed by without a look at the string */
    size_t cap, used;
} tab[SHARDS];

static bool grow(size_t i)
{
    size_t cap = tab[i].cap ? tab[i].cap * 2 : 512;
    Value *n = im_raw_alloc_zero(NULL, cap, sizeof *n + sizeof(uint32_t));
    if (!n) return false;
    uint32_t *tags = (uint32_t *)(void *)(n + cap);
    for (size_t k = 0; k < tab[i].cap; k++) {
        Value v = tab[i].slots[k];
        if (im_no_value(v)) continue;
        size_t at = (size_t)im_str_hash(v) >> 4 & (cap - 1);
        while (!im_no_value(n[at])) at = (at + 1) & (cap - 1);
        n[at] = v;
        tags[at] = tab[i].tags[k];
    }
    im_raw_free(tab[i].slots);
    tab[i].slots = n;
    tab[i].tags = tags;
    tab[i].cap = cap;
    return true;
}

/* Nobody else interns before the second thread starts. */
static bool shard_lock(size_t i)
{
    if (!im_rt.x_threads_started) return false;
    pthread_mutex_lock(&tab[i].lock);
    return true;
}
static void shard_unlock(size_t i, bool locked) { if (locked) pthread_mutex_unlock(&tab[i].lock); }

/* Where a string of this hash and contents is or would be; tab[i] has room. */
static Value *slot_for(size_t i, size_t h, int kind, const void *p, size_t len)
{
    const size_t mask = tab[i].cap - 1;
    for (size_t at = h >> 4 & mask;; at = (at + 1) & mask) {
        Value v = tab[i].slots[at];
        if (im_no_value(v)) return &tab[i].slots[at];
        if (tab[i].tags[at] == (uint32_t)(h >> 32) && (size_t)im_load_relaxed(&im_strp(v)->x_hash) == h && (size_t)im_str_len(v) == len && im_str_kind(v) == kind && memcmp(im_str_data(v), p, len * (size_t)kind) == 0)
            return &tab[i].slots[at];
    }
}
static void enter(size_t i, Value *slot, Value s)
{
    im_set_flag(im_ptr(s), IM_STR_INTERNED);
    im_immortalize(s);
    *slot = s;
    tab[i].tags[slot - tab[i].slots] = (uint32_t)((size_t)im_str_hash(s) >> 32);
    tab[i].used++;
}
static bool make_room(size_t i) { return tab[i].used * 3 < tab[i].cap * 2 || grow(i); }

Value im_str_intern(Thread *t, Value s)
{
    if (im_no_value(s) || im_str_is_interned(s) || !im_is_str_exact(s)) return s;
    size_t h = (size_t)im_str_hash(s), i = h % SHARDS;
    const bool locked = shard_lock(i);
    Value *slot = make_room(i) ? slot_for(i, h, im_str_kind(s), im_str_data(s), (size_t)im_str_len(s)) : NULL, known = slot ? *slot : s;
    if (slot && im_no_value(known)) enter(i, slot, known = s);
    shard_unlock(i, locked);
    if (!im_same(known, s)) im_drop(t, s);
    return known;
}

Value im_str_intern_latin1(Thread *t, const void *p, size_t len)
{
    if (len < 2) return im_str_intern(t, im_str_from_latin1(t, p, (ssize_t)len));
    size_t h = (size_t)im_hash_bytes(p, (ssize_t)len), i = h % SHARDS;
    const bool locked = shard_lock(i);
    Value *slot = make_room(i) ? slot_for(i, h, 1, p, len) : NULL, v = slot ? *slot : IM_NO_VALUE;
    if (im_no_value(v)) {
        v = im_str_from_latin1(t, p, (ssize_t)len);
        if (!im_no_value(v) && slot) {
            im_store_relaxed(&im_strp(v)->x_hash, (int64_t)h);
            enter(i, slot, v);
        }
    }
    shard_unlock(i, locked);
    return v;
}

Value im_str_interned_cstr(const char *s) { return im_str_interned_ascii(s, strlen(s)); }
Value im_str_interned_ascii(const void *s, size_t n)
{
    if (n < 2 || !im_bytes_are_ascii(s, n)) return IM_NO_VALUE;
    const size_t h = (size_t)im_hash_bytes(s, (ssize_t)n), i = h % SHARDS;
    const bool locked = shard_lock(i);
    Value v = tab[i].cap ? *slot_for(i, h, 1, s, n) : IM_NO_VALUE;
    shard_unlock(i, locked);
    return v;
}

Value im_str_intern_cstr(Thread *t, const char *s)
{
    const size_t n = strlen(s);
    return im_bytes_are_ascii(s, n) ? im_str_intern_latin1(t, s, n) : im_str_intern(t, im_str_from_cstr(t, s));
}

int im_names_init(Thread *t)
{
    for (size_t i = 0; i < im_name_count; i++) {
        Value v = im_str_intern_cstr(t, im_name_rows[i].text);
        if (im_no_value(v)) return -1;
        *im_name_rows[i].location = v;
    }
    return 0;
}
