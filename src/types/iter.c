/* iterator (over __getitem__) and callable_iterator: what iter() makes of other objects.
 * SPDX-License-Identifier: MIT */
#include "types/iter.h"

#include "mem/fast.h"
#include "types/function.h"
#include "types/int.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"

#define M(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* --- iterator: x_index -1 = exhausted; the sequence is given up then, unless others may be borrowing it ------------------------------ */

Value im_seqiter_new(Thread *t, Value seq)
{
    ImSeqIter *it = (ImSeqIter *)im_tracked_alloc(t, &im_iterator_type.root, sizeof *it);
    if (!it) return IM_NO_VALUE;
    it->x_index = 0;
    it->x_seq = im_new_ref(seq);
    im_track_new(t, &it->head);
    return im_value(it);
}

static Value seqiter_next(Thread *t, Value self)
{
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    if (im_no_value(it->x_seq)) return IM_STOP;
    ssize_t i = im_load_relaxed(&it->x_index);
    if (i == PTRDIFF_MAX) return im_raise_overflow(t, "iter index too large");
    bool private = im_is_private_obj(&it->head);
    if (private) {
        if (i < 0) return IM_STOP;
        it->x_index = i + 1;
    } else do {
        if (i < 0) return IM_STOP;
    } while (!im_cas_acq_rel(&it->x_index, &i, i + 1));
    Value seq = im_new_ref(it->x_seq), v = im_getitem_index(t, seq, i);
    im_drop(t, seq);
    if (IM_LIKELY(!im_no_value(v))) return v;
    if (!im_exc_clear_if(t, &im_IndexError_type) && !im_exc_clear_if(t, &im_StopIteration_type)) {
        if (im_is_private_obj(&it->head) && it->x_index == i + 1) it->x_index = i; /* an item that failed is asked for again */
        return v;
    }
    im_store_relaxed(&it->x_index, (ssize_t)-1);
    if (im_is_private_obj(&it->head)) IM_CLEAR(t, it->x_seq);
    return IM_STOP;
}

static int seqiter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value s = ((ImSeqIter *)o)->x_seq;
    return im_is_object(s) ? visit(s, arg) : 0;
}
static void seqiter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImSeqIter *)o)->x_seq); }

M(seqiter_length_hint)
{
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    ssize_t i = im_load_relaxed(&it->x_index);
    if (im_no_value(it->x_seq) || i < 0) return im_int(0);
    Value len = im_type_lookup(t, im_type_of(it->x_seq), IM_S(__len__));
    if (im_no_value(len)) return im_pending(t) ? len : IM_NOT_IMPLEMENTED;
    im_drop(t, len);
    ssize_t n = im_len(t, it->x_seq);
    if (n < 0) return IM_NO_VALUE;
    return im_int(n > i ? n - i : 0);
}

M(seqiter_reduce)
{
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    Value fn = im_import_from(t, "builtins", "iter");
    if (im_no_value(fn)) return fn;
    ssize_t i = im_load_relaxed(&it->x_index);
    bool live = !im_no_value(it->x_seq) && i >= 0;
    Value inner = im_tuple_pack(t, 1, live ? it->x_seq : im_tuple_empty()), r = inner;
    if (!im_no_value(inner)) {
        r = live ? im_tuple_pack(t, 3, fn, inner, im_int(i)) : im_tuple_pack(t, 2, fn, inner);
        im_drop(t, inner);
    }
    im_drop(t, fn);
    return r;
}

M(seqiter_setstate)
{
    ssize_t i;
    if (im_ssize_arg(t, args[0], &i) < 0) return IM_NO_VALUE;
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    if (!im_no_value(it->x_seq)) im_store_relaxed(&it->x_index, i < 0 ? 0 : i);
    return IM_NONE;
}

static const ImMethodDef seqiter_methods[] = {
    IM_FIXED("__length_hint__", seqiter_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."),
    IM_FIXED("__reduce__", seqiter_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_FIXED("__setstate__", seqiter_setstate, 1, "($self, object, /)", "Set state information for unpickling."),
    IM_END,
};
static const ImSlots seqiter_slots = {.iter = im_iter_self, .next = seqiter_next};
static const ImTypeSpec seqiter_spec = {
    .name = "iterator", .size = sizeof(ImSeqIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &seqiter_slots,
    .methods = seqiter_methods, .traverse = seqiter_traverse, .destroy = seqiter_destroy,
};
IM_TYPE(iterator, &seqiter_spec);

/* --- callable_iterator ------------------------------------------------------------------------------------------------------------ */

typedef struct CallIter {
    ImObject head;
    Value callable, sentinel;
    bool x_done; /* shared iterators keep what they hold, since others may be borrowing it */
} CallIter;

Value im_calliter_new(Thread *t, Value callable, Value sentinel)
{
    CallIter *it = (CallIter *)im_tracked_alloc(t, &im_callable_iterator_type.root, sizeof *it);
    if (!it) return IM_NO_VALUE;
    it->callable = im_new_ref(callable);
    it->sentinel = im_new_ref(sentinel);
    it->x_done = false;
    im_track_new(t, &it->head);
    return im_value(it);
}

static void calliter_end(Thread *t, CallIter *it)
{
    im_store_relaxed(&it->x_done, true);
    if (!im_is_private_obj(&it->head)) return;
    IM_CLEAR(t, it->callable);
    IM_CLEAR(t, it->sentinel);
}

static Value calliter_next(Thread *t, Value self)
{
    CallIter *it = (CallIter *)im_ptr(self);
    if (im_load_relaxed(&it->x_done)) return IM_STOP;
    Value fn = im_new_ref(it->callable), v = im_call0(t, fn);
    im_drop(t, fn);
    if (im_no_value(v)) {
        if (!im_exc_clear_if(t, &im_StopIteration_type)) return v;
        calliter_end(t, it);
        return IM_STOP;
    }
    if (im_load_relaxed(&it->x_done)) { /* the callable has run this iterator to its end */
        im_drop(t, v);
        return IM_STOP;
    }
    Value sentinel = im_new_ref(it->sentinel);
    int same = im_equal(t, sentinel, v);
    im_drop(t, sentinel);
    if (same == 0) return v;
    im_drop(t, v);
    if (same < 0) return IM_NO_VALUE;
    calliter_end(t, it);
    return IM_STOP;
}

static int calliter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    CallIter *it = (CallIter *)o;
    int r = im_is_object(it->callable) ? visit(it->callable, arg) : 0;
    return r || !im_is_object(it->sentinel) ? r : visit(it->sentinel, arg);
}
static void calliter_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((CallIter *)o)->callable);
    im_destroy_child(t, ((CallIter *)o)->sentinel);
}

M(calliter_reduce)
{
    CallIter *it = (CallIter *)im_ptr(self);
    Value fn = im_import_from(t, "builtins", "iter");
    if (im_no_value(fn)) return fn;
    bool live = !im_load_relaxed(&it->x_done);
    Value inner = live ? im_tuple_pack(t, 2, it->callable, it->sentinel) : im_tuple_pack(t, 1, im_tuple_empty()), r = inner;
    if (!im_no_value(inner)) {
        r = im_tuple_pack(t, 2, fn, inner);
        im_drop(t, inner);
    }
    im_drop(t, fn);
    return r;
}

static const ImMethodDef calliter_methods[] = {IM_FIXED("__reduce__", calliter_reduce, 0, "($self, /)", "Return state information for pickling."), IM_END};
static const ImSlots calliter_slots = {.iter = im_iter_self, .next = calliter_next};
static const ImTypeSpec calliter_spec = {
    .name = "callable_iterator", .size = sizeof(CallIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &calliter_slots,
    .methods = calliter_methods, .traverse = calliter_traverse, .destroy = calliter_destroy,
};
IM_TYPE(callable_iterator, &calliter_spec);
