/* marshal: the reference's formats 0 to 4 for every type it takes; code objects as the parts of code/parts.h. Whatever bytes are read, the worst result is
 * ValueError, EOFError or TypeError. A code object that is in no other one begins with the length of what follows and a sum over it: a file that was damaged
 * is told from one that was written so, and what is damaged is never run.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "code/code.h"
#include "code/parts.h"
#include "mem/vec.h"
#include "object/buffer.h"
#include "types/bytes.h"
#include "types/dict.h"
#include "types/float.h"
#include "types/int.h"
#include "types/list.h"
#include "types/set.h"
#include "types/str.h"
#include "types/tuple.h"

enum { MAX_DEPTH = 2000, FLAG_REF = 0x80, DIGIT_BITS = 15, DIGIT_MASK = 0x7FFF };

/* ---- writing ---- */

typedef struct Seen { struct ImObject *o; uint32_t index; } Seen;

typedef struct Writer {
    Thread *t;
    uint8_t *p;
    size_t len, cap;
    int version, depth;
    bool failed;               /* an exception is pending */
    bool allow_code;
    bool in_code;              /* within a code object: those inside it need no sum of their own */
    Seen *seen;                /* identity table, open addressing */
    size_t nseen, seen_cap;
} Writer;

static void fail(Writer *w) { w->failed = true; }

static void put(Writer *w, const void *p, size_t n)
{
    if (w->failed) return;
    if (w->cap - w->len < n) {
        size_t cap = w->cap * 2 + n + 64;
        uint8_t *q = im_raw_realloc(w->t, w->p, cap);
        if (!q) { fail(w); return; }
        w->p = q;
        w->cap = cap;
    }
    if (n) memcpy(w->p + w->len, p, n);
    w->len += n;
}
static void put_byte(Writer *w, int b) { uint8_t c = (uint8_t)b; put(w, &c, 1); }
static void put_short(Writer *w, uint32_t v) { uint8_t b[2] = {(uint8_t)v, (uint8_t)(v >> 8)}; put(w, b, 2); }
static void put_long(Writer *w, uint32_t v) { uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)}; put(w, b, 4); }

static void put_size(Writer *w, size_t n)
{
    if (n > INT32_MAX) {
        if (!w->failed) im_raise_valueerror(w->t, "unmarshallable object");
        fail(w);
    }
    put_long(w, (uint32_t)n);
}
static void put_sized(Writer *w, const void *p, size_t n) { put_size(w, n); put(w, p, n); }

static void unmarshallable(Writer *w)
{
    if (!w->failed) im_raise_valueerror(w->t, "unmarshallable object");
    fail(w);
}

static size_t slot_of(const Writer *w, struct ImObject *o)
{
    size_t i = (size_t)(((uintptr_t)o >> 4) * 0x9E3779B97F4A7C15u >> 20) & (w->seen_cap - 1);
    while (w->seen[i].o && w->seen[i].o != o) i = (i + 1) & (w->seen_cap - 1);
    return i;
}

static bool grow_seen(Writer *w)
{
    Seen *old = w->seen;
    size_t old_cap = w->seen_cap;
    w->seen_cap = old_cap ? old_cap * 2 : 64;
    w->seen = im_raw_alloc_zero(w->t, w->seen_cap, sizeof *w->seen);
    if (!w->seen) {
        w->seen = old;
        w->seen_cap = old_cap;
        fail(w);
        return false;
    }
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].o) w->seen[slot_of(w, old[i].o)] = old[i];
    im_raw_free(old);
    return true;
}

/* True: the object was written before and a reference to it now. Else *flag is what its type byte gets. */
static bool written_before(Writer *w, Value v, int *flag)
{
    *flag = 0;
    if (w->version < 3 || w->failed || !im_is_object(v) || im_is_unique(v)) return false;
    if (w->nseen * 2 >= w->seen_cap && !grow_seen(w)) return false;
    size_t i = slot_of(w, im_ptr(v));
    if (w->seen[i].o) {
        put_byte(w, 'r');
        put_long(w, w->seen[i].index);
        return true;
    }
    w->seen[i] = (Seen){im_ptr(v), (uint32_t)w->nseen++};
    *flag = FLAG_REF;
    return false;
}

static void put_int(Writer *w, Value v, int flag)
{
    int64_t n;
    if (im_int_get64(v, &n) && n >= INT32_MIN && n <= INT32_MAX) {
        put_byte(w, 'i' | flag);
        put_long(w, (uint32_t)(int32_t)n);
        return;
    }
    size_t bits = im_int_bit_length(v), bytes = bits / 8 + 2, ndigits = (bits + DIGIT_BITS - 1) / DIGIT_BITS;
    Value mag = im_int_sign(v) < 0 ? im_negative(w->t, v) : im_new_ref(v);
    uint8_t *raw = im_no_value(mag) ? NULL : im_raw_alloc_zero(w->t, bytes + 8, 1);
    if (!raw || im_int_to_bytes(w->t, mag, raw, bytes, true, false) < 0) {
        im_raw_free(raw);
        im_xdrop(w->t, mag);
        fail(w);
        return;
    }
    put_byte(w, 'l' | flag);
    put_long(w, (uint32_t)(int32_t)(im_int_sign(v) < 0 ? -(int64_t)ndigits : (int64_t)ndigits));
    for (size_t i = 0; i < ndigits; i++) {
        size_t bit = i * DIGIT_BITS;
        uint32_t word = raw[bit / 8] | (uint32_t)raw[bit / 8 + 1] << 8 | (uint32_t)raw[bit / 8 + 2] << 16;
        put_short(w, word >> (bit % 8) & DIGIT_MASK);
    }
    im_raw_free(raw);
    im_drop(w->t, mag);
}

static void put_double(Writer *w, double d)
{
    if (w->version > 1) {
        uint8_t b[8];
        memcpy(b, &d, 8); /* IEEE, least significant byte first */
        put(w, b, 8);
        return;
    }
    char text[450];
    size_t n = im_float_text(d, 'g', 17, 0, text);
    put_byte(w, (int)n);
    put(w, text, n);
}

static void put_code_points(Writer *w, Value v)
{
    size_t at = w->len;
    put_long(w, 0);
    for (ssize_t i = 0; i < im_str_len(v) && !w->failed; i++) {
        uint32_t c = im_str_at(v, i);
        uint8_t b[4];
        size_t n;
        if (c < 0x80) b[0] = (uint8_t)c, n = 1;
        else if (c < 0x800) b[0] = (uint8_t)(0xC0 | c >> 6), b[1] = (uint8_t)(0x80 | (c & 63)), n = 2;
        else if (c < 0x10000) b[0] = (uint8_t)(0xE0 | c >> 12), b[1] = (uint8_t)(0x80 | (c >> 6 & 63)), b[2] = (uint8_t)(0x80 | (c & 63)), n = 3;
        else b[0] = (uint8_t)(0xF0 | c >> 18), b[1] = (uint8_t)(0x80 | (c >> 12 & 63)), b[2] = (uint8_t)(0x80 | (c >> 6 & 63)), b[3] = (uint8_t)(0x80 | (c & 63)), n = 4;
        put(w, b, n);
    }
    if (w->failed) return;
    size_t n = w->len - at - 4;
    if (n > INT32_MAX) { unmarshallable(w); return; }
    uint32_t size = (uint32_t)n;
    memcpy(w->p + at, &size, 4);
}

static void put_str(Writer *w, Value v, int flag)
{
    bool interned = im_str_is_interned(v);
    size_t n = (size_t)im_str_len(v);
    if (w->version >= 4 && im_str_is_ascii(v)) {
        if (n < 256) {
            put_byte(w, (interned ? 'Z' : 'z') | flag);
            put_byte(w, (int)n);
            put(w, im_str_data(v), n);
        } else {
            put_byte(w, (interned ? 'A' : 'a') | flag);
            put_sized(w, im_str_data(v), n);
        }
        return;
    }
    put_byte(w, (w->version >= 3 && interned ? 't' : 'u') | flag);
    put_code_points(w, v);
}

static void put_object(Writer *w, Value v);

static void put_tuple(Writer *w, Value v, int flag)
{
    size_t n = (size_t)im_tuple_len(v);
    if (w->version >= 4 && n < 256) {
        put_byte(w, ')' | flag);
        put_byte(w, (int)n);
    } else {
        put_byte(w, '(' | flag);
        put_size(w, n);
    }
    for (size_t i = 0; i < n && !w->failed; i++) put_object(w, im_tuple_get(v, (ssize_t)i));
}

static void put_list(Writer *w, Value v, int flag)
{
    put_byte(w, '[' | flag);
    ssize_t n = im_list_len(v);
    put_size(w, (size_t)n);
    for (ssize_t i = 0; i < n && !w->failed; i++) {
        Value x = im_list_get(w->t, v, i);
        if (im_no_value(x)) { /* it shrank meanwhile */
            im_raise_runtime(w->t, "list changed size during marshalling");
            fail(w);
            return;
        }
        put_object(w, x);
        im_drop(w->t, x);
    }
}

static void put_dict(Writer *w, Value v, int flag)
{
    size_t pos = 0;
    Value key, value;
    put_byte(w, '{' | flag);
    while (!w->failed && im_dict_next(w->t, v, &pos, &key, &value)) {
        put_object(w, key);
        put_object(w, value);
        im_drop(w->t, key);
        im_drop(w->t, value);
    }
    put_byte(w, '0');
}

/* Items in the order of their own marshalled bytes, so that equal sets give equal results. */
typedef struct SetItem { Value v, key; } SetItem;
static int by_key(const void *a, const void *b)
{
    Value x = ((const SetItem *)a)->key, y = ((const SetItem *)b)->key;
    ssize_t n = im_bytes_len(x) < im_bytes_len(y) ? im_bytes_len(x) : im_bytes_len(y);
    int r = memcmp(im_bytes_data(x), im_bytes_data(y), (size_t)n);
    return r ? r : im_bytes_len(x) < im_bytes_len(y) ? -1 : im_bytes_len(x) > im_bytes_len(y);
}

static void put_set(Writer *w, Value v, int flag)
{
    bool frozen = im_is_exact(v, &im_frozenset_type);
    Value copy = im_list_new(w->t, 0), x;
    size_t pos = 0, n = 0;
    while (!im_no_value(copy) && im_set_next(w->t, v, &pos, &x))
        if (im_list_append_steal(w->t, copy, x) < 0) IM_CLEAR(w->t, copy);
    if (im_no_value(copy)) { fail(w); return; }
    size_t len = (size_t)im_list_len(copy);
    SetItem *items = im_raw_alloc_zero(w->t, len + 1, sizeof *items);
    ImValueVec keys;
    im_vec_init(w->t, &keys);
    for (; items && n < len && !w->failed; n++) {
        items[n].v = im_list_get(w->t, copy, (ssize_t)n); /* kept by the copy */
        im_drop(w->t, items[n].v);
        if (len == 1) continue; /* no order: sets in sets would be written twice per level */
        items[n].key = im_marshal_dumps_code(w->t, items[n].v, w->version, w->allow_code);
        if (im_no_value(items[n].key) || im_vec_push(w->t, &keys, items[n].key) < 0) fail(w);
    }
    if (!items) fail(w);
    if (!w->failed) {
        qsort(items, n, sizeof *items, by_key);
        put_byte(w, (frozen ? '>' : '<') | flag);
        put_size(w, n);
        for (size_t i = 0; i < n; i++) put_object(w, items[i].v);
    }
    im_vec_fini(w->t, &keys);
    im_raw_free(items);
    im_drop(w->t, copy);
}

static void put_bytes_part(Writer *w, Value bytes)
{
    if (im_no_value(bytes)) { fail(w); return; }
    put_byte(w, 's');
    put_sized(w, im_bytes_data(bytes), (size_t)im_bytes_len(bytes));
    im_drop(w->t, bytes);
}

/* Each step is a bijection of the state for a given word and of the word for a given state: damage within one word is always seen. */
static uint64_t sum_of(const uint8_t *p, size_t n)
{
    uint64_t h = n, word;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    word = 0;
    memcpy(&word, p, n);
    h = (h ^ word) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 32;
}

enum { SUM_SIZE = 12 }; /* u32 length, u64 sum, as the machine has them */

static void put_code(Writer *w, Value v, int flag)
{
    const bool nested = w->in_code;
    const ImCode *c = im_codep(v);
    if (!w->allow_code) {
        im_raise_valueerror(w->t, "marshalling code objects is disallowed");
        fail(w);
        return;
    }
    put_byte(w, 'c' | flag);
    const size_t start = w->len + SUM_SIZE;
    if (!nested) put(w, (const uint8_t[SUM_SIZE]){0}, SUM_SIZE);
    w->in_code = true;
    put_long(w, (uint32_t)c->argcount);
    put_long(w, (uint32_t)c->posonly);
    put_long(w, (uint32_t)c->kwonly);
    put_long(w, c->flags);
    put_long(w, (uint32_t)c->firstlineno);
    put_bytes_part(w, im_code_units_bytes(w->t, c));
    put_bytes_part(w, im_code_tables_bytes(w->t, c));
    put_bytes_part(w, im_code_positions_bytes(w->t, c));
    const Value parts[] = {c->consts_tuple, c->names_tuple, c->varnames, c->cellvars, c->freevars, c->filename, c->name, c->qualname};
    for (size_t i = 0; i < IM_COUNTOF(parts); i++) put_object(w, parts[i]);
    w->in_code = nested;
    if (nested || w->failed) return;
    const size_t n = w->len - start;
    const uint32_t len = (uint32_t)n;
    const uint64_t sum = sum_of(w->p + start, n);
    if (n > INT32_MAX) { unmarshallable(w); return; }
    memcpy(w->p + start - SUM_SIZE, &len, 4);
    memcpy(w->p + start - 8, &sum, 8);
}

static void put_buffer(Writer *w, Value v, int flag)
{
    ImBuffer b;
    if (!im_buffer_check(v)) { unmarshallable(w); return; }
    if (im_buffer_get(w->t, v, &b, IM_BUF_SIMPLE) < 0) {
        im_exc_clear(w->t);
        unmarshallable(w);
        return;
    }
    put_byte(w, 's' | flag);
    put_sized(w, b.buf, (size_t)b.len);
    im_buffer_release(w->t, &b);
}

static void put_complex(Writer *w, Value v, int flag)
{
    const ImComplex *c = (const ImComplex *)im_ptr(v);
    put_byte(w, (w->version > 1 ? 'y' : 'x') | flag);
    put_double(w, c->re);
    put_double(w, c->im);
}

static void put_new(Writer *w, Value v)
{
    int flag;
    if (written_before(w, v, &flag)) return;
    if (im_is_int_exact(v)) put_int(w, v, flag);
    else if (im_is_str_exact(v)) put_str(w, v, flag);
    else if (im_is_tuple_exact(v)) put_tuple(w, v, flag);
    else if (im_is_float_exact(v)) {
        put_byte(w, (w->version > 1 ? 'g' : 'f') | flag);
        put_double(w, im_float_get(v));
    } else if (im_is_bytes_exact(v)) {
        put_byte(w, 's' | flag);
        put_sized(w, im_bytes_data(v), (size_t)im_bytes_len(v));
    } else if (im_is_exact(v, &im_complex_type)) put_complex(w, v, flag);
    else if (im_is_list_exact(v)) put_list(w, v, flag);
    else if (im_is_dict_exact(v)) put_dict(w, v, flag);
    else if (im_is_exact(v, &im_set_type) || im_is_exact(v, &im_frozenset_type)) put_set(w, v, flag);
    else if (im_is_exact(v, &im_code_type)) put_code(w, v, flag);
    else put_buffer(w, v, flag);
}

static void put_object(Writer *w, Value v)
{
    if (w->failed) return;
    if (++w->depth > MAX_DEPTH || im_c_stack_low(w->t)) {
        im_raise_valueerror(w->t, "object too deeply nested to marshal");
        fail(w);
    } else if (im_is_none(v)) put_byte(w, 'N');
    else if (im_same(v, IM_FALSE)) put_byte(w, 'F');
    else if (im_same(v, IM_TRUE)) put_byte(w, 'T');
    else if (im_same(v, IM_ELLIPSIS)) put_byte(w, '.');
    else if (im_same(v, im_type_value(&im_StopIteration_type))) put_byte(w, 'S');
    else put_new(w, v);
    w->depth--;
}

Value im_marshal_dumps_code(Thread *t, Value v, int version, bool allow_code)
{
    Writer w = {.t = t, .version = version, .allow_code = allow_code};
    put_object(&w, v);
    Value r = w.failed ? IM_NO_VALUE : im_bytes_new(t, w.p ? (void *)w.p : "", (ssize_t)w.len);
    im_raw_free(w.p);
    im_raw_free(w.seen);
    return r;
}

Value im_marshal_dumps(Thread *t, Value v, int version) { return im_marshal_dumps_code(t, v, version, true); }

/* ---- reading ---- */

/* From a file (no value: from memory): what is wanted is read into `chunk`, a bytearray, each time. */
typedef struct Reader { Thread *t; const uint8_t *p, *end; Value file, chunk; int depth; bool allow_code, trusted, in_code; ImValueVec refs; } Reader;

static Value bad(Reader *r, const char *what) { return im_raise_valueerror(r->t, "bad marshal data (%s)", what); }

static const uint8_t *take_from_file(Reader *r, size_t n)
{
    Thread *t = r->t;
    IM_CLEAR(t, r->chunk);
    if (im_no_value(r->chunk = im_bytearray_new(t, NULL, (ssize_t)n))) return NULL;
    if (!n) return (const uint8_t *)"";
    Value got = im_call_method1(t, r->file, IM_S(readinto), r->chunk);
    ssize_t len = -1;
    if (im_no_value(got)) return NULL;
    int rc = im_as_ssize(t, got, NULL, &len);
    im_drop(t, got);
    if (rc < 0) return NULL;
    const ImByteArray *b = (const ImByteArray *)im_ptr(r->chunk);
    if ((size_t)len == n && (size_t)b->x_len >= n) return (const uint8_t *)b->x_start;
    if (len > (ssize_t)n) im_raise_valueerror(t, "read() returned too much data: %zd bytes requested, %zd returned", (ssize_t)n, len);
    else im_raise(t, &im_EOFError_type, "EOF read where not expected");
    return NULL;
}

static const uint8_t *take(Reader *r, size_t n)
{
    if (!im_no_value(r->file)) return take_from_file(r, n);
    if ((size_t)(r->end - r->p) < n) {
        im_raise(r->t, &im_EOFError_type, "marshal data too short");
        return NULL;
    }
    const uint8_t *p = r->p;
    r->p += n;
    return p;
}

static bool get_long(Reader *r, int32_t *out)
{
    const uint8_t *p = take(r, 4);
    if (!p) return false;
    *out = (int32_t)(p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
    return true;
}

/* A count of things that take at least one byte each. */
static bool get_count(Reader *r, bool one_byte, const char *what, size_t *out)
{
    int32_t n;
    if (one_byte) {
        const uint8_t *p = take(r, 1);
        if (!p) return false;
        n = *p;
    } else if (!get_long(r, &n)) return false;
    if (n < 0) {
        bad(r, what);
        return false;
    }
    *out = (size_t)n;
    return true;
}

static Value get_object(Reader *r, bool *end);

/* An object that must be there. */
static Value get_item(Reader *r, const char *what)
{
    bool end = false;
    Value v = get_object(r, &end);
    if (end) return im_raise_type(r->t, "NULL object in marshal data for %s", what);
    return v;
}

static Value get_big_int(Reader *r)
{
    int32_t n;
    if (!get_long(r, &n)) return IM_NO_VALUE;
    if (n == INT32_MIN) return bad(r, "long size out of range");
    size_t ndigits = (size_t)(n < 0 ? -(int64_t)n : n);
    const uint8_t *p = take(r, ndigits * 2);
    if (!p) return IM_NO_VALUE;
    if (!ndigits) return im_int(0);
    if (!(p[ndigits * 2 - 1] | p[ndigits * 2 - 2])) return bad(r, "unnormalized long data");
    size_t bytes = (ndigits * DIGIT_BITS + 7) / 8 + 4;
    uint8_t *raw = im_raw_alloc_zero(r->t, bytes, 1);
    if (!raw) return IM_NO_VALUE;
    for (size_t i = 0; i < ndigits; i++) {
        uint32_t d = p[2 * i] | (uint32_t)p[2 * i + 1] << 8;
        if (d > DIGIT_MASK) {
            im_raw_free(raw);
            return bad(r, "digit out of range in long");
        }
        size_t bit = i * DIGIT_BITS;
        d <<= bit % 8;
        raw[bit / 8] |= (uint8_t)d, raw[bit / 8 + 1] |= (uint8_t)(d >> 8), raw[bit / 8 + 2] |= (uint8_t)(d >> 16);
    }
    Value v = im_int_from_bytes(r->t, raw, bytes, true, false);
    im_raw_free(raw);
    if (im_no_value(v) || n > 0) return v;
    Value neg = im_negative(r->t, v);
    im_drop(r->t, v);
    return neg;
}

static bool get_double(Reader *r, bool text, double *out)
{
    if (!text) {
        const uint8_t *p = take(r, 8);
        if (!p) return false;
        memcpy(out, p, 8);
        return true;
    }
    const uint8_t *p = take(r, 1);
    if (!p) return false;
    size_t n = *p; /* the next take() may move what p points to */
    if (!(p = take(r, n))) return false;
    char buf[260];
    const char *end;
    memcpy(buf, p, n);
    buf[n] = 0;
    *out = im_float_parse(buf, &end);
    if (n == 0 || end != buf + n) {
        im_raise_valueerror(r->t, "could not convert string to float: '%s'", buf);
        return false;
    }
    return true;
}

static Value get_text(Reader *r, bool one_byte, bool ascii, bool intern)
{
    size_t n;
    if (!get_count(r, one_byte, "string size out of range", &n)) return IM_NO_VALUE;
    const uint8_t *p = take(r, n);
    if (!p) return IM_NO_VALUE;
    if (ascii && intern) return im_str_intern_latin1(r->t, p, n);
    Value v = ascii ? im_str_from_latin1(r->t, p, (ssize_t)n) : im_str_from_wtf8(r->t, (const char *)p, (ssize_t)n);
    return intern && !im_no_value(v) ? im_str_intern(r->t, v) : v;
}

/* Keeps a reference for later 'r' codes. Containers hold their place before their items are read. */
static bool set_ref(Reader *r, ssize_t at, Value v)
{
    if (at < 0 || im_no_value(v)) return !im_no_value(v);
    r->refs.items[at] = im_new_ref(v);
    return true;
}

static Value get_tuple(Reader *r, bool one_byte)
{
    size_t n;
    if (!get_count(r, one_byte, "tuple size out of range", &n)) return IM_NO_VALUE;
    if (im_no_value(r->file) && n <= (size_t)(r->end - r->p)) { /* an item takes a byte at least: what is said is credible */
        Value v = im_tuple_new_untracked(r->t, n); /* constants of code are in no cycle: the collectors are spared them */
        bool tracked = false;
        for (size_t i = 0; i < n && !im_no_value(v); i++) {
            Value x = get_item(r, "tuple");
            if (im_no_value(x)) { IM_CLEAR(r->t, v); break; }
            im_tuple_items(v)[i] = x;
            tracked |= im_is_object(x) && im_has_flag(im_ptr(x), IM_OF_TRACKED);
        }
        if (tracked && !im_no_value(v)) im_gc_track(r->t, im_ptr(v));
        return v;
    }
    ImValueVec items;
    im_vec_init(r->t, &items);
    Value v = IM_NO_VALUE;
    for (size_t i = 0; i < n; i++) {
        Value x = get_item(r, "tuple");
        if (im_no_value(x) || im_vec_push(r->t, &items, x) < 0) goto done;
    }
    v = im_tuple_from_array(r->t, items.items, n);
done:
    im_vec_fini(r->t, &items);
    return v;
}

static Value get_list(Reader *r, ssize_t ref)
{
    size_t n;
    if (!get_count(r, false, "list size out of range", &n)) return IM_NO_VALUE;
    Value v = im_list_new(r->t, 0);
    if (!set_ref(r, ref, v)) return v;
    for (size_t i = 0; i < n; i++) {
        Value x = get_item(r, "list");
        if (im_no_value(x) || im_list_append_steal(r->t, v, x) < 0) {
            im_drop(r->t, v);
            return IM_NO_VALUE;
        }
    }
    return v;
}

static Value get_dict(Reader *r, ssize_t ref)
{
    Value v = im_dict_new(r->t);
    if (!set_ref(r, ref, v)) return v;
    for (;;) {
        bool end = false;
        Value key = get_object(r, &end);
        if (end) return v;
        Value value = im_no_value(key) ? IM_NO_VALUE : get_object(r, &end);
        if (end) { /* a key without a value ends it, too */
            im_drop(r->t, key);
            return v;
        }
        int rc = im_no_value(value) ? -1 : im_dict_set(r->t, v, key, value);
        im_xdrop(r->t, key);
        im_xdrop(r->t, value);
        if (rc < 0) {
            im_drop(r->t, v);
            return IM_NO_VALUE;
        }
    }
}

static Value get_set(Reader *r, bool frozen, ssize_t ref)
{
    size_t n;
    if (!get_count(r, false, "set size out of range", &n)) return IM_NO_VALUE;
    Value v = frozen ? IM_NO_VALUE : im_set_new(r->t, IM_NO_VALUE), list = IM_NO_VALUE;
    if (frozen) list = im_list_new(r->t, 0);
    else if (!set_ref(r, ref, v)) return v;
    if (frozen && im_no_value(list)) return list;
    for (size_t i = 0; i < n; i++) {
        Value x = get_item(r, "set");
        int rc = im_no_value(x) ? -1 : frozen ? im_list_append(r->t, list, x) : im_set_add(r->t, v, x);
        im_xdrop(r->t, x);
        if (rc < 0) {
            im_xdrop(r->t, v);
            im_xdrop(r->t, list);
            return IM_NO_VALUE;
        }
    }
    if (!frozen) return v;
    v = im_frozenset_new(r->t, list);
    im_drop(r->t, list);
    return v;
}

/* From memory the bytes stay where they are. */
static bool get_span(Reader *r, ImSpan *out, ImValueVec *keep)
{
    size_t len;
    if (im_no_value(r->file) && r->p < r->end && *r->p == 's') {
        r->p++;
        if (!get_count(r, false, "bytes object size out of range", &len) || !(out->p = take(r, len))) return false;
        out->len = len;
        return true;
    }
    Value v = get_item(r, "code object");
    if (im_no_value(v) || im_vec_push(r->t, keep, v) < 0) return false;
    if (!im_is_bytes(v)) return (void)im_raise_valueerror(r->t, "code: bad argument"), false;
    *out = (ImSpan){(const uint8_t *)im_bytes_data(v), (size_t)im_bytes_len(v)};
    return true;
}

static Value get_code_parts(Reader *r)
{
    ImCodeParts p = {.trusted = r->trusted};
    int32_t flags;
    Value *parts[] = {&p.consts, &p.names, &p.varnames, &p.cellvars, &p.freevars, &p.filename, &p.name, &p.qualname};
    Value result = IM_NO_VALUE;
    if (!get_long(r, &p.argcount) || !get_long(r, &p.posonly) || !get_long(r, &p.kwonly) || !get_long(r, &flags) || !get_long(r, &p.firstlineno)) return result;
    p.flags = (uint32_t)flags;
    ImValueVec keep;
    im_vec_init(r->t, &keep);
    if (!get_span(r, &p.units, &keep) || !get_span(r, &p.tables, &keep) || !get_span(r, &p.positions, &keep)) goto done;
    for (size_t i = 0; i < IM_COUNTOF(parts); i++) {
        *parts[i] = get_item(r, "code object");
        if (im_no_value(*parts[i]) || im_vec_push(r->t, &keep, *parts[i]) < 0) goto done;
    }
    if (!im_is_tuple_exact(p.names) || !im_is_tuple_exact(p.varnames) || !im_is_tuple_exact(p.cellvars) || !im_is_tuple_exact(p.freevars))
        im_raise_type(r->t, "bad marshal data (code)");
    else result = im_code_from_parts(r->t, &p);
done:
    im_vec_fini(r->t, &keep);
    return result;
}

static Value get_code(Reader *r)
{
    if (!r->allow_code) return im_raise_valueerror(r->t, "unmarshalling code objects is disallowed");
    if (r->in_code) return get_code_parts(r);
    const uint8_t *p = take(r, SUM_SIZE);
    uint32_t len;
    uint64_t sum;
    if (!p) return IM_NO_VALUE;
    memcpy(&len, p, 4);
    memcpy(&sum, p + 4, 8);
    const Value file = r->file;
    const uint8_t *end = r->end;
    if (!(p = take(r, len))) return IM_NO_VALUE;
    if (!r->trusted && sum_of(p, len) != sum) return bad(r, "code object is damaged");
    /* What is read from here on lies in memory, and ends where the code object ends. */
    Value chunk = r->chunk;
    r->chunk = r->file = IM_NO_VALUE;
    r->p = p, r->end = p + len, r->in_code = true;
    Value v = get_code_parts(r);
    r->in_code = false;
    if (!im_no_value(v) && r->p != p + len) {
        IM_CLEAR(r->t, v);
        bad(r, "code object is damaged");
    }
    r->end = end, r->file = file;
    r->chunk = chunk;
    return v;
}

static Value get_ref(Reader *r)
{
    int32_t n;
    if (!get_long(r, &n)) return IM_NO_VALUE;
    if (n < 0 || (size_t)n >= r->refs.len || im_is_unset(r->refs.items[n])) return bad(r, "invalid reference");
    return im_new_ref(r->refs.items[n]);
}

static Value get_by_code(Reader *r, int code, ssize_t *ref)
{
    double re, im;
    int32_t n;
    switch (code) {
    case 'N': *ref = -1; return IM_NONE;
    case 'F': *ref = -1; return IM_FALSE;
    case 'T': *ref = -1; return IM_TRUE;
    case '.': *ref = -1; return IM_ELLIPSIS;
    case 'S': *ref = -1; return im_new_ref(im_type_value(&im_StopIteration_type));
    case 'i': return get_long(r, &n) ? im_int(n) : IM_NO_VALUE;
    case 'I': {
        const uint8_t *p = take(r, 8);
        int64_t i;
        if (!p) return IM_NO_VALUE;
        memcpy(&i, p, 8);
        return im_int_new(r->t, i);
    }
    case 'l': return get_big_int(r);
    case 'f': case 'g': return get_double(r, code == 'f', &re) ? im_float_new(r->t, re) : IM_NO_VALUE;
    case 'x': case 'y': return get_double(r, code == 'x', &re) && get_double(r, code == 'x', &im) ? im_complex_new(r->t, re, im) : IM_NO_VALUE;
    case 's': {
        size_t len;
        if (!get_count(r, false, "bytes object size out of range", &len)) return IM_NO_VALUE;
        const uint8_t *p = take(r, len);
        return p ? im_bytes_new(r->t, p, (ssize_t)len) : IM_NO_VALUE;
    }
    case 'z': return get_text(r, true, true, false);
    case 'Z': return get_text(r, true, true, true);
    case 'a': return get_text(r, false, true, false);
    case 'A': return get_text(r, false, true, true);
    case 'u': return get_text(r, false, false, false);
    case 't': return get_text(r, false, false, true);
    case ')': return get_tuple(r, true);
    case '(': return get_tuple(r, false);
    case '[': { Value v = get_list(r, *ref); *ref = -1; return v; }
    case '{': { Value v = get_dict(r, *ref); *ref = -1; return v; }
    case '<': { Value v = get_set(r, false, *ref); *ref = -1; return v; }
    case '>': return get_set(r, true, *ref);
    case 'c': return get_code(r);
    case 'r': *ref = -1; return get_ref(r);
    default: return bad(r, "unknown type code");
    }
}

/* What most of code consists of, from memory: short ASCII strings and references. No value, and nothing read: anything else. */
IM_INLINE Value get_usual(Reader *r)
{
    const size_t left = (size_t)(r->end - r->p);
    if (left < 5) return IM_NO_VALUE;
    const uint8_t code = *r->p, plain = code & 0x7F;
    if (code == 'r') {
        const uint8_t *p = r->p + 1;
        const uint32_t n = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        if (n >= r->refs.len || im_is_unset(r->refs.items[n])) return IM_NO_VALUE;
        r->p += 5;
        return im_new_ref(r->refs.items[n]);
    }
    if ((plain != 'Z' && plain != 'z') || left - 2 < r->p[1]) return IM_NO_VALUE;
    const size_t len = r->p[1];
    Value v = plain == 'Z' ? im_str_intern_latin1(r->t, r->p + 2, len) : im_str_from_latin1(r->t, r->p + 2, (ssize_t)len);
    if (im_no_value(v)) return v;
    r->p += 2 + len;
    if ((code & FLAG_REF) && im_vec_push(r->t, &r->refs, im_new_ref(v)) < 0) IM_CLEAR(r->t, v);
    return v;
}

/* *end: the NULL code was there instead of an object. */
static Value get_object(Reader *r, bool *end)
{
    if (im_no_value(r->file)) {
        Value v = get_usual(r);
        if (!im_no_value(v) || im_pending(r->t)) return v;
    }
    if (im_no_value(r->file) && r->p == r->end) return im_raise(r->t, &im_EOFError_type, "EOF read where object expected");
    const uint8_t *at = take(r, 1);
    if (!at) return IM_NO_VALUE;
    int code = *at;
    ssize_t ref = -1;
    Value v;
    if (code == '0') {
        *end = true;
        return IM_NO_VALUE;
    }
    if (r->depth >= MAX_DEPTH || im_c_stack_low(r->t)) return im_raise_valueerror(r->t, "recursion limit exceeded");
    int plain = code & ~FLAG_REF;
    /* Immediates and references never take a place in the table, whatever their flag says. */
    if ((code & FLAG_REF) && !memchr("NFT.Sr0", plain, 7)) {
        if (im_vec_push(r->t, &r->refs, IM_UNSET) < 0) return IM_NO_VALUE;
        ref = (ssize_t)r->refs.len - 1;
    }
    r->depth++;
    v = get_by_code(r, plain, &ref);
    r->depth--;
    if (ref >= 0) (void)set_ref(r, ref, v);
    return v;
}

Value im_marshal_loads(Thread *t, const uint8_t *p, size_t len, size_t *used) { return im_marshal_loads_code(t, p, len, used, true); }

Value im_marshal_load_file(Thread *t, Value file, bool allow_code)
{
    Reader r = {.t = t, .file = file, .chunk = IM_NO_VALUE, .allow_code = allow_code};
    bool end = false;
    im_vec_init(t, &r.refs);
    Value v = get_object(&r, &end);
    if (end) im_raise_type(t, "NULL object in marshal data for object");
    im_vec_fini(t, &r.refs);
    im_xdrop(t, r.chunk);
    return v;
}

static Value loads(Reader *r)
{
    bool end = false;
    im_vec_init(r->t, &r->refs);
    Value v = get_object(r, &end);
    if (end) im_raise_type(r->t, "NULL object in marshal data for object");
    im_vec_fini(r->t, &r->refs);
    return v;
}
Value im_marshal_loads_code(Thread *t, const uint8_t *p, size_t len, size_t *used, bool allow_code)
{
    Reader r = {.t = t, .p = p, .end = p + len, .allow_code = allow_code};
    Value v = loads(&r);
    if (used) *used = (size_t)(r.p - p);
    return v;
}
Value im_marshal_loads_trusted(Thread *t, const uint8_t *p, size_t len)
{
    Reader r = {.t = t, .p = p, .end = p + len, .allow_code = true, .trusted = true};
    return loads(&r);
}
