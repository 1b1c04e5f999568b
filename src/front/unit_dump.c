/* Listing of generated code before there are objects, for debugging the compiler.
   SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "codegen.h"
#include "unparse.h"

#include "code/opinfo.h"

typedef struct Dump { ImFront *f; const ImUnit *u; char *p; size_t len, cap; } Dump;

static void put(void *ctx, const char *s, size_t n) {
    Dump *d = ctx;
    if (d->len + n + 1 > d->cap) {
        size_t cap = d->cap * 2 + n + 4096;
        char *p = im_front_alloc(d->f, cap);
        if (!p) return;
        if (d->len) memcpy(p, d->p, d->len);
        d->p = p;
        d->cap = cap;
    }
    memcpy(d->p + d->len, s, n);
    d->len += n;
    d->p[d->len] = 0;
}

static void constant(void *ctx, uint32_t i, char *buf, size_t size) {
    Dump *d = ctx;
    if (i >= d->u->nconsts) return;
    const ImUnitConst *k = &d->u->consts[i];
    snprintf(buf, size, "%.60s", k->unit ? k->unit->qualname : im_const_repr(d->f, k->k));
}
static void name(void *ctx, uint32_t i, char *buf, size_t size) {
    Dump *d = ctx;
    if (i < d->u->nnames) snprintf(buf, size, "%.60s", d->u->names[i]->s);
}
static void reg(void *ctx, uint32_t i, char *buf, size_t size) {
    Dump *d = ctx;
    uint8_t k = d->u->regkinds[i];
    snprintf(buf, size, "%s%.40s%s", k & IM_REG_HIDDEN ? "~" : "", d->u->regnames[i]->len ? d->u->regnames[i]->s : "$", k & IM_REG_CELL ? "@" : "");
}
static int line(void *ctx, uint32_t unit) {
    const ImUnit *u = ((Dump *)ctx)->u;
    int found = 0;
    for (uint32_t i = 0; i < u->npositions && u->positions[i].start <= unit; i++) found = u->positions[i].line;
    return found;
}

static void dump(Dump *d, const ImUnit *u) {
    char head[256];
    d->u = u;
    int n = snprintf(head, sizeof head, "%s: args %d posonly %d kwonly %d flags 0x%x named %u regs %u far %u caches %u\n", u->qualname, u->argcount, u->posonly,
                     u->kwonly, u->flags, u->nlocals, u->nregs, u->nfar, u->ncaches);
    put(d, head, (size_t)n < sizeof head ? (size_t)n : sizeof head - 1);
    ImListing l = {.units = u->units, .nunits = u->nunits, .nlocals = u->nlocals, .handlers = u->handlers, .nhandlers = u->nhandlers, .ctx = d, .put = put,
                   .constant = constant, .name = name, .reg = reg, .line = line};
    im_code_listing(&l);
    for (uint32_t i = 0; i < u->nconsts; i++)
        if (u->consts[i].unit) put(d, "\n", 1), dump(d, u->consts[i].unit);
}

const char *im_unit_dump(ImFront *f, const ImUnit *u, size_t *len) {
    Dump d = {.f = f};
    put(&d, "", 0);
    dump(&d, u);
    *len = d.len;
    return d.p;
}
