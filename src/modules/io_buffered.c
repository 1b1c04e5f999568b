/* _io.BufferedReader, BufferedWriter, BufferedRandom, BufferedRWPair.
 *
 * One buffer of fixed size. It holds either bytes read ahead, [pos, rend), or bytes not yet written, [0, wlen); never both: before one kind of use the other is
 * flushed (writes) or given back by seeking (reads). A re-entrant lock serialises the operations of one object.
 * SPDX-License-Identifier: MIT */
#include <errno.h>

#include "modules/io.h"

static ImBuffered *bp(Value v) { return (ImBuffered *)im_ptr(v); }

static int check_ok(Thread *t, ImBuffered *b)
{
    if (im_load_acquire(&b->ok)) return 0;
    if (im_load_relaxed(&b->detached)) return im_raise_valueerror(t, "raw stream has been detached"), -1;
    return im_raise_valueerror(t, "I/O operation on uninitialized object"), -1;
}
static Value raw_ref(Thread *t, ImBuffered *b)
{
    Value raw = check_ok(t, b) < 0 ? IM_NO_VALUE : im_slot_get(t, NULL, &b->raw);
    return im_no_value(raw) && !im_pending(t) ? im_raise_valueerror(t, "raw stream has been detached") : raw;
}
static Value raw_call(Thread *t, ImBuffered *b, Value name)
{
    Value raw = raw_ref(t, b), r = im_no_value(raw) ? raw : im_call_method0(t, raw, name);
    im_xdrop(t, raw);
    return r;
}
static Value raw_attr(Thread *t, ImBuffered *b, Value name)
{
    Value raw = raw_ref(t, b), r = im_no_value(raw) ? raw : im_getattr(t, raw, name);
    im_xdrop(t, raw);
    return r;
}
static int raw_closed(Thread *t, ImBuffered *b)
{
    Value raw = {im_load_acquire(&b->raw.bits)}; /* borrowed up to the next safepoint: there is none before the reference is taken */
    if (im_io_is_fileio(raw)) return ((ImFileIO *)im_ptr(raw))->fd < 0;
    const int open = im_no_value(raw) ? -1 : im_io_memory_open(raw);
    if (open >= 0) return !open;
    if (im_no_value(raw = raw_ref(t, b))) return -1;
    Value c = im_getattr(t, raw, IM_S(closed));
    im_drop(t, raw);
    if (im_no_value(c)) return -1;
    int r = im_truth(t, c);
    im_drop(t, c);
    return r;
}
static int check_open(Thread *t, ImBuffered *b, const char *what)
{
    if (check_ok(t, b) < 0) return -1;
    int r = raw_closed(t, b);
    if (r > 0) (void)im_raise_valueerror(t, "%s", what);
    return r ? -1 : 0;
}
/* Takes the lock; the stream may have been detached, or be in the midst of __init__, since it was looked at. */
static int enter(Thread *t, ImBuffered *b, Value self)
{
    if (im_io_lock(t, &b->lock, self) < 0) return -1;
    if (IM_LIKELY(im_load_relaxed(&b->ok) && !im_no_value(b->raw))) return 0;
    im_io_unlock(&b->lock);
    return check_ok(t, b) < 0 ? -1 : (im_raise_valueerror(t, "raw stream has been detached"), -1);
}
#define ENTER(fail) do { if (enter(t, b, self) < 0) return fail; } while (0)
#define LEAVE() im_io_unlock(&b->lock)

static Value would_block(Thread *t, ssize_t written)
{
    Value args[3] = {im_int(EAGAIN), im_str_from_cstr(t, "write could not complete without blocking"), im_int(written)};
    if (im_no_value(args[1])) return IM_NO_VALUE;
    Value e = im_call(t, im_type_value(&im_BlockingIOError_type), args, 3, IM_NO_VALUE);
    im_drop(t, args[1]);
    return im_no_value(e) ? e : im_raise_instance(t, e);
}

/* raw.readinto(n bytes at p): count, 0 end, -1 error, -2 would block. */
static ssize_t raw_read_at(Thread *t, ImBuffered *b, char *p, ssize_t n);
static ssize_t raw_read(Thread *t, ImBuffered *b, char *p, ssize_t n)
{
    int64_t at = b->at;
    b->at = -1;
    ssize_t got = raw_read_at(t, b, p, n);
    if (at >= 0 && got >= 0) b->at = at + got;
    return got;
}
static ssize_t raw_read_at(Thread *t, ImBuffered *b, char *p, ssize_t n)
{
    if (im_poll(t) < 0) return -1; /* a file that is always ready never waits */
    if (im_no_value(b->raw)) return im_raise_valueerror(t, "raw stream has been detached"), -1; /* another thread, or the collector */
    if (im_io_is_fileio(b->raw)) {
        ImFileIO *f = (ImFileIO *)im_ptr(b->raw);
        if (f->fd >= 0 && f->readable) return im_io_read_fd(t, f->fd, p, (size_t)n);
    }
    Value mv = im_memoryview_from_memory(t, p, n, false, IM_NONE);
    if (im_no_value(mv)) return -1;
    Value r;
    for (;;) {
        r = im_call_method1(t, b->raw, IM_S(readinto), mv);
        if (!im_no_value(r) || !im_exc_clear_if(t, &im_InterruptedError_type)) break;
        if (im_poll(t) < 0) break;
    }
    Value e = im_exc_fetch(t), rel = im_call_method0(t, mv, IM_S(release));
    im_xdrop(t, rel);
    im_exc_clear(t);
    if (!im_no_value(e)) im_exc_restore(t, e);
    im_drop(t, mv);
    if (im_no_value(r)) return -1;
    if (im_is_none(r)) return -2;
    ssize_t got;
    int bad = im_as_ssize(t, r, &im_ValueError_type, &got);
    im_drop(t, r);
    if (bad < 0) return im_raise_from_pending(t, &im_OSError_type, "raw readinto() failed"), -1;
    if (got < 0 || got > n) return im_raise(t, &im_OSError_type, "raw readinto() returned invalid length %zd (should have been between 0 and %zd)", got, n), -1;
    return got;
}
static ssize_t raw_write(Thread *t, ImBuffered *b, const char *p, ssize_t n)
{
    b->at = -1;
    if (im_no_value(b->raw)) return im_raise_valueerror(t, "raw stream has been detached"), -1; /* another thread, or the collector */
    if (im_io_is_fileio(b->raw)) {
        ImFileIO *f = (ImFileIO *)im_ptr(b->raw);
        if (f->fd >= 0 && f->writable) return im_io_write_fd(t, f->fd, p, (size_t)n);
    }
    Value mv = im_memoryview_from_memory(t, (void *)(uintptr_t)p, n, true, IM_NONE);
    if (im_no_value(mv)) return -1;
    Value r;
    for (;;) {
        r = im_call_method1(t, b->raw, IM_S(write), mv);
        if (!im_no_value(r) || !im_exc_clear_if(t, &im_InterruptedError_type)) break;
        if (im_poll(t) < 0) break;
    }
    Value e = im_exc_fetch(t), rel = im_call_method0(t, mv, IM_S(release));
    im_xdrop(t, rel);
    im_exc_clear(t);
    if (!im_no_value(e)) im_exc_restore(t, e);
    im_drop(t, mv);
    if (im_no_value(r)) return -1;
    if (im_is_none(r)) return -2;
    ssize_t put;
    int bad = im_as_ssize(t, r, &im_ValueError_type, &put);
    im_drop(t, r);
    if (bad < 0) return -1;
    if (put < 0 || put > n) return im_raise(t, &im_OSError_type, "raw write() returned invalid length %zd (should have been between 0 and %zd)", put, n), -1;
    return put;
}
static int64_t raw_seek(Thread *t, ImBuffered *b, int64_t off, int whence)
{
    Value o = im_int_new(t, off);
    b->at = -1;
    if (im_no_value(o)) return -1;
    Value r = im_call_method2(t, b->raw, IM_S(seek), o, im_int(whence));
    im_drop(t, o);
    if (im_no_value(r)) return -1;
    int64_t n;
    int bad = im_as_int64(t, r, &n);
    im_drop(t, r);
    if (bad < 0) return -1;
    if (n < 0) return im_raise(t, &im_OSError_type, "Raw stream returned invalid position %lld", (long long)n), -1;
    if (im_io_is_fileio(b->raw) && ((ImFileIO *)im_ptr(b->raw))->regular) b->at = n; /* devices tell 0 wherever they are */
    return n;
}
static int64_t raw_tell(Thread *t, ImBuffered *b)
{
    Value r = im_call_method0(t, b->raw, IM_S(tell));
    if (im_no_value(r)) return -1;
    int64_t n;
    int bad = im_as_int64(t, r, &n);
    im_drop(t, r);
    if (bad < 0) return -1;
    if (n < 0) return im_raise(t, &im_OSError_type, "Raw stream returned invalid position %lld", (long long)n), -1;
    return n;
}

/* Writes what is pending; what could not be written stays. */
static int flush_writes(Thread *t, ImBuffered *b)
{
    ssize_t done = 0;
    while (done < b->wlen) {
        ssize_t r = raw_write(t, b, b->buf + done, b->wlen - done);
        if (r < 0) {
            memmove(b->buf, b->buf + done, (size_t)(b->wlen - done));
            b->wlen -= done;
            return r == -2 ? (would_block(t, 0), -1) : -1;
        }
        done += r;
        if (done < b->wlen && im_poll(t) < 0) {
            memmove(b->buf, b->buf + done, (size_t)(b->wlen - done));
            b->wlen -= done;
            return -1;
        }
    }
    b->wlen = 0;
    return 0;
}
/* Gives bytes read ahead back to the raw stream. */
static int rewind_reads(Thread *t, ImBuffered *b)
{
    ssize_t ahead = b->rend - b->pos;
    b->pos = b->rend = 0;
    return ahead && raw_seek(t, b, -ahead, 1) < 0 ? -1 : 0;
}
static ssize_t fill(Thread *t, ImBuffered *b)
{
    if (b->pos == b->rend) b->pos = b->rend = 0;
    else if (b->rend == b->size) {
        memmove(b->buf, b->buf + b->pos, (size_t)(b->rend - b->pos));
        b->rend -= b->pos;
        b->pos = 0;
    }
    ssize_t r = raw_read(t, b, b->buf + b->rend, b->size - b->rend);
    if (r > 0) b->rend += r;
    return r;
}

/* --- reading ------------------------------------------------------------------------------------------------------------------- */
static Value read_all(Thread *t, ImBuffered *b)
{
    Value data = im_bytes_new(t, b->buf + b->pos, b->rend - b->pos), readall, chunk;
    if (im_no_value(data)) return data;
    b->pos = b->rend = 0;
    b->at = -1;
    int has = im_lookup_attr(t, b->raw, IM_S(readall), &readall);
    if (has < 0) goto fail;
    if (has) {
        chunk = im_call0(t, readall);
        im_drop(t, readall);
        if (im_no_value(chunk)) goto fail;
        if (im_is_none(chunk)) {
            if (im_bytes_len(data)) return data;
            im_drop(t, data);
            return IM_NONE;
        }
        if (!im_is_bytes(chunk)) {
            im_drop(t, chunk);
            (void)im_raise_type(t, "readall() should return bytes");
            goto fail;
        }
        if (im_bytes_len(data) == 0) { im_drop(t, data); return chunk; }
        Value r = im_bytes_concat(t, data, chunk);
        im_drop(t, data);
        im_drop(t, chunk);
        return r;
    }
    for (;;) {
        chunk = im_call_method0(t, b->raw, IM_S(read));
        if (im_no_value(chunk)) goto fail;
        if (!im_is_none(chunk) && !im_is_bytes(chunk)) {
            im_drop(t, chunk);
            (void)im_raise_type(t, "read() should return bytes");
            goto fail;
        }
        if (im_is_none(chunk) || im_bytes_len(chunk) == 0) {
            if (im_bytes_len(data) == 0) { im_drop(t, data); return chunk; }
            im_drop(t, chunk);
            return data;
        }
        Value r = im_bytes_concat(t, data, chunk);
        im_drop(t, data);
        im_drop(t, chunk);
        if (im_no_value(r)) return r;
        data = r;
    }
fail:
    im_drop(t, data);
    return IM_NO_VALUE;
}

/* Reads until n bytes, the end, or would-block: bytes, or None if nothing was there. */
static Value read_n(Thread *t, ImBuffered *b, ssize_t n)
{
    ssize_t have = b->rend - b->pos;
    if (n <= have) {
        Value v = im_bytes_new(t, b->buf + b->pos, n);
        b->pos += n;
        return v;
    }
    Value out = im_bytes_new(t, NULL, n);
    if (im_no_value(out)) return out;
    memcpy(im_bytes_data(out), b->buf + b->pos, (size_t)have);
    b->pos = b->rend = 0;
    while (have < n) {
        ssize_t want = n - have, r;
        if (want >= b->size) r = raw_read(t, b, im_bytes_data(out) + have, want - want % b->size);
        else {
            r = fill(t, b);
            if (r > 0) {
                ssize_t k = b->rend - b->pos < want ? b->rend - b->pos : want;
                memcpy(im_bytes_data(out) + have, b->buf + b->pos, (size_t)k);
                b->pos += k;
                r = k;
            }
        }
        if (r == -1) { im_drop(t, out); return IM_NO_VALUE; }
        if (r == -2 && have == 0) { im_drop(t, out); return IM_NONE; }
        if (r <= 0) break;
        have += r;
    }
    return im_bytes_resize(t, &out, have) < 0 ? IM_NO_VALUE : out;
}

static Value b_read(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ImBuffered *b = bp(self);
    ssize_t size = -1;
    if (check_ok(t, b) < 0) return IM_NO_VALUE;
    if (n && !im_is_none(a[0])) {
        if (!im_is_index(a[0])) return im_raise_type(t, "argument should be integer or None, not '%T'", a[0]);
        if (im_as_ssize(t, a[0], &im_OverflowError_type, &size) < 0) return IM_NO_VALUE;
    }
    if (size < -1) return im_raise_valueerror(t, "read length must be non-negative or -1");
    if (check_open(t, b, "read of closed file") < 0) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    Value r = IM_NO_VALUE;
    if (b->wlen == 0 || flush_writes(t, b) == 0) r = size < 0 ? read_all(t, b) : read_n(t, b, size);
    LEAVE();
    return r;
}
static Value b_read1(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ImBuffered *b = bp(self);
    ssize_t size = -1;
    if (check_ok(t, b) < 0 || (n && im_as_ssize(t, a[0], &im_OverflowError_type, &size) < 0)) return IM_NO_VALUE;
    if (size < 0) size = im_load_relaxed(&b->size);
    if (check_open(t, b, "read of closed file") < 0) return IM_NO_VALUE;
    if (size == 0) return im_bytes_new(t, "", 0);
    ENTER(IM_NO_VALUE);
    Value r = IM_NO_VALUE;
    ssize_t have = b->rend - b->pos;
    if (b->wlen && flush_writes(t, b) < 0) goto done;
    if (have) {
        if (size > have) size = have;
        r = im_bytes_new(t, b->buf + b->pos, size);
        b->pos += size;
        goto done;
    }
    b->pos = b->rend = 0;
    r = im_bytes_new(t, NULL, size);
    if (im_no_value(r)) goto done;
    ssize_t got = raw_read(t, b, im_bytes_data(r), size);
    if (got == -1) { im_drop(t, r); r = IM_NO_VALUE; goto done; }
    if (im_bytes_resize(t, &r, got < 0 ? 0 : got) < 0) r = IM_NO_VALUE;
done:
    LEAVE();
    return r;
}
static Value readinto_common(Thread *t, Value self, Value target, bool once)
{
    ImBuffered *b = bp(self);
    ImBuffer buf;
    if (check_open(t, b, "readinto of closed file") < 0) return IM_NO_VALUE;
    if (im_buffer_get(t, target, &buf, IM_BUF_WRITABLE) < 0) {
        if (im_exc_clear_if(t, &im_TypeError_type) || im_exc_clear_if(t, &im_BufferError_type))
            (void)im_raise_type(t, "%s() argument must be read-write bytes-like object, not %T", once ? "readinto1" : "readinto", target);
        return IM_NO_VALUE;
    }
    if (enter(t, b, self) < 0) { im_buffer_release(t, &buf); return IM_NO_VALUE; }
    Value out = IM_NO_VALUE;
    ssize_t done = 0, r = 1;
    if (b->wlen && flush_writes(t, b) < 0) goto end;
    ssize_t k = b->rend - b->pos < buf.len ? b->rend - b->pos : buf.len;
    memcpy(buf.buf, b->buf + b->pos, (size_t)k);
    b->pos += k;
    done = k;
    while (done < buf.len) {
        if (buf.len - done > b->size) {
            b->pos = b->rend = 0;
            r = raw_read(t, b, (char *)buf.buf + done, buf.len - done);
        } else if (once && done) {
            break;
        } else {
            r = fill(t, b);
            if (r > 0) {
                r = b->rend - b->pos < buf.len - done ? b->rend - b->pos : buf.len - done;
                memcpy((char *)buf.buf + done, b->buf + b->pos, (size_t)r);
                b->pos += r;
            }
        }
        if (r == -1) goto end;
        if (r <= 0) break;
        done += r;
        if (once) break;
    }
    out = r == -2 && done == 0 ? IM_NONE : im_int(done);
end:
    LEAVE();
    im_buffer_release(t, &buf);
    return out;
}
static Value b_readinto(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)n; (void)kw; return readinto_common(t, self, a[0], false); }
static Value b_readinto1(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)n; (void)kw; return readinto_common(t, self, a[0], true); }
static Value b_peek(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImBuffered *b = bp(self);
    if (check_open(t, b, "peek of closed file") < 0) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    Value r = IM_NO_VALUE;
    if (b->wlen == 0 || flush_writes(t, b) == 0)
        if (b->rend > b->pos || fill(t, b) != -1) r = im_bytes_new(t, b->buf + b->pos, b->rend - b->pos);
    LEAVE();
    return r;
}

static Value readline_locked(Thread *t, ImBuffered *b, ssize_t limit)
{
    Value out = IM_NO_VALUE; /* what was taken from earlier buffers */
    if (b->wlen && flush_writes(t, b) < 0) return IM_NO_VALUE;
    for (;;) {
        ssize_t have = b->rend - b->pos, n = limit >= 0 && have > limit ? limit : have;
        const char *p = b->buf + b->pos, *nl = n ? memchr(p, '\n', (size_t)n) : NULL;
        ssize_t take = nl ? nl - p + 1 : n;
        if (take) {
            if (im_no_value(out)) {
                out = im_bytes_new(t, p, take);
                if (im_no_value(out)) return out;
            } else {
                ssize_t old = im_bytes_len(out);
                if (im_bytes_resize(t, &out, old + take) < 0) return IM_NO_VALUE;
                memcpy(im_bytes_data(out) + old, p, (size_t)take);
            }
            b->pos += take;
            if (limit >= 0) limit -= take;
        }
        if (nl || limit == 0) break;
        ssize_t r = fill(t, b);
        if (r == -1) { im_xdrop(t, out); return IM_NO_VALUE; }
        if (r <= 0) break;
    }
    return im_no_value(out) ? im_bytes_new(t, "", 0) : out;
}
/* A line that lies whole in the buffer of a file of one thread: nothing is called, so no lock is taken. No value: not that case. */
static Value quick_line(Thread *t, ImBuffered *b)
{
    if (!im_is_private_obj(&b->head) || im_load_relaxed(&b->lock.x_owner) != 0 || !b->ok || b->wlen || b->pos >= b->rend || im_io_buffered_open(im_value(b)) <= 0) return IM_NO_VALUE;
    const char *p = b->buf + b->pos, *nl = memchr(p, '\n', (size_t)(b->rend - b->pos));
    if (!nl) return IM_NO_VALUE;
    Value line = im_bytes_new(t, p, nl + 1 - p);
    if (IM_UNLIKELY(im_no_value(line))) im_exc_clear(t); /* it is tried, and raised, again */
    else b->pos += nl + 1 - p;
    return line;
}
static Value b_readline(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ImBuffered *b = bp(self);
    ssize_t limit = -1;
    if (n == 0) {
        Value quick = quick_line(t, b);
        if (IM_LIKELY(!im_no_value(quick))) return quick;
    }
    if (n && !im_is_none(a[0])) {
        if (!im_is_index(a[0])) return im_raise_type(t, "argument should be integer or None, not '%T'", a[0]);
        if (im_as_ssize(t, a[0], &im_OverflowError_type, &limit) < 0) return IM_NO_VALUE;
    }
    if (check_open(t, b, "readline of closed file") < 0) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    Value r = readline_locked(t, b, limit < 0 ? -1 : limit);
    LEAVE();
    return r;
}
static Value b_next(Thread *t, Value self)
{
    ImBuffered *b = bp(self);
    Value line;
    if (check_ok(t, b) < 0) return IM_NO_VALUE;
    ImType *ty = im_type_of(self);
    if (ty == &im_BufferedReader_type || ty == &im_BufferedRandom_type) {
        line = quick_line(t, b);
        if (IM_LIKELY(!im_no_value(line))) return line;
        if (check_open(t, b, "readline of closed file") < 0) return IM_NO_VALUE;
        ENTER(IM_NO_VALUE);
        line = readline_locked(t, b, -1);
        LEAVE();
    } else {
        line = im_call_method0(t, self, IM_S(readline));
        if (!im_no_value(line) && !im_is_bytes(line)) {
            (void)im_raise(t, &im_OSError_type, "readline() should have returned a bytes object, not '%T'", line);
            im_drop(t, line);
            return IM_NO_VALUE;
        }
    }
    if (im_no_value(line)) return line;
    if (im_bytes_len(line) == 0) { im_drop(t, line); return IM_STOP; }
    return line;
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------ */
static Value b_write(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    ImBuffered *b = bp(self);
    ImBuffer buf;
    if (im_is_bytes_exact(a[0]) && im_is_private_obj(&b->head) && b->ok && im_io_is_fileio(b->raw) && !b->rend && im_load_relaxed(&b->lock.x_owner) == 0) {
        ssize_t size = im_bytes_len(a[0]);
        if (size <= b->size - b->wlen && ((ImFileIO *)im_ptr(b->raw))->fd >= 0) {
            memcpy(b->buf + b->wlen, im_bytes_data(a[0]), (size_t)size);
            b->wlen += size;
            return im_int(size);
        }
    }
    if (check_ok(t, b) < 0 || im_buffer_get(t, a[0], &buf, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    if (enter(t, b, self) < 0) { im_buffer_release(t, &buf); return IM_NO_VALUE; }
    Value out = IM_NO_VALUE;
    if (check_open(t, b, "write to closed file") < 0) goto done; /* also while another thread closes it, now that it is done */
    const char *p = buf.buf;
    ssize_t left = buf.len;
    if (b->rend && rewind_reads(t, b) < 0) goto done;
    if (left <= b->size - b->wlen) {
        memcpy(b->buf + b->wlen, p, (size_t)left);
        b->wlen += left;
        out = im_int(buf.len);
        goto done;
    }
    if (flush_writes(t, b) < 0) {
        if (!im_pending_is(t, &im_BlockingIOError_type)) goto done;
        /* The raw stream is full: take what fits. */
        ssize_t room = b->size - b->wlen;
        if (left <= room) {
            im_exc_clear(t);
            memcpy(b->buf + b->wlen, p, (size_t)left);
            b->wlen += left;
            out = im_int(buf.len);
            goto done;
        }
        im_exc_clear(t);
        memcpy(b->buf + b->wlen, p, (size_t)room);
        b->wlen += room;
        (void)would_block(t, room);
        goto done;
    }
    while (left > b->size) {
        ssize_t r = raw_write(t, b, p, left);
        if (r == -1) goto done;
        if (r == -2) {
            memcpy(b->buf, p, (size_t)b->size);
            b->wlen = b->size;
            (void)would_block(t, buf.len - left + b->size);
            goto done;
        }
        p += r;
        left -= r;
        if (im_poll(t) < 0) goto done;
    }
    memcpy(b->buf, p, (size_t)left);
    b->wlen = left;
    out = im_int(buf.len);
done:
    LEAVE();
    im_buffer_release(t, &buf);
    return out;
}
static int flush_and_rewind(Thread *t, ImBuffered *b)
{
    if (b->wlen && flush_writes(t, b) < 0) return -1;
    return b->readable && b->writable ? rewind_reads(t, b) : 0;
}
static Value b_flush(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImBuffered *b = bp(self);
    if (check_open(t, b, "flush of closed file") < 0) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    int r = flush_and_rewind(t, b);
    LEAVE();
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
static Value simple_flush(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    return raw_call(t, bp(self), IM_S(flush));
}

/* --- position ------------------------------------------------------------------------------------------------------------------------- */
static Value b_tell(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImBuffered *b = bp(self);
    if (check_ok(t, b) < 0) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    int64_t p = raw_tell(t, b);
    if (p >= 0) { p += b->wlen - (b->rend - b->pos); if (p < 0) p = 0; }
    LEAVE();
    return p < 0 ? IM_NO_VALUE : im_int_new(t, p);
}
static Value b_seek(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    ImBuffered *b = bp(self);
    int whence = 0;
    int64_t off;
    if (check_ok(t, b) < 0 || (n > 1 && im_as_int(t, a[1], &whence) < 0)) return IM_NO_VALUE;
    if (whence < 0 || (whence > 2 && whence != 3 && whence != 4)) return im_raise_valueerror(t, "whence value %d unsupported", whence);
    if (check_open(t, b, "seek of closed file") < 0) return IM_NO_VALUE;
    Value raw = {im_load_acquire(&b->raw.bits)};
    int ok = im_io_is_fileio(raw) && ((ImFileIO *)im_ptr(raw))->fd >= 0 ? ((ImFileIO *)im_ptr(raw))->seekable : -1;
    if (ok < 0) {
        Value s = raw_call(t, b, IM_S(seekable));
        if (im_no_value(s)) return s;
        ok = im_truth(t, s);
        im_drop(t, s);
    }
    if (ok <= 0) return ok < 0 ? IM_NO_VALUE : im_io_unsupported(t, "File or stream is not seekable.");
    if (im_as_int64(t, a[0], &off) < 0) return IM_NO_VALUE;
    ENTER(IM_NO_VALUE);
    int64_t r = -1;
    if (whence != 2 && b->readable && b->wlen == 0 && b->rend) { /* within what was read ahead? */
        int64_t now = b->at >= 0 ? b->at : raw_tell(t, b);
        if (now < 0) goto done;
        if (im_io_is_fileio(b->raw) && ((ImFileIO *)im_ptr(b->raw))->regular) b->at = now;
        int64_t start = now - b->rend, target = whence == 0 ? off : now - (b->rend - b->pos) + off;
        if (whence <= 1 && target >= start && target <= now) {
            b->pos = target - start;
            r = target < 0 ? 0 : target; /* character devices tell 0 wherever they are */
            goto done;
        }
        if (whence == 1) { off = target; whence = 0; if (off < 0) { (void)im_raise_errno(t, EINVAL); goto done; } }
    }
    if (b->wlen && flush_writes(t, b) < 0) goto done;
    r = raw_seek(t, b, off, whence);
    if (r >= 0) b->pos = b->rend = 0;
done:
    LEAVE();
    return r < 0 ? IM_NO_VALUE : im_int_new(t, r);
}
static Value b_truncate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    ImBuffered *b = bp(self);
    if (check_open(t, b, "truncate of closed file") < 0) return IM_NO_VALUE;
    if (!im_load_relaxed(&b->writable)) return im_io_unsupported(t, "truncate");
    Value pos = n && !im_is_none(a[0]) ? im_new_ref(a[0]) : b_tell(t, self, NULL, 0, kw);
    if (im_no_value(pos)) return pos;
    if (enter(t, b, self) < 0) { im_drop(t, pos); return IM_NO_VALUE; }
    Value r = flush_and_rewind(t, b) < 0 ? IM_NO_VALUE : im_call_method1(t, b->raw, IM_S(truncate), pos);
    LEAVE();
    im_drop(t, pos);
    return r;
}

/* --- life -------------------------------------------------------------------------------------------------------------------------------- */
static Value b_close(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImBuffered *b = bp(self);
    if (check_ok(t, b) < 0) return IM_NO_VALUE;
    int c = raw_closed(t, b);
    if (c) return c < 0 ? IM_NO_VALUE : IM_NONE;
    Value fin;
    if (im_lookup_attr(t, self, IM_S(_finalizing), &fin) < 0) return IM_NO_VALUE;
    if (!im_no_value(fin)) {
        im_drop(t, fin);
        Value raw = raw_ref(t, b), w = im_no_value(raw) ? raw : im_call_method1(t, raw, IM_S(_dealloc_warn), self);
        im_xdrop(t, raw);
        if (im_no_value(w)) im_exc_clear(t);
        else im_drop(t, w);
    }
    Value f = im_call_method0(t, self, IM_S(flush)), e = im_exc_fetch(t);
    im_xdrop(t, f);
    Value r = im_io_lock(t, &b->lock, self) < 0 ? IM_NO_VALUE : raw_call(t, b, IM_S(close));
    if (im_load_relaxed(&b->lock.x_owner) == t->serial) im_io_unlock(&b->lock);
    if (!im_no_value(e)) {
        if (im_no_value(r)) {
            Value second = im_exc_fetch(t);
            im_exc_set_context(t, second, e);
            im_exc_restore(t, second);
        } else {
            im_drop(t, r);
            im_exc_restore(t, e);
        }
        return IM_NO_VALUE;
    }
    return r;
}
static Value b_detach(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    ImBuffered *b = bp(self);
    if (check_ok(t, b) < 0) return IM_NO_VALUE;
    Value f = im_call_method0(t, self, IM_S(flush));
    if (im_no_value(f)) return f;
    im_drop(t, f);
    ENTER(IM_NO_VALUE);
    im_store_relaxed(&b->detached, true);
    im_store_release(&b->ok, false);
    Value raw = im_slot_exchange(t, &b->head, &b->raw, IM_NO_VALUE);
    LEAVE();
    return raw;
}
/* Names that macros form: IM_S(seekable) IM_S(readable) IM_S(writable) IM_S(fileno) IM_S(isatty) IM_S(read) IM_S(peek) IM_S(read1) IM_S(readinto) IM_S(readinto1) IM_S(write) IM_S(flush). */
#define FORWARD(fn, name) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw) \
    { (void)a; (void)n; (void)kw; return raw_call(t, bp(self), IM_S(name)); }
FORWARD(b_seekable, seekable)
FORWARD(b_readable, readable)
FORWARD(b_writable, writable)
FORWARD(b_fileno, fileno)
FORWARD(b_isatty, isatty)
static Value b_get_raw(Thread *t, Value self, void *c) { (void)c; Value r = im_slot_get(t, NULL, &bp(self)->raw); return im_no_value(r) ? IM_NONE : r; }
static Value b_get_closed(Thread *t, Value self, void *c) { (void)c; return raw_attr(t, bp(self), IM_S(closed)); }
static Value b_get_name(Thread *t, Value self, void *c) { (void)c; return raw_attr(t, bp(self), IM_S(name)); }
static Value b_get_mode(Thread *t, Value self, void *c) { (void)c; return raw_attr(t, bp(self), IM_S(mode)); }
static Value b_sizeof(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)t; (void)a; (void)n; (void)kw; return im_int((int64_t)sizeof(ImBuffered) + im_load_relaxed(&bp(self)->size)); }
static Value b_dealloc_warn(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    if (!im_load_acquire(&bp(self)->ok)) return IM_NONE;
    Value raw = raw_ref(t, bp(self)), w = im_no_value(raw) ? raw : im_call_method1(t, raw, IM_S(_dealloc_warn), a[0]);
    im_xdrop(t, raw);
    if (im_no_value(w)) im_exc_clear(t);
    else im_drop(t, w);
    return IM_NONE;
}
static Value b_repr(Thread *t, Value self)
{
    Value name;
    const char *cls = im_type_of(self)->spec ? im_type_of(self)->spec->name : im_type_cname(im_type_of(self));
    if (im_lookup_attr(t, self, IM_S(name), &name) < 0) {
        if (!im_exc_clear_if(t, &im_ValueError_type)) return IM_NO_VALUE;
        name = IM_NO_VALUE;
    }
    if (im_no_value(name)) return im_str_format(t, "<%s>", cls);
    int r = im_repr_enter(t, self);
    Value s = IM_NO_VALUE;
    if (r > 0) (void)im_raise_runtime(t, "reentrant call inside %s.__repr__", cls);
    if (r == 0) {
        s = im_str_format(t, "<%s name=%R>", cls, name);
        im_repr_leave(t, self);
    }
    im_drop(t, name);
    return s;
}

static int init_common(Thread *t, Value self, Value raw, Value size_arg, bool r, bool w)
{
    ImBuffered *b = bp(self);
    ssize_t size = IM_IO_BUFFER_SIZE;
    im_store_release(&b->ok, false);
    im_store_relaxed(&b->detached, false);
    if (!im_no_value(size_arg) && im_as_ssize(t, size_arg, &im_OverflowError_type, &size) < 0) return -1;
    if (size <= 0) return im_raise_valueerror(t, "buffer size must be strictly positive"), -1;
    Value c = IM_NO_VALUE;
    if (r && im_no_value(c = im_call_method0(t, raw, IM_S(readable)))) return -1;
    if (r) {
        int ok = im_truth(t, c);
        im_drop(t, c);
        if (ok <= 0) return ok < 0 ? -1 : (im_io_unsupported(t, "File or stream is not readable."), -1);
    }
    if (w && im_no_value(c = im_call_method0(t, raw, IM_S(writable)))) return -1;
    if (w) {
        int ok = im_truth(t, c);
        im_drop(t, c);
        if (ok <= 0) return ok < 0 ? -1 : (im_io_unsupported(t, "File or stream is not writable."), -1);
    }
    char *buf = im_raw_alloc(t, (size_t)size);
    if (!buf) return -1;
    if (im_io_lock(t, &b->lock, self) < 0) { im_raw_free(buf); return -1; } /* who reads or writes at this moment ends first */
    im_raw_free(b->buf);
    b->buf = buf;
    im_store_relaxed(&b->size, size); /* size and writable are looked at without the lock too */
    b->pos = b->rend = b->wlen = 0;
    b->readable = r;
    im_store_relaxed(&b->writable, w);
    Value old = im_slot_exchange(t, &b->head, &b->raw, im_new_ref(raw));
    b->at = -1;
    im_store_release(&b->ok, true);
    LEAVE();
    im_xdrop(t, old);
    return 0;
}
#define SIG "(raw, buffer_size=DEFAULT_BUFFER_SIZE)"
static int parse_init(Thread *t, Value self, const char *fname, const Value *args, size_t nargs, Value kw, bool r, bool w)
{
    ImArgs a;
    if (im_parse_args(t, fname, SIG, args, nargs, kw, &a) < 0) return -1;
    int res = 0;
    if (r && w) {
        Value s = im_call_method0(t, a.v[0], IM_S(seekable));
        res = im_no_value(s) ? -1 : im_truth(t, s);
        res = res < 0 ? -1 : res ? 0 : (im_io_unsupported(t, "File or stream is not seekable."), -1);
        im_xdrop(t, s);
    }
    if (res == 0) res = init_common(t, self, a.v[0], a.v[1], r, w);
    im_args_fini(t, &a);
    return res;
}
static int reader_init(Thread *t, Value self, const Value *a, size_t n, Value kw) { return parse_init(t, self, "BufferedReader", a, n, kw, true, false); }
static int writer_init(Thread *t, Value self, const Value *a, size_t n, Value kw) { return parse_init(t, self, "BufferedWriter", a, n, kw, false, true); }
static int random_init(Thread *t, Value self, const Value *a, size_t n, Value kw) { return parse_init(t, self, "BufferedRandom", a, n, kw, true, true); }
static Value b_new(Thread *t, ImType *type, const Value *a, size_t n, Value kw)
{
    (void)a; (void)n; (void)kw;
    return im_value(im_instance_alloc(t, type, 0));
}
static int b_traverse(ImObject *o, ImVisit visit, void *arg) { Value r = ((ImBuffered *)o)->raw; return im_is_object(r) ? visit(r, arg) : 0; }
static void b_destroy(Thread *t, ImObject *o)
{
    ImBuffered *b = (ImBuffered *)o;
    im_raw_free(b->buf);
    im_destroy_child(t, b->raw);
}
static void b_clear(Thread *t, ImObject *o)
{
    im_store_release(&((ImBuffered *)o)->ok, false);
    im_slot_put(t, o, &((ImBuffered *)o)->raw, IM_NO_VALUE);
}
#define LIFE \
    IM_FIXED("detach", b_detach, 0, "($self, /)", NULL), IM_FIXED("close", b_close, 0, "($self, /)", NULL), IM_FIXED("seekable", b_seekable, 0, "($self, /)", NULL), \
    IM_FIXED("fileno", b_fileno, 0, "($self, /)", NULL), IM_FIXED("isatty", b_isatty, 0, "($self, /)", NULL), IM_FIXED("tell", b_tell, 0, "($self, /)", NULL), \
    IM_RANGE("seek", b_seek, 1, 2, "($self, target, whence=0, /)", NULL), IM_FIXED("_dealloc_warn", b_dealloc_warn, 1, "($self, source, /)", NULL), IM_FIXED("__sizeof__", b_sizeof, 0, NULL, NULL), \
    IM_RAW("__getstate__", im_io_no_pickle, NULL, NULL)
#define READS \
    IM_RANGE("read", b_read, 0, 1, "($self, size=-1, /)", NULL), IM_RANGE("peek", b_peek, 0, 1, "($self, size=0, /)", NULL), IM_RANGE("read1", b_read1, 0, 1, "($self, size=-1, /)", NULL), \
    IM_FIXED("readinto", b_readinto, 1, "($self, buffer, /)", NULL), IM_FIXED("readinto1", b_readinto1, 1, "($self, buffer, /)", NULL), IM_RANGE("readline", b_readline, 0, 1, "($self, size=-1, /)", NULL)
static const ImMethodDef reader_methods[] = {LIFE, READS, IM_FIXED("readable", b_readable, 0, "($self, /)", NULL), IM_FIXED("flush", simple_flush, 0, "($self, /)", NULL), IM_RANGE("truncate", b_truncate, 0, 1, "($self, pos=None, /)", NULL), IM_END};
static const ImMethodDef writer_methods[] = {LIFE, IM_FIXED("write", b_write, 1, "($self, buffer, /)", NULL), IM_FIXED("writable", b_writable, 0, "($self, /)", NULL), IM_FIXED("flush", b_flush, 0, "($self, /)", NULL),
    IM_RANGE("truncate", b_truncate, 0, 1, "($self, pos=None, /)", NULL), IM_END};
static const ImMethodDef random_methods[] = {LIFE, READS, IM_FIXED("readable", b_readable, 0, "($self, /)", NULL), IM_FIXED("writable", b_writable, 0, "($self, /)", NULL), IM_FIXED("write", b_write, 1, "($self, buffer, /)", NULL),
    IM_FIXED("flush", b_flush, 0, "($self, /)", NULL), IM_RANGE("truncate", b_truncate, 0, 1, "($self, pos=None, /)", NULL), IM_END};
static const ImGetSetDef b_getset[] = {{"raw", b_get_raw, NULL, NULL, NULL}, {"closed", b_get_closed, NULL, NULL, NULL}, {"name", b_get_name, NULL, NULL, NULL}, {"mode", b_get_mode, NULL, NULL, NULL}, {0}};
#define B_FLAGS (IM_TF_GC | IM_TF_BASETYPE | IM_TF_HAS_DICT | IM_TF_WEAKREF)
#define B_SPEC(ident, nm, docs) \
    static const ImSlots ident##_slots = {.repr = b_repr, .init = ident##_init, .new_ = b_new, .next = b_next}; \
    static const ImTypeSpec ident##_spec = {.name = "_io." nm, .size = sizeof(ImBuffered), .flags = B_FLAGS, .base = &im_BufferedIOBase__type, .slots = &ident##_slots, .methods = ident##_methods, .getset = b_getset, \
        .traverse = b_traverse, .clear = b_clear, .destroy = b_destroy, .finalize = im_io_finalize, .quiet_new = true, .text_signature = SIG, .doc = docs}
B_SPEC(reader, "BufferedReader", "Create a new buffered reader using the given readable raw IO object.");
IM_TYPE(BufferedReader, &reader_spec);
B_SPEC(writer, "BufferedWriter", "A buffer for a writeable sequential RawIO object.");
IM_TYPE(BufferedWriter, &writer_spec);
B_SPEC(random, "BufferedRandom", "A buffered interface to random access streams.");
IM_TYPE(BufferedRandom, &random_spec);

/* --- BufferedRWPair ---------------------------------------------------------------------------------------------------------------------------- */
typedef struct ImPair { ImObject head; Value reader, writer; } ImPair;
static ImPair *pp(Value v) { return (ImPair *)im_ptr(v); }
static int pair_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    if (im_no_kwargs(t, "BufferedRWPair", kw) < 0 || im_check_nargs(t, "BufferedRWPair", nargs, 2, 3) < 0) return -1;
    for (int i = 0; i < 2; i++) {
        Value c = im_call_method0(t, args[i], i ? IM_S(_checkWritable) : IM_S(_checkReadable));
        if (im_no_value(c)) {
            if (!im_exc_clear_if(t, &im_AttributeError_type)) return -1;
            c = im_call_method0(t, args[i], i ? IM_S(writable) : IM_S(readable));
            if (im_no_value(c)) return -1;
            int ok = im_truth(t, c);
            im_drop(t, c);
            if (ok <= 0) return ok < 0 ? -1 : (im_io_unsupported(t, i ? "File or stream is not writable." : "File or stream is not readable."), -1);
            continue;
        }
        im_drop(t, c);
    }
    Value in[2] = {args[0], nargs > 2 ? args[2] : im_int(IM_IO_BUFFER_SIZE)}, out[2] = {args[1], in[1]};
    Value r = im_call(t, im_type_value(&im_BufferedReader_type), in, 2, IM_NO_VALUE);
    if (im_no_value(r)) return -1;
    Value w = im_call(t, im_type_value(&im_BufferedWriter_type), out, 2, IM_NO_VALUE);
    if (im_no_value(w)) { im_drop(t, r); return -1; }
    im_slot_put(t, im_ptr(self), &pp(self)->reader, r);
    im_slot_put(t, im_ptr(self), &pp(self)->writer, w);
    return 0;
}
static Value pair_forward(Thread *t, Value who, Value name, const Value *a, size_t n)
{
    if (im_no_value(who)) return im_raise_valueerror(t, "I/O operation on uninitialized object");
    return im_call_method(t, who, name, a, n, IM_NO_VALUE);
}
#define PAIR(fn, who, name) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)kw; return pair_forward(t, pp(self)->who, IM_S(name), a, n); }
PAIR(pair_read, reader, read)
PAIR(pair_peek, reader, peek)
PAIR(pair_read1, reader, read1)
PAIR(pair_readinto, reader, readinto)
PAIR(pair_readinto1, reader, readinto1)
PAIR(pair_write, writer, write)
PAIR(pair_flush, writer, flush)
PAIR(pair_readable, reader, readable)
PAIR(pair_writable, writer, writable)
static Value pair_close(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    Value w = pair_forward(t, pp(self)->writer, IM_S(close), a, n), e = im_exc_fetch(t);
    im_xdrop(t, w);
    Value r = pair_forward(t, pp(self)->reader, IM_S(close), a, n);
    if (!im_no_value(e)) {
        if (im_no_value(r)) { Value s = im_exc_fetch(t); im_exc_set_context(t, s, e); im_exc_restore(t, s); }
        else { im_drop(t, r); im_exc_restore(t, e); }
        return IM_NO_VALUE;
    }
    return r;
}
static Value pair_isatty(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)kw;
    Value w = pair_forward(t, pp(self)->writer, IM_S(isatty), a, n);
    if (im_no_value(w) || w.bits == IM_TRUE.bits) return w;
    im_drop(t, w);
    return pair_forward(t, pp(self)->reader, IM_S(isatty), a, n);
}
static Value pair_closed(Thread *t, Value self, void *c)
{
    (void)c;
    return im_no_value(pp(self)->writer) ? im_raise_runtime(t, "the BufferedRWPair object is being garbage-collected") : im_getattr(t, pp(self)->writer, IM_S(closed));
}
static int pair_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImPair *p = (ImPair *)o;
    int r = im_is_object(p->reader) ? visit(p->reader, arg) : 0;
    return r ? r : im_is_object(p->writer) ? visit(p->writer, arg) : 0;
}
static void pair_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((ImPair *)o)->reader);
    im_destroy_child(t, ((ImPair *)o)->writer);
}
static const ImMethodDef pair_methods[] = {IM_RAW("read", pair_read, NULL, NULL), IM_RAW("peek", pair_peek, NULL, NULL), IM_RAW("read1", pair_read1, NULL, NULL), IM_RAW("readinto", pair_readinto, NULL, NULL),
    IM_RAW("readinto1", pair_readinto1, NULL, NULL), IM_RAW("write", pair_write, NULL, NULL), IM_RAW("flush", pair_flush, "($self, /)", NULL), IM_RAW("readable", pair_readable, "($self, /)", NULL), IM_RAW("writable", pair_writable, "($self, /)", NULL),
    IM_RAW("close", pair_close, "($self, /)", NULL), IM_RAW("isatty", pair_isatty, "($self, /)", NULL), IM_END};
static const ImGetSetDef pair_getset[] = {{"closed", pair_closed, NULL, NULL, NULL}, {0}};
static const ImSlots pair_slots = {.init = pair_init, .new_ = b_new};
static const ImTypeSpec pair_spec = {.name = "_io.BufferedRWPair", .text_signature = "(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)", .size = sizeof(ImPair), .flags = B_FLAGS, .base = &im_BufferedIOBase__type, .slots = &pair_slots, .methods = pair_methods, .getset = pair_getset,
    .traverse = pair_traverse, .destroy = pair_destroy, .finalize = im_io_finalize, .quiet_new = true, .doc = "A buffered reader and writer object together."};
IM_TYPE(BufferedRWPair, &pair_spec);
