/* sys: the module's table and the functions that read or set one thing.
 * SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "modules/audit.h"
#include "modules/config.h"
#include "modules/sys.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

FN(sys_exit)
{
    UNUSED_ARGS;
    Value status = nargs ? args[0] : IM_NONE;
    if (im_is_none(status)) return im_raise_none(t, &im_SystemExit_type);
    if (!im_is_tuple(status)) return im_raise_value_of(t, &im_SystemExit_type, status);
    Value e = im_call_ex(t, im_type_value(&im_SystemExit_type), status, IM_NO_VALUE);
    return im_no_value(e) ? e : im_raise_instance(t, e);
}

FN(sys_getrecursionlimit) { UNUSED_ARGS; return im_int(t->depth_limit); }
FN(sys_setrecursionlimit)
{
    UNUSED_ARGS;
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n < 1) return im_raise_valueerror(t, "recursion limit must be greater or equal than 1");
    if (t->depth >= n) return im_raise(t, &im_RecursionError_type, "cannot set the recursion limit to %i at the recursion depth %i: the limit is too low", n, t->depth);
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *o = im_rt.x_threads; o; o = o->next) im_store_relaxed(&o->depth_limit, n);
    pthread_mutex_unlock(&im_rt.thread_lock);
    t->depth_limit = n;
    return IM_NONE;
}

FN(sys_getrefcount) { UNUSED_ARGS; return im_int_new(t, im_count_of(args[0])); }

static Value size_of(Thread *t, Value v)
{
    bool found;
    Value r = im_call_special(t, v, IM_S(__sizeof__), NULL, 0, &found);
    if (!found && im_no_value(r) && !im_pending(t)) return im_raise_type(t, "Type %.100T doesn't define __sizeof__", v);
    if (im_no_value(r)) return r;
    int64_t n;
    int ok = im_as_int64(t, r, &n);
    im_drop(t, r);
    if (ok < 0) return IM_NO_VALUE;
    if (n < 0) return im_raise_valueerror(t, "__sizeof__() should return >= 0");
    return im_int_new(t, n + (im_is_ptr(v) && im_is_a(v, IM_TF_GC) ? (int64_t)sizeof(ImLinks) : 0));
}
FN(sys_getsizeof)
{
    UNUSED_ARGS;
    Value r = size_of(t, args[0]);
    if (im_no_value(r) && !im_no_value(args[1]) && im_exc_clear_if(t, &im_TypeError_type)) return im_new_ref(args[1]);
    return r;
}

FN(sys_intern)
{
    UNUSED_ARGS;
    if (!im_is_str(args[0])) return im_raise_type(t, "intern() argument must be str, not %T", args[0]);
    if (!im_is_str_exact(args[0])) return im_raise_type(t, "can't intern %.400T", args[0]);
    return im_str_intern(t, im_new_ref(args[0]));
}
FN(sys_is_interned)
{
    UNUSED_ARGS;
    if (!im_is_str(args[0])) return im_raise_type(t, "_is_interned() argument must be str, not %T", args[0]);
    return im_bool(im_str_is_interned(args[0]));
}

FN(sys_getswitchinterval) { UNUSED_ARGS; return im_float_new(t, im_rt.switch_interval); }
FN(sys_setswitchinterval)
{
    UNUSED_ARGS;
    double d;
    if (im_as_double(t, args[0], &d) < 0) return IM_NO_VALUE;
    if (!(d > 0.0)) return im_raise_valueerror(t, "switch interval must be strictly positive");
    im_rt.switch_interval = d;
    return IM_NONE;
}
FN(sys_is_gil_enabled) { UNUSED_ARGS; return im_bool(im_rt.gil); }
FN(sys_is_finalizing) { UNUSED_ARGS; return im_bool(im_load_relaxed(&im_rt.x_finalizing)); }

FN(sys_get_digits) { UNUSED_ARGS; return im_int(im_int_max_str_digits); }
FN(sys_set_digits)
{
    UNUSED_ARGS;
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n != 0 && n < 640) return im_raise_valueerror(t, "maxdigits must be 0 or larger than 640");
    im_int_max_str_digits = n;
    return IM_NONE;
}

FN(sys_getdefaultencoding) { UNUSED_ARGS; return im_str_from_cstr(t, "utf-8"); }
FN(sys_getfilesystemencoding) { UNUSED_ARGS; return im_str_from_cstr(t, "utf-8"); }
FN(sys_getfilesystemencodeerrors) { UNUSED_ARGS; return im_str_from_cstr(t, im_config.fs_errors); }

static int dlopen_flags = RTLD_NOW;
int im_sys_dlopen_flags(void) { return im_load_relaxed(&dlopen_flags); }
FN(sys_getdlopenflags) { UNUSED_ARGS; return im_int(im_load_relaxed(&dlopen_flags)); }
FN(sys_setdlopenflags)
{
    UNUSED_ARGS;
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    im_store_relaxed(&dlopen_flags, n);
    return IM_NONE;
}

static void count_object(ImObject *o, void *arg) { (void)o; ++*(int64_t *)arg; }
FN(sys_getallocatedblocks)
{
    UNUSED_ARGS;
    int64_t n = 0;
    im_gc_each_object(t, count_object, &n);
    return im_int_new(t, n);
}
FN(sys_zero) { UNUSED_ARGS; return im_int(0); }
FN(sys_none) { UNUSED_ARGS; return IM_NONE; }
FN(sys_false) { UNUSED_ARGS; return IM_FALSE; }
FN(sys_cpu_count_config)
{
    UNUSED_ARGS;
    return im_int(im_config_cpu_count());
}
FN(sys_trampoline)
{
    UNUSED_ARGS;
    if (!im_is_str(args[0])) return im_raise_type(t, "activate_stack_trampoline() argument must be str, not %T", args[0]);
    return im_raise_valueerror(t, "invalid backend: %U", args[0]);
}
Value (*im_baserepl_hook)(Thread *t);
FN(sys_baserepl)
{
    UNUSED_ARGS;
    return im_baserepl_hook ? im_baserepl_hook(t) : IM_NONE;
}

static const ImMethodDef methods[] = {
    IM_PARSED("addaudithook", im_sys_addaudithook, "($module, /, hook)", "Adds a new audit hook callback."),
    IM_RAW("audit", im_sys_audit, "($module, event, /, *args)", "Passes the event to any audit hooks that are attached."),
    IM_RAW("breakpointhook", im_sys_breakpointhook, "($module, /, *args, **kwargs)", "This hook function is called by built-in breakpoint()."),
    IM_FIXED("_clear_internal_caches", sys_none, 0, "($module, /)", "Clear all internal performance-related caches."),
    IM_FIXED("_clear_type_cache", sys_none, 0, "($module, /)", "Clear the internal type lookup cache."),
    IM_FIXED("_current_frames", im_sys_current_frames, 0, "($module, /)", "Return a dict mapping each thread's thread id to its current stack frame."),
    IM_FIXED("_current_exceptions", im_sys_current_exceptions, 0, "($module, /)", "Return a dict mapping each thread's identifier to its current raised exception."),
    IM_FIXED("displayhook", im_sys_displayhook, 1, "($module, object, /)", "Print an object to sys.stdout and also save it in builtins._"),
    IM_FIXED("exception", im_sys_exception, 0, "($module, /)", "Return the current exception."),
    IM_FIXED("exc_info", im_sys_exc_info, 0, "($module, /)", "Return current exception information: (type, value, traceback)."),
    IM_FIXED("excepthook", im_sys_excepthook, 3, "($module, exctype, value, traceback, /)", "Handle an exception by displaying it with a traceback on sys.stderr."),
    IM_RANGE("exit", sys_exit, 0, 1, "($module, status=None, /)", "Exit the interpreter by raising SystemExit(status)."),
    IM_FIXED("getdefaultencoding", sys_getdefaultencoding, 0, "($module, /)", "Return the current default encoding used by the Unicode implementation."),
    IM_FIXED("getdlopenflags", sys_getdlopenflags, 0, "($module, /)", "Return the current value of the flags that are used for dlopen calls."),
    IM_FIXED("setdlopenflags", sys_setdlopenflags, 1, "($module, flags, /)", "Set the flags used by the interpreter for dlopen calls."),
    IM_FIXED("getallocatedblocks", sys_getallocatedblocks, 0, "($module, /)", "Return the number of memory blocks currently allocated."),
    IM_PARSED("getunicodeinternedsize", sys_zero, "($module, /, *, _only_immortal=False)", "Return the number of elements of the unicode interned dictionary"),
    IM_FIXED("getfilesystemencoding", sys_getfilesystemencoding, 0, "($module, /)", "Return the encoding used to convert Unicode filenames to OS filenames."),
    IM_FIXED("getfilesystemencodeerrors", sys_getfilesystemencodeerrors, 0, "($module, /)", "Return the error mode used for Unicode to OS filename conversion."),
    IM_FIXED("getrefcount", sys_getrefcount, 1, "($module, object, /)", "Return the reference count of object."),
    IM_FIXED("getrecursionlimit", sys_getrecursionlimit, 0, "($module, /)", "Return the current value of the recursion limit."),
    IM_FIXED("setrecursionlimit", sys_setrecursionlimit, 1, "($module, limit, /)", "Set the maximum depth of the Python interpreter stack to n."),
    IM_PARSED("getsizeof", sys_getsizeof, "($module, /, object, default=<unrepresentable>)", "getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes."),
    IM_RANGE("_getframe", im_sys_getframe, 0, 1, "($module, depth=0, /)", "Return a frame object from the call stack."),
    IM_PARSED("_getframemodulename", im_sys_getframemodulename, "($module, /, depth=0)", "Return the name of the module for a calling frame."),
    IM_FIXED("intern", sys_intern, 1, "($module, string, /)", "``Intern'' the given string."),
    IM_FIXED("_is_interned", sys_is_interned, 1, "($module, string, /)", "Return True if the given string is \"interned\"."),
    IM_FIXED("is_finalizing", sys_is_finalizing, 0, "($module, /)", "Return True if Python is exiting."),
    IM_FIXED("_is_gil_enabled", sys_is_gil_enabled, 0, "($module, /)", "Return True if the GIL is currently enabled."),
    IM_FIXED("getswitchinterval", sys_getswitchinterval, 0, "($module, /)", "Return the current thread switch interval; see sys.setswitchinterval()."),
    IM_FIXED("setswitchinterval", sys_setswitchinterval, 1, "($module, interval, /)", "Set the ideal thread switching delay inside the Python interpreter."),
    IM_FIXED("settrace", im_sys_settrace, 1, "($module, function, /)", "Set the global debug tracing function."),
    IM_FIXED("gettrace", im_sys_gettrace, 0, "($module, /)", "Return the global debug tracing function set with sys.settrace."),
    IM_FIXED("setprofile", im_sys_setprofile, 1, "($module, function, /)", "Set the profiling function."),
    IM_FIXED("getprofile", im_sys_getprofile, 0, "($module, /)", "Return the profiling function set with sys.setprofile."),
    IM_FIXED("_settraceallthreads", im_sys_settraceall, 1, "($module, function, /)", "Set the global debug tracing function in all running threads."),
    IM_FIXED("_setprofileallthreads", im_sys_setprofileall, 1, "($module, function, /)", "Set the profiling function in all running threads."),
    IM_FIXED("call_tracing", im_sys_call_tracing, 2, "($module, func, args, /)", "Call func(*args), while tracing is enabled."),
    IM_FIXED("_debugmallocstats", sys_none, 0, "($module, /)", "Print debug info to stderr about the state of the memory allocator."),
    IM_PARSED("set_coroutine_origin_tracking_depth", im_sys_set_origin_depth, "($module, /, depth)", "Enable or disable origin tracking for coroutine objects in this thread."),
    IM_FIXED("get_coroutine_origin_tracking_depth", im_sys_get_origin_depth, 0, "($module, /)", "Check status of origin tracking for coroutine objects in this thread."),
    IM_PARSED("set_asyncgen_hooks", im_sys_set_asyncgen_hooks, "($module, /, firstiter=None, finalizer=None)", "set_asyncgen_hooks([firstiter] [, finalizer])\n\nSet a finalizer for async generators objects."),
    IM_FIXED("get_asyncgen_hooks", im_sys_get_asyncgen_hooks, 0, "($module, /)", "Return the installed asynchronous generators hooks."),
    IM_FIXED("unraisablehook", im_sys_unraisablehook, 1, "($module, unraisable, /)", "Handle an unraisable exception."),
    IM_FIXED("get_int_max_str_digits", sys_get_digits, 0, "($module, /)", "Return the maximum string digits limit for non-binary int<->str conversions."),
    IM_PARSED("set_int_max_str_digits", sys_set_digits, "($module, /, maxdigits)", "Set the maximum string digits limit for non-binary int<->str conversions."),
    IM_FIXED("activate_stack_trampoline", sys_trampoline, 1, "($module, backend, /)", "Activate stack profiler trampoline *backend*."),
    IM_FIXED("deactivate_stack_trampoline", sys_none, 0, "($module, /)", "Deactivate the current stack profiler trampoline backend."),
    IM_FIXED("is_stack_trampoline_active", sys_false, 0, "($module, /)", "Return *True* if a stack profiler trampoline is active."),
    IM_FIXED("_get_cpu_count_config", sys_cpu_count_config, 0, "($module, /)", "Private function for getting PyConfig.cpu_count"),
    IM_FIXED("_baserepl", sys_baserepl, 0, "($module, /)", "Private function for getting the base REPL"),
    IM_END,
};

/* --- sys._imugi ------------------------------------------------------------------------------------------------------------------------------------ */

static Value list_of(Thread *t, const int64_t *v, size_t n)
{
    Value list = im_list_new(t, n);
    for (size_t i = 0; i < n && !im_no_value(list); i++)
        if (im_list_append_steal(t, list, im_int_new(t, v[i])) < 0) IM_CLEAR(t, list);
    return list;
}
static int put(Thread *t, Value d, const char *name, Value v)
{
    int r = im_no_value(v) ? -1 : im_dict_set_cstr(t, d, name, v);
    im_xdrop(t, v);
    return r;
}
FN(imugi_gc_stats)
{
    UNUSED_ARGS;
    ImGcStats s;
    im_gc_get_stats(&s);
    Value d = im_dict_new(t);
    if (im_no_value(d)) return d;
    if (put(t, d, "collections", list_of(t, s.collections, 3)) < 0 || put(t, d, "collected", list_of(t, s.collected, 3)) < 0
        || put(t, d, "uncollectable", list_of(t, s.uncollectable, 3)) < 0 || put(t, d, "pause_histogram", list_of(t, s.pause_histogram, 32)) < 0) IM_CLEAR(t, d);
    return d;
}
static const char *state_name(Value v)
{
    if (!im_is_ptr(v)) return "immediate";
    uint32_t w = im_load_relaxed(&im_ptr(v)->x_count);
    return w == IM_COUNT_UNC ? "uncounted" : (int32_t)w < 0 ? "shared" : "private";
}
FN(imugi_ownership) { UNUSED_ARGS; return im_str_from_cstr(t, state_name(args[0])); }
FN(imugi_has_inline_values)
{
    UNUSED_ARGS;
    if (!im_is_ptr(args[0]) || !im_type_of(args[0])->n_inline) return IM_FALSE;
    ImObject *o = im_ptr(args[0]);
    ImType *type = im_type_of(args[0]);
    return im_bool(!(im_load_acquire(&o->x_shape)->kind & IM_SHAPE_DICT) && !im_is_slot_array((Value){im_load_acquire(&im_extra_slot(o, type)->bits)}));
}
FN(imugi_disassemble) { UNUSED_ARGS; return im_is_exact(args[0], &im_code_type) ? im_code_disassemble(t, args[0]) : im_raise_type(t, "code object expected, not %T", args[0]); }
/* For tests of what happens when memory is short; where the process was not started for that, nothing is ever refused. */
FN(imugi_refuse_allocation)
{
    UNUSED_ARGS;
    int64_t n;
    if (im_as_int64(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (!(im_rt.stress & IM_STRESS_OOM)) return im_raise_runtime(t, "only with IM_STRESS=oom=N in the environment");
    const int64_t left = im_load_relaxed(&im_rt.x_oom_after);
    im_store_relaxed(&im_rt.x_oom_after, n);
    return im_int(left);
}
static const ImMethodDef imugi_methods[] = {
    IM_FIXED("refuse_allocation", imugi_refuse_allocation, 1, "($module, n, /)", "The n-th allocation from here on fails, once. Returns what was left of the number given before."),
    IM_FIXED("gc_stats", imugi_gc_stats, 0, "($module, /)", "Counters of the collectors, and a histogram of their pauses (bin i: 2**i to 2**(i+1) microseconds)."),
    IM_FIXED("ownership", imugi_ownership, 1, "($module, object, /)", "'private', 'shared', 'uncounted' or 'immediate': how the object is owned at this moment."),
    IM_FIXED("has_inline_values", imugi_has_inline_values, 1, "($module, object, /)", "Whether the object's attributes are all inside it, not in a dict or an array."),
    IM_FIXED("disassemble", imugi_disassemble, 1, "($module, code, /)", "Text listing of a code object."),
    IM_END,
};
static const ImModuleDef imugi_def = {.name = "sys._imugi", .doc = "What only this interpreter has.", .methods = imugi_methods};

static int sys_exec(Thread *t, Value m)
{
    static const char *const originals[] = {"displayhook", "excepthook", "breakpointhook", "unraisablehook"};
    if (im_sys_info_init(t, m) < 0 || im_sys_hooks_init(t, m) < 0 || im_sys_frames_init(t, m) < 0 || im_sys_monitoring_init(t, m) < 0) return -1;
    for (size_t i = 0; i < IM_COUNTOF(originals); i++) {
        char name[40];
        snprintf(name, sizeof name, "__%s__", originals[i]);
        if (im_module_add(t, m, name, im_dict_get_cstr(t, im_module_dict(m), originals[i])) < 0) return -1;
    }
    return im_module_add(t, m, "_imugi", im_module_create(t, &imugi_def));
}

static const ImModuleDef sys_def = {
    .name = "sys",
    .doc = "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.",
    .methods = methods,
    .exec = sys_exec,
};
IM_MODULE(sys_def);
