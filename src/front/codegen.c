/* Code generation: units, emission, registers, constants and names. The constructs are in codegen_*.c.
   SPDX-License-Identifier: MIT */
#include "cg.h"

#include <string.h>

const ImConst cg_none_const = {.kind = IM_CONST_NONE};

const ImName *cg_name(Cg *c, const char *s) {
    static const ImName none = {.s = "", .len = 0};
    const ImName *n = im_arena_name_str(c->f->arena, s);
    if (!n) { im_front_memory(c->f); return &none; }
    return n;
}

const ImName *cg_mangle(Cg *c, const ImName *name) { return im_scope_mangle(c->f, c->u->scope, c->u->private_name, name); }

/* ---- emission ---- */

Ins *cg_emit(Cg *c, ImOp op, Reg a, Reg b, Reg cc, const void *pos) {
    Stream *s = &c->u->s[c->u->cur];
    IM_FRONT_GROW(c->f, s->v, s->n, s->cap);
    Ins *i = &s->v[s->n++];
    *i = (Ins){.op = (uint8_t)op, .a = a, .b = b, .c = cc, .target = -1, .region = c->u->region, .pos = pos};
    return i;
}

Ins *cg_emit_jump(Cg *c, ImOp op, Reg a, Reg b, Reg cc, int32_t label, const void *pos) {
    Ins *i = cg_emit(c, op, a, b, cc, pos);
    i->target = label;
    return i;
}

void cg_jump(Cg *c, int32_t label, const void *pos) { cg_emit_jump(c, OP_JUMP, 0, 0, 0, label, pos); }
void cg_jump_back(Cg *c, int32_t label, const void *pos) { cg_emit_jump(c, OP_JUMPBACK, 0, 0, 0, label, pos); }

int32_t cg_label(Cg *c) {
    Unit *u = c->u;
    IM_FRONT_GROW(c->f, u->labels, u->nlabels, u->labels_cap);
    u->labels[u->nlabels] = UINT32_MAX;
    return (int32_t)u->nlabels++;
}

void cg_bind(Cg *c, int32_t label) {
    Unit *u = c->u;
    if ((uint32_t)label < u->nlabels) u->labels[label] = u->s[u->cur].n | (uint32_t)u->cur << 31;
}

/* Handlers go to the cold stream. Inside cold code a nested handler stands in line, jumped over. */
int32_t cg_cold_begin(Cg *c) {
    if (!c->u->cur) {
        c->u->cur = 1;
        return -1;
    }
    int32_t over = cg_label(c);
    cg_jump(c, over, NULL);
    return over;
}

void cg_cold_end(Cg *c, int32_t state) {
    if (state < 0) c->u->cur = 0;
    else cg_bind(c, state);
}

uint32_t cg_region_begin(Cg *c, int32_t handler, uint32_t depth) {
    Unit *u = c->u;
    if (!u->nregions) {
        IM_FRONT_GROW(c->f, u->regions, u->nregions, u->regions_cap);
        u->regions[u->nregions++] = (Region){-1, 0, 0};
    }
    IM_FRONT_GROW(c->f, u->regions, u->nregions, u->regions_cap);
    u->regions[u->nregions] = (Region){handler, u->region, (uint16_t)depth};
    return u->region = u->nregions++;
}

void cg_region_end(Cg *c) { c->u->region = c->u->regions[c->u->region].parent; }

/* ---- names and constants of the code object ---- */

uint32_t cg_name_index(Cg *c, const ImName *name) {
    Unit *u = c->u;
    uintptr_t at = (uintptr_t)im_ptrmap_get(&u->name_index, name);
    if (at) return (uint32_t)(at - 1);
    IM_FRONT_GROW(c->f, u->names, u->nnames, u->names_cap);
    u->names[u->nnames++] = name;
    im_ptrmap_set(c->f, &u->name_index, name, (void *)(uintptr_t)u->nnames);
    return u->nnames - 1;
}

/* Names that the 16-bit field cannot hold go through constants and intrinsics. */
static Ins *emit_far_name(Cg *c, ImOp op, Reg a, Reg b, const ImName *name, const void *pos) {
    uint32_t mark = cg_mark(c);
    Reg t = cg_push_n(c, 3), result = t;
    ImIntrinsic intr = IM_INTR_GLOBAL_GET;
    switch (op) {
    case OP_GETATTR: intr = IM_INTR_GETATTR; cg_move(c, t, b, pos); cg_load_str(c, name, t + 1, pos); result = a; break;
    case OP_SETATTR:
        intr = IM_INTR_SETATTR;
        cg_move(c, t, a, pos);
        cg_load_str(c, name, t + 1, pos);
        cg_move(c, t + 2, b, pos);
        break;
    case OP_DELATTR: intr = IM_INTR_DELATTR; cg_move(c, t, a, pos); cg_load_str(c, name, t + 1, pos); break;
    case OP_LOADGLOBAL: result = a; cg_load_str(c, name, t, pos); break;
    case OP_LOADNAME: intr = IM_INTR_NAME_GET; result = a; cg_load_str(c, name, t, pos); break;
    case OP_STOREGLOBAL:
    case OP_STORENAME:
        intr = op == OP_STORENAME ? IM_INTR_NAME_SET : IM_INTR_GLOBAL_SET;
        cg_load_str(c, name, t, pos);
        cg_move(c, t + 1, a, pos);
        break;
    case OP_DELGLOBAL: intr = IM_INTR_GLOBAL_DEL; cg_load_str(c, name, t, pos); break;
    case OP_DELNAME: intr = IM_INTR_NAME_DEL; cg_load_str(c, name, t, pos); break;
    default: im_front_error(c->f, pos, "too many names in one block"); break;
    }
    cg_release(c, mark);
    return cg_emit(c, OP_INTRINSIC, result, t, intr, pos);
}

Ins *cg_emit_name(Cg *c, ImOp op, Reg a, Reg b, Reg cc, const ImName *name, const void *pos) {
    uint32_t index = cg_name_index(c, name);
    if (index > 0xFFFF) return emit_far_name(c, op, a, b, name, pos);
    Ins *i = cg_emit(c, op, a, b, cc, pos);
    i->extra = index;
    return i;
}

static uint32_t mix(uint32_t h, uint64_t v) {
    uint64_t x = (h ^ v) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(x >> 32) ^ (uint32_t)x;
}

static uint32_t hash_text(uint32_t h, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h;
}

static uint32_t hash_const(const ImConst *k) {
    uint32_t h = 2166136261u + k->kind;
    uint64_t bits;
    switch ((ImConstKind)k->kind) {
    case IM_CONST_INT: return mix(h, (uint64_t)k->u.i);
    case IM_CONST_BIGINT: return hash_text(h, k->u.big.digits, k->u.big.len);
    case IM_CONST_FLOAT: memcpy(&bits, &k->u.f, 8); return mix(h, bits);
    case IM_CONST_COMPLEX: memcpy(&bits, &k->u.c.im, 8); return mix(h, bits);
    case IM_CONST_STR: return hash_text(h, k->u.s.s, k->u.s.len);
    case IM_CONST_BYTES: return hash_text(h, k->u.b.s, k->u.b.len);
    case IM_CONST_TUPLE:
    case IM_CONST_FROZENSET:
        for (int i = 0; i < k->u.seq.n; i++) h = mix(h, hash_const(k->u.seq.v[i]));
        return h;
    case IM_CONST_OBJECT: return mix(h, (uint64_t)(uintptr_t)k->u.object);
    default: return h;
    }
}

/* Same type and same value, down to the sign of zero. */
static bool same_const(const ImConst *a, const ImConst *b) {
    if (a == b) return true;
    if (a->kind != b->kind) return false;
    switch ((ImConstKind)a->kind) {
    case IM_CONST_INT: return a->u.i == b->u.i;
    case IM_CONST_BIGINT:
        return a->u.big.len == b->u.big.len && a->u.big.base == b->u.big.base && a->u.big.negative == b->u.big.negative
            && !memcmp(a->u.big.digits, b->u.big.digits, a->u.big.len);
    case IM_CONST_FLOAT: return !memcmp(&a->u.f, &b->u.f, 8);
    case IM_CONST_COMPLEX: return !memcmp(&a->u.c.re, &b->u.c.re, 8) && !memcmp(&a->u.c.im, &b->u.c.im, 8);
    case IM_CONST_STR: return a->u.s.len == b->u.s.len && !memcmp(a->u.s.s, b->u.s.s, a->u.s.len);
    case IM_CONST_BYTES: return a->u.b.len == b->u.b.len && !memcmp(a->u.b.s, b->u.b.s, a->u.b.len);
    case IM_CONST_TUPLE:
    case IM_CONST_FROZENSET:
        if (a->u.seq.n != b->u.seq.n) return false;
        for (int i = 0; i < a->u.seq.n; i++)
            if (!same_const(a->u.seq.v[i], b->u.seq.v[i])) return false;
        return true;
    case IM_CONST_OBJECT: return a->u.object == b->u.object;
    default: return true;
    }
}

static void index_consts(Cg *c, Unit *u) {
    uint32_t cap = u->const_index_cap ? u->const_index_cap * 2 : 16;
    uint32_t *t = im_arena_zalloc(c->f->arena, cap * sizeof *t);
    if (!t) { im_front_memory(c->f); return; }
    for (uint32_t i = 0; i < u->nconsts; i++) {
        if (!u->consts[i].k) continue;
        uint32_t at = hash_const(u->consts[i].k) & (cap - 1);
        while (t[at]) at = (at + 1) & (cap - 1);
        t[at] = i + 1;
    }
    u->const_index = t;
    u->const_index_cap = cap;
}

uint32_t cg_const_index(Cg *c, const ImConst *k) {
    Unit *u = c->u;
    if (u->nconsts * 2 >= u->const_index_cap) index_consts(c, u);
    if (!u->const_index_cap) return 0;
    uint32_t at = hash_const(k) & (u->const_index_cap - 1);
    for (; u->const_index[at]; at = (at + 1) & (u->const_index_cap - 1)) {
        uint32_t i = u->const_index[at] - 1;
        if (same_const(u->consts[i].k, k)) return i;
    }
    IM_FRONT_GROW(c->f, u->consts, u->nconsts, u->consts_cap);
    u->consts[u->nconsts++] = (ImUnitConst){k, NULL};
    u->const_index[at] = u->nconsts;
    return u->nconsts - 1;
}

uint32_t cg_unit_const(Cg *c, ImUnit *unit) {
    Unit *u = c->u;
    IM_FRONT_GROW(c->f, u->consts, u->nconsts, u->consts_cap);
    u->consts[u->nconsts++] = (ImUnitConst){NULL, unit};
    return u->nconsts - 1;
}

void cg_load_const(Cg *c, const ImConst *k, Reg dst, const void *pos) {
    uint32_t i = cg_const_index(c, k);
    if (k->kind == IM_CONST_INT && k->u.i >= INT16_MIN && k->u.i <= INT16_MAX) {
        cg_emit(c, OP_LOADI, dst, (Reg)(int16_t)k->u.i, 0, pos);
        return;
    }
    if (i <= 0xFFFF) cg_emit(c, OP_LOADK, dst, (Reg)i, 0, pos);
    else cg_emit(c, OP_LOADKX, dst, 0, 0, pos)->extra = i;
}

void cg_load_none(Cg *c, Reg dst, const void *pos) { cg_load_const(c, &cg_none_const, dst, pos); }

void cg_load_int(Cg *c, int64_t i, Reg dst, const void *pos) {
    ImConst *k = im_front_zalloc(c->f, sizeof *k);
    k->kind = IM_CONST_INT;
    k->u.i = i;
    cg_load_const(c, k, dst, pos);
}

/* Identifiers are UTF-8 without surrogates unless they came from objects; count and maxchar are recomputed here. */
ImConst *cg_str_const(Cg *c, const ImName *s) {
    ImConst *k = im_front_zalloc(c->f, sizeof *k);
    k->kind = IM_CONST_STR;
    k->u.s.s = s->s;
    k->u.s.len = s->len;
    uint32_t max = 0;
    for (uint32_t i = 0; i < s->len; i++) {
        unsigned char ch = (unsigned char)s->s[i];
        if ((ch & 0xC0) == 0x80) continue;
        k->u.s.count++;
        uint32_t top = ch < 0x80 ? ch : ch < 0xE0 ? 0x7FF : ch < 0xF0 ? 0xFFFF : 0x10FFFF;
        if (top > max) max = top;
    }
    k->u.s.maxchar = max;
    return k;
}

void cg_load_str(Cg *c, const ImName *s, Reg dst, const void *pos) { cg_load_const(c, cg_str_const(c, s), dst, pos); }

ImConst *cg_tuple_const(Cg *c, int n) {
    ImConst *k = im_front_zalloc(c->f, sizeof *k);
    k->kind = IM_CONST_TUPLE;
    k->u.seq.v = im_front_alloc(c->f, (size_t)(n ? n : 1) * sizeof *k->u.seq.v);
    k->u.seq.n = k->u.seq.v ? n : 0;
    return k;
}

void cg_move(Cg *c, Reg dst, Reg src, const void *pos) {
    if (dst != src) cg_emit(c, cg_is_temp(src) ? OP_MOVE : OP_COPY, dst, src, 0, pos);
}

/* ---- registers ---- */

enum { ALL_REGS = 250 /* below 256, so that a few more may be taken without asking */, NAMED_LIMIT = 190, SPILL_MARGIN = 24 };

Reg cg_push_n(Cg *c, uint32_t n) {
    Unit *u = c->u;
    Reg r = (Reg)(CG_TEMP + u->top);
    u->top += n;
    if (u->top > u->max_top) {
        u->max_top = u->top;
        if (u->nnamed + u->max_top > 255 && !im_front_failed(c->f)) im_front_error(c->f, NULL, "expression too complex");
    }
    return r;
}
Reg cg_push(Cg *c) { return cg_push_n(c, 1); }

uint32_t cg_room(const Cg *c) {
    uint32_t most = c->u->soft + SPILL_MARGIN - 4;
    return most > c->u->top ? most - c->u->top : 0;
}

static Reg new_named(Cg *c, const ImName *name, uint8_t kind) {
    Unit *u = c->u;
    uint32_t n = u->nnamed;
    IM_FRONT_GROW(c->f, u->regnames, n, u->regnames_cap);
    n = u->nnamed;
    IM_FRONT_GROW(c->f, u->regkinds, n, u->regkinds_cap);
    u->nnamed = n;
    u->regnames[u->nnamed] = name;
    u->regkinds[u->nnamed] = kind;
    return (Reg)u->nnamed++;
}

/* Hidden registers are used again for variables of the same name and kind, and when registers are short for any. */
Reg cg_hidden_take(Cg *c, const ImName *name, uint8_t kind) {
    Unit *u = c->u;
    bool short_of = u->nnamed > NAMED_LIMIT;
    for (uint32_t i = 0; i < u->nhidden; i++) {
        Hidden *h = &u->hidden[i];
        if (h->busy || h->kind != kind || (h->name != name && !short_of)) continue;
        h->busy = true;
        h->name = u->regnames[h->reg] = name;
        return h->reg;
    }
    IM_FRONT_GROW(c->f, u->hidden, u->nhidden, u->hidden_cap);
    Reg r = new_named(c, name, kind);
    u->hidden[u->nhidden++] = (Hidden){name, r, kind, true};
    return r;
}

/* With very many variables in comprehensions, the last ones live far: in slots that were set aside when the unit began. */
bool cg_hidden_is_full(const Cg *c) { return c->u->nnamed >= NAMED_LIMIT + 8 && c->u->far_hidden < c->u->nfar; }

int32_t cg_hidden_far(Cg *c, const ImName *name) {
    Unit *u = c->u;
    u->far_names[u->far_hidden] = name;
    return CG_FAR + (int32_t)u->far_hidden++;
}

void cg_hidden_give(Cg *c, Reg r) {
    for (uint32_t i = 0; i < c->u->nhidden; i++)
        if (c->u->hidden[i].reg == r) c->u->hidden[i].busy = false;
}

/* ---- units ---- */

static const char *qualified_name(Cg *c, Unit *u) {
    Unit *p = u->parent;
    if (!p || p->kind == UNIT_MODULE) return u->name->s;
    if (p->kind == UNIT_TYPE_PARAMS) {
        p = p->parent;
        if (p->kind == UNIT_MODULE) return u->name->s;
    }
    if (u->kind == UNIT_FUNCTION || u->kind == UNIT_ASYNC_FUNCTION || u->kind == UNIT_CLASS) {
        const ImSym *s = im_scope_find(p->scope, im_scope_mangle(c->f, p->scope, p->private_name, u->name));
        if (s && s->place == IM_PLACE_GLOBAL_EXPLICIT) return u->name->s;
    }
    bool locals = p->kind == UNIT_FUNCTION || p->kind == UNIT_ASYNC_FUNCTION || p->kind == UNIT_LAMBDA;
    size_t a = strlen(p->qualname), b = locals ? 9 : 0, d = u->name->len;
    char *q = im_front_alloc(c->f, a + b + d + 2);
    if (!q) return u->name->s;
    memcpy(q, p->qualname, a);
    if (locals) memcpy(q + a, ".<locals>", 9);
    q[a + b] = '.';
    memcpy(q + a + b + 1, u->name->s, d + 1);
    return q;
}

static int by_text(const ImName *a, const ImName *b) {
    size_t n = a->len < b->len ? a->len : b->len;
    int r = memcmp(a->s, b->s, n);
    return r ? r : a->len < b->len ? -1 : a->len > b->len;
}

void cg_sort_names(const ImName **v, uint32_t n) {
    for (uint32_t i = 1; i < n; i++) {
        const ImName *x = v[i];
        uint32_t j = i;
        for (; j && by_text(v[j - 1], x) > 0; j--) v[j] = v[j - 1];
        v[j] = x;
    }
}

static void add_far(Cg *c, ImSym *s) {
    Unit *u = c->u;
    s->reg = CG_FAR + (int32_t)u->nfar;
    IM_FRONT_GROW(c->f, u->far_names, u->nfar, u->far_cap);
    u->far_names[u->nfar++] = s->name;
}

/* Registers: parameters, other locals, cells that are not parameters. Locals beyond the limit live far. */
static void place_locals(Cg *c, ImScope *scope) {
    Unit *u = c->u;
    uint32_t ncells = 0;
    bool function = im_scope_is_function_like(scope);
    for (uint32_t i = 0; i < scope->nvarnames; i++) {
        ImSym *s = im_scope_find(scope, scope->varnames[i]);
        if (i >= IM_MAX_REG_PARAMS) add_far(c, s);
        else s->reg = new_named(c, s->name, IM_REG_LOCAL | IM_REG_PARAM | (s->place == IM_PLACE_CELL ? IM_REG_CELL : 0));
    }
    for (uint32_t i = 0; i < scope->nsyms; i++) {
        ImSym *s = scope->syms[i];
        if (s->place == IM_PLACE_CELL) {
            IM_FRONT_GROW(c->f, u->cells, u->ncells, u->cells_cap);
            u->cells[u->ncells++] = s->name;
            if (!(s->flags & IM_DEF_PARAM)) {
                s->reg = -1; /* a scope within a finally clause is compiled twice, and this is the second time */
                ncells++;
            }
        } else if (s->place == IM_PLACE_FREE || (s->flags & IM_DEF_FREE_CLASS)) {
            IM_FRONT_GROW(c->f, u->frees, u->nfrees, u->frees_cap);
            u->frees[u->nfrees++] = s->name;
        }
    }
    cg_sort_names(u->cells, u->ncells);
    cg_sort_names(u->frees, u->nfrees);
    for (uint32_t i = 0; i < u->nfrees; i++) im_scope_find(scope, u->frees[i])->reg = (int32_t)i;
    for (uint32_t i = 0; function && i < scope->nsyms; i++) {
        ImSym *s = scope->syms[i];
        if (s->place != IM_PLACE_LOCAL || (s->flags & IM_DEF_PARAM)) continue;
        if (u->nnamed + ncells >= NAMED_LIMIT) add_far(c, s);
        else s->reg = new_named(c, s->name, IM_REG_LOCAL);
    }
    for (uint32_t i = 0; i < u->ncells; i++) {
        ImSym *s = im_scope_find(scope, u->cells[i]);
        if (s->reg >= 0 && s->reg < CG_FAR) continue;
        if (u->nnamed >= NAMED_LIMIT + 20) im_front_error(c->f, NULL, "too many captured variables in one function");
        Reg r = new_named(c, s->name, IM_REG_CELL);
        if (s->reg >= CG_FAR) { /* a far parameter that is captured: the cell is filled from it on entry */
            cg_emit(c, OP_MAKECELL, r, 0, 0, NULL);
            Reg t = cg_push(c);
            cg_emit(c, OP_LOADFAR, t, (Reg)(s->reg - CG_FAR), 0, NULL);
            cg_emit(c, OP_STORECELL, r, t, 0, NULL);
            cg_release(c, 0);
            s->reg = r;
            continue;
        }
        s->reg = r;
    }
}

static uint32_t count_hidden(const ImScope *s) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->nchildren; i++)
        if (s->children[i]->inlined) n += s->children[i]->nsyms + count_hidden(s->children[i]);
    return n;
}

static uint32_t unit_flags(const Cg *c, const Unit *u) {
    const ImScope *s = u->scope;
    uint32_t flags = c->f->future;
    if (im_scope_is_function_like(s)) {
        flags |= IM_CO_NEWLOCALS | IM_CO_OPTIMIZED;
        if (s->nested) flags |= IM_CO_NESTED;
        if (s->generator && !s->coroutine) flags |= IM_CO_GENERATOR;
        if (!s->generator && s->coroutine) flags |= IM_CO_COROUTINE;
        if (s->generator && s->coroutine) flags |= IM_CO_ASYNC_GENERATOR;
        if (s->varargs) flags |= IM_CO_VARARGS;
        if (s->varkeywords) flags |= IM_CO_VARKEYWORDS;
    } else if (c->f->top_level_await && u->kind == UNIT_MODULE && s->coroutine) flags |= IM_CO_COROUTINE;
    return flags;
}

/* Errors in StopIteration are turned into RuntimeError by a handler around the whole body. */
static void prologue(Cg *c) {
    Unit *u = c->u;
    for (uint32_t i = 0; i < u->nnamed; i++)
        if (u->regkinds[i] & IM_REG_CELL) {
            bool made = false;
            for (uint32_t k = 0; k < u->s[0].n; k++) made |= u->s[0].v[k].op == OP_MAKECELL && u->s[0].v[k].a == i;
            if (!made) cg_emit(c, OP_MAKECELL, (Reg)i, 0, 0, NULL);
        }
    if (u->flags & (IM_CO_GENERATOR | IM_CO_COROUTINE | IM_CO_ASYNC_GENERATOR)) {
        cg_region_begin(c, cg_label(c), 0);
        cg_emit(c, OP_GENSTART, 0, 0, 0, NULL);
    }
    cg_emit(c, OP_RESUME, 0, 0, 0, NULL);
}

static void epilogue(Cg *c) {
    Unit *u = c->u;
    uint32_t before = u->nconsts, none = cg_const_index(c, &cg_none_const);
    u->none_at_end = none == before && before;
    cg_emit(c, OP_RETURNK, 0, (Reg)none, 0, NULL);
    if (u->flags & (IM_CO_GENERATOR | IM_CO_COROUTINE | IM_CO_ASYNC_GENERATOR)) {
        int32_t handler = u->regions[1].handler;
        u->region = 0;
        u->cur = 1;
        cg_bind(c, handler);
        Reg t = cg_push_n(c, 2);
        cg_emit(c, OP_PUSHEXC, t, 0, 0, NULL);
        cg_emit(c, OP_INTRINSIC, t + 1, t + 1, IM_INTR_STOPITERATION_ERROR, NULL);
        cg_emit(c, OP_RERAISE, t + 1, t, 3, NULL);
        u->cur = 0;
    }
}

Unit *cg_unit_enter(Cg *c, ImScope *scope, UnitKind kind, const ImName *name, int firstlineno) {
    _Static_assert(sizeof(Unit) <= sizeof c->f->scratch, "a unit can always be had");
    Unit *u = im_front_zalloc(c->f, sizeof *u);
    u->parent = c->u;
    u->scope = u->inner = scope;
    u->kind = kind;
    u->name = name;
    u->private_name = scope->private_name;
    u->firstlineno = firstlineno;
    u->class_cell = u->classdict_cell = CG_NONE;
    u->qualname = qualified_name(c, u);
    u->flags = unit_flags(c, u);
    c->u = u;
    place_locals(c, scope);
    if (scope->kind == IM_SCOPE_CLASS) {
        if (scope->needs_class_closure) u->class_cell = new_named(c, cg_name(c, "__class__"), IM_REG_CELL);
        if (scope->needs_classdict) u->classdict_cell = new_named(c, cg_name(c, "__classdict__"), IM_REG_CELL);
        const Reg extra[2] = {u->class_cell, u->classdict_cell};
        for (int i = 0; i < 2; i++) {
            if (extra[i] == CG_NONE) continue;
            IM_FRONT_GROW(c->f, u->cells, u->ncells, u->cells_cap);
            u->cells[u->ncells++] = u->regnames[extra[i]];
        }
    }
    uint32_t hidden = count_hidden(scope), named = u->nnamed + hidden + 8;
    u->far_hidden = u->nfar;
    for (uint32_t i = 0; named > NAMED_LIMIT && i < hidden; i++) {
        IM_FRONT_GROW(c->f, u->far_names, u->nfar, u->far_cap);
        u->far_names[u->nfar++] = cg_name(c, "");
    }
    if (named > NAMED_LIMIT) named = NAMED_LIMIT + 10;
    u->soft = ALL_REGS - named - SPILL_MARGIN;
    prologue(c);
    return u;
}

ImUnit *cg_unit_leave(Cg *c) {
    Unit *u = c->u;
    epilogue(c);
    ImUnit *out = im_front_failed(c->f) ? NULL : cg_assemble(c, u);
    c->u = u->parent;
    return out;
}

static bool is_str_expr(const ImStmt *s) {
    return s->kind == IM_AST_Expr && s->v.Expr.value->kind == IM_AST_Constant && s->v.Expr.value->v.Constant.value->kind == IM_CONST_STR;
}

static bool find_annotation(const ImStmtSeq *body) {
    for (int i = 0; i < body->n; i++) {
        const ImStmt *s = body->v[i];
        const ImStmtSeq *sub[4] = {NULL, NULL, NULL, NULL};
        switch (s->kind) {
        case IM_AST_AnnAssign: return true;
        case IM_AST_For: case IM_AST_AsyncFor: sub[0] = &s->v.For.body, sub[1] = &s->v.For.orelse; break;
        case IM_AST_While: sub[0] = &s->v.While.body, sub[1] = &s->v.While.orelse; break;
        case IM_AST_If: sub[0] = &s->v.If.body, sub[1] = &s->v.If.orelse; break;
        case IM_AST_With: case IM_AST_AsyncWith: sub[0] = &s->v.With.body; break;
        case IM_AST_Match:
            for (int k = 0; k < s->v.Match.cases.n; k++)
                if (find_annotation(&s->v.Match.cases.v[k]->body)) return true;
            break;
        case IM_AST_Try: case IM_AST_TryStar:
            sub[0] = &s->v.Try.body, sub[1] = &s->v.Try.orelse, sub[2] = &s->v.Try.finalbody;
            for (int k = 0; k < s->v.Try.handlers.n; k++)
                if (find_annotation(&s->v.Try.handlers.v[k]->v.ExceptHandler.body)) return true;
            break;
        default: break;
        }
        for (int k = 0; k < 3; k++)
            if (sub[k] && find_annotation(sub[k])) return true;
    }
    return false;
}

/* Tabs become spaces up to the next multiple of eight columns. */
static const char *expand_tabs(Cg *c, const char *s, size_t len, size_t *out_len) {
    size_t tabs = 0, n = 0, col = 0;
    for (size_t i = 0; i < len; i++) tabs += s[i] == '\t';
    *out_len = len;
    if (!tabs) return s;
    char *out = im_front_alloc(c->f, len + tabs * 7 + 1);
    if (!out) return s;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '\t') {
            do out[n++] = ' '; while (++col % 8);
            continue;
        }
        if (s[i] == '\n' || s[i] == '\r') col = 0;
        else if ((s[i] & 0xC0) != 0x80) col++;
        out[n++] = s[i];
    }
    *out_len = n;
    return out;
}

/* Indentation common to the lines of a docstring is removed, as inspect.cleandoc does. */
static const ImConst *clean_doc(Cg *c, const ImConst *k) {
    size_t len;
    const char *s = expand_tabs(c, k->u.s.s, k->u.s.len, &len), *end = s + len;
    char *out = im_front_alloc(c->f, len + 1);
    ImConst *r = im_front_zalloc(c->f, sizeof *r);
    if (!out) return k;
    size_t margin = SIZE_MAX, n = 0;
    const char *line = memchr(s, '\n', len);
    for (const char *p = line ? line + 1 : end; p < end;) {
        const char *e = memchr(p, '\n', (size_t)(end - p)), *q = p;
        if (!e) e = end;
        while (q < e && *q == ' ') q++;
        if (q < e && (size_t)(q - p) < margin) margin = (size_t)(q - p);
        p = e + 1;
    }
    if (margin == SIZE_MAX) margin = 0;
    const char *p = s;
    while (p < end && *p == ' ') p++;
    bool first = true;
    while (p < end) {
        const char *e = memchr(p, '\n', (size_t)(end - p));
        if (!e) e = end;
        if (!first) {
            size_t skip = 0;
            while (skip < margin && p + skip < e && p[skip] == ' ') skip++;
            p += skip;
        }
        memcpy(out + n, p, (size_t)(e - p));
        n += (size_t)(e - p);
        if (e < end) out[n++] = '\n';
        p = e + 1;
        first = false;
    }
    out[n] = 0;
    *r = *k;
    r->u.s.s = out;
    r->u.s.count = k->u.s.count + n - k->u.s.len;
    r->u.s.len = n;
    return r;
}

const ImConst *cg_docstring(Cg *c, const ImStmtSeq *body) {
    if (!body->n || !is_str_expr(body->v[0]) || c->f->optimize >= 2) return NULL;
    return clean_doc(c, body->v[0]->v.Expr.value->v.Constant.value);
}

void cg_body(Cg *c, const ImStmtSeq *body) {
    if (find_annotation(body)) {
        Reg t = cg_push(c);
        cg_emit(c, OP_INTRINSIC, t, t, IM_INTR_SETUP_ANNOTATIONS, body->v[0]);
        cg_release(c, 0);
        c->u->has_annotations = true;
    }
    if (!body->n) return;
    const ImConst *doc = c->interactive ? NULL : cg_docstring(c, body);
    ImStmtSeq rest = *body;
    if (doc) {
        const ImExpr *e = body->v[0]->v.Expr.value;
        Reg t = cg_push(c);
        cg_load_const(c, doc, t, e);
        cg_store_name(c, cg_name(c, "__doc__"), t, e);
        cg_release(c, 0);
    }
    if (!c->interactive && is_str_expr(body->v[0]) && (doc || c->f->optimize >= 2)) {
        rest.v++;
        rest.n--;
    }
    cg_stmts(c, &rest);
}

ImUnit *im_codegen(ImFront *f, ImSymtable *st, ImMod *mod) {
    Cg c = {.f = f, .st = st, .interactive = mod->kind == IM_AST_Interactive};
    cg_unit_enter(&c, st->top, UNIT_MODULE, cg_name(&c, "<module>"), 1);
    switch (mod->kind) {
    case IM_AST_Module: cg_body(&c, &mod->v.Module.body); break;
    case IM_AST_Interactive: cg_body(&c, &mod->v.Interactive.body); break;
    default: {
        Reg r = cg_any(&c, mod->v.Expression.body);
        cg_emit(&c, OP_RETURN, r, 0, 0, mod->v.Expression.body);
        cg_release(&c, 0);
        break;
    }
    }
    return cg_unit_leave(&c);
}
