/* Universal newlines: translation, line ends, and _io.IncrementalNewlineDecoder.
 * SPDX-License-Identifier: MIT */
#include "modules/io.h"

enum { SEEN_LF = 1, SEEN_CR = 2, SEEN_CRLF = 4 };

/* Translates \r and \r\n to \n (if asked), notes what was seen, and holds back a final \r whose \n may still come. Owned result. */
Value im_io_translate(Thread *t, Value s, bool *pending_cr, uint8_t *seen, bool final, bool translate)
{
    Value x = im_new_ref(s);
    ssize_t n = im_str_len(x);
    if (*pending_cr && (final || n > 0)) {
        Value cr = im_str_from_char(t, '\r'), y = im_str_concat(t, cr, x);
        im_drop(t, x);
        if (im_no_value(y)) return y;
        x = y;
        n = im_str_len(x);
        *pending_cr = false;
    }
    if (!final && n > 0 && im_str_at(x, n - 1) == '\r') {
        Value y = im_str_substring(t, x, 0, n - 1);
        im_drop(t, x);
        if (im_no_value(y)) return y;
        x = y;
        n--;
        *pending_cr = true;
    }
    if (n == 0) return x;
    int k = im_str_kind(x);
    const void *d = im_str_data(x);
    if (k == 1 && !memchr(d, '\r', (size_t)n)) {
        if (!(*seen & SEEN_LF) && memchr(d, '\n', (size_t)n)) *seen |= SEEN_LF;
        return x;
    }
    bool cr = false;
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = im_str_read(k, d, i);
        if (c == '\n') *seen |= SEEN_LF;
        else if (c == '\r') {
            cr = true;
            if (i + 1 < n && im_str_read(k, d, i + 1) == '\n') { *seen |= SEEN_CRLF; i++; }
            else *seen |= SEEN_CR;
        }
    }
    if (!cr || !translate) return x;
    ImStrBuilder b;
    im_sb_init(&b);
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = im_str_read(k, d, i);
        if (c == '\r') {
            if (i + 1 < n && im_str_read(k, d, i + 1) == '\n') i++;
            c = '\n';
        }
        if (im_sb_char(t, &b, c) < 0) { im_sb_free(&b); im_drop(t, x); return IM_NO_VALUE; }
    }
    im_drop(t, x);
    return im_sb_finish(t, &b);
}

ssize_t im_io_line_end(Value s, ssize_t start, bool translated, bool universal, Value newline, ssize_t *resume)
{
    ssize_t n = im_str_len(s);
    int k = im_str_kind(s);
    const void *d = im_str_data(s);
    *resume = n;
    if (translated) {
        ssize_t i = im_str_find_char(s, '\n', start, n, 1);
        return i < 0 ? -1 : i + 1;
    }
    if (universal) {
        for (ssize_t i = start; i < n; i++) {
            uint32_t c = im_str_read(k, d, i);
            if (c == '\n') return i + 1;
            if (c == '\r') return i + 1 < n && im_str_read(k, d, i + 1) == '\n' ? i + 2 : i + 1;
        }
        return -1;
    }
    ssize_t nl = im_str_len(newline), i = im_str_find(s, newline, start, n, 1);
    if (i >= 0) return i + nl;
    if (nl == 2 && n > start && im_str_read(k, d, n - 1) == im_str_at(newline, 0)) *resume = n - 1;
    return -1;
}

/* --- IncrementalNewlineDecoder --- */
typedef struct ImNlDecoder { ImObject head; Value decoder, errors; bool translate, pending_cr, ok; uint8_t seen; } ImNlDecoder;
static ImNlDecoder *dp(Value v) { return (ImNlDecoder *)im_ptr(v); }
static int d_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    ImArgs a;
    if (im_parse_args(t, "IncrementalNewlineDecoder", "(decoder, translate, errors='strict')", args, nargs, kw, &a) < 0) return -1;
    int tr = im_truth(t, a.v[1]);
    if (tr >= 0) {
        ImNlDecoder *d = dp(self);
        im_slot_put(t, &d->head, &d->decoder, im_new_ref(a.v[0]));
        im_slot_put(t, &d->head, &d->errors, im_new_ref(im_no_value(a.v[2]) ? IM_S(strict) : a.v[2]));
        d->translate = tr;
        d->pending_cr = false;
        d->seen = 0;
        d->ok = true;
    }
    im_args_fini(t, &a);
    return tr < 0 ? -1 : 0;
}
static Value d_decode(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ImNlDecoder *d = dp(self);
    if (!d->ok) return im_raise_valueerror(t, "IncrementalNewlineDecoder.__init__() not called");
    int final = im_no_value(a[1]) ? 0 : im_truth(t, a[1]);
    if (final < 0) return IM_NO_VALUE;
    Value s = im_is_none(d->decoder) ? im_new_ref(a[0]) : im_call_method2(t, d->decoder, IM_S(decode), a[0], im_bool(final));
    if (im_no_value(s)) return s;
    if (!im_is_str(s)) {
        (void)im_raise_type(t, "decoder should return a string result, not '%T'", s);
        im_drop(t, s);
        return IM_NO_VALUE;
    }
    Value r = im_io_translate(t, s, &d->pending_cr, &d->seen, final, d->translate);
    im_drop(t, s);
    return r;
}
static Value d_getstate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImNlDecoder *d = dp(self);
    Value buf, flag = im_int(0);
    if (im_is_none(d->decoder)) {
        buf = im_bytes_new(t, "", 0);
    } else {
        Value st = im_call_method0(t, d->decoder, IM_S(getstate));
        if (im_no_value(st)) return st;
        if (!im_is_tuple(st) || im_tuple_len(st) != 2) { im_drop(t, st); return im_raise_type(t, "illegal decoder state"); }
        buf = im_new_ref(im_tuple_get(st, 0));
        flag = im_new_ref(im_tuple_get(st, 1));
        im_drop(t, st);
    }
    Value shifted = im_binop(t, flag, im_int(1), IM_OP_LSHIFT);
    im_drop(t, flag);
    Value f2 = im_no_value(shifted) ? shifted : im_binop(t, shifted, im_int(d->pending_cr), IM_OP_OR);
    im_xdrop(t, shifted);
    Value r = im_no_value(f2) || im_no_value(buf) ? IM_NO_VALUE : im_tuple_pack(t, 2, buf, f2);
    im_xdrop(t, f2);
    im_xdrop(t, buf);
    return r;
}
static Value d_setstate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ImNlDecoder *d = dp(self);
    if (!im_is_tuple(a[0])) return im_raise_type(t, "state argument must be a tuple");
    if (im_tuple_len(a[0]) != 2) return im_raise_type(t, "setstate(): illegal state argument");
    int64_t flag;
    if (im_as_int64(t, im_tuple_get(a[0], 1), &flag) < 0) return IM_NO_VALUE;
    d->pending_cr = flag & 1;
    if (im_is_none(d->decoder)) return IM_NONE;
    Value f = im_int_new(t, flag >> 1), st = im_no_value(f) ? f : im_tuple_pack(t, 2, im_tuple_get(a[0], 0), f);
    im_xdrop(t, f);
    if (im_no_value(st)) return st;
    Value r = im_call_method1(t, d->decoder, IM_S(setstate), st);
    im_drop(t, st);
    return r;
}
static Value d_reset(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    dp(self)->seen = 0;
    dp(self)->pending_cr = false;
    return im_is_none(dp(self)->decoder) ? IM_NONE : im_call_method0(t, dp(self)->decoder, IM_S(reset));
}
static Value d_newlines(Thread *t, Value self, void *c)
{
    (void)c;
    switch (dp(self)->seen) {
    case 0: return IM_NONE;
    case SEEN_LF: return im_str_from_cstr(t, "\n");
    case SEEN_CR: return im_str_from_cstr(t, "\r");
    case SEEN_CRLF: return im_str_from_cstr(t, "\r\n");
    }
    Value v[3];
    size_t n = 0;
    if (dp(self)->seen & SEEN_CR) v[n++] = im_str_from_cstr(t, "\r");
    if (dp(self)->seen & SEEN_LF) v[n++] = im_str_from_cstr(t, "\n");
    if (dp(self)->seen & SEEN_CRLF) v[n++] = im_str_from_cstr(t, "\r\n");
    return im_tuple_steal_array(t, v, n);
}
static Value d_new(Thread *t, ImType *type, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImNlDecoder *d = (ImNlDecoder *)im_instance_alloc(t, type, 0);
    if (d) d->decoder = d->errors = IM_NONE;
    return im_value(d);
}
static int d_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImNlDecoder *d = (ImNlDecoder *)o;
    int r = im_is_object(d->decoder) ? visit(d->decoder, arg) : 0;
    return r ? r : im_is_object(d->errors) ? visit(d->errors, arg) : 0;
}
static void d_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((ImNlDecoder *)o)->decoder);
    im_destroy_child(t, ((ImNlDecoder *)o)->errors);
}
static const ImMethodDef d_methods[] = {IM_PARSED("decode", d_decode, "($self, /, input, final=False)", NULL), IM_FIXED("getstate", d_getstate, 0, "($self, /)", NULL),
    IM_FIXED("setstate", d_setstate, 1, "($self, state, /)", NULL), IM_FIXED("reset", d_reset, 0, "($self, /)", NULL), IM_END};
static const ImGetSetDef d_getset[] = {{"newlines", d_newlines, NULL, NULL, NULL}, {0}};
static const ImSlots d_slots = {.init = d_init, .new_ = d_new};
static const ImTypeSpec d_spec = {.name = "_io.IncrementalNewlineDecoder", .size = sizeof(ImNlDecoder), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &d_slots, .methods = d_methods, .getset = d_getset,
    .traverse = d_traverse, .destroy = d_destroy, .quiet_new = true, .text_signature = "(decoder, translate, errors='strict')", .doc = "Codec used when reading a file in universal newlines mode."};
IM_TYPE(IncrementalNewlineDecoder, &d_spec);
