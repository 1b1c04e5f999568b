/* Start-up, layer by layer, until site has run.
 * SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "types/codecs.h"
#include "main/main.h"
#include "main/stdio.h"
#include "modules/audit.h"
#include "modules/import.h"
#include "vm/vm.h"

/* builtins and sys, and sys.modules with the two. */
static int make_core_modules(Thread *t)
{
    im_interp.modules = im_dict_new(t);
    if (im_no_value(im_interp.modules)) return -1;
    im_root_add(&im_interp.modules);
    Value b = im_module_create(t, im_module_find_def("builtins"));
    if (im_no_value(b)) return -1;
    im_interp.builtins = im_new_ref(im_module_dict(b));
    im_root_add(&im_interp.builtins);
    if (im_dict_set_cstr(t, im_interp.builtins, "__debug__", im_bool(im_config.optimize == 0)) < 0 || im_dict_set_cstr(t, im_interp.modules, "builtins", b) < 0) return -1;
    im_interp.builtins_copy = im_dict_copy(t, im_interp.builtins);
    if (im_no_value(im_interp.builtins_copy)) return -1;
    im_root_add(&im_interp.builtins_copy);
    Value s = im_module_create(t, im_module_find_def("sys"));
    if (im_no_value(s)) return -1;
    im_interp.sys = im_new_ref(im_module_dict(s));
    im_root_add(&im_interp.sys);
    if (im_dict_set_cstr(t, im_interp.modules, "sys", s) < 0 || im_sys_set(t, "modules", im_interp.modules) < 0) return -1;
    im_drop(t, b);
    im_drop(t, s);
    im_import_prepare();
    return 0;
}

static int make_main_module(Thread *t)
{
    Value m = im_module_new(t, "__main__"), d, v;
    if (im_no_value(m)) return -1;
    d = im_module_dict(m);
    v = im_dict_new(t);
    int r = im_dict_set_cstr(t, d, "__annotations__", v);
    im_xdrop(t, v);
    v = r < 0 ? IM_NO_VALUE : im_dict_get_cstr(t, im_interp.modules, "builtins");
    if (r == 0) r = im_dict_set_cstr(t, d, "__builtins__", v);
    im_xdrop(t, v);
    if (r == 0 && !im_no_value(im_interp.importlib)) {
        v = im_getattr(t, im_interp.importlib, IM_S(BuiltinImporter));
        r = im_dict_set_cstr(t, d, "__loader__", v);
        im_xdrop(t, v);
    }
    if (r == 0) r = im_dict_set_cstr(t, im_interp.modules, "__main__", m);
    im_drop(t, m);
    return r;
}

/* Imports a module for its effects. */
static int just_import(Thread *t, const char *name)
{
    Value m = im_import(t, name);
    im_xdrop(t, m);
    return im_no_value(m) ? -1 : 0;
}

/* module.name() or module.name(n); failures do not keep the program from starting. */
static void call_quietly(Thread *t, const char *module, const char *name, int n)
{
    Value fn = im_import_from(t, module, name), r = im_no_value(fn) ? fn : n ? im_call1(t, fn, im_int(n)) : im_call0(t, fn);
    im_exc_clear(t);
    im_xdrop(t, fn);
    im_xdrop(t, r);
}

/* -X faulthandler, -X tracemalloc and their environment variables. */
static const char *start_tools(Thread *t)
{
    const bool ignore = im_config.ignore_environment;
    const char *env = ignore ? NULL : getenv("PYTHONFAULTHANDLER"), *trace = im_x_option("tracemalloc");
    if (im_config.dev_mode || im_x_option("faulthandler") || (env && *env)) call_quietly(t, "faulthandler", "enable", 0);
    bool option = trace != NULL;
    if (!trace && !ignore) trace = getenv("PYTHONTRACEMALLOC");
    if (trace && (*trace || option)) {
        char *end;
        long n = *trace ? strtol(trace, &end, 10) : 1;
        if (*trace && (*end || n < 0 || n > 65535))
            return option ? "config_init_tracemalloc: -X tracemalloc=NFRAME: invalid number of frames" : "config_init_tracemalloc: PYTHONTRACEMALLOC: invalid number of frames";
        if (n) call_quietly(t, "_tracemalloc", "start", (int)n);
    }
    return NULL;
}

static Thread *failed(Thread *t, const char *what)
{
    fprintf(stderr, "Fatal Python error: %s\nPython runtime state: core initialized\n", what);
    if (im_pending(t)) {
        Value e = im_exc_fetch(t);
        im_display_exception(t, e, IM_NO_VALUE);
    }
    return NULL;
}

Thread *im_startup(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    Thread *t = im_runtime_init(im_config.gil);
    im_hash_seed_init(im_config.hash_seed);
    if (im_types_init(t) < 0) return failed(t, "init_types: the built-in types cannot be made");
    im_main_hooks();
    if (im_vm_init(t) < 0) return failed(t, "init_vm: the virtual machine cannot start");
    im_bytes_warning = im_config.bytes_warning != 0;
    im_codec_check_names = im_config.dev_mode;
    im_int_max_str_digits = im_config.int_max_str_digits;
    if (make_core_modules(t) < 0) return failed(t, "init_sys: can't create builtins and sys");
    if (!im_module_find_def("posix") || !im_module_find_def("_codecs")) im_config.no_importlib = true; /* nothing to read files with */
    if (im_config.no_importlib) {
        if (im_stdio_init(t, true) < 0 || make_main_module(t) < 0) return failed(t, "init_sys_streams: can't initialize sys standard streams");
        return t;
    }
    t->no_gc++; /* start-up leaves next to no garbage */
    if (im_config.verbose && im_stdio_init(t, true) < 0) return failed(t, "init_sys_streams: can't initialize sys standard streams"); /* imports tell of themselves */
    if (im_import_init(t) < 0) return failed(t, "init_importlib: failed to initialize importlib");
    if (im_import_init_external(t) < 0) return failed(t, "init_importlib_external: external importer setup failed");
    if (just_import(t, "encodings") < 0) return failed(t, "init_fs_encoding: failed to get the Python codec of the filesystem encoding");
    if (just_import(t, "_signal") < 0) im_exc_clear(t);
    if (im_stdio_init(t, false) < 0) return failed(t, "init_sys_streams: can't initialize sys standard streams");
    if (make_main_module(t) < 0) return failed(t, "add_main_module: can't create __main__");
    if (im_config.warn_options.n && just_import(t, "warnings") < 0) im_exc_clear(t);
    const char *bad = start_tools(t);
    if (bad) return failed(t, bad);
    im_gc_settle(t);
    t->no_gc--;
    if (!im_config.no_site && just_import(t, "site") < 0) {
        fprintf(stderr, "Fatal Python error: init_import_site: Failed to import the site module\nPython runtime state: initialized\n");
        Value e = im_exc_fetch(t);
        im_display_exception(t, e, IM_NO_VALUE);
        im_drop(t, e);
        return NULL;
    }
    return t;
}
