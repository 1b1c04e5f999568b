/* str: repr.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "types/str.h"
#include "types/unicode_db.h"

/* Bytes that an ASCII character takes between quotes. */
IM_INLINE ssize_t ascii_size(uint8_t c, uint32_t quote)
{
    if (c >= 0x20 && c != 0x7f) return c == quote || c == '\\' ? 2 : 1;
    return c == '\n' || c == '\r' || c == '\t' ? 2 : 4;
}
/* Measured, then filled. */
static Value repr_ascii(Thread *t, const uint8_t *p, ssize_t len, uint8_t quote)
{
    ssize_t size = 2;
    for (ssize_t i = 0; i < len; i++) size += ascii_size(p[i], quote);
    Value v = im_str_new(t, size, 127);
    if (im_no_value(v)) return v;
    char *o = im_str_data(v);
    *o++ = (char)quote;
    for (ssize_t i = 0; i < len; i++) {
        const uint8_t c = p[i];
        const ssize_t n = ascii_size(c, quote);
        if (n == 1) { *o++ = (char)c; continue; }
        *o++ = '\\';
        if (n == 2) *o++ = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : (char)c;
        else {
            o[0] = 'x';
            o[1] = "0123456789abcdef"[c >> 4];
            o[2] = "0123456789abcdef"[c & 15];
            o += 3;
        }
    }
    *o = (char)quote;
    return v;
}
Value im_str_repr(Thread *t, Value s)
{
    ssize_t len = im_str_len(s);
    if (im_str_is_ascii(s)) { /* nothing to escape, mostly */
        const uint8_t *p = im_str_data(s);
        bool plain = true;
        for (ssize_t i = 0; i < len; i++) plain &= p[i] >= 0x20 && p[i] != 0x7f && p[i] != '\'' && p[i] != '\\';
        if (plain) {
            Value v = im_str_new(t, len + 2, 127);
            if (im_no_value(v)) return v;
            char *d = im_str_data(v);
            d[0] = d[len + 1] = '\'';
            memcpy(d + 1, p, (size_t)len);
            return v;
        }
    }
    const int kind = im_str_kind(s);
    const void *data = im_str_data(s);
    if (!im_str_is_ascii(s)) {
        ssize_t i = 0;
        for (; i < len; i++) {
            uint32_t c = im_str_read(kind, data, i);
            if (c < 0x7f ? c < ' ' || c == '\'' || c == '\\' : !im_uc_is(c, IM_UC_PRINTABLE)) break;
        }
        if (i == len) {
            Value v = im_str_new(t, len + 2, kind == 1 ? 255 : kind == 2 ? 0xFFFF : 0x10FFFF);
            if (im_no_value(v)) return v;
            char *d = im_str_data(v);
            im_str_write(kind, d, 0, '\'');
            im_str_write(kind, d, len + 1, '\'');
            memcpy(d + kind, data, (size_t)len * (size_t)kind);
            return v;
        }
    }
    bool single = im_str_find_char(s, '\'', 0, len, 1) >= 0, dbl = im_str_find_char(s, '"', 0, len, 1) >= 0;
    uint32_t quote = single && !dbl ? '"' : '\'';
    if (im_str_is_ascii(s)) return repr_ascii(t, data, len, (uint8_t)quote);
    ImStrBuilder b;
    im_sb_init(&b);
    if (im_sb_char(t, &b, quote) < 0) goto fail;
    for (ssize_t i = 0; i < len; i++) {
        uint32_t c = im_str_read(kind, data, i);
        char esc[16] = "\\";
        int n = 2;
        if (c == quote || c == '\\') esc[1] = (char)c;
        else if (c == '\n') esc[1] = 'n';
        else if (c == '\r') esc[1] = 'r';
        else if (c == '\t') esc[1] = 't';
        else if (c >= ' ' && c != 0x7f && (c < 0x7f || im_uc_is(c, IM_UC_PRINTABLE))) { if (im_sb_char(t, &b, c) < 0) goto fail; continue; }
        else {
            const int digits = c < 256 ? 2 : c < 65536 ? 4 : 8;
            esc[1] = c < 256 ? 'x' : c < 65536 ? 'u' : 'U';
            for (int k = 0; k < digits; k++) esc[n++] = "0123456789abcdef"[c >> (4 * (digits - 1 - k)) & 15];
        }
        if (im_sb_ascii(t, &b, esc, n) < 0) goto fail;
    }
    if (im_sb_char(t, &b, quote) < 0) goto fail;
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}
