/* Between the files of mem/: heaps, pages, lists, per-thread state.
 * SPDX-License-Identifier: MIT
 *
 * One arena of reserved address space holds all objects. It is cut into slices of 64 KiB; a page is a run of slices with blocks of one size. The page
 * table has one entry per slice, so that any address finds its page. Free blocks are linked through their first word and have count word 0.
 *
 * A page belongs to one heap for as long as it is a page, and a heap to at most one thread at a time; heaps without a thread wait in a pool and are never
 * destroyed. Another thread that frees a block pushes it on the page's x_foreign; whoever makes that list non-empty pushes the page on its
 * heap's x_returned. The owner empties x_returned, then each page's x_foreign: a page is on x_returned at most once. */
#ifndef IM_MEM_MEM_IMPL_H
#define IM_MEM_MEM_IMPL_H

#include "mem/alloc.h"
#include "mem/count.h"
#include "mem/gc.h"
#include "mem/store.h"
#include "mem/vec.h"
#include "mem/visit.h"

typedef struct ImPage ImPage;
typedef struct ImHeap ImHeap;

enum {
    IM_SLICE_SHIFT = 16,
    IM_SLICE_BYTES = 1 << IM_SLICE_SHIFT,
    IM_SMALL_MAX = 1024,     /* up to here one class per 16 bytes */
    IM_SMALL_CLASSES = IM_SMALL_MAX / 16 + 1,
    IM_BLOCK_MAX = 32768,    /* above, an object has pages of its own */
    IM_CLASSES = IM_SMALL_CLASSES + 20, /* five doublings in four steps */
};

/* What blocks hold: objects, objects that begin with links, or raw memory, where no collector looks. */
enum { IM_PLAIN, IM_TRACKED, IM_RAW, IM_KINDS };

struct ImPage {
    /* owner's, hot */
    void *free;          /* free blocks */
    uint32_t used;       /* blocks given out, not yet back on `free` */
    uint32_t slow_at;    /* a free that leaves used <= slow_at has more to do: 0, or all ones while the page is full */
    ImHeap *heap;        /* constant while the page lives */
    uint32_t block_size; /* bytes, links included */
    uint32_t cap;        /* blocks */
    uint32_t first;      /* the block that is given out first; they follow in turn, the one after the last is block 0 */
    uint32_t bump;       /* so many, from that one on, have been given out once */
    uint32_t head_delta; /* slices back to the page's first one */
    uint32_t slices;     /* 0: not a page */
    uint8_t tracked;     /* IM_PLAIN, IM_TRACKED, IM_RAW */
    uint8_t cls;
    bool full;
    bool current;        /* heap->cur */
    uint64_t recip;      /* ceil(2^40 / block_size) */
    ImPage *next, *prev; /* heap's list of pages with room, this class */
    uint32_t *scratch;   /* one word per block during a world collection */
    /* other threads' */
    void *x_foreign __attribute__((aligned(64))); /* blocks freed by other threads; CAS push, owner takes all */
    ImPage *x_returned_next;
};

typedef struct ImGeneration {
    ImLinks head;        /* circular list */
    int64_t count;       /* youngest: tracked minus untracked since its last collection; others: collections of the one below */
} ImGeneration;

struct ImHeap {
    ImPage *cur[IM_KINDS][IM_CLASSES];   /* page to allocate from; a static empty page where there is none */
    ImPage *avail[IM_KINDS][IM_CLASSES]; /* other pages with room */
    ImGeneration gens[3];
    int64_t young_limit;          /* the youngest generation's threshold */
    ImLinks frozen;               /* gc.freeze() */
    int64_t frozen_count;
    int64_t long_lived_total, long_lived_pending; /* as CPython's full-collection rule */
    ImPage *empty[16];            /* single-slice pages kept for reuse */
    uint32_t nempty;
    ImPage *x_returned;           /* pages with blocks that came back from other threads */
    ImHeap *next_all;             /* all heaps; never unlinked */
    ImHeap *next_pool;            /* heaps without a thread */
    bool has_thread;
    bool collecting;              /* a collection is in progress: none starts inside it */
};

/* Per-thread state of mem/ (t->mem). */
enum { IM_HOT_MAX = 16 };
typedef struct ImHot { ImObject *o; int64_t since, ripe_ns; uint32_t rounds; } ImHot;
typedef struct ImMem {
    ImObject **trash_untracked; /* objects without links that wait for destruction */
    size_t ntrash, trash_cap;
    int64_t shared_net;         /* shared tracked objects made minus destroyed, not yet in the global sum */
    int64_t unc_bytes;          /* of objects that became uncounted, not yet in the global sum */
    int64_t hot_bytes;          /* a guess at what references to hot uncounted objects were dropped, likewise */
    uint32_t contended;         /* failed exchanges on count words */
    ImHot hot[IM_HOT_MAX];      /* candidates for becoming uncounted; no references (hot.c) */
    uint32_t nhot;
} ImMem;
IM_INLINE ImMem *im_mem(Thread *t) { return t->mem; }

IM_INLINE ImTypeCore *im_core_of(const ImObject *o) { return im_load_relaxed((ImTypeCore **)im_load_relaxed(&o->x_shape)); }

/* A class changes while others use it: its flags and its finalizer are read once, together where it matters. */
IM_INLINE uint32_t im_core_flags(const ImTypeCore *ty) { return im_load_relaxed(&ty->x_flags); }
typedef void (*ImFinalizer)(Thread *t, ImObject *o);
IM_INLINE ImFinalizer im_core_finalizer(const ImTypeCore *ty) { return im_core_flags(ty) & IM_TF_FINALIZER ? im_load_acquire(&ty->finalize) : NULL; }

/* --- heap.c (or nopool.c) ------------------------------------------------------------------------------------------------- */
#define IM_ASK_FIRST ((size_t)1 << 30) /* requests from this size on are first tried on the system */
extern char *im_arena;
extern uint64_t im_arena_slices;
extern ImPage *im_pages;
extern ImHeap *im_heaps; /* all, by next_all; im_heaps_lock */

IM_INLINE ImPage *im_page_of(const void *block)
{
    ImPage *p = &im_pages[(uint64_t)((const char *)block - im_arena) >> IM_SLICE_SHIFT];
    const uint32_t delta = p->head_delta;
    if (IM_UNLIKELY(delta)) p -= delta; /* a branch, so that what follows need not wait for it */
    return p;
}
IM_INLINE char *im_page_start(const ImPage *p) { return im_arena + ((uint64_t)(p - im_pages) << IM_SLICE_SHIFT); }
/* Blocks by the order in which they are first given out. */
IM_INLINE char *im_page_block(const ImPage *p, uint32_t i)
{
    const uint32_t at = p->first + i;
    return im_page_start(p) + (uint64_t)(at < p->cap ? at : at - p->cap) * p->block_size;
}
/* That of the block around an address; cap or more where none is. */
IM_INLINE uint32_t im_page_index(const ImPage *p, const void *address)
{
    const uint64_t offset = (uint64_t)((const char *)address - im_page_start(p));
    const uint32_t at = p->cls == IM_CLASSES ? 0 : (uint32_t)((offset * p->recip) >> 40);
    return at < p->first ? at + p->cap - p->first : at < p->cap ? at - p->first : at;
}

void *im_block_alloc_slow(Thread *t, size_t total, unsigned kind); /* null: out of memory, nothing raised */
void im_block_free_slow(Thread *t, ImPage *p, void *block, bool foreign);
size_t im_block_size(void *block);
#if IM_NO_POOL
void im_block_free(Thread *t, void *block);
#else
IM_INLINE void im_block_free(Thread *t, void *block)
{
    ImPage *p = im_page_of(block);
    if (IM_UNLIKELY(p->heap != t->heap)) { im_block_free_slow(t, p, block, true); return; } /* or a page that one object fills */
    *(void **)block = p->free;
    p->free = block;
    if (IM_UNLIKELY(--p->used <= p->slow_at)) im_block_free_slow(t, p, block, false);
}
#endif
/* Gives the block back at once. The store is a relaxed atomic one: a thread with a stale address may still look at the word (never at memory that was retired). */
IM_INLINE void im_object_free_fast(Thread *t, ImObject *o, uint32_t type_flags)
{
    IM_ASSERT2(!(o->x_flags & IM_OF_TRACKED));
    im_store_relaxed(&o->x_count, 0);
    im_block_free(t, (char *)o - ((type_flags & IM_TF_GC) << 4));
}
void im_heap_drain(ImHeap *h);
int im_heap_thread_init(Thread *t);
void im_heap_thread_fini(Thread *t);
/* World stopped (or nobody else alive): fn for every block whose count word is not 0. */
void im_heap_each(void (*fn)(ImObject *o, void *arg), void *arg);
/* As im_heap_each, several threads at a time; fn must bear that. */
void im_heap_each_parallel(void (*fn)(ImObject *o, void *arg), void *arg);
/* The object whose block holds this address, or null. World stopped, between scratch_begin and _end in NO_POOL builds. */
ImObject *im_heap_find(const void *address);
/* One 32-bit word per block, zero at first. -1: out of memory. World stopped. */
IM_MUST_USE int im_heap_scratch_begin(void);
/* Null for objects outside the heap (static ones). */
#if IM_NO_POOL
uint32_t *im_heap_scratch(ImObject *o);
#else
IM_INLINE uint32_t *im_heap_scratch(ImObject *o)
{
    if ((uint64_t)((char *)o - im_arena) >> IM_SLICE_SHIFT >= im_arena_slices) return NULL; /* below it too */
    const ImPage *p = im_page_of(o);
    return p->scratch + im_page_index(p, o);
}
#endif
/* fn for every object whose scratch word, at s, is not 0; others are not looked at. */
void im_heap_each_noted(void (*fn)(ImObject *o, uint32_t *s, void *arg), void *arg);
void im_heap_scratch_end(void);
void im_heap_before_fork(void);
void im_heap_after_fork_parent(void);
void im_heap_after_fork_child(Thread *t);
/* GC lists of every heap that exists; world stopped. */
ImHeap *im_heap_first(void);

/* --- lists ------------------------------------------------------------------------------------------------------------------ */
IM_INLINE ImLinks *im_l(uintptr_t p) { return (ImLinks *)p; }
IM_INLINE void im_list_init(ImLinks *head) { head->next = head->prev = (uintptr_t)head; }
IM_INLINE bool im_list_empty(const ImLinks *head) { return head->next == (uintptr_t)head; }
IM_INLINE void im_list_link(ImLinks *head, ImLinks *l)
{
    l->next = (uintptr_t)head;
    l->prev = head->prev;
    im_l(l->prev)->next = (uintptr_t)l;
    head->prev = (uintptr_t)l;
}
IM_INLINE void im_list_unlink(ImLinks *l)
{
    im_l(l->prev)->next = l->next;
    im_l(l->next)->prev = l->prev;
}
IM_INLINE void im_list_splice(ImLinks *from, ImLinks *to)
{
    if (im_list_empty(from)) return;
    im_l(from->next)->prev = to->prev;
    im_l(to->prev)->next = from->next;
    im_l(from->prev)->next = (uintptr_t)to;
    to->prev = from->prev;
    im_list_init(from);
}
/* Takes a private object off its list; plain: only its owner calls this. */
IM_INLINE void im_track_off(ImObject *o)
{
    im_list_unlink(im_links(o));
    o->x_flags = (uint16_t)(o->x_flags & ~(IM_OF_TRACKED | IM_OF_FROZEN | IM_OF_MARK));
}

/* --- between count.c, publish.c and the collectors --------------------------------------------------------------------------- */
uint32_t im_published_word(const ImObject *o, uint32_t type_flags, uint32_t count); /* count word of a private object when it becomes shared */
void im_publish_account(Thread *t, ImObject *o, uint32_t type_flags, uint32_t word);
void im_publish_all(Thread *t);
void im_roots_each(ImVisit visit, void *arg);            /* registered locations */
void im_destroy_body(Thread *t, ImObject *o);            /* the type's destroy, memory stays */
void im_unc_retire(Thread *t, ImObject *o, bool tracked);

/* gc.c */
void im_gc_trigger(Thread *t);        /* the youngest generation is over its threshold */
int im_gc_init_thread(Thread *t);
void im_account_flush(Thread *t);
/* Bytes that an uncounted object keeps from being used again; without links, with a guess at what it has outside. */
IM_INLINE int64_t im_unc_size(ImObject *o) { return im_core_of(o)->item_size ? (int64_t)im_object_capacity(o) : (int64_t)im_core_of(o)->size + 256; }
/* gc_private.c: number of unreachable objects found */
int64_t im_gc_private(Thread *t, int generation);
/* gc_world.c: stops the world. Shared garbage; with IM_GC_PRIVATE that of every heap too, with IM_GC_UNC uncounted objects too. */
enum { IM_GC_PRIVATE = 1, IM_GC_UNC = 2, IM_GC_EXIT = 4 /* roots that were registered, and static data, hold nothing */ };
/* what: IM_GC_ bits, what to look for; out: what was looked for. Returns all that was found; *late: how many of them were in no cycle nor held by one, uncounted
 * objects and what hung on them, of which programs are not told. */
int64_t im_gc_world(Thread *t, int *what, int64_t *late);
void im_gc_after_fork(Thread *t); /* in the child */
typedef struct ImWorldSizes { int64_t shared, unc_bytes, private; } ImWorldSizes; /* live at the end of the last world collection */
extern ImWorldSizes im_world_sizes;
void im_gc_pause(int64_t ns);
/* hot.c */
void im_note_contention(Thread *t, ImObject *o);
void im_note_hot_drop(Thread *t, ImObject *o);
void im_hot_round(void);              /* world stopped: looks at every thread's candidates */
void im_hot_round_due(Thread *t);     /* at a safepoint: stops the world for it, if a thread has asked */
int im_gc_safepoint(Thread *t, bool world);

#endif
