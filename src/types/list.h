/* list.
 *
 * Private lists: plain fields. Shared lists: readers load x_items (acquire), check the index against both x_len and the array's own cap, then im_slot_get with the list
 * as container; an empty slot means "retry under the lock". Writers hold the lock; growth copies to a new array and retires the old one.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_LIST_H
#define IM_TYPES_LIST_H

#include "object/abstract.h"

typedef struct ImArray { size_t cap; Value x_items[]; } ImArray; /* raw memory */
typedef struct ImList {
    ImObject head;
    ssize_t x_len;
    ImArray *x_items; /* null when cap is 0 */
} ImList;
IM_TYPE_DECLARE(list);
IM_INLINE ImList *im_listp(Value v) { return (ImList *)im_ptr(v); }
IM_INLINE bool im_is_list(Value v) { return im_is_object(v) && im_type_has(im_type_of_obj(im_ptr(v)), IM_TF_LIST); }
IM_INLINE bool im_is_list_exact(Value v) { return im_is_exact(v, &im_list_type); }
IM_MUST_USE Value im_list_new(Thread *t, size_t capacity);                     /* empty, room for capacity */
IM_MUST_USE Value im_list_from_array(Thread *t, const Value *items, size_t n); /* takes references to items */
IM_MUST_USE Value im_list_steal_array(Thread *t, Value *items, size_t n);      /* moves the items, also on failure (drops them) */
IM_MUST_USE int im_list_append(Thread *t, Value list, Value v);
IM_MUST_USE int im_list_append_steal(Thread *t, Value list, Value v);
/* Room for n items in a private list that has had none yet; 0, or -1 with MemoryError. */
IM_MUST_USE int im_list_reserve(Thread *t, Value list, size_t n);
IM_MUST_USE int im_list_extend(Thread *t, Value list, Value iterable);
IM_MUST_USE int im_list_insert(Thread *t, Value list, ssize_t i, Value v);
ssize_t im_list_len(Value list);
/* Owned item, or no value without exception when i is out of range (0 <= i < len at this moment). */
Value im_list_get(Thread *t, Value list, ssize_t i);
IM_MUST_USE int im_list_set(Thread *t, Value list, ssize_t i, Value v); /* IndexError */
IM_MUST_USE int im_list_store(Thread *t, Value list, ssize_t i, Value v); /* l[i] = v: the same, and i may count from the end */
IM_MUST_USE Value im_list_slice(Thread *t, Value list, ssize_t lo, ssize_t hi);
IM_MUST_USE Value im_list_repeat_own(Thread *t, Value list, ssize_t n); /* list *= n for a private list with one reference; a new reference to it */
/* list[start:stop:step] and its assignment, with bounds as im_slice_unpack gives them. v: any iterable. */
IM_MUST_USE Value im_list_extract(Thread *t, Value list, ssize_t start, ssize_t stop, ssize_t step);
IM_MUST_USE int im_list_assign(Thread *t, Value list, ssize_t start, ssize_t stop, ssize_t step, Value v);
/* Takes the first item that is `what` itself out, in one step. False: it is not there. */
bool im_list_remove_same(Thread *t, Value list, Value what);
/* Takes item i out if it still is `what`, in one step. */
bool im_list_remove_at(Thread *t, Value list, ssize_t i, Value what);
IM_MUST_USE int im_list_clear(Thread *t, Value list);
IM_MUST_USE int im_list_sort(Thread *t, Value list, Value key, bool reverse); /* key no value: none */
IM_MUST_USE int im_list_reverse(Thread *t, Value list);
IM_MUST_USE Value im_list_to_tuple(Thread *t, Value list);

#endif
