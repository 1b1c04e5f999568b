/* Properties of characters (Unicode Character Database, read at build time).
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_UNICODE_DB_H
#define IM_TYPES_UNICODE_DB_H

#include "base/attr.h"
#include "base/config.h"

enum { IM_UC_ALPHA = 1, IM_UC_DECIMAL = 2, IM_UC_DIGIT = 4, IM_UC_NUMERIC = 8, IM_UC_LOWER = 16, IM_UC_UPPER = 32, IM_UC_TITLE = 64, IM_UC_SPACE = 128, IM_UC_PRINTABLE = 256,
    IM_UC_XID_START = 512, IM_UC_XID_CONTINUE = 1024, IM_UC_CASED = 2048, IM_UC_CASE_IGNORABLE = 4096, IM_UC_SPECIAL = 8192 };
typedef struct ImUcRecord {
    int32_t upper, lower, title, fold; /* differences; with IM_UC_SPECIAL: length << 24 | start in the extended array */
    uint16_t flags;
    int8_t decimal, digit;
    uint8_t category, bidi, combining, mirrored, eaw;
} ImUcRecord;
const ImUcRecord *im_uc(uint32_t c);
extern const uint16_t im_uc_latin1[256]; /* the flags of the first 256 */
IM_INLINE bool im_uc_is(uint32_t c, uint16_t flags) { return ((c < 256 ? im_uc_latin1[c] : im_uc(c)->flags) & flags) != 0; }
/* Full case mappings: writes 1..3 code points, returns how many. */
int im_uc_upper(uint32_t c, uint32_t *out);
int im_uc_lower(uint32_t c, uint32_t *out);
int im_uc_title(uint32_t c, uint32_t *out);
int im_uc_fold(uint32_t c, uint32_t *out);
double im_uc_numeric(uint32_t c); /* -1: none */
bool im_uc_is_linebreak(uint32_t c);

#endif
