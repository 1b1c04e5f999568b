/* _io._IOBase and the abstract classes below it; helpers that all io objects use.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "types/bytes_methods.h"
#include "modules/io.h"

/* --- helpers ------------------------------------------------------------------------------------------------------------------ */
/* The mutex, once nobody is inside without it. */
static void take(Thread *t, ImIoLock *l)
{
    im_mutex_acquire(t, &l->mutex);
    while (IM_UNLIKELY(im_load_acquire(&l->x_owner) != 0)) {
        im_thread_detach(t);
        (void)sched_yield();
        im_thread_attach(t);
    }
}
int im_io_lock(Thread *t, ImIoLock *l, Value self)
{
    if (im_load_relaxed(&l->x_owner) == t->serial) {
        if (l->depth) return im_raise_runtime(t, "reentrant call inside %R", self), -1;
        l->depth++;
        return 0;
    }
    if (im_is_private(self) && im_load_relaxed(&l->x_owner) == 0) {
        im_store_relaxed(&l->x_owner, t->serial);
        l->depth = 1;
        l->quiet = true;
        return 0;
    }
    take(t, l);
    im_store_relaxed(&l->x_owner, t->serial);
    l->depth = 1;
    return 0;
}
void im_io_lock_nested(Thread *t, ImIoLock *l)
{
    if (im_load_relaxed(&l->x_owner) != t->serial) {
        take(t, l);
        im_store_relaxed(&l->x_owner, t->serial);
        l->depth = 0;
    }
    l->depth++;
}
void im_io_unlock(ImIoLock *l)
{
    if (--l->depth) return;
    if (l->quiet) {
        l->quiet = false;
        im_store_release(&l->x_owner, 0);
        return;
    }
    im_store_relaxed(&l->x_owner, 0);
    im_mutex_unlock(&l->mutex);
}

Value im_io_no_pickle(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    (void)args; (void)nargs; (void)kw;
    Value name = im_getattr(t, im_type_value(im_type_of(self)), IM_S(__name__));
    if (im_no_value(name)) return name;
    im_raise_type(t, "cannot pickle %R instances", name);
    im_drop(t, name);
    return IM_NO_VALUE;
}
Value im_io_unsupported(Thread *t, const char *msg)
{
    Value c = im_import_from(t, "_io", "UnsupportedOperation");
    if (im_no_value(c)) return c;
    Value m = im_str_from_cstr(t, msg), e = im_no_value(m) ? m : im_call1(t, c, m);
    im_xdrop(t, m);
    im_drop(t, c);
    return im_no_value(e) ? e : im_raise_instance(t, e);
}

static int is_closed(Thread *t, Value self)
{
    Value c = im_getattr(t, self, IM_S(closed));
    if (im_no_value(c)) return -1;
    int r = im_truth(t, c);
    im_drop(t, c);
    return r;
}
int im_io_check_closed(Thread *t, Value self, const char *msg)
{
    int r = is_closed(t, self);
    if (r > 0) (void)im_raise_valueerror(t, "%s", msg ? msg : "I/O operation on closed file.");
    return r ? -1 : 0;
}

ssize_t im_io_read_fd(Thread *t, int fd, void *p, size_t n)
{
    for (;;) {
        ssize_t r;
        int e;
        if (n > 0x7ffff000) n = 0x7ffff000;
        IM_DETACH(t);
        r = read(fd, p, n);
        e = errno;
        IM_ATTACH(t);
        if (r >= 0) return r;
        if (e == EINTR) { if (im_poll(t) < 0) return -1; continue; }
        if (e == EAGAIN || e == EWOULDBLOCK) return -2;
        return im_raise_errno(t, e), -1;
    }
}
ssize_t im_io_write_fd(Thread *t, int fd, const void *p, size_t n)
{
    for (;;) {
        ssize_t r;
        int e;
        if (n > 0x7ffff000) n = 0x7ffff000;
        IM_DETACH(t);
        r = write(fd, p, n);
        e = errno;
        IM_ATTACH(t);
        if (r >= 0) return r;
        if (e == EINTR) { if (im_poll(t) < 0) return -1; continue; }
        if (e == EAGAIN || e == EWOULDBLOCK) return -2;
        return im_raise_errno(t, e), -1;
    }
}

void im_io_finalize(Thread *t, ImObject *o)
{
    if (im_is_exact(im_value(o), &im_BytesIO_type) || im_is_exact(im_value(o), &im_StringIO_type)) return; /* nobody could tell that it was closed */
    Value self = im_value(o), saved = im_exc_fetch(t);
    int closed = is_closed(t, self);
    if (closed < 0) im_exc_clear(t);
    if (closed == 0) {
        if (im_setattr(t, self, IM_S(_finalizing), IM_TRUE) < 0) im_exc_clear(t);
        Value r = im_call_method0(t, self, IM_S(close));
        if (im_no_value(r)) im_write_unraisable(t, NULL, self);
        else im_drop(t, r);
    }
    im_exc_restore(t, saved);
}

/* --- _IOBase ----------------------------------------------------------------------------------------------------------------------- */
static Value base_unsupported_seek(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self; (void)a; (void)n; (void)kw; return im_io_unsupported(t, "seek"); }
static Value base_truncate(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self; (void)a; (void)n; (void)kw; return im_io_unsupported(t, "truncate"); }
static Value base_fileno(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self; (void)a; (void)n; (void)kw; return im_io_unsupported(t, "fileno"); }
static Value base_tell(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    return im_call_method2(t, self, IM_S(seek), im_int(0), im_int(1));
}
static Value base_flush(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    return im_io_check_closed(t, self, NULL) < 0 ? IM_NO_VALUE : IM_NONE;
}
static Value base_close(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    Value flag;
    if (im_lookup_attr(t, self, IM_S(__IOBase_closed), &flag) < 0) return IM_NO_VALUE;
    if (!im_no_value(flag)) { im_drop(t, flag); return IM_NONE; }
    Value r = im_call_method0(t, self, IM_S(flush)), e = im_exc_fetch(t);
    im_xdrop(t, r);
    if (im_setattr(t, self, IM_S(__IOBase_closed), IM_TRUE) < 0) {
        if (im_no_value(e)) return IM_NO_VALUE;
        im_exc_clear(t);
    }
    if (!im_no_value(e)) { im_exc_restore(t, e); return IM_NO_VALUE; }
    return IM_NONE;
}
static Value base_get_closed(Thread *t, Value self, void *c)
{
    (void)c;
    Value flag;
    int r = im_lookup_attr(t, self, IM_S(__IOBase_closed), &flag);
    im_xdrop(t, flag);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}
static Value base_false(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)t; (void)self; (void)a; (void)n; (void)kw;
    return IM_FALSE;
}
static Value check(Thread *t, Value self, Value method, const char *msg)
{
    Value r = im_call_method0(t, self, method);
    if (im_no_value(r)) return r;
    if (r.bits != IM_TRUE.bits) { im_drop(t, r); return im_io_unsupported(t, msg); }
    return r;
}
static Value base_check_readable(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return check(t, self, IM_S(readable), "File or stream is not readable."); }
static Value base_check_writable(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return check(t, self, IM_S(writable), "File or stream is not writable."); }
static Value base_check_seekable(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return check(t, self, IM_S(seekable), "File or stream is not seekable."); }
static Value base_check_closed(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return im_io_check_closed(t, self, NULL) < 0 ? IM_NO_VALUE : IM_NONE; }
static Value base_enter(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    return im_io_check_closed(t, self, NULL) < 0 ? IM_NO_VALUE : im_new_ref(self);
}
static Value base_exit(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a; (void)n; (void)kw; return im_call_method0(t, self, IM_S(close)); }
static Value base_isatty(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    return im_io_check_closed(t, self, NULL) < 0 ? IM_NO_VALUE : IM_FALSE;
}
static Value base_iter(Thread *t, Value self) { return im_io_check_closed(t, self, NULL) < 0 ? IM_NO_VALUE : im_new_ref(self); }
static Value base_next(Thread *t, Value self)
{
    Value line = im_call_method0(t, self, IM_S(readline));
    if (im_no_value(line)) return line;
    ssize_t n = im_len(t, line);
    if (n <= 0) {
        im_drop(t, line);
        return n < 0 ? IM_NO_VALUE : IM_STOP;
    }
    return line;
}

/* "size" arguments: None or an integer. */
static int size_arg(Thread *t, Value v, ssize_t *out)
{
    *out = -1;
    if (im_no_value(v) || im_is_none(v)) return 0;
    if (!im_is_index(v)) return im_raise_type(t, "argument should be integer or None, not '%T'", v), -1;
    return im_as_ssize(t, v, &im_OverflowError_type, out);
}

static Value base_readline(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t limit;
    Value peek = IM_NO_VALUE, out = IM_NO_VALUE;
    if (size_arg(t, n ? a[0] : IM_NONE, &limit) < 0 || im_lookup_attr(t, self, IM_S(peek), &peek) < 0) return IM_NO_VALUE;
    Value buf = im_bytearray_new(t, NULL, 0);
    if (im_no_value(buf)) goto fail;
    ImByteArray *ba = (ImByteArray *)im_ptr(buf);
    while (limit < 0 || ba->x_len < limit) {
        ssize_t nread = 1;
        if (!im_no_value(peek)) {
            Value ahead = im_call1(t, peek, im_int(1));
            if (im_no_value(ahead)) goto fail;
            if (!im_is_bytes(ahead)) {
                (void)im_raise(t, &im_OSError_type, "peek() should have returned a bytes object, not '%T'", ahead);
                im_drop(t, ahead);
                goto fail;
            }
            ssize_t len = im_bytes_len(ahead);
            if (len > 0) {
                if (limit >= 0 && len > limit - ba->x_len) len = limit - ba->x_len;
                const char *p = im_bytes_data(ahead), *nl = memchr(p, '\n', (size_t)len);
                nread = nl ? nl - p + 1 : len;
            }
            im_drop(t, ahead);
        }
        Value b = im_call_method1(t, self, IM_S(read), im_int(nread));
        if (im_no_value(b)) goto fail;
        if (!im_is_bytes(b)) {
            (void)im_raise(t, &im_OSError_type, "read() should have returned a bytes object, not '%T'", b);
            im_drop(t, b);
            goto fail;
        }
        ssize_t len = im_bytes_len(b), old = ba->x_len;
        if (len == 0) { im_drop(t, b); break; }
        if (im_bytearray_resize(t, buf, old + len) < 0) { im_drop(t, b); goto fail; }
        memcpy(ba->x_start + old, im_bytes_data(b), (size_t)len);
        im_drop(t, b);
        if (ba->x_start[ba->x_len - 1] == '\n') break;
        if (im_poll(t) < 0) goto fail;
    }
    out = im_bytes_new(t, ba->x_start, ba->x_len);
fail:
    im_xdrop(t, peek);
    im_xdrop(t, buf);
    return out;
}

static Value base_readlines(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t hint, length = 0;
    if (size_arg(t, n ? a[0] : IM_NONE, &hint) < 0) return IM_NO_VALUE;
    Value list = im_list_new(t, 0), it = im_no_value(list) ? list : im_iter(t, self);
    if (im_no_value(it)) { im_xdrop(t, list); return it; }
    for (;;) {
        Value line = im_next(t, it);
        if (im_is_stop(line)) break;
        ssize_t len = im_no_value(line) ? -1 : im_len(t, line);
        if (len < 0 || im_list_append(t, list, line) < 0) {
            im_xdrop(t, line);
            im_drop(t, it);
            im_drop(t, list);
            return IM_NO_VALUE;
        }
        im_drop(t, line);
        if (hint > 0 && len > hint - length) break;
        length += len;
    }
    im_drop(t, it);
    return list;
}

static Value base_writelines(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    if (im_io_check_closed(t, self, NULL) < 0) return IM_NO_VALUE;
    Value it = im_iter(t, a[0]);
    if (im_no_value(it)) return it;
    for (;;) {
        Value line = im_next(t, it);
        if (im_is_stop(line)) break;
        Value r = im_no_value(line) ? line : im_call_method1(t, self, IM_S(write), line);
        im_xdrop(t, line);
        if (im_no_value(r)) { im_drop(t, it); return r; }
        im_drop(t, r);
    }
    im_drop(t, it);
    return IM_NONE;
}

static const ImMethodDef base_methods[] = {
    IM_RAW("seek", base_unsupported_seek, "($self, offset, whence=os.SEEK_SET, /)", "Change the stream position to the given byte offset."),
    IM_FIXED("tell", base_tell, 0, "($self, /)", "Return current stream position."),
    IM_RAW("truncate", base_truncate, "($self, size=None, /)", "Truncate file to size bytes."),
    IM_FIXED("flush", base_flush, 0, "($self, /)", "Flush write buffers, if applicable."),
    IM_FIXED("close", base_close, 0, "($self, /)", "Flush and close the IO object.\n\nThis method has no effect if the file is already closed."),
    IM_FIXED("seekable", base_false, 0, "($self, /)", "Return whether object supports random access."),
    IM_FIXED("readable", base_false, 0, "($self, /)", "Return whether object was opened for reading."),
    IM_FIXED("writable", base_false, 0, "($self, /)", "Return whether object was opened for writing."),
    IM_FIXED("_checkClosed", base_check_closed, 0, "($self, /)", NULL), IM_FIXED("_checkSeekable", base_check_seekable, 0, "($self, /)", NULL),
    IM_FIXED("_checkReadable", base_check_readable, 0, "($self, /)", NULL), IM_FIXED("_checkWritable", base_check_writable, 0, "($self, /)", NULL),
    IM_FIXED("fileno", base_fileno, 0, "($self, /)", "Return underlying file descriptor if one exists."),
    IM_FIXED("isatty", base_isatty, 0, "($self, /)", "Return whether this is an 'interactive' stream."),
    IM_FIXED("__enter__", base_enter, 0, "($self, /)", NULL), IM_RAW("__exit__", base_exit, NULL, NULL),
    IM_RANGE("readline", base_readline, 0, 1, "($self, size=-1, /)", "Read and return a line from the stream."),
    IM_RANGE("readlines", base_readlines, 0, 1, "($self, hint=-1, /)", "Return a list of lines from the stream."),
    IM_FIXED("writelines", base_writelines, 1, "($self, lines, /)", "Write a list of lines to stream."), IM_END};
static const ImGetSetDef base_getset[] = {{"closed", base_get_closed, NULL, NULL, NULL}, {0}};
static const ImSlots base_slots = {.iter = base_iter, .next = base_next};
#define IO_FLAGS (IM_TF_GC | IM_TF_BASETYPE | IM_TF_HAS_DICT | IM_TF_WEAKREF)
static const ImTypeSpec iobase_spec = {.name = "_io._IOBase", .size = sizeof(ImObject), .flags = IO_FLAGS, .slots = &base_slots, .methods = base_methods, .getset = base_getset,
    .finalize = im_io_finalize, .doc = "The abstract base class for all I/O classes."};
IM_TYPE(IOBase_, &iobase_spec);

/* --- _RawIOBase ------------------------------------------------------------------------------------------------------------------------ */
static Value raw_readall(Thread *t, Value self, const Value *a, size_t n, Value kw);
static Value raw_read(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ssize_t size = -1;
    if (n && im_as_ssize(t, a[0], &im_ValueError_type, &size) < 0) return IM_NO_VALUE;
    if (size < 0) return im_call_method0(t, self, IM_S(readall));
    Value b = im_bytearray_new(t, NULL, size);
    if (im_no_value(b)) return b;
    Value r = im_call_method1(t, self, IM_S(readinto), b), out = r;
    ssize_t got;
    if (!im_no_value(r) && !im_is_none(r)) {
        out = IM_NO_VALUE;
        if (im_as_ssize(t, r, &im_ValueError_type, &got) == 0) {
            ImRun run = im_bytes_pin(t, b);
            if (got < 0 || got > run.len) (void)im_raise_valueerror(t, "readinto returned %zd outside buffer size %zd", got, run.len);
            else out = im_bytes_new(t, run.p, got);
            im_bytes_unpin(t, &run);
        }
        im_drop(t, r);
    }
    im_drop(t, b);
    return out;
}
static Value raw_readall(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    Value acc = im_bytearray_new(t, NULL, 0), out = IM_NO_VALUE;
    if (im_no_value(acc)) return acc;
    ImByteArray *ba = (ImByteArray *)im_ptr(acc);
    for (;;) {
        Value b = im_call_method1(t, self, IM_S(read), im_int(IM_IO_BUFFER_SIZE));
        if (im_no_value(b)) goto done;
        if (im_is_none(b)) {
            if (ba->x_len == 0) { out = b; goto done; }
            break;
        }
        if (!im_is_bytes(b)) {
            im_drop(t, b);
            (void)im_raise_type(t, "read() should return bytes");
            goto done;
        }
        ssize_t len = im_bytes_len(b), old = ba->x_len;
        if (len == 0) { im_drop(t, b); break; }
        if (im_bytearray_resize(t, acc, old + len) < 0) { im_drop(t, b); goto done; }
        memcpy(ba->x_start + old, im_bytes_data(b), (size_t)len);
        im_drop(t, b);
    }
    out = im_bytes_new(t, ba->x_start, ba->x_len);
done:
    im_drop(t, acc);
    return out;
}
static Value not_implemented(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self; (void)a; (void)n; (void)kw; return im_raise_none(t, &im_NotImplementedError_type); }
static const ImMethodDef raw_methods[] = {
    IM_RANGE("read", raw_read, 0, 1, "($self, size=-1, /)", NULL), IM_FIXED("readall", raw_readall, 0, "($self, /)", "Read until EOF, using multiple read() call."),
    IM_RAW("readinto", not_implemented, NULL, NULL), IM_RAW("write", not_implemented, NULL, NULL), IM_END};
static const ImTypeSpec rawiobase_spec = {.name = "_io._RawIOBase", .size = sizeof(ImObject), .flags = IO_FLAGS, .base = &im_IOBase__type, .methods = raw_methods,
    .doc = "Base class for raw binary I/O."};
IM_TYPE(RawIOBase_, &rawiobase_spec);

/* --- _BufferedIOBase ------------------------------------------------------------------------------------------------------------------------ */
static Value buffered_readinto(Thread *t, Value self, Value target, Value method)
{
    ImBuffer b;
    if (im_buffer_get(t, target, &b, IM_BUF_WRITABLE) < 0) {
        if (im_exc_clear_if(t, &im_TypeError_type) || im_exc_clear_if(t, &im_BufferError_type))
            (void)im_raise_type(t, "readinto() argument must be read-write bytes-like object, not %T", target);
        return IM_NO_VALUE;
    }
    Value r = im_call_method1(t, self, method, im_int(b.len)), out = IM_NO_VALUE;
    if (!im_no_value(r)) {
        if (!im_is_bytes(r)) (void)im_raise_type(t, "read() should return bytes");
        else if (im_bytes_len(r) > b.len) (void)im_raise_valueerror(t, "read() returned too much data: %zd bytes requested, %zd returned", b.len, im_bytes_len(r));
        else {
            memcpy(b.buf, im_bytes_data(r), (size_t)im_bytes_len(r));
            out = im_int(im_bytes_len(r));
        }
        im_drop(t, r);
    }
    im_buffer_release(t, &b);
    return out;
}
static Value bb_readinto(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)n; (void)kw; return buffered_readinto(t, self, a[0], IM_S(read)); }
static Value bb_readinto1(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)n; (void)kw; return buffered_readinto(t, self, a[0], IM_S(read1)); }
static Value bb_detach(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self; (void)a; (void)n; (void)kw; return im_io_unsupported(t, "detach"); }
static Value bb_read(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self; (void)a; (void)n; (void)kw; return im_io_unsupported(t, "read"); }
static Value bb_read1(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self; (void)a; (void)n; (void)kw; return im_io_unsupported(t, "read1"); }
static Value bb_write(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self; (void)a; (void)n; (void)kw; return im_io_unsupported(t, "write"); }
static const ImMethodDef bb_methods[] = {
    IM_FIXED("readinto", bb_readinto, 1, "($self, buffer, /)", NULL), IM_FIXED("readinto1", bb_readinto1, 1, "($self, buffer, /)", NULL),
    IM_FIXED("detach", bb_detach, 0, "($self, /)", "Disconnect this buffer from its underlying raw stream and return it."),
    IM_RAW("read", bb_read, "($self, size=-1, /)", "Read and return up to n bytes."), IM_RAW("read1", bb_read1, "($self, size=-1, /)", NULL),
    IM_RAW("write", bb_write, "($self, b, /)", "Write buffer b to the IO stream."), IM_END};
static const ImTypeSpec bufferediobase_spec = {.name = "_io._BufferedIOBase", .size = sizeof(ImObject), .flags = IO_FLAGS, .base = &im_IOBase__type, .methods = bb_methods,
    .doc = "Base class for buffered IO objects."};
IM_TYPE(BufferedIOBase_, &bufferediobase_spec);

/* --- _TextIOBase ------------------------------------------------------------------------------------------------------------------------------ */
static Value tb_readline(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)self; (void)a; (void)n; (void)kw; return im_io_unsupported(t, "readline"); }
static Value tb_none(Thread *t, Value self, void *c) { (void)t; (void)self; (void)c; return IM_NONE; }
static const ImMethodDef tb_methods[] = {
    IM_FIXED("detach", bb_detach, 0, "($self, /)", "Separate the underlying buffer from the TextIOBase and return it."), IM_RAW("read", bb_read, "($self, size=-1, /)", NULL),
    IM_RAW("readline", tb_readline, "($self, size=-1, /)", NULL), IM_RAW("write", bb_write, "($self, s, /)", NULL), IM_END};
static const ImGetSetDef tb_getset[] = {{"encoding", tb_none, NULL, "Encoding of the text stream.", NULL}, {"newlines", tb_none, NULL, NULL, NULL}, {"errors", tb_none, NULL, NULL, NULL}, {0}};
static const ImTypeSpec textiobase_spec = {.name = "_io._TextIOBase", .size = sizeof(ImObject), .flags = IO_FLAGS, .base = &im_IOBase__type, .methods = tb_methods, .getset = tb_getset,
    .doc = "Base class for text I/O."};
IM_TYPE(TextIOBase_, &textiobase_spec);
