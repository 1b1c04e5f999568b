/* tuple and tuple_iterator.
 * SPDX-License-Identifier: MIT */
#include "types/tuple.h"

#include <stdarg.h>

#include "mem/fast.h"
#include "mem/vec.h"
#include "types/function.h"
#include "types/int.h"
#include "types/iter.h"
#include "types/list.h"
#include "types/module.h"
#include "types/slice.h"
#include "types/str.h"

/* A static object: the one empty tuple. */
static struct {
    ImLinks links;
    ImTuple tuple;
} empty_tuple = {{0, 0}, {{&im_tuple_type.root, IM_COUNT_UNC, 0, 0, 0}, 0}};

Value im_tuple_empty(void) { return im_value(&empty_tuple.tuple); }

IM_INLINE ImTuple *tuple_alloc(Thread *t, size_t n)
{
    if (IM_UNLIKELY(n > (SIZE_MAX >> 5))) { (void)im_raise_memory(t); return NULL; }
    ImTuple *o = (ImTuple *)im_tracked_alloc(t, &im_tuple_type.root, sizeof(ImTuple) + n * sizeof(Value));
    if (IM_LIKELY(o != NULL)) o->len = (ssize_t)n;
    return o;
}

Value im_tuple_new(Thread *t, size_t n)
{
    if (n == 0) return im_tuple_empty();
    ImTuple *o = tuple_alloc(t, n);
    if (IM_UNLIKELY(!o)) return IM_NO_VALUE;
    for (size_t i = 0; i < n; i++) {
        o->items[i] = IM_NO_VALUE;
        IM_SHORT_LOOP();
    }
    im_track_new(t, &o->head);
    return im_value(o);
}

Value im_tuple_new_untracked(Thread *t, size_t n)
{
    if (n == 0) return im_tuple_empty();
    ImTuple *o = tuple_alloc(t, n);
    if (IM_UNLIKELY(!o)) return IM_NO_VALUE;
    memset(o->items, 0, n * sizeof(Value));
    return im_value(o);
}

/* Items made one after the other may lack one, whose maker has raised: there is no tuple then. */
static IM_NOINLINE IM_COLD Value incomplete(Thread *t, ImTuple *o)
{
    if (im_pending(t)) {
        im_drop(t, im_value(o));
        return IM_NO_VALUE;
    }
    return im_gc_track(t, &o->head), im_value(o);
}

/* A tuple of immediates refers to nothing, so the collector need not see it. */
IM_INLINE Value tuple_done(Thread *t, ImTuple *o, uint64_t any_object)
{
    if (any_object) im_track_new(t, &o->head);
    return im_value(o);
}

Value im_tuple_from_array(Thread *t, const Value *items, size_t n)
{
    if (n == 0) return im_tuple_empty();
    ImTuple *o = tuple_alloc(t, n);
    if (IM_UNLIKELY(!o)) return IM_NO_VALUE;
    uint64_t any = 0;
    for (size_t i = 0; i < n; i++) {
        Value v = items[i];
        if (im_is_object(v)) { im_take_obj(im_ptr(v)); any = 1; }
        o->items[i] = v;
    }
    return tuple_done(t, o, any);
}

Value im_tuple_steal_array(Thread *t, Value *items, size_t n)
{
    if (n == 0) return im_tuple_empty();
    ImTuple *o = tuple_alloc(t, n);
    if (IM_UNLIKELY(!o)) {
        for (size_t i = 0; i < n; i++) im_xdrop(t, items[i]);
        return IM_NO_VALUE;
    }
    uint64_t any = 0, holes = 0;
    for (size_t i = 0; i < n; i++) {
        o->items[i] = items[i];
        any |= im_is_object(items[i]);
        holes |= im_no_value(items[i]);
    }
    return IM_UNLIKELY(holes) ? incomplete(t, o) : tuple_done(t, o, any);
}

Value im_tuple_pair_steal(Thread *t, Value a, Value b)
{
    ImTuple *o = tuple_alloc(t, 2);
    if (IM_UNLIKELY(!o)) {
        im_xdrop(t, a);
        im_xdrop(t, b);
        return IM_NO_VALUE;
    }
    o->items[0] = a;
    o->items[1] = b;
    return tuple_done(t, o, (int)im_is_object(a) | (int)im_is_object(b));
}

Value im_tuple_pack(Thread *t, size_t n, ...)
{
    if (n == 0) return im_tuple_empty();
    ImTuple *o = tuple_alloc(t, n);
    if (IM_UNLIKELY(!o)) return IM_NO_VALUE;
    uint64_t any = 0, holes = 0;
    va_list ap;
    va_start(ap, n);
    for (size_t i = 0; i < n; i++) {
        Value v = va_arg(ap, Value);
        im_xtake(v);
        any |= im_is_object(v);
        holes |= im_no_value(v);
        o->items[i] = v;
    }
    va_end(ap);
    return IM_UNLIKELY(holes) ? incomplete(t, o) : tuple_done(t, o, any);
}

Value im_tuple_slice(Thread *t, Value tuple, ssize_t lo, ssize_t hi)
{
    ssize_t n = im_tuple_len(tuple);
    if (lo < 0) lo = 0;
    if (hi > n) hi = n;
    if (hi < lo) hi = lo;
    if (lo == 0 && hi == n && im_is_tuple_exact(tuple)) return im_new_ref(tuple);
    return im_tuple_from_array(t, im_tuple_items(tuple) + lo, (size_t)(hi - lo));
}

_Static_assert(offsetof(ImTuple, len) == sizeof(ImObject) && offsetof(ImTuple, items) == sizeof(ImObject) + sizeof(Value), "im_items_traverse");

/* --- memory ------------------------------------------------------------------------------------------------------------- */

static void tuple_destroy(Thread *t, ImObject *self)
{
    ImTuple *o = (ImTuple *)self;
    ssize_t n = o->len;
    while (n > 0 && im_drop_plain(t, o->items[n - 1])) n--;
    if (n <= 1) {
        if (n) im_destroy_child(t, o->items[0]);
        return;
    }
    /* Dropping may run Python code and so collections: what is still to be dropped is a root. */
    ImValueVec vec;
    im_vec_init(t, &vec);
    vec.items = o->items;
    vec.len = (size_t)n;
    while (vec.len) {
        Value v = o->items[--vec.len];
        im_destroy_child(t, v);
    }
    vec.items = vec.small;
    im_vec_fini(t, &vec);
}

/* --- protocol ------------------------------------------------------------------------------------------------------------ */

static int64_t tuple_hash(Thread *t, Value self)
{
    const uint64_t p1 = 11400714785074694791u, p2 = 14029467366897019727u, p5 = 2870177450012600261u;
    uint64_t acc = p5;
    ssize_t n = im_tuple_len(self);
    if (im_c_stack_low(t)) return im_raise_stack_low(t), -1;
    for (ssize_t i = 0; i < n; i++) {
        Value v = im_tuple_get(self, i);
        int64_t lane = im_is_int(v) && im_int_get(v) >= 0 && im_int_get(v) < ((int64_t)1 << 61) - 1 ? im_int_get(v) : im_hash(t, v);
        if (lane == -1) return -1;
        acc += (uint64_t)lane * p2;
        acc = (acc << 31) | (acc >> 33);
        acc *= p1;
    }
    acc += (uint64_t)n ^ (p5 ^ 3527539u);
    return acc == (uint64_t)-1 ? 1546275796 : (int64_t)acc;
}

static Value tuple_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_tuple(a) || !im_is_tuple(b)) return IM_NOT_IMPLEMENTED;
    ssize_t na = im_tuple_len(a), nb = im_tuple_len(b), i, n = na < nb ? na : nb;
    for (i = 0; i < n; i++) { /* numbers and strs, which run nothing */
        Value x = im_tuple_get(a, i), y = im_tuple_get(b, i);
        if (im_same(x, y)) continue;
        if (im_are_ints(x, y)) return im_ordered(op, im_int_get(x) < im_int_get(y) ? -1 : 1);
        if (im_are_flts(x, y)) return im_ordered(op, im_flt_get(x) < im_flt_get(y) ? -1 : 1); /* of the same value they are the same */
        if (!im_is_str_exact(x) || !im_is_str_exact(y)) break;
        if (im_str_equal(x, y)) continue;
        return op == IM_EQ ? IM_FALSE : op == IM_NE ? IM_TRUE : im_ordered(op, im_str_compare(x, y));
    }
    if (i >= n) return im_ordered(op, na < nb ? -1 : na > nb);
    if (im_recurse_enter(t, " in comparison") < 0) return IM_NO_VALUE;
    for (; i < n; i++) {
        Value x = im_tuple_get(a, i), y = im_tuple_get(b, i);
        if (im_same(x, y)) continue;
        if (im_are_ints(x, y)) break;
        int eq = im_compare_bool(t, x, y, IM_EQ);
        if (eq < 0) { im_recurse_leave(t); return IM_NO_VALUE; }
        if (!eq) break;
    }
    im_recurse_leave(t);
    if (i >= n) return im_ordered(op, na < nb ? -1 : na > nb);
    if (op == IM_EQ) return IM_FALSE;
    if (op == IM_NE) return IM_TRUE;
    return im_compare(t, im_tuple_get(a, i), im_tuple_get(b, i), op);
}

static Value tuple_repr(Thread *t, Value self)
{
    ssize_t n = im_tuple_len(self);
    if (n == 0) return im_str_from_latin1(t, "()", 2);
    int r = im_repr_enter(t, self);
    if (r) return r > 0 ? im_str_from_latin1(t, "(...)", 5) : IM_NO_VALUE;
    ImStrBuilder b;
    im_sb_init(&b);
    if (im_sb_ascii(t, &b, "(", 1) < 0) goto fail;
    for (ssize_t i = 0; i < n; i++) {
        if (i && im_sb_ascii(t, &b, ", ", 2) < 0) goto fail;
        if (im_sb_repr(t, &b, im_tuple_get(self, i)) < 0) goto fail;
    }
    if (im_sb_ascii(t, &b, n == 1 ? ",)" : ")", -1) < 0) goto fail;
    im_repr_leave(t, self);
    return im_sb_finish(t, &b);
fail:
    im_repr_leave(t, self);
    im_sb_free(&b);
    return IM_NO_VALUE;
}

static ssize_t tuple_length(Thread *t, Value self) { (void)t; return im_tuple_len(self); }

static Value tuple_item(Thread *t, Value self, ssize_t i)
{
    if (i < 0 || i >= im_tuple_len(self)) return im_raise_index(t, "tuple index out of range");
    return im_new_ref(im_tuple_get(self, i));
}

static Value tuple_subscript(Thread *t, Value self, Value key)
{
    if (im_is_int(key)) {
        int64_t i = im_int_get(key);
        return tuple_item(t, self, i < 0 ? i + im_tuple_len(self) : i);
    }
    if (im_is_slice(key)) {
        ssize_t start, stop, step;
        if (im_slice_unpack(t, key, &start, &stop, &step) < 0) return IM_NO_VALUE;
        ssize_t n = im_slice_adjust(im_tuple_len(self), &start, &stop, step);
        if (n <= 0) return im_tuple_empty();
        if (step == 1) return im_tuple_slice(t, self, start, start + n);
        Value r = im_tuple_new(t, (size_t)n);
        if (im_no_value(r)) return r;
        for (ssize_t i = 0; i < n; i++) im_tuple_items(r)[i] = im_new_ref(im_tuple_get(self, start + i * step));
        return r;
    }
    if (im_is_index(key)) {
        ssize_t i;
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return IM_NO_VALUE;
        return tuple_item(t, self, i < 0 ? i + im_tuple_len(self) : i);
    }
    return im_raise_type(t, "tuple indices must be integers or slices, not %.200T", key);
}

static Value tuple_concat(Thread *t, Value a, Value b)
{
    if (im_is_tuple_exact(b) && im_tuple_len(a) == 0) return im_new_ref(b);
    if (!im_is_tuple(b)) return im_raise_type(t, "can only concatenate tuple (not \"%.200T\") to tuple", b);
    if (im_tuple_len(b) == 0 && im_is_tuple_exact(a)) return im_new_ref(a);
    size_t na = (size_t)im_tuple_len(a), nb = (size_t)im_tuple_len(b);
    if (na + nb == 0) return im_tuple_empty();
    ImTuple *o = tuple_alloc(t, na + nb);
    if (!o) return IM_NO_VALUE;
    for (size_t i = 0; i < na; i++) o->items[i] = im_new_ref(im_tuple_items(a)[i]);
    for (size_t i = 0; i < nb; i++) o->items[na + i] = im_new_ref(im_tuple_items(b)[i]);
    return tuple_done(t, o, 1);
}

static Value tuple_repeat(Thread *t, Value self, ssize_t n)
{
    size_t len = (size_t)im_tuple_len(self);
    if ((len == 0 || n == 1) && im_is_tuple_exact(self)) return im_new_ref(self);
    if (len == 0 || n <= 0) return im_tuple_empty();
    if (len > (size_t)PTRDIFF_MAX / 8 / (size_t)n) return im_raise_memory(t);
    ImTuple *o = tuple_alloc(t, len * (size_t)n);
    if (!o) return IM_NO_VALUE;
    for (size_t i = 0; i < len; i++) {
        Value v = im_tuple_items(self)[i];
        if (im_is_object(v)) im_take_n(v, (size_t)n);
        for (size_t j = i; j < len * (size_t)n; j += len) o->items[j] = v;
    }
    return tuple_done(t, o, 1);
}

static int tuple_contains(Thread *t, Value self, Value v)
{
    ssize_t n = im_tuple_len(self);
    for (ssize_t i = 0; i < n; i++) {
        Value x = im_tuple_get(self, i);
        int r = im_equal_at_once(x, v);
        if (r < 0) r = im_equal(t, x, v);
        if (r) return r;
    }
    return 0;
}

static Value tuple_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (type == &im_tuple_type && nargs == 1 && im_no_value(kwnames)) return im_to_tuple(t, args[0]);
    if (type == &im_tuple_type || IM_SLOT(type, init) == im_object_type.slots.init) {
        if (im_no_kwargs(t, "tuple", kwnames) < 0) return IM_NO_VALUE;
    }
    if (im_check_nargs(t, "tuple", nargs, 0, 1) < 0) return IM_NO_VALUE;
    Value items = nargs ? im_to_tuple(t, args[0]) : im_tuple_empty();
    if (type == &im_tuple_type || im_no_value(items)) return items;
    size_t n = (size_t)im_tuple_len(items);
    ImTuple *o = (ImTuple *)im_instance_alloc(t, type, n * sizeof(Value));
    if (IM_LIKELY(o && im_is_unique(items) && im_is_private_obj(&o->head))) { /* made just now: its items move */
        for (size_t i = 0; i < n; i++) {
            o->items[i] = im_tuple_items(items)[i];
            im_tuple_items(items)[i] = IM_NONE;
        }
        o->len = (ssize_t)n;
    } else if (o) {
        for (size_t i = 0; i < n; i++) o->items[i] = im_new_ref(im_tuple_get(items, (ssize_t)i));
        o->len = (ssize_t)n;
    }
    im_drop(t, items);
    return im_value(o);
}

/* --- methods ------------------------------------------------------------------------------------------------------------- */

static Value tuple_index(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)kwnames;
    ssize_t start = 0, stop = PTRDIFF_MAX, n = im_tuple_len(self);
    if (nargs > 1 && im_slice_index_not_none(t, args[1], &start) < 0) return IM_NO_VALUE;
    if (nargs > 2 && im_slice_index_not_none(t, args[2], &stop) < 0) return IM_NO_VALUE;
    if (start < 0 && (start += n) < 0) start = 0;
    if (stop < 0) stop += n;
    if (stop > n) stop = n;
    for (ssize_t i = start; i < stop; i++) {
        int r = im_equal_at_once(im_tuple_get(self, i), args[0]);
        if (r < 0 && (r = im_equal(t, im_tuple_get(self, i), args[0])) < 0) return IM_NO_VALUE;
        if (r) return im_int(i);
    }
    return im_raise_valueerror(t, "tuple.index(x): x not in tuple");
}

static Value tuple_count(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    ssize_t n = im_tuple_len(self), count = 0;
    for (ssize_t i = 0; i < n; i++) {
        int r = im_equal_at_once(im_tuple_get(self, i), args[0]);
        if (r < 0 && (r = im_equal(t, im_tuple_get(self, i), args[0])) < 0) return IM_NO_VALUE;
        count += r;
    }
    return im_int(count);
}

static Value tuple_getnewargs(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    Value copy = im_tuple_from_array(t, im_tuple_items(self), (size_t)im_tuple_len(self));
    return im_no_value(copy) ? copy : im_tuple_steal_array(t, &copy, 1);
}

static const ImMethodDef tuple_methods[] = {
    IM_FIXED("__getnewargs__", tuple_getnewargs, 0, "($self, /)", NULL),
    IM_RANGE("index", tuple_index, 1, 3, "($self, value, start=0, stop=sys.maxsize, /)",
             "Return first index of value.\n\nRaises ValueError if the value is not present."),
    IM_FIXED("count", tuple_count, 1, "($self, value, /)", "Return number of occurrences of value."),
    IM_CLASS_GETITEM,
    IM_END,
};

/* --- iterator ------------------------------------------------------------------------------------------------------------ */

static Value tuple_iter(Thread *t, Value self)
{
    ImSeqIter *it = (ImSeqIter *)im_object_alloc_raw(t, &im_tuple_iterator_type.root, im_tuple_iterator_type.core.x_flags, sizeof *it);
    if (!it) return IM_NO_VALUE;
    it->x_index = 0;
    it->x_seq = im_new_ref(self);
    im_gc_track(t, &it->head);
    return im_value(it);
}

/* A private iterator gives its sequence up at the end; a shared one keeps it (readers borrow it) and marks the end by index -1. */
static Value tupleiter_next(Thread *t, Value self)
{
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    if (IM_LIKELY(im_is_private_obj(&it->head))) {
        if (im_no_value(it->x_seq)) return IM_STOP;
        ssize_t i = it->x_index;
        if (IM_LIKELY((size_t)i < (size_t)im_tuple_len(it->x_seq))) {
            it->x_index = i + 1;
            return im_new_ref(im_tuple_get(it->x_seq, i));
        }
        IM_CLEAR(t, it->x_seq);
        return IM_STOP;
    }
    Value seq = it->x_seq;
    if (im_no_value(seq)) return IM_STOP;
    ssize_t i = im_load_relaxed(&it->x_index);
    do {
        if ((size_t)i >= (size_t)im_tuple_len(seq)) return IM_STOP;
    } while (!im_cas_acq_rel(&it->x_index, &i, i + 1));
    return im_new_ref(im_tuple_get(seq, i));
}

static int seqiter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value s = ((ImSeqIter *)o)->x_seq;
    return im_is_object(s) ? visit(s, arg) : 0;
}
static void seqiter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImSeqIter *)o)->x_seq); }

static ssize_t tupleiter_left(ImSeqIter *it)
{
    ssize_t i = im_load_relaxed(&it->x_index);
    if (im_no_value(it->x_seq) || i < 0) return 0;
    ssize_t n = im_tuple_len(it->x_seq) - i;
    return n > 0 ? n : 0;
}

static Value tupleiter_length_hint(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)t, (void)args, (void)nargs, (void)kwnames;
    return im_int(tupleiter_left((ImSeqIter *)im_ptr(self)));
}

static Value tupleiter_reduce(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    Value iter = im_import_from(t, "builtins", "iter");
    if (im_no_value(iter)) return iter;
    bool live = !im_no_value(it->x_seq) && im_load_relaxed(&it->x_index) >= 0;
    Value inner = im_tuple_pack(t, 1, live ? it->x_seq : im_tuple_empty());
    Value r = im_no_value(inner) ? inner
        : live ? im_tuple_pack(t, 3, iter, inner, im_int(im_load_relaxed(&it->x_index)))
               : im_tuple_pack(t, 2, iter, inner);
    im_xdrop(t, inner);
    im_drop(t, iter);
    return r;
}

static Value tupleiter_setstate(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    ssize_t i;
    if (im_ssize_arg(t, args[0], &i) < 0) return IM_NO_VALUE;
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    if (!im_no_value(it->x_seq)) {
        ssize_t n = im_tuple_len(it->x_seq);
        im_store_relaxed(&it->x_index, i < 0 ? 0 : i > n ? n : i);
    }
    return IM_NONE;
}

static const ImMethodDef tupleiter_methods[] = {
    IM_FIXED("__length_hint__", tupleiter_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."),
    IM_FIXED("__reduce__", tupleiter_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_FIXED("__setstate__", tupleiter_setstate, 1, "($self, object, /)", "Set state information for unpickling."),
    IM_END,
};

Value im_iter_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }

static const ImSlots tuple_slots = {
    .repr = tuple_repr, .getattr = im_generic_getattr, .hash = tuple_hash, .richcompare = tuple_richcompare, .iter = tuple_iter, .new_ = tuple_new,
    .length = tuple_length, .item = tuple_item, .concat = tuple_concat, .repeat = tuple_repeat, .contains = tuple_contains,
    .subscript = tuple_subscript,
};
static const ImTypeSpec tuple_spec = {
    .name = "tuple",
    .doc = "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is "
           "initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.",
    .size = sizeof(ImTuple), .item_size = sizeof(Value),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_TUPLE | IM_TF_SEQUENCE | IM_TF_MATCH_SELF,
    .slots = &tuple_slots, .methods = tuple_methods, .traverse = im_items_traverse, .destroy = tuple_destroy,
    .text_signature = "(iterable=(), /)",
};
IM_TYPE(tuple, &tuple_spec);

static const ImSlots tupleiter_slots = {.iter = im_iter_self, .next = tupleiter_next};
static const ImTypeSpec tupleiter_spec = {
    .name = "tuple_iterator", .size = sizeof(ImSeqIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE,
    .slots = &tupleiter_slots, .methods = tupleiter_methods, .traverse = seqiter_traverse, .destroy = seqiter_destroy,
};
IM_TYPE(tuple_iterator, &tupleiter_spec);
