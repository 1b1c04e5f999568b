/* posix: reading and writing by file descriptor.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "modules/posix.h"

IM_INLINE Value size_or_error(Thread *t, ssize_t r, int e) { return r < 0 ? im_syscall_error(t, e) : im_int_new(t, r); }
/* More in one call is cut off by the system anyway. */
enum { MAX_IO = 0x7ffff000 };

static Value read_bytes(Thread *t, int fd, ssize_t n, const off_t *at)
{
    if (n < 0) return im_raise_errno(t, EINVAL);
    if (n > MAX_IO) n = MAX_IO;
    Value b = im_bytes_new(t, NULL, n);
    if (im_no_value(b)) return b;
    ssize_t r;
    int e;
    IM_SYSCALL(t, r, e, at ? pread(fd, im_bytes_data(b), (size_t)n, *at) : read(fd, im_bytes_data(b), (size_t)n));
    if (r < 0) {
        im_drop(t, b);
        return im_syscall_error(t, e);
    }
    if (r != n && im_bytes_resize(t, &b, r) < 0) return IM_NO_VALUE;
    return b;
}
IM_METHOD(posix_read)
{
    int fd;
    ssize_t n;
    if (im_as_int(t, args[0], &fd) < 0 || im_as_ssize(t, args[1], &im_OverflowError_type, &n) < 0) return IM_NO_VALUE;
    return read_bytes(t, fd, n, NULL);
}
IM_METHOD(posix_pread)
{
    int fd;
    ssize_t n;
    off_t at;
    if (im_as_int(t, args[0], &fd) < 0 || im_as_ssize(t, args[1], &im_OverflowError_type, &n) < 0 || im_off_arg(t, args[2], &at) < 0) return IM_NO_VALUE;
    return read_bytes(t, fd, n, &at);
}
static Value write_bytes(Thread *t, int fd, Value data, const off_t *at)
{
    ImBuffer b;
    if (im_buffer_get(t, data, &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    ssize_t r;
    size_t n = b.len > MAX_IO ? MAX_IO : (size_t)b.len;
    int e;
    IM_SYSCALL(t, r, e, at ? pwrite(fd, b.buf, n, *at) : write(fd, b.buf, n));
    im_buffer_release(t, &b);
    return size_or_error(t, r, e);
}
IM_METHOD(posix_write)
{
    int fd;
    return im_as_int(t, args[0], &fd) < 0 ? IM_NO_VALUE : write_bytes(t, fd, args[1], NULL);
}
IM_METHOD(posix_pwrite)
{
    int fd;
    off_t at;
    return im_as_int(t, args[0], &fd) < 0 || im_off_arg(t, args[2], &at) < 0 ? IM_NO_VALUE : write_bytes(t, fd, args[1], &at);
}

/* --- several buffers --------------------------------------------------------------------------------------------------------------------- */

typedef struct Vectors { struct iovec *iov; ImBuffer *buffers; int n; } Vectors;

static void vectors_fini(Thread *t, Vectors *v)
{
    for (int i = 0; i < v->n; i++) im_buffer_release(t, &v->buffers[i]);
    im_raw_free(v->iov);
    im_raw_free(v->buffers);
}
static int vectors_get(Thread *t, Value seq, const char *fname, int flags, Vectors *v)
{
    *v = (Vectors){0};
    if (!im_is_sequence(seq)) return im_raise_type(t, "%s() arg 2 must be a sequence", fname), -1;
    Value list = im_to_tuple(t, seq);
    if (im_no_value(list)) return -1;
    size_t n = (size_t)im_tuple_len(list);
    int r = -1;
    v->iov = im_raw_alloc(t, n * sizeof(struct iovec));
    v->buffers = v->iov ? im_raw_alloc(t, n * sizeof(ImBuffer)) : NULL;
    if (v->buffers) {
        r = 0;
        for (size_t i = 0; i < n && r == 0; i++) {
            r = im_buffer_get(t, im_tuple_get(list, (ssize_t)i), &v->buffers[i], flags);
            if (r < 0) break;
            v->iov[i] = (struct iovec){v->buffers[i].buf, (size_t)v->buffers[i].len};
            v->n++;
        }
    }
    im_drop(t, list);
    if (r < 0) vectors_fini(t, v);
    return r;
}
static Value vector_io(Thread *t, const Value *args, const char *fname, bool out, const off_t *at, int flags)
{
    int fd, e;
    Vectors v;
    ssize_t r;
    if (im_as_int(t, args[0], &fd) < 0 || vectors_get(t, args[1], fname, out ? IM_BUF_SIMPLE : IM_BUF_WRITABLE, &v) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, at ? (out ? pwritev2(fd, v.iov, v.n, *at, flags) : preadv2(fd, v.iov, v.n, *at, flags)) : out ? writev(fd, v.iov, v.n) : readv(fd, v.iov, v.n));
    vectors_fini(t, &v);
    return size_or_error(t, r, e);
}
IM_METHOD(posix_readv) { return vector_io(t, args, "readv", false, NULL, 0); }
IM_METHOD(posix_writev) { return vector_io(t, args, "writev", true, NULL, 0); }
static Value vector_at(Thread *t, const Value *args, size_t nargs, const char *fname, bool out)
{
    off_t at;
    int flags = 0;
    if (im_off_arg(t, args[2], &at) < 0 || (nargs > 3 && im_as_int(t, args[3], &flags) < 0)) return IM_NO_VALUE;
    return vector_io(t, args, fname, out, &at, flags);
}
IM_METHOD(posix_preadv) { return vector_at(t, args, nargs, "preadv", false); }
IM_METHOD(posix_pwritev) { return vector_at(t, args, nargs, "pwritev", true); }

/* --- between descriptors ------------------------------------------------------------------------------------------------------------------ */

IM_METHOD(posix_sendfile)
{
    int out, in, e;
    ssize_t count, r;
    off_t at = 0;
    bool none = im_is_none(args[2]);
    if (im_as_int(t, args[0], &out) < 0 || im_as_int(t, args[1], &in) < 0 || (!none && im_off_arg(t, args[2], &at) < 0)) return IM_NO_VALUE;
    if (im_as_ssize(t, args[3], &im_OverflowError_type, &count) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, sendfile(out, in, none ? NULL : &at, (size_t)count));
    return size_or_error(t, r, e);
}
/* src, dst, count and two offsets that may be None. */
typedef struct Copy { int src, dst; ssize_t count; off_t from, to; bool has_from, has_to; } Copy;
static int copy_args(Thread *t, const Value *args, Copy *c)
{
    *c = (Copy){.has_from = im_given(args[3]), .has_to = im_given(args[4])};
    if (im_as_int(t, args[0], &c->src) < 0 || im_as_int(t, args[1], &c->dst) < 0 || im_as_ssize(t, args[2], &im_OverflowError_type, &c->count) < 0) return -1;
    if ((c->has_from && im_off_arg(t, args[3], &c->from) < 0) || (c->has_to && im_off_arg(t, args[4], &c->to) < 0)) return -1;
    if (c->count < 0) return im_raise_valueerror(t, "negative value for 'count' not allowed"), -1;
    return 0;
}
IM_METHOD(posix_copy_file_range)
{
    Copy c;
    ssize_t r;
    int e;
    if (copy_args(t, args, &c) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, copy_file_range(c.src, c.has_from ? &c.from : NULL, c.dst, c.has_to ? &c.to : NULL, (size_t)c.count, 0));
    return size_or_error(t, r, e);
}
IM_METHOD(posix_splice)
{
    Copy c;
    ssize_t r;
    int e;
    uint64_t flags = 0;
    if (copy_args(t, args, &c) < 0 || (!im_no_value(args[5]) && im_as_uint64_wrap(t, args[5], &flags) < 0)) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, splice(c.src, c.has_from ? &c.from : NULL, c.dst, c.has_to ? &c.to : NULL, (size_t)c.count, (unsigned)flags));
    return size_or_error(t, r, e);
}

const ImMethodDef im_posix_io_methods[] = {
    IM_FIXED("read", posix_read, 2, "($module, fd, length, /)", "Read from a file descriptor.  Returns a bytes object."),
    IM_FIXED("pread", posix_pread, 3, "($module, fd, length, offset, /)", "Read a number of bytes from a file descriptor starting at a particular offset."),
    IM_FIXED("write", posix_write, 2, "($module, fd, data, /)", "Write a bytes object to a file descriptor."),
    IM_FIXED("pwrite", posix_pwrite, 3, "($module, fd, buffer, offset, /)", "Write bytes to a file descriptor starting at a particular offset."),
    IM_FIXED("readv", posix_readv, 2, "($module, fd, buffers, /)", "Read from a file descriptor fd into an iterable of buffers."),
    IM_FIXED("writev", posix_writev, 2, "($module, fd, buffers, /)", "Iterate over buffers, and write the contents of each to a file descriptor."),
    IM_RANGE("preadv", posix_preadv, 3, 4, "($module, fd, buffers, offset, flags=0, /)", "Reads from a file descriptor into a number of mutable bytes-like objects."),
    IM_RANGE("pwritev", posix_pwritev, 3, 4, "($module, fd, buffers, offset, flags=0, /)", "Writes the contents of bytes-like objects to a file descriptor at a given offset."),
    IM_PARSED("sendfile", posix_sendfile, "($module, /, out_fd, in_fd, offset, count)", "Copy count bytes from file descriptor in_fd to file descriptor out_fd."),
    IM_PARSED("copy_file_range", posix_copy_file_range, "($module, /, src, dst, count, offset_src=None, offset_dst=None)", "Copy count bytes from one file descriptor to another."),
    IM_PARSED("splice", posix_splice, "($module, /, src, dst, count, offset_src=None, offset_dst=None, flags=0)", "Transfer count bytes from one pipe to a descriptor or vice versa."),
    IM_END,
};
