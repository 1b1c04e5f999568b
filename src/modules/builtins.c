/* builtins: the module's table, its types, constants and exceptions, and the functions about numbers and text.
 * SPDX-License-Identifier: MIT */
#include "types/bytes_methods.h"
#include "modules/builtins.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)self, (void)nargs, (void)kwnames

FN(b_abs) { UNUSED_ARGS; return im_absolute(t, args[0]); }
FN(b_ascii) { UNUSED_ARGS; return im_ascii(t, args[0]); }
FN(b_repr) { UNUSED_ARGS; return im_repr(t, args[0]); }

static Value in_base(Thread *t, Value v, int base)
{
    Value n = im_index(t, v);
    if (im_no_value(n)) return n;
    Value s = im_int_to_str(t, n, base, true);
    im_drop(t, n);
    return s;
}
FN(b_bin) { UNUSED_ARGS; return in_base(t, args[0], 2); }
FN(b_oct) { UNUSED_ARGS; return in_base(t, args[0], 8); }
FN(b_hex) { UNUSED_ARGS; return in_base(t, args[0], 16); }

FN(b_chr)
{
    UNUSED_ARGS;
    Value n = im_index(t, args[0]);
    if (im_no_value(n)) return n;
    bool ok = im_is_int(n) && im_int_get(n) >= 0 && im_int_get(n) <= 0x10FFFF;
    uint32_t c = ok ? (uint32_t)im_int_get(n) : 0;
    im_drop(t, n);
    return ok ? im_str_from_char(t, c) : im_raise_valueerror(t, "chr() arg not in range(0x110000)");
}

FN(b_ord)
{
    UNUSED_ARGS;
    Value v = args[0];
    ssize_t len;
    if (im_is_str(v)) {
        len = im_str_len(v);
        if (len == 1) return im_int(im_str_at(v, 0));
    } else if (im_is_bytes(v)) {
        len = im_bytes_len(v);
        if (len == 1) return im_int((uint8_t)im_bytes_data(v)[0]);
    } else if (im_is_instance_of(v, &im_bytearray_type)) {
        ImByteArray *b = (ImByteArray *)im_ptr(v);
        len = im_load_relaxed(&b->x_len);
        int c = len == 1 ? im_bytes_at(t, v, 0) : -1;
        if (c >= 0) return im_int(c);
    } else {
        return im_raise_type(t, "ord() expected string of length 1, but %.200T found", v);
    }
    return im_raise_type(t, "ord() expected a character, but string of length %zd found", len);
}

FN(b_divmod) { UNUSED_ARGS; return im_binop(t, args[0], args[1], IM_OP_DIVMOD); }
FN(b_pow) { UNUSED_ARGS; return im_power(t, args[0], args[1], im_no_value(args[2]) ? IM_NONE : args[2]); }

FN(b_round)
{
    UNUSED_ARGS;
    bool with = !im_no_value(args[1]) && !im_is_none(args[1]), found = false;
    Value r = im_call_special(t, args[0], IM_S(__round__), args + 1, with ? 1 : 0, &found);
    if (!found && im_no_value(r) && !im_pending(t)) return im_raise_type(t, "type %.100T doesn't define __round__ method", args[0]);
    return r;
}

FN(b_format)
{
    UNUSED_ARGS;
    if (nargs > 1 && !im_is_str(args[1])) return im_raise_type(t, "format() argument 2 must be str, not %T", args[1]);
    return im_format(t, args[0], nargs > 1 ? args[1] : IM_NO_VALUE);
}

FN(b_hash)
{
    UNUSED_ARGS;
    int64_t h = im_hash(t, args[0]);
    return h == -1 ? IM_NO_VALUE : im_int_new(t, h);
}

/* Immediates have identities of their own: equal words are the same object. */
FN(b_id)
{
    UNUSED_ARGS;
    Value id = im_int_from_u64(t, args[0].bits);
    if (!im_no_value(id) && IM_AUDIT(t, "builtins.id", id) < 0) IM_CLEAR(t, id);
    return id;
}

static const ImMethodDef functions[] = {
    IM_RAW("__build_class__", im_builtin_build_class, NULL, "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement."),
    IM_PARSED("__import__", im_builtin_import, "($module, /, name, globals=None, locals=None, fromlist=(),\n           level=0)",
              "Import a module.\n\nBecause this function is meant for use by the Python\ninterpreter and not for general use, it is better to use\nimportlib.import_module() to programmatically import a module."),
    IM_FIXED("abs", b_abs, 1, "($module, x, /)", "Return the absolute value of the argument."),
    IM_FIXED("all", im_builtin_all, 1, "($module, iterable, /)", "Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True."),
    IM_FIXED("any", im_builtin_any, 1, "($module, iterable, /)", "Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False."),
    IM_FIXED("ascii", b_ascii, 1, "($module, obj, /)", "Return an ASCII-only representation of an object."),
    IM_FIXED("bin", b_bin, 1, "($module, number, /)", "Return the binary representation of an integer.\n\n>>> bin(10)\n'0b1010'"),
    IM_RAW("breakpoint", im_builtin_breakpoint, "($module, /, *args, **kws)", "Call sys.breakpointhook(*args, **kws)."),
    IM_FIXED("callable", im_builtin_callable, 1, "($module, obj, /)", "Return whether the object is callable (i.e., some kind of function)."),
    IM_FIXED("chr", b_chr, 1, "($module, i, /)", "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff."),
    IM_PARSED("compile", im_builtin_compile,
              "($module, /, source, filename, mode, flags=0,\n        dont_inherit=False, optimize=-1, *, _feature_version=-1)",
              "Compile source into a code object that can be executed by exec() or eval()."),
    IM_FIXED("delattr", im_builtin_delattr, 2, "($module, obj, name, /)", "Deletes the named attribute from the given object."),
    IM_RANGE("dir", im_builtin_dir, 0, 1, NULL, "dir([object]) -> list of strings"),
    IM_FIXED("divmod", b_divmod, 2, "($module, x, y, /)", "Return the tuple (x//y, x%y).  Invariant: div*y + mod == x."),
    IM_PARSED("eval", im_builtin_eval, "($module, source, /, globals=None, locals=None)", "Evaluate the given source in the context of globals and locals."),
    IM_PARSED("exec", im_builtin_exec, "($module, source, /, globals=None, locals=None, *, closure=None)", "Execute the given source in the context of globals and locals."),
    IM_RANGE("format", b_format, 1, 2, "($module, value, format_spec='', /)", "Return type(value).__format__(value, format_spec)"),
    IM_RANGE("getattr", im_builtin_getattr, 2, 3, NULL, "getattr(object, name[, default]) -> value"),
    IM_FIXED("globals", im_builtin_globals, 0, "($module, /)", "Return the dictionary containing the current scope's global variables."),
    IM_FIXED("hasattr", im_builtin_hasattr, 2, "($module, obj, name, /)", "Return whether the object has an attribute with the given name."),
    IM_FIXED("hash", b_hash, 1, "($module, obj, /)", "Return the hash value for the given object."),
    IM_FIXED("hex", b_hex, 1, "($module, number, /)", "Return the hexadecimal representation of an integer.\n\n>>> hex(255)\n'0xff'"),
    IM_FIXED("id", b_id, 1, "($module, obj, /)", "Return the identity of an object."),
    IM_RANGE("input", im_builtin_input, 0, 1, "($module, prompt='', /)", "Read a string from standard input.  The trailing newline is stripped."),
    IM_FIXED("isinstance", im_builtin_isinstance, 2, "($module, obj, class_or_tuple, /)", "Return whether an object is an instance of a class or of a subclass thereof."),
    IM_FIXED("issubclass", im_builtin_issubclass, 2, "($module, cls, class_or_tuple, /)", "Return whether 'cls' is derived from another class or is the same class."),
    IM_RANGE("iter", im_builtin_iter, 1, 2, NULL, "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator"),
    IM_FIXED("aiter", im_builtin_aiter, 1, "($module, async_iterable, /)", "Return an AsyncIterator for an AsyncIterable object."),
    IM_RANGE("anext", im_builtin_anext, 1, 2, "($module, aiterator, default=<unrepresentable>, /)", "Return the next item from the async iterator."),
    {"len", im_builtin_len, IM_M_FIXED | IM_M_INLINE, 1, 1, "($module, obj, /)", "Return the number of items in a container."},
    IM_FIXED("locals", im_builtin_locals, 0, "($module, /)", "Return a dictionary containing the current scope's local variables."),
    IM_RAW("max", im_builtin_max, NULL, "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value"),
    IM_RAW("min", im_builtin_min, NULL, "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value"),
    IM_RANGE("next", im_builtin_next, 1, 2, NULL, "next(iterator[, default])\n\nReturn the next item from the iterator."),
    IM_FIXED("oct", b_oct, 1, "($module, number, /)", "Return the octal representation of an integer.\n\n>>> oct(8)\n'0o10'"),
    IM_FIXED("ord", b_ord, 1, "($module, character, /)", "Return the Unicode code point for a one-character string."),
    IM_PARSED("pow", b_pow, "($module, /, base, exp, mod=None)", "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments."),
    IM_RAW("print", im_builtin_print, "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)", "Prints the values to a stream, or to sys.stdout by default."),
    IM_FIXED("repr", b_repr, 1, "($module, obj, /)", "Return the canonical string representation of the object."),
    IM_PARSED("round", b_round, "($module, /, number, ndigits=None)", "Round a number to a given precision in decimal digits."),
    IM_FIXED("setattr", im_builtin_setattr, 3, "($module, obj, name, value, /)", "Sets the named attribute on the given object to the specified value."),
    IM_RAW("sorted", im_builtin_sorted, "($module, iterable, /, *, key=None, reverse=False)", "Return a new list containing all items from the iterable in ascending order."),
    IM_PARSED("sum", im_builtin_sum, "($module, iterable, /, start=0)", "Return the sum of a 'start' value (default: 0) plus an iterable of numbers"),
    IM_RANGE("vars", im_builtin_vars, 0, 1, NULL, "vars([object]) -> dictionary"),
    IM_END,
};

#define TYPES(X) \
    X(bool) X(memoryview) X(bytearray) X(bytes) X(classmethod) X(complex) X(dict) X(enumerate) X(filter) X(float) X(frozenset) X(property) X(int) X(list) \
    X(map) X(object) X(range) X(reversed) X(set) X(slice) X(staticmethod) X(str) X(super) X(tuple) X(type) X(zip)
#define EXCEPTIONS(X) \
    X(BaseException) X(BaseExceptionGroup) X(Exception) X(GeneratorExit) X(KeyboardInterrupt) X(SystemExit) X(ArithmeticError) X(AssertionError) X(AttributeError) \
    X(BufferError) X(EOFError) X(ImportError) X(LookupError) X(MemoryError) X(NameError) X(OSError) X(ReferenceError) X(RuntimeError) X(StopAsyncIteration) \
    X(StopIteration) X(SyntaxError) X(SystemError) X(TypeError) X(ValueError) X(Warning) X(FloatingPointError) X(OverflowError) X(ZeroDivisionError) X(BytesWarning) \
    X(DeprecationWarning) X(EncodingWarning) X(FutureWarning) X(ImportWarning) X(PendingDeprecationWarning) X(ResourceWarning) X(RuntimeWarning) X(SyntaxWarning) \
    X(UnicodeWarning) X(UserWarning) X(BlockingIOError) X(ChildProcessError) X(ConnectionError) X(FileExistsError) X(FileNotFoundError) X(InterruptedError) \
    X(IsADirectoryError) X(NotADirectoryError) X(PermissionError) X(ProcessLookupError) X(TimeoutError) X(IndentationError) X(IndexError) X(KeyError) \
    X(ModuleNotFoundError) X(NotImplementedError) X(PythonFinalizationError) X(_IncompleteInputError) X(RecursionError) X(UnboundLocalError) X(UnicodeError) X(BrokenPipeError) \
    X(ConnectionAbortedError) X(ConnectionRefusedError) X(ConnectionResetError) X(TabError) X(UnicodeDecodeError) X(UnicodeEncodeError) X(UnicodeTranslateError) \
    X(ExceptionGroup) X(_IncompleteInputError)
IM_TYPE_DECLARE(enumerate); IM_TYPE_DECLARE(reversed); IM_TYPE_DECLARE(zip); IM_TYPE_DECLARE(map); IM_TYPE_DECLARE(filter);

static int builtins_exec(Thread *t, Value m)
{
    static const struct { const char *name; ImType *type; } rows[] = {
#define ROW(n) {#n, &im_##n##_type},
        TYPES(ROW) EXCEPTIONS(ROW) {"EnvironmentError", &im_OSError_type}, {"IOError", &im_OSError_type},
    };
    static const struct { const char *name; Value v; } constants[] = {
        {"None", IM_NONE}, {"Ellipsis", IM_ELLIPSIS}, {"NotImplemented", IM_NOT_IMPLEMENTED}, {"False", IM_FALSE}, {"True", IM_TRUE}, {"__debug__", IM_TRUE},
    };
    for (size_t i = 0; i < IM_COUNTOF(constants); i++)
        if (im_module_add(t, m, constants[i].name, constants[i].v) < 0) return -1;
    for (size_t i = 0; i < IM_COUNTOF(rows); i++)
        if (im_module_add(t, m, rows[i].name, im_new_ref(im_type_value(rows[i].type))) < 0) return -1;
    return 0;
}

static const ImModuleDef builtins_def = {
    .name = "builtins",
    .doc = "Built-in functions, types, exceptions, and other objects.\n\nThis module provides direct access to all 'built-in'\nidentifiers of Python; for example, builtins.len is\n"
           "the full name for the built-in function len().\n\nThis module is not normally accessed explicitly by most\napplications, but can be useful in modules that provide\n"
           "objects with the same name as a builtin and in which the\nbuilt-in of that name is also needed.",
    .methods = functions,
    .exec = builtins_exec,
};
IM_MODULE(builtins_def);
