/* Allocation of objects and of raw memory.
 *
 * Objects live in size-class pages owned by a heap, one heap per thread; tracked and untracked objects in pages of their own. A page knows its heap, its
 * block size and whether blocks start with links; the page map finds the page of any address, interior ones included. Pages can be
 * walked linearly with the world stopped: a block whose count word is 0 is free.
 * Raw memory (arrays, buffers) comes from pages of the same heaps while it is small, so that a thread which starts finds some and need not set up an
 * allocator of its own; the rest is mimalloc's.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MEM_ALLOC_H
#define IM_MEM_ALLOC_H

#include "mem/object.h"

/* Where allocation fails, "out of memory" is raised through this hook (object layer): MemoryError, no allocation. */
extern void (*im_no_memory_hook)(Thread *t);

/* New private object, count 1, body zeroed; tracked types are put on the thread's GC list at once (so traverse must bear zero fields).
 * `size` >= type's size. Null with MemoryError pending. A reference to the shape's type is taken
 * if it is a heap type (and dropped when the object is freed). */
IM_MUST_USE ImObject *im_object_alloc(Thread *t, ImShape *shape, uint32_t type_flags, size_t size);
/* The same without zeroing and without tracking: the caller fills every field, then calls im_gc_track if the type is tracked. */
IM_MUST_USE ImObject *im_object_alloc_raw(Thread *t, ImShape *shape, uint32_t type_flags, size_t size);
/* Gives the block back at once: nobody else can see it. */
void im_object_free(Thread *t, ImObject *o, uint32_t type_flags);
/* STRESS_OOM: this allocation fails. For allocators of libraries that tell about failure. */
bool im_oom_now(void);
/* Usable bytes of o's block from the header on: the object may grow to it in place. */
size_t im_object_capacity(ImObject *o);

void im_gc_track(Thread *t, ImObject *o);
void im_gc_untrack(Thread *t, ImObject *o);

/* Who wants to know of every block given out and taken back (tracemalloc). The functions touch no objects and allocate with malloc alone. Set once; they are called
 * while IM_STRESS_TRACE is set in im_rt.stress, which changes with the world stopped. */
typedef struct ImAllocTrace {
    void (*alloc)(Thread *t, void *block, size_t size);
    void (*release)(void *block);
} ImAllocTrace;
extern ImAllocTrace im_alloc_trace;
/* The block that an object stands in: what im_alloc_trace.alloc was told. */
IM_INLINE void *im_object_block(ImObject *o, uint32_t type_flags) { return (char *)o - ((type_flags & IM_TF_GC) << 4); }

/* Raw memory. size 0 gives a unique pointer. Null with MemoryError pending when t is not null. */
IM_MUST_USE void *im_raw_alloc(Thread *t, size_t size);
IM_MUST_USE void *im_raw_alloc_zero(Thread *t, size_t count, size_t size);
IM_MUST_USE void *im_raw_realloc(Thread *t, void *p, size_t size);
void im_raw_free(void *p);
size_t im_raw_usable(void *p);
/* Frees p once no other thread can be reading it: for replaced arrays of shared objects. */
void im_raw_retire(Thread *t, void *p, size_t bytes);

/* Memory that caches name without holding it: shapes, cache entries, cells. 16-byte aligned, zeroed, inside one reserved 2 GiB region:
 * im_region_offset names it in 32 bits (units of 16 bytes, never 0). Null when there is no more. Thread safe. */
void *im_region_alloc(size_t size);
/* Its owner is dead: nobody finds the block any more, but caches may go on comparing with its address, which must not be given out before they are emptied.
 * p keeps its content. Thread safe. */
void im_region_bury(void *p, size_t size);
/* So much is buried that emptying the caches pays (racy). */
bool im_region_crowded(void);
/* What is buried can be given out again. World stopped, all caches empty. */
void im_region_reclaim(void);
extern char *im_region_base;
IM_INLINE uint32_t im_region_offset(const void *p) { return (uint32_t)(((const char *)p - im_region_base) >> 4); }
IM_INLINE void *im_region_at(uint32_t offset) { return im_region_base + ((size_t)offset << 4); }

#endif
