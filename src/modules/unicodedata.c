/* unicodedata: the Unicode Character Database, today's and that of Unicode 3.2 (ucd_3_2_0).
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <strings.h>

#include "modules/module.h"
#include "modules/unicodedata_3_2.h"
#include "types/unicode_db.h"
#include "types/unicode_names.h"
#include "types/unicode_norm.h"

/* In the order of the numbers in ImUcRecord. */
static const char *const categories[] = {"Cn", "Lu", "Ll", "Lt", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Lm", "Lo", "Pc", "Pd", "Ps", "Pe",
    "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So"};
static const char *const bidis[] = {"", "L", "LRE", "LRO", "R", "AL", "RLE", "RLO", "PDF", "EN", "ES", "ET", "AN", "CS", "NSM", "BN", "B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"};
static const char *const widths[] = {"N", "F", "H", "W", "Na", "A"};

typedef struct Ucd { ImObject head; } Ucd; /* ucd_3_2_0: its methods are the module's, for the older version */
IM_TYPE_DECLARE(UCD);
static bool is_old(Value self) { return im_is_instance_of(self, &im_UCD_type); }

/* What is known of c in 3.2: null when as today. *absent: it was not assigned. */
static __typeof__(&uc_changes_3_2[0]) old_change(Value self, uint32_t c, bool *absent)
{
    *absent = false;
    if (!is_old(self)) return NULL;
    if (!im_uc_in_3_2(c)) { *absent = im_uc(c)->category != 0; return NULL; }
    size_t lo = 0, hi = IM_COUNTOF(uc_changes_3_2);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (uc_changes_3_2[mid].to < c) lo = mid + 1;
        else hi = mid;
    }
    return lo < IM_COUNTOF(uc_changes_3_2) && c >= uc_changes_3_2[lo].from ? &uc_changes_3_2[lo] : NULL;
}
static int char_arg(Thread *t, const char *fname, const char *which, Value v, uint32_t *c)
{
    if (!im_is_str(v) || im_str_len(v) != 1) return im_raise_type(t, "%s() argument%s must be a unicode character, not %T", fname, which, v), -1;
    *c = im_str_at(v, 0);
    return 0;
}
#define FN(fn) static Value fn(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define ONE(fname) (void)nargs; (void)kwnames; uint32_t c; bool absent; if (char_arg(t, fname, "", args[0], &c) < 0) return IM_NO_VALUE; \
    __typeof__(&uc_changes_3_2[0]) was = old_change(self, c, &absent); (void)was
#define TWO(fname) (void)kwnames; uint32_t c; bool absent; if (char_arg(t, fname, " 1", args[0], &c) < 0) return IM_NO_VALUE; \
    __typeof__(&uc_changes_3_2[0]) was = old_change(self, c, &absent); (void)was
static Value otherwise(Thread *t, const Value *args, size_t nargs, const char *what) { return nargs > 1 ? im_new_ref(args[1]) : im_raise_valueerror(t, "%s", what); }

FN(ud_decimal)
{
    TWO("decimal");
    int v = im_uc(c)->flags & IM_UC_DECIMAL ? im_uc(c)->decimal : -1;
    if (absent) v = -1;
    else if (was && was->decimal != SAME) v = was->decimal;
    return v < 0 ? otherwise(t, args, nargs, "not a decimal") : im_int(v);
}
FN(ud_digit)
{
    TWO("digit");
    int v = im_uc(c)->flags & IM_UC_DIGIT ? im_uc(c)->digit : -1;
    return v < 0 ? otherwise(t, args, nargs, "not a digit") : im_int(v);
}
FN(ud_numeric)
{
    TWO("numeric");
    double v = im_uc(c)->flags & IM_UC_NUMERIC ? im_uc_numeric(c) : -1;
    if (absent) v = -1;
    else if (was && was->numeric != SAME) v = was->numeric;
    return v == -1 ? otherwise(t, args, nargs, "not a numeric character") : im_float_new(t, v);
}
FN(ud_category) { ONE("category"); return im_str_from_cstr(t, absent ? "Cn" : categories[was && was->category >= 0 ? was->category : im_uc(c)->category]); }
FN(ud_bidirectional) { ONE("bidirectional"); return im_str_from_cstr(t, absent ? "" : bidis[was && was->bidi >= 0 ? was->bidi : im_uc(c)->bidi]); }
FN(ud_combining) { ONE("combining"); return im_int(absent ? 0 : im_uc(c)->combining); }
FN(ud_mirrored) { ONE("mirrored"); return im_int(absent ? 0 : was && was->mirrored >= 0 ? was->mirrored : im_uc(c)->mirrored); }
FN(ud_east_asian_width)
{
    ONE("east_asian_width");
    if (absent) return im_str_from_cstr(t, "N");
    return im_str_from_cstr(t, widths[was && was->eaw >= 0 ? was->eaw : im_uc(c)->eaw]);
}
FN(ud_decomposition)
{
    ONE("decomposition");
    const char *tag;
    const uint32_t *codes;
    char text[300];
    int n = absent ? 0 : im_norm_decomposition(c, &tag, &codes), at = 0;
    if (n && *tag) at = snprintf(text, sizeof text, "%s ", tag);
    for (int i = 0; i < n && at < (int)sizeof text - 10; i++) at += snprintf(text + at, sizeof text - (size_t)at, i ? " %04X" : "%04X", codes[i]);
    return im_str_from_utf8(t, text, at);
}
static int form_arg(Thread *t, const char *fname, const Value *args, ImNorm *form)
{
    static const char *const names[] = {"NFD", "NFKD", "NFC", "NFKC"};
    for (int i = 0; i < 2; i++)
        if (!im_is_str(args[i])) return im_raise_type(t, "%s() argument %d must be str, not %T", fname, i + 1, args[i]), -1;
    for (int i = 0; i < 4; i++)
        if (im_str_equal_cstr(args[0], names[i])) return *form = (ImNorm)i, 0;
    return im_raise_valueerror(t, "invalid normalization form"), -1;
}
FN(ud_is_normalized)
{
    (void)nargs; (void)kwnames;
    ImNorm form;
    if (form_arg(t, "is_normalized", args, &form) < 0) return IM_NO_VALUE;
    bool old = is_old(self);
    ImNormCheck quick = old ? IM_NORM_MAYBE : im_norm_quick(args[1], form);
    if (quick != IM_NORM_MAYBE) return im_bool(quick == IM_NORM_YES);
    Value n = im_norm(t, args[1], form, old);
    if (im_no_value(n)) return n;
    int same = im_str_equal(n, args[1]);
    im_drop(t, n);
    return im_bool(same);
}
FN(ud_normalize)
{
    (void)nargs; (void)kwnames;
    ImNorm form;
    return form_arg(t, "normalize", args, &form) < 0 ? IM_NO_VALUE : im_norm(t, args[1], form, is_old(self));
}
FN(ud_name)
{
    TWO("name");
    char name[IM_UC_NAME_MAX];
    size_t n = absent ? 0 : im_uc_name(c, name);
    return n ? im_str_from_utf8(t, name, (ssize_t)n) : otherwise(t, args, nargs, "no such name");
}
FN(ud_lookup)
{
    (void)nargs; (void)kwnames;
    if (!im_is_str(args[0])) return im_raise_type(t, "lookup() argument must be str, not %T", args[0]);
    ssize_t len;
    uint32_t codes[4];
    const char *s = im_str_utf8(t, args[0], &len);
    if (!s) return IM_NO_VALUE;
    if (len > 256) return im_raise(t, &im_KeyError_type, "name too long");
    bool old = is_old(self);
    int n = im_uc_lookup(s, (size_t)len, !old, codes);
    if (n && old) { /* no aliases then, and no characters that came later */
        char own[IM_UC_NAME_MAX];
        size_t k = im_uc_name(codes[0], own);
        if (!im_uc_in_3_2(codes[0]) || k != (size_t)len || strncasecmp(own, s, k)) n = 0;
    }
    if (!n) return im_raise(t, &im_KeyError_type, "undefined character name '%s'", s);
    return im_str_from_kind(t, 4, codes, n);
}

#define DATA_METHODS(self) \
    IM_RANGE("decimal", ud_decimal, 1, 2, "(" self "chr, default=<unrepresentable>, /)", "Converts a Unicode character into its equivalent decimal value.\n\n" \
        "Returns the decimal value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised."), \
    IM_RANGE("digit", ud_digit, 1, 2, "(" self "chr, default=<unrepresentable>, /)", "Converts a Unicode character into its equivalent digit value.\n\n" \
        "Returns the digit value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised."), \
    IM_RANGE("numeric", ud_numeric, 1, 2, "(" self "chr, default=<unrepresentable>, /)", "Converts a Unicode character into its equivalent numeric value.\n\n" \
        "Returns the numeric value assigned to the character chr as float.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised."), \
    IM_FIXED("category", ud_category, 1, "(" self "chr, /)", "Returns the general category assigned to the character chr as string."), \
    IM_FIXED("bidirectional", ud_bidirectional, 1, "(" self "chr, /)", "Returns the bidirectional class assigned to the character chr as string.\n\n" \
        "If no such value is defined, an empty string is returned."), \
    IM_FIXED("combining", ud_combining, 1, "(" self "chr, /)", "Returns the canonical combining class assigned to the character chr as integer.\n\n" \
        "Returns 0 if no combining class is defined."), \
    IM_FIXED("mirrored", ud_mirrored, 1, "(" self "chr, /)", "Returns the mirrored property assigned to the character chr as integer.\n\n" \
        "Returns 1 if the character has been identified as a \"mirrored\"\ncharacter in bidirectional text, 0 otherwise."), \
    IM_FIXED("east_asian_width", ud_east_asian_width, 1, "(" self "chr, /)", "Returns the east asian width assigned to the character chr as string."), \
    IM_FIXED("decomposition", ud_decomposition, 1, "(" self "chr, /)", "Returns the character decomposition mapping assigned to the character chr as string.\n\n" \
        "An empty string is returned in case no such mapping is defined."), \
    IM_FIXED("is_normalized", ud_is_normalized, 2, "(" self "form, unistr, /)", "Return whether the Unicode string unistr is in the normal form 'form'.\n\n" \
        "Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'."), \
    IM_FIXED("normalize", ud_normalize, 2, "(" self "form, unistr, /)", "Return the normal form 'form' for the Unicode string unistr.\n\n" \
        "Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'."), \
    IM_RANGE("name", ud_name, 1, 2, "(" self "chr, default=<unrepresentable>, /)", "Returns the name assigned to the character chr as a string.\n\n" \
        "If no name is defined, default is returned, or, if not given,\nValueError is raised."), \
    IM_FIXED("lookup", ud_lookup, 1, "(" self "name, /)", "Look up character by name.\n\nIf a character with the given name is found, return the\n" \
        "corresponding character.  If not found, KeyError is raised."), \
    IM_END
static const ImMethodDef functions[] = {DATA_METHODS("$module, ")};
static const ImMethodDef ucd_methods[] = {DATA_METHODS("$self, ")};

static Value ucd_version(Thread *t, Value self, void *closure) { (void)self; (void)closure; return im_str_from_cstr(t, "3.2.0"); }
static const ImGetSetDef ucd_getset[] = {{"unidata_version", ucd_version, NULL, NULL, NULL}, IM_END};
static const ImTypeSpec UCD_spec = {.name = "unicodedata.UCD", .size = sizeof(Ucd), .flags = IM_TF_NO_NEW | IM_TF_IMMUTABLE, .methods = ucd_methods, .getset = ucd_getset};
IM_TYPE(UCD, &UCD_spec);

static int exec(Thread *t, Value m)
{
    if (im_module_add_str(t, m, "unidata_version", "15.1.0") < 0 || im_module_add(t, m, "UCD", im_type_value(&im_UCD_type)) < 0) return -1;
    return im_module_add(t, m, "ucd_3_2_0", im_instance_new(t, &im_UCD_type));
}
static const ImModuleDef def = {
    .name = "unicodedata",
    .doc = "This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters. The data in\n"
           "this database is based on the UnicodeData.txt file version\n15.1.0 which is publicly available from the Unicode Consortium.\n\n"
           "The module uses the same names and symbols as defined by the\nUnicodeData File Format 15.1.0.",
    .methods = functions, .exec = exec,
};
IM_MODULE(def);
