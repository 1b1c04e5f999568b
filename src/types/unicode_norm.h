/* Normalisation (Unicode Standard Annex 15).
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_UNICODE_NORM_H
#define IM_TYPES_UNICODE_NORM_H

#include "types/str.h"

typedef enum ImNorm { IM_NORM_NFD, IM_NORM_NFKD, IM_NORM_NFC, IM_NORM_NFKC } ImNorm;
typedef enum ImNormCheck { IM_NORM_YES, IM_NORM_MAYBE, IM_NORM_NO } ImNormCheck;

/* Whether s is in a normal form as far as its characters alone tell. */
ImNormCheck im_norm_quick(Value s, ImNorm form);
/* old: by the rules and characters of Unicode 3.2. */
IM_MUST_USE Value im_norm(Thread *t, Value s, ImNorm form, bool old);
/* Decomposition as the database writes it: the tag ("" for canonical ones) and n code points; 0 where there is none. */
int im_norm_decomposition(uint32_t c, const char **tag, const uint32_t **codes);
/* Whether c was assigned in Unicode 3.2. */
bool im_uc_in_3_2(uint32_t c);

#endif
