/* Attributes that sit in an instance itself, whatever its mode (shape.h): names are interned exact str.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_INSTANCE_H
#define IM_OBJECT_INSTANCE_H

#include "object/type.h"

/* 1 found (*out owned), 0 absent (*out no value), -1 error. */
IM_MUST_USE int im_instance_get(Thread *t, ImObject *o, ImType *ty, Value name, Value *out);
/* Stores v (borrowed). 1 stored, 0 the instance cannot have attributes, -1 error. */
IM_MUST_USE int im_instance_put(Thread *t, ImObject *o, ImType *ty, Value name, Value v);
/* Where attribute number k of a private instance goes, which has k of them and is not in dict mode; null: no memory (MemoryError, unless t is null). */
IM_MUST_USE Value *im_instance_slot(Thread *t, ImObject *o, ImType *ty, uint32_t k);
/* 1 deleted, 0 absent, -1 error. */
IM_MUST_USE int im_instance_delete(Thread *t, ImObject *o, ImType *ty, Value name);
/* After an exchange into an inline slot of a shared object whose shape then was another than before: if the object has gone to dict mode, what the slot
 * still holds goes to the dict under `name`. 0 or -1. */
IM_MUST_USE int im_instance_settle(Thread *t, ImObject *o, Value *slot, Value name);
/* Gives o, of class `old`, another class with the same storage (checked by the caller): shape, type reference. 1, 0 when o is no `old` any more, -1. */
IM_MUST_USE int im_instance_set_type(Thread *t, ImObject *o, ImType *ty, ImType *old);

#endif
