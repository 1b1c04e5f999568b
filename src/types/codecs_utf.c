/* UTF-8, UTF-16, UTF-32, ASCII and Latin-1.
 * SPDX-License-Identifier: MIT */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "types/codecs.h"

size_t im_str_utf8_put(char *p, uint32_t c);
bool im_bytes_are_ascii(const void *p, size_t n);

/* Length of the sequence that begins at s, and whether it is complete and valid: >0 code point length; 0 incomplete at the end; <0: -n, n bad bytes. */
static int sequence(const uint8_t *s, ssize_t left, uint32_t *out, const char **reason)
{
    uint32_t c = s[0];
    *reason = "invalid start byte";
    if (c < 0xC2 || c > 0xF4) return -1;
    int n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    uint8_t lo = 0x80, hi = 0xBF;
    if (c == 0xE0) lo = 0xA0;
    if (c == 0xED) hi = 0x9F;
    if (c == 0xF0) lo = 0x90;
    if (c == 0xF4) hi = 0x8F;
    *reason = "invalid continuation byte";
    uint32_t v = c & (0x7Fu >> n);
    for (int i = 1; i < n; i++) {
        if (i >= left) { *reason = "unexpected end of data"; return 0; }
        uint8_t b = s[i];
        if (b < (i == 1 ? lo : 0x80) || b > (i == 1 ? hi : 0xBF)) return -i;
        v = v << 6 | (b & 0x3F);
    }
    *out = v;
    return n;
}
/* Code points in valid UTF-8, which are its bytes that continue nothing, and the greatest byte. */
static ssize_t measure(const uint8_t *s, ssize_t len, uint8_t *greatest)
{
    ssize_t n = 0, i = 0;
    uint8_t max = 0;
#ifdef __SSE2__
    if (len >= 16) {
        __m128i top = _mm_setzero_si128(), sums = top;
        const __m128i zero = top, last = _mm_set1_epi8(-65), one = _mm_set1_epi8(1);
        for (; len - i >= 16; i += 16) {
            __m128i v = _mm_loadu_si128((const __m128i *)(s + i));
            top = _mm_max_epu8(top, v);
            sums = _mm_add_epi64(sums, _mm_sad_epu8(_mm_and_si128(_mm_cmpgt_epi8(v, last), one), zero));
        }
        uint8_t each[16];
        uint64_t both[2];
        memcpy(each, &top, 16);
        memcpy(both, &sums, 16);
        for (int k = 0; k < 16; k++) if (each[k] > max) max = each[k];
        n = (ssize_t)(both[0] + both[1]);
    }
#endif
    for (; i < len; i++) {
        n += (int8_t)s[i] > -65;
        if (s[i] > max) max = s[i];
    }
    *greatest = max;
    return n;
}
/* Text without mistakes: measured, then filled. No value without exception: there is a mistake (or an end too early). */
static Value decode_clean(Thread *t, const uint8_t *p, ssize_t len)
{
    const uint8_t *const end = p + len;
    uint8_t greatest;
    const ssize_t n = measure(p, len, &greatest); /* nothing is written past n code points: each takes a byte that was counted */
    if (n == 0) return IM_NO_VALUE;
    Value v = im_str_new(t, n, greatest < 0xC4 ? 255 : greatest < 0xF0 ? 0xFFFF : 0x10FFFF);
    if (im_no_value(v)) return v;
    void *d = im_str_data(v);
#define MORE(i) ((p[i] & 0xC0) == 0x80)
#define FILL(type) \
    for (type *o = d; p < end;) { \
        uint32_t c = *p; \
        if (c < 0x80) { \
            uint64_t w; \
            if (end - p >= 8 && (memcpy(&w, p, 8), !(w & 0x8080808080808080u))) { \
                for (int i = 0; i < 8; i++) o[i] = p[i]; \
                p += 8; \
                o += 8; \
                continue; \
            } \
            *o++ = (type)c; \
            p++; \
        } else if (c < 0xE0) { \
            if (c < 0xC2 || end - p < 2 || !MORE(1)) goto bad; \
            *o++ = (type)((c & 0x1F) << 6 | (p[1] & 0x3F)); \
            p += 2; \
        } else if (c < 0xF0) { \
            if (end - p < 3 || !MORE(1) || !MORE(2)) goto bad; \
            c = (c & 0x0F) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu); \
            if (c < 0x800 || (c & 0xF800) == 0xD800) goto bad; \
            *o++ = (type)c; \
            p += 3; \
        } else { \
            if (end - p < 4 || !MORE(1) || !MORE(2) || !MORE(3)) goto bad; \
            c = (c & 0x0F) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu); \
            if (c - 0x10000 > 0xFFFFF) goto bad; \
            *o++ = (type)c; \
            p += 4; \
        } \
    }
    if (greatest < 0xC4) { FILL(uint8_t) } else if (greatest < 0xF0) { FILL(uint16_t) } else { FILL(uint32_t) }
#undef FILL
#undef MORE
    if (n == 1 && greatest < 0xC4) {
        const uint8_t c = *(uint8_t *)d;
        im_drop(t, v);
        return im_str_from_char(t, c);
    }
    return v;
bad:
    im_drop(t, v);
    return IM_NO_VALUE;
}
Value im_utf8_decode(Thread *t, const char *bytes, ssize_t len, const char *errors, bool final, ssize_t *consumed)
{
    const uint8_t *p = (const uint8_t *)bytes;
    if (consumed) *consumed = len;
    if (im_bytes_are_ascii(p, (size_t)len)) return im_str_from_latin1(t, p, len);
    Value clean = decode_clean(t, p, len);
    if (!im_no_value(clean) || im_pending(t)) return clean;
    ImStrBuilder b;
    im_sb_init(&b);
    for (ssize_t i = 0; i < len;) {
        if (p[i] < 128) {
            ssize_t j = i;
            while (j < len && p[j] < 128) j++;
            if (im_sb_ascii(t, &b, bytes + i, j - i) < 0) goto fail;
            i = j;
            continue;
        }
        uint32_t c = 0;
        const char *reason;
        int n = sequence(p + i, len - i, &c, &reason);
        if (n > 0) {
            if (im_sb_char(t, &b, c) < 0) goto fail;
            i += n;
            continue;
        }
        if (n == 0 && !final) {
            if (consumed) *consumed = i;
            break;
        }
        if (errors && !strcmp(errors, "surrogatepass") && len - i >= 3 && p[i] == 0xED && p[i + 1] >= 0xA0 && p[i + 1] < 0xC0 && (p[i + 2] & 0xC0) == 0x80) {
            if (im_sb_char(t, &b, 0xD000u | (p[i + 1] & 0x3Fu) << 6 | (p[i + 2] & 0x3Fu)) < 0) goto fail;
            i += 3;
            continue;
        }
        if (!final && errors && !strcmp(errors, "surrogatepass") && p[i] == 0xED && len - i < 3 && (len - i < 2 || (p[i + 1] >= 0xA0 && p[i + 1] < 0xC0))) {
            if (consumed) *consumed = i;
            break;
        }
        ssize_t pos;
        const char *h = errors && !strcmp(errors, "surrogatepass") ? "strict" : errors;
        if (im_decode_error(t, &b, h, "utf-8", reason, p, len, i, n == 0 ? len : i - n, &pos) < 0) goto fail;
        i = pos;
    }
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}
static int put_char(Thread *t, ImByteBuilder *b, uint32_t c) { char tmp[4]; return im_bb_put(t, b, tmp, (ssize_t)im_str_utf8_put(tmp, c)); }
/* Bytes that these code points take. Without branches, so that several are counted at a time; the sums of a block fit in 16 bits. */
static size_t utf8_size_2(const uint16_t *p, ssize_t len, bool *surrogates)
{
    size_t size = 0;
    uint16_t found = 0;
    for (ssize_t i = 0; i < len;) {
        const ssize_t end = len - i > 8192 ? i + 8192 : len;
        uint16_t sum = 0;
        for (; i < end; i++) {
            const uint16_t c = p[i];
            sum = (uint16_t)(sum + 1 + (c >= 0x80) + (c >= 0x800));
            found |= (uint16_t)((c & 0xF800) == 0xD800);
        }
        size += sum;
    }
    *surrogates = found;
    return size;
}
static size_t utf8_size_4(const uint32_t *p, ssize_t len, bool *surrogates)
{
    size_t size = 0;
    uint32_t found = 0;
    for (ssize_t i = 0; i < len;) {
        const ssize_t end = len - i > 1 << 20 ? i + (1 << 20) : len;
        uint32_t sum = 0;
        for (; i < end; i++) {
            const uint32_t c = p[i];
            sum += 1 + (uint32_t)(c >= 0x80) + (c >= 0x800) + (c >= 0x10000);
            found |= (uint32_t)((c & 0xFFFFF800) == 0xD800);
        }
        size += sum;
    }
    *surrogates = found;
    return size;
}
static void utf8_fill_2(char *o, const uint16_t *q, ssize_t len)
{
    const uint16_t *const end = q + len;
    while (q < end) {
        uint32_t c = *q++;
        if (c < 0x80) {
            uint64_t w;
            *o++ = (char)c;
            while (end - q >= 4 && (memcpy(&w, q, 8), !(w & 0xFF80FF80FF80FF80u))) { /* four that are ASCII */
                w |= w >> 8;
                o[0] = (char)w;
                o[1] = (char)(w >> 8);
                o[2] = (char)(w >> 32);
                o[3] = (char)(w >> 40);
                o += 4;
                q += 4;
            }
        } else if (c < 0x800) {
            *o++ = (char)(0xC0 | c >> 6);
            *o++ = (char)(0x80 | (c & 0x3F));
        } else {
            *o++ = (char)(0xE0 | c >> 12);
            *o++ = (char)(0x80 | (c >> 6 & 0x3F));
            *o++ = (char)(0x80 | (c & 0x3F));
        }
    }
}
static void utf8_fill_4(char *o, const uint32_t *q, ssize_t len)
{
    for (const uint32_t *const end = q + len; q < end; q++) {
        const uint32_t c = *q;
        if (c < 0x80) *o++ = (char)c;
        else if (c >= 0x10000) {
            const uint32_t w = __builtin_bswap32(0xF0808080u | (c >> 18) << 24 | (c >> 12 & 0x3F) << 16 | (c >> 6 & 0x3F) << 8 | (c & 0x3F));
            memcpy(o, &w, 4);
            o += 4;
        } else o += im_str_utf8_put(o, c);
    }
}
Value im_utf8_encode(Thread *t, Value s, const char *errors)
{
    ssize_t len = im_str_len(s);
    if (im_str_is_ascii(s)) return im_bytes_new(t, im_str_data(s), len);
    int kind = im_str_kind(s);
    const void *data = im_str_data(s);
    size_t size = 0;
    bool surrogates = false;
    if (kind < 4 && len <= 300) { /* short: first to where there is room for any */
        char room[900], *o = room;
        if (kind == 1) {
            for (const uint8_t *q = data, *end = q + len; q < end; q++) {
                if (*q < 0x80) *o++ = (char)*q;
                else { *o++ = (char)(0xC0 | *q >> 6); *o++ = (char)(0x80 | (*q & 0x3F)); }
            }
        } else {
            for (const uint16_t *q = data, *end = q + len; q < end; q++) {
                uint32_t c = *q;
                if (c < 0x80) *o++ = (char)c;
                else if (c < 0x800) { *o++ = (char)(0xC0 | c >> 6); *o++ = (char)(0x80 | (c & 0x3F)); }
                else {
                    surrogates |= (c & 0xF800) == 0xD800;
                    *o++ = (char)(0xE0 | c >> 12);
                    *o++ = (char)(0x80 | (c >> 6 & 0x3F));
                    *o++ = (char)(0x80 | (c & 0x3F));
                }
            }
        }
        if (!surrogates) return im_bytes_new(t, room, o - room);
    }
    if (kind == 1) for (ssize_t i = 0; i < len; i++) size += 1 + (((const uint8_t *)data)[i] >> 7);
    else size = kind == 2 ? utf8_size_2(data, len, &surrogates) : utf8_size_4(data, len, &surrogates);
    if (!surrogates) {
        Value v = im_bytes_new(t, NULL, (ssize_t)size); /* at least two bytes: not a constant */
        if (im_no_value(v)) return v;
        char *o = im_bytes_data(v);
        if (kind == 1) {
            for (const uint8_t *q = data, *end = q + len; q < end; q++) {
                if (*q < 0x80) *o++ = (char)*q;
                else { *o++ = (char)(0xC0 | *q >> 6); *o++ = (char)(0x80 | (*q & 0x3F)); }
            }
        } else if (kind == 2) utf8_fill_2(o, data, len);
        else utf8_fill_4(o, data, len);
        return v;
    }
    ImByteBuilder b;
    im_bb_init(&b);
    for (ssize_t i = 0; i < len;) {
        uint32_t c = im_str_at(s, i);
        if (c < 0xD800 || c > 0xDFFF || (errors && !strcmp(errors, "surrogatepass"))) {
            if (put_char(t, &b, c) < 0) goto fail;
            i++;
            continue;
        }
        ssize_t j = i, pos;
        while (j < len && im_str_at(s, j) >= 0xD800 && im_str_at(s, j) <= 0xDFFF) j++;
        Value text;
        if (im_encode_error(t, &b, errors, "utf-8", "surrogates not allowed", s, i, j, &pos, &text) < 0) goto fail;
        if (!im_no_value(text)) {
            for (ssize_t k = 0; k < im_str_len(text); k++) {
                uint32_t x = im_str_at(text, k);
                if (x >= 128) {
                    im_drop(t, text);
                    (void)im_encode_error(t, &b, "strict", "utf-8", "surrogates not allowed", s, i, j, &pos, &text);
                    goto fail;
                }
                if (put_char(t, &b, x) < 0) { im_drop(t, text); goto fail; }
            }
            im_drop(t, text);
        }
        i = pos;
    }
    return im_bb_finish(t, &b);
fail:
    im_bb_free(&b);
    return IM_NO_VALUE;
}

/* --- UTF-16 and UTF-32 --- */
static uint32_t unit_at(const uint8_t *p, int w, bool big)
{
    if (w == 2) return big ? (uint32_t)(p[0] << 8 | p[1]) : (uint32_t)(p[1] << 8 | p[0]);
    return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}
/* The units of p in this machine's order, which is the little one. */
IM_INLINE uint32_t unit2(const uint8_t *p, ssize_t i, bool big) { uint16_t c; memcpy(&c, p + 2 * i, 2); return big ? __builtin_bswap16(c) : c; }
IM_INLINE uint32_t unit4(const uint8_t *p, ssize_t i, bool big) { uint32_t c; memcpy(&c, p + 4 * i, 4); return big ? __builtin_bswap32(c) : c; }
/* The body once for each kind, its code points being of type Unit: the compiler sees their width. */
#define EACH_KIND(kind, body) \
    do { \
        if ((kind) == 1) { typedef uint8_t Unit; body } else if ((kind) == 2) { typedef uint16_t Unit; body } else { typedef uint32_t Unit; body } \
    } while (0)
/* n units of UTF-16 of which some are surrogates, if all of these are pairs. */
static Value decode_pairs(Thread *t, const uint8_t *p, ssize_t n, bool big)
{
    ssize_t pairs = 0;
    for (ssize_t i = 0; i < n; i++) {
        const uint32_t c = unit2(p, i, big);
        if ((c & 0xF800) != 0xD800) continue;
        if (c >= 0xDC00 || ++i >= n || (unit2(p, i, big) & 0xFC00) != 0xDC00) return IM_NO_VALUE;
        pairs++;
    }
    Value v = im_str_new(t, n - pairs, 0x10FFFF);
    if (im_no_value(v)) return v;
    uint32_t *o = im_str_data(v);
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = unit2(p, i, big);
        if ((c & 0xF800) == 0xD800) c = 0x10000 + ((c - 0xD800) << 10) + (unit2(p, ++i, big) - 0xDC00);
        *o++ = c;
    }
    return v;
}
/* n > 1 units without mistakes. No value without exception: there is a mistake. */
static Value decode_wide_clean(Thread *t, const uint8_t *p, ssize_t n, int w, bool big)
{
    uint32_t surrogate = 0, max = 0;
    if (w == 2) {
        uint16_t found = 0, all = 0;
        for (ssize_t i = 0; i < n; i++) {
            uint16_t c;
            memcpy(&c, p + 2 * i, 2);
            if (big) c = __builtin_bswap16(c);
            found |= (uint16_t)((c & 0xF800) == 0xD800);
            all |= c;
        }
        if (found) return decode_pairs(t, p, n, big);
        max = all;
    } else {
        uint32_t beyond = 0;
        for (ssize_t i = 0; i < n; i++) {
            const uint32_t c = unit4(p, i, big);
            surrogate |= (uint32_t)((c & 0xFFFFF800) == 0xD800);
            beyond |= (uint32_t)(c > 0x10FFFF);
            max |= c;
        }
        if (surrogate | beyond) return IM_NO_VALUE;
    }
    Value v = im_str_new(t, n, max);
    if (im_no_value(v)) return v;
    void *d = im_str_data(v);
    const int kind = im_str_kind(v);
    if (kind == w && !big) memcpy(d, p, (size_t)(n * w));
    else if (w == 2) EACH_KIND(kind, { Unit *o = d; for (ssize_t i = 0; i < n; i++) o[i] = (Unit)unit2(p, i, big); });
    else EACH_KIND(kind, { Unit *o = d; for (ssize_t i = 0; i < n; i++) o[i] = (Unit)unit4(p, i, big); });
    return v;
}
Value im_utf_wide_decode(Thread *t, int width, const char *bytes, ssize_t len, const char *errors, int *order, bool final, ssize_t *consumed)
{
    const uint8_t *p = (const uint8_t *)bytes;
    int w = width / 8, ord = *order;
    ssize_t i = 0;
    bool pass = errors && !strcmp(errors, "surrogatepass");
    if (ord == 0 && len >= w) {
        if (unit_at(p, w, false) == 0xFEFF) { ord = -1; i = w; }
        else if (unit_at(p, w, true) == 0xFEFF) { ord = 1; i = w; }
    }
    bool big = ord == 1;
    if (ord) *order = ord;
    const char *name = width == 16 ? (ord == 0 ? "utf-16" : big ? "utf-16-be" : "utf-16-le") : ord == 0 ? "utf-32" : big ? "utf-32-be" : "utf-32-le";
    if ((len - i) % w == 0 && len - i > w) {
        Value clean = decode_wide_clean(t, p + i, (len - i) / w, w, big);
        if (consumed) *consumed = len;
        if (!im_no_value(clean) || im_pending(t)) return clean;
    }
    ImStrBuilder b;
    im_sb_init(&b);
    while (i < len) {
        const char *reason = NULL;
        ssize_t bad = w, pos;
        uint32_t c = 0;
        if (len - i < w) {
            if (!final) break;
            reason = "truncated data";
            bad = len - i;
        } else {
            c = unit_at(p + i, w, big);
            if (w == 2 && c >= 0xD800 && c < 0xDC00) {
                if (len - i < 4) {
                    if (!final) break;
                    reason = "unexpected end of data";
                    bad = len - i;
                } else {
                    uint32_t d = unit_at(p + i + 2, 2, big);
                    if (d >= 0xDC00 && d < 0xE000) {
                        if (im_sb_char(t, &b, 0x10000 + ((c - 0xD800) << 10) + (d - 0xDC00)) < 0) goto fail;
                        i += 4;
                        continue;
                    }
                    reason = "illegal UTF-16 surrogate";
                }
            } else if (w == 2 && c >= 0xDC00 && c < 0xE000) {
                reason = "illegal encoding";
            } else if (w == 4 && c > 0x10FFFF) {
                reason = "code point not in range(0x110000)";
            } else if (w == 4 && c >= 0xD800 && c < 0xE000) {
                reason = "code point in surrogate code point range(0xd800, 0xe000)";
            }
            if (reason && pass && c >= 0xD800 && c < 0xE000) reason = NULL;
        }
        if (!reason) {
            if (im_sb_char(t, &b, c) < 0) goto fail;
            i += w;
            continue;
        }
        if (im_decode_error(t, &b, pass ? "strict" : errors, name, reason, p, len, i, i + bad, &pos) < 0) goto fail;
        i = pos;
    }
    if (consumed) *consumed = i;
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}
static int put_unit(Thread *t, ImByteBuilder *b, uint32_t c, int w, bool big)
{
    uint8_t q[4];
    for (int i = 0; i < w; i++) q[big ? w - 1 - i : i] = (uint8_t)(c >> (8 * i));
    return im_bb_put(t, b, q, w);
}
static int put_wide(Thread *t, ImByteBuilder *b, uint32_t c, int w, bool big)
{
    if (w == 4 || c < 0x10000) return put_unit(t, b, c, w, big);
    c -= 0x10000;
    return put_unit(t, b, 0xD800 | c >> 10, 2, big) < 0 ? -1 : put_unit(t, b, 0xDC00 | (c & 0x3FF), 2, big);
}
/* Whether no handler is needed for these code points; how many of them lie above 0xFFFF. */
static bool encodes_plainly(int kind, const void *data, ssize_t n, bool pass, ssize_t *astral)
{
    uint16_t narrow = 0;
    uint32_t wide = 0;
    size_t above = 0;
    const uint16_t *two = data;
    const uint32_t *four = data;
    if (kind == 2 && !pass) for (ssize_t i = 0; i < n; i++) narrow |= (uint16_t)((two[i] & 0xF800) == 0xD800);
    if (kind == 4) for (ssize_t i = 0; i < n; i++) {
        wide |= (uint32_t)((four[i] & 0xFFFFF800) == 0xD800);
        above += four[i] >= 0x10000;
    }
    *astral = (ssize_t)above;
    return !narrow && (pass || !wide);
}
static void fill_units2(char *to, int kind, const void *data, ssize_t n, bool big, bool pairs)
{
    if (kind == 2 && !big) { memcpy(to, data, (size_t)n * 2); return; }
    if (pairs) {
        for (const uint32_t *q = data, *const end = q + n; q < end; q++) {
            uint32_t c = *q;
            if (c < 0x10000) {
                const uint16_t u = big ? __builtin_bswap16((uint16_t)c) : (uint16_t)c;
                memcpy(to, &u, 2);
                to += 2;
                continue;
            }
            c -= 0x10000;
            uint16_t u[2] = {(uint16_t)(0xD800 | c >> 10), (uint16_t)(0xDC00 | (c & 0x3FF))};
            if (big) u[0] = __builtin_bswap16(u[0]), u[1] = __builtin_bswap16(u[1]);
            memcpy(to, u, 4);
            to += 4;
        }
        return;
    }
    EACH_KIND(kind, {
        const Unit *q = data;
        for (ssize_t i = 0; i < n; i++) {
            uint16_t u = (uint16_t)q[i];
            if (big) u = __builtin_bswap16(u);
            memcpy(to + 2 * i, &u, 2);
        }
    });
}
static void fill_units4(char *to, int kind, const void *data, ssize_t n, bool big)
{
    if (kind == 4 && !big) { memcpy(to, data, (size_t)n * 4); return; }
    EACH_KIND(kind, {
        const Unit *q = data;
        for (ssize_t i = 0; i < n; i++) {
            uint32_t u = q[i];
            if (big) u = __builtin_bswap32(u);
            memcpy(to + 4 * i, &u, 4);
        }
    });
}
Value im_utf_wide_encode(Thread *t, int width, Value s, const char *errors, int order)
{
    int w = width / 8;
    bool big = order == 1, pass = errors && !strcmp(errors, "surrogatepass");
    const char *name = width == 16 ? (order == 0 ? "utf-16" : big ? "utf-16-be" : "utf-16-le") : order == 0 ? "utf-32" : big ? "utf-32-be" : "utf-32-le";
    /* No surrogates, or such as may pass: straight into place. */
    const int kind = im_str_kind(s);
    const ssize_t n = im_str_len(s);
    const void *data = im_str_data(s);
    ssize_t astral = 0;
    if (n && n < PTRDIFF_MAX / 8 && encodes_plainly(kind, data, n, pass, &astral)) {
        const bool mark = order == 0;
        Value v = im_bytes_new(t, NULL, (n + mark + (w == 2 ? astral : 0)) * w);
        if (im_no_value(v)) return v;
        char *o = im_bytes_data(v);
        if (w == 2) {
            const uint16_t bom = 0xFEFF;
            if (mark) memcpy(o, &bom, 2);
            fill_units2(o + 2 * mark, kind, data, n, big, astral > 0);
        } else {
            const uint32_t bom = 0xFEFF;
            if (mark) memcpy(o, &bom, 4);
            fill_units4(o + 4 * mark, kind, data, n, big);
        }
        return v;
    }
    ImByteBuilder b;
    im_bb_init(&b);
    if (order == 0 && put_unit(t, &b, 0xFEFF, w, false) < 0) goto fail;
    for (ssize_t i = 0; i < im_str_len(s);) {
        uint32_t c = im_str_at(s, i);
        if (pass || c < 0xD800 || c > 0xDFFF) {
            if (put_wide(t, &b, c, w, big) < 0) goto fail;
            i++;
            continue;
        }
        const ssize_t j = i + 1; /* one at a time, as CPython */
        ssize_t pos;
        Value text;
        ImByteBuilder rep;
        im_bb_init(&rep);
        if (im_encode_error(t, &rep, errors, name, "surrogates not allowed", s, i, j, &pos, &text) < 0) { im_bb_free(&rep); goto fail; }
        bool raw = !im_errors_give_text(errors), ok = true, whole = im_no_value(text) ? !raw || rep.len % w == 0 : im_str_is_ascii(text);
        if (!whole) {
            im_xdrop(t, text);
            im_bb_free(&rep);
            (void)im_encode_error(t, &b, "strict", name, "surrogates not allowed", s, i, j, &pos, &text);
            goto fail;
        }
        if (!im_no_value(text)) {
            for (ssize_t k = 0; ok && k < im_str_len(text); k++) ok = put_wide(t, &b, im_str_at(text, k), w, big) == 0;
            im_drop(t, text);
        } else if (raw) {
            ok = im_bb_put(t, &b, rep.data, rep.len) == 0;
        } else {
            for (ssize_t k = 0; ok && k < rep.len; k++) ok = put_unit(t, &b, (uint8_t)rep.data[k], w, big) == 0; /* replacements are ASCII text */
        }
        im_bb_free(&rep);
        if (!ok) goto fail;
        i = pos;
    }
    return im_bb_finish(t, &b);
fail:
    im_bb_free(&b);
    return IM_NO_VALUE;
}

/* --- one byte per character --- */
Value im_ascii_decode(Thread *t, const char *bytes, ssize_t len, const char *errors)
{
    const uint8_t *p = (const uint8_t *)bytes;
    if (im_bytes_are_ascii(p, (size_t)len)) return im_str_from_latin1(t, p, len);
    ImStrBuilder b;
    im_sb_init(&b);
    for (ssize_t i = 0; i < len;) {
        ssize_t j = i, pos;
        while (j < len && p[j] < 128) j++;
        if (im_sb_ascii(t, &b, bytes + i, j - i) < 0) goto fail;
        if (j == len) break;
        if (im_decode_error(t, &b, errors, "ascii", "ordinal not in range(128)", p, len, j, j + 1, &pos) < 0) goto fail;
        i = pos;
    }
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}
/* The handlers whose answer depends on nothing but the character. */
typedef enum Answer { ANSWER_NONE, ANSWER_IGNORE, ANSWER_REPLACE, ANSWER_BACKSLASH, ANSWER_XML } Answer;
static Answer answer_of(const char *errors)
{
    static const char *const names[] = {"", "ignore", "replace", "backslashreplace", "xmlcharrefreplace"};
    for (int i = 1; errors && i <= ANSWER_XML; i++)
        if (!strcmp(errors, names[i])) return (Answer)i;
    return ANSWER_NONE;
}
static size_t answer_size(Answer how, uint32_t c)
{
    switch (how) {
    case ANSWER_REPLACE: return 1;
    case ANSWER_BACKSLASH: return c < 256 ? 4 : c < 65536 ? 6 : 10;
    case ANSWER_XML: return c < 1000 ? 6 : c < 10000 ? 7 : c < 100000 ? 8 : c < 1000000 ? 9 : 10;
    default: return 0;
    }
}
static char *answer_put(char *o, Answer how, uint32_t c)
{
    const size_t n = answer_size(how, c);
    if (how == ANSWER_REPLACE) *o = '?';
    else if (how == ANSWER_BACKSLASH) {
        o[0] = '\\';
        o[1] = n == 4 ? 'x' : n == 6 ? 'u' : 'U';
        for (size_t i = n; i-- > 2; c >>= 4) o[i] = "0123456789abcdef"[c & 15];
    } else if (how == ANSWER_XML) {
        o[0] = '&';
        o[1] = '#';
        o[n - 1] = ';';
        for (size_t i = n - 1; i-- > 2; c /= 10) o[i] = (char)('0' + c % 10);
    }
    return o + n;
}
/* With one of these handlers: measured, then filled. No value without exception: too little of it to be worth that. */
static Value narrow_answered(Thread *t, int kind, const void *data, ssize_t len, Answer how, uint32_t limit)
{
    size_t size = 0;
    if (len > PTRDIFF_MAX / 16) return IM_NO_VALUE;
    if (how <= ANSWER_REPLACE) {
        size_t high = 0;
        EACH_KIND(kind, { const Unit *q = data; for (ssize_t i = 0; i < len; i++) high += q[i] >= limit; });
        size = (size_t)len - (how == ANSWER_IGNORE ? high : 0);
    } else EACH_KIND(kind, { const Unit *q = data; for (ssize_t i = 0; i < len; i++) size += q[i] < limit ? 1 : answer_size(how, q[i]); });
    if (size < 2) return IM_NO_VALUE; /* shared */
    Value v = im_bytes_new(t, NULL, (ssize_t)size);
    if (im_no_value(v)) return v;
    char *o = im_bytes_data(v), *const end = o + size;
    if (how == ANSWER_IGNORE) /* written in any case, kept where it is one to keep */
        EACH_KIND(kind, {
            const Unit *q = data;
            while (o < end) {
                *o = (char)*q;
                o += *q++ < limit;
            }
        });
    else if (how == ANSWER_REPLACE) EACH_KIND(kind, { const Unit *q = data; for (size_t i = 0; i < size; i++) o[i] = q[i] < limit ? (char)q[i] : '?'; });
    else
        EACH_KIND(kind, {
            for (const Unit *q = data; o < end; q++) {
                if (*q < limit) *o++ = (char)*q;
                else o = answer_put(o, how, *q);
            }
        });
    return v;
}
Value im_narrow_encode(Thread *t, Value s, const char *errors, uint32_t limit)
{
    ssize_t len = im_str_len(s);
    if (im_str_is_ascii(s) || (limit == 256 && im_str_kind(s) == 1)) return im_bytes_new(t, im_str_data(s), len);
    const Answer how = answer_of(errors);
    if (how) {
        Value v = narrow_answered(t, im_str_kind(s), im_str_data(s), len, how, limit);
        if (!im_no_value(v) || im_pending(t)) return v;
    }
    const char *name = limit == 128 ? "ascii" : "latin-1", *reason = limit == 128 ? "ordinal not in range(128)" : "ordinal not in range(256)";
    ImByteBuilder b;
    im_bb_init(&b);
    const int kind = im_str_kind(s);
    const void *data = im_str_data(s);
    for (ssize_t i = 0; i < len;) {
        uint32_t c = im_str_read(kind, data, i);
        if (c < limit) {
            if (kind == 1) { /* as many as there are */
                ssize_t j = i + 1;
                while (j < len && ((const uint8_t *)data)[j] < limit) j++;
                if (im_bb_put(t, &b, (const char *)data + i, j - i) < 0) goto fail;
                i = j;
                continue;
            }
            if (im_bb_byte(t, &b, (uint8_t)c) < 0) goto fail;
            i++;
            continue;
        }
        ssize_t j = i, pos;
        while (j < len && im_str_read(kind, data, j) >= limit) j++;
        Value text;
        if (im_encode_error(t, &b, errors, name, reason, s, i, j, &pos, &text) < 0) goto fail;
        if (!im_no_value(text)) {
            for (ssize_t k = 0; k < im_str_len(text); k++) {
                uint32_t x = im_str_at(text, k);
                if (x >= limit) {
                    im_drop(t, text);
                    (void)im_encode_error(t, &b, "strict", name, reason, s, i, j, &pos, &text);
                    goto fail;
                }
                if (im_bb_byte(t, &b, (uint8_t)x) < 0) { im_drop(t, text); goto fail; }
            }
            im_drop(t, text);
        }
        i = pos;
    }
    return im_bb_finish(t, &b);
fail:
    im_bb_free(&b);
    return IM_NO_VALUE;
}
