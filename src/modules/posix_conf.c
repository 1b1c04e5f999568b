/* posix: sysconf, confstr, pathconf, and their names.
 * SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "modules/posix.h"

#define N(name) {#name, _##name},
static const ImIntRow sysconf_names[] = {
    N(SC_2_CHAR_TERM) N(SC_2_C_BIND) N(SC_2_C_DEV) N(SC_2_C_VERSION) N(SC_2_FORT_DEV) N(SC_2_FORT_RUN) N(SC_2_LOCALEDEF) N(SC_2_SW_DEV) N(SC_2_UPE)
    N(SC_2_VERSION) N(SC_AIO_LISTIO_MAX) N(SC_AIO_MAX) N(SC_AIO_PRIO_DELTA_MAX) N(SC_ARG_MAX) N(SC_ASYNCHRONOUS_IO) N(SC_ATEXIT_MAX) N(SC_AVPHYS_PAGES)
    N(SC_BC_BASE_MAX) N(SC_BC_DIM_MAX) N(SC_BC_SCALE_MAX) N(SC_BC_STRING_MAX) N(SC_CHARCLASS_NAME_MAX) N(SC_CHAR_BIT) N(SC_CHAR_MAX) N(SC_CHAR_MIN)
    N(SC_CHILD_MAX) N(SC_CLK_TCK) N(SC_COLL_WEIGHTS_MAX) N(SC_DELAYTIMER_MAX) N(SC_EQUIV_CLASS_MAX) N(SC_EXPR_NEST_MAX) N(SC_FSYNC) N(SC_GETGR_R_SIZE_MAX)
    N(SC_GETPW_R_SIZE_MAX) N(SC_INT_MAX) N(SC_INT_MIN) N(SC_IOV_MAX) N(SC_JOB_CONTROL) N(SC_LINE_MAX) N(SC_LOGIN_NAME_MAX) N(SC_LONG_BIT)
    N(SC_MAPPED_FILES) N(SC_MB_LEN_MAX) N(SC_MEMLOCK) N(SC_MEMLOCK_RANGE) N(SC_MEMORY_PROTECTION) N(SC_MESSAGE_PASSING) N(SC_MQ_OPEN_MAX)
    N(SC_MQ_PRIO_MAX) N(SC_NGROUPS_MAX) N(SC_NL_ARGMAX) N(SC_NL_LANGMAX) N(SC_NL_MSGMAX) N(SC_NL_NMAX) N(SC_NL_SETMAX) N(SC_NL_TEXTMAX)
    N(SC_NPROCESSORS_CONF) N(SC_NPROCESSORS_ONLN) N(SC_NZERO) N(SC_OPEN_MAX) N(SC_PAGESIZE) N(SC_PAGE_SIZE) N(SC_PASS_MAX) N(SC_PHYS_PAGES) N(SC_PII)
    N(SC_PII_INTERNET) N(SC_PII_INTERNET_DGRAM) N(SC_PII_INTERNET_STREAM) N(SC_PII_OSI) N(SC_PII_OSI_CLTS) N(SC_PII_OSI_COTS) N(SC_PII_OSI_M)
    N(SC_PII_SOCKET) N(SC_PII_XTI) N(SC_POLL) N(SC_PRIORITIZED_IO) N(SC_PRIORITY_SCHEDULING) N(SC_REALTIME_SIGNALS) N(SC_RE_DUP_MAX) N(SC_RTSIG_MAX)
    N(SC_SAVED_IDS) N(SC_SCHAR_MAX) N(SC_SCHAR_MIN) N(SC_SELECT) N(SC_SEMAPHORES) N(SC_SEM_NSEMS_MAX) N(SC_SEM_VALUE_MAX) N(SC_SHARED_MEMORY_OBJECTS)
    N(SC_SHRT_MAX) N(SC_SHRT_MIN) N(SC_SIGQUEUE_MAX) N(SC_SSIZE_MAX) N(SC_STREAM_MAX) N(SC_SYNCHRONIZED_IO) N(SC_THREADS) N(SC_THREAD_ATTR_STACKADDR)
    N(SC_THREAD_ATTR_STACKSIZE) N(SC_THREAD_DESTRUCTOR_ITERATIONS) N(SC_THREAD_KEYS_MAX) N(SC_THREAD_PRIORITY_SCHEDULING) N(SC_THREAD_PRIO_INHERIT)
    N(SC_THREAD_PRIO_PROTECT) N(SC_THREAD_PROCESS_SHARED) N(SC_THREAD_SAFE_FUNCTIONS) N(SC_THREAD_STACK_MIN) N(SC_THREAD_THREADS_MAX) N(SC_TIMERS)
    N(SC_TIMER_MAX) N(SC_TTY_NAME_MAX) N(SC_TZNAME_MAX) N(SC_T_IOV_MAX) N(SC_UCHAR_MAX) N(SC_UINT_MAX) N(SC_UIO_MAXIOV) N(SC_ULONG_MAX) N(SC_USHRT_MAX)
    N(SC_VERSION) N(SC_WORD_BIT) N(SC_XBS5_ILP32_OFF32) N(SC_XBS5_ILP32_OFFBIG) N(SC_XBS5_LP64_OFF64) N(SC_XBS5_LPBIG_OFFBIG) N(SC_XOPEN_CRYPT)
    N(SC_XOPEN_ENH_I18N) N(SC_XOPEN_LEGACY) N(SC_XOPEN_REALTIME) N(SC_XOPEN_REALTIME_THREADS) N(SC_XOPEN_SHM) N(SC_XOPEN_UNIX) N(SC_XOPEN_VERSION)
    N(SC_XOPEN_XCU_VERSION) N(SC_XOPEN_XPG2) N(SC_XOPEN_XPG3) N(SC_XOPEN_XPG4) N(SC_MINSIGSTKSZ)
};
static const ImIntRow confstr_names[] = {
    N(CS_GNU_LIBC_VERSION) N(CS_GNU_LIBPTHREAD_VERSION) N(CS_LFS64_CFLAGS) N(CS_LFS64_LDFLAGS) N(CS_LFS64_LIBS) N(CS_LFS64_LINTFLAGS) N(CS_LFS_CFLAGS)
    N(CS_LFS_LDFLAGS) N(CS_LFS_LIBS) N(CS_LFS_LINTFLAGS) N(CS_PATH) N(CS_XBS5_ILP32_OFF32_CFLAGS) N(CS_XBS5_ILP32_OFF32_LDFLAGS)
    N(CS_XBS5_ILP32_OFF32_LIBS) N(CS_XBS5_ILP32_OFF32_LINTFLAGS) N(CS_XBS5_ILP32_OFFBIG_CFLAGS) N(CS_XBS5_ILP32_OFFBIG_LDFLAGS)
    N(CS_XBS5_ILP32_OFFBIG_LIBS) N(CS_XBS5_ILP32_OFFBIG_LINTFLAGS) N(CS_XBS5_LP64_OFF64_CFLAGS) N(CS_XBS5_LP64_OFF64_LDFLAGS) N(CS_XBS5_LP64_OFF64_LIBS)
    N(CS_XBS5_LP64_OFF64_LINTFLAGS) N(CS_XBS5_LPBIG_OFFBIG_CFLAGS) N(CS_XBS5_LPBIG_OFFBIG_LDFLAGS) N(CS_XBS5_LPBIG_OFFBIG_LIBS)
    N(CS_XBS5_LPBIG_OFFBIG_LINTFLAGS)
};
static const ImIntRow pathconf_names[] = {
    N(PC_ASYNC_IO) N(PC_CHOWN_RESTRICTED) N(PC_FILESIZEBITS) N(PC_LINK_MAX) N(PC_MAX_CANON) N(PC_MAX_INPUT) N(PC_NAME_MAX) N(PC_NO_TRUNC) N(PC_PATH_MAX)
    N(PC_PIPE_BUF) N(PC_PRIO_IO) N(PC_SOCK_MAXBUF) N(PC_SYNC_IO) N(PC_VDISABLE) N(PC_ALLOC_SIZE_MIN) N(PC_REC_INCR_XFER_SIZE) N(PC_REC_MAX_XFER_SIZE)
    N(PC_REC_MIN_XFER_SIZE) N(PC_REC_XFER_ALIGN) N(PC_SYMLINK_MAX)
};
#undef N

/* A number, or a name of the module's dict of names. */
static int conf_name(Thread *t, Value v, const ImIntRow *rows, size_t n, int *out)
{
    if (im_is_index(v)) return im_as_int(t, v, out);
    if (!im_is_str(v)) return im_raise_type(t, "configuration names must be strings or integers"), -1;
    for (size_t i = 0; i < n; i++)
        if (im_str_equal_cstr(v, rows[i].name)) {
            *out = (int)rows[i].value;
            return 0;
        }
    return im_raise_valueerror(t, "unrecognized configuration name"), -1;
}
#define NAME(v, rows) conf_name(t, (v), rows, IM_COUNTOF(rows), &name)

static Value conf_result(Thread *t, long r, int e) { return r == -1 && e ? im_raise_errno(t, e) : im_int_new(t, r); }

IM_METHOD(do_sysconf)
{
    int name;
    if (NAME(args[0], sysconf_names) < 0) return IM_NO_VALUE;
    errno = 0;
    long r = sysconf(name);
    return conf_result(t, r, errno);
}
IM_METHOD(do_fpathconf)
{
    int fd, name;
    if (im_fd_arg(t, args[0], &fd) < 0 || NAME(args[1], pathconf_names) < 0) return IM_NO_VALUE;
    errno = 0;
    long r = fpathconf(fd, name);
    return conf_result(t, r, errno);
}
IM_METHOD(do_pathconf)
{
    int name;
    ImPath p;
    if (NAME(args[1], pathconf_names) < 0 || im_path_arg(t, args[0], "pathconf", "path", IM_PATH_FD, &p) < 0) return IM_NO_VALUE;
    errno = 0;
    long r = p.s ? pathconf(p.s, name) : fpathconf(p.fd, name);
    int e = errno;
    Value v = r == -1 && e && e != EINVAL ? im_path_error(t, e, &p) : conf_result(t, r, e);
    im_path_fini(t, &p);
    return v;
}
IM_METHOD(do_confstr)
{
    int name;
    if (NAME(args[0], confstr_names) < 0) return IM_NO_VALUE;
    errno = 0;
    size_t n = confstr(name, NULL, 0);
    if (n == 0) return errno ? IM_ERRNO(t) : IM_NONE;
    char *buf = im_raw_alloc(t, n);
    if (!buf) return IM_NO_VALUE;
    confstr(name, buf, n);
    Value v = im_str_fs_decode(t, buf, (ssize_t)n - 1);
    im_raw_free(buf);
    return v;
}

const ImMethodDef im_posix_conf_methods[] = {
    IM_FIXED("sysconf", do_sysconf, 1, "($module, name, /)", "Return an integer-valued system configuration variable."),
    IM_FIXED("confstr", do_confstr, 1, "($module, name, /)", "Return a string-valued system configuration variable."),
    IM_FIXED("fpathconf", do_fpathconf, 2, "($module, fd, name, /)", "Return the configuration limit name for the file descriptor fd."),
    IM_PARSED("pathconf", do_pathconf, "($module, /, path, name)", "Return the configuration limit name for the file or directory path."),
    IM_END,
};

static int add_names(Thread *t, Value m, const char *name, const ImIntRow *rows, size_t n)
{
    Value d = im_dict_new(t);
    for (size_t i = 0; i < n && !im_no_value(d); i++)
        if (im_dict_set_cstr(t, d, rows[i].name, im_int(rows[i].value)) < 0) IM_CLEAR(t, d);
    return im_module_add(t, m, name, d);
}
int im_posix_conf_init(Thread *t, Value m)
{
    if (add_names(t, m, "sysconf_names", sysconf_names, IM_COUNTOF(sysconf_names)) < 0) return -1;
    if (add_names(t, m, "confstr_names", confstr_names, IM_COUNTOF(confstr_names)) < 0) return -1;
    return add_names(t, m, "pathconf_names", pathconf_names, IM_COUNTOF(pathconf_names));
}
