/* set and frozenset: open addressing, entries as dict's (append-only order is not promised). Shared sets are read without the lock.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_SET_H
#define IM_TYPES_SET_H

#include "object/abstract.h"

IM_TYPE_DECLARE(set);
IM_TYPE_DECLARE(frozenset);
IM_INLINE bool im_is_anyset(Value v) { return im_is_object(v) && im_type_has(im_type_of_obj(im_ptr(v)), IM_TF_SET); }
IM_MUST_USE Value im_set_new(Thread *t, Value iterable);       /* no value: empty */
IM_MUST_USE Value im_frozenset_new(Thread *t, Value iterable);
IM_MUST_USE int im_set_add(Thread *t, Value set, Value v);     /* also fills fresh frozensets */
IM_MUST_USE int im_set_discard(Thread *t, Value set, Value v); /* 1 removed, 0 absent, -1 */
IM_MUST_USE int im_set_contains(Thread *t, Value set, Value v);
IM_MUST_USE int im_set_update(Thread *t, Value set, Value iterable);
ssize_t im_set_len(Value set);
IM_MUST_USE Value im_set_list(Thread *t, Value set); /* list of the items at one moment */
int im_set_next_hash(Thread *t, Value set, size_t *pos, Value *v, int64_t *hash);
int im_set_next(Thread *t, Value set, size_t *pos, Value *v);  /* owned */

#endif
