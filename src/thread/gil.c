/* GIL mode: one lock, taken in turns.
 * SPDX-License-Identifier: MIT
 *
 * A waiter sleeps for the switch interval; if nobody else got the lock in that time it asks the holder to let go at its next safepoint. A holder that
 * was asked waits until somebody else has had the lock, so that it cannot snatch it back. Freed on every detach. */
#include <errno.h>
#include <time.h>

#include "thread/thread_impl.h"

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t freed;     /* locked went false */
    pthread_cond_t switched;  /* another thread took it */
    bool ready;
    bool locked;
    Thread *holder;           /* or last holder */
    uint64_t switches;        /* times that the holder changed */
    uint32_t x_waiting;       /* under the mutex */
} gil;

static void init(void)
{
    pthread_condattr_t a;
    pthread_condattr_init(&a);
    pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    pthread_mutex_init(&gil.mutex, NULL);
    pthread_cond_init(&gil.freed, &a);
    pthread_cond_init(&gil.switched, &a);
    pthread_condattr_destroy(&a);
    gil.locked = false;
    gil.x_waiting = 0;
    gil.ready = true;
}

void im_gil_take(Thread *t)
{
    if (!gil.ready) init(); /* the main thread, at start-up */
    pthread_mutex_lock(&gil.mutex);
    im_store_relaxed(&gil.x_waiting, gil.x_waiting + 1);
    while (gil.locked) {
        uint64_t seen = gil.switches;
        int64_t until = im_os_monotonic_ns() + (int64_t)(im_rt.switch_interval * 1e9);
        struct timespec ts = {until / 1000000000, until % 1000000000};
        int r = pthread_cond_timedwait(&gil.freed, &gil.mutex, &ts);
        if (r == ETIMEDOUT && gil.locked && gil.switches == seen) im_poll_request(gil.holder, IM_POLL_GIL);
    }
    im_store_relaxed(&gil.x_waiting, gil.x_waiting - 1);
    gil.locked = true;
    if (gil.holder != t) {
        gil.holder = t;
        gil.switches++;
    }
    pthread_cond_broadcast(&gil.switched);
    pthread_mutex_unlock(&gil.mutex);
}

void im_gil_drop(Thread *t)
{
    pthread_mutex_lock(&gil.mutex);
    IM_ASSERT(gil.locked && gil.holder == t);
    gil.locked = false;
    im_and_acq_rel(&t->x_poll, ~(uint32_t)IM_POLL_GIL);
    pthread_cond_signal(&gil.freed);
    pthread_mutex_unlock(&gil.mutex);
}

bool im_gil_wanted(void) { return im_load_relaxed(&gil.x_waiting) != 0; }

void im_gil_yield(Thread *t)
{
    pthread_mutex_lock(&gil.mutex);
    gil.locked = false;
    pthread_cond_signal(&gil.freed);
    while (gil.holder == t && !gil.locked && gil.x_waiting) pthread_cond_wait(&gil.switched, &gil.mutex);
    pthread_mutex_unlock(&gil.mutex);
    im_gil_take(t);
}

void im_gil_after_fork(Thread *t)
{
    init();
    gil.locked = true;
    gil.holder = t;
}
