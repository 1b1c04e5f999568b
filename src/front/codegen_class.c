/* Code generation: classes, type parameters, type aliases.
   SPDX-License-Identifier: MIT */
#include "cg.h"

#include <string.h>

/* ---- type parameters ---- */

/* Bounds, constraints, defaults and alias values are functions without parameters, evaluated when asked for. */
static void lazy_function(Cg *c, const ImExpr *e, const void *key, const ImName *name, Reg dst) {
    cg_unit_enter(c, im_scope_of(c->st, key), UNIT_TYPE_PART, name, e->lineno);
    Reg r;
    if (e->kind == IM_AST_Starred) { /* default of a TypeVarTuple */
        r = cg_push(c);
        cg_to(c, e->v.Starred.value, r);
        cg_emit(c, OP_UNPACK, r, r, 1, e);
    } else r = cg_any(c, e);
    cg_emit(c, OP_RETURN, r, (Reg)cg_mark(c), 0, e);
    cg_release(c, 0);
    ImUnit *unit = cg_unit_leave(c);
    uint32_t mark = cg_mark(c);
    cg_make_function(c, unit, CG_TEMP + (Reg)cg_mark(c), 0, dst, e);
    cg_release(c, mark);
}

static void type_param(Cg *c, const ImTypeParam *tp, Reg dst, bool *seen_default) {
    uint32_t mark = cg_mark(c);
    Reg t = cg_push_n(c, 2);
    const ImName *name;
    const ImExpr *dflt;
    ImIntrinsic how;
    if (tp->kind == IM_AST_TypeVar) {
        const ImExpr *bound = tp->v.TypeVar.bound;
        name = tp->v.TypeVar.name;
        dflt = tp->v.TypeVar.default_value;
        how = !bound ? IM_INTR_TYPEVAR : bound->kind == IM_AST_Tuple ? IM_INTR_TYPEVAR_CONSTRAINTS : IM_INTR_TYPEVAR_BOUND;
        cg_load_str(c, name, t, tp);
        if (bound) lazy_function(c, bound, tp, name, t + 1);
    } else {
        bool spec = tp->kind == IM_AST_ParamSpec;
        name = spec ? tp->v.ParamSpec.name : tp->v.TypeVarTuple.name;
        dflt = spec ? tp->v.ParamSpec.default_value : tp->v.TypeVarTuple.default_value;
        how = spec ? IM_INTR_PARAMSPEC : IM_INTR_TYPEVARTUPLE;
        cg_load_str(c, name, t, tp);
    }
    cg_emit(c, OP_INTRINSIC, t, t, how, tp);
    if (dflt) {
        *seen_default = true;
        lazy_function(c, dflt, IM_KEY_DEFAULT(tp), name, t + 1);
        cg_emit(c, OP_INTRINSIC, t, t, IM_INTR_TYPEPARAM_DEFAULT, tp);
    } else if (*seen_default) im_front_error(c->f, tp, "non-default type parameter '%U' follows default type parameter", name);
    cg_emit(c, OP_COPY, dst, t, 0, tp);
    cg_store_name(c, name, t, tp);
    cg_release(c, mark);
}

void cg_type_params(Cg *c, const ImTypeParamSeq *tps, Reg dst, const void *pos) {
    uint32_t mark = cg_mark(c);
    bool seen_default = false;
    Reg d = cg_scratch(c, dst);
    if (tps->n <= 16) {
        Reg first = cg_push_n(c, (uint32_t)tps->n);
        for (int i = 0; i < tps->n; i++) type_param(c, tps->v[i], first + (Reg)i, &seen_default);
        cg_emit(c, OP_BUILDTUPLE, dst, first, (Reg)tps->n, pos);
    } else {
        cg_emit(c, OP_BUILDLIST, d, d, 0, pos);
        for (int i = 0; i < tps->n; i++) {
            Reg t = cg_push(c);
            type_param(c, tps->v[i], t, &seen_default);
            cg_emit(c, OP_LISTAPPEND, d, t, 0, pos);
            cg_release(c, cg_mark(c) - 1);
        }
        cg_emit(c, OP_LISTTOTUPLE, dst, d, 0, pos);
    }
    cg_release(c, mark);
}

/* ---- type aliases ---- */

/* TypeAliasType from temporaries t, t + 1 (name, parameters) and the value's function. */
static void alias_value(Cg *c, const ImStmt *s, Reg t) {
    const ImName *name = s->v.TypeAlias.name->v.Name.id;
    Reg f = cg_push(c);
    lazy_function(c, s->v.TypeAlias.value, s, name, f);
    cg_emit(c, OP_BUILDTUPLE, t, t, 3, s);
    cg_emit(c, OP_INTRINSIC, t, t, IM_INTR_TYPEALIAS, s);
}

void cg_type_alias(Cg *c, const ImStmt *s) {
    const ImName *name = s->v.TypeAlias.name->v.Name.id;
    uint32_t mark = cg_mark(c);
    Reg t = cg_push(c);
    if (s->v.TypeAlias.type_params.n) {
        const ImName *generic = cg_name(c, im_front_format(c->f, "<generic parameters of %U>", name));
        cg_unit_enter(c, im_scope_of(c->st, IM_KEY_TYPE_PARAMS(s)), UNIT_TYPE_PARAMS, generic, s->lineno);
        Reg in = cg_push_n(c, 2);
        cg_load_str(c, name, in, s->v.TypeAlias.name);
        cg_type_params(c, &s->v.TypeAlias.type_params, in + 1, s);
        alias_value(c, s, in);
        cg_emit(c, OP_RETURN, in, (Reg)cg_mark(c), 0, s);
        cg_release(c, 0);
        ImUnit *unit = cg_unit_leave(c);
        cg_make_function(c, unit, CG_TEMP + (Reg)cg_mark(c), 0, t, s);
        cg_release(c, mark + 1);
        cg_emit(c, OP_CALL, t, 0, t, s)->extra = 0xFFFF;
    } else {
        cg_load_str(c, name, t, s->v.TypeAlias.name);
        cg_load_none(c, cg_push(c), s);
        alias_value(c, s, t);
    }
    cg_store_name(c, name, t, s);
    cg_release(c, mark);
}

/* ---- classes ---- */

void cg_note_static_attribute(Cg *c, const ImExpr *e) {
    const ImExpr *o = e->v.Attribute.value;
    if (o->kind != IM_AST_Name || strcmp(o->v.Name.id->s, "self")) return;
    for (Unit *u = c->u; u; u = u->parent) {
        if (u->kind != UNIT_CLASS) continue;
        const ImName *attr = e->v.Attribute.attr;
        if (im_ptrmap_get(&u->static_seen, attr)) return;
        im_ptrmap_set(c->f, &u->static_seen, attr, (void *)attr);
        IM_FRONT_GROW(c->f, u->static_attrs, u->nstatic, u->static_cap);
        u->static_attrs[u->nstatic++] = attr;
        return;
    }
}

static void store_const(Cg *c, const char *name, const ImConst *k, const void *pos) {
    Reg t = cg_push(c);
    cg_load_const(c, k, t, pos);
    cg_store_name(c, cg_name(c, name), t, pos);
    cg_release(c, cg_mark(c) - 1);
}

static ImConst *int_const(Cg *c, int64_t i) {
    ImConst *k = im_front_zalloc(c->f, sizeof *k);
    k->kind = IM_CONST_INT;
    k->u.i = i;
    return k;
}

static void class_prologue(Cg *c, const ImStmt *s, int firstlineno) {
    Unit *u = c->u;
    Reg t = cg_push(c);
    cg_load_name(c, cg_name(c, "__name__"), t, NULL);
    cg_store_name(c, cg_name(c, "__module__"), t, NULL);
    store_const(c, "__qualname__", cg_str_const(c, cg_name(c, u->qualname)), NULL);
    store_const(c, "__firstlineno__", int_const(c, firstlineno), NULL);
    if (s->v.ClassDef.type_params.n) {
        cg_load_name(c, cg_name(c, ".type_params"), t, NULL);
        cg_store_name(c, cg_name(c, "__type_params__"), t, NULL);
    }
    if (u->classdict_cell != CG_NONE) {
        cg_emit(c, OP_LOADLOCALS, t, 0, 0, NULL);
        cg_emit(c, OP_STORECELL, u->classdict_cell, t, 0, NULL);
    }
    cg_release(c, 0);
}

static void class_epilogue(Cg *c) {
    Unit *u = c->u;
    cg_sort_names(u->static_attrs, u->nstatic);
    ImConst *k = cg_tuple_const(c, (int)u->nstatic);
    for (int i = 0; i < k->u.seq.n; i++) k->u.seq.v[i] = cg_str_const(c, u->static_attrs[i]);
    store_const(c, "__static_attributes__", k, NULL);
    Reg t = cg_push(c);
    if (u->classdict_cell != CG_NONE) {
        cg_emit(c, OP_COPY, t, u->classdict_cell, 0, NULL);
        cg_store_name(c, cg_name(c, "__classdictcell__"), t, NULL);
    }
    if (u->class_cell != CG_NONE) {
        cg_emit(c, OP_COPY, t, u->class_cell, 0, NULL);
        cg_store_name(c, cg_name(c, "__classcell__"), t, NULL);
        cg_emit(c, OP_COPY, t, u->class_cell, 0, NULL);
        cg_emit(c, OP_RETURN, t, (Reg)cg_mark(c), 0, NULL);
    }
    cg_release(c, 0);
}

static ImUnit *class_unit(Cg *c, const ImStmt *s, int firstlineno) {
    cg_unit_enter(c, im_scope_of(c->st, s), UNIT_CLASS, s->v.ClassDef.name, firstlineno);
    class_prologue(c, s, firstlineno);
    cg_body(c, &s->v.ClassDef.body);
    class_epilogue(c);
    return cg_unit_leave(c);
}

/* __build_class__(function, name, *bases, **keywords) into dst; fn is a new temporary on top. */
static void build_class(Cg *c, const ImStmt *s, int firstlineno, const ImName *generic_base, Reg fn, Reg dst) {
    ImUnit *unit = class_unit(c, s, firstlineno);
    cg_emit(c, OP_LOADBUILDCLASS, fn, 0, 0, s);
    Reg f = cg_push(c);
    uint32_t mark = cg_mark(c);
    cg_make_function(c, unit, CG_TEMP + (Reg)mark, 0, f, s);
    cg_release(c, mark);
    cg_load_str(c, s->v.ClassDef.name, cg_push(c), s);
    cg_call_with(c, fn, 2, &s->v.ClassDef.bases, &s->v.ClassDef.keywords, generic_base, dst, s);
}

static void generic_class(Cg *c, const ImStmt *s, int firstlineno, Reg dst) {
    const ImName *name = cg_name(c, im_front_format(c->f, "<generic parameters of %U>", s->v.ClassDef.name));
    uint32_t outer_mark = cg_mark(c);
    Reg fn = cg_push(c);
    cg_unit_enter(c, im_scope_of(c->st, IM_KEY_TYPE_PARAMS(s)), UNIT_TYPE_PARAMS, name, firstlineno);
    const ImName *params = cg_name(c, ".type_params"), *base = cg_name(c, ".generic_base");
    Reg t = cg_push(c);
    cg_type_params(c, &s->v.ClassDef.type_params, t, s);
    cg_store_name(c, params, t, s);
    cg_load_name(c, params, t, s);
    cg_emit(c, OP_INTRINSIC, t, t, IM_INTR_SUBSCRIPT_GENERIC, s);
    cg_store_name(c, base, t, s);
    build_class(c, s, firstlineno, base, t, t);
    cg_emit(c, OP_RETURN, t, (Reg)cg_mark(c), 0, s);
    cg_release(c, 0);
    ImUnit *unit = cg_unit_leave(c);
    uint32_t mark = cg_mark(c);
    cg_make_function(c, unit, CG_TEMP + (Reg)mark, 0, fn, s);
    cg_release(c, mark);
    cg_emit(c, OP_CALL, fn, 0, dst, s)->extra = 0xFFFF;
    cg_release(c, outer_mark);
}

void cg_class_def(Cg *c, const ImStmt *s) {
    const ImExprSeq *d = &s->v.ClassDef.decorator_list;
    int firstlineno = d->n ? d->v[0]->lineno : s->lineno;
    uint32_t mark = cg_mark(c);
    Reg first = cg_push_decorators(c, d), t = cg_push(c);
    uint32_t inner = cg_mark(c);
    if (s->v.ClassDef.type_params.n) generic_class(c, s, firstlineno, t);
    else build_class(c, s, firstlineno, NULL, t, t);
    cg_release(c, inner);
    Reg result = d->n ? first : t;
    cg_apply_decorators(c, d, first, result);
    cg_store_name(c, s->v.ClassDef.name, result, s);
    cg_release(c, mark);
}
