/* sys.monitoring: tools, events, callbacks (PEP 669).
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"
#include "modules/sys.h"
#include "types/monitor.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

static const char *const event_names[IM_MON_EVENTS] = {"PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "CALL", "LINE", "INSTRUCTION", "JUMP", "BRANCH", "STOP_ITERATION",
    "RAISE", "EXCEPTION_HANDLED", "PY_UNWIND", "PY_THROW", "RERAISE", "C_RETURN", "C_RAISE"};
enum { ALL_EVENTS = (1 << IM_MON_EVENTS) - 1, C_EVENTS = 1 << IM_EV_C_RETURN | 1 << IM_EV_C_RAISE,
    LOCAL_EVENTS = (1 << (IM_EV_STOP_ITERATION + 1)) - 1 };

/* Brings what the loop looks at up to date with the sets. */
static void changed(Thread *t)
{
    uint32_t any = 0;
    for (int i = 0; i < IM_MON_TOOLS; i++) any |= im_load_relaxed(&im_monitor.x_events[i]);
    for (int e = 0; e < IM_MON_EVENTS; e++) {
        uint8_t tools = 0;
        for (int i = 0; i < IM_MON_TOOLS; i++) tools |= (uint8_t)((im_load_relaxed(&im_monitor.x_events[i]) >> e & 1) << i);
        im_store_relaxed(&im_monitor.x_tools[e], tools);
    }
    size_t pos = 0;
    Value k, v;
    while (!im_no_value(im_monitor.local) && im_dict_next(t, im_monitor.local, &pos, &k, &v)) {
        for (ssize_t i = 0; i < im_tuple_len(v); i++) any |= (uint32_t)im_int_get(im_tuple_get(v, i));
        im_drop(t, k);
        im_drop(t, v);
    }
    im_store_relaxed(&im_monitor.x_any, any);
    im_frame_hooks.tracing_changed(t, true);
}

/* A tool's set of local events of a code object, in the code's own table. */
static int set_local(Thread *t, ImCode *code, int tool, uint32_t set)
{
    ImCodeTrace *tr = im_code_trace(t, code);
    if (!tr) return -1;
    for (int e = 0; e < IM_MON_LOCAL_EVENTS; e++) {
        uint8_t bit = (uint8_t)(1 << tool);
        if (set >> e & 1) (void)im_or_relaxed(&tr->x_tools[e], bit);
        else (void)im_and_relaxed(&tr->x_tools[e], (uint8_t)~bit);
    }
    return 0;
}

/* Events that a tool did not ask for before: where it had disabled them they are on again. */
static void newly(uint32_t before, uint32_t after) { if (after & ~before) im_faa_relaxed(&im_monitor.x_version, 1); }

/* A tool id, checked; with `used` it must be in use. */
static int tool_arg(Thread *t, Value v, bool used, int *out)
{
    if (im_as_int(t, v, out) < 0) return -1;
    if (*out < 0 || *out >= IM_MON_TOOLS) return im_raise_valueerror(t, "invalid tool %d (must be between 0 and 5)", *out), -1;
    if (used && !im_load_relaxed(&im_monitor.x_name[*out].bits)) return im_raise_valueerror(t, "tool %d is not in use", *out), -1;
    return 0;
}

FN(m_use)
{
    UNUSED_ARGS;
    int id;
    if (tool_arg(t, args[0], false, &id) < 0) return IM_NO_VALUE;
    if (!im_is_str(args[1])) return im_raise_valueerror(t, "tool name must be a str");
    im_publish(t, args[1]);
    uint64_t none = 0;
    if (!im_cas_acq_rel(&im_monitor.x_name[id].bits, &none, im_new_ref(args[1]).bits)) {
        im_drop(t, args[1]);
        return im_raise_valueerror(t, "tool %d is already in use", id);
    }
    return IM_NONE;
}
FN(m_free)
{
    UNUSED_ARGS;
    int id;
    if (tool_arg(t, args[0], false, &id) < 0) return IM_NO_VALUE;
    im_store_relaxed(&im_monitor.x_events[id], 0);
    for (int i = 0; i < IM_MON_EVENTS; i++) im_xdrop(t, (Value){im_xchg_acq_rel(&im_monitor.x_callback[id][i].bits, 0)});
    im_xdrop(t, (Value){im_xchg_acq_rel(&im_monitor.x_name[id].bits, 0)});
    changed(t);
    return IM_NONE;
}
FN(m_get)
{
    UNUSED_ARGS;
    int id;
    if (tool_arg(t, args[0], false, &id) < 0) return IM_NO_VALUE;
    Value name = im_slot_get(t, NULL, &im_monitor.x_name[id]);
    return im_no_value(name) ? IM_NONE : name;
}
FN(m_register)
{
    UNUSED_ARGS;
    int id, event;
    if (tool_arg(t, args[0], false, &id) < 0 || im_as_int(t, args[1], &event) < 0) return IM_NO_VALUE;
    if (event <= 0 || __builtin_popcount((unsigned)event) != 1) return im_raise_valueerror(t, "The callback can only be set for one event at a time");
    int bit = __builtin_ctz((unsigned)event);
    if (bit >= IM_MON_EVENTS) return im_raise_valueerror(t, "invalid event %d", event);
    if (IM_AUDIT(t, "sys.monitoring.register_callback", args[2]) < 0) return IM_NO_VALUE;
    if (!im_rt.gil) im_publish(t, args[2]);
    Value fn = im_is_none(args[2]) ? IM_NO_VALUE : im_new_ref(args[2]);
    Value old = {im_xchg_acq_rel(&im_monitor.x_callback[id][bit].bits, fn.bits)};
    return im_no_value(old) ? IM_NONE : old;
}
FN(m_get_events)
{
    UNUSED_ARGS;
    int id;
    return tool_arg(t, args[0], false, &id) < 0 ? IM_NO_VALUE : im_int(im_load_relaxed(&im_monitor.x_events[id]));
}
/* Events as a set for a tool; those of C functions come with CALL. */
static int events_arg(Thread *t, Value v, int allowed, int *set)
{
    if (im_as_int(t, v, set) < 0) return -1;
    if (*set < 0 || *set & ~allowed) return im_raise_valueerror(t, "invalid event set 0x%x", *set), -1;
    if (*set & C_EVENTS && (*set & (C_EVENTS | 1 << IM_EV_CALL)) != (C_EVENTS | 1 << IM_EV_CALL))
        return im_raise_valueerror(t, "cannot set C_RETURN or C_RAISE events independently"), -1;
    *set &= ~C_EVENTS;
    return 0;
}
FN(m_set_events)
{
    UNUSED_ARGS;
    int id, set;
    if (tool_arg(t, args[0], true, &id) < 0 || events_arg(t, args[1], ALL_EVENTS, &set) < 0) return IM_NO_VALUE;
    newly(im_load_relaxed(&im_monitor.x_events[id]), (uint32_t)set);
    im_store_relaxed(&im_monitor.x_events[id], (uint32_t)set);
    changed(t);
    return IM_NONE;
}
static Value local_sets(Thread *t, Value code)
{
    Value v = IM_NO_VALUE;
    if (!im_no_value(im_monitor.local) && im_dict_get(t, im_monitor.local, code, &v) != 0) return v;
    Value zero[IM_MON_TOOLS];
    for (int i = 0; i < IM_MON_TOOLS; i++) zero[i] = im_int(0);
    return im_tuple_from_array(t, zero, IM_MON_TOOLS);
}
FN(m_get_local)
{
    UNUSED_ARGS;
    int id;
    if (tool_arg(t, args[0], false, &id) < 0) return IM_NO_VALUE;
    if (!im_is_exact(args[1], &im_code_type)) return im_raise_type(t, "code must be a code object");
    Value sets = local_sets(t, args[1]);
    if (im_no_value(sets)) return sets;
    Value r = im_new_ref(im_tuple_get(sets, id));
    im_drop(t, sets);
    return r;
}
FN(m_set_local)
{
    UNUSED_ARGS;
    int id, set;
    if (tool_arg(t, args[0], true, &id) < 0) return IM_NO_VALUE;
    if (!im_is_exact(args[1], &im_code_type)) return im_raise_type(t, "code must be a code object");
    if (im_as_int(t, args[2], &set) < 0) return IM_NO_VALUE;
    if (set & ~(LOCAL_EVENTS | C_EVENTS)) return im_raise_valueerror(t, "invalid local event set 0x%x", set);
    if (events_arg(t, args[2], ALL_EVENTS, &set) < 0) return IM_NO_VALUE;
    if (im_no_value(im_monitor.local) && im_no_value(im_monitor.local = im_dict_new(t))) return IM_NO_VALUE;
    Value sets = local_sets(t, args[1]);
    if (im_no_value(sets)) return sets;
    Value copy = im_tuple_from_array(t, im_tuple_items(sets), IM_MON_TOOLS);
    im_drop(t, sets);
    if (im_no_value(copy)) return copy;
    newly((uint32_t)im_int_get(im_tuple_items(copy)[id]), (uint32_t)set);
    im_tuple_items(copy)[id] = im_int(set);
    if (set_local(t, im_codep(args[1]), id, (uint32_t)set) < 0) { im_drop(t, copy); return IM_NO_VALUE; }
    if (im_dict_set_steal(t, im_monitor.local, args[1], copy) < 0) return IM_NO_VALUE;
    changed(t);
    return IM_NONE;
}
FN(m_restart) { UNUSED_ARGS; im_faa_relaxed(&im_monitor.x_version, 1); return IM_NONE; }
FN(m_all)
{
    UNUSED_ARGS;
    Value d = im_dict_new(t);
    for (int e = 0; e < IM_MON_EVENTS && !im_no_value(d); e++) {
        int tools = 0;
        for (int i = 0; i < IM_MON_TOOLS; i++) tools |= (im_load_relaxed(&im_monitor.x_events[i]) >> e & 1) << i;
        if (tools && im_dict_set_cstr(t, d, event_names[e], im_int(tools)) < 0) IM_CLEAR(t, d);
    }
    return d;
}

static const ImMethodDef methods[] = {
    IM_FIXED("use_tool_id", m_use, 2, "($module, tool_id, name, /)", NULL), IM_FIXED("free_tool_id", m_free, 1, "($module, tool_id, /)", NULL),
    IM_FIXED("get_tool", m_get, 1, "($module, tool_id, /)", NULL), IM_FIXED("register_callback", m_register, 3, "($module, tool_id, event, func, /)", NULL),
    IM_FIXED("get_events", m_get_events, 1, "($module, tool_id, /)", NULL), IM_FIXED("set_events", m_set_events, 2, "($module, tool_id, event_set, /)", NULL),
    IM_FIXED("get_local_events", m_get_local, 2, "($module, tool_id, code, /)", NULL), IM_FIXED("set_local_events", m_set_local, 3, "($module, tool_id, code, event_set, /)", NULL),
    IM_FIXED("restart_events", m_restart, 0, "($module, /)", NULL), IM_FIXED("_all_events", m_all, 0, "($module, /)", NULL), IM_END,
};
static const ImModuleDef monitoring_def = {.name = "sys.monitoring", .methods = methods};

static Value sentinel(Thread *t)
{
    Value v = im_instance_new(t, &im_object_type);
    if (!im_no_value(v)) im_immortalize(v);
    return v;
}
int im_sys_monitoring_init(Thread *t, Value sys)
{
    Value m = im_module_create(t, &monitoring_def), events = im_dict_new(t);
    if (im_no_value(m) || im_no_value(events)) return -1;
    for (int e = 0; e < IM_MON_EVENTS; e++)
        if (im_dict_set_cstr(t, events, event_names[e], im_int(1 << e)) < 0) return -1;
    im_monitor.disable = sentinel(t);
    im_monitor.missing = sentinel(t);
    im_root_add(&im_monitor.local);
    for (int i = 0; i < IM_MON_TOOLS; i++) {
        im_root_add(&im_monitor.x_name[i]);
        for (int e = 0; e < IM_MON_EVENTS; e++) im_root_add(&im_monitor.x_callback[i][e]);
    }
    int r = im_dict_set_cstr(t, events, "NO_EVENTS", im_int(0)) < 0 || im_module_add(t, m, "events", im_namespace_new(t, events)) < 0
            || im_module_add(t, m, "DISABLE", im_monitor.disable) < 0 || im_module_add(t, m, "MISSING", im_monitor.missing) < 0
            || im_module_add_int(t, m, "DEBUGGER_ID", 0) < 0 || im_module_add_int(t, m, "COVERAGE_ID", 1) < 0 || im_module_add_int(t, m, "PROFILER_ID", 2) < 0
            || im_module_add_int(t, m, "OPTIMIZER_ID", 5) < 0;
    im_drop(t, events);
    return r ? (im_drop(t, m), -1) : im_module_add(t, sys, "monitoring", m);
}
