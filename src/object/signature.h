/* Compiled form of a signature text such as "($self, key=None, /, *, reverse=False)". Made once per text, never freed.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_SIGNATURE_H
#define IM_OBJECT_SIGNATURE_H

#include "object/type.h"

enum { IM_SIG_MAX = 24, IM_SIG_FEW = 8 };
typedef struct ImSignature {
    const char *text;
    uint8_t n;        /* parameters, *args and **kw included */
    uint8_t npos;     /* that can be given by position */
    uint8_t nposonly; /* only by position (the first ones) */
    uint8_t minpos;   /* required ones among npos */
    uint8_t nkw;      /* that can be given by name */
    int8_t varargs;   /* index of *args or -1 */
    int8_t varkw;     /* index of **kw or -1 */
    bool plain;       /* neither *args nor **kw, no required keyword: npos and minpos say all about a call without keywords */
    bool required[IM_SIG_MAX];
    Value names[IM_SIG_MAX]; /* interned */
} ImSignature;
IM_INLINE bool im_native_takes(const ImSignature *s, size_t n) { return s && n >= s->minpos && n <= s->npos; }
/* Null with MemoryError pending. */
IM_MUST_USE const ImSignature *im_signature(Thread *t, const char *text);
/* Binds arguments to out[0..n). owned[0], owned[1]: tuple of *args, dict of **kw, or no value. */
IM_MUST_USE int im_signature_bind(Thread *t, const ImSignature *s, const char *fname, const Value *args, size_t nargs, Value kwnames, Value *out, Value owned[2]);

#endif
