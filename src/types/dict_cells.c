/* The cells of namespaces: where caches find a name's value without its dict.
 * SPDX-License-Identifier: MIT
 *
 * A cell serves one name of one dict. When the name is deleted the cell stays, empty, for as long as the dict lives, because caches may name it, and is used
 * again when the name comes back. Dead dicts' cells serve others: caches name a cell together with its dict's uid, and uids are not used twice. */
#include <sched.h>

#include "mem/object.h"
#include "thread/lock.h"
#include "types/dict_table.h"

static _Alignas(4) uint8_t lock[4]; /* the first is the lock; who waits for it sleeps on the word */
static ImGlobalCell *free_cells;    /* linked through x_value */

enum { BUCKETS = 1024 };
static uint32_t x_empty[BUCKETS]; /* of living dicts by uid, linked through next: region offsets, 0 ends; written under the lock */
static uint32_t *bucket(uint32_t uid) { return &x_empty[uid % BUCKETS]; }
static ImGlobalCell *cell_at(uint32_t offset) { return offset ? im_region_at(offset) : NULL; }

static void make_free(ImGlobalCell *c)
{
    im_store_relaxed(&c->x_value.bits, im_value(free_cells).bits);
    free_cells = c;
}

ImGlobalCell *im_cell_alloc(uint32_t uid, Value name, bool *again)
{
    im_byte_lock(lock);
    uint32_t *at = bucket(uid);
    ImGlobalCell *c;
    while ((c = cell_at(*at)) != NULL && (c->uid != uid || !im_same(c->name, name))) at = &c->next;
    *again = c != NULL;
    if (c) {
        im_store_relaxed(at, c->next);
    } else {
        c = free_cells;
        if (c) free_cells = (ImGlobalCell *)im_ptr(c->x_value);
    }
    im_byte_unlock(lock);
    if (!c) c = im_region_alloc(sizeof *c);
    if (c && !*again) {
        im_store_relaxed(&c->x_value.bits, (uint64_t)0);
        c->uid = uid;
    }
    return c;
}

void im_cell_free(ImGlobalCell *c)
{
    im_byte_lock(lock);
    make_free(c);
    im_byte_unlock(lock);
}

void im_cell_keep(ImGlobalCell *c)
{
    im_byte_lock(lock);
    uint32_t *at = bucket(c->uid);
    c->next = *at;
    im_store_relaxed(at, im_region_offset(c));
    im_byte_unlock(lock);
}

void im_cells_free_kept(uint32_t uid)
{
    uint32_t *at = bucket(uid);
    ImGlobalCell *c;
    if (!im_load_relaxed(at)) return; /* who kept one of this dict's had the dict */
    im_byte_lock(lock);
    while ((c = cell_at(*at)) != NULL)
        if (c->uid == uid) {
            im_store_relaxed(at, c->next);
            make_free(c);
        } else {
            at = &c->next;
        }
    im_byte_unlock(lock);
}

/* Empty while the key is there: it is just being deleted, or has just come back. */
Value im_cell_load(Thread *t, Value *slot)
{
    for (int tries = 0;; tries++) {
        Value v = {im_load_acquire(&slot->bits)};
        if (!im_is_cell_word(v)) return IM_NO_VALUE; /* deleted, or moved: the caller looks again */
        v = im_slot_get(t, NULL, &im_cell_of(v)->x_value);
        if (!im_no_value(v) || im_load_acquire(&slot[-1].bits) == IM_DELETED.bits) return v;
        if (tries > 100) sched_yield(); /* whoever has the dict's lock is not running */
    }
}
