/* What weakref.c and weakproxy.c share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_WEAKREF_IMPL_H
#define IM_TYPES_WEAKREF_IMPL_H

#include "types/weakref.h"

bool im_is_weakref_object(const ImObject *o);
IM_MUST_USE Value im_weakref_make(Thread *t, ImType *type, Value target, Value callback);
int im_weakref_traverse(ImObject *o, ImVisit visit, void *arg);
void im_weakref_clear(Thread *t, ImObject *o);
void im_weakref_destroy(Thread *t, ImObject *o);
void im_weakref_unlink(ImObject *o); /* takes a reference out of its referent's list: first thing when it dies */

#endif
