/* _io.FileIO: raw access to a file descriptor.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules/io.h"

static ImFileIO *fp(Value v) { return (ImFileIO *)im_ptr(v); }
static Value err_closed(Thread *t) { return im_raise_valueerror(t, "I/O operation on closed file"); }
static Value err_mode(Thread *t, const char *action)
{
    char msg[64];
    snprintf(msg, sizeof msg, "File not open for %s", action);
    return im_io_unsupported(t, msg);
}

static int internal_close(Thread *t, ImFileIO *f)
{
    int fd = f->fd, r, e;
    if (fd < 0) return 0;
    f->fd = -1;
    IM_DETACH(t);
    r = close(fd);
    e = errno;
    IM_ATTACH(t);
    return r < 0 && e != EINTR ? (im_raise_errno(t, e), -1) : 0;
}

static int parse_mode(Thread *t, ImFileIO *f, const char *mode, int *flags)
{
    bool seen = false, plus = false;
    for (const char *m = mode; *m; m++) {
        switch (*m) {
        case 'x': case 'r': case 'w': case 'a':
            if (seen) return im_raise_valueerror(t, "Must have exactly one of create/read/write/append mode and at most one plus"), -1;
            seen = true;
            if (*m == 'r') f->readable = true;
            else f->writable = true;
            if (*m == 'x') { f->created = true; *flags |= O_EXCL | O_CREAT; }
            if (*m == 'w') *flags |= O_CREAT | O_TRUNC;
            if (*m == 'a') { f->appending = true; *flags |= O_APPEND | O_CREAT; }
            break;
        case 'b': break;
        case '+':
            if (plus) return im_raise_valueerror(t, "Must have exactly one of create/read/write/append mode and at most one plus"), -1;
            f->readable = f->writable = true;
            plus = true;
            break;
        default: return im_raise_valueerror(t, "invalid mode: %s", mode), -1;
        }
    }
    if (!seen) return im_raise_valueerror(t, "Must have exactly one of create/read/write/append mode and at most one plus"), -1;
    *flags |= f->readable && f->writable ? O_RDWR : f->readable ? O_RDONLY : O_WRONLY;
    return 0;
}

static int open_with_opener(Thread *t, ImFileIO *f, Value name, Value opener, int flags)
{
    Value r = im_call2(t, opener, name, im_int(flags));
    if (im_no_value(r)) return -1;
    if (!im_is_int_like(r)) { im_drop(t, r); return im_raise_type(t, "expected integer from opener"), -1; }
    int fd, bad = im_as_int(t, r, &fd);
    im_drop(t, r);
    if (bad < 0) return -1;
    if (fd < 0) return im_raise_valueerror(t, "opener returned %d", fd), -1;
    f->fd = fd;
    return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? (im_raise_errno(t, errno), -1) : 0;
}

static int open_path(Thread *t, ImFileIO *f, Value name, int flags)
{
    Value path = im_fs_encode(t, name);
    if (im_no_value(path)) return -1;
    for (;;) {
        int fd, e;
        IM_DETACH(t);
        fd = open(im_bytes_data(path), flags, 0666);
        e = errno;
        IM_ATTACH(t);
        f->fd = fd;
        if (fd >= 0) break;
        if (e == EINTR && im_poll(t) == 0) continue;
        if (e != EINTR) (void)im_raise_errno_path(t, e, name);
        break;
    }
    im_drop(t, path);
    return f->fd < 0 ? -1 : 0;
}

static int file_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    ImFileIO *f = fp(self);
    if (im_parse_args(t, "FileIO", "(file, mode='r', closefd=True, opener=None)", args, nargs, kwnames, &a) < 0) return -1;
    Value name = a.v[0];
    int r = -1, closefd = im_no_value(a.v[2]) ? 1 : im_truth(t, a.v[2]), flags = O_CLOEXEC, fd = -1;
    const char *mode = "r";
    bool own = false;
    if (closefd < 0) goto done;
    if (f->fd >= 0) {
        if (f->closefd && internal_close(t, f) < 0) goto done;
        f->fd = -1;
    }
    f->created = f->readable = f->writable = f->appending = false;
    f->seekable = -1;
    f->closefd = closefd;
    if (im_is_bool(name) && im_warn(t, &im_RuntimeWarning_type, 1, "bool is used as a file descriptor") < 0) goto done;
    if (!im_no_value(a.v[1])) {
        if (!im_is_str(a.v[1])) { (void)im_raise_type(t, "FileIO() argument 'mode' must be str, not %T", a.v[1]); goto done; }
        mode = im_str_utf8(t, a.v[1], NULL);
        if (!mode) goto done;
    }
    if (im_is_index(name)) {
        fd = -1;
        if (im_as_int(t, name, &fd) < 0) { im_exc_clear(t); fd = -1; } /* then it is no path either */
        else if (fd < 0) { (void)im_raise_valueerror(t, "negative file descriptor"); goto done; }
    }
    if (parse_mode(t, f, mode, &flags) < 0) goto done;
    if (im_load_acquire(&im_audit_hook)) {
        Value text = im_str_from_cstr(t, mode);
        int bad = im_no_value(text) ? -1 : IM_AUDIT(t, "open", name, text, im_int(flags));
        im_xdrop(t, text);
        if (bad < 0) goto done;
    }
    if (fd >= 0) {
        f->fd = fd;
    } else {
        f->closefd = true;
        if (!closefd) { (void)im_raise_valueerror(t, "Cannot use closefd=False with file name"); goto done; }
        own = true;
        if ((im_no_value(a.v[3]) || im_is_none(a.v[3]) ? open_path(t, f, name, flags) : open_with_opener(t, f, name, a.v[3], flags)) < 0) goto done;
    }
    struct stat st;
    f->blksize = IM_IO_BUFFER_SIZE;
    if (fstat(f->fd, &st) < 0) {
        if (errno == EBADF) { if (!own) f->fd = -1; (void)im_raise_errno_path(t, EBADF, IM_NO_VALUE); goto done; }
    } else {
        if (S_ISDIR(st.st_mode)) { (void)im_raise_errno_path(t, EISDIR, name); goto done; }
        if (st.st_blksize > 1) f->blksize = (uint32_t)st.st_blksize;
        f->regular = S_ISREG(st.st_mode);
    }
    if (im_setattr(t, self, IM_S(name), name) < 0) goto done;
    if (f->appending && lseek(f->fd, 0, SEEK_END) < 0 && errno != ESPIPE) { (void)im_raise_errno(t, errno); goto done; }
    r = 0;
done:
    if (r < 0) {
        if (own) { Value e = im_exc_fetch(t); (void)internal_close(t, f); im_exc_restore(t, e); }
        else f->fd = -1;
    }
    im_args_fini(t, &a);
    return r;
}

static Value file_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args; (void)nargs; (void)kwnames;
    ImFileIO *f = (ImFileIO *)im_instance_alloc(t, type, 0);
    if (!f) return IM_NO_VALUE;
    f->fd = -1;
    f->seekable = -1;
    f->closefd = true;
    f->blksize = IM_IO_BUFFER_SIZE;
    return im_value(f);
}

static Value file_close(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImFileIO *f = fp(self);
    Value base = im_type_lookup(t, &im_RawIOBase__type, IM_S(close)), r = im_no_value(base) ? base : im_call1(t, base, self), e = im_exc_fetch(t);
    im_xdrop(t, base);
    if (!f->closefd) f->fd = -1;
    else {
        Value fin;
        if (f->fd >= 0 && im_lookup_attr(t, self, IM_S(_finalizing), &fin) > 0) {
            im_drop(t, fin);
            if (im_warn(t, &im_ResourceWarning_type, 1, "unclosed file %R", self) < 0) {
                if (im_pending_is(t, &im_Warning_type)) im_write_unraisable(t, NULL, self);
                im_exc_clear(t);
            }
        }
        im_exc_clear(t);
        if (internal_close(t, f) < 0) { im_xdrop(t, r); r = IM_NO_VALUE; }
    }
    if (!im_no_value(e)) { im_exc_restore(t, e); im_xdrop(t, r); return IM_NO_VALUE; }
    return r;
}
static Value file_fileno(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return fp(self)->fd < 0 ? err_closed(t) : im_int(fp(self)->fd); }
static Value file_readable(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return fp(self)->fd < 0 ? err_closed(t) : im_bool(fp(self)->readable); }
static Value file_writable(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return fp(self)->fd < 0 ? err_closed(t) : im_bool(fp(self)->writable); }
static Value file_seekable(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImFileIO *f = fp(self);
    if (f->fd < 0) return err_closed(t);
    if (f->seekable < 0) f->seekable = lseek(f->fd, 0, SEEK_CUR) >= 0;
    return im_bool(f->seekable == 1);
}
static Value file_isatty(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return fp(self)->fd < 0 ? err_closed(t) : im_bool(isatty(fp(self)->fd)); }

static Value file_readinto(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ImFileIO *f = fp(self);
    ImBuffer b;
    if (f->fd < 0) return err_closed(t);
    if (!f->readable) return err_mode(t, "reading");
    if (im_buffer_get(t, a[0], &b, IM_BUF_WRITABLE) < 0) {
        if (im_exc_clear_if(t, &im_TypeError_type) || im_exc_clear_if(t, &im_BufferError_type))
            (void)im_raise_type(t, "readinto() argument must be read-write bytes-like object, not %T", a[0]);
        return IM_NO_VALUE;
    }
    ssize_t r = im_io_read_fd(t, f->fd, b.buf, (size_t)b.len);
    im_buffer_release(t, &b);
    return r == -2 ? IM_NONE : r < 0 ? IM_NO_VALUE : im_int(r);
}

static Value file_readall(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImFileIO *f = fp(self);
    if (f->fd < 0) return err_closed(t);
    struct stat st;
    ssize_t size = IM_IO_BUFFER_SIZE, used = 0;
    off_t pos;
    if (fstat(f->fd, &st) == 0 && st.st_size > 0 && (pos = lseek(f->fd, 0, SEEK_CUR)) >= 0 && st.st_size >= pos) size = st.st_size - pos + 1;
    Value out = im_bytes_new(t, NULL, size);
    if (im_no_value(out)) return out;
    for (;;) {
        if (im_poll(t) < 0) { im_drop(t, out); return IM_NO_VALUE; } /* a device has no end, and may never let us wait */
        if (used >= size) {
            size += size > 65536 ? size / 4 : size + IM_IO_BUFFER_SIZE;
            if (im_bytes_resize(t, &out, size) < 0) return IM_NO_VALUE;
        }
        ssize_t r = im_io_read_fd(t, f->fd, im_bytes_data(out) + used, (size_t)(size - used));
        if (r == 0) break;
        if (r == -2) {
            if (used) break;
            im_drop(t, out);
            return IM_NONE;
        }
        if (r < 0) { im_drop(t, out); return IM_NO_VALUE; }
        used += r;
    }
    return im_bytes_resize(t, &out, used) < 0 ? IM_NO_VALUE : out;
}

static Value file_read(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    ImFileIO *f = fp(self);
    ssize_t size = -1;
    if (f->fd < 0) return err_closed(t);
    if (!f->readable) return err_mode(t, "reading");
    if (n && !im_is_none(a[0]) && im_as_ssize(t, a[0], &im_OverflowError_type, &size) < 0) return IM_NO_VALUE;
    if (size < 0) return file_readall(t, self, NULL, 0, kw);
    Value out = im_bytes_new(t, NULL, size);
    if (im_no_value(out)) return out;
    ssize_t r = im_io_read_fd(t, f->fd, im_bytes_data(out), (size_t)size);
    if (r < 0) { im_drop(t, out); return r == -2 ? IM_NONE : IM_NO_VALUE; }
    return im_bytes_resize(t, &out, r) < 0 ? IM_NO_VALUE : out;
}

static Value file_write(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ImFileIO *f = fp(self);
    ImBuffer b;
    if (f->fd < 0) return err_closed(t);
    if (!f->writable) return err_mode(t, "writing");
    if (im_buffer_get(t, a[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    ssize_t r = im_io_write_fd(t, f->fd, b.buf, (size_t)b.len);
    im_buffer_release(t, &b);
    return r == -2 ? IM_NONE : r < 0 ? IM_NO_VALUE : im_int(r);
}

static Value do_seek(Thread *t, ImFileIO *f, Value off, int whence)
{
    int64_t pos = 0;
    if (!im_no_value(off)) {
        if (im_is_float(off)) return im_raise_type(t, "an integer is required");
        if (im_as_int64(t, off, &pos) < 0) return IM_NO_VALUE;
    }
    off_t r;
    IM_DETACH(t);
    r = lseek(f->fd, pos, whence);
    IM_ATTACH(t);
    if (f->seekable < 0) f->seekable = r >= 0;
    return r < 0 ? im_raise_errno(t, errno) : im_int_new(t, r);
}
static Value file_seek(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    int whence = 0;
    if (n > 1 && im_as_int(t, a[1], &whence) < 0) return IM_NO_VALUE;
    return fp(self)->fd < 0 ? err_closed(t) : do_seek(t, fp(self), a[0], whence);
}
static Value file_tell(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return fp(self)->fd < 0 ? err_closed(t) : do_seek(t, fp(self), IM_NO_VALUE, 1); }
static Value file_truncate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ImFileIO *f = fp(self);
    int64_t pos;
    if (f->fd < 0) return err_closed(t);
    if (!f->writable) return err_mode(t, "writing");
    Value size = n && !im_is_none(a[0]) ? im_new_ref(a[0]) : do_seek(t, f, IM_NO_VALUE, 1);
    if (im_no_value(size)) return size;
    if (im_as_int64(t, size, &pos) < 0) { im_drop(t, size); return IM_NO_VALUE; }
    int r, e;
    IM_DETACH(t);
    r = ftruncate(f->fd, pos);
    e = errno;
    IM_ATTACH(t);
    if (r < 0) { im_drop(t, size); return im_raise_errno(t, e); }
    return size;
}
static const char *mode_of(const ImFileIO *f)
{
    if (f->created) return f->readable ? "xb+" : "xb";
    if (f->appending) return f->readable ? "ab+" : "ab";
    return f->readable ? (f->writable ? "rb+" : "rb") : "wb";
}
static Value file_get_closed(Thread *t, Value self, void *c) { (void)t; (void)c; return im_bool(fp(self)->fd < 0); }
static Value file_get_closefd(Thread *t, Value self, void *c) { (void)t; (void)c; return im_bool(fp(self)->closefd); }
static Value file_get_mode(Thread *t, Value self, void *c) { (void)c; return im_str_from_cstr(t, mode_of(fp(self))); }
static Value file_get_blksize(Thread *t, Value self, void *c) { (void)t; (void)c; return im_int(fp(self)->blksize); }
static Value file_repr(Thread *t, Value self)
{
    ImFileIO *f = fp(self);
    Value name;
    if (f->fd < 0) return im_str_format(t, "<%N [closed]>", im_type_of(self));
    if (im_lookup_attr(t, self, IM_S(name), &name) < 0) return IM_NO_VALUE;
    if (im_no_value(name)) return im_str_format(t, "<%N fd=%d mode='%s' closefd=%s>", im_type_of(self), f->fd, mode_of(f), f->closefd ? "True" : "False");
    int r = im_repr_enter(t, self);
    Value s = IM_NO_VALUE;
    if (r > 0) (void)im_raise_runtime(t, "reentrant call inside %s.__repr__", "_io.FileIO");
    if (r == 0) {
        s = im_str_format(t, "<%N name=%R mode='%s' closefd=%s>", im_type_of(self), name, mode_of(f), f->closefd ? "True" : "False");
        im_repr_leave(t, self);
    }
    im_drop(t, name);
    return s;
}
static Value file_dealloc_warn(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    if (fp(self)->fd >= 0 && fp(self)->closefd && im_warn(t, &im_ResourceWarning_type, 1, "unclosed file %R", a[0]) < 0) im_write_unraisable(t, NULL, self);
    return IM_NONE;
}
static const ImMethodDef file_methods[] = {
    IM_RANGE("read", file_read, 0, 1, "($self, size=-1, /)", "Read at most size bytes, returned as bytes."), IM_FIXED("readall", file_readall, 0, "($self, /)", "Read all data from the file, returned as bytes."),
    IM_FIXED("readinto", file_readinto, 1, "($self, buffer, /)", "Same as RawIOBase.readinto()."), IM_FIXED("write", file_write, 1, "($self, b, /)", "Write buffer b to file, return number of bytes written."),
    IM_RANGE("seek", file_seek, 1, 2, "($self, pos, whence=0, /)", "Move to new file position and return the file position."), IM_FIXED("tell", file_tell, 0, "($self, /)", "Current file position."),
    IM_RANGE("truncate", file_truncate, 0, 1, "($self, size=None, /)", "Truncate the file to at most size bytes and return the truncated size."),
    IM_FIXED("close", file_close, 0, "($self, /)", "Close the file."), IM_FIXED("seekable", file_seekable, 0, "($self, /)", "True if file supports random-access."),
    IM_FIXED("readable", file_readable, 0, "($self, /)", "True if file was opened in a read mode."), IM_FIXED("writable", file_writable, 0, "($self, /)", "True if file was opened in a write mode."),
    IM_FIXED("fileno", file_fileno, 0, "($self, /)", "Return the underlying file descriptor (an integer)."), IM_FIXED("isatty", file_isatty, 0, "($self, /)", "True if the file is connected to a TTY device."),
    IM_FIXED("_isatty_open_only", file_isatty, 0, NULL, NULL), IM_FIXED("_dealloc_warn", file_dealloc_warn, 1, "($self, object, /)", NULL), IM_RAW("__getstate__", im_io_no_pickle, NULL, NULL), IM_END};
static const ImGetSetDef file_getset[] = {{"closed", file_get_closed, NULL, "True if the file is closed", NULL}, {"closefd", file_get_closefd, NULL, "True if the file descriptor will be closed by close().", NULL},
    {"mode", file_get_mode, NULL, "String giving the file mode", NULL}, {"_blksize", file_get_blksize, NULL, "Stat st_blksize if available", NULL}, {0}};
static const ImSlots file_slots = {.repr = file_repr, .init = file_init, .new_ = file_new};
static const ImTypeSpec fileio_spec = {.name = "_io.FileIO", .size = sizeof(ImFileIO), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_HAS_DICT | IM_TF_WEAKREF, .base = &im_RawIOBase__type,
    .slots = &file_slots, .methods = file_methods, .getset = file_getset, .finalize = im_io_finalize, .text_signature = "(file, mode='r', closefd=True, opener=None)", .doc = "Open a file."};
IM_TYPE(FileIO, &fileio_spec);
