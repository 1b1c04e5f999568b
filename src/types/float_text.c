/* Double to decimal text and back.
 *
 * Shortest text: Raffaello Giulietti's Schubfach. Scale the double and the bounds of its rounding interval by a power of ten, 128 bits of which are exact enough that
 * rounding to odd keeps every comparison right; the shortest decimal in the interval has one of two lengths.
 * A number of significant digits, up to 18: scaled likewise; printf decides where the 128 bits leave it open.
 * Reading: up to 19 digits by Daniel Lemire's and Michael Eisel's algorithm, the undecidable rest by the C library, whose strtod rounds correctly. Fixed
 * numbers of digits come from printf, which is exact in glibc; its decimal point is never looked at.
 * SPDX-License-Identifier: MIT */
#include "types/float_text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "float_powers.h"
#include "types/float.h"

typedef unsigned __int128 u128;

/* --- shortest digits ------------------------------------------------------------------------------------------------------------ */

static uint64_t round_to_odd(uint64_t hi, uint64_t lo, uint64_t x)
{
    u128 y = (u128)hi * x + (uint64_t)((u128)lo * x >> 64);
    return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

/* d finite and positive: d ~ *digits * 10^result, the fewest digits that read back as d, the closest to d among those. */
static int shortest(double d, uint64_t *digits)
{
    uint64_t u;
    memcpy(&u, &d, 8);
    uint64_t fraction = u & (((uint64_t)1 << 52) - 1);
    int exponent = (int)(u >> 52 & 0x7FF);
    uint64_t c = exponent ? fraction | (uint64_t)1 << 52 : fraction;
    int q = exponent ? exponent - 1075 : -1074;
    if (q <= 0 && q >= -52 && (c & (((uint64_t)1 << -q) - 1)) == 0) { /* an integer below 2^53 */
        *digits = c >> -q;
        return 0;
    }
    bool even = (c & 1) == 0, closer = fraction == 0 && exponent > 1;
    uint64_t left = 4 * c - 2 + closer, mid = 4 * c, right = 4 * c + 2;
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22; /* floor(log10(2^q)), of 3/4 of it if closer */
    int h = q + ((-k * 1741647) >> 19) + 1;
    const uint64_t *g = power_bits[-k - POWER_FIRST];
    uint64_t hi = g[0], lo = g[1];
    if (-k < 0 || -k > 55) { lo++; hi += lo == 0; } /* rounded up where cut off */
    uint64_t vl = round_to_odd(hi, lo, left << h), v = round_to_odd(hi, lo, mid << h), vr = round_to_odd(hi, lo, right << h);
    uint64_t lower = vl + !even, upper = vr - !even;
    uint64_t s = v / 4;
    if (s >= 10) {
        uint64_t s10 = s / 10;
        bool under = lower <= 40 * s10, over = 40 * s10 + 40 <= upper;
        if (under != over) { *digits = s10 + over; return k + 1; }
    }
    bool under = lower <= 4 * s, over = 4 * s + 4 <= upper;
    if (under != over) { *digits = s + over; return k; }
    uint64_t half = 4 * s + 2;
    *digits = s + (v > half || (v == half && (s & 1)));
    return k;
}

static const uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000u, 100000000000u, 1000000000000u,
    10000000000000u, 100000000000000u, 1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u, 10000000000000000000u};

/* d is an integer of 53 bits times a power of two, so the product is exact in 128 bits. */
bool im_float_fixed(double d, int n, uint64_t *out)
{
    uint64_t u;
    memcpy(&u, &d, 8);
    int exponent = (int)(u >> 52 & 0x7FF), s = 1075 - (exponent ? exponent : 1);
    if (n < 0 || n > 19 || s < 0) return false;
    uint64_t c = (u & (((uint64_t)1 << 52) - 1)) | (exponent ? (uint64_t)1 << 52 : 0);
    u128 product = (u128)c * tens[n];
    if (s > 120) { *out = 0; return true; } /* the product has 117 bits at most: less than a half */
    u128 q = product >> s, rest = product - (q << s), half = s ? (u128)1 << (s - 1) : 0;
    if (s && (rest > half || (rest == half && (q & 1)))) q++;
    if (q >= 10000000000000000000u) return false;
    *out = (uint64_t)q;
    return true;
}

/* d finite and positive, 1 <= n <= 18: d ~ *digits * 10^*exp10 with n digits, correctly rounded, halves to even. False where 128 bits of the power of ten do not tell. */
static bool significant(double d, int n, uint64_t *digits, int *exp10)
{
    uint64_t u;
    memcpy(&u, &d, 8);
    int biased = (int)(u >> 52 & 0x7FF), q = biased ? biased - 1075 : -1074;
    uint64_t c = u & (((uint64_t)1 << 52) - 1);
    if (biased) c |= (uint64_t)1 << 52;
    int lz = __builtin_clzll(c);
    c <<= lz;
    q -= lz;
    int e10 = ((q + 63) * 1262611) >> 22; /* floor(log10(2^(q + 63))): d's, or one less */
    for (int tries = 0; tries < 2; tries++, e10++) {
        const int k = n - 1 - e10; /* scale by 10^k */
        if (k < POWER_FIRST || k > POWER_LAST) return false;
        const uint64_t hi = power_bits[k - POWER_FIRST][0], lo = power_bits[k - POWER_FIRST][1];
        const bool exact = k >= 0 && k <= 55;
        /* 192 bits; the true product is larger by less than 2^64 if the power is cut off */
        const u128 low = (u128)lo * c, mid = (u128)hi * c + (uint64_t)(low >> 64);
        const uint64_t x0 = (uint64_t)low, x1 = (uint64_t)mid, x2 = (uint64_t)(mid >> 64);
        const int s = -(q + ((k * 1741647) >> 19) - 127) - 128; /* of the top word, the bits behind the point */
        if (s < 1 || s > 63) return false;
        const uint64_t rest = x2 & (((uint64_t)1 << s) - 1), half = (uint64_t)1 << (s - 1);
        uint64_t w = x2 >> s;
        if (exact) {
            if (rest > half || (rest == half && ((x1 | x0) != 0 || (w & 1)))) w++;
        } else {
            if (rest == half - 1 && x1 == UINT64_MAX) return false;
            w += rest >= half;
        }
        if (w < tens[n]) {
            *digits = w;
            *exp10 = -k;
            return w >= tens[n - 1];
        }
    }
    return false;
}

/* Digits of |d| (finite): buf gets them, *point the position of the decimal point relative to the first. mode 'r', 'e' (n digits in all), 'f' (n after the point).
 * Returns how many; mode 'r' leaves no trailing zeros (but one digit for zero). */
static size_t decimal_digits(double d, char mode, int n, char *buf, int *point)
{
    d = fabs(d);
    if (mode == 'r') {
        if (d == 0) { buf[0] = '0'; *point = 1; return 1; }
        uint64_t x;
        int e = shortest(d, &x);
        char tmp[24], *p = tmp + sizeof(tmp);
        while (x % 10 == 0) { x /= 10; e++; }
        do { *--p = (char)('0' + x % 10); x /= 10; } while (x);
        size_t len = (size_t)(tmp + sizeof(tmp) - p);
        memcpy(buf, p, len);
        *point = (int)len + e;
        return len;
    }
    size_t len = 0;
    uint64_t w;
    int e10;
    if (mode == 'e' && n <= 18 && d > 0 && significant(d, n, &w, &e10)) {
        for (int i = n; i-- > 0; w /= 10) buf[i] = (char)('0' + w % 10);
        *point = n + e10;
        return (size_t)n;
    }
    if (mode == 'e') {
        int k = sprintf(buf, "%.*e", n - 1, d), i = 0;
        *point = 0;
        for (; i < k && buf[i] != 'e'; i++)
            if (buf[i] >= '0' && buf[i] <= '9') buf[len++] = buf[i];
        *point = d == 0 ? 1 : atoi(buf + i + 1) + 1;
        return len;
    }
    uint64_t fixed;
    if (im_float_fixed(d, n, &fixed)) {
        char tmp[24], *end = tmp + sizeof(tmp), *p = end;
        do { *--p = (char)('0' + fixed % 10); fixed /= 10; } while (fixed);
        while (end - p < n) *--p = '0';
        len = (size_t)(end - p);
        memcpy(buf, p, len);
        *point = (int)len - n;
        if (*point == 0) { /* one zero before the point, as printf has it */
            memmove(buf + 1, buf, len++);
            buf[0] = '0';
            *point = 1;
        }
        return len;
    }
    int k = sprintf(buf, "%.*f", n, d);
    for (int i = 0; i < k; i++)
        if (buf[i] >= '0' && buf[i] <= '9') buf[len++] = buf[i];
    *point = (int)len - n;
    size_t zeros = 0;
    while (zeros + 1 < len && buf[zeros] == '0' && (int)zeros + 1 < *point) zeros++;
    memmove(buf, buf + zeros, len - zeros);
    *point -= (int)zeros;
    return len - zeros;
}

static char *put_exponent(char *o, int e, bool upper)
{
    *o++ = upper ? 'E' : 'e';
    *o++ = e < 0 ? '-' : '+';
    e = abs(e);
    if (e >= 100) *o++ = (char)('0' + e / 100);
    *o++ = (char)('0' + e / 10 % 10);
    *o++ = (char)('0' + e % 10);
    return o;
}

size_t im_float_text(double d, char code, int precision, int flags, char *buf)
{
    bool upper = code == 'E' || code == 'F' || code == 'G';
    if (upper) code = (char)(code | 32);
    char *o = buf;
    if (!isfinite(d)) {
        if (!isnan(d) && d < 0) *o++ = '-';
        else if (flags & IM_FLT_SIGN) *o++ = '+';
        memcpy(o, isnan(d) ? (upper ? "NAN" : "nan") : upper ? "INF" : "inf", 3);
        return (size_t)(o + 3 - buf);
    }
    int point;
    char small[800], *digits = small;
    if (precision > 300 && !(digits = malloc((size_t)precision + 400))) return 0;
    size_t n;
    if (code == 'r') n = decimal_digits(d, 'r', 0, digits, &point);
    else if (code == 'f') n = decimal_digits(d, 'f', precision, digits, &point);
    else n = decimal_digits(d, 'e', code == 'e' ? precision + 1 : precision ? precision : 1, digits, &point);

    bool exponent = code == 'e';
    size_t want = n; /* digits shown, zeros added behind those there are */
    if (code == 'g') {
        if (precision == 0) precision = 1;
        if (!(flags & IM_FLT_ALT))
            while (n > 1 && digits[n - 1] == '0') n--;
        want = flags & IM_FLT_ALT ? (size_t)precision : n;
        exponent = point <= -4 || point > precision - (flags & IM_FLT_ADD_DOT0 ? 1 : 0);
    } else if (code == 'r') {
        exponent = point <= -4 || point > 16;
    }
    bool negative = signbit(d);
    if (negative && (flags & IM_FLT_NO_NEG0)) { /* -0 after rounding has no sign */
        bool zero = true;
        for (size_t i = 0; i < n && zero; i++) zero = digits[i] == '0';
        negative = !zero;
    }
    if (negative) *o++ = '-';
    else if (flags & IM_FLT_SIGN) *o++ = '+';
    if (exponent) {
        *o++ = digits[0];
        if (want > 1 || (flags & IM_FLT_ALT)) *o++ = '.';
        for (size_t i = 1; i < want; i++) *o++ = i < n ? digits[i] : '0';
        o = put_exponent(o, point - 1, upper);
    } else {
        if (point <= 0) *o++ = '0';
        for (int i = 0; i < point; i++) *o++ = i < (int)n ? digits[i] : '0';
        size_t frac = code == 'f' ? (size_t)precision : (int)want > point ? want - (size_t)(point > 0 ? point : 0) + (size_t)(point < 0 ? -point : 0) : 0;
        if (frac == 0 && (flags & IM_FLT_ADD_DOT0)) { *o++ = '.'; *o++ = '0'; }
        else if (frac || (flags & IM_FLT_ALT)) *o++ = '.';
        for (size_t i = 0; i < frac; i++) {
            ssize_t at = (ssize_t)i + point;
            *o++ = at >= 0 && at < (ssize_t)n ? digits[at] : '0';
        }
    }
    if (digits != small) free(digits);
    return (size_t)(o - buf);
}

double im_float_round_digits(double d, int ndigits)
{
    if (d == 0 || !isfinite(d)) return d;
    char small[800], *buf = small;
    const char *end;
    uint64_t fixed;
    if (ndigits >= 0 && im_float_fixed(d, ndigits, &fixed) && fixed <= (uint64_t)1 << 53) /* both exact: the quotient is rounded once */
        return copysign((double)fixed / (double)tens[ndigits], d);
    if (ndigits >= 0) { /* at most 323: see the caller */
        int at;
        size_t k = decimal_digits(d, 'f', ndigits, buf, &at);
        k += (size_t)sprintf(buf + k, "e%d", -ndigits);
        return copysign(im_float_parse_n(buf, buf + k, &end), d);
    }
    int point, keep;
    decimal_digits(d, 'e', 18, buf, &point); /* 18 digits never round up to a power of ten */
    keep = point + ndigits;                  /* digits left */
    if (keep < 0) return copysign(0.0, d);
    if (keep == 0) {
        double half = im_float_parse_n(buf, buf + sprintf(buf, "5e%d", -ndigits - 1), &end);
        if (fabs(d) <= half) return copysign(0.0, d);
        return copysign(im_float_parse_n(buf, buf + sprintf(buf, "1e%d", -ndigits), &end), d);
    }
    size_t n = decimal_digits(d, 'e', keep, buf, &point);
    n += (size_t)sprintf(buf + n, "e%d", point - (int)n);
    return copysign(im_float_parse_n(buf, buf + n, &end), d);
}

/* --- reading ---------------------------------------------------------------------------------------------------------------------- */

static double from_bits(uint64_t fraction, int biased)
{
    uint64_t u = (uint64_t)biased << 52 | (fraction & (((uint64_t)1 << 52) - 1));
    double d;
    memcpy(&d, &u, 8);
    return d;
}

/* w * 10^q, w not 0. False when 128 bits do not decide. */
static bool scale_decimal(uint64_t w, int64_t q, double *out)
{
    if (q < -342) { *out = 0.0; return true; }
    if (q > 308) { *out = INFINITY; return true; }
    int lz = __builtin_clzll(w);
    w <<= lz;
    uint64_t hi = power_bits[q - POWER_FIRST][0], lo = power_bits[q - POWER_FIRST][1];
    if (q >= -27 && q < 0) { lo++; hi += lo == 0; }
    u128 product = (u128)w * hi;
    if (((uint64_t)(product >> 64) & 0x1FF) == 0x1FF) product += (uint64_t)((u128)w * lo >> 64);
    uint64_t top = (uint64_t)(product >> 64), low = (uint64_t)product;
    if (low == UINT64_MAX && (q < -27 || q > 55)) return false;
    int upper = (int)(top >> 63);
    uint64_t m = top >> (upper + 9);
    int power = (int)((217706 * q) >> 16) + 63 + upper - lz + 1023;
    if (power <= 0) {
        if (-power + 1 >= 64) { *out = 0.0; return true; }
        m >>= -power + 1;
        m += m & 1;
        m >>= 1;
        *out = from_bits(m, m < (uint64_t)1 << 52 ? 0 : 1);
        return true;
    }
    if (low <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << (upper + 9) == top) m &= ~(uint64_t)1; /* exactly half: to even */
    m += m & 1;
    m >>= 1;
    if (m >= (uint64_t)2 << 52) { m = (uint64_t)1 << 52; power++; }
    *out = power >= 0x7FF ? INFINITY : from_bits(m, power);
    return true;
}

static double by_library(const char *s, size_t len)
{
    static locale_t x_c_locale; /* racy: made twice at worst */
    locale_t c = im_load_acquire(&x_c_locale);
    if (!c) {
        c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        im_store_release(&x_c_locale, c);
    }
    char small[128], *p = len < sizeof(small) ? small : malloc(len + 1);
    if (!p) return NAN;
    memcpy(p, s, len);
    p[len] = 0;
    double d = c ? strtod_l(p, NULL, c) : strtod(p, NULL);
    if (p != small) free(p);
    return d;
}

static bool word_at(const char *s, const char *limit, const char *word)
{
    for (; *word; s++, word++)
        if (s >= limit || (*s | 32) != *word) return false;
    return true;
}

double im_float_parse_n(const char *s, const char *limit, const char **end)
{
    static const double small_powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *p = s;
    bool neg = false;
    *end = s;
    if (p < limit && (*p == '+' || *p == '-')) neg = *p++ == '-';
    if (p < limit && ((*p | 32) == 'i' || (*p | 32) == 'n')) {
        if (word_at(p, limit, "inf")) {
            *end = p + (word_at(p, limit, "infinity") ? 8 : 3);
            return neg ? -INFINITY : INFINITY;
        }
        if (word_at(p, limit, "nan")) {
            *end = p + 3;
            return copysign(NAN, neg ? -1.0 : 1.0);
        }
        return 0.0;
    }
    const char *number = p;
    uint64_t w = 0;
    int64_t exp10 = 0;
    int used = 0;
    bool any = false, cut = false, seen_point = false;
    for (; p < limit; p++) {
        if (*p == '.') {
            if (seen_point) break;
            seen_point = true;
            continue;
        }
        if (*p < '0' || *p > '9') break;
        any = true;
        if (used < 19) {
            w = w * 10 + (uint64_t)(*p - '0');
            used += w != 0;
            exp10 -= seen_point;
        } else {
            cut = cut || *p != '0';
            exp10 += !seen_point;
        }
    }
    if (!any) return 0.0;
    *end = p;
    if (p < limit && (*p | 32) == 'e') {
        const char *e = p + 1;
        bool eneg = false;
        if (e < limit && (*e == '+' || *e == '-')) eneg = *e++ == '-';
        if (e < limit && *e >= '0' && *e <= '9') {
            int64_t x = 0;
            for (; e < limit && *e >= '0' && *e <= '9'; e++)
                if (x < (int64_t)1 << 50) x = x * 10 + (*e - '0');
            exp10 += eneg ? -x : x;
            *end = e;
        }
    }
    double d;
    if (w == 0) d = 0.0;
    else if (!cut && w <= (uint64_t)1 << 53 && exp10 >= -22 && exp10 <= 22) d = exp10 < 0 ? (double)w / small_powers[-exp10] : (double)w * small_powers[exp10];
    else {
        double above;
        bool ok = scale_decimal(w, exp10, &d);
        if (ok && cut) ok = scale_decimal(w + 1, exp10, &above) && above == d; /* the digits left out change nothing */
        if (!ok) d = by_library(number, (size_t)(*end - number));
    }
    return neg ? -d : d;
}

double im_float_parse(const char *s, const char **end) { return im_float_parse_n(s, s + strlen(s), end); }
