/* The match statement and its patterns.
   SPDX-License-Identifier: MIT */
#include "parser.h"

static ImPattern *pattern(ImParser *p);
static ImPattern *or_pattern(ImParser *p);

/* ---- literals and names ---- */

static bool wildcard(const ImParser *p) { return im_at_soft(p, IM_SOFT_underscore); }

static bool names_value(const ImToken *t) {
    return t->type == IM_TOK_DOT || t->type == IM_TOK_LPAR || t->type == IM_TOK_EQUAL;
}

/* A name to bind: not '_', not the start of something longer. */
static const ImName *capture_target(ImParser *p) {
    if (wildcard(p) || names_value(p->tok + 1)) return NULL;
    return im_expect_name(p);
}

static ImExpr *signed_number(ImParser *p) {
    const ImToken *s = p->tok;
    bool minus = im_accept(p, IM_TOK_MINUS);
    if (!im_at(p, IM_TOK_NUMBER)) return NULL;
    ImExpr *e = im_number(p);
    if (!e || !minus) return e;
    ImExpr *u = im_node_at(p, IM_AST_UnaryOp, s);
    if (!u) return NULL;
    u->v.UnaryOp.op = IM_AST_USub;
    u->v.UnaryOp.operand = e;
    return im_finish(p, u);
}

static bool is_imaginary(const ImExpr *e) {
    if (e->kind == IM_AST_UnaryOp) e = e->v.UnaryOp.operand;
    return e->v.Constant.value->kind == IM_CONST_COMPLEX;
}

static ImExpr *number_literal(ImParser *p) {
    const ImToken *s = p->tok;
    ImExpr *left = signed_number(p);
    if (!left || (!im_at(p, IM_TOK_PLUS) && !im_at(p, IM_TOK_MINUS))) return left;
    const ImToken *number = p->tok - 1;
    if (is_imaginary(left)) return im_raise(p, IM_ERR_SYNTAX, number, number, "real number required in complex literal");
    ImOperator op = im_at(p, IM_TOK_PLUS) ? IM_AST_Add : IM_AST_Sub;
    const ImToken *t = ++p->tok;
    if (!im_at(p, IM_TOK_NUMBER)) return NULL;
    ImExpr *right = im_number(p);
    if (!right) return NULL;
    if (!is_imaginary(right)) return im_raise(p, IM_ERR_SYNTAX, t, t, "imaginary number required in complex literal");
    ImExpr *e = im_node_at(p, IM_AST_BinOp, s);
    if (!e) return NULL;
    e->v.BinOp.left = left;
    e->v.BinOp.op = op;
    e->v.BinOp.right = right;
    return im_finish(p, e);
}

static ImExpr *dotted(ImParser *p) {
    const ImToken *s = p->tok;
    ImExpr *e = im_node_at(p, IM_AST_Name, s);
    if (!e || !(e->v.Name.id = im_expect_name(p))) return NULL;
    im_finish(p, e);
    while (im_accept(p, IM_TOK_DOT)) {
        ImExpr *a = im_node_at(p, IM_AST_Attribute, s);
        if (!a || !(a->v.Attribute.attr = im_expect_name(p))) return NULL;
        a->v.Attribute.value = e;
        e = im_finish(p, a);
    }
    return e;
}

/* The literals that patterns and mapping keys share; NULL without an error if none begins here. */
static ImExpr *literal(ImParser *p) {
    switch (p->tok->type) {
    case IM_TOK_NUMBER: case IM_TOK_MINUS: return number_literal(p);
    case IM_TOK_STRING: case IM_TOK_FSTRING_START: return im_strings(p);
    case IM_KW_None: case IM_KW_True: case IM_KW_False: return im_atom(p);
    default: return NULL;
    }
}

static ImPattern *value(ImParser *p, const ImToken *s, ImExpr *e) {
    bool single = e && e->kind == IM_AST_Constant && e->v.Constant.value->kind <= IM_CONST_FALSE;
    ImPattern *n = e ? im_node_at(p, single ? IM_AST_MatchSingleton : IM_AST_MatchValue, s) : NULL;
    if (!n) return NULL;
    if (single) n->v.MatchSingleton.value = e->v.Constant.value;
    else n->v.MatchValue.value = e;
    return im_finish(p, n);
}

/* ---- compound patterns ---- */

static ImPattern *star_pattern(ImParser *p) {
    if (!im_at(p, IM_TOK_STAR)) return pattern(p);
    ImPattern *n = im_node_at(p, IM_AST_MatchStar, p->tok++);
    if (!n) return NULL;
    if (wildcard(p)) p->tok++;
    else if (!(n->v.MatchStar.name = capture_target(p))) return NULL;
    return im_finish(p, n);
}

static ImPattern *sequence(ImParser *p) {
    const ImToken *s = p->tok++;
    const int close = s->type == IM_TOK_LPAR ? IM_TOK_RPAR : IM_TOK_RSQB;
    int mark = p->sp;
    bool comma = false;
    while (!im_at(p, close)) {
        ImPattern *x = star_pattern(p);
        if (!x || !im_push(p, x)) return NULL;
        if (!im_accept(p, IM_TOK_COMMA)) break;
        comma = true;
    }
    if (!im_accept(p, close)) return NULL;
    if (close == IM_TOK_RPAR && !comma && p->sp > mark) {
        ImPattern *only = p->stack[mark];
        p->sp = mark;
        return only->kind != IM_AST_MatchStar ? only : NULL;
    }
    ImPattern *n = im_node_at(p, IM_AST_MatchSequence, s);
    if (!n || !im_take(p, mark, &n->v.MatchSequence.patterns)) return NULL;
    return im_finish(p, n);
}

static bool take_pairs(ImParser *p, int mark, ImNodeSeq *first, ImPatternSeq *second) {
    int n = (p->sp - mark) / 2;
    *first = (ImNodeSeq){NULL, 0};
    *second = (ImPatternSeq){NULL, 0};
    if (!n) return true;
    first->v = im_arena_alloc(p->arena, (size_t)n * sizeof *first->v);
    second->v = im_arena_alloc(p->arena, (size_t)n * sizeof *second->v);
    if (!first->v || !second->v) return im_raise_memory(p), false;
    for (int i = 0; i < n; i++) {
        first->v[i] = p->stack[mark + 2 * i];
        second->v[i] = p->stack[mark + 2 * i + 1];
    }
    first->n = second->n = n;
    p->sp = mark;
    return true;
}

static ImPattern *mapping(ImParser *p) {
    ImPattern *n = im_node_at(p, IM_AST_MatchMapping, p->tok++);
    if (!n) return NULL;
    int mark = p->sp;
    while (!im_at(p, IM_TOK_RBRACE)) {
        if (im_accept(p, IM_TOK_DOUBLESTAR)) {
            if (!(n->v.MatchMapping.rest = capture_target(p))) return NULL;
            im_accept(p, IM_TOK_COMMA);
            break;
        }
        ImExpr *key = im_at(p, IM_TOK_NAME) ? dotted(p) : literal(p);
        if (!key || key->kind == IM_AST_Name || !im_accept(p, IM_TOK_COLON)) return NULL;
        ImPattern *x = pattern(p);
        if (!x || !im_push(p, key) || !im_push(p, x)) return NULL;
        if (!im_accept(p, IM_TOK_COMMA)) break;
    }
    if (!im_accept(p, IM_TOK_RBRACE)) return NULL;
    ImNodeSeq keys;
    if (!take_pairs(p, mark, &keys, &n->v.MatchMapping.patterns)) return NULL;
    n->v.MatchMapping.keys = (ImExprSeq){(ImExpr **)(void *)keys.v, keys.n};
    return im_finish(p, n);
}

static ImPattern *class_pattern(ImParser *p, const ImToken *s, ImExpr *cls) {
    p->tok++;
    ImPattern *n = im_node_at(p, IM_AST_MatchClass, s);
    if (!n) return NULL;
    n->v.MatchClass.cls = cls;
    int mark = p->sp;
    bool comma = true;
    for (; comma && !im_at(p, IM_TOK_RPAR) && !(im_at(p, IM_TOK_NAME) && p->tok[1].type == IM_TOK_EQUAL);
         comma = im_accept(p, IM_TOK_COMMA)) {
        ImPattern *x = pattern(p);
        if (!x || !im_push(p, x)) return NULL;
    }
    if (!im_take(p, mark, &n->v.MatchClass.patterns)) return NULL;
    for (; comma && !im_at(p, IM_TOK_RPAR); comma = im_accept(p, IM_TOK_COMMA)) {
        const ImName *name = im_expect_name(p);
        if (!name || !im_accept(p, IM_TOK_EQUAL)) return NULL;
        ImPattern *x = pattern(p);
        if (!x || !im_push(p, name) || !im_push(p, x)) return NULL;
    }
    if (!im_accept(p, IM_TOK_RPAR)) return NULL;
    ImNodeSeq names;
    if (!take_pairs(p, mark, &names, &n->v.MatchClass.kwd_patterns)) return NULL;
    n->v.MatchClass.kwd_attrs = (ImNameSeq){(const ImName **)(void *)names.v, names.n};
    return im_finish(p, n);
}

static ImPattern *name_pattern(ImParser *p) {
    const ImToken *s = p->tok;
    if (wildcard(p) || !names_value(s + 1)) {
        ImPattern *n = im_node_at(p, IM_AST_MatchAs, s);
        if (!n) return NULL;
        if (wildcard(p)) p->tok++;
        else if (!(n->v.MatchAs.name = im_expect_name(p))) return NULL;
        return im_finish(p, n);
    }
    ImExpr *e = dotted(p);
    if (!e) return NULL;
    if (im_at(p, IM_TOK_LPAR)) return class_pattern(p, s, e);
    return e->kind == IM_AST_Name || im_at(p, IM_TOK_EQUAL) ? NULL : value(p, s, e);
}

static ImPattern *closed_pattern(ImParser *p) {
    switch (p->tok->type) {
    case IM_TOK_NAME: return name_pattern(p);
    case IM_TOK_LPAR: case IM_TOK_LSQB: return sequence(p);
    case IM_TOK_LBRACE: return mapping(p);
    default: {
        const ImToken *s = p->tok;
        return value(p, s, literal(p));
    }
    }
}

static ImPattern *or_pattern(ImParser *p) {
    const ImToken *s = p->tok;
    ImPattern *first = closed_pattern(p);
    if (!first || !im_at(p, IM_TOK_VBAR)) return first;
    int mark = p->sp;
    if (!im_push(p, first)) return NULL;
    while (im_accept(p, IM_TOK_VBAR)) {
        ImPattern *x = closed_pattern(p);
        if (!x || !im_push(p, x)) return NULL;
    }
    ImPattern *n = im_node_at(p, IM_AST_MatchOr, s);
    if (!n || !im_take(p, mark, &n->v.MatchOr.patterns)) return NULL;
    return im_finish(p, n);
}

static ImPattern *pattern(ImParser *p) {
    const ImToken *s = p->tok;
    if (!im_enter(p)) return NULL;
    ImPattern *n = or_pattern(p);
    im_leave(p);
    if (!n || !im_accept(p, IM_KW_as)) return n;
    ImPattern *as = im_node_at(p, IM_AST_MatchAs, s);
    if (!as || !(as->v.MatchAs.name = capture_target(p))) return NULL;
    as->v.MatchAs.pattern = n;
    return im_finish(p, as);
}

/* What stands after `case`: a sequence may do without brackets. */
static ImPattern *case_patterns(ImParser *p) {
    const ImToken *s = p->tok;
    ImPattern *first = star_pattern(p);
    if (!first) return NULL;
    if (!im_at(p, IM_TOK_COMMA)) return first->kind != IM_AST_MatchStar ? first : NULL;
    int mark = p->sp;
    if (!im_push(p, first)) return NULL;
    while (im_accept(p, IM_TOK_COMMA) && !im_at(p, IM_TOK_COLON) && !im_at(p, IM_KW_if)) {
        ImPattern *x = star_pattern(p);
        if (!x || !im_push(p, x)) return NULL;
    }
    ImPattern *n = im_node_at(p, IM_AST_MatchSequence, s);
    if (!n || !im_take(p, mark, &n->v.MatchSequence.patterns)) return NULL;
    return im_finish(p, n);
}

/* ---- the statement ---- */

static ImMatchCase *case_block(ImParser *p) {
    ImMatchCase *c = im_node_at(p, IM_AST_match_case, p->tok++);
    if (!c || !(c->pattern = case_patterns(p))) return NULL;
    if (im_accept(p, IM_KW_if) && !(c->guard = im_named_expression(p))) return NULL;
    return im_accept(p, IM_TOK_COLON) && im_block(p, &c->body) ? c : NULL;
}

/* The subject: star_named_expression ',' … or one named expression. */
static ImExpr *subject(ImParser *p) {
    const ImToken *s = p->tok;
    ImExpr *first = im_at(p, IM_TOK_STAR) ? im_star_expression(p) : im_named_expression(p);
    if (!first) return NULL;
    if (!im_at(p, IM_TOK_COMMA)) return first->kind != IM_AST_Starred ? first : NULL;
    int mark = p->sp;
    if (!im_push(p, first)) return NULL;
    while (im_accept(p, IM_TOK_COMMA) && !im_at(p, IM_TOK_COLON)) {
        ImExpr *e = im_at(p, IM_TOK_STAR) ? im_star_expression(p) : im_named_expression(p);
        if (!e || !im_push(p, e)) return NULL;
    }
    ImExpr *t = im_node_at(p, IM_AST_Tuple, s);
    if (!t || !im_take(p, mark, &t->v.Tuple.elts)) return NULL;
    return im_finish(p, t);
}

/* `match` is a name unless a subject, a colon and an indented `case` follow: true with *out NULL if they do not. */
bool im_match_statement(ImParser *p, ImStmt **out) {
    switch (p->tok[1].type) {
    case IM_TOK_EQUAL: case IM_TOK_DOT: case IM_TOK_NEWLINE: case IM_TOK_COMMA: case IM_TOK_COLON: case IM_TOK_SEMI:
    case IM_TOK_RPAR: return true;
    default: break;
    }
    const ImToken *s = p->tok++;
    int sp = p->sp, depth = p->depth;
    ImExpr *e = subject(p);
    if (!e || !im_at(p, IM_TOK_COLON) || p->tok[1].type != IM_TOK_NEWLINE || p->tok[2].type != IM_TOK_INDENT ||
        p->tok[3].type != IM_TOK_NAME || p->tok[3].soft != IM_SOFT_case) {
        p->tok = s;
        p->sp = sp;
        p->depth = depth;
        return !p->err->type;
    }
    ImStmt *st = im_node_at(p, IM_AST_Match, s);
    if (!st) return false;
    st->v.Match.subject = e;
    p->tok += 3;
    int mark = p->sp;
    while (im_at_soft(p, IM_SOFT_case)) {
        p->depth += 8;
        ImMatchCase *c = im_enter(p) ? case_block(p) : NULL;
        if (!c || !im_push(p, c)) return false;
        im_leave(p);
        p->depth -= 8;
    }
    if (!im_take(p, mark, &st->v.Match.cases) || !im_accept(p, IM_TOK_DEDENT)) return false;
    *out = im_finish(p, st);
    return im_since(p, 10, "Pattern matching is");
}
