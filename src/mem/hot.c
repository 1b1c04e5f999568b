/* Hot objects: shared ones that threads fight over become uncounted.
 * SPDX-License-Identifier: MIT
 *
 * A failed exchange on a count word is a sign. Every CONTENDED_STEP-th of a thread makes the object its candidate: IM_OF_HOT and a note of its address, without a reference, since
 * that would put off its death. With the world stopped an address that still is an object with that flag still is a candidate (or another one by now; no matter). A candidate that is
 * noticed again after HOT_AGE_NS asks for a world stop. There it becomes uncounted, unless something that a bounded walk finds within it has a finalizer or weak references: such
 * must die promptly (ownership protocol, F1b).
 *
 * What is large must have been there for longer: until it is uncounted it goes with its last reference, and large objects that are replaced often must not wait for collections.
 * Those that do become uncounted count as what may have to be collected soon: the bytes of all of them since the last collection ask for the next. */
#include "mem/mem_impl.h"
#include "thread/lock.h"

enum { CONTENDED_STEP = 16, WALK_MAX = 2000, DROP_STEP = 1024 };
#define HOT_AGE_NS 4000000
#define HOT_AGE_MAX_NS 1000000000 /* of what has 1 MiB and more */
#define FORGET_NS 20000000000
#define STOP_GAP_NS 4000000 /* doubles while stops gain nothing */

static bool x_wanted;
static int64_t x_not_before, x_gap = STOP_GAP_NS;

void im_note_contention(Thread *t, ImObject *o)
{
    ImMem *m = im_mem(t);
    if ((++m->contended & (CONTENDED_STEP - 1)) != 0) return;
    int64_t now = im_monotonic_ns();
    for (uint32_t i = 0; i < m->nhot; i++) {
        if (m->hot[i].o != o) continue;
        m->hot[i].rounds++;
        if (now - m->hot[i].since > m->hot[i].ripe_ns && now >= im_load_relaxed(&x_not_before)) {
            im_store_relaxed(&x_wanted, true);
            im_poll_request(t, IM_POLL_GC_WORLD);
        }
        return;
    }
    if (m->nhot == IM_HOT_MAX) return;
    if (IM_NO_POOL || !im_is_shared_obj(o) || (im_core_flags(im_core_of(o)) & IM_TF_FINALIZER)) return;
    /* It may be dying: its memory stays until this thread's next safepoint. */
    im_or_acq_rel(&o->x_flags, IM_OF_HOT);
    size_t kib = im_object_capacity(o) >> 10;
    int64_t ripe = kib >= 1024 ? HOT_AGE_MAX_NS : HOT_AGE_NS + (int64_t)kib * ((HOT_AGE_MAX_NS - HOT_AGE_NS) / 1024);
    m->hot[m->nhot++] = (ImHot){o, now, ripe, 1};
}

/* How many bytes go with a dropped reference nobody knows: a sample stands for its neighbours. */
void im_note_hot_drop(Thread *t, ImObject *o)
{
    ImMem *m = im_mem(t);
    if ((++m->contended & (DROP_STEP - 1)) != 0) return;
    m->hot_bytes += (int64_t)im_object_capacity(o);
    if (m->hot_bytes >= 65536) im_account_flush(t);
}

typedef struct Walk { ImObject *seen[WALK_MAX]; size_t n; int64_t bytes; bool bad; } Walk;
static int look(Value v, void *arg)
{
    Walk *w = arg;
    if (!im_is_object(v)) return 0;
    ImObject *o = im_ptr(v);
    if (o->x_count == IM_COUNT_UNC) return 0;
    if (w->n == WALK_MAX || (im_core_flags(im_core_of(o)) & IM_TF_FINALIZER) || (o->x_flags & IM_OF_WEAKREF)) { w->bad = true; return 1; }
    for (size_t i = w->n; i-- > 0 && i + 64 > w->n;)
        if (w->seen[i] == o) return 0; /* near ones only: seeing something twice just uses up the bound */
    w->seen[w->n++] = o;
    w->bytes += im_unc_size(o);
    return 0;
}
static bool may_promote(ImObject *o, Walk *w)
{
    w->n = 0;
    w->bytes = 0;
    w->bad = false;
    (void)look(im_value(o), w);
    for (size_t i = 0; i < w->n && !w->bad; i++) {
        ImTypeCore *ty = im_core_of(w->seen[i]);
        if (ty->traverse) (void)ty->traverse(w->seen[i], look, w);
    }
    return !w->bad;
}

void im_hot_round(void)
{
    if (im_rt.gil) return;
    static Walk walk; /* world stopped: one at a time */
    int64_t now = im_monotonic_ns();
    bool gained = false;
    for (Thread *t = im_rt.x_threads; t; t = t->next) {
        ImMem *m = im_mem(t);
        uint32_t kept = 0;
        for (uint32_t i = 0; i < m->nhot; i++) {
            ImHot h = m->hot[i];
            if (im_heap_find(h.o) != h.o || !(h.o->x_flags & IM_OF_HOT)) continue;
            uint32_t w = h.o->x_count;
            if ((int32_t)w > 0 || w == IM_COUNT_UNC || (w & IM_COUNT_MASK) == 0) continue;
            bool ripe = h.rounds >= 2 && now - h.since > h.ripe_ns;
            if (ripe && may_promote(h.o, &walk)) {
                h.o->x_count = IM_COUNT_UNC;
                m->unc_bytes += walk.bytes; /* goes into the sum with what its thread publishes next, or below */
                gained = true;
            } else if (ripe || now - h.since > FORGET_NS) {
                h.o->x_flags = (uint16_t)(h.o->x_flags & ~IM_OF_HOT);
            } else {
                m->hot[kept++] = h;
            }
        }
        m->nhot = kept;
        if (m->unc_bytes >= 65536) im_account_flush(t);
    }
    im_store_relaxed(&x_wanted, false);
    x_gap = gained ? STOP_GAP_NS : x_gap < (int64_t)1 << 34 ? x_gap * 2 : x_gap;
    im_store_relaxed(&x_not_before, now + x_gap);
}

void im_hot_round_due(Thread *t)
{
    if (!im_load_relaxed(&x_wanted)) return;
    im_world_stop(t);
    im_hot_round();
    im_world_start(t);
}
