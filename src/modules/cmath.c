/* cmath: functions of complex numbers. The C library follows C99's Annex G for infinities and nans, as CPython does; what is an error is decided here.
 * SPDX-License-Identifier: MIT */
#include <complex.h>
#include <math.h>
#undef I

#include "modules/math.h"

typedef double complex Z;
#ifndef CMPLX /* clang 14 with glibc: the macro is for gcc only */
#define CMPLX(re, im) __builtin_complex((double)(re), (double)(im))
#endif

static int arg(Thread *t, Value v, Z *out)
{
    double re, im;
    if (im_as_complex(t, v, &re, &im) < 0) return -1;
    *out = CMPLX(re, im);
    return 0;
}
static bool finite_z(Z z) { return isfinite(creal(z)) && isfinite(cimag(z)); }
static bool inf_z(Z z) { return isinf(creal(z)) || isinf(cimag(z)); }
static bool nan_z(Z z) { return isnan(creal(z)) || isnan(cimag(z)); }

/* No domain errors; these have one where ... */
static bool always(Z z) { (void)z; return true; }
static bool exp_ok(Z z) { return !(isinf(cimag(z)) && (isfinite(creal(z)) || creal(z) == (double)INFINITY)); }
static bool hyperbolic_ok(Z z) { return !(isinf(cimag(z)) && !isnan(creal(z))); }
static bool circular_ok(Z z) { return !(isinf(creal(z)) && !isnan(cimag(z))); }
static bool tanh_ok(Z z) { return !(isinf(cimag(z)) && isfinite(creal(z))); }
static bool tan_ok(Z z) { return !(isinf(creal(z)) && isfinite(cimag(z))); }
static bool atanh_ok(Z z) { return !(cimag(z) == 0 && fabs(creal(z)) == 1.0); }
static bool atan_ok(Z z) { return !(creal(z) == 0 && fabs(cimag(z)) == 1.0); }
static bool log_ok(Z z) { return creal(z) != 0 || cimag(z) != 0; }

static Value apply(Thread *t, Value v, Z (*fn)(Z), bool (*ok)(Z))
{
    Z z, r;
    if (arg(t, v, &z) < 0) return IM_NO_VALUE;
    if (!ok(z)) return IM_MATH_DOMAIN(t);
    r = fn(z);
    if (inf_z(r) && finite_z(z)) return IM_MATH_RANGE(t);
    return im_complex_new(t, creal(r), cimag(r));
}
/* As CPython, where the C library differs for not-a-number. */
static Z both_nan(void) { return CMPLX((double)NAN, (double)NAN); }
static Z tanh_z(Z z) { return creal(z) == 0 && isnan(cimag(z)) ? both_nan() : ctanh(z); }
static Z tan_z(Z z) { return cimag(z) == 0 && isnan(creal(z)) ? both_nan() : ctan(z); }
IM_METHOD(do_tanh) { return apply(t, args[0], tanh_z, tanh_ok); }
IM_METHOD(do_tan) { return apply(t, args[0], tan_z, tan_ok); }
static Z acosh_z(Z z) { return creal(z) == 0 && isnan(cimag(z)) ? both_nan() : cacosh(z); }
IM_METHOD(do_acosh) { return apply(t, args[0], acosh_z, always); }
#define FN(name, ok) IM_METHOD(do_##name) { return apply(t, args[0], c##name, ok); }
FN(acos, always) FN(asin, always) FN(asinh, always) FN(atan, atan_ok) FN(atanh, atanh_ok) FN(cos, circular_ok) FN(cosh, hyperbolic_ok)
FN(exp, exp_ok) FN(sin, circular_ok) FN(sinh, hyperbolic_ok) FN(sqrt, always)
static Z log10_z(Z z) { Z r = clog(z); return CMPLX(creal(r) / M_LN10, cimag(r) / M_LN10); }
IM_METHOD(do_log10) { return apply(t, args[0], log10_z, log_ok); }
IM_METHOD(do_log)
{
    Value a = apply(t, args[0], clog, log_ok);
    if (im_no_value(a) || nargs == 1) return a;
    Value b = apply(t, args[1], clog, log_ok), r = im_no_value(b) ? b : im_binop(t, a, b, IM_OP_TRUEDIV);
    im_drop(t, a);
    im_xdrop(t, b);
    return r;
}

IM_METHOD(do_phase) { Z z; return arg(t, args[0], &z) < 0 ? IM_NO_VALUE : im_float_new(t, carg(z)); }
IM_METHOD(do_polar)
{
    Z z;
    if (arg(t, args[0], &z) < 0) return IM_NO_VALUE;
    double r = hypot(creal(z), cimag(z));
    if (isinf(r) && finite_z(z)) return IM_MATH_RANGE(t);
    return im_tuple_of(t, (Value[]){im_float_new(t, r), im_float_new(t, carg(z))}, 2);
}
IM_METHOD(do_rect)
{
    double r, phi;
    if (im_as_double(t, args[0], &r) < 0 || im_as_double(t, args[1], &phi) < 0) return IM_NO_VALUE;
    if (isfinite(r) && isfinite(phi)) {
        if (phi == 0) return im_complex_new(t, r, r * phi); /* keeps the sign of zero */
        return im_complex_new(t, r * cos(phi), r * sin(phi));
    }
    if (r != 0 && !isnan(r) && isinf(phi)) return IM_MATH_DOMAIN(t);
    if (isinf(r) && isfinite(phi) && phi != 0) {
        double c = copysign(INFINITY, cos(phi)), s = copysign(INFINITY, sin(phi));
        return r > 0 ? im_complex_new(t, c, s) : im_complex_new(t, -c, -s);
    }
    if (isinf(r) && phi == 0) return im_complex_new(t, r, r > 0 ? phi : -phi);
    if (isinf(r)) return im_complex_new(t, INFINITY, NAN);
    if (r == 0) return im_complex_new(t, 0.0, 0.0);
    return phi == 0 ? im_complex_new(t, NAN, 0.0) : im_complex_new(t, NAN, NAN);
}
IM_METHOD(do_isfinite) { Z z; return arg(t, args[0], &z) < 0 ? IM_NO_VALUE : im_bool(finite_z(z)); }
IM_METHOD(do_isnan) { Z z; return arg(t, args[0], &z) < 0 ? IM_NO_VALUE : im_bool(nan_z(z)); }
IM_METHOD(do_isinf) { Z z; return arg(t, args[0], &z) < 0 ? IM_NO_VALUE : im_bool(inf_z(z)); }
IM_METHOD(do_isclose)
{
    Z a, b;
    double rel = 1e-9, abs_ = 0.0;
    if (arg(t, args[0], &a) < 0 || arg(t, args[1], &b) < 0) return IM_NO_VALUE;
    if ((!im_no_value(args[2]) && im_as_double(t, args[2], &rel) < 0) || (!im_no_value(args[3]) && im_as_double(t, args[3], &abs_) < 0)) return IM_NO_VALUE;
    if (rel < 0 || abs_ < 0) return im_raise_valueerror(t, "tolerances must be non-negative");
    if (creal(a) == creal(b) && cimag(a) == cimag(b)) return IM_TRUE;
    if (inf_z(a) || inf_z(b)) return IM_FALSE;
    double d = cabs(a - b);
    return im_bool(d <= rel * cabs(b) || d <= rel * cabs(a) || d <= abs_);
}

#define F1(name, doc) IM_FIXED(#name, do_##name, 1, "($module, z, /)", doc)
static const ImMethodDef methods[] = {
    F1(acos, "Return the arc cosine of z."), F1(acosh, "Return the inverse hyperbolic cosine of z."), F1(asin, "Return the arc sine of z."), F1(asinh, "Return the inverse hyperbolic sine of z."),
    F1(atan, "Return the arc tangent of z."), F1(atanh, "Return the inverse hyperbolic tangent of z."), F1(cos, "Return the cosine of z."), F1(cosh, "Return the hyperbolic cosine of z."),
    F1(exp, "Return the exponential value e**z."), F1(sin, "Return the sine of z."), F1(sinh, "Return the hyperbolic sine of z."), F1(sqrt, "Return the square root of z."), F1(tan, "Return the tangent of z."),
    F1(tanh, "Return the hyperbolic tangent of z."), F1(log10, "Return the base-10 logarithm of z."), F1(phase, "Return argument, also known as the phase angle, of a complex."),
    F1(polar, "Convert a complex from rectangular coordinates to polar coordinates.\n\nr is the distance from 0 and phi the phase angle."), F1(isfinite, "Return True if both the real and imaginary parts of z are finite, else False."),
    F1(isnan, "Checks if the real or imaginary part of z not a number (NaN)."), F1(isinf, "Checks if the real or imaginary part of z is infinite."),
    IM_RANGE("log", do_log, 1, 2, "($module, z, base=<unrepresentable>, /)", "log(z[, base]) -> the logarithm of z to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of z."),
    IM_FIXED("rect", do_rect, 2, "($module, r, phi, /)", "Convert from polar coordinates to rectangular coordinates."),
    IM_PARSED("isclose", do_isclose, "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)", "Determine whether two complex numbers are close in value."),
    IM_END,
};
static int exec(Thread *t, Value m)
{
    static const struct { const char *name; double x; } constants[] = {{"pi", M_PI}, {"e", M_E}, {"tau", 2 * M_PI}, {"inf", (double)INFINITY}, {"nan", (double)NAN}};
    for (size_t i = 0; i < IM_COUNTOF(constants); i++)
        if (im_module_add(t, m, constants[i].name, im_float_new(t, constants[i].x)) < 0) return -1;
    if (im_module_add(t, m, "infj", im_complex_new(t, 0.0, INFINITY)) < 0) return -1;
    return im_module_add(t, m, "nanj", im_complex_new(t, 0.0, NAN));
}
static const ImModuleDef def = {.name = "cmath", .doc = "This module provides access to mathematical functions for complex\nnumbers.", .methods = methods, .exec = exec};
IM_MODULE(def);
