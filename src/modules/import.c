/* The import statement: what is in sys.modules is found here; the rest is importlib's. Frames of importlib are cut out of tracebacks.
 * SPDX-License-Identifier: MIT */
#include "modules/import.h"

#include <stdio.h>
#include <string.h>

#include "modules/audit.h"
#include "modules/config.h"

/* --- calls into importlib --------------------------------------------------------------------------------------------------------------------------- */

static Value bootstrap_function(Thread *t, Value name)
{
    if (im_no_value(im_interp.importlib)) return im_raise(t, &im_ImportError_type, "importlib is not running yet");
    return im_getattr(t, im_interp.importlib, name);
}

static bool is_importlib_file(Value s) { return im_is_str(s) && (im_str_equal_cstr(s, "<frozen importlib._bootstrap>") || im_str_equal_cstr(s, "<frozen importlib._bootstrap_external>")); }

/* Of one traceback entry: is it importlib's, and is it _call_with_frames_removed? */
static bool importlib_entry(Thread *t, Value tb, bool *end_of_chunk)
{
    Value frame = im_getattr(t, tb, IM_S(tb_frame)), code = im_no_value(frame) ? frame : im_getattr(t, frame, IM_S(f_code));
    bool r = false;
    if (!im_no_value(code) && im_is_exact(code, &im_code_type)) {
        r = is_importlib_file(im_codep(code)->filename);
        *end_of_chunk = im_str_equal_cstr(im_codep(code)->name, "_call_with_frames_removed");
    }
    im_xdrop(t, code);
    im_xdrop(t, frame);
    im_exc_clear(t);
    return r;
}

/* Cuts runs of importlib's entries out of the pending exception's traceback: all of them for an ImportError, else those that end in
 * _call_with_frames_removed. */
static void trim_traceback(Thread *t)
{
    if (im_config.verbose) return;
    Value exc = im_exc_fetch(t);
    bool always = im_is_instance_of(exc, &im_ImportError_type);
    Value tb = im_exc_get_traceback(exc), prev = IM_NO_VALUE, chunk_prev = IM_NO_VALUE;
    bool in_chunk = false, changed_head = false;
    Value head = im_no_value(tb) ? IM_NO_VALUE : im_new_ref(tb);
    while (!im_no_value(tb) && im_is_object(tb)) {
        bool end = false, lib = importlib_entry(t, tb, &end);
        Value next = im_getattr(t, tb, IM_S(tb_next));
        if (im_no_value(next)) { im_exc_clear(t); break; }
        if (lib && !in_chunk) {
            in_chunk = true;
            im_xdrop(t, chunk_prev);
            chunk_prev = im_no_value(prev) ? IM_NO_VALUE : im_new_ref(prev);
        }
        if (lib && (always || end)) { /* everything since the chunk began goes */
            if (im_no_value(chunk_prev)) {
                im_xdrop(t, head);
                head = im_new_ref(next);
                changed_head = true;
            } else if (im_setattr(t, chunk_prev, IM_S(tb_next), next) < 0) im_exc_clear(t);
            im_xdrop(t, prev);
            prev = im_no_value(chunk_prev) ? IM_NO_VALUE : im_new_ref(chunk_prev);
        } else {
            im_xdrop(t, prev);
            prev = im_new_ref(tb);
        }
        im_drop(t, tb);
        tb = next;
        if (!lib) in_chunk = false;
    }
    im_xdrop(t, tb);
    if (changed_head) im_exc_set_traceback(t, exc, head);
    im_xdrop(t, head);
    im_xdrop(t, prev);
    im_xdrop(t, chunk_prev);
    im_exc_restore(t, exc);
}

/* -X importtime: each import's own time and that with what it imported, innermost first. */
static Value timed_load(Thread *t, Value name, Value fn, Value import)
{
    static __thread int level;
    static __thread int64_t inner; /* time of imports within the one that runs */
    static bool header;
    if (!header) {
        fputs("import time: self [us] | cumulative | imported package\n", stderr);
        header = true;
    }
    int64_t outer = inner, begin = im_monotonic_ns();
    inner = 0;
    level++;
    Value m = im_call2(t, fn, name, import);
    level--;
    int64_t total = im_monotonic_ns() - begin;
    const char *s = im_str_utf8(t, name, NULL);
    fprintf(stderr, "import time: %9ld | %10ld | %*s%s\n", (long)((total - inner) / 1000), (long)(total / 1000), level * 2, "", s ? s : "?");
    inner = outer + total;
    return m;
}

/* Before importlib runs (and with -X no_importlib): native modules by themselves. */
static Value load_native(Thread *t, Value name)
{
    const char *s = im_str_utf8(t, name, NULL);
    const ImModuleDef *d = s ? im_module_find_def(s) : NULL;
    if (!d) return im_pending(t) ? IM_NO_VALUE : im_raise_import(t, name, IM_NO_VALUE, "no native module %R, and importlib does not run", name);
    Value m = im_module_create(t, d);
    if (!im_no_value(m) && im_dict_set(t, im_interp.modules, name, m) < 0) IM_CLEAR(t, m);
    return m;
}

static Value find_and_load(Thread *t, Value name)
{
    if (im_no_value(im_interp.importlib)) return load_native(t, name);
    if (im_load_relaxed(&im_audit_x_active)) {
        Value v[5] = {name, IM_NONE, im_sys_get(t, "path"), im_sys_get(t, "meta_path"), im_sys_get(t, "path_hooks")};
        for (int i = 2; i < 5; i++)
            if (im_no_value(v[i])) v[i] = IM_NONE;
        int r = im_audit_slow(t, "import", 5, v);
        for (int i = 2; i < 5; i++) im_drop(t, v[i]);
        if (r < 0) return IM_NO_VALUE;
    }
    Value fn = bootstrap_function(t, IM_S(_find_and_load));
    if (im_no_value(fn)) return fn;
    Value import = im_getattr(t, im_interp.importlib, IM_S(_gcd_import)), m = IM_NO_VALUE;
    if (!im_no_value(import)) m = im_config.import_time ? timed_load(t, name, fn, import) : im_call2(t, fn, name, import);
    im_xdrop(t, import);
    im_drop(t, fn);
    return m;
}

/* sys.modules[name]: 1 and owned module, 0, -1. */
static int loaded(Thread *t, Value name, Value *m)
{
    Value mods = im_interp.modules;
    if (im_is_dict(mods)) return im_dict_get(t, mods, name, m);
    *m = im_getitem(t, mods, name);
    return im_no_value(*m) ? (im_exc_clear_if(t, &im_KeyError_type) ? 0 : -1) : 1;
}

/* Another thread may be running the module's code: wait for it (or find a deadlock). */
static int ensure_initialised(Thread *t, Value m, Value name)
{
    Value spec, v;
    int r = im_lookup_attr(t, m, IM_S(__spec__), &spec);
    if (r <= 0) return r;
    r = im_is_none(spec) ? 0 : im_lookup_attr(t, spec, IM_S(_initializing), &v);
    im_drop(t, spec);
    if (r <= 0) {
        im_exc_clear(t);
        return 0;
    }
    r = im_truth(t, v);
    im_drop(t, v);
    if (r <= 0) return r;
    Value fn = bootstrap_function(t, IM_S(_lock_unlock_module));
    if (im_no_value(fn)) return -1;
    v = im_call1(t, fn, name);
    im_drop(t, fn);
    im_xdrop(t, v);
    return im_no_value(v) ? -1 : 0;
}

/* --- relative names ---------------------------------------------------------------------------------------------------------------------------------- */

/* Package that a relative import starts from: owned str. */
static Value package_of(Thread *t, Value globals)
{
    Value pkg, spec, parent;
    if (!im_is_dict(globals)) return im_raise_type(t, "globals must be a dict");
    if (im_dict_get(t, globals, IM_S(__package__), &pkg) < 0) return pkg;
    if (im_dict_get(t, globals, IM_S(__spec__), &spec) < 0) { im_xdrop(t, pkg); return IM_NO_VALUE; }
    if (!im_no_value(pkg) && im_is_str(pkg)) {
        bool plain = im_no_value(spec) || im_is_none(spec);
        if (!plain && im_lookup_attr(t, spec, IM_S(parent), &parent) > 0) {
            plain = im_is_str(parent) && im_str_equal(parent, pkg);
            im_drop(t, parent);
        }
        if (plain) { im_xdrop(t, spec); return pkg; }
        im_exc_clear(t);
    } else if (!im_no_value(pkg) && !im_is_none(pkg)) {
        im_drop(t, pkg);
        im_xdrop(t, spec);
        return im_raise_type(t, "package must be a string");
    }
    im_xdrop(t, pkg);
    im_xdrop(t, spec);
    Value fn = bootstrap_function(t, IM_S(_calc___package__)); /* warns where the two disagree */
    if (im_no_value(fn)) return fn;
    pkg = im_call1(t, fn, globals);
    im_drop(t, fn);
    if (!im_no_value(pkg) && !im_is_str(pkg)) {
        im_drop(t, pkg);
        return im_raise_type(t, "package must be a string");
    }
    return pkg;
}

static Value absolute_name(Thread *t, Value name, Value globals, int level)
{
    if (im_is_none(globals)) return im_raise(t, &im_KeyError_type, "'__name__' not in globals");
    Value pkg = package_of(t, globals);
    if (im_no_value(pkg)) return pkg;
    ssize_t end = im_str_len(pkg);
    if (end == 0) {
        im_drop(t, pkg);
        return im_raise(t, &im_ImportError_type, "attempted relative import with no known parent package");
    }
    for (int i = 1; i < level; i++) {
        end = im_str_find_char(pkg, '.', 0, end, -1);
        if (end < 0) {
            im_drop(t, pkg);
            return im_raise(t, &im_ImportError_type, "attempted relative import beyond top-level package");
        }
    }
    Value base = im_str_substring(t, pkg, 0, end);
    im_drop(t, pkg);
    if (im_no_value(base) || im_str_len(name) == 0) return base;
    Value full = im_str_format(t, "%U.%U", base, name);
    im_drop(t, base);
    return full;
}

/* --- __import__ ---------------------------------------------------------------------------------------------------------------------------------------- */

static Value load(Thread *t, Value name)
{
    Value m;
    int r = loaded(t, name, &m);
    if (r < 0) return IM_NO_VALUE;
    if (r > 0 && !im_is_none(m)) {
        if (ensure_initialised(t, m, name) < 0) { im_drop(t, m); return IM_NO_VALUE; }
        return m;
    }
    im_xdrop(t, m);
    return find_and_load(t, name);
}

Value im_import_name(Thread *t, Value name)
{
    if (im_str_len(name) == 0) return im_raise_valueerror(t, "Empty module name");
    return load(t, name);
}

/* Every name of the list is there already: importlib need not be asked. */
static int has_all(Thread *t, Value m, Value fromlist)
{
    if (!im_is_tuple(fromlist)) return 0;
    for (ssize_t i = 0; i < im_tuple_len(fromlist); i++) {
        Value x = im_tuple_get(fromlist, i);
        if (!im_is_str(x) || im_str_equal_cstr(x, "*")) return 0;
        int r = im_hasattr(t, m, x);
        if (r <= 0) return r;
    }
    return 1;
}

/* `import a.b`: the package that the statement binds. */
static Value top_package(Thread *t, Value m, Value name, Value abs, int level)
{
    ssize_t len = im_str_len(name), dot = im_str_find_char(name, '.', 0, len, 1);
    if (dot < 0 && level == 0) return im_new_ref(m);
    Value r, front;
    if (level == 0) {
        front = im_str_substring(t, name, 0, dot);
        r = im_no_value(front) ? front : load(t, front);
    } else if (len == 0) {
        return im_new_ref(m);
    } else {
        front = im_str_substring(t, abs, 0, im_str_len(abs) - (dot < 0 ? 0 : len - dot));
        if (im_no_value(front)) return front;
        int found = loaded(t, front, &r);
        if (found == 0) im_raise(t, &im_KeyError_type, "%R not in sys.modules as expected", front);
    }
    im_xdrop(t, front);
    return r;
}

static Value import_level(Thread *t, Value name, Value globals, Value fromlist, int level)
{
    if (!im_is_str(name)) return im_raise_type(t, "module name must be a string");
    if (level < 0) return im_raise_valueerror(t, "level must be >= 0");
    if (level == 0 && im_str_len(name) == 0) return im_raise_valueerror(t, "Empty module name");
    Value abs = level ? absolute_name(t, name, globals, level) : im_new_ref(name), r = IM_NO_VALUE;
    if (im_no_value(abs)) return abs;
    Value m = load(t, abs);
    if (im_no_value(m)) goto done;
    int from = im_is_none(fromlist) ? 0 : im_truth(t, fromlist);
    if (from < 0) goto done;
    if (!from) {
        r = top_package(t, m, name, abs, level);
        goto done;
    }
    Value path;
    int is_package = im_lookup_attr(t, m, IM_S(__path__), &path);
    if (is_package < 0) goto done;
    im_xdrop(t, path);
    int all = is_package ? has_all(t, m, fromlist) : 1;
    if (all < 0) goto done;
    if (all) {
        r = im_new_ref(m);
    } else {
        Value fn = bootstrap_function(t, IM_S(_handle_fromlist)), import = im_dict_get_str(t, im_interp.builtins, IM_S(__import__));
        if (!im_no_value(fn) && !im_no_value(import)) r = im_call3(t, fn, m, fromlist, import);
        im_xdrop(t, fn);
        im_xdrop(t, import);
    }
done:
    im_xdrop(t, m);
    im_drop(t, abs);
    if (im_no_value(r) && im_pending(t)) trim_traceback(t);
    return r;
}

static Value import_hook(Thread *t, Value name, Value globals, Value locals, Value fromlist, int level)
{
    (void)locals;
    return import_level(t, name, globals, fromlist, level);
}

/* --- start-up ---------------------------------------------------------------------------------------------------------------------------------------- */

/* Creates module `name` from frozen code and runs it. */
static Value run_frozen(Thread *t, const char *name)
{
    const ImFrozen *f = im_frozen_find(name);
    if (!f) return im_raise(t, &im_ImportError_type, "no frozen module %s", name);
    Value code = im_frozen_code(t, f), m = IM_NO_VALUE;
    if (im_no_value(code)) return code;
    m = im_module_new(t, name);
    Value origin = im_no_value(m) ? m : im_str_from_cstr(t, f->origin);
    if (!im_no_value(origin) && im_dict_set(t, im_module_dict(m), IM_S(__builtins__), im_interp.builtins) == 0
        && im_dict_set_cstr(t, im_module_dict(m), "__origname__", origin) == 0 && im_dict_set_cstr(t, im_interp.modules, name, m) == 0) {
        Value r = im_frame_hooks.eval_code(t, code, im_module_dict(m), IM_NO_VALUE, IM_NO_VALUE);
        if (im_no_value(r)) IM_CLEAR(t, m);
        im_xdrop(t, r);
    } else IM_CLEAR(t, m);
    im_xdrop(t, origin);
    im_drop(t, code);
    return m;
}

void im_import_prepare(void) { im_import_hook = import_hook; }

int im_import_init(Thread *t)
{
    Value m = run_frozen(t, "_frozen_importlib"), imp = IM_NO_VALUE, sys = IM_NO_VALUE, r = IM_NO_VALUE;
    if (im_no_value(m)) return -1;
    im_interp.importlib = m; /* the interpreter's own reference */
    im_root_add(&im_interp.importlib);
    imp = im_module_create(t, im_module_find_def("_imp"));
    if (im_no_value(imp) || im_dict_set_cstr(t, im_interp.modules, "_imp", imp) < 0) goto done;
    sys = im_dict_get_cstr(t, im_interp.modules, "sys");
    Value fn = im_no_value(sys) ? sys : im_getattr(t, m, IM_S(_install));
    if (im_no_value(fn)) goto done;
    r = im_call2(t, fn, sys, imp);
    im_drop(t, fn);
done:
    im_xdrop(t, imp);
    im_xdrop(t, sys);
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}

/* Caches of another implementation must not be read: they carry CPython's number in their magic, ours a digest of our instructions. importlib has the
 * number as a constant, so it is replaced once its module has run; nothing has used it by then. */
static int set_magic(Thread *t)
{
    uint16_t n = im_pyc_magic();
    uint8_t magic[4] = {(uint8_t)n, (uint8_t)(n >> 8), '\r', '\n'};
    Value ext = im_import(t, "_frozen_importlib_external"), b = im_no_value(ext) ? ext : im_bytes_new(t, magic, 4), raw;
    raw = im_int((int64_t)(magic[0] | magic[1] << 8 | magic[2] << 16 | (int)((unsigned)magic[3] << 24)));
    int r = im_no_value(ext) || im_no_value(b) || im_module_add(t, ext, "MAGIC_NUMBER", im_new_ref(b)) < 0 || im_module_add(t, ext, "_RAW_MAGIC_NUMBER", raw) < 0;
    im_xdrop(t, ext);
    im_xdrop(t, b);
    return r ? -1 : 0;
}

int im_import_init_external(Thread *t)
{
    Value fn = bootstrap_function(t, IM_S(_install_external_importers));
    if (im_no_value(fn)) return -1;
    Value r = im_call0(t, fn);
    im_drop(t, fn);
    if (im_no_value(r)) return -1;
    im_drop(t, r);
    if (set_magic(t) < 0) return -1;
    /* zipimport goes first among the path hooks. */
    Value hooks = im_sys_get(t, "path_hooks"), zip;
    if (im_no_value(hooks)) return im_raise_runtime(t, "lost sys.path_hooks"), -1;
    zip = im_import_from(t, "zipimport", "zipimporter");
    int ok = 0;
    if (im_no_value(zip)) im_exc_clear(t); /* without zlib or so: no zip files on the path, as CPython does */
    else ok = im_list_insert(t, hooks, 0, zip);
    im_xdrop(t, zip);
    im_drop(t, hooks);
    return ok;
}
