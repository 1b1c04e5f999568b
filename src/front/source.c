/* Source bytes to UTF-8 text: byte order mark, PEP 263 coding cookie, newlines, undecodable and null bytes.
   SPDX-License-Identifier: MIT */
#include "lexer.h"

#include <stdio.h>
#include <string.h>

size_t im_utf8_count(const char *s, size_t len) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++) n += ((unsigned char)s[i] & 0xC0) != 0x80;
    return n;
}

uint32_t im_utf8_next(const char **s) {
    const unsigned char *p = (const unsigned char *)*s;
    uint32_t c = *p++;
    int more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    if (more) c &= 0x3Fu >> more;
    while (more-- && (*p & 0xC0) == 0x80) c = c << 6 | (*p++ & 0x3F);
    *s = (const char *)p;
    return c;
}

int im_utf8_put(char *out, uint32_t c) {
    if (c < 0x80) return out[0] = (char)c, 1;
    if (c < 0x800) return out[0] = (char)(0xC0 | c >> 6), out[1] = (char)(0x80 | (c & 63)), 2;
    if (c < 0x10000)
        return out[0] = (char)(0xE0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 63)), out[2] = (char)(0x80 | (c & 63)), 3;
    out[0] = (char)(0xF0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 63));
    return out[2] = (char)(0x80 | (c >> 6 & 63)), out[3] = (char)(0x80 | (c & 63)), 4;
}

static bool is_utf8_cont(unsigned char c) { return (c & 0xC0) == 0x80; }

bool im_utf8_check(const char *s, size_t len, size_t *bad, const char **reason) {
    const unsigned char *p = (const unsigned char *)s, *end = p + len;
    *reason = "invalid start byte";
    while (p < end) {
        uint64_t w;
        if ((size_t)(end - p) >= 8 && (memcpy(&w, p, 8), !(w & 0x8080808080808080u))) {
            p += 8;
            continue;
        }
        unsigned char c = *p;
        if (c < 0x80) {
            p++;
            continue;
        }
        int more = c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 0;
        if (!more) break;
        *reason = "unexpected end of data";
        if (p + 1 == end) break;
        unsigned char lo = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80, hi = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
        if (p[1] < lo || p[1] > hi) {
            *reason = "invalid continuation byte";
            break;
        }
        int i = 2;
        while (i <= more && p + i < end && is_utf8_cont(p[i])) i++;
        if (i <= more) {
            if (p + i < end) *reason = "invalid continuation byte";
            break;
        }
        p += more + 1;
        *reason = "invalid start byte";
    }
    *bad = (size_t)(p - (const unsigned char *)s);
    return p >= end;
}

const char *im_utf8_error(ImArena *a, char byte, size_t position, const char *reason) {
    char buf[160];
    snprintf(buf, sizeof buf, "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %zu: %s",
             (unsigned char)byte, position, reason);
    return im_arena_memdup(a, buf, strlen(buf));
}

/* ---- the declared encoding ---- */

static bool is_name_char(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

/* The name as the tokenizer normalises it: the UTF-8 and Latin-1 families to one spelling each. */
static const char *normal_name(ImArena *a, const char *s, size_t len) {
    char buf[13];
    size_t n = 0;
    for (; n < 12 && n < len; n++)
        buf[n] = s[n] == '_' ? '-' : s[n] >= 'A' && s[n] <= 'Z' ? (char)(s[n] + 32) : s[n];
    buf[n] = 0;
    static const struct { const char *from, *to; } known[] = {
        {"utf-8", "utf-8"}, {"latin-1", "iso-8859-1"}, {"iso-8859-1", "iso-8859-1"}, {"iso-latin-1", "iso-8859-1"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t k = strlen(known[i].from);
        if (!strncmp(buf, known[i].from, k) && (buf[k] == 0 || buf[k] == '-')) return known[i].to;
    }
    return im_arena_memdup(a, s, len);
}

/* Looks for a cookie in one line; *blank: the line is empty or a comment, so that the next one counts too. */
static const char *cookie_in_line(ImArena *a, const char *s, size_t len, bool *blank) {
    size_t i = 0;
    while (i < len && (s[i] == ' ' || s[i] == '\t' || s[i] == '\f')) i++;
    *blank = i == len || s[i] == '#' || s[i] == '\n' || s[i] == '\r';
    if (i == len || s[i] != '#') return NULL;
    for (; i + 6 < len; i++) {
        if (memcmp(s + i, "coding", 6)) continue;
        size_t k = i + 6;
        if (s[k] != ':' && s[k] != '=') continue;
        do k++;
        while (k < len && (s[k] == ' ' || s[k] == '\t'));
        size_t begin = k;
        while (k < len && is_name_char((unsigned char)s[k])) k++;
        if (k > begin) return normal_name(a, s + begin, k - begin);
    }
    return NULL;
}

const char *im_source_encoding(ImArena *a, const char *bytes, size_t len, bool *bom) {
    *bom = len >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3);
    const char *p = bytes + (*bom ? 3 : 0), *end = bytes + len;
    for (int line = 0; line < 2 && p < end; line++) {
        const char *e = p;
        while (e < end && *e != '\n' && *e != '\r') e++;
        bool blank;
        const char *enc = cookie_in_line(a, p, (size_t)(e - p), &blank);
        if (enc) return enc;
        if (!blank) break;
        if (e < end && *e == '\r' && e + 1 < end && e[1] == '\n') e++;
        p = e + 1;
    }
    return *bom ? "utf-8" : NULL;
}

/* ---- decoding ---- */

static bool encoding_error(ImArena *a, ImSyntaxErr *err, const char *fmt, const char *arg) {
    char buf[300];
    snprintf(buf, sizeof buf, fmt, arg);
    *err = (ImSyntaxErr){.type = IM_ERR_SYNTAX, .msg = im_arena_memdup(a, buf, strlen(buf)), .has_pos = strncmp(fmt, "encoding problem", 16) != 0, .nowhere = !strncmp(fmt, "encoding problem", 16), .offset = -1};
    return false;
}

static bool no_memory(ImSyntaxErr *err) {
    *err = (ImSyntaxErr){.type = IM_ERR_MEMORY};
    return false;
}

static uint32_t latin9(unsigned char c) {
    switch (c) {
    case 0xA4: return 0x20AC; case 0xA6: return 0x160; case 0xA8: return 0x161; case 0xB4: return 0x17D;
    case 0xB8: return 0x17E; case 0xBC: return 0x152; case 0xBD: return 0x153; case 0xBE: return 0x178;
    default: return c;
    }
}

/* Single-byte encodings that need no tables to speak of. */
static bool decode_bytes(ImArena *a, const char *s, size_t len, bool nine, const char **out, size_t *out_len) {
    char *p = im_arena_alloc(a, len * 3 + 1);
    if (!p) return false;
    *out = p;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        p += im_utf8_put(p, nine ? latin9(c) : c);
    }
    *p = 0;
    *out_len = (size_t)(p - *out);
    return true;
}

static bool decode_declared(ImArena *a, const char *enc, const char **s, size_t *len, unsigned flags,
                            const ImFrontHooks *hooks, ImSyntaxErr *err) {
    if (!strcmp(enc, "iso-8859-1") || !strcmp(enc, "iso-8859-15") || !strcmp(enc, "ISO-8859-15"))
        return decode_bytes(a, *s, *len, enc[10] == '5', s, len) || no_memory(err);
    if (!strcmp(enc, "ascii") || !strcmp(enc, "us-ascii") || !strcmp(enc, "ASCII") || !strcmp(enc, "US-ASCII")) {
        for (size_t i = 0; i < *len; i++) {
            if (!((unsigned char)(*s)[i] & 0x80)) continue;
            if (flags & IM_PARSE_FILE) return encoding_error(a, err, "encoding problem: %s", enc);
            char buf[100];
            snprintf(buf, sizeof buf, "'ascii' codec can't decode byte 0x%02x in position %zu: ordinal not in range(128)",
                     (unsigned char)(*s)[i], i);
            return encoding_error(a, err, "%s", buf);
        }
        return true;
    }
    int r = hooks && hooks->decode ? hooks->decode(hooks->ctx, a, enc, *s, *len, s, len) : 0;
    if (r > 0) return true;
    if (r < 0) {
        *err = (ImSyntaxErr){.type = IM_ERR_PENDING};
        return false;
    }
    return encoding_error(a, err, flags & IM_PARSE_FILE ? "encoding problem: %s" : "unknown encoding: %s", enc);
}

/* \r\n and \r become \n; with `final`, text that does not end in a newline gets one. */
static bool copy_text(ImArena *a, const char *s, size_t len, bool final, ImSource *out) {
    char *t = im_arena_alloc(a, len + 2);
    if (!t) return false;
    out->text = t;
    if (!memchr(s, '\r', len)) {
        if (len) memcpy(t, s, len);
        t += len;
    } else {
        for (size_t i = 0; i < len; i++) {
            if (s[i] == '\r') {
                if (i + 1 < len && s[i + 1] == '\n') i++;
                *t++ = '\n';
            } else *t++ = s[i];
        }
    }
    out->newline_added = final && t > out->text && t[-1] != '\n';
    if (out->newline_added) *t++ = '\n';
    *t = 0;
    out->len = (size_t)(t - out->text);
    return true;
}

/* Ends the text before the line that holds the byte at `at`. */
static void cut_at(ImSource *out, size_t at, unsigned char byte) {
    if (out->cut && at >= out->len) return;
    size_t line = at;
    while (line > 0 && out->text[line - 1] != '\n') line--;
    out->cut = true;
    out->bad_byte = byte;
    out->bad_text = out->text + line;
    out->bad_text_len = at - line;
    out->len = line;
    out->bad_line = 1;
    for (size_t i = 0; i < line; i++) out->bad_line += out->text[i] == '\n';
}

bool im_source_decode(ImArena *a, const char *bytes, size_t len, const char *filename, ImParseMode mode, unsigned flags,
                      const ImFrontHooks *hooks, ImSource *out, ImSyntaxErr *err) {
    *err = (ImSyntaxErr){.type = IM_ERR_NONE};
    *out = (ImSource){.filename = filename};
    bool bom = false;
    if (!(flags & IM_PARSE_FILE) && memchr(bytes, 0, len)) {
        *err = (ImSyntaxErr){.type = IM_ERR_SYNTAX, .msg = "source code string cannot contain null bytes"};
        return false;
    }
    if (len >= 0x7FFFFFF0u) return no_memory(err);
    if (!(flags & IM_PARSE_IGNORE_COOKIE)) {
        out->encoding = im_source_encoding(a, bytes, len, &bom);
        if (bom) {
            if (strcmp(out->encoding, "utf-8")) {
                encoding_error(a, err, "encoding problem: %s with BOM", out->encoding);
                err->nowhere = (flags & IM_PARSE_FILE) != 0;
                err->has_pos = !err->nowhere;
                return false;
            }
            bytes += 3;
            len -= 3;
        }
    }
    if (out->encoding && strcmp(out->encoding, "utf-8") && !decode_declared(a, out->encoding, &bytes, &len, flags, hooks, err))
        return false;
    if (!copy_text(a, bytes, len, mode == IM_PARSE_EXEC, out)) return no_memory(err);
    size_t bad;
    const char *reason;
    if (!(flags & IM_PARSE_IGNORE_COOKIE) && !im_utf8_check(out->text, out->len, &bad, &reason)) {
        if ((flags & IM_PARSE_FILE) && !out->encoding) cut_at(out, bad, (unsigned char)out->text[bad]);
        else out->invalid = true;
    }
    const char *nul = flags & IM_PARSE_FILE ? memchr(out->text, 0, out->len) : NULL;
    if (nul) cut_at(out, (size_t)(nul - out->text), 0);
    return true;
}
