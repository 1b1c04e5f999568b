/* builtins: compiling and running code, namespaces, __import__.
 * SPDX-License-Identifier: MIT */
#include "modules/audit.h"
#include "modules/builtins.h"

#define UNUSED_ARGS (void)self, (void)nargs, (void)kwnames

/* Flags of the calling frame's code that compile() inherits: its `from __future__` imports. */
static uint32_t caller_flags(Thread *t)
{
    ImFrameInfo info;
    return im_frame_hooks.info && im_frame_hooks.info(t, 0, &info) ? info.code->flags & IM_CF_FUTURES & ~0x10u : 0;
}

static Value compile(Thread *t, Value source, Value filename, int mode, uint32_t flags, int optimize)
{
    if (!im_frame_hooks.compile) return im_raise_system(t, "the compiler is not there");
    return im_frame_hooks.compile(t, source, filename, mode, flags, optimize);
}

/* str, or anything with a buffer. */
static bool is_source(Value v) { return im_is_str(v) || im_is_bytes(v) || im_buffer_check(v); }

/* The event has the source as bytes. */
static int audit_compile(Thread *t, Value source, Value filename)
{
    if (!im_load_acquire(&im_audit_hook)) return 0;
    Value bytes = im_is_str(source) ? im_str_encode(t, source, NULL, "surrogatepass") : im_bytes_from_object(t, source);
    int r = im_no_value(bytes) ? -1 : IM_AUDIT(t, "compile", bytes, filename);
    im_xdrop(t, bytes);
    return r;
}

IM_BUILTIN(compile)
{
    UNUSED_ARGS;
    int flags = 0, optimize = -1, inherit = 1, mode, feature = -1;
    if (!im_is_str(args[2])) return im_raise_type(t, "compile() argument 'mode' must be str, not %T", args[2]);
    if (!im_no_value(args[3]) && im_as_int(t, args[3], &flags) < 0) return IM_NO_VALUE;
    if (!im_no_value(args[4])) {
        int r = im_truth(t, args[4]);
        if (r < 0) return IM_NO_VALUE;
        inherit = !r;
    }
    if (!im_no_value(args[5]) && im_as_int(t, args[5], &optimize) < 0) return IM_NO_VALUE;
    if (!im_no_value(args[6]) && im_as_int(t, args[6], &feature) < 0) return IM_NO_VALUE;
    if (flags & ~(IM_CF_FUTURES | IM_CF_ALL)) return im_raise_valueerror(t, "compile(): unrecognised flags");
    if (optimize < -1 || optimize > 2) return im_raise_valueerror(t, "compile(): invalid optimize value");
    if (im_str_equal_cstr(args[2], "exec")) mode = IM_COMPILE_EXEC;
    else if (im_str_equal_cstr(args[2], "eval")) mode = IM_COMPILE_EVAL;
    else if (im_str_equal_cstr(args[2], "single")) mode = IM_COMPILE_SINGLE;
    else if (im_str_equal_cstr(args[2], "func_type")) {
        if (!(flags & IM_CF_ONLY_AST)) return im_raise_valueerror(t, "compile() mode 'func_type' requires flag PyCF_ONLY_AST");
        mode = IM_COMPILE_FUNC_TYPE;
    } else {
        return im_raise_valueerror(t, flags & IM_CF_ONLY_AST ? "compile() mode must be 'exec', 'eval', 'single' or 'func_type'"
                                                             : "compile() mode must be 'exec', 'eval' or 'single'");
    }
    if (feature >= 0 && feature < 15 && (flags & IM_CF_ONLY_AST)) flags |= (feature + 1) << IM_CF_FEATURE_SHIFT;
    if (inherit) flags |= (int)caller_flags(t);
    Value path = im_fs_encode(t, args[1]), name;
    if (im_no_value(path)) return path;
    name = im_is_str(args[1]) ? im_new_ref(args[1]) : im_str_fs_decode(t, im_bytes_data(path), im_bytes_len(path));
    im_drop(t, path);
    if (im_no_value(name)) return name;
    Value r;
    if (im_frame_hooks.is_ast && im_frame_hooks.is_ast(t, args[0])) r = compile(t, args[0], name, mode, (uint32_t)flags, optimize);
    else if (!is_source(args[0])) r = im_raise_type(t, "compile() arg 1 must be a string, bytes or AST object");
    else if (audit_compile(t, args[0], name) < 0) r = IM_NO_VALUE;
    else r = compile(t, args[0], name, mode, (uint32_t)flags, optimize);
    im_drop(t, name);
    return r;
}

/* Puts __builtins__ into the globals of code about to run, unless it is there. */
static int ensure_builtins(Thread *t, Value globals)
{
    int r = im_dict_contains(t, globals, IM_S(__builtins__));
    if (r != 0) return r < 0 ? -1 : 0;
    Value b = im_frame_hooks.builtins ? im_frame_hooks.builtins(t) : IM_NO_VALUE;
    return im_dict_set(t, globals, IM_S(__builtins__), im_no_value(b) ? im_interp.builtins : b);
}

/* Namespaces for exec and eval from their arguments: *globals and *locals owned; -1 error. */
static int namespaces(Thread *t, const char *fn, Value g, Value l, Value *globals, Value *locals)
{
    if (!im_no_value(g) && im_is_none(g)) g = IM_NO_VALUE;
    if (!im_no_value(l) && im_is_none(l)) l = IM_NO_VALUE;
    bool eval = fn[1] == 'v';
    if (eval && !im_no_value(l) && !im_is_mapping(l)) return im_raise_type(t, "locals must be a mapping"), -1;
    if (eval && !im_no_value(g) && !im_is_dict(g))
        return im_raise_type(t, im_is_mapping(g) ? "globals must be a real dict; try eval(code, {}, mapping)" : "globals must be a dict"), -1;
    *locals = IM_NO_VALUE;
    if (im_no_value(g)) {
        g = im_frame_hooks.globals ? im_frame_hooks.globals(t) : IM_NO_VALUE;
        if (im_no_value(g)) {
            if (eval) im_raise_type(t, "eval must be given globals and locals when called without a frame");
            else im_raise_system(t, "globals and locals cannot be NULL");
            return -1;
        }
        if (im_no_value(l)) {
            *locals = im_frame_hooks.locals(t);
            if (im_no_value(*locals)) return -1;
        }
    }
    if (!im_is_dict(g)) return im_raise_type(t, "exec() globals must be a dict, not %.100T", g), -1;
    if (im_no_value(*locals)) {
        if (im_no_value(l)) l = g;
        if (!im_is_mapping(l)) return im_raise_type(t, "locals must be a mapping or None, not %.100T", l), -1;
        *locals = im_new_ref(l);
    }
    *globals = im_new_ref(g);
    if (ensure_builtins(t, g) < 0) {
        im_drop(t, *globals);
        im_drop(t, *locals);
        return -1;
    }
    return 0;
}

/* The source without leading blanks, as eval() wants it. Owned. */
static Value strip_blanks(Thread *t, Value v)
{
    if (im_is_str(v)) {
        ssize_t n = im_str_len(v), i = 0;
        while (i < n && (im_str_at(v, i) == ' ' || im_str_at(v, i) == '\t')) i++;
        return i == 0 ? im_new_ref(v) : im_str_substring(t, v, i, n);
    }
    Value b = im_is_bytes(v) ? im_new_ref(v) : im_bytes_from_object(t, v);
    if (im_no_value(b)) return b;
    ssize_t n = im_bytes_len(b), i = 0;
    while (i < n && (im_bytes_data(b)[i] == ' ' || im_bytes_data(b)[i] == '\t')) i++;
    if (i == 0) return b;
    Value r = im_bytes_new(t, im_bytes_data(b) + i, n - i);
    im_drop(t, b);
    return r;
}

static Value compile_string(Thread *t, Value source, int mode)
{
    Value name = im_str_from_cstr(t, "<string>");
    if (im_no_value(name)) return name;
    Value r = IM_NO_VALUE;
    if (audit_compile(t, source, name) == 0)
        r = compile(t, source, name, mode, caller_flags(t), -1);
    if (!im_no_value(r) && IM_AUDIT(t, "exec", r) < 0) IM_CLEAR(t, r);
    im_drop(t, name);
    return r;
}

IM_BUILTIN(eval)
{
    UNUSED_ARGS;
    Value g, l, code, r = IM_NO_VALUE;
    if (namespaces(t, "eval", args[1], args[2], &g, &l) < 0) return r;
    if (im_is_exact(args[0], &im_code_type)) {
        code = im_new_ref(args[0]);
        if (IM_AUDIT(t, "exec", code) < 0) goto done;
        if (im_tuple_len(im_codep(code)->freevars) > 0) {
            im_raise_type(t, "code object passed to eval() may not contain free variables");
            goto done;
        }
    } else {
        if (!is_source(args[0])) {
            code = IM_NO_VALUE;
            im_raise_type(t, "eval() arg 1 must be a string, bytes or code object");
            goto done;
        }
        Value s = strip_blanks(t, args[0]);
        code = im_no_value(s) ? s : compile_string(t, s, IM_COMPILE_EVAL);
        im_xdrop(t, s);
        if (im_no_value(code)) goto done;
    }
    r = im_frame_hooks.eval_code(t, code, g, l, IM_NO_VALUE);
done:
    im_xdrop(t, code);
    im_drop(t, g);
    im_drop(t, l);
    return r;
}

static int check_closure(Thread *t, Value code, Value closure)
{
    ssize_t nfree = im_tuple_len(im_codep(code)->freevars);
    if (im_no_value(closure) || im_is_none(closure)) {
        if (nfree) return im_raise_type(t, "code object requires a closure of exactly length %zd", nfree), -1;
        return 0;
    }
    if (nfree == 0) return im_raise_type(t, "cannot use a closure with this code object"), -1;
    bool ok = im_is_tuple_exact(closure) && im_tuple_len(closure) == nfree;
    for (ssize_t i = 0; ok && i < nfree; i++) ok = im_is_exact(im_tuple_get(closure, i), &im_cell_type);
    return ok ? 0 : (im_raise_type(t, "code object requires a closure of exactly length %zd", nfree), -1);
}

IM_BUILTIN(exec)
{
    UNUSED_ARGS;
    Value g, l, code = IM_NO_VALUE, r = IM_NO_VALUE, closure = args[3];
    if (namespaces(t, "exec", args[1], args[2], &g, &l) < 0) return r;
    if (im_is_exact(args[0], &im_code_type)) {
        code = im_new_ref(args[0]);
        if (check_closure(t, code, closure) < 0 || IM_AUDIT(t, "exec", code) < 0) goto done;
        if (!im_no_value(closure) && im_is_none(closure)) closure = IM_NO_VALUE;
    } else if (!im_no_value(closure) && !im_is_none(closure)) {
        im_raise_type(t, "closure can only be used when source is a code object");
        goto done;
    } else {
        closure = IM_NO_VALUE;
        if (!is_source(args[0])) {
            im_raise_type(t, "exec() arg 1 must be a string, bytes or code object");
            goto done;
        }
        code = compile_string(t, args[0], IM_COMPILE_EXEC);
        if (im_no_value(code)) goto done;
    }
    r = im_frame_hooks.eval_code(t, code, g, l, closure);
    if (!im_no_value(r)) {
        im_drop(t, r);
        r = IM_NONE;
    }
done:
    im_xdrop(t, code);
    im_drop(t, g);
    im_drop(t, l);
    return r;
}

IM_BUILTIN(globals)
{
    UNUSED_ARGS;
    (void)args;
    Value g = im_frame_hooks.globals(t);
    return im_no_value(g) ? IM_NONE : im_new_ref(g);
}

IM_BUILTIN(locals)
{
    UNUSED_ARGS;
    (void)args;
    return im_frame_hooks.locals(t);
}

IM_BUILTIN(vars)
{
    UNUSED_ARGS;
    if (nargs == 0) return im_frame_hooks.locals(t);
    Value d;
    int r = im_lookup_attr(t, args[0], IM_S(__dict__), &d);
    if (r == 0) return im_raise_type(t, "vars() argument must have __dict__ attribute");
    return d;
}

IM_BUILTIN(dir)
{
    UNUSED_ARGS;
    if (nargs) return im_dir(t, args[0]);
    Value locals = im_frame_hooks.locals(t);
    if (im_no_value(locals)) return locals;
    Value keys = im_call_method0(t, locals, IM_S(keys));
    im_drop(t, locals);
    if (im_no_value(keys)) return keys;
    Value list = im_to_list(t, keys);
    im_drop(t, keys);
    if (im_no_value(list)) return list;
    if (im_list_sort(t, list, IM_NO_VALUE, false) < 0) { im_drop(t, list); return IM_NO_VALUE; }
    return list;
}

IM_BUILTIN(import)
{
    UNUSED_ARGS;
    int level = 0;
    if (!im_no_value(args[4]) && im_as_int(t, args[4], &level) < 0) return IM_NO_VALUE;
    Value fromlist = im_no_value(args[3]) ? im_tuple_empty() : args[3];
    return im_import_hook(t, args[0], im_no_value(args[1]) ? IM_NONE : args[1], im_no_value(args[2]) ? IM_NONE : args[2], fromlist, level);
}
