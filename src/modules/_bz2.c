/* _bz2: compression with libbz2, loaded when the module is imported.
 * SPDX-License-Identifier: MIT */
#include <bzlib.h>
#include <limits.h>

#include "modules/compress.h"

#define FUNCTIONS(X) X(BZ2_bzCompressInit) X(BZ2_bzCompress) X(BZ2_bzCompressEnd) X(BZ2_bzDecompressInit) X(BZ2_bzDecompress) X(BZ2_bzDecompressEnd)
IM_LAZYLIB(bz2, "libbz2.so.1.0", FUNCTIONS);

static ImType compressor_type, decompressor_type;

static Value raise_bz(Thread *t, void *self, int e)
{
    (void)self;
    switch (e) {
    case BZ_PARAM_ERROR: return im_raise_valueerror(t, "Internal error - invalid parameters passed to libbzip2");
    case BZ_MEM_ERROR: return im_raise_memory(t);
    case BZ_DATA_ERROR: case BZ_DATA_ERROR_MAGIC: return im_raise(t, &im_OSError_type, "Invalid data stream");
    case BZ_IO_ERROR: return im_raise(t, &im_OSError_type, "Unknown I/O error");
    case BZ_UNEXPECTED_EOF: return im_raise(t, &im_EOFError_type, "Compressed file ended before the logical end-of-stream was detected");
    case BZ_SEQUENCE_ERROR: return im_raise_runtime(t, "Internal error - Invalid sequence of commands sent to libbzip2");
    default: return im_raise(t, &im_OSError_type, "Unrecognized error from libbzip2: %d", e);
    }
}
static unsigned clip(size_t n) { return n > UINT_MAX ? UINT_MAX : (unsigned)n; }
static void load(bz_stream *z, const ImRunState *s)
{
    z->next_in = (char *)(uintptr_t)s->in;
    z->avail_in = clip(s->n_in);
    z->next_out = (char *)s->out;
    z->avail_out = clip(s->n_out);
}
static void save(bz_stream *z, ImRunState *s, unsigned in, unsigned out)
{
    s->in += in - z->avail_in;
    s->n_in -= in - z->avail_in;
    s->out += out - z->avail_out;
    s->n_out -= out - z->avail_out;
}

/* --- BZ2Compressor ---------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Compressor {
    ImObject head;
    ImMutex mutex;
    bz_stream z;
    bool ready, x_flushed;
} Compressor;

static int compress_step(void *self, ImRunState *s)
{
    bz_stream *z = &((Compressor *)self)->z;
    if (!s->n_in) return IM_CODEC_MORE;
    load(z, s);
    unsigned in = z->avail_in, out = z->avail_out;
    int r = BZ2_bzCompress(z, BZ_RUN);
    save(z, s, in, out);
    return r == BZ_RUN_OK ? IM_CODEC_MORE : r;
}
static int flush_step(void *self, ImRunState *s)
{
    bz_stream *z = &((Compressor *)self)->z;
    load(z, s);
    unsigned in = z->avail_in, out = z->avail_out;
    int r = BZ2_bzCompress(z, BZ_FINISH);
    save(z, s, in, out);
    return r == BZ_STREAM_END ? IM_CODEC_END : r == BZ_FINISH_OK ? IM_CODEC_MORE : r;
}
static Value compressor_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    int level = 9;
    if (im_no_kwargs(t, "BZ2Compressor", kwnames) < 0 || im_check_nargs(t, "BZ2Compressor", nargs, 0, 1) < 0 || (nargs && im_as_int(t, args[0], &level) < 0)) return IM_NO_VALUE;
    if (level < 1 || level > 9) return im_raise_valueerror(t, "compresslevel must be between 1 and 9");
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    Compressor *c = (Compressor *)im_ptr(v);
    int r = BZ2_bzCompressInit(&c->z, level, 0, 0);
    c->ready = r == BZ_OK;
    if (r == BZ_OK) return v;
    im_drop(t, v);
    return raise_bz(t, NULL, r);
}
IM_METHOD(compressor_compress)
{
    Compressor *c = (Compressor *)im_ptr(self);
    ImBuffer b;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value r = im_load_relaxed(&c->x_flushed) ? im_raise_valueerror(t, "Compressor has been flushed")
                                             : im_compressor_run(t, &c->mutex, c, compress_step, raise_bz, b.buf, (size_t)b.len, false);
    im_buffer_release(t, &b);
    return r;
}
IM_METHOD(compressor_flush)
{
    Compressor *c = (Compressor *)im_ptr(self);
    bool no = false;
    if (!im_cas_acq_rel(&c->x_flushed, &no, true)) return im_raise_valueerror(t, "Repeated call to flush()");
    return im_compressor_run(t, &c->mutex, c, flush_step, raise_bz, "", 0, true);
}
static void compressor_destroy(Thread *t, ImObject *o)
{
    (void)t;
    if (((Compressor *)o)->ready) BZ2_bzCompressEnd(&((Compressor *)o)->z);
}
static const ImMethodDef compressor_methods[] = {
    IM_FIXED("compress", compressor_compress, 1, "($self, data, /)", "Provide data to the compressor object.\n\nReturns a chunk of compressed data if possible, or b'' otherwise.\n\nWhen you have finished providing data to the compressor, call the\nflush() method to finish the compression process."),
    IM_FIXED("flush", compressor_flush, 0, "($self, /)", "Finish the compression process.\n\nReturns the compressed data left in internal buffers.\n\nThe compressor object may not be used after this method is called."), IM_END,
};
static const ImSlots compressor_slots = {.new_ = compressor_new};
static const ImTypeSpec compressor_spec = {
    .name = "_bz2.BZ2Compressor", .text_signature = "(compresslevel=9, /)",
    .doc = "Create a compressor object for compressing data incrementally.\n\n  compresslevel\n    Compression level, as a number between 1 and 9.\n\nFor one-shot compression, use the compress() function instead.",
    .size = sizeof(Compressor), .slots = &compressor_slots, .methods = compressor_methods, .destroy = compressor_destroy,
};

/* --- BZ2Decompressor -------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Decompressor {
    ImDecompressor base;
    bz_stream z;
} Decompressor;

static int decompress_step(void *self, ImRunState *s)
{
    bz_stream *z = &((Decompressor *)self)->z;
    load(z, s);
    unsigned in = z->avail_in, out = z->avail_out;
    int r = BZ2_bzDecompress(z);
    save(z, s, in, out);
    return r == BZ_STREAM_END ? IM_CODEC_END : r == BZ_OK ? IM_CODEC_MORE : r;
}
static Value decompressor_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args;
    if (im_no_kwargs(t, "BZ2Decompressor", kwnames) < 0 || im_check_nargs(t, "BZ2Decompressor", nargs, 0, 0) < 0) return IM_NO_VALUE;
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    Decompressor *d = (Decompressor *)im_ptr(v);
    d->base.step = decompress_step;
    d->base.fail = raise_bz;
    d->base.breaks = true;
    d->base.x_needs_input = true;
    int r = BZ2_bzDecompressInit(&d->z, 0, 0);
    d->base.ready = r == BZ_OK;
    if (r == BZ_OK) return v;
    im_drop(t, v);
    return raise_bz(t, NULL, r);
}
static void decompressor_destroy(Thread *t, ImObject *o)
{
    if (((Decompressor *)o)->base.ready) BZ2_bzDecompressEnd(&((Decompressor *)o)->z);
    im_decompressor_destroy(t, o);
}
static const ImMethodDef decompressor_methods[] = {
    IM_PARSED("decompress", im_decompressor_decompress, "($self, /, data, max_length=-1)", "Decompress *data*, returning uncompressed data as bytes."), IM_END,
};
static const ImGetSetDef decompressor_getset[] = {IM_DECOMPRESSOR_GETSET, IM_END};
static const ImSlots decompressor_slots = {.new_ = decompressor_new};
static const ImTypeSpec decompressor_spec = {
    .name = "_bz2.BZ2Decompressor", .doc = "Create a decompressor object for decompressing data incrementally.\n\nFor one-shot decompression, use the decompress() function instead.", .text_signature = "()",
    .size = sizeof(Decompressor), .flags = IM_TF_GC, .slots = &decompressor_slots, .methods = decompressor_methods, .getset = decompressor_getset, .traverse = im_decompressor_traverse,
    .destroy = decompressor_destroy,
};

static int exec(Thread *t, Value m)
{
    if (im_lazylib_load(t, &im_lazylib_bz2) < 0) return -1;
    return im_module_ready_type(t, m, &compressor_type, &compressor_spec) < 0 ? -1 : im_module_ready_type(t, m, &decompressor_type, &decompressor_spec);
}
static const ImModuleDef def = {.name = "_bz2", .exec = exec};
IM_MODULE(def);
