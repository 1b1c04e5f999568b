/* What the % operators of str and bytes share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_PERCENT_H
#define IM_TYPES_PERCENT_H

#include "types/float.h"
#include "types/int.h"

enum { IM_PERCENT_BUF = 600 };
/* Text, without padding, of a small int without precision or a float with fewer than 100 digits under the conversion c, written to buf [IM_PERCENT_BUF]: where it
 * begins, *end where it ends. Null: v or c is of another kind. */
IM_INLINE char *im_percent_quick(uint32_t c, Value v, ssize_t prec, char *buf, char **end)
{
    char *p;
    if (im_is_int(v) && prec < 0 && (c == 'd' || c == 'i' || c == 'u' || c == 'x' || c == 'X' || c == 'o')) {
        const char *digits = c == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
        const int64_t n = im_int_get(v);
        uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;
        p = *end = buf + 80;
        if (c == 'o') do { *--p = digits[u & 7]; u >>= 3; } while (u);
        else if (c == 'x' || c == 'X') do { *--p = digits[u & 15]; u >>= 4; } while (u);
        else do { *--p = digits[u % 10]; u /= 10; } while (u);
        if (n < 0) *--p = '-';
        return p;
    }
    if (!im_is_float_exact(v) || prec >= 100 || !(c == 'f' || c == 'g' || c == 'e' || c == 'F' || c == 'G' || c == 'E')) return NULL;
    *end = buf + im_float_text(im_float_get(v), (char)c, prec < 0 ? 6 : (int)prec, 0, buf);
    return buf;
}

#endif
