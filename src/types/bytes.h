/* bytes and bytearray.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_BYTES_H
#define IM_TYPES_BYTES_H

#include "object/abstract.h"
#include "object/buffer.h"

typedef struct ImBytes {
    ImObject head;
    int64_t x_hash; /* -1: not computed */
    ssize_t len;
    char data[];    /* and a zero */
} ImBytes;
typedef struct ImByteArray {
    ImObject head;
    ssize_t x_len;
    char *x_buf;     /* allocated start */
    char *x_start;   /* first byte (after deletions at the front) */
    ssize_t cap;
    ssize_t x_exports; /* buffers held: no resizing */
} ImByteArray;
IM_TYPE_DECLARE(bytes);
IM_TYPE_DECLARE(bytearray);
IM_TYPE_DECLARE(memoryview);
IM_INLINE bool im_is_bytes(Value v) { return im_is_object(v) && im_type_has(im_type_of_obj(im_ptr(v)), IM_TF_BYTES); }
IM_INLINE bool im_is_bytes_exact(Value v) { return im_is_exact(v, &im_bytes_type); }
IM_INLINE ssize_t im_bytes_len(Value v) { return ((ImBytes *)im_ptr(v))->len; }
IM_INLINE char *im_bytes_data(Value v) { return ((ImBytes *)im_ptr(v))->data; }
/* Fills to[0..all) with the unit bytes at from, over and over; all is a multiple of unit. */
void im_fill_repeated(char *to, const char *from, size_t unit, size_t all);
IM_MUST_USE Value im_bytes_new(Thread *t, const void *p, ssize_t len); /* p null: uninitialised, to be filled at once */
IM_MUST_USE Value im_bytes_from_cstr(Thread *t, const char *s);
/* Shrinks or grows a fresh, unique bytes; *v replaced or (-1) dropped. */
IM_MUST_USE int im_bytes_resize(Thread *t, Value *v, ssize_t len);
IM_MUST_USE Value im_bytes_hex(Thread *t, const uint8_t *p, ssize_t len, Value sep, Value per); /* str: what hex(sep, bytes_per_sep) gives; "no value" = not given */
IM_MUST_USE Value im_bytes_from_object(Thread *t, Value v); /* bytes(v) for buffers and iterables of ints */
IM_MUST_USE Value im_bytes_concat(Thread *t, Value a, Value b);
IM_MUST_USE Value im_bytes_repr(Thread *t, Value v);
int64_t im_bytes_hash(Value v);
extern bool im_bytes_warning; /* -b: str() of bytes and comparing them with text or numbers is a BytesWarning */
IM_MUST_USE Value im_bytearray_new(Thread *t, const void *p, ssize_t len); /* p null: zeros */
IM_MUST_USE Value im_bytearray_raw(Thread *t, ssize_t len); /* uninitialised, to be filled at once */
IM_MUST_USE int im_bytearray_resize(Thread *t, Value v, ssize_t len);
IM_MUST_USE Value im_memoryview_new(Thread *t, Value obj);
/* With flags of its own; native: by the native type that obj's class inherits from, whatever __buffer__ the class has. */
IM_MUST_USE Value im_memoryview_from_flags(Thread *t, Value obj, int flags, bool native);
Value im_memoryview_exporter(Value view);
void im_memoryview_release_by_class(Thread *t, Value obj, ImBuffer *b);
/* memoryview without exporter, of memory, format and sizes that the caller keeps alive. */
IM_MUST_USE Value im_memoryview_from_buffer(Thread *t, const ImBuffer *b);
/* memoryview over plain memory; `owner` keeps it alive. */
IM_MUST_USE Value im_memoryview_from_memory(Thread *t, void *p, ssize_t len, bool readonly, Value owner);

#endif
