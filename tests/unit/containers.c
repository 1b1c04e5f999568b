/* Lists, dicts, sets, deques against simple models, private and shared; sorting; hashes that CPython gives.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "types/dict.h"
#include "types/dict_table.h"
#include "types/exception.h"
#include "types/float.h"
#include "types/int.h"
#include "types/list.h"
#include "types/set.h"
#include "types/slice.h"
#include "types/str.h"
#include "types/tuple.h"

static Thread *t;
static int bad;
static const char *text(Value v)
{
    if (im_no_value(v)) {
        Value e = im_exc_fetch(t), r = im_no_value(e) ? e : im_repr(t, e);
        im_exc_clear(t);
        return im_no_value(r) ? "<nothing>" : im_str_utf8(t, r, NULL);
    }
    Value r = im_repr(t, v);
    return im_no_value(r) ? "<repr failed>" : im_str_utf8(t, r, NULL);
}
static void expect(const char *what, Value v, const char *want)
{
    const char *got = text(v);
    if (strcmp(got, want) == 0) return;
    printf("%s: got %s, want %s\n", what, got, want);
    bad = 1;
}
#define CHECK(e) do { if (!(e)) { printf("%s:%d: %s\n", __FILE__, __LINE__, #e); bad = 1; } } while (0)

/* From now on operations on v take the shared path. Its items stay private: nobody else is there. */
static void make_shared(Value v) { im_gc_untrack(t, im_ptr(v)); im_ptr(v)->x_count = IM_COUNT_SHARED | 1; }

static uint32_t seed = 12345;
static uint32_t rnd(uint32_t n) { seed = seed * 1664525u + 1013904223u; return (seed >> 8) % n; }
static Value s(const char *c) { return im_str_from_cstr(t, c); }
static Value key_of(int k, bool str)
{
    char b[32];
    snprintf(b, sizeof b, "key%d", k);
    return str ? s(b) : k % 3 == 0 ? im_float_new(t, k + 0.5) : im_int(k);
}

static void test_dict(bool str, bool share)
{
    enum { N = 300 };
    int64_t val[N], order[N], clock = 0;
    for (int i = 0; i < N; i++) val[i] = -1;
    Value d = im_dict_new(t);
    if (share) make_shared(d);
    if (str && share) (void)im_dict_uid(d);
    for (int step = 0; step < 20000; step++) {
        int k = (int)rnd(step % 4000 < 2000 ? N : 20);
        Value key = key_of(k, str), out = IM_NO_VALUE;
        switch (rnd(12)) {
        case 0: case 1: case 2: case 3:
            if (val[k] < 0) order[k] = clock++;
            val[k] = rnd(1000);
            CHECK(im_dict_set(t, d, key, im_int(val[k])) == 0);
            break;
        case 4: case 5:
            CHECK(im_dict_del(t, d, key) == (val[k] >= 0));
            val[k] = -1;
            break;
        case 6:
            CHECK(im_dict_pop(t, d, key, &out) == (val[k] >= 0));
            if (val[k] >= 0) CHECK(im_same(out, im_int(val[k])));
            val[k] = -1;
            break;
        case 7: {
            int r = im_dict_setdefault(t, d, key, im_int(7), &out);
            CHECK(r == (val[k] >= 0));
            if (val[k] < 0) { val[k] = 7; order[k] = clock++; }
            CHECK(im_same(out, im_int(val[k])));
            break;
        }
        case 8: {
            Value kk, vv;
            int last = -1;
            for (int i = 0; i < N; i++) if (val[i] >= 0 && (last < 0 || order[i] > order[last])) last = i;
            int r = im_dict_pop_last(t, im_dictp(d), &kk, &vv);
            CHECK(r == (last >= 0));
            if (r) {
                CHECK(im_same(vv, im_int(val[last])));
                val[last] = -1;
                im_drop(t, kk);
            }
            break;
        }
        case 9: {
            bool last = rnd(4) != 0;
            int r = im_dict_move(t, d, key, im_hash(t, key), last);
            CHECK(r == (val[k] >= 0));
            if (val[k] >= 0) order[k] = last ? clock++ : -clock++;
            break;
        }
        case 10:
            if (str && rnd(4) == 0) {
                ImGlobalCell *c = im_dict_cell(t, d, key);
                CHECK((c != NULL) == (val[k] >= 0));
                if (c) {
                    val[k] = 5;
                    CHECK(im_dict_cell_store(t, d, c, im_int(5)));
                }
            }
            break;
        default:
            if (rnd(400) == 0) {
                im_dict_clear(t, d);
                for (int i = 0; i < N; i++) val[i] = -1;
            }
            CHECK(im_dict_get(t, d, key, &out) == (val[k] >= 0));
            if (val[k] >= 0) CHECK(im_same(out, im_int(val[k])));
        }
        im_drop(t, key);
        if (step % 500 == 0) {
            size_t pos = 0, n = 0;
            int64_t last = INT64_MIN;
            Value kk, vv, copy = im_dict_copy(t, d);
            while (im_dict_next(t, copy, &pos, &kk, &vv)) {
                int i;
                for (i = 0; i < N; i++) {
                    Value x = key_of(i, str);
                    int eq = im_equal(t, x, kk);
                    im_drop(t, x);
                    if (eq) break;
                }
                CHECK(i < N && im_same(vv, im_int(val[i])));
                CHECK(order[i] > last);
                last = order[i];
                im_drop(t, kk);
                n++;
            }
            size_t live = 0;
            for (int i = 0; i < N; i++) live += val[i] >= 0;
            CHECK(n == live && (size_t)im_dict_len(d) == live && (size_t)im_dict_len(copy) == live);
            expect("eq", im_compare(t, d, copy, IM_EQ), "True");
            im_drop(t, copy);
        }
    }
    im_drop(t, d);
}

static void test_set(bool share)
{
    enum { N = 200 };
    bool in[N] = {0};
    Value set = im_set_new(t, IM_NO_VALUE);
    if (share) make_shared(set);
    for (int step = 0; step < 20000; step++) {
        int k = (int)rnd(N);
        Value key = key_of(k, k & 1);
        switch (rnd(4)) {
        case 0: CHECK(im_set_add(t, set, key) == 0); in[k] = true; break;
        case 1: CHECK(im_set_discard(t, set, key) == in[k]); in[k] = false; break;
        default: CHECK(im_set_contains(t, set, key) == in[k]);
        }
        im_drop(t, key);
    }
    ssize_t n = 0;
    for (int i = 0; i < N; i++) n += in[i];
    CHECK(im_set_len(set) == n);
    Value copy = im_set_new(t, set);
    expect("set eq", im_compare(t, set, copy, IM_EQ), "True");
    im_drop(t, copy);
    im_drop(t, set);
}

static void test_list(bool share)
{
    enum { MAX = 400 };
    int64_t m[MAX + 8];
    ssize_t n = 0;
    Value l = im_list_new(t, 0);
    if (share) make_shared(l);
    for (int step = 0; step < 20000; step++) {
        ssize_t i = n ? (ssize_t)rnd((uint32_t)n) : 0;
        int64_t v = rnd(1000);
        switch (rnd(8)) {
        case 0: case 1: case 2:
            if (n >= MAX) break;
            CHECK(im_list_append(t, l, im_int(v)) == 0);
            m[n++] = v;
            break;
        case 3:
            if (n >= MAX) break;
            CHECK(im_list_insert(t, l, i, im_int(v)) == 0);
            memmove(m + i + 1, m + i, (size_t)(n - i) * 8);
            m[i] = v;
            n++;
            break;
        case 4:
            if (!n) break;
            CHECK(im_delitem(t, l, im_int(i)) == 0);
            memmove(m + i, m + i + 1, (size_t)(n - i - 1) * 8);
            n--;
            break;
        case 5:
            if (!n) break;
            CHECK(im_list_set(t, l, i, im_int(v)) == 0);
            m[i] = v;
            break;
        case 6: { /* l[i:j] = [v, v + 1] */
            ssize_t j = i + (n > i ? (ssize_t)rnd((uint32_t)(n - i + 1)) : 0);
            if (n + 2 >= MAX) break;
            Value two[2] = {im_int(v), im_int(v + 1)}, src = im_list_from_array(t, two, 2), sl = im_slice_new(t, im_int(i), im_int(j), IM_NONE);
            CHECK(im_setitem(t, l, sl, src) == 0);
            im_drop(t, src);
            im_drop(t, sl);
            memmove(m + i + 2, m + j, (size_t)(n - j) * 8);
            m[i] = v, m[i + 1] = v + 1;
            n += 2 - (j - i);
            break;
        }
        case 7:
            if (rnd(20) == 0) {
                Value sl = im_slice_new(t, IM_NONE, IM_NONE, im_int(-3));
                CHECK(im_delitem(t, l, sl) == 0);
                im_drop(t, sl);
                ssize_t to = 0;
                for (ssize_t k = 0; k < n; k++) if ((n - 1 - k) % 3) m[to++] = m[k];
                n = to;
            } else if (rnd(50) == 0) {
                CHECK(im_list_reverse(t, l) == 0);
                for (ssize_t a = 0, b = n - 1; a < b; a++, b--) { int64_t x = m[a]; m[a] = m[b]; m[b] = x; }
            }
            break;
        }
        CHECK(im_list_len(l) == n);
        if (step % 100 == 0) for (ssize_t k = 0; k < n; k++) CHECK(im_same(im_list_get(t, l, k), im_int(m[k])));
    }
    CHECK(im_no_value(im_list_get(t, l, n)));
    im_drop(t, l);
}

static int cmp_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}
static void test_sort(void)
{
    for (int n = 0; n < 3000; n = n < 70 ? n + 1 : n * 2 + 1) {
        for (int kind = 0; kind < 5; kind++) {
            for (int pattern = 0; pattern < 4; pattern++) {
                int64_t *m = malloc((size_t)(n + 1) * 8);
                Value l = im_list_new(t, 0);
                for (int i = 0; i < n; i++) {
                    int64_t v = pattern == 0 ? (int)rnd(1000000) : pattern == 1 ? i : pattern == 2 ? n - i : (i % 7) * 1000 + (int)rnd(3);
                    m[i] = v;
                    char b[32];
                    snprintf(b, sizeof b, "%010d", (int)v);
                    Value x = kind == 0 ? im_int(v) : kind == 1 ? im_float_new(t, (double)v) : kind == 2 ? s(b) : kind == 3 ? im_tuple_pack(t, 2, im_int(v), im_int(i)) :
                        (i & 1) ? im_int(v) : im_float_new(t, (double)v);
                    CHECK(im_list_append_steal(t, l, x) == 0);
                }
                qsort(m, (size_t)n, 8, cmp_i64);
                CHECK(im_list_sort(t, l, IM_NO_VALUE, false) == 0);
                CHECK(im_list_len(l) == n);
                for (int i = 0; i < n; i++) {
                    Value x = im_list_get(t, l, i);
                    int64_t v = kind == 0 ? im_int_get(x) : kind == 1 ? (int64_t)im_float_get(x) : kind == 2 ? atoll(im_str_utf8(t, x, NULL)) :
                        kind == 3 ? im_int_get(im_tuple_get(x, 0)) : im_is_int(x) ? im_int_get(x) : (int64_t)im_float_get(x);
                    if (v != m[i]) { printf("sort n=%d kind=%d pattern=%d at %d\n", n, kind, pattern, i); bad = 1; break; }
                    im_drop(t, x);
                }
                im_drop(t, l);
                free(m);
            }
        }
    }
}

int main(void)
{
    t = im_runtime_init(false);
    im_hash_seed_init(NULL);
    if (im_types_init(t) < 0) { printf("types: %s\n", text(IM_NO_VALUE)); return 1; }
    for (int share = 0; share < 2; share++) {
        test_dict(true, share);
        test_dict(false, share);
        test_set(share);
        test_list(share);
    }
    test_sort();
    Value tup = im_tuple_pack(t, 3, im_int(1), im_int(2), im_int(3));
    CHECK(im_hash(t, tup) == 529344067295497451);
    CHECK(im_hash(t, im_tuple_empty()) == 5740354900026072187);
    Value fs = im_frozenset_new(t, tup);
    CHECK(im_hash(t, fs) == -272375401224217160);
    expect("range", im_call1(t, im_type_value(&im_range_type), im_int(5)), "range(0, 5)");
    Value three[3] = {im_int(0), im_int(10), im_int(3)};
    Value range = im_call(t, im_type_value(&im_range_type), three, 3, IM_NO_VALUE);
    expect("range list", im_to_list(t, range), "[0, 3, 6, 9]");
    expect("range slice", im_getitem(t, range, im_slice_new(t, IM_NONE, IM_NONE, im_int(-1))), "range(9, -3, -3)");
    expect("range in", im_call_method1(t, range, s("__contains__"), im_int(6)), "True");
    expect("range index", im_call_method1(t, range, s("index"), im_int(7)), "ValueError('7 is not in range')");
    expect("tuple", im_sequence_concat(t, tup, tup), "(1, 2, 3, 1, 2, 3)");
    expect("set", fs, "frozenset({1, 2, 3})");
    expect("pop", im_call_method0(t, im_list_new(t, 0), s("pop")), "IndexError('pop from empty list')");
    expect("dict key", im_getitem(t, im_dict_new(t), s("a")), "KeyError('a')");
    expect("unhashable", im_set_new(t, im_list_from_array(t, (Value[]){im_list_new(t, 0)}, 1)), "TypeError(\"unhashable type: 'list'\")");
    printf(bad ? "containers: FAILED\n" : "containers: ok\n");
    return bad;
}
