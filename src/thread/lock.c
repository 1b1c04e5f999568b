/* Locks that park: byte locks in object headers, mutexes, parking on a word.
 * SPDX-License-Identifier: MIT
 *
 * Byte lock: 0 free, 1 held, 3 held and awaited. A waiter spins, then sets bit 1 and sleeps on the aligned 32-bit word around the byte; other bytes
 * of that word (flags) may change, which only wakes it early. Whoever unlocks a 3 wakes all who sleep on the word.

 * Mutex: 0 free, 1 held, 2 held and awaited (Drepper, "Futexes are tricky", mutex 2), 3 held and awaited by threads that wait for the GIL first. */
#include "thread/lock.h"

#include <errno.h>
#include <limits.h>

#include "thread/thread_impl.h"

enum { SPINS = 100 };
/* A wait that a signal may end looks again this often: the signal may have come between the last look and the sleep. */
#define SIGNAL_SLICE_NS 200000000
#define EXIT_SLICE_NS 5000000
/* A wait that is over in SPIN_SHORT_NS, a wake-up's time included, would have been shorter still without it. */
enum { SPIN_LEAST_NS = 2000, SPIN_MOST_NS = 30000, SPIN_SHORT_NS = 120000 };
enum { PACE_OFTEN_NS = 50000, PACE_LEAST_NS = 1500, PACE_MOST_NS = 10000 };
enum { BYTE_OFTEN_NS = 10000, BYTE_MOST = 200 /* pauses */ };

static uint32_t *word_around(uint8_t *p) { return (uint32_t *)((uintptr_t)p & ~(uintptr_t)3); }

/* Pauses before the next look, more each time: who holds the lock does a few operations in a row, with the memory that they touch in its own cache, instead of
 * handing all of it over at each. */
static int back_off(int turn)
{
    int n = turn < 5 ? 1 << turn : 32;
    for (int i = 0; i < n; i++) im_cpu_relax();
    return n;
}

/* A thread that comes upon a held lock again and again leaves it alone for a while before it looks. */
static __thread struct { int64_t ended; int hold; } byte_pace;

void im_byte_lock_slow(uint8_t *x_lock)
{
    int64_t began = im_monotonic_ns();
    bool often = began - byte_pace.ended < BYTE_OFTEN_NS;
    for (int i = often ? byte_pace.hold : 0; i > 0; i--) im_cpu_relax();
    for (int i = 0, turn = 0; i < SPINS; i += back_off(turn++)) {
        uint8_t v = im_load_relaxed(x_lock);
        if ((v & 1) || !im_cas_acquire(x_lock, &v, (uint8_t)(v | 1))) continue;
        byte_pace.hold = !often ? 0 : byte_pace.hold < BYTE_MOST / 2 ? byte_pace.hold * 2 + 4 : BYTE_MOST;
        byte_pace.ended = im_monotonic_ns();
        return;
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

/* A thread that waits again and again for very little gets more at a time if it looks later, as long as others are at work: locks and containers stay in one CPU's cache
 * meanwhile, for several operations instead of one. Once nobody is attached, all wait, and it may be for this thread. */
static __thread struct { int64_t ended, hold_ns; } pace;
static void note_wait(int64_t began)
{
    pace.hold_ns = began - pace.ended >= PACE_OFTEN_NS ? 0 : pace.hold_ns < PACE_MOST_NS / 2 ? pace.hold_ns * 2 + PACE_LEAST_NS : PACE_MOST_NS;
    pace.ended = im_monotonic_ns();
}

int64_t im_spin(Thread *t, const uint32_t *x_word, uint32_t value, bool until_equal, int64_t deadline_ns)
{
    int64_t began = im_monotonic_ns();
    if (t->spin_skip || !t->spin_ns || im_rt.one_cpu) return began;
    int64_t now = began, hold = began - pace.ended < PACE_OFTEN_NS ? pace.hold_ns : 0;
    int64_t end = began + (hold > t->spin_ns / 2 ? hold * 2 : t->spin_ns);
    if (deadline_ns >= 0 && deadline_ns < end) end = deadline_ns;
    for (; now - began < hold && now < end; now = im_monotonic_ns()) { /* a look at the word would take it from whoever works with it */
        if (im_world_quiet() && (im_load_relaxed(x_word) == value) == until_equal) return began;
        (void)back_off(4);
    }
    for (; now < end && !wants_attention(t); now = im_monotonic_ns()) {
        for (int i = 0; i < 2; i++) {
            if ((im_load_relaxed(x_word) == value) == until_equal) return began;
            (void)back_off(4);
        }
    }
    return began;
}

/* Who spins in vain spins less often: it was kept from the CPU, or whom it waited for was. */
void im_spin_learn(Thread *t, int64_t began, bool enough)
{
    bool skipped = t->spin_skip != 0;
    t->spin_skip -= skipped;
    if (enough) {
        if (!skipped) t->spin_pause /= 2;
        note_wait(began);
        return;
    }
    pace.hold_ns = 0;
    bool is_short = im_monotonic_ns() - began < SPIN_SHORT_NS;
    if (!is_short) {
        t->spin_ns = t->spin_ns < SPIN_LEAST_NS ? 0 : t->spin_ns / 2;
        return;
    }
    if (skipped) return;
    if (t->spin_ns < SPIN_MOST_NS) t->spin_ns = t->spin_ns * 2 + SPIN_LEAST_NS * 2 < SPIN_MOST_NS ? t->spin_ns * 2 + SPIN_LEAST_NS * 2 : SPIN_MOST_NS;
    t->spin_pause = t->spin_pause < 64 ? (uint16_t)(t->spin_pause * 2 + 1) : t->spin_pause;
    t->spin_skip = t->spin_pause;
}

void im_spin_cpus(void) { im_rt.one_cpu = im_os_cpu_count() < 2; }

/* With the GIL the holder mostly waits for it. Instead of sleeping on the lock the thread goes to the end of that queue, and has its turn when the holder lets go of
 * the lock. Else each would take the lock while the other has the GIL, and they would change places at every operation. */
static bool ask_for_turn(ImMutex *m)
{
    uint32_t v = im_load_relaxed(&m->x_state);
    return (v & 3) == 2 || ((v & 3) == 1 && im_cas_relaxed(&m->x_state, &v, v | 3));
}

static int mutex_sleep(Thread *t, ImMutex *m, int64_t deadline, bool interruptible)
{
    while (im_xchg_acq_rel(&m->x_state, 2) != 0) {
        if (interruptible && t && wants_attention(t)) return IM_LOCK_INTERRUPTED;
        int64_t until = deadline;
        if (interruptible) {
            int64_t slice = im_monotonic_ns() + SIGNAL_SLICE_NS;
            if (until < 0 || slice < until) until = slice;
        }
        int r = im_os_futex_wait(&m->x_state, 2, until);
        if (r == ETIMEDOUT && deadline >= 0 && im_monotonic_ns() >= deadline)
            return im_xchg_acq_rel(&m->x_state, 2) != 0 ? IM_LOCK_TIMEOUT : IM_LOCK_OK;
    }
    return IM_LOCK_OK;
}

int im_mutex_lock(Thread *t, ImMutex *m, int64_t timeout_ns, bool interruptible)
{
    if (im_mutex_try(m)) return IM_LOCK_OK;
    if (timeout_ns == 0) return IM_LOCK_TIMEOUT;
    int64_t began = im_monotonic_ns(), deadline = timeout_ns < 0 ? -1 : began + timeout_ns;
    if (im_rt.gil) {
        if (t && im_gil_wanted() && ask_for_turn(m)) {
            im_gil_yield(t);
            if (im_mutex_try(m)) return IM_LOCK_OK;
        }
    } else if (!t || !pace.hold_ns) {
        for (int i = 0, turn = 0; i < SPINS && !(t && im_load_relaxed(&t->x_poll)); i += back_off(turn++)) {
            if (im_load_relaxed(&m->x_state) != 0 || !im_mutex_try(m)) continue;
            note_wait(began);
            return IM_LOCK_OK;
        }
    }
    if (t) im_thread_detach(t);
    bool enough = false, spins = t && !im_rt.gil;
    if (spins) {
        do {
            (void)im_spin(t, &m->x_state, 0, true, deadline);
            enough = im_mutex_try(m);
        } while (!enough && !t->spin_skip && im_monotonic_ns() - began < t->spin_ns);
    }
    int result = enough ? IM_LOCK_OK : mutex_sleep(t, m, deadline, interruptible);
    if (spins) im_spin_learn(t, began, enough);
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
    uint32_t old = im_xchg_acq_rel(&m->x_state, 0);
    if (IM_LIKELY(!(old & 2))) return;
    Thread *t = im_rt.gil ? im_tls_thread : NULL;
    if (t && t->attached) im_poll_request(t, IM_POLL_GIL);
    if ((old & 3) == 2) im_os_futex_wake(&m->x_state, 1);
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
