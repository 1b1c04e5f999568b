/* _uuid: time-based UUIDs of libuuid, which is loaded when the module is imported.
 * SPDX-License-Identifier: MIT */
#include "modules/lazylib.h"
#include "modules/syscall.h"

int uuid_generate_time_safe(unsigned char *out); /* 0: no other process can have made the same */
#define FUNCTIONS(X) X(uuid_generate_time_safe)
IM_LAZYLIB(uuid, "libuuid.so.1", FUNCTIONS);

IM_METHOD(generate_time_safe)
{
    unsigned char out[16];
    int r;
    IM_DETACH(t);
    r = uuid_generate_time_safe(out); /* may ask a daemon */
    IM_ATTACH(t);
    return im_tuple_of(t, (Value[]){im_bytes_new(t, out, sizeof out), im_int(r)}, 2);
}
static const ImMethodDef functions[] = {IM_FIXED("generate_time_safe", generate_time_safe, 0, "($self, /)", NULL), IM_END};
static int exec(Thread *t, Value m)
{
    if (im_lazylib_load(t, &im_lazylib_uuid) < 0 || im_module_add_int(t, m, "has_uuid_generate_time_safe", 1) < 0) return -1;
    return im_module_add_int(t, m, "has_stable_extractable_node", 0);
}
static const ImModuleDef def = {.name = "_uuid", .doc = "DCE compatible Universally Unique Identifier library.", .methods = functions, .exec = exec};
IM_MODULE(def);
