/* Compound statements: if, while, for, with, try, functions, classes and their decorators.
   SPDX-License-Identifier: MIT */
#include "parser.h"

#include <string.h>

/* ':' and a block. */
static bool suite(ImParser *p, ImStmtSeq *body) { return im_accept(p, IM_TOK_COLON) && im_block(p, body); }

static bool else_suite(ImParser *p, ImStmtSeq *body) {
    return im_accept(p, IM_KW_else) ? suite(p, body) : true;
}

/* ---- if, while, for ---- */

static ImStmt *if_statement(ImParser *p) {
    int mark = p->sp;
    ImStmt *top = NULL;
    ImStmtSeq *tail = NULL;
    /* An elif is an If alone in the orelse of the one before; all of them end together. */
    do {
        ImStmt *st = im_node_at(p, IM_AST_If, p->tok++);
        if (!st || !(st->v.If.test = im_named_expression(p)) || !suite(p, &st->v.If.body) || !im_push(p, st)) return NULL;
        if (tail) {
            tail->v = im_arena_alloc(p->arena, sizeof *tail->v);
            if (!tail->v) return im_raise_memory(p);
            tail->v[0] = st;
            tail->n = 1;
        } else top = st;
        tail = &st->v.If.orelse;
    } while (im_at(p, IM_KW_elif));
    if (!else_suite(p, tail)) return NULL;
    for (; p->sp > mark; p->sp--) im_finish(p, p->stack[p->sp - 1]);
    return top;
}

static ImStmt *while_statement(ImParser *p) {
    ImStmt *st = im_node_at(p, IM_AST_While, p->tok++);
    if (!st || !(st->v.While.test = im_named_expression(p)) || !suite(p, &st->v.While.body)) return NULL;
    if (!else_suite(p, &st->v.While.orelse)) return NULL;
    return im_finish(p, st);
}

static ImStmt *for_statement(ImParser *p, const ImToken *s, bool async) {
    p->tok++;
    ImStmt *st = im_node_at(p, async ? IM_AST_AsyncFor : IM_AST_For, s);
    if (!st || !(st->v.For.target = im_star_targets(p)) || !im_accept(p, IM_KW_in)) return NULL;
    if (!(st->v.For.iter = im_star_expressions(p)) || !im_accept(p, IM_TOK_COLON)) return NULL;
    if (im_at(p, IM_TOK_TYPE_COMMENT) && !(st->v.For.type_comment = im_type_comment(p))) return NULL;
    if (async && !im_since(p, 5, "Async for loops are")) return NULL;
    if (!im_block(p, &st->v.For.body) || !else_suite(p, &st->v.For.orelse)) return NULL;
    return im_finish(p, st);
}

/* ---- with ---- */

static ImWithItem *with_item(ImParser *p) {
    ImWithItem *w = im_node_at(p, IM_AST_withitem, p->tok);
    if (!w || !(w->context_expr = im_expression(p))) return NULL;
    if (im_accept(p, IM_KW_as)) {
        if (!(w->optional_vars = im_star_target(p))) return NULL;
        if (!im_at(p, IM_TOK_COMMA) && !im_at(p, IM_TOK_RPAR) && !im_at(p, IM_TOK_COLON)) return NULL;
    }
    return w;
}

/* Items up to ':', which is consumed; in parentheses of their own or not. */
static bool with_items(ImParser *p, bool parens, ImWithItemSeq *out) {
    int mark = p->sp;
    if (parens) p->tok++;
    do {
        ImWithItem *w = with_item(p);
        if (!w || !im_push(p, w)) return false;
    } while (im_accept(p, IM_TOK_COMMA) && !(parens && im_at(p, IM_TOK_RPAR)));
    if (parens && !im_accept(p, IM_TOK_RPAR)) return false;
    return im_accept(p, IM_TOK_COLON) && im_take(p, mark, out);
}

/* Whether the bracket here closes right before ':'. */
static bool closes_before_colon(const ImParser *p) {
    const ImToken *t = p->tok + 1;
    int level = p->tok->level - 1;
    while (t->level != level && t->type != IM_TOK_ENDMARKER && t->type != IM_TOK_ERRORTOKEN) t++;
    return t->type == IM_TOK_RPAR && t[1].type == IM_TOK_COLON;
}

static ImStmt *with_statement(ImParser *p, const ImToken *s, bool async) {
    p->tok++;
    ImStmt *st = im_node_at(p, async ? IM_AST_AsyncWith : IM_AST_With, s);
    if (!st) return NULL;
    bool done = false;
    if (im_at(p, IM_TOK_LPAR) && closes_before_colon(p)) {
        ImParser saved = *p;
        done = with_items(p, true, &st->v.With.items);
        if (!done) {
            if (p->err->type) return NULL;
            p->tok = saved.tok;
            p->sp = saved.sp;
            p->depth = saved.depth;
        }
    }
    if (!done && !with_items(p, false, &st->v.With.items)) return NULL;
    if (im_at(p, IM_TOK_TYPE_COMMENT) && !(st->v.With.type_comment = im_type_comment(p))) return NULL;
    if (async && !im_since(p, 5, "Async with statements are")) return NULL;
    return im_block(p, &st->v.With.body) ? im_finish(p, st) : NULL;
}

/* ---- try ---- */

static ImExceptHandler *handler(ImParser *p, int *star) {
    ImExceptHandler *h = im_node_at(p, IM_AST_ExceptHandler, p->tok++);
    if (!h) return NULL;
    int is_star = im_accept(p, IM_TOK_STAR);
    if (*star >= 0 && *star != is_star) return NULL;
    *star = is_star;
    if (!im_at(p, IM_TOK_COLON)) {
        if (!(h->v.ExceptHandler.type = im_expression(p))) return NULL;
        if (im_accept(p, IM_KW_as) && !(h->v.ExceptHandler.name = im_expect_name(p))) return NULL;
    } else if (is_star) return NULL;
    return suite(p, &h->v.ExceptHandler.body) ? im_finish(p, h) : NULL;
}

static ImStmt *try_statement(ImParser *p) {
    ImStmt *st = im_node_at(p, IM_AST_Try, p->tok++);
    if (!st || !suite(p, &st->v.Try.body)) return NULL;
    int mark = p->sp, star = -1;
    while (im_at(p, IM_KW_except)) {
        ImExceptHandler *h = handler(p, &star);
        if (!h || !im_push(p, h)) return NULL;
    }
    if (!im_take(p, mark, &st->v.Try.handlers)) return NULL;
    if (st->v.Try.handlers.n && !else_suite(p, &st->v.Try.orelse)) return NULL;
    if (im_accept(p, IM_KW_finally)) {
        if (!suite(p, &st->v.Try.finalbody)) return NULL;
    } else if (!st->v.Try.handlers.n) return NULL;
    if (star == 1 && !im_since(p, 11, "Exception groups are")) return NULL;
    if (star == 1) st->kind = IM_AST_TryStar;   /* same layout */
    return im_finish(p, st);
}

/* ---- functions and classes ---- */

static ImStmt *function(ImParser *p, const ImToken *s, bool async, ImExprSeq decorators) {
    p->tok++;
    ImStmt *st = im_node_at(p, async ? IM_AST_AsyncFunctionDef : IM_AST_FunctionDef, s);
    if (!st) return NULL;
    st->v.FunctionDef.decorator_list = decorators;
    if (!(st->v.FunctionDef.name = im_expect_name(p)) || !im_type_params(p, &st->v.FunctionDef.type_params)) return NULL;
    if (!im_accept(p, IM_TOK_LPAR) || !(st->v.FunctionDef.args = im_parameters(p, false)) || !im_accept(p, IM_TOK_RPAR))
        return NULL;
    if (im_accept(p, IM_TOK_RARROW) && !(st->v.FunctionDef.returns = im_expression(p))) return NULL;
    if (!im_accept(p, IM_TOK_COLON)) return NULL;
    const ImToken *t = p->tok;
    if (t->type == IM_TOK_NEWLINE && t[1].type == IM_TOK_TYPE_COMMENT && t[2].type == IM_TOK_NEWLINE && t[3].type == IM_TOK_INDENT)
        p->tok++;
    if (im_at(p, IM_TOK_TYPE_COMMENT) && !(st->v.FunctionDef.type_comment = im_type_comment(p))) return NULL;
    if (async && !im_since(p, 5, "Async functions are")) return NULL;
    return im_block(p, &st->v.FunctionDef.body) ? im_finish(p, st) : NULL;
}

static ImStmt *class_statement(ImParser *p, ImExprSeq decorators) {
    ImStmt *st = im_node_at(p, IM_AST_ClassDef, p->tok++);
    if (!st) return NULL;
    st->v.ClassDef.decorator_list = decorators;
    if (!(st->v.ClassDef.name = im_expect_name(p)) || !im_type_params(p, &st->v.ClassDef.type_params)) return NULL;
    const ImToken *open = p->tok;
    if (im_accept(p, IM_TOK_LPAR) && !im_accept(p, IM_TOK_RPAR) &&
        !im_call_arguments(p, open, &st->v.ClassDef.bases, &st->v.ClassDef.keywords)) return NULL;
    /* A generator needs parentheses of its own here. */
    if (st->v.ClassDef.bases.n == 1 && st->v.ClassDef.bases.v[0]->kind == IM_AST_GeneratorExp &&
        st->v.ClassDef.bases.v[0]->col_offset == open->col && st->v.ClassDef.bases.v[0]->lineno == open->lineno) return NULL;
    return suite(p, &st->v.ClassDef.body) ? im_finish(p, st) : NULL;
}

static ImStmt *decorated(ImParser *p) {
    int mark = p->sp;
    while (im_accept(p, IM_TOK_AT)) {
        ImExpr *e = im_named_expression(p);
        if (!e || !im_push(p, e) || !im_accept(p, IM_TOK_NEWLINE)) return NULL;
    }
    ImExprSeq list;
    if (!im_take(p, mark, &list)) return NULL;
    const ImToken *s = p->tok;
    if (im_at(p, IM_KW_class)) return class_statement(p, list);
    bool async = im_accept(p, IM_KW_async);
    return im_at(p, IM_KW_def) ? function(p, s, async, list) : NULL;
}

static ImStmt *async_statement(ImParser *p) {
    const ImToken *s = p->tok++;
    switch (p->tok->type) {
    case IM_KW_def: return function(p, s, true, (ImExprSeq){NULL, 0});
    case IM_KW_for: return for_statement(p, s, true);
    case IM_KW_with: return with_statement(p, s, true);
    default: return NULL;
    }
}

bool im_compound_statement(ImParser *p, ImStmt **out) {
    *out = NULL;
    const ImToken *s = p->tok;
    switch (s->type) {
    case IM_KW_if: *out = if_statement(p); break;
    case IM_KW_while: *out = while_statement(p); break;
    case IM_KW_for: *out = for_statement(p, s, false); break;
    case IM_KW_with: *out = with_statement(p, s, false); break;
    case IM_KW_try: *out = try_statement(p); break;
    case IM_KW_def: *out = function(p, s, false, (ImExprSeq){NULL, 0}); break;
    case IM_KW_class: *out = class_statement(p, (ImExprSeq){NULL, 0}); break;
    case IM_TOK_AT: *out = decorated(p); break;
    case IM_KW_async: *out = async_statement(p); break;
    case IM_TOK_NAME: return s->soft == IM_SOFT_match ? im_match_statement(p, out) : true;
    default: return true;
    }
    return *out != NULL;
}
