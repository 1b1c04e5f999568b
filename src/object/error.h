/* Raising and examining exceptions. The pending exception is an instance in t->exc.
 *
 * Formats of im_raise and im_str_format: %s C string · %d %i %u %ld %lu %zd %zu %lld %llu %x %c %p %% · on Values: %U str as it is · %S str(v) · %R repr(v) · %A ascii(v)
 * · %T name of v's type · %N name of an ImType* . Precision works on s, U, S, R (%.200s).
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_ERROR_H
#define IM_OBJECT_ERROR_H

#include "object/type.h"

/* Built-in exception types: im_exc_TypeError … one per row of types/exceptions.def. */
#define IM_EXC_DECLARE(name) extern ImType im_##name##_type
IM_EXC_DECLARE(BaseException); IM_EXC_DECLARE(Exception); IM_EXC_DECLARE(TypeError); IM_EXC_DECLARE(ValueError); IM_EXC_DECLARE(KeyError);
IM_EXC_DECLARE(IndexError); IM_EXC_DECLARE(LookupError); IM_EXC_DECLARE(AttributeError); IM_EXC_DECLARE(NameError); IM_EXC_DECLARE(UnboundLocalError);
IM_EXC_DECLARE(OverflowError); IM_EXC_DECLARE(ZeroDivisionError); IM_EXC_DECLARE(ArithmeticError); IM_EXC_DECLARE(FloatingPointError);
IM_EXC_DECLARE(StopIteration); IM_EXC_DECLARE(StopAsyncIteration); IM_EXC_DECLARE(GeneratorExit); IM_EXC_DECLARE(KeyboardInterrupt);
IM_EXC_DECLARE(SystemExit); IM_EXC_DECLARE(RuntimeError); IM_EXC_DECLARE(RecursionError); IM_EXC_DECLARE(NotImplementedError);
IM_EXC_DECLARE(MemoryError); IM_EXC_DECLARE(BufferError); IM_EXC_DECLARE(AssertionError); IM_EXC_DECLARE(EOFError); IM_EXC_DECLARE(ImportError);
IM_EXC_DECLARE(ModuleNotFoundError); IM_EXC_DECLARE(OSError); IM_EXC_DECLARE(SyntaxError); IM_EXC_DECLARE(IndentationError); IM_EXC_DECLARE(TabError);
IM_EXC_DECLARE(SystemError); IM_EXC_DECLARE(ReferenceError); IM_EXC_DECLARE(UnicodeError); IM_EXC_DECLARE(UnicodeDecodeError);
IM_EXC_DECLARE(UnicodeEncodeError); IM_EXC_DECLARE(UnicodeTranslateError); IM_EXC_DECLARE(Warning); IM_EXC_DECLARE(DeprecationWarning);
IM_EXC_DECLARE(RuntimeWarning); IM_EXC_DECLARE(SyntaxWarning); IM_EXC_DECLARE(UserWarning); IM_EXC_DECLARE(ResourceWarning);
IM_EXC_DECLARE(BytesWarning); IM_EXC_DECLARE(EncodingWarning); IM_EXC_DECLARE(FutureWarning); IM_EXC_DECLARE(ImportWarning);
IM_EXC_DECLARE(PendingDeprecationWarning); IM_EXC_DECLARE(UnicodeWarning); IM_EXC_DECLARE(BlockingIOError); IM_EXC_DECLARE(BrokenPipeError);
IM_EXC_DECLARE(ChildProcessError); IM_EXC_DECLARE(ConnectionError); IM_EXC_DECLARE(ConnectionAbortedError); IM_EXC_DECLARE(ConnectionRefusedError);
IM_EXC_DECLARE(ConnectionResetError); IM_EXC_DECLARE(FileExistsError); IM_EXC_DECLARE(FileNotFoundError); IM_EXC_DECLARE(InterruptedError);
IM_EXC_DECLARE(IsADirectoryError); IM_EXC_DECLARE(NotADirectoryError); IM_EXC_DECLARE(PermissionError); IM_EXC_DECLARE(ProcessLookupError);
IM_EXC_DECLARE(TimeoutError); IM_EXC_DECLARE(BaseExceptionGroup); IM_EXC_DECLARE(ExceptionGroup); IM_EXC_DECLARE(PythonFinalizationError); IM_EXC_DECLARE(_IncompleteInputError);

/* All raising functions return "no value", so that `return im_raise_type(t, …)` works; in functions that return int write
 * `return im_raise_type(t, …), -1`. */
Value im_raise(Thread *t, ImType *exc, const char *fmt, ...);
Value im_raise_value_of(Thread *t, ImType *exc, Value arg); /* exc(arg): KeyError(key), StopIteration(v) */
Value im_raise_none(Thread *t, ImType *exc);                /* exc() */
Value im_raise_instance(Thread *t, Value exc);              /* steals an exception instance; sets __context__ from the handled one */
#define im_raise_type(t, ...) im_raise((t), &im_TypeError_type, __VA_ARGS__)
#define im_raise_valueerror(t, ...) im_raise((t), &im_ValueError_type, __VA_ARGS__)
#define im_raise_index(t, ...) im_raise((t), &im_IndexError_type, __VA_ARGS__)
#define im_raise_overflow(t, ...) im_raise((t), &im_OverflowError_type, __VA_ARGS__)
#define im_raise_runtime(t, ...) im_raise((t), &im_RuntimeError_type, __VA_ARGS__)
#define im_raise_system(t, ...) im_raise((t), &im_SystemError_type, __VA_ARGS__)
#define im_raise_attr(t, ...) im_raise((t), &im_AttributeError_type, __VA_ARGS__)
Value im_raise_key(Thread *t, Value key);
Value im_raise_memory(Thread *t);
Value im_raise_errno(Thread *t, int err);                                       /* OSError(errno, strerror) of the right subclass */
Value im_raise_errno_path(Thread *t, int err, Value filename);                  /* with filename; no value = none */
Value im_raise_errno_path2(Thread *t, int err, Value filename, Value filename2);
Value im_raise_import(Thread *t, Value name, Value path, const char *fmt, ...);
Value im_raise_stop(Thread *t, Value v);                                        /* StopIteration carrying v (None: no args) */
Value im_raise_attr_missing(Thread *t, Value obj, Value name);                  /* "'T' object has no attribute 'n'", with name and obj set */
#define im_bad_internal_call(t) im_raise((t), &im_SystemError_type, "bad argument to internal function")

IM_INLINE bool im_pending(Thread *t) { return !im_no_value(t->exc); }
/* The pending exception is an instance of ty. */
bool im_pending_is(Thread *t, const ImType *ty);
/* e matches spec (class or tuple of classes) as in `except spec`: 1, 0; -1 with TypeError for a bad spec. */
int im_exc_matches(Thread *t, Value e, Value spec);
/* Takes the pending exception away (owned; no value if none), and puts one back (steals). */
IM_INLINE Value im_exc_fetch(Thread *t) { Value e = t->exc; t->exc = IM_NO_VALUE; return e; }
IM_INLINE void im_exc_restore(Thread *t, Value e) { im_xdrop(t, t->exc); t->exc = e; }
IM_INLINE void im_exc_clear(Thread *t) { Value e = t->exc; t->exc = IM_NO_VALUE; im_xdrop(t, e); }
/* Clears a pending exception of type ty: true if it was one. */
bool im_exc_clear_if(Thread *t, const ImType *ty);
/* `raise X` / `raise X from Y` of any values; cause no value = none. */
Value im_raise_object(Thread *t, Value exc, Value cause);
/* Exception attributes (borrowed in, owned out; no value = none). */
Value im_exc_get_traceback(Value exc);
void im_exc_set_traceback(Thread *t, Value exc, Value tb); /* tb traceback, None or no value; borrowed */
Value im_exc_get_context(Value exc);
void im_exc_set_context(Thread *t, Value exc, Value context); /* steals */
/* exc.__context__ = context (borrowed), as raising exc while context is handled does it: loops are opened. */
void im_exc_chain(Thread *t, Value exc, Value context);
void im_exc_set_cause(Thread *t, Value exc, Value cause);     /* steals; sets __suppress_context__ */
/* StopIteration's value (owned). */
Value im_stop_value(Thread *t, Value exc);
/* New pending exception caused by the one pending now (__cause__ and __context__), as `raise ... from`. */
Value im_raise_from_pending(Thread *t, ImType *exc, const char *fmt, ...);
/* The exception cannot be propagated: sys.unraisablehook(err, obj). Clears it. `msg` e.g. "Exception ignored in" or null. */
void im_write_unraisable(Thread *t, const char *msg, Value obj);
/* warnings.warn(...) through _warnings. 0, or -1 when the filter turned it into an exception. */
IM_MUST_USE int im_warn(Thread *t, ImType *category, int stack_level, const char *fmt, ...);
/* Start-up, after im_types_init: what raising without memory needs. */
IM_MUST_USE int im_errors_init(Thread *t);
/* Hook set by modules/_warnings.c. */
extern int (*im_warn_hook)(Thread *t, ImType *category, Value message, int stack_level, Value source);
/* warnings.warn_explicit with the module and the registry of the code that compiles: the compiler's warnings. */
extern int (*im_warn_explicit_hook)(Thread *t, ImType *category, Value message, Value filename, int lineno);
/* Raises an audit event (PEP 578) with Values, borrowed: 0, or -1 with the exception of a hook. Null until a hook is installed. */
extern int (*im_audit_hook)(Thread *t, const char *event, size_t n, const Value *args);
#define IM_AUDIT(t, event, ...) \
    (IM_UNLIKELY(im_load_acquire(&im_audit_hook) != NULL) \
         ? im_audit_hook((t), (event), sizeof((Value[]){__VA_ARGS__}) / sizeof(Value), (Value[]){__VA_ARGS__}) : 0)
extern void (*im_unraisable_hook)(Thread *t, const char *msg, Value obj);

#endif
