/* Text of doubles, for the files of float, complex and format_spec. Public parts are in types/float.h.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_FLOAT_TEXT_H
#define IM_TYPES_FLOAT_TEXT_H

#include <stdint.h>

#include "base/config.h"

/* Reads a number (decimal, inf, infinity, nan; any case) from [s, limit): *end past it, or s when there is none. */
double im_float_parse_n(const char *s, const char *limit, const char **end);
/* |d| * 10^n rounded to the nearest integer, exact halves to even; false where 64 bits are too few. d finite. */
bool im_float_fixed(double d, int n, uint64_t *out);
/* d rounded to ndigits after the decimal point (negative: before it), half to even of the exact value; correctly rounded. May give inf. */
double im_float_round_digits(double d, int ndigits);

#endif
