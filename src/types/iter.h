/* Small iterators that several types share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_ITER_H
#define IM_TYPES_ITER_H

#include "object/abstract.h"

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

#endif
