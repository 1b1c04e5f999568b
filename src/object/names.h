/* Interned names known at build time: IM_S(append) is the immortal str "append". The build collects every IM_S(...) in src/ and defines them all
 * (tools/gen/names), so using a new one needs nothing but its use. Only identifiers: letters, digits, underscores.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_NAMES_H
#define IM_OBJECT_NAMES_H

#include "base/value.h"

#define IM_S(ident) ({ extern Value im_s_##ident; im_s_##ident; })
/* Rows {location, text}; made at start-up by im_names_init (types/str.c provides im_str_intern_cstr). */
typedef struct ImNameRow { Value *location; const char *text; } ImNameRow;
extern const ImNameRow im_name_rows[];
extern const size_t im_name_count;

#endif
