/* Locks that park in user space.
 *
 * ImByteLock: one byte inside an object header (bit 0 held, bit 1 somebody waits). Held for a few instructions only: never across Python
 * code, a safepoint, an allocation of user-sized memory, or a drop. Solo threads skip it. Waiters spin, then park while staying attached
 * (holders never park), so that no safepoint falls between the attempt and the lock.
 *
 * ImMutex: what Python sees as a lock; waiting detaches. Timeouts in nanoseconds, -1 = for ever; interruptible by signals.
 * Taken by im_mutex_acquire, as the runtime's own mutexes are, it names its owner; when that thread can never come back (it was lost in a fork, or is a daemon
 * thread stopped at exit) the next one takes it over. Locks that Python code took stay as they are, as in CPython.
 * SPDX-License-Identifier: MIT */
#ifndef IM_THREAD_LOCK_H
#define IM_THREAD_LOCK_H

#include "thread/thread.h"

void im_byte_lock_slow(uint8_t *lock);
void im_byte_unlock_slow(uint8_t *lock);
IM_INLINE void im_byte_lock(uint8_t *x_lock)
{
    uint8_t zero = 0;
    if (IM_UNLIKELY(!im_cas_acquire(x_lock, &zero, 1))) im_byte_lock_slow(x_lock);
}
IM_INLINE bool im_byte_try_lock(uint8_t *x_lock)
{
    uint8_t v = im_load_relaxed(x_lock);
    return !(v & 1) && im_cas_acquire(x_lock, &v, (uint8_t)(v | 1));
}
IM_INLINE void im_byte_unlock(uint8_t *x_lock)
{
    uint8_t one = 1;
    if (IM_UNLIKELY(!im_cas_release(x_lock, &one, 0))) im_byte_unlock_slow(x_lock);
}

typedef struct ImMutex {
    uint32_t x_state; /* futex word. Low two bits: 0 free, 1 held, 2 and 3 held and awaited; above them the owner's serial (30 bits), or 0 */
} ImMutex;

enum { IM_LOCK_OK = 1, IM_LOCK_TIMEOUT = 0, IM_LOCK_INTERRUPTED = -1 };
IM_INLINE bool im_mutex_try(ImMutex *m)
{
    uint32_t zero = 0;
    return im_cas_acquire(&m->x_state, &zero, 1);
}
/* Waits detached. With `interruptible`, returns IM_LOCK_INTERRUPTED when a signal arrived or x_poll asks for something that may run Python code:
 * the caller polls and tries again with the time that is left. timeout_ns < 0: no limit. */
int im_mutex_lock(Thread *t, ImMutex *m, int64_t timeout_ns, bool interruptible);
void im_mutex_unlock(ImMutex *m);
/* Internal mutex for short critical sections of the runtime: waits detached, never interrupted. */
void im_mutex_acquire_slow(Thread *t, ImMutex *m);
IM_INLINE void im_mutex_acquire(Thread *t, ImMutex *m)
{
    uint32_t zero = 0, mine = t ? (uint32_t)t->serial << 2 | 1 : 1;
    if (IM_UNLIKELY(!im_cas_acquire(&m->x_state, &zero, mine))) im_mutex_acquire_slow(t, m);
}

/* Before a sleep: spins for as long as this thread's waits have lately been short, while *word is `value` (until_equal: is not). Caller is detached. A wake-up
 * costs more than most waits between threads that hand things to each other; one that waits for long learns not to spin. im_spin_learn afterwards, with
 * what im_spin returned and whether the spinning was enough. */
int64_t im_spin(Thread *t, const uint32_t *x_word, uint32_t value, bool until_equal, int64_t deadline_ns);
void im_spin_learn(Thread *t, int64_t began, bool enough);
void im_spin_cpus(void); /* the process may run on fewer or more CPUs now */
/* Parking: sleeps until *word != expected, a wake-up, a signal or the deadline (CLOCK_MONOTONIC ns, -1 none). Caller is detached. */
int im_park(uint32_t *x_word, uint32_t expected, int64_t deadline_ns);
void im_unpark_one(uint32_t *x_word);
void im_unpark_all(uint32_t *x_word);
int64_t im_monotonic_ns(void);

#endif
