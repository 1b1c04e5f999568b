/* When to collect, and what the gc module sees of it.
 * SPDX-License-Identifier: MIT */
#include "mem/gc.h"

#include <stdlib.h>
#include <string.h>

#include "mem/mem_impl.h"
#include "thread/epoch.h"
#include "thread/lock.h"

/* Shared tracked objects that must come to be before the world is stopped for them, at least; otherwise half of what was live the last time. */
enum { SHARED_MIN = 20000 };
#define UNC_MIN ((int64_t)16 << 20)
/* A world collection that nobody asked for starts only when at least this many times its predecessor's duration has passed: 2 % of run time for the
 * ones that free uncounted objects, 10 % for the others; unless garbage comes too fast for that (PRESSING). */
enum { REST_UNC = 50, REST_SHARED = 10 };
#define HOT_GAP ((int64_t)100000000)
#define HOT_GAP_MAX ((int64_t)60000000000)

ImGcHooks im_gc_hooks;
ImWorldSizes im_world_sizes;

static bool x_on = true;
static int64_t x_threshold[3] = {2000, 10, 10};
static ImGcStats x_stats;         /* relaxed adds */
static int64_t x_shared_net;      /* shared tracked objects made minus destroyed since the last world collection */
static int64_t x_unc_bytes;       /* of objects that became uncounted since the last collection that looked at such */
static int64_t x_hot_bytes;       /* hot.c's guess at what was dropped of such since then */
static int64_t x_not_before;      /* next unasked world collection */
static int64_t x_unc_not_before;
static int64_t x_hot_not_before, x_hot_gap; /* the guess alone: seldomer each time that it was wrong */

void im_gc_enable(bool on) { im_store_relaxed(&x_on, on); }
bool im_gc_is_enabled(void) { return im_load_relaxed(&x_on); }
void im_gc_set_threshold(int generation, int64_t n)
{
    im_store_relaxed(&x_threshold[generation], n);
    if (generation == 0) /* racy: a thread sees it an allocation later, a heap that is just being made may miss it until the next call */
        for (ImHeap *h = im_heap_first(); h; h = h->next_all) im_store_relaxed(&h->young_limit, n);
}
int64_t im_gc_get_threshold(int generation) { return im_load_relaxed(&x_threshold[generation]); }
int64_t im_gc_get_count(Thread *t, int generation) { return t->heap->gens[generation].count; }

int im_gc_init_thread(Thread *t)
{
    if (!im_poll_hooks.collect) {
        im_poll_hooks.collect = im_gc_safepoint;
    }
    (void)t;
    return 0;
}

void im_gc_pause(int64_t ns)
{
    int64_t us = ns / 1000;
    int bin = us <= 1 ? 0 : 63 - __builtin_clzll((unsigned long long)us);
    im_faa_relaxed(&x_stats.pause_histogram[bin > 31 ? 31 : bin], 1);
}

void im_gc_get_stats(ImGcStats *out)
{
    for (int i = 0; i < 3; i++) {
        out->collections[i] = im_load_relaxed(&x_stats.collections[i]);
        out->collected[i] = im_load_relaxed(&x_stats.collected[i]);
        out->uncollectable[i] = im_load_relaxed(&x_stats.uncollectable[i]);
    }
    for (int i = 0; i < 32; i++) out->pause_histogram[i] = im_load_relaxed(&x_stats.pause_histogram[i]);
}

/* --- triggers -------------------------------------------------------------------------------------------------------------- */

void im_gc_trigger(Thread *t)
{
    if (im_gc_is_enabled() && im_gc_get_threshold(0) > 0 && !(im_load_relaxed(&t->x_poll) & IM_POLL_GC)) im_poll_request(t, IM_POLL_GC);
}

static bool shared_due(int64_t net) { return net > SHARED_MIN && net > im_load_relaxed(&im_world_sizes.shared) / 2; }
/* Beyond this there is no waiting: garbage that is made faster than the rests allow must not fill the machine. */
enum { PRESSING = 4 };
static bool shared_pressing(int64_t net) { return net > 16 * SHARED_MIN && net > PRESSING * im_load_relaxed(&im_world_sizes.shared); }
static bool unc_pressing(int64_t bytes) { return bytes > 4 * UNC_MIN && bytes > PRESSING * im_load_relaxed(&im_world_sizes.unc_bytes); }
static bool unc_due(int64_t bytes) { return bytes > UNC_MIN && bytes > im_load_relaxed(&im_world_sizes.unc_bytes) / 2; }

void im_account_flush(Thread *t)
{
    ImMem *m = im_mem(t);
    int64_t net = im_faa_relaxed(&x_shared_net, m->shared_net) + m->shared_net, bytes = im_faa_relaxed(&x_unc_bytes, m->unc_bytes) + m->unc_bytes;
    int64_t hot = im_faa_relaxed(&x_hot_bytes, m->hot_bytes) + m->hot_bytes;
    m->shared_net = m->unc_bytes = m->hot_bytes = 0;
    if (im_gc_is_enabled() && (shared_due(net) || unc_due(bytes) || unc_due(hot))) im_poll_request(t, IM_POLL_GC_WORLD);
}

/* --- collecting --------------------------------------------------------------------------------------------------------------- */

typedef struct Round { Thread *t; int generation; int64_t began; } Round;
static Round begin(Thread *t, int generation)
{
    t->heap->collecting = true;
    if (im_gc_hooks.phase) im_gc_hooks.phase(t, true, generation, 0, 0);
    im_faa_relaxed(&x_stats.collections[generation], 1);
    return (Round){t, generation, im_monotonic_ns()};
}
static int64_t end(Round *r, int64_t found)
{
    int64_t took = im_monotonic_ns() - r->began;
    im_gc_pause(took);
    im_faa_relaxed(&x_stats.collected[r->generation], found);
    if (im_gc_hooks.phase) im_gc_hooks.phase(r->t, false, r->generation, found, 0);
    r->t->heap->collecting = false;
    return took;
}

/* With threads, or after the first: what is private is only part of it. */
static bool world_matters(void) { return !im_rt.gil && im_rt.x_threads_started; }

/* Nobody else runs, or may run while this thread holds the GIL: the world's walk over pages does a full collection faster than the lists do. */
static bool alone(void) { return im_rt.gil || im_load_relaxed(&im_rt.x_nthreads) == 1; }
static int64_t collect_alone(Thread *t, int *what)
{
    ImHeap *h = t->heap;
    im_list_splice(&h->gens[0].head, &h->gens[2].head);
    im_list_splice(&h->gens[1].head, &h->gens[2].head);
    for (int g = 0; g < 3; g++) h->gens[g].count = 0;
    int64_t late, n = im_gc_world(t, what, &late);
    h->long_lived_total = im_world_sizes.private;
    h->long_lived_pending = 0;
    return n - late;
}

int64_t im_gc_collect(Thread *t, int generation, bool world)
{
    if (t->heap->collecting || im_world_stopped_by(t)) return 0;
    Value exc = t->exc;
    t->exc = IM_NO_VALUE;
    Round r = begin(t, generation);
    bool everything = world && world_matters(), by_pages = generation == 2 && alone();
    int64_t n = by_pages ? 0 : im_gc_private(t, generation);
    int looked = IM_GC_PRIVATE | (everything ? IM_GC_UNC : 0);
    if (by_pages) n = collect_alone(t, &looked);
    else if (everything) {
        int64_t late, found = im_gc_world(t, &looked, &late);
        n += found - late;
    }
    if (everything && (looked & IM_GC_PRIVATE)) im_store_relaxed(&x_shared_net, 0);
    if (everything && (looked & IM_GC_UNC)) { /* else somebody was taking objects apart */
        im_store_relaxed(&x_unc_bytes, 0);
        im_store_relaxed(&x_hot_bytes, 0);
    }
    end(&r, n);
    t->exc = exc;
    return n;
}

/* The generation that CPython would choose, or -1. */
static int generation_due(ImHeap *h)
{
    for (int g = 2; g >= 0; g--) {
        int64_t limit = im_gc_get_threshold(g);
        if (h->gens[g].count <= limit || (g == 0 && limit == 0)) continue;
        if (g == 2 && h->long_lived_pending < h->long_lived_total / 4) continue;
        return g;
    }
    return -1;
}

static void collect_world(Thread *t)
{
    int64_t now = im_monotonic_ns();
    im_account_flush(t);
    int64_t bytes = im_load_relaxed(&x_unc_bytes), hot = im_load_relaxed(&x_hot_bytes), net = im_load_relaxed(&x_shared_net);
    bool guess = unc_due(hot) && now >= im_load_relaxed(&x_hot_not_before);
    bool unc = (unc_due(bytes) || guess) && (now >= im_load_relaxed(&x_unc_not_before) || unc_pressing(bytes));
    bool shared = shared_due(net) && (now >= im_load_relaxed(&x_not_before) || shared_pressing(net));
    if (!unc && !shared) return; /* another thread has just done it, or it is too early */
    Round r = begin(t, 2);
    int looked = unc ? IM_GC_UNC : 0;
    int64_t late, n = im_gc_world(t, &looked, &late);
    im_store_relaxed(&x_shared_net, 0);
    int64_t took = end(&r, n - late), after = im_monotonic_ns();
    im_store_relaxed(&x_not_before, after + took * REST_SHARED);
    if (!unc) return;
    if (!(looked & IM_GC_UNC) && !im_rt.lost) { /* somebody was taking objects apart: soon again */
        im_store_relaxed(&x_unc_not_before, after + took * REST_SHARED);
        return;
    }
    im_faa_relaxed(&x_unc_bytes, -bytes); /* what became uncounted meanwhile has not been looked for */
    im_store_relaxed(&x_hot_bytes, 0);
    im_store_relaxed(&x_unc_not_before, after + took * REST_UNC);
    int64_t gap = im_load_relaxed(&x_hot_gap);
    gap = n || gap < HOT_GAP ? HOT_GAP : gap > HOT_GAP_MAX / 2 ? HOT_GAP_MAX : gap * 2;
    im_store_relaxed(&x_hot_gap, gap);
    im_store_relaxed(&x_hot_not_before, after + gap);
}

int im_gc_safepoint(Thread *t, bool world)
{
    if (t->heap->collecting || im_world_stopped_by(t)) return 0;
    if (t->no_gc > 0) return 0; /* the next allocation over the threshold asks again */
    Value exc = t->exc;
    t->exc = IM_NO_VALUE;
    if (world) {
        if (world_matters()) {
            im_hot_round_due(t);
            if (im_gc_is_enabled()) collect_world(t);
        }
    } else {
        int g = im_gc_is_enabled() ? generation_due(t->heap) : -1;
        if (g < 0 && (im_rt.stress & IM_STRESS_GC)) g = 0;
        if (g >= 0) {
            Round r = begin(t, g);
            int looked = IM_GC_PRIVATE;
            end(&r, g == 2 && alone() ? collect_alone(t, &looked) : im_gc_private(t, g));
        }
    }
    im_trash_run(t);
    t->exc = exc;
    return 0;
}

void im_gc_settle(Thread *t)
{
    ImHeap *h = t->heap;
    h->long_lived_total += h->gens[0].count;
    for (int g = 0; g < 2; g++) {
        im_list_splice(&h->gens[g].head, &h->gens[2].head);
        h->gens[g].count = 0;
    }
}

/* --- freeze ---------------------------------------------------------------------------------------------------------------------- */

static void freeze_one(ImObject *o, void *arg)
{
    (void)arg;
    uint32_t w = o->x_count;
    if ((o->x_flags & IM_OF_FROZEN) || (int32_t)w > 0 || (w & (IM_COUNT_MASK | 0x40000000u)) == 0 || !(im_core_flags(im_core_of(o)) & IM_TF_GC)) return; /* a dead one's type may be gone */
    o->x_flags |= IM_OF_FROZEN; /* roots of every world collection */
}
void im_gc_freeze(Thread *t)
{
    im_world_stop(t);
    for (ImHeap *h = im_heap_first(); h; h = h->next_all)
        for (int g = 0; g < 3; g++) {
            for (ImLinks *l = im_l(h->gens[g].head.next); l != &h->gens[g].head; l = im_l(l->next)) {
                im_links_object(l)->x_flags |= IM_OF_FROZEN;
                h->frozen_count++;
            }
            im_list_splice(&h->gens[g].head, &h->frozen);
            h->gens[g].count = 0;
        }
    if (world_matters()) im_heap_each(freeze_one, NULL);
    im_world_start(t);
}
static void unfreeze_one(ImObject *o, void *arg)
{
    (void)arg;
    o->x_flags = (uint16_t)(o->x_flags & ~IM_OF_FROZEN);
}
void im_gc_unfreeze(Thread *t)
{
    im_world_stop(t);
    im_heap_each(unfreeze_one, NULL);
    for (ImHeap *h = im_heap_first(); h; h = h->next_all) {
        im_list_splice(&h->frozen, &h->gens[2].head);
        h->frozen_count = 0;
    }
    im_world_start(t);
}
static void count_frozen(ImObject *o, void *arg)
{
    if ((o->x_flags & IM_OF_FROZEN) && ((int32_t)o->x_count > 0 || (o->x_count & (IM_COUNT_MASK | 0x40000000u)))) ++*(int64_t *)arg;
}
int64_t im_gc_freeze_count(void)
{
    int64_t n = 0;
    Thread *t = im_thread_current();
    im_world_stop(t);
    im_heap_each(count_frozen, &n);
    im_world_start(t);
    return n;
}

/* --- looking at objects -------------------------------------------------------------------------------------------------------------- */

typedef struct Found { ImObject **v; size_t n, cap; bool failed; } Found;
static void find(ImObject *o, void *arg)
{
    Found *f = arg;
    uint32_t w = o->x_count;
    if ((int32_t)w > 0 ? !(o->x_flags & IM_OF_TRACKED) : w != IM_COUNT_UNC && (w & IM_COUNT_MASK) == 0) return; /* half made, or dead: its type may be gone */
    if (!(im_core_flags(im_core_of(o)) & IM_TF_GC)) return;
    if (f->n == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 4096;
        ImObject **v = realloc(f->v, cap * sizeof *v);
        if (!v) { f->failed = true; return; }
        f->v = v;
        f->cap = cap;
    }
    f->v[f->n++] = o;
}
void im_gc_each_object(Thread *t, void (*fn)(ImObject *o, void *arg), void *arg)
{
    Found f = {0};
    im_world_stop(t);
    im_heap_each(find, &f);
    for (size_t i = 0; i < f.n; i++) {
        if (im_rt.x_nthreads > 1) im_publish(t, im_value(f.v[i])); /* another thread's private objects may be among them */
        fn(f.v[i], arg);
    }
    im_world_start(t);
    free(f.v);
}

void im_gc_each_of_generation(Thread *t, int generation, void (*fn)(ImObject *o, void *arg), void *arg)
{
    Found f = {0};
    im_world_stop(t);
    ImLinks *head = &t->heap->gens[generation].head;
    for (ImLinks *l = im_l(head->next); l != head; l = im_l(l->next)) find(im_links_object(l), &f);
    size_t own = f.n;
    if (generation == 2) im_heap_each(find, &f);
    for (size_t i = 0; i < f.n; i++)
        if (i < own || !im_is_private_obj(f.v[i])) fn(f.v[i], arg);
    im_world_start(t);
    free(f.v);
}

typedef struct Any { bool (*test)(ImObject *o, void *arg); void *arg; bool found; } Any;
static void any_one(ImObject *o, void *arg)
{
    Any *a = arg;
    uint32_t w = o->x_count;
    if (a->found || ((int32_t)w < 0 && w != IM_COUNT_UNC && (w & IM_COUNT_MASK) == 0)) return; /* dead: its type may be gone */
    a->found = a->test(o, a->arg);
}
bool im_gc_any_object(Thread *t, bool (*test)(ImObject *o, void *arg), void *arg)
{
    Any a = {test, arg, false};
    im_world_stop(t);
    im_heap_each(any_one, &a);
    im_world_start(t);
    return a.found;
}
