/* sys.monitoring's registry (PEP 669): which tools want which events. The module fills it; the loop reads it.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_MONITOR_H
#define IM_TYPES_MONITOR_H

#include "object/abstract.h"

enum { IM_MON_TOOLS = 6, IM_MON_EVENTS = 17 };
/* Events by bit, CPython's numbers. */
enum { IM_EV_PY_START, IM_EV_PY_RESUME, IM_EV_PY_RETURN, IM_EV_PY_YIELD, IM_EV_CALL, IM_EV_LINE, IM_EV_INSTRUCTION, IM_EV_JUMP, IM_EV_BRANCH, IM_EV_STOP_ITERATION,
    IM_EV_RAISE, IM_EV_EXCEPTION_HANDLED, IM_EV_PY_UNWIND, IM_EV_PY_THROW, IM_EV_RERAISE, IM_EV_C_RETURN, IM_EV_C_RAISE };

typedef struct ImMonitor {
    uint32_t x_events[IM_MON_TOOLS];             /* sets of events wanted everywhere */
    uint32_t x_any;                              /* their union, local sets included: the loop's one test */
    Value x_name[IM_MON_TOOLS];                  /* tool in use, or no value; owned */
    Value x_callback[IM_MON_TOOLS][IM_MON_EVENTS]; /* exchange; owned, or no value */
    Value local;                                 /* dict: code -> tuple of sets per tool, or no value */
    Value disable, missing;                      /* sys.monitoring.DISABLE, MISSING */
    uint32_t x_version;                          /* counts changes; restart_events() too */
} ImMonitor;
extern ImMonitor im_monitor;

#endif
