/* Collectors for cycles.
 *
 * Private: each thread, on its own lists, generational trial deletion, nobody stopped. Shared: world stopped, page walk. Uncounted objects: world stopped, full
 * mark from every object that cannot be garbage, registers, value vectors and C stacks (scanned conservatively).
 * Finalizers run after the world goes on, at a safepoint, never inside an allocation.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MEM_GC_H
#define IM_MEM_GC_H

#include "mem/object.h"

typedef struct ImGcStats {
    int64_t collections[3], collected[3], uncollectable[3];
    int64_t pause_histogram[32]; /* bin i: pauses of 2^i .. 2^(i+1) microseconds */
} ImGcStats;

/* Collects. generation 0..2: the thread's private young, middle, all; world: every heap. Returns unreachable objects found. */
int64_t im_gc_collect(Thread *t, int generation, bool world);
void im_gc_enable(bool on);
bool im_gc_is_enabled(void);
void im_gc_set_threshold(int generation, int64_t n);
int64_t im_gc_get_threshold(int generation);
int64_t im_gc_get_count(Thread *t, int generation);
void im_gc_get_stats(ImGcStats *out);
void im_gc_freeze(Thread *t);
void im_gc_unfreeze(Thread *t);
int64_t im_gc_freeze_count(void);
/* Calls fn for every tracked object of every heap, world stopped (used by gc.get_objects, get_referrers). Published first. */
void im_gc_each_object(Thread *t, void (*fn)(ImObject *o, void *arg), void *arg);
/* The same for one generation: what this thread has made lately (0), what has survived a collection or two (1, 2), all that is shared (2). */
void im_gc_each_of_generation(Thread *t, int generation, void (*fn)(ImObject *o, void *arg), void *arg);
/* Runs fn with the world stopped, no thread looking at retired memory, and no garbage half taken apart. False, and nothing done, while another collection is at work. */
bool im_gc_with_world_stopped(Thread *t, void (*fn)(Thread *t));
/* True when test() is for some living object of any heap. World stopped meanwhile: it may neither allocate nor run anything. */
bool im_gc_any_object(Thread *t, bool (*test)(ImObject *o, void *arg), void *arg);
/* A finalizer of o would run if it died. */
bool im_gc_has_finalizer(const ImObject *o);
/* At exit: runs the finalizers of everything that only module namespaces, libraries' statics and garbage hold, all of it still whole. kept[0..n): what counts as held. */
void im_gc_finalize_rest(Thread *t, const Value *kept, size_t n);
/* What start-up has made counts as old: no collection looks at it before a full one. */
void im_gc_settle(Thread *t);
/* Hooks of the gc module: called before and after a collection (gc.callbacks), and with garbage to save. */
typedef struct ImGcHooks {
    void (*phase)(Thread *t, bool start, int generation, int64_t collected, int64_t uncollectable);
    bool (*x_keep)(Thread *t, ImObject *o); /* where set, while others collect too: sees each unreachable object before it is taken apart; true: it shall stay (all of a round, or none) */
    void (*extra_roots)(ImVisit visit, void *arg); /* registers of all threads: vm/ */
} ImGcHooks;
extern ImGcHooks im_gc_hooks;
/* Invariant I1 over the whole heap; world stopped; assertion level 3. */
void im_heap_validate(Thread *t);

/* --- weak references (types/weakref.c): side table from object address to its list of weakref objects -------------------------------- */
/* Called by destruction and by the collectors for objects with IM_OF_WEAKREF: clears every weak reference to o and runs the callbacks, except those of references
 * with IM_OF_MARK (garbage themselves). While t->weak_defer is set the callbacks wait, on t->weak_pending, for im_weak_pending_hook. */
extern void (*im_weak_clear_hook)(Thread *t, ImObject *o);
extern void (*im_weak_pending_hook)(Thread *t);
/* Publishing: visits the weakref objects of o, and where o is one, its referent. */
extern void (*im_weak_traverse_hook)(ImObject *o, ImVisit visit, void *arg);

#endif
