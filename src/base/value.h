/* Value: one 64-bit word that is a Python object or an immediate. This file alone knows the bits.
 *
 * low bits
 *   x01   small int, 62 bits, two's complement: the integer n is n*4+1. Sums and differences are formed on the tagged words.
 *   110   float, 111 float: the 64 bits of a double whose exponent field is 0x300..0x4FF, rotated left by 4, plus 3. The rotation brings
 *         sign and the top three exponent bits to the bottom; they are 011 or 100 for exactly those exponents, so that plus 3 gives 110 or
 *         111, and no other double does. Decoding: subtract 3, rotate right by 4. Other doubles (0.0, inf, nan, huge, tiny) are boxed.
 *   100   None, False, True, Ellipsis, NotImplemented and internal markers
 *   010   internal: address of a global cell (types/dict.h); only inside dict tables
 *   000   address of an object; all zero is "no value": an exception is pending (or, where a comment says so, "absent")
 *
 * SPDX-License-Identifier: MIT */
#ifndef IM_BASE_VALUE_H
#define IM_BASE_VALUE_H

#include <string.h>

#include "base/assert.h"
#include "base/attr.h"
#include "base/config.h"

typedef struct Value { uint64_t bits; } Value;

struct ImObject;

#define IM_NO_VALUE ((Value){0})
#define IM_NONE ((Value){0x04})
#define IM_FALSE ((Value){0x0C})
#define IM_TRUE ((Value){0x14})
#define IM_ELLIPSIS ((Value){0x1C})
#define IM_NOT_IMPLEMENTED ((Value){0x24})
#define IM_UNSET ((Value){0x2C})   /* register, cell or slot without a value; never seen by Python code */
#define IM_STOP ((Value){0x34})    /* "no more items" from a next slot; never stored */
#define IM_DELETED ((Value){0x3C}) /* removed key in a hash table */

#define IM_INT_MIN (-((int64_t)1 << 61))
#define IM_INT_MAX (((int64_t)1 << 61) - 1)

IM_INLINE bool im_same(Value a, Value b) { return a.bits == b.bits; }
IM_INLINE bool im_is_none(Value v) { return v.bits == 0x04; }
IM_INLINE bool im_no_value(Value v) { return v.bits == 0; }
IM_INLINE bool im_is_unset(Value v) { return v.bits == 0x2C; }
IM_INLINE bool im_is_stop(Value v) { return v.bits == 0x34; }
IM_INLINE bool im_is_bool(Value v) { return v.bits == 0x0C || v.bits == 0x14; }
IM_INLINE Value im_bool(bool b) { return (Value){b ? 0x14u : 0x0Cu}; }

/* An object address or "no value". */
IM_INLINE bool im_is_ptr(Value v) { return (v.bits & 7) == 0; }
IM_INLINE bool im_is_object(Value v) { return (v.bits & 7) == 0 && v.bits != 0; }
IM_INLINE struct ImObject *im_ptr(Value v) { return (struct ImObject *)(uintptr_t)v.bits; }
IM_INLINE Value im_value(const void *object) { return (Value){(uint64_t)(uintptr_t)object}; }

/* Small ints. im_int_fits says whether n can be one; others are made by im_int_new (types/int.h). */
IM_INLINE bool im_is_int(Value v) { return (v.bits & 3) == 1; }
IM_INLINE bool im_are_ints(Value a, Value b) { return (((a.bits ^ 1) | (b.bits ^ 1)) & 3) == 0; }
IM_INLINE bool im_int_fits(int64_t n) { return n >= IM_INT_MIN && n <= IM_INT_MAX; }
IM_INLINE Value im_int(int64_t n) { IM_ASSERT2(im_int_fits(n)); return (Value){((uint64_t)n << 2) | 1}; }
IM_INLINE int64_t im_int_get(Value v) { return (int64_t)v.bits >> 2; }

/* Floats held in the word. */
IM_INLINE bool im_is_flt(Value v) { return (v.bits & 6) == 6; }
IM_INLINE bool im_are_flts(Value a, Value b) { return (a.bits & b.bits & 6) == 6; }
IM_INLINE double im_flt_get(Value v)
{
    uint64_t w = v.bits - 3, r = (w >> 4) | (w << 60);
    double d;
    memcpy(&d, &r, 8);
    return d;
}
/* Encodes d, or gives "no value" (bits 0) where d must be boxed. */
IM_INLINE Value im_flt_try(double d)
{
    uint64_t w;
    memcpy(&w, &d, 8);
    w = ((w << 4) | (w >> 60)) + 3;
    return (Value){(w & 6) == 6 ? w : 0};
}

#endif
