/* What the files of math share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_MATH_H
#define IM_MODULES_MATH_H

#include "modules/syscall.h"

extern const ImMethodDef im_math_float_methods[], im_math_int_methods[], im_math_sum_methods[];
#define IM_MATH_DOMAIN(t) im_raise_valueerror((t), "math domain error")
#define IM_MATH_RANGE(t) im_raise_overflow((t), "math range error")

#endif
