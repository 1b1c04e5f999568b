/* Digits and spaces of all scripts.
 * SPDX-License-Identifier: MIT */
#include "types/number_text.h"

/* Zeros of the runs of ten decimal digits outside ASCII, ascending: Unicode's category Nd consists of such runs. */
static const uint32_t zeros[] = {
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810,
    0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30,
    0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x11f50,
    0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950, 0x1fbf0,
};

int im_digit_value(uint32_t c)
{
    if (c < 128) return c >= '0' && c <= '9' ? (int)(c - '0') : -1;
    size_t lo = 0, hi = IM_COUNTOF(zeros);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (c < zeros[mid]) hi = mid;
        else if (c >= zeros[mid] + 10) lo = mid + 1;
        else return (int)(c - zeros[mid]);
    }
    return -1;
}

bool im_is_space_char(uint32_t c)
{
    if (c < 128) return c == ' ' || (c >= 0x9 && c <= 0xd) || (c >= 0x1c && c <= 0x1f);
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

int im_number_text(Thread *t, Value s, ImNumberText *o)
{
    o->mem = NULL;
    o->len = (size_t)im_str_len(s);
    if (im_str_is_ascii(s)) {
        o->p = im_str_data(s);
        return 0;
    }
    char *q = o->small;
    if (o->len > sizeof(o->small) && !(q = o->mem = im_raw_alloc(t, o->len))) return -1;
    o->p = q;
    int kind = im_str_kind(s);
    const void *data = im_str_data(s);
    for (size_t i = 0; i < o->len; i++) {
        uint32_t c = im_str_read(kind, data, (ssize_t)i);
        int d;
        if (im_is_space_char(c)) q[i] = ' ';
        else if (c < 127) q[i] = (char)c;
        else if ((d = im_digit_value(c)) >= 0) q[i] = (char)('0' + d);
        else q[i] = '?';
        if (IM_POLL_EVERY(t, i) < 0) { im_number_text_fini(o); return -1; }
    }
    return 0;
}
