/* str: splitting, stripping, replacing, tables.
 * SPDX-License-Identifier: MIT */
#include <limits.h>

#include "types/dict.h"
#include "types/int.h"
#include "types/list.h"
#include "types/str_make.h"
#include "types/str_methods.h"
#include "types/tuple.h"
#include "types/unicode_db.h"

/* Of the first 256 code points: 1 white space, 2 line boundary, 4 the zero that also stands after the last one. */
static const uint8_t latin1_class[256] = {
    [0] = 4, [9] = 1, [10] = 3, [11] = 3, [12] = 3, [13] = 3, [0x1c] = 3, [0x1d] = 3, [0x1e] = 3, [0x1f] = 1, [' '] = 1, [0x85] = 3, [0xA0] = 1,
};
static bool space(uint32_t c) { return c < 128 ? c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f) : im_uc_is(c, IM_UC_SPACE); }

IM_INLINE int push(Thread *t, Value list, Value s, ssize_t from, ssize_t to)
{
    Value v = im_str_is_ascii(s) && to - from > 1 && (from || to < im_str_len(s)) ? im_str_make_ascii(t, (char *)im_str_data(s) + from, to - from) : im_str_substring(t, s, from, to);
    if (IM_UNLIKELY(im_no_value(v))) return -1;
    ImList *l = im_listp(list);
    if (IM_LIKELY(im_is_private_obj(&l->head) && l->x_items && (size_t)l->x_len < l->x_items->cap)) {
        l->x_items->x_items[l->x_len++] = v;
        return 0;
    }
    return im_list_append_steal(t, list, v);
}
static int split_args(Thread *t, const Value *a, Value *sep, ssize_t *max)
{
    *sep = im_no_value(a[0]) || im_is_none(a[0]) ? IM_NO_VALUE : a[0];
    *max = -1;
    if (!im_no_value(*sep) && !im_is_str(*sep)) return im_raise_type(t, "must be str or None, not %T", *sep), -1;
    if (!im_no_value(*sep) && im_str_len(*sep) == 0) return im_raise_valueerror(t, "empty separator"), -1;
    if (!im_no_value(a[1]) && im_as_ssize(t, a[1], &im_OverflowError_type, max) < 0) return -1;
    if (*max < 0) *max = SSIZE_MAX;
    return 0;
}
/* As CPython's: room for a dozen pieces, if so many are wanted. */
static Value pieces(Thread *t, ssize_t max) { return im_list_new(t, max >= 12 ? 12 : (size_t)max + 1); }
IM_STR_METHOD(im_str_m_split)
{
    (void)n; (void)kw;
    Value sep, list;
    ssize_t max, len = im_str_len(self), i = 0;
    if (split_args(t, a, &sep, &max) < 0 || im_no_value(list = pieces(t, max))) return IM_NO_VALUE;
    int k = im_str_kind(self);
    const void *d = im_str_data(self);
    if (im_no_value(sep) && k == 1) {
        const uint8_t *p = d;
        while (max-- > 0) {
            while (latin1_class[p[i]] & 1) i++;
            if (i == len) return list;
            ssize_t j = i;
            for (;; i++) {
                while (!(latin1_class[p[i]] & 5)) i++;
                if (p[i] || i == len) break;
            }
            if (push(t, list, self, j, i) < 0) goto fail;
        }
        while (i < len && latin1_class[p[i]] & 1) i++;
        if (i < len && push(t, list, self, i, len) < 0) goto fail;
        return list;
    }
    if (im_no_value(sep)) {
        while (max-- > 0) {
            while (i < len && space(im_str_read(k, d, i))) i++;
            if (i == len) return list;
            ssize_t j = i;
            while (i < len && !space(im_str_read(k, d, i))) i++;
            if (push(t, list, self, j, i) < 0) goto fail;
        }
        while (i < len && space(im_str_read(k, d, i))) i++;
        if (i < len && push(t, list, self, i, len) < 0) goto fail;
        return list;
    }
    ssize_t m = im_str_len(sep);
    if (m == 1 && k == 1 && im_str_kind(sep) == 1) {
        const uint8_t *p = d, c = *(const uint8_t *)im_str_data(sep);
        while (max-- > 0) {
            ssize_t j = i, near = len - i > 24 ? i + 24 : len;
            while (j < near && p[j] != c) j++;
            if (j == near && j < len) {
                const uint8_t *q = memchr(p + j, c, (size_t)(len - j));
                j = q ? q - p : len;
            }
            if (j == len) break;
            if (push(t, list, self, i, j) < 0) goto fail;
            i = j + 1;
        }
        if (push(t, list, self, i, len) == 0) return list;
        goto fail;
    }
    while (max-- > 0) {
        ssize_t j = im_str_find(self, sep, i, len, 1);
        if (j < 0) break;
        if (push(t, list, self, i, j) < 0) goto fail;
        i = j + m;
    }
    if (push(t, list, self, i, len) == 0) return list;
fail:
    im_drop(t, list);
    return IM_NO_VALUE;
}
IM_STR_METHOD(im_str_m_rsplit)
{
    (void)n; (void)kw;
    Value sep, list;
    ssize_t max, i = im_str_len(self);
    if (split_args(t, a, &sep, &max) < 0 || im_no_value(list = pieces(t, max))) return IM_NO_VALUE;
    int k = im_str_kind(self);
    const void *d = im_str_data(self);
    if (im_no_value(sep)) {
        while (max-- > 0) {
            while (i > 0 && space(im_str_read(k, d, i - 1))) i--;
            if (i == 0) goto done;
            ssize_t j = i;
            while (i > 0 && !space(im_str_read(k, d, i - 1))) i--;
            if (push(t, list, self, i, j) < 0) goto fail;
        }
        while (i > 0 && space(im_str_read(k, d, i - 1))) i--;
        if (i > 0 && push(t, list, self, 0, i) < 0) goto fail;
    } else {
        ssize_t m = im_str_len(sep);
        while (max-- > 0) {
            ssize_t j = im_str_find(self, sep, 0, i, -1);
            if (j < 0) break;
            if (push(t, list, self, j + m, i) < 0) goto fail;
            i = j;
        }
        if (push(t, list, self, 0, i) < 0) goto fail;
    }
done:
    if (im_list_reverse(t, list) == 0) return list;
fail:
    im_drop(t, list);
    return IM_NO_VALUE;
}
IM_INLINE bool breaks_line(uint32_t c) { return c < 256 ? latin1_class[c] & 2 : c == 0x2028 || c == 0x2029; }
IM_STR_METHOD(im_str_m_splitlines)
{
    (void)n; (void)kw;
    int keep = im_no_value(a[0]) ? 0 : im_truth(t, a[0]);
    if (keep < 0) return IM_NO_VALUE;
    Value list = im_list_new(t, 4);
    if (im_no_value(list)) return list;
    ssize_t len = im_str_len(self);
    int k = im_str_kind(self);
    const void *d = im_str_data(self);
    for (ssize_t i = 0; i < len;) {
        ssize_t j = i;
        if (k == 1) while (i < len && !(latin1_class[((const uint8_t *)d)[i]] & 2)) i++;
        else if (k == 2) while (i < len && !breaks_line(((const uint16_t *)d)[i])) i++;
        else while (i < len && !breaks_line(((const uint32_t *)d)[i])) i++;
        ssize_t end = i;
        if (i < len) {
            if (im_str_read(k, d, i) == '\r' && i + 1 < len && im_str_read(k, d, i + 1) == '\n') i += 2;
            else i++;
            if (keep) end = i;
        }
        if (push(t, list, self, j, end) < 0) { im_drop(t, list); return IM_NO_VALUE; }
    }
    return list;
}
static Value part(Thread *t, Value s, Value sep, ssize_t at, bool right)
{
    Value v[3];
    if (at < 0) {
        v[right ? 2 : 0] = im_is_str_exact(s) ? im_new_ref(s) : im_str_substring(t, s, 0, im_str_len(s));
        v[right ? 0 : 1] = im_str_new(t, 0, 0);
        v[right ? 1 : 2] = im_str_new(t, 0, 0);
    } else {
        v[0] = im_str_substring(t, s, 0, at);
        v[1] = im_new_ref(sep);
        v[2] = im_str_substring(t, s, at + im_str_len(sep), im_str_len(s));
    }
    return im_tuple_steal_array(t, v, 3);
}
static Value partition(Thread *t, Value self, Value sep, bool right)
{
    if (!im_is_str(sep)) return im_raise_type(t, "must be str, not %T", sep);
    if (im_str_len(sep) == 0) return im_raise_valueerror(t, "empty separator");
    return part(t, self, sep, im_str_find(self, sep, 0, im_str_len(self), right ? -1 : 1), right);
}
IM_STR_METHOD(im_str_m_partition) { (void)n; (void)kw; return partition(t, self, a[0], false); }
IM_STR_METHOD(im_str_m_rpartition) { (void)n; (void)kw; return partition(t, self, a[0], true); }

static Value strip(Thread *t, Value self, const Value *a, size_t n, bool left, bool right, const char *name)
{
    ssize_t i = 0, j = im_str_len(self);
    int k = im_str_kind(self);
    const void *d = im_str_data(self);
    if (n == 0 || im_is_none(a[0])) {
        while (left && i < j && space(im_str_read(k, d, i))) i++;
        while (right && j > i && space(im_str_read(k, d, j - 1))) j--;
    } else {
        Value set = a[0];
        if (!im_is_str(set)) return im_raise_type(t, "%s arg must be None or str", name);
        ssize_t m = im_str_len(set);
        if (m == 1 && k == 1 && im_str_kind(set) == 1) {
            const uint8_t *p = d, c = *(const uint8_t *)im_str_data(set);
            while (left && i < j && p[i] == c) i++;
            while (right && j > i && p[j - 1] == c) j--;
            return im_str_substring(t, self, i, j);
        }
        while (left && i < j && im_str_find_char(set, im_str_read(k, d, i), 0, m, 1) >= 0) i++;
        while (right && j > i && im_str_find_char(set, im_str_read(k, d, j - 1), 0, m, 1) >= 0) j--;
    }
    return im_str_substring(t, self, i, j);
}
IM_STR_METHOD(im_str_m_strip) { (void)kw; return strip(t, self, a, n, true, true, "strip"); }
IM_STR_METHOD(im_str_m_lstrip) { (void)kw; return strip(t, self, a, n, true, false, "lstrip"); }
IM_STR_METHOD(im_str_m_rstrip) { (void)kw; return strip(t, self, a, n, false, true, "rstrip"); }

/* One byte per code point before and after, and known whether all are ASCII: the places are counted first, the result is filled once. */
static Value replace_bytes(Thread *t, Value self, Value from, Value to, ssize_t at, ssize_t max, bool ascii)
{
    const char *s = im_str_data(self), *end = s + im_str_len(self), *f = im_str_data(from), *with = im_str_data(to);
    size_t m = (size_t)im_str_len(from), n = (size_t)im_str_len(to);
    if (m == 1 && n == 1) {
        Value v = im_str_new(t, end - s, ascii ? 127 : 255);
        if (im_no_value(v)) return v;
        char *d = im_str_data(v), a = *f, b = *with;
        ssize_t len = end - s;
        if (max >= len) for (ssize_t i = 0; i < len; i++) d[i] = s[i] == a ? b : s[i];
        else for (ssize_t i = 0; i < len; i++) d[i] = s[i] == a && max-- > 0 ? b : s[i];
        return v;
    }
    ssize_t found[64], count = 0;
    for (const char *p = s + at; p && count < max; p = im_bytes_find(p, (size_t)(end - p), f, m)) {
        if (count == 64 && max > end - s) { count += (ssize_t)im_bytes_count(p, (size_t)(end - p), f, m); break; }
        if (count < 64) found[count] = p - s;
        count++;
        p += m;
    }
    ssize_t size = end - s + count * ((ssize_t)n - (ssize_t)m); /* below 2^40: both lengths were made in memory */
    Value v = im_str_new(t, size, ascii ? 127 : 255);
    if (im_no_value(v) || !size) return v;
    char *d = im_str_data(v);
    const char *p = s;
    for (ssize_t i = 0; i < count; i++) {
        const char *q = i < 64 ? s + found[i] : im_bytes_find(p, (size_t)(end - p), f, m);
        if (q - p <= 16) while (p < q) *d++ = *p++;
        else { memcpy(d, p, (size_t)(q - p)); d += q - p; }
        memcpy(d, with, n);
        d += n;
        p = q + m;
    }
    memcpy(d, p, (size_t)(end - p));
    return v;
}
/* One character for another in a str of two bytes each. */
static Value replace_wide_char(Thread *t, Value self, uint16_t from, uint16_t to)
{
    const ssize_t len = im_str_len(self);
    const uint16_t *s = im_str_data(self);
    Value v = im_str_new(t, len, 0xFFFF), narrow;
    if (im_no_value(v)) return v;
    uint16_t *d = im_str_data(v), all = 0;
    for (ssize_t i = 0; i < len; i++) {
        d[i] = s[i] == from ? to : s[i];
        all |= d[i];
    }
    if (all > 255) return v;
    narrow = im_str_from_kind(t, 2, d, len);
    im_drop(t, v);
    return narrow;
}
IM_STR_METHOD(im_str_m_replace)
{
    (void)n; (void)kw;
    Value from = a[0], to = a[1];
    ssize_t max = -1, len = im_str_len(self), i = 0;
    if (!im_is_str(from)) return im_raise_type(t, "replace() argument 1 must be str, not %T", from);
    if (!im_is_str(to)) return im_raise_type(t, "replace() argument 2 must be str, not %T", to);
    if (!im_no_value(a[2]) && im_as_ssize(t, a[2], &im_OverflowError_type, &max) < 0) return IM_NO_VALUE;
    if (max < 0) max = SSIZE_MAX;
    ssize_t m = im_str_len(from), at = max ? im_str_find(self, from, 0, len, 1) : -1;
    if (at < 0) return im_str_substring(t, self, 0, len);
    int k = im_str_kind(self);
    if (m && k == 1 && im_str_kind(to) == 1 && len <= 1 << 24 && im_str_len(to) <= 1 << 30) {
        bool ascii = im_str_is_ascii(self) && im_str_is_ascii(to);
        if (ascii || (im_str_is_ascii(from) && !im_str_is_ascii(self))) return replace_bytes(t, self, from, to, at, max, ascii);
    }
    if (k == 2 && m == 1 && im_str_len(to) == 1 && im_str_kind(to) <= 2 && max >= len) return replace_wide_char(t, self, (uint16_t)im_str_at(from, 0), (uint16_t)im_str_at(to, 0));
    ImStrBuilder b;
    im_sb_init(&b);
    ssize_t n_to = im_str_len(to), places = len / (m ? m : 1) + 1, whole;
    if (n_to > m && (__builtin_mul_overflow(places < max ? places : max, n_to, &whole) || whole > (ssize_t)1 << 32)) { /* fails at once, not after filling memory */
        places = m ? 0 : len + 1;
        for (ssize_t p = at; m && p >= 0 && places < max; p = im_str_find(self, from, p + m, len, 1))
            if (++places > ((ssize_t)1 << 46) / n_to) return im_raise_memory(t);
        if (places > max) places = max;
        if (__builtin_mul_overflow(places, n_to - m, &whole) || __builtin_add_overflow(whole, len, &whole)) return im_raise_overflow(t, "replace string is too long");
        if (im_sb_reserve(t, &b, whole, 0) < 0) return IM_NO_VALUE;
    }
    if (m == 0) {
        for (; i <= len; i++) {
            if (max-- > 0 && im_sb_str(t, &b, to) < 0) goto fail;
            if (i < len && im_sb_char(t, &b, im_str_at(self, i)) < 0) goto fail;
        }
        return im_sb_finish(t, &b);
    }
    while (at >= 0 && max-- > 0) {
        if (im_sb_substr(t, &b, self, i, at) < 0 || im_sb_str(t, &b, to) < 0) goto fail;
        i = at + m;
        at = im_str_find(self, from, i, len, 1);
    }
    if (im_sb_substr(t, &b, self, i, len) < 0) goto fail;
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}
IM_STR_METHOD(im_str_m_expandtabs)
{
    (void)n; (void)kw;
    int size = 8;
    if (!im_no_value(a[0]) && im_as_int(t, a[0], &size) < 0) return IM_NO_VALUE;
    if (im_str_find_char(self, '\t', 0, im_str_len(self), 1) < 0) return im_str_substring(t, self, 0, im_str_len(self));
    ImStrBuilder b;
    ssize_t col = 0;
    im_sb_init(&b);
    for (ssize_t i = 0; i < im_str_len(self); i++) {
        uint32_t c = im_str_at(self, i);
        if (c == '\t') {
            if (size <= 0) continue;
            ssize_t pad = size - col % size;
            col += pad;
            if (im_sb_fill(t, &b, ' ', pad) < 0) goto fail;
            continue;
        }
        if (im_sb_char(t, &b, c) < 0) goto fail;
        col = c == '\n' || c == '\r' ? 0 : col + 1;
    }
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}

/* --- translate -------------------------------------------------------------------------------------------------------------------------- */
/* 1 replaced (appended), 0 unchanged, -1. */
static int translate_value(Thread *t, ImStrBuilder *b, Value v)
{
    int r = -1;
    int64_t x;
    if (im_is_none(v)) r = 1;
    else if (im_is_int_like(v)) {
        if (!im_int_get64(v, &x) || x < 0 || x > 0x10FFFF) (void)im_raise_valueerror(t, "character mapping must be in range(0x110000)");
        else r = im_sb_char(t, b, (uint32_t)x) < 0 ? -1 : 1;
    } else if (im_is_str(v)) r = im_sb_str(t, b, v) < 0 ? -1 : 1;
    else (void)im_raise_type(t, "character mapping must return integer, None or str");
    im_drop(t, v);
    return r;
}
static int translate_one(Thread *t, ImStrBuilder *b, Value table, uint32_t c)
{
    Value v = im_getitem(t, table, im_int(c));
    if (!im_no_value(v)) return translate_value(t, b, v);
    if (!im_pending_is(t, &im_LookupError_type)) return -1;
    im_exc_clear(t);
    return 0;
}
/* Of a dict: no KeyError is made. */
static int translate_exact(Thread *t, ImStrBuilder *b, Value table, uint32_t c)
{
    Value v;
    int r = im_dict_get(t, table, im_int(c), &v);
    return r <= 0 ? r : translate_value(t, b, v);
}
IM_STR_METHOD(im_str_m_translate)
{
    (void)n; (void)kw;
    ImStrBuilder b;
    im_sb_init(&b);
    /* What a dict says of an ASCII character is asked once: nothing that it runs can change the dict meanwhile, lookups of ints aside, and those are exact. */
    enum { UNKNOWN = 0, GONE = 0x200, MAPPED = 0x100 };
    uint16_t known[128];
    enum { ASK = 0xFF, DELETE = 0x80 };
    uint8_t quick[256]; /* of a Latin-1 character: the ASCII one that it becomes */
    const bool memo = im_is_dict_exact(a[0]) && im_str_len(self) > 4;
    if (memo) {
        memset(known, 0, sizeof known);
        memset(quick, ASK, sizeof quick);
    }
    const int k = im_str_kind(self);
    const void *d = im_str_data(self);
    const ssize_t len = im_str_len(self);
    for (ssize_t i = 0; i < len; i++) {
        if (memo && k == 1) { /* a run of characters that stay ASCII */
            uint8_t run[4096];
            const uint8_t *text = d;
            ssize_t filled = 0;
            const ssize_t end = len - i > (ssize_t)sizeof run ? i + (ssize_t)sizeof run : len;
            for (uint8_t to; i < end && (to = quick[text[i]]) != ASK; i++) {
                run[filled] = to;
                filled += to != DELETE;
            }
            if (filled && im_sb_ascii(t, &b, (char *)run, filled) < 0) { im_sb_free(&b); return IM_NO_VALUE; }
            if (i >= len) break;
        }
        uint32_t c = im_str_read(k, d, i);
        if (memo && c < 128 && known[c] != UNKNOWN) {
            if (known[c] != GONE && im_sb_char(t, &b, known[c] & 0xFF) < 0) { im_sb_free(&b); return IM_NO_VALUE; }
            continue;
        }
        ssize_t before = b.len;
        int r = memo ? translate_exact(t, &b, a[0], c) : translate_one(t, &b, a[0], c);
        if (r < 0 || (r == 0 && im_sb_char(t, &b, c) < 0)) { im_sb_free(&b); return IM_NO_VALUE; }
        if (memo && c < 128) {
            uint32_t x = b.len == before + 1 ? im_str_read(b.kind, b.data, before) : 256;
            if (b.len == before) known[c] = GONE;
            else if (x < 256) known[c] = (uint16_t)(MAPPED | x);
            if (known[c] == GONE) quick[c] = DELETE;
            else if (x < 128) quick[c] = (uint8_t)x;
        }
    }
    return im_sb_finish(t, &b);
}
IM_STR_METHOD(im_str_m_maketrans)
{
    (void)self; (void)kw;
    Value d = im_dict_new(t);
    if (im_no_value(d)) return d;
    if (n > 1) {
        if (!im_is_str(a[0])) { (void)im_raise_type(t, "first maketrans argument must be a string if there is a second argument"); goto fail; }
        if (!im_is_str(a[1])) { (void)im_raise_type(t, "maketrans() argument 2 must be str, not %T", a[1]); goto fail; }
        if (n > 2 && !im_is_str(a[2])) { (void)im_raise_type(t, "maketrans() argument 3 must be str, not %T", a[2]); goto fail; }
        if (im_str_len(a[0]) != im_str_len(a[1])) { (void)im_raise_valueerror(t, "the first two maketrans arguments must have equal length"); goto fail; }
        for (ssize_t i = 0; i < im_str_len(a[0]); i++)
            if (im_dict_set(t, d, im_int(im_str_at(a[0], i)), im_int(im_str_at(a[1], i))) < 0) goto fail;
        for (ssize_t i = 0; n > 2 && i < im_str_len(a[2]); i++)
            if (im_dict_set(t, d, im_int(im_str_at(a[2], i)), IM_NONE) < 0) goto fail;
        return d;
    }
    if (!im_is_dict(a[0])) { (void)im_raise_type(t, "if you give only one argument to maketrans it must be a dict"); goto fail; }
    size_t pos = 0;
    Value k, v;
    while (im_dict_next(t, a[0], &pos, &k, &v)) {
        int r = -1;
        if (im_is_str(k)) {
            if (im_str_len(k) != 1) (void)im_raise_valueerror(t, "string keys in translate table must be of length 1");
            else r = im_dict_set(t, d, im_int(im_str_at(k, 0)), v);
        } else if (im_is_int_like(k)) {
            r = im_dict_set(t, d, k, v);
        } else {
            (void)im_raise_type(t, "keys in translate table must be strings or integers");
        }
        im_drop(t, k);
        im_drop(t, v);
        if (r < 0) goto fail;
    }
    return d;
fail:
    im_drop(t, d);
    return IM_NO_VALUE;
}
