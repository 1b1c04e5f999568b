/* Expressions back to text.
   SPDX-License-Identifier: MIT */
#ifndef IM_FRONT_UNPARSE_H
#define IM_FRONT_UNPARSE_H

#include "context.h"

/* The text that postponed annotations keep; NUL-terminated, in the arena, NULL when memory is short. */
const char *im_unparse(ImFront *f, const ImExpr *e, size_t *len);
const char *im_const_repr(ImFront *f, const ImConst *k);

#endif
