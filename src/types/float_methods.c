/* Methods of float.
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>

#include "types/float_impl.h"
#include "types/float_text.h"
#include "types/int_impl.h"
#include "types/number_text.h"
#include "types/str.h"
#include "types/tuple.h"

#define METHOD(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS() ((void)args, (void)nargs, (void)kwnames)

METHOD(float_conjugate) { UNUSED_ARGS(); return im_float_exact(t, self); }
METHOD(float_trunc) { UNUSED_ARGS(); return im_int_from_double(t, im_float_get(self)); }
METHOD(float_floor) { UNUSED_ARGS(); return im_int_from_double(t, floor(im_float_get(self))); }
METHOD(float_ceil) { UNUSED_ARGS(); return im_int_from_double(t, ceil(im_float_get(self))); }
METHOD(float_is_integer)
{
    UNUSED_ARGS();
    (void)t;
    double x = im_float_get(self);
    return im_bool(isfinite(x) && floor(x) == x);
}

METHOD(float_round)
{
    (void)kwnames;
    double x = im_float_get(self);
    if (nargs == 0 || im_is_none(args[0])) return im_int_from_double(t, nearbyint(x)); /* rounding mode: to nearest even */
    ssize_t n;
    if (im_as_ssize(t, args[0], NULL, &n) < 0) return IM_NO_VALUE;
    if (!isfinite(x) || n > 323) return im_float_new(t, x); /* finer than any double's last digit */
    if (n < -308) return im_float_new(t, 0.0 * x);
    double r = im_float_round_digits(x, (int)n);
    if (isinf(r)) return im_raise_overflow(t, "rounded value too large to represent");
    return im_float_new(t, r);
}

METHOD(float_as_integer_ratio)
{
    UNUSED_ARGS();
    double x = im_float_get(self);
    if (isinf(x)) return im_raise_overflow(t, "cannot convert Infinity to integer ratio");
    if (isnan(x)) return im_raise_valueerror(t, "cannot convert NaN to integer ratio");
    int e;
    double m = frexp(x, &e);
    for (int i = 0; i < 300 && m != floor(m); i++) { m *= 2.0; e--; }
    Value num = im_int_from_double(t, m), den = im_int(1);
    if (im_no_value(num)) return num;
    Value *grows = e > 0 ? &num : &den, shift = im_int_pow(t, im_int(2), im_int(e > 0 ? e : -e), IM_NONE);
    if (im_no_value(shift) || im_int_imul(t, grows, shift) < 0) {
        im_xdrop(t, num);
        im_xdrop(t, den);
        im_xdrop(t, shift);
        return IM_NO_VALUE;
    }
    im_drop(t, shift);
    return im_tuple_steal_array(t, (Value[]){num, den}, 2);
}

METHOD(float_getnewargs)
{
    UNUSED_ARGS();
    Value x = im_float_exact(t, self);
    return im_no_value(x) ? x : im_tuple_steal_array(t, (Value[]){x}, 1);
}
METHOD(float_format)
{
    UNUSED_ARGS();
    if (!im_is_str(args[0])) return im_raise_type(t, "__format__() argument must be str, not %.50T", args[0]);
    return im_format_float(t, self, args[0]);
}
METHOD(float_getformat)
{
    UNUSED_ARGS();
    (void)self;
    if (!im_is_str(args[0])) return im_raise_type(t, "__getformat__() argument must be str, not %.50T", args[0]);
    if (!im_str_equal_cstr(args[0], "double") && !im_str_equal_cstr(args[0], "float"))
        return im_raise_valueerror(t, "__getformat__() argument 1 must be 'double' or 'float'");
    return im_str_from_cstr(t, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "IEEE, little-endian" : "IEEE, big-endian");
}

/* --- hexadecimal ---------------------------------------------------------------------------------------------------------------------- */

METHOD(float_hex)
{
    UNUSED_ARGS();
    double x = im_float_get(self);
    if (!isfinite(x)) return im_repr(t, self);
    const char *sign = signbit(x) ? "-" : "";
    if (x == 0) return im_str_format(t, "%s0x0.0p+0", sign);
    uint64_t u;
    memcpy(&u, &x, 8);
    int e = (int)(u >> 52 & 0x7FF);
    char digits[14];
    for (int i = 0; i < 13; i++) digits[i] = "0123456789abcdef"[u >> (48 - 4 * i) & 15];
    digits[13] = 0;
    int p = e ? e - 1023 : -1022;
    return im_str_format(t, "%s0x%c.%sp%c%d", sign, e ? '1' : '0', digits, p < 0 ? '-' : '+', p < 0 ? -p : p);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
static bool word(const char **s, const char *end, const char *w)
{
    size_t n = strlen(w);
    if ((size_t)(end - *s) < n) return false;
    for (size_t i = 0; i < n; i++)
        if (((*s)[i] | 32) != w[i]) return false;
    *s += n;
    return true;
}

/* [sign] ["0x"] hex [. hex] ["p" exponent], or inf, nan. 1; 0: not a valid one; -1: too large. */
static int parse_hex(const char *s, const char *end, double *out)
{
    while (s < end && im_is_c_space(*s)) s++;
    while (s < end && im_is_c_space(end[-1])) end--;
    bool neg = false;
    if (s < end && (*s == '+' || *s == '-')) neg = *s++ == '-';
    if (word(&s, end, "inf")) {
        (void)word(&s, end, "inity");
        *out = neg ? -INFINITY : INFINITY;
        return s == end;
    }
    if (word(&s, end, "nan")) {
        *out = copysign(NAN, neg ? -1.0 : 1.0);
        return s == end;
    }
    if (end - s >= 2 && s[0] == '0' && (s[1] | 32) == 'x') s += 2;
    uint64_t q = 0; /* the first 60 significant bits */
    int64_t e = 0;  /* value = q * 2^e */
    bool sticky = false, any = false, seen_point = false;
    for (; s < end; s++) {
        if (*s == '.' && !seen_point) { seen_point = true; continue; }
        int d = hex_digit(*s);
        if (d < 0) break;
        any = true;
        if (q < (uint64_t)1 << 60) {
            q = q << 4 | (uint64_t)d;
            e -= seen_point ? 4 : 0;
        } else {
            sticky = sticky || d;
            e += seen_point ? 0 : 4;
        }
    }
    if (!any) return 0;
    if (s < end && (*s | 32) == 'p') {
        s++;
        bool eneg = false;
        if (s < end && (*s == '+' || *s == '-')) eneg = *s++ == '-';
        if (s == end || *s < '0' || *s > '9') return 0;
        int64_t x = 0;
        for (; s < end && *s >= '0' && *s <= '9'; s++)
            if (x < (int64_t)1 << 55) x = x * 10 + (*s - '0');
        e += eneg ? -x : x;
    }
    if (s != end) return 0;
    double d = 0.0;
    if (q) {
        /* q's leading bit on top, as the rounding wants it where digits were cut off */
        int lz = __builtin_clzll(q);
        d = im_round_scaled(q << lz, sticky, e - lz);
        if (isinf(d)) return -1;
    }
    *out = neg ? -d : d;
    return 1;
}
METHOD(float_fromhex)
{
    UNUSED_ARGS();
    ssize_t len;
    if (!im_is_str(args[0])) return im_raise_type(t, "fromhex() argument must be str, not %.50T", args[0]);
    const char *s = im_str_utf8(t, args[0], &len);
    if (!s) return IM_NO_VALUE;
    double d;
    int r = parse_hex(s, s + len, &d);
    if (r == 0) return im_raise_valueerror(t, "invalid hexadecimal floating-point string");
    if (r < 0) return im_raise_overflow(t, "hexadecimal value too large to represent as a float");
    Value v = im_float_new(t, d);
    if (im_no_value(v) || im_as_type(self) == &im_float_type) return v;
    Value x = im_call1(t, self, v);
    im_drop(t, v);
    return x;
}

static Value get_real(Thread *t, Value self, void *closure) { (void)closure; return im_float_exact(t, self); }
static Value get_imag(Thread *t, Value self, void *closure) { (void)closure; (void)self; return im_float_new(t, 0.0); }

const ImMethodDef im_float_methods[] = {
    IM_FIXED("conjugate", float_conjugate, 0, "($self, /)", "Return self, the complex conjugate of any float."),
    IM_FIXED("__trunc__", float_trunc, 0, "($self, /)", "Return the Integral closest to x between 0 and x."),
    IM_FIXED("__floor__", float_floor, 0, "($self, /)", "Return the floor as an Integral."),
    IM_FIXED("__ceil__", float_ceil, 0, "($self, /)", "Return the ceiling as an Integral."),
    IM_RANGE("__round__", float_round, 0, 1, "($self, ndigits=None, /)", "Return the Integral closest to x, rounding half toward even.\n\nWhen an argument is passed, work like built-in round(x, ndigits)."),
    IM_FIXED("as_integer_ratio", float_as_integer_ratio, 0, "($self, /)", "Return a pair of integers, whose ratio is exactly equal to the original float.\n\n>>> (2.5).as_integer_ratio()\n(5, 2)\n>>> (-0.125).as_integer_ratio()\n(-1, 8)\n>>> 0.75.as_integer_ratio()\n(3, 4)"),
    IM_CLASS_FIXED("fromhex", float_fromhex, 1, "($type, string, /)", "Create a floating-point number from a hexadecimal string.\n\n>>> float.fromhex('0x1.8p1')\n3.0\n>>> float.fromhex('-0x.1p4')\n-1.0"),
    IM_FIXED("hex", float_hex, 0, "($self, /)", "Return a hexadecimal representation of a floating-point number.\n\n>>> (3.0).hex()\n'0x1.8000000000000p+1'\n>>> (-0.5).hex()\n'-0x1.0000000000000p-1'"),
    IM_FIXED("is_integer", float_is_integer, 0, "($self, /)", "Return True if the float is an integer."),
    IM_FIXED("__getnewargs__", float_getnewargs, 0, "($self, /)", NULL),
    IM_CLASS_FIXED("__getformat__", float_getformat, 1, "($type, typestr, /)", "You probably don't want to use this function."),
    IM_FIXED("__format__", float_format, 1, "($self, format_spec, /)", "Formats the float according to format_spec."),
    IM_END,
};
const ImGetSetDef im_float_getset[] = {
    {"real", get_real, NULL, "the real part of a complex number", NULL},
    {"imag", get_imag, NULL, "the imaginary part of a complex number", NULL},
    IM_END,
};
