/* What the files of _io share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_IO_H
#define IM_MODULES_IO_H

#include "modules/module.h"

#define IM_IO_BUFFER_SIZE 8192

/* Re-entrant lock of a buffered or text object: a finalizer or signal handler of the holder may come back to it. */
typedef struct ImIoLock {
    ImMutex mutex;
    uint64_t x_owner; /* serial of the thread inside, 0: none */
    uint32_t depth;
    bool quiet;       /* entered without the mutex, while the object was private: who comes meanwhile waits for x_owner */
} ImIoLock;
/* -1 with RuntimeError when a re-entrant call by the same thread must be refused. */
IM_MUST_USE int im_io_lock(Thread *t, ImIoLock *l, Value self);
/* The same for an object that may be entered again. */
void im_io_lock_nested(Thread *t, ImIoLock *l);
void im_io_unlock(ImIoLock *l);

typedef struct ImFileIO {
    ImObject head;
    int fd; /* -1: closed */
    bool created, readable, writable, appending, closefd;
    int8_t seekable; /* -1: not asked yet */
    bool regular;    /* an ordinary file, whose position moves with what is read */
    uint32_t blksize;
} ImFileIO;
/* One buffer of fixed size (io_buffered.c). */
typedef struct ImBuffered {
    ImObject head;
    Value raw;        /* no value: not initialised or detached. Replaced by exchange and under `lock`: its holder borrows it, others take a reference (raw_ref) */
    char *buf;
    ssize_t size, pos, rend, wlen;
    int64_t at;       /* position of the raw stream, for seeks within what was read ahead; -1: not known */
    bool readable, writable, ok, detached;
    ImIoLock lock;
} ImBuffered;
IM_TYPE_DECLARE(IOBase_); IM_TYPE_DECLARE(RawIOBase_); IM_TYPE_DECLARE(BufferedIOBase_); IM_TYPE_DECLARE(TextIOBase_);
IM_TYPE_DECLARE(FileIO); IM_TYPE_DECLARE(BytesIO); IM_TYPE_DECLARE(StringIO); IM_TYPE_DECLARE(BufferedReader); IM_TYPE_DECLARE(BufferedWriter);
IM_TYPE_DECLARE(BufferedRandom); IM_TYPE_DECLARE(BufferedRWPair); IM_TYPE_DECLARE(TextIOWrapper); IM_TYPE_DECLARE(IncrementalNewlineDecoder);

/* io.UnsupportedOperation(msg) */
Value im_io_unsupported(Thread *t, const char *msg);
/* ValueError "I/O operation on closed file." if v.closed; -1. */
IM_MUST_USE int im_io_check_closed(Thread *t, Value v, const char *msg);
/* read(2)/write(2) detached, repeated after signals; -1: error raised; -2: would block. */
ssize_t im_io_read_fd(Thread *t, int fd, void *p, size_t n);
ssize_t im_io_write_fd(Thread *t, int fd, const void *p, size_t n);
/* Finalizer of every io object: close() unless closed, errors ignored or reported. */
void im_io_finalize(Thread *t, ImObject *o);
/* v an exact BytesIO: 1 open, 0 closed; -1: it is something else. */
int im_io_memory_open(Value v);
/* A FileIO as open() made it, with its name for an attribute and no other: methods that somebody has put into the object are called. */
IM_INLINE bool im_io_is_fileio(Value v)
{
    if (!im_is_object(v)) return false;
    const ImShape *s = im_load_acquire(&im_ptr(v)->x_shape);
    return s->type == &im_FileIO_type && s->nslots <= 1 && !(s->kind & IM_SHAPE_DICT);
}
/* Of a buffered object: 1 open, 0 its FileIO is closed, -1 only its attribute can tell. */
IM_INLINE int im_io_buffered_open(Value buffer)
{
    const ImBuffered *b = (const ImBuffered *)im_ptr(buffer);
    Value raw = {im_load_acquire(&b->raw.bits)};
    return !im_load_acquire(&b->ok) || im_no_value(raw) ? -1 : im_io_is_fileio(raw) ? ((ImFileIO *)im_ptr(raw))->fd >= 0 : im_io_memory_open(raw);
}
IM_INLINE bool im_io_buffered_is(Value v)
{
    const ImType *ty = im_type_of(v);
    return ty == &im_BufferedReader_type || ty == &im_BufferedWriter_type || ty == &im_BufferedRandom_type;
}
/* __getstate__ of objects that have none. */
Value im_io_no_pickle(Thread *t, Value self, const Value *args, size_t nargs, Value kw);
/* Universal newline translation state for StringIO and IncrementalNewlineDecoder. */
IM_MUST_USE Value im_io_translate(Thread *t, Value s, bool *pending_cr, uint8_t *seen, bool final, bool translate);
/* End of the first line in [start, len) of s: index past the newline, or -1. Universal looks for \n, \r, \r\n; translated for \n; else newline itself. */
ssize_t im_io_line_end(Value s, ssize_t start, bool translated, bool universal, Value newline, ssize_t *resume);
Value im_io_open(Thread *t, Value self, const Value *args, size_t nargs, Value kw);

#endif
