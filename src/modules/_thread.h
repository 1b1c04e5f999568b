/* _thread, which stands in several files.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_THREAD_H
#define IM_MODULES_THREAD_H

#include "modules/module.h"

#define IM_TIMEOUT_MAX 9223372036.0 /* seconds whose nanoseconds fit int64_t */

IM_TYPE_DECLARE(thread_lock);
IM_TYPE_DECLARE(thread_rlock);
IM_TYPE_DECLARE(thread_local);
IM_TYPE_DECLARE(thread_handle);
typedef struct ImThreadLock { ImObject head; ImMutex m; } ImThreadLock; /* _thread.lock */
IM_MUST_USE Value im_thread_lock_new(Thread *t);
/* An RLock without waiting; given back, if it is this thread's; is `method` its _is_owned, and does this thread own it? */
bool im_thread_rlock_try(Thread *t, Value lock);
bool im_thread_rlock_untry(Thread *t, Value lock);
bool im_thread_rlock_owned_by(Thread *t, Value lock, Value method);
/* A lock is being made: library functions that have native bodies (thread_bodies.c) may have been defined since the last one. */
void im_thread_bodies_find(Thread *t);
extern uint8_t im_thread_bodies_wanted; /* not all of them have been found yet; relaxed */
/* Waits up to ns (0: not at all, -1: for ever), running signal handlers: 1 taken, 0 not, -1 a handler raised. */
IM_MUST_USE int im_thread_acquire(Thread *t, ImMutex *m, int64_t ns);
/* Seconds as a Python number to nanoseconds, rounded up. */
IM_MUST_USE int im_thread_timeout(Thread *t, Value v, int64_t *ns);
/* The thread ends: its values of all _local objects go. */
void im_thread_local_leave(Thread *t);
/* In a fork's child. */
void im_thread_module_after_fork(Thread *t);

#endif
