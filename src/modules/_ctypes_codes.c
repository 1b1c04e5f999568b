/* _ctypes: the type codes of simple C data: reading, writing, their libffi types.
 * SPDX-License-Identifier: MIT */
#include <wchar.h>

#include "modules/_ctypes.h"

const ffi_type im_ffi_void = {1, 1, FFI_TYPE_VOID, NULL}, im_ffi_pointer = {8, 8, FFI_TYPE_POINTER, NULL}, im_ffi_int = {4, 4, FFI_TYPE_SINT32, NULL},
    im_ffi_uint8 = {1, 1, FFI_TYPE_UINT8, NULL}, im_ffi_uint16 = {2, 2, FFI_TYPE_UINT16, NULL}, im_ffi_uint32 = {4, 4, FFI_TYPE_UINT32, NULL},
    im_ffi_uint64 = {8, 8, FFI_TYPE_UINT64, NULL}, im_ffi_float = {4, 4, FFI_TYPE_FLOAT, NULL}, im_ffi_double = {8, 8, FFI_TYPE_DOUBLE, NULL};
static const ffi_type ffi_sint8 = {1, 1, FFI_TYPE_SINT8, NULL}, ffi_sint16 = {2, 2, FFI_TYPE_SINT16, NULL}, ffi_sint64 = {8, 8, FFI_TYPE_SINT64, NULL},
    ffi_longdouble = {sizeof(long double), _Alignof(long double), sizeof(long double) > 8 ? FFI_TYPE_LONGDOUBLE : FFI_TYPE_DOUBLE, NULL};

/* --- integers ---------------------------------------------------------------------------------------------------------------------------------- */

static int int_arg(Thread *t, Value v, uint64_t *out)
{
    if (im_is_int_like(v)) return im_as_uint64_wrap(t, v, out);
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    int r = im_as_uint64_wrap(t, n, out);
    im_drop(t, n);
    return r;
}
/* A field that shares the storage of a wider one counts its bits from that one's start; its own offset is a multiple of its size further on. */
static uint64_t put_bits(uint64_t old, uint64_t x, ssize_t size, unsigned bits)
{
    unsigned low = ((unsigned)size & 0xffff) % bits, width = (unsigned)(size >> 16);
    uint64_t mask = width >= 64 ? ~0ull : (1ull << width) - 1;
    return (old & ~(mask << low)) | (x & mask) << low;
}
static uint64_t get_bits(uint64_t x, ssize_t size, unsigned bits, bool is_signed)
{
    unsigned low = ((unsigned)size & 0xffff) % bits, width = (unsigned)(size >> 16);
    if (low + width > bits) width = bits - low;
    x <<= 64 - bits; /* to the top of the word, so that one shift extends the sign */
    x <<= bits - low - width;
    return is_signed ? (uint64_t)((int64_t)x >> (64 - width)) : x >> (64 - width);
}
#define SAME(x) (x)
#define INTEGER(name, ctype, utype, SWAP, sign) \
    static Value name##_set(Thread *t, void *p, Value v, ssize_t size) \
    { \
        uint64_t x; \
        if (int_arg(t, v, &x) < 0) return IM_NO_VALUE; \
        utype u; \
        memcpy(&u, p, sizeof u); \
        u = IM_C_IS_BITS(size) ? (utype)put_bits(SWAP(u), x, size, sizeof u * 8) : (utype)x; \
        u = SWAP(u); \
        memcpy(p, &u, sizeof u); \
        return IM_NONE; \
    } \
    static Value name##_get(Thread *t, const void *p, ssize_t size) \
    { \
        utype u; \
        memcpy(&u, p, sizeof u); \
        u = SWAP(u); \
        uint64_t x = IM_C_IS_BITS(size) ? get_bits(u, size, sizeof u * 8, sign) : (uint64_t)(ctype)u; \
        return sign ? im_int_new(t, (int64_t)x) : im_int_from_u64(t, x); \
    }
INTEGER(i8, int8_t, uint8_t, SAME, true)
INTEGER(u8, uint8_t, uint8_t, SAME, false)
INTEGER(i16, int16_t, uint16_t, SAME, true)
INTEGER(u16, uint16_t, uint16_t, SAME, false)
INTEGER(i32, int32_t, uint32_t, SAME, true)
INTEGER(u32, uint32_t, uint32_t, SAME, false)
INTEGER(i64, int64_t, uint64_t, SAME, true)
INTEGER(u64, uint64_t, uint64_t, SAME, false)
INTEGER(si16, int16_t, uint16_t, __builtin_bswap16, true)
INTEGER(su16, uint16_t, uint16_t, __builtin_bswap16, false)
INTEGER(si32, int32_t, uint32_t, __builtin_bswap32, true)
INTEGER(su32, uint32_t, uint32_t, __builtin_bswap32, false)
INTEGER(si64, int64_t, uint64_t, __builtin_bswap64, true)
INTEGER(su64, uint64_t, uint64_t, __builtin_bswap64, false)

static Value bool_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)size;
    int b = im_truth(t, v);
    if (b < 0) return IM_NO_VALUE;
    *(uint8_t *)p = (uint8_t)b; /* a bit field is written whole, as CPython does it */
    return IM_NONE;
}
static Value bool_get(Thread *t, const void *p, ssize_t size)
{
    (void)t, (void)size;
    return im_bool(*(const uint8_t *)p != 0);
}

/* --- floats ------------------------------------------------------------------------------------------------------------------------------------ */

static int double_arg(Thread *t, Value v, double *out) { return im_as_double(t, v, out); }
static Value d_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)size;
    double x;
    if (double_arg(t, v, &x) < 0) return IM_NO_VALUE;
    memcpy(p, &x, sizeof x);
    return IM_NONE;
}
static Value d_get(Thread *t, const void *p, ssize_t size)
{
    (void)size;
    double x;
    memcpy(&x, p, sizeof x);
    return im_float_new(t, x);
}
static Value f_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)size;
    double x;
    if (double_arg(t, v, &x) < 0) return IM_NO_VALUE;
    float f = (float)x;
    memcpy(p, &f, sizeof f);
    return IM_NONE;
}
static Value f_get(Thread *t, const void *p, ssize_t size)
{
    (void)size;
    float x;
    memcpy(&x, p, sizeof x);
    return im_float_new(t, (double)x);
}
static Value g_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)size;
    double x;
    if (double_arg(t, v, &x) < 0) return IM_NO_VALUE;
    long double g = x;
    memcpy(p, &g, sizeof g);
    return IM_NONE;
}
static Value g_get(Thread *t, const void *p, ssize_t size)
{
    (void)size;
    long double x;
    memcpy(&x, p, sizeof x);
    return im_float_new(t, (double)x);
}
static void reverse(char *to, const char *from, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = from[n - 1 - i];
}
#define SWAPPED(name, base, ctype) \
    static Value name##_set(Thread *t, void *p, Value v, ssize_t size) \
    { \
        char x[sizeof(ctype)]; \
        Value r = base##_set(t, x, v, size); \
        if (!im_no_value(r)) reverse(p, x, sizeof x); \
        return r; \
    } \
    static Value name##_get(Thread *t, const void *p, ssize_t size) \
    { \
        char x[sizeof(ctype)]; \
        reverse(x, p, sizeof x); \
        return base##_get(t, x, size); \
    }
SWAPPED(sd, d, double)
SWAPPED(sf, f, float)

/* --- characters and strings ---------------------------------------------------------------------------------------------------------------------- */

static Value c_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)size;
    int64_t n;
    if (im_is_bytes(v) && im_bytes_len(v) == 1) {
        *(char *)p = im_bytes_data(v)[0];
        return IM_NONE;
    }
    if (im_is_object(v) && im_is_instance_of(v, &im_bytearray_type)) {
        ImBuffer b;
        if (im_buffer_get(t, v, &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
        bool one = b.len == 1;
        if (one) *(char *)p = *(char *)b.buf;
        im_buffer_release(t, &b);
        if (one) return IM_NONE;
    }
    if (im_is_int_like(v) && im_int_get64(v, &n) && n >= 0 && n < 256) {
        *(uint8_t *)p = (uint8_t)n;
        return IM_NONE;
    }
    return im_raise_type(t, "one character bytes, bytearray or integer expected");
}
/* VARIANT_BOOL: 0 and -1 in a short. */
static Value v_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)size;
    int b = im_truth(t, v);
    if (b < 0) return IM_NO_VALUE;
    int16_t x = b ? -1 : 0;
    memcpy(p, &x, sizeof x);
    return IM_NONE;
}
static Value v_get(Thread *t, const void *p, ssize_t size)
{
    (void)t, (void)size;
    int16_t x;
    memcpy(&x, p, sizeof x);
    return im_bool(x != 0);
}
static Value c_get(Thread *t, const void *p, ssize_t size)
{
    (void)size;
    return im_bytes_new(t, p, 1);
}

Value im_str_from_wchars(Thread *t, const wchar_t *p, ssize_t len)
{
    uint32_t max = 0;
    for (ssize_t i = 0; i < len; i++)
        if ((uint32_t)p[i] > max) max = (uint32_t)p[i];
    if (max > 0x10ffff) return im_raise_valueerror(t, "character U+%x is not in range [U+0000; U+10ffff]", max);
    return im_str_from_kind(t, 4, p, len);
}
static Value u_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)size;
    if (!im_is_str(v)) return im_raise_type(t, "unicode string expected instead of %T instance", v);
    if (im_str_len(v) != 1) return im_raise_type(t, "one character unicode string expected");
    wchar_t c = (wchar_t)im_str_at(v, 0);
    memcpy(p, &c, sizeof c);
    return IM_NONE;
}
static Value u_get(Thread *t, const void *p, ssize_t size)
{
    (void)size;
    wchar_t c;
    memcpy(&c, p, sizeof c);
    return im_str_from_wchars(t, &c, 1);
}

Value im_c_chars_set(Thread *t, void *p, Value v, ssize_t size)
{
    if (!im_is_bytes(v)) return im_raise_type(t, "expected bytes, %T found", v);
    ssize_t n = (ssize_t)strlen(im_bytes_data(v)); /* an embedded zero ends it */
    if (n > size) return im_raise_valueerror(t, "bytes too long (%zd, maximum length %zd)", n, size);
    memcpy(p, im_bytes_data(v), (size_t)(n < size ? n + 1 : n));
    return IM_NONE;
}
Value im_c_chars_get(Thread *t, const void *p, ssize_t size) { return im_bytes_new(t, p, (ssize_t)strnlen(p, (size_t)size)); }
void im_c_put_wchars(wchar_t *to, Value v)
{
    int kind = im_str_kind(v);
    for (ssize_t i = 0; i < im_str_len(v); i++) to[i] = (wchar_t)im_str_read(kind, im_str_data(v), i);
}
Value im_c_wchars_set(Thread *t, void *p, Value v, ssize_t size)
{
    ssize_t room = size / (ssize_t)sizeof(wchar_t);
    if (!im_is_str(v)) return im_raise_type(t, "unicode string expected instead of %T instance", v);
    ssize_t n = im_str_len(v);
    if (n > room) return im_raise_valueerror(t, "string too long (%zd, maximum length %zd)", n, room);
    im_c_put_wchars(p, v);
    if (n < room) ((wchar_t *)p)[n] = 0;
    return IM_NONE;
}
Value im_c_wchars_get(Thread *t, const void *p, ssize_t size) { return im_str_from_wchars(t, p, (ssize_t)wcsnlen(p, (size_t)size / sizeof(wchar_t))); }

static void put_pointer(void *p, const void *x) { memcpy(p, &x, sizeof x); }
static void *get_pointer(const void *p)
{
    void *x;
    memcpy(&x, p, sizeof x);
    return x;
}
static Value z_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)size;
    uint64_t n;
    if (im_is_none(v)) {
        put_pointer(p, NULL);
        return IM_NONE;
    }
    if (im_is_bytes(v)) {
        put_pointer(p, im_bytes_data(v));
        return im_new_ref(v);
    }
    if (!im_is_int_like(v)) return im_raise_type(t, "bytes or integer address expected instead of %T instance", v);
    if (im_as_uint64_wrap(t, v, &n) < 0) return IM_NO_VALUE;
    put_pointer(p, (void *)(uintptr_t)n);
    return IM_NONE;
}
static Value z_get(Thread *t, const void *p, ssize_t size)
{
    (void)size;
    const char *s = get_pointer(p);
    return s ? im_bytes_from_cstr(t, s) : IM_NONE;
}
static Value Z_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)size;
    uint64_t n;
    if (im_is_none(v)) {
        put_pointer(p, NULL);
        return IM_NONE;
    }
    if (im_is_int_like(v)) {
        if (im_as_uint64_wrap(t, v, &n) < 0) return IM_NO_VALUE;
        put_pointer(p, (void *)(uintptr_t)n);
        return IM_NONE;
    }
    if (!im_is_str(v)) return im_raise_type(t, "unicode string or integer address expected instead of %T instance", v);
    ssize_t len = im_str_len(v), bytes = (len + 1) * (ssize_t)sizeof(wchar_t);
    Value copy = im_bytes_new(t, NULL, bytes); /* wide characters, kept alive with the memory */
    if (im_no_value(copy)) return copy;
    memset(im_bytes_data(copy), 0, (size_t)bytes);
    wchar_t *w = (wchar_t *)(void *)im_bytes_data(copy);
    im_c_put_wchars(w, v);
    put_pointer(p, w);
    return copy;
}
static Value Z_get(Thread *t, const void *p, ssize_t size)
{
    (void)size;
    const wchar_t *s = get_pointer(p);
    return s ? im_str_from_wchars(t, s, (ssize_t)wcslen(s)) : IM_NONE;
}
static Value P_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)size;
    uint64_t n;
    if (im_is_none(v)) {
        put_pointer(p, NULL);
        return IM_NONE;
    }
    if (!im_is_int_like(v)) return im_raise_type(t, "cannot be converted to pointer");
    if (im_as_uint64_wrap(t, v, &n) < 0) return IM_NO_VALUE;
    put_pointer(p, (void *)(uintptr_t)n);
    return IM_NONE;
}
static Value P_get(Thread *t, const void *p, ssize_t size)
{
    (void)size;
    void *x = get_pointer(p);
    return x ? im_int_from_u64(t, (uintptr_t)x) : IM_NONE;
}

/* py_object: a Value word. */
static Value O_set(Thread *t, void *p, Value v, ssize_t size)
{
    (void)t, (void)size;
    memcpy(p, &v, sizeof v);
    return im_new_ref(v);
}
static Value O_get(Thread *t, const void *p, ssize_t size)
{
    (void)size;
    Value v;
    memcpy(&v, p, sizeof v);
    if (!im_no_value(v)) return im_new_ref(v);
    return im_pending(t) ? v : im_raise_valueerror(t, "PyObject is NULL");
}

static const ImCCode codes[] = {
    {'b', i8_set, i8_get, &ffi_sint8, i8_set, i8_get}, {'B', u8_set, u8_get, &im_ffi_uint8, u8_set, u8_get}, {'c', c_set, c_get, &ffi_sint8, c_set, c_get},
    {'h', i16_set, i16_get, &ffi_sint16, si16_set, si16_get}, {'H', u16_set, u16_get, &im_ffi_uint16, su16_set, su16_get},
    {'i', i32_set, i32_get, &im_ffi_int, si32_set, si32_get}, {'I', u32_set, u32_get, &im_ffi_uint32, su32_set, su32_get},
    {'l', i64_set, i64_get, &ffi_sint64, si64_set, si64_get}, {'L', u64_set, u64_get, &im_ffi_uint64, su64_set, su64_get},
    {'q', i64_set, i64_get, &ffi_sint64, si64_set, si64_get}, {'Q', u64_set, u64_get, &im_ffi_uint64, su64_set, su64_get},
    {'f', f_set, f_get, &im_ffi_float, sf_set, sf_get}, {'d', d_set, d_get, &im_ffi_double, sd_set, sd_get}, {'g', g_set, g_get, &ffi_longdouble, NULL, NULL},
    {'?', bool_set, bool_get, &im_ffi_uint8, NULL, NULL}, {'z', z_set, z_get, &im_ffi_pointer, NULL, NULL}, {'Z', Z_set, Z_get, &im_ffi_pointer, NULL, NULL},
    {'P', P_set, P_get, &im_ffi_pointer, NULL, NULL}, {'O', O_set, O_get, &im_ffi_pointer, NULL, NULL}, {'u', u_set, u_get, &im_ffi_int, NULL, NULL}, {'v', v_set, v_get, &ffi_sint16, NULL, NULL},
};
_Static_assert(sizeof(long) == 8 && sizeof(int) == 4 && sizeof(wchar_t) == 4 && sizeof(void *) == 8, "the table says which C type has how many bits");

const ImCCode *im_c_code(uint32_t code)
{
    for (size_t i = 0; i < IM_COUNTOF(codes); i++)
        if ((uint32_t)(unsigned char)codes[i].code == code) return &codes[i];
    return NULL;
}
