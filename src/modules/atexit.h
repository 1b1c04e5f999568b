/* atexit's list, which finalisation and fork children run.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_ATEXIT_H
#define IM_MODULES_ATEXIT_H

#include "modules/module.h"

/* Calls the registered functions, last first, and forgets them. Exceptions are reported as unraisable. */
void im_atexit_run(Thread *t);

#endif
