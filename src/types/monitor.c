/* sys.monitoring's registry, and the tables that tracing keeps per code object.
 * SPDX-License-Identifier: MIT
 *
 * Where lines begin is CPython's rule: where the line differs from that of the instruction before it in the code, and at the targets of jumps and handlers. Whether a
 * line event comes there depends on the line of the instruction that ran before (vm/trace.c). */
#include "types/monitor.h"

#include "code/opinfo.h"

ImMonitor im_monitor;

static void fill_lines(const ImCode *code, ImCodeTrace *tr)
{
    ImPositionReader r;
    im_positions_begin(&r, code->positions, code->positions_len, code->firstlineno);
    while (im_positions_next(&r))
        for (uint32_t i = r.at.start; i < r.next && i < tr->nunits; i++) tr->lines[i] = r.at.line;
}

static void mark_target(ImCodeTrace *tr, int64_t unit)
{
    if (unit > tr->first && unit < tr->nunits && tr->lines[unit] > 0) tr->marks[unit] |= IM_TM_LINE;
}

static void fill_marks(const ImCode *code, ImCodeTrace *tr)
{
    int32_t line = -1;
    for (uint32_t i = 0; i < tr->nunits;) {
        uint32_t u = im_load_relaxed(&code->x_units[i]), op = im_op_generic[u & 0xFF], end = i + im_op_length[op];
        tr->marks[i] |= IM_TM_START;
        if (op == OP_RESUME) {
            tr->first = i;
            line = -1;
        } else if (tr->first || (code->x_units[0] & 0xFF) == OP_RESUME) {
            if (tr->lines[i] >= 0 && tr->lines[i] != line) tr->marks[i] |= IM_TM_LINE;
            line = tr->lines[i];
        }
        i = end;
    }
    for (uint32_t i = tr->first; i < tr->nunits;) {
        uint32_t u = im_load_relaxed(&code->x_units[i]), op = im_op_generic[u & 0xFF], end = i + im_op_length[op];
        if (im_op_info[op].format == IM_FORMAT_J) mark_target(tr, (int64_t)end + ((int32_t)u >> 8));
        else if (im_op_info[op].extra == IM_EXTRA_JMP) mark_target(tr, (int64_t)end + (int32_t)code->x_units[i + 1]);
        i = end;
    }
    for (uint32_t i = 0; i < code->nhandlers; i++) mark_target(tr, code->handlers[i].handler);
}

ImCodeTrace *im_code_trace(Thread *t, ImCode *code)
{
    ImCodeTrace *tr = im_load_acquire(&code->x_trace), *none = NULL;
    if (tr) return tr;
    uint32_t n = code->nunits;
    tr = im_raw_alloc_zero(t, sizeof *tr + (size_t)n * 5, 1);
    if (!tr) return NULL;
    tr->nunits = n;
    tr->lines = (int32_t *)(tr + 1);
    tr->marks = (uint8_t *)(tr->lines + n);
    tr->x_version = im_load_relaxed(&im_monitor.x_version);
    fill_lines(code, tr);
    fill_marks(code, tr);
    if (im_cas_acq_rel(&code->x_trace, &none, tr)) return tr;
    im_raw_free(tr);
    return none;
}

void im_code_trace_free(ImCodeTrace *tr)
{
    if (!tr) return;
    for (int i = 0; i < IM_MON_LOCAL_EVENTS; i++) im_raw_free(tr->x_off[i]);
    im_raw_free(tr);
}

uint32_t im_code_trace_tools(ImCodeTrace *tr, int event, uint32_t unit)
{
    uint32_t tools = (uint32_t)im_load_relaxed(&im_monitor.x_tools[event]) | im_load_relaxed(&tr->x_tools[event]);
    if (!tools) return 0;
    uint32_t version = im_load_relaxed(&im_monitor.x_version);
    if (im_load_relaxed(&tr->x_version) != version) {
        for (int e = 0; e < IM_MON_LOCAL_EVENTS; e++) {
            uint8_t *off = im_load_acquire(&tr->x_off[e]);
            for (uint32_t i = 0; off && i < tr->nunits; i++) im_store_relaxed(&off[i], 0);
        }
        im_store_relaxed(&tr->x_version, version);
    }
    uint8_t *off = im_load_acquire(&tr->x_off[event]);
    return off ? tools & ~(uint32_t)im_load_relaxed(&off[unit]) : tools;
}

void im_code_trace_disable(Thread *t, ImCodeTrace *tr, int event, uint32_t unit, int tool)
{
    uint8_t *off = im_load_acquire(&tr->x_off[event]), *none = NULL;
    if (!off) {
        off = im_raw_alloc_zero(t, tr->nunits, 1);
        if (!off) { im_exc_clear(t); return; } /* it stays enabled */
        if (!im_cas_acq_rel(&tr->x_off[event], &none, off)) {
            im_raw_free(off);
            off = none;
        }
    }
    im_or_relaxed(&off[unit], (uint8_t)(1 << tool));
}
