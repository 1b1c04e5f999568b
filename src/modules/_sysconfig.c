/* _sysconfig: what of the build's configuration only the binary knows.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"
#include "modules/syscall.h"

IM_METHOD(config_vars)
{
    Value d = im_dict_new(t);
    if (im_no_value(d)) return d;
    if (im_dict_set_cstr(t, d, "Py_GIL_DISABLED", im_int(0)) == 0) return d;
    im_drop(t, d);
    return IM_NO_VALUE;
}
static const ImMethodDef functions[] = {IM_FIXED("config_vars", config_vars, 0, "($module, /)", "Build variables that sysconfig cannot find in its data file."), IM_END};
static const ImModuleDef def = {.name = "_sysconfig", .doc = "Helper of sysconfig.", .methods = functions};
IM_MODULE(def);
