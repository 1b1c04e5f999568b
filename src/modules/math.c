/* math: functions of real numbers, and the module.
 *
 * The C library's functions are used where they are as good as CPython asks; special cases that libraries treat differently are decided here.
 * SPDX-License-Identifier: MIT */
#include "modules/math.h"

#include <errno.h>
#include <float.h>
#include <math.h>

#include "modules/math_gamma.h"
#include "types/float_text.h"
#include "types/int_impl.h"

#define ARG(x, i) \
    double x; \
    if (im_as_double(t, args[i], &x) < 0) return IM_NO_VALUE

/* One argument. A nan from something that was none is a domain error; an infinity is a range error, or a pole. */
static Value unary(Thread *t, double x, double r, bool can_overflow)
{
    if (isnan(r) && !isnan(x)) return IM_MATH_DOMAIN(t);
    if (isinf(r) && isfinite(x)) return can_overflow ? IM_MATH_RANGE(t) : IM_MATH_DOMAIN(t);
    return im_float_new(t, r);
}
#define UNARY(name, can_overflow) IM_METHOD(do_##name) { ARG(x, 0); return unary(t, x, name(x), can_overflow); }
UNARY(acos, false) UNARY(acosh, false) UNARY(asin, false) UNARY(asinh, false) UNARY(atan, false) UNARY(atanh, false) UNARY(cbrt, false)
UNARY(cos, false) UNARY(cosh, true) UNARY(exp, true) UNARY(exp2, true) UNARY(expm1, true) UNARY(fabs, false) UNARY(sin, false) UNARY(sinh, true)
UNARY(sqrt, false) UNARY(tan, false) UNARY(tanh, false)
IM_METHOD(do_log1p) { ARG(x, 0); return unary(t, x, x == 0 ? x : log1p(x), false); }
IM_METHOD(do_erf) { ARG(x, 0); return im_float_new(t, erf(x)); }
IM_METHOD(do_erfc) { ARG(x, 0); return im_float_new(t, erfc(x)); }

static Value by_errno(Thread *t, double r)
{
    if (errno == EDOM) return IM_MATH_DOMAIN(t);
    if (errno == ERANGE && fabs(r) >= 1.5) return IM_MATH_RANGE(t); /* underflow is no error */
    return im_float_new(t, r);
}
IM_METHOD(do_gamma) { ARG(x, 0); double r = im_gamma(x); return by_errno(t, r); }
IM_METHOD(do_lgamma) { ARG(x, 0); double r = im_lgamma(x); return by_errno(t, r); }

/* Two arguments. */
static Value binary(Thread *t, double x, double y, double r)
{
    if (isnan(r) && !isnan(x) && !isnan(y)) return IM_MATH_DOMAIN(t);
    if (isinf(r) && isfinite(x) && isfinite(y)) return IM_MATH_RANGE(t);
    return im_float_new(t, r);
}
IM_METHOD(do_atan2) { ARG(y, 0); ARG(x, 1); return binary(t, y, x, atan2(y, x)); }
IM_METHOD(do_copysign) { ARG(x, 0); ARG(y, 1); return binary(t, x, y, copysign(x, y)); }
IM_METHOD(do_remainder)
{
    ARG(x, 0);
    ARG(y, 1);
    if (isfinite(x) && isinf(y)) return im_float_new(t, x);
    return binary(t, x, y, remainder(x, y));
}
IM_METHOD(do_fmod)
{
    ARG(x, 0);
    ARG(y, 1);
    if (isinf(y) && isfinite(x)) return im_float_new(t, x);
    double r = fmod(x, y);
    if (isnan(r) && !isnan(x) && !isnan(y)) return IM_MATH_DOMAIN(t);
    return im_float_new(t, r);
}
IM_METHOD(do_pow)
{
    ARG(x, 0);
    ARG(y, 1);
    double r;
    if (isfinite(x) && isfinite(y)) {
        if (x == 0 && y < 0) return IM_MATH_DOMAIN(t);
        r = pow(x, y);
        if (isnan(r)) return IM_MATH_DOMAIN(t);
        if (isinf(r)) return IM_MATH_RANGE(t);
        return im_float_new(t, r);
    }
    if (isnan(x)) r = y == 0 ? 1.0 : x;
    else if (isnan(y)) r = x == 1.0 ? 1.0 : y;
    else if (isinf(x)) {
        bool odd = isfinite(y) && fmod(fabs(y), 2.0) == 1.0;
        r = y > 0 ? (odd ? x : fabs(x)) : y == 0 ? 1.0 : odd ? copysign(0.0, x) : 0.0;
    } else { /* y infinite */
        double m = fabs(x);
        r = m == 1.0 ? 1.0 : y > 0 ? (m > 1.0 ? y : 0.0) : m < 1.0 ? -y : 0.0;
    }
    return im_float_new(t, r);
}
IM_METHOD(do_fma)
{
    ARG(x, 0);
    ARG(y, 1);
    ARG(z, 2);
    double r = fma(x, y, z);
    if (isfinite(r)) return im_float_new(t, r);
    if (isnan(r)) {
        if (!isnan(x) && !isnan(y) && !isnan(z)) return im_raise_valueerror(t, "invalid operation in fma");
    } else if (isfinite(x) && isfinite(y) && isfinite(z)) {
        return im_raise_overflow(t, "overflow in fma");
    }
    return im_float_new(t, r);
}

/* --- logarithms ------------------------------------------------------------------------------------------------------------------------ */

/* Of any number; ints too large for a double by their leading bits. */
static int log_of(Thread *t, Value v, double (*fn)(double), double *out)
{
    double x;
    if (im_is_int_like(v)) {
        if (im_int_sign(v) <= 0) return IM_MATH_DOMAIN(t), -1;
        x = im_int_approx(v);
        if (isinf(x)) {
            size_t bits = im_int_bit_length(v);
            Value top = im_int_rshift(t, v, im_int((int64_t)bits - 64));
            if (im_no_value(top)) return -1;
            *out = fn(ldexp(im_int_approx(top), -64)) + fn(2.0) * (double)bits;
            im_drop(t, top);
            return 0;
        }
    } else if (im_as_double(t, v, &x) < 0) {
        return -1;
    }
    if (isnan(x)) *out = x;
    else if (x <= 0) return IM_MATH_DOMAIN(t), -1;
    else *out = isinf(x) ? x : fn(x);
    return 0;
}
IM_METHOD(do_log)
{
    double a, b;
    if (log_of(t, args[0], log, &a) < 0) return IM_NO_VALUE;
    if (nargs == 1) return im_float_new(t, a);
    if (log_of(t, args[1], log, &b) < 0) return IM_NO_VALUE;
    if (b == 0) return im_raise(t, &im_ZeroDivisionError_type, "float division by zero");
    return im_float_new(t, a / b);
}
IM_METHOD(do_log2) { double r; return log_of(t, args[0], log2, &r) < 0 ? IM_NO_VALUE : im_float_new(t, r); }
IM_METHOD(do_log10) { double r; return log_of(t, args[0], log10, &r) < 0 ? IM_NO_VALUE : im_float_new(t, r); }

/* --- parts of floats --------------------------------------------------------------------------------------------------------------------- */

static Value whole(Thread *t, Value v, Value name, double (*fn)(double), const char *shown)
{
    if (im_is_float_exact(v) && fn) return im_int_from_double(t, fn(im_float_get(v)));
    bool found = false;
    Value r = im_call_special(t, v, name, NULL, 0, &found);
    if (found || im_pending(t)) return r;
    if (!fn) return im_raise_type(t, "type %.100T doesn't define %s method", v, shown);
    double x;
    return im_as_double(t, v, &x) < 0 ? IM_NO_VALUE : im_int_from_double(t, fn(x));
}
IM_METHOD(do_ceil) { return whole(t, args[0], IM_S(__ceil__), ceil, "__ceil__"); }
IM_METHOD(do_floor) { return whole(t, args[0], IM_S(__floor__), floor, "__floor__"); }
IM_METHOD(do_trunc) { return im_is_float_exact(args[0]) ? im_int_from_double(t, im_float_get(args[0])) : whole(t, args[0], IM_S(__trunc__), NULL, "__trunc__"); }

IM_METHOD(do_frexp)
{
    ARG(x, 0);
    int e = 0;
    double m = isfinite(x) && x != 0 ? frexp(x, &e) : x;
    return im_tuple_of(t, (Value[]){im_float_new(t, m), im_int(e)}, 2);
}
IM_METHOD(do_ldexp)
{
    ARG(x, 0);
    if (!im_is_int_like(args[1])) return im_raise_type(t, "Expected an int as second argument to ldexp.");
    int64_t e;
    (void)im_int_get64(args[1], &e); /* clipped is as good */
    if (x == 0 || !isfinite(x)) return im_float_new(t, x);
    if (e > INT32_MAX) return IM_MATH_RANGE(t);
    if (e < INT32_MIN) return im_float_new(t, copysign(0.0, x));
    double r = ldexp(x, (int)e);
    return isinf(r) ? IM_MATH_RANGE(t) : im_float_new(t, r);
}
IM_METHOD(do_modf)
{
    ARG(x, 0);
    double w = x, f;
    if (isinf(x)) f = copysign(0.0, x);
    else if (isnan(x)) f = x;
    else f = modf(x, &w);
    return im_tuple_of(t, (Value[]){im_float_new(t, f), im_float_new(t, w)}, 2);
}
IM_METHOD(do_degrees) { ARG(x, 0); return im_float_new(t, x * (180.0 / M_PI)); }
IM_METHOD(do_radians) { ARG(x, 0); return im_float_new(t, x * (M_PI / 180.0)); }
IM_METHOD(do_isfinite) { ARG(x, 0); return im_bool(isfinite(x)); }
IM_METHOD(do_isinf) { ARG(x, 0); return im_bool(isinf(x)); }
IM_METHOD(do_isnan) { ARG(x, 0); return im_bool(isnan(x)); }
IM_METHOD(do_isclose)
{
    ARG(a, 0);
    ARG(b, 1);
    double rel = 1e-9, abs_ = 0.0;
    if ((!im_no_value(args[2]) && im_as_double(t, args[2], &rel) < 0) || (!im_no_value(args[3]) && im_as_double(t, args[3], &abs_) < 0)) return IM_NO_VALUE;
    if (rel < 0 || abs_ < 0) return im_raise_valueerror(t, "tolerances must be non-negative");
    if (a == b) return IM_TRUE;
    if (isinf(a) || isinf(b)) return IM_FALSE;
    double d = fabs(b - a);
    return im_bool(d <= fabs(rel * b) || d <= fabs(rel * a) || d <= abs_);
}

/* The uint64_t order of doubles of one sign is their numeric order. */
IM_METHOD(do_nextafter)
{
    ARG(x, 0);
    ARG(y, 1);
    if (!im_given(args[2])) return im_float_new(t, nextafter(x, y));
    Value n = im_index(t, args[2]);
    if (im_no_value(n)) return n;
    uint64_t steps, ux, uy, left;
    int sign = im_int_sign(n);
    (void)im_int_get_u64(n, &steps);
    im_drop(t, n);
    if (sign < 0) return im_raise_valueerror(t, "steps must be a non-negative integer");
    if (steps == 0) return im_float_new(t, x);
    if (isnan(x)) return im_float_new(t, x);
    if (isnan(y)) return im_float_new(t, y);
    const uint64_t top = (uint64_t)1 << 63;
    memcpy(&ux, &x, 8);
    memcpy(&uy, &y, 8);
    if (ux == uy) return im_float_new(t, x);
    uint64_t ax = ux & ~top, ay = uy & ~top, r;
    if ((ux ^ uy) & top) { /* through zero */
        if (ax + ay <= steps) return im_float_new(t, y);
        left = steps;
        r = ax < left ? (uy & top) | (left - ax) : (ux & top) | (ax - left);
    } else if (ax > ay) {
        r = ax - ay <= steps ? uy : ux - steps;
    } else {
        r = ay - ax <= steps ? uy : ux + steps;
    }
    double d;
    memcpy(&d, &r, 8);
    return im_float_new(t, d);
}
IM_METHOD(do_ulp)
{
    ARG(x, 0);
    if (isnan(x)) return im_float_new(t, x);
    x = fabs(x);
    if (isinf(x)) return im_float_new(t, x);
    double up = nextafter(x, INFINITY);
    return im_float_new(t, isinf(up) ? x - nextafter(x, 0.0) : up - x);
}

#define F1(name, doc) IM_FIXED(#name, do_##name, 1, "($module, x, /)", doc)
const ImMethodDef im_math_float_methods[] = {
    F1(acos, "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi."), F1(acosh, "Return the inverse hyperbolic cosine of x."),
    F1(asin, "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."), F1(asinh, "Return the inverse hyperbolic sine of x."),
    F1(atan, "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."), F1(atanh, "Return the inverse hyperbolic tangent of x."),
    F1(cbrt, "Return the cube root of x."), F1(cos, "Return the cosine of x (measured in radians)."), F1(cosh, "Return the hyperbolic cosine of x."),
    F1(erf, "Error function at x."), F1(erfc, "Complementary error function at x."), F1(exp, "Return e raised to the power of x."), F1(exp2, "Return 2 raised to the power of x."),
    F1(expm1, "Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x."), F1(fabs, "Return the absolute value of the float x."),
    F1(gamma, "Gamma function at x."), F1(lgamma, "Natural logarithm of absolute value of Gamma function at x."), F1(log10, "Return the base 10 logarithm of x."),
    F1(log1p, "Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero."), F1(log2, "Return the base 2 logarithm of x."),
    F1(sin, "Return the sine of x (measured in radians)."), F1(sinh, "Return the hyperbolic sine of x."), F1(sqrt, "Return the square root of x."), F1(tan, "Return the tangent of x (measured in radians)."),
    F1(tanh, "Return the hyperbolic tangent of x."), F1(ceil, "Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x."), F1(floor, "Return the floor of x as an Integral.\n\nThis is the largest integer <= x."),
    F1(trunc, "Truncates the Real x to the nearest Integral toward 0.\n\nUses the __trunc__ magic method."), F1(frexp, "Return the mantissa and exponent of x, as pair (m, e)."),
    F1(modf, "Return the fractional and integer parts of x.\n\nBoth results carry the sign of x and are floats."), F1(degrees, "Convert angle x from radians to degrees."), F1(radians, "Convert angle x from degrees to radians."),
    F1(isfinite, "Return True if x is neither an infinity nor a NaN, and False otherwise."), F1(isinf, "Return True if x is a positive or negative infinity, and False otherwise."),
    F1(isnan, "Return True if x is a NaN (not a number), and False otherwise."), F1(ulp, "Return the value of the least significant bit of the float x."),
    IM_FIXED("atan2", do_atan2, 2, "($module, y, x, /)", "Return the arc tangent (measured in radians) of y/x.\n\nUnlike atan(y/x), the signs of both x and y are considered."),
    IM_FIXED("copysign", do_copysign, 2, "($module, x, y, /)", "Return a float with the magnitude (absolute value) of x but the sign of y."),
    IM_FIXED("fmod", do_fmod, 2, "($module, x, y, /)", "Return fmod(x, y), according to platform C.\n\nx % y may differ."),
    IM_FIXED("remainder", do_remainder, 2, "($module, x, y, /)", "Difference between x and the closest integer multiple of y."),
    IM_FIXED("pow", do_pow, 2, "($module, x, y, /)", "Return x**y (x to the power of y)."), IM_FIXED("fma", do_fma, 3, "($module, x, y, z, /)", "Fused multiply-add operation.\n\nCompute (x * y) + z with a single round."),
    IM_FIXED("ldexp", do_ldexp, 2, "($module, x, i, /)", "Return x * (2**i).\n\nThis is essentially the inverse of frexp()."),
    IM_RANGE("log", do_log, 1, 2, NULL, "log(x, [base=math.e])\nReturn the logarithm of x to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of x."),
    IM_PARSED("isclose", do_isclose, "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)", "Determine whether two floating-point numbers are close in value."),
    IM_PARSED("nextafter", do_nextafter, "($module, x, y, /, *, steps=None)", "Return the floating-point value the given number of steps after x towards y."),
    IM_END,
};

static int exec(Thread *t, Value m)
{
    const ImMethodDef *const tables[] = {im_math_float_methods, im_math_int_methods, im_math_sum_methods};
    for (size_t i = 0; i < IM_COUNTOF(tables); i++)
        if (im_add_methods(t, m, "math", tables[i]) < 0) return -1;
    static const struct { const char *name; double x; } constants[] = {{"pi", M_PI}, {"e", M_E}, {"tau", 2 * M_PI}, {"inf", (double)INFINITY}, {"nan", (double)NAN}};
    for (size_t i = 0; i < IM_COUNTOF(constants); i++)
        if (im_module_add(t, m, constants[i].name, im_float_new(t, constants[i].x)) < 0) return -1;
    return 0;
}
static const ImModuleDef def = {.name = "math", .doc = "This module provides access to the mathematical functions\ndefined by the C standard.", .exec = exec};
IM_MODULE(def);
