/* Code generation: comprehensions and generator expressions.
   SPDX-License-Identifier: MIT

   A comprehension is inlined into the code around it (PEP 709): its variables live in hidden registers, cleared at its end and by a handler that does no
   more than that. Generator expressions, and comprehensions in annotation scopes of classes, are functions that are called at once. */
#include "cg.h"

typedef struct Comp {
    const ImExpr *e;
    const ImComprehensionSeq *gens;
    const ImExpr *elt, *value; /* value: of a dict comprehension */
    ImCompKind kind;
    Reg acc;                   /* container under construction */
} Comp;

static Comp describe(const ImExpr *e) {
    Comp k = {.e = e};
    switch (e->kind) {
    case IM_AST_ListComp: k.kind = IM_COMP_LIST, k.gens = &e->v.ListComp.generators, k.elt = e->v.ListComp.elt; break;
    case IM_AST_SetComp: k.kind = IM_COMP_SET, k.gens = &e->v.SetComp.generators, k.elt = e->v.SetComp.elt; break;
    case IM_AST_DictComp:
        k.kind = IM_COMP_DICT, k.gens = &e->v.DictComp.generators, k.elt = e->v.DictComp.key, k.value = e->v.DictComp.value;
        break;
    default: k.kind = IM_COMP_GENERATOR, k.gens = &e->v.GeneratorExp.generators, k.elt = e->v.GeneratorExp.elt; break;
    }
    return k;
}

/* Where the element stands: that of a dict from its key's start to its value's end. */
static const void *element_pos(Cg *c, const Comp *k) {
    if (k->kind != IM_COMP_DICT) return k->elt;
    ImNode *pair = im_front_zalloc(c->f, sizeof *pair);
    *pair = *(const ImNode *)k->elt;
    pair->end_lineno = k->value->end_lineno;
    pair->end_col_offset = k->value->end_col_offset;
    return pair;
}

static void add_element(Cg *c, const Comp *k) {
    uint32_t mark = cg_mark(c);
    switch (k->kind) {
    case IM_COMP_LIST: cg_emit(c, OP_LISTAPPEND, k->acc, cg_any(c, k->elt), 0, k->elt); break;
    case IM_COMP_SET: cg_emit(c, OP_SETADD, k->acc, cg_any(c, k->elt), 0, k->elt); break;
    case IM_COMP_DICT: {
        Reg key = cg_any(c, k->elt), value = cg_any(c, k->value);
        cg_emit(c, OP_MAPADD, k->acc, key, value, element_pos(c, k));
        break;
    }
    default: {
        Reg t = cg_push(c);
        cg_emit(c, OP_YIELD, t, cg_any_at(c, k->elt, t), c->u->scope->coroutine, k->elt);
        cg_emit(c, OP_CLEAR, t, 0, 0, k->elt);
        break;
    }
    }
    cg_release(c, mark);
}

/* Next item of iterator it into the target; `end` once there is none. */
static void next_item(Cg *c, const ImExpr *target, const ImExpr *iter, Reg it, int32_t end) {
    uint32_t mark = cg_mark(c);
    Reg local = target->kind == IM_AST_Name ? cg_name_register(c, target->v.Name.id) : CG_NONE;
    Reg t = local != CG_NONE ? local : cg_push(c);
    cg_emit_jump(c, OP_FORITER, t, it, 0, end, iter);
    if (t != local) cg_store(c, target, t);
    cg_release(c, mark);
}

/* Next item of an asynchronous iterator. The handler ends the loop on StopAsyncIteration. */
void cg_async_next(Cg *c, const ImExpr *target, Reg it, int32_t end, const void *pos) {
    uint32_t mark = cg_mark(c);
    int32_t handler = cg_label(c);
    Reg s = cg_push(c), aw = cg_push(c);
    cg_region_begin(c, handler, (uint32_t)(s - CG_TEMP));
    cg_emit(c, OP_GETANEXT, aw, it, 0, pos);
    cg_await_loop(c, s, aw, pos);
    cg_region_end(c);
    int32_t state = cg_cold_begin(c);
    cg_bind(c, handler);
    cg_emit(c, OP_PUSHEXC, s, 0, 0, pos);
    cg_emit_jump(c, OP_ENDASYNCFOR, s, 0, 0, end, pos);
    cg_cold_end(c, state);
    cg_release(c, (uint32_t)(s - CG_TEMP) + 1);
    cg_store(c, target, s);
    cg_release(c, mark);
}

static void generator(Cg *c, const Comp *k, int i, Reg it);

static void inner(Cg *c, const Comp *k, int i, int32_t skip) {
    const ImComprehension *g = k->gens->v[i];
    for (int n = 0; n < g->ifs.n; n++) cg_jump_if(c, g->ifs.v[n], skip, false);
    if (i + 1 == k->gens->n) {
        add_element(c, k);
        return;
    }
    const ImComprehension *next = k->gens->v[i + 1];
    uint32_t mark = cg_mark(c);
    /* `for x in [y]` is an assignment. */
    const ImExprSeq *one = next->iter->kind == IM_AST_List ? &next->iter->v.List.elts : next->iter->kind == IM_AST_Tuple ? &next->iter->v.Tuple.elts : NULL;
    if (one && one->n == 1 && one->v[0]->kind != IM_AST_Starred && !next->is_async) {
        int32_t end = cg_label(c);
        Reg local = next->target->kind == IM_AST_Name ? cg_name_register(c, next->target->v.Name.id) : CG_NONE;
        Reg t = local != CG_NONE ? local : cg_push(c);
        cg_to(c, one->v[0], t);
        if (t != local) cg_store(c, next->target, t);
        cg_release(c, mark);
        inner(c, k, i + 1, end);
        cg_bind(c, end);
        return;
    }
    Reg it = cg_push(c);
    Reg src = cg_any_at(c, next->iter, it);
    cg_emit(c, next->is_async ? OP_GETAITER : OP_GETITER, it, src, 0, next->iter);
    generator(c, k, i + 1, it);
    cg_release(c, mark);
}

/* One loop over iterator it. A false condition goes straight back to the top: FORITER is a safepoint. */
static void generator(Cg *c, const Comp *k, int i, Reg it) {
    const ImComprehension *g = k->gens->v[i];
    int32_t start = cg_label(c), end = cg_label(c);
    if (im_front_too_deep(c->f, IM_TOO_DEEP)) return;
    cg_bind(c, start);
    int32_t skip = start;
    if (g->is_async) {
        skip = cg_label(c);
        cg_async_next(c, g->target, it, end, g->iter);
    } else next_item(c, g->target, g->iter, it, end);
    inner(c, k, i, skip);
    if (skip != start) cg_bind(c, skip);
    cg_jump_back(c, start, element_pos(c, k));
    cg_bind(c, end);
    if (g->is_async) cg_emit(c, OP_CLEAR, it, 0, 0, k->e);
}

static void new_container(Cg *c, const Comp *k) {
    ImOp op = k->kind == IM_COMP_LIST ? OP_BUILDLIST : k->kind == IM_COMP_SET ? OP_BUILDSET : OP_BUILDMAP;
    cg_emit(c, op, k->acc, k->acc, 0, k->e);
}

static void clear_hidden(Cg *c, const ImScope *s, const void *pos) {
    for (uint32_t i = 0; i < s->nsyms; i++) {
        int32_t reg = s->syms[i]->reg;
        if (s->syms[i]->place != IM_PLACE_LOCAL && s->syms[i]->place != IM_PLACE_CELL) continue;
        if (reg < CG_FAR) {
            cg_emit(c, OP_CLEAR, (Reg)reg, 0, 0, pos);
            continue;
        }
        Reg t = cg_push(c);
        cg_emit(c, OP_CLEAR, t, 0, 0, pos);
        cg_emit(c, OP_SPILL, t, (Reg)(reg - CG_FAR), 0, pos);
        cg_release(c, cg_mark(c) - 1);
    }
}

static void inlined(Cg *c, Comp *k, ImScope *scope, Reg dst) {
    uint32_t mark = cg_mark(c);
    const ImComprehension *g = k->gens->v[0];
    ImScope *outer = c->u->inner;
    int32_t handler = cg_label(c);
    k->acc = cg_scratch(c, dst);
    Reg it = cg_push(c);
    cg_push(c); /* the handler's pair of registers begins at `it` */
    cg_release(c, cg_mark(c) - 1);
    Reg src = cg_any_at(c, g->iter, it);
    cg_emit(c, g->is_async ? OP_GETAITER : OP_GETITER, it, src, 0, g->iter);
    for (uint32_t i = 0; i < scope->nsyms; i++) {
        ImSym *s = scope->syms[i];
        if (s->place != IM_PLACE_LOCAL && s->place != IM_PLACE_CELL) continue;
        bool cell = s->place == IM_PLACE_CELL;
        if (!cell && cg_hidden_is_full(c)) {
            s->reg = cg_hidden_far(c, s->name);
            continue;
        }
        s->reg = cg_hidden_take(c, s->name, cell ? IM_REG_HIDDEN | IM_REG_CELL : IM_REG_HIDDEN | IM_REG_LOCAL);
        if (cell) {
            cg_emit(c, OP_MAKECELL, (Reg)s->reg, 0, 0, k->e);
            Unit *u = c->u;
            bool known = false;
            for (uint32_t n = 0; n < u->ncells; n++) known |= u->cells[n] == s->name;
            if (!known) {
                IM_FRONT_GROW(c->f, u->cells, u->ncells, u->cells_cap);
                u->cells[u->ncells++] = s->name;
            }
        }
    }
    cg_region_begin(c, handler, (uint32_t)(it - CG_TEMP));
    c->u->inner = scope;
    new_container(c, k);
    generator(c, k, 0, it);
    c->u->inner = outer;
    cg_region_end(c);
    clear_hidden(c, scope, k->e);
    int32_t state = cg_cold_begin(c);
    cg_bind(c, handler);
    cg_emit(c, OP_PUSHEXC, it, 0, 0, k->e);
    clear_hidden(c, scope, k->e);
    cg_emit(c, OP_RERAISE, it + 1, it, 3, k->e);
    cg_cold_end(c, state);
    for (uint32_t i = 0; i < scope->nsyms; i++)
        if ((scope->syms[i]->place == IM_PLACE_LOCAL || scope->syms[i]->place == IM_PLACE_CELL) && scope->syms[i]->reg < CG_FAR) cg_hidden_give(c, (Reg)scope->syms[i]->reg);
    cg_move(c, dst, k->acc, k->e);
    cg_release(c, mark);
}

static ImUnit *function_of(Cg *c, Comp *k, ImScope *scope) {
    static const char *const names[] = {"", "<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"};
    cg_unit_enter(c, scope, UNIT_COMPREHENSION, cg_name(c, names[k->kind]), k->e->lineno);
    c->u->argcount = 1;
    if (k->kind != IM_COMP_GENERATOR) {
        k->acc = cg_push(c);
        c->u->base = 1;
        new_container(c, k);
    }
    /* f_locals or another caller may have put anything there. */
    if (k->kind == IM_COMP_GENERATOR && !k->gens->v[0]->is_async) cg_emit(c, OP_GETITER, 0, 0, 0, k->gens->v[0]->iter);
    generator(c, k, 0, 0 /* the iterator is the parameter */);
    if (k->kind != IM_COMP_GENERATOR) cg_emit(c, OP_RETURN, k->acc, (Reg)cg_mark(c), 0, k->e);
    cg_release(c, 0);
    return cg_unit_leave(c);
}

static void called(Cg *c, Comp *k, ImScope *scope, Reg dst) {
    uint32_t mark = cg_mark(c);
    const ImComprehension *g = k->gens->v[0];
    Reg fn = cg_is_temp(dst) && cg_is_top(c, dst) ? dst : cg_push(c);
    ImUnit *unit = function_of(c, k, scope);
    uint32_t parts = cg_mark(c);
    cg_make_function(c, unit, CG_TEMP + (Reg)parts, 0, fn, k->e);
    cg_release(c, parts);
    Reg it = cg_push(c);
    Reg src = cg_any_at(c, g->iter, it);
    cg_emit(c, g->is_async ? OP_GETAITER : OP_GETITER, it, src, 0, g->iter);
    bool awaited = scope->coroutine && k->kind != IM_COMP_GENERATOR;
    cg_emit(c, OP_CALL, fn, 1, awaited ? fn : dst, k->e)->extra = 0xFFFF;
    if (awaited) cg_await(c, fn, 0, dst, k->e);
    cg_release(c, mark);
}

void cg_comprehension(Cg *c, const ImExpr *e, Reg dst) {
    Comp k = describe(e);
    ImScope *scope = im_scope_of(c->st, e);
    if (!scope) return;
    if (scope->coroutine && k.kind != IM_COMP_GENERATOR && !cg_is_async_context(c) && c->u->kind != UNIT_COMPREHENSION)
        im_front_error(c->f, e, "asynchronous comprehension outside of an asynchronous function");
    if (scope->inlined) inlined(c, &k, scope, dst);
    else called(c, &k, scope, dst);
}
