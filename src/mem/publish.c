/* Publishing: making everything reachable from an object shared.
 * SPDX-License-Identifier: MIT
 *
 * The work list runs through the GC links of the objects on it, so that it needs no memory. An object's word is set before it is traced; it leaves its
 * owner's list at the same moment. Objects without links that have edges all the same (to a class; weak references) wait in a small array.
 * The stores are relaxed: nobody else can see the objects until the caller's release store of the reference (ownership protocol, 1.1). */
#include <stdlib.h>

#include "mem/fast.h"
#include "mem/mem_impl.h"

#define SATURATE (1u << 28)

typedef struct Work {
    Thread *t;
    ImObject *stack;      /* linked through links->next */
    ImObject **plain;     /* objects without links that have edges */
    size_t nplain, cap;
    ImObject *few[32];
} Work;

void (*im_settle_hook)(ImObject *o);
IM_INLINE void settle(ImObject *o, uint32_t type_flags)
{
    if (IM_UNLIKELY(o->x_flags & IM_OF_UNSETTLED) && (type_flags & IM_TF_INT)) im_settle_hook(o);
}

uint32_t im_published_word(const ImObject *o, uint32_t type_flags, uint32_t count)
{
    if ((type_flags & IM_TF_UNC) || (o->x_flags & IM_OF_UNC) || count >= SATURATE) return IM_COUNT_UNC;
    return IM_COUNT_SHARED | (o->x_flags & IM_OF_FINALIZED ? IM_COUNT_FIN : 0) | count;
}

void im_publish_account(Thread *t, ImObject *o, uint32_t type_flags, uint32_t word)
{
    ImMem *m = im_mem(t);
    if (word == IM_COUNT_UNC) m->unc_bytes += im_unc_size(o);
    else if (type_flags & IM_TF_GC) m->shared_net++;
    if (IM_UNLIKELY(m->shared_net >= 256 || m->unc_bytes >= 65536)) im_account_flush(t);
}

static void push(Work *w, ImObject *o)
{
    ImTypeCore *ty = im_core_of(o);
    uint32_t fl = im_core_flags(ty), word = im_published_word(o, fl, im_load_relaxed(&o->x_count));
    if (o->x_flags & IM_OF_TRACKED) {
        ImGeneration *g = &w->t->heap->gens[0];
        g->count -= g->count > 0; /* as if it had died: private collections have nothing to do with it any more */
        im_track_off(o);
    }
    settle(o, fl);
    im_store_relaxed(&o->x_count, word);
    im_publish_account(w->t, o, fl, word);
    if (fl & IM_TF_GC) {
        im_links(o)->next = (uintptr_t)w->stack;
        w->stack = o;
        return;
    }
    if (!ty->traverse && !(fl & IM_TF_HEAP) && !(o->x_flags & IM_OF_WEAKREF)) return;
    if (w->nplain == w->cap) {
        size_t cap = w->cap * 2;
        ImObject **p = w->plain == w->few ? malloc(cap * sizeof *p) : realloc(w->plain, cap * sizeof *p);
        if (!p) im_fatal("out of memory while objects were being shared");
        if (w->plain == w->few) for (size_t i = 0; i < w->nplain; i++) p[i] = w->few[i];
        w->plain = p;
        w->cap = cap;
    }
    w->plain[w->nplain++] = o;
}

static int visit(Value v, void *arg)
{
    if (im_is_object(v) && im_is_private_obj(im_ptr(v))) push(arg, im_ptr(v));
    return 0;
}

void im_publish_slow(Thread *t, Value v)
{
    if (im_rt.gil || !im_rt.x_threads_started) return; /* everything is private to the GIL, or to the only thread */
    Work w = {.t = t, .plain = w.few, .cap = IM_COUNTOF(w.few)};
    push(&w, im_ptr(v));
    for (;;) {
        ImObject *o;
        if (w.stack) {
            o = w.stack;
            w.stack = (ImObject *)im_links(o)->next;
        } else if (w.nplain) {
            o = w.plain[--w.nplain];
        } else {
            break;
        }
        (void)im_visit_all(o, visit, &w);
        /* Weak edges count both ways: whoever drops the referent last runs the callbacks, whoever has the reference may ask for the referent. */
        if (im_has_flag(o, IM_OF_WEAKREF) && im_weak_traverse_hook) im_weak_traverse_hook(o, visit, &w);
    }
    if (w.plain != w.few) free(w.plain);
}

/* --- the first thread ever ------------------------------------------------------------------------------------------------- */

static void publish_one(ImObject *o, void *arg)
{
    (void)arg;
    if ((int32_t)o->x_count < 0) return;
    settle(o, im_core_flags(im_core_of(o)));
    o->x_count = im_published_word(o, im_core_flags(im_core_of(o)), o->x_count);
    o->x_flags = (uint16_t)(o->x_flags & ~IM_OF_TRACKED);
    if (im_core_flags(im_core_of(o)) & IM_TF_TYPE) im_store_relaxed(&o->x_gc, (uint8_t)(o->x_gc | IM_OG_SETTLED));
}

void im_publish_all(Thread *t)
{
    (void)t;
    im_heap_each_parallel(publish_one, NULL);
    for (ImHeap *h = im_heap_first(); h; h = h->next_all) {
        for (int g = 0; g < 3; g++) {
            im_list_init(&h->gens[g].head);
            h->gens[g].count = 0;
        }
        im_list_init(&h->frozen);
        h->long_lived_total = h->long_lived_pending = 0;
    }
}
