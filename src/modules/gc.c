/* gc: the module over mem/gc.h.
 * SPDX-License-Identifier: MIT */
#include "modules/audit.h"

IM_TYPE_DECLARE(coroutine); IM_TYPE_DECLARE(generator); IM_TYPE_DECLARE(async_generator);
#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

static Value garbage, callbacks; /* lists, made with the module; roots */
static int x_debug;
enum { DEBUG_STATS = 1, DEBUG_COLLECTABLE = 2, DEBUG_SAVEALL = 32 };

static void show_stats(Thread *t, bool start, int generation, int64_t collected, int64_t uncollectable)
{
    static _Thread_local int64_t began;
    if (start) {
        began = im_monotonic_ns();
        im_sys_write_stderr(t, "gc: collecting generation %d...\ngc: objects in each generation: %lld %lld %lld\ngc: objects in permanent generation: %lld\n", generation,
                            (long long)im_gc_get_count(t, 0), (long long)im_gc_get_count(t, 1), (long long)im_gc_get_count(t, 2), (long long)im_gc_freeze_count());
    } else {
        im_sys_write_stderr(t, "gc: done, %lld unreachable, %lld uncollectable, %.4fs elapsed\n", (long long)(collected + uncollectable), (long long)uncollectable,
                            (double)(im_monotonic_ns() - began) * 1e-9);
    }
}

static void phase(Thread *t, bool start, int generation, int64_t collected, int64_t uncollectable)
{
    if (im_load_relaxed(&x_debug) & DEBUG_STATS) show_stats(t, start, generation, collected, uncollectable);
    if (im_no_value(callbacks) || im_list_len(callbacks) == 0) return;
    Value info = im_dict_new(t), name = im_str_from_cstr(t, start ? "start" : "stop");
    if (!im_no_value(info) && !im_no_value(name) && im_dict_set_cstr(t, info, "generation", im_int(generation)) == 0
        && im_dict_set_cstr(t, info, "collected", im_int(collected)) == 0 && im_dict_set_cstr(t, info, "uncollectable", im_int(uncollectable)) == 0)
        for (ssize_t i = 0; i < im_list_len(callbacks); i++) {
            Value cb = im_list_get(t, callbacks, i);
            if (im_no_value(cb)) break;
            Value r = im_call2(t, cb, name, info);
            if (im_no_value(r)) im_write_unraisable(t, NULL, cb);
            im_xdrop(t, r);
            im_drop(t, cb);
        }
    else im_exc_clear(t);
    im_xdrop(t, info);
    im_xdrop(t, name);
}

static bool keep(Thread *t, ImObject *o)
{
    int debug = im_load_relaxed(&x_debug);
    if (!(im_type_flags(im_type_of_obj(o)) & IM_TF_GC)) return false;
    if (debug & DEBUG_COLLECTABLE) im_sys_write_stderr(t, "gc: collectable <%N %p>\n", im_type_of_obj(o), (void *)o);
    if (!(debug & DEBUG_SAVEALL)) return false;
    if (im_list_append(t, garbage, im_value(o)) < 0) im_exc_clear(t);
    return true;
}

FN(gc_enable) { UNUSED_ARGS; im_gc_enable(true); return IM_NONE; }
FN(gc_disable) { UNUSED_ARGS; im_gc_enable(false); return IM_NONE; }
FN(gc_isenabled) { UNUSED_ARGS; return im_bool(im_gc_is_enabled()); }
FN(gc_collect)
{
    UNUSED_ARGS;
    int gen = 2;
    if (!im_no_value(args[0]) && im_as_int(t, args[0], &gen) < 0) return IM_NO_VALUE;
    if (gen < 0 || gen > 2) return im_raise_valueerror(t, "invalid generation");
    int64_t n = im_gc_collect(t, gen, gen == 2);
    return im_pending(t) ? IM_NO_VALUE : im_int_new(t, n);
}
FN(gc_get_debug) { UNUSED_ARGS; return im_int(im_load_relaxed(&x_debug)); }
FN(gc_set_debug)
{
    UNUSED_ARGS;
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    im_store_relaxed(&x_debug, n);
    im_store_release(&im_gc_hooks.x_keep, n & (DEBUG_COLLECTABLE | DEBUG_SAVEALL) ? keep : NULL);
    return IM_NONE;
}
FN(gc_get_count) { UNUSED_ARGS; return im_tuple_pack(t, 3, im_int(im_gc_get_count(t, 0)), im_int(im_gc_get_count(t, 1)), im_int(im_gc_get_count(t, 2))); }
FN(gc_set_threshold)
{
    UNUSED_ARGS;
    for (size_t i = 0; i < nargs; i++) {
        int n;
        if (im_as_int(t, args[i], &n) < 0) return IM_NO_VALUE;
        im_gc_set_threshold((int)i, n);
    }
    return IM_NONE;
}
FN(gc_get_threshold) { UNUSED_ARGS; return im_tuple_pack(t, 3, im_int(im_gc_get_threshold(0)), im_int(im_gc_get_threshold(1)), im_int(im_gc_get_threshold(2))); }

FN(gc_get_stats)
{
    UNUSED_ARGS;
    ImGcStats s;
    im_gc_get_stats(&s);
    Value list = im_list_new(t, 3);
    for (int i = 0; i < 3 && !im_no_value(list); i++) {
        Value d = im_dict_new(t);
        if (im_no_value(d) || im_dict_set_cstr(t, d, "collections", im_int(s.collections[i])) < 0 || im_dict_set_cstr(t, d, "collected", im_int(s.collected[i])) < 0
            || im_dict_set_cstr(t, d, "uncollectable", im_int(s.uncollectable[i])) < 0 || im_list_append(t, list, d) < 0) IM_CLEAR(t, list);
        im_xdrop(t, d);
    }
    return list;
}

/* --- looking at objects ---------------------------------------------------------------------------------------------------------------------------------------- */

/* Objects found while the world stands are gathered in a plain array and turned into a list afterwards; each holds a reference of its own. */
typedef struct Found { Thread *t; Value *v; size_t n, cap; const Value *targets; size_t ntargets; bool failed; } Found;

static void found_add(Found *f, Value o)
{
    if (f->n == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 1024;
        Value *v = im_raw_realloc(NULL, f->v, cap * sizeof *v);
        if (!v) { f->failed = true; return; }
        f->v = v;
        f->cap = cap;
    }
    f->v[f->n++] = im_new_ref(o);
}
static Value found_list(Thread *t, Found *f)
{
    Value list = f->failed ? im_raise_memory(t) : im_list_new(t, f->n);
    for (size_t i = 0; i < f->n; i++) {
        if (im_no_value(list)) im_drop(t, f->v[i]);
        else if (im_list_append_steal(t, list, f->v[i]) < 0) IM_CLEAR(t, list);
    }
    im_raw_free(f->v);
    return list;
}
static void add_object(ImObject *o, void *arg) { found_add(arg, im_value(o)); }
FN(gc_get_objects)
{
    UNUSED_ARGS;
    int gen = -1;
    if (!im_no_value(args[0]) && !im_is_none(args[0])) {
        if (im_as_int(t, args[0], &gen) < 0) return IM_NO_VALUE;
        if (gen > 2) return im_raise_valueerror(t, "generation parameter must be less than the number of available generations (3)");
        if (gen < 0) return im_raise_valueerror(t, "generation parameter cannot be negative");
    }
    if (IM_AUDIT(t, "gc.get_objects", im_no_value(args[0]) ? im_int(-1) : args[0]) < 0) return IM_NO_VALUE;
    Found f = {.t = t};
    if (gen < 0) im_gc_each_object(t, add_object, &f);
    else im_gc_each_of_generation(t, gen, add_object, &f);
    return found_list(t, &f);
}

static int is_target(Value v, void *arg)
{
    Found *f = arg;
    for (size_t i = 0; i < f->ntargets; i++)
        if (im_same(v, f->targets[i])) return 1;
    return 0;
}
static void add_referrer(ImObject *o, void *arg)
{
    Found *f = arg;
    if (im_visit_all(o, is_target, f)) found_add(f, im_value(o));
}
/* A generator or coroutine that runs: what its frame holds is on the stack, and that is no referrer. Steals list. */
static Value without_running(Thread *t, Value list)
{
    if (im_no_value(list)) return list;
    Value r = im_list_new(t, 0), v;
    for (ssize_t i = 0; !im_no_value(r) && !im_no_value(v = im_list_get(t, list, i)); i++) {
        ImType *ty = im_type_of(v);
        Value name = ty == &im_coroutine_type ? IM_S(cr_running) : ty == &im_generator_type ? IM_S(gi_running) : ty == &im_async_generator_type ? IM_S(ag_running) : IM_NO_VALUE;
        Value running = im_no_value(name) ? IM_FALSE : im_getattr(t, v, name);
        if (im_no_value(running) || (!im_same(running, IM_TRUE) && im_list_append(t, r, v) < 0)) IM_CLEAR(t, r);
        im_drop(t, v);
    }
    im_drop(t, list);
    return r;
}
FN(gc_get_referrers)
{
    UNUSED_ARGS;
    if (im_audit_x_active) {
        Value objs = im_tuple_from_array(t, args, nargs);
        int r = im_no_value(objs) ? -1 : im_audit_slow(t, "gc.get_referrers", 1, &objs);
        im_xdrop(t, objs);
        if (r < 0) return IM_NO_VALUE;
    }
    Found f = {.t = t, .targets = args, .ntargets = nargs};
    im_gc_each_object(t, add_referrer, &f);
    return without_running(t, found_list(t, &f));
}
/* With the class of o, also where it is no counted edge. */
static int add_referent(Value v, void *arg)
{
    if (!im_no_value(v) && !im_is_unset(v)) found_add(arg, v);
    return 0;
}
/* The traversal of the common containers passes over what is no object. */
static int add_immediates(Thread *t, Value o, Found *f)
{
    size_t at = 0;
    Value k, v;
    int r = 0;
    for (ssize_t i = 0; im_is_tuple(o) && i < im_tuple_len(o); i++)
        if (!im_is_object(im_tuple_get(o, i))) found_add(f, im_tuple_get(o, i));
    for (ssize_t i = 0; im_is_list(o) && i < im_list_len(o); i++) {
        if (im_no_value(v = im_list_get(t, o, i))) break;
        if (!im_is_object(v)) found_add(f, v);
        im_drop(t, v);
    }
    while (im_is_dict(o) && (r = im_dict_next(t, o, &at, &k, &v)) > 0) {
        if (!im_is_object(k)) found_add(f, k);
        if (!im_is_object(v)) found_add(f, v);
        im_drop(t, k);
        im_drop(t, v);
    }
    return r;
}
FN(gc_get_referents)
{
    UNUSED_ARGS;
    Found f = {.t = t};
    if (im_load_relaxed(&im_audit_x_active)) {
        Value objs = im_tuple_from_array(t, args, nargs);
        int r = im_no_value(objs) ? -1 : im_audit_slow(t, "gc.get_referents", 1, &objs);
        im_xdrop(t, objs);
        if (r < 0) return IM_NO_VALUE;
    }
    for (size_t i = 0; i < nargs; i++) {
        if (!im_is_object(args[i])) continue;
        ImTypeCore *core = &im_type_of(args[i])->core;
        if (core->traverse) core->traverse(im_ptr(args[i]), add_referent, &f);
        if (add_immediates(t, args[i], &f) < 0) f.failed = true;
        if (core->x_flags & IM_TF_HEAP) found_add(&f, im_value((ImObject *)core));
    }
    return found_list(t, &f);
}
FN(gc_is_tracked)
{
    UNUSED_ARGS;
    if (!im_is_object(args[0]) || !im_is_a(args[0], IM_TF_GC)) return IM_FALSE;
    if (im_is_type(args[0]) && !im_type_has(im_as_type(args[0]), IM_TF_HEAP)) return im_bool(im_type_is_extension(im_as_type(args[0])->spec->name));
    return im_bool(im_is_shared(args[0]) || im_has_flag(im_ptr(args[0]), IM_OF_TRACKED));
}
FN(gc_is_finalized)
{
    UNUSED_ARGS;
    if (!im_is_object(args[0])) return IM_FALSE;
    uint32_t w = im_load_relaxed(&im_ptr(args[0])->x_count);
    return im_bool((int32_t)w < 0 && w != IM_COUNT_UNC ? (w & IM_COUNT_FIN) != 0 : im_has_flag(im_ptr(args[0]), IM_OF_FINALIZED));
}
FN(gc_freeze) { UNUSED_ARGS; im_gc_freeze(t); return IM_NONE; }
FN(gc_unfreeze) { UNUSED_ARGS; im_gc_unfreeze(t); return IM_NONE; }
FN(gc_freeze_count) { UNUSED_ARGS; return im_int_new(t, im_gc_freeze_count()); }

static const ImMethodDef methods[] = {
    IM_FIXED("enable", gc_enable, 0, "($module, /)", "Enable automatic garbage collection."), IM_FIXED("disable", gc_disable, 0, "($module, /)", "Disable automatic garbage collection."),
    IM_FIXED("isenabled", gc_isenabled, 0, "($module, /)", "Returns true if automatic garbage collection is enabled."),
    IM_FIXED("set_debug", gc_set_debug, 1, "($module, flags, /)", "Set the garbage collection debugging flags."),
    IM_FIXED("get_debug", gc_get_debug, 0, "($module, /)", "Get the garbage collection debugging flags."),
    IM_FIXED("get_count", gc_get_count, 0, "($module, /)", "Return a three-tuple of the current collection counts."),
    IM_RANGE("set_threshold", gc_set_threshold, 1, 3, NULL, "set_threshold(threshold0, [threshold1, [threshold2]])\nSet the collection thresholds (the collection frequency)."),
    IM_FIXED("get_threshold", gc_get_threshold, 0, "($module, /)", "Return the current collection thresholds."),
    IM_PARSED("collect", gc_collect, "($module, /, generation=2)", "Run the garbage collector."),
    IM_PARSED("get_objects", gc_get_objects, "($module, /, generation=None)", "Return a list of objects tracked by the collector (excluding the list returned)."),
    IM_FIXED("get_stats", gc_get_stats, 0, "($module, /)", "Return a list of dictionaries containing per-generation statistics."),
    IM_FIXED("is_tracked", gc_is_tracked, 1, "($module, obj, /)", "Returns true if the object is tracked by the garbage collector."),
    IM_RANGE("get_referrers", gc_get_referrers, 0, 255, "($module, /, *objs)", "Return the list of objects that directly refer to any of 'objs'."),
    IM_RANGE("get_referents", gc_get_referents, 0, 255, "($module, /, *objs)", "Return the list of objects that are directly referred to by 'objs'."),
    IM_FIXED("is_finalized", gc_is_finalized, 1, "($module, obj, /)", "Returns true if the object has been already finalized by the GC."),
    IM_FIXED("freeze", gc_freeze, 0, "($module, /)", "Freeze all current tracked objects and ignore them for future collections."),
    IM_FIXED("unfreeze", gc_unfreeze, 0, "($module, /)", "Unfreeze all objects in the permanent generation."),
    IM_FIXED("get_freeze_count", gc_freeze_count, 0, "($module, /)", "Return the number of objects in the permanent generation."),
    IM_END,
};
static int gc_exec(Thread *t, Value m)
{
    if (im_no_value(garbage)) {
        garbage = im_list_new(t, 0);
        callbacks = im_list_new(t, 0);
        if (im_no_value(garbage) || im_no_value(callbacks)) return -1;
        im_root_add(&garbage);
        im_root_add(&callbacks);
        im_gc_hooks.phase = phase;
    }
    return im_module_add(t, m, "garbage", im_new_ref(garbage)) < 0 || im_module_add(t, m, "callbacks", im_new_ref(callbacks)) < 0
           || im_module_add_int(t, m, "DEBUG_STATS", 1) < 0 || im_module_add_int(t, m, "DEBUG_COLLECTABLE", 2) < 0
           || im_module_add_int(t, m, "DEBUG_UNCOLLECTABLE", 4) < 0 || im_module_add_int(t, m, "DEBUG_SAVEALL", 32) < 0
           || im_module_add_int(t, m, "DEBUG_LEAK", 38) < 0 ? -1 : 0;
}
static const ImModuleDef gc_def = {.name = "gc", .doc = "This module provides access to the garbage collector for reference cycles.", .methods = methods, .exec = gc_exec};
IM_MODULE(gc_def);
