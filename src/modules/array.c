/* Module array: sequences of machine numbers and characters. Type codes and pickled layouts are in array_codes.c.
 * SPDX-License-Identifier: MIT */
#include "modules/array.h"

#include <limits.h>

#include "modules/audit.h"
#include "modules/syscall.h"

typedef ImArrayObject Arr;
typedef ImArrayBlock Block;
#define arr im_arrayp
#define END SSIZE_MAX

static bool lock(Thread *t, Arr *a)
{
    bool shared = im_is_shared_obj(&a->head);
    if (shared) im_object_lock(t, &a->head);
    return shared;
}
static void unlock(Thread *t, Arr *a, bool shared) { if (shared) im_object_unlock(t, &a->head); }
static ssize_t width(const Arr *a) { return a->code->size; }
static ssize_t count(const Arr *a) { return im_load_acquire(&a->x_len); }

/* --- memory: everything that reads or changes items comes through here ------------------------------------------------------------------- */

/* n items into a place that other threads may be reading, where the array is shared: each item at once. The writer alone has the array: what it moves stands still. */
static void put_items(char *to, const char *from, ssize_t n, ssize_t w, bool shared)
{
    if (!shared) {
        if (n) memmove(to, from, (size_t)(n * w));
        return;
    }
    const bool upwards = to > from;
    for (ssize_t k = 0; k < n; k++) {
        const ssize_t at = (upwards ? n - 1 - k : k) * w;
        uint64_t item = 0; /* its low bytes are the item: little-endian */
        memcpy(&item, from + at, (size_t)w);
        switch (w) {
        case 1: im_store_relaxed((uint8_t *)to + at, (uint8_t)item); break;
        case 2: im_store_relaxed((uint16_t *)(void *)(to + at), (uint16_t)item); break;
        case 4: im_store_relaxed((uint32_t *)(void *)(to + at), (uint32_t)item); break;
        default: im_store_relaxed((uint64_t *)(void *)(to + at), item); break;
        }
    }
}

static Block *block_new(Thread *t, ssize_t size)
{
    Block *b = im_raw_alloc(t, sizeof(Block) + (size_t)size);
    if (b) b->size = size;
    return b;
}
static int no_resize(Thread *t) { return im_raise(t, &im_BufferError_type, "cannot resize an array that is exporting buffers"), -1; }
/* Puts n items at p, which lie outside a, in the place of those in [lo, hi), both fitted to the length that a has at that moment. */
static int splice(Thread *t, Arr *a, ssize_t lo, ssize_t hi, const void *p, ssize_t n)
{
    ssize_t w = width(a);
    Block *fresh = NULL, *old = NULL;
    for (;;) {
        bool shared = lock(t, a);
        Block *b = a->x_items;
        ssize_t len = a->x_len, cap = b ? b->size : 0, i = lo < len ? lo : len, j = hi < len ? hi : len;
        if (j < i) j = i;
        ssize_t grow = n - (j - i);
        if (grow && im_load_acquire(&a->x_exports) > 0) {
            unlock(t, a, shared);
            im_raw_free(fresh);
            return no_resize(t);
        }
        if (grow > SSIZE_MAX / 16 - len) {
            unlock(t, a, shared);
            im_raw_free(fresh);
            return im_raise_memory(t), -1;
        }
        ssize_t nlen = len + grow, size = nlen * w;
        if (size > cap || (cap > 4096 && size < cap / 4) || (size == 0 && b)) { /* another block: too small, far too big, or none */
            if (size && (!fresh || fresh->size < size)) {
                unlock(t, a, shared);
                im_raw_free(fresh);
                fresh = block_new(t, (nlen + (len ? (nlen >> 4) + (nlen < 8 ? 3 : 7) : 0)) * w);
                if (!fresh) return -1;
                continue;
            }
            if (!size) { im_raw_free(fresh); fresh = NULL; }
            if (size && b) {
                memcpy(fresh->data, b->data, (size_t)(i * w));
                memcpy(fresh->data + (i + n) * w, b->data + j * w, (size_t)((len - j) * w));
            }
            old = b;
            b = fresh;
            fresh = NULL;
        } else if (grow && b) {
            put_items(b->data + (i + n) * w, b->data + j * w, len - j, w, shared);
        }
        if (n) put_items(b->data + i * w, p, n, w, shared);
        if (nlen < len) im_store_release(&a->x_len, nlen); /* readers load the block first, the length next, and mind both */
        im_store_release(&a->x_items, b);
        im_store_release(&a->x_len, nlen);
        unlock(t, a, shared);
        break;
    }
    im_raw_free(fresh);
    if (old && im_is_shared_obj(&a->head)) im_raw_retire(t, old, (size_t)old->size);
    else im_raw_free(old);
    return 0;
}

static void copy_item(void *to, void *from, ssize_t w)
{
    switch (w) {
    case 1: im_store_relaxed((uint8_t *)to, im_load_relaxed((uint8_t *)from)); break;
    case 2: im_store_relaxed((uint16_t *)to, im_load_relaxed((uint16_t *)from)); break;
    case 4: im_store_relaxed((uint32_t *)to, im_load_relaxed((uint32_t *)from)); break;
    default: im_store_relaxed((uint64_t *)to, im_load_relaxed((uint64_t *)from)); break;
    }
}
static bool peek_raw(Arr *a, ssize_t i, uint64_t *out)
{
    ssize_t w = width(a);
    Block *b = im_load_acquire(&a->x_items);
    if (i < 0 || i >= im_load_acquire(&a->x_len) || !b || (i + 1) * w > b->size) return false;
    copy_item(out, b->data + i * w, w);
    return true;
}
/* Item i, or false when there is none. */
static bool peek(Thread *t, Arr *a, ssize_t i, uint64_t *out)
{
    if (IM_LIKELY(peek_raw(a, i, out))) return true;
    if (im_is_private_obj(&a->head) || i < 0) return false;
    im_object_lock(t, &a->head); /* the block may have been an older one than the length */
    bool found = peek_raw(a, i, out);
    im_object_unlock(t, &a->head);
    return found;
}
static bool poke(Thread *t, Arr *a, ssize_t i, uint64_t *item)
{
    bool shared = lock(t, a), found = i >= 0 && i < a->x_len;
    if (found) copy_item(a->x_items->data + i * width(a), item, width(a));
    unlock(t, a, shared);
    return found;
}
/* All items at one moment: in place while nobody else can change them (no Python code until close), else a copy. */
typedef struct View { char *p; ssize_t len; char *copy; } View;
/* Where the items of an empty array are: a place that nobody writes to. */
static const uint64_t no_items;
#define nothing ((char *)(uintptr_t)&no_items)
static int view_open(Thread *t, Arr *a, bool copy, View *v)
{
    v->copy = NULL;
    if (!copy && im_is_private_obj(&a->head)) {
        v->p = a->x_items ? a->x_items->data : nothing;
        v->len = a->x_len;
        return 0;
    }
    for (ssize_t room = count(a);; room = v->len) {
        v->p = v->copy = im_raw_alloc(t, (size_t)(room * width(a)));
        if (!v->copy) return -1;
        bool shared = lock(t, a);
        v->len = a->x_len;
        if (v->len <= room && v->len) memcpy(v->copy, a->x_items->data, (size_t)(v->len * width(a)));
        unlock(t, a, shared);
        if (v->len <= room) return 0;
        im_raw_free(v->copy);
    }
}
static void view_close(View *v) { im_raw_free(v->copy); }

/* --- making -------------------------------------------------------------------------------------------------------------------------------- */

/* An array of n items, uninitialised when p is null (to be filled before anybody sees it). */
static Value array_of(Thread *t, ImType *type, const ImArrayCode *code, const void *p, ssize_t n)
{
    if (n > SSIZE_MAX / 16) return im_raise_memory(t);
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    Arr *a = arr(v);
    a->code = code;
    if (!n) return v;
    Block *b = block_new(t, n * code->size);
    if (!b) {
        im_drop(t, v);
        return IM_NO_VALUE;
    }
    if (p) memcpy(b->data, p, (size_t)(n * code->size));
    a->x_items = b;
    a->x_len = n;
    return v;
}
static int append(Thread *t, Arr *a, ssize_t at, Value v)
{
    uint64_t item = 0;
    return im_array_convert(t, a->code, v, &item) < 0 ? -1 : splice(t, a, at, at, &item, 1);
}
static int extend_iterable(Thread *t, Arr *a, Value iterable)
{
    Value it = im_iter(t, iterable), v;
    if (im_no_value(it)) return -1;
    int r = 0;
    while (r == 0 && !im_no_value(v = im_next(t, it)) && !im_same(v, IM_STOP)) {
        r = append(t, a, END, v);
        im_drop(t, v);
    }
    im_drop(t, it);
    return r < 0 || im_pending(t) ? -1 : 0;
}
static int extend_array(Thread *t, Arr *a, Arr *b)
{
    View v;
    if (view_open(t, b, a == b, &v) < 0) return -1;
    int r = splice(t, a, END, END, v.p, v.len);
    view_close(&v);
    return r;
}
static int extend(Thread *t, Arr *a, Value v)
{
    if (!im_is_array(v)) return extend_iterable(t, a, v);
    if (arr(v)->code != a->code) return im_raise_type(t, "can only extend with array of same kind"), -1;
    return extend_array(t, a, arr(v));
}
static int extend_bytes(Thread *t, Arr *a, Value v)
{
    ImBuffer b;
    if (im_buffer_get(t, v, &b, IM_BUF_SIMPLE) < 0) return -1;
    int r = -1;
    if (b.itemsize != 1) im_raise_type(t, "a bytes-like object is required");
    else if (b.len % width(a)) im_raise_valueerror(t, "bytes length not a multiple of item size");
    else r = splice(t, a, END, END, b.buf, b.len / width(a));
    im_buffer_release(t, &b);
    return r;
}
static int extend_text(Thread *t, Arr *a, Value s)
{
    ssize_t n = im_str_len(s);
    uint32_t *p = im_raw_alloc(t, (size_t)n * 4);
    if (!p) return -1;
    for (ssize_t i = 0; i < n; i++) p[i] = im_str_at(s, i);
    int r = splice(t, a, END, END, p, n);
    im_raw_free(p);
    return r;
}
/* The ints at the front that fit into w bytes (4 or 8) are stored; how many. They run no code, so that a private list stays as it is. */
static ssize_t small_ints(char *to, const Value *items, ssize_t n, ssize_t w)
{
    ssize_t i = 0;
    for (; i < n && im_is_int(items[i]); i++) {
        const int64_t x = im_int_get(items[i]);
        if (w == 4) {
            if (x != (int32_t)x) break;
            memcpy(to + i * 4, &(int32_t){(int32_t)x}, 4);
        } else memcpy(to + i * 8, &x, 8);
    }
    return i;
}
/* All of a list at once, or nothing: a failure leaves a as it was. */
static int extend_list(Thread *t, Arr *a, Value list, bool tuple)
{
    ssize_t n = tuple ? im_tuple_len(list) : im_list_len(list), w = width(a);
    char *p = im_raw_alloc(t, (size_t)(n * w));
    int r = p ? 0 : -1;
    ssize_t i = 0;
    if (r == 0 && n && w >= 4 && a->code->is_signed && (tuple || im_is_private(list))) i = small_ints(p, tuple ? im_tuple_items(list) : im_listp(list)->x_items->x_items, n, w);
    for (; r == 0 && i < n; i++) {
        Value v = tuple ? im_new_ref(im_tuple_get(list, i)) : im_list_get(t, list, i);
        uint64_t item = 0;
        if (im_no_value(v)) { im_raise_runtime(t, "list changed size during iteration"); r = -1; break; }
        r = im_array_convert(t, a->code, v, &item);
        im_drop(t, v);
        memcpy(p + i * w, &item, (size_t)w);
        if (r == 0 && !tuple && im_list_len(list) != n) { im_raise_runtime(t, "list changed size during iteration"); r = -1; }
    }
    if (r == 0) r = splice(t, a, END, END, p, n);
    im_raw_free(p);
    return r;
}
static int fill(Thread *t, Value self, Value init)
{
    Arr *a = arr(self);
    if (im_is_list(init) || im_is_tuple(init)) return extend_list(t, a, init, im_is_tuple(init));
    if (im_is_bytes(init) || im_is_instance_of(init, &im_bytearray_type)) return extend_bytes(t, a, init);
    if (im_is_str(init)) return extend_text(t, a, init);
    if (im_is_array(init) && (arr(init)->code == a->code || (im_array_is_text(arr(init)->code) && im_array_is_text(a->code)))) return extend_array(t, a, arr(init));
    return extend_iterable(t, a, init);
}
static Value array_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (type == &im_array_type && im_no_kwargs(t, "array.array", kwnames) < 0) return IM_NO_VALUE;
    if (nargs < 1) return im_raise_type(t, "array() takes at least 1 argument (0 given)");
    if (nargs > 2) return im_raise_type(t, "array() takes at most 2 arguments (%zd given)", (ssize_t)nargs);
    if (!im_is_str(args[0]) || im_str_len(args[0]) != 1) return im_raise_type(t, "array() argument 1 must be a unicode character, not %T", args[0]);
    Value init = nargs > 1 ? args[1] : IM_NO_VALUE;
    uint32_t c = im_str_at(args[0], 0);
    const ImArrayCode *code = im_array_find_code(c);
    if (IM_AUDIT(t, "array.__new__", args[0], im_no_value(init) ? IM_NONE : init) < 0) return IM_NO_VALUE;
    if (c == 'u' && im_warn(t, &im_DeprecationWarning_type, 1, "The 'u' type code is deprecated and will be removed in Python 3.16") < 0) return IM_NO_VALUE;
    if (!im_no_value(init) && c != 'u' && c != 'w') {
        if (im_is_str(init)) return im_raise_type(t, "cannot use a str to initialize an array with typecode '%S'", args[0]);
        if (im_is_array(init) && im_array_is_text(arr(init)->code)) return im_raise_type(t, "cannot use a unicode array to initialize an array with typecode '%S'", args[0]);
    }
    if (!code) return im_raise_valueerror(t, "bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)");
    Value v = array_of(t, type, code, NULL, 0);
    if (!im_no_value(v) && !im_no_value(init) && fill(t, v, init) < 0) IM_CLEAR(t, v);
    return v;
}
static void array_destroy(Thread *t, ImObject *o) { (void)t; im_raw_free(((Arr *)o)->x_items); }

/* --- sequence -------------------------------------------------------------------------------------------------------------------------------- */

static ssize_t array_len(Thread *t, Value self) { (void)t; return count(arr(self)); }
static Value array_item(Thread *t, Value self, ssize_t i)
{
    uint64_t item;
    return peek(t, arr(self), i, &item) ? im_array_load(t, arr(self)->code, &item) : im_raise_index(t, "array index out of range");
}
static int array_ass_item(Thread *t, Value self, ssize_t i, Value v)
{
    Arr *a = arr(self);
    uint64_t item = 0;
    if (i < 0 || i >= count(a)) return im_raise_index(t, "array assignment index out of range"), -1;
    if (im_no_value(v)) return splice(t, a, i, i + 1, NULL, 0);
    if (im_array_convert(t, a->code, v, &item) < 0) return -1;
    return poke(t, a, i, &item) ? 0 : (im_raise_index(t, "array assignment index out of range"), -1);
}
static Value array_subscript(Thread *t, Value self, Value key)
{
    Arr *a = arr(self);
    ssize_t i, stop, step, w = width(a);
    if (im_is_index(key)) {
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return IM_NO_VALUE;
        return array_item(t, self, i < 0 ? i + count(a) : i);
    }
    if (!im_is_slice(key)) return im_raise_type(t, "array indices must be integers");
    if (im_slice_unpack(t, key, &i, &stop, &step) < 0) return IM_NO_VALUE;
    View v;
    if (view_open(t, a, false, &v) < 0) return IM_NO_VALUE;
    ssize_t n = im_slice_adjust(v.len, &i, &stop, step);
    Value r = array_of(t, &im_array_type, a->code, step == 1 ? v.p + i * w : NULL, n);
    if (!im_no_value(r) && step != 1)
        for (ssize_t k = 0; k < n; k++) memcpy(arr(r)->x_items->data + k * w, v.p + (i + k * step) * w, (size_t)w);
    view_close(&v);
    return r;
}
/* Stores n == the slice's length items one by one, or takes the slice's items out (p null). */
static int change_stepped(Thread *t, Arr *a, Value key, const char *p, ssize_t n)
{
    ssize_t i, stop, step, w = width(a);
    if (im_slice_unpack(t, key, &i, &stop, &step) < 0) return -1;
    if (!p && im_load_acquire(&a->x_exports) > 0) return no_resize(t);
    bool shared = lock(t, a);
    ssize_t len = a->x_len, m = im_slice_adjust(len, &i, &stop, step);
    char *d = a->x_items ? a->x_items->data : nothing;
    if (p && m == n) {
        for (ssize_t k = 0; k < n; k++) put_items(d + (i + k * step) * w, p + k * w, 1, w, shared);
    } else if (!p && m) {
        if (step < 0) { i += (m - 1) * step; step = -step; }
        for (ssize_t k = 0; k < m; k++) { /* the run behind the k-th item that goes moves k + 1 places down */
            ssize_t from = i + k * step + 1, to = k + 1 < m ? from + step - 1 : len;
            put_items(d + (from - k - 1) * w, d + from * w, to - from, w, shared);
        }
        im_store_release(&a->x_len, len - m);
    }
    unlock(t, a, shared);
    if (p && m != n) return im_raise_valueerror(t, "attempt to assign array of size %zd to extended slice of size %zd", n, m), -1;
    return 0;
}
static int ass_slice(Thread *t, Value self, Value key, Value x)
{
    Arr *a = arr(self);
    ssize_t i, stop, step;
    View v = {nothing, 0, NULL};
    if (!im_no_value(x)) {
        if (!im_is_array(x)) return im_raise_type(t, "can only assign array (not \"%.200T\") to array slice", x), -1;
        if (arr(x)->code != a->code) return im_raise_type(t, "bad argument type for built-in operation"), -1;
    }
    if (im_slice_unpack(t, key, &i, &stop, &step) < 0) return -1;
    if (!im_no_value(x) && view_open(t, arr(x), arr(x) == a, &v) < 0) return -1;
    int r;
    if (step == 1) {
        (void)im_slice_adjust(count(a), &i, &stop, step);
        r = splice(t, a, i, stop, v.p, v.len);
    } else {
        r = change_stepped(t, a, key, v.len ? v.p : NULL, v.len);
    }
    view_close(&v);
    return r;
}
static int array_ass_subscript(Thread *t, Value self, Value key, Value x)
{
    ssize_t i;
    if (im_is_slice(key)) return ass_slice(t, self, key, x);
    if (!im_is_index(key)) return im_raise_type(t, "array indices must be integers"), -1;
    if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return -1;
    return array_ass_item(t, self, i < 0 ? i + count(arr(self)) : i, x);
}
static Value array_concat(Thread *t, Value x, Value y)
{
    if (!im_is_array(y)) return im_raise_type(t, "can only append array (not \"%.200T\") to array", y);
    Arr *a = arr(x), *b = arr(y);
    if (a->code != b->code) return im_raise_type(t, "bad argument type for built-in operation");
    View u, v;
    if (view_open(t, a, false, &u) < 0) return IM_NO_VALUE;
    if (view_open(t, b, false, &v) < 0) { view_close(&u); return IM_NO_VALUE; }
    Value r = array_of(t, &im_array_type, a->code, NULL, u.len + v.len);
    if (!im_no_value(r) && u.len + v.len) {
        memcpy(arr(r)->x_items->data, u.p, (size_t)(u.len * width(a)));
        memcpy(arr(r)->x_items->data + u.len * width(a), v.p, (size_t)(v.len * width(a)));
    }
    view_close(&v);
    view_close(&u);
    return r;
}
static Value array_iconcat(Thread *t, Value self, Value x)
{
    if (!im_is_array(x)) return im_raise_type(t, "can only extend array with array (not \"%.200T\")", x);
    return extend(t, arr(self), x) < 0 ? IM_NO_VALUE : im_new_ref(self);
}
static Value array_repeat(Thread *t, Value self, ssize_t n)
{
    Arr *a = arr(self);
    View v;
    ssize_t total;
    if (view_open(t, a, false, &v) < 0) return IM_NO_VALUE;
    Value r = __builtin_mul_overflow(v.len, n < 0 ? 0 : n, &total) ? im_raise_memory(t) : array_of(t, &im_array_type, a->code, NULL, total);
    if (!im_no_value(r) && total) {
        ssize_t bytes = v.len * width(a);
        char *p = arr(r)->x_items->data;
        for (ssize_t i = 0; i < n; i++) memcpy(p + i * bytes, v.p, (size_t)bytes);
    }
    view_close(&v);
    return r;
}
static Value array_irepeat(Thread *t, Value self, ssize_t n)
{
    if (n == 1 || !count(arr(self))) return im_new_ref(self);
    Value r = array_repeat(t, self, n);
    if (im_no_value(r)) return r;
    int rc = splice(t, arr(self), 0, END, arr(r)->x_items ? arr(r)->x_items->data : nothing, arr(r)->x_len);
    im_drop(t, r);
    return rc < 0 ? IM_NO_VALUE : im_new_ref(self);
}
/* First index in [from, to) of an item equal to x, -1 when there is none, -2 on error. `all` counts them instead. */
#define SCAN(type, wanted) \
    do { \
        const type *p_ = (const type *)(const void *)b->data; \
        for (ssize_t i = from; i < to; i++) { \
            if (p_[i] != (wanted)) continue; \
            if (!all) return i; \
            n++; \
        } \
        return all ? n : -1; \
    } while (0)
static ssize_t search(Thread *t, Arr *a, Value x, ssize_t from, ssize_t to, bool all)
{
    ssize_t n = 0;
    uint64_t item;
    const Block *b = im_load_relaxed(&a->x_items); /* looked into only where the array is private */
    const char code = a->code->code;
    if (im_is_private_obj(&a->head) && b && ((im_is_int(x) && code != 'f' && code != 'L' && code != 'Q' && code != 'u' && code != 'w') || (code == 'd' && im_is_float_exact(x)))) {
        if (to > a->x_len) to = a->x_len;
        const int64_t k = code == 'd' ? 0 : im_int_get(x);
        switch (code) {
        case 'b': SCAN(int8_t, k);
        case 'B': SCAN(uint8_t, k);
        case 'h': SCAN(int16_t, k);
        case 'H': SCAN(uint16_t, k);
        case 'i': SCAN(int32_t, k);
        case 'I': SCAN(uint32_t, k);
        case 'l': case 'q': SCAN(int64_t, k);
        default: if (im_is_float_exact(x)) SCAN(double, im_float_get(x));
        }
    }
    for (ssize_t i = from; i < to && peek(t, a, i, &item); i++) {
        Value v = im_array_load(t, a->code, &item);
        int eq = im_no_value(v) ? -1 : im_compare_bool(t, v, x, IM_EQ);
        im_xdrop(t, v);
        if (eq < 0) return -2;
        if (eq && !all) return i;
        n += eq;
        if ((i & 0xFFFF) == 0xFFFF && im_poll(t) < 0) return -2;
    }
    return all ? n : -1;
}
static int array_contains(Thread *t, Value self, Value x)
{
    ssize_t i = search(t, arr(self), x, 0, END, false);
    return i == -2 ? -1 : i >= 0;
}
static Value array_compare(Thread *t, Value x, Value y, ImCmp op)
{
    if (!im_is_array(x) || !im_is_array(y)) return IM_NOT_IMPLEMENTED;
    Arr *a = arr(x), *b = arr(y);
    if (count(a) != count(b) && (op == IM_EQ || op == IM_NE)) return im_bool(op == IM_NE);
    View u, v;
    if (view_open(t, a, false, &u) < 0) return IM_NO_VALUE;
    if (view_open(t, b, false, &v) < 0) { view_close(&u); return IM_NO_VALUE; }
    ssize_t k = 0, n = u.len < v.len ? u.len : v.len;
    if (a->code == b->code && a->code->code != 'f' && a->code->code != 'd') /* what is alike is alike in memory, too */
        while (k < n && !memcmp(u.p + k * width(a), v.p + k * width(a), (size_t)((n - k < 16 ? n - k : 16) * width(a)))) k += n - k < 16 ? n - k : 16;
    Value r = IM_NO_VALUE;
    bool ok = true, differ = false;
    for (; ok && k < n; k++) {
        const char *p = u.p + k * width(a), *q = v.p + k * width(b);
        if (a->code == b->code) {
            int c = im_array_compare_items(a->code, p, q);
            if (c == 0) continue;
            r = im_bool(op == IM_NE || (c == -1 && (op == IM_LT || op == IM_LE)) || (c == 1 && (op == IM_GT || op == IM_GE)));
            differ = true;
            break;
        }
        Value i = im_array_load(t, a->code, p), j = im_no_value(i) ? i : im_array_load(t, b->code, q);
        int eq = im_no_value(j) ? -1 : im_compare_bool(t, i, j, IM_EQ);
        differ = eq == 0;
        ok = eq >= 0;
        if (differ) r = im_compare(t, i, j, op);
        im_xdrop(t, i);
        im_xdrop(t, j);
        if (differ) break;
    }
    if (ok && !differ) {
        ssize_t c = u.len - v.len;
        r = im_bool(op == IM_LT ? c < 0 : op == IM_LE ? c <= 0 : op == IM_EQ ? c == 0 : op == IM_NE ? c != 0 : op == IM_GT ? c > 0 : c >= 0);
    }
    view_close(&v);
    view_close(&u);
    return r;
}

/* --- methods ------------------------------------------------------------------------------------------------------------------------------- */

#define DONE(r) ((r) < 0 ? IM_NO_VALUE : IM_NONE)
IM_METHOD(array_append) { return DONE(append(t, arr(self), END, args[0])); }
IM_METHOD(array_extend) { return DONE(extend(t, arr(self), args[0])); }
IM_METHOD(array_clear) { return DONE(splice(t, arr(self), 0, END, NULL, 0)); }
IM_METHOD(array_frombytes) { return DONE(extend_bytes(t, arr(self), args[0])); }
IM_METHOD(array_fromlist)
{
    if (!im_is_list(args[0])) return im_raise_type(t, "arg must be list");
    return DONE(extend_list(t, arr(self), args[0], false));
}
IM_METHOD(array_fromunicode)
{
    if (!im_is_str(args[0])) return im_raise_type(t, "fromunicode() argument must be str, not %T", args[0]);
    if (!im_array_is_text(arr(self)->code)) return im_raise_valueerror(t, "fromunicode() may only be called on unicode type arrays ('u' or 'w')");
    return DONE(extend_text(t, arr(self), args[0]));
}
IM_METHOD(array_insert)
{
    ssize_t i;
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &i) < 0) return IM_NO_VALUE;
    ssize_t n = count(arr(self));
    if (i < 0) i = i + n < 0 ? 0 : i + n;
    return DONE(append(t, arr(self), i, args[1]));
}
IM_METHOD(array_pop)
{
    Arr *a = arr(self);
    ssize_t i = -1, n;
    uint64_t item;
    if (nargs && im_as_ssize(t, args[0], &im_OverflowError_type, &i) < 0) return IM_NO_VALUE;
    bool shared = lock(t, a); /* taking the item and closing the gap are one step: no two threads pop the same */
    n = a->x_len;
    if (i < 0) i += n;
    bool found = peek_raw(a, i, &item), held = im_load_acquire(&a->x_exports) > 0;
    if (found && !held) {
        put_items(a->x_items->data + i * width(a), a->x_items->data + (i + 1) * width(a), n - i - 1, width(a), shared);
        im_store_release(&a->x_len, n - 1);
    }
    bool shrink = n == 1 || (n > 0 && a->x_items->size > 4096 && (n & 1023) == 0); /* give back memory now and then */
    unlock(t, a, shared);
    if (!n) return im_raise_index(t, "pop from empty array");
    if (!found) return im_raise_index(t, "pop index out of range");
    if (held) return no_resize(t), IM_NO_VALUE;
    if (shrink && splice(t, a, END, END, NULL, 0) < 0) return IM_NO_VALUE;
    return im_array_load(t, a->code, &item);
}
IM_METHOD(array_remove)
{
    ssize_t i = search(t, arr(self), args[0], 0, END, false);
    if (i == -2) return IM_NO_VALUE;
    if (i < 0) return im_raise_valueerror(t, "array.remove(x): x not in array");
    return DONE(splice(t, arr(self), i, i + 1, NULL, 0));
}
IM_METHOD(array_index)
{
    ssize_t from = 0, to = END, n = count(arr(self));
    if ((nargs > 1 && im_slice_index_not_none(t, args[1], &from) < 0) || (nargs > 2 && im_slice_index_not_none(t, args[2], &to) < 0)) return IM_NO_VALUE;
    if (from < 0) from = from + n < 0 ? 0 : from + n;
    if (to < 0) to += n;
    ssize_t i = search(t, arr(self), args[0], from, to, false);
    return i == -2 ? IM_NO_VALUE : i < 0 ? im_raise_valueerror(t, "array.index(x): x not in array") : im_int(i);
}
IM_METHOD(array_count)
{
    ssize_t n = search(t, arr(self), args[0], 0, END, true);
    return n < 0 ? IM_NO_VALUE : im_int(n);
}
IM_METHOD(array_reverse)
{
    Arr *a = arr(self);
    ssize_t w = width(a);
    bool shared = lock(t, a);
    for (ssize_t i = 0, j = a->x_len - 1; i < j; i++, j--) {
        char *p = a->x_items->data + i * w, *q = a->x_items->data + j * w;
        uint64_t x, y;
        copy_item(&x, p, w);
        copy_item(&y, q, w);
        copy_item(p, &y, w);
        copy_item(q, &x, w);
    }
    unlock(t, a, shared);
    return IM_NONE;
}
static void swap_private(void *items, ssize_t n, ssize_t w)
{
    uint16_t *two = items;
    uint32_t *four = items;
    uint64_t *eight = items;
    switch (w) {
    case 2: for (ssize_t i = 0; i < n; i++) two[i] = __builtin_bswap16(two[i]); break;
    case 4: for (ssize_t i = 0; i < n; i++) four[i] = __builtin_bswap32(four[i]); break;
    case 8: for (ssize_t i = 0; i < n; i++) eight[i] = __builtin_bswap64(eight[i]); break;
    default: break;
    }
}
IM_METHOD(array_byteswap)
{
    Arr *a = arr(self);
    const ssize_t w = width(a);
    bool shared = lock(t, a);
    if (!shared && a->x_len) swap_private(a->x_items->data, a->x_len, w);
    else for (ssize_t i = 0; w > 1 && i < a->x_len; i++) { /* item by item: others read without the lock */
        char *p = a->x_items->data + i * w;
        uint64_t x = 0;
        copy_item(&x, p, w);
        x = __builtin_bswap64(x) >> (64 - 8 * w);
        copy_item(p, &x, w);
    }
    unlock(t, a, shared);
    return IM_NONE;
}
IM_METHOD(array_buffer_info)
{
    Arr *a = arr(self);
    bool shared = lock(t, a);
    ssize_t n = a->x_len;
    const char *p = a->x_items ? a->x_items->data : NULL;
    unlock(t, a, shared);
    return im_tuple_of(t, (Value[]){im_int_from_u64(t, (uint64_t)(uintptr_t)p), im_int(n)}, 2);
}
static Value to_bytes(Thread *t, Value self)
{
    View v;
    if (view_open(t, arr(self), false, &v) < 0) return IM_NO_VALUE;
    Value r = im_bytes_new(t, v.p, v.len * width(arr(self)));
    view_close(&v);
    return r;
}
IM_METHOD(array_tobytes) { return to_bytes(t, self); }
static Value to_list(Thread *t, Value self)
{
    Arr *a = arr(self);
    View v;
    if (view_open(t, a, false, &v) < 0) return IM_NO_VALUE;
    Value r = im_list_new(t, (size_t)v.len);
    for (ssize_t i = 0; i < v.len && !im_no_value(r); i++) {
        Value x = im_array_load(t, a->code, v.p + i * width(a));
        if (im_no_value(x) || im_list_append_steal(t, r, x) < 0) IM_CLEAR(t, r);
    }
    view_close(&v);
    return r;
}
IM_METHOD(array_tolist) { return to_list(t, self); }
static Value to_text(Thread *t, Value self)
{
    View v;
    if (view_open(t, arr(self), false, &v) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    ssize_t i = 0;
    while (i < v.len && ((uint32_t *)v.p)[i] <= 0x10FFFF) i++;
    if (i < v.len) im_raise_valueerror(t, "character U+%x is not in range [U+0000; U+10ffff]", ((uint32_t *)v.p)[i]);
    else r = im_str_from_kind(t, 4, v.p, v.len);
    view_close(&v);
    return r;
}
IM_METHOD(array_tounicode)
{
    if (!im_array_is_text(arr(self)->code)) return im_raise_valueerror(t, "tounicode() may only be called on unicode type arrays ('u' or 'w')");
    return to_text(t, self);
}
IM_METHOD(array_fromfile)
{
    Arr *a = arr(self);
    ssize_t n, bytes;
    if (im_as_ssize(t, args[1], &im_OverflowError_type, &n) < 0) return IM_NO_VALUE;
    if (n < 0) return im_raise_valueerror(t, "negative count");
    if (__builtin_mul_overflow(n, width(a), &bytes)) return im_raise_memory(t);
    Value b = im_call_method1(t, args[0], IM_S(read), im_int(bytes));
    if (im_no_value(b)) return b;
    int r = im_is_bytes(b) ? extend_bytes(t, a, b) : (im_raise_type(t, "read() didn't return bytes"), -1);
    if (r == 0 && im_bytes_len(b) != bytes) { im_raise(t, &im_EOFError_type, "read() didn't return enough bytes"); r = -1; }
    im_drop(t, b);
    return DONE(r);
}
IM_METHOD(array_tofile)
{
    enum { PIECE = 64 * 1024 };
    Value all = to_bytes(t, self);
    if (im_no_value(all)) return all;
    int r = 0;
    for (ssize_t at = 0, n = im_bytes_len(all); r == 0 && at < n; at += PIECE) {
        Value piece = im_bytes_new(t, im_bytes_data(all) + at, n - at < PIECE ? n - at : PIECE), x = IM_NO_VALUE;
        if (!im_no_value(piece)) x = im_call_method1(t, args[0], IM_S(write), piece);
        r = im_no_value(x) ? -1 : 0;
        im_xdrop(t, piece);
        im_xdrop(t, x);
    }
    im_drop(t, all);
    return DONE(r);
}
IM_METHOD(array_copy)
{
    View v;
    if (view_open(t, arr(self), false, &v) < 0) return IM_NO_VALUE;
    Value r = array_of(t, &im_array_type, arr(self)->code, v.p, v.len);
    view_close(&v);
    return r;
}
IM_METHOD(array_sizeof)
{
    Arr *a = arr(self);
    bool shared = lock(t, a);
    ssize_t n = a->x_items ? a->x_items->size : 0;
    unlock(t, a, shared);
    return im_int((int64_t)im_type_of(self)->core.size + n);
}
static Value attributes(Thread *t, Value self)
{
    Value d;
    int r = im_lookup_attr(t, self, IM_S(__dict__), &d);
    return r < 0 ? IM_NO_VALUE : r ? d : IM_NONE;
}
IM_METHOD(array_reduce_ex)
{
    int64_t protocol;
    if (!im_is_int_like(args[0])) return im_raise_type(t, "__reduce_ex__ argument should be an integer");
    if (im_as_int64(t, args[0], &protocol) < 0) return IM_NO_VALUE;
    Value type = im_type_value(im_type_of(self)), d = attributes(t, self), code = im_str_from_char(t, (uint8_t)arr(self)->code->code), how = IM_NO_VALUE, a = IM_NO_VALUE;
    if (protocol < 3) {
        Value list = to_list(t, self);
        how = im_new_ref(type);
        a = im_tuple_of(t, (Value[]){code, list}, 2);
    } else {
        how = im_import_from(t, "array", "_array_reconstructor");
        a = im_tuple_of(t, (Value[]){im_new_ref(type), code, im_int(arr(self)->code->machine), to_bytes(t, self)}, 4);
    }
    return im_tuple_of(t, (Value[]){how, a, d}, 3);
}
static Value get_typecode(Thread *t, Value self, void *c) { (void)c; return im_str_from_char(t, (uint8_t)arr(self)->code->code); }
static Value get_itemsize(Thread *t, Value self, void *c) { (void)t; (void)c; return im_int(arr(self)->code->size); }
static Value array_repr(Thread *t, Value self)
{
    char code = arr(self)->code->code;
    if (!count(arr(self))) return im_str_format(t, "%U('%c')", im_type_name(im_type_of(self)), code);
    Value items = im_array_is_text(arr(self)->code) ? to_text(t, self) : to_list(t, self);
    if (im_no_value(items)) return items;
    Value r = im_str_format(t, "%U('%c', %R)", im_type_name(im_type_of(self)), code, items);
    im_drop(t, items);
    return r;
}
/* Whoever just reads the bytes of a shared one gets those of one moment: others may resize it meanwhile. */
static int array_getbuffer(Thread *t, Value self, ImBuffer *b, int flags)
{
    Arr *a = arr(self);
    bool shared = lock(t, a);
    if (shared && flags == IM_BUF_SIMPLE) {
        size_t len = (size_t)(a->x_len * width(a));
        char *copy = im_raw_alloc(NULL, len + 1);
        if (copy && len) memcpy(copy, a->x_items->data, len);
        unlock(t, a, shared);
        if (!copy) return im_raise_memory(t), -1;
        if (im_buffer_fill(t, b, self, copy, (ssize_t)len, false, flags) < 0) {
            im_raw_free(copy);
            return -1;
        }
        b->internal = copy;
        b->itemsize = b->small_strides[0] = width(a);
        b->small_shape[0] = (ssize_t)len / width(a);
        return 0;
    }
    IM_ADD_IN(&a->head, &a->x_exports, 1);
    ssize_t n = a->x_len;
    char *p = a->x_items ? a->x_items->data : nothing;
    unlock(t, a, shared);
    if (im_buffer_fill(t, b, self, p, n * width(a), false, flags) < 0) {
        IM_ADD_IN(&a->head, &a->x_exports, -1);
        return -1;
    }
    b->itemsize = b->small_strides[0] = width(a);
    b->small_shape[0] = n;
    b->format = (flags & IM_BUF_FORMAT) ? (char *)a->code->format : NULL;
    return 0;
}
static void array_releasebuffer(Thread *t, Value self, ImBuffer *b)
{
    (void)t;
    if (b->internal) im_raw_free(b->internal);
    else IM_ADD_IN(im_ptr(self), &arr(self)->x_exports, -1);
}

/* --- iterator ------------------------------------------------------------------------------------------------------------------------------ */

typedef struct ArrIter { ImObject head; ssize_t x_index; Value x_array; /* no value once exhausted */ } ArrIter;
IM_TYPE_DECLARE(arrayiterator);
static ArrIter *iterp(Value v) { return (ArrIter *)im_ptr(v); }

static Value array_iter(Thread *t, Value self)
{
    Value v = im_instance_new(t, &im_arrayiterator_type);
    if (!im_no_value(v)) im_slot_init(im_ptr(v), &iterp(v)->x_array, im_new_ref(self));
    return v;
}
static Value iter_next(Thread *t, Value self)
{
    ArrIter *it = iterp(self);
    if (IM_LIKELY(im_is_private(self) && im_is_object(it->x_array))) { /* the array may be shared all the same */
        Arr *b = arr(it->x_array);
        const Block *items = b->x_items;
        const ssize_t i = it->x_index;
        if (IM_LIKELY(im_is_private_obj(&b->head) && i < b->x_len && items)) {
            it->x_index++;
            const char *p = items->data;
            switch (b->code->code) {
            case 'B': return im_int(((const uint8_t *)p)[i]);
            case 'i': return im_int(((const int32_t *)(const void *)p)[i]);
            case 'l': case 'q': return im_int_new(t, ((const int64_t *)(const void *)p)[i]);
            case 'd': return im_float_new(t, ((const double *)(const void *)p)[i]);
            default: return im_array_load(t, b->code, p + i * width(b));
            }
        }
    }
    Value a = im_slot_get(t, NULL, &it->x_array);
    if (im_no_value(a)) return IM_STOP;
    ssize_t i = im_is_private(self) ? it->x_index++ : im_faa_relaxed(&it->x_index, 1);
    uint64_t item;
    Value v = IM_STOP;
    if (peek(t, arr(a), i, &item)) v = im_array_load(t, arr(a)->code, &item);
    else im_slot_put(t, &it->head, &it->x_array, IM_NO_VALUE);
    im_drop(t, a);
    return v;
}
IM_METHOD(iter_reduce)
{
    ArrIter *it = iterp(self);
    Value fn = im_builtin_get(t, "iter"), a = im_slot_get(t, NULL, &it->x_array);
    if (im_no_value(a)) return im_tuple_of(t, (Value[]){fn, im_tuple_of(t, (Value[]){im_new_ref(im_tuple_empty())}, 1)}, 2);
    return im_tuple_of(t, (Value[]){fn, im_tuple_of(t, (Value[]){a}, 1), im_int(im_load_relaxed(&it->x_index))}, 3);
}
IM_METHOD(iter_setstate)
{
    ArrIter *it = iterp(self);
    ssize_t i;
    if (!im_is_int_like(args[0])) return im_raise_type(t, "an integer is required");
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &i) < 0) return IM_NO_VALUE;
    Value a = im_slot_get(t, NULL, &it->x_array);
    if (im_no_value(a)) return IM_NONE;
    ssize_t n = count(arr(a));
    im_store_relaxed(&it->x_index, i < 0 ? 0 : i > n ? n : i);
    im_drop(t, a);
    return IM_NONE;
}
static int iter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value a = ((ArrIter *)o)->x_array;
    return im_is_object(a) ? visit(a, arg) : 0;
}
static void iter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ArrIter *)o)->x_array); }
static const ImMethodDef iter_methods[] = {
    IM_FIXED("__reduce__", iter_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_FIXED("__setstate__", iter_setstate, 1, "($self, state, /)", "Set state information for unpickling."), IM_END};
static const ImSlots iter_slots = {.iter = im_iter_self, .next = iter_next};
static const ImTypeSpec iter_spec = {.name = "array.arrayiterator", .size = sizeof(ArrIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_IMMUTABLE | IM_TF_ITER_NATIVE, .slots = &iter_slots,
    .methods = iter_methods, .traverse = iter_traverse, .destroy = iter_destroy};
IM_TYPE(arrayiterator, &iter_spec);

/* --- tables ---------------------------------------------------------------------------------------------------------------------------------- */

static const ImMethodDef array_methods[] = {
    IM_FIXED("append", array_append, 1, "($self, v, /)", "Append new value v to the end of the array."),
    IM_FIXED("buffer_info", array_buffer_info, 0, "($self, /)", "Return a tuple (address, length): where the items are in memory and how many."),
    IM_FIXED("byteswap", array_byteswap, 0, "($self, /)", "Byteswap all items of the array."),
    IM_FIXED("clear", array_clear, 0, "($self, /)", "Remove all items from the array."),
    IM_FIXED("count", array_count, 1, "($self, v, /)", "Return number of occurrences of v in the array."),
    IM_FIXED("extend", array_extend, 1, "($self, bb, /)", "Append items to the end of the array."),
    IM_FIXED("frombytes", array_frombytes, 1, "($self, buffer, /)", "Appends items from a bytes-like object that holds machine values."),
    IM_FIXED("fromfile", array_fromfile, 2, "($self, f, n, /)", "Read n objects from the file object f and append them to the end of the array."),
    IM_FIXED("fromlist", array_fromlist, 1, "($self, list, /)", "Append items to array from list."),
    IM_FIXED("fromunicode", array_fromunicode, 1, "($self, ustr, /)", "Extends this array, of a unicode type, with data from a string."),
    IM_RANGE("index", array_index, 1, 3, "($self, v, start=0, stop=sys.maxsize, /)", "Return index of first occurrence of v in the array.\n\nRaise ValueError if the value is not present."),
    IM_FIXED("insert", array_insert, 2, "($self, i, v, /)", "Insert a new item v into the array before position i."),
    IM_RANGE("pop", array_pop, 0, 1, "($self, i=-1, /)", "Return the i-th element and delete it from the array.\n\ni defaults to -1."),
    IM_FIXED("remove", array_remove, 1, "($self, v, /)", "Remove the first occurrence of v in the array."),
    IM_FIXED("reverse", array_reverse, 0, "($self, /)", "Reverse the order of the items in the array."),
    IM_FIXED("tobytes", array_tobytes, 0, "($self, /)", "Convert the array to an array of machine values and return the bytes representation."),
    IM_FIXED("tofile", array_tofile, 1, "($self, f, /)", "Write all items (as machine values) to the file object f."),
    IM_FIXED("tolist", array_tolist, 0, "($self, /)", "Convert array to an ordinary list with the same items."),
    IM_FIXED("tounicode", array_tounicode, 0, "($self, /)", "Convert the array, of a unicode type, to a string."),
    IM_FIXED("__copy__", array_copy, 0, "($self, /)", "Return a copy of the array."),
    IM_FIXED("__deepcopy__", array_copy, 1, "($self, unused, /)", "Return a copy of the array."),
    IM_FIXED("__reduce_ex__", array_reduce_ex, 1, "($self, value, /)", "Return state information for pickling."),
    IM_FIXED("__sizeof__", array_sizeof, 0, "($self, /)", "Size of the array in memory, in bytes."),
    IM_CLASS_GETITEM, IM_END,
};
static const ImGetSetDef array_getset[] = {
    {"typecode", get_typecode, NULL, "the typecode character used to create the array", NULL}, {"itemsize", get_itemsize, NULL, "the size, in bytes, of one array item", NULL}, IM_END};
static Value array_items(Thread *t, Value self) { return im_is_shared(self) ? to_list(t, self) : IM_NO_VALUE; }
static const ImSlots array_slots = {.items = array_items,
    .repr = array_repr, .richcompare = array_compare, .iter = array_iter, .new_ = array_new, .length = array_len, .item = array_item, .ass_item = array_ass_item,
    .subscript = array_subscript, .ass_subscript = array_ass_subscript, .contains = array_contains, .concat = array_concat, .iconcat = array_iconcat, .repeat = array_repeat,
    .irepeat = array_irepeat, .getbuffer = array_getbuffer, .releasebuffer = array_releasebuffer,
};
static const ImTypeSpec array_spec = {
    .name = "array.array",
    .doc = "array(typecode [, initializer]) -> array\n\nA mutable sequence of items of one machine type, which the typecode names:\n"
           "b, B, h, H, i, I, l, L, q, Q (integers), f, d (floats), u, w (characters).\n"
           "The initializer is a bytes-like object, a string (for u and w), or an iterable of items.",
    .size = sizeof(Arr), .flags = IM_TF_BASETYPE | IM_TF_WEAKREF | IM_TF_SEQUENCE | IM_TF_IMMUTABLE, .slots = &array_slots, .methods = array_methods, .getset = array_getset,
    .destroy = array_destroy,
};
IM_TYPE(array, &array_spec);

IM_METHOD(reconstructor) { return im_array_reconstruct(t, args[0], args[1], args[2], args[3]); }
static int exec(Thread *t, Value m)
{
    char codes[IM_ARRAY_N_CODES + 1] = {0};
    for (size_t i = 0; i < IM_ARRAY_N_CODES; i++) codes[i] = im_array_codes[i].code;
    if (im_module_add_str(t, m, "typecodes", codes) < 0 || im_module_add(t, m, "ArrayType", im_type_value(&im_array_type)) < 0 || im_module_add_type(t, m, &im_array_type) < 0) return -1;
    Value abc = im_import_from(t, "collections.abc", "MutableSequence");
    if (im_no_value(abc)) return -1;
    Value r = im_call_method1(t, abc, IM_S(register), im_type_value(&im_array_type));
    im_drop(t, abc);
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}
static const ImMethodDef functions[] = {
    IM_FIXED("_array_reconstructor", reconstructor, 4, "($module, arraytype, typecode, mformat_code, items, /)", "Internal. Used for pickling support."), IM_END};
static const ImModuleDef def = {
    .name = "array",
    .doc = "Arrays of basic values: characters, integers and floating-point numbers. They behave very\nmuch like lists, except that the type of objects stored in them is constrained.",
    .methods = functions, .exec = exec,
};
IM_MODULE(def);
