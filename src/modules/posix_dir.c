/* posix: names in directories. Directory entries and their iterator are in posix_scandir.c.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "modules/posix.h"
#include "modules/posix_scandir.h"

/* --- where we are --------------------------------------------------------------------------------------------------------------------- */

static Value current_dir(Thread *t, bool bytes)
{
    char small[PATH_MAX], *p;
    int e;
    IM_DETACH(t);
    p = getcwd(small, sizeof(small));
    e = errno;
    if (!p && e == ERANGE) { p = getcwd(NULL, 0); e = errno; }
    IM_ATTACH(t);
    if (!p) return im_raise_errno(t, e);
    Value r = im_path_result(t, p, -1, bytes);
    if (p != small) free(p);
    return r;
}
IM_METHOD(posix_getcwd) { return current_dir(t, false); }
IM_METHOD(posix_getcwdb) { return current_dir(t, true); }
IM_METHOD(posix_chdir)
{
    ImPath p;
    if (im_path_arg(t, args[0], "chdir", "path", IM_PATH_FD, &p) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.chdir", args[0]) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    return IM_PATH_CALL(t, p, p.s ? chdir(p.s) : fchdir(p.fd));
}
IM_METHOD(posix_fchdir)
{
    int fd, r, e;
    if (im_fd_arg(t, args[0], &fd) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, fchdir(fd));
    return r < 0 ? im_syscall_error(t, e) : IM_NONE;
}
IM_METHOD(posix_chroot)
{
    ImPath p;
    if (im_path_arg(t, args[0], "chroot", "path", 0, &p) < 0) return IM_NO_VALUE;
    return IM_PATH_CALL(t, p, chroot(p.s));
}

/* --- making and removing ------------------------------------------------------------------------------------------------------------------ */

IM_METHOD(posix_mkdir)
{
    int mode = 0777, dir_fd;
    ImPath p;
    if ((!im_no_value(args[1]) && im_as_int(t, args[1], &mode) < 0) || im_dir_fd_arg(t, args[2], &dir_fd) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[0], "mkdir", "path", 0, &p) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.mkdir", args[0], im_int(mode), im_int(dir_fd == AT_FDCWD ? -1 : dir_fd)) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    return IM_PATH_CALL(t, p, mkdirat(dir_fd, p.s, (mode_t)mode));
}
static Value remove_path(Thread *t, const Value *args, const char *fname, const char *event, int flags)
{
    int dir_fd;
    ImPath p;
    if (im_dir_fd_arg(t, args[1], &dir_fd) < 0 || im_path_arg(t, args[0], fname, "path", 0, &p) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, event, args[0], im_int(dir_fd == AT_FDCWD ? -1 : dir_fd)) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    return IM_PATH_CALL(t, p, unlinkat(dir_fd, p.s, flags));
}
IM_METHOD(posix_rmdir) { return remove_path(t, args, "rmdir", "os.rmdir", AT_REMOVEDIR); }
IM_METHOD(posix_unlink) { return remove_path(t, args, "unlink", "os.remove", 0); }
IM_METHOD(posix_remove) { return remove_path(t, args, "remove", "os.remove", 0); }

static Value two_done(Thread *t, int r, int e, ImPath *p, ImPath *q)
{
    Value v = r < 0 ? im_path_error2(t, e, p, q) : IM_NONE;
    im_path_fini(t, p);
    im_path_fini(t, q);
    return v;
}
static Value rename_paths(Thread *t, const Value *args, const char *fname)
{
    int from_fd, to_fd, r, e;
    ImPath p, q;
    if (im_dir_fd_arg(t, args[2], &from_fd) < 0 || im_dir_fd_arg(t, args[3], &to_fd) < 0 || im_path_arg(t, args[0], fname, "src", 0, &p) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[1], fname, "dst", 0, &q) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    if (IM_AUDIT(t, "os.rename", args[0], args[1], im_int(from_fd == AT_FDCWD ? -1 : from_fd), im_int(to_fd == AT_FDCWD ? -1 : to_fd)) < 0) return two_done(t, -1, 0, &p, &q);
    IM_DETACH(t);
    r = renameat(from_fd, p.s, to_fd, q.s);
    e = errno;
    IM_ATTACH(t);
    return two_done(t, r, e, &p, &q);
}
IM_METHOD(posix_rename) { return rename_paths(t, args, "rename"); }
IM_METHOD(posix_replace) { return rename_paths(t, args, "replace"); }
IM_METHOD(posix_link)
{
    int from_fd, to_fd, follow = im_no_value(args[4]) ? 1 : im_truth(t, args[4]), r, e;
    ImPath p, q;
    if (follow < 0 || im_dir_fd_arg(t, args[2], &from_fd) < 0 || im_dir_fd_arg(t, args[3], &to_fd) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[0], "link", "src", 0, &p) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[1], "link", "dst", 0, &q) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    if (IM_AUDIT(t, "os.link", args[0], args[1], im_int(from_fd == AT_FDCWD ? -1 : from_fd), im_int(to_fd == AT_FDCWD ? -1 : to_fd)) < 0) { im_path_fini(t, &p); im_path_fini(t, &q); return IM_NO_VALUE; }
    bool plain = from_fd == AT_FDCWD && to_fd == AT_FDCWD && im_no_value(args[4]);
    IM_DETACH(t);
    r = plain ? link(p.s, q.s) : linkat(from_fd, p.s, to_fd, q.s, follow ? AT_SYMLINK_FOLLOW : 0);
    e = errno;
    IM_ATTACH(t);
    return two_done(t, r, e, &p, &q);
}
IM_METHOD(posix_symlink)
{
    int dir_fd, r, e;
    ImPath p, q;
    if (im_dir_fd_arg(t, args[3], &dir_fd) < 0 || im_path_arg(t, args[0], "symlink", "src", 0, &p) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[1], "symlink", "dst", 0, &q) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    if (IM_AUDIT(t, "os.symlink", args[0], args[1], im_int(dir_fd == AT_FDCWD ? -1 : dir_fd)) < 0) { im_path_fini(t, &p); im_path_fini(t, &q); return IM_NO_VALUE; }
    IM_DETACH(t);
    r = symlinkat(p.s, dir_fd, q.s);
    e = errno;
    IM_ATTACH(t);
    return two_done(t, r, e, &p, &q);
}
IM_METHOD(posix_readlink)
{
    int dir_fd, e;
    ImPath p;
    if (im_dir_fd_arg(t, args[1], &dir_fd) < 0 || im_path_arg(t, args[0], "readlink", "path", 0, &p) < 0) return IM_NO_VALUE;
    char buf[PATH_MAX + 1];
    ssize_t n;
    IM_DETACH(t);
    n = readlinkat(dir_fd, p.s, buf, PATH_MAX);
    e = errno;
    IM_ATTACH(t);
    Value r = n < 0 ? im_path_error(t, e, &p) : im_path_result(t, buf, n, p.is_bytes);
    im_path_fini(t, &p);
    return r;
}
IM_METHOD(posix_mkfifo)
{
    int mode = 0666, dir_fd, r, e;
    ImPath p;
    if ((!im_no_value(args[1]) && im_as_int(t, args[1], &mode) < 0) || im_dir_fd_arg(t, args[2], &dir_fd) < 0) return IM_NO_VALUE;
    if (im_path_arg(t, args[0], "mkfifo", "path", 0, &p) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, mkfifoat(dir_fd, p.s, (mode_t)mode));
    im_path_fini(t, &p);
    return r < 0 ? im_syscall_error(t, e) : IM_NONE;
}
IM_METHOD(posix_mknod)
{
    int mode = 0600, dir_fd, r, e;
    dev_t dev = 0;
    ImPath p;
    if ((!im_no_value(args[1]) && im_as_int(t, args[1], &mode) < 0) || (!im_no_value(args[2]) && im_dev_arg(t, args[2], &dev) < 0) || im_dir_fd_arg(t, args[3], &dir_fd) < 0)
        return IM_NO_VALUE;
    if (im_path_arg(t, args[0], "mknod", "path", 0, &p) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, mknodat(dir_fd, p.s, (mode_t)mode, dev));
    im_path_fini(t, &p);
    return r < 0 ? im_syscall_error(t, e) : IM_NONE;
}
/* A device number; -1 stands for none (NODEV). */
static int device_arg(Thread *t, Value v, dev_t *out)
{
    if (!im_is_int(v) || im_int_get(v) != -1) return im_dev_arg(t, v, out);
    *out = (dev_t)-1;
    return 0;
}
static Value device(Thread *t, dev_t d) { return d == (dev_t)-1 ? im_int(-1) : im_int_from_u64(t, d); }
IM_METHOD(posix_major) { dev_t d; return device_arg(t, args[0], &d) < 0 ? IM_NO_VALUE : device(t, d == (dev_t)-1 ? d : major(d)); }
IM_METHOD(posix_minor) { dev_t d; return device_arg(t, args[0], &d) < 0 ? IM_NO_VALUE : device(t, d == (dev_t)-1 ? d : minor(d)); }
IM_METHOD(posix_makedev)
{
    dev_t part[2];
    for (int i = 0; i < 2; i++) {
        if (device_arg(t, args[i], &part[i]) < 0) return IM_NO_VALUE;
        if (part[i] != (dev_t)-1 && part[i] > UINT32_MAX) return im_raise_overflow(t, "Python int too large to convert to C unsigned int");
    }
    return device(t, makedev((unsigned)part[0], (unsigned)part[1]));
}

/* --- listing ------------------------------------------------------------------------------------------------------------------------------- */

DIR *im_posix_opendir(const ImPath *p, int *e)
{
    DIR *d;
    if (p->s) {
        d = opendir(p->s);
    } else { /* the copy shares its offset with the caller's descriptor: start at the front */
        int fd = fcntl(p->fd, F_DUPFD_CLOEXEC, 0);
        d = fd < 0 ? NULL : fdopendir(fd);
        *e = errno;
        if (!d && fd >= 0) close(fd);
        if (d) rewinddir(d);
        errno = *e;
    }
    *e = errno;
    return d;
}
static bool is_dot(const char *s) { return s[0] == '.' && (s[1] == 0 || (s[1] == '.' && s[2] == 0)); }
struct dirent *im_posix_readdir(DIR *d, int *e)
{
    struct dirent *ent;
    do {
        errno = 0;
        ent = readdir(d);
        *e = errno;
    } while (ent && is_dot(ent->d_name));
    return ent;
}

IM_METHOD(posix_listdir)
{
    ImPath p;
    if (im_path_arg(t, args[0], "listdir", "path", IM_PATH_FD | IM_PATH_NONE, &p) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.listdir", im_no_value(args[0]) ? IM_NONE : args[0]) < 0) { im_path_fini(t, &p); return IM_NO_VALUE; }
    DIR *d;
    int e;
    IM_DETACH(t);
    d = im_posix_opendir(&p, &e);
    IM_ATTACH(t);
    Value list = IM_NO_VALUE;
    if (!d) {
        if (p.s) im_path_error(t, e, &p);
        else im_raise_errno(t, e);
    } else {
        list = im_list_new(t, 0);
    }
    while (!im_no_value(list)) {
        struct dirent *ent;
        IM_DETACH(t);
        ent = im_posix_readdir(d, &e);
        IM_ATTACH(t);
        if (!ent) {
            if (e) { im_path_error(t, e, &p); IM_CLEAR(t, list); }
            break;
        }
        Value name = im_path_result(t, ent->d_name, -1, p.is_bytes);
        if (im_no_value(name) || im_list_append_steal(t, list, name) < 0) IM_CLEAR(t, list);
    }
    if (d) {
        IM_DETACH(t);
        if (!p.s) rewinddir(d);
        closedir(d);
        IM_ATTACH(t);
    }
    im_path_fini(t, &p);
    return list;
}

/* --- text of paths -------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(posix_fspath) { return im_fspath(t, args[0]); }

/* A path as code points, whatever it is made of. */
typedef struct Chars { Value v; int kind; const void *data; ssize_t len; bool bytes; } Chars;
static int chars_of(Thread *t, Value path, Chars *c)
{
    c->v = im_fspath(t, path);
    if (im_no_value(c->v)) return -1;
    c->bytes = im_is_bytes(c->v);
    c->kind = c->bytes ? 1 : im_str_kind(c->v);
    c->data = c->bytes ? (void *)im_bytes_data(c->v) : im_str_data(c->v);
    c->len = c->bytes ? im_bytes_len(c->v) : im_str_len(c->v);
    return 0;
}
static uint32_t char_at(const Chars *c, ssize_t i) { return i < c->len ? im_str_read(c->kind, c->data, i) : 0; }
static Value chars_slice(Thread *t, const Chars *c, ssize_t lo, ssize_t hi)
{
    return c->bytes ? im_bytes_new(t, (const char *)c->data + lo, hi - lo) : im_str_substring(t, c->v, lo, hi);
}

/* Takes out ".", "x/.." and double slashes; two slashes in front stay. */
IM_METHOD(posix_path_normpath)
{
    Chars c;
    if (chars_of(t, args[0], &c) < 0) return IM_NO_VALUE;
    uint32_t *out = im_raw_alloc(t, ((size_t)c.len + 2) * 4);
    Value r = IM_NO_VALUE;
    if (out) {
        ssize_t n = 0, head = char_at(&c, 0) != '/' ? 0 : char_at(&c, 1) == '/' && char_at(&c, 2) != '/' ? 2 : 1;
        for (ssize_t i = 0; i < head; i++) out[n++] = '/';
        ssize_t fixed = head; /* nothing before is taken away: the root, leading ".." */
        for (ssize_t i = head; i < c.len;) {
            ssize_t j = i;
            while (j < c.len && char_at(&c, j) != '/') j++;
            ssize_t len = j - i;
            bool dots = len == 2 && char_at(&c, i) == '.' && char_at(&c, i + 1) == '.';
            if (len == 0 || (len == 1 && char_at(&c, i) == '.')) {
                /* nothing */
            } else if (dots && n > fixed) {
                while (n > fixed && out[n - 1] != '/') n--;
                if (n > fixed) n--; /* the slash too */
            } else if (!dots || head == 0) {
                if (n > head) out[n++] = '/';
                for (ssize_t k = i; k < j; k++) out[n++] = char_at(&c, k);
                if (dots) fixed = n;
            }
            i = j + 1;
        }
        if (n == 0) out[n++] = '.';
        if (c.bytes) {
            r = im_bytes_new(t, NULL, n);
            for (ssize_t i = 0; i < n && !im_no_value(r); i++) im_bytes_data(r)[i] = (char)out[i];
        } else {
            r = im_str_from_kind(t, 4, out, n);
        }
        im_raw_free(out);
    }
    im_drop(t, c.v);
    return r;
}
IM_METHOD(posix_path_splitroot_ex)
{
    Chars c;
    if (chars_of(t, args[0], &c) < 0) return IM_NO_VALUE;
    ssize_t root = char_at(&c, 0) != '/' ? 0 : char_at(&c, 1) == '/' && char_at(&c, 2) != '/' ? 2 : 1;
    Value r = im_tuple_of(t, (Value[]){chars_slice(t, &c, 0, 0), chars_slice(t, &c, 0, root), chars_slice(t, &c, root, c.len)}, 3);
    im_drop(t, c.v);
    return r;
}

#define RM "($module, /, path, *, dir_fd=None)"
#define MV "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)"
const ImMethodDef im_posix_dir_methods[] = {
    IM_FIXED("getcwd", posix_getcwd, 0, "($module, /)", "Return a unicode string representing the current working directory."),
    IM_FIXED("getcwdb", posix_getcwdb, 0, "($module, /)", "Return a bytes string representing the current working directory."),
    IM_PARSED("chdir", posix_chdir, "($module, /, path)", "Change the current working directory to the specified path."),
    IM_PARSED("fchdir", posix_fchdir, "($module, /, fd)", "Change to the directory of the given file descriptor."),
    IM_PARSED("chroot", posix_chroot, "($module, /, path)", "Change root directory to path."),
    IM_PARSED("mkdir", posix_mkdir, "($module, /, path, mode=511, *, dir_fd=None)", "Create a directory."),
    IM_PARSED("rmdir", posix_rmdir, RM, "Remove a directory."),
    IM_PARSED("unlink", posix_unlink, RM, "Remove a file (same as remove())."),
    IM_PARSED("remove", posix_remove, RM, "Remove a file (same as unlink())."),
    IM_PARSED("rename", posix_rename, MV, "Rename a file or directory."),
    IM_PARSED("replace", posix_replace, MV, "Rename a file or directory, overwriting the destination."),
    IM_PARSED("link", posix_link, "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)", "Create a hard link to a file."),
    IM_PARSED("symlink", posix_symlink, "($module, /, src, dst, target_is_directory=False, *, dir_fd=None)", "Create a symbolic link pointing to src named dst."),
    IM_PARSED("readlink", posix_readlink, RM, "Return a string representing the path to which the symbolic link points."),
    IM_PARSED("mkfifo", posix_mkfifo, "($module, /, path, mode=438, *, dir_fd=None)", "Create a \"fifo\" (a POSIX named pipe)."),
    IM_PARSED("mknod", posix_mknod, "($module, /, path, mode=384, device=0, *, dir_fd=None)", "Create a node in the file system."),
    IM_FIXED("major", posix_major, 1, "($module, device, /)", "Extracts a device major number from a raw device number."),
    IM_FIXED("minor", posix_minor, 1, "($module, device, /)", "Extracts a device minor number from a raw device number."),
    IM_FIXED("makedev", posix_makedev, 2, "($module, major, minor, /)", "Composes a raw device number from the major and minor device numbers."),
    IM_PARSED("listdir", posix_listdir, "($module, /, path=None)", "Return a list containing the names of the files in the directory."),
    IM_PARSED("scandir", im_posix_scandir, "($module, /, path=None)", "Return an iterator of DirEntry objects for given path."),
    IM_PARSED("fspath", posix_fspath, "($module, /, path)", "Return the file system path representation of the object."),
    IM_PARSED("_path_normpath", posix_path_normpath, "($module, /, path)", "Normalize path, eliminating double slashes, etc."),
    IM_PARSED("_path_splitroot_ex", posix_path_splitroot_ex, "($module, /, p)", "Split a pathname into drive, root and tail."),
    IM_END,
};
