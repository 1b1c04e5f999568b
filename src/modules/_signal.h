/* Signals, for the modules that fork or wait.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_SIGNAL_H
#define IM_MODULES_SIGNAL_H

#include <signal.h>

#include "modules/module.h"

/* In a fork's child: signals that the parent had still to handle are not ours. */
void im_signal_after_fork(Thread *t);
/* Iterable of signal numbers. */
IM_MUST_USE int im_signal_set_arg(Thread *t, Value v, sigset_t *out);
/* Handlers back to how programs expect to be started. */
void im_signal_restore_defaults(void);
/* The interpreter ends: from here on signals do what they do to any process. */
void im_signal_fini(void);
/* As if the signal had arrived (_thread.interrupt_main). */
void im_signal_trip(int signum);

#endif
