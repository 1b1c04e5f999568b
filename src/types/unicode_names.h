/* Names of characters.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_UNICODE_NAMES_H
#define IM_TYPES_UNICODE_NAMES_H

#include <stddef.h>

#include "base/attr.h"
#include "base/config.h"

enum { IM_UC_NAME_MAX = 128 }; /* longer than any name, with its zero */
/* Writes the name of c, zero-ended; its length, or 0 when it has none. Aliases are not names. */
size_t im_uc_name(uint32_t c, char *out);
/* The character, alias or (with sequences) named sequence of that name, upper or lower case: writes 1..4 code points, returns how many; 0: no such name. */
int im_uc_lookup(const char *name, size_t n, bool sequences, uint32_t *out);

#endif
