/* _testcapi: what CPython's tests of the language ask of its test module and the native interface of this implementation has too: functions that take their
 * arguments in each way, classes made in C, calls from C, exceptions raised from C, threads that C starts.
 * SPDX-License-Identifier: MIT
 *
 * A name that is not here raises unittest.SkipTest, except those that tests look for to do without. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "modules/_ctypes.h"
#include "modules/module.h"

#define FN(fn) static Value fn(IM_UNUSED Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *a, IM_UNUSED size_t n, IM_UNUSED Value kw)

/* --- functions by the way they take arguments --- */
static Value or_none(Value v) { return im_no_value(v) ? IM_NONE : v; }
static Value with_keywords(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    Value args = im_tuple_from_array(t, a, n), dict = IM_NONE;
    if (!im_no_value(args) && !im_no_value(kw) && im_tuple_len(kw)) {
        dict = im_dict_new(t);
        for (ssize_t i = 0; !im_no_value(dict) && i < im_tuple_len(kw); i++)
            if (im_dict_set(t, dict, im_tuple_get(kw, i), a[n + (size_t)i]) < 0) IM_CLEAR(t, dict);
    }
    Value r = im_no_value(args) || im_no_value(dict) ? IM_NO_VALUE : im_tuple_pack(t, 3, or_none(self), args, dict);
    im_xdrop(t, args);
    im_xdrop(t, dict);
    return r;
}
FN(meth_varargs)
{
    Value args = im_tuple_from_array(t, a, n), r = im_no_value(args) ? args : im_tuple_pack(t, 2, or_none(self), args);
    im_xdrop(t, args);
    return r;
}
FN(meth_varargs_keywords) { return with_keywords(t, self, a, n, kw); }
FN(meth_o) { return im_tuple_pack(t, 2, or_none(self), a[0]); }
FN(meth_noargs) { return im_new_ref(or_none(self)); }
/* Static methods get no self to speak of. */
FN(static_varargs) { return meth_varargs(t, IM_NO_VALUE, a, n, kw); }
FN(static_keywords) { return with_keywords(t, IM_NO_VALUE, a, n, kw); }
FN(static_o) { return meth_o(t, IM_NO_VALUE, a, n, kw); }
FN(static_noargs) { return IM_NONE; }
#define METHODS(how) \
    {"meth_varargs", meth_varargs, IM_M_RANGE | (how), 0, 255, NULL, NULL}, {"meth_varargs_keywords", meth_varargs_keywords, IM_M_RAW | (how), 0, 0, NULL, NULL}, \
    {"meth_o", meth_o, IM_M_FIXED | (how), 1, 1, NULL, NULL}, {"meth_noargs", meth_noargs, IM_M_FIXED | (how), 0, 0, NULL, NULL}, \
    {"meth_fastcall", meth_varargs, IM_M_RANGE | (how), 0, 255, NULL, NULL}, {"meth_fastcall_keywords", meth_varargs_keywords, IM_M_RAW | (how), 0, 0, NULL, NULL}

static ImType inst_type, class_type, static_type, md_base_type, md_derived_type, md_nopget_type, md2_type, await_type, buf_type, codelike_type;
static const ImMethodDef inst_methods[] = {METHODS(0), IM_END}, class_methods[] = {METHODS(IM_M_CLASS), IM_END}, static_methods[] = {
    {"meth_varargs", static_varargs, IM_M_RANGE | IM_M_STATIC, 0, 255, NULL, NULL}, {"meth_varargs_keywords", static_keywords, IM_M_RAW | IM_M_STATIC, 0, 0, NULL, NULL},
    {"meth_o", static_o, IM_M_FIXED | IM_M_STATIC, 1, 1, NULL, NULL}, {"meth_noargs", static_noargs, IM_M_FIXED | IM_M_STATIC, 0, 0, NULL, NULL},
    {"meth_fastcall", static_varargs, IM_M_RANGE | IM_M_STATIC, 0, 255, NULL, NULL},
    {"meth_fastcall_keywords", static_keywords, IM_M_RAW | IM_M_STATIC, 0, 0, NULL, NULL}, IM_END};
static const ImTypeSpec inst_spec = {.name = "_testcapi.MethInstance", .size = sizeof(ImObject), .flags = IM_TF_BASETYPE, .methods = inst_methods},
    class_spec = {.name = "_testcapi.MethClass", .size = sizeof(ImObject), .flags = IM_TF_BASETYPE, .methods = class_methods},
    static_spec = {.name = "_testcapi.MethStatic", .size = sizeof(ImObject), .flags = IM_TF_BASETYPE, .methods = static_methods};

/* --- calls from C --- */
static Value call_array(Thread *t, Value f, Value args, Value kwnames)
{
    bool none = im_same(args, IM_NONE);
    if (!none && !im_is_tuple(args)) return im_raise_type(t, "args must be None or a tuple");
    size_t n = none ? 0 : (size_t)im_tuple_len(args), nkw = im_is_tuple(kwnames) ? (size_t)im_tuple_len(kwnames) : 0;
    if (nkw > n) return im_raise_valueerror(t, "kwnames longer than args");
    return im_call(t, f, none ? NULL : im_tuple_items(args), n - nkw, nkw ? kwnames : IM_NO_VALUE);
}
FN(f_vectorcall) { return call_array(t, a[0], a[1], a[2]); }
FN(f_fastcalldict)
{
    Value args = im_same(a[1], IM_NONE) ? im_tuple_empty() : a[1];
    if (!im_is_tuple(args)) return im_raise_type(t, "args must be None or a tuple");
    return im_call_ex(t, a[0], args, im_same(a[2], IM_NONE) ? IM_NO_VALUE : a[2]);
}
FN(f_call_tuple) { return im_call_ex(t, a[0], a[1], n > 2 ? a[2] : IM_NO_VALUE); }

/* --- classes whose instances are called as methods --- */
static Value make(Thread *t, ImType *type, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    ImObject *o = im_instance_alloc(t, type, 0);
    return o ? im_value(o) : IM_NO_VALUE;
}
static Value md_call(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    if (im_no_kwargs(t, "MethodDescriptor", kw) < 0 || im_check_nargs(t, "MethodDescriptor", n, 1, 1) < 0) return IM_NO_VALUE;
    (void)a;
    return im_bool(im_type_of(self) == &md_base_type || im_type_is_subtype(im_type_of(self), &md_base_type));
}
static Value md2_call(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)self, (void)a;
    if (im_no_kwargs(t, "MethodDescriptor2", kw) < 0 || im_check_nargs(t, "MethodDescriptor2", n, 1, 1) < 0) return IM_NO_VALUE;
    return IM_FALSE;
}
static Value md_nop_call(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self, (void)kw; return im_tuple_from_array(t, a, n); }
static Value bind(Thread *t, Value self, Value obj, Value type)
{
    (void)type;
    if (im_no_value(obj) || im_same(obj, IM_NONE)) return im_new_ref(self);
    Value cls = im_import_from(t, "types", "MethodType"), r = im_no_value(cls) ? cls : im_call2(t, cls, self, obj);
    im_xdrop(t, cls);
    return r;
}
static Value md_get(Thread *t, Value self, Value obj, Value type) { return bind(t, self, obj, type); }
static Value md_nop_get(Thread *t, Value self, Value obj, Value type) { (void)t, (void)obj, (void)type; return im_new_ref(self); }
static const ImSlots md_slots = {.new_ = make, .call = md_call, .descr_get = md_get}, md_nop_slots = {.call = md_nop_call, .descr_get = md_nop_get}, md2_slots = {.new_ = make, .call = md2_call};
static const ImTypeSpec md_base_spec = {.name = "_testcapi.MethodDescriptorBase", .size = sizeof(ImObject), .flags = IM_TF_BASETYPE | IM_TF_METHOD_DESCR, .slots = &md_slots},
    md_derived_spec = {.name = "_testcapi.MethodDescriptorDerived", .size = sizeof(ImObject), .base = &md_base_type, .flags = IM_TF_METHOD_DESCR},
    md_nopget_spec = {.name = "_testcapi.MethodDescriptorNopGet", .size = sizeof(ImObject), .base = &md_base_type, .slots = &md_nop_slots},
    md2_spec = {.name = "_testcapi.MethodDescriptor2", .size = sizeof(ImObject), .slots = &md2_slots};

/* --- an awaitable that gives what it is made of --- */
typedef struct Await { ImObject head; Value it; } Await;
static Value await_new(Thread *t, ImType *type, const Value *args, size_t n, Value kw)
{
    if (im_no_kwargs(t, "awaitType", kw) < 0 || im_check_nargs(t, "awaitType", n, 1, 1) < 0) return IM_NO_VALUE;
    ImObject *o = im_instance_alloc(t, type, 0);
    if (!o) return IM_NO_VALUE;
    im_slot_init(o, &((Await *)o)->it, im_new_ref(args[0]));
    return im_value(o);
}
static Value await_await(Thread *t, Value self) { return im_slot_get(t, im_ptr(self), &((Await *)im_ptr(self))->it); }
static int await_traverse(ImObject *o, ImVisit visit, void *arg) { Value v = ((Await *)o)->it; return im_no_value(v) ? 0 : visit(v, arg); }
static void await_destroy(Thread *t, ImObject *o) { im_xdrop(t, ((Await *)o)->it); }
static const ImSlots await_slots = {.new_ = await_new, .await_ = await_await};
static const ImTypeSpec await_spec = {.name = "_testcapi.awaitType", .size = sizeof(Await), .flags = IM_TF_GC, .slots = &await_slots, .traverse = await_traverse,
    .destroy = await_destroy};

/* --- an exporter that counts its views --- */
typedef struct TestBuf { ImObject head; ssize_t x_references; } TestBuf;
static int buf_get(Thread *t, Value self, ImBuffer *b, int flags)
{
    static char text[] = "test";
    int rc = im_buffer_fill(t, b, self, text, 4, true, flags);
    if (rc == 0) im_faa_relaxed(&((TestBuf *)im_ptr(self))->x_references, 1);
    return rc;
}
static void buf_release(Thread *t, Value self, ImBuffer *b) { (void)t, (void)b; im_faa_relaxed(&((TestBuf *)im_ptr(self))->x_references, -1); }
static const ImSlots buf_slots = {.new_ = make, .getbuffer = buf_get, .releasebuffer = buf_release};
static const ImMemberDef buf_members[] = {{"references", IM_T_SSIZE, offsetof(TestBuf, x_references), true, NULL}, IM_END};
static const ImTypeSpec buf_spec = {.name = "_testcapi.testBuf", .size = sizeof(TestBuf), .slots = &buf_slots, .members = buf_members};
FN(f_buffer_fill_info)
{
    int readonly = im_truth(t, a[1]), flags;
    ImBuffer b;
    if (readonly < 0 || im_as_int(t, a[2], &flags) < 0) return IM_NO_VALUE;
    if (im_buffer_fill(t, &b, IM_NO_VALUE, im_bytes_data(a[0]), im_bytes_len(a[0]), readonly, flags) < 0) return IM_NO_VALUE;
    return im_memoryview_from_memory(t, im_bytes_data(a[0]), im_bytes_len(a[0]), readonly, a[0]);
}

/* --- exceptions --- */
FN(f_raise_exception) /* (class, n): with n arguments 0, 1, … */
{
    int count;
    if (im_as_int(t, a[1], &count) < 0) return IM_NO_VALUE;
    if (!im_is_type(a[0]) || !im_type_is_subtype(im_as_type(a[0]), &im_BaseException_type))
        return im_raise_system(t, "_PyErr_SetObject: exception %R is not a BaseException subclass", a[0]);
    Value v[16];
    for (int i = 0; i < count && i < 16; i++) v[i] = im_int(i);
    Value exc = im_call(t, a[0], v, (size_t)count, IM_NO_VALUE);
    return im_no_value(exc) ? exc : im_raise_instance(t, exc);
}
FN(f_raise_memoryerror) { return im_raise_memory(t); }
FN(f_make_exception_with_doc)
{
    if (!im_is_str(a[0])) return im_raise_type(t, "name must be str");
    ssize_t dot = im_str_find_char(a[0], '.', 0, im_str_len(a[0]), -1);
    if (dot < 0) return im_raise_system(t, "PyErr_NewException: name must be module.class");
    Value module = im_str_substring(t, a[0], 0, dot), name = im_str_substring(t, a[0], dot + 1, im_str_len(a[0])), r = IM_NO_VALUE, bases = IM_NO_VALUE;
    Value ns = im_no_value(a[3]) ? im_dict_new(t) : im_dict_copy(t, a[3]);
    if (im_no_value(a[2])) bases = im_tuple_pack(t, 1, im_type_value(&im_Exception_type));
    else bases = im_is_tuple(a[2]) ? im_new_ref(a[2]) : im_tuple_pack(t, 1, a[2]);
    if (im_no_value(module) || im_no_value(name) || im_no_value(ns) || im_no_value(bases)) goto out;
    if (im_dict_set_cstr(t, ns, "__module__", module) < 0 || (!im_no_value(a[1]) && im_dict_set_cstr(t, ns, "__doc__", a[1]) < 0)) goto out;
    r = im_type_new(t, &im_type_type, name, bases, ns, NULL, IM_NO_VALUE);
out:
    im_xdrop(t, module);
    im_xdrop(t, name);
    im_xdrop(t, ns);
    im_xdrop(t, bases);
    return r;
}
static Value sys_hook(Thread *t, const char *name, size_t n, const Value *a)
{
    Value f = im_import_from(t, "sys", name), r = im_no_value(f) ? f : im_call(t, f, a, n, IM_NO_VALUE);
    im_xdrop(t, f);
    return r;
}
FN(f_exception_print)
{
    Value tb = im_type_is_subtype(im_type_of(a[0]), &im_BaseException_type) ? im_exc_get_traceback(a[0]) : IM_NONE;
    Value v[3] = {im_type_value(im_type_of(a[0])), a[0], or_none(tb)}, r = sys_hook(t, "__excepthook__", 3, v);
    return r;
}
FN(f_traceback_print)
{
    if (im_call_method1(t, a[1], im_str_intern_cstr(t, "write"), im_str_from_cstr(t, "Traceback (most recent call last):\n")).bits == 0) return IM_NO_VALUE;
    Value f = im_import_from(t, "traceback", "print_tb"), v[3] = {a[0], IM_NONE, a[1]}, r = im_no_value(f) ? f : im_call(t, f, v, 3, IM_NO_VALUE);
    im_xdrop(t, f);
    return r;
}
FN(f_err_formatunraisable) /* (exception, format, argument) */
{
    im_raise_instance(t, im_new_ref(a[0]));
    Value text = IM_NO_VALUE;
    const char *format = n < 2 ? NULL : im_is_bytes(a[1]) ? im_bytes_data(a[1]) : im_is_str(a[1]) ? im_str_utf8(t, a[1], NULL) : NULL;
    if (format && n > 2) {
        Value e = im_exc_fetch(t);
        text = im_str_format(t, format, a[2]);
        im_exc_restore(t, e);
        format = im_no_value(text) ? NULL : im_str_utf8(t, text, NULL);
    }
    im_write_unraisable(t, format, IM_NO_VALUE);
    im_xdrop(t, text);
    return IM_NONE;
}
FN(f_bad_get) /* a __get__ that takes itself off the class: (self, obj, cls) */
{
    Value r = im_call0(t, a[2]);
    if (im_no_value(r)) return r;
    im_drop(t, r);
    return im_repr(t, a[0]);
}
FN(f_nothing) { return IM_NONE; }
static const ImMethodDef made_function = IM_FIXED("f", f_nothing, 0, NULL, NULL);
FN(f_create_cfunction)
{
    Value name = im_str_from_cstr(t, "_testcapi"), holder = im_list_new(t, 0), f = IM_NO_VALUE;
    if (!im_no_value(name) && !im_no_value(holder)) f = im_native_new(t, &made_function, holder, name);
    im_xdrop(t, name);
    im_xdrop(t, holder);
    return f;
}

/* --- threads that C starts --- */
typedef struct Call { pthread_t thread; Value f; bool running; } Call;
static Call kept;
static void *thread_main(void *arg)
{
    Call *c = arg;
    int entered = im_c_enter();
    Thread *t = im_thread_current();
    Value r = im_call0(t, c->f);
    if (im_no_value(r)) im_write_unraisable(t, NULL, c->f);
    im_xdrop(t, r);
    im_c_leave(entered);
    return NULL;
}
static void wait_for(Thread *t, Call *c)
{
    IM_DETACH(t);
    pthread_join(c->thread, NULL);
    IM_ATTACH(t);
    im_drop(t, c->f);
    c->running = false;
}
FN(f_call_in_temporary_c_thread)
{
    static Call once;
    int wait = n > 1 ? im_truth(t, a[1]) : 1;
    if (wait < 0) return IM_NO_VALUE;
    Call *c = wait ? &once : &kept;
    if (c->running) return im_raise_runtime(t, "a temporary thread is running");
    im_publish(t, a[0]);
    c->f = im_new_ref(a[0]);
    if (pthread_create(&c->thread, NULL, thread_main, c)) { im_drop(t, c->f); return im_raise_runtime(t, "unable to start the thread"); }
    c->running = true;
    if (wait) wait_for(t, c);
    return IM_NONE;
}
FN(f_join_temporary_c_thread)
{
    if (kept.running) wait_for(t, &kept);
    return IM_NONE;
}

/* --- odds and ends --- */
FN(f_w_stopcode)
{
    int sig;
    return im_as_int(t, a[0], &sig) < 0 ? IM_NO_VALUE : im_int(W_STOPCODE(sig));
}
FN(f_pymem_alloc0)
{
    void *p = im_raw_alloc_zero(t, 0, 1);
    im_raw_free(p);
    return IM_NONE;
}
FN(f_fatal_error)
{
    fprintf(stderr, "Fatal Python error: _testcapi_fatal_error_impl: %s\nPython runtime state: initialized\n\n", im_bytes_data(a[0]));
    fflush(stderr);
    Value f = im_import_from(t, "faulthandler", "dump_traceback");
    if (!im_no_value(f)) f = im_call1(t, f, im_int(2));
    abort();
}
/* Code of another language, for events that C fires: there are none of those; the tests that set them up skip when they fire one. */
static Value codelike_new(Thread *t, ImType *type, const Value *args, size_t n, Value kw)
{
    (void)args;
    if (im_no_kwargs(t, "CodeLike", kw) < 0 || im_check_nargs(t, "CodeLike", n, 1, 1) < 0) return IM_NO_VALUE;
    ImObject *o = im_instance_alloc(t, type, 0);
    return o ? im_value(o) : IM_NO_VALUE;
}
static const ImSlots codelike_slots = {.new_ = codelike_new};
static const ImTypeSpec codelike_spec = {.name = "_testcapi.CodeLike", .size = sizeof(ImObject), .slots = &codelike_slots};
static Value skip(Thread *t, const char *name)
{
    Value cls = im_import_from(t, "unittest", "SkipTest"), text = im_str_format(t, "_testcapi.%s is CPython's own", name);
    Value exc = im_no_value(cls) || im_no_value(text) ? IM_NO_VALUE : im_call1(t, cls, text);
    im_xdrop(t, cls);
    im_xdrop(t, text);
    return im_no_value(exc) ? exc : im_raise_instance(t, exc);
}
FN(f_fire) { return skip(t, "fire_event"); }
static const ImMethodDef fire = IM_RANGE("fire_event", f_fire, 0, 255, NULL, NULL);

/* Names that the library or a test looks for and does without. */
FN(m_getattr)
{
    static const char *const absent[] = {"with_tp_del", "without_gc", "ContainerNoGC", "raise_SIGINT_then_send_None", "WITH_PYMALLOC", "WITH_MIMALLOC"};
    const char *s = im_is_str(a[0]) ? im_str_utf8(t, a[0], NULL) : NULL;
    if (!s) return IM_NO_VALUE;
    bool missing = strncmp(s, "__", 2) == 0;
    for (size_t i = 0; i < IM_COUNTOF(absent); i++) missing |= strcmp(s, absent[i]) == 0;
    if (missing) return im_raise_attr(t, "module '_testcapi' has no attribute %R", a[0]);
    if (strncmp(s, "fire_event_", 11) == 0 || strncmp(s, "monitoring_", 11) == 0) {
        Value module = im_str_from_cstr(t, "_testcapi"), f = im_no_value(module) ? module : im_native_new(t, &fire, IM_NO_VALUE, module);
        im_xdrop(t, module);
        return f;
    }
    return skip(t, s);
}
static const ImMethodDef functions[] = {
    METHODS(0),
    IM_FIXED("pyobject_vectorcall", f_vectorcall, 3, NULL, NULL), IM_FIXED("pyobject_fastcalldict", f_fastcalldict, 3, NULL, NULL),
    IM_RANGE("pyvectorcall_call", f_call_tuple, 2, 3, NULL, NULL), IM_RANGE("pycfunction_call", f_call_tuple, 2, 3, NULL, NULL),
    IM_FIXED("buffer_fill_info", f_buffer_fill_info, 3, NULL, NULL), IM_FIXED("raise_exception", f_raise_exception, 2, NULL, NULL),
    IM_FIXED("raise_memoryerror", f_raise_memoryerror, 0, NULL, NULL),
    IM_PARSED("make_exception_with_doc", f_make_exception_with_doc, "($module, name, doc=None, base=None, dict=None)", NULL),
    IM_RANGE("exception_print", f_exception_print, 1, 2, NULL, NULL), IM_FIXED("traceback_print", f_traceback_print, 2, NULL, NULL),
    IM_RANGE("err_formatunraisable", f_err_formatunraisable, 1, 3, NULL, NULL),
    IM_FIXED("bad_get", f_bad_get, 3, NULL, NULL),
    IM_FIXED("test_with_docstring", f_nothing, 0, "($module)", "This is a pretty normal docstring."), IM_FIXED("create_cfunction", f_create_cfunction, 0, NULL, NULL),
    IM_RANGE("call_in_temporary_c_thread", f_call_in_temporary_c_thread, 1, 2, NULL, NULL),
    IM_FIXED("join_temporary_c_thread", f_join_temporary_c_thread, 0, NULL, NULL), IM_FIXED("W_STOPCODE", f_w_stopcode, 1, NULL, NULL),
    IM_FIXED("test_pymem_alloc0", f_pymem_alloc0, 0, NULL, NULL), IM_RANGE("fatal_error", f_fatal_error, 1, 2, NULL, NULL),
    IM_FIXED("__getattr__", m_getattr, 1, NULL, NULL), IM_END};

static int exec(Thread *t, Value m)
{
    static const struct { const char *name; int64_t value; } numbers[] = {{"CHAR_MAX", CHAR_MAX}, {"CHAR_MIN", CHAR_MIN}, {"UCHAR_MAX", UCHAR_MAX}, {"SHRT_MAX", SHRT_MAX},
        {"SHRT_MIN", SHRT_MIN}, {"USHRT_MAX", USHRT_MAX}, {"INT_MAX", INT_MAX}, {"INT_MIN", INT_MIN}, {"UINT_MAX", UINT_MAX}, {"LONG_MAX", LONG_MAX}, {"LONG_MIN", LONG_MIN},
        {"LLONG_MAX", LLONG_MAX}, {"LLONG_MIN", LLONG_MIN}, {"PY_SSIZE_T_MAX", SSIZE_MAX}, {"PY_SSIZE_T_MIN", -SSIZE_MAX - 1}, {"SIZEOF_WCHAR_T", sizeof(wchar_t)},
        {"SIZEOF_VOID_P", sizeof(void *)}, {"SIZEOF_TIME_T", sizeof(time_t)}, {"SIZEOF_PID_T", sizeof(pid_t)},
        {"Py_C_RECURSION_LIMIT", 20000 /* nested reprs in 8 MiB of C stack, and some */}};
    static const struct { const char *name; double value; } floats[] = {{"FLT_MAX", FLT_MAX}, {"FLT_MIN", FLT_MIN}, {"DBL_MAX", DBL_MAX}, {"DBL_MIN", DBL_MIN}};
    static const struct { ImType *type; const ImTypeSpec *spec; } types[] = {{&inst_type, &inst_spec}, {&class_type, &class_spec}, {&static_type, &static_spec},
        {&md_base_type, &md_base_spec}, {&md_derived_type, &md_derived_spec}, {&md_nopget_type, &md_nopget_spec}, {&md2_type, &md2_spec}, {&await_type, &await_spec},
        {&buf_type, &buf_spec}, {&codelike_type, &codelike_spec}};
    for (size_t i = 0; i < IM_COUNTOF(numbers); i++)
        if (im_module_add_int(t, m, numbers[i].name, numbers[i].value) < 0) return -1;
    for (size_t i = 0; i < IM_COUNTOF(floats); i++)
        if (im_module_add(t, m, floats[i].name, im_float_new(t, floats[i].value)) < 0) return -1;
    if (im_module_add(t, m, "ULONG_MAX", im_int_from_u64(t, ULONG_MAX)) < 0 || im_module_add(t, m, "ULLONG_MAX", im_int_from_u64(t, ULLONG_MAX)) < 0) return -1;
    for (size_t i = 0; i < IM_COUNTOF(types); i++) {
        if (!im_type_has(types[i].type, IM_TF_READY) && im_type_ready(t, types[i].type, types[i].spec) < 0) return -1;
        if (im_module_add_type(t, m, types[i].type) < 0) return -1;
    }
    return 0;
}
static const ImModuleDef testcapi = {.name = "_testcapi", .methods = functions, .exec = exec};
IM_EXTENSION(_testcapi, testcapi);
