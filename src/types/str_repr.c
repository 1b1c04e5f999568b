/* str: repr.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "types/str.h"
#include "types/unicode_db.h"

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
    bool single = im_str_find_char(s, '\'', 0, len, 1) >= 0, dbl = im_str_find_char(s, '"', 0, len, 1) >= 0;
    uint32_t quote = single && !dbl ? '"' : '\'';
    ImStrBuilder b;
    im_sb_init(&b);
    if (im_sb_char(t, &b, quote) < 0) goto fail;
    for (ssize_t i = 0; i < len; i++) {
        uint32_t c = im_str_at(s, i);
        char esc[16];
        if (c == quote || c == '\\') snprintf(esc, sizeof esc, "\\%c", (int)c);
        else if (c == '\n') snprintf(esc, sizeof esc, "\\n");
        else if (c == '\r') snprintf(esc, sizeof esc, "\\r");
        else if (c == '\t') snprintf(esc, sizeof esc, "\\t");
        else if (c < ' ' || c == 0x7f || (c < 256 && !im_uc_is(c, IM_UC_PRINTABLE))) snprintf(esc, sizeof esc, "\\x%02x", c);
        else if (c < 0x7f || im_uc_is(c, IM_UC_PRINTABLE)) { if (im_sb_char(t, &b, c) < 0) goto fail; continue; }
        else snprintf(esc, sizeof esc, c < 65536 ? "\\u%04x" : "\\U%08x", c);
        if (im_sb_ascii(t, &b, esc, -1) < 0) goto fail;
    }
    if (im_sb_char(t, &b, quote) < 0) goto fail;
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}
