/* Attaching, stopping the world, solo mode.
 * SPDX-License-Identifier: MIT
 *
 * Stop: the stopper names itself (x_stopper), turns every detached thread into a suspended one, asks the attached ones to park and waits until it has
 * caught them all. A parking thread detaches and attaches again; attaching waits while there is a stopper, and fails while suspended.
 * States of a thread: DETACHED -attach, by itself-> ATTACHED -detach, by itself-> DETACHED -stopper-> SUSPENDED -stopper-> DETACHED.
 *
 * Solo mode (ownership protocol 4.2). x_solo: 0 nobody is attached · thread|1 that thread is alone and treats shared objects plainly · n<<2|2 n threads are
 * attached. A second thread waits until the solo one hands over at a safepoint or detaches. Back to solo: one thread, SEVERAL with n = 1, and no
 * other has attached for SOLO_AFTER_NS. In GIL mode the holder is always alone. */
#include <errno.h>
#include <limits.h>

#include "thread/lock.h"
#include "thread/epoch.h"
#include "thread/thread_impl.h"

#define SOLO_AFTER_NS 10000000
#define RETRY_NS 20000000 /* a request that crossed with another change is made again */
enum { SOLO = 1, SEVERAL = 2, ONE_SEVERAL = 1 << 2 | SEVERAL };
enum { SOLO_SPINS = 150 };

static Thread *x_stopper;        /* thread that has or wants the world stopped; seq_cst against x_state */
static int nest;                 /* stopper only */
static ImMutex world_mutex;      /* held by the stopper */
static uint32_t x_start_seq;     /* futex word: ends of world stops */
static uint32_t x_stop_seq;      /* futex word: threads that let go while there is a stopper */

static uint64_t x_solo;
static uint32_t x_solo_seq;      /* futex word: the solo thread handed over or left */
static uint32_t x_solo_waiters;  /* threads that want to attach beside the solo one */
static uint32_t x_solo_sleepers; /* those of them that have given up spinning */
static uint64_t x_attaches;      /* attachments next to others; statistics for the way back to solo */

/* --- solo ------------------------------------------------------------------------------------------------------------- */

static void solo_changed(void)
{
    if (!im_load_seq(&x_solo_sleepers)) return;
    im_faa_acq_rel(&x_solo_seq, 1);
    im_os_futex_wake(&x_solo_seq, INT_MAX);
}

/* The solo thread may end meanwhile: it is looked up in the list, never followed. */
static void ask_solo(uint64_t word)
{
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *o = im_rt.x_threads; o; o = o->next)
        if (((uint64_t)(uintptr_t)o | SOLO) == word) im_poll_request(o, IM_POLL_SOLO);
    pthread_mutex_unlock(&im_rt.thread_lock);
}

static void solo_enter(Thread *t)
{
    uint64_t w = im_load_acquire(&x_solo);
    for (;;) {
        if (w == 0) {
            if (!im_cas_acq_rel(&x_solo, &w, (uint64_t)(uintptr_t)t | SOLO)) continue;
            t->solo = true;
            return;
        }
        if ((w & 3) == SEVERAL) {
            if (!im_cas_acq_rel(&x_solo, &w, w + 4)) continue;
            im_faa_relaxed(&x_attaches, 1);
            t->solo = false;
            return;
        }
        im_faa_seq(&x_solo_waiters, 1);
        ask_solo(w);
        for (int i = 0; i < SOLO_SPINS && im_load_relaxed(&x_solo) == w; i++) im_cpu_relax(); /* a running thread's next safepoint is near */
        if (im_load_relaxed(&x_solo) == w) {
            uint32_t seq = im_load_acquire(&x_solo_seq);
            im_faa_seq(&x_solo_sleepers, 1);
            if (im_load_seq(&x_solo) == w) im_os_futex_wait(&x_solo_seq, seq, im_monotonic_ns() + RETRY_NS);
            im_faa_seq(&x_solo_sleepers, -1);
        }
        im_faa_seq(&x_solo_waiters, -1);
        w = im_load_acquire(&x_solo);
    }
}

bool im_world_quiet(void) { return im_load_relaxed(&x_solo) == 0; }

static void solo_leave(Thread *t)
{
    if (t->solo) {
        (void)im_xchg_seq(&x_solo, 0); /* everything that was stored plainly is visible before this */
        solo_changed();
        return;
    }
    uint64_t w = im_load_relaxed(&x_solo);
    while (!im_cas_acq_rel(&x_solo, &w, w == ONE_SEVERAL ? 0 : w - 4)) continue;
}

void im_solo_poll(Thread *t)
{
    if (im_rt.gil) return;
    if (t->solo) {
        if (!im_load_seq(&x_solo_waiters)) return;
        t->solo = false;
        (void)im_xchg_seq(&x_solo, ONE_SEVERAL);
        solo_changed();
        return;
    }
    uint64_t alone = ONE_SEVERAL;
    if (im_load_relaxed(&x_solo_waiters) == 0 && im_cas_acq_rel(&x_solo, &alone, (uint64_t)(uintptr_t)t | SOLO)) t->solo = true;
}

/* Not at a safepoint, where the mode must stay as it is: asks itself to look there. */
void im_solo_look(Thread *t)
{
    if (t->solo || im_load_relaxed(&x_solo) != ONE_SEVERAL) return;
    uint64_t n = im_load_relaxed(&x_attaches);
    int64_t now = im_monotonic_ns();
    if (n != t->solo_seen) {
        t->solo_seen = n;
        t->solo_seen_ns = now;
    } else if (now - t->solo_seen_ns > SOLO_AFTER_NS) {
        im_poll_request(t, IM_POLL_SOLO);
    }
}

/* --- attach, detach ------------------------------------------------------------------------------------------------------ */

static void tell_stopper(void)
{
    if (!im_load_seq(&x_stopper)) return;
    im_faa_acq_rel(&x_stop_seq, 1);
    im_os_futex_wake(&x_stop_seq, INT_MAX);
}

void im_world_attach(Thread *t)
{
    for (;;) {
        uint32_t seq = im_load_acquire(&x_start_seq);
        Thread *s = im_load_seq(&x_stopper);
        if (!s || s == t) {
            solo_enter(t);
            uint32_t state = IM_THREAD_DETACHED;
            if (im_cas_seq(&t->x_state, &state, IM_THREAD_ATTACHED)) break;
            solo_leave(t);
        }
        im_os_futex_wait(&x_start_seq, seq, -1); /* the stop's end advances it */
    }
    im_epoch_attach(t);
}

void im_world_detach(Thread *t)
{
    im_epoch_detach(t);
    solo_leave(t);
    (void)im_xchg_seq(&t->x_state, IM_THREAD_DETACHED);
    tell_stopper();
}

void im_world_leave(Thread *t)
{
    im_epoch_detach(t);
    solo_leave(t);
    tell_stopper();
}

void im_world_park(Thread *t)
{
    if (!im_load_seq(&x_stopper)) return; /* over already */
    im_thread_detach(t);
    im_thread_attach(t);
}

/* --- stop ------------------------------------------------------------------------------------------------------------------ */

bool im_world_stopped_by(Thread *t) { return im_load_relaxed(&x_stopper) == t && nest > 0; } /* only t itself writes its name there */

/* Suspends what is detached, asks the rest; true when everybody is caught. */
static bool catch_all(Thread *t)
{
    bool all = true;
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *o = im_rt.x_threads; o; o = o->next) {
        if (o == t) continue;
        uint32_t state = IM_THREAD_DETACHED;
        if (im_cas_seq(&o->x_state, &state, IM_THREAD_SUSPENDED) || state == IM_THREAD_SUSPENDED) continue;
        im_or_seq(&o->x_poll, IM_POLL_STOP);
        state = IM_THREAD_DETACHED; /* it may have detached before it could see the request */
        if (im_cas_seq(&o->x_state, &state, IM_THREAD_SUSPENDED)) continue;
        all = false;
    }
    pthread_mutex_unlock(&im_rt.thread_lock);
    return all;
}

void im_world_stop(Thread *t)
{
    if (im_world_stopped_by(t)) { nest++; return; }
    im_mutex_acquire(t, &world_mutex);
    im_store_seq(&x_stopper, t);
    for (int round = 0; !im_rt.gil; round++) {
        uint32_t seq = im_load_acquire(&x_stop_seq);
        if (catch_all(t)) break;
        if (round < 20) for (int i = 0; i < 50; i++) im_cpu_relax();
        else im_os_futex_wait(&x_stop_seq, seq, im_monotonic_ns() + RETRY_NS);
    }
    nest = 1;
    if (im_thread_hooks.world_stopped) im_thread_hooks.world_stopped(t);
}

void im_world_start(Thread *t)
{
    IM_ASSERT(im_world_stopped_by(t));
    if (--nest) return;
    if (!im_rt.gil) {
        pthread_mutex_lock(&im_rt.thread_lock);
        for (Thread *o = im_rt.x_threads; o; o = o->next) {
            if (o == t) continue;
            im_and_acq_rel(&o->x_poll, ~(uint32_t)IM_POLL_STOP);
            uint32_t state = IM_THREAD_SUSPENDED;
            (void)im_cas_acq_rel(&o->x_state, &state, IM_THREAD_DETACHED);
        }
        pthread_mutex_unlock(&im_rt.thread_lock);
    }
    im_store_seq(&x_stopper, NULL);
    im_faa_acq_rel(&x_start_seq, 1);
    im_os_futex_wake(&x_start_seq, INT_MAX);
    im_mutex_unlock(&world_mutex);
}

/* The child was forked with the world stopped by t. */
void im_world_after_fork(Thread *t)
{
    nest = 0;
    x_stopper = NULL;
    world_mutex.x_state = 0;
    x_solo_waiters = x_solo_sleepers = 0;
    x_solo = (uint64_t)(uintptr_t)t | SOLO;
    t->solo = true;
    t->x_state = IM_THREAD_ATTACHED;
}
