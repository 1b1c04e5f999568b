/* Slow half of loading a slot: the value is shared.
 * SPDX-License-Identifier: MIT */
#include "mem/store.h"

#include "mem/mem_impl.h"
#include "thread/epoch.h"

enum { TRIES = 3 };

/* The slot's own reference holds the value while the lock is held, if the slot's writers hold it; where one of them exchanges after all, the re-check tells. */
static Value get_locked(Thread *t, ImObject *container, Value *x_slot)
{
    for (;;) {
        im_object_lock(t, container);
        Value v = {im_load_acquire(&x_slot->bits)};
        bool taken = !im_is_object(v) || im_try_take(im_ptr(v)), same = im_load_acquire(&x_slot->bits) == v.bits;
        im_object_unlock(t, container);
        if (taken && (same || !im_is_object(v))) return v;
        if (taken) im_drop_obj(t, im_ptr(v));
        im_cpu_relax();
    }
}

Value im_slot_get_slow(Thread *t, ImObject *container, Value *x_slot, Value v)
{
    if (t->solo) { /* nobody else changes the slot, or its value's count */
        im_take_obj(im_ptr(v));
        return v;
    }
    im_solo_tick(t);
    for (int tries = 0;; tries++) {
        ImObject *o = im_ptr(v);
        if (container && tries >= TRIES) return get_locked(t, container, x_slot);
        if (im_try_take(o)) {
            /* The re-check: a dropper may have put the object's __del__ behind it before the count came back to life (ownership protocol 1.2). If the try
             * read a count written after the remover's drop, it synchronised with that drop, and this load sees the emptied slot. */
            Value again = {im_load_acquire(&x_slot->bits)};
            if (im_same(again, v)) return v;
            im_drop_obj(t, o);
            v = again;
        } else { /* dead, so the slot has changed or is about to */
            if (container) return get_locked(t, container, x_slot);
            im_cpu_relax();
            v.bits = im_load_acquire(&x_slot->bits);
        }
        if (!im_is_object(v)) return v;
    }
}

static void drop_later(Thread *t, void *p) { im_drop_obj(t, p); }
void im_slot_put_name(Thread *t, ImObject *container, Value *x_slot, Value v)
{
    Value old = im_slot_exchange(t, container, x_slot, v);
    if (!im_is_object(old)) return;
    ImObject *o = im_ptr(old);
    /* An instance of a subclass of str may have a finalizer, which must not run where retired memory is freed. */
    if (im_is_private_obj(o) || !(im_core_flags(im_core_of(o)) & IM_TF_LEAF)) im_drop_obj(t, o);
    else im_epoch_retire(t, o, im_object_capacity(o), drop_later);
}
