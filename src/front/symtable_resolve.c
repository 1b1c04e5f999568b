/* Where each name of each scope lives: local, cell, closure, global.
   SPDX-License-Identifier: MIT

   Scopes are taken parents first; a name that a scope does not bind is looked for in the scopes around it, and every scope
   between the use and the binding learns that it must pass the cell on. */
#include "symtable_build.h"

#include <string.h>

void im_build_directive(ImBuild *b, const ImScope *scope, const ImName *name, const void *pos) {
    IM_FRONT_GROW(b->f, b->directives, b->ndirectives, b->directives_cap);
    b->directives[b->ndirectives++] = (ImDirective){scope, name, pos};
}

static const void *directive_of(const ImBuild *b, const ImScope *s, const ImName *name) {
    for (uint32_t i = 0; i < b->ndirectives; i++)
        if (b->directives[i].scope == s && b->directives[i].name == name) return b->directives[i].pos;
    return NULL;
}

static bool is_class_cell(const ImName *n) {
    return (n->len == 9 && !memcmp(n->s, "__class__", 9)) || (n->len == 13 && !memcmp(n->s, "__classdict__", 13));
}

/* The scope around s that binds name for code in s, or NULL: global. *crossed: a frame boundary lies between. */
static ImScope *find_owner(const ImScope *s, const ImName *name, bool *crossed) {
    bool cross = !s->inlined;
    for (ImScope *p = s->parent; p; p = p->parent) {
        if (p->kind == IM_SCOPE_CLASS) {
            if (is_class_cell(name)) {
                if (!cross) return NULL; /* an inlined comprehension in the class body cannot see them */
                *crossed = true;
                return p;
            }
        } else if (im_scope_is_function_like(p)) {
            const ImSym *sym = im_scope_find(p, name);
            if (sym) {
                if (sym->flags & IM_DEF_GLOBAL) return NULL;
                if (!(sym->flags & IM_DEF_NONLOCAL) && (sym->flags & IM_DEF_BOUND)) {
                    *crossed = cross;
                    return p;
                }
            }
        }
        cross |= !p->inlined;
    }
    return NULL;
}

/* The binding in `owner` becomes a cell, and the frames between pass it on. */
static void capture(ImBuild *b, ImScope *s, ImScope *owner, const ImName *name) {
    if (owner->kind == IM_SCOPE_CLASS) {
        if (name->len == 9) owner->needs_class_closure = true;
        else owner->needs_classdict = true;
    } else im_scope_find(owner, name)->place = IM_PLACE_CELL;
    for (ImScope *q = s; q != owner; q = q->parent) {
        if (q->inlined) continue;
        ImSym *sym = im_scope_add(b->f, q, name);
        if (sym->place == IM_PLACE_FREE) {
            if (q != s) return; /* passed on already, and so by all scopes further out */
        } else if (q != s && (q->kind == IM_SCOPE_CLASS || q->sees_class) && sym->flags) sym->flags |= IM_DEF_FREE_CLASS;
        else sym->place = IM_PLACE_FREE;
    }
}

static void resolve_outer(ImBuild *b, ImScope *s, ImSym *sym) {
    bool crossed = false;
    ImScope *owner = find_owner(s, sym->name, &crossed);
    if (!owner) {
        sym->place = IM_PLACE_GLOBAL_IMPLICIT;
        return;
    }
    sym->place = s->inlined ? IM_PLACE_PARENT : IM_PLACE_FREE;
    if (crossed) capture(b, s, owner, sym->name);
}

/* An annotation scope in a class: a name that the class binds too is looked up in the class and then globally. */
static bool resolve_by_class(ImScope *s, ImSym *sym) {
    if (!s->sees_class) return false;
    const ImScope *c = s->parent;
    while (c && c->kind != IM_SCOPE_CLASS) c = c->parent;
    const ImSym *in = c ? im_scope_find(c, sym->name) : NULL;
    if (!in) return false;
    if (in->flags & IM_DEF_GLOBAL) sym->place = IM_PLACE_GLOBAL_EXPLICIT;
    else if ((in->flags & IM_DEF_BOUND) && !(in->flags & IM_DEF_NONLOCAL)) sym->place = IM_PLACE_GLOBAL_IMPLICIT;
    else return false;
    return true;
}

static void resolve_nonlocal(ImBuild *b, ImScope *s, ImSym *sym) {
    const void *pos = directive_of(b, s, sym->name);
    if (s->kind == IM_SCOPE_MODULE) {
        im_front_error(b->f, pos, "nonlocal declaration not allowed at module level");
        return;
    }
    bool crossed = false;
    ImScope *owner = find_owner(s, sym->name, &crossed);
    if (!owner) {
        im_front_error(b->f, pos, "no binding for nonlocal '%U' found", sym->name);
        return;
    }
    if (owner->kind != IM_SCOPE_CLASS && (im_scope_find(owner, sym->name)->flags & IM_DEF_TYPE_PARAM)) {
        im_front_error(b->f, pos, "nonlocal binding not allowed for type parameter '%U'", sym->name);
        return;
    }
    resolve_outer(b, s, sym);
}

static void resolve_sym(ImBuild *b, ImScope *s, ImSym *sym) {
    if (sym->flags & IM_DEF_GLOBAL) {
        if (sym->flags & IM_DEF_NONLOCAL)
            im_front_error(b->f, directive_of(b, s, sym->name), "name '%U' is nonlocal and global", sym->name);
        sym->place = IM_PLACE_GLOBAL_EXPLICIT;
    } else if (sym->flags & IM_DEF_NONLOCAL) resolve_nonlocal(b, s, sym);
    else if (sym->flags & IM_DEF_BOUND) sym->place = IM_PLACE_LOCAL;
    else if (!resolve_by_class(s, sym)) resolve_outer(b, s, sym);
}

void im_symtable_resolve(ImBuild *b, ImScope *s) {
    if (im_front_too_deep(b->f, IM_TOO_DEEP)) return;
    if (s->kind == IM_SCOPE_ANNOTATION) return; /* never runs: what it names need not be captured */
    /* Symbols that children pass through are added later, at the end, with their place set. */
    for (uint32_t i = 0, n = s->nsyms; i < n; i++)
        if (!s->syms[i]->place) resolve_sym(b, s, s->syms[i]);
    for (uint32_t i = 0; i < s->nchildren && !im_front_failed(b->f); i++) im_symtable_resolve(b, s->children[i]);
}
