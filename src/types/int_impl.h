/* What the files of int share: any int as sign and limbs, and making results.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_INT_IMPL_H
#define IM_TYPES_INT_IMPL_H

#include <gmp.h>

#include "mem/fast.h"
#include "types/int.h"

_Static_assert(sizeof(mp_limb_t) == 8 && GMP_NUMB_BITS == 64, "limbs are 64 bits");

/* Sign and magnitude of any int. Small ones live in `word`, so a view must not be copied. n = 0: zero. */
typedef struct ImIntView {
    const mp_limb_t *p;
    size_t n;
    bool neg;
    mp_limb_t word;
} ImIntView;

IM_INLINE void im_int_view64(int64_t x, ImIntView *w)
{
    w->neg = x < 0;
    w->word = x < 0 ? -(mp_limb_t)x : (mp_limb_t)x;
    w->n = x != 0;
    w->p = &w->word;
}
/* A product that grows by small factors, `total *= n`, is multiplied out only where a limb is full of them or somebody looks: until then IM_OF_UNSETTLED
 * is set and the limb above the top one is the factor still to come. Only private exact ints are ever in that state, and only im_int_imul puts them into it; whoever
 * reads an int takes a view, which settles it. Publishing does so too (mem/publish.c). */
void im_int_settle(ImObject *o);

IM_INLINE void im_int_view(Value v, ImIntView *w)
{
    if (im_is_int(v)) {
        im_int_view64(im_int_get(v), w);
    } else if (im_is_ptr(v)) {
        const ImInt *o = (const ImInt *)im_ptr(v);
        if (IM_UNLIKELY(im_load_relaxed(&o->head.x_flags) & IM_OF_UNSETTLED)) im_int_settle(im_ptr(v));
        w->neg = o->size < 0;
        w->n = (size_t)(o->size < 0 ? -o->size : o->size);
        w->p = o->limbs;
    } else {
        im_int_view64(im_same(v, IM_TRUE), w);
    }
}

/* Above this many limb products (or limbs moved, for linear work) an operation lets other threads run. */
enum { IM_INT_DETACH_PRODUCTS = 1 << 18, IM_INT_DETACH_LIMBS = 1 << 16 };

/* New exact int with room for n limbs, not filled. Null with MemoryError pending. */
IM_MUST_USE ImInt *im_int_alloc(Thread *t, size_t n);
/* o (fresh) with n limbs written, the top ones perhaps zero: becomes the result in its normal form. */
Value im_int_finish(Thread *t, ImInt *o, size_t n, bool neg);
IM_MUST_USE Value im_int_from_limbs(Thread *t, const mp_limb_t *p, size_t n, bool neg);
IM_MUST_USE Value im_int_from_i128(Thread *t, __int128 x);
/* An exact int of the same value (v itself if exact). */
IM_MUST_USE Value im_int_exact(Thread *t, Value v);
/* q * 2^e, plus something below q's last bit if sticky, rounded to nearest even. q's top bit or the next one is set, or it is exact. May give inf. */
double im_round_scaled(uint64_t q, bool sticky, int64_t e);
/* im_int_to_double without error: inf when too large. */
double im_int_approx(Value v);

/* compute(arg) detached, for what takes long: 0, or -1 with MemoryError or a signal handler's exception pending. It may be started more than once, must write
 * nothing but its results, and makes (mpz_init) every number that it changes; after -1 those are gone. */
IM_MUST_USE int im_gmp_run(Thread *t, void (*compute)(void *), void *arg);
void im_gmp_init(void);

/* Operations on any two ints. */
IM_MUST_USE Value im_int_truediv(Thread *t, Value a, Value b);
IM_MUST_USE Value im_int_lshift(Thread *t, Value a, Value b);
IM_MUST_USE Value im_int_rshift(Thread *t, Value a, Value b);
typedef enum ImBitOp { IM_BIT_AND, IM_BIT_OR, IM_BIT_XOR } ImBitOp;
IM_MUST_USE Value im_int_bitop(Thread *t, Value a, Value b, ImBitOp op);
IM_MUST_USE Value im_int_neg(Thread *t, Value v);
IM_MUST_USE Value im_int_abs(Thread *t, Value v);
IM_MUST_USE Value im_int_invert(Thread *t, Value v);
/* divmod with the quotient rounded to nearest, ties to even. Either out may be null. */
IM_MUST_USE int im_int_divmod_near(Thread *t, Value a, Value b, Value *q, Value *r);

/* int's slots (int_methods.c); bool overrides some. */
Value im_int_repr(Thread *t, Value self);
Value im_int_richcompare(Thread *t, Value a, Value b, ImCmp op);
extern const ImSlots im_int_slots;

#endif
