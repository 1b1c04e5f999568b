/* Allocation of objects, raw memory and the region.
 * SPDX-License-Identifier: MIT */
#include "mem/alloc.h"

#include <malloc.h>
#include <mimalloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/os_limit.h"
#include "mem/fast.h"
#include "mem/limit.h"
#include "mem/mem_impl.h"
#include "thread/epoch.h"
#include "thread/lock.h"

static void no_memory_yet(Thread *t)
{
    (void)t;
    im_fatal("out of memory at start-up");
}
void (*im_no_memory_hook)(Thread *t) = no_memory_yet;

ImAllocTrace im_alloc_trace;
IM_INLINE bool traced(void) { return IM_UNLIKELY(im_rt.stress & IM_STRESS_TRACE); }

bool im_oom_now(void)
{
    return IM_UNLIKELY(im_rt.stress & IM_STRESS_OOM) && im_faa_relaxed(&im_rt.x_oom_after, -1) == 1;
}

/* --- objects ------------------------------------------------------------------------------------------------------------ */

static ImObject *block_init(void *block, ImShape *shape, uint32_t type_flags)
{
    ImObject *o = im_object_head((ImObject *)((char *)block + ((type_flags & IM_TF_GC) << 4)), shape);
    if (type_flags & IM_TF_HEAP) im_take_obj(&im_core_of(o)->head);
    return o;
}

IM_NOINLINE static ImObject *alloc_slow(Thread *t, ImShape *shape, uint32_t type_flags, size_t size)
{
    IM_ASSERT(t->attached);
    unsigned tracked = type_flags & IM_TF_GC;
    void *block = size > PTRDIFF_MAX || im_oom_now() ? NULL : im_block_alloc_slow(t, size + (tracked << 4), tracked);
    if (!block) { /* garbage of our own may help; it is collected at the next safepoint */
        im_poll_request(t, IM_POLL_GC);
        im_no_memory_hook(t);
        return NULL;
    }
    if (size > IM_BLOCK_MAX) t->alloc_bytes += size;
    if (IM_UNLIKELY((im_rt.stress & IM_STRESS_GC) && tracked)) im_poll_request(t, IM_POLL_GC);
    if (traced()) im_alloc_trace.alloc(t, block, size + (tracked << 4));
    ImObject *o = block_init(block, shape, type_flags);
    if (IM_UNLIKELY((im_rt.stress & IM_STRESS_SHARED) && !im_rt.gil && im_rt.x_threads_started)) {
        o->x_count = IM_COUNT_SHARED | 1;
        im_publish_account(t, o, type_flags & ~(uint32_t)IM_TF_UNC, o->x_count);
    }
    return o;
}

IM_INLINE ImObject *alloc_raw(Thread *t, ImShape *shape, uint32_t type_flags, size_t size)
{
    IM_ASSERT2(((type_flags ^ (*(ImTypeCore **)shape)->x_flags) & (IM_TF_GC | IM_TF_HEAP)) == 0);
    unsigned tracked = type_flags & IM_TF_GC;
    void *b = im_block_fast(t, size + (tracked << 4), tracked);
    if (IM_UNLIKELY(!b)) return alloc_slow(t, shape, type_flags, size);
    return block_init(b, shape, type_flags);
}

ImObject *im_object_alloc_raw(Thread *t, ImShape *shape, uint32_t type_flags, size_t size) { return alloc_raw(t, shape, type_flags, size); }

ImObject *im_object_alloc(Thread *t, ImShape *shape, uint32_t type_flags, size_t size)
{
    ImObject *o = alloc_raw(t, shape, type_flags, size);
    if (IM_UNLIKELY(!o)) return NULL;
    /* Blocks are multiples of 16 bytes, header and links too: whole blocks are cleared, so that room to grow starts empty. */
    char *p = (char *)(o + 1);
    size_t n = ((size + 15) & ~(size_t)15) - sizeof(ImObject);
    if (IM_LIKELY(n <= 128)) {
        for (char *end = p + n; p < end; p += 16) memset(p, 0, 16);
    } else {
        memset(p, 0, n);
    }
    if (type_flags & IM_TF_GC) im_track_new(t, o);
    return o;
}

void im_object_free(Thread *t, ImObject *o, uint32_t type_flags) { im_object_free_fast(t, o, type_flags); }

#if IM_NO_POOL
extern char __executable_start[], end[]; /* of the program: the linker's */
#endif
size_t im_object_capacity(ImObject *o)
{
    ImTypeCore *core = im_core_of(o);
    size_t pre = (core->x_flags & IM_TF_GC) << 4;
#if IM_NO_POOL
    if ((char *)o >= __executable_start && (char *)o < end) return core->size; /* a static object, in no block */
#else
    uint64_t offset = (uint64_t)((char *)o - im_arena);
    if (IM_UNLIKELY(offset >= im_arena_slices << IM_SLICE_SHIFT)) return core->size; /* a static object, in no page */
#endif
    return im_block_size((char *)o - pre) - pre;
}

void im_gc_track(Thread *t, ImObject *o)
{
    if (IM_UNLIKELY(!im_is_private_obj(o)) || IM_UNLIKELY(o->x_flags & IM_OF_TRACKED)) return; /* shared objects are in no list */
    im_track_link(t, o);
}

void im_gc_untrack(Thread *t, ImObject *o)
{
    if (!im_is_private_obj(o) || !(o->x_flags & IM_OF_TRACKED)) return;
    if (t->heap->gens[0].count > 0) t->heap->gens[0].count--;
    im_track_off(o);
}

/* --- raw memory ----------------------------------------------------------------------------------------------------------- */

/* The sanitizers see malloc; a library that is not instrumented would look like races between old and new users of a block. */
#if !IM_RAW_POOL
#define RAW_IS_OURS 0
#define RAW_MALLOC malloc
#define RAW_CALLOC calloc
#define RAW_REALLOC realloc
#define RAW_FREE free
#define RAW_USABLE malloc_usable_size
#else
#define RAW_IS_OURS 1
#define RAW_MALLOC mi_malloc
#define RAW_CALLOC mi_calloc
#define RAW_REALLOC mi_realloc
#define RAW_FREE mi_free
#define RAW_USABLE mi_usable_size
#endif

/* No machine has more; larger requests would only make the allocators complain. */
#define RAW_MAX ((size_t)1 << 46)

/* Small blocks come from the heap of an attached thread; whoever frees them may be anyone. */
#if !IM_RAW_POOL
IM_INLINE void *small_alloc(size_t size) { (void)size; return NULL; }
IM_INLINE void small_free(void *p) { (void)p; }
#else
#define SMALL_RAW_MAX IM_BLOCK_MAX
IM_INLINE void *small_alloc(size_t size)
{
    Thread *t = im_tls_thread;
    if (size > SMALL_RAW_MAX || !t || !t->attached) return NULL;
    void *p = im_block_fast(t, size ? size : 1, IM_RAW);
    return IM_LIKELY(p != NULL) ? p : im_block_alloc_slow(t, size ? size : 1, IM_RAW);
}
IM_INLINE void small_free(void *p)
{
    Thread *t = im_tls_thread;
    if (IM_LIKELY(t && t->attached)) im_block_free(t, p);
    else im_block_free_slow(NULL, im_page_of(p), p, true);
}
#endif

/* Long buffers are mostly filled as long as they are. */
IM_INLINE void *with_large_pages(void *p, size_t size)
{
    enum { LONG = 1 << 22 };
    if (IM_UNLIKELY(size >= LONG) && p && RAW_IS_OURS) im_os_large_pages(p, size);
    return p;
}

/* Blocks beyond its segments mimalloc has mapped and unmapped each time, which for a big table costs as much as filling it. One that was freed is kept for the next
 * request of about its size: not the first, since many programs free but one. */
#if IM_RAW_POOL
enum { BIG_FROM = 16 << 20, BIG_MOST = 48 << 20 };
static void *x_spare_big;  /* whoever takes it by an exchange owns it */
static bool x_big_was_freed;

static void big_free(void *p)
{
    const size_t size = p ? RAW_USABLE(p) : 0;
    if (IM_LIKELY(size < BIG_FROM) || size > BIG_MOST || !im_xchg_acq_rel(&x_big_was_freed, true)) RAW_FREE(p);
    else RAW_FREE(im_xchg_acq_rel(&x_spare_big, p));
}
static void *big_take(size_t size)
{
    if (IM_LIKELY(size < BIG_FROM) || !im_load_relaxed(&x_spare_big)) return NULL;
    void *p = im_xchg_acq_rel(&x_spare_big, NULL);
    const size_t had = p ? RAW_USABLE(p) : 0;
    if (size <= had && had - size <= had / 4) return p;
    RAW_FREE(p); /* the program's blocks have other sizes now */
    return NULL;
}
#else
static void big_free(void *p) { RAW_FREE(p); }
static void *big_take(size_t size) { (void)size; return NULL; }
#endif
static void *large_alloc(size_t size)
{
    void *p = big_take(size);
    return p ? p : with_large_pages(RAW_MALLOC(size ? size : 1), size);
}
static void *large_alloc_zero(size_t size)
{
    void *p = big_take(size);
    return p ? memset(p, 0, size) : with_large_pages(RAW_CALLOC(1, size ? size : 1), size);
}

static void *checked(Thread *t, void *p)
{
    if (IM_UNLIKELY(!p) && t) im_no_memory_hook(t);
    return p;
}
static bool grantable(size_t size) { return size <= RAW_MAX && im_os_would_grant(size); }
void *im_raw_alloc(Thread *t, size_t size)
{
    if (IM_UNLIKELY(size >= IM_ASK_FIRST && !grantable(size)) || im_oom_now()) return checked(t, NULL);
    void *p = small_alloc(size);
    if (!p) p = large_alloc(size);
    if (traced() && p) im_alloc_trace.alloc(im_thread_current(), p, size);
    return checked(t, p);
}
void *im_raw_alloc_zero(Thread *t, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n) || (n >= IM_ASK_FIRST && !grantable(n)) || im_oom_now()) return checked(t, NULL);
    void *p = small_alloc(n);
    if (p) memset(p, 0, n);
    else p = large_alloc_zero(n);
    if (traced() && p) im_alloc_trace.alloc(im_thread_current(), p, n);
    return checked(t, p);
}

static void *resize(void *p, size_t size)
{
    if (p && !im_raw_is_block(p)) return with_large_pages(RAW_REALLOC(p, size), size);
    size_t room = p ? im_block_size(p) : 0;
    if (p && size <= room && size >= room / 2) return p;
    void *q = small_alloc(size);
    if (!q && !(q = with_large_pages(RAW_MALLOC(size), size))) return NULL;
    if (!p) return q;
    memcpy(q, p, size < room ? size : room);
    small_free(p);
    return q;
}
void *im_raw_realloc(Thread *t, void *p, size_t size)
{
    if (IM_UNLIKELY(size >= IM_ASK_FIRST && !grantable(size)) || im_oom_now()) return checked(t, NULL);
    if (traced() && p) im_alloc_trace.release(p); /* before: afterwards the address may be another thread's. A failure loses its trace */
    void *q = resize(p, size ? size : 1);
    if (traced() && q) im_alloc_trace.alloc(im_thread_current(), q, size);
    return checked(t, q);
}
void *im_raw_grow(Thread *t, void *p, size_t size)
{
    enum { LONG = 1 << 23, STEP = IM_OS_LARGE_PAGE, PAGE = 4096 };
    size_t old = p && RAW_IS_OURS && size > LONG && !im_raw_is_block(p) ? RAW_USABLE(p) : 0;
    if (IM_LIKELY(old < LONG) || size <= old || size >= IM_ASK_FIRST || traced() || im_oom_now()) return im_raw_realloc(t, p, size);
    char *q = with_large_pages(RAW_MALLOC(size), size), *from = p, *to = q;
    if (!q) return checked(t, NULL);
    for (char *stop = from + old; from < stop;) {
        size_t n = STEP - ((uintptr_t)from & (STEP - 1)); /* whole large pages are given back */
        if (n > (size_t)(stop - from)) n = (size_t)(stop - from);
        memcpy(to, from, n);
        uintptr_t lo = ((uintptr_t)from + PAGE - 1) & ~(uintptr_t)(PAGE - 1), hi = ((uintptr_t)from + n) & ~(uintptr_t)(PAGE - 1);
        if (hi > lo) im_os_discard((void *)lo, hi - lo);
        from += n;
        to += n;
    }
    RAW_FREE(p);
    return q;
}
void im_raw_free(void *p)
{
    if (traced() && p) im_alloc_trace.release(p);
    if (im_raw_is_block(p)) small_free(p);
    else big_free(p);
}
size_t im_raw_usable(void *p) { return p && im_raw_is_block(p) ? im_block_size(p) : RAW_USABLE(p); }

static void raw_retired(Thread *t, void *p) { (void)t; im_raw_free(p); }
void im_raw_retire(Thread *t, void *p, size_t bytes)
{
    if (p) im_epoch_retire(t, p, bytes, raw_retired);
}

/* --- region ------------------------------------------------------------------------------------------------------------------ */

/* Shapes are told apart by the low 32 bits of their addresses. Those of the region must not meet those of static shapes, so the region begins, modulo
 * 4 GiB, where the program's image ends. */
#define REGION_BYTES ((size_t)2 << 30)
char *im_region_base;
static char *x_region_next, *region_end;
extern char _end[];

__attribute__((constructor)) static void region_init(void)
{
    uint64_t wanted = ((uint64_t)(uintptr_t)_end + 4095) & 0xFFFFF000u;
    const uint64_t limit = im_os_address_limit();
    size_t size = REGION_BYTES;
    char *p = limit < (uint64_t)16 << 30 ? NULL : im_os_reserve_rw(REGION_BYTES + ((size_t)4 << 30));
    if (p) {
        char *whole = p, *whole_end = p + REGION_BYTES + ((size_t)4 << 30);
        p += (uint32_t)(wanted - (uint64_t)(uintptr_t)p);
        if (p > whole) im_os_release(whole, (size_t)(p - whole));
        if (whole_end > p + size) im_os_release(p + size, (size_t)(whole_end - (p + size)));
    } else { /* little address space: less of it, at an address that is likely free; elsewhere with luck (checked where shapes are made) */
        size = limit / 16 < (size_t)256 << 20 ? limit / 16 & ~(size_t)0xFFFF : (size_t)256 << 20;
        if (size < (size_t)8 << 20) size = (size_t)8 << 20;
        p = (char *)(uintptr_t)(((uint64_t)0x2000 << 32) + wanted);
        if (!im_os_map_at(p, size)) p = im_os_reserve_rw(size);
        if (!p) im_fatal("no address space");
    }
    im_region_base = p;
    x_region_next = p + 16;
    region_end = p + size;
}

/* Keeps a sixteenth of the limit for what is still to come. */
void im_region_limited(uint64_t limit)
{
    const uint64_t page = 65536, room = limit / 16 < ((uint64_t)32 << 20) ? (uint64_t)32 << 20 : limit / 16;
    char *last = (char *)(((uintptr_t)im_load_relaxed(&x_region_next) + room + page - 1) & ~(uintptr_t)(page - 1));
    if (last >= region_end) return;
    char *old = region_end;
    region_end = last;
    im_os_release(last, (size_t)(old - last));
}

typedef struct Grave { void *p; size_t size; } Grave;
typedef struct FreeBlock { struct FreeBlock *next; } FreeBlock;
enum { GRAVES_CROWDED = 16384 /* a class leaves about eight */, GRAVES_STRESSED = 64 };
static ImMutex region_lock; /* held for a few instructions, never while parked: who waits spins */
static Grave *graves;
static size_t x_ngraves, graves_cap;
static FreeBlock *x_region_free[8]; /* by size in units of 16 bytes */

static void region_lock_acquire(void)
{
    while (!im_mutex_try(&region_lock)) im_cpu_relax();
}

void im_region_bury(void *p, size_t size)
{
    size = (size + 15) / 16;
    if (size >= IM_COUNTOF(x_region_free)) return;
    region_lock_acquire();
    if (x_ngraves == graves_cap) {
        size_t cap = graves_cap ? graves_cap * 2 : 256;
        Grave *more = realloc(graves, cap * sizeof *more);
        if (more) {
            graves = more;
            graves_cap = cap;
        }
    }
    if (x_ngraves < graves_cap) { /* else it is lost */
        graves[x_ngraves] = (Grave){p, size};
        im_store_relaxed(&x_ngraves, x_ngraves + 1);
    }
    im_mutex_unlock(&region_lock);
}

bool im_region_crowded(void) { return im_load_relaxed(&x_ngraves) >= (im_rt.stress & IM_STRESS_GC ? GRAVES_STRESSED : GRAVES_CROWDED); }

void im_region_reclaim(void)
{
    region_lock_acquire();
    for (size_t i = 0; i < x_ngraves; i++) {
        memset(graves[i].p, 0, graves[i].size * 16);
        FreeBlock *b = graves[i].p;
        b->next = x_region_free[graves[i].size];
        im_store_relaxed(&x_region_free[graves[i].size], b);
    }
    im_store_relaxed(&x_ngraves, (size_t)0);
    im_mutex_unlock(&region_lock);
}

static void *reclaimed(size_t units)
{
    if (units >= IM_COUNTOF(x_region_free) || !im_load_relaxed(&x_region_free[units])) return NULL;
    region_lock_acquire();
    FreeBlock *b = x_region_free[units];
    if (b) {
        im_store_relaxed(&x_region_free[units], b->next);
        b->next = NULL;
    }
    im_mutex_unlock(&region_lock);
    return b;
}

void *im_region_alloc(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    void *again = reclaimed(size / 16);
    if (again) return again;
    for (;;) {
        char *p = im_faa_relaxed(&x_region_next, size);
        if (p + size > region_end) {
            (void)im_faa_relaxed(&x_region_next, -size);
            return NULL;
        }
        if ((uint32_t)(uintptr_t)p != 0) return p; /* an id of 0 means none */
    }
}

/* --- threads -------------------------------------------------------------------------------------------------------------------- */

static int thread_init(Thread *t)
{
    if (!t->mem && !(t->mem = calloc(1, sizeof(ImMem)))) return -1;
    return im_heap_thread_init(t) < 0 ? -1 : im_gc_init_thread(t);
}
static void thread_fini(Thread *t)
{
    im_trash_run(t);
    ImMem *m = im_mem(t);
    im_account_flush(t);
    im_epoch_flush(t);
    im_heap_thread_fini(t);
    free(m->trash_untracked);
    *m = (ImMem){0};
}
static void thread_discard(Thread *t) { free(t->mem); }
static void before_fork(Thread *t) { (void)t; im_heap_before_fork(); }
static void after_fork_child(Thread *t)
{
    im_heap_after_fork_child(t);
    im_gc_after_fork(t);
}
static void after_fork_parent(Thread *t) { (void)t; im_heap_after_fork_parent(); }
#if IM_ASSERT_LEVEL >= 3
static void world_stopped(Thread *t) { im_heap_validate(t); }
#endif

__attribute__((constructor)) static void hooks_init(void)
{
    im_thread_hooks = (ImThreadHooks){
        .init = thread_init, .fini = thread_fini, .discard = thread_discard, .publish_all = im_publish_all, .before_fork = before_fork,
        .after_fork_parent = after_fork_parent, .after_fork_child = after_fork_child,
#if IM_ASSERT_LEVEL >= 3
        .world_stopped = world_stopped,
#endif
    };
}
