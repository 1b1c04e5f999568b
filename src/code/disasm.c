/* Listing of a code object, as a str.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "code/opinfo.h"
#include "types/str.h"
#include "types/tuple.h"

typedef struct Sink { Thread *t; const ImCode *c; ImStrBuilder b; bool failed; } Sink;

static void put(void *ctx, const char *text, size_t len)
{
    Sink *s = ctx;
    Value v = s->failed ? IM_NO_VALUE : im_str_from_utf8(s->t, text, (ssize_t)len);
    if (im_no_value(v)) {
        /* A name cut in the middle of a character: print it as bytes. */
        im_exc_clear(s->t);
        if (im_sb_ascii(s->t, &s->b, text, (ssize_t)len) < 0) s->failed = true;
        return;
    }
    if (im_sb_str(s->t, &s->b, v) < 0) s->failed = true;
    im_drop(s->t, v);
}

static void text_of(Sink *s, Value str, char *buf, size_t size)
{
    const char *u = im_str_utf8(s->t, str, NULL);
    if (!u) im_exc_clear(s->t);
    snprintf(buf, size, "%.60s", u ? u : "?");
}

static void constant(void *ctx, uint32_t i, char *buf, size_t size)
{
    Sink *s = ctx;
    snprintf(buf, size, "?");
    if (i >= s->c->nconsts) return;
    Value v = s->c->consts[i], r = im_is_exact(v, &im_code_type) ? im_new_ref(im_codep(v)->qualname) : im_repr(s->t, v);
    if (im_no_value(r)) { im_exc_clear(s->t); return; }
    text_of(s, r, buf, size);
    im_drop(s->t, r);
}

static void name(void *ctx, uint32_t i, char *buf, size_t size)
{
    Sink *s = ctx;
    if (i < s->c->nnames) text_of(s, s->c->names[i], buf, size);
}

static void reg(void *ctx, uint32_t i, char *buf, size_t size)
{
    Sink *s = ctx;
    if ((ssize_t)i < im_tuple_len(s->c->regnames)) text_of(s, im_tuple_get(s->c->regnames, i), buf, size);
}

static int line(void *ctx, uint32_t unit) { return im_code_line(((Sink *)ctx)->c, unit); }

Value im_code_disassemble(Thread *t, Value code)
{
    if (!im_is_exact(code, &im_code_type)) return im_raise_type(t, "expected a code object, not %T", code);
    const ImCode *c = im_codep(code);
    Sink s = {.t = t, .c = c};
    im_sb_init(&s.b);
    ImListing l = {.units = c->x_units, .nunits = c->nunits, .nlocals = c->nlocals, .handlers = c->handlers, .nhandlers = c->nhandlers, .ctx = &s,
                   .put = put, .constant = constant, .name = name, .reg = reg, .line = line};
    im_code_listing(&l);
    if (!s.failed) return im_sb_finish(t, &s.b);
    im_sb_free(&s.b);
    return IM_NO_VALUE;
}
