/* Arguments and results of calls to the system.
 * SPDX-License-Identifier: MIT */
#include "modules/syscall.h"

#include <fcntl.h>
#include <math.h>
#include <sys/ioctl.h>
#include <unistd.h>

int im_add_int_rows(Thread *t, Value m, const ImIntRow *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (im_module_add_int(t, m, rows[i].name, rows[i].value) < 0) return -1;
    return 0;
}
int im_add_methods(Thread *t, Value m, const char *module, const ImMethodDef *defs)
{
    Value name = im_str_intern_cstr(t, module);
    if (im_no_value(name)) return -1;
    int r = 0;
    for (; defs->name && r == 0; defs++) r = im_module_add(t, m, defs->name, im_native_new(t, defs, m, name));
    im_drop(t, name);
    return r;
}

/* --- file descriptors ------------------------------------------------------------------------------------------------------------ */

int im_fd_arg(Thread *t, Value v, int *fd)
{
    if (im_is_int_like(v)) {
        if (im_is_bool(v) && im_warn(t, &im_RuntimeWarning_type, 1, "bool is used as a file descriptor") < 0) return -1;
        if (im_as_int(t, v, fd) < 0) return -1;
    } else {
        Value m;
        int r = im_lookup_attr(t, v, IM_S(fileno), &m);
        if (r < 0) return -1;
        if (r == 0) return im_raise_type(t, "argument must be an int, or have a fileno() method."), -1;
        Value n = im_call0(t, m);
        im_drop(t, m);
        if (im_no_value(n)) return -1;
        if (!im_is_int_like(n)) {
            im_drop(t, n);
            return im_raise_type(t, "fileno() returned a non-integer"), -1;
        }
        r = im_as_int(t, n, fd);
        im_drop(t, n);
        if (r < 0) return -1;
    }
    if (*fd < 0) return im_raise_valueerror(t, "file descriptor cannot be a negative integer (%i)", *fd), -1;
    return 0;
}

int im_set_inheritable(int fd, bool inheritable)
{
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0) return errno;
    int want = inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC;
    if (want == flags) return 0;
    return fcntl(fd, F_SETFD, want) < 0 ? errno : 0;
}

static int fd_of_index(Thread *t, Value v, int *out)
{
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    int64_t x;
    int fits = im_int_get64(n, &x);
    im_drop(t, n);
    if (!fits || x != (int)x) return im_raise_overflow(t, x > 0 ? "fd is greater than maximum" : "fd is less than minimum"), -1;
    *out = (int)x;
    return 0;
}
int im_dir_fd_arg(Thread *t, Value v, int *out)
{
    *out = AT_FDCWD;
    if (!im_given(v)) return 0;
    if (!im_is_index(v)) return im_raise_type(t, "argument should be integer or None, not %.200T", v), -1;
    if (im_is_bool(v) && im_warn(t, &im_RuntimeWarning_type, 1, "bool is used as a file descriptor") < 0) return -1;
    return fd_of_index(t, v, out);
}

/* --- paths ------------------------------------------------------------------------------------------------------------------------ */

static int bad_path_type(Thread *t, Value v, const char *fname, const char *argname, int flags)
{
    const char *what = flags == (IM_PATH_FD | IM_PATH_NONE) ? "string, bytes, os.PathLike, integer or None"
                     : flags & IM_PATH_FD                   ? "string, bytes, os.PathLike or integer"
                     : flags & IM_PATH_NONE                 ? "string, bytes, os.PathLike or None"
                                                            : "string, bytes or os.PathLike";
    im_raise_type(t, "%s%s%s should be %s, not %.200T", fname ? fname : "", fname ? ": " : "", argname, what, v);
    return -1;
}

int im_path_arg(Thread *t, Value v, const char *fname, const char *argname, int flags, ImPath *out)
{
    *out = (ImPath){.fd = -1, .object = v};
    if (im_no_value(v) || (im_is_none(v) && (flags & IM_PATH_NONE))) {
        out->object = IM_NONE;
        out->s = ".";
        return 0;
    }
    Value s = IM_NO_VALUE;
    if (im_is_str(v) || im_is_bytes(v)) {
        s = im_new_ref(v);
    } else if (im_is_index(v) && (flags & IM_PATH_FD)) {
        if (im_is_bool(v) && im_warn(t, &im_RuntimeWarning_type, 1, "bool is used as a file descriptor") < 0) return -1;
        return fd_of_index(t, v, &out->fd);
    } else {
        bool found = false;
        s = im_call_special(t, v, IM_S(__fspath__), NULL, 0, &found);
        if (im_no_value(s) && found && im_fspath_is_none(t, v)) found = false;
        if (!found) return im_pending(t) ? -1 : bad_path_type(t, v, fname, argname, flags);
        if (im_no_value(s)) return -1;
        if (!im_is_str(s) && !im_is_bytes(s)) {
            im_raise_type(t, "expected %.200T.__fspath__() to return str or bytes, not %.200T", v, s);
            im_drop(t, s);
            return -1;
        }
    }
    if (im_is_str(s)) {
        out->bytes = im_str_encode(t, s, "utf-8", "surrogateescape");
        im_drop(t, s);
        if (im_no_value(out->bytes)) return -1;
    } else {
        out->bytes = s;
        out->is_bytes = true;
    }
    out->s = im_bytes_data(out->bytes);
    if (strlen(out->s) != (size_t)im_bytes_len(out->bytes)) {
        im_path_fini(t, out);
        return im_raise_valueerror(t, "%s%sembedded null character in %s", fname ? fname : "", fname ? ": " : "", argname), -1;
    }
    return 0;
}
void im_path_fini(Thread *t, ImPath *p) { IM_CLEAR(t, p->bytes); }

Value im_path_error(Thread *t, int e, const ImPath *p) { return im_pending(t) ? IM_NO_VALUE : im_raise_errno_path(t, e, p->object); }
Value im_path_done(Thread *t, int r, int e, ImPath *p)
{
    Value v = r < 0 ? im_path_error(t, e, p) : IM_NONE;
    im_path_fini(t, p);
    return v;
}
Value im_path_error2(Thread *t, int e, const ImPath *p, const ImPath *q)
{
    return im_pending(t) ? IM_NO_VALUE : im_raise_errno_path2(t, e, p->object, q->object);
}

const char *im_fs_string(Thread *t, Value v, Value *owned)
{
    *owned = im_fs_encode(t, v);
    return im_no_value(*owned) ? NULL : im_bytes_data(*owned);
}
Value im_path_result(Thread *t, const char *s, ssize_t len, bool is_bytes)
{
    if (len < 0) len = (ssize_t)strlen(s);
    return is_bytes ? im_bytes_new(t, s, len) : im_str_fs_decode(t, s, len);
}

/* --- time -------------------------------------------------------------------------------------------------------------------------- */

static double round_double(double d, ImRound how)
{
    switch (how) {
    case IM_ROUND_FLOOR: return floor(d);
    case IM_ROUND_CEILING: return ceil(d);
    case IM_ROUND_UP: return d >= 0 ? ceil(d) : floor(d);
    default: return rint(d);
    }
}

static int too_large(Thread *t) { return im_raise_overflow(t, "timestamp too large to convert to C PyTime_t"), -1; }

int im_seconds_arg(Thread *t, Value v, ImRound how, int64_t *ns)
{
    if (im_is_float(v)) {
        double d = im_float_get(v);
        if (isnan(d)) return im_raise_valueerror(t, "Invalid value NaN (not a number)"), -1;
        d = round_double(d * 1e9, how);
        if (!(d >= -0x1p63 && d < 0x1p63)) return im_raise_overflow(t, "timestamp out of range for C PyTime_t"), -1;
        *ns = (int64_t)d;
        return 0;
    }
    int64_t s;
    Value n = im_index(t, v);
    if (im_no_value(n)) {
        if (im_exc_clear_if(t, &im_TypeError_type)) im_raise_type(t, "'%.200T' object cannot be interpreted as an integer", v);
        return -1;
    }
    int fits = im_int_get64(n, &s);
    im_drop(t, n);
    if (!fits || __builtin_mul_overflow(s, 1000000000, ns)) return too_large(t);
    return 0;
}
int im_nanoseconds_arg(Thread *t, Value v, int64_t *ns)
{
    if (!im_is_int_like(v)) return im_raise_type(t, "expect int, got %T", v), -1;
    if (!im_int_get64(v, ns)) return im_raise_overflow(t, "Python int too large to convert to C long long"), -1;
    return 0;
}

static int time_t_overflow(Thread *t) { return im_raise_overflow(t, "timestamp out of range for platform time_t"), -1; }
static int time_t_of_int(Thread *t, Value v, time_t *out)
{
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    int64_t x;
    int fits = im_int_get64(n, &x);
    im_drop(t, n);
    if (!fits) return time_t_overflow(t);
    *out = x;
    return 0;
}
int im_time_t_arg(Thread *t, Value v, time_t *out)
{
    if (!im_is_float(v)) return time_t_of_int(t, v, out);
    double d = im_float_get(v);
    if (isnan(d)) return im_raise_valueerror(t, "Invalid value NaN (not a number)"), -1;
    d = floor(d);
    if (!(d >= -0x1p63 && d < 0x1p63)) return time_t_overflow(t);
    *out = (time_t)d;
    return 0;
}
int im_timespec_arg(Thread *t, Value v, ImRound how, struct timespec *out)
{
    out->tv_nsec = 0;
    if (!im_is_float(v)) return time_t_of_int(t, v, &out->tv_sec);
    double d = im_float_get(v), whole;
    if (isnan(d)) return im_raise_valueerror(t, "Invalid value NaN (not a number)"), -1;
    double rest = round_double(modf(d, &whole) * 1e9, how);
    if (rest >= 1e9) { rest -= 1e9; whole += 1.0; }
    else if (rest < 0) { rest += 1e9; whole -= 1.0; }
    if (!(whole >= -0x1p63 && whole < 0x1p63)) return time_t_overflow(t);
    out->tv_sec = (time_t)whole;
    out->tv_nsec = (long)rest;
    return 0;
}

/* --- classes ------------------------------------------------------------------------------------------------------------------------- */

Value im_new_exception(Thread *t, const char *name, ImType *base)
{
    const char *dot = strrchr(name, '.');
    Value module = im_str_from_utf8(t, name, dot - name), ns = im_no_value(module) ? module : im_dict_new(t), s = IM_NO_VALUE, bases = IM_NO_VALUE, r = IM_NO_VALUE;
    if (!im_no_value(ns) && im_dict_set(t, ns, IM_S(__module__), module) == 0 && !im_no_value(s = im_str_intern_cstr(t, dot + 1)) &&
        !im_no_value(bases = im_tuple_pack(t, 1, im_type_value(base))))
        r = im_call3(t, im_type_value(&im_type_type), s, bases, ns);
    im_xdrop(t, module);
    im_xdrop(t, ns);
    im_xdrop(t, s);
    im_xdrop(t, bases);
    return r;
}
