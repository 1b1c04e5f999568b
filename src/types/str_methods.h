/* Pieces of str's method table, one per file.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_STR_METHODS_H
#define IM_TYPES_STR_METHODS_H

#include "types/str.h"

#define IM_STR_METHOD(fn) Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)
IM_STR_METHOD(im_str_m_upper); IM_STR_METHOD(im_str_m_lower); IM_STR_METHOD(im_str_m_title); IM_STR_METHOD(im_str_m_capitalize); IM_STR_METHOD(im_str_m_swapcase); IM_STR_METHOD(im_str_m_casefold);
IM_STR_METHOD(im_str_m_isalpha); IM_STR_METHOD(im_str_m_isalnum); IM_STR_METHOD(im_str_m_isdecimal); IM_STR_METHOD(im_str_m_isdigit); IM_STR_METHOD(im_str_m_isnumeric);
IM_STR_METHOD(im_str_m_islower); IM_STR_METHOD(im_str_m_isupper); IM_STR_METHOD(im_str_m_istitle); IM_STR_METHOD(im_str_m_isspace); IM_STR_METHOD(im_str_m_isprintable);
IM_STR_METHOD(im_str_m_isidentifier); IM_STR_METHOD(im_str_m_isascii);
IM_STR_METHOD(im_str_m_split); IM_STR_METHOD(im_str_m_rsplit); IM_STR_METHOD(im_str_m_splitlines); IM_STR_METHOD(im_str_m_partition); IM_STR_METHOD(im_str_m_rpartition);
IM_STR_METHOD(im_str_m_strip); IM_STR_METHOD(im_str_m_lstrip); IM_STR_METHOD(im_str_m_rstrip); IM_STR_METHOD(im_str_m_replace); IM_STR_METHOD(im_str_m_expandtabs);
IM_STR_METHOD(im_str_m_translate); IM_STR_METHOD(im_str_m_maketrans); IM_STR_METHOD(im_str_m_format); IM_STR_METHOD(im_str_m_format_map);
bool im_str_is_identifier(Value s);
/* Positions of find-like methods: *start, *end from a[1], a[2]. */
IM_MUST_USE int im_str_bounds(Thread *t, const Value *a, size_t n, ssize_t len, ssize_t *start, ssize_t *end);
void im_str_utf8_forget(ImObject *o);

#endif
