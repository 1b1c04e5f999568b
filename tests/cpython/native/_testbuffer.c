/* _testbuffer: an exporter and consumer of buffers of every shape, for CPython's test_buffer: n dimensions, any strides, pointers between dimensions.
 * SPDX-License-Identifier: MIT
 *
 * An ndarray shows one Nbuf, the newest of its list (push and pop). An Nbuf owns its items (made from a list) or holds a buffer that another object gave.
 * Views name their Nbuf in ImBuffer.internal; an Nbuf that is not the newest any more goes with its last view. Shape, strides and suboffsets always lie in
 * `dims`; which of them the ndarray admits to have is what the exporter was asked for. */
#include <stdlib.h>

#include "modules/module.h"

enum { MAX_NDIM = 128 };
enum { ND_VAREXPORT = 1, ND_WRITABLE = 2, ND_FORTRAN = 4, ND_SCALAR = 8, ND_PIL = 0x10, ND_REDIRECT = 0x20, ND_GETBUF_FAIL = 0x40, ND_GETBUF_UNDEFINED = 0x80,
    ND_C = 0x120, ND_OWN = 0x1000 };
enum { BUF_READ = 0x100, BUF_WRITE = 0x200 };

typedef struct Nbuf {
    struct Nbuf *older, *newer;
    char *data;        /* own memory: the items, and before them the pointers of ND_PIL */
    ssize_t data_len, offset, exports;
    int flags;
    bool consumer;     /* `given` is to be released */
    ImBuffer given;
    /* what the ndarray shows */
    char *buf, *format; /* format: null when the exporter gave none; own memory */
    ssize_t len, itemsize;
    bool readonly;
    int ndim;
    ssize_t *shape, *strides, *suboffsets; /* null: not known */
    ssize_t dims[3 * MAX_NDIM];
} Nbuf;
typedef struct Nd {
    ImObject head;
    Nbuf *top;
    int flags;
} Nd;
static ImType nd_type, sa_type;
static Nd *nd_of(Value v) { return (Nd *)im_ptr(v); }
#define FN(fn) static Value fn(IM_UNUSED Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *a, IM_UNUSED size_t n, IM_UNUSED Value kw)

/* --- what a buffer looks like, also one that an exporter gave in part --- */
typedef struct View {
    char *buf;
    const char *format;
    ssize_t len, itemsize;
    int ndim;
    const ssize_t *shape, *strides, *suboffsets;
    ssize_t own[2 * MAX_NDIM];
} View;
static void c_strides(int ndim, const ssize_t *shape, ssize_t itemsize, ssize_t *strides)
{
    for (int i = ndim; i-- > 0; itemsize *= shape[i]) strides[i] = itemsize;
}
static void f_strides(int ndim, const ssize_t *shape, ssize_t itemsize, ssize_t *strides)
{
    for (int i = 0; i < ndim; itemsize *= shape[i++]) strides[i] = itemsize;
}
static void view_fill(View *v, char *buf, const char *format, ssize_t len, ssize_t itemsize, int ndim, const ssize_t *shape, const ssize_t *strides, const ssize_t *suboffsets)
{
    *v = (View){.buf = buf, .format = format ? format : "B", .len = len, .itemsize = itemsize, .ndim = ndim, .shape = shape, .strides = strides, .suboffsets = suboffsets};
    if (ndim > 0 && !shape) { /* plain bytes, whatever the items were */
        v->ndim = 1;
        if (!format) v->itemsize = 1;
        v->own[0] = len / v->itemsize;
        v->shape = v->own;
        v->strides = NULL;
    }
    if (v->ndim > 0 && !v->strides) {
        c_strides(v->ndim, v->shape, v->itemsize, v->own + MAX_NDIM);
        v->strides = v->own + MAX_NDIM;
    }
}
static void view_of_nbuf(View *v, const Nbuf *b) { view_fill(v, b->buf, b->format, b->len, b->itemsize, b->ndim, b->shape, b->strides, b->suboffsets); }
static int view_of_buffer(Thread *t, View *v, const ImBuffer *b)
{
    if (b->ndim > MAX_NDIM) return im_raise_valueerror(t, "ndim must not exceed %d", MAX_NDIM), -1;
    view_fill(v, b->buf, b->format, b->len, b->itemsize, b->ndim, b->shape, b->strides, b->suboffsets);
    return 0;
}
static char *step(const View *v, int dim, char *p, ssize_t i)
{
    p += v->strides[dim] * i;
    return v->suboffsets && v->suboffsets[dim] >= 0 ? *(char **)p + v->suboffsets[dim] : p;
}
/* Copies every item to `to` (or from it), last dimension fastest for C order, first one for Fortran. */
static char *walk_c(const View *v, int dim, char *p, char *at, bool into)
{
    if (dim == v->ndim) {
        if (into) memcpy(p, at, (size_t)v->itemsize);
        else memcpy(at, p, (size_t)v->itemsize);
        return at + v->itemsize;
    }
    for (ssize_t i = 0; i < v->shape[dim]; i++) at = walk_c(v, dim + 1, step(v, dim, p, i), at, into);
    return at;
}
static void walk_f(const View *v, int dim, char *p, char *to, const ssize_t *to_strides)
{
    if (dim == v->ndim) { memcpy(to, p, (size_t)v->itemsize); return; }
    for (ssize_t i = 0; i < v->shape[dim]; i++) walk_f(v, dim + 1, step(v, dim, p, i), to + i * to_strides[dim], to_strides);
}
static ssize_t view_bytes(const View *v)
{
    ssize_t n = v->itemsize;
    for (int i = 0; i < v->ndim; i++) n *= v->shape[i];
    return n;
}
static bool strides_fit(const View *v, bool fortran)
{
    ssize_t want = v->itemsize;
    for (int i = 0; i < v->ndim; i++) if (v->shape[i] == 0) return true;
    for (int k = 0; k < v->ndim; k++) {
        int i = fortran ? k : v->ndim - 1 - k;
        if (v->shape[i] > 1 && v->strides[i] != want) return false;
        want *= v->shape[i];
    }
    return true;
}
static bool view_contiguous(const View *v, char order)
{
    if (v->suboffsets) return false;
    return (order != 'F' && strides_fit(v, false)) || (order != 'C' && strides_fit(v, true));
}
static Value view_copy(Thread *t, const View *v, char order) /* bytes */
{
    Value b = im_bytes_new(t, NULL, view_bytes(v));
    if (im_no_value(b)) return b;
    if (order == 'A') order = view_contiguous(v, 'F') && !view_contiguous(v, 'C') ? 'F' : 'C';
    if (order == 'F') {
        ssize_t to[MAX_NDIM];
        f_strides(v->ndim, v->shape, v->itemsize, to);
        walk_f(v, 0, v->buf, im_bytes_data(b), to);
    } else walk_c(v, 0, v->buf, im_bytes_data(b), false);
    return b;
}

/* --- items, by the module struct --- */
static Value struct_of(Thread *t, const char *format)
{
    Value cls = im_import_from(t, "struct", "Struct"), f = im_no_value(cls) ? cls : im_str_from_cstr(t, format);
    Value s = im_no_value(f) ? f : im_call1(t, cls, f);
    im_xdrop(t, f);
    im_xdrop(t, cls);
    return s;
}
static Value call_named(Thread *t, Value obj, const char *name, Value arg) { return im_call_method1(t, obj, im_str_intern_cstr(t, name), arg); }
static Value unpack_with(Thread *t, Value s, const char *p, ssize_t itemsize)
{
    Value b = im_bytes_new(t, p, itemsize), r = im_no_value(b) ? b : call_named(t, s, "unpack", b);
    im_xdrop(t, b);
    if (im_no_value(r) || im_tuple_len(r) != 1) return r;
    Value x = im_new_ref(im_tuple_get(r, 0));
    im_drop(t, r);
    return x;
}
static Value unpack_item(Thread *t, const char *p, const char *format, ssize_t itemsize)
{
    Value s = struct_of(t, format), r = im_no_value(s) ? s : unpack_with(t, s, p, itemsize);
    im_xdrop(t, s);
    return r;
}
static ssize_t n_codes(Thread *t, Value s, ssize_t itemsize)
{
    Value zero = im_bytes_new(t, NULL, itemsize);
    if (im_no_value(zero)) return -1;
    memset(im_bytes_data(zero), 0, (size_t)itemsize);
    Value r = call_named(t, s, "unpack", zero);
    im_drop(t, zero);
    ssize_t n = im_no_value(r) ? -1 : im_tuple_len(r);
    im_xdrop(t, r);
    return n;
}
static int pack_with(Thread *t, Value s, ssize_t codes, char *p, ssize_t itemsize, Value item)
{
    Value args = IM_NO_VALUE;
    if (im_is_tuple(item) || im_is_list(item)) {
        args = im_to_tuple(t, item);
        if (!im_no_value(args) && im_tuple_len(args) != codes) IM_CLEAR(t, args);
    } else if (codes == 1 && (im_is_bytes(item) || im_is_int_like(item) || im_type_is_subtype(im_type_of(item), &im_float_type))) args = im_tuple_pack(t, 1, item);
    if (im_no_value(args)) return im_pending(t) ? -1 : (im_raise_valueerror(t, "mismatch between initializer element and format string"), -1);
    Value f = im_getattr(t, s, im_str_intern_cstr(t, "pack")), b = im_no_value(f) ? f : im_call_ex(t, f, args, IM_NO_VALUE);
    if (!im_no_value(b)) memcpy(p, im_bytes_data(b), (size_t)itemsize);
    im_xdrop(t, f);
    im_drop(t, args);
    if (im_no_value(b)) return -1;
    im_drop(t, b);
    return 0;
}
static int pack_item(Thread *t, char *p, const char *format, ssize_t itemsize, Value item)
{
    Value s = struct_of(t, format);
    ssize_t codes = im_no_value(s) ? -1 : n_codes(t, s, itemsize);
    int rc = codes < 0 ? -1 : pack_with(t, s, codes, p, itemsize, item);
    im_xdrop(t, s);
    return rc;
}
static Value list_of(Thread *t, Value s, const View *v, int dim, char *p)
{
    if (dim == v->ndim) return unpack_with(t, s, p, v->itemsize);
    Value list = im_list_new(t, (size_t)v->shape[dim]);
    for (ssize_t i = 0; !im_no_value(list) && i < v->shape[dim]; i++) {
        Value x = list_of(t, s, v, dim + 1, step(v, dim, p, i));
        if (im_no_value(x) || im_list_append_steal(t, list, x) < 0) IM_CLEAR(t, list);
    }
    return list;
}

/* --- Nbuf --- */
static Nbuf *nbuf_new(Thread *t) { return im_raw_alloc_zero(t, 1, sizeof(Nbuf)); }
static void nbuf_free(Thread *t, Nbuf *b)
{
    if (b->consumer) im_buffer_release(t, &b->given);
    free(b->data);
    free(b->format);
    im_raw_free(b);
}
static void set_flags(Nbuf *b)
{
    View v;
    view_of_nbuf(&v, b);
    b->flags &= ~(ND_C | ND_FORTRAN | ND_SCALAR | ND_PIL | ND_WRITABLE);
    if (b->ndim == 0) b->flags |= ND_SCALAR;
    if (b->suboffsets) b->flags |= ND_PIL;
    else {
        if (view_contiguous(&v, 'C')) b->flags |= 0x100;
        if (view_contiguous(&v, 'F')) b->flags |= ND_FORTRAN;
    }
    if (!b->readonly) b->flags |= ND_WRITABLE;
}
static bool is_c(const Nbuf *b) { return b->flags & 0x100; }
static bool is_f(const Nbuf *b) { return b->flags & ND_FORTRAN; }

static bool sequence(Value v) { return im_is_list(v) || im_is_tuple(v); }
static ssize_t sequence_len(Value v) { return im_is_list(v) ? im_list_len(v) : im_tuple_len(v); }
static int read_sizes(Thread *t, Value seq, ssize_t *out, int ndim, bool shape)
{
    Value items = im_to_tuple(t, seq);
    int rc = im_no_value(items) ? -1 : 0;
    for (int i = 0; rc == 0 && i < ndim; i++) {
        Value x = im_tuple_get(items, i);
        if (!im_is_int_like(x)) rc = (im_raise_valueerror(t, "elements of %s must be integers", shape ? "shape" : "strides"), -1);
        else if (im_as_ssize(t, x, &im_OverflowError_type, &out[i]) < 0) rc = -1;
        else if (shape && out[i] < 0) rc = (im_raise_valueerror(t, "elements of shape must be integers >= 0"), -1);
    }
    im_xdrop(t, items);
    return rc;
}
static int verify(Thread *t, const Nbuf *b)
{
    ssize_t lo = 0, hi = 0;
    bool empty = false;
    if (b->offset % b->itemsize) return im_raise_valueerror(t, "offset must be a multiple of itemsize"), -1;
    if (b->offset < 0 || b->offset + b->itemsize > b->data_len) return im_raise_valueerror(t, "offset out of bounds"), -1;
    for (int i = 0; i < b->ndim; i++) {
        if (b->strides[i] % b->itemsize) return im_raise_valueerror(t, "strides must be a multiple of itemsize"), -1;
        empty |= b->shape[i] == 0;
        *(b->strides[i] < 0 ? &lo : &hi) += b->strides[i] * (b->shape[i] - 1);
    }
    if (!empty && (b->offset + lo < 0 || b->offset + hi + b->itemsize > b->data_len))
        return im_raise_valueerror(t, "invalid combination of buffer, shape and strides"), -1;
    return 0;
}
/* Moves the items behind pointers to each subarray of the first dimension. */
static int add_pointers(Thread *t, Nbuf *b)
{
    ssize_t n = b->shape[0], room = n * (ssize_t)sizeof(char *), sub = 0;
    char *data = malloc((size_t)(room + b->data_len) + 1), *items = data + room;
    if (!data) return im_raise_memory(t), -1;
    memcpy(items, b->data, (size_t)b->data_len);
    for (int i = 1; i < b->ndim && b->shape[i]; i++)
        if (b->strides[i] <= 0) sub += -b->strides[i] * (b->shape[i] - 1);
    bool back = b->strides[0] < 0;
    for (ssize_t i = 0; i < n; i++) ((char **)data)[back ? n - 1 - i : i] = items + b->offset + i * b->strides[0] - sub;
    b->strides[0] = back ? -(ssize_t)sizeof(char *) : (ssize_t)sizeof(char *);
    b->suboffsets = b->dims + 2 * MAX_NDIM;
    b->suboffsets[0] = sub;
    for (int i = 1; i < b->ndim; i++) b->suboffsets[i] = -1;
    free(b->data);
    b->data = data;
    b->data_len += room;
    b->buf = back && n ? data + (n - 1) * (ssize_t)sizeof(char *) : data;
    return 0;
}
static int fill_items(Thread *t, Nbuf *b, Value items, Value s)
{
    ssize_t codes = n_codes(t, s, b->itemsize), n = 1;
    if (codes < 0) return -1;
    if (b->ndim && !sequence(items)) return im_raise_type(t, "initializer must be a list or tuple"), -1;
    if (b->ndim) n = sequence_len(items);
    if (n == 0) return im_raise_valueerror(t, "initializer list or tuple must not be empty"), -1;
    b->data_len = n * b->itemsize;
    b->data = malloc((size_t)b->data_len + 1);
    if (!b->data) return im_raise_memory(t), -1;
    if (!b->ndim) return pack_with(t, s, codes, b->data, b->itemsize, items);
    Value all = im_to_tuple(t, items);
    int rc = im_no_value(all) ? -1 : 0;
    for (ssize_t i = 0; rc == 0 && i < n; i++) rc = pack_with(t, s, codes, b->data + i * b->itemsize, b->itemsize, im_tuple_get(all, i));
    im_xdrop(t, all);
    return rc;
}
typedef struct Want { Value items, shape, strides; ssize_t offset; const char *format; int flags; } Want;
static int nbuf_init(Thread *t, Nbuf *b, const Want *w)
{
    bool strided = !im_no_value(w->strides);
    if (!sequence(w->shape) || (strided && !sequence(w->strides))) return im_raise_type(t, "shape and strides must be list or tuple"), -1;
    ssize_t ndim = sequence_len(w->shape);
    if (strided && sequence_len(w->strides) == 0) strided = false;
    if (ndim > MAX_NDIM) return im_raise_valueerror(t, "ndim must not exceed %d", MAX_NDIM), -1;
    if (strided && (w->flags & ND_FORTRAN)) return im_raise_type(t, "ND_FORTRAN cannot be used together with strides"), -1;
    if (ndim == 0 && (w->flags & ND_PIL)) return im_raise_type(t, "ndim = 0 cannot be used in conjunction with ND_PIL"), -1;
    b->ndim = (int)ndim;
    b->offset = w->offset;
    Value s = struct_of(t, w->format), size = im_no_value(s) ? s : im_getattr(t, s, im_str_intern_cstr(t, "size"));
    int rc = im_no_value(size) ? -1 : im_as_ssize(t, size, NULL, &b->itemsize);
    im_xdrop(t, size);
    if (rc == 0 && b->itemsize == 0) rc = (im_raise_valueerror(t, "itemsize must not be zero"), -1);
    if (rc == 0) rc = fill_items(t, b, w->items, s);
    im_xdrop(t, s);
    if (rc < 0) return -1;
    b->format = strdup(w->format);
    b->shape = b->dims;
    b->strides = b->dims + MAX_NDIM;
    if (!b->format) return im_raise_memory(t), -1;
    if (read_sizes(t, w->shape, b->shape, b->ndim, true) < 0) return -1;
    if (strided && sequence_len(w->strides) != ndim) return im_raise_valueerror(t, "shape and strides must have the same length"), -1;
    if (strided ? read_sizes(t, w->strides, b->strides, b->ndim, false) < 0 : false) return -1;
    if (!strided) (w->flags & ND_FORTRAN ? f_strides : c_strides)(b->ndim, b->shape, b->itemsize, b->strides);
    if (verify(t, b) < 0) return -1;
    b->len = b->itemsize;
    for (int i = 0; i < b->ndim; i++) b->len *= b->shape[i];
    b->buf = b->data + b->offset;
    b->readonly = !(w->flags & ND_WRITABLE);
    b->flags = (w->flags & (ND_GETBUF_FAIL | ND_GETBUF_UNDEFINED | ND_REDIRECT)) | ND_OWN;
    if ((w->flags & ND_PIL) && add_pointers(t, b) < 0) return -1;
    set_flags(b);
    return 0;
}
/* Shows what `obj` exports when asked with `request`; b->given stays where it is: some exporters point into it. */
static int nbuf_consume(Thread *t, Nbuf *b, Value obj, int request)
{
    if (im_buffer_get(t, obj, &b->given, request) < 0) return -1;
    b->consumer = true;
    const ImBuffer *g = &b->given;
    if (g->ndim > MAX_NDIM) return im_raise_valueerror(t, "ndim must not exceed %d", MAX_NDIM), -1;
    b->buf = g->buf;
    b->len = g->len;
    b->itemsize = g->itemsize;
    b->readonly = g->readonly;
    b->ndim = g->ndim;
    size_t size = (size_t)g->ndim * sizeof(ssize_t);
    if (g->format && !(b->format = strdup(g->format))) return im_raise_memory(t), -1;
    if (g->shape) b->shape = memcpy(b->dims, g->shape, size);
    if (g->strides) b->strides = memcpy(b->dims + MAX_NDIM, g->strides, size);
    if (g->suboffsets) b->suboffsets = memcpy(b->dims + 2 * MAX_NDIM, g->suboffsets, size);
    set_flags(b);
    return 0;
}
static Value nd_alloc(Thread *t, Nbuf *b) /* takes b */
{
    Nd *d = (Nd *)im_instance_alloc(t, &nd_type, 0);
    if (!d) { nbuf_free(t, b); return IM_NO_VALUE; }
    d->top = b;
    return im_value(d);
}
static Value nd_consumer(Thread *t, Value obj, int request, int flags)
{
    Nbuf *b = nbuf_new(t);
    if (!b) return IM_NO_VALUE;
    if (nbuf_consume(t, b, obj, request) < 0) { nbuf_free(t, b); return IM_NO_VALUE; }
    b->flags |= flags & ND_REDIRECT;
    return nd_alloc(t, b);
}
/* The arguments of the type and of push(). */
static int read_want(Thread *t, const Value *a, Want *w)
{
    *w = (Want){.items = a[0], .shape = a[1], .strides = a[2], .format = "B"};
    if (!im_no_value(w->shape) && im_same(w->shape, IM_NONE)) w->shape = IM_NO_VALUE;
    if (!im_no_value(w->strides) && im_same(w->strides, IM_NONE)) w->strides = IM_NO_VALUE;
    if (!im_no_value(a[3]) && im_ssize_arg(t, a[3], &w->offset) < 0) return -1;
    if (!im_no_value(a[4])) {
        if (!im_is_str(a[4])) return im_raise_type(t, "format must be str"), -1;
        if (!(w->format = im_str_utf8(t, a[4], NULL))) return -1;
    }
    return im_no_value(a[5]) ? 0 : im_as_int(t, a[5], &w->flags);
}
static Value nd_new(Thread *t, IM_UNUSED ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs p;
    Want w;
    Value r = IM_NO_VALUE;
    if (im_parse_args(t, "ndarray", "(obj, shape=None, strides=None, offset=0, format='B', flags=0, getbuf=0)", args, nargs, kwnames, &p) < 0) return r;
    int request = IM_BUF_FULL_RO;
    if (read_want(t, p.v, &w) < 0 || (!im_no_value(p.v[6]) && im_as_int(t, p.v[6], &request) < 0)) goto out;
    if (im_no_value(w.shape) && im_buffer_check(w.items)) {
        if (!im_no_value(w.strides) || w.offset || strcmp(w.format, "B") != 0 || (w.flags & ~ND_REDIRECT))
            im_raise_type(t, "construction from exporter object only takes 'obj', 'getbuf' and 'flags' arguments");
        else r = nd_consumer(t, w.items, request, w.flags);
        goto out;
    }
    if (!im_no_value(p.v[6])) { im_raise_type(t, "getbuf argument only valid for construction from exporter object"); goto out; }
    if (im_no_value(w.shape)) { im_raise_type(t, "shape is a required argument when constructing from list, tuple or int"); goto out; }
    Nbuf *b = nbuf_new(t);
    if (!b) goto out;
    if (nbuf_init(t, b, &w) < 0) nbuf_free(t, b);
    else r = nd_alloc(t, b);
    if (!im_no_value(r)) nd_of(r)->flags = w.flags & ND_VAREXPORT;
out:
    im_args_fini(t, &p);
    return r;
}
static void nd_destroy(Thread *t, ImObject *o)
{
    Nbuf *b = ((Nd *)o)->top;
    ((Nd *)o)->top = NULL;
    while (b) {
        Nbuf *older = b->older;
        nbuf_free(t, b);
        b = older;
    }
}
static int nd_traverse(ImObject *o, ImVisit visit, void *arg)
{
    for (Nbuf *b = ((Nd *)o)->top; b; b = b->older) {
        int rc = b->consumer && im_is_object(b->given.obj) ? visit(b->given.obj, arg) : 0;
        if (rc) return rc;
    }
    return 0;
}

/* --- exporting --- */
static int refuse(Thread *t, const char *why) { return im_raise(t, &im_BufferError_type, "%s", why), -1; }
static int nd_getbuffer(Thread *t, Value self, ImBuffer *out, int flags)
{
    Nbuf *b = nd_of(self)->top;
    bool want_shape = flags & IM_BUF_ND, want_strides = (flags & IM_BUF_STRIDES) == IM_BUF_STRIDES, want_format = flags & IM_BUF_FORMAT;
    if ((b->flags & ND_REDIRECT) && b->consumer && im_is_object(b->given.obj)) return im_buffer_get(t, b->given.obj, out, flags);
    if (b->ndim && ((want_shape && !b->shape) || (want_strides && !b->strides))) return refuse(t, "re-exporter does not provide format, shape or strides");
    if (b->flags & ND_GETBUF_FAIL) return refuse(t, "ND_GETBUF_FAIL: forced test exception");
    if ((flags & IM_BUF_WRITABLE) && b->readonly) return refuse(t, "ndarray is not writable");
    if ((flags & IM_BUF_C_CONTIGUOUS) == IM_BUF_C_CONTIGUOUS && !is_c(b)) return refuse(t, "ndarray is not C-contiguous");
    if ((flags & IM_BUF_F_CONTIGUOUS) == IM_BUF_F_CONTIGUOUS && !is_f(b)) return refuse(t, "ndarray is not Fortran contiguous");
    if ((flags & IM_BUF_ANY_CONTIGUOUS) == IM_BUF_ANY_CONTIGUOUS && !is_f(b) && !is_c(b)) return refuse(t, "ndarray is not contiguous");
    if ((flags & IM_BUF_INDIRECT) != IM_BUF_INDIRECT && b->suboffsets) return refuse(t, "ndarray cannot be represented without suboffsets");
    if (!want_strides && !is_c(b)) return refuse(t, "ndarray is not C-contiguous");
    if (!want_shape && want_format) return refuse(t, "ndarray: cannot cast to unsigned bytes if the format flag is present");
    *out = (ImBuffer){.buf = b->buf, .obj = im_new_ref(self), .len = b->len, .itemsize = b->itemsize, .readonly = b->readonly, .ndim = want_shape ? b->ndim : 1, .internal = b,
        .format = want_format ? (b->format ? b->format : (char *)"B") : NULL, .shape = want_shape ? b->shape : NULL, .strides = want_strides ? b->strides : NULL,
        .suboffsets = b->suboffsets};
    b->exports++;
    return 0;
}
static void unlink_nbuf(Thread *t, Nd *d, Nbuf *b)
{
    if (b->newer) b->newer->older = b->older;
    if (b->older) b->older->newer = b->newer;
    if (d->top == b) d->top = b->older;
    nbuf_free(t, b);
}
static void nd_releasebuffer(Thread *t, Value self, ImBuffer *out)
{
    Nbuf *b = out->internal;
    Nd *d = nd_of(self);
    if (b && --b->exports == 0 && b != d->top) unlink_nbuf(t, d, b);
}

/* --- methods --- */
FN(m_push)
{
    Nd *d = nd_of(self);
    Want w;
    if (read_want(t, a, &w) < 0) return IM_NO_VALUE;
    if (im_no_value(w.shape)) return im_raise_type(t, "push() needs a shape");
    if (w.flags & ND_VAREXPORT) return im_raise_valueerror(t, "ND_VAREXPORT flag can only be used during object creation");
    if (d->top->consumer) return refuse(t, "structure of re-exporting object is immutable"), IM_NO_VALUE;
    if (!(d->flags & ND_VAREXPORT) && d->top->exports > 0) return refuse(t, "cannot change structure"), IM_NO_VALUE;
    Nbuf *b = nbuf_new(t);
    if (!b) return IM_NO_VALUE;
    if (nbuf_init(t, b, &w) < 0) { nbuf_free(t, b); return IM_NO_VALUE; }
    b->older = d->top;
    d->top->newer = b;
    d->top = b;
    return IM_NONE;
}
FN(m_pop)
{
    Nd *d = nd_of(self);
    if (d->top->consumer) return refuse(t, "structure of re-exporting object is immutable"), IM_NO_VALUE;
    if (d->top->exports > 0) return refuse(t, "cannot change structure"), IM_NO_VALUE;
    if (!d->top->older) return refuse(t, "list only has a single base"), IM_NO_VALUE;
    unlink_nbuf(t, d, d->top);
    return IM_NONE;
}
FN(m_tolist)
{
    Nbuf *b = nd_of(self)->top;
    if (!b->format && b->itemsize != 1) return im_raise_valueerror(t, "tolist: format is missing and itemsize is not 1");
    View v;
    view_of_nbuf(&v, b);
    Value s = struct_of(t, v.format), r = im_no_value(s) ? s : list_of(t, s, &v, 0, v.buf);
    im_xdrop(t, s);
    return r;
}
FN(m_tobytes)
{
    View v;
    view_of_nbuf(&v, nd_of(self)->top);
    return view_copy(t, &v, 'C');
}
/* Suboffsets that say nothing: for tests of what skips them. */
FN(m_add_suboffsets)
{
    Nbuf *b = nd_of(self)->top;
    if (b->suboffsets) return im_raise_type(t, "cannot add suboffsets to PIL-style array");
    if (!b->strides) return im_raise_type(t, "cannot add suboffsets to array without strides");
    b->suboffsets = b->dims + 2 * MAX_NDIM;
    for (int i = 0; i < b->ndim; i++) b->suboffsets[i] = -1;
    b->flags &= ~(0x100 | ND_FORTRAN);
    return IM_NONE;
}
/* A memoryview that knows no exporter. The caller keeps the memory alive, as in CPython. */
FN(m_memoryview_from_buffer)
{
    static ssize_t kept[3 * MAX_NDIM];
    static char kept_format[64];
    Nbuf *b = nd_of(self)->top;
    if (b->consumer && im_is_object(b->given.obj) && im_type_of(b->given.obj) == &nd_type && nd_of(b->given.obj)->top->consumer)
        return im_raise_type(t, "memoryview_from_buffer(): ndarray must be original or first consumer");
    if (b->format && strlen(b->format) >= sizeof kept_format) return im_raise_type(t, "memoryview_from_buffer: format is limited to %d characters", (int)sizeof kept_format);
    if (b->ndim > 64) return im_raise_valueerror(t, "memoryview: number of dimensions must not exceed %d", 64);
    size_t size = (size_t)b->ndim * sizeof(ssize_t);
    ImBuffer v = {.buf = b->buf, .len = b->len, .itemsize = b->itemsize, .readonly = b->readonly, .ndim = b->ndim};
    if (b->format) v.format = strcpy(kept_format, b->format);
    if (b->shape) v.shape = memcpy(kept, b->shape, size);
    if (b->strides) v.strides = memcpy(kept + MAX_NDIM, b->strides, size);
    if (b->suboffsets) v.suboffsets = memcpy(kept + 2 * MAX_NDIM, b->suboffsets, size);
    return im_memoryview_from_buffer(t, &v);
}
static const ImMethodDef nd_methods[] = {
    IM_PARSED("push", m_push, "($self, items, shape=None, strides=None, offset=0, format='B', flags=0)", "Show new items; the old ones come back with pop()."),
    IM_FIXED("pop", m_pop, 0, NULL, "Show the items before the last push()."),
    IM_FIXED("tolist", m_tolist, 0, NULL, "The items as nested lists."),
    IM_FIXED("tobytes", m_tobytes, 0, NULL, "The items in C order."),
    IM_FIXED("add_suboffsets", m_add_suboffsets, 0, NULL, "Give each dimension a suboffset of -1."),
    IM_FIXED("memoryview_from_buffer", m_memoryview_from_buffer, 0, NULL, "A memoryview without exporter."),
    IM_END,
};
static Value tuple_of(Thread *t, const ssize_t *p, int n)
{
    Value v[MAX_NDIM];
    for (int i = 0; p && i < n; i++) v[i] = im_int(p[i]);
    return im_tuple_from_array(t, v, p ? (size_t)n : 0);
}
#define GET(fn) static Value fn(IM_UNUSED Thread *t, Value self, IM_UNUSED void *closure)
#define TOP (nd_of(self)->top)
GET(g_flags) { return im_int((TOP->flags & ~0x1000) | nd_of(self)->flags); }
GET(g_offset) { return im_int(TOP->offset); }
GET(g_obj) { return TOP->consumer && im_is_object(TOP->given.obj) ? im_new_ref(TOP->given.obj) : IM_NONE; }
GET(g_nbytes) { return im_int(TOP->len); }
GET(g_readonly) { return im_bool(TOP->readonly); }
GET(g_itemsize) { return im_int(TOP->itemsize); }
GET(g_format) { return im_str_from_cstr(t, TOP->format ? TOP->format : ""); }
GET(g_ndim) { return im_int(TOP->ndim); }
GET(g_shape) { return tuple_of(t, TOP->shape, TOP->ndim); }
GET(g_strides) { return tuple_of(t, TOP->strides, TOP->ndim); }
GET(g_suboffsets) { return tuple_of(t, TOP->suboffsets, TOP->ndim); }
static bool shows_contiguous(Value self, char order)
{
    View v;
    view_of_nbuf(&v, TOP);
    return view_contiguous(&v, order);
}
GET(g_c) { return im_bool(shows_contiguous(self, 'C')); }
GET(g_f) { return im_bool(shows_contiguous(self, 'F')); }
GET(g_any) { return im_bool(shows_contiguous(self, 'A')); }
static const ImGetSetDef nd_getset[] = {
    {"flags", g_flags, NULL, NULL, NULL}, {"offset", g_offset, NULL, NULL, NULL}, {"obj", g_obj, NULL, NULL, NULL}, {"nbytes", g_nbytes, NULL, NULL, NULL},
    {"readonly", g_readonly, NULL, NULL, NULL}, {"itemsize", g_itemsize, NULL, NULL, NULL}, {"format", g_format, NULL, NULL, NULL}, {"ndim", g_ndim, NULL, NULL, NULL},
    {"shape", g_shape, NULL, NULL, NULL}, {"strides", g_strides, NULL, NULL, NULL}, {"suboffsets", g_suboffsets, NULL, NULL, NULL},
    {"c_contiguous", g_c, NULL, NULL, NULL}, {"f_contiguous", g_f, NULL, NULL, NULL}, {"contiguous", g_any, NULL, NULL, NULL}, IM_END};

/* --- items and slices --- */
static ssize_t nd_length(Thread *t, Value self)
{
    View v;
    view_of_nbuf(&v, TOP);
    return v.ndim == 0 ? (im_raise_type(t, "0-dim memory has no length"), -1) : v.shape[0];
}
static char *item_at(Thread *t, const View *v, ssize_t i)
{
    if (i < 0) i += v->shape[0];
    if (i < 0 || i >= v->shape[0]) return im_raise_index(t, "index out of bounds"), NULL;
    return step(v, 0, v->buf, i);
}
static void set_len(Nbuf *b)
{
    b->len = b->itemsize;
    for (int i = 0; i < b->ndim; i++) b->len *= b->shape[i];
    set_flags(b);
}
static Value nd_at(Thread *t, Value self, ssize_t i)
{
    Nbuf *b = TOP;
    View v;
    view_of_nbuf(&v, b);
    if (b->ndim == 0) return im_raise_type(t, "invalid indexing of scalar");
    char *p = item_at(t, &v, i);
    if (!p) return IM_NO_VALUE;
    if (v.ndim == 1) return unpack_item(t, p, v.format, v.itemsize);
    Value r = nd_consumer(t, self, IM_BUF_FULL_RO, 0);
    if (im_no_value(r)) return r;
    Nbuf *sub = nd_of(r)->top;
    sub->buf = p;
    sub->ndim--;
    sub->shape++;
    sub->strides++;
    if (sub->suboffsets) {
        bool any = false;
        sub->suboffsets++;
        for (int k = 0; k < sub->ndim; k++) any |= sub->suboffsets[k] >= 0;
        if (!any) sub->suboffsets = NULL;
    }
    set_len(sub);
    return r;
}
static int cut(Thread *t, Nbuf *b, Value slice, int dim)
{
    ssize_t start, stop, by;
    if (im_slice_unpack(t, slice, &start, &stop, &by) < 0) return -1;
    ssize_t len = im_slice_adjust(b->shape[dim], &start, &stop, by), ptr = -1;
    for (int i = dim; b->suboffsets && i-- > 0;) if (b->suboffsets[i] >= 0) { ptr = i; break; }
    if (ptr >= 0) b->suboffsets[ptr] += b->strides[dim] * start;
    else b->buf += b->strides[dim] * start;
    b->shape[dim] = len;
    b->strides[dim] *= by;
    return 0;
}
static Value nd_subscript(Thread *t, Value self, Value key)
{
    Nbuf *b = TOP;
    if (b->ndim == 0) {
        if (im_is_tuple(key) && im_tuple_len(key) == 0) return unpack_item(t, b->buf, b->format ? b->format : "B", b->itemsize);
        if (im_same(key, IM_ELLIPSIS)) return im_new_ref(self);
        return im_raise_type(t, "invalid indexing of scalar");
    }
    if (im_is_index(key)) {
        ssize_t i;
        return im_as_ssize(t, key, &im_OverflowError_type, &i) < 0 ? IM_NO_VALUE : nd_at(t, self, i);
    }
    Value r = nd_consumer(t, self, IM_BUF_FULL_RO, 0);
    if (im_no_value(r)) return r;
    Nbuf *sub = nd_of(r)->top;
    int rc = 0;
    if (im_is_slice(key)) rc = cut(t, sub, key, 0);
    else if (im_is_tuple(key) && im_tuple_len(key) <= sub->ndim) {
        for (ssize_t i = 0; rc == 0 && i < im_tuple_len(key); i++)
            rc = im_is_slice(im_tuple_get(key, i)) ? cut(t, sub, im_tuple_get(key, i), (int)i) : (im_raise_type(t, "cannot index memory using %T", key), -1);
    } else rc = (im_raise_type(t, "cannot index memory using %T", key), -1);
    if (rc < 0) IM_CLEAR(t, r);
    else set_len(sub);
    return r;
}
static const char *plain(const char *f) { return f[0] == '@' ? f + 1 : f; }
static bool same_structure(const View *x, const View *y)
{
    if (strcmp(plain(x->format), plain(y->format)) != 0 || x->itemsize != y->itemsize || x->ndim != y->ndim) return false;
    for (int i = 0; i < x->ndim; i++) {
        if (x->shape[i] != y->shape[i]) return false;
        if (x->shape[i] == 0) return true;
    }
    return true;
}
/* Row after row, each through a copy: what overlapping operands leave is defined by that. */
static void copy_rows(const View *to, const View *from, int dim, char *pt, char *pf, char *row)
{
    if (dim + 1 < to->ndim) {
        for (ssize_t i = 0; i < to->shape[dim]; i++) copy_rows(to, from, dim + 1, step(to, dim, pt, i), step(from, dim, pf, i), row);
        return;
    }
    walk_c(from, dim, pf, row, false);
    walk_c(to, dim, pt, row, true);
}
static int assign(Thread *t, Value dest, Value value)
{
    ImBuffer src;
    View from, to;
    if (im_buffer_get(t, value, &src, IM_BUF_FULL_RO) < 0) return -1;
    int rc = view_of_buffer(t, &from, &src);
    view_of_nbuf(&to, nd_of(dest)->top);
    if (rc == 0 && !same_structure(&to, &from)) rc = (im_raise_valueerror(t, "ndarray assignment: lvalue and rvalue have different structures"), -1);
    char *row = rc == 0 ? malloc((size_t)view_bytes(&from) + 1) : NULL;
    if (row) copy_rows(&to, &from, 0, to.buf, from.buf, row);
    free(row);
    im_buffer_release(t, &src);
    return rc;
}
static int nd_ass_subscript(Thread *t, Value self, Value key, Value value)
{
    Nbuf *b = TOP;
    View v;
    if (b->readonly) return im_raise_type(t, "ndarray is not writable"), -1;
    if (im_no_value(value)) return im_raise_type(t, "ndarray data cannot be deleted"), -1;
    view_of_nbuf(&v, b);
    if (b->ndim == 0) {
        if (im_same(key, IM_ELLIPSIS) || (im_is_tuple(key) && im_tuple_len(key) == 0)) return pack_item(t, b->buf, v.format, v.itemsize, value);
        return im_raise_type(t, "invalid indexing of scalar"), -1;
    }
    if (v.ndim == 1 && im_is_index(key)) {
        ssize_t i;
        char *p = im_as_ssize(t, key, &im_OverflowError_type, &i) < 0 ? NULL : item_at(t, &v, i);
        return p ? pack_item(t, p, v.format, v.itemsize, value) : -1;
    }
    Value part = nd_subscript(t, self, key);
    if (im_no_value(part)) return -1;
    int rc = assign(t, part, value);
    im_drop(t, part);
    return rc;
}
static int64_t nd_hash(Thread *t, Value self)
{
    if (!TOP->readonly) return im_raise_valueerror(t, "cannot hash writable ndarray object"), -1;
    if (TOP->consumer && im_is_object(TOP->given.obj) && im_hash(t, TOP->given.obj) == -1) {
        if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_valueerror(t, "cannot hash ndarray of an unhashable object");
        return -1;
    }
    View v;
    view_of_nbuf(&v, TOP);
    Value b = view_copy(t, &v, 'C');
    int64_t h = im_no_value(b) ? -1 : im_bytes_hash(b);
    im_xdrop(t, b);
    return h;
}
static const ImSlots nd_slots = {.new_ = nd_new, .getbuffer = nd_getbuffer, .releasebuffer = nd_releasebuffer, .length = nd_length, .item = nd_at, .subscript = nd_subscript,
    .ass_subscript = nd_ass_subscript, .hash = nd_hash};
static const ImTypeSpec nd_spec = {.name = "_testbuffer.ndarray", .size = sizeof(Nd), .flags = IM_TF_GC, .slots = &nd_slots, .methods = nd_methods, .getset = nd_getset,
    .traverse = nd_traverse, .destroy = nd_destroy};

/* --- staticarray: twelve bytes; in legacy mode its views do not know whose they are --- */
typedef struct Static { ImObject head; bool legacy; } Static;
static char twelve[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static Value sa_new(Thread *t, IM_UNUSED ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs p;
    if (im_parse_args(t, "staticarray", "(legacy_mode=False)", args, nargs, kwnames, &p) < 0) return IM_NO_VALUE;
    Static *s = (Static *)im_instance_alloc(t, &sa_type, 0);
    int legacy = im_no_value(p.v[0]) ? 0 : im_truth(t, p.v[0]);
    im_args_fini(t, &p);
    if (!s) return IM_NO_VALUE;
    s->legacy = legacy > 0;
    return im_value(s);
}
static int sa_getbuffer(Thread *t, Value self, ImBuffer *b, int flags)
{
    return im_buffer_fill(t, b, ((Static *)im_ptr(self))->legacy ? IM_NO_VALUE : self, twelve, 12, true, flags);
}
static const ImSlots sa_slots = {.new_ = sa_new, .getbuffer = sa_getbuffer};
static const ImTypeSpec sa_spec = {.name = "_testbuffer.staticarray", .size = sizeof(Static), .slots = &sa_slots};

/* --- functions --- */
static int order_of(Thread *t, Value v)
{
    if (!im_is_str(v)) return im_raise_type(t, "order must be a string"), -1;
    Value b = im_str_encode(t, v, "ascii", NULL);
    if (im_no_value(b)) return -1;
    char c = im_bytes_len(b) == 1 ? im_bytes_data(b)[0] : 0;
    im_drop(t, b);
    if (c != 'C' && c != 'F' && c != 'A') return im_raise_valueerror(t, "invalid order, must be C, F or A"), -1;
    return c;
}
FN(f_slice_indices)
{
    ssize_t len, start, stop, by;
    if (!im_is_slice(a[0])) return im_raise_type(t, "first argument must be a slice object");
    if (im_ssize_arg(t, a[1], &len) < 0 || im_slice_unpack(t, a[0], &start, &stop, &by) < 0) return IM_NO_VALUE;
    ssize_t count = im_slice_adjust(len, &start, &stop, by);
    return im_tuple_pack(t, 4, im_int(start), im_int(stop), im_int(by), im_int(count));
}
FN(f_get_pointer)
{
    ImBuffer b;
    View v;
    if (im_buffer_get(t, a[0], &b, IM_BUF_FULL_RO) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE, at = IM_NO_VALUE;
    if (view_of_buffer(t, &v, &b) < 0) goto out;
    if (!sequence(a[1])) { im_raise_type(t, "get_pointer(): indices must be a list or tuple"); goto out; }
    at = im_to_tuple(t, a[1]);
    if (im_no_value(at)) goto out;
    if (im_tuple_len(at) != v.ndim) { im_raise_valueerror(t, "get_pointer(): len(indices) != ndim"); goto out; }
    char *p = v.buf;
    for (int i = 0; i < v.ndim; i++) {
        ssize_t k;
        if (im_as_ssize(t, im_tuple_get(at, i), &im_OverflowError_type, &k) < 0) goto out;
        if (k < 0 || k >= v.shape[i]) { im_raise_valueerror(t, "get_pointer(): invalid index %zd at position %d", k, i); goto out; }
        p = step(&v, i, p, k);
    }
    r = unpack_item(t, p, v.format, v.itemsize);
out:
    im_xdrop(t, at);
    im_buffer_release(t, &b);
    return r;
}
FN(f_get_sizeof_void_p) { return im_int((int64_t)sizeof(void *)); }
FN(f_get_contiguous)
{
    int64_t kind;
    if (!im_is_int_like(a[1])) return im_raise_type(t, "buffertype must be PyBUF_READ or PyBUF_WRITE");
    if (im_as_int64(t, a[1], &kind) < 0) return IM_NO_VALUE;
    if (kind != BUF_READ && kind != BUF_WRITE) return im_raise_valueerror(t, "invalid buffer type");
    int order = order_of(t, a[2]);
    Value m = order < 0 ? IM_NO_VALUE : im_memoryview_new(t, a[0]);
    if (im_no_value(m)) return m;
    ImBuffer b;
    View v;
    if (im_buffer_get(t, m, &b, IM_BUF_FULL_RO) < 0) { im_drop(t, m); return IM_NO_VALUE; }
    Value r = IM_NO_VALUE;
    if (view_of_buffer(t, &v, &b) < 0) goto out;
    if (kind == BUF_WRITE && b.readonly) { (void)refuse(t, "underlying buffer is not writable"); goto out; }
    if (view_contiguous(&v, (char)order)) { r = im_new_ref(m); goto out; }
    if (kind == BUF_WRITE) { (void)refuse(t, "writable contiguous buffer requested for a non-contiguous object."); goto out; }
    Nbuf *x = nbuf_new(t);
    Value copy = x ? view_copy(t, &v, (char)order) : IM_NO_VALUE;
    if (im_no_value(copy)) { if (x) nbuf_free(t, x); goto out; }
    x->data_len = x->len = im_bytes_len(copy);
    x->data = x->buf = malloc((size_t)x->len + 1);
    x->format = strdup(v.format);
    memcpy(x->data, im_bytes_data(copy), (size_t)x->len);
    im_drop(t, copy);
    x->itemsize = v.itemsize;
    x->readonly = true;
    x->ndim = v.ndim;
    x->shape = memcpy(x->dims, v.shape, (size_t)v.ndim * sizeof(ssize_t));
    x->strides = x->dims + MAX_NDIM;
    (order == 'F' ? f_strides : c_strides)(x->ndim, x->shape, x->itemsize, x->strides);
    set_flags(x);
    Value d = nd_alloc(t, x);
    if (!im_no_value(d)) r = im_memoryview_new(t, d);
    im_xdrop(t, d);
out:
    im_buffer_release(t, &b);
    im_drop(t, m);
    return r;
}
FN(f_py_buffer_to_contiguous)
{
    int order = order_of(t, a[1]), flags;
    ImBuffer b;
    View v;
    if (order < 0 || im_as_int(t, a[2], &flags) < 0 || im_buffer_get(t, a[0], &b, flags) < 0) return IM_NO_VALUE;
    if (!b.shape) b.itemsize = 1; /* a cast to bytes */
    Value r = view_of_buffer(t, &v, &b) < 0 ? IM_NO_VALUE : view_copy(t, &v, (char)order);
    im_buffer_release(t, &b);
    return r;
}
FN(f_is_contiguous)
{
    ImBuffer b;
    View v;
    int order = order_of(t, a[1]);
    if (order < 0) return IM_NO_VALUE;
    if (im_type_of(a[0]) == &nd_type) return im_bool(shows_contiguous(a[0], (char)order));
    if (im_buffer_get(t, a[0], &b, IM_BUF_FULL_RO) < 0) return IM_NO_VALUE;
    Value r = view_of_buffer(t, &v, &b) < 0 ? IM_NO_VALUE : im_bool(view_contiguous(&v, (char)order));
    im_buffer_release(t, &b);
    return r;
}
FN(f_cmp_contig)
{
    ImBuffer x, y;
    View vx, vy;
    if (im_buffer_get(t, a[0], &x, IM_BUF_FULL_RO) < 0) return IM_NO_VALUE;
    if (im_buffer_get(t, a[1], &y, IM_BUF_FULL_RO) < 0) { im_buffer_release(t, &x); return IM_NO_VALUE; }
    Value r = IM_NO_VALUE;
    if (view_of_buffer(t, &vx, &x) == 0 && view_of_buffer(t, &vy, &y) == 0) {
        bool same = same_structure(&vx, &vy) && vx.len == vy.len && !vx.suboffsets == !vy.suboffsets &&
                    ((view_contiguous(&vx, 'C') && view_contiguous(&vy, 'C')) || (view_contiguous(&vx, 'F') && view_contiguous(&vy, 'F')));
        r = im_bool(same && memcmp(vx.buf, vy.buf, (size_t)vx.len) == 0);
    }
    im_buffer_release(t, &y);
    im_buffer_release(t, &x);
    return r;
}
static const ImMethodDef functions[] = {
    IM_FIXED("slice_indices", f_slice_indices, 2, NULL, NULL), IM_FIXED("get_pointer", f_get_pointer, 2, NULL, NULL),
    IM_FIXED("get_sizeof_void_p", f_get_sizeof_void_p, 0, NULL, NULL), IM_FIXED("get_contiguous", f_get_contiguous, 3, NULL, NULL),
    IM_FIXED("py_buffer_to_contiguous", f_py_buffer_to_contiguous, 3, NULL, NULL), IM_FIXED("is_contiguous", f_is_contiguous, 2, NULL, NULL),
    IM_FIXED("cmp_contig", f_cmp_contig, 2, NULL, NULL), IM_END};
static int exec(Thread *t, Value m)
{
    static const struct { const char *name; int value; } numbers[] = {{"ND_MAX_NDIM", MAX_NDIM}, {"ND_VAREXPORT", ND_VAREXPORT}, {"ND_WRITABLE", ND_WRITABLE},
        {"ND_FORTRAN", ND_FORTRAN}, {"ND_SCALAR", ND_SCALAR}, {"ND_PIL", ND_PIL}, {"ND_REDIRECT", ND_REDIRECT}, {"ND_GETBUF_FAIL", ND_GETBUF_FAIL},
        {"ND_GETBUF_UNDEFINED", ND_GETBUF_UNDEFINED}, {"PyBUF_SIMPLE", 0}, {"PyBUF_WRITABLE", 1}, {"PyBUF_FORMAT", 4}, {"PyBUF_ND", 8}, {"PyBUF_STRIDES", 0x18},
        {"PyBUF_INDIRECT", 0x118}, {"PyBUF_C_CONTIGUOUS", 0x38}, {"PyBUF_F_CONTIGUOUS", 0x58}, {"PyBUF_ANY_CONTIGUOUS", 0x98}, {"PyBUF_FULL", 0x11d},
        {"PyBUF_FULL_RO", 0x11c}, {"PyBUF_RECORDS", 0x1d}, {"PyBUF_RECORDS_RO", 0x1c}, {"PyBUF_STRIDED", 0x19}, {"PyBUF_STRIDED_RO", 0x18}, {"PyBUF_CONTIG", 9},
        {"PyBUF_CONTIG_RO", 8}, {"PyBUF_READ", BUF_READ}, {"PyBUF_WRITE", BUF_WRITE}};
    for (size_t i = 0; i < IM_COUNTOF(numbers); i++)
        if (im_module_add_int(t, m, numbers[i].name, numbers[i].value) < 0) return -1;
    if (!im_type_has(&nd_type, IM_TF_READY) && (im_type_ready(t, &nd_type, &nd_spec) < 0 || im_type_ready(t, &sa_type, &sa_spec) < 0)) return -1;
    return im_module_add_type(t, m, &nd_type) < 0 || im_module_add_type(t, m, &sa_type) < 0 ? -1 : 0;
}
static const ImModuleDef testbuffer = {.name = "_testbuffer", .methods = functions, .exec = exec};
IM_EXTENSION(_testbuffer, testbuffer);
