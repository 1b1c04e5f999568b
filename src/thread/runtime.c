/* The runtime and the lives of threads: start-up, attach and detach, safepoints, fork.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "thread/epoch.h"
#include "thread/lock.h"
#include "base/os_limit.h"
#include "thread/thread_impl.h"

/* Address space of one thread's register stack: 64 MiB hold over 100000 calls with 64 registers each. */
#define REG_STACK_BYTES ((size_t)64 << 20)
#define MAIN_REG_STACK_BYTES ((size_t)256 << 20)
#define RECORD_BYTES ((size_t)32 << 20)
/* A window and its record are used together. Were their addresses apart by a power of two, they would share the cache's set, and on AMD's Zen the tag by which
 * the way is predicted (address bits 12 to 27, folded): each would throw the other out, at half the speed. */
#define RECORD_SKEW ((size_t)5 << 12 | 2368)
/* The thread's state stands before its first records, in their page. */
#define STATE_SKEW ((size_t)5 << 12 | 1024)
/* Remembered places of attributes, behind the records. */
#define LINES_BYTES ((size_t)IM_ATTR_LINES * IM_ATTR_LINE_BYTES)
_Static_assert(STATE_SKEW + sizeof(Thread) <= RECORD_SKEW, "room for the state");
/* C stack left for code that does not look: library calls, signal handlers. */
#define C_STACK_MARGIN ((size_t)256 << 10)

ImRuntime im_rt;
__thread Thread *im_tls_thread;
ImPollHooks im_poll_hooks;
ImThreadHooks im_thread_hooks;

/* --- start-up ------------------------------------------------------------------------------------------------------------ */

static bool env_on(const char *name)
{
    const char *v = getenv(name);
    return v && *v && strcmp(v, "0") != 0;
}

static void read_stress(void)
{
    static const struct { const char *env, *word; uint32_t bit; } rows[] = {
        {"STRESS_GC", "gc", IM_STRESS_GC}, {"STRESS_SHARED", "shared", IM_STRESS_SHARED},
        {"STRESS_YIELD", "yield", IM_STRESS_YIELD}, {"STRESS_MOVE", "move", IM_STRESS_MOVE},
    };
    const char *list = getenv("IM_STRESS"), *oom = getenv("STRESS_OOM");
    for (size_t i = 0; i < IM_COUNTOF(rows); i++) {
        if (env_on(rows[i].env)) im_rt.stress |= rows[i].bit;
        for (const char *p = list; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
            size_t n = strlen(rows[i].word);
            if (!strncmp(p, rows[i].word, n) && (p[n] == 0 || p[n] == ',')) im_rt.stress |= rows[i].bit;
        }
    }
    if (list && strstr(list, "oom=")) oom = strstr(list, "oom=") + 4;
    if (oom && atoll(oom) > 0) {
        im_rt.stress |= IM_STRESS_OOM;
        im_rt.x_oom_after = atoll(oom);
    }
}

/* States of ended threads, for the next ones: making and unmaking one, stacks above all, costs more than the rest of a short thread. What a state keeps: the stacks,
 * whose first bytes stay in memory, and the fields that state_new copies. */
enum { SPARE_STATES = 64, SPARE_KEEP_BYTES = 64 << 10 };
static Thread *spare_states; /* linked by next; im_rt.thread_lock */
static int nspare_states;

static Thread *spare_take(void)
{
    pthread_mutex_lock(&im_rt.thread_lock);
    Thread *t = spare_states;
    if (t) {
        spare_states = t->next;
        nspare_states--;
    }
    pthread_mutex_unlock(&im_rt.thread_lock);
    return t;
}

/* Windows and records lie without gaps, so that the first page beyond what is kept tells whether the thread went further. */
static void stack_trim(char *p, char *end)
{
    char *rest = (char *)(((uintptr_t)p + SPARE_KEEP_BYTES + 4095) & ~(uintptr_t)4095);
    if (im_os_resident(rest)) im_os_discard(rest, (size_t)(end - rest));
}

static void state_discard(Thread *t)
{
    if (im_thread_hooks.discard) im_thread_hooks.discard(t);
    im_os_release(t->stack, (size_t)(t->records_end + LINES_BYTES - (char *)t->stack)); /* and t */
}
static void state_free(Thread *t)
{
    bool kept = !t->is_main;
    if (kept) {
        stack_trim((char *)t->stack, (char *)((uintptr_t)t->records & ~(uintptr_t)4095));
        stack_trim(t->records, t->records_end);
        pthread_mutex_lock(&im_rt.thread_lock);
        kept = nspare_states < SPARE_STATES;
        if (kept) {
            t->next = spare_states;
            spare_states = t;
            nspare_states++;
        }
        pthread_mutex_unlock(&im_rt.thread_lock);
    }
    if (!kept) state_discard(t);
}

static Thread *state_new(bool is_main)
{
    Thread *t = is_main ? NULL : spare_take();
    if (t) {
        Thread old = *t;
        *t = (Thread){.stack = old.stack, .stack_limit = old.stack_limit, .records = old.records, .records_end = old.records_end, .mem = old.mem, .attr_lines = old.attr_lines,
            .attr_mask = old.attr_mask, .lines_gen = old.lines_gen};
    } else {
        size_t n = is_main ? MAIN_REG_STACK_BYTES : REG_STACK_BYTES;
        const uint64_t limit = is_main ? im_os_address_limit() : UINT64_MAX; /* what a limit of address space leaves is for objects, too */
        while (n > limit / 16 && n > (size_t)4 << 20) n >>= 1;
        Value *stack = im_os_reserve_rw(n + RECORD_BYTES);
        if (!stack) return NULL;
        char *limit_at = (char *)stack + n;
        t = (Thread *)(limit_at + STATE_SKEW);
        t->stack = stack;
        t->stack_limit = (Value *)limit_at;
        t->records = limit_at + RECORD_SKEW;
        t->attr_lines = t->records_end = limit_at + RECORD_BYTES - LINES_BYTES;
        t->attr_mask = IM_ATTR_LINES_FEW - 1;
    }
    if (im_epoch_init(t) == 0) {
        t->stack_top = t->stack;
        t->depth_limit = im_rt.main_thread ? im_load_relaxed(&im_rt.main_thread->depth_limit) : 1000;
        t->exc_base.handled = IM_NONE;
        t->exc_info = &t->exc_base;
        t->is_main = is_main;
        t->spin_ns = 10000;
        t->serial = im_faa_relaxed(&im_rt.x_last_serial, 1) + 1;
        if (im_rt.stress & IM_STRESS_YIELD) t->x_poll = IM_POLL_STRESS;
        if (!im_thread_hooks.init || im_thread_hooks.init(t) == 0) return t;
    }
    if (t->retired) im_epoch_fini(t);
    state_discard(t);
    return NULL;
}

/* thread_lock held. */
static void empty_lines(Thread *t)
{
    if (t->lines_gen != im_rt.lines_gen) memset(t->attr_lines, 0, (size_t)(t->attr_mask + 1) * IM_ATTR_LINE_BYTES);
    t->lines_gen = im_rt.lines_gen;
}
void im_threads_empty_lines(void)
{
    pthread_mutex_lock(&im_rt.thread_lock);
    im_rt.lines_gen++;
    for (Thread *o = im_rt.x_threads; o; o = o->next) empty_lines(o); /* spare states when they are used again */
    pthread_mutex_unlock(&im_rt.thread_lock);
}

static void list_add(Thread *t)
{
    pthread_mutex_lock(&im_rt.thread_lock);
    empty_lines(t);
    t->next = im_rt.x_threads;
    t->prev = NULL;
    if (t->next) t->next->prev = t;
    im_rt.x_threads = t;
    im_faa_relaxed(&im_rt.x_nthreads, 1);
    pthread_mutex_unlock(&im_rt.thread_lock);
}

static void list_remove(Thread *t)
{
    pthread_mutex_lock(&im_rt.thread_lock);
    if (t->prev) t->prev->next = t->next;
    else im_rt.x_threads = t->next;
    if (t->next) t->next->prev = t->prev;
    im_faa_relaxed(&im_rt.x_nthreads, -1);
    pthread_mutex_unlock(&im_rt.thread_lock);
}

/* The calling OS thread becomes t's. */
static void take_seat(Thread *t, size_t c_stack)
{
    char *low, *high;
    high = (char *)pthread_self();
    if (c_stack && high > (char *)__builtin_frame_address(0) && high < (char *)__builtin_frame_address(0) + 65536) {
        low = high - c_stack + 8192; /* the C library's record of the thread stands at the stack's upper end, a guard page at the lower */
    } else {
        im_os_stack_bounds(t->is_main, &low, &high);
    }
    size_t margin = (size_t)(high - low) / 2 < C_STACK_MARGIN ? (size_t)(high - low) / 2 : C_STACK_MARGIN;
    t->c_stack_base = high;
    t->c_stack_limit = low + margin;
    t->c_stack_reserve = low + margin / 2;
    t->os_thread = pthread_self();
    im_store_relaxed(&t->ident, (uint64_t)t->os_thread); /* in the list already: others may look for it */
    t->native_id = im_os_thread_id();
    im_tls_thread = t;
}

Thread *im_runtime_init(bool gil)
{
    pthread_mutex_init(&im_rt.thread_lock, NULL);
    im_rt.gil = gil;
    im_rt.switch_interval = 0.005;
    im_spin_cpus();
    read_stress();
    Thread *t = state_new(true);
    if (!t) im_fatal("out of memory at start-up");
    im_rt.main_thread = t;
    take_seat(t, 0);
    list_add(t);
    im_thread_attach(t);
    return t;
}

Thread *im_thread_new(Thread *creator)
{
    if (!im_rt.x_threads_started) {
        im_world_stop(creator);
        if (!im_rt.gil && im_thread_hooks.publish_all) im_thread_hooks.publish_all(creator);
        im_rt.x_threads_started = true;
        im_world_start(creator);
    }
    Thread *t = state_new(false);
    if (t) list_add(t);
    return t;
}

void im_thread_enter(Thread *t, size_t c_stack)
{
    im_thread_attach(t); /* first: a collector may be looking at the fields */
    take_seat(t, c_stack);
}

Thread *im_thread_adopt(void)
{
    Thread *t = state_new(false);
    if (!t) return NULL;
    list_add(t);
    im_thread_enter(t, 0);
    if (!im_load_acquire(&im_rt.x_threads_started)) {
        im_world_stop(t);
        if (!im_rt.x_threads_started) {
            if (!im_rt.gil && im_thread_hooks.publish_all) im_thread_hooks.publish_all(t);
            im_rt.x_threads_started = true;
        }
        im_world_start(t);
    }
    return t;
}

void im_thread_leave(Thread *t)
{
    bool here = im_tls_thread == t; /* else: made, never entered */
    if (im_thread_hooks.fini) im_thread_hooks.fini(t);
    if (here) im_epoch_safepoint(t);
    im_epoch_fini(t);
    list_remove(t);
    if (here) {
        if (im_rt.gil) im_gil_drop(t);
        else im_world_leave(t);
        im_tls_thread = NULL;
    }
    state_free(t);
}

/* --- attach and detach ------------------------------------------------------------------------------------------------------ */

/* Daemon threads at exit: nothing is torn down under them, they just do not go on. */
IM_NORETURN static void park_for_ever(Thread *t)
{
    im_store_release(&t->x_parked, true);
    for (;;) pause();
}
bool im_thread_is_gone(uint32_t serial)
{
    enum { MASK = 0x3FFFFFFF };
    if (!serial) return false;
    if (serial <= (im_rt.fork_last_serial & MASK) && serial != (im_rt.fork_survivor & MASK)) return true;
    if (!im_load_relaxed(&im_rt.x_finalizing)) return false;
    bool gone = false;
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *o = im_rt.x_threads; o; o = o->next)
        if ((o->serial & MASK) == serial) gone = im_load_acquire(&o->x_parked);
    pthread_mutex_unlock(&im_rt.thread_lock);
    return gone;
}
static bool must_park(Thread *t) { return IM_UNLIKELY(im_load_relaxed(&im_rt.x_finalizing)) && t != im_rt.main_thread; }

void im_thread_detach_slow(Thread *t)
{
    int saved = errno;
    IM_ASSERT(t->attached);
    t->attached = false;
    if (im_rt.gil) im_gil_drop(t);
    else im_world_detach(t);
    errno = saved;
}

void im_thread_attach(Thread *t)
{
    int saved = errno;
    IM_ASSERT(!t->attached);
    if (must_park(t)) park_for_ever(t);
    if (im_rt.gil) {
        im_gil_take(t);
        t->solo = true; /* whoever holds the GIL is alone */
    } else {
        im_world_attach(t);
    }
    t->attached = true;
    if (must_park(t)) {
        im_thread_detach(t);
        park_for_ever(t);
    }
    errno = saved;
}

/* --- safepoints ---------------------------------------------------------------------------------------------------------------- */

void im_poll_request_all(uint32_t why)
{
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *o = im_rt.x_threads; o; o = o->next) im_poll_request(o, why);
    pthread_mutex_unlock(&im_rt.thread_lock);
}

/* What may run Python code, in the order in which a thread owes it. What is not reached stays requested. */
static int run_hooks(Thread *t, uint32_t why)
{
    static const uint32_t order[] = {IM_POLL_GC, IM_POLL_GC_WORLD, IM_POLL_PENDING, IM_POLL_SIGNAL, IM_POLL_ASYNC_EXC};
    for (size_t i = 0; i < IM_COUNTOF(order); i++) {
        uint32_t bit = order[i];
        if (!(why & bit)) continue;
        why &= ~bit;
        int r = 0;
        switch (bit) {
        case IM_POLL_GC: if (im_poll_hooks.collect) r = im_poll_hooks.collect(t, false); break;
        case IM_POLL_GC_WORLD: if (im_poll_hooks.collect) r = im_poll_hooks.collect(t, true); break;
        case IM_POLL_PENDING: if (im_poll_hooks.pending) r = im_poll_hooks.pending(t); break;
        case IM_POLL_SIGNAL: if (im_poll_hooks.signals) r = im_poll_hooks.signals(t); break;
        default: {
            Value exc = {im_xchg_acq_rel(&t->x_async_exc.bits, 0)};
            if (!im_no_value(exc) && im_poll_hooks.async_exc) r = im_poll_hooks.async_exc(t, exc);
        }
        }
        if (r < 0) {
            if (why) im_poll_request(t, why);
            return -1;
        }
    }
    return 0;
}

static void park_if_ending(Thread *t)
{
    if (!must_park(t)) return;
    im_thread_detach(t);
    park_for_ever(t);
}

int im_poll_slow(Thread *t)
{
    if (im_world_stopped_by(t)) return 0;
    park_if_ending(t);
    uint32_t why = im_load_acquire(&t->x_poll);
    if (why & IM_POLL_STOP) im_world_park(t);
    /* STOP belongs to the stopper, STRESS stays for ever, TRACE as long as the thread is traced. */
    why = im_and_acq_rel(&t->x_poll, IM_POLL_STOP | IM_POLL_STRESS | IM_POLL_TRACE);
    if (why & IM_POLL_SOLO) im_solo_poll(t);
    if (why & IM_POLL_GIL) im_gil_yield(t);
    if (why & IM_POLL_STRESS) {
        im_thread_detach(t);
        sched_yield();
        im_thread_attach(t);
    }
    park_if_ending(t); /* the end may have begun while this thread waited above */
    im_epoch_safepoint(t);
    if (why & IM_POLL_EPOCH) im_epoch_reclaim(t, false);
    why &= IM_POLL_GC | IM_POLL_GC_WORLD | IM_POLL_PENDING | IM_POLL_SIGNAL | IM_POLL_ASYNC_EXC;
    return why ? run_hooks(t, why) : 0;
}

int im_poll_within_slow(Thread *t)
{
    if (!im_rt.gil) return im_poll_slow(t);
    const uint32_t mine = IM_POLL_SIGNAL | IM_POLL_ASYNC_EXC;
    if (!(im_load_acquire(&t->x_poll) & mine)) return 0;
    return run_hooks(t, im_and_acq_rel(&t->x_poll, ~mine) & mine);
}

/* --- fork ------------------------------------------------------------------------------------------------------------------------ */

void im_thread_before_fork(Thread *t)
{
    im_world_stop(t);
    pthread_mutex_lock(&im_rt.thread_lock);
    if (im_thread_hooks.before_fork) im_thread_hooks.before_fork(t);
}

void im_thread_after_fork_parent(Thread *t)
{
    if (im_thread_hooks.after_fork_parent) im_thread_hooks.after_fork_parent(t);
    pthread_mutex_unlock(&im_rt.thread_lock);
    im_world_start(t);
}

void im_thread_after_fork_child(Thread *t)
{
    pthread_mutex_init(&im_rt.thread_lock, NULL);
    for (Thread *o = im_rt.x_threads, *next; o; o = next) {
        next = o->next;
        if (o == t) continue;
        o->next = im_rt.lost;
        o->prev = NULL;
        o->x_epoch = 0;
        im_rt.lost = o;
    }
    t->next = t->prev = NULL;
    im_rt.fork_last_serial = im_rt.x_last_serial;
    im_rt.fork_survivor = t->serial;
    im_rt.x_threads = im_rt.main_thread = t;
    im_rt.x_nthreads = 1;
    t->is_main = true;
    t->native_id = im_os_thread_id();
    im_and_acq_rel(&t->x_poll, ~(uint32_t)IM_POLL_STOP);
    im_world_after_fork(t);
    if (im_rt.gil) im_gil_after_fork(t);
    t->asyncio_pid = 0;
    if (im_thread_hooks.after_fork_child) im_thread_hooks.after_fork_child(t);
    im_epoch_after_fork(t);
}
