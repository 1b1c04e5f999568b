/* Reading pickles: a stack machine. Every index, count and length of the stream is checked before it is believed.
 *
 * Input is either a whole buffer (loads) or a file. From a file exactly as many bytes are taken as the pickle has: frames and single reads, or, where the file
 * can peek(), a view of bytes that are taken from the file once they are used. One file: input, stack and the opcodes' functions are one machine.
 * SPDX-License-Identifier: MIT */
#include "modules/pickle.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "modules/audit.h"
#include "modules/codecs_escape.h"
#include "modules/import.h"

enum { PREFETCH = 128 * 1024, READ_CHUNK = 1 << 24 };

void im_load_init(Thread *t, ImPickleState *st, ImLoad *l)
{
    memset(l, 0, sizeof *l);
    l->t = t;
    l->st = st;
    im_vec_init(t, &l->stack);
    im_vec_init(t, &l->memo);
}
void im_load_fini(ImLoad *l)
{
    im_xdrop(l->t, l->held);
    im_xdrop(l->t, l->memo_far);
    im_raw_free(l->marks);
    im_vec_fini(l->t, &l->memo);
    im_vec_fini(l->t, &l->stack);
}

/* --- input --------------------------------------------------------------------------------------------------------------------------------- */

static int truncated(ImLoad *l) { return im_raise_unpickling(l, "pickle data was truncated"), -1; }

static Value read_from_file(ImLoad *l, ssize_t n) /* bytes; n < 0: a line */
{
    Value r = n < 0 ? im_call0(l->t, l->readline) : im_call1(l->t, l->read, im_int(n));
    if (im_no_value(r) || im_is_bytes(r)) return r;
    im_raise_valueerror(l->t, n < 0 ? "readline() returned a non-bytes object (%.200T)" : "read() returned a non-bytes object (%.200T)", r);
    im_drop(l->t, r);
    return IM_NO_VALUE;
}
static void use_input(ImLoad *l, Value bytes) /* steals */
{
    im_xdrop(l->t, l->held);
    l->held = bytes;
    l->in = (const uint8_t *)im_bytes_data(bytes);
    l->len = (size_t)im_bytes_len(bytes);
    l->pos = 0;
    l->peeked = false;
}
/* The file's own position moves to where we are. */
static int skip_used(ImLoad *l)
{
    if (!l->peeked || l->pos == 0) return 0;
    Value r = im_call1(l->t, l->read, im_int((int64_t)l->pos));
    if (im_no_value(r)) return -1;
    im_drop(l->t, r);
    l->in += l->pos;
    l->len -= l->pos;
    l->pos = 0;
    return 0;
}
static IM_COLD int fetch_slow(ImLoad *l, size_t n)
{
    Thread *t = l->t;
    if (im_no_value(l->read)) return truncated(l);
    if (n > (size_t)SSIZE_MAX / 2) return im_raise_unpickling(l, "read would overflow (invalid bytecode)"), -1;
    if (!l->peeked && l->pos < l->len) return truncated(l); /* in the middle of a frame */
    if (skip_used(l) < 0) return -1;
    if (!im_no_value(l->peek) && n < PREFETCH) {
        Value p = im_call1(t, l->peek, im_int(PREFETCH));
        if (im_no_value(p)) {
            if (!im_exc_clear_if(t, &im_NotImplementedError_type)) return -1;
            l->peek = IM_NO_VALUE;
        } else if (!im_is_bytes(p)) {
            im_raise_valueerror(t, "read() returned a non-bytes object (%.200T)", p);
            im_drop(t, p);
            return -1;
        } else if ((size_t)im_bytes_len(p) >= n) {
            use_input(l, p);
            l->peeked = true;
            return 0;
        } else im_drop(t, p);
    }
    l->peeked = false;
    l->pos = l->len = 0;
    if (n <= READ_CHUNK) {
        Value b = read_from_file(l, (ssize_t)n);
        if (im_no_value(b)) return -1;
        use_input(l, b);
        return l->len < n ? truncated(l) : 0;
    }
    /* The length may be a lie: memory grows with what is really there. */
    size_t have = 0, cap = READ_CHUNK;
    Value all = im_bytes_new(t, NULL, (ssize_t)cap);
    while (!im_no_value(all) && have < n) {
        size_t want = n - have < READ_CHUNK ? n - have : READ_CHUNK;
        Value b = read_from_file(l, (ssize_t)want);
        if (im_no_value(b)) goto fail;
        size_t got = (size_t)im_bytes_len(b);
        if (got == 0 || got > want) {
            im_drop(t, b);
            (void)truncated(l);
            goto fail;
        }
        if (have + got > cap) {
            cap = cap * 2 < n ? cap * 2 : n;
            if (cap < have + got) cap = have + got;
            if (im_bytes_resize(t, &all, (ssize_t)cap) < 0) {
                im_drop(t, b);
                return -1;
            }
        }
        memcpy(im_bytes_data(all) + have, im_bytes_data(b), got);
        have += got;
        im_drop(t, b);
    }
    if (im_no_value(all) || (have != cap && im_bytes_resize(t, &all, (ssize_t)have) < 0)) return -1;
    use_input(l, all);
    return 0;
fail:
    im_drop(t, all);
    return -1;
}
/* n bytes: their address, or null. They stay until the next fetch. */
IM_INLINE const uint8_t *fetch(ImLoad *l, size_t n)
{
    if (IM_UNLIKELY(l->len - l->pos < n) && fetch_slow(l, n) < 0) return NULL;
    const uint8_t *p = l->in + l->pos;
    l->pos += n;
    return p;
}
/* A line with its end; *n its length, end included. Null when there is none. */
static const char *fetch_line(ImLoad *l, size_t *n)
{
    const uint8_t *p = l->in + l->pos, *end = l->len > l->pos ? memchr(p, '\n', l->len - l->pos) : NULL;
    if (!end) {
        if (im_no_value(l->readline) || (!l->peeked && l->pos < l->len)) return (void)truncated(l), NULL;
        if (skip_used(l) < 0) return NULL;
        Value b = read_from_file(l, -1);
        if (im_no_value(b)) return NULL;
        use_input(l, b);
        p = l->in;
        if (l->len == 0 || p[l->len - 1] != '\n') return (void)truncated(l), NULL;
        end = p + l->len - 1;
    }
    *n = (size_t)(end - p) + 1;
    l->pos += *n;
    return (const char *)p;
}
IM_INLINE uint64_t little(const uint8_t *p, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++) v |= (uint64_t)p[i] << (8 * i);
    return v;
}

/* --- stack ---------------------------------------------------------------------------------------------------------------------------------- */

static IM_COLD int underflow(ImLoad *l)
{
    return im_raise_unpickling(l, l->nmarks ? "unexpected MARK found" : "unpickling stack underflow"), -1;
}
IM_INLINE int push(ImLoad *l, Value v) /* steals; no value: -1 */
{
    if (IM_UNLIKELY(im_no_value(v))) return -1;
    if (IM_LIKELY(l->stack.len < l->stack.cap)) {
        l->stack.items[l->stack.len++] = v;
        return 0;
    }
    return im_vec_push(l->t, &l->stack, v);
}
IM_INLINE bool has(ImLoad *l, size_t n) { return l->stack.len >= n && l->stack.len - n >= l->fence; }
IM_INLINE Value pop(ImLoad *l) /* owned; no value: underflow */
{
    if (IM_UNLIKELY(!has(l, 1))) return (void)underflow(l), IM_NO_VALUE;
    return l->stack.items[--l->stack.len];
}
static void drop_from(ImLoad *l, size_t start)
{
    while (l->stack.len > start) {
        Value v = l->stack.items[--l->stack.len];
        im_drop(l->t, v);
    }
}
static int mark(ImLoad *l)
{
    if (l->nmarks == l->marks_cap) {
        size_t cap = l->marks_cap ? l->marks_cap * 2 : 32;
        size_t *p = im_raw_realloc(l->t, l->marks, cap * sizeof *p);
        if (!p) return -1;
        l->marks = p;
        l->marks_cap = cap;
    }
    l->fence = l->marks[l->nmarks++] = l->stack.len;
    return 0;
}
static ssize_t take_mark(ImLoad *l)
{
    if (l->nmarks < 1) return im_raise_unpickling(l, "could not find MARK"), -1;
    size_t at = l->marks[--l->nmarks];
    l->fence = l->nmarks ? l->marks[l->nmarks - 1] : 0;
    return (ssize_t)at;
}
/* The items from start on, as a tuple or a list. */
static Value take_tuple(ImLoad *l, size_t start)
{
    size_t n = l->stack.len - start;
    if (start < l->fence || start > l->stack.len) return (void)underflow(l), IM_NO_VALUE;
    l->stack.len = start;
    return im_tuple_steal_array(l->t, l->stack.items + start, n);
}
static Value take_list(ImLoad *l, size_t start)
{
    size_t n = l->stack.len - start;
    if (start < l->fence || start > l->stack.len) return (void)underflow(l), IM_NO_VALUE;
    l->stack.len = start;
    return im_list_steal_array(l->t, l->stack.items + start, n);
}

/* --- memo ----------------------------------------------------------------------------------------------------------------------------------- */

int im_load_remember(ImLoad *l, uint64_t index, Value obj)
{
    Thread *t = l->t;
    if (IM_LIKELY(index == l->memo.len)) {
        l->memo_used++;
        return im_vec_push(t, &l->memo, obj);
    }
    if (index < l->memo.len) {
        Value old = l->memo.items[index];
        l->memo.items[index] = obj;
        if (im_no_value(old)) l->memo_used++;
        else im_drop(t, old);
        return 0;
    }
    if (index < 1024 + 4 * (uint64_t)l->memo_used) {
        if (im_vec_reserve(t, &l->memo, index + 1 + index / 2) < 0) {
            im_drop(t, obj);
            return -1;
        }
        while (l->memo.len < index) l->memo.items[l->memo.len++] = IM_NO_VALUE;
        l->memo.items[l->memo.len++] = obj;
        l->memo_used++;
        return 0;
    }
    Value key = im_int_from_u64(t, index);
    if (im_no_value(l->memo_far)) l->memo_far = im_dict_new(t);
    int e = -1;
    if (!im_no_value(key) && !im_no_value(l->memo_far)) {
        ssize_t before = im_dict_len(l->memo_far);
        e = im_dict_set(t, l->memo_far, key, obj);
        if (e == 0) l->memo_used += (size_t)(im_dict_len(l->memo_far) - before);
    }
    im_xdrop(t, key);
    im_drop(t, obj);
    return e;
}
static int memo_get(ImLoad *l, uint64_t index)
{
    Value v = index < l->memo.len ? l->memo.items[index] : IM_NO_VALUE;
    if (IM_LIKELY(!im_no_value(v))) return push(l, im_new_ref(v));
    if (!im_no_value(l->memo_far)) {
        Value key = im_int_from_u64(l->t, index);
        int found = im_no_value(key) ? -1 : im_dict_get(l->t, l->memo_far, key, &v);
        im_xdrop(l->t, key);
        if (found) return found < 0 ? -1 : push(l, v);
    }
    return im_raise_unpickling(l, "Memo value not found at index %llu", (unsigned long long)index), -1;
}
static int memo_put(ImLoad *l, uint64_t index)
{
    if (!has(l, 1)) return underflow(l);
    return im_load_remember(l, index, im_new_ref(l->stack.items[l->stack.len - 1]));
}
/* The number in a PUT or GET line. */
static int line_index(ImLoad *l, int64_t *out)
{
    size_t n;
    const char *p = fetch_line(l, &n);
    if (!p) return -1;
    if (n < 2) return truncated(l);
    Value text = im_str_from_utf8(l->t, p, (ssize_t)n), v = im_no_value(text) ? text : im_int_from_str(l->t, text, 10);
    im_xdrop(l->t, text);
    if (im_no_value(v)) return -1;
    ssize_t i;
    int e = im_ssize_arg(l->t, v, &i);
    im_drop(l->t, v);
    *out = i;
    return e;
}

/* --- literals ----------------------------------------------------------------------------------------------------------------------------------- */

static int load_int_line(ImLoad *l)
{
    Thread *t = l->t;
    size_t n;
    const char *p = fetch_line(l, &n);
    if (!p) return -1;
    if (n < 2) return truncated(l);
    char small[64], *end;
    if (n <= sizeof small) { /* a copy ends in zero whatever the stream holds */
        memcpy(small, p, n - 1);
        small[n - 1] = 0;
        errno = 0;
        long x = strtol(small, &end, 0);
        if (!errno && end == small + n - 1) {
            if (n == 3 && (x == 0 || x == 1)) return push(l, im_bool(x == 1));
            return push(l, im_int_new(t, x));
        }
    }
    Value text = im_str_from_latin1(t, p, (ssize_t)n), v = im_no_value(text) ? text : im_int_from_str(t, text, 0);
    im_xdrop(t, text);
    if (im_no_value(v)) {
        im_exc_clear(t);
        return im_raise_valueerror(t, "could not convert string to int"), -1;
    }
    return push(l, v);
}
static int load_long_line(ImLoad *l)
{
    size_t n;
    const char *p = fetch_line(l, &n);
    if (!p) return -1;
    if (n < 2) return truncated(l);
    if (p[n - 2] == 'L') n -= 2;
    Value text = im_str_from_latin1(l->t, p, (ssize_t)n), v = im_no_value(text) ? text : im_int_from_str(l->t, text, p[p[0] == '-'] == '0' ? 0 : 10);
    im_xdrop(l->t, text);
    return push(l, v);
}
static int load_float_line(ImLoad *l)
{
    Thread *t = l->t;
    size_t n;
    const char *p = fetch_line(l, &n), *end;
    if (!p) return -1;
    if (n < 2) return truncated(l);
    char small[128], *copy = n <= sizeof small ? small : im_raw_alloc(t, n);
    if (!copy) return -1;
    memcpy(copy, p, n - 1);
    copy[n - 1] = 0;
    bool digit_first = copy[0] && !strchr(" \t\v\f\r", copy[0]);
    double d = digit_first ? im_float_parse(copy, &end) : 0;
    int e = 0;
    if (!digit_first || end == copy) {
        copy[n - 1] = '\n'; /* as the message shows it; the text is not zero ended any more */
        Value text = im_str_from_latin1(t, copy, (ssize_t)n);
        if (!im_no_value(text)) im_raise_valueerror(t, "could not convert string to float: '%U'", text);
        im_xdrop(t, text);
        e = -1;
    } else if (*end) {
        im_raise_valueerror(t, "could not convert string to float");
        e = -1;
    }
    if (copy != small) im_raw_free(copy);
    return e < 0 ? -1 : push(l, im_float_new(t, d));
}
static int load_long(ImLoad *l, int width)
{
    const uint8_t *p = fetch(l, (size_t)width);
    if (!p) return -1;
    int64_t n = width == 1 ? p[0] : (int32_t)(uint32_t)little(p, 4);
    if (n < 0) return im_raise_unpickling(l, "LONG pickle has negative byte count"), -1;
    if (!(p = fetch(l, (size_t)n))) return -1;
    return push(l, n ? im_int_from_bytes(l->t, p, (size_t)n, true, true) : im_int(0));
}
static int load_binfloat(ImLoad *l)
{
    const uint8_t *p = fetch(l, 8);
    if (!p) return -1;
    uint64_t w;
    double d;
    memcpy(&w, p, 8);
    w = __builtin_bswap64(w);
    memcpy(&d, &w, 8);
    return push(l, im_float_new(l->t, d));
}

/* A string of Python 2, as the caller wants it decoded. */
static int push_string(ImLoad *l, const char *p, size_t n)
{
    if (!strcmp(l->encoding, "bytes")) return push(l, im_bytes_new(l->t, p, (ssize_t)n));
    return push(l, im_str_decode(l->t, p, (ssize_t)n, l->encoding, l->errors));
}
static int load_string_line(ImLoad *l)
{
    size_t n;
    const char *p = fetch_line(l, &n);
    if (!p) return -1;
    while (n > 0 && p[n - 1] == '\n') n--;
    if (n < 2 || p[0] != p[n - 1] || (p[0] != '\'' && p[0] != '"')) return im_raise_unpickling(l, "the STRING opcode argument must be quoted"), -1;
    Value b = im_bytes_escape_decode(l->t, p + 1, (ssize_t)n - 2, NULL);
    if (im_no_value(b)) return -1;
    if (!strcmp(l->encoding, "bytes")) return push(l, b);
    int e = push_string(l, im_bytes_data(b), (size_t)im_bytes_len(b));
    im_drop(l->t, b);
    return e;
}
static int load_binstring(ImLoad *l, int width)
{
    const uint8_t *p = fetch(l, (size_t)width);
    if (!p) return -1;
    int64_t n = width == 1 ? p[0] : (int32_t)(uint32_t)little(p, 4);
    if (n < 0) return im_raise_unpickling(l, "BINSTRING pickle has negative byte count"), -1;
    if (!(p = fetch(l, (size_t)n))) return -1;
    return push_string(l, (const char *)p, (size_t)n);
}
static int load_length(ImLoad *l, int width, const char *what, size_t *n)
{
    const uint8_t *p = fetch(l, (size_t)width);
    if (!p) return -1;
    uint64_t v = little(p, width);
    if (v > SSIZE_MAX) return im_raise_overflow(l->t, "%s exceeds system's maximum size of %zd bytes", what, (ssize_t)SSIZE_MAX), -1;
    *n = (size_t)v;
    return 0;
}
static int load_bytes(ImLoad *l, int width)
{
    size_t n;
    if (load_length(l, width, "BINBYTES", &n) < 0) return -1;
    const uint8_t *p = fetch(l, n);
    if (!p) return -1;
    /* A payload that the file gave as one object is that object. */
    if (n && !im_no_value(l->held) && !l->peeked && im_is_bytes_exact(l->held) && l->pos == l->len && (size_t)im_bytes_len(l->held) == n && p == (const uint8_t *)im_bytes_data(l->held))
        return push(l, im_new_ref(l->held));
    return push(l, im_bytes_new(l->t, p, (ssize_t)n));
}
static int load_bytearray(ImLoad *l)
{
    size_t n;
    if (load_length(l, 8, "BYTEARRAY8", &n) < 0) return -1;
    const uint8_t *p = fetch(l, n);
    return p ? push(l, im_bytearray_new(l->t, p, (ssize_t)n)) : -1;
}
static Value decode_text(Thread *t, const uint8_t *p, size_t n)
{
    Value v = im_str_from_utf8(t, (const char *)p, (ssize_t)n);
    if (IM_LIKELY(!im_no_value(v)) || !im_exc_clear_if(t, &im_UnicodeDecodeError_type)) return v;
    return im_str_decode(t, (const char *)p, (ssize_t)n, "utf-8", "surrogatepass");
}
static int load_text(ImLoad *l, int width)
{
    size_t n;
    if (load_length(l, width, "BINUNICODE", &n) < 0) return -1;
    const uint8_t *p = fetch(l, n);
    return p ? push(l, decode_text(l->t, p, n)) : -1;
}
static int load_text_line(ImLoad *l)
{
    size_t n;
    const char *p = fetch_line(l, &n);
    if (!p) return -1;
    return push(l, im_str_decode(l->t, p, (ssize_t)n - 1, "raw-unicode-escape", NULL));
}

static int load_next_buffer(ImLoad *l)
{
    if (im_no_value(l->buffers)) return im_raise_unpickling(l, "pickle stream refers to out-of-band data but no *buffers* argument was given"), -1;
    Value b = im_next(l->t, l->buffers);
    if (im_is_stop(b)) return im_raise_unpickling(l, "not enough out-of-band buffers"), -1;
    return push(l, b);
}
static int load_readonly_buffer(ImLoad *l)
{
    Thread *t = l->t;
    if (!has(l, 1)) return underflow(l);
    Value *top = &l->stack.items[l->stack.len - 1], view = im_memoryview_new(t, *top);
    if (im_no_value(view)) return -1;
    Value ro = im_getattr(t, view, IM_S(readonly));
    int r = im_no_value(ro) ? -1 : im_truth(t, ro);
    im_xdrop(t, ro);
    if (r == 0) {
        Value v = im_call_method0(t, view, IM_S(toreadonly));
        if (!im_no_value(v)) {
            Value old = *top;
            *top = v;
            im_drop(t, old);
        } else r = -1;
    }
    im_drop(t, view);
    return r < 0 ? -1 : 0;
}

/* --- globals ------------------------------------------------------------------------------------------------------------------------------------- */

/* The names of Python 3 for those of Python 2. */
static int names_for_3(Thread *t, ImPickleState *st, Value *module, Value *name)
{
    Value key = im_tuple_pack(t, 2, *module, *name), item;
    if (im_no_value(key)) return -1;
    int found = im_dict_get(t, st->name_2to3, key, &item);
    im_drop(t, key);
    if (found < 0) return -1;
    if (found) {
        if (!im_is_tuple(item) || im_tuple_len(item) != 2) im_raise_runtime(t, "_compat_pickle.NAME_MAPPING values should be 2-tuples, not %.200T", item);
        else if (!im_is_str(im_tuple_get(item, 0)) || !im_is_str(im_tuple_get(item, 1)))
            im_raise_runtime(t, "_compat_pickle.NAME_MAPPING values should be pairs of str, not (%.200T, %.200T)", im_tuple_get(item, 0), im_tuple_get(item, 1));
        else {
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
    found = im_dict_get(t, st->import_2to3, *module, &item);
    if (found < 0) return -1;
    if (found && !im_is_str(item)) {
        im_raise_runtime(t, "_compat_pickle.IMPORT_MAPPING values should be strings, not %.200T", item);
        im_drop(t, item);
        return -1;
    }
    if (found) {
        im_drop(t, *module);
        *module = item;
    }
    return 0;
}

Value im_pickle_find_class(Thread *t, ImPickleState *st, Value module, Value name, int proto, bool fix_imports)
{
    Value m = IM_NO_VALUE, r = IM_NO_VALUE;
    if (IM_AUDIT(t, "pickle.find_class", module, name) < 0) return IM_NO_VALUE;
    im_take(module);
    im_take(name);
    if (proto < 3 && fix_imports && im_is_str(module) && im_is_str(name) && names_for_3(t, st, &module, &name) < 0) goto out;
    if (!im_is_str(module)) {
        im_raise_type(t, "module name must be a string");
        goto out;
    }
    if (im_no_value(m = im_import_name(t, module))) goto out;
    if (!im_is_str(name)) {
        im_raise_type(t, "attribute name must be string, not '%.200T'", name);
        goto out;
    }
    if (proto >= 4 && im_str_find_char(name, '.', 0, im_str_len(name), 1) >= 0) {
        r = im_pickle_dotted(t, m, name, NULL);
        if (im_no_value(r) && im_exc_clear_if(t, &im_AttributeError_type)) im_raise_attr(t, "Can't get attribute %R on %R", name, m);
    } else {
        int found = im_lookup_attr(t, m, name, &r);
        if (found == 0) im_raise_attr(t, "Can't get attribute %R on %R", name, m);
    }
out:
    im_drop(t, module);
    im_drop(t, name);
    im_xdrop(t, m);
    return r;
}
static Value find_class(ImLoad *l, Value module, Value name)
{
    if (!im_no_value(l->find_class)) return im_call2(l->t, l->find_class, module, name);
    return im_pickle_find_class(l->t, l->st, module, name, l->proto, l->fix_imports);
}
/* The two lines of GLOBAL and INST. */
static Value class_of_lines(ImLoad *l)
{
    Thread *t = l->t;
    size_t n;
    const char *p = fetch_line(l, &n);
    if (!p) return IM_NO_VALUE;
    if (n < 2) return (void)truncated(l), IM_NO_VALUE;
    Value module = im_str_from_utf8(t, p, (ssize_t)n - 1), name, r = IM_NO_VALUE;
    if (im_no_value(module)) return module;
    p = fetch_line(l, &n);
    if (p && n < 2) (void)truncated(l);
    else if (p) {
        name = im_str_from_utf8(t, p, (ssize_t)n - 1);
        if (!im_no_value(name)) {
            r = find_class(l, module, name);
            im_drop(t, name);
        }
    }
    im_drop(t, module);
    return r;
}
static int load_stack_global(ImLoad *l)
{
    Value name = pop(l), module, r = IM_NO_VALUE;
    if (im_no_value(name)) return -1;
    module = pop(l);
    if (!im_no_value(module)) {
        if (!im_is_str_exact(name) || !im_is_str_exact(module)) im_raise_unpickling(l, "STACK_GLOBAL requires str");
        else r = find_class(l, module, name);
        im_drop(l->t, module);
    }
    im_drop(l->t, name);
    return push(l, r);
}
static int load_extension(ImLoad *l, int width)
{
    Thread *t = l->t;
    const uint8_t *p = fetch(l, (size_t)width);
    if (!p) return -1;
    int64_t code = width == 4 ? (int32_t)(uint32_t)little(p, 4) : (int64_t)little(p, width);
    if (code <= 0) return im_raise_unpickling(l, "EXT specifies code <= 0"), -1;
    Value key = im_int(code), v;
    int found = im_dict_get(t, l->st->extension_cache, key, &v);
    if (found) return found < 0 ? -1 : push(l, v);
    found = im_dict_get(t, l->st->inverted_registry, key, &v);
    if (found < 0) return -1;
    if (!found) return im_raise_valueerror(t, "unregistered extension code %lld", (long long)code), -1;
    Value obj = IM_NO_VALUE;
    if (!im_is_tuple(v) || im_tuple_len(v) != 2 || !im_is_str(im_tuple_get(v, 0)) || !im_is_str(im_tuple_get(v, 1)))
        im_raise_valueerror(t, "_inverted_registry[%lld] isn't a 2-tuple of strings", (long long)code);
    else obj = find_class(l, im_tuple_get(v, 0), im_tuple_get(v, 1));
    im_drop(t, v);
    if (!im_no_value(obj) && im_dict_set(t, l->st->extension_cache, key, obj) < 0) IM_CLEAR(t, obj);
    return push(l, obj);
}

/* --- objects ------------------------------------------------------------------------------------------------------------------------------------- */

static IM_COLD int not_loadable(ImLoad *l)
{
    return im_raise_unpickling(l, "A load persistent id instruction was encountered, but no persistent_load function was specified."), -1;
}
static int load_persistent(ImLoad *l, Value pid) /* steals */
{
    if (im_no_value(pid)) return -1;
    Value r = im_no_value(l->persistent_load) ? ((void)not_loadable(l), IM_NO_VALUE) : im_call1(l->t, l->persistent_load, pid);
    im_drop(l->t, pid);
    return push(l, r);
}
static int load_persid_line(ImLoad *l)
{
    size_t n;
    const char *p = fetch_line(l, &n);
    if (!p) return -1;
    if (im_no_value(l->persistent_load)) return not_loadable(l);
    for (size_t i = 0; i < n; i++) if ((uint8_t)p[i] >= 0x80) return im_raise_unpickling(l, "persistent IDs in protocol 0 must be ASCII strings"), -1;
    return load_persistent(l, im_str_from_latin1(l->t, p, (ssize_t)n - 1));
}

/* cls(*args), or cls.__new__(cls) where a class without arguments has no __getinitargs__. Steals both. */
static Value instantiate(ImLoad *l, Value cls, Value args)
{
    Thread *t = l->t;
    Value r = IM_NO_VALUE;
    if (im_tuple_len(args) == 0 && im_is_type(cls)) {
        Value init;
        int found = im_lookup_attr(t, cls, IM_S(__getinitargs__), &init);
        im_xdrop(t, init);
        if (found <= 0) {
            if (found == 0) r = im_call_method1(t, cls, IM_S(__new__), cls);
            goto out;
        }
    }
    r = im_call(t, cls, im_tuple_items(args), (size_t)im_tuple_len(args), IM_NO_VALUE);
out:
    im_drop(t, cls);
    im_drop(t, args);
    return r;
}
static int load_inst(ImLoad *l)
{
    ssize_t start = take_mark(l);
    if (start < 0) return -1;
    Value cls = class_of_lines(l);
    if (im_no_value(cls)) return -1;
    Value args = take_tuple(l, (size_t)start);
    if (im_no_value(args)) {
        im_drop(l->t, cls);
        return -1;
    }
    return push(l, instantiate(l, cls, args));
}
static int load_obj(ImLoad *l)
{
    ssize_t start = take_mark(l);
    if (start < 0) return -1;
    if (l->stack.len - (size_t)start < 1) return underflow(l);
    Value args = take_tuple(l, (size_t)start + 1);
    if (im_no_value(args)) return -1;
    Value cls = pop(l);
    if (im_no_value(cls)) {
        im_drop(l->t, args);
        return -1;
    }
    return push(l, instantiate(l, cls, args));
}
static int load_newobj(ImLoad *l, bool with_kw)
{
    Thread *t = l->t;
    const char *op = with_kw ? "NEWOBJ_EX" : "NEWOBJ";
    Value kw = IM_NO_VALUE, args = IM_NO_VALUE, cls = IM_NO_VALUE, r = IM_NO_VALUE;
    if (with_kw && im_no_value(kw = pop(l))) return -1;
    if (im_no_value(args = pop(l)) || im_no_value(cls = pop(l))) goto out;
    if (!im_is_type(cls)) im_raise_unpickling(l, "%s class argument must be a type, not %.200T", op, cls);
    else if (!IM_SLOT(im_as_type(cls), new_)) im_raise_unpickling(l, "%s class argument '%.200s' doesn't have __new__", op, im_type_cname(im_as_type(cls)));
    else if (!im_is_tuple(args)) im_raise_unpickling(l, "%s args argument must be a tuple, not %.200T", op, args);
    else if (with_kw && !im_is_dict(kw)) im_raise_unpickling(l, "%s kwargs argument must be a dict, not %.200T", op, kw);
    else {
        size_t n = (size_t)im_tuple_len(args), nk = with_kw ? (size_t)im_dict_len(kw) : 0;
        ImType *ty = im_as_type(cls);
        if (nk == 0) r = IM_SLOT(ty, new_)(t, ty, im_tuple_items(args), n, IM_NO_VALUE);
        else {
            /* The keywords have to stand behind the positional arguments, their names in a tuple. */
            ImValueVec v;
            im_vec_init(t, &v);
            Value names = im_dict_keys_list(t, kw), tuple = im_no_value(names) ? names : im_list_to_tuple(t, names);
            int e = im_no_value(tuple) ? -1 : 0;
            for (size_t i = 0; e == 0 && i < n; i++) e = im_vec_push(t, &v, im_new_ref(im_tuple_get(args, (ssize_t)i)));
            for (ssize_t i = 0; e == 0 && i < im_tuple_len(tuple); i++) {
                Value k = im_tuple_get(tuple, i), x;
                if (!im_is_str(k)) im_raise_type(t, "keywords must be strings"), e = -1;
                else if ((e = im_dict_get(t, kw, k, &x)) == 0) im_raise_key(t, k), e = -1;
                else if (e > 0) e = im_vec_push(t, &v, x);
            }
            if (e == 0) r = IM_SLOT(ty, new_)(t, ty, v.items, n, tuple);
            im_xdrop(t, names);
            im_xdrop(t, tuple);
            im_vec_fini(t, &v);
        }
    }
out:
    im_xdrop(t, kw);
    im_xdrop(t, args);
    im_xdrop(t, cls);
    return push(l, r);
}
static int load_reduce(ImLoad *l)
{
    Thread *t = l->t;
    Value args = pop(l), f, r = IM_NO_VALUE;
    if (im_no_value(args)) return -1;
    f = pop(l);
    if (!im_no_value(f)) {
        if (im_is_tuple(args)) r = im_call(t, f, im_tuple_items(args), (size_t)im_tuple_len(args), IM_NO_VALUE);
        else im_raise_type(t, "argument list must be a tuple");
        im_drop(t, f);
    }
    im_drop(t, args);
    return push(l, r);
}

/* Items from `start` on go into the object before them. */
static int load_appends(ImLoad *l, size_t start)
{
    Thread *t = l->t;
    size_t len = l->stack.len;
    if (start > len || start <= l->fence) return underflow(l);
    if (start == len) return 0;
    Value list = l->stack.items[start - 1];
    if (im_is_list_exact(list)) {
        int e = 0;
        /* From the front; taken over one by one, so that what is left is still owned by the stack. */
        for (size_t i = start; i < len && e == 0; i++) {
            Value v = l->stack.items[i];
            l->stack.items[i] = IM_NONE;
            e = im_list_append_steal(t, list, v);
        }
        drop_from(l, start);
        return e;
    }
    Value fn;
    int found = im_lookup_attr(t, list, IM_S(extend), &fn);
    if (found < 0) return -1;
    if (found) {
        Value items = take_list(l, start), r = im_no_value(items) ? items : im_call1(t, fn, items);
        im_drop(t, fn);
        im_xdrop(t, items);
        if (im_no_value(r)) return -1;
        im_drop(t, r);
        return 0;
    }
    if (im_no_value(fn = im_getattr(t, list, IM_S(append)))) return -1;
    int e = 0;
    for (size_t i = start; i < len && e == 0; i++) {
        Value r = im_call1(t, fn, l->stack.items[i]);
        if (im_no_value(r)) e = -1;
        else im_drop(t, r);
    }
    drop_from(l, start);
    im_drop(t, fn);
    return e;
}
static int load_setitems(ImLoad *l, size_t start)
{
    Thread *t = l->t;
    size_t len = l->stack.len;
    if (start > len || start <= l->fence) return underflow(l);
    if (start == len) return 0;
    if ((len - start) % 2) return im_raise_unpickling(l, "odd number of items for SETITEMS"), -1;
    Value dict = l->stack.items[start - 1];
    bool exact = im_is_dict_exact(dict);
    int e = 0;
    for (size_t i = start; i < len && e == 0; i += 2) {
        Value k = l->stack.items[i], v = l->stack.items[i + 1];
        if (exact) {
            l->stack.items[i + 1] = IM_NONE;
            e = im_dict_set_steal(t, dict, k, v);
        } else e = im_setitem(t, dict, k, v);
    }
    drop_from(l, start);
    return e;
}
static int load_additems(ImLoad *l)
{
    Thread *t = l->t;
    ssize_t at = take_mark(l);
    if (at < 0) return -1;
    size_t start = (size_t)at, len = l->stack.len;
    if (start > len || start <= l->fence) return underflow(l);
    if (start == len) return 0;
    Value set = l->stack.items[start - 1], fn = IM_NO_VALUE;
    bool exact = im_is_exact(set, &im_set_type);
    if (!exact && im_no_value(fn = im_getattr(t, set, IM_S(add)))) return -1;
    int e = 0;
    for (size_t i = start; i < len && e == 0; i++) {
        Value v = l->stack.items[i];
        if (exact) e = im_set_add(t, set, v);
        else {
            Value r = im_call1(t, fn, v);
            if (im_no_value(r)) e = -1;
            else im_drop(t, r);
        }
    }
    drop_from(l, start);
    im_xdrop(t, fn);
    return e;
}
static int load_dict(ImLoad *l)
{
    Thread *t = l->t;
    ssize_t at = take_mark(l);
    if (at < 0) return -1;
    size_t start = (size_t)at, len = l->stack.len;
    if ((len - start) % 2) return im_raise_unpickling(l, "odd number of items for DICT"), -1;
    Value d = im_dict_new_sized(t, (len - start) / 2);
    if (im_no_value(d)) return -1;
    for (size_t i = start; i < len; i += 2) {
        if (im_dict_set(t, d, l->stack.items[i], l->stack.items[i + 1]) < 0) {
            im_drop(t, d);
            return -1;
        }
    }
    drop_from(l, start);
    return push(l, d);
}

/* inst.__dict__.update(state), without making a dict of an object that keeps its attributes itself. */
static int set_state_dict(ImLoad *l, Value inst, Value state)
{
    Thread *t = l->t;
    ImType *ty = im_type_of(inst);
    Value k, v, dict = IM_NO_VALUE;
    bool direct = false;
    if (im_type_has(ty, IM_TF_HAS_DICT)) {
        Value d = im_type_lookup(t, ty, IM_S(__dict__));
        direct = !im_no_value(d) && im_is_exact(d, &im_getset_descriptor_type);
        im_xdrop(t, d);
    }
    if (!direct && im_no_value(dict = im_getattr(t, inst, IM_S(__dict__)))) return -1;
    size_t pos = 0;
    int e = 0;
    while (e == 0 && im_dict_next(t, state, &pos, &k, &v)) {
        if (im_is_str_exact(k)) k = im_str_intern(t, k);
        if (direct && im_is_str_exact(k)) {
            e = im_instance_store(t, inst, k, v);
            e = e > 0 ? 0 : -1;
            if (e < 0 && !im_pending(t)) direct = false; /* has become another kind of object: as below */
        }
        if (!direct || !im_is_str_exact(k)) {
            e = 0;
            if (im_no_value(dict)) dict = im_getattr(t, inst, IM_S(__dict__));
            e = im_no_value(dict) ? -1 : im_setitem(t, dict, k, v);
        }
        im_drop(t, k);
        im_drop(t, v);
    }
    im_xdrop(t, dict);
    return e;
}
static int load_build(ImLoad *l)
{
    Thread *t = l->t;
    if (l->stack.len < l->fence + 2) return underflow(l);
    Value state = pop(l), inst = l->stack.items[l->stack.len - 1], fn, slots = IM_NO_VALUE;
    int found = im_lookup_attr(t, inst, IM_S(__setstate__), &fn), e = 0;
    if (found) {
        Value r = found < 0 ? IM_NO_VALUE : im_call1(t, fn, state);
        im_xdrop(t, fn);
        im_drop(t, state);
        if (im_no_value(r)) return -1;
        im_drop(t, r);
        return 0;
    }
    if (im_is_tuple(state) && im_tuple_len(state) == 2) {
        Value pair = state;
        state = im_new_ref(im_tuple_get(pair, 0));
        slots = im_new_ref(im_tuple_get(pair, 1));
        im_drop(t, pair);
    }
    if (!im_is_none(state)) {
        if (im_is_dict(state)) e = set_state_dict(l, inst, state);
        else im_raise_unpickling(l, "state is not a dictionary"), e = -1;
    }
    if (e == 0 && !im_no_value(slots)) {
        if (im_is_dict(slots)) {
            size_t pos = 0;
            Value k, v;
            while (e == 0 && im_dict_next(t, slots, &pos, &k, &v)) {
                e = im_setattr(t, inst, k, v);
                im_drop(t, k);
                im_drop(t, v);
            }
        } else im_raise_unpickling(l, "slot state is not a dictionary"), e = -1;
    }
    im_drop(t, state);
    im_xdrop(t, slots);
    return e;
}

/* --- the machine ---------------------------------------------------------------------------------------------------------------------------------- */

static int load_pop(ImLoad *l)
{
    /* A mark is taken off like a value. */
    if (l->nmarks && l->marks[l->nmarks - 1] == l->stack.len) {
        l->nmarks--;
        l->fence = l->nmarks ? l->marks[l->nmarks - 1] : 0;
        return 0;
    }
    Value v = pop(l);
    if (im_no_value(v)) return -1;
    im_drop(l->t, v);
    return 0;
}
static int load_frame(ImLoad *l)
{
    const uint8_t *p = fetch(l, 8);
    if (!p) return -1;
    uint64_t n = little(p, 8);
    if (n > SSIZE_MAX) return im_raise_overflow(l->t, "FRAME length exceeds system's maximum of %zd bytes", (ssize_t)SSIZE_MAX), -1;
    if (!fetch(l, (size_t)n)) return -1;
    l->pos -= (size_t)n;
    return 0;
}
static int load_proto(ImLoad *l)
{
    const uint8_t *p = fetch(l, 1);
    if (!p) return -1;
    if (p[0] > PK_HIGHEST) return im_raise_valueerror(l->t, "unsupported pickle protocol: %d", p[0]), -1;
    l->proto = p[0];
    return 0;
}
static int load_fixed(ImLoad *l, int width) /* BININT, BININT1, BININT2 */
{
    const uint8_t *p = fetch(l, (size_t)width);
    if (!p) return -1;
    return push(l, im_int(width == 4 ? (int32_t)(uint32_t)little(p, 4) : (int64_t)little(p, width)));
}
static int load_get(ImLoad *l, int width)
{
    const uint8_t *p = fetch(l, (size_t)width);
    return p ? memo_get(l, little(p, width)) : -1;
}
static int load_put(ImLoad *l, int width)
{
    const uint8_t *p = fetch(l, (size_t)width);
    return p ? memo_put(l, little(p, width)) : -1;
}
static int load_counted_tuple(ImLoad *l, size_t n)
{
    if (!has(l, n)) return underflow(l);
    return push(l, take_tuple(l, l->stack.len - n));
}

static int step(ImLoad *l, uint8_t op)
{
    Thread *t = l->t;
    ssize_t at;
    int64_t index;
    switch (op) {
    case PK_NONE: return push(l, IM_NONE);
    case PK_NEWTRUE: return push(l, IM_TRUE);
    case PK_NEWFALSE: return push(l, IM_FALSE);
    case PK_BININT: return load_fixed(l, 4);
    case PK_BININT1: return load_fixed(l, 1);
    case PK_BININT2: return load_fixed(l, 2);
    case PK_INT: return load_int_line(l);
    case PK_LONG: return load_long_line(l);
    case PK_LONG1: return load_long(l, 1);
    case PK_LONG4: return load_long(l, 4);
    case PK_FLOAT: return load_float_line(l);
    case PK_BINFLOAT: return load_binfloat(l);
    case PK_SHORT_BINBYTES: return load_bytes(l, 1);
    case PK_BINBYTES: return load_bytes(l, 4);
    case PK_BINBYTES8: return load_bytes(l, 8);
    case PK_BYTEARRAY8: return load_bytearray(l);
    case PK_NEXT_BUFFER: return load_next_buffer(l);
    case PK_READONLY_BUFFER: return load_readonly_buffer(l);
    case PK_SHORT_BINSTRING: return load_binstring(l, 1);
    case PK_BINSTRING: return load_binstring(l, 4);
    case PK_STRING: return load_string_line(l);
    case PK_UNICODE: return load_text_line(l);
    case PK_SHORT_BINUNICODE: return load_text(l, 1);
    case PK_BINUNICODE: return load_text(l, 4);
    case PK_BINUNICODE8: return load_text(l, 8);
    case PK_EMPTY_TUPLE: return push(l, im_new_ref(im_tuple_empty()));
    case PK_TUPLE1: return load_counted_tuple(l, 1);
    case PK_TUPLE2: return load_counted_tuple(l, 2);
    case PK_TUPLE3: return load_counted_tuple(l, 3);
    case PK_TUPLE: return (at = take_mark(l)) < 0 ? -1 : push(l, take_tuple(l, (size_t)at));
    case PK_EMPTY_LIST: return push(l, im_list_new(t, 0));
    case PK_LIST: return (at = take_mark(l)) < 0 ? -1 : push(l, take_list(l, (size_t)at));
    case PK_EMPTY_DICT: return push(l, im_dict_new(t));
    case PK_DICT: return load_dict(l);
    case PK_EMPTY_SET: return push(l, im_set_new(t, IM_NO_VALUE));
    case PK_FROZENSET: {
        if ((at = take_mark(l)) < 0) return -1;
        Value items = take_list(l, (size_t)at), r = im_no_value(items) ? items : im_frozenset_new(t, items);
        im_xdrop(t, items);
        return push(l, r);
    }
    case PK_ADDITEMS: return load_additems(l);
    case PK_APPEND: return l->stack.len < 1 ? underflow(l) : load_appends(l, l->stack.len - 1);
    case PK_APPENDS: return (at = take_mark(l)) < 0 ? -1 : load_appends(l, (size_t)at);
    case PK_SETITEM: return l->stack.len < 2 ? underflow(l) : load_setitems(l, l->stack.len - 2);
    case PK_SETITEMS: return (at = take_mark(l)) < 0 ? -1 : load_setitems(l, (size_t)at);
    case PK_MARK: return mark(l);
    case PK_POP: return load_pop(l);
    case PK_POP_MARK:
        if ((at = take_mark(l)) < 0) return -1;
        drop_from(l, (size_t)at);
        return 0;
    case PK_DUP: return has(l, 1) ? push(l, im_new_ref(l->stack.items[l->stack.len - 1])) : underflow(l);
    case PK_MEMOIZE: return memo_put(l, l->memo_used);
    case PK_BINGET: return load_get(l, 1);
    case PK_LONG_BINGET: return load_get(l, 4);
    case PK_BINPUT: return load_put(l, 1);
    case PK_LONG_BINPUT: return load_put(l, 4);
    case PK_GET: {
        if (line_index(l, &index) < 0) return -1;
        return index < 0 ? (im_raise_unpickling(l, "Memo value not found at index %lld", (long long)index), -1) : memo_get(l, (uint64_t)index);
    }
    case PK_PUT:
        if (line_index(l, &index) < 0) return -1;
        if (!has(l, 1)) return underflow(l);
        return index < 0 ? (im_raise_valueerror(t, "negative PUT argument"), -1) : memo_put(l, (uint64_t)index);
    case PK_GLOBAL: return push(l, class_of_lines(l));
    case PK_STACK_GLOBAL: return load_stack_global(l);
    case PK_INST: return load_inst(l);
    case PK_OBJ: return load_obj(l);
    case PK_NEWOBJ: return load_newobj(l, false);
    case PK_NEWOBJ_EX: return load_newobj(l, true);
    case PK_REDUCE: return load_reduce(l);
    case PK_BUILD: return load_build(l);
    case PK_PERSID: return load_persid_line(l);
    case PK_BINPERSID: return load_persistent(l, pop(l));
    case PK_EXT1: return load_extension(l, 1);
    case PK_EXT2: return load_extension(l, 2);
    case PK_EXT4: return load_extension(l, 4);
    case PK_PROTO: return load_proto(l);
    case PK_FRAME: return load_frame(l);
    }
    if (op >= 0x20 && op <= 0x7E && op != '\'' && op != '\\') im_raise_unpickling(l, "invalid load key, '%c'.", op);
    else im_raise_unpickling(l, "invalid load key, '\\x%02x'.", op);
    return -1;
}

Value im_load_run(ImLoad *l)
{
    Thread *t = l->t;
    l->nmarks = 0;
    l->fence = 0;
    l->proto = 0;
    for (uint32_t steps = 1;; steps++) {
        if (IM_UNLIKELY(l->pos == l->len)) {
            if (im_no_value(l->read)) return im_raise(t, &im_EOFError_type, "Ran out of input");
            if (fetch_slow(l, 1) < 0) {
                Value e = im_exc_fetch(t);
                if (im_type_of(e) != im_as_type(l->st->unpickling_error)) return im_exc_restore(t, e), IM_NO_VALUE;
                im_drop(t, e);
                return im_raise(t, &im_EOFError_type, "Ran out of input");
            }
        }
        uint8_t op = l->in[l->pos++];
        if (op == PK_STOP) break;
        if (IM_UNLIKELY((steps & 0xFFFF) == 0) && im_poll(t) < 0) return IM_NO_VALUE;
        if (step(l, op) < 0) return IM_NO_VALUE;
    }
    if (skip_used(l) < 0) return IM_NO_VALUE;
    return pop(l);
}
