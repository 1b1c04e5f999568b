/* Buffer protocol: a view of an object's memory (PEP 3118).
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_BUFFER_H
#define IM_OBJECT_BUFFER_H

#include "object/type.h"

typedef struct ImBuffer {
    void *buf;
    Value obj; /* exporter, owned; no value once released */
    ssize_t len, itemsize;
    bool readonly;
    int ndim;
    char *format; /* struct format; null = "B" */
    ssize_t *shape, *strides, *suboffsets;
    void *internal;
    ssize_t small_shape[1], small_strides[1];
} ImBuffer;

enum { IM_BUF_SIMPLE = 0, IM_BUF_WRITABLE = 1, IM_BUF_FORMAT = 4, IM_BUF_ND = 8, IM_BUF_STRIDES = 0x10 | 8, IM_BUF_C_CONTIGUOUS = 0x20 | 0x18,
    IM_BUF_F_CONTIGUOUS = 0x40 | 0x18, IM_BUF_ANY_CONTIGUOUS = 0x80 | 0x18, IM_BUF_INDIRECT = 0x100 | 0x18,
    IM_BUF_FULL_RO = 0x100 | 0x18 | 4, IM_BUF_FULL = 0x100 | 0x18 | 5 };

/* -1 with "a bytes-like object is required, not 'T'". While held, the exporter refuses to resize (BufferError). */
IM_MUST_USE int im_buffer_get(Thread *t, Value obj, ImBuffer *b, int flags);
void im_buffer_release(Thread *t, ImBuffer *b);
bool im_buffer_check(Value obj);
/* Fills b for a plain run of bytes; used by exporters. Takes obj. */
IM_MUST_USE int im_buffer_fill(Thread *t, ImBuffer *b, Value obj, void *buf, ssize_t len, bool readonly, int flags);
bool im_buffer_is_contiguous(const ImBuffer *b, char order);

#endif
