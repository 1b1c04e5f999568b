/* math: sums and norms that round once.
 *
 * fsum keeps partial sums that do not overlap (Shewchuk 1997). hypot and dist sum squares in doubled precision and correct the square root once; sumprod carries
 * three doubles.
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>

#include "modules/math.h"
#include "types/float_impl.h"

typedef struct Double2 { double hi, lo; } Double2;
typedef struct Double3 { double hi, lo, tiny; } Double3;

/* Exact sum, |a| >= |b|; exact sum; exact product. */
static Double2 fast_two_sum(double a, double b) { double x = a + b; return (Double2){x, (a - x) + b}; }
static Double2 two_sum(double a, double b) { double x = a + b, z = x - a; return (Double2){x, (a - (x - z)) + (b - z)}; }
static Double2 two_product(double a, double b) { double x = a * b; return (Double2){x, fma(a, b, -x)}; }

/* --- hypot, dist ------------------------------------------------------------------------------------------------------------------------- */

/* v: magnitudes, max the largest. Changes v. */
static double norm(double *v, size_t n, double max, bool nan)
{
    if (isinf(max)) return max;
    if (nan) return NAN;
    if (max == 0 || n <= 1) return max;
    int e;
    frexp(max, &e);
    if (e < -1023) { /* scaling would overflow */
        for (size_t i = 0; i < n; i++) v[i] /= DBL_MIN;
        return DBL_MIN * norm(v, n, max / DBL_MIN, nan);
    }
    double scale = ldexp(1.0, -e), sum = 1.0, f1 = 0.0, f2 = 0.0;
    for (size_t i = 0; i < n; i++) {
        double x = v[i] * scale;
        Double2 p = two_product(x, x), s = fast_two_sum(sum, p.hi);
        sum = s.hi;
        f1 += p.lo;
        f2 += s.lo;
    }
    double h = sqrt(sum - 1.0 + (f1 + f2));
    Double2 p = two_product(-h, h), s = fast_two_sum(sum, p.hi);
    sum = s.hi;
    f1 += p.lo;
    f2 += s.lo;
    double x = sum - 1.0 + (f1 + f2);
    h += x / (2.0 * h); /* one step of Newton's */
    return h / scale;
}

enum { SMALL = 16 };
IM_METHOD(do_hypot)
{
    double small[SMALL], *v = nargs <= SMALL ? small : im_raw_alloc(t, nargs * sizeof(double)), max = 0.0;
    if (!v) return IM_NO_VALUE;
    bool nan = false, ok = true;
    for (size_t i = 0; i < nargs && ok; i++) {
        ok = im_as_double(t, args[i], &v[i]) == 0;
        if (!ok) break;
        v[i] = fabs(v[i]);
        nan |= isnan(v[i]);
        if (v[i] > max) max = v[i];
    }
    Value r = ok ? im_float_new(t, norm(v, nargs, max, nan)) : IM_NO_VALUE;
    if (v != small) im_raw_free(v);
    return r;
}
IM_METHOD(do_dist)
{
    Value p = im_to_tuple(t, args[0]), q = im_no_value(p) ? p : im_to_tuple(t, args[1]), r = IM_NO_VALUE;
    double small[SMALL], *v = small, max = 0.0;
    bool nan = false;
    if (im_no_value(q)) goto done;
    size_t n = (size_t)im_tuple_len(p);
    if ((size_t)im_tuple_len(q) != n) {
        im_raise_valueerror(t, "both points must have the same number of dimensions");
        goto done;
    }
    if (n > SMALL && !(v = im_raw_alloc(t, n * sizeof(double)))) goto done;
    for (size_t i = 0; i < n; i++) {
        double a, b;
        if (im_as_double(t, im_tuple_get(p, (ssize_t)i), &a) < 0 || im_as_double(t, im_tuple_get(q, (ssize_t)i), &b) < 0) goto done;
        v[i] = fabs(a - b);
        nan |= isnan(v[i]);
        if (v[i] > max) max = v[i];
    }
    r = im_float_new(t, norm(v, n, max, nan));
done:
    if (v != small) im_raw_free(v);
    im_xdrop(t, p);
    im_xdrop(t, q);
    return r;
}

/* --- fsum ------------------------------------------------------------------------------------------------------------------------------------ */

typedef struct Partials { double *p, small[32]; size_t n, cap; double special, infinities; } Partials;

static int add_partial(Thread *t, Partials *s, double x)
{
    double original = x;
    size_t k = 0;
    for (size_t j = 0; j < s->n; j++) {
        double y = s->p[j];
        if (fabs(x) < fabs(y)) { double z = x; x = y; y = z; }
        const double hi = x + y, lo = y - (hi - x);
        if (lo != 0) s->p[k++] = lo;
        x = hi;
    }
    s->n = k;
    if (x == 0) return 0;
    if (!isfinite(x)) { /* overflow, or the item itself was infinite or nan */
        if (isfinite(original)) return im_raise_overflow(t, "intermediate overflow in fsum"), -1;
        if (isinf(original)) s->infinities += original;
        s->special += original;
        s->n = 0;
        return 0;
    }
    if (s->n == s->cap) {
        size_t cap = s->cap * 2;
        double *p = im_raw_alloc(t, cap * sizeof(double));
        if (!p) return -1;
        memcpy(p, s->p, s->n * sizeof(double));
        if (s->p != s->small) im_raw_free(s->p);
        s->p = p;
        s->cap = cap;
    }
    s->p[s->n++] = x;
    return 0;
}
static double sum_partials(const Partials *s)
{
    size_t n = s->n;
    if (!n) return 0.0;
    double hi = s->p[--n], lo = 0.0;
    while (n) {
        double x = hi, y = s->p[--n];
        hi = x + y;
        lo = y - (hi - x);
        if (lo != 0) break;
    }
    /* Half-way cases are decided by the next partial. */
    if (n && ((lo < 0 && s->p[n - 1] < 0) || (lo > 0 && s->p[n - 1] > 0))) {
        double y = lo * 2.0, x = hi + y;
        if (y == x - hi) hi = x;
    }
    return hi;
}
IM_METHOD(do_fsum)
{
    Value it = im_iter(t, args[0]), r = IM_NO_VALUE;
    if (im_no_value(it)) return it;
    Partials s = {.cap = 32};
    double exact = 0; /* the sum, as long as nothing has been lost: in a register */
    bool lossless = true;
    s.p = s.small;
    for (;;) {
        Value v = im_next_fast(t, it);
        double x;
        if (im_no_value(v)) goto done;
        if (im_is_stop(v)) break;
        if (IM_LIKELY(im_is_float_exact(v))) x = im_float_get(v);
        else if (im_as_double(t, v, &x) < 0) { im_drop(t, v); goto done; }
        im_drop(t, v);
        if (lossless) {
            const double sum = exact + x, part = sum - exact, lost = (exact - (sum - part)) + (x - part); /* Knuth's two-sum; not a number where sum overflows */
            if (IM_LIKELY(lost == 0)) { exact = sum; continue; }
            lossless = false;
            if (exact != 0) s.p[s.n++] = exact;
        }
        if (add_partial(t, &s, x) < 0) goto done;
    }
    if (lossless && exact != 0) s.p[s.n++] = exact;
    if (s.special != 0) r = isnan(s.infinities) ? im_raise_valueerror(t, "-inf + inf in fsum") : im_float_new(t, s.special);
    else r = im_float_new(t, sum_partials(&s));
done:
    if (s.p != s.small) im_raw_free(s.p);
    im_drop(t, it);
    return r;
}

/* --- prod, sumprod ------------------------------------------------------------------------------------------------------------------------------ */

IM_METHOD(do_prod)
{
    Value r = im_no_value(args[1]) ? im_int(1) : im_new_ref(args[1]), it = im_iter(t, args[0]);
    if (im_no_value(it)) { im_drop(t, r); return it; }
    for (;;) {
        Value v = im_next_fast(t, it);
        if (im_no_value(v)) { IM_CLEAR(t, r); break; }
        if (im_is_stop(v)) break;
        double x;
        if (im_is_int_exact(r) && im_is_int_exact(v)) {
            if (im_int_imul(t, &r, v) < 0) { im_drop(t, v); break; }
        } else if (im_is_float_exact(r) && (im_is_float_exact(v) || im_is_int(v))) {
            x = im_is_float_exact(v) ? im_float_get(v) : (double)im_int_get(v);
            double a = im_float_get(r);
            im_drop(t, r);
            r = im_float_new(t, a * x);
        } else {
            Value n = im_binop(t, r, v, IM_OP_MUL);
            im_drop(t, r);
            r = n;
        }
        im_drop(t, v);
        if (im_no_value(r)) break;
    }
    im_drop(t, it);
    return r;
}

static Double3 add_product(double x, double y, Double3 s)
{
    Double2 p = two_product(x, y), hi = two_sum(s.hi, p.hi), lo = two_sum(s.lo, p.lo), mid = two_sum(lo.hi, hi.lo);
    return (Double3){hi.hi, mid.hi, s.tiny + lo.lo + mid.lo};
}
static double sum3(Double3 s) { Double2 last = two_sum(s.lo, s.hi); return s.tiny + last.lo + last.hi; }

/* *total += what the fast sums hold. Steals nothing; 0 or -1 with *total dropped. */
static int add_to(Thread *t, Value *total, Value x)
{
    if (im_no_value(x)) { IM_CLEAR(t, *total); return -1; }
    Value n = im_binop(t, *total, x, IM_OP_ADD);
    im_drop(t, x);
    im_drop(t, *total);
    *total = n;
    return im_no_value(n) ? -1 : 0;
}
static bool float_pair(Thread *t, Value p, Value q, double *x, double *y)
{
    bool fp = im_is_float_exact(p), fq = im_is_float_exact(q);
    if (!(fp && fq) && !(fp && im_is_int_exact(q)) && !(fq && im_is_int_exact(p))) return false;
    if (im_float_operand(t, p, x) == 1 && im_float_operand(t, q, y) == 1) return true;
    im_exc_clear(t); /* an int too large: the general way tells */
    return false;
}
IM_METHOD(do_sumprod)
{
    Value p_it = im_iter(t, args[0]), q_it = im_no_value(p_it) ? p_it : im_iter(t, args[1]), total = im_int(0);
    Double3 fsum = {0, 0, 0};
    int64_t isum = 0;
    bool int_path = true, float_path = true, ints = false, floats = false;
    if (im_no_value(q_it)) goto fail;
    for (size_t i = 0;; i++) {
        Value p = im_next_fast(t, p_it);
        if (im_no_value(p)) goto fail;
        Value q = im_next_fast(t, q_it);
        if (im_no_value(q)) { im_drop(t, p); goto fail; }
        if (im_is_stop(p) != im_is_stop(q)) {
            im_drop(t, p);
            im_drop(t, q);
            im_raise_valueerror(t, "Inputs are not the same length");
            goto fail;
        }
        if (im_is_stop(p)) break;
        /* Sums of 64-bit ints as long as there is nothing else, then of floats, then whatever the objects make of + and *. A way that has been
         * left is not taken again: that decides the rounding. */
        double x, y;
        int64_t n, m;
        int bad = 0;
        if (!int_path && !ints && float_path && im_are_flts(p, q)) { /* as below */
            Double3 sum = add_product(im_flt_get(p), im_flt_get(q), fsum);
            if (IM_LIKELY(isfinite(sum.hi))) {
                fsum = sum;
                floats = true;
                if (IM_POLL_EVERY(t, i) < 0) goto fail;
                continue;
            }
        }
        if (int_path && im_is_int_exact(p) && im_is_int_exact(q) && im_int_get64(p, &n) && im_int_get64(q, &m) && !__builtin_mul_overflow(n, m, &n) &&
            !__builtin_add_overflow(isum, n, &n)) {
            isum = n;
            ints = true;
            goto next;
        }
        int_path = false;
        if (ints) { bad = add_to(t, &total, im_int_new(t, isum)) < 0; ints = false; }
        if (!bad && float_path && float_pair(t, p, q, &x, &y)) {
            Double3 sum = add_product(x, y, fsum);
            if (isfinite(sum.hi)) {
                fsum = sum;
                floats = true;
                goto next;
            }
        }
        float_path = false;
        if (!bad && floats) { bad = add_to(t, &total, im_float_new(t, sum3(fsum))) < 0; floats = false; }
        if (!bad) bad = add_to(t, &total, im_binop(t, p, q, IM_OP_MUL)) < 0;
next:
        im_drop(t, p);
        im_drop(t, q);
        if (bad) goto fail;
        if (IM_POLL_EVERY(t, i) < 0) goto fail;
    }
    if (ints && add_to(t, &total, im_int_new(t, isum)) < 0) goto fail;
    if (floats && add_to(t, &total, im_float_new(t, sum3(fsum))) < 0) goto fail;
    goto done;
fail:
    IM_CLEAR(t, total);
done:
    im_xdrop(t, p_it);
    im_xdrop(t, q_it);
    return total;
}

const ImMethodDef im_math_sum_methods[] = {
    IM_RANGE("hypot", do_hypot, 0, 255, NULL, "hypot(*coordinates) -> value\n\nMultidimensional Euclidean distance from the origin to a point."),
    IM_FIXED("dist", do_dist, 2, "($module, p, q, /)", "Return the Euclidean distance between two points p and q."),
    IM_FIXED("fsum", do_fsum, 1, "($module, seq, /)", "Return an accurate floating-point sum of values in the iterable seq."),
    IM_PARSED("prod", do_prod, "($module, iterable, /, *, start=1)", "Calculate the product of all the elements in the input iterable."),
    IM_FIXED("sumprod", do_sumprod, 2, "($module, p, q, /)", "Return the sum of products of values from two iterables p and q."),
    IM_END,
};
