/* What the compression modules share: output that grows, and decompressors that keep what they could not use yet.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_COMPRESS_H
#define IM_MODULES_COMPRESS_H

#include "modules/lazylib.h"
#include "modules/syscall.h"

/* Bytes being written; at most `max` (negative: no limit). */
typedef struct ImOut {
    Value bytes;
    ssize_t used, max;
} ImOut;
/* 0, or -1 with MemoryError. `hint`: size to begin with. */
IM_MUST_USE int im_out_init(Thread *t, ImOut *o, ssize_t hint, ssize_t max);
/* Where to write, and how much (0: the limit is reached). Null with MemoryError. */
IM_MUST_USE uint8_t *im_out_room(Thread *t, ImOut *o, size_t *n);
IM_INLINE void im_out_advance(ImOut *o, size_t n) { o->used += (ssize_t)n; }
Value im_out_finish(Thread *t, ImOut *o);
void im_out_drop(Thread *t, ImOut *o);

/* One step of a codec, detached: takes from in, gives to out, moving both forward. A result other than 0 and 1 is an error number. */
typedef struct ImRunState { const uint8_t *in; size_t n_in; uint8_t *out; size_t n_out; } ImRunState;
enum { IM_CODEC_MORE = 0, IM_CODEC_END = 1 };

/* First part of a decompressor object. */
typedef struct ImDecompressor {
    ImObject head;
    ImMutex mutex;        /* one call at a time */
    bool x_eof, x_needs_input, ready;
    bool breaks, broken;  /* an error makes it unusable; it has */
    uint8_t *pending;     /* input not used yet: raw memory */
    size_t n_pending;
    Value x_unused;       /* bytes after the end; no value: none */
    int (*step)(void *self, ImRunState *s);
    Value (*fail)(Thread *t, void *self, int error); /* raises */
} ImDecompressor;
/* decompress(data, max_length=-1) */
Value im_decompressor_decompress(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
#define IM_DECOMPRESS_SIG "($self, /, data, max_length=-1)"
Value im_decompressor_eof(Thread *t, Value self, void *closure);
Value im_decompressor_needs_input(Thread *t, Value self, void *closure);
Value im_decompressor_unused(Thread *t, Value self, void *closure);
int im_decompressor_traverse(ImObject *o, ImVisit visit, void *arg);
void im_decompressor_destroy(Thread *t, ImObject *o);
#define IM_DECOMPRESSOR_GETSET \
    {"eof", im_decompressor_eof, NULL, "True if the end-of-stream marker has been reached.", NULL}, \
    {"needs_input", im_decompressor_needs_input, NULL, "True if more input is needed before more decompressed data can be produced.", NULL}, \
    {"unused_data", im_decompressor_unused, NULL, "Data found after the end of the compressed stream.", NULL}

/* Runs `step` over all of data (compressors): to the end of the input, or with `flush` until it says IM_CODEC_END. Holds the mutex. */
Value im_compressor_run(Thread *t, ImMutex *mutex, void *self, int (*step)(void *self, ImRunState *s), Value (*fail)(Thread *t, void *self, int error), const void *data, size_t n, bool flush);

#endif
