/* Built-in codecs: the functions behind str.encode, bytes.decode and _codecs.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_CODECS_H
#define IM_TYPES_CODECS_H

#include "types/bytes.h"
#include "types/str.h"

/* Growing bytes. */
typedef struct ImByteBuilder { char *data; ssize_t len, cap; char small[256]; } ImByteBuilder;
void im_bb_init(ImByteBuilder *b);
void im_bb_free(ImByteBuilder *b);
IM_MUST_USE int im_bb_put(Thread *t, ImByteBuilder *b, const void *p, ssize_t n);
IM_MUST_USE int im_bb_byte(Thread *t, ImByteBuilder *b, uint8_t c);
IM_MUST_USE Value im_bb_finish(Thread *t, ImByteBuilder *b); /* bytes; also frees */

/* Bytes [start, end) of p cannot be decoded: handler `errors` decides. Appends its replacement; *pos = where to go on. -1: raised. */
/* What im_encode_error appends under this name of a handler is ASCII text, to be encoded as such; all other handlers append bytes that are meant as they are. */
bool im_errors_give_text(const char *errors);
IM_MUST_USE int im_decode_error(Thread *t, ImStrBuilder *out, const char *errors, const char *encoding, const char *reason, const uint8_t *p, ssize_t len, ssize_t start, ssize_t end, ssize_t *pos);
/* Characters [start, end) of s cannot be encoded. Appends replacement bytes, or (where the handler gives text) hands it back in *text, to be encoded. *pos = where to go on. */
int im_encode_error(Thread *t, ImByteBuilder *out, const char *errors, const char *encoding, const char *reason, Value s, ssize_t start, ssize_t end, ssize_t *pos, Value *text);

/* final: incomplete input at the end is an error; otherwise *consumed tells how much was used. errors null: strict. */
IM_MUST_USE Value im_utf8_decode(Thread *t, const char *p, ssize_t len, const char *errors, bool final, ssize_t *consumed);
IM_MUST_USE Value im_utf8_encode(Thread *t, Value s, const char *errors);
/* order: -1 little, 1 big, 0 by BOM (in/out: what was found). width 16 or 32. */
IM_MUST_USE Value im_utf_wide_decode(Thread *t, int width, const char *p, ssize_t len, const char *errors, int *order, bool final, ssize_t *consumed);
IM_MUST_USE Value im_utf_wide_encode(Thread *t, int width, Value s, const char *errors, int order);
IM_MUST_USE Value im_ascii_decode(Thread *t, const char *p, ssize_t len, const char *errors);
IM_MUST_USE Value im_narrow_encode(Thread *t, Value s, const char *errors, uint32_t limit); /* 128 ASCII, 256 Latin-1 */
/* Registry of search functions and error handlers lives in modules/_codecs.c. */
typedef struct ImCodecHooks {
    Value (*lookup_error)(Thread *t, const char *name); /* owned handler; LookupError */
    Value (*encode)(Thread *t, Value obj, const char *encoding, const char *errors);
    Value (*decode)(Thread *t, Value obj, const char *encoding, const char *errors);
    Value (*lookup)(Thread *t, const char *encoding);   /* owned codecs.CodecInfo; LookupError */
} ImCodecHooks;
extern ImCodecHooks im_codec_hooks;
/* Development mode: the names of encodings and error handlers are looked up even where they are not needed. */
extern bool im_codec_check_names;
IM_MUST_USE int im_codec_check(Thread *t, const char *encoding, const char *errors);

#endif
