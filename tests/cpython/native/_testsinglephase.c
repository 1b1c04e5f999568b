/* _testsinglephase: a native module in a file of its own, and others in the same file, for CPython's tests of importing.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#define FN(fn) static Value fn(IM_UNUSED Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *a, IM_UNUSED size_t n, IM_UNUSED Value kw)
FN(f_sum)
{
    int64_t x, y;
    if (im_as_int64(t, a[0], &x) < 0 || im_as_int64(t, a[1], &y) < 0) return IM_NO_VALUE;
    return im_int_new(t, x + y);
}
static const ImMethodDef functions[] = {IM_FIXED("sum", f_sum, 2, NULL, "Add two integers."), IM_END};
static int exec(Thread *t, Value m)
{
    return im_module_add_int(t, m, "int_const", 1969) < 0 || im_module_add_str(t, m, "str_const", "something different") < 0 ? -1 : 0;
}
static const ImModuleDef single = {.name = "_testsinglephase", .doc = "Test module _testsinglephase (main)", .methods = functions, .exec = exec};
IM_EXTENSION(_testsinglephase, single);
static const ImModuleDef circular = {.name = "_testsinglephase_circular", .doc = "Test module _testsinglephase_circular"};
IM_EXTENSION(_testsinglephase_circular, circular);
