/* Gamma functions; errno EDOM or ERANGE as math functions set it, else 0.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_MATH_GAMMA_H
#define IM_MODULES_MATH_GAMMA_H

double im_gamma(double x);
double im_lgamma(double x);

#endif
