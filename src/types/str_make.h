/* str: making one inline, for the functions that make many.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_STR_MAKE_H
#define IM_TYPES_STR_MAKE_H

#include "mem/fast.h"
#include "types/str.h"

/* Storage for len code points; len > 0 or during start-up. */
IM_INLINE Value im_str_make(Thread *t, ssize_t len, int kind, bool ascii)
{
    if (IM_UNLIKELY(len > (ssize_t)1 << 44)) return im_raise_memory(t);
    ImStr *s = (ImStr *)im_leaf_alloc(t, &im_str_type.root, sizeof(ImStr) + ((size_t)len + 1) * (size_t)kind);
    if (IM_UNLIKELY(!s)) return IM_NO_VALUE;
    s->x_hash = -1;
    s->len = len;
    s->head.x_flags = (uint16_t)((kind == 1 ? IM_STR_KIND1 : kind == 2 ? IM_STR_KIND2 : IM_STR_KIND4) | (ascii ? IM_STR_ASCII : 0));
    im_str_write(kind, s->data, len, 0);
    return im_value(s);
}

/* memcpy whose common short case is inline. */
IM_INLINE void im_copy_short(void *to, const void *from, size_t n)
{
    char *d = to;
    const char *s = from;
    if (IM_UNLIKELY(n > 32)) { memcpy(d, s, n); return; }
    if (n >= 16) { memcpy(d, s, 16); memcpy(d + n - 16, s + n - 16, 16); }
    else if (n >= 8) { memcpy(d, s, 8); memcpy(d + n - 8, s + n - 8, 8); }
    else if (n >= 4) { memcpy(d, s, 4); memcpy(d + n - 4, s + n - 4, 4); }
    else if (n) { d[0] = s[0]; d[n >> 1] = s[n >> 1]; d[n - 1] = s[n - 1]; }
}

/* Of n > 1 characters below 128. */
IM_MUST_USE IM_INLINE Value im_str_make_ascii(Thread *t, const void *p, ssize_t n)
{
    Value v = im_str_make(t, n, 1, true);
    if (IM_LIKELY(!im_no_value(v))) im_copy_short(im_str_data(v), p, (size_t)n);
    return v;
}

#endif
