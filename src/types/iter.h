/* Small iterators that several types share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_ITER_H
#define IM_TYPES_ITER_H

#include "object/abstract.h"
#include "types/list.h"
#include "types/tuple.h"

IM_TYPE_DECLARE(iterator);           /* over __getitem__ */
IM_TYPE_DECLARE(callable_iterator);
IM_TYPE_DECLARE(list_iterator);
IM_TYPE_DECLARE(list_reverseiterator);
IM_TYPE_DECLARE(tuple_iterator);
/* list_iterator and tuple_iterator: x_index advances by CAS when the iterator is shared; seq becomes no value at the end. */
typedef struct ImSeqIter { ImObject head; ssize_t x_index; Value x_seq; } ImSeqIter;
IM_MUST_USE Value im_seqiter_new(Thread *t, Value seq);
/* The iter slot of every iterator: itself. */
IM_MUST_USE Value im_iter_self(Thread *t, Value self);
IM_MUST_USE Value im_calliter_new(Thread *t, Value callable, Value sentinel);
/* reversed(), enumerate, zip, map, filter live in types/enumerate.c and types/builtin_iters.c */

/* A next slot has returned no value: IM_STOP if a StopIteration was pending. */
IM_MUST_USE Value im_next_ended(Thread *t);
/* im_next, inline. */
IM_INLINE IM_MUST_USE Value im_next_slot(Thread *t, Value it)
{
    ImUnary next = IM_SLOT(im_type_of_obj(im_ptr(it)), next);
    if (IM_UNLIKELY(!next || im_c_stack_low(t) || im_load_relaxed(&t->x_poll))) return im_next(t, it);
    Value v = next(t, it);
    return IM_LIKELY(!im_no_value(v)) ? v : im_next_ended(t);
}
/* The same with the commonest iterators inline, too. */
IM_INLINE IM_MUST_USE Value im_next_fast(Thread *t, Value it)
{
    ImObject *o = im_ptr(it);
    ImShape *shape = im_load_relaxed(&o->x_shape);
    if (shape == &im_list_iterator_type.root && im_is_private_obj(o)) {
        ImSeqIter *s = (ImSeqIter *)o;
        if (IM_LIKELY(!im_no_value(s->x_seq))) {
            ImList *l = im_listp(s->x_seq);
            ImArray *a = im_load_acquire(&l->x_items);
            ssize_t i = s->x_index;
            if (IM_LIKELY((size_t)i < (size_t)im_load_acquire(&l->x_len) && a && (size_t)i < a->cap)) {
                Value v = im_slot_get(t, &l->head, &a->x_items[i]);
                if (IM_LIKELY(!im_no_value(v))) {
                    s->x_index = i + 1;
                    return v;
                }
            }
        }
    } else if (shape == &im_tuple_iterator_type.root && im_is_private_obj(o)) {
        ImSeqIter *s = (ImSeqIter *)o;
        if (IM_LIKELY(!im_no_value(s->x_seq) && (size_t)s->x_index < (size_t)im_tuple_len(s->x_seq))) return im_new_ref(im_tuple_get(s->x_seq, s->x_index++));
    }
    return im_next_slot(t, it);
}

/* Iterator of dict.items(): the next key and value, owned: 1; 0 at the end, -1 error. */
IM_TYPE_DECLARE(dict_itemiterator);
IM_MUST_USE int im_dict_items_step(Thread *t, Value it, Value *key, Value *value);

/* The next row of a zip or enumerate without a tuple: 1 and its n items, owned, in row, which has room for IM_ROW_MAX; 0 at the end, -1 error, 2 without a step where it is not
 * private or its rows have not n items. */
enum { IM_ROW_MAX = 4 };
IM_TYPE_DECLARE(zip);
IM_TYPE_DECLARE(enumerate);
IM_MUST_USE int im_zip_row(Thread *t, Value zip, size_t n, Value *row);
IM_MUST_USE int im_enumerate_row(Thread *t, Value enumerate, size_t n, Value *row);

#endif
