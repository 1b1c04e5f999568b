/* Parsing of str.format markup, shared with the _string module.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_STR_PARSE_H
#define IM_TYPES_STR_PARSE_H

#include "types/str.h"

typedef struct ImMarkup { Value s; ssize_t pos, end; } ImMarkup;
typedef struct ImMarkupPiece {
    ssize_t lit_start, lit_end;
    bool has_field, nested;      /* nested: the spec has fields of its own */
    ssize_t name_start, name_end, spec_start, spec_end;
    uint32_t conversion;         /* 0: none */
} ImMarkupPiece;
/* 1 a piece, 0 the end, -1 ValueError. */
IM_MUST_USE int im_markup_next(Thread *t, ImMarkup *m, ImMarkupPiece *out);
ssize_t im_field_first(Thread *t, Value s, ssize_t start, ssize_t end, int64_t *index);
IM_MUST_USE int im_field_next(Thread *t, Value s, ssize_t *pos, ssize_t end, ssize_t *a, ssize_t *b, int64_t *index);

#endif
