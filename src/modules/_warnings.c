/* _warnings: issuing warnings, the filters, and the hook by which native code warns.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "modules/audit.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

/* Made with the module, once; roots. The warnings module shares the list and the dict and may replace its own names for them. */
static Value filters, once_registry, default_action;
static int64_t x_version = 1; /* of the filters: registries of another version are stale */

/* warnings.NAME, or `dflt` while that module is not loaded. Owned. */
static Value setting(Thread *t, const char *name, Value dflt)
{
    Value m = im_dict_get_cstr(t, im_interp.modules, "warnings");
    if (im_no_value(m) || !im_is_instance_of(m, &im_module_type)) {
        im_xdrop(t, m);
        if (im_pending(t)) return IM_NO_VALUE;
        im_xtake(dflt);
        return dflt;
    }
    Value v = im_dict_get_cstr(t, im_module_dict(m), name);
    im_drop(t, m);
    if (!im_no_value(v) || im_pending(t)) return v;
    im_xtake(dflt);
    return dflt;
}

/* --- registry ------------------------------------------------------------------------------------------------------------------------------------------------- */

/* 1 when key has been seen under the present filters, 0, -1. With `set` it counts as seen from now on. */
static int already_warned(Thread *t, Value registry, Value key, bool set)
{
    Value v;
    int r = im_dict_get(t, registry, IM_S(version), &v);
    if (r < 0) return -1;
    int64_t seen = -1;
    if (r && im_is_int_like(v)) im_int_get64(v, &seen);
    im_xdrop(t, v);
    if (seen != im_load_relaxed(&x_version)) {
        im_dict_clear(t, registry);
        if (im_dict_set(t, registry, IM_S(version), im_int(im_load_relaxed(&x_version))) < 0) return -1;
    } else {
        r = im_dict_get(t, registry, key, &v);
        if (r < 0) return -1;
        if (r) {
            int truth = im_truth(t, v);
            im_drop(t, v);
            if (truth != 0) return truth;
        }
    }
    return set && im_dict_set(t, registry, key, IM_TRUE) < 0 ? -1 : 0;
}

static int update_registry(Thread *t, Value registry, Value text, Value category, bool add_zero)
{
    Value key = add_zero ? im_tuple_pack(t, 3, text, category, im_int(0)) : im_tuple_pack(t, 2, text, category);
    if (im_no_value(key)) return -1;
    int r = already_warned(t, registry, key, true);
    im_drop(t, key);
    return r;
}

/* --- filters -------------------------------------------------------------------------------------------------------------------------------------------------- */

/* None matches all, a str only itself, anything else is asked: 1, 0, -1. */
static int matches(Thread *t, Value pattern, Value text)
{
    if (im_is_none(pattern)) return 1;
    if (im_is_str_exact(pattern)) return im_equal(t, pattern, text);
    Value r = im_call_method1(t, pattern, IM_S(match), text);
    if (im_no_value(r)) return -1;
    int truth = im_truth(t, r);
    im_drop(t, r);
    return truth;
}

/* The action for a warning: owned str; *item the filter, or None. */
static Value find_action(Thread *t, Value category, Value text, int64_t line, Value module, Value *item)
{
    Value list = setting(t, "filters", filters), action = IM_NO_VALUE;
    *item = IM_NONE;
    if (im_no_value(list)) return list;
    if (!im_is_list(list)) {
        im_raise_valueerror(t, "_warnings.filters must be a list");
        goto done;
    }
    for (ssize_t i = 0; i < im_list_len(list); i++) {
        Value f = im_list_get(t, list, i);
        if (im_no_value(f)) break;
        if (!im_is_tuple(f) || im_tuple_len(f) != 5) {
            im_raise_valueerror(t, "_warnings.filters item %zd isn't a 5-tuple", i);
            im_drop(t, f);
            goto done;
        }
        Value *v = im_tuple_items(f);
        int64_t ln;
        int ok = -1;
        if (!im_is_str(v[0])) im_raise_type(t, "action must be a string, not '%.200T'", v[0]);
        else if ((ok = matches(t, v[1], text)) > 0 && (ok = im_issubclass(t, category, v[2])) > 0 && (ok = matches(t, v[3], module)) > 0) {
            ok = im_as_int64(t, v[4], &ln);
            if (ok == 0) ok = ln == 0 || ln == line;
        }
        if (ok < 0) { im_drop(t, f); goto done; }
        if (ok) {
            action = im_new_ref(v[0]);
            *item = f;
            goto done;
        }
        im_drop(t, f);
    }
    action = setting(t, "defaultaction", default_action);
    if (!im_no_value(action) && !im_is_str(action)) {
        im_raise_type(t, "_warnings.defaultaction must be a string, not '%.200T'", action);
        IM_CLEAR(t, action);
    }
done:
    im_drop(t, list);
    return action;
}

/* --- showing --------------------------------------------------------------------------------------------------------------------------------------------------- */

static int show(Thread *t, Value message, Value category, Value text, Value filename, Value line, Value source)
{
    if (!im_no_value(source) && !im_load_relaxed(&im_rt.x_finalizing)) {
        Value m = im_import(t, "warnings");
        if (im_no_value(m)) im_exc_clear(t);
        im_xdrop(t, m);
    }
    Value fn = setting(t, "_showwarnmsg", IM_NO_VALUE);
    if (im_no_value(fn)) {
        if (im_pending(t)) return -1;
        im_sys_write_stderr(t, "%S:%S: %N: %S\n", filename, line, im_as_type(category), text);
        int64_t n;
        Value s = im_int_get64(line, &n) ? im_source_line(t, filename, n) : IM_NO_VALUE;
        if (!im_no_value(s)) im_sys_write_stderr(t, "  %U\n", s);
        im_xdrop(t, s);
        return 0;
    }
    int r = -1;
    Value cls = setting(t, "WarningMessage", IM_NO_VALUE), msg = IM_NO_VALUE, v = IM_NO_VALUE;
    if (!im_callable(fn)) im_raise_type(t, "warnings._showwarnmsg() must be set to a callable");
    else if (im_no_value(cls)) { if (!im_pending(t)) im_raise_runtime(t, "unable to get warnings.WarningMessage"); }
    else {
        Value a[] = {message, category, filename, line, IM_NONE, IM_NONE, im_no_value(source) ? IM_NONE : source};
        msg = im_call(t, cls, a, 7, IM_NO_VALUE);
        if (!im_no_value(msg)) v = im_call1(t, fn, msg);
        r = im_no_value(v) ? -1 : 0;
    }
    im_xdrop(t, fn);
    im_xdrop(t, cls);
    im_xdrop(t, msg);
    im_xdrop(t, v);
    return r;
}

/* --- warn_explicit --------------------------------------------------------------------------------------------------------------------------------------------- */

static Value module_of_file(Thread *t, Value filename)
{
    ssize_t n = im_str_len(filename);
    if (n == 0) return im_str_from_cstr(t, "<unknown>");
    if (n >= 3 && im_str_at(filename, n - 3) == '.' && im_str_at(filename, n - 2) == 'p' && im_str_at(filename, n - 1) == 'y') return im_str_substring(t, filename, 0, n - 3);
    return im_new_ref(filename);
}

/* registry is a dict or None; module and source may be no value. */
static int warn_explicit(Thread *t, Value category, Value message, Value filename, int64_t lineno, Value module, Value registry, Value source)
{
    Value text = IM_NO_VALUE, key = IM_NO_VALUE, action = IM_NO_VALUE, item = IM_NONE, line = im_int(lineno);
    int r = -1;
    bool have = !im_no_value(registry) && !im_is_none(registry);
    if (have && !im_is_dict(registry)) return im_raise_type(t, "'registry' must be a dict or None"), -1;
    module = im_no_value(module) || im_is_none(module) ? module_of_file(t, filename) : im_new_ref(module);
    if (im_no_value(module)) return -1;
    im_take(message);
    if (im_is_instance_of(message, &im_Warning_type)) {
        text = im_str(t, message);
        category = im_type_value(im_type_of(message));
    } else {
        text = message;
        message = im_call1(t, category, text);
    }
    if (im_no_value(text) || im_no_value(message)) goto done;
    key = im_tuple_pack(t, 3, text, category, line);
    if (im_no_value(key)) goto done;
    if (have && (r = already_warned(t, registry, key, false)) != 0) { r = r < 0 ? -1 : 0; goto done; }
    r = -1;
    action = find_action(t, category, text, lineno, module, &item);
    if (im_no_value(action)) goto done;
    if (im_str_equal_cstr(action, "error")) { im_raise_object(t, message, IM_NO_VALUE); goto done; }
    if (im_str_equal_cstr(action, "ignore")) { r = 0; goto done; }
    int seen = 0;
    if (!im_str_equal_cstr(action, "always") && !im_str_equal_cstr(action, "all")) {
        if (have && im_dict_set(t, registry, key, IM_TRUE) < 0) goto done;
        if (im_str_equal_cstr(action, "once")) {
            Value reg = have ? im_new_ref(registry) : setting(t, "onceregistry", once_registry);
            if (im_no_value(reg)) goto done;
            seen = im_is_dict(reg) ? update_registry(t, reg, text, category, false) : (im_raise_type(t, "_warnings.onceregistry must be a dict, not '%.200T'", reg), -1);
            im_drop(t, reg);
        } else if (im_str_equal_cstr(action, "module")) {
            if (have) seen = update_registry(t, registry, text, category, false);
        } else if (!im_str_equal_cstr(action, "default")) {
            im_raise_runtime(t, "Unrecognized action (%R) in warnings.filters:\n %R", action, item);
            goto done;
        }
    }
    r = seen ? (seen < 0 ? -1 : 0) : show(t, message, category, text, filename, line, source);
done:
    im_xdrop(t, text);
    im_xdrop(t, message);
    im_xdrop(t, key);
    im_xdrop(t, action);
    im_drop(t, item);
    im_drop(t, module);
    return r;
}

/* --- warn ------------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool is_internal(const ImFrameInfo *f)
{
    return im_str_len(f->code->filename) >= 20 && im_str_is_ascii(f->code->filename) && strstr(im_str_data(f->code->filename), "importlib")
           && strstr(im_str_data(f->code->filename), "_bootstrap");
}
static bool has_prefix(const ImFrameInfo *f, Value prefixes)
{
    for (ssize_t i = 0; !im_no_value(prefixes) && i < im_tuple_len(prefixes); i++)
        if (im_str_startswith(f->code->filename, im_tuple_get(prefixes, i), 0)) return true;
    return false;
}

/* The frame that a warning of this stack level is about; frames of importlib do not count. false: no such frame. */
static bool find_frame(Thread *t, int64_t level, Value prefixes, ImFrameInfo *f)
{
    int depth = 0;
    if (!im_frame_hooks.info || !im_frame_hooks.info(t, 0, f)) return false;
    bool plain = level <= 0 || is_internal(f);
    while (--level > 0) {
        do {
            if (!im_frame_hooks.info(t, ++depth, f)) return false;
        } while (!plain && (is_internal(f) || has_prefix(f, prefixes)));
    }
    return true;
}

/* `at`: the file name that the warning is about, with line at_line; no value: the frame's own. */
static int warn_from_frame(Thread *t, Value message, Value category, int64_t level, Value source, Value prefixes, Value at, int at_line)
{
    ImFrameInfo f;
    bool found = find_frame(t, level, prefixes, &f);
    Value globals = im_new_ref(found ? f.globals : im_interp.sys), filename = found ? im_new_ref(f.code->filename) : im_str_from_cstr(t, "<sys>"), registry, module = IM_NO_VALUE;
    int64_t line = found ? f.line : 0;
    if (!im_no_value(at)) {
        im_xdrop(t, filename);
        filename = im_new_ref(at);
        line = at_line;
    }
    int r = -1;
    int have = im_dict_get(t, globals, IM_S(__warningregistry__), &registry);
    if (have == 0) {
        registry = im_dict_new(t);
        if (!im_no_value(registry) && im_dict_set(t, globals, IM_S(__warningregistry__), registry) < 0) IM_CLEAR(t, registry);
    }
    if (im_no_value(registry) || im_no_value(filename) || im_dict_get(t, globals, IM_S(__name__), &module) < 0) goto done;
    if (im_no_value(module) || (!im_is_str(module) && !im_is_none(module))) {
        im_xdrop(t, module);
        module = im_str_from_cstr(t, "<string>");
    }
    r = warn_explicit(t, category, message, filename, line, module, registry, source);
done:
    im_xdrop(t, registry);
    im_xdrop(t, module);
    im_xdrop(t, filename);
    im_drop(t, globals);
    return r;
}

static int do_warn(Thread *t, Value message, Value category, int64_t level, Value source, Value prefixes)
{
    return warn_from_frame(t, message, category, level, source, prefixes, IM_NO_VALUE, 0);
}
static int warn_hook(Thread *t, ImType *category, Value message, int stack_level, Value source)
{
    return do_warn(t, message, im_type_value(category), stack_level, source, IM_NO_VALUE);
}

static int warn_explicit_hook(Thread *t, ImType *category, Value message, Value filename, int lineno)
{
    /* In the registry of whoever compiles: a line that is compiled twice is told of once. */
    return warn_from_frame(t, message, im_type_value(category), 1, IM_NO_VALUE, IM_NO_VALUE, filename, lineno);
}

FN(w_warn)
{
    UNUSED_ARGS;
    Value category = im_no_value(args[1]) ? IM_NONE : args[1], source = im_no_value(args[3]) || im_is_none(args[3]) ? IM_NO_VALUE : args[3], prefixes = IM_NO_VALUE;
    int64_t level = 1;
    if (!im_no_value(args[2]) && im_as_int64(t, args[2], &level) < 0) return IM_NO_VALUE;
    if (!im_no_value(args[4])) {
        prefixes = args[4];
        if (!im_is_tuple_exact(prefixes)) return im_raise_type(t, "warn() argument 'skip_file_prefixes' must be tuple, not %T", prefixes);
        for (ssize_t i = 0; i < im_tuple_len(prefixes); i++)
            if (!im_is_str(im_tuple_get(prefixes, i)))
                return im_raise_type(t, "Found non-str '%T' in skip_file_prefixes.", im_tuple_get(prefixes, i));
        if (im_tuple_len(prefixes) == 0) prefixes = IM_NO_VALUE;
        else if (level < 2) level = 2;
    }
    if (im_is_instance_of(args[0], &im_Warning_type)) category = im_type_value(im_type_of(args[0]));
    else if (im_is_none(category)) category = im_type_value(&im_UserWarning_type);
    if (!im_is_type(category) || !im_type_is_subtype(im_as_type(category), &im_Warning_type))
        return im_raise_type(t, "category must be a Warning subclass, not '%T'", category);
    return do_warn(t, args[0], category, level, source, prefixes) < 0 ? IM_NO_VALUE : IM_NONE;
}

FN(w_warn_explicit)
{
    UNUSED_ARGS;
    int64_t line;
    if (!im_is_str(args[2])) return im_raise_type(t, "warn_explicit() argument 'filename' must be str, not %T", args[2]);
    if (im_as_int64(t, args[3], &line) < 0) return IM_NO_VALUE;
    if (!im_no_value(args[6]) && !im_is_none(args[6]) && !im_is_dict(args[6])) return im_raise_type(t, "module_globals must be a dict, not '%.200T'", args[6]);
    Value source = im_no_value(args[7]) || im_is_none(args[7]) ? IM_NO_VALUE : args[7];
    if (!im_no_value(args[6]) && !im_is_none(args[6])) { /* a module whose loader is not in order is told of */
        Value ext = im_dict_get_cstr(t, im_interp.modules, "_frozen_importlib_external"), name = im_str_intern_cstr(t, "_bless_my_loader"), loader = IM_NONE;
        if (!im_no_value(ext) && !im_no_value(name)) loader = im_call_method(t, ext, name, &args[6], 1, IM_NO_VALUE);
        im_xdrop(t, ext);
        im_xdrop(t, name);
        if (im_no_value(loader)) return loader;
        im_drop(t, loader);
    }
    return warn_explicit(t, args[1], args[0], args[2], line, args[4], im_no_value(args[5]) ? IM_NONE : args[5], source) < 0 ? IM_NO_VALUE : IM_NONE;
}
FN(w_mutated) { UNUSED_ARGS; im_faa_relaxed(&x_version, 1); return IM_NONE; }

static int add_filter(Thread *t, Value list, const char *action, ImType *category, const char *module)
{
    Value a = im_str_intern_cstr(t, action), m = module ? im_str_intern_cstr(t, module) : IM_NONE;
    Value f = im_tuple_pack(t, 5, a, IM_NONE, im_type_value(category), m, im_int(0));
    im_xdrop(t, a);
    im_xdrop(t, m);
    return im_no_value(f) ? -1 : im_list_append_steal(t, list, f);
}

static const ImMethodDef methods[] = {
    IM_PARSED("warn", w_warn, "($module, /, message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=<unrepresentable>)", "Issue a warning, or maybe ignore it or raise an exception."),
    IM_PARSED("warn_explicit", w_warn_explicit, "($module, /, message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)",
              "Issue a warning, or maybe ignore it or raise an exception."),
    IM_FIXED("_filters_mutated", w_mutated, 0, "($module, /)", NULL),
    IM_END,
};
static int warnings_exec(Thread *t, Value m)
{
    if (im_no_value(filters)) {
        Value list = im_list_new(t, 5);
        once_registry = im_dict_new(t);
        default_action = im_str_intern_cstr(t, "default");
        if (im_no_value(list) || im_no_value(once_registry) || add_filter(t, list, "default", &im_DeprecationWarning_type, "__main__") < 0
            || add_filter(t, list, "ignore", &im_DeprecationWarning_type, NULL) < 0 || add_filter(t, list, "ignore", &im_PendingDeprecationWarning_type, NULL) < 0
            || add_filter(t, list, "ignore", &im_ImportWarning_type, NULL) < 0 || add_filter(t, list, "ignore", &im_ResourceWarning_type, NULL) < 0) return -1;
        filters = list;
        im_root_add(&filters);
        im_root_add(&once_registry);
        im_root_add(&default_action);
        im_warn_hook = warn_hook;
        im_warn_explicit_hook = warn_explicit_hook;
    }
    return im_module_add(t, m, "filters", im_new_ref(filters)) < 0 || im_module_add(t, m, "_onceregistry", im_new_ref(once_registry)) < 0
           || im_module_add(t, m, "_defaultaction", im_new_ref(default_action)) < 0 ? -1 : 0;
}
static const ImModuleDef warnings_def = {.name = "_warnings", .doc = "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    .methods = methods, .exec = warnings_exec};
IM_MODULE(warnings_def);
