/* Module _codecs: the registry of codecs and error handlers, and the built-in codecs as functions.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "modules/codecs_escape.h"
#include "modules/module.h"
#include "types/unicode_names.h"
#include "types/codecs.h"
#include "types/exception.h"
#include "types/unicode_db.h"

/* Registry. Lists and dicts are shared objects like any others; their own operations are atomic. */
static Value search_path, search_cache, error_registry;

static int ready(Thread *t)
{
    if (!im_no_value(search_path)) return 0;
    search_cache = im_dict_new(t);
    error_registry = im_dict_new(t);
    search_path = im_list_new(t, 4);
    if (im_no_value(search_path) || im_no_value(search_cache) || im_no_value(error_registry)) return -1;
    im_root_add(&search_path);
    im_root_add(&search_cache);
    im_root_add(&error_registry);
    return 0;
}

/* Lower case, spaces to hyphens. */
static Value normalised(Thread *t, const char *name)
{
    char buf[128];
    size_t n = 0;
    bool gap = false;
    for (const char *p = name; *p && n + 2 < sizeof buf; p++) {
        char c = *p;
        if (c >= 'A' && c <= 'Z') c = (char)(c + 32);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.') {
            if (gap && n) buf[n++] = '_';
            gap = false;
            buf[n++] = c;
        } else gap = true;
    }
    return im_str_from_utf8(t, buf, (ssize_t)n);
}
/* The codec's 4-tuple; LookupError. */
static Value lookup(Thread *t, const char *encoding)
{
    if (ready(t) < 0) return IM_NO_VALUE;
    Value key = normalised(t, encoding), v;
    if (im_no_value(key)) return key;
    key = im_str_intern(t, key);
    int r = im_dict_get(t, search_cache, key, &v);
    if (r) { im_drop(t, key); return r < 0 ? IM_NO_VALUE : v; }
    if (im_list_len(search_path) == 0) {
        Value m = im_import(t, "encodings");
        im_xdrop(t, m);
        if (im_no_value(m)) { im_drop(t, key); return m; }
    }
    for (ssize_t i = 0;; i++) {
        Value f = im_list_get(t, search_path, i);
        if (im_no_value(f)) break;
        v = im_call1(t, f, key);
        im_drop(t, f);
        if (im_no_value(v)) { im_drop(t, key); return v; }
        if (im_is_none(v)) continue;
        if (!im_is_tuple(v) || im_tuple_len(v) != 4) {
            im_drop(t, v);
            im_drop(t, key);
            return im_raise_type(t, "codec search functions must return 4-tuples");
        }
        r = im_dict_set(t, search_cache, key, v);
        im_drop(t, key);
        if (r < 0) { im_drop(t, v); return IM_NO_VALUE; }
        return v;
    }
    im_drop(t, key);
    return im_raise(t, &im_LookupError_type, "unknown encoding: %s", encoding);
}
/* Calls function `which` (0 encoder, 1 decoder) of the codec; notes the failing codec on the exception. */
static Value run_codec(Thread *t, Value obj, const char *encoding, const char *errors, int which, bool text_only)
{
    Value c = lookup(t, encoding), f, r, flag;
    if (im_no_value(c)) return c;
    if (text_only && im_lookup_attr(t, c, IM_S(_is_text_encoding), &flag) > 0) {
        int is = im_truth(t, flag);
        im_drop(t, flag);
        if (is == 0) {
            im_drop(t, c);
            return im_raise(t, &im_LookupError_type, "'%.400s' is not a text encoding; use codecs.%s() to handle arbitrary codecs", encoding, which ? "decode" : "encode");
        }
    }
    im_exc_clear(t);
    f = im_new_ref(im_tuple_get(c, which));
    im_drop(t, c);
    if (errors) {
        Value e = im_str_from_cstr(t, errors);
        r = im_no_value(e) ? e : im_call2(t, f, obj, e);
        im_xdrop(t, e);
    } else {
        r = im_call1(t, f, obj);
    }
    im_drop(t, f);
    if (im_no_value(r)) {
        Value e = im_exc_fetch(t), note = im_str_format(t, "%s with '%s' codec failed", which ? "decoding" : "encoding", encoding);
        if (!im_no_value(note)) {
            Value x = im_call_method1(t, e, IM_S(add_note), note);
            im_xdrop(t, x);
        }
        im_xdrop(t, note);
        im_exc_clear(t);
        im_exc_restore(t, e);
        return IM_NO_VALUE;
    }
    if (!im_is_tuple(r) || im_tuple_len(r) != 2) {
        im_drop(t, r);
        return im_raise_type(t, which ? "decoder must return a tuple (object,integer)" : "encoder must return a tuple (object, integer)");
    }
    Value out = im_new_ref(im_tuple_get(r, 0));
    im_drop(t, r);
    return out;
}
static Value hook_encode(Thread *t, Value obj, const char *enc, const char *err) { return run_codec(t, obj, enc, err, 0, true); }
static Value hook_decode(Thread *t, Value obj, const char *enc, const char *err) { return run_codec(t, obj, enc, err, 1, true); }

/* --- error handlers as functions of the exception ------------------------------------------------------------------------------------------ */
typedef struct ErrInfo { int kind; /* 0 encode 1 decode 2 translate */ Value object; ssize_t start, end; const char *encoding; Value encoding_value; } ErrInfo;
static int get_info(Thread *t, Value e, ErrInfo *x)
{
    if (im_is_instance_of(e, &im_UnicodeEncodeError_type)) x->kind = 0;
    else if (im_is_instance_of(e, &im_UnicodeDecodeError_type)) x->kind = 1;
    else if (im_is_instance_of(e, &im_UnicodeTranslateError_type)) x->kind = 2;
    else return im_raise_type(t, "don't know how to handle %T in error callback", e), -1;
    Value s = im_getattr(t, e, IM_S(start)), n = im_no_value(s) ? s : im_getattr(t, e, IM_S(end));
    x->object = im_no_value(n) ? n : im_getattr(t, e, IM_S(object));
    x->encoding_value = IM_NO_VALUE;
    x->encoding = "";
    int r = im_no_value(x->object) ? -1 : 0;
    if (r == 0) r = im_as_ssize(t, s, NULL, &x->start) < 0 || im_as_ssize(t, n, NULL, &x->end) < 0 ? -1 : 0;
    im_xdrop(t, s);
    im_xdrop(t, n);
    if (r < 0) return -1;
    if (x->kind == 1 ? !im_is_bytes(x->object) : !im_is_str(x->object)) {
        im_drop(t, x->object);
        return im_raise_type(t, "object attribute must be %s", x->kind == 1 ? "bytes" : "str"), -1;
    }
    ssize_t len = im_len(t, x->object);
    if (x->start < 0) x->start = 0;
    if (x->end > len) x->end = len;
    if (x->start > x->end) x->start = x->end;
    if (x->kind != 2) {
        x->encoding_value = im_getattr(t, e, IM_S(encoding));
        if (!im_no_value(x->encoding_value) && im_is_str(x->encoding_value)) x->encoding = im_str_utf8(t, x->encoding_value, NULL);
        if (!x->encoding) x->encoding = "";
        im_exc_clear(t);
    }
    return 0;
}
static void drop_info(Thread *t, ErrInfo *x) { im_xdrop(t, x->object); im_xdrop(t, x->encoding_value); }
static Value answer(Thread *t, Value rep, ssize_t pos)
{
    if (im_no_value(rep)) return rep;
    Value r = im_tuple_pack(t, 2, rep, im_int(pos));
    im_drop(t, rep);
    return r;
}
#define HANDLER(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)
static Value strict(Thread *t, Value e) { return im_is_instance_of(e, &im_BaseException_type) ? im_raise_instance(t, im_new_ref(e)) : im_raise_type(t, "codec must pass exception instance"); }
HANDLER(h_strict) { (void)self; (void)n; (void)kw; return strict(t, a[0]); }
HANDLER(h_ignore)
{
    (void)self; (void)n; (void)kw;
    ErrInfo x;
    if (get_info(t, a[0], &x) < 0) return IM_NO_VALUE;
    Value r = answer(t, im_str_new(t, 0, 0), x.end);
    drop_info(t, &x);
    return r;
}
static Value repeat_char(Thread *t, uint32_t c, ssize_t n)
{
    ImStrBuilder b;
    im_sb_init(&b);
    while (n-- > 0) if (im_sb_char(t, &b, c) < 0) { im_sb_free(&b); return IM_NO_VALUE; }
    return im_sb_finish(t, &b);
}
HANDLER(h_replace)
{
    (void)self; (void)n; (void)kw;
    ErrInfo x;
    if (get_info(t, a[0], &x) < 0) return IM_NO_VALUE;
    Value r = answer(t, x.kind == 1 ? repeat_char(t, 0xFFFD, 1) : repeat_char(t, x.kind == 0 ? '?' : 0xFFFD, x.end - x.start), x.end);
    drop_info(t, &x);
    return r;
}
/* xmlcharrefreplace, backslashreplace, namereplace: text for each character (or byte). */
static Value escape_all(Thread *t, Value e, int how)
{
    ErrInfo x;
    if (get_info(t, e, &x) < 0) return IM_NO_VALUE;
    if (how != 1 && x.kind != 0) { drop_info(t, &x); return im_raise_type(t, "don't know how to handle %T in error callback", e); }
    ImStrBuilder b;
    im_sb_init(&b);
    int r = 0;
    for (ssize_t i = x.start; r == 0 && i < x.end; i++) {
        char s[64];
        if (x.kind == 1) snprintf(s, sizeof s, "\\x%02x", (uint8_t)im_bytes_data(x.object)[i]);
        else {
            uint32_t c = im_str_at(x.object, i);
            if (how == 0) snprintf(s, sizeof s, "&#%u;", c);
            else {
                s[0] = 0;
                if (how == 2) {
                    char name[IM_UC_NAME_MAX];
                    size_t n = im_uc_name(c, name);
                    if (n) {
                        r = im_sb_ascii(t, &b, "\\N{", 3) < 0 || im_sb_ascii(t, &b, name, (ssize_t)n) < 0 || im_sb_char(t, &b, '}') < 0 ? -1 : 0;
                        continue;
                    }
                }
                snprintf(s, sizeof s, c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", c);
            }
        }
        r = im_sb_ascii(t, &b, s, -1);
    }
    ssize_t end = x.end;
    drop_info(t, &x);
    if (r < 0) { im_sb_free(&b); return IM_NO_VALUE; }
    return answer(t, im_sb_finish(t, &b), end);
}
HANDLER(h_xml) { (void)self; (void)n; (void)kw; return escape_all(t, a[0], 0); }
HANDLER(h_backslash) { (void)self; (void)n; (void)kw; return escape_all(t, a[0], 1); }
HANDLER(h_name) { (void)self; (void)n; (void)kw; return escape_all(t, a[0], 2); }
HANDLER(h_escape)
{
    (void)self; (void)n; (void)kw;
    ErrInfo x;
    if (get_info(t, a[0], &x) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (x.kind == 0) {
        ImByteBuilder b;
        im_bb_init(&b);
        ssize_t i = x.start;
        for (; i < x.end; i++) {
            uint32_t c = im_str_at(x.object, i);
            if (c < 0xDC80 || c > 0xDCFF) break;
            if (im_bb_byte(t, &b, (uint8_t)(c - 0xDC00)) < 0) break;
        }
        if (i < x.end) { im_bb_free(&b); r = im_pending(t) ? IM_NO_VALUE : strict(t, a[0]); }
        else r = answer(t, im_bb_finish(t, &b), x.end);
    } else if (x.kind == 1) {
        ImStrBuilder b;
        im_sb_init(&b);
        ssize_t i = x.start;
        for (; i < x.end && i < x.start + 4; i++) {
            uint8_t c = (uint8_t)im_bytes_data(x.object)[i];
            if (c < 128 || im_sb_char(t, &b, 0xDC00u + c) < 0) break;
        }
        if (i == x.start) { im_sb_free(&b); r = strict(t, a[0]); }
        else r = answer(t, im_sb_finish(t, &b), i);
    } else {
        (void)im_raise_type(t, "don't know how to handle %T in error callback", a[0]);
    }
    drop_info(t, &x);
    return r;
}
/* surrogatepass for UTF-8, UTF-16, UTF-32. */
static int utf_of(const char *e, bool *big)
{
    char s[16];
    size_t k = 0;
    for (; *e && k + 1 < sizeof s; e++) if (*e != '-' && *e != '_') s[k++] = *e >= 'A' && *e <= 'Z' ? (char)(*e + 32) : *e;
    s[k] = 0;
    *big = strstr(s, "be") != NULL;
    return !strncmp(s, "utf8", 4) || !strncmp(s, "cp65001", 7) ? 8 : !strncmp(s, "utf16", 5) ? 16 : !strncmp(s, "utf32", 5) ? 32 : 0;
}
HANDLER(h_pass)
{
    (void)self; (void)n; (void)kw;
    ErrInfo x;
    bool big;
    if (get_info(t, a[0], &x) < 0) return IM_NO_VALUE;
    int u = utf_of(x.encoding, &big);
    Value r = IM_NO_VALUE;
    if (x.kind == 2) { (void)im_raise_type(t, "don't know how to handle %T in error callback", a[0]); goto done; }
    if (!u) { r = strict(t, a[0]); goto done; }
    if (x.kind == 0) {
        for (ssize_t i = x.start; i < x.end; i++) {
            uint32_t c = im_str_at(x.object, i);
            if (c < 0xD800 || c > 0xDFFF) { r = strict(t, a[0]); goto done; }
        }
        Value s = im_str_substring(t, x.object, x.start, x.end), b = im_no_value(s) ? s : u == 8 ? im_utf8_encode(t, s, "surrogatepass") : im_utf_wide_encode(t, u, s, "surrogatepass", big ? 1 : -1);
        im_xdrop(t, s);
        r = answer(t, b, x.end);
    } else {
        ssize_t w = u == 8 ? 3 : u / 8, left = im_bytes_len(x.object) - x.start;
        const uint8_t *p = (const uint8_t *)im_bytes_data(x.object) + x.start;
        uint32_t c = 0;
        if (left >= w) {
            if (u == 8 && p[0] == 0xED && p[1] >= 0xA0 && p[1] < 0xC0 && (p[2] & 0xC0) == 0x80) c = 0xD000u | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
            else if (u != 8) for (int i = 0; i < w; i++) c |= (uint32_t)p[big ? w - 1 - i : i] << (8 * i);
        }
        r = c >= 0xD800 && c <= 0xDFFF ? answer(t, im_str_from_char(t, c), x.start + w) : strict(t, a[0]);
    }
done:
    drop_info(t, &x);
    return r;
}
static const ImMethodDef handlers[] = {IM_FIXED("strict", h_strict, 1, NULL, NULL), IM_FIXED("ignore", h_ignore, 1, NULL, NULL), IM_FIXED("replace", h_replace, 1, NULL, NULL), IM_FIXED("xmlcharrefreplace", h_xml, 1, NULL, NULL),
    IM_FIXED("backslashreplace", h_backslash, 1, NULL, NULL), IM_FIXED("namereplace", h_name, 1, NULL, NULL), IM_FIXED("surrogateescape", h_escape, 1, NULL, NULL), IM_FIXED("surrogatepass", h_pass, 1, NULL, NULL)};

static Value lookup_error(Thread *t, const char *name)
{
    if (ready(t) < 0) return IM_NO_VALUE;
    Value v = im_dict_get_cstr(t, error_registry, name);
    if (!im_no_value(v)) return v;
    return im_raise(t, &im_LookupError_type, "unknown error handler name '%.400s'", name);
}

/* --- functions ------------------------------------------------------------------------------------------------------------------------------- */
#define F(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)
#define UNUSED (void)self, (void)n, (void)kw
static int c_text(Thread *t, Value v, const char **out)
{
    ssize_t len;
    if (!(*out = im_str_utf8(t, v, &len))) return -1;
    return strlen(*out) == (size_t)len ? 0 : (im_raise_valueerror(t, "embedded null character"), -1);
}
static int str_arg(Thread *t, Value v, const char *fn, const char *what, const char **out)
{
    if (im_no_value(v)) return 0;
    if (!im_is_str(v)) return im_raise_type(t, "%s() argument '%s' must be str, not %T", fn, what, v), -1;
    return c_text(t, v, out);
}
static int errors_arg(Thread *t, const Value *a, size_t n, size_t i, const char *fn, const char **out)
{
    *out = NULL;
    if (i >= n || im_no_value(a[i]) || im_is_none(a[i])) return 0;
    if (!im_is_str(a[i])) return im_raise_type(t, "%s() argument %zu must be str or None, not %T", fn, i + 1, a[i]), -1;
    return c_text(t, a[i], out);
}
F(c_register)
{
    UNUSED;
    if (!im_callable(a[0])) return im_raise_type(t, "argument must be callable");
    return ready(t) < 0 || im_list_append(t, search_path, a[0]) < 0 ? IM_NO_VALUE : IM_NONE;
}
F(c_unregister)
{
    UNUSED;
    if (ready(t) < 0) return IM_NO_VALUE;
    for (ssize_t i = 0;; i++) {
        Value f = im_list_get(t, search_path, i);
        if (im_no_value(f)) return IM_NONE;
        bool same = im_same(f, a[0]);
        im_drop(t, f);
        if (!same) continue;
        im_dict_clear(t, search_cache);
        return im_delitem(t, search_path, im_int(i)) < 0 ? IM_NO_VALUE : IM_NONE;
    }
}
F(c_lookup)
{
    UNUSED;
    const char *s = NULL;
    if (str_arg(t, a[0], "lookup", "encoding", &s) < 0) return IM_NO_VALUE;
    return lookup(t, s);
}
static Value code(Thread *t, const Value *a, int which)
{
    const char *enc = "utf-8", *err = NULL, *fn = which ? "decode" : "encode";
    if (str_arg(t, a[1], fn, "encoding", &enc) < 0 || str_arg(t, a[2], fn, "errors", &err) < 0) return IM_NO_VALUE;
    return run_codec(t, a[0], enc, err, which, false);
}
F(c_encode) { UNUSED; return code(t, a, 0); }
F(c_decode) { UNUSED; return code(t, a, 1); }
F(c_register_error)
{
    UNUSED;
    if (!im_is_str(a[0])) return im_raise_type(t, "register_error() argument 1 must be str, not %T", a[0]);
    if (!im_callable(a[1])) return im_raise_type(t, "handler must be callable");
    return ready(t) < 0 || im_dict_set(t, error_registry, a[0], a[1]) < 0 ? IM_NO_VALUE : IM_NONE;
}
F(c_lookup_error)
{
    UNUSED;
    const char *s = NULL;
    if (str_arg(t, a[0], "lookup_error", "name", &s) < 0) return IM_NO_VALUE;
    return lookup_error(t, s);
}
/* (text, consumed) and (bytes, length). */
static Value pair(Thread *t, Value v, ssize_t n)
{
    if (im_no_value(v)) return v;
    Value r = im_tuple_pack(t, 2, v, im_int(n));
    im_drop(t, v);
    return r;
}
static int encode_args(Thread *t, const Value *a, size_t n, const char *fn, const char **err)
{
    if (!im_is_str(a[0])) return im_raise_type(t, "%s() argument 1 must be str, not %T", fn, a[0]), -1;
    return errors_arg(t, a, n, 1, fn, err);
}
#define ENCODER(fn, name, expr) F(fn) { UNUSED; const char *err; if (encode_args(t, a, n, name, &err) < 0) return IM_NO_VALUE; return pair(t, expr, im_str_len(a[0])); }
ENCODER(c_utf8_e, "utf_8_encode", im_utf8_encode(t, a[0], err))
ENCODER(c_ascii_e, "ascii_encode", im_narrow_encode(t, a[0], err, 128))
ENCODER(c_latin_e, "latin_1_encode", im_narrow_encode(t, a[0], err, 256))
ENCODER(c_utf16le_e, "utf_16_le_encode", im_utf_wide_encode(t, 16, a[0], err, -1))
ENCODER(c_utf16be_e, "utf_16_be_encode", im_utf_wide_encode(t, 16, a[0], err, 1))
ENCODER(c_utf32le_e, "utf_32_le_encode", im_utf_wide_encode(t, 32, a[0], err, -1))
ENCODER(c_utf32be_e, "utf_32_be_encode", im_utf_wide_encode(t, 32, a[0], err, 1))
ENCODER(c_uni_e, "unicode_escape_encode", im_unicode_escape_encode(t, a[0], false))
ENCODER(c_raw_e, "raw_unicode_escape_encode", im_unicode_escape_encode(t, a[0], true))
ENCODER(c_utf7_e, "utf_7_encode", im_utf7_encode(t, a[0]))
static Value wide_e(Thread *t, const Value *a, size_t n, int width, const char *fn)
{
    const char *err;
    int order = 0;
    if (encode_args(t, a, n, fn, &err) < 0 || (n > 2 && im_as_int(t, a[2], &order) < 0)) return IM_NO_VALUE;
    return pair(t, im_utf_wide_encode(t, width, a[0], err, order < 0 ? -1 : order > 0), im_str_len(a[0]));
}
F(c_utf16_e) { UNUSED; return wide_e(t, a, n, 16, "utf_16_encode"); }
F(c_utf32_e) { UNUSED; return wide_e(t, a, n, 32, "utf_32_encode"); }
/* Decoders take any buffer. */
typedef struct Dec { ImBuffer b; const char *err; bool final; } Dec;
static int decode_args(Thread *t, const Value *a, size_t n, const char *fn, bool has_final, Dec *d)
{
    d->final = false;
    if (errors_arg(t, a, n, 1, fn, &d->err) < 0) return -1;
    if (has_final && n > 2) { int f = im_truth(t, a[2]); if (f < 0) return -1; d->final = f; }
    return im_buffer_get(t, a[0], &d->b, IM_BUF_SIMPLE);
}
static Value decoded(Thread *t, Dec *d, Value v, ssize_t used) { im_buffer_release(t, &d->b); return pair(t, v, used); }
F(c_utf8_d)
{
    UNUSED;
    Dec d;
    ssize_t used;
    if (decode_args(t, a, n, "utf_8_decode", true, &d) < 0) return IM_NO_VALUE;
    used = d.b.len;
    Value v = im_utf8_decode(t, d.b.buf, d.b.len, d.err, d.final, &used);
    return decoded(t, &d, v, used);
}
F(c_ascii_d) { UNUSED; Dec d; if (decode_args(t, a, n, "ascii_decode", false, &d) < 0) return IM_NO_VALUE; ssize_t used = d.b.len; Value v = im_ascii_decode(t, d.b.buf, d.b.len, d.err); return decoded(t, &d, v, used); }
F(c_latin_d) { UNUSED; Dec d; if (decode_args(t, a, n, "latin_1_decode", false, &d) < 0) return IM_NO_VALUE; ssize_t used = d.b.len; Value v = im_str_from_latin1(t, d.b.buf, d.b.len); return decoded(t, &d, v, used); }
static Value wide_d(Thread *t, const Value *a, size_t n, int width, int order, const char *fn, bool ex)
{
    Dec d;
    ssize_t used;
    if (ex) {
        if (n > 2 && im_as_int(t, a[2], &order) < 0) return IM_NO_VALUE;
        order = order < 0 ? -1 : order > 0;
        if (decode_args(t, a, n > 1 ? 2 : n, fn, false, &d) < 0) return IM_NO_VALUE;
        if (n > 3) { int f = im_truth(t, a[3]); if (f < 0) { im_buffer_release(t, &d.b); return IM_NO_VALUE; } d.final = f; }
    } else if (decode_args(t, a, n, fn, true, &d) < 0) {
        return IM_NO_VALUE;
    }
    used = d.b.len;
    Value v = im_utf_wide_decode(t, width, d.b.buf, d.b.len, d.err, &order, d.final, &used);
    im_buffer_release(t, &d.b);
    if (!ex || im_no_value(v)) return pair(t, v, used);
    Value r = im_tuple_pack(t, 3, v, im_int(used), im_int(order));
    im_drop(t, v);
    return r;
}
F(c_utf16_d) { UNUSED; return wide_d(t, a, n, 16, 0, "utf_16_decode", false); }
F(c_utf16le_d) { UNUSED; return wide_d(t, a, n, 16, -1, "utf_16_le_decode", false); }
F(c_utf16be_d) { UNUSED; return wide_d(t, a, n, 16, 1, "utf_16_be_decode", false); }
F(c_utf16ex_d) { UNUSED; return wide_d(t, a, n, 16, 0, "utf_16_ex_decode", true); }
F(c_utf32_d) { UNUSED; return wide_d(t, a, n, 32, 0, "utf_32_decode", false); }
F(c_utf32le_d) { UNUSED; return wide_d(t, a, n, 32, -1, "utf_32_le_decode", false); }
F(c_utf32be_d) { UNUSED; return wide_d(t, a, n, 32, 1, "utf_32_be_decode", false); }
F(c_utf32ex_d) { UNUSED; return wide_d(t, a, n, 32, 0, "utf_32_ex_decode", true); }
F(c_utf7_d)
{
    UNUSED;
    Dec d;
    ssize_t used;
    if (decode_args(t, a, n, "utf_7_decode", true, &d) < 0) return IM_NO_VALUE;
    used = d.b.len;
    Value v = im_utf7_decode(t, d.b.buf, d.b.len, d.err, d.final, &used);
    return decoded(t, &d, v, used);
}
/* str arguments stand for their UTF-8 (Latin-1 for raw) bytes. */
static Value escape_d(Thread *t, const Value *a, size_t n, const char *fn, bool raw)
{
    const char *err, *p;
    int final = 1;
    ssize_t len, used;
    ImBuffer b = {.obj = IM_NO_VALUE};
    if (errors_arg(t, a, n, 1, fn, &err) < 0) return IM_NO_VALUE;
    if (n > 2 && (final = im_truth(t, a[2])) < 0) return IM_NO_VALUE;
    if (im_is_str(a[0])) {
        if (!(p = im_str_utf8(t, a[0], &len))) return IM_NO_VALUE;
    } else {
        if (im_buffer_get(t, a[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
        p = b.buf;
        len = b.len;
    }
    used = len;
    Value v = im_unicode_escape_decode(t, p, len, err, final, raw, &used);
    if (!im_no_value(b.obj)) im_buffer_release(t, &b);
    return pair(t, v, used);
}
F(c_uni_d) { UNUSED; return escape_d(t, a, n, "unicode_escape_decode", false); }
F(c_raw_d) { UNUSED; return escape_d(t, a, n, "raw_unicode_escape_decode", true); }
F(c_esc_d)
{
    UNUSED;
    const char *err, *p;
    ssize_t len;
    ImBuffer b = {.obj = IM_NO_VALUE};
    if (errors_arg(t, a, n, 1, "escape_decode", &err) < 0) return IM_NO_VALUE;
    if (im_is_str(a[0])) { if (!(p = im_str_utf8(t, a[0], &len))) return IM_NO_VALUE; }
    else { if (im_buffer_get(t, a[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE; p = b.buf; len = b.len; }
    Value v = im_bytes_escape_decode(t, p, len, err);
    if (!im_no_value(b.obj)) im_buffer_release(t, &b);
    return pair(t, v, len);
}
/* As in the repr of bytes between ' and '. */
static ssize_t escaped_len(uint8_t c) { return c == '\\' || c == '\'' || c == '\t' || c == '\n' || c == '\r' ? 2 : c < ' ' || c >= 0x7F ? 4 : 1; }
static char *put_escaped(char *to, uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    if (escaped_len(c) == 1) {
        *to = (char)c;
        return to + 1;
    }
    to[0] = '\\';
    if (escaped_len(c) == 2) {
        to[1] = c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : (char)c;
        return to + 2;
    }
    to[1] = 'x';
    to[2] = digits[c >> 4];
    to[3] = digits[c & 15];
    return to + 4;
}
F(c_esc_e)
{
    UNUSED;
    if (!im_is_bytes(a[0])) return im_raise_type(t, "escape_encode() argument 1 must be bytes, not %T", a[0]);
    const uint8_t *p = (const uint8_t *)im_bytes_data(a[0]);
    const ssize_t len = im_bytes_len(a[0]);
    ssize_t size = 0;
    for (ssize_t i = 0; i < len; i++) size += escaped_len(p[i]);
    if (size < 2) return pair(t, im_bytes_new(t, p, size), len); /* such bytes are constants, not to be written to */
    Value r = im_bytes_new(t, NULL, size);
    if (im_no_value(r)) return r;
    char *to = im_bytes_data(r);
    for (ssize_t i = 0; i < len; i++) to = put_escaped(to, p[i]);
    return pair(t, r, len);
}
F(c_readbuffer)
{
    UNUSED;
    if (im_is_str(a[0])) { ssize_t len; const char *p = im_str_utf8(t, a[0], &len); return p ? pair(t, im_bytes_new(t, p, len), len) : IM_NO_VALUE; }
    Value b = im_bytes_from_object(t, a[0]);
    return im_no_value(b) ? b : pair(t, b, im_bytes_len(b));
}
/* --- charmap --- */
/* Appends what map, a str, has for the bytes from i on, up to one that is not defined: where it stopped, or -1. */
static ssize_t charmap_run(Thread *t, ImStrBuilder *b, Value map, const uint8_t *p, ssize_t i, ssize_t len)
{
    const int kind = im_str_kind(map);
    const void *chars = im_str_data(map);
    const ssize_t known = im_str_len(map);
    uint32_t bits = 0; /* of all of them: as wide as the widest */
    ssize_t end = i;
    for (; end < len && p[end] < known; end++) {
        const uint32_t c = im_str_read(kind, chars, p[end]);
        if (c == 0xFFFE) break;
        bits |= c;
    }
    if (end == i) return i;
    if (im_sb_reserve(t, b, len - i, bits > 0x10FFFF ? 0x10FFFF : bits) < 0) return -1;
    for (; i < end; i++) im_str_write(b->kind, b->data, b->len++, im_str_read(kind, chars, p[i]));
    return end;
}
F(c_charmap_d)
{
    UNUSED;
    Dec d;
    if (decode_args(t, a, n, "charmap_decode", false, &d) < 0) return IM_NO_VALUE;
    ssize_t len = d.b.len;
    const uint8_t *p = d.b.buf;
    Value map = n > 2 ? a[2] : IM_NONE, v;
    if (im_is_none(map)) { v = im_str_from_latin1(t, p, len); return decoded(t, &d, v, len); }
    ImStrBuilder b;
    im_sb_init(&b);
    for (ssize_t i = 0; i < len;) {
        int64_t c = -1;
        Value x = IM_NO_VALUE;
        bool undefined = false;
        if (im_is_str(map)) {
            if ((i = charmap_run(t, &b, map, p, i, len)) < 0) goto fail;
            if (i == len) break;
            undefined = true;
        } else {
            x = im_getitem(t, map, im_int(p[i]));
            if (im_no_value(x)) {
                if (!im_pending_is(t, &im_LookupError_type)) goto fail;
                im_exc_clear(t);
                undefined = true;
            } else if (im_is_none(x)) undefined = true;
            else if (im_is_int_like(x)) {
                int ok = im_int_get64(x, &c);
                if (!ok || c < 0 || c > 0x10FFFF) { im_drop(t, x); (void)im_raise_type(t, "character mapping must be in range(0x110000)"); goto fail; }
                undefined = c == 0xFFFE;
            } else if (im_is_str(x)) {
                undefined = im_str_len(x) == 1 && im_str_at(x, 0) == 0xFFFE;
                if (!undefined && im_sb_str(t, &b, x) < 0) { im_drop(t, x); goto fail; }
            } else {
                im_drop(t, x);
                (void)im_raise_type(t, "character mapping must return integer, None or str");
                goto fail;
            }
            im_xdrop(t, x);
        }
        if (undefined) {
            ssize_t pos;
            if (im_decode_error(t, &b, d.err, "charmap", "character maps to <undefined>", p, len, i, i + 1, &pos) < 0) goto fail;
            i = pos;
            continue;
        }
        if (c >= 0 && im_sb_char(t, &b, (uint32_t)c) < 0) goto fail;
        i++;
    }
    v = im_sb_finish(t, &b);
    return decoded(t, &d, v, len);
fail:
    im_sb_free(&b);
    im_buffer_release(t, &d.b);
    return IM_NO_VALUE;
}
/* One character through the map: 1 appended, 0 undefined, -1. */
static int charmap_put(Thread *t, ImByteBuilder *b, Value map, uint32_t c)
{
    Value x = im_getitem(t, map, im_int(c));
    if (im_no_value(x)) {
        if (!im_pending_is(t, &im_LookupError_type)) return -1;
        im_exc_clear(t);
        return 0;
    }
    int r = -1;
    int64_t v;
    if (im_is_none(x)) r = 0;
    else if (im_is_int_like(x)) {
        if (!im_int_get64(x, &v) || v < 0 || v > 255) (void)im_raise_type(t, "character mapping must be in range(256)");
        else r = im_bb_byte(t, b, (uint8_t)v) < 0 ? -1 : 1;
    } else if (im_is_bytes(x)) r = im_bb_put(t, b, im_bytes_data(x), im_bytes_len(x)) < 0 ? -1 : 1;
    else (void)im_raise_type(t, "character mapping must return integer, bytes or None, not %T", x);
    im_drop(t, x);
    return r;
}
F(c_charmap_e)
{
    UNUSED;
    const char *err;
    if (encode_args(t, a, n, "charmap_encode", &err) < 0) return IM_NO_VALUE;
    Value s = a[0], map = n > 2 ? a[2] : IM_NONE, text;
    ssize_t len = im_str_len(s), pos;
    if (im_is_none(map)) return pair(t, im_narrow_encode(t, s, err, 256), len);
    ImByteBuilder b;
    im_bb_init(&b);
    /* What a dict had for the characters seen last, by their low bits; other mappings are asked each time. */
    struct { uint32_t c; uint8_t byte; } seen[256];
    const bool keep = im_is_dict_exact(map);
    memset(seen, 0xFF, sizeof seen);
    for (ssize_t i = 0; i < len;) {
        const uint32_t c = im_str_at(s, i);
        if (seen[c & 255].c == c) {
            if (IM_LIKELY(b.len < b.cap)) b.data[b.len++] = (char)seen[c & 255].byte;
            else if (im_bb_byte(t, &b, seen[c & 255].byte) < 0) goto fail;
            i++;
            continue;
        }
        const ssize_t before = b.len;
        int r = charmap_put(t, &b, map, c);
        if (r < 0) goto fail;
        if (r > 0) {
            if (keep && b.len == before + 1) {
                seen[c & 255].c = c;
                seen[c & 255].byte = (uint8_t)b.data[before];
            }
            i++;
            continue;
        }
        ssize_t j = i + 1;
        ImByteBuilder probe;
        for (; j < len; j++) { /* a run of characters that have no mapping */
            im_bb_init(&probe);
            r = charmap_put(t, &probe, map, im_str_at(s, j));
            im_bb_free(&probe);
            if (r < 0) goto fail;
            if (r) break;
        }
        ImByteBuilder rep;
        im_bb_init(&rep);
        if (im_encode_error(t, &rep, err, "charmap", "character maps to <undefined>", s, i, j, &pos, &text) < 0) { im_bb_free(&rep); goto fail; }
        bool bytes = !im_errors_give_text(err);
        r = 1;
        if (!im_no_value(text)) {
            for (ssize_t k = 0; r > 0 && k < im_str_len(text); k++) r = charmap_put(t, &b, map, im_str_at(text, k));
            im_drop(t, text);
        } else if (bytes) {
            r = im_bb_put(t, &b, rep.data, rep.len) < 0 ? -1 : 1;
        } else {
            for (ssize_t k = 0; r > 0 && k < rep.len; k++) r = charmap_put(t, &b, map, (uint8_t)rep.data[k]);
        }
        im_bb_free(&rep);
        memset(seen, 0xFF, sizeof seen); /* the handler may have changed the dict */
        if (r == 0) (void)im_encode_error(t, &b, "strict", "charmap", "character maps to <undefined>", s, i, j, &pos, &text);
        if (r <= 0) goto fail;
        i = pos;
    }
    return pair(t, im_bb_finish(t, &b), len);
fail:
    im_bb_free(&b);
    return IM_NO_VALUE;
}
F(c_charmap_build)
{
    UNUSED;
    if (!im_is_str(a[0])) return im_raise_type(t, "charmap_build() argument must be str, not %T", a[0]);
    Value d = im_dict_new_sized(t, 256);
    for (ssize_t i = 0; !im_no_value(d) && i < im_str_len(a[0]) && i < 256; i++) {
        uint32_t c = im_str_at(a[0], i);
        if (c != 0xFFFE && im_dict_set(t, d, im_int(c), im_int(i)) < 0) { im_drop(t, d); return IM_NO_VALUE; }
    }
    return d;
}

static int codecs_exec(Thread *t, Value m)
{
    (void)m;
    if (ready(t) < 0) return -1;
    for (size_t i = 0; i < IM_COUNTOF(handlers); i++) {
        Value f = im_native_new(t, &handlers[i], IM_NO_VALUE, IM_NO_VALUE);
        if (im_no_value(f) || im_dict_set_cstr(t, error_registry, handlers[i].name, f) < 0) return -1;
        im_drop(t, f);
    }
    im_codec_hooks = (ImCodecHooks){lookup_error, hook_encode, hook_decode, lookup};
    return 0;
}
static const ImMethodDef codecs_methods[] = {
    IM_FIXED("register", c_register, 1, "($module, search_function, /)", "Register a codec search function."), IM_FIXED("unregister", c_unregister, 1, "($module, search_function, /)", "Unregister a codec search function and clear the registry's cache."), IM_FIXED("lookup", c_lookup, 1, "($module, encoding, /)", "Looks up a codec tuple in the registry and returns a CodecInfo object."),
    IM_PARSED("encode", c_encode, "($module, /, obj, encoding='utf-8', errors='strict')", "Encodes obj using the codec registered for encoding.\n\nErrors are handled as errors says, by default 'strict'."), IM_PARSED("decode", c_decode, "($module, /, obj, encoding='utf-8', errors='strict')", "Decodes obj using the codec registered for encoding.\n\nErrors are handled as errors says, by default 'strict'."),
    IM_FIXED("register_error", c_register_error, 2, "($module, errors, handler, /)", "Register the specified error handler under the name errors."), IM_FIXED("lookup_error", c_lookup_error, 1, "($module, name, /)", "Return the error handler for the specified error handling name, or raise LookupError."),
    IM_RANGE("utf_8_encode", c_utf8_e, 1, 2, "($module, str, errors=None, /)", NULL),
    IM_RANGE("utf_8_decode", c_utf8_d, 1, 3, "($module, data, errors=None, final=False, /)", NULL),
    IM_RANGE("ascii_encode", c_ascii_e, 1, 2, "($module, str, errors=None, /)", NULL),
    IM_RANGE("ascii_decode", c_ascii_d, 1, 2, "($module, data, errors=None, /)", NULL),
    IM_RANGE("latin_1_encode", c_latin_e, 1, 2, "($module, str, errors=None, /)", NULL),
    IM_RANGE("latin_1_decode", c_latin_d, 1, 2, "($module, data, errors=None, /)", NULL),
    IM_RANGE("utf_16_encode", c_utf16_e, 1, 3, "($module, str, errors=None, byteorder=0, /)", NULL),
    IM_RANGE("utf_16_le_encode", c_utf16le_e, 1, 2, "($module, str, errors=None, /)", NULL),
    IM_RANGE("utf_16_be_encode", c_utf16be_e, 1, 2, "($module, str, errors=None, /)", NULL),
    IM_RANGE("utf_16_decode", c_utf16_d, 1, 3, "($module, data, errors=None, final=False, /)", NULL),
    IM_RANGE("utf_16_le_decode", c_utf16le_d, 1, 3, "($module, data, errors=None, final=False, /)", NULL),
    IM_RANGE("utf_16_be_decode", c_utf16be_d, 1, 3, "($module, data, errors=None, final=False, /)", NULL),
    IM_RANGE("utf_16_ex_decode", c_utf16ex_d, 1, 4, "($module, data, errors=None, byteorder=0, final=False, /)", NULL),
    IM_RANGE("utf_32_encode", c_utf32_e, 1, 3, "($module, str, errors=None, byteorder=0, /)", NULL),
    IM_RANGE("utf_32_le_encode", c_utf32le_e, 1, 2, "($module, str, errors=None, /)", NULL),
    IM_RANGE("utf_32_be_encode", c_utf32be_e, 1, 2, "($module, str, errors=None, /)", NULL),
    IM_RANGE("utf_32_decode", c_utf32_d, 1, 3, "($module, data, errors=None, final=False, /)", NULL),
    IM_RANGE("utf_32_le_decode", c_utf32le_d, 1, 3, "($module, data, errors=None, final=False, /)", NULL),
    IM_RANGE("utf_32_be_decode", c_utf32be_d, 1, 3, "($module, data, errors=None, final=False, /)", NULL),
    IM_RANGE("utf_32_ex_decode", c_utf32ex_d, 1, 4, "($module, data, errors=None, byteorder=0, final=False, /)", NULL),
    IM_RANGE("utf_7_encode", c_utf7_e, 1, 2, "($module, str, errors=None, /)", NULL),
    IM_RANGE("utf_7_decode", c_utf7_d, 1, 3, "($module, data, errors=None, final=False, /)", NULL),
    IM_RANGE("unicode_escape_encode", c_uni_e, 1, 2, "($module, str, errors=None, /)", NULL),
    IM_RANGE("unicode_escape_decode", c_uni_d, 1, 3, "($module, data, errors=None, final=True, /)", NULL),
    IM_RANGE("raw_unicode_escape_encode", c_raw_e, 1, 2, "($module, str, errors=None, /)", NULL),
    IM_RANGE("raw_unicode_escape_decode", c_raw_d, 1, 3, "($module, data, errors=None, final=True, /)", NULL),
    IM_RANGE("escape_encode", c_esc_e, 1, 2, "($module, data, errors=None, /)", NULL),
    IM_RANGE("escape_decode", c_esc_d, 1, 2, "($module, data, errors=None, /)", NULL),
    IM_RANGE("charmap_encode", c_charmap_e, 1, 3, "($module, str, errors=None, mapping=None, /)", NULL),
    IM_RANGE("charmap_decode", c_charmap_d, 1, 3, "($module, data, errors=None, mapping=None, /)", NULL),
    IM_RANGE("charmap_build", c_charmap_build, 1, 1, "($module, map, /)", NULL),
    IM_RANGE("readbuffer_encode", c_readbuffer, 1, 2, "($module, data, errors=None, /)", NULL), IM_END};
static const ImModuleDef codecs_def = {.name = "_codecs", .methods = codecs_methods, .exec = codecs_exec};
IM_MODULE(codecs_def);
