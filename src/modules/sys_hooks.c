/* sys: displayhook, excepthook, unraisablehook, breakpointhook.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/audit.h"
#include "modules/config.h"
#include "modules/sys.h"
#include "types/exception.h"

#define UNUSED_ARGS (void)self, (void)nargs, (void)kwnames

/* --- displayhook ---------------------------------------------------------------------------------------------------------------------------------- */

/* repr(v) to `out`; characters that its encoding lacks are escaped. */
static int write_repr(Thread *t, Value out, Value v)
{
    Value s = im_repr(t, v);
    if (im_no_value(s)) return -1;
    int r = im_file_write_str(t, out, s);
    if (r < 0 && im_pending_is(t, &im_UnicodeEncodeError_type)) {
        Value encoding, text = IM_NO_VALUE;
        im_exc_clear(t);
        encoding = im_getattr(t, out, IM_S(encoding));
        if (!im_no_value(encoding)) {
            const char *enc = im_is_str(encoding) ? im_str_utf8(t, encoding, NULL) : NULL;
            if (!im_is_str(encoding)) im_raise_type(t, "bad argument type for built-in operation");
            Value b = enc ? im_str_encode(t, s, enc, "backslashreplace") : IM_NO_VALUE;
            if (!im_no_value(b)) text = im_str_decode(t, im_bytes_data(b), im_bytes_len(b), enc, "strict");
            im_xdrop(t, b);
            im_drop(t, encoding);
        }
        if (!im_no_value(text)) r = im_file_write_str(t, out, text);
        im_xdrop(t, text);
    }
    im_drop(t, s);
    return r;
}

IM_SYS(displayhook)
{
    UNUSED_ARGS;
    if (im_is_none(args[0])) return IM_NONE;
    if (im_dict_set(t, im_interp.builtins, IM_S(_), IM_NONE) < 0) return IM_NO_VALUE;
    Value out = im_sys_get(t, "stdout");
    if (im_no_value(out) || im_is_none(out)) return im_raise_runtime(t, "lost sys.stdout");
    int r = write_repr(t, out, args[0]);
    if (r == 0) r = im_file_write_cstr(t, out, "\n");
    im_drop(t, out);
    return r < 0 || im_dict_set(t, im_interp.builtins, IM_S(_), args[0]) < 0 ? IM_NO_VALUE : IM_NONE;
}

/* --- excepthook ----------------------------------------------------------------------------------------------------------------------------------- */

/* Through the traceback module, which also knows carets and suggestions; false when that fails. */
static bool display_with_traceback(Thread *t, Value exc)
{
    Value fn = im_import_from(t, "traceback", "_print_exception_bltin");
    if (im_no_value(fn)) { im_exc_clear(t); return false; }
    Value r = im_call1(t, fn, exc);
    im_drop(t, fn);
    if (im_no_value(r)) { im_exc_clear(t); return false; }
    im_drop(t, r);
    return true;
}

void im_print_exception(Thread *t, Value exc, Value file)
{
    Value pending = im_exc_fetch(t), r = IM_NO_VALUE;
    if (im_no_value(file)) {
        if (!display_with_traceback(t, exc)) im_display_exception(t, exc, file);
    } else {
        Value fn = im_import_from(t, "traceback", "print_exception"), names = im_tuple_pack(t, 1, IM_S(file)), args[2] = {exc, file};
        if (!im_no_value(fn) && !im_no_value(names)) r = im_call(t, fn, args, 1, names);
        if (im_no_value(r)) {
            im_exc_clear(t);
            im_display_exception(t, exc, file);
        }
        im_xdrop(t, fn);
        im_xdrop(t, names);
        im_xdrop(t, r);
    }
    im_exc_restore(t, pending);
}

IM_SYS(excepthook)
{
    UNUSED_ARGS;
    Value exc = args[1];
    if (!im_is_a(exc, IM_TF_EXC)) {
        im_sys_write_stderr(t, "TypeError: print_exception(): Exception expected for value, %.100T found\n", exc);
        return IM_NONE;
    }
    Value tb = im_exc_get_traceback(exc);
    if (im_no_value(tb) && !im_is_none(args[2])) im_exc_set_traceback(t, exc, args[2]);
    im_xdrop(t, tb);
    Value err = im_sys_get(t, "stderr");
    bool none = !im_no_value(err) && im_is_none(err);
    im_xdrop(t, err);
    if (!none && !display_with_traceback(t, exc)) im_display_exception(t, exc, IM_NO_VALUE);
    return IM_NONE;
}

/* --- unraisablehook -------------------------------------------------------------------------------------------------------------------------------- */

static ImType *unraisable_type; /* set once at start-up */

static Value field(Thread *t, Value v, Value name)
{
    Value r;
    return im_lookup_attr(t, v, name, &r) == 0 ? IM_NONE : r;
}

/* The class as a traceback's last line names it. */
static int print_type(Thread *t, Value file, Value exc_type)
{
    Value module = IM_NO_VALUE, name;
    if (im_lookup_attr(t, exc_type, IM_S(__module__), &module) < 0) im_exc_clear(t);
    int r = 0;
    if (im_no_value(module) || !im_is_str(module)) r = im_file_write_cstr(t, file, "<unknown>.");
    else if (!im_str_equal_cstr(module, "builtins") && !im_str_equal_cstr(module, "__main__")) r = im_file_write_str(t, file, module) < 0 ? -1 : im_file_write_cstr(t, file, ".");
    im_xdrop(t, module);
    if (r < 0) return -1;
    name = im_getattr(t, exc_type, IM_S(__qualname__));
    if (im_no_value(name) || !im_is_str(name)) {
        im_exc_clear(t);
        r = im_file_write_cstr(t, file, "<unknown>");
    } else r = im_file_write_str(t, file, name);
    im_xdrop(t, name);
    return r;
}

/* Its text, where it gives one. */
static int print_text(Thread *t, Value file, Value exc)
{
    if (im_is_none(exc)) return 0;
    if (im_file_write_cstr(t, file, ": ") < 0) return -1;
    Value text = im_str(t, exc);
    int r = im_no_value(text) ? -1 : im_file_write_str(t, file, text);
    im_xdrop(t, text);
    if (r == 0) return 0;
    im_exc_clear(t);
    return im_file_write_cstr(t, file, "<exception str() failed>");
}

static int print_unraisable(Thread *t, Value file, Value exc_type, Value exc, Value tb, Value msg, Value obj)
{
    bool has_msg = !im_is_none(msg);
    if (!im_is_none(obj)) {
        Value head = has_msg ? im_str_format(t, "%S: ", msg) : im_str_from_cstr(t, "Exception ignored in: ");
        if (im_no_value(head) || im_file_write_str(t, file, head) < 0) { im_xdrop(t, head); return -1; }
        im_drop(t, head);
        Value r = im_repr(t, obj);
        if (im_no_value(r)) {
            im_exc_clear(t);
            if (im_file_write_cstr(t, file, "<object repr() failed>") < 0) return -1;
        } else {
            int w = im_file_write_str(t, file, r);
            im_drop(t, r);
            if (w < 0) return -1;
        }
        if (im_file_write_cstr(t, file, "\n") < 0) return -1;
    } else if (has_msg) {
        Value head = im_str_format(t, "%S:\n", msg);
        int w = im_no_value(head) ? -1 : im_file_write_str(t, file, head);
        im_xdrop(t, head);
        if (w < 0) return -1;
    }
    if (im_is_none(exc_type) || im_is_none(exc)) return 0;
    if (im_print_traceback(t, tb, file) < 0) return -1;
    return print_type(t, file, exc_type) < 0 || print_text(t, file, exc) < 0 || im_file_write_cstr(t, file, "\n") < 0 ? -1 : 0;
}

IM_SYS(unraisablehook)
{
    UNUSED_ARGS;
    if (im_type_of(args[0]) != unraisable_type) return im_raise_type(t, "sys.unraisablehook argument type must be UnraisableHookArgs");
    Value file = im_sys_get(t, "stderr");
    if (im_no_value(file) || im_is_none(file)) return IM_NONE;
    Value f[5] = {field(t, args[0], IM_S(exc_type)), field(t, args[0], IM_S(exc_value)), field(t, args[0], IM_S(exc_traceback)), field(t, args[0], IM_S(err_msg)),
                  field(t, args[0], IM_S(object))};
    int r = im_pending(t) ? -1 : print_unraisable(t, file, f[0], f[1], f[2], f[3], f[4]);
    for (int i = 0; i < 5; i++) im_xdrop(t, f[i]);
    if (r == 0) {
        Value v = im_call_method0(t, file, IM_S(flush));
        if (im_no_value(v)) im_exc_clear(t);
        im_xdrop(t, v);
    }
    im_drop(t, file);
    return r < 0 && im_pending(t) ? IM_NO_VALUE : IM_NONE; /* a traceback that cannot be printed leaves no exception */
}

/* One that native code raised outside any Python code has no traceback of its own: the running frame stands in. No value, without an exception, if there is none. */
static Value traceback_here(Thread *t)
{
    ImFrameInfo info;
    if (!im_frame_hooks.info(t, 0, &info)) return IM_NO_VALUE;
    Value frame = im_frame_hooks.frame(t, 0), tb = IM_NO_VALUE, lasti;
    int64_t at = -1;
    if (!im_no_value(frame) && !im_no_value(lasti = im_getattr(t, frame, IM_S(f_lasti)))) {
        if (im_as_int64(t, lasti, &at) == 0) tb = im_traceback_new(t, IM_NO_VALUE, frame, im_value(info.code), (int32_t)at, info.line);
        im_drop(t, lasti);
    }
    im_xdrop(t, frame);
    if (im_no_value(tb)) im_exc_clear(t);
    return tb;
}

/* im_unraisable_hook: hands the pending exception to sys.unraisablehook. */
static void unraisable(Thread *t, const char *msg, Value obj)
{
    Value exc = im_exc_fetch(t);
    if (im_no_value(exc)) return;
    if (!unraisable_type || im_no_value(im_interp.sys)) {
        im_display_exception(t, exc, IM_NO_VALUE);
        im_drop(t, exc);
        return;
    }
    Value tb = im_exc_get_traceback(exc);
    if (im_no_value(tb)) tb = traceback_here(t);
    Value items[5] = {im_new_ref(im_type_value(im_type_of(exc))), im_new_ref(exc), im_no_value(tb) ? IM_NONE : tb, msg ? im_str_from_cstr(t, msg) : IM_NONE,
                      im_no_value(obj) ? IM_NONE : im_new_ref(obj)};
    Value args = im_structseq_new(t, unraisable_type, items), hook = IM_NO_VALUE, r = IM_NO_VALUE;
    if (!im_no_value(args)) {
        hook = im_sys_get(t, "unraisablehook");
        if (IM_AUDIT(t, "sys.unraisablehook", im_no_value(hook) ? IM_NONE : hook, args) < 0) r = IM_NO_VALUE;
        else if (!im_no_value(hook) && !im_is_none(hook)) r = im_call1(t, hook, args);
        else r = im_sys_unraisablehook(t, IM_NO_VALUE, &args, 1, IM_NO_VALUE);
    }
    if (im_no_value(r) && im_pending(t)) {
        Value err = im_exc_fetch(t);
        im_sys_write_stderr(t, "Exception ignored in sys.unraisablehook: %R\n", im_no_value(hook) ? IM_NONE : hook);
        im_display_exception(t, err, IM_NO_VALUE);
        im_drop(t, err);
    }
    im_xdrop(t, r);
    im_xdrop(t, hook);
    im_xdrop(t, args);
    im_drop(t, exc);
}

/* --- breakpointhook -------------------------------------------------------------------------------------------------------------------------------- */

IM_SYS(breakpointhook)
{
    (void)self;
    const char *env = im_config.ignore_environment ? NULL : getenv("PYTHONBREAKPOINT");
    if (!env || !*env) env = "pdb.set_trace";
    else if (strcmp(env, "0") == 0) return IM_NONE;
    const char *dot = strrchr(env, '.');
    char module[256];
    snprintf(module, sizeof module, "%.*s", dot ? (int)(dot - env) : 8, dot ? env : "builtins");
    Value fn = dot == env ? IM_NO_VALUE : im_import_from(t, module, dot ? dot + 1 : env);
    if (im_no_value(fn)) {
        if (im_pending(t) && !im_pending_is(t, &im_ImportError_type) && !im_pending_is(t, &im_AttributeError_type)) return fn;
        im_exc_clear(t);
        return im_warn(t, &im_RuntimeWarning_type, 1, "Ignoring unimportable $PYTHONBREAKPOINT: \"%s\"", env) < 0 ? IM_NO_VALUE : IM_NONE;
    }
    Value r = im_call(t, fn, args, nargs, kwnames);
    im_drop(t, fn);
    return r;
}

int im_sys_hooks_init(Thread *t, Value sys)
{
    static const ImStructField f[] = {{"exc_type", "Exception type"}, {"exc_value", "Exception value"}, {"exc_traceback", "Exception traceback"},
        {"err_msg", "Error message"}, {"object", "Object causing the exception"}};
    (void)sys;
    unraisable_type = im_structseq_type(t, "UnraisableHookArgs", "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.", f, 5, 5);
    im_unraisable_hook = unraisable;
    return unraisable_type ? 0 : -1;
}
