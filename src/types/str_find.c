/* str: searching, slicing, joining.
 * SPDX-License-Identifier: MIT */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "types/list.h"
#include "types/str.h"
#include "types/tuple.h"

ssize_t im_str_find_char(Value s, uint32_t c, ssize_t start, ssize_t end, int direction)
{
    int k = im_str_kind(s);
    const void *d = im_str_data(s);
    if (end > im_str_len(s)) end = im_str_len(s);
    if (start >= end || (k == 1 && c > 255) || (k == 2 && c > 0xFFFF)) return -1;
    if (k == 1) {
        const char *p = direction > 0 ? memchr((const char *)d + start, (int)c, (size_t)(end - start)) : memrchr((const char *)d + start, (int)c, (size_t)(end - start));
        return p ? p - (const char *)d : -1;
    }
    if (direction > 0) {
        if (k == 2) {
            const uint16_t *p = d;
#ifdef __SSE2__
            const __m128i wanted = _mm_set1_epi16((short)c);
            for (; end - start >= 8; start += 8) {
                const unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi16(_mm_loadu_si128((const __m128i *)(const void *)(p + start)), wanted));
                if (mask) return start + (__builtin_ctz(mask) >> 1);
            }
#endif
            for (ssize_t i = start; i < end; i++)
                if (p[i] == c) return i;
            return -1;
        }
        const uint32_t *p = d;
        for (ssize_t i = start; i < end; i++)
            if (p[i] == c) return i;
    } else {
        for (ssize_t i = end - 1; i >= start; i--)
            if (im_str_read(k, d, i) == c) return i;
    }
    return -1;
}

#ifdef __SSE2__
/* Both ends of the needle are looked for 16 places at a time. Where too many places only look like a match the library's search, which is linear, goes on. */
static const char *find_bytes(const char *p, size_t n, const char *needle, size_t m)
{
    const char *last = p + (n - m); /* last place where it may begin */
    const __m128i head = _mm_set1_epi8(needle[0]), tail = _mm_set1_epi8(needle[m - 1]);
    int wrong = 0;
    for (; last - p >= 15; p += 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)p), b = _mm_loadu_si128((const __m128i *)(p + m - 1));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, head), _mm_cmpeq_epi8(b, tail)));
        for (; mask; mask &= mask - 1) {
            const char *q = p + __builtin_ctz(mask);
            if (m <= 2 || memcmp(q + 1, needle + 1, m - 2) == 0) return q;
            wrong++;
        }
        if (IM_UNLIKELY(wrong > 64)) return memmem(p + 16, (size_t)(last - p) - 16 + m, needle, m);
    }
    for (; p <= last; p++)
        if (*p == needle[0] && p[m - 1] == needle[m - 1] && (m <= 2 || memcmp(p + 1, needle + 1, m - 2) == 0)) return p;
    return NULL;
}
#else
static const char *find_bytes(const char *p, size_t n, const char *needle, size_t m) { return memmem(p, n, needle, m); }
#endif
const void *im_bytes_find(const void *p, size_t n, const void *needle, size_t m) { return n < m ? NULL : m == 0 ? p : m == 1 ? memchr(p, *(const uint8_t *)needle, n) : find_bytes(p, n, needle, m); }

size_t im_bytes_count(const void *hay, size_t n, const void *needle, size_t m)
{
    const char *p = hay, *end = p + n, *next = p, *ns = needle;
    size_t count = 0;
#ifdef __SSE2__
    const __m128i head = _mm_set1_epi8(ns[0]), tail = _mm_set1_epi8(ns[m - 1]);
    int wrong = 0;
    for (; end - p >= (ssize_t)m + 15 && wrong <= 64; p += 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)p), b = _mm_loadu_si128((const __m128i *)(p + m - 1));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, head), _mm_cmpeq_epi8(b, tail)));
        if (m == 1) { count += (unsigned)__builtin_popcount(mask); next = p + 16; continue; }
        for (; mask; mask &= mask - 1) {
            const char *q = p + __builtin_ctz(mask);
            if (q < next) continue;
            if (m > 8) {
                if (memcmp(q + 1, ns + 1, m - 2)) { wrong++; continue; }
            } else if (m > 2) {
                size_t i = 1;
                while (i < m - 1 && q[i] == ns[i]) i++;
                if (i < m - 1) { wrong++; continue; }
            }
            count++;
            next = q + m;
        }
    }
    if (next > p) p = next;
#endif
    for (const char *q; p < end && (q = im_bytes_find(p, (size_t)(end - p), needle, m)); p = q + m) count++;
    return count;
}

static bool match_at(int k, const void *d, ssize_t i, int ks, const void *ds, ssize_t m)
{
    if (k == ks) return memcmp((const char *)d + i * k, ds, (size_t)(m * k)) == 0;
    for (ssize_t j = 0; j < m; j++)
        if (im_str_read(k, d, i + j) != im_str_read(ks, ds, j)) return false;
    return true;
}

ssize_t im_str_find(Value s, Value sub, ssize_t start, ssize_t end, int direction)
{
    ssize_t m = im_str_len(sub), n = im_str_len(s);
    if (end > n) end = n;
    if (start < 0 || m > end - start) return -1;
    if (m == 0) return direction > 0 ? start : end;
    int k = im_str_kind(s), ks = im_str_kind(sub);
    if (ks > k) return -1;
    const void *d = im_str_data(s), *ds = im_str_data(sub);
    uint32_t first = im_str_read(ks, ds, 0);
    if (m == 1) return im_str_find_char(s, first, start, end, direction);
    if (direction > 0) {
        if (k == 1) {
            const char *p = find_bytes((const char *)d + start, (size_t)(end - start), ds, (size_t)m);
            return p ? p - (const char *)d : -1;
        }
        for (ssize_t i = start; (i = im_str_find_char(s, first, i, end - m + 1, 1)) >= 0; i++)
            if (match_at(k, d, i, ks, ds, m)) return i;
    } else {
        for (ssize_t i = end - m; i >= start; i--)
            if (im_str_read(k, d, i) == first && match_at(k, d, i, ks, ds, m)) return i;
    }
    return -1;
}

bool im_str_startswith(Value s, Value prefix, ssize_t start)
{
    ssize_t m = im_str_len(prefix);
    return start >= 0 && m <= im_str_len(s) - start && match_at(im_str_kind(s), im_str_data(s), start, im_str_kind(prefix), im_str_data(prefix), m);
}

static uint32_t max_char(Value s) { return im_str_is_ascii(s) ? 127 : im_str_kind(s) == 1 ? 255 : im_str_kind(s) == 2 ? 0xFFFF : 0x10FFFF; }
static void copy_in(int k, void *d, ssize_t at, Value s)
{
    int ks = im_str_kind(s);
    ssize_t n = im_str_len(s);
    const void *ds = im_str_data(s);
    if (k == ks) memcpy((char *)d + at * k, ds, (size_t)(n * k));
    else for (ssize_t i = 0; i < n; i++) im_str_write(k, d, at + i, im_str_read(ks, ds, i));
}

Value im_str_concat(Thread *t, Value a, Value b)
{
    ssize_t na = im_str_len(a), nb = im_str_len(b), n;
    if (nb == 0 && im_is_str_exact(a)) return im_new_ref(a);
    if (na == 0 && im_is_str_exact(b)) return im_new_ref(b);
    if (__builtin_add_overflow(na, nb, &n)) return im_raise_overflow(t, "strings are too large to concat");
    uint32_t ma = max_char(a), mb = max_char(b);
    Value v = im_str_new(t, n, ma > mb ? ma : mb);
    if (im_no_value(v)) return v;
    copy_in(im_str_kind(v), im_str_data(v), 0, a);
    copy_in(im_str_kind(v), im_str_data(v), na, b);
    return v;
}

int im_str_append(Thread *t, Value *a, Value b)
{
    Value x = *a;
    ssize_t na = im_str_len(x), nb = im_str_len(b);
    int k = im_str_kind(x);
    if (nb == 0) return 0;
    if (im_is_unique(x) && im_is_str_exact(x) && !im_str_is_interned(x) && im_str_kind(b) <= k && (im_str_is_ascii(b) || !im_str_is_ascii(x))
        && im_object_capacity(im_ptr(x)) >= sizeof(ImStr) + (size_t)(na + nb + 1) * (size_t)k) {
        ImStr *s = im_strp(x);
        copy_in(k, s->data, na, b);
        s->len = na + nb;
        im_str_write(k, s->data, s->len, 0);
        s->x_hash = -1;
        return 0;
    }
    uint32_t ma = max_char(x), mb = max_char(b), m = ma > mb ? ma : mb;
    int nk = m < 256 ? 1 : m < 65536 ? 2 : 4;
    ssize_t n = na + nb, room = n + (im_is_unique(x) ? n / 2 : 0); /* grows by half from the second append on */
    ImStr *s = (ImStr *)im_object_alloc_raw(t, &im_str_type.root, 0, sizeof(ImStr) + ((size_t)room + 1) * (size_t)nk);
    if (!s) { im_drop(t, x); *a = IM_NO_VALUE; return -1; }
    s->x_hash = -1;
    s->len = n;
    s->head.x_flags = (uint16_t)((nk == 1 ? IM_STR_KIND1 : nk == 2 ? IM_STR_KIND2 : IM_STR_KIND4) | (m < 128 ? IM_STR_ASCII : 0));
    copy_in(nk, s->data, 0, x);
    copy_in(nk, s->data, na, b);
    im_str_write(nk, s->data, n, 0);
    im_drop(t, x);
    *a = im_value(s);
    return 0;
}

IM_INLINE void copy_piece(char *to, const char *from, size_t n)
{
    if (n >= 8) {
        if (n > 32) { memcpy(to, from, n); return; }
        if (n > 16) { memcpy(to, from, 16); memcpy(to + n - 16, from + n - 16, 16); return; }
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
    } else if (n >= 4) {
        memcpy(to, from, 4);
        memcpy(to + n - 4, from + n - 4, 4);
    } else if (n) {
        to[0] = from[0];
        to[n >> 1] = from[n >> 1];
        to[n - 1] = from[n - 1];
    }
}

Value im_str_join_array(Thread *t, Value sep, const Value *items, size_t n)
{
    if (n == 0) return im_str_new(t, 0, 0);
    if (n == 1 && im_is_str_exact(items[0])) return im_new_ref(items[0]);
    ssize_t total = 0, ns = im_str_len(sep);
    uint32_t m = n > 1 && ns ? max_char(sep) : 0;
    for (size_t i = 0; i < n; i++) {
        if (__builtin_add_overflow(total, im_str_len(items[i]) + (i ? ns : 0), &total)) return im_raise_overflow(t, "join() result is too long for a Python string");
        uint32_t c = max_char(items[i]);
        if (c > m) m = c;
    }
    Value v = im_str_new(t, total, m);
    if (im_no_value(v)) return v;
    int k = im_str_kind(v);
    void *d = im_str_data(v);
    ssize_t at = 0;
    if (k == 1) { /* short pieces: no calls */
        char *to = d;
        const char *gap = im_str_data(sep);
        for (size_t i = 0; i < n; i++) {
            ImStr *piece = im_strp(items[i]);
            if (i && ns) {
                if (ns == 1) *to++ = *gap;
                else {
                    copy_piece(to, gap, (size_t)ns);
                    to += ns;
                }
            }
            copy_piece(to, (const char *)piece->data, (size_t)piece->len);
            to += piece->len;
        }
        return v;
    }
    for (size_t i = 0; i < n; i++) {
        if (i && ns) { copy_in(k, d, at, sep); at += ns; }
        copy_in(k, d, at, items[i]);
        at += im_str_len(items[i]);
    }
    return v;
}

Value im_str_join(Thread *t, Value sep, Value iterable)
{
    if (im_is_list_exact(iterable) && im_is_private(iterable)) { /* nothing below runs Python code */
        ImList *l = im_listp(iterable);
        ssize_t n = l->x_len;
        Value *items = n ? l->x_items->x_items : NULL;
        for (ssize_t i = 0; i < n; i++)
            if (IM_UNLIKELY(!im_is_str(items[i]))) return im_raise_type(t, "sequence item %zd: expected str instance, %T found", i, items[i]);
        return im_str_join_array(t, sep, items, (size_t)n);
    }
    Value seq = im_fast_sequence(t, iterable, "can only join an iterable");
    if (im_no_value(seq)) return seq;
    bool own = !im_is_tuple(seq) && im_is_unique(seq); /* a list made just now */
    Value tup = own || im_is_tuple(seq) ? im_new_ref(seq) : im_list_to_tuple(t, seq), r = IM_NO_VALUE;
    im_drop(t, seq);
    if (im_no_value(tup)) return tup;
    ssize_t n = own ? im_listp(tup)->x_len : im_tuple_len(tup);
    Value *items = !own ? im_tuple_items(tup) : n ? im_listp(tup)->x_items->x_items : NULL;
    for (ssize_t i = 0; i < n; i++)
        if (!im_is_str(items[i])) {
            (void)im_raise_type(t, "sequence item %zd: expected str instance, %T found", i, items[i]);
            goto done;
        }
    r = im_str_join_array(t, sep, items, (size_t)n);
done:
    im_drop(t, tup);
    return r;
}
