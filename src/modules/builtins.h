/* The native functions of builtins, which stand in several files by subject; builtins.c has their table.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_BUILTINS_H
#define IM_MODULES_BUILTINS_H

#include "modules/module.h"

#define IM_BUILTIN(name) Value im_builtin_##name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
/* builtins_iter.c */
IM_BUILTIN(all); IM_BUILTIN(any); IM_BUILTIN(sum); IM_BUILTIN(min); IM_BUILTIN(max); IM_BUILTIN(sorted); IM_BUILTIN(iter); IM_BUILTIN(next);
IM_BUILTIN(aiter); IM_BUILTIN(anext); IM_BUILTIN(len);
/* builtins_code.c */
IM_BUILTIN(compile); IM_BUILTIN(eval); IM_BUILTIN(exec); IM_BUILTIN(globals); IM_BUILTIN(locals); IM_BUILTIN(vars); IM_BUILTIN(dir); IM_BUILTIN(import);
/* builtins_class.c */
IM_BUILTIN(build_class); IM_BUILTIN(isinstance); IM_BUILTIN(issubclass); IM_BUILTIN(getattr); IM_BUILTIN(setattr); IM_BUILTIN(delattr);
IM_BUILTIN(hasattr); IM_BUILTIN(callable);
/* builtins_io.c */
IM_BUILTIN(print); IM_BUILTIN(input); IM_BUILTIN(breakpoint);

/* enum_bodies.c. A class has been made: perhaps it is the first enumeration. Wanted until then; relaxed. */
void im_enum_bodies_find(Thread *t, Value cls);
extern uint8_t im_enum_bodies_wanted;

#endif
