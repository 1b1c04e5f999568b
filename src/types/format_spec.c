/* The format mini-language, [[fill]align][sign]["z"]["#"]["0"][width][grouping]["." precision][type], for int, float, complex and str.
 *
 * A number is laid out as: padding, sign, prefix, padding (align '='), grouped digits, decimal point, rest, padding. First the parts' widths are
 * computed, then one str of the right size is filled.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <locale.h>
#include <stdlib.h>

#include "types/float_impl.h"
#include "types/float_text.h"
#include "types/int_impl.h"
#include "types/number_text.h"
#include "types/str.h"

typedef enum Grouping { G_NONE, G_COMMA, G_UNDERSCORE, G_UNDERSCORE4, G_LOCALE } Grouping;
typedef struct Spec {
    uint32_t fill, align, sign, type; /* code points; 0: not given */
    bool alternate, no_neg0;
    ssize_t width, precision; /* -1: not given */
    Grouping grouping;
} Spec;

/* --- parsing ------------------------------------------------------------------------------------------------------------------------ */

/* Digits at *pos: how many, 0 for none (*out kept), -1 with an error. */
static int parse_digits(Thread *t, Value s, ssize_t *pos, ssize_t *out)
{
    ssize_t len = im_str_len(s), n = 0;
    int count = 0, d;
    for (; *pos < len && (d = im_digit_value(im_str_at(s, *pos))) >= 0; (*pos)++, count++) {
        if (n > (SSIZE_MAX - d) / 10) return im_raise_valueerror(t, "Too many decimal digits in format string"), -1;
        n = n * 10 + d;
    }
    if (count) *out = n;
    return count;
}

static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

static int both_separators(Thread *t) { return im_raise_valueerror(t, "Cannot specify both ',' and '_'."), -1; }

static int check_grouping(Thread *t, Spec *f)
{
    if (f->grouping == G_NONE) return 0;
    switch (f->type) {
    case 'd': case 'e': case 'f': case 'g': case 'E': case 'G': case '%': case 'F': case 0: return 0;
    case 'b': case 'o': case 'x': case 'X':
        if (f->grouping == G_UNDERSCORE) { f->grouping = G_UNDERSCORE4; return 0; }
    }
    int sep = f->grouping == G_COMMA ? ',' : '_';
    if (f->type > 32 && f->type < 128) im_raise_valueerror(t, "Cannot specify '%c' with '%c'.", sep, (int)f->type);
    else im_raise_valueerror(t, "Cannot specify '%c' with '\\x%x'.", sep, (unsigned)f->type);
    return -1;
}

static int parse_spec(Thread *t, Value s, Value object, uint32_t default_type, uint32_t default_align, Spec *f)
{
    ssize_t len = im_str_len(s), pos = 0;
#define AT(i) ((i) < len ? im_str_at(s, (i)) : 0)
    *f = (Spec){.fill = ' ', .align = default_align, .width = -1, .precision = -1, .type = default_type};
    bool fill_given = false, align_given = true;
    if (len >= 2 && is_align(AT(1))) {
        f->fill = AT(0);
        f->align = AT(1);
        fill_given = true;
        pos = 2;
    } else if (len >= 1 && is_align(AT(0))) {
        f->align = AT(0);
        pos = 1;
    } else {
        align_given = false;
    }
    if (pos < len && (AT(pos) == '+' || AT(pos) == '-' || AT(pos) == ' ')) { f->sign = AT(pos); pos++; }
    if (pos < len && AT(pos) == 'z') { f->no_neg0 = true; pos++; }
    if (pos < len && AT(pos) == '#') { f->alternate = true; pos++; }
    if (!fill_given && pos < len && AT(pos) == '0') {
        f->fill = '0';
        if (!align_given && default_align == '>') f->align = '=';
        pos++;
    }
    if (parse_digits(t, s, &pos, &f->width) < 0) return -1;
    if (pos < len && AT(pos) == ',') { f->grouping = G_COMMA; pos++; }
    if (pos < len && AT(pos) == '_') {
        if (f->grouping != G_NONE) return both_separators(t);
        f->grouping = G_UNDERSCORE;
        pos++;
    }
    if (pos < len && AT(pos) == ',' && f->grouping == G_UNDERSCORE) return both_separators(t);
    if (pos < len && AT(pos) == '.') {
        pos++;
        int n = parse_digits(t, s, &pos, &f->precision);
        if (n < 0) return -1;
        if (n == 0) return im_raise_valueerror(t, "Format specifier missing precision"), -1;
    }
    if (len - pos > 1) return im_raise_valueerror(t, "Invalid format specifier '%U' for object of type '%.200T'", s, object), -1;
    if (len - pos == 1) f->type = AT(pos);
#undef AT
    return check_grouping(t, f);
}

static Value unknown_code(Thread *t, const Spec *f, Value v)
{
    if (f->type > 32 && f->type < 128) return im_raise_valueerror(t, "Unknown format code '%c' for object of type '%.200T'", (int)f->type, v);
    return im_raise_valueerror(t, "Unknown format code '\\x%x' for object of type '%.200T'", (unsigned)f->type, v);
}

/* --- output -------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Out {
    Value str;
    void *data;
    int kind;
    ssize_t pos;
} Out;
static int out_begin(Thread *t, Out *o, ssize_t len, uint32_t maxchar)
{
    o->str = im_str_new(t, len, maxchar);
    if (im_no_value(o->str)) return -1;
    o->kind = im_str_kind(o->str);
    o->data = im_str_data(o->str);
    o->pos = 0;
    return 0;
}
static void out_fill(Out *o, uint32_t c, ssize_t n)
{
    if (n <= 0) return;
    if (o->kind == 1) memset((char *)o->data + o->pos, (int)c, (size_t)n);
    else for (ssize_t i = 0; i < n; i++) im_str_write(o->kind, o->data, o->pos + i, c);
    o->pos += n;
}
static void out_char(Out *o, uint32_t c) { im_str_write(o->kind, o->data, o->pos++, c); }
static void out_text(Out *o, const uint32_t *p, ssize_t n) { for (ssize_t i = 0; i < n; i++) out_char(o, p[i]); }
static void out_ascii(Out *o, const char *p, ssize_t n)
{
    if (o->kind == 1) memcpy((char *)o->data + o->pos, p, (size_t)n);
    else for (ssize_t i = 0; i < n; i++) im_str_write(o->kind, o->data, o->pos + i, (uint8_t)p[i]);
    o->pos += n;
}

static void split_padding(const Spec *f, ssize_t used, ssize_t *left, ssize_t *right)
{
    ssize_t n = f->width > used ? f->width - used : 0;
    *left = f->align == '>' ? n : f->align == '^' ? n / 2 : 0;
    *right = n - *left;
}

/* --- the usual specs --------------------------------------------------------------------------------------------------------------- */

/* "[[fill]align][0][width][.precision][type]" in ASCII, with small numbers; everything else is the general parser's. */
typedef struct Quick {
    char fill, align, type; /* 0: not given */
    int width, precision;   /* -1: not given */
} Quick;
static bool quick_parse(Value spec, Quick *q)
{
    ssize_t len = im_str_len(spec);
    if (!im_str_is_ascii(spec) || len == 0 || len > 9) return false;
    const char *p = im_str_data(spec), *end = p + len;
    *q = (Quick){.fill = ' ', .width = -1, .precision = -1};
    if (len >= 2 && is_align((uint8_t)p[1])) { q->fill = p[0]; q->align = p[1]; p += 2; }
    else if (is_align((uint8_t)*p)) q->align = *p++;
    if (q->align == '=') return false;
    if (p < end && *p == '0') {
        if (q->align) return false;
        q->fill = '0';
        q->align = '=';
        p++;
    }
    for (q->width = p < end && *p >= '0' && *p <= '9' ? 0 : -1; p < end && *p >= '0' && *p <= '9'; p++) q->width = q->width * 10 + (*p - '0');
    if (p < end && *p == '.') {
        if (++p == end || *p < '0' || *p > '9') return false;
        for (q->precision = 0; p < end && *p >= '0' && *p <= '9'; p++) q->precision = q->precision * 10 + (*p - '0');
    }
    if (p < end) q->type = *p++;
    return p == end && q->width < 1000 && q->precision < 1000;
}
/* len ASCII characters, with '-' among them or not, in the width asked for. */
static Value quick_number(Thread *t, const Quick *q, const char *s, ssize_t len)
{
    if (q->width <= len) return im_str_from_ascii(t, s, len);
    ssize_t pad = q->width - len, left = q->align == '<' ? 0 : q->align == '^' ? pad / 2 : pad;
    Value v = im_str_new(t, q->width, 127);
    if (im_no_value(v)) return v;
    char *d = im_str_data(v);
    if (q->align == '=' && *s == '-') { *d++ = '-'; s++; len--; }
    memset(d, q->fill, (size_t)left);
    memcpy(d + left, s, (size_t)len);
    memset(d + left + len, q->fill, (size_t)(pad - left));
    return v;
}
static char *quick_digits(char *end, uint64_t u, int least)
{
    char *p = end;
    do { *--p = (char)('0' + u % 10); u /= 10; } while (u);
    while (end - p < least) *--p = '0';
    return p;
}

static char *quick_bits(char *end, uint64_t u, int shift, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char *p = end;
    do { *--p = digits[u & ((1u << shift) - 1)]; u >>= shift; } while (u);
    return p;
}

Value im_format_str(Thread *t, Value v, Value spec)
{
    Quick q;
    if (im_str_is_ascii(v) && quick_parse(spec, &q) && (q.type == 0 || q.type == 's') && q.align != '=') {
        ssize_t n = im_str_len(v);
        if (q.precision >= 0 && n > q.precision) n = q.precision;
        if (q.width <= n) return im_str_substring(t, v, 0, n);
        if (!q.align) q.align = '<';
        return quick_number(t, &q, im_str_data(v), n);
    }
    Spec f;
    if (im_str_len(spec) == 0) return im_is_str_exact(v) ? im_new_ref(v) : im_str(t, v);
    if (parse_spec(t, spec, v, 's', '<', &f) < 0) return IM_NO_VALUE;
    if (f.type != 's') return unknown_code(t, &f, v);
    if (f.sign) return im_raise_valueerror(t, f.sign == ' ' ? "Space not allowed in string format specifier" : "Sign not allowed in string format specifier");
    if (f.no_neg0) return im_raise_valueerror(t, "Negative zero coercion (z) not allowed in string format specifier");
    if (f.alternate) return im_raise_valueerror(t, "Alternate form (#) not allowed in string format specifier");
    if (f.align == '=') return im_raise_valueerror(t, "'=' alignment not allowed in string format specifier");
    ssize_t len = im_str_len(v);
    if (f.precision >= 0 && len > f.precision) len = f.precision;
    if (f.width <= len) return im_str_substring(t, v, 0, len);
    int kind = im_str_kind(v);
    const void *data = im_str_data(v);
    uint32_t max = f.fill;
    for (ssize_t i = 0; i < len; i++) {
        uint32_t c = im_str_read(kind, data, i);
        if (c > max) max = c;
    }
    ssize_t left, right;
    split_padding(&f, len, &left, &right);
    Out o;
    if (out_begin(t, &o, left + len + right, max) < 0) return IM_NO_VALUE;
    out_fill(&o, f.fill, left);
    if (kind == 1 && o.kind == 1) out_ascii(&o, data, len);
    else for (ssize_t i = 0; i < len; i++) out_char(&o, im_str_read(kind, data, i));
    out_fill(&o, f.fill, right);
    return o.str;
}

/* --- numbers ----------------------------------------------------------------------------------------------------------------------------------- */

/* Decimal point, separator and sizes of groups. */
typedef struct Locale {
    uint32_t point[8], sep[8];
    ssize_t npoint, nsep;
    char groups[16]; /* as localeconv() has it: "" none; the last repeats; CHAR_MAX ends */
} Locale;

static ssize_t widen(uint32_t out[8], const char *s)
{
    wchar_t w[8];
    size_t n = mbstowcs(w, s, 8);
    if (n == (size_t)-1) { /* not text in this locale: bytes */
        n = strnlen(s, 8);
        for (size_t i = 0; i < n; i++) w[i] = (unsigned char)s[i];
    }
    for (size_t i = 0; i < n; i++) out[i] = (uint32_t)w[i];
    return (ssize_t)n;
}
static void get_locale(Grouping g, Locale *l)
{
    *l = (Locale){.point = {'.'}, .npoint = 1};
    if (g == G_LOCALE) {
        struct lconv *c = localeconv();
        l->npoint = widen(l->point, c->decimal_point);
        l->nsep = widen(l->sep, c->thousands_sep);
        strncpy(l->groups, c->grouping, sizeof(l->groups) - 1);
    } else if (g != G_NONE) {
        l->sep[0] = g == G_COMMA ? ',' : '_';
        l->nsep = 1;
        l->groups[0] = g == G_UNDERSCORE4 ? 4 : 3;
    }
}

/* n digits with separators, zeros in front up to min_width: the length. With o, writes so that it ends at o->pos + length. */
static ssize_t group_digits(const Locale *l, const char *digits, ssize_t n, ssize_t min_width, Out *o, ssize_t total)
{
    ssize_t count = 0, left = n;
    const char *g = l->groups;
    char size = 0;
    bool sep = false;
    for (;;) {
        ssize_t need = left > min_width ? left : min_width, len;
        if (need < 1) need = 1;
        bool last = false;
        if (*g == CHAR_MAX || (*g == 0 && size == 0)) {
            len = need;
            last = true;
        } else {
            if (*g) size = *g++;
            len = size < need ? size : need;
        }
        ssize_t chars = left < len ? left : len;
        if (sep) {
            count += l->nsep;
            if (o) for (ssize_t i = 0; i < l->nsep; i++) im_str_write(o->kind, o->data, o->pos + total - count + i, l->sep[i]);
        }
        for (ssize_t i = 0; o && i < len; i++)
            im_str_write(o->kind, o->data, o->pos + total - count - 1 - i, i < chars ? (uint8_t)digits[left - 1 - i] : '0');
        count += len;
        sep = true;
        left -= chars;
        min_width -= len;
        if (last || (left <= 0 && min_width <= 0)) return count;
        min_width -= l->nsep;
    }
}

/* A number in parts, and the widths that the spec gives them. */
typedef struct Layout {
    const char *digits, *rest; /* rest: after the decimal point, exponent, "nan", '%' */
    ssize_t ndigits, nrest, nprefix;
    uint32_t one_char;         /* instead of rest: type 'c' */
    const char *prefix;
    bool neg, has_point, upper;
    char sign_char;            /* 0: none */
    ssize_t left, inner, right, grouped, min_width, total;
} Layout;

static void lay_out(Layout *n, const Spec *f, const Locale *l)
{
    n->sign_char = n->neg ? '-' : f->sign == '+' ? '+' : f->sign == ' ' ? ' ' : 0;
    ssize_t fixed = (n->sign_char != 0) + n->nprefix + (n->has_point ? l->npoint : 0) + n->nrest;
    n->min_width = f->fill == '0' && f->align == '=' ? f->width - fixed : 0;
    n->grouped = n->ndigits ? group_digits(l, n->digits, n->ndigits, n->min_width, NULL, 0) : 0;
    ssize_t used = fixed + n->grouped, pad = f->width > used ? f->width - used : 0;
    n->left = f->align == '>' ? pad : f->align == '^' ? pad / 2 : 0;
    n->inner = f->align == '=' ? pad : 0;
    n->right = pad - n->left - n->inner;
    n->total = used + pad;
}
static uint32_t layout_maxchar(const Layout *n, const Spec *f, const Locale *l)
{
    uint32_t max = 127;
    if (n->one_char > max) max = n->one_char;
    if (n->total > n->grouped && n->left + n->inner + n->right && f->fill > max) max = f->fill;
    for (ssize_t i = 0; n->has_point && i < l->npoint; i++) if (l->point[i] > max) max = l->point[i];
    for (ssize_t i = 0; n->grouped > n->ndigits && i < l->nsep; i++) if (l->sep[i] > max) max = l->sep[i];
    return max;
}
static void write_layout(Out *o, const Layout *n, const Spec *f, const Locale *l)
{
    out_fill(o, f->fill, n->left);
    if (n->sign_char) out_char(o, (uint8_t)n->sign_char);
    out_ascii(o, n->prefix, n->nprefix);
    out_fill(o, f->fill, n->inner);
    if (n->grouped) {
        group_digits(l, n->digits, n->ndigits, n->min_width, o, n->grouped);
        o->pos += n->grouped;
    }
    if (n->has_point) out_text(o, l->point, l->npoint);
    if (n->one_char) out_char(o, n->one_char);
    else out_ascii(o, n->rest, n->nrest);
    out_fill(o, f->fill, n->right);
}
static Value finish_number(Thread *t, Layout *n, const Spec *f, const Locale *l)
{
    lay_out(n, f, l);
    Out o;
    if (out_begin(t, &o, n->total, layout_maxchar(n, f, l)) < 0) return IM_NO_VALUE;
    write_layout(&o, n, f, l);
    return o.str;
}

static Value format_int_char(Thread *t, Value v, const Spec *f)
{
    if (f->sign) return im_raise_valueerror(t, "Sign not allowed with integer format specifier 'c'");
    if (f->alternate) return im_raise_valueerror(t, "Alternate form (#) not allowed with integer format specifier 'c'");
    int64_t c;
    if (!im_int_get64(v, &c)) return im_raise_overflow(t, "Python int too large to convert to C long");
    if (c < 0 || c > 0x10FFFF) return im_raise_overflow(t, "%%c arg not in range(0x110000)");
    Locale l;
    get_locale(G_NONE, &l);
    Layout n = {.nrest = 1, .one_char = (uint32_t)c, .prefix = "", .rest = ""};
    char zero = 0;
    if (c == 0) { n.rest = &zero; n.one_char = 0; }
    return finish_number(t, &n, f, &l);
}

static Value format_int_digits(Thread *t, Value v, const Spec *f)
{
    int base = f->type == 'b' ? 2 : f->type == 'o' ? 8 : f->type == 'x' || f->type == 'X' ? 16 : 10;
    if (base == 10 && f->width < 0 && f->grouping == G_NONE && f->type == 'd' && (f->sign == 0 || f->sign == '-')) return im_int_to_str(t, v, 10, false);
    bool prefixed = f->alternate && base != 10;
    Value text = im_int_to_str(t, v, base, prefixed);
    if (im_no_value(text)) return text;
    Layout n = {.digits = im_str_data(text), .ndigits = im_str_len(text), .prefix = "", .rest = ""};
    if (*n.digits == '-') { n.neg = true; n.digits++; n.ndigits--; }
    char *upper = NULL;
    Value r = IM_NO_VALUE;
    if (f->type == 'X') {
        if (!(upper = im_raw_alloc(t, (size_t)n.ndigits))) goto done;
        for (ssize_t i = 0; i < n.ndigits; i++) upper[i] = (char)(n.digits[i] >= 'a' ? n.digits[i] - 32 : n.digits[i]);
        n.digits = upper;
    }
    if (prefixed) {
        n.prefix = n.digits;
        n.nprefix = 2;
        n.digits += 2;
        n.ndigits -= 2;
    }
    Locale l;
    get_locale(f->type == 'n' ? G_LOCALE : f->grouping, &l);
    r = finish_number(t, &n, f, &l);
done:
    im_raw_free(upper);
    im_drop(t, text);
    return r;
}

/* Cuts the text of a double into the parts of a layout. */
static void split_float(const char *s, ssize_t len, Layout *n)
{
    *n = (Layout){.prefix = ""};
    if (len && (*s == '-' || *s == '+')) { n->neg = *s == '-'; s++; len--; }
    n->digits = s;
    while (n->ndigits < len && s[n->ndigits] >= '0' && s[n->ndigits] <= '9') n->ndigits++;
    ssize_t i = n->ndigits;
    if (i < len && s[i] == '.') { n->has_point = true; i++; }
    n->rest = s + i;
    n->nrest = len - i;
}

/* Code and precision for im_float_text, or a raised error (-1). */
static int float_code(Thread *t, const Spec *f, uint32_t type, ssize_t default_precision, char *code, int *precision)
{
    ssize_t p = f->precision;
    if (p > INT_MAX - 1000) return im_raise_valueerror(t, "precision too big"), -1;
    if (type == 'n') type = 'g';
    if (p < 0) p = default_precision;
    else if (type == 'r') type = 'g';
    *code = (char)type;
    *precision = (int)p;
    return 0;
}
static int float_flags(const Spec *f) { return (f->alternate ? IM_FLT_ALT : 0) | (f->no_neg0 ? IM_FLT_NO_NEG0 : 0); }

static Value format_double(Thread *t, double d, const Spec *f)
{
    uint32_t type = f->type;
    ssize_t default_precision = 6;
    int flags = float_flags(f), precision;
    bool percent = false;
    char code;
    if (type == 0) {
        flags |= IM_FLT_ADD_DOT0;
        type = 'r';
        default_precision = 0;
    }
    if (type == '%') {
        type = 'f';
        d *= 100;
        percent = true;
    }
    if (float_code(t, f, type, default_precision, &code, &precision) < 0) return IM_NO_VALUE;
    char small[700], *buf = small;
    if (precision > 250 && !(buf = im_raw_alloc(t, (size_t)precision + 450))) return IM_NO_VALUE;
    size_t len = im_float_text(d, code, precision, flags, buf);
    if (percent) buf[len++] = '%';
    Layout n;
    split_float(buf, (ssize_t)len, &n);
    Locale l;
    get_locale(f->type == 'n' ? G_LOCALE : f->grouping, &l);
    Value r = finish_number(t, &n, f, &l);
    if (buf != small) im_raw_free(buf);
    return r;
}

static bool is_float_type(uint32_t c) { return c == 'e' || c == 'E' || c == 'f' || c == 'F' || c == 'g' || c == 'G' || c == '%'; }

Value im_format_int(Thread *t, Value v, Value spec)
{
    if (im_str_len(spec) == 0) return im_is_int_exact(v) ? im_int_to_str(t, v, 10, false) : im_str(t, v);
    Quick q;
    const bool quick = im_is_int(v) && quick_parse(spec, &q) && q.precision < 0;
    const int shift = !quick ? 0 : q.type == 'x' || q.type == 'X' ? 4 : q.type == 'b' ? 1 : q.type == 'o' ? 3 : 0;
    if (quick && (shift || q.type == 0 || q.type == 'd')) {
        char buf[72], *end = buf + sizeof buf;
        int64_t n = im_int_get(v);
        uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;
        char *p = shift ? quick_bits(end, u, shift, q.type == 'X') : quick_digits(end, u, 1);
        if (n < 0) *--p = '-';
        return quick_number(t, &q, p, end - p);
    }
    Spec f;
    if (parse_spec(t, spec, v, 'd', '>', &f) < 0) return IM_NO_VALUE;
    switch (f.type) {
    case 'b': case 'c': case 'd': case 'o': case 'x': case 'X': case 'n':
        if (f.precision != -1) return im_raise_valueerror(t, "Precision not allowed in integer format specifier");
        if (f.no_neg0) return im_raise_valueerror(t, "Negative zero coercion (z) not allowed in integer format specifier");
        return f.type == 'c' ? format_int_char(t, v, &f) : format_int_digits(t, v, &f);
    }
    if (!is_float_type(f.type)) return unknown_code(t, &f, v);
    double d = im_int_to_double(t, v);
    return im_pending(t) ? IM_NO_VALUE : format_double(t, d, &f);
}

Value im_format_float(Thread *t, Value v, Value spec)
{
    if (im_str_len(spec) == 0) return im_str(t, v);
    Quick q;
    double d = im_float_get(v);
    uint64_t u;
    const bool quick = quick_parse(spec, &q);
    if (quick && q.type == 'f' && __builtin_isfinite(d) && im_float_fixed(d, q.precision < 0 ? 6 : q.precision, &u)) {
        char buf[48], *end = buf + sizeof buf;
        int n = q.precision < 0 ? 6 : q.precision;
        char *p = quick_digits(end, u, n + 1);
        if (n) { /* the point between the digits */
            memmove(p - 1, p, (size_t)(end - p - n));
            p--;
            end[-n - 1] = '.';
        }
        if (__builtin_signbit(d)) *--p = '-';
        return quick_number(t, &q, p, end - p);
    }
    if (quick && q.precision < 200 && (is_float_type((uint8_t)q.type) || q.type == 0)) {
        char buf[700], code = q.type == '%' ? 'f' : q.type ? q.type : q.precision < 0 ? 'r' : 'g';
        ssize_t n = (ssize_t)im_float_text(q.type == '%' ? d * 100 : d, code, q.precision >= 0 ? q.precision : code == 'r' ? 0 : 6, q.type ? 0 : IM_FLT_ADD_DOT0, buf);
        if (q.type == '%') buf[n++] = '%';
        return quick_number(t, &q, buf, n);
    }
    Spec f;
    if (parse_spec(t, spec, v, 0, '>', &f) < 0) return IM_NO_VALUE;
    if (f.type != 0 && f.type != 'n' && !is_float_type(f.type)) return unknown_code(t, &f, v);
    return format_double(t, im_float_get(v), &f);
}

Value im_format_complex(Thread *t, Value v, Value spec)
{
    if (im_str_len(spec) == 0) return im_str(t, v);
    Spec f;
    if (parse_spec(t, spec, v, 0, '>', &f) < 0) return IM_NO_VALUE;
    if (f.type != 0 && f.type != 'n' && (f.type == '%' || !is_float_type(f.type))) return unknown_code(t, &f, v);
    if (f.fill == '0') return im_raise_valueerror(t, "Zero padding is not allowed in complex format specifier");
    if (f.align == '=') return im_raise_valueerror(t, "'=' alignment flag is not allowed in complex format specifier");
    double re = ((ImComplex *)im_ptr(v))->re, im = ((ImComplex *)im_ptr(v))->im;
    bool skip_re = false, brackets = false;
    uint32_t type = f.type;
    if (type == 0) {
        type = 'r';
        skip_re = re == 0 && !__builtin_signbit(re);
        brackets = !skip_re;
    }
    char code;
    int precision;
    if (float_code(t, &f, type, type == 'r' ? 0 : 6, &code, &precision) < 0) return IM_NO_VALUE;
    size_t room = (size_t)precision + 450;
    char *buf = im_raw_alloc(t, 2 * room);
    if (!buf) return IM_NO_VALUE;
    size_t nre = im_float_text(re, code, precision, float_flags(&f), buf), nim = im_float_text(im, code, precision, float_flags(&f), buf + room);
    Layout rl, il;
    split_float(buf, (ssize_t)nre, &rl);
    split_float(buf + room, (ssize_t)nim, &il);
    Locale l;
    get_locale(f.type == 'n' ? G_LOCALE : f.grouping, &l);
    Spec part = f;
    part.fill = 0;
    part.align = '<';
    part.width = -1;
    lay_out(&rl, &part, &l);
    if (!skip_re) part.sign = '+';
    lay_out(&il, &part, &l);
    ssize_t len = (skip_re ? 0 : rl.total) + il.total + 1 + (brackets ? 2 : 0), left, right;
    split_padding(&f, len, &left, &right);
    uint32_t max = layout_maxchar(&il, &part, &l), max2 = layout_maxchar(&rl, &part, &l);
    if (max2 > max) max = max2;
    if (left + right && f.fill > max) max = f.fill;
    Out o;
    if (out_begin(t, &o, left + len + right, max) == 0) {
        out_fill(&o, f.fill, left);
        if (brackets) out_char(&o, '(');
        if (!skip_re) write_layout(&o, &rl, &part, &l);
        write_layout(&o, &il, &part, &l);
        out_char(&o, 'j');
        if (brackets) out_char(&o, ')');
        out_fill(&o, f.fill, right);
    }
    im_raw_free(buf);
    return o.str;
}
