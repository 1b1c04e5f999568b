/* GMP's long computations with a way out: memory that ends is MemoryError, not the end of the process, and a signal's handler need not wait.
 * SPDX-License-Identifier: MIT
 *
 * GMP knows no errors: its allocator must succeed or not return. While a computation runs under im_gmp_run, every block that GMP takes is in the run's list,
 * and the allocator leaves with longjmp when there is no memory or a signal waits; the list is then freed, and with it all that the computation had. It asks for
 * memory at each level of its divide and conquer, so that it is asked often enough. Outside of a run blocks are small: a reserve in the program serves the
 * last few. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "mem/alloc.h"
#include "types/int_impl.h"

typedef struct Block {
    struct Block *next, *prev; /* the run's list; null outside of one */
    size_t size;
    size_t from_reserve;
} Block;

typedef struct Run {
    jmp_buf out;
    Block head;
    Thread *t;
    bool deaf;       /* signals may wait: the computation has been started over often enough */
    bool no_memory;
} Run;

static _Thread_local Run *run;
static char reserve[1 << 20] __attribute__((aligned(16)));
static size_t x_reserve_used;

static void link_block(Block *b)
{
    b->next = b->prev = NULL;
    if (!run) return;
    b->next = run->head.next;
    b->prev = &run->head;
    b->next->prev = b;
    run->head.next = b;
}
static void unlink_block(Block *b)
{
    if (!b->next) return;
    b->next->prev = b->prev;
    b->prev->next = b->next;
}
static Block *no_room(size_t size)
{
    if (run) {
        run->no_memory = true;
        longjmp(run->out, 1);
    }
    size_t at = im_faa_relaxed(&x_reserve_used, (size + 15) & ~(size_t)15);
    if (at + size > sizeof reserve) im_fatal("out of memory in integer arithmetic");
    Block *b = (Block *)(reserve + at);
    b->from_reserve = 1;
    return b;
}
static void *gmp_alloc(size_t n)
{
    if (run && !run->deaf && (im_load_relaxed(&run->t->x_poll) & (IM_POLL_SIGNAL | IM_POLL_ASYNC_EXC))) longjmp(run->out, 1);
    Block *b = im_oom_now() ? NULL : malloc(sizeof *b + n);
    if (b) b->from_reserve = 0;
    else b = no_room(sizeof *b + n);
    b->size = n;
    link_block(b);
    return b + 1;
}
static void gmp_free(void *p, size_t n)
{
    (void)n;
    Block *b = (Block *)p - 1;
    unlink_block(b);
    if (!b->from_reserve) free(b);
}
static void *gmp_realloc(void *p, size_t old, size_t n)
{
    void *q = gmp_alloc(n);
    memcpy(q, p, old < n ? old : n);
    gmp_free(p, old);
    return q;
}

void im_gmp_init(void) { mp_set_memory_functions(gmp_alloc, gmp_realloc, gmp_free); }

int im_gmp_run(Thread *t, void (*compute)(void *), void *arg)
{
    for (volatile int tries = 0;; tries++) {
        Run r = {.t = t, .deaf = tries >= 3};
        r.head.next = r.head.prev = &r.head;
        volatile bool done = false;
        im_thread_detach(t);
        run = &r;
        if (_setjmp(r.out) == 0) {
            compute(arg);
            run = NULL;
            for (Block *b = r.head.next, *next; b != &r.head; b = next) { /* the results live on */
                next = b->next;
                b->next = b->prev = NULL;
            }
            done = true;
        } else {
            run = NULL;
            for (Block *b = r.head.next, *next; b != &r.head; b = next) {
                next = b->next;
                free(b);
            }
        }
        im_thread_attach(t);
        if (done) return 0;
        if (r.no_memory) return im_raise_memory(t), -1;
        if (im_poll(t) < 0) return -1;
    }
}
