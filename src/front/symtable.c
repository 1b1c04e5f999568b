/* Building the symbol table: one walk that records bindings and uses. symtable_resolve.c then finds where names live.
   SPDX-License-Identifier: MIT */
#include "symtable_build.h"

#include <string.h>

static void visit_expr(ImBuild *b, const ImExpr *e);
static void visit_stmts(ImBuild *b, const ImStmtSeq *s);

#define VISIT_SEQ(b, seq) \
    do { for (int i_ = 0; i_ < (seq).n; i_++) if ((seq).v[i_]) visit_expr((b), (seq).v[i_]); } while (0)

/* ---- scopes and symbols ---- */

ImSym *im_scope_find(const ImScope *s, const ImName *name) {
    if (s->index.count) return im_ptrmap_get(&s->index, name);
    for (uint32_t i = 0; i < s->nsyms; i++)
        if (s->syms[i]->name == name) return s->syms[i];
    return NULL;
}

ImSym *im_scope_add(ImFront *f, ImScope *s, const ImName *name) {
    enum { INDEX_FROM = 10 };
    ImSym *sym = im_scope_find(s, name);
    if (sym) return sym;
    sym = im_front_zalloc(f, sizeof *sym);
    sym->name = name;
    sym->reg = -1;
    IM_FRONT_GROW(f, s->syms, s->nsyms, s->syms_cap);
    s->syms[s->nsyms++] = sym;
    if (s->index.count) im_ptrmap_set(f, &s->index, name, sym);
    else if (s->nsyms == INDEX_FROM)
        for (uint32_t i = 0; i < s->nsyms; i++) im_ptrmap_set(f, &s->index, s->syms[i]->name, s->syms[i]);
    return sym;
}

ImScope *im_scope_of(const ImSymtable *st, const void *key) { return im_ptrmap_get(&st->scopes, key); }

const ImName *im_scope_mangle(ImFront *f, const ImScope *s, const ImName *cls, const ImName *name) {
    if (s && s->mangling) {
        const ImScope *m = s->mangling;
        bool found = false;
        for (uint32_t i = 0; i < m->nmangled; i++) found |= m->mangled[i] == name;
        if (!found) return name;
    }
    return im_mangle(f, cls, name);
}

static const ImName *mangle(ImBuild *b, const ImName *name) { return im_scope_mangle(b->f, b->cur, b->private_name, name); }
static const ImName *name_of(ImBuild *b, const char *s) {
    const ImName *n = im_arena_name_str(b->f->arena, s);
    static const ImName none = {.s = "", .len = 0};
    if (!n) { im_front_memory(b->f); return &none; }
    return n;
}

static ImScope *enter(ImBuild *b, const ImName *name, ImScopeKind kind, const void *key, const void *pos) {
    ImScope *s = im_front_zalloc(b->f, sizeof *s), *p = b->cur;
    const ImNode *n = pos;
    s->kind = kind;
    s->name = name;
    s->key = key;
    s->parent = p;
    s->private_name = b->private_name;
    if (n) {
        s->lineno = n->lineno, s->col_offset = n->col_offset;
        s->end_lineno = n->end_lineno, s->end_col_offset = n->end_col_offset;
    }
    if (p) {
        s->comp_iter_expr = p->comp_iter_expr;
        if (kind != IM_SCOPE_CLASS) s->mangling = p->mangling;
        s->nested = p->nested || im_scope_is_function_like(p);
        IM_FRONT_GROW(b->f, p->children, p->nchildren, p->children_cap);
        p->children[p->nchildren++] = s;
    }
    if (key) im_ptrmap_set(b->f, &b->st->scopes, key, s);
    b->cur = s;
    return s;
}
static void leave(ImBuild *b) { b->cur = b->cur->parent; }

static void add_def_to(ImBuild *b, ImScope *s, const ImName *plain, uint32_t flag, const void *pos) {
    const ImName *name = mangle(b, plain);
    ImSym *sym = im_scope_add(b->f, s, name);
    uint32_t val = sym->flags;
    if (flag & val & IM_DEF_PARAM) im_front_error(b->f, pos, "duplicate argument '%U' in function definition", name);
    if (flag & val & IM_DEF_TYPE_PARAM) im_front_error(b->f, pos, "duplicate type parameter '%U'", name);
    val |= flag;
    if (s->comp_iter_target) {
        if (val & (IM_DEF_GLOBAL | IM_DEF_NONLOCAL))
            im_front_error(b->f, pos, "comprehension inner loop cannot rebind assignment expression target '%U'", name);
        val |= IM_DEF_COMP_ITER;
    }
    sym->flags = val;
    if (flag & IM_DEF_PARAM) {
        IM_FRONT_GROW(b->f, s->varnames, s->nvarnames, s->varnames_cap);
        s->varnames[s->nvarnames++] = name;
    } else if (flag & IM_DEF_GLOBAL) im_scope_add(b->f, b->st->top, name)->flags |= IM_DEF_GLOBAL;
}
static void add_def(ImBuild *b, const ImName *name, uint32_t flag, const void *pos) { add_def_to(b, b->cur, name, flag, pos); }

static uint32_t lookup(ImBuild *b, const ImName *name) {
    ImSym *s = im_scope_find(b->cur, mangle(b, name));
    return s ? s->flags : 0;
}

/* Expressions with effects on the frame are refused where no ordinary frame evaluates them. */
static void refuse_in_annotation(ImBuild *b, const char *what, const void *pos) {
    switch (b->cur->kind) {
    case IM_SCOPE_ANNOTATION: im_front_error(b->f, pos, "%s cannot be used within an annotation", what); break;
    case IM_SCOPE_TYPE_VAR: im_front_error(b->f, pos, "%s cannot be used within %s", what, b->cur->type_var_what); break;
    case IM_SCOPE_TYPE_ALIAS: im_front_error(b->f, pos, "%s cannot be used within a type alias", what); break;
    case IM_SCOPE_TYPE_PARAMS: im_front_error(b->f, pos, "%s cannot be used within the definition of a generic", what); break;
    default: break;
    }
}

static void refuse_yield_in_comprehension(ImBuild *b, const void *pos) {
    static const char *const what[] = {"", "list comprehension", "dict comprehension", "set comprehension", "generator expression"};
    im_front_error(b->f, pos, "'yield' inside %s", what[b->cur->comp]);
}

/* ---- annotations and arguments ---- */

static void visit_annotation(ImBuild *b, const ImExpr *e) {
    bool postponed = (b->f->future & IM_FUTURE_ANNOTATIONS) != 0;
    if (postponed) enter(b, name_of(b, "_annotation"), IM_SCOPE_ANNOTATION, e, e);
    visit_expr(b, e);
    if (postponed) leave(b);
}

static void visit_arg_annotations(ImBuild *b, const ImArgSeq *args) {
    for (int i = 0; i < args->n; i++)
        if (args->v[i]->annotation) visit_expr(b, args->v[i]->annotation);
}

static void visit_annotations(ImBuild *b, const void *owner, const ImArguments *a, const ImExpr *returns) {
    bool postponed = (b->f->future & IM_FUTURE_ANNOTATIONS) != 0;
    if (postponed) enter(b, name_of(b, "_annotation"), IM_SCOPE_ANNOTATION, NULL, owner);
    visit_arg_annotations(b, &a->posonlyargs);
    visit_arg_annotations(b, &a->args);
    if (a->vararg && a->vararg->annotation) visit_expr(b, a->vararg->annotation);
    if (a->kwarg && a->kwarg->annotation) visit_expr(b, a->kwarg->annotation);
    visit_arg_annotations(b, &a->kwonlyargs);
    if (postponed) leave(b);
    if (returns) visit_annotation(b, returns);
}

static void visit_params(ImBuild *b, const ImArgSeq *args) {
    for (int i = 0; i < args->n; i++) add_def(b, args->v[i]->arg, IM_DEF_PARAM, args->v[i]);
}

static void visit_arguments(ImBuild *b, const ImArguments *a) {
    visit_params(b, &a->posonlyargs);
    visit_params(b, &a->args);
    visit_params(b, &a->kwonlyargs);
    if (a->vararg) {
        add_def(b, a->vararg->arg, IM_DEF_PARAM, a->vararg);
        b->cur->varargs = true;
    }
    if (a->kwarg) {
        add_def(b, a->kwarg->arg, IM_DEF_PARAM, a->kwarg);
        b->cur->varkeywords = true;
    }
}

static void visit_defaults(ImBuild *b, const ImArguments *a) {
    VISIT_SEQ(b, a->defaults);
    VISIT_SEQ(b, a->kw_defaults);
}

/* ---- type parameters ---- */

static void visit_type_var_part(ImBuild *b, const ImExpr *e, const ImName *name, const void *key, const char *what) {
    if (!e) return;
    bool in_class = b->cur->sees_class;
    ImScope *s = enter(b, name, IM_SCOPE_TYPE_VAR, key, e);
    s->sees_class = in_class;
    s->type_var_what = what;
    if (in_class) add_def(b, name_of(b, "__classdict__"), IM_DEF_USE, e);
    visit_expr(b, e);
    leave(b);
}

static void visit_type_param(ImBuild *b, const ImTypeParam *tp) {
    const ImName *name = tp->kind == IM_AST_TypeVar ? tp->v.TypeVar.name : tp->kind == IM_AST_ParamSpec ? tp->v.ParamSpec.name
                                                                                                       : tp->v.TypeVarTuple.name;
    if (b->cur->mangled_cap && name->len > 2) {
        IM_FRONT_GROW(b->f, b->cur->mangled, b->cur->nmangled, b->cur->mangled_cap);
        b->cur->mangled[b->cur->nmangled++] = name;
    }
    add_def(b, name, IM_DEF_TYPE_PARAM | IM_DEF_LOCAL, tp);
    if (tp->kind == IM_AST_TypeVar) {
        const ImExpr *bound = tp->v.TypeVar.bound;
        visit_type_var_part(b, bound, name, tp, bound && bound->kind == IM_AST_Tuple ? "a TypeVar constraint" : "a TypeVar bound");
        visit_type_var_part(b, tp->v.TypeVar.default_value, name, IM_KEY_DEFAULT(tp), "a TypeVar default");
    } else if (tp->kind == IM_AST_ParamSpec)
        visit_type_var_part(b, tp->v.ParamSpec.default_value, name, IM_KEY_DEFAULT(tp), "a ParamSpec default");
    else visit_type_var_part(b, tp->v.TypeVarTuple.default_value, name, IM_KEY_DEFAULT(tp), "a TypeVarTuple default");
}

static void enter_type_params(ImBuild *b, const ImName *name, const ImStmt *node, const ImTypeParamSeq *tps, bool defaults, bool kwdefaults) {
    bool in_class = b->cur->kind == IM_SCOPE_CLASS;
    ImScope *s = enter(b, name, IM_SCOPE_TYPE_PARAMS, IM_KEY_TYPE_PARAMS(node), node);
    s->sees_class = in_class;
    if (in_class) add_def(b, name_of(b, "__classdict__"), IM_DEF_USE, node);
    if (node->kind == IM_AST_ClassDef) {
        s->mangling = s;
        s->mangled_cap = 8;
        s->mangled = im_front_alloc(b->f, 8 * sizeof *s->mangled);
        b->private_name = s->private_name = name;
        add_def(b, name_of(b, ".type_params"), IM_DEF_LOCAL | IM_DEF_USE, node);
        add_def(b, name_of(b, ".generic_base"), IM_DEF_LOCAL | IM_DEF_USE, node);
    }
    if (defaults) add_def(b, name_of(b, ".defaults"), IM_DEF_PARAM, node);
    if (kwdefaults) add_def(b, name_of(b, ".kwdefaults"), IM_DEF_PARAM, node);
    for (int i = 0; i < tps->n; i++) visit_type_param(b, tps->v[i]);
}

/* ---- comprehensions ---- */

static void visit_comprehension_rest(ImBuild *b, const ImComprehension *c) {
    b->cur->comp_iter_target = true;
    visit_expr(b, c->target);
    b->cur->comp_iter_target = false;
    b->cur->comp_iter_expr++;
    visit_expr(b, c->iter);
    b->cur->comp_iter_expr--;
    VISIT_SEQ(b, c->ifs);
    if (c->is_async) b->cur->coroutine = true;
}

static void visit_comp(ImBuild *b, const ImExpr *e, ImCompKind kind, const ImComprehensionSeq *gens, const ImExpr *elt, const ImExpr *value) {
    static const char *const names[] = {"", "listcomp", "dictcomp", "setcomp", "genexpr"};
    const ImComprehension *first = gens->v[0];
    b->cur->comp_iter_expr++;
    visit_expr(b, first->iter);
    b->cur->comp_iter_expr--;
    bool in_annotation_of_class = b->cur->sees_class;
    ImScope *s = enter(b, name_of(b, names[kind]), IM_SCOPE_FUNCTION, e, e);
    s->comp = kind;
    s->inlined = kind != IM_COMP_GENERATOR && !in_annotation_of_class;
    if (first->is_async) s->coroutine = true;
    if (!s->inlined) add_def(b, name_of(b, ".0"), IM_DEF_PARAM, e);
    s->comp_iter_target = true;
    visit_expr(b, first->target);
    s->comp_iter_target = false;
    VISIT_SEQ(b, first->ifs);
    for (int i = 1; i < gens->n; i++) visit_comprehension_rest(b, gens->v[i]);
    if (value) visit_expr(b, value);
    visit_expr(b, elt);
    s->generator = kind == IM_COMP_GENERATOR;
    bool is_async = s->coroutine && kind != IM_COMP_GENERATOR;
    leave(b);
    if (is_async) b->cur->coroutine = true;
}

/* := in a comprehension binds in the function around it. */
static void extend_walrus(ImBuild *b, const ImExpr *target) {
    const ImName *plain = target->v.Name.id, *name = mangle(b, plain);
    for (ImScope *s = b->cur; s; s = s->parent) {
        ImSym *sym = im_scope_find(s, name);
        uint32_t flags = sym ? sym->flags : 0;
        if (s->comp) {
            if ((flags & IM_DEF_COMP_ITER) && (flags & (IM_DEF_LOCAL | IM_DEF_GLOBAL)))
                im_front_error(b->f, target, "assignment expression cannot rebind comprehension iteration variable '%U'", plain);
            continue;
        }
        switch (s->kind) {
        case IM_SCOPE_FUNCTION:
            add_def(b, plain, flags & IM_DEF_GLOBAL ? IM_DEF_GLOBAL : IM_DEF_NONLOCAL, target);
            im_build_directive(b, b->cur, name, target);
            add_def_to(b, s, plain, IM_DEF_LOCAL | IM_DEF_WALRUS, target);
            s->has_walrus = true;
            return;
        case IM_SCOPE_MODULE:
            add_def(b, plain, IM_DEF_GLOBAL, target);
            im_build_directive(b, b->cur, name, target);
            add_def_to(b, s, plain, IM_DEF_GLOBAL, target);
            return;
        case IM_SCOPE_CLASS:
            im_front_error(b->f, target, "assignment expression within a comprehension cannot be used in a class body");
            return;
        case IM_SCOPE_TYPE_PARAMS:
            im_front_error(b->f, target, "assignment expression within a comprehension cannot be used within the definition of a generic");
            return;
        case IM_SCOPE_TYPE_ALIAS:
            im_front_error(b->f, target, "assignment expression within a comprehension cannot be used in a type alias");
            return;
        case IM_SCOPE_TYPE_VAR:
            im_front_error(b->f, target, "assignment expression within a comprehension cannot be used in a TypeVar bound");
            return;
        case IM_SCOPE_ANNOTATION: return;
        }
    }
}

static void visit_walrus(ImBuild *b, const ImExpr *e) {
    refuse_in_annotation(b, "named expression", e);
    if (b->cur->comp_iter_expr > 0)
        im_front_error(b->f, e, "assignment expression cannot be used in a comprehension iterable expression");
    const ImExpr *target = e->v.NamedExpr.target;
    if (im_front_failed(b->f) || target->kind != IM_AST_Name) return;
    if (b->cur->comp) extend_walrus(b, target);
    visit_expr(b, e->v.NamedExpr.value);
    b->cur->has_walrus = true;
    add_def(b, target->v.Name.id, IM_DEF_LOCAL | IM_DEF_WALRUS, target);
}

/* ---- expressions ---- */

static void visit_name(ImBuild *b, const ImExpr *e) {
    const ImName *id = e->v.Name.id;
    switch (e->v.Name.ctx) {
    case IM_AST_Load:
        add_def(b, id, IM_DEF_USE, e);
        if (id->len == 5 && !memcmp(id->s, "super", 5) && im_scope_is_function_like(b->cur))
            add_def(b, name_of(b, "__class__"), IM_DEF_USE, e);
        break;
    case IM_AST_Store: add_def(b, id, IM_DEF_LOCAL, e); break;
    case IM_AST_Del: add_def(b, id, IM_DEF_LOCAL | IM_DEF_DELETED, e); break;
    }
}

static void visit_lambda(ImBuild *b, const ImExpr *e) {
    visit_defaults(b, e->v.Lambda.args);
    enter(b, name_of(b, "lambda"), IM_SCOPE_FUNCTION, e, e);
    visit_arguments(b, e->v.Lambda.args);
    visit_expr(b, e->v.Lambda.body);
    leave(b);
}

static void visit_expr(ImBuild *b, const ImExpr *e) {
    if (im_front_too_deep(b->f, IM_TOO_DEEP)) return;
    switch (e->kind) {
    case IM_AST_BoolOp: VISIT_SEQ(b, e->v.BoolOp.values); break;
    case IM_AST_NamedExpr: visit_walrus(b, e); break;
    case IM_AST_BinOp:
        visit_expr(b, e->v.BinOp.left);
        visit_expr(b, e->v.BinOp.right);
        break;
    case IM_AST_UnaryOp: visit_expr(b, e->v.UnaryOp.operand); break;
    case IM_AST_Lambda: visit_lambda(b, e); break;
    case IM_AST_IfExp:
        visit_expr(b, e->v.IfExp.test);
        visit_expr(b, e->v.IfExp.body);
        visit_expr(b, e->v.IfExp.orelse);
        break;
    case IM_AST_Dict:
        VISIT_SEQ(b, e->v.Dict.keys);
        VISIT_SEQ(b, e->v.Dict.values);
        break;
    case IM_AST_Set: VISIT_SEQ(b, e->v.Set.elts); break;
    case IM_AST_ListComp: visit_comp(b, e, IM_COMP_LIST, &e->v.ListComp.generators, e->v.ListComp.elt, NULL); break;
    case IM_AST_SetComp: visit_comp(b, e, IM_COMP_SET, &e->v.SetComp.generators, e->v.SetComp.elt, NULL); break;
    case IM_AST_GeneratorExp: visit_comp(b, e, IM_COMP_GENERATOR, &e->v.GeneratorExp.generators, e->v.GeneratorExp.elt, NULL); break;
    case IM_AST_DictComp: visit_comp(b, e, IM_COMP_DICT, &e->v.DictComp.generators, e->v.DictComp.key, e->v.DictComp.value); break;
    case IM_AST_Yield:
    case IM_AST_YieldFrom: {
        refuse_in_annotation(b, "yield expression", e);
        const ImExpr *v = e->kind == IM_AST_Yield ? e->v.Yield.value : e->v.YieldFrom.value;
        if (v) visit_expr(b, v);
        b->cur->generator = true;
        if (b->cur->comp) refuse_yield_in_comprehension(b, e);
        break;
    }
    case IM_AST_Await:
        refuse_in_annotation(b, "await expression", e);
        visit_expr(b, e->v.Await.value);
        b->cur->coroutine = true;
        break;
    case IM_AST_Compare:
        visit_expr(b, e->v.Compare.left);
        VISIT_SEQ(b, e->v.Compare.comparators);
        break;
    case IM_AST_Call:
        visit_expr(b, e->v.Call.func);
        VISIT_SEQ(b, e->v.Call.args);
        for (int i = 0; i < e->v.Call.keywords.n; i++) visit_expr(b, e->v.Call.keywords.v[i]->value);
        break;
    case IM_AST_FormattedValue:
        visit_expr(b, e->v.FormattedValue.value);
        if (e->v.FormattedValue.format_spec) visit_expr(b, e->v.FormattedValue.format_spec);
        break;
    case IM_AST_JoinedStr: VISIT_SEQ(b, e->v.JoinedStr.values); break;
    case IM_AST_Attribute: visit_expr(b, e->v.Attribute.value); break;
    case IM_AST_Subscript:
        visit_expr(b, e->v.Subscript.value);
        visit_expr(b, e->v.Subscript.slice);
        break;
    case IM_AST_Starred: visit_expr(b, e->v.Starred.value); break;
    case IM_AST_Name: visit_name(b, e); break;
    case IM_AST_List: VISIT_SEQ(b, e->v.List.elts); break;
    case IM_AST_Tuple: VISIT_SEQ(b, e->v.Tuple.elts); break;
    case IM_AST_Slice:
        if (e->v.Slice.lower) visit_expr(b, e->v.Slice.lower);
        if (e->v.Slice.upper) visit_expr(b, e->v.Slice.upper);
        if (e->v.Slice.step) visit_expr(b, e->v.Slice.step);
        break;
    default: break;
    }
}

static void visit_pattern(ImBuild *b, const ImPattern *p) {
    if (im_front_too_deep(b->f, IM_TOO_DEEP)) return;
    const ImPatternSeq *sub = NULL;
    switch (p->kind) {
    case IM_AST_MatchValue: visit_expr(b, p->v.MatchValue.value); break;
    case IM_AST_MatchSequence: sub = &p->v.MatchSequence.patterns; break;
    case IM_AST_MatchStar:
        if (p->v.MatchStar.name) add_def(b, p->v.MatchStar.name, IM_DEF_LOCAL, p);
        break;
    case IM_AST_MatchMapping:
        VISIT_SEQ(b, p->v.MatchMapping.keys);
        for (int i = 0; i < p->v.MatchMapping.patterns.n; i++) visit_pattern(b, p->v.MatchMapping.patterns.v[i]);
        if (p->v.MatchMapping.rest) add_def(b, p->v.MatchMapping.rest, IM_DEF_LOCAL, p);
        break;
    case IM_AST_MatchClass:
        visit_expr(b, p->v.MatchClass.cls);
        for (int i = 0; i < p->v.MatchClass.patterns.n; i++) visit_pattern(b, p->v.MatchClass.patterns.v[i]);
        sub = &p->v.MatchClass.kwd_patterns;
        break;
    case IM_AST_MatchAs:
        if (p->v.MatchAs.pattern) visit_pattern(b, p->v.MatchAs.pattern);
        if (p->v.MatchAs.name) add_def(b, p->v.MatchAs.name, IM_DEF_LOCAL, p);
        break;
    case IM_AST_MatchOr: sub = &p->v.MatchOr.patterns; break;
    default: break;
    }
    if (sub)
        for (int i = 0; i < sub->n; i++) visit_pattern(b, sub->v[i]);
}

/* ---- statements ---- */

static void visit_function(ImBuild *b, const ImStmt *s) {
    /* FunctionDef and AsyncFunctionDef have the same fields in the same order. */
    const ImArguments *a = s->v.FunctionDef.args;
    const ImTypeParamSeq *tps = &s->v.FunctionDef.type_params;
    add_def(b, s->v.FunctionDef.name, IM_DEF_LOCAL, s);
    visit_defaults(b, a);
    VISIT_SEQ(b, s->v.FunctionDef.decorator_list);
    bool kwdefaults = false, method = b->cur->kind == IM_SCOPE_CLASS;
    for (int i = 0; i < a->kw_defaults.n; i++) kwdefaults |= a->kw_defaults.v[i] != NULL;
    if (tps->n) enter_type_params(b, s->v.FunctionDef.name, s, tps, a->defaults.n > 0, kwdefaults);
    visit_annotations(b, s, a, s->v.FunctionDef.returns);
    ImScope *f = enter(b, s->v.FunctionDef.name, IM_SCOPE_FUNCTION, s, s);
    f->is_method = method;
    visit_arguments(b, a);
    if (s->kind == IM_AST_AsyncFunctionDef) f->coroutine = f->is_async_def = true;
    visit_stmts(b, &s->v.FunctionDef.body);
    leave(b);
    if (tps->n) leave(b);
}

static void visit_class(ImBuild *b, const ImStmt *s) {
    const ImName *outer = b->private_name;
    const ImTypeParamSeq *tps = &s->v.ClassDef.type_params;
    add_def(b, s->v.ClassDef.name, IM_DEF_LOCAL, s);
    VISIT_SEQ(b, s->v.ClassDef.decorator_list);
    if (tps->n) enter_type_params(b, s->v.ClassDef.name, s, tps, false, false);
    VISIT_SEQ(b, s->v.ClassDef.bases);
    for (int i = 0; i < s->v.ClassDef.keywords.n; i++) visit_expr(b, s->v.ClassDef.keywords.v[i]->value);
    b->private_name = s->v.ClassDef.name;
    enter(b, s->v.ClassDef.name, IM_SCOPE_CLASS, s, s);
    if (tps->n) {
        add_def(b, name_of(b, "__type_params__"), IM_DEF_LOCAL, s);
        add_def(b, name_of(b, ".type_params"), IM_DEF_USE, s);
    }
    visit_stmts(b, &s->v.ClassDef.body);
    leave(b);
    if (tps->n) leave(b);
    b->private_name = outer;
}

static void visit_type_alias(ImBuild *b, const ImStmt *s) {
    visit_expr(b, s->v.TypeAlias.name);
    const ImName *name = s->v.TypeAlias.name->v.Name.id;
    bool in_class = b->cur->kind == IM_SCOPE_CLASS, generic = s->v.TypeAlias.type_params.n > 0;
    if (generic) enter_type_params(b, name, s, &s->v.TypeAlias.type_params, false, false);
    ImScope *a = enter(b, name, IM_SCOPE_TYPE_ALIAS, s, s);
    a->sees_class = in_class;
    if (in_class) add_def(b, name_of(b, "__classdict__"), IM_DEF_USE, s->v.TypeAlias.value);
    visit_expr(b, s->v.TypeAlias.value);
    leave(b);
    if (generic) leave(b);
}

static void visit_ann_assign(ImBuild *b, const ImStmt *s) {
    const ImExpr *t = s->v.AnnAssign.target;
    bool simple = s->v.AnnAssign.simple;
    if (t->kind == IM_AST_Name) {
        const ImName *id = t->v.Name.id;
        uint32_t cur = lookup(b, id);
        if ((cur & (IM_DEF_GLOBAL | IM_DEF_NONLOCAL)) && b->cur != b->st->top && simple)
            im_front_error(b->f, s, cur & IM_DEF_GLOBAL ? "annotated name '%U' can't be global" : "annotated name '%U' can't be nonlocal", id);
        if (simple) add_def(b, id, IM_DEF_ANNOT | IM_DEF_LOCAL, t);
        else if (s->v.AnnAssign.value) add_def(b, id, IM_DEF_LOCAL, t);
    } else visit_expr(b, t);
    visit_annotation(b, s->v.AnnAssign.annotation);
    if (s->v.AnnAssign.value) visit_expr(b, s->v.AnnAssign.value);
}

static void visit_declaration(ImBuild *b, const ImStmt *s) {
    bool global = s->kind == IM_AST_Global;
    const ImNameSeq *names = global ? &s->v.Global.names : &s->v.Nonlocal.names;
    for (int i = 0; i < names->n; i++) {
        const ImName *name = names->v[i];
        uint32_t cur = lookup(b, name);
        const char *msg = NULL;
        if (cur & IM_DEF_PARAM) msg = global ? "name '%U' is parameter and global" : "name '%U' is parameter and nonlocal";
        else if (cur & IM_DEF_USE)
            msg = global ? "name '%U' is used prior to global declaration" : "name '%U' is used prior to nonlocal declaration";
        else if (cur & IM_DEF_ANNOT) msg = global ? "annotated name '%U' can't be global" : "annotated name '%U' can't be nonlocal";
        else if (cur & IM_DEF_LOCAL)
            msg = global ? "name '%U' is assigned to before global declaration" : "name '%U' is assigned to before nonlocal declaration";
        if (msg) im_front_error(b->f, s, msg, name);
        add_def(b, name, global ? IM_DEF_GLOBAL : IM_DEF_NONLOCAL, s);
        im_build_directive(b, b->cur, mangle(b, name), s);
    }
}

static void visit_aliases(ImBuild *b, const ImAliasSeq *names) {
    for (int i = 0; i < names->n; i++) {
        const ImAlias *a = names->v[i];
        const ImName *name = a->asname ? a->asname : a->name;
        if (name->len == 1 && name->s[0] == '*') {
            if (b->cur->kind != IM_SCOPE_MODULE) im_front_error(b->f, a, "import * only allowed at module level");
            continue;
        }
        const char *dot = a->asname ? NULL : memchr(name->s, '.', name->len);
        if (dot) {
            name = im_arena_name(b->f->arena, name->s, (size_t)(dot - name->s));
            if (!name) { im_front_memory(b->f); return; }
        }
        add_def(b, name, IM_DEF_IMPORT, a);
    }
}

static void visit_try(ImBuild *b, const ImStmt *s) {
    visit_stmts(b, &s->v.Try.body);
    for (int i = 0; i < s->v.Try.handlers.n; i++) {
        const ImExceptHandler *h = s->v.Try.handlers.v[i];
        if (h->v.ExceptHandler.type) visit_expr(b, h->v.ExceptHandler.type);
        if (h->v.ExceptHandler.name) add_def(b, h->v.ExceptHandler.name, IM_DEF_LOCAL | IM_DEF_DELETED, h);
        visit_stmts(b, &h->v.ExceptHandler.body);
    }
    visit_stmts(b, &s->v.Try.orelse);
    visit_stmts(b, &s->v.Try.finalbody);
}

static void visit_stmt(ImBuild *b, const ImStmt *s) {
    if (im_front_too_deep(b->f, IM_TOO_DEEP)) return;
    switch (s->kind) {
    case IM_AST_FunctionDef:
    case IM_AST_AsyncFunctionDef: visit_function(b, s); break;
    case IM_AST_ClassDef: visit_class(b, s); break;
    case IM_AST_Return:
        if (s->v.Return.value) {
            visit_expr(b, s->v.Return.value);
            b->cur->returns_value = true;
        }
        break;
    case IM_AST_Delete: VISIT_SEQ(b, s->v.Delete.targets); break;
    case IM_AST_Assign:
        VISIT_SEQ(b, s->v.Assign.targets);
        visit_expr(b, s->v.Assign.value);
        break;
    case IM_AST_TypeAlias: visit_type_alias(b, s); break;
    case IM_AST_AugAssign:
        visit_expr(b, s->v.AugAssign.target);
        visit_expr(b, s->v.AugAssign.value);
        break;
    case IM_AST_AnnAssign: visit_ann_assign(b, s); break;
    case IM_AST_For:
    case IM_AST_AsyncFor:
        if (s->kind == IM_AST_AsyncFor && !im_scope_is_function_like(b->cur)) b->cur->coroutine = true; /* top-level await */
        visit_expr(b, s->v.For.target);
        visit_expr(b, s->v.For.iter);
        visit_stmts(b, &s->v.For.body);
        visit_stmts(b, &s->v.For.orelse);
        break;
    case IM_AST_While:
        visit_expr(b, s->v.While.test);
        visit_stmts(b, &s->v.While.body);
        visit_stmts(b, &s->v.While.orelse);
        break;
    case IM_AST_If:
        visit_expr(b, s->v.If.test);
        visit_stmts(b, &s->v.If.body);
        visit_stmts(b, &s->v.If.orelse);
        break;
    case IM_AST_With:
    case IM_AST_AsyncWith:
        if (s->kind == IM_AST_AsyncWith && !im_scope_is_function_like(b->cur)) b->cur->coroutine = true;
        for (int i = 0; i < s->v.With.items.n; i++) {
            visit_expr(b, s->v.With.items.v[i]->context_expr);
            if (s->v.With.items.v[i]->optional_vars) visit_expr(b, s->v.With.items.v[i]->optional_vars);
        }
        visit_stmts(b, &s->v.With.body);
        break;
    case IM_AST_Match:
        visit_expr(b, s->v.Match.subject);
        for (int i = 0; i < s->v.Match.cases.n; i++) {
            const ImMatchCase *c = s->v.Match.cases.v[i];
            visit_pattern(b, c->pattern);
            if (c->guard) visit_expr(b, c->guard);
            visit_stmts(b, &c->body);
        }
        break;
    case IM_AST_Raise:
        if (s->v.Raise.exc) visit_expr(b, s->v.Raise.exc);
        if (s->v.Raise.cause) visit_expr(b, s->v.Raise.cause);
        break;
    case IM_AST_Try:
    case IM_AST_TryStar: visit_try(b, s); break;
    case IM_AST_Assert:
        visit_expr(b, s->v.Assert.test);
        if (s->v.Assert.msg) visit_expr(b, s->v.Assert.msg);
        break;
    case IM_AST_Import: visit_aliases(b, &s->v.Import.names); break;
    case IM_AST_ImportFrom: visit_aliases(b, &s->v.ImportFrom.names); break;
    case IM_AST_Global:
    case IM_AST_Nonlocal: visit_declaration(b, s); break;
    case IM_AST_Expr: visit_expr(b, s->v.Expr.value); break;
    default: break;
    }
}

static void visit_stmts(ImBuild *b, const ImStmtSeq *s) {
    for (int i = 0; i < s->n && !im_front_failed(b->f); i++) visit_stmt(b, s->v[i]);
}

ImSymtable *im_symtable_build(ImFront *f, ImMod *mod) {
    ImSymtable *st = im_front_zalloc(f, sizeof *st);
    ImBuild b = {.f = f, .st = st};
    st->f = f;
    st->top = enter(&b, name_of(&b, "top"), IM_SCOPE_MODULE, mod, NULL);
    switch (mod->kind) {
    case IM_AST_Module: visit_stmts(&b, &mod->v.Module.body); break;
    case IM_AST_Interactive: visit_stmts(&b, &mod->v.Interactive.body); break;
    case IM_AST_Expression: visit_expr(&b, mod->v.Expression.body); break;
    default: im_front_error(f, NULL, "this compiler does not handle FunctionTypes"); break;
    }
    if (!im_front_failed(f)) im_symtable_resolve(&b, st->top);
    return st;
}
