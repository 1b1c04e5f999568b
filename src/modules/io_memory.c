/* _io.BytesIO and _io.StringIO: streams in memory.
 * SPDX-License-Identifier: MIT */
#include "modules/io.h"

static int pos_arg(Thread *t, const Value *a, size_t n, ssize_t *out)
{
    *out = -1;
    if (!n || im_is_none(a[0])) return 0;
    if (!im_is_index(a[0])) return im_raise_type(t, "argument should be integer or None, not '%T'", a[0]), -1;
    return im_as_ssize(t, a[0], &im_OverflowError_type, out);
}

/* --- BytesIO: bytes or a bytearray, and a position; the object's lock guards both ---------------------------------------------------- */
/* What it was made from is kept as it is until something is written. */
typedef struct ImBytesIO { ImObject head; Value buf; /* exact bytes, or bytearray; no value: closed */ ssize_t pos; bool inited; ImIoLock lock; } ImBytesIO;
static ImBytesIO *yp(Value v) { return (ImBytesIO *)im_ptr(v); }
/* The bytes at this moment: the buffer may be replaced by another thread, its memory stays for as long as no safepoint comes. */
typedef struct Held { const char *p; ssize_t len; } Held;
IM_INLINE Held y_held(ImBytesIO *y)
{
    Value buf = {im_load_acquire(&y->buf.bits)};
    if (IM_UNLIKELY(im_no_value(buf))) return (Held){"", 0};
    if (im_is_bytes_exact(buf)) return (Held){im_bytes_data(buf), im_bytes_len(buf)};
    ImByteArray *b = (ImByteArray *)im_ptr(buf);
    return (Held){b->x_start ? b->x_start : "", b->x_len};
}
/* The bytearray that can be changed; no value with an exception. Under the lock where others may see y. */
static Value y_own(Thread *t, ImBytesIO *y)
{
    Value buf = {im_load_acquire(&y->buf.bits)};
    if (im_no_value(buf)) return im_raise_valueerror(t, "I/O operation on closed file.");
    if (!im_is_bytes_exact(buf)) return buf;
    Value own = im_bytearray_new(t, im_bytes_data(buf), im_bytes_len(buf));
    if (!im_no_value(own)) im_slot_put(t, &y->head, &y->buf, own);
    return own;
}
int im_io_memory_open(Value v) { return im_is_exact(v, &im_BytesIO_type) ? !im_no_value((Value){im_load_relaxed(&yp(v)->buf.bits)}) : -1; }
/* Borrowed, to look at: others may be replacing it. */
IM_INLINE Value y_buf(ImBytesIO *y) { return (Value){im_load_acquire(&y->buf.bits)}; }
static int y_open(Thread *t, ImBytesIO *y) { return im_no_value(y_buf(y)) ? (im_raise_valueerror(t, "I/O operation on closed file."), -1) : 0; }
static Value y_new(Thread *t, ImType *type, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImBytesIO *y = (ImBytesIO *)im_instance_alloc(t, type, 0);
    if (!y) return IM_NO_VALUE;
    y->buf = im_bytes_new(t, "", 0);
    if (im_no_value(y->buf)) { im_drop(t, im_value(y)); return IM_NO_VALUE; }
    return im_value(y);
}
static int y_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    ImArgs a;
    ImBuffer b;
    ImBytesIO *y = yp(self);
    if (IM_LIKELY(im_no_value(kw) && (nargs == 0 || (nargs == 1 && im_is_bytes_exact(args[0]))))) {
        im_slot_put(t, &y->head, &y->buf, nargs ? im_new_ref(args[0]) : im_bytes_new(t, "", 0));
        y->pos = 0;
        return 0;
    }
    if (im_parse_args(t, "BytesIO", "(initial_bytes=b'')", args, nargs, kw, &a) < 0) return -1;
    int r = 0;
    Value nb = IM_NO_VALUE;
    if (!im_no_value(a.v[0]) && im_is_bytes_exact(a.v[0])) nb = im_new_ref(a.v[0]);
    else if (!im_no_value(a.v[0]) && !im_is_none(a.v[0])) {
        if (im_buffer_get(t, a.v[0], &b, IM_BUF_SIMPLE) < 0) r = -1;
        else {
            nb = im_bytearray_new(t, b.buf, b.len);
            im_buffer_release(t, &b);
        }
    } else {
        nb = im_bytes_new(t, "", 0);
    }
    if (r == 0 && im_no_value(nb)) r = -1;
    if (r == 0) {
        im_slot_put(t, &y->head, &y->buf, nb);
        y->pos = 0;
    }
    im_args_fini(t, &a);
    return r;
}
/* The buffer itself, which is bytes unless another thread has just closed or changed the stream. */
static Value y_whole(Thread *t, ImBytesIO *y)
{
    Value v = im_slot_get(t, NULL, &y->buf);
    if (IM_LIKELY(!im_no_value(v) && im_is_bytes_exact(v))) return v;
    if (im_no_value(v)) return im_raise_valueerror(t, "I/O operation on closed file.");
    Value copy = im_bytes_from_object(t, v);
    im_drop(t, v);
    return copy;
}
#define Y_ENTER() ImBytesIO *y = yp(self); if (y_open(t, y) < 0 || im_io_lock(t, &y->lock, self) < 0) return IM_NO_VALUE
#define Y_LEAVE() im_io_unlock(&y->lock)
static Value y_take(Thread *t, ImBytesIO *y, ssize_t size)
{
    Held h = y_held(y);
    ssize_t left = h.len - y->pos;
    if (left < 0) left = 0;
    if (size < 0 || size > left) size = left;
    if (y->pos == 0 && size == h.len && im_is_bytes_exact(y_buf(y))) { /* all of it */
        y->pos = size;
        return y_whole(t, y);
    }
    Value v = im_bytes_new(t, left ? h.p + y->pos : "", size);
    if (!im_no_value(v)) y->pos += size;
    return v;
}
static Value y_read(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t size;
    if (pos_arg(t, a, n, &size) < 0) return IM_NO_VALUE;
    Y_ENTER();
    Value v = y_take(t, y, size);
    Y_LEAVE();
    return v;
}
static ssize_t y_line(ImBytesIO *y, ssize_t limit)
{
    Held h = y_held(y);
    ssize_t left = h.len - y->pos;
    if (left <= 0) return 0;
    if (limit >= 0 && limit < left) left = limit;
    const char *p = h.p + y->pos, *nl = memchr(p, '\n', (size_t)left);
    return nl ? nl - p + 1 : left;
}
static Value y_readline(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t size;
    if (pos_arg(t, a, n, &size) < 0) return IM_NO_VALUE;
    Y_ENTER();
    Value v = y_take(t, y, y_line(y, size));
    Y_LEAVE();
    return v;
}
static Value y_readlines(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t hint, total = 0;
    if (pos_arg(t, a, n, &hint) < 0) return IM_NO_VALUE;
    Value list = im_list_new(t, 0);
    if (im_no_value(list)) return list;
    ImBytesIO *y = yp(self);
    if (y_open(t, y) < 0 || im_io_lock(t, &y->lock, self) < 0) { im_drop(t, list); return IM_NO_VALUE; }
    for (ssize_t len; (len = y_line(y, -1)) > 0;) {
        Value v = y_take(t, y, len);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) { im_drop(t, list); list = IM_NO_VALUE; break; }
        total += len;
        if (hint > 0 && total >= hint) break;
    }
    Y_LEAVE();
    return list;
}
static Value y_next(Thread *t, Value self)
{
    Y_ENTER();
    ssize_t len = y_line(y, -1);
    Value v = len ? y_take(t, y, len) : IM_STOP;
    Y_LEAVE();
    return v;
}
static Value y_readinto(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ImBuffer b;
    if (y_open(t, yp(self)) < 0) return IM_NO_VALUE;
    if (im_buffer_get(t, a[0], &b, IM_BUF_WRITABLE) < 0) {
        if (im_exc_clear_if(t, &im_TypeError_type) || im_exc_clear_if(t, &im_BufferError_type))
            (void)im_raise_type(t, "readinto() argument must be read-write bytes-like object, not %T", a[0]);
        return IM_NO_VALUE;
    }
    ImBytesIO *y = yp(self);
    Held h = y_held(y);
    ssize_t left = h.len - y->pos;
    if (left < 0) left = 0;
    if (left > b.len) left = b.len;
    if (left) memmove(b.buf, h.p + y->pos, (size_t)left);
    y->pos += left;
    im_buffer_release(t, &b);
    return im_int(left);
}
static int y_exports(Thread *t, ImBytesIO *y)
{
    Value buf = {im_load_acquire(&y->buf.bits)};
    if (im_no_value(buf) || im_is_bytes_exact(buf)) return 0;
    return im_load_acquire(&((ImByteArray *)im_ptr(buf))->x_exports) > 0 ? (im_raise(t, &im_BufferError_type, "Existing exports of data: object cannot be re-sized"), -1) : 0;
}
static Value y_write(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ImBuffer b;
    ImBytesIO *y = yp(self);
    const bool bytes = im_is_bytes_exact(a[0]);
    if (y_open(t, y) < 0 || y_exports(t, y) < 0) return IM_NO_VALUE;
    if (bytes) {
        b.buf = im_bytes_data(a[0]);
        b.len = im_bytes_len(a[0]);
    } else {
        if (im_is_str(a[0])) return im_raise_type(t, "a bytes-like object is required, not '%T'", a[0]);
        if (im_buffer_get(t, a[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    }
    Value out = IM_NO_VALUE, own;
    if (im_no_value(y_buf(y))) { (void)im_raise_valueerror(t, "I/O operation on closed file."); goto done; }
    if (im_io_lock(t, &y->lock, self) < 0) goto done;
    if (b.len == 0) out = im_int(0);
    else if (!im_no_value(own = y_own(t, y))) {
        ImByteArray *to = (ImByteArray *)im_ptr(own);
        ssize_t old = to->x_len, end = y->pos + b.len;
        if (end <= old || im_bytearray_resize(t, own, end) == 0) {
            if (y->pos > old) memset(to->x_start + old, 0, (size_t)(y->pos - old));
            memcpy(to->x_start + y->pos, b.buf, (size_t)b.len);
            y->pos = end;
            out = im_int(b.len);
        }
    }
    Y_LEAVE();
done:
    if (!bytes) im_buffer_release(t, &b);
    return out;
}
static Value y_getvalue(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    Y_ENTER();
    Held h = y_held(y);
    Value v = im_is_bytes_exact(y_buf(y)) ? y_whole(t, y) : im_bytes_new(t, h.p, h.len);
    Y_LEAVE();
    return v;
}
static Value y_getbuffer(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; Y_ENTER(); Value own = y_own(t, y), v = im_no_value(own) ? own : im_memoryview_new(t, own); Y_LEAVE(); return v; }
static Value y_tell(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return y_open(t, yp(self)) < 0 ? IM_NO_VALUE : im_int(yp(self)->pos); }
static Value y_seek(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t pos;
    int whence = 0;
    if (y_open(t, yp(self)) < 0 || im_as_ssize(t, a[0], &im_OverflowError_type, &pos) < 0 || (n > 1 && im_as_int(t, a[1], &whence) < 0)) return IM_NO_VALUE;
    if (whence == 0 && pos < 0) return im_raise_valueerror(t, "negative seek value %zd", pos);
    if (whence < 0 || whence > 2) return im_raise_valueerror(t, "invalid whence (%i, should be 0, 1 or 2)", whence);
    ImBytesIO *y = yp(self);
    ssize_t from = whence == 0 ? 0 : whence == 1 ? y->pos : y_held(y).len, to;
    if (__builtin_add_overflow(from, pos, &to)) return im_raise_overflow(t, "new position too large");
    y->pos = to < 0 ? 0 : to;
    return im_int(y->pos);
}
static Value y_truncate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t size;
    if (y_open(t, yp(self)) < 0 || y_exports(t, yp(self)) < 0 || pos_arg(t, a, n, &size) < 0) return IM_NO_VALUE;
    if (n && !im_is_none(a[0]) && size < 0) return im_raise_valueerror(t, "negative size value %zd", size);
    ImBytesIO *y = yp(self);
    if (!n || im_is_none(a[0])) size = y->pos;
    if (size >= y_held(y).len) return im_int(size);
    if (im_io_lock(t, &y->lock, self) < 0) return IM_NO_VALUE;
    Value own = y_own(t, y);
    int r = im_no_value(own) || (size < ((ImByteArray *)im_ptr(own))->x_len && im_bytearray_resize(t, own, size) < 0) ? -1 : 0;
    Y_LEAVE();
    return r < 0 ? IM_NO_VALUE : im_int(size);
}
static Value y_close(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImBytesIO *y = yp(self);
    if (im_no_value(y_buf(y))) return IM_NONE;
    if (!im_is_bytes_exact(y_buf(y)) && ((ImByteArray *)im_ptr(y_buf(y)))->x_exports > 0) { /* a view outlives us in the finalizer: it keeps the bytes */
        Value fin;
        int r = im_lookup_attr(t, self, IM_S(_finalizing), &fin);
        im_xdrop(t, fin);
        if (r <= 0) return r < 0 || y_exports(t, y) < 0 ? IM_NO_VALUE : IM_NONE;
    }
    im_slot_put(t, &y->head, &y->buf, IM_NO_VALUE);
    return IM_NONE;
}
static Value y_true(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return y_open(t, yp(self)) < 0 ? IM_NO_VALUE : IM_TRUE; }
static Value y_isatty(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return y_open(t, yp(self)) < 0 ? IM_NO_VALUE : IM_FALSE; }
static Value y_flush(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return y_open(t, yp(self)) < 0 ? IM_NO_VALUE : IM_NONE; }
static Value y_getstate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    Value v = y_getvalue(t, self, a, n, kw), d;
    if (im_no_value(v)) return v;
    d = im_instance_dict_copy(t, self);
    if (im_no_value(d)) { im_drop(t, v); return d; }
    if (im_dict_len(d) == 0) { im_drop(t, d); d = IM_NONE; }
    Value r = im_tuple_pack(t, 3, v, im_int(yp(self)->pos), d);
    im_drop(t, v);
    im_drop(t, d);
    return r;
}
static int merge_state_dict(Thread *t, Value self, Value d, const char *cls)
{
    if (im_is_none(d)) return 0;
    if (!im_is_dict(d)) return im_raise_type(t, "fourth item of state should be a dict, got a %T", d), -1;
    (void)cls;
    Value own = im_instance_dict(t, self);
    int r = im_no_value(own) ? -1 : im_dict_merge(t, own, d, 1);
    im_xdrop(t, own);
    return r;
}
static Value y_setstate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ssize_t pos;
    if (im_no_value(y_buf(yp(self)))) return im_raise_valueerror(t, "I/O operation on closed file.");
    if (!im_is_tuple(a[0]) || im_tuple_len(a[0]) < 3) return im_raise_type(t, "%T.__setstate__ argument should be 3-tuple, got %T", self, a[0]);
    Value *s = im_tuple_items(a[0]);
    if (y_init(t, self, s, 1, IM_NO_VALUE) < 0) return IM_NO_VALUE;
    if (!im_is_index(s[1])) return im_raise_type(t, "second item of state must be an integer, got %T", s[1]);
    if (im_as_ssize(t, s[1], &im_OverflowError_type, &pos) < 0) return IM_NO_VALUE;
    if (pos < 0) return im_raise_valueerror(t, "position value cannot be negative");
    yp(self)->pos = pos;
    return merge_state_dict(t, self, s[2], "BytesIO") < 0 ? IM_NO_VALUE : IM_NONE;
}
static Value y_closed(Thread *t, Value self, void *c) { (void)t; (void)c; return im_bool(im_no_value(y_buf(yp(self)))); }
static int y_traverse(ImObject *o, ImVisit visit, void *arg) { Value b = ((ImBytesIO *)o)->buf; return im_is_object(b) ? visit(b, arg) : 0; }
static void y_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImBytesIO *)o)->buf); }
static const ImMethodDef y_methods[] = {
    IM_FIXED("readable", y_true, 0, "($self, /)", "Returns True if the IO object can be read."), IM_FIXED("seekable", y_true, 0, "($self, /)", "Returns True if the IO object can be seeked."), IM_FIXED("writable", y_true, 0, "($self, /)", "Returns True if the IO object can be written."), IM_FIXED("close", y_close, 0, "($self, /)", "Disable all I/O operations."),
    IM_FIXED("flush", y_flush, 0, "($self, /)", "Does nothing."), IM_FIXED("isatty", y_isatty, 0, "($self, /)", "Always returns False."), IM_FIXED("tell", y_tell, 0, "($self, /)", "Current file position."), IM_FIXED("write", y_write, 1, "($self, b, /)", "Write to the object; returns the number of bytes or characters."),
    IM_RANGE("read1", y_read, 0, 1, "($self, size=-1, /)", "Read at most size bytes; all that are left without a size."), IM_RANGE("read", y_read, 0, 1, "($self, size=-1, /)", "Read at most size bytes or characters; all that are left without a size."), IM_RANGE("readline", y_readline, 0, 1, "($self, size=-1, /)", "Next line, at most size long; empty at the end."),
    IM_RANGE("readlines", y_readlines, 0, 1, "($self, size=None, /)", "List of the lines that are left, about size bytes of them."), IM_FIXED("readinto", y_readinto, 1, "($self, buffer, /)", "Read bytes into buffer; returns their number, 0 at the end."), IM_FIXED("getvalue", y_getvalue, 0, "($self, /)", "Retrieve the entire contents of the object."),
    IM_FIXED("getbuffer", y_getbuffer, 0, "($self, /)", "Get a read-write view over the contents of the BytesIO object."), IM_RANGE("seek", y_seek, 1, 2, "($self, pos, whence=0, /)", "Change stream position; whence 0 from the start, 1 from here, 2 from the end. Returns the new position."), IM_RANGE("truncate", y_truncate, 0, 1, "($self, size=None, /)", "Truncate to pos, by default the current position; returns the new size."),
    IM_FIXED("__getstate__", y_getstate, 0, NULL, NULL), IM_FIXED("__setstate__", y_setstate, 1, "($self, object, /)", NULL), IM_END};
static const ImGetSetDef y_getset[] = {{"closed", y_closed, NULL, "True if the file is closed.", NULL}, {0}};
static const ImSlots y_slots = {.init = y_init, .new_ = y_new, .next = y_next};
#define M_FLAGS (IM_TF_GC | IM_TF_BASETYPE | IM_TF_HAS_DICT | IM_TF_WEAKREF)
static const ImTypeSpec bytesio_spec = {.name = "_io.BytesIO", .size = sizeof(ImBytesIO), .flags = M_FLAGS, .base = &im_BufferedIOBase__type, .slots = &y_slots, .methods = y_methods, .getset = y_getset,
    .traverse = y_traverse, .destroy = y_destroy, .text_signature = "(initial_bytes=b'')", .doc = "Buffered I/O implementation using an in-memory bytes buffer."};
IM_TYPE(BytesIO, &bytesio_spec);

/* --- StringIO: code points, each as wide as the widest needs, so that positions are indices ---------------------------------------------------------------------------- */
typedef struct ImStringIO {
    ImObject head;
    void *buf;
    int kind;          /* bytes per code point: 0 (no buffer yet), 1, 2, 4 */
    ssize_t len, cap, pos;
    Value newline;     /* str or IM_NONE */
    bool ok, closed, universal, translate, pending_cr;
    uint8_t seen;      /* 1 \n, 2 \r, 4 \r\n */
    Value writenl;     /* str that replaces \n on writing, or no value */
    ImIoLock lock;
} ImStringIO;
static ImStringIO *zp(Value v) { return (ImStringIO *)im_ptr(v); }
static int z_open(Thread *t, ImStringIO *z)
{
    if (!z->ok) return im_raise_valueerror(t, "I/O operation on uninitialized object"), -1;
    return z->closed ? (im_raise_valueerror(t, "I/O operation on closed file"), -1) : 0;
}
static int z_reserve(Thread *t, ImStringIO *z, ssize_t n, int kind)
{
    if (n <= z->cap && kind <= z->kind) return 0;
    ssize_t cap = n <= z->cap ? z->cap : n + (n >> 1) + 32;
    void *p;
    if (kind <= z->kind) {
        if (!(p = im_raw_realloc(t, z->buf, (size_t)cap * (size_t)z->kind))) return -1;
    } else {
        if (!(p = im_raw_alloc(t, (size_t)cap * (size_t)kind))) return -1;
        for (ssize_t i = 0; i < z->len; i++) im_str_write(kind, p, i, im_str_read(z->kind, z->buf, i));
        im_raw_free(z->buf);
        z->kind = kind;
    }
    z->buf = p;
    z->cap = cap;
    return 0;
}
/* Writes s (decoded, newline-translated) at the position. */
static int z_put(Thread *t, ImStringIO *z, Value s)
{
    ssize_t n = im_str_len(s);
    if (n == 0) return 0;
    int k = im_str_kind(s);
    if (z_reserve(t, z, z->pos + n, k) < 0) return -1;
    for (ssize_t i = z->len; i < z->pos; i++) im_str_write(z->kind, z->buf, i, 0);
    const void *d = im_str_data(s);
    if (k == z->kind) memcpy((char *)z->buf + z->pos * k, d, (size_t)(n * k));
    else for (ssize_t i = 0; i < n; i++) im_str_write(z->kind, z->buf, z->pos + i, im_str_read(k, d, i));
    z->pos += n;
    if (z->pos > z->len) z->len = z->pos;
    return 0;
}
static int z_write_str(Thread *t, ImStringIO *z, Value s)
{
    if (IM_LIKELY(!z->universal && im_no_value(z->writenl))) return z_put(t, z, s);
    Value x = im_new_ref(s), y;
    if (z->universal) {
        y = im_io_translate(t, x, &z->pending_cr, &z->seen, true, z->translate);
        im_drop(t, x);
        if (im_no_value(y)) return -1;
        x = y;
    }
    if (!im_no_value(z->writenl)) {
        Value args[2] = {im_str_from_char(t, '\n'), z->writenl};
        y = im_call_method(t, x, IM_S(replace), args, 2, IM_NO_VALUE);
        im_drop(t, x);
        if (im_no_value(y)) return -1;
        x = y;
    }
    int r = z_put(t, z, x);
    im_drop(t, x);
    return r;
}
static Value z_new(Thread *t, ImType *type, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImStringIO *z = (ImStringIO *)im_instance_alloc(t, type, 0);
    if (z) z->newline = IM_NONE;
    return im_value(z);
}
static int z_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    ImArgs a;
    ImStringIO *z = zp(self);
    if (im_no_value(kw) && (nargs == 0 || (nargs == 1 && im_is_str(args[0]))) && im_is_private_obj(&z->head)) { /* with \n as it is */
        z->len = z->pos = 0;
        z->closed = z->pending_cr = z->translate = z->universal = false;
        z->seen = 0;
        im_slot_put(t, &z->head, &z->newline, im_str_from_char(t, '\n'));
        im_slot_put(t, &z->head, &z->writenl, IM_NO_VALUE);
        z->ok = true;
        if (nargs && z_put(t, z, args[0]) < 0) return -1;
        z->pos = 0;
        return 0;
    }
    if (im_parse_args(t, "StringIO", "(initial_value='', newline='\\n')", args, nargs, kw, &a) < 0) return -1;
    Value v = a.v[0], nl = a.v[1];
    int r = -1;
    z->ok = false;
    if (!im_no_value(nl) && !im_is_none(nl)) {
        if (!im_is_str(nl)) { (void)im_raise_type(t, "newline must be str or None, not %T", nl); goto done; }
        if (im_str_len(nl) && !im_str_equal_cstr(nl, "\n") && !im_str_equal_cstr(nl, "\r") && !im_str_equal_cstr(nl, "\r\n")) {
            (void)im_raise_valueerror(t, "illegal newline value: %R", nl);
            goto done;
        }
    }
    if (!im_no_value(v) && !im_is_none(v) && !im_is_str(v)) { (void)im_raise_type(t, "initial_value must be str or None, not %T", v); goto done; }
    z->len = z->pos = 0;
    z->closed = z->pending_cr = false;
    z->seen = 0;
    Value newline = im_no_value(nl) ? im_str_from_char(t, '\n') : im_new_ref(nl);
    im_slot_put(t, &z->head, &z->newline, newline);
    z->translate = im_is_none(newline);
    z->universal = im_is_none(newline) || im_str_len(newline) == 0;
    bool replace = im_is_str(newline) && im_str_len(newline) && im_str_at(newline, 0) == '\r';
    im_slot_put(t, &z->head, &z->writenl, replace ? im_new_ref(newline) : IM_NO_VALUE);
    z->ok = true;
    if (!im_no_value(v) && im_is_str(v) && z_write_str(t, z, v) < 0) goto done;
    z->pos = 0;
    r = 0;
done:
    im_args_fini(t, &a);
    return r;
}
#define Z_ENTER() ImStringIO *z = zp(self); if (z_open(t, z) < 0 || im_io_lock(t, &z->lock, self) < 0) return IM_NO_VALUE
#define Z_LEAVE() im_io_unlock(&z->lock)
static Value z_take(Thread *t, ImStringIO *z, ssize_t n)
{
    ssize_t left = z->len - z->pos;
    if (left < 0) left = 0;
    if (n < 0 || n > left) n = left;
    Value v = im_str_from_kind(t, z->kind, n ? (char *)z->buf + z->pos * z->kind : NULL, n);
    if (!im_no_value(v)) z->pos += n;
    return v;
}
static Value z_read(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t size;
    if (pos_arg(t, a, n, &size) < 0) return IM_NO_VALUE;
    Z_ENTER();
    Value v = z_take(t, z, size);
    Z_LEAVE();
    return v;
}
static ssize_t z_line(ImStringIO *z, ssize_t limit)
{
    ssize_t left = z->len - z->pos, i = 0;
    if (left <= 0) return 0;
    if (limit >= 0 && limit < left) left = limit;
    const int k = z->kind;
    const void *p = (char *)z->buf + z->pos * k;
    ssize_t nl = z->translate || z->universal ? 1 : im_str_len(z->newline);
    if (k == 1 && nl == 1 && (z->translate || !z->universal)) {
        const char *found = memchr(p, z->translate ? '\n' : (int)im_str_at(z->newline, 0), (size_t)left);
        return found ? found - (const char *)p + 1 : left;
    }
    if (z->translate) { while (i < left && im_str_read(k, p, i) != '\n') i++; return i < left ? i + 1 : left; }
    if (z->universal) {
        while (i < left && im_str_read(k, p, i) != '\n' && im_str_read(k, p, i) != '\r') i++;
        if (i == left) return left;
        if (im_str_read(k, p, i) == '\r' && i + 1 < left && im_str_read(k, p, i + 1) == '\n') return i + 2;
        return i + 1;
    }
    for (; i + nl <= left; i++) {
        if (im_str_read(k, p, i) != im_str_at(z->newline, 0)) continue;
        if (nl == 1 || im_str_read(k, p, i + 1) == im_str_at(z->newline, 1)) return i + nl;
    }
    return left;
}
static Value z_readline(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t size;
    if (pos_arg(t, a, n, &size) < 0) return IM_NO_VALUE;
    Z_ENTER();
    Value v = z_take(t, z, z_line(z, size < 0 ? -1 : size));
    Z_LEAVE();
    return v;
}
static Value z_next(Thread *t, Value self)
{
    if (z_open(t, zp(self)) < 0) return IM_NO_VALUE;
    if (im_type_of(self) != &im_StringIO_type) {
        Value line = im_call_method0(t, self, IM_S(readline));
        if (!im_no_value(line) && !im_is_str(line)) {
            (void)im_raise(t, &im_OSError_type, "readline() should have returned a str object, not '%T'", line);
            im_drop(t, line);
            return IM_NO_VALUE;
        }
        if (!im_no_value(line) && im_str_len(line) == 0) { im_drop(t, line); return IM_STOP; }
        return line;
    }
    Z_ENTER();
    ssize_t n = z_line(z, -1);
    Value v = n ? z_take(t, z, n) : IM_STOP;
    Z_LEAVE();
    return v;
}
static Value z_write(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    if (!im_is_str(a[0])) return im_raise_type(t, "string argument expected, got '%T'", a[0]);
    Z_ENTER();
    int r = z_write_str(t, z, a[0]);
    Z_LEAVE();
    return r < 0 ? IM_NO_VALUE : im_int(im_str_len(a[0]));
}
static Value z_getvalue(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    Z_ENTER();
    Value v = im_str_from_kind(t, z->kind, z->buf, z->len);
    Z_LEAVE();
    return v;
}
static Value z_tell(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return z_open(t, zp(self)) < 0 ? IM_NO_VALUE : im_int(zp(self)->pos); }
static Value z_seek(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t pos;
    int whence = 0;
    ImStringIO *z = zp(self);
    if (z_open(t, z) < 0 || im_as_ssize(t, a[0], &im_OverflowError_type, &pos) < 0 || (n > 1 && im_as_int(t, a[1], &whence) < 0)) return IM_NO_VALUE;
    if (whence < 0 || whence > 2) return im_raise_valueerror(t, "Invalid whence (%i, should be 0, 1 or 2)", whence);
    if (pos < 0 && whence == 0) return im_raise_valueerror(t, "Negative seek position %zd", pos);
    if (whence && pos) return im_raise(t, &im_OSError_type, "Can't do nonzero cur-relative seeks");
    z->pos = whence == 0 ? pos : whence == 1 ? z->pos : z->len;
    return im_int(z->pos);
}
static Value z_truncate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t size;
    ImStringIO *z = zp(self);
    if (z_open(t, z) < 0 || pos_arg(t, a, n, &size) < 0) return IM_NO_VALUE;
    if (!n || im_is_none(a[0])) size = z->pos;
    if (size < 0) return im_raise_valueerror(t, "Negative size value %zd", size);
    if (size < z->len) z->len = size;
    return im_int(size);
}
static Value z_close(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)t; (void)a; (void)n; (void)kw;
    zp(self)->closed = true;
    zp(self)->len = 0;
    return IM_NONE;
}
static Value z_true(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return z_open(t, zp(self)) < 0 ? IM_NO_VALUE : IM_TRUE; }
static Value z_closed(Thread *t, Value self, void *c) { (void)c; return zp(self)->ok ? im_bool(zp(self)->closed) : (z_open(t, zp(self)), IM_NO_VALUE); }
static Value z_line_buffering(Thread *t, Value self, void *c) { (void)c; return z_open(t, zp(self)) < 0 ? IM_NO_VALUE : IM_FALSE; }
static Value z_newlines(Thread *t, Value self, void *c)
{
    (void)c;
    ImStringIO *z = zp(self);
    if (z_open(t, z) < 0) return IM_NO_VALUE;
    static const char *const one[8] = {0, "\n", "\r", 0, "\r\n", 0, 0, 0};
    uint8_t s = z->seen;
    if (!s) return IM_NONE;
    if (one[s]) return im_str_from_cstr(t, one[s]);
    Value v[3];
    size_t n = 0;
    static const uint8_t order[3] = {2, 1, 4};
    for (int i = 0; i < 3; i++)
        if (s & order[i]) v[n++] = im_str_from_cstr(t, one[order[i]]);
    return im_tuple_steal_array(t, v, n);
}
static Value z_getstate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    Value v = z_getvalue(t, self, a, n, kw), d;
    if (im_no_value(v)) return v;
    d = im_instance_dict_copy(t, self);
    if (im_no_value(d)) { im_drop(t, v); return d; }
    if (im_dict_len(d) == 0) { im_drop(t, d); d = IM_NONE; }
    Value r = im_tuple_pack(t, 4, v, zp(self)->newline, im_int(zp(self)->pos), d);
    im_drop(t, v);
    im_drop(t, d);
    return r;
}
static Value z_setstate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ssize_t pos;
    if (zp(self)->closed) return im_raise_valueerror(t, "I/O operation on closed file");
    if (!im_is_tuple(a[0]) || im_tuple_len(a[0]) < 4) return im_raise_type(t, "%T.__setstate__ argument should be 4-tuple, got %T", self, a[0]);
    Value *s = im_tuple_items(a[0]), none[2] = {IM_NONE, s[1]};
    if (z_init(t, self, none, 2, IM_NO_VALUE) < 0) return IM_NO_VALUE;
    if (!im_is_str(s[0])) return im_raise_type(t, "first item of state must be str or None, not %T", s[0]);
    if (z_put(t, zp(self), s[0]) < 0) return IM_NO_VALUE;
    if (!im_is_index(s[2])) return im_raise_type(t, "third item of state must be an integer, got %T", s[2]);
    if (im_as_ssize(t, s[2], &im_OverflowError_type, &pos) < 0) return IM_NO_VALUE;
    if (pos < 0) return im_raise_valueerror(t, "position value cannot be negative");
    zp(self)->pos = pos;
    return merge_state_dict(t, self, s[3], "StringIO") < 0 ? IM_NO_VALUE : IM_NONE;
}
static int z_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImStringIO *z = (ImStringIO *)o;
    int r = im_is_object(z->newline) ? visit(z->newline, arg) : 0;
    return r ? r : im_is_object(z->writenl) ? visit(z->writenl, arg) : 0;
}
static void z_destroy(Thread *t, ImObject *o)
{
    im_raw_free(((ImStringIO *)o)->buf);
    im_destroy_child(t, ((ImStringIO *)o)->newline);
    im_destroy_child(t, ((ImStringIO *)o)->writenl);
}
static const ImMethodDef z_methods[] = {
    IM_FIXED("close", z_close, 0, "($self, /)", "Disable all I/O operations."), IM_FIXED("getvalue", z_getvalue, 0, "($self, /)", "Retrieve the entire contents of the object."), IM_RANGE("read", z_read, 0, 1, "($self, size=-1, /)", "Read at most size bytes or characters; all that are left without a size."),
    IM_RANGE("readline", z_readline, 0, 1, "($self, size=-1, /)", "Next line, at most size long; empty at the end."), IM_FIXED("tell", z_tell, 0, "($self, /)", "Current file position."), IM_RANGE("truncate", z_truncate, 0, 1, "($self, pos=None, /)", "Truncate to pos, by default the current position; returns the new size."),
    IM_RANGE("seek", z_seek, 1, 2, "($self, pos, whence=0, /)", "Change stream position; whence 0 from the start, 1 from here, 2 from the end. Returns the new position."), IM_FIXED("write", z_write, 1, "($self, s, /)", "Write to the object; returns the number of bytes or characters."), IM_FIXED("seekable", z_true, 0, "($self, /)", "Returns True if the IO object can be seeked."),
    IM_FIXED("readable", z_true, 0, "($self, /)", "Returns True if the IO object can be read."), IM_FIXED("writable", z_true, 0, "($self, /)", "Returns True if the IO object can be written."), IM_FIXED("__getstate__", z_getstate, 0, NULL, NULL),
    IM_FIXED("__setstate__", z_setstate, 1, "($self, state, /)", NULL), IM_END};
static const ImGetSetDef z_getset[] = {{"closed", z_closed, NULL, NULL, NULL}, {"newlines", z_newlines, NULL, NULL, NULL}, {"line_buffering", z_line_buffering, NULL, NULL, NULL}, {0}};
static const ImSlots z_slots = {.init = z_init, .new_ = z_new, .next = z_next};
static const ImTypeSpec stringio_spec = {.name = "_io.StringIO", .size = sizeof(ImStringIO), .flags = M_FLAGS, .base = &im_TextIOBase__type, .slots = &z_slots, .methods = z_methods, .getset = z_getset,
    .traverse = z_traverse, .destroy = z_destroy, .text_signature = "(initial_value='', newline='\\n')", .doc = "Text I/O implementation using an in-memory buffer."};
IM_TYPE(StringIO, &stringio_spec);
