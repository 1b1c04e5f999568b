/* _lzma: compression with liblzma, loaded when the module is imported.
 * SPDX-License-Identifier: MIT */
#include <lzma.h>
#include <stdlib.h>

#include "modules/compress.h"

#define FUNCTIONS(X) X(lzma_code) X(lzma_end) X(lzma_easy_encoder) X(lzma_stream_encoder) X(lzma_alone_encoder) X(lzma_raw_encoder) X(lzma_auto_decoder) X(lzma_stream_decoder) \
    X(lzma_alone_decoder) X(lzma_raw_decoder) X(lzma_lzma_preset) X(lzma_get_check) X(lzma_check_is_supported) X(lzma_properties_size) X(lzma_properties_encode) X(lzma_properties_decode)
IM_LAZYLIB(lzma, "liblzma.so.5", FUNCTIONS);

enum { FORMAT_AUTO, FORMAT_XZ, FORMAT_ALONE, FORMAT_RAW };
static ImType compressor_type, decompressor_type;
static Value x_error;

static Value raise_lzma(Thread *t, void *self, int e)
{
    (void)self;
    ImType *error = im_as_type(x_error);
    switch ((lzma_ret)e) {
    case LZMA_UNSUPPORTED_CHECK: return im_raise(t, error, "Unsupported integrity check");
    case LZMA_MEM_ERROR: return im_raise_memory(t);
    case LZMA_MEMLIMIT_ERROR: return im_raise(t, error, "Memory usage limit exceeded");
    case LZMA_FORMAT_ERROR: return im_raise(t, error, "Input format not supported by decoder");
    case LZMA_OPTIONS_ERROR: return im_raise(t, error, "Invalid or unsupported options");
    case LZMA_DATA_ERROR: return im_raise(t, error, "Corrupt input data");
    case LZMA_BUF_ERROR: return im_raise(t, error, "Insufficient buffer space");
    case LZMA_PROG_ERROR: return im_raise(t, error, "Internal error");
    default: return im_raise(t, error, "Unrecognized error from liblzma: %d", e);
    }
}
/* IM_CODEC_END has the value of LZMA_STREAM_END. */
_Static_assert((int)LZMA_STREAM_END == (int)IM_CODEC_END && (int)LZMA_OK == (int)IM_CODEC_MORE, "results of steps");

/* --- filters --------------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Filters {
    lzma_filter list[LZMA_FILTERS_MAX + 1];
    union { lzma_options_lzma lzma; lzma_options_delta delta; lzma_options_bcj bcj; } options[LZMA_FILTERS_MAX];
} Filters;

static int field(Thread *t, Value spec, const char *name, uint64_t *out)
{
    Value key = im_str_intern_cstr(t, name), v;
    if (im_no_value(key)) return -1;
    v = im_getitem(t, spec, key);
    im_drop(t, key);
    if (im_no_value(v)) return im_exc_clear_if(t, &im_KeyError_type) ? 0 : -1;
    int r = im_as_uint64(t, v, out);
    im_drop(t, v);
    return r < 0 ? -1 : 1;
}
static int field32(Thread *t, Value spec, const char *name, uint32_t *out)
{
    uint64_t n;
    int r = field(t, spec, name, &n);
    if (r <= 0) return r;
    if (n > UINT32_MAX) return im_raise_overflow(t, "Value too large for uint32_t type"), -1;
    *out = (uint32_t)n;
    return 0;
}
/* Every key of the mapping is one of these. */
static int check_keys(Thread *t, Value spec, const char *const *names, const char *what)
{
    Value it = im_iter(t, spec), k;
    if (im_no_value(it)) return -1;
    while (!im_no_value(k = im_next(t, it)) && !im_is_stop(k)) {
        bool known = false;
        for (const char *const *n = names; *n; n++) known = known || (im_is_str(k) && im_str_equal_cstr(k, *n));
        im_drop(t, k);
        if (!known) {
            im_drop(t, it);
            return im_raise_valueerror(t, "Invalid filter specifier for %s filter", what), -1;
        }
    }
    im_drop(t, it);
    return im_no_value(k) ? -1 : 0;
}
static int lzma_filter_of(Thread *t, Value spec, lzma_options_lzma *o)
{
    static const char *const names[] = {"id", "preset", "dict_size", "lc", "lp", "pb", "mode", "nice_len", "mf", "depth", NULL};
    uint32_t preset = LZMA_PRESET_DEFAULT, mode, mf;
    if (field32(t, spec, "preset", &preset) < 0) return -1;
    if (lzma_lzma_preset(o, preset)) return im_raise(t, im_as_type(x_error), "Invalid compression preset: %u", preset), -1;
    if (check_keys(t, spec, names, "LZMA") < 0) return -1;
    mode = o->mode;
    mf = o->mf;
    if (field32(t, spec, "dict_size", &o->dict_size) < 0 || field32(t, spec, "lc", &o->lc) < 0 || field32(t, spec, "lp", &o->lp) < 0 || field32(t, spec, "pb", &o->pb) < 0 ||
        field32(t, spec, "mode", &mode) < 0 || field32(t, spec, "nice_len", &o->nice_len) < 0 || field32(t, spec, "mf", &mf) < 0 || field32(t, spec, "depth", &o->depth) < 0)
        return -1;
    o->mode = (lzma_mode)mode;
    o->mf = (lzma_match_finder)mf;
    return 0;
}
static int parse_filter(Thread *t, Value spec, lzma_filter *f, void *options)
{
    static const char *const delta_names[] = {"id", "dist", NULL}, *const bcj_names[] = {"id", "start_offset", NULL};
    uint64_t id;
    if (!im_is_mapping(spec)) return im_raise_type(t, "Filter specifier must be a dict or dict-like object"), -1;
    int r = field(t, spec, "id", &id);
    if (r == 0) im_raise_valueerror(t, "Filter specifier must have an \"id\" entry");
    if (r <= 0) return -1;
    f->id = id;
    f->options = options;
    switch (id) {
    case LZMA_FILTER_LZMA1: case LZMA_FILTER_LZMA2: return lzma_filter_of(t, spec, options);
    case LZMA_FILTER_DELTA: {
        lzma_options_delta *o = options;
        *o = (lzma_options_delta){.type = LZMA_DELTA_TYPE_BYTE, .dist = 1};
        return check_keys(t, spec, delta_names, "delta") < 0 ? -1 : field32(t, spec, "dist", &o->dist);
    }
    case LZMA_FILTER_X86: case LZMA_FILTER_POWERPC: case LZMA_FILTER_IA64: case LZMA_FILTER_ARM: case LZMA_FILTER_ARMTHUMB: case LZMA_FILTER_SPARC: {
        lzma_options_bcj *o = options;
        *o = (lzma_options_bcj){0};
        return check_keys(t, spec, bcj_names, "BCJ") < 0 ? -1 : field32(t, spec, "start_offset", &o->start_offset);
    }
    default: return im_raise_valueerror(t, "Invalid filter ID: %llu", (unsigned long long)id), -1;
    }
}
static int parse_chain(Thread *t, Value specs, Filters *f)
{
    if (im_is_dict(specs)) return im_raise_type(t, "%T is not a sequence", specs), -1;
    ssize_t n = im_len(t, specs);
    if (n < 0) return -1;
    if (n > LZMA_FILTERS_MAX) return im_raise_valueerror(t, "Too many filters - liblzma supports a maximum of %d", LZMA_FILTERS_MAX), -1;
    for (ssize_t i = 0; i < n; i++) {
        Value spec = im_getitem_index(t, specs, i);
        int r = im_no_value(spec) ? -1 : parse_filter(t, spec, &f->list[i], &f->options[i]);
        im_xdrop(t, spec);
        if (r < 0) return -1;
    }
    f->list[n].id = LZMA_VLI_UNKNOWN;
    return 0;
}

/* --- LZMACompressor --------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Compressor {
    ImObject head;
    ImMutex mutex;
    lzma_stream z;
    bool x_flushed;
} Compressor;

static int code(lzma_stream *z, ImRunState *s, lzma_action action)
{
    z->next_in = s->in;
    z->avail_in = s->n_in;
    z->next_out = s->out;
    z->avail_out = s->n_out;
    lzma_ret r = lzma_code(z, action);
    s->in = z->next_in;
    s->n_in = z->avail_in;
    s->out = z->next_out;
    s->n_out = z->avail_out;
    return r;
}
static int compress_step(void *self, ImRunState *s)
{
    int r = code(&((Compressor *)self)->z, s, LZMA_RUN);
    return r == LZMA_BUF_ERROR && s->n_in == 0 && s->n_out > 0 ? IM_CODEC_MORE : r;
}
static int flush_step(void *self, ImRunState *s)
{
    int r = code(&((Compressor *)self)->z, s, LZMA_FINISH);
    return r == LZMA_BUF_ERROR && s->n_out == 0 ? IM_CODEC_MORE : r;
}
/* The encoder's memory. Its biggest table but one, some 17 MB by default, is zeroed by liblzma for each stream, and so costs a page fault for each of its pages
 * where it comes from the system anew. The last such block stays for the next stream with the same settings. */
typedef struct Block { size_t size; char data[] __attribute__((aligned(16))); } Block;
enum { KEPT_MIN = 1 << 20, KEPT_MAX = 32 << 20 };
static Block *x_kept; /* or null; exchanged, so that whoever takes it has it alone */

static void *table_alloc(void *opaque, size_t n, size_t each)
{
    (void)opaque;
    size_t size;
    if (__builtin_mul_overflow(n, each, &size) || size > SIZE_MAX - sizeof(Block)) return NULL;
    Block *b = NULL;
    if (size >= KEPT_MIN && size <= KEPT_MAX && (b = im_xchg_acq_rel(&x_kept, NULL)) != NULL) {
        if (b->size == size) return b->data;
        free(im_xchg_acq_rel(&x_kept, b)); /* another thread's may have come between */
    }
    if (!(b = malloc(sizeof *b + size))) return NULL;
    b->size = size;
    return b->data;
}
static void table_free(void *opaque, void *p)
{
    (void)opaque;
    if (!p) return;
    Block *b = (Block *)(void *)((char *)p - offsetof(Block, data));
    if (b->size >= KEPT_MIN && b->size <= KEPT_MAX) {
        Block *other = im_xchg_acq_rel(&x_kept, NULL);
        if (other && other->size > b->size) { /* the bigger one stays */
            Block *smaller = b;
            b = other;
            other = smaller;
        }
        free(other);
        b = im_xchg_acq_rel(&x_kept, b);
    }
    free(b);
}
static const lzma_allocator table_allocator = {table_alloc, table_free, NULL};

/* liblzma's word on the encoder, or -1 with an exception pending. */
static int start_encoder(Thread *t, Compressor *c, int format, int check, uint32_t preset, Value specs)
{
    Filters f;
    if (im_given(specs) && parse_chain(t, specs, &f) < 0) return -1;
    switch (format) {
    case FORMAT_XZ:
        if (check == -1) check = LZMA_CHECK_CRC64;
        return im_given(specs) ? lzma_stream_encoder(&c->z, f.list, (lzma_check)check) : lzma_easy_encoder(&c->z, preset, (lzma_check)check);
    case FORMAT_ALONE: {
        if (!im_given(specs)) {
            lzma_options_lzma o;
            if (lzma_lzma_preset(&o, preset)) return im_raise(t, im_as_type(x_error), "Invalid compression preset: %u", preset), -1;
            return lzma_alone_encoder(&c->z, &o);
        }
        if (f.list[0].id == LZMA_FILTER_LZMA1 && f.list[1].id == LZMA_VLI_UNKNOWN) return lzma_alone_encoder(&c->z, f.list[0].options);
        return im_raise_valueerror(t, "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter"), -1;
    }
    case FORMAT_RAW:
        if (!im_given(specs)) return im_raise_valueerror(t, "Must specify filters for FORMAT_RAW"), -1;
        return lzma_raw_encoder(&c->z, f.list);
    default: return im_raise_valueerror(t, "Invalid container format: %d", format), -1;
    }
}
static Value compressor_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    int format = FORMAT_XZ, check = -1;
    uint64_t preset = LZMA_PRESET_DEFAULT;
    Value v = IM_NO_VALUE;
    if (im_parse_args(t, "LZMACompressor", "(format=FORMAT_XZ, check=-1, preset=None, filters=None)", args, nargs, kwnames, &a) < 0) return v;
    if ((!im_no_value(a.v[0]) && im_as_int(t, a.v[0], &format) < 0) || (!im_no_value(a.v[1]) && im_as_int(t, a.v[1], &check) < 0)) goto done;
    if (im_given(a.v[2]) && im_given(a.v[3])) { im_raise_valueerror(t, "Cannot specify both preset and filter chain"); goto done; }
    if (im_given(a.v[2])) {
        if (im_as_uint64(t, a.v[2], &preset) < 0) goto done;
        if (preset > UINT32_MAX) { im_raise_overflow(t, "Value too large for uint32_t type"); goto done; }
    }
    if (format != FORMAT_XZ && check != -1 && check != LZMA_CHECK_NONE) { im_raise_valueerror(t, "Integrity checks are only supported by FORMAT_XZ"); goto done; }
    if (im_no_value(v = im_instance_new(t, type))) goto done;
    Compressor *c = (Compressor *)im_ptr(v);
    c->z.allocator = &table_allocator;
    int r = start_encoder(t, c, format, check, (uint32_t)preset, a.v[3]);
    if (r > 0) raise_lzma(t, NULL, r);
    if (r != LZMA_OK) IM_CLEAR(t, v);
done:
    im_args_fini(t, &a);
    return v;
}
IM_METHOD(compressor_compress)
{
    Compressor *c = (Compressor *)im_ptr(self);
    ImBuffer b;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value r = im_load_relaxed(&c->x_flushed) ? im_raise_valueerror(t, "Compressor has been flushed")
                                             : im_compressor_run(t, &c->mutex, c, compress_step, raise_lzma, b.buf, (size_t)b.len, false);
    im_buffer_release(t, &b);
    return r;
}
IM_METHOD(compressor_flush)
{
    Compressor *c = (Compressor *)im_ptr(self);
    bool no = false;
    if (!im_cas_acq_rel(&c->x_flushed, &no, true)) return im_raise_valueerror(t, "Repeated call to flush()");
    return im_compressor_run(t, &c->mutex, c, flush_step, raise_lzma, NULL, 0, true);
}
static void compressor_destroy(Thread *t, ImObject *o) { (void)t; lzma_end(&((Compressor *)o)->z); }
static const ImMethodDef compressor_methods[] = {
    IM_FIXED("compress", compressor_compress, 1, "($self, data, /)", "Provide data to the compressor object.\n\nReturns a chunk of compressed data if possible, or b'' otherwise.\n\nWhen you have finished providing data to the compressor, call the\nflush() method to finish the compression process."),
    IM_FIXED("flush", compressor_flush, 0, "($self, /)", "Finish the compression process.\n\nReturns the compressed data left in internal buffers.\n\nThe compressor object may not be used after this method is called."), IM_END,
};
static const ImSlots compressor_slots = {.new_ = compressor_new};
static const ImTypeSpec compressor_spec = {
    .name = "_lzma.LZMACompressor", .doc = "LZMACompressor(format=FORMAT_XZ, check=-1, preset=None, filters=None)\n\nCreate a compressor object for compressing data incrementally.",
    .size = sizeof(Compressor), .slots = &compressor_slots, .methods = compressor_methods, .destroy = compressor_destroy,
};

/* --- LZMADecompressor -------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Decompressor {
    ImDecompressor base;
    lzma_stream z;
    int x_check;
} Decompressor;

static int decompress_step(void *self, ImRunState *s)
{
    Decompressor *d = self;
    int r = code(&d->z, s, LZMA_RUN);
    if (r == LZMA_GET_CHECK || r == LZMA_NO_CHECK) {
        im_store_relaxed(&d->x_check, (int)lzma_get_check(&d->z));
        r = LZMA_OK;
    }
    return r == LZMA_BUF_ERROR && ((s->n_in == 0 && s->n_out > 0) || s->n_out == 0) ? IM_CODEC_MORE : r;
}
static int start_decoder(Thread *t, Decompressor *d, int format, uint64_t limit, Value specs)
{
    const uint32_t flags = LZMA_TELL_ANY_CHECK | LZMA_TELL_NO_CHECK;
    Filters f;
    d->x_check = LZMA_CHECK_ID_MAX + 1;
    switch (format) {
    case FORMAT_AUTO: return lzma_auto_decoder(&d->z, limit, flags);
    case FORMAT_XZ: return lzma_stream_decoder(&d->z, limit, flags);
    case FORMAT_ALONE: d->x_check = LZMA_CHECK_NONE; return lzma_alone_decoder(&d->z, limit);
    case FORMAT_RAW: d->x_check = LZMA_CHECK_NONE; return parse_chain(t, specs, &f) < 0 ? -1 : (int)lzma_raw_decoder(&d->z, f.list);
    default: return im_raise_valueerror(t, "Invalid container format: %d", format), -1;
    }
}
static Value decompressor_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    int format = FORMAT_AUTO;
    uint64_t limit = UINT64_MAX;
    Value v = IM_NO_VALUE;
    if (im_parse_args(t, "LZMADecompressor", "(format=FORMAT_AUTO, memlimit=None, filters=None)", args, nargs, kwnames, &a) < 0) return v;
    if (!im_no_value(a.v[0]) && im_as_int(t, a.v[0], &format) < 0) goto done;
    if (im_given(a.v[1])) {
        if (format == FORMAT_RAW) { im_raise_valueerror(t, "Cannot specify memory limit with FORMAT_RAW"); goto done; }
        if (im_as_uint64(t, a.v[1], &limit) < 0) goto done;
    }
    if (format == FORMAT_RAW && !im_given(a.v[2])) { im_raise_valueerror(t, "Must specify filters for FORMAT_RAW"); goto done; }
    if (format != FORMAT_RAW && im_given(a.v[2])) { im_raise_valueerror(t, "Cannot specify filters except with FORMAT_RAW"); goto done; }
    if (im_no_value(v = im_instance_new(t, type))) goto done;
    Decompressor *d = (Decompressor *)im_ptr(v);
    d->base.step = decompress_step;
    d->base.fail = raise_lzma;
    d->base.x_needs_input = true;
    d->base.ready = true;
    int r = start_decoder(t, d, format, limit, a.v[2]);
    if (r > 0) raise_lzma(t, NULL, r);
    if (r != LZMA_OK) IM_CLEAR(t, v);
done:
    im_args_fini(t, &a);
    return v;
}
static void decompressor_destroy(Thread *t, ImObject *o)
{
    lzma_end(&((Decompressor *)o)->z);
    im_decompressor_destroy(t, o);
}
static Value get_check(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(im_load_relaxed(&((Decompressor *)im_ptr(self))->x_check)); }
static const ImMethodDef decompressor_methods[] = {
    IM_PARSED("decompress", im_decompressor_decompress, "($self, /, data, max_length=-1)", "Decompress *data*, returning uncompressed data as bytes."), IM_END,
};
static const ImGetSetDef decompressor_getset[] = {{"check", get_check, NULL, "ID of the integrity check used by the input stream.", NULL}, IM_DECOMPRESSOR_GETSET, IM_END};
static const ImSlots decompressor_slots = {.new_ = decompressor_new};
static const ImTypeSpec decompressor_spec = {
    .name = "_lzma.LZMADecompressor", .doc = "Create a decompressor object for decompressing data incrementally.\n\nFor one-shot decompression, use the decompress() function instead.",
    .text_signature = "(format=FORMAT_AUTO, memlimit=None, filters=None)", .size = sizeof(Decompressor), .flags = IM_TF_GC, .slots = &decompressor_slots, .methods = decompressor_methods,
    .getset = decompressor_getset, .traverse = im_decompressor_traverse, .destroy = decompressor_destroy,
};

/* --- the module ------------------------------------------------------------------------------------------------------------------------------------------------------ */

IM_METHOD(is_check_supported)
{
    int id;
    return im_as_int(t, args[0], &id) < 0 ? IM_NO_VALUE : im_bool(lzma_check_is_supported((lzma_check)id));
}
IM_METHOD(encode_properties)
{
    Filters f;
    uint32_t size;
    if (parse_filter(t, args[0], &f.list[0], &f.options[0]) < 0) return IM_NO_VALUE;
    lzma_ret r = lzma_properties_size(&size, &f.list[0]);
    if (r != LZMA_OK) return raise_lzma(t, NULL, r);
    Value v = im_bytes_new(t, NULL, size);
    if (im_no_value(v)) return v;
    r = lzma_properties_encode(&f.list[0], (uint8_t *)im_bytes_data(v));
    if (r == LZMA_OK) return v;
    im_drop(t, v);
    return raise_lzma(t, NULL, r);
}
static Value spec_of(Thread *t, const lzma_filter *f)
{
    const lzma_options_lzma *z = f->options;
    const struct { const char *name; uint64_t n; bool on; } rows[] = {
        {"id", f->id, true},
        {"dict_size", z && (f->id == LZMA_FILTER_LZMA1 || f->id == LZMA_FILTER_LZMA2) ? z->dict_size : 0, f->id == LZMA_FILTER_LZMA1 || f->id == LZMA_FILTER_LZMA2},
        {"lc", f->id == LZMA_FILTER_LZMA1 ? z->lc : 0, f->id == LZMA_FILTER_LZMA1}, {"lp", f->id == LZMA_FILTER_LZMA1 ? z->lp : 0, f->id == LZMA_FILTER_LZMA1},
        {"pb", f->id == LZMA_FILTER_LZMA1 ? z->pb : 0, f->id == LZMA_FILTER_LZMA1},
        {"dist", f->id == LZMA_FILTER_DELTA ? ((const lzma_options_delta *)f->options)->dist : 0, f->id == LZMA_FILTER_DELTA},
        {"start_offset", f->id >= LZMA_FILTER_X86 && f->id <= LZMA_FILTER_SPARC && f->options ? ((const lzma_options_bcj *)f->options)->start_offset : 0,
         f->id >= LZMA_FILTER_X86 && f->id <= LZMA_FILTER_SPARC && f->options},
    };
    Value d = im_dict_new(t);
    for (size_t i = 0; !im_no_value(d) && i < IM_COUNTOF(rows); i++) {
        if (!rows[i].on) continue;
        Value n = im_int_from_u64(t, rows[i].n);
        if (im_no_value(n) || im_dict_set_cstr(t, d, rows[i].name, n) < 0) IM_CLEAR(t, d);
        im_xdrop(t, n);
    }
    return d;
}
IM_METHOD(decode_properties)
{
    lzma_filter f = {0};
    uint64_t id;
    ImBuffer b;
    if (im_as_uint64(t, args[0], &id) < 0 || im_buffer_get(t, args[1], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    f.id = id;
    lzma_ret r = lzma_properties_decode(&f, NULL, b.buf, (size_t)b.len);
    im_buffer_release(t, &b);
    if (r != LZMA_OK) return raise_lzma(t, NULL, r);
    Value v = spec_of(t, &f);
    free(f.options);
    return v;
}
static const ImMethodDef functions[] = {
    IM_FIXED("is_check_supported", is_check_supported, 1, "($module, check_id, /)", "Test whether the given integrity check is supported.\n\nAlways returns True for CHECK_NONE and CHECK_CRC32."),
    IM_FIXED("_encode_filter_properties", encode_properties, 1, "($module, filter, /)", "Return a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).\n\nThe result does not include the filter ID itself, only the options."),
    IM_FIXED("_decode_filter_properties", decode_properties, 2, "($module, filter_id, encoded_props, /)", "Return a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).\n\nThe result does not include the filter ID itself, only the options."),
    IM_END,
};
static int exec(Thread *t, Value m)
{
#define F(n) {#n, LZMA_##n},
    static const ImIntRow rows[] = {
        {"FORMAT_AUTO", FORMAT_AUTO}, {"FORMAT_XZ", FORMAT_XZ}, {"FORMAT_ALONE", FORMAT_ALONE}, {"FORMAT_RAW", FORMAT_RAW}, F(CHECK_NONE) F(CHECK_CRC32) F(CHECK_CRC64) F(CHECK_SHA256)
        F(CHECK_ID_MAX) {"CHECK_UNKNOWN", LZMA_CHECK_ID_MAX + 1}, {"FILTER_LZMA1", (int64_t)LZMA_FILTER_LZMA1}, {"FILTER_LZMA2", (int64_t)LZMA_FILTER_LZMA2}, F(FILTER_DELTA) F(FILTER_X86)
        F(FILTER_IA64) F(FILTER_ARM) F(FILTER_ARMTHUMB) F(FILTER_SPARC) F(FILTER_POWERPC) F(MF_HC3) F(MF_HC4) F(MF_BT2) F(MF_BT3) F(MF_BT4) F(MODE_FAST) F(MODE_NORMAL) F(PRESET_DEFAULT)
        {"PRESET_EXTREME", (int64_t)LZMA_PRESET_EXTREME},
    };
#undef F
    if (im_lazylib_load(t, &im_lazylib_lzma) < 0) return -1;
    if (im_no_value(x_error)) {
        if (im_no_value(x_error = im_new_exception(t, "_lzma.LZMAError", &im_Exception_type))) return -1;
        im_root_add(&x_error);
        Value doc = im_str_from_cstr(t, "Call to liblzma failed.");
        int r = im_no_value(doc) ? -1 : im_setattr(t, x_error, IM_S(__doc__), doc);
        im_xdrop(t, doc);
        if (r < 0) return -1;
    }
    if (im_module_add(t, m, "LZMAError", im_new_ref(x_error)) < 0 || im_module_ready_type(t, m, &compressor_type, &compressor_spec) < 0 ||
        im_module_ready_type(t, m, &decompressor_type, &decompressor_spec) < 0) return -1;
    return IM_ADD_INT_ROWS(t, m, rows);
}
static const ImModuleDef def = {.name = "_lzma", .methods = functions, .exec = exec};
IM_MODULE(def);
