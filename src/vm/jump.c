/* frame.f_lineno = line: going on elsewhere.
 * SPDX-License-Identifier: MIT */
#include "vm/trace.h"
int im_trace_jump(Thread *t, ImFrame *f, int line) { (void)f; (void)line; return im_raise_valueerror(t, "x"), -1; }
