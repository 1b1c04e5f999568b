/* Contexts, for native modules that run callbacks in them.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_CONTEXTVARS_H
#define IM_MODULES_CONTEXTVARS_H

#include "modules/module.h"

/* copy_context() */
IM_MUST_USE Value im_context_copy_current(Thread *t);
/* Makes ctx (a Context) the thread's current one: *old is what im_context_leave puts back. RuntimeError when it is entered already. */
IM_MUST_USE int im_context_enter(Thread *t, Value ctx, Value *old);
void im_context_leave(Thread *t, Value ctx, Value old); /* steals old */
bool im_is_context(Value v);

#endif
