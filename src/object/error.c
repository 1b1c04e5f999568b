/* Raising and examining exceptions.
 * SPDX-License-Identifier: MIT */
#include "object/abstract.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "types/dict.h"
#include "object/lookup.h"
#include "types/exception.h"
#include "types/int.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"

int (*im_warn_hook)(Thread *t, ImType *category, Value message, int stack_level, Value source);
int (*im_audit_hook)(Thread *t, const char *event, size_t n, const Value *args);
int (*im_warn_explicit_hook)(Thread *t, ImType *category, Value message, Value filename, int lineno);
void (*im_unraisable_hook)(Thread *t, const char *msg, Value obj);

/* ---- raising -------------------------------------------------------------------------------------------------------------- */

/* The handled exception that a new one gets as its context: the innermost item that handles something. Borrowed. */
static Value handled(Thread *t)
{
    for (ImExcInfo *i = t->exc_info; i; i = i->prev)
        if (im_is_object(i->handled)) return i->handled;
    return IM_NO_VALUE;
}

/* e.__context__ = context, unless that would close a loop: then the loop is opened where it meets e. */
void im_exc_chain(Thread *t, Value e, Value context)
{
    if (im_no_value(context) || im_same(context, e)) return;
    Value o = im_new_ref(context), slow = im_new_ref(context);
    bool step = false;
    for (;;) {
        Value c = im_slot_get(t, NULL, &im_excp(o)->x_context);
        if (im_no_value(c)) break;
        if (im_same(c, e)) {
            im_slot_put(t, im_ptr(o), &im_excp(o)->x_context, IM_NO_VALUE);
            im_drop(t, c);
            break;
        }
        im_drop(t, o);
        o = c;
        if (im_same(o, slow)) break; /* an old loop that e is no part of */
        if (step) {
            Value n = im_slot_get(t, NULL, &im_excp(slow)->x_context);
            im_drop(t, slow);
            slow = n;
            if (im_no_value(slow)) break;
        }
        step = !step;
    }
    im_drop(t, o);
    im_xdrop(t, slow);
    im_slot_put(t, im_ptr(e), &im_excp(e)->x_context, im_new_ref(context));
}

Value im_raise_instance(Thread *t, Value exc)
{
    if (im_no_value(exc)) return exc; /* making it failed: that failure is pending */
    im_exc_chain(t, exc, handled(t));
    im_exc_restore(t, exc);
    return IM_NO_VALUE;
}

static Value make(Thread *t, ImType *type, const Value *args, size_t n)
{
    /* Of the built-in ones whose __init__ only keeps the arguments, which __new__ has done. */
    if (IM_LIKELY(type->slots.new_ == im_BaseException_type.slots.new_ && type->slots.init == im_BaseException_type.slots.init && !(im_type_flags(type) & IM_TF_HEAP)))
        return type->slots.new_(t, type, args, n, IM_NO_VALUE);
    return im_call(t, im_value(type), args, n, IM_NO_VALUE);
}

static Value vmake(Thread *t, ImType *exc, const char *fmt, va_list ap)
{
    Value msg = strchr(fmt, '%') ? im_str_vformat(t, fmt, ap) : im_str_from_utf8(t, fmt, (ssize_t)strlen(fmt));
    if (im_no_value(msg)) return msg;
    Value e = make(t, exc, &msg, 1);
    im_drop(t, msg);
    return e;
}

/* Whatever is pending is replaced: raising over a pending exception would lose it silently only where a caller forgot to look. */
static void begin(Thread *t) { if (IM_UNLIKELY(im_pending(t))) im_exc_clear(t); }

Value im_raise(Thread *t, ImType *exc, const char *fmt, ...)
{
    va_list ap;
    begin(t);
    va_start(ap, fmt);
    Value e = vmake(t, exc, fmt, ap);
    va_end(ap);
    return im_raise_instance(t, e);
}
Value im_raise_value_of(Thread *t, ImType *exc, Value arg)
{
    begin(t);
    return im_raise_instance(t, make(t, exc, &arg, 1));
}
Value im_raise_none(Thread *t, ImType *exc)
{
    begin(t);
    return im_raise_instance(t, make(t, exc, NULL, 0));
}
Value im_raise_key(Thread *t, Value key) { return im_raise_value_of(t, &im_KeyError_type, key); }
Value im_raise_stop(Thread *t, Value v)
{
    if (im_no_value(v) || im_is_none(v)) return im_raise_none(t, &im_StopIteration_type);
    return im_raise_value_of(t, &im_StopIteration_type, v);
}

Value im_raise_attr_of(Thread *t, Value obj, Value name, const char *fmt, ...)
{
    va_list ap;
    begin(t);
    va_start(ap, fmt);
    Value e = vmake(t, &im_AttributeError_type, fmt, ap);
    va_end(ap);
    if (!im_no_value(e)) {
        ImExcAttr *a = (ImExcAttr *)im_ptr(e);
        im_slot_put(t, im_ptr(e), &a->x_obj, im_new_ref(obj));
        im_slot_put(t, im_ptr(e), &a->x_name, im_new_ref(name));
    }
    return im_raise_instance(t, e);
}
Value im_raise_attr_missing(Thread *t, Value obj, Value name)
{
    return im_raise_attr_of(t, obj, name, "'%.100T' object has no attribute '%U'", obj, name);
}

Value im_raise_import(Thread *t, Value name, Value path, const char *fmt, ...)
{
    va_list ap;
    begin(t);
    va_start(ap, fmt);
    Value e = vmake(t, &im_ImportError_type, fmt, ap);
    va_end(ap);
    if (!im_no_value(e)) {
        ImExcImport *i = (ImExcImport *)im_ptr(e);
        im_xtake(name);
        im_xtake(path);
        im_slot_put(t, im_ptr(e), &i->x_name, name);
        im_slot_put(t, im_ptr(e), &i->x_path, path);
    }
    return im_raise_instance(t, e);
}

/* OSError's constructor picks the subclass. A filename makes it OSError(errno, text, filename[, None, filename2]). */
Value im_raise_errno_path2(Thread *t, int err, Value filename, Value filename2)
{
    begin(t);
    if (err == EINTR && im_poll(t) < 0) return IM_NO_VALUE; /* a signal handler raised */
    Value text = im_str_fs_decode(t, strerror(err), -1);
    if (im_no_value(text)) return text;
    Value args[5] = {im_int(err), text, filename, im_int(0), filename2};
    size_t n = im_no_value(filename) ? 2 : im_no_value(filename2) ? 3 : 5;
    if (n == 5) args[3] = IM_NONE;
    Value e = make(t, &im_OSError_type, args, n);
    im_drop(t, text);
    return im_raise_instance(t, e);
}
Value im_raise_errno_path(Thread *t, int err, Value filename) { return im_raise_errno_path2(t, err, filename, IM_NO_VALUE); }
Value im_raise_errno(Thread *t, int err) { return im_raise_errno_path2(t, err, IM_NO_VALUE, IM_NO_VALUE); }

/* ---- out of memory: instances made beforehand ------------------------------------------------------------------------------ */

static Value memory_error; /* immortal; serves when even a new MemoryError cannot be made */
static _Thread_local bool raising_memory; /* making one has failed just now */

Value im_raise_memory(Thread *t)
{
    begin(t);
    if (im_no_value(memory_error)) im_fatal("out of memory");
    Value e = IM_NO_VALUE;
    if (!raising_memory) {
        raising_memory = true;
        e = make(t, &im_MemoryError_type, NULL, 0);
        raising_memory = false;
        begin(t);
    }
    im_exc_restore(t, im_no_value(e) ? memory_error : e);
    return IM_NO_VALUE;
}
static void no_memory(Thread *t)
{
    if (!im_pending(t)) im_raise_memory(t);
}
int im_errors_init(Thread *t)
{
    memory_error = make(t, &im_MemoryError_type, NULL, 0);
    if (im_no_value(memory_error)) return -1;
    Value args = im_excp(memory_error)->x_args;
    im_immortalize(args);
    im_immortalize(memory_error);
    im_no_memory_hook = no_memory;
    return 0;
}

/* ---- examining --------------------------------------------------------------------------------------------------------------- */

bool im_pending_is(Thread *t, const ImType *ty) { return !im_no_value(t->exc) && im_is_instance_of(t->exc, ty); }

bool im_exc_clear_if(Thread *t, const ImType *ty)
{
    if (!im_pending_is(t, ty)) return false;
    im_exc_clear(t);
    return true;
}

int im_exc_matches(Thread *t, Value e, Value spec)
{
    if (im_is_tuple(spec)) {
        for (ssize_t i = 0; i < im_tuple_len(spec); i++)
            if (!im_is_exc_class(im_tuple_get(spec, i))) goto bad;
        for (ssize_t i = 0; i < im_tuple_len(spec); i++)
            if (im_is_instance_of(e, im_as_type(im_tuple_get(spec, i)))) return 1;
        return 0;
    }
    if (im_is_exc_class(spec)) return im_is_instance_of(e, im_as_type(spec));
bad:
    im_raise_type(t, "catching classes that do not inherit from BaseException is not allowed");
    return -1;
}

Value im_raise_object(Thread *t, Value exc, Value cause)
{
    Value e;
    if (im_is_exc_class(exc)) {
        e = im_call0(t, exc);
        if (im_no_value(e)) return e;
        if (!im_is_exc(e)) {
            im_raise_type(t, "calling %R should have returned an instance of BaseException, not %R", exc, im_value(im_type_of(e)));
            im_drop(t, e);
            return IM_NO_VALUE;
        }
    } else if (im_is_exc(exc)) {
        e = im_new_ref(exc);
    } else {
        return im_raise_type(t, "exceptions must derive from BaseException");
    }
    if (!im_no_value(cause)) {
        Value c;
        if (im_is_none(cause)) {
            c = IM_NO_VALUE;
        } else if (im_is_exc_class(cause)) {
            c = im_call0(t, cause);
            if (!im_no_value(c) && !im_is_exc(c)) {
                im_raise_type(t, "calling %R should have returned an instance of BaseException, not %R", cause, im_value(im_type_of(c)));
                IM_CLEAR(t, c);
            }
            if (im_no_value(c)) { im_drop(t, e); return c; }
        } else if (im_is_exc(cause)) {
            c = im_new_ref(cause);
        } else {
            im_drop(t, e);
            return im_raise_type(t, "exception causes must derive from BaseException");
        }
        im_exc_set_cause(t, e, c);
    }
    return im_raise_instance(t, e);
}

static Value field(Value exc, size_t offset) { return im_slot_get(im_thread_current(), NULL, (Value *)((char *)im_ptr(exc) + offset)); }
Value im_exc_get_traceback(Value exc) { return field(exc, offsetof(ImExc, x_traceback)); }
void im_exc_set_traceback(Thread *t, Value exc, Value tb)
{
    if (im_is_none(tb)) tb = IM_NO_VALUE;
    im_xtake(tb);
    im_slot_put(t, im_ptr(exc), &im_excp(exc)->x_traceback, tb);
}
Value im_exc_get_context(Value exc) { return field(exc, offsetof(ImExc, x_context)); }
void im_exc_set_context(Thread *t, Value exc, Value context) { im_slot_put(t, im_ptr(exc), &im_excp(exc)->x_context, context); }
void im_exc_set_cause(Thread *t, Value exc, Value cause)
{
    im_store_relaxed(&im_excp(exc)->x_suppress_context, 1);
    im_slot_put(t, im_ptr(exc), &im_excp(exc)->x_cause, cause);
}
Value im_stop_value(Thread *t, Value exc)
{
    Value v = im_slot_get(t, NULL, &((ImExcStop *)im_ptr(exc))->x_value);
    return im_no_value(v) ? IM_NONE : v;
}

Value im_raise_from_pending(Thread *t, ImType *exc, const char *fmt, ...)
{
    Value old = im_exc_fetch(t);
    va_list ap;
    va_start(ap, fmt);
    Value e = vmake(t, exc, fmt, ap);
    va_end(ap);
    if (im_no_value(e)) { im_xdrop(t, old); return e; }
    if (!im_no_value(old)) {
        im_exc_set_cause(t, e, im_new_ref(old));
        im_exc_set_context(t, e, old);
    }
    im_exc_restore(t, e);
    return IM_NO_VALUE;
}

void im_write_unraisable(Thread *t, const char *msg, Value obj)
{
    if (im_unraisable_hook) {
        im_unraisable_hook(t, msg, obj);
        if (im_pending(t)) im_exc_clear(t);
        return;
    }
    Value e = im_exc_fetch(t), r = im_no_value(e) ? IM_NO_VALUE : im_repr(t, e);
    const char *s = im_no_value(r) ? NULL : im_str_utf8(t, r, NULL);
    fprintf(stderr, "%s: %s\n", msg ? msg : "Exception ignored", s ? s : "?");
    im_exc_clear(t);
    im_xdrop(t, r);
    im_xdrop(t, e);
}

int im_warn(Thread *t, ImType *category, int stack_level, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Value msg = im_str_vformat(t, fmt, ap);
    va_end(ap);
    if (im_no_value(msg)) return -1;
    int rc = im_warn_hook ? im_warn_hook(t, category, msg, stack_level, IM_NO_VALUE) : 0;
    im_drop(t, msg);
    return rc;
}
