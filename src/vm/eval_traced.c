/* The loop again, reporting events (vm/trace.h): before each instruction, and where frames and exceptions come and go.
 * SPDX-License-Identifier: MIT */
#define IM_EVAL_TRACED 1
#include "vm/eval.c"
