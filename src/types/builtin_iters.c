/* map, filter and zip.
 * SPDX-License-Identifier: MIT */
#include "types/function.h"
#include "types/int.h"
#include "types/iter.h"
#include "types/str.h"
#include "types/tuple.h"

#define M(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

IM_TYPE_DECLARE(map);
IM_TYPE_DECLARE(filter);

Value im_next_ended(Thread *t) { return im_exc_clear_if(t, &im_StopIteration_type) ? IM_STOP : IM_NO_VALUE; }

/* func and a tuple of iterators; zip has no func, filter has one iterator in place of the tuple. */
typedef struct ImCombine {
    ImObject head;
    Value func;
    Value its;
    Value result; /* zip: tuple to use again while nobody else has it (private only) */
    bool x_strict;
} ImCombine;
IM_INLINE ImCombine *combp(Value v) { return (ImCombine *)im_ptr(v); }

static int comb_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImCombine *c = (ImCombine *)o;
    int r = im_is_object(c->func) ? visit(c->func, arg) : 0;
    if (!r && im_is_object(c->its)) r = visit(c->its, arg);
    if (!r && im_is_object(c->result)) r = visit(c->result, arg);
    return r;
}
static void comb_destroy(Thread *t, ImObject *o)
{
    ImCombine *c = (ImCombine *)o;
    im_destroy_child(t, c->its);
    im_destroy_child(t, c->func);
    im_destroy_child(t, c->result);
}

/* Tuple of iter(x) for each x. */
static Value iterators_of(Thread *t, const Value *xs, size_t n)
{
    Value its = im_tuple_new(t, n);
    for (size_t i = 0; i < n && !im_no_value(its); i++) {
        Value it = im_iter(t, xs[i]);
        if (im_no_value(it)) IM_CLEAR(t, its);
        else im_tuple_items(its)[i] = it;
    }
    return its;
}

/* Steals its. */
static Value comb_new(Thread *t, ImType *type, Value func, Value its, bool strict)
{
    ImCombine *c = im_no_value(its) ? NULL : (ImCombine *)im_instance_alloc(t, type, 0);
    if (!c) {
        im_xdrop(t, its);
        return IM_NO_VALUE;
    }
    im_xtake(func);
    c->func = func;
    c->its = its;
    c->x_strict = strict;
    return im_value(c);
}

static Value reduced(Thread *t, Value self, Value inner, bool with_state)
{
    if (im_no_value(inner)) return inner;
    Value type = im_type_value(im_type_of(self));
    Value r = with_state ? im_tuple_pack(t, 3, type, inner, IM_TRUE) : im_tuple_pack(t, 2, type, inner);
    im_drop(t, inner);
    return r;
}

/* --- map --------------------------------------------------------------------------------------------------------------------------- */

static Value map_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if ((type == &im_map_type || IM_SLOT(type, init) == im_map_type.slots.init) && im_no_kwargs(t, "map", kwnames) < 0) return IM_NO_VALUE;
    if (nargs < 2) return im_raise_type(t, "map() must have at least two arguments.");
    return comb_new(t, type, args[0], iterators_of(t, args + 1, nargs - 1), false);
}

static Value map_next(Thread *t, Value self)
{
    ImCombine *c = combp(self);
    size_t n = (size_t)im_tuple_len(c->its), k = 0;
    if (IM_LIKELY(n == 1)) {
        Value v = im_next_fast(t, im_tuple_get(c->its, 0));
        if (IM_UNLIKELY(im_no_value(v) || im_is_stop(v))) return v;
        Value x;
        if (im_is_exact(c->func, &im_builtin_function_or_method_type) && !im_c_stack_low(t)) { /* of one argument: straight to it */
            const ImNativeFunction *f = (ImNativeFunction *)im_ptr(c->func);
            if ((f->def->how & 15) == IM_M_FIXED && f->def->min == 1) {
                x = f->fn(t, f->self, &v, 1, IM_NO_VALUE);
                im_drop(t, v);
                return x;
            }
        }
        x = im_call(t, c->func, &v, 1, IM_NO_VALUE);
        im_drop(t, v);
        return x;
    }
    if (n == 2) {
        Value v = im_next_fast(t, im_tuple_get(c->its, 0));
        if (IM_UNLIKELY(im_no_value(v) || im_is_stop(v))) return v;
        Value w = im_next_fast(t, im_tuple_get(c->its, 1)), x = w;
        if (IM_LIKELY(!im_no_value(w) && !im_is_stop(w))) {
            x = im_call2(t, c->func, v, w);
            im_drop(t, w);
        }
        im_drop(t, v);
        return x;
    }
    Value small[6], *argv = small, r = IM_NO_VALUE;
    Value func = c->func, more = IM_NO_VALUE;
    if (n > IM_COUNTOF(small)) { /* a tuple keeps them where the collectors look */
        more = im_tuple_new(t, n);
        if (im_no_value(more)) return more;
        argv = im_tuple_items(more);
    }
    for (; k < n; k++) {
        Value v = im_next_fast(t, im_tuple_get(c->its, (ssize_t)k));
        if (im_no_value(v) || im_is_stop(v)) {
            r = v;
            goto done;
        }
        argv[k] = v;
    }
    r = im_call(t, func, argv, n, IM_NO_VALUE);
done:
    if (!im_no_value(more)) im_drop(t, more);
    else while (k > 0) im_drop(t, argv[--k]);
    return r;
}

M(map_reduce)
{
    ImCombine *c = combp(self);
    size_t n = (size_t)im_tuple_len(c->its);
    Value inner = im_tuple_new(t, n + 1);
    if (im_no_value(inner)) return inner;
    im_tuple_items(inner)[0] = im_new_ref(c->func);
    for (size_t i = 0; i < n; i++) im_tuple_items(inner)[i + 1] = im_new_ref(im_tuple_get(c->its, (ssize_t)i));
    return reduced(t, self, inner, false);
}

static const ImMethodDef map_methods[] = {IM_FIXED("__reduce__", map_reduce, 0, "($self, /)", "Return state information for pickling."), IM_END};
static const ImSlots map_slots = {.getattr = im_generic_getattr, .iter = im_iter_self, .next = map_next, .new_ = map_new};
static const ImTypeSpec map_spec = {
    .name = "map",
    .doc = "Make an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.",
    .size = sizeof(ImCombine), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_ITER_NATIVE, .slots = &map_slots, .methods = map_methods,
    .traverse = comb_traverse, .destroy = comb_destroy, .text_signature = "(function, iterable, /, *iterables)",
};
IM_TYPE(map, &map_spec);

/* --- filter -------------------------------------------------------------------------------------------------------------------------- */

static Value filter_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if ((type == &im_filter_type || IM_SLOT(type, init) == im_filter_type.slots.init) && im_no_kwargs(t, "filter", kwnames) < 0) return IM_NO_VALUE;
    if (im_check_nargs(t, "filter", nargs, 2, 2) < 0) return IM_NO_VALUE;
    return comb_new(t, type, args[0], im_iter(t, args[1]), false);
}

static Value filter_next(Thread *t, Value self)
{
    ImCombine *c = combp(self);
    bool by_truth = im_is_none(c->func) || im_same(c->func, im_type_value(&im_bool_type));
    for (;;) {
        Value v = im_next_fast(t, c->its);
        if (im_no_value(v) || im_is_stop(v)) return v;
        int ok;
        if (by_truth) ok = im_truth(t, v);
        else {
            Value good = im_call1(t, c->func, v);
            ok = im_no_value(good) ? -1 : im_truth(t, good);
            im_xdrop(t, good);
        }
        if (ok > 0) return v;
        im_drop(t, v);
        if (ok < 0 || im_poll(t) < 0) return IM_NO_VALUE;
    }
}

M(filter_reduce) { return reduced(t, self, im_tuple_pack(t, 2, combp(self)->func, combp(self)->its), false); }

static const ImMethodDef filter_methods[] = {IM_FIXED("__reduce__", filter_reduce, 0, "($self, /)", "Return state information for pickling."), IM_END};
static const ImSlots filter_slots = {.getattr = im_generic_getattr, .iter = im_iter_self, .next = filter_next, .new_ = filter_new};
static const ImTypeSpec filter_spec = {
    .name = "filter",
    .doc = "Return an iterator yielding those items of iterable for which function(item)\nis true. If function is None, return the items that are true.",
    .size = sizeof(ImCombine), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_ITER_NATIVE, .slots = &filter_slots, .methods = filter_methods,
    .traverse = comb_traverse, .destroy = comb_destroy, .text_signature = "(function, iterable, /)",
};
IM_TYPE(filter, &filter_spec);

/* --- zip ------------------------------------------------------------------------------------------------------------------------------ */

static Value zip_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    int strict = 0;
    if (!im_no_value(kwnames)) {
        for (ssize_t i = 0; i < im_tuple_len(kwnames); i++) {
            Value name = im_tuple_get(kwnames, i);
            if (!im_str_equal_cstr(name, "strict")) return im_raise_type(t, "zip() got an unexpected keyword argument '%U'", name);
            if ((strict = im_truth(t, args[nargs + (size_t)i])) < 0) return IM_NO_VALUE;
        }
    }
    return comb_new(t, type, IM_NO_VALUE, iterators_of(t, args, nargs), strict != 0);
}

/* Iterator i has ended (or failed: stop is then no value) while i earlier ones have not. */
static Value zip_uneven(Thread *t, ImCombine *c, size_t i, Value stop)
{
    if (im_no_value(stop) || !c->x_strict) return stop;
    if (i) return im_raise_valueerror(t, "zip() argument %zu is shorter than argument%s%zu", i + 1, i == 1 ? " " : "s 1-", i);
    size_t n = (size_t)im_tuple_len(c->its);
    for (i = 1; i < n; i++) {
        Value v = im_next_fast(t, im_tuple_get(c->its, (ssize_t)i));
        if (im_no_value(v)) return v;
        if (im_is_stop(v)) continue;
        im_drop(t, v);
        return im_raise_valueerror(t, "zip() argument %zu is longer than argument%s%zu", i + 1, i == 1 ? " " : "s 1-", i);
    }
    return IM_STOP;
}

/* The next item of each iterator: 1, 0, -1; nothing is held where it is not 1. */
IM_INLINE int zip_items(Thread *t, ImCombine *c, size_t n, Value *row)
{
    for (size_t i = 0; i < n; i++) {
        row[i] = im_next_fast(t, im_tuple_get(c->its, (ssize_t)i));
        if (IM_LIKELY(!im_no_value(row[i]) && !im_is_stop(row[i]))) continue;
        Value v = zip_uneven(t, c, i, row[i]);
        while (i > 0) im_drop(t, row[--i]);
        return im_no_value(v) ? -1 : 0;
    }
    return 1;
}

int im_zip_row(Thread *t, Value self, size_t n, Value *row)
{
    ImCombine *c = combp(self);
    if (!im_is_private_obj(&c->head) || n == 0 || (size_t)im_tuple_len(c->its) != n) return 2;
    const int rc = n == 2 ? zip_items(t, c, 2, row) : zip_items(t, c, n, row);
    if (IM_UNLIKELY(!im_no_value(c->result)) && im_is_private_obj(&c->head)) IM_CLEAR(t, c->result); /* of an earlier row, whose items would live on in it */
    return rc;
}

static Value zip_next(Thread *t, Value self)
{
    ImCombine *c = combp(self);
    size_t n = (size_t)im_tuple_len(c->its);
    if (n == 0) return IM_STOP;
    Value r = c->result;
    if (im_is_private_obj(&c->head) && !im_no_value(r) && im_is_unique(r)) {
        im_take(r);
        im_tuple_reuse(t, r);
        for (size_t i = 0; i < n; i++) {
            Value v = im_next_fast(t, im_tuple_get(c->its, (ssize_t)i));
            if (IM_UNLIKELY(im_no_value(v) || im_is_stop(v))) {
                v = zip_uneven(t, c, i, v);
                im_drop(t, r);
                return v;
            }
            Value old = im_tuple_items(r)[i];
            im_tuple_items(r)[i] = v;
            im_drop(t, old);
        }
        return r;
    }
    if (n <= IM_ROW_MAX) { /* no tuple yet for a row that may not be whole; the C stack is searched for roots */
        Value row[IM_ROW_MAX];
        const int rc = n == 2 ? zip_items(t, c, 2, row) : zip_items(t, c, n, row);
        if (rc <= 0) return rc ? IM_NO_VALUE : IM_STOP;
        r = n == 2 ? im_tuple_pair_steal(t, row[0], row[1]) : im_tuple_steal_array(t, row, n);
        if (im_no_value(r)) return r;
    } else {
        r = im_tuple_new(t, n);
        if (im_no_value(r)) return r;
        for (size_t i = 0; i < n; i++) {
            Value v = im_next_fast(t, im_tuple_get(c->its, (ssize_t)i));
            if (IM_UNLIKELY(im_no_value(v) || im_is_stop(v))) {
                v = zip_uneven(t, c, i, v);
                im_drop(t, r);
                return v;
            }
            im_tuple_items(r)[i] = v;
        }
    }
    if (im_is_private_obj(&c->head) && im_no_value(c->result)) c->result = im_new_ref(r);
    return r;
}

M(zip_reduce) { return reduced(t, self, im_new_ref(combp(self)->its), combp(self)->x_strict); }
M(zip_setstate)
{
    int strict = im_truth(t, args[0]);
    if (strict < 0) return IM_NO_VALUE;
    im_store_relaxed(&combp(self)->x_strict, strict != 0);
    return IM_NONE;
}

static const ImMethodDef zip_methods[] = {
    IM_FIXED("__reduce__", zip_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_FIXED("__setstate__", zip_setstate, 1, "($self, object, /)", "Set state information for unpickling."),
    IM_END,
};
static const ImSlots zip_slots = {.getattr = im_generic_getattr, .iter = im_iter_self, .next = zip_next, .new_ = zip_new};
static const ImTypeSpec zip_spec = {
    .name = "zip", .text_signature = "(*iterables, strict=False)",
    .doc = "The zip object yields n-length tuples, where n is the number of iterables\npassed as positional arguments to zip().  The i-th element in every "
           "tuple\ncomes from the i-th iterable argument to zip().  This continues until the\nshortest argument is exhausted.\n\nIf strict is true and one of "
           "the arguments is exhausted before the others,\nraise a ValueError.\n\n   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), "
           "('c', 2, 2)]",
    .size = sizeof(ImCombine), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_ITER_NATIVE, .slots = &zip_slots, .methods = zip_methods,
    .traverse = comb_traverse, .destroy = comb_destroy,
};
IM_TYPE(zip, &zip_spec);
