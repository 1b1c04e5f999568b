/* Epochs: when memory that other threads may still be looking at can be used again (ownership protocol).
 *
 * Global counter G. A thread's x_epoch is 0 while detached. attach: xchg(x_epoch, G) until G is unchanged; safepoint: x_epoch = G; detach: 0.
 * retire(x) after every path to x is cut: goal = ++G. x is free when every thread's x_epoch is 0 or >= goal.
 * Freeing calls `free_fn(p)` on the retiring thread at one of its safepoints (or on whoever adopts its list).
 * SPDX-License-Identifier: MIT */
#ifndef IM_THREAD_EPOCH_H
#define IM_THREAD_EPOCH_H

#include "thread/thread.h"

void im_epoch_retire(Thread *t, void *p, size_t bytes, void (*free_fn)(Thread *t, void *p));
/* Frees what can be freed. With the world stopped everything can. */
void im_epoch_reclaim(Thread *t, bool world_stopped);
/* As a thread's last act on objects, while it still has its heap: frees what it may of its own. */
void im_epoch_flush(Thread *t);
void im_epoch_attach(Thread *t);
void im_epoch_safepoint(Thread *t); /* thread_lock not held */
void im_epoch_detach(Thread *t);

#endif
