/* memoryview: a window on another object's memory (PEP 3118), any format of struct's single codes, any number of dimensions.
 *
 * A view holds one buffer of its own with shape and strides it may have changed; views made from views share the exporter's buffer through a counted
 * "managed buffer", released when the last view lets go.
 * SPDX-License-Identifier: MIT */
#include <limits.h>

#include "types/bytes_methods.h"
#include "types/float.h"
#include "types/int.h"
#include "types/iter.h"
#include "types/list.h"
#include "types/module.h"
#include "types/slice.h"
#include "types/tuple.h"

#define MAX_DIM 64
typedef struct ImManaged {
    ImObject head;
    ImBuffer master;
    bool released;
    bool native;     /* master came from, and goes back to, the native type below master.obj's class, not to the class's own methods */
    bool restricted; /* handed to __release_buffer__: no further views of it */
} ImManaged;
typedef struct ImMemView {
    ImObject head;
    Value mbuf;          /* ImManaged; no value once released */
    ssize_t x_exports;   /* buffers that others hold on this view */
    char *buf;
    ssize_t len, itemsize;
    bool readonly, own_format;
    int ndim;
    const char *format;
    ssize_t *suboffsets;
    int64_t x_hash;
    ssize_t *dims;       /* shape[ndim], strides[ndim] (and suboffsets[ndim]): raw memory */
    char fmt[8];
    ssize_t one_dim[3];  /* dims of a view with one dimension at most */
} ImMemView;
extern ImType im_managed_buffer_type;
static int release(Thread *t, ImMemView *m);
static ImMemView *mv(Value v) { return (ImMemView *)im_ptr(v); }
static ssize_t *shape(ImMemView *m) { return m->dims; }
static ssize_t *strides(ImMemView *m) { return m->dims + m->ndim; }
#define M(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)
#define NOARGS (void)a, (void)n, (void)kw

static int check(Thread *t, ImMemView *m) { return im_no_value(m->mbuf) ? (im_raise_valueerror(t, "operation forbidden on released memoryview object"), -1) : 0; }

static int check_open(Thread *t, Value mbuf)
{
    return ((ImManaged *)im_ptr(mbuf))->restricted ? (im_raise_valueerror(t, "cannot create new view on restricted memoryview"), -1) : 0;
}
static Value view_new(Thread *t, Value mbuf, const ImBuffer *b)
{
    ImMemView *m = (ImMemView *)im_instance_alloc(t, &im_memoryview_type, 0);
    if (!m) return IM_NO_VALUE;
    m->x_hash = -1;
    m->ndim = b->ndim;
    m->dims = b->ndim <= 1 ? m->one_dim : im_raw_alloc_zero(t, (size_t)b->ndim * 3, sizeof(ssize_t));
    if (!m->dims) { im_drop(t, im_value(m)); return IM_NO_VALUE; }
    m->mbuf = im_new_ref(mbuf);
    m->buf = b->buf;
    m->len = b->len;
    m->itemsize = b->itemsize;
    m->readonly = b->readonly;
    m->format = b->format ? b->format : "B";
    for (int i = 0; i < b->ndim; i++) {
        shape(m)[i] = b->shape ? b->shape[i] : b->itemsize ? b->len / b->itemsize : 0;
        strides(m)[i] = b->strides ? b->strides[i] : 0;
    }
    if (!b->strides && b->ndim) {
        ssize_t s = b->itemsize;
        for (int i = b->ndim - 1; i >= 0; i--) { strides(m)[i] = s; s *= shape(m)[i]; }
    }
    if (b->suboffsets) {
        m->suboffsets = m->dims + 2 * m->ndim;
        memcpy(m->suboffsets, b->suboffsets, (size_t)b->ndim * sizeof(ssize_t));
    }
    return im_value(m);
}
Value im_memoryview_new(Thread *t, Value obj)
{
    if (im_is_exact(obj, &im_memoryview_type)) {
        ImMemView *o = mv(obj);
        if (check(t, o) < 0 || check_open(t, o->mbuf) < 0) return IM_NO_VALUE;
        ImBuffer b = {.buf = o->buf, .len = o->len, .itemsize = o->itemsize, .readonly = o->readonly, .ndim = o->ndim, .format = (char *)(uintptr_t)o->format, .shape = shape(o), .strides = strides(o), .suboffsets = o->suboffsets};
        Value v = view_new(t, o->mbuf, &b);
        if (!im_no_value(v) && o->own_format) { memcpy(mv(v)->fmt, o->fmt, sizeof o->fmt); mv(v)->format = mv(v)->fmt; mv(v)->own_format = true; }
        return v;
    }
    return im_memoryview_from_flags(t, obj, IM_BUF_FULL_RO, false);
}
static ImType *native_of(Value obj)
{
    ImType *type = im_type_of(obj);
    while (type && (im_type_flags(type) & IM_TF_HEAP)) type = im_type_base(type);
    return type;
}
Value im_memoryview_from_flags(Thread *t, Value obj, int flags, bool native)
{
    if (!im_buffer_check(obj)) return im_raise_type(t, "memoryview: a bytes-like object is required, not '%T'", obj);
    int (*get)(Thread *, Value, ImBuffer *, int) = native ? IM_SLOT(native_of(obj), getbuffer) : im_buffer_get;
    if (!get) return im_raise_type(t, "a bytes-like object is required, not '%.100T'", obj);
    ImManaged *g = (ImManaged *)im_instance_alloc(t, &im_managed_buffer_type, 0);
    if (!g) return IM_NO_VALUE;
    g->released = true;
    Value gv = im_value(g), v = IM_NO_VALUE;
    g->native = native;
    if (get(t, obj, &g->master, flags) < 0) g->master.obj = IM_NO_VALUE;
    else {
        g->released = false;
        if (g->master.ndim > MAX_DIM) (void)im_raise_valueerror(t, "memoryview: number of dimensions must not exceed %d", MAX_DIM);
        else v = view_new(t, gv, &g->master);
    }
    im_drop(t, gv);
    return v;
}
Value im_memoryview_from_memory(Thread *t, void *p, ssize_t len, bool readonly, Value owner)
{
    ImManaged *g = (ImManaged *)im_instance_alloc(t, &im_managed_buffer_type, 0);
    if (!g) return IM_NO_VALUE;
    g->master = (ImBuffer){.buf = p, .len = len, .itemsize = 1, .readonly = readonly, .ndim = 1, .obj = im_is_object(owner) ? im_new_ref(owner) : IM_NO_VALUE};
    Value gv = im_value(g), v = view_new(t, gv, &g->master);
    im_drop(t, gv);
    return v;
}
Value im_memoryview_from_buffer(Thread *t, const ImBuffer *b)
{
    ImManaged *g = (ImManaged *)im_instance_alloc(t, &im_managed_buffer_type, 0);
    if (!g) return IM_NO_VALUE;
    g->master = *b;
    g->master.obj = IM_NO_VALUE;
    Value gv = im_value(g), v = view_new(t, gv, &g->master);
    im_drop(t, gv);
    return v;
}
static void release_master(Thread *t, ImManaged *g)
{
    if (g->released) return;
    g->released = true;
    Value obj = g->master.obj;
    if (!im_is_object(obj)) return;
    if (!g->native) { im_buffer_release(t, &g->master); return; }
    void (*give_back)(Thread *, Value, ImBuffer *) = IM_SLOT(native_of(obj), releasebuffer);
    if (give_back) give_back(t, obj, &g->master);
    g->master.obj = IM_NO_VALUE;
    im_drop(t, obj);
}
/* The object whose buffer a view shows, borrowed; no value once it is released. */
Value im_memoryview_exporter(Value view)
{
    ImMemView *m = mv(view);
    return im_no_value(m->mbuf) ? IM_NO_VALUE : ((ImManaged *)im_ptr(m->mbuf))->master.obj;
}
/* A class with a __release_buffer__ inherits a native buffer, and somebody is done with such a one: b, which stays the caller's. */
void im_memoryview_release_by_class(Thread *t, Value obj, ImBuffer *b)
{
    Value saved = im_exc_fetch(t), r = IM_NO_VALUE, v = IM_NO_VALUE;
    ImManaged *g = (ImManaged *)im_instance_alloc(t, &im_managed_buffer_type, 0);
    if (g) {
        g->master = *b;
        g->master.obj = im_new_ref(obj);
        g->native = g->restricted = true;
        v = view_new(t, im_value(g), &g->master);
    }
    bool found = false;
    if (!im_no_value(v)) r = im_call_special(t, obj, IM_S(__release_buffer__), &v, 1, &found);
    if (im_pending(t)) im_write_unraisable(t, NULL, obj);
    im_xdrop(t, r);
    if (g) {
        release_master(t, g); /* whether the method passed it on or not; views that it kept see it */
        if (!im_no_value(v) && !im_no_value(mv(v)->mbuf)) (void)release(t, mv(v)), im_exc_clear(t);
        im_drop(t, im_value(g));
    }
    im_xdrop(t, v);
    im_exc_restore(t, saved);
}
static int g_traverse(ImObject *o, ImVisit visit, void *arg) { Value v = ((ImManaged *)o)->master.obj; return im_is_object(v) ? visit(v, arg) : 0; }
static void g_destroy(Thread *t, ImObject *o) { release_master(t, (ImManaged *)o); }
static const ImTypeSpec g_spec = {.name = "managedbuffer", .size = sizeof(ImManaged), .flags = IM_TF_GC | IM_TF_NO_NEW, .traverse = g_traverse, .destroy = g_destroy};
IM_TYPE(managed_buffer, &g_spec);

/* --- items: struct's native single codes ------------------------------------------------------------------------------------------------ */
static char code_of(const char *f) { return f[0] == '@' && f[1] ? f[1] : f[0]; }
static bool single(const char *f) { const char *p = f[0] == '@' ? f + 1 : f; return p[0] && !p[1]; }
static ssize_t code_size(char c)
{
    switch (c) {
    case 'c': case 'b': case 'B': case '?': return 1;
    case 'h': case 'H': case 'e': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': case 'q': case 'Q': case 'n': case 'N': case 'd': case 'P': return 8;
    default: return -1;
    }
}
static double half_to_double(uint16_t h)
{
    int e = h >> 10 & 31, m = h & 1023;
    double d = e == 0 ? __builtin_ldexp(m, -24) : e == 31 ? (m ? __builtin_nan("") : __builtin_inf()) : __builtin_ldexp(m + 1024, e - 25);
    return h & 0x8000 ? -d : d;
}
static Value unpack(Thread *t, const char *p, const char *format)
{
    if (!single(format)) return im_raise(t, &im_NotImplementedError_type, "memoryview: format %s not supported", format);
#define GET(type) ({ type x_; memcpy(&x_, p, sizeof x_); x_; })
    switch (code_of(format)) {
    case 'B': return im_int(*(const uint8_t *)p);
    case 'b': return im_int(*(const int8_t *)p);
    case 'c': return im_bytes_new(t, p, 1);
    case '?': return im_bool(*p != 0);
    case 'h': return im_int(GET(int16_t));
    case 'H': return im_int(GET(uint16_t));
    case 'i': return im_int(GET(int32_t));
    case 'I': return im_int(GET(uint32_t));
    case 'l': case 'q': case 'n': return im_int_new(t, GET(int64_t));
    case 'L': case 'Q': case 'N': case 'P': return im_int_from_u64(t, GET(uint64_t));
    case 'f': return im_float_new(t, GET(float));
    case 'd': return im_float_new(t, GET(double));
    case 'e': return im_float_new(t, half_to_double(GET(uint16_t)));
    default: return im_raise(t, &im_NotImplementedError_type, "memoryview: format %s not supported", format);
    }
}
static Value struct_of(Thread *t, const char *format)
{
    Value cls = im_import_from(t, "struct", "Struct"), f = im_no_value(cls) ? cls : im_str_from_cstr(t, format), s = im_no_value(f) ? f : im_call1(t, cls, f);
    im_xdrop(t, f);
    im_xdrop(t, cls);
    return s;
}
static int pack(Thread *t, char *p, const char *format, Value v)
{
    if (!single(format)) return im_raise(t, &im_NotImplementedError_type, "memoryview: format %s not supported", format), -1;
    char c = code_of(format);
    static const struct { char c; int64_t lo, hi; } ranges[] = {{'b', -128, 127}, {'B', 0, 255}, {'h', -32768, 32767}, {'H', 0, 65535}, {'i', INT32_MIN, INT32_MAX}, {'I', 0, UINT32_MAX}};
    int64_t i;
    uint64_t u;
    double d;
    switch (c) {
    case 'b': case 'B': case 'h': case 'H': case 'i': case 'I': case 'l': case 'q': case 'n': {
        Value x = im_index(t, v);
        if (im_no_value(x)) { if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "memoryview: invalid type for format '%s'", format); return -1; }
        bool ok = im_int_get64(x, &i);
        im_drop(t, x);
        for (size_t k = 0; ok && k < IM_COUNTOF(ranges); k++)
            if (ranges[k].c == c) ok = i >= ranges[k].lo && i <= ranges[k].hi;
        if (!ok) return im_raise_valueerror(t, "memoryview: invalid value for format '%s'", format), -1;
        memcpy(p, &i, (size_t)code_size(c));
        return 0;
    }
    case 'L': case 'Q': case 'N': case 'P': {
        Value x = im_index(t, v);
        if (im_no_value(x)) { if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "memoryview: invalid type for format '%s'", format); return -1; }
        bool ok = im_int_get_u64(x, &u);
        im_drop(t, x);
        if (!ok) return im_raise_valueerror(t, "memoryview: invalid value for format '%s'", format), -1;
        memcpy(p, &u, 8);
        return 0;
    }
    case 'f': case 'd': {
        if (im_as_double(t, v, &d) < 0) {
            if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "memoryview: invalid type for format '%s'", format);
            else if (im_exc_clear_if(t, &im_OverflowError_type) || im_exc_clear_if(t, &im_ValueError_type)) (void)im_raise_valueerror(t, "memoryview: invalid value for format '%s'", format);
            return -1;
        }
        float f = (float)d;
        if (c == 'f') memcpy(p, &f, 4);
        else memcpy(p, &d, 8);
        return 0;
    }
    case 'e': { /* struct rounds to half precision, and says what does not fit */
        Value b = IM_NO_VALUE, s = struct_of(t, "e");
        if (!im_no_value(s)) b = im_call_method1(t, s, im_str_intern_cstr(t, "pack"), v);
        im_xdrop(t, s);
        if (im_no_value(b)) {
            bool value = im_exc_clear_if(t, &im_OverflowError_type);
            im_exc_clear(t);
            (void)(value ? im_raise_valueerror(t, "memoryview: invalid value for format '%s'", format) : im_raise_type(t, "memoryview: invalid type for format '%s'", format));
            return -1;
        }
        memcpy(p, im_bytes_data(b), 2);
        im_drop(t, b);
        return 0;
    }
    case '?': {
        int b = im_truth(t, v);
        if (b < 0) return -1;
        *p = (char)b;
        return 0;
    }
    case 'c':
        if (!im_is_bytes(v)) return im_raise_type(t, "memoryview: invalid type for format 'c'"), -1;
        if (im_bytes_len(v) != 1) return im_raise_valueerror(t, "memoryview: invalid value for format 'c'"), -1;
        *p = im_bytes_data(v)[0];
        return 0;
    default: return im_raise(t, &im_NotImplementedError_type, "memoryview: format %s not supported", format), -1;
    }
}
static char *step_to(ImMemView *m, char *p, int dim, ssize_t i)
{
    p += strides(m)[dim] * i;
    if (m->suboffsets && m->suboffsets[dim] >= 0) p = *(char **)p + m->suboffsets[dim];
    return p;
}
static int64_t nitems(ImMemView *m)
{
    int64_t k = 1;
    for (int i = 0; i < m->ndim; i++) k *= shape(m)[i];
    return k;
}
static bool contiguous(ImMemView *m, char order)
{
    if (m->suboffsets) return false;
    if (m->len == 0 || m->ndim == 0) return true;
    ssize_t s = m->itemsize;
    for (int k = 0; k < m->ndim; k++) {
        int i = order == 'F' ? k : m->ndim - 1 - k;
        if (shape(m)[i] > 1 && strides(m)[i] != s) return false;
        s *= shape(m)[i];
    }
    return true;
}
/* Copies all items in C order (or F) to out. */
static char *flatten(ImMemView *m, char *p, int dim, char *out)
{
    if (dim == m->ndim) { memcpy(out, p, (size_t)m->itemsize); return out + m->itemsize; }
    if (dim == m->ndim - 1 && !m->suboffsets) {
        const ssize_t n = shape(m)[dim], step = strides(m)[dim], size = m->itemsize;
        if (step == size) { memcpy(out, p, (size_t)(n * size)); return out + n * size; }
        if (size == 1) for (ssize_t i = 0; i < n; i++, p += step) *out++ = *p;
        else for (ssize_t i = 0; i < n; i++, p += step, out += size) memcpy(out, p, (size_t)size);
        return out;
    }
    for (ssize_t i = 0; i < shape(m)[dim]; i++) out = flatten(m, step_to(m, p, dim, i), dim + 1, out);
    return out;
}
static void flatten_f(ImMemView *m, char *out)
{
    ssize_t idx[MAX_DIM] = {0};
    for (int64_t k = nitems(m); k > 0; k--) {
        char *p = m->buf;
        for (int d = 0; d < m->ndim; d++) p = step_to(m, p, d, idx[d]);
        memcpy(out, p, (size_t)m->itemsize);
        out += m->itemsize;
        for (int d = 0; d < m->ndim && ++idx[d] == shape(m)[d]; d++) idx[d] = 0;
    }
}
static Value to_list(Thread *t, ImMemView *m, char *p, int dim)
{
    if (dim == m->ndim) return unpack(t, p, m->format);
    Value l = im_list_new(t, (size_t)shape(m)[dim]);
    const bool last = dim == m->ndim - 1 && !m->suboffsets && single(m->format);
    const char code = code_of(m->format);
    if (last && !im_no_value(l) && strchr("bBhHiI", code)) { /* always immediates */
        const ssize_t n = shape(m)[dim], step = strides(m)[dim];
        for (ssize_t i = 0; i < n; i++, p += step) {
            int64_t x;
            switch (code) {
            case 'b': x = *(int8_t *)p; break;
            case 'B': x = *(uint8_t *)p; break;
            case 'h': { int16_t y; memcpy(&y, p, 2); x = y; break; }
            case 'H': { uint16_t y; memcpy(&y, p, 2); x = y; break; }
            case 'i': { int32_t y; memcpy(&y, p, 4); x = y; break; }
            default: { uint32_t y; memcpy(&y, p, 4); x = y; break; }
            }
            if (im_list_append_steal(t, l, im_int(x)) < 0) { im_drop(t, l); return IM_NO_VALUE; }
        }
        return l;
    }
    for (ssize_t i = 0; !im_no_value(l) && i < shape(m)[dim]; i++) {
        Value x = to_list(t, m, step_to(m, p, dim, i), dim + 1);
        if (im_no_value(x) || im_list_append_steal(t, l, x) < 0) { im_drop(t, l); return IM_NO_VALUE; }
    }
    return l;
}

/* --- indexing --------------------------------------------------------------------------------------------------------------------------------- */
static char *item_at(Thread *t, ImMemView *m, char *p, int dim, ssize_t i)
{
    ssize_t len = shape(m)[dim];
    if (i < 0) i += len;
    if (i < 0 || i >= len) return (void)im_raise_index(t, m->ndim == 1 ? "index out of bounds on dimension 1" : "index out of bounds on dimension %d", dim + 1), NULL;
    return step_to(m, p, dim, i);
}
static char *item_tuple(Thread *t, ImMemView *m, Value key)
{
    ssize_t n = im_tuple_len(key), at[MAX_DIM];
    if (n < m->ndim) { (void)im_raise(t, &im_NotImplementedError_type, "sub-views are not implemented"); return NULL; }
    if (n > m->ndim) { (void)im_raise_type(t, "cannot index %d-dimension view with %zd-element tuple", m->ndim, n); return NULL; }
    for (ssize_t k = 0; k < n; k++)
        if (im_as_ssize(t, im_tuple_get(key, k), &im_IndexError_type, &at[k]) < 0) return NULL;
    if (check(t, m) < 0) return NULL; /* __index__ may have released it */
    char *p = m->buf;
    for (ssize_t k = 0; p && k < n; k++) p = item_at(t, m, p, (int)k, at[k]);
    return p;
}
static bool all_slices(Value key)
{
    for (ssize_t i = 0; i < im_tuple_len(key); i++)
        if (!im_is_slice(im_tuple_get(key, i))) return false;
    return im_tuple_len(key) > 0;
}
static bool all_index(Value key)
{
    for (ssize_t i = 0; i < im_tuple_len(key); i++)
        if (!im_is_index(im_tuple_get(key, i))) return false;
    return true;
}
static Value slice_view(Thread *t, Value self, Value key)
{
    ssize_t i, j, step;
    Value v = im_memoryview_new(t, self); /* first: __index__ of the slice may release self */
    if (im_no_value(v)) return v;
    if (im_slice_unpack(t, key, &i, &j, &step) < 0) {
        im_drop(t, v);
        return IM_NO_VALUE;
    }
    ImMemView *m = mv(v);
    ssize_t n = im_slice_adjust(shape(m)[0], &i, &j, step);
    if (!m->suboffsets || m->ndim == 1) m->buf += i * strides(m)[0];
    else m->buf += i * strides(m)[0];
    shape(m)[0] = n;
    strides(m)[0] *= step;
    m->len = (ssize_t)nitems(m) * m->itemsize;
    return v;
}
static Value m_subscript(Thread *t, Value self, Value key)
{
    ImMemView *m = mv(self);
    ssize_t i;
    if (check(t, m) < 0) return IM_NO_VALUE;
    if (m->ndim == 0) {
        if (im_is_tuple(key) && im_tuple_len(key) == 0) return unpack(t, m->buf, m->format);
        if (key.bits == IM_ELLIPSIS.bits) return im_new_ref(self);
        return im_raise_type(t, "invalid indexing of 0-dim memory");
    }
    if (im_is_slice(key)) return slice_view(t, self, key);
    if (im_is_index(key)) {
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return IM_NO_VALUE;
        if (m->ndim > 1) return im_raise(t, &im_NotImplementedError_type, "multi-dimensional sub-views are not implemented");
        if (check(t, m) < 0) return IM_NO_VALUE;
        char *p = item_at(t, m, m->buf, 0, i);
        return p ? unpack(t, p, m->format) : IM_NO_VALUE;
    }
    if (im_is_tuple(key)) {
        if (all_slices(key)) return im_raise(t, &im_NotImplementedError_type, "multi-dimensional slicing is not implemented");
        if (!all_index(key)) return im_raise_type(t, "memoryview: invalid slice key");
        char *p = item_tuple(t, m, key);
        return p ? unpack(t, p, m->format) : IM_NO_VALUE;
    }
    return im_raise_type(t, "memoryview: invalid slice key");
}
static int copy_into(Thread *t, ImMemView *dst, Value src_obj)
{
    Value sv = im_memoryview_new(t, src_obj);
    if (im_no_value(sv)) return -1;
    ImMemView *src = mv(sv);
    int r = -1;
    bool same = src->ndim == dst->ndim && src->itemsize == dst->itemsize && strcmp(src->format + (*src->format == '@'), dst->format + (*dst->format == '@')) == 0;
    for (int i = 0; same && i < dst->ndim; i++) same = shape(src)[i] == shape(dst)[i];
    if (!same) (void)im_raise_valueerror(t, "memoryview assignment: lvalue and rvalue have different structures");
    else {
        const bool plain = src->ndim == 1 && contiguous(src, 'C') && contiguous(dst, 'C');
        char *tmp = plain ? NULL : im_raw_alloc(t, (size_t)(src->len ? src->len : 1)), *q = tmp;
        if (plain) {
            memmove(dst->buf, src->buf, (size_t)src->len);
            r = 0;
        } else if (tmp) {
            flatten(src, src->buf, 0, tmp);
            for (ssize_t i = 0; i < shape(dst)[0]; i++, q += dst->itemsize) memcpy(step_to(dst, dst->buf, 0, i), q, (size_t)dst->itemsize);
            im_raw_free(tmp);
            r = 0;
        }
    }
    im_drop(t, sv);
    return r;
}
static int m_ass_subscript(Thread *t, Value self, Value key, Value v)
{
    ImMemView *m = mv(self);
    ssize_t i;
    if (check(t, m) < 0) return -1;
    if (!single(m->format)) return im_raise(t, &im_NotImplementedError_type, "memoryview: unsupported format %s", m->format), -1;
    if (m->readonly) return im_raise_type(t, "cannot modify read-only memory"), -1;
    if (im_no_value(v)) return im_raise_type(t, "cannot delete memory"), -1;
    if (m->ndim == 0) {
        if (key.bits == IM_ELLIPSIS.bits || (im_is_tuple(key) && im_tuple_len(key) == 0)) return pack(t, m->buf, m->format, v);
        return im_raise_type(t, "invalid indexing of 0-dim memory"), -1;
    }
    if (im_is_slice(key)) {
        if (m->ndim != 1) return im_raise(t, &im_NotImplementedError_type, "memoryview slice assignments are currently restricted to ndim = 1"), -1;
        ssize_t from, to, step;
        if (im_is_bytes_exact(v) && !m->suboffsets && strides(m)[0] == 1 && code_of(m->format) == 'B') { /* no views: bytes do not move */
            if (im_slice_unpack(t, key, &from, &to, &step) < 0 || check(t, m) < 0) return -1;
            const ssize_t k = im_slice_adjust(shape(m)[0], &from, &to, step);
            if (k != im_bytes_len(v)) return im_raise_valueerror(t, "memoryview assignment: lvalue and rvalue have different structures"), -1;
            const char *q = im_bytes_data(v);
            if (step == 1) memmove(m->buf + from, q, (size_t)k);
            else for (ssize_t j = 0; j < k; j++) m->buf[from + j * step] = q[j];
            return 0;
        }
        Value d = slice_view(t, self, key);
        if (im_no_value(d)) return -1;
        int r = check(t, m) < 0 ? -1 : copy_into(t, mv(d), v);
        im_drop(t, d);
        return r;
    }
    char *p = NULL;
    if (im_is_index(key)) {
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return -1;
        if (m->ndim > 1) return im_raise(t, &im_NotImplementedError_type, "sub-views are not implemented"), -1;
        if (check(t, m) < 0) return -1;
        p = item_at(t, m, m->buf, 0, i);
    } else if (im_is_tuple(key) && all_index(key)) {
        p = item_tuple(t, m, key);
    } else if (im_is_tuple(key) && all_slices(key)) {
        return im_raise(t, &im_NotImplementedError_type, "memoryview slice assignments are currently restricted to ndim = 1"), -1;
    } else {
        return im_raise_type(t, "memoryview: invalid slice key"), -1;
    }
    if (!p) return -1;
    char tmp[8];
    if (pack(t, tmp, m->format, v) < 0) return -1; /* may run Python code that releases the view */
    if (check(t, m) < 0) return -1;
    memcpy(p, tmp, (size_t)m->itemsize);
    return 0;
}
static ssize_t m_len(Thread *t, Value self)
{
    if (check(t, mv(self)) < 0) return -1;
    return mv(self)->ndim == 0 ? (im_raise_type(t, "0-dim memory has no length"), -1) : shape(mv(self))[0];
}
static Value m_item(Thread *t, Value self, ssize_t i)
{
    ImMemView *m = mv(self);
    if (IM_LIKELY(!im_no_value(m->mbuf) && m->ndim == 1 && !m->suboffsets && (size_t)i < (size_t)shape(m)[0])) {
        const char *p = m->buf + i * strides(m)[0];
        return m->format[0] == 'B' && !m->format[1] ? im_int(*(const uint8_t *)p) : unpack(t, p, m->format);
    }
    return m_subscript(t, self, im_int(i));
}
typedef struct ViewIter { ImObject head; ssize_t x_index; Value view; /* no value once exhausted (private only) */ } ViewIter;
IM_TYPE_DECLARE(memory_iterator);
static Value m_iter(Thread *t, Value self)
{
    ImMemView *m = mv(self);
    if (check(t, m) < 0) return IM_NO_VALUE;
    if (m->ndim == 0) return im_raise_type(t, "invalid indexing of 0-dim memory");
    if (m->ndim != 1) return im_raise(t, &im_NotImplementedError_type, "multi-dimensional sub-views are not implemented");
    if (!single(m->format) || code_size(code_of(m->format)) < 0) return im_raise(t, &im_NotImplementedError_type, "memoryview: unsupported format %s", m->format);
    ViewIter *it = (ViewIter *)im_instance_alloc(t, &im_memory_iterator_type, 0);
    if (!it) return IM_NO_VALUE;
    it->view = im_new_ref(self);
    return im_value(it);
}
static Value viewiter_next(Thread *t, Value self)
{
    ViewIter *it = (ViewIter *)im_ptr(self);
    if (im_no_value(it->view)) return IM_STOP;
    ImMemView *m = mv(it->view);
    if (IM_UNLIKELY(check(t, m) < 0)) return IM_NO_VALUE;
    const bool private = im_is_private_obj(&it->head);
    const ssize_t i = private ? im_load_relaxed(&it->x_index) : im_faa_relaxed(&it->x_index, (ssize_t)1);
    if (IM_LIKELY((size_t)i < (size_t)shape(m)[0])) {
        if (private) im_store_relaxed(&it->x_index, i + 1);
        return m_item(t, it->view, i);
    }
    if (private) IM_CLEAR(t, it->view);
    else im_store_relaxed(&it->x_index, PTRDIFF_MAX / 2);
    return IM_STOP;
}
static int viewiter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value v = ((ViewIter *)o)->view;
    return im_is_object(v) ? visit(v, arg) : 0;
}
static void viewiter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ViewIter *)o)->view); }
static const ImSlots viewiter_slots = {.iter = im_iter_self, .next = viewiter_next};
static const ImTypeSpec viewiter_spec = {.name = "memory_iterator", .size = sizeof(ViewIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &viewiter_slots,
    .traverse = viewiter_traverse, .destroy = viewiter_destroy};
IM_TYPE(memory_iterator, &viewiter_spec);
/* Items of any format that struct knows, as lists in lists. No value without exception: it does not. */
static Value struct_list(Thread *t, ImMemView *m, Value s, char *p, int dim)
{
    if (dim == m->ndim) {
        Value b = im_bytes_new(t, p, m->itemsize), r = im_no_value(b) ? b : im_call_method1(t, s, im_str_intern_cstr(t, "unpack"), b);
        im_xdrop(t, b);
        if (im_no_value(r) || im_tuple_len(r) != 1) return r;
        Value x = im_new_ref(im_tuple_get(r, 0));
        im_drop(t, r);
        return x;
    }
    Value list = im_list_new(t, (size_t)shape(m)[dim]);
    for (ssize_t i = 0; !im_no_value(list) && i < shape(m)[dim]; i++) {
        Value x = struct_list(t, m, s, step_to(m, p, dim, i), dim + 1);
        if (im_no_value(x) || im_list_append_steal(t, list, x) < 0) IM_CLEAR(t, list);
    }
    return list;
}
static Value any_list(Thread *t, ImMemView *m)
{
    if (single(m->format) && code_size(code_of(m->format)) > 0) return to_list(t, m, m->buf, 0);
    Value s = struct_of(t, m->format), l = IM_NO_VALUE;
    if (im_no_value(s)) { /* struct.error for the format; anything else is not to be swallowed */
        Value error = im_import_from(t, "struct", "error");
        Value e = im_no_value(error) ? IM_NO_VALUE : im_exc_fetch(t);
        if (!im_no_value(e) && im_exc_matches(t, e, error) == 1) im_drop(t, e);
        else if (!im_no_value(e)) im_exc_restore(t, e);
        im_xdrop(t, error);
        return IM_NO_VALUE;
    }
    l = struct_list(t, m, s, m->buf, 0);
    im_drop(t, s);
    return l;
}
static Value m_compare(Thread *t, Value x, Value y, ImCmp op)
{
    if (op != IM_EQ && op != IM_NE) return IM_NOT_IMPLEMENTED;
    if (im_no_value(mv(x)->mbuf) || (im_is_exact(y, &im_memoryview_type) && im_no_value(mv(y)->mbuf))) return im_bool((op == IM_EQ) == im_same(x, y));
    if (!im_buffer_check(y)) return IM_NOT_IMPLEMENTED;
    if (im_is_bytes_exact(y) && mv(x)->ndim == 1 && strides(mv(x))[0] == 1 && single(mv(x)->format) && code_of(mv(x)->format) == 'B' && !mv(x)->suboffsets)
        return im_bool((op == IM_EQ) == (mv(x)->len == im_bytes_len(y) && !memcmp(mv(x)->buf, im_bytes_data(y), (size_t)mv(x)->len)));
    if (im_is_exact(y, &im_memoryview_type)) { /* most often of one kind and in one piece: no Python code can run */
        ImMemView *a = mv(x), *b = mv(y);
        if (a->ndim == 1 && b->ndim == 1 && a->itemsize == b->itemsize && code_of(a->format) == code_of(b->format) && single(a->format) && single(b->format) &&
            strchr("bBchHiIlLqQnNP", code_of(a->format)) && contiguous(a, 'C') && contiguous(b, 'C'))
            return im_bool((op == IM_EQ) == (a->len == b->len && !memcmp(a->buf, b->buf, (size_t)a->len)));
    }
    Value w = im_memoryview_new(t, y);
    if (im_no_value(w)) { im_exc_clear(t); return IM_NOT_IMPLEMENTED; }
    ImMemView *a = mv(x), *b = mv(w);
    bool eq = a->ndim == b->ndim;
    for (int i = 0; eq && i < a->ndim; i++) eq = shape(a)[i] == shape(b)[i];
    if (eq && a->len) {
        if (code_of(a->format) == code_of(b->format) && a->itemsize == b->itemsize && strchr("bBchHiIlLqQnN?P", code_of(a->format)) && single(a->format)) {
            char *p = im_raw_alloc(t, (size_t)a->len * 2);
            if (!p) { im_drop(t, w); return IM_NO_VALUE; }
            flatten(a, a->buf, 0, p);
            flatten(b, b->buf, 0, p + a->len);
            eq = !memcmp(p, p + a->len, (size_t)a->len);
            im_raw_free(p);
        } else {
            Value l = any_list(t, a), r = im_no_value(l) ? l : any_list(t, b);
            int c = im_no_value(r) ? -1 : im_equal(t, l, r);
            im_xdrop(t, l);
            im_xdrop(t, r);
            if (c < 0) {
                if (im_pending(t)) { im_drop(t, w); return IM_NO_VALUE; }
                c = 0; /* a format that struct does not know */
            }
            eq = c;
        }
    }
    im_drop(t, w);
    return im_bool((op == IM_EQ) == eq);
}
static int64_t m_hash(Thread *t, Value self)
{
    ImMemView *m = mv(self);
    if (m->x_hash != -1) return m->x_hash;
    if (check(t, m) < 0) return -1;
    if (!m->readonly) return im_raise_valueerror(t, "cannot hash writable memoryview object"), -1;
    char c = code_of(m->format);
    if (!single(m->format) || (c != 'B' && c != 'b' && c != 'c')) return im_raise_valueerror(t, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'"), -1;
    Value o = ((ImManaged *)im_ptr(m->mbuf))->master.obj;
    if (im_is_object(o) && im_hash(t, o) == -1) return -1;
    char *p = im_raw_alloc(t, (size_t)m->len + 1);
    if (!p) return -1;
    flatten(m, m->buf, 0, p);
    m->x_hash = im_hash_bytes(p, m->len);
    im_raw_free(p);
    return m->x_hash;
}
static Value m_repr(Thread *t, Value self) { return im_str_format(t, im_no_value(mv(self)->mbuf) ? "<released memory at %p>" : "<memory at %p>", (void *)im_ptr(self)); }
static int m_getbuffer(Thread *t, Value self, ImBuffer *b, int flags)
{
    ImMemView *m = mv(self);
    if (check(t, m) < 0 || check_open(t, m->mbuf) < 0) return -1;
    if ((flags & IM_BUF_WRITABLE) && m->readonly) return im_raise(t, &im_BufferError_type, "memoryview: underlying buffer is not writable"), -1;
    bool c = contiguous(m, 'C'), f = contiguous(m, 'F');
    if ((flags & IM_BUF_C_CONTIGUOUS) == IM_BUF_C_CONTIGUOUS && !c) return im_raise(t, &im_BufferError_type, "memoryview: underlying buffer is not C-contiguous"), -1;
    if ((flags & IM_BUF_F_CONTIGUOUS) == IM_BUF_F_CONTIGUOUS && !f) return im_raise(t, &im_BufferError_type, "memoryview: underlying buffer is not Fortran contiguous"), -1;
    if ((flags & IM_BUF_ANY_CONTIGUOUS) == IM_BUF_ANY_CONTIGUOUS && !c && !f) return im_raise(t, &im_BufferError_type, "memoryview: underlying buffer is not contiguous"), -1;
    if ((flags & IM_BUF_STRIDES) != IM_BUF_STRIDES && !c) return im_raise(t, &im_BufferError_type, "memoryview: underlying buffer is not C-contiguous"), -1;
    *b = (ImBuffer){.buf = m->buf, .obj = im_new_ref(self), .len = m->len, .itemsize = m->itemsize, .readonly = m->readonly, .ndim = m->ndim,
        .format = flags & IM_BUF_FORMAT ? (char *)(uintptr_t)m->format : NULL, .shape = shape(m), .strides = strides(m), .suboffsets = m->suboffsets};
    if ((flags & IM_BUF_ND) != IM_BUF_ND) { b->ndim = 1; b->shape = NULL; b->strides = NULL; }
    else if ((flags & IM_BUF_STRIDES) != IM_BUF_STRIDES) b->strides = NULL;
    IM_ADD_IN(&m->head, &m->x_exports, 1);
    return 0;
}
static void m_releasebuffer(Thread *t, Value self, ImBuffer *b) { (void)t; (void)b; IM_ADD_IN(im_ptr(self), &mv(self)->x_exports, -1); }
static Value m_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kw)
{
    (void)type;
    ImArgs a;
    if (im_parse_args(t, "memoryview", "(object)", args, nargs, kw, &a) < 0) return IM_NO_VALUE;
    Value v = im_memoryview_new(t, a.v[0]);
    im_args_fini(t, &a);
    return v;
}

/* --- methods -------------------------------------------------------------------------------------------------------------------------------------- */
static int release(Thread *t, ImMemView *m)
{
    if (im_no_value(m->mbuf)) return 0;
    ssize_t e = im_load_acquire(&m->x_exports);
    if (e > 0) return im_raise(t, &im_BufferError_type, "memoryview has %zd exported buffer%s", e, e == 1 ? "" : "s"), -1;
    im_slot_put(t, &m->head, &m->mbuf, IM_NO_VALUE);
    return 0;
}
M(m_release) { NOARGS; return release(t, mv(self)) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_enter) { NOARGS; return check(t, mv(self)) < 0 ? IM_NO_VALUE : im_new_ref(self); }
M(m_exit) { NOARGS; return release(t, mv(self)) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_tobytes)
{
    (void)n; (void)kw;
    ImMemView *m = mv(self);
    if (check(t, m) < 0) return IM_NO_VALUE;
    char order = 'C';
    if (!im_no_value(a[0]) && !im_is_none(a[0])) {
        if (im_is_str(a[0]) && im_str_equal_cstr(a[0], "F")) order = 'F';
        else if (im_is_str(a[0]) && im_str_equal_cstr(a[0], "A")) order = contiguous(m, 'F') ? 'F' : 'C';
        else if (!im_is_str(a[0]) || !im_str_equal_cstr(a[0], "C")) return im_raise_valueerror(t, "order must be 'C', 'F' or 'A'");
    }
    Value v = im_bytes_new(t, NULL, m->len);
    if (im_no_value(v) || m->len == 0) return v;
    if (m->len == 1) { im_drop(t, v); char c; flatten(m, m->buf, 0, &c); return im_bytes_new(t, &c, 1); }
    if (order == 'C' && contiguous(m, 'C')) memcpy(im_bytes_data(v), m->buf, (size_t)m->len);
    else if (order == 'C') flatten(m, m->buf, 0, im_bytes_data(v));
    else flatten_f(m, im_bytes_data(v));
    return v;
}
Value im_bytes_hex(Thread *t, const uint8_t *p, ssize_t len, Value sep, Value per);
M(m_hex)
{
    Value none[1] = {IM_NO_VALUE}, b = m_tobytes(t, self, none, 1, IM_NO_VALUE);
    (void)n; (void)kw;
    if (im_no_value(b)) return b;
    Value v = im_bytes_hex(t, (const uint8_t *)im_bytes_data(b), im_bytes_len(b), a[0], a[1]);
    im_drop(t, b);
    return v;
}
M(m_tolist) { NOARGS; ImMemView *m = mv(self); return check(t, m) < 0 ? IM_NO_VALUE : to_list(t, m, m->buf, 0); }
M(m_toreadonly)
{
    NOARGS;
    Value v = im_memoryview_new(t, self);
    if (!im_no_value(v)) mv(v)->readonly = true;
    return v;
}
M(m_cast)
{
    (void)n; (void)kw;
    ImMemView *m = mv(self);
    if (check(t, m) < 0 || check_open(t, m->mbuf) < 0) return IM_NO_VALUE;
    if (!im_is_str(a[0])) return im_raise_type(t, "cast() argument 'format' must be str, not %T", a[0]);
    const char *f = im_str_utf8(t, a[0], NULL);
    if (!f) return IM_NO_VALUE;
    if (!contiguous(m, 'C')) return im_raise_type(t, "memoryview: casts are restricted to C-contiguous views");
    bool has_shape = !im_no_value(a[1]) && !im_is_none(a[1]);
    if (has_shape && !im_is_list(a[1]) && !im_is_tuple(a[1])) return im_raise_type(t, "shape must be a list or a tuple");
    if (has_shape && (im_is_list(a[1]) ? im_list_len(a[1]) : im_tuple_len(a[1])) > MAX_DIM)
        return im_raise_valueerror(t, "memoryview: number of dimensions must not exceed %d", MAX_DIM);
    if (has_shape && m->ndim != 1) return im_raise_type(t, "memoryview: cast must be 1D -> ND or ND -> 1D");
    for (int i = 0; has_shape == false && m->ndim > 1 && i < m->ndim; i++)
        if (shape(m)[i] == 0) return im_raise_type(t, "memoryview: cannot cast view with zeros in shape or strides");
    if (!single(f) || code_size(code_of(f)) < 0 || strlen(f) > 2) return im_raise_valueerror(t, "memoryview: destination format must be a native single character format prefixed with an optional '@'");
    bool known = single(m->format) && code_size(code_of(m->format)) >= 0; /* to bytes anything can be cast */
    char sc = code_of(m->format), dc = code_of(f);
    if ((!known || !strchr("bBc", sc)) && !strchr("bBc", dc)) return im_raise_type(t, "memoryview: cannot cast between two non-byte formats");
    ssize_t size = code_size(dc), dims[MAX_DIM], nd = 1;
    if (m->len % size) return im_raise_type(t, "memoryview: length is not a multiple of itemsize");
    dims[0] = m->len / size;
    if (has_shape) {
        Value tup = im_to_tuple(t, a[1]);
        if (im_no_value(tup)) return tup;
        nd = im_tuple_len(tup);
        ssize_t prod = size;
        for (ssize_t i = 0; i < nd && i < MAX_DIM; i++) {
            Value x = im_tuple_get(tup, i);
            if (!im_is_int_like(x)) { im_drop(t, tup); return im_raise_type(t, "memoryview.cast(): elements of shape must be integers"); }
            if (im_ssize_arg(t, x, &dims[i]) < 0) { im_drop(t, tup); return IM_NO_VALUE; }
            if (dims[i] <= 0) { im_drop(t, tup); return im_raise_valueerror(t, "memoryview.cast(): elements of shape must be integers > 0"); }
            if (__builtin_mul_overflow(prod, dims[i], &prod)) { im_drop(t, tup); return im_raise_valueerror(t, "memoryview.cast(): product(shape) > SSIZE_MAX"); }
        }
        im_drop(t, tup);
        if (nd > MAX_DIM) return im_raise_valueerror(t, "memoryview: number of dimensions must not exceed %d", MAX_DIM);
        if (prod != m->len) return im_raise_type(t, "memoryview: product(shape) * itemsize != buffer size");
    }
    ImBuffer b = {.buf = m->buf, .len = m->len, .itemsize = size, .readonly = m->readonly, .ndim = (int)nd, .shape = dims};
    Value v = view_new(t, m->mbuf, &b);
    if (im_no_value(v)) return v;
    strcpy(mv(v)->fmt, f);
    mv(v)->format = mv(v)->fmt;
    mv(v)->own_format = true;
    return v;
}
static Value g_obj(Thread *t, Value self, void *c) { (void)c; if (check(t, mv(self)) < 0) return IM_NO_VALUE; Value o = ((ImManaged *)im_ptr(mv(self)->mbuf))->master.obj; return im_is_object(o) ? im_new_ref(o) : IM_NONE; }
static Value g_nbytes(Thread *t, Value self, void *c) { (void)c; return check(t, mv(self)) < 0 ? IM_NO_VALUE : im_int(mv(self)->len); }
static Value g_itemsize(Thread *t, Value self, void *c) { (void)c; return check(t, mv(self)) < 0 ? IM_NO_VALUE : im_int(mv(self)->itemsize); }
static Value g_format(Thread *t, Value self, void *c) { (void)c; return check(t, mv(self)) < 0 ? IM_NO_VALUE : im_str_from_cstr(t, mv(self)->format); }
static Value g_readonly(Thread *t, Value self, void *c) { (void)c; return check(t, mv(self)) < 0 ? IM_NO_VALUE : im_bool(mv(self)->readonly); }
static Value g_ndim(Thread *t, Value self, void *c) { (void)c; return check(t, mv(self)) < 0 ? IM_NO_VALUE : im_int(mv(self)->ndim); }
static Value dims_tuple(Thread *t, const ssize_t *d, int n)
{
    Value v[MAX_DIM];
    for (int i = 0; i < n; i++) v[i] = im_int(d[i]);
    return im_tuple_steal_array(t, v, (size_t)n);
}
static Value g_shape(Thread *t, Value self, void *c) { (void)c; return check(t, mv(self)) < 0 ? IM_NO_VALUE : dims_tuple(t, shape(mv(self)), mv(self)->ndim); }
static Value g_strides(Thread *t, Value self, void *c) { (void)c; return check(t, mv(self)) < 0 ? IM_NO_VALUE : dims_tuple(t, strides(mv(self)), mv(self)->ndim); }
static Value g_suboffsets(Thread *t, Value self, void *c) { (void)c; ImMemView *m = mv(self); return check(t, m) < 0 ? IM_NO_VALUE : dims_tuple(t, m->suboffsets, m->suboffsets ? m->ndim : 0); }
static Value g_c(Thread *t, Value self, void *c) { (void)c; return check(t, mv(self)) < 0 ? IM_NO_VALUE : im_bool(contiguous(mv(self), 'C')); }
static Value g_f(Thread *t, Value self, void *c) { (void)c; return check(t, mv(self)) < 0 ? IM_NO_VALUE : im_bool(contiguous(mv(self), 'F')); }
static Value g_any(Thread *t, Value self, void *c) { (void)c; return check(t, mv(self)) < 0 ? IM_NO_VALUE : im_bool(contiguous(mv(self), 'C') || contiguous(mv(self), 'F')); }
static int m_traverse(ImObject *o, ImVisit visit, void *arg) { Value v = ((ImMemView *)o)->mbuf; return im_is_object(v) ? visit(v, arg) : 0; }
static void m_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((ImMemView *)o)->mbuf);
    if (((ImMemView *)o)->dims != ((ImMemView *)o)->one_dim) im_raw_free(((ImMemView *)o)->dims);
}
M(m_from_flags)
{
    (void)self, (void)n, (void)kw;
    int flags;
    return im_as_int(t, a[1], &flags) < 0 ? IM_NO_VALUE : im_memoryview_from_flags(t, a[0], flags, false);
}
static const ImMethodDef m_methods[] = {
    {"_from_flags", m_from_flags, IM_M_PARSED | IM_M_CLASS, 2, 2, "($type, /, object, flags)", "Create a new memoryview object which references the given object."},
    IM_FIXED("release", m_release, 0, "($self, /)", "Release the underlying buffer exposed by the memoryview object."), IM_PARSED("tobytes", m_tobytes, "($self, /, order='C')", "Return the data as bytes, in the given order of its dimensions."),
    IM_PARSED("hex", m_hex, "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", "The bytes as text of hexadecimal digits.\n\n>>> v = memoryview(b'\\x0f\\xa0\\x01')\n>>> v.hex()\n'0fa001'\n>>> v.hex(':')\n'0f:a0:01'\n>>> v.hex(':', 2)\n'0f:a001'\n>>> v.hex(':', -2)\n'0fa0:01'"), IM_FIXED("tolist", m_tolist, 0, "($self, /)", "Return the data as a list of its elements."), IM_PARSED("cast", m_cast, "($self, /, format, shape=<unrepresentable>)", "Return a view of the same data with another format or shape."),
    IM_FIXED("toreadonly", m_toreadonly, 0, "($self, /)", "Return a view of the same data that cannot be written through."), IM_FIXED("__enter__", m_enter, 0, "($self, /)", NULL), IM_RAW("__exit__", m_exit, "($self, /, *exc_info)", "Release the underlying buffer exposed by the memoryview object."), IM_END};
static const ImGetSetDef m_getset[] = {{"obj", g_obj, NULL, "The underlying object of the memoryview.", NULL}, {"nbytes", g_nbytes, NULL, "Bytes that the data would take in one piece.", NULL}, {"readonly", g_readonly, NULL, "Whether the memory is read-only.", NULL}, {"itemsize", g_itemsize, NULL, "Size of an element in bytes.", NULL},
    {"format", g_format, NULL, "Format of an element, as in the struct module.", NULL}, {"ndim", g_ndim, NULL, "Number of dimensions.", NULL}, {"shape", g_shape, NULL, "Tuple of the length of each dimension.", NULL}, {"strides", g_strides, NULL, "Tuple of the bytes from element to element in each dimension.", NULL}, {"suboffsets", g_suboffsets, NULL, "Used internally for PIL-style arrays.", NULL},
    {"c_contiguous", g_c, NULL, "Whether the memory is one piece in C order.", NULL}, {"f_contiguous", g_f, NULL, "Whether the memory is one piece in Fortran order.", NULL}, {"contiguous", g_any, NULL, "Whether the memory is one piece.", NULL}, {0}};
static const ImSlots m_slots = {.repr = m_repr, .iter = m_iter, .hash = m_hash, .richcompare = m_compare, .length = m_len, .item = m_item, .subscript = m_subscript, .ass_subscript = m_ass_subscript, .new_ = m_new, .getbuffer = m_getbuffer,
    .releasebuffer = m_releasebuffer};
static const ImTypeSpec m_spec = {.name = "memoryview", .size = sizeof(ImMemView), .flags = IM_TF_GC | IM_TF_WEAKREF | IM_TF_SEQUENCE, .slots = &m_slots, .methods = m_methods, .getset = m_getset, .traverse = m_traverse, .destroy = m_destroy,
    .text_signature = "(object)", .doc = "Create a new memoryview object which references the given object."};
IM_TYPE(memoryview, &m_spec);
