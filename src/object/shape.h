/* Shapes (hidden classes): which attribute sits in which slot of an instance.
 *
 * Every type has a root shape; adding an attribute moves the object to a child shape. An object's header names its shape, so one 32-bit compare
 * (im_shape_id) checks class and layout. Layout of an instance whose type has IM_TF_HAS_DICT, from type->attr_offset on:
 *     Value x_extra          no value, or an ImSlotArray (raw memory, as an im_value pointer never counted) for slots beyond n_inline, or, in
 *                            dict mode, the instance's dict (a counted object)
 *     Value x_slots[n_inline]
 * Slots are append-only per object: deleting an attribute, or asking for __dict__, moves the object to dict mode (the type's dict shape) and
 * the inline slots are emptied for good. So a reader that saw a shape may load its slot: empty means "start over".
 * Writers: a shared object's shape changes under the object's lock, value stored before shape (release); inline slots are written by exchange; overflow slots
 * and dict mode under the lock.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_SHAPE_H
#define IM_OBJECT_SHAPE_H

#include "mem/alloc.h"
#include "mem/store.h"

enum { IM_SHAPE_DICT = 1, IM_SHAPE_ROOT = 2 };

struct ImShape {
    ImType *type;          /* first: im_type_of_obj */
    uint32_t kind;         /* IM_SHAPE_ bits */
    uint32_t nslots;       /* attributes in this shape */
    ImShape *parent;       /* shape before the last attribute was added */
    Value name;            /* attribute added, interned */
    void *x_transitions;   /* children by name; append-only, shape.c */
    void *x_index;         /* name -> slot, built on first use */
};

/* Identity of a shape in 32 bits: low half of its address (regions are placed so that no two shapes share it). Never 0, never reused. */
IM_INLINE uint32_t im_shape_id(const ImShape *s) { return (uint32_t)(uintptr_t)s; }
IM_INLINE uint32_t im_object_shape_id(const ImObject *o) { return im_load_relaxed((const uint32_t *)(const void *)&o->x_shape); }

typedef struct ImSlotArray {
    uint64_t cap;
    Value x_items[];
} ImSlotArray;

/* Slot of an interned name, or -1. */
int im_shape_find(ImShape *s, Value name);
/* Child of s with `name` added; null with MemoryError pending. Names are made immortal. */
IM_MUST_USE ImShape *im_shape_add(Thread *t, ImShape *s, Value name);

#endif
