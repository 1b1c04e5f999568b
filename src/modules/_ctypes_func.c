/* _ctypes: CFuncPtr: functions of libraries, addresses and callables as C functions; in and out parameters.
 * SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdio.h>

#include "modules/_ctypes.h"
#include "modules/audit.h"

ImCType im_c_func_type;
#define FUNC(v) ((ImCFunc *)im_ptr(v))
enum { P_IN = 1, P_OUT = 2, P_LCID = 4 };

/* --- making ---------------------------------------------------------------------------------------------------------------------------------------------- */

static bool may_be_out(ImCType *i) { return i && (i->kind == IM_C_POINTER || i->kind == IM_C_ARRAY || (i->kind == IM_C_SIMPLE && strchr("PzZ", i->code))); }
static int check_paramflags(Thread *t, ImCType *i, Value flags)
{
    if (im_no_value(flags) || im_no_value(i->argtypes)) return 0;
    if (!im_is_tuple(flags)) return im_raise_type(t, "paramflags must be a tuple or None"), -1;
    if (im_tuple_len(flags) != im_tuple_len(i->argtypes)) return im_raise_valueerror(t, "paramflags must have the same length as argtypes"), -1;
    for (ssize_t k = 0; k < im_tuple_len(flags); k++) {
        Value item = im_tuple_get(flags, k), type = im_tuple_get(i->argtypes, k);
        ssize_t n = im_is_tuple(item) ? im_tuple_len(item) : 0;
        int flag;
        bool ok = n >= 1 && n <= 3 && im_as_int(t, im_tuple_get(item, 0), &flag) == 0 && (n < 2 || im_is_str(im_tuple_get(item, 1)) || im_is_none(im_tuple_get(item, 1)));
        if (!ok) {
            if (im_pending(t)) im_exc_clear(t);
            return im_raise_type(t, "paramflags must be a sequence of (int [,string [,value]]) tuples"), -1;
        }
        switch (flag & (P_IN | P_OUT | P_LCID)) {
        case 0: case P_IN: case P_IN | P_LCID: case P_IN | P_OUT: break;
        case P_OUT:
            if (may_be_out(im_c_info(type))) break;
            if (im_is_type(type)) im_raise_type(t, "'out' parameter %zd must be a pointer type, not %N", k + 1, im_as_type(type));
            else im_raise_type(t, "'out' parameter %zd must be a pointer type, not %T", k + 1, type);
            return -1;
        default: return im_raise_type(t, "paramflag value %d not supported", flag), -1;
        }
    }
    return 0;
}
static Value from_address(Thread *t, ImType *type, void *p)
{
    Value v = im_c_data_new(t, type, NULL, 0, IM_NO_VALUE);
    if (!im_no_value(v)) memcpy(IM_C(v)->ptr, &p, sizeof p);
    return v;
}
static int dll_handle(Thread *t, Value dll, void **out)
{
    Value h = im_getattr(t, dll, IM_S(_handle));
    uint64_t n;
    if (im_no_value(h)) return -1;
    int r = im_is_int_like(h) ? im_as_uint64_wrap(t, h, &n) : (im_raise_type(t, "the _handle attribute of the second argument must be an integer"), -1);
    im_drop(t, h);
    if (r == 0) *out = (void *)(uintptr_t)n;
    return r;
}
static Value from_dll(Thread *t, ImType *type, Value spec, Value flags)
{
    ssize_t n = im_tuple_len(spec);
    if (n != 2) return im_raise_type(t, "illegal func_spec argument");
    Value name = im_tuple_get(spec, 0), dll = im_tuple_get(spec, 1);
    const char *s = im_is_str(name) ? im_str_utf8(t, name, NULL) : im_is_bytes(name) ? im_bytes_data(name) : NULL;
    if (!s) return im_pending(t) ? IM_NO_VALUE : im_raise_type(t, "the name/ordinal must be a string or bytes, not %T", name);
    if (IM_AUDIT(t, "ctypes.dlsym", dll, name) < 0) return IM_NO_VALUE;
    void *handle = NULL, *p;
    if (dll_handle(t, dll, &handle) < 0) return IM_NO_VALUE;
    dlerror();
    p = dlsym(handle, s);
    if (!p) {
        const char *error = dlerror();
        char why[400];
        if (!error) return im_raise_attr(t, "function '%s' not found", s);
        snprintf(why, sizeof why, "%s", error);
        return im_raise_attr(t, "%s", why);
    }
    ImCType *i = im_c_info(im_type_value(type));
    if (!i) return im_raise_type(t, "abstract class");
    if (im_is_none(flags)) flags = IM_NO_VALUE;
    if (check_paramflags(t, i, flags) < 0) return IM_NO_VALUE;
    Value v = from_address(t, type, p);
    if (im_no_value(v)) return v;
    if (!im_no_value(flags)) FUNC(v)->x_paramflags = im_new_ref(flags);
    if (im_c_keep(t, v, 0, im_new_ref(dll)) < 0) IM_CLEAR(t, v);
    return v;
}
static Value func_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs == 0) return im_c_data_new(t, type, args, nargs, kwnames);
    if (im_is_tuple(args[0])) {
        if (im_check_nargs(t, "CFuncPtr", nargs, 1, 2) < 0) return IM_NO_VALUE;
        return from_dll(t, type, args[0], nargs > 1 ? args[1] : IM_NO_VALUE);
    }
    if (nargs == 1 && im_is_int_like(args[0])) {
        uint64_t n;
        return im_as_uint64_wrap(t, args[0], &n) < 0 ? IM_NO_VALUE : from_address(t, type, (void *)(uintptr_t)n);
    }
    if (im_check_nargs(t, "CFuncPtr", nargs, 1, 1) < 0) return IM_NO_VALUE;
    if (!im_callable(args[0])) return im_raise_type(t, "argument must be callable or integer function address");
    ImCType *i = im_c_info(im_type_value(type));
    if (!i || im_no_value(i->argtypes)) return im_raise_type(t, "cannot construct instance of this class: no argtypes");
    Value types = im_to_tuple(t, i->argtypes);
    if (im_no_value(types)) return types;
    Value thunk = im_c_thunk_new(t, args[0], types, i->restype, i->flags);
    im_drop(t, types);
    if (im_no_value(thunk)) return thunk;
    Value v = from_address(t, type, im_c_thunk_code(thunk));
    if (!im_no_value(v)) {
        FUNC(v)->x_callable = im_new_ref(args[0]);
        FUNC(v)->x_thunk = im_new_ref(thunk);
        if (im_c_keep(t, v, 0, im_new_ref(thunk)) < 0) IM_CLEAR(t, v);
    }
    im_drop(t, thunk);
    return v;
}

/* --- parameters ----------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Build {
    Thread *t;
    const Value *args;
    size_t nargs, used;
    Value kwnames;
    uint32_t out, inout; /* bits: parameters to return */
    int results;
} Build;

/* The next argument: owned. */
static Value next_arg(Build *b, Value name, Value dflt)
{
    if (b->used < b->nargs) return im_new_ref(b->args[b->used++]);
    bool named = !im_no_value(name) && im_is_str(name);
    for (ssize_t k = 0; named && !im_no_value(b->kwnames) && k < im_tuple_len(b->kwnames); k++)
        if (im_str_equal(im_tuple_get(b->kwnames, k), name)) {
            b->used++;
            return im_new_ref(b->args[b->nargs + (size_t)k]);
        }
    if (!im_no_value(dflt)) return im_new_ref(dflt);
    if (named) return im_raise_type(b->t, "required argument '%U' missing", name);
    return im_raise_type(b->t, "not enough arguments");
}
static Value out_arg(Build *b, Value type, Value dflt)
{
    if (!im_no_value(dflt)) return im_new_ref(dflt);
    ImCType *i = im_c_info(type);
    if (!i) return im_raise(b->t, &im_RuntimeError_type, "NULL stgdict unexpected");
    if (i->kind == IM_C_SIMPLE) return im_raise_type(b->t, "%N 'out' parameter must be passed as default value", im_as_type(type));
    return im_call0(b->t, i->kind == IM_C_ARRAY ? type : i->proto);
}
/* The tuple of arguments for the call. */
static Value build_args(Build *b, Value argtypes, Value flags)
{
    Thread *t = b->t;
    if (im_no_value(flags) || im_no_value(argtypes) || im_tuple_len(argtypes) == 0) return im_tuple_from_array(t, b->args, b->nargs);
    ssize_t n = im_tuple_len(argtypes);
    Value items[n], r;
    for (ssize_t k = 0; k < n; k++) {
        Value p = im_tuple_get(flags, k), name = im_tuple_len(p) > 1 ? im_tuple_get(p, 1) : IM_NO_VALUE, dflt = im_tuple_len(p) > 2 ? im_tuple_get(p, 2) : IM_NO_VALUE;
        int flag = 0;
        items[k] = IM_NO_VALUE;
        if (im_as_int(t, im_tuple_get(p, 0), &flag) == 0) switch (flag & (P_IN | P_OUT | P_LCID)) {
            case P_IN | P_LCID: items[k] = im_no_value(dflt) ? im_int(0) : im_new_ref(dflt); break;
            case P_IN | P_OUT:
                b->inout |= 1u << (k & 31);
                b->results++;
                __attribute__((fallthrough));
            case 0: case P_IN: items[k] = next_arg(b, name, dflt); break;
            case P_OUT:
                items[k] = out_arg(b, im_tuple_get(argtypes, k), dflt);
                b->out |= 1u << (k & 31);
                b->results++;
                break;
            default: im_raise_valueerror(t, "paramflag %d not yet implemented", flag);
            }
        if (im_no_value(items[k])) {
            while (k--) im_drop(t, items[k]);
            return IM_NO_VALUE;
        }
    }
    r = im_tuple_steal_array(t, items, (size_t)n);
    size_t given = b->nargs + (im_no_value(b->kwnames) ? 0 : (size_t)im_tuple_len(b->kwnames));
    if (im_no_value(r) || given == b->used) return r;
    im_drop(t, r);
    return im_raise_type(t, "call takes exactly %d arguments (%zd given)", (int)b->used, (ssize_t)given);
}
static Value one_result(Build *b, Value args, ssize_t k)
{
    Value v = im_tuple_get(args, k);
    return b->inout >> k & 1 ? im_new_ref(v) : im_call_method0(b->t, v, IM_S(__ctypes_from_outparam__));
}
/* Steals result. */
static Value build_result(Build *b, Value args, Value result)
{
    if (im_no_value(result) || b->results == 0) return result;
    im_drop(b->t, result);
    Value items[32];
    size_t n = 0;
    for (ssize_t k = 0; k < 32 && k < im_tuple_len(args); k++) {
        if (!((b->inout | b->out) >> k & 1)) continue;
        items[n] = one_result(b, args, k);
        if (im_no_value(items[n])) {
            while (n--) im_drop(b->t, items[n]);
            return IM_NO_VALUE;
        }
        n++;
    }
    return n == 1 ? items[0] : im_tuple_steal_array(b->t, items, n);
}

/* --- calling --------------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value own_or(Thread *t, Value *slot, Value inherited)
{
    Value v = im_slot_get(t, NULL, slot);
    return !im_no_value(v) ? v : im_no_value(inherited) ? v : im_new_ref(inherited);
}
static int check_count(Thread *t, uint32_t flags, Value converters, ssize_t actual)
{
    if (im_no_value(converters)) return 0;
    ssize_t required = im_tuple_len(converters);
    const char *s = required == 1 ? "" : "s";
    if ((flags & IM_C_CDECL) ? required <= actual : required == actual) return 0;
    return im_raise_type(t, flags & IM_C_CDECL ? "this function takes at least %zd argument%s (%zd given)" : "this function takes %zd argument%s (%zd given)", required, s, actual), -1;
}
static Value func_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImCFunc *f = FUNC(self);
    ImCType *i = im_c_info_of(self);
    void *fn;
    Value r = IM_NO_VALUE;
    if (!i) return im_raise_type(t, "abstract class");
    memcpy(&fn, f->data.ptr, sizeof fn);
    Value restype = own_or(t, &f->x_restype, i->restype), converters = own_or(t, &f->x_converters, i->converters), argtypes = own_or(t, &f->x_argtypes, i->argtypes);
    Value checker = !im_no_value(f->x_restype) ? im_slot_get(t, NULL, &f->x_checker) : own_or(t, &f->x_checker, i->checker), errcheck = im_slot_get(t, NULL, &f->x_errcheck);
    Build b = {.t = t, .args = args, .nargs = nargs, .kwnames = kwnames};
    Value call_args = build_args(&b, argtypes, f->x_paramflags);
    if (!im_no_value(call_args) && check_count(t, i->flags, converters, im_tuple_len(call_args)) == 0) {
        if (!fn) im_raise_valueerror(t, "attempt to call a NULL function pointer");
        else r = im_c_call(t, fn, call_args, i->flags, converters, restype, checker);
        bool finished = false;
        if (!im_no_value(r) && !im_no_value(errcheck)) {
            Value v = im_call3(t, errcheck, r, self, call_args);
            im_drop(t, r);
            finished = !im_same(v, call_args); /* only the arguments themselves mean: go on */
            r = v;
        }
        if (!finished) r = build_result(&b, call_args, r);
    }
    im_xdrop(t, call_args);
    im_xdrop(t, restype);
    im_xdrop(t, converters);
    im_xdrop(t, argtypes);
    im_xdrop(t, checker);
    im_xdrop(t, errcheck);
    return r;
}

/* --- attributes ---------------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value get_errcheck(Thread *t, Value self, void *c)
{
    (void)c;
    Value v = im_slot_get(t, NULL, &FUNC(self)->x_errcheck);
    return im_no_value(v) ? IM_NONE : v;
}
static int set_errcheck(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (!im_no_value(v) && !im_callable(v)) return im_raise_type(t, "the errcheck attribute must be callable"), -1;
    im_slot_put(t, im_ptr(self), &FUNC(self)->x_errcheck, im_no_value(v) ? v : im_new_ref(v));
    return 0;
}
static Value get_restype(Thread *t, Value self, void *c)
{
    (void)c;
    ImCType *i = im_c_info_of(self);
    Value v = own_or(t, &FUNC(self)->x_restype, i ? i->restype : IM_NO_VALUE);
    return im_no_value(v) ? IM_NONE : v;
}
static int set_restype(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    Value check = IM_NO_VALUE;
    if (!im_no_value(v)) {
        if (!im_is_none(v) && !im_c_info(v) && !im_callable(v)) return im_raise_type(t, "restype must be a type, a callable, or None"), -1;
        if (im_lookup_attr(t, v, IM_S(_check_retval_), &check) < 0) return -1;
    }
    im_slot_put(t, im_ptr(self), &FUNC(self)->x_checker, check);
    im_slot_put(t, im_ptr(self), &FUNC(self)->x_restype, im_no_value(v) ? v : im_new_ref(v));
    return 0;
}
static Value get_argtypes(Thread *t, Value self, void *c)
{
    (void)c;
    ImCType *i = im_c_info_of(self);
    Value v = own_or(t, &FUNC(self)->x_argtypes, i ? i->argtypes : IM_NO_VALUE);
    return im_no_value(v) ? IM_NONE : v;
}
static int set_argtypes(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    Value types = IM_NO_VALUE, conv = IM_NO_VALUE;
    if (!im_no_value(v) && !im_is_none(v)) {
        if (im_no_value(types = im_to_tuple(t, v))) return -1;
        if (im_no_value(conv = im_c_converters(t, types))) return im_drop(t, types), -1;
        im_drop(t, types);
        types = im_new_ref(v);
    }
    im_slot_put(t, im_ptr(self), &FUNC(self)->x_converters, conv);
    im_slot_put(t, im_ptr(self), &FUNC(self)->x_argtypes, types);
    return 0;
}
static int func_bool(Thread *t, Value self)
{
    (void)t;
    void *fn;
    memcpy(&fn, IM_C(self)->ptr, sizeof fn);
    return fn != NULL;
}
static Value func_repr(Thread *t, Value self) { return im_str_format(t, "<%T object at %p>", self, (void *)im_ptr(self)); }
static int func_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImCFunc *f = (ImCFunc *)o;
    Value v[] = {f->x_thunk, f->x_argtypes, f->x_converters, f->x_restype, f->x_checker, f->x_errcheck, f->x_callable, f->x_paramflags};
    int r;
    for (size_t k = 0; k < IM_COUNTOF(v); k++)
        if (im_is_object(v[k]) && (r = visit(v[k], arg)) != 0) return r;
    return im_c_data_type.core.traverse(o, visit, arg);
}
static void func_clear(Thread *t, ImObject *o)
{
    ImCFunc *f = (ImCFunc *)o;
    Value *v[] = {&f->x_thunk, &f->x_argtypes, &f->x_converters, &f->x_restype, &f->x_checker, &f->x_errcheck, &f->x_callable, &f->x_paramflags};
    for (size_t k = 0; k < IM_COUNTOF(v); k++) im_slot_put(t, o, v[k], IM_NO_VALUE);
    im_c_data_type.core.clear(t, o);
}
static void func_destroy(Thread *t, ImObject *o)
{
    ImCFunc *f = (ImCFunc *)o;
    Value v[] = {f->x_thunk, f->x_argtypes, f->x_converters, f->x_restype, f->x_checker, f->x_errcheck, f->x_callable, f->x_paramflags};
    for (size_t k = 0; k < IM_COUNTOF(v); k++) im_destroy_child(t, v[k]);
    im_c_data_type.core.destroy(t, o);
}
static const ImGetSetDef getset[] = {
    {"errcheck", get_errcheck, set_errcheck, "a function to check for errors", NULL}, {"restype", get_restype, set_restype, "specify the result type", NULL},
    {"argtypes", get_argtypes, set_argtypes, "specify the argument types", NULL}, IM_END,
};
static const ImSlots slots = {.new_ = func_new, .call = func_call, .bool_ = func_bool, .repr = func_repr, .getbuffer = im_c_data_getbuffer};
const ImTypeSpec im_c_func_spec = {
    .name = "_ctypes.CFuncPtr", .doc = "Function Pointer", .size = sizeof(ImCFunc), .flags = IM_TF_GC | IM_TF_BASETYPE, .base = &im_c_data_type, .metatype = &im_c_meta_func_type,
    .slots = &slots, .getset = getset, .traverse = func_traverse, .clear = func_clear, .destroy = func_destroy,
};
