/* str % args.
 * SPDX-License-Identifier: MIT */
#include <limits.h>

#include "types/dict.h"
#include "types/float.h"
#include "types/int.h"
#include "types/percent.h"
#include "types/str.h"
#include "types/tuple.h"

typedef struct Pct {
    Value args;      /* tuple or the single argument */
    ssize_t index, count;
    bool tuple, used_mapping;
} Pct;
static Value next_arg(Thread *t, Pct *p)
{
    if (p->tuple && p->index < p->count) return im_tuple_get(p->args, p->index++);
    if (!p->tuple && p->index == 0) { p->index = 1; return p->args; }
    return im_raise_type(t, "not enough arguments for format string");
}
static int put_padded(Thread *t, ImStrBuilder *b, Value s, ssize_t width, bool left)
{
    ssize_t fill = width - im_str_len(s);
    if (!left && im_sb_fill(t, b, ' ', fill) < 0) return -1;
    if (im_sb_str(t, b, s) < 0) return -1;
    return left ? im_sb_fill(t, b, ' ', fill) : 0;
}
/* Integer text with precision, sign and alternate prefix: "[sign][0x][zeros]digits"; zero padding to width after the prefix. */
static Value int_text(Thread *t, Value v, uint32_t c, bool alt, ssize_t prec, char sign, bool zero, bool left, ssize_t width)
{
    int base = c == 'o' ? 8 : c == 'x' || c == 'X' ? 16 : 10;
    Value d = im_int_to_str(t, v, base, false);
    if (im_no_value(d)) return d;
    ImStrBuilder b;
    im_sb_init(&b);
    bool neg = im_str_len(d) && im_str_at(d, 0) == '-';
    ssize_t nd = im_str_len(d) - neg, prefix = alt && base != 10 ? 2 : 0, have = (neg || sign ? 1 : 0) + prefix + (prec > nd ? prec : nd), zeros = prec > nd ? prec - nd : 0;
    if (zero && !left && width > have) zeros += width - have;
    if ((neg || sign) && im_sb_char(t, &b, neg ? '-' : (uint32_t)sign) < 0) goto fail;
    if (prefix && (im_sb_char(t, &b, '0') < 0 || im_sb_char(t, &b, c) < 0)) goto fail;
    if (im_sb_fill(t, &b, '0', zeros) < 0) goto fail;
    for (ssize_t i = neg; i < im_str_len(d); i++) {
        uint32_t x = im_str_at(d, i);
        if (c == 'X' && x >= 'a' && x <= 'f') x -= 32;
        if (im_sb_char(t, &b, x) < 0) goto fail;
    }
    im_drop(t, d);
    return im_sb_finish(t, &b);
fail:
    im_drop(t, d);
    im_sb_free(&b);
    return IM_NO_VALUE;
}
static Value format_number(Thread *t, Value v, uint32_t c, bool alt, ssize_t prec, char sign, bool zero, bool left, ssize_t width)
{
    Value i;
    if (im_is_int_like(v)) i = im_new_ref(v);
    else if (c == 'd' || c == 'i' || c == 'u') {
        if (im_is_float(v)) i = im_int_from_double(t, im_float_get(v));
        else if (im_is_number(v)) {
            i = im_number_int(t, v);
            if (im_no_value(i) && im_exc_clear_if(t, &im_TypeError_type)) return im_raise_type(t, "%%%c format: a real number is required, not %T", (int)c, v);
        } else return im_raise_type(t, "%%%c format: a real number is required, not %T", (int)c, v);
    } else {
        i = im_index(t, v);
        if (im_no_value(i) && im_exc_clear_if(t, &im_TypeError_type)) return im_raise_type(t, "%%%c format: an integer is required, not %T", (int)c, v);
    }
    if (im_no_value(i)) return i;
    if (prec > INT_MAX - 3) {
        im_drop(t, i);
        return im_raise_overflow(t, "precision too large");
    }
    Value r = int_text(t, i, c, alt, prec, sign, zero, left, width);
    im_drop(t, i);
    return r;
}
static Value float_text(Thread *t, Value v, uint32_t c, bool alt, ssize_t prec, char sign, bool zero, bool left, ssize_t width)
{
    double d;
    if (im_as_double(t, v, &d) < 0) return IM_NO_VALUE;
    if (prec < 0) prec = 6;
    if (prec > 100000000) return im_raise_valueerror(t, "precision too large");
    char small[600], *buf = prec < 100 ? small : im_raw_alloc(t, (size_t)prec + 500);
    if (!buf) return IM_NO_VALUE;
    size_t n = im_float_text(d, (char)c, (int)prec, alt ? IM_FLT_ALT : 0, buf);
    ImStrBuilder b;
    im_sb_init(&b);
    bool neg = buf[0] == '-';
    ssize_t have = (ssize_t)n + (!neg && sign ? 1 : 0), zeros = zero && !left && width > have ? width - have : 0;
    int r = 0;
    if (neg || sign) r = im_sb_char(t, &b, neg ? '-' : (uint32_t)sign);
    for (ssize_t i = 0; r == 0 && i < zeros; i++) r = im_sb_char(t, &b, '0');
    if (r == 0) r = im_sb_ascii(t, &b, buf + neg, (ssize_t)n - neg);
    if (buf != small) im_raw_free(buf);
    if (r < 0) { im_sb_free(&b); return IM_NO_VALUE; }
    return im_sb_finish(t, &b);
}
/* A str as it is; small ints and floats with a few digits, without sign and '#': 1; 0: not of that kind; -1. */
static int put_quick(Thread *t, ImStrBuilder *b, uint32_t c, Value v, ssize_t width, ssize_t prec, bool zero, bool left)
{
    if (c == 's' && im_is_str_exact(v) && prec < 0) return put_padded(t, b, v, width, left) < 0 ? -1 : 1;
    char buf[IM_PERCENT_BUF], *end, *p = im_percent_quick(c, v, prec, buf, &end);
    if (!p) return 0;
    const ssize_t fill = width - (end - p);
    if (!left && zero && fill > 0) {
        if (*p == '-' && im_sb_char(t, b, (uint8_t)*p++) < 0) return -1;
        if (im_sb_fill(t, b, '0', fill) < 0) return -1;
    } else if (!left && im_sb_fill(t, b, ' ', fill) < 0) return -1;
    if (im_sb_ascii(t, b, p, end - p) < 0) return -1;
    return left && im_sb_fill(t, b, ' ', fill) < 0 ? -1 : 1;
}
static Value char_text(Thread *t, Value v)
{
    int64_t c;
    if (im_is_str(v)) {
        if (im_str_len(v) == 1) return im_new_ref(v);
        return im_raise_type(t, "%%c requires int or char");
    }
    Value i = im_index(t, v);
    if (im_no_value(i)) {
        if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "%%c requires int or char");
        return i;
    }
    int fits = im_int_get64(i, &c);
    im_drop(t, i);
    if (!fits || c < 0 || c > 0x10FFFF) return im_raise_overflow(t, "%%c arg not in range(0x110000)");
    return im_str_from_char(t, (uint32_t)c);
}

/* Appends a str or a small int without flags: 1 done, 0 another kind of value, -1. */
static int put_plain(Thread *t, ImStrBuilder *b, Value v, uint8_t c)
{
    if (im_is_int(v)) {
        char digits[24], *end = digits + sizeof digits, *d = end;
        int64_t x = im_int_get(v);
        uint64_t u = x < 0 ? -(uint64_t)x : (uint64_t)x;
        do { *--d = (char)('0' + u % 10); u /= 10; } while (u);
        if (x < 0) *--d = '-';
        return im_sb_ascii(t, b, d, end - d) < 0 ? -1 : 1;
    }
    if (c != 's' || !im_is_str_exact(v)) return 0;
    return im_sb_str(t, b, v) < 0 ? -1 : 1;
}

/* args[key], the key being the text from j to end of fmt. Names mostly are interned already: no new str then. */
static Value keyed_arg(Thread *t, Value fmt, Value args, ssize_t j, ssize_t end)
{
    Value key = im_str_is_ascii(fmt) && im_is_dict_exact(args) ? im_str_interned_ascii((char *)im_str_data(fmt) + j, (size_t)(end - j)) : IM_NO_VALUE, v;
    if (!im_no_value(key)) {
        int rc = im_dict_get(t, args, key, &v);
        if (rc == 0) im_raise_key(t, key);
        return v;
    }
    key = im_str_substring(t, fmt, j, end);
    if (im_no_value(key)) return key;
    v = im_getitem(t, args, key);
    im_drop(t, key);
    return v;
}

Value im_str_format_percent(Thread *t, Value fmt, Value args)
{
    ImStrBuilder b;
    ssize_t len = im_str_len(fmt), i = 0;
    if (len == 2 && im_str_at(fmt, 0) == '%' && im_str_at(fmt, 1) == 's') { /* a str as it is */
        Value only = im_is_tuple(args) && im_tuple_len(args) == 1 ? im_tuple_get(args, 0) : args;
        if (im_is_str_exact(only)) return im_new_ref(only);
    }
    Pct p = {.args = args, .tuple = im_is_tuple(args)};
    p.count = p.tuple ? im_tuple_len(args) : 1;
    const Value only = p.tuple && p.count == 1 ? im_tuple_get(args, 0) : args;
    if (len == 2 && im_is_str_exact(only) && im_str_equal_cstr(fmt, "%s")) return im_new_ref(only);
    bool mapping = im_is_mapping(args) && !p.tuple && !im_is_str(args);
    Value held = IM_NO_VALUE;
    im_sb_init(&b);
    int kind = im_str_kind(fmt);
    const uint8_t *text = kind == 1 ? im_str_data(fmt) : NULL;
    while (i < len) {
        uint32_t c = im_str_at(fmt, i);
        if (c != '%') {
            ssize_t j = i + 1;
            if (text) while (j < len && text[j] != '%') j++;
            else if ((j = im_str_find_char(fmt, '%', i, len, 1)) < 0) j = len;
            if (im_sb_substr(t, &b, fmt, i, j) < 0) goto fail;
            i = j;
            continue;
        }
        ssize_t start = i++;
        bool left = false, alt = false, zero = false;
        char sign = 0;
        ssize_t width = -1, prec = -1;
        Value v = IM_NO_VALUE, s;
        bool keyed = false;
        if (text && i < len && (text[i] == 's' || text[i] == 'd') && (p.tuple ? p.index < p.count : p.index == 0)) { /* without flags */
            v = p.tuple ? im_tuple_get(p.args, p.index) : p.args;
            int rc = put_plain(t, &b, v, text[i]);
            if (rc < 0) goto fail;
            if (rc > 0) {
                p.index++;
                i++;
                continue;
            }
        }
        if (i < len && im_str_at(fmt, i) == '(') {
            if (!mapping) { (void)im_raise_type(t, "format requires a mapping"); goto fail; }
            ssize_t j = ++i, depth = 1;
            if (text) for (; i < len && depth; i++) depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            else for (; i < len && depth; i++) depth += im_str_at(fmt, i) == '(' ? 1 : im_str_at(fmt, i) == ')' ? -1 : 0;
            if (depth) { (void)im_raise_valueerror(t, "incomplete format key"); goto fail; }
            im_xdrop(t, held);
            held = keyed_arg(t, fmt, args, j, i - 1);
            if (im_no_value(held)) goto fail;
            keyed = true;
            p.used_mapping = true;
            int rc = text && i < len && (text[i] == 's' || text[i] == 'd') ? put_plain(t, &b, held, text[i]) : 0;
            if (rc < 0) goto fail;
            if (rc > 0) {
                i++;
                continue;
            }
        }
        for (; i < len; i++) {
            c = im_str_at(fmt, i);
            if (c == '-') left = true;
            else if (c == '+') sign = '+';
            else if (c == ' ') { if (!sign) sign = ' '; }
            else if (c == '#') alt = true;
            else if (c == '0') zero = true;
            else break;
        }
        for (int k = 0; k < 2; k++) {
            ssize_t *out = k ? &prec : &width;
            if (k) {
                if (i >= len || im_str_at(fmt, i) != '.') break;
                i++;
                prec = 0;
            }
            if (i < len && im_str_at(fmt, i) == '*') {
                v = next_arg(t, &p);
                if (im_no_value(v)) goto fail;
                if (!im_is_int_like(v)) { (void)im_raise_type(t, "* wants int"); goto fail; }
                if (im_as_ssize(t, v, &im_OverflowError_type, out) < 0) goto fail;
                if (!k && *out < 0) { left = true; *out = -*out; }
                if (k && *out < 0) *out = 0;
                i++;
            } else {
                ssize_t x = 0;
                bool any = false;
                for (; i < len && im_str_at(fmt, i) >= '0' && im_str_at(fmt, i) <= '9'; i++) {
                    if (x > (k ? INT_MAX - 9 : (SSIZE_MAX - 9) / 4) / 10) { (void)im_raise_valueerror(t, k ? "precision too big" : "width too big"); goto fail; }
                    x = x * 10 + (ssize_t)(im_str_at(fmt, i) - '0');
                    any = true;
                }
                if (any || k) *out = x;
            }
        }
        if (i < len && (im_str_at(fmt, i) == 'h' || im_str_at(fmt, i) == 'l' || im_str_at(fmt, i) == 'L')) i++;
        if (i >= len) { (void)im_raise_valueerror(t, "incomplete format"); goto fail; }
        c = im_str_at(fmt, i++);
        if (c == '%' && i == start + 2) {
            if (im_sb_char(t, &b, '%') < 0) goto fail;
            continue;
        }
        v = keyed ? held : next_arg(t, &p);
        if (im_no_value(v)) goto fail;
        if (!alt && !sign) {
            const int quick = put_quick(t, &b, c, v, width, prec, zero, left);
            if (quick < 0) goto fail;
            if (quick) continue;
        }
        switch (c) {
        case 's': s = im_str(t, v); break;
        case 'r': s = im_repr(t, v); break;
        case 'a': s = im_ascii(t, v); break;
        case 'd': case 'i': case 'u': case 'o': case 'x': case 'X': s = format_number(t, v, c, alt, prec, sign, zero, left, width); break;
        case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': s = float_text(t, v, c, alt, prec, sign, zero, left, width); break;
        case 'c': s = char_text(t, v); break;
        default:
            if (c > 31 && c < 127) (void)im_raise_valueerror(t, "unsupported format character '%c' (0x%x) at index %zd", (int)c, c, i - 1);
            else (void)im_raise_valueerror(t, "unsupported format character '%c' (0x%x) at index %zd", (int)c, c, i - 1);
            goto fail;
        }
        if (im_no_value(s)) goto fail;
        if ((c == 's' || c == 'r' || c == 'a') && prec >= 0 && im_str_len(s) > prec) {
            Value cut = im_str_substring(t, s, 0, prec);
            im_drop(t, s);
            if (im_no_value(cut)) goto fail;
            s = cut;
        }
        int r = put_padded(t, &b, s, width, left);
        im_drop(t, s);
        if (r < 0) goto fail;
    }
    if (p.tuple ? p.index < p.count : !mapping && !p.used_mapping && p.index == 0) {
        (void)im_raise_type(t, "not all arguments converted during string formatting");
        goto fail;
    }
    im_xdrop(t, held);
    return im_sb_finish(t, &b);
fail:
    im_xdrop(t, held);
    im_sb_free(&b);
    return IM_NO_VALUE;
}
