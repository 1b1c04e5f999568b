/* Module _locale: the C library's locale.
 * SPDX-License-Identifier: MIT
 *
 * Text from the C library is in the encoding of LC_CTYPE, or of another category whose locale differs: that one is made this thread's own while its text is read
 * (uselocale), so that other threads notice nothing. */
#include <errno.h>
#include <langinfo.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <wchar.h>

#include "modules/module.h"

#define F(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)
static Value locale_error; /* made once */
#define FAIL(t, ...) im_raise((t), im_as_type(locale_error), __VA_ARGS__)

/* --- text in and out ------------------------------------------------------------------------------------------------------------------------------- */
/* Undecodable bytes become lone surrogates. */
static Value decode(Thread *t, const char *s)
{
    ImStrBuilder b;
    mbstate_t st = {0};
    size_t left = strlen(s);
    im_sb_init(&b);
    while (left) {
        wchar_t w;
        size_t k = mbrtowc(&w, s, left, &st);
        if (k == 0 || k > left || (w >= 0xD800 && w <= 0xDFFF)) { w = (uint8_t)*s >= 128 ? 0xDC00 + (uint8_t)*s : (uint8_t)*s; k = 1; memset(&st, 0, sizeof st); }
        if (im_sb_char(t, &b, (uint32_t)w) < 0) { im_sb_free(&b); return IM_NO_VALUE; }
        s += k;
        left -= k;
    }
    return im_sb_finish(t, &b);
}
/* The same with the encoding of a category's own locale. */
static Value decode_of(Thread *t, int category, const char *s)
{
    bool ascii = true;
    for (const char *p = s; *p; p++) ascii &= (uint8_t)*p < 128;
    const char *name = ascii || category == LC_CTYPE ? NULL : setlocale(category, NULL), *ctype = setlocale(LC_CTYPE, NULL);
    if (!name || strcmp(name, ctype) == 0) return decode(t, s);
    locale_t l = newlocale(LC_CTYPE_MASK, name, (locale_t)0);
    if (!l) return decode(t, s);
    locale_t old = uselocale(l);
    Value v = decode(t, s);
    uselocale(old);
    freelocale(l);
    return v;
}
/* Wide text, zero ended; raw memory. ValueError for a zero inside. */
static wchar_t *wide(Thread *t, Value s)
{
    ssize_t len = im_str_len(s);
    if (im_str_find_char(s, 0, 0, len, 1) >= 0) { (void)im_raise_valueerror(t, "embedded null character"); return NULL; }
    wchar_t *w = im_raw_alloc(t, ((size_t)len + 1) * sizeof *w);
    if (!w) return NULL;
    for (ssize_t i = 0; i < len; i++) w[i] = (wchar_t)im_str_at(s, i);
    w[len] = 0;
    return w;
}
static const char *text_arg(Thread *t, const char *fname, int i, Value v)
{
    ssize_t len;
    if (!im_is_str(v)) { (void)im_raise_type(t, "%s() argument %d must be str, not %T", fname, i, v); return NULL; }
    const char *s = im_str_utf8(t, v, &len);
    if (s && strlen(s) != (size_t)len) { (void)im_raise_valueerror(t, "embedded null character"); return NULL; }
    return s;
}

/* --- setting and asking ------------------------------------------------------------------------------------------------------------------------------ */
F(f_setlocale)
{
    (void)self; (void)kw;
    int category;
    const char *name = NULL;
    if (im_as_int(t, a[0], &category) < 0) return IM_NO_VALUE;
    if (n > 1 && !im_is_none(a[1])) {
        if (!im_is_str(a[1])) return im_raise_type(t, "setlocale() argument 2 must be str or None, not %T", a[1]);
        if (!(name = text_arg(t, "setlocale", 2, a[1]))) return IM_NO_VALUE;
    }
    const char *r = setlocale(category, name);
    if (!r) return FAIL(t, name ? "unsupported locale setting" : "locale query failed");
    return decode(t, r);
}
static Value grouping(Thread *t, const char *s)
{
    Value r = im_list_new(t, 0);
    if (im_no_value(r) || !*s) return r;
    for (;; s++) {
        if (im_list_append_steal(t, r, im_int(*s)) < 0) { im_drop(t, r); return IM_NO_VALUE; }
        if (*s == 0 || *s == CHAR_MAX) return r;
    }
}
static int put(Thread *t, Value d, const char *name, Value v)
{
    if (im_no_value(v)) return -1;
    int r = im_dict_set_cstr(t, d, name, v);
    im_drop(t, v);
    return r;
}
F(f_localeconv)
{
    (void)self; (void)a; (void)n; (void)kw;
    const struct lconv *l = localeconv();
    Value d = im_dict_new(t);
    if (im_no_value(d)) return d;
#define TEXT(category, f) put(t, d, #f, decode_of(t, category, l->f)) < 0
#define NUMBER(f) put(t, d, #f, im_int(l->f)) < 0
    if (TEXT(LC_MONETARY, int_curr_symbol) || TEXT(LC_MONETARY, currency_symbol) || TEXT(LC_MONETARY, mon_decimal_point) || TEXT(LC_MONETARY, mon_thousands_sep) || put(t, d, "mon_grouping", grouping(t, l->mon_grouping)) < 0 ||
        TEXT(LC_MONETARY, positive_sign) || TEXT(LC_MONETARY, negative_sign) || NUMBER(int_frac_digits) || NUMBER(frac_digits) || NUMBER(p_cs_precedes) || NUMBER(p_sep_by_space) || NUMBER(n_cs_precedes) ||
        NUMBER(n_sep_by_space) || NUMBER(p_sign_posn) || NUMBER(n_sign_posn) || TEXT(LC_NUMERIC, decimal_point) || TEXT(LC_NUMERIC, thousands_sep) || put(t, d, "grouping", grouping(t, l->grouping)) < 0) {
        im_drop(t, d);
        return IM_NO_VALUE;
    }
    return d;
}

/* --- comparing ----------------------------------------------------------------------------------------------------------------------------------------- */
F(f_strcoll)
{
    (void)self; (void)n; (void)kw;
    for (int i = 0; i < 2; i++) if (!im_is_str(a[i])) return im_raise_type(t, "strcoll() argument %d must be str, not %T", i + 1, a[i]);
    wchar_t *x = wide(t, a[0]), *y = x ? wide(t, a[1]) : NULL;
    Value r = y ? im_int(wcscoll(x, y)) : IM_NO_VALUE;
    if (y) im_raw_free(y);
    if (x) im_raw_free(x);
    return r;
}
F(f_strxfrm)
{
    (void)self; (void)n; (void)kw;
    Value r = IM_NO_VALUE;
    if (!im_is_str(a[0])) return im_raise_type(t, "strxfrm() argument must be str, not %T", a[0]);
    wchar_t *w = wide(t, a[0]), *out = NULL;
    if (!w) return r;
    size_t cap = (size_t)im_str_len(a[0]) + 1, len;
    for (;;) {
        wchar_t *p = im_raw_realloc(t, out, cap * sizeof *p);
        if (!p) goto done;
        out = p;
        errno = 0;
        len = wcsxfrm(out, w, cap);
        if (errno && errno != ERANGE) { (void)im_raise_errno(t, errno); goto done; }
        if (len < cap) break;
        cap = len + 1;
    }

    for (size_t i = 0; i < len; i++) if ((uint32_t)out[i] > 0x10FFFF) { (void)im_raise_valueerror(t, "character U+%x is not in range [U+0000; U+10ffff]", (unsigned)out[i]); goto done; }
    r = im_str_from_kind(t, 4, out, (ssize_t)len);
done:
    if (out) im_raw_free(out);
    im_raw_free(w);
    return r;
}

/* --- nl_langinfo --------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct Item { const char *name; int key, category; } Item;
#define T(name) {#name, name, LC_TIME}
static const Item items[] = {
    T(DAY_1), T(DAY_2), T(DAY_3), T(DAY_4), T(DAY_5), T(DAY_6), T(DAY_7), T(ABDAY_1), T(ABDAY_2), T(ABDAY_3), T(ABDAY_4), T(ABDAY_5), T(ABDAY_6), T(ABDAY_7),
    T(MON_1), T(MON_2), T(MON_3), T(MON_4), T(MON_5), T(MON_6), T(MON_7), T(MON_8), T(MON_9), T(MON_10), T(MON_11), T(MON_12),
    T(ABMON_1), T(ABMON_2), T(ABMON_3), T(ABMON_4), T(ABMON_5), T(ABMON_6), T(ABMON_7), T(ABMON_8), T(ABMON_9), T(ABMON_10), T(ABMON_11), T(ABMON_12),
    {"RADIXCHAR", RADIXCHAR, LC_NUMERIC}, {"THOUSEP", THOUSEP, LC_NUMERIC}, {"CRNCYSTR", CRNCYSTR, LC_MONETARY}, T(D_T_FMT), T(D_FMT), T(T_FMT), T(AM_STR), T(PM_STR), {"CODESET", CODESET, LC_CTYPE},
    T(T_FMT_AMPM), T(ERA), T(ERA_D_FMT), T(ERA_D_T_FMT), T(ERA_T_FMT), T(ALT_DIGITS), {"YESEXPR", YESEXPR, LC_MESSAGES}, {"NOEXPR", NOEXPR, LC_MESSAGES}, T(_DATE_FMT)};
#undef T
F(f_langinfo)
{
    (void)self; (void)n; (void)kw;
    int key;
    if (im_as_int(t, a[0], &key) < 0) return IM_NO_VALUE;
    const Item *it = items, *end = items + sizeof items / sizeof *items;
    while (it < end && it->key != key) it++;
    if (it == end) return im_raise_valueerror(t, "unsupported langinfo constant");
    const char *s = nl_langinfo(key);
    if (key != ALT_DIGITS && key != ERA) return decode_of(t, it->category, s ? s : "");
    /* several texts, one behind the other, the last one empty: joined by semicolons */
    ImStrBuilder b;
    im_sb_init(&b);
    for (int i = 0; s && *s && (key == ERA || i < 100); i++, s += strlen(s) + 1) {
        Value v = decode_of(t, it->category, s);
        if (im_no_value(v)) goto fail;
        int r = i && im_sb_char(t, &b, ';') < 0 ? -1 : im_sb_str(t, &b, v);
        im_drop(t, v);
        if (r < 0) goto fail;
    }
    return im_sb_finish(t, &b);
fail:
    im_sb_free(&b);
    return IM_NO_VALUE;
}
F(f_getencoding)
{
    (void)self; (void)a; (void)n; (void)kw;
    const char *s = nl_langinfo(CODESET);
    return im_str_from_cstr(t, s && *s ? s : "UTF-8");
}

/* --- message catalogues --------------------------------------------------------------------------------------------------------------------------------- */
F(f_gettext)
{
    (void)self; (void)n; (void)kw;
    const char *m = text_arg(t, "gettext", 1, a[0]);
    return m ? decode(t, gettext(m)) : IM_NO_VALUE;
}
/* domain: str or None. */
static int domain_arg(Thread *t, const char *fname, Value v, const char **out)
{
    *out = NULL;
    if (im_is_none(v)) return 0;
    if (!im_is_str(v)) return im_raise_type(t, "%s() argument 1 must be str or None, not %T", fname, v), -1;
    return (*out = text_arg(t, fname, 1, v)) ? 0 : -1;
}
F(f_dgettext)
{
    (void)self; (void)n; (void)kw;
    const char *d, *m;
    if (domain_arg(t, "dgettext", a[0], &d) < 0 || !(m = text_arg(t, "dgettext", 2, a[1]))) return IM_NO_VALUE;
    return decode(t, dgettext(d, m));
}
F(f_dcgettext)
{
    (void)self; (void)n; (void)kw;
    const char *d, *m;
    int category;
    if (domain_arg(t, "dcgettext", a[0], &d) < 0 || !(m = text_arg(t, "dcgettext", 2, a[1])) || im_as_int(t, a[2], &category) < 0) return IM_NO_VALUE;
    return decode(t, dcgettext(d, m, category));
}
F(f_textdomain)
{
    (void)self; (void)n; (void)kw;
    const char *d;
    if (domain_arg(t, "textdomain", a[0], &d) < 0) return IM_NO_VALUE;
    d = textdomain(d);
    return d ? decode(t, d) : im_raise_errno(t, errno);
}
F(f_bindtextdomain)
{
    (void)self; (void)n; (void)kw;
    const char *d = text_arg(t, "bindtextdomain", 1, a[0]), *r;
    if (!d) return IM_NO_VALUE;
    if (!*d) return FAIL(t, "domain must be a non-empty string");
    if (im_is_none(a[1])) r = bindtextdomain(d, NULL);
    else {
        Value dir = im_fs_encode(t, a[1]);
        if (im_no_value(dir)) return dir;
        r = bindtextdomain(d, im_bytes_data(dir));
        im_drop(t, dir);
    }
    return r ? decode(t, r) : im_raise_errno(t, errno);
}
F(f_bindcodeset)
{
    (void)self; (void)n; (void)kw;
    const char *d = text_arg(t, "bind_textdomain_codeset", 1, a[0]), *c = NULL;
    if (!d || (!im_is_none(a[1]) && !(c = text_arg(t, "bind_textdomain_codeset", 2, a[1])))) return IM_NO_VALUE;
    c = bind_textdomain_codeset(d, c);
    return c ? decode(t, c) : IM_NONE;
}

/* --- module ------------------------------------------------------------------------------------------------------------------------------------------------ */
static const ImMethodDef locale_methods[] = {
    IM_RANGE("setlocale", f_setlocale, 1, 2, "($module, category, locale=<unrepresentable>, /)", "Activates/queries locale processing."),
    IM_FIXED("localeconv", f_localeconv, 0, "($module, /)", "Returns numeric and monetary locale-specific parameters."),
    IM_FIXED("strcoll", f_strcoll, 2, "($module, os1, os2, /)", "Compares two strings according to the locale."),
    IM_FIXED("strxfrm", f_strxfrm, 1, "($module, string, /)", "Return a string that can be used as a key for locale-aware comparisons."),
    IM_FIXED("nl_langinfo", f_langinfo, 1, "($module, key, /)", "Return the value for the locale information associated with key."),
    IM_FIXED("getencoding", f_getencoding, 0, "($module, /)", "Get the current locale encoding."),
    IM_FIXED("gettext", f_gettext, 1, "($module, msg, /)", "gettext(msg) -> string\n\nReturn translation of msg."),
    IM_FIXED("dgettext", f_dgettext, 2, "($module, domain, msg, /)", "dgettext(domain, msg) -> string\n\nReturn translation of msg in domain."),
    IM_FIXED("dcgettext", f_dcgettext, 3, "($module, domain, msg, category, /)", "Return translation of msg in domain and category."),
    IM_FIXED("textdomain", f_textdomain, 1, "($module, domain, /)", "Set the C library's textdmain to domain, returning the new domain."),
    IM_FIXED("bindtextdomain", f_bindtextdomain, 2, "($module, domain, dir, /)", "Bind the C library's domain to dir."),
    IM_FIXED("bind_textdomain_codeset", f_bindcodeset, 2, "($module, domain, codeset, /)", "Bind the C library's domain to codeset."), IM_END};
static int make_error(Thread *t)
{
    if (!im_no_value(locale_error)) return 0;
    Value name = im_str_from_cstr(t, "Error"), bases = im_tuple_pack(t, 1, im_type_value(&im_Exception_type)), ns = im_dict_new(t), mod = im_str_from_cstr(t, "locale");
    if (im_no_value(name) || im_no_value(bases) || im_no_value(ns) || im_no_value(mod) || im_dict_set(t, ns, IM_S(__module__), mod) < 0) return -1;
    Value error = im_call3(t, im_type_value(&im_type_type), name, bases, ns);
    im_drop(t, name);
    im_drop(t, bases);
    im_drop(t, ns);
    im_drop(t, mod);
    if (im_no_value(error)) return -1;
    im_publish(t, error);
    im_root_add(&locale_error);
    locale_error = error;
    return 0;
}
static int locale_exec(Thread *t, Value m)
{
    static const struct { const char *name; int value; } numbers[] = {{"LC_CTYPE", LC_CTYPE}, {"LC_TIME", LC_TIME}, {"LC_COLLATE", LC_COLLATE}, {"LC_MONETARY", LC_MONETARY}, {"LC_MESSAGES", LC_MESSAGES},
        {"LC_NUMERIC", LC_NUMERIC}, {"LC_ALL", LC_ALL}, {"CHAR_MAX", CHAR_MAX}};
    if (make_error(t) < 0) return -1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) if (im_module_add_int(t, m, numbers[i].name, numbers[i].value) < 0) return -1;
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) if (im_module_add_int(t, m, items[i].name, items[i].key) < 0) return -1;
    return im_module_add(t, m, "Error", im_new_ref(locale_error));
}
static const ImModuleDef locale_def = {.name = "_locale", .doc = "Support for POSIX locales.", .methods = locale_methods, .exec = locale_exec};
IM_MODULE(locale_def);
