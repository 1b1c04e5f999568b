/* Thread state and the runtime: what one OS thread, and what the whole process, owns.
 *
 * A thread is *attached* (may touch objects) or *detached* (in a call that may block). Every blocking or long C call stands between
 * IM_DETACH and IM_ATTACH; nothing may touch an object in between. Safepoints (loop back-edges, function entries, im_poll in long C loops) test
 * one word, x_poll: stop-the-world, signals, GIL drop requests, async exceptions, epoch report, solo hand-over, garbage collection.
 *
 * Any object's state may change at a safepoint: native code re-tests what it knew about shared or reachable objects after each one.
 *
 * SPDX-License-Identifier: MIT */
#ifndef IM_THREAD_THREAD_H
#define IM_THREAD_THREAD_H

#include <pthread.h>

#include "base/atomic.h"
#include "base/value.h"

typedef struct Thread Thread;
struct ImHeap;
struct ImFrame;
struct ImValueVec;

/* Why x_poll is not zero (bits). */
enum {
    IM_POLL_STOP = 1u << 0,      /* a world stop is wanted: park */
    IM_POLL_SIGNAL = 1u << 1,    /* main thread: run Python signal handlers */
    IM_POLL_GIL = 1u << 2,       /* another thread asks for the GIL */
    IM_POLL_ASYNC_EXC = 1u << 3, /* x_async_exc is set */
    IM_POLL_EPOCH = 1u << 4,     /* report the epoch; retired memory waits */
    IM_POLL_SOLO = 1u << 5,      /* another thread wants to attach: leave solo mode */
    IM_POLL_GC = 1u << 6,        /* run the private collector */
    IM_POLL_GC_WORLD = 1u << 7,  /* run the shared collector */
    IM_POLL_PENDING = 1u << 8,   /* queued calls for this thread (im_thread_call_soon) */
    IM_POLL_STRESS = 1u << 9,    /* STRESS_YIELD: every safepoint takes the slow way */
    IM_POLL_TRACE = 1u << 10,    /* stays set while the thread's Python code runs with events (vm/trace.h) */
};

/* x_state. A world stop turns detached into suspended, which keeps the thread from attaching. */
enum { IM_THREAD_DETACHED, IM_THREAD_ATTACHED, IM_THREAD_SUSPENDED };

/* Handled-exception stack item: one per thread, one per generator (sys.exc_info()). */
typedef struct ImExcInfo {
    Value handled;          /* exception being handled, or IM_NONE; owned */
    struct ImExcInfo *prev; /* item below */
} ImExcInfo;

struct Thread {
    /* --- read on hot paths --- */
    uint32_t x_poll;       /* written by any thread (atomic or), cleared by the owner at safepoints */
    bool solo;             /* solo mode: shared objects take plain counts; constant between safepoints */
    bool attached;         /* owner's own view */
    bool has_trash;        /* objects wait on the trash lists (mem/count.c) */
    uint8_t destroy_depth; /* nesting of object destruction (mem/count.c) */
    bool is_main;
    struct ImFrame *frame; /* innermost Python frame (vm/frame.h); null at the bottom */
    Value exc;             /* pending exception instance, or "no value"; owned */
    ImExcInfo *exc_info;   /* top of the handled-exception stack */
    struct ImHeap *heap;   /* where this thread allocates objects */
    Value *stack;          /* register stack: reserved address space, never moves */
    Value *stack_top;      /* first register past the innermost non-generator frame's window */
    Value *stack_limit;    /* end of the register stack */
    char *records;         /* reserved address space for the VM's frame records, behind the register stack */
    char *records_end;
    int32_t depth;         /* Python calls in progress */
    int32_t depth_limit;   /* sys.getrecursionlimit() */
    char *c_stack_limit;   /* C code must not go below this address */
    char *c_stack_reserve; /* … and what makes the RecursionError then, not below this one */
    /* --- counts and memory --- */
    struct ImObject *trash;          /* objects to destroy later, linked through their GC links */
    struct ImValueVec *vecs;         /* registered value vectors: roots (mem/vec.h) */
    uint64_t x_epoch;                /* 0 = detached; written by owner, read by reclaimers (thread/epoch.h) */
    void *retired;                   /* thread's retire lists (thread/epoch.c) */
    uint32_t retired_count;
    uint64_t alloc_bytes;            /* since the last collection */
    void *mem;                       /* further state of mem/ (mem/mem_impl.h) */
    bool weak_defer;                 /* callbacks of weak references wait (mem/gc.h) */
    void *weak_pending;              /* types/weakref.c: those that do */
    uint32_t shared_ops;             /* slow operations on shared objects; paces the way back to solo mode */
    uint64_t solo_seen;              /* attach count at the last look, and when that was */
    int64_t solo_seen_ns;
    uint32_t spin_ns;                /* thread/lock.c: how long a wait spins before it sleeps */
    uint16_t spin_skip, spin_pause;  /* waits that will not spin; how many that is next time */
    /* --- identity and list --- */
    Thread *next, *prev;             /* all threads; runtime's thread lock */
    pthread_t os_thread;
    uint64_t ident;                  /* _thread.get_ident(); set while the thread is in the list already, so others read it relaxed */
    uint64_t native_id;              /* gettid */
    uint64_t serial;                 /* 1 = main; never reused */
    bool x_parked;                   /* stopped for ever at exit; set by itself, last act */
    uint32_t x_state;                /* attached, detached, stopped (thread/world.c) */
    ImExcInfo exc_base;              /* lowest item of exc_info */
    Value x_async_exc;               /* exception class set by PyThreadState_SetAsyncExc; xchg */
    char *c_stack_base;              /* highest address of the C stack */
    char *c_stack_sp;                /* saved at detach and at parking, for conservative scanning */
    uintptr_t c_regs[12];            /* callee-saved CPU registers then (ownership protocol, L3) */
    struct ImActivation *activations; /* the evaluator's, innermost first */
    char *activation_high;           /* for the one that begins */
    /* --- owned by upper layers --- */
    struct ImLocalSlot *locals;      /* namespaces of threading.local objects: a hash table by their serial (modules/_thread_local.c), or null */
    uint32_t locals_n, locals_cap;
    uint64_t x_locals_seen;          /* deaths of such objects that the table knows of, plus 1; 0: the table is empty. Own thread writes, others read */
    bool explaining;                 /* a collector follows references: traverse functions show what threads hold on an object's behalf */
    Value context;                   /* current contextvars.Context, or no value */
    uint64_t context_version;
    Value async_gen_firstiter, async_gen_finalizer;
    int32_t coroutine_origin_depth;
    Value trace_func, profile_func;  /* sys.settrace, sys.setprofile, or no value */
    int32_t tracing;                 /* > 0: a callback of tracing or monitoring runs, which is not traced itself */
    bool gen_yielded;                /* how the last generator that C code entered came back: by a yield. Its state may be another's already */
    int32_t trace_event;             /* its event + 1, or 0 */
    struct ImFrame *trace_frame;     /* frame that it is about */
    Value asyncio_running_loop;      /* or no value */
    int32_t asyncio_pid;             /* process that set it */
    int32_t no_gc;                   /* > 0: collections are put off */
    int32_t repr_depth;              /* nesting of repr(), for im_repr_enter */
    Value repr_list;                 /* objects whose repr is running */
    int32_t c_depth;                 /* nesting of C recursion guards */
    uint32_t refusals;               /* object/attr.c: how often a native descriptor was asked about an object that is no instance of its class */
    void *attr_lines;                /* object/attr.c: where attributes were found lately; zero at first. Stays with the state when the thread ends: true for every thread */
    uint32_t attr_mask;              /* number of lines in use, less 1: few until they no longer do */
    uint32_t attr_clashes;           /* lines lost to others since then */
    uint32_t lines_gen;              /* im_rt.lines_gen when the thread began or the lines were emptied */
    struct ImCode *special_code;     /* vm/: what the special method found last runs (slow_arith.c) */
    const uint32_t *loop;            /* where the loop that ran last begins (vm/eval.c); a guess, never followed unchecked */
    uint32_t cache_misses;           /* vm/: paces the renewal of inline caches */
    struct ImNamespaceMemo { uint32_t uid, name, builtins; } namespaces[8]; /* types/function.c: cells of __name__ and __builtins__ in namespaces used lately */
    void *upper[4];                  /* further per-thread state of modules */
};

typedef struct ImLocalSlot { int64_t serial /* 0: empty */; Value ns /* owned dict */; } ImLocalSlot;

/* Process-wide facts. Written at start-up or with the world stopped unless the field says otherwise. */
typedef struct ImRuntime {
    bool gil;                   /* GIL mode */
    bool x_threads_started;     /* a second thread has existed: objects that cross are published */
    bool x_finalizing;
    bool one_cpu;               /* spinning keeps away whoever is waited for */
    uint32_t stress;            /* IM_STRESS_ bits */
    int64_t x_oom_after;        /* STRESS_OOM: allocations until one fails */
    double switch_interval;     /* seconds; GIL mode */
    Thread *main_thread;
    Thread *x_threads;          /* list of all; thread_lock */
    pthread_mutex_t thread_lock;
    uint32_t x_nthreads;
    uint32_t lines_gen;         /* how often the remembered places of attributes were emptied; thread_lock */
    uint64_t x_last_serial;     /* of the youngest thread */
    uint64_t fork_last_serial, fork_survivor; /* fork's child: threads up to that serial exist no more, but for one */
    Thread *lost;               /* fork's child: states of threads that exist no more; their registers stay as roots and are never dropped */
} ImRuntime;
extern ImRuntime im_rt;

/* From the environment: IM_STRESS=gc,shared,yield,move,oom=N, or STRESS_GC=1, STRESS_SHARED=1, STRESS_YIELD=1, STRESS_MOVE=1, STRESS_OOM=N. */
enum { IM_STRESS_GC = 1 /* collect at each tracked allocation's next safepoint */, IM_STRESS_SHARED = 2 /* objects are born shared */,
    IM_STRESS_YIELD = 4 /* another thread's turn at each safepoint */, IM_STRESS_MOVE = 8 /* (the register stack never moves) */, IM_STRESS_OOM = 16,
    IM_STRESS_TRACE = 32 /* not for stress: every allocation takes the slow way, where it is reported (mem/alloc.h, im_alloc_trace) */ };

/* What mem/ does when threads come and go. Filled before main() runs. */
typedef struct ImThreadHooks {
    int (*init)(Thread *t);                     /* heap and further state; -1: out of memory */
    void (*fini)(Thread *t);                    /* attached, last act on objects: the heap goes back */
    void (*discard)(Thread *t);                 /* the state will not serve another thread: frees what it keeps between them */
    void (*publish_all)(Thread *t);             /* first thread ever; world stopped */
    void (*before_fork)(Thread *t);
    void (*after_fork_parent)(Thread *t);
    void (*after_fork_child)(Thread *t);        /* im_rt.lost holds the other threads */
    void (*world_stopped)(Thread *t);           /* validators */
} ImThreadHooks;
extern ImThreadHooks im_thread_hooks;

extern __thread Thread *im_tls_thread;
/* The calling thread's state; null in a thread that never attached. */
IM_INLINE Thread *im_thread_current(void) { return im_tls_thread; }

/* --- life of threads ------------------------------------------------------------------------------------------------- */
/* Start-up: makes the main thread's state, attached. `gil` chooses the mode for the process's life. */
Thread *im_runtime_init(bool gil);
/* A state for a thread about to start (caller attached); null when out of memory. The first call ever publishes every object. */
Thread *im_thread_new(Thread *creator);
/* In the new OS thread, first and last things. `leave` gives back what the thread held and frees the state. c_stack: bytes of C stack that the thread was made with,
 * 0 when unknown (asking for it is dear). */
void im_thread_enter(Thread *t, size_t c_stack);
/* A state, attached, for an OS thread that others have started and that comes in through a callback; null when out of memory. */
Thread *im_thread_adopt(void);
void im_thread_leave(Thread *t);
/* In a fork's child: only t survives; adopts heaps, resets locks, leaks the other threads' frames. */
void im_thread_after_fork_child(Thread *t);
/* The thread with that serial (its low 30 bits) will never run again, and what it holds may be taken from it. Caller is detached, or holds no lock. */
bool im_thread_is_gone(uint32_t serial);
void im_thread_before_fork(Thread *t);
void im_thread_after_fork_parent(Thread *t);

/* --- attach and detach ----------------------------------------------------------------------------------------------- */
void im_thread_detach_slow(Thread *t);
/* Values that live in callee-saved registers across a blocking call are on no stack: saved where the collectors look. */
IM_INLINE void im_thread_spill(Thread *t)
{
    uintptr_t *r = t->c_regs;
#if defined(__x86_64__)
    __asm__ volatile("movq %%rbx, 0(%0)\n\tmovq %%rbp, 8(%0)\n\tmovq %%r12, 16(%0)\n\tmovq %%r13, 24(%0)\n\tmovq %%r14, 32(%0)\n\tmovq %%r15, 40(%0)\n\tmovq %%rsp, 48(%0)"
                     : : "r"(r) : "memory");
    t->c_stack_sp = (char *)r[6];
#elif defined(__aarch64__)
    __asm__ volatile("stp x19, x20, [%0]\n\tstp x21, x22, [%0, #16]\n\tstp x23, x24, [%0, #32]\n\tstp x25, x26, [%0, #48]\n\tstp x27, x28, [%0, #64]\n\tstr x29, [%0, #80]"
                     : : "r"(r) : "memory");
    __asm__ volatile("mov %0, sp" : "=r"(t->c_stack_sp));
#else
#error "spill the callee-saved registers here"
#endif
}
IM_INLINE char *im_c_stack_pointer(void)
{
    char *sp;
#if defined(__x86_64__)
    __asm__ volatile("movq %%rsp, %0" : "=r"(sp));
#else
    __asm__ volatile("mov %0, sp" : "=r"(sp));
#endif
    return sp;
}
/* An activation of the evaluator: its C frame is [low, high), whose last words are what it saved of its caller's registers. While it is at rest, in a call whose
 * operands all stand in the registers of its frames, the rest of those words are leftovers: the collectors do not look at them. */
typedef struct ImActivation {
    struct ImActivation *outer;
    const char *low, *high;
    volatile bool at_rest; /* own thread; others read it in a world stop */
} ImActivation;
enum { IM_ACTIVATION_SAVED = 8 * sizeof(uintptr_t) }; /* no less than what it saves, and the return address */
IM_INLINE void im_thread_detach(Thread *t)
{
    im_thread_spill(t);
    im_thread_detach_slow(t);
}
void im_thread_attach(Thread *t); /* may block: world stop, GIL, solo hand-over; parks for ever in a daemon thread at exit */
#define IM_DETACH(t) do { im_thread_detach(t)
#define IM_ATTACH(t) im_thread_attach(t); } while (0)

/* --- safepoints ------------------------------------------------------------------------------------------------------ */
/* Handles whatever x_poll asks for. 0, or -1 with an exception pending (signal handler raised, async exception). */
IM_MUST_USE int im_poll_slow(Thread *t);
IM_MUST_USE IM_INLINE int im_poll(Thread *t)
{
    return IM_UNLIKELY(im_load_relaxed(&t->x_poll) != 0) ? im_poll_slow(t) : 0;
}
/* The same inside an operation that is one step under the GIL, such as next() of an iterator made in C: with the GIL only signals and asynchronous exceptions
 * come through; other threads and the collector wait for the operation's end. */
IM_MUST_USE int im_poll_within_slow(Thread *t);
IM_MUST_USE IM_INLINE int im_poll_within(Thread *t) { return IM_UNLIKELY(im_load_relaxed(&t->x_poll)) ? im_poll_within_slow(t) : 0; }
/* For C loops over user-sized data: polls once per 64 K steps. `n` is the loop's own counter. */
#define IM_POLL_EVERY(t, n) (IM_UNLIKELY(((n) & 0xFFFF) == 0xFFFF) ? im_poll(t) : 0)
IM_INLINE void im_poll_request(Thread *t, uint32_t why) { im_or_acq_rel(&t->x_poll, why); }
void im_poll_request_all(uint32_t why);

/* Hooks that upper layers set at start-up: each runs at a safepoint of its thread, 0 or -1 with an exception pending. */
typedef struct ImPollHooks {
    int (*signals)(Thread *t);
    int (*collect)(Thread *t, bool world);
    int (*async_exc)(Thread *t, Value exc_class); /* steals exc_class, sets the pending exception, returns -1 */
    int (*pending)(Thread *t);
} ImPollHooks;
extern ImPollHooks im_poll_hooks;

/* --- world stop ------------------------------------------------------------------------------------------------------ */
/* Parks every other attached thread at a safepoint. Nests. The caller must hold no object lock. */
enum { IM_ATTR_LINE_BYTES = 24, IM_ATTR_LINES_FEW = 128, IM_ATTR_LINES = 1024 };
/* Empties every thread's attr_lines. World stopped. */
void im_threads_empty_lines(void);
void im_world_stop(Thread *t);
void im_world_start(Thread *t);
bool im_world_stopped_by(Thread *t);

/* --- solo mode (ownership protocol 4.2) -------------------------------------------------------------------------------- */
void im_solo_look(Thread *t);
/* Called by slow halves of operations on shared objects while not solo: after some time alone the thread goes back to solo mode. */
IM_INLINE void im_solo_tick(Thread *t)
{
    if (IM_UNLIKELY((++t->shared_ops & 0x3FF) == 0)) im_solo_look(t);
}

/* --- C recursion ----------------------------------------------------------------------------------------------------- */
/* True where less than a safe margin of C stack is left. Callers raise RecursionError. */
IM_INLINE bool im_c_stack_low(Thread *t) { return IM_UNLIKELY((char *)__builtin_frame_address(0) < t->c_stack_limit); }

#endif
