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
static Value map_ascii(Thread *t, Value s, int how)
{
    ssize_t len = im_str_len(s);
    const uint8_t *p = im_str_data(s);
    if (len == 0) return im_str_new(t, 0, 0);
    Value v = im_str_new(t, len, 127);
    if (im_no_value(v)) return v;
    uint8_t *q = im_str_data(v);
    bool prev = false;
    for (ssize_t i = 0; i < len; i++) {
        uint8_t c = p[i];
        bool up = c >= 'A' && c <= 'Z', lo = c >= 'a' && c <= 'z';
        bool to_upper = how == CASE_UPPER || (how == CASE_TITLE && !prev) || (how == CASE_CAPITAL && i == 0) || (how == CASE_SWAP && lo);
        if (to_upper && lo) c -= 32;
        else if (!to_upper && up) c += 32;
        prev = up || lo;
        q[i] = c;
    }
    return v;
}
static Value map_case(Thread *t, Value s, int how)
{
    if (im_str_is_ascii(s)) return map_ascii(t, s, how);
    ImStrBuilder b;
    im_sb_init(&b);
    bool prev = false;
    for (ssize_t i = 0; i < im_str_len(s); i++) {
        uint32_t c = im_str_at(s, i), out[8];
        int k;
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
    for (ssize_t i = 0; i < len; i++)
        if (!im_uc_is(im_str_read(k, im_str_data(s), i), flags)) return IM_FALSE;
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
    for (ssize_t i = 0; i < im_str_len(s); i++) {
        uint32_t c = im_str_at(s, i);
        if (im_uc_is(c, refuse)) return IM_FALSE;
        any |= im_uc_is(c, want);
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
