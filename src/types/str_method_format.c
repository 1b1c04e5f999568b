/* str.format(), str.format_map(), and the parsers that string.Formatter uses through _string.
 * SPDX-License-Identifier: MIT */
#include "types/str_parse.h"

#include "types/dict.h"
#include "types/int.h"
#include "types/str_methods.h"
#include "types/tuple.h"

/* --- one piece of markup: literal text, then perhaps a replacement field ------------------------------------------------------------ */
int im_markup_next(Thread *t, ImMarkup *m, ImMarkupPiece *out)
{
    Value s = m->s;
    ssize_t len = m->end, i = m->pos, start = i;
    memset(out, 0, sizeof *out);
    if (i >= len) return 0;
    out->lit_start = start;
    while (i < len) {
        uint32_t c = im_str_at(s, i);
        if (c != '{' && c != '}') { i++; continue; }
        bool last = i + 1 >= len;
        if (!last && im_str_at(s, i + 1) == c) { /* doubled: the first one belongs to the literal */
            out->lit_end = i + 1;
            m->pos = i + 2;
            return 1;
        }
        if (c == '}') return im_raise_valueerror(t, "Single '}' encountered in format string"), -1;
        if (last) return im_raise_valueerror(t, "Single '{' encountered in format string"), -1;
        break;
    }
    out->lit_end = i;
    if (i >= len) { m->pos = i; return 1; }
    /* replacement field */
    out->has_field = true;
    out->name_start = ++i;
    ssize_t depth = 0;
    bool bracket = false;
    for (; i < len; i++) {
        uint32_t c = im_str_at(s, i);
        if (c == '[') bracket = true;
        else if (c == ']') bracket = false;
        else if (bracket) continue;
        else if (c == '{') return im_raise_valueerror(t, "unexpected '{' in field name"), -1;
        else if (c == '}' || c == ':' || c == '!') break;
    }
    out->name_end = i;
    out->spec_start = out->spec_end = i;
    if (i >= len) return im_raise_valueerror(t, "expected '}' before end of string"), -1;
    uint32_t c = im_str_at(s, i);
    if (c == '!') {
        if (++i >= len) return im_raise_valueerror(t, "end of string while looking for conversion specifier"), -1;
        out->conversion = im_str_at(s, i);
        if (++i >= len) return im_raise_valueerror(t, "unmatched '{' in format spec"), -1;
        c = im_str_at(s, i);
        if (c != ':' && c != '}') return im_raise_valueerror(t, "expected ':' after conversion specifier"), -1;
    }
    if (c == ':') {
        out->spec_start = ++i;
        depth = 1;
        for (; i < len; i++) {
            c = im_str_at(s, i);
            if (c == '{') { out->nested = true; depth++; }
            else if (c == '}' && --depth == 0) break;
        }
        if (i >= len) return im_raise_valueerror(t, "unmatched '{' in format spec"), -1;
        out->spec_end = i;
    } else {
        out->spec_start = out->spec_end = i;
    }
    m->pos = i + 1;
    return 1;
}

/* First part of a field name: returns its end; *index = its number, -1 when it is not one, -2 on error. */
ssize_t im_field_first(Thread *t, Value s, ssize_t start, ssize_t end, int64_t *index)
{
    ssize_t i = start;
    while (i < end && im_str_at(s, i) != '.' && im_str_at(s, i) != '[') i++;
    *index = -1;
    if (i > start) {
        int64_t x = 0;
        ssize_t j = start;
        for (; j < i && im_str_at(s, j) >= '0' && im_str_at(s, j) <= '9'; j++) {
            if (x > (INT64_MAX >> 4) / 10) { (void)im_raise_valueerror(t, "Too many decimal digits in format string"); *index = -2; return -1; }
            x = x * 10 + (int64_t)(im_str_at(s, j) - '0');
        }
        if (j == i) *index = x;
    }
    return i;
}
/* Next accessor from *pos: 1 attribute, 2 item, 0 none left, -1. Name is [*a, *b). *index as above for items. */
int im_field_next(Thread *t, Value s, ssize_t *pos, ssize_t end, ssize_t *a, ssize_t *b, int64_t *index)
{
    ssize_t i = *pos;
    if (i >= end) return 0;
    uint32_t c = im_str_at(s, i++);
    *index = -1;
    *a = i;
    if (c == '.') {
        while (i < end && im_str_at(s, i) != '.' && im_str_at(s, i) != '[') i++;
        *b = *pos = i;
        if (*a == *b) return im_raise_valueerror(t, "Empty attribute in format string"), -1;
        return 1;
    }
    if (c != '[') return im_raise_valueerror(t, "Only '.' or '[' may follow ']' in format field specifier"), -1;
    while (i < end && im_str_at(s, i) != ']') i++;
    if (i >= end) return im_raise_valueerror(t, "Missing ']' in format string"), -1;
    *b = i;
    *pos = i + 1;
    if (*a == *b) return im_raise_valueerror(t, "Empty attribute in format string"), -1;
    int64_t x = 0;
    ssize_t j = *a;
    for (; j < *b && im_str_at(s, j) >= '0' && im_str_at(s, j) <= '9'; j++) {
        if (x > (INT64_MAX >> 4) / 10) return im_raise_valueerror(t, "Too many decimal digits in format string"), -1;
        x = x * 10 + (int64_t)(im_str_at(s, j) - '0');
    }
    if (j == *b) *index = x;
    return 2;
}

typedef struct Fmt {
    const Value *args;
    size_t nargs;
    Value kwargs;      /* mapping or no value */
    int64_t auto_index; /* next automatic number; -1: manual numbering; starts undecided */
    int mode;          /* 0 undecided, 1 automatic, 2 manual */
} Fmt;

static Value field_value(Thread *t, Fmt *f, Value s, ssize_t start, ssize_t end)
{
    int64_t index;
    ssize_t pos = im_field_first(t, s, start, end, &index);
    Value v;
    if (index == -2) return IM_NO_VALUE;
    if (pos == start || index >= 0) {
        int mode = pos == start ? 1 : 2;
        if (f->mode && f->mode != mode)
            return im_raise_valueerror(t, mode == 1 ? "cannot switch from manual field specification to automatic field numbering"
                                                    : "cannot switch from automatic field numbering to manual field specification");
        f->mode = mode;
        if (mode == 1) index = f->auto_index++;
        if (!f->args) return im_raise_valueerror(t, "Format string contains positional fields");
        if ((size_t)index >= f->nargs) return im_raise_index(t, "Replacement index %zd out of range for positional args tuple", (ssize_t)index);
        v = im_new_ref(f->args[index]);
    } else {
        Value key = im_str_substring(t, s, start, pos);
        if (im_no_value(key)) return key;
        if (im_no_value(f->kwargs)) v = im_raise_key(t, key);
        else v = im_getitem(t, f->kwargs, key);
        im_drop(t, key);
        if (im_no_value(v)) return v;
    }
    ssize_t a, b;
    int r;
    while ((r = im_field_next(t, s, &pos, end, &a, &b, &index)) > 0) {
        Value key = r == 2 && index >= 0 ? im_int_new(t, index) : im_str_substring(t, s, a, b), w = IM_NO_VALUE;
        if (!im_no_value(key)) w = r == 1 ? im_getattr(t, v, key) : im_getitem(t, v, key);
        im_xdrop(t, key);
        im_drop(t, v);
        if (im_no_value(w)) return w;
        v = w;
    }
    if (r < 0) { im_drop(t, v); return IM_NO_VALUE; }
    return v;
}

static int render(Thread *t, Fmt *f, ImStrBuilder *b, Value s, ssize_t start, ssize_t end, int depth)
{
    ImMarkup m = {s, start, end};
    ImMarkupPiece p;
    int r;
    if (depth <= 0) return im_raise_valueerror(t, "Max string recursion exceeded"), -1;
    while ((r = im_markup_next(t, &m, &p)) > 0) {
        if (im_sb_substr(t, b, s, p.lit_start, p.lit_end) < 0) return -1;
        if (!p.has_field) continue;
        Value v = field_value(t, f, s, p.name_start, p.name_end), x = v, spec, text;
        if (im_no_value(v)) return -1;
        if (p.conversion) {
            x = p.conversion == 'r' ? im_repr(t, v) : p.conversion == 's' ? im_str(t, v) : p.conversion == 'a' ? im_ascii(t, v)
              : p.conversion > 32 && p.conversion < 127 ? im_raise_valueerror(t, "Unknown conversion specifier %c", (int)p.conversion)
                                                          : im_raise_valueerror(t, "Unknown conversion specifier \\x%x", p.conversion);
            im_drop(t, v);
            if (im_no_value(x)) return -1;
        }
        if (p.nested) {
            ImStrBuilder sb;
            im_sb_init(&sb);
            if (render(t, f, &sb, s, p.spec_start, p.spec_end, depth - 1) < 0) { im_sb_free(&sb); im_drop(t, x); return -1; }
            spec = im_sb_finish(t, &sb);
        } else {
            spec = im_str_substring(t, s, p.spec_start, p.spec_end);
        }
        text = im_no_value(spec) ? spec : im_format(t, x, spec);
        im_xdrop(t, spec);
        im_drop(t, x);
        if (im_no_value(text)) return -1;
        r = im_sb_str(t, b, text);
        im_drop(t, text);
        if (r < 0) return -1;
    }
    return r;
}
static Value do_format(Thread *t, Value self, Fmt *f)
{
    ImStrBuilder b;
    im_sb_init(&b);
    if (render(t, f, &b, self, 0, im_str_len(self), 2) < 0) { im_sb_free(&b); return IM_NO_VALUE; }
    return im_sb_finish(t, &b);
}
IM_STR_METHOD(im_str_m_format)
{
    Fmt f = {a, n, IM_NO_VALUE, 0, 0};
    static const Value none[1];
    if (!f.args) f.args = none;
    if (!im_no_value(kw)) {
        f.kwargs = im_dict_new(t);
        if (im_no_value(f.kwargs)) return f.kwargs;
        for (ssize_t i = 0; i < im_tuple_len(kw); i++)
            if (im_dict_set(t, f.kwargs, im_tuple_get(kw, i), a[n + (size_t)i]) < 0) { im_drop(t, f.kwargs); return IM_NO_VALUE; }
    }
    Value r = do_format(t, self, &f);
    im_xdrop(t, f.kwargs);
    return r;
}
IM_STR_METHOD(im_str_m_format_map)
{
    (void)n; (void)kw;
    Fmt f = {NULL, 0, a[0], 0, 0};
    return do_format(t, self, &f);
}
