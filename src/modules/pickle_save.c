/* Writing pickles.
 *
 * save() dispatches on the exact type; objects of other types are taken apart by dispatch tables and __reduce_ex__. Output goes to one growing buffer; from protocol 4 on it
 * is cut into frames at opcode boundaries, and with a file each full frame is written at once. One file: its functions call each other in a circle through save().
 * SPDX-License-Identifier: MIT */
#include "modules/pickle.h"

#include <stdio.h>

#include "modules/import.h"

#define FAST_NESTING_LIMIT 50

static int save(ImSave *s, Value obj, bool pers_save);
static int save_reduce(ImSave *s, Value recipe, Value obj);
static int save_global(ImSave *s, Value obj, Value name);

int im_pickle_protocol(Thread *t, Value protocol, Value buffer_callback, int *out)
{
    int p = PK_DEFAULT;
    if (!im_no_value(protocol) && !im_is_none(protocol)) {
        if (im_as_int(t, protocol, &p) < 0) return -1;
        if (p < 0) p = PK_HIGHEST;
        if (p > PK_HIGHEST) return im_raise_valueerror(t, "pickle protocol must be <= %d", PK_HIGHEST), -1;
    }
    if (p < 5 && !im_no_value(buffer_callback) && !im_is_none(buffer_callback)) return im_raise_valueerror(t, "buffer_callback needs protocol >= 5"), -1;
    *out = p;
    return 0;
}

void im_save_init(Thread *t, ImPickleState *st, ImSave *s, int proto, bool fix_imports)
{
    memset(s, 0, offsetof(ImSave, memo));
    s->t = t;
    s->st = st;
    s->proto = proto;
    s->bin = proto > 0;
    s->fix_imports = fix_imports && proto < 3;
    s->frame_start = -1;
    im_vec_init(t, &s->memo);
    im_vec_init(t, &s->fast_memo);
    s->ids = NULL;
    s->fast_nesting = 0;
    s->steps = 0;
    memset(s->small_slots, 0, sizeof s->small_slots);
    memset(s->plain, 0, sizeof s->plain);
    s->slots = s->small_slots;
    s->mask = IM_COUNTOF(s->small_slots) - 1;
}

void im_save_fini(ImSave *s)
{
    im_raw_free(s->out);
    if (s->slots != s->small_slots) im_raw_free(s->slots);
    im_raw_free(s->ids);
    im_vec_fini(s->t, &s->fast_memo);
    im_vec_fini(s->t, &s->memo);
}

/* --- output ------------------------------------------------------------------------------------------------------------------------------- */

static IM_COLD int grow(ImSave *s, size_t more)
{
    size_t cap = s->cap ? s->cap : 256;
    while (cap - s->len < more) {
        if (__builtin_add_overflow(cap, cap < (1u << 20) ? cap : cap / 2, &cap)) return im_raise_memory(s->t), -1;
    }
    uint8_t *p = im_raw_realloc(s->t, s->out, cap);
    if (!p) return -1;
    s->out = p;
    s->cap = cap;
    return 0;
}
/* Room for n bytes, opening a frame where one is due; null on failure. The caller adds to len what it wrote. */
IM_INLINE uint8_t *room(ImSave *s, size_t n)
{
    if (IM_UNLIKELY(s->cap - s->len < n + PK_FRAME_HEADER) && grow(s, n + PK_FRAME_HEADER) < 0) return NULL;
    if (IM_UNLIKELY(s->framing && s->frame_start < 0)) {
        s->frame_start = (ssize_t)s->len;
        memset(s->out + s->len, 0xFE, PK_FRAME_HEADER);
        s->len += PK_FRAME_HEADER;
    }
    return s->out + s->len;
}
IM_INLINE int put1(ImSave *s, uint8_t op)
{
    uint8_t *p = room(s, 1);
    if (IM_UNLIKELY(!p)) return -1;
    *p = op;
    s->len++;
    return 0;
}
IM_INLINE int put2(ImSave *s, uint8_t op, uint8_t arg)
{
    uint8_t *p = room(s, 2);
    if (IM_UNLIKELY(!p)) return -1;
    p[0] = op;
    p[1] = arg;
    s->len += 2;
    return 0;
}
static int put_bytes(ImSave *s, const void *data, size_t n)
{
    uint8_t *p = room(s, n);
    if (!p) return -1;
    memcpy(p, data, n);
    s->len += n;
    return 0;
}
/* Opcode and a little-endian number of n bytes. */
IM_INLINE int put_n(ImSave *s, uint8_t op, uint64_t arg, int n)
{
    uint8_t *p = room(s, 9);
    if (IM_UNLIKELY(!p)) return -1;
    p[0] = op;
    for (int i = 0; i < n; i++) p[1 + i] = (uint8_t)(arg >> (8 * i));
    s->len += 1 + (size_t)n;
    return 0;
}
static int put_text(ImSave *s, const char *text) { return put_bytes(s, text, strlen(text)); }

static void close_frame(ImSave *s)
{
    if (!s->framing || s->frame_start < 0) return;
    uint8_t *head = s->out + s->frame_start;
    size_t n = s->len - (size_t)s->frame_start - PK_FRAME_HEADER;
    if (n >= PK_FRAME_MIN) {
        head[0] = PK_FRAME;
        for (int i = 0; i < 8; i++) head[1 + i] = (uint8_t)((uint64_t)n >> (8 * i));
    } else {
        memmove(head, head + PK_FRAME_HEADER, n);
        s->len -= PK_FRAME_HEADER;
    }
    s->frame_start = -1;
}
static int flush(ImSave *s)
{
    Value data = im_bytes_new(s->t, s->out ? s->out : (uint8_t *)"", (ssize_t)s->len);
    s->len = 0;
    if (im_no_value(data)) return -1;
    Value r = im_call1(s->t, s->write, data);
    im_drop(s->t, data);
    if (im_no_value(r)) return -1;
    im_drop(s->t, r);
    return 0;
}
static IM_COLD int end_full_frame(ImSave *s)
{
    close_frame(s);
    return im_no_value(s->write) ? 0 : flush(s);
}
IM_INLINE int opcode_boundary(ImSave *s)
{
    if (IM_UNLIKELY(s->frame_start >= 0 && s->len - (size_t)s->frame_start - PK_FRAME_HEADER >= PK_FRAME_TARGET)) return end_full_frame(s);
    return 0;
}
/* A header and a payload; large payloads stand outside of frames and go to a file as they are. `payload` may be no value. */
static int put_payload(ImSave *s, const uint8_t *head, size_t n_head, const void *data, size_t n, Value payload)
{
    bool framing = s->framing, bypass = n >= PK_FRAME_TARGET;
    if (bypass) {
        close_frame(s);
        s->framing = false;
    }
    int e = put_bytes(s, head, n_head);
    if (e == 0 && bypass && !im_no_value(s->write)) {
        e = flush(s);
        Value v = e < 0 ? IM_NO_VALUE : im_no_value(payload) ? im_bytes_new(s->t, data, (ssize_t)n) : im_new_ref(payload);
        Value r = im_no_value(v) ? v : im_call1(s->t, s->write, v);
        im_xdrop(s->t, v);
        e = im_no_value(r) ? -1 : 0;
        im_xdrop(s->t, r);
    } else if (e == 0) e = put_bytes(s, data, n);
    s->framing = framing;
    return e;
}

/* --- memo --------------------------------------------------------------------------------------------------------------------------------- */

IM_INLINE size_t memo_hash(Value v) { return (size_t)((v.bits >> 4) * 0x9E3779B97F4A7C15ull >> 20); }
/* Place in the memo, or -1. */
IM_INLINE ssize_t memo_find(ImSave *s, Value v)
{
    for (size_t i = memo_hash(v) & s->mask;; i = (i + 1) & s->mask) {
        uint32_t k = s->slots[i];
        if (!k) return -1;
        if (im_same(s->memo.items[k - 1], v)) return (ssize_t)(k - 1);
    }
}
static IM_COLD int memo_rehash(ImSave *s)
{
    size_t n = (s->mask + 1) * 4;
    uint32_t *slots = im_raw_alloc_zero(s->t, n, sizeof *slots);
    if (!slots) return -1;
    for (size_t k = 0; k < s->memo.len; k++) {
        size_t i = memo_hash(s->memo.items[k]) & (n - 1);
        while (slots[i]) i = (i + 1) & (n - 1);
        slots[i] = (uint32_t)k + 1;
    }
    if (s->slots != s->small_slots) im_raw_free(s->slots);
    s->slots = slots;
    s->mask = n - 1;
    return 0;
}
int im_save_remember(ImSave *s, Value obj, int64_t id)
{
    ssize_t there = memo_find(s, obj);
    size_t n = s->memo.len;
    if (id < 0) id = (int64_t)n;
    if ((there >= 0 || id != (int64_t)n) && !s->ids) {
        if (!(s->ids = im_raw_alloc(s->t, (s->memo.cap + 1) * sizeof *s->ids))) return -1;
        for (size_t i = 0; i < n; i++) s->ids[i] = (int64_t)i;
    }
    if (there >= 0) {
        s->ids[there] = id;
        return 0;
    }
    if (n >= UINT32_MAX - 1) return im_raise_memory(s->t), -1;
    if ((n + 1) * 2 > s->mask && memo_rehash(s) < 0) return -1;
    if (im_vec_push(s->t, &s->memo, im_new_ref(obj)) < 0) return -1;
    if (s->ids) {
        int64_t *ids = im_raw_realloc(s->t, s->ids, (s->memo.cap + 1) * sizeof *ids);
        if (!ids) return -1;
        s->ids = ids;
        ids[n] = id;
    }
    size_t i = memo_hash(obj) & s->mask;
    while (s->slots[i]) i = (i + 1) & s->mask;
    s->slots[i] = (uint32_t)n + 1;
    return 0;
}
static int memo_put(ImSave *s, Value obj)
{
    if (s->fast) return 0;
    size_t id = s->memo.len;
    if (im_save_remember(s, obj, -1) < 0) return -1;
    if (s->proto >= 4) return put1(s, PK_MEMOIZE);
    if (!s->bin) {
        char text[32];
        snprintf(text, sizeof text, "p%zu\n", id);
        return put_text(s, text);
    }
    return id < 256 ? put2(s, PK_BINPUT, (uint8_t)id) : put_n(s, PK_LONG_BINPUT, id, 4);
}
static int memo_fetch(ImSave *s, size_t place)
{
    int64_t id = s->ids ? s->ids[place] : (int64_t)place;
    if (!s->bin) {
        char text[32];
        snprintf(text, sizeof text, "g%lld\n", (long long)id);
        return put_text(s, text);
    }
    if (id < 256) return put2(s, PK_BINGET, (uint8_t)id);
    if (id <= 0xFFFFFFFFll) return put_n(s, PK_LONG_BINGET, (uint64_t)id, 4);
    return im_raise_pickling(s, "memo id too large for LONG_BINGET"), -1;
}
IM_INLINE ssize_t memo_has(ImSave *s, Value v) { return s->fast ? -1 : memo_find(s, v); }

/* --- numbers and strings -------------------------------------------------------------------------------------------------------------------- */

static int save_big(ImSave *s, Value v)
{
    if (s->proto < 2) {
        Value text = im_repr(s->t, v);
        if (im_no_value(text)) return -1;
        ssize_t n;
        const char *p = im_str_utf8(s->t, text, &n);
        int e = p ? put1(s, PK_LONG) : -1;
        if (e == 0) e = put_bytes(s, p, (size_t)n);
        if (e == 0) e = put_bytes(s, "L\n", 2);
        im_drop(s->t, text);
        return e;
    }
    size_t n = (im_int_bit_length(v) >> 3) + 1;
    if (n > 0x7FFFFFFF) return im_raise_overflow(s->t, "int too large to pickle"), -1;
    uint8_t *p = room(s, n + 5);
    if (!p) return -1;
    size_t head = n < 256 + 1 ? 2 : 5; /* n may shrink by one */
    if (im_int_to_bytes(s->t, v, p + head, n, true, true) < 0) return -1;
    /* -2^(8k-1) has a byte of sign too many. */
    if (n > 1 && p[head + n - 1] == 0xFF && (p[head + n - 2] & 0x80)) n--;
    if (head == 2 && n > 255) {
        memmove(p + 5, p + 2, n);
        head = 5;
    }
    if (head == 2) {
        p[0] = PK_LONG1;
        p[1] = (uint8_t)n;
    } else {
        p[0] = PK_LONG4;
        for (int i = 0; i < 4; i++) p[1 + i] = (uint8_t)(n >> (8 * i));
    }
    s->len += head + n;
    return 0;
}
static int save_int(ImSave *s, Value v)
{
    int64_t n;
    if (!im_int_get64(v, &n) || n > 0x7FFFFFFFll || n < -0x80000000ll) return save_big(s, v);
    if (!s->bin) {
        char text[32];
        snprintf(text, sizeof text, "I%lld\n", (long long)n);
        return put_text(s, text);
    }
    if ((uint64_t)n < 256) return put2(s, PK_BININT1, (uint8_t)n);
    if ((uint64_t)n < 65536) return put_n(s, PK_BININT2, (uint64_t)n, 2);
    return put_n(s, PK_BININT, (uint64_t)n, 4);
}
static int save_float(ImSave *s, Value v)
{
    double d = im_float_get(v);
    if (s->bin) {
        uint8_t *p = room(s, 9);
        if (!p) return -1;
        uint64_t w;
        memcpy(&w, &d, 8);
        w = __builtin_bswap64(w);
        p[0] = PK_BINFLOAT;
        memcpy(p + 1, &w, 8);
        s->len += 9;
        return 0;
    }
    char text[440];
    size_t n = im_float_text(d, 'r', 0, IM_FLT_ADD_DOT0, text + 1);
    text[0] = PK_FLOAT;
    text[n + 1] = '\n';
    return put_bytes(s, text, n + 2);
}

static size_t head_of(uint8_t *h, uint8_t op1, uint8_t op4, uint8_t op8, size_t n)
{
    size_t width = op1 && n <= 0xFF ? 1 : op4 && n <= 0xFFFFFFFFu ? 4 : 8;
    h[0] = width == 1 ? op1 : width == 4 ? op4 : op8;
    for (size_t i = 0; i < width; i++) h[1 + i] = (uint8_t)((uint64_t)n >> (8 * i));
    return 1 + width;
}
/* Opcode, length, the bytes, memo entry for obj. */
static int save_bytes_data(ImSave *s, Value obj, const void *data, size_t n)
{
    uint8_t h[9];
    if (n > 0xFFFFFFFFu && s->proto < 4) return im_raise_overflow(s->t, "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher"), -1;
    size_t n_head = head_of(h, PK_SHORT_BINBYTES, PK_BINBYTES, PK_BINBYTES8, n);
    if (put_payload(s, h, n_head, data, n, im_is_bytes_exact(obj) ? obj : IM_NO_VALUE) < 0) return -1;
    return memo_put(s, obj);
}
static int save_bytearray_data(ImSave *s, Value obj, const void *data, size_t n)
{
    uint8_t h[9];
    size_t n_head = head_of(h, 0, 0, PK_BYTEARRAY8, n);
    if (put_payload(s, h, n_head, data, n, im_is_a(obj, IM_TF_BYTES) ? obj : IM_NO_VALUE) < 0) return -1;
    return memo_put(s, obj);
}
/* (f, (arg, …)) as a recipe: steals the arguments, no value among them: error. */
static int save_call(ImSave *s, Value f, size_t n, Value a, Value b, Value obj)
{
    Thread *t = s->t;
    int e = -1;
    bool bad = (n > 0 && im_no_value(a)) || (n > 1 && im_no_value(b));
    Value args = bad ? IM_NO_VALUE : n == 0 ? im_new_ref(im_tuple_empty()) : n == 1 ? im_tuple_pack(t, 1, a) : im_tuple_pack(t, 2, a, b);
    Value recipe = im_no_value(args) ? args : im_tuple_pack(t, 2, f, args);
    if (n > 0) im_xdrop(t, a);
    if (n > 1) im_xdrop(t, b);
    im_xdrop(t, args);
    if (!im_no_value(recipe)) {
        e = save_reduce(s, recipe, obj);
        im_drop(t, recipe);
    }
    return e;
}
static int save_bytes(ImSave *s, Value obj)
{
    Thread *t = s->t;
    size_t n = (size_t)im_bytes_len(obj);
    if (s->proto >= 3) return save_bytes_data(s, obj, im_bytes_data(obj), n);
    if (n == 0) return save_call(s, im_type_value(&im_bytes_type), 0, IM_NO_VALUE, IM_NO_VALUE, obj);
    return save_call(s, s->st->encode, 2, im_str_from_latin1(t, im_bytes_data(obj), (ssize_t)n), im_new_ref(IM_S(latin1)), obj);
}
static int save_bytearray(ImSave *s, Value obj)
{
    Thread *t = s->t;
    ImBuffer b;
    int e;
    if (s->proto < 5) {
        if (im_buffer_get(t, obj, &b, IM_BUF_SIMPLE) < 0) return -1;
        Value copy = b.len ? im_bytes_new(t, b.buf, b.len) : IM_NO_VALUE;
        size_t n = b.len ? 1 : 0;
        im_buffer_release(t, &b);
        return save_call(s, im_type_value(&im_bytearray_type), n, copy, IM_NO_VALUE, obj);
    }
    if (im_buffer_get(t, obj, &b, IM_BUF_SIMPLE) < 0) return -1;
    if (b.len >= PK_FRAME_TARGET && !im_no_value(s->write)) { /* the file gets the object itself, as before a view of it */
        uint8_t h[9];
        size_t n_head = head_of(h, 0, 0, PK_BYTEARRAY8, (size_t)b.len);
        e = put_payload(s, h, n_head, b.buf, (size_t)b.len, obj);
        if (e == 0) e = memo_put(s, obj);
    } else e = save_bytearray_data(s, obj, b.buf, (size_t)b.len);
    im_buffer_release(t, &b);
    return e;
}
static int save_picklebuffer(ImSave *s, Value obj)
{
    Thread *t = s->t;
    if (s->proto < 5) return im_raise_pickling(s, "PickleBuffer can only be pickled with protocol >= 5"), -1;
    ImBuffer b;
    if (im_picklebuffer_get(t, obj, &b, IM_BUF_FULL_RO) < 0) return -1;
    int e = -1, in_band = 1;
    if (!im_buffer_is_contiguous(&b, 'A')) {
        im_raise_pickling(s, "PickleBuffer can not be pickled when pointing to a non-contiguous buffer");
        goto out;
    }
    if (!im_no_value(s->buffer_callback)) {
        Value r = im_call1(t, s->buffer_callback, obj);
        if (im_no_value(r)) goto out;
        in_band = im_truth(t, r);
        im_drop(t, r);
        if (in_band < 0) goto out;
    }
    if (in_band) e = b.readonly ? save_bytes_data(s, obj, b.buf, (size_t)b.len) : save_bytearray_data(s, obj, b.buf, (size_t)b.len);
    else {
        e = put1(s, PK_NEXT_BUFFER);
        if (e == 0 && b.readonly) e = put1(s, PK_READONLY_BUFFER);
    }
out:
    im_buffer_release(t, &b);
    return e;
}

static int save_str_text(ImSave *s, Value v) /* protocol 0: raw-unicode-escape that also spares line ends */
{
    int kind = im_str_kind(v);
    const void *d = im_str_data(v);
    ssize_t n = im_str_len(v);
    if (put1(s, PK_UNICODE) < 0) return -1;
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = im_str_read(kind, d, i);
        char text[12];
        if (c >= 0x10000) snprintf(text, sizeof text, "\\U%08x", c);
        else if (c >= 256 || c == '\\' || c == 0 || c == '\n' || c == '\r' || c == 0x1A) snprintf(text, sizeof text, "\\u%04x", c);
        else {
            if (put1(s, (uint8_t)c) < 0) return -1;
            continue;
        }
        if (put_text(s, text) < 0) return -1;
    }
    return put1(s, '\n');
}
static size_t utf8_size(Value v)
{
    int kind = im_str_kind(v);
    const void *d = im_str_data(v);
    ssize_t n = im_str_len(v);
    size_t size = (size_t)n;
    if (kind == 1) for (ssize_t i = 0; i < n; i++) size += ((const uint8_t *)d)[i] >> 7;
    else for (ssize_t i = 0; i < n; i++) {
        uint32_t c = im_str_read(kind, d, i);
        size += (c >= 0x80) + (c >= 0x800) + (c >= 0x10000);
    }
    return size;
}
static void utf8_write(Value v, uint8_t *p) /* lone surrogates as three bytes */
{
    int kind = im_str_kind(v);
    const void *d = im_str_data(v);
    ssize_t n = im_str_len(v);
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = im_str_read(kind, d, i);
        if (c < 0x80) *p++ = (uint8_t)c;
        else if (c < 0x800) {
            *p++ = (uint8_t)(0xC0 | c >> 6);
            *p++ = (uint8_t)(0x80 | (c & 63));
        } else if (c < 0x10000) {
            *p++ = (uint8_t)(0xE0 | c >> 12);
            *p++ = (uint8_t)(0x80 | (c >> 6 & 63));
            *p++ = (uint8_t)(0x80 | (c & 63));
        } else {
            *p++ = (uint8_t)(0xF0 | c >> 18);
            *p++ = (uint8_t)(0x80 | (c >> 12 & 63));
            *p++ = (uint8_t)(0x80 | (c >> 6 & 63));
            *p++ = (uint8_t)(0x80 | (c & 63));
        }
    }
}
static int save_str(ImSave *s, Value v)
{
    if (!s->bin) return save_str_text(s, v) < 0 ? -1 : memo_put(s, v);
    bool ascii = im_str_is_ascii(v);
    size_t n = ascii ? (size_t)im_str_len(v) : utf8_size(v);
    if (n > 0xFFFFFFFFu && s->proto < 4) return im_raise_overflow(s->t, "serializing a string larger than 4 GiB requires pickle protocol 4 or higher"), -1;
    uint8_t h[9];
    size_t n_head = head_of(h, s->proto >= 4 ? PK_SHORT_BINUNICODE : 0, PK_BINUNICODE, PK_BINUNICODE8, n);
    if (n < PK_FRAME_TARGET) {
        uint8_t *p = room(s, n_head + n);
        if (!p) return -1;
        memcpy(p, h, n_head);
        if (ascii) memcpy(p + n_head, im_str_data(v), n);
        else utf8_write(v, p + n_head);
        s->len += n_head + n;
        return memo_put(s, v);
    }
    uint8_t *text = NULL;
    if (!ascii) {
        if (!(text = im_raw_alloc(s->t, n))) return -1;
        utf8_write(v, text);
    }
    int e = put_payload(s, h, n_head, ascii ? im_str_data(v) : text, n, IM_NO_VALUE);
    im_raw_free(text);
    return e < 0 ? -1 : memo_put(s, v);
}

/* --- containers ------------------------------------------------------------------------------------------------------------------------------ */

static int fast_enter(ImSave *s, Value obj)
{
    if (++s->fast_nesting < FAST_NESTING_LIMIT) return 0;
    for (size_t i = 0; i < s->fast_memo.len; i++) {
        if (!im_same(s->fast_memo.items[i], obj)) continue;
        im_raise_valueerror(s->t, "fast mode: can't pickle cyclic objects including object type %.200T at %p", obj, (void *)(uintptr_t)obj.bits);
        s->fast_nesting--;
        return -1;
    }
    return im_vec_push(s->t, &s->fast_memo, im_new_ref(obj));
}
static void fast_leave(ImSave *s)
{
    if (s->fast_nesting-- < FAST_NESTING_LIMIT || s->fast_memo.len == 0) return;
    Value v = s->fast_memo.items[--s->fast_memo.len];
    im_drop(s->t, v);
}

/* What save() has to do before it goes into an object's parts. */
#define ENTER(s) (im_recurse_enter((s)->t, " while pickling an object"))
#define LEAVE(s) im_recurse_leave((s)->t)

static int save_tuple(ImSave *s, Value obj)
{
    static const uint8_t small[4] = {PK_EMPTY_TUPLE, PK_TUPLE1, PK_TUPLE2, PK_TUPLE3};
    ssize_t n = im_tuple_len(obj);
    if (n == 0) return s->bin ? put1(s, PK_EMPTY_TUPLE) : put2(s, PK_MARK, PK_TUPLE);
    bool counted = n <= 3 && s->proto >= 2;
    if (!counted && put1(s, PK_MARK) < 0) return -1;
    for (ssize_t i = 0; i < n; i++) if (save(s, im_tuple_get(obj, i), false) < 0) return -1;
    /* The tuple may have been reached again through its items: then it is in the memo, and what is on the stack goes. */
    ssize_t place = memo_has(s, obj);
    if (place >= 0) {
        if (!counted && s->bin) { if (put1(s, PK_POP_MARK) < 0) return -1; }
        else for (ssize_t i = 0; i < n + !counted; i++) if (put1(s, PK_POP) < 0) return -1;
        return memo_fetch(s, (size_t)place);
    }
    return put1(s, counted ? small[n] : PK_TUPLE) < 0 ? -1 : memo_put(s, obj);
}

static int batch_list(ImSave *s, Value it)
{
    Thread *t = s->t;
    if (s->proto == 0) {
        for (;;) {
            Value v = im_next(t, it);
            if (im_is_stop(v)) return 0;
            if (im_no_value(v)) return -1;
            int e = save(s, v, false);
            im_drop(t, v);
            if (e < 0 || put1(s, PK_APPEND) < 0) return -1;
        }
    }
    for (;;) {
        Value first = im_next(t, it);
        if (im_is_stop(first)) return 0;
        if (im_no_value(first)) return -1;
        Value v = im_next(t, it);
        if (im_is_stop(v)) {
            int e = save(s, first, false);
            im_drop(t, first);
            return e < 0 ? -1 : put1(s, PK_APPEND);
        }
        int e = im_no_value(v) ? -1 : put1(s, PK_MARK);
        if (e == 0) e = save(s, first, false);
        im_drop(t, first);
        for (int n = 2; e == 0; n++) {
            e = save(s, v, false);
            im_drop(t, v);
            v = IM_NO_VALUE;
            if (e < 0 || n == PK_BATCH) break;
            v = im_next(t, it);
            if (im_no_value(v)) e = -1;
            else if (im_is_stop(v)) break;
        }
        bool end = !im_no_value(v) && im_is_stop(v);
        if (!end) im_xdrop(t, v);
        if (e < 0 || put1(s, PK_APPENDS) < 0) return -1;
        if (end) return 0;
    }
}
static int batch_list_exact(ImSave *s, Value list)
{
    Thread *t = s->t;
    for (ssize_t i = 0; i < im_list_len(list);) {
        bool one = i == 0 && im_list_len(list) == 1;
        if (!one && put1(s, PK_MARK) < 0) return -1;
        for (ssize_t n = 0; n < PK_BATCH; n++, i++) {
            Value v = im_list_get(t, list, i);
            if (im_no_value(v)) break;
            int e = save(s, v, false);
            im_drop(t, v);
            if (e < 0) return -1;
            if (one) {
                i++;
                break;
            }
        }
        if (put1(s, one ? PK_APPEND : PK_APPENDS) < 0) return -1;
        if (one) break;
    }
    return 0;
}
static int save_list(ImSave *s, Value obj)
{
    Thread *t = s->t;
    if (s->fast && fast_enter(s, obj) < 0) return -1;
    int e = s->bin ? put1(s, PK_EMPTY_LIST) : put2(s, PK_MARK, PK_LIST);
    if (e == 0) e = memo_put(s, obj);
    if (e == 0 && im_list_len(obj)) {
        if (s->proto > 0) e = batch_list_exact(s, obj);
        else {
            Value it = im_iter(t, obj);
            e = im_no_value(it) ? -1 : batch_list(s, it);
            im_xdrop(t, it);
        }
    }
    if (s->fast) fast_leave(s);
    return e;
}

static int save_pair(ImSave *s, Value pair)
{
    if (!im_is_tuple(pair) || im_tuple_len(pair) != 2) return im_raise_type(s->t, "dict items iterator must return 2-tuples"), -1;
    return save(s, im_tuple_get(pair, 0), false) < 0 ? -1 : save(s, im_tuple_get(pair, 1), false);
}
static int batch_dict(ImSave *s, Value it)
{
    Thread *t = s->t;
    if (s->proto == 0) {
        for (;;) {
            Value v = im_next(t, it);
            if (im_is_stop(v)) return 0;
            if (im_no_value(v)) return -1;
            int e = save_pair(s, v);
            im_drop(t, v);
            if (e < 0 || put1(s, PK_SETITEM) < 0) return -1;
        }
    }
    for (;;) {
        Value first = im_next(t, it);
        if (im_is_stop(first)) return 0;
        if (im_no_value(first)) return -1;
        if (!im_is_tuple(first) || im_tuple_len(first) != 2) {
            im_drop(t, first);
            return im_raise_type(t, "dict items iterator must return 2-tuples"), -1;
        }
        Value v = im_next(t, it);
        if (im_is_stop(v)) {
            int e = save_pair(s, first);
            im_drop(t, first);
            return e < 0 ? -1 : put1(s, PK_SETITEM);
        }
        int e = im_no_value(v) ? -1 : put1(s, PK_MARK);
        if (e == 0) e = save_pair(s, first);
        im_drop(t, first);
        for (int n = 2; e == 0; n++) {
            e = save_pair(s, v);
            im_drop(t, v);
            v = IM_NO_VALUE;
            if (e < 0 || n == PK_BATCH) break;
            v = im_next(t, it);
            if (im_no_value(v)) e = -1;
            else if (im_is_stop(v)) break;
        }
        bool end = !im_no_value(v) && im_is_stop(v);
        if (!end) im_xdrop(t, v);
        if (e < 0 || put1(s, PK_SETITEMS) < 0) return -1;
        if (end) return 0;
    }
}
static int batch_dict_exact(ImSave *s, Value dict)
{
    Thread *t = s->t;
    ssize_t size = im_dict_len(dict);
    size_t pos = 0;
    bool one = size == 1, more = true;
    while (more) {
        Value k, v;
        int n = 0;
        if (!one && put1(s, PK_MARK) < 0) return -1;
        while (n < PK_BATCH && (more = im_dict_next(t, dict, &pos, &k, &v))) {
            int e = save(s, k, false);
            if (e == 0) e = save(s, v, false);
            im_drop(t, k);
            im_drop(t, v);
            if (e < 0) return -1;
            if (one) return put1(s, PK_SETITEM);
            n++;
        }
        if (!one && put1(s, PK_SETITEMS) < 0) return -1;
        if (im_dict_len(dict) != size) return im_raise_runtime(t, "dictionary changed size during iteration"), -1;
        if (n < PK_BATCH) break;
    }
    return 0;
}
static int save_dict(ImSave *s, Value obj)
{
    Thread *t = s->t;
    if (s->fast && fast_enter(s, obj) < 0) return -1;
    int e = s->bin ? put1(s, PK_EMPTY_DICT) : put2(s, PK_MARK, PK_DICT);
    if (e == 0) e = memo_put(s, obj);
    if (e == 0 && im_dict_len(obj)) {
        if (s->proto > 0) e = batch_dict_exact(s, obj);
        else {
            Value items = im_call_method0(t, obj, IM_S(items)), it = im_no_value(items) ? items : im_iter(t, items);
            e = im_no_value(it) ? -1 : batch_dict(s, it);
            im_xdrop(t, items);
            im_xdrop(t, it);
        }
    }
    if (s->fast) fast_leave(s);
    return e;
}

static int save_set(ImSave *s, Value obj)
{
    Thread *t = s->t;
    if (s->proto < 4) return save_call(s, im_type_value(&im_set_type), 1, im_to_list(t, obj), IM_NO_VALUE, obj);
    if (put1(s, PK_EMPTY_SET) < 0 || memo_put(s, obj) < 0) return -1;
    ssize_t size = im_set_len(obj);
    size_t pos = 0;
    for (int n = size ? PK_BATCH : 0; n == PK_BATCH;) {
        Value v;
        if (put1(s, PK_MARK) < 0) return -1;
        for (n = 0; n < PK_BATCH && im_set_next(t, obj, &pos, &v); n++) {
            int e = save(s, v, false);
            im_drop(t, v);
            if (e < 0) return -1;
        }
        if (put1(s, PK_ADDITEMS) < 0) return -1;
        if (im_set_len(obj) != size) return im_raise_runtime(t, "set changed size during iteration"), -1;
    }
    return 0;
}
static int save_frozenset(ImSave *s, Value obj)
{
    Thread *t = s->t;
    if (s->proto < 4) return save_call(s, im_type_value(&im_frozenset_type), 1, im_to_list(t, obj), IM_NO_VALUE, obj);
    if (s->fast && fast_enter(s, obj) < 0) return -1;
    size_t pos = 0;
    Value v;
    int e = put1(s, PK_MARK);
    while (e == 0 && im_set_next(t, obj, &pos, &v)) {
        e = save(s, v, false);
        im_drop(t, v);
    }
    if (e == 0) {
        ssize_t place = memo_has(s, obj);
        if (place >= 0) e = put1(s, PK_POP_MARK) < 0 ? -1 : memo_fetch(s, (size_t)place);
        else e = put1(s, PK_FROZENSET) < 0 ? -1 : memo_put(s, obj);
    }
    if (s->fast) fast_leave(s);
    return e;
}

/* --- globals ----------------------------------------------------------------------------------------------------------------------------------- */

Value im_pickle_dotted(Thread *t, Value obj, Value path, Value *parent)
{
    ssize_t n = im_str_len(path), start = 0;
    Value at = im_new_ref(obj), up = im_new_ref(obj);
    for (;;) {
        ssize_t dot = im_str_find_char(path, '.', start, n, 1);
        Value name = dot < 0 && start == 0 ? im_new_ref(path) : im_str_substring(t, path, start, dot < 0 ? n : dot), next;
        if (im_no_value(name)) goto fail;
        im_drop(t, up);
        up = at;
        at = IM_NO_VALUE;
        next = im_getattr(t, up, name);
        im_drop(t, name);
        if (im_no_value(next)) goto fail;
        at = next;
        if (dot < 0) break;
        start = dot + 1;
    }
    if (parent) *parent = up;
    else im_drop(t, up);
    return at;
fail:
    im_xdrop(t, at);
    im_xdrop(t, up);
    return IM_NO_VALUE;
}

/* "<locals>" is one of the names in path. */
static bool is_local(Value path)
{
    static const char mark[] = "<locals>";
    ssize_t n = im_str_len(path);
    for (ssize_t start = 0; start <= n;) {
        ssize_t dot = im_str_find_char(path, '.', start, n, 1), end = dot < 0 ? n : dot;
        bool same = end - start == (ssize_t)sizeof mark - 1;
        for (ssize_t i = 0; same && start + i < end; i++) same = im_str_at(path, start + i) == (uint32_t)mark[i];
        if (same) return true;
        start = end + 1;
    }
    return false;
}

/* Name of a module in which path leads to obj: obj.__module__, else the first in sys.modules. */
static Value which_module(ImSave *s, Value obj, Value path)
{
    Thread *t = s->t;
    Value name, k, m;
    int found = im_lookup_attr(t, obj, IM_S(__module__), &name);
    if (found < 0) return IM_NO_VALUE;
    if (found && !im_is_none(name)) return name;
    im_xdrop(t, name);
    Value modules = im_sys_get(t, "modules");
    if (im_no_value(modules)) return im_raise_runtime(t, "unable to get sys.modules");
    Value keys = im_is_dict(modules) ? im_dict_keys_list(t, modules) : im_to_list(t, modules), r = IM_NO_VALUE;
    if (im_no_value(keys)) goto out;
    for (ssize_t i = 0; !im_no_value(k = im_list_get(t, keys, i)); i++) {
        m = IM_NO_VALUE;
        bool skip = im_is_str(k) && im_str_equal_cstr(k, "__main__");
        if (!skip) {
            m = im_getitem(t, modules, k);
            if (im_no_value(m) && !im_exc_clear_if(t, &im_KeyError_type)) {
                im_drop(t, k);
                goto out;
            }
        }
        if (!im_no_value(m) && !im_is_none(m)) {
            Value found_obj = im_pickle_dotted(t, m, path, NULL);
            if (im_no_value(found_obj)) im_exc_clear(t);
            else if (im_same(found_obj, obj)) r = im_new_ref(k);
            im_xdrop(t, found_obj);
        }
        im_xdrop(t, m);
        im_drop(t, k);
        if (!im_no_value(r)) goto out;
    }
    r = im_new_ref(IM_S(__main__));
out:
    im_drop(t, modules);
    im_xdrop(t, keys);
    return r;
}

/* The names that Python 2 knew: *module and *name replaced. */
static int names_for_2(ImSave *s, Value *module, Value *name)
{
    Thread *t = s->t;
    Value key = im_tuple_pack(t, 2, *module, *name), item;
    if (im_no_value(key)) return -1;
    int found = im_dict_get(t, s->st->name_3to2, key, &item);
    im_drop(t, key);
    if (found < 0) return -1;
    if (found) {
        if (!im_is_tuple(item) || im_tuple_len(item) != 2) {
            im_raise_runtime(t, "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not %.200T", item);
        } else if (!im_is_str(im_tuple_get(item, 0)) || !im_is_str(im_tuple_get(item, 1))) {
            im_raise_runtime(t, "_compat_pickle.REVERSE_NAME_MAPPING values should be pairs of str, not (%.200T, %.200T)", im_tuple_get(item, 0), im_tuple_get(item, 1));
        } else {
            im_drop(t, *module);
            im_drop(t, *name);
            *module = im_new_ref(im_tuple_get(item, 0));
            *name = im_new_ref(im_tuple_get(item, 1));
            im_drop(t, item);
            return 0;
        }
        im_drop(t, item);
        return -1;
    }
    found = im_dict_get(t, s->st->import_3to2, *module, &item);
    if (found < 0) return -1;
    if (found) {
        if (!im_is_str(item)) {
            im_raise_runtime(t, "_compat_pickle.REVERSE_IMPORT_MAPPING values should be strings, not %.200T", item);
            im_drop(t, item);
            return -1;
        }
        im_drop(t, *module);
        *module = item;
    }
    return 0;
}

static int put_line(ImSave *s, Value text, const char *what)
{
    Thread *t = s->t;
    Value b = im_str_encode(t, text, s->proto == 3 ? "utf-8" : "ascii", "strict");
    if (im_no_value(b)) {
        if (im_exc_clear_if(t, &im_UnicodeEncodeError_type)) im_raise_pickling(s, "can't pickle %s identifier '%S' using pickle protocol %i", what, text, s->proto);
        return -1;
    }
    int e = put_bytes(s, im_bytes_data(b), (size_t)im_bytes_len(b));
    im_drop(t, b);
    return e < 0 ? -1 : put1(s, '\n');
}

/* 1 written as an extension code, 0 not registered, -1. */
static int save_extension(ImSave *s, Value obj, Value module, Value name)
{
    Thread *t = s->t;
    if (im_dict_len(s->st->extension_registry) == 0) return 0;
    Value key = im_tuple_pack(t, 2, module, name), v;
    if (im_no_value(key)) return -1;
    int found = im_dict_get(t, s->st->extension_registry, key, &v);
    im_drop(t, key);
    if (found <= 0) return found;
    int64_t code;
    if (!im_is_int_like(v)) {
        im_raise_pickling(s, "Can't pickle %R: extension code %R isn't an integer", obj, v);
        im_drop(t, v);
        return -1;
    }
    bool fits = im_int_get64(v, &code) && code > 0 && code <= 0x7FFFFFFF;
    im_drop(t, v);
    if (!fits) return im_raise_pickling(s, "Can't pickle %R: extension code %lld is out of range", obj, (long long)code), -1;
    if (code <= 0xFF) return put2(s, PK_EXT1, (uint8_t)code) < 0 ? -1 : 1;
    return put_n(s, code <= 0xFFFF ? PK_EXT2 : PK_EXT4, (uint64_t)code, code <= 0xFFFF ? 2 : 4) < 0 ? -1 : 1;
}

/* GLOBAL, under the names that Python 2 knew where asked for. */
static int save_toplevel(ImSave *s, Value module, Value name)
{
    im_take(module);
    im_take(name);
    int e = s->fix_imports ? names_for_2(s, &module, &name) : 0;
    if (e == 0) e = put1(s, PK_GLOBAL);
    if (e == 0) e = put_line(s, module, "module");
    if (e == 0) e = put_line(s, name, "global");
    im_drop(s->t, module);
    im_drop(s->t, name);
    return e;
}
/* Before protocol 4 a.b.c is getattr(getattr(a, "b"), "c"). */
static int save_nested(ImSave *s, Value module, Value path)
{
    Thread *t = s->t;
    ssize_t n = im_str_len(path), first = im_str_find_char(path, '.', 0, n, 1), dots = 0;
    for (ssize_t i = first; i >= 0; i = im_str_find_char(path, '.', i + 1, n, 1)) dots++;
    Value fn = im_builtin_get(t, "getattr"), name;
    int e = im_no_value(fn) ? -1 : 0;
    for (ssize_t i = 0; i < dots && e == 0; i++) {
        e = save(s, fn, false);
        if (e == 0 && s->proto < 2) e = put1(s, PK_MARK);
    }
    im_xdrop(t, fn);
    if (e < 0 || im_no_value(name = im_str_substring(t, path, 0, first))) return -1;
    e = save_toplevel(s, module, name);
    im_drop(t, name);
    for (ssize_t at = first; at >= 0 && e == 0;) {
        ssize_t next = im_str_find_char(path, '.', at + 1, n, 1);
        if (im_no_value(name = im_str_substring(t, path, at + 1, next < 0 ? n : next))) return -1;
        e = save(s, name, false);
        im_drop(t, name);
        if (e == 0) e = put1(s, s->proto < 2 ? PK_TUPLE : PK_TUPLE2);
        if (e == 0) e = put1(s, PK_REDUCE);
        at = next;
    }
    return e;
}

static int save_global(ImSave *s, Value obj, Value name)
{
    Thread *t = s->t;
    Value path = IM_NO_VALUE, module_name = IM_NO_VALUE, module = IM_NO_VALUE, parent = IM_NO_VALUE, found = IM_NO_VALUE;
    int e = -1;
    if (!im_no_value(name)) path = im_new_ref(name);
    else {
        int has = im_lookup_attr(t, obj, IM_S(__qualname__), &path);
        if (has < 0) return -1;
        if (!has && im_no_value(path = im_getattr(t, obj, IM_S(__name__)))) return -1;
    }
    if (!im_is_str(path)) {
        im_raise_type(t, "must be str, not %.200T", path);
        goto out;
    }
    if (is_local(path)) {
        im_raise_attr(t, "Can't get local object %R", path);
        goto out;
    }
    module_name = which_module(s, obj, path);
    if (im_no_value(module_name)) goto out;
    if (im_is_str(module_name)) module = im_import_name(t, module_name);
    if (im_no_value(module)) {
        im_exc_clear(t);
        im_raise_pickling(s, "Can't pickle %R: import of module %R failed", obj, module_name);
        goto out;
    }
    found = im_pickle_dotted(t, module, path, &parent);
    if (im_no_value(found)) {
        im_exc_clear(t);
        im_raise_pickling(s, "Can't pickle %R: attribute lookup %S on %S failed", obj, path, module_name);
        goto out;
    }
    if (!im_same(found, obj)) {
        im_raise_pickling(s, "Can't pickle %R: it's not the same object as %S.%S", obj, module_name, path);
        goto out;
    }
    if (s->proto >= 2) {
        int x = save_extension(s, obj, module_name, path);
        if (x) {
            e = x < 0 ? -1 : 0;
            goto out;
        }
    }
    if (im_same(parent, module)) { /* the path may have led back to it */
        ssize_t n = im_str_len(path), dot = im_str_find_char(path, '.', 0, n, -1);
        if (dot >= 0) {
            Value last = im_str_substring(t, path, dot + 1, n);
            im_drop(t, path);
            if (im_no_value(path = last)) goto out;
        }
    }
    if (s->proto >= 4) {
        if (save(s, module_name, false) < 0 || save(s, path, false) < 0 || put1(s, PK_STACK_GLOBAL) < 0) goto out;
    } else if (im_str_find_char(path, '.', 0, im_str_len(path), 1) >= 0) {
        if (save_nested(s, module_name, path) < 0) goto out;
    } else if (save_toplevel(s, module_name, path) < 0) goto out;
    e = memo_put(s, obj);
out:
    im_xdrop(t, path);
    im_xdrop(t, module_name);
    im_xdrop(t, module);
    im_xdrop(t, parent);
    im_xdrop(t, found);
    return e;
}
static int save_type(ImSave *s, Value obj)
{
    ImType *ty = im_as_type(obj);
    if (ty == im_type_of(IM_NONE)) return save_call(s, im_type_value(&im_type_type), 1, IM_NONE, IM_NO_VALUE, obj);
    if (ty == im_type_of(IM_ELLIPSIS)) return save_call(s, im_type_value(&im_type_type), 1, IM_ELLIPSIS, IM_NO_VALUE, obj);
    if (ty == im_type_of(IM_NOT_IMPLEMENTED)) return save_call(s, im_type_value(&im_type_type), 1, IM_NOT_IMPLEMENTED, IM_NO_VALUE, obj);
    return save_global(s, obj, IM_NO_VALUE);
}

/* --- recipes ----------------------------------------------------------------------------------------------------------------------------------- */

/* 1 __newobj__, 2 __newobj_ex__, 0 neither, -1. */
static int newobj_kind(ImSave *s, Value f)
{
    Thread *t = s->t;
    if (s->proto < 2) return 0;
    if (im_same(f, s->st->newobj)) return 1;
    if (im_same(f, s->st->newobj_ex)) return 2;
    Value name;
    int found = im_lookup_attr(t, f, IM_S(__name__), &name), kind = 0;
    if (found <= 0) return found;
    if (im_is_str(name)) kind = im_str_equal_cstr(name, "__newobj_ex__") ? 2 : im_str_equal_cstr(name, "__newobj__") ? 1 : 0;
    im_drop(t, name);
    return kind;
}
static int save_newobj_ex(ImSave *s, Value f, Value args)
{
    Thread *t = s->t;
    (void)f;
    if (im_tuple_len(args) != 3) return im_raise_pickling(s, "length of the NEWOBJ_EX argument tuple must be exactly 3, not %zd", im_tuple_len(args)), -1;
    Value cls = im_tuple_get(args, 0), pos = im_tuple_get(args, 1), kw = im_tuple_get(args, 2);
    if (!im_is_type(cls)) return im_raise_pickling(s, "first item from NEWOBJ_EX argument tuple must be a class, not %.200T", cls), -1;
    if (!im_is_tuple(pos)) return im_raise_pickling(s, "second item from NEWOBJ_EX argument tuple must be a tuple, not %.200T", pos), -1;
    if (!im_is_dict(kw)) return im_raise_pickling(s, "third item from NEWOBJ_EX argument tuple must be a dict, not %.200T", kw), -1;
    if (s->proto >= 4) return save(s, cls, false) < 0 || save(s, pos, false) < 0 || save(s, kw, false) < 0 ? -1 : put1(s, PK_NEWOBJ_EX);
    /* partial(cls.__new__, cls, *pos, **kw)() */
    size_t n = (size_t)im_tuple_len(pos);
    Value fn = im_getattr(t, cls, IM_S(__new__)), all = im_no_value(fn) ? fn : im_tuple_new(t, n + 2), part = IM_NO_VALUE;
    int e = -1;
    if (!im_no_value(all)) {
        im_tuple_items(all)[0] = im_new_ref(fn);
        im_tuple_items(all)[1] = im_new_ref(cls);
        for (size_t i = 0; i < n; i++) im_tuple_items(all)[i + 2] = im_new_ref(im_tuple_get(pos, (ssize_t)i));
        part = im_call_ex(t, s->st->partial, all, kw);
    }
    if (!im_no_value(part) && save(s, part, false) == 0 && save(s, im_tuple_empty(), false) == 0) e = put1(s, PK_REDUCE);
    im_xdrop(t, fn);
    im_xdrop(t, all);
    im_xdrop(t, part);
    return e;
}
static int save_newobj(ImSave *s, Value args, Value obj)
{
    Thread *t = s->t;
    if (im_tuple_len(args) < 1) return im_raise_pickling(s, "__newobj__ arglist is empty"), -1;
    Value cls = im_tuple_get(args, 0);
    if (!im_is_type(cls)) return im_raise_pickling(s, "args[0] from __newobj__ args is not a type"), -1;
    if (!im_no_value(obj)) {
        Value own = im_getattr(t, obj, IM_S(__class__));
        if (im_no_value(own)) return -1;
        bool same = im_same(own, cls);
        im_drop(t, own);
        if (!same) return im_raise_pickling(s, "args[0] from __newobj__ args has the wrong class"), -1;
    }
    if (save(s, cls, false) < 0) return -1;
    Value rest = im_tuple_slice(t, args, 1, im_tuple_len(args));
    if (im_no_value(rest)) return -1;
    int e = save(s, rest, false);
    im_drop(t, rest);
    return e < 0 ? -1 : put1(s, PK_NEWOBJ);
}

static int save_state(ImSave *s, Value obj, Value state, Value setter)
{
    if (im_no_value(setter)) return save(s, state, false) < 0 ? -1 : put1(s, PK_BUILD);
    if (save(s, setter, false) < 0 || save(s, obj, false) < 0 || save(s, state, false) < 0) return -1;
    return put1(s, PK_TUPLE2) < 0 || put1(s, PK_REDUCE) < 0 || put1(s, PK_POP) < 0 ? -1 : 0;
}

static int save_reduce(ImSave *s, Value recipe, Value obj)
{
    ssize_t n = im_tuple_len(recipe);
    if (n < 2 || n > 6) return im_raise_pickling(s, "tuple returned by __reduce__ must contain 2 through 6 elements"), -1;
    Value *r = im_tuple_items(recipe), part[6] = {IM_NO_VALUE, IM_NO_VALUE, IM_NO_VALUE, IM_NO_VALUE, IM_NO_VALUE, IM_NO_VALUE};
    for (ssize_t i = 0; i < n; i++) if (i < 2 || !im_is_none(r[i])) part[i] = r[i];
    Value f = part[0], args = part[1], state = part[2], items = part[3], pairs = part[4], setter = part[5];
    if (!im_callable(f)) return im_raise_pickling(s, "first item of the tuple returned by __reduce__ must be callable"), -1;
    if (!im_is_tuple(args)) return im_raise_pickling(s, "second item of the tuple returned by __reduce__ must be a tuple"), -1;
    if (!im_no_value(items) && !im_is_iterator(items)) return im_raise_pickling(s, "fourth element of the tuple returned by __reduce__ must be an iterator, not %T", items), -1;
    if (!im_no_value(pairs) && !im_is_iterator(pairs)) return im_raise_pickling(s, "fifth element of the tuple returned by __reduce__ must be an iterator, not %T", pairs), -1;
    if (!im_no_value(setter) && !im_callable(setter)) return im_raise_pickling(s, "sixth element of the tuple returned by __reduce__ must be a function, not %T", setter), -1;
    int kind = newobj_kind(s, f), e;
    if (kind < 0) return -1;
    if (kind == 2) e = save_newobj_ex(s, f, args);
    else if (kind == 1) e = save_newobj(s, args, obj);
    else e = save(s, f, false) < 0 || save(s, args, false) < 0 ? -1 : put1(s, PK_REDUCE);
    if (e < 0) return -1;
    if (!im_no_value(obj)) {
        /* Saving the arguments may have saved obj itself, when it is part of a cycle. */
        ssize_t place = memo_has(s, obj);
        if (place >= 0) return put1(s, PK_POP) < 0 ? -1 : memo_fetch(s, (size_t)place);
        if (memo_put(s, obj) < 0) return -1;
    }
    if (!im_no_value(items) && batch_list(s, items) < 0) return -1;
    if (!im_no_value(pairs) && batch_dict(s, pairs) < 0) return -1;
    return im_no_value(state) ? 0 : save_state(s, obj, state, setter);
}

/* --- dispatch ----------------------------------------------------------------------------------------------------------------------------------- */

/* 1 written, 0 obj has no persistent id, -1. */
static int save_pers(ImSave *s, Value obj)
{
    Thread *t = s->t;
    Value pid = im_call1(t, s->persistent_id, obj);
    if (im_no_value(pid)) return -1;
    if (im_is_none(pid)) return 0;
    int e = -1;
    if (s->bin) e = save(s, pid, true) < 0 ? -1 : put1(s, PK_BINPERSID);
    else {
        Value text = im_str(t, pid);
        if (!im_no_value(text)) {
            if (!im_str_is_ascii(text)) im_raise_pickling(s, "persistent IDs in protocol 0 must be ASCII strings");
            else e = put1(s, PK_PERSID) < 0 || put_bytes(s, im_str_data(text), (size_t)im_str_len(text)) < 0 ? -1 : put1(s, '\n');
            im_drop(t, text);
        }
    }
    im_drop(t, pid);
    return e < 0 ? -1 : 1;
}

/* The recipe of an object that has none of the types known here: a value for save_other's second half, IM_STOP when already written, or no value. */
static Value recipe_of(ImSave *s, Value obj, ImType *ty)
{
    Thread *t = s->t;
    Value fn = IM_NO_VALUE, r;
    if (!im_no_value(s->reducer_override)) {
        r = im_call1(t, s->reducer_override, obj);
        if (im_no_value(r) || !im_same(r, IM_NOT_IMPLEMENTED)) return r;
    }
    if (ty == &im_type_type) return save_type(s, obj) < 0 ? IM_NO_VALUE : IM_STOP;
    if (ty == &im_function_type) return save_global(s, obj, IM_NO_VALUE) < 0 ? IM_NO_VALUE : IM_STOP;
    Value key = im_type_value(ty);
    if (im_no_value(s->dispatch_table)) {
        if (im_dict_get(t, s->st->dispatch_table, key, &fn) < 0) return IM_NO_VALUE;
    } else if (im_is_dict_exact(s->dispatch_table)) {
        if (im_dict_get(t, s->dispatch_table, key, &fn) < 0) return IM_NO_VALUE;
    } else {
        fn = im_getitem(t, s->dispatch_table, key);
        if (im_no_value(fn) && !im_exc_clear_if(t, &im_KeyError_type)) return IM_NO_VALUE;
    }
    if (!im_no_value(fn)) {
        r = im_call1(t, fn, obj);
        im_drop(t, fn);
        return r;
    }
    if (im_type_has(ty, IM_TF_TYPE)) return save_global(s, obj, IM_NO_VALUE) < 0 ? IM_NO_VALUE : IM_STOP;
    int found = im_lookup_attr(t, obj, IM_S(__reduce_ex__), &fn);
    if (found < 0) return IM_NO_VALUE;
    if (found) {
        r = im_call1(t, fn, im_int(s->proto));
        im_drop(t, fn);
        return r;
    }
    found = im_lookup_attr(t, obj, IM_S(__reduce__), &fn);
    if (found < 0) return IM_NO_VALUE;
    if (!found) return im_raise_pickling(s, "can't pickle '%.200T' object: %R", obj, obj);
    r = im_call0(t, fn);
    im_drop(t, fn);
    return r;
}
/* Instances of ty are taken apart by object's own methods alone, and have neither native state nor __slots__. */
static bool is_plain_class(ImSave *s, ImType *ty)
{
    Thread *t = s->t;
    uint32_t need = IM_TF_HEAP | IM_TF_HAS_DICT | IM_TF_GENERIC_GETATTR, version = im_load_acquire(&ty->x_version);
    if ((im_type_flags(ty) & need) != need || (im_type_flags(ty) & IM_TF_FAST_SUBCLASS) || version == 0) return false;
    struct ImPlainClass *c = &s->plain[((uintptr_t)ty >> 6) % IM_COUNTOF(s->plain)];
    if (c->type == ty && c->version == version) return c->plain;
    bool plain = ty->core.item_size == 0;
    for (ImType *b = ty; plain && b != &im_object_type; b = b->base) plain = b && (im_type_flags(b) & IM_TF_HEAP) && b->n_slots == 0;
    for (ssize_t i = 0; plain && i < im_tuple_len(ty->mro); i++) plain = im_as_type(im_tuple_get(ty->mro, i))->n_slots == 0;
    const Value names[] = {IM_S(__reduce_ex__), IM_S(__reduce__), IM_S(__getstate__), IM_S(__class__), IM_S(__getnewargs_ex__), IM_S(__getnewargs__), IM_S(__dict__)};
    for (size_t i = 0; plain && i < IM_COUNTOF(names); i++) {
        Value own = im_type_lookup(t, ty, names[i]), base = im_type_lookup(t, &im_object_type, names[i]);
        plain = i == 6 ? !im_no_value(own) && im_is_exact(own, &im_getset_descriptor_type) : im_same(own, base);
        im_xdrop(t, own);
        im_xdrop(t, base);
    }
    *c = (struct ImPlainClass){ty, version, plain};
    return plain;
}
/* What __reduce_ex__ would have given for it, without the tuples: 1 done, 0 not possible after all, -1. */
static int save_plain(ImSave *s, Value obj, ImType *ty)
{
    Thread *t = s->t;
    Value state = im_instance_dict_copy(t, obj), cls = im_new_ref(im_type_value(ty));
    int e = im_no_value(state) ? -1 : 0;
    if (e == 0 && im_dict_len(state)) { /* an attribute of the instance takes precedence */
        e = im_dict_contains(t, state, IM_S(__reduce_ex__));
        if (e == 0) e = im_dict_contains(t, state, IM_S(__getstate__));
        if (e == 0) e = im_dict_contains(t, state, IM_S(__reduce__));
    }
    if (e) {
        im_drop(t, cls);
        im_xdrop(t, state);
        return e < 0 ? -1 : 0;
    }
    if (save(s, cls, false) < 0 || put2(s, PK_EMPTY_TUPLE, PK_NEWOBJ) < 0) e = -1;
    else {
        ssize_t place = memo_has(s, obj);
        if (place >= 0) e = put1(s, PK_POP) < 0 ? -1 : memo_fetch(s, (size_t)place);
        else {
            e = memo_put(s, obj);
            if (e == 0 && im_dict_len(state)) e = save(s, state, false) < 0 ? -1 : put1(s, PK_BUILD);
        }
    }
    im_drop(t, cls);
    im_drop(t, state);
    return e < 0 ? -1 : 1;
}

static int save_other(ImSave *s, Value obj, ImType *ty)
{
    if (s->proto >= 2 && im_no_value(s->dispatch_table) && im_no_value(s->reducer_override) && im_no_value(s->persistent_id) && is_plain_class(s, ty)) {
        Value key = im_type_value(ty);
        int special = im_dict_contains(s->t, s->st->dispatch_table, key);
        if (special < 0) return -1;
        if (!special) {
            int e = save_plain(s, obj, ty);
            if (e) return e < 0 ? -1 : 0;
        }
    }
    Value r = recipe_of(s, obj, ty);
    if (im_no_value(r)) return -1;
    if (im_is_stop(r)) return 0;
    int e = -1;
    if (im_is_str(r)) e = save_global(s, obj, r);
    else if (im_is_tuple(r)) e = save_reduce(s, r, obj);
    else im_raise_pickling(s, "__reduce__ must return a string or tuple");
    im_drop(s->t, r);
    return e;
}

static int save(ImSave *s, Value obj, bool pers_save)
{
    if (opcode_boundary(s) < 0) return -1;
    if (IM_UNLIKELY((++s->steps & 0xFFFF) == 0) && im_poll(s->t) < 0) return -1;
    if (IM_UNLIKELY(!im_no_value(s->persistent_id)) && !pers_save) {
        int e = save_pers(s, obj);
        if (e) return e < 0 ? -1 : 0;
    }
    if (im_is_int(obj)) return save_int(s, obj);
    if (im_is_flt(obj)) return save_float(s, obj);
    if (im_is_none(obj)) return put1(s, PK_NONE);
    if (im_is_bool(obj)) {
        bool b = im_same(obj, IM_TRUE);
        return s->proto >= 2 ? put1(s, b ? PK_NEWTRUE : PK_NEWFALSE) : put_text(s, b ? "I01\n" : "I00\n");
    }
    ImType *ty = im_type_of(obj);
    if (ty == &im_int_type) return save_big(s, obj);
    if (ty == &im_float_type) return save_float(s, obj);
    ssize_t place = memo_find(s, obj);
    if (place >= 0) return memo_fetch(s, (size_t)place);
    if (ty == &im_str_type) return save_str(s, obj);
    if (ty == &im_bytes_type && s->proto >= 3) return save_bytes(s, obj);
    if (ENTER(s) < 0) return -1;
    int e;
    if (ty == &im_dict_type) e = save_dict(s, obj);
    else if (ty == &im_list_type) e = save_list(s, obj);
    else if (ty == &im_tuple_type) e = save_tuple(s, obj);
    else if (ty == &im_bytes_type) e = save_bytes(s, obj);
    else if (ty == &im_set_type) e = save_set(s, obj);
    else if (ty == &im_frozenset_type) e = save_frozenset(s, obj);
    else if (ty == &im_bytearray_type) e = save_bytearray(s, obj);
    else if (ty == &im_PickleBuffer_type) e = save_picklebuffer(s, obj);
    else e = save_other(s, obj, ty);
    LEAVE(s);
    return e;
}

int im_save_dump(ImSave *s, Value obj)
{
    if (s->proto >= 2 && put2(s, PK_PROTO, (uint8_t)s->proto) < 0) return -1;
    s->framing = s->proto >= 4;
    if (save(s, obj, false) < 0 || put1(s, PK_STOP) < 0) return -1;
    close_frame(s);
    s->framing = false;
    return im_no_value(s->write) ? 0 : flush(s);
}
