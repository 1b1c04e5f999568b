/* Shapes: the tree of attribute layouts of each type.
 * SPDX-License-Identifier: MIT
 *
 * Children and name indexes only grow and are read without a lock: a table is filled before it is stored with release, an entry is one word.
 * All writers hold shape_lock. Tables that were outgrown stay allocated until the class dies, since readers may still be in them; they halve in size each
 * time, so they cost at most as much again. */
#include "object/shape.h"

#include "thread/lock.h"
#include "types/dict.h"

typedef struct Children {
    uint32_t mask, len;
    struct Children *outgrown;
    ImShape *x_items[]; /* open addressing by name */
} Children;
typedef struct IndexEntry { uint64_t name; uint64_t slot; } IndexEntry;
typedef struct Index { uint64_t mask; IndexEntry items[]; } Index;

enum { WALK_MAX = 4 }; /* up to here the chain of parents is searched directly */

static ImMutex shape_lock;

static uint32_t name_hash(Value name)
{
    uint64_t x = name.bits >> 4;
    return (uint32_t)((x * 0x9E3779B97F4A7C15u) >> 32);
}

ImShape *im_shape_new(Thread *t, ImType *type, uint32_t kind)
{
    ImShape *s = im_region_alloc(sizeof(ImShape));
    if (!s) {
        if (t) im_no_memory_hook(t);
        return NULL;
    }
    im_store_relaxed(&s->type, type); /* readers come by an object's shape word: dependent loads, in order on every machine */
    s->kind = kind;
    return s;
}

static Index *index_build(ImShape *s)
{
    uint64_t cap = 8;
    while (cap < s->nslots * 2u) cap *= 2;
    Index *ix = im_raw_alloc_zero(NULL, 1, sizeof(Index) + cap * sizeof(IndexEntry));
    if (!ix) return NULL;
    ix->mask = cap - 1;
    for (ImShape *p = s; p->nslots; p = p->parent) {
        uint64_t i = name_hash(p->name) & ix->mask;
        while (ix->items[i].name) i = (i + 1) & ix->mask;
        ix->items[i] = (IndexEntry){p->name.bits, p->nslots - 1};
    }
    Index *none = NULL;
    if (im_cas_acq_rel((Index **)&s->x_index, &none, ix)) return ix;
    im_raw_free(ix);
    return none;
}

int im_shape_find(ImShape *s, Value name)
{
    if (s->nslots > WALK_MAX) {
        Index *ix = im_load_acquire((Index **)&s->x_index);
        if (ix || (ix = index_build(s)) != NULL) {
            for (uint64_t i = name_hash(name) & ix->mask; ix->items[i].name; i = (i + 1) & ix->mask)
                if (ix->items[i].name == name.bits) return (int)ix->items[i].slot;
            return -1;
        }
    }
    for (ImShape *p = s; p->nslots; p = p->parent)
        if (im_same(p->name, name)) return (int)p->nslots - 1;
    return -1;
}

uint32_t im_shape_children(ImShape *s)
{
    Children *c = im_load_acquire((Children **)&s->x_transitions);
    return c ? im_load_relaxed(&c->len) : 0;
}

static ImShape *child_find(Children *c, Value name)
{
    if (!c) return NULL;
    ImShape *k;
    for (uint32_t i = name_hash(name) & c->mask; (k = im_load_acquire(&c->x_items[i])) != NULL; i = (i + 1) & c->mask)
        if (im_same(k->name, name)) return k;
    return NULL;
}

static void child_insert(Children *c, ImShape *k)
{
    uint32_t i = name_hash(k->name) & c->mask;
    while (c->x_items[i]) i = (i + 1) & c->mask;
    im_store_release(&c->x_items[i], k);
    im_store_relaxed(&c->len, c->len + 1);
}

static Children *children_grow(Thread *t, ImShape *s)
{
    Children *old = s->x_transitions;
    uint32_t cap = old ? (old->mask + 1) * 2 : 4;
    Children *c = im_raw_alloc_zero(t, 1, sizeof(Children) + cap * sizeof(ImShape *));
    if (!c) return NULL;
    c->mask = cap - 1;
    c->outgrown = old;
    for (uint32_t i = 0; old && i <= old->mask; i++)
        if (old->x_items[i]) child_insert(c, old->x_items[i]);
    im_store_release((Children **)&s->x_transitions, c);
    return c;
}

ImShape *im_shape_child(ImShape *s, Value name) { return child_find(im_load_acquire((Children **)&s->x_transitions), name); }

ImShape *im_shape_add(Thread *t, ImShape *s, Value name)
{
    ImShape *k = child_find(im_load_acquire((Children **)&s->x_transitions), name);
    if (k) return k;
    /* Waiting attached: the holder neither parks nor detaches, and callers may hold an object's byte lock. */
    while (!im_mutex_try(&shape_lock)) im_cpu_relax();
    Children *c = s->x_transitions;
    k = child_find(c, name);
    if (!k && (c || (c = children_grow(t, s)) != NULL) && (c->len * 2 <= c->mask || (c = children_grow(t, s)) != NULL)) {
        k = im_shape_new(t, s->type, 0);
        if (k) {
            im_immortalize(name);
            k->nslots = s->nslots + 1;
            k->parent = s;
            k->name = name;
            child_insert(c, k);
        }
    }
    im_mutex_unlock(&shape_lock);
    return k;
}

void im_shape_bury(Thread *t, ImShape *s)
{
    while (s) { /* the tree is as deep as objects have attributes: only wide ones need the C stack */
        Children *c = s->x_transitions;
        ImShape *deeper = NULL;
        for (uint32_t i = 0; c && i <= c->mask; i++) {
            if (!c->x_items[i]) continue;
            if (deeper) im_shape_bury(t, deeper);
            deeper = c->x_items[i];
        }
        for (Children *outgrown; c; c = outgrown) {
            outgrown = c->outgrown;
            im_raw_retire(t, c, sizeof(Children) + (c->mask + 1) * sizeof(ImShape *));
        }
        Index *ix = s->x_index;
        if (ix) im_raw_retire(t, ix, sizeof(Index) + (ix->mask + 1) * sizeof(IndexEntry));
        if (s->x_model) im_dict_model_retire(t, s->x_model);
        im_region_bury(s, sizeof *s);
        s = deeper;
    }
}
