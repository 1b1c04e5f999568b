/* The symbol table: which names each block binds and uses, and where each name lives.
   SPDX-License-Identifier: MIT

   A scope is made for the module, every class, function, lambda, comprehension, and the annotation scopes of PEP 695.
   Comprehensions other than generator expressions are *inlined* (PEP 709): they have a scope, but their variables live in
   the nearest enclosing scope that has a code object of its own (its *frame scope*). */
#ifndef IM_FRONT_SYMTABLE_H
#define IM_FRONT_SYMTABLE_H

#include "context.h"

typedef enum ImScopeKind {
    IM_SCOPE_FUNCTION, IM_SCOPE_CLASS, IM_SCOPE_MODULE, IM_SCOPE_ANNOTATION /* never runs: postponed annotations */,
    IM_SCOPE_TYPE_ALIAS, IM_SCOPE_TYPE_PARAMS, IM_SCOPE_TYPE_VAR, /* annotation scopes: functions that see class names */
} ImScopeKind;

/* Flags of a symbol; the first ones have the values that the _symtable module shows. */
enum {
    IM_DEF_GLOBAL = 1, IM_DEF_LOCAL = 2, IM_DEF_PARAM = 4, IM_DEF_NONLOCAL = 8, IM_DEF_USE = 16, IM_DEF_FREE_CLASS = 64,
    IM_DEF_IMPORT = 128, IM_DEF_ANNOT = 256, IM_DEF_COMP_ITER = 512, IM_DEF_TYPE_PARAM = 1024, IM_DEF_COMP_CELL = 2048,
    IM_DEF_BOUND = IM_DEF_LOCAL | IM_DEF_PARAM | IM_DEF_IMPORT | IM_DEF_TYPE_PARAM,
    IM_DEF_WALRUS = 1 << 16,   /* target of := : may change in the middle of an expression */
    IM_DEF_DELETED = 1 << 17,  /* del, or the name of an except clause: may become unbound */
};

/* Where a name lives; values of CPython's _symtable. PARENT: look in the enclosing scope, which shares the frame. */
typedef enum ImPlace { IM_PLACE_NONE, IM_PLACE_LOCAL, IM_PLACE_GLOBAL_EXPLICIT, IM_PLACE_GLOBAL_IMPLICIT, IM_PLACE_FREE, IM_PLACE_CELL,
    IM_PLACE_PARENT } ImPlace;

typedef enum ImCompKind { IM_COMP_NONE, IM_COMP_LIST, IM_COMP_DICT, IM_COMP_SET, IM_COMP_GENERATOR } ImCompKind;

typedef struct ImSym {
    const ImName *name;   /* mangled */
    uint32_t flags;
    uint8_t place;        /* ImPlace */
    int32_t reg;          /* code generation: register, far local or closure index; -1 none */
} ImSym;

typedef struct ImScope ImScope;
struct ImScope {
    ImScopeKind kind;
    const ImName *name;
    const void *key;         /* syntax node */
    ImScope *parent;
    ImScope **children;
    uint32_t nchildren, children_cap;
    ImSym **syms;            /* in order of first appearance */
    uint32_t nsyms, syms_cap;
    ImPtrMap index;          /* name -> ImSym, once there are more than a few */
    const ImName **varnames; /* parameters in order */
    uint32_t nvarnames, varnames_cap;
    int lineno, col_offset, end_lineno, end_col_offset;
    const ImName *private_name;
    const ImScope *mangling; /* type parameter scope of a class around or here: only its `mangled` names are mangled; NULL: all */
    const ImName **mangled;
    uint32_t nmangled, mangled_cap;
    ImCompKind comp;
    const char *type_var_what; /* "a TypeVar bound" … */
    int comp_iter_expr;      /* > 0: inside the iterable of a comprehension */
    bool comp_iter_target;
    bool inlined;            /* comprehension without a code object */
    bool nested, generator, coroutine, is_async_def, varargs, varkeywords, returns_value;
    bool needs_class_closure, needs_classdict, sees_class, is_method, has_walrus;
    bool has_children_comps; /* child_free is not kept: closures are found by the places */
};

typedef struct ImSymtable {
    ImFront *f;
    ImScope *top;
    ImPtrMap scopes;         /* syntax node -> ImScope */
} ImSymtable;

/* NULL-safe result only in *f: check im_front_failed. */
ImSymtable *im_symtable_build(ImFront *f, ImMod *mod);
ImScope *im_scope_of(const ImSymtable *st, const void *key);
ImSym *im_scope_find(const ImScope *s, const ImName *name);
static inline bool im_scope_is_function_like(const ImScope *s) { return s->kind == IM_SCOPE_FUNCTION || s->kind >= IM_SCOPE_TYPE_ALIAS; }
const ImName *im_scope_mangle(ImFront *f, const ImScope *s, const ImName *cls, const ImName *name);
/* Keys of scopes that belong to parts of a node. */
#define IM_KEY_TYPE_PARAMS(node) ((const char *)(node) + 1)
#define IM_KEY_DEFAULT(node) ((const char *)(node) + 2)

#endif
