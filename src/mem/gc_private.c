/* The private collector: a thread's own objects, nobody stopped.
 * SPDX-License-Identifier: MIT
 *
 * Trial deletion (Christopher 1984; CPython's gcmodule). Nothing shared refers to private objects (I1) and registers, C locals and value vectors hold
 * counted references, so an object of the set whose count exceeds the references from inside the set is reachable. While the set is being looked at, it
 * carries IM_OG_SET, and links.prev holds the references not yet explained; what no reference from outside has been found for yet carries IM_OG_LEFT.
 * IM_OF_MARK would not do: finalizers run while what a collection by pages has found is marked, and at exit they may collect themselves
 * (im_gc_finalize_rest).
 *
 * Then, as PEP 442 has it: weak references cleared and callbacks run, finalizers run, the set looked at once more (what a finalizer published has left
 * it: publishing unlinks), and what is still unreachable is cleared. */
#include "mem/mem_impl.h"

static bool in(const ImObject *o, uint8_t where) { return im_is_private_obj(o) && (im_load_relaxed(&o->x_gc) & where); }

/* Of a private object; only that of a class may be looked at by others meanwhile (types/type_tree.c), for the bit that says it is shared. */
IM_INLINE void set_gc(ImObject *o, int bits) { im_store_relaxed(&o->x_gc, (uint8_t)bits); }

IM_INLINE int explain(Value v, void *arg)
{
    (void)arg;
    if (im_is_object(v) && in(im_ptr(v), IM_OG_SET)) im_links(im_ptr(v))->prev--;
    return 0;
}

/* What a reachable object refers to is reachable: it says so when the walk comes to it, and comes back to the end of the walk where that has passed it. */
IM_INLINE int reach(Value v, void *set)
{
    if (!im_is_object(v) || !in(im_ptr(v), IM_OG_SET | IM_OG_LEFT)) return 0;
    ImObject *o = im_ptr(v);
    ImLinks *l = im_links(o);
    if (o->x_gc & IM_OG_LEFT) {
        set_gc(o, o->x_gc ^ (IM_OG_LEFT | IM_OG_SET));
        im_list_unlink(l);
        im_list_link(set, l);
        l->prev = 1;
    } else if (l->prev == 0) {
        l->prev = 1;
    }
    return 0;
}

/* Moves what is not reachable from outside `set` to `unreachable`, and marks it. How many they are; *kept: how many stay. */
static int64_t split(Thread *t, ImLinks *set, ImLinks *unreachable, int64_t *kept)
{
    int64_t n = 0;
    for (ImLinks *l = im_l(set->next); l != set; l = im_l(l->next)) {
        ImObject *o = im_links_object(l);
        IM_ASSERT(im_is_private_obj(o));
        l->prev = o->x_count;
        set_gc(o, o->x_gc | IM_OG_SET);
    }
    t->explaining = true;
    for (ImLinks *l = im_l(set->next); l != set; l = im_l(l->next)) (void)im_visit_all(im_links_object(l), explain, NULL);
    ImLinks *last = set; /* of those that stay; behind it prev is not a link yet */
    *kept = 0;
    for (ImLinks *l = im_l(set->next), *next; l != set; l = next) {
        ImObject *o = im_links_object(l);
        IM_ASSERT((intptr_t)l->prev >= 0); /* more references inside than its count: a traverse function visits what it does not own */
        if (l->prev) {
            set_gc(o, o->x_gc & ~IM_OG_SET);
            l->prev = (uintptr_t)last;
            (void)im_visit_all(o, reach, set);
            next = im_l(l->next); /* now: there may be more */
            last = l;
            ++*kept;
        } else {
            set_gc(o, o->x_gc ^ (IM_OG_SET | IM_OG_LEFT));
            next = im_l(l->next);
            last->next = (uintptr_t)next;
            if (next == set) set->prev = (uintptr_t)last;
            im_list_link(unreachable, l);
        }
    }
    t->explaining = false;
    for (ImLinks *l = im_l(unreachable->next); l != unreachable; l = im_l(l->next), n++) {
        ImObject *o = im_links_object(l);
        set_gc(o, o->x_gc & ~IM_OG_LEFT);
        o->x_flags |= IM_OF_MARK;
    }
    return n;
}

/* All references are cleared before the first callback runs, so that none reaches garbage. Clearing may wait for a lock, and a world collection may run
 * meanwhile: the reference keeps the one in hand from it, and what it takes from the list is not looked at again. */
static void clear_weakrefs(Thread *t, ImLinks *garbage)
{
    ImLinks seen;
    if (!im_weak_clear_hook) return;
    im_list_init(&seen);
    t->weak_defer = true;
    while (!im_list_empty(garbage)) {
        ImLinks *l = im_l(garbage->next);
        ImObject *o = im_links_object(l);
        im_list_unlink(l);
        im_list_link(&seen, l);
        if (!(o->x_flags & IM_OF_WEAKREF)) continue;
        im_take_obj(o);
        im_weak_clear_hook(t, o);
        im_drop_obj(t, o);
    }
    im_list_splice(&seen, garbage);
    t->weak_defer = false;
    if (t->weak_pending && im_weak_pending_hook) im_weak_pending_hook(t);
}

/* True when any ran. */
static bool finalize(Thread *t, ImLinks *garbage)
{
    ImLinks seen;
    bool any = false;
    im_list_init(&seen);
    while (!im_list_empty(garbage)) { /* others may leave the list while a finalizer runs */
        ImLinks *l = im_l(garbage->next);
        ImObject *o = im_links_object(l);
        ImTypeCore *ty = im_core_of(o);
        im_list_unlink(l);
        im_list_link(&seen, l);
        ImFinalizer fn = im_core_finalizer(ty);
        if (!fn || (o->x_flags & IM_OF_FINALIZED)) continue;
        any = true;
        o->x_flags |= IM_OF_FINALIZED;
        im_take_obj(o);
        fn(t, o);
        im_drop_obj(t, o);
    }
    im_list_splice(&seen, garbage);
    return any;
}

static void break_cycles(Thread *t, ImLinks *garbage, ImLinks *survivors)
{
    bool (*keep)(Thread *, ImObject *) = im_load_acquire(&im_gc_hooks.x_keep);
    while (!im_list_empty(garbage)) {
        ImLinks *l = im_l(garbage->next);
        ImObject *o = im_links_object(l);
        ImTypeCore *ty = im_core_of(o);
        im_take_obj(o);
        bool stays = keep && keep(t, o);
        if (ty->clear && !stays) ty->clear(t, o);
        bool still = im_l(garbage->next) == l; /* not published by what ran meanwhile */
        if (still) {
            im_list_unlink(l);
            im_list_link(survivors, l); /* most die with the drop, or when the others are cleared */
            o->x_flags = (uint16_t)(o->x_flags & ~IM_OF_MARK);
        }
        im_drop_obj(t, o);
    }
}

int64_t im_gc_private(Thread *t, int generation)
{
    ImHeap *h = t->heap;
    ImLinks set, garbage, *old = &h->gens[generation < 2 ? generation + 1 : 2].head;
    im_list_init(&set);
    im_list_init(&garbage);
    if (generation < 2) h->gens[generation + 1].count++;
    for (int g = 0; g <= generation; g++) {
        im_list_splice(&h->gens[g].head, &set);
        h->gens[g].count = 0;
    }
    int64_t kept, n = split(t, &set, &garbage, &kept);
    if (generation == 2) {
        h->long_lived_total = kept;
        h->long_lived_pending = 0;
    } else if (generation == 1) {
        h->long_lived_pending += kept;
    }
    im_list_splice(&set, old);
    if (n == 0) return 0;
    clear_weakrefs(t, &garbage);
    if (finalize(t, &garbage)) {
        for (ImLinks *l = im_l(garbage.next); l != &garbage; l = im_l(l->next)) im_links_object(l)->x_flags &= (uint16_t)~IM_OF_MARK;
        im_list_splice(&garbage, &set);
        n = split(t, &set, &garbage, &kept);
        im_list_splice(&set, old);
    }
    break_cycles(t, &garbage, old);
    return n;
}
