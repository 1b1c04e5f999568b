/* sys.monitoring's registry (PEP 669): which tools want which events, and per code object where they do not. The module fills it; the traced loop reads it.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_MONITOR_H
#define IM_TYPES_MONITOR_H

#include "code/code.h"

enum { IM_MON_TOOLS = 6, IM_MON_EVENTS = 17 };
/* Events by bit, CPython's numbers. */
enum { IM_EV_PY_START, IM_EV_PY_RESUME, IM_EV_PY_RETURN, IM_EV_PY_YIELD, IM_EV_CALL, IM_EV_LINE, IM_EV_INSTRUCTION, IM_EV_JUMP, IM_EV_BRANCH, IM_EV_STOP_ITERATION,
    IM_EV_RAISE, IM_EV_EXCEPTION_HANDLED, IM_EV_PY_UNWIND, IM_EV_PY_THROW, IM_EV_RERAISE, IM_EV_C_RETURN, IM_EV_C_RAISE };
enum { IM_MON_LOCAL_EVENTS = IM_EV_STOP_ITERATION + 1 }; /* the first ones belong to instructions: they can be local to a code object and be disabled */

typedef struct ImMonitor {
    uint32_t x_events[IM_MON_TOOLS];             /* sets of events wanted everywhere */
    uint8_t x_tools[IM_MON_EVENTS];              /* the same turned around: tools by bit */
    uint32_t x_any;                              /* union of all sets, local ones included: not zero while any thread has to report events */
    Value x_name[IM_MON_TOOLS];                  /* tool in use, or no value; owned */
    Value x_callback[IM_MON_TOOLS][IM_MON_EVENTS]; /* exchange; owned, or no value */
    Value local;                                 /* dict: code -> tuple of sets per tool, or no value */
    Value disable, missing;                      /* sys.monitoring.DISABLE, MISSING */
    uint32_t x_version;                          /* counts restart_events(): older marks of "disabled" do not count */
} ImMonitor;
extern ImMonitor im_monitor;

enum { IM_TM_START = 1 /* an instruction begins here */, IM_TM_LINE = 2 /* which may begin a line */ };

/* What tracing knows of a code object; made when it first runs traced. Everything per unit. */
typedef struct ImCodeTrace {
    uint32_t nunits;
    uint32_t first;                              /* RESUME: nothing before it is traced */
    uint32_t x_version;                          /* im_monitor.x_version that x_off is valid for */
    uint8_t x_tools[IM_MON_LOCAL_EVENTS];        /* tools that want the event in this code */
    uint8_t *x_off[IM_MON_LOCAL_EVENTS];         /* tools that have disabled the event there, or null; set once by CAS */
    int32_t *lines;                              /* source line, 0 none */
    uint8_t *marks;                              /* IM_TM_ bits */
} ImCodeTrace;

/* Null with MemoryError. */
ImCodeTrace *im_code_trace(Thread *t, ImCode *code);
void im_code_trace_free(ImCodeTrace *tr);
/* Tools that want a local event at a unit. */
uint32_t im_code_trace_tools(ImCodeTrace *tr, int event, uint32_t unit);
void im_code_trace_disable(Thread *t, ImCodeTrace *tr, int event, uint32_t unit, int tool);

#endif
