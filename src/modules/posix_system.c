/* posix: the machine and the process: names, times, environment, randomness.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <langinfo.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "modules/posix.h"

IM_METHOD(do_uname)
{
    struct utsname u;
    if (uname(&u) < 0) return IM_ERRNO(t);
    Value v[5] = {im_str_fs_decode(t, u.sysname, -1), im_str_fs_decode(t, u.nodename, -1), im_str_fs_decode(t, u.release, -1), im_str_fs_decode(t, u.version, -1),
        im_str_fs_decode(t, u.machine, -1)};
    return im_structseq_new(t, im_as_type(im_posix_types.uname_result), v);
}
IM_METHOD(do_times)
{
    struct tms s;
    clock_t now = times(&s);
    double hz = (double)sysconf(_SC_CLK_TCK);
    if (now == (clock_t)-1) return IM_ERRNO(t);
    Value v[5] = {im_float_new(t, (double)s.tms_utime / hz), im_float_new(t, (double)s.tms_stime / hz), im_float_new(t, (double)s.tms_cutime / hz),
        im_float_new(t, (double)s.tms_cstime / hz), im_float_new(t, (double)now / hz)};
    return im_structseq_new(t, im_as_type(im_posix_types.times_result), v);
}
IM_METHOD(do_getloadavg)
{
    double l[3];
    if (getloadavg(l, 3) != 3) return im_raise(t, &im_OSError_type, "Load averages are unobtainable");
    return im_tuple_of(t, (Value[]){im_float_new(t, l[0]), im_float_new(t, l[1]), im_float_new(t, l[2])}, 3);
}
IM_METHOD(do_umask)
{
    int mask;
    return im_as_int(t, args[0], &mask) < 0 ? IM_NO_VALUE : im_int((int64_t)umask((mode_t)mask));
}
IM_METHOD(do_strerror)
{
    int code;
    char buf[256];
    if (im_as_int(t, args[0], &code) < 0) return IM_NO_VALUE;
    return im_str_decode(t, strerror_r(code, buf, sizeof(buf)), (ssize_t)strlen(strerror_r(code, buf, sizeof(buf))), "utf-8", "surrogateescape");
}
IM_METHOD(do_device_encoding)
{
    int fd;
    if (im_as_int(t, args[0], &fd) < 0) return IM_NO_VALUE;
    if (!isatty(fd)) return IM_NONE;
    const char *code = nl_langinfo(CODESET);
    return im_str_from_cstr(t, code && *code ? code : "UTF-8");
}

/* --- randomness ------------------------------------------------------------------------------------------------------------------------ */

IM_METHOD(do_urandom)
{
    ssize_t n;
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &n) < 0) return IM_NO_VALUE;
    if (n < 0) return im_raise_valueerror(t, "negative argument not allowed");
    Value b = im_bytes_new(t, NULL, n);
    if (im_no_value(b)) return b;
    for (ssize_t done = 0; done < n;) {
        ssize_t r;
        int e;
        size_t part = n - done > 1 << 20 ? 1 << 20 : (size_t)(n - done);
        IM_SYSCALL(t, r, e, getrandom(im_bytes_data(b) + done, part, 0));
        if (r < 0) {
            im_drop(t, b);
            return im_syscall_error(t, e);
        }
        done += r;
    }
    return b;
}
IM_METHOD(do_getrandom)
{
    ssize_t n, r;
    int flags = 0, e;
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &n) < 0 || (!im_no_value(args[1]) && im_as_int(t, args[1], &flags) < 0)) return IM_NO_VALUE;
    if (n < 0) return im_raise_errno(t, EINVAL);
    Value b = im_bytes_new(t, NULL, n);
    if (im_no_value(b)) return b;
    IM_SYSCALL(t, r, e, getrandom(im_bytes_data(b), (size_t)n, (unsigned)flags));
    if (r < 0) {
        im_drop(t, b);
        return im_syscall_error(t, e);
    }
    if (r != n && im_bytes_resize(t, &b, r) < 0) return IM_NO_VALUE;
    return b;
}

/* --- environment --------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(do_putenv)
{
    Value name, value = IM_NO_VALUE, r = IM_NO_VALUE;
    const char *k = im_fs_string(t, args[0], &name);
    if (!k) return r;
    const char *v = im_fs_string(t, args[1], &value);
    if (v) {
        if (strchr(k, '=')) im_raise_valueerror(t, "illegal environment variable name");
        else if (IM_AUDIT(t, "os.putenv", name, value) == 0) r = setenv(k, v, 1) < 0 ? IM_ERRNO(t) : IM_NONE;
    }
    im_drop(t, name);
    im_xdrop(t, value);
    return r;
}
IM_METHOD(do_unsetenv)
{
    Value name;
    const char *k = im_fs_string(t, args[0], &name);
    if (!k) return IM_NO_VALUE;
    Value r = IM_AUDIT(t, "os.unsetenv", name) < 0 ? IM_NO_VALUE : unsetenv(k) < 0 ? IM_ERRNO(t) : IM_NONE;
    im_drop(t, name);
    return r;
}
/* The environment as found at start: bytes to bytes, the first of equal names. */
static Value make_environ(Thread *t)
{
    Value d = im_dict_new(t);
    for (char **e = environ; e && *e && !im_no_value(d); e++) {
        const char *eq = strchr(*e, '=');
        if (!eq) continue;
        Value k = im_bytes_new(t, *e, eq - *e), v = im_bytes_from_cstr(t, eq + 1), old;
        int r = im_no_value(k) || im_no_value(v) ? -1 : im_dict_setdefault(t, d, k, v, &old);
        if (r >= 0) im_xdrop(t, old);
        im_xdrop(t, k);
        im_xdrop(t, v);
        if (r < 0) IM_CLEAR(t, d);
    }
    return d;
}

/* Readline's hook for event loops: none here. */
IM_METHOD(do_inputhook) { return IM_NONE; }
IM_METHOD(do_is_inputhook) { return IM_FALSE; }

const ImMethodDef im_posix_system_methods[] = {
    IM_FIXED("uname", do_uname, 0, "($module, /)", "Return an object identifying the current operating system."),
    IM_FIXED("times", do_times, 0, "($module, /)", "Return a collection containing process timing information."),
    IM_FIXED("getloadavg", do_getloadavg, 0, "($module, /)", "Return average recent system load information."),
    IM_FIXED("umask", do_umask, 1, "($module, mask, /)", "Set the current numeric umask and return the previous umask."),
    IM_FIXED("strerror", do_strerror, 1, "($module, code, /)", "Translate an error code to a message string."),
    IM_PARSED("device_encoding", do_device_encoding, "($module, /, fd)", "Return a string describing the encoding of a terminal's file descriptor."),
    IM_FIXED("urandom", do_urandom, 1, "($module, size, /)", "Return a bytes object containing random bytes suitable for cryptographic use."),
    IM_PARSED("getrandom", do_getrandom, "($module, /, size, flags=0)", "Obtain a series of random bytes."),
    IM_FIXED("putenv", do_putenv, 2, "($module, name, value, /)", "Change or add an environment variable."),
    IM_FIXED("unsetenv", do_unsetenv, 1, "($module, name, /)", "Delete an environment variable."),
    IM_FIXED("_inputhook", do_inputhook, 0, "($module, /)", "Calls PyOS_CallInputHook droppong the GIL first"),
    IM_FIXED("_is_inputhook_installed", do_is_inputhook, 0, "($module, /)", "Checks if PyOS_CallInputHook is set"),
    IM_END,
};

int im_posix_system_init(Thread *t, Value m)
{
    static const ImStructField uname_fields[] = {{"sysname", "operating system name"}, {"nodename", "name of machine on network (implementation-defined)"},
        {"release", "operating system release"}, {"version", "operating system version"}, {"machine", "hardware identifier"}};
    static const ImStructField times_fields[] = {{"user", "user time"}, {"system", "system time"}, {"children_user", "user time of children"}, {"children_system", "system time of children"},
        {"elapsed", "elapsed time since an arbitrary point in the past"}};
    static const ImStructField term_fields[] = {{"columns", "width of the terminal window in characters"}, {"lines", "height of the terminal window in characters"}};
    if (im_posix_add_seq(t, m, &im_posix_types.uname_result, "posix.uname_result", "uname_result: Result from os.uname().\n\nThis object may be accessed either as a tuple of\n"
            "  (sysname, nodename, release, version, machine),\nor via the attributes sysname, nodename, release, version, and machine.\n\nSee os.uname for more information.", uname_fields, 5, 5) < 0) return -1;
    if (im_posix_add_seq(t, m, &im_posix_types.times_result, "posix.times_result", "times_result: Result from os.times().\n\nThis object may be accessed either as a tuple of\n"
            "  (user, system, children_user, children_system, elapsed),\nor via the attributes user, system, children_user, children_system,\nand elapsed.\n\nSee os.times for more information.", times_fields, 5, 5) < 0) return -1;
    if (im_posix_add_seq(t, m, &im_posix_types.terminal_size, "os.terminal_size", "A tuple of (columns, lines) for holding terminal window size", term_fields, 2, 2) < 0) return -1;
    return im_module_add(t, m, "environ", make_environ(t));
}
