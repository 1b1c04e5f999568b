/* Shutting down, in CPython's order: threads are joined, exit functions run, modules are emptied so that objects left in them get their __del__, streams are
 * flushed. Daemon threads stop for good at their next safepoint; nothing that they may use is taken down, memory is left to the system.
 *
 * Taking objects apart shows only where a finalizer or the callback of a weak reference runs. Where no living object has one, that part is left out.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "main/main.h"
#include "main/stdio.h"
#include "code/code.h"
#include "mem/gc.h"
#include "modules/_signal.h"
#include "modules/_thread.h"
#include "modules/atexit.h"
#include "types/function.h"
#include "types/weakref.h"

static void join_threads(Thread *t)
{
    Value m = im_dict_get_cstr(t, im_interp.modules, "threading");
    if (im_no_value(m)) { im_exc_clear(t); return; }
    Value r = im_call_method0(t, m, IM_S(_shutdown));
    if (im_no_value(r)) {
        Value exc = im_exc_fetch(t), msg = im_str_format(t, "Exception ignored on threading shutdown %R", m);
        const char *text = im_no_value(msg) ? NULL : im_str_utf8(t, msg, NULL);
        im_exc_restore(t, exc);
        im_write_unraisable(t, text, IM_NO_VALUE);
        im_xdrop(t, msg);
    }
    im_xdrop(t, r);
    im_drop(t, m);
}

static void set_sys_none(Thread *t, const char *name)
{
    if (im_sys_set(t, name, IM_NONE) < 0) im_exc_clear(t);
}

/* Empties a module's namespace: names with one leading underscore first, then the rest but __builtins__. Values are set to None. */
static void clear_dict(Thread *t, Value dict)
{
    for (int pass = 0; pass < 2; pass++) {
        Value keys = im_dict_keys_list(t, dict);
        if (im_no_value(keys)) { im_exc_clear(t); return; }
        for (ssize_t i = 0; i < im_list_len(keys); i++) {
            Value k = im_list_get(t, keys, i);
            if (im_no_value(k)) break;
            if (im_is_str(k) && im_str_len(k)) {
                bool under = im_str_at(k, 0) == '_' && (im_str_len(k) < 2 || im_str_at(k, 1) != '_');
                bool hit = pass == 0 ? under : im_str_at(k, 0) != '_' || !im_str_equal_cstr(k, "__builtins__");
                Value v;
                if (hit && im_dict_get(t, dict, k, &v) > 0) {
                    if (!im_is_none(v) && im_dict_set(t, dict, k, IM_NONE) < 0) im_exc_clear(t);
                    im_drop(t, v);
                }
            }
            im_drop(t, k);
        }
        im_drop(t, keys);
    }
}

/* Empties sys.modules; weak references to its modules in order, so that those that live on can be emptied. */
static Value forget_modules(Thread *t)
{
    Value make = im_import_from(t, "_weakref", "ref"), names = im_dict_keys_list(t, im_interp.modules), refs = im_list_new(t, 64);
    for (ssize_t i = 0; !im_no_value(names) && !im_no_value(refs) && i < im_list_len(names); i++) {
        Value k = im_list_get(t, names, i), m;
        if (im_no_value(k)) break;
        bool core = im_is_str(k) && (im_str_equal_cstr(k, "sys") || im_str_equal_cstr(k, "builtins"));
        if (!core && im_dict_get(t, im_interp.modules, k, &m) > 0) {
            if (!im_no_value(make) && im_is_object(m) && im_is_instance_of(m, &im_module_type)) {
                Value r = im_call1(t, make, m);
                if (!im_no_value(r) && im_list_append_steal(t, refs, r) < 0) im_exc_clear(t);
            }
            if (im_dict_set(t, im_interp.modules, k, IM_NONE) < 0) im_exc_clear(t);
            im_drop(t, m);
        }
        im_exc_clear(t);
        im_drop(t, k);
    }
    im_exc_clear(t);
    im_xdrop(t, make);
    im_xdrop(t, names);
    im_dict_clear(t, im_interp.modules);
    return refs;
}

/* What the program has put into builtins goes. */
static void restore_builtins(Thread *t)
{
    Value keys = im_dict_keys_list(t, im_interp.builtins);
    for (ssize_t i = 0; !im_no_value(keys) && i < im_list_len(keys); i++) {
        Value k = im_list_get(t, keys, i);
        if (im_no_value(k)) break;
        if (im_dict_contains(t, im_interp.builtins_copy, k) == 0 && im_dict_del(t, im_interp.builtins, k) < 0) im_exc_clear(t);
        im_drop(t, k);
    }
    im_xdrop(t, keys);
    if (im_dict_merge(t, im_interp.builtins, im_interp.builtins_copy, 1) < 0) im_exc_clear(t);
}

/* The standard streams' objects: their finalizers do not run, since sys keeps them to the end. */
typedef struct Kept { ImObject *v[9]; size_t n; } Kept;

static void keep_stream(Thread *t, Kept *k, const char *name)
{
    Value v = im_sys_get(t, name);
    for (int depth = 0; depth < 3 && !im_no_value(v); depth++) {
        Value inner = IM_NO_VALUE;
        if (!im_is_object(v) || (im_type_flags(im_type_of(v)) & IM_TF_HEAP)) break; /* a class of the program's own: let it have its say */
        k->v[k->n++] = im_ptr(v);
        if (depth < 2 && im_lookup_attr(t, v, depth ? IM_S(raw) : IM_S(buffer), &inner) < 0) im_exc_clear(t);
        im_drop(t, v);
        v = inner;
    }
    im_xdrop(t, v);
}

/* The library's own callbacks that but take the dead reference out of a container. */
static bool tidies_up(Value callback)
{
    static const char *const rows[][2] = {{"_weakrefset.py", "_remove"}, {"weakref.py", "remove"}, {"logging/__init__.py", "_removeHandlerRef"}};
    if (!im_is_exact(callback, &im_function_type) || !im_config.stdlib_dir) return false;
    const ImCode *c = im_function_code((const ImFunction *)im_ptr(callback));
    const size_t n = strlen(im_config.stdlib_dir);
    for (size_t i = 0; i < IM_COUNTOF(rows); i++) {
        const size_t len = n + 1 + strlen(rows[i][0]);
        if (!im_str_equal_cstr(c->name, rows[i][1]) || !im_str_is_ascii(c->filename) || (size_t)im_str_len(c->filename) != len) continue;
        const char *file = im_str_data(c->filename);
        if (memcmp(file, im_config.stdlib_dir, n) == 0 && file[n] == '/' && memcmp(file + n + 1, rows[i][0], len - n - 1) == 0) return true;
    }
    return false;
}

static bool has_its_say(ImObject *o, void *arg)
{
    const Kept *k = arg;
    if (!im_gc_has_finalizer(o)) return im_weakref_has_callback(o) && !tidies_up(((const ImWeakref *)o)->x_callback);
    for (size_t i = 0; i < k->n; i++)
        if (k->v[i] == o) return false;
    return true;
}

static bool anything_to_say(Thread *t)
{
    if (im_load_relaxed(&t->x_poll) & IM_POLL_TRACE) return true; /* whatever runs is seen */
    Kept k = {.n = 0};
    keep_stream(t, &k, "__stdin__");
    keep_stream(t, &k, "__stdout__");
    keep_stream(t, &k, "__stderr__");
    return im_gc_any_object(t, has_its_say, &k);
}

/* Drops sys.modules' modules, then empties in reverse order those that something else keeps alive. */
static void empty_modules(Thread *t, bool quiet)
{
    static const char *const gone[] = {"path", "argv", "ps1", "ps2", "last_exc", "last_type", "last_value", "last_traceback", "path_hooks", "path_importer_cache", "meta_path"};
    static const char *const streams[][2] = {{"stdin", "__stdin__"}, {"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
    if (im_dict_set(t, im_interp.builtins, IM_S(_), IM_NONE) < 0) im_exc_clear(t);
    for (size_t i = 0; i < IM_COUNTOF(gone); i++) set_sys_none(t, gone[i]);
    for (size_t i = 0; i < 3; i++) {
        Value v = im_sys_get(t, streams[i][1]);
        if (im_sys_set(t, streams[i][0], im_no_value(v) ? IM_NONE : v) < 0) im_exc_clear(t);
        im_xdrop(t, v);
    }
    if (quiet) return;
    im_gc_hooks.phase = NULL; /* gc.callbacks may be functions of modules that have just been emptied */
    Value refs = forget_modules(t);
    restore_builtins(t);
    im_gc_collect(t, 2, true);
    /* Native modules' statics still hold many a module that CPython, whose module states die with their modules, would have found unreachable by now. */
    const Value kept[] = {im_interp.sys, im_interp.builtins, im_interp.builtins_copy};
    im_gc_finalize_rest(t, kept, IM_COUNTOF(kept));
    const bool more = anything_to_say(t);
    for (ssize_t i = !more || im_no_value(refs) ? 0 : im_list_len(refs); i-- > 0;) {
        Value r = im_list_get(t, refs, i), m = im_no_value(r) ? r : im_call0(t, r);
        if (im_is_object(m)) clear_dict(t, im_module_dict(m));
        im_exc_clear(t);
        im_xdrop(t, m);
        im_xdrop(t, r);
    }
    im_thread_local_leave(t);
    if (more) im_gc_collect(t, 2, true);
    im_xdrop(t, refs);
}

int im_finalize(Thread *t, int status)
{
    join_threads(t);
    im_atexit_run(t);
    if (im_stdio_flush(t, true) < 0) status = 120;
    im_signal_fini();
    im_store_seq(&im_rt.x_finalizing, true);
    im_world_stop(t); /* whoever is attached sees the flag when the world goes on */
    im_world_start(t);
    const bool quiet = !anything_to_say(t);
    if (!quiet && im_gc_is_enabled()) im_gc_collect(t, 2, true); /* garbage speaks while the modules are whole */
    empty_modules(t, quiet);
    (void)im_stdio_flush(t, false); /* the streams of what has run since; what was lost before has been reported */
    fflush(NULL);
    return status;
}
