/* Object heaps: slices, pages, blocks, and walking over them.
 * SPDX-License-Identifier: MIT
 *
 * mem_impl.h describes the structure. Slices come from one bitmap under a lock; everything else belongs to the heap's thread. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/os_limit.h"
#include "mem/limit.h"
#include "mem/mem_impl.h"

#if !IM_NO_POOL

#if defined(__SANITIZE_THREAD__)
#define ARENA_MAX ((uint64_t)64 << 30)
#else
#define ARENA_MAX ((uint64_t)1 << 40) /* what all objects together can take; buffers are elsewhere */
#endif
#define ARENA_MIN ((uint64_t)256 << 20)
enum { SEGMENT_SLICES = 64, EXTEND_BYTES = 8192, FIRST_BYTES = 4096, DISCARD_SLICES = 16, KEEP_FREE_SLICES = 256, KEEP_BIG_SLICES = 512,
    LARGE_PAGES_FROM = 512 /* slices: in a heap of this size, what large pages hold in vain weighs little */ };

char *im_arena;
uint64_t im_arena_slices;
ImPage *im_pages;
ImHeap *im_heaps;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* slices, im_heaps, pool; a leaf: nothing is waited for under it */
static uint64_t *used_bits;   /* one per slice */
static uint64_t top;          /* slices below were used at some time */
static uint64_t committed;    /* slices below may be touched */
static uint64_t lowest_free;  /* no free slice below (hint) */
/* Who frees a big block mostly wants another soon, and to have its memory mapped anew costs more than most that is done with it: the first is given back to the
 * system, later ones are kept as long as no more than twice the biggest lies idle, and KEEP_BIG_SLICES. */
static uint64_t keep_most;

/* Free slices whose memory was not given back, one bit each. */
typedef struct Resident { uint64_t *bits, n, lowest /* none below (hint) */; } Resident;
static Resident kept; /* of big blocks */
static Resident idle; /* of pages: taken before others, whose memory would have to be mapped anew */
static ImHeap *pool;
static ImHeap *gil_heap;

static ImPage no_page; /* full for ever: allocation from it takes the slow way */

/* --- slices -------------------------------------------------------------------------------------------------------------- */

/* Under a limit of address space what is only reserved would count, and what is taken out of a reservation would not: then the arena is but a range of addresses,
 * and memory is mapped into it as it grows. The system maps from above, so other things come to lie at the upper end of the range, half of which is left to them. */
static bool on_demand;
static char *pages_end; /* on demand: im_pages is mapped up to here */

static bool grow_to(uint64_t to)
{
    char *p = im_arena + (committed << IM_SLICE_SHIFT), *end = (char *)(((uintptr_t)(im_pages + to) + 4095) & ~(uintptr_t)4095);
    const size_t size = (to - committed) << IM_SLICE_SHIFT;
    if (!on_demand) {
        if (committed >= LARGE_PAGES_FROM) im_os_large_pages(p, size);
        return im_os_commit(p, size);
    }
    if (end > pages_end && !im_os_map_at(pages_end, (size_t)(end - pages_end))) return false;
    if (end > pages_end) pages_end = end;
    return im_os_map_at(p, size);
}

/* A range for the arena where nothing is, below the newest mapping. False where the system maps from below. */
static bool arena_unreserved(void)
{
    char *at = im_os_reserve(IM_SLICE_BYTES);
    if (!at) return false;
    im_os_release(at, IM_SLICE_BYTES);
    if ((uintptr_t)at < 4 * ARENA_MAX) return false;
    im_arena = (char *)(((uintptr_t)at - ARENA_MAX) & ~(uintptr_t)(IM_SLICE_BYTES - 1));
    im_arena_slices = ARENA_MAX >> IM_SLICE_SHIFT >> 1;
    im_pages = (ImPage *)(void *)((uintptr_t)(im_arena - im_arena_slices * sizeof(ImPage)) & ~(uintptr_t)4095);
    pages_end = (char *)im_pages;
    used_bits = im_os_reserve_rw(im_arena_slices / 8 + 8);
    kept.bits = im_os_reserve_rw(im_arena_slices / 8 + 8);
    idle.bits = im_os_reserve_rw(im_arena_slices / 8 + 8);
    on_demand = true;
    if (!used_bits || !kept.bits || !idle.bits || !grow_to(1)) return on_demand = false;
    committed = 1;
    return true;
}

void im_mem_limited(uint64_t limit)
{
    if (limit >= ARENA_MAX) return;
    im_region_limited(limit);
    pthread_mutex_lock(&lock);
    const uint64_t half = ARENA_MAX >> IM_SLICE_SHIFT >> 1;
    if (im_arena && !on_demand && im_arena_slices > half && committed < half) {
        char *end = im_arena + (im_arena_slices << IM_SLICE_SHIFT), *from = im_arena + (committed << IM_SLICE_SHIFT);
        char *records_end = (char *)(((uintptr_t)(im_pages + im_arena_slices) + 4095) & ~(uintptr_t)4095);
        im_os_release(from, (size_t)(end - from));
        char *probe = im_os_reserve(IM_SLICE_BYTES); /* where do others go now? */
        if (probe) im_os_release(probe, IM_SLICE_BYTES);
        if (probe && probe >= from && probe < im_arena + (half << IM_SLICE_SHIFT)) {
            if (im_os_map_at(from, (size_t)(end - from))) (void)im_os_commit(from, (size_t)(end - from)); /* from below: keep the range */
            else im_arena_slices = committed;
        } else {
            im_arena_slices = half;
            pages_end = (char *)(((uintptr_t)(im_pages + committed) + 4095) & ~(uintptr_t)4095);
            im_os_release(pages_end, (size_t)(records_end - pages_end));
            on_demand = true;
        }
    }
    pthread_mutex_unlock(&lock);
}

static bool arena_init(void)
{
    uint64_t size = ARENA_MAX;
    if (im_os_address_limit() < 4 * ARENA_MAX && arena_unreserved()) return true;
    while ((im_arena = im_os_reserve(size)) == NULL)
        if ((size >>= 1) < ARENA_MIN) return false;
    char *aligned = (char *)(((uintptr_t)im_arena + IM_OS_LARGE_PAGE - 1) & ~(uintptr_t)(IM_OS_LARGE_PAGE - 1));
    size -= (uint64_t)(aligned - im_arena) ? IM_OS_LARGE_PAGE : 0;
    im_arena = aligned;
    im_arena_slices = size >> IM_SLICE_SHIFT;
    im_pages = im_os_reserve_rw(im_arena_slices * sizeof(ImPage));
    used_bits = im_os_reserve_rw(im_arena_slices / 8 + 8);
    kept.bits = im_os_reserve_rw(im_arena_slices / 8 + 8);
    idle.bits = im_os_reserve_rw(im_arena_slices / 8 + 8);
    return im_pages && used_bits && kept.bits && idle.bits;
}

static bool slice_used(uint64_t i) { return (used_bits[i >> 6] >> (i & 63)) & 1; }

static void resident_add(Resident *r, uint64_t at, uint64_t n)
{
    for (uint64_t i = at; i < at + n; i++) r->bits[i >> 6] |= (uint64_t)1 << (i & 63);
    if (!r->n || at < r->lowest) r->lowest = at;
    r->n += n;
}
/* They are in use now. */
static void resident_remove(Resident *r, uint64_t at, uint64_t end)
{
    for (uint64_t i = at; r->n && i < end; i++) {
        const uint64_t bit = (uint64_t)1 << (i & 63);
        if (!(r->bits[i >> 6] & bit)) continue;
        r->bits[i >> 6] &= ~bit;
        r->n--;
    }
}
static uint64_t resident_first(Resident *r)
{
    uint64_t w = r->lowest >> 6;
    while (!r->bits[w]) w++;
    return r->lowest = w << 6 | (uint64_t)__builtin_ctzll(r->bits[w]);
}

/* First run of n free slices; may lie at or reach beyond `top`. */
static uint64_t find_run(uint64_t n)
{
    if (n == 1 && idle.n) return resident_first(&idle);
    uint64_t i = lowest_free, run = 0;
    while (i < top) {
        if ((i & 63) == 0 && used_bits[i >> 6] == ~(uint64_t)0) { run = 0; i += 64; continue; }
        run = slice_used(i) ? 0 : run + 1;
        i++;
        if (run == n) return i - n;
    }
    return top - run;
}

static ImPage *slices_alloc(uint64_t n)
{
    pthread_mutex_lock(&lock);
    ImPage *p = NULL;
    if (im_arena || arena_init()) {
        uint64_t at = find_run(n), end = at + n;
        bool ok = end <= im_arena_slices;
        if (ok && end > committed) {
            uint64_t to = (end + SEGMENT_SLICES - 1) / SEGMENT_SLICES * SEGMENT_SLICES;
            if (to > im_arena_slices) to = im_arena_slices;
            ok = grow_to(to);
            if (!ok && on_demand && to > end) ok = grow_to(to = end); /* little is left */
            if (ok) committed = to;
        }
        if (ok) {
            if (end > top) top = end;
            for (uint64_t i = at; i < end; i++) used_bits[i >> 6] |= (uint64_t)1 << (i & 63);
            resident_remove(&kept, at, end);
            resident_remove(&idle, at, end);
            if (at == lowest_free) lowest_free = end;
            p = &im_pages[at];
        }
    }
    pthread_mutex_unlock(&lock);
    return p;
}

static void slices_free(ImPage *p)
{
    uint64_t at = (uint64_t)(p - im_pages), n = p->slices;
    for (uint64_t i = 0; i < n; i++) im_pages[at + i].head_delta = 0;
    p->slices = 0;
    pthread_mutex_lock(&lock);
    if (n >= DISCARD_SLICES ? kept.n + n <= keep_most : idle.n < KEEP_FREE_SLICES || idle.n < top / 8) resident_add(n >= DISCARD_SLICES ? &kept : &idle, at, n);
    else im_os_discard(im_page_start(p), n << IM_SLICE_SHIFT);
    if (n >= DISCARD_SLICES && keep_most < 2 * n) keep_most = 2 * n < KEEP_BIG_SLICES ? 2 * n : KEEP_BIG_SLICES;
    for (uint64_t i = at; i < at + n; i++) used_bits[i >> 6] &= ~((uint64_t)1 << (i & 63));
    if (at < lowest_free) lowest_free = at;
    pthread_mutex_unlock(&lock);
}

/* --- pages ----------------------------------------------------------------------------------------------------------------- */

static unsigned class_of(size_t total)
{
    if (total <= IM_SMALL_MAX) return (unsigned)((total + 15) >> 4);
    /* Four steps per doubling: the two bits below the highest choose the step. */
    size_t x = total - 1;
    unsigned log = 63 - (unsigned)__builtin_clzll(x);
    return IM_SMALL_CLASSES + (log - 10) * 4 + (unsigned)((x >> (log - 2)) & 3);
}
static uint32_t class_size(unsigned cls)
{
    if (cls < IM_SMALL_CLASSES) return cls ? cls * 16 : 16;
    unsigned k = cls - IM_SMALL_CLASSES;
    return (uint32_t)(1024u << (k / 4)) / 4 * (k % 4 + 5);
}

/* The block that a page gives out first. Pages begin at multiples of 64 KiB: if the first objects of each lay at its start, those of a thread, and its registers, would
 * all have the same address bits 12 to 15, by which a processor's TLB chooses one of its sets, and the same low 12 bits, by which it tells whether a load has to wait for
 * an earlier store. */
static uint32_t first_block(uint64_t slice, uint32_t block_size, uint32_t cap)
{
    enum { WITHIN = 512, APART = 128 }; /* beyond the registers of the first calls, before what else has its place in a page (thread/runtime.c); little is left unused */
    const uint64_t offset = (slice * 5 + 3) % 16 << 12 | (WITHIN + slice % 4 * APART);
    return (uint32_t)(offset / block_size % cap);
}

static void page_setup(ImHeap *h, ImPage *p, uint32_t slices, uint32_t block_size, unsigned cls, unsigned tracked)
{
    p->free = NULL;
    p->used = 0;
    p->slow_at = 0;
    p->heap = cls == IM_CLASSES ? NULL : h; /* a page that one object fills is nobody's */
    p->block_size = block_size;
    p->cap = (uint32_t)(((uint64_t)slices << IM_SLICE_SHIFT) / block_size);
    p->bump = 0;
    p->first = cls == IM_CLASSES ? 0 : first_block((uint64_t)(p - im_pages), block_size, p->cap);
    p->head_delta = 0;
    p->slices = slices;
    p->tracked = (uint8_t)tracked;
    p->cls = (uint8_t)cls;
    p->full = p->current = false;
    p->recip = (((uint64_t)1 << 40) + block_size - 1) / block_size;
    p->next = p->prev = NULL;
    p->scratch = NULL;
    p->x_foreign = NULL;
    for (uint32_t i = 1; i < slices; i++) p[i].head_delta = i;
}

static void avail_add(ImHeap *h, ImPage *p)
{
    ImPage **at = &h->avail[p->tracked][p->cls];
    p->prev = NULL;
    p->next = *at;
    if (*at) (*at)->prev = p;
    *at = p;
}
static void avail_remove(ImHeap *h, ImPage *p)
{
    if (p->prev) p->prev->next = p->next;
    else h->avail[p->tracked][p->cls] = p->next;
    if (p->next) p->next->prev = p->prev;
}

static void page_release(ImHeap *h, ImPage *p)
{
    if (p->slices == 1 && h->nempty < IM_COUNTOF(h->empty)) h->empty[h->nempty++] = p;
    else slices_free(p);
}

/* A free left used <= slow_at. */
static void page_settle(ImHeap *h, ImPage *p)
{
    bool traced = im_rt.stress & IM_STRESS_TRACE;
    if (!p->full) p->slow_at = traced ? UINT32_MAX : 0; /* while allocations are traced every free is reported */
    if (p->full) {
        p->full = false;
        p->slow_at = traced ? UINT32_MAX : 0;
        if (p->used) { avail_add(h, p); return; }
        page_release(h, p);
        return;
    }
    if (p->used == 0 && !p->current) {
        avail_remove(h, p);
        page_release(h, p);
    }
}

/* Puts more blocks on the free list. Sizes and bounds are the page's; nothing is written beyond what is handed out. */
static bool page_extend(ImPage *p)
{
    if (p->bump == p->cap) return false;
    const uint32_t at = p->first + p->bump, from = at < p->cap ? at : at - p->cap, room = (at < p->cap ? p->cap : p->first) - from;
    const uint32_t begun = (uint32_t)((uint64_t)from * p->block_size % 4096); /* what the system gives is used up */
    uint32_t n = ((p->bump ? EXTEND_BYTES : FIRST_BYTES) - begun) / p->block_size; /* many classes are seldom used */
    if (n == 0) n = 1;
    if (n > room) n = room;
    char *b = im_page_start(p) + (size_t)from * p->block_size;
    size_t word = (p->tracked == IM_TRACKED ? sizeof(ImLinks) : 0) + offsetof(ImObject, x_count); /* raw blocks have room for it too */
    void *next = p->free;
    for (uint32_t i = n; i-- > 0;) {
        char *x = b + (size_t)i * p->block_size;
        *(void **)x = next;
        *(uint32_t *)(x + word) = 0;
        next = x;
    }
    p->free = next;
    p->bump += n;
    return true;
}

void im_heap_drain(ImHeap *h)
{
    if (!im_load_relaxed(&h->x_returned)) return; /* racy: what comes later is seen the next time */
    ImPage *p = im_xchg_acq_rel(&h->x_returned, NULL), *next;
    for (; p; p = next) {
        next = p->x_returned_next; /* before x_foreign is emptied: from then on p may be pushed again */
        void *b = im_xchg_acq_rel(&p->x_foreign, NULL);
        uint32_t n = 0;
        while (b) {
            void *after = *(void **)b;
            *(void **)b = p->free;
            p->free = b;
            b = after;
            n++;
        }
        p->used -= n;
        if (n && p->used <= p->slow_at) page_settle(h, p);
    }
}

static void *take_from(ImHeap *h, ImPage *p)
{
    (void)h;
    void *b = p->free;
    p->free = *(void **)b;
    p->used++;
    if (IM_UNLIKELY(im_rt.stress & IM_STRESS_TRACE)) p->slow_at = UINT32_MAX;
    return b;
}

static void *huge_alloc(ImHeap *h, size_t total, unsigned tracked)
{
    uint64_t n = (total + IM_SLICE_BYTES - 1) >> IM_SLICE_SHIFT;
    if (n > UINT32_MAX || (total >= IM_ASK_FIRST && !im_os_would_grant(total))) return NULL;
    ImPage *p = slices_alloc(n);
    if (!p) return NULL;
    page_setup(h, p, (uint32_t)n, IM_SLICE_BYTES, IM_CLASSES, tracked);
    p->cap = p->bump = p->used = 1;
    return im_page_start(p);
}

void *im_block_alloc_slow(Thread *t, size_t total, unsigned tracked)
{
    ImHeap *h = t->heap;
    if (total > IM_BLOCK_MAX) return huge_alloc(h, total, tracked);
    unsigned cls = class_of(total);
    im_heap_drain(h);
    for (;;) {
        ImPage *p = h->cur[tracked][cls];
        if (p != &no_page) {
            if (p->free || page_extend(p)) return take_from(h, p);
            p->current = false;
            p->full = true;
            p->slow_at = UINT32_MAX;
            h->cur[tracked][cls] = &no_page;
        }
        p = h->avail[tracked][cls];
        if (p) {
            avail_remove(h, p);
        } else {
            uint32_t size = class_size(cls), slices = size > 8192 ? 4 : 1;
            p = slices == 1 && h->nempty ? h->empty[--h->nempty] : slices_alloc(slices);
            if (!p) return NULL;
            page_setup(h, p, slices, size, cls, tracked);
        }
        p->current = true;
        h->cur[tracked][cls] = p;
    }
}

IM_NOINLINE static void free_foreign(ImPage *p, void *block)
{
    void *head = im_load_relaxed(&p->x_foreign);
    do *(void **)block = head;
    while (!im_cas_acq_rel(&p->x_foreign, &head, block));
    if (head) return;
    ImHeap *h = p->heap;
    ImPage *first = im_load_relaxed(&h->x_returned);
    do p->x_returned_next = first;
    while (!im_cas_acq_rel(&h->x_returned, &first, p));
}

void im_block_free_slow(Thread *t, ImPage *p, void *block, bool foreign)
{
    if (IM_UNLIKELY(im_rt.stress & IM_STRESS_TRACE)) im_alloc_trace.release(block);
    if (!foreign) page_settle(t->heap, p);
    else if (p->cls == IM_CLASSES) slices_free(p);
    else free_foreign(p, block);
}

size_t im_block_size(void *block)
{
    ImPage *p = im_page_of(block);
    return p->cls == IM_CLASSES ? (size_t)p->slices << IM_SLICE_SHIFT : p->block_size;
}

/* --- heaps and threads --------------------------------------------------------------------------------------------------------- */

static ImHeap *heap_new(void)
{
    ImHeap *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    for (int k = 0; k < IM_KINDS; k++)
        for (int c = 0; c < IM_CLASSES; c++) h->cur[k][c] = &no_page;
    for (int g = 0; g < 3; g++) im_list_init(&h->gens[g].head);
    h->young_limit = im_gc_get_threshold(0);
    im_list_init(&h->frozen);
    pthread_mutex_lock(&lock);
    h->next_all = im_heaps;
    im_heaps = h;
    pthread_mutex_unlock(&lock);
    return h;
}

int im_heap_thread_init(Thread *t)
{
    if (im_rt.gil && gil_heap) { /* one heap, passed along with the GIL */
        t->heap = gil_heap;
        return 0;
    }
    pthread_mutex_lock(&lock);
    ImHeap *h = pool;
    if (h) pool = h->next_pool;
    pthread_mutex_unlock(&lock);
    if (!h) h = heap_new();
    if (!h) return -1;
    h->has_thread = true;
    t->heap = h;
    if (im_rt.gil) gil_heap = h;
    return 0;
}

void im_heap_thread_fini(Thread *t)
{
    ImHeap *h = t->heap;
    if (h == gil_heap) return;
    im_heap_drain(h);
    t->heap = NULL; /* what this thread still frees is another's */
    pthread_mutex_lock(&lock);
    h->has_thread = false;
    h->next_pool = pool;
    pool = h;
    pthread_mutex_unlock(&lock);
}

ImHeap *im_heap_first(void) { return im_heaps; }

/* --- walks ------------------------------------------------------------------------------------------------------------------------ */

static void page_each(ImPage *p, void (*fn)(ImObject *o, void *arg), void *arg)
{
    size_t pre = p->tracked ? sizeof(ImLinks) : 0;
    for (uint32_t i = 0; i < p->bump; i++) {
        ImObject *o = (ImObject *)(im_page_block(p, i) + pre);
        if (o->x_count) fn(o, arg);
    }
}

static void slices_each(uint64_t from, uint64_t to, void (*fn)(ImObject *o, void *arg), void *arg)
{
    for (uint64_t i = from; i < to; i++) {
        if ((i & 63) == 0 && !used_bits[i >> 6]) { i += 63; continue; }
        ImPage *p = &im_pages[i];
        if (slice_used(i) && p->slices && p->head_delta == 0 && p->tracked != IM_RAW) page_each(p, fn, arg);
    }
}
void im_heap_each(void (*fn)(ImObject *o, void *arg), void *arg) { slices_each(0, top, fn, arg); }

typedef struct Walk { uint64_t x_next; void (*fn)(ImObject *o, void *arg); void *arg; } Walk;
enum { WALK_STEP = 256, WALK_THREADS = 8 };
static void *walk_main(void *arg)
{
    Walk *w = arg;
    for (uint64_t at; (at = im_faa_relaxed(&w->x_next, WALK_STEP)) < top;) slices_each(at, at + WALK_STEP < top ? at + WALK_STEP : top, w->fn, w->arg);
    return NULL;
}
void im_heap_each_parallel(void (*fn)(ImObject *o, void *arg), void *arg)
{
    Walk w = {0, fn, arg};
    pthread_t helpers[WALK_THREADS];
    int n = 0, want = top < 8 * WALK_STEP ? 0 : im_os_cpu_count() - 1;
    if (want > WALK_THREADS) want = WALK_THREADS;
    while (n < want && pthread_create(&helpers[n], NULL, walk_main, &w) == 0) n++;
    walk_main(&w);
    while (n > 0) pthread_join(helpers[--n], NULL);
}

ImObject *im_heap_find(const void *address)
{
    uint64_t at = (uint64_t)((const char *)address - im_arena) >> IM_SLICE_SHIFT;
    if ((const char *)address < im_arena || at >= top || !slice_used(at)) return NULL;
    ImPage *p = im_page_of(address);
    if (!p->slices || p->tracked == IM_RAW) return NULL; /* kept for reuse, or nothing to find in it */
    uint32_t i = im_page_index(p, address);
    if (i >= p->bump) return NULL;
    ImObject *o = (ImObject *)(im_page_block(p, i) + (p->tracked ? sizeof(ImLinks) : 0));
    return o->x_count ? o : NULL;
}

static uint32_t *scratch_memory;
static size_t scratch_bytes;

int im_heap_scratch_begin(void)
{
    size_t n = 0;
    for (uint64_t i = 0; i < top; i++)
        if (slice_used(i) && im_pages[i].slices && !im_pages[i].head_delta && im_pages[i].tracked != IM_RAW) n += im_pages[i].bump;
    scratch_bytes = (n * sizeof(uint32_t) + 4096) & ~(size_t)4095;
    scratch_memory = im_os_reserve_rw(scratch_bytes);
    if (!scratch_memory) return -1;
    uint32_t *at = scratch_memory;
    for (uint64_t i = 0; i < top; i++) {
        if (!slice_used(i) || !im_pages[i].slices || im_pages[i].head_delta || im_pages[i].tracked == IM_RAW) continue;
        im_pages[i].scratch = at;
        at += im_pages[i].bump;
    }
    return 0;
}
void im_heap_each_noted(void (*fn)(ImObject *o, uint32_t *s, void *arg), void *arg)
{
    for (uint64_t i = 0; i < top; i++) {
        if ((i & 63) == 0 && !used_bits[i >> 6]) { i += 63; continue; }
        ImPage *p = &im_pages[i];
        if (!slice_used(i) || !p->slices || p->head_delta || p->tracked == IM_RAW) continue;
        const size_t pre = p->tracked ? sizeof(ImLinks) : 0;
        for (uint32_t k = 0; k < p->bump; k++)
            if (p->scratch[k]) fn((ImObject *)(im_page_block(p, k) + pre), &p->scratch[k], arg);
    }
}
void im_heap_scratch_end(void)
{
    if (scratch_memory) im_os_release(scratch_memory, scratch_bytes);
    scratch_memory = NULL;
}

/* --- fork ------------------------------------------------------------------------------------------------------------------------------- */

void im_heap_before_fork(void) { pthread_mutex_lock(&lock); }
void im_heap_after_fork_parent(void) { pthread_mutex_unlock(&lock); }
void im_heap_after_fork_child(Thread *t)
{
    pthread_mutex_init(&lock, NULL);
    pool = NULL;
    for (ImHeap *h = im_heaps; h; h = h->next_all) {
        if (h == t->heap) continue;
        h->has_thread = false;
        h->next_pool = pool;
        pool = h;
    }
}

#endif
