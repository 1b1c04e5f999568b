/* range, range_iterator and longrange_iterator.
 * SPDX-License-Identifier: MIT */
#include "types/int.h"
#include "types/function.h"
#include "types/iter.h"
#include "types/module.h"
#include "types/slice.h"
#include "types/str.h"
#include "types/tuple.h"

#define M(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

IM_INLINE ImRange *rangep(Value v) { return (ImRange *)im_ptr(v); }
static bool is_range(Value v) { return im_is_exact(v, &im_range_type); }
static bool is_small(ImRange *r) { return im_is_int(r->start) && im_is_int(r->stop) && im_is_int(r->step) && im_is_int(r->length); }

/* Items in start, stop, step (not 0); all exact ints. */
static Value range_count(Thread *t, Value start, Value stop, Value step)
{
    if (im_is_int(start) && im_is_int(stop) && im_is_int(step)) {
        int64_t a = im_int_get(start), b = im_int_get(stop), s = im_int_get(step);
        if (s > 0) return a < b ? im_int_new(t, (b - a - 1) / s + 1) : im_int(0);
        return a > b ? im_int_new(t, (a - b - 1) / -s + 1) : im_int(0);
    }
    Value lo = start, hi = stop, by = im_new_ref(step);
    if (im_int_sign(step) < 0) {
        lo = stop, hi = start;
        im_drop(t, by);
        by = im_negative(t, step);
        if (im_no_value(by)) return by;
    }
    Value n = im_int(0);
    if (im_int_cmp(lo, hi) < 0) {
        n = im_int_sub(t, hi, lo);
        if (!im_no_value(n) && im_int_isub(t, &n, im_int(1)) < 0) n = IM_NO_VALUE;
        if (!im_no_value(n)) {
            Value q = im_int_floordiv(t, n, by);
            im_drop(t, n);
            n = q;
        }
        if (!im_no_value(n) && im_int_iadd(t, &n, im_int(1)) < 0) n = IM_NO_VALUE;
    }
    im_drop(t, by);
    return n;
}

/* Takes over the three ints. They refer to nothing further, so ranges are never tracked. */
static Value range_steal(Thread *t, Value start, Value stop, Value step)
{
    Value n = im_no_value(start) || im_no_value(stop) || im_no_value(step) ? IM_NO_VALUE : range_count(t, start, stop, step);
    ImRange *r = im_no_value(n) ? NULL : (ImRange *)im_object_alloc_raw(t, &im_range_type.root, im_range_type.core.x_flags, sizeof *r);
    if (!r) {
        im_xdrop(t, start);
        im_xdrop(t, stop);
        im_xdrop(t, step);
        im_xdrop(t, n);
        return IM_NO_VALUE;
    }
    r->start = start;
    r->stop = stop;
    r->step = step;
    r->length = n;
    return im_value(r);
}

static Value range_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    if (im_no_kwargs(t, "range", kwnames) < 0 || im_check_nargs(t, "range", nargs, 1, 3) < 0) return IM_NO_VALUE;
    Value start = im_int(0), stop, step = im_int(1);
    if (nargs == 1) {
        if (im_no_value(stop = im_index(t, args[0]))) return stop;
        return range_steal(t, start, stop, step);
    }
    if (im_no_value(start = im_index(t, args[0]))) return start;
    if (im_no_value(stop = im_index(t, args[1]))) { im_drop(t, start); return stop; }
    if (nargs > 2) {
        step = im_index(t, args[2]);
        if (!im_no_value(step) && im_int_sign(step) == 0) {
            IM_CLEAR(t, step);
            (void)im_raise_valueerror(t, "range() arg 3 must not be zero");
        }
    }
    return range_steal(t, start, stop, step);
}

static int range_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImRange *r = (ImRange *)o;
    Value all[4] = {r->start, r->stop, r->step, r->length};
    for (int i = 0; i < 4; i++) {
        int e = im_is_object(all[i]) ? visit(all[i], arg) : 0;
        if (e) return e;
    }
    return 0;
}
static void range_destroy(Thread *t, ImObject *o)
{
    ImRange *r = (ImRange *)o;
    im_destroy_child(t, r->start);
    im_destroy_child(t, r->stop);
    im_destroy_child(t, r->step);
    im_destroy_child(t, r->length);
}

/* --- protocol ------------------------------------------------------------------------------------------------------------------ */

static Value range_repr(Thread *t, Value self)
{
    ImRange *r = rangep(self);
    if (im_same(r->step, im_int(1))) return im_str_format(t, "range(%R, %R)", r->start, r->stop);
    return im_str_format(t, "range(%R, %R, %R)", r->start, r->stop, r->step);
}

static ssize_t range_length(Thread *t, Value self)
{
    ssize_t n;
    return im_ssize_arg(t, rangep(self)->length, &n) < 0 ? -1 : n;
}

static int range_bool(Thread *t, Value self) { (void)t; return im_int_sign(rangep(self)->length) > 0; }

/* start + i * step */
static Value item_at(Thread *t, ImRange *r, Value i)
{
    if (im_is_int(i) && is_small(r)) {
        int64_t x;
        if (!__builtin_mul_overflow(im_int_get(i), im_int_get(r->step), &x) && !__builtin_add_overflow(x, im_int_get(r->start), &x)) return im_int_new(t, x);
    }
    Value x = im_int_mul(t, i, r->step);
    if (!im_no_value(x) && im_int_iadd(t, &x, r->start) < 0) x = IM_NO_VALUE;
    return x;
}

/* Item at an index that is an exact int, from the end if negative. */
static Value item_signed(Thread *t, ImRange *r, Value i)
{
    Value k = im_int_sign(i) < 0 ? im_int_add(t, i, r->length) : im_new_ref(i);
    if (im_no_value(k)) return k;
    Value v = im_int_sign(k) < 0 || im_int_cmp(k, r->length) >= 0 ? im_raise_index(t, "range object index out of range") : item_at(t, r, k);
    im_drop(t, k);
    return v;
}

static Value range_item(Thread *t, Value self, ssize_t i)
{
    if (i < 0) return im_raise_index(t, "range object index out of range");
    Value k = im_int_new(t, i);
    if (im_no_value(k)) return k;
    Value v = item_signed(t, rangep(self), k);
    im_drop(t, k);
    return v;
}

static Value range_slice(Thread *t, ImRange *r, Value slice)
{
    Value bounds = im_call_method1(t, slice, IM_S(indices), r->length);
    if (im_no_value(bounds)) return bounds;
    Value start = item_at(t, r, im_tuple_get(bounds, 0)), stop = IM_NO_VALUE, step = IM_NO_VALUE;
    if (!im_no_value(start)) stop = item_at(t, r, im_tuple_get(bounds, 1));
    if (!im_no_value(stop)) step = im_int_mul(t, r->step, im_tuple_get(bounds, 2));
    im_drop(t, bounds);
    return range_steal(t, start, stop, step);
}

static Value range_subscript(Thread *t, Value self, Value key)
{
    if (im_is_int(key)) return item_signed(t, rangep(self), key);
    if (im_is_slice(key)) return range_slice(t, rangep(self), key);
    if (!im_is_index(key)) return im_raise_type(t, "range indices must be integers or slices, not %.200T", key);
    Value i = im_index(t, key);
    if (im_no_value(i)) return i;
    Value v = item_signed(t, rangep(self), i);
    im_drop(t, i);
    return v;
}

static bool is_plain_int(Value v) { return im_is_int_exact(v) || im_is_bool(v); }

/* 1 if v, an int, is an item; then *index is its index (owned) when asked for. */
static int find_int(Thread *t, ImRange *r, Value v, Value *index)
{
    if (im_is_bool(v)) v = im_int(v.bits == IM_TRUE.bits);
    bool up = im_int_sign(r->step) > 0;
    if (up ? im_int_cmp(v, r->start) < 0 || im_int_cmp(v, r->stop) >= 0 : im_int_cmp(v, r->start) > 0 || im_int_cmp(v, r->stop) <= 0) return 0;
    Value d = im_int_sub(t, v, r->start), qr = im_no_value(d) ? d : im_int_divmod(t, d, r->step);
    im_xdrop(t, d);
    if (im_no_value(qr)) return -1;
    int found = im_int_sign(im_tuple_get(qr, 1)) == 0;
    if (found && index) *index = im_new_ref(im_tuple_get(qr, 0));
    im_drop(t, qr);
    return found;
}

static Value range_iter(Thread *t, Value self);

/* Search by comparing each item: first index or count. *result -1: absent. */
static int search(Thread *t, Value self, Value v, bool count_all, int64_t *result)
{
    Value it = range_iter(t, self);
    if (im_no_value(it)) return -1;
    *result = count_all ? 0 : -1;
    for (int64_t i = 0;; i++) {
        Value x = im_next(t, it);
        if (im_is_stop(x)) break;
        int r = im_no_value(x) ? -1 : im_equal(t, x, v);
        im_xdrop(t, x);
        if (r == 0) r = IM_POLL_EVERY(t, i);
        if (r < 0) { im_drop(t, it); return -1; }
        if (r && count_all) ++*result;
        else if (r) { *result = i; break; }
    }
    im_drop(t, it);
    return 0;
}

static int range_contains(Thread *t, Value self, Value v)
{
    if (is_plain_int(v)) return find_int(t, rangep(self), v, NULL);
    int64_t i;
    return search(t, self, v, false, &i) < 0 ? -1 : i >= 0;
}

static int ranges_equal(ImRange *a, ImRange *b)
{
    if (im_int_cmp(a->length, b->length) != 0) return 0;
    if (im_int_sign(a->length) == 0) return 1;
    if (im_int_cmp(a->start, b->start) != 0) return 0;
    return im_same(a->length, im_int(1)) || im_int_cmp(a->step, b->step) == 0;
}

static Value range_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    if (!is_range(a) || !is_range(b) || (op != IM_EQ && op != IM_NE)) return IM_NOT_IMPLEMENTED;
    return im_bool((im_same(a, b) || ranges_equal(rangep(a), rangep(b))) == (op == IM_EQ));
}

static int64_t range_hash(Thread *t, Value self)
{
    ImRange *r = rangep(self);
    bool any = im_int_sign(r->length) > 0, many = any && !im_same(r->length, im_int(1));
    Value key = im_tuple_pack(t, 3, r->length, any ? r->start : IM_NONE, many ? r->step : IM_NONE);
    if (im_no_value(key)) return -1;
    int64_t h = im_hash(t, key);
    im_drop(t, key);
    return h;
}

M(m_index)
{
    Value i;
    if (is_plain_int(args[0])) {
        int r = find_int(t, rangep(self), args[0], &i);
        if (r > 0) return i;
        return r < 0 ? IM_NO_VALUE : im_raise_valueerror(t, "%R is not in range", args[0]);
    }
    int64_t k;
    if (search(t, self, args[0], false, &k) < 0) return IM_NO_VALUE;
    return k < 0 ? im_raise_valueerror(t, "sequence.index(x): x not in sequence") : im_int_new(t, k);
}

M(m_count)
{
    if (is_plain_int(args[0])) {
        int r = find_int(t, rangep(self), args[0], NULL);
        return r < 0 ? IM_NO_VALUE : im_int(r);
    }
    int64_t k;
    return search(t, self, args[0], true, &k) < 0 ? IM_NO_VALUE : im_int_new(t, k);
}

M(m_reduce)
{
    ImRange *r = rangep(self);
    Value a = im_tuple_pack(t, 3, r->start, r->stop, r->step);
    if (im_no_value(a)) return a;
    Value pair[2] = {im_new_ref(im_type_value(&im_range_type)), a};
    return im_tuple_steal_array(t, pair, 2);
}

/* --- iterators ------------------------------------------------------------------------------------------------------------------ */

typedef struct LongRangeIter {
    ImObject head;
    Value x_start, step, x_length; /* replaced by __setstate__ only */
    int64_t x_index, x_len;        /* x_length, clipped: nobody gets that far */
} LongRangeIter;
IM_TYPE_DECLARE(longrange_iterator);

/* `stop` is the value after the last one, exactly. */
static Value small_iter(Thread *t, int64_t start, int64_t stop, int64_t step)
{
    ImRangeIter *it = (ImRangeIter *)im_object_alloc_raw(t, &im_range_iterator_type.root, im_range_iterator_type.core.x_flags, sizeof *it);
    if (!it) return IM_NO_VALUE;
    it->x_next = start;
    it->step = step;
    if (step > 0) it->stop = start >= stop ? start : step == 1 ? stop : start + ((stop - start - 1) / step + 1) * step;
    else it->stop = start <= stop ? start : step == -1 ? stop : start + ((start - stop - 1) / -step + 1) * step;
    it->pad = 0;
    return im_value(it);
}

/* Steals start and step. */
static Value long_iter(Thread *t, Value start, Value step, Value length)
{
    LongRangeIter *it = im_no_value(start) || im_no_value(step) ? NULL
        : (LongRangeIter *)im_object_alloc_raw(t, &im_longrange_iterator_type.root, im_longrange_iterator_type.core.x_flags, sizeof *it);
    if (!it) {
        im_xdrop(t, start);
        im_xdrop(t, step);
        return IM_NO_VALUE;
    }
    it->x_start = start;
    it->step = step;
    it->x_length = im_new_ref(length);
    it->x_index = 0;
    (void)im_int_get64(length, &it->x_len);
    return im_value(it);
}

static Value range_iter(Thread *t, Value self)
{
    ImRange *r = rangep(self);
    if (IM_LIKELY(is_small(r))) return small_iter(t, im_int_get(r->start), im_int_get(r->stop), im_int_get(r->step));
    return long_iter(t, im_new_ref(r->start), im_new_ref(r->step), r->length);
}

M(m_reversed)
{
    ImRange *r = rangep(self);
    if (im_int_sign(r->length) == 0) return small_iter(t, 0, 0, 1);
    if (is_small(r)) {
        int64_t n = im_int_get(r->length), start = im_int_get(r->start), step = im_int_get(r->step), last = start + (n - 1) * step;
        if (im_int_fits(start - step)) return small_iter(t, last, start - step, -step);
    }
    Value last_index = im_int_sub(t, r->length, im_int(1)), last = im_no_value(last_index) ? last_index : item_at(t, r, last_index);
    im_xdrop(t, last_index);
    return long_iter(t, last, im_negative(t, r->step), r->length);
}

static Value rangeiter_next(Thread *t, Value self)
{
    (void)t;
    ImRangeIter *it = (ImRangeIter *)im_ptr(self);
    int64_t x = im_load_relaxed(&it->x_next), step = it->step;
    if (IM_LIKELY(im_is_private_obj(&it->head))) {
        if (x == it->stop) return IM_STOP;
        it->x_next = x + step;
        return im_int(x);
    }
    do {
        if (x == it->stop) return IM_STOP;
    } while (!im_cas_acq_rel(&it->x_next, &x, x + step));
    return im_int(x);
}

static int64_t rangeiter_left(ImRangeIter *it)
{
    int64_t x = im_load_relaxed(&it->x_next), step = it->step;
    if (step > 0) return x < it->stop ? (it->stop - x - 1) / step + 1 : 0;
    return x > it->stop ? (x - it->stop - 1) / -step + 1 : 0;
}

M(rangeiter_length_hint) { return im_int_new(t, rangeiter_left((ImRangeIter *)im_ptr(self))); }

/* (iter, (range,), None); steals what it gets */
static Value iter_reduce(Thread *t, Value start, Value stop, Value step)
{
    Value range = range_steal(t, start, stop, step), inner = im_no_value(range) ? range : im_tuple_steal_array(t, &range, 1);
    if (im_no_value(inner)) return inner;
    Value fn = im_import_from(t, "builtins", "iter"), r = im_no_value(fn) ? fn : im_tuple_pack(t, 3, fn, inner, IM_NONE);
    im_xdrop(t, fn);
    im_drop(t, inner);
    return r;
}

M(rangeiter_reduce)
{
    ImRangeIter *it = (ImRangeIter *)im_ptr(self);
    int64_t x = im_load_relaxed(&it->x_next);
    return iter_reduce(t, im_int_new(t, x), im_int_new(t, x + rangeiter_left(it) * it->step), im_int_new(t, it->step));
}

M(rangeiter_setstate)
{
    ImRangeIter *it = (ImRangeIter *)im_ptr(self);
    int64_t i;
    if (im_as_int64(t, args[0], &i) < 0) return IM_NO_VALUE;
    int64_t left = rangeiter_left(it);
    i = i < 0 ? 0 : i > left ? left : i;
    im_store_relaxed(&it->x_next, im_load_relaxed(&it->x_next) + i * it->step);
    return IM_NONE;
}

static Value longiter_next(Thread *t, Value self)
{
    LongRangeIter *it = (LongRangeIter *)im_ptr(self);
    int64_t i = im_load_relaxed(&it->x_index);
    do {
        if (i >= im_load_relaxed(&it->x_len)) return IM_STOP;
    } while (!im_cas_acq_rel(&it->x_index, &i, i + 1));
    Value x = im_int_mul(t, it->step, im_int(i));
    Value start = im_slot_get(t, NULL, &it->x_start);
    if (!im_no_value(x) && im_int_iadd(t, &x, start) < 0) x = IM_NO_VALUE;
    im_drop(t, start);
    return x;
}
static int longiter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    LongRangeIter *it = (LongRangeIter *)o;
    int r = im_is_object(it->x_start) ? visit(it->x_start, arg) : 0;
    if (!r && im_is_object(it->x_length)) r = visit(it->x_length, arg);
    return r || !im_is_object(it->step) ? r : visit(it->step, arg);
}
static void longiter_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((LongRangeIter *)o)->x_start);
    im_destroy_child(t, ((LongRangeIter *)o)->x_length);
    im_destroy_child(t, ((LongRangeIter *)o)->step);
}
M(longiter_length_hint)
{
    LongRangeIter *it = (LongRangeIter *)im_ptr(self);
    Value i = im_int_new(t, im_load_relaxed(&it->x_index)), r = im_no_value(i) ? i : im_int_sub(t, it->x_length, i);
    im_xdrop(t, i);
    return r;
}
/* start + i * step */
static Value longiter_value(Thread *t, LongRangeIter *it, Value i)
{
    Value x = im_int_mul(t, it->step, i);
    if (!im_no_value(x) && im_int_iadd(t, &x, it->x_start) < 0) x = IM_NO_VALUE;
    return x;
}
M(longiter_reduce)
{
    LongRangeIter *it = (LongRangeIter *)im_ptr(self);
    Value i = im_int_new(t, im_load_relaxed(&it->x_index)), start = im_no_value(i) ? i : longiter_value(t, it, i);
    im_xdrop(t, i);
    if (im_no_value(start)) return start;
    return iter_reduce(t, start, longiter_value(t, it, it->x_length), im_new_ref(it->step));
}
/* Skips that many items, at most what is left. */
M(longiter_setstate)
{
    LongRangeIter *it = (LongRangeIter *)im_ptr(self);
    if (!im_is_int_like(args[0])) return im_raise_type(t, "state must be an int, not %.200T", args[0]);
    Value zero = im_int(0), i = args[0];
    if (im_int_sign(i) < 0) i = zero;
    if (im_int_cmp(i, it->x_length) > 0) i = it->x_length;
    Value start = longiter_value(t, it, i), length = im_no_value(start) ? start : im_int_sub(t, it->x_length, i);
    if (im_no_value(length)) {
        im_xdrop(t, start);
        return IM_NO_VALUE;
    }
    int64_t n;
    (void)im_int_get64(length, &n);
    im_slot_put(t, &it->head, &it->x_start, start);
    im_slot_put(t, &it->head, &it->x_length, length);
    im_store_relaxed(&it->x_index, (int64_t)0);
    im_store_relaxed(&it->x_len, n);
    return IM_NONE;
}

/* --- types ----------------------------------------------------------------------------------------------------------------------- */

static const ImMethodDef range_methods[] = {
    IM_FIXED("__reversed__", m_reversed, 0, "($self, /)", "Return a reverse iterator."),
    IM_FIXED("__reduce__", m_reduce, 0, "($self, /)", NULL),
    IM_FIXED("count", m_count, 1, "($self, object, /)", "rangeobject.count(value) -> integer -- return number of occurrences of value"),
    IM_FIXED("index", m_index, 1, "($self, object, /)",
             "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present."),
    IM_END,
};
static const ImMemberDef range_members[] = {
    {"start", IM_T_VALUE, offsetof(ImRange, start), true, NULL},
    {"stop", IM_T_VALUE, offsetof(ImRange, stop), true, NULL},
    {"step", IM_T_VALUE, offsetof(ImRange, step), true, NULL},
    IM_END,
};
static const ImSlots range_slots = {
    .repr = range_repr, .getattr = im_generic_getattr, .hash = range_hash, .richcompare = range_richcompare, .iter = range_iter, .new_ = range_new, .bool_ = range_bool,
    .length = range_length, .item = range_item, .contains = range_contains, .subscript = range_subscript,
};
static const ImTypeSpec range_spec = {
    .name = "range",
    .doc = "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start "
           "(inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) "
           "produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    .size = sizeof(ImRange), .flags = IM_TF_GC | IM_TF_SEQUENCE, .slots = &range_slots, .methods = range_methods, .members = range_members,
    .traverse = range_traverse, .destroy = range_destroy,
};
IM_TYPE(range, &range_spec);

static const ImMethodDef rangeiter_methods[] = {
    IM_FIXED("__length_hint__", rangeiter_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."),
    IM_FIXED("__reduce__", rangeiter_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_FIXED("__setstate__", rangeiter_setstate, 1, "($self, object, /)", "Set state information for unpickling."),
    IM_END,
};
static const ImSlots rangeiter_slots = {.iter = im_iter_self, .next = rangeiter_next};
static const ImTypeSpec rangeiter_spec = {
    .name = "range_iterator", .size = sizeof(ImRangeIter), .flags = IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &rangeiter_slots, .methods = rangeiter_methods,
};
IM_TYPE(range_iterator, &rangeiter_spec);

static const ImMethodDef longiter_methods[] = {
    IM_FIXED("__length_hint__", longiter_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."),
    IM_FIXED("__reduce__", longiter_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_FIXED("__setstate__", longiter_setstate, 1, "($self, object, /)", "Set state information for unpickling."),
    IM_END,
};
static const ImSlots longiter_slots = {.iter = im_iter_self, .next = longiter_next};
static const ImTypeSpec longiter_spec = {
    .name = "longrange_iterator", .size = sizeof(LongRangeIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &longiter_slots,
    .methods = longiter_methods, .traverse = longiter_traverse, .destroy = longiter_destroy,
};
IM_TYPE(longrange_iterator, &longiter_spec);
