/* Code generation: statements other than try, with and match; assignment targets.
   SPDX-License-Identifier: MIT */
#include "cg.h"

#include <string.h>

/* ---- targets ---- */

/* More targets than registers: they are taken from a list that a hidden register holds. */
static void unpack_many(Cg *c, const ImExprSeq *elts, int star, Reg src, const void *pos) {
    uint32_t mark = cg_mark(c);
    Reg t = cg_push_n(c, 2), list = cg_hidden_take(c, cg_name(c, ""), IM_REG_HIDDEN | IM_REG_LOCAL);
    cg_move(c, t, src, pos);
    if (star >= 0) {
        /* *a among very many: all items as a list, then slices of it. */
        cg_emit(c, OP_UNPACKEX, t, t, 0, pos)->extra = 0;
    } else {
        cg_load_int(c, elts->n, t + 1, pos);
        cg_emit(c, OP_INTRINSIC, t, t, IM_INTR_UNPACK_LIST, pos);
    }
    cg_move(c, list, t, pos);
    for (int i = 0; i < elts->n; i++) {
        cg_release(c, mark);
        Reg x = cg_push_n(c, 3);
        if (i == star) {
            cg_load_int(c, i, x + 1, pos);
            int after = elts->n - 1 - i;
            if (after) cg_load_int(c, -after, x + 2, pos);
            else cg_load_none(c, x + 2, pos);
            cg_emit(c, OP_GETSLICE, x, list, x + 1, pos);
            cg_store(c, elts->v[i]->v.Starred.value, x);
            continue;
        }
        cg_load_int(c, star >= 0 && i > star ? i - elts->n : i, x + 1, pos);
        cg_emit(c, OP_GETITEM, x, list, x + 1, pos);
        cg_store(c, elts->v[i], x);
    }
    cg_emit(c, OP_CLEAR, list, 0, 0, pos);
    cg_hidden_give(c, list);
    cg_release(c, mark);
}

/* The register of a target that is a plain name; none for other targets, and for __debug__, which cg_store refuses. */
static Reg local_target(Cg *c, const ImExpr *e) {
    return e->kind == IM_AST_Name && strcmp(e->v.Name.id->s, "__debug__") ? cg_name_register(c, e->v.Name.id) : CG_NONE;
}

/* Where targets are plain names on one line whose registers follow each other: the first of them. */
static Reg names_in_a_row(Cg *c, const ImExprSeq *elts) {
    Reg first = CG_NONE;
    for (int i = 0; i < elts->n; i++) {
        const ImExpr *e = elts->v[i];
        const Reg r = local_target(c, e);
        if (r == CG_NONE || e->lineno != elts->v[0]->lineno || (i && r != first + i)) return CG_NONE;
        if (!i) first = r;
    }
    return first;
}

void cg_unpack_targets(Cg *c, const ImExprSeq *elts, Reg src, const void *pos) {
    int star = -1;
    for (int i = 0; i < elts->n; i++) {
        if (elts->v[i]->kind != IM_AST_Starred) continue;
        if (star >= 0) im_front_error(c->f, pos, "multiple starred expressions in assignment");
        star = i;
        if (i >= 1 << 8) im_front_error(c->f, pos, "too many expressions in star-unpacking assignment");
    }
    if ((uint32_t)elts->n + 4 > cg_room(c)) {
        unpack_many(c, elts, star, src, pos);
        return;
    }
    uint32_t mark = cg_mark(c);
    uint32_t n = (uint32_t)elts->n;
    Reg first = star < 0 ? names_in_a_row(c, elts) : CG_NONE;
    if (first != CG_NONE) {
        cg_emit(c, OP_UNPACK, first, src, (Reg)n, pos);
        return;
    }
    if (n && cg_is_temp(src) && cg_is_top(c, src)) {
        first = src;
        if (n > 1) cg_push_n(c, n - 1);
    } else first = cg_push_n(c, n ? n : 1);
    if (star < 0) cg_emit(c, OP_UNPACK, first, src, (Reg)n, pos);
    else cg_emit(c, OP_UNPACKEX, first, src, (Reg)star, pos)->extra = n - 1 - (uint32_t)star;
    for (uint32_t i = 0; i < n; i++) cg_store(c, (int)i == star ? elts->v[i]->v.Starred.value : elts->v[i], first + (Reg)i);
    cg_release(c, mark);
}

void cg_store(Cg *c, const ImExpr *e, Reg src) {
    uint32_t mark = cg_mark(c);
    if (im_front_too_deep(c->f, IM_TOO_DEEP)) return;
    switch (e->kind) {
    case IM_AST_Name: cg_store_name(c, e->v.Name.id, src, e); break;
    case IM_AST_Attribute: {
        if (!strcmp(e->v.Attribute.attr->s, "__debug__")) im_front_error(c->f, e, "cannot assign to __debug__");
        cg_note_static_attribute(c, e);
        Reg o = cg_any(c, e->v.Attribute.value);
        cg_emit_name(c, OP_SETATTR, o, src, 0, cg_mangle(c, e->v.Attribute.attr), cg_attribute_pos(c, e, e));
        break;
    }
    case IM_AST_Subscript: {
        Reg o = cg_any(c, e->v.Subscript.value), i = cg_any(c, e->v.Subscript.slice);
        cg_emit(c, OP_SETITEM, o, i, src, e);
        break;
    }
    case IM_AST_Tuple: cg_unpack_targets(c, &e->v.Tuple.elts, src, e); break;
    case IM_AST_List: cg_unpack_targets(c, &e->v.List.elts, src, e); break;
    case IM_AST_Starred: im_front_error(c->f, e, "starred assignment target must be in a list or tuple"); break;
    default: break;
    }
    cg_release(c, mark);
}

static void delete_target(Cg *c, const ImExpr *e) {
    uint32_t mark = cg_mark(c);
    const ImExprSeq *elts = NULL;
    switch (e->kind) {
    case IM_AST_Name: cg_delete_name(c, e->v.Name.id, e); break;
    case IM_AST_Attribute: {
        if (!strcmp(e->v.Attribute.attr->s, "__debug__")) im_front_error(c->f, e, "cannot delete __debug__");
        Reg o = cg_any(c, e->v.Attribute.value);
        cg_emit_name(c, OP_DELATTR, o, 0, 0, cg_mangle(c, e->v.Attribute.attr), cg_attribute_pos(c, e, e));
        break;
    }
    case IM_AST_Subscript: {
        Reg o = cg_any(c, e->v.Subscript.value), i = cg_any(c, e->v.Subscript.slice);
        cg_emit(c, OP_DELITEM, o, i, 0, e);
        break;
    }
    case IM_AST_Tuple: elts = &e->v.Tuple.elts; break;
    case IM_AST_List: elts = &e->v.List.elts; break;
    default: break;
    }
    for (int i = 0; elts && i < elts->n; i++) delete_target(c, elts->v[i]);
    cg_release(c, mark);
}

/* ---- assignment ---- */

static const ImExprSeq *elements(const ImExpr *e) {
    return e->kind == IM_AST_Tuple ? &e->v.Tuple.elts : e->kind == IM_AST_List ? &e->v.List.elts : NULL;
}

/* a, b = x, y without a tuple: all values first, then the targets in order. */
static bool parallel(Cg *c, const ImExpr *target, const ImExpr *value) {
    enum { MOST = 12 };
    const ImExprSeq *t = elements(target), *v = elements(value);
    if (!t || !v || t->n != v->n || !t->n || t->n > MOST || (uint32_t)t->n + 4 > cg_room(c)) return false;
    Reg locals[MOST], values[MOST];
    bool plain = true;
    for (int i = 0; i < t->n; i++) {
        if (t->v[i]->kind == IM_AST_Starred || v->v[i]->kind == IM_AST_Starred) return false;
        locals[i] = local_target(c, t->v[i]);
        plain &= locals[i] != CG_NONE;
        for (int k = 0; k < i; k++) plain &= locals[k] != locals[i];
    }
    int n = t->n;
    uint32_t mark = cg_mark(c);
    for (int i = 0; i < n; i++) {
        values[i] = CG_NONE;
        if (v->v[i]->kind == IM_AST_Constant) continue;
        if (plain && i == n - 1) cg_to(c, v->v[i], locals[i]);
        else values[i] = cg_tmp(c, v->v[i]);
    }
    for (int i = 0; i < n; i++) {
        uint32_t inner = cg_mark(c);
        if (plain && i == n - 1 && v->v[i]->kind != IM_AST_Constant) break;
        if (values[i] == CG_NONE && locals[i] != CG_NONE) {
            cg_to(c, v->v[i], locals[i]);
            continue;
        }
        if (values[i] == CG_NONE) values[i] = cg_tmp(c, v->v[i]);
        cg_store(c, t->v[i], values[i]);
        cg_release(c, inner);
    }
    cg_release(c, mark);
    return true;
}

static void assign_one(Cg *c, const ImExpr *target, const ImExpr *value) {
    uint32_t mark = cg_mark(c);
    if (target->kind == IM_AST_Name) {
        Reg local = local_target(c, target);
        if (local != CG_NONE) {
            cg_to(c, value, local);
            return;
        }
    } else if (parallel(c, target, value)) return;
    cg_store(c, target, cg_any(c, value));
    cg_release(c, mark);
}

static void assign(Cg *c, const ImStmt *s) {
    const ImExprSeq *targets = &s->v.Assign.targets;
    const ImExpr *value = s->v.Assign.value;
    if (targets->n == 1) {
        assign_one(c, targets->v[0], value);
        return;
    }
    uint32_t mark = cg_mark(c);
    if (value->kind == IM_AST_Constant) {
        for (int i = 0; i < targets->n; i++) assign_one(c, targets->v[i], value);
        return;
    }
    Reg v = cg_tmp(c, value);
    for (int i = 0; i < targets->n; i++) {
        const ImExpr *t = targets->v[i];
        uint32_t inner = cg_mark(c);
        Reg local = local_target(c, t);
        if (i == targets->n - 1) cg_store(c, t, v);
        else if (local != CG_NONE) cg_emit(c, OP_COPY, local, v, 0, t);
        else {
            Reg copy = cg_push(c);
            cg_emit(c, OP_COPY, copy, v, 0, t);
            cg_store(c, t, copy);
        }
        cg_release(c, inner);
    }
    cg_release(c, mark);
}

static const uint8_t inplace_ops[] = {
    [IM_AST_Add] = OP_IADD, [IM_AST_Sub] = OP_ISUB, [IM_AST_Mult] = OP_IMUL, [IM_AST_MatMult] = OP_IMATMUL, [IM_AST_Div] = OP_ITRUEDIV,
    [IM_AST_Mod] = OP_IMOD, [IM_AST_Pow] = OP_IPOW, [IM_AST_LShift] = OP_ILSHIFT, [IM_AST_RShift] = OP_IRSHIFT, [IM_AST_BitOr] = OP_IOR,
    [IM_AST_BitXor] = OP_IXOR, [IM_AST_BitAnd] = OP_IAND, [IM_AST_FloorDiv] = OP_IFLOORDIV,
};

/* r = r op value */
static void inplace(Cg *c, const ImStmt *s, Reg r) {
    int imm;
    ImOperator op = s->v.AugAssign.op;
    if ((op == IM_AST_Add || op == IM_AST_Sub) && cg_small_int(c, s->v.AugAssign.value, &imm))
        cg_emit(c, op == IM_AST_Add ? OP_IADDI : OP_ISUBI, r, r, (Reg)(uint8_t)imm, s);
    else {
        Reg v = cg_any(c, s->v.AugAssign.value);
        cg_emit(c, (ImOp)inplace_ops[op], r, r, v, s);
    }
}

static Reg copy_of(Cg *c, Reg r, const void *pos) {
    if (!cg_is_temp(r)) return r;
    Reg t = cg_push(c);
    cg_emit(c, OP_COPY, t, r, 0, pos);
    return t;
}

static void aug_assign(Cg *c, const ImStmt *s) {
    const ImExpr *e = s->v.AugAssign.target;
    uint32_t mark = cg_mark(c);
    switch (e->kind) {
    case IM_AST_Name: {
        Reg r = cg_name_in_place(c, e->v.Name.id, e);
        if (r != CG_NONE && strcmp(e->v.Name.id->s, "__debug__")) inplace(c, s, r);
        else {
            Reg t = cg_push(c);
            cg_load_name(c, e->v.Name.id, t, e);
            inplace(c, s, t);
            cg_store_name(c, e->v.Name.id, t, s);
        }
        break;
    }
    case IM_AST_Attribute: {
        if (!strcmp(e->v.Attribute.attr->s, "__debug__")) im_front_error(c->f, e, "cannot assign to __debug__");
        const ImName *attr = cg_mangle(c, e->v.Attribute.attr);
        const void *pos = cg_attribute_pos(c, e, e);
        Reg o = cg_any(c, e->v.Attribute.value), t = cg_is_temp(o) ? copy_of(c, o, e) : cg_push(c);
        cg_emit_name(c, OP_GETATTR, t, cg_is_temp(o) ? t : o, 0, attr, pos);
        inplace(c, s, t);
        cg_emit_name(c, OP_SETATTR, o, t, 0, attr, pos);
        break;
    }
    case IM_AST_Subscript: {
        Reg o = cg_any(c, e->v.Subscript.value), i, o2, i2;
        int imm;
        bool small = cg_small_int(c, e->v.Subscript.slice, &imm);
        if (small) {
            Reg t = cg_is_temp(o) ? copy_of(c, o, e) : cg_push(c);
            cg_emit(c, OP_GETITEMI, t, cg_is_temp(o) ? t : o, (Reg)(uint8_t)imm, e);
            inplace(c, s, t);
            i = cg_any(c, e->v.Subscript.slice);
            cg_emit(c, OP_SETITEM, o, i, t, e);
            break;
        }
        i = cg_any(c, e->v.Subscript.slice);
        uint32_t held = cg_mark(c);
        o2 = copy_of(c, o, e);
        i2 = copy_of(c, i, e);
        Reg t = cg_mark(c) > held ? CG_TEMP + (Reg)held : cg_push(c);
        cg_emit(c, OP_GETITEM, t, o2, i2, e);
        cg_release(c, held + 1);
        inplace(c, s, t);
        cg_emit(c, OP_SETITEM, o, i, t, e);
        break;
    }
    default: break;
    }
    cg_release(c, mark);
}

static bool in_namespace_body(const Cg *c) { return c->u->kind == UNIT_MODULE || c->u->kind == UNIT_CLASS; }

static void discard_slice_parts(Cg *c, const ImExpr *e) {
    if (e->kind == IM_AST_Slice) {
        if (e->v.Slice.lower) cg_discard(c, e->v.Slice.lower);
        if (e->v.Slice.upper) cg_discard(c, e->v.Slice.upper);
        if (e->v.Slice.step) cg_discard(c, e->v.Slice.step);
    } else if (e->kind == IM_AST_Tuple)
        for (int i = 0; i < e->v.Tuple.elts.n; i++) discard_slice_parts(c, e->v.Tuple.elts.v[i]);
    else cg_discard(c, e);
}

static void ann_assign(Cg *c, const ImStmt *s) {
    const ImExpr *t = s->v.AnnAssign.target, *value = s->v.AnnAssign.value;
    uint32_t mark = cg_mark(c);
    if (value) assign_one(c, t, value);
    switch (t->kind) {
    case IM_AST_Name:
        if (!strcmp(t->v.Name.id->s, "__debug__")) im_front_error(c->f, t, "cannot assign to __debug__");
        if (s->v.AnnAssign.simple && in_namespace_body(c)) {
            Reg v = cg_push(c), d = cg_push(c), k = cg_push(c);
            cg_annotation(c, s->v.AnnAssign.annotation, v);
            cg_load_name(c, cg_name(c, "__annotations__"), d, s);
            cg_load_str(c, cg_mangle(c, t->v.Name.id), k, s);
            cg_emit(c, OP_SETITEM, d, k, v, s);
            cg_release(c, mark);
        }
        break;
    case IM_AST_Attribute:
        if (!strcmp(t->v.Attribute.attr->s, "__debug__")) im_front_error(c->f, t, "cannot assign to __debug__");
        if (!value) cg_discard(c, t->v.Attribute.value);
        break;
    case IM_AST_Subscript:
        if (!value) {
            cg_discard(c, t->v.Subscript.value);
            discard_slice_parts(c, t->v.Subscript.slice);
        }
        break;
    default: break;
    }
    if (!s->v.AnnAssign.simple && in_namespace_body(c) && !(c->f->future & IM_FUTURE_ANNOTATIONS)) cg_discard(c, s->v.AnnAssign.annotation);
}

/* ---- loops and jumps ---- */

Block *cg_block_push(Cg *c, BlockKind kind, const void *pos) {
    Unit *u = c->u;
    if (u->nblocks >= CG_MAX_BLOCKS) {
        im_front_error(c->f, pos, "too many statically nested blocks");
        u->nblocks--;
    }
    Block *b = &u->blocks[u->nblocks++];
    *b = (Block){.kind = kind, .outer_region = u->region, .reg = CG_NONE, .pos = pos};
    return b;
}

void cg_block_pop(Cg *c) { if (c->u->nblocks) c->u->nblocks--; }

static void while_loop(Cg *c, const ImStmt *s) {
    int32_t top = cg_label(c), other = cg_label(c), end = cg_label(c), next = top;
    const ImExpr *test = s->v.While.test;
    bool forever = cg_const_truth(test) == 1; /* shows its line before the loop and in the jump back */
    if (forever) {
        cg_emit(c, OP_NOP, 0, 0, 0, test);
        next = cg_label(c);
    }
    cg_bind(c, top);
    Block *b = cg_block_push(c, BLOCK_WHILE, s);
    b->on_continue = next;
    b->on_break = end;
    cg_jump_if(c, test, other, false);
    cg_stmts(c, &s->v.While.body);
    if (forever) cg_bind(c, next);
    cg_jump_back(c, top, forever ? test : NULL);
    cg_block_pop(c);
    cg_bind(c, other);
    cg_stmts(c, &s->v.While.orelse);
    cg_bind(c, end);
}

/* Opens a loop over an iterator that stays in a temporary of the statement. */
static Reg begin_loop(Cg *c, const ImStmt *s, BlockKind kind, ImOp get, int32_t start, int32_t end) {
    Reg it = cg_push(c);
    Reg src = cg_any_at(c, s->v.For.iter, it);
    cg_emit(c, get, it, src, 0, s->v.For.iter);
    c->u->base = cg_mark(c);
    cg_bind(c, start);
    Block *b = cg_block_push(c, kind, s);
    b->on_continue = start;
    b->on_break = end;
    b->reg = it;
    return it;
}

static void end_loop(Cg *c, const ImStmt *s, uint32_t mark, uint32_t base, int32_t end) {
    cg_release(c, mark);
    c->u->base = base;
    cg_stmts(c, &s->v.For.orelse);
    cg_bind(c, end);
}

void cg_for(Cg *c, const ImStmt *s) {
    uint32_t mark = cg_mark(c), base = c->u->base;
    int32_t start = cg_label(c), done = cg_label(c), end = cg_label(c);
    Reg it = begin_loop(c, s, BLOCK_FOR, OP_GETITER, start, end);
    const ImExpr *target = s->v.For.target;
    Reg local = local_target(c, target);
    uint32_t inner = cg_mark(c);
    Reg t = local != CG_NONE ? local : cg_push(c);
    cg_emit_jump(c, OP_FORITER, t, it, 0, done, s->v.For.iter);
    if (t != local) cg_store(c, target, t);
    cg_release(c, inner);
    cg_stmts(c, &s->v.For.body);
    cg_jump_back(c, start, NULL);
    cg_block_pop(c);
    cg_bind(c, done);
    end_loop(c, s, mark, base, end);
}

void cg_async_for(Cg *c, const ImStmt *s) {
    uint32_t mark = cg_mark(c), base = c->u->base;
    int32_t start = cg_label(c), done = cg_label(c), end = cg_label(c);
    if (!cg_is_async_context(c)) im_front_error(c->f, s, "'async for' outside async function");
    Reg it = begin_loop(c, s, BLOCK_ASYNC_FOR, OP_GETAITER, start, end);
    cg_async_next(c, s->v.For.target, it, done, s->v.For.iter);
    cg_stmts(c, &s->v.For.body);
    cg_jump_back(c, start, NULL);
    cg_block_pop(c);
    cg_bind(c, done);
    cg_emit(c, OP_CLEAR, it, 0, 0, s->v.For.iter);
    end_loop(c, s, mark, base, end);
}

static void leave_loop(Cg *c, const ImStmt *s) {
    bool brk = s->kind == IM_AST_Break;
    uint32_t mark = cg_mark(c), region = c->u->region;
    cg_emit(c, OP_NOP, 0, 0, 0, s);
    const void *pos = s;
    const Block *b = cg_unwind(c, true, CG_NONE, &pos);
    if (!b) im_front_error(c->f, s, brk ? "'break' outside loop" : "'continue' not properly in loop");
    else {
        if (brk && b->reg != CG_NONE) cg_emit(c, OP_CLEAR, b->reg, 0, 0, pos);
        if (brk) cg_jump(c, b->on_break, pos);
        else if (b->kind == BLOCK_WHILE && c->u->labels[b->on_continue] == UINT32_MAX) cg_jump(c, b->on_continue, pos); /* `while True`: the jump back is yet to come */
        else cg_jump_back(c, b->on_continue, pos);
    }
    c->u->region = region;
    cg_release(c, mark);
}

static void return_stmt(Cg *c, const ImStmt *s) {
    Unit *u = c->u;
    const ImExpr *value = s->v.Return.value;
    const void *pos = s;
    uint32_t mark = cg_mark(c), region = u->region;
    if (!im_scope_is_function_like(u->scope)) im_front_error(c->f, s, "'return' outside function");
    if (value && u->scope->coroutine && u->scope->generator) im_front_error(c->f, s, "'return' with value in async generator");
    const ImConst *k = !value ? &cg_none_const : value->kind == IM_AST_Constant ? value->v.Constant.value : NULL;
    uint32_t index = k ? cg_const_index(c, k) : 0;
    if (k && index <= 0xFFFF) {
        if (value && value->lineno == s->lineno) pos = value;
        if (u->nblocks) cg_emit(c, OP_NOP, 0, 0, 0, s);
        cg_unwind(c, false, CG_NONE, &pos);
        cg_emit(c, OP_RETURNK, (Reg)mark, (Reg)index, 0, pos);
    } else {
        Reg r = cg_unwind_runs_code(c) ? cg_tmp(c, value) : cg_any(c, value);
        cg_unwind(c, false, r, &pos);
        cg_emit(c, OP_RETURN, r, (Reg)mark, 0, pos);
    }
    u->region = region;
    cg_release(c, mark);
}

/* ---- imports ---- */

static void import_name(Cg *c, Reg dst, int level, const ImConst *from, const ImName *name, const void *pos) {
    uint32_t mark = cg_mark(c);
    Reg l = cg_push(c), f = cg_push(c);
    cg_load_int(c, level, l, pos);
    cg_load_const(c, from, f, pos);
    cg_emit_name(c, OP_IMPORTNAME, dst, l, f, name, pos);
    cg_release(c, mark);
}

static const ImName *part(Cg *c, const char *s, size_t len) {
    const ImName *n = im_arena_name(c->f->arena, s, len);
    return n ? n : cg_name(c, "");
}

static void import_stmt(Cg *c, const ImStmt *s) {
    for (int i = 0; i < s->v.Import.names.n; i++) {
        const ImAlias *a = s->v.Import.names.v[i];
        uint32_t mark = cg_mark(c);
        Reg t = cg_push(c);
        import_name(c, t, 0, &cg_none_const, a->name, s);
        const char *dot = memchr(a->name->s, '.', a->name->len);
        if (!a->asname) cg_store_name(c, dot ? part(c, a->name->s, (size_t)(dot - a->name->s)) : a->name, t, s);
        else {
            /* import a.b.c as m: from the package down to the module. */
            while (dot) {
                const char *p = dot + 1;
                dot = memchr(p, '.', (size_t)(a->name->s + a->name->len - p));
                Reg n = cg_push(c);
                cg_emit_name(c, OP_IMPORTFROM, n, t, 0, part(c, p, (size_t)((dot ? dot : a->name->s + a->name->len) - p)), s);
                cg_move(c, t, n, s);
                cg_release(c, cg_mark(c) - 1);
            }
            cg_store_name(c, a->asname, t, s);
        }
        cg_release(c, mark);
    }
}

static void import_from(Cg *c, const ImStmt *s) {
    const ImAliasSeq *names = &s->v.ImportFrom.names;
    const ImName *module = s->v.ImportFrom.module;
    uint32_t mark = cg_mark(c);
    bool late = s->lineno > c->f->future_line || (s->lineno == c->f->future_line && s->col_offset > c->f->future_col);
    if (module && !strcmp(module->s, "__future__") && !s->v.ImportFrom.level && late)
        im_front_error(c->f, s, "from __future__ imports must occur at the beginning of the file");
    ImConst *from = cg_tuple_const(c, names->n);
    for (int i = 0; i < from->u.seq.n; i++) from->u.seq.v[i] = cg_str_const(c, names->v[i]->name);
    Reg t = cg_push(c);
    import_name(c, t, s->v.ImportFrom.level, from, module ? module : cg_name(c, ""), s);
    if (names->n == 1 && names->v[0]->name->len == 1 && names->v[0]->name->s[0] == '*') {
        cg_emit(c, OP_IMPORTSTAR, t, 0, 0, s);
        cg_release(c, mark);
        return;
    }
    for (int i = 0; i < names->n; i++) {
        const ImAlias *a = names->v[i];
        const ImName *name = a->asname ? a->asname : a->name;
        uint32_t inner = cg_mark(c);
        Reg local = strcmp(name->s, "__debug__") ? cg_name_register(c, name) : CG_NONE, n = local != CG_NONE ? local : cg_push(c);
        cg_emit_name(c, OP_IMPORTFROM, n, t, 0, a->name, s);
        if (n != local) cg_store_name(c, name, n, s);
        cg_release(c, inner);
    }
    cg_emit(c, OP_CLEAR, t, 0, 0, s);
    cg_release(c, mark);
}

/* ---- the rest ---- */

static void if_stmt(Cg *c, const ImStmt *s) {
    bool has_else = s->v.If.orelse.n > 0;
    int32_t end = cg_label(c), other = has_else ? cg_label(c) : end;
    if (cg_const_truth(s->v.If.test) >= 0) cg_emit(c, OP_NOP, 0, 0, 0, s->v.If.test);
    cg_jump_if(c, s->v.If.test, other, false);
    cg_stmts(c, &s->v.If.body);
    if (has_else) {
        cg_jump(c, end, NULL);
        cg_bind(c, other);
        cg_stmts(c, &s->v.If.orelse);
    }
    cg_bind(c, end);
}

static void assert_stmt(Cg *c, const ImStmt *s) {
    const ImExpr *test = s->v.Assert.test;
    bool tuple = (test->kind == IM_AST_Tuple && test->v.Tuple.elts.n)
        || (test->kind == IM_AST_Constant && test->v.Constant.value->kind == IM_CONST_TUPLE && test->v.Constant.value->u.seq.n);
    if (tuple) im_front_warn(c->f, s, "assertion is always true, perhaps remove parentheses?");
    if (c->f->optimize) return;
    int32_t fail = cg_label(c);
    cg_jump_if(c, test, fail, false);
    int32_t state = cg_cold_begin(c);
    uint32_t mark = cg_mark(c);
    cg_bind(c, fail);
    Reg t = cg_push(c);
    cg_emit(c, OP_LOADASSERT, t, 0, 0, s);
    if (s->v.Assert.msg) {
        cg_tmp(c, s->v.Assert.msg);
        cg_emit(c, OP_CALL, t, 1, t, s->v.Assert.test)->extra = 0xFFFF;
    }
    cg_emit(c, OP_RAISE, t, 0, 1, s->v.Assert.test);
    cg_release(c, mark);
    cg_cold_end(c, state);
}

static void raise_stmt(Cg *c, const ImStmt *s) {
    uint32_t mark = cg_mark(c);
    Reg a = 0, b = 0, n = 0;
    if (s->v.Raise.exc) a = cg_any(c, s->v.Raise.exc), n = 1;
    if (s->v.Raise.cause) b = cg_any(c, s->v.Raise.cause), n = 2;
    cg_emit(c, OP_RAISE, a, b, n, s);
    cg_release(c, mark);
}

static void expr_stmt(Cg *c, const ImStmt *s) {
    if (!c->interactive || c->u->kind != UNIT_MODULE) {
        uint32_t before = c->u->s[c->u->cur].n;
        cg_discard(c, s->v.Expr.value);
        if (c->u->s[c->u->cur].n == before) cg_emit(c, OP_NOP, 0, 0, 0, s);
        return;
    }
    uint32_t mark = cg_mark(c);
    Reg t = cg_tmp(c, s->v.Expr.value);
    cg_emit(c, OP_INTRINSIC, t, t, IM_INTR_PRINT_EXPR, s);
    cg_release(c, mark);
}

void cg_stmt(Cg *c, const ImStmt *s) {
    if (im_front_too_deep(c->f, IM_TOO_DEEP)) return;
    switch (s->kind) {
    case IM_AST_FunctionDef: case IM_AST_AsyncFunctionDef: cg_function_def(c, s); break;
    case IM_AST_ClassDef: cg_class_def(c, s); break;
    case IM_AST_Return: return_stmt(c, s); break;
    case IM_AST_Delete:
        for (int i = 0; i < s->v.Delete.targets.n; i++) delete_target(c, s->v.Delete.targets.v[i]);
        break;
    case IM_AST_Assign: assign(c, s); break;
    case IM_AST_TypeAlias: cg_type_alias(c, s); break;
    case IM_AST_AugAssign: aug_assign(c, s); break;
    case IM_AST_AnnAssign: ann_assign(c, s); break;
    case IM_AST_For: cg_for(c, s); break;
    case IM_AST_AsyncFor: cg_async_for(c, s); break;
    case IM_AST_While: while_loop(c, s); break;
    case IM_AST_If: if_stmt(c, s); break;
    case IM_AST_With: cg_with(c, s, 0); break;
    case IM_AST_AsyncWith: cg_async_with(c, s, 0); break;
    case IM_AST_Match: cg_match(c, s); break;
    case IM_AST_Raise: raise_stmt(c, s); break;
    case IM_AST_Try: cg_try(c, s); break;
    case IM_AST_TryStar: cg_try_star(c, s); break;
    case IM_AST_Assert: assert_stmt(c, s); break;
    case IM_AST_Import: import_stmt(c, s); break;
    case IM_AST_ImportFrom: import_from(c, s); break;
    case IM_AST_Expr: expr_stmt(c, s); break;
    case IM_AST_Pass: cg_emit(c, OP_NOP, 0, 0, 0, s); break;
    case IM_AST_Break: case IM_AST_Continue: leave_loop(c, s); break;
    default: break;
    }
}

void cg_stmts(Cg *c, const ImStmtSeq *s) {
    for (int i = 0; i < s->n && !im_front_failed(c->f); i++) cg_stmt(c, s->v[i]);
}
