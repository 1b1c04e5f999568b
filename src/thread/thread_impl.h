/* Between the files of thread/.
 * SPDX-License-Identifier: MIT */
#ifndef IM_THREAD_THREAD_IMPL_H
#define IM_THREAD_THREAD_IMPL_H

#include "base/os.h"
#include "thread/thread.h"

/* gil.c */
void im_gil_take(Thread *t);
void im_gil_drop(Thread *t);
bool im_gil_wanted(void);     /* somebody waits for it; racy */
void im_gil_yield(Thread *t); /* at a safepoint, on request: lets another thread have its turn */
void im_gil_after_fork(Thread *t);

/* world.c */
void im_world_attach(Thread *t);  /* everything but the GIL */
void im_world_detach(Thread *t);
void im_world_leave(Thread *t);   /* t is out of the list: wakes a stopper that waits for it */
void im_world_park(Thread *t);    /* at a safepoint: lets a stopper have its stop */
bool im_world_quiet(void);        /* nobody is attached; racy. Caller is detached */
void im_solo_poll(Thread *t);     /* at a safepoint: hands over, or becomes solo */
void im_world_after_fork(Thread *t);

/* epoch.c */
int im_epoch_init(Thread *t);
void im_epoch_fini(Thread *t);    /* what still waits goes to whoever reclaims next */
void im_epoch_after_fork(Thread *t);

#endif
