/* Code generation: loading, storing and deleting names; closures.
   SPDX-License-Identifier: MIT */
#include "cg.h"

#include <string.h>

static bool is(const ImName *n, const char *s) { return !strcmp(n->s, s); }

static bool in_class_body(const Cg *c) { return c->u->scope->kind == IM_SCOPE_CLASS; }

static Access access_global(Cg *c, const ImScope *s, const ImSym *sym, const ImName *name) {
    Access a = {ACCESS_NAME, 0, name, sym};
    bool explicit_ = sym && sym->place == IM_PLACE_GLOBAL_EXPLICIT;
    const ImScope *frame = c->u->scope;
    if (s == frame && frame->sees_class && !explicit_ && !is(name, "__classdict__")) a.kind = ACCESS_CLASS_GLOBAL;
    else if (explicit_ || im_scope_is_function_like(frame) || (in_class_body(c) && c->u->inner != frame)) a.kind = ACCESS_GLOBAL;
    return a;
}

static Access access_sym(Cg *c, const ImScope *s, const ImSym *sym, const ImName *name) {
    const ImScope *frame = c->u->scope;
    switch (sym ? (ImPlace)sym->place : IM_PLACE_GLOBAL_IMPLICIT) {
    case IM_PLACE_LOCAL:
        if (s == frame && !im_scope_is_function_like(frame)) return (Access){ACCESS_NAME, 0, name, sym};
        if (sym->reg >= CG_FAR) return (Access){ACCESS_FAR, (uint32_t)sym->reg - CG_FAR, name, sym};
        return (Access){ACCESS_REG, (uint32_t)sym->reg, name, sym};
    case IM_PLACE_CELL: return (Access){ACCESS_CELL, (uint32_t)sym->reg, name, sym};
    case IM_PLACE_FREE:
        if (s != frame) { /* a closure variable seen from an inlined comprehension */
            const ImSym *outer = im_scope_find(frame, name);
            return (Access){ACCESS_FREE, outer ? (uint32_t)outer->reg : 0, name, sym};
        }
        if (in_class_body(c) && s == c->u->inner) return (Access){ACCESS_CLASS_FREE, (uint32_t)sym->reg, name, sym};
        if (frame->sees_class && !is(name, "__classdict__") && !is(name, "__class__"))
            return (Access){ACCESS_CLASS_DEREF, (uint32_t)sym->reg, name, sym};
        return (Access){ACCESS_FREE, (uint32_t)sym->reg, name, sym};
    default: return access_global(c, s, sym, name);
    }
}

/* Looks through the inlined comprehensions that share this frame. A name that the innermost of them only passes on is the outer scope's; in a class body
   the class's own names are invisible from a comprehension, which the symbol table has settled. */
Access cg_access(Cg *c, const ImName *plain) {
    const ImName *name = cg_mangle(c, plain);
    const ImScope *s = c->u->inner;
    for (; s != c->u->scope; s = s->parent) {
        const ImSym *sym = im_scope_find(s, name);
        if (!sym || sym->place == IM_PLACE_PARENT || sym->place == IM_PLACE_NONE) continue;
        if (sym->place == IM_PLACE_GLOBAL_IMPLICIT || sym->place == IM_PLACE_GLOBAL_EXPLICIT) return access_global(c, s, sym, name);
        return access_sym(c, s, sym, name);
    }
    const ImSym *sym = im_scope_find(s, name);
    /* The frame's own closure variables, seen from an inlined comprehension of a class body, are plain closure cells. */
    if (s != c->u->inner && sym && in_class_body(c)) {
        if (sym->place == IM_PLACE_FREE || (sym->flags & IM_DEF_FREE_CLASS)) return (Access){ACCESS_FREE, (uint32_t)sym->reg, name, sym};
        return (Access){ACCESS_GLOBAL, 0, name, sym};
    }
    return access_sym(c, s, sym, name);
}

static bool needs_check(const Access *a) {
    return !(a->sym->flags & IM_DEF_PARAM) || (a->sym->flags & IM_DEF_DELETED);
}

Reg cg_name_in_place(Cg *c, const ImName *name, const void *pos) {
    Access a = cg_access(c, name);
    if (a.kind != ACCESS_REG || (a.sym->flags & IM_DEF_WALRUS)) return CG_NONE;
    if (needs_check(&a)) cg_emit(c, OP_CHECKLOCAL, (Reg)a.index, 0, 0, pos);
    return (Reg)a.index;
}

Reg cg_name_register(Cg *c, const ImName *name) {
    Access a = cg_access(c, name);
    return a.kind == ACCESS_REG ? (Reg)a.index : CG_NONE;
}

/* The class namespace that annotation scopes look into. */
static Reg push_classdict(Cg *c, const void *pos) {
    Reg t = cg_push(c);
    cg_load_name(c, cg_name(c, "__classdict__"), t, pos);
    return t;
}

void cg_load_name(Cg *c, const ImName *plain, Reg dst, const void *pos) {
    Access a = cg_access(c, plain);
    uint32_t mark = cg_mark(c);
    switch (a.kind) {
    case ACCESS_REG:
        if (needs_check(&a)) cg_emit(c, OP_CHECKLOCAL, (Reg)a.index, 0, 0, pos);
        cg_emit(c, OP_COPY, dst, (Reg)a.index, 0, pos);
        break;
    case ACCESS_FAR: cg_emit(c, OP_LOADFAR, dst, (Reg)a.index, 0, pos); break;
    case ACCESS_CELL: cg_emit(c, OP_LOADCELL, dst, (Reg)a.index, 0, pos); break;
    case ACCESS_FREE: cg_emit(c, OP_LOADFREE, dst, (Reg)a.index, 0, pos); break;
    case ACCESS_GLOBAL: cg_emit_name(c, OP_LOADGLOBAL, dst, 0, 0, a.name, pos); break;
    case ACCESS_NAME: cg_emit_name(c, OP_LOADNAME, dst, 0, 0, a.name, pos); break;
    case ACCESS_CLASS_FREE: cg_emit_name(c, OP_LOADCLASSFREE, dst, (Reg)a.index, 0, a.name, pos); break;
    case ACCESS_CLASS_GLOBAL: cg_emit_name(c, OP_LOADCLASSGLOBAL, dst, push_classdict(c, pos), 0, a.name, pos); break;
    case ACCESS_CLASS_DEREF: cg_emit_name(c, OP_LOADCLASSDEREF, dst, push_classdict(c, pos), (Reg)a.index, a.name, pos); break;
    }
    cg_release(c, mark);
}

static bool forbidden(Cg *c, const ImName *name, const char *verb, const void *pos) {
    if (!is(name, "__debug__")) return false;
    im_front_error(c->f, pos, "cannot %s __debug__", verb);
    return true;
}

void cg_store_name(Cg *c, const ImName *plain, Reg src, const void *pos) {
    if (forbidden(c, plain, "assign to", pos)) return;
    Access a = cg_access(c, plain);
    switch (a.kind) {
    case ACCESS_REG: cg_move(c, (Reg)a.index, src, pos); break;
    case ACCESS_FAR: cg_emit(c, OP_STOREFAR, src, (Reg)a.index, 0, pos); break;
    case ACCESS_CELL: cg_emit(c, OP_STORECELL, (Reg)a.index, src, 0, pos); break;
    case ACCESS_FREE:
    case ACCESS_CLASS_FREE:
    case ACCESS_CLASS_DEREF: cg_emit(c, OP_STOREFREE, src, (Reg)a.index, 0, pos); break;
    case ACCESS_GLOBAL:
    case ACCESS_CLASS_GLOBAL: cg_emit_name(c, OP_STOREGLOBAL, src, 0, 0, a.name, pos); break;
    case ACCESS_NAME: cg_emit_name(c, OP_STORENAME, src, 0, 0, a.name, pos); break;
    }
}

void cg_delete_name(Cg *c, const ImName *plain, const void *pos) {
    if (forbidden(c, plain, "delete", pos)) return;
    Access a = cg_access(c, plain);
    switch (a.kind) {
    case ACCESS_REG: cg_emit(c, OP_DELLOCAL, (Reg)a.index, 0, 0, pos); break;
    case ACCESS_FAR: cg_emit(c, OP_DELFAR, 0, (Reg)a.index, 0, pos); break;
    case ACCESS_CELL: cg_emit(c, OP_DELCELL, (Reg)a.index, 0, 0, pos); break;
    case ACCESS_FREE:
    case ACCESS_CLASS_FREE:
    case ACCESS_CLASS_DEREF: cg_emit(c, OP_DELFREE, 0, (Reg)a.index, 0, pos); break;
    case ACCESS_GLOBAL:
    case ACCESS_CLASS_GLOBAL: cg_emit_name(c, OP_DELGLOBAL, 0, 0, 0, a.name, pos); break;
    case ACCESS_NAME: cg_emit_name(c, OP_DELNAME, 0, 0, 0, a.name, pos); break;
    }
}

/* End of an except clause: the name may have been deleted by the body already. */
void cg_store_none_and_delete(Cg *c, const ImName *name, const void *pos) {
    Access a = cg_access(c, name);
    if (a.kind == ACCESS_REG) {
        cg_emit(c, OP_CLEAR, (Reg)a.index, 0, 0, pos);
        return;
    }
    uint32_t mark = cg_mark(c);
    Reg t = cg_push(c);
    cg_load_none(c, t, pos);
    cg_store_name(c, name, t, pos);
    cg_release(c, mark);
    cg_delete_name(c, name, pos);
}

/* The cell itself of a variable that code inside this one captures. */
static void push_cell(Cg *c, const ImName *name, const void *pos) {
    Reg t = cg_push(c);
    Unit *u = c->u;
    for (const ImScope *s = u->inner; s != u->scope; s = s->parent) {
        const ImSym *sym = im_scope_find(s, name);
        if (sym && sym->place == IM_PLACE_CELL) {
            cg_emit(c, OP_COPY, t, (Reg)sym->reg, 0, pos);
            return;
        }
    }
    const ImSym *sym = im_scope_find(u->scope, name);
    if (in_class_body(c) && is(name, "__class__") && u->class_cell != CG_NONE) cg_emit(c, OP_COPY, t, u->class_cell, 0, pos);
    else if (in_class_body(c) && is(name, "__classdict__") && u->classdict_cell != CG_NONE) cg_emit(c, OP_COPY, t, u->classdict_cell, 0, pos);
    else if (sym && sym->place == IM_PLACE_CELL) cg_emit(c, OP_COPY, t, (Reg)sym->reg, 0, pos);
    else cg_emit(c, OP_FREECELL, t, (Reg)(sym ? sym->reg : 0), 0, pos);
}

bool cg_push_closure(Cg *c, ImUnit *unit, const void *pos) {
    if (!unit || !unit->nfrees) return false;
    uint32_t n = unit->nfrees, at = 0;
    Reg t = CG_TEMP + (Reg)cg_mark(c);
    if (n <= cg_room(c) || n < 16) {
        for (uint32_t i = 0; i < n; i++) push_cell(c, unit->frees[i], pos);
        cg_emit(c, OP_BUILDTUPLE, t, t, (Reg)n, pos);
        cg_release(c, (uint32_t)(t - CG_TEMP) + 1);
        return true;
    }
    cg_push(c);
    cg_emit(c, OP_BUILDLIST, t, t, 0, pos);
    for (; at < n; at++) {
        push_cell(c, unit->frees[at], pos);
        cg_release(c, (uint32_t)(t - CG_TEMP) + 1);
        cg_emit(c, OP_LISTAPPEND, t, t + 1, 0, pos);
    }
    cg_emit(c, OP_LISTTOTUPLE, t, t, 0, pos);
    return true;
}
