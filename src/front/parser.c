/* The parser's entry, helpers for nodes and sequences, and the raising of errors.
   SPDX-License-Identifier: MIT */
#include "parser.h"

#include "thread/thread.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- nodes and sequences ---- */

void *im_node_at(ImParser *p, ImNodeKind kind, const ImToken *start) {
    size_t size = im_ast_size(kind);
    ImNode *n = im_arena_alloc(p->arena, size);
    if (!n) return im_raise_memory(p);
    memset(n, 0, size);
    n->kind = kind;
    n->lineno = start->lineno;
    n->col_offset = start->col;
    return n;
}

bool im_push_slow(ImParser *p) {
    int cap = p->cap ? p->cap * 2 : 256;
    void **s = realloc(p->stack, (size_t)cap * sizeof *s);
    if (!s) return im_raise_memory(p), false;
    p->stack = s;
    p->cap = cap;
    return true;
}

bool im_take_nodes(ImParser *p, int mark, ImNodeSeq *out) {
    int n = p->sp - mark;
    out->n = n;
    out->v = NULL;
    p->sp = mark;
    if (!n) return true;
    out->v = im_arena_alloc(p->arena, (size_t)n * sizeof *out->v);
    if (!out->v) return im_raise_memory(p), false;
    memcpy(out->v, p->stack + mark, (size_t)n * sizeof *out->v);
    return true;
}

const ImName *im_ident(ImParser *p, const ImToken *t) {
    const char *s = p->src->text + t->start;
    size_t len = t->end - t->start;
    if ((t->flags & IM_TOKF_NONASCII) && p->hooks && p->hooks->normalise) {
        if (p->hooks->normalise(p->hooks->ctx, p->arena, s, len, &s, &len) < 0) {
            if (!p->err->type) *p->err = (ImSyntaxErr){.type = IM_ERR_PENDING};
            return NULL;
        }
    }
    const ImName *n = im_arena_name(p->arena, s, len);
    if (n && (t->flags & IM_TOKF_NONASCII) && (!strcmp(n->s, "None") || !strcmp(n->s, "True") || !strcmp(n->s, "False"))) {
        char buf[80]; /* other letters that are these, once they are normalised */
        snprintf(buf, sizeof buf, "identifier field can't represent '%s' constant", n->s);
        if (!p->err->type) *p->err = (ImSyntaxErr){.type = IM_ERR_VALUE, .msg = im_arena_memdup(p->arena, buf, strlen(buf))};
        return NULL;
    }
    return n ? n : im_raise_memory(p);
}

const ImName *im_expect_name(ImParser *p) {
    if (!im_at(p, IM_TOK_NAME)) return NULL;
    return im_ident(p, p->tok++);
}

/* ---- errors ---- */

void *im_raise_memory(ImParser *p) {
    if (!p->err->type) *p->err = (ImSyntaxErr){.type = IM_ERR_MEMORY};
    return NULL;
}

bool im_too_deep(ImParser *p) {
    if (!p->err->type)
        *p->err = (ImSyntaxErr){.type = IM_ERR_MEMORY,
            .msg = "Parser stack overflowed - Python source too complex to parse"};
    return false;
}

static const char *line_text(const ImSource *src, int lineno) {
    const char *s = src->text, *end = s + src->len;
    for (int i = 1; i < lineno; i++) {
        const char *nl = memchr(s, '\n', (size_t)(end - s));
        if (!nl || nl + 1 >= end) break;
        s = nl + 1;
    }
    return s;
}

/* Columns are 1-based bytes within the error's first line, whichever line they belong to: so CPython does it. */
static int to_chars(const char *line, size_t len, int col) {
    if (col <= 0) return col;
    size_t n = (size_t)col > len + 1 ? len + 1 : (size_t)col;
    size_t chars = 0;
    for (size_t i = 0; i < n; i++) chars += i >= len || ((unsigned char)line[i] & 0xC0) != 0x80;
    return (int)chars;
}

void im_set_error(ImParser *p, ImSyntaxErrType type, int lineno, int offset, int end_lineno, int end_offset,
                  const char *msg, const ImToken *cur) {
    const char *line = line_text(p->src, lineno);
    const char *end = p->src->text + p->src->len;
    const char *nl = memchr(line, '\n', (size_t)(end - line));
    size_t len = (size_t)((nl ? nl : end) - line);
    if (cur->end_lineno <= lineno && nl) len++;
    int off = to_chars(line, len, offset), eoff = to_chars(line, len, end_offset);
    *p->err = (ImSyntaxErr){.type = type, .msg = msg, .has_pos = true, .has_end = true, .lineno = lineno, .offset = off,
        .end_lineno = end_lineno, .end_offset = eoff, .text = line, .text_len = len};
}

void *im_raise_at(ImParser *p, ImSyntaxErrType type, int lineno, int col, int end_lineno, int end_col, const char *msg) {
    if (!p->err->type)
        im_set_error(p, type, lineno, col + 1, end_lineno, end_col < 0 ? -1 : end_col + 1, msg, p->tok);
    return NULL;
}

void *im_raise(ImParser *p, ImSyntaxErrType type, const ImToken *from, const ImToken *to, const char *fmt, ...) {
    if (p->err->type) return NULL;
    char buf[512];
    va_list va;
    va_start(va, fmt);
    int n = vsnprintf(buf, sizeof buf, fmt, va);
    va_end(va);
    if (n >= (int)sizeof buf) n = sizeof buf - 1;
    const char *msg = im_arena_memdup(p->arena, buf, n < 0 ? 0 : (size_t)n);
    if (!msg) return im_raise_memory(p);
    return im_raise_at(p, type, from->lineno, from->col, to->end_lineno, to->end_col, msg);
}

bool im_flush_warnings(ImParser *p, const ImToken *end) {
    for (const ImLexWarning *w; (w = p->lex_warnings) && p->first + w->tok < end;) {
        p->lex_warnings = w->next;
        int r = p->hooks && p->hooks->warn ? p->hooks->warn(p->hooks->ctx, IM_WARN_SYNTAX, w->err.msg, w->err.lineno) : 0;
        if (!r) continue;
        *p->err = w->err;
        if (r < 0) p->err->type = IM_ERR_PENDING;
        p->lex_warnings = NULL;
        return false;
    }
    return true;
}

/* ---- entry ---- */

static ImTypeIgnoreSeq type_ignores(ImParser *p, const ImTokens *toks) {
    ImTypeIgnoreSeq seq = {NULL, 0};
    int mark = p->sp;
    for (int i = 0; i < toks->nignores; i++) {
        const ImTypeIgnoreTok *t = &toks->ignores[i];
        ImTypeIgnore *n = (ImTypeIgnore *)im_ast_new(p->arena, IM_AST_TypeIgnore);
        if (!n) break;
        n->v.TypeIgnore.lineno = t->lineno;
        n->v.TypeIgnore.tag = im_arena_name(p->arena, p->src->text + t->start, t->end - t->start);
        if (!im_push(p, n)) break;
    }
    im_take(p, mark, &seq);
    return seq;
}

/* func_type: '(' types ')' '->' expression */
static bool function_type(ImParser *p, ImMod *m) {
    if (!im_accept(p, IM_TOK_LPAR)) return false;
    int mark = p->sp, stars = 0;
    while (!im_at(p, IM_TOK_RPAR)) {
        if (stars == 2) return false;
        if (im_accept(p, IM_TOK_DOUBLESTAR)) stars = 2;
        else if (im_accept(p, IM_TOK_STAR)) {
            if (stars) return false;
            stars = 1;
        } else if (stars) return false;
        ImExpr *e = im_expression(p);
        if (!e || !im_push(p, e)) return false;
        if (!im_accept(p, IM_TOK_COMMA)) break;
        if (im_at(p, IM_TOK_RPAR)) return false;
    }
    if (!im_accept(p, IM_TOK_RPAR) || !im_accept(p, IM_TOK_RARROW)) return false;
    if (!im_take(p, mark, &m->v.FunctionType.argtypes)) return false;
    return (m->v.FunctionType.returns = im_expression(p)) != NULL;
}

/* statement_newline: what an interactive line may be */
static bool interactive(ImParser *p, ImStmtSeq *body) {
    int mark = p->sp;
    if (im_at(p, IM_TOK_NEWLINE)) {
        void *pass = im_node_at(p, IM_AST_Pass, p->tok);
        p->tok++;
        if (!pass) return false;
        im_finish(p, pass);
        ((ImNode *)pass)->end_lineno = p->tok[-1].end_lineno;
        ((ImNode *)pass)->end_col_offset = p->tok[-1].end_col;
        return im_push(p, pass) && im_take(p, mark, body);
    }
    ImStmt *s;
    if (!im_compound_statement(p, &s)) return false;
    if (s) return im_accept(p, IM_TOK_NEWLINE) && im_push(p, s) && im_take(p, mark, body);
    return im_simple_statements(p) && im_take(p, mark, body);
}

/* expressions: like star_expressions, without stars */
static ImExpr *expressions(ImParser *p) {
    const ImToken *s = p->tok;
    ImExpr *e = im_expression(p);
    if (!e || !im_at(p, IM_TOK_COMMA)) return e;
    int mark = p->sp;
    if (!im_push(p, e)) return NULL;
    while (im_accept(p, IM_TOK_COMMA) && !im_at(p, IM_TOK_NEWLINE) && !im_at(p, IM_TOK_ENDMARKER)) {
        if (!(e = im_expression(p)) || !im_push(p, e)) return NULL;
    }
    ImExpr *t = im_node_at(p, IM_AST_Tuple, s);
    if (!t || !im_take(p, mark, &t->v.Tuple.elts)) return NULL;
    return im_finish(p, t);
}

static bool parse_mod(ImParser *p, ImMod *m, const ImTokens *toks) {
    switch (m->kind) {
    case IM_AST_Module:
        if (!im_statements(p, IM_TOK_ENDMARKER, &m->v.Module.body)) return false;
        m->v.Module.type_ignores = type_ignores(p, toks);
        return im_at(p, IM_TOK_ENDMARKER);
    case IM_AST_Interactive: return interactive(p, &m->v.Interactive.body);
    case IM_AST_Expression:
        if (!(m->v.Expression.body = expressions(p))) return false;
        break;
    default:
        if (!function_type(p, m)) return false;
    }
    while (im_accept(p, IM_TOK_NEWLINE)) {}
    return im_at(p, IM_TOK_ENDMARKER);
}

/* single mode: nothing but blank lines and comments may follow the statement. */
static bool single_ends(ImParser *p, const ImTokens *toks) {
    if (p->tok >= toks->v + toks->n) return true;
    const char *s = p->src->text + p->tok->start, *end = p->src->text + p->src->len;
    const ImToken *prev = p->tok - 1;
    s = p->src->text + prev->end;
    for (; s < end; s++) {
        if (*s == '#') {
            while (s < end && *s != '\n') s++;
            if (s == end) break;
        } else if (*s != ' ' && *s != '\t' && *s != '\n' && *s != '\f') {
            im_set_error(p, IM_ERR_SYNTAX, prev->lineno, prev->col + 1, prev->end_lineno, prev->end_col + 1,
                         "multiple statements found while compiling a single statement", prev);
            return false;
        }
    }
    return true;
}

static ImMod *parse_tokens(ImParser *p, const ImTokens *toks, ImParseMode mode) {
    static const ImNodeKind kinds[] = {IM_AST_Module, IM_AST_Expression, IM_AST_Interactive, IM_AST_FunctionType};
    ImMod *m = (ImMod *)im_ast_new(p->arena, kinds[mode]);
    if (!m) return im_raise_memory(p);
    bool ok = parse_mod(p, m, toks);
    if (ok && mode == IM_PARSE_SINGLE) {
        return im_flush_warnings(p, p->tok) && single_ends(p, toks) ? m : NULL;
    }
    /* In single mode what follows the statement is not read. */
    if (ok && toks->err.type == IM_ERR_NONE) return im_flush_warnings(p, p->tok) ? m : NULL;
    im_explain_error(p, toks, mode);
    return NULL;
}

ImMod *im_parse_source(ImArena *a, const char *bytes, size_t len, const char *filename, ImParseMode mode, unsigned flags,
                       const ImFrontHooks *hooks, ImSyntaxErr *err) {
    ImSource src;
    if (!im_source_decode(a, bytes, len, filename, mode, flags, hooks, &src, err)) return NULL;
    ImLexOptions opt = {.type_comments = flags & IM_PARSE_TYPE_COMMENTS, .single = mode == IM_PARSE_SINGLE,
                        .keep_indent = flags & IM_PARSE_DONT_IMPLY_DEDENT, .file = flags & IM_PARSE_FILE};
    ImTokens toks;
    if (!im_lex(a, &src, &opt, hooks, &toks)) {
        *err = (ImSyntaxErr){.type = IM_ERR_MEMORY};
        return NULL;
    }
    ImParser p = {.tok = toks.v, .first = toks.v, .statement = toks.v, .arena = a, .src = &src, .hooks = hooks, .err = err, .flags = flags,
        .stack_limit = im_thread_current() ? im_thread_current()->c_stack_limit : NULL,
                  .warned = toks.v - 1, .lex_warnings = toks.warnings};
    ImMod *m = parse_tokens(&p, &toks, mode);
    if (!m && !err->type) *err = (ImSyntaxErr){.type = IM_ERR_MEMORY};
    if (m) err->source = src.text, err->source_len = src.len;
    free(p.stack);
    im_tokens_free(&toks);
    return m;
}
