/* str: the growing buffer that widens itself, and formatted messages.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "types/int.h"
#include "types/str.h"

bool im_bytes_are_ascii(const void *p, size_t n);

void im_sb_init(ImStrBuilder *b)
{
    b->data = b->small;
    b->len = 0;
    b->cap = sizeof b->small;
    b->kind = 1;
    b->maxchar = 0;
}
void im_sb_free(ImStrBuilder *b)
{
    if (b->data != b->small) im_raw_free(b->data);
    b->data = b->small;
}
/* Room for n more code points up to c. */
static int reserve(Thread *t, ImStrBuilder *b, ssize_t n, uint32_t c)
{
    int k = c < 256 ? 1 : c < 65536 ? 2 : 4;
    if (k < b->kind) k = b->kind;
    if (c > b->maxchar) b->maxchar = c;
    if (k == b->kind && b->len + n <= b->cap) return 0;
    ssize_t cap;
    if (__builtin_add_overflow(b->len, n, &cap) || cap > PTRDIFF_MAX / 8) { im_raise_memory(t); return -1; }
    cap += cap / 2;
    void *p = im_raw_alloc(t, (size_t)cap * (size_t)k);
    if (!p) return -1;
    if (k == b->kind) memcpy(p, b->data, (size_t)(b->len * k));
    else for (ssize_t i = 0; i < b->len; i++) im_str_write(k, p, i, im_str_read(b->kind, b->data, i));
    im_sb_free(b);
    b->data = p;
    b->cap = cap;
    b->kind = k;
    return 0;
}
int im_sb_char_slow(Thread *t, ImStrBuilder *b, uint32_t c)
{
    if (reserve(t, b, 1, c) < 0) return -1;
    im_str_write(b->kind, b->data, b->len++, c);
    return 0;
}
int im_sb_reserve(Thread *t, ImStrBuilder *b, ssize_t n, uint32_t c) { return reserve(t, b, n, c); }
int im_sb_fill(Thread *t, ImStrBuilder *b, uint32_t c, ssize_t n)
{
    if (n <= 0) return 0;
    if (reserve(t, b, n, c) < 0) return -1;
    if (b->kind == 1) memset((char *)b->data + b->len, (int)c, (size_t)n);
    else for (ssize_t i = 0; i < n; i++) im_str_write(b->kind, b->data, b->len + i, c);
    b->len += n;
    return 0;
}
int im_sb_substr(Thread *t, ImStrBuilder *b, Value s, ssize_t start, ssize_t end)
{
    int k = im_str_kind(s);
    uint32_t m = im_str_is_ascii(s) ? 127 : k == 1 ? 255 : k == 2 ? 0xFFFF : 0x10FFFF;
    if (end <= start) return 0;
    if (reserve(t, b, end - start, m) < 0) return -1;
    if (k == b->kind) memcpy((char *)b->data + b->len * k, (char *)im_str_data(s) + start * k, (size_t)((end - start) * k));
    else for (ssize_t i = start; i < end; i++) im_str_write(b->kind, b->data, b->len + i - start, im_str_read(k, im_str_data(s), i));
    b->len += end - start;
    return 0;
}
int im_sb_str(Thread *t, ImStrBuilder *b, Value s) { return im_sb_substr(t, b, s, 0, im_str_len(s)); }
int im_sb_ascii(Thread *t, ImStrBuilder *b, const char *s, ssize_t len)
{
    if (len < 0) len = (ssize_t)strlen(s);
    bool high = !im_bytes_are_ascii(s, (size_t)len);
    if (reserve(t, b, len, high ? 255 : 127) < 0) return -1;
    if (b->kind == 1) memcpy((char *)b->data + b->len, s, (size_t)len);
    else for (ssize_t i = 0; i < len; i++) im_str_write(b->kind, b->data, b->len + i, (uint8_t)s[i]);
    b->len += len;
    return 0;
}
int im_sb_repr(Thread *t, ImStrBuilder *b, Value v)
{
    if (im_is_int(v)) {
        char digits[IM_INT64_DIGITS], *end = digits + sizeof digits, *p = im_int64_digits(end, im_int_get(v));
        return im_sb_ascii(t, b, p, end - p);
    }
    Value r = im_repr(t, v);
    if (im_no_value(r)) return -1;
    int x = im_sb_str(t, b, r);
    im_drop(t, r);
    return x;
}
Value im_sb_finish(Thread *t, ImStrBuilder *b)
{
    Value v = b->kind == 1 && b->maxchar < 128 ? im_str_from_ascii(t, b->data, b->len) : im_str_from_kind(t, b->kind, b->data, b->len);
    im_sb_free(b);
    return v;
}

/* --- formatted messages ------------------------------------------------------------------------------------------------------------- */
/* Text up to a '%' or the end, as far as it is ASCII and there is room; what follows it. One pass: messages are short, and each is made of several such pieces. */
static const char *put_literal(ImStrBuilder *b, const char *s)
{
    if (b->kind != 1) return s;
    uint8_t *to = (uint8_t *)b->data + b->len, *end = (uint8_t *)b->data + b->cap;
    while (to < end && (signed char)*s > 0 && *s != '%') *to++ = (uint8_t)*s++;
    b->len = to - (uint8_t *)b->data;
    if (b->maxchar < 127) b->maxchar = 127;
    return s;
}
static int put_utf8(Thread *t, ImStrBuilder *b, const char *s, ssize_t max)
{
    if (max < 0) {
        s = put_literal(b, s);
        if (!*s) return 0;
    }
    ssize_t n = max >= 0 ? (ssize_t)strnlen(s, (size_t)max) : (ssize_t)strlen(s);
    if (im_bytes_are_ascii(s, (size_t)n)) return im_sb_ascii(t, b, s, n);
    while (max >= 0 && n > 0 && n == max && ((uint8_t)s[n] & 0xC0) == 0x80) n--; /* not inside a character */
    Value v = im_str_from_utf8(t, s, n);
    if (im_no_value(v)) { im_exc_clear(t); return im_sb_ascii(t, b, s, n); }
    int r = im_sb_str(t, b, v);
    im_drop(t, v);
    return r;
}
/* Most numbers in messages have no flags and no width. */
static int put_plain(Thread *t, ImStrBuilder *b, uint64_t magnitude, bool negative)
{
    char buf[24], *end = buf + sizeof buf, *p = end;
    do *--p = (char)('0' + magnitude % 10); while (magnitude /= 10);
    if (negative) *--p = '-';
    return im_sb_ascii(t, b, p, end - p);
}
static int put_value(Thread *t, ImStrBuilder *b, Value v, ssize_t max)
{
    if (im_no_value(v)) return -1;
    ssize_t n = im_str_len(v);
    int r = im_sb_substr(t, b, v, 0, max >= 0 && n > max ? max : n);
    im_drop(t, v);
    return r;
}

Value im_str_vformat(Thread *t, const char *fmt, va_list ap)
{
    ImStrBuilder b;
    im_sb_init(&b);
    for (const char *p = fmt; *p;) {
        if (*p != '%') {
            p = put_literal(&b, p);
            if (*p == '%' || !*p) continue;
            const char *q = strchr(p, '%');
            ssize_t n = q ? q - p : (ssize_t)strlen(p);
            if (im_bytes_are_ascii(p, (size_t)n) ? im_sb_ascii(t, &b, p, n) < 0 : put_value(t, &b, im_str_from_utf8(t, p, n), -1) < 0) goto fail;
            p += n;
            continue;
        }
        const char *start = p++;
        while (*p == '0' || *p == '-' || *p == '#' || *p == '+' || *p == ' ') p++;
        while (*p >= '0' && *p <= '9') p++;
        ssize_t precision = -1;
        if (*p == '.') {
            p++;
            if (*p == '*') { precision = va_arg(ap, int); p++; }
            else for (precision = 0; *p >= '0' && *p <= '9'; p++) precision = precision * 10 + (*p - '0');
        }
        int longs = 0;
        bool z = false;
        for (;; p++) {
            if (*p == 'l') longs++;
            else if (*p == 'z') z = true;
            else break;
        }
        char spec[32], buf[128];
        const bool plain = p == start + 1 + longs + z;
        size_t ns = (size_t)(p - start) + 1;
        if (ns >= sizeof spec) goto fail;
        memcpy(spec, start, ns);
        spec[ns] = 0;
        int r = 0;
        switch (*p++) {
        case '%': r = im_sb_char(t, &b, '%'); break;
        case 'c': r = im_sb_char(t, &b, (uint32_t)va_arg(ap, int)); break;
        case 'd': case 'i':
            if (plain) {
                const long n = longs || z ? va_arg(ap, long) : va_arg(ap, int);
                r = put_plain(t, &b, n < 0 ? -(uint64_t)n : (uint64_t)n, n < 0);
                break;
            }
            if (longs || z) snprintf(buf, sizeof buf, spec, va_arg(ap, long));
            else snprintf(buf, sizeof buf, spec, va_arg(ap, int));
            r = im_sb_ascii(t, &b, buf, -1);
            break;
        case 'u': case 'x': case 'X': case 'o':
            if (longs || z) snprintf(buf, sizeof buf, spec, va_arg(ap, unsigned long));
            else snprintf(buf, sizeof buf, spec, va_arg(ap, unsigned));
            r = im_sb_ascii(t, &b, buf, -1);
            break;
        case 'g': case 'f': case 'e':
            snprintf(buf, sizeof buf, spec, va_arg(ap, double));
            r = im_sb_ascii(t, &b, buf, -1);
            break;
        case 'p': snprintf(buf, sizeof buf, "%p", va_arg(ap, void *)); r = im_sb_ascii(t, &b, buf, -1); break;
        case 's': r = put_utf8(t, &b, va_arg(ap, const char *), precision); break;
        case 'U': r = put_value(t, &b, im_new_ref(va_arg(ap, Value)), precision); break;
        case 'S': r = put_value(t, &b, im_str(t, va_arg(ap, Value)), precision); break;
        case 'R': r = put_value(t, &b, im_repr(t, va_arg(ap, Value)), precision); break;
        case 'A': r = put_value(t, &b, im_ascii(t, va_arg(ap, Value)), precision); break;
        case 'T': r = put_utf8(t, &b, im_type_cname(im_type_of(va_arg(ap, Value))), precision); break;
        case 'N': r = put_utf8(t, &b, im_type_cname(va_arg(ap, ImType *)), precision); break;
        default: im_sb_free(&b); return im_raise_system(t, "invalid format string");
        }
        if (r < 0) goto fail;
    }
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}
Value im_str_format(Thread *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Value v = im_str_vformat(t, fmt, ap);
    va_end(ap);
    return v;
}
