/* Escape codecs and UTF-7.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_CODECS_ESCAPE_H
#define IM_MODULES_CODECS_ESCAPE_H

#include "modules/module.h"

IM_MUST_USE Value im_unicode_escape_encode(Thread *t, Value s, bool raw);
IM_MUST_USE Value im_unicode_escape_decode(Thread *t, const char *p, ssize_t len, const char *errors, bool final, bool raw, ssize_t *used);
IM_MUST_USE Value im_bytes_escape_decode(Thread *t, const char *p, ssize_t len, const char *errors);
IM_MUST_USE Value im_utf7_encode(Thread *t, Value s);
IM_MUST_USE Value im_utf7_decode(Thread *t, const char *p, ssize_t len, const char *errors, bool final, ssize_t *used);

#endif
