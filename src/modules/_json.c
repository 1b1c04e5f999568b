/* Module _json: the scanner and the encoder behind json.loads and json.dumps.
 * SPDX-License-Identifier: MIT
 *
 * Both look at eight bytes at a time for the next character that ends or breaks a run (quote, backslash, control), and copy runs whole. Keys that were seen
 * before in the same text are found by their bytes: an array of equal records makes each key once. */
#include <math.h>

#include "modules/module.h"

#define F(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)

/* --- finding the end of a run -------------------------------------------------------------------------------------------------------------------- */
#define BYTES(c) (0x0101010101010101u * (uint64_t)(c))
/* High bit set in (at least) the first byte that is a quote, a backslash or below 0x20; zero if there is none. */
static uint64_t special8(uint64_t w)
{
    uint64_t q = w ^ BYTES('"'), s = w ^ BYTES('\\');
    return (((w - BYTES(0x20)) & ~w) | ((q - BYTES(1)) & ~q) | ((s - BYTES(1)) & ~s)) & BYTES(0x80);
}
/* First index in [i, end) of a quote, a backslash or a control character. *high: OR of the bytes passed. */
static ssize_t run_end(const uint8_t *p, ssize_t i, ssize_t end, uint64_t *high)
{
    uint64_t h = 0, w;
    for (; i + 8 <= end; i += 8) {
        memcpy(&w, p + i, 8);
        if (special8(w)) break;
        h |= w;
    }
    for (; i < end && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\'; i++) h |= p[i];
    *high |= h & BYTES(0x80);
    return i;
}

/* --- errors -------------------------------------------------------------------------------------------------------------------------------------- */
static void decode_error(Thread *t, const char *msg, Value s, ssize_t pos)
{
    Value cls = im_import_from(t, "json.decoder", "JSONDecodeError");
    if (im_no_value(cls)) return;
    Value m = im_str_from_cstr(t, msg);
    if (!im_no_value(m)) {
        Value e = im_call3(t, cls, m, s, im_int(pos));
        if (!im_no_value(e)) (void)im_raise_instance(t, e);
        im_drop(t, m);
    }
    im_drop(t, cls);
}

/* --- scanning ------------------------------------------------------------------------------------------------------------------------------------ */
typedef struct ImScanner {
    ImObject head;
    bool strict;
    Value object_hook, object_pairs_hook, parse_float, parse_int, parse_constant; /* set by new_, never changed */
} ImScanner;
extern ImType im_JsonScanner_type;

enum { N_KEYS = 128, KEY_MAX = 40 };
typedef struct Scan {
    Thread *t;
    const ImScanner *sc;
    Value str;
    int kind;
    const void *data;
    ssize_t len;
    bool strict;
    Value keys[N_KEYS]; /* owned; by a hash of their bytes */
} Scan;

IM_INLINE uint32_t at(const Scan *s, ssize_t i) { return IM_LIKELY(s->kind == 1) ? ((const uint8_t *)s->data)[i] : im_str_read(s->kind, s->data, i); }
IM_INLINE ssize_t skip_space(const Scan *s, ssize_t i)
{
    for (; i < s->len; i++) {
        uint32_t c = at(s, i);
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') break;
    }
    return i;
}
static int hex_digit(uint32_t c) { return c >= '0' && c <= '9' ? (int)c - '0' : c >= 'a' && c <= 'f' ? (int)c - 'a' + 10 : c >= 'A' && c <= 'F' ? (int)c - 'A' + 10 : -1; }
/* Four hexadecimal digits at i, or -1. */
static int32_t hex4(const Scan *s, ssize_t i)
{
    int32_t v = 0;
    for (int k = 0; k < 4; k++) {
        int d = hex_digit(at(s, i + k));
        if (d < 0) return -1;
        v = v << 4 | d;
    }
    return v;
}
/* What follows a backslash. i: index after it. Returns the index after the escape and *c, or -1. */
static ssize_t scan_escape(Scan *s, ssize_t i, uint32_t *out)
{
    uint32_t c = at(s, i);
    ssize_t end = i + 1;
    switch (c) {
    case '"': case '\\': case '/': *out = c; return end;
    case 'b': *out = '\b'; return end;
    case 'f': *out = '\f'; return end;
    case 'n': *out = '\n'; return end;
    case 'r': *out = '\r'; return end;
    case 't': *out = '\t'; return end;
    case 'u': break;
    default: decode_error(s->t, "Invalid \\escape", s->str, end - 2); return -1;
    }
    ssize_t next = end;
    end = next + 4;
    if (end >= s->len) { decode_error(s->t, "Invalid \\uXXXX escape", s->str, next - 1); return -1; }
    int32_t v = hex4(s, next), low;
    if (v < 0) { decode_error(s->t, "Invalid \\uXXXX escape", s->str, end - 5); return -1; }
    if (v >= 0xD800 && v <= 0xDBFF && end + 6 < s->len && at(s, end) == '\\' && at(s, end + 1) == 'u') {
        end += 6;
        low = hex4(s, end - 4);
        if (low < 0) { decode_error(s->t, "Invalid \\uXXXX escape", s->str, end - 5); return -1; }
        if (low >= 0xDC00 && low <= 0xDFFF) v = 0x10000 + ((v & 0x3FF) << 10 | (low & 0x3FF));
        else end -= 6;
    }
    *out = (uint32_t)v;
    return end;
}
static Value make_run(Scan *s, ssize_t from, ssize_t to, uint64_t high)
{
    Thread *t = s->t;
    if (s->kind != 1) return im_str_substring(t, s->str, from, to);
    if (to - from < 2 || high) return im_str_from_latin1(t, (const uint8_t *)s->data + from, to - from);
    return im_str_from_ascii(t, (const uint8_t *)s->data + from, to - from);
}
/* A key without escapes, all in Latin-1. */
static Value make_key(Scan *s, ssize_t from, ssize_t to, uint64_t high)
{
    Thread *t = s->t;
    const uint8_t *p = (const uint8_t *)s->data + from;
    ssize_t len = to - from;
    uint64_t a = 0, b = 0;
    if (len > KEY_MAX || s->kind != 1) return make_run(s, from, to, high);
    memcpy(&a, p, (size_t)(len < 8 ? len : 8));
    if (len > 8) memcpy(&b, p + len - 8, 8);
    uint64_t h = (a ^ (b << 5 | b >> 59) ^ (uint64_t)len) * 0x9E3779B97F4A7C15u;
    Value *slot = &s->keys[h >> 57];
    Value k = *slot;
    if (!im_no_value(k) && im_str_len(k) == len && im_str_kind(k) == 1 && memcmp(im_str_data(k), p, (size_t)len) == 0) return im_new_ref(k);
    Value v = make_run(s, from, to, high);
    if (im_no_value(v)) return v;
    *slot = im_new_ref(v);
    im_xdrop(t, k);
    return v;
}
/* The string whose opening quote is before `end`. *next: after the closing quote. */
static Value scan_string(Scan *s, ssize_t end, ssize_t *next, bool is_key)
{
    Thread *t = s->t;
    ssize_t begin = end - 1, i = end;
    ImStrBuilder b;
    bool building = false;
    if (end < 0 || s->len < end) return im_raise_valueerror(t, "end is out of bounds");
    for (;;) {
        ssize_t from = i;
        uint32_t c = 0;
        uint64_t high = 0;
        for (;;) {
            if (s->kind == 1) i = run_end(s->data, i, s->len, &high);
            else while (i < s->len && (c = at(s, i)) >= 0x20 && c != '"' && c != '\\') i++;
            if (i >= s->len) { decode_error(t, "Unterminated string starting at", s->str, begin); goto fail; }
            c = at(s, i);
            if (c == '"' || c == '\\') break;
            if (s->strict) { decode_error(t, "Invalid control character at", s->str, i); goto fail; }
            i++;
        }
        if (c == '"' && !building) {
            *next = i + 1;
            return is_key ? make_key(s, from, i, high) : make_run(s, from, i, high);
        }
        if (!building) { im_sb_init(&b); building = true; }
        if (i > from && (s->kind == 1 ? im_sb_ascii(t, &b, (const char *)s->data + from, i - from) : im_sb_substr(t, &b, s->str, from, i)) < 0) goto fail;
        if (c == '"') { *next = i + 1; return im_sb_finish(t, &b); }
        i++;
        if (i >= s->len) { decode_error(t, "Unterminated string starting at", s->str, begin); goto fail; }
        i = scan_escape(s, i, &c);
        if (i < 0 || im_sb_char(t, &b, c) < 0 || (((i - from) & 0xFFF) == 0 && im_poll(t) < 0)) goto fail;
    }
fail:
    if (building) im_sb_free(&b);
    return IM_NO_VALUE;
}

static Value scan_once(Scan *s, ssize_t i, ssize_t *next);

static Value stop_at(Thread *t, ssize_t i) { return im_raise_stop(t, im_int(i)); }
static Value scan_constant(Scan *s, const char *name, ssize_t i, ssize_t *next)
{
    Value n = im_str_from_cstr(s->t, name);
    if (im_no_value(n)) return n;
    Value r = im_call1(s->t, s->sc->parse_constant, n);
    *next = i + im_str_len(n);
    im_drop(s->t, n);
    return r;
}
static bool digit_at(const Scan *s, ssize_t i) { uint32_t c; return i < s->len && (c = at(s, i)) >= '0' && c <= '9'; }
static Value scan_number(Scan *s, ssize_t start, ssize_t *next)
{
    Thread *t = s->t;
    ssize_t i = start, digits;
    bool minus = false, is_float = false;
    if (at(s, i) == '-') { minus = true; if (++i >= s->len) return stop_at(t, start); }
    digits = i;
    int64_t acc = 0;
    uint32_t c = at(s, i);
    if (c >= '1' && c <= '9') for (; digit_at(s, i); i++) { if (i - digits < 18) acc = acc * 10 + (int)(at(s, i) - '0'); }
    else if (c == '0') i++;
    else return stop_at(t, start);
    ssize_t ndigits = i - digits;
    if (i < s->len && at(s, i) == '.' && digit_at(s, i + 1)) {
        is_float = true;
        for (i += 2; digit_at(s, i); i++) {}
    }
    if (i + 1 < s->len && (at(s, i) | 0x20) == 'e') {
        ssize_t e = i++;
        if (i + 1 < s->len && (at(s, i) == '-' || at(s, i) == '+')) i++;
        if (digit_at(s, i)) { is_float = true; while (digit_at(s, i)) i++; }
        else i = e;
    }
    *next = i;
    Value hook = is_float ? s->sc->parse_float : s->sc->parse_int;
    if (!im_same(hook, im_type_value(is_float ? &im_float_type : &im_int_type))) {
        Value text = im_str_substring(t, s->str, start, i);
        if (im_no_value(text)) return text;
        Value r = im_call1(t, hook, text);
        im_drop(t, text);
        return r;
    }
    if (!is_float && ndigits <= 18) return im_int(minus ? -acc : acc);
    char small[64], *buf = small;
    ssize_t len = i - start;
    if (len >= (ssize_t)sizeof small && !(buf = im_raw_alloc(t, (size_t)len + 1))) return IM_NO_VALUE;
    for (ssize_t k = 0; k < len; k++) buf[k] = (char)at(s, start + k);
    buf[len] = 0;
    const char *end;
    Value r = is_float ? im_float_new(t, im_float_parse(buf, &end)) : im_int_from_text(t, buf, (size_t)len, 10);
    if (buf != small) im_raw_free(buf);
    return r;
}
static Value hooked(Thread *t, Value hook, Value v)
{
    if (im_no_value(v) || im_is_none(hook)) return v;
    Value r = im_call1(t, hook, v);
    im_drop(t, v);
    return r;
}
/* i: after the brace. */
static Value scan_object(Scan *s, ssize_t i, ssize_t *next)
{
    Thread *t = s->t;
    bool pairs = !im_is_none(s->sc->object_pairs_hook);
    Value r = pairs ? im_list_new(t, 0) : im_dict_new(t), key = IM_NO_VALUE;
    if (im_no_value(r)) return r;
    i = skip_space(s, i);
    if (i < s->len && at(s, i) == '}') goto done;
    for (;;) {
        if (i >= s->len || at(s, i) != '"') { decode_error(t, "Expecting property name enclosed in double quotes", s->str, i); goto fail; }
        key = scan_string(s, i + 1, &i, true);
        if (im_no_value(key)) goto fail;
        i = skip_space(s, i);
        if (i >= s->len || at(s, i) != ':') { decode_error(t, "Expecting ':' delimiter", s->str, i); goto fail; }
        i = skip_space(s, i + 1);
        Value v = scan_once(s, i, &i);
        if (im_no_value(v)) goto fail;
        if (pairs) {
            Value both[2] = {key, v};
            key = IM_NO_VALUE;
            Value p = im_tuple_steal_array(t, both, 2);
            if (im_no_value(p) || im_list_append_steal(t, r, p) < 0) goto fail;
        } else {
            if (im_dict_set_steal(t, r, key, v) < 0) goto fail;
            IM_CLEAR(t, key);
        }
        i = skip_space(s, i);
        uint32_t c = i < s->len ? at(s, i) : 0;
        if (i < s->len && c == '}') break;
        if (i >= s->len || c != ',') { decode_error(t, "Expecting ',' delimiter", s->str, i); goto fail; }
        ssize_t comma = i;
        i = skip_space(s, i + 1);
        if (i < s->len && at(s, i) == '}') { decode_error(t, "Illegal trailing comma before end of object", s->str, comma); goto fail; }
        if (im_poll(t) < 0) goto fail;
    }
done:
    *next = i + 1;
    return hooked(t, pairs ? s->sc->object_pairs_hook : s->sc->object_hook, r);
fail:
    im_xdrop(t, key);
    im_drop(t, r);
    return IM_NO_VALUE;
}
static Value scan_array(Scan *s, ssize_t i, ssize_t *next)
{
    Thread *t = s->t;
    Value r = im_list_new(t, 0);
    if (im_no_value(r)) return r;
    i = skip_space(s, i);
    if (i < s->len && at(s, i) == ']') { *next = i + 1; return r; }
    for (;;) {
        Value v = scan_once(s, i, &i);
        if (im_no_value(v) || im_list_append_steal(t, r, v) < 0) goto fail;
        i = skip_space(s, i);
        uint32_t c = i < s->len ? at(s, i) : 0;
        if (i < s->len && c == ']') break;
        if (i >= s->len || c != ',') { decode_error(t, "Expecting ',' delimiter", s->str, i); goto fail; }
        ssize_t comma = i;
        i = skip_space(s, i + 1);
        if (i < s->len && at(s, i) == ']') { decode_error(t, "Illegal trailing comma before end of array", s->str, comma); goto fail; }
        if (im_poll(t) < 0) goto fail;
    }
    *next = i + 1;
    return r;
fail:
    im_drop(t, r);
    return IM_NO_VALUE;
}
static bool word_at(const Scan *s, ssize_t i, const char *word, ssize_t len)
{
    if (i + len > s->len) return false;
    for (ssize_t k = 0; k < len; k++) if (at(s, i + k) != (uint8_t)word[k]) return false;
    return true;
}
static Value scan_once(Scan *s, ssize_t i, ssize_t *next)
{
    Thread *t = s->t;
    Value r;
    if (i < 0) return im_raise_valueerror(t, "idx cannot be negative");
    if (i >= s->len) return stop_at(t, i);
    switch (at(s, i)) {
    case '"': return scan_string(s, i + 1, next, false);
    case '{':
        if (im_recurse_enter(t, " while decoding a JSON object from a unicode string") < 0) return IM_NO_VALUE;
        r = scan_object(s, i + 1, next);
        im_recurse_leave(t);
        return r;
    case '[':
        if (im_recurse_enter(t, " while decoding a JSON array from a unicode string") < 0) return IM_NO_VALUE;
        r = scan_array(s, i + 1, next);
        im_recurse_leave(t);
        return r;
    case 'n': if (word_at(s, i, "null", 4)) { *next = i + 4; return IM_NONE; } break;
    case 't': if (word_at(s, i, "true", 4)) { *next = i + 4; return IM_TRUE; } break;
    case 'f': if (word_at(s, i, "false", 5)) { *next = i + 5; return IM_FALSE; } break;
    case 'N': if (word_at(s, i, "NaN", 3)) return scan_constant(s, "NaN", i, next); break;
    case 'I': if (word_at(s, i, "Infinity", 8)) return scan_constant(s, "Infinity", i, next); break;
    case '-': if (word_at(s, i, "-Infinity", 9)) return scan_constant(s, "-Infinity", i, next); break;
    }
    return scan_number(s, i, next);
}
static void scan_begin(Thread *t, Scan *s, const ImScanner *sc, Value str, bool strict)
{
    s->t = t;
    s->sc = sc;
    s->str = str;
    s->kind = im_str_kind(str);
    s->data = im_str_data(str);
    s->len = im_str_len(str);
    s->strict = strict;
    memset(s->keys, 0, sizeof s->keys);
}
static void scan_end(Scan *s)
{
    for (int i = 0; i < N_KEYS; i++) im_xdrop(s->t, s->keys[i]);
}
static Value value_and_end(Thread *t, Value v, ssize_t end)
{
    if (im_no_value(v)) return v;
    Value both[2] = {v, im_int(end)};
    return im_tuple_steal_array(t, both, 2);
}

static Value scanner_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    ssize_t idx, next = 0;
    if (im_parse_args(t, "scan_once", "(string, idx)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (im_ssize_arg(t, a.v[1], &idx) < 0) goto done;
    if (!im_is_str(a.v[0])) { (void)im_raise_type(t, "first argument must be a string, not %.80s", im_type_cname(im_type_of(a.v[0]))); goto done; }
    ImScanner *sc = (ImScanner *)im_ptr(self);
    Scan s;
    scan_begin(t, &s, sc, a.v[0], sc->strict);
    r = scan_once(&s, idx, &next);
    r = value_and_end(t, r, next);
    scan_end(&s);
done:
    im_args_fini(t, &a);
    return r;
}
static Value scanner_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "make_scanner", "(context)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    ImScanner *sc = (ImScanner *)im_instance_alloc(t, type, 0);
    Value v = im_value(sc), x;
    if (!sc) goto fail;
    x = im_getattr(t, a.v[0], IM_S(strict));
    if (im_no_value(x)) goto fail;
    int strict = im_truth(t, x);
    im_drop(t, x);
    if (strict < 0) goto fail;
    sc->strict = strict;
    const Value names[] = {IM_S(object_hook), IM_S(object_pairs_hook), IM_S(parse_float), IM_S(parse_int), IM_S(parse_constant)};
    Value *const fields[] = {&sc->object_hook, &sc->object_pairs_hook, &sc->parse_float, &sc->parse_int, &sc->parse_constant};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        x = im_getattr(t, a.v[0], names[i]);
        if (im_no_value(x)) goto fail;
        im_slot_init(&sc->head, fields[i], x);
    }
    im_args_fini(t, &a);
    return v;
fail:
    im_args_fini(t, &a);
    im_xdrop(t, v);
    return IM_NO_VALUE;
}
static int scanner_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImScanner *s = (ImScanner *)o;
    const Value all[] = {s->object_hook, s->object_pairs_hook, s->parse_float, s->parse_int, s->parse_constant};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int r = im_is_object(all[i]) ? visit(all[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void scanner_destroy(Thread *t, ImObject *o)
{
    ImScanner *s = (ImScanner *)o;
    im_destroy_child(t, s->object_hook);
    im_destroy_child(t, s->object_pairs_hook);
    im_destroy_child(t, s->parse_float);
    im_destroy_child(t, s->parse_int);
    im_destroy_child(t, s->parse_constant);
}
static const ImMemberDef scanner_members[] = {
    {"strict", IM_T_BOOL, offsetof(ImScanner, strict), true, "strict"},
    {"object_hook", IM_T_VALUE, offsetof(ImScanner, object_hook), true, "object_hook"},
    {"object_pairs_hook", IM_T_VALUE, offsetof(ImScanner, object_pairs_hook), true, NULL},
    {"parse_float", IM_T_VALUE, offsetof(ImScanner, parse_float), true, "parse_float"},
    {"parse_int", IM_T_VALUE, offsetof(ImScanner, parse_int), true, "parse_int"},
    {"parse_constant", IM_T_VALUE, offsetof(ImScanner, parse_constant), true, "parse_constant"},
    {0}};
static const ImSlots scanner_slots = {.call = scanner_call, .new_ = scanner_new};
static const ImTypeSpec scanner_spec = {.name = "_json.Scanner", .size = sizeof(ImScanner), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &scanner_slots, .members = scanner_members, .traverse = scanner_traverse,
    .destroy = scanner_destroy, .doc = "JSON scanner object"};
IM_TYPE(JsonScanner, &scanner_spec);

F(f_scanstring)
{
    (void)self; (void)kw; (void)n;
    ssize_t end, next = 0;
    int strict = im_no_value(a[2]) ? 1 : im_truth(t, a[2]);
    if (strict < 0 || im_ssize_arg(t, a[1], &end) < 0) return IM_NO_VALUE;
    if (!im_is_str(a[0])) return im_raise_type(t, "first argument must be a string, not %.80s", im_type_cname(im_type_of(a[0])));
    Scan s;
    scan_begin(t, &s, NULL, a[0], strict);
    Value v = scan_string(&s, end, &next, false);
    return value_and_end(t, v, next);
}

/* --- encoding ------------------------------------------------------------------------------------------------------------------------------------ */
typedef enum { ENC_CALL, ENC_ASCII, ENC_PLAIN } EncodeHow;
typedef struct ImEncoder {
    ImObject head;
    EncodeHow how;
    bool sort_keys, skipkeys, allow_nan;
    Value markers, default_, encoder, indent, key_separator, item_separator; /* set by new_, never changed */
} ImEncoder;
extern ImType im_JsonEncoder_type;
typedef struct Out { Thread *t; const ImEncoder *e; ImStrBuilder b; } Out;

IM_INLINE int put(Thread *t, ImStrBuilder *b, const char *s, ssize_t n)
{
    if (IM_UNLIKELY(b->kind != 1 || b->len + n > b->cap)) return im_sb_ascii(t, b, s, n);
    memcpy((char *)b->data + b->len, s, (size_t)n);
    b->len += n;
    return 0;
}
static ssize_t escape_char(uint32_t c, char *out)
{
    static const char hex[] = "0123456789abcdef";
    char e = 0;
    switch (c) {
    case '"': case '\\': e = (char)c; break;
    case '\b': e = 'b'; break;
    case '\f': e = 'f'; break;
    case '\n': e = 'n'; break;
    case '\r': e = 'r'; break;
    case '\t': e = 't'; break;
    }
    out[0] = '\\';
    if (e) { out[1] = e; return 2; }
    ssize_t n = 0;
    uint32_t unit[2] = {c, 0};
    int units = 1;
    if (c >= 0x10000) { unit[0] = 0xD7C0 + (c >> 10); unit[1] = 0xDC00 | (c & 0x3FF); units = 2; }
    for (int k = 0; k < units; k++) {
        out[n++] = '\\';
        out[n++] = 'u';
        for (int sh = 12; sh >= 0; sh -= 4) out[n++] = hex[unit[k] >> sh & 15];
    }
    return n;
}
/* What write_string appends in ASCII for s, which is not, between the quotes: measured, then filled. */
static int write_escaped(Thread *t, ImStrBuilder *b, int kind, const void *data, ssize_t len)
{
    ssize_t size = 0;
    char esc[16];
    for (ssize_t i = 0; i < len; i++) {
        const uint32_t c = im_str_read(kind, data, i);
        if (c > 0x7E) size += c < 0x10000 ? 6 : 12;
        else size += c >= 0x20 && c != '"' && c != '\\' ? 1 : escape_char(c, esc);
    }
    if (im_sb_reserve(t, b, size, 127) < 0) return -1;
    if (b->kind != 1) return 0; /* text that is not ASCII came before: by the character */
    char *o = (char *)b->data + b->len;
    for (ssize_t i = 0; i < len; i++) {
        const uint32_t c = im_str_read(kind, data, i);
        if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') *o++ = (char)c;
        else if (c > 0x7E && c < 0x10000) {
            o[0] = '\\';
            o[1] = 'u';
            for (int k = 0; k < 4; k++) o[2 + k] = "0123456789abcdef"[c >> (12 - 4 * k) & 15];
            o += 6;
        } else {
            const ssize_t n = escape_char(c, esc);
            memcpy(o, esc, (size_t)n);
            o += n;
        }
    }
    b->len += size;
    return 1;
}
/* "s" with quotes and escapes. */
static int write_string(Thread *t, ImStrBuilder *b, Value s, bool ascii_only)
{
    const int kind = im_str_kind(s);
    const void *data = im_str_data(s);
    const ssize_t len = im_str_len(s);
    const bool ascii = im_str_is_ascii(s);
    char esc[16];
    uint64_t high = 0;
    if (put(t, b, "\"", 1) < 0) return -1;
    if (ascii_only && !ascii) {
        const int whole = write_escaped(t, b, kind, data, len);
        if (whole) return whole < 0 ? -1 : put(t, b, "\"", 1);
    }
    for (ssize_t i = 0; i < len;) {
        ssize_t from = i;
        if (ascii) {
            i = run_end(data, i, len, &high);
            const uint8_t *del = ascii_only ? memchr((const uint8_t *)data + from, 0x7F, (size_t)(i - from)) : NULL;
            if (del) i = del - (const uint8_t *)data;
        } else for (; i < len; i++) {
            uint32_t c = im_str_read(kind, data, i);
            if (c < 0x20 || c == '"' || c == '\\' || (ascii_only && c > 0x7E)) break;
        }
        if (ascii_only && !ascii) {
            for (; from < i; from++)
                if (im_sb_char(t, b, im_str_read(kind, data, from)) < 0) return -1;
        } else if (i > from && (ascii ? put(t, b, (const char *)data + from, i - from) : im_sb_substr(t, b, s, from, i)) < 0) return -1;
        if (i >= len) break;
        if (put(t, b, esc, escape_char(im_str_read(kind, data, i), esc)) < 0) return -1;
        i++;
        if (IM_POLL_EVERY(t, i) < 0) return -1;
    }
    return put(t, b, "\"", 1);
}
static Value encode_whole(Thread *t, Value s, bool ascii_only)
{
    if (!im_is_str(s)) return im_raise_type(t, "first argument must be a string, not %.80s", im_type_cname(im_type_of(s)));
    ImStrBuilder b;
    im_sb_init(&b);
    if (write_string(t, &b, s, ascii_only) < 0) { im_sb_free(&b); return IM_NO_VALUE; }
    return im_sb_finish(t, &b);
}
F(f_encode_ascii) { (void)self; (void)n; (void)kw; return encode_whole(t, a[0], true); }
F(f_encode_plain) { (void)self; (void)n; (void)kw; return encode_whole(t, a[0], false); }

static int write_text(Out *o, Value s)
{
    const ImEncoder *e = o->e;
    if (e->how != ENC_CALL) return write_string(o->t, &o->b, s, e->how == ENC_ASCII);
    Value r = im_call1(o->t, e->encoder, s);
    if (im_no_value(r)) return -1;
    int x = im_is_str(r) ? im_sb_str(o->t, &o->b, r) : (im_raise_type(o->t, "encoder() must return a string, not %.80s", im_type_cname(im_type_of(r))), -1);
    im_drop(o->t, r);
    return x;
}
/* The text of an int, a float or a constant: as a value, or (in quotes) as a key. 1 written, 0 not such a value, -1. */
static int write_scalar(Out *o, Value v, bool key)
{
    Thread *t = o->t;
    char buf[512];
    const char *s = NULL;
    ssize_t n = 0;
    Value text = IM_NO_VALUE;
    if (im_is_none(v)) { s = "null"; n = 4; }
    else if (im_same(v, IM_TRUE)) { s = "true"; n = 4; }
    else if (im_same(v, IM_FALSE)) { s = "false"; n = 5; }
    else if (im_is_int(v)) {
        char *p = buf + 40, *end = p;
        int64_t x = im_int_get(v);
        uint64_t u = x < 0 ? -(uint64_t)x : (uint64_t)x;
        do *--p = (char)('0' + u % 10); while (u /= 10);
        if (x < 0) *--p = '-';
        s = p;
        n = end - p;
    } else if (im_is_float(v)) {
        double d = im_float_get(v);
        if (!isfinite(d)) {
            if (!o->e->allow_nan) return im_raise_valueerror(t, "Out of range float values are not JSON compliant: %R", v), -1;
            s = isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity";
            n = (ssize_t)strlen(s);
        } else {
            n = (ssize_t)im_float_text(d, 'r', 0, IM_FLT_ADD_DOT0, buf);
            s = buf;
        }
    } else if (im_is_int_like(v)) {
        text = im_int_to_str(t, v, 10, false);
        if (im_no_value(text)) return -1;
    } else return 0;
    if (key) { /* an encoder of the caller's own sees the text */
        if (im_no_value(text)) text = im_str_from_latin1(t, s, n);
        if (im_no_value(text)) return -1;
        int r = write_text(o, text);
        im_drop(t, text);
        return r < 0 ? -1 : 1;
    }
    if (im_no_value(text)) return put(t, &o->b, s, n) < 0 ? -1 : 1;
    int r = im_sb_str(t, &o->b, text);
    im_drop(t, text);
    return r < 0 ? -1 : 1;
}
static int write_value(Out *o, Value v, ssize_t level);

static int new_line(Out *o, ssize_t level)
{
    if (im_is_none(o->e->indent)) return 0;
    if (put(o->t, &o->b, "\n", 1) < 0) return -1;
    for (ssize_t i = 0; i < level; i++) if (im_sb_str(o->t, &o->b, o->e->indent) < 0) return -1;
    return 0;
}
static int write_separator(Out *o, Value sep)
{
    if (im_str_is_ascii(sep)) return put(o->t, &o->b, im_str_data(sep), im_str_len(sep));
    return im_sb_str(o->t, &o->b, sep);
}
/* Containers on the way down: {id: object}. */
static int mark(Out *o, Value v, Value *id)
{
    Thread *t = o->t;
    *id = IM_NO_VALUE;
    if (im_is_none(o->e->markers)) return 0;
    *id = im_int_new(t, (int64_t)(uintptr_t)im_ptr(v));
    if (im_no_value(*id)) return -1;
    int r = im_dict_contains(t, o->e->markers, *id);
    if (r == 0) r = im_dict_set(t, o->e->markers, *id, v);
    else if (r > 0) { (void)im_raise_valueerror(t, "Circular reference detected"); r = -1; }
    if (r < 0) IM_CLEAR(t, *id);
    return r;
}
static int unmark(Out *o, Value id, int r)
{
    if (im_no_value(id)) return r;
    if (r == 0 && im_dict_del(o->t, o->e->markers, id) < 0) r = -1;
    im_drop(o->t, id);
    return r;
}
static int write_pair(Out *o, Value key, Value v, bool *first, ssize_t level)
{
    Thread *t = o->t;
    bool text = im_is_str(key);
    if (!text && !im_is_none(key) && !im_is_int_like(key) && !im_is_float(key)) {
        if (o->e->skipkeys) return 0;
        return im_raise_type(t, "keys must be str, int, float, bool or None, not %.100s", im_type_cname(im_type_of(key))), -1;
    }
    if (!*first && write_separator(o, o->e->item_separator) < 0) return -1;
    *first = false;
    if (new_line(o, level) < 0 || (text ? write_text(o, key) : write_scalar(o, key, true)) < 0 || write_separator(o, o->e->key_separator) < 0) return -1;
    return write_value(o, v, level);
}
static int write_items(Out *o, Value items, bool *first, ssize_t level)
{
    Thread *t = o->t;
    for (ssize_t i = 0;; i++) {
        Value p = im_list_get(t, items, i);
        if (im_no_value(p)) return 0;
        int r;
        if (!im_is_tuple(p) || im_tuple_len(p) != 2) { (void)im_raise_valueerror(t, "items must return 2-tuples"); r = -1; }
        else r = write_pair(o, im_tuple_get(p, 0), im_tuple_get(p, 1), first, level);
        im_drop(t, p);
        if (r < 0) return r;
    }
}
static int write_dict(Out *o, Value d, ssize_t level)
{
    Thread *t = o->t;
    if (im_dict_len(d) == 0) return put(t, &o->b, "{}", 2);
    Value id;
    bool first = true;
    if (mark(o, d, &id) < 0) return -1;
    int r = put(t, &o->b, "{", 1);
    if (r == 0 && (o->e->sort_keys || !im_is_dict_exact(d))) {
        Value items = IM_NO_VALUE, view = im_is_dict_exact(d) ? im_dict_items_list(t, d) : im_call_method0(t, d, IM_S(items));
        if (!im_no_value(view)) { items = im_is_list_exact(view) ? im_new_ref(view) : im_to_list(t, view); im_drop(t, view); }
        r = im_no_value(items) || (o->e->sort_keys && im_list_sort(t, items, IM_NO_VALUE, false) < 0) ? -1 : write_items(o, items, &first, level + 1);
        im_xdrop(t, items);
    } else if (r == 0) {
        size_t pos = 0;
        Value k, v;
        while (r == 0 && im_dict_next(t, d, &pos, &k, &v)) {
            r = write_pair(o, k, v, &first, level + 1);
            im_drop(t, k);
            im_drop(t, v);
        }
    }
    if (r == 0 && !first) r = new_line(o, level);
    if (r == 0) r = put(t, &o->b, "}", 1);
    return unmark(o, id, r);
}
static int write_list(Out *o, Value v, ssize_t level);
/* A list or tuple; one of a class that iterates in its own way is written as it iterates. */
static int write_sequence(Out *o, Value v, ssize_t level)
{
    Thread *t = o->t;
    if (IM_SLOT(im_type_of(v), iter) == (im_is_list(v) ? im_list_type : im_tuple_type).slots.iter) return write_list(o, v, level);
    Value it = im_iter(t, v), id;
    if (im_no_value(it)) {
        if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "_iterencode_list needs a sequence");
        return -1;
    }
    Value items = im_to_list(t, it);
    im_drop(t, it);
    if (im_no_value(items)) return -1;
    int r = mark(o, v, &id);
    if (r == 0) r = unmark(o, id, write_list(o, items, level));
    im_drop(t, items);
    return r;
}
static int write_list(Out *o, Value v, ssize_t level)
{
    Thread *t = o->t;
    bool is_list = im_is_list(v);
    if ((is_list ? im_list_len(v) : im_tuple_len(v)) == 0) return put(t, &o->b, "[]", 2);
    Value id;
    if (mark(o, v, &id) < 0) return -1;
    int r = put(t, &o->b, "[", 1);
    for (ssize_t i = 0; r == 0; i++) {
        Value x;
        if (is_list) {
            x = im_list_get(t, v, i);
            if (im_no_value(x)) break;
        } else {
            if (i == im_tuple_len(v)) break;
            x = im_new_ref(im_tuple_get(v, i));
        }
        if (i > 0) r = write_separator(o, o->e->item_separator);
        if (r == 0) r = new_line(o, level + 1);
        if (r == 0) r = write_value(o, x, level + 1);
        im_drop(t, x);
    }
    if (r == 0) r = new_line(o, level);
    if (r == 0) r = put(t, &o->b, "]", 1);
    return unmark(o, id, r);
}
static int write_value(Out *o, Value v, ssize_t level)
{
    Thread *t = o->t;
    int r;
    if (im_is_str(v)) return write_text(o, v);
    r = write_scalar(o, v, false);
    if (r) return r < 0 ? -1 : 0;
    if (im_poll(t) < 0 || im_recurse_enter(t, " while encoding a JSON object") < 0) return -1;
    if (im_is_list(v) || im_is_tuple(v)) r = write_sequence(o, v, level);
    else if (im_is_dict(v)) r = write_dict(o, v, level);
    else {
        Value id, w = IM_NO_VALUE;
        r = mark(o, v, &id);
        if (r == 0) {
            w = im_call1(t, o->e->default_, v);
            r = im_no_value(w) ? -1 : write_value(o, w, level);
            im_xdrop(t, w);
            r = unmark(o, id, r);
        }
    }
    im_recurse_leave(t);
    return r;
}
static Value encoder_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    ssize_t level;
    if (im_parse_args(t, "_iterencode", "(obj, _current_indent_level)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (im_ssize_arg(t, a.v[1], &level) == 0) {
        Out o = {.t = t, .e = (ImEncoder *)im_ptr(self)};
        im_sb_init(&o.b);
        if (write_value(&o, a.v[0], level) < 0) im_sb_free(&o.b);
        else {
            Value s = im_sb_finish(t, &o.b);
            if (!im_no_value(s)) r = im_tuple_steal_array(t, &s, 1);
        }
    }
    im_args_fini(t, &a);
    return r;
}
static Value encoder_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "make_encoder", "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    ImEncoder *e = NULL;
    int sort_keys, skipkeys, allow_nan;
    const Value markers = a.v[0];
    for (int i = 4; i < 6; i++)
        if (!im_is_str(a.v[i])) { (void)im_raise_type(t, "make_encoder() argument %d must be str, not %T", i + 1, a.v[i]); goto done; }
    if ((sort_keys = im_truth(t, a.v[6])) < 0 || (skipkeys = im_truth(t, a.v[7])) < 0 || (allow_nan = im_truth(t, a.v[8])) < 0) goto done;
    if (!im_is_none(markers) && !im_is_dict(markers)) { (void)im_raise_type(t, "make_encoder() argument 1 must be dict or None, not %.200s", im_type_cname(im_type_of(markers))); goto done; }
    if (!im_is_none(a.v[3]) && !im_is_str(a.v[3])) { (void)im_raise_type(t, "make_encoder() argument 4 must be str or None, not %.200s", im_type_cname(im_type_of(a.v[3]))); goto done; }
    if (!(e = (ImEncoder *)im_instance_alloc(t, type, 0))) goto done;
    e->sort_keys = sort_keys;
    e->skipkeys = skipkeys;
    e->allow_nan = allow_nan;
    im_slot_init(&e->head, &e->markers, im_new_ref(markers));
    im_slot_init(&e->head, &e->default_, im_new_ref(a.v[1]));
    im_slot_init(&e->head, &e->encoder, im_new_ref(a.v[2]));
    im_slot_init(&e->head, &e->indent, im_new_ref(a.v[3]));
    im_slot_init(&e->head, &e->key_separator, im_new_ref(a.v[4]));
    im_slot_init(&e->head, &e->item_separator, im_new_ref(a.v[5]));
    ImNative fn = im_is_exact(a.v[2], &im_builtin_function_or_method_type) ? ((ImNativeFunction *)im_ptr(a.v[2]))->fn : NULL;
    e->how = fn == f_encode_ascii ? ENC_ASCII : fn == f_encode_plain ? ENC_PLAIN : ENC_CALL;
done:
    im_args_fini(t, &a);
    return im_value(e);
}
static int encoder_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImEncoder *e = (ImEncoder *)o;
    const Value all[] = {e->markers, e->default_, e->encoder, e->indent, e->key_separator, e->item_separator};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int r = im_is_object(all[i]) ? visit(all[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void encoder_destroy(Thread *t, ImObject *o)
{
    ImEncoder *e = (ImEncoder *)o;
    im_destroy_child(t, e->markers);
    im_destroy_child(t, e->default_);
    im_destroy_child(t, e->encoder);
    im_destroy_child(t, e->indent);
    im_destroy_child(t, e->key_separator);
    im_destroy_child(t, e->item_separator);
}
static const ImMemberDef encoder_members[] = {
    {"markers", IM_T_VALUE, offsetof(ImEncoder, markers), true, "markers"},
    {"default", IM_T_VALUE, offsetof(ImEncoder, default_), true, "default"},
    {"encoder", IM_T_VALUE, offsetof(ImEncoder, encoder), true, "encoder"},
    {"indent", IM_T_VALUE, offsetof(ImEncoder, indent), true, "indent"},
    {"key_separator", IM_T_VALUE, offsetof(ImEncoder, key_separator), true, "key_separator"},
    {"item_separator", IM_T_VALUE, offsetof(ImEncoder, item_separator), true, "item_separator"},
    {"sort_keys", IM_T_BOOL, offsetof(ImEncoder, sort_keys), true, "sort_keys"},
    {"skipkeys", IM_T_BOOL, offsetof(ImEncoder, skipkeys), true, "skipkeys"},
    {0}};
static const ImSlots encoder_slots = {.call = encoder_call, .new_ = encoder_new};
static const ImTypeSpec encoder_spec = {.name = "_json.Encoder", .size = sizeof(ImEncoder), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &encoder_slots, .members = encoder_members, .traverse = encoder_traverse,
    .destroy = encoder_destroy, .doc = "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)"};
IM_TYPE(JsonEncoder, &encoder_spec);

/* --- module -------------------------------------------------------------------------------------------------------------------------------------- */
static const ImMethodDef json_methods[] = {
    IM_FIXED("encode_basestring_ascii", f_encode_ascii, 1, "($self, object, /)", "Return an ASCII-only JSON representation of a Python string"),
    IM_FIXED("encode_basestring", f_encode_plain, 1, "($self, object, /)", "Return a JSON representation of a Python string"),
    IM_PARSED("scanstring", f_scanstring, "($module, string, end, strict=True, /)", "Scan the string s for a JSON string. End is the index of the\ncharacter in s after the quote that started the JSON string."),
    IM_END};
static int json_exec(Thread *t, Value m)
{
    if (im_module_add(t, m, "make_scanner", im_new_ref(im_type_value(&im_JsonScanner_type))) < 0) return -1;
    return im_module_add(t, m, "make_encoder", im_new_ref(im_type_value(&im_JsonEncoder_type)));
}
static const ImModuleDef json_def = {.name = "_json", .doc = "json speedups\n", .methods = json_methods, .exec = json_exec};
IM_MODULE(json_def);
