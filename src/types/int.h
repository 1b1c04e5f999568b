/* int: 62-bit values sit in the Value word; larger ones are objects with 64-bit limbs for GMP's mpn layer. A big int never holds a value that fits
 * the word. bool is a subclass whose two instances are immediates; instances of other subclasses are objects that hold any value.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_INT_H
#define IM_TYPES_INT_H

#include "object/abstract.h"

typedef struct ImInt {
    ImObject head;
    int64_t size;     /* limbs; negative for negative numbers; 0 is zero (subclass instances only) */
    uint64_t limbs[]; /* least significant first, top one not zero */
} ImInt;

IM_TYPE_DECLARE(int);
IM_TYPE_DECLARE(bool);
/* int or a subclass (bool too). */
IM_INLINE bool im_is_int_like(Value v) { return im_is_int(v) || im_is_bool(v) || (im_is_object(v) && im_type_has(im_type_of_obj(im_ptr(v)), IM_TF_INT)); }
/* Exactly int (small or big; not bool). */
IM_INLINE bool im_is_int_exact(Value v) { return im_is_int(v) || im_is_exact(v, &im_int_type); }

IM_MUST_USE Value im_int_new(Thread *t, int64_t n);
IM_MUST_USE Value im_int_from_u64(Thread *t, uint64_t n);
IM_MUST_USE Value im_int_from_double(Thread *t, double d); /* truncates; OverflowError/ValueError for inf, nan */
/* Decimal digits and sign of n, written before `end` into IM_INT64_DIGITS bytes; where they begin. */
enum { IM_INT64_DIGITS = 24 };
char *im_int64_digits(char *end, int64_t n);
IM_MUST_USE Value im_int_from_str(Thread *t, Value s, int base);
IM_MUST_USE Value im_int_from_digits(Thread *t, const char *s, size_t len, int base); /* ASCII, valid, no prefix or underscores; the compiler's constants */
IM_MUST_USE Value im_int_from_text(Thread *t, const char *s, size_t len, int base); /* int(bytes, base) */
IM_MUST_USE Value im_int_from_bytes(Thread *t, const uint8_t *p, size_t len, bool little, bool is_signed);
/* Value of any int (bool, subclass): 1 and *out, or 0 when it does not fit (*out = clipped). */
int im_int_get64(Value v, int64_t *out);
int im_int_get_u64(Value v, uint64_t *out);
int im_int_sign(Value v);
size_t im_int_bit_length(Value v);
double im_int_to_double(Thread *t, Value v); /* correctly rounded; OverflowError "int too large to convert to float", -1.0 */
IM_MUST_USE int im_int_to_bytes(Thread *t, Value v, uint8_t *p, size_t len, bool little, bool is_signed);
IM_MUST_USE Value im_int_to_str(Thread *t, Value v, int base, bool prefix); /* honours sys.set_int_max_str_digits for base 10 */
IM_MUST_USE Value im_int_add(Thread *t, Value a, Value b); /* any two ints */
IM_MUST_USE Value im_int_sub(Thread *t, Value a, Value b);
IM_MUST_USE Value im_int_mul(Thread *t, Value a, Value b);
IM_MUST_USE Value im_int_floordiv(Thread *t, Value a, Value b);
IM_MUST_USE Value im_int_mod(Thread *t, Value a, Value b);
IM_MUST_USE Value im_int_divmod(Thread *t, Value a, Value b); /* tuple */
IM_MUST_USE Value im_int_pow(Thread *t, Value a, Value b, Value mod);
/* *a (owned) = *a * b and so on, reusing *a's memory when it is a unique exact big int. -1: *a dropped and no value. Both are ints. */
IM_MUST_USE int im_int_iadd(Thread *t, Value *a, Value b);
IM_MUST_USE int im_int_isub(Thread *t, Value *a, Value b);
IM_MUST_USE int im_int_imul(Thread *t, Value *a, Value b);
int im_int_cmp(Value a, Value b); /* -1, 0, 1 */
int im_int_cmp_double(Value v, double d); /* exact; d not nan */
int64_t im_int_hash(Value v);
extern int64_t im_int_max_str_digits;

#endif
