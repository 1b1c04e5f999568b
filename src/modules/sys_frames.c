/* sys: what the running threads are doing: frames, handled exceptions, trace functions, hooks of asynchronous generators.
 * SPDX-License-Identifier: MIT */
#include "modules/audit.h"
#include "modules/sys.h"
#include "mem/store.h"

#define UNUSED_ARGS (void)self, (void)args, (void)nargs, (void)kwnames

IM_SYS(getframe)
{
    UNUSED_ARGS;
    int depth = 0;
    if (nargs && im_as_int(t, args[0], &depth) < 0) return IM_NO_VALUE;
    Value f = im_frame_hooks.frame(t, depth < 0 ? 0 : depth);
    if (im_no_value(f)) return im_pending(t) ? f : im_raise_valueerror(t, "call stack is not deep enough");
    if (IM_AUDIT(t, "sys._getframe", f) < 0) IM_CLEAR(t, f);
    return f;
}

IM_SYS(getframemodulename)
{
    UNUSED_ARGS;
    int depth = 0;
    if (!im_no_value(args[0]) && im_as_int(t, args[0], &depth) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "sys._getframemodulename", im_int(depth)) < 0) return IM_NO_VALUE;
    ImFrameInfo info;
    if (!im_frame_hooks.info(t, depth < 0 ? 0 : depth, &info)) return IM_NONE;
    Value v;
    int r = im_lookup_attr(t, info.function, IM_S(__module__), &v);
    return r == 0 ? IM_NONE : v;
}

/* {ident: what fn says of the thread}, world stopped. */
static Value each_thread(Thread *t, const char *event, Value (*fn)(Thread *t, Thread *other))
{
    if (im_audit_x_active && im_audit_slow(t, event, 0, NULL) < 0) return IM_NO_VALUE;
    Value d = im_dict_new(t);
    if (im_no_value(d)) return d;
    im_world_stop(t);
    bool ok = true;
    for (Thread *o = im_rt.x_threads; o && ok; o = o->next) {
        Value v = fn(t, o);
        if (im_no_value(v)) { ok = !im_pending(t); continue; }
        Value id = im_int_from_u64(t, o->ident);
        ok = !im_no_value(id) && im_dict_set(t, d, id, v) == 0;
        im_xdrop(t, id);
        im_drop(t, v);
    }
    im_world_start(t);
    if (ok) return d;
    im_drop(t, d);
    return IM_NO_VALUE;
}

static Value frame_of(Thread *t, Thread *other) { return other == t ? im_frame_hooks.frame(t, 0) : im_frame_hooks.frame_of(t, other); }
IM_SYS(current_frames) { UNUSED_ARGS; return each_thread(t, "sys._current_frames", frame_of); }

/* Innermost exception being handled by a thread: borrowed, or None. */
static Value handled_by(Thread *t)
{
    for (ImExcInfo *e = t->exc_info; e; e = e->prev)
        if (im_is_object(e->handled)) return e->handled;
    return IM_NONE;
}
static Value exception_of(Thread *t, Thread *other)
{
    Value e = handled_by(other);
    if (other != t && !im_rt.gil) im_publish(t, e);
    return im_new_ref(e);
}
IM_SYS(current_exceptions) { UNUSED_ARGS; return each_thread(t, "sys._current_exceptions", exception_of); }

IM_SYS(exc_info)
{
    UNUSED_ARGS;
    Value e = handled_by(t);
    if (im_is_none(e)) return im_tuple_pack(t, 3, IM_NONE, IM_NONE, IM_NONE);
    Value tb = im_exc_get_traceback(e);
    Value r = im_tuple_pack(t, 3, im_type_value(im_type_of(e)), e, im_no_value(tb) ? IM_NONE : tb);
    im_xdrop(t, tb);
    return r;
}
IM_SYS(exception) { UNUSED_ARGS; return im_new_ref(handled_by(t)); }

/* --- trace functions ------------------------------------------------------------------------------------------------------------------------------ */

static void set_func(Thread *t, Thread *of, bool trace, Value v)
{
    Value *slot = trace ? &of->trace_func : &of->profile_func, old = *slot;
    *slot = im_is_none(v) ? IM_NO_VALUE : im_new_ref(v);
    im_xdrop(t, old);
}
static Value set_tracing(Thread *t, Value v, bool trace, bool all)
{
    if (im_audit_x_active && im_audit_slow(t, trace ? "sys.settrace" : "sys.setprofile", 0, NULL) < 0) return IM_NO_VALUE;
    if (all) {
        im_publish(t, v);
        im_world_stop(t);
        for (Thread *o = im_rt.x_threads; o; o = o->next) set_func(t, o, trace, v);
        im_world_start(t);
    } else {
        set_func(t, t, trace, v);
    }
    if (im_frame_hooks.tracing_changed) im_frame_hooks.tracing_changed(t, all);
    return IM_NONE;
}
IM_SYS(settrace) { UNUSED_ARGS; return set_tracing(t, args[0], true, false); }
IM_SYS(setprofile) { UNUSED_ARGS; return set_tracing(t, args[0], false, false); }
IM_SYS(settraceall) { UNUSED_ARGS; return set_tracing(t, args[0], true, true); }
IM_SYS(setprofileall) { UNUSED_ARGS; return set_tracing(t, args[0], false, true); }
IM_SYS(gettrace) { UNUSED_ARGS; return im_no_value(t->trace_func) ? IM_NONE : im_new_ref(t->trace_func); }
IM_SYS(getprofile) { UNUSED_ARGS; return im_no_value(t->profile_func) ? IM_NONE : im_new_ref(t->profile_func); }
IM_SYS(call_tracing)
{
    UNUSED_ARGS;
    if (!im_is_tuple(args[1])) return im_raise_type(t, "call_tracing() argument 2 must be tuple, not %T", args[1]);
    /* From within a trace function, which is not traced itself: what is called is. */
    int32_t tracing = t->tracing;
    t->tracing = 0;
    if (im_frame_hooks.tracing_changed) im_frame_hooks.tracing_changed(t, false);
    Value r = im_call_ex(t, args[0], args[1], IM_NO_VALUE);
    t->tracing = tracing;
    if (im_frame_hooks.tracing_changed) im_frame_hooks.tracing_changed(t, false);
    return r;
}

/* --- asynchronous generators ----------------------------------------------------------------------------------------------------------------------- */

static ImType *hooks_type; /* set once at start-up */

int im_sys_frames_init(Thread *t, Value sys)
{
    static const ImStructField f[] = {{"firstiter", "Hook to intercept first iteration"}, {"finalizer", "Hook to intercept finalization"}};
    (void)sys;
    hooks_type = im_structseq_type(t, "sys.asyncgen_hooks", "asyncgen_hooks\n\nStruct sequence providing information about asynhronous\ngenerators hooks.  The attributes are read only.", f, 2, 2);
    return hooks_type ? 0 : -1;
}

static int set_hook(Thread *t, const char *what, Value v, Value *slot, const char *event)
{
    if (im_no_value(v)) return 0;
    if (!im_is_none(v) && !im_callable(v)) return im_raise_type(t, "callable %s expected, got %.50T", what, v), -1;
    if (im_audit_x_active && im_audit_slow(t, event, 0, NULL) < 0) return -1;
    Value old = *slot;
    *slot = im_is_none(v) ? IM_NO_VALUE : im_new_ref(v);
    im_xdrop(t, old);
    return 0;
}
IM_SYS(set_asyncgen_hooks)
{
    UNUSED_ARGS;
    if (!im_no_value(args[1]) && !im_is_none(args[1]) && !im_callable(args[1])) return im_raise_type(t, "callable finalizer expected, got %.50T", args[1]);
    if (set_hook(t, "finalizer", args[1], &t->async_gen_finalizer, "sys.set_asyncgen_hook_finalizer") < 0
        || set_hook(t, "firstiter", args[0], &t->async_gen_firstiter, "sys.set_asyncgen_hook_firstiter") < 0) return IM_NO_VALUE;
    return IM_NONE;
}
IM_SYS(get_asyncgen_hooks)
{
    UNUSED_ARGS;
    Value items[2] = {im_no_value(t->async_gen_firstiter) ? IM_NONE : im_new_ref(t->async_gen_firstiter),
                      im_no_value(t->async_gen_finalizer) ? IM_NONE : im_new_ref(t->async_gen_finalizer)};
    return im_structseq_new(t, hooks_type, items);
}
IM_SYS(set_origin_depth)
{
    UNUSED_ARGS;
    int depth;
    if (im_as_int(t, args[0], &depth) < 0) return IM_NO_VALUE;
    if (depth < 0) return im_raise_valueerror(t, "depth must be >= 0");
    t->coroutine_origin_depth = depth;
    return IM_NONE;
}
IM_SYS(get_origin_depth) { UNUSED_ARGS; return im_int(t->coroutine_origin_depth); }
