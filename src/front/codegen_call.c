/* Code generation: calls, method calls, super().
   SPDX-License-Identifier: MIT */
#include "cg.h"

#include <string.h>

enum { MANY_ARGS = 30 };

static bool is_name(const ImExpr *e, const char *s) { return e->kind == IM_AST_Name && !strcmp(e->v.Name.id->s, s); }

void cg_check_keywords(Cg *c, const ImKeywordSeq *kws) {
    for (int i = 0; i < kws->n; i++) {
        const ImName *arg = kws->v[i]->arg;
        if (!arg) continue;
        if (!strcmp(arg->s, "__debug__")) im_front_error(c->f, kws->v[i], "cannot assign to __debug__");
        for (int j = i + 1; j < kws->n; j++)
            if (kws->v[j]->arg == arg) im_front_error(c->f, kws->v[j], "keyword argument repeated: %U", arg);
    }
}

static void check_caller(Cg *c, const ImExpr *call) {
    const ImExpr *f = call->v.Call.func;
    if (f->kind == IM_AST_Lambda) return;
    const char *type = cg_display_type(f);
    if (type) im_front_warn(c->f, f, "'%s' object is not callable; perhaps you missed a comma?", type);
}

/* ---- super ---- */

/* super() and super(a, b) with the built-in super, as far as names tell; the instruction checks at run time. */
static bool is_super_call(Cg *c, const ImExpr *e) {
    if (e->kind != IM_AST_Call || !is_name(e->v.Call.func, "super") || e->v.Call.keywords.n) return false;
    const ImScope *frame = c->u->scope;
    if (!im_scope_is_function_like(frame)) return false;
    const ImName *super = e->v.Call.func->v.Name.id;
    Access a = cg_access(c, super);
    if (a.kind != ACCESS_GLOBAL || (a.sym && a.sym->place != IM_PLACE_GLOBAL_IMPLICIT)) return false;
    const ImSym *top = im_scope_find(c->st->top, super);
    if (top && (top->flags & IM_DEF_BOUND)) return false;
    const ImExprSeq *args = &e->v.Call.args;
    if (args->n == 2) return args->v[0]->kind != IM_AST_Starred && args->v[1]->kind != IM_AST_Starred;
    if (args->n != 0 || !c->u->has_super_first) return false;
    Access k = cg_access(c, cg_name(c, "__class__"));
    return k.kind == ACCESS_FREE;
}

bool cg_attribute_of_super(Cg *c, const ImExpr *e, Reg a, Reg dst, bool method) {
    const ImExpr *call = e->v.Attribute.value;
    if (!strcmp(e->v.Attribute.attr->s, "__class__") || !is_super_call(c, call)) return false;
    uint32_t mark = cg_mark(c);
    (void)a;
    Reg t = cg_push_n(c, 3);
    cg_load_name(c, call->v.Call.func->v.Name.id, t, call->v.Call.func);
    if (call->v.Call.args.n) {
        cg_to(c, call->v.Call.args.v[0], t + 1);
        cg_to(c, call->v.Call.args.v[1], t + 2);
    } else {
        cg_load_name(c, cg_name(c, "__class__"), t + 1, call);
        cg_load_name(c, c->u->scope->varnames[0], t + 2, call);
    }
    cg_emit_name(c, OP_LOADSUPER, dst, t + 1, (Reg)(method | (call->v.Call.args.n ? 0 : 2)), cg_mangle(c, e->v.Attribute.attr), cg_attribute_pos(c, e, e));
    cg_release(c, mark);
    return true;
}

/* ---- arguments ---- */

static bool has_star(const ImExprSeq *args, const ImKeywordSeq *kws) {
    for (int i = 0; i < args->n; i++)
        if (args->v[i]->kind == IM_AST_Starred) return true;
    for (int i = 0; i < kws->n; i++)
        if (!kws->v[i]->arg) return true;
    return false;
}

static bool too_many(Cg *c, int nargs, const ImKeywordSeq *kws) {
    int n = nargs + kws->n;
    if (n > MANY_ARGS) return true;
    return n > 4 && (uint32_t)n + 4 > cg_room(c);
}

/* Positional arguments as one tuple in a new temporary. npushed of them, from `first` on, are in temporaries already. */
static void push_args_tuple(Cg *c, Reg callee, uint32_t npushed, const ImExprSeq *args, const ImName *extra, const void *pos) {
    Reg d = callee + 1;
    if (!npushed && !extra && args->n == 1 && args->v[0]->kind == IM_AST_Starred) {
        cg_to(c, args->v[0]->v.Starred.value, cg_push(c));
        return;
    }
    int n = 0, limit = (int)cg_room(c) - 4;
    bool star = false;
    for (int i = 0; i < args->n; i++) star |= args->v[i]->kind == IM_AST_Starred;
    if (!star && !extra && limit >= args->n && args->n < 100) n = args->n;
    for (int i = 0; i < n; i++) cg_tmp(c, args->v[i]);
    if (!star && !extra && n == args->n) {
        uint32_t count = npushed + (uint32_t)n;
        if (!count) cg_push(c);
        cg_emit(c, OP_BUILDTUPLE, d, d, (Reg)count, pos);
        cg_release(c, (uint32_t)(d - CG_TEMP) + 1);
        return;
    }
    if (!npushed) cg_push(c);
    cg_emit(c, OP_BUILDLIST, d, d, (Reg)npushed, pos);
    cg_release(c, (uint32_t)(d - CG_TEMP) + 1);
    uint32_t mark = cg_mark(c);
    for (int i = 0; i < args->n; i++) {
        const ImExpr *x = args->v[i];
        if (x->kind == IM_AST_Starred) cg_emit(c, OP_LISTEXTEND, d, cg_any(c, x->v.Starred.value), 0, pos);
        else cg_emit(c, OP_LISTAPPEND, d, cg_any(c, x), 0, pos);
        cg_release(c, mark);
    }
    if (extra) {
        Reg t = cg_push(c);
        cg_load_name(c, extra, t, pos);
        cg_emit(c, OP_LISTAPPEND, d, t, 0, pos);
        cg_release(c, mark);
    }
    cg_emit(c, OP_LISTTOTUPLE, d, d, 0, pos);
}

/* Keyword arguments as one dict in a new temporary. */
static void push_kwargs_dict(Cg *c, Reg callee, const ImKeywordSeq *kws, const void *pos) {
    Reg d = cg_push(c);
    uint32_t mark = cg_mark(c);
    int i = 0;
    cg_emit(c, OP_BUILDMAP, d, d, 0, pos);
    while (i < kws->n) {
        if (!kws->v[i]->arg) {
            cg_emit(c, OP_DICTMERGE, d, cg_any(c, kws->v[i]->value), callee, pos);
            cg_release(c, mark);
            i++;
            continue;
        }
        /* Names that follow a ** must not repeat its keys: they are gathered, then merged. */
        bool merge = i > 0;
        Reg m = merge ? cg_push(c) : d;
        if (merge) cg_emit(c, OP_BUILDMAP, m, m, 0, pos);
        uint32_t inner = cg_mark(c);
        for (; i < kws->n && kws->v[i]->arg; i++) {
            Reg k = cg_push(c);
            cg_load_str(c, kws->v[i]->arg, k, kws->v[i]);
            cg_emit(c, OP_MAPADD, m, k, cg_any(c, kws->v[i]->value), kws->v[i]);
            cg_release(c, inner);
        }
        if (merge) cg_emit(c, OP_DICTMERGE, d, m, callee, pos);
        cg_release(c, mark);
    }
}

/* The keyword names as a tuple constant: its index, or 0xFFFF when there are none. */
static uint32_t keyword_names(Cg *c, const ImKeywordSeq *kws) {
    if (!kws->n) return 0xFFFF;
    ImConst *k = cg_tuple_const(c, kws->n);
    for (int i = 0; i < k->u.seq.n; i++) k->u.seq.v[i] = cg_str_const(c, kws->v[i]->arg);
    return cg_const_index(c, k);
}

/* Calls the callable in temporary fn, with npushed arguments in the temporaries after it, then args, then the variable `extra`, then keywords. */
void cg_call_with(Cg *c, Reg fn, uint32_t npushed, const ImExprSeq *args, const ImKeywordSeq *kws, const ImName *extra, Reg dst, const void *pos) {
    cg_check_keywords(c, kws);
    bool star = has_star(args, kws) || too_many(c, args->n + (int)npushed, kws);
    uint32_t names = star ? 0xFFFF : keyword_names(c, kws);
    if (!star && kws->n && names >= 0xFFFF) star = true;
    if (star) {
        push_args_tuple(c, fn, npushed, args, extra, pos);
        const bool one_mapping = kws->n == 1 && !kws->v[0]->arg; /* as it is: who needs a copy makes it */
        if (one_mapping) (void)cg_tmp(c, kws->v[0]->value);
        else if (kws->n) push_kwargs_dict(c, fn, kws, pos);
        cg_emit(c, OP_CALLEX, fn, kws->n > 0, dst, pos);
        return;
    }
    for (int i = 0; i < args->n; i++) cg_tmp(c, args->v[i]);
    if (extra) cg_load_name(c, extra, cg_push(c), pos);
    for (int i = 0; i < kws->n; i++) cg_tmp(c, kws->v[i]->value);
    cg_emit(c, OP_CALL, fn, (Reg)(npushed + (uint32_t)args->n + (extra != NULL) + (uint32_t)kws->n), dst, pos)->extra = names;
}

/* ---- method calls ---- */

static bool method_call(Cg *c, const ImExpr *e, Reg dst) {
    const ImExpr *f = e->v.Call.func;
    const ImExprSeq *args = &e->v.Call.args;
    const ImKeywordSeq *kws = &e->v.Call.keywords;
    if (f->kind != IM_AST_Attribute || has_star(args, kws) || too_many(c, args->n, kws)) return false;
    uint32_t mark = cg_mark(c), names = 0xFFFF;
    Reg a = cg_is_temp(dst) && cg_is_top(c, dst) ? dst : cg_push(c);
    const void *pos = cg_attribute_pos(c, e, f);
    cg_check_keywords(c, kws);
    if (kws->n && (names = keyword_names(c, kws)) >= 0xFFFF) {
        cg_release(c, mark);
        return false;
    }
    uint32_t name = cg_name_index(c, cg_mangle(c, f->v.Attribute.attr));
    if (name > 0xFFFF) {
        cg_release(c, mark);
        return false;
    }
    if (!cg_attribute_of_super(c, f, a, a, true)) {
        Reg o = cg_any_at(c, f->v.Attribute.value, a);
        cg_emit(c, OP_LOADMETHOD, a, o, 0, cg_attribute_pos(c, f, f))->extra = name;
    }
    cg_release(c, (uint32_t)(a - CG_TEMP) + 1);
    cg_push(c);
    for (int i = 0; i < args->n; i++) cg_tmp(c, args->v[i]);
    for (int i = 0; i < kws->n; i++) cg_tmp(c, kws->v[i]->value);
    cg_emit(c, OP_CALLM, a, (Reg)(args->n + kws->n), dst, pos)->extra = names;
    cg_release(c, mark);
    return true;
}

void cg_call(Cg *c, const ImExpr *e, Reg dst) {
    check_caller(c, e);
    if (method_call(c, e, dst)) return;
    uint32_t mark = cg_mark(c);
    Reg fn = cg_is_temp(dst) && cg_is_top(c, dst) ? dst : cg_push(c);
    cg_to(c, e->v.Call.func, fn);
    cg_call_with(c, fn, 0, &e->v.Call.args, &e->v.Call.keywords, NULL, dst, e);
    cg_release(c, mark);
}
