/* What list_sort.c needs of list.c.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_LIST_SORT_H
#define IM_TYPES_LIST_SORT_H

#include "types/list.h"

/* Takes all items away; the list is empty and without array afterwards. Null with MemoryError pending. */
IM_MUST_USE ImArray *im_list_steal_items(Thread *t, ImList *l, size_t *n);
/* Puts n items back, array included. False when the list was changed meanwhile. */
bool im_list_restore_items(Thread *t, ImList *l, ImArray *a, size_t n);

#endif
