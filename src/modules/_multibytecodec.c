/* Modules _multibytecodec and _codecs_cn, _hk, _iso2022, _jp, _kr, _tw: East Asian encodings, by the C library's iconv.
 * SPDX-License-Identifier: MIT
 *
 * Whole runs go through iconv to and from UTF-32; where it stops, the error handler is asked and conversion goes on behind. Shift states of incremental codecs are
 * the escape sequences that lead to them: a state number is those bytes, and setting one feeds them to a fresh converter. */
#include <errno.h>
#include <iconv.h>

#include "modules/module.h"
#include "types/codecs.h"

#define F(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)

/* Where CPython's tables and the C library's differ: characters {of the library, of CPython} that stand for each other. */
typedef struct Swap { uint32_t theirs, ours; } Swap;
static const Swap yen[] = {{0xA5, 0x5C}, {0x203E, 0x7E}, {0, 0}}, won[] = {{0x20A9, 0x5C}, {0, 0}}, euc2004[] = {{0x2014, 0x2015}, {0xFF5F, 0x2985}, {0xFF60, 0x2986}, {0, 0}},
    sjis2004[] = {{0x2014, 0x2015}, {0xFF5F, 0x2985}, {0xFF60, 0x2986}, {0xFF3C, 0x5C}, {0xFF5E, 0x7E}, {0, 0}};
typedef struct CodecName {
    const char *module, *name, *charset;
    bool shifts;
    uint8_t bad_low, bad_high; /* bytes that are never part of a character, though the C library takes them for controls; 0, 0: none */
    const Swap *decode, *encode;
} CodecName;
static const CodecName codecs[] = {
    {"cn", "gb2312", "EUC-CN", false, 0x80, 0xA0, NULL, NULL},
    {"cn", "gbk", "GBK", false, 0, 0, NULL, NULL},
    {"cn", "gb18030", "GB18030", false, 0, 0, NULL, NULL},
    {"cn", "hz", "EUC-CN", true, 0, 0, NULL, NULL},
    {"hk", "big5hkscs", "BIG5-HKSCS", false, 0x80, 0x80, NULL, NULL},
    {"iso2022", "iso2022_kr", "ISO-2022-KR", true, 0, 0, NULL, NULL},
    {"iso2022", "iso2022_jp", "ISO-2022-JP", true, 0, 0, NULL, NULL},
    {"iso2022", "iso2022_jp_1", "ISO-2022-JP-2", true, 0, 0, NULL, NULL},
    {"iso2022", "iso2022_jp_2", "ISO-2022-JP-2", true, 0, 0, NULL, NULL},
    {"iso2022", "iso2022_jp_2004", "ISO-2022-JP-3", true, 0, 0, NULL, NULL},
    {"iso2022", "iso2022_jp_3", "ISO-2022-JP-3", true, 0, 0, NULL, NULL},
    {"iso2022", "iso2022_jp_ext", "ISO-2022-JP-2", true, 0, 0, NULL, NULL},
    {"jp", "shift_jis", "SHIFT_JIS", false, 0, 0, yen, NULL},
    {"jp", "cp932", "CP932", false, 0, 0, NULL, NULL},
    {"jp", "euc_jp", "EUC-JP", false, 0x80, 0x8D, NULL, NULL},
    {"jp", "shift_jis_2004", "SHIFT_JISX0213", false, 0, 0, sjis2004, sjis2004},
    {"jp", "shift_jisx0213", "SHIFT_JISX0213", false, 0, 0, sjis2004, sjis2004},
    {"jp", "euc_jis_2004", "EUC-JISX0213", false, 0, 0, euc2004, euc2004},
    {"jp", "euc_jisx0213", "EUC-JISX0213", false, 0, 0, euc2004, euc2004},
    {"kr", "euc_kr", "EUC-KR", false, 0x80, 0xA0, NULL, NULL},
    {"kr", "cp949", "UHC", false, 0, 0, NULL, NULL},
    {"kr", "johab", "JOHAB", false, 0, 0, won, won},
    {"tw", "big5", "BIG5", false, 0x80, 0xA0, NULL, NULL},
    {"tw", "cp950", "CP950", false, 0x80, 0xA0, NULL, NULL},
};
typedef struct ImMbCodec { ImObject head; const CodecName *name; } ImMbCodec;
extern ImType im_MbCodec_type, im_MbEncoder_type, im_MbDecoder_type, im_MbReader_type, im_MbWriter_type;

/* --- converters ------------------------------------------------------------------------------------------------------------------------------------ */
typedef struct Conv {
    const CodecName *c;
    iconv_t cd;
    uint64_t state; /* bytes that lead to the shift state, the first lowest */
} Conv;
#define NO_CONV ((iconv_t)-1)

static int conv_open(Thread *t, Conv *v, const CodecName *c, bool encode)
{
    v->c = c;
    v->state = 0;
    v->cd = encode ? iconv_open(c->charset, "UTF-32LE") : iconv_open("UTF-32LE", c->charset);
    if (v->cd != NO_CONV) return 0;
    return errno == ENOMEM ? (im_raise_memory(t), -1) : (im_raise(t, &im_LookupError_type, "the C library has no converter for %s", c->charset), -1);
}
static void conv_close(Conv *v) { if (v->cd != NO_CONV) iconv_close(v->cd); v->cd = NO_CONV; }
/* Follows the escape sequences and shifts in encoded bytes: what state they end in. */
static uint64_t follow(uint64_t state, const uint8_t *p, ssize_t len)
{
    uint64_t esc = state & 0xFFFFFFFF, shift = state >> 32;
    for (ssize_t i = 0; i < len; i++) {
        if (p[i] == 0x0E) shift = 0x0E;
        else if (p[i] == 0x0F) shift = 0;
        else if (p[i] == 0x1B && i + 2 < len) {
            int n = p[i + 1] == '$' && (p[i + 2] == '(' || p[i + 2] == ')') ? 4 : 3;
            if (i + n > len) break;
            esc = 0;
            for (int k = 0; k < n; k++) esc |= (uint64_t)p[i + k] << (8 * k);
            if (n == 3 && p[i + 1] == '(' && p[i + 2] == 'B') esc = 0;
            i += n - 1;
        }
    }
    return esc | shift << 32;
}
static ssize_t state_bytes(uint64_t state, uint8_t *out)
{
    ssize_t n = 0;
    for (; state; state >>= 8) if (state & 0xFF) out[n++] = (uint8_t)state;
    return n;
}

/* --- decoding ---------------------------------------------------------------------------------------------------------------------------------------- */
/* HZ (RFC 1843), which the C library lacks: 7-bit GB 2312 between ~{ and ~}. Its state is 0 or the two bytes that begin GB. */
#define HZ_GB ((uint64_t)'{' << 8 | '~')
static bool is_hz(const CodecName *c) { return c->name[0] == 'h' && c->name[1] == 'z'; }
/* A position from an error handler that fits no size is out of bounds like any other. */
static int bounds(Thread *t, int r)
{
    if (r < 0 && im_pending_is(t, &im_OverflowError_type)) {
        Value e = im_exc_fetch(t), text = im_str(t, e);
        bool position = !im_no_value(text) && im_str_equal_cstr(text, "Python int too large to convert to C ssize_t");
        im_xdrop(t, text);
        if (position) {
            im_drop(t, e);
            im_raise_index(t, "position -1 from error handler out of bounds");
        } else im_exc_restore(t, e);
    }
    return r;
}
#define decode_bad(t, ...) bounds((t), im_decode_error((t), __VA_ARGS__))

static int hz_decode(Thread *t, Conv *v, const uint8_t *p, ssize_t len, const char *errors, bool final, ImStrBuilder *out, ssize_t *used)
{
    for (ssize_t i = 0; i < len;) {
        const uint8_t c = p[i];
        const bool gb = v->state != 0, two = c == '~' || (gb && c < 0x80);
        ssize_t pos, end = i + 1;
        const char *reason = "illegal multibyte sequence";
        if (IM_POLL_EVERY(t, i) < 0) return -1;
        if (two && i + 1 >= len) {
            if (!final) { *used = i; return 0; }
            reason = "incomplete multibyte sequence";
            end = len;
        } else if (c == '~' && (p[i + 1] == '\n' || p[i + 1] == '{' || p[i + 1] == '~') && !gb) {
            if (p[i + 1] == '~' && im_sb_char(t, out, '~') < 0) return -1;
            if (p[i + 1] == '{') v->state = HZ_GB;
            i += 2;
            continue;
        } else if (c == '~' && p[i + 1] == '}' && gb) {
            v->state = 0;
            i += 2;
            continue;
        } else if (c != '~' && c < 0x80 && !gb) {
            if (im_sb_char(t, out, c) < 0) return -1;
            i++;
            continue;
        } else if (c != '~' && c < 0x80) {
            char pair[2] = {(char)(c | 0x80), (char)(p[i + 1] | 0x80)}, *in = pair;
            uint32_t u;
            char *o = (char *)&u;
            size_t left = 2, room = 4;
            if (p[i + 1] < 0x80 && iconv(v->cd, &in, &left, &o, &room) != (size_t)-1 && room == 0) {
                if (im_sb_char(t, out, u) < 0) return -1;
                i += 2;
                continue;
            }
            (void)iconv(v->cd, NULL, NULL, NULL, NULL);
        }
        if (decode_bad(t, out, errors, v->c->name, reason, p, len, i, end, &pos) < 0) return -1;
        i = pos;
    }
    *used = len;
    return 0;
}
/* Hangul syllables that KS X 1001 lacks are spelled in EUC-KR by its annex 3: a filler, then initial, vowel and final (or a filler), two bytes each. */
static const uint8_t initials[19] = {0xA1, 0xA2, 0xA4, 0xA7, 0xA8, 0xA9, 0xB1, 0xB2, 0xB3, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xBB, 0xBC, 0xBD, 0xBE};
static const uint8_t finals[28] = {0xD4, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF, 0xB0, 0xB1, 0xB2, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xBA, 0xBB, 0xBC, 0xBD, 0xBE};
enum { FILL1 = 0xA4, FILL2 = 0xD4 };
static bool is_euc_kr(const CodecName *c) { return strcmp(c->charset, "EUC-KR") == 0; }
static int place(const uint8_t *table, int n, uint8_t b) { for (int i = 0; i < n; i++) if (table[i] == b) return i; return -1; }
/* The syllable that is spelled by the eight bytes at p, or 0. */
static uint32_t spelled(const uint8_t *p)
{
    if (p[2] != FILL1 || p[4] != FILL1 || p[6] != FILL1 || p[5] < 0xBF || p[5] > 0xD3) return 0;
    int i = place(initials, 19, p[3]), f = place(finals, 28, p[7]);
    return i < 0 || f < 0 ? 0 : 0xAC00u + (uint32_t)(i * 21 + p[5] - 0xBF) * 28 + (uint32_t)f;
}
static void spell(uint32_t c, char *p)
{
    c -= 0xAC00;
    p[0] = p[2] = p[4] = p[6] = (char)FILL1;
    p[1] = (char)FILL2;
    p[3] = (char)initials[c / 28 / 21];
    p[5] = (char)(0xBF + c / 28 % 21);
    p[7] = (char)finals[c % 28];
}
static uint32_t swapped(const Swap *w, uint32_t c, bool decode)
{
    for (; w->theirs; w++) if (c == (decode ? w->theirs : w->ours)) return decode ? w->ours : w->theirs;
    return c;
}
/* Index of the first byte at or after i that is never valid, or len. */
static ssize_t next_bad(const CodecName *c, const uint8_t *p, ssize_t i, ssize_t len)
{
    if (!c->bad_low) return len;
    if (is_euc_kr(c)) { /* or where a spelled syllable begins */
        for (; i < len; i += p[i] < 0x80 ? 1 : 2) if ((p[i] >= 0x80 && p[i] <= 0xA0) || (p[i] == FILL1 && i + 1 < len && p[i + 1] == FILL2)) return i;
        return len;
    }
    while (i < len && (p[i] < c->bad_low || p[i] > c->bad_high)) i++;
    return i;
}
/* Bytes to text. Not final: *used tells how many were taken, the rest begins a character. */
static int decode_run(Thread *t, Conv *v, const uint8_t *p, ssize_t len, const char *errors, bool final, ImStrBuilder *out, ssize_t *used)
{
    uint32_t buf[512];
    char *in = (char *)(uintptr_t)p;
    if (is_hz(v->c)) return hz_decode(t, v, p, len, errors, final, out, used);
    ssize_t stop = next_bad(v->c, p, 0, len);
    size_t left = (size_t)stop;
    *used = len;
    for (;;) {
        char *o = (char *)buf;
        size_t room = sizeof buf;
        size_t r = left ? iconv(v->cd, &in, &left, &o, &room) : iconv(v->cd, NULL, NULL, &o, &room);
        int err = errno;
        bool flushed = left == 0 && r != (size_t)-1;
        for (uint32_t *q = buf; q < (uint32_t *)(void *)o; q++) if (im_sb_char(t, out, v->c->decode ? swapped(v->c->decode, *q, true) : *q) < 0) return -1;
        if (flushed && stop == len) {
            if (!final || o == (char *)buf) break;
            continue;
        }
        if (im_poll(t) < 0) return -1;
        if (!flushed && (r != (size_t)-1 || err == E2BIG)) continue;
        ssize_t at = in - (char *)(uintptr_t)p, pos, end = at + 1;
        if (flushed || (err == EINVAL && stop < len)) err = EILSEQ; /* the bad byte is next */
        if (flushed && is_euc_kr(v->c) && p[at] == FILL1) {
            uint32_t syllable = len - at >= 8 ? spelled(p + at) : 0;
            if (syllable) {
                if (im_sb_char(t, out, syllable) < 0) return -1;
                in += 8;
                stop = next_bad(v->c, p, at + 8, len);
                left = (size_t)(stop - at - 8);
                continue;
            }
            if (len - at < 8) err = EINVAL;
        }
        if (err == EINVAL) {
            if (!final) { *used = at; break; }
            end = len;
        }
        if (decode_bad(t, out, errors, v->c->name, err == EINVAL ? "incomplete multibyte sequence" : "illegal multibyte sequence", p, len, at, end, &pos) < 0) return -1;
        in = (char *)(uintptr_t)p + pos;
        stop = next_bad(v->c, p, pos, len);
        left = (size_t)(stop - pos);
    }
    if (v->c->shifts) v->state = follow(v->state, p, *used);
    return 0;
}

/* --- encoding ---------------------------------------------------------------------------------------------------------------------------------------- */
static int encode_run(Thread *t, Conv *v, Value s, const char *errors, bool final, ImByteBuilder *out, int depth);

/* The handler's answer for character i of s. */
static int encode_bad(Thread *t, Conv *v, Value s, ssize_t i, const char *errors, ImByteBuilder *out, ssize_t *pos, int depth)
{
    ImByteBuilder rep;
    Value text;
    im_bb_init(&rep);
    int r = bounds(t, im_encode_error(t, &rep, depth ? "strict" : errors, v->c->name, "illegal multibyte sequence", s, i, i + 1, pos, &text));
    if (r == 0 && im_no_value(text) && im_errors_give_text(errors)) {
        text = im_str_from_latin1(t, rep.data, rep.len);
        if (im_no_value(text)) r = -1;
    } else if (r == 0 && im_no_value(text)) r = im_bb_put(t, out, rep.data, rep.len);
    if (r == 0 && !im_no_value(text)) {
        r = encode_run(t, v, text, "strict", false, out, depth + 1);
        if (r < 0 && im_errors_give_text(errors) && im_exc_clear_if(t, &im_UnicodeEncodeError_type)) {
            r = 0; /* "?" that the encoding has not */
        }
    }
    im_xdrop(t, text);
    im_bb_free(&rep);
    return r;
}
static int hz_encode(Thread *t, Conv *v, Value s, const char *errors, bool final, ImByteBuilder *out, int depth)
{
    for (ssize_t i = 0; i < im_str_len(s);) {
        uint32_t c = im_str_at(s, i);
        char pair[2], *in = (char *)&c, *o = pair;
        size_t left = 4, room = 2;
        if (IM_POLL_EVERY(t, i) < 0) return -1;
        if (c >= 0x80 && (c < 0xA0 || iconv(v->cd, &in, &left, &o, &room) == (size_t)-1 || room)) {
            (void)iconv(v->cd, NULL, NULL, NULL, NULL);
            if (encode_bad(t, v, s, i, errors, out, &i, depth) < 0) return -1;
            continue;
        }
        if ((c >= 0x80) != (v->state != 0)) {
            if (im_bb_put(t, out, c >= 0x80 ? "~{" : "~}", 2) < 0) return -1;
            v->state = c >= 0x80 ? HZ_GB : 0;
        }
        if (c < 0x80) { pair[0] = (char)c; pair[1] = '~'; }
        else { pair[0] &= 0x7F; pair[1] &= 0x7F; }
        if (im_bb_put(t, out, pair, c >= 0x80 || c == '~' ? 2 : 1) < 0) return -1;
        i++;
    }
    if (!final || !v->state) return 0;
    v->state = 0;
    return im_bb_put(t, out, "~}", 2);
}
static int encode_run(Thread *t, Conv *v, Value s, const char *errors, bool final, ImByteBuilder *out, int depth)
{
    if (is_hz(v->c)) return hz_encode(t, v, s, errors, final, out, depth);
    enum { CHUNK = 256 };
    uint32_t buf[CHUNK];
    char bytes[CHUNK * 8];
    const ssize_t len = im_str_len(s), before = out->len;
    for (ssize_t i = 0; i < len || final;) {
        ssize_t k = len - i < CHUNK ? len - i : CHUNK;
        for (ssize_t j = 0; j < k; j++) {
            uint32_t c = im_str_at(s, i + j);
            if (c >= 0x80 && c <= 0x9F && !v->c->shifts && strcmp(v->c->charset, "GB18030") != 0) c = 0xD800; /* controls that only the C library has */
            buf[j] = v->c->encode ? swapped(v->c->encode, c, false) : c;
        }
        char *in = (char *)buf, *o = bytes;
        size_t left = (size_t)k * 4, room = sizeof bytes;
        bool flush = i >= len;
        size_t r = flush ? iconv(v->cd, NULL, NULL, &o, &room) : iconv(v->cd, &in, &left, &o, &room);
        int err = errno;
        if (im_bb_put(t, out, bytes, o - bytes) < 0) return -1;
        if (flush) break;
        i += (in - (char *)buf) / 4;
        if (im_poll(t) < 0) return -1;
        if (r != (size_t)-1 || err == E2BIG) continue;
        ssize_t pos;
        uint32_t c = im_str_at(s, i);
        if (c >= 0xAC00 && c <= 0xD7A3 && is_euc_kr(v->c)) {
            spell(c, bytes);
            if (im_bb_put(t, out, bytes, 8) < 0) return -1;
            i++;
            continue;
        }
        if (encode_bad(t, v, s, i, errors, out, &pos, depth) < 0) return -1;
        i = pos;
    }
    if (v->c->shifts && depth == 0) v->state = final ? 0 : follow(v->state, (uint8_t *)out->data + before, out->len - before);
    return 0;
}
/* The C library writes the announcement of ISO-2022-KR first; it belongs before the first shift, if there is one. */
static int place_announcement(Thread *t, const CodecName *c, ImByteBuilder *b)
{
    static const char announce[4] = "\x1b$)C";
    if (strcmp(c->charset, "ISO-2022-KR") != 0 || b->len < 4 || memcmp(b->data, announce, 4) != 0) return 0;
    memmove(b->data, b->data + 4, (size_t)b->len - 4);
    b->len -= 4;
    char *so = memchr(b->data, 0x0E, (size_t)b->len);
    if (!so) return 0;
    ssize_t at = so - b->data;
    if (im_bb_put(t, b, announce, 4) < 0) return -1;
    memmove(b->data + at + 4, b->data + at, (size_t)(b->len - 4 - at));
    memcpy(b->data + at, announce, 4);
    return 0;
}
static Value encode_all(Thread *t, Conv *v, Value s, const char *errors, bool final)
{
    ImByteBuilder b;
    im_bb_init(&b);
    if (encode_run(t, v, s, errors, final, &b, 0) < 0 || place_announcement(t, v->c, &b) < 0) { im_bb_free(&b); return IM_NO_VALUE; }
    return im_bb_finish(t, &b);
}

/* --- codecs ------------------------------------------------------------------------------------------------------------------------------------------ */
/* errors: None or str. */
static int errors_arg(Thread *t, Value v, const char **out)
{
    *out = NULL;
    if (im_no_value(v) || im_is_none(v)) return 0;
    if (!im_is_str(v)) return im_raise_type(t, "errors must be str or None, not %T", v), -1;
    return (*out = im_str_utf8(t, v, NULL)) ? 0 : -1;
}
static Value text_of(Thread *t, Value v) { return im_is_str(v) ? im_new_ref(v) : im_str(t, v); }
F(c_encode)
{
    (void)n; (void)kw;
    const char *errors;
    Conv v;
    if (errors_arg(t, a[1], &errors) < 0) return IM_NO_VALUE;
    Value s = text_of(t, a[0]), r = IM_NO_VALUE;
    if (im_no_value(s)) return s;
    if (conv_open(t, &v, ((ImMbCodec *)im_ptr(self))->name, true) == 0) {
        Value both[2] = {encode_all(t, &v, s, errors, true), im_int(im_str_len(s))};
        conv_close(&v);
        if (!im_no_value(both[0])) r = im_tuple_steal_array(t, both, 2);
    }
    im_drop(t, s);
    return r;
}
F(c_decode)
{
    (void)n; (void)kw;
    const char *errors;
    ImBuffer b;
    Conv v;
    ssize_t used;
    if (errors_arg(t, a[1], &errors) < 0 || im_buffer_get(t, a[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (conv_open(t, &v, ((ImMbCodec *)im_ptr(self))->name, false) == 0) {
        ImStrBuilder out;
        im_sb_init(&out);
        if (decode_run(t, &v, b.buf, b.len, errors, true, &out, &used) < 0) im_sb_free(&out);
        else {
            Value both[2] = {im_sb_finish(t, &out), im_int(b.len)};
            if (!im_no_value(both[0])) r = im_tuple_steal_array(t, both, 2);
        }
        conv_close(&v);
    }
    im_buffer_release(t, &b);
    return r;
}
static const ImMethodDef codec_methods[] = {
    IM_PARSED("encode", c_encode, "($self, /, input, errors=None)", "Return an encoded string version of 'input'.\n\n'errors' may be given to set a different error handling scheme."),
    IM_PARSED("decode", c_decode, "($self, /, input, errors=None)", "Decodes 'input'.\n\n'errors' may be given to set a different error handling scheme."), IM_END};
static const ImTypeSpec codec_spec = {.name = "_multibytecodec.MultibyteCodec", .size = sizeof(ImMbCodec), .flags = IM_TF_NO_NEW | IM_TF_IMMUTABLE, .methods = codec_methods};
IM_TYPE(MbCodec, &codec_spec);

/* --- what keeps a state: incremental coders and streams ---------------------------------------------------------------------------------------------- */
typedef struct ImMbState {
    ImObject head;
    Value codec;             /* set by new_ */
    Value stream;            /* streams: set by new_ */
    Value x_errors;          /* str */
    Conv conv;
    uint8_t pending[8];      /* decoding: the beginning of a character */
    uint8_t n_pending;
    uint32_t x_busy;         /* one call at a time: who holds it owns conv and pending */
} ImMbState;
static ImMbState *st(Value v) { return (ImMbState *)im_ptr(v); }

static int enter(Thread *t, Value self)
{
    uint32_t zero = 0;
    return im_cas_acquire(&st(self)->x_busy, &zero, 1) ? 0 : (im_raise_runtime(t, "%T is in use by another call", self), -1);
}
static void leave(Value self) { im_store_release(&st(self)->x_busy, 0); }
static Value state_new(Thread *t, ImType *type, Value stream, Value errors, bool encode)
{
    Value codec = im_getattr(t, im_type_value(type), IM_S(codec));
    if (im_no_value(codec)) return codec;
    if (!im_is_instance_of(codec, &im_MbCodec_type)) { im_drop(t, codec); return im_raise_type(t, "codec is unexpected type"); }
    if (!im_no_value(errors) && !im_is_none(errors) && !im_is_str(errors)) { im_drop(t, codec); return im_raise_type(t, "errors must be str or None, not %T", errors); }
    ImMbState *s = (ImMbState *)im_instance_alloc(t, type, 0);
    if (!s) { im_drop(t, codec); return IM_NO_VALUE; }
    s->conv.cd = NO_CONV;
    im_slot_init(&s->head, &s->codec, codec);
    if (!im_no_value(stream)) im_slot_init(&s->head, &s->stream, im_new_ref(stream));
    im_slot_init(&s->head, &s->x_errors, im_no_value(errors) || im_is_none(errors) ? im_new_ref(IM_S(strict)) : im_new_ref(errors));
    if (conv_open(t, &s->conv, ((ImMbCodec *)im_ptr(codec))->name, encode) < 0) { im_drop_obj(t, &s->head); return IM_NO_VALUE; }
    return im_value(s);
}
static Value coder_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames, bool encode)
{
    ImArgs a;
    if (im_parse_args(t, im_type_cname(type), "(errors='strict')", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value v = state_new(t, type, IM_NO_VALUE, a.v[0], encode);
    im_args_fini(t, &a);
    return v;
}
static Value encoder_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames) { return coder_new(t, type, args, nargs, kwnames, true); }
static Value decoder_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames) { return coder_new(t, type, args, nargs, kwnames, false); }
static Value stream_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames, bool encode)
{
    ImArgs a;
    if (im_parse_args(t, im_type_cname(type), "(stream, errors='strict')", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value v = state_new(t, type, a.v[0], a.v[1], encode);
    im_args_fini(t, &a);
    return v;
}
static Value reader_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames) { return stream_new(t, type, args, nargs, kwnames, false); }
static Value writer_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames) { return stream_new(t, type, args, nargs, kwnames, true); }
static int nothing_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { (void)t; (void)self; (void)args; (void)nargs; (void)kwnames; return 0; }
static int state_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImMbState *s = (ImMbState *)o;
    int r = im_is_object(s->codec) ? visit(s->codec, arg) : 0;
    if (r == 0 && im_is_object(s->stream)) r = visit(s->stream, arg);
    return r ? r : im_is_object(s->x_errors) ? visit(s->x_errors, arg) : 0;
}
static void state_destroy(Thread *t, ImObject *o)
{
    ImMbState *s = (ImMbState *)o;
    if (!im_no_value(s->codec)) conv_close(&s->conv);
    im_destroy_child(t, s->codec);
    im_destroy_child(t, s->stream);
    im_destroy_child(t, s->x_errors);
}
static Value get_errors(Thread *t, Value self, void *c) { (void)c; return im_slot_get(t, NULL, &st(self)->x_errors); }
static int set_errors(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    if (!im_is_str(v)) return im_raise_type(t, "errors must be a string"), -1;
    im_slot_put(t, im_ptr(self), &st(self)->x_errors, im_new_ref(v));
    return 0;
}
static const ImGetSetDef state_getset[] = {{"errors", get_errors, set_errors, "how to treat errors", NULL}, {0}};
static const ImMemberDef stream_members[] = {{"stream", IM_T_VALUE, offsetof(ImMbState, stream), true, NULL}, {0}};

/* Feeds bytes (behind the pending ones); caller has entered. */
static Value feed(Thread *t, Value self, const uint8_t *p, ssize_t len, bool final)
{
    ImMbState *s = st(self);
    ssize_t total = len + s->n_pending, used = 0;
    Value errors = im_slot_get(t, NULL, &s->x_errors), r = IM_NO_VALUE;
    const char *e = im_str_utf8(t, errors, NULL);
    uint8_t *all = e ? im_raw_alloc(t, (size_t)total + 1) : NULL;
    if (all) {
        memcpy(all, s->pending, s->n_pending);
        if (len) memcpy(all + s->n_pending, p, (size_t)len);
        ImStrBuilder out;
        im_sb_init(&out);
        if (decode_run(t, &s->conv, all, total, e, final, &out, &used) < 0) im_sb_free(&out);
        else if (total - used > (ssize_t)sizeof s->pending) { im_sb_free(&out); (void)im_raise(t, &im_UnicodeError_type, "pending buffer overflow"); }
        else {
            s->n_pending = (uint8_t)(total - used);
            memcpy(s->pending, all + used, s->n_pending);
            r = im_sb_finish(t, &out);
        }
        im_raw_free(all);
    }
    im_drop(t, errors);
    return r;
}
static int fresh(Thread *t, ImMbState *s, uint64_t state, bool encode)
{
    Conv c;
    if (conv_open(t, &c, s->conv.c, encode) < 0) return -1;
    conv_close(&s->conv);
    s->conv = c;
    s->conv.state = state;
    return 0;
}
static bool truth_arg(Thread *t, Value v, int *r) { *r = im_no_value(v) ? 0 : im_truth(t, v); return *r >= 0; }

F(d_decode)
{
    (void)n; (void)kw;
    int final;
    ImBuffer b;
    if (!truth_arg(t, a[1], &final) || im_buffer_get(t, a[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (enter(t, self) == 0) { r = feed(t, self, b.buf, b.len, final); leave(self); }
    im_buffer_release(t, &b);
    return r;
}
F(d_reset)
{
    (void)a; (void)n; (void)kw;
    if (enter(t, self) < 0) return IM_NO_VALUE;
    int r = fresh(t, st(self), 0, false);
    if (r == 0) st(self)->n_pending = 0;
    leave(self);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
F(d_getstate)
{
    (void)a; (void)n; (void)kw;
    if (enter(t, self) < 0) return IM_NO_VALUE;
    Value both[2] = {im_bytes_new(t, st(self)->pending, st(self)->n_pending), im_int_from_u64(t, st(self)->conv.state)};
    leave(self);
    if (im_no_value(both[0]) || im_no_value(both[1])) { im_xdrop(t, both[0]); im_xdrop(t, both[1]); return IM_NO_VALUE; }
    return im_tuple_steal_array(t, both, 2);
}
F(d_setstate)
{
    (void)n; (void)kw;
    uint64_t state;
    if (!im_is_tuple(a[0]) || im_tuple_len(a[0]) != 2 || !im_is_bytes(im_tuple_get(a[0], 0)) || !im_is_int_like(im_tuple_get(a[0], 1))) return im_raise_type(t, "setstate() argument must be a tuple (bytes, int), not %T", a[0]);
    Value p = im_tuple_get(a[0], 0);
    if (im_bytes_len(p) > 8) {
        ImStrBuilder none;
        ssize_t pos;
        im_sb_init(&none);
        if (im_decode_error(t, &none, "strict", st(self)->conv.c->name, "pending buffer too large", (const uint8_t *)im_bytes_data(p), im_bytes_len(p), 0, im_bytes_len(p), &pos) == 0) im_sb_free(&none);
        return IM_NO_VALUE;
    }
    if (im_as_uint64(t, im_tuple_get(a[0], 1), &state) < 0 || enter(t, self) < 0) return IM_NO_VALUE;
    ImMbState *s = st(self);
    int r = fresh(t, s, state, false);
    if (r == 0) {
        uint8_t lead[8];
        uint32_t none[8];
        char *in = (char *)lead, *out = (char *)none;
        size_t left = (size_t)state_bytes(state, lead), room = sizeof none;
        if (left && !is_hz(s->conv.c)) (void)iconv(s->conv.cd, &in, &left, &out, &room);
        s->n_pending = (uint8_t)im_bytes_len(p);
        memcpy(s->pending, im_bytes_data(p), s->n_pending);
    }
    leave(self);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
static const ImMethodDef decoder_methods[] = {IM_PARSED("decode", d_decode, "($self, /, input, final=False)", NULL), IM_FIXED("reset", d_reset, 0, "($self, /)", NULL),
    IM_FIXED("getstate", d_getstate, 0, "($self, /)", NULL), IM_FIXED("setstate", d_setstate, 1, "($self, state, /)", NULL), IM_END};
static const ImSlots decoder_slots = {.new_ = decoder_new, .init = nothing_init};
static const ImTypeSpec decoder_spec = {.name = "_multibytecodec.MultibyteIncrementalDecoder", .size = sizeof(ImMbState), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &decoder_slots, .methods = decoder_methods,
    .getset = state_getset, .traverse = state_traverse, .destroy = state_destroy};
IM_TYPE(MbDecoder, &decoder_spec);

/* Encodes with the object's state; caller has entered. */
static Value emit(Thread *t, Value self, Value v, bool final)
{
    ImMbState *s = st(self);
    Value errors = im_slot_get(t, NULL, &s->x_errors), text = text_of(t, v), r = IM_NO_VALUE;
    const char *e = im_str_utf8(t, errors, NULL);
    if (e && !im_no_value(text)) {
        r = encode_all(t, &s->conv, text, e, final);
        if (im_no_value(r)) { Value pending = im_exc_fetch(t); if (fresh(t, s, 0, true) < 0) im_xdrop(t, pending); else im_exc_restore(t, pending); }
    }
    im_xdrop(t, text);
    im_drop(t, errors);
    return r;
}
F(e_encode)
{
    (void)n; (void)kw;
    int final;
    if (!truth_arg(t, a[1], &final) || enter(t, self) < 0) return IM_NO_VALUE;
    Value r = emit(t, self, a[0], final);
    leave(self);
    return r;
}
F(e_reset)
{
    (void)a; (void)n; (void)kw;
    if (enter(t, self) < 0) return IM_NO_VALUE;
    int r = fresh(t, st(self), 0, true);
    leave(self);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
F(e_getstate)
{
    (void)a; (void)n; (void)kw;
    if (enter(t, self) < 0) return IM_NO_VALUE;
    Value r = im_int_from_u64(t, st(self)->conv.state << 8); /* the lowest byte counts pending UTF-8, of which the converter has the only copy */
    leave(self);
    return r;
}
F(e_setstate)
{
    (void)n; (void)kw;
    uint8_t b[17] = {0};
    uint64_t state = 0;
    if (!im_is_int_like(a[0])) return im_raise_type(t, "setstate() argument must be int, not %T", a[0]);
    if (im_int_to_bytes(t, a[0], b, sizeof b, true, false) < 0) return IM_NO_VALUE;
    if (b[0] > 8) return im_raise(t, &im_UnicodeError_type, "pending buffer too large");
    Value text = im_str_from_utf8(t, (const char *)b + 1, b[0]), out = IM_NO_VALUE;
    if (im_no_value(text) || enter(t, self) < 0) { im_xdrop(t, text); return IM_NO_VALUE; }
    for (int i = 7; i >= 0; i--) state = state << 8 | b[1 + b[0] + i];
    int r = fresh(t, st(self), is_hz(st(self)->conv.c) ? state : 0, true);
    if (r == 0 && b[0]) r = im_no_value(out = emit(t, self, text, false)) ? -1 : 0;
    leave(self);
    im_drop(t, text);
    im_xdrop(t, out);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
static const ImMethodDef encoder_methods[] = {IM_PARSED("encode", e_encode, "($self, /, input, final=False)", NULL), IM_FIXED("reset", e_reset, 0, "($self, /)", NULL),
    IM_FIXED("getstate", e_getstate, 0, "($self, /)", NULL), IM_FIXED("setstate", e_setstate, 1, "($self, state, /)", NULL), IM_END};
static const ImSlots encoder_slots = {.new_ = encoder_new, .init = nothing_init};
static const ImTypeSpec encoder_spec = {.name = "_multibytecodec.MultibyteIncrementalEncoder", .size = sizeof(ImMbState), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &encoder_slots, .methods = encoder_methods,
    .getset = state_getset, .traverse = state_traverse, .destroy = state_destroy};
IM_TYPE(MbEncoder, &encoder_spec);

/* --- streams ------------------------------------------------------------------------------------------------------------------------------------------- */
static Value read_stream(Thread *t, Value self, Value method, Value size_arg)
{
    ssize_t size = -1;
    if (!im_no_value(size_arg) && !im_is_none(size_arg) && im_ssize_arg(t, size_arg, &size) < 0) return IM_NO_VALUE;
    if (size == 0) return im_str_new(t, 0, 0);
    if (enter(t, self) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    for (;; size = 1) {
        Value b = size < 0 ? im_call_method0(t, st(self)->stream, method) : im_call_method1(t, st(self)->stream, method, im_int(size));
        if (im_no_value(b)) break;
        if (!im_is_bytes(b)) {
            (void)im_raise_type(t, "stream function returned a non-bytes object (%.100s)", im_type_cname(im_type_of(b)));
            im_drop(t, b);
            break;
        }
        bool end = im_bytes_len(b) == 0;
        r = feed(t, self, (const uint8_t *)im_bytes_data(b), im_bytes_len(b), end || size < 0);
        im_drop(t, b);
        if (im_no_value(r) || end || size < 0 || im_str_len(r) > 0) break;
        im_drop(t, r);
        r = IM_NO_VALUE;
    }
    leave(self);
    return r;
}
F(r_read) { (void)n; (void)kw; return read_stream(t, self, IM_S(read), n > 0 ? a[0] : IM_NO_VALUE); }
F(r_readline) { (void)n; (void)kw; return read_stream(t, self, IM_S(readline), n > 0 ? a[0] : IM_NO_VALUE); }
F(r_readlines)
{
    (void)kw;
    Value s = read_stream(t, self, IM_S(read), n > 0 ? a[0] : IM_NO_VALUE);
    if (im_no_value(s)) return s;
    Value keep = IM_TRUE, r = im_call_method1(t, s, IM_S(splitlines), keep);
    im_drop(t, s);
    return r;
}
static const ImMethodDef reader_methods[] = {IM_RANGE("read", r_read, 0, 1, "($self, sizeobj=None, /)", NULL), IM_RANGE("readline", r_readline, 0, 1, "($self, sizeobj=None, /)", NULL),
    IM_RANGE("readlines", r_readlines, 0, 1, "($self, sizehintobj=None, /)", NULL), IM_FIXED("reset", d_reset, 0, "($self, /)", NULL), IM_END};
static const ImSlots reader_slots = {.new_ = reader_new, .init = nothing_init};
static const ImTypeSpec reader_spec = {.name = "_multibytecodec.MultibyteStreamReader", .size = sizeof(ImMbState), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &reader_slots, .methods = reader_methods,
    .getset = state_getset, .members = stream_members, .traverse = state_traverse, .destroy = state_destroy};
IM_TYPE(MbReader, &reader_spec);

static int write_stream(Thread *t, Value self, Value text, bool final)
{
    if (enter(t, self) < 0) return -1;
    Value b = emit(t, self, text, final);
    leave(self);
    if (im_no_value(b)) return -1;
    Value r = final && im_bytes_len(b) == 0 ? IM_NONE : im_call_method1(t, st(self)->stream, IM_S(write), b);
    im_drop(t, b);
    if (im_no_value(r)) return -1;
    im_drop(t, r);
    return 0;
}
F(w_write) { (void)n; (void)kw; return write_stream(t, self, a[0], false) < 0 ? IM_NO_VALUE : IM_NONE; }
F(w_writelines)
{
    (void)n; (void)kw;
    if (!im_is_sequence(a[0])) return im_raise_type(t, "arg must be a sequence object");
    for (ssize_t i = 0, len; (len = im_len(t, a[0])) > i; i++) {
        Value x = im_getitem_index(t, a[0], i);
        if (im_no_value(x)) return x;
        int r = write_stream(t, self, x, false);
        im_drop(t, x);
        if (r < 0) return IM_NO_VALUE;
    }
    return im_pending(t) ? IM_NO_VALUE : IM_NONE;
}
F(w_reset)
{
    (void)a; (void)n; (void)kw;
    Value empty = im_str_new(t, 0, 0);
    if (im_no_value(empty)) return empty;
    int r = write_stream(t, self, empty, true);
    im_drop(t, empty);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
static const ImMethodDef writer_methods[] = {IM_FIXED("write", w_write, 1, "($self, strobj, /)", NULL), IM_FIXED("writelines", w_writelines, 1, "($self, lines, /)", NULL), IM_FIXED("reset", w_reset, 0, "($self, /)", NULL), IM_END};
static const ImSlots writer_slots = {.new_ = writer_new, .init = nothing_init};
static const ImTypeSpec writer_spec = {.name = "_multibytecodec.MultibyteStreamWriter", .size = sizeof(ImMbState), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &writer_slots, .methods = writer_methods,
    .getset = state_getset, .members = stream_members, .traverse = state_traverse, .destroy = state_destroy};
IM_TYPE(MbWriter, &writer_spec);

/* --- modules ----------------------------------------------------------------------------------------------------------------------------------------- */
static Value find_codec(Thread *t, const char *module, Value name)
{
    if (!im_is_str(name)) return im_raise_type(t, "encoding name must be a string.");
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        if (strcmp(codecs[i].module, module) != 0 || !im_str_equal_cstr(name, codecs[i].name)) continue;
        Conv probe;
        if (conv_open(t, &probe, &codecs[i], false) < 0) return IM_NO_VALUE;
        conv_close(&probe);
        ImMbCodec *c = (ImMbCodec *)im_instance_alloc(t, &im_MbCodec_type, 0);
        if (c) c->name = &codecs[i];
        return im_value(c);
    }
    return im_raise(t, &im_LookupError_type, "no such codec is supported.");
}
F(f_create) { (void)self; (void)a; (void)n; (void)kw; return im_raise_valueerror(t, "argument type invalid"); }
static int mb_exec(Thread *t, Value m)
{
    return im_module_add(t, m, "MultibyteIncrementalEncoder", im_new_ref(im_type_value(&im_MbEncoder_type))) < 0 || im_module_add(t, m, "MultibyteIncrementalDecoder", im_new_ref(im_type_value(&im_MbDecoder_type))) < 0 ||
           im_module_add(t, m, "MultibyteStreamReader", im_new_ref(im_type_value(&im_MbReader_type))) < 0 || im_module_add(t, m, "MultibyteStreamWriter", im_new_ref(im_type_value(&im_MbWriter_type))) < 0 ? -1 : 0;
}
static const ImMethodDef mb_methods[] = {IM_FIXED("__create_codec", f_create, 1, "($module, arg, /)", NULL), IM_END};
static const ImModuleDef mb_def = {.name = "_multibytecodec", .methods = mb_methods, .exec = mb_exec};
IM_MODULE(mb_def);

#define CODEC_MODULE(id) \
    F(getcodec_##id) { (void)self; (void)n; (void)kw; return find_codec(t, #id, a[0]); } \
    static const ImMethodDef methods_##id[] = {IM_FIXED("getcodec", getcodec_##id, 1, "($self, object, /)", ""), IM_END}; \
    static const ImModuleDef def_##id = {.name = "_codecs_" #id, .methods = methods_##id}; \
    IM_MODULE(def_##id)
CODEC_MODULE(cn);
CODEC_MODULE(hk);
CODEC_MODULE(iso2022);
CODEC_MODULE(jp);
CODEC_MODULE(kr);
CODEC_MODULE(tw);
