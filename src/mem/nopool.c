/* Objects from malloc, one by one, so that ASan sees their bounds: NO_POOL builds. Slow on purpose.
 * SPDX-License-Identifier: MIT */
#include "mem/limit.h"
#include "mem/mem_impl.h"

#if IM_NO_POOL

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Before every block. */
typedef struct Prefix {
    struct Prefix *next, *prev;
    size_t size; /* of the block, links included */
    uint32_t scratch;
    uint32_t tracked;
} Prefix;

char *im_arena;
uint64_t im_arena_slices;
void im_mem_limited(uint64_t limit) { (void)limit; }
ImPage *im_pages;
ImHeap *im_heaps;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Prefix all = {&all, &all, 0, 0, 0};
static size_t count;
static ImPage no_page;
static ImHeap *pool, *gil_heap;
static Prefix **sorted;
static size_t nsorted;

static ImObject *object_of(Prefix *p) { return (ImObject *)((char *)(p + 1) + (p->tracked ? sizeof(ImLinks) : 0)); }

void *im_block_alloc_slow(Thread *t, size_t total, unsigned tracked)
{
    (void)t;
    total = (total + 15) & ~(size_t)15;
    Prefix *p = malloc(sizeof(Prefix) + total);
    if (!p) return NULL;
    p->size = total;
    p->tracked = tracked;
    p->scratch = 0;
    object_of(p)->x_count = 0;
    pthread_mutex_lock(&lock);
    p->next = &all;
    p->prev = all.prev;
    p->prev->next = p;
    all.prev = p;
    count++;
    pthread_mutex_unlock(&lock);
    return p + 1;
}
void im_block_free(Thread *t, void *block)
{
    (void)t;
    Prefix *p = (Prefix *)block - 1;
    if (im_rt.stress & IM_STRESS_TRACE) im_alloc_trace.release(block);
    pthread_mutex_lock(&lock);
    p->prev->next = p->next;
    p->next->prev = p->prev;
    count--;
    pthread_mutex_unlock(&lock);
    free(p);
}
size_t im_block_size(void *block) { return ((Prefix *)block - 1)->size; }
void im_heap_drain(ImHeap *h) { (void)h; }

static ImHeap *heap_new(void)
{
    ImHeap *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    for (int k = 0; k < 2; k++)
        for (int c = 0; c < IM_CLASSES; c++) h->cur[k][c] = &no_page;
    for (int g = 0; g < 3; g++) im_list_init(&h->gens[g].head);
    h->young_limit = im_gc_get_threshold(0);
    im_list_init(&h->frozen);
    h->next_all = im_heaps;
    im_heaps = h;
    return h;
}
int im_heap_thread_init(Thread *t)
{
    pthread_mutex_lock(&lock);
    ImHeap *h = im_rt.gil ? gil_heap : pool;
    if (h && !im_rt.gil) pool = h->next_pool;
    if (!h) h = heap_new();
    if (im_rt.gil) gil_heap = h;
    pthread_mutex_unlock(&lock);
    t->heap = h;
    if (h) h->has_thread = true;
    return h ? 0 : -1;
}
void im_heap_thread_fini(Thread *t)
{
    ImHeap *h = t->heap;
    if (h == gil_heap) return;
    pthread_mutex_lock(&lock);
    h->has_thread = false;
    h->next_pool = pool;
    pool = h;
    pthread_mutex_unlock(&lock);
}
ImHeap *im_heap_first(void) { return im_heaps; }

void im_heap_each(void (*fn)(ImObject *o, void *arg), void *arg)
{
    for (Prefix *p = all.next; p != &all; p = p->next)
        if (object_of(p)->x_count) fn(object_of(p), arg);
}
void im_heap_each_parallel(void (*fn)(ImObject *o, void *arg), void *arg) { im_heap_each(fn, arg); }

static int by_address(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t)*(Prefix *const *)a, y = (uintptr_t)*(Prefix *const *)b;
    return x < y ? -1 : x > y;
}
int im_heap_scratch_begin(void)
{
    sorted = malloc((count + 1) * sizeof *sorted);
    if (!sorted) return -1;
    nsorted = 0;
    for (Prefix *p = all.next; p != &all; p = p->next) {
        p->scratch = 0;
        sorted[nsorted++] = p;
    }
    qsort(sorted, nsorted, sizeof *sorted, by_address);
    return 0;
}
static Prefix *find_prefix(const void *address)
{
    size_t lo = 0, hi = nsorted;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        Prefix *p = sorted[mid];
        if ((const char *)address < (char *)(p + 1)) hi = mid;
        else if ((const char *)address >= (char *)(p + 1) + p->size) lo = mid + 1;
        else return p;
    }
    return NULL;
}
ImObject *im_heap_find(const void *address)
{
    Prefix *p = find_prefix(address);
    return p && object_of(p)->x_count ? object_of(p) : NULL;
}
uint32_t *im_heap_scratch(ImObject *o)
{
    Prefix *p = find_prefix(o);
    return p ? &p->scratch : NULL;
}
void im_heap_each_noted(void (*fn)(ImObject *o, uint32_t *s, void *arg), void *arg)
{
    for (size_t i = 0; i < nsorted; i++)
        if (sorted[i]->scratch) fn(object_of(sorted[i]), &sorted[i]->scratch, arg);
}
void im_heap_scratch_end(void)
{
    free(sorted);
    sorted = NULL;
    nsorted = 0;
}
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
