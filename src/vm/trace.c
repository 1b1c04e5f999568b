/* Reporting events to sys.settrace's and sys.setprofile's functions and to the tools of sys.monitoring (PEP 669).
 * SPDX-License-Identifier: MIT
 *
 * Order at one place: trace function, profile function, tools from 5 down to 0. While a callback runs (t->tracing) the thread reports nothing and runs the
 * plain loop. A callback that raises raises in the traced frame. */
#include "vm/trace.h"

#include "types/exception.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"

static bool wanted(const Thread *t)
{
    return im_load_relaxed(&t->tracing) == 0
           && (im_load_relaxed(&t->trace_func.bits) != 0 || im_load_relaxed(&t->profile_func.bits) != 0 || im_load_relaxed(&im_monitor.x_any) != 0);
}

static void update_one(Thread *t)
{
    if (wanted(t)) im_or_acq_rel(&t->x_poll, IM_POLL_TRACE);
    else if (im_load_relaxed(&t->x_poll) & IM_POLL_TRACE) im_and_acq_rel(&t->x_poll, ~(uint32_t)IM_POLL_TRACE);
}

void im_trace_update(Thread *t, bool all)
{
    if (!all) { update_one(t); return; }
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *o = im_rt.x_threads; o; o = o->next) update_one(o);
    pthread_mutex_unlock(&im_rt.thread_lock);
}

Value im_eval_switching(Thread *t, ImFrame *f, bool enter)
{
    for (;;) {
        Value v = im_load_relaxed(&t->x_poll) & IM_POLL_TRACE ? im_eval_traced(t, f, enter) : im_eval_plain(t, f, enter);
        if (!im_is_unset(v)) return v;
        enter = false;
        f = t->frame;
    }
}

/* --- callbacks ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct Outer { int32_t event; ImFrame *frame; } Outer;

static Outer enter(Thread *t, ImFrame *f, int event)
{
    Outer o = {t->trace_event, t->trace_frame};
    t->trace_event = event + 1;
    t->trace_frame = f;
    if (t->tracing++ == 0) im_and_acq_rel(&t->x_poll, ~(uint32_t)IM_POLL_TRACE);
    return o;
}
static void leave(Thread *t, Outer o)
{
    t->trace_event = o.event;
    t->trace_frame = o.frame;
    if (--t->tracing == 0) update_one(t);
}

static void forget(Thread *t, Value *slot)
{
    Value old = *slot;
    *slot = IM_NO_VALUE;
    im_xdrop(t, old);
    update_one(t);
}

static Value call_legacy(Thread *t, ImFrame *f, Value fn, Value fo, Value what, Value arg, int event)
{
    Value args[3] = {fo, what, arg};
    im_take(fn);
    Outer o = enter(t, f, event);
    Value r = im_call(t, fn, args, 3, IM_NO_VALUE);
    leave(t, o);
    im_drop(t, fn);
    return r;
}

/* sys.settrace's function (event "call") or the frame's own. */
static int legacy_trace(Thread *t, ImFrame *f, Value what, Value arg, int event)
{
    bool line = event == IM_EV_LINE || event == IM_EV_JUMP || event == IM_EV_BRANCH;
    bool call = event == IM_EV_PY_START || event == IM_EV_PY_RESUME || event == IM_EV_PY_THROW;
    if (!call && im_no_value(f->x_frame_obj)) return 0;
    Value fo = im_frame_object(t, f);
    if (im_no_value(fo)) return -1;
    ImFrameObj *o = (ImFrameObj *)im_ptr(fo);
    Value fn = call ? im_new_ref(t->trace_func) : im_slot_get(t, NULL, &o->trace);
    int rc = 0;
    if (!im_no_value(fn) && !(line && !o->trace_lines) && !(event == IM_EV_INSTRUCTION && !o->trace_opcodes)) {
        Value r = call_legacy(t, f, fn, fo, what, arg, event);
        if (im_no_value(r)) {
            Value e = im_exc_fetch(t);
            forget(t, &t->trace_func);
            im_slot_put(t, &o->head, &o->trace, IM_NO_VALUE);
            im_exc_restore(t, e);
            rc = -1;
        } else if (im_is_none(r)) {
            im_drop(t, r);
        } else {
            im_slot_put(t, &o->head, &o->trace, r);
        }
    }
    im_xdrop(t, fn);
    im_drop(t, fo);
    return rc;
}

static int legacy_profile(Thread *t, ImFrame *f, Value what, Value arg, int event)
{
    Value fo = im_frame_object(t, f);
    if (im_no_value(fo)) return -1;
    Value r = call_legacy(t, f, t->profile_func, fo, what, arg, event);
    im_drop(t, fo);
    if (im_no_value(r)) {
        Value e = im_exc_fetch(t);
        forget(t, &t->profile_func);
        im_exc_restore(t, e);
        return -1;
    }
    im_drop(t, r);
    return 0;
}

static const char *event_name(int event)
{
    static const char *const names[IM_MON_EVENTS] = {"PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "CALL", "LINE", "INSTRUCTION", "JUMP", "BRANCH",
        "STOP_ITERATION", "RAISE", "EXCEPTION_HANDLED", "PY_UNWIND", "PY_THROW", "RERAISE", "C_RETURN", "C_RAISE"};
    return names[event];
}

static uint32_t tools_of(ImCodeTrace *tr, int event, uint32_t unit)
{
    if (event < IM_MON_LOCAL_EVENTS) return im_code_trace_tools(tr, event, unit);
    if (event >= IM_EV_C_RETURN) return im_code_trace_tools(tr, IM_EV_CALL, unit); /* they come with CALL */
    return im_load_relaxed(&im_monitor.x_tools[event]);
}

/* Calls the tools' callbacks with the code object and `args`. */
static int call_tools(Thread *t, ImFrame *f, ImCodeTrace *tr, int event, uint32_t unit, const Value *more, size_t n)
{
    uint32_t tools = tools_of(tr, event, unit);
    Value args[4] = {im_value(f->code)};
    for (size_t i = 0; i < n; i++) args[i + 1] = more[i];
    while (tools) {
        int tool = 31 - __builtin_clz(tools);
        tools &= ~(1u << tool);
        Value fn = im_slot_get(t, NULL, &im_monitor.x_callback[tool][event]);
        if (im_no_value(fn)) continue;
        Outer o = enter(t, f, event);
        Value r = im_call(t, fn, args, n + 1, IM_NO_VALUE);
        leave(t, o);
        im_drop(t, fn);
        if (im_no_value(r)) return -1;
        bool disable = im_same(r, im_monitor.disable);
        im_drop(t, r);
        if (!disable) continue;
        if (event < IM_MON_LOCAL_EVENTS) {
            im_code_trace_disable(t, tr, event, unit, tool);
        } else if (event < IM_EV_C_RETURN) {
            im_xdrop(t, (Value){im_xchg_acq_rel(&im_monitor.x_callback[tool][event].bits, 0)});
            return im_raise_valueerror(t, "Cannot disable %s events. Callback removed.", event_name(event)), -1;
        }
    }
    return 0;
}

static Value offset(uint32_t unit) { return im_int((int64_t)unit * 2); }

/* Events with the instruction's offset and one more argument. */
static int tools1(Thread *t, ImFrame *f, ImCodeTrace *tr, int event, uint32_t unit, Value arg)
{
    Value a[2] = {offset(unit), arg};
    return call_tools(t, f, tr, event, unit, a, 2);
}

/* --- calls of native functions -------------------------------------------------------------------------------------------------------------- */

static bool is_python(Value callee)
{
    if (im_is_function(callee)) return true;
    return im_is_exact(callee, &im_method_type) && im_is_function(((ImMethod *)im_ptr(callee))->func);
}

/* What the profile function sees of a callee: a built-in function or method, owned; or no value without an exception. */
static Value profiled_native(Thread *t, Value callee, Value arg)
{
    if (im_is_exact(callee, &im_builtin_function_or_method_type)) return im_new_ref(callee);
    if (im_is_exact(callee, &im_method_type)) {
        Value fn = ((ImMethod *)im_ptr(callee))->func;
        return im_is_exact(fn, &im_builtin_function_or_method_type) ? im_new_ref(fn) : IM_NO_VALUE;
    }
    if (!im_is_exact(callee, &im_method_descriptor_type)) return IM_NO_VALUE;
    Value self = im_same(arg, im_monitor.missing) ? IM_NONE : arg;
    Value m = IM_SLOT(im_type_of(callee), descr_get)(t, callee, self, im_type_value(im_type_of(self)));
    if (im_no_value(m)) im_exc_clear(t);
    return m;
}

static int c_event(Thread *t, ImFrame *f, ImCodeTrace *tr, uint32_t unit, int event, Value what, Value callee, Value arg)
{
    if (!im_no_value(t->profile_func)) {
        Value m = profiled_native(t, callee, arg);
        if (!im_no_value(m)) {
            int r = legacy_profile(t, f, what, m, event);
            im_drop(t, m);
            if (r < 0) return -1;
        }
    }
    Value a[3] = {offset(unit), callee, arg};
    return call_tools(t, f, tr, event, unit, a, 3);
}

static uint32_t unit_of(Thread *t, ImFrame *f)
{
    const uint32_t *p = im_trace_previous(t, f, f->x_pc);
    return p ? (uint32_t)(p - f->code->x_units) : 0;
}

/* Calls that the source does not show report nothing: entering and failing `with` blocks. */
static bool hidden_call(ImFrame *f, const uint32_t *prev)
{
    if (!prev) return false;
    uint32_t op = im_op_generic[im_load_relaxed(prev) & 0xFF];
    if (op == OP_EXCARGS) return true;
    return prev > f->code->x_units && (op == OP_LOADSPECIAL || (op == OP_CLEAR && (im_load_relaxed(prev - 1) & 0xFF) == OP_LOADSPECIAL));
}

bool im_trace_call_wanted(ImFrame *f, const uint32_t *pc)
{
    uint32_t op = im_op_generic[im_load_relaxed(pc) & 0xFF];
    if (op != OP_CALL && op != OP_CALLM && op != OP_CALLEX && op != OP_LOADSUPER) return false;
    ImCodeTrace *tr = im_load_acquire(&f->code->x_trace);
    return tr && im_code_trace_tools(tr, IM_EV_CALL, (uint32_t)(pc - f->code->x_units)) != 0;
}

Value im_trace_called(Thread *t, ImFrame *f, Value callee, Value arg, Value result, bool wanted)
{
    if (t->tracing || is_python(callee)) return result;
    ImCodeTrace *tr = im_code_trace(t, f->code);
    if (!tr) { im_exc_clear(t); return result; }
    uint32_t unit = unit_of(t, f);
    if (im_no_value(t->profile_func) && (!wanted || !im_code_trace_tools(tr, IM_EV_CALL, unit))) return result;
    if (hidden_call(f, im_trace_previous(t, f, f->code->x_units + unit))) return result;
    if (im_no_value(result)) {
        Value e = im_exc_fetch(t);
        if (c_event(t, f, tr, unit, IM_EV_C_RAISE, IM_S(c_exception), callee, arg) < 0) im_drop(t, e);
        else im_exc_restore(t, e);
        return result;
    }
    if (c_event(t, f, tr, unit, IM_EV_C_RETURN, IM_S(c_return), callee, arg) < 0) IM_CLEAR(t, result);
    return result;
}

static int call_event(Thread *t, ImFrame *f, ImCodeTrace *tr, uint32_t unit, uint32_t u, uint32_t op, const uint32_t *prev)
{
    if (im_no_value(t->profile_func) && !im_code_trace_tools(tr, IM_EV_CALL, unit)) return 0;
    if (hidden_call(f, prev)) return 0;
    const Value *R = f->regs;
    uint32_t a = (u >> 8) & 0xFF, n = (u >> 16) & 0xFF;
    Value callee = R[a], arg = im_monitor.missing;
    if (op == OP_CALL) {
        if (n) arg = R[a + 1];
    } else if (op == OP_CALLM) {
        if (im_is_unset(callee)) { callee = R[a + 1]; if (n) arg = R[a + 2]; }
        else arg = R[a + 1];
    } else if (op == OP_CALLEX) {
        if (im_is_tuple_exact(R[a + 1]) && im_tuple_len(R[a + 1]) > 0) arg = im_tuple_get(R[a + 1], 0);
    } else { /* LOADSUPER */
        callee = R[n - 1];
        if (!(u >> 24 & 2)) arg = R[n];
    }
    return c_event(t, f, tr, unit, IM_EV_CALL, IM_S(c_call), callee, arg);
}

/* --- instructions ------------------------------------------------------------------------------------------------------------------------------- */

const uint32_t *im_trace_previous(Thread *t, ImFrame *f, const uint32_t *pc)
{
    const uint32_t *units = f->code->x_units;
    if (pc <= units) return NULL;
    ImCodeTrace *tr = im_code_trace(t, f->code);
    if (!tr) { im_exc_clear(t); return NULL; }
    for (pc--; pc > units && !(tr->marks[pc - units] & IM_TM_START); pc--) {}
    return pc;
}

/* Unit that a jump leads to. */
static uint32_t jump_target(const ImCode *code, uint32_t unit, uint32_t u, uint32_t op)
{
    uint32_t end = unit + im_op_length[op];
    return op == OP_JUMP || op == OP_JUMPBACK ? end + (uint32_t)((int32_t)u >> 8) : end + code->x_units[unit + 1];
}

static bool is_branch(uint32_t op)
{
    switch (op) {
    case OP_JF: case OP_JT: case OP_JFKEEP: case OP_JTKEEP: case OP_JNONE: case OP_JNOTNONE: case OP_JLT: case OP_JLE: case OP_JEQ: case OP_JNE: case OP_JGT: case OP_JGE:
    case OP_JLTI: case OP_JLEI: case OP_JEQI: case OP_JNEI: case OP_JGTI: case OP_JGEI: case OP_JIS: case OP_JIN: case OP_FORITER: case OP_JNOTEXC: return true;
    default: return false;
    }
}

static int line_event(Thread *t, ImFrame *f, ImCodeTrace *tr, uint32_t unit, int line)
{
    if (!im_no_value(t->trace_func) && legacy_trace(t, f, IM_S(line), IM_NONE, IM_EV_LINE) < 0) return -1;
    if (f->x_pc != f->code->x_units + unit + 1) return 0;
    if (!im_code_trace_tools(tr, IM_EV_LINE, unit)) return 0;
    Value a = im_int(line);
    return call_tools(t, f, tr, IM_EV_LINE, unit, &a, 1);
}

/* A jump from `from` to `to`: the tools' event, and a line event for the trace function when it goes back on one line. */
static int jump_event(Thread *t, ImFrame *f, ImCodeTrace *tr, int event, uint32_t from, uint32_t to)
{
    if (to <= from && !im_no_value(t->trace_func) && tr->lines[from] > 0 && tr->lines[to] == tr->lines[from]
        && legacy_trace(t, f, IM_S(line), IM_NONE, IM_EV_JUMP) < 0) return -1;
    if (!im_code_trace_tools(tr, event, from)) return 0;
    Value a[2] = {offset(from), offset(to)};
    return call_tools(t, f, tr, event, from, a, 2);
}

/* The function begins or goes on: "call". */
static int start_event(Thread *t, ImFrame *f, ImCodeTrace *tr, int event, uint32_t unit)
{
    if (!im_no_value(t->trace_func) && legacy_trace(t, f, IM_S(call), IM_NONE, event) < 0) return -1;
    if (!im_no_value(t->profile_func) && legacy_profile(t, f, IM_S(call), IM_NONE, event) < 0) return -1;
    if (!tools_of(tr, event, unit)) return 0;
    Value a = offset(unit);
    return call_tools(t, f, tr, event, unit, &a, 1);
}

static int return_event(Thread *t, ImFrame *f, ImCodeTrace *tr, int event, uint32_t unit, Value v)
{
    if (!im_no_value(t->trace_func) && legacy_trace(t, f, IM_S(return), v, event) < 0) return -1;
    if (!im_no_value(t->profile_func) && legacy_profile(t, f, IM_S(return), v, event) < 0) return -1;
    return im_code_trace_tools(tr, event, unit) ? tools1(t, f, tr, event, unit, v) : 0;
}

/* The jump back to SEND after a YIELD of await or yield from is no jump of the source. */
static bool hidden_jump(const ImCode *code, uint32_t unit)
{
    if (!unit) return false;
    uint32_t u = im_load_relaxed(&code->x_units[unit - 1]);
    return (u & 0xFF) == OP_YIELD && u >> 24 == 2;
}

static int instruction_events(Thread *t, ImFrame *f, ImCodeTrace *tr, uint32_t unit, uint32_t u, uint32_t op, const uint32_t *prev)
{
    if (!im_no_value(t->trace_func) && legacy_trace(t, f, IM_S(opcode), IM_NONE, IM_EV_INSTRUCTION) < 0) return -1;
    if (im_code_trace_tools(tr, IM_EV_INSTRUCTION, unit)) {
        Value a = offset(unit);
        if (call_tools(t, f, tr, IM_EV_INSTRUCTION, unit, &a, 1) < 0) return -1;
    }
    switch (op) {
    case OP_CALL: case OP_CALLM: case OP_CALLEX: case OP_LOADSUPER: return call_event(t, f, tr, unit, u, op, prev);
    case OP_RETURN: return return_event(t, f, tr, IM_EV_PY_RETURN, unit, f->regs[(u >> 8) & 0xFF]);
    case OP_RETURNK: return return_event(t, f, tr, IM_EV_PY_RETURN, unit, f->code->consts[u >> 16]);
    case OP_YIELD: return return_event(t, f, tr, IM_EV_PY_YIELD, unit, f->regs[(u >> 16) & 0xFF]);
    case OP_JUMP: case OP_JUMPBACK:
        return hidden_jump(f->code, unit) ? 0 : jump_event(t, f, tr, IM_EV_JUMP, unit, jump_target(f->code, unit, u, op));
    default: return 0;
    }
}

static int step(Thread *t, ImFrame *f, const uint32_t *pc, const uint32_t *prev, bool flowed)
{
    ImCodeTrace *tr = im_code_trace(t, f->code);
    if (IM_UNLIKELY(!tr)) { im_exc_clear(t); return 0; }
    const uint32_t *units = f->code->x_units;
    uint32_t unit = (uint32_t)(pc - units), u = im_load_relaxed(pc), op = im_op_generic[u & 0xFF];
    if (unit < tr->first) return 0;
    const uint32_t *here = pc + 1;
    if (op == OP_RESUME) {
        f->x_pc = here;
        f->kind &= (uint8_t)~IM_FRAME_INCOMPLETE;
        return start_event(t, f, tr, IM_EV_PY_START, unit);
    }
    uint32_t pu = prev ? (uint32_t)(prev - units) : 0, pop = prev ? im_op_generic[im_load_relaxed(prev) & 0xFF] : OP_RESUME;
    if (flowed && prev && is_branch(pop)) {
        f->x_pc = prev + 1;
        if (jump_event(t, f, tr, IM_EV_BRANCH, pu, unit) < 0) return -1;
    }
    f->x_pc = here;
    if ((tr->marks[unit] & IM_TM_LINE) && (pop == OP_RESUME || (pop == OP_YIELD && !flowed) || tr->lines[pu] != tr->lines[unit])) {
        if (line_event(t, f, tr, unit, tr->lines[unit]) < 0) return -1;
        if (f->x_pc != here) return 1;
    }
    int r = instruction_events(t, f, tr, unit, u, op, prev);
    return r == 0 && f->x_pc != here ? 2 : r;
}

int im_trace_step(Thread *t, ImFrame *f, const uint32_t *pc, const uint32_t *prev, bool flowed)
{
    if (t->tracing) return 0;
    if (IM_LIKELY(!im_pending(t))) return step(t, f, pc, prev, flowed);
    Value e = im_exc_fetch(t); /* a handler's first instruction has not taken it yet */
    int r = step(t, f, pc, prev, flowed);
    if (r < 0) im_drop(t, e);
    else im_exc_restore(t, e);
    return r;
}

int im_trace_resumed(Thread *t, ImFrame *f)
{
    if (t->tracing) return 0;
    ImCodeTrace *tr = im_code_trace(t, f->code);
    if (!tr) { im_exc_clear(t); return 0; }
    if (!im_pending(t)) return start_event(t, f, tr, IM_EV_PY_RESUME, unit_of(t, f));
    Value e = im_exc_fetch(t);
    uint32_t unit = unit_of(t, f);
    int r = 0;
    if (!im_no_value(t->trace_func)) r = legacy_trace(t, f, IM_S(call), IM_NONE, IM_EV_PY_THROW);
    if (r == 0 && !im_no_value(t->profile_func)) r = legacy_profile(t, f, IM_S(call), IM_NONE, IM_EV_PY_THROW);
    if (r == 0 && tools_of(tr, IM_EV_PY_THROW, unit)) r = tools1(t, f, tr, IM_EV_PY_THROW, unit, e);
    if (r < 0) im_drop(t, e);
    else im_exc_restore(t, e);
    return 0; /* an exception is pending either way */
}

/* --- exceptions -------------------------------------------------------------------------------------------------------------------------------- */

/* The trace function's "exception". */
static int legacy_exception(Thread *t, ImFrame *f, Value e, int event)
{
    if (im_no_value(t->trace_func) || im_no_value(f->x_frame_obj)) return 0;
    Value tb = im_exc_get_traceback(e);
    Value arg = im_tuple_pack(t, 3, im_type_value(im_type_of(e)), e, im_no_value(tb) ? IM_NONE : tb);
    im_xdrop(t, tb);
    if (im_no_value(arg)) return -1;
    int r = legacy_trace(t, f, IM_S(exception), arg, event);
    im_drop(t, arg);
    return r;
}

static bool quiet(Thread *t, ImFrame *f, ImCodeTrace **tr)
{
    if (t->tracing || (f->kind & IM_FRAME_INCOMPLETE) || f->x_pc == f->code->x_units) return true;
    Value e = im_exc_fetch(t);
    *tr = im_code_trace(t, f->code);
    im_exc_clear(t);
    im_exc_restore(t, e);
    return !*tr;
}

void im_trace_exception(Thread *t, ImFrame *f, int event)
{
    ImCodeTrace *tr;
    if (quiet(t, f, &tr)) return;
    Value e = im_exc_fetch(t);
    uint32_t unit = unit_of(t, f);
    int r = event == IM_EV_RAISE ? legacy_exception(t, f, e, event) : 0;
    if (r == 0 && tools_of(tr, event, unit)) r = tools1(t, f, tr, event, unit, e);
    if (r < 0) im_drop(t, e);
    else im_exc_restore(t, e);
}

bool im_trace_passes_on(const ImFrame *f)
{
    uint32_t u = im_load_relaxed(&f->code->x_units[im_frame_unit(f)]);
    return (u & 0xFF) == OP_RERAISE && (u >> 24 & 2);
}

int im_trace_stop_iteration(Thread *t, ImFrame *f, Value value)
{
    ImCodeTrace *tr;
    if (quiet(t, f, &tr)) return 0;
    uint32_t unit = unit_of(t, f);
    if (!im_code_trace_tools(tr, IM_EV_STOP_ITERATION, unit) && (im_no_value(t->trace_func) || im_no_value(f->x_frame_obj))) return 0;
    Value e = im_call(t, im_type_value(&im_StopIteration_type), &value, im_is_none(value) ? 0 : 1, IM_NO_VALUE);
    if (im_no_value(e)) return -1;
    bool quietly = im_op_generic[im_load_relaxed(&f->code->x_units[unit]) & 0xFF] == OP_FORITER && im_is_none(value);
    int r = quietly ? 0 : legacy_exception(t, f, e, IM_EV_STOP_ITERATION);
    if (r == 0 && im_code_trace_tools(tr, IM_EV_STOP_ITERATION, unit)) r = tools1(t, f, tr, IM_EV_STOP_ITERATION, unit, e);
    im_drop(t, e);
    return r;
}

int im_trace_sent(Thread *t, ImFrame *f, Value receiver, Value value)
{
    if (im_is_gen(receiver) || im_is_coroutine(receiver)) return im_trace_stop_iteration(t, f, value);
    if (t->tracing || (im_is_none(value) && !IM_SLOT(im_type_of(receiver), send))) return 0;
    Value e = im_call(t, im_type_value(&im_StopIteration_type), &value, im_is_none(value) ? 0 : 1, IM_NO_VALUE);
    if (im_no_value(e)) return -1;
    im_exc_restore(t, im_new_ref(e)); /* what the receiver's own code would have raised */
    im_trace_exception(t, f, IM_EV_RAISE);
    bool ours = im_pending(t) && im_same(t->exc, e);
    im_drop(t, e);
    if (!ours) return -1;
    im_exc_clear(t);
    return 0;
}

void im_trace_unwind(Thread *t, ImFrame *f)
{
    ImCodeTrace *tr;
    if (quiet(t, f, &tr)) return;
    Value e = im_exc_fetch(t);
    uint32_t unit = unit_of(t, f);
    int r = 0;
    if (!im_no_value(t->trace_func)) r = legacy_trace(t, f, IM_S(return), IM_NONE, IM_EV_PY_UNWIND);
    if (r == 0 && !im_no_value(t->profile_func)) r = legacy_profile(t, f, IM_S(return), IM_NONE, IM_EV_PY_UNWIND);
    if (r == 0 && tools_of(tr, IM_EV_PY_UNWIND, unit)) r = tools1(t, f, tr, IM_EV_PY_UNWIND, unit, e);
    if (r < 0) im_drop(t, e);
    else im_exc_restore(t, e);
}
