/* _ctypes: calls of C functions through libffi, and C functions that call Python (callbacks).
 *
 * A call detaches unless the function is declared to use Python's own API (PyDLL, PYFUNCTYPE). A callback attaches if its thread is detached; a thread that Python
 * has never seen gets a state for the time of the callback.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "modules/_ctypes.h"
#include "modules/_thread.h"
#include "modules/lazylib.h"

#define FFI_FUNCTIONS(X) X(ffi_prep_cif) X(ffi_prep_cif_var) X(ffi_call) X(ffi_closure_alloc) X(ffi_closure_free) X(ffi_prep_closure_loc)
IM_LAZYLIB(ffi, "libffi.so.8", FFI_FUNCTIONS);
int im_c_ffi_load(Thread *t) { return im_lazylib_load(t, &im_lazylib_ffi); }

ImType im_c_arg_type, im_c_thunk_type;
enum { MAX_ARGS = 1024 };

static __thread int saved_errno;
int im_c_swap_errno(int fresh)
{
    int old = saved_errno;
    saved_errno = fresh;
    return old;
}

/* --- CArgObject --------------------------------------------------------------------------------------------------------------------------------------- */

Value im_c_arg_new(Thread *t, char tag, const ffi_type *ffi, Value obj)
{
    Value v = im_instance_new(t, &im_c_arg_type);
    if (im_no_value(v)) return v;
    ImCArg *a = (ImCArg *)im_ptr(v);
    a->tag = tag;
    a->ffi = ffi;
    if (!im_no_value(obj)) a->obj = im_new_ref(obj);
    return v;
}
static Value arg_repr(Thread *t, Value self)
{
    ImCArg *a = (ImCArg *)im_ptr(self);
    long long n = 0;
    switch (a->tag) {
    case 'b': case 'B': n = a->value.b; break;
    case 'h': case 'H': n = a->value.h; break;
    case 'i': case 'I': n = a->value.i; break;
    case 'l': case 'L': case 'q': case 'Q': n = a->value.q; break;
    case 'd': case 'f': {
        Value x = im_float_new(t, a->tag == 'd' ? a->value.d : (double)a->value.f), r;
        if (im_no_value(x)) return x;
        r = im_str_format(t, "<cparam '%c' (%R)>", a->tag, x);
        im_drop(t, x);
        return r;
    }
    case 'c':
        if (a->value.c >= ' ' && a->value.c < 127 && a->value.c != '\\' && a->value.c != '\'') return im_str_format(t, "<cparam '%c' ('%c')>", a->tag, a->value.c);
        {
            char text[8];
            snprintf(text, sizeof text, "\\x%02x", (unsigned char)a->value.c);
            return im_str_format(t, "<cparam '%c' ('%s')>", a->tag, text);
        }
    case 'z': case 'Z': case 'P': return im_str_format(t, "<cparam '%c' (%p)>", a->tag, a->value.p);
    default: return im_str_format(t, "<cparam '%c' at %p>", a->tag, (void *)a);
    }
    return im_str_format(t, "<cparam '%c' (%lld)>", a->tag, n);
}
static int arg_traverse(ImObject *o, ImVisit visit, void *arg) { Value v = ((ImCArg *)o)->obj; return im_is_object(v) ? visit(v, arg) : 0; }
static void arg_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImCArg *)o)->obj); }
static const ImMemberDef arg_members[] = {{"_obj", IM_T_VALUE_NONE, offsetof(ImCArg, obj), true, "the wrapped object"}, IM_END};
static const ImSlots arg_slots = {.repr = arg_repr};
const ImTypeSpec im_c_arg_spec = {
    .name = "_ctypes.CArgObject", .size = sizeof(ImCArg), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &arg_slots, .members = arg_members, .traverse = arg_traverse, .destroy = arg_destroy,
};

/* --- arguments ------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Passed {
    const ffi_type *ffi;
    void *at;            /* where libffi finds it */
    union { int i; void *p; long long q; double d; long double g; } value;
    Value keep;          /* owned */
} Passed;

static int pass_data(Thread *t, Value v, Passed *p)
{
    ImCType *i = im_c_info_of(v);
    if (!i) return im_raise_type(t, "abstract class"), -1;
    p->keep = im_new_ref(v);
    p->ffi = i->ffi;
    p->at = &p->value;
    switch ((ImCKind)i->kind) {
    case IM_C_ARRAY: p->value.p = IM_C(v)->ptr; break;
    case IM_C_STRUCT: case IM_C_UNION: p->at = IM_C(v)->ptr; break;
    default: memcpy(&p->value, IM_C(v)->ptr, (size_t)i->size); break;
    }
    return 0;
}
static int pass_str(Thread *t, Value v, Passed *p)
{
    Value copy = im_bytes_new(t, NULL, (im_str_len(v) + 1) * (ssize_t)sizeof(wchar_t));
    if (im_no_value(copy)) return -1;
    wchar_t *w = (wchar_t *)(void *)im_bytes_data(copy);
    im_c_put_wchars(w, v);
    w[im_str_len(v)] = 0;
    p->keep = copy;
    p->ffi = &im_ffi_pointer;
    p->value.p = w;
    return 0;
}
static int convert(Thread *t, Value v, size_t index, Passed *p)
{
    p->at = &p->value;
    if (im_is_c_data(v)) return pass_data(t, v, p);
    if (im_is_object(v) && im_is_exact(v, &im_c_arg_type)) {
        ImCArg *a = (ImCArg *)im_ptr(v);
        p->ffi = a->ffi;
        p->keep = im_new_ref(v);
        memcpy(&p->value, &a->value, sizeof p->value);
        return 0;
    }
    if (im_is_none(v)) {
        p->ffi = &im_ffi_pointer;
        p->value.p = NULL;
        return 0;
    }
    if (im_is_int_like(v)) {
        uint64_t n;
        p->ffi = &im_ffi_int;
        if (!im_int_get_u64(v, &n)) {
            int64_t s;
            if (!im_int_get64(v, &s)) return im_raise_overflow(t, "int too long to convert"), -1;
            n = (uint64_t)s;
        }
        p->value.i = (int)n;
        return 0;
    }
    if (im_is_bytes(v)) {
        p->ffi = &im_ffi_pointer;
        p->value.p = im_bytes_data(v);
        p->keep = im_new_ref(v);
        return 0;
    }
    if (im_is_str(v)) return pass_str(t, v, p);
    Value as;
    int found = im_lookup_attr(t, v, IM_S(_as_parameter_), &as);
    if (found < 0) return -1;
    if (found) {
        int r = -1;
        if (im_recurse_enter(t, " while processing _as_parameter_") == 0) {
            r = convert(t, as, index, p);
            im_recurse_leave(t);
        }
        im_drop(t, as);
        return r;
    }
    return im_raise_type(t, "Don't know how to convert parameter %zd", (ssize_t)index), -1;
}
Value im_c_converters(Thread *t, Value argtypes)
{
    Value types = im_to_tuple(t, argtypes), list = IM_NO_VALUE, r = IM_NO_VALUE;
    if (im_no_value(types)) return types;
    ssize_t n = im_tuple_len(types);
    if (n > MAX_ARGS) {
        im_raise(t, im_as_type(im_c_x_argument_error), "_argtypes_ has too many arguments (%zd), maximum is %d", n, MAX_ARGS);
        goto done;
    }
    if (im_no_value(list = im_list_new(t, (size_t)n))) goto done;
    for (ssize_t k = 0; k < n; k++) {
        Value type = im_tuple_get(types, k), conv;
        ImCType *i = im_c_info(type);
        uint32_t flags = i && (i->kind == IM_C_STRUCT || i->kind == IM_C_UNION) ? i->flags : 0;
        if (flags & IM_C_HASUNION) {
            im_raise_type(t, "item %zd in _argtypes_ passes a union by value, which is unsupported.", k + 1);
            goto done;
        }
        if (flags & IM_C_HASBITFIELD) {
            im_raise_type(t, "item %zd in _argtypes_ passes a struct/union with a bitfield by value, which is unsupported.", k + 1);
            goto done;
        }
        int found = im_lookup_attr(t, type, IM_S(from_param), &conv);
        if (found == 0) im_raise_type(t, "item %zd in _argtypes_ has no from_param method", k + 1);
        if (found <= 0 || im_list_append_steal(t, list, conv) < 0) goto done;
    }
    r = im_list_to_tuple(t, list);
done:
    im_drop(t, types);
    im_xdrop(t, list);
    return r;
}

/* --- calls ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value result_of(Thread *t, Value restype, void *at, Value checker)
{
    ImCType *i = im_no_value(restype) ? NULL : im_c_info(restype);
    Value r;
    if (im_no_value(restype)) return im_int(*(int *)at);
    if (im_is_none(restype)) return im_pending(t) ? IM_NO_VALUE : IM_NONE;
    if (!i) return im_call1(t, restype, im_int(*(int *)at));
    if (i->get && !im_c_is_derived_simple(restype)) {
        r = i->get(t, at, i->size);
        if (!im_no_value(r) && i->code == 'O') im_drop(t, r); /* the function gave its reference */
    } else {
        r = im_c_data_at(t, restype, IM_NO_VALUE, 0, at);
    }
    if (im_no_value(r) || im_no_value(checker)) return r;
    Value checked = im_call1(t, checker, r);
    im_drop(t, r);
    return checked;
}
static int invoke(Thread *t, void *fn, Passed *p, size_t n, size_t fixed, const ffi_type *rtype, void *result, uint32_t flags)
{
    ffi_type *types[n + 1];
    void *values[n + 1];
    ffi_cif cif;
    for (size_t k = 0; k < n; k++) {
        types[k] = (ffi_type *)(uintptr_t)p[k].ffi;
        values[k] = p[k].at;
    }
    ffi_type *rt = (ffi_type *)(uintptr_t)rtype;
    ffi_status st = fixed < n ? ffi_prep_cif_var(&cif, FFI_DEFAULT_ABI, (unsigned)fixed, (unsigned)n, rt, types) : ffi_prep_cif(&cif, FFI_DEFAULT_ABI, (unsigned)n, rt, types);
    if (st != FFI_OK) return im_raise_runtime(t, "ffi_prep_cif failed"), -1;
    bool detach = !(flags & IM_C_PYTHONAPI);
    if (detach) im_thread_detach(t);
    if (flags & IM_C_USE_ERRNO) {
        int e = saved_errno;
        saved_errno = errno;
        errno = e;
    }
    ffi_call(&cif, FFI_FN(fn), result, values);
    if (flags & IM_C_USE_ERRNO) {
        int e = saved_errno;
        saved_errno = errno;
        errno = e;
    }
    if (detach) im_thread_attach(t);
    return !detach && im_pending(t) ? -1 : 0;
}
Value im_c_call(Thread *t, void *fn, Value args, uint32_t flags, Value converters, Value restype, Value checker)
{
    size_t n = (size_t)im_tuple_len(args), fixed = im_no_value(converters) ? n : (size_t)im_tuple_len(converters), done = 0;
    if (n > MAX_ARGS) return im_raise(t, im_as_type(im_c_x_argument_error), "too many arguments (%zd), maximum is %d", (ssize_t)n, MAX_ARGS);
    Passed p[n + 1];
    Value r = IM_NO_VALUE;
    for (; done < n; done++) {
        Passed *q = &p[done];
        q->keep = IM_NO_VALUE;
        Value v = im_tuple_get(args, (ssize_t)done), own = IM_NO_VALUE;
        int ok = 0;
        if (!im_no_value(converters) && done < fixed) {
            own = im_call1(t, im_tuple_get(converters, (ssize_t)done), v);
            ok = im_no_value(own) ? -1 : convert(t, own, done + 1, q);
        } else {
            ok = convert(t, v, done + 1, q);
        }
        if (ok < 0) {
            im_c_extend_error(t, im_as_type(im_c_x_argument_error), "argument %zd: ", (ssize_t)done + 1);
            im_xdrop(t, own);
            im_xdrop(t, q->keep);
            goto out;
        }
        /* What the converter made is needed as long as the call runs. */
        if (im_no_value(q->keep)) q->keep = own;
        else im_xdrop(t, own);
    }
    ImCType *i = im_no_value(restype) ? NULL : im_c_info(restype);
    const ffi_type *rtype = im_is_none(restype) ? &im_ffi_void : i ? i->ffi : &im_ffi_int;
    size_t room = rtype->size > sizeof(ffi_arg) ? rtype->size : sizeof(ffi_arg);
    _Alignas(16) char small[64], *at = room <= sizeof small ? small : im_raw_alloc(t, room);
    if (at) {
        memset(at, 0, room);
        if (invoke(t, fn, p, n, fixed < n && fixed ? fixed : n, rtype, at, flags) == 0) r = result_of(t, restype, at, checker);
        if (at != small) im_raw_free(at);
    }
out:
    for (size_t k = 0; k < done; k++) im_xdrop(t, p[k].keep);
    return r;
}

/* --- callbacks -------------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Thunk {
    ImObject head;
    ffi_closure *closure;
    void *code;
    ffi_cif cif;
    ffi_type **atypes;
    Value callable, argtypes, restype;
    uint32_t flags;
} Thunk;

static void unraisable(Thread *t, const char *what, Value callable)
{
    Value e = im_exc_fetch(t), msg = im_str_format(t, "Exception ignored %s ctypes callback function %R", what, callable);
    const char *text = im_no_value(msg) ? NULL : im_str_utf8(t, msg, NULL);
    im_exc_restore(t, e);
    im_write_unraisable(t, text, IM_NO_VALUE);
    im_xdrop(t, msg);
}
static Value callback_arg(Thread *t, Value type, void *at)
{
    ImCType *i = im_c_info(type);
    if (i && i->get && !im_c_is_derived_simple(type)) return i->get(t, at, i->size);
    if (!i) return im_raise_type(t, "cannot build parameter");
    Value v = im_call0(t, type);
    if (im_no_value(v)) return v;
    if (!im_is_c_data(v)) {
        im_drop(t, v);
        return im_raise_type(t, "unexpected result of create argument");
    }
    memcpy(IM_C(v)->ptr, at, (size_t)i->size);
    return v;
}
static void run_callback(Thread *t, Thunk *k, void *result, void **args)
{
    size_t n = (size_t)im_tuple_len(k->argtypes), made = 0;
    Value v[n + 1], r = IM_NO_VALUE;
    for (; made < n; made++) {
        v[made] = callback_arg(t, im_tuple_get(k->argtypes, (ssize_t)made), args[made]);
        if (im_no_value(v[made])) break;
    }
    if (made < n) unraisable(t, "on building an argument of", k->callable);
    else if (im_no_value(r = im_call(t, k->callable, v, n, IM_NO_VALUE))) unraisable(t, "on calling", k->callable);
    for (size_t j = 0; j < made; j++) im_drop(t, v[j]);
    ImCType *i = im_c_info(k->restype);
    if (i && !im_no_value(r)) {
        Value keep = i->set(t, result, r, 0);
        if (im_no_value(keep)) unraisable(t, "on converting result of", k->callable);
        else if (!im_is_none(keep) && i->code != 'O' && im_warn(t, &im_RuntimeWarning_type, 1, "memory leak in callback function.") < 0)
            unraisable(t, "on converting result of", k->callable);
        /* What `keep` refers to now belongs to C. */
    }
    im_xdrop(t, r);
}
enum { WAS_ATTACHED, WAS_DETACHED, WAS_FOREIGN };
int im_c_enter(void)
{
    Thread *t = im_thread_current();
    if (t && t->attached) return WAS_ATTACHED;
    if (t) {
        im_thread_attach(t);
        return WAS_DETACHED;
    }
    if (!(t = im_thread_adopt()) || (im_frame_hooks.thread_init && im_frame_hooks.thread_init(t) < 0)) im_fatal("out of memory for a thread that comes in from C");
    return WAS_FOREIGN;
}
void im_c_leave(int entered)
{
    Thread *t = im_thread_current();
    if (entered == WAS_DETACHED) im_thread_detach(t);
    if (entered != WAS_FOREIGN) return;
    im_thread_local_leave(t);
    IM_CLEAR(t, t->context);
    if (im_frame_hooks.thread_fini) im_frame_hooks.thread_fini(t);
    im_thread_leave(t);
}
static void enter_callback(ffi_cif *cif, void *result, void **args, void *data)
{
    Thunk *k = data;
    int e = errno;
    if (cif->rtype->type != FFI_TYPE_VOID) memset(result, 0, cif->rtype->size < sizeof(ffi_arg) ? sizeof(ffi_arg) : cif->rtype->size);
    int entered = im_c_enter();
    Thread *t = im_thread_current();
    if (k->flags & IM_C_USE_ERRNO) {
        int fresh = e;
        e = im_c_swap_errno(fresh);
    }
    Value pending = im_exc_fetch(t), self = im_new_ref(im_value(k)); /* the callback may drop the last other reference */
    run_callback(t, k, result, args);
    im_drop(t, self);
    im_exc_restore(t, pending);
    if (k->flags & IM_C_USE_ERRNO) e = im_c_swap_errno(e);
    im_c_leave(entered);
    errno = e;
}
Value im_c_thunk_new(Thread *t, Value callable, Value argtypes, Value restype, uint32_t flags)
{
    Value v = im_instance_new(t, &im_c_thunk_type);
    if (im_no_value(v)) return v;
    Thunk *k = (Thunk *)im_ptr(v);
    size_t n = (size_t)im_tuple_len(argtypes);
    ImCType *ri = im_no_value(restype) ? NULL : im_c_info(restype);
    k->callable = im_new_ref(callable);
    k->argtypes = im_new_ref(argtypes);
    k->restype = im_no_value(restype) ? IM_NONE : im_new_ref(restype);
    k->flags = flags;
    if (!im_no_value(restype) && !im_is_none(restype) && (!ri || !ri->set)) {
        im_raise_type(t, "invalid result type for callback function");
        goto fail;
    }
    if (!(k->atypes = im_raw_alloc(t, (n + 1) * sizeof *k->atypes))) goto fail;
    for (size_t j = 0; j < n; j++) {
        ImCType *i = im_c_info(im_tuple_get(argtypes, (ssize_t)j));
        k->atypes[j] = (ffi_type *)(uintptr_t)(i ? i->ffi : &im_ffi_int);
    }
    if (!(k->closure = ffi_closure_alloc(sizeof *k->closure, &k->code))) {
        im_raise_memory(t);
        goto fail;
    }
    if (ffi_prep_cif(&k->cif, FFI_DEFAULT_ABI, (unsigned)n, (ffi_type *)(uintptr_t)(ri ? ri->ffi : &im_ffi_void), k->atypes) != FFI_OK ||
        ffi_prep_closure_loc(k->closure, &k->cif, enter_callback, k, k->code) != FFI_OK) {
        im_raise_runtime(t, "ffi_prep_closure failed");
        goto fail;
    }
    if (im_rt.x_threads_started && !im_rt.gil) im_publish(t, v); /* any thread may call it */
    return v;
fail:
    im_drop(t, v);
    return IM_NO_VALUE;
}
void *im_c_thunk_code(Value thunk) { return ((Thunk *)im_ptr(thunk))->code; }
static int thunk_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Thunk *k = (Thunk *)o;
    int r = im_is_object(k->callable) ? visit(k->callable, arg) : 0;
    if (!r && im_is_object(k->argtypes)) r = visit(k->argtypes, arg);
    return !r && im_is_object(k->restype) ? visit(k->restype, arg) : r;
}
static void thunk_clear(Thread *t, ImObject *o) { im_slot_put(t, o, &((Thunk *)o)->callable, IM_NONE); }
static void thunk_destroy(Thread *t, ImObject *o)
{
    Thunk *k = (Thunk *)o;
    if (k->closure) ffi_closure_free(k->closure);
    im_raw_free(k->atypes);
    im_destroy_child(t, k->callable);
    im_destroy_child(t, k->argtypes);
    im_destroy_child(t, k->restype);
}
const ImTypeSpec im_c_thunk_spec = {
    .name = "_ctypes.CThunkObject", .doc = "CThunkObject", .size = sizeof(Thunk), .flags = IM_TF_GC | IM_TF_NO_NEW, .traverse = thunk_traverse, .clear = thunk_clear, .destroy = thunk_destroy,
};
