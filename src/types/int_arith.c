/* Arithmetic of ints: 62-bit words first, GMP's mpn functions on limbs otherwise.
 *
 * Operands are read through ImIntView (sign and magnitude); a result is written to a fresh object, whose top zero limbs im_int_finish takes off, and which
 * it gives back when the value fits the word. Operands may be read while detached: ints never change, except a unique one under the in-place
 * functions at the end, which nobody else can see.
 * SPDX-License-Identifier: MIT */
#include "types/int_impl.h"

#include <math.h>

#include "types/float.h"
#include "types/tuple.h"

/* --- results ---------------------------------------------------------------------------------------------------------- */

ImInt *im_int_alloc(Thread *t, size_t n)
{
    if (IM_UNLIKELY(n > (size_t)1 << 50)) { (void)im_raise_memory(t); return NULL; }
    return (ImInt *)im_object_alloc_raw(t, &im_int_type.root, im_int_type.core.x_flags, sizeof(ImInt) + n * sizeof(mp_limb_t));
}

Value im_int_finish(Thread *t, ImInt *o, size_t n, bool neg)
{
    while (n && o->limbs[n - 1] == 0) n--;
    if (n <= 1) {
        mp_limb_t w = n ? o->limbs[0] : 0;
        if (w <= (mp_limb_t)IM_INT_MAX || (neg && w == (mp_limb_t)1 << 61)) {
            im_object_free(t, &o->head, im_int_type.core.x_flags);
            return im_int(neg ? -(int64_t)w : (int64_t)w);
        }
    }
    o->size = neg ? -(int64_t)n : (int64_t)n;
    return im_value(o);
}

Value im_int_from_limbs(Thread *t, const mp_limb_t *p, size_t n, bool neg)
{
    while (n && p[n - 1] == 0) n--;
    if (n == 0) return im_int(0);
    if (n == 1 && (p[0] <= (mp_limb_t)IM_INT_MAX || (neg && p[0] == (mp_limb_t)1 << 61))) return im_int(neg ? -(int64_t)p[0] : (int64_t)p[0]);
    ImInt *o = im_int_alloc(t, n);
    if (!o) return IM_NO_VALUE;
    memcpy(o->limbs, p, n * sizeof(mp_limb_t));
    o->size = neg ? -(int64_t)n : (int64_t)n;
    return im_value(o);
}

Value im_int_new(Thread *t, int64_t n)
{
    if (IM_LIKELY(im_int_fits(n))) return im_int(n);
    mp_limb_t w = n < 0 ? -(mp_limb_t)n : (mp_limb_t)n;
    return im_int_from_limbs(t, &w, 1, n < 0);
}
Value im_int_from_u64(Thread *t, uint64_t n)
{
    mp_limb_t w = n;
    return im_int_from_limbs(t, &w, 1, false);
}
Value im_int_from_i128(Thread *t, __int128 x)
{
    unsigned __int128 u = x < 0 ? -(unsigned __int128)x : (unsigned __int128)x;
    mp_limb_t w[2] = {(mp_limb_t)u, (mp_limb_t)(u >> 64)};
    return im_int_from_limbs(t, w, 2, x < 0);
}

Value im_int_exact(Thread *t, Value v)
{
    if (im_is_int_exact(v)) return im_new_ref(v);
    ImIntView w;
    im_int_view(v, &w);
    return im_int_from_limbs(t, w.p, w.n, w.neg);
}

/* --- reading -------------------------------------------------------------------------------------------------------------- */

int im_int_get64(Value v, int64_t *out)
{
    if (im_is_int(v)) { *out = im_int_get(v); return 1; }
    ImIntView w;
    im_int_view(v, &w);
    if (w.n == 0) { *out = 0; return 1; }
    if (w.n == 1 && w.p[0] <= (mp_limb_t)INT64_MAX + w.neg) {
        *out = (int64_t)(w.neg ? -w.p[0] : w.p[0]);
        return 1;
    }
    *out = w.neg ? INT64_MIN : INT64_MAX;
    return 0;
}
int im_int_get_u64(Value v, uint64_t *out)
{
    ImIntView w;
    im_int_view(v, &w);
    if (w.n == 0) { *out = 0; return 1; }
    if (w.neg) { *out = 0; return 0; }
    *out = w.n == 1 ? w.p[0] : UINT64_MAX;
    return w.n == 1;
}
int im_int_sign(Value v)
{
    ImIntView w;
    im_int_view(v, &w);
    return w.n == 0 ? 0 : w.neg ? -1 : 1;
}
static size_t view_bits(const ImIntView *w) { return w->n ? w->n * 64 - (size_t)__builtin_clzll(w->p[w->n - 1]) : 0; }
size_t im_int_bit_length(Value v)
{
    ImIntView w;
    im_int_view(v, &w);
    return view_bits(&w);
}

static int magnitude_cmp(const ImIntView *a, const ImIntView *b)
{
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    if (a->n == 0) return 0;
    int c = mpn_cmp(a->p, b->p, (mp_size_t)a->n);
    return c < 0 ? -1 : c > 0;
}
int im_int_cmp(Value a, Value b)
{
    if (im_are_ints(a, b)) return (im_int_get(a) > im_int_get(b)) - (im_int_get(a) < im_int_get(b));
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    if (x.neg != y.neg) return x.neg ? -1 : 1;
    int c = magnitude_cmp(&x, &y);
    return x.neg ? -c : c;
}

/* Residue of the magnitude modulo the Mersenne prime 2^61 - 1, with the number's sign: CPython's hash of numbers. */
int64_t im_int_hash(Value v)
{
    const mp_limb_t prime = ((mp_limb_t)1 << 61) - 1;
    ImIntView w;
    im_int_view(v, &w);
    mp_limb_t r = w.n == 0 ? 0 : w.n == 1 ? w.p[0] % prime : mpn_mod_1(w.p, (mp_size_t)w.n, prime);
    int64_t h = w.neg ? -(int64_t)r : (int64_t)r;
    return h == -1 ? -2 : h;
}

/* --- to and from double --------------------------------------------------------------------------------------------------- */

double im_round_scaled(uint64_t q, bool sticky, int64_t e)
{
    if (q == 0) return 0.0;
    int bits = 64 - __builtin_clzll(q);
    int64_t top = e + bits; /* the value is in [2^(top-1), 2^top) */
    if (top > 1024) return INFINITY;
    int64_t precision = top + 1074 < 53 ? top + 1074 : 53; /* subnormals have fewer bits */
    if (precision < 0) return 0.0;
    int64_t shift = bits - precision;
    if (shift <= 0) return ldexp((double)q, (int)e);
    uint64_t m = shift == 64 ? 0 : q >> shift, half = (uint64_t)1 << (shift - 1), rest = q & (half | (half - 1));
    if (rest > half || (rest == half && (sticky || (m & 1)))) m++;
    return ldexp((double)m, (int)(e + shift));
}

/* Top 64 bits of w, how far they were moved, and whether anything was cut off. */
static uint64_t top_bits(const ImIntView *w, int64_t *e, bool *sticky)
{
    mp_limb_t hi = w->p[w->n - 1], lo = w->n > 1 ? w->p[w->n - 2] : 0;
    int lz = __builtin_clzll(hi);
    *e = (int64_t)w->n * 64 - 64 - lz;
    uint64_t q = lz ? hi << lz | lo >> (64 - lz) : hi;
    *sticky = (lz ? lo << lz : lo) != 0;
    for (size_t i = 0; !*sticky && i + 2 < w->n; i++) *sticky = w->p[i] != 0;
    return q;
}

double im_int_approx(Value v)
{
    ImIntView w;
    im_int_view(v, &w);
    if (w.n == 0) return 0.0;
    double d;
    if (w.n == 1) {
        d = (double)w.p[0];
    } else {
        int64_t e;
        bool sticky;
        uint64_t q = top_bits(&w, &e, &sticky);
        d = im_round_scaled(q, sticky, e);
    }
    return w.neg ? -d : d;
}
double im_int_to_double(Thread *t, Value v)
{
    double d = im_int_approx(v);
    if (IM_UNLIKELY(isinf(d))) {
        (void)im_raise_overflow(t, "int too large to convert to float");
        return -1.0;
    }
    return d;
}

/* Limbs of |d|, finite and at least 2^53; how many. */
static size_t double_limbs(double d, mp_limb_t limbs[20])
{
    int e;
    uint64_t m = (uint64_t)ldexp(frexp(fabs(d), &e), 53);
    int shift = e - 53;
    size_t n = (size_t)shift / 64;
    memset(limbs, 0, 20 * sizeof(mp_limb_t));
    limbs[n] = m << (shift % 64);
    if (shift % 64) limbs[n + 1] = m >> (64 - shift % 64);
    return limbs[n + 1] ? n + 2 : n + 1;
}
Value im_int_from_double(Thread *t, double d)
{
    if (d > -9.2e18 && d < 9.2e18) return im_int_new(t, (int64_t)d);
    if (isinf(d)) return im_raise_overflow(t, "cannot convert float infinity to integer");
    if (isnan(d)) return im_raise_valueerror(t, "cannot convert float NaN to integer");
    mp_limb_t limbs[20];
    size_t n = double_limbs(d, limbs);
    return im_int_from_limbs(t, limbs, n, d < 0);
}

int im_int_cmp_double(Value v, double d)
{
    if (isinf(d)) return d > 0 ? -1 : 1;
    if (fabs(d) < 9.2e18) {
        int64_t n;
        if (!im_int_get64(v, &n)) return n < 0 ? -1 : 1;
        int64_t whole = (int64_t)d;
        if (n != whole) return n < whole ? -1 : 1;
        double rest = d - (double)whole;
        return rest > 0 ? -1 : rest < 0;
    }
    ImIntView w, y;
    im_int_view(v, &w);
    bool neg = d < 0;
    if (w.n == 0 || w.neg != neg) return neg ? 1 : -1;
    mp_limb_t limbs[20];
    y.n = double_limbs(d, limbs);
    y.p = limbs;
    int c = magnitude_cmp(&w, &y);
    return neg ? -c : c;
}

/* --- add, subtract, multiply ------------------------------------------------------------------------------------------------ */

static Value add_views(Thread *t, const ImIntView *a, const ImIntView *b, bool b_neg)
{
    if (a->n < b->n) {
        const ImIntView *s = a;
        bool a_neg = b_neg;
        b_neg = a->neg;
        a = b;
        b = s;
        if (b->n == 0) return im_int_from_limbs(t, a->p, a->n, a_neg);
        ImInt *o = im_int_alloc(t, a->n + 1);
        if (!o) return IM_NO_VALUE;
        if (a_neg == b_neg) o->limbs[a->n] = mpn_add(o->limbs, a->p, (mp_size_t)a->n, b->p, (mp_size_t)b->n);
        else { (void)mpn_sub(o->limbs, a->p, (mp_size_t)a->n, b->p, (mp_size_t)b->n); o->limbs[a->n] = 0; }
        return im_int_finish(t, o, a->n + 1, a_neg);
    }
    if (b->n == 0) return im_int_from_limbs(t, a->p, a->n, a->neg);
    ImInt *o = im_int_alloc(t, a->n + 1);
    if (!o) return IM_NO_VALUE;
    o->limbs[a->n] = 0;
    if (a->neg == b_neg) {
        o->limbs[a->n] = mpn_add(o->limbs, a->p, (mp_size_t)a->n, b->p, (mp_size_t)b->n);
        return im_int_finish(t, o, a->n + 1, b_neg);
    }
    if (a->n > b->n || mpn_cmp(a->p, b->p, (mp_size_t)a->n) >= 0) {
        (void)mpn_sub(o->limbs, a->p, (mp_size_t)a->n, b->p, (mp_size_t)b->n);
        return im_int_finish(t, o, a->n, a->neg);
    }
    (void)mpn_sub_n(o->limbs, b->p, a->p, (mp_size_t)a->n);
    return im_int_finish(t, o, a->n, b_neg);
}

/* Members of int enumerations, True and the like: numbers that are not in their word, but would fit. */
IM_INLINE bool would_fit(const ImIntView *x, const ImIntView *y, int64_t *a, int64_t *b)
{
    enum { BITS = 61 };
    if (x->n > 1 || y->n > 1 || (x->n && x->p[0] >> BITS) || (y->n && y->p[0] >> BITS)) return false;
    *a = x->n ? (int64_t)x->p[0] : 0;
    *b = y->n ? (int64_t)y->p[0] : 0;
    if (x->neg) *a = -*a;
    if (y->neg) *b = -*b;
    return true;
}

Value im_int_add(Thread *t, Value a, Value b)
{
    int64_t i, j;
    if (im_are_ints(a, b)) return im_int_new(t, im_int_get(a) + im_int_get(b));
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    return would_fit(&x, &y, &i, &j) ? im_int_new(t, i + j) : add_views(t, &x, &y, y.neg);
}
Value im_int_sub(Thread *t, Value a, Value b)
{
    int64_t i, j;
    if (im_are_ints(a, b)) return im_int_new(t, im_int_get(a) - im_int_get(b));
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    return would_fit(&x, &y, &i, &j) ? im_int_new(t, i - j) : add_views(t, &x, &y, !y.neg);
}

typedef struct Limbs { mp_limb_t *q, *r; const ImIntView *a, *b; } Limbs;

static void compute_product(void *arg)
{
    Limbs *l = arg;
    if (l->a->p == l->b->p && l->a->n == l->b->n) mpn_sqr(l->r, l->a->p, (mp_size_t)l->a->n);
    else (void)mpn_mul(l->r, l->a->p, (mp_size_t)l->a->n, l->b->p, (mp_size_t)l->b->n);
}
static int multiply_limbs(Thread *t, mp_limb_t *r, const ImIntView *a, const ImIntView *b)
{
    if (a->n < b->n) { const ImIntView *s = a; a = b; b = s; }
    if (b->n == 1) {
        r[a->n] = mpn_mul_1(r, a->p, (mp_size_t)a->n, b->p[0]);
        return 0;
    }
    Limbs l = {.r = r, .a = a, .b = b};
    if (a->n > IM_INT_DETACH_PRODUCTS / b->n) return im_gmp_run(t, compute_product, &l);
    compute_product(&l);
    return 0;
}

Value im_int_mul(Thread *t, Value a, Value b)
{
    if (im_are_ints(a, b)) {
        int64_t r;
        if (IM_LIKELY(!__builtin_mul_overflow(im_int_get(a), im_int_get(b), &r))) return im_int_new(t, r);
        return im_int_from_i128(t, (__int128)im_int_get(a) * im_int_get(b));
    }
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    if (x.n == 0 || y.n == 0) return im_int(0);
    int64_t i, j;
    if (would_fit(&x, &y, &i, &j)) return im_int_from_i128(t, (__int128)i * j);
    ImInt *o = im_int_alloc(t, x.n + y.n);
    if (!o) return IM_NO_VALUE;
    if (multiply_limbs(t, o->limbs, &x, &y) < 0) {
        im_drop(t, im_int_finish(t, o, 0, false));
        return IM_NO_VALUE;
    }
    return im_int_finish(t, o, x.n + y.n, x.neg != y.neg);
}

/* --- division ---------------------------------------------------------------------------------------------------------------- */

/* Quotient and remainder of magnitudes, a->n >= b->n > 0: q has a->n - b->n + 1 limbs, r b->n. */
static void compute_quotient(void *arg)
{
    Limbs *l = arg;
    mpn_tdiv_qr(l->q, l->r, 0, l->a->p, (mp_size_t)l->a->n, l->b->p, (mp_size_t)l->b->n);
}
static int divide_limbs(Thread *t, mp_limb_t *q, mp_limb_t *r, const ImIntView *a, const ImIntView *b)
{
    if (b->n == 1) {
        r[0] = mpn_divrem_1(q, 0, a->p, (mp_size_t)a->n, b->p[0]);
        return 0;
    }
    Limbs l = {.q = q, .r = r, .a = a, .b = b};
    if (a->n - b->n + 1 > IM_INT_DETACH_PRODUCTS / b->n) return im_gmp_run(t, compute_quotient, &l);
    compute_quotient(&l);
    return 0;
}

/* Floor division; either out may be null. */
static int divmod_views(Thread *t, const ImIntView *a, const ImIntView *b, Value *q_out, Value *r_out)
{
    bool opposite = a->neg != b->neg;
    if (magnitude_cmp(a, b) < 0) { /* 0 or -1, and a or a + b */
        bool down = opposite && a->n;
        if (r_out) {
            *r_out = down ? add_views(t, a, b, b->neg) : im_int_from_limbs(t, a->p, a->n, a->neg);
            if (im_no_value(*r_out)) return -1;
        }
        if (q_out) *q_out = im_int(down ? -1 : 0);
        return 0;
    }
    size_t qn = a->n - b->n + 1;
    ImInt *q = im_int_alloc(t, qn + 1), *r = q ? im_int_alloc(t, b->n) : NULL;
    if (!r) {
        if (q) im_object_free(t, &q->head, im_int_type.core.x_flags);
        return -1;
    }
    if (divide_limbs(t, q->limbs, r->limbs, a, b) < 0) {
        im_object_free(t, &q->head, im_int_type.core.x_flags);
        im_object_free(t, &r->head, im_int_type.core.x_flags);
        return -1;
    }
    q->limbs[qn] = 0;
    if (opposite && !mpn_zero_p(r->limbs, (mp_size_t)b->n)) {
        (void)mpn_add_1(q->limbs, q->limbs, (mp_size_t)qn + 1, 1);
        (void)mpn_sub_n(r->limbs, b->p, r->limbs, (mp_size_t)b->n);
    }
    if (q_out) *q_out = im_int_finish(t, q, qn + 1, opposite);
    else im_object_free(t, &q->head, im_int_type.core.x_flags);
    if (r_out) *r_out = im_int_finish(t, r, b->n, b->neg);
    else im_object_free(t, &r->head, im_int_type.core.x_flags);
    return 0;
}

static int64_t floor_div64(int64_t x, int64_t y)
{
    int64_t q = x / y;
    return q - (x % y != 0 && (x ^ y) < 0);
}
static int64_t floor_mod64(int64_t x, int64_t y)
{
    int64_t r = x % y;
    return r != 0 && (r ^ y) < 0 ? r + y : r;
}

static Value zero_division(Thread *t, const char *text) { return im_raise(t, &im_ZeroDivisionError_type, "%s", text); }

Value im_int_floordiv(Thread *t, Value a, Value b)
{
    if (im_are_ints(a, b)) {
        if (im_int_get(b) == 0) return zero_division(t, "integer division or modulo by zero");
        return im_int_new(t, floor_div64(im_int_get(a), im_int_get(b)));
    }
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    if (y.n == 0) return zero_division(t, "integer division or modulo by zero");
    if (x.n <= 2 && y.n == 1) { /* no memory in between */
        const unsigned __int128 u = (x.n ? x.p[0] : 0) | (x.n > 1 ? (unsigned __int128)x.p[1] << 64 : 0);
        unsigned __int128 d = u / y.p[0];
        const bool neg = x.neg != y.neg;
        if (neg && d * y.p[0] != u) d++;
        const mp_limb_t two[2] = {(mp_limb_t)d, (mp_limb_t)(d >> 64)};
        return d ? im_int_from_limbs(t, two, two[1] ? 2 : 1, neg) : im_int(0);
    }
    Value q;
    return divmod_views(t, &x, &y, &q, NULL) < 0 ? IM_NO_VALUE : q;
}
Value im_int_mod(Thread *t, Value a, Value b)
{
    if (im_are_ints(a, b)) {
        if (im_int_get(b) == 0) return zero_division(t, "integer modulo by zero");
        return im_int_new(t, floor_mod64(im_int_get(a), im_int_get(b)));
    }
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    if (y.n == 0) return zero_division(t, "integer modulo by zero");
    if (x.n <= 2 && y.n == 1) {
        const unsigned __int128 u = (x.n ? x.p[0] : 0) | (x.n > 1 ? (unsigned __int128)x.p[1] << 64 : 0);
        mp_limb_t d = (mp_limb_t)(u % y.p[0]);
        if (d && x.neg != y.neg) d = y.p[0] - d;
        return d ? im_int_from_limbs(t, &d, 1, y.neg) : im_int(0);
    }
    Value r;
    return divmod_views(t, &x, &y, NULL, &r) < 0 ? IM_NO_VALUE : r;
}

static Value pack_pair(Thread *t, Value q, Value r)
{
    if (im_no_value(q) || im_no_value(r)) {
        im_xdrop(t, q);
        im_xdrop(t, r);
        return IM_NO_VALUE;
    }
    return im_tuple_steal_array(t, (Value[]){q, r}, 2);
}
Value im_int_divmod(Thread *t, Value a, Value b)
{
    if (im_are_ints(a, b)) {
        int64_t x = im_int_get(a), y = im_int_get(b);
        if (y == 0) return zero_division(t, "integer division or modulo by zero");
        return pack_pair(t, im_int_new(t, floor_div64(x, y)), im_int_new(t, floor_mod64(x, y)));
    }
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    if (y.n == 0) return zero_division(t, "integer division or modulo by zero");
    Value q, r;
    return divmod_views(t, &x, &y, &q, &r) < 0 ? IM_NO_VALUE : pack_pair(t, q, r);
}

int im_int_divmod_near(Thread *t, Value a, Value b, Value *q_out, Value *r_out)
{
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    if (y.n == 0) return zero_division(t, "integer division or modulo by zero"), -1;
    Value q, r, twice = IM_NO_VALUE;
    if (divmod_views(t, &x, &y, &q, &r) < 0) return -1;
    /* r has b's sign and is smaller: beyond half of b, or half with an odd quotient, goes up. */
    twice = im_int_add(t, r, r);
    if (im_no_value(twice)) goto fail;
    int c = im_int_cmp(twice, b);
    if (y.neg) c = -c;
    ImIntView qv;
    im_int_view(q, &qv);
    if (c > 0 || (c == 0 && qv.n && (qv.p[0] & 1))) {
        if (im_int_iadd(t, &q, im_int(1)) < 0 || im_int_isub(t, &r, b) < 0) goto fail;
    }
    im_drop(t, twice);
    if (q_out) *q_out = q; else im_drop(t, q);
    if (r_out) *r_out = r; else im_drop(t, r);
    return 0;
fail:
    im_xdrop(t, twice);
    im_xdrop(t, q);
    im_xdrop(t, r);
    return -1;
}

/* a / b correctly rounded: 63 or 64 bits of quotient and whether anything is left. */
Value im_int_truediv(Thread *t, Value a, Value b)
{
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    if (y.n == 0) return zero_division(t, "division by zero");
    if (x.n == 0) return im_float_new(t, y.neg ? -0.0 : 0.0);
    bool neg = x.neg != y.neg;
    size_t xb = view_bits(&x), yb = view_bits(&y);
    if (xb <= 53 && yb <= 53) {
        double d = (double)x.p[0] / (double)y.p[0];
        return im_float_new(t, neg ? -d : d);
    }
    int64_t d = (int64_t)xb - (int64_t)yb;
    if (d > 1025) return im_raise_overflow(t, "integer division result too large for a float");
    if (d < -1080) return im_float_new(t, neg ? -0.0 : 0.0);
    int64_t shift = 63 - d;
    size_t xs = shift > 0 ? (size_t)shift : 0, ys = shift < 0 ? (size_t)-shift : 0;
    size_t xn = x.n + xs / 64 + 1, yn = y.n + ys / 64 + 1;
    mp_limb_t *mem = im_raw_alloc(t, (xn + yn + (xn + 1) + yn) * sizeof(mp_limb_t));
    if (!mem) return IM_NO_VALUE;
    mp_limb_t *xp = mem, *yp = xp + xn, *qp = yp + yn, *rp = qp + xn + 1;
    memset(mem, 0, (xn + yn) * sizeof(mp_limb_t));
    if (xs % 64) xp[xn - 1] = mpn_lshift(xp + xs / 64, x.p, (mp_size_t)x.n, xs % 64);
    else memcpy(xp + xs / 64, x.p, x.n * sizeof(mp_limb_t));
    if (ys % 64) yp[yn - 1] = mpn_lshift(yp + ys / 64, y.p, (mp_size_t)y.n, ys % 64);
    else memcpy(yp + ys / 64, y.p, y.n * sizeof(mp_limb_t));
    while (xn && xp[xn - 1] == 0) xn--;
    while (yn && yp[yn - 1] == 0) yn--;
    ImIntView xv = {.p = xp, .n = xn}, yv = {.p = yp, .n = yn};
    if (divide_limbs(t, qp, rp, &xv, &yv) < 0) { im_raw_free(mem); return IM_NO_VALUE; }
    double r = im_round_scaled(qp[0], !mpn_zero_p(rp, (mp_size_t)yn), -shift);
    im_raw_free(mem);
    if (isinf(r)) return im_raise_overflow(t, "integer division result too large for a float");
    return im_float_new(t, neg ? -r : r);
}

/* --- shifts and bits ---------------------------------------------------------------------------------------------------------- */

Value im_int_lshift(Thread *t, Value a, Value b)
{
    ImIntView x, y;
    im_int_view(b, &y);
    if (y.neg) return im_raise_valueerror(t, "negative shift count");
    im_int_view(a, &x);
    if (x.n == 0) return im_int(0);
    if (y.n > 1 || (y.n == 1 && y.p[0] > INT64_MAX)) return im_raise_overflow(t, "too many digits in integer");
    size_t s = y.n ? y.p[0] : 0;
    if (im_is_int(a) && s < 62 && view_bits(&x) + s <= 61) return im_int(im_int_get(a) * ((int64_t)1 << s));
    size_t words = s / 64, n = x.n + words + 1;
    ImInt *o = im_int_alloc(t, n);
    if (!o) return IM_NO_VALUE;
    memset(o->limbs, 0, words * sizeof(mp_limb_t));
    if (s % 64) {
        o->limbs[n - 1] = mpn_lshift(o->limbs + words, x.p, (mp_size_t)x.n, s % 64);
    } else {
        memcpy(o->limbs + words, x.p, x.n * sizeof(mp_limb_t));
        o->limbs[n - 1] = 0;
    }
    return im_int_finish(t, o, n, x.neg);
}

Value im_int_rshift(Thread *t, Value a, Value b)
{
    ImIntView x, y;
    im_int_view(b, &y);
    if (y.neg) return im_raise_valueerror(t, "negative shift count");
    size_t s = y.n == 0 ? 0 : y.n > 1 ? SIZE_MAX : y.p[0];
    if (im_is_int(a)) return im_int(im_int_get(a) >> (s > 62 ? 62 : s));
    im_int_view(a, &x);
    size_t words = s / 64;
    if (words >= x.n) return im_int(x.neg && x.n ? -1 : 0);
    size_t n = x.n - words;
    ImInt *o = im_int_alloc(t, n + 1);
    if (!o) return IM_NO_VALUE;
    mp_limb_t lost = 0;
    if (s % 64) lost = mpn_rshift(o->limbs, x.p + words, (mp_size_t)n, s % 64);
    else memcpy(o->limbs, x.p + words, n * sizeof(mp_limb_t));
    o->limbs[n] = 0;
    if (x.neg && (lost || (words && !mpn_zero_p(x.p, (mp_size_t)words)))) (void)mpn_add_1(o->limbs, o->limbs, (mp_size_t)n + 1, 1);
    return im_int_finish(t, o, n + 1, x.neg);
}

/* Limb i of w's two's complement form; *carry starts at 1. */
IM_INLINE mp_limb_t complement_limb(const ImIntView *w, size_t i, mp_limb_t *carry)
{
    mp_limb_t x = i < w->n ? w->p[i] : 0;
    if (!w->neg) return x;
    x = ~x + *carry;
    *carry = *carry && x == 0;
    return x;
}

Value im_int_bitop(Thread *t, Value a, Value b, ImBitOp op)
{
    if (im_are_ints(a, b)) {
        int64_t x = im_int_get(a), y = im_int_get(b);
        return im_int(op == IM_BIT_AND ? x & y : op == IM_BIT_OR ? x | y : x ^ y);
    }
    ImIntView x, y;
    im_int_view(a, &x);
    im_int_view(b, &y);
    size_t n = (x.n > y.n ? x.n : y.n) + 1;
    if (op == IM_BIT_AND) { /* a number that is not negative cuts the other off */
        if (!x.neg && x.n + 1 < n) n = x.n + 1;
        if (!y.neg && y.n + 1 < n) n = y.n + 1;
    }
    ImInt *o = im_int_alloc(t, n);
    if (!o) return IM_NO_VALUE;
    mp_limb_t cx = 1, cy = 1, *r = o->limbs;
    for (size_t i = 0; i < n; i++) {
        mp_limb_t p = complement_limb(&x, i, &cx), q = complement_limb(&y, i, &cy);
        r[i] = op == IM_BIT_AND ? p & q : op == IM_BIT_OR ? p | q : p ^ q;
    }
    bool neg = op == IM_BIT_AND ? x.neg && y.neg : op == IM_BIT_OR ? x.neg || y.neg : x.neg != y.neg;
    if (neg) (void)mpn_neg(r, r, (mp_size_t)n);
    return im_int_finish(t, o, n, neg);
}

Value im_int_neg(Thread *t, Value v)
{
    if (im_is_int(v)) return im_int_new(t, -im_int_get(v));
    ImIntView w;
    im_int_view(v, &w);
    return im_int_from_limbs(t, w.p, w.n, !w.neg);
}
Value im_int_abs(Thread *t, Value v)
{
    ImIntView w;
    im_int_view(v, &w);
    return w.neg ? im_int_from_limbs(t, w.p, w.n, false) : im_int_exact(t, v);
}
Value im_int_invert(Thread *t, Value v)
{
    if (im_is_int(v)) return im_int(~im_int_get(v));
    ImIntView w, one;
    im_int_view(v, &w);
    im_int_view64(-1, &one); /* ~v = -v - 1 */
    w.neg = !w.neg;
    if (w.n == 0) return im_int(-1);
    return add_views(t, &w, &one, true);
}

/* --- powers -------------------------------------------------------------------------------------------------------------------- */

static mpz_srcptr view_mpz(mpz_t z, const ImIntView *w) { return mpz_roinit_n(z, w->p, w->neg ? -(mp_size_t)w->n : (mp_size_t)w->n); }
static Value from_mpz(Thread *t, mpz_srcptr z) { return im_int_from_limbs(t, mpz_limbs_read(z), mpz_size(z), mpz_sgn(z) < 0); }

typedef struct Power { mpz_t x, y, m, r; size_t e; bool inverse, mod_neg, ok; } Power;

static void compute_power_mod(void *arg)
{
    Power *p = arg;
    mpz_init(p->r);
    p->ok = !p->inverse || mpz_invert(p->r, p->x, p->m) != 0;
    if (p->ok) mpz_powm(p->r, p->inverse ? p->r : p->x, p->y, p->m);
    if (p->ok && p->mod_neg && mpz_sgn(p->r) != 0) mpz_sub(p->r, p->r, p->m);
}
static void compute_power(void *arg)
{
    Power *p = arg;
    mpz_init(p->r);
    mpz_pow_ui(p->r, p->x, p->e);
}

/* The same of three small ints: no value, without exception, where that is not so or b is negative and a has no inverse. */
static Value power_mod_small(Value a, Value b, Value mod)
{
    if (!im_is_int(a) || !im_is_int(b) || !im_is_int(mod) || im_int_get(mod) == 0) return IM_NO_VALUE;
    const int64_t wanted = im_int_get(mod), m = wanted < 0 ? -wanted : wanted;
    int64_t x = im_int_get(a) % m, e = im_int_get(b);
    if (x < 0) x += m;
    if (e < 0) { /* Euclid, keeping track of x's factor */
        int64_t r0 = m, r1 = x, s0 = 0, s1 = 1;
        while (r1) {
            const int64_t q = r0 / r1, r2 = r0 - q * r1, s2 = s0 - q * s1;
            r0 = r1, r1 = r2, s0 = s1, s1 = s2;
        }
        if (r0 != 1) return IM_NO_VALUE;
        x = s0 < 0 ? s0 + m : s0;
        e = -e;
    }
    uint64_t r = 1 % (uint64_t)m, base = (uint64_t)x;
    const uint64_t u = (uint64_t)m;
    if (u >> 32 == 0) {
        for (; e; e >>= 1) {
            if (e & 1) r = r * base % u;
            if (e > 1) base = base * base % u;
        }
    } else {
        for (; e; e >>= 1) {
            if (e & 1) r = (uint64_t)((unsigned __int128)r * base % u);
            base = (uint64_t)((unsigned __int128)base * base % u);
        }
    }
    return im_int(wanted < 0 && r ? (int64_t)r - m : (int64_t)r);
}
static Value power_mod(Thread *t, Value a, Value b, Value mod)
{
    Value small = power_mod_small(a, b, mod);
    if (!im_no_value(small)) return small;
    ImIntView x, y, m;
    im_int_view(a, &x);
    im_int_view(b, &y);
    im_int_view(mod, &m);
    if (m.n == 0) return im_raise_valueerror(t, "pow() 3rd argument cannot be 0");
    if (m.n == 1 && m.p[0] == 1) return im_int(0);
    bool mod_neg = m.neg, exp_neg = y.neg;
    m.neg = y.neg = false;
    Power p = {.inverse = exp_neg, .mod_neg = mod_neg};
    (void)view_mpz(p.x, &x);
    (void)view_mpz(p.y, &y);
    (void)view_mpz(p.m, &m);
    bool large = m.n * m.n > (size_t)IM_INT_DETACH_PRODUCTS / 64 / (y.n + 1) || y.n + x.n > IM_INT_DETACH_LIMBS;
    if (!large) compute_power_mod(&p);
    else if (im_gmp_run(t, compute_power_mod, &p) < 0) return IM_NO_VALUE;
    Value v = p.ok ? from_mpz(t, p.r) : im_raise_valueerror(t, "base is not invertible for the given modulus");
    mpz_clear(p.r);
    return v;
}

/* What cannot be is refused before any work. */
static int check_room(Thread *t, size_t bytes)
{
    if (bytes < (size_t)64 << 20) return 0;
    void *p = bytes > (size_t)1 << 46 ? (im_raise_memory(t), NULL) : im_raw_alloc(t, bytes);
    im_raw_free(p);
    return p ? 0 : -1;
}

static Value power_plain(Thread *t, const ImIntView *x, const ImIntView *y)
{
    if (y->n == 0) return im_int(1);
    bool neg = x->neg && (y->p[0] & 1);
    if (x->n == 0) return im_int(0);
    if (x->n == 1 && x->p[0] == 1) return im_int(neg ? -1 : 1);
    if (y->n > 1 || y->p[0] > (mp_limb_t)1 << 48) return im_raise_memory(t);
    size_t e = y->p[0], bits = view_bits(x);
    if (bits * e <= 61) {
        int64_t r = 1, base = (int64_t)x->p[0];
        for (size_t i = e; i; i >>= 1) {
            if (i & 1) r *= base;
            if (i > 1) base *= base;
        }
        return im_int(neg ? -r : r);
    }
    if (x->n == 1 && (x->p[0] & (x->p[0] - 1)) == 0) return im_int_lshift(t, im_int(neg ? -1 : 1), im_int((int64_t)((bits - 1) * e)));
    size_t limbs = bits * e / 64 + 1;
    if (bits > SIZE_MAX / 8 / e || check_room(t, limbs * 16) < 0) return im_pending(t) ? IM_NO_VALUE : im_raise_memory(t);
    Power p = {.e = e};
    (void)view_mpz(p.x, x);
    if (limbs <= 512) compute_power(&p);
    else if (im_gmp_run(t, compute_power, &p) < 0) return IM_NO_VALUE;
    Value v = from_mpz(t, p.r);
    mpz_clear(p.r);
    return v;
}

Value im_int_pow(Thread *t, Value a, Value b, Value mod)
{
    if (!im_is_none(mod)) return power_mod(t, a, b, mod);
    ImIntView x, y;
    im_int_view(b, &y);
    if (y.neg) { /* a float, as CPython has it */
        double p = im_int_to_double(t, a), q;
        if (im_pending(t)) return IM_NO_VALUE;
        q = im_int_to_double(t, b);
        if (im_pending(t)) return IM_NO_VALUE;
        Value complex_result = IM_NO_VALUE;
        double r = im_float_pow(t, p, q, &complex_result);
        if (im_pending(t)) return IM_NO_VALUE;
        return im_no_value(complex_result) ? im_float_new(t, r) : complex_result;
    }
    im_int_view(a, &x);
    return power_plain(t, &x, &y);
}

/* --- in place --------------------------------------------------------------------------------------------------------------------- */

enum { LAZY_LIMBS = 4 }; /* shorter products are made at once */

/* A unique exact big int, or null. */
static ImInt *own(Value v)
{
    return im_is_object(v) && im_is_exact(v, &im_int_type) && im_is_unique(v) ? (ImInt *)im_ptr(v) : NULL;
}
void im_int_settle(ImObject *head)
{
    ImInt *o = (ImInt *)head;
    size_t n = (size_t)(o->size < 0 ? -o->size : o->size);
    o->limbs[n] = mpn_mul_1(o->limbs, o->limbs, (mp_size_t)n, o->limbs[n]);
    n += o->limbs[n] != 0;
    o->size = o->size < 0 ? -(int64_t)n : (int64_t)n;
    o->head.x_flags &= (uint16_t)~IM_OF_UNSETTLED;
}
__attribute__((constructor)) static void settle_init(void) { im_settle_hook = im_int_settle; }
static ImInt *own_limbs(Value v)
{
    ImInt *o = own(v);
    if (o && IM_UNLIKELY(im_load_relaxed(&o->head.x_flags) & IM_OF_UNSETTLED)) im_int_settle(&o->head);
    return o;
}
static size_t limb_room(ImInt *o) { return (im_object_capacity(&o->head) - sizeof(ImInt)) / sizeof(mp_limb_t); }

static int replace(Thread *t, Value *a, Value r)
{
    Value old = *a;
    *a = r;
    im_drop(t, old);
    return im_no_value(r) ? -1 : 0;
}

/* |*a| grows by b's magnitude, or shrinks where the signs differ and b is smaller: true when done in a's own limbs. */
static bool add_in_place(Thread *t, Value *a, const ImIntView *b, bool b_neg)
{
    ImInt *o = own_limbs(*a);
    if (!o || b->n == 0) return o != NULL;
    bool neg = o->size < 0;
    size_t n = (size_t)(neg ? -o->size : o->size);
    if (n < b->n) return false;
    if (neg == b_neg) {
        if (limb_room(o) <= n) return false;
        o->limbs[n] = mpn_add(o->limbs, o->limbs, (mp_size_t)n, b->p, (mp_size_t)b->n);
        n += o->limbs[n] != 0;
        o->size = neg ? -(int64_t)n : (int64_t)n;
        return true;
    }
    if (n == b->n && mpn_cmp(o->limbs, b->p, (mp_size_t)n) < 0) return false;
    (void)mpn_sub(o->limbs, o->limbs, (mp_size_t)n, b->p, (mp_size_t)b->n);
    *a = im_int_finish(t, o, n, neg);
    return true;
}

int im_int_iadd(Thread *t, Value *a, Value b)
{
    if (!im_is_int(*a)) {
        ImIntView y;
        im_int_view(b, &y);
        if (add_in_place(t, a, &y, y.neg)) return 0;
    }
    return replace(t, a, im_int_add(t, *a, b));
}
int im_int_isub(Thread *t, Value *a, Value b)
{
    if (!im_is_int(*a)) {
        ImIntView y;
        im_int_view(b, &y);
        if (add_in_place(t, a, &y, !y.neg)) return 0;
    }
    return replace(t, a, im_int_sub(t, *a, b));
}
int im_int_imul(Thread *t, Value *a, Value b)
{
    ImInt *o = own(*a);
    if (!o || !im_is_int(b) || im_int_get(b) == 0) return replace(t, a, im_int_mul(t, *a, b));
    int64_t y = im_int_get(b);
    mp_limb_t f = y < 0 ? -(mp_limb_t)y : (mp_limb_t)y;
    size_t n = (size_t)(o->size < 0 ? -o->size : o->size);
    if (o->head.x_flags & IM_OF_UNSETTLED) {
        mp_limb_t both;
        if (!__builtin_mul_overflow(o->limbs[n], f, &both)) {
            o->limbs[n] = both;
            if (y < 0) o->size = -o->size;
            return 0;
        }
        im_int_settle(&o->head);
        n = (size_t)(o->size < 0 ? -o->size : o->size);
    }
    if (n == 1 && o->limbs[0] == (mp_limb_t)1 << 61 && f == 1) return replace(t, a, im_int_mul(t, *a, b)); /* 2^61 * -1 fits the word */
    if (limb_room(o) <= n) {
        ImInt *wide = im_int_alloc(t, n + n / 8 + 2);
        if (!wide) return replace(t, a, IM_NO_VALUE);
        memcpy(wide->limbs, o->limbs, n * sizeof(mp_limb_t));
        wide->size = o->size;
        (void)replace(t, a, im_value(wide));
        o = wide;
    }
    o->limbs[n] = f;
    if (y < 0) o->size = -o->size;
    if (n < LAZY_LIMBS || !im_is_private_obj(&o->head)) im_int_settle(&o->head);
    else o->head.x_flags |= IM_OF_UNSETTLED;
    return 0;
}
