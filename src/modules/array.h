/* What array.c and array_codes.c share: the object, and the type codes with their conversions.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_ARRAY_H
#define IM_MODULES_ARRAY_H

#include "modules/module.h"

typedef struct ImArrayCode {
    char code;
    uint8_t size;      /* bytes per item */
    int8_t machine;    /* number of this machine's layout in pickles (array_codes.c) */
    bool is_signed;    /* integers only */
    const char *format; /* of exported buffers */
} ImArrayCode;

/* The items' memory; its own size stands in it, so that a reader who has no lock never goes past its end. */
typedef struct ImArrayBlock { ssize_t size; char data[]; } ImArrayBlock;

/* Private arrays: plain fields. Shared ones change under the object's lock; readers of one item load x_items, then check the index against x_len and the
 * block's size; a block that is replaced is retired. */
typedef struct ImArrayObject {
    ImObject head;
    ssize_t x_len;          /* items */
    ImArrayBlock *x_items;  /* null while nothing was ever stored */
    ssize_t x_exports;      /* buffers held: no resizing */
    const ImArrayCode *code;
} ImArrayObject;
IM_TYPE_DECLARE(array);
IM_INLINE ImArrayObject *im_arrayp(Value v) { return (ImArrayObject *)im_ptr(v); }
IM_INLINE bool im_is_array(Value v) { return im_is_object(v) && im_is_instance_of(v, &im_array_type); }

extern const ImArrayCode im_array_codes[];
enum { IM_ARRAY_N_CODES = 14 };
const ImArrayCode *im_array_find_code(uint32_t c); /* null: no such code */
IM_INLINE bool im_array_is_text(const ImArrayCode *c) { return c->code == 'u' || c->code == 'w'; }
/* Item at p as an object, and v as an item. */
IM_MUST_USE Value im_array_load(Thread *t, const ImArrayCode *c, const void *p);
IM_MUST_USE int im_array_convert(Thread *t, const ImArrayCode *c, Value v, void *p);
/* -1, 0, 1; 2 when unordered (nan). */
int im_array_compare_items(const ImArrayCode *c, const void *a, const void *b);
/* array._array_reconstructor(type, code, machine, bytes) */
IM_MUST_USE Value im_array_reconstruct(Thread *t, Value type, Value code, Value machine, Value bytes);

#endif
