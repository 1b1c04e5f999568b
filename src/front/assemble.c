/* Assembly: from a unit's instructions to units, handler and position tables.
   SPDX-License-Identifier: MIT */
#include "cg.h"

#include <string.h>

typedef struct Asm {
    Cg *c;
    Unit *u;
    ImUnit *out;
    Ins *v;
    uint32_t n;
    uint32_t *at; /* unit offset of each instruction; n + 1 entries */
} Asm;

/* The cold stream follows the hot one; labels become indices. */
static bool join(Asm *a) {
    Unit *u = a->u;
    Stream *hot = &u->s[0], *cold = &u->s[1];
    a->n = hot->n + cold->n;
    if (cold->n) {
        a->v = im_arena_alloc(a->c->f->arena, (size_t)a->n * sizeof *a->v);
        if (!a->v) return false;
        memcpy(a->v, hot->v, (size_t)hot->n * sizeof *a->v);
        memcpy(a->v + hot->n, cold->v, (size_t)cold->n * sizeof *a->v);
    } else a->v = hot->v;
    for (uint32_t i = 0; i < u->nlabels; i++)
        if (u->labels[i] != UINT32_MAX) u->labels[i] = (u->labels[i] & 0x7FFFFFFF) + (u->labels[i] >> 31 ? hot->n : 0);
    for (uint32_t i = 0; i < a->n; i++)
        if (a->v[i].target >= 0) a->v[i].target = (int32_t)u->labels[a->v[i].target];
    for (uint32_t i = 1; i < u->nregions; i++) u->regions[i].handler = (int32_t)u->labels[u->regions[i].handler];
    return true;
}

static uint32_t cache_words(uint8_t op) {
    switch (op) {
    case OP_LOADGLOBAL: case OP_LOADNAME: return 2;
    case OP_STOREGLOBAL: case OP_STORENAME: case OP_GETATTR: case OP_SETATTR: case OP_LOADMETHOD: case OP_LOADSUPER: case OP_CALL: case OP_CALLM: return 1;
    default: return 0;
    }
}

static uint32_t take_cache(Asm *a, uint8_t op) {
    uint32_t words = cache_words(op);
    if (!words || a->out->ncaches + words >= IM_CACHE_NONE) return IM_CACHE_NONE;
    a->out->ncaches += words;
    return a->out->ncaches - words;
}

static uint32_t physical(const Asm *a, Reg r) { return r >= CG_TEMP ? a->u->nnamed + (r - CG_TEMP) : r; }

static uint32_t operand(const Asm *a, uint8_t mode, Reg r) {
    switch (mode) {
    case IM_MODE__: case IM_MODE_I: return r & 0xFF;
    default: return r == CG_NONE ? 0 : physical(a, r) & 0xFF;
    }
}

static uint32_t second_unit(Asm *a, const Ins *x, uint32_t end) {
    switch ((ImExtra)im_op_info[x->op].extra) {
    case IM_EXTRA_JMP: return a->at[x->target] - end;
    case IM_EXTRA_NAME: case IM_EXTRA_CALL: return IM_EXTRA(x->extra, take_cache(a, x->op));
    default: return x->extra;
    }
}

static void encode(Asm *a, const Ins *x, uint32_t at) {
    const ImOpInfo *info = &im_op_info[x->op];
    uint32_t *p = a->out->units + at, end = at + im_op_length[x->op];
    if (info->format == IM_FORMAT_J) {
        int64_t d = (int64_t)a->at[x->target] - end;
        if (d < -(1 << 23) || d >= 1 << 23) im_front_error(a->c->f, NULL, "code too large");
        p[0] = IM_UNIT_J(x->op, (int32_t)d);
        return;
    }
    uint32_t ra = operand(a, info->a, x->a);
    if (info->format == IM_FORMAT_AD) p[0] = IM_UNIT_AD(x->op, ra, x->b);
    else {
        bool raw_b = x->op == OP_RAISE && x->c < 2, raw_a = x->op == OP_RAISE && x->c < 1;
        p[0] = IM_UNIT(x->op, raw_a ? 0 : ra, raw_b ? 0 : operand(a, info->b, x->b), operand(a, info->c, x->c));
    }
    if (im_op_length[x->op] == 2) p[1] = second_unit(a, x, end);
}

static void layout(Asm *a) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        a->at[i] = at;
        if (!(a->v[i].flags & INS_DEAD)) at += im_op_length[a->v[i].op];
    }
    a->at[a->n] = at;
    a->out->nunits = at;
}

static bool can_raise(const Ins *x) { return im_op_info[x->op].flags & (IM_OPF_R | IM_OPF_P | IM_OPF_S); }

/* Instruction i begins the body of a `with`: a signal's exception that comes when __enter__ has returned belongs there. */
static bool begins_body(const Asm *a, uint32_t i) {
    uint32_t k = i;
    while (k > 0 && a->v[k - 1].flags & INS_DEAD) k--;
    return k > 0 && a->v[k - 1].region != a->v[i].region && a->v[k - 1].op == OP_CALLM;
}

/* Runs of instructions with one handler. Instructions that cannot raise do not end a run, nor start one. */
static void write_handlers(Asm *a) {
    ImUnit *o = a->out;
    uint32_t cap = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        const Ins *x = &a->v[i];
        if ((x->flags & INS_DEAD) || !x->region || !(can_raise(x) || begins_body(a, i))) continue;
        const Region *r = &a->u->regions[x->region];
        uint32_t start = a->at[i], end = start + im_op_length[x->op], handler = a->at[r->handler];
        uint16_t depth = (uint16_t)(a->u->nnamed + r->depth);
        ImHandler *last = o->nhandlers ? &o->handlers[o->nhandlers - 1] : NULL;
        if (last && last->handler == handler && last->depth == depth) {
            bool gap = false; /* nothing that may raise to another handler lies between */
            for (uint32_t k = i; k-- > 0 && a->at[k] >= last->end;)
                gap |= !(a->v[k].flags & INS_DEAD) && a->v[k].region != x->region && can_raise(&a->v[k]);
            if (!gap) {
                last->end = end;
                continue;
            }
        }
        IM_FRONT_GROW(a->c->f, o->handlers, o->nhandlers, cap);
        o->handlers[o->nhandlers++] = (ImHandler){start, end, handler, depth, 0};
    }
}

static bool falls_through(uint8_t op) {
    return op != OP_JUMP && op != OP_JUMPBACK && op != OP_RETURN && op != OP_RETURNK && op != OP_RAISE && op != OP_RERAISE;
}

static void write_positions(Asm *a) {
    ImUnit *o = a->out;
    uint32_t cap = 0;
    ImPosition last = {0, -2, -2, -1, -1};
    ImNode *first = im_front_zalloc(a->c->f, sizeof *first);
    const ImNode *prev = first;
    bool flows = true;
    first->lineno = a->u->kind == UNIT_MODULE ? 0 : a->u->firstlineno; /* of a module without statements */
    first->end_lineno = a->u->firstlineno;
    for (uint32_t i = 0; i < a->n; i++) {
        const Ins *x = &a->v[i];
        if (x->flags & INS_DEAD) continue;
        const ImNode *pos = x->pos ? x->pos : flows ? prev : NULL;
        ImPosition p = {a->at[i], -1, -1, -1, -1};
        if (pos) p = (ImPosition){a->at[i], pos->lineno, pos->end_lineno, pos->col_offset, pos->end_col_offset};
        if (x->op == OP_RESUME || x->op == OP_GENSTART || x->op == OP_MAKECELL) p = (ImPosition){a->at[i], a->u->kind == UNIT_MODULE ? 0 : a->u->firstlineno, a->u->firstlineno, 0, 0};
        if (a->c->f->no_ranges && p.line >= 0) p.end_line = p.line, p.col = p.end_col = -1;
        prev = pos;
        flows = falls_through(x->op);
        if (o->npositions && p.line == last.line && p.end_line == last.end_line && p.col == last.col && p.end_col == last.end_col) continue;
        IM_FRONT_GROW(a->c->f, o->positions, o->npositions, cap);
        o->positions[o->npositions++] = last = p;
    }
}

/* ---- names of registers ---- */

static bool known(const ImName **v, uint32_t n, const ImName *name) {
    for (uint32_t i = 0; i < n; i++)
        if (v[i] == name) return true;
    return false;
}

static void write_names(Asm *a) {
    Unit *u = a->u;
    ImUnit *o = a->out;
    const ImScope *s = u->scope;
    uint32_t total = u->nnamed + u->nfar + u->max_spill;
    o->regnames = im_front_alloc(a->c->f, (total + 1) * sizeof *o->regnames);
    o->varnames = im_front_alloc(a->c->f, (total + s->nvarnames + 1) * sizeof *o->varnames);
    o->regkinds = im_front_zalloc(a->c->f, u->nnamed + 1);
    if (!o->regnames || !o->varnames || !o->regkinds) return;
    for (uint32_t i = 0; i < u->nnamed; i++) o->regnames[i] = u->regnames[i], o->regkinds[i] = u->regkinds[i];
    for (uint32_t i = 0; i < u->nfar; i++) o->regnames[u->nnamed + i] = u->far_names[i];
    for (uint32_t i = 0; i < u->max_spill; i++) o->regnames[u->nnamed + u->nfar + i] = cg_name(a->c, "");
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->nvarnames; i++) o->varnames[n++] = s->varnames[i];
    for (uint32_t i = 0; i < u->nnamed; i++) {
        uint8_t k = u->regkinds[i];
        if (!(k & IM_REG_PARAM) && (k & IM_REG_LOCAL) && !(k & IM_REG_HIDDEN)) o->varnames[n++] = u->regnames[i];
    }
    uint32_t far_params = s->nvarnames > IM_MAX_REG_PARAMS ? s->nvarnames - IM_MAX_REG_PARAMS : 0;
    for (uint32_t i = far_params; i < u->nfar; i++)
        if (u->far_names[i]->len && !known(o->varnames, n, u->far_names[i])) o->varnames[n++] = u->far_names[i];
    for (uint32_t i = 0; i < u->nhidden; i++)
        if (u->hidden[i].name->len && !(u->hidden[i].kind & IM_REG_CELL) && !known(o->varnames, n, u->hidden[i].name)) o->varnames[n++] = u->hidden[i].name;
    o->nvarnames = n;
    o->cells = u->cells, o->ncells = u->ncells;
    o->frees = u->frees, o->nfrees = u->nfrees;
}

ImUnit *cg_assemble(Cg *c, Unit *u) {
    ImUnit *o = im_front_zalloc(c->f, sizeof *o);
    Asm a = {.c = c, .u = u, .out = o};
    if (!join(&a)) { im_front_memory(c->f); return NULL; }
    a.v = cg_optimise(c, u, a.v, &a.n);
    if (u->none_at_end) {
        bool used = false;
        for (uint32_t i = 0; i < a.n && !used; i++) used = !(a.v[i].flags & INS_DEAD) && a.v[i].op == OP_RETURNK && a.v[i].b == u->nconsts - 1;
        u->nconsts -= !used;
    }
    a.at = im_front_alloc(c->f, (size_t)(a.n + 1) * sizeof *a.at);
    if (!a.at || im_front_failed(c->f)) return NULL;
    if (u->nnamed + u->max_top > 255) im_front_error(c->f, NULL, "function too complex");
    layout(&a);
    o->units = im_front_alloc(c->f, (size_t)(o->nunits + 1) * 4);
    if (!o->units || im_front_failed(c->f)) return NULL;
    for (uint32_t i = 0; i < a.n; i++)
        if (!(a.v[i].flags & INS_DEAD)) encode(&a, &a.v[i], a.at[i]);
    write_handlers(&a);
    write_positions(&a);
    write_names(&a);
    o->name = u->name, o->qualname = u->qualname, o->flags = u->flags;
    o->argcount = u->argcount, o->posonly = u->posonly, o->kwonly = u->kwonly, o->firstlineno = u->firstlineno;
    if (u->nnamed + u->max_top == 0) u->max_top = 1; /* operands that an instruction does not use are register 0 */
    o->nlocals = (uint16_t)u->nnamed, o->nregs = (uint16_t)(u->nnamed + u->max_top), o->nfar = (uint16_t)(u->nfar + u->max_spill);
    o->consts = u->consts, o->nconsts = u->nconsts;
    o->names = u->names, o->nnames = u->nnames;
    return im_front_failed(c->f) ? NULL : o;
}
