/* Capsules: a C pointer with a name, in an object. How native code hands other native code its functions (PyCapsule of CPython's C API).
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_CAPSULE_H
#define IM_TYPES_CAPSULE_H

#include "object/type.h"

IM_TYPE_DECLARE(PyCapsule);

/* Called with the capsule while it dies. */
typedef void (*ImCapsuleEnd)(void *capsule);

/* The name, null allowed, is not copied: it lives as long as the capsule. Fields change by relaxed stores; whoever changes them orders his own users. */
typedef struct ImCapsule {
    ImObject head;
    void *x_pointer;
    const char *x_name;
    void *x_context;
    ImCapsuleEnd x_end;
} ImCapsule;

/* New reference. pointer null is a ValueError. */
IM_MUST_USE Value im_capsule_new(Thread *t, void *pointer, const char *name, ImCapsuleEnd end);
/* v's fields, or null with ValueError "FUNCTION called with …" where v is no capsule or has no pointer. */
IM_MUST_USE ImCapsule *im_capsule_of(Thread *t, Value v, const char *function);
/* Both null, or equal texts. */
bool im_capsule_same_name(const char *a, const char *b);

#endif
