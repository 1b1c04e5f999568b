/* _io.TextIOWrapper: text over a buffered stream.
 *
 * Writing: text is encoded at once into `pending`, which goes to the buffer when it grows past a chunk, at a newline when line buffered, and before any read,
 * seek or close. UTF-8, ASCII and Latin-1 are encoded without Python calls. Reading: `decoded` holds decoded text, `used` how much of it has been handed out; `snapshot` is
 * (decoder state, bytes) before the last chunk, from which tell() rebuilds byte positions.
 * SPDX-License-Identifier: MIT */
#include "modules/config.h"
#include "types/codecs.h"
#include "modules/io.h"

typedef struct ImTextIO {
    ImObject head;
    Value buffer, encoding, errors, newline_arg; /* newline_arg: str or IM_NONE */
    Value encoder, decoder;                      /* IM_NONE: not made */
    Value decoded;                               /* str or no value */
    ssize_t used;
    Value snap_flags, snap_bytes;                /* snapshot, or no value */
    char *pending;
    ssize_t npending, cap;
    ssize_t chunk;
    double b2cratio;
    bool ok, detached, line_buffering, write_through, writes, read_translate, read_universal, write_translate, seekable, telling, has_read1, encoding_start_done;
    uint8_t fast; /* 1 utf-8, 2 ascii, 3 latin-1: encoded here */
    const char *writenl; /* null: \n */
    ImIoLock lock;
} ImTextIO;
static ImTextIO *xp(Value v) { return (ImTextIO *)im_ptr(v); }

static int check_ok(Thread *t, ImTextIO *x)
{
    if (im_load_acquire(&x->ok)) return 0;
    return im_raise_valueerror(t, im_load_relaxed(&x->detached) ? "underlying buffer has been detached" : "I/O operation on uninitialized object"), -1;
}
static Value detached(Thread *t) { return im_raise_valueerror(t, "underlying buffer has been detached"); }
static int check_open(Thread *t, ImTextIO *x)
{
    if (check_ok(t, x) < 0) return -1;
    Value b = im_slot_get(t, NULL, &x->buffer);
    if (im_no_value(b)) return detached(t), -1;
    int open = im_io_buffered_is(b) ? im_io_buffered_open(b) : im_io_memory_open(b), r = 0;
    if (open == 0) r = (im_raise_valueerror(t, "I/O operation on closed file."), -1);
    else if (open < 0) r = im_io_check_closed(t, b, NULL);
    im_drop(t, b);
    return r;
}
/* A method of the buffer, the decoder or the encoder: what it calls may put another in its place, or take it away. */
static Value on(Thread *t, Value *part, Value name, const Value *args, size_t n)
{
    Value o = im_slot_get(t, NULL, part);
    if (im_no_value(o)) return detached(t);
    Value r = im_call_method(t, o, name, args, n, IM_NO_VALUE);
    im_drop(t, o);
    return r;
}
static Value on0(Thread *t, Value *part, Value name) { return on(t, part, name, NULL, 0); }
static Value on1(Thread *t, Value *part, Value name, Value a) { return on(t, part, name, &a, 1); }
static Value on2(Thread *t, Value *part, Value name, Value a, Value b) { return on(t, part, name, (Value[]){a, b}, 2); }
/* Calls back into Python may come to this object again: what they find is whole. */
#define ENTER(fail) im_io_lock_nested(t, &x->lock)
#define LEAVE() im_io_unlock(&x->lock)

static void set_decoded(Thread *t, ImTextIO *x, Value s) { im_slot_put(t, &x->head, &x->decoded, s); x->used = 0; }
static void clear_snapshot(Thread *t, ImTextIO *x)
{
    im_slot_put(t, &x->head, &x->snap_flags, IM_NO_VALUE);
    im_slot_put(t, &x->head, &x->snap_bytes, IM_NO_VALUE);
}

/* --- set-up ---------------------------------------------------------------------------------------------------------------------- */
static int set_newline(Thread *t, ImTextIO *x, Value nl)
{
    if (!im_is_none(nl)) {
        if (!im_is_str(nl)) return im_raise_type(t, "TextIOWrapper() argument 'newline' must be str or None, not %T", nl), -1;
        if (im_str_len(nl) && !im_str_equal_cstr(nl, "\n") && !im_str_equal_cstr(nl, "\r") && !im_str_equal_cstr(nl, "\r\n"))
            return im_raise_valueerror(t, "illegal newline value: %R", nl), -1;
    }
    im_slot_put(t, &x->head, &x->newline_arg, im_new_ref(nl));
    x->read_translate = im_is_none(nl);
    x->read_universal = im_is_none(nl) || im_str_len(nl) == 0;
    x->write_translate = im_is_none(nl) || im_str_len(nl) != 0;
    x->writenl = im_is_none(nl) || im_str_len(nl) == 0 || im_str_equal_cstr(nl, "\n") ? NULL : im_str_equal_cstr(nl, "\r") ? "\r" : "\r\n";
    return 0;
}
static bool codec_is(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char c = *a == '_' ? '-' : *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
        if (c != *b) return false;
    }
    return !*a && !*b;
}
static int make_coders(Thread *t, ImTextIO *x, Value info, bool readable, bool writable);
static int make_codecs(Thread *t, ImTextIO *x)
{
    const char *enc = im_str_utf8(t, x->encoding, NULL);
    if (!enc) return -1;
    x->fast = codec_is(enc, "utf-8") || codec_is(enc, "utf8") ? 1 : codec_is(enc, "ascii") || codec_is(enc, "us-ascii") ? 2
            : codec_is(enc, "latin-1") || codec_is(enc, "iso-8859-1") || codec_is(enc, "latin1") || codec_is(enc, "iso8859-1") ? 3 : 0;
    Value r = on0(t, &x->buffer, IM_S(readable));
    if (im_no_value(r)) return -1;
    int readable = im_truth(t, r);
    im_drop(t, r);
    r = readable < 0 ? IM_NO_VALUE : on0(t, &x->buffer, IM_S(writable));
    if (im_no_value(r)) return -1;
    int writable = im_truth(t, r);
    im_drop(t, r);
    if (writable < 0) return -1;
    Value info = im_codec_hooks.lookup(t, enc), text;
    if (im_no_value(info)) return -1;
    int is_text = im_lookup_attr(t, info, IM_S(_is_text_encoding), &text);
    if (is_text > 0) {
        is_text = im_truth(t, text);
        im_drop(t, text);
        if (is_text == 0) (void)im_raise(t, &im_LookupError_type, "'%.400s' is not a text encoding; use codecs.open() to handle arbitrary codecs", enc);
    } else if (is_text == 0) is_text = 1;
    int made = is_text > 0 ? make_coders(t, x, info, readable, writable) : -1;
    im_drop(t, info);
    return made;
}
static int make_coders(Thread *t, ImTextIO *x, Value info, bool readable, bool writable)
{
    im_slot_put(t, &x->head, &x->decoder, IM_NONE);
    im_slot_put(t, &x->head, &x->encoder, IM_NONE);
    x->writes = writable;
    if (readable) {
        Value d = im_call_method1(t, info, IM_S(incrementaldecoder), x->errors);
        if (im_no_value(d)) return -1;
        if (x->read_universal) {
            Value w = im_call2(t, im_type_value(&im_IncrementalNewlineDecoder_type), d, im_bool(x->read_translate));
            im_drop(t, d);
            if (im_no_value(w)) return -1;
            d = w;
        }
        im_slot_put(t, &x->head, &x->decoder, d);
    }
    if (writable && !x->fast) {
        Value e = im_call_method1(t, info, IM_S(incrementalencoder), x->errors);
        if (im_no_value(e)) return -1;
        im_slot_put(t, &x->head, &x->encoder, e);
        /* Appending to a file: no second BOM. */
        if (x->seekable) {
            Value pos = on0(t, &x->buffer, IM_S(tell));
            if (im_no_value(pos)) return -1;
            int away = im_truth(t, pos);
            im_drop(t, pos);
            if (away < 0) return -1;
            if (away > 0) {
                Value s = im_call_method1(t, e, IM_S(setstate), im_int(0));
                if (im_no_value(s)) return -1;
                im_drop(t, s);
            }
        }
    }
    return 0;
}

static Value locale_encoding(Thread *t)
{
    Value e = im_import_from(t, "_locale", "getencoding");
    if (im_no_value(e)) { im_exc_clear(t); return im_str_from_cstr(t, "utf-8"); }
    Value r = im_call0(t, e);
    im_drop(t, e);
    return r;
}

static int x_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    ImArgs a;
    if (im_parse_args(t, "TextIOWrapper", "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)", args, nargs, kw, &a) < 0) return -1;
    ImTextIO *x = xp(self);
    Value buffer = a.v[0], enc = im_no_value(a.v[1]) ? IM_NONE : a.v[1], errors = im_no_value(a.v[2]) ? IM_NONE : a.v[2], nl = im_no_value(a.v[3]) ? IM_NONE : a.v[3];
    int r = -1, lb = im_no_value(a.v[4]) ? 0 : im_truth(t, a.v[4]), wt = lb < 0 || im_no_value(a.v[5]) ? 0 : im_truth(t, a.v[5]);
    Value v;
    ENTER(-1);
    im_store_relaxed(&x->ok, false);
    im_store_relaxed(&x->detached, false);
    if (lb < 0 || wt < 0) goto done;
    if (!im_is_none(enc) && !im_is_str(enc)) { (void)im_raise_type(t, "TextIOWrapper() argument 'encoding' must be str or None, not %T", enc); goto done; }
    if (!im_is_none(errors) && !im_is_str(errors)) { (void)im_raise_type(t, "TextIOWrapper() argument 'errors' must be str or None, not %T", errors); goto done; }
    if (im_is_none(enc) && im_config.warn_default_encoding && im_warn(t, &im_EncodingWarning_type, 1, "'encoding' argument not specified") < 0) goto done;
    for (int i = 0; i < 2; i++) {
        Value arg = i ? errors : enc;
        ssize_t len;
        const char *name = im_is_str(arg) ? im_str_utf8(t, arg, &len) : NULL;
        if (!im_is_str(arg)) continue;
        if (!name) goto done;
        if (strlen(name) != (size_t)len) { (void)im_raise_valueerror(t, "embedded null character"); goto done; }
        if (i && im_codec_check(t, NULL, name) < 0) goto done;
    }
    if (im_is_none(enc) || im_str_equal_cstr(enc, "locale")) {
        Value flags = im_sys_get(t, "flags"), u8;
        bool utf8 = !im_no_value(flags) && im_lookup_attr(t, flags, IM_S(utf8_mode), &u8) > 0 && im_truth(t, u8) > 0 && im_is_none(enc);
        im_xdrop(t, flags);
        im_exc_clear(t);
        v = utf8 ? im_str_from_cstr(t, "utf-8") : locale_encoding(t);
    } else {
        v = im_new_ref(enc);
    }
    if (im_no_value(v)) goto done;
    im_slot_put(t, &x->head, &x->encoding, v);
    im_slot_put(t, &x->head, &x->errors, im_new_ref(im_is_none(errors) ? IM_S(strict) : errors));
    if (set_newline(t, x, nl) < 0) goto done;
    im_slot_put(t, &x->head, &x->buffer, im_new_ref(buffer));
    x->line_buffering = lb;
    x->write_through = wt;
    x->chunk = IM_IO_BUFFER_SIZE;
    x->npending = 0;
    set_decoded(t, x, IM_NO_VALUE);
    clear_snapshot(t, x);
    v = im_call_method0(t, buffer, IM_S(seekable));
    if (im_no_value(v)) goto done;
    int seekable = im_truth(t, v), read1 = seekable < 0 ? -1 : im_hasattr(t, buffer, IM_S(read1));
    im_drop(t, v);
    if (read1 < 0) goto done;
    x->seekable = x->telling = seekable;
    x->has_read1 = read1;
    if (make_codecs(t, x) < 0) goto done;
    im_store_release(&x->ok, true);
    r = 0;
done:
    LEAVE();
    im_args_fini(t, &a);
    return r;
}

/* --- writing ----------------------------------------------------------------------------------------------------------------------- */
static int write_pending(Thread *t, ImTextIO *x)
{
    if (x->npending == 0) return 0;
    Value b = im_bytes_new(t, x->pending, x->npending);
    if (im_no_value(b)) return -1;
    x->npending = 0;
    Value r;
    do {
        r = on1(t, &x->buffer, IM_S(write), b);
    } while (im_no_value(r) && im_exc_clear_if(t, &im_InterruptedError_type) && im_poll(t) == 0);
    im_drop(t, b);
    if (im_no_value(r)) return -1;
    im_drop(t, r);
    return 0;
}
static int append_pending(Thread *t, ImTextIO *x, const char *p, ssize_t n)
{
    /* Big texts are not joined to what waits; writing may call back and leave more. */
    if (n >= x->chunk) {
        while (x->npending)
            if (write_pending(t, x) < 0) return -1;
    } else if (x->npending && x->npending + n > x->chunk && write_pending(t, x) < 0) return -1;
    if (x->npending + n > x->cap) {
        ssize_t cap = x->npending + n + (x->cap ? IM_IO_BUFFER_SIZE : 0);
        if (cap < x->chunk && x->chunk <= IM_IO_BUFFER_SIZE) cap = x->chunk;
        char *q = im_raw_realloc(t, x->pending, (size_t)cap);
        if (!q) return -1;
        x->pending = q;
        x->cap = cap;
    }
    if (n) memcpy(x->pending + x->npending, p, (size_t)n);
    x->npending += n;
    return 0;
}
static int write_text(Thread *t, ImTextIO *x, Value text)
{
    bool has_nl = false, flush = false;
    if (x->line_buffering || x->writenl) has_nl = im_str_find_char(text, '\n', 0, im_str_len(text), 1) >= 0;
    Value s = im_new_ref(text);
    if (has_nl && x->write_translate && x->writenl) {
        Value args[2] = {im_str_from_char(t, '\n'), im_str_from_cstr(t, x->writenl)}, y = im_call_method(t, s, IM_S(replace), args, 2, IM_NO_VALUE);
        im_xdrop(t, args[1]);
        im_drop(t, s);
        if (im_no_value(y)) return -1;
        s = y;
    }
    if (x->line_buffering && (has_nl || im_str_find_char(s, '\r', 0, im_str_len(s), 1) >= 0)) flush = true;
    int r = -1;
    if (x->fast && (im_str_is_ascii(s) || (x->fast == 3 && im_str_kind(s) == 1))) {
        r = append_pending(t, x, im_str_data(s), im_str_len(s));
    } else {
        Value b;
        if (x->fast) {
            const char *errors = im_str_utf8(t, x->errors, NULL);
            static const char *const names[] = {NULL, "utf-8", "ascii", "latin-1"};
            b = errors ? im_str_encode(t, s, names[x->fast], errors) : IM_NO_VALUE;
        } else {
            b = im_is_none(x->encoder) ? im_io_unsupported(t, "not writable") : on1(t, &x->encoder, IM_S(encode), s);
        }
        if (!im_no_value(b) && !im_is_bytes(b)) {
            (void)im_raise_type(t, "encoder should return a bytes object, not '%T'", b);
            im_drop(t, b);
            b = IM_NO_VALUE;
        }
        if (!im_no_value(b)) {
            r = append_pending(t, x, im_bytes_data(b), im_bytes_len(b));
            im_drop(t, b);
        }
    }
    im_drop(t, s);
    if (r < 0) return -1;
    if ((x->npending >= x->chunk || flush || x->write_through) && write_pending(t, x) < 0) return -1;
    if (flush) {
        Value f = on0(t, &x->buffer, IM_S(flush));
        if (im_no_value(f)) return -1;
        im_drop(t, f);
    }
    if (!im_no_value(x->snap_bytes)) {
        set_decoded(t, x, IM_NO_VALUE);
        clear_snapshot(t, x);
        if (!im_is_none(x->decoder)) {
            Value d = on0(t, &x->decoder, IM_S(reset));
            if (im_no_value(d)) return -1;
            im_drop(t, d);
        }
    }
    return 0;
}
static int x_write_str(Thread *t, Value self, Value s)
{
    ImTextIO *x = xp(self);
    ssize_t n = im_str_len(s);
    if (im_is_private_obj(&x->head) && im_load_relaxed(&x->lock.x_owner) == 0 && x->ok && x->fast && !x->line_buffering && !x->writenl && !x->write_through && im_no_value(x->snap_bytes)
        && im_str_is_ascii(s) && x->npending + n < x->chunk && x->npending + n <= x->cap && im_io_buffered_is(x->buffer) && im_io_buffered_open(x->buffer) > 0) {
        memcpy(x->pending + x->npending, im_str_data(s), (size_t)n);
        x->npending += n;
        return 0;
    }
    if (check_open(t, x) < 0) return -1;
    ENTER(-1);
    int r = write_text(t, x, s);
    LEAVE();
    return r;
}
static Value x_write(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ImTextIO *x = xp(self);
    if (!im_is_str(a[0])) return im_raise_type(t, "write() argument must be str, not %T", a[0]);
    if (check_ok(t, x) < 0) return IM_NO_VALUE;
    if (!x->writes) return im_io_unsupported(t, "not writable");
    return x_write_str(t, self, a[0]) < 0 ? IM_NO_VALUE : im_int(im_str_len(a[0]));
}
static int flush_locked(Thread *t, ImTextIO *x)
{
    x->telling = x->seekable;
    if (write_pending(t, x) < 0) return -1;
    Value r = on0(t, &x->buffer, IM_S(flush));
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}
static Value x_flush(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImTextIO *x = xp(self);
    if (check_open(t, x) < 0) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    int r = flush_locked(t, x);
    LEAVE();
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------- */
/* Decodes one more chunk: 1, 0 at the end, -1. */
static int read_chunk(Thread *t, ImTextIO *x, ssize_t hint)
{
    if (im_is_none(x->decoder)) return im_io_unsupported(t, "not readable"), -1;
    Value flags = IM_NO_VALUE, before = IM_NO_VALUE;
    if (x->telling) {
        Value st = on0(t, &x->decoder, IM_S(getstate));
        if (im_no_value(st)) return -1;
        if (!im_is_tuple(st) || im_tuple_len(st) != 2 || !im_is_bytes(im_tuple_get(st, 0))) { im_drop(t, st); return im_raise_type(t, "illegal decoder state"), -1; }
        before = im_new_ref(im_tuple_get(st, 0));
        flags = im_new_ref(im_tuple_get(st, 1));
        im_drop(t, st);
    }
    ssize_t size = x->chunk;
    if (hint > 0) {
        double want = x->b2cratio * (double)hint;
        if (want > (double)size && want < 1e15) size = (ssize_t)want;
    }
    int result = -1;
    Value chunk = on1(t, &x->buffer, x->has_read1 ? IM_S(read1) : IM_S(read), im_int(size)), s = IM_NO_VALUE;
    if (im_no_value(chunk)) goto done;
    if (!im_is_bytes(chunk)) {
        ImBuffer b;
        if (im_buffer_get(t, chunk, &b, IM_BUF_SIMPLE) < 0) {
            im_exc_clear(t);
            (void)im_raise_type(t, "underlying %s() should have returned a bytes-like object, not '%T'", x->has_read1 ? "read1" : "read", chunk);
            goto done;
        }
        Value c2 = im_bytes_new(t, b.buf, b.len);
        im_buffer_release(t, &b);
        im_drop(t, chunk);
        chunk = c2;
        if (im_no_value(chunk)) goto done;
    }
    bool eof = im_bytes_len(chunk) == 0;
    s = on2(t, &x->decoder, IM_S(decode), chunk, im_bool(eof));
    if (im_no_value(s)) goto done;
    if (!im_is_str(s)) { (void)im_raise_type(t, "decoder should return a string result, not '%T'", s); goto done; }
    ssize_t nchars = im_str_len(s);
    x->b2cratio = nchars > 0 ? (double)im_bytes_len(chunk) / (double)nchars : 0;
    if (nchars > 0) eof = false;
    set_decoded(t, x, s);
    s = IM_NO_VALUE;
    if (x->telling) {
        Value all = im_bytes_concat(t, before, chunk);
        if (im_no_value(all)) goto done;
        im_slot_put(t, &x->head, &x->snap_flags, flags);
        im_slot_put(t, &x->head, &x->snap_bytes, all);
        flags = IM_NO_VALUE;
    }
    result = !eof;
done:
    im_xdrop(t, s);
    im_xdrop(t, chunk);
    im_xdrop(t, flags);
    im_xdrop(t, before);
    return result;
}
/* Up to n decoded characters (n < 0: all there are); empty str when none. */
static Value take_decoded(Thread *t, ImTextIO *x, ssize_t n)
{
    if (im_no_value(x->decoded)) return im_str_new(t, 0, 0);
    ssize_t left = im_str_len(x->decoded) - x->used;
    if (n < 0 || n > left) n = left;
    Value s = x->used == 0 && n == left ? im_new_ref(x->decoded) : im_str_substring(t, x->decoded, x->used, x->used + n);
    if (!im_no_value(s)) x->used += n;
    return s;
}
static Value read_locked(Thread *t, ImTextIO *x, ssize_t n)
{
    if (im_is_none(x->decoder)) return im_io_unsupported(t, "not readable");
    if (write_pending(t, x) < 0) return IM_NO_VALUE;
    if (n < 0) {
        Value b = on0(t, &x->buffer, IM_S(read));
        if (im_no_value(b)) return b;
        Value s = im_is_none(b) ? im_str_new(t, 0, 0) : on2(t, &x->decoder, IM_S(decode), b, IM_TRUE);
        bool none = im_is_none(b);
        im_drop(t, b);
        if (im_no_value(s)) return s;
        if (none) { im_drop(t, s); return im_raise(t, &im_BlockingIOError_type, "Read returned None."); }
        if (!im_is_str(s)) { (void)im_raise_type(t, "decoder should return a string result, not '%T'", s); im_drop(t, s); return IM_NO_VALUE; }
        Value head = take_decoded(t, x, -1), r = im_no_value(head) ? head : im_str_len(head) ? im_str_concat(t, head, s) : im_new_ref(s);
        im_xdrop(t, head);
        im_drop(t, s);
        if (im_no_value(r)) return r;
        if (!im_no_value(x->snap_bytes)) { set_decoded(t, x, IM_NO_VALUE); clear_snapshot(t, x); }
        return r;
    }
    Value out = take_decoded(t, x, n);
    ssize_t left = im_no_value(out) ? 0 : n - im_str_len(out);
    while (left > 0) {
        int r = read_chunk(t, x, left);
        if (r < 0) {
            if (im_exc_clear_if(t, &im_InterruptedError_type)) continue;
            im_drop(t, out);
            return IM_NO_VALUE;
        }
        if (r == 0) break;
        Value more = take_decoded(t, x, left);
        if (im_no_value(more)) { im_drop(t, out); return more; }
        left -= im_str_len(more);
        r = im_str_append(t, &out, more);
        im_drop(t, more);
        if (r < 0) return IM_NO_VALUE;
    }
    return out;
}
static Value x_read(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t size = -1;
    ImTextIO *x = xp(self);
    if (n && !im_is_none(a[0])) {
        if (!im_is_index(a[0])) return im_raise_type(t, "argument should be integer or None, not '%T'", a[0]);
        if (im_as_ssize(t, a[0], &im_OverflowError_type, &size) < 0) return IM_NO_VALUE;
    }
    if (check_open(t, x) < 0) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    Value r = read_locked(t, x, size);
    LEAVE();
    return r;
}

static Value readline_locked(Thread *t, ImTextIO *x, ssize_t limit)
{
    if (write_pending(t, x) < 0) return IM_NO_VALUE;
    Value acc = IM_NO_VALUE; /* text of this line from earlier chunks */
    for (;;) {
        if (im_no_value(x->decoded) || x->used >= im_str_len(x->decoded)) {
            int r = read_chunk(t, x, 0);
            if (r < 0) {
                if (im_exc_clear_if(t, &im_InterruptedError_type)) continue;
                im_xdrop(t, acc);
                return IM_NO_VALUE;
            }
            if (r == 0) {
                set_decoded(t, x, IM_NO_VALUE);
                clear_snapshot(t, x);
                return im_no_value(acc) ? im_str_new(t, 0, 0) : acc;
            }
            continue;
        }
        ssize_t resume, start = x->used, end;
        Value cur;
        if (!im_no_value(acc)) { /* the separator may straddle chunks: search the joined text */
            Value rest = im_str_substring(t, x->decoded, start, im_str_len(x->decoded));
            if (im_no_value(rest)) { im_drop(t, acc); return rest; }
            ssize_t old = im_str_len(acc);
            int r = im_str_append(t, &acc, rest);
            im_drop(t, rest);
            if (r < 0) return IM_NO_VALUE;
            ssize_t from = old > 1 ? old - 1 : 0;
            if (x->read_universal && !x->read_translate && old && im_str_at(acc, old - 1) == '\r') from = old - 1;
            end = im_io_line_end(acc, from, x->read_translate, x->read_universal, x->newline_arg, &resume);
            if (limit >= 0 && (end < 0 ? im_str_len(acc) : end) >= limit) end = limit;
            if (end < 0) { x->used = im_str_len(x->decoded); continue; }
            x->used = start + (end - old);
            cur = im_str_substring(t, acc, 0, end);
            im_drop(t, acc);
            return cur;
        }
        end = im_io_line_end(x->decoded, start, x->read_translate, x->read_universal, x->newline_arg, &resume);
        ssize_t len = im_str_len(x->decoded);
        if (limit >= 0 && (end < 0 ? len : end) - start >= limit) end = start + limit;
        /* A final \r may be half of \r\n when lines are not translated. */
        if (end == len && x->read_universal && !x->read_translate && im_str_at(x->decoded, len - 1) == '\r' && !(limit >= 0 && end - start >= limit)) end = -1;
        if (end >= 0) {
            cur = im_str_substring(t, x->decoded, start, end);
            if (!im_no_value(cur)) x->used = end;
            return cur;
        }
        acc = im_str_substring(t, x->decoded, start, len);
        if (im_no_value(acc)) return acc;
        x->used = len;
    }
}
/* The usual case of the three that follow: a file of one thread, ASCII, \n. Calls nothing that could come back, so no lock is taken. No value: not that case. */
IM_INLINE bool is_quiet(ImTextIO *x)
{
    return im_is_private_obj(&x->head) && im_load_relaxed(&x->lock.x_owner) == 0 && x->ok && (im_io_buffered_is(x->buffer) ? im_io_buffered_open(x->buffer) : im_io_memory_open(x->buffer)) > 0;
}
IM_INLINE Value quick_line(Thread *t, ImTextIO *x)
{
    if (!is_quiet(x) || im_no_value(x->decoded) || x->npending || !x->read_translate || !im_str_is_ascii(x->decoded)) return IM_NO_VALUE;
    const char *p = im_str_data(x->decoded);
    ssize_t start = x->used, len = im_str_len(x->decoded);
    const char *nl = start < len ? memchr(p + start, '\n', (size_t)(len - start)) : NULL;
    if (!nl) return IM_NO_VALUE;
    Value line = im_str_from_ascii(t, p + start, nl + 1 - (p + start));
    if (IM_UNLIKELY(im_no_value(line))) { im_exc_clear(t); return line; } /* it is tried, and raised, again */
    x->used = nl + 1 - p;
    return line;
}
static Value x_readline(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t limit = -1;
    ImTextIO *x = xp(self);
    if (!n) {
        Value quick = quick_line(t, x);
        if (IM_LIKELY(!im_no_value(quick))) return quick;
    }
    if (n && im_as_ssize(t, a[0], &im_OverflowError_type, &limit) < 0) return IM_NO_VALUE;
    if (check_open(t, x) < 0) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    Value r = readline_locked(t, x, limit < 0 ? -1 : limit);
    LEAVE();
    return r;
}
static Value x_next(Thread *t, Value self)
{
    ImTextIO *x = xp(self);
    const bool exact = im_type_of(self) == &im_TextIOWrapper_type;
    Value line = exact ? quick_line(t, x) : IM_NO_VALUE;
    if (IM_LIKELY(!im_no_value(line))) {
        x->telling = false;
        return line;
    }
    if (check_ok(t, x) < 0) return IM_NO_VALUE;
    x->telling = false;
    if (exact) {
        if (check_open(t, x) < 0) return IM_NO_VALUE;
        ENTER(IM_NO_VALUE);
        line = readline_locked(t, x, -1);
        LEAVE();
    } else {
        line = im_call_method0(t, self, IM_S(readline));
        if (!im_no_value(line) && !im_is_str(line)) {
            (void)im_raise(t, &im_OSError_type, "readline() should have returned a str object, not '%T'", line);
            im_drop(t, line);
            return IM_NO_VALUE;
        }
    }
    if (im_no_value(line)) return line;
    if (im_str_len(line) == 0) {
        im_drop(t, line);
        clear_snapshot(t, x);
        x->telling = x->seekable;
        return IM_STOP;
    }
    return line;
}

/* --- tell and seek: a cookie packs the byte position and how to get from it to the character --------------------------------------------- */
typedef struct Cookie { int64_t start, dec_flags, feed, chars; bool eof; } Cookie;
static Value pack_cookie(Thread *t, Cookie c)
{
    /* start | dec_flags << 64 | feed << 128 | chars << 192 | eof << 256, as Python's own implementation documents it */
    uint8_t b[33] = {0};
    memcpy(b, &c.start, 8);
    memcpy(b + 8, &c.dec_flags, 8);
    memcpy(b + 16, &c.feed, 8);
    memcpy(b + 24, &c.chars, 8);
    b[32] = c.eof;
    return im_int_from_bytes(t, b, sizeof b, true, false);
}
static int unpack_cookie(Thread *t, Value v, Cookie *c)
{
    uint8_t b[40];
    if (im_int_to_bytes(t, v, b, sizeof b, true, false) < 0) return -1;
    memcpy(&c->start, b, 8);
    memcpy(&c->dec_flags, b + 8, 8);
    memcpy(&c->feed, b + 16, 8);
    memcpy(&c->chars, b + 24, 8);
    c->eof = b[32];
    return 0;
}
static int decoder_setstate(Thread *t, ImTextIO *x, Cookie c)
{
    if (im_is_none(x->decoder)) return 0;
    Value r;
    if (c.start == 0 && c.dec_flags == 0) {
        r = on0(t, &x->decoder, IM_S(reset));
    } else {
        Value e = im_bytes_new(t, "", 0), f = im_int_new(t, c.dec_flags), st = im_tuple_pack(t, 2, e, f);
        r = on1(t, &x->decoder, IM_S(setstate), st);
        im_drop(t, st);
        im_drop(t, f);
        im_drop(t, e);
    }
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}
/* Length of decoder.decode(bytes[from:to]); -1 error. */
static ssize_t decode_len(Thread *t, ImTextIO *x, const char *p, ssize_t n, bool final)
{
    Value b = im_bytes_new(t, p, n), s = im_no_value(b) ? b : on2(t, &x->decoder, IM_S(decode), b, im_bool(final));
    im_xdrop(t, b);
    if (im_no_value(s)) return -1;
    ssize_t r = im_is_str(s) ? im_str_len(s) : (im_raise_type(t, "decoder should return a string result, not '%T'", s), -1);
    im_drop(t, s);
    return r;
}
static int dec_state(Thread *t, ImTextIO *x, ssize_t *nbuf, int64_t *flags)
{
    Value st = on0(t, &x->decoder, IM_S(getstate));
    if (im_no_value(st)) return -1;
    *nbuf = im_is_bytes(im_tuple_get(st, 0)) ? im_bytes_len(im_tuple_get(st, 0)) : 0;
    int r = im_as_int64(t, im_tuple_get(st, 1), flags);
    im_drop(t, st);
    return r;
}
static Value tell_locked(Thread *t, ImTextIO *x)
{
    if (!x->seekable) return im_io_unsupported(t, "underlying stream is not seekable");
    if (!x->telling) return im_raise(t, &im_OSError_type, "telling position disabled by next() call");
    if (flush_locked(t, x) < 0) return IM_NO_VALUE;
    Value pv = on0(t, &x->buffer, IM_S(tell));
    if (im_no_value(pv) || im_is_none(x->decoder) || im_no_value(x->snap_bytes)) return pv;
    Cookie c = {0};
    int bad = im_as_int64(t, pv, &c.start);
    im_drop(t, pv);
    if (bad < 0 || im_as_int64(t, x->snap_flags, &c.dec_flags) < 0) return IM_NO_VALUE;
    Value bytes = im_new_ref(x->snap_bytes);
    const char *p = im_bytes_data(bytes);
    ssize_t nb = im_bytes_len(bytes), skip = im_no_value(x->decoded) ? 0 : x->used;
    c.start -= nb;
    Value out = IM_NO_VALUE;
    if (skip == 0) { out = pack_cookie(t, c); im_drop(t, bytes); return out; }
    Value saved = on0(t, &x->decoder, IM_S(getstate));
    if (im_no_value(saved)) { im_drop(t, bytes); return saved; }
    /* Feed bytes one by one from the last safe start until the wanted number of characters has come out. */
    Cookie at = c;
    ssize_t fed_from = 0, chars_at_start = 0, decoded = 0, i = 0;
    if (decoder_setstate(t, x, c) < 0) goto fail;
    int64_t flags0 = c.dec_flags;
    for (; i < nb; i++) {
        ssize_t got = decode_len(t, x, p + i, 1, false), pend;
        int64_t fl;
        if (got < 0) goto fail;
        decoded += got;
        if (dec_state(t, x, &pend, &fl) < 0) goto fail;
        if (pend == 0 && decoded <= skip) { /* the decoder buffers nothing: a safe start */
            at.start = c.start + i + 1;
            at.dec_flags = fl;
            fed_from = i + 1;
            chars_at_start = decoded;
        }
        if (decoded >= skip) { i++; break; }
    }
    (void)flags0;
    if (decoded < skip) {
        ssize_t got = decode_len(t, x, "", 0, true);
        if (got < 0) goto fail;
        at.eof = true;
        if (decoded + got < skip) { (void)im_raise(t, &im_OSError_type, "can't reconstruct logical file position"); goto fail; }
    }
    at.feed = i - fed_from;
    at.chars = skip - chars_at_start;
    if (at.chars == 0) at.feed = 0;
    out = pack_cookie(t, at);
fail: {
    Value e = im_exc_fetch(t), r = on1(t, &x->decoder, IM_S(setstate), saved);
    im_drop(t, saved);
    im_xdrop(t, r);
    if (!im_no_value(e)) im_exc_restore(t, e);
    else if (im_no_value(r)) { im_xdrop(t, out); out = IM_NO_VALUE; }
    im_drop(t, bytes);
    return out;
}
}
static Value x_tell(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImTextIO *x = xp(self);
    if (check_open(t, x) < 0) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    Value r = tell_locked(t, x);
    LEAVE();
    return r;
}
static int reset_encoder(Thread *t, ImTextIO *x, bool start)
{
    if (im_is_none(x->encoder)) return 0;
    Value r = start ? on0(t, &x->encoder, IM_S(reset)) : on1(t, &x->encoder, IM_S(setstate), im_int(0));
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}
static Value seek_locked(Thread *t, ImTextIO *x, Value cookie, int whence)
{
    if (!x->seekable) return im_io_unsupported(t, "underlying stream is not seekable");
    if (whence == 1) {
        int nz = im_truth(t, cookie);
        if (nz) return nz < 0 ? IM_NO_VALUE : im_io_unsupported(t, "can't do nonzero cur-relative seeks");
        cookie = tell_locked(t, x);
        if (im_no_value(cookie)) return cookie;
    } else if (whence == 2) {
        int nz = im_truth(t, cookie);
        if (nz) return nz < 0 ? IM_NO_VALUE : im_io_unsupported(t, "can't do nonzero end-relative seeks");
        if (flush_locked(t, x) < 0) return IM_NO_VALUE;
        set_decoded(t, x, IM_NO_VALUE);
        clear_snapshot(t, x);
        if (decoder_setstate(t, x, (Cookie){0}) < 0) return IM_NO_VALUE;
        Value r = on2(t, &x->buffer, IM_S(seek), im_int(0), im_int(2));
        if (im_no_value(r)) return r;
        int away = im_truth(t, r);
        if (away < 0 || reset_encoder(t, x, !away) < 0) { im_drop(t, r); return IM_NO_VALUE; }
        return r;
    } else if (whence != 0) {
        return im_raise_valueerror(t, "invalid whence (%d, should be 0, 1 or 2)", whence);
    } else {
        im_take(cookie);
    }
    Value result = IM_NO_VALUE, pos = IM_NO_VALUE, r = IM_NO_VALUE;
    Cookie c;
    int neg = im_compare_bool(t, cookie, im_int(0), IM_LT);
    if (neg) { if (neg > 0) (void)im_raise_valueerror(t, "negative seek position %R", cookie); goto done; }
    if (flush_locked(t, x) < 0) goto done;
    if (!im_is_int_like(cookie)) { (void)im_raise_type(t, "'%T' object cannot be interpreted as an integer", cookie); goto done; }
    if (unpack_cookie(t, cookie, &c) < 0) goto done;
    pos = im_int_new(t, c.start);
    r = im_no_value(pos) ? pos : on1(t, &x->buffer, IM_S(seek), pos);
    if (im_no_value(r)) goto done;
    set_decoded(t, x, IM_NO_VALUE);
    clear_snapshot(t, x);
    if (decoder_setstate(t, x, c) < 0) goto done;
    if (c.chars) {
        Value chunk = on1(t, &x->buffer, IM_S(read), im_int(c.feed));
        if (im_no_value(chunk)) goto done;
        if (!im_is_bytes(chunk)) { (void)im_raise_type(t, "underlying read() should have returned a bytes object, not '%T'", chunk); im_drop(t, chunk); goto done; }
        Value s = on2(t, &x->decoder, IM_S(decode), chunk, im_bool(c.eof));
        if (im_no_value(s)) { im_drop(t, chunk); goto done; }
        Value flags = im_int_new(t, c.dec_flags);
        if (im_no_value(flags)) { im_drop(t, chunk); im_drop(t, s); goto done; }
        im_slot_put(t, &x->head, &x->snap_flags, flags);
        im_slot_put(t, &x->head, &x->snap_bytes, chunk);
        ssize_t len = im_is_str(s) ? im_str_len(s) : 0;
        set_decoded(t, x, s);
        if (len < c.chars) { (void)im_raise(t, &im_OSError_type, "can't restore logical file position"); goto done; }
        x->used = c.chars;
    } else {
        Value e = im_bytes_new(t, "", 0), flags = im_int_new(t, c.dec_flags);
        if (im_no_value(flags)) { im_xdrop(t, e); goto done; }
        im_slot_put(t, &x->head, &x->snap_flags, flags);
        im_slot_put(t, &x->head, &x->snap_bytes, e);
    }
    if (reset_encoder(t, x, c.start == 0 && c.dec_flags == 0) < 0) goto done;
    result = im_new_ref(cookie);
done:
    im_xdrop(t, pos);
    im_xdrop(t, r);
    im_drop(t, cookie);
    return result;
}
static Value x_seek(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ImTextIO *x = xp(self);
    int whence = 0;
    if (check_open(t, x) < 0 || (n > 1 && im_as_int(t, a[1], &whence) < 0)) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    Value r = seek_locked(t, x, a[0], whence);
    LEAVE();
    return r;
}
static Value x_truncate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ImTextIO *x = xp(self);
    if (check_open(t, x) < 0) return IM_NO_VALUE;
    Value f = x_flush(t, self, NULL, 0, IM_NO_VALUE);
    if (im_no_value(f)) return f;
    Value pos = n && !im_is_none(a[0]) ? im_new_ref(a[0]) : x_tell(t, self, NULL, 0, IM_NO_VALUE);
    if (im_no_value(pos)) return pos;
    Value r = on1(t, &x->buffer, IM_S(truncate), pos);
    im_drop(t, pos);
    return r;
}

/* --- life ---------------------------------------------------------------------------------------------------------------------------------- */
static Value x_close(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImTextIO *x = xp(self);
    if (check_ok(t, x) < 0) return IM_NO_VALUE;
    Value b = im_slot_get(t, NULL, &x->buffer), c = im_no_value(b) ? detached(t) : im_getattr(t, b, IM_S(closed));
    im_xdrop(t, b);
    if (im_no_value(c)) return c;
    int closed = im_truth(t, c);
    im_drop(t, c);
    if (closed) return closed < 0 ? IM_NO_VALUE : IM_NONE;
    Value fin;
    if (im_lookup_attr(t, self, IM_S(_finalizing), &fin) > 0) {
        im_drop(t, fin);
        Value w = on1(t, &x->buffer, IM_S(_dealloc_warn), self);
        im_xdrop(t, w);
    }
    im_exc_clear(t);
    Value f = im_call_method0(t, self, IM_S(flush)), e = im_exc_fetch(t);
    im_xdrop(t, f);
    Value r = on0(t, &x->buffer, IM_S(close));
    if (!im_no_value(e)) {
        if (im_no_value(r)) { Value s = im_exc_fetch(t); im_exc_set_context(t, s, e); im_exc_restore(t, s); }
        else { im_drop(t, r); im_exc_restore(t, e); }
        return IM_NO_VALUE;
    }
    return r;
}
static Value x_detach(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImTextIO *x = xp(self);
    if (check_ok(t, x) < 0) return IM_NO_VALUE;
    Value f = im_call_method0(t, self, IM_S(flush));
    if (im_no_value(f)) return f;
    im_drop(t, f);
    ENTER(IM_NO_VALUE);
    Value b = im_slot_get(t, NULL, &x->buffer);
    im_slot_put(t, &x->head, &x->buffer, IM_NO_VALUE);
    im_store_relaxed(&x->detached, true);
    im_store_relaxed(&x->ok, false);
    LEAVE();
    return im_no_value(b) ? detached(t) : b;
}
/* -1 with an exception. */
static int switch_arg(Thread *t, Value v)
{
    int n;
    return im_as_int(t, v, &n) < 0 ? -1 : n != 0;
}
static Value x_reconfigure(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ImTextIO *x = xp(self);
    if (check_ok(t, x) < 0) return IM_NO_VALUE;
    Value enc = a[0], errors = a[1], nl = a[2];
    bool has_enc = !im_no_value(enc) && !im_is_none(enc), has_err = !im_no_value(errors) && !im_is_none(errors), has_nl = !im_no_value(nl);
    int lb = im_no_value(a[3]) || im_is_none(a[3]) ? x->line_buffering : switch_arg(t, a[3]);
    int wt = lb < 0 ? -1 : im_no_value(a[4]) || im_is_none(a[4]) ? x->write_through : switch_arg(t, a[4]);
    if (wt < 0) return IM_NO_VALUE;
    if (has_enc && !im_is_str(enc)) return im_raise_type(t, "reconfigure() argument 'encoding' must be str or None, not %T", enc);
    if (has_err && !im_is_str(errors)) return im_raise_type(t, "reconfigure() argument 'errors' must be str or None, not %T", errors);
    if (!im_no_value(x->decoded) && (has_enc || has_err || has_nl))
        return im_io_unsupported(t, "It is not possible to set the encoding or newline of stream after the first read");
    Value f = x_flush(t, self, NULL, 0, IM_NO_VALUE);
    if (im_no_value(f)) return f;
    if (has_nl && set_newline(t, x, nl) < 0) return IM_NO_VALUE;
    if (has_enc && !im_str_utf8(t, enc, NULL)) return IM_NO_VALUE;
    if (has_err) {
        const char *name = im_str_utf8(t, errors, NULL);
        if (!name || im_codec_check(t, NULL, name) < 0) return IM_NO_VALUE;
    }
    Value old_enc = IM_NO_VALUE, old_err = IM_NO_VALUE;
    if (has_enc) {
        Value e = im_str_equal_cstr(enc, "locale") ? locale_encoding(t) : im_new_ref(enc);
        if (im_no_value(e)) return e;
        old_enc = im_new_ref(x->encoding);
        old_err = im_new_ref(x->errors);
        im_slot_put(t, &x->head, &x->encoding, e);
        if (!has_err) im_slot_put(t, &x->head, &x->errors, im_new_ref(IM_S(strict)));
    }
    if (has_err) im_slot_put(t, &x->head, &x->errors, im_new_ref(errors));
    if ((has_enc || has_err || has_nl) && make_codecs(t, x) < 0) {
        if (has_enc) {
            im_slot_put(t, &x->head, &x->encoding, old_enc);
            im_slot_put(t, &x->head, &x->errors, old_err);
        }
        return IM_NO_VALUE;
    }
    im_xdrop(t, old_enc);
    im_xdrop(t, old_err);
    x->line_buffering = lb;
    x->write_through = wt;
    return IM_NONE;
}
#define FORWARD(fn, name) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw) \
    { (void)a; (void)n; (void)kw; return check_ok(t, xp(self)) < 0 ? IM_NO_VALUE : im_call_method0(t, xp(self)->buffer, IM_S(name)); }
FORWARD(x_seekable, seekable)
FORWARD(x_readable, readable)
FORWARD(x_writable, writable)
FORWARD(x_fileno, fileno)
FORWARD(x_isatty, isatty)
static Value x_get_encoding(Thread *t, Value self, void *c) { (void)c; return !xp(self)->detached && check_ok(t, xp(self)) < 0 ? IM_NO_VALUE : im_new_ref(xp(self)->encoding); }
static Value x_get_errors(Thread *t, Value self, void *c) { (void)c; return !xp(self)->detached && check_ok(t, xp(self)) < 0 ? IM_NO_VALUE : im_new_ref(xp(self)->errors); }
static Value x_get_buffer(Thread *t, Value self, void *c) { (void)t; (void)c; Value b = xp(self)->buffer; return im_no_value(b) ? IM_NONE : im_new_ref(b); }
static Value x_get_name(Thread *t, Value self, void *c) { (void)c; return check_ok(t, xp(self)) < 0 ? IM_NO_VALUE : im_getattr(t, xp(self)->buffer, IM_S(name)); }
static Value x_get_closed(Thread *t, Value self, void *c) { (void)c; return check_ok(t, xp(self)) < 0 ? IM_NO_VALUE : im_getattr(t, xp(self)->buffer, IM_S(closed)); }
static Value x_get_lb(Thread *t, Value self, void *c) { (void)t; (void)c; return im_bool(xp(self)->line_buffering); }
static Value x_get_wt(Thread *t, Value self, void *c) { (void)t; (void)c; return im_bool(xp(self)->write_through); }
static Value x_get_newlines(Thread *t, Value self, void *c)
{
    (void)c;
    Value v;
    if (check_ok(t, xp(self)) < 0) return IM_NO_VALUE;
    if (im_is_none(xp(self)->decoder)) return IM_NONE;
    int r = im_lookup_attr(t, xp(self)->decoder, IM_S(newlines), &v);
    return r < 0 ? IM_NO_VALUE : r ? v : IM_NONE;
}
static Value x_get_chunk(Thread *t, Value self, void *c) { (void)c; return check_ok(t, xp(self)) < 0 ? IM_NO_VALUE : im_int_new(t, xp(self)->chunk); }
static int x_set_chunk(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ssize_t n;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    if (im_as_ssize(t, v, &im_ValueError_type, &n) < 0) return -1;
    if (n <= 0) return im_raise_valueerror(t, "a strictly positive integer is required"), -1;
    xp(self)->chunk = n;
    return 0;
}
static Value x_repr(Thread *t, Value self)
{
    ImTextIO *x = xp(self);
    if (!x->detached && check_ok(t, x) < 0) return IM_NO_VALUE;
    int r = im_repr_enter(t, self);
    if (r) return r < 0 ? IM_NO_VALUE : im_raise_runtime(t, "reentrant call inside _io.TextIOWrapper.__repr__");
    Value name = IM_NO_VALUE, mode = IM_NO_VALUE, s = IM_NO_VALUE, n1 = IM_NO_VALUE, m1 = IM_NO_VALUE;
    if (im_lookup_attr(t, self, IM_S(name), &name) < 0) { if (!im_exc_clear_if(t, &im_ValueError_type)) goto done; name = IM_NO_VALUE; }
    if (im_lookup_attr(t, self, IM_S(mode), &mode) < 0) goto done;
    n1 = im_no_value(name) ? im_str_new(t, 0, 0) : im_str_format(t, " name=%R", name);
    m1 = im_no_value(mode) ? im_str_new(t, 0, 0) : im_str_format(t, " mode=%R", mode);
    if (!im_no_value(n1) && !im_no_value(m1)) s = im_str_format(t, "<%T%U%U encoding=%R>", self, n1, m1, x->encoding);
done:
    im_xdrop(t, name);
    im_xdrop(t, mode);
    im_xdrop(t, n1);
    im_xdrop(t, m1);
    im_repr_leave(t, self);
    return s;
}
static Value x_new(Thread *t, ImType *type, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImTextIO *x = (ImTextIO *)im_instance_alloc(t, type, 0);
    if (x) x->encoding = x->errors = x->newline_arg = x->encoder = x->decoder = IM_NONE;
    return im_value(x);
}
static int x_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImTextIO *x = (ImTextIO *)o;
    const Value own[] = {x->buffer, x->encoding, x->errors, x->newline_arg, x->encoder, x->decoder, x->decoded, x->snap_flags, x->snap_bytes};
    int r;
    for (size_t i = 0; i < IM_COUNTOF(own); i++)
        if (im_is_object(own[i]) && (r = visit(own[i], arg))) return r;
    return 0;
}
static void x_destroy(Thread *t, ImObject *o)
{
    ImTextIO *x = (ImTextIO *)o;
    Value own[] = {x->decoded, x->snap_flags, x->snap_bytes, x->encoder, x->decoder, x->newline_arg, x->errors, x->encoding, x->buffer};
    im_raw_free(x->pending);
    for (size_t i = 0; i < IM_COUNTOF(own); i++) im_destroy_child(t, own[i]);
}
static void x_clear(Thread *t, ImObject *o)
{
    ImTextIO *x = (ImTextIO *)o;
    im_store_relaxed(&x->ok, false);
    im_slot_put(t, o, &x->buffer, IM_NO_VALUE);
    im_slot_put(t, o, &x->decoder, IM_NONE);
    im_slot_put(t, o, &x->encoder, IM_NONE);
}
static const ImMethodDef x_methods[] = {
    IM_FIXED("detach", x_detach, 0, "($self, /)", NULL), IM_PARSED("reconfigure", x_reconfigure, "($self, /, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)", "Reconfigure the text stream with new parameters."),
    IM_FIXED("write", x_write, 1, "($self, text, /)", "Write str to the stream; returns its length."), IM_RANGE("read", x_read, 0, 1, "($self, size=-1, /)", "Read at most size characters; all that are left without a size."), IM_RANGE("readline", x_readline, 0, 1, "($self, size=-1, /)", "Next line, at most size long; empty at the end."),
    IM_FIXED("flush", x_flush, 0, "($self, /)", NULL), IM_FIXED("close", x_close, 0, "($self, /)", NULL), IM_FIXED("fileno", x_fileno, 0, "($self, /)", NULL), IM_FIXED("seekable", x_seekable, 0, "($self, /)", NULL),
    IM_FIXED("readable", x_readable, 0, "($self, /)", NULL), IM_FIXED("writable", x_writable, 0, "($self, /)", NULL), IM_FIXED("isatty", x_isatty, 0, "($self, /)", NULL),
    IM_RANGE("seek", x_seek, 1, 2, "($self, cookie, whence=os.SEEK_SET, /)", "Set the stream position, and return the new stream position."), IM_FIXED("tell", x_tell, 0, "($self, /)", "Return the stream position as an opaque number."), IM_RANGE("truncate", x_truncate, 0, 1, "($self, pos=None, /)", NULL),
    IM_RAW("__getstate__", im_io_no_pickle, NULL, NULL), IM_END};
static const ImGetSetDef x_getset[] = {{"encoding", x_get_encoding, NULL, NULL, NULL}, {"errors", x_get_errors, NULL, NULL, NULL}, {"buffer", x_get_buffer, NULL, NULL, NULL}, {"name", x_get_name, NULL, NULL, NULL},
    {"closed", x_get_closed, NULL, NULL, NULL}, {"line_buffering", x_get_lb, NULL, NULL, NULL}, {"write_through", x_get_wt, NULL, NULL, NULL}, {"newlines", x_get_newlines, NULL, NULL, NULL},
    {"_CHUNK_SIZE", x_get_chunk, x_set_chunk, NULL, NULL}, {0}};
static const ImSlots x_slots = {.repr = x_repr, .init = x_init, .new_ = x_new, .next = x_next};
static const ImTypeSpec textiowrapper_spec = {.name = "_io.TextIOWrapper", .size = sizeof(ImTextIO), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_HAS_DICT | IM_TF_WEAKREF, .base = &im_TextIOBase__type,
    .slots = &x_slots, .methods = x_methods, .getset = x_getset, .traverse = x_traverse, .clear = x_clear, .destroy = x_destroy, .finalize = im_io_finalize, .quiet_new = true,
    .text_signature = "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)", .doc = "Character and line based layer over a BufferedIOBase object, buffer."};
IM_TYPE(TextIOWrapper, &textiowrapper_spec);

/* For print(): text to an exact TextIOWrapper without a method call. */
int im_io_text_write(Thread *t, Value file, Value str);
int im_io_text_write(Thread *t, Value file, Value str)
{
    ImTextIO *x = xp(file);
    if (check_ok(t, x) < 0) return -1;
    if (!x->writes) return im_io_unsupported(t, "not writable"), -1;
    return x_write_str(t, file, str);
}
