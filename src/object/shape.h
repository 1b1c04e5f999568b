/* Shapes (hidden classes): which attribute sits in which slot of an instance.
 *
 * Every type has a root shape; adding an attribute moves the object to a child shape. An object's header names its shape, so one 32-bit compare
 * (im_shape_id) checks class and layout. Layout of an instance whose type has IM_TF_HAS_DICT, from type->attr_offset on:
 *     Value x_extra          no value, or an ImSlotArray for slots beyond n_inline (raw memory; its address with tag 010, im_slot_array), or, in
 *                            dict mode, the instance's dict (a counted object, untagged; no value: not made yet). The tag lets a reader
 *                            with a stale shape see that it must start over.
 *     Value x_slots[n_inline]
 * Slots are append-only per object: deleting an attribute, or asking for __dict__, moves the object to dict mode (the type's dict shape) and
 * the inline slots are emptied for good. So a reader that saw a shape may load its slot: empty (IM_UNSET) means "start over", and a
 * writer whose exchange gives back IM_UNSET takes its value out again and starts over too (im_generic_setattr).
 * Types whose instances vary in size (int, str, tuple subclasses) keep x_extra in the last word of the block: attr_offset is IM_ATTR_AT_END.
 * Writers: a shared object's shape changes under the object's lock, value stored before shape (release); inline slots are written by exchange; overflow slots
 * and dict mode under the lock.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_SHAPE_H
#define IM_OBJECT_SHAPE_H

#include "mem/alloc.h"
#include "mem/store.h"
#include "mem/visit.h"

enum { IM_SHAPE_ROOT = 2 }; /* beside IM_SHAPE_DICT */

struct ImShape {
    ImType *type;          /* first: im_type_of_obj */
    uint32_t kind;         /* IM_SHAPE_ bits */
    uint32_t nslots;       /* attributes in this shape */
    ImShape *parent;       /* shape before the last attribute was added */
    Value name;            /* attribute added, interned */
    void *x_transitions;   /* children by name; append-only, shape.c */
    void *x_index;         /* name -> slot, built on first use */
    void *x_model;         /* the table of a dict with these names (im_dict_model), built on first use */
};
_Static_assert(offsetof(ImShape, kind) == offsetof(ImShapeHead, kind), "what the collectors know of a shape");

/* Identity of a shape in 32 bits: low half of its address (regions are placed so that no two shapes share it). Never 0, and given out again only after the class has
 * died and every cache has been emptied (im_region_bury). Who holds an object of the class, or the class, may hold on to its shapes; where instances were moved to
 * another class, that is not enough, and they stay for ever (ImType.x_stray). */
IM_INLINE uint32_t im_shape_id(const ImShape *s) { return (uint32_t)(uintptr_t)s; }
IM_INLINE uint32_t im_object_shape_id(const ImObject *o) { return im_load_relaxed((const uint32_t *)(const void *)&o->x_shape); }

typedef struct ImSlotArray {
    uint64_t cap;
    Value x_items[];
} ImSlotArray;
IM_INLINE bool im_is_slot_array(Value extra) { return (extra.bits & 7) == 2; }
IM_INLINE ImSlotArray *im_slot_array(Value extra) { return (ImSlotArray *)(uintptr_t)(extra.bits - 2); }
IM_INLINE Value im_slot_array_value(ImSlotArray *a) { return (Value){(uint64_t)(uintptr_t)a + 2}; }

/* Objects with more attributes than this, or shapes with more children, go to dict mode. */
enum { IM_SHAPE_MAX_SLOTS = 128, IM_SHAPE_MAX_CHILDREN = 256 };
/* Number of children of s (racy, for the policy above). */
uint32_t im_shape_children(ImShape *s);
/* New shape without parent in the region; null with MemoryError pending (t may be null at start-up). */
IM_MUST_USE ImShape *im_shape_new(Thread *t, ImType *type, uint32_t kind);

/* Slot of an interned name, or -1. */
int im_shape_find(ImShape *s, Value name);
/* The child of s with `name` added, if there is one already. */
ImShape *im_shape_child(ImShape *s, Value name);
/* Child of s with `name` added; null with MemoryError pending. Names are made immortal. */
IM_MUST_USE ImShape *im_shape_add(Thread *t, ImShape *s, Value name);
/* s (may be null) and all below it, whose class dies: buried. */
void im_shape_bury(Thread *t, ImShape *s);

#endif
