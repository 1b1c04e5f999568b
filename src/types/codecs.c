/* Codecs: dispatch by name, error handling, file system names.
 * SPDX-License-Identifier: MIT */
#include "types/codecs.h"

#include <stdio.h>

#include "types/exception.h"
#include "types/int.h"
#include "types/tuple.h"

ImCodecHooks im_codec_hooks;
bool im_codec_check_names;

int im_codec_check(Thread *t, const char *encoding, const char *errors)
{
    if (!im_codec_check_names || !im_codec_hooks.lookup) return 0;
    if (encoding && strcmp(encoding, "utf-8") && strcmp(encoding, "utf8") && strcmp(encoding, "ascii")) {
        Value c = im_codec_hooks.lookup(t, encoding);
        if (im_no_value(c)) return -1;
        im_drop(t, c);
    }
    if (errors && strcmp(errors, "strict") && strcmp(errors, "ignore") && strcmp(errors, "replace") && strcmp(errors, "surrogateescape") && strcmp(errors, "surrogatepass")) {
        Value h = im_codec_hooks.lookup_error(t, errors);
        if (im_no_value(h)) return -1;
        im_drop(t, h);
    }
    return 0;
}

/* --- bytes builder --- */
void im_bb_init(ImByteBuilder *b) { b->data = b->small; b->len = 0; b->cap = sizeof b->small; }
void im_bb_free(ImByteBuilder *b) { if (b->data != b->small) im_raw_free(b->data); b->data = b->small; }
int im_bb_put(Thread *t, ImByteBuilder *b, const void *p, ssize_t n)
{
    if (b->len + n > b->cap) {
        ssize_t cap = (b->len + n) * 2;
        char *q = im_raw_alloc(t, (size_t)cap);
        if (!q) return -1;
        memcpy(q, b->data, (size_t)b->len);
        im_bb_free(b);
        b->data = q;
        b->cap = cap;
    }
    char *d = b->data + b->len;
    if (n > 8) memcpy(d, p, (size_t)n);
    else for (ssize_t i = 0; i < n; i++) d[i] = ((const char *)p)[i];
    b->len += n;
    return 0;
}
int im_bb_byte(Thread *t, ImByteBuilder *b, uint8_t c)
{
    if (IM_UNLIKELY(b->len >= b->cap)) return im_bb_put(t, b, &c, 1);
    b->data[b->len++] = (char)c;
    return 0;
}
Value im_bb_finish(Thread *t, ImByteBuilder *b)
{
    Value v = im_bytes_new(t, b->data, b->len);
    im_bb_free(b);
    return v;
}

/* --- errors --- */
static bool is(const char *errors, const char *name) { return errors && *errors == *name && !strcmp(errors, name); }
static Value decode_exc(Thread *t, const char *encoding, const char *reason, const uint8_t *p, ssize_t len, ssize_t start, ssize_t end)
{
    Value a[5] = {im_str_from_cstr(t, encoding), im_bytes_new(t, p, len), im_int(start), im_int(end), im_str_from_cstr(t, reason)};
    Value e = im_no_value(a[0]) || im_no_value(a[1]) || im_no_value(a[4]) ? IM_NO_VALUE : im_call(t, im_type_value(&im_UnicodeDecodeError_type), a, 5, IM_NO_VALUE);
    for (int i = 0; i < 5; i++) im_xdrop(t, a[i]);
    return e;
}
/* Result of a handler: (replacement, position). */
static int handler_result(Thread *t, Value r, ssize_t len, Value *rep, ssize_t *pos, bool decoding)
{
    if (!im_is_tuple(r) || im_tuple_len(r) != 2 || !(im_is_str(im_tuple_get(r, 0)) || (!decoding && im_is_bytes(im_tuple_get(r, 0)))) || !im_is_index(im_tuple_get(r, 1)))
        return im_raise_type(t, decoding ? "decoding error handler must return (str, int) tuple" : "encoding error handler must return (str/bytes, int) tuple"), -1;
    if (im_ssize_arg(t, im_tuple_get(r, 1), pos) < 0) return -1;
    if (*pos < 0) *pos += len;
    if (*pos < 0 || *pos > len) return im_raise_index(t, "position %zd from error handler out of bounds", *pos), -1;
    *rep = im_new_ref(im_tuple_get(r, 0));
    return 0;
}
/* The name that decodes, where errors carry another one. */
static const char *codec_name(const char *name) { return !strcmp(name, "unicodeescape") ? "unicode_escape" : !strcmp(name, "rawunicodeescape") ? "raw_unicode_escape" : name; }
int im_decode_error(Thread *t, ImStrBuilder *out, const char *errors, const char *encoding, const char *reason, const uint8_t *p, ssize_t len, ssize_t start, ssize_t end, ssize_t *pos)
{
    *pos = end;
    if (is(errors, "ignore")) return 0;
    if (is(errors, "replace")) return im_sb_char(t, out, 0xFFFD);
    if (is(errors, "backslashreplace")) {
        for (ssize_t i = start; i < end; i++) {
            char esc[8];
            esc[0] = '\\', esc[1] = 'x', esc[2] = "0123456789abcdef"[p[i] >> 4], esc[3] = "0123456789abcdef"[p[i] & 15];
            if (im_sb_ascii(t, out, esc, 4) < 0) return -1;
        }
        return 0;
    }
    if (is(errors, "surrogateescape") && p[start] >= 128) {
        *pos = start;
        while (*pos < end && p[*pos] >= 128)
            if (im_sb_char(t, out, 0xDC00u + p[(*pos)++]) < 0) return -1;
        return 0;
    }
    Value e = decode_exc(t, encoding, reason, p, len, start, end);
    if (im_no_value(e)) return -1;
    if (!errors || is(errors, "strict") || is(errors, "surrogateescape")) return im_raise_instance(t, e), -1;
    Value h = im_codec_hooks.lookup_error ? im_codec_hooks.lookup_error(t, errors) : im_raise(t, &im_LookupError_type, "unknown error handler name '%s'", errors), r, rep;
    if (im_no_value(h)) { im_drop(t, e); return -1; }
    Value before = im_getattr(t, e, IM_S(object)), after;
    r = im_call1(t, h, e);
    im_drop(t, h);
    after = im_no_value(r) ? IM_NO_VALUE : im_getattr(t, e, IM_S(object));
    im_drop(t, e);
    im_xdrop(t, before); /* only its identity counts from here on */
    if (im_no_value(after)) { im_xdrop(t, r); return -1; }
    bool other = !im_same(before, after);
    if (other && !im_is_bytes(after)) {
        im_raise_type(t, "object attribute must be bytes");
        im_drop(t, after);
        im_drop(t, r);
        return -1;
    }
    int bad = handler_result(t, r, other ? im_bytes_len(after) : len, &rep, pos, true);
    im_drop(t, r);
    if (bad == 0) {
        bad = im_sb_str(t, out, rep);
        im_drop(t, rep);
    }
    if (bad == 0 && other) { /* the handler put other bytes in place of these: they are what remains to be decoded */
        Value rest = *pos == im_bytes_len(after) ? im_str_new(t, 0, 0) : im_str_decode(t, im_bytes_data(after) + *pos, im_bytes_len(after) - *pos, codec_name(encoding), errors);
        bad = im_no_value(rest) ? -1 : im_sb_str(t, out, rest);
        im_xdrop(t, rest);
        *pos = len;
    }
    im_drop(t, after);
    return bad;
}
bool im_errors_give_text(const char *errors) { return is(errors, "replace") || is(errors, "backslashreplace") || is(errors, "xmlcharrefreplace"); }
int im_encode_error(Thread *t, ImByteBuilder *out, const char *errors, const char *encoding, const char *reason, Value s, ssize_t start, ssize_t end, ssize_t *pos, Value *text)
{
    *pos = end;
    *text = IM_NO_VALUE;
    if (is(errors, "ignore")) return 0;
    if (is(errors, "replace")) {
        for (ssize_t i = start; i < end; i++) if (im_bb_byte(t, out, '?') < 0) return -1;
        return 0;
    }
    if (is(errors, "backslashreplace") || is(errors, "xmlcharrefreplace")) {
        for (ssize_t i = start; i < end; i++) {
            uint32_t c = im_str_at(s, i);
            char esc[16];
            int n = 0;
            if (errors[0] == 'x') {
                char *p = esc + sizeof esc;
                *--p = ';';
                do { *--p = (char)('0' + c % 10); c /= 10; } while (c);
                *--p = '#';
                *--p = '&';
                n = (int)(esc + sizeof esc - p);
                memmove(esc, p, (size_t)n);
            } else {
                const int digits = c < 256 ? 2 : c < 65536 ? 4 : 8;
                esc[n++] = '\\';
                esc[n++] = c < 256 ? 'x' : c < 65536 ? 'u' : 'U';
                for (int k = digits; k-- > 0;) esc[n++] = "0123456789abcdef"[c >> (4 * k) & 15];
            }
            if (im_bb_put(t, out, esc, n) < 0) return -1;
        }
        return 0;
    }
    if (is(errors, "surrogateescape")) {
        ssize_t i = start;
        while (i < end && im_str_at(s, i) >= 0xDC80 && im_str_at(s, i) <= 0xDCFF) {
            if (im_bb_byte(t, out, (uint8_t)(im_str_at(s, i) - 0xDC00)) < 0) return -1;
            i++;
        }
        *pos = i;
        if (i > start) return 0;
    }
    Value a[5] = {im_str_from_cstr(t, encoding), s, im_int(start), im_int(end), im_str_from_cstr(t, reason)}, e, h, r, rep;
    e = im_no_value(a[0]) || im_no_value(a[4]) ? IM_NO_VALUE : im_call(t, im_type_value(&im_UnicodeEncodeError_type), a, 5, IM_NO_VALUE);
    im_xdrop(t, a[0]);
    im_xdrop(t, a[4]);
    if (im_no_value(e)) return -1;
    if (!errors || is(errors, "strict") || is(errors, "surrogateescape")) return im_raise_instance(t, e), -1;
    h = im_codec_hooks.lookup_error ? im_codec_hooks.lookup_error(t, errors) : im_raise(t, &im_LookupError_type, "unknown error handler name '%s'", errors);
    if (im_no_value(h)) { im_drop(t, e); return -1; }
    r = im_call1(t, h, e);
    im_drop(t, h);
    im_drop(t, e);
    if (im_no_value(r)) return -1;
    int bad = handler_result(t, r, im_str_len(s), &rep, pos, false);
    im_drop(t, r);
    if (bad < 0) return -1;
    if (im_is_bytes(rep)) {
        bad = im_bb_put(t, out, im_bytes_data(rep), im_bytes_len(rep));
        im_drop(t, rep);
        return bad;
    }
    *text = rep;
    return 0;
}

/* --- dispatch --- */
static void normalise(const char *s, char *out, size_t n)
{
    size_t k = 0;
    for (; *s && k + 1 < n; s++) {
        char c = *s;
        if (c >= 'A' && c <= 'Z') c += 32;
        if (c == '_' || c == ' ') c = '-';
        out[k++] = c;
    }
    out[k] = 0;
}
Value im_str_encode(Thread *t, Value s, const char *encoding, const char *errors)
{
    char e[32];
    int order = 0;
    if (IM_UNLIKELY(im_codec_check_names) && im_codec_check(t, encoding, errors) < 0) return IM_NO_VALUE;
    if (!encoding || !strcmp(encoding, "utf-8")) return im_utf8_encode(t, s, errors);
    normalise(encoding, e, sizeof e);
    if (!strcmp(e, "utf-8") || !strcmp(e, "utf8")) return im_utf8_encode(t, s, errors);
    if (!strcmp(e, "ascii") || !strcmp(e, "us-ascii")) return im_narrow_encode(t, s, errors, 128);
    if (!strcmp(e, "latin-1") || !strcmp(e, "latin1") || !strcmp(e, "iso-8859-1") || !strcmp(e, "iso8859-1")) return im_narrow_encode(t, s, errors, 256);
    if (!strcmp(e, "utf-16")) return im_utf_wide_encode(t, 16, s, errors, order);
    if (!strcmp(e, "utf-32")) return im_utf_wide_encode(t, 32, s, errors, order);
    if (!im_codec_hooks.encode) return im_raise(t, &im_LookupError_type, "unknown encoding: %s", encoding);
    Value v = im_codec_hooks.encode(t, s, encoding, errors);
    if (im_no_value(v)) return v;
    if (im_is_bytes(v)) return v;
    if (im_type_of(v) == &im_bytearray_type) {
        if (im_warn(t, &im_RuntimeWarning_type, 1, "encoder %s returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types", encoding) < 0) { im_drop(t, v); return IM_NO_VALUE; }
        Value b = im_bytes_from_object(t, v);
        im_drop(t, v);
        return b;
    }
    (void)im_raise_type(t, "'%.400s' encoder returned '%T' instead of 'bytes'; use codecs.encode() to encode to arbitrary types", encoding, v);
    im_drop(t, v);
    return IM_NO_VALUE;
}
Value im_str_decode(Thread *t, const char *p, ssize_t len, const char *encoding, const char *errors)
{
    char e[32];
    int order = 0;
    if (IM_UNLIKELY(im_codec_check_names) && im_codec_check(t, encoding, errors) < 0) return IM_NO_VALUE;
    if (!encoding || !strcmp(encoding, "utf-8")) return im_utf8_decode(t, p, len, errors, true, NULL);
    normalise(encoding, e, sizeof e);
    if (!strcmp(e, "utf-8") || !strcmp(e, "utf8")) return im_utf8_decode(t, p, len, errors, true, NULL);
    if (!strcmp(e, "ascii") || !strcmp(e, "us-ascii")) return im_ascii_decode(t, p, len, errors);
    if (!strcmp(e, "latin-1") || !strcmp(e, "latin1") || !strcmp(e, "iso-8859-1") || !strcmp(e, "iso8859-1")) return im_str_from_latin1(t, p, len);
    if (!strcmp(e, "utf-16")) return im_utf_wide_decode(t, 16, p, len, errors, &order, true, NULL);
    if (!strcmp(e, "utf-32")) return im_utf_wide_decode(t, 32, p, len, errors, &order, true, NULL);
    if (!im_codec_hooks.decode) return im_raise(t, &im_LookupError_type, "unknown encoding: %s", encoding);
    Value b = im_bytes_new(t, p, len), v = im_no_value(b) ? b : im_codec_hooks.decode(t, b, encoding, errors);
    im_xdrop(t, b);
    if (!im_no_value(v) && !im_is_str(v)) {
        (void)im_raise_type(t, "'%.400s' decoder returned '%T' instead of 'str'; use codecs.decode() to decode to arbitrary types", encoding, v);
        im_drop(t, v);
        return IM_NO_VALUE;
    }
    return v;
}

/* --- file system names: UTF-8 with surrogateescape --- */
Value im_str_fs_decode(Thread *t, const char *s, ssize_t len) { return im_utf8_decode(t, s, len < 0 ? (ssize_t)strlen(s) : len, "surrogateescape", true, NULL); }
/* After a call of __fspath__ failed: because it is None, which says that there is none. Clears the exception then. */
bool im_fspath_is_none(Thread *t, Value path)
{
    Value f = im_type_lookup(t, im_type_of(path), IM_S(__fspath__));
    bool none = im_is_none(f);
    im_xdrop(t, f);
    if (none) im_exc_clear(t);
    return none;
}
Value im_fspath(Thread *t, Value path)
{
    if (im_is_str(path) || im_is_bytes(path)) return im_new_ref(path);
    bool found;
    Value r = im_call_special(t, path, IM_S(__fspath__), NULL, 0, &found);
    if (im_no_value(r) && found && im_fspath_is_none(t, path)) found = false;
    if (!found) return im_raise_type(t, "expected str, bytes or os.PathLike object, not %T", path);
    if (im_no_value(r) || im_is_str(r) || im_is_bytes(r)) return r;
    (void)im_raise_type(t, "expected %T.__fspath__() to return str or bytes, not %T", path, r);
    im_drop(t, r);
    return IM_NO_VALUE;
}
Value im_fs_encode(Thread *t, Value path)
{
    Value p = im_fspath(t, path), b;
    if (im_no_value(p)) return p;
    if (im_is_str(p)) {
        b = im_utf8_encode(t, p, "surrogateescape");
        im_drop(t, p);
    } else {
        b = p;
    }
    if (!im_no_value(b) && memchr(im_bytes_data(b), 0, (size_t)im_bytes_len(b))) {
        im_drop(t, b);
        return im_raise_valueerror(t, im_is_str(path) ? "embedded null character" : "embedded null byte");
    }
    return b;
}
