/* Model of the count protocol: one shared object, one slot of a shared container that holds it, one weak reference to it. Threads read the slot without its lock, upgrade
 * the weak reference, clear the slot, drop references; the object has no finalizer, one, or one that puts the object back into the slot. Memory is used again at any moment that epochs allow.
 * Checked: destroyed once, never while referenced; __del__ once and before that, never while another holds the object; no read gives an object whose __del__ has begun and that was not put
 * back; weak reference valid inside __del__; no touch of reused memory; no leak. Mutations of the protocol must be caught.
 * SPDX-License-Identifier: MIT */
#include "explore.h"

enum { W, SLOT, WEAK, LOCK };                          /* memory; W: count in the low three bits, FIN = 8 */
enum { DEAD, FREED, BEGUN, AGAIN, RETIRED };           /* ghosts */
enum { FIN = 8, N = 7 };
enum { NO_FIN, RUN, KEEP };
enum { NONE, NO_ZERO_TEST, BLIND_ADD, NO_RECHECK, OLD_ORDER, FIN_APART, DROP_FIRST, EARLY_RETIRE, BLIND_SUB, MUTATIONS };
static const char *const names[] = {"protocol", "no zero test", "blind add", "no re-check", "weak references first", "claim outside the word", "drop before unlink", "retire before the unlink shows", "subtraction before the claim"};

static int mutation, finalizer, weak, by_exchange;
static const char *script[THREADS];

/* Places. Every place does at most one memory operation. */
enum {
    NEXT = 0,
    T_LOAD, T_WORD, T_CAS, T_CHECK, T_AFTER, T_LOCK, T_LOCKED, T_TAKE, T_UNLOCK, T_UNLOCK_EMPTY,
    C_LOCK, C_LOAD, C_STORE, C_UNLOCK, C_FENCE, C_UNLOCK_EMPTY, C_XCHG, C_EARLY, C_EARLY_UNLOCK,
    D_BEGIN, D_WORD, D_CLAIM, D_SUB_CAS, D_SUB, D_CLAIM_APART, D_OLD_WEAK, D_OLD_BACK, D_WEAK, D_FENCE, D_RETIRE,
    R_WEAK, R_LOCK, R_LOAD, R_COUNT, R_STORE, R_UNLOCK, R_DONE,
};
/* After a drop: back to `y`'s place (0: the operation is over). y also remembers whether a read is by weak reference (bit 7). */
#define BY_WEAK 0x80

static void end_of_op(State *s, int i)
{
    s->t[i].pc = NEXT;
    s->t[i].x = s->t[i].y = 0;
    s->t[i].h = 0; /* safepoint */
    s->t[i].op++;
}
static void touch(const State *s) { if (s->ghost[FREED]) fault("touches reused memory"); }
static int refs(const State *s)
{
    int n = 0;
    for (int k = 0; k < THREADS; k++) n += s->t[k].r;
    return n;
}
static void begin_del(State *s)
{
    if (s->ghost[BEGUN]) fault("__del__ runs twice");
    if (refs(s) + s->mem[SLOT]) fault("__del__ begins while another reference is held");
    s->ghost[BEGUN] = 1;
}
static void got(State *s, int i)
{
    if (s->ghost[DEAD]) fault("reference to a destroyed object");
    if (!(s->t[i].y & BY_WEAK) && mutation == NO_RECHECK && s->ghost[BEGUN] && !s->ghost[AGAIN]) fault("a read gives an object whose __del__ has begun");
    s->t[i].r++;
}
static void kill(State *s)
{
    if (s->ghost[DEAD]) fault("destroyed twice");
    if (s->mem[SLOT] || refs(s)) fault("destroyed while referenced");
    if (finalizer != NO_FIN && !s->ghost[BEGUN]) fault("destroyed without __del__");
    s->ghost[DEAD] = 1;
}
static void drop(State *s, int i) { s->t[i].pc = D_BEGIN; }

static bool step_take(State *s, int i)
{
    ThreadState *t = &s->t[i];
    switch (t->pc) {
    case T_LOAD:
        t->h = 1;
        if (!ld(s, i, t->y & BY_WEAK ? WEAK : SLOT)) end_of_op(s, i);
        else t->pc = T_WORD;
        return true;
    case T_WORD:
        touch(s);
        t->x = ld(s, i, W);
        if ((t->x & N) == 0 && mutation != NO_ZERO_TEST) {
            if (t->y & BY_WEAK) end_of_op(s, i);
            else t->pc = T_LOCK;
        } else {
            t->pc = T_CAS;
        }
        return true;
    case T_CAS:
        if (!locked(s, i)) return false;
        touch(s);
        if (mutation == BLIND_ADD || s->mem[W] == t->x) {
            s->mem[W]++;
            got(s, i);
            t->pc = t->y & BY_WEAK || mutation == NO_RECHECK || mutation == OLD_ORDER ? T_AFTER : T_CHECK;
        } else {
            t->pc = T_WORD;
        }
        t->x = 0;
        return true;
    case T_CHECK:
        if (ld(s, i, SLOT)) {
            if (s->ghost[BEGUN] && !s->ghost[AGAIN]) fault("a read gives an object whose __del__ has begun");
            t->pc = T_AFTER;
        } else {
            drop(s, i); /* and once more; an empty slot ends it */
        }
        return true;
    case T_AFTER:
        if (mutation == OLD_ORDER && !(t->y & BY_WEAK) && s->ghost[BEGUN] && !s->ghost[AGAIN]) fault("a read gives an object whose __del__ has begun");
        drop(s, i);
        return true;
    case T_LOCK:
        if (!locked(s, i) || s->mem[LOCK]) return false;
        s->mem[LOCK] = 1;
        t->pc = T_LOCKED;
        return true;
    case T_LOCKED: t->pc = ld(s, i, SLOT) ? T_TAKE : T_UNLOCK_EMPTY; return true;
    case T_TAKE: /* the slot's own reference holds it */
        if (!locked(s, i)) return false;
        s->mem[W]++;
        t->r++;
        t->pc = T_UNLOCK;
        return true;
    case T_UNLOCK: st(s, i, LOCK, 0); drop(s, i); return true;
    default: st(s, i, LOCK, 0); end_of_op(s, i); return true;
    }
}

static bool step_clear(State *s, int i)
{
    ThreadState *t = &s->t[i];
    switch (t->pc) {
    case C_XCHG:
        if (!locked(s, i)) return false;
        if (s->mem[SLOT]) { s->mem[SLOT] = 0; t->r++; drop(s, i); }
        else end_of_op(s, i);
        return true;
    case C_LOCK:
        if (!locked(s, i) || s->mem[LOCK]) return false;
        s->mem[LOCK] = 1;
        t->pc = C_LOAD;
        return true;
    case C_LOAD:
        if (!ld(s, i, SLOT)) { t->pc = C_UNLOCK_EMPTY; return true; }
        if (mutation == DROP_FIRST) { t->r++; t->y = C_EARLY; drop(s, i); return true; }
        t->pc = C_STORE;
        return true;
    case C_STORE: st(s, i, SLOT, 0); t->pc = C_UNLOCK; return true;
    case C_UNLOCK: st(s, i, LOCK, 0); t->pc = C_FENCE; return true;
    case C_FENCE: /* the drop's locked operation, made explicit for the ghost */
        if (!locked(s, i)) return false;
        t->r++;
        drop(s, i);
        return true;
    case C_EARLY: st(s, i, SLOT, 0); t->pc = C_EARLY_UNLOCK; return true;
    case C_EARLY_UNLOCK:
    default: st(s, i, LOCK, 0); end_of_op(s, i); return true;
    }
}

static bool step_drop(State *s, int i)
{
    ThreadState *t = &s->t[i];
    switch (t->pc) {
    case D_BEGIN:
        if (t->r < 1) fault("drop without a reference");
        t->r--;
        t->pc = finalizer == NO_FIN || mutation == OLD_ORDER ? D_SUB : D_WORD;
        return true;
    case D_WORD:
        t->x = ld(s, i, W);
        t->pc = (t->x & N) == 1 && !(t->x & FIN) ? (mutation == FIN_APART ? D_CLAIM_APART : D_CLAIM) : t->x & FIN || mutation == BLIND_SUB ? D_SUB : D_SUB_CAS;
        return true;
    case D_SUB_CAS: /* more than one reference, __del__ not yet claimed */
        if (!locked(s, i)) return false;
        touch(s);
        if (s->mem[W] != t->x) { t->pc = D_WORD; return true; }
        s->mem[W]--;
        if (t->y & 0x7F) { t->pc = t->y & 0x7F; t->y = 0; }
        else end_of_op(s, i);
        return true;
    case D_CLAIM:
        if (!locked(s, i)) return false;
        if (s->mem[W] != t->x) { t->pc = D_WORD; return true; }
        s->mem[W] |= FIN;
        begin_del(s);
        t->pc = R_WEAK;
        return true;
    case D_CLAIM_APART:
        if (!locked(s, i)) return false;
        if (s->mem[W] & FIN) { t->pc = D_SUB; return true; }
        s->mem[W] |= FIN;
        begin_del(s);
        t->pc = R_WEAK;
        return true;
    case D_SUB:
        if (!locked(s, i)) return false;
        touch(s);
        t->x = s->mem[W];
        if ((t->x & N) == 0) fault("count below zero");
        s->mem[W]--;
        if ((t->x & N) != 1) {
            if (t->y & 0x7F) { t->pc = t->y & 0x7F; t->y = 0; }
            else end_of_op(s, i);
        } else if (mutation == OLD_ORDER && finalizer != NO_FIN && !(t->x & FIN)) {
            t->pc = D_OLD_WEAK;
        } else {
            kill(s);
            t->pc = D_WEAK;
        }
        return true;
    case D_OLD_WEAK:
        if (!locked(s, i)) return false;
        s->mem[WEAK] = 0;
        t->pc = D_OLD_BACK;
        return true;
    case D_OLD_BACK:
        if (!locked(s, i)) return false;
        s->mem[W] = 1 | FIN;
        begin_del(s);
        t->pc = R_WEAK;
        return true;
    case D_WEAK: st(s, i, WEAK, 0); t->pc = mutation == EARLY_RETIRE ? D_RETIRE : D_FENCE; return true;
    case D_FENCE: /* the epoch counter's locked add */
        if (!locked(s, i)) return false;
        t->pc = D_RETIRE;
        return true;
    default:
        s->ghost[RETIRED] = 1;
        if (t->y & 0x7F) { t->pc = t->y & 0x7F; t->y = 0; }
        else end_of_op(s, i);
        return true;
    }
}

static bool step_del(State *s, int i)
{
    ThreadState *t = &s->t[i];
    switch (t->pc) {
    case R_WEAK:
        if (weak && !ld(s, i, WEAK)) fault("weak reference cleared inside __del__");
        t->pc = finalizer == KEEP ? R_LOCK : R_DONE;
        return true;
    case R_LOCK:
        if (!locked(s, i) || s->mem[LOCK]) return false;
        s->mem[LOCK] = 1;
        t->pc = R_LOAD;
        return true;
    case R_LOAD: t->pc = ld(s, i, SLOT) ? R_UNLOCK : R_COUNT; return true;
    case R_COUNT:
        if (!locked(s, i)) return false;
        s->mem[W]++;
        s->ghost[AGAIN] = 1;
        t->pc = R_STORE;
        return true;
    case R_STORE:
        if (by_exchange) { if (!locked(s, i)) return false; s->mem[SLOT] = 1; }
        else st(s, i, SLOT, 1);
        t->pc = R_UNLOCK;
        return true;
    case R_UNLOCK: st(s, i, LOCK, 0); t->pc = R_DONE; return true;
    default: t->pc = mutation == OLD_ORDER ? D_SUB : D_WORD; return true;
    }
}

static bool step(State *s, int i)
{
    ThreadState *t = &s->t[i];
    if (t->pc == NEXT) {
        switch (script[i][t->op]) {
        case 'T': t->pc = T_LOAD; break;
        case 'U': t->pc = T_LOAD; t->y = BY_WEAK; break;
        case 'C': t->pc = by_exchange ? C_XCHG : C_LOCK; break;
        default: t->pc = D_BEGIN; break;
        }
    }
    if (t->pc <= T_UNLOCK_EMPTY) return step_take(s, i);
    if (t->pc <= C_EARLY_UNLOCK) return step_clear(s, i);
    if (t->pc <= D_RETIRE) return step_drop(s, i);
    return step_del(s, i);
}
static bool finished(const State *s, int i) { return s->t[i].pc == NEXT && script[i][s->t[i].op] == 0; }
static bool reuse(State *s)
{
    if (!s->ghost[RETIRED] || s->ghost[FREED]) return false;
    for (int k = 0; k < THREADS; k++)
        if (s->t[k].h) return false; /* its epoch is not over */
    s->ghost[FREED] = 1;
    return true;
}
static void final(const State *s)
{
    if (!s->mem[SLOT] && !s->ghost[DEAD] && !refs(s)) fault("leaked");
    if (s->ghost[DEAD] && (s->mem[W] & N)) fault("dead with a count");
}

static long states;
static bool run(int n, const char *const *scripts)
{
    State s = {0};
    int own = 0;
    bool needs_weak = false;
    for (int i = 0; i < n; i++) {
        script[i] = scripts[i];
        for (const char *p = scripts[i]; *p; p++) {
            if (*p == 'O') { s.t[i].r++; own++; }
            if (*p == 'U') needs_weak = true;
        }
    }
    if (needs_weak && !weak) return true;
    s.mem[W] = (uint8_t)(1 + own);
    s.mem[SLOT] = 1;
    s.mem[WEAK] = (uint8_t)weak;
    Model m = {n, step, finished, reuse, final};
    long k = explore(&m, &s);
    if (k < 0) return false;
    states += k;
    return true;
}

static const char *const pairs[] = {"T", "U", "C", "O", "TC", "CT", "OU", "TT", "UC"};
static const char *const triples[] = {"T", "U", "C", "O", "TC", "CT", "OU"};

static bool all(int nthreads)
{
    for (finalizer = NO_FIN; finalizer <= KEEP; finalizer++)
        for (weak = 0; weak < 2; weak++)
            for (by_exchange = 0; by_exchange < 2; by_exchange++) {
                if (by_exchange && (finalizer == KEEP || mutation == DROP_FIRST)) continue; /* its finalizer stores under the lock */
                if (nthreads == 2) {
                    for (int a = 0; a < 9; a++)
                        for (int b = a; b < 9; b++) {
                            const char *v[] = {pairs[a], pairs[b]};
                            if (!run(2, v)) { printf("    %s | %s, finalizer %d, weak %d, exchange %d: ", v[0], v[1], finalizer, weak, by_exchange); return false; }
                        }
                } else {
                    for (int a = 0; a < 7; a++)
                        for (int b = a; b < 7; b++)
                            for (int c = b; c < 7; c++) {
                                const char *v[] = {triples[a], triples[b], triples[c]};
                                if (!run(3, v)) { printf("    %s | %s | %s, finalizer %d, weak %d: ", v[0], v[1], v[2], finalizer, weak); return false; }
                            }
                }
            }
    return true;
}

int main(void)
{
    for (mutation = 1; mutation < MUTATIONS; mutation++) {
        if (all(2)) { printf("counts: mutation '%s' is NOT caught\n", names[mutation]); return 1; }
        printf("%s: %s\n", names[mutation], model_what);
    }
    mutation = NONE;
    states = 0;
    for (int n = 2; n <= 3; n++)
        if (!all(n)) { printf("%s\ncounts: FAULT\n", model_what); return 1; }
    printf("counts: %ld states, no fault; %d mutations caught\n", states, MUTATIONS - 1);
    return 0;
}
