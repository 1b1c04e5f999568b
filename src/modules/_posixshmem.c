/* _posixshmem: POSIX shared memory.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sys/mman.h>

#include "modules/syscall.h"

static const char *name_arg(Thread *t, Value v, const char *fname)
{
    ssize_t len;
    if (!im_is_str(v)) { im_raise_type(t, "%s() argument 'path' must be str, not %.50T", fname, v); return NULL; }
    const char *s = im_str_utf8(t, v, &len);
    if (s && strlen(s) != (size_t)len) { im_raise_valueerror(t, "embedded null character"); return NULL; }
    return s;
}
IM_METHOD(do_shm_open)
{
    int flags, mode = 0777, r, e;
    const char *name = name_arg(t, args[0], "shm_open");
    if (!name || im_as_int(t, args[1], &flags) < 0 || (!im_no_value(args[2]) && im_as_int(t, args[2], &mode) < 0)) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, shm_open(name, flags, (mode_t)mode));
    if (r < 0) return im_pending(t) ? IM_NO_VALUE : im_raise_errno_path(t, e, args[0]);
    return im_int(r);
}
IM_METHOD(do_shm_unlink)
{
    int r, e;
    const char *name = name_arg(t, args[0], "shm_unlink");
    if (!name) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, shm_unlink(name));
    if (r < 0) return im_pending(t) ? IM_NO_VALUE : im_raise_errno_path(t, e, args[0]);
    return IM_NONE;
}
static const ImMethodDef methods[] = {
    IM_PARSED("shm_open", do_shm_open, "($module, /, path, flags, mode=511)", "Open a shared memory object.  Returns a file descriptor (integer)."),
    IM_PARSED("shm_unlink", do_shm_unlink, "($module, /, path)", "Remove a shared memory object (similar to unlink())."),
    IM_END,
};
static const ImModuleDef def = {.name = "_posixshmem", .doc = "POSIX shared memory module", .methods = methods};
IM_MODULE(def);
