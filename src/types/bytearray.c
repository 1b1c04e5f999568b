/* bytearray. While buffers are held (x_exports) it refuses to change size. Shared ones change under their lock.
 * SPDX-License-Identifier: MIT */
#include <limits.h>

#include "types/bytes_methods.h"
#include "types/int.h"
#include "types/list.h"
#include "types/slice.h"
#include "types/tuple.h"

#define M(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)
#define NOARGS (void)a, (void)n, (void)kw
static ImByteArray *ba(Value v) { return (ImByteArray *)im_ptr(v); }
static void lock(Thread *t, ImByteArray *b) { if (im_is_shared_obj(&b->head)) im_object_lock(t, &b->head); }
static void unlock(Thread *t, ImByteArray *b) { if (im_is_shared_obj(&b->head)) im_object_unlock(t, &b->head); }

Value im_bytearray_raw(Thread *t, ssize_t len)
{
    ImByteArray *b = (ImByteArray *)im_instance_alloc(t, &im_bytearray_type, 0);
    if (!b) return IM_NO_VALUE;
    if (len) {
        b->x_buf = im_raw_alloc(t, (size_t)len + 1);
        if (!b->x_buf) { im_drop(t, im_value(b)); return IM_NO_VALUE; }
        b->x_start = b->x_buf;
        b->cap = len + 1;
        b->x_len = len;
        b->x_buf[len] = 0;
    }
    return im_value(b);
}
Value im_bytearray_new(Thread *t, const void *p, ssize_t len)
{
    Value v = im_bytearray_raw(t, len);
    if (im_no_value(v) || !len) return v;
    if (p) memcpy(ba(v)->x_start, p, (size_t)len);
    else memset(ba(v)->x_start, 0, (size_t)len);
    return v;
}
static int no_resize(Thread *t) { return im_raise(t, &im_BufferError_type, "Existing exports of data: object cannot be re-sized"), -1; }
/* Which bytes an operation is about: decided under the lock, so that no other thread's change comes between. */
typedef enum Where {
    WHERE_INDEX,  /* the byte at lo (negative: from the end), or IndexError */
    WHERE_INSERT, /* nothing at lo, which is clipped */
    WHERE_END,    /* nothing at the end */
    WHERE_SLICE,  /* a slice's start and stop, as unpacked, step 1 */
    WHERE_ALL,
} Where;
static bool place(Where where, ssize_t len, ssize_t *lo, ssize_t *hi)
{
    switch (where) {
    case WHERE_INDEX:
        if (*lo < 0) *lo += len;
        *hi = *lo + 1;
        return *lo >= 0 && *lo < len;
    case WHERE_INSERT:
        if (*lo < 0) *lo = *lo + len < 0 ? 0 : *lo + len;
        if (*lo > len) *lo = len;
        *hi = *lo;
        return true;
    case WHERE_END: *lo = *hi = len; return true;
    case WHERE_SLICE:
        im_slice_adjust(len, lo, hi, 1);
        if (*hi < *lo) *hi = *lo;
        return true;
    case WHERE_ALL: *lo = 0; *hi = len; return true;
    }
    return false;
}
/* For splice's p: n times the bytes of the object itself, at the moment of the change. */
static const char own_bytes[1];
/* Replaces those bytes by n of p, which does not point into b; *taken: the first of them. -1 with an exception, -2 without: no such index. Together with
 * `stride` and reverse() this is all that changes the content. */
static int splice(Thread *t, ImByteArray *b, Where where, ssize_t lo, ssize_t hi, const char *p, ssize_t n, uint8_t *taken)
{
    lock(t, b);
    ssize_t len = b->x_len;
    if (!place(where, len, &lo, &hi)) { unlock(t, b); return -2; }
    char *copy = NULL;
    if (p == own_bytes) {
        ssize_t total;
        if (__builtin_mul_overflow(len, n, &total) || !(copy = im_raw_alloc(NULL, (size_t)total + 1))) { unlock(t, b); return im_raise_memory(t), -1; }
        if (total) im_fill_repeated(copy, b->x_start, (size_t)len, (size_t)total);
        p = copy;
        n = total;
    }
    ssize_t grow = n - (hi - lo), nlen;
    if (__builtin_add_overflow(len, grow, &nlen) || nlen > SSIZE_MAX - 64 - (nlen >> 3)) { unlock(t, b); im_raw_free(copy); return im_raise_memory(t), -1; }
    if (grow && im_load_acquire(&b->x_exports) > 0) { unlock(t, b); im_raw_free(copy); return no_resize(t); }
    if (taken) *taken = (uint8_t)b->x_start[lo];
    char *old = NULL;
    if (grow > 0 && (b->x_start - b->x_buf) + nlen + 1 > b->cap) {
        ssize_t cap = nlen + (nlen >> 3) + 16;
        char *q = im_raw_alloc(NULL, (size_t)cap);
        if (!q) { unlock(t, b); im_raw_free(copy); return im_raise_memory(t), -1; }
        memcpy(q, b->x_start ? b->x_start : "", (size_t)lo);
        memcpy(q + lo + n, b->x_start ? b->x_start + hi : "", (size_t)(len - hi));
        old = b->x_buf;
        b->x_buf = b->x_start = q;
        b->cap = cap;
    } else if (grow) {
        if (lo == 0 && grow < 0 && n == 0) b->x_start += hi; /* deletion at the front: move the start */
        else memmove(b->x_start + lo + n, b->x_start + hi, (size_t)(len - hi));
    }
    if (n) memcpy(b->x_start + lo, p, (size_t)n);
    im_store_release(&b->x_len, nlen);
    if (b->x_start) b->x_start[nlen] = 0;
    unlock(t, b);
    im_raw_free(copy);
    if (old) im_raw_retire(t, old, (size_t)len);
    return 0;
}
static int append_byte(Thread *t, ImByteArray *b, uint8_t c)
{
    const ssize_t len = im_load_relaxed(&b->x_len);
    if (IM_LIKELY(im_is_private_obj(&b->head) && im_load_relaxed(&b->x_exports) == 0 && (b->x_start - b->x_buf) + len + 2 <= b->cap)) { /* there is room, and nobody looks */
        b->x_start[len] = (char)c;
        b->x_start[len + 1] = 0;
        b->x_len = len + 1;
        return 0;
    }
    return splice(t, b, WHERE_END, 0, 0, (char *)&c, 1, NULL);
}
static int splice_all(Thread *t, Value self, const char *p, ssize_t n) { return splice(t, ba(self), WHERE_ALL, 0, 0, p, n, NULL); }
/* An extended slice: p null deletes it, else its n bytes are stored. */
static int stride(Thread *t, ImByteArray *b, ssize_t i, ssize_t j, ssize_t step, const char *p, ssize_t n)
{
    lock(t, b);
    ssize_t len = b->x_len, count = im_slice_adjust(len, &i, &j, step);
    if (p ? count != n : count > 0 && im_load_acquire(&b->x_exports) > 0) {
        unlock(t, b);
        if (!p) return no_resize(t);
        return im_raise_valueerror(t, "attempt to assign bytes of size %zd to extended slice of size %zd", n, count), -1;
    }
    if (p) {
        for (ssize_t k = 0; k < n; k++) b->x_start[i + k * step] = p[k];
    } else if (count) {
        if (step < 0) { i += (count - 1) * step; step = -step; }
        char *to = b->x_start + i;
        for (ssize_t k = 0, at = i; k < count; k++, at = (ssize_t)((size_t)at + (size_t)step)) {
            ssize_t end = k + 1 < count ? at + step : len, run = end - at - 1;
            memmove(to, b->x_start + at + 1, (size_t)run);
            to += run;
        }
        im_store_release(&b->x_len, len - count);
        b->x_start[len - count] = 0;
    }
    unlock(t, b);
    return 0;
}
int im_bytearray_resize(Thread *t, Value v, ssize_t len)
{
    ImByteArray *b = ba(v);
    lock(t, b);
    ssize_t old = b->x_len;
    char *dead = NULL;
    int r = 0;
    if (len != old && im_load_acquire(&b->x_exports) > 0) r = 1;
    else if (len < old || (b->x_start - b->x_buf) + len + 1 <= b->cap) {
        if (len > old) memset(b->x_start + old, 0, (size_t)(len - old));
        if (b->x_start) b->x_start[len] = 0;
    } else if (len > old) {
        char *q = len > SSIZE_MAX - 64 - (len >> 3) ? NULL : im_raw_alloc(NULL, (size_t)(len + (len >> 3) + 16));
        if (!q) r = 2;
        else {
            if (old) memcpy(q, b->x_start, (size_t)old);
            memset(q + old, 0, (size_t)(len - old) + 1);
            dead = b->x_buf;
            b->x_buf = b->x_start = q;
            b->cap = len + (len >> 3) + 16;
        }
    }
    if (r == 0) im_store_release(&b->x_len, len);
    unlock(t, b);
    if (dead) im_raw_retire(t, dead, (size_t)old);
    return r == 0 ? 0 : r == 1 ? no_resize(t) : (im_raise_memory(t), -1);
}
static int byte_arg(Thread *t, Value v, uint8_t *out)
{
    ssize_t i;
    if (im_as_ssize(t, v, NULL, &i) < 0) return -1;
    if (i < 0 || i > 255) return im_raise_valueerror(t, "byte must be in range(0, 256)"), -1;
    *out = (uint8_t)i;
    return 0;
}
static Value a_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kw) { (void)args; (void)nargs; (void)kw; return im_value(im_instance_alloc(t, type, 0)); }
/* n zeros in a bytearray that had nothing yet: no more memory is touched than is used later. */
static int fresh_zeros(Thread *t, ImByteArray *b, size_t n)
{
    char *p = im_raw_alloc_zero(t, n + 1, 1);
    if (!p) return -1;
    b->x_buf = b->x_start = p;
    b->cap = (ssize_t)n + 1;
    b->x_len = (ssize_t)n;
    return 0;
}

static int a_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    ImByteArray *b = ba(self);
    if (IM_UNLIKELY(im_load_acquire(&b->x_exports) > 0) && im_load_acquire(&b->x_len)) return no_resize(t);
    if (nargs <= 1 && im_no_value(kw)) { /* what mostly is asked for */
        const bool fresh = im_is_private_obj(&b->head) && !b->x_buf;
        if (nargs == 0 && fresh) return 0;
        if (nargs == 1 && fresh && im_is_int(args[0]) && im_int_get(args[0]) >= 0) return fresh_zeros(t, b, (size_t)im_int_get(args[0]));
        if (nargs == 1 && im_is_bytes_exact(args[0])) return splice_all(t, self, im_bytes_data(args[0]), im_bytes_len(args[0]));
        if (nargs == 1 && fresh && (im_is_exact(args[0], &im_memoryview_type) || im_is_exact(args[0], &im_bytearray_type))) {
            ImBuffer from;
            if (im_buffer_get(t, args[0], &from, IM_BUF_SIMPLE) == 0) {
                int r = splice_all(t, self, from.buf, from.len);
                im_buffer_release(t, &from);
                return r;
            }
            if (!im_exc_clear_if(t, &im_BufferError_type)) return -1; /* items that do not follow each other are gathered below */
        }
    }
    bool plain = nargs == 1 && im_no_value(kw) && !im_buffer_check(args[0]) && !im_is_str(args[0]) && !im_is_index(args[0]);
    if (plain) { /* an iterable: bytes are there as soon as they are given */
        Value it = im_iter(t, args[0]), x;
        if (im_no_value(it)) {
            if (im_exc_clear_if(t, &im_TypeError_type)) im_raise_type(t, "cannot convert '%T' object to bytearray", args[0]);
            return -1;
        }
        int bad = splice_all(t, self, "", 0);
        while (bad == 0 && !im_same(x = im_next(t, it), IM_STOP)) {
            uint8_t c;
            if (im_no_value(x)) bad = -1;
            else if ((bad = byte_arg(t, x, &c)) == 0) bad = append_byte(t, b, c);
            im_xdrop(t, x);
        }
        im_drop(t, it);
        return bad;
    }
    Value bytes = im_bytes_from_args(t, "bytearray", args, nargs, kw);
    if (im_no_value(bytes)) return -1;
    int r = splice_all(t, self, im_bytes_data(bytes), im_bytes_len(bytes));
    im_drop(t, bytes);
    return r;
}
static ssize_t a_len(Thread *t, Value v) { (void)t; return im_load_acquire(&ba(v)->x_len); }
static Value a_item(Thread *t, Value v, ssize_t i)
{
    int c = i < 0 ? -1 : im_bytes_at(t, v, i);
    return c < 0 ? im_raise_index(t, "bytearray index out of range") : im_int(c);
}
/* i as written: negative from the end. */
static int store_item(Thread *t, Value v, ssize_t i, Value x)
{
    uint8_t c = 0;
    ImByteArray *b = ba(v);
    if (IM_LIKELY(im_is_private_obj(&b->head) && i >= 0 && i < b->x_len && im_is_int(x) && (uint64_t)im_int_get(x) < 256)) {
        b->x_start[i] = (char)im_int_get(x);
        return 0;
    }
    if (!im_no_value(x)) {
        if (im_bytes_at(t, v, i) < 0) return im_raise_index(t, "bytearray index out of range"), -1;
        if (byte_arg(t, x, &c) < 0) return -1;
    }
    int r = splice(t, b, WHERE_INDEX, i, 0, (char *)&c, !im_no_value(x), NULL);
    return r == -2 ? (im_raise_index(t, "bytearray index out of range"), -1) : r;
}
static int a_ass_item(Thread *t, Value v, ssize_t i, Value x)
{
    return i < 0 ? (im_raise_index(t, "bytearray index out of range"), -1) : store_item(t, v, i, x);
}
static int a_ass_subscript(Thread *t, Value self, Value key, Value x)
{
    ssize_t i, j, step;
    if (!im_is_slice(key)) {
        if (!im_is_index(key)) return im_raise_type(t, "bytearray indices must be integers or slices, not %T", key), -1;
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return -1;
        return store_item(t, self, i, x);
    }
    if (im_slice_unpack(t, key, &i, &j, &step) < 0) return -1;
    if (im_no_value(x)) return step == 1 ? splice(t, ba(self), WHERE_SLICE, i, j, "", 0, NULL) : stride(t, ba(self), i, j, step, NULL, 0);
    if (im_is_str(x) || (im_is_index(x) && !im_buffer_check(x)))
        return im_raise_type(t, "can assign only bytes, buffers, or iterables of ints in range(0, 256)"), -1;
    Value src;
    if (im_same(x, self) && step == 1) return splice(t, ba(self), WHERE_SLICE, i, j, own_bytes, 1, NULL);
    if (im_same(x, self)) {
        ImRun run = im_bytes_pin(t, self);
        src = im_bytes_new(t, run.p, run.len);
        im_bytes_unpin(t, &run);
    } else src = im_bytes_from_object(t, x);
    if (im_no_value(src)) return -1;
    ssize_t n = im_bytes_len(src);
    int r = step == 1 ? splice(t, ba(self), WHERE_SLICE, i, j, im_bytes_data(src), n, NULL) : stride(t, ba(self), i, j, step, n ? im_bytes_data(src) : NULL, n);
    im_drop(t, src);
    return r;
}
static Value a_concat(Thread *t, Value x, Value y)
{
    ImBuffer a, b;
    if (im_buffer_get(t, x, &a, IM_BUF_SIMPLE) < 0) goto cannot;
    if (im_buffer_get(t, y, &b, IM_BUF_SIMPLE) < 0) { im_buffer_release(t, &a); goto cannot; }
    Value v = im_bytearray_raw(t, a.len + b.len);
    if (!im_no_value(v) && a.len + b.len) {
        memcpy(ba(v)->x_start, a.buf, (size_t)a.len);
        memcpy(ba(v)->x_start + a.len, b.buf, (size_t)b.len);
    }
    im_buffer_release(t, &b);
    im_buffer_release(t, &a);
    return v;
cannot:
    im_exc_clear(t);
    return im_raise_type(t, "can't concat %T to %T", y, x);
}
/* Appends a buffer, which may be b itself. */
static int append_buffer(Thread *t, Value self, Value x)
{
    if (im_same(self, x)) return splice(t, ba(self), WHERE_END, 0, 0, own_bytes, 1, NULL);
    ImBuffer b;
    if (im_buffer_get(t, x, &b, IM_BUF_SIMPLE) < 0) return -1;
    int r = splice(t, ba(self), WHERE_END, 0, 0, b.buf, b.len, NULL);
    im_buffer_release(t, &b);
    return r;
}
static Value a_iconcat(Thread *t, Value self, Value x)
{
    if (!im_buffer_check(x)) return im_raise_type(t, "can't concat %T to %T", x, self);
    return append_buffer(t, self, x) < 0 ? IM_NO_VALUE : im_new_ref(self);
}
static Value a_repeat(Thread *t, Value self, ssize_t n)
{
    ImRun r = im_bytes_pin(t, self);
    ssize_t total;
    Value v;
    if (n < 0) n = 0;
    if (__builtin_mul_overflow(r.len, n, &total)) v = im_raise_memory(t);
    else if (!im_no_value(v = im_bytearray_raw(t, total)) && total) im_fill_repeated(ba(v)->x_start, r.p, (size_t)r.len, (size_t)total);
    im_bytes_unpin(t, &r);
    return v;
}
static Value a_irepeat(Thread *t, Value self, ssize_t n)
{
    int r = splice_all(t, self, own_bytes, n < 0 ? 0 : n);
    return r < 0 ? IM_NO_VALUE : im_new_ref(self);
}
static Value a_repr(Thread *t, Value self)
{
    ImRun r = im_bytes_pin(t, self);
    Value p = im_str_format(t, "%s(b", im_type_cname(im_type_of(self))), v = IM_NO_VALUE;
    const char *s = im_no_value(p) ? NULL : im_str_utf8(t, p, NULL);
    if (s) v = im_bytes_repr_run(t, s, r.p, r.len, ")");
    im_xdrop(t, p);
    im_bytes_unpin(t, &r);
    return v;
}
static Value a_mod(Thread *t, Value x, Value y) { return im_is_instance_of(x, &im_bytearray_type) ? im_bytes_percent(t, x, y) : IM_NOT_IMPLEMENTED; }
/* Whoever just reads the bytes of a shared one gets those of one moment, as in im_bytes_pin: others may change and resize it meanwhile. */
static int a_getbuffer(Thread *t, Value v, ImBuffer *b, int flags)
{
    static char nothing[1];
    ImByteArray *a = ba(v);
    if (flags == IM_BUF_SIMPLE && im_is_shared_obj(&a->head)) {
        ImRun run = im_bytes_pin(t, v);
        if (run.copy) {
            int r = im_buffer_fill(t, b, v, run.copy, run.len, false, flags);
            if (r < 0) im_raw_free(run.copy);
            else b->internal = run.copy;
            return r;
        }
        im_bytes_unpin(t, &run);
    }
    lock(t, a);
    ssize_t len = a->x_len;
    char *start = a->x_start;
    IM_ADD_IN(&a->head, &a->x_exports, 1);
    unlock(t, a);
    if (im_buffer_fill(t, b, v, start ? start : nothing, len, false, flags) == 0) return 0;
    IM_ADD_IN(&a->head, &a->x_exports, -1);
    return -1;
}
static void a_releasebuffer(Thread *t, Value v, ImBuffer *b)
{
    (void)t;
    if (b->internal) im_raw_free(b->internal);
    else IM_ADD_IN(im_ptr(v), &ba(v)->x_exports, -1);
}
M(m_append)
{
    (void)n; (void)kw;
    uint8_t c;
    if (byte_arg(t, a[0], &c) < 0) return IM_NO_VALUE;
    return append_byte(t, ba(self), c) < 0 ? IM_NO_VALUE : IM_NONE;
}
M(m_extend)
{
    (void)n; (void)kw;
    if (im_buffer_check(a[0])) return append_buffer(t, self, a[0]) < 0 ? IM_NO_VALUE : IM_NONE;
    if (im_is_str(a[0])) return im_raise_type(t, "expected iterable of integers; got: 'str'");
    if (!IM_SLOT(im_type_of(a[0]), iter) && !im_is_sequence(a[0])) return im_raise_type(t, "can't extend bytearray with %T", a[0]);
    if (im_length_hint(t, a[0], 32) < 0) return IM_NO_VALUE;
    Value b = im_bytes_from_object(t, a[0]);
    if (im_no_value(b)) { if (im_exc_clear_if(t, &im_ValueError_type)) (void)im_raise_valueerror(t, "byte must be in range(0, 256)"); return b; }
    int r = append_buffer(t, self, b);
    im_drop(t, b);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
M(m_insert)
{
    (void)n; (void)kw;
    ssize_t i;
    uint8_t c;
    if (im_as_ssize(t, a[0], &im_OverflowError_type, &i) < 0 || byte_arg(t, a[1], &c) < 0) return IM_NO_VALUE;
    return splice(t, ba(self), WHERE_INSERT, i, 0, (char *)&c, 1, NULL) < 0 ? IM_NO_VALUE : IM_NONE;
}
M(m_pop)
{
    (void)kw;
    ssize_t i = -1;
    uint8_t c;
    if (n && im_as_ssize(t, a[0], &im_IndexError_type, &i) < 0) return IM_NO_VALUE;
    int r = splice(t, ba(self), WHERE_INDEX, i, 0, "", 0, &c);
    if (r == -2) return im_raise_index(t, im_load_acquire(&ba(self)->x_len) == 0 ? "pop from empty bytearray" : "pop index out of range");
    return r < 0 ? IM_NO_VALUE : im_int(c);
}
M(m_remove)
{
    (void)n; (void)kw;
    uint8_t c;
    if (byte_arg(t, a[0], &c) < 0) return IM_NO_VALUE;
    ImByteArray *b = ba(self);
    lock(t, b);
    char *p = b->x_len ? memchr(b->x_start, c, (size_t)b->x_len) : NULL;
    bool held = p && im_load_acquire(&b->x_exports) > 0;
    if (p && !held) {
        memmove(p, p + 1, (size_t)(b->x_start + b->x_len - p)); /* with the zero at the end */
        im_store_release(&b->x_len, b->x_len - 1);
    }
    unlock(t, b);
    if (held) return no_resize(t), IM_NO_VALUE;
    return p ? IM_NONE : im_raise_valueerror(t, "value not found in bytearray");
}
M(m_reverse)
{
    NOARGS;
    ImByteArray *b = ba(self);
    lock(t, b);
    for (ssize_t i = 0, j = b->x_len - 1; i < j; i++, j--) { char c = b->x_start[i]; b->x_start[i] = b->x_start[j]; b->x_start[j] = c; }
    unlock(t, b);
    return IM_NONE;
}
M(m_clear) { NOARGS; return splice_all(t, self, "", 0) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_copy)
{
    NOARGS;
    ImRun r = im_bytes_pin(t, self);
    Value v = im_bytearray_new(t, r.p, r.len);
    im_bytes_unpin(t, &r);
    return v;
}
M(m_alloc) { NOARGS; (void)t; return im_int(ba(self)->cap); }
M(m_sizeof) { NOARGS; (void)t; return im_int((int64_t)sizeof(ImByteArray) + ba(self)->cap); }
static Value reduce(Thread *t, Value self, bool text)
{
    Value body, args, r = IM_NO_VALUE, state = im_call_method0(t, self, IM_S(__getstate__));
    if (im_no_value(state)) return state;
    ImRun b = im_bytes_pin(t, self);
    if (text && b.len) {
        body = im_str_from_latin1(t, b.p, b.len);
        Value enc = im_str_from_cstr(t, "latin-1");
        args = im_tuple_pack(t, 2, body, enc);
        im_drop(t, enc);
    } else if (b.len) {
        body = im_bytes_new(t, b.p, b.len);
        args = im_tuple_pack(t, 1, body);
    } else {
        body = IM_NONE;
        args = im_tuple_empty();
    }
    im_bytes_unpin(t, &b);
    if (!im_no_value(args)) r = im_tuple_pack(t, 3, im_type_value(im_type_of(self)), args, state);
    im_xdrop(t, args);
    im_xdrop(t, body);
    im_xdrop(t, state);
    return r;
}
M(m_reduce) { NOARGS; return reduce(t, self, true); }
M(m_reduce_ex)
{
    (void)kw;
    int proto = 0;
    if (n && im_as_int(t, a[0], &proto) < 0) return IM_NO_VALUE;
    return reduce(t, self, proto < 3);
}
static void a_destroy(Thread *t, ImObject *o) { (void)t; im_raw_free(((ImByteArray *)o)->x_buf); }

static ImMethodDef methods[80];
static const ImMethodDef own_methods[] = {
    IM_FIXED("append", m_append, 1, "($self, item, /)", "Append a single item to the end of the bytearray."), IM_FIXED("extend", m_extend, 1, "($self, iterable_of_ints, /)", "Append all the bytes of an iterable of ints."), IM_FIXED("insert", m_insert, 2, "($self, index, item, /)", "Insert one byte before index."),
    IM_RANGE("pop", m_pop, 0, 1, "($self, index=-1, /)", "Remove and return the byte at index (default: the last one).\n\nRaises IndexError if there is none."), IM_FIXED("remove", m_remove, 1, "($self, value, /)", "Remove the first occurrence of a byte.\n\nRaises ValueError if there is none."), IM_FIXED("reverse", m_reverse, 0, "($self, /)", "Reverse the order of the bytes in place."), IM_FIXED("clear", m_clear, 0, "($self, /)", "Remove all bytes."),
    IM_FIXED("copy", m_copy, 0, "($self, /)", "Return a copy."), IM_FIXED("__alloc__", m_alloc, 0, "($self, /)", "B.__alloc__() -> int\n\nReturn the number of bytes actually allocated."), IM_FIXED("__sizeof__", m_sizeof, 0, NULL, "Returns the size of the bytearray object in memory, in bytes."), IM_FIXED("__reduce__", m_reduce, 0, NULL, "Return state information for pickling."), IM_RANGE("__reduce_ex__", m_reduce_ex, 0, 1, "($self, proto=0, /)", "Return state information for pickling."),
    IM_CLASS_FIXED("fromhex", im_bytes_fromhex, 1, "($type, string, /)", "Create a bytearray from a string of hexadecimal digits, spaces between bytes allowed."), {"maketrans", im_bytes_maketrans, IM_M_FIXED | IM_M_STATIC, 2, 2, "(frm, to, /)", NULL}};
static Value a_str(Thread *t, Value v)
{
    if (im_bytes_warning && im_warn(t, &im_BytesWarning_type, 1, "str() on a bytearray instance") < 0) return IM_NO_VALUE;
    return im_repr(t, v);
}
static Value a_items(Thread *t, Value self)
{
    if (!im_is_shared(self)) return IM_NO_VALUE;
    ImRun run = im_bytes_pin(t, self);
    Value r = im_list_new(t, (size_t)run.len);
    if (!im_no_value(r)) {
        for (ssize_t i = 0; i < run.len; i++) im_listp(r)->x_items->x_items[i] = im_int((uint8_t)run.p[i]);
        im_listp(r)->x_len = run.len;
    }
    im_bytes_unpin(t, &run);
    return r;
}
static const ImSlots a_slots = {.items = a_items, .repr = a_repr, .str = a_str, .richcompare = im_bytes_compare, .iter = im_bytes_iter, .length = a_len, .item = a_item, .ass_item = a_ass_item, .subscript = im_bytes_subscript, .ass_subscript = a_ass_subscript,
    .contains = im_bytes_contains, .concat = a_concat, .iconcat = a_iconcat, .repeat = a_repeat, .irepeat = a_irepeat, .remainder = a_mod, .init = a_init, .new_ = a_new, .getbuffer = a_getbuffer, .releasebuffer = a_releasebuffer};
static const ImTypeSpec a_spec = {.name = "bytearray", .size = sizeof(ImByteArray), .flags = IM_TF_BASETYPE | IM_TF_MATCH_SELF, .slots = &a_slots, .methods = methods, .destroy = a_destroy,
    .doc = "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\nbytearray() -> empty bytes array"};
IM_TYPE(bytearray, &a_spec);

__attribute__((constructor)) static void join_tables(void)
{
    memcpy(methods, im_bytes_shared_methods, im_bytes_shared_count * sizeof methods[0]);
    memcpy(methods + im_bytes_shared_count, own_methods, sizeof own_methods);
}
