/* Code generation: functions and lambdas.
   SPDX-License-Identifier: MIT */
#include "cg.h"

#include <string.h>

enum { HAS_DEFAULTS = 1, HAS_KWDEFAULTS = 2, HAS_ANNOTATIONS = 4, HAS_CLOSURE = 8 };

void cg_make_function(Cg *c, ImUnit *unit, Reg parts, int flags, Reg dst, const void *pos) {
    if (cg_push_closure(c, unit, pos)) flags |= HAS_CLOSURE;
    cg_emit(c, OP_MAKEFUNC, dst, flags ? parts : dst, (Reg)flags, pos)->extra = cg_unit_const(c, unit);
}

/* ---- defaults and annotations ---- */

static bool is_debug(const ImArg *a) { return !strcmp(a->arg->s, "__debug__"); }

static void check_args(Cg *c, const ImArguments *a) {
    const ImArgSeq *lists[] = {&a->posonlyargs, &a->args, &a->kwonlyargs};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < lists[k]->n; i++)
            if (is_debug(lists[k]->v[i])) im_front_error(c->f, lists[k]->v[i], "cannot assign to __debug__");
    if (a->vararg && is_debug(a->vararg)) im_front_error(c->f, a->vararg, "cannot assign to __debug__");
    if (a->kwarg && is_debug(a->kwarg)) im_front_error(c->f, a->kwarg, "cannot assign to __debug__");
}

static bool push_defaults(Cg *c, const ImArguments *a, const void *pos) {
    if (!a->defaults.n) return false;
    Reg t = cg_push(c);
    bool constant = true;
    for (int i = 0; i < a->defaults.n; i++) constant &= a->defaults.v[i]->kind == IM_AST_Constant;
    if (constant) {
        ImConst *k = cg_tuple_const(c, a->defaults.n);
        for (int i = 0; i < k->u.seq.n; i++) k->u.seq.v[i] = a->defaults.v[i]->v.Constant.value;
        int line = ((const ImNode *)pos)->lineno;
        for (int i = 0; i < a->defaults.n; i++) { /* the lines that the constants stand on are shown */
            if (a->defaults.v[i]->lineno != line) cg_emit(c, OP_NOP, 0, 0, 0, a->defaults.v[i]);
            line = a->defaults.v[i]->lineno;
        }
        cg_load_const(c, k, t, pos);
    } else cg_sequence(c, OP_BUILDTUPLE, &a->defaults, t, pos);
    return true;
}

static bool push_kwdefaults(Cg *c, const ImArguments *a, const void *pos) {
    int n = 0;
    for (int i = 0; i < a->kw_defaults.n; i++) n += a->kw_defaults.v[i] != NULL;
    if (!n) return false;
    Reg d = cg_push(c);
    uint32_t mark = cg_mark(c);
    cg_emit(c, OP_BUILDMAP, d, d, 0, pos);
    for (int i = 0; i < a->kw_defaults.n; i++) {
        if (!a->kw_defaults.v[i]) continue;
        Reg k = cg_push(c);
        cg_load_str(c, cg_mangle(c, a->kwonlyargs.v[i]->arg), k, pos);
        cg_emit(c, OP_MAPADD, d, k, cg_any(c, a->kw_defaults.v[i]), pos);
        cg_release(c, mark);
    }
    return true;
}

void cg_annotation(Cg *c, const ImExpr *e, Reg dst) {
    if (!(c->f->future & IM_FUTURE_ANNOTATIONS)) {
        cg_to(c, e, dst);
        return;
    }
    size_t len;
    const char *s = im_unparse(c->f, e, &len);
    const ImName *n = s ? im_arena_name(c->f->arena, s, len) : NULL;
    if (n) cg_load_str(c, n, dst, e);
    else im_front_memory(c->f);
}

/* Annotations are gathered as name, value, … in temporaries; a list takes over when there are many. */
typedef struct Gather { Reg first; uint32_t n; bool any, list; const void *pos; } Gather;

static void gather(Cg *c, Gather *g, const ImName *name, const ImExpr *e) {
    if (!e) return;
    if (!g->any) g->first = CG_TEMP + (Reg)cg_mark(c);
    g->any = true;
    if (!g->list && (g->n >= 32 || cg_room(c) < 6)) {
        if (!g->n) cg_push(c);
        cg_emit(c, OP_BUILDLIST, g->first, g->first, (Reg)g->n, g->pos);
        cg_release(c, (uint32_t)(g->first - CG_TEMP) + 1);
        g->list = true;
    }
    Reg k = cg_push(c);
    cg_load_str(c, cg_mangle(c, name), k, g->pos);
    if (g->list) {
        cg_emit(c, OP_LISTAPPEND, g->first, k, 0, g->pos);
        cg_release(c, cg_mark(c) - 1);
    }
    Reg v = cg_push(c);
    if (e->kind == IM_AST_Starred && !(c->f->future & IM_FUTURE_ANNOTATIONS)) { /* *args: *Ts */
        cg_to(c, e->v.Starred.value, v);
        cg_emit(c, OP_UNPACK, v, v, 1, e);
    } else cg_annotation(c, e, v);
    if (g->list) {
        cg_emit(c, OP_LISTAPPEND, g->first, v, 0, g->pos);
        cg_release(c, cg_mark(c) - 1);
    }
    g->n += 2;
}

static bool push_annotations(Cg *c, const ImArguments *a, const ImExpr *returns, const void *pos) {
    Gather g = {.pos = pos};
    for (int i = 0; i < a->args.n; i++) gather(c, &g, a->args.v[i]->arg, a->args.v[i]->annotation);
    for (int i = 0; i < a->posonlyargs.n; i++) gather(c, &g, a->posonlyargs.v[i]->arg, a->posonlyargs.v[i]->annotation);
    if (a->vararg) gather(c, &g, a->vararg->arg, a->vararg->annotation);
    for (int i = 0; i < a->kwonlyargs.n; i++) gather(c, &g, a->kwonlyargs.v[i]->arg, a->kwonlyargs.v[i]->annotation);
    if (a->kwarg) gather(c, &g, a->kwarg->arg, a->kwarg->annotation);
    gather(c, &g, cg_name(c, "return"), returns);
    if (!g.any) return false;
    if (g.list) cg_emit(c, OP_LISTTOTUPLE, g.first, g.first, 0, pos);
    else cg_emit(c, OP_BUILDTUPLE, g.first, g.first, (Reg)g.n, pos);
    cg_release(c, (uint32_t)(g.first - CG_TEMP) + 1);
    return true;
}

/* ---- bodies ---- */

static void set_counts(Cg *c, const ImArguments *a) {
    Unit *u = c->u;
    u->posonly = a->posonlyargs.n;
    u->argcount = a->posonlyargs.n + a->args.n;
    u->kwonly = a->kwonlyargs.n;
    u->has_super_first = u->argcount > 0;
}

static ImUnit *function_unit(Cg *c, const ImStmt *s, int firstlineno) {
    ImScope *scope = im_scope_of(c->st, s);
    bool async = s->kind == IM_AST_AsyncFunctionDef;
    const ImStmtSeq *body = &s->v.FunctionDef.body;
    const ImConst *doc = cg_docstring(c, body);
    cg_unit_enter(c, scope, async ? UNIT_ASYNC_FUNCTION : UNIT_FUNCTION, s->v.FunctionDef.name, firstlineno);
    set_counts(c, s->v.FunctionDef.args);
    ImStmtSeq rest = *body;
    cg_const_index(c, doc ? doc : &cg_none_const); /* the first constant is the docstring or None */
    if (doc) {
        rest.v++;
        rest.n--;
    }
    cg_stmts(c, &rest);
    return cg_unit_leave(c);
}

static void push_param(Cg *c, const char *name, const void *pos) { cg_load_name(c, cg_name(c, name), cg_push(c), pos); }

/* A generic function: its type parameters and annotations are evaluated in a function of their own, called at once with the defaults. */
static void generic_function(Cg *c, const ImStmt *s, int firstlineno, Reg dst) {
    const ImArguments *a = s->v.FunctionDef.args;
    uint32_t mark = cg_mark(c);
    Reg fn = cg_push(c);
    bool defaults = push_defaults(c, a, s), kwdefaults = push_kwdefaults(c, a, s);
    const ImName *name = cg_name(c, im_front_format(c->f, "<generic parameters of %U>", s->v.FunctionDef.name));
    cg_unit_enter(c, im_scope_of(c->st, IM_KEY_TYPE_PARAMS(s)), UNIT_TYPE_PARAMS, name, firstlineno);
    c->u->argcount = defaults + kwdefaults;
    Reg f = cg_push(c), tp = cg_push(c), parts = CG_TEMP + (Reg)cg_mark(c);
    cg_type_params(c, &s->v.FunctionDef.type_params, tp, s);
    int flags = 0;
    if (defaults) push_param(c, ".defaults", s), flags |= HAS_DEFAULTS;
    if (kwdefaults) push_param(c, ".kwdefaults", s), flags |= HAS_KWDEFAULTS;
    if (push_annotations(c, a, s->v.FunctionDef.returns, s)) flags |= HAS_ANNOTATIONS;
    ImUnit *unit = function_unit(c, s, firstlineno);
    cg_make_function(c, unit, parts, flags, f, s);
    cg_emit(c, OP_INTRINSIC, f, f, IM_INTR_FUNC_TYPE_PARAMS, s);
    cg_emit(c, OP_RETURN, f, (Reg)cg_mark(c), 0, s);
    cg_release(c, 0);
    ImUnit *outer = cg_unit_leave(c);
    uint32_t args = cg_mark(c);
    cg_make_function(c, outer, CG_TEMP + (Reg)args, 0, fn, s);
    cg_emit(c, OP_CALL, fn, (Reg)(defaults + kwdefaults), dst, s)->extra = 0xFFFF;
    cg_release(c, mark);
}

static void plain_function(Cg *c, const ImStmt *s, int firstlineno, Reg dst) {
    const ImArguments *a = s->v.FunctionDef.args;
    uint32_t mark = cg_mark(c);
    Reg parts = CG_TEMP + (Reg)mark;
    int flags = 0;
    if (push_defaults(c, a, s)) flags |= HAS_DEFAULTS;
    if (push_kwdefaults(c, a, s)) flags |= HAS_KWDEFAULTS;
    if (push_annotations(c, a, s->v.FunctionDef.returns, s)) flags |= HAS_ANNOTATIONS;
    ImUnit *unit = function_unit(c, s, firstlineno);
    cg_make_function(c, unit, parts, flags, dst, s);
    cg_release(c, mark);
}

/* Decorators stay in temporaries below the function and are called from the innermost out. */
Reg cg_push_decorators(Cg *c, const ImExprSeq *d) {
    Reg first = CG_TEMP + (Reg)cg_mark(c);
    for (int i = 0; i < d->n; i++) cg_tmp(c, d->v[i]);
    return first;
}

void cg_apply_decorators(Cg *c, const ImExprSeq *d, Reg first, Reg dst) {
    for (int i = d->n - 1; i >= 0; i--)
        cg_emit(c, OP_CALL, first + (Reg)i, 1, i ? first + (Reg)i : dst, d->v[i])->extra = 0xFFFF;
}

void cg_function_def(Cg *c, const ImStmt *s) {
    const ImExprSeq *d = &s->v.FunctionDef.decorator_list;
    int firstlineno = d->n ? d->v[0]->lineno : s->lineno;
    uint32_t mark = cg_mark(c);
    check_args(c, s->v.FunctionDef.args);
    Reg first = cg_push_decorators(c, d);
    Reg local = cg_name_register(c, s->v.FunctionDef.name), f = d->n || local == CG_NONE ? cg_push(c) : local;
    if (s->v.FunctionDef.type_params.n) generic_function(c, s, firstlineno, f);
    else plain_function(c, s, firstlineno, f);
    Reg result = d->n ? first : f; /* decorated: stored by an instruction of the line of `def` */
    cg_apply_decorators(c, d, first, result);
    if (d->n || local == CG_NONE || !strcmp(s->v.FunctionDef.name->s, "__debug__")) cg_store_name(c, s->v.FunctionDef.name, result, s);
    cg_release(c, mark);
}

void cg_lambda(Cg *c, const ImExpr *e, Reg dst) {
    const ImArguments *a = e->v.Lambda.args;
    uint32_t mark = cg_mark(c);
    Reg parts = CG_TEMP + (Reg)mark;
    int flags = 0;
    check_args(c, a);
    if (push_defaults(c, a, e)) flags |= HAS_DEFAULTS;
    if (push_kwdefaults(c, a, e)) flags |= HAS_KWDEFAULTS;
    cg_unit_enter(c, im_scope_of(c->st, e), UNIT_LAMBDA, cg_name(c, "<lambda>"), e->lineno);
    cg_const_index(c, &cg_none_const);
    set_counts(c, a);
    Reg r = cg_any(c, e->v.Lambda.body);
    cg_emit(c, OP_RETURN, r, (Reg)cg_mark(c), 0, e->v.Lambda.body);
    cg_release(c, 0);
    ImUnit *unit = cg_unit_leave(c);
    cg_make_function(c, unit, parts, flags, dst, e);
    cg_release(c, mark);
}
