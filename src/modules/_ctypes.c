/* _ctypes: C data and calls of C functions, for the library's ctypes. The module's functions; the types are in _ctypes_*.c.
 * SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdio.h>

#include "modules/_ctypes.h"
#include "modules/audit.h"

Value im_c_x_argument_error, im_c_x_pointer_cache, im_c_x_array_cache, im_c_x_unpickle;

/* --- facts ------------------------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(m_sizeof)
{
    ImCType *i = im_c_info(args[0]);
    if (i) return im_int(i->size);
    if (im_is_c_data(args[0])) return im_int(IM_C(args[0])->size);
    return im_raise_type(t, "this type has no size");
}
IM_METHOD(m_alignment)
{
    ImCType *i = im_c_info(args[0]);
    if (!i && im_is_c_data(args[0])) i = im_c_info_of(args[0]);
    return i ? im_int(i->align) : im_raise_type(t, "no alignment info");
}
IM_METHOD(m_byref)
{
    ssize_t offset = 0;
    if (nargs > 1 && im_as_ssize(t, args[1], &im_OverflowError_type, &offset) < 0) return IM_NO_VALUE;
    if (!im_is_c_data(args[0])) return im_raise_type(t, "byref() argument must be a ctypes instance, not '%T'", args[0]);
    Value a = im_c_arg_new(t, 'P', &im_ffi_pointer, args[0]);
    if (!im_no_value(a)) ((ImCArg *)im_ptr(a))->value.p = IM_C(args[0])->ptr + offset;
    return a;
}
IM_METHOD(m_addressof)
{
    if (!im_is_c_data(args[0])) return im_raise_type(t, "invalid type");
    if (IM_AUDIT(t, "ctypes.addressof", args[0]) < 0) return IM_NO_VALUE;
    return im_int_from_u64(t, (uintptr_t)IM_C(args[0])->ptr);
}
IM_METHOD(m_resize)
{
    ssize_t size;
    if (im_as_ssize(t, args[1], &im_OverflowError_type, &size) < 0) return IM_NO_VALUE;
    if (!im_is_c_data(args[0])) return im_raise_type(t, "expected ctypes instance");
    return im_c_data_resize(t, args[0], size) < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(m_buffer_info)
{
    ImCType *i = im_c_info(args[0]);
    if (!i && im_is_c_data(args[0])) i = im_c_info_of(args[0]);
    if (!i) return im_raise_type(t, "not a ctypes type or object");
    Value shape = im_tuple_new(t, (size_t)i->ndim);
    if (im_no_value(shape)) return shape;
    for (int k = 0; k < i->ndim; k++) im_tuple_items(shape)[k] = im_int(i->shape[k]);
    return im_tuple_of(t, (Value[]){im_str_from_cstr(t, i->format ? i->format : "B"), im_int(i->ndim), shape}, 3);
}
IM_METHOD(m_pointer_type) { return im_c_pointer_type_of(t, args[0]); }
IM_METHOD(m_pointer) { return im_c_pointer(t, args[0]); }
IM_METHOD(m_get_errno)
{
    if (IM_AUDIT(t, "ctypes.get_errno", ) < 0) return IM_NO_VALUE;
    int e = im_c_swap_errno(0);
    im_c_swap_errno(e);
    return im_int(e);
}
IM_METHOD(m_set_errno)
{
    int e;
    if (im_as_int(t, args[0], &e) < 0 || IM_AUDIT(t, "ctypes.set_errno", args[0]) < 0) return IM_NO_VALUE;
    return im_int(im_c_swap_errno(e));
}
IM_METHOD(m_unpickle)
{
    Value v = im_call_method1(t, args[0], IM_S(__new__), args[0]);
    if (im_no_value(v)) return v;
    Value set = im_getattr(t, v, IM_S(__setstate__)), r = im_no_value(set) ? set : im_call_ex(t, set, args[1], IM_NO_VALUE);
    im_xdrop(t, set);
    if (im_no_value(r)) {
        im_drop(t, v);
        return r;
    }
    im_drop(t, r);
    return v;
}

/* --- libraries and raw calls ----------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(m_dlopen)
{
    Value bytes = IM_NO_VALUE;
    int mode = RTLD_NOW;
    const char *name = NULL;
    if (nargs > 1 && im_as_int(t, args[1], &mode) < 0) return IM_NO_VALUE;
    mode |= RTLD_NOW;
    if (!im_is_none(args[0]) && !(name = im_fs_string(t, args[0], &bytes))) return IM_NO_VALUE;
    if (IM_AUDIT(t, "ctypes.dlopen", args[0]) < 0) {
        im_xdrop(t, bytes);
        return IM_NO_VALUE;
    }
    void *h;
    char why[500] = "ctypes.dlopen() error";
    IM_DETACH(t);
    h = dlopen(name, mode);
    if (!h) {
        const char *error = dlerror();
        if (error) snprintf(why, sizeof why, "%s", error);
    }
    IM_ATTACH(t);
    im_xdrop(t, bytes);
    return h ? im_int_from_u64(t, (uintptr_t)h) : im_raise(t, &im_OSError_type, "%s", why);
}
static int pointer_arg(Thread *t, Value v, void **out)
{
    uint64_t n;
    if (!im_is_int_like(v)) return im_raise_type(t, "an integer is required"), -1;
    if (im_as_uint64_wrap(t, v, &n) < 0) return -1;
    *out = (void *)(uintptr_t)n;
    return 0;
}
static Value dl_error(Thread *t)
{
    char why[400];
    const char *error = dlerror();
    snprintf(why, sizeof why, "%s", error ? error : "ctypes.dlsym() error");
    return im_raise(t, &im_OSError_type, "%s", why);
}
IM_METHOD(m_dlclose)
{
    void *h;
    if (pointer_arg(t, args[0], &h) < 0) return IM_NO_VALUE;
    return dlclose(h) ? dl_error(t) : IM_NONE;
}
IM_METHOD(m_dlsym)
{
    void *h, *p;
    const char *name;
    if (pointer_arg(t, args[0], &h) < 0) return IM_NO_VALUE;
    if (!im_is_str(args[1])) return im_raise_type(t, "dlsym() argument 2 must be str, not %T", args[1]);
    if (!(name = im_str_utf8(t, args[1], NULL)) || IM_AUDIT(t, "ctypes.dlsym/handle", args[0], args[1]) < 0) return IM_NO_VALUE;
    dlerror();
    p = dlsym(h, name);
    if (p) return im_int_from_u64(t, (uintptr_t)p);
    const char *error = dlerror();
    char why[400];
    if (!error) return im_raise(t, &im_OSError_type, "symbol '%s' not found", name);
    snprintf(why, sizeof why, "%s", error);
    return im_raise(t, &im_OSError_type, "%s", why);
}
static Value raw_call(Thread *t, const Value *args, uint32_t flags)
{
    void *fn;
    if (pointer_arg(t, args[0], &fn) < 0) return IM_NO_VALUE;
    if (!im_is_tuple(args[1])) return im_raise_type(t, "call_function() argument 2 must be tuple, not %T", args[1]);
    if (IM_AUDIT(t, "ctypes.call_function", args[0], args[1]) < 0) return IM_NO_VALUE;
    return im_c_call(t, fn, args[1], flags, IM_NO_VALUE, IM_NO_VALUE, IM_NO_VALUE);
}
IM_METHOD(m_call_function) { return raw_call(t, args, 0); }
IM_METHOD(m_call_cdecl) { return raw_call(t, args, IM_C_CDECL); }
IM_METHOD(m_from_ptr)
{
    void *p;
    if (pointer_arg(t, args[0], &p) < 0 || IM_AUDIT(t, "ctypes.PyObj_FromPtr", args[0]) < 0) return IM_NO_VALUE;
    return im_new_ref((Value){(uintptr_t)p});
}
IM_METHOD(m_incref) { im_take(args[0]); return im_new_ref(args[0]); }
IM_METHOD(m_decref) { im_drop(t, args[0]); return im_new_ref(args[0]); }

/* --- C functions that ctypes calls by address, with Values as py_object -------------------------------------------------------------------------------------------- */

static uint64_t string_at(const char *p, int size)
{
    Thread *t = im_thread_current();
    if (IM_AUDIT(t, "ctypes.string_at", im_int_from_u64(t, (uintptr_t)p), im_int(size)) < 0) return 0;
    if (size < -1) return im_raise_system(t, "Negative size passed to PyBytes_FromStringAndSize").bits;
    return im_bytes_new(t, p, size < 0 ? (ssize_t)strlen(p) : size).bits;
}
static uint64_t wstring_at(const wchar_t *p, int size)
{
    Thread *t = im_thread_current();
    if (IM_AUDIT(t, "ctypes.wstring_at", im_int_from_u64(t, (uintptr_t)p), im_int(size)) < 0) return 0;
    if (size < -1) return im_bad_internal_call(t).bits;
    return im_str_from_wchars(t, p, size < 0 ? (ssize_t)wcslen(p) : size).bits;
}
static bool castable(Value type)
{
    ImCType *i = im_c_info(type);
    return i && (i->kind == IM_C_POINTER || i->kind == IM_C_FUNC || (i->kind == IM_C_SIMPLE && strchr("PzZO", i->code)));
}
static uint64_t cast(void *p, uint64_t src_bits, uint64_t type_bits)
{
    Thread *t = im_thread_current();
    Value src = {src_bits}, type = {type_bits};
    if (!castable(type)) {
        if (im_is_type(type)) im_raise_type(t, "cast() argument 2 must be a pointer, not %N", im_as_type(type));
        else im_raise_type(t, "cast() argument 2 must be a pointer, not %T", type);
        return 0;
    }
    Value r = im_call0(t, type);
    if (im_no_value(r)) return 0;
    if (im_is_c_data(src)) { /* the result shares what the source keeps alive, and keeps the source */
        Value kept = im_c_kept(t, src), key = IM_NO_VALUE;
        int rc = im_no_value(kept) ? -1 : 0;
        if (rc == 0 && im_is_dict_exact(kept)) {
            key = im_int_from_u64(t, src.bits);
            rc = im_no_value(key) ? -1 : im_dict_set(t, kept, key, src);
            im_xdrop(t, key);
        }
        if (rc < 0) {
            im_xdrop(t, kept);
            im_drop(t, r);
            return 0;
        }
        if (im_is_object(kept)) im_slot_put(t, im_ptr(r), &IM_C(r)->x_objects, kept);
    }
    memcpy(IM_C(r)->ptr, &p, sizeof p);
    return r.bits;
}

static const ImMethodDef functions[] = {
    IM_FIXED("sizeof", m_sizeof, 1, "($self, object, /)", "sizeof(C type) -> integer\nsizeof(C instance) -> integer\nReturn the size in bytes of a C instance"),
    IM_FIXED("alignment", m_alignment, 1, "($self, object, /)", "alignment(C type) -> integer\nalignment(C instance) -> integer\nReturn the alignment requirements of a C instance"),
    IM_RANGE("byref", m_byref, 1, 2, NULL, "byref(C instance[, offset=0]) -> byref-object\nReturn a pointer lookalike to a C instance, only usable\nas function argument"),
    IM_FIXED("addressof", m_addressof, 1, "($self, object, /)", "addressof(C instance) -> integer\nReturn the address of the C instance internal buffer"),
    IM_FIXED("resize", m_resize, 2, NULL, "Resize the memory buffer of a ctypes instance"), IM_FIXED("buffer_info", m_buffer_info, 1, "($self, object, /)", "Return buffer interface information"),
    IM_FIXED("POINTER", m_pointer_type, 1, "($module, type, /)", "Create and return a new ctypes pointer type.\n\n  type\n    A ctypes type.\n\nPointer types are cached and reused internally,\nso calling this function repeatedly is cheap."),
    IM_FIXED("pointer", m_pointer, 1, "($module, obj, /)", "Create a new pointer instance, pointing to 'obj'.\n\nThe returned object is of the type POINTER(type(obj)). Note that if you\njust want to pass a pointer to an object to a foreign function call, you\nshould use byref(obj) which is much faster."),
    IM_FIXED("get_errno", m_get_errno, 0, "($self, /)", NULL), IM_FIXED("set_errno", m_set_errno, 1, NULL, NULL), IM_FIXED("_unpickle", m_unpickle, 2, NULL, NULL),
    IM_RANGE("dlopen", m_dlopen, 1, 2, NULL, "dlopen(name, flag={RTLD_GLOBAL|RTLD_LOCAL}) open a shared library"), IM_FIXED("dlclose", m_dlclose, 1, NULL, "dlclose a library"),
    IM_FIXED("dlsym", m_dlsym, 2, NULL, "find symbol in shared library"), IM_FIXED("call_function", m_call_function, 2, NULL, NULL), IM_FIXED("call_cdeclfunction", m_call_cdecl, 2, NULL, NULL),
    IM_FIXED("PyObj_FromPtr", m_from_ptr, 1, NULL, NULL), IM_FIXED("Py_INCREF", m_incref, 1, "($self, object, /)", NULL), IM_FIXED("Py_DECREF", m_decref, 1, "($self, object, /)", NULL), IM_END,
};

static int ready_types(Thread *t)
{
    static const struct { ImType *type; const ImTypeSpec *spec; } rows[] = {
        {&im_c_meta_type, &im_c_meta_spec}, {&im_c_meta_simple_type, &im_c_meta_simple_spec}, {&im_c_meta_pointer_type, &im_c_meta_pointer_spec},
        {&im_c_meta_array_type, &im_c_meta_array_spec}, {&im_c_meta_struct_type, &im_c_meta_struct_spec}, {&im_c_meta_union_type, &im_c_meta_union_spec},
        {&im_c_meta_func_type, &im_c_meta_func_spec}, {&im_c_data_type, &im_c_data_spec}, {&im_c_simple_type.type, &im_c_simple_spec}, {&im_c_pointer_type.type, &im_c_pointer_spec},
        {&im_c_array_type.type, &im_c_array_spec}, {&im_c_struct_type.type, &im_c_struct_spec}, {&im_c_union_type.type, &im_c_union_spec}, {&im_c_func_type.type, &im_c_func_spec},
        {&im_c_arg_type, &im_c_arg_spec}, {&im_c_field_type, &im_c_field_spec}, {&im_c_thunk_type, &im_c_thunk_spec},
    };
    for (size_t k = 0; k < IM_COUNTOF(rows); k++)
        if (im_type_ready(t, rows[k].type, rows[k].spec) < 0) return -1;
    return 0;
}
static int make_shared(Thread *t, Value m)
{
    Value key = im_str_from_cstr(t, "_unpickle");
    if (im_no_value(key)) return -1;
    im_c_x_unpickle = im_getattr(t, m, key);
    im_drop(t, key);
    im_c_x_argument_error = im_new_exception(t, "ctypes.ArgumentError", &im_Exception_type);
    im_c_x_pointer_cache = im_dict_new(t);
    im_c_x_array_cache = im_dict_new(t);
    if (im_no_value(im_c_x_unpickle) || im_no_value(im_c_x_argument_error) || im_no_value(im_c_x_pointer_cache) || im_no_value(im_c_x_array_cache)) return -1;
    im_root_add(&im_c_x_unpickle);
    im_root_add(&im_c_x_argument_error);
    im_root_add(&im_c_x_pointer_cache);
    im_root_add(&im_c_x_array_cache);
    return 0;
}
static int exec(Thread *t, Value m)
{
    static const ImIntRow rows[] = {
        {"FUNCFLAG_CDECL", IM_C_CDECL}, {"FUNCFLAG_PYTHONAPI", IM_C_PYTHONAPI}, {"FUNCFLAG_USE_ERRNO", IM_C_USE_ERRNO}, {"FUNCFLAG_USE_LASTERROR", IM_C_USE_LASTERROR},
        {"RTLD_LOCAL", RTLD_LOCAL}, {"RTLD_GLOBAL", RTLD_GLOBAL}, {"SIZEOF_TIME_T", sizeof(time_t)}, {"CTYPES_MAX_ARGCOUNT", 1024},
    };
    const struct { const char *name; uintptr_t p; } addresses[] = {
        {"_memmove_addr", (uintptr_t)memmove}, {"_memset_addr", (uintptr_t)memset}, {"_string_at_addr", (uintptr_t)string_at}, {"_wstring_at_addr", (uintptr_t)wstring_at},
        {"_cast_addr", (uintptr_t)cast},
    };
    if (im_c_ffi_load(t) < 0 || ready_types(t) < 0) return -1;
    if (im_no_value(im_c_x_unpickle) && make_shared(t, m) < 0) return -1;
    if (IM_ADD_INT_ROWS(t, m, rows) < 0) return -1;
    for (size_t k = 0; k < IM_COUNTOF(addresses); k++)
        if (im_module_add(t, m, addresses[k].name, im_int_from_u64(t, addresses[k].p)) < 0) return -1;
    ImType *const types[] = {&im_c_struct_type.type, &im_c_union_type.type, &im_c_pointer_type.type, &im_c_array_type.type, &im_c_simple_type.type, &im_c_func_type.type};
    for (size_t k = 0; k < IM_COUNTOF(types); k++)
        if (im_module_add_type(t, m, types[k]) < 0) return -1;
    if (im_module_add(t, m, "ArgumentError", im_new_ref(im_c_x_argument_error)) < 0 || im_module_add(t, m, "_pointer_type_cache", im_new_ref(im_c_x_pointer_cache)) < 0) return -1;
    return im_module_add_str(t, m, "__version__", "1.1.0");
}
static const ImModuleDef def = {.name = "_ctypes", .doc = "Create and manipulate C compatible data types in Python.", .methods = functions, .exec = exec};
IM_MODULE(def);
