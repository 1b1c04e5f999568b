/* Lookups that the object layer and the type type share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_LOOKUP_H
#define IM_OBJECT_LOOKUP_H

#include "object/type.h"

/* The interned exact str equal to name (borrowed: interned strings stay); TypeError unless name is a str. */
IM_MUST_USE Value im_attr_name(Thread *t, Value name);
/* 1 found (*out owned), 0 absent without exception, -1 error. name interned. */
IM_MUST_USE int im_generic_lookup(Thread *t, Value obj, Value name, Value *out);
/* The same for attributes of a class, metaclass included (types/type_attr.c), and the type type's getattr slot. */
IM_MUST_USE int im_type_attr_lookup(Thread *t, ImType *type, Value name, Value *out);
Value im_type_getattr(Thread *t, Value self, Value name);
/* Special method of obj's type: owned; *self_first when obj is to be passed first, else bound. No value: absent, or an exception is pending. */
Value im_special_lookup(Thread *t, Value obj, Value name, bool *self_first);
/* AttributeError with name and obj set. */
Value im_raise_attr_of(Thread *t, Value obj, Value name, const char *fmt, ...);

#endif
