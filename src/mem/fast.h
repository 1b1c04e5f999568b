/* Allocation of untracked objects, inline: for the constructors of str, bytes and numbers, which are most of what a program makes.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MEM_FAST_H
#define IM_MEM_FAST_H

#include "mem/mem_impl.h"

/* Flag of a private int whose limbs are not final yet (types/int_impl.h), and who makes them so before the int is shared. */
enum { IM_OF_UNSETTLED = 1 << 13 };
extern void (*im_settle_hook)(ImObject *o);

/* As im_object_alloc_raw for the shape of a built-in type without IM_TF_GC; null with MemoryError pending. */
IM_MUST_USE IM_INLINE ImObject *im_leaf_alloc(Thread *t, ImShape *shape, size_t size)
{
    if (!IM_NO_POOL && IM_LIKELY(size <= IM_SMALL_MAX) && IM_LIKELY(im_rt.stress == 0)) {
        ImPage *p = t->heap->cur[0][(size + 15) >> 4];
        void *b = p->free;
        if (IM_LIKELY(b != NULL)) {
            p->free = *(void **)b;
            p->used++;
            ImObject *o = b;
            o->x_shape = shape;
            o->x_flags = 0;
            o->x_lock = 0;
            o->x_gc = 0;
            o->x_count = 1;
            return o;
        }
    }
    return im_object_alloc_raw(t, shape, 0, size);
}

/* The same for types with IM_TF_GC: the caller fills every field, then tracks the object where it is to be. */
IM_MUST_USE IM_INLINE ImObject *im_tracked_alloc(Thread *t, ImShape *shape, size_t size)
{
    if (!IM_NO_POOL && IM_LIKELY(size + sizeof(ImLinks) <= IM_SMALL_MAX) && IM_LIKELY(im_rt.stress == 0)) {
        ImPage *p = t->heap->cur[1][(size + sizeof(ImLinks) + 15) >> 4];
        void *b = p->free;
        if (IM_LIKELY(b != NULL)) {
            p->free = *(void **)b;
            p->used++;
            ImObject *o = im_links_object(b);
            o->x_shape = shape;
            o->x_flags = 0;
            o->x_lock = 0;
            o->x_gc = 0;
            o->x_count = 1;
            return o;
        }
    }
    return im_object_alloc_raw(t, shape, IM_TF_GC, size);
}
IM_INLINE void im_track_new(Thread *t, ImObject *o)
{
    if (IM_UNLIKELY(o->x_count != 1)) return; /* born shared, in a stress mode */
    ImGeneration *g = &t->heap->gens[0];
    im_list_link(&g->head, im_links(o));
    o->x_flags |= IM_OF_TRACKED;
    if (IM_UNLIKELY(++g->count > im_load_relaxed(&t->heap->young_limit))) im_gc_trigger(t);
}

/* im_raw_realloc for arrays that grow and grow: the pages of a long one go back to the system while it is copied, so that it is never there twice. */
IM_MUST_USE void *im_raw_grow(Thread *t, void *p, size_t size);

#endif
