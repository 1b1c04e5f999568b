/* posix: file descriptors: opening, copying, flags, pipes, and the kinds of descriptors that Linux makes.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "modules/posix.h"

int im_off_arg(Thread *t, Value v, off_t *out)
{
    int64_t x;
    if (im_as_int64(t, v, &x) < 0) return -1;
    *out = x;
    return 0;
}
IM_INLINE Value none_or_error(Thread *t, int r, int e) { return r < 0 ? im_syscall_error(t, e) : IM_NONE; }
IM_INLINE Value int_or_error(Thread *t, int64_t r, int e) { return r < 0 ? im_syscall_error(t, e) : im_int_new(t, r); }

IM_METHOD(posix_open)
{
    int flags, mode = 0777, dir_fd, r, e;
    ImPath p;
    if (im_as_int(t, args[1], &flags) < 0 || (!im_no_value(args[2]) && im_as_int(t, args[2], &mode) < 0) || im_dir_fd_arg(t, args[3], &dir_fd) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[0], "open", "path", 0, &p) < 0) return IM_NO_VALUE;
    flags |= O_CLOEXEC;
    if (IM_AUDIT(t, "open", args[0], IM_NONE, im_int(flags)) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    IM_SYSCALL(t, r, e, openat(dir_fd, p.s, flags, mode));
    Value v = r < 0 ? im_path_error(t, e, &p) : im_int(r);
    im_path_fini(t, &p);
    return v;
}
/* close() is never repeated: Linux has closed the descriptor even when it says EINTR. */
IM_METHOD(posix_close)
{
    int fd, r, e;
    if (im_as_int(t, args[0], &fd) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    r = close(fd);
    e = errno;
    IM_ATTACH(t);
    return r < 0 && e != EINTR ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(posix_closerange)
{
    int lo, hi;
    if (im_as_int(t, args[0], &lo) < 0 || im_as_int(t, args[1], &hi) < 0) return IM_NO_VALUE;
    if (lo < 0) lo = 0;
    IM_DETACH(t);
    if (lo < hi && close_range((unsigned)lo, (unsigned)hi - 1, 0) != 0)
        for (int fd = lo; fd < hi; fd++) close(fd);
    IM_ATTACH(t);
    return IM_NONE;
}
IM_METHOD(posix_dup)
{
    int fd, r, e;
    if (im_as_int(t, args[0], &fd) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, fcntl(fd, F_DUPFD_CLOEXEC, 0));
    return int_or_error(t, r, e);
}
IM_METHOD(posix_dup2)
{
    int fd, fd2, inheritable = im_no_value(args[2]) ? 1 : im_truth(t, args[2]), r, e;
    if (im_as_int(t, args[0], &fd) < 0 || im_as_int(t, args[1], &fd2) < 0 || inheritable < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, inheritable || fd == fd2 ? dup2(fd, fd2) : dup3(fd, fd2, O_CLOEXEC));
    return int_or_error(t, r, e);
}
IM_METHOD(posix_pipe)
{
    int fds[2], r, e;
    IM_SYSCALL(t, r, e, pipe2(fds, O_CLOEXEC));
    return r < 0 ? im_syscall_error(t, e) : im_tuple_steal_array(t, (Value[]){im_int(fds[0]), im_int(fds[1])}, 2);
}
IM_METHOD(posix_pipe2)
{
    int fds[2], flags, r, e;
    if (im_as_int(t, args[0], &flags) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, pipe2(fds, flags));
    return r < 0 ? im_syscall_error(t, e) : im_tuple_steal_array(t, (Value[]){im_int(fds[0]), im_int(fds[1])}, 2);
}

#define FD_ARG() \
    int fd, r, e; \
    if (im_as_int(t, args[0], &fd) < 0) return IM_NO_VALUE
#define FILENO_ARG() \
    int fd, r, e; \
    if (im_fd_arg(t, args[0], &fd) < 0) return IM_NO_VALUE

IM_METHOD(posix_get_inheritable)
{
    FD_ARG();
    r = fcntl(fd, F_GETFD);
    e = errno;
    return r < 0 ? im_raise_errno(t, e) : im_bool(!(r & FD_CLOEXEC));
}
IM_METHOD(posix_set_inheritable)
{
    FD_ARG();
    if ((r = im_truth(t, args[1])) < 0) return IM_NO_VALUE;
    e = im_set_inheritable(fd, r);
    return e ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(posix_get_blocking)
{
    FD_ARG();
    r = fcntl(fd, F_GETFL);
    e = errno;
    return r < 0 ? im_raise_errno(t, e) : im_bool(!(r & O_NONBLOCK));
}
IM_METHOD(posix_set_blocking)
{
    FD_ARG();
    int blocking = im_truth(t, args[1]);
    if (blocking < 0) return IM_NO_VALUE;
    r = fcntl(fd, F_GETFL);
    if (r >= 0) r = fcntl(fd, F_SETFL, blocking ? r & ~O_NONBLOCK : r | O_NONBLOCK);
    e = errno;
    return none_or_error(t, r, e);
}
IM_METHOD(posix_isatty)
{
    FD_ARG();
    IM_DETACH(t);
    r = isatty(fd);
    IM_ATTACH(t);
    (void)e;
    return im_bool(r);
}
IM_METHOD(posix_fsync) { FILENO_ARG(); IM_SYSCALL(t, r, e, fsync(fd)); return none_or_error(t, r, e); }
IM_METHOD(posix_fdatasync) { FILENO_ARG(); IM_SYSCALL(t, r, e, fdatasync(fd)); return none_or_error(t, r, e); }
IM_METHOD(posix_sync)
{
    IM_DETACH(t);
    sync();
    IM_ATTACH(t);
    return IM_NONE;
}
IM_METHOD(posix_lockf)
{
    FD_ARG();
    int command;
    off_t len;
    if (im_as_int(t, args[1], &command) < 0 || im_off_arg(t, args[2], &len) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.lockf", im_int(fd), im_int(command), im_int(len)) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, lockf(fd, command, len));
    return none_or_error(t, r, e);
}
IM_METHOD(posix_lseek)
{
    int fd, how, e;
    off_t pos, r;
    if (im_as_int(t, args[0], &fd) < 0 || im_as_int(t, args[2], &how) < 0 || im_off_arg(t, args[1], &pos) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    r = lseek(fd, pos, how);
    e = errno;
    IM_ATTACH(t);
    return int_or_error(t, r, e);
}
IM_METHOD(posix_ftruncate)
{
    FD_ARG();
    off_t len;
    if (im_off_arg(t, args[1], &len) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.truncate", im_int(fd), im_int(len)) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, ftruncate(fd, len));
    return none_or_error(t, r, e);
}
/* These two give the error number itself. */
IM_METHOD(do_fallocate)
{
    FD_ARG();
    off_t offset, len;
    if (im_off_arg(t, args[1], &offset) < 0 || im_off_arg(t, args[2], &len) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, -(errno = posix_fallocate(fd, offset, len)));
    return none_or_error(t, r, e);
}
IM_METHOD(do_fadvise)
{
    FD_ARG();
    off_t offset, len;
    int advice;
    if (im_off_arg(t, args[1], &offset) < 0 || im_off_arg(t, args[2], &len) < 0 || im_as_int(t, args[3], &advice) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, -(errno = posix_fadvise(fd, offset, len, advice)));
    return none_or_error(t, r, e);
}

/* --- Linux ------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(posix_memfd_create)
{
    Value owned;
    uint64_t flags = MFD_CLOEXEC;
    int r, e;
    if (!im_no_value(args[1]) && im_as_uint64_wrap(t, args[1], &flags) < 0) return IM_NO_VALUE;
    const char *name = im_fs_string(t, args[0], &owned);
    if (!name) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, memfd_create(name, (unsigned)flags));
    im_drop(t, owned);
    return int_or_error(t, r, e);
}
IM_METHOD(posix_eventfd)
{
    uint64_t init;
    int flags = EFD_CLOEXEC, r, e;
    if (im_as_uint64_wrap(t, args[0], &init) < 0 || (!im_no_value(args[1]) && im_as_int(t, args[1], &flags) < 0)) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, eventfd((unsigned)init, flags));
    return int_or_error(t, r, e);
}
IM_METHOD(posix_eventfd_read)
{
    FILENO_ARG();
    eventfd_t x;
    IM_SYSCALL(t, r, e, eventfd_read(fd, &x));
    return r < 0 ? im_syscall_error(t, e) : im_int_from_u64(t, x);
}
IM_METHOD(posix_eventfd_write)
{
    FILENO_ARG();
    uint64_t x;
    if (im_as_uint64_wrap(t, args[1], &x) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, eventfd_write(fd, x));
    return none_or_error(t, r, e);
}
IM_METHOD(posix_timerfd_create)
{
    int clock, flags = TFD_CLOEXEC, r, e;
    if (im_as_int(t, args[0], &clock) < 0 || (!im_no_value(args[1]) && im_as_int(t, args[1], &flags) < 0)) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, timerfd_create(clock, flags | TFD_CLOEXEC));
    return int_or_error(t, r, e);
}
static int64_t spec_ns(const struct timespec *ts) { return ts->tv_sec * 1000000000 + ts->tv_nsec; }
static Value timer_result(Thread *t, const struct itimerspec *s, bool ns)
{
    int64_t interval = spec_ns(&s->it_interval), value = spec_ns(&s->it_value);
    if (ns) return im_tuple_of(t, (Value[]){im_int_new(t, value), im_int_new(t, interval)}, 2);
    return im_tuple_of(t, (Value[]){im_float_new(t, (double)value * 1e-9), im_float_new(t, (double)interval * 1e-9)}, 2);
}
static Value timer_get(Thread *t, const Value *args, bool ns)
{
    FILENO_ARG();
    struct itimerspec s;
    IM_SYSCALL(t, r, e, timerfd_gettime(fd, &s));
    return r < 0 ? im_syscall_error(t, e) : timer_result(t, &s, ns);
}
static Value timer_set(Thread *t, const Value *args, bool ns)
{
    FILENO_ARG();
    int flags = 0;
    int64_t initial = 0, interval = 0;
    if (!im_no_value(args[1]) && im_as_int(t, args[1], &flags) < 0) return IM_NO_VALUE;
    int64_t *out[2] = {&initial, &interval};
    for (int i = 0; i < 2; i++) {
        Value v = args[2 + i];
        if (im_no_value(v)) continue;
        if ((ns ? im_as_int64(t, v, out[i]) : im_seconds_arg(t, v, IM_ROUND_FLOOR, out[i])) < 0) return IM_NO_VALUE;
    }
    struct itimerspec s = {.it_interval = im_timespec(interval), .it_value = im_timespec(initial)}, old;
    IM_SYSCALL(t, r, e, timerfd_settime(fd, flags, &s, &old));
    return r < 0 ? im_syscall_error(t, e) : timer_result(t, &old, ns);
}
IM_METHOD(posix_timerfd_gettime) { return timer_get(t, args, false); }
IM_METHOD(posix_timerfd_gettime_ns) { return timer_get(t, args, true); }
IM_METHOD(posix_timerfd_settime) { return timer_set(t, args, false); }
IM_METHOD(posix_timerfd_settime_ns) { return timer_set(t, args, true); }
IM_METHOD(posix_setns)
{
    FILENO_ARG();
    int kind = 0;
    if (!im_no_value(args[1]) && im_as_int(t, args[1], &kind) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, setns(fd, kind));
    return none_or_error(t, r, e);
}
IM_METHOD(posix_unshare)
{
    int flags, r, e;
    if (im_as_int(t, args[0], &flags) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, unshare(flags));
    return none_or_error(t, r, e);
}

const ImMethodDef im_posix_fd_methods[] = {
    IM_PARSED("open", posix_open, "($module, /, path, flags, mode=511, *, dir_fd=None)", "Open a file for low level IO.  Returns a file descriptor (integer)."),
    IM_PARSED("close", posix_close, "($module, /, fd)", "Close a file descriptor."),
    IM_FIXED("closerange", posix_closerange, 2, "($module, fd_low, fd_high, /)", "Closes all file descriptors in [fd_low, fd_high), ignoring errors."),
    IM_FIXED("dup", posix_dup, 1, "($module, fd, /)", "Return a duplicate of a file descriptor."),
    IM_PARSED("dup2", posix_dup2, "($module, /, fd, fd2, inheritable=True)", "Duplicate file descriptor."),
    IM_FIXED("pipe", posix_pipe, 0, "($module, /)", "Create a pipe."),
    IM_FIXED("pipe2", posix_pipe2, 1, "($module, flags, /)", "Create a pipe with flags set atomically."),
    IM_FIXED("get_inheritable", posix_get_inheritable, 1, "($module, fd, /)", "Get the close-on-exe flag of the specified file descriptor."),
    IM_FIXED("set_inheritable", posix_set_inheritable, 2, "($module, fd, inheritable, /)", "Set the inheritable flag of the specified file descriptor."),
    IM_FIXED("get_blocking", posix_get_blocking, 1, "($module, fd, /)", "Get the blocking mode of the file descriptor."),
    IM_FIXED("set_blocking", posix_set_blocking, 2, "($module, fd, blocking, /)", "Set the blocking mode of the specified file descriptor."),
    IM_FIXED("isatty", posix_isatty, 1, "($module, fd, /)", "Return True if the fd is connected to a terminal."),
    IM_PARSED("fsync", posix_fsync, "($module, /, fd)", "Force write of fd to disk."),
    IM_PARSED("fdatasync", posix_fdatasync, "($module, /, fd)", "Force write of fd to disk without forcing update of metadata."),
    IM_FIXED("sync", posix_sync, 0, "($module, /)", "Force write of everything to disk."),
    IM_FIXED("lockf", posix_lockf, 3, "($module, fd, command, length, /)", "Apply, test or remove a POSIX lock on an open file descriptor."),
    IM_FIXED("lseek", posix_lseek, 3, "($module, fd, position, whence, /)", "Set the position of a file descriptor.  Return the new position."),
    IM_FIXED("ftruncate", posix_ftruncate, 2, "($module, fd, length, /)", "Truncate a file, specified by file descriptor, to a specific length."),
    IM_FIXED("posix_fallocate", do_fallocate, 3, "($module, fd, offset, length, /)", "Ensure a file has allocated at least a particular number of bytes on disk."),
    IM_FIXED("posix_fadvise", do_fadvise, 4, "($module, fd, offset, length, advice, /)", "Announce an intention to access data in a specific pattern."),
    IM_PARSED("memfd_create", posix_memfd_create, "($module, /, name, flags=MFD_CLOEXEC)", NULL),
    IM_PARSED("eventfd", posix_eventfd, "($module, /, initval, flags=EFD_CLOEXEC)", "Creates and returns an event notification file descriptor."),
    IM_PARSED("eventfd_read", posix_eventfd_read, "($module, /, fd)", "Read eventfd value"),
    IM_PARSED("eventfd_write", posix_eventfd_write, "($module, /, fd, value)", "Write eventfd value."),
    IM_PARSED("timerfd_create", posix_timerfd_create, "($module, clockid, /, *, flags=0)", "Create and return a timer file descriptor."),
    IM_PARSED("timerfd_gettime", posix_timerfd_gettime, "($module, fd, /)", "Return a tuple of a timer file descriptor's (interval, next expiration) in float seconds."),
    IM_PARSED("timerfd_gettime_ns", posix_timerfd_gettime_ns, "($module, fd, /)", "Return a tuple of a timer file descriptor's (interval, next expiration) in nanoseconds."),
    IM_PARSED("timerfd_settime", posix_timerfd_settime, "($module, fd, /, *, flags=0, initial=0.0, interval=0.0)", "Alter a timer file descriptor's internal timer in seconds."),
    IM_PARSED("timerfd_settime_ns", posix_timerfd_settime_ns, "($module, fd, /, *, flags=0, initial=0, interval=0)", "Alter a timer file descriptor's internal timer in nanoseconds."),
    IM_PARSED("setns", posix_setns, "($module, /, fd, nstype=0)", "Move the calling thread into different namespaces."),
    IM_PARSED("unshare", posix_unshare, "($module, /, flags)", "Disassociate parts of a process (or thread) execution context."),
    IM_END,
};
