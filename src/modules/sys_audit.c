/* sys: audit hooks (PEP 578).
 * SPDX-License-Identifier: MIT */
#include "modules/audit.h"
#include "modules/sys.h"

bool im_audit_x_active;
static Value hooks; /* list of Python hooks; made at the first addaudithook, immortal */

static Value make_event(Thread *t, const char *event, Value ev, size_t n, const Value *args, Value *tuple)
{
    *tuple = im_tuple_from_array(t, args, n);
    if (im_no_value(*tuple)) return IM_NO_VALUE;
    return im_no_value(ev) ? im_str_from_cstr(t, event) : im_new_ref(ev);
}

/* Tracing is off while hooks run, as in CPython, unless a hook has __cantrace__. */
static int call_hooks(Thread *t, Value event, Value tuple)
{
    Value pending = im_exc_fetch(t), trace = t->trace_func, profile = t->profile_func;
    t->trace_func = t->profile_func = IM_NO_VALUE;
    int r = 0;
    for (ssize_t i = 0; r == 0 && i < im_list_len(hooks); i++) {
        Value h = im_list_get(t, hooks, i);
        if (im_no_value(h)) break;
        Value v = im_call2(t, h, event, tuple);
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
        return im_exc_clear_if(t, &im_RuntimeError_type) ? IM_NONE : IM_NO_VALUE;
    if (im_no_value(hooks)) {
        Value list = im_list_new(t, 4);
        if (im_no_value(list)) return list;
        im_immortalize(list);
        hooks = list;
        im_root_add(&hooks);
    }
    if (im_list_append(t, hooks, args[0]) < 0) return IM_NO_VALUE;
    im_store_release(&im_audit_x_active, true);
    return IM_NONE;
}
