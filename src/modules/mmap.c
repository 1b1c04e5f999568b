/* mmap: files and shared memory as bytes that can be changed.
 *
 * The mapping can be closed or moved by another thread, so every use of it holds the object's mutex; buffers that are exported keep it in place instead.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules/syscall.h"

typedef enum Access { ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY } Access;
typedef struct Mmap {
    ImObject head;
    ImMutex mutex;     /* guards all that follows */
    char *data;        /* null: closed */
    ssize_t size, pos, exports;
    off_t offset;
    int fd, flags;     /* fd: a copy of our own, or -1 */
    bool track;        /* a file's own descriptor is kept: may be resized */
    Access access;
} Mmap;
IM_TYPE_DECLARE(mmap);
IM_INLINE Mmap *mm(Value v) { return (Mmap *)im_ptr(v); }

/* Takes the mutex; false, without it, when closed. */
static bool enter(Thread *t, Mmap *m)
{
    im_mutex_acquire(t, &m->mutex);
    if (m->data) return true;
    im_mutex_unlock(&m->mutex);
    im_raise_valueerror(t, "mmap closed or invalid");
    return false;
}
static bool enter_to_write(Thread *t, Mmap *m)
{
    if (!enter(t, m)) return false;
    if (m->access != ACCESS_READ) return true;
    im_mutex_unlock(&m->mutex);
    im_raise_type(t, "mmap can't modify a readonly memory map.");
    return false;
}
static void leave(Mmap *m) { im_mutex_unlock(&m->mutex); }
/* Leaves and raises. */
#define FAIL(m, raise) (leave(m), (raise))

/* --- making and ending ---------------------------------------------------------------------------------------------------------------- */

static int check_file(Thread *t, int fd, ssize_t *size, off_t offset)
{
    struct stat st;
    if (fstat(fd, &st) < 0) return 0; /* mmap itself will tell */
    if (!S_ISREG(st.st_mode)) return 0;
    if (*size == 0) {
        if (st.st_size == 0) return im_raise_valueerror(t, "cannot mmap an empty file"), -1;
        if (offset >= st.st_size) return im_raise_valueerror(t, "mmap offset is greater than file size"), -1;
        *size = st.st_size - offset;
    } else if (offset > st.st_size || st.st_size - offset < *size) {
        return im_raise_valueerror(t, "mmap length is greater than file size"), -1;
    }
    return 0;
}
static Value mmap_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "mmap", "(fileno, length, flags=MAP_SHARED, prot=PROT_WRITE|PROT_READ, access=ACCESS_DEFAULT, offset=0, *, trackfd=True)", args, nargs, kwnames, &a) < 0)
        return IM_NO_VALUE;
    int fd, flags = MAP_SHARED, prot = PROT_READ | PROT_WRITE, access = ACCESS_DEFAULT, track = 1, e;
    ssize_t size;
    int64_t offset = 0;
    Value v = IM_NO_VALUE;
    if (im_as_int(t, a.v[0], &fd) < 0 || im_as_ssize(t, a.v[1], &im_OverflowError_type, &size) < 0 || (!im_no_value(a.v[2]) && im_as_int(t, a.v[2], &flags) < 0) ||
        (!im_no_value(a.v[3]) && im_as_int(t, a.v[3], &prot) < 0) || (!im_no_value(a.v[4]) && im_as_int(t, a.v[4], &access) < 0) ||
        (!im_no_value(a.v[5]) && im_as_int64(t, a.v[5], &offset) < 0) || (!im_no_value(a.v[6]) && (track = im_truth(t, a.v[6])) < 0))
        goto done;
    if (IM_AUDIT(t, "mmap.__new__", im_int(fd), im_int(size), im_int(access), im_int(offset)) < 0) goto done;
    if (size < 0) { im_raise_overflow(t, "memory mapped length must be positive"); goto done; }
    if (offset < 0) { im_raise_overflow(t, "memory mapped offset must be positive"); goto done; }
    if (access != ACCESS_DEFAULT && (flags != MAP_SHARED || prot != (PROT_READ | PROT_WRITE))) {
        im_raise_valueerror(t, "mmap can't specify both access and flags, prot.");
        goto done;
    }
    switch (access) {
    case ACCESS_READ: prot = PROT_READ; break;
    case ACCESS_WRITE: break;
    case ACCESS_COPY: flags = MAP_PRIVATE; break;
    case ACCESS_DEFAULT:
        if ((prot & PROT_READ) && (prot & PROT_WRITE)) access = ACCESS_DEFAULT;
        else if (prot & PROT_WRITE) access = ACCESS_WRITE;
        else access = ACCESS_READ;
        break;
    default: im_raise_valueerror(t, "mmap invalid access parameter."); goto done;
    }
    if (fd != -1 && check_file(t, fd, &size, offset) < 0) goto done;
    v = im_instance_new(t, type);
    if (im_no_value(v)) goto done;
    Mmap *m = mm(v);
    m->fd = -1;
    m->size = size;
    m->offset = offset;
    m->access = (Access)access;
    if (fd == -1) {
        flags |= MAP_ANONYMOUS;
    } else if (track && (m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0) {
        IM_ERRNO(t);
        IM_CLEAR(t, v);
        goto done;
    }
    m->flags = flags;
    m->track = track;
    void *p;
    IM_DETACH(t);
    p = mmap(NULL, (size_t)size, prot, flags, fd, offset);
    e = errno;
    IM_ATTACH(t);
    if (p == MAP_FAILED) {
        im_raise_errno(t, e);
        IM_CLEAR(t, v);
        goto done;
    }
    m->data = p;
done:
    im_args_fini(t, &a);
    return v;
}
static void unmap(Thread *t, Mmap *m)
{
    char *data = m->data;
    int fd = m->fd;
    m->data = NULL;
    m->fd = -1;
    IM_DETACH(t);
    if (fd >= 0) close(fd);
    if (data) munmap(data, (size_t)m->size);
    IM_ATTACH(t);
}
IM_METHOD(mmap_close)
{
    Mmap *m = mm(self);
    im_mutex_acquire(t, &m->mutex);
    if (m->exports > 0) return FAIL(m, im_raise(t, &im_BufferError_type, "cannot close exported pointers exist"));
    if (m->data) unmap(t, m);
    leave(m);
    return IM_NONE;
}
static void mmap_destroy(Thread *t, ImObject *o) { unmap(t, (Mmap *)o); }
IM_METHOD(mmap_enter)
{
    if (!enter(t, mm(self))) return IM_NO_VALUE;
    leave(mm(self));
    return im_new_ref(self);
}
IM_METHOD(mmap_resize)
{
    Mmap *m = mm(self);
    ssize_t n;
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &n) < 0 || !enter(t, m)) return IM_NO_VALUE;
    if (n < 0) return FAIL(m, im_raise_valueerror(t, "new size out of range"));
    if (m->exports > 0) return FAIL(m, im_raise(t, &im_BufferError_type, "mmap can't resize with extant pointers exported."));
    if (m->access != ACCESS_WRITE && m->access != ACCESS_DEFAULT) return FAIL(m, im_raise_type(t, "mmap can't resize a readonly or copy-on-write memory map."));
    if (!m->track) return FAIL(m, im_raise_valueerror(t, "mmap can't resize with trackfd=False."));
    if (m->fd == -1 && !(m->flags & MAP_PRIVATE) && n > m->size) return FAIL(m, im_raise_valueerror(t, "mmap: can't expand a shared anonymous mapping"));
    if (m->fd != -1 && ftruncate(m->fd, m->offset + n) < 0) { int e = errno; return FAIL(m, im_raise_errno(t, e)); }
    void *p = mremap(m->data, (size_t)m->size, (size_t)n, MREMAP_MAYMOVE);
    if (p == MAP_FAILED) { int e = errno; return FAIL(m, im_raise_errno(t, e)); }
    m->data = p;
    m->size = n;
    leave(m);
    return IM_NONE;
}

/* --- as a file --------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(mmap_read)
{
    Mmap *m = mm(self);
    ssize_t n = -1;
    if (nargs && !im_is_none(args[0])) {
        if (!im_is_index(args[0])) return im_raise_type(t, "argument should be integer or None, not '%.200T'", args[0]);
        if (im_as_ssize(t, args[0], &im_OverflowError_type, &n) < 0) return IM_NO_VALUE;
    }
    if (!enter(t, m)) return IM_NO_VALUE;
    ssize_t left = m->pos < m->size ? m->size - m->pos : 0;
    if (n < 0 || n > left) n = left;
    Value r = im_bytes_new(t, m->data + m->pos, n);
    if (!im_no_value(r)) m->pos += n;
    leave(m);
    return r;
}
IM_METHOD(mmap_readline)
{
    Mmap *m = mm(self);
    if (!enter(t, m)) return IM_NO_VALUE;
    ssize_t left = m->pos < m->size ? m->size - m->pos : 0;
    const char *nl = left ? memchr(m->data + m->pos, '\n', (size_t)left) : NULL;
    ssize_t n = nl ? nl + 1 - (m->data + m->pos) : left;
    Value r = im_bytes_new(t, m->data + m->pos, n);
    if (!im_no_value(r)) m->pos += n;
    leave(m);
    return r;
}
IM_METHOD(mmap_read_byte)
{
    Mmap *m = mm(self);
    if (!enter(t, m)) return IM_NO_VALUE;
    if (m->pos >= m->size) return FAIL(m, im_raise_valueerror(t, "read byte out of range"));
    Value r = im_int((uint8_t)m->data[m->pos++]);
    leave(m);
    return r;
}
IM_METHOD(mmap_write)
{
    Mmap *m = mm(self);
    ImBuffer b;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (enter_to_write(t, m)) {
        if (m->pos > m->size || m->size - m->pos < b.len) {
            im_raise_valueerror(t, "data out of range");
        } else {
            memmove(m->data + m->pos, b.buf, (size_t)b.len);
            m->pos += b.len;
            r = im_int(b.len);
        }
        leave(m);
    }
    im_buffer_release(t, &b);
    return r;
}
static int byte_arg(Thread *t, Value v, uint8_t *out)
{
    int64_t n;
    if (im_as_int64(t, v, &n) < 0) return -1;
    if (n < 0) return im_raise_overflow(t, "unsigned byte integer is less than minimum"), -1;
    if (n > 255) return im_raise_overflow(t, "unsigned byte integer is greater than maximum"), -1;
    *out = (uint8_t)n;
    return 0;
}
IM_METHOD(mmap_write_byte)
{
    Mmap *m = mm(self);
    uint8_t byte;
    if (byte_arg(t, args[0], &byte) < 0 || !enter_to_write(t, m)) return IM_NO_VALUE;
    if (m->pos >= m->size) return FAIL(m, im_raise_valueerror(t, "write byte out of range"));
    m->data[m->pos++] = (char)byte;
    leave(m);
    return IM_NONE;
}
IM_METHOD(mmap_seek)
{
    Mmap *m = mm(self);
    ssize_t dist;
    int how = 0;
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &dist) < 0 || (nargs > 1 && im_as_int(t, args[1], &how) < 0) || !enter(t, m)) return IM_NO_VALUE;
    if (how < 0 || how > 2) return FAIL(m, im_raise_valueerror(t, "unknown seek type"));
    ssize_t from = how == 0 ? 0 : how == 1 ? m->pos : m->size, to;
    if (__builtin_add_overflow(from, dist, &to) || to < 0 || to > m->size) return FAIL(m, im_raise_valueerror(t, "seek out of range"));
    m->pos = to;
    leave(m);
    return im_int(to);
}
IM_METHOD(mmap_tell)
{
    Mmap *m = mm(self);
    if (!enter(t, m)) return IM_NO_VALUE;
    Value r = im_int(m->pos);
    leave(m);
    return r;
}
IM_METHOD(mmap_seekable) { return IM_TRUE; }
IM_METHOD(mmap_size)
{
    Mmap *m = mm(self);
    struct stat st;
    if (!enter(t, m)) return IM_NO_VALUE;
    int r = fstat(m->fd, &st), e = errno;
    leave(m);
    return r < 0 ? im_raise_errno(t, e) : im_int_new(t, st.st_size);
}
IM_METHOD(mmap_flush)
{
    Mmap *m = mm(self);
    ssize_t offset = 0, size = -1;
    if ((nargs > 0 && im_as_ssize(t, args[0], &im_OverflowError_type, &offset) < 0) || (nargs > 1 && im_as_ssize(t, args[1], &im_OverflowError_type, &size) < 0)) return IM_NO_VALUE;
    if (!enter(t, m)) return IM_NO_VALUE;
    if (nargs < 1) size = m->size;
    else if (nargs < 2) size = m->size - offset;
    if (size < 0 || offset < 0 || m->size - offset < size) return FAIL(m, im_raise_valueerror(t, "flush values out of range"));
    if (m->access == ACCESS_READ || m->access == ACCESS_COPY) { leave(m); return IM_NONE; }
    int r, e;
    IM_DETACH(t);
    r = msync(m->data + offset, (size_t)size, MS_SYNC);
    e = errno;
    IM_ATTACH(t);
    leave(m);
    return r < 0 ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(mmap_move)
{
    Mmap *m = mm(self);
    ssize_t to, from, n;
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &to) < 0 || im_as_ssize(t, args[1], &im_OverflowError_type, &from) < 0 || im_as_ssize(t, args[2], &im_OverflowError_type, &n) < 0)
        return IM_NO_VALUE;
    if (!enter_to_write(t, m)) return IM_NO_VALUE;
    if (to < 0 || from < 0 || n < 0 || m->size - to < n || m->size - from < n) return FAIL(m, im_raise_valueerror(t, "source, destination, or count out of range"));
    memmove(m->data + to, m->data + from, (size_t)n);
    leave(m);
    return IM_NONE;
}
IM_METHOD(mmap_madvise)
{
    Mmap *m = mm(self);
    int option;
    ssize_t start = 0, n = 0;
    if (im_as_int(t, args[0], &option) < 0 || (nargs > 1 && im_as_ssize(t, args[1], &im_OverflowError_type, &start) < 0) || (nargs > 2 && im_as_ssize(t, args[2], &im_OverflowError_type, &n) < 0))
        return IM_NO_VALUE;
    if (!enter(t, m)) return IM_NO_VALUE;
    if (nargs < 3) n = m->size;
    if (start < 0 || start >= m->size) return FAIL(m, im_raise_valueerror(t, "madvise start out of bounds"));
    if (n < 0) return FAIL(m, im_raise_valueerror(t, "madvise length invalid"));
    if (SSIZE_MAX - start < n) return FAIL(m, im_raise_overflow(t, "madvise length too large"));
    if (start + n > m->size) n = m->size - start;
    int r = madvise(m->data + start, (size_t)n, option), e = errno;
    leave(m);
    return r < 0 ? im_raise_errno(t, e) : IM_NONE;
}

static Value find(Thread *t, Value self, const Value *args, size_t nargs, bool last)
{
    Mmap *m = mm(self);
    ImBuffer b;
    ssize_t start = 0, end = 0, r = -1;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    if ((nargs > 1 && !im_is_none(args[1]) && im_as_ssize(t, args[1], NULL, &start) < 0) || (nargs > 2 && !im_is_none(args[2]) && im_as_ssize(t, args[2], NULL, &end) < 0) || !enter(t, m)) {
        im_buffer_release(t, &b);
        return IM_NO_VALUE;
    }
    if (nargs < 2 || im_is_none(args[1])) start = m->pos;
    if (nargs < 3 || im_is_none(args[2])) end = m->size;
    if (start < 0) start += m->size;
    if (start < 0) start = 0;
    if (start > m->size) start = m->size;
    if (end < 0) end += m->size;
    if (end < 0) end = 0;
    if (end > m->size) end = m->size;
    if (!last) {
        const char *p = end - start >= b.len ? memmem(m->data + start, (size_t)(end - start), b.buf, (size_t)b.len) : NULL;
        r = p ? p - m->data : -1;
    } else {
        for (ssize_t i = end - b.len; i >= start && r < 0; i--)
            if (memcmp(m->data + i, b.buf, (size_t)b.len) == 0) r = i;
    }
    leave(m);
    im_buffer_release(t, &b);
    return im_int(r);
}
IM_METHOD(mmap_find) { return find(t, self, args, nargs, false); }
IM_METHOD(mmap_rfind) { return find(t, self, args, nargs, true); }

/* --- as a sequence ------------------------------------------------------------------------------------------------------------------------------ */

static ssize_t mmap_length(Thread *t, Value self)
{
    Mmap *m = mm(self);
    if (!enter(t, m)) return -1;
    ssize_t n = m->size;
    leave(m);
    return n;
}
static Value mmap_item(Thread *t, Value self, ssize_t i)
{
    Mmap *m = mm(self);
    if (!enter(t, m)) return IM_NO_VALUE;
    if (i < 0 || i >= m->size) return FAIL(m, im_raise_index(t, "mmap index out of range"));
    Value r = im_bytes_new(t, m->data + i, 1);
    leave(m);
    return r;
}
static Value mmap_subscript(Thread *t, Value self, Value key)
{
    Mmap *m = mm(self);
    if (im_is_index(key)) {
        ssize_t i;
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0 || !enter(t, m)) return IM_NO_VALUE;
        if (i < 0) i += m->size;
        if (i < 0 || i >= m->size) return FAIL(m, im_raise_index(t, "mmap index out of range"));
        Value r = im_int((uint8_t)m->data[i]);
        leave(m);
        return r;
    }
    if (!im_is_slice(key)) return im_raise_type(t, "mmap indices must be integers");
    ssize_t start, stop, step;
    if (im_slice_unpack(t, key, &start, &stop, &step) < 0 || !enter(t, m)) return IM_NO_VALUE;
    ssize_t n = im_slice_adjust(m->size, &start, &stop, step);
    Value r = im_bytes_new(t, step == 1 ? m->data + start : NULL, n);
    for (ssize_t i = 0; step != 1 && i < n && !im_no_value(r); i++) im_bytes_data(r)[i] = m->data[start + i * step];
    leave(m);
    return r;
}
static int mmap_ass_subscript(Thread *t, Value self, Value key, Value v)
{
    Mmap *m = mm(self);
    if (im_is_index(key)) {
        ssize_t i;
        int64_t x = 0;
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return -1;
        if (im_no_value(v)) return im_raise_type(t, "mmap doesn't support item deletion"), -1;
        if (!enter_to_write(t, mm(self))) return -1;
        bool inside = i < m->size && i >= -m->size;
        leave(m);
        if (!inside) return im_raise_index(t, "mmap index out of range"), -1;
        if (!im_is_index(v)) return im_raise_type(t, "mmap item value must be an int"), -1;
        if (im_as_int64(t, v, &x) < 0) { if (!im_exc_clear_if(t, &im_OverflowError_type)) return -1; x = -1; }
        if (!enter_to_write(t, m)) return -1;
        if (i < 0) i += m->size;
        if (i < 0 || i >= m->size) return FAIL(m, im_raise_index(t, "mmap index out of range")), -1;
        if (x < 0 || x > 255) return FAIL(m, im_raise_valueerror(t, "mmap item value must be in range(0, 256)")), -1;
        m->data[i] = (char)x;
        leave(m);
        return 0;
    }
    if (!im_is_slice(key)) return im_raise_type(t, "mmap indices must be integers"), -1;
    if (im_no_value(v)) return im_raise_type(t, "mmap object doesn't support slice deletion"), -1;
    ssize_t start, stop, step;
    ImBuffer b;
    if (im_slice_unpack(t, key, &start, &stop, &step) < 0 || im_buffer_get(t, v, &b, IM_BUF_SIMPLE) < 0) return -1;
    int rc = -1;
    if (enter_to_write(t, m)) {
        ssize_t n = im_slice_adjust(m->size, &start, &stop, step);
        if (b.len != n) {
            im_raise_index(t, "mmap slice assignment is wrong size");
        } else {
            if (step == 1) memmove(m->data + start, b.buf, (size_t)n);
            else for (ssize_t i = 0; i < n; i++) m->data[start + i * step] = ((const char *)b.buf)[i];
            rc = 0;
        }
        leave(m);
    }
    im_buffer_release(t, &b);
    return rc;
}
static int mmap_getbuffer(Thread *t, Value self, ImBuffer *b, int flags)
{
    Mmap *m = mm(self);
    if (!enter(t, m)) return -1;
    int r = im_buffer_fill(t, b, self, m->data, m->size, m->access == ACCESS_READ, flags);
    if (r == 0) m->exports++;
    leave(m);
    return r;
}
static void mmap_releasebuffer(Thread *t, Value self, ImBuffer *b)
{
    (void)b;
    Mmap *m = mm(self);
    im_mutex_acquire(t, &m->mutex);
    m->exports--;
    leave(m);
}
static Value mmap_repr(Thread *t, Value self)
{
    static const char *const names[] = {"ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"};
    Mmap *m = mm(self);
    im_mutex_acquire(t, &m->mutex);
    bool open_ = m->data != NULL;
    ssize_t size = m->size, pos = m->pos;
    leave(m);
    if (!open_) return im_str_format(t, "<%T closed=True>", self);
    return im_str_format(t, "<%T closed=False, access=%s, length=%zd, pos=%zd, offset=%lld>", self, names[m->access], size, pos, (long long)m->offset);
}
static Value get_closed(Thread *t, Value self, void *closure)
{
    (void)closure;
    im_mutex_acquire(t, &mm(self)->mutex);
    bool c = !mm(self)->data;
    leave(mm(self));
    return im_bool(c);
}

static const ImMethodDef mmap_methods[] = {
    IM_FIXED("close", mmap_close, 0, "($self, /)", NULL), IM_RANGE("find", mmap_find, 1, 3, NULL, NULL), IM_RANGE("rfind", mmap_rfind, 1, 3, NULL, NULL),
    IM_RANGE("flush", mmap_flush, 0, 2, NULL, NULL), IM_RANGE("madvise", mmap_madvise, 1, 3, NULL, NULL), IM_FIXED("move", mmap_move, 3, NULL, NULL),
    IM_RANGE("read", mmap_read, 0, 1, NULL, NULL), IM_FIXED("read_byte", mmap_read_byte, 0, "($self, /)", NULL), IM_FIXED("readline", mmap_readline, 0, "($self, /)", NULL),
    IM_FIXED("resize", mmap_resize, 1, NULL, NULL), IM_RANGE("seek", mmap_seek, 1, 2, NULL, NULL), IM_FIXED("seekable", mmap_seekable, 0, "($self, /)", NULL),
    IM_FIXED("size", mmap_size, 0, "($self, /)", NULL), IM_FIXED("tell", mmap_tell, 0, "($self, /)", NULL), IM_FIXED("write", mmap_write, 1, NULL, NULL),
    IM_FIXED("write_byte", mmap_write_byte, 1, NULL, NULL), IM_FIXED("__enter__", mmap_enter, 0, "($self, /)", NULL), IM_RANGE("__exit__", mmap_close, 0, 3, NULL, NULL),
    IM_END,
};
static const ImGetSetDef mmap_getset[] = {{"closed", get_closed, NULL, NULL, NULL}, IM_END};
static const ImSlots mmap_slots = {
    .repr = mmap_repr, .new_ = mmap_new, .length = mmap_length, .item = mmap_item, .subscript = mmap_subscript, .ass_subscript = mmap_ass_subscript,
    .getbuffer = mmap_getbuffer, .releasebuffer = mmap_releasebuffer,
};
static const ImTypeSpec mmap_spec = {
    .name = "mmap.mmap",
    .doc = "Maps length bytes from the file specified by the file descriptor fileno,\nand returns a mmap object.  If length is larger than the current size\n"
           "of the file, the file is extended to contain length bytes.",
    .size = sizeof(Mmap), .flags = IM_TF_BASETYPE | IM_TF_WEAKREF, .slots = &mmap_slots, .methods = mmap_methods, .getset = mmap_getset, .destroy = mmap_destroy,
};
IM_TYPE(mmap, &mmap_spec);

static int exec(Thread *t, Value m)
{
#define R(n) {#n, n},
    static const ImIntRow rows[] = {
        R(PROT_EXEC) R(PROT_READ) R(PROT_WRITE) R(MAP_SHARED) R(MAP_PRIVATE) R(MAP_DENYWRITE) R(MAP_EXECUTABLE) R(MAP_ANON) R(MAP_ANONYMOUS) R(MAP_POPULATE) R(MAP_STACK)
        R(MAP_NORESERVE) R(MAP_32BIT) R(ACCESS_DEFAULT) R(ACCESS_READ) R(ACCESS_WRITE) R(ACCESS_COPY) R(MADV_NORMAL) R(MADV_RANDOM) R(MADV_SEQUENTIAL) R(MADV_WILLNEED) R(MADV_DONTNEED)
        R(MADV_REMOVE) R(MADV_DONTFORK) R(MADV_DOFORK) R(MADV_HWPOISON) R(MADV_MERGEABLE) R(MADV_UNMERGEABLE) R(MADV_HUGEPAGE) R(MADV_NOHUGEPAGE) R(MADV_DONTDUMP) R(MADV_DODUMP) R(MADV_FREE)
    };
#undef R
    int64_t page = sysconf(_SC_PAGESIZE);
    if (IM_ADD_INT_ROWS(t, m, rows) < 0 || im_module_add_int(t, m, "PAGESIZE", page) < 0 || im_module_add_int(t, m, "ALLOCATIONGRANULARITY", page) < 0 ||
        im_module_add(t, m, "error", im_type_value(&im_OSError_type)) < 0) return -1;
    return im_module_add_type(t, m, &im_mmap_type);
}
static const ImModuleDef def = {.name = "mmap", .exec = exec};
IM_MODULE(def);
