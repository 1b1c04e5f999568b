/* bytes % args: str's formatting does the numbers.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>

#include "types/bytes_methods.h"
#include "types/float.h"
#include "types/codecs.h"
#include "types/dict.h"
#include "types/int.h"
#include "types/percent.h"
#include "types/tuple.h"

typedef struct Pct { Value args; ssize_t index, count; bool tuple; } Pct;
static Value next_arg(Thread *t, Pct *p)
{
    if (p->tuple && p->index < p->count) return im_tuple_get(p->args, p->index++);
    if (!p->tuple && p->index == 0) { p->index = 1; return p->args; }
    return im_raise_type(t, "not enough arguments for format string");
}
/* %b: bytes-like or __bytes__. */
static Value as_bytes(Thread *t, Value v)
{
    if (im_is_bytes(v)) return im_new_ref(v);
    if (im_buffer_check(v)) return im_bytes_from_object(t, v);
    bool found;
    Value r = im_call_special(t, v, IM_S(__bytes__), NULL, 0, &found);
    if (!found) return im_raise_type(t, "%%b requires a bytes-like object, or an object that implements __bytes__, not '%T'", v);
    if (!im_no_value(r) && !im_is_bytes(r)) { (void)im_raise_type(t, "__bytes__ returned non-bytes (type %T)", r); im_drop(t, r); return IM_NO_VALUE; }
    return r;
}
static int put_field(Thread *t, ImByteBuilder *b, const char *p, ssize_t len, ssize_t width, bool left)
{
    ssize_t fill = width - len;
    for (ssize_t i = 0; !left && i < fill; i++) if (im_bb_byte(t, b, ' ') < 0) return -1;
    if (im_bb_put(t, b, p, len) < 0) return -1;
    for (ssize_t i = 0; left && i < fill; i++) if (im_bb_byte(t, b, ' ') < 0) return -1;
    return 0;
}
/* Small ints, and floats with a few digits, with no flags but '-' and '0': 1; 0: not of that kind; -1. */
static int put_quick(Thread *t, ImByteBuilder *b, char c, Value v, const char *flags, ssize_t width, ssize_t prec, bool left)
{
    if (flags[0] && strpbrk(flags, "+ #")) return 0;
    char buf[IM_PERCENT_BUF], *end, *p = im_percent_quick((uint8_t)c, v, prec, buf, &end);
    if (!p) return 0;
    if (width > end - p && !left && strchr(flags, '0')) {
        ssize_t zeros = width - (end - p);
        if (*p == '-' && im_bb_byte(t, b, *p++) < 0) return -1;
        for (; zeros > 0; zeros--) if (im_bb_byte(t, b, '0') < 0) return -1;
    }
    return put_field(t, b, p, end - p, strchr(flags, '0') && !left ? 0 : width, left) < 0 ? -1 : 1;
}
/* One conversion by str's %: spec text is ASCII. */
static int put_by_str(Thread *t, ImByteBuilder *b, const char *spec, Value v)
{
    Value f = im_str_from_cstr(t, spec), a = im_no_value(f) ? f : im_tuple_pack(t, 1, v), s = im_no_value(a) ? a : im_str_format_percent(t, f, a);
    im_xdrop(t, f);
    im_xdrop(t, a);
    if (im_no_value(s)) return -1;
    int r = im_bb_put(t, b, im_str_data(s), im_str_len(s));
    im_drop(t, s);
    return r;
}
Value im_bytes_percent(Thread *t, Value self, Value args)
{
    ImRun r = im_bytes_pin(t, self);
    ImByteBuilder b;
    im_bb_init(&b);
    Pct p = {.args = args, .tuple = im_is_tuple(args)};
    p.count = p.tuple ? im_tuple_len(args) : 1;
    bool mapping = im_is_mapping(args) && !p.tuple && !im_is_str(args) && !im_buffer_check(args), keyed_once = false;
    Value held = IM_NO_VALUE, out = IM_NO_VALUE;
    for (ssize_t i = 0; i < r.len;) {
        if (r.p[i] != '%') {
            const char *q = memchr(r.p + i, '%', (size_t)(r.len - i));
            ssize_t j = q ? q - r.p : r.len;
            if (im_bb_put(t, &b, r.p + i, j - i) < 0) goto done;
            i = j;
            continue;
        }
        char flags[16], spec[96];
        size_t nf = 0;
        bool keyed = false, left = false;
        ssize_t width = -1, prec = -1;
        const ssize_t start = ++i;
        if (i < r.len && r.p[i] == '(') {
            if (!mapping) { (void)im_raise_type(t, "format requires a mapping"); goto done; }
            ssize_t j = ++i, depth = 1;
            for (; i < r.len && depth; i++) depth += r.p[i] == '(' ? 1 : r.p[i] == ')' ? -1 : 0;
            if (depth) { (void)im_raise_valueerror(t, "incomplete format key"); goto done; }
            Value key = im_bytes_new(t, r.p + j, i - 1 - j);
            if (im_no_value(key)) goto done;
            im_xdrop(t, held);
            held = im_getitem(t, args, key);
            im_drop(t, key);
            if (im_no_value(held)) goto done;
            keyed = keyed_once = true;
        }
        for (; i < r.len && strchr("-+ #0", r.p[i]) && r.p[i]; i++) {
            if (r.p[i] == '-') left = true;
            if (nf < sizeof flags - 1) flags[nf++] = r.p[i];
        }
        flags[nf] = 0;
        for (int k = 0; k < 2; k++) {
            ssize_t *dst = k ? &prec : &width;
            if (k) {
                if (i >= r.len || r.p[i] != '.') break;
                i++;
                prec = 0;
            }
            if (i < r.len && r.p[i] == '*') {
                Value v = next_arg(t, &p);
                if (im_no_value(v)) goto done;
                if (!im_is_int_like(v)) { (void)im_raise_type(t, "* wants int"); goto done; }
                int fits;
                if (k ? im_as_int(t, v, &fits) < 0 : im_as_ssize(t, v, &im_OverflowError_type, dst) < 0) goto done;
                if (k) *dst = fits;
                if (!k && *dst < 0) { left = true; *dst = -*dst; if (nf < sizeof flags - 1) { flags[nf++] = '-'; flags[nf] = 0; } }
                if (k && *dst < 0) *dst = 0;
                i++;
            } else {
                for (; i < r.len && r.p[i] >= '0' && r.p[i] <= '9'; i++) {
                    if (*dst < 0) *dst = 0;
                    if (k ? *dst > (INT_MAX - (r.p[i] - '0')) / 10 : *dst > (PTRDIFF_MAX - 9) / 10) { (void)im_raise_valueerror(t, k ? "prec too big" : "width too big"); goto done; }
                    *dst = *dst * 10 + (r.p[i] - '0');
                }
            }
        }
        if (i < r.len && (r.p[i] == 'h' || r.p[i] == 'l' || r.p[i] == 'L')) i++;
        if (i >= r.len) { (void)im_raise_valueerror(t, "incomplete format"); goto done; }
        char c = r.p[i++];
        if (c == '%' && i == start + 1) { if (im_bb_byte(t, &b, '%') < 0) goto done; continue; }
        Value v = keyed ? held : next_arg(t, &p), x = IM_NO_VALUE;
        if (im_no_value(v)) goto done;
        if (!strchr("bsarcdiouxXeEfFgG", c) || !c) {
            (void)im_raise_valueerror(t, "unsupported format character '%c' (0x%x) at index %zd", c, (unsigned)(uint8_t)c, i - 1);
            goto done;
        }
        int bad;
        if (c == 'b' || c == 's') {
            x = as_bytes(t, v);
            if (im_no_value(x)) goto done;
            ssize_t n = im_bytes_len(x);
            bad = put_field(t, &b, im_bytes_data(x), prec >= 0 && n > prec ? prec : n, width, left);
        } else if (c == 'a' || c == 'r') {
            x = im_ascii(t, v);
            if (im_no_value(x)) goto done;
            ssize_t n = im_str_len(x);
            bad = put_field(t, &b, im_str_data(x), prec >= 0 && n > prec ? prec : n, width, left);
        } else if (c == 'c') {
            ssize_t n = -1;
            char one;
            int byte;
            if (im_is_bytes(v) && im_bytes_len(v) == 1) one = im_bytes_data(v)[0];
            else if (im_is_instance_of(v, &im_bytearray_type) && im_load_relaxed(&((ImByteArray *)im_ptr(v))->x_len) == 1 && (byte = im_bytes_at(t, v, 0)) >= 0) one = (char)byte;
            else if (!im_is_index(v)) {
                (void)im_raise_type(t, "%%c requires an integer in range(256) or a single byte");
                goto done;
            } else {
                if (im_as_ssize(t, v, NULL, &n) < 0) goto done;
                if (n < 0 || n > 255) { (void)im_raise_overflow(t, "%%c arg not in range(256)"); goto done; }
                one = (char)n;
            }
            bad = put_field(t, &b, &one, 1, width, left);
        } else if ((bad = put_quick(t, &b, c, v, flags, width, prec, left)) != 0) {
            ;
        } else {
            char w[24] = "", pr[24] = "";
            if (width >= 0) snprintf(w, sizeof w, "%zd", width);
            if (prec >= 0) snprintf(pr, sizeof pr, ".%zd", prec);
            snprintf(spec, sizeof spec, "%%%s%s%s%c", flags, w, pr, c == 'i' ? 'd' : c);
            if (strchr("eEfFgG", c) && !im_is_float(v)) {
                double d;
                if (im_as_double(t, v, &d) < 0) {
                    if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "float argument required, not %T", v);
                    goto done;
                }
            }
            bad = put_by_str(t, &b, spec, v);
        }
        im_xdrop(t, x);
        if (bad < 0) goto done;
    }
    if (p.tuple ? p.index < p.count : !mapping && !keyed_once && p.index == 0) {
        (void)im_raise_type(t, "not all arguments converted during bytes formatting");
        goto done;
    }
    out = im_bytes_like(t, self, b.data, b.len);
done:
    im_bb_free(&b);
    im_xdrop(t, held);
    im_bytes_unpin(t, &r);
    return out;
}
