/* Checks of a syntax tree that a program has made: what the grammar would have seen to.
   SPDX-License-Identifier: MIT */
#include "context.h"
#include "compile.h"
#include "unparse.h"

#include <stdarg.h>
#include <string.h>

typedef struct Check { ImFront f; } Check;

static bool expr(Check *c, const ImExpr *e, ImExprContext ctx);
static bool stmts(Check *c, const ImStmtSeq *s);
static bool pattern(Check *c, const ImPattern *p, bool star_ok);

static bool fail(Check *c, ImSyntaxErrType type, const char *fmt, ...) {
    if (im_front_failed(&c->f)) return false;
    va_list ap;
    va_start(ap, fmt);
    const char *msg = im_front_vformat(&c->f, fmt, ap);
    va_end(ap);
    if (im_front_failed(&c->f)) return false;
    c->f.err->type = type;
    c->f.err->msg = msg;
    return false;
}
#define BAD(c, ...) fail((c), IM_ERR_VALUE, __VA_ARGS__)

static bool positions(Check *c, const void *node) {
    const ImNode *n = node;
    if (n->lineno > n->end_lineno) return BAD(c, "AST node line range (%d, %d) is not valid", n->lineno, n->end_lineno);
    if ((n->lineno < 0 && n->end_lineno != n->lineno) || (n->col_offset < 0 && n->col_offset != n->end_col_offset))
        return BAD(c, "AST node column range (%d, %d) for line range (%d, %d) is not valid", n->col_offset, n->end_col_offset, n->lineno, n->end_lineno);
    if (n->lineno == n->end_lineno && n->col_offset > n->end_col_offset)
        return BAD(c, "line %d, column %d-%d is not a valid range", n->lineno, n->col_offset, n->end_col_offset);
    return true;
}

static bool name(Check *c, const ImName *n) {
    static const char *const constants[] = {"None", "True", "False"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(n->s, constants[i])) return BAD(c, "identifier field can't represent '%s' constant", constants[i]);
    return true;
}

static bool required(Check *c, const void *p, const char *field, const char *owner) {
    return p || BAD(c, "field '%s' is required for %s", field, owner);
}

static bool exprs(Check *c, const ImExprSeq *s, ImExprContext ctx, bool null_ok) {
    for (int i = 0; i < s->n; i++) {
        if (s->v[i] ? !expr(c, s->v[i], ctx) : !null_ok && !BAD(c, "None disallowed in expression list")) return false;
    }
    return true;
}

static bool nonempty(Check *c, int n, const char *what, const char *owner) { return n > 0 || BAD(c, "empty %s on %s", what, owner); }
static bool body(Check *c, const ImStmtSeq *s, const char *owner) { return nonempty(c, s->n, "body", owner) && stmts(c, s); }
static bool optional(Check *c, const ImExpr *e) { return !e || expr(c, e, IM_AST_Load); }

static bool arg_list(Check *c, const ImArgSeq *s) {
    for (int i = 0; i < s->n; i++)
        if (!positions(c, s->v[i]) || !optional(c, s->v[i]->annotation)) return false;
    return true;
}

static bool arguments(Check *c, const ImArguments *a) {
    if (!arg_list(c, &a->posonlyargs) || !arg_list(c, &a->args)) return false;
    if (a->vararg && !optional(c, a->vararg->annotation)) return false;
    if (!arg_list(c, &a->kwonlyargs)) return false;
    if (a->kwarg && !optional(c, a->kwarg->annotation)) return false;
    if (a->defaults.n > a->posonlyargs.n + a->args.n) return BAD(c, "more positional defaults than args on arguments");
    if (a->kw_defaults.n != a->kwonlyargs.n) return BAD(c, "length of kwonlyargs is not the same as kw_defaults on arguments");
    return exprs(c, &a->defaults, IM_AST_Load, false) && exprs(c, &a->kw_defaults, IM_AST_Load, true);
}

static bool comprehension(Check *c, const ImComprehensionSeq *gens) {
    if (!gens->n) return BAD(c, "comprehension with no generators");
    for (int i = 0; i < gens->n; i++) {
        const ImComprehension *g = gens->v[i];
        if (!expr(c, g->target, IM_AST_Store) || !expr(c, g->iter, IM_AST_Load) || !exprs(c, &g->ifs, IM_AST_Load, false)) return false;
    }
    return true;
}

static bool keywords(Check *c, const ImKeywordSeq *s) {
    for (int i = 0; i < s->n; i++)
        if (!required(c, s->v[i]->value, "value", "keyword") || !expr(c, s->v[i]->value, IM_AST_Load)) return false;
    return true;
}

static bool constant(Check *c, const ImConst *k) {
    if (k->kind == IM_CONST_TUPLE || k->kind == IM_CONST_FROZENSET) {
        for (int i = 0; i < k->u.seq.n; i++)
            if (!constant(c, k->u.seq.v[i])) return false;
    }
    return true; /* objects of other types have been refused by whoever made the tree */
}

static const char *context_name(ImExprContext x) { return x == IM_AST_Load ? "Load" : x == IM_AST_Store ? "Store" : "Del"; }

static bool check_context(Check *c, const ImExpr *e, ImExprContext want) {
    ImExprContext have = IM_AST_Load;
    switch (e->kind) {
    case IM_AST_Attribute: have = e->v.Attribute.ctx; break;
    case IM_AST_Subscript: have = e->v.Subscript.ctx; break;
    case IM_AST_Starred: have = e->v.Starred.ctx; break;
    case IM_AST_Name: have = e->v.Name.ctx; break;
    case IM_AST_List: have = e->v.List.ctx; break;
    case IM_AST_Tuple: have = e->v.Tuple.ctx; break;
    default:
        if (want != IM_AST_Load) return BAD(c, "expression which can't be assigned to in %s context", context_name(want));
        return true;
    }
    return have == want || BAD(c, "expression must have %s context but has %s instead", context_name(want), context_name(have));
}

#define LOAD(e) expr(c, (e), IM_AST_Load)

static bool expr(Check *c, const ImExpr *e, ImExprContext ctx) {
    if (im_front_too_deep(&c->f, "maximum recursion depth exceeded during compilation") || !positions(c, e) || !check_context(c, e, ctx)) return false;
    switch (e->kind) {
    case IM_AST_BoolOp:
        if (e->v.BoolOp.values.n < 2) return BAD(c, "BoolOp with less than 2 values");
        return exprs(c, &e->v.BoolOp.values, IM_AST_Load, false);
    case IM_AST_BinOp: return LOAD(e->v.BinOp.left) && LOAD(e->v.BinOp.right);
    case IM_AST_UnaryOp: return LOAD(e->v.UnaryOp.operand);
    case IM_AST_Lambda: return arguments(c, e->v.Lambda.args) && LOAD(e->v.Lambda.body);
    case IM_AST_IfExp: return LOAD(e->v.IfExp.test) && LOAD(e->v.IfExp.body) && LOAD(e->v.IfExp.orelse);
    case IM_AST_Dict:
        if (e->v.Dict.keys.n != e->v.Dict.values.n) return BAD(c, "Dict doesn't have the same number of keys as values");
        return exprs(c, &e->v.Dict.keys, IM_AST_Load, true) && exprs(c, &e->v.Dict.values, IM_AST_Load, false);
    case IM_AST_Set: return exprs(c, &e->v.Set.elts, IM_AST_Load, false);
    case IM_AST_ListComp: return comprehension(c, &e->v.ListComp.generators) && LOAD(e->v.ListComp.elt);
    case IM_AST_SetComp: return comprehension(c, &e->v.SetComp.generators) && LOAD(e->v.SetComp.elt);
    case IM_AST_GeneratorExp: return comprehension(c, &e->v.GeneratorExp.generators) && LOAD(e->v.GeneratorExp.elt);
    case IM_AST_DictComp: return comprehension(c, &e->v.DictComp.generators) && LOAD(e->v.DictComp.key) && LOAD(e->v.DictComp.value);
    case IM_AST_Await: return LOAD(e->v.Await.value);
    case IM_AST_Yield: return optional(c, e->v.Yield.value);
    case IM_AST_YieldFrom: return LOAD(e->v.YieldFrom.value);
    case IM_AST_Compare:
        if (!e->v.Compare.comparators.n) return BAD(c, "Compare with no comparators");
        if (e->v.Compare.comparators.n != e->v.Compare.ops.n) return BAD(c, "Compare has a different number of comparators and operands");
        return exprs(c, &e->v.Compare.comparators, IM_AST_Load, false) && LOAD(e->v.Compare.left);
    case IM_AST_Call: return LOAD(e->v.Call.func) && exprs(c, &e->v.Call.args, IM_AST_Load, false) && keywords(c, &e->v.Call.keywords);
    case IM_AST_Constant: return constant(c, e->v.Constant.value);
    case IM_AST_JoinedStr: return exprs(c, &e->v.JoinedStr.values, IM_AST_Load, false);
    case IM_AST_FormattedValue: return LOAD(e->v.FormattedValue.value) && optional(c, e->v.FormattedValue.format_spec);
    case IM_AST_Attribute: return LOAD(e->v.Attribute.value);
    case IM_AST_Subscript: return LOAD(e->v.Subscript.slice) && LOAD(e->v.Subscript.value);
    case IM_AST_Starred: return expr(c, e->v.Starred.value, ctx);
    case IM_AST_Slice: return optional(c, e->v.Slice.lower) && optional(c, e->v.Slice.upper) && optional(c, e->v.Slice.step);
    case IM_AST_List: return exprs(c, &e->v.List.elts, ctx, false);
    case IM_AST_Tuple: return exprs(c, &e->v.Tuple.elts, ctx, false);
    case IM_AST_NamedExpr:
        if (e->v.NamedExpr.target->kind != IM_AST_Name) return fail(c, IM_ERR_TYPE, "NamedExpr target must be a Name");
        return LOAD(e->v.NamedExpr.value);
    case IM_AST_Name: return name(c, e->v.Name.id);
    default: return true;
    }
}

/* ---- patterns ---- */

static bool pattern_value(Check *c, const ImExpr *e) {
    if (!LOAD(e)) return false;
    switch (e->kind) {
    case IM_AST_Constant: {
        int k = e->v.Constant.value->kind;
        bool literal = k == IM_CONST_INT || k == IM_CONST_BIGINT || k == IM_CONST_FLOAT || k == IM_CONST_COMPLEX || k == IM_CONST_STR || k == IM_CONST_BYTES
            || k == IM_CONST_OBJECT;
        if (!literal) return BAD(c, "unexpected constant inside of a literal pattern");
        return true;
    }
    case IM_AST_Attribute: case IM_AST_UnaryOp: case IM_AST_BinOp: case IM_AST_JoinedStr: return true;
    default: return BAD(c, "patterns may only match literals and attribute lookups");
    }
}

static bool capture(Check *c, const ImName *n) {
    if (!strcmp(n->s, "_")) return BAD(c, "can't capture name '_' in patterns");
    return name(c, n);
}

static bool patterns(Check *c, const ImPatternSeq *s, bool star_ok) {
    for (int i = 0; i < s->n; i++)
        if (!pattern(c, s->v[i], star_ok)) return false;
    return true;
}

static bool pattern(Check *c, const ImPattern *p, bool star_ok) {
    if (im_front_too_deep(&c->f, "maximum recursion depth exceeded during compilation") || !positions(c, p)) return false;
    switch (p->kind) {
    case IM_AST_MatchValue: return pattern_value(c, p->v.MatchValue.value);
    case IM_AST_MatchSingleton: {
        int k = p->v.MatchSingleton.value->kind;
        return k == IM_CONST_NONE || k == IM_CONST_TRUE || k == IM_CONST_FALSE || BAD(c, "MatchSingleton can only contain True, False and None");
    }
    case IM_AST_MatchSequence: return patterns(c, &p->v.MatchSequence.patterns, true);
    case IM_AST_MatchMapping: {
        const ImExprSeq *keys = &p->v.MatchMapping.keys;
        if (keys->n != p->v.MatchMapping.patterns.n) return BAD(c, "MatchMapping doesn't have the same number of keys as patterns");
        if (p->v.MatchMapping.rest && !capture(c, p->v.MatchMapping.rest)) return false;
        for (int i = 0; i < keys->n; i++) {
            const ImExpr *k = keys->v[i];
            bool constant_name = k->kind == IM_AST_Constant && (k->v.Constant.value->kind == IM_CONST_TRUE || k->v.Constant.value->kind == IM_CONST_FALSE
                                                                || k->v.Constant.value->kind == IM_CONST_NONE);
            if (!constant_name && !pattern_value(c, k)) return false;
        }
        return patterns(c, &p->v.MatchMapping.patterns, false);
    }
    case IM_AST_MatchClass: {
        if (p->v.MatchClass.kwd_attrs.n != p->v.MatchClass.kwd_patterns.n)
            return BAD(c, "MatchClass doesn't have the same number of keyword attributes as patterns");
        if (!LOAD(p->v.MatchClass.cls)) return false;
        const ImExpr *cls = p->v.MatchClass.cls;
        while (cls->kind == IM_AST_Attribute) cls = cls->v.Attribute.value;
        if (cls->kind != IM_AST_Name) return BAD(c, "MatchClass cls field can only contain Name or Attribute nodes.");
        for (int i = 0; i < p->v.MatchClass.kwd_attrs.n; i++)
            if (!name(c, p->v.MatchClass.kwd_attrs.v[i])) return false;
        return patterns(c, &p->v.MatchClass.patterns, false) && patterns(c, &p->v.MatchClass.kwd_patterns, false);
    }
    case IM_AST_MatchStar:
        if (!star_ok) return BAD(c, "can't use MatchStar here");
        return !p->v.MatchStar.name || capture(c, p->v.MatchStar.name);
    case IM_AST_MatchAs:
        if (p->v.MatchAs.name && !capture(c, p->v.MatchAs.name)) return false;
        if (!p->v.MatchAs.pattern) return true;
        if (!p->v.MatchAs.name) return BAD(c, "MatchAs must specify a target name if a pattern is given");
        return pattern(c, p->v.MatchAs.pattern, false);
    case IM_AST_MatchOr:
        if (p->v.MatchOr.patterns.n < 2) return BAD(c, "MatchOr requires at least 2 patterns");
        return patterns(c, &p->v.MatchOr.patterns, false);
    default: return true;
    }
}

/* ---- statements ---- */

static bool type_params(Check *c, const ImTypeParamSeq *s) {
    for (int i = 0; i < s->n; i++) {
        const ImTypeParam *p = s->v[i];
        const ImExpr *d;
        const ImName *n;
        if (p->kind == IM_AST_TypeVar) n = p->v.TypeVar.name, d = p->v.TypeVar.default_value;
        else if (p->kind == IM_AST_ParamSpec) n = p->v.ParamSpec.name, d = p->v.ParamSpec.default_value;
        else n = p->v.TypeVarTuple.name, d = p->v.TypeVarTuple.default_value;
        if (!positions(c, p) || !name(c, n) || !optional(c, d)) return false;
        if (p->kind == IM_AST_TypeVar && !optional(c, p->v.TypeVar.bound)) return false;
    }
    return true;
}

static bool try_stmt(Check *c, const ImStmt *s, const char *owner) {
    if (!body(c, &s->v.Try.body, owner)) return false;
    if (!s->v.Try.handlers.n && !s->v.Try.finalbody.n) return BAD(c, "%s has neither except handlers nor finalbody", owner);
    if (!s->v.Try.handlers.n && s->v.Try.orelse.n) return BAD(c, "%s has orelse but no except handlers", owner);
    for (int i = 0; i < s->v.Try.handlers.n; i++) {
        const ImExceptHandler *h = s->v.Try.handlers.v[i];
        if (!positions(c, h) || !optional(c, h->v.ExceptHandler.type) || !body(c, &h->v.ExceptHandler.body, "ExceptHandler")) return false;
    }
    return (!s->v.Try.finalbody.n || stmts(c, &s->v.Try.finalbody)) && (!s->v.Try.orelse.n || stmts(c, &s->v.Try.orelse));
}

static bool stmt(Check *c, const ImStmt *s) {
    if (im_front_too_deep(&c->f, "maximum recursion depth exceeded during compilation") || !positions(c, s)) return false;
    switch (s->kind) {
    case IM_AST_FunctionDef: case IM_AST_AsyncFunctionDef:
        return body(c, &s->v.FunctionDef.body, im_ast_nodes[s->kind].name) && type_params(c, &s->v.FunctionDef.type_params)
            && arguments(c, s->v.FunctionDef.args) && exprs(c, &s->v.FunctionDef.decorator_list, IM_AST_Load, false) && optional(c, s->v.FunctionDef.returns);
    case IM_AST_ClassDef:
        return body(c, &s->v.ClassDef.body, "ClassDef") && type_params(c, &s->v.ClassDef.type_params) && exprs(c, &s->v.ClassDef.bases, IM_AST_Load, false)
            && keywords(c, &s->v.ClassDef.keywords) && exprs(c, &s->v.ClassDef.decorator_list, IM_AST_Load, false);
    case IM_AST_Return: return optional(c, s->v.Return.value);
    case IM_AST_Delete: return nonempty(c, s->v.Delete.targets.n, "targets", "Delete") && exprs(c, &s->v.Delete.targets, IM_AST_Del, false);
    case IM_AST_Assign:
        return nonempty(c, s->v.Assign.targets.n, "targets", "Assign") && exprs(c, &s->v.Assign.targets, IM_AST_Store, false) && LOAD(s->v.Assign.value);
    case IM_AST_AugAssign: return expr(c, s->v.AugAssign.target, IM_AST_Store) && LOAD(s->v.AugAssign.value);
    case IM_AST_AnnAssign:
        if (s->v.AnnAssign.target->kind != IM_AST_Name && s->v.AnnAssign.simple) return fail(c, IM_ERR_TYPE, "AnnAssign with simple non-Name target");
        return expr(c, s->v.AnnAssign.target, IM_AST_Store) && optional(c, s->v.AnnAssign.value) && LOAD(s->v.AnnAssign.annotation);
    case IM_AST_TypeAlias:
        if (s->v.TypeAlias.name->kind != IM_AST_Name) return fail(c, IM_ERR_TYPE, "TypeAlias with non-Name name");
        return expr(c, s->v.TypeAlias.name, IM_AST_Store) && type_params(c, &s->v.TypeAlias.type_params) && LOAD(s->v.TypeAlias.value);
    case IM_AST_For: case IM_AST_AsyncFor:
        return expr(c, s->v.For.target, IM_AST_Store) && LOAD(s->v.For.iter) && body(c, &s->v.For.body, im_ast_nodes[s->kind].name) && stmts(c, &s->v.For.orelse);
    case IM_AST_While: return LOAD(s->v.While.test) && body(c, &s->v.While.body, "While") && stmts(c, &s->v.While.orelse);
    case IM_AST_If: return LOAD(s->v.If.test) && body(c, &s->v.If.body, "If") && stmts(c, &s->v.If.orelse);
    case IM_AST_With: case IM_AST_AsyncWith:
        if (!nonempty(c, s->v.With.items.n, "items", im_ast_nodes[s->kind].name)) return false;
        for (int i = 0; i < s->v.With.items.n; i++) {
            const ImWithItem *w = s->v.With.items.v[i];
            if (!LOAD(w->context_expr) || (w->optional_vars && !expr(c, w->optional_vars, IM_AST_Store))) return false;
        }
        return body(c, &s->v.With.body, im_ast_nodes[s->kind].name);
    case IM_AST_Match:
        if (!LOAD(s->v.Match.subject) || !nonempty(c, s->v.Match.cases.n, "cases", "Match")) return false;
        for (int i = 0; i < s->v.Match.cases.n; i++) {
            const ImMatchCase *m = s->v.Match.cases.v[i];
            if (!pattern(c, m->pattern, false) || !optional(c, m->guard) || !body(c, &m->body, "match_case")) return false;
        }
        return true;
    case IM_AST_Raise:
        if (s->v.Raise.exc) return LOAD(s->v.Raise.exc) && optional(c, s->v.Raise.cause);
        return !s->v.Raise.cause || BAD(c, "Raise with cause but no exception");
    case IM_AST_Try: return try_stmt(c, s, "Try");
    case IM_AST_TryStar: return try_stmt(c, s, "TryStar");
    case IM_AST_Assert: return LOAD(s->v.Assert.test) && optional(c, s->v.Assert.msg);
    case IM_AST_Import: return nonempty(c, s->v.Import.names.n, "names", "Import");
    case IM_AST_ImportFrom:
        if (s->v.ImportFrom.level < 0) return BAD(c, "Negative ImportFrom level");
        return nonempty(c, s->v.ImportFrom.names.n, "names", "ImportFrom");
    case IM_AST_Global: return nonempty(c, s->v.Global.names.n, "names", "Global");
    case IM_AST_Nonlocal: return nonempty(c, s->v.Nonlocal.names.n, "names", "Nonlocal");
    case IM_AST_Expr: return LOAD(s->v.Expr.value);
    default: return true;
    }
}

static bool stmts(Check *c, const ImStmtSeq *s) {
    for (int i = 0; i < s->n; i++) {
        if (s->v[i] ? !stmt(c, s->v[i]) : !BAD(c, "None disallowed in statement list")) return false;
    }
    return true;
}

bool im_ast_check(ImArena *a, const ImMod *mod, ImSyntaxErr *err, const char *stack_limit) {
    Check c = {.f = {.arena = a, .err = err, .stack_limit = stack_limit}};
    switch (mod->kind) {
    case IM_AST_Module: return stmts(&c, &mod->v.Module.body);
    case IM_AST_Interactive: return stmts(&c, &mod->v.Interactive.body);
    case IM_AST_Expression: return expr(&c, mod->v.Expression.body, IM_AST_Load);
    default: return exprs(&c, &mod->v.FunctionType.argtypes, IM_AST_Load, false) && expr(&c, mod->v.FunctionType.returns, IM_AST_Load);
    }
}
