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
        355687428096000, 6402373705728000, 121645100408832000, 2432902008176640000};
    if ((uint64_t)n < IM_COUNTOF(known)) return im_int_new(t, known[n]);
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
/* n! without its factors of two, modulo 2^64, and what makes 1 of it: for C(n, k) below 2^64. Of factors of two n! has n - popcount(n). */
static const uint64_t odd_factorials[68] = {
    0x1, 0x1, 0x1, 0x3, 0x3, 0xf, 0x2d, 0x13b, 0x13b, 0xb13, 0x375f, 0x26115, 0x7233f, 0x5cca33, 0x2898765, 0x260eeeeb, 0x260eeeeb, 0x286fddd9b,
    0x16beecca73, 0x1b02b930689, 0x870d9df20ad, 0xb141df4dae31, 0x79dd498567c1b, 0xaf2e19afc5266d, 0x20d8a4d0f4f7347, 0x335281867ec241ef,
    0x9b3093d46fdd5923, 0x5e1f9767cc5866b1, 0x92dd23d6966aced7, 0xa30d0f4f0a196e5b, 0x8dc3e5a1977d7755, 0x2ab8ce915831734b, 0x2ab8ce915831734b,
    0x81d2a0bc5e5fdcab, 0x9efcac82445da75b, 0xbc8b95cf58cde171, 0xa0e8444a1f3cecf9, 0x4191deb683ce3ffd, 0xddd3878bc84ebfc7, 0xcb39a64b83ff3751,
    0xf8203f7993fc1495, 0xbd2a2a78b35f4bdd, 0x84757be6b6d13921, 0x3fbbcfc0b524988b, 0xbd11ed47c8928df9, 0x3c26b59e41c2f4c5, 0x677a5137e883fdb3,
    0xff74e943b03b93dd, 0xfe5ebbcb10b2bb97, 0xb021f1de3235e7e7, 0x33509eb2e743a58f, 0x390f9da41279fb7d, 0xe5cb0154f031c559, 0x93074695ba4ddb6d,
    0x81c471caa636247f, 0xe1347289b5a1d749, 0x286f21c3f76ce2ff, 0xbe84a2173e8ac7, 0x1595065ca215b88b, 0xf95877595b018809, 0x9c2efe3c5516f887,
    0x373294604679382b, 0xaf1ff7a888adcd35, 0x18ddf279a2c5800b, 0x18ddf279a2c5800b, 0x505a90e2542582cb, 0x5bacad2cd8d5dc2b, 0xfe3152bcbff89f41,
};
static const uint64_t odd_inverses[68] = {
    0x1, 0x1, 0x1, 0xaaaaaaaaaaaaaaab, 0xaaaaaaaaaaaaaaab, 0xeeeeeeeeeeeeeeef, 0x4fa4fa4fa4fa4fa5, 0x2ff2ff2ff2ff2ff3, 0x2ff2ff2ff2ff2ff3,
    0x938cc70553e3771b, 0xb71c27cddd93e49f, 0xb38e3229fcdee63d, 0xe684bb63544a4cbf, 0xc2f684917ca340fb, 0xf747c9cba417526d, 0xbb26eb51d7bd49c3,
    0xbb26eb51d7bd49c3, 0xb0a7efb985294093, 0xbe4b8c69f259eabb, 0x6854d17ed6dc4fb9, 0xe1aa904c915f4325, 0x3b8206df131cead1, 0x79c6009fea76fe13,
    0xd8c5d381633cd365, 0x4841f12b21144677, 0x4a91ff68200b0d0f, 0x8f9513a58c4f9e8b, 0x2b3e690621a42251, 0x4f520f00e03c04e7, 0x2edf84ee600211d3,
    0xadcaa2764aaacdfd, 0x161f4f9033f4fe63, 0x161f4f9033f4fe63, 0xbada2932ea4d3e03, 0xcec189f3efaa30d3, 0xf7475bb68330bf91, 0x37eb7bf7d5b01549,
    0x46b35660a4e91555, 0xa567c12d81f151f7, 0x4c724007bb2071b1, 0xf4a0cce58a016bd, 0xfa21068e66106475, 0x244ab72b5a318ae1, 0x366ce67e080d0f23,
    0xd666fdae5dd2a449, 0xd740ddd0acc06a0d, 0xb050bbbb28e6f97b, 0x70b003fe890a5c75, 0xd03aabff83037427, 0x13ec4ca72c783bd7, 0x90282c06afdbd96f,
    0x4414ddb9db4a95d5, 0xa2c68735ae6832e9, 0xbf72d71455676665, 0xa8469fab6b759b7f, 0xc1e55b56e606caf9, 0x40455630fc4a1cff, 0x120a7b0046d16f7,
    0xa7c3553b08faef23, 0x9f0bfd1b08d48639, 0xa433ffce9a304d37, 0xa22ad1d53915c683, 0xcb6cbc723ba5dd1d, 0x547fb1b8ab9d0ba3, 0x547fb1b8ab9d0ba3,
    0x8f15a826498852e3, 0x32e1a03f38880283, 0x3de4cce63283f0c1,
};

static Value comb(Thread *t, Value n, Value k)
{
    if (im_int_sign(n) < 0) return im_raise_valueerror(t, "n must be a non-negative integer");
    if (im_int_sign(k) < 0) return im_raise_valueerror(t, "k must be a non-negative integer");
    if (im_int_cmp(n, k) < 0) return im_int(0);
    if (im_is_int(n) && im_is_int(k)) { /* n * (n - 1) * ... / k!, where both fit a word */
        uint64_t nn = (uint64_t)im_int_get(n), kk = (uint64_t)im_int_get(k), top = 1, bottom = 1, i = 0;
        if (kk > nn - kk) kk = nn - kk;
        if (nn < 68) {
            const uint64_t rest = nn - kk;
            const int twos = __builtin_popcountll(kk) + __builtin_popcountll(rest) - __builtin_popcountll(nn);
            return im_int_from_u64(t, odd_factorials[nn] * odd_inverses[kk] * odd_inverses[rest] << twos);
        }
        if (kk <= 20) {
            while (i < kk && !__builtin_mul_overflow(top, nn - i, &top)) bottom *= ++i;
            if (i == kk && top / bottom <= INT64_MAX) return im_int_new(t, (int64_t)(top / bottom));
        }
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
