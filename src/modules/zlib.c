/* zlib: compression with zlib, loaded when the module is imported. Work on more than a few bytes is done detached.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <zlib.h>

#include "modules/compress.h"

/* The initialisers are macros that pass the version. */
#define FUNCTIONS(X) X(deflateInit2_) X(deflate) X(deflateEnd) X(deflateCopy) X(deflateSetDictionary) X(inflateInit2_) X(inflate) X(inflateEnd) X(inflateCopy) \
    X(inflateSetDictionary) X(adler32) X(crc32) X(zlibVersion)
IM_LAZYLIB(z, "libz.so.1", FUNCTIONS);

enum { BUFFER = 16384 };
static Value x_error;

static Value raise_zlib(Thread *t, const z_stream *z, int e, const char *what)
{
    const char *text = e == Z_VERSION_ERROR ? "library version mismatch" : z->msg;
    if (!text) text = e == Z_BUF_ERROR ? "incomplete or truncated stream" : e == Z_STREAM_ERROR ? "inconsistent stream state" : e == Z_DATA_ERROR ? "invalid input data" : NULL;
    if (e == Z_MEM_ERROR) return im_raise_memory(t);
    if (!text) return im_raise(t, im_as_type(x_error), "Error %d %s", e, what);
    return im_raise(t, im_as_type(x_error), "Error %d %s: %.200s", e, what, text);
}
static int int_or(Thread *t, Value v, int dflt, int *out)
{
    *out = dflt;
    return im_no_value(v) ? 0 : im_as_int(t, v, out);
}
static uInt clip(size_t n) { return n > UINT_MAX ? UINT_MAX : (uInt)n; }

/* --- one call ----------------------------------------------------------------------------------------------------------------------------------------------- */

/* Runs deflate or inflate until `done`; the stream's input moves along data. */
typedef struct Io { z_stream *z; const uint8_t *in; size_t n_in; } Io;
static void feed(Io *io)
{
    io->z->next_in = (Bytef *)(uintptr_t)io->in;
    io->z->avail_in = clip(io->n_in);
}
static void fed(Io *io)
{
    size_t used = (size_t)(io->z->next_in - io->in);
    io->in += used;
    io->n_in -= used;
}
static int step(Thread *t, Io *io, ImOut *out, int (*fn)(z_stream *, int), int flush, bool *full)
{
    size_t room;
    int r;
    uint8_t *p = im_out_room(t, out, &room);
    if (!p) return Z_MEM_ERROR;
    io->z->next_out = p;
    io->z->avail_out = clip(room);
    uInt given = io->z->avail_out;
    feed(io);
    int how = io->n_in > UINT_MAX ? Z_NO_FLUSH : flush;
    if (io->n_in < 512 && given < 4096) {
        r = fn(io->z, how);
    } else {
        IM_DETACH(t);
        r = fn(io->z, how);
        IM_ATTACH(t);
    }
    fed(io);
    im_out_advance(out, given - io->z->avail_out);
    *full = io->z->avail_out == 0;
    return r;
}

IM_METHOD(zlib_compress)
{
    ImBuffer b;
    int level, wbits, r;
    if (int_or(t, args[1], Z_DEFAULT_COMPRESSION, &level) < 0 || int_or(t, args[2], MAX_WBITS, &wbits) < 0 || im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    z_stream z = {0};
    ImOut out;
    Value v = IM_NO_VALUE;
    r = deflateInit2(&z, level, Z_DEFLATED, wbits, MAX_MEM_LEVEL > 8 ? 8 : MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
    if (r == Z_STREAM_ERROR) {
        im_raise(t, im_as_type(x_error), "Bad compression level");
    } else if (r != Z_OK) {
        raise_zlib(t, &z, r, "while compressing data");
    } else {
        if (im_out_init(t, &out, b.len / 2 + 128, -1) == 0) {
            Io io = {&z, b.buf, (size_t)b.len};
            bool full;
            do r = step(t, &io, &out, deflate, Z_FINISH, &full);
            while (r == Z_OK || (r == Z_BUF_ERROR && full));
            if (r == Z_STREAM_END) v = im_out_finish(t, &out);
            else if (!im_pending(t)) raise_zlib(t, &z, r, "while compressing data");
            if (r != Z_STREAM_END) im_out_drop(t, &out);
        }
        deflateEnd(&z);
    }
    im_buffer_release(t, &b);
    return v;
}
IM_METHOD(zlib_decompress)
{
    ImBuffer b;
    int wbits, r;
    ssize_t size = BUFFER;
    if (int_or(t, args[1], MAX_WBITS, &wbits) < 0 || (!im_no_value(args[2]) && im_ssize_arg(t, args[2], &size) < 0) || im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    z_stream z = {0};
    ImOut out;
    Value v = IM_NO_VALUE;
    if (size < 0) {
        im_raise_valueerror(t, "bufsize must be non-negative");
    } else if ((r = inflateInit2(&z, wbits)) != Z_OK) {
        raise_zlib(t, &z, r, "while preparing to decompress data");
    } else {
        if (im_out_init(t, &out, size ? size : 1, -1) == 0) {
            Io io = {&z, b.buf, (size_t)b.len};
            bool full;
            do r = step(t, &io, &out, inflate, Z_SYNC_FLUSH, &full);
            while ((r == Z_OK || r == Z_BUF_ERROR) && (full || io.n_in));
            if (r == Z_STREAM_END) v = im_out_finish(t, &out);
            else if (!im_pending(t)) raise_zlib(t, &z, r == Z_OK ? Z_BUF_ERROR : r, "while decompressing data");
            if (r != Z_STREAM_END) im_out_drop(t, &out);
        }
        inflateEnd(&z);
    }
    im_buffer_release(t, &b);
    return v;
}

static Value checksum(Thread *t, const Value *args, size_t nargs, uint64_t start, uLong (*fn)(uLong, const Bytef *, uInt))
{
    ImBuffer b;
    if (nargs > 1 && im_as_uint64_wrap(t, args[1], &start) < 0) return IM_NO_VALUE;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    uLong r = (uLong)(uint32_t)start;
    const Bytef *p = b.buf;
    size_t n = (size_t)b.len;
    if (n > 5 * 1024) {
        IM_DETACH(t);
        for (; n; p += clip(n), n -= clip(n)) r = fn(r, p, clip(n));
        IM_ATTACH(t);
    } else {
        r = fn(r, p, (uInt)n);
    }
    im_buffer_release(t, &b);
    return im_int((int64_t)(uint32_t)r);
}
IM_METHOD(zlib_adler32) { return checksum(t, args, nargs, 1, adler32); }
IM_METHOD(zlib_crc32) { return checksum(t, args, nargs, 0, crc32); }

/* --- objects --------------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Stream {
    ImObject head;
    ImMutex mutex;     /* guards z, and the attributes' changes */
    z_stream z;
    bool ready, x_eof;
    Value x_unused, x_tail, zdict; /* zdict: buffer object, for inflate */
} Stream;
static ImType compress_type, decompress_type, zdecompressor_type;
#define STREAM(v) ((Stream *)im_ptr(v))

static int stream_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Stream *s = (Stream *)o;
    Value v[] = {s->x_unused, s->x_tail, s->zdict};
    int r = 0;
    for (size_t i = 0; !r && i < IM_COUNTOF(v); i++)
        if (im_is_object(v[i])) r = visit(v[i], arg);
    return r;
}
static void stream_drop(Thread *t, Stream *s)
{
    im_destroy_child(t, s->x_unused);
    im_destroy_child(t, s->x_tail);
    im_destroy_child(t, s->zdict);
}
static void compress_destroy(Thread *t, ImObject *o)
{
    if (((Stream *)o)->ready) deflateEnd(&((Stream *)o)->z);
    stream_drop(t, (Stream *)o);
}
static void decompress_destroy(Thread *t, ImObject *o)
{
    if (((Stream *)o)->ready) inflateEnd(&((Stream *)o)->z);
    stream_drop(t, (Stream *)o);
}
static Value stream_new(Thread *t, ImType *type)
{
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    Stream *s = STREAM(v);
    s->x_unused = im_bytes_new(t, "", 0);
    s->x_tail = im_bytes_new(t, "", 0);
    return v;
}

IM_METHOD(zlib_compressobj)
{
    int level, method, wbits, memory, strategy;
    ImBuffer b = {0};
    if (int_or(t, args[0], Z_DEFAULT_COMPRESSION, &level) < 0 || int_or(t, args[1], Z_DEFLATED, &method) < 0 || int_or(t, args[2], MAX_WBITS, &wbits) < 0 || int_or(t, args[3], 8, &memory) < 0 ||
        int_or(t, args[4], Z_DEFAULT_STRATEGY, &strategy) < 0) return IM_NO_VALUE;
    bool with = im_given(args[5]);
    if (with && im_buffer_get(t, args[5], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value v = IM_NO_VALUE;
    if (with && (uint64_t)b.len > UINT_MAX) im_raise_overflow(t, "zdict length does not fit in an unsigned int");
    else v = stream_new(t, &compress_type);
    if (!im_no_value(v)) {
        Stream *s = STREAM(v);
        int r = deflateInit2(&s->z, level, method, wbits, memory, strategy);
        s->ready = r == Z_OK;
        if (r == Z_OK && with) {
            r = deflateSetDictionary(&s->z, b.buf, (uInt)b.len);
            if (r == Z_STREAM_ERROR) im_raise_valueerror(t, "Invalid dictionary");
            else if (r != Z_OK) im_raise_valueerror(t, "deflateSetDictionary()");
        } else if (r == Z_STREAM_ERROR) {
            im_raise_valueerror(t, "Invalid initialization option");
        } else if (r != Z_OK) {
            raise_zlib(t, &s->z, r, "while creating compression object");
        }
        if (r != Z_OK) IM_CLEAR(t, v);
    }
    if (with) im_buffer_release(t, &b);
    return v;
}
IM_METHOD(compress_compress)
{
    Stream *s = STREAM(self);
    ImBuffer b;
    ImOut out;
    Value v = IM_NO_VALUE;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return v;
    im_mutex_acquire(t, &s->mutex);
    if (im_out_init(t, &out, BUFFER, -1) == 0) {
        Io io = {&s->z, b.buf, (size_t)b.len};
        bool full;
        int r;
        do r = step(t, &io, &out, deflate, Z_NO_FLUSH, &full);
        while (r == Z_OK && (io.n_in || full));
        if (im_no_value(out.bytes)) v = IM_NO_VALUE;
        else if (r == Z_STREAM_ERROR) raise_zlib(t, &s->z, r, "while compressing data"), im_out_drop(t, &out);
        else v = im_out_finish(t, &out);
    }
    im_mutex_unlock(&s->mutex);
    im_buffer_release(t, &b);
    return v;
}
IM_METHOD(compress_flush)
{
    Stream *s = STREAM(self);
    int mode;
    ImOut out;
    Value v = IM_NO_VALUE;
    if (int_or(t, nargs ? args[0] : IM_NO_VALUE, Z_FINISH, &mode) < 0) return v;
    if (mode == Z_NO_FLUSH) return im_bytes_new(t, "", 0); /* nothing to be done */
    im_mutex_acquire(t, &s->mutex);
    if (im_out_init(t, &out, BUFFER, -1) == 0) {
        Io io = {&s->z, NULL, 0};
        bool full;
        int r;
        io.in = (const uint8_t *)"";
        do r = step(t, &io, &out, deflate, mode, &full);
        while (r == Z_OK && full);
        if (im_no_value(out.bytes)) {
        } else if (r == Z_STREAM_END && mode == Z_FINISH) {
            r = deflateEnd(&s->z);
            s->ready = false;
            if (r != Z_OK) raise_zlib(t, &s->z, r, "while finishing compression"), im_out_drop(t, &out);
            else v = im_out_finish(t, &out);
        } else if (r != Z_OK && r != Z_BUF_ERROR) {
            raise_zlib(t, &s->z, r, "while flushing");
            im_out_drop(t, &out);
        } else {
            v = im_out_finish(t, &out);
        }
    }
    im_mutex_unlock(&s->mutex);
    return v;
}
static Value copy_of(Thread *t, Value self, ImType *type, int (*copy)(z_stream *, z_stream *), const char *what)
{
    Stream *s = STREAM(self);
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    Stream *d = STREAM(v);
    im_mutex_acquire(t, &s->mutex);
    int r = copy(&d->z, &s->z);
    d->ready = r == Z_OK;
    d->x_eof = s->x_eof;
    d->x_unused = im_slot_get(t, NULL, &s->x_unused);
    d->x_tail = im_slot_get(t, NULL, &s->x_tail);
    if (!im_no_value(s->zdict)) d->zdict = im_new_ref(s->zdict);
    im_mutex_unlock(&s->mutex);
    if (r == Z_OK) return v;
    if (r == Z_STREAM_ERROR) im_raise_valueerror(t, "Inconsistent stream state");
    else raise_zlib(t, &s->z, r, what);
    im_drop(t, v);
    return IM_NO_VALUE;
}
IM_METHOD(compress_copy) { return copy_of(t, self, &compress_type, deflateCopy, "while copying compression object"); }

static int set_dictionary(Thread *t, z_stream *z, Value zdict)
{
    ImBuffer b;
    if (im_buffer_get(t, zdict, &b, IM_BUF_SIMPLE) < 0) return -1;
    int r = inflateSetDictionary(z, b.buf, clip((size_t)b.len));
    im_buffer_release(t, &b);
    if (r == Z_OK) return 0;
    raise_zlib(t, z, r, "while setting zdict");
    return -1;
}
IM_METHOD(zlib_decompressobj)
{
    int wbits;
    if (int_or(t, args[0], MAX_WBITS, &wbits) < 0) return IM_NO_VALUE;
    Value zdict = args[1];
    if (!im_no_value(zdict) && !im_buffer_check(zdict)) return im_raise_type(t, "zdict argument must support the buffer protocol");
    Value v = stream_new(t, &decompress_type);
    if (im_no_value(v)) return v;
    Stream *s = STREAM(v);
    int r = inflateInit2(&s->z, wbits);
    s->ready = r == Z_OK;
    if (!im_no_value(zdict)) s->zdict = im_new_ref(zdict);
    if (r == Z_STREAM_ERROR) im_raise_valueerror(t, "Invalid initialization option");
    else if (r != Z_OK) raise_zlib(t, &s->z, r, "while creating decompression object");
    if (r == Z_OK && wbits < 0 && !im_no_value(zdict) && set_dictionary(t, &s->z, zdict) < 0) r = Z_DATA_ERROR; /* raw streams do not ask for it */
    if (r != Z_OK) IM_CLEAR(t, v);
    return v;
}
/* Into out until the input or the room ends. *result: zlib's last word; -1 with an exception pending. */
static int inflate_all(Thread *t, Stream *s, Io *io, ImOut *out, ssize_t max, int flush, int *result)
{
    bool full;
    for (;;) {
        int r = step(t, io, out, inflate, flush, &full);
        if (im_no_value(out->bytes)) return -1;
        if (r == Z_NEED_DICT && !im_no_value(s->zdict)) {
            if (set_dictionary(t, &s->z, s->zdict) < 0) return -1;
            continue;
        }
        *result = r;
        if ((r != Z_OK && r != Z_BUF_ERROR) || (max >= 0 && out->used >= max)) return 0;
        if (!full && !io->n_in) return 0;
    }
}
/* What was not read goes to unused_data after the end, to unconsumed_tail before. */
static int save_rest(Thread *t, Stream *s, Io *io, int r)
{
    if (r == Z_STREAM_END) {
        if (io->n_in) {
            Value old = im_slot_get(t, NULL, &s->x_unused), v = im_bytes_new(t, NULL, im_bytes_len(old) + (ssize_t)io->n_in);
            if (im_no_value(v)) return im_drop(t, old), -1;
            memcpy(im_bytes_data(v), im_bytes_data(old), (size_t)im_bytes_len(old));
            memcpy(im_bytes_data(v) + im_bytes_len(old), io->in, io->n_in);
            im_drop(t, old);
            im_slot_put(t, &s->head, &s->x_unused, v);
            io->n_in = 0;
        }
    }
    Value tail = im_bytes_new(t, io->in, (ssize_t)io->n_in);
    if (im_no_value(tail)) return -1;
    im_slot_put(t, &s->head, &s->x_tail, tail);
    return 0;
}
IM_METHOD(decompress_decompress)
{
    Stream *s = STREAM(self);
    ssize_t max = 0;
    ImBuffer b;
    ImOut out;
    if (!im_no_value(args[1]) && im_ssize_arg(t, args[1], &max) < 0) return IM_NO_VALUE;
    if (max < 0) return im_raise_valueerror(t, "max_length must be non-negative");
    if (max == 0) max = -1;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value v = IM_NO_VALUE;
    im_mutex_acquire(t, &s->mutex);
    if (im_out_init(t, &out, BUFFER, max) == 0) {
        Io io = {&s->z, b.buf, (size_t)b.len};
        int r = Z_OK;
        bool ok = inflate_all(t, s, &io, &out, max, Z_SYNC_FLUSH, &r) == 0 && save_rest(t, s, &io, r) == 0;
        if (ok && r == Z_STREAM_END) im_store_relaxed(&s->x_eof, true);
        else if (ok && r != Z_OK && r != Z_BUF_ERROR) raise_zlib(t, &s->z, r, "while decompressing data"), ok = false;
        if (ok) v = im_out_finish(t, &out);
        else im_out_drop(t, &out);
    }
    im_mutex_unlock(&s->mutex);
    im_buffer_release(t, &b);
    return v;
}
IM_METHOD(decompress_flush)
{
    Stream *s = STREAM(self);
    ssize_t size = BUFFER;
    ImOut out;
    Value v = IM_NO_VALUE;
    if (nargs && im_ssize_arg(t, args[0], &size) < 0) return v;
    if (size <= 0) return im_raise_valueerror(t, "length must be greater than zero");
    im_mutex_acquire(t, &s->mutex);
    Value tail = im_slot_get(t, NULL, &s->x_tail);
    if (im_out_init(t, &out, size, -1) == 0) {
        Io io = {&s->z, (const uint8_t *)im_bytes_data(tail), (size_t)im_bytes_len(tail)};
        int r = Z_OK;
        bool ok = inflate_all(t, s, &io, &out, -1, Z_FINISH, &r) == 0 && save_rest(t, s, &io, r) == 0;
        if (ok && r == Z_STREAM_END) {
            im_store_relaxed(&s->x_eof, true);
            s->ready = false;
            r = inflateEnd(&s->z);
            if (r != Z_OK) raise_zlib(t, &s->z, r, "while finishing decompression"), ok = false;
        }
        if (ok) v = im_out_finish(t, &out);
        else im_out_drop(t, &out);
    }
    im_drop(t, tail);
    im_mutex_unlock(&s->mutex);
    return v;
}
IM_METHOD(decompress_copy) { return copy_of(t, self, &decompress_type, inflateCopy, "while copying decompression object"); }
static Value get_unused(Thread *t, Value self, void *c) { (void)c; return im_slot_get(t, NULL, &STREAM(self)->x_unused); }
static Value get_tail(Thread *t, Value self, void *c) { (void)c; return im_slot_get(t, NULL, &STREAM(self)->x_tail); }
static Value get_eof(Thread *t, Value self, void *c) { (void)t, (void)c; return im_bool(im_load_relaxed(&STREAM(self)->x_eof)); }

#define COPIES(fn) \
    IM_FIXED("copy", fn, 0, "($self, /)", "Return a copy of the object."), IM_FIXED("__copy__", fn, 0, "($self, /)", NULL), IM_FIXED("__deepcopy__", fn, 1, "($self, memo, /)", NULL)
static const ImMethodDef compress_methods[] = {
    IM_FIXED("compress", compress_compress, 1, "($self, data, /)", "Returns a bytes object containing compressed data.\n\n  data\n    Binary data to be compressed.\n\nAfter calling this function, some of the input data may still\nbe stored in internal buffers for later processing.\nCall the flush() method to clear these buffers."),
    IM_RANGE("flush", compress_flush, 0, 1, "($self, mode=zlib.Z_FINISH, /)", "Return a bytes object containing any remaining compressed data."), COPIES(compress_copy), IM_END,
};
static const ImTypeSpec compress_spec = {
    .name = "zlib.Compress", .size = sizeof(Stream), .flags = IM_TF_GC | IM_TF_NO_NEW, .methods = compress_methods, .traverse = stream_traverse, .destroy = compress_destroy,
};
static const ImMethodDef decompress_methods[] = {
    IM_PARSED("decompress", decompress_decompress, "($self, data, /, max_length=0)", "Return a bytes object containing the decompressed version of the data."),
    IM_RANGE("flush", decompress_flush, 0, 1, "($self, length=zlib.DEF_BUF_SIZE, /)", "Return a bytes object containing any remaining decompressed data."), COPIES(decompress_copy), IM_END,
};
static const ImGetSetDef decompress_getset[] = {{"unused_data", get_unused, NULL, NULL, NULL}, {"unconsumed_tail", get_tail, NULL, NULL, NULL}, {"eof", get_eof, NULL, NULL, NULL}, IM_END};
static const ImTypeSpec decompress_spec = {
    .name = "zlib.Decompress", .size = sizeof(Stream), .flags = IM_TF_GC | IM_TF_NO_NEW, .methods = decompress_methods, .getset = decompress_getset, .traverse = stream_traverse,
    .destroy = decompress_destroy,
};

/* --- _ZlibDecompressor ---------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct ZDecompressor {
    ImDecompressor base;
    z_stream z;
    uint8_t *zdict; /* raw memory, or null */
    size_t n_zdict;
} ZDecompressor;

static int z_step(void *self, ImRunState *s)
{
    ZDecompressor *d = self;
    d->z.next_in = (Bytef *)(uintptr_t)s->in;
    d->z.avail_in = clip(s->n_in);
    d->z.next_out = s->out;
    d->z.avail_out = clip(s->n_out);
    uInt in = d->z.avail_in, out = d->z.avail_out;
    int r = inflate(&d->z, Z_SYNC_FLUSH);
    if (r == Z_NEED_DICT && d->zdict && (r = inflateSetDictionary(&d->z, d->zdict, (uInt)d->n_zdict)) == Z_OK) r = inflate(&d->z, Z_SYNC_FLUSH);
    s->in += in - d->z.avail_in;
    s->n_in -= in - d->z.avail_in;
    s->out += out - d->z.avail_out;
    s->n_out -= out - d->z.avail_out;
    return r == Z_STREAM_END ? IM_CODEC_END : r == Z_OK || r == Z_BUF_ERROR ? IM_CODEC_MORE : r == Z_NEED_DICT ? 100 : r;
}
static Value z_fail(Thread *t, void *self, int e) { return raise_zlib(t, &((ZDecompressor *)self)->z, e == 100 ? Z_NEED_DICT : e, "while decompressing data"); }
static Value z_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    int wbits;
    if (im_parse_args(t, "_ZlibDecompressor", "(wbits=MAX_WBITS, zdict=b'')", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    ImBuffer b = {0};
    Value v = IM_NO_VALUE;
    if (int_or(t, a.v[0], MAX_WBITS, &wbits) < 0) goto done;
    if (!im_no_value(a.v[1]) && !im_buffer_check(a.v[1])) { im_raise_type(t, "zdict argument must support the buffer protocol"); goto done; }
    if (!im_no_value(a.v[1]) && im_buffer_get(t, a.v[1], &b, IM_BUF_SIMPLE) < 0) goto done;
    v = im_instance_new(t, type);
    if (!im_no_value(v)) {
        ZDecompressor *d = (ZDecompressor *)im_ptr(v);
        d->base.step = z_step;
        d->base.fail = z_fail;
        d->base.x_needs_input = true;
        int r = inflateInit2(&d->z, wbits);
        d->base.ready = r == Z_OK;
        if (r == Z_STREAM_ERROR) im_raise_valueerror(t, "Invalid initialization option");
        else if (r != Z_OK) raise_zlib(t, &d->z, r, "while creating decompression object");
        else if (b.len && !(d->zdict = im_raw_alloc(t, (size_t)b.len))) r = Z_MEM_ERROR;
        else if (b.len) {
            memcpy(d->zdict, b.buf, d->n_zdict = (size_t)b.len);
            if (wbits < 0 && (r = inflateSetDictionary(&d->z, d->zdict, (uInt)d->n_zdict)) != Z_OK) raise_zlib(t, &d->z, r, "while setting zdict");
        }
        if (r != Z_OK) IM_CLEAR(t, v);
    }
    im_buffer_release(t, &b);
done:
    im_args_fini(t, &a);
    return v;
}
static void z_destroy(Thread *t, ImObject *o)
{
    ZDecompressor *d = (ZDecompressor *)o;
    if (d->base.ready) inflateEnd(&d->z);
    im_raw_free(d->zdict);
    im_decompressor_destroy(t, o);
}
static const ImMethodDef z_methods[] = {IM_PARSED("decompress", im_decompressor_decompress, IM_DECOMPRESS_SIG, "Decompress *data*, returning uncompressed data as bytes."), IM_END};
static const ImGetSetDef z_getset[] = {IM_DECOMPRESSOR_GETSET, IM_END};
static const ImSlots z_slots = {.new_ = z_new};
static const ImTypeSpec zdecompressor_spec = {
    .name = "zlib._ZlibDecompressor", .text_signature = "(wbits=15, zdict=b'')", .doc = "Create a decompressor object for decompressing data incrementally.", .size = sizeof(ZDecompressor), .flags = IM_TF_GC, .slots = &z_slots,
    .methods = z_methods, .getset = z_getset, .traverse = im_decompressor_traverse, .destroy = z_destroy,
};

/* --- the module -------------------------------------------------------------------------------------------------------------------------------------------------------- */

static const ImMethodDef functions[] = {
    IM_PARSED("compress", zlib_compress, "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)", "Returns a bytes object containing compressed data."),
    IM_PARSED("decompress", zlib_decompress, "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)", "Returns a bytes object containing the uncompressed data."),
    IM_PARSED("compressobj", zlib_compressobj, "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED,\n            wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL,\n            strategy=Z_DEFAULT_STRATEGY, zdict=None)",
              "Return a compressor object."),
    IM_PARSED("decompressobj", zlib_decompressobj, "($module, /, wbits=MAX_WBITS, zdict=b'')", "Return a decompressor object."),
    IM_RANGE("adler32", zlib_adler32, 1, 2, "($module, data, value=1, /)", "Compute an Adler-32 checksum of data."),
    IM_RANGE("crc32", zlib_crc32, 1, 2, "($module, data, value=0, /)", "Compute a CRC-32 checksum of data."), IM_END,
};
static int exec(Thread *t, Value m)
{
#define R(n) {#n, n},
    static const ImIntRow rows[] = {
        R(MAX_WBITS) R(Z_NO_COMPRESSION) R(Z_BEST_SPEED) R(Z_BEST_COMPRESSION) R(Z_DEFAULT_COMPRESSION) R(Z_FILTERED) R(Z_HUFFMAN_ONLY) R(Z_RLE) R(Z_FIXED) R(Z_DEFAULT_STRATEGY)
        R(Z_NO_FLUSH) R(Z_PARTIAL_FLUSH) R(Z_SYNC_FLUSH) R(Z_FULL_FLUSH) R(Z_FINISH) R(Z_BLOCK) R(Z_TREES) {"DEFLATED", Z_DEFLATED}, {"DEF_MEM_LEVEL", 8}, {"DEF_BUF_SIZE", BUFFER},
    };
#undef R
    if (im_lazylib_load(t, &im_lazylib_z) < 0 || im_type_ready(t, &compress_type, &compress_spec) < 0 || im_type_ready(t, &decompress_type, &decompress_spec) < 0 ||
        im_module_ready_type(t, m, &zdecompressor_type, &zdecompressor_spec) < 0) return -1;
    if (im_no_value(x_error)) {
        if (im_no_value(x_error = im_new_exception(t, "zlib.error", &im_Exception_type))) return -1;
        im_root_add(&x_error);
    }
    if (im_module_add(t, m, "error", im_new_ref(x_error)) < 0 || im_module_add_str(t, m, "ZLIB_VERSION", ZLIB_VERSION) < 0 ||
        im_module_add_str(t, m, "ZLIB_RUNTIME_VERSION", zlibVersion()) < 0 || im_module_add_str(t, m, "__version__", "1.0") < 0) return -1;
    return IM_ADD_INT_ROWS(t, m, rows);
}
static const ImModuleDef def = {
    .name = "zlib",
    .doc = "The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.",
    .methods = functions, .exec = exec,
};
IM_MODULE(def);
