/* Taking and dropping references (object.h explains the count word).
 *
 * A Value in a C local is *owned* (must be dropped or handed on once) or *borrowed* (valid while somebody else's reference is known to live).
 * Functions return owned Values and take borrowed arguments unless their comment says "steals".
 * SPDX-License-Identifier: MIT */
#ifndef IM_MEM_COUNT_H
#define IM_MEM_COUNT_H

#include "mem/object.h"

void im_take_slow(ImObject *o);
void im_drop_slow(Thread *t, ImObject *o);

IM_INLINE void im_take_obj(ImObject *o)
{
    uint32_t w = im_load_relaxed(&o->x_count) + 1;
    if (IM_UNLIKELY((int32_t)w < 0)) { /* shared, uncounted, or about to overflow */
        if (w != IM_COUNT_UNC + 1) im_take_slow(o);
        return;
    }
    im_store_relaxed(&o->x_count, w);
}
IM_INLINE void im_drop_obj(Thread *t, ImObject *o)
{
    uint32_t w = im_load_relaxed(&o->x_count);
    if (IM_UNLIKELY((int32_t)w <= 1)) { /* last, shared, or uncounted */
        if (w != IM_COUNT_UNC || IM_UNLIKELY(im_has_flag(o, IM_OF_HOT))) im_drop_slow(t, o);
        return;
    }
    im_store_relaxed(&o->x_count, w - 1);
}
/* v is not "no value" (markers and immediates are fine). */
IM_INLINE void im_take(Value v) { if (im_is_ptr(v)) im_take_obj(im_ptr(v)); }
IM_INLINE Value im_new_ref(Value v) { im_take(v); return v; }
IM_INLINE void im_drop(Thread *t, Value v) { if (im_is_ptr(v)) im_drop_obj(t, im_ptr(v)); }
/* The same where v may be "no value". */
IM_INLINE void im_xtake(Value v) { if (im_is_object(v)) im_take_obj(im_ptr(v)); }
IM_INLINE void im_xdrop(Thread *t, Value v) { if (im_is_object(v)) im_drop_obj(t, im_ptr(v)); }
/* n references at once (list * n). Saturates to uncounted. */
void im_take_n(Value v, size_t n);
/* Local variable that is dropped and emptied. */
#define IM_CLEAR(t, lvalue) do { Value im_old_ = (lvalue); (lvalue) = IM_NO_VALUE; im_xdrop((t), im_old_); } while (0)
/* Takes a reference to an object found in a slot that another thread may empty at any moment: false when it is already dead. */
bool im_try_take(ImObject *o);
/* For gc and sys.getrefcount: the count as CPython would say it. */
int64_t im_count_of(Value v);
/* Makes v uncounted for ever (start-up objects, names). */
void im_immortalize(Value v);
/* Runs destruction that was put off for depth; called at the end of deep drops and at safepoints. */
void im_trash_run(Thread *t);
/* Children that a destroy function gives up: same as im_xdrop, named so that readers see why it is safe there. */
#define im_destroy_child(t, v) im_xdrop((t), (v))

#endif
