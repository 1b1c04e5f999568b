/* fcntl: control of file descriptors, and locks on files.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "modules/syscall.h"

enum { ARG_MAX_BYTES = 1024 };

/* str or bytes-like argument into buf: its length; -1 error; -2 when it is neither (an int). */
static ssize_t bytes_arg(Thread *t, Value v, char buf[ARG_MAX_BYTES + 1], const char *fname)
{
    ssize_t len;
    if (im_is_str(v)) {
        const char *s = im_str_utf8(t, v, &len);
        if (!s) return -1;
        if (len > ARG_MAX_BYTES) return im_raise_valueerror(t, "%s string arg too long", fname), -1;
        memcpy(buf, s, (size_t)len);
    } else {
        ImBuffer b;
        if (im_is_int_like(v) || !im_buffer_check(v)) return -2;
        if (im_buffer_get(t, v, &b, IM_BUF_SIMPLE) < 0) return -1;
        len = b.len;
        if (len <= ARG_MAX_BYTES) memcpy(buf, b.buf, (size_t)len);
        im_buffer_release(t, &b);
        if (len > ARG_MAX_BYTES) return im_raise_valueerror(t, "%s string arg too long", fname), -1;
    }
    buf[len] = 0;
    return len;
}
IM_METHOD(do_fcntl)
{
    int fd, cmd, r, e;
    uint64_t n = 0;
    char buf[ARG_MAX_BYTES + 1];
    if (im_fd_arg(t, args[0], &fd) < 0 || im_as_int(t, args[1], &cmd) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "fcntl.fcntl", im_int(fd), args[1], nargs > 2 ? args[2] : IM_NONE) < 0) return IM_NO_VALUE;
    if (nargs > 2) {
        ssize_t len = bytes_arg(t, args[2], buf, "fcntl");
        if (len == -1) return IM_NO_VALUE;
        if (len >= 0) {
            IM_SYSCALL(t, r, e, fcntl(fd, cmd, buf));
            return r < 0 ? im_syscall_error(t, e) : im_bytes_new(t, buf, len);
        }
        if (im_as_uint64_wrap(t, args[2], &n) < 0) return IM_NO_VALUE;
    }
    IM_SYSCALL(t, r, e, fcntl(fd, cmd, (int)n));
    return r < 0 ? im_syscall_error(t, e) : im_int(r);
}

/* A writable buffer is changed in place unless the last argument is false. */
IM_METHOD(do_ioctl)
{
    int fd, r, e, mutate = nargs > 3 ? im_truth(t, args[3]) : 1;
    uint64_t request, n = 0;
    char buf[ARG_MAX_BYTES + 1];
    if (mutate < 0 || im_fd_arg(t, args[0], &fd) < 0 || im_as_uint64_wrap(t, args[1], &request) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "fcntl.ioctl", im_int(fd), args[1], nargs > 2 ? args[2] : IM_NONE) < 0) return IM_NO_VALUE;
    if (nargs > 2 && !im_is_int_like(args[2])) {
        ImBuffer b;
        if (!im_is_str(args[2]) && im_buffer_check(args[2]) && im_buffer_get(t, args[2], &b, IM_BUF_WRITABLE) == 0) {
            bool fits = b.len <= ARG_MAX_BYTES;
            Value v = IM_NO_VALUE;
            if (!fits && !mutate) {
                im_raise_valueerror(t, "ioctl string arg too long");
            } else {
                char *arg = b.buf;
                if (fits) {
                    memcpy(buf, b.buf, (size_t)b.len);
                    buf[b.len] = 0;
                    arg = buf;
                }
                IM_SYSCALL(t, r, e, ioctl(fd, request, arg));
                if (mutate && fits) memcpy(b.buf, buf, (size_t)b.len);
                if (r < 0) im_syscall_error(t, e);
                else v = mutate ? im_int(r) : im_bytes_new(t, buf, b.len);
            }
            im_buffer_release(t, &b);
            return v;
        }
        if (im_pending(t)) im_exc_clear(t); /* not writable */
        ssize_t len = bytes_arg(t, args[2], buf, "ioctl");
        if (len == -1) return IM_NO_VALUE;
        if (len >= 0) {
            IM_SYSCALL(t, r, e, ioctl(fd, request, buf));
            return r < 0 ? im_syscall_error(t, e) : im_bytes_new(t, buf, len);
        }
    }
    if (nargs > 2 && im_as_uint64_wrap(t, args[2], &n) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, ioctl(fd, request, (int)n));
    return r < 0 ? im_syscall_error(t, e) : im_int(r);
}
IM_METHOD(do_flock)
{
    int fd, op, r, e;
    if (im_fd_arg(t, args[0], &fd) < 0 || im_as_int(t, args[1], &op) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "fcntl.flock", im_int(fd), im_int(op)) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, flock(fd, op));
    return r < 0 ? im_syscall_error(t, e) : IM_NONE;
}
IM_METHOD(do_lockf)
{
    int fd, op, whence = 0, r, e;
    int64_t len = 0, start = 0;
    if (im_fd_arg(t, args[0], &fd) < 0 || im_as_int(t, args[1], &op) < 0) return IM_NO_VALUE;
    if ((nargs > 2 && im_as_int64(t, args[2], &len) < 0) || (nargs > 3 && im_as_int64(t, args[3], &start) < 0) || (nargs > 4 && im_as_int(t, args[4], &whence) < 0)) return IM_NO_VALUE;
    if (IM_AUDIT(t, "fcntl.lockf", im_int(fd), im_int(op), nargs > 2 ? args[2] : IM_NONE, nargs > 3 ? args[3] : IM_NONE, im_int(whence)) < 0) return IM_NO_VALUE;
    struct flock l = {.l_whence = (short)whence, .l_start = start, .l_len = len};
    if (op == LOCK_UN) l.l_type = F_UNLCK;
    else if (op & LOCK_SH) l.l_type = F_RDLCK;
    else if (op & LOCK_EX) l.l_type = F_WRLCK;
    else return im_raise_valueerror(t, "unrecognized lockf argument");
    IM_SYSCALL(t, r, e, fcntl(fd, op & LOCK_NB ? F_SETLK : F_SETLKW, &l));
    return r < 0 ? im_syscall_error(t, e) : IM_NONE;
}

static const ImMethodDef methods[] = {
    IM_RANGE("fcntl", do_fcntl, 2, 3, "($module, fd, cmd, arg=0, /)", "Perform the operation `cmd` on file descriptor fd."),
    IM_RANGE("ioctl", do_ioctl, 2, 4, "($module, fd, request, arg=0, mutate_flag=True, /)", "Perform the operation request on file descriptor fd."),
    IM_FIXED("flock", do_flock, 2, "($module, fd, operation, /)", "Perform the lock operation on file descriptor."),
    IM_RANGE("lockf", do_lockf, 2, 5, "($module, fd, cmd, len=0, start=0, whence=0, /)", "A wrapper around the fcntl() locking calls."),
    IM_END,
};
#define R(n) {#n, n},
static const ImIntRow rows[] = {
    R(LOCK_SH) R(LOCK_EX) R(LOCK_NB) R(LOCK_UN) R(LOCK_MAND) R(LOCK_READ) R(LOCK_WRITE) R(LOCK_RW) R(F_DUPFD) R(F_DUPFD_CLOEXEC) R(F_GETFD) R(F_SETFD) R(F_GETFL) R(F_SETFL) R(F_GETLK)
    R(F_SETLK) R(F_SETLKW) R(F_OFD_GETLK) R(F_OFD_SETLK) R(F_OFD_SETLKW) R(F_GETOWN) R(F_SETOWN) R(F_GETSIG) R(F_SETSIG) R(F_RDLCK) R(F_WRLCK) R(F_UNLCK) R(F_EXLCK) R(F_SHLCK)
    R(F_GETLK64) R(F_SETLK64) R(F_SETLKW64) R(FASYNC) R(F_SETLEASE) R(F_GETLEASE) R(F_NOTIFY) R(F_SETOWN_EX) R(F_GETOWN_EX) R(F_OWNER_TID) R(F_OWNER_PID) R(F_OWNER_PGRP)
    R(F_GET_RW_HINT) R(F_SET_RW_HINT) R(F_GET_FILE_RW_HINT) R(F_SET_FILE_RW_HINT) R(RWH_WRITE_LIFE_NONE) R(RWH_WRITE_LIFE_SHORT) R(RWH_WRITE_LIFE_MEDIUM) R(RWH_WRITE_LIFE_LONG)
    R(RWH_WRITE_LIFE_EXTREME) {"RWH_WRITE_LIFE_NOT_SET", 0}, R(DN_ACCESS) R(DN_MODIFY) R(DN_CREATE) R(DN_DELETE) R(DN_RENAME) R(DN_ATTRIB) R(DN_MULTISHOT) R(F_SETPIPE_SZ)
    R(F_GETPIPE_SZ) R(FICLONE) R(FICLONERANGE) R(F_ADD_SEALS) R(F_GET_SEALS) R(F_SEAL_SEAL) R(F_SEAL_SHRINK) R(F_SEAL_GROW) R(F_SEAL_WRITE) {"F_SEAL_FUTURE_WRITE", 16}, {"FD_CLOEXEC", FD_CLOEXEC},
};
#undef R
static int exec(Thread *t, Value m) { return IM_ADD_INT_ROWS(t, m, rows); }
static const ImModuleDef def = {.name = "fcntl", .doc = "This module performs file control and I/O control on file\ndescriptors.  It is an interface to the fcntl() and ioctl() Unix\nroutines.  "
    "File descriptors can be obtained with the fileno() method of\na file or socket object.", .methods = methods, .exec = exec};
IM_MODULE(def);
