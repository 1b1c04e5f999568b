/* The abstract syntax tree: C types generated from ast.def, constants, and a reflection table.
   SPDX-License-Identifier: MIT

   Every node begins with IM_NODE_HEAD, so that any node can be handled as an ImNode. A node of a sum type keeps
   its fields in `v.<Constructor>`: `e->v.Name.id`; a product type has them directly: `a->posonlyargs`.
   Nodes are allocated with only the room their own constructor needs: never copy `*node` by value; use
   im_ast_size(kind). Every expression has at least room for a Constant, so that folding may rewrite one in place.
   Sequences are {v, n} pairs: `seq.v[0 … seq.n-1]`; v may be NULL when n is 0.
   Columns count UTF-8 bytes from 0, lines from 1, as in CPython's ast. */
#ifndef IM_FRONT_AST_H
#define IM_FRONT_AST_H

#include "arena.h"

#define IM_AST_NOFIELDS

/* Kinds of all nodes: IM_AST_FunctionDef …, and IM_AST_arguments … for product types. */
typedef enum ImNodeKind {
#define IM_AST_NODE(sum, name, fields) IM_AST_##name,
#define IM_AST_PRODUCT(name, ctype, attrs, fields) IM_AST_##name,
#include "ast.def"
    IM_AST_KIND_COUNT
} ImNodeKind;

/* IM_AST_Load, IM_AST_And, IM_AST_Add, IM_AST_Not, IM_AST_Eq … */
#define IM_AST_ENUM(sum, ctype) typedef enum ctype {
#define IM_AST_VALUE(sum, name) IM_AST_##name,
#define IM_AST_ENUM_END(sum, ctype) } ctype;
#include "ast.def"

typedef enum ImConstKind {
    IM_CONST_NONE, IM_CONST_TRUE, IM_CONST_FALSE, IM_CONST_ELLIPSIS,
    IM_CONST_INT,       /* u.i: 0 … INT64_MAX from the parser; folding may make it negative */
    IM_CONST_BIGINT,    /* u.big */
    IM_CONST_FLOAT,     /* u.f */
    IM_CONST_COMPLEX,   /* u.c: the parser leaves re 0 */
    IM_CONST_STR,       /* u.s */
    IM_CONST_BYTES,     /* u.b */
    IM_CONST_TUPLE,     /* u.seq: the parser makes neither this nor the next; folding does */
    IM_CONST_FROZENSET,
    IM_CONST_OBJECT,    /* u.object: a higher layer's value, in trees built from objects or folded by it */
} ImConstKind;

typedef struct ImConst ImConst;
struct ImConst {
    uint8_t kind;                 /* ImConstKind */
    union {
        int64_t i;
        struct {                  /* digits without prefix and underscores, most significant first, NUL after */
            const char *digits;
            uint32_t len;
            uint8_t base;         /* 2, 8, 10, 16 */
            bool negative;        /* by folding only */
        } big;
        double f;
        struct { double re, im; } c;
        struct {
            const char *s;        /* WTF-8: escapes can make lone surrogates, each as three bytes; NUL after */
            size_t len;           /* bytes */
            size_t count;         /* code points */
            uint32_t maxchar;     /* largest code point, 0 when empty */
        } s;
        struct { const char *s; size_t len; } b;
        struct { ImConst **v; int n; } seq;
        void *object;
    } u;
};

#define IM_NODE_HEAD \
    int kind;            /* ImNodeKind */ \
    int lineno, col_offset, end_lineno, end_col_offset

typedef struct ImNode { IM_NODE_HEAD; } ImNode;

/* Forward types, then sequence types: ImExprSeq = {ImExpr **v; int n;} … */
#define IM_AST_SEQTYPE(ctype) \
    typedef struct ctype ctype; \
    typedef struct ctype##Seq { ctype **v; int n; } ctype##Seq;
#define IM_AST_SUM(sum, ctype, attrs) IM_AST_SEQTYPE(ctype)
#define IM_AST_PRODUCT(name, ctype, attrs, fields) IM_AST_SEQTYPE(ctype)
#include "ast.def"
typedef struct ImNodeSeq { ImNode **v; int n; } ImNodeSeq;
typedef struct ImNameSeq { const ImName **v; int n; } ImNameSeq;
typedef struct ImCmpOpSeq { ImCmpOp *v; int n; } ImCmpOpSeq;

/* C type of a field by ASDL type and cardinality. */
#define IM_AST_T_identifier_ONE const ImName *
#define IM_AST_T_identifier_OPT const ImName *
#define IM_AST_T_identifier_SEQ ImNameSeq
#define IM_AST_T_string_ONE const ImName *
#define IM_AST_T_string_OPT const ImName *
#define IM_AST_T_int_ONE int
#define IM_AST_T_int_OPT int
#define IM_AST_T_constant_ONE ImConst *
#define IM_AST_T_expr_context_ONE ImExprContext
#define IM_AST_T_boolop_ONE ImBoolOp
#define IM_AST_T_operator_ONE ImOperator
#define IM_AST_T_unaryop_ONE ImUnaryOp
#define IM_AST_T_cmpop_SEQ ImCmpOpSeq
#define IM_AST_T_stmt_SEQ ImStmtSeq
#define IM_AST_T_expr_ONE ImExpr *
#define IM_AST_T_expr_OPT ImExpr *
#define IM_AST_T_expr_SEQ ImExprSeq
#define IM_AST_T_arguments_ONE ImArguments *
#define IM_AST_T_arg_OPT ImArg *
#define IM_AST_T_arg_SEQ ImArgSeq
#define IM_AST_T_keyword_SEQ ImKeywordSeq
#define IM_AST_T_alias_SEQ ImAliasSeq
#define IM_AST_T_withitem_SEQ ImWithItemSeq
#define IM_AST_T_match_case_SEQ ImMatchCaseSeq
#define IM_AST_T_pattern_ONE ImPattern *
#define IM_AST_T_pattern_OPT ImPattern *
#define IM_AST_T_pattern_SEQ ImPatternSeq
#define IM_AST_T_comprehension_SEQ ImComprehensionSeq
#define IM_AST_T_excepthandler_SEQ ImExceptHandlerSeq
#define IM_AST_T_type_ignore_SEQ ImTypeIgnoreSeq
#define IM_AST_T_type_param_SEQ ImTypeParamSeq

#define F(type, card, name) IM_AST_T_##type##_##card name;
#define IM_AST_SUM(sum, ctype, attrs) struct ctype { IM_NODE_HEAD; union {
#define IM_AST_NODE(sum, name, fields) struct { fields } name;
#define IM_AST_SUM_END(sum, ctype) } v; };
#define IM_AST_PRODUCT(name, ctype, attrs, fields) struct ctype { IM_NODE_HEAD; fields };
#include "ast.def"
#undef F

/* Reflection: what a generic walk (dump, conversion to and from objects) needs to know. */
typedef enum ImFieldType {
    IM_FT_identifier, IM_FT_string, IM_FT_int, IM_FT_constant,
    /* enum types */
#define IM_AST_ENUM(sum, ctype) IM_FT_##sum,
#include "ast.def"
    /* node types */
#define IM_AST_SUM(sum, ctype, attrs) IM_FT_##sum,
#define IM_AST_PRODUCT(name, ctype, attrs, fields) IM_FT_##name,
#include "ast.def"
    IM_FT_COUNT
} ImFieldType;
enum { IM_FT_FIRST_ENUM = IM_FT_expr_context, IM_FT_FIRST_NODE = IM_FT_mod };

typedef enum ImFieldCard { IM_CARD_ONE, IM_CARD_OPT, IM_CARD_SEQ } ImFieldCard;

typedef struct ImFieldInfo {
    const char *name;
    uint8_t type;        /* ImFieldType */
    uint8_t card;        /* ImFieldCard */
    uint16_t offset;     /* in the node struct */
} ImFieldInfo;

typedef struct ImNodeInfo {
    const char *name;
    uint8_t nfields;
    uint8_t sum;         /* ImFieldType of the sum, or of the product itself */
    bool is_product;
    bool has_pos;
    uint16_t size;       /* bytes to allocate */
} ImNodeInfo;

extern const ImNodeInfo im_ast_nodes[IM_AST_KIND_COUNT];
/* The node's fields in order; im_ast_nodes[kind].nfields of them. */
const ImFieldInfo *im_ast_fields(ImNodeKind kind);
/* Names of the constructors of an enum type, in order, NULL-terminated; NULL for other types. */
const char *const *im_ast_enum_names(ImFieldType type);
const char *im_ast_type_name(ImFieldType type);

static inline size_t im_ast_size(ImNodeKind kind) { return im_ast_nodes[kind].size; }

/* Zeroed node with its kind set; positions are left 0. NULL when memory is short. */
ImNode *im_ast_new(ImArena *a, ImNodeKind kind);

static inline void im_ast_copy_pos(void *to, const void *from) {
    ImNode *t = to;
    const ImNode *f = from;
    t->lineno = f->lineno;
    t->col_offset = f->col_offset;
    t->end_lineno = f->end_lineno;
    t->end_col_offset = f->end_col_offset;
}

#endif
