/* Native bodies of library functions: what the files that hold some share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_BODIES_H
#define IM_MODULES_BODIES_H

#include "modules/module.h"

/* Does the code come from the library's own file of the module ("asyncio/events"), no user's module of that name, and has it these names and variables, in order? */
bool im_is_library_code(const ImCode *code, const char *module, const char *names, const char *varnames);

#endif
