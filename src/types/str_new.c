/* str: creation, storage, UTF-8.
 * SPDX-License-Identifier: MIT */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "types/bytes.h"
#include "mem/vec.h"
#include "types/str_make.h"

static Value empty_str;
Value im_str_latin1[256];

Value im_str_alloc(Thread *t, ssize_t len, int kind, bool ascii);
Value im_str_alloc(Thread *t, ssize_t len, int kind, bool ascii) { return im_str_make(t, len, kind, ascii); }

static Value empty(Thread *t)
{
    if (im_no_value(empty_str)) {
        empty_str = im_str_make(t, 0, 1, true);
        if (im_no_value(empty_str)) return empty_str;
        im_immortalize(empty_str);
        im_root_add(&empty_str);
    }
    return empty_str;
}

Value im_str_new(Thread *t, ssize_t len, uint32_t maxchar)
{
    if (len == 0) return empty(t);
    return im_str_make(t, len, maxchar < 256 ? 1 : maxchar < 65536 ? 2 : 4, maxchar < 128);
}

Value im_str_from_char(Thread *t, uint32_t c)
{
    if (c < 256) {
        Value known = {im_load_acquire(&im_str_latin1[c].bits)};
        if (im_no_value(known)) {
            Value v = im_str_make(t, 1, 1, c < 128);
            if (im_no_value(v)) return v;
            ((ImStr *)im_ptr(v))->data[0] = (uint8_t)c;
            im_immortalize(v);
            Value none = IM_NO_VALUE;
            return im_cas_acq_rel(&im_str_latin1[c].bits, &none.bits, v.bits) ? v : none;
        }
        return known;
    }
    Value v = im_str_make(t, 1, c < 65536 ? 2 : 4, false);
    if (!im_no_value(v)) im_str_write(c < 65536 ? 2 : 4, im_str_data(v), 0, c);
    return v;
}

/* True where all n bytes are below 128; tests a word at a time. */
bool im_bytes_are_ascii(const void *p, size_t n);
bool im_bytes_are_ascii(const void *p, size_t n)
{
    const uint8_t *s = p;
#ifdef __SSE2__
    for (; n >= 64; n -= 64, s += 64) {
        const __m128i *w = (const __m128i *)(const void *)s;
        __m128i a = _mm_or_si128(_mm_loadu_si128(w), _mm_loadu_si128(w + 1)), b = _mm_or_si128(_mm_loadu_si128(w + 2), _mm_loadu_si128(w + 3));
        if (_mm_movemask_epi8(_mm_or_si128(a, b))) return false;
    }
#endif
    for (; n >= 32; n -= 32, s += 32) {
        uint64_t w[4];
        memcpy(w, s, 32);
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080u) return false;
    }
    for (; n >= 8; n -= 8, s += 8) {
        uint64_t w;
        memcpy(&w, s, 8);
        if (w & 0x8080808080808080u) return false;
    }
    uint8_t high = 0;
    while (n--) high |= *s++;
    return high < 0x80;
}

Value im_str_from_latin1(Thread *t, const void *p, ssize_t len)
{
    if (len == 0) return empty(t);
    if (len == 1) return im_str_from_char(t, *(const uint8_t *)p);
    Value v = im_str_make(t, len, 1, im_bytes_are_ascii(p, (size_t)len));
    if (!im_no_value(v)) im_copy_short(im_str_data(v), p, (size_t)len);
    return v;
}

Value im_str_from_ascii(Thread *t, const void *p, ssize_t len)
{
    if (IM_UNLIKELY(len <= 1)) return len ? im_str_from_char(t, *(const uint8_t *)p) : empty(t);
    Value v = im_str_make(t, len, 1, true);
    if (!im_no_value(v)) im_copy_short(im_str_data(v), p, (size_t)len);
    return v;
}

Value im_str_substring(Thread *t, Value s, ssize_t start, ssize_t end)
{
    ssize_t n = im_str_len(s);
    if (end > n) end = n;
    if (start < 0) start = 0;
    if (start >= end) return empty(t);
    if (start == 0 && end == n && im_is_str_exact(s)) return im_new_ref(s);
    if (IM_LIKELY(im_str_is_ascii(s))) return im_str_from_ascii(t, (char *)im_str_data(s) + start, end - start);
    int k = im_str_kind(s);
    return im_str_from_kind(t, k, (char *)im_str_data(s) + start * k, end - start);
}

/* All code points (of two or four bytes) or-ed together. */
static uint32_t or_all(int kind, const void *data, ssize_t len)
{
    const char *p = data, *end = p + len * kind;
    uint64_t acc = 0, w[4];
    for (; end - p >= 32; p += 32) {
        memcpy(w, p, 32);
        acc |= w[0] | w[1] | w[2] | w[3];
    }
    acc |= acc >> 32;
    uint32_t max = (uint32_t)acc;
    if (kind == 2) {
        max = (max | max >> 16) & 0xFFFF;
        for (; p < end; p += 2) max |= *(const uint16_t *)p;
    } else {
        for (; p < end; p += 4) max |= *(const uint32_t *)p;
    }
    return max;
}

Value im_str_from_kind(Thread *t, int kind, const void *data, ssize_t len)
{
    uint32_t max = 0;
    if (len == 0) return empty(t);
    if (kind == 1) return im_str_from_latin1(t, data, len);
    max = or_all(kind, data, len);
    if (max >= 65536) { /* OR of values may overstate: exact only where it matters */
        uint32_t m = 0;
        for (ssize_t i = 0; i < len; i++) { uint32_t c = im_str_read(kind, data, i); if (c > m) m = c; }
        max = m;
    }
    if (len == 1 && max < 256) return im_str_from_char(t, max);
    int k = max < 256 ? 1 : max < 65536 ? 2 : 4;
    Value v = im_str_make(t, len, k, max < 128);
    if (im_no_value(v)) return v;
    if (k == kind) memcpy(im_str_data(v), data, (size_t)len * (size_t)kind);
    else if (k == 1 && kind == 4) {
        uint8_t *d = im_str_data(v);
        const uint32_t *s = data;
        ssize_t i = 0;
#ifdef __SSE2__
        for (; i + 16 <= len; i += 16) {
            __m128i a = _mm_packs_epi32(_mm_loadu_si128((const __m128i *)(s + i)), _mm_loadu_si128((const __m128i *)(s + i + 4)));
            __m128i b = _mm_packs_epi32(_mm_loadu_si128((const __m128i *)(s + i + 8)), _mm_loadu_si128((const __m128i *)(s + i + 12)));
            _mm_storeu_si128((__m128i *)(d + i), _mm_packus_epi16(a, b));
        }
#endif
        for (; i < len; i++) d[i] = (uint8_t)s[i];
    }
    else if (k == 1) for (ssize_t i = 0; i < len; i++) ((uint8_t *)im_str_data(v))[i] = (uint8_t)((const uint16_t *)data)[i];
    else for (ssize_t i = 0; i < len; i++) ((uint16_t *)im_str_data(v))[i] = (uint16_t)((const uint32_t *)data)[i];
    return v;
}

/* One code point of UTF-8 at *p (end exclusive); -1 when invalid. Surrogates only with `wtf`. */
static int32_t utf8_next(const uint8_t **p, const uint8_t *end, bool wtf)
{
    const uint8_t *s = *p;
    uint32_t c = *s;
    if (c < 0x80) { *p = s + 1; return (int32_t)c; }
    int n = c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : -1;
    if (n < 0 || end - s <= n) return -1;
    c &= 0x3Fu >> n;
    for (int i = 1; i <= n; i++) {
        if ((s[i] & 0xC0) != 0x80) return -1;
        c = c << 6 | (s[i] & 0x3F);
    }
    if ((n == 2 && c < 0x800) || (n == 3 && (c < 0x10000 || c > 0x10FFFF)) || (!wtf && c >= 0xD800 && c < 0xE000)) return -1;
    *p = s + n + 1;
    return (int32_t)c;
}

static Value from_utf8(Thread *t, const char *s, ssize_t len, bool wtf)
{
    const uint8_t *p = (const uint8_t *)s, *end = p + len;
    if (im_bytes_are_ascii(s, (size_t)len)) return im_str_from_latin1(t, s, len);
    ssize_t n = 0;
    uint32_t max = 0;
    while (p < end) {
        int32_t c = utf8_next(&p, end, wtf);
        if (c < 0) return im_str_decode(t, s, len, "utf-8", "strict"); /* raises */
        if ((uint32_t)c > max) max = (uint32_t)c;
        n++;
    }
    if (n == 1 && max < 256) return im_str_from_char(t, max);
    Value v = im_str_new(t, n, max);
    if (im_no_value(v)) return v;
    int k = im_str_kind(v);
    p = (const uint8_t *)s;
    for (ssize_t i = 0; i < n; i++) im_str_write(k, im_str_data(v), i, (uint32_t)utf8_next(&p, end, wtf));
    return v;
}
Value im_str_from_utf8(Thread *t, const char *s, ssize_t len) { return from_utf8(t, s, len, false); }
Value im_str_from_wtf8(Thread *t, const char *s, ssize_t len) { return from_utf8(t, s, len, true); }
Value im_str_from_cstr(Thread *t, const char *s) { return from_utf8(t, s, (ssize_t)strlen(s), false); }
