/* Locks that park: byte locks in object headers, mutexes, parking on a word.
 * SPDX-License-Identifier: MIT
 *
 * Byte lock: 0 free, 1 held, 3 held and awaited. A waiter spins, then sets bit 1 and sleeps on the aligned 32-bit word around the byte; other bytes
 * of that word (flags) may change, which only wakes it early. Whoever unlocks a 3 wakes all who sleep on the word.

 * Mutex: 0 free, 1 held, 2 held and awaited (Drepper, "Futexes are tricky", mutex 2). */
#include "thread/lock.h"

#include <errno.h>
#include <limits.h>

#include "base/os.h"

enum { SPINS = 100 };
/* A wait that a signal may end looks again this often: the signal may have come between the last look and the sleep. */
#define SIGNAL_SLICE_NS 200000000
#define EXIT_SLICE_NS 5000000

static uint32_t *word_around(uint8_t *p) { return (uint32_t *)((uintptr_t)p & ~(uintptr_t)3); }

void im_byte_lock_slow(uint8_t *x_lock)
{
    for (int i = 0; i < SPINS; i++) {
        uint8_t v = im_load_relaxed(x_lock);
        if (!(v & 1) && im_cas_acquire(x_lock, &v, (uint8_t)(v | 1))) return;
        im_cpu_relax();
    }
    uint32_t *word = word_around(x_lock);
    unsigned shift = (unsigned)((uintptr_t)x_lock & 3) * 8;
    for (;;) {
        uint8_t v = im_load_relaxed(x_lock);
        if (!(v & 1)) {
            /* Others may sleep still: the awaited bit stays set by whoever has slept. */
            if (im_cas_acquire(x_lock, &v, 3)) return;
            continue;
        }
        if (v == 1 && !im_cas_relaxed(x_lock, &v, 3)) continue;
        /* Racy read: if the byte has changed since, the sleep is refused or the look is repeated. */
        uint32_t w = im_load_relaxed(word);
        if (((w >> shift) & 0xFF) == 3) im_os_futex_wait(word, w, -1);
    }
}

void im_byte_unlock_slow(uint8_t *x_lock)
{
    IM_ASSERT(im_load_relaxed(x_lock) & 1);
    uint8_t old = im_xchg_acq_rel(x_lock, 0);
    if (old & 2) im_os_futex_wake(word_around(x_lock), INT_MAX);
}

static bool wants_attention(Thread *t)
{
    return (im_load_relaxed(&t->x_poll) & (IM_POLL_SIGNAL | IM_POLL_ASYNC_EXC | IM_POLL_PENDING)) != 0;
}

int im_mutex_lock(Thread *t, ImMutex *m, int64_t timeout_ns, bool interruptible)
{
    if (im_mutex_try(m)) return IM_LOCK_OK;
    if (timeout_ns == 0) return IM_LOCK_TIMEOUT;
    for (int i = im_rt.gil ? SPINS : 0; i < SPINS; i++) { /* with the GIL the holder cannot go on now */
        if (im_load_relaxed(&m->x_state) == 0 && im_mutex_try(m)) return IM_LOCK_OK;
        im_cpu_relax();
    }
    int64_t deadline = timeout_ns < 0 ? -1 : im_monotonic_ns() + timeout_ns;
    int result = IM_LOCK_OK;
    if (t) im_thread_detach(t);
    while (im_xchg_acq_rel(&m->x_state, 2) != 0) {
        if (interruptible && t && wants_attention(t)) { result = IM_LOCK_INTERRUPTED; break; }
        int64_t until = deadline;
        if (interruptible) {
            int64_t slice = im_monotonic_ns() + SIGNAL_SLICE_NS;
            if (until < 0 || slice < until) until = slice;
        }
        int r = im_os_futex_wait(&m->x_state, 2, until);
        if (r == ETIMEDOUT && deadline >= 0 && im_monotonic_ns() >= deadline) {
            if (im_xchg_acq_rel(&m->x_state, 2) != 0) result = IM_LOCK_TIMEOUT;
            break;
        }
    }
    if (t) im_thread_attach(t);
    return result;
}

void im_mutex_acquire_slow(Thread *t, ImMutex *m)
{
    for (int i = 0; i < SPINS; i++) {
        if (im_load_relaxed(&m->x_state) == 0 && im_mutex_try(m)) {
            if (t) im_or_acq_rel(&m->x_state, (uint32_t)t->serial << 2);
            return;
        }
        im_cpu_relax();
    }
    uint32_t mine = t ? (uint32_t)t->serial << 2 | 2 : 2;
    if (t) im_thread_detach(t);
    for (;;) {
        uint32_t v = im_load_relaxed(&m->x_state);
        if (v == 0 || im_thread_is_gone(v >> 2)) {
            if (im_cas_acquire(&m->x_state, &v, mine)) break;
            continue;
        }
        if ((v & 3) == 1 && !im_cas_relaxed(&m->x_state, &v, v + 1)) continue;
        /* The owner may stop for good while we sleep: at exit, look again now and then. */
        im_os_futex_wait(&m->x_state, v | 2, im_load_relaxed(&im_rt.x_finalizing) ? im_monotonic_ns() + EXIT_SLICE_NS : -1);
    }
    if (t) im_thread_attach(t);
}

void im_mutex_unlock(ImMutex *m)
{
    IM_ASSERT(im_load_relaxed(&m->x_state) != 0);
    if (im_xchg_acq_rel(&m->x_state, 0) & 2) im_os_futex_wake(&m->x_state, 1);
}

int im_park(uint32_t *x_word, uint32_t expected, int64_t deadline_ns)
{
    if (im_load_acquire(x_word) != expected) return IM_LOCK_OK;
    switch (im_os_futex_wait(x_word, expected, deadline_ns)) {
    case ETIMEDOUT: return IM_LOCK_TIMEOUT;
    case EINTR: return IM_LOCK_INTERRUPTED;
    default: return IM_LOCK_OK;
    }
}
void im_unpark_one(uint32_t *x_word) { im_os_futex_wake(x_word, 1); }
void im_unpark_all(uint32_t *x_word) { im_os_futex_wake(x_word, INT_MAX); }
int64_t im_monotonic_ns(void) { return im_os_monotonic_ns(); }
