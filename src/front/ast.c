/* Reflection tables of the syntax tree, generated from ast.def, and node allocation.
   SPDX-License-Identifier: MIT */
#include "ast.h"

#include <string.h>

/* Nameable copies of the constructors' structs, for offsetof and sizeof. */
#define F(type, card, name) IM_AST_T_##type##_##card name;
#define IM_AST_NODE(sum, name, fields) struct fields_##name { fields };
#include "ast.def"
#undef F

enum { HEAD = offsetof(ImExpr, v), MIN_EXPR = offsetof(ImExpr, v) + sizeof(struct fields_Constant) };

/* Folding makes a comparison of `not (a in b)`, in place. */
#define ROOM(sum, name) \
    (uint16_t)(IM_AST_##name == IM_AST_UnaryOp ? HEAD + sizeof(struct fields_Compare) \
               : IM_FT_##sum == IM_FT_expr && HEAD + sizeof(struct fields_##name) < MIN_EXPR ? MIN_EXPR : HEAD + sizeof(struct fields_##name))


const ImNodeInfo im_ast_nodes[IM_AST_KIND_COUNT] = {
#define F(type, card, name) + 1
#define IM_AST_NODE(sum, name, fields) {#name, 0 fields, IM_FT_##sum, false, \
    IM_FT_##sum != IM_FT_mod && IM_FT_##sum != IM_FT_type_ignore, ROOM(sum, name)},
#define IM_AST_PRODUCT(name, ctype, attrs, fields) {#name, 0 fields, IM_FT_##name, true, attrs, sizeof(ctype)},
#include "ast.def"
#undef F
};

/* Each case has its own block-scoped OWNER, which F refers to. */
const ImFieldInfo *im_ast_fields(ImNodeKind kind) {
    switch (kind) {
#define F(type, card, name) {#name, IM_FT_##type, IM_CARD_##card, (uint16_t)(BASE + offsetof(OWNER, name))},
#define IM_AST_NODE(sum, name, fields) case IM_AST_##name: { \
        typedef struct fields_##name OWNER; \
        enum { BASE = HEAD + 0 * sizeof(OWNER) }; \
        static const ImFieldInfo table[] = {fields {NULL, BASE, 0, 0}}; \
        return table; }
#define IM_AST_PRODUCT(name, ctype, attrs, fields) case IM_AST_##name: { \
        typedef ctype OWNER; \
        enum { BASE = 0 }; \
        static const ImFieldInfo table[] = {fields {NULL, 0, 0, 0}}; \
        return table; }
#include "ast.def"
#undef F
    case IM_AST_KIND_COUNT: break;
    }
    return NULL;
}

const char *const *im_ast_enum_names(ImFieldType type) {
    switch (type) {
#define IM_AST_ENUM(sum, ctype) case IM_FT_##sum: { static const char *const names[] = {
#define IM_AST_VALUE(sum, name) #name,
#define IM_AST_ENUM_END(sum, ctype) NULL}; return names; }
#include "ast.def"
    default: return NULL;
    }
}

const char *im_ast_type_name(ImFieldType type) {
    static const char *const names[IM_FT_COUNT] = {
        "identifier", "string", "int", "constant",
#define IM_AST_ENUM(sum, ctype) #sum,
#include "ast.def"
#define IM_AST_SUM(sum, ctype, attrs) #sum,
#define IM_AST_PRODUCT(name, ctype, attrs, fields) #name,
#include "ast.def"
    };
    return names[type];
}

ImNode *im_ast_new(ImArena *a, ImNodeKind kind) {
    ImNode *n = im_arena_zalloc(a, im_ast_nodes[kind].size);
    if (n) n->kind = kind;
    return n;
}
