/* What the files of _collections share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES__COLLECTIONS_H
#define IM_MODULES__COLLECTIONS_H

#include "modules/module.h"

#define CO_METHOD(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* Rows {type, spec}, ended by a null type; the module makes them ready. */
extern const ImTypeRow co_deque_rows[], co_odict_rows[];

/* What other modules do with deques of exactly that type. */
bool co_is_deque(Value v);
ssize_t co_deque_len(Value d); /* at some moment of late */
IM_MUST_USE int co_deque_append(Thread *t, Value d, Value v);
Value co_deque_popleft(Thread *t, Value d); /* no value without exception: it is empty */

#endif
