/* What the files of float and complex share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_FLOAT_IMPL_H
#define IM_TYPES_FLOAT_IMPL_H

#include "types/float.h"

extern const ImMethodDef im_float_methods[];
extern const ImGetSetDef im_float_getset[];
/* v's value if it is a float or an int: 1; 0 if it is neither; -1 with OverflowError. */
IM_MUST_USE int im_float_operand(Thread *t, Value v, double *out);
/* By __float__ or __index__: 1, 0 (v has neither), -1. */
IM_MUST_USE int im_float_from_object(Thread *t, Value v, double *out);
IM_MUST_USE Value im_float_exact(Thread *t, Value v);
/* (a + bi) ** (c + di) as complex.__pow__ does it. */
IM_MUST_USE Value im_complex_power(Thread *t, double a, double b, double c, double d);

#endif
