/* Module _struct: packed binary data.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <math.h>

#include "types/bytes_methods.h"
#include "modules/module.h"

typedef struct Field { char code; uint8_t size; ssize_t offset, count; /* count: repeats, or the length of s and p */ } Field;
typedef struct ImStruct {
    ImObject head;
    Value format;      /* str, or no value before __init__ */
    bool little, native;
    ssize_t size, nvalues;
    size_t nfields;
    Field *fields;     /* raw memory */
} ImStruct;
typedef struct ImUnpackIter { ImObject head; Value so; ImBuffer buf; ssize_t index; } ImUnpackIter;
extern ImType im_Struct_type, im_unpack_iterator_type;
typedef struct State { Value error, cache; } State;
static ImStruct *sp(Value v) { return (ImStruct *)im_ptr(v); }
static Value struct_error;
#define F(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)

#define FAIL(t, ...) im_raise((t), im_as_type(struct_error), __VA_ARGS__)

static int code_size(char c, bool native)
{
    switch (c) {
    case 'x': case 'c': case 'b': case 'B': case '?': case 's': case 'p': return 1;
    case 'h': case 'H': case 'e': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': return native ? 8 : 4;
    case 'q': case 'Q': case 'd': return 8;
    case 'n': case 'N': case 'P': return native ? 8 : -1;
    default: return -1;
    }
}
static int prepare(Thread *t, ImStruct *s, const char *f)
{
    bool native = true, align = true, little = true;
    switch (*f) {
    case '<': native = align = false; f++; break;
    case '>': case '!': native = align = false; little = false; f++; break;
    case '=': native = align = false; f++; break;
    case '@': f++; break;
    }
    Field *fields = NULL;
    size_t nf = 0, cap = 0;
    ssize_t size = 0, values = 0;
    while (*f) {
        char c = *f++;
        if (c == ' ' || (c >= 9 && c <= 13)) continue;
        ssize_t num = 1;
        if (c >= '0' && c <= '9') {
            num = c - '0';
            while (*f >= '0' && *f <= '9') {
                if (num > (SSIZE_MAX - 9) / 10) { (void)FAIL(t, "total struct size too long"); goto fail; }
                num = num * 10 + (*f++ - '0');
            }
            c = *f;
            if (!c) { (void)FAIL(t, "repeat count given without format specifier"); goto fail; }
            f++;
        }
        int sz = code_size(c, native);
        if (sz < 0) { (void)FAIL(t, "bad char in struct format"); goto fail; }
        if (align && sz > 1) {
            ssize_t pad = (sz - size % sz) % sz;
            if (__builtin_add_overflow(size, pad, &size)) { (void)FAIL(t, "total struct size too long"); goto fail; }
        }
        ssize_t bytes;
        if (__builtin_mul_overflow(num, (ssize_t)sz, &bytes) || bytes > SSIZE_MAX - size) { (void)FAIL(t, "total struct size too long"); goto fail; }
        if (c != 'x' && (num || c == 's' || c == 'p')) {
            if (nf == cap) {
                cap = cap ? cap * 2 : 8;
                Field *q = im_raw_realloc(t, fields, cap * sizeof *q);
                if (!q) goto fail;
                fields = q;
            }
            fields[nf++] = (Field){c, (uint8_t)sz, size, num};
            values += c == 's' || c == 'p' ? 1 : num;
        }
        size += bytes;
    }
    im_raw_free(s->fields);
    s->fields = fields;
    s->nfields = nf;
    s->size = size;
    s->nvalues = values;
    s->little = little;
    s->native = native;
    return 0;
fail:
    im_raw_free(fields);
    return -1;
}

/* --- one value ------------------------------------------------------------------------------------------------------------------------------- */
enum { HOST_LITTLE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };
IM_INLINE void put_int(char *p, uint64_t v, int size, bool little)
{
    bool turn = little != HOST_LITTLE;
    switch (size) {
    case 1: *p = (char)v; break;
    case 2: { uint16_t w = (uint16_t)v; if (turn) w = __builtin_bswap16(w); memcpy(p, &w, 2); break; }
    case 4: { uint32_t w = (uint32_t)v; if (turn) w = __builtin_bswap32(w); memcpy(p, &w, 4); break; }
    default: if (turn) v = __builtin_bswap64(v); memcpy(p, &v, 8);
    }
}
IM_INLINE uint64_t get_int(const char *p, int size, bool little)
{
    bool turn = little != HOST_LITTLE;
    switch (size) {
    case 1: return (uint8_t)*p;
    case 2: { uint16_t w; memcpy(&w, p, 2); return turn ? __builtin_bswap16(w) : w; }
    case 4: { uint32_t w; memcpy(&w, p, 4); return turn ? __builtin_bswap32(w) : w; }
    default: { uint64_t w; memcpy(&w, p, 8); return turn ? __builtin_bswap64(w) : w; }
    }
}
/* IEEE half precision, rounded half to even. */
static int pack_half(Thread *t, double d, uint16_t *out)
{
    uint64_t b;
    memcpy(&b, &d, 8);
    uint16_t sign = (uint16_t)(b >> 48 & 0x8000);
    if (isnan(d)) { *out = (uint16_t)(sign | 0x7E00); return 0; }
    if (isinf(d)) { *out = (uint16_t)(sign | 0x7C00); return 0; }
    double m = fabs(d);
    int e;
    if (m == 0) { *out = sign; return 0; }
    double fr = frexp(m, &e); /* m = fr * 2^e, fr in [0.5, 1) */
    int shift = e - 1 < -14 ? -24 : e - 11;
    double q = nearbyint(ldexp(m, -shift));
    (void)fr;
    if (e - 1 < -14) { *out = (uint16_t)(sign | (uint16_t)q); return 0; }
    int be = e - 1 + 15;
    if (q >= 2048) { q = 1024; be++; }
    if (be >= 31) return im_raise_overflow(t, "float too large to pack with e format"), -1;
    *out = (uint16_t)(sign | be << 10 | ((uint16_t)q & 0x3FF));
    return 0;
}
static double unpack_half(uint16_t h)
{
    int e = h >> 10 & 31, m = h & 1023;
    double d = e == 31 ? (m ? NAN : INFINITY) : e == 0 ? ldexp(m, -24) : ldexp(m + 1024, e - 25);
    return h & 0x8000 ? -d : d;
}
static int range_error(Thread *t, const ImStruct *s, char c, int size)
{
    bool is_unsigned = c == 'B' || c == 'H' || c == 'I' || c == 'L' || c == 'Q' || c == 'N' || c == 'P';
    if (c == 'b') return FAIL(t, "byte format requires -128 <= number <= 127"), -1;
    if (c == 'B') return FAIL(t, "ubyte format requires 0 <= number <= 255"), -1;
    if (s->native && c == 'h') return FAIL(t, "short format requires (-0x7fff - 1) <= number <= 0x7fff"), -1;
    if (s->native && c == 'H') return FAIL(t, "ushort format requires 0 <= number <= 0xffff"), -1;
    if (size == 8 && (c == 'q' || c == 'Q')) return FAIL(t, is_unsigned ? "int too large to convert" : "int too large to convert"), -1;
    if (size == 8) return FAIL(t, is_unsigned ? "'%c' format requires 0 <= number <= %llu" : "'%c' format requires %lld <= number <= %lld", c, is_unsigned ? (long long)-1 : (long long)INT64_MIN, (long long)INT64_MAX), -1;
    uint64_t max = is_unsigned ? ((uint64_t)1 << (8 * size)) - 1 : ((uint64_t)1 << (8 * size - 1)) - 1;
    if (is_unsigned) return FAIL(t, "'%c' format requires 0 <= number <= %llu", c, (unsigned long long)max), -1;
    return FAIL(t, "'%c' format requires %lld <= number <= %lld", c, -(long long)max - 1, (long long)max), -1;
}
static int pack_one(Thread *t, const ImStruct *s, char *p, const Field *f, Value v)
{
    switch (f->code) {
    case '?': {
        int b = im_truth(t, v);
        if (b < 0) return -1;
        *p = (char)b;
        return 0;
    }
    case 'c':
        if (!im_is_bytes(v) || im_bytes_len(v) != 1) return FAIL(t, "char format requires a bytes object of length 1"), -1;
        *p = im_bytes_data(v)[0];
        return 0;
    case 'e': case 'f': case 'd': {
        double d;
        if (im_as_double(t, v, &d) < 0) return im_exc_clear_if(t, &im_TypeError_type) ? (FAIL(t, "required argument is not a float"), -1) : -1;
        uint64_t bits;
        if (f->code == 'd') memcpy(&bits, &d, 8);
        else if (f->code == 'f') {
            float x = (float)d;
            uint32_t u;
            if (isinf(x) && isfinite(d)) return im_raise_overflow(t, "float too large to pack with f format"), -1;
            memcpy(&u, &x, 4);
            bits = u;
        } else {
            uint16_t h;
            if (pack_half(t, d, &h) < 0) return -1;
            bits = h;
        }
        put_int(p, bits, f->size, s->little);
        return 0;
    }
    default: {
        Value i = im_is_int(v) ? v : IM_NO_VALUE;
        if (im_no_value(i)) {
            if (!im_is_int_like(v) && !im_is_index(v)) return FAIL(t, "required argument is not an integer"), -1;
            i = im_index(t, v);
            if (im_no_value(i)) return -1;
        }
        bool uns = f->code == 'B' || f->code == 'H' || f->code == 'I' || f->code == 'L' || f->code == 'Q' || f->code == 'N' || f->code == 'P';
        int64_t x = 0;
        uint64_t u = 0;
        bool ok;
        if (uns) {
            ok = im_int_get_u64(i, &u);
            if (!ok && f->code == 'P' && im_int_get64(i, &x)) { u = (uint64_t)x; ok = true; }
            if (ok && f->size < 8) ok = u < (uint64_t)1 << (8 * f->size);
        } else {
            ok = im_int_get64(i, &x);
            if (ok && f->size < 8) ok = x >= -((int64_t)1 << (8 * f->size - 1)) && x < (int64_t)1 << (8 * f->size - 1);
            u = (uint64_t)x;
        }
        im_drop(t, i);
        if (!ok) return range_error(t, s, f->code, f->size);
        put_int(p, u, f->size, s->little);
        return 0;
    }
    }
}
static Value unpack_one(Thread *t, const ImStruct *s, const char *p, const Field *f)
{
    uint64_t u = get_int(p, f->size, s->little);
    switch (f->code) {
    case '?': return im_bool(*p != 0);
    case 'c': return im_bytes_new(t, p, 1);
    case 'e': return im_float_new(t, unpack_half((uint16_t)u));
    case 'f': { uint32_t w = (uint32_t)u; float x; memcpy(&x, &w, 4); return im_float_new(t, x); }
    case 'd': { double d; memcpy(&d, &u, 8); return im_float_new(t, d); }
    case 'B': case 'H': case 'I': case 'L': case 'Q': case 'N': case 'P': return im_int_from_u64(t, u);
    default: {
        int sh = 64 - 8 * f->size;
        return im_int_new(t, (int64_t)(u << sh) >> sh);
    }
    }
}

/* --- whole structs ------------------------------------------------------------------------------------------------------------------------------ */
static int check_ready(Thread *t, ImStruct *s) { return im_no_value(s->format) ? (im_raise_runtime(t, "Struct object is not initialized"), -1) : 0; }
static int pack_into_memory(Thread *t, ImStruct *s, char *p, const Value *a)
{
    memset(p, 0, (size_t)s->size);
    for (size_t i = 0; i < s->nfields; i++) {
        Field *f = &s->fields[i];
        char *q = p + f->offset;
        if (f->code == 's' || f->code == 'p') {
            Value v = *a++;
            if (!im_is_bytes(v) && !im_is_instance_of(v, &im_bytearray_type)) return FAIL(t, "argument for '%c' must be a bytes object", f->code), -1;
            ImRun r = im_bytes_pin(t, v);
            ssize_t len = r.len;
            if (f->code == 's') {
                if (len > f->count) len = f->count;
                memcpy(q, r.p, (size_t)len);
            } else if (f->count) {
                if (len > f->count - 1) len = f->count - 1;
                memcpy(q + 1, r.p, (size_t)len);
                *q = (char)(len > 255 ? 255 : len);
            }
            im_bytes_unpin(t, &r);
            continue;
        }
        for (ssize_t k = 0; k < f->count; k++, q += f->size)
            if (pack_one(t, s, q, f, *a++) < 0) return -1;
    }
    return 0;
}
static Value unpack_memory(Thread *t, ImStruct *s, const char *p)
{
    Value r = im_tuple_new_untracked(t, (size_t)s->nvalues); /* numbers and bytes are in no cycle */
    if (im_no_value(r)) return r;
    Value *out = im_tuple_items(r);
    for (size_t i = 0; i < s->nfields; i++) {
        Field *f = &s->fields[i];
        const char *q = p + f->offset;
        if (f->code == 's') *out = im_bytes_new(t, q, f->count);
        else if (f->code == 'p') {
            ssize_t len = f->count ? (uint8_t)*q : 0;
            if (len >= f->count) len = f->count ? f->count - 1 : 0;
            *out = im_bytes_new(t, q + 1, len);
        } else {
            const bool turn = s->little != HOST_LITTLE;
            if (f->code == 'I' || f->code == 'i') { /* never more than a small int */
                for (ssize_t k = 0; k < f->count; k++, q += 4) {
                    uint32_t w;
                    memcpy(&w, q, 4);
                    if (turn) w = __builtin_bswap32(w);
                    *out++ = im_int(f->code == 'I' ? (int64_t)w : (int64_t)(int32_t)w);
                }
                continue;
            }
            if (f->code == 'H' || f->code == 'h') {
                for (ssize_t k = 0; k < f->count; k++, q += 2) {
                    uint16_t w;
                    memcpy(&w, q, 2);
                    if (turn) w = __builtin_bswap16(w);
                    *out++ = im_int(f->code == 'H' ? (int64_t)w : (int64_t)(int16_t)w);
                }
                continue;
            }
            if (f->code == 'B' || f->code == 'b') {
                for (ssize_t k = 0; k < f->count; k++, q++) *out++ = im_int(f->code == 'B' ? (int64_t)(uint8_t)*q : (int64_t)(int8_t)*q);
                continue;
            }
            for (ssize_t k = 0; k < f->count; k++, q += f->size) {
                *out = unpack_one(t, s, q, f);
                if (im_no_value(*out)) { im_drop(t, r); return IM_NO_VALUE; }
                out++;
            }
            continue;
        }
        if (im_no_value(*out)) { im_drop(t, r); return IM_NO_VALUE; }
        out++;
    }
    return r;
}
static Value do_pack(Thread *t, Value self, const Value *a, size_t n)
{
    ImStruct *s = sp(self);
    if (check_ready(t, s) < 0) return IM_NO_VALUE;
    if ((ssize_t)n != s->nvalues) return FAIL(t, "pack expected %zd items for packing (got %zd)", s->nvalues, (ssize_t)n);
    Value b = im_bytes_new(t, NULL, s->size);
    if (im_no_value(b)) return b;
    char tmp[8], *p = s->size == 1 ? tmp : im_bytes_data(b);
    if (s->size == 0) p = tmp;
    if (s->size == 1) { /* one-byte results are shared constants: fill a copy first */
        im_drop(t, b);
        if (pack_into_memory(t, s, tmp, a) < 0) return IM_NO_VALUE;
        return im_bytes_new(t, tmp, 1);
    }
    if (pack_into_memory(t, s, p, a) < 0) { im_drop(t, b); return IM_NO_VALUE; }
    return b;
}
static Value do_pack_into(Thread *t, Value self, const Value *a, size_t n)
{
    ImStruct *s = sp(self);
    ImBuffer b;
    ssize_t off;
    if (check_ready(t, s) < 0) return IM_NO_VALUE;
    if (n < 2 || (ssize_t)n - 2 != s->nvalues) {
        if (n == 0) return FAIL(t, "pack_into expected buffer argument");
        if (n == 1) return FAIL(t, "pack_into expected offset argument");
        return FAIL(t, "pack_into expected %zd items for packing (got %zd)", s->nvalues, (ssize_t)n - 2);
    }
    if (im_buffer_get(t, a[0], &b, IM_BUF_WRITABLE) < 0) {
        if (im_exc_clear_if(t, &im_TypeError_type) || im_exc_clear_if(t, &im_BufferError_type)) (void)im_raise_type(t, "pack_into() argument 1 must be read-write bytes-like object, not %T", a[0]);
        return IM_NO_VALUE;
    }
    Value r = IM_NO_VALUE;
    if (im_as_ssize(t, a[1], &im_IndexError_type, &off) < 0) goto done;
    if (off < 0) {
        if (off + s->size > 0) { (void)FAIL(t, "no space to pack %zd bytes at offset %zd", s->size, off); goto done; }
        if (off + b.len < 0) { (void)FAIL(t, "offset %zd out of range for %zd-byte buffer", off, b.len); goto done; }
        off += b.len;
    }
    if (b.len - off < s->size) { (void)FAIL(t, "pack_into requires a buffer of at least %zu bytes for packing %zd bytes at offset %zd (actual buffer size is %zd)", (size_t)s->size + (size_t)off, s->size, off, b.len); goto done; }
    if (pack_into_memory(t, s, (char *)b.buf + off, a + 2) == 0) r = IM_NONE;
done:
    im_buffer_release(t, &b);
    return r;
}
static Value do_unpack(Thread *t, Value self, Value data)
{
    ImStruct *s = sp(self);
    ImBuffer b;
    if (check_ready(t, s) < 0) return IM_NO_VALUE;
    if (IM_LIKELY(im_is_bytes_exact(data) && im_bytes_len(data) == s->size)) return unpack_memory(t, s, im_bytes_data(data));
    if (im_buffer_get(t, data, &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value r = b.len == s->size ? unpack_memory(t, s, b.buf) : FAIL(t, "unpack requires a buffer of %zd bytes", s->size);
    im_buffer_release(t, &b);
    return r;
}
static Value do_unpack_from(Thread *t, Value self, Value data, Value offset)
{
    ImStruct *s = sp(self);
    ImBuffer b;
    ssize_t off = 0;
    if (check_ready(t, s) < 0 || (!im_no_value(offset) && im_as_ssize(t, offset, &im_IndexError_type, &off) < 0) || im_buffer_get(t, data, &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (off < 0) {
        if (off + s->size > 0) { (void)FAIL(t, "not enough data to unpack %zd bytes at offset %zd", s->size, off); goto done; }
        if (off + b.len < 0) { (void)FAIL(t, "offset %zd out of range for %zd-byte buffer", off, b.len); goto done; }
        off += b.len;
    }
    if (b.len - off < s->size) { (void)FAIL(t, "unpack_from requires a buffer of at least %zu bytes for unpacking %zd bytes at offset %zd (actual buffer size is %zd)", (size_t)s->size + (size_t)off, s->size, off, b.len); goto done; }
    r = unpack_memory(t, s, (char *)b.buf + off);
done:
    im_buffer_release(t, &b);
    return r;
}
static Value do_iter(Thread *t, Value self, Value data)
{
    ImStruct *s = sp(self);
    if (check_ready(t, s) < 0) return IM_NO_VALUE;
    if (s->size == 0) return FAIL(t, "cannot iteratively unpack with a struct of length 0");
    ImUnpackIter *it = (ImUnpackIter *)im_instance_alloc(t, &im_unpack_iterator_type, 0);
    if (!it) return IM_NO_VALUE;
    Value iv = im_value(it);
    if (im_buffer_get(t, data, &it->buf, IM_BUF_SIMPLE) < 0) { it->buf.obj = IM_NO_VALUE; im_drop(t, iv); return IM_NO_VALUE; }
    if (it->buf.len % s->size) {
        im_drop(t, iv);
        return FAIL(t, "iterative unpacking requires a buffer of a multiple of %zd bytes", s->size);
    }
    it->so = im_new_ref(self);
    return iv;
}

/* --- Struct --- */
static Value s_new(Thread *t, ImType *type, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return im_value(im_instance_alloc(t, type, 0)); }
static int set_format(Thread *t, Value self, Value format)
{
    Value f;
    if (im_is_str(format)) {
        if (!im_str_is_ascii(format)) { Value b = im_str_encode(t, format, "ascii", "strict"); im_xdrop(t, b); return -1; }
        f = im_new_ref(format);
    } else if (im_is_bytes(format)) {
        f = im_str_from_latin1(t, im_bytes_data(format), im_bytes_len(format));
    } else {
        return im_raise_type(t, "Struct() argument 1 must be a str or bytes object, not %T", format), -1;
    }
    if (im_no_value(f)) return -1;
    if (strlen(im_str_data(f)) != (size_t)im_str_len(f)) { im_drop(t, f); return FAIL(t, "embedded null character"), -1; }
    if (prepare(t, sp(self), im_str_data(f)) < 0) { im_drop(t, f); return -1; }
    im_slot_put(t, im_ptr(self), &sp(self)->format, f);
    return 0;
}
static int s_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "Struct", "(format)", args, nargs, kwnames, &a) < 0) return -1;
    int r = set_format(t, self, a.v[0]);
    im_args_fini(t, &a);
    return r;
}
F(s_pack) { (void)kw; return do_pack(t, self, a, n); }
F(s_pack_into) { (void)kw; return do_pack_into(t, self, a, n); }
F(s_unpack) { (void)n; (void)kw; return do_unpack(t, self, a[0]); }
F(s_unpack_from) { (void)n; (void)kw; return do_unpack_from(t, self, a[0], a[1]); }
F(s_iter_unpack) { (void)n; (void)kw; return do_iter(t, self, a[0]); }
F(s_sizeof) { (void)t; (void)a; (void)n; (void)kw; return im_int((int64_t)(sizeof(ImStruct) + sp(self)->nfields * sizeof(Field))); }
static Value s_get_format(Thread *t, Value self, void *c) { (void)c; return check_ready(t, sp(self)) < 0 ? IM_NO_VALUE : im_new_ref(sp(self)->format); }
static Value s_get_size(Thread *t, Value self, void *c) { (void)c; return check_ready(t, sp(self)) < 0 ? IM_NO_VALUE : im_int(sp(self)->size); }
static const char *short_name(Value v)
{
    const char *name = im_type_cname(im_type_of(v)), *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}
static Value s_repr(Thread *t, Value self) { return check_ready(t, sp(self)) < 0 ? IM_NO_VALUE : im_str_format(t, "%s(%R)", short_name(self), sp(self)->format); }
static int s_traverse(ImObject *o, ImVisit visit, void *arg) { Value f = ((ImStruct *)o)->format; return im_is_object(f) ? visit(f, arg) : 0; }
static void s_destroy(Thread *t, ImObject *o)
{
    im_raw_free(((ImStruct *)o)->fields);
    im_destroy_child(t, ((ImStruct *)o)->format);
}
static const ImMethodDef s_methods[] = {
    IM_RANGE("pack", s_pack, 0, 255, NULL, "S.pack(v1, v2, ...) -> bytes"), IM_RANGE("pack_into", s_pack_into, 0, 255, NULL, "S.pack_into(buffer, offset, v1, v2, ...)"), IM_FIXED("unpack", s_unpack, 1, "($self, buffer, /)", "Return a tuple containing values unpacked according to the format string."),
    IM_PARSED("unpack_from", s_unpack_from, "($self, /, buffer, offset=0)", "Return a tuple containing values unpacked from a buffer, from offset on."), IM_FIXED("iter_unpack", s_iter_unpack, 1, "($self, buffer, /)", "Return an iterator yielding tuples unpacked from the given bytes, one format after the other."), IM_FIXED("__sizeof__", s_sizeof, 0, NULL, "S.__sizeof__() -> size of S in memory, in bytes"), IM_END};
static const ImGetSetDef s_getset[] = {{"format", s_get_format, NULL, "struct format string", NULL}, {"size", s_get_size, NULL, "struct size in bytes", NULL}, {0}};
static const ImSlots s_slots = {.repr = s_repr, .init = s_init, .new_ = s_new};
static const ImTypeSpec s_spec = {.name = "_struct.Struct", .size = sizeof(ImStruct), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF, .slots = &s_slots, .methods = s_methods, .getset = s_getset, .traverse = s_traverse, .destroy = s_destroy,
    .doc = "Struct(fmt) --> compiled struct object"};
IM_TYPE(Struct, &s_spec);

/* --- iterator --- */
static Value i_next(Thread *t, Value self)
{
    ImUnpackIter *it = (ImUnpackIter *)im_ptr(self);
    if (im_no_value(it->so)) return IM_STOP;
    ssize_t size = sp(it->so)->size, i = im_is_private(self) ? it->index : im_faa_relaxed(&it->index, size);
    if (im_is_private(self)) it->index += size;
    if (i >= it->buf.len) return IM_STOP;
    return unpack_memory(t, sp(it->so), (char *)it->buf.buf + i);
}
static Value i_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }
F(i_hint)
{
    (void)t; (void)a; (void)n; (void)kw;
    ImUnpackIter *it = (ImUnpackIter *)im_ptr(self);
    return im_no_value(it->so) || it->index >= it->buf.len ? im_int(0) : im_int((it->buf.len - it->index) / sp(it->so)->size);
}
static int i_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImUnpackIter *it = (ImUnpackIter *)o;
    int r = im_is_object(it->so) ? visit(it->so, arg) : 0;
    return r ? r : im_is_object(it->buf.obj) ? visit(it->buf.obj, arg) : 0;
}
static void i_destroy(Thread *t, ImObject *o)
{
    ImUnpackIter *it = (ImUnpackIter *)o;
    if (im_is_object(it->buf.obj)) im_buffer_release(t, &it->buf);
    im_destroy_child(t, it->so);
}
static const ImMethodDef i_methods[] = {IM_FIXED("__length_hint__", i_hint, 0, NULL, NULL), IM_END};
static const ImSlots i_slots = {.iter = i_self, .next = i_next};
static const ImTypeSpec i_spec = {.name = "_struct.unpack_iterator", .size = sizeof(ImUnpackIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &i_slots, .methods = i_methods, .traverse = i_traverse, .destroy = i_destroy};
IM_TYPE(unpack_iterator, &i_spec);

/* --- functions: formats compiled once and kept --- */
static Value cached(Thread *t, Value m, Value format)
{
    State *st = im_module_state(m);
    Value s;
    if (im_is_exact(format, &im_Struct_type)) return im_new_ref(format);
    int r = im_dict_get(t, st->cache, format, &s);
    if (r) return r < 0 ? IM_NO_VALUE : s;
    s = im_call1(t, im_type_value(&im_Struct_type), format);
    if (im_no_value(s)) return s;
    if (im_dict_len(st->cache) >= 100) im_dict_clear(t, st->cache);
    if (im_dict_set(t, st->cache, format, s) < 0) { im_drop(t, s); return IM_NO_VALUE; }
    return s;
}
F(f_pack) { (void)kw; if (!n) return im_raise_type(t, "pack expected at least 1 argument, got 0"); Value s = cached(t, self, a[0]); if (im_no_value(s)) return s; Value r = do_pack(t, s, a + 1, n - 1); im_drop(t, s); return r; }
F(f_pack_into) { (void)kw; if (!n) return im_raise_type(t, "pack_into expected at least 1 argument, got 0"); Value s = cached(t, self, a[0]); if (im_no_value(s)) return s; Value r = do_pack_into(t, s, a + 1, n - 1); im_drop(t, s); return r; }
F(f_unpack) { (void)n; (void)kw; Value s = cached(t, self, a[0]); if (im_no_value(s)) return s; Value r = do_unpack(t, s, a[1]); im_drop(t, s); return r; }
F(f_unpack_from) { (void)n; (void)kw; Value s = cached(t, self, a[0]); if (im_no_value(s)) return s; Value r = do_unpack_from(t, s, a[1], a[2]); im_drop(t, s); return r; }
F(f_iter_unpack) { (void)n; (void)kw; Value s = cached(t, self, a[0]); if (im_no_value(s)) return s; Value r = do_iter(t, s, a[1]); im_drop(t, s); return r; }
F(f_calcsize) { (void)n; (void)kw; Value s = cached(t, self, a[0]); if (im_no_value(s)) return s; Value r = im_int(sp(s)->size); im_drop(t, s); return r; }
F(f_clearcache) { (void)a; (void)n; (void)kw; im_dict_clear(t, ((State *)im_module_state(self))->cache); return IM_NONE; }
static int struct_exec(Thread *t, Value m)
{
    State *st = im_module_state(m);
    if (!im_no_value(struct_error)) { /* imported again: the functions of all copies raise one exception */
        st->cache = im_dict_new(t);
        st->error = im_new_ref(struct_error);
        return im_no_value(st->cache) ? -1 : im_module_add(t, m, "error", im_new_ref(struct_error));
    }
    Value name = im_str_from_cstr(t, "error"), bases = im_tuple_pack(t, 1, im_type_value(&im_Exception_type)), ns = im_dict_new(t), mod = im_str_from_cstr(t, "struct");
    st->cache = im_dict_new(t);
    if (im_no_value(name) || im_no_value(bases) || im_no_value(ns) || im_no_value(mod) || im_no_value(st->cache) || im_dict_set(t, ns, IM_S(__module__), mod) < 0) return -1;
    st->error = im_call3(t, im_type_value(&im_type_type), name, bases, ns);
    im_drop(t, name);
    im_drop(t, bases);
    im_drop(t, ns);
    im_drop(t, mod);
    if (im_no_value(st->error)) return -1;
    im_root_add(&struct_error);
    struct_error = im_new_ref(st->error);
    return im_module_add(t, m, "error", im_new_ref(st->error));
}
static int struct_traverse(ImObject *o, ImVisit visit, void *arg)
{
    State *st = ((ImModule *)o)->state;
    int r = im_is_object(st->error) ? visit(st->error, arg) : 0;
    return r ? r : im_is_object(st->cache) ? visit(st->cache, arg) : 0;
}
static const ImMethodDef struct_methods[] = {
    IM_RANGE("pack", f_pack, 0, 255, NULL, "pack(format, v1, v2, ...) -> bytes"), IM_RANGE("pack_into", f_pack_into, 0, 255, NULL, "pack_into(format, buffer, offset, v1, v2, ...)"), IM_FIXED("unpack", f_unpack, 2, "($module, format, buffer, /)", "Return a tuple containing values unpacked according to the format string."),
    IM_PARSED("unpack_from", f_unpack_from, "($module, format, /, buffer, offset=0)", "Return a tuple containing values unpacked from a buffer, from offset on."), IM_FIXED("iter_unpack", f_iter_unpack, 2, "($module, format, buffer, /)", "Return an iterator yielding tuples unpacked from the given bytes, one format after the other."), IM_FIXED("calcsize", f_calcsize, 1, "($module, format, /)", "Return size in bytes of the struct described by the format string."),
    IM_FIXED("_clearcache", f_clearcache, 0, "($module, /)", "Clear the internal cache."), IM_END};
static ImType *const struct_types[] = {&im_Struct_type, NULL};
static const ImModuleDef struct_def = {.name = "_struct", .doc = "Functions to convert between Python values and C structs represented\nas Python bytes objects.", .methods = struct_methods, .exec = struct_exec, .state_size = sizeof(State), .traverse = struct_traverse,
    .types = struct_types};
IM_MODULE(struct_def);
