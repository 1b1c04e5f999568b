/* Model of epochs: a writer takes an object out of a slot and retires it; readers attach, read the slot, use what they found until their next safepoint, detach. The memory is used again
 * as soon as the rule allows. Mutations must be caught: attaching by a plain store, a goal that is not an advanced epoch, advancing without a locked operation.
 * SPDX-License-Identifier: MIT */
#include "explore.h"

enum { G, SLOT, SEQ0, SEQ1 };       /* memory: epoch (from 1), slot, each reader's epoch (0: detached) */
enum { UNLINKED, GOAL, FREED };     /* ghosts */
enum { NONE, PLAIN_ATTACH, GOAL_IS_NOW, PLAIN_ADVANCE };
static const char *const names[] = {"protocol", "attach by a plain store", "goal is the present epoch", "epoch advanced by load and store"};
static int mutation, nreaders;

/* Thread 0 writes; 1.. read. Readers: attach, read, safepoint, read, detach. */
enum { A_LOAD, A_SEQ, A_CHECK, READ1, USE1, SAFE_LOAD, SAFE_STORE, READ2, USE2, DETACH, READER_DONE };
enum { W_UNLINK, W_GOAL, W_GOAL2, W_LOOK0, W_LOOK1, W_FREE, WRITER_DONE };

static void use(State *s, int i)
{
    if (s->t[i].h && s->ghost[FREED]) fault("a reader uses memory that was given back");
}
static bool reader(State *s, int i)
{
    ThreadState *t = &s->t[i];
    int seq = SEQ0 + i - 1;
    switch (t->pc) {
    case A_LOAD: t->x = ld(s, i, G); t->pc = A_SEQ; return true;
    case A_SEQ:
        if (mutation == PLAIN_ATTACH) { st(s, i, seq, t->x); t->pc = A_CHECK; return true; }
        if (!locked(s, i)) return false;
        s->mem[seq] = t->x;
        t->pc = A_CHECK;
        return true;
    case A_CHECK:
        t->y = ld(s, i, G);
        if (t->y != t->x) { t->x = t->y; t->pc = A_SEQ; }
        else t->pc = READ1;
        t->y = 0;
        return true;
    case READ1:
    case READ2: t->h = ld(s, i, SLOT); t->pc++; return true;
    case USE1:
    case USE2: use(s, i); t->pc++; return true;
    case SAFE_LOAD: t->h = 0; t->x = ld(s, i, G); t->pc = SAFE_STORE; return true;
    case SAFE_STORE: st(s, i, seq, t->x); t->pc = READ2; return true;
    default: t->h = 0; st(s, i, seq, 0); t->pc = READER_DONE; return true;
    }
}
static bool writer(State *s)
{
    ThreadState *t = &s->t[0];
    switch (t->pc) {
    case W_UNLINK: st(s, 0, SLOT, 0); t->pc = W_GOAL; return true;
    case W_GOAL:
        if (mutation == GOAL_IS_NOW) { t->x = ld(s, 0, G); t->pc = W_LOOK0; return true; }
        if (mutation == PLAIN_ADVANCE) { t->x = (uint8_t)(ld(s, 0, G) + 1); t->pc = W_GOAL2; return true; }
        if (!locked(s, 0)) return false;
        t->x = ++s->mem[G];
        t->pc = W_LOOK0;
        return true;
    case W_GOAL2: st(s, 0, G, t->x); t->pc = W_LOOK0; return true;
    case W_LOOK0:
    case W_LOOK1: {
        int k = t->pc - W_LOOK0;
        if (k < nreaders) {
            uint8_t seq = ld(s, 0, SEQ0 + k);
            if (seq && seq < t->x) return false; /* looks again later; nothing has changed until then */
        }
        t->pc++;
        return true;
    }
    default: s->ghost[FREED] = 1; t->pc = WRITER_DONE; return true;
    }
}
static bool step(State *s, int i) { return i == 0 ? writer(s) : reader(s, i); }
static bool finished(const State *s, int i) { return s->t[i].pc == (i == 0 ? (int)WRITER_DONE : (int)READER_DONE); }

static long run(void)
{
    State s = {0};
    s.mem[G] = 1;
    s.mem[SLOT] = 1;
    Model m = {1 + nreaders, step, finished, NULL, NULL};
    return explore(&m, &s);
}

int main(void)
{
    long states = 0;
    for (mutation = 1; mutation <= PLAIN_ADVANCE; mutation++) {
        bool caught = false;
        for (nreaders = 1; nreaders <= 2 && !caught; nreaders++) caught = run() < 0;
        if (!caught) { printf("epochs: mutation '%s' is NOT caught\n", names[mutation]); return 1; }
        printf("    %s: %s\n", names[mutation], model_what);
    }
    mutation = NONE;
    for (nreaders = 1; nreaders <= 2; nreaders++) {
        long k = run();
        if (k < 0) { printf("%s\nepochs: FAULT\n", model_what); return 1; }
        states += k;
    }
    printf("epochs: %ld states, no fault; %d mutations caught\n", states, (int)PLAIN_ADVANCE);
    return 0;
}
