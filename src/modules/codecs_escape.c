/* unicode_escape, raw_unicode_escape, string escapes of bytes, UTF-7 (RFC 2152).
 * SPDX-License-Identifier: MIT */
#include "modules/codecs_escape.h"

#include <stdio.h>

#include "types/unicode_names.h"
#include "types/codecs.h"

/* Bytes that c takes. */
IM_INLINE ssize_t escape_size(uint32_t c, bool raw)
{
    if (raw ? c < 256 : c >= ' ' && c < 127 && c != '\\') return 1;
    if (c < 256) return c == '\\' || c == '\t' || c == '\n' || c == '\r' ? 2 : 4;
    return c < 65536 ? 6 : 10;
}
IM_INLINE char *escape_put(char *o, uint32_t c, bool raw)
{
    const ssize_t n = escape_size(c, raw);
    if (n == 1) { *o = (char)c; return o + 1; }
    o[0] = '\\';
    o[1] = n == 4 ? 'x' : n == 6 ? 'u' : n == 10 ? 'U' : c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : '\\';
    for (ssize_t i = n; i-- > 2; c >>= 4) o[i] = "0123456789abcdef"[c & 15];
    return o + n;
}
/* Measured, then filled. */
Value im_unicode_escape_encode(Thread *t, Value s, bool raw)
{
    const int kind = im_str_kind(s);
    const void *data = im_str_data(s);
    const ssize_t len = im_str_len(s);
    ssize_t size = 0;
    if (raw && kind == 1) return im_bytes_new(t, data, len);
    if (kind == 1) for (ssize_t i = 0; i < len; i++) size += escape_size(((const uint8_t *)data)[i], raw);
    else for (ssize_t i = 0; i < len; i++) size += escape_size(im_str_read(kind, data, i), raw);
    if (size <= 1) return im_bytes_new(t, data, size); /* one that stands for itself, or none */
    Value v = im_bytes_new(t, NULL, size);
    if (im_no_value(v)) return v;
    char *o = im_bytes_data(v);
    if (kind == 1) for (ssize_t i = 0; i < len; i++) o = escape_put(o, ((const uint8_t *)data)[i], raw);
    else for (ssize_t i = 0; i < len; i++) o = escape_put(o, im_str_read(kind, data, i), raw);
    return v;
}
static int hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }
/* What a backslash and one of \ ' " a b f n r t v stand for. */
static uint32_t simple_escape(char c)
{
    switch (c) {
    case 'a': return 7;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return 11;
    default: return (uint8_t)c;
    }
}
/* One to three octal digits, the first of them before p[*i]; moves *i behind the last. */
static uint32_t octal_escape(const char *p, ssize_t *i, ssize_t len)
{
    uint32_t v = (uint32_t)(p[*i - 1] - '0');
    for (int k = 0; k < 2 && *i < len && p[*i] >= '0' && p[*i] <= '7'; k++) v = v << 3 | (uint32_t)(p[(*i)++] - '0');
    return v;
}
static int octal_warning(Thread *t, const char *digits) { return im_warn(t, &im_DeprecationWarning_type, 1, "invalid octal escape sequence '\\%.3s'", digits); }

Value im_unicode_escape_decode(Thread *t, const char *p, ssize_t len, const char *errors, bool final, bool raw, ssize_t *used)
{
    ImStrBuilder b;
    im_sb_init(&b);
    ssize_t i = 0;
    const char *codec = raw ? "rawunicodeescape" : "unicodeescape";
    bool warned = false;
    while (i < len) {
        if (p[i] != '\\') {
            ssize_t j = i;
            while (j < len && p[j] != '\\') j++;
            if (im_sb_ascii(t, &b, p + i, j - i) < 0) goto fail;
            i = j;
            continue;
        }
        ssize_t start = i++;
        if (i >= len) {
            if (!final) { i = start; break; }
            if (raw) { if (im_sb_char(t, &b, '\\') < 0) goto fail; break; }
            ssize_t pos;
            if (im_decode_error(t, &b, errors, codec, "\\ at end of string", (const uint8_t *)p, len, start, len, &pos) < 0) goto fail;
            i = pos;
            continue;
        }
        char c = p[i++];
        int digits = c == 'x' && !raw ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        const char *reason = NULL;
        uint32_t v = 0;
        if (digits) {
            int k = 0;
            for (; k < digits && i < len && hex(p[i]) >= 0; k++) v = v << 4 | (uint32_t)hex(p[i++]);
            if (k < digits) {
                if (i >= len && !final) { i = start; break; }
                reason = c == 'x' ? "truncated \\xXX escape" : c == 'u' ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape";
            } else if (v > 0x10FFFF) {
                reason = raw ? "\\Uxxxxxxxx out of range" : "illegal Unicode character";
            }
        } else if (raw) {
            if (im_sb_char(t, &b, '\\') < 0 || im_sb_char(t, &b, (uint8_t)c) < 0) goto fail;
            continue;
        } else {
            switch (c) {
            case '\n': continue;
            case '\\': case '\'': case '"': case 'a': case 'b': case 'f': case 'n': case 'r': case 't': case 'v': v = simple_escape(c); break;
            case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7':
                v = octal_escape(p, &i, len);
                if (v > 0xFF && !warned) {
                    warned = true;
                    if (octal_warning(t, p + i - 3) < 0) goto fail;
                }
                break;
            case 'N': {
                const char *close = i < len && p[i] == '{' ? memchr(p + i, '}', (size_t)(len - i)) : NULL;
                if (!close && !final) { i = start; goto out; }
                reason = "malformed \\N character escape";
                if (close && close > p + i + 1) {
                    uint32_t codes[4];
                    int n = im_uc_lookup(p + i + 1, (size_t)(close - p - i - 1), true, codes);
                    i = close - p + 1;
                    reason = "unknown Unicode character name";
                    if (n) {
                        for (int k = 0; k < n; k++)
                            if (im_sb_char(t, &b, codes[k]) < 0) goto fail;
                        continue;
                    }
                }
                break;
            }
            default:
                if (!warned) {
                    warned = true;
                    if (im_warn(t, &im_DeprecationWarning_type, 1, "invalid escape sequence '\\%c'", (uint8_t)c) < 0) goto fail;
                }
                if (im_sb_char(t, &b, '\\') < 0 || im_sb_char(t, &b, (uint8_t)c) < 0) goto fail;
                continue;
            }
        }
        if (reason) {
            ssize_t pos;
            if (im_decode_error(t, &b, errors, codec, reason, (const uint8_t *)p, len, start, i, &pos) < 0) goto fail;
            i = pos;
            continue;
        }
        if (im_sb_char(t, &b, v) < 0) goto fail;
    }
out:
    *used = i > len ? len : i;
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}

Value im_bytes_escape_decode(Thread *t, const char *p, ssize_t len, const char *errors)
{
    char few[256], *const out = len <= (ssize_t)sizeof few ? few : im_raw_alloc(t, (size_t)len), *to = out; /* never longer than what it is made of */
    if (!out) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    bool warned = false;
    for (ssize_t i = 0; i < len;) {
        char c = p[i++];
        if (c != '\\') { *to++ = c; continue; }
        if (i >= len) { (void)im_raise_valueerror(t, "Trailing \\ in string"); goto done; }
        c = p[i++];
        uint32_t v;
        switch (c) {
        case '\n': continue;
        case '\\': case '\'': case '"': case 'a': case 'b': case 'f': case 'n': case 'r': case 't': case 'v': v = simple_escape(c); break;
        case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7':
            v = octal_escape(p, &i, len);
            if (v > 0xFF && !warned) {
                warned = true;
                if (octal_warning(t, p + i - 3) < 0) goto done;
            }
            v &= 0xFF;
            break;
        case 'x': {
            const int high = i + 1 < len ? hex(p[i]) : -1, low = high >= 0 ? hex(p[i + 1]) : -1;
            if (low >= 0) {
                v = (uint32_t)(high << 4 | low);
                i += 2;
                break;
            }
            if (!errors || !strcmp(errors, "strict")) { (void)im_raise_valueerror(t, "invalid \\x escape at position %zd", i - 2); goto done; }
            if (i < len && hex(p[i]) >= 0) i++;
            if (!strcmp(errors, "replace")) { v = '?'; break; }
            if (!strcmp(errors, "ignore")) continue;
            (void)im_raise_valueerror(t, "decoding error; unknown error handling code: %.400s", errors);
            goto done;
        }
        default:
            if (!warned) {
                warned = true;
                if (im_warn(t, &im_DeprecationWarning_type, 1, "invalid escape sequence '\\%c'", (uint8_t)c) < 0) goto done;
            }
            *to++ = '\\';
            v = (uint8_t)c;
        }
        *to++ = (char)v;
    }
    r = im_bytes_new(t, out, to - out);
done:
    if (out != few) im_raw_free(out);
    return r;
}

/* --- UTF-7 ------------------------------------------------------------------------------------------------------------------------------------- */
static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static int b64val(uint8_t c) { const char *q = c ? strchr(b64, c) : NULL; return q ? (int)(q - b64) : -1; }
/* Set D, set O and white space go as they are; + and \ and ~ do not. */
static bool direct(uint32_t c) { return c < 128 && c > 0 && c != '+' && c != '\\' && c != '~' && (c >= ' ' || c == '\t' || c == '\n' || c == '\r') && c != 127; }
Value im_utf7_encode(Thread *t, Value s)
{
    ImByteBuilder b;
    im_bb_init(&b);
    uint32_t bits = 0;
    int nbits = 0;
    bool in = false;
    for (ssize_t i = 0; i < im_str_len(s); i++) {
        uint32_t c = im_str_at(s, i);
        if (in && direct(c)) {
            if (nbits && im_bb_byte(t, &b, (uint8_t)b64[bits << (6 - nbits) & 0x3F]) < 0) goto fail;
            bits = 0;
            nbits = 0;
            in = false;
            if ((b64val((uint8_t)c) >= 0 || c == '-') && im_bb_byte(t, &b, '-') < 0) goto fail;
            if (im_bb_byte(t, &b, (uint8_t)c) < 0) goto fail;
            continue;
        }
        if (!in) {
            if (c == '+') { if (im_bb_put(t, &b, "+-", 2) < 0) goto fail; continue; }
            if (direct(c)) {
                if (im_bb_byte(t, &b, (uint8_t)c) < 0) goto fail;
                if (im_str_is_ascii(s)) { /* as many as there are */
                    const char *p = im_str_data(s);
                    ssize_t j = i + 1;
                    while (j < im_str_len(s) && direct((uint8_t)p[j])) j++;
                    if (im_bb_put(t, &b, p + i + 1, j - i - 1) < 0) goto fail;
                    i = j - 1;
                }
                continue;
            }
            if (im_bb_byte(t, &b, '+') < 0) goto fail;
            in = true;
        }
        uint32_t units[2], nu = 1;
        units[0] = c;
        if (c >= 0x10000) { units[0] = 0xD800 + ((c - 0x10000) >> 10); units[1] = 0xDC00 + ((c - 0x10000) & 0x3FF); nu = 2; }
        for (uint32_t k = 0; k < nu; k++) {
            uint64_t w = (uint64_t)bits << 16 | units[k];
            nbits += 16;
            while (nbits >= 6) { nbits -= 6; if (im_bb_byte(t, &b, (uint8_t)b64[w >> nbits & 0x3F]) < 0) goto fail; }
            bits = (uint32_t)(w & ((1u << nbits) - 1));
        }
    }
    if (in) {
        if (nbits && im_bb_byte(t, &b, (uint8_t)b64[bits << (6 - nbits) & 0x3F]) < 0) goto fail;
        if (im_bb_byte(t, &b, '-') < 0) goto fail;
    }
    return im_bb_finish(t, &b);
fail:
    im_bb_free(&b);
    return IM_NO_VALUE;
}
Value im_utf7_decode(Thread *t, const char *bytes, ssize_t len, const char *errors, bool final, ssize_t *used)
{
    const uint8_t *p = (const uint8_t *)bytes;
    ImStrBuilder b;
    im_sb_init(&b);
    bool in = false;
    uint32_t bits = 0, high = 0;
    int nbits = 0;
    ssize_t shift_start = 0, shift_out = 0, i = 0, pos;
    while (i < len) {
        uint8_t c = p[i];
        if (in) {
            int v = b64val(c);
            if (v >= 0) {
                bits = bits << 6 | (uint32_t)v;
                nbits += 6;
                i++;
                if (nbits < 16) continue;
                uint32_t u = bits >> (nbits - 16) & 0xFFFF;
                nbits -= 16;
                bits &= (1u << nbits) - 1;
                if (high) {
                    if (u >= 0xDC00 && u < 0xE000) { if (im_sb_char(t, &b, 0x10000 + ((high - 0xD800) << 10) + (u - 0xDC00)) < 0) goto fail; high = 0; continue; }
                    if (im_sb_char(t, &b, high) < 0) goto fail;
                    high = 0;
                }
                if (u >= 0xD800 && u < 0xDC00) high = u;
                else if (im_sb_char(t, &b, u) < 0) goto fail;
                continue;
            }
            in = false;
            const char *reason = nbits >= 6 ? "partial character in shift sequence" : bits ? "non-zero padding bits in shift sequence" : NULL;
            if (nbits == 0) reason = NULL;
            if (reason) {
                i++;
                if (im_decode_error(t, &b, errors, "utf7", reason, p, len, shift_start, i, &pos) < 0) goto fail;
                i = pos;
                high = 0;
                continue;
            }
            if (high && c < 128 && c != '+' && im_sb_char(t, &b, high) < 0) goto fail;
            high = 0;
            if (c == '-') i++;
            continue;
        }
        if (c == '+') {
            shift_start = i++;
            if (i < len && p[i] == '-') { i++; if (im_sb_char(t, &b, '+') < 0) goto fail; continue; }
            if (i < len && b64val(p[i]) < 0) {
                i++;
                if (im_decode_error(t, &b, errors, "utf7", "ill-formed sequence", p, len, shift_start, i, &pos) < 0) goto fail;
                i = pos;
                continue;
            }
            in = true;
            bits = 0;
            nbits = 0;
            high = 0;
            shift_out = b.len;
            continue;
        }
        if (c >= 128) {
            if (im_decode_error(t, &b, errors, "utf7", "unexpected special character", p, len, i, i + 1, &pos) < 0) goto fail;
            i = pos;
            continue;
        }
        if (im_sb_char(t, &b, c) < 0) goto fail;
        i++;
    }
    *used = len;
    if (in) {
        if (!final) { *used = shift_start; b.len = shift_out; }
        else if (high || nbits >= 6 || (nbits && bits)) {
            if (im_decode_error(t, &b, errors, "utf7", "unterminated shift sequence", p, len, shift_start, len, &pos) < 0) goto fail;
        }
    }
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}
