/* Expressions down to primaries, assignment targets, call arguments and parameter lists.
   SPDX-License-Identifier: MIT */
#include "parser.h"

#include <string.h>

/* ---- binary operators ---- */

typedef struct BinInfo { uint8_t prec, op; } BinInfo;
static const BinInfo bin_ops[IM_TOK_COUNT] = {
    [IM_TOK_VBAR] = {1, IM_AST_BitOr}, [IM_TOK_CIRCUMFLEX] = {2, IM_AST_BitXor}, [IM_TOK_AMPER] = {3, IM_AST_BitAnd},
    [IM_TOK_LEFTSHIFT] = {4, IM_AST_LShift}, [IM_TOK_RIGHTSHIFT] = {4, IM_AST_RShift},
    [IM_TOK_PLUS] = {5, IM_AST_Add}, [IM_TOK_MINUS] = {5, IM_AST_Sub},
    [IM_TOK_STAR] = {6, IM_AST_Mult}, [IM_TOK_SLASH] = {6, IM_AST_Div}, [IM_TOK_DOUBLESLASH] = {6, IM_AST_FloorDiv},
    [IM_TOK_PERCENT] = {6, IM_AST_Mod}, [IM_TOK_AT] = {6, IM_AST_MatMult},
};

static ImExpr *power(ImParser *p);

static ImExpr *factor(ImParser *p) {
    ImUnaryOp op;
    switch (p->tok->type) {
    case IM_TOK_PLUS: op = IM_AST_UAdd; break;
    case IM_TOK_MINUS: op = IM_AST_USub; break;
    case IM_TOK_TILDE: op = IM_AST_Invert; break;
    default: return power(p);
    }
    const ImToken *s = p->tok++;
    if (!im_enter(p)) return NULL;
    ImExpr *operand = factor(p);
    im_leave(p);
    ImExpr *e = operand ? im_node_at(p, IM_AST_UnaryOp, s) : NULL;
    if (!e) return NULL;
    e->v.UnaryOp.op = op;
    e->v.UnaryOp.operand = operand;
    return im_finish(p, e);
}

static ImExpr *binop(ImParser *p, const ImToken *s, ImExpr *left, ImOperator op, ImExpr *right) {
    ImExpr *e = right ? im_node_at(p, IM_AST_BinOp, s) : NULL;
    if (!e) return NULL;
    e->v.BinOp.left = left;
    e->v.BinOp.op = op;
    e->v.BinOp.right = right;
    return im_finish(p, e);
}

/* Operators that bind at least as tightly as min. */
static ImExpr *binary(ImParser *p, int min) {
    const ImToken *s = p->tok;
    ImExpr *left = factor(p);
    while (left && p->tok->type < IM_TOK_COUNT) {
        BinInfo b = bin_ops[p->tok->type];
        if (b.prec < min || !b.prec) break;
        p->tok++;
        left = binop(p, s, left, b.op, binary(p, b.prec + 1));
        if (b.op == IM_AST_MatMult && left && !im_since(p, 5, "The '@' operator is")) return NULL;
    }
    return left;
}

ImExpr *im_bitwise_or(ImParser *p) { return binary(p, 1); }

static ImExpr *power(ImParser *p) {
    const ImToken *s = p->tok;
    ImExpr *e;
    if (im_accept(p, IM_KW_await)) {
        ImExpr *value = im_primary(p);
        e = value ? im_node_at(p, IM_AST_Await, s) : NULL;
        if (!e || !im_since(p, 5, "Await expressions are")) return NULL;
        e->v.Await.value = value;
        im_finish(p, e);
    } else e = im_primary(p);
    if (!e || !im_accept(p, IM_TOK_DOUBLESTAR)) return e;
    p->depth++;
    if (!im_enter(p)) return NULL;
    ImExpr *right = factor(p);
    p->depth--;
    im_leave(p);
    return binop(p, s, e, IM_AST_Pow, right);
}

/* ---- comparison and logic ---- */

/* The comparison operator here, or -1. */
static int compare_op(ImParser *p) {
    switch (p->tok->type) {
    case IM_TOK_EQEQUAL: return p->tok++, IM_AST_Eq;
    case IM_TOK_NOTEQUAL: {
        bool legacy = p->tok->flags & IM_TOKF_LEGACY_NE, barry = p->flags & IM_PARSE_BARRY;
        if (barry && !legacy) im_raise(p, IM_ERR_SYNTAX, p->tok, p->tok, "with Barry as BDFL, use '<>' instead of '!='");
        if (barry != legacy) return -1;
        return p->tok++, IM_AST_NotEq;
    }
    case IM_TOK_LESS: return p->tok++, IM_AST_Lt;
    case IM_TOK_LESSEQUAL: return p->tok++, IM_AST_LtE;
    case IM_TOK_GREATER: return p->tok++, IM_AST_Gt;
    case IM_TOK_GREATEREQUAL: return p->tok++, IM_AST_GtE;
    case IM_KW_in: return p->tok++, IM_AST_In;
    case IM_KW_is:
        p->tok++;
        return im_accept(p, IM_KW_not) ? IM_AST_IsNot : IM_AST_Is;
    case IM_KW_not:
        if (p->tok[1].type != IM_KW_in) return -1;
        return p->tok += 2, IM_AST_NotIn;
    default: return -1;
    }
}

static ImExpr *comparison(ImParser *p) {
    const ImToken *s = p->tok;
    ImExpr *left = binary(p, 1);
    if (!left) return NULL;
    int op = compare_op(p);
    if (op < 0) return p->err->type ? NULL : left;
    int mark = p->sp;
    do {
        ImExpr *right = binary(p, 1);
        if (!right || !im_push(p, (void *)(intptr_t)op) || !im_push(p, right)) return NULL;
    } while ((op = compare_op(p)) >= 0);
    ImExpr *e = im_node_at(p, IM_AST_Compare, s);
    if (!e) return NULL;
    int n = (p->sp - mark) / 2;
    ImCmpOp *ops = im_arena_alloc(p->arena, (size_t)n * sizeof *ops);
    ImExpr **rights = im_arena_alloc(p->arena, (size_t)n * sizeof *rights);
    if (!ops || !rights) return im_raise_memory(p);
    for (int i = 0; i < n; i++) {
        ops[i] = (ImCmpOp)(intptr_t)p->stack[mark + 2 * i];
        rights[i] = p->stack[mark + 2 * i + 1];
    }
    p->sp = mark;
    e->v.Compare.left = left;
    e->v.Compare.ops = (ImCmpOpSeq){ops, n};
    e->v.Compare.comparators = (ImExprSeq){rights, n};
    return im_finish(p, e);
}

static ImExpr *inversion(ImParser *p) {
    if (!im_at(p, IM_KW_not)) return comparison(p);
    const ImToken *s = p->tok++;
    if (!im_enter(p)) return NULL;
    ImExpr *operand = inversion(p);
    im_leave(p);
    ImExpr *e = operand ? im_node_at(p, IM_AST_UnaryOp, s) : NULL;
    if (!e) return NULL;
    e->v.UnaryOp.op = IM_AST_Not;
    e->v.UnaryOp.operand = operand;
    return im_finish(p, e);
}

static ImExpr *bool_op(ImParser *p, bool or) {
    const ImToken *s = p->tok;
    int word = or ? IM_KW_or : IM_KW_and;
    ImExpr *left = or ? bool_op(p, false) : inversion(p);
    if (!left || !im_at(p, word)) return left;
    int mark = p->sp;
    if (!im_push(p, left)) return NULL;
    while (im_accept(p, word)) {
        ImExpr *right = or ? bool_op(p, false) : inversion(p);
        if (!right || !im_push(p, right)) return NULL;
    }
    ImExpr *e = im_node_at(p, IM_AST_BoolOp, s);
    if (!e || !im_take(p, mark, &e->v.BoolOp.values)) return NULL;
    e->v.BoolOp.op = or ? IM_AST_Or : IM_AST_And;
    return im_finish(p, e);
}

ImExpr *im_disjunction(ImParser *p) { return bool_op(p, true); }

static ImExpr *lambda(ImParser *p) {
    const ImToken *s = p->tok++;
    ImArguments *args = im_parameters(p, true);
    if (!args || !im_accept(p, IM_TOK_COLON)) return NULL;
    ImExpr *body = im_expression(p);
    ImExpr *e = body ? im_node_at(p, IM_AST_Lambda, s) : NULL;
    if (!e) return NULL;
    e->v.Lambda.args = args;
    e->v.Lambda.body = body;
    return im_finish(p, e);
}

ImExpr *im_expression(ImParser *p) {
    if (!im_enter(p)) return NULL;
    const ImToken *s = p->tok;
    ImExpr *e;
    if (im_at(p, IM_KW_lambda)) {
        p->depth++;
        e = lambda(p);
        p->depth--;
    } else {
        e = bool_op(p, true);
        if (e && im_accept(p, IM_KW_if)) {
            ImExpr *test = bool_op(p, true);
            ImExpr *orelse = test && im_accept(p, IM_KW_else) ? im_expression(p) : NULL;
            ImExpr *body = e;
            e = orelse ? im_node_at(p, IM_AST_IfExp, s) : NULL;
            if (e) {
                e->v.IfExp.test = test;
                e->v.IfExp.body = body;
                e->v.IfExp.orelse = orelse;
                im_finish(p, e);
            }
        }
    }
    im_leave(p);
    return e;
}

ImExpr *im_named_expression(ImParser *p) {
    if (!im_at(p, IM_TOK_NAME) || p->tok[1].type != IM_TOK_COLONEQUAL) {
        ImExpr *e = im_expression(p);
        return e && im_at(p, IM_TOK_COLONEQUAL) ? NULL : e;
    }
    const ImToken *s = p->tok;
    ImExpr *name = im_node_at(p, IM_AST_Name, s);
    if (!name || !(name->v.Name.id = im_expect_name(p))) return NULL;
    name->v.Name.ctx = IM_AST_Store;
    im_finish(p, name);
    p->tok++;
    ImExpr *value = im_expression(p);
    ImExpr *e = value ? im_node_at(p, IM_AST_NamedExpr, s) : NULL;
    if (!e || !im_since(p, 8, "Assignment expressions are")) return NULL;
    e->v.NamedExpr.target = name;
    e->v.NamedExpr.value = value;
    return im_finish(p, e);
}

static ImExpr *starred(ImParser *p, const ImToken *s, ImExpr *value) {
    ImExpr *e = value ? im_node_at(p, IM_AST_Starred, s) : NULL;
    if (!e) return NULL;
    e->v.Starred.value = value;
    return im_finish(p, e);
}

ImExpr *im_star_expression(ImParser *p) {
    if (!im_at(p, IM_TOK_STAR)) return im_expression(p);
    const ImToken *s = p->tok++;
    return starred(p, s, binary(p, 1));
}

/* Whether the token can begin an expression: decides if a comma was a trailing one. */
static bool begins_expression(const ImParser *p) {
    switch (p->tok->type) {
    case IM_TOK_NAME: case IM_TOK_NUMBER: case IM_TOK_STRING: case IM_TOK_FSTRING_START: case IM_TOK_LPAR:
    case IM_TOK_LSQB: case IM_TOK_LBRACE: case IM_TOK_PLUS: case IM_TOK_MINUS: case IM_TOK_TILDE: case IM_TOK_STAR:
    case IM_TOK_ELLIPSIS: case IM_KW_None: case IM_KW_True: case IM_KW_False: case IM_KW_not: case IM_KW_lambda:
    case IM_KW_await: return true;
    default: return false;
    }
}

ImExpr *im_star_expressions(ImParser *p) {
    const ImToken *s = p->tok;
    ImExpr *first = im_star_expression(p);
    if (!first || !im_at(p, IM_TOK_COMMA)) return first;
    int mark = p->sp;
    if (!im_push(p, first)) return NULL;
    while (im_accept(p, IM_TOK_COMMA) && begins_expression(p)) {
        ImExpr *e = im_star_expression(p);
        if (!e || !im_push(p, e)) return NULL;
    }
    ImExpr *t = im_node_at(p, IM_AST_Tuple, s);
    if (!t || !im_take(p, mark, &t->v.Tuple.elts)) return NULL;
    return im_finish(p, t);
}

ImExpr *im_yield_or_star_expressions(ImParser *p) {
    return im_at(p, IM_KW_yield) ? im_yield(p) : im_star_expressions(p);
}

/* ---- primaries ---- */

static ImExpr *call(ImParser *p, const ImToken *s, ImExpr *func) {
    const ImToken *open = p->tok++;
    ImExpr *e = im_node_at(p, IM_AST_Call, s);
    if (!e) return NULL;
    e->v.Call.func = func;
    if (!im_accept(p, IM_TOK_RPAR)) {
        if (!im_enter(p)) return NULL;
        bool ok = im_call_arguments(p, open, &e->v.Call.args, &e->v.Call.keywords);
        im_leave(p);
        if (!ok) return NULL;
    }
    return im_finish(p, e);
}

ImExpr *im_primary(ImParser *p) {
    const ImToken *s = p->tok;
    ImExpr *e = im_atom(p);
    while (e) {
        ImExpr *value = e;
        switch (p->tok->type) {
        case IM_TOK_DOT:
            p->tok++;
            if (!(e = im_node_at(p, IM_AST_Attribute, s))) return NULL;
            e->v.Attribute.value = value;
            if (!(e->v.Attribute.attr = im_expect_name(p))) return NULL;
            im_finish(p, e);
            break;
        case IM_TOK_LPAR: e = call(p, s, value); break;
        case IM_TOK_LSQB:
            p->tok++;
            if (!(e = im_node_at(p, IM_AST_Subscript, s))) return NULL;
            e->v.Subscript.value = value;
            if (!(e->v.Subscript.slice = im_slices(p)) || !im_accept(p, IM_TOK_RSQB)) return NULL;
            im_finish(p, e);
            break;
        default: return e;
        }
    }
    return NULL;
}

/* ---- call arguments ---- */

static ImKeyword *keyword_arg(ImParser *p, bool double_star) {
    ImKeyword *k = im_node_at(p, IM_AST_keyword, p->tok);
    if (!k) return NULL;
    if (!double_star && !(k->arg = im_expect_name(p))) return NULL;
    p->tok++;
    if (!(k->value = im_expression(p))) return NULL;
    return im_finish(p, k);
}

static ImExpr *positional_arg(ImParser *p) {
    if (im_at(p, IM_TOK_STAR)) {
        const ImToken *s = p->tok++;
        return starred(p, s, im_expression(p));
    }
    return im_named_expression(p);
}

/* A lone generator takes the call's parentheses as its own. */
static bool call_generator(ImParser *p, const ImToken *open, ImExpr *elt, ImExprSeq *args) {
    ImExpr *g = im_node_at(p, IM_AST_GeneratorExp, open);
    if (!g || elt->kind == IM_AST_Starred) return false;
    g->v.GeneratorExp.elt = elt;
    if (!im_comprehensions(p, &g->v.GeneratorExp.generators) || !im_accept(p, IM_TOK_RPAR)) return false;
    im_finish(p, g);
    int mark = p->sp;
    return im_push(p, g) && im_take(p, mark, args);
}

/* After '(' and before something; through ')'. Arguments are pushed, keywords kept on a second run behind them. */
bool im_call_arguments(ImParser *p, const ImToken *open, ImExprSeq *args, ImKeywordSeq *keywords) {
    int mark = p->sp, nkw = 0;
    enum { POSITIONAL, KEYWORD, DOUBLE_STAR } stage = POSITIONAL;
    for (bool first = true;; first = false) {
        bool kw = im_at(p, IM_TOK_NAME) && p->tok[1].type == IM_TOK_EQUAL;
        void *item;
        if (im_at(p, IM_TOK_DOUBLESTAR)) {
            stage = DOUBLE_STAR;
            item = keyword_arg(p, true);
            nkw++;
        } else if (kw) {
            if (stage == POSITIONAL) stage = KEYWORD;
            item = keyword_arg(p, false);
            nkw++;
        } else {
            bool star = im_at(p, IM_TOK_STAR);
            if (stage == DOUBLE_STAR || (stage == KEYWORD && !star)) return false;
            item = positional_arg(p);
            if (item && first && im_at_comprehension(p)) return call_generator(p, open, item, args);
        }
        if (!item || !im_push(p, item)) return false;
        if (!im_accept(p, IM_TOK_COMMA)) break;
        if (im_at(p, IM_TOK_RPAR)) break;
    }
    if (!im_accept(p, IM_TOK_RPAR)) return false;
    int n = p->sp - mark;
    args->n = n - nkw;
    keywords->n = nkw;
    args->v = args->n ? im_arena_alloc(p->arena, (size_t)args->n * sizeof *args->v) : NULL;
    keywords->v = nkw ? im_arena_alloc(p->arena, (size_t)nkw * sizeof *keywords->v) : NULL;
    if ((args->n && !args->v) || (nkw && !keywords->v)) return im_raise_memory(p), false;
    int a = 0, k = 0;
    for (int i = 0; i < n; i++) {
        ImNode *item = p->stack[mark + i];
        if (item->kind == IM_AST_keyword) keywords->v[k++] = (ImKeyword *)item;
        else args->v[a++] = (ImExpr *)item;
    }
    p->sp = mark;
    return true;
}

/* ---- targets ---- */

bool im_set_context(ImExpr *e, ImExprContext ctx) {
    switch (e->kind) {
    case IM_AST_Name: e->v.Name.ctx = ctx; return true;
    case IM_AST_Attribute: e->v.Attribute.ctx = ctx; return true;
    case IM_AST_Subscript: e->v.Subscript.ctx = ctx; return true;
    case IM_AST_Starred:
        if (ctx == IM_AST_Del || e->v.Starred.value->kind == IM_AST_Starred) return false;
        e->v.Starred.ctx = ctx;
        return im_set_context(e->v.Starred.value, ctx);
    case IM_AST_Tuple: case IM_AST_List: {
        ImExprSeq *s = e->kind == IM_AST_Tuple ? &e->v.Tuple.elts : &e->v.List.elts;
        for (int i = 0; i < s->n; i++)
            if (!im_set_context(s->v[i], ctx)) return false;
        if (e->kind == IM_AST_Tuple) e->v.Tuple.ctx = ctx;
        else e->v.List.ctx = ctx;
        return true;
    }
    default: return false;
    }
}

ImExpr *im_star_target(ImParser *p) {
    if (im_at(p, IM_TOK_STAR)) {
        const ImToken *s = p->tok++;
        if (im_at(p, IM_TOK_STAR)) return NULL;
        ImExpr *value = im_star_target(p);
        ImExpr *e = starred(p, s, value);
        if (e) e->v.Starred.ctx = IM_AST_Store;
        return e;
    }
    ImExpr *e = im_primary(p);
    return e && im_set_context(e, IM_AST_Store) ? e : NULL;
}

static bool begins_target(const ImParser *p) {
    return begins_expression(p) && !im_at(p, IM_TOK_PLUS) && !im_at(p, IM_TOK_MINUS) && !im_at(p, IM_TOK_TILDE) &&
           !im_at(p, IM_KW_not) && !im_at(p, IM_KW_lambda) && !im_at(p, IM_KW_await);
}

ImExpr *im_star_targets(ImParser *p) {
    const ImToken *s = p->tok;
    ImExpr *first = im_star_target(p);
    if (!first || !im_at(p, IM_TOK_COMMA)) return first;
    int mark = p->sp;
    if (!im_push(p, first)) return NULL;
    while (im_accept(p, IM_TOK_COMMA) && begins_target(p)) {
        ImExpr *e = im_star_target(p);
        if (!e || !im_push(p, e)) return NULL;
    }
    ImExpr *t = im_node_at(p, IM_AST_Tuple, s);
    if (!t || !im_take(p, mark, &t->v.Tuple.elts)) return NULL;
    t->v.Tuple.ctx = IM_AST_Store;
    return im_finish(p, t);
}

/* ---- parameters ---- */

static ImArg *parameter(ImParser *p, bool lambda, bool star) {
    ImArg *a = im_node_at(p, IM_AST_arg, p->tok);
    if (!a || !(a->arg = im_expect_name(p))) return NULL;
    if (!lambda && im_accept(p, IM_TOK_COLON)) {
        a->annotation = star ? im_star_expression(p) : im_expression(p);
        if (!a->annotation) return NULL;
    }
    return im_finish(p, a);
}

/* What may follow a parameter: a comma and the type comment in either order that the grammar allows. */
static bool parameter_end(ImParser *p, ImArg *a, int end, bool *more) {
    *more = im_accept(p, IM_TOK_COMMA);
    if (im_at(p, IM_TOK_TYPE_COMMENT) && !(a->type_comment = im_type_comment(p))) return false;
    return *more ? true : im_at(p, end);
}

/* The run of parameters before '*' or '**': through the comma that ends it. */
static bool positional_params(ImParser *p, bool lambda, ImArguments *out, bool *more) {
    const int end = lambda ? IM_TOK_COLON : IM_TOK_RPAR;
    int mark = p->sp, dmark = -1;
    ImExprSeq *defaults = &out->defaults;
    /* Defaults are pushed behind a gap: they are collected in a list of their own by walking pairs. */
    while (*more && (im_at(p, IM_TOK_NAME) || im_at(p, IM_TOK_SLASH))) {
        if (im_at(p, IM_TOK_SLASH)) {
            if (out->posonlyargs.n || p->sp == mark) return false;
            p->tok++;
            if (!im_since(p, 8, "Positional-only parameters are")) return false;
            int n = (p->sp - mark) / 2;
            ImArg **v = im_arena_alloc(p->arena, (size_t)n * sizeof *v);
            if (!v) return im_raise_memory(p), false;
            for (int i = 0; i < n; i++) v[i] = p->stack[mark + 2 * i];
            out->posonlyargs = (ImArgSeq){v, n};
            *more = im_accept(p, IM_TOK_COMMA);
            if (*more && im_at(p, IM_TOK_TYPE_COMMENT)) return false;
            if (!*more && !im_at(p, end)) return false;
            continue;
        }
        ImArg *a = parameter(p, lambda, false);
        ImExpr *d = NULL;
        if (!a) return false;
        if (im_accept(p, IM_TOK_EQUAL)) {
            if (!(d = im_expression(p))) return false;
            dmark = 0;
        } else if (dmark >= 0) return false;
        if (!parameter_end(p, a, end, more) || !im_push(p, a) || !im_push(p, d)) return false;
    }
    int n = (p->sp - mark) / 2, pos = out->posonlyargs.n, nd = 0;
    for (int i = 0; i < n; i++) nd += p->stack[mark + 2 * i + 1] != NULL;
    ImArg **v = im_arena_alloc(p->arena, (size_t)(n - pos) * sizeof *v + 1);
    ImExpr **d = im_arena_alloc(p->arena, (size_t)nd * sizeof *d + 1);
    if (!v || !d) return im_raise_memory(p), false;
    for (int i = pos; i < n; i++) v[i - pos] = p->stack[mark + 2 * i];
    for (int i = 0, k = 0; i < n; i++)
        if (p->stack[mark + 2 * i + 1]) d[k++] = p->stack[mark + 2 * i + 1];
    out->args = (ImArgSeq){v, n - pos};
    *defaults = (ImExprSeq){d, nd};
    p->sp = mark;
    return true;
}

static bool keyword_only_params(ImParser *p, bool lambda, ImArguments *out, bool *more) {
    const int end = lambda ? IM_TOK_COLON : IM_TOK_RPAR;
    int mark = p->sp;
    while (*more && im_at(p, IM_TOK_NAME)) {
        ImArg *a = parameter(p, lambda, false);
        ImExpr *d = NULL;
        if (!a) return false;
        if (im_accept(p, IM_TOK_EQUAL) && !(d = im_expression(p))) return false;
        if (!parameter_end(p, a, end, more) || !im_push(p, a) || !im_push(p, d)) return false;
    }
    int n = (p->sp - mark) / 2;
    ImArg **v = im_arena_alloc(p->arena, (size_t)n * sizeof *v + 1);
    ImExpr **d = im_arena_alloc(p->arena, (size_t)n * sizeof *d + 1);
    if (!v || !d) return im_raise_memory(p), false;
    for (int i = 0; i < n; i++) {
        v[i] = p->stack[mark + 2 * i];
        d[i] = p->stack[mark + 2 * i + 1];
    }
    out->kwonlyargs = (ImArgSeq){v, n};
    out->kw_defaults = (ImExprSeq){d, n};
    p->sp = mark;
    return true;
}

ImArguments *im_parameters(ImParser *p, bool lambda) {
    const int end = lambda ? IM_TOK_COLON : IM_TOK_RPAR;
    ImArguments *out = im_node_at(p, IM_AST_arguments, p->tok);
    if (!out) return NULL;
    bool more = true;
    if (!positional_params(p, lambda, out, &more)) return NULL;
    if (more && im_accept(p, IM_TOK_STAR)) {
        if (im_accept(p, IM_TOK_COMMA)) {
            if (!im_at(p, IM_TOK_NAME)) return NULL;
        } else {
            if (!(out->vararg = parameter(p, lambda, true))) return NULL;
            if (!parameter_end(p, out->vararg, end, &more)) return NULL;
        }
        if (!keyword_only_params(p, lambda, out, &more)) return NULL;
    }
    if (more && im_accept(p, IM_TOK_DOUBLESTAR)) {
        if (!(out->kwarg = parameter(p, lambda, false))) return NULL;
        if (!parameter_end(p, out->kwarg, end, &more)) return NULL;
    }
    return im_at(p, end) ? out : NULL;
}
