/* Events of sys.settrace, sys.setprofile and sys.monitoring.
 *
 * The loop exists twice (eval.c, eval_traced.c). A thread that has nothing to report runs the first, in which none of this costs anything. IM_POLL_TRACE in x_poll asks
 * for the second: the first one tests x_poll at its safepoints anyway. Both keep all their state in the frame between two instructions, so either
 * goes on where the other left off.
 * SPDX-License-Identifier: MIT */
#ifndef IM_VM_TRACE_H
#define IM_VM_TRACE_H

#include "types/monitor.h"
#include "vm/frame.h"

/* Sets IM_POLL_TRACE as t's state asks; for every thread when `all`. */
void im_trace_update(Thread *t, bool all);

/* Before the instruction at pc runs. prev: the one that ran before in this frame, or null; flowed: control came from it, not through a handler.
 * 0; 1 the trace function has set another line: go on at f->x_pc; 2 the same, but the YIELD at pc runs first; -1 with an exception pending. */
IM_MUST_USE int im_trace_step(Thread *t, ImFrame *f, const uint32_t *pc, const uint32_t *prev, bool flowed);
/* Start of the instruction that contains the unit before pc, or null. */
const uint32_t *im_trace_previous(Thread *t, ImFrame *f, const uint32_t *pc);
/* A generator goes on after its YIELD. 0 or -1. */
IM_MUST_USE int im_trace_resumed(Thread *t, ImFrame *f);
/* Some tool wants CALL at the instruction at pc. */
bool im_trace_call_wanted(ImFrame *f, const uint32_t *pc);
/* After a call by CALL, CALLM, CALLEX of something that is no Python function: C_RETURN or C_RAISE, for tools only if they wanted CALL (`wanted`): who asks for
 * events hears nothing of that call itself. Steals and returns result. */
IM_MUST_USE Value im_trace_called(Thread *t, ImFrame *f, Value callee, Value arg, Value result, bool wanted);
/* The iteration over, or the wait for, a generator has ended with `value` at f's instruction. */
IM_MUST_USE int im_trace_stop_iteration(Thread *t, ImFrame *f, Value value);
/* SEND has got the last value from something that was not resumed in this loop. */
IM_MUST_USE int im_trace_sent(Thread *t, ImFrame *f, Value receiver, Value value);
/* Exceptions: the pending one, which a callback's own may replace. */
void im_trace_exception(Thread *t, ImFrame *f, int event);
/* f's instruction passes an exception on that came up elsewhere in the frame. */
bool im_trace_passes_on(const ImFrame *f);
/* The frame is left by the pending exception. */
void im_trace_unwind(Thread *t, ImFrame *f);

/* jump.c: frame.f_lineno = line, in a line event. 0 or -1. */
IM_MUST_USE int im_trace_jump(Thread *t, ImFrame *f, int line);

#endif
