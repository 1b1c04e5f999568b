/* Epochs: retired memory waits in bags until no thread can be looking at it.
 * SPDX-License-Identifier: MIT
 *
 * A bag gets its goal when it is closed, by one fetch-and-add after the last unlink of everything in it. Bags are freed in the order in which they
 * were closed. A thread that ends leaves its bags to an orphan list that the next reclaiming thread takes over. */
#include "thread/epoch.h"

#include <stdlib.h>

#include "thread/thread_impl.h"

enum { BAG_ITEMS = 126, BAG_BYTES = 1 << 20 };
typedef struct Retired { void *p; void (*fn)(Thread *t, void *p); } Retired;
typedef struct Bag {
    struct Bag *next;
    uint64_t goal;
    size_t bytes;
    uint32_t n;
    Retired items[BAG_ITEMS];
} Bag;
typedef struct Epochs {
    Bag *open;          /* being filled; or null */
    Bag *first, **last; /* closed, oldest first */
    Bag *spare;
} Epochs;

static uint64_t x_global = 1; /* the epoch; advanced by whoever closes a bag */
static Bag *orphans;          /* im_rt.thread_lock */
static uint32_t x_waiting;    /* a hint: some thread could not free all its closed bags */

int im_epoch_init(Thread *t)
{
    Epochs *e = calloc(1, sizeof *e);
    if (!e) return -1;
    e->last = &e->first;
    e->spare = malloc(sizeof *e->spare); /* by the thread that starts it: its first own malloc would set up an allocator, which costs a short thread more than all else */
    t->retired = e;
    return 0;
}

/* Attach: an exchange, not a store: a store may sink below the first load from the heap. */
void im_epoch_attach(Thread *t)
{
    uint64_t e = im_load_acquire(&x_global), now;
    for (;; e = now) {
        (void)im_xchg_seq(&t->x_epoch, e);
        now = im_load_acquire(&x_global);
        if (now == e) return;
    }
}
void im_epoch_detach(Thread *t) { im_store_release(&t->x_epoch, 0); }

/* Everything the thread looked at before this point is let go (release); what it looks at from here on was not yet unlinked for any bag whose goal it
 * has seen (acquire). */
void im_epoch_safepoint(Thread *t)
{
    uint64_t e = im_load_acquire(&x_global);
    if (e == im_load_relaxed(&t->x_epoch)) return;
    im_store_release(&t->x_epoch, e);
    /* Bags that waited, perhaps for this thread: their owners look again. Once per epoch and thread, so that this ends. */
    if (im_load_relaxed(&x_waiting) && im_xchg_acq_rel(&x_waiting, 0)) im_poll_request_all(IM_POLL_EPOCH);
}

static void close_bag(Epochs *e)
{
    Bag *b = e->open;
    e->open = NULL;
    b->next = NULL;
    b->goal = im_faa_acq_rel(&x_global, 1) + 1;
    *e->last = b;
    e->last = &b->next;
}

static uint64_t slowest(void)
{
    uint64_t low = UINT64_MAX;
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *o = im_rt.x_threads; o; o = o->next) {
        uint64_t s = im_load_acquire(&o->x_epoch);
        if (s && s < low) low = s;
    }
    pthread_mutex_unlock(&im_rt.thread_lock);
    return low;
}

static void free_bag(Thread *t, Bag *b)
{
    for (uint32_t i = 0; i < b->n; i++) b->items[i].fn(t, b->items[i].p);
}

static void adopt_orphans(Epochs *e)
{
    if (!im_load_relaxed(&orphans)) return; /* racy look: the next round finds them */
    pthread_mutex_lock(&im_rt.thread_lock);
    Bag *b = orphans;
    im_store_relaxed(&orphans, NULL);
    pthread_mutex_unlock(&im_rt.thread_lock);
    if (!b) return;
    *e->last = b;
    while (b->next) b = b->next;
    e->last = &b->next;
}

void im_epoch_reclaim(Thread *t, bool world_stopped)
{
    Epochs *e = t->retired;
    adopt_orphans(e);
    if (world_stopped && e->open) close_bag(e);
    if (!e->first) { t->retired_count = 0; return; }
    uint64_t low = world_stopped ? UINT64_MAX : slowest();
    Bag *b;
    while ((b = e->first) != NULL && b->goal <= low) {
        e->first = b->next;
        if (!e->first) e->last = &e->first;
        free_bag(t, b);
        if (t->retired_count) t->retired_count--;
        if (e->spare) free(b);
        else e->spare = b;
    }
    if (b) im_store_relaxed(&x_waiting, 1);
}

void im_epoch_retire(Thread *t, void *p, size_t bytes, void (*free_fn)(Thread *t, void *p))
{
    /* Alone among the living: nobody else holds addresses across this point. */
    if (t->solo || im_world_stopped_by(t)) { free_fn(t, p); return; }
    Epochs *e = t->retired;
    if (!e->open) {
        e->open = e->spare ? e->spare : malloc(sizeof(Bag));
        e->spare = NULL;
        if (!e->open) { /* no memory to remember it by: make the moment safe instead */
            im_world_stop(t);
            free_fn(t, p);
            im_world_start(t);
            return;
        }
        e->open->n = 0;
        e->open->bytes = 0;
    }
    Bag *b = e->open;
    b->items[b->n++] = (Retired){p, free_fn};
    b->bytes += bytes;
    if (b->n == BAG_ITEMS || b->bytes >= BAG_BYTES) {
        close_bag(e);
        t->retired_count++;
        im_poll_request_all(IM_POLL_EPOCH);
    }
}

void im_epoch_flush(Thread *t)
{
    Epochs *e = t->retired;
    if (e->open) close_bag(e);
    im_epoch_safepoint(t);
    im_epoch_reclaim(t, false);
}

/* Frees nothing: the thread's heap may be another's already. */
void im_epoch_fini(Thread *t)
{
    Epochs *e = t->retired;
    if (e->open) close_bag(e);
    pthread_mutex_lock(&im_rt.thread_lock);
    if (e->first) {
        *e->last = orphans;
        im_store_relaxed(&orphans, e->first);
        for (Thread *o = im_rt.x_threads; o; o = o->next)
            if (o != t) im_poll_request(o, IM_POLL_EPOCH);
    }
    pthread_mutex_unlock(&im_rt.thread_lock);
    free(e->spare);
    free(e);
    t->retired = NULL;
}

/* What lost threads had retired nobody looks at any more, but their lists may have been cut in mid-change: leaked. */
void im_epoch_after_fork(Thread *t) { im_epoch_reclaim(t, true); }
