/* Store and load primitives: the only code that reads or writes references in objects that exist.
 *
 * A type's own code asks once, "is my container private?" (im_is_private_obj(o)). If so, only this thread sees it: plain loads and stores of its fields,
 * im_take on what it returns. If not, it takes the container's lock for every change (im_object_lock), publishes what it stores BEFORE locking, stores with
 * im_slot_store_locked, and drops what it displaced AFTER unlocking. No Python code, safepoint, drop or big allocation under an object lock.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MEM_STORE_H
#define IM_MEM_STORE_H

#include "mem/count.h"
#include "thread/lock.h"

void im_publish_slow(Thread *t, Value v);
/* Makes everything reachable from v shared, unless it is already. Call before v is stored where another thread can see it; never under a lock. */
IM_INLINE void im_publish(Thread *t, Value v)
{
    if (im_is_object(v) && im_is_private_obj(im_ptr(v))) im_publish_slow(t, v);
}

IM_INLINE void im_object_lock(Thread *t, ImObject *o) { (void)t; im_byte_lock(&o->x_lock); }
IM_INLINE void im_object_unlock(Thread *t, ImObject *o) { (void)t; im_byte_unlock(&o->x_lock); }

/* First store into a slot of an object that only the caller can see. Steals v. */
IM_INLINE void im_slot_init(ImObject *container, Value *slot, Value v)
{
    IM_ASSERT2(im_is_private_obj(container) || (im_rt.stress & IM_STRESS_SHARED)); (void)container;
    *slot = v;
}
/* Store under the container's lock (or in a private container): returns the old content, which the caller drops after unlocking.
 * v is already published when the container is shared. Steals v. */
IM_MUST_USE IM_INLINE Value im_slot_store_locked(Value *slot, Value v)
{
    Value old = *slot;
    im_store_release(&slot->bits, v.bits);
    return old;
}
/* Loads a slot of any container without its lock and takes a reference. "No value", IM_UNSET and markers come back as they are.
 * Falls back to the container's lock, so: only for slots all of whose writers hold that lock, or with container = null for slots written
 * only by im_slot_exchange (which retry instead). */
IM_MUST_USE Value im_slot_get_slow(Thread *t, ImObject *container, Value *x_slot, Value seen);
IM_MUST_USE IM_INLINE Value im_slot_get(Thread *t, ImObject *container, Value *x_slot)
{
    Value v = {im_load_acquire(&x_slot->bits)};
    if (!im_is_object(v)) return v;
    ImObject *o = im_ptr(v);
    uint32_t w = im_load_relaxed(&o->x_count);
    if (IM_LIKELY((int32_t)w > 0 && w < 0x7FFFFFFFu)) { /* private value => private container: mine */
        im_store_relaxed(&o->x_count, w + 1);
        return v;
    }
    if (w == IM_COUNT_UNC) return v;
    return im_slot_get_slow(t, container, x_slot, v);
}
/* Replaces a slot that never moves and whose every writer uses this function (cells, globals' cells, inline attributes). Publishes when the container is
 * shared. Steals v; returns the old content, owned. */
IM_MUST_USE IM_INLINE Value im_slot_exchange(Thread *t, ImObject *container, Value *x_slot, Value v)
{
    if (im_is_private_obj(container)) {
        Value old = *x_slot;
        *x_slot = v;
        return old;
    }
    im_publish(t, v);
    return (Value){im_xchg_acq_rel(&x_slot->bits, v.bits)};
}
/* v in place of `seen`, which the caller holds a reference to (or is no object), where the slot still holds that: what is made when first asked for is the same for
 * all threads. Borrows v; true when it was stored. For the slots of im_slot_exchange. */
IM_MUST_USE IM_INLINE bool im_slot_replace(Thread *t, ImObject *container, Value *x_slot, Value seen, Value v)
{
    if (!im_is_private_obj(container)) im_publish(t, v);
    im_take(v);
    uint64_t expected = seen.bits;
    bool stored = im_cas_acq_rel(&x_slot->bits, &expected, v.bits);
    im_xdrop(t, stored ? seen : v);
    return stored;
}
/* Whole store in a slot that never moves: exchange, then drop. Steals v. */
IM_INLINE void im_slot_put(Thread *t, ImObject *container, Value *x_slot, Value v)
{
    im_xdrop(t, im_slot_exchange(t, container, x_slot, v));
}
/* The same for names, which messages borrow: what was there is dropped once every thread has passed a safepoint. */
void im_slot_put_name(Thread *t, ImObject *container, Value *x_slot, Value v);

#endif
