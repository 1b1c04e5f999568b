/* resource: limits and use of the process's resources.
 * SPDX-License-Identifier: MIT */
#include <sys/resource.h>
#include <unistd.h>

#include "mem/limit.h"
#include "modules/posix.h"

static Value x_struct_rusage; /* the type; root */

static Value limit_value(Thread *t, rlim_t v) { return v == RLIM_INFINITY ? im_int(-1) : im_int_from_u64(t, v); }
static Value limits_value(Thread *t, const struct rlimit *l) { return im_tuple_of(t, (Value[]){limit_value(t, l->rlim_cur), limit_value(t, l->rlim_max)}, 2); }
static int limit_arg(Thread *t, Value v, rlim_t *out)
{
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    int64_t s;
    uint64_t u;
    int r = 0;
    if (im_int_get64(n, &s)) *out = (rlim_t)s; /* -1: no limit */
    else if (im_int_get_u64(n, &u)) *out = u;
    else r = (im_raise_overflow(t, "Python int too large to convert to C rlim_t"), -1);
    im_drop(t, n);
    return r;
}
static int limits_arg(Thread *t, Value v, struct rlimit *out)
{
    Value seq = im_to_tuple(t, v);
    if (im_no_value(seq)) return -1;
    int r = -1;
    if (im_tuple_len(seq) != 2) im_raise_valueerror(t, "expected a tuple of 2 integers");
    else r = limit_arg(t, im_tuple_get(seq, 0), &out->rlim_cur) < 0 || limit_arg(t, im_tuple_get(seq, 1), &out->rlim_max) < 0 ? -1 : 0;
    im_drop(t, seq);
    return r;
}
static int resource_arg(Thread *t, Value v, int *out)
{
    if (im_as_int(t, v, out) < 0) return -1;
    if (*out < 0 || *out >= RLIM_NLIMITS) return im_raise_valueerror(t, "invalid resource specified"), -1;
    return 0;
}
static Value limit_error(Thread *t, int e)
{
    if (e == EINVAL) return im_raise_valueerror(t, "current limit exceeds maximum limit");
    if (e == EPERM) return im_raise_valueerror(t, "not allowed to raise maximum limit");
    return im_raise_errno(t, e);
}
IM_METHOD(do_getrlimit)
{
    int which;
    struct rlimit l;
    if (resource_arg(t, args[0], &which) < 0) return IM_NO_VALUE;
    return getrlimit((__rlimit_resource_t)which, &l) < 0 ? IM_ERRNO(t) : limits_value(t, &l);
}
IM_METHOD(do_setrlimit)
{
    int which;
    struct rlimit l;
    if (resource_arg(t, args[0], &which) < 0 || limits_arg(t, args[1], &l) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "resource.setrlimit", im_int(which), args[1]) < 0) return IM_NO_VALUE;
    if (which == RLIMIT_AS) im_mem_limited(l.rlim_cur);
    return setrlimit((__rlimit_resource_t)which, &l) < 0 ? limit_error(t, errno) : IM_NONE;
}
IM_METHOD(do_prlimit)
{
    pid_t pid;
    int which;
    struct rlimit l, old;
    bool set = nargs > 2 && !im_is_none(args[2]);
    if (im_pid_arg(t, args[0], &pid) < 0 || resource_arg(t, args[1], &which) < 0 || (set && limits_arg(t, args[2], &l) < 0)) return IM_NO_VALUE;
    if (IM_AUDIT(t, "resource.prlimit", im_int(pid), im_int(which), nargs > 2 ? args[2] : IM_NONE) < 0) return IM_NO_VALUE;
    if (set && which == RLIMIT_AS && (pid == 0 || pid == getpid())) im_mem_limited(l.rlim_cur);
    if (prlimit(pid, (__rlimit_resource_t)which, set ? &l : NULL, &old) < 0) return errno == EINVAL ? limit_error(t, EINVAL) : IM_ERRNO(t);
    return limits_value(t, &old);
}
IM_METHOD(do_getrusage)
{
    int who;
    struct rusage u;
    if (im_as_int(t, args[0], &who) < 0) return IM_NO_VALUE;
    if (getrusage((__rusage_who_t)who, &u) < 0) return errno == EINVAL ? im_raise_valueerror(t, "invalid who parameter") : IM_ERRNO(t);
    Value v[16] = {
        im_float_new(t, (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec * 1e-6), im_float_new(t, (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec * 1e-6),
        im_int_new(t, u.ru_maxrss), im_int_new(t, u.ru_ixrss), im_int_new(t, u.ru_idrss), im_int_new(t, u.ru_isrss), im_int_new(t, u.ru_minflt), im_int_new(t, u.ru_majflt),
        im_int_new(t, u.ru_nswap), im_int_new(t, u.ru_inblock), im_int_new(t, u.ru_oublock), im_int_new(t, u.ru_msgsnd), im_int_new(t, u.ru_msgrcv), im_int_new(t, u.ru_nsignals),
        im_int_new(t, u.ru_nvcsw), im_int_new(t, u.ru_nivcsw),
    };
    return im_structseq_new(t, im_as_type(x_struct_rusage), v);
}
IM_METHOD(do_getpagesize) { return im_int(sysconf(_SC_PAGESIZE)); }

static const ImMethodDef methods[] = {
    IM_FIXED("getrlimit", do_getrlimit, 1, "($module, resource, /)", NULL), IM_FIXED("setrlimit", do_setrlimit, 2, "($module, resource, limits, /)", NULL),
    IM_RANGE("prlimit", do_prlimit, 2, 3, "($module, pid, resource, limits=None, /)", "prlimit(pid, resource, [limits])"), IM_FIXED("getrusage", do_getrusage, 1, "($module, who, /)", NULL),
    IM_FIXED("getpagesize", do_getpagesize, 0, "($module, /)", NULL), IM_END,
};
static int exec(Thread *t, Value m)
{
    static const ImStructField fields[] = {{"ru_utime", "user time used"}, {"ru_stime", "system time used"}, {"ru_maxrss", "max. resident set size"}, {"ru_ixrss", "shared memory size"},
        {"ru_idrss", "unshared data size"}, {"ru_isrss", "unshared stack size"}, {"ru_minflt", "page faults not requiring I/O"}, {"ru_majflt", "page faults requiring I/O"},
        {"ru_nswap", "number of swap outs"}, {"ru_inblock", "block input operations"}, {"ru_oublock", "block output operations"}, {"ru_msgsnd", "IPC messages sent"},
        {"ru_msgrcv", "IPC messages received"}, {"ru_nsignals", "signals received"}, {"ru_nvcsw", "voluntary context switches"}, {"ru_nivcsw", "involuntary context switches"}};
#define R(n) {#n, n},
    static const ImIntRow rows[] = {R(RLIMIT_CPU) R(RLIMIT_FSIZE) R(RLIMIT_DATA) R(RLIMIT_STACK) R(RLIMIT_CORE) R(RLIMIT_NOFILE) R(RLIMIT_OFILE) R(RLIMIT_AS) R(RLIMIT_RSS)
        R(RLIMIT_NPROC) R(RLIMIT_MEMLOCK) R(RLIMIT_MSGQUEUE) R(RLIMIT_NICE) R(RLIMIT_RTPRIO) R(RLIMIT_RTTIME) R(RLIMIT_SIGPENDING) R(RUSAGE_SELF) R(RUSAGE_CHILDREN) R(RUSAGE_THREAD)
        {"RLIM_INFINITY", -1}};
#undef R
    if (IM_ADD_INT_ROWS(t, m, rows) < 0 || im_module_add(t, m, "error", im_type_value(&im_OSError_type)) < 0) return -1;
    return im_posix_add_seq(t, m, &x_struct_rusage, "resource.struct_rusage", "struct_rusage: Result from getrusage.\n\nThis object may be accessed either as a tuple of\n"
        "    (utime,stime,maxrss,ixrss,idrss,isrss,minflt,majflt,\n    nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\nor via the attributes ru_utime, ru_stime, ru_maxrss, and so on.",
        fields, 16, 16);
}
static const ImModuleDef def = {.name = "resource", .methods = methods, .exec = exec};
IM_MODULE(def);
