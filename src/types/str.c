/* str: the type, its slots and the methods that have no file of their own.
 * SPDX-License-Identifier: MIT */
#include <limits.h>

#include "types/bytes_methods.h"
#include "types/dict.h"
#include "types/float.h"
#include "types/int.h"
#include "types/list.h"
#include "types/module.h"
#include "types/slice.h"
#include "types/str_methods.h"
#include "types/tuple.h"
#include "types/unicode_db.h"

#define NOARGS (void)a, (void)n, (void)kw
#define M(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)

static Value exact(Thread *t, Value s) { return im_is_str_exact(s) ? im_new_ref(s) : im_str_from_kind(t, im_str_kind(s), im_str_data(s), im_str_len(s)); }

int im_str_bounds(Thread *t, const Value *a, size_t n, ssize_t len, ssize_t *start, ssize_t *end)
{
    *start = 0;
    *end = len;
    if (n > 1 && !im_is_none(a[1]) && im_slice_index(t, a[1], start) < 0) return -1;
    if (n > 2 && !im_is_none(a[2]) && im_slice_index(t, a[2], end) < 0) return -1;
    if (*end > len) *end = len;
    else if (*end < 0) { *end += len; if (*end < 0) *end = 0; }
    if (*start < 0) { *start += len; if (*start < 0) *start = 0; }
    return 0;
}

/* --- searching methods --- */
static int find_common(Thread *t, Value self, const Value *a, size_t n, const char *name, int dir, ssize_t *at)
{
    ssize_t start, end;
    if (!im_is_str(a[0])) return im_raise_type(t, "%s() argument 1 must be str, not %T", name, a[0]), -1;
    if (im_str_bounds(t, a, n, im_str_len(self), &start, &end) < 0) return -1;
    *at = im_str_find(self, a[0], start, end, dir);
    return 0;
}
M(m_find) { (void)kw; ssize_t i; return find_common(t, self, a, n, "find", 1, &i) < 0 ? IM_NO_VALUE : im_int(i); }
M(m_rfind) { (void)kw; ssize_t i; return find_common(t, self, a, n, "rfind", -1, &i) < 0 ? IM_NO_VALUE : im_int(i); }
M(m_index) { (void)kw; ssize_t i; return find_common(t, self, a, n, "index", 1, &i) < 0 ? IM_NO_VALUE : i < 0 ? im_raise_valueerror(t, "substring not found") : im_int(i); }
M(m_rindex) { (void)kw; ssize_t i; return find_common(t, self, a, n, "rindex", -1, &i) < 0 ? IM_NO_VALUE : i < 0 ? im_raise_valueerror(t, "substring not found") : im_int(i); }
M(m_count)
{
    (void)kw;
    ssize_t start, end, c = 0;
    if (!im_is_str(a[0])) return im_raise_type(t, "count() argument 1 must be str, not %T", a[0]);
    if (im_str_bounds(t, a, n, im_str_len(self), &start, &end) < 0) return IM_NO_VALUE;
    ssize_t m = im_str_len(a[0]);
    if (m == 0) return im_int(start <= end ? end - start + 1 : 0);
    if (im_str_kind(self) == 1 && im_str_kind(a[0]) == 1) return start < 0 || m > end - start ? im_int(0) : im_int((int64_t)im_bytes_count((char *)im_str_data(self) + start, (size_t)(end - start), im_str_data(a[0]), (size_t)m));
    while ((start = im_str_find(self, a[0], start, end, 1)) >= 0) { c++; start += m; }
    return im_int(c);
}
static Value affix(Thread *t, Value self, const Value *a, size_t n, bool tail)
{
    ssize_t start, end;
    if (n == 1 && im_is_str_exact(a[0]) && im_str_kind(a[0]) == 1 && im_str_kind(self) == 1) {
        const ssize_t m = im_str_len(a[0]), len = im_str_len(self);
        const uint8_t *p = im_str_data(a[0]), *s = (const uint8_t *)im_str_data(self) + (tail && m <= len ? len - m : 0);
        return im_bool(m <= len && (m == 0 || (*s == *p && (m == 1 || memcmp(s, p, (size_t)m) == 0))));
    }
    if (im_str_bounds(t, a, n, im_str_len(self), &start, &end) < 0) return IM_NO_VALUE;
    bool tup = im_is_tuple(a[0]);
    const Value *items = tup ? im_tuple_items(a[0]) : a;
    ssize_t count = tup ? im_tuple_len(a[0]) : 1;
    for (ssize_t i = 0; i < count; i++) {
        Value p = items[i];
        if (!im_is_str(p))
            return tup ? im_raise_type(t, "tuple for %s must only contain str, not %T", tail ? "endswith" : "startswith", p)
                       : im_raise_type(t, "%s first arg must be str or a tuple of str, not %T", tail ? "endswith" : "startswith", p);
        ssize_t m = im_str_len(p);
        if (start <= end && m <= end - start && im_str_startswith(self, p, tail ? end - m : start)) return IM_TRUE;
    }
    return IM_FALSE;
}
M(m_startswith) { (void)kw; return affix(t, self, a, n, false); }
M(m_endswith) { (void)kw; return affix(t, self, a, n, true); }
M(m_removeprefix)
{
    (void)n; (void)kw;
    if (!im_is_str(a[0])) return im_raise_type(t, "removeprefix() argument must be str, not %T", a[0]);
    return im_str_startswith(self, a[0], 0) ? im_str_substring(t, self, im_str_len(a[0]), im_str_len(self)) : exact(t, self);
}
M(m_removesuffix)
{
    (void)n; (void)kw;
    if (!im_is_str(a[0])) return im_raise_type(t, "removesuffix() argument must be str, not %T", a[0]);
    ssize_t m = im_str_len(a[0]), len = im_str_len(self);
    return m && m <= len && im_str_startswith(self, a[0], len - m) ? im_str_substring(t, self, 0, len - m) : exact(t, self);
}
/* --- padding --- */
static void fill_run(int kind, void *data, ssize_t at, ssize_t n, uint32_t fill)
{
    if (kind == 1) memset((char *)data + at, (int)fill, (size_t)n);
    else for (ssize_t i = 0; i < n; i++) im_str_write(kind, data, at + i, fill);
}
static Value pad(Thread *t, Value self, ssize_t left, ssize_t right, uint32_t fill)
{
    ssize_t len = im_str_len(self), total;
    if (left < 0) left = 0;
    if (right < 0) right = 0;
    if (left == 0 && right == 0) return exact(t, self);
    if (__builtin_add_overflow(left, right, &total) || __builtin_add_overflow(total, len, &total)) return im_raise_overflow(t, "padded string is too long");
    int kind = im_str_kind(self);
    uint32_t max = kind == 4 ? 0x10FFFF : kind == 2 ? 0xFFFF : im_str_is_ascii(self) ? 127 : 255;
    Value v = im_str_new(t, total, max > fill ? max : fill);
    if (im_no_value(v)) return v;
    int k = im_str_kind(v);
    void *data = im_str_data(v);
    fill_run(k, data, 0, left, fill);
    if (k == kind) memcpy((char *)data + left * k, im_str_data(self), (size_t)(len * k));
    else for (ssize_t i = 0; i < len; i++) im_str_write(k, data, left + i, im_str_at(self, i));
    fill_run(k, data, left + len, right, fill);
    return v;
}
static int pad_args(Thread *t, const Value *a, size_t n, ssize_t *w, uint32_t *fill)
{
    *fill = ' ';
    if (im_as_ssize(t, a[0], &im_OverflowError_type, w) < 0) return -1;
    if (n > 1) {
        if (!im_is_str(a[1])) return im_raise_type(t, "The fill character must be a unicode character, not %T", a[1]), -1;
        if (im_str_len(a[1]) != 1) return im_raise_type(t, "The fill character must be exactly one character long"), -1;
        *fill = im_str_at(a[1], 0);
    }
    return 0;
}
M(m_ljust) { (void)kw; ssize_t w; uint32_t f; return pad_args(t, a, n, &w, &f) < 0 ? IM_NO_VALUE : pad(t, self, 0, w - im_str_len(self), f); }
M(m_rjust) { (void)kw; ssize_t w; uint32_t f; return pad_args(t, a, n, &w, &f) < 0 ? IM_NO_VALUE : pad(t, self, w - im_str_len(self), 0, f); }
M(m_center)
{
    (void)kw;
    ssize_t w;
    uint32_t f;
    if (pad_args(t, a, n, &w, &f) < 0) return IM_NO_VALUE;
    ssize_t marg = w - im_str_len(self), left = marg / 2 + (marg & w & 1);
    return marg <= 0 ? exact(t, self) : pad(t, self, left, marg - left, f);
}
M(m_zfill)
{
    (void)n; (void)kw;
    ssize_t w, len = im_str_len(self);
    if (im_as_ssize(t, a[0], &im_OverflowError_type, &w) < 0) return IM_NO_VALUE;
    if (w <= len) return exact(t, self);
    uint32_t c = len ? im_str_at(self, 0) : 0;
    Value v = pad(t, self, w - len, 0, '0');
    if (!im_no_value(v) && (c == '+' || c == '-')) {
        int k = im_str_kind(v);
        im_str_write(k, im_str_data(v), 0, c);
        im_str_write(k, im_str_data(v), w - len, '0');
    }
    return v;
}
M(m_join) { (void)n; (void)kw; return im_str_join(t, self, a[0]); }
M(m_encode)
{
    (void)n; (void)kw;
    const char *s[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        if (im_no_value(a[i])) continue;
        if (!im_is_str(a[i])) return im_raise_type(t, "encode() argument '%s' must be str, not %T", i ? "errors" : "encoding", a[i]);
        if (!(s[i] = im_str_utf8(t, a[i], NULL))) return IM_NO_VALUE;
    }
    return im_str_encode(t, self, s[0], s[1]);
}
M(m_getnewargs)
{
    NOARGS;
    Value s = im_str_from_kind(t, im_str_kind(self), im_str_data(self), im_str_len(self)), r = im_no_value(s) ? s : im_tuple_pack(t, 1, s);
    im_xdrop(t, s);
    return r;
}
M(m_format_dunder) { (void)n; (void)kw; return im_is_str(a[0]) ? im_format_str(t, self, a[0]) : im_raise_type(t, "__format__() argument must be str, not %T", a[0]); }
M(m_sizeof) { NOARGS; (void)t; return im_int((int64_t)sizeof(ImStr) + (im_str_len(self) + 1) * im_str_kind(self)); }

/* --- slots --- */
static Value s_str(Thread *t, Value self) { return exact(t, self); }
static int64_t s_hash(Thread *t, Value self) { (void)t; return im_str_hash(self); }
static Value s_compare(Thread *t, Value x, Value y, ImCmp op)
{
    (void)t;
    if (!im_is_str(x) || !im_is_str(y)) return IM_NOT_IMPLEMENTED;
    if (op == IM_EQ) return im_bool(im_str_equal(x, y));
    if (op == IM_NE) return im_bool(!im_str_equal(x, y));
    int c = im_same(x, y) ? 0 : im_str_compare(x, y);
    return im_bool(op == IM_LT ? c < 0 : op == IM_LE ? c <= 0 : op == IM_GT ? c > 0 : c >= 0);
}
static ssize_t s_len(Thread *t, Value self) { (void)t; return im_str_len(self); }
static Value s_item(Thread *t, Value self, ssize_t i)
{
    if (i < 0 || i >= im_str_len(self)) return im_raise_index(t, "string index out of range");
    return im_str_from_char(t, im_str_at(self, i));
}
static Value s_subscript(Thread *t, Value self, Value key)
{
    ssize_t len = im_str_len(self), i, j, step;
    if (im_is_slice(key)) {
        if (im_slice_unpack(t, key, &i, &j, &step) < 0) return IM_NO_VALUE;
        ssize_t n = im_slice_adjust(len, &i, &j, step);
        if (n <= 0) return im_str_new(t, 0, 0);
        if (step == 1) return im_str_substring(t, self, i, i + n);
        int k = im_str_kind(self);
        if (im_str_is_ascii(self) && n > 1) {
            Value r = im_str_new(t, n, 127);
            if (im_no_value(r)) return r;
            char *to = im_str_data(r);
            const char *from = im_str_data(self);
            im_bytes_stride(to, from + i, n, step);
            return r;
        }
        if (k == 4 && step == -1 && n == len && n > 1) { /* all of it: as wide as before */
            Value r = im_str_new(t, n, 0x10FFFF);
            if (im_no_value(r)) return r;
            uint32_t *to = im_str_data(r);
            const uint32_t *from = im_str_data(self);
            for (ssize_t x = 0; x < n; x++) to[x] = from[n - 1 - x];
            return r;
        }
        void *tmp = im_raw_alloc(t, (size_t)n * (size_t)k);
        if (!tmp) return IM_NO_VALUE;
        for (ssize_t x = 0; x < n; x++) im_str_write(k, tmp, x, im_str_read(k, im_str_data(self), i + x * step));
        Value v = im_str_from_kind(t, k, tmp, n);
        im_raw_free(tmp);
        return v;
    }
    if (!im_is_index(key)) return im_raise_type(t, "string indices must be integers, not '%T'", key);
    if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return IM_NO_VALUE;
    return s_item(t, self, i < 0 ? i + len : i);
}
static int s_contains(Thread *t, Value self, Value x)
{
    if (!im_is_str(x)) return im_raise_type(t, "'in <string>' requires string as left operand, not %T", x), -1;
    return im_str_has(self, x);
}
static Value s_concat(Thread *t, Value x, Value y)
{
    if (!im_is_str(y)) return im_raise_type(t, "can only concatenate str (not \"%T\") to str", y);
    return im_str_concat(t, x, y);
}
static Value s_repeat(Thread *t, Value self, ssize_t n)
{
    ssize_t len = im_str_len(self), total;
    if (n <= 0 || len == 0) return im_str_new(t, 0, 0);
    if (n == 1) return exact(t, self);
    if (__builtin_mul_overflow(len, n, &total) || total > SSIZE_MAX / 8) return im_raise_overflow(t, "repeated string is too long");
    int k = im_str_kind(self);
    Value v = im_str_new(t, total, im_str_is_ascii(self) ? 127 : k == 1 ? 255 : k == 2 ? 0xFFFF : 0x10FFFF);
    if (im_no_value(v)) return v;
    char *d = im_str_data(v);
    size_t unit = (size_t)len * (size_t)k, all = unit * (size_t)n;
    im_fill_repeated(d, im_str_data(self), unit, all);
    return v;
}
static Value s_mod(Thread *t, Value x, Value y) { return im_is_str(x) ? im_str_format_percent(t, x, y) : IM_NOT_IMPLEMENTED; }
static void s_destroy(Thread *t, ImObject *o)
{
    (void)t;
    if (im_has_flag(o, IM_OF_DESTROY)) im_str_utf8_forget(o);
}

static Value make(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (nargs == 1 && im_no_value(kwnames)) return im_is_str_exact(args[0]) ? im_new_ref(args[0]) : im_str(t, args[0]);
    if (nargs == 0 && im_no_value(kwnames)) return im_str_new(t, 0, 0);
    if (nargs > 3 && im_no_value(kwnames) && type == &im_str_type) return im_raise_type(t, "str expected at most 3 arguments, got %zu", nargs);
    if (im_parse_args(t, "str", "(object=b'', encoding='utf-8', errors='strict')", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value x = a.v[0], r = IM_NO_VALUE;
    const char *enc = NULL, *err = NULL;
    for (int i = 1; i < 3; i++)
        if (!im_no_value(a.v[i])) {
            if (!im_is_str(a.v[i])) { (void)im_raise_type(t, "str() argument '%s' must be str, not %T", i == 1 ? "encoding" : "errors", a.v[i]); goto done; }
            const char *s = im_str_utf8(t, a.v[i], NULL);
            if (!s) goto done;
            if (i == 1) enc = s;
            else err = s;
        }
    if (im_no_value(x)) { r = im_str_new(t, 0, 0); goto done; }
    if (!enc && !err) { r = im_str(t, x); goto done; }
    if (im_is_str(x)) { (void)im_raise_type(t, "decoding str is not supported"); goto done; }
    ImBuffer b;
    if (!im_buffer_check(x)) { (void)im_raise_type(t, "decoding to str: need a bytes-like object, %T found", x); goto done; }
    if (im_buffer_get(t, x, &b, IM_BUF_SIMPLE) < 0) goto done;
    r = im_str_decode(t, b.buf, b.len, enc, err);
    im_buffer_release(t, &b);
done:
    im_args_fini(t, &a);
    return r;
}
static Value s_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value s = make(t, type, args, nargs, kwnames);
    if (im_no_value(s) || type == &im_str_type) return s;
    size_t bytes = ((size_t)im_str_len(s) + 1) * (size_t)im_str_kind(s);
    ImStr *o = (ImStr *)im_instance_alloc(t, type, bytes);
    if (o) {
        o->x_hash = im_strp(s)->x_hash;
        o->len = im_str_len(s);
        im_set_flag(&o->head, (uint16_t)(im_strp(s)->head.x_flags & (IM_STR_KIND_MASK | IM_STR_ASCII)));
        memcpy(o->data, im_str_data(s), bytes);
    }
    im_drop(t, s);
    return im_value(o);
}

/* --- iterator --- */
typedef struct ImStrIter { ImObject head; ssize_t x_index; Value seq; } ImStrIter;
extern ImType im_str_iterator_type;
static Value s_iter(Thread *t, Value self)
{
    ImStrIter *it = (ImStrIter *)im_instance_alloc(t, &im_str_iterator_type, 0);
    if (it) it->seq = im_new_ref(self);
    return im_value(it);
}
static Value it_next(Thread *t, Value self)
{
    ImStrIter *it = (ImStrIter *)im_ptr(self);
    ssize_t i = im_is_private(self) ? it->x_index++ : im_faa_relaxed(&it->x_index, 1);
    if (IM_UNLIKELY((size_t)i >= (size_t)im_str_len(it->seq))) { im_store_relaxed(&it->x_index, (ssize_t)SSIZE_MAX / 2); return IM_STOP; }
    Value quick = im_str_item_quick(it->seq, i);
    if (IM_LIKELY(!im_no_value(quick))) return quick;
    return im_str_from_char(t, im_str_at(it->seq, i));
}
static Value it_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }
M(it_hint) { NOARGS; (void)t; ImStrIter *it = (ImStrIter *)im_ptr(self); ssize_t left = im_str_len(it->seq) - it->x_index; return im_int(left > 0 ? left : 0); }
M(it_reduce)
{
    NOARGS;
    ImStrIter *it = (ImStrIter *)im_ptr(self);
    Value f = im_import_from(t, "builtins", "iter");
    if (im_no_value(f)) return f;
    bool done = it->x_index >= im_str_len(it->seq);
    Value e = im_str_new(t, 0, 0), args = im_tuple_pack(t, 1, done ? e : it->seq), r = im_no_value(args) ? args : done ? im_tuple_pack(t, 2, f, args) : im_tuple_pack(t, 3, f, args, im_int(it->x_index));
    im_xdrop(t, args);
    im_drop(t, f);
    return r;
}
M(it_setstate)
{
    (void)n; (void)kw;
    ssize_t i;
    if (im_as_ssize(t, a[0], &im_OverflowError_type, &i) < 0) return IM_NO_VALUE;
    ImStrIter *it = (ImStrIter *)im_ptr(self);
    it->x_index = i < 0 ? 0 : i > im_str_len(it->seq) ? im_str_len(it->seq) : i;
    return IM_NONE;
}
static int it_traverse(ImObject *o, ImVisit visit, void *arg) { return im_is_object(((ImStrIter *)o)->seq) ? visit(((ImStrIter *)o)->seq, arg) : 0; }
static void it_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImStrIter *)o)->seq); }
static const ImMethodDef it_methods[] = {IM_FIXED("__length_hint__", it_hint, 0, "($self, /)", NULL), IM_FIXED("__reduce__", it_reduce, 0, NULL, NULL), IM_FIXED("__setstate__", it_setstate, 1, "($self, object, /)", NULL), IM_END};
static const ImSlots it_slots = {.iter = it_self, .next = it_next};
static const ImTypeSpec it_spec = {.name = "str_ascii_iterator", .size = sizeof(ImStrIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE, .slots = &it_slots, .methods = it_methods, .traverse = it_traverse, .destroy = it_destroy};
IM_TYPE(str_iterator, &it_spec);

static const ImMethodDef str_methods[] = {
    IM_PARSED("encode", m_encode, "($self, /, encoding='utf-8', errors='strict')", "Encode the string using the codec registered for encoding."),
    IM_PARSED("replace", im_str_m_replace, "($self, old, new, /, count=-1)", "Return a copy with all occurrences of substring old replaced by new."),
    IM_PARSED("split", im_str_m_split, "($self, /, sep=None, maxsplit=-1)", "Return a list of the substrings in the string, using sep as the separator string."),
    IM_PARSED("rsplit", im_str_m_rsplit, "($self, /, sep=None, maxsplit=-1)", "Return a list of the substrings in the string, using sep as the separator string."),
    IM_FIXED("join", m_join, 1, "($self, iterable, /)", "Concatenate any number of strings."),
    IM_FIXED("capitalize", im_str_m_capitalize, 0, "($self, /)", "Return a capitalized version of the string."), IM_FIXED("casefold", im_str_m_casefold, 0, "($self, /)", "Return a version of the string suitable for caseless comparisons."),
    IM_FIXED("title", im_str_m_title, 0, "($self, /)", "Return a version of the string where each word is titlecased."), IM_RANGE("center", m_center, 1, 2, "($self, width, fillchar=' ', /)", "Return a centered string of length width."),
    IM_RANGE("count", m_count, 1, 3, "($self, sub[, start[, end]], /)", "Return the number of non-overlapping occurrences of substring sub in string S[start:end]."), IM_PARSED("expandtabs", im_str_m_expandtabs, "($self, /, tabsize=8)", "Return a copy where all tab characters are expanded using spaces."),
    IM_RANGE("find", m_find, 1, 3, "($self, sub[, start[, end]], /)", "Return the lowest index in S where substring sub is found."), IM_FIXED("partition", im_str_m_partition, 1, "($self, sep, /)", "Partition the string into three parts using the given separator."),
    IM_RANGE("index", m_index, 1, 3, "($self, sub[, start[, end]], /)", "Return the lowest index in S where substring sub is found."), IM_RANGE("ljust", m_ljust, 1, 2, "($self, width, fillchar=' ', /)", "Return a left-justified string of length width."),
    IM_FIXED("lower", im_str_m_lower, 0, "($self, /)", "Return a copy of the string converted to lowercase."), IM_RANGE("lstrip", im_str_m_lstrip, 0, 1, "($self, chars=None, /)", "Return a copy of the string with leading whitespace removed."),
    IM_RANGE("rfind", m_rfind, 1, 3, "($self, sub[, start[, end]], /)", "Return the highest index in S where substring sub is found."), IM_RANGE("rindex", m_rindex, 1, 3, "($self, sub[, start[, end]], /)", "Return the highest index in S where substring sub is found."),
    IM_RANGE("rjust", m_rjust, 1, 2, "($self, width, fillchar=' ', /)", "Return a right-justified string of length width."), IM_RANGE("rstrip", im_str_m_rstrip, 0, 1, "($self, chars=None, /)", "Return a copy of the string with trailing whitespace removed."),
    IM_FIXED("rpartition", im_str_m_rpartition, 1, "($self, sep, /)", "Partition the string into three parts using the given separator."), IM_PARSED("splitlines", im_str_m_splitlines, "($self, /, keepends=False)", "Return a list of the lines in the string, breaking at line boundaries."),
    IM_RANGE("strip", im_str_m_strip, 0, 1, "($self, chars=None, /)", "Return a copy of the string with leading and trailing whitespace removed."), IM_FIXED("swapcase", im_str_m_swapcase, 0, "($self, /)", "Convert uppercase characters to lowercase and lowercase characters to uppercase."),
    IM_FIXED("translate", im_str_m_translate, 1, "($self, table, /)", "Replace each character in the string using the given translation table."), IM_FIXED("upper", im_str_m_upper, 0, "($self, /)", "Return a copy of the string converted to uppercase."),
    IM_RANGE("startswith", m_startswith, 1, 3, "($self, prefix[, start[, end]], /)", "Return True if the string starts with the specified prefix, False otherwise."), IM_RANGE("endswith", m_endswith, 1, 3, "($self, suffix[, start[, end]], /)", "Return True if the string ends with the specified suffix, False otherwise."),
    IM_FIXED("removeprefix", m_removeprefix, 1, "($self, prefix, /)", "Return a str with the given prefix string removed if present."), IM_FIXED("removesuffix", m_removesuffix, 1, "($self, suffix, /)", "Return a str with the given suffix string removed if present."),
    IM_FIXED("isascii", im_str_m_isascii, 0, "($self, /)", "Return True if all characters in the string are ASCII, False otherwise."), IM_FIXED("islower", im_str_m_islower, 0, "($self, /)", "Return True if the string is a lowercase string, False otherwise."),
    IM_FIXED("isupper", im_str_m_isupper, 0, "($self, /)", "Return True if the string is an uppercase string, False otherwise."), IM_FIXED("istitle", im_str_m_istitle, 0, "($self, /)", "Return True if the string is a title-cased string, False otherwise."),
    IM_FIXED("isspace", im_str_m_isspace, 0, "($self, /)", "Return True if the string is a whitespace string, False otherwise."), IM_FIXED("isdecimal", im_str_m_isdecimal, 0, "($self, /)", "Return True if the string is a decimal string, False otherwise."),
    IM_FIXED("isdigit", im_str_m_isdigit, 0, "($self, /)", "Return True if the string is a digit string, False otherwise."), IM_FIXED("isnumeric", im_str_m_isnumeric, 0, "($self, /)", "Return True if the string is a numeric string, False otherwise."),
    IM_FIXED("isalpha", im_str_m_isalpha, 0, "($self, /)", "Return True if the string is an alphabetic string, False otherwise."), IM_FIXED("isalnum", im_str_m_isalnum, 0, "($self, /)", "Return True if the string is an alpha-numeric string, False otherwise."),
    IM_FIXED("isidentifier", im_str_m_isidentifier, 0, "($self, /)", "Return True if the string is a valid Python identifier, False otherwise."), IM_FIXED("isprintable", im_str_m_isprintable, 0, "($self, /)", "Return True if all characters in the string are printable, False otherwise."),
    IM_FIXED("zfill", m_zfill, 1, "($self, width, /)", "Pad a numeric string with zeros on the left, to fill a field of the given width."), IM_RAW("format", im_str_m_format, "($self, /, *args, **kwargs)", "Return a formatted version of the string, using substitutions from args and kwargs."),
    IM_FIXED("format_map", im_str_m_format_map, 1, "($self, mapping, /)", "Return a formatted version of the string, using substitutions from mapping."), IM_FIXED("__format__", m_format_dunder, 1, "($self, format_spec, /)", "Return a formatted version of the string as described by format_spec."),
    {"maketrans", im_str_m_maketrans, IM_M_RANGE | IM_M_STATIC, 1, 3, "(x, y=<unrepresentable>, z=<unrepresentable>, /)", "Return a translation table usable for str.translate()."}, IM_FIXED("__sizeof__", m_sizeof, 0, "($self, /)", "Return the size of the string in memory, in bytes."),
    IM_FIXED("__getnewargs__", m_getnewargs, 0, "($self, /)", NULL), IM_END};
static const ImSlots str_slots = {.repr = im_str_repr, .str = s_str, .hash = s_hash, .richcompare = s_compare, .iter = s_iter, .length = s_len, .item = s_item, .subscript = s_subscript, .contains = s_contains, .concat = s_concat,
    .repeat = s_repeat, .remainder = s_mod, .new_ = s_new};
static const ImTypeSpec str_spec = {.name = "str", .size = sizeof(ImStr), .item_size = 1, .flags = IM_TF_BASETYPE | IM_TF_STR | IM_TF_MATCH_SELF | IM_TF_LEAF, .slots = &str_slots, .methods = str_methods, .destroy = s_destroy,
    .doc = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'."};
IM_TYPE(str, &str_spec);
