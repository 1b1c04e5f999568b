/* ImValueVec: the only way for C code to keep Values outside objects and locals (sort buffers, argument arrays, memo tables). Vectors are linked into
 * their thread and are roots of the collectors. References in a vector are owned by it.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MEM_VEC_H
#define IM_MEM_VEC_H

#include "mem/count.h"

#define IM_VEC_INLINE 16
typedef struct ImValueVec {
    struct ImValueVec *next, *prev; /* thread's list */
    size_t len, cap;
    Value *items;
    Value small[IM_VEC_INLINE];
} ImValueVec;

void im_vec_init(Thread *t, ImValueVec *v);
/* Steals x, also on failure (-1, MemoryError). */
IM_MUST_USE int im_vec_push(Thread *t, ImValueVec *v, Value x);
IM_MUST_USE int im_vec_reserve(Thread *t, ImValueVec *v, size_t cap);
/* Drops all items and unlinks. */
void im_vec_fini(Thread *t, ImValueVec *v);

/* Registers a static location as a root for ever, after its value has been stored: what lies there is published. */
void im_root_add(Value *location);

#endif
