/* posix: what is known about files, and changing it.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "modules/posix.h"

/* --- stat ------------------------------------------------------------------------------------------------------------------------- */

static const ImStructField stat_fields[] = {
    {"st_mode", "protection bits"}, {"st_ino", "inode"}, {"st_dev", "device"}, {"st_nlink", "number of hard links"}, {"st_uid", "user ID of owner"},
    {"st_gid", "group ID of owner"}, {"st_size", "total size, in bytes"}, {NULL, "integer time of last access"}, {NULL, "integer time of last modification"},
    {NULL, "integer time of last change"}, {"st_atime", "time of last access"}, {"st_mtime", "time of last modification"}, {"st_ctime", "time of last change"},
    {"st_atime_ns", "time of last access in nanoseconds"}, {"st_mtime_ns", "time of last modification in nanoseconds"}, {"st_ctime_ns", "time of last change in nanoseconds"},
    {"st_blksize", "blocksize for filesystem I/O"}, {"st_blocks", "number of blocks allocated"}, {"st_rdev", "device type (if inode device)"},
};
static const ImStructField statvfs_fields[] = {
    {"f_bsize", NULL}, {"f_frsize", NULL}, {"f_blocks", NULL}, {"f_bfree", NULL}, {"f_bavail", NULL}, {"f_files", NULL}, {"f_ffree", NULL}, {"f_favail", NULL},
    {"f_flag", NULL}, {"f_namemax", NULL}, {"f_fsid", NULL},
};

Value im_posix_stat_result(Thread *t, const struct stat *st)
{
    Value v[19] = {
        im_int(st->st_mode), im_int_from_u64(t, st->st_ino), im_int_from_u64(t, st->st_dev), im_int_from_u64(t, st->st_nlink), im_from_uid(t, st->st_uid),
        im_from_uid(t, st->st_gid), im_int_new(t, st->st_size),
    };
    const struct timespec *times[3] = {&st->st_atim, &st->st_mtim, &st->st_ctim};
    for (int i = 0; i < 3; i++) {
        const struct timespec *ts = times[i];
        v[7 + i] = im_int_new(t, ts->tv_sec);
        v[10 + i] = im_float_new(t, (double)ts->tv_sec + 1e-9 * (double)ts->tv_nsec);
        int64_t ns;
        if (!__builtin_mul_overflow(ts->tv_sec, 1000000000, &ns) && !__builtin_add_overflow(ns, ts->tv_nsec, &ns)) {
            v[13 + i] = im_int_new(t, ns);
        } else {
            Value s = im_int_new(t, ts->tv_sec);
            if (!im_no_value(s) && im_int_imul(t, &s, im_int(1000000000)) == 0 && im_int_iadd(t, &s, im_int(ts->tv_nsec)) == 0) v[13 + i] = s;
        }
    }
    v[16] = im_int_new(t, st->st_blksize);
    v[17] = im_int_new(t, st->st_blocks);
    v[18] = im_int_from_u64(t, st->st_rdev);
    return im_structseq_new(t, im_as_type(im_posix_types.stat_result), v);
}

static Value do_stat(Thread *t, const char *fname, Value path, int dir_fd, bool follow)
{
    ImPath p;
    if (im_path_arg(t, path, fname, "path", fname[0] == 'l' ? 0 : IM_PATH_FD, &p) < 0) return IM_NO_VALUE; /* lstat takes no descriptor */
    Value result = IM_NO_VALUE;
    if (!p.s && dir_fd != AT_FDCWD) {
        im_raise_valueerror(t, "%s: can't specify dir_fd without matching path", fname);
    } else if (!p.s && !follow) {
        im_raise_valueerror(t, "%s: cannot use fd and follow_symlinks together", fname);
    } else {
        struct stat st;
        int r, e;
        IM_DETACH(t);
        r = p.s ? fstatat(dir_fd, p.s, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) : fstat(p.fd, &st);
        e = errno;
        IM_ATTACH(t);
        result = r < 0 ? im_path_error(t, e, &p) : im_posix_stat_result(t, &st);
    }
    im_path_fini(t, &p);
    return result;
}
static int flag_arg(Thread *t, Value v, bool dflt) { return im_no_value(v) ? dflt : im_truth(t, v); }

IM_METHOD(posix_stat)
{
    int dir_fd, follow = flag_arg(t, args[2], true);
    if (follow < 0 || im_dir_fd_arg(t, args[1], &dir_fd) < 0) return IM_NO_VALUE;
    return do_stat(t, "stat", args[0], dir_fd, follow);
}
IM_METHOD(posix_lstat)
{
    int dir_fd;
    if (im_dir_fd_arg(t, args[1], &dir_fd) < 0) return IM_NO_VALUE;
    return do_stat(t, "lstat", args[0], dir_fd, false);
}
IM_METHOD(posix_fstat)
{
    struct stat st;
    int fd, r, e;
    if (im_as_int(t, args[0], &fd) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, fstat(fd, &st));
    return r < 0 ? im_syscall_error(t, e) : im_posix_stat_result(t, &st);
}

static Value statvfs_result(Thread *t, const struct statvfs *s)
{
    Value v[11] = {im_int_from_u64(t, s->f_bsize), im_int_from_u64(t, s->f_frsize), im_int_from_u64(t, s->f_blocks), im_int_from_u64(t, s->f_bfree),
        im_int_from_u64(t, s->f_bavail), im_int_from_u64(t, s->f_files), im_int_from_u64(t, s->f_ffree), im_int_from_u64(t, s->f_favail),
        im_int_from_u64(t, s->f_flag), im_int_from_u64(t, s->f_namemax), im_int_from_u64(t, s->f_fsid)};
    return im_structseq_new(t, im_as_type(im_posix_types.statvfs_result), v);
}
IM_METHOD(posix_statvfs)
{
    ImPath p;
    struct statvfs s;
    int r, e;
    if (im_path_arg(t, args[0], "statvfs", "path", IM_PATH_FD, &p) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    r = p.s ? statvfs(p.s, &s) : fstatvfs(p.fd, &s);
    e = errno;
    IM_ATTACH(t);
    Value result = r < 0 ? im_path_error(t, e, &p) : statvfs_result(t, &s);
    im_path_fini(t, &p);
    return result;
}
IM_METHOD(posix_fstatvfs)
{
    struct statvfs s;
    int fd, r, e;
    if (im_as_int(t, args[0], &fd) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, fstatvfs(fd, &s));
    return r < 0 ? im_syscall_error(t, e) : statvfs_result(t, &s);
}

/* --- access, mode, owner, times ---------------------------------------------------------------------------------------------------- */

/* fd and dir_fd, or fd and follow_symlinks=False, exclude each other. */
static int check_fd_use(Thread *t, const char *fname, ImPath *p, int dir_fd, bool follow)
{
    if (p->s || (dir_fd == AT_FDCWD && follow)) return 0;
    if (dir_fd != AT_FDCWD) im_raise_valueerror(t, "%s: can't specify both dir_fd and fd", fname);
    else im_raise_valueerror(t, "%s: cannot use fd and follow_symlinks together", fname);
    im_path_fini(t, p);
    return -1;
}

IM_METHOD(posix_access)
{
    int mode, dir_fd, effective = flag_arg(t, args[3], false), follow = flag_arg(t, args[4], true), r;
    ImPath p;
    if (effective < 0 || follow < 0 || im_as_int(t, args[1], &mode) < 0 || im_dir_fd_arg(t, args[2], &dir_fd) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[0], "access", "path", 0, &p) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    r = faccessat(dir_fd, p.s, mode, (follow ? 0 : AT_SYMLINK_NOFOLLOW) | (effective ? AT_EACCESS : 0));
    IM_ATTACH(t);
    im_path_fini(t, &p);
    return im_bool(r == 0);
}

IM_METHOD(posix_chmod)
{
    int mode, dir_fd, follow = flag_arg(t, args[3], true);
    ImPath p;
    if (follow < 0 || im_as_int(t, args[1], &mode) < 0 || im_dir_fd_arg(t, args[2], &dir_fd) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[0], "chmod", "path", IM_PATH_FD, &p) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.chmod", args[0], im_int(mode), im_int(dir_fd == AT_FDCWD ? -1 : dir_fd)) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    if (!p.s) return IM_PATH_CALL(t, p, fchmod(p.fd, (mode_t)mode));
    int r, e;
    IM_DETACH(t);
    r = fchmodat(dir_fd, p.s, (mode_t)mode, follow ? 0 : AT_SYMLINK_NOFOLLOW);
    e = errno;
    IM_ATTACH(t);
    if (r < 0 && !follow && (e == ENOTSUP || e == EOPNOTSUPP)) {
        im_path_fini(t, &p);
        return im_raise(t, &im_NotImplementedError_type, "chmod: %s unavailable on this platform", dir_fd != AT_FDCWD ? "cannot use dir_fd and follow_symlinks together" : "follow_symlinks");
    }
    return im_path_done(t, r, e, &p);
}
IM_METHOD(posix_fchmod)
{
    int fd, mode, r, e;
    if (im_as_int(t, args[0], &fd) < 0 || im_as_int(t, args[1], &mode) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.chmod", im_int(fd), im_int(mode), im_int(-1)) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, fchmod(fd, (mode_t)mode));
    return r < 0 ? im_syscall_error(t, e) : IM_NONE;
}
IM_METHOD(posix_chown)
{
    uid_t uid;
    gid_t gid;
    int dir_fd, follow = flag_arg(t, args[4], true);
    ImPath p;
    if (follow < 0 || im_uid_arg(t, args[1], &uid) < 0 || im_gid_arg(t, args[2], &gid) < 0 || im_dir_fd_arg(t, args[3], &dir_fd) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[0], "chown", "path", IM_PATH_FD, &p) < 0 || check_fd_use(t, "chown", &p, dir_fd, follow) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.chown", args[0], im_int(uid), im_int(gid), im_int(dir_fd == AT_FDCWD ? -1 : dir_fd)) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    return IM_PATH_CALL(t, p, p.s ? fchownat(dir_fd, p.s, uid, gid, follow ? 0 : AT_SYMLINK_NOFOLLOW) : fchown(p.fd, uid, gid));
}
IM_METHOD(posix_fchown)
{
    uid_t uid;
    gid_t gid;
    int fd, r, e;
    if (im_as_int(t, args[0], &fd) < 0 || im_uid_arg(t, args[1], &uid) < 0 || im_gid_arg(t, args[2], &gid) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.chown", im_int(fd), im_int(uid), im_int(gid), im_int(-1)) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, fchown(fd, uid, gid));
    return r < 0 ? im_syscall_error(t, e) : IM_NONE;
}
IM_METHOD(posix_lchown)
{
    uid_t uid;
    gid_t gid;
    ImPath p;
    if (im_uid_arg(t, args[1], &uid) < 0 || im_gid_arg(t, args[2], &gid) < 0 || im_path_arg(t, args[0], "lchown", "path", 0, &p) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.chown", args[0], im_int(uid), im_int(gid), im_int(-1)) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    return IM_PATH_CALL(t, p, lchown(p.s, uid, gid));
}

/* One of utime's two times: seconds, or nanoseconds as a whole. */
static int utime_ns(Thread *t, Value v, struct timespec *ts)
{
    if (!im_is_int_like(v)) return im_raise_type(t, "'%.200T' object cannot be interpreted as an integer", v), -1;
    Value q = im_int_divmod(t, v, im_int(1000000000));
    if (im_no_value(q)) return -1;
    int64_t s, n;
    int fits = im_int_get64(im_tuple_get(q, 0), &s) && im_int_get64(im_tuple_get(q, 1), &n);
    im_drop(t, q);
    if (!fits) return im_raise_overflow(t, "timestamp out of range for platform time_t"), -1;
    *ts = (struct timespec){s, n};
    return 0;
}
IM_METHOD(posix_utime)
{
    Value times = args[1], ns = args[2];
    int dir_fd, follow = flag_arg(t, args[4], true);
    struct timespec ts[2];
    bool now = false;
    ImPath p;
    if (follow < 0 || im_dir_fd_arg(t, args[3], &dir_fd) < 0) return IM_NO_VALUE;
    if (im_given(times) && !im_no_value(ns)) return im_raise_valueerror(t, "utime: you may specify either 'times' or 'ns' but not both");
    if (im_given(times)) {
        if (!im_is_tuple_exact(times) || im_tuple_len(times) != 2) return im_raise_type(t, "utime: 'times' must be either a tuple of two ints or None");
        for (int i = 0; i < 2; i++)
            if (im_timespec_arg(t, im_tuple_get(times, i), IM_ROUND_FLOOR, &ts[i]) < 0) return IM_NO_VALUE;
    } else if (!im_no_value(ns)) {
        if (!im_is_tuple_exact(ns) || im_tuple_len(ns) != 2) return im_raise_type(t, "utime: 'ns' must be a tuple of two ints");
        for (int i = 0; i < 2; i++)
            if (utime_ns(t, im_tuple_get(ns, i), &ts[i]) < 0) return IM_NO_VALUE;
    } else {
        now = true;
    }
    if (im_path_arg(t, args[0], "utime", "path", IM_PATH_FD, &p) < 0 || check_fd_use(t, "utime", &p, dir_fd, follow) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.utime", args[0], im_no_value(times) ? IM_NONE : times, im_no_value(ns) ? IM_NONE : ns, im_int(dir_fd == AT_FDCWD ? -1 : dir_fd)) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    return IM_PATH_CALL(t, p, p.s ? utimensat(dir_fd, p.s, now ? NULL : ts, follow ? 0 : AT_SYMLINK_NOFOLLOW) : futimens(p.fd, now ? NULL : ts));
}

IM_METHOD(posix_truncate)
{
    ImPath p;
    off_t len;
    int r, e;
    if (im_off_arg(t, args[1], &len) < 0 || im_path_arg(t, args[0], "truncate", "path", IM_PATH_FD, &p) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.truncate", args[0], im_int(len)) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    IM_SYSCALL(t, r, e, p.s ? truncate(p.s, len) : ftruncate(p.fd, len));
    return im_path_done(t, r, e, &p);
}

/* --- extended attributes ---------------------------------------------------------------------------------------------------------------- */

static ssize_t xattr_get(const ImPath *p, const char *name, void *buf, size_t n, bool follow)
{
    return !p->s ? fgetxattr(p->fd, name, buf, n) : follow ? getxattr(p->s, name, buf, n) : lgetxattr(p->s, name, buf, n);
}
static ssize_t xattr_list(const ImPath *p, char *buf, size_t n, bool follow)
{
    return !p->s ? flistxattr(p->fd, buf, n) : follow ? listxattr(p->s, buf, n) : llistxattr(p->s, buf, n);
}

IM_METHOD(posix_getxattr)
{
    int follow = flag_arg(t, args[2], true), e = 0;
    ImPath p, name;
    if (follow < 0 || im_path_arg(t, args[0], "getxattr", "path", IM_PATH_FD, &p) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (im_path_arg(t, args[1], "getxattr", "attribute", 0, &name) < 0) goto done;
    if (check_fd_use(t, "getxattr", &p, AT_FDCWD, follow) < 0) { im_path_fini(t, &name); return r; }
    if (IM_AUDIT(t, "os.getxattr", args[0], args[1]) < 0) { im_path_fini(t, &name); goto done; }
    for (size_t room = 128; im_no_value(r); room = 65536) { /* the largest there can be */
        r = im_bytes_new(t, NULL, (ssize_t)room);
        if (im_no_value(r)) break;
        ssize_t n;
        IM_DETACH(t);
        n = xattr_get(&p, name.s, im_bytes_data(r), room, follow);
        e = errno;
        IM_ATTACH(t);
        if (n >= 0) { if (im_bytes_resize(t, &r, n) < 0) r = IM_NO_VALUE; break; }
        im_drop(t, r);
        r = IM_NO_VALUE;
        if (e == ERANGE && room < 65536) continue;
        im_path_error(t, e, &p);
        break;
    }
    im_path_fini(t, &name);
done:
    im_path_fini(t, &p);
    return r;
}
IM_METHOD(posix_setxattr)
{
    int follow = flag_arg(t, args[4], true), flags = 0, r = -1, e = 0;
    ImPath p, name;
    ImBuffer b;
    if (follow < 0 || (!im_no_value(args[3]) && im_as_int(t, args[3], &flags) < 0)) return IM_NO_VALUE;
    if (im_path_arg(t, args[0], "setxattr", "path", IM_PATH_FD, &p) < 0) return IM_NO_VALUE;
    if (check_fd_use(t, "setxattr", &p, AT_FDCWD, follow) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[1], "setxattr", "attribute", 0, &name) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    if (IM_AUDIT(t, "os.setxattr", args[0], args[1], args[2], im_int(flags)) < 0) {
        im_path_fini(t, &name);
        im_path_fini(t, &p);
        return IM_NO_VALUE;
    }
    if (im_buffer_get(t, args[2], &b, IM_BUF_SIMPLE) == 0) {
        IM_DETACH(t);
        r = !p.s ? fsetxattr(p.fd, name.s, b.buf, (size_t)b.len, flags) : follow ? setxattr(p.s, name.s, b.buf, (size_t)b.len, flags) : lsetxattr(p.s, name.s, b.buf, (size_t)b.len, flags);
        e = errno;
        IM_ATTACH(t);
        im_buffer_release(t, &b);
    }
    im_path_fini(t, &name);
    return im_path_done(t, r, e, &p);
}
IM_METHOD(posix_removexattr)
{
    int follow = flag_arg(t, args[2], true), r, e;
    ImPath p, name;
    if (follow < 0 || im_path_arg(t, args[0], "removexattr", "path", IM_PATH_FD, &p) < 0) return IM_NO_VALUE;
    if (check_fd_use(t, "removexattr", &p, AT_FDCWD, follow) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[1], "removexattr", "attribute", 0, &name) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    if (IM_AUDIT(t, "os.removexattr", args[0], args[1]) < 0) {
        im_path_fini(t, &name);
        im_path_fini(t, &p);
        return IM_NO_VALUE;
    }
    IM_DETACH(t);
    r = !p.s ? fremovexattr(p.fd, name.s) : follow ? removexattr(p.s, name.s) : lremovexattr(p.s, name.s);
    e = errno;
    IM_ATTACH(t);
    im_path_fini(t, &name);
    return im_path_done(t, r, e, &p);
}
IM_METHOD(posix_listxattr)
{
    int follow = flag_arg(t, args[1], true), e = 0;
    ImPath p;
    if (follow < 0 || im_path_arg(t, args[0], "listxattr", "path", IM_PATH_FD | IM_PATH_NONE, &p) < 0) return IM_NO_VALUE;
    if (check_fd_use(t, "listxattr", &p, AT_FDCWD, follow) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.listxattr", im_no_value(args[0]) ? IM_NONE : args[0]) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    Value list = IM_NO_VALUE;
    char small[256], *buf = small;
    ssize_t n = -1;
    for (size_t room = sizeof(small);; room = 65536) {
        IM_DETACH(t);
        n = xattr_list(&p, buf, room, follow);
        e = errno;
        IM_ATTACH(t);
        if (n >= 0 || e != ERANGE || room == 65536) break;
        if (!(buf = im_raw_alloc(t, 65536))) goto done;
    }
    if (n < 0) { im_path_error(t, e, &p); goto done; }
    list = im_list_new(t, 0);
    for (const char *s = buf; !im_no_value(list) && s < buf + n; s += strlen(s) + 1) {
        Value name = im_str_fs_decode(t, s, -1);
        if (im_no_value(name) || im_list_append_steal(t, list, name) < 0) IM_CLEAR(t, list);
    }
done:
    if (buf != small) im_raw_free(buf);
    im_path_fini(t, &p);
    return list;
}

const ImMethodDef im_posix_stat_methods[] = {
    IM_PARSED("stat", posix_stat, "($module, /, path, *, dir_fd=None, follow_symlinks=True)", "Perform a stat system call on the given path."),
    IM_PARSED("lstat", posix_lstat, "($module, /, path, *, dir_fd=None)", "Perform a stat system call on the given path, without following symbolic links."),
    IM_PARSED("fstat", posix_fstat, "($module, /, fd)", "Perform a stat system call on the given file descriptor."),
    IM_PARSED("statvfs", posix_statvfs, "($module, /, path)", "Perform a statvfs system call on the given path."),
    IM_FIXED("fstatvfs", posix_fstatvfs, 1, "($module, fd, /)", "Perform an fstatvfs system call on the given fd."),
    IM_PARSED("access", posix_access, "($module, /, path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)", "Use the real uid/gid to test for access to a path."),
    IM_PARSED("chmod", posix_chmod, "($module, /, path, mode, *, dir_fd=None, follow_symlinks=(os.name != 'nt'))", "Change the access permissions of a file."),
    IM_PARSED("fchmod", posix_fchmod, "($module, /, fd, mode)", "Change the access permissions of the file given by file descriptor fd."),
    IM_PARSED("chown", posix_chown, "($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)", "Change the owner and group id of path to the numeric uid and gid."),
    IM_PARSED("fchown", posix_fchown, "($module, /, fd, uid, gid)", "Change the owner and group id of the file specified by file descriptor."),
    IM_PARSED("lchown", posix_lchown, "($module, /, path, uid, gid)", "Change the owner and group id of path, without following symbolic links."),
    IM_PARSED("utime", posix_utime, "($module, /, path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)", "Set the access and modified time of path."),
    IM_PARSED("truncate", posix_truncate, "($module, /, path, length)", "Truncate a file, specified by path, to a specific length."),
    IM_PARSED("getxattr", posix_getxattr, "($module, /, path, attribute, *, follow_symlinks=True)", "Return the value of extended attribute attribute on path."),
    IM_PARSED("setxattr", posix_setxattr, "($module, /, path, attribute, value, flags=0, *, follow_symlinks=True)", "Set extended attribute attribute on path to value."),
    IM_PARSED("removexattr", posix_removexattr, "($module, /, path, attribute, *, follow_symlinks=True)", "Remove extended attribute attribute on path."),
    IM_PARSED("listxattr", posix_listxattr, "($module, /, path=None, *, follow_symlinks=True)", "Return a list of extended attributes on path."),
    IM_END,
};

int im_posix_stat_init(Thread *t, Value m)
{
    static const ImIntRow rows[] = {
        {"XATTR_CREATE", XATTR_CREATE}, {"XATTR_REPLACE", XATTR_REPLACE}, {"XATTR_SIZE_MAX", 65536}, {"ST_RDONLY", ST_RDONLY}, {"ST_NOSUID", ST_NOSUID}, {"ST_NODEV", ST_NODEV},
        {"ST_NOEXEC", ST_NOEXEC}, {"ST_SYNCHRONOUS", ST_SYNCHRONOUS}, {"ST_MANDLOCK", ST_MANDLOCK}, {"ST_WRITE", ST_WRITE}, {"ST_APPEND", ST_APPEND}, {"ST_NOATIME", ST_NOATIME},
        {"ST_NODIRATIME", ST_NODIRATIME}, {"ST_RELATIME", ST_RELATIME}, {"F_OK", F_OK}, {"R_OK", R_OK}, {"W_OK", W_OK}, {"X_OK", X_OK},
    };
    if (IM_ADD_INT_ROWS(t, m, rows) < 0) return -1;
    if (im_posix_add_seq(t, m, &im_posix_types.stat_result, "os.stat_result", "stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n"
            "  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, st_uid, and so on.\n\nSee os.stat for more information.",
            stat_fields, IM_COUNTOF(stat_fields), 10) < 0) return -1;
    return im_posix_add_seq(t, m, &im_posix_types.statvfs_result, "os.statvfs_result", "statvfs_result: Result from statvfs or fstatvfs.\n\nThis object may be accessed either as a tuple of\n"
        "  (bsize, frsize, blocks, bfree, bavail, files, ffree, favail, flag, namemax),\nor via the attributes f_bsize, f_frsize, f_blocks, f_bfree, and so on.\n\nSee os.statvfs for more information.",
        statvfs_fields, IM_COUNTOF(statvfs_fields), 10);
}
