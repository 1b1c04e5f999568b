/* Attributes that sit in an instance itself, whatever its mode (shape.h): names are interned exact str.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_INSTANCE_H
#define IM_OBJECT_INSTANCE_H

#include "object/type.h"

/* 1 found (*out owned), 0 absent (*out no value), -1 error. */
IM_MUST_USE int im_instance_get(Thread *t, ImObject *o, ImType *ty, Value name, Value *out);
/* Stores v (borrowed). 1 stored, 0 the instance cannot have attributes, -1 error. */
IM_MUST_USE int im_instance_put(Thread *t, ImObject *o, ImType *ty, Value name, Value v);
/* 1 deleted, 0 absent, -1 error. */
IM_MUST_USE int im_instance_delete(Thread *t, ImObject *o, ImType *ty, Value name);
/* Gives o another class with the same storage (checked by the caller): shape, type reference. */
IM_MUST_USE int im_instance_set_type(Thread *t, ImObject *o, ImType *ty);

#endif
