/* What the files of itertools share: the head of their objects, and the lock that makes a step of a shared iterator one step.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_ITERTOOLS_H
#define IM_MODULES_ITERTOOLS_H

#include "modules/module.h"

/* Right after the head come `nvals` Values; further fields follow. While a step runs, x_owner is its thread: the iterator may be run again from within (a key function
 * that advances it), other threads wait. A private iterator is marked in the same way, since it may become shared in the middle of a step. */
#define IT_HEAD                                                                                                                                                   \
    ImObject head;                                                                                                                                                \
    Thread *x_owner;                                                                                                                                              \
    ImMutex lock;                                                                                                                                                 \
    uint16_t depth, nvals
typedef struct ItObject { IT_HEAD; } ItObject;

IM_INLINE void it_enter(Thread *t, void *self)
{
    ItObject *o = self;
    if (IM_UNLIKELY(im_load_relaxed(&o->x_owner) == t)) {
        o->depth++;
        return;
    }
    if (IM_LIKELY(im_is_private_obj(&o->head))) o->lock.x_state = 1;
    else im_mutex_acquire(t, &o->lock);
    im_store_relaxed(&o->x_owner, t);
}
IM_INLINE void it_leave(Thread *t, void *self)
{
    ItObject *o = self;
    (void)t;
    if (IM_UNLIKELY(o->depth)) {
        o->depth--;
        return;
    }
    im_store_relaxed(&o->x_owner, (Thread *)NULL);
    if (IM_LIKELY(im_is_private_obj(&o->head))) o->lock.x_state = 0;
    else im_mutex_unlock(&o->lock);
}
/* Stores in a field, between enter and leave; steals v. */
IM_INLINE void it_set(Thread *t, void *self, Value *field, Value v)
{
    if (IM_UNLIKELY(!im_is_private_obj(&((ItObject *)self)->head))) im_publish(t, v);
    Value old = *field;
    im_store_release(&field->bits, v.bits);
    im_xdrop(t, old);
}
#define IT_CLEAR(t, o, field) it_set((t), (o), &(o)->field, IM_NO_VALUE)

/* New zeroed instance with n Values after its head. */
IM_MUST_USE void *it_new(Thread *t, ImType *type, size_t n);
int it_traverse(ImObject *o, ImVisit visit, void *arg);
void it_clear(Thread *t, ImObject *o);
void it_destroy(Thread *t, ImObject *o);
/* The next item of a private list_iterator or tuple_iterator; no value, without exception, for any other iterator and at the end. Runs no code. */
IM_INLINE Value it_next_plain(Thread *t, Value it)
{
    ImObject *o = im_ptr(it);
    ImShape *shape = im_load_relaxed(&o->x_shape);
    if (IM_UNLIKELY(im_load_relaxed(&t->x_poll)) || !im_is_private_obj(o)) return IM_NO_VALUE;
    ImSeqIter *s = (ImSeqIter *)o;
    if (shape == &im_list_iterator_type.root) {
        if (im_no_value(s->x_seq)) return IM_NO_VALUE;
        ImList *l = im_listp(s->x_seq);
        if (!im_is_private_obj(&l->head) || (size_t)s->x_index >= (size_t)l->x_len) return IM_NO_VALUE;
        return im_new_ref(l->x_items->x_items[s->x_index++]);
    }
    if (shape == &im_tuple_iterator_type.root && !im_no_value(s->x_seq) && (size_t)s->x_index < (size_t)im_tuple_len(s->x_seq))
        return im_new_ref(im_tuple_get(s->x_seq, s->x_index++));
    return IM_NO_VALUE;
}
/* next() of an iterator that may be given up during the call. */
IM_INLINE IM_MUST_USE Value it_next_of(Thread *t, Value it)
{
    Value v = it_next_plain(t, it);
    if (IM_LIKELY(!im_no_value(v))) return v;
    im_take(it);
    v = im_next_slot(t, it);
    im_drop(t, it);
    return v;
}
/* Pickling is deprecated: -1 when the warning became an exception. */
IM_MUST_USE int it_pickle_warning(Thread *t);
/* (type(self), args[, state]); steals args and state, which may be no value: then -> no value, or absent when `state_given` is false. */
IM_MUST_USE Value it_reduced(Thread *t, Value self, Value args, Value state, bool state_given);

/* Rows {type, spec} of the three files, ended by a null type. */
extern const ImTypeRow it_comb_rows[], it_group_rows[];
extern ImType it_chain_type, it_cycle_type;

#define IT_METHOD(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)
/* The slot `name`, from name_step: written once, so that it is compiled into it. */
#define IT_NEXT(name, Type)                                                                                                                                       \
    static Value name(Thread *t, Value self)                                                                                                                      \
    {                                                                                                                                                             \
        Type *o = (Type *)im_ptr(self);                                                                                                                           \
        it_enter(t, o);                                                                                                                                           \
        Value v = name##_step(t, o);                                                                                                                              \
        it_leave(t, o);                                                                                                                                           \
        return v;                                                                                                                                                 \
    }
#define IT_REDUCE_ROW(fn) IM_FIXED("__reduce__", fn, 0, "($self, /)", "Return state information for pickling.")
#define IT_SETSTATE_ROW(fn) IM_FIXED("__setstate__", fn, 1, "($self, object, /)", "Set state information for unpickling.")
/* Defines slots and spec of `ident`, an iterator type. */
#define IT_TYPE(ident, py_name, Type, new_fn, next_fn, method_rows, destroy_fn, sig, text)                                                                        \
    static const ImSlots ident##_slots = {.iter = im_iter_self, .next = next_fn, .new_ = new_fn};                                                                 \
    static const ImTypeSpec ident##_spec = {                                                                                                                      \
        .name = "itertools." py_name, .doc = text, .size = sizeof(Type), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_ITER_NATIVE, .slots = &ident##_slots,         \
        .methods = method_rows, .traverse = it_traverse, .clear = it_clear, .destroy = destroy_fn, .text_signature = sig}

#endif
