/* What the files of _collections share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES__COLLECTIONS_H
#define IM_MODULES__COLLECTIONS_H

#include "modules/module.h"

#define CO_METHOD(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* Rows {type, spec}, ended by a null type; the module makes them ready. */
extern const ImTypeRow co_deque_rows[], co_odict_rows[];

#endif
