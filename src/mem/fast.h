/* Allocation inline: for the constructors of built-in types, which make most of what a program makes.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MEM_FAST_H
#define IM_MEM_FAST_H

#include "mem/mem_impl.h"

#ifdef __SANITIZE_THREAD__
#define IM_TSAN 1
#else
#define IM_TSAN 0
#endif

/* Flag of a private int whose limbs are not final yet (types/int_impl.h), and who makes them so before the int is shared. */
enum { IM_OF_UNSETTLED = 1 << 13 };
extern void (*im_settle_hook)(ImObject *o);

/* A block of the page in use for its size; null: the slow way, which stress modes always take. */
IM_INLINE void *im_block_fast(Thread *t, size_t total, unsigned tracked)
{
    if (IM_NO_POOL || IM_UNLIKELY(total > IM_SMALL_MAX) || IM_UNLIKELY(im_rt.stress != 0)) return NULL;
    ImPage *p = t->heap->cur[tracked][(total + 15) >> 4];
    void *b = p->free;
    if (IM_LIKELY(b != NULL)) {
        p->free = *(void **)b;
        p->used++;
    }
    return b;
}
IM_INLINE ImObject *im_object_head(ImObject *o, ImShape *shape)
{
    o->x_shape = shape;
    o->x_flags = 0;
    o->x_lock = 0;
    o->x_gc = 0;
    o->x_count = 1;
    return o;
}

/* As im_object_alloc_raw for the shape of a built-in type without IM_TF_GC; null with MemoryError pending. */
IM_MUST_USE IM_INLINE ImObject *im_leaf_alloc(Thread *t, ImShape *shape, size_t size)
{
    void *b = im_block_fast(t, size, 0);
    return IM_LIKELY(b != NULL) ? im_object_head(b, shape) : im_object_alloc_raw(t, shape, 0, size);
}

/* The same for types with IM_TF_GC: the caller fills every field, then tracks the object where it is to be. */
IM_MUST_USE IM_INLINE ImObject *im_tracked_alloc(Thread *t, ImShape *shape, size_t size)
{
    void *b = im_block_fast(t, size + sizeof(ImLinks), 1);
    return IM_LIKELY(b != NULL) ? im_object_head(im_links_object(b), shape) : im_object_alloc_raw(t, shape, IM_TF_GC, size);
}
IM_INLINE void im_track_link(Thread *t, ImObject *o)
{
    ImGeneration *g = &t->heap->gens[0];
    im_list_link(&g->head, im_links(o));
    o->x_flags |= IM_OF_TRACKED;
    if (IM_UNLIKELY(++g->count > im_load_relaxed(&t->heap->young_limit))) im_gc_trigger(t);
}
IM_INLINE void im_track_new(Thread *t, ImObject *o)
{
    if (IM_LIKELY(o->x_count == 1)) im_track_link(t, o); /* else: born shared, in a stress mode */
}

/* Drops v where that runs nothing: a word that is no reference, a reference that is not the last one, or the last to a leaf, which is freed. False: nothing was done. */
IM_MUST_USE IM_INLINE bool im_drop_plain(Thread *t, Value v)
{
    if (!im_is_object(v)) return true;
    ImObject *o = im_ptr(v);
    const uint32_t w = im_load_relaxed(&o->x_count);
    if (IM_LIKELY((int32_t)w > 1)) im_store_relaxed(&o->x_count, w - 1);
    else if (w == IM_COUNT_UNC) return IM_LIKELY(!im_has_flag(o, IM_OF_HOT));
    else if (w == 1 && im_core_flags(im_core_of(o)) & IM_TF_LEAF && IM_LIKELY(!im_has_flag(o, IM_OF_DESTROY | IM_OF_WEAKREF))) im_object_free_fast(t, o, 0);
    else return false;
    return true;
}

/* Small raw memory comes from the threads' pages, too; not where a sanitizer is to see each piece come and go. */
#define IM_RAW_POOL (!IM_NO_POOL && !IM_TSAN)

/* im_raw_alloc and im_raw_free, inline for the small tables and arrays of containers that come and go. t is the caller's own thread, attached. */
IM_MUST_USE IM_INLINE void *im_raw_alloc_fast(Thread *t, size_t size)
{
    void *b = IM_RAW_POOL ? im_block_fast(t, size, IM_RAW) : NULL;
    return IM_LIKELY(b != NULL) ? b : im_raw_alloc(t, size);
}
IM_INLINE bool im_raw_is_block(const void *p) { return IM_RAW_POOL && (uint64_t)((const char *)p - im_arena) >> IM_SLICE_SHIFT < im_arena_slices; }
IM_INLINE void im_raw_free_fast(Thread *t, void *p)
{
    if (IM_LIKELY(!im_rt.stress && im_raw_is_block(p))) im_block_free(t, p);
    else im_raw_free(p);
}

/* im_raw_realloc for arrays that grow and grow: the pages of a long one go back to the system while it is copied, so that it is never there twice. */
IM_MUST_USE void *im_raw_grow(Thread *t, void *p, size_t size);

#endif
