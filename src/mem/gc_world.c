/* The collectors that stop the world: shared garbage, garbage of every heap, uncounted objects.
 * SPDX-License-Identifier: MIT
 *
 * Every block of every heap gets one scratch word. Candidates are shared counted objects, with IM_GC_PRIVATE private ones too, with IM_GC_UNC uncounted ones too. Counted candidates
 * start with their count; each reference from a candidate explains one. What is left over is held from outside: registers, C locals, vectors, objects that are no
 * candidates. Those are roots; uncounted ones have no count that could tell, so for them everything else is searched: registers and vectors exactly; C stacks, spilled CPU
 * registers and the program's static data word by word, any address inside a block counting (ownership protocol, L1-L3); and objects that are no candidates by their
 * traverse functions. What is not marked from the roots is garbage.
 *
 * Weak references to garbage are cleared while the world still stands; their callbacks run after it goes on. Garbage with finalizers is not freed at once: they run, and
 * the search starts over; what is found without such is freed. With one thread, or in GIL mode, this is also how that thread's own full collection is done: walking pages costs
 * a fraction of following lists. Otherwise private garbage (another thread's: this thread's own has been collected before) is
 * published with all it refers to, so that it may be taken apart here.
 *
 * While some thread is inside a destroy function its half-destroyed object may hold the only reference to an uncounted one: those are left alone then. */
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "mem/mem_impl.h"
#include "thread/epoch.h"
#include "thread/lock.h"

enum { ROUNDS = 4 };
#define MARKED 0x80000000u
#define CANDIDATE 0x40000000u
#define REFS 0x3FFFFFFFu

typedef struct Stack { ImObject **v; size_t n, cap; bool failed; } Stack;
typedef struct World {
    Thread *t;
    int what;
    Stack marks;    /* to trace */
    Stack garbage;
    size_t late;    /* so many, at the end of it, are in no cycle and held by none */
    int64_t live_shared, live_unc, live_private;
    bool pending;   /* some garbage has a finalizer to run */
    const Value *kept; /* IM_GC_EXIT: in place of the roots */
    size_t nkept;
} World;

static void stack_push(Stack *s, ImObject *o)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 1024;
        ImObject **v = realloc(s->v, cap * sizeof *v);
        if (!v) { s->failed = true; return; }
        s->v = v;
        s->cap = cap;
    }
    s->v[s->n++] = o;
}

static bool is_dead(uint32_t w) { return (int32_t)w < 0 && w != IM_COUNT_UNC && (w & IM_COUNT_MASK) == 0; }

/* --- search ------------------------------------------------------------------------------------------------------------------ */

/* Refers to nothing, and nobody is told of its end: its count alone takes care of it when its holders go. */
static bool is_leaf(const ImObject *o)
{
    const ImTypeCore *ty = im_core_of(o);
    return !ty->traverse && !(im_core_flags(ty) & (IM_TF_HEAP | IM_TF_FINALIZER | IM_TF_GC)) && !(o->x_flags & IM_OF_WEAKREF);
}

static bool candidate(const World *g, const ImObject *o)
{
    uint32_t w = o->x_count;
    if (o->x_flags & IM_OF_FROZEN) return false;
    if ((int32_t)w > 0) return (g->what & IM_GC_PRIVATE) && (o->x_flags & IM_OF_TRACKED || (!(im_core_flags(im_core_of(o)) & IM_TF_GC) && !is_leaf(o)));
    if (w == IM_COUNT_UNC) return (g->what & IM_GC_UNC) && !(o->x_gc & IM_OG_IMMORTAL);
    return (w & IM_COUNT_MASK) != 0 && !is_leaf(o);
}

/* What lives decides when the next collection is due: garbage is taken off again when it is found, else each late one would allow the next to be later. */
static void count_size(World *g, const ImObject *o, int64_t sign)
{
    const uint32_t w = o->x_count;
    if ((int32_t)w < 0 && !is_dead(w)) {
        if (w == IM_COUNT_UNC) g->live_unc += sign * im_unc_size((ImObject *)o);
        else if (im_core_flags(im_core_of(o)) & IM_TF_GC) g->live_shared += sign;
    } else if (o->x_flags & IM_OF_TRACKED) {
        g->live_private += sign;
    }
}

static void count_one(ImObject *o, void *arg)
{
    World *g = arg;
    uint32_t w = o->x_count;
    count_size(g, o, 1);
    if (!candidate(g, o)) return;
    uint32_t n = w == IM_COUNT_UNC ? 0 : (int32_t)w > 0 ? w : w & IM_COUNT_MASK;
    *im_heap_scratch(o) = CANDIDATE | (n > REFS ? REFS : n);
}

static int explain(Value v, void *arg)
{
    (void)arg;
    if (!im_is_object(v)) return 0;
    uint32_t *s = im_heap_scratch(im_ptr(v));
    if (s && (*s & CANDIDATE) && (*s & REFS) && (*s & REFS) != REFS) --*s;
    return 0;
}
static void explain_one(ImObject *o, uint32_t *s, void *arg)
{
    if (*s & CANDIDATE) (void)im_visit_all(o, explain, arg);
}

static void mark(World *g, ImObject *o)
{
    uint32_t *s = im_heap_scratch(o);
    if (!s || (*s & (CANDIDATE | MARKED)) != CANDIDATE) return;
    *s |= MARKED;
    stack_push(&g->marks, o);
}
static int mark_visit(Value v, void *arg)
{
    if (im_is_object(v)) mark(arg, im_ptr(v));
    return 0;
}
/* Counted objects with unexplained references; children of what is no candidate. The latter matters for uncounted children only: others have the
 * reference unexplained. */
static void root_one(ImObject *o, void *arg)
{
    World *g = arg;
    uint32_t s = *im_heap_scratch(o);
    if (s & CANDIDATE) {
        if (s & REFS) mark(g, o);
    } else if ((g->what & IM_GC_UNC) && !is_dead(o->x_count)) {
        (void)im_visit_all(o, mark_visit, g);
    }
}

static void counted_root_one(ImObject *o, uint32_t *s, void *arg)
{
    if ((*s & CANDIDATE) && (*s & REFS)) mark(arg, o);
}

/* Word by word: addresses of uncounted candidates, interior ones too. Reads words that are no values, and red zones. */
__attribute__((no_sanitize("address", "thread", "undefined"))) static void scan(World *g, const void *from, const void *to)
{
    for (const uintptr_t *p = (const uintptr_t *)(((uintptr_t)from + 7) & ~(uintptr_t)7); (const void *)(p + 1) <= to; p++) {
        uintptr_t x = *p;
        if (x < 4096) continue;
        ImObject *o = im_heap_find((const void *)x);
        if (o && o->x_count == IM_COUNT_UNC) mark(g, o);
    }
}

/* The C stack of t but for what activations at rest have left in their frames. */
static void scan_c_stack(World *g, const Thread *t)
{
    const char *from = t->c_stack_sp;
    for (const ImActivation *a = t->activations; a; a = a->outer) {
        const char *high = a->high - IM_ACTIVATION_SAVED;
        if (!a->at_rest || a->low < from || high <= a->low) continue;
        scan(g, from, a->low);
        from = high;
    }
    scan(g, from, t->c_stack_base);
}

extern char __data_start[], _end[];

/* What native modules keep, mostly in plain variables: an address in the program's data explains a reference. It may have been borrowed: too much is explained then. */
__attribute__((no_sanitize("address", "thread", "undefined"))) static void explain_statics(World *g)
{
    for (const uintptr_t *p = (const uintptr_t *)(((uintptr_t)__data_start + 7) & ~(uintptr_t)7); (const char *)(p + 1) <= _end; p++) {
        ImObject *o = *p < 4096 ? NULL : im_heap_find((const void *)*p);
        if (o && (uintptr_t)o == *p) (void)explain(im_value(o), g);
    }
}

IM_NOINLINE static void scan_roots(World *g)
{
    if (g->what & IM_GC_EXIT) {
        for (size_t i = 0; i < g->nkept; i++) (void)mark_visit(g->kept[i], g);
    } else {
        scan(g, __data_start, _end);
        im_roots_each(mark_visit, g);
    }
    if (im_gc_hooks.extra_roots) im_gc_hooks.extra_roots(mark_visit, g);
    im_thread_spill(g->t);
    for (Thread *t = im_rt.x_threads; t; t = t->next) {
        if (t->stack_top > t->stack) scan(g, t->stack, t->stack_top);
        for (ImValueVec *v = t->vecs; v; v = v->next)
            for (size_t i = 0; i < v->len; i++) (void)mark_visit(v->items[i], g);
        if (!t->c_stack_base || !t->c_stack_sp) continue; /* has not run yet */
        scan(g, t->c_regs, t->c_regs + IM_COUNTOF(t->c_regs));
        scan_c_stack(g, t);
    }
}

static void trace(World *g)
{
    while (g->marks.n && !g->marks.failed) (void)im_visit_all(g->marks.v[--g->marks.n], mark_visit, g);
}

bool im_gc_has_finalizer(const ImObject *o)
{
    const ImTypeCore *ty = im_core_of(o);
    if (!im_core_finalizer(ty)) return false;
    uint32_t w = o->x_count;
    return !((int32_t)w > 0 || w == IM_COUNT_UNC ? o->x_flags & IM_OF_FINALIZED : w & IM_COUNT_FIN);
}

static void gather_one(ImObject *o, uint32_t *s, void *arg)
{
    World *g = arg;
    if ((*s & (CANDIDATE | MARKED)) != CANDIDATE) return;
    stack_push(&g->garbage, o);
    count_size(g, o, -1);
    if (im_gc_has_finalizer(o)) g->pending = true;
}

static uint32_t *garbage_word(Value v)
{
    uint32_t *s = im_is_object(v) ? im_heap_scratch(im_ptr(v)) : NULL;
    return s && (*s & (CANDIDATE | MARKED)) == CANDIDATE ? s : NULL;
}
static int hold(Value v, void *arg)
{
    uint32_t *s = garbage_word(v);
    (void)arg;
    if (s && (*s & REFS) != REFS) ++*s;
    return 0;
}
static int let_fall(Value v, void *arg)
{
    World *g = arg;
    uint32_t *s = garbage_word(v);
    if (s && (*s & REFS) && (*s & REFS) != REFS && (--*s & REFS) == 0) stack_push(&g->marks, im_ptr(v));
    return 0;
}
/* What would have died with its last reference if it were counted goes to the end of the list. Only cycles, and what they hold, are collected as far as programs are told
 * (gc.collect(), gc.garbage). References to garbage are all explained by now: its words are at zero, and count those from garbage here. */
static void set_late_apart(World *g)
{
    size_t n = g->garbage.n, k = 0, first = 0;
    ImObject **late = malloc(n * sizeof *late);
    g->late = 0;
    if (!late) return;
    for (size_t i = 0; i < n; i++) (void)im_visit_all(g->garbage.v[i], hold, NULL);
    for (size_t i = 0; i < n; i++)
        if (!(*im_heap_scratch(g->garbage.v[i]) & REFS)) late[k++] = g->garbage.v[i];
    for (size_t i = 0; i < k; i++) stack_push(&g->marks, late[i]);
    while (g->marks.n && !g->marks.failed) (void)im_visit_all(g->marks.v[--g->marks.n], let_fall, g);
    k = 0;
    for (size_t i = 0; i < n && !g->marks.failed; i++) {
        ImObject *o = g->garbage.v[i];
        if (*im_heap_scratch(o) & REFS) g->garbage.v[first++] = o;
        else late[k++] = o;
    }
    if (k) memcpy(g->garbage.v + first, late, k * sizeof *late);
    g->late = k;
    free(late);
}

static bool anybody_destroying(void)
{
    for (Thread *t = im_rt.x_threads; t; t = t->next)
        if (t->destroy_depth) return true;
    return im_rt.lost != NULL; /* their registers and C stacks cannot be searched */
}

/* Fills g->garbage; world stopped. */
static void search(World *g)
{
    g->marks.n = g->garbage.n = g->late = 0;
    g->pending = false;
    g->live_shared = g->live_unc = g->live_private = 0;
    if ((g->what & IM_GC_UNC) && anybody_destroying()) g->what &= ~IM_GC_UNC;
    for (ImHeap *h = im_heap_first(); h; h = h->next_all) im_heap_drain(h);
    if (im_heap_scratch_begin() < 0) return;
    im_heap_each(count_one, g);
    g->t->explaining = true;
    im_heap_each_noted(explain_one, g);
    if (g->what & IM_GC_EXIT) explain_statics(g);
    if (g->what & IM_GC_UNC) im_heap_each(root_one, g);
    else im_heap_each_noted(counted_root_one, g);
    trace(g);
    if (g->what & IM_GC_UNC) {
        scan_roots(g);
        trace(g);
    }
    if (!g->marks.failed) im_heap_each_noted(gather_one, g);
    if ((g->what & IM_GC_UNC) && g->garbage.n && !g->garbage.failed) set_late_apart(g);
    g->t->explaining = false;
    if (g->marks.failed || g->garbage.failed) g->garbage.n = 0; /* out of memory: another time */
    im_heap_scratch_end();
}

/* --- what is done with it ---------------------------------------------------------------------------------------------------------- */

static bool listed_finalizer(const ImObject *o) { return (int32_t)o->x_count > 0 && (o->x_flags & IM_OF_TRACKED) && im_gc_has_finalizer(o); }

/* Finalizers run in the order in which their objects were made, as far as the heaps' lists tell: what holds others was mostly made before them, and closes them
 * itself. Pages give the order of addresses. World stopped, nothing published yet. */
static int by_address(const void *a, const void *b)
{
    const ImObject *x = *(ImObject *const *)a, *y = *(ImObject *const *)b;
    return x < y ? -1 : x > y;
}
static void order_finalizers(World *g)
{
    size_t n = 0, k = 0;
    for (size_t i = 0; i < g->garbage.n; i++) n += listed_finalizer(g->garbage.v[i]);
    ImObject **known = n > 1 ? malloc(2 * n * sizeof *known) : NULL;
    if (!known) return;
    ImObject **ordered = known + n;
    for (size_t i = 0, j = 0; i < g->garbage.n; i++)
        if (listed_finalizer(g->garbage.v[i])) known[j++] = g->garbage.v[i];
    qsort(known, n, sizeof *known, by_address);
    for (ImHeap *h = im_heap_first(); h && k < n; h = h->next_all)
        for (int gen = 2; gen >= 0 && k < n; gen--)
            for (ImLinks *l = im_l(h->gens[gen].head.next); l != &h->gens[gen].head && k < n; l = im_l(l->next)) {
                ImObject *o = im_links_object(l);
                if (listed_finalizer(o) && bsearch(&o, known, n, sizeof *known, by_address)) ordered[k++] = o;
            }
    /* Else some are in the hands of another thread's private collection. */
    for (size_t i = 0, j = 0; i < g->garbage.n && k == n; i++)
        if (listed_finalizer(g->garbage.v[i])) g->garbage.v[i] = ordered[j++];
    free(known);
}

/* Private garbage becomes shared, with the living private objects that it refers to: it is taken apart by this thread. The rest of the list gets a reference, so
 * that it stays while parts of it go. World stopped. */
static void seize(World *g)
{
    for (size_t i = 0; i < g->garbage.n; i++) {
        ImObject *o = g->garbage.v[i];
        im_publish(g->t, im_value(o));
        uint32_t w = o->x_count;
        o->x_flags |= IM_OF_MARK;
        if (w != IM_COUNT_UNC) o->x_count = w + 1;
    }
}

static void let_go(World *g)
{
    for (size_t i = 0; i < g->garbage.n; i++) {
        im_clear_flag(g->garbage.v[i], IM_OF_MARK);
        im_drop_obj(g->t, g->garbage.v[i]);
    }
}

static void finalize(World *g)
{
    for (size_t i = 0; i < g->garbage.n; i++) {
        ImObject *o = g->garbage.v[i];
        ImFinalizer fn = im_core_finalizer(im_core_of(o)); /* once: the world goes on */
        if (!im_gc_has_finalizer(o) || !fn) continue;
        uint32_t w = im_load_relaxed(&o->x_count);
        if (w == IM_COUNT_UNC || (int32_t)w > 0) {
            if (im_or_acq_rel(&o->x_flags, IM_OF_FINALIZED) & IM_OF_FINALIZED) continue;
        } else {
            while (!(w & IM_COUNT_FIN) && !im_cas_acq_rel(&o->x_count, &w, w | IM_COUNT_FIN)) continue;
            if (w & IM_COUNT_FIN) continue;
        }
        fn(g->t, o);
    }
}

/* Everything in the list is unreachable and has nothing to say. Cycles are broken; the counted die with their last reference; the uncounted are destroyed
 * once nobody will look into them any more, and their memory goes when all of them are destroyed. */
static void free_all(World *g)
{
    Thread *t = g->t;
    Stack unc = {0};
    size_t kept = 0;
    bool stays = false, (*keep)(Thread *, ImObject *) = im_load_acquire(&im_gc_hooks.x_keep);
    for (size_t i = 0; keep && i < g->garbage.n - g->late; i++) stays |= keep(t, g->garbage.v[i]);
    if (stays) {
        let_go(g);
        return;
    }
    for (size_t i = 0; i < g->garbage.n; i++) {
        ImObject *o = g->garbage.v[i];
        if (im_core_of(o)->clear) im_core_of(o)->clear(t, o);
    }
    for (size_t i = 0; i < g->garbage.n; i++) {
        ImObject *o = g->garbage.v[i];
        if (im_load_relaxed(&o->x_count) == IM_COUNT_UNC) {
            g->garbage.v[kept++] = o; /* stays marked: destroying it may wait for a lock, and another collection must not find it meanwhile */
        } else {
            im_clear_flag(o, IM_OF_MARK);
            im_drop_obj(t, o);
        }
    }
    for (size_t i = 0; i < kept; i++) im_destroy_body(t, g->garbage.v[i]);
    im_trash_run(t);
    for (size_t i = 0; i < kept; i++) { /* types are among them: all flags are read before the first goes */
        uintptr_t tagged = (uintptr_t)g->garbage.v[i] | (im_core_flags(im_core_of(g->garbage.v[i])) & IM_TF_GC);
        stack_push(&unc, (ImObject *)tagged);
    }
    for (size_t i = 0; i < unc.n; i++) {
        uintptr_t tagged = (uintptr_t)unc.v[i];
        /* Dead by its count word as well: a collection before the memory is given back must not take it for garbage again. */
        im_store_relaxed(&((ImObject *)(tagged & ~(uintptr_t)1))->x_count, IM_COUNT_SHARED);
        im_unc_retire(t, (ImObject *)(tagged & ~(uintptr_t)1), tagged & 1);
    }
    free(unc.v);
}

/* The collecting thread. One collection at a time, as CPython does it: garbage stays findable until it is freed, freeing it may wait for locks, and what is half taken apart
 * still names its shapes (im_gc_with_world_stopped). */
static Thread *x_collector;

static bool collector_begins(Thread *t)
{
    Thread *none = NULL;
    return im_cas_acq_rel(&x_collector, &none, t);
}
static void collector_ends(void) { im_store_release(&x_collector, NULL); }

bool im_gc_with_world_stopped(Thread *t, void (*fn)(Thread *t))
{
    if (!collector_begins(t)) return false;
    im_world_stop(t);
    im_epoch_reclaim(t, true);
    fn(t);
    im_world_start(t);
    collector_ends();
    return true;
}

void im_gc_after_fork(Thread *t)
{
    if (x_collector != t) x_collector = NULL; /* that thread is not in the child: what it was about to free stays */
}

/* What calls before this one have left on the stack below is not to look like references from the frames that are going to lie there. */
enum { WIPED = 1024 };
static IM_NOINLINE void wipe_stack(void)
{
    volatile uint64_t room[WIPED];
    for (size_t i = 0; i < IM_COUNTOF(room); i++) room[i] = 0;
}

int64_t im_gc_world(Thread *t, int *what, int64_t *late)
{
    int64_t found = 0, apart = 0;
    if ((char *)__builtin_frame_address(0) - WIPED * sizeof(uint64_t) > t->c_stack_limit) wipe_stack(); /* small stacks have no room for that */
    World g = {.t = t};
    int looked = 0;
    if (!collector_begins(t)) {
        *what = 0;
        *late = 0;
        return 0;
    }
    for (int round = 0; round < ROUNDS; round++) {
        im_world_stop(t);
        im_hot_round();
        im_epoch_reclaim(t, true);
        g.what = *what;
        search(&g);
        looked = g.what;
        found = (int64_t)g.garbage.n;
        apart = (int64_t)g.late;
        /* Uncounted garbage that was not looked for lives on, but is none that grows. */
        im_world_sizes = (ImWorldSizes){g.live_shared, g.what & IM_GC_UNC ? g.live_unc : im_world_sizes.unc_bytes, g.live_private};
        if (found == 0) { im_world_start(t); break; }
        bool pending = g.pending && round < ROUNDS - 1;
        if (g.pending && !pending) { found = apart = 0; im_world_start(t); break; } /* finalizers keep making more: another time */
        if (pending) order_finalizers(&g);
        seize(&g);
        t->weak_defer = true;
        for (size_t i = 0; im_weak_clear_hook && i < g.garbage.n; i++)
            if (g.garbage.v[i]->x_flags & IM_OF_WEAKREF) im_weak_clear_hook(t, g.garbage.v[i]);
        t->weak_defer = false;
        im_world_start(t);
        if (t->weak_pending && im_weak_pending_hook) im_weak_pending_hook(t);
        if (!pending) { free_all(&g); break; }
        finalize(&g);
        let_go(&g);
    }
    free(g.marks.v);
    free(g.garbage.v);
    collector_ends();
    *what = looked;
    *late = apart;
    return found;
}

void im_gc_finalize_rest(Thread *t, const Value *kept, size_t n)
{
    World g = {.t = t, .what = IM_GC_PRIVATE | IM_GC_UNC | IM_GC_EXIT, .kept = kept, .nkept = n};
    im_world_stop(t);
    im_epoch_reclaim(t, true);
    search(&g);
    if (!(g.what & IM_GC_UNC)) g.garbage.n = 0; /* could not tell what is held */
    size_t said = 0;
    for (size_t i = 0; i < g.garbage.n; i++)
        if (im_gc_has_finalizer(g.garbage.v[i])) g.garbage.v[said++] = g.garbage.v[i];
    g.garbage.n = said;
    seize(&g);
    im_world_start(t);
    finalize(&g);
    let_go(&g);
    free(g.marks.v);
    free(g.garbage.v);
}
