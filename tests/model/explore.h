/* Explores every interleaving of small programs on a machine with x86-TSO memory: each thread has a first-in first-out store buffer that drains at any moment; a locked
 * operation needs it empty. A model is a step function over a state of at most STATE_BYTES bytes; states are kept in a hash set, so that each is looked at once.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_EXPLORE_H
#define MODEL_EXPLORE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEM = 8, GHOSTS = 8, BUF = 4, THREADS = 3, STATE_BYTES = 64 };

typedef struct ThreadState {
    uint8_t pc, op, x, y;  /* place in the operation, operation of the script, locals */
    uint8_t nbuf;
    uint8_t buf[BUF];      /* variable << 4 | value, oldest first */
    uint8_t r, h;          /* ghosts: references owned; an address may be held */
} ThreadState;
typedef struct State {
    uint8_t mem[MEM];
    uint8_t ghost[GHOSTS];
    ThreadState t[THREADS];
    uint8_t pad[STATE_BYTES - MEM - GHOSTS - THREADS * sizeof(ThreadState)];
} State;
_Static_assert(sizeof(State) == STATE_BYTES, "states are compared as bytes");

static jmp_buf model_fault;
static const char *model_what;
static void fault(const char *what) { model_what = what; longjmp(model_fault, 1); }

/* --- memory operations of thread i on s, for step functions -------------------------------------------------------- */
static inline uint8_t ld(const State *s, int i, int var)
{
    for (int k = s->t[i].nbuf; k-- > 0;)
        if (s->t[i].buf[k] >> 4 == var) return s->t[i].buf[k] & 15;
    return s->mem[var];
}
static inline void st(State *s, int i, int var, uint8_t v)
{
    if (s->t[i].nbuf == BUF) fault("store buffer of the model is too small");
    s->t[i].buf[s->t[i].nbuf++] = (uint8_t)(var << 4 | v);
}
/* A locked operation: false when the buffer must drain first. */
static inline bool locked(const State *s, int i) { return s->t[i].nbuf == 0; }

/* --- the search ------------------------------------------------------------------------------------------------------ */
typedef struct Model {
    int nthreads;
    /* One step of thread i: true when it could move (s is changed), false when it waits. */
    bool (*step)(State *s, int i);
    bool (*finished)(const State *s, int i);
    bool (*environment)(State *s);      /* something that may happen at any time, or null; false: cannot */
    void (*final)(const State *s);      /* everything has run */
} Model;

static State *set;
static size_t set_cap, set_n;
static State *todo;
static size_t todo_n, todo_cap;

static uint64_t hash_of(const State *s)
{
    uint64_t h = 0x9E3779B97F4A7C15u, w;
    for (size_t i = 0; i < STATE_BYTES; i += 8) {
        memcpy(&w, (const char *)s + i, 8);
        h = (h ^ w) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    return h;
}
static uint8_t *used;
static void add(const State *s);
static void set_grow(void)
{
    State *old = set;
    uint8_t *was = used;
    size_t cap = set_cap;
    set_cap = cap ? cap * 2 : 1 << 12;
    set = malloc(set_cap * sizeof *set);
    used = calloc(set_cap, 1);
    if (!set || !used) { fprintf(stderr, "model: out of memory\n"); exit(2); }
    for (size_t i = 0; i < cap; i++) {
        if (!was[i]) continue;
        size_t k = hash_of(&old[i]) & (set_cap - 1);
        while (used[k]) k = (k + 1) & (set_cap - 1);
        used[k] = 1;
        set[k] = old[i];
    }
    free(old);
    free(was);
}
static void add(const State *s)
{
    if (set_n * 2 >= set_cap) set_grow();
    size_t k = hash_of(s) & (set_cap - 1);
    for (; used[k]; k = (k + 1) & (set_cap - 1))
        if (!memcmp(&set[k], s, sizeof *s)) return;
    used[k] = 1;
    set[k] = *s;
    set_n++;
    if (todo_n == todo_cap) {
        todo_cap = todo_cap ? todo_cap * 2 : 1024;
        todo = realloc(todo, todo_cap * sizeof *todo);
        if (!todo) { fprintf(stderr, "model: out of memory\n"); exit(2); }
    }
    todo[todo_n++] = *s;
}

/* Number of states, or -1 with model_what set when there is a fault. */
static long explore(const Model *m, const State *init)
{
    set_n = todo_n = 0;
    if (set_cap) memset(used, 0, set_cap);
    if (setjmp(model_fault)) return -1;
    add(init);
    while (todo_n) {
        State s = todo[--todo_n];
        bool moved = false, all = true;
        for (int i = 0; i < m->nthreads; i++) {
            if (s.t[i].nbuf) {
                State d = s;
                d.mem[d.t[i].buf[0] >> 4] = d.t[i].buf[0] & 15;
                memmove(d.t[i].buf, d.t[i].buf + 1, BUF - 1);
                d.t[i].buf[BUF - 1] = 0;
                d.t[i].nbuf--;
                add(&d);
                moved = true;
                all = false;
            }
            if (m->finished(&s, i)) continue;
            all = false;
            State d = s;
            if (m->step(&d, i)) { add(&d); moved = true; }
        }
        if (m->environment) {
            State d = s;
            if (m->environment(&d)) add(&d);
        }
        if (all) { if (m->final) m->final(&s); }
        else if (!moved) fault("deadlock");
    }
    return (long)set_n;
}

#endif
