/* What generic aliases and unions share: type parameters and their substitution.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_GENERIC_H
#define IM_TYPES_GENERIC_H

#include "object/abstract.h"
#include "types/str.h"

typedef struct ImGenericAlias { ImObject head; Value origin, args, x_parameters; bool starred; } ImGenericAlias;
typedef struct ImUnion { ImObject head; Value args, x_parameters; } ImUnion;
IM_TYPE_DECLARE(GenericAlias);
IM_TYPE_DECLARE(UnionType);
/* Distinct type parameters in a tuple of arguments, in order. */
IM_MUST_USE Value im_type_parameters(Thread *t, Value args);
/* args with parameters replaced by item (a tuple, or one argument). `self` for messages. */
IM_MUST_USE Value im_subs_parameters(Thread *t, Value self, Value args, Value parameters, Value item);
/* int -> "int", list[int] -> its repr, None -> "NoneType" as CPython's aliases show arguments. */
IM_MUST_USE int im_type_item_repr(Thread *t, ImStrBuilder *b, Value v);

#endif
