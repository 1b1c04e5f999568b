/* Slow halves of take and drop, and destruction.
 * SPDX-License-Identifier: MIT
 *
 * Order at the last drop: __del__ once, weak references cleared, their callbacks, then the children in the order in which the type's destroy function gives
 * them up; then the memory, at once when the object was private (or this thread is alone), after an epoch when it was shared. Nesting is limited: below DEPTH_MAX
 * an object is put, with the reference that was to be dropped, on the thread's trash list, which the outermost destruction empties, last in first out. So objects
 * on the trash list are alive to every collector. An object whose destroy function runs is dead: private, in no list, or shared with count 0. */
#include "mem/count.h"

#include <stdlib.h>

#include "mem/fast.h"
#include "thread/epoch.h"

enum { DEPTH_MAX = 50 };
#define SATURATE (1u << 28)
/* From here on only compare-and-swap changes a shared count, since the word may turn into "uncounted" between look and change. Below, fetch-and-add
 * is safe: nobody sleeps through 2^27 changes between its look and its add without a safepoint. */
#define NEAR_SATURATION (1u << 27)

void (*im_weak_clear_hook)(Thread *t, ImObject *o);
void (*im_weak_traverse_hook)(ImObject *o, ImVisit visit, void *arg);
void (*im_weak_pending_hook)(Thread *t);

/* --- take -------------------------------------------------------------------------------------------------------------- */

/* A private object becomes uncounted. Others may not see it yet; but uncounted counts as shared (I1). */
static void private_to_unc(ImObject *o)
{
    Thread *t = im_thread_current();
    if (im_rt.x_threads_started && !im_rt.gil) {
        im_publish(t, im_value(o));
        if (im_load_relaxed(&o->x_count) != IM_COUNT_UNC) im_store_relaxed(&o->x_count, IM_COUNT_UNC); /* nobody else has it yet */
        return;
    }
    if (o->x_flags & IM_OF_TRACKED) im_track_off(o);
    im_store_relaxed(&o->x_count, IM_COUNT_UNC);
}

/* Of uncounted objects only, the commonest ones here: no more than a look. */
IM_NOINLINE static void take_counted(ImObject *o);
void im_take_slow(ImObject *o)
{
    if (IM_UNLIKELY(im_load_relaxed(&o->x_count) != IM_COUNT_UNC)) take_counted(o);
}
static void take_counted(ImObject *o)
{
    uint32_t w = im_load_relaxed(&o->x_count);
    if (w == IM_COUNT_UNC) return;
    if ((int32_t)w > 0) { private_to_unc(o); return; } /* 2^31 - 1 references */
    IM_ASSERT2((w & IM_COUNT_MASK) > 0);
    Thread *t = im_tls_thread;
    if (t->solo) { /* plain: nobody else is attached */
        im_store_relaxed(&o->x_count, (w & IM_COUNT_MASK) < SATURATE ? w + 1 : IM_COUNT_UNC);
        return;
    }
    im_solo_tick(t);
    if (IM_LIKELY((w & IM_COUNT_MASK) < NEAR_SATURATION)) {
        if (im_cas_relaxed(&o->x_count, &w, w + 1)) return;
        im_note_contention(t, o);
        if (w == IM_COUNT_UNC) return;
        if ((w & IM_COUNT_MASK) < NEAR_SATURATION) {
            /* Relaxed: the reference held, or the container's lock, orders what is read through it. */
            (void)im_faa_relaxed(&o->x_count, 1);
            return;
        }
    }
    while (w != IM_COUNT_UNC)
        if (im_cas_relaxed(&o->x_count, &w, (w & IM_COUNT_MASK) < SATURATE ? w + 1 : IM_COUNT_UNC)) return;
}

void im_take_n(Value v, size_t n)
{
    if (!im_is_object(v) || n == 0) return;
    ImObject *o = im_ptr(v);
    uint32_t w = im_load_relaxed(&o->x_count);
    if (w == IM_COUNT_UNC) return;
    if ((int32_t)w > 0) {
        if (n < 0x7FFFFFFFu - w) im_store_relaxed(&o->x_count, w + (uint32_t)n);
        else private_to_unc(o);
        return;
    }
    while (w != IM_COUNT_UNC)
        if (im_cas_relaxed(&o->x_count, &w, n < SATURATE && (w & IM_COUNT_MASK) + n < SATURATE ? w + (uint32_t)n : IM_COUNT_UNC)) return;
}

bool im_try_take(ImObject *o)
{
    uint32_t w = im_load_relaxed(&o->x_count);
    for (;;) {
        if (w == IM_COUNT_UNC) return true;
        if ((int32_t)w >= 0) { /* private: mine, by I2; 0: given back */
            if (w == 0) return false;
            im_take_obj(o);
            return true;
        }
        if ((w & IM_COUNT_MASK) == 0) return false;
        if ((w & IM_COUNT_MASK) >= SATURATE) { im_take_slow(o); return true; }
        /* Acquire: if this reads what a dropper wrote, what it did before is visible, the emptied slot too (the caller's re-check). */
        if (im_cas_acquire(&o->x_count, &w, w + 1)) return true;
        im_note_contention(im_tls_thread, o);
    }
}

int64_t im_count_of(Value v)
{
    if (!im_is_object(v)) return 4294967295;
    uint32_t w = im_load_relaxed(&im_ptr(v)->x_count);
    return (int32_t)w > 0 ? w : w == IM_COUNT_UNC ? 4294967295 : (int64_t)(w & IM_COUNT_MASK);
}

void im_immortalize(Value v)
{
    if (!im_is_object(v)) return;
    ImObject *o = im_ptr(v);
    if (im_load_relaxed(&o->x_gc) & IM_OG_IMMORTAL) return;
    im_or_relaxed(&o->x_gc, IM_OG_IMMORTAL);
    uint32_t w = im_load_relaxed(&o->x_count);
    if (w == IM_COUNT_UNC) return;
    if ((int32_t)w > 0) { private_to_unc(o); return; }
    /* Others may be about to add or subtract: so many references that it never dies, until a take makes it uncounted. */
    while (w != IM_COUNT_UNC && (w & IM_COUNT_MASK) < SATURATE)
        if (im_cas_relaxed(&o->x_count, &w, w + SATURATE)) return;
}

/* --- destruction ---------------------------------------------------------------------------------------------------------- */

static void free_tracked(Thread *t, void *o) { im_object_free(t, o, IM_TF_GC); }
static void free_untracked(Thread *t, void *o) { im_object_free(t, o, 0); }

static void trash_push(Thread *t, ImObject *o, uint32_t type_flags)
{
    t->has_trash = true;
    if (type_flags & IM_TF_GC) {
        if (im_is_private_obj(o) && (o->x_flags & IM_OF_TRACKED)) im_gc_untrack(t, o);
        im_links(o)->next = (uintptr_t)t->trash;
        t->trash = o;
        return;
    }
    ImMem *m = im_mem(t);
    if (m->ntrash == m->trash_cap) {
        size_t cap = m->trash_cap ? m->trash_cap * 2 : 64;
        ImObject **p = realloc(m->trash_untracked, cap * sizeof *p);
        if (!p) im_fatal("out of memory while objects were being destroyed");
        m->trash_untracked = p;
        m->trash_cap = cap;
    }
    m->trash_untracked[m->ntrash++] = o;
}

void im_trash_run(Thread *t)
{
    if (t->destroy_depth || !t->has_trash) return;
    ImMem *m = im_mem(t);
    while (t->trash || m->ntrash) {
        ImObject *o;
        if (t->trash) {
            o = t->trash;
            t->trash = (ImObject *)im_links(o)->next;
        } else {
            o = m->trash_untracked[--m->ntrash];
        }
        t->destroy_depth++; /* what this one puts on the list is ours to run */
        im_drop_obj(t, o);
        t->destroy_depth--;
    }
    t->has_trash = false;
}

IM_INLINE void run_finalizer(Thread *t, ImObject *o, ImFinalizer fn)
{
    fn(t, o);
    if (im_is_private_obj(o) && (im_core_flags(im_core_of(o)) & IM_TF_GC) && im_load_relaxed(&o->x_count) > 1) im_gc_track(t, o); /* lives on after the trash list */
}

void im_unc_retire(Thread *t, ImObject *o, bool tracked)
{
    size_t links = (size_t)tracked << 4; /* its type may be gone */
    im_epoch_retire(t, o, im_block_size((char *)o - links), tracked ? free_tracked : free_untracked);
}

void im_destroy_body(Thread *t, ImObject *o)
{
    ImTypeCore *ty = im_core_of(o);
    t->destroy_depth++;
    if (ty->destroy) ty->destroy(t, o);
    t->destroy_depth--;
}

/* Children and memory of an object that nobody can reach any more. */
IM_INLINE void destroy(Thread *t, ImObject *o, bool was_shared)
{
    ImTypeCore *ty = im_core_of(o); /* read now: __del__ may have assigned __class__ */
    uint32_t fl = im_core_flags(ty);
    t->destroy_depth++;
    if (ty->destroy) ty->destroy(t, o);
    if (was_shared) {
        if (fl & IM_TF_GC) im_mem(t)->shared_net--;
        im_epoch_retire(t, o, ty->item_size ? im_object_capacity(o) : ty->size, fl & IM_TF_GC ? free_tracked : free_untracked);
    } else {
        im_object_free_fast(t, o, fl);
    }
    if (fl & IM_TF_HEAP) im_drop_obj(t, &ty->head);
    if (--t->destroy_depth == 0 && IM_UNLIKELY(t->has_trash)) im_trash_run(t);
}

IM_NOINLINE static void drop_shared(Thread *t, ImObject *o)
{
    for (;;) {
        ImTypeCore *ty = im_core_of(o); /* read each time: __del__ may assign __class__ */
        ImFinalizer fn = im_core_finalizer(ty);
        uint32_t w = im_load_relaxed(&o->x_count), n = w & IM_COUNT_MASK;
        if (w == IM_COUNT_UNC) return;
        IM_ASSERT(n > 0);
        if (n == 1 && IM_UNLIKELY(t->destroy_depth >= DEPTH_MAX)) { trash_push(t, o, im_core_flags(ty)); return; }
        bool unclaimed = fn && !(w & IM_COUNT_FIN), claim = n == 1 && unclaimed;
        if (t->solo) {
            im_store_relaxed(&o->x_count, claim ? w | IM_COUNT_FIN : w - 1);
        } else {
            im_solo_tick(t);
            if (unclaimed || IM_UNLIKELY(n >= NEAR_SATURATION)) {
                /* Not by subtraction: two droppers that both saw 2 would take it to 0, and nobody would have run __del__. Acquire: __del__ sees what the other holders did. Release: this thread's own work is seen by whoever drops last. */
                if (!im_cas_acq_rel(&o->x_count, &w, claim ? w | IM_COUNT_FIN : w - 1)) continue;
            } else {
                n = im_faa_acq_rel(&o->x_count, (uint32_t)-1) & IM_COUNT_MASK;
            }
        }
        if (claim) { run_finalizer(t, o, fn); continue; }
        if (n != 1) return;
        /* Count 0: no take succeeds any more. */
        if (im_has_flag(o, IM_OF_WEAKREF) && im_weak_clear_hook) im_weak_clear_hook(t, o);
        destroy(t, o, true);
        return;
    }
}

IM_NOINLINE static void drop_last(Thread *t, ImObject *o);
/* Most of what dies is a str or a number of one thread: its block goes back at once. */
void im_drop_slow(Thread *t, ImObject *o)
{
    uint32_t w = im_load_relaxed(&o->x_count);
    if (w == 1 && im_core_flags(im_core_of(o)) & IM_TF_LEAF && IM_LIKELY(!im_has_flag(o, IM_OF_DESTROY | IM_OF_WEAKREF))) {
        im_object_free_fast(t, o, 0);
    } else if (w == IM_COUNT_UNC) {
        if (IM_UNLIKELY(im_has_flag(o, IM_OF_HOT))) im_note_hot_drop(t, o);
    } else if ((int32_t)w < 0) {
        drop_shared(t, o);
    } else {
        drop_last(t, o);
    }
}
/* A tuple's items, from the last, as long as nothing runs. The number of those that are left. */
IM_INLINE uint64_t drop_plain_items(Thread *t, ImObject *o)
{
    Value *items = (Value *)(o + 1) + 1;
    uint64_t n = items[-1].bits;
    while (n && im_drop_plain(t, items[n - 1])) n--;
    return items[-1].bits = n;
}
static void drop_last(Thread *t, ImObject *o)
{
    IM_ASSERT(im_load_relaxed(&o->x_count) == 1);
    ImTypeCore *ty = im_core_of(o);
    uint32_t fl = im_core_flags(ty);
    if (IM_UNLIKELY(t->destroy_depth >= DEPTH_MAX)) { trash_push(t, o, fl); return; }
    ImFinalizer fn = IM_UNLIKELY(fl & IM_TF_FINALIZER) ? im_core_finalizer(ty) : NULL;
    if (IM_UNLIKELY(fn != NULL) && !(o->x_flags & IM_OF_FINALIZED)) {
        o->x_flags |= IM_OF_FINALIZED; /* becomes FIN when it is published */
        run_finalizer(t, o, fn);
        if (im_load_relaxed(&o->x_count) != 1) { im_drop_obj(t, o); return; } /* resurrected, or published */
    }
    if (IM_UNLIKELY(im_has_flag(o, IM_OF_WEAKREF)) && im_weak_clear_hook) {
        im_weak_clear_hook(t, o);
        if (IM_UNLIKELY(im_load_relaxed(&o->x_count) != 1)) { im_drop_obj(t, o); return; } /* published by a publisher's own weak edge meanwhile */
    }
    if (o->x_flags & IM_OF_TRACKED) {
        ImGeneration *g = &t->heap->gens[0];
        g->count -= g->count > 0;
        im_track_off(o);
    }
    if (ty->traverse == im_items_traverse && !(fl & IM_TF_HEAP) && drop_plain_items(t, o) == 0) im_object_free_fast(t, o, IM_TF_GC);
    else destroy(t, o, false);
}
