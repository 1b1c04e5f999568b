/* str: case mapping and character classes.
 * SPDX-License-Identifier: MIT */
#include "types/str_methods.h"
#include "types/unicode_db.h"

#define NOARGS (void)a, (void)n, (void)kw
typedef int (*Map)(uint32_t c, uint32_t *out);

/* Final sigma: lower case of U+03A3 at the end of a word. */
static bool final_sigma(Value s, ssize_t i)
{
    ssize_t j, len = im_str_len(s);
    uint32_t c = 0;
    for (j = i - 1; j >= 0; j--) {
        c = im_str_at(s, j);
        if (!im_uc_is(c, IM_UC_CASE_IGNORABLE)) break;
    }
    if (j < 0 || !im_uc_is(c, IM_UC_CASED)) return false;
    for (j = i + 1; j < len; j++) {
        c = im_str_at(s, j);
        if (!im_uc_is(c, IM_UC_CASE_IGNORABLE)) break;
    }
    return j == len || !im_uc_is(c, IM_UC_CASED);
}
static int lower_at(Value s, ssize_t i, uint32_t *out)
{
    uint32_t c = im_str_at(s, i);
    if (c == 0x3A3) { *out = final_sigma(s, i) ? 0x3C2 : 0x3C3; return 1; }
    return im_uc_lower(c, out);
}
enum { CASE_UPPER, CASE_LOWER, CASE_TITLE, CASE_CAPITAL, CASE_SWAP, CASE_FOLD };
/* Eight bytes at a time: adding carries into the top bit of each byte that is at least `first`, and of each that is past the last letter. */
void im_ascii_turn_case(void *to, const void *from, size_t n, char first)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t low = ones * (uint8_t)(0x80 - first), high = ones * (uint8_t)(0x80 - first - 26);
    const char *s = from;
    char *d = to;
    uint64_t w;
    for (; n >= 8; n -= 8, s += 8, d += 8) {
        memcpy(&w, s, 8);
        w ^= ((w + low) & ~(w + high) & 0x80 * ones) >> 2;
        memcpy(d, &w, 8);
    }
    for (; n; n--, s++) *d++ = (char)(*s ^ (((uint8_t)(*s - first) < 26) << 5));
}
static Value map_ascii(Thread *t, Value s, int how)
{
    ssize_t len = im_str_len(s);
    const uint8_t *p = im_str_data(s);
    if (len == 0) return im_str_new(t, 0, 0);
    if (len == 1) {
        uint8_t c = *p, up = how == CASE_LOWER || how == CASE_SWAP ? 'A' : 0, lo = how != CASE_LOWER ? 'a' : 0;
        return im_str_from_char(t, (up && (uint8_t)(c - up) < 26) || (lo && (uint8_t)(c - lo) < 26) ? c ^ 32 : c);
    }
    Value v = im_str_new(t, len, 127);
    if (im_no_value(v)) return v;
    uint8_t *q = im_str_data(v);
    if (how == CASE_UPPER) im_ascii_turn_case(q, p, (size_t)len, 'a');
    else if (how == CASE_LOWER || how == CASE_CAPITAL) {
        im_ascii_turn_case(q, p, (size_t)len, 'A');
        if (how == CASE_CAPITAL && (uint8_t)(q[0] - 'a') < 26) q[0] ^= 32;
    } else if (how == CASE_SWAP) {
        for (ssize_t i = 0; i < len; i++) q[i] = (uint8_t)(p[i] ^ (((uint8_t)((p[i] | 32) - 'a') < 26) << 5));
    } else {
        uint8_t in_word = 0; /* 32 after a letter */
        for (ssize_t i = 0; i < len; i++) {
            bool letter = (uint8_t)((p[i] | 32) - 'a') < 26;
            q[i] = letter ? (uint8_t)((p[i] & ~32) | in_word) : p[i];
            in_word = (uint8_t)(letter << 5);
        }
    }
    return v;
}
/* Not ASCII: when each code point becomes one of the same width. No value without exception: one does not. */
static Value map_same(Thread *t, int how, int kind, const void *data, ssize_t len)
{
    if (len < 2) return IM_NO_VALUE;
    Value v = im_str_new(t, len, kind == 1 ? 255 : kind == 2 ? 0xFFFF : 0x10FFFF);
    if (im_no_value(v)) return v;
    void *to = im_str_data(v);
    uint32_t all = 0;
    const uint32_t limit = kind == 1 ? 0xFF : kind == 2 ? 0xFFFF : 0x10FFFF;
    for (ssize_t i = 0; i < len; i++) {
        uint32_t c = im_str_read(kind, data, i);
        if (c < 128) {
            if ((uint8_t)(c - (how == CASE_UPPER ? 'a' : 'A')) < 26) c ^= 32;
        } else if (c - 0x3400 < 0xA000 - 0x3400) { /* CJK ideographs have no case */
        } else {
            const ImUcRecord *r = im_uc(c);
            if (IM_UNLIKELY((r->flags & IM_UC_SPECIAL) || c == 0x3A3)) goto differs;
            c = (uint32_t)((int32_t)c + (how == CASE_UPPER ? r->upper : how == CASE_LOWER ? r->lower : r->fold));
            if (IM_UNLIKELY(c > limit)) goto differs;
        }
        all |= c;
        im_str_write(kind, to, i, c);
    }
    if (all > (kind == 1 ? 0x7Fu : kind == 2 ? 0xFFu : 0xFFFFu)) return v; /* one at least needs that width */
differs:
    im_drop(t, v);
    return IM_NO_VALUE;
}
static Value map_case(Thread *t, Value s, int how)
{
    if (im_str_is_ascii(s)) return map_ascii(t, s, how);
    const int kind = im_str_kind(s);
    const void *data = im_str_data(s);
    const ssize_t len = im_str_len(s);
    if (how == CASE_UPPER || how == CASE_LOWER || how == CASE_FOLD) {
        Value v = map_same(t, how, kind, data, len);
        if (!im_no_value(v) || im_pending(t)) return v;
    }
    ImStrBuilder b;
    im_sb_init(&b);
    bool prev = false;
    if (kind > 1 && im_sb_reserve(t, &b, len, kind == 2 ? 256 : 65536) < 0) return IM_NO_VALUE;
    b.maxchar = 0;
    for (ssize_t i = 0; i < len; i++) {
        uint32_t c = im_str_read(kind, data, i), out[8];
        int k;
        if (c < 128 && how <= CASE_LOWER) {
            if ((uint8_t)(c - (how == CASE_UPPER ? 'a' : 'A')) < 26) c ^= 32;
            if (im_sb_char(t, &b, c) < 0) { im_sb_free(&b); return IM_NO_VALUE; }
            continue;
        }
        switch (how) {
        case CASE_UPPER: k = im_uc_upper(c, out); break;
        case CASE_LOWER: k = lower_at(s, i, out); break;
        case CASE_TITLE: k = prev ? lower_at(s, i, out) : im_uc_title(c, out); prev = im_uc_is(c, IM_UC_CASED); break;
        case CASE_CAPITAL: k = i == 0 ? im_uc_title(c, out) : lower_at(s, i, out); break;
        case CASE_SWAP: k = im_uc_is(c, IM_UC_UPPER) ? lower_at(s, i, out) : im_uc_is(c, IM_UC_LOWER) ? im_uc_upper(c, out) : (out[0] = c, 1); break;
        default: k = im_uc_fold(c, out);
        }
        for (int j = 0; j < k; j++)
            if (im_sb_char(t, &b, out[j]) < 0) { im_sb_free(&b); return IM_NO_VALUE; }
    }
    return im_sb_finish(t, &b);
}
IM_STR_METHOD(im_str_m_upper) { NOARGS; return map_case(t, self, CASE_UPPER); }
IM_STR_METHOD(im_str_m_lower) { NOARGS; return map_case(t, self, CASE_LOWER); }
IM_STR_METHOD(im_str_m_title) { NOARGS; return map_case(t, self, CASE_TITLE); }
IM_STR_METHOD(im_str_m_capitalize) { NOARGS; return map_case(t, self, CASE_CAPITAL); }
IM_STR_METHOD(im_str_m_swapcase) { NOARGS; return map_case(t, self, CASE_SWAP); }
IM_STR_METHOD(im_str_m_casefold) { NOARGS; return map_case(t, self, im_str_is_ascii(self) ? CASE_LOWER : CASE_FOLD); }

static Value all_are(Value s, uint16_t flags, bool empty)
{
    ssize_t len = im_str_len(s);
    if (len == 0) return im_bool(empty);
    int k = im_str_kind(s);
    const void *d = im_str_data(s);
    if (k == 1) {
        for (const uint8_t *p = d, *end = p + len; p < end; p++)
            if (!(im_uc_latin1[*p] & flags)) return IM_FALSE;
        return IM_TRUE;
    }
    for (ssize_t i = 0; i < len; i++)
        if (!im_uc_is(im_str_read(k, d, i), flags)) return IM_FALSE;
    return IM_TRUE;
}
#define ALL(name, flags, empty) IM_STR_METHOD(im_str_m_##name) { (void)t; NOARGS; return all_are(self, flags, empty); }
ALL(isalpha, IM_UC_ALPHA, false)
ALL(isalnum, IM_UC_ALPHA | IM_UC_DECIMAL | IM_UC_DIGIT | IM_UC_NUMERIC, false)
ALL(isdecimal, IM_UC_DECIMAL, false)
ALL(isdigit, IM_UC_DIGIT | IM_UC_DECIMAL, false)
ALL(isnumeric, IM_UC_NUMERIC, false)
ALL(isspace, IM_UC_SPACE, false)
ALL(isprintable, IM_UC_PRINTABLE, true)
static Value cased(Value s, uint16_t want, uint16_t refuse)
{
    bool any = false;
    const int k = im_str_kind(s);
    const void *d = im_str_data(s);
    const ssize_t len = im_str_len(s);
    for (ssize_t i = 0; i < len; i++) {
        uint16_t flags = im_uc(im_str_read(k, d, i))->flags;
        if (flags & refuse) return IM_FALSE;
        any |= (flags & want) != 0;
    }
    return im_bool(any);
}
IM_STR_METHOD(im_str_m_islower) { (void)t; NOARGS; return cased(self, IM_UC_LOWER, IM_UC_UPPER | IM_UC_TITLE); }
IM_STR_METHOD(im_str_m_isupper) { (void)t; NOARGS; return cased(self, IM_UC_UPPER, IM_UC_LOWER | IM_UC_TITLE); }
IM_STR_METHOD(im_str_m_istitle)
{
    (void)t; NOARGS;
    bool any = false, prev = false;
    for (ssize_t i = 0; i < im_str_len(self); i++) {
        uint32_t c = im_str_at(self, i);
        if (im_uc_is(c, IM_UC_UPPER | IM_UC_TITLE)) {
            if (prev) return IM_FALSE;
            prev = any = true;
        } else if (im_uc_is(c, IM_UC_LOWER)) {
            if (!prev) return IM_FALSE;
            any = true;
        } else {
            prev = false;
        }
    }
    return im_bool(any);
}
IM_STR_METHOD(im_str_m_isascii) { (void)t; NOARGS; return im_bool(im_str_is_ascii(self)); }
bool im_str_is_identifier(Value s)
{
    ssize_t len = im_str_len(s);
    if (len == 0) return false;
    for (ssize_t i = 0; i < len; i++) {
        uint32_t c = im_str_at(s, i);
        if (c != '_' && !im_uc_is(c, i ? IM_UC_XID_CONTINUE : IM_UC_XID_START)) return false;
    }
    return true;
}
IM_STR_METHOD(im_str_m_isidentifier) { (void)t; NOARGS; return im_bool(im_str_is_identifier(self)); }
