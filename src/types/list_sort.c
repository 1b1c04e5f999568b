/* list.sort: what is compared and how; the merge sort itself is in list_sort.def.
 *
 * While it runs the list is empty and its items belong to the sort. Everything that Python code may see freed or collected meanwhile is in registered
 * vectors: items, keys and the merge buffer are roots. The comparison is chosen by one look at all keys: small ints, floats, Latin-1 strs, tuples, and
 * anything else.
 * SPDX-License-Identifier: MIT */
#include "types/list_sort.h"

#include "mem/vec.h"
#include "types/float.h"
#include "types/int.h"
#include "types/slot_functions.h"
#include "types/str.h"
#include "types/tuple.h"

#define MIN_GALLOP 7
#define MAX_RUNS 85 /* powers on the stack rise strictly and are below 2 + bits of a length */

/* Keys and the values that travel with them (v null: the keys are the values). */
typedef struct Span {
    Value *k, *v;
} Span;
typedef struct Run {
    Span at;
    size_t len;
    int power; /* of the boundary to the next run */
} Run;
typedef struct Sort {
    Thread *t;
    int (*less)(struct Sort *s, Value a, Value b);
    size_t min_gallop, n;
    Span tmp;
    size_t tmp_cap;
    ImValueVec tmp_k, tmp_v; /* root the merge buffer */
    Run runs[MAX_RUNS];
} Sort;

IM_INLINE void span_step(Span *a, ssize_t n)
{
    a->k += n;
    if (a->v) a->v += n;
}
IM_INLINE void span_copy(Span to, Span from, size_t n)
{
    for (size_t i = 0; i < n; i++) to.k[i] = from.k[i];
    if (to.v) for (size_t i = 0; i < n; i++) to.v[i] = from.v[i];
}
static void span_move(Span to, Span from, size_t n)
{
    memmove(to.k, from.k, n * sizeof(Value));
    if (to.v) memmove(to.v, from.v, n * sizeof(Value));
}
static void array_reverse(Value *a, size_t n)
{
    if (n < 2) return;
    for (Value *lo = a, *hi = a + n - 1; lo < hi; lo++, hi--) {
        Value x = *lo;
        *lo = *hi;
        *hi = x;
    }
}
static void span_reverse(Span a, size_t n)
{
    array_reverse(a.k, n);
    if (a.v) array_reverse(a.v, n);
}

/* Room for n items in the merge buffer. What a vector shows to the collectors is always initialised. */
static int room_for(Thread *t, ImValueVec *vec, size_t n)
{
    Value *p = im_raw_alloc_zero(t, n, sizeof(Value));
    if (!p) return -1;
    Value *old = vec->items;
    vec->items = p;
    vec->len = vec->cap = n;
    if (old != vec->small) im_raw_free(old);
    return 0;
}
static int sort_room(Sort *s, size_t n, bool with_values)
{
    if (n <= s->tmp_cap) return 0;
    if (room_for(s->t, &s->tmp_k, n) < 0 || (with_values && room_for(s->t, &s->tmp_v, n) < 0)) return -1;
    s->tmp = (Span){s->tmp_k.items, with_values ? s->tmp_v.items : NULL};
    s->tmp_cap = n;
    return 0;
}
/* The vector does not own what it shows: forget it, then unlink. */
static void unroot(Thread *t, ImValueVec *vec, bool free_items)
{
    if (free_items && vec->items != vec->small) im_raw_free(vec->items);
    vec->items = vec->small;
    vec->len = 0;
    im_vec_fini(t, vec);
}

/* n / 2^k, rounded up, so that it is 32..64 (or n itself below 64): n / minrun is then just below a power of two. */
static size_t sort_minrun(size_t n)
{
    size_t r = 0;
    while (n >= 64) {
        r |= n & 1;
        n >>= 1;
    }
    return n + r;
}

/* Depth of the boundary between a run at s1 of n1 items and the following n2 items in the perfectly balanced merge tree over n. */
static int sort_power(size_t s1, size_t n1, size_t n2, size_t n)
{
    int power = 0;
    size_t a = 2 * s1 + n1, b = a + n1 + n2;
    for (;;) {
        power++;
        if (a >= n) {
            a -= n;
            b -= n;
        } else if (b >= n) return power;
        a <<= 1;
        b <<= 1;
    }
}

/* --- comparisons --------------------------------------------------------------------------------------------------------------- */

/* Tagged words of small ints order as the ints do. */
IM_INLINE int int_less(Value a, Value b) { return (int64_t)a.bits < (int64_t)b.bits; }
IM_INLINE int float_less(Value a, Value b) { return im_float_get(a) < im_float_get(b); }
IM_INLINE int latin1_less(Value a, Value b)
{
    ssize_t na = im_str_len(a), nb = im_str_len(b);
    int c = memcmp(im_str_data(a), im_str_data(b), (size_t)(na < nb ? na : nb));
    return c < 0 || (c == 0 && na < nb);
}

static int less_int(Sort *s, Value a, Value b) { (void)s; return int_less(a, b); }
static int less_float(Sort *s, Value a, Value b) { (void)s; return float_less(a, b); }
static int less_latin1(Sort *s, Value a, Value b) { (void)s; return latin1_less(a, b); }
static int less_str(Sort *s, Value a, Value b) { (void)s; return im_str_compare(a, b) < 0; }

static int less_any(Sort *s, Value a, Value b) { return im_less(s->t, a, b); }

/* Both exact tuples. Items that are alike, as tuples find them by ==, are passed over; numbers and strs need nobody for that. */
static int less_tuple(Sort *s, Value a, Value b)
{
    ssize_t na = im_tuple_len(a), nb = im_tuple_len(b);
    for (ssize_t i = 0; i < na && i < nb; i++) {
        Value x = im_tuple_get(a, i), y = im_tuple_get(b, i);
        if (im_same(x, y)) continue;
        if (im_are_ints(x, y)) return int_less(x, y);
        if (im_is_float_exact(x) && im_is_float_exact(y)) {
            const double p = im_float_get(x), q = im_float_get(y);
            if (p == q) continue;
            return p < q;
        }
        if (im_is_str_exact(x) && im_is_str_exact(y)) {
            const int c = im_str_compare(x, y);
            if (c == 0) continue;
            return c < 0;
        }
        int eq = im_equal(s->t, x, y);
        if (eq < 0) return -1;
        if (!eq) return less_any(s, x, y);
    }
    return na < nb;
}

typedef enum Kind { ANY, INT, FLOAT, LATIN1, STR, TUPLE } Kind;

static Kind kind_of(Value v)
{
    if (im_is_int(v)) return INT;
    if (im_is_float_exact(v)) return FLOAT;
    if (im_is_str_exact(v)) return im_str_kind(v) == 1 ? LATIN1 : STR;
    if (im_is_tuple_exact(v)) return TUPLE;
    return ANY;
}

/* Kind that all have in common. */
static Kind common_kind(const Value *keys, size_t n)
{
    Kind k = kind_of(keys[0]);
    for (size_t i = 1; i < n && k != ANY; i++) {
        Kind x = kind_of(keys[i]);
        if (x == k) continue;
        if ((x == LATIN1 && k == STR) || (x == STR && k == LATIN1)) k = STR;
        else return ANY;
    }
    return k;
}

#define SORT_NAME(x) x##_ints
#define SORT_LT(s, a, b) ((void)(s), int_less(a, b))
#include "types/list_sort.def"
#undef SORT_NAME
#undef SORT_LT
#define SORT_NAME(x) x##_floats
#define SORT_LT(s, a, b) ((void)(s), float_less(a, b))
#include "types/list_sort.def"
#undef SORT_NAME
#undef SORT_LT
#define SORT_NAME(x) x##_latin1
#define SORT_LT(s, a, b) ((void)(s), latin1_less(a, b))
#include "types/list_sort.def"
#undef SORT_NAME
#undef SORT_LT
#define SORT_NAME(x) x##_any
#define SORT_LT(s, a, b) (s)->less(s, a, b)
#include "types/list_sort.def"

static int (*const less_of[])(Sort *, Value, Value) = {less_any, less_int, less_float, less_latin1, less_str, less_tuple};

static int sort_span(Sort *s, Span a, size_t n)
{
    const Kind kind = common_kind(a.k, n);
    s->less = less_of[kind];
    switch (kind) {
    case INT: return run_ints(s, a, n);
    case FLOAT: return run_floats(s, a, n);
    case LATIN1: return run_latin1(s, a, n);
    default: return run_any(s, a, n);
    }
}

/* Sorts n items in place (any permutation of them on failure). `items` is shown to the collectors by the caller. */
static int sort_items(Thread *t, Value *items, size_t n, Value key, bool reverse)
{
    Sort *s = im_raw_alloc(t, sizeof *s);
    if (!s) return -1;
    s->t = t;
    s->min_gallop = MIN_GALLOP;
    s->n = s->tmp_cap = 0;
    im_vec_init(t, &s->tmp_k);
    im_vec_init(t, &s->tmp_v);
    ImValueVec keys;
    im_vec_init(t, &keys);
    int r = 0;
    if (!im_no_value(key)) {
        r = im_vec_reserve(t, &keys, n);
        for (size_t i = 0; i < n && r == 0; i++) {
            Value k = im_call1(t, key, items[i]);
            if (im_no_value(k)) r = -1;
            else keys.items[keys.len++] = k; /* there is room */
        }
    }
    if (r == 0 && n > 1) {
        Span a = im_no_value(key) ? (Span){items, NULL} : (Span){keys.items, items};
        if (reverse) span_reverse(a, n); /* and back afterwards: equal items keep their order */
        r = sort_span(s, a, n);
        if (reverse) span_reverse(a, n);
    }
    unroot(t, &s->tmp_k, true);
    unroot(t, &s->tmp_v, true);
    im_raw_free(s);
    im_vec_fini(t, &keys);
    return r;
}

/* One run of items whose comparison is no Python code: sorted where they lie, without a buffer. */
static bool sorted_in_place(Thread *t, ImList *l, bool reverse)
{
    enum { ONE_RUN = 63 };
    const size_t n = (size_t)l->x_len;
    if (n > ONE_RUN) return false;
    if (n < 2) return true;
    Span a = {l->x_items->x_items, NULL};
    const Kind kind = common_kind(a.k, n);
    if (kind == ANY || kind == TUPLE) return false;
    Sort s;
    s.t = t;
    s.min_gallop = MIN_GALLOP;
    s.n = s.tmp_cap = 0;
    if (reverse) span_reverse(a, n);
    if (sort_span(&s, a, n) < 0) im_fatal("a comparison of built-in values failed");
    if (reverse) span_reverse(a, n);
    return true;
}

int im_list_sort(Thread *t, Value list, Value key, bool reverse)
{
    ImList *l = im_listp(list);
    if (im_no_value(key) && im_is_private(list) && sorted_in_place(t, l, reverse)) return 0;
    size_t n;
    ImArray *a = im_list_steal_items(t, l, &n);
    if (!a) return -1;
    ImValueVec root;
    im_vec_init(t, &root);
    root.items = a->x_items;
    root.len = root.cap = n;
    int r = sort_items(t, a->x_items, n, key, reverse);
    unroot(t, &root, false);
    bool untouched = im_list_restore_items(t, l, a, n);
    if (!untouched && r == 0) return im_raise_valueerror(t, "list modified during sort"), -1;
    return r;
}
