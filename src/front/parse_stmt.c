/* Simple statements, blocks and type parameters.
   SPDX-License-Identifier: MIT */
#include "parser.h"

#include <string.h>

const ImName *im_type_comment(ImParser *p) {
    const ImToken *t = p->tok++;
    const ImName *n = im_arena_name(p->arena, p->src->text + t->start, t->end - t->start);
    return n ? n : im_raise_memory(p);
}

/* ---- expressions and assignments ---- */

static int augmented_op(int tok) {
    switch (tok) {
    case IM_TOK_PLUSEQUAL: return IM_AST_Add;
    case IM_TOK_MINEQUAL: return IM_AST_Sub;
    case IM_TOK_STAREQUAL: return IM_AST_Mult;
    case IM_TOK_ATEQUAL: return IM_AST_MatMult;
    case IM_TOK_SLASHEQUAL: return IM_AST_Div;
    case IM_TOK_PERCENTEQUAL: return IM_AST_Mod;
    case IM_TOK_AMPEREQUAL: return IM_AST_BitAnd;
    case IM_TOK_VBAREQUAL: return IM_AST_BitOr;
    case IM_TOK_CIRCUMFLEXEQUAL: return IM_AST_BitXor;
    case IM_TOK_LEFTSHIFTEQUAL: return IM_AST_LShift;
    case IM_TOK_RIGHTSHIFTEQUAL: return IM_AST_RShift;
    case IM_TOK_DOUBLESTAREQUAL: return IM_AST_Pow;
    case IM_TOK_DOUBLESLASHEQUAL: return IM_AST_FloorDiv;
    default: return -1;
    }
}

static bool is_single_target(const ImExpr *e) {
    return e->kind == IM_AST_Name || e->kind == IM_AST_Attribute || e->kind == IM_AST_Subscript;
}

static ImStmt *augmented(ImParser *p, const ImToken *s, ImExpr *target, int op) {
    p->tok++;
    if (!is_single_target(target) || (op == IM_AST_MatMult && !im_since(p, 5, "The '@' operator is"))) return NULL;
    im_set_context(target, IM_AST_Store);
    ImExpr *value = im_yield_or_star_expressions(p);
    ImStmt *st = value ? im_node_at(p, IM_AST_AugAssign, s) : NULL;
    if (!st) return NULL;
    st->v.AugAssign.target = target;
    st->v.AugAssign.op = (ImOperator)op;
    st->v.AugAssign.value = value;
    return im_finish(p, st);
}

static ImStmt *annotated(ImParser *p, const ImToken *s, ImExpr *target) {
    if (!is_single_target(target)) return NULL;
    im_set_context(target, IM_AST_Store);
    p->tok++;
    ImStmt *st = im_node_at(p, IM_AST_AnnAssign, s);
    if (!st || !(st->v.AnnAssign.annotation = im_expression(p))) return NULL;
    st->v.AnnAssign.target = target;
    st->v.AnnAssign.simple = s->type == IM_TOK_NAME && target->kind == IM_AST_Name;
    if (im_accept(p, IM_TOK_EQUAL) && !(st->v.AnnAssign.value = im_yield_or_star_expressions(p))) return NULL;
    return im_since(p, 6, st->v.AnnAssign.simple ? "Variable annotation syntax is" : "Variable annotations syntax is") ? im_finish(p, st) : NULL;
}

static ImStmt *assignment(ImParser *p, const ImToken *s, ImExpr *first) {
    int mark = p->sp;
    ImExpr *value = first;
    while (im_accept(p, IM_TOK_EQUAL)) {
        if (!im_set_context(value, IM_AST_Store) || !im_push(p, value)) return NULL;
        if (!(value = im_yield_or_star_expressions(p))) return NULL;
        if (value->kind == IM_AST_Yield || value->kind == IM_AST_YieldFrom) {
            /* An unparenthesised yield ends the chain. */
            if (im_at(p, IM_TOK_EQUAL)) return NULL;
        }
    }
    ImStmt *st = im_node_at(p, IM_AST_Assign, s);
    if (!st || !im_take(p, mark, &st->v.Assign.targets)) return NULL;
    st->v.Assign.value = value;
    if (im_at(p, IM_TOK_TYPE_COMMENT) && !(st->v.Assign.type_comment = im_type_comment(p))) return NULL;
    return im_finish(p, st);
}

static ImStmt *expression_statement(ImParser *p) {
    const ImToken *s = p->tok;
    bool yield = im_at(p, IM_KW_yield);
    ImExpr *e = im_yield_or_star_expressions(p);
    if (!e) return NULL;
    if (!yield) {
        if (im_at(p, IM_TOK_EQUAL)) return assignment(p, s, e);
        if (im_at(p, IM_TOK_COLON)) return annotated(p, s, e);
        int op = augmented_op(p->tok->type);
        if (op >= 0) return augmented(p, s, e, op);
    }
    ImStmt *st = im_node_at(p, IM_AST_Expr, s);
    if (!st) return NULL;
    st->v.Expr.value = e;
    return im_finish(p, st);
}

/* ---- statements with a keyword ---- */

static bool at_line_end(const ImParser *p) { return im_at(p, IM_TOK_NEWLINE) || im_at(p, IM_TOK_SEMI); }

static ImStmt *return_statement(ImParser *p) {
    ImStmt *st = im_node_at(p, IM_AST_Return, p->tok++);
    if (!st) return NULL;
    if (!at_line_end(p) && !(st->v.Return.value = im_star_expressions(p))) return NULL;
    return im_finish(p, st);
}

static ImStmt *raise_statement(ImParser *p) {
    ImStmt *st = im_node_at(p, IM_AST_Raise, p->tok++);
    if (!st) return NULL;
    if (!at_line_end(p)) {
        if (!(st->v.Raise.exc = im_expression(p))) return NULL;
        if (im_accept(p, IM_KW_from) && !(st->v.Raise.cause = im_expression(p))) return NULL;
    }
    return im_finish(p, st);
}

static ImStmt *names_statement(ImParser *p, ImNodeKind kind) {
    ImStmt *st = im_node_at(p, kind, p->tok++);
    if (!st) return NULL;
    int mark = p->sp;
    do {
        const ImName *n = im_expect_name(p);
        if (!n || !im_push(p, n)) return NULL;
    } while (im_accept(p, IM_TOK_COMMA));
    if (!im_take(p, mark, &st->v.Global.names)) return NULL;
    return im_finish(p, st);
}

/* One target of del: a primary of names, attributes, subscripts and their tuples and lists. */
static bool no_star(const ImExpr *e) {
    if (e->kind == IM_AST_Starred) return false;
    const ImExprSeq *s = e->kind == IM_AST_Tuple ? &e->v.Tuple.elts : e->kind == IM_AST_List ? &e->v.List.elts : NULL;
    for (int i = 0; s && i < s->n; i++)
        if (!no_star(s->v[i])) return false;
    return true;
}

static ImStmt *del_statement(ImParser *p) {
    ImStmt *st = im_node_at(p, IM_AST_Delete, p->tok++);
    if (!st) return NULL;
    int mark = p->sp;
    do {
        ImExpr *e = im_primary(p);
        if (!e || !no_star(e) || !im_set_context(e, IM_AST_Del) || !im_push(p, e)) return NULL;
    } while (im_accept(p, IM_TOK_COMMA) && !at_line_end(p));
    if (!at_line_end(p) || !im_take(p, mark, &st->v.Delete.targets)) return NULL;
    return im_finish(p, st);
}

static ImStmt *assert_statement(ImParser *p) {
    ImStmt *st = im_node_at(p, IM_AST_Assert, p->tok++);
    if (!st || !(st->v.Assert.test = im_expression(p))) return NULL;
    if (im_accept(p, IM_TOK_COMMA) && !(st->v.Assert.msg = im_expression(p))) return NULL;
    return im_finish(p, st);
}

/* ---- imports ---- */

static const ImName *dotted_name(ImParser *p) {
    const ImName *n = im_expect_name(p);
    while (n && im_accept(p, IM_TOK_DOT)) {
        const ImName *part = im_expect_name(p);
        if (!part) return NULL;
        size_t len = n->len + 1 + part->len;
        char *s = im_arena_alloc(p->arena, len);
        if (!s) return im_raise_memory(p);
        memcpy(s, n->s, n->len);
        s[n->len] = '.';
        memcpy(s + n->len + 1, part->s, part->len);
        if (!(n = im_arena_name(p->arena, s, len))) return im_raise_memory(p);
    }
    return n;
}

static ImAlias *alias(ImParser *p, bool dotted) {
    ImAlias *a = im_node_at(p, IM_AST_alias, p->tok);
    if (!a || !(a->name = dotted ? dotted_name(p) : im_expect_name(p))) return NULL;
    if (im_accept(p, IM_KW_as) && !(a->asname = im_expect_name(p))) return NULL;
    return im_finish(p, a);
}

static ImStmt *import_statement(ImParser *p) {
    ImStmt *st = im_node_at(p, IM_AST_Import, p->tok++);
    if (!st) return NULL;
    int mark = p->sp;
    do {
        ImAlias *a = alias(p, true);
        if (!a || !im_push(p, a)) return NULL;
    } while (im_accept(p, IM_TOK_COMMA));
    if (!im_take(p, mark, &st->v.Import.names)) return NULL;
    return im_finish(p, st);
}

static ImStmt *from_statement(ImParser *p) {
    ImStmt *st = im_node_at(p, IM_AST_ImportFrom, p->tok++);
    if (!st) return NULL;
    for (;; p->tok++) {
        if (im_at(p, IM_TOK_DOT)) st->v.ImportFrom.level++;
        else if (im_at(p, IM_TOK_ELLIPSIS)) st->v.ImportFrom.level += 3;
        else break;
    }
    if (!(im_at(p, IM_KW_import) && st->v.ImportFrom.level) && !(st->v.ImportFrom.module = dotted_name(p))) return NULL;
    if (!im_accept(p, IM_KW_import)) return NULL;
    int mark = p->sp;
    if (im_at(p, IM_TOK_STAR)) {
        ImAlias *a = im_node_at(p, IM_AST_alias, p->tok++);
        if (!a || !(a->name = im_arena_name(p->arena, "*", 1)) || !im_push(p, im_finish(p, a))) return NULL;
    } else {
        bool open = im_accept(p, IM_TOK_LPAR);
        do {
            ImAlias *a = alias(p, false);
            if (!a || !im_push(p, a)) return NULL;
        } while (im_accept(p, IM_TOK_COMMA) && !(open && im_at(p, IM_TOK_RPAR)));
        if (open && !im_accept(p, IM_TOK_RPAR)) return NULL;
    }
    if (!im_take(p, mark, &st->v.ImportFrom.names)) return NULL;
    /* From here on `<>` is the operator, whether or not the caller's flags say so. */
    if (!st->v.ImportFrom.level && st->v.ImportFrom.module && !strcmp(st->v.ImportFrom.module->s, "__future__"))
        for (int i = 0; i < st->v.ImportFrom.names.n; i++)
            if (!strcmp(st->v.ImportFrom.names.v[i]->name->s, "barry_as_FLUFL")) p->flags |= IM_PARSE_BARRY;
    return im_finish(p, st);
}

/* ---- type aliases and parameters ---- */

static ImTypeParam *type_param(ImParser *p) {
    const ImToken *s = p->tok;
    ImNodeKind kind = im_accept(p, IM_TOK_STAR) ? IM_AST_TypeVarTuple
                    : im_accept(p, IM_TOK_DOUBLESTAR) ? IM_AST_ParamSpec : IM_AST_TypeVar;
    ImTypeParam *t = im_node_at(p, kind, s);
    const ImName *name = t ? im_expect_name(p) : NULL;
    if (!name) return NULL;
    ImExpr *bound = NULL, *def = NULL;
    if (kind == IM_AST_TypeVar && im_accept(p, IM_TOK_COLON) && !(bound = im_expression(p))) return NULL;
    if (im_accept(p, IM_TOK_EQUAL) &&
        !(def = kind == IM_AST_TypeVarTuple ? im_star_expression(p) : im_expression(p))) return NULL;
    if (def && !im_since(p, 13, "Type parameter defaults are")) return NULL;
    if (kind == IM_AST_TypeVar) {
        t->v.TypeVar.name = name;
        t->v.TypeVar.bound = bound;
        t->v.TypeVar.default_value = def;
    } else {
        t->v.ParamSpec.name = name;   /* TypeVarTuple has the same layout */
        t->v.ParamSpec.default_value = def;
    }
    return im_finish(p, t);
}

bool im_type_params(ImParser *p, ImTypeParamSeq *out) {
    if (!im_accept(p, IM_TOK_LSQB)) return true;
    int mark = p->sp;
    do {
        ImTypeParam *t = type_param(p);
        if (!t || !im_push(p, t)) return false;
    } while (im_accept(p, IM_TOK_COMMA) && !im_at(p, IM_TOK_RSQB));
    return im_accept(p, IM_TOK_RSQB) && im_since(p, 12, "Type parameter lists are") && im_take(p, mark, out);
}

static ImStmt *type_statement(ImParser *p) {
    ImStmt *st = im_node_at(p, IM_AST_TypeAlias, p->tok++);
    ImExpr *name = st ? im_node_at(p, IM_AST_Name, p->tok) : NULL;
    if (!name || !(name->v.Name.id = im_expect_name(p))) return NULL;
    name->v.Name.ctx = IM_AST_Store;
    st->v.TypeAlias.name = im_finish(p, name);
    if (!im_type_params(p, &st->v.TypeAlias.type_params) || !im_accept(p, IM_TOK_EQUAL)) return NULL;
    if (!(st->v.TypeAlias.value = im_expression(p)) || !im_since(p, 12, "Type statement is")) return NULL;
    return im_finish(p, st);
}

/* ---- statements ---- */

static ImStmt *word(ImParser *p, ImNodeKind kind) {
    ImStmt *st = im_node_at(p, kind, p->tok++);
    return im_finish(p, st);
}

static ImStmt *simple_statement(ImParser *p) {
    switch (p->tok->type) {
    case IM_KW_return: return return_statement(p);
    case IM_KW_import: return import_statement(p);
    case IM_KW_from: return from_statement(p);
    case IM_KW_raise: return raise_statement(p);
    case IM_KW_pass: return word(p, IM_AST_Pass);
    case IM_KW_break: return word(p, IM_AST_Break);
    case IM_KW_continue: return word(p, IM_AST_Continue);
    case IM_KW_del: return del_statement(p);
    case IM_KW_assert: return assert_statement(p);
    case IM_KW_global: return names_statement(p, IM_AST_Global);
    case IM_KW_nonlocal: return names_statement(p, IM_AST_Nonlocal);
    case IM_TOK_NAME:
        if (p->tok->soft == IM_SOFT_type && p->tok[1].type == IM_TOK_NAME) return type_statement(p);
        return expression_statement(p);
    default: return expression_statement(p);
    }
}

bool im_simple_statements(ImParser *p) {
    do {
        ImStmt *st = simple_statement(p);
        if (!st || !im_push(p, st)) return false;
    } while (im_accept(p, IM_TOK_SEMI) && !im_at(p, IM_TOK_NEWLINE));
    return im_accept(p, IM_TOK_NEWLINE);
}

/* Statements up to a token of type `end`, which stays. */
bool im_statements(ImParser *p, int end, ImStmtSeq *out) {
    int mark = p->sp;
    while (!im_at(p, end)) {
        ImStmt *st;
        if (end == IM_TOK_ENDMARKER) p->statement = p->tok;
        if (!im_compound_statement(p, &st)) return false;
        if (st ? !im_push(p, st) : !im_simple_statements(p)) return false;
    }
    return im_take(p, mark, out);
}

bool im_block(ImParser *p, ImStmtSeq *out) {
    if (!im_accept(p, IM_TOK_NEWLINE)) {
        int mark = p->sp;
        return im_simple_statements(p) && im_take(p, mark, out);
    }
    if (!im_accept(p, IM_TOK_INDENT)) return false;
    p->depth += 8;
    if (!im_enter(p) || !im_statements(p, IM_TOK_DEDENT, out)) return false;
    im_leave(p);
    p->depth -= 8;
    p->tok++;
    return true;
}
