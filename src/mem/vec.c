/* Value vectors and registered roots.
 * SPDX-License-Identifier: MIT */
#include "mem/vec.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mem/mem_impl.h"
#include "mem/store.h"

void im_vec_init(Thread *t, ImValueVec *v)
{
    v->len = 0;
    v->cap = IM_VEC_INLINE;
    v->items = v->small;
    v->prev = NULL;
    v->next = t->vecs;
    if (v->next) v->next->prev = v;
    t->vecs = v;
}

int im_vec_reserve(Thread *t, ImValueVec *v, size_t cap)
{
    if (cap <= v->cap) return 0;
    size_t bytes;
    if (__builtin_mul_overflow(cap, sizeof(Value), &bytes)) bytes = SIZE_MAX;
    Value *p = im_raw_alloc(t, bytes);
    if (!p) return -1;
    memcpy(p, v->items, v->len * sizeof(Value));
    if (v->items != v->small) im_raw_free(v->items);
    v->items = p;
    v->cap = cap;
    return 0;
}

int im_vec_push(Thread *t, ImValueVec *v, Value x)
{
    if (IM_UNLIKELY(v->len == v->cap) && im_vec_reserve(t, v, v->cap * 2) < 0) {
        im_xdrop(t, x);
        return -1;
    }
    v->items[v->len++] = x;
    return 0;
}

void im_vec_fini(Thread *t, ImValueVec *v)
{
    /* Still registered: a destructor may collect. */
    while (v->len) im_xdrop(t, v->items[--v->len]);
    if (v->prev) v->prev->next = v->next;
    else t->vecs = v->next;
    if (v->next) v->next->prev = v->prev;
    if (v->items != v->small) im_raw_free(v->items);
}

/* --- roots ---------------------------------------------------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Value **roots;
static size_t nroots, roots_cap;

void im_root_add(Value *location)
{
    Thread *t = im_thread_current();
    if (t && t->attached) im_publish(t, *location); /* whoever sets it, others may read it */
    pthread_mutex_lock(&lock);
    if (nroots == roots_cap) {
        roots_cap = roots_cap ? roots_cap * 2 : 64;
        roots = realloc(roots, roots_cap * sizeof *roots);
        if (!roots) im_fatal("out of memory at start-up");
    }
    roots[nroots++] = location;
    pthread_mutex_unlock(&lock);
}

void im_roots_each(ImVisit visit, void *arg)
{
    for (size_t i = 0; i < nroots; i++)
        if (im_is_object(*roots[i])) (void)visit(*roots[i], arg);
}
