/* Gamma functions by Lanczos' approximation, with the coefficients of the Boost library (13 terms, g = 6.02468...).
 * SPDX-License-Identifier: MIT */
#include "modules/math_gamma.h"

#include <errno.h>
#include <math.h>

enum { TERMS = 13 };
static const double g = 6.024680040776729583740234375, g_minus_half = 5.524680040776729583740234375;
static const double numerator[TERMS] = {
    23531376880.410759688572007674451636754734846804940, 42919803642.649098768957899047001988850926355848959, 35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390, 6039542586.3520280050642916443072979210699388420708, 1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801, 31426415.585400194380614231628318205362874684987640, 2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328, 8071.6720023658162106380029022722506138218516325024, 210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
};
static const double denominator[TERMS] = {0.0, 39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0, 2637558.0, 357423.0, 32670.0, 1925.0, 66.0, 1.0};

static double sin_pi(double x)
{
    double y = fmod(fabs(x), 2.0), r;
    switch ((int)round(2.0 * y)) {
    case 0: r = sin(M_PI * y); break;
    case 1: r = cos(M_PI * (y - 0.5)); break;
    case 2: r = sin(M_PI * (1.0 - y)); break; /* not of y - 1: the sign of zero */
    case 3: r = -cos(M_PI * (y - 1.5)); break;
    default: r = sin(M_PI * (y - 2.0)); break;
    }
    return copysign(1.0, x) * r;
}

static double lanczos_sum(double x)
{
    double num = 0.0, den = 0.0;
    if (x < 5.0) {
        for (int i = TERMS; --i >= 0;) { num = num * x + numerator[i]; den = den * x + denominator[i]; }
    } else { /* in 1/x, so that nothing overflows */
        for (int i = 0; i < TERMS; i++) { num = num / x + numerator[i]; den = den / x + denominator[i]; }
    }
    return num / den;
}

double im_gamma(double x)
{
    errno = 0;
    if (!isfinite(x)) {
        if (isnan(x) || x > 0) return x;
        errno = EDOM;
        return NAN;
    }
    if (x == 0) {
        errno = EDOM;
        return copysign(INFINITY, x);
    }
    if (x == floor(x)) {
        if (x < 0) {
            errno = EDOM;
            return NAN;
        }
        if (x <= 23) {
            double r = 1.0; /* factorials up to 22 are exact */
            for (int i = 2; i < (int)x; i++) r *= i;
            return r;
        }
    }
    double ax = fabs(x), r;
    if (ax < 1e-20) {
        r = 1.0 / x;
        if (isinf(r)) errno = ERANGE;
        return r;
    }
    if (ax > 200.0) {
        if (x < 0) return 0.0 / sin_pi(x);
        errno = ERANGE;
        return INFINITY;
    }
    double y = ax + g_minus_half, z;
    if (ax > g_minus_half) { /* what the sum lost */
        double q = y - ax;
        z = q - g_minus_half;
    } else {
        double q = y - g_minus_half;
        z = q - ax;
    }
    z = z * g / y;
    if (x < 0) {
        r = -M_PI / sin_pi(ax) / ax * exp(y) / lanczos_sum(ax);
        r -= z * r;
        if (ax < 140.0) r /= pow(y, ax - 0.5);
        else { double p = pow(y, ax / 2.0 - 0.25); r /= p; r /= p; }
    } else {
        r = lanczos_sum(ax) / exp(y);
        r += z * r;
        if (ax < 140.0) r *= pow(y, ax - 0.5);
        else { double p = pow(y, ax / 2.0 - 0.25); r *= p; r *= p; }
    }
    if (isinf(r)) errno = ERANGE;
    return r;
}

double im_lgamma(double x)
{
    static const double log_pi = 1.144729885849400174143427351353058711647;
    errno = 0;
    if (!isfinite(x)) return isnan(x) ? x : INFINITY;
    if (x == floor(x) && x <= 2.0) {
        if (x > 0) return 0.0;
        errno = EDOM;
        return INFINITY;
    }
    double ax = fabs(x);
    if (ax < 1e-20) return -log(ax);
    double r = log(lanczos_sum(ax)) - g;
    r += (ax - 0.5) * (log(ax + g - 0.5) - 1);
    if (x < 0) r = log_pi - log(fabs(sin_pi(ax))) - log(ax) - r;
    if (isinf(r)) errno = ERANGE;
    return r;
}
