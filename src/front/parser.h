/* The parser's own state and helpers, shared by parse_*.c; users of the front end include front.h.
   SPDX-License-Identifier: MIT

   The parser is predictive: a function that cannot go on returns NULL (false) and the whole parse ends, without
   a message unless it raised one. What to say is worked out afterwards by errors.c, which parses the tokens
   again in the way of CPython's grammar. Only `with (`, `match` and `case` try one way and then another.
   Every node begins at the token that was current when its rule began, and ends at the last token consumed. */
#ifndef IM_FRONT_PARSER_H
#define IM_FRONT_PARSER_H

#include "lexer.h"

/* Units of recursion; one unit is one or a few C frames, together below 400 bytes of stack. */
enum { IM_PARSE_MAX_DEPTH = 6000 };

typedef struct ImParser {
    const ImToken *tok;          /* current token */
    const ImToken *first;        /* of the array */
    const ImToken *statement;    /* where the top-level statement begins that is being parsed */
    ImArena *arena;
    const ImSource *src;
    const ImFrontHooks *hooks;
    ImSyntaxErr *err;            /* type set: an error was raised */
    unsigned flags;
    int depth;
    const char *stack_limit;     /* this thread's, where it has a small one; NULL outside of any */
    const ImToken *warned;       /* strings up to this token have given their warnings */
    const ImLexWarning *lex_warnings;   /* not yet issued */
    void **stack;                /* items of unfinished sequences (malloc) */
    int sp, cap;
} ImParser;

static inline bool im_at(const ImParser *p, int type) { return p->tok->type == type; }
static inline bool im_accept(ImParser *p, int type) {
    if (p->tok->type != type) return false;
    p->tok++;
    return true;
}
static inline bool im_at_soft(const ImParser *p, ImSoftKw kw) {
    return p->tok->type == IM_TOK_NAME && p->tok->soft == kw;
}

/* A node beginning at `start`; NULL when memory is short. The end is set by im_finish. */
void *im_node_at(ImParser *p, ImNodeKind kind, const ImToken *start);
/* Ends the node at the last token that is not a line or block mark. Returns it. */
static inline void *im_finish(ImParser *p, void *node) {
    ImNode *n = node;
    if (!n) return NULL;
    const ImToken *t = p->tok - 1;
    while (t->type >= IM_TOK_NEWLINE && t->type <= IM_TOK_DEDENT) t--;
    n->end_lineno = t->end_lineno;
    n->end_col_offset = t->end_col;
    return n;
}

/* Sequences: push items, then take those above the mark. */
bool im_push_slow(ImParser *p);
static inline bool im_push(ImParser *p, const void *item) {
    if (p->sp == p->cap && !im_push_slow(p)) return false;
    p->stack[p->sp++] = (void *)(uintptr_t)item;
    return true;
}
bool im_take_nodes(ImParser *p, int mark, ImNodeSeq *out);
#define im_take(p, mark, seq) im_take_nodes(p, mark, (ImNodeSeq *)(void *)(seq))

/* Deep recursion is an error, not a crash. */
bool im_too_deep(ImParser *p);
static inline bool im_stack_short(const ImParser *p) { return (const char *)__builtin_frame_address(0) < p->stack_limit; }
static inline bool im_enter(ImParser *p) { return (++p->depth < IM_PARSE_MAX_DEPTH && !im_stack_short(p)) || im_too_deep(p); }
static inline void im_leave(ImParser *p) { p->depth--; }

/* Raises, and returns NULL. The range runs from the first token's start to the last one's end. */
__attribute__((format(printf, 5, 6)))
/* The object layer has functions of these names. */
#define im_raise im_parse_raise
#define im_raise_memory im_parse_raise_memory
void *im_raise(ImParser *p, ImSyntaxErrType type, const ImToken *from, const ImToken *to, const char *fmt, ...);
/* False, after raising, when feature_version asks for a language older than 3.MINOR. `what` ends in "is" or "are". */
static inline bool im_since(ImParser *p, unsigned minor, const char *what) {
    unsigned version = p->flags >> IM_PARSE_FEATURE_SHIFT & 15;
    if (!version || version - 1 >= minor) return true;
    im_raise(p, IM_ERR_SYNTAX, p->tok, p->tok, "%s only supported in Python 3.%u and greater", what, minor);
    return false;
}
/* The same with explicit columns in bytes; end_col -1 means none. */
void *im_raise_at(ImParser *p, ImSyntaxErrType type, int lineno, int col, int end_lineno, int end_col, const char *msg);
void *im_raise_memory(ImParser *p);
/* Fills the error's text and converts columns; cur is the last token that CPython's tokenizer would have read. */
void im_set_error(ImParser *p, ImSyntaxErrType type, int lineno, int offset, int end_lineno, int end_offset,
                  const char *msg, const ImToken *cur);

/* Issues the lexer's warnings about tokens before `end`; false when one became an error. */
bool im_flush_warnings(ImParser *p, const ImToken *end);

const ImName *im_ident(ImParser *p, const ImToken *t);
const ImName *im_expect_name(ImParser *p);

/* parse_expr.c */
ImExpr *im_expression(ImParser *p);
ImExpr *im_named_expression(ImParser *p);
ImExpr *im_star_expressions(ImParser *p);        /* with star_expression items; a tuple if commas follow */
ImExpr *im_star_expression(ImParser *p);
ImExpr *im_yield_or_star_expressions(ImParser *p);
ImExpr *im_disjunction(ImParser *p);
ImExpr *im_bitwise_or(ImParser *p);
ImExpr *im_primary(ImParser *p);                 /* atom with trailers, no await */
ImExpr *im_star_target(ImParser *p);
ImExpr *im_star_targets(ImParser *p);
bool im_set_context(ImExpr *e, ImExprContext ctx);   /* false: not a target */
ImArguments *im_parameters(ImParser *p, bool lambda);
bool im_call_arguments(ImParser *p, const ImToken *open, ImExprSeq *args, ImKeywordSeq *keywords);

/* parse_atom.c */
ImExpr *im_atom(ImParser *p);
ImExpr *im_slices(ImParser *p);
ImExpr *im_number(ImParser *p);
ImExpr *im_yield(ImParser *p);
bool im_comprehensions(ImParser *p, ImComprehensionSeq *out);
static inline bool im_at_comprehension(const ImParser *p) {
    return im_at(p, IM_KW_for) || (im_at(p, IM_KW_async) && p->tok[1].type == IM_KW_for);
}

/* parse_string.c */
ImExpr *im_strings(ImParser *p);

/* parse_stmt.c, parse_compound.c */
bool im_statements(ImParser *p, int end, ImStmtSeq *out);
bool im_simple_statements(ImParser *p);          /* a line of them, pushed */
bool im_compound_statement(ImParser *p, ImStmt **out);   /* *out NULL: none begins here */
bool im_block(ImParser *p, ImStmtSeq *out);
bool im_type_params(ImParser *p, ImTypeParamSeq *out);
const ImName *im_type_comment(ImParser *p);

/* parse_pattern.c */
bool im_match_statement(ImParser *p, ImStmt **out);

/* errors.c */
void im_explain_error(ImParser *p, const ImTokens *toks, ImParseMode mode);

#endif
