/* Module binascii: uuencode, base64 (RFC 4648), quoted-printable (RFC 2045), hexadecimal, CRC-32 and CRC-CCITT.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"
#include "modules/syscall.h"
#include "types/exception.h"

enum { LINE = 76 }; /* longest line of quoted-printable, its end included */

/* CRC-32 eight bytes a step: table k maps a byte to its remainder k bytes further on. */
typedef struct State {
    Value error, incomplete;
    uint32_t crc[8][256];
} State;

#define F(name) static Value name(Thread *t, Value self, const Value *a, size_t n, Value kw)
#define UNUSED ((void)n, (void)kw, (void)self)
#define bad(t, self, ...) im_raise(t, (ImType *)im_ptr(((State *)im_module_state(self))->error), __VA_ARGS__)

/* The bytes of a buffer, or of a str of ASCII characters. */
typedef struct Text {
    ImBuffer buf;
    const uint8_t *p;
    ssize_t len;
} Text;
static int text_get(Thread *t, Value v, Text *s)
{
    s->buf.obj = IM_NO_VALUE;
    if (im_is_str(v)) {
        if (!im_str_is_ascii(v)) return im_raise_valueerror(t, "string argument should contain only ASCII characters"), -1;
        s->p = im_str_data(v);
        s->len = im_str_len(v);
        return 0;
    }
    if (!im_buffer_check(v)) return im_raise_type(t, "argument should be bytes, buffer or ASCII string, not '%T'", v), -1;
    if (im_buffer_get(t, v, &s->buf, IM_BUF_SIMPLE) < 0) return -1;
    s->p = s->buf.buf;
    s->len = s->buf.len;
    return 0;
}
static int bytes_get(Thread *t, Value v, Text *s)
{
    s->buf.obj = IM_NO_VALUE;
    if (im_buffer_get(t, v, &s->buf, IM_BUF_SIMPLE) < 0) return -1;
    s->p = s->buf.buf;
    s->len = s->buf.len;
    return 0;
}
static void text_release(Thread *t, Text *s)
{
    if (!im_no_value(s->buf.obj)) im_buffer_release(t, &s->buf);
}
static int flag(Thread *t, Value v, int otherwise) { return im_no_value(v) ? otherwise : im_truth(t, v); }

/* Result buffer of at most `cap` bytes, cut to what was written. */
static Value cut(Thread *t, Value r, const uint8_t *end)
{
    if (im_bytes_resize(t, &r, end - (uint8_t *)im_bytes_data(r)) < 0) return IM_NO_VALUE;
    return r;
}

/* --- uuencode ---------------------------------------------------------------------------------------------------------------------- */
F(a2b_uu)
{
    (void)n, (void)kw;
    Text s;
    if (text_get(t, a[0], &s) < 0) return IM_NO_VALUE;
    if (!s.len) { text_release(t, &s); return bad(t, self, "Missing length byte"); }
    ssize_t want = (s.p[0] - ' ') & 63, i = 1;
    Value r = im_bytes_new(t, NULL, want);
    if (im_no_value(r)) goto out;
    uint8_t *o = (uint8_t *)im_bytes_data(r);
    uint32_t acc = 0;
    int bits = 0;
    const char *why = NULL;
    for (; want > 0; i++) {
        uint32_t c = i < s.len ? s.p[i] : 0;
        /* Spaces may have been eaten at the end of the line. */
        if (c == '\n' || c == '\r' || i >= s.len) c = 0;
        else if (c < ' ' || c > ' ' + 64) { why = "Illegal char"; goto fail; }
        else c = (c - ' ') & 63;
        acc = acc << 6 | c;
        if ((bits += 6) < 8) continue;
        bits -= 8;
        *o++ = (uint8_t)(acc >> bits);
        want--;
    }
    for (; i < s.len; i++)
        if (!strchr(" `\n\r", s.p[i]) || !s.p[i]) { why = "Trailing garbage"; goto fail; }
out:
    text_release(t, &s);
    return r;
fail:
    text_release(t, &s);
    im_drop(t, r);
    return bad(t, self, "%s", why);
}
F(b2a_uu)
{
    (void)n, (void)kw;
    int backtick = flag(t, a[1], 0);
    Text s;
    if (backtick < 0 || bytes_get(t, a[0], &s) < 0) return IM_NO_VALUE;
    if (s.len > 45) { text_release(t, &s); return bad(t, self, "At most 45 bytes at once"); }
    uint8_t buf[64], *o = buf;
    *o++ = backtick && !s.len ? '`' : (uint8_t)(' ' + s.len);
    for (ssize_t i = 0; i < s.len; i += 3) {
        uint32_t w = (uint32_t)s.p[i] << 16 | (uint32_t)(i + 1 < s.len ? s.p[i + 1] : 0) << 8 | (i + 2 < s.len ? s.p[i + 2] : 0);
        ssize_t left = s.len - i, digits = left >= 3 ? 4 : left + 1;
        /* A last group is written as far as whole bytes reach: 8 bits take 2 digits, 16 take 3, and then the unused ones as zeros. */
        for (ssize_t k = 0; k < 4; k++) {
            uint32_t c = k < digits ? w >> (18 - 6 * k) & 63 : 0;
            *o++ = backtick && !c ? '`' : (uint8_t)(' ' + c);
        }
    }
    *o++ = '\n';
    text_release(t, &s);
    return im_bytes_new(t, buf, o - buf);
}

/* --- base64 ------------------------------------------------------------------------------------------------------------------------ */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/* Of each byte: its digit; 64 where it is none. */
#define ROW4(n) n, n + 1, n + 2, n + 3
#define ROW8(n) ROW4(n), ROW4(n + 4)
#define ROW26(n) ROW8(n), ROW8(n + 8), ROW8(n + 16), n + 24, n + 25
#define NONE4 64, 64, 64, 64
#define NONE16 NONE4, NONE4, NONE4, NONE4
static const uint8_t digits64[256] = {
    NONE16, NONE16, NONE4, NONE4, 64, 64, 64, 62, 64, 64, 64, 63, ROW8(52), 60, 61, 64, 64, NONE4, 64, ROW26(0), 64, NONE4, 64, ROW26(26), 64, NONE4,
    NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16};
static int digit64(uint8_t c) { return digits64[c] < 64 ? digits64[c] : -1; }
F(a2b_base64)
{
    (void)n, (void)kw;
    int strict = flag(t, a[1], 0);
    Text s;
    if (strict < 0 || text_get(t, a[0], &s) < 0) return IM_NO_VALUE;
    Value r = im_bytes_new(t, NULL, (s.len + 3) / 4 * 3);
    if (im_no_value(r)) { text_release(t, &s); return r; }
    uint8_t *o = (uint8_t *)im_bytes_data(r);
    uint32_t left = 0;
    int quad = 0, pads = 0;
    bool padding = false;
    const char *why = NULL;
    ssize_t begun = 0;
    for (; begun + 4 <= s.len; begun += 4) { /* whole groups, up to what needs a look */
        const uint8_t *q = s.p + begun;
        uint32_t w0 = digits64[q[0]], w1 = digits64[q[1]], w2 = digits64[q[2]], w3 = digits64[q[3]];
        if ((w0 | w1 | w2 | w3) & 64) break;
        uint32_t w = w0 << 18 | w1 << 12 | w2 << 6 | w3;
        *o++ = (uint8_t)(w >> 16);
        *o++ = (uint8_t)(w >> 8);
        *o++ = (uint8_t)w;
    }
    for (ssize_t i = begun; i < s.len; i++) {
        if (s.p[i] == '=') {
            padding = true;
            if (quad >= 2 && quad + ++pads <= 4) continue;
            if (!strict) continue;
            why = quad == 1 ? NULL : i ? "Excess padding not allowed" : "Leading padding not allowed";
            break;
        }
        int d = digit64(s.p[i]);
        if (d < 0) {
            if (!strict) continue;
            why = "Only base64 data is allowed";
            break;
        }
        if (strict && padding) { why = quad + pads == 4 ? "Excess data after padding" : "Discontinuous padding not allowed"; break; }
        pads = 0;
        switch (quad) {
        case 0: left = (uint32_t)d; quad = 1; break;
        case 1: *o++ = (uint8_t)(left << 2 | (uint32_t)d >> 4); left = d & 15; quad = 2; break;
        case 2: *o++ = (uint8_t)(left << 4 | (uint32_t)d >> 2); left = d & 3; quad = 3; break;
        default: *o++ = (uint8_t)(left << 6 | (uint32_t)d); left = 0; quad = 0; break;
        }
    }
    text_release(t, &s);
    if (!why && (quad == 0 || quad + pads >= 4)) return cut(t, r, o);
    ssize_t chars = (o - (uint8_t *)im_bytes_data(r)) / 3 * 4 + 1;
    im_drop(t, r);
    if (why) return bad(t, self, "%s", why);
    if (quad == 1) return bad(t, self, "Invalid base64-encoded string: number of data characters (%zd) cannot be 1 more than a multiple of 4", chars);
    return bad(t, self, "Incorrect padding");
}
F(b2a_base64)
{
    (void)n, (void)kw;
    int newline = flag(t, a[1], 1);
    Text s;
    if (newline < 0 || bytes_get(t, a[0], &s) < 0) return IM_NO_VALUE;
    if (s.len > INT64_MAX / 2) { text_release(t, &s); return bad(t, self, "Too much data for base64 line"); }
    Value r = im_bytes_new(t, NULL, (s.len + 2) / 3 * 4 + newline);
    if (!im_no_value(r)) {
        uint8_t *o = (uint8_t *)im_bytes_data(r);
        ssize_t i = 0;
        for (; i + 2 < s.len; i += 3) {
            uint32_t w = (uint32_t)s.p[i] << 16 | (uint32_t)s.p[i + 1] << 8 | s.p[i + 2];
            o[0] = (uint8_t)alphabet[w >> 18];
            o[1] = (uint8_t)alphabet[w >> 12 & 63];
            o[2] = (uint8_t)alphabet[w >> 6 & 63];
            o[3] = (uint8_t)alphabet[w & 63];
            o += 4;
        }
        if (i < s.len) {
            uint32_t w = (uint32_t)s.p[i] << 16 | (uint32_t)(i + 1 < s.len ? s.p[i + 1] : 0) << 8;
            *o++ = (uint8_t)alphabet[w >> 18];
            *o++ = (uint8_t)alphabet[w >> 12 & 63];
            *o++ = i + 1 < s.len ? (uint8_t)alphabet[w >> 6 & 63] : '=';
            *o++ = '=';
        }
        if (newline) *o = '\n';
    }
    text_release(t, &s);
    return r;
}

/* --- hexadecimal ------------------------------------------------------------------------------------------------------------------- */
static int digit16(uint8_t c)
{
    static const uint8_t value[256] = { /* one more than the digit's value */
        ['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
        ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    };
    return value[c] - 1;
}
F(b2a_hex)
{
    UNUSED;
    Text s;
    if (bytes_get(t, a[0], &s) < 0) return IM_NO_VALUE;
    Value r = im_bytes_hex(t, s.p, s.len, a[1], a[2]);
    text_release(t, &s);
    if (im_no_value(r)) return r;
    Value b = im_bytes_new(t, im_str_data(r), im_str_len(r));
    im_drop(t, r);
    return b;
}
F(a2b_hex)
{
    (void)n, (void)kw;
    Text s;
    if (text_get(t, a[0], &s) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (s.len % 2) bad(t, self, "Odd-length string");
    else r = im_bytes_new(t, NULL, s.len / 2);
    char *o = im_no_value(r) ? NULL : im_bytes_data(r);
    for (ssize_t i = 0; !im_no_value(r) && i < s.len; i += 2) {
        int h = digit16(s.p[i]), l = digit16(s.p[i + 1]);
        if (IM_LIKELY((h | l) >= 0)) { *o++ = (char)(h << 4 | l); continue; }
        im_drop(t, r);
        r = bad(t, self, "Non-hexadecimal digit found");
    }
    text_release(t, &s);
    return r;
}

/* --- quoted-printable -------------------------------------------------------------------------------------------------------------- */
F(a2b_qp)
{
    UNUSED;
    int header = flag(t, a[1], 0);
    Text s;
    if (header < 0 || text_get(t, a[0], &s) < 0) return IM_NO_VALUE;
    Value r = im_bytes_new(t, NULL, s.len);
    if (im_no_value(r)) { text_release(t, &s); return r; }
    uint8_t *o = (uint8_t *)im_bytes_data(r);
    for (ssize_t i = 0; i < s.len;) {
        uint8_t c = s.p[i++];
        if (c != '=') { *o++ = header && c == '_' ? ' ' : c; continue; }
        if (i >= s.len) break;
        if (s.p[i] == '\n' || s.p[i] == '\r') { /* soft line break */
            while (i < s.len && s.p[i] != '\n') i++;
            i++;
        } else if (s.p[i] == '=') {
            *o++ = '=';
            i++;
        } else if (i + 1 < s.len && digit16(s.p[i]) >= 0 && digit16(s.p[i + 1]) >= 0) {
            *o++ = (uint8_t)(digit16(s.p[i]) << 4 | digit16(s.p[i + 1]));
            i += 2;
        } else {
            *o++ = '=';
        }
    }
    text_release(t, &s);
    return cut(t, r, o);
}

typedef struct Quote {
    bool tabs, text, header, crlf;
} Quote;
static bool must_quote(const Quote *q, const Text *s, ssize_t i, ssize_t column)
{
    uint8_t c = s->p[i], next = i + 1 < s->len ? s->p[i + 1] : 0;
    bool last = i + 1 == s->len;
    if (c > 126 || c == '=' || (q->header && c == '_')) return true;
    if (c == '.' && column == 0 && (last || next == '\n' || next == '\r' || next == 0)) return true; /* would end a mail */
    if (c == '\r' || c == '\n') return !q->text;
    if (c == '\t' || c == ' ') return last || q->tabs;
    return c < 33;
}
static uint8_t *quote(uint8_t *o, uint8_t c)
{
    *o++ = '=';
    *o++ = (uint8_t)"0123456789ABCDEF"[c >> 4];
    *o++ = (uint8_t)"0123456789ABCDEF"[c & 15];
    return o;
}
static uint8_t *line_end(uint8_t *o, const Quote *q)
{
    if (q->crlf) *o++ = '\r';
    *o++ = '\n';
    return o;
}
F(b2a_qp)
{
    UNUSED;
    int tabs = flag(t, a[1], 0), text = flag(t, a[2], 1), header = flag(t, a[3], 0);
    Text s;
    if (tabs < 0 || text < 0 || header < 0 || bytes_get(t, a[0], &s) < 0) return IM_NO_VALUE;
    const uint8_t *nl = s.len ? memchr(s.p, '\n', (size_t)s.len) : NULL;
    Quote q = {tabs, text, header, nl && nl > s.p && nl[-1] == '\r'};
    /* Three bytes for one, and a soft break of up to three bytes for each 25 quoted ones. */
    Value r = im_bytes_new(t, NULL, s.len * 4 + s.len / 8 + 8);
    if (im_no_value(r)) { text_release(t, &s); return r; }
    uint8_t *start = (uint8_t *)im_bytes_data(r), *o = start;
    ssize_t column = 0;
    for (ssize_t i = 0; i < s.len;) {
        uint8_t c = s.p[i];
        if (must_quote(&q, &s, i, column)) {
            if (column + 3 >= LINE) { *o++ = '='; o = line_end(o, &q); column = 0; }
            o = quote(o, c);
            column += 3;
            i++;
            continue;
        }
        if (text && (c == '\n' || (c == '\r' && i + 1 < s.len && s.p[i + 1] == '\n'))) {
            /* Blanks at the end of a line would be lost on the way. */
            if (o > start && (o[-1] == ' ' || o[-1] == '\t')) o = quote(o - 1, o[-1]);
            o = line_end(o, &q);
            column = 0;
            i += c == '\r' ? 2 : 1;
            continue;
        }
        if (i + 1 != s.len && s.p[i + 1] != '\n' && column + 1 >= LINE) { *o++ = '='; o = line_end(o, &q); column = 0; }
        column++;
        *o++ = header && c == ' ' ? '_' : c;
        i++;
    }
    text_release(t, &s);
    return cut(t, r, o);
}

/* --- check sums -------------------------------------------------------------------------------------------------------------------- */
F(crc_hqx)
{
    UNUSED;
    Text s;
    Value v = im_index(t, a[1]);
    uint64_t x = 0;
    if (im_no_value(v)) return v;
    int e = im_as_uint64_wrap(t, v, &x);
    im_drop(t, v);
    if (e < 0 || bytes_get(t, a[0], &s) < 0) return IM_NO_VALUE;
    uint32_t crc = x & 0xffff;
    for (ssize_t i = 0; i < s.len; i++) {
        /* The eight steps of a byte at once: what its bits, and those that they turn on, add to the polynomial's places. */
        uint32_t x8 = (crc >> 8 ^ s.p[i]) & 0xff;
        x8 ^= x8 >> 4;
        crc = (crc << 8 ^ x8 << 12 ^ x8 << 5 ^ x8) & 0xffff;
    }
    text_release(t, &s);
    return im_int(crc);
}
static uint32_t crc_run(const State *st, uint32_t c, const uint8_t *p, ssize_t len)
{
    for (; len >= 8; len -= 8, p += 8) {
        uint32_t lo = c ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
        c = st->crc[7][lo & 255] ^ st->crc[6][lo >> 8 & 255] ^ st->crc[5][lo >> 16 & 255] ^ st->crc[4][lo >> 24] ^ st->crc[3][p[4]] ^ st->crc[2][p[5]] ^
            st->crc[1][p[6]] ^ st->crc[0][p[7]];
    }
    for (; len > 0; len--, p++) c = st->crc[0][(c ^ *p) & 255] ^ c >> 8;
    return c;
}
F(crc32)
{
    (void)n, (void)kw;
    uint64_t x = 0;
    if (!im_no_value(a[1])) {
        Value v = im_index(t, a[1]);
        if (im_no_value(v)) return v;
        int e = im_as_uint64_wrap(t, v, &x);
        im_drop(t, v);
        if (e < 0) return IM_NO_VALUE;
    }
    Text s;
    if (bytes_get(t, a[0], &s) < 0) return IM_NO_VALUE;
    const State *st = im_module_state(self);
    uint32_t c = ~(uint32_t)x;
    if (s.len > 5 * 1024) {
        IM_DETACH(t);
        c = crc_run(st, c, s.p, s.len);
        IM_ATTACH(t);
    } else {
        c = crc_run(st, c, s.p, s.len);
    }
    text_release(t, &s);
    return im_int(~c);
}

static const ImMethodDef methods[] = {
    IM_FIXED("a2b_uu", a2b_uu, 1, "($module, data, /)", "Decode a line of uuencoded data."),
    IM_PARSED("b2a_uu", b2a_uu, "($module, data, /, *, backtick=False)", "Uuencode line of data."),
    IM_PARSED("a2b_base64", a2b_base64, "($module, data, /, *, strict_mode=False)",
        "Decode a line of base64 data.\n\n  strict_mode\n    When set to True, bytes that are not in the base64 standard are not allowed.\n    The same applies to excess data after padding (= / ==)."),
    IM_PARSED("b2a_base64", b2a_base64, "($module, data, /, *, newline=True)", "Base64-code line of data."),
    IM_PARSED("b2a_hex", b2a_hex, "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)", "Hexadecimal representation of binary data."),
    IM_PARSED("hexlify", b2a_hex, "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)", "Hexadecimal representation of binary data."),
    IM_FIXED("a2b_hex", a2b_hex, 1, "($module, hexstr, /)", "Binary data of hexadecimal representation."),
    IM_FIXED("unhexlify", a2b_hex, 1, "($module, hexstr, /)", "Binary data of hexadecimal representation."),
    IM_PARSED("a2b_qp", a2b_qp, "($module, /, data, header=False)", "Decode a string of qp-encoded data."),
    IM_PARSED("b2a_qp", b2a_qp, "($module, /, data, quotetabs=False, istext=True, header=False)", "Encode a string using quoted-printable encoding."),
    IM_FIXED("crc_hqx", crc_hqx, 2, "($module, data, crc, /)", "Compute CRC-CCITT incrementally."),
    IM_PARSED("crc32", crc32, "($module, data, crc=0, /)", "Compute CRC-32 incrementally."),
    IM_END,
};

static int exec(Thread *t, Value m)
{
    State *st = im_module_state(m);
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
        st->crc[0][i] = c;
    }
    for (int k = 1; k < 8; k++)
        for (int i = 0; i < 256; i++) st->crc[k][i] = st->crc[0][st->crc[k - 1][i] & 255] ^ st->crc[k - 1][i] >> 8;
    if (im_no_value(st->error = im_new_exception(t, "binascii.Error", &im_ValueError_type)) ||
        im_no_value(st->incomplete = im_new_exception(t, "binascii.Incomplete", &im_Exception_type)))
        return -1;
    return im_module_add(t, m, "Error", im_new_ref(st->error)) < 0 ? -1 : im_module_add(t, m, "Incomplete", im_new_ref(st->incomplete));
}
static int traverse(ImObject *o, ImVisit visit, void *arg)
{
    State *st = ((ImModule *)o)->state;
    int r = im_is_object(st->error) ? visit(st->error, arg) : 0;
    return r ? r : im_is_object(st->incomplete) ? visit(st->incomplete, arg) : 0;
}
static const ImModuleDef def = {.name = "binascii", .doc = "Conversion between binary data and ASCII", .methods = methods, .exec = exec, .state_size = sizeof(State), .traverse = traverse};
IM_MODULE(def);
