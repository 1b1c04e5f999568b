/* bytes: the type. Shared methods are in bytes_methods.c.
 * SPDX-License-Identifier: MIT */
#include "mem/fast.h"
#include "types/bytes.h"

#include <limits.h>

#include "types/bytes_methods.h"
#include "types/codecs.h"
#include "types/int.h"
#include "types/iter.h"
#include "types/list.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"

static Value empty, one[256];

static Value alloc(Thread *t, ssize_t len)
{
    if (len < 0 || len > (ssize_t)((size_t)1 << 46)) return im_raise_memory(t);
    ImBytes *b = (ImBytes *)im_leaf_alloc(t, &im_bytes_type.root, sizeof(ImBytes) + (size_t)len + 1);
    if (!b) return IM_NO_VALUE;
    b->head.x_flags = 0;
    b->x_hash = -1;
    b->len = len;
    b->data[len] = 0;
    return im_value(b);
}
static Value constant(Thread *t, Value *slot, const char *p, ssize_t len)
{
    Value v = {im_load_acquire(&slot->bits)};
    if (!im_no_value(v)) return v;
    v = alloc(t, len);
    if (im_no_value(v)) return v;
    memcpy(im_bytes_data(v), p, (size_t)len);
    im_immortalize(v);
    Value none = IM_NO_VALUE;
    return im_cas_acq_rel(&slot->bits, &none.bits, v.bits) ? v : none;
}
Value im_bytes_new(Thread *t, const void *p, ssize_t len)
{
    if (len == 0) return constant(t, &empty, "", 0);
    if (len == 1 && p) return constant(t, &one[*(const uint8_t *)p], p, 1);
    Value v = alloc(t, len);
    if (!im_no_value(v) && p) memcpy(im_bytes_data(v), p, (size_t)len);
    return v;
}
Value im_bytes_from_cstr(Thread *t, const char *s) { return im_bytes_new(t, s, (ssize_t)strlen(s)); }

int im_bytes_resize(Thread *t, Value *v, ssize_t len)
{
    Value x = *v;
    ImBytes *b = (ImBytes *)im_ptr(x);
    if (b->len == len) return 0;
    if (len > 1 && im_is_unique(x) && im_object_capacity(&b->head) >= sizeof(ImBytes) + (size_t)len + 1 && (len >= b->len / 2 || b->len < 64)) {
        b->len = len;
        b->data[len] = 0;
        return 0;
    }
    Value n;
    if (len <= 1) n = im_bytes_new(t, b->data, len);
    else {
        n = alloc(t, len);
        if (!im_no_value(n)) memcpy(im_bytes_data(n), b->data, (size_t)(len < b->len ? len : b->len));
    }
    im_drop(t, x);
    *v = n;
    return im_no_value(n) ? -1 : 0;
}
int64_t im_bytes_hash(Value v)
{
    ImBytes *b = (ImBytes *)im_ptr(v);
    int64_t h = im_load_relaxed(&b->x_hash);
    if (h == -1) {
        h = im_hash_bytes(b->data, b->len);
        im_store_relaxed(&b->x_hash, h);
    }
    return h;
}
Value im_bytes_repr(Thread *t, Value v) { return im_bytes_repr_run(t, "b", im_bytes_data(v), im_bytes_len(v), ""); }

Value im_bytes_concat(Thread *t, Value x, Value y)
{
    ImBuffer a, b;
    if (im_is_bytes_exact(x) && im_is_bytes_exact(y)) {
        ssize_t nx = im_bytes_len(x), ny = im_bytes_len(y);
        if (nx == 0) return im_new_ref(y);
        if (ny == 0) return im_new_ref(x);
        Value v = alloc(t, nx + ny); /* below 2^47 */
        if (im_no_value(v)) return v;
        memcpy(im_bytes_data(v), im_bytes_data(x), (size_t)nx);
        memcpy(im_bytes_data(v) + nx, im_bytes_data(y), (size_t)ny);
        return v;
    }
    if (im_buffer_get(t, x, &a, IM_BUF_SIMPLE) < 0) goto cannot;
    if (im_buffer_get(t, y, &b, IM_BUF_SIMPLE) < 0) { im_buffer_release(t, &a); goto cannot; }
    ssize_t n;
    Value v = IM_NO_VALUE;
    if (__builtin_add_overflow(a.len, b.len, &n)) (void)im_raise_memory(t);
    else v = n ? alloc(t, n) : im_bytes_new(t, "", 0);
    if (!im_no_value(v) && n) {
        memcpy(im_bytes_data(v), a.buf, (size_t)a.len);
        memcpy(im_bytes_data(v) + a.len, b.buf, (size_t)b.len);
    }
    im_buffer_release(t, &b);
    im_buffer_release(t, &a);
    return v;
cannot:
    im_exc_clear(t);
    return im_raise_type(t, "can't concat %T to %T", y, x);
}

/* bytes from a buffer or an iterable of ints. */
Value im_bytes_from_object(Thread *t, Value v)
{
    if (im_is_bytes_exact(v)) return im_new_ref(v);
    if (im_is_exact(v, &im_bytearray_type)) {
        ImRun run = im_bytes_pin(t, v);
        Value r = im_bytes_new(t, run.p, run.len);
        im_bytes_unpin(t, &run);
        return r;
    }
    if (im_buffer_check(v)) {
        ImBuffer b;
        if (im_buffer_get(t, v, &b, IM_BUF_FULL_RO) < 0) return IM_NO_VALUE;
        Value r = IM_NO_VALUE;
        if (im_buffer_is_contiguous(&b, 'C')) r = im_bytes_new(t, b.buf, b.len);
        im_buffer_release(t, &b);
        return im_no_value(r) && !im_pending(t) ? im_call_method0(t, v, IM_S(tobytes)) : r;
    }
    if (im_is_str(v)) return im_raise_type(t, "cannot convert '%T' object to bytes", v);
    if (im_is_list_exact(v) && im_is_private(v)) { /* small ints run no code */
        ImList *l = im_listp(v);
        ssize_t n = l->x_len, i = 0;
        Value r = im_bytes_new(t, NULL, n);
        if (im_no_value(r)) return r;
        if (n == 1) {
            im_drop(t, r);
            i = 1; /* a constant may not be filled */
        } else {
            for (uint8_t *q = (uint8_t *)im_bytes_data(r); i < n; i++) {
                Value x = l->x_items->x_items[i];
                if (!im_is_int(x) || (uint64_t)im_int_get(x) > 255) break;
                q[i] = (uint8_t)im_int_get(x);
            }
            if (i == n) return r;
            im_drop(t, r);
        }
    }
    Value it = im_iter(t, v);
    if (im_no_value(it)) {
        if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "cannot convert '%T' object to bytes", v);
        return it;
    }
    ImByteBuilder b;
    im_bb_init(&b);
    size_t n = 0;
    for (;; n++) {
        Value x = im_next_fast(t, it);
        if (im_is_stop(x)) break;
        ssize_t i;
        if (im_no_value(x)) goto fail;
        int bad = im_as_ssize(t, x, NULL, &i);
        im_drop(t, x);
        if (bad < 0) goto fail;
        if (i < 0 || i > 255) { (void)im_raise_valueerror(t, "bytes must be in range(0, 256)"); goto fail; }
        if (im_bb_byte(t, &b, (uint8_t)i) < 0 || IM_POLL_EVERY(t, n) < 0) goto fail;
    }
    im_drop(t, it);
    return im_bb_finish(t, &b);
fail:
    im_drop(t, it);
    im_bb_free(&b);
    return IM_NO_VALUE;
}

/* Whether a str of a subclass says itself what bytes it is. */
static bool has_bytes(Thread *t, Value x)
{
    if (im_is_str_exact(x)) return false;
    Value f = im_type_lookup(t, im_type_of(x), IM_S(__bytes__));
    im_xdrop(t, f);
    return !im_no_value(f);
}
Value im_bytes_from_args(Thread *t, const char *fname, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, fname, "(source=b'', encoding=<unrepresentable>, errors=<unrepresentable>)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value x = a.v[0], r = IM_NO_VALUE;
    const char *s[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++)
        if (!im_no_value(a.v[i + 1])) {
            if (!im_is_str(a.v[i + 1])) { (void)im_raise_type(t, "%s() argument '%s' must be str, not %T", fname, i ? "errors" : "encoding", a.v[i + 1]); goto done; }
            if (!(s[i] = im_str_utf8(t, a.v[i + 1], NULL))) goto done;
        }
    if (im_no_value(x)) {
        if (s[0] || s[1]) (void)im_raise_type(t, s[0] ? "encoding without a string argument" : "errors without a string argument");
        else r = im_bytes_new(t, "", 0);
        goto done;
    }
    if (im_is_str(x) && (s[0] || s[1] || fname[4] != 's' || !has_bytes(t, x))) {
        if (s[0]) r = im_str_encode(t, x, s[0], s[1]);
        else (void)im_raise_type(t, "string argument without an encoding");
        goto done;
    }
    if (s[0] || s[1]) { (void)im_raise_type(t, s[0] ? "encoding without a string argument" : "errors without a string argument"); goto done; }
    if (fname[4] == 's') { /* bytes(), not bytearray() */
        bool found;
        Value b = im_call_special(t, x, IM_S(__bytes__), NULL, 0, &found);
        if (found) {
            if (!im_no_value(b) && !im_is_bytes(b)) { (void)im_raise_type(t, "__bytes__ returned non-bytes (type %T)", b); im_drop(t, b); b = IM_NO_VALUE; }
            r = b;
            goto done;
        }
        if (im_pending(t)) goto done;
    }
    if (im_is_index(x) && !im_buffer_check(x)) {
        ssize_t n;
        if (im_as_ssize(t, x, &im_OverflowError_type, &n) < 0) {
            if (!im_exc_clear_if(t, &im_TypeError_type)) goto done;
        } else if (n < 0) {
            (void)im_raise_valueerror(t, "negative count");
            goto done;
        } else {
            r = n ? alloc(t, n) : im_bytes_new(t, "", 0);
            if (!im_no_value(r)) memset(im_bytes_data(r), 0, (size_t)n);
            goto done;
        }
    }
    r = im_bytes_from_object(t, x);
    if (im_no_value(r) && fname[4] != 's' && im_pending_is(t, &im_ValueError_type)) { im_exc_clear(t); (void)im_raise_valueerror(t, "byte must be in range(0, 256)"); }
    if (im_no_value(r) && fname[4] != 's' && im_pending_is(t, &im_TypeError_type) && !im_is_str(x) && !IM_SLOT(im_type_of(x), iter) && !im_is_sequence(x)) {
        im_exc_clear(t);
        (void)im_raise_type(t, "cannot convert '%T' object to bytearray", x);
    }
done:
    im_args_fini(t, &a);
    return r;
}
static Value b_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value b = im_bytes_from_args(t, "bytes", args, nargs, kwnames);
    if (im_no_value(b)) return b;
    if (type == &im_bytes_type) return b; /* of a subclass where __bytes__ returned such a one */
    ImBytes *o = (ImBytes *)im_instance_alloc(t, type, (size_t)im_bytes_len(b) + 1);
    if (o) {
        o->x_hash = -1;
        o->len = im_bytes_len(b);
        memcpy(o->data, im_bytes_data(b), (size_t)o->len + 1);
    }
    im_drop(t, b);
    return im_value(o);
}
static int64_t b_hash(Thread *t, Value v) { (void)t; return im_bytes_hash(v); }
static ssize_t b_len(Thread *t, Value v) { (void)t; return im_bytes_len(v); }
static Value b_item(Thread *t, Value v, ssize_t i) { return i < 0 || i >= im_bytes_len(v) ? im_raise_index(t, "index out of range") : im_int((uint8_t)im_bytes_data(v)[i]); }
void im_fill_repeated(char *to, const char *from, size_t unit, size_t all)
{
    enum { NEAR = 128 << 10 }; /* what is copied from stays in the cache */
    if (!all) return;
    if (unit == 1) { memset(to, *from, all); return; }
    memcpy(to, from, unit);
    size_t whole = unit; /* a multiple of unit that grows up to NEAR */
    for (size_t done = unit, n; done < all; done += n) {
        n = whole < all - done ? whole : all - done;
        memcpy(to + done, to, n);
        if (whole < NEAR) whole = done + n;
    }
}
static Value b_repeat(Thread *t, Value v, ssize_t n)
{
    ssize_t len = im_bytes_len(v), total;
    if (n < 0) n = 0;
    if (n == 1 && im_is_bytes_exact(v)) return im_new_ref(v);
    if (__builtin_mul_overflow(len, n, &total)) return im_raise_overflow(t, "repeated bytes are too long");
    Value r = total ? alloc(t, total) : im_bytes_new(t, "", 0);
    if (im_no_value(r) || !total) return r;
    im_fill_repeated(im_bytes_data(r), im_bytes_data(v), (size_t)len, (size_t)total);
    return r;
}
static Value b_mod(Thread *t, Value a, Value b) { return im_is_bytes(a) ? im_bytes_percent(t, a, b) : IM_NOT_IMPLEMENTED; }
static int b_getbuffer(Thread *t, Value v, ImBuffer *b, int flags) { return im_buffer_fill(t, b, v, im_bytes_data(v), im_bytes_len(v), true, flags); }
static Value b_str(Thread *t, Value v)
{
    if (im_bytes_warning && im_warn(t, &im_BytesWarning_type, 1, "str() on a bytes instance") < 0) return IM_NO_VALUE;
    return im_repr(t, v);
}
bool im_bytes_warning;
static Value b_getnewargs(Thread *t, Value v, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    Value b = im_bytes_new(t, im_bytes_data(v), im_bytes_len(v)), r = im_no_value(b) ? b : im_tuple_pack(t, 1, b);
    im_xdrop(t, b);
    return r;
}
static Value b_bytes(Thread *t, Value v, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return im_is_bytes_exact(v) ? im_new_ref(v) : im_bytes_new(t, im_bytes_data(v), im_bytes_len(v)); }
static Value b_sizeof(Thread *t, Value v, const Value *a, size_t n, Value kw) { (void)t; (void)a; (void)n; (void)kw; return im_int((int64_t)sizeof(ImBytes) + im_bytes_len(v) + 1); }

/* --- iterator --- */
typedef struct ImBytesIter { ImObject head; ssize_t x_index; Value seq; } ImBytesIter;
extern ImType im_bytes_iterator_type, im_bytearray_iterator_type;
Value im_bytes_iter(Thread *t, Value self)
{
    ImBytesIter *it = (ImBytesIter *)im_instance_alloc(t, im_is_bytes(self) ? &im_bytes_iterator_type : &im_bytearray_iterator_type, 0);
    if (it) it->seq = im_new_ref(self);
    return im_value(it);
}
static ssize_t run_len(Value s) { return im_is_bytes(s) ? im_bytes_len(s) : im_load_relaxed(&((ImByteArray *)im_ptr(s))->x_len); }
static Value bi_next(Thread *t, Value self)
{
    ImBytesIter *it = (ImBytesIter *)im_ptr(self);
    if (IM_LIKELY(im_is_private(self) && im_is_bytes_exact(it->seq) && (size_t)it->x_index < (size_t)im_bytes_len(it->seq))) return im_int((uint8_t)im_bytes_data(it->seq)[it->x_index++]);
    ssize_t i = im_is_private(self) ? it->x_index++ : im_faa_relaxed(&it->x_index, 1);
    if (i < 0 || i >= run_len(it->seq)) { im_store_relaxed(&it->x_index, (ssize_t)SSIZE_MAX / 2); return IM_STOP; }
    int c = im_bytes_at(t, it->seq, i);
    return c < 0 ? IM_STOP : im_int(c);
}
static Value bi_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }
static Value bi_hint(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)t; (void)a; (void)n; (void)kw;
    ImBytesIter *it = (ImBytesIter *)im_ptr(self);
    ssize_t left = run_len(it->seq) - im_load_relaxed(&it->x_index);
    return im_int(left > 0 ? left : 0);
}
static Value bi_reduce(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImBytesIter *it = (ImBytesIter *)im_ptr(self);
    Value f = im_import_from(t, "builtins", "iter"), r = IM_NO_VALUE, e = im_tuple_empty();
    if (im_no_value(f)) return f;
    bool done = it->x_index >= SSIZE_MAX / 2;
    Value args = im_tuple_pack(t, 1, done ? e : it->seq);
    if (!im_no_value(args)) r = done ? im_tuple_pack(t, 2, f, args) : im_tuple_pack(t, 3, f, args, im_int(it->x_index));
    im_xdrop(t, args);
    im_drop(t, f);
    return r;
}
static Value bi_setstate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ssize_t i;
    if (im_as_ssize(t, a[0], &im_OverflowError_type, &i) < 0) return IM_NO_VALUE;
    ImBytesIter *it = (ImBytesIter *)im_ptr(self);
    ssize_t len = run_len(it->seq);
    it->x_index = i < 0 ? 0 : i > len ? len : i;
    return IM_NONE;
}
static int bi_traverse(ImObject *o, ImVisit visit, void *arg) { Value s = ((ImBytesIter *)o)->seq; return im_is_object(s) ? visit(s, arg) : 0; }
static void bi_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImBytesIter *)o)->seq); }
static const ImMethodDef bi_methods[] = {IM_FIXED("__length_hint__", bi_hint, 0, "($self, /)", NULL), IM_FIXED("__reduce__", bi_reduce, 0, NULL, NULL), IM_FIXED("__setstate__", bi_setstate, 1, "($self, object, /)", NULL), IM_END};
static const ImSlots bi_slots = {.iter = bi_self, .next = bi_next};
static const ImTypeSpec bi_spec = {.name = "bytes_iterator", .size = sizeof(ImBytesIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &bi_slots, .methods = bi_methods, .traverse = bi_traverse, .destroy = bi_destroy};
IM_TYPE(bytes_iterator, &bi_spec);
static const ImTypeSpec bai_spec = {.name = "bytearray_iterator", .size = sizeof(ImBytesIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &bi_slots, .methods = bi_methods, .traverse = bi_traverse, .destroy = bi_destroy};
IM_TYPE(bytearray_iterator, &bai_spec);

static ImMethodDef methods[80];
static const ImMethodDef own_methods[] = {
    IM_CLASS_FIXED("fromhex", im_bytes_fromhex, 1, "($type, string, /)", "Create a bytes object from a string of hexadecimal numbers."), {"maketrans", im_bytes_maketrans, IM_M_FIXED | IM_M_STATIC, 2, 2, "(frm, to, /)", NULL},
    IM_FIXED("__getnewargs__", b_getnewargs, 0, "($self, /)", NULL), IM_FIXED("__bytes__", b_bytes, 0, "($self, /)", "Convert this value to exact type bytes."), IM_FIXED("__sizeof__", b_sizeof, 0, "($self, /)", NULL)};
static const ImSlots b_slots = {.repr = im_bytes_repr, .str = b_str, .hash = b_hash, .richcompare = im_bytes_compare, .iter = im_bytes_iter, .length = b_len, .item = b_item, .subscript = im_bytes_subscript, .contains = im_bytes_contains,
    .concat = im_bytes_concat, .repeat = b_repeat, .remainder = b_mod, .new_ = b_new, .getbuffer = b_getbuffer};
static const ImTypeSpec b_spec = {.name = "bytes", .size = sizeof(ImBytes), .item_size = 1, .flags = IM_TF_BASETYPE | IM_TF_BYTES | IM_TF_MATCH_SELF | IM_TF_LEAF, .slots = &b_slots, .methods = methods,
    .doc = "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object\n\nConstruct an immutable array of bytes from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - any object implementing the buffer API.\n  - an integer"};
IM_TYPE(bytes, &b_spec);

/* The table is the shared one plus bytes' own rows; put together before the type is made ready. */
__attribute__((constructor)) static void join_tables(void)
{
    memcpy(methods, im_bytes_shared_methods, im_bytes_shared_count * sizeof methods[0]);
    memcpy(methods + im_bytes_shared_count, own_methods, sizeof own_methods);
}
