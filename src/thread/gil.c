/* GIL mode: one lock, taken in turns.
 * SPDX-License-Identifier: MIT
 *
 * A futex word as in Drepper's "Futexes are tricky" (mutex 2): 0 free, 1 held, 2 held and perhaps awaited. A waiter sleeps for the switch interval; if nobody else got
 * the lock in that time it asks the holder to let go at its next safepoint. A holder that was asked waits until somebody else has had the lock, so that it cannot snatch
 * it back. Freed on every detach, and taken again mostly with nobody else there: one compare-and-swap, one exchange. */
#include <errno.h>
#include <limits.h>

#include "thread/thread_impl.h"

static struct {
    uint32_t x_state;    /* futex word */
    uint32_t x_switches; /* futex word: times that the holder changed */
    uint32_t x_waiting;  /* threads that sleep until it is free */
    uint32_t x_yielding; /* threads that sleep until x_switches changes */
    uint64_t x_holder;   /* serial of the holder or last holder; changed by the holder */
} gil;

static void ask_holder(void)
{
    const uint64_t serial = im_load_relaxed(&gil.x_holder);
    pthread_mutex_lock(&im_rt.thread_lock); /* in the list: its state is there */
    for (Thread *o = im_rt.x_threads; o; o = o->next)
        if (o->serial == serial) im_poll_request(o, IM_POLL_GIL);
    pthread_mutex_unlock(&im_rt.thread_lock);
}

IM_NOINLINE static void wait_free(void)
{
    im_faa_acq_rel(&gil.x_waiting, 1);
    while (im_xchg_acq_rel(&gil.x_state, 2) != 0) {
        const uint32_t seen = im_load_relaxed(&gil.x_switches);
        const int r = im_os_futex_wait(&gil.x_state, 2, im_os_monotonic_ns() + (int64_t)(im_rt.switch_interval * 1e9));
        if (r == ETIMEDOUT && im_load_relaxed(&gil.x_state) != 0 && im_load_relaxed(&gil.x_switches) == seen) ask_holder();
    }
    im_faa_acq_rel(&gil.x_waiting, -1);
}

void im_gil_take(Thread *t)
{
    uint32_t v = 0;
    if (!im_cas_acquire(&gil.x_state, &v, 1)) wait_free();
    if (im_load_relaxed(&gil.x_holder) == t->serial) return;
    im_store_relaxed(&gil.x_holder, t->serial);
    im_store_seq(&gil.x_switches, gil.x_switches + 1);
    if (im_load_seq(&gil.x_yielding)) im_os_futex_wake(&gil.x_switches, INT_MAX);
}

void im_gil_drop(Thread *t)
{
    IM_ASSERT(im_load_relaxed(&gil.x_state) && im_load_relaxed(&gil.x_holder) == t->serial);
    if (im_load_relaxed(&t->x_poll) & IM_POLL_GIL) im_and_acq_rel(&t->x_poll, ~(uint32_t)IM_POLL_GIL);
    if (im_xchg_acq_rel(&gil.x_state, 0) == 2) im_os_futex_wake(&gil.x_state, 1);
}

bool im_gil_wanted(void) { return im_load_relaxed(&gil.x_waiting) != 0; }

void im_gil_yield(Thread *t)
{
    const uint32_t seen = gil.x_switches;
    im_gil_drop(t);
    im_faa_seq(&gil.x_yielding, 1);
    while (im_load_seq(&gil.x_switches) == seen && im_load_acquire(&gil.x_waiting)) {
        /* Whoever waits has been woken; should it have gone meanwhile, nobody changes the word. */
        im_os_futex_wait(&gil.x_switches, seen, im_os_monotonic_ns() + (int64_t)(im_rt.switch_interval * 1e9));
    }
    im_faa_seq(&gil.x_yielding, -1);
    im_gil_take(t);
}

void im_gil_after_fork(Thread *t)
{
    gil.x_state = 1;
    gil.x_waiting = gil.x_yielding = 0;
    gil.x_holder = t->serial;
}
