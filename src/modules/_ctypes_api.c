/* What programs call through ctypes.pythonapi: functions of CPython's C API, under their own names.
 * SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "modules/_ctypes.h"
#include "modules/config.h"
#include "types/capsule.h"
#include "types/float.h"
#include "types/module.h"

/* At a safepoint of the thread that it is for. */
static int raise_in(Thread *t, Value exc)
{
    if (im_is_type(exc) && im_type_is_subtype(im_as_type(exc), &im_BaseException_type)) {
        Value e = im_call0(t, exc);
        im_drop(t, exc);
        if (!im_no_value(e)) (void)im_raise_instance(t, e);
    } else if (im_is_instance_of(exc, &im_BaseException_type)) {
        (void)im_raise_instance(t, exc);
    } else {
        im_drop(t, exc);
        (void)im_raise_system(t, "async exception must derive from BaseException");
    }
    return -1;
}

__attribute__((constructor)) static void init(void) { im_poll_hooks.async_exc = raise_in; }

/* Raises exc in the thread with that identity at its next safepoint, or takes back what was to be raised (null). How many threads that are: 0 or 1. */
int PyThreadState_SetAsyncExc(unsigned long id, void *exc);
int PyThreadState_SetAsyncExc(unsigned long id, void *exc)
{
    Thread *t = im_thread_current();
    Value v = {(uint64_t)(uintptr_t)exc}, old = IM_NO_VALUE;
    int found = 0;
    if (!im_no_value(v)) {
        im_publish(t, v);
        im_take(v);
    }
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *o = im_rt.x_threads; o && !found; o = o->next) {
        if (im_load_relaxed(&o->ident) != id) continue;
        old.bits = im_xchg_acq_rel(&o->x_async_exc.bits, v.bits);
        v = IM_NO_VALUE;
        found = 1;
        im_poll_request(o, IM_POLL_ASYNC_EXC);
    }
    pthread_mutex_unlock(&im_rt.thread_lock);
    im_xdrop(t, old);
    im_xdrop(t, v);
    return found;
}

/* --- objects -------------------------------------------------------------------------------------------------------------------------------------------------- *
 * A PyObject * is a Value's word: an address, or a small number itself. "New" results are references of the caller's; arguments are borrowed. Null means that an
 * exception is pending. The thread is attached: ctypes.pythonapi calls without detaching, others ask PyGILState_Ensure first. */
typedef struct PyObject PyObject;
#define SELF im_thread_current()
static Value in(PyObject *o) { return (Value){(uint64_t)(uintptr_t)o}; }
static PyObject *out(Value v) { return (PyObject *)(uintptr_t)v.bits; } /* no value is null */
static Value name_of(Thread *t, const char *s) { return im_str_from_cstr(t, s); }

#define API(type, name, ...) \
    type name(__VA_ARGS__); \
    type name(__VA_ARGS__)

API(void, Py_IncRef, PyObject *o) { if (o) im_take(in(o)); }
API(void, Py_DecRef, PyObject *o) { if (o) im_drop(SELF, in(o)); }
API(int, Py_IsInitialized, void) { return 1; }
static char version_text[256];
static pthread_once_t version_once = PTHREAD_ONCE_INIT;
static void make_version(void) { (void)snprintf(version_text, sizeof version_text, IM_VERSION " (%s) %s", im_build_info, im_compiler_info); }
API(const char *, Py_GetVersion, void)
{
    (void)pthread_once(&version_once, make_version);
    return version_text;
}
API(int, PyOS_snprintf, char *to, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(to, size, fmt, ap);
    va_end(ap);
    return n;
}

API(PyObject *, PyLong_FromLong, long n) { return out(im_int_new(SELF, n)); }
API(PyObject *, PyLong_FromLongLong, long long n) { return out(im_int_new(SELF, n)); }
API(PyObject *, PyLong_FromSsize_t, ssize_t n) { return out(im_int_new(SELF, n)); }
API(PyObject *, PyLong_FromVoidPtr, void *p) { return out(im_int_from_u64(SELF, (uintptr_t)p)); }
API(long long, PyLong_AsLongLong, PyObject *o)
{
    int64_t n;
    if (!o) return im_bad_internal_call(SELF), -1;
    Value index = im_index(SELF, in(o));
    if (im_no_value(index)) return -1;
    int r = im_as_int64(SELF, index, &n);
    im_drop(SELF, index);
    return r < 0 ? -1 : n;
}
API(long, PyLong_AsLong, PyObject *o) { return (long)PyLong_AsLongLong(o); }
API(PyObject *, PyFloat_FromDouble, double x) { return out(im_float_new(SELF, x)); }
API(double, PyFloat_AsDouble, PyObject *o)
{
    double x;
    return im_as_double(SELF, in(o), &x) < 0 ? -1 : x;
}
API(PyObject *, PyBool_FromLong, long n) { return out(im_bool(n != 0)); }

API(PyObject *, PyBytes_FromStringAndSize, const char *s, ssize_t n)
{
    if (n < 0) return im_raise_system(SELF, "Negative size passed to PyBytes_FromStringAndSize"), NULL;
    Value v = im_bytes_new(SELF, s, n);
    if (!s && !im_no_value(v)) memset(im_bytes_data(v), 0, (size_t)n);
    return out(v);
}
API(PyObject *, PyBytes_FromString, const char *s) { return out(im_bytes_new(SELF, s, (ssize_t)strlen(s))); }
API(char *, PyBytes_AsString, PyObject *o)
{
    if (im_is_bytes(in(o))) return im_bytes_data(in(o));
    return im_raise_type(SELF, "expected bytes, %T found", in(o)), NULL;
}
API(ssize_t, PyBytes_Size, PyObject *o)
{
    if (im_is_bytes(in(o))) return im_bytes_len(in(o));
    return im_raise_type(SELF, "expected bytes, %T found", in(o)), -1;
}
API(PyObject *, PyByteArray_FromStringAndSize, const char *s, ssize_t n)
{
    if (n < 0) return im_raise_system(SELF, "Negative size passed to PyByteArray_FromStringAndSize"), NULL;
    return out(im_bytearray_new(SELF, s, n));
}
API(PyObject *, PyMemoryView_FromObject, PyObject *o) { return out(im_memoryview_new(SELF, in(o))); }
/* flags: PyBUF_READ 0x100, PyBUF_WRITE 0x200. The memory stays the caller's and must live as long as the view. */
API(PyObject *, PyMemoryView_FromMemory, char *p, ssize_t n, int flags) { return out(im_memoryview_from_memory(SELF, p, n, !(flags & 0x200), IM_NONE)); }

API(PyObject *, PyUnicode_FromString, const char *s) { return out(im_str_from_cstr(SELF, s)); }
API(PyObject *, PyUnicode_FromStringAndSize, const char *s, ssize_t n)
{
    if (n < 0) return im_raise_system(SELF, "Negative size passed to PyUnicode_FromStringAndSize"), NULL;
    return out(im_str_from_utf8(SELF, s, n));
}
API(const char *, PyUnicode_AsUTF8AndSize, PyObject *o, ssize_t *n)
{
    if (!im_is_str(in(o))) return im_raise_type(SELF, "bad argument type for built-in operation"), NULL;
    return im_str_utf8(SELF, in(o), n);
}
API(const char *, PyUnicode_AsUTF8, PyObject *o) { return PyUnicode_AsUTF8AndSize(o, NULL); }

API(PyObject *, PyObject_Repr, PyObject *o) { return out(im_repr(SELF, in(o))); }
API(PyObject *, PyObject_Str, PyObject *o) { return out(im_str(SELF, in(o))); }
API(PyObject *, PyObject_Type, PyObject *o) { return out(im_new_ref(im_type_value(im_type_of(in(o))))); }
API(ssize_t, PyObject_Hash, PyObject *o) { return im_hash(SELF, in(o)); }
API(int, PyObject_IsTrue, PyObject *o) { return im_truth(SELF, in(o)); }
API(int, PyObject_IsInstance, PyObject *o, PyObject *cls) { return im_isinstance(SELF, in(o), in(cls)); }
API(ssize_t, PyObject_Length, PyObject *o) { return im_len(SELF, in(o)); }
API(ssize_t, PyObject_Size, PyObject *o) { return im_len(SELF, in(o)); }
API(PyObject *, PyObject_GetItem, PyObject *o, PyObject *key) { return out(im_getitem(SELF, in(o), in(key))); }
API(int, PyObject_SetItem, PyObject *o, PyObject *key, PyObject *v) { return im_setitem(SELF, in(o), in(key), in(v)); }
API(PyObject *, PyObject_GetAttr, PyObject *o, PyObject *name) { return out(im_getattr(SELF, in(o), in(name))); }
API(int, PyObject_SetAttr, PyObject *o, PyObject *name, PyObject *v) { return im_setattr(SELF, in(o), in(name), in(v)); }
API(PyObject *, PyObject_GetAttrString, PyObject *o, const char *name)
{
    Value n = name_of(SELF, name), r = im_no_value(n) ? n : im_getattr(SELF, in(o), n);
    im_xdrop(SELF, n);
    return out(r);
}
API(int, PyObject_SetAttrString, PyObject *o, const char *name, PyObject *v)
{
    Value n = name_of(SELF, name);
    int r = im_no_value(n) ? -1 : im_setattr(SELF, in(o), n, in(v));
    im_xdrop(SELF, n);
    return r;
}
API(int, PyObject_HasAttrString, PyObject *o, const char *name)
{
    Value n = name_of(SELF, name), r = IM_NO_VALUE;
    int found = im_no_value(n) ? -1 : im_lookup_attr(SELF, in(o), n, &r);
    if (found < 0) im_exc_clear(SELF);
    im_xdrop(SELF, n);
    im_xdrop(SELF, r);
    return found > 0;
}
API(PyObject *, PyObject_CallNoArgs, PyObject *f) { return out(im_call0(SELF, in(f))); }
API(PyObject *, PyObject_CallOneArg, PyObject *f, PyObject *x) { return out(im_call1(SELF, in(f), in(x))); }
/* args: a tuple or null. */
API(PyObject *, PyObject_CallObject, PyObject *f, PyObject *args)
{
    if (!args) return out(im_call0(SELF, in(f)));
    if (!im_is_tuple(in(args))) return im_raise_type(SELF, "argument list must be a tuple"), NULL;
    return out(im_call(SELF, in(f), im_tuple_items(in(args)), (size_t)im_tuple_len(in(args)), IM_NO_VALUE));
}
API(int, PyCallable_Check, PyObject *o) { return o && im_callable(in(o)); }
API(PyObject *, PyImport_ImportModule, const char *name) { return out(im_import(SELF, name)); }

/* --- errors and states ---------------------------------------------------------------------------------------------------------------------------------------- */

/* Borrowed: the pending exception's class, or null. */
API(PyObject *, PyErr_Occurred, void) { return im_pending(SELF) ? out(im_type_value(im_type_of(SELF->exc))) : NULL; }
API(void, PyErr_Clear, void) { im_exc_clear(SELF); }
API(void, PyErr_SetNone, PyObject *type)
{
    Value e = im_call0(SELF, in(type));
    if (!im_no_value(e)) (void)im_raise_instance(SELF, e);
}
API(void, PyErr_SetString, PyObject *type, const char *text)
{
    Value s = name_of(SELF, text), e = im_no_value(s) ? s : im_call1(SELF, in(type), s);
    im_xdrop(SELF, s);
    if (!im_no_value(e)) (void)im_raise_instance(SELF, e);
}
/* Runs the handlers of signals that have come. 0, or -1 with what one raised. */
API(int, PyErr_CheckSignals, void) { return im_poll(SELF); }
API(int, PyErr_SetInterruptEx, int sig)
{
    if (sig < 1 || sig > 64) return -1;
    pthread_kill(im_rt.main_thread->os_thread, sig);
    return 0;
}
API(void, PyErr_SetInterrupt, void) { (void)PyErr_SetInterruptEx(SIGINT); }

API(int, PyGILState_Ensure, void) { return im_c_enter(); }
API(void, PyGILState_Release, int state) { im_c_leave(state); }
API(int, PyGILState_Check, void) { return SELF && SELF->attached; }

/* --- capsules ------------------------------------------------------------------------------------------------------------------------------------------------- */

#define CAPSULE(failed, function) \
    ImCapsule *c = im_capsule_of(SELF, in(o), function); \
    if (!c) return failed

API(PyObject *, PyCapsule_New, void *p, const char *name, ImCapsuleEnd end) { return out(im_capsule_new(SELF, p, name, end)); }
API(int, PyCapsule_CheckExact, PyObject *o) { return o && im_is_exact(in(o), &im_PyCapsule_type); }
API(int, PyCapsule_IsValid, PyObject *o, const char *name)
{
    if (!o || !im_is_exact(in(o), &im_PyCapsule_type)) return 0;
    ImCapsule *c = (ImCapsule *)im_ptr(in(o));
    return im_load_relaxed(&c->x_pointer) && im_capsule_same_name(im_load_relaxed(&c->x_name), name);
}
API(void *, PyCapsule_GetPointer, PyObject *o, const char *name)
{
    CAPSULE(NULL, "PyCapsule_GetPointer");
    if (im_capsule_same_name(im_load_relaxed(&c->x_name), name)) return im_load_relaxed(&c->x_pointer);
    return im_raise_valueerror(SELF, "PyCapsule_GetPointer called with incorrect name"), NULL;
}
API(const char *, PyCapsule_GetName, PyObject *o) { CAPSULE(NULL, "PyCapsule_GetName"); return im_load_relaxed(&c->x_name); }
API(void *, PyCapsule_GetContext, PyObject *o) { CAPSULE(NULL, "PyCapsule_GetContext"); return im_load_relaxed(&c->x_context); }
API(ImCapsuleEnd, PyCapsule_GetDestructor, PyObject *o) { CAPSULE(NULL, "PyCapsule_GetDestructor"); return im_load_relaxed(&c->x_end); }
API(int, PyCapsule_SetName, PyObject *o, const char *name) { CAPSULE(-1, "PyCapsule_SetName"); im_store_relaxed(&c->x_name, name); return 0; }
API(int, PyCapsule_SetContext, PyObject *o, void *p) { CAPSULE(-1, "PyCapsule_SetContext"); im_store_relaxed(&c->x_context, p); return 0; }
API(int, PyCapsule_SetDestructor, PyObject *o, ImCapsuleEnd end) { CAPSULE(-1, "PyCapsule_SetDestructor"); im_store_relaxed(&c->x_end, end); return 0; }
API(int, PyCapsule_SetPointer, PyObject *o, void *p)
{
    CAPSULE(-1, "PyCapsule_SetPointer");
    if (!p) return im_raise_valueerror(SELF, "PyCapsule_SetPointer called with null pointer"), -1;
    im_store_relaxed(&c->x_pointer, p);
    return 0;
}
