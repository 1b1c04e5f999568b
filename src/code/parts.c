/* Code objects as bytes and tuples. The tables part holds, as variable-length numbers: named registers, registers, far locals, caches; then per named
 * register and far local its kind and name (index * 2 + 1 if in cellvars, else in varnames); then the handlers.
 * SPDX-License-Identifier: MIT */
#include "code/parts.h"

#include <stdlib.h>

#include "code/opinfo.h"
#include "types/bytes.h"
#include "types/str.h"
#include "types/tuple.h"

typedef struct Out { uint8_t *p; size_t len, cap; bool failed; } Out;

static void put(Thread *t, Out *o, uint32_t v)
{
    if (o->cap - o->len < 8 && !o->failed) {
        size_t cap = o->cap ? o->cap * 2 : 128;
        uint8_t *p = im_raw_realloc(t, o->p, cap);
        if (!p) { o->failed = true; return; }
        o->p = p;
        o->cap = cap;
    }
    if (o->failed) return;
    for (; v >= 0x80; v >>= 7) o->p[o->len++] = (uint8_t)(v | 0x80);
    o->p[o->len++] = (uint8_t)v;
}

typedef struct In { const uint8_t *p, *end; bool bad; } In;

static uint32_t get(In *in)
{
    uint32_t v = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (in->p >= in->end || shift > 28) { in->bad = true; return 0; }
        uint8_t b = *in->p++;
        v |= (uint32_t)(b & 0x7F) << shift;
        if (!(b & 0x80)) return v;
    }
}

static ssize_t index_of(Value tuple, Value name)
{
    for (ssize_t i = 0; i < im_tuple_len(tuple); i++) {
        Value x = im_tuple_get(tuple, i);
        if (im_same(x, name) || im_str_equal(x, name)) return i;
    }
    return -1;
}

Value im_code_units_bytes(Thread *t, const ImCode *c)
{
    Value v = im_bytes_new(t, NULL, (ssize_t)c->nunits * 4);
    if (im_no_value(v)) return v;
    uint32_t *out = (uint32_t *)(void *)im_bytes_data(v);
    for (uint32_t i = 0; i < c->nunits;) {
        uint32_t u = im_load_relaxed(&c->x_units[i]), op = im_op_generic[u & 0xFF], n = im_op_length[op];
        u = (u & ~0xFFu) | op;
        memcpy(out + i, &u, 4);
        if (n == 2) memcpy(out + i + 1, &c->x_units[i + 1], 4);
        i += n;
    }
    return v;
}

Value im_code_positions_bytes(Thread *t, const ImCode *c) { return im_bytes_new(t, c->positions, c->positions_len); }

Value im_code_tables_bytes(Thread *t, const ImCode *c)
{
    Out o = {0};
    put(t, &o, c->nlocals);
    put(t, &o, c->nregs);
    put(t, &o, c->nfar);
    put(t, &o, c->ncaches);
    for (uint32_t i = 0; i < (uint32_t)c->nlocals + c->nfar; i++) {
        uint8_t kind = i < c->nlocals ? c->regkinds[i] : (uint8_t)IM_REG_LOCAL;
        Value name = im_tuple_get(c->regnames, i);
        bool cell = (kind & IM_REG_CELL) != 0;
        ssize_t at = index_of(cell ? c->cellvars : c->varnames, name);
        if (at < 0) at = index_of((cell = !cell) ? c->cellvars : c->varnames, name);
        put(t, &o, kind);
        put(t, &o, at < 0 ? 0 : (uint32_t)at * 2 + cell + 1);
    }
    put(t, &o, c->nhandlers);
    for (uint32_t i = 0; i < c->nhandlers; i++) {
        const ImHandler *h = &c->handlers[i];
        put(t, &o, h->start);
        put(t, &o, h->end - h->start);
        put(t, &o, h->handler);
        put(t, &o, h->depth);
    }
    Value r = o.failed ? IM_NO_VALUE : im_bytes_new(t, o.p, (ssize_t)o.len);
    im_raw_free(o.p);
    return r;
}

static int all_str(Value tuple)
{
    if (!im_is_tuple(tuple)) return 0;
    for (ssize_t i = 0; i < im_tuple_len(tuple); i++)
        if (!im_is_str(im_tuple_get(tuple, i))) return 0;
    return 1;
}

typedef struct Tables { uint16_t nlocals, nregs, nfar; uint32_t ncaches, nhandlers; uint8_t *kinds; ImHandler *handlers; Value regnames; } Tables;

static int read_tables(Thread *t, const ImCodeParts *p, Tables *out)
{
    In in = {p->tables.p, p->tables.p + p->tables.len, false};
    uint32_t nlocals = get(&in), nregs = get(&in), nfar = get(&in);
    out->ncaches = get(&in);
    if (in.bad || nlocals > 256 || nregs > 256 || nfar > 0xFFFF || nlocals > nregs || out->ncaches > 0x10000
        || (size_t)(in.end - in.p) < 2 * ((size_t)nlocals + nfar))
        goto bad;
    if (nlocals + p->temps <= 256 && nregs < nlocals + p->temps) nregs = nlocals + p->temps;
    out->nlocals = (uint16_t)nlocals, out->nregs = (uint16_t)nregs, out->nfar = (uint16_t)nfar;
    if (!(out->kinds = im_raw_alloc_zero(t, nlocals + 1, 1))) return -1;
    /* Mostly the registers are the variables, and the tuple can be the same. */
    const uint8_t *names = in.p;
    bool same = nlocals + nfar == (size_t)im_tuple_len(p->varnames);
    for (uint32_t i = 0; same && i < nlocals + nfar; i++) {
        (void)get(&in);
        same = get(&in) == 2 * i + 1;
    }
    in.p = names;
    if (im_no_value(out->regnames = same ? im_new_ref(p->varnames) : im_tuple_new(t, nlocals + nfar))) return -1;
    for (uint32_t i = 0; i < nlocals + nfar; i++) {
        uint32_t kind = get(&in), at = get(&in);
        if (i < nlocals) out->kinds[i] = (uint8_t)kind;
        if (same) continue;
        Value from = at && (at - 1) % 2 ? p->cellvars : p->varnames, name = IM_NO_VALUE;
        if (at && (ssize_t)((at - 1) / 2) < im_tuple_len(from)) name = im_tuple_get(from, (at - 1) / 2);
        if (im_no_value(name)) name = im_str_from_cstr(t, ""); /* nameless: subjects of match, spilled temporaries */
        else im_take(name);
        if (im_no_value(name)) return -1;
        im_tuple_items(out->regnames)[i] = name;
    }
    uint32_t n = get(&in);
    if (in.bad || n > (size_t)(in.end - in.p) / 4) goto bad;
    out->nhandlers = n;
    if (!(out->handlers = im_raw_alloc_zero(t, n + 1, sizeof(ImHandler)))) return -1;
    for (uint32_t i = 0; i < n; i++) {
        ImHandler *h = &out->handlers[i];
        h->start = get(&in);
        h->end = h->start + get(&in);
        h->handler = get(&in);
        h->depth = (uint16_t)get(&in);
    }
    if (in.bad) goto bad;
    if (p->no_handlers) out->nhandlers = 0;
    return 0;
bad:
    return im_raise_valueerror(t, "code: bad tables"), -1;
}

Value im_code_from_parts(Thread *t, const ImCodeParts *p)
{
    if (!im_is_tuple(p->consts) || !all_str(p->names) || !all_str(p->varnames) || !all_str(p->cellvars) || !all_str(p->freevars) || !im_is_str(p->filename)
        || !im_is_str(p->name) || !im_is_str(p->qualname) || p->units.len % 4 || p->units.len == 0 || p->units.len > UINT32_MAX || p->positions.len > UINT32_MAX)
        return im_raise_valueerror(t, "code: bad argument");
    Tables tb = {0};
    Value result = IM_NO_VALUE;
    if (read_tables(t, p, &tb) < 0) goto done;
    ImCodeSpec spec = {
        .flags = p->flags, .argcount = p->argcount, .posonly = p->posonly, .kwonly = p->kwonly, .firstlineno = p->firstlineno,
        .nlocals = tb.nlocals, .nregs = tb.nregs, .nfar = tb.nfar, .units = p->units.p, .nunits = (uint32_t)(p->units.len / 4),
        .handlers = tb.handlers, .nhandlers = tb.nhandlers, .encoded = p->positions.p, .encoded_len = (uint32_t)p->positions.len, .encoded_stays = p->trusted,
        .ncaches = tb.ncaches,
        .consts = im_new_ref(p->consts), .names = im_new_ref(p->names), .varnames = im_new_ref(p->varnames), .cellvars = im_new_ref(p->cellvars),
        .freevars = im_new_ref(p->freevars), .regnames = tb.regnames, .regkinds = tb.kinds, .filename = im_new_ref(p->filename),
        .name = im_new_ref(p->name), .qualname = im_new_ref(p->qualname)};
    tb.regnames = IM_NO_VALUE;
    result = im_code_new(t, &spec);
    if (!p->trusted && !im_no_value(result) && im_code_verify(t, im_codep(result)) < 0) IM_CLEAR(t, result);
done:
    im_xdrop(t, tb.regnames);
    im_raw_free(tb.kinds);
    im_raw_free(tb.handlers);
    return result;
}
