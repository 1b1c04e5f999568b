/* math: functions of integers, by GMP.
 * SPDX-License-Identifier: MIT */
#include <limits.h>

#include <math.h>

#include "modules/math.h"
#include "types/int_impl.h"

static void as_mpz(mpz_t z, const ImIntView *w) { (void)mpz_roinit_n(z, w->p, w->neg ? -(mp_size_t)w->n : (mp_size_t)w->n); }
/* Result of a computation; clears z. */
static Value take_mpz(Thread *t, mpz_t z)
{
    Value v = im_int_from_limbs(t, mpz_limbs_read(z), mpz_size(z), mpz_sgn(z) < 0);
    mpz_clear(z);
    return v;
}

typedef struct Work { mpz_t x, y, r; uint64_t k, n; } Work;

static void compute_gcd(void *arg) { Work *w = arg; mpz_init(w->r); mpz_gcd(w->r, w->x, w->y); }
static void compute_sqrt(void *arg) { Work *w = arg; mpz_init(w->r); mpz_sqrt(w->r, w->x); }
static void compute_factorial(void *arg) { Work *w = arg; mpz_init(w->r); mpz_fac_ui(w->r, w->k); }
static void compute_choices(void *arg) { Work *w = arg; mpz_init(w->r); mpz_bin_ui(w->r, w->x, w->k); }

static Value work(Thread *t, Work *w, bool large, void (*compute)(void *))
{
    if (!large) compute(w);
    else if (im_gmp_run(t, compute, w) < 0) return IM_NO_VALUE;
    return take_mpz(t, w->r);
}

/* --- gcd, lcm -------------------------------------------------------------------------------------------------------------------------- */

static int64_t gcd64(int64_t a, int64_t b)
{
    while (b) { int64_t r = a % b; a = b; b = r; }
    return a < 0 ? -a : a;
}
static Value gcd(Thread *t, Value a, Value b)
{
    if (im_are_ints(a, b)) return im_int_new(t, gcd64(im_int_get(a), im_int_get(b)));
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    Work w;
    as_mpz(w.x, &x);
    as_mpz(w.y, &y);
    return work(t, &w, x.n + y.n > 4096, compute_gcd);
}
static Value lcm(Thread *t, Value a, Value b)
{
    if (im_int_sign(a) == 0 || im_int_sign(b) == 0) return im_int(0);
    Value g = gcd(t, a, b);
    if (im_no_value(g)) return g;
    Value q = im_int_floordiv(t, a, g), r = im_no_value(q) ? q : im_int_mul(t, q, b);
    im_drop(t, g);
    im_xdrop(t, q);
    if (im_no_value(r)) return r;
    Value p = im_int_abs(t, r);
    im_drop(t, r);
    return p;
}
static Value fold(Thread *t, const Value *args, size_t nargs, int64_t start, Value (*fn)(Thread *, Value, Value))
{
    Value r = im_int(start);
    for (size_t i = 0; i < nargs; i++) {
        Value x = im_index(t, args[i]);
        if (im_no_value(x)) { im_drop(t, r); return x; }
        Value n = i == 0 ? im_int_abs(t, x) : fn(t, r, x);
        im_drop(t, x);
        im_drop(t, r);
        if (im_no_value(r = n)) return r;
    }
    return r;
}
IM_METHOD(do_gcd) { return fold(t, args, nargs, 0, gcd); }
IM_METHOD(do_lcm) { return fold(t, args, nargs, 1, lcm); }

/* --- roots, factorials, choices -------------------------------------------------------------------------------------------------------------- */

IM_METHOD(do_isqrt)
{
    Value n = im_index(t, args[0]);
    if (im_no_value(n)) return n;
    if (im_int_sign(n) < 0) {
        im_drop(t, n);
        return im_raise_valueerror(t, "isqrt() argument must be nonnegative");
    }
    if (im_is_int(n) && im_int_get(n) < (int64_t)1 << 52) { /* exact as a double, its root off by less than one */
        int64_t m = im_int_get(n), s = (int64_t)sqrt((double)m);
        return im_int(s * s > m ? s - 1 : s);
    }
    ImIntView x;
    im_int_view(n, &x);
    Work w;
    as_mpz(w.x, &x);
    Value r = work(t, &w, x.n > 4096, compute_sqrt);
    im_drop(t, n);
    return r;
}

/* A not negative C long: 1; 0: too large; -1: error. */
static int count_of(Thread *t, Value v, const char *negative, int64_t *out)
{
    if (im_int_sign(v) < 0) return im_raise_valueerror(t, "%s", negative), -1;
    return im_int_get64(v, out);
}
static Value factorial(Thread *t, int64_t n)
{
    static const int64_t known[] = {1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600, 6227020800, 87178291200, 1307674368000, 20922789888000,
        355687428096000, 6402373705728000, 121645100408832000};
    if ((uint64_t)n < IM_COUNTOF(known)) return im_int(known[n]);
    Work w = {.k = (uint64_t)n};
    return work(t, &w, n > 2000, compute_factorial);
}
IM_METHOD(do_factorial)
{
    Value v = im_index(t, args[0]);
    if (im_no_value(v)) return v;
    int64_t n;
    int ok = count_of(t, v, "factorial() not defined for negative values", &n);
    im_drop(t, v);
    if (ok < 0) return IM_NO_VALUE;
    if (!ok) return im_raise_overflow(t, "factorial() argument should not exceed %ld", LONG_MAX);
    if (n > (int64_t)1 << 40) return im_raise_memory(t);
    return factorial(t, n);
}
/* lo * (lo + 1) * ... * hi by halves. */
static void product_range(mpz_t r, uint64_t lo, uint64_t hi)
{
    if (hi - lo < 16) {
        mpz_set_ui(r, lo);
        while (lo < hi) mpz_mul_ui(r, r, ++lo);
        return;
    }
    mpz_t a;
    uint64_t mid = lo + (hi - lo) / 2;
    mpz_init(a);
    product_range(r, lo, mid);
    product_range(a, mid + 1, hi);
    mpz_mul(r, r, a);
    mpz_clear(a);
}
static void compute_arrangements(void *arg) { Work *w = arg; mpz_init(w->r); product_range(w->r, w->n - w->k + 1, w->n); }
static Value perm(Thread *t, Value n, Value k)
{
    int64_t kn, nn;
    if (im_int_sign(n) < 0) return im_raise_valueerror(t, "n must be a non-negative integer");
    int ok = count_of(t, k, "k must be a non-negative integer", &kn);
    if (ok < 0) return IM_NO_VALUE;
    if (im_int_cmp(n, k) < 0) return im_int(0);
    if (!ok) return im_raise_overflow(t, "k must not exceed %lld", LLONG_MAX);
    if (kn == 0) return im_int(1);
    if (kn > (int64_t)1 << 40) return im_raise_memory(t);
    if (im_int_get64(n, &nn)) {
        if (kn <= 20) {
            int64_t r = nn, i = 1;
            while (i < kn && !__builtin_mul_overflow(r, nn - i, &r)) i++;
            if (i == kn) return im_int_new(t, r);
        }
        Work w = {.k = (uint64_t)kn, .n = (uint64_t)nn};
        return work(t, &w, kn > 2000, compute_arrangements);
    }
    Value r = im_new_ref(n), x = im_new_ref(n);
    for (int64_t i = 1; i < kn; i++) {
        if (im_int_isub(t, &x, im_int(1)) < 0) break;
        if (im_int_imul(t, &r, x) < 0) break;
        if (im_poll(t) < 0) { IM_CLEAR(t, r); break; }
    }
    im_xdrop(t, x);
    return r;
}
static Value comb(Thread *t, Value n, Value k)
{
    if (im_int_sign(n) < 0) return im_raise_valueerror(t, "n must be a non-negative integer");
    if (im_int_sign(k) < 0) return im_raise_valueerror(t, "k must be a non-negative integer");
    if (im_int_cmp(n, k) < 0) return im_int(0);
    if (im_is_int(n) && im_is_int(k)) { /* n * (n - 1) * ... / k!, where both fit a word */
        uint64_t nn = (uint64_t)im_int_get(n), kk = (uint64_t)im_int_get(k), top = 1, bottom = 1, i = 0;
        if (kk > nn - kk) kk = nn - kk;
        if (kk <= 20) {
            while (i < kk && !__builtin_mul_overflow(top, nn - i, &top)) bottom *= ++i;
            if (i == kk && top / bottom <= INT64_MAX) return im_int_new(t, (int64_t)(top / bottom));
        }
        uint64_t word = 1;
        for (i = 0; i < kk && !__builtin_mul_overflow(word, nn - i, &top); i++) word = top / (i + 1);
        if (i == kk && word <= (uint64_t)INT64_MAX) return im_int_new(t, (int64_t)word);
        unsigned __int128 c = 1; /* C(n, i) each: the product before a division has one factor more */
        for (i = 0; i < kk && c <= (uint64_t)INT64_MAX; i++) c = c * (nn - i) / (i + 1);
        if (i == kk && c <= (uint64_t)INT64_MAX) return im_int_new(t, (int64_t)c);
    }
    Value other = im_int_sub(t, n, k);
    if (im_no_value(other)) return other;
    Value small = im_int_cmp(other, k) < 0 ? other : k;
    int64_t kn;
    Value v = IM_NO_VALUE;
    if (!im_int_get64(small, &kn)) {
        im_raise_overflow(t, "min(n - k, k) must not exceed %lld", LLONG_MAX);
    } else if (kn > (int64_t)1 << 40) {
        im_raise_memory(t);
    } else {
        ImIntView x;
        im_int_view(n, &x);
        Work w = {.k = (uint64_t)kn};
        as_mpz(w.x, &x);
        v = work(t, &w, kn > 500, compute_choices);
    }
    im_drop(t, other);
    return v;
}
static Value two(Thread *t, const Value *args, Value (*fn)(Thread *, Value, Value))
{
    Value n = im_index(t, args[0]), k = im_no_value(n) ? n : im_index(t, args[1]), r = im_no_value(k) ? k : fn(t, n, k);
    im_xdrop(t, n);
    im_xdrop(t, k);
    return r;
}
IM_METHOD(do_comb) { return two(t, args, comb); }
IM_METHOD(do_perm)
{
    if (nargs == 1 || im_is_none(args[1])) return do_factorial(t, self, args, 1, kwnames);
    return two(t, args, perm);
}

const ImMethodDef im_math_int_methods[] = {
    IM_RANGE("gcd", do_gcd, 0, 255, "($module, *integers)", "Greatest Common Divisor."),
    IM_RANGE("lcm", do_lcm, 0, 255, "($module, *integers)", "Least Common Multiple."),
    IM_FIXED("isqrt", do_isqrt, 1, "($module, n, /)", "Return the integer part of the square root of the input."),
    IM_FIXED("factorial", do_factorial, 1, "($module, n, /)", "Find n!.\n\nRaise a ValueError if x is negative or non-integral."),
    IM_FIXED("comb", do_comb, 2, "($module, n, k, /)", "Number of ways to choose k items from n items without repetition and without order."),
    IM_RANGE("perm", do_perm, 1, 2, "($module, n, k=None, /)", "Number of ways to choose k items from n items without repetition and with order."),
    IM_END,
};
