/* slice and range.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_SLICE_H
#define IM_TYPES_SLICE_H

#include "object/abstract.h"

typedef struct ImSlice { ImObject head; Value start, stop, step; } ImSlice;
IM_TYPE_DECLARE(slice);
IM_TYPE_DECLARE(range);
IM_TYPE_DECLARE(range_iterator);
IM_INLINE bool im_is_slice(Value v) { return im_is_exact(v, &im_slice_type); }
IM_MUST_USE Value im_slice_new(Thread *t, Value start, Value stop, Value step); /* references taken */
/* Fields as C integers, not yet fitted to a length. */
IM_MUST_USE int im_slice_unpack(Thread *t, Value s, ssize_t *start, ssize_t *stop, ssize_t *step);
/* Fits to len; returns the number of items. */
ssize_t im_slice_adjust(ssize_t len, ssize_t *start, ssize_t *stop, ssize_t step);
/* start/stop arguments of methods such as list.index (None or __index__). */
IM_MUST_USE int im_slice_index(Thread *t, Value v, ssize_t *out); /* None leaves *out as it is */
IM_MUST_USE int im_slice_index_not_none(Thread *t, Value v, ssize_t *out); /* None is a TypeError */

typedef struct ImRange { ImObject head; Value start, stop, step, length; } ImRange;
/* Iterator over a range whose values all fit small ints: the VM steps it in place while it is private. */
typedef struct ImRangeIter { ImObject head; int64_t x_next, stop, step; uint64_t pad; } ImRangeIter;

#endif
