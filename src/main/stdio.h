/* Standard streams.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MAIN_STDIO_H
#define IM_MAIN_STDIO_H

#include "main/main.h"

/* Makes sys.stdin, stdout, stderr and builtins.open; `plain`: without _io. */
IM_MUST_USE int im_stdio_init(Thread *t, bool plain);
/* Flushes stdout and stderr; -1 when stdout's data was lost, which is reported. Keeps the pending exception. */
int im_stdio_flush(Thread *t, bool report);

#endif
