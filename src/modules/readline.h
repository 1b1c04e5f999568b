/* Lines that a user types at a terminal: for input() and the prompt.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_READLINE_H
#define IM_MODULES_READLINE_H

#include "modules/module.h"

/* Set by module readline: lines are edited. */
extern char *(*im_readline_hook)(Thread *t, const char *prompt);
/* A line with its newline, malloced; "" at the end of the input; null with an exception pending (KeyboardInterrupt). */
IM_MUST_USE char *im_terminal_line(Thread *t, const char *prompt);

#endif
