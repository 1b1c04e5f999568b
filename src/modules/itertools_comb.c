/* itertools: product, combinations, combinations_with_replacement, permutations.
 * SPDX-License-Identifier: MIT */
#include "modules/itertools.h"

/* Indices into the pools give the current tuple; `result` is the last one given out and used again while nobody else has it. */
typedef struct Comb {
    IT_HEAD;
    Value pool;   /* tuple; for product a tuple of tuples */
    Value result; /* last tuple, None once a receiver has kept one (then each is made anew), or no value: not started */
    ssize_t r;
    ssize_t *indices;
    ssize_t *cycles; /* permutations only */
    bool stopped;
} Comb;
IM_INLINE Comb *combp(Value v) { return (Comb *)im_ptr(v); }

static void comb_destroy(Thread *t, ImObject *o)
{
    it_destroy(t, o);
    im_raw_free(((Comb *)o)->indices);
    im_raw_free(((Comb *)o)->cycles);
}

/* Steals pool. n_cycles 0: no cycles. */
static Comb *comb_alloc(Thread *t, ImType *type, Value pool, ssize_t n_indices, ssize_t n_cycles, ssize_t r)
{
    Comb *o = it_new(t, type, 2);
    if (!o) {
        im_drop(t, pool);
        return NULL;
    }
    o->pool = pool;
    o->r = r;
    o->indices = im_raw_alloc_zero(t, (size_t)n_indices + 1, sizeof(ssize_t));
    if (o->indices && n_cycles) o->cycles = im_raw_alloc_zero(t, (size_t)n_cycles, sizeof(ssize_t));
    if (!o->indices || (n_cycles && !o->cycles)) {
        im_drop(t, im_value(o));
        return NULL;
    }
    return o;
}

static void put(Thread *t, Value tuple, ssize_t i, Value v)
{
    Value old = im_tuple_items(tuple)[i];
    im_tuple_items(tuple)[i] = im_new_ref(v);
    im_xdrop(t, old);
}
enum { FEW = 8 };
/* A tuple of pool[indices[i]] each. */
static Value chosen(Thread *t, Comb *o)
{
    const Value *pool = im_tuple_items(o->pool);
    if ((size_t)o->r - 1 < FEW) {
        Value few[FEW];
        for (ssize_t i = 0; i < o->r; i++) few[i] = pool[o->indices[i]];
        return im_tuple_from_array(t, few, (size_t)o->r);
    }
    Value r = im_tuple_new(t, (size_t)o->r);
    for (ssize_t i = 0; i < o->r && !im_no_value(r); i++) im_tuple_items(r)[i] = im_new_ref(pool[o->indices[i]]);
    return r;
}
static Value first_result(Thread *t, Comb *o)
{
    Value r = chosen(t, o);
    if (im_no_value(r)) return r;
    o->result = im_new_ref(r);
    if (!im_is_private_obj(&o->head)) im_publish(t, r);
    return r;
}
/* The next one, when positions [from, r) have changed. */
static Value changed_result(Thread *t, Comb *o, ssize_t from)
{
    bool shared = !im_is_private_obj(&o->head);
    if (shared || im_is_none(o->result) || !im_is_unique(o->result)) { /* build anew: what others may see is never written */
        if (!im_is_none(o->result)) it_set(t, o, &o->result, IM_NONE);
        return chosen(t, o);
    }
    Value r = im_new_ref(o->result), *items = im_tuple_items(r), *pool = im_tuple_items(o->pool);
    im_tuple_reuse(t, r);
    for (ssize_t i = from; i < o->r; i++) {
        Value old = items[i], v = pool[o->indices[i]];
        if (im_same(old, v)) continue;
        items[i] = im_new_ref(v);
        im_xdrop(t, old);
    }
    return r;
}
static Value comb_end(Comb *o) { o->stopped = true; return IM_STOP; }

static Value index_tuple(Thread *t, const ssize_t *a, ssize_t n)
{
    Value r = im_tuple_new(t, (size_t)n);
    for (ssize_t i = 0; i < n && !im_no_value(r); i++) im_tuple_items(r)[i] = im_int(a[i]);
    return r;
}

static int state_tuple(Thread *t, Value state, ssize_t n)
{
    if (it_pickle_warning(t) < 0) return -1;
    if (im_is_tuple(state) && im_tuple_len(state) == n) return 0;
    return im_raise_valueerror(t, "invalid arguments"), -1;
}
/* Loads indices, each clipped to 0..max-1. */
static int load_indices(Thread *t, Value state, ssize_t *to, ssize_t n, ssize_t max)
{
    for (ssize_t i = 0; i < n; i++) {
        ssize_t x;
        if (im_ssize_arg(t, im_tuple_get(state, i), &x) < 0) return -1;
        to[i] = x < 0 ? 0 : x > max - 1 ? max - 1 : x;
    }
    return 0;
}

/* --- product ------------------------------------------------------------------------------------------------------------------------ */

static Value product_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ssize_t repeat = 1;
    for (ssize_t i = 0; !im_no_value(kwnames) && i < im_tuple_len(kwnames); i++) {
        Value name = im_tuple_get(kwnames, i);
        if (!im_str_equal_cstr(name, "repeat")) return im_raise_type(t, "product() got an unexpected keyword argument '%U'", name);
        if (im_ssize_arg(t, args[nargs + (size_t)i], &repeat) < 0) return IM_NO_VALUE;
    }
    if (repeat < 0) return im_raise_valueerror(t, "repeat argument cannot be negative");
    size_t n = repeat ? nargs : 0;
    if (repeat && n > (size_t)PTRDIFF_MAX / sizeof(Value) / (size_t)repeat) return im_raise_overflow(t, "repeat argument too large");
    size_t all = n * (size_t)repeat;
    Value pools = im_tuple_new(t, all);
    for (size_t i = 0; i < n && !im_no_value(pools); i++) {
        Value p = im_to_tuple(t, args[i]);
        if (im_no_value(p)) IM_CLEAR(t, pools);
        else im_tuple_items(pools)[i] = p;
    }
    if (im_no_value(pools)) return pools;
    for (size_t i = n; i < all; i++) im_tuple_items(pools)[i] = im_new_ref(im_tuple_items(pools)[i - n]);
    return im_value(comb_alloc(t, type, pools, (ssize_t)all, 0, (ssize_t)all));
}

static Value product_item(Comb *o, ssize_t i) { return im_tuple_get(im_tuple_get(o->pool, i), o->indices[i]); }

static Value product_tuple(Thread *t, Comb *o)
{
    if ((size_t)o->r - 1 < FEW) {
        Value few[FEW];
        for (ssize_t i = 0; i < o->r; i++) few[i] = product_item(o, i);
        return im_tuple_from_array(t, few, (size_t)o->r);
    }
    Value r = im_tuple_new(t, (size_t)o->r);
    for (ssize_t i = 0; i < o->r && !im_no_value(r); i++) im_tuple_items(r)[i] = im_new_ref(product_item(o, i));
    return r;
}
static Value product_next_step(Thread *t, Comb *o)
{
    if (o->stopped || im_no_value(o->pool)) return IM_STOP;
    ssize_t n = o->r, i;
    if (im_no_value(o->result)) {
        for (i = 0; i < n; i++) if (im_tuple_len(im_tuple_get(o->pool, i)) == 0) return comb_end(o);
        Value r = product_tuple(t, o);
        if (im_no_value(r)) return r;
        it_set(t, o, &o->result, im_new_ref(r));
        return r;
    }
    for (i = n - 1; i >= 0; i--) { /* like an odometer */
        if (++o->indices[i] < im_tuple_len(im_tuple_get(o->pool, i))) break;
        o->indices[i] = 0;
    }
    if (i < 0) return comb_end(o);
    Value r;
    if (im_is_private_obj(&o->head) && !im_is_none(o->result) && im_is_unique(o->result)) {
        r = im_new_ref(o->result);
        im_tuple_reuse(t, r);
        for (; i < n; i++) put(t, r, i, product_item(o, i));
        return r;
    }
    if (!im_is_none(o->result)) it_set(t, o, &o->result, IM_NONE);
    return product_tuple(t, o);
}
IT_NEXT(product_next, Comb)

IT_METHOD(product_reduce)
{
    Comb *o = combp(self);
    if (o->stopped) return it_reduced(t, self, im_tuple_pack(t, 1, im_tuple_empty()), IM_NO_VALUE, false);
    if (im_no_value(o->result)) return it_reduced(t, self, im_new_ref(o->pool), IM_NO_VALUE, false);
    return it_reduced(t, self, im_new_ref(o->pool), index_tuple(t, o->indices, o->r), true);
}
IT_METHOD(product_setstate)
{
    Comb *o = combp(self);
    if (state_tuple(t, args[0], o->r) < 0) return IM_NO_VALUE;
    for (ssize_t i = 0; i < o->r; i++) {
        ssize_t max = im_tuple_len(im_tuple_get(o->pool, i)), x;
        if (max == 0) { o->stopped = true; return IM_NONE; }
        if (im_ssize_arg(t, im_tuple_get(args[0], i), &x) < 0) return IM_NO_VALUE;
        o->indices[i] = x < 0 ? 0 : x > max - 1 ? max - 1 : x;
    }
    Value r = im_tuple_new(t, (size_t)o->r);
    if (im_no_value(r)) return r;
    for (ssize_t i = 0; i < o->r; i++) im_tuple_items(r)[i] = im_new_ref(product_item(o, i));
    it_set(t, o, &o->result, r);
    return IM_NONE;
}
IT_METHOD(product_sizeof)
{
    (void)t;
    return im_int((int64_t)(im_type_of(self)->core.size + (size_t)combp(self)->r * sizeof(ssize_t)));
}
#define SIZEOF_ROW IM_FIXED("__sizeof__", product_sizeof, 0, "($self, /)", "Returns size in memory, in bytes.")
static const ImMethodDef product_methods[] = {SIZEOF_ROW, IT_REDUCE_ROW(product_reduce), IT_SETSTATE_ROW(product_setstate), IM_END};
IT_TYPE(product, "product", Comb, product_new, product_next, product_methods, comb_destroy, "(*iterables, repeat=1)",
        "Cartesian product of input iterables.  Equivalent to nested for-loops.\n\nFor example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).\nThe "
        "leftmost iterators are in the outermost for-loop, so the output tuples\ncycle in a manner similar to an odometer (with the rightmost element changing\non every "
        "iteration).");

/* --- combinations -------------------------------------------------------------------------------------------------------------------- */

/* Parses (iterable, r); r_default: r may be absent or None = the pool's length. Pool owned. */
static int parse_pool(Thread *t, const char *name, const char *sig, const Value *args, size_t nargs, Value kwnames, Value *pool, ssize_t *r, bool r_default)
{
    ImArgs a;
    if (im_parse_args(t, name, sig, args, nargs, kwnames, &a) < 0) return -1;
    im_args_fini(t, &a);
    bool given = !im_no_value(a.v[1]) && !(r_default && im_is_none(a.v[1]));
    if (given && r_default && !im_is_int_like(a.v[1])) return im_raise_type(t, "Expected int as r"), -1;
    *pool = im_to_tuple(t, a.v[0]);
    if (im_no_value(*pool)) return -1;
    *r = im_tuple_len(*pool);
    if (given && im_ssize_arg(t, a.v[1], r) < 0) goto fail;
    if (*r < 0) {
        (void)im_raise_valueerror(t, "r must be non-negative");
        goto fail;
    }
    return 0;
fail:
    im_drop(t, *pool);
    return -1;
}

static Value combinations_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value pool;
    ssize_t r;
    if (parse_pool(t, "combinations", "(iterable, r)", args, nargs, kwnames, &pool, &r, false) < 0) return IM_NO_VALUE;
    ssize_t n = im_tuple_len(pool);
    Comb *o = comb_alloc(t, type, pool, r > n ? 0 : r, 0, r);
    if (!o) return IM_NO_VALUE;
    o->stopped = r > n;
    for (ssize_t i = 0; i < r && !o->stopped; i++) o->indices[i] = i;
    return im_value(o);
}
static Value combinations_next_step(Thread *t, Comb *o)
{
    if (o->stopped || im_no_value(o->pool)) return IM_STOP;
    if (im_no_value(o->result)) return first_result(t, o);
    ssize_t n = im_tuple_len(o->pool), r = o->r, i = r - 1;
    while (i >= 0 && o->indices[i] == i + n - r) i--;
    if (i < 0) return comb_end(o);
    o->indices[i]++;
    for (ssize_t j = i + 1; j < r; j++) o->indices[j] = o->indices[j - 1] + 1;
    return changed_result(t, o, i);
}
IT_NEXT(combinations_next, Comb)
/* (pool, r): r may be more than an immediate int holds. */
static Value with_length(Thread *t, Value pool, ssize_t r) { return im_tuple_steal_array(t, (Value[]){im_new_ref(pool), im_int_new(t, r)}, 2); }
IT_METHOD(combinations_reduce)
{
    Comb *o = combp(self);
    if (im_no_value(o->result)) return it_reduced(t, self, with_length(t, o->pool, o->r), IM_NO_VALUE, false);
    if (o->stopped) return it_reduced(t, self, with_length(t, im_tuple_empty(), o->r), IM_NO_VALUE, false);
    return it_reduced(t, self, with_length(t, o->pool, o->r), index_tuple(t, o->indices, o->r), true);
}
static Value set_result(Thread *t, Comb *o)
{
    Value r = im_tuple_new(t, (size_t)o->r);
    if (im_no_value(r)) return r;
    for (ssize_t i = 0; i < o->r; i++) im_tuple_items(r)[i] = im_new_ref(im_tuple_get(o->pool, o->indices[i]));
    it_set(t, o, &o->result, r);
    return IM_NONE;
}
IT_METHOD(combinations_setstate)
{
    Comb *o = combp(self);
    if (state_tuple(t, args[0], o->r) < 0) return IM_NO_VALUE;
    ssize_t n = im_tuple_len(o->pool);
    if (o->r > n) return IM_NONE;
    for (ssize_t i = 0; i < o->r; i++) {
        ssize_t x, max = i + n - o->r;
        if (im_ssize_arg(t, im_tuple_get(args[0], i), &x) < 0) return IM_NO_VALUE;
        o->indices[i] = x > max ? max : x < 0 ? 0 : x;
    }
    return set_result(t, o);
}
static const ImMethodDef combinations_methods[] = {SIZEOF_ROW, IT_REDUCE_ROW(combinations_reduce), IT_SETSTATE_ROW(combinations_setstate), IM_END};
IT_TYPE(combinations, "combinations", Comb, combinations_new, combinations_next, combinations_methods, comb_destroy, "(iterable, r)",
        "Return successive r-length combinations of elements in the iterable.\n\ncombinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)");

static Value cwr_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value pool;
    ssize_t r;
    if (parse_pool(t, "combinations_with_replacement", "(iterable, r)", args, nargs, kwnames, &pool, &r, false) < 0) return IM_NO_VALUE;
    ssize_t n = im_tuple_len(pool);
    if ((size_t)r > (size_t)PTRDIFF_MAX / sizeof(ssize_t) - 1) { im_drop(t, pool); return im_raise_memory(t); }
    Comb *o = comb_alloc(t, type, pool, r, 0, r);
    if (o) o->stopped = n == 0 && r > 0;
    return im_value(o);
}
static Value cwr_next_step(Thread *t, Comb *o)
{
    if (o->stopped || im_no_value(o->pool)) return IM_STOP;
    if (im_no_value(o->result)) return first_result(t, o);
    ssize_t n = im_tuple_len(o->pool), r = o->r, i = r - 1;
    while (i >= 0 && o->indices[i] == n - 1) i--;
    if (i < 0) return comb_end(o);
    ssize_t x = o->indices[i] + 1;
    for (ssize_t j = i; j < r; j++) o->indices[j] = x;
    return changed_result(t, o, i);
}
IT_NEXT(cwr_next, Comb)
IT_METHOD(cwr_setstate)
{
    Comb *o = combp(self);
    if (state_tuple(t, args[0], o->r) < 0 || load_indices(t, args[0], o->indices, o->r, im_tuple_len(o->pool)) < 0) return IM_NO_VALUE;
    if (o->stopped) return IM_NONE;
    return set_result(t, o);
}
static const ImMethodDef cwr_methods[] = {SIZEOF_ROW, IT_REDUCE_ROW(combinations_reduce), IT_SETSTATE_ROW(cwr_setstate), IM_END};
IT_TYPE(cwr, "combinations_with_replacement", Comb, cwr_new, cwr_next, cwr_methods, comb_destroy, "(iterable, r)",
        "Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.\n\n"
        "combinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')");

/* --- permutations --------------------------------------------------------------------------------------------------------------------- */

static Value permutations_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value pool;
    ssize_t r;
    if (parse_pool(t, "permutations", "(iterable, r=None)", args, nargs, kwnames, &pool, &r, true) < 0) return IM_NO_VALUE;
    ssize_t n = im_tuple_len(pool);
    Comb *o = comb_alloc(t, type, pool, n, r > n ? 0 : r, r);
    if (!o) return IM_NO_VALUE;
    o->stopped = r > n;
    for (ssize_t i = 0; i < n; i++) o->indices[i] = i;
    for (ssize_t i = 0; i < r && !o->stopped; i++) o->cycles[i] = n - i;
    return im_value(o);
}
static Value permutations_next_step(Thread *t, Comb *o)
{
    if (o->stopped || im_no_value(o->pool)) return IM_STOP;
    if (im_no_value(o->result)) return first_result(t, o);
    ssize_t n = im_tuple_len(o->pool), i;
    if (n == 0) return comb_end(o);
    for (i = o->r - 1; i >= 0; i--) {
        if (--o->cycles[i] == 0) { /* rotate indices[i:] to the left */
            ssize_t x = o->indices[i];
            for (ssize_t j = i; j < n - 1; j++) o->indices[j] = o->indices[j + 1]; /* few, mostly */
            o->indices[n - 1] = x;
            o->cycles[i] = n - i;
            continue;
        }
        ssize_t j = n - o->cycles[i], x = o->indices[i];
        o->indices[i] = o->indices[j];
        o->indices[j] = x;
        return changed_result(t, o, i);
    }
    return comb_end(o);
}
IT_NEXT(permutations_next, Comb)
IT_METHOD(permutations_reduce)
{
    Comb *o = combp(self);
    if (im_no_value(o->result)) return it_reduced(t, self, with_length(t, o->pool, o->r), IM_NO_VALUE, false);
    if (o->stopped) return it_reduced(t, self, with_length(t, im_tuple_empty(), o->r), IM_NO_VALUE, false);
    Value pair[2] = {index_tuple(t, o->indices, im_tuple_len(o->pool)), index_tuple(t, o->cycles, o->r)};
    if (im_no_value(pair[0]) || im_no_value(pair[1])) {
        im_xdrop(t, pair[0]);
        im_xdrop(t, pair[1]);
        return IM_NO_VALUE;
    }
    return it_reduced(t, self, with_length(t, o->pool, o->r), im_tuple_steal_array(t, pair, 2), true);
}
IT_METHOD(permutations_setstate)
{
    Comb *o = combp(self);
    ssize_t n = im_tuple_len(o->pool);
    if (state_tuple(t, args[0], 2) < 0) return IM_NO_VALUE;
    Value a = im_tuple_get(args[0], 0), b = im_tuple_get(args[0], 1);
    if (!im_is_tuple(a) || !im_is_tuple(b) || im_tuple_len(a) != n || im_tuple_len(b) != o->r) return im_raise_valueerror(t, "invalid arguments");
    if (o->stopped) return IM_NONE;
    if (load_indices(t, a, o->indices, n, n) < 0) return IM_NO_VALUE;
    for (ssize_t i = 0; i < o->r; i++) {
        ssize_t x;
        if (im_ssize_arg(t, im_tuple_get(b, i), &x) < 0) return IM_NO_VALUE;
        o->cycles[i] = x < 1 ? 1 : x > n - i ? n - i : x;
    }
    return set_result(t, o);
}
static const ImMethodDef permutations_methods[] = {SIZEOF_ROW, IT_REDUCE_ROW(permutations_reduce), IT_SETSTATE_ROW(permutations_setstate), IM_END};
IT_TYPE(permutations, "permutations", Comb, permutations_new, permutations_next, permutations_methods, comb_destroy, "(iterable, r=None)",
        "Return successive r-length permutations of elements in the iterable.\n\npermutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)");

static ImType product_type, combinations_type, cwr_type, permutations_type;
const ImTypeRow it_comb_rows[] = {
    {&combinations_type, &combinations_spec}, {&cwr_type, &cwr_spec}, {&permutations_type, &permutations_spec}, {&product_type, &product_spec}, {NULL, NULL},
};
