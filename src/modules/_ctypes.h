/* What the files of _ctypes share.
 *
 * Classes of C data are instances of the metatypes below; each holds its C layout (size, alignment, libffi type, accessors) in the class object itself, written
 * while the class is made or its _fields_ are given, and final from the first use on. Instances point to memory: their own, or a part of another instance's, which
 * they then keep alive. The memory is C's: reads and writes of it are as unsynchronised as in C.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_CTYPES_H
#define IM_MODULES_CTYPES_H

#include <ffi.h>
#include <wchar.h>

#include "modules/syscall.h"

typedef struct ImCArg ImCArg;
typedef Value (*ImCGet)(Thread *t, const void *p, ssize_t size);
/* The object to be kept alive as long as the memory (owned), or None; no value: exception. size: of the item; of bit fields see IM_C_BITS. */
typedef Value (*ImCSet)(Thread *t, void *p, Value v, ssize_t size);
/* Bit fields: the low half of `size` is the offset from the low bit, the high half the width. */
#define IM_C_IS_BITS(size) ((size) >> 16 != 0)

typedef struct ImCCode {
    char code;
    ImCSet set;
    ImCGet get;
    const ffi_type *ffi;
    ImCSet set_swapped; /* other byte order; null: none */
    ImCGet get_swapped;
} ImCCode;
const ImCCode *im_c_code(uint32_t code); /* null: unknown */
extern const ffi_type im_ffi_void, im_ffi_pointer, im_ffi_int, im_ffi_uint8, im_ffi_uint16, im_ffi_uint32, im_ffi_uint64, im_ffi_float, im_ffi_double;
IM_MUST_USE Value im_c_chars_set(Thread *t, void *p, Value v, ssize_t size); /* fields of char arrays */
void im_c_put_wchars(wchar_t *to, Value str);
IM_MUST_USE Value im_c_wchars_set(Thread *t, void *p, Value v, ssize_t size);
IM_MUST_USE Value im_c_chars_get(Thread *t, const void *p, ssize_t size);
IM_MUST_USE Value im_c_wchars_get(Thread *t, const void *p, ssize_t size);
IM_MUST_USE Value im_str_from_wchars(Thread *t, const wchar_t *p, ssize_t len);

typedef enum ImCKind { IM_C_NONE, IM_C_SIMPLE, IM_C_POINTER, IM_C_ARRAY, IM_C_STRUCT, IM_C_UNION, IM_C_FUNC } ImCKind;
enum { IM_C_CDECL = 1, IM_C_PYTHONAPI = 4, IM_C_USE_ERRNO = 8, IM_C_USE_LASTERROR = 16,
    IM_C_ISPOINTER = 0x100, IM_C_HASPOINTER = 0x200, IM_C_HASUNION = 0x400, IM_C_HASBITFIELD = 0x800 };

typedef struct ImCType {
    ImType type;
    bool ready;          /* has a layout: not an abstract base */
    bool x_final;        /* used: the layout does not change any more */
    bool swapped;        /* simple: the other byte order */
    uint8_t kind;        /* ImCKind */
    char code;           /* simple: its type code */
    uint32_t flags;
    ssize_t size, align, length; /* bytes; bytes; fields, items, or 0 */
    const ffi_type *ffi; /* how it is passed and returned */
    ffi_type own;        /* structures: with elements of our own */
    ImCSet set;
    ImCGet get;
    char *format;        /* PEP 3118; raw memory */
    int ndim;
    ssize_t *shape;      /* raw memory */
    Value proto;         /* item or target type */
    Value argtypes, converters, restype, checker; /* functions; restype, checker: of results */
} ImCType;

typedef struct ImCData {
    ImObject head;
    char *ptr;
    ssize_t size, length, index; /* bytes; as in the type; which item of base this is */
    Value base;          /* the instance whose memory this is a part of, or no value */
    Value x_objects;     /* what the memory refers to: dict by place, another object, or no value. Exchange */
    bool owns;           /* ptr is raw memory of our own (or `small`) */
    _Alignas(16) char small[16];
} ImCData;

typedef struct ImCFunc {
    ImCData data;
    Value x_thunk, x_argtypes, x_converters, x_restype, x_checker, x_errcheck, x_callable, x_paramflags; /* no value: the type's, or none */
} ImCFunc;

/* An argument on its way: what byref() and from_param() give. */
struct ImCArg {
    ImObject head;
    const ffi_type *ffi;
    char tag;
    union { char c; signed char b; short h; int i; long l; long long q; long double g; double d; float f; void *p; bool o; } value;
    Value obj;           /* kept alive */
};

extern ImType im_c_meta_type, im_c_meta_simple_type, im_c_meta_pointer_type, im_c_meta_array_type, im_c_meta_struct_type, im_c_meta_union_type, im_c_meta_func_type;
extern ImType im_c_data_type, im_c_arg_type, im_c_field_type, im_c_thunk_type;
extern ImCType im_c_simple_type, im_c_pointer_type, im_c_array_type, im_c_struct_type, im_c_union_type, im_c_func_type;
extern Value im_c_x_argument_error, im_c_x_pointer_cache, im_c_x_array_cache, im_c_x_unpickle;

#define IM_C_TYPE(v) ((ImCType *)im_ptr(v))
#define IM_C(v) ((ImCData *)im_ptr(v))
/* The layout of a class, or null: not a class of C data, or an abstract one. */
IM_INLINE ImCType *im_c_info(Value type)
{
    if (!im_is_type(type) || !im_is_instance_of(type, &im_c_meta_type)) return NULL;
    return IM_C_TYPE(type)->ready ? IM_C_TYPE(type) : NULL;
}
IM_INLINE bool im_is_c_data(Value v) { return im_is_object(v) && im_is_instance_of(v, &im_c_data_type); }
IM_INLINE ImCType *im_c_info_of(Value v) { return im_c_info(im_type_value(im_type_of(v))); } /* of an instance */
IM_INLINE bool im_c_is(Value type, ImCKind kind) { ImCType *i = im_c_info(type); return i && i->kind == kind; }
IM_INLINE void im_c_final(ImCType *i) { im_store_relaxed(&i->x_final, true); }
/* A subclass of c_int and the like: reads give the instance, not its value. */
IM_INLINE bool im_c_is_derived_simple(Value type) { ImCType *i = im_c_info(type); return i && i->kind == IM_C_SIMPLE && i->type.base != &im_c_simple_type.type; }

/* --- _ctypes_data.c --- */
IM_MUST_USE Value im_c_data_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames); /* zeroed instance, any arguments */
/* An instance over memory: part of base; or, without base, with a copy of what is at p. */
IM_MUST_USE Value im_c_data_at(Thread *t, Value type, Value base, ssize_t index, void *p);
IM_MUST_USE Value im_c_data_at_address(Thread *t, Value type, void *p);
/* Reads and writes of an item or field of type `type` (get, set: its own accessors, or null) at p in `owner`. */
IM_MUST_USE Value im_c_load(Thread *t, Value type, ImCGet get, Value owner, ssize_t index, ssize_t size, void *p);
IM_MUST_USE int im_c_store(Thread *t, Value owner, Value type, ImCSet set, Value v, ssize_t index, ssize_t size, void *p);
/* Keeps an object alive with owner's memory. Steals keep. */
/* A setter's or getter's work on memory of `owner`, or of nobody (no value). `set` tells what kind of memory it is. */
IM_MUST_USE int im_c_set(Thread *t, Value owner, ssize_t index, ImCSet set, void *p, Value v, ssize_t size);
IM_MUST_USE Value im_c_get(Thread *t, Value owner, ImCSet set, ImCGet get, const void *p, ssize_t size);
IM_MUST_USE int im_c_keep(Thread *t, Value owner, ssize_t index, Value keep);
Value im_c_kept(Thread *t, Value owner); /* owned; None when nothing */
IM_MUST_USE int im_c_data_resize(Thread *t, Value v, ssize_t size);
/* Rewrites the pending exception: type exc, text before it. */
void im_c_extend_error(Thread *t, ImType *exc, const char *fmt, ...);

/* --- types --- */
IM_MUST_USE int im_c_type_init(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames); /* checks; common part of the metatypes' __init__ */
IM_MUST_USE int im_c_set_format(Thread *t, ImCType *i, const char *prefix, const char *format, const char *suffix);
IM_MUST_USE int im_c_fields_set(Thread *t, Value type, Value fields, bool is_struct);
IM_MUST_USE Value im_c_array_type_of(Thread *t, Value item, ssize_t n);
IM_MUST_USE Value im_c_pointer_type_of(Thread *t, Value target);
IM_MUST_USE Value im_c_pointer(Thread *t, Value v);
Value im_c_type_from_param(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
/* type.from_param(v) as Python code would call it. */
IM_INLINE Value im_c_from_param(Thread *t, Value type, Value v) { return im_call_method1(t, type, IM_S(from_param), v); }
int im_c_data_getbuffer(Thread *t, Value self, ImBuffer *b, int flags);
/* A type attribute of a class being made: owned, or no value without exception. */
int im_c_class_attr(Thread *t, Value type, Value name, Value *out);

/* --- calls --- */
IM_MUST_USE Value im_c_arg_new(Thread *t, char tag, const ffi_type *ffi, Value obj);
IM_MUST_USE Value im_c_call(Thread *t, void *fn, Value args, uint32_t flags, Value converters, Value restype, Value checker);
IM_MUST_USE Value im_c_converters(Thread *t, Value argtypes);
/* A C function that calls a Python one. */
IM_MUST_USE Value im_c_thunk_new(Thread *t, Value callable, Value argtypes, Value restype, uint32_t flags);
void *im_c_thunk_code(Value thunk);
int im_c_swap_errno(int fresh); /* the thread's own copy of errno */
/* Attaches the calling OS thread, also one that others have started (it gets a state until it leaves). What im_c_leave needs to undo it. */
int im_c_enter(void);
void im_c_leave(int entered);
extern const ImMethodDef im_c_meta_methods[];
IM_MUST_USE int im_c_ffi_load(Thread *t);

/* --- types' specs, readied at import --- */
extern const ImTypeSpec im_c_data_spec, im_c_meta_spec, im_c_meta_simple_spec, im_c_meta_pointer_spec, im_c_meta_array_spec, im_c_meta_struct_spec, im_c_meta_union_spec, im_c_meta_func_spec,
    im_c_simple_spec, im_c_pointer_spec, im_c_array_spec, im_c_struct_spec, im_c_union_spec, im_c_func_spec, im_c_arg_spec, im_c_field_spec, im_c_thunk_spec;

#endif
