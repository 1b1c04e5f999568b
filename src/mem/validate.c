/* Level 3: invariant I1 over the whole heap, at each world stop.
 * SPDX-License-Identifier: MIT
 *
 * Looks at the raw words of every shared object, not through its type's traverse function: a forgotten edge is what is to be found. The words of an object that are
 * no references may look like addresses by chance of a stale pointer; only words within the type's declared size count, and only the exact address of a private object.
 *
 * What a running generator handles belongs to the thread that runs it, as its registers do, although the word lies in the object: it is in that thread's chain, and is
 * published when the generator suspends. */
#include "mem/gc.h"

#include <stdio.h>

#include "mem/mem_impl.h"

#if IM_ASSERT_LEVEL >= 3

typedef struct Fault { ImObject *from, *to; size_t offset; int n; } Fault;

static bool handled_by_a_thread(const void *word)
{
    for (Thread *t = im_rt.x_threads; t; t = t->next)
        for (ImExcInfo *e = t->exc_info; e; e = e->prev)
            if (word == &e->handled) return true;
    return false;
}

__attribute__((no_sanitize("address"))) static void check_one(ImObject *o, void *arg)
{
    Fault *f = arg;
    uint32_t w = o->x_count;
    if ((int32_t)w > 0 || (w != IM_COUNT_UNC && (w & IM_COUNT_MASK) == 0)) return;
    size_t bytes = im_core_of(o)->size, room = im_object_capacity(o); /* less where a change of class has kept the object's layout */
    size_t n = (bytes < room ? bytes : room) / sizeof(uintptr_t);
    for (size_t i = sizeof(ImObject) / sizeof(uintptr_t); i < n; i++) {
        uintptr_t x = ((uintptr_t *)o)[i];
        if ((x & 7) || x < 4096) continue;
        ImObject *to = im_heap_find((void *)x);
        if (to != (ImObject *)x || (int32_t)to->x_count < 0) continue;
        if (handled_by_a_thread((uintptr_t *)o + i)) continue;
        if (f->n++ == 0) *f = (Fault){o, to, i * sizeof(uintptr_t), 1};
    }
}

void im_heap_validate(Thread *t)
{
    if (im_rt.gil || !im_rt.x_threads_started) return; /* nothing is shared */
    IM_ASSERT(im_world_stopped_by(t));
    if (im_heap_scratch_begin() < 0) return;
    Fault f = {0};
    im_heap_each(check_one, &f);
    im_heap_scratch_end();
    if (f.n)
        im_fatal("invariant I1: shared object %p (type %p, word at offset %zu) refers to private object %p (type %p); %d such words", (void *)f.from,
                 (void *)im_core_of(f.from), f.offset, (void *)f.to, (void *)im_core_of(f.to), f.n);
}

#else

void im_heap_validate(Thread *t) { (void)t; }

#endif
