/* enumerate and reversed.
 * SPDX-License-Identifier: MIT */
#include "types/function.h"
#include "types/int.h"
#include "types/iter.h"
#include "types/str.h"
#include "types/tuple.h"

#define M(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

IM_TYPE_DECLARE(reversed);

/* --- enumerate -------------------------------------------------------------------------------------------------------------------- */

typedef struct ImEnumerate {
    ImObject head;
    Value it;
    Value base;      /* big int that x_index counts from, or no value: 0 */
    Value result;    /* pair to use again while nobody else has it (private only) */
    int64_t x_index; /* advanced atomically when shared */
} ImEnumerate;

static Value enumerate_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value iterable, start = IM_NO_VALUE, base = IM_NO_VALUE;
    int64_t index = 0;
    if (IM_LIKELY(nargs == 1 && im_no_value(kwnames))) iterable = args[0];
    else {
        size_t nk = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
        if (nargs + nk > 2) return im_raise_type(t, "enumerate() takes at most 2 arguments (%zu given)", nargs + nk);
        iterable = nargs ? args[0] : IM_NO_VALUE;
        if (nargs > 1) start = args[1];
        for (size_t i = 0; i < nk; i++) {
            Value name = im_tuple_get(kwnames, (ssize_t)i);
            bool first = im_str_equal_cstr(name, "iterable");
            if ((!first && !im_str_equal_cstr(name, "start")) || (first && nargs)) return im_raise_type(t, "'%.200S' is an invalid keyword argument for enumerate()", name);
            if (first) iterable = args[nargs + i];
            else start = args[nargs + i];
        }
        if (im_no_value(iterable)) return im_raise_type(t, "enumerate() missing required argument 'iterable'");
    }
    if (!im_no_value(start)) {
        start = im_index(t, start);
        if (im_no_value(start)) return start;
        if (im_is_int(start)) index = im_int_get(start);
        else base = start;
    }
    Value it = im_iter(t, iterable);
    ImEnumerate *e = im_no_value(it) ? NULL : (ImEnumerate *)im_instance_alloc(t, type, 0);
    if (!e) {
        im_xdrop(t, it);
        im_xdrop(t, base);
        return IM_NO_VALUE;
    }
    e->it = it;
    e->base = base;
    e->x_index = index;
    return im_value(e);
}

static Value enumerate_index(Thread *t, ImEnumerate *e, int64_t i)
{
    if (IM_LIKELY(im_no_value(e->base))) return im_int_new(t, i);
    return im_int_add(t, e->base, im_int(i));
}

int im_enumerate_row(Thread *t, Value self, size_t n, Value *row)
{
    ImEnumerate *e = (ImEnumerate *)im_ptr(self);
    if (!im_is_private_obj(&e->head) || n != 2) return 2;
    row[1] = im_next_fast(t, e->it);
    if (IM_UNLIKELY(im_no_value(row[1]) || im_is_stop(row[1]))) return im_no_value(row[1]) ? -1 : 0;
    /* It may have been handed to another thread by what ran just now. */
    const int64_t i = im_is_private_obj(&e->head) ? e->x_index++ : im_faa_relaxed(&e->x_index, (int64_t)1);
    row[0] = enumerate_index(t, e, i);
    if (IM_UNLIKELY(im_no_value(row[0]))) {
        im_drop(t, row[1]);
        return -1;
    }
    if (IM_UNLIKELY(!im_no_value(e->result)) && im_is_private_obj(&e->head)) IM_CLEAR(t, e->result); /* of an earlier row, whose items would live on in it */
    return 1;
}

static Value enumerate_next(Thread *t, Value self)
{
    ImEnumerate *e = (ImEnumerate *)im_ptr(self);
    Value item = im_next_fast(t, e->it);
    if (IM_UNLIKELY(im_no_value(item) || im_is_stop(item))) return item;
    bool private = im_is_private_obj(&e->head);
    int64_t i = private ? e->x_index++ : im_faa_relaxed(&e->x_index, (int64_t)1);
    Value index = enumerate_index(t, e, i);
    if (im_no_value(index)) {
        im_drop(t, item);
        return index;
    }
    if (private) {
        Value pair = e->result;
        if (!im_no_value(pair) && im_is_unique(pair)) {
            Value *items = im_tuple_items(pair), old0 = items[0], old1 = items[1];
            im_tuple_reuse(t, pair);
            items[0] = index;
            items[1] = item;
            im_take(pair);
            im_drop(t, old0);
            im_drop(t, old1);
            return pair;
        }
        const bool first = im_no_value(pair);
        pair = im_tuple_pair_steal(t, index, item);
        if (first && !im_no_value(pair)) e->result = im_new_ref(pair);
        return pair;
    }
    return im_tuple_pair_steal(t, index, item);
}

static int enumerate_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImEnumerate *e = (ImEnumerate *)o;
    int r = im_is_object(e->it) ? visit(e->it, arg) : 0;
    if (!r && im_is_object(e->base)) r = visit(e->base, arg);
    if (!r && im_is_object(e->result)) r = visit(e->result, arg);
    return r;
}
static void enumerate_destroy(Thread *t, ImObject *o)
{
    ImEnumerate *e = (ImEnumerate *)o;
    im_destroy_child(t, e->it);
    im_destroy_child(t, e->base);
    im_destroy_child(t, e->result);
}

M(enumerate_reduce)
{
    ImEnumerate *e = (ImEnumerate *)im_ptr(self);
    Value index = enumerate_index(t, e, im_load_relaxed(&e->x_index));
    Value inner = im_no_value(index) ? index : im_tuple_pack(t, 2, e->it, index);
    im_xdrop(t, index);
    if (im_no_value(inner)) return inner;
    Value r = im_tuple_pack(t, 2, im_type_value(im_type_of(self)), inner);
    im_drop(t, inner);
    return r;
}

static const ImMethodDef enumerate_methods[] = {
    IM_FIXED("__reduce__", enumerate_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_CLASS_GETITEM,
    IM_END,
};
static const ImSlots enumerate_slots = {.getattr = im_generic_getattr, .iter = im_iter_self, .next = enumerate_next, .new_ = enumerate_new};
static const ImTypeSpec enumerate_spec = {
    .name = "enumerate",
    .doc = "Return an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields pairs containing a count (from "
           "start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, "
           "seq[0]), (1, seq[1]), (2, seq[2]), ...",
    .size = sizeof(ImEnumerate), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_ITER_NATIVE, .slots = &enumerate_slots, .methods = enumerate_methods,
    .traverse = enumerate_traverse, .destroy = enumerate_destroy, .text_signature = "(iterable, start=0)",
};
IM_TYPE(enumerate, &enumerate_spec);

/* --- reversed --------------------------------------------------------------------------------------------------------------------- */

typedef struct ImReversed {
    ImObject head;
    Value seq;       /* no value: exhausted (private only) */
    ssize_t x_index; /* next index; -1 at the end; CAS when shared */
} ImReversed;

static Value reversed_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if ((type == &im_reversed_type || IM_SLOT(type, init) == im_reversed_type.slots.init) && im_no_kwargs(t, "reversed", kwnames) < 0) return IM_NO_VALUE;
    if (im_check_nargs(t, "reversed", nargs, 1, 1) < 0) return IM_NO_VALUE;
    Value seq = args[0], method = im_type_lookup(t, im_type_of(seq), IM_S(__reversed__));
    if (!im_no_value(method)) {
        bool refused = im_is_none(method), found;
        im_drop(t, method);
        if (refused) return im_raise_type(t, "'%.200T' object is not reversible", seq);
        return im_call_special(t, seq, IM_S(__reversed__), NULL, 0, &found);
    }
    if (im_pending(t)) return IM_NO_VALUE;
    if (!im_is_sequence(seq)) return im_raise_type(t, "'%.200T' object is not reversible", seq);
    ssize_t n = im_len(t, seq);
    if (n < 0) return IM_NO_VALUE;
    ImReversed *r = (ImReversed *)im_instance_alloc(t, type, 0);
    if (!r) return IM_NO_VALUE;
    r->seq = im_new_ref(seq);
    r->x_index = n - 1;
    return im_value(r);
}

static Value reversed_next(Thread *t, Value self)
{
    ImReversed *r = (ImReversed *)im_ptr(self);
    Value seq = r->seq;
    if (im_no_value(seq)) return IM_STOP;
    bool private = im_is_private_obj(&r->head);
    ssize_t i = im_load_relaxed(&r->x_index);
    if (i >= 0) {
        if (private) {
            r->x_index = i - 1;
            im_take(seq); /* the item's getter may run this iterator to its end */
        } else do {
            if (i < 0) return IM_STOP;
        } while (!im_cas_acq_rel(&r->x_index, &i, i - 1));
        Value v = im_getitem_index(t, seq, i);
        if (private) im_drop(t, seq);
        if (!im_no_value(v)) return v;
        if (!im_exc_clear_if(t, &im_IndexError_type) && !im_exc_clear_if(t, &im_StopIteration_type)) return v;
    }
    im_store_relaxed(&r->x_index, (ssize_t)-1);
    if (im_is_private_obj(&r->head)) IM_CLEAR(t, r->seq);
    return IM_STOP;
}

static int reversed_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value s = ((ImReversed *)o)->seq;
    return im_is_object(s) ? visit(s, arg) : 0;
}
static void reversed_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImReversed *)o)->seq); }

M(reversed_length_hint)
{
    ImReversed *r = (ImReversed *)im_ptr(self);
    ssize_t i = im_load_relaxed(&r->x_index);
    if (im_no_value(r->seq)) return im_int(0);
    ssize_t n = im_len(t, r->seq);
    if (n < 0) return IM_NO_VALUE;
    return im_int(n < i + 1 ? 0 : i + 1);
}

M(reversed_reduce)
{
    ImReversed *r = (ImReversed *)im_ptr(self);
    ssize_t i = im_load_relaxed(&r->x_index);
    bool live = !im_no_value(r->seq) && i >= 0;
    Value inner = im_tuple_pack(t, 1, live ? r->seq : im_tuple_empty()), type = im_type_value(im_type_of(self));
    if (im_no_value(inner)) return inner;
    Value x = live ? im_tuple_pack(t, 3, type, inner, im_int(i)) : im_tuple_pack(t, 2, type, inner);
    im_drop(t, inner);
    return x;
}

M(reversed_setstate)
{
    ImReversed *r = (ImReversed *)im_ptr(self);
    ssize_t i;
    if (im_ssize_arg(t, args[0], &i) < 0) return IM_NO_VALUE;
    if (!im_no_value(r->seq)) {
        ssize_t n = im_len(t, r->seq);
        if (n < 0) return IM_NO_VALUE;
        im_store_relaxed(&r->x_index, i < -1 ? -1 : i > n - 1 ? n - 1 : i);
    }
    return IM_NONE;
}

static const ImMethodDef reversed_methods[] = {
    IM_FIXED("__length_hint__", reversed_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."),
    IM_FIXED("__reduce__", reversed_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_FIXED("__setstate__", reversed_setstate, 1, "($self, object, /)", "Set state information for unpickling."),
    IM_END,
};
static const ImSlots reversed_slots = {.getattr = im_generic_getattr, .iter = im_iter_self, .next = reversed_next, .new_ = reversed_new};
static const ImTypeSpec reversed_spec = {
    .name = "reversed", .doc = "Return a reverse iterator over the values of the given sequence.", .size = sizeof(ImReversed),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_ITER_NATIVE, .slots = &reversed_slots, .methods = reversed_methods, .traverse = reversed_traverse,
    .destroy = reversed_destroy, .text_signature = "(sequence, /)",
};
IM_TYPE(reversed, &reversed_spec);
