/* Code generation: expressions. Calls, comprehensions, functions and targets have files of their own.
   SPDX-License-Identifier: MIT */
#include "cg.h"

#include <string.h>

/* ---- constants ---- */

const char *im_const_type_name(const ImConst *k) {
    switch ((ImConstKind)k->kind) {
    case IM_CONST_NONE: return "NoneType";
    case IM_CONST_TRUE: case IM_CONST_FALSE: return "bool";
    case IM_CONST_ELLIPSIS: return "ellipsis";
    case IM_CONST_INT: case IM_CONST_BIGINT: return "int";
    case IM_CONST_FLOAT: return "float";
    case IM_CONST_COMPLEX: return "complex";
    case IM_CONST_STR: return "str";
    case IM_CONST_BYTES: return "bytes";
    case IM_CONST_TUPLE: return "tuple";
    case IM_CONST_FROZENSET: return "frozenset";
    case IM_CONST_OBJECT: break;
    }
    return "object";
}

int cg_const_truth(const ImExpr *e) {
    if (e->kind != IM_AST_Constant) return -1;
    const ImConst *k = e->v.Constant.value;
    switch ((ImConstKind)k->kind) {
    case IM_CONST_NONE: case IM_CONST_FALSE: return 0;
    case IM_CONST_TRUE: case IM_CONST_ELLIPSIS: case IM_CONST_BIGINT: return 1;
    case IM_CONST_INT: return k->u.i != 0;
    case IM_CONST_FLOAT: return k->u.f != 0;
    case IM_CONST_COMPLEX: return k->u.c.re != 0 || k->u.c.im != 0;
    case IM_CONST_STR: return k->u.s.len != 0;
    case IM_CONST_BYTES: return k->u.b.len != 0;
    case IM_CONST_TUPLE: case IM_CONST_FROZENSET: return k->u.seq.n != 0;
    case IM_CONST_OBJECT: break;
    }
    return -1;
}

bool cg_small_int(Cg *c, const ImExpr *e, int *value) {
    if (e->kind != IM_AST_Constant || e->v.Constant.value->kind != IM_CONST_INT) return false;
    int64_t i = e->v.Constant.value->u.i;
    if (i < -128 || i > 127) return false;
    *value = (int)i;
    cg_const_index(c, e->v.Constant.value);
    return true;
}

static bool is_none(const ImExpr *e) { return e->kind == IM_AST_Constant && e->v.Constant.value->kind == IM_CONST_NONE; }

/* ---- where values go ---- */

Reg cg_any_at(Cg *c, const ImExpr *e, Reg scratch) {
    if (e->kind == IM_AST_Name && e->v.Name.ctx == IM_AST_Load) {
        Reg r = cg_name_in_place(c, e->v.Name.id, e);
        if (r != CG_NONE) return r;
    }
    cg_to(c, e, scratch);
    return scratch;
}

Reg cg_any(Cg *c, const ImExpr *e) {
    if (e->kind == IM_AST_Name && e->v.Name.ctx == IM_AST_Load) {
        Reg r = cg_name_in_place(c, e->v.Name.id, e);
        if (r != CG_NONE) return r;
    }
    return cg_tmp(c, e);
}

Reg cg_tmp(Cg *c, const ImExpr *e) {
    Reg t = cg_push(c);
    cg_to(c, e, t);
    return t;
}

void cg_discard(Cg *c, const ImExpr *e) {
    uint32_t mark = cg_mark(c);
    if (e->kind == IM_AST_Constant) {
        cg_emit(c, OP_NOP, 0, 0, 0, e);
        return;
    }
    Reg r = cg_any(c, e);
    bool immediate = e->kind == IM_AST_UnaryOp && e->v.UnaryOp.op == IM_AST_Not;
    if (cg_is_temp(r) && !immediate) cg_emit(c, OP_CLEAR, r, 0, 0, e);
    cg_release(c, mark);
}

/* ---- operators ---- */

static const uint8_t binary_ops[] = {
    [IM_AST_Add] = OP_ADD, [IM_AST_Sub] = OP_SUB, [IM_AST_Mult] = OP_MUL, [IM_AST_MatMult] = OP_MATMUL, [IM_AST_Div] = OP_TRUEDIV,
    [IM_AST_Mod] = OP_MOD, [IM_AST_Pow] = OP_POW, [IM_AST_LShift] = OP_LSHIFT, [IM_AST_RShift] = OP_RSHIFT, [IM_AST_BitOr] = OP_OR,
    [IM_AST_BitXor] = OP_XOR, [IM_AST_BitAnd] = OP_AND, [IM_AST_FloorDiv] = OP_FLOORDIV,
};

void cg_binary(Cg *c, ImOperator op, const ImExpr *left, const ImExpr *right, Reg dst, const void *pos) {
    uint32_t mark = cg_mark(c);
    Reg l = cg_any_at(c, left, cg_scratch(c, dst));
    int imm;
    if ((op == IM_AST_Add || op == IM_AST_Sub) && cg_small_int(c, right, &imm))
        cg_emit(c, op == IM_AST_Add ? OP_ADDI : OP_SUBI, dst, l, (Reg)(uint8_t)imm, pos);
    else {
        Reg r = cg_any(c, right);
        cg_emit(c, (ImOp)binary_ops[op], dst, l, r, pos);
    }
    cg_release(c, mark);
}

static void compare_single(Cg *c, const ImExpr *e, Reg dst, bool negate, const void *pos);

static void unary(Cg *c, const ImExpr *e, Reg dst) {
    static const uint8_t ops[] = {[IM_AST_Invert] = OP_INVERT, [IM_AST_Not] = OP_NOT, [IM_AST_UAdd] = OP_POS, [IM_AST_USub] = OP_NEG};
    uint32_t mark = cg_mark(c);
    const ImExpr *x = e->v.UnaryOp.operand;
    if (e->v.UnaryOp.op == IM_AST_Not && x->kind == IM_AST_Compare && x->v.Compare.ops.n == 1 && x->v.Compare.ops.v[0] >= IM_AST_Is) {
        compare_single(c, x, dst, true, e);
        return;
    }
    Reg r = cg_any_at(c, e->v.UnaryOp.operand, cg_scratch(c, dst));
    cg_emit(c, (ImOp)ops[e->v.UnaryOp.op], dst, r, 0, e);
    cg_release(c, mark);
}

/* d keeps the value that decided; the others are overwritten. */
static void bool_op(Cg *c, const ImExpr *e, Reg dst) {
    uint32_t mark = cg_mark(c);
    const ImExprSeq *v = &e->v.BoolOp.values;
    ImOp op = e->v.BoolOp.op == IM_AST_And ? OP_JFKEEP : OP_JTKEEP;
    Reg d = cg_scratch(c, dst);
    int32_t end = cg_label(c);
    for (int i = 0; i < v->n - 1; i++) {
        cg_to(c, v->v[i], d);
        cg_emit_jump(c, op, d, 0, 0, end, e);
    }
    cg_to(c, v->v[v->n - 1], d);
    cg_bind(c, end);
    cg_move(c, dst, d, e);
    cg_release(c, mark);
}

/* ---- comparisons ---- */

static const uint8_t compare_ops[] = {
    [IM_AST_Eq] = OP_EQ, [IM_AST_NotEq] = OP_NE, [IM_AST_Lt] = OP_LT, [IM_AST_LtE] = OP_LE, [IM_AST_Gt] = OP_GT, [IM_AST_GtE] = OP_GE,
    [IM_AST_Is] = OP_IS, [IM_AST_IsNot] = OP_ISNOT, [IM_AST_In] = OP_IN, [IM_AST_NotIn] = OP_NOTIN,
};

static bool is_literal(const ImExpr *e) {
    if (e->kind == IM_AST_Tuple) return true; /* not constant, but a display all the same: see check_is */
    if (e->kind != IM_AST_Constant) return false;
    int k = e->v.Constant.value->kind;
    return k != IM_CONST_NONE && k != IM_CONST_TRUE && k != IM_CONST_FALSE && k != IM_CONST_ELLIPSIS && k != IM_CONST_OBJECT;
}

static const char *literal_type(const ImExpr *e) { return e->kind == IM_AST_Tuple ? "tuple" : im_const_type_name(e->v.Constant.value); }

static void check_is(Cg *c, const ImExpr *e) {
    const ImExpr *left = e->v.Compare.left;
    bool left_literal = left->kind == IM_AST_Constant && is_literal(left);
    for (int i = 0; i < e->v.Compare.ops.n; i++) {
        ImCmpOp op = e->v.Compare.ops.v[i];
        const ImExpr *right = e->v.Compare.comparators.v[i];
        bool right_literal = right->kind == IM_AST_Constant && is_literal(right);
        if ((op == IM_AST_Is || op == IM_AST_IsNot) && (left_literal || right_literal)) {
            const char *type = literal_type(left_literal ? left : right);
            im_front_warn(c->f, e, op == IM_AST_Is ? "\"is\" with '%s' literal. Did you mean \"==\"?" : "\"is not\" with '%s' literal. Did you mean \"!=\"?", type);
        }
        left = right;
        left_literal = right_literal;
    }
}

/* One comparison that jumps to label when its truth is cond. Registers are consumed. */
static void compare_jump(Cg *c, ImCmpOp op, Reg l, const ImExpr *right, Reg r, int32_t label, bool cond, const void *pos) {
    static const uint8_t jumps[] = {[IM_AST_Eq] = OP_JEQ, [IM_AST_NotEq] = OP_JNE, [IM_AST_Lt] = OP_JLT, [IM_AST_LtE] = OP_JLE, [IM_AST_Gt] = OP_JGT,
                                    [IM_AST_GtE] = OP_JGE, [IM_AST_Is] = OP_JIS, [IM_AST_IsNot] = OP_JIS, [IM_AST_In] = OP_JIN, [IM_AST_NotIn] = OP_JIN};
    static const uint8_t small[] = {[IM_AST_Eq] = OP_JEQI, [IM_AST_NotEq] = OP_JNEI, [IM_AST_Lt] = OP_JLTI, [IM_AST_LtE] = OP_JLEI, [IM_AST_Gt] = OP_JGTI,
                                    [IM_AST_GtE] = OP_JGEI};
    if (op == IM_AST_IsNot || op == IM_AST_NotIn) cond = !cond;
    int imm;
    if (op <= IM_AST_GtE && right && cg_small_int(c, right, &imm)) {
        cg_emit_jump(c, (ImOp)small[op], l, (Reg)(uint8_t)imm, cond, label, pos);
        return;
    }
    if ((op == IM_AST_Is || op == IM_AST_IsNot) && right && is_none(right)) {
        cg_emit_jump(c, cond ? OP_JNONE : OP_JNOTNONE, l, 0, 0, label, pos);
        return;
    }
    if (r == CG_NONE) r = cg_any(c, right);
    cg_emit_jump(c, (ImOp)jumps[op], l, r, cond, label, pos);
}

/* Operands take turns in two temporaries, and middle ones are used twice. Leaving early must drop those in temporaries: code for that stands in the cold part. */
static void chain_exit(Cg *c, int32_t clean, uint32_t mark, int32_t to) {
    int32_t state = cg_cold_begin(c);
    cg_bind(c, clean);
    cg_emit(c, OP_CLEARN, (Reg)(CG_TEMP + mark), (Reg)(cg_mark(c) - mark), 0, NULL);
    cg_jump(c, to, NULL);
    cg_cold_end(c, state);
}

static void compare_chain_jump(Cg *c, const ImExpr *e, int32_t label, bool cond) {
    uint32_t mark = cg_mark(c);
    int32_t end = cg_label(c), clean = cg_label(c), to = cond ? end : label;
    bool temps = false;
    int n = e->v.Compare.ops.n;
    Reg slots = cg_push_n(c, 2), l = cg_any_at(c, e->v.Compare.left, slots);
    for (int i = 0; i < n - 1; i++) {
        Reg r = cg_any_at(c, e->v.Compare.comparators.v[i], slots + (Reg)(~i & 1)), r2 = r;
        if (cg_is_temp(r)) {
            r2 = cg_push(c);
            cg_emit(c, OP_COPY, r2, r, 0, e);
            temps = true;
        }
        compare_jump(c, e->v.Compare.ops.v[i], l, NULL, r2, temps ? clean : to, false, e);
        if (r2 != r) cg_release(c, cg_mark(c) - 1);
        l = r;
    }
    uint32_t held = cg_mark(c);
    compare_jump(c, e->v.Compare.ops.v[n - 1], l, e->v.Compare.comparators.v[n - 1], CG_NONE, label, cond, e);
    cg_release(c, held);
    if (temps) chain_exit(c, clean, mark, to);
    cg_bind(c, end);
    cg_release(c, mark);
}

static void compare_chain(Cg *c, const ImExpr *e, Reg dst) {
    uint32_t mark = cg_mark(c);
    Reg d = cg_scratch(c, dst);
    uint32_t first = cg_mark(c);
    int32_t end = cg_label(c), clean = cg_label(c);
    bool temps = false;
    int n = e->v.Compare.ops.n;
    Reg slots = cg_push_n(c, 2), l = cg_any_at(c, e->v.Compare.left, slots);
    for (int i = 0; i < n - 1; i++) {
        Reg r = cg_any_at(c, e->v.Compare.comparators.v[i], slots + (Reg)(~i & 1)), r2 = r;
        if (cg_is_temp(r)) {
            r2 = cg_push(c);
            cg_emit(c, OP_COPY, r2, r, 0, e);
            temps = true;
        }
        cg_emit(c, (ImOp)compare_ops[e->v.Compare.ops.v[i]], d, l, r2, e);
        if (r2 != r) cg_release(c, cg_mark(c) - 1);
        cg_emit_jump(c, OP_JFKEEP, d, 0, 0, temps ? clean : end, e);
        l = r;
    }
    uint32_t held = cg_mark(c);
    Reg r = cg_any(c, e->v.Compare.comparators.v[n - 1]);
    cg_emit(c, (ImOp)compare_ops[e->v.Compare.ops.v[n - 1]], d, l, r, e);
    cg_release(c, held);
    if (temps) chain_exit(c, clean, first, end);
    cg_bind(c, end);
    cg_move(c, dst, d, e);
    cg_release(c, mark);
}

/* `not` of identity and membership tests is the opposite test. */
static void compare_single(Cg *c, const ImExpr *e, Reg dst, bool negate, const void *pos) {
    static const uint8_t opposite[] = {[IM_AST_Is] = OP_ISNOT, [IM_AST_IsNot] = OP_IS, [IM_AST_In] = OP_NOTIN, [IM_AST_NotIn] = OP_IN};
    check_is(c, e);
    ImCmpOp op = e->v.Compare.ops.v[0];
    uint32_t mark = cg_mark(c);
    Reg l = cg_any_at(c, e->v.Compare.left, cg_scratch(c, dst));
    Reg r = cg_any(c, e->v.Compare.comparators.v[0]);
    cg_emit(c, (ImOp)(negate ? opposite[op] : compare_ops[op]), dst, l, r, pos);
    cg_release(c, mark);
}

static void compare(Cg *c, const ImExpr *e, Reg dst) {
    if (e->v.Compare.ops.n == 1) {
        compare_single(c, e, dst, false, e);
        return;
    }
    check_is(c, e);
    compare_chain(c, e, dst);
}

/* ---- jumps ---- */

static void jump_if_bool_op(Cg *c, const ImExpr *e, int32_t label, bool cond) {
    const ImExprSeq *v = &e->v.BoolOp.values;
    bool decides = e->v.BoolOp.op == IM_AST_Or; /* the truth of an operand that settles the whole */
    int32_t skip = decides == cond ? label : cg_label(c);
    for (int i = 0; i < v->n - 1; i++) cg_jump_if(c, v->v[i], skip, decides);
    cg_jump_if(c, v->v[v->n - 1], label, cond);
    if (skip != label) cg_bind(c, skip);
}

void cg_jump_if(Cg *c, const ImExpr *e, int32_t label, bool cond) {
    if (im_front_too_deep(c->f, IM_TOO_DEEP)) return;
    uint32_t mark = cg_mark(c);
    int truth = cg_const_truth(e);
    if (truth >= 0) {
        if (truth == cond) cg_jump(c, label, e);
        return;
    }
    switch (e->kind) {
    case IM_AST_UnaryOp:
        if (e->v.UnaryOp.op != IM_AST_Not) break;
        cg_jump_if(c, e->v.UnaryOp.operand, label, !cond);
        return;
    case IM_AST_BoolOp: jump_if_bool_op(c, e, label, cond); return;
    case IM_AST_IfExp: {
        int32_t other = cg_label(c), end = cg_label(c);
        cg_jump_if(c, e->v.IfExp.test, other, false);
        cg_jump_if(c, e->v.IfExp.body, label, cond);
        cg_jump(c, end, NULL);
        cg_bind(c, other);
        cg_jump_if(c, e->v.IfExp.orelse, label, cond);
        cg_bind(c, end);
        return;
    }
    case IM_AST_Compare:
        check_is(c, e);
        if (c->u->top >= c->u->soft) break;
        if (e->v.Compare.ops.n > 1) compare_chain_jump(c, e, label, cond);
        else {
            Reg l = cg_any(c, e->v.Compare.left);
            compare_jump(c, e->v.Compare.ops.v[0], l, e->v.Compare.comparators.v[0], CG_NONE, label, cond, e);
        }
        cg_release(c, mark);
        return;
    default: break;
    }
    Reg r = cg_any(c, e);
    cg_emit_jump(c, cond ? OP_JT : OP_JF, r, 0, 0, label, e);
    cg_release(c, mark);
}

static void if_exp(Cg *c, const ImExpr *e, Reg dst) {
    int32_t other = cg_label(c), end = cg_label(c);
    cg_jump_if(c, e->v.IfExp.test, other, false);
    cg_to(c, e->v.IfExp.body, dst);
    cg_jump(c, end, NULL);
    cg_bind(c, other);
    cg_to(c, e->v.IfExp.orelse, dst);
    cg_bind(c, end);
}

static void walrus(Cg *c, const ImExpr *e, Reg dst) {
    const ImName *name = e->v.NamedExpr.target->v.Name.id;
    uint32_t mark = cg_mark(c);
    Reg d = cg_scratch(c, dst);
    cg_to(c, e->v.NamedExpr.value, d);
    Reg t = cg_push(c);
    Reg r = cg_name_register(c, name);
    cg_emit(c, OP_COPY, r != CG_NONE ? r : t, d, 0, e);
    if (r == CG_NONE) cg_store_name(c, name, t, e);
    else if (!strcmp(name->s, "__debug__")) im_front_error(c->f, e, "cannot assign to __debug__");
    cg_move(c, dst, d, e);
    cg_release(c, mark);
}

/* ---- displays ---- */

static bool all_const(const ImExprSeq *s) {
    for (int i = 0; i < s->n; i++)
        if (s->v[i]->kind != IM_AST_Constant) return false;
    return true;
}

/* A display that is longer than a chunk begins with FEW items, so that it takes few registers. */
enum { CHUNK = 32, FEW = 4 };

/* Items of a list, set or tuple. Those of a long one, and from the first starred one on, are added one by one. */
void cg_sequence(Cg *c, ImOp build, const ImExprSeq *elts, Reg dst, const void *pos) {
    uint32_t mark = cg_mark(c);
    ImOp container = build == OP_BUILDTUPLE ? OP_BUILDLIST : build;
    ImOp add = build == OP_BUILDSET ? OP_SETADD : OP_LISTAPPEND, extend = build == OP_BUILDSET ? OP_SETUPDATE : OP_LISTEXTEND;
    if (elts->n > 2 && build != OP_BUILDTUPLE && all_const(elts)) {
        ImConst *k = cg_tuple_const(c, elts->n);
        for (int i = 0; i < k->u.seq.n; i++) k->u.seq.v[i] = elts->v[i]->v.Constant.value;
        if (build == OP_BUILDSET) k->kind = IM_CONST_FROZENSET;
        Reg d = cg_scratch(c, dst), t = cg_push(c);
        cg_emit(c, build, d, d, 0, pos);
        cg_load_const(c, k, t, pos);
        cg_emit(c, extend, d, t, 0, pos);
        cg_move(c, dst, d, pos);
        cg_release(c, mark);
        return;
    }
    uint32_t room = cg_room(c);
    int limit = room < CHUNK ? (int)(room ? room : 1) : CHUNK, n = 0;
    if (elts->n > limit && limit > FEW) limit = FEW;
    while (n < elts->n && n < limit && elts->v[n]->kind != IM_AST_Starred) n++;
    bool whole = n == elts->n;
    Reg first = !n ? cg_scratch(c, dst) : cg_is_temp(dst) && cg_is_top(c, dst) ? dst : CG_TEMP + (Reg)cg_mark(c);
    for (int i = 0; i < n; i++) cg_to(c, elts->v[i], i || first != dst ? cg_push(c) : dst);
    if (whole) {
        cg_emit(c, build, dst, first, (Reg)n, pos);
        cg_release(c, mark);
        return;
    }
    /* The container takes the place of its first item. */
    cg_emit(c, container, first, first, (Reg)n, pos);
    cg_release(c, mark);
    if (first != dst || !cg_is_temp(dst)) cg_release(c, (uint32_t)(first - CG_TEMP) + 1 > mark ? (uint32_t)(first - CG_TEMP) + 1 : mark);
    uint32_t inner = cg_mark(c);
    for (int i = n; i < elts->n; i++) {
        const ImExpr *x = elts->v[i];
        if (x->kind == IM_AST_Starred) cg_emit(c, extend, first, cg_any(c, x->v.Starred.value), 0, pos);
        else cg_emit(c, add, first, cg_any(c, x), 0, pos);
        cg_release(c, inner);
    }
    if (build == OP_BUILDTUPLE) cg_emit(c, OP_LISTTOTUPLE, dst, first, 0, pos);
    else cg_move(c, dst, first, pos);
    cg_release(c, mark);
}

static void dict_display(Cg *c, const ImExpr *e, Reg dst) {
    enum { PAIRS = 16 };
    uint32_t mark = cg_mark(c);
    const ImExprSeq *keys = &e->v.Dict.keys, *values = &e->v.Dict.values;
    Reg d = cg_scratch(c, dst);
    uint32_t inner = cg_mark(c);
    int limit = (int)(cg_room(c) / 2), n = 0;
    if (limit > PAIRS) limit = PAIRS;
    if (values->n > limit && limit > FEW / 2) limit = FEW / 2;
    while (n < values->n && n < limit && keys->v[n]) n++;
    Reg first = n ? CG_TEMP + (Reg)inner : d;
    for (int i = 0; i < n; i++) {
        cg_tmp(c, keys->v[i]);
        cg_tmp(c, values->v[i]);
    }
    bool whole = n == values->n;
    cg_emit(c, OP_BUILDMAP, whole ? dst : d, first, (Reg)n, e);
    cg_release(c, inner);
    for (int i = n; i < values->n; i++) {
        if (keys->v[i]) {
            Reg k = cg_any(c, keys->v[i]), v = cg_any(c, values->v[i]);
            cg_emit(c, OP_MAPADD, d, k, v, e);
        } else cg_emit(c, OP_DICTUPDATE, d, cg_any(c, values->v[i]), 0, e);
        cg_release(c, inner);
    }
    if (!whole) cg_move(c, dst, d, e);
    cg_release(c, mark);
}

/* ---- f-strings ---- */

static void formatted_value(Cg *c, const ImExpr *e, Reg dst) {
    uint32_t mark = cg_mark(c);
    Reg t = cg_is_temp(dst) && cg_is_top(c, dst) ? dst : cg_push(c);
    cg_to(c, e->v.FormattedValue.value, t);
    int conv = e->v.FormattedValue.conversion, how = conv == 's' ? 1 : conv == 'r' ? 2 : conv == 'a' ? 3 : 0;
    if (conv != -1 && !how) im_front_error(c->f, e, "Unrecognized conversion character %d", conv);
    if (e->v.FormattedValue.format_spec) {
        cg_tmp(c, e->v.FormattedValue.format_spec);
        how |= 4;
    }
    cg_emit(c, OP_FORMAT, dst, t, (Reg)how, e);
    cg_release(c, mark);
}

static void joined_str(Cg *c, const ImExpr *e, Reg dst) {
    const ImExprSeq *v = &e->v.JoinedStr.values;
    uint32_t mark = cg_mark(c);
    if (v->n == 0) {
        cg_load_str(c, cg_name(c, ""), dst, e);
        return;
    }
    if (v->n == 1) {
        cg_to(c, v->v[0], dst);
        return;
    }
    uint32_t limit = cg_room(c);
    if (limit > CHUNK) limit = CHUNK;
    if (limit < 2) limit = 2;
    Reg first = CG_TEMP + (Reg)mark;
    uint32_t n = 0;
    for (int i = 0; i < v->n; i++) {
        if (n == limit) {
            cg_emit(c, OP_BUILDSTRING, first, first, (Reg)n, e);
            cg_release(c, mark + 1);
            n = 1;
        }
        cg_tmp(c, v->v[i]);
        n++;
    }
    cg_emit(c, OP_BUILDSTRING, dst, first, (Reg)n, e);
    cg_release(c, mark);
}

/* ---- attributes and items ---- */

/* An attribute on another line than its object's start is reported where its own name stands. */
static const void *attribute_pos(Cg *c, const void *whole, const ImExpr *attr) {
    const ImNode *n = whole;
    if (n->lineno == attr->end_lineno) return whole;
    ImNode *p = im_front_zalloc(c->f, sizeof *p);
    *p = *n;
    p->lineno = attr->end_lineno;
    int len = (int)attr->v.Attribute.attr->len;
    if (len <= attr->end_col_offset) p->col_offset = attr->end_col_offset - len;
    else p->col_offset = p->end_col_offset = -1;
    if (p->end_lineno < p->lineno) p->end_lineno = p->lineno;
    if (p->end_col_offset < p->col_offset) p->end_col_offset = p->col_offset;
    return p;
}

const void *cg_attribute_pos(Cg *c, const void *whole, const ImExpr *attr) { return attribute_pos(c, whole, attr); }

static void attribute(Cg *c, const ImExpr *e, Reg dst) {
    uint32_t mark = cg_mark(c);
    Reg s = cg_scratch(c, dst);
    if (!cg_attribute_of_super(c, e, s, dst, false)) {
        Reg o = cg_any_at(c, e->v.Attribute.value, s);
        cg_emit_name(c, OP_GETATTR, dst, o, 0, cg_mangle(c, e->v.Attribute.attr), attribute_pos(c, e, e));
    }
    cg_release(c, mark);
}

static const char *display_type(const ImExpr *e) {
    switch (e->kind) {
    case IM_AST_Tuple: return "tuple";
    case IM_AST_List: case IM_AST_ListComp: return "list";
    case IM_AST_Dict: case IM_AST_DictComp: return "dict";
    case IM_AST_Set: case IM_AST_SetComp: return "set";
    case IM_AST_GeneratorExp: return "generator";
    case IM_AST_Lambda: return "function";
    case IM_AST_JoinedStr: case IM_AST_FormattedValue: return "str";
    case IM_AST_Constant: return im_const_type_name(e->v.Constant.value);
    default: return NULL;
    }
}
const char *cg_display_type(const ImExpr *e) { return display_type(e); }

static void check_subscript(Cg *c, const ImExpr *e) {
    const ImExpr *o = e->v.Subscript.value, *i = e->v.Subscript.slice;
    bool bad = o->kind == IM_AST_Set || o->kind == IM_AST_SetComp || o->kind == IM_AST_GeneratorExp || o->kind == IM_AST_Lambda;
    if (o->kind == IM_AST_Constant) {
        int k = o->v.Constant.value->kind;
        bad = k == IM_CONST_NONE || k == IM_CONST_ELLIPSIS || k == IM_CONST_INT || k == IM_CONST_BIGINT || k == IM_CONST_FLOAT || k == IM_CONST_COMPLEX
            || k == IM_CONST_TRUE || k == IM_CONST_FALSE || k == IM_CONST_FROZENSET;
    }
    if (bad) {
        im_front_warn(c->f, e, "'%s' object is not subscriptable; perhaps you missed a comma?", display_type(o));
        return;
    }
    const char *index_type = display_type(i);
    if (!index_type || !strcmp(index_type, "int") || !strcmp(index_type, "bool") || i->kind == IM_AST_Slice) return;
    bool sequence = o->kind == IM_AST_Tuple || o->kind == IM_AST_List || o->kind == IM_AST_ListComp || o->kind == IM_AST_JoinedStr
        || o->kind == IM_AST_FormattedValue;
    if (o->kind == IM_AST_Constant) {
        int k = o->v.Constant.value->kind;
        sequence = k == IM_CONST_STR || k == IM_CONST_BYTES || k == IM_CONST_TUPLE;
    }
    if (sequence)
        im_front_warn(c->f, e, "%s indices must be integers or slices, not %s; perhaps you missed a comma?", display_type(o), index_type);
}

static void slice_part(Cg *c, const ImExpr *e, const void *pos) {
    Reg t = cg_push(c);
    if (e) cg_to(c, e, t);
    else cg_load_none(c, t, pos);
}

static void slice(Cg *c, const ImExpr *e, Reg dst) {
    uint32_t mark = cg_mark(c);
    Reg first = CG_TEMP + (Reg)mark;
    slice_part(c, e->v.Slice.lower, e);
    slice_part(c, e->v.Slice.upper, e);
    if (e->v.Slice.step) cg_tmp(c, e->v.Slice.step);
    cg_emit(c, OP_BUILDSLICE, dst, first, e->v.Slice.step ? 3 : 2, e);
    cg_release(c, mark);
}

static void subscript(Cg *c, const ImExpr *e, Reg dst) {
    uint32_t mark = cg_mark(c);
    const ImExpr *i = e->v.Subscript.slice;
    int imm;
    check_subscript(c, e);
    Reg o = cg_any_at(c, e->v.Subscript.value, cg_scratch(c, dst));
    if (cg_small_int(c, i, &imm)) cg_emit(c, OP_GETITEMI, dst, o, (Reg)(uint8_t)imm, e);
    else if (i->kind == IM_AST_Slice && !i->v.Slice.step) {
        Reg first = CG_TEMP + (Reg)cg_mark(c);
        slice_part(c, i->v.Slice.lower, i);
        slice_part(c, i->v.Slice.upper, i);
        cg_emit(c, OP_GETSLICE, dst, o, first, e);
    } else cg_emit(c, OP_GETITEM, dst, o, cg_any(c, i), e);
    cg_release(c, mark);
}

/* ---- yield and await ---- */

bool cg_is_async_context(const Cg *c) {
    if (c->u->kind == UNIT_ASYNC_FUNCTION) return true;
    return c->f->top_level_await && c->u->kind == UNIT_MODULE;
}

static void yield(Cg *c, const ImExpr *e, Reg dst) {
    uint32_t mark = cg_mark(c);
    if (!im_scope_is_function_like(c->u->scope)) im_front_error(c->f, e, "'yield' outside function");
    Reg r;
    if (e->v.Yield.value) r = cg_any_at(c, e->v.Yield.value, cg_scratch(c, dst));
    else cg_load_none(c, r = cg_scratch(c, dst), e);
    bool async_gen = c->u->scope->coroutine && c->u->scope->generator;
    cg_emit(c, OP_YIELD, dst, r, async_gen, e);
    cg_release(c, mark);
}

/* Drives iterator `it` = s + 1 with the result in s. Only the yield is covered by the handler: an exception thrown in there has been offered to the
   iterator already, and StopIteration means that it ended with a value. */
void cg_await_loop(Cg *c, Reg s, Reg it, const void *pos) {
    int32_t again = cg_label(c), end = cg_label(c), thrown = cg_label(c);
    cg_load_none(c, s, pos);
    cg_bind(c, again);
    cg_emit_jump(c, OP_SEND, s, it, s, end, pos);
    cg_region_begin(c, thrown, (uint32_t)(s - CG_TEMP));
    cg_emit(c, OP_YIELD, s, s, 2, pos);
    cg_region_end(c);
    cg_jump(c, again, pos);
    int32_t state = cg_cold_begin(c);
    cg_bind(c, thrown);
    cg_emit(c, OP_PUSHEXC, s, 0, 0, pos);
    cg_emit_jump(c, OP_CLEANUPTHROW, s, s, 0, end, pos);
    cg_cold_end(c, state);
    cg_bind(c, end);
}

void cg_await(Cg *c, Reg value, int how, Reg dst, const void *pos) {
    uint32_t mark = cg_mark(c);
    Reg s = cg_is_temp(dst) && cg_is_top(c, dst) && dst != value ? dst : cg_push(c), it = cg_push(c);
    cg_emit(c, OP_GETAWAITABLE, it, value, (Reg)how, pos);
    cg_await_loop(c, s, it, pos);
    cg_move(c, dst, s, pos);
    cg_release(c, mark);
}

static void yield_from(Cg *c, const ImExpr *e, Reg dst) {
    uint32_t mark = cg_mark(c);
    bool await = e->kind == IM_AST_Await;
    if (await) {
        if (!im_scope_is_function_like(c->u->scope) && !cg_is_async_context(c)) im_front_error(c->f, e, "'await' outside function");
        else if (!cg_is_async_context(c) && c->u->kind != UNIT_COMPREHENSION) im_front_error(c->f, e, "'await' outside async function");
    } else {
        if (!im_scope_is_function_like(c->u->scope)) im_front_error(c->f, e, "'yield from' outside function");
        else if (c->u->kind == UNIT_ASYNC_FUNCTION) im_front_error(c->f, e, "'yield from' inside async function");
    }
    Reg s = cg_is_temp(dst) && cg_is_top(c, dst) ? dst : cg_push(c), it = cg_push(c);
    Reg v = cg_any_at(c, await ? e->v.Await.value : e->v.YieldFrom.value, it);
    cg_emit(c, await ? OP_GETAWAITABLE : OP_GETYIELDFROM, it, v, 0, e);
    cg_await_loop(c, s, it, e);
    cg_move(c, dst, s, e);
    cg_release(c, mark);
}

/* ---- dispatch ---- */

static bool is_leaf(const ImExpr *e) { return e->kind == IM_AST_Constant || e->kind == IM_AST_Name; }

/* Too many temporaries are alive: those of this statement wait in far slots while e is evaluated. */
static void spilled(Cg *c, const ImExpr *e, Reg dst) {
    Unit *u = c->u;
    uint32_t top = u->top, base = u->base, n = top - base, far = u->nspill;
    if (top <= base + 2) { /* statements themselves hold the registers */
        im_front_error(c->f, e, "expression too complex");
        return;
    }
    u->nspill += n;
    if (u->nspill > u->max_spill) u->max_spill = u->nspill;
    for (uint32_t i = 0; i < n; i++) cg_emit(c, OP_SPILL, (Reg)(CG_TEMP + base + i), (Reg)(u->nfar + far + i), 0, e);
    cg_release(c, base);
    Reg t = cg_push(c);
    cg_to(c, e, t);
    uint32_t slot = far + n;
    if (cg_is_temp(dst)) {
        if (slot + 1 > u->max_spill) u->max_spill = slot + 1;
        cg_emit(c, OP_SPILL, t, (Reg)(u->nfar + slot), 0, e);
    } else cg_move(c, dst, t, e);
    u->top = top;
    for (uint32_t i = 0; i < n; i++)
        if (CG_TEMP + base + i != dst) cg_emit(c, OP_UNSPILL, (Reg)(CG_TEMP + base + i), (Reg)(u->nfar + far + i), 0, e);
    if (cg_is_temp(dst)) cg_emit(c, OP_UNSPILL, dst, (Reg)(u->nfar + slot), 0, e);
    u->nspill = far;
}

void cg_to(Cg *c, const ImExpr *e, Reg dst) {
    if (im_front_too_deep(c->f, IM_TOO_DEEP)) return;
    if (c->u->top >= c->u->soft && !is_leaf(e) && !im_front_failed(c->f)) {
        spilled(c, e, dst);
        return;
    }
    switch (e->kind) {
    case IM_AST_BoolOp: bool_op(c, e, dst); break;
    case IM_AST_NamedExpr: walrus(c, e, dst); break;
    case IM_AST_BinOp: cg_binary(c, e->v.BinOp.op, e->v.BinOp.left, e->v.BinOp.right, dst, e); break;
    case IM_AST_UnaryOp: unary(c, e, dst); break;
    case IM_AST_Lambda: cg_lambda(c, e, dst); break;
    case IM_AST_IfExp: if_exp(c, e, dst); break;
    case IM_AST_Dict: dict_display(c, e, dst); break;
    case IM_AST_Set: cg_sequence(c, OP_BUILDSET, &e->v.Set.elts, dst, e); break;
    case IM_AST_ListComp: case IM_AST_SetComp: case IM_AST_DictComp: case IM_AST_GeneratorExp: cg_comprehension(c, e, dst); break;
    case IM_AST_Yield: yield(c, e, dst); break;
    case IM_AST_Await: case IM_AST_YieldFrom: yield_from(c, e, dst); break;
    case IM_AST_Compare: compare(c, e, dst); break;
    case IM_AST_Call: cg_call(c, e, dst); break;
    case IM_AST_FormattedValue: formatted_value(c, e, dst); break;
    case IM_AST_JoinedStr: joined_str(c, e, dst); break;
    case IM_AST_Constant: cg_load_const(c, e->v.Constant.value, dst, e); break;
    case IM_AST_Attribute: attribute(c, e, dst); break;
    case IM_AST_Subscript: subscript(c, e, dst); break;
    case IM_AST_Name: cg_load_name(c, e->v.Name.id, dst, e); break;
    case IM_AST_List: cg_sequence(c, OP_BUILDLIST, &e->v.List.elts, dst, e); break;
    case IM_AST_Tuple: cg_sequence(c, OP_BUILDTUPLE, &e->v.Tuple.elts, dst, e); break;
    case IM_AST_Slice: slice(c, e, dst); break;
    case IM_AST_Starred: im_front_error(c->f, e, "can't use starred expression here"); break;
    default: break;
    }
}
