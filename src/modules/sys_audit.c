/* sys: audit hooks (PEP 578).
 * SPDX-License-Identifier: MIT */
#include "modules/audit.h"
#include "modules/sys.h"

bool im_audit_x_active;
static Value hooks; /* tuple of the hooks in their order, a root; a new one for each addaudithook, so that none is found by gc.get_objects */

static Value make_event(Thread *t, const char *event, Value ev, size_t n, const Value *args, Value *tuple)
{
    *tuple = im_tuple_from_array(t, args, n);
    if (im_no_value(*tuple)) return IM_NO_VALUE;
    return im_no_value(ev) ? im_str_from_cstr(t, event) : im_new_ref(ev);
}

/* 1: the hook wants to be traced, 0, or -1 with an exception. */
static int can_trace(Thread *t, Value hook)
{
    Value v;
    Value name = im_str_from_cstr(t, "__cantrace__");
    int r = im_no_value(name) ? -1 : im_lookup_attr(t, hook, name, &v);
    im_xdrop(t, name);
    if (r <= 0) return r;
    r = im_truth(t, v);
    im_drop(t, v);
    return r;
}

/* Tracing is off while hooks run, as in CPython, unless a hook has __cantrace__. */
static int call_hooks(Thread *t, Value event, Value tuple)
{
    Value pending = im_exc_fetch(t), trace = t->trace_func, profile = t->profile_func;
    t->trace_func = t->profile_func = IM_NO_VALUE;
    int r = 0;
    Value all = {im_load_acquire(&hooks.bits)};
    for (ssize_t i = 0; r == 0 && i < im_tuple_len(all); i++) {
        Value h = im_new_ref(im_tuple_get(all, i));
        int traced = im_no_value(trace) && im_no_value(profile) ? 0 : can_trace(t, h);
        if (traced > 0) t->trace_func = trace, t->profile_func = profile;
        Value v = traced < 0 ? IM_NO_VALUE : im_call2(t, h, event, tuple);
        if (traced > 0) t->trace_func = t->profile_func = IM_NO_VALUE;
        im_drop(t, h);
        if (im_no_value(v)) r = -1;
        else im_drop(t, v);
    }
    t->trace_func = trace;
    t->profile_func = profile;
    if (r < 0) im_xdrop(t, pending);
    else t->exc = pending;
    return r;
}

static int raise_event(Thread *t, const char *event, Value ev, size_t n, const Value *args)
{
    if (im_no_value(hooks)) return 0;
    Value tuple, name = make_event(t, event, ev, n, args, &tuple);
    int r = im_no_value(name) ? -1 : call_hooks(t, name, tuple);
    im_xdrop(t, name);
    im_xdrop(t, tuple);
    return r;
}

int im_audit_slow(Thread *t, const char *event, size_t n, const Value *args) { return raise_event(t, event, IM_NO_VALUE, n, args); }

IM_SYS(audit)
{
    (void)self, (void)kwnames;
    if (nargs == 0) return im_raise_type(t, "audit() missing 1 required positional argument: 'event'");
    if (!im_load_relaxed(&im_audit_x_active)) return IM_NONE;
    if (!im_is_str(args[0])) return im_raise_type(t, "expected str for argument 'event', not %.200T", args[0]);
    return raise_event(t, NULL, args[0], nargs - 1, args + 1) < 0 ? IM_NO_VALUE : IM_NONE;
}

IM_SYS(addaudithook)
{
    (void)self, (void)nargs, (void)kwnames;
    if (im_audit_slow(t, "sys.addaudithook", 0, NULL) < 0)
        return im_exc_clear_if(t, &im_Exception_type) ? IM_NONE : IM_NO_VALUE; /* the hook is not added */
    /* The old tuple stays: another thread may be walking it. */
    Value one = im_tuple_from_array(t, args, 1);
    Value all = im_no_value(one) || im_no_value(hooks) ? one : im_sequence_concat(t, hooks, one);
    if (im_no_value(all)) return all;
    if (im_no_value(hooks)) im_root_add(&hooks);
    else im_drop(t, one);
    im_immortalize(all);
    im_store_release(&hooks.bits, all.bits);
    im_store_release(&im_audit_x_active, true);
    im_store_release(&im_audit_hook, im_audit_slow);
    return IM_NONE;
}
