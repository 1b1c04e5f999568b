/* Text of numbers, whichever type reads it: digits and spaces of any script become ASCII.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_NUMBER_TEXT_H
#define IM_TYPES_NUMBER_TEXT_H

#include "types/str.h"

typedef struct ImNumberText {
    const char *p; /* not zero-ended */
    size_t len;
    char *mem;     /* to free, or null */
    char small[120];
} ImNumberText;

/* Decimal digit value of c, or -1 (Unicode 15.1, category Nd). */
int im_digit_value(uint32_t c);
bool im_is_space_char(uint32_t c);
/* Text of str s: other characters that are not ASCII become '?'. `o` must not move. */
IM_MUST_USE int im_number_text(Thread *t, Value s, ImNumberText *o);
IM_INLINE void im_number_text_fini(ImNumberText *o) { if (o->mem) im_raw_free(o->mem); }
IM_INLINE bool im_is_c_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

#endif
