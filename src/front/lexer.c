/* The lexer: decoded source to an array of tokens.
   SPDX-License-Identifier: MIT

   A line counts as entered when a character of it is read, not when the newline before it is: `newline` therefore
   advances line number and line start only if input is left. Columns of errors and of the end depend on it.
   f-strings (PEP 701) keep a stack of modes; within a replacement field ordinary tokens are lexed until the
   bracket that opened the field closes. A single state machine over one struct: hence one file, of its length. */
#include "lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_INDENT = 100, MAX_PAREN = 200, MAX_FSTRING = 150, MAX_SPEC_NESTING = 3, TAB_SIZE = 8 };
enum { END = -1 };   /* what peek yields at the end of the source */

/* One f-string being lexed. */
typedef struct FMode {
    bool in_text;            /* literal part or format spec, rather than an expression */
    bool raw, in_spec;
    char quote;
    int quote_size;
    int depth;               /* brackets open inside this f-string */
    int expr_depth;          /* nested replacement fields, less one */
    const char *start, *line_start;
    int lineno;
} FMode;

struct ImLexer {
    const char *cur, *end, *base;
    const char *line_start;
    const char *buf;         /* like line_start, but stays when a token goes on in the next line */
    const char *tstart;      /* start of the current token, and its line */
    const char *tline_start;
    int tlineno, lineno;
    ImTokens *out;
    ImArena *arena;
    const ImFrontHooks *hooks;
    const ImSource *src;
    ImLexOptions opt;
    int indent, indents[MAX_INDENT], alt_indents[MAX_INDENT];
    int pending;             /* indents (+1) or dedents (-n) to deliver */
    int level;
    char parens[MAX_PAREN];
    int paren_line[MAX_PAREN], paren_col[MAX_PAREN];
    bool at_bol, blank;
    bool started;            /* tokens came since the last line was ended for lack of input */
    ImLexWarning **warnings_end;
    bool bad_end;            /* the source was cut before undecodable bytes */
    int nf;                  /* f-strings open */
    int owed;                /* refill: a newline was the last character read; 2: inside a token */
    FMode f[MAX_FSTRING];
};
typedef struct ImLexer Lexer;

typedef enum Step { STEP_MORE, STEP_DONE, STEP_ERROR } Step;

const char *const im_tok_names[IM_KW_END] = {
#define T(name, text) #name,
#define K(name, text) text,
#include "tokens.def"
};
const char *const im_tok_texts[IM_KW_END] = {
#define T(name, text) text,
#define K(name, text) text,
#include "tokens.def"
};

/* ---- characters ---- */

enum { C_ID0 = 1, C_DIGIT = 2, C_HEX = 4, C_HIGH = 8 };
static const uint8_t cclass[256] = {
    ['0'] = C_DIGIT | C_HEX, ['1'] = C_DIGIT | C_HEX, ['2'] = C_DIGIT | C_HEX, ['3'] = C_DIGIT | C_HEX,
    ['4'] = C_DIGIT | C_HEX, ['5'] = C_DIGIT | C_HEX, ['6'] = C_DIGIT | C_HEX, ['7'] = C_DIGIT | C_HEX,
    ['8'] = C_DIGIT | C_HEX, ['9'] = C_DIGIT | C_HEX, ['_'] = C_ID0,
    ['a'...'f'] = C_ID0 | C_HEX, ['g'...'z'] = C_ID0, ['A'...'F'] = C_ID0 | C_HEX, ['G'...'Z'] = C_ID0,
    [128 ... 255] = C_ID0 | C_HIGH,
};
static int refill(Lexer *L);
static inline int peek(Lexer *L) { return L->cur < L->end ? (unsigned char)*L->cur : L->opt.refill ? refill(L) : END; }
static inline bool is_digit(int c) { return c >= '0' && c <= '9'; }
static inline bool is_hex(int c) { return c >= 0 && (cclass[c] & C_HEX); }
static inline bool is_id0(int c) { return c >= 0 && (cclass[c] & C_ID0); }
static inline bool is_id(int c) { return c >= 0 && (cclass[c] & (C_ID0 | C_DIGIT)); }

static unsigned char_class(const Lexer *L, uint32_t cp) {
    if (L->hooks && L->hooks->char_class) return L->hooks->char_class(L->hooks->ctx, cp);
    const unsigned id = IM_CHAR_XID_START | IM_CHAR_XID_CONTINUE | IM_CHAR_PRINTABLE;
    if (cp < 0xC0) return cp == 0xAA || cp == 0xB5 || cp == 0xBA ? id : cp == 0xB7 ? 6 : cp < 0xA1 || cp == 0xAD ? 0 : 4;
    if (cp == 0xD7 || cp == 0xF7) return IM_CHAR_PRINTABLE;
    if (cp >= 0x300 && cp < 0x370) return IM_CHAR_XID_CONTINUE | IM_CHAR_PRINTABLE;
    if (cp >= 0x2000 && cp < 0x2070)
        return cp < 0x2010 || (cp >= 0x2028 && cp < 0x2030) || cp >= 0x205F ? 0 : IM_CHAR_PRINTABLE;
    if (cp >= 0x2190 && cp < 0x2C00) return IM_CHAR_PRINTABLE;
    if (cp >= 0x20A0 && cp < 0x20D0) return IM_CHAR_PRINTABLE;
    if (cp >= 0x3000 && cp < 0x3005) return cp == 0x3000 ? 0 : IM_CHAR_PRINTABLE;
    if (cp >= 0xE000 && cp < 0xF900) return 0;
    if (cp == 0xFEFF || (cp >= 0xFFF0 && cp < 0xFFFD)) return 0;
    if (cp >= 0x1F000 && cp < 0x1FB00) return IM_CHAR_PRINTABLE;
    return id;
}

/* ---- errors ---- */

static const char *format(ImArena *a, const char *fmt, va_list va) {
    char buf[256];
    int n = vsnprintf(buf, sizeof buf, fmt, va);
    if (n < 0) return fmt;
    if (n >= (int)sizeof buf) n = sizeof buf - 1;
    const char *s = im_arena_memdup(a, buf, (size_t)n);
    return s ? s : fmt;
}

static size_t line_length(const Lexer *L, const char *from) {
    const char *nl = memchr(from, '\n', (size_t)(L->end - from));
    return (size_t)((nl ? nl : L->end) - from);
}

/* An error in the tokenizer proper; col and end_col are 1-based characters, or -1: the current position. */
static Step fail_range(Lexer *L, int col, int end_col, const char *msg) {
    if (L->out->err.type != IM_ERR_NONE) return STEP_ERROR;
    size_t here = (size_t)(L->cur - L->line_start);
    if (col < 0) col = (int)im_utf8_count(L->line_start, here);
    if (end_col < 0) end_col = col;
    L->out->err = (ImSyntaxErr){.type = IM_ERR_SYNTAX, .msg = msg, .has_pos = true, .has_end = true,
        .lineno = L->lineno, .offset = col, .end_lineno = L->lineno, .end_offset = end_col,
        .text = L->line_start, .text_len = line_length(L, L->line_start)};
    /* What is wrong inside an f-string does not replace an error before it. */
    L->out->err_raised = L->nf == 0;
    return STEP_ERROR;
}

__attribute__((format(printf, 2, 3))) static Step fail(Lexer *L, const char *fmt, ...) {
    va_list va;
    va_start(va, fmt);
    const char *msg = format(L->arena, fmt, va);
    va_end(va);
    return fail_range(L, -1, -1, msg);
}

/* An error that the parser reports when it meets it; offset and end as finally seen. */
static Step fail_code(Lexer *L, ImSyntaxErrType type, int offset, int end_offset, const char *msg) {
    size_t len = line_length(L, L->line_start);
    if (L->line_start + len < L->end) len++;
    L->out->err = (ImSyntaxErr){.type = type, .msg = msg, .has_pos = true, .has_end = true, .lineno = L->lineno,
        .offset = offset, .end_lineno = L->lineno, .end_offset = end_offset, .text = L->line_start, .text_len = len};
    return STEP_ERROR;
}

static Step no_memory(Lexer *L) {
    L->out->err = (ImSyntaxErr){.type = IM_ERR_MEMORY};
    L->out->err_raised = true;
    return STEP_ERROR;
}

/* The end of the source where the grammar cannot end. */
static Step fail_eof(Lexer *L) {
    ImTokens *o = L->out;
    o->err_at_eof = true;
    if (L->opt.extra) {
        /* The column is the end of the line where the tokenizer knows of no next line. */
        bool at_start = L->level ? !L->nf : L->cur - 2 == L->line_start;
        return fail_range(L, at_start ? 0 : -1, -1, "unexpected EOF in multi-line statement");
    }
    if (L->level) {
        int k = L->level - 1;
        const char *line = L->base;
        for (int i = 1; i < L->paren_line[k]; i++) line += line_length(L, line) + 1;
        size_t len = line_length(L, line);
        if (L->lineno <= L->paren_line[k] && line + len < L->end) len++;
        char msg[] = "'(' was never closed";
        msg[1] = L->parens[k];
        o->err = (ImSyntaxErr){.type = IM_ERR_SYNTAX, .msg = im_arena_memdup(L->arena, msg, sizeof msg - 1),
            .has_pos = true, .has_end = true, .lineno = L->paren_line[k],
            .offset = (int)im_utf8_count(line, (size_t)L->paren_col[k]) + 1, .end_lineno = L->paren_line[k],
            .end_offset = 0, .text = line, .text_len = len};
        return STEP_ERROR;
    }
    Step r = fail_code(L, IM_ERR_SYNTAX, (int)im_utf8_count(L->line_start, (size_t)(L->cur - L->line_start)), -1,
                       "unexpected EOF while parsing");
    if (L->opt.file && !o->n) o->err.offset = 0; /* no token, no caret */
    return r;
}

/* The source was cut before a line that cannot be read. */
static Step fail_bad_source(Lexer *L) {
    const ImSource *s = L->src;
    ImSyntaxErr *e = &L->out->err;
    *e = (ImSyntaxErr){.type = IM_ERR_SYNTAX};
    L->out->err_raised = true;
    if (!s->bad_byte) {
        e->msg = "source code cannot contain null bytes";
        e->has_pos = e->has_end = true;
        e->lineno = e->end_lineno = s->bad_line;
        e->text = s->bad_text;
        e->text_len = s->bad_text_len;
        return STEP_ERROR;
    }
    char buf[1200];
    snprintf(buf, sizeof buf, "Non-UTF-8 code starting with '\\x%02x'%s%.1000s on line %d, but no encoding declared; "
             "see https://peps.python.org/pep-0263/ for details", s->bad_byte, s->filename ? " in file " : "",
             s->filename ? s->filename : "", s->bad_line);
    e->msg = im_arena_memdup(L->arena, buf, strlen(buf));
    e->nowhere = true;
    return STEP_ERROR;
}

/* Queues a warning: it is issued when the parser comes to the token, as if that were read only then. */
static bool warn(Lexer *L, const char *msg) {
    if (L->opt.extra) return true;
    ImLexWarning *w = im_arena_zalloc(L->arena, sizeof *w);
    if (!w) {
        no_memory(L);
        return false;
    }
    int col = (int)im_utf8_count(L->line_start, (size_t)(L->cur - L->line_start));
    w->tok = L->out->n;
    w->err = (ImSyntaxErr){.type = IM_ERR_SYNTAX, .msg = msg, .has_pos = true, .has_end = true, .lineno = L->lineno,
        .offset = col, .end_lineno = L->lineno, .end_offset = col, .text = L->line_start,
        .text_len = line_length(L, L->line_start)};
    *L->warnings_end = w;
    L->warnings_end = &w->next;
    return true;
}

/* ---- output ---- */

static ImToken *push(Lexer *L, ImTok type) {
    ImTokens *o = L->out;
    if (o->n == o->cap) {
        int cap = o->cap * 2;
        ImToken *v = realloc(o->v, (size_t)cap * sizeof *v);
        if (!v) {
            no_memory(L);
            return NULL;
        }
        o->v = v;
        o->cap = cap;
    }
    ImToken *t = &o->v[o->n++];
    *t = (ImToken){.type = (uint8_t)type, .level = (uint8_t)L->level};
    return t;
}

/* The token from tstart to cur. */
static inline ImToken *emit(Lexer *L, ImTok type) {
    ImToken *t = push(L, type);
    if (!t) return NULL;
    t->start = (uint32_t)(L->tstart - L->base);
    t->end = (uint32_t)(L->cur - L->base);
    t->lineno = L->tlineno;
    t->col = (int)(L->tstart - L->tline_start);
    t->end_lineno = L->lineno;
    t->end_col = (int)(L->cur - L->line_start);
    return t;
}

static Step emit_step(Lexer *L, ImTok type) { return emit(L, type) ? STEP_MORE : STEP_ERROR; }

/* A token without text: columns -1, except for tokenize. */
static Step emit_empty(Lexer *L, ImTok type) {
    ImToken *t = push(L, type);
    if (!t) return STEP_ERROR;
    t->start = t->end = (uint32_t)(L->cur - L->base);
    t->lineno = t->end_lineno = L->lineno;
    t->col = t->end_col = L->opt.extra ? (int)(L->cur - L->line_start) : -1;
    if (L->opt.extra && type == IM_TOK_INDENT) {
        t->start = (uint32_t)(L->line_start - L->base);
        t->col = 0;
    } else if (L->opt.extra && L->cur == L->end && (L->cur == L->base || L->cur[-1] == '\n')) {
        t->lineno = ++t->end_lineno;
        t->col = t->end_col = 0;
    }
    return STEP_MORE;
}

static inline void begin(Lexer *L) {
    L->tstart = L->cur;
    L->tline_start = L->line_start;
    L->tlineno = L->lineno;
}

/* To be called after consuming a '\n', inside a token or not. */
static inline void newline(Lexer *L, bool inside) {
    if (L->cur < L->end) {
        L->lineno++;
        L->line_start = L->cur;
        if (!inside) L->buf = L->cur;
    } else L->owed = 1 + inside;
}

/* Asks for the next line; its first character, or END. */
static int refill(Lexer *L) {
    if (!L->opt.refill(L->opt.refill_ctx)) {
        L->opt.refill = NULL;
        L->bad_end = L->src->cut;
        return END;
    }
    L->end = L->base + L->src->len;
    if (!L->lineno) L->lineno = L->tlineno = 1;
    if (L->owed) newline(L, L->owed == 2);
    L->owed = 0;
    return (unsigned char)*L->cur;
}

/* ---- lines and indentation ---- */

/* cur is behind a backslash. */
static bool continuation(Lexer *L) {
    int c = peek(L);
    if (c == '\r') c = (++L->cur, peek(L));
    if (c != '\n') {
        if (c != END) L->cur++;
        size_t bytes = (size_t)(L->cur - L->buf), len = line_length(L, L->line_start);
        if (L->line_start + len < L->end) len++;
        size_t chars = im_utf8_count(L->line_start, bytes < len ? bytes : len) + (bytes > len);
        fail_code(L, IM_ERR_SYNTAX, (int)chars, 0,
                  "unexpected character after line continuation character");
        return false;
    }
    L->cur++;
    newline(L, true);
    if (peek(L) == END && !L->bad_end) {
        fail_eof(L);
        return false;
    }
    return true;
}

static Step indent_error(Lexer *L) {
    L->cur = L->line_start + line_length(L, L->line_start);
    return fail_code(L, IM_ERR_TAB, 1, 0, "inconsistent use of tabs and spaces in indentation");
}

/* At the start of a line: measures it and sets `pending`; `blank` if nothing or a comment is on it. */
static Step measure_indent(Lexer *L) {
    int col = 0, alt = 0, cont = 0;
    L->at_bol = false;
    for (;; ) {
        int c = peek(L);
        if (c == ' ') col++, alt++;
        else if (c == '\t') col = (col / TAB_SIZE + 1) * TAB_SIZE, alt++;
        else if (c == '\f') col = alt = 0;
        else if (c == '\\') {
            if (!cont) cont = col;
            L->cur++;
            if (!continuation(L)) return STEP_ERROR;
            continue;
        } else {
            L->blank = c == '#' || c == '\n' || c == '\r';
            break;
        }
        L->cur++;
    }
    if (L->blank || L->level) return STEP_MORE;
    if (L->cur == L->end && L->bad_end) return STEP_MORE;
    if (cont) col = alt = cont;
    if (col == L->indents[L->indent]) return alt == L->alt_indents[L->indent] ? STEP_MORE : indent_error(L);
    if (col > L->indents[L->indent]) {
        if (L->indent + 1 >= MAX_INDENT)
            return fail_code(L, IM_ERR_INDENTATION, 1, 0, "too many levels of indentation");
        if (alt <= L->alt_indents[L->indent]) return indent_error(L);
        L->pending++;
        L->indents[++L->indent] = col;
        L->alt_indents[L->indent] = alt;
        return STEP_MORE;
    }
    while (L->indent > 0 && col < L->indents[L->indent]) L->pending--, L->indent--;
    if (col != L->indents[L->indent]) {
        L->pending = 0;
        size_t len = line_length(L, L->line_start);
        bool nl = L->line_start + len < L->end;
        Step r = fail_code(L, IM_ERR_INDENTATION, (int)im_utf8_count(L->line_start, len + nl), -1,
                           "unindent does not match any outer indentation level");
        if (L->opt.extra) L->out->err.text_len = len;
        return r;
    }
    return alt == L->alt_indents[L->indent] ? STEP_MORE : indent_error(L);
}

/* At the end of the source, outside strings. */
static Step end_of_source(Lexer *L) {
    if (L->bad_end) return fail_bad_source(L);
    if (L->level) return fail_eof(L);
    /* An interactive line ends at the end of input, and a block so closed ends another. */
    while (L->opt.single && L->started) {
        L->started = false;
        ImToken *t = push(L, IM_TOK_NEWLINE);
        if (!t) return STEP_ERROR;
        t->start = t->end = (uint32_t)(L->cur - L->base);
        t->lineno = t->end_lineno = L->lineno;
        t->col = t->end_col = -1;
        t->flags = IM_TOKF_IMPLIED;
        if (L->opt.keep_indent) break;
        for (; L->indent; L->indent--) {
            L->started = true;
            if (emit_empty(L, IM_TOK_DEDENT) != STEP_MORE) return STEP_ERROR;
        }
    }
    return emit_empty(L, IM_TOK_ENDMARKER) == STEP_MORE ? STEP_DONE : STEP_ERROR;
}

/* A NEWLINE token begins with the comment before it. */
static Step end_of_line(Lexer *L, bool commented) {
    L->at_bol = true;
    if (!commented) begin(L);
    L->cur++;
    Step s = STEP_MORE;
    bool skip = L->blank || L->level > 0;
    if (!skip) s = emit_step(L, IM_TOK_NEWLINE);
    else if (L->opt.extra) s = emit_step(L, IM_TOK_NL);
    if (L->src->newline_added && L->cur == L->end && s == STEP_MORE && L->out->n) L->out->v[L->out->n - 1].flags = IM_TOKF_IMPLIED;
    newline(L, false);
    return s;
}

/* ---- comments ---- */

/* cur is behind the '#'..., at the end of the comment, which began at tstart. */
static Step comment(Lexer *L) {
    while (L->cur < L->end && *L->cur != '\n' && *L->cur != '\r') L->cur++;
    if (L->opt.type_comments) {
        const char *p = L->tstart;
        const char *prefix = "# type: ";
        for (; *prefix && p < L->cur + (peek(L) == '\n'); prefix++) {
            if (*prefix == ' ')
                while (p < L->cur && (*p == ' ' || *p == '\t')) p++;
            else if (*prefix == *p) p++;
            else break;
        }
        if (!*prefix) {
            const char *tail = p + 6;
            if (L->cur >= tail && !memcmp(p, "ignore", 6) &&
                !(L->cur > tail && (is_id((unsigned char)*tail) && *tail != '_'))) {
                ImTokens *o = L->out;
                if (o->nignores == o->ignores_cap) {
                    int cap = o->ignores_cap ? o->ignores_cap * 2 : 16;
                    ImTypeIgnoreTok *v = realloc(o->ignores, (size_t)cap * sizeof *v);
                    if (!v) return no_memory(L);
                    o->ignores = v;
                    o->ignores_cap = cap;
                }
                int lineno = L->lineno;
                /* On a line of its own it takes the newline along. */
                if (L->blank && L->cur < L->end) {
                    L->cur++;
                    newline(L, false);
                    L->at_bol = true;
                }
                o->ignores[o->nignores++] = (ImTypeIgnoreTok){lineno, (uint32_t)(tail - L->base), (uint32_t)(L->cur - L->base)};
                return STEP_MORE;
            }
            L->tstart = p;
            L->blank = false;
            return emit_step(L, IM_TOK_TYPE_COMMENT);
        }
    }
    if (L->opt.extra) return emit_step(L, IM_TOK_COMMENT);
    return peek(L) == '\n' ? end_of_line(L, true) : STEP_MORE;
}

/* ---- names ---- */

#define KW(text, type) if (!memcmp(s, text, sizeof text - 1)) return type
static int keyword(const char *s, size_t n, uint8_t *soft) {
    switch (n) {
    case 1: if (*s == '_') *soft = IM_SOFT_underscore; break;
    case 2: KW("if", IM_KW_if); KW("in", IM_KW_in); KW("is", IM_KW_is); KW("or", IM_KW_or); KW("as", IM_KW_as); break;
    case 3: KW("not", IM_KW_not); KW("and", IM_KW_and); KW("for", IM_KW_for); KW("def", IM_KW_def); KW("try", IM_KW_try);
        KW("del", IM_KW_del); break;
    case 4:
        switch (*s) {
        case 'N': KW("None", IM_KW_None); break;
        case 'T': KW("True", IM_KW_True); break;
        case 'e': KW("else", IM_KW_else); KW("elif", IM_KW_elif);
            if (!memcmp(s, "exec", 4)) *soft = IM_SOFT_exec;
            break;
        case 'f': KW("from", IM_KW_from); break;
        case 'p': KW("pass", IM_KW_pass); break;
        case 'w': KW("with", IM_KW_with); break;
        case 'c': if (!memcmp(s, "case", 4)) *soft = IM_SOFT_case; break;
        case 't': if (!memcmp(s, "type", 4)) *soft = IM_SOFT_type; break;
        default: break;
        }
        break;
    case 5:
        switch (*s) {
        case 'F': KW("False", IM_KW_False); break;
        case 'w': KW("while", IM_KW_while); break;
        case 'r': KW("raise", IM_KW_raise); break;
        case 'c': KW("class", IM_KW_class); break;
        case 'b': KW("break", IM_KW_break); break;
        case 'y': KW("yield", IM_KW_yield); break;
        case 'a': KW("async", IM_KW_async); KW("await", IM_KW_await); break;
        case 'm': if (!memcmp(s, "match", 5)) *soft = IM_SOFT_match; break;
        case 'p': if (!memcmp(s, "print", 5)) *soft = IM_SOFT_print; break;
        default: break;
        }
        break;
    case 6: KW("return", IM_KW_return); KW("import", IM_KW_import); KW("except", IM_KW_except); KW("assert", IM_KW_assert);
        KW("lambda", IM_KW_lambda); KW("global", IM_KW_global); break;
    case 7: KW("finally", IM_KW_finally); break;
    case 8: KW("continue", IM_KW_continue); KW("nonlocal", IM_KW_nonlocal); break;
    default: break;
    }
    return IM_TOK_NAME;
}
#undef KW

/* The identifier tstart … cur has bytes >= 128. */
static bool verify_identifier(Lexer *L) {
    size_t bad;
    const char *reason;
    if (L->src->invalid && !im_utf8_check(L->tstart, (size_t)(L->cur - L->tstart), &bad, &reason)) {
        L->cur = L->tstart + bad;
        int here = (int)im_utf8_count(L->line_start, (size_t)(L->cur - L->line_start));
        const char *msg = im_utf8_error(L->arena, L->tstart[bad], bad, reason);
        fail_code(L, IM_ERR_SYNTAX, here + 1, -1, msg);
        L->out->err_raised = true;
        return false;
    }
    const char *p = L->tstart;
    while (p < L->cur) {
        bool first = p == L->tstart;
        uint32_t cp = im_utf8_next(&p);
        if (cp < 128) continue;
        unsigned cl = char_class(L, cp);
        if (cl & (first ? IM_CHAR_XID_START : IM_CHAR_XID_CONTINUE)) continue;
        char text[5] = {0};
        im_utf8_put(text, cp);
        L->cur = p;
        if (cl & IM_CHAR_PRINTABLE) fail(L, "invalid character '%s' (U+%04X)", text, (unsigned)cp);
        else fail(L, "invalid non-printable character U+%04X", (unsigned)cp);
        return false;
    }
    return true;
}

static Step start_fstring(Lexer *L, bool raw);
static Step string(Lexer *L);

static Step name(Lexer *L) {
    /* A short run of prefix letters before a quote begins a string. */
    int b = 0, r = 0, u = 0, f = 0;
    for (;;) {
        int c = peek(L);
        if (!(b || u || f) && (c == 'b' || c == 'B')) b = 1;
        else if (!(b || u || r || f) && (c == 'u' || c == 'U')) u = 1;
        else if (!(r || u) && (c == 'r' || c == 'R')) r = 1;
        else if (!(f || b || u) && (c == 'f' || c == 'F')) f = 1;
        else {
            if (c == '"' || c == '\'') {
                if (f) return start_fstring(L, r);
                return string(L);
            }
            break;
        }
        L->cur++;
    }
    uint8_t seen = 0;
    const char *p = L->cur;
    for (; p < L->end && cclass[(unsigned char)*p]; p++) seen |= cclass[(unsigned char)*p];
    L->cur = p;
    bool high = seen & C_HIGH;
    if (high && !L->opt.extra && !verify_identifier(L)) return STEP_ERROR;
    uint8_t soft = 0;
    ImTok type = high ? IM_TOK_NAME : (ImTok)keyword(L->tstart, (size_t)(p - L->tstart), &soft);
    ImToken *t = emit(L, type);
    if (!t) return STEP_ERROR;
    t->soft = soft;
    if (high) t->flags = IM_TOKF_NONASCII;
    return STEP_MORE;
}

/* ---- numbers ---- */

/* Whether the word begun at cur goes on with `rest` and ends there. */
static bool follows(const Lexer *L, const char *rest) {
    size_t n = strlen(rest), left = (size_t)(L->end - L->cur);
    return left > n && !memcmp(L->cur + 1, rest, n) && !(left > n + 1 && is_id((unsigned char)L->cur[n + 1]));
}

/* What may come right after a number: keywords with a warning, no other name. */
static bool number_end(Lexer *L, const char *kind) {
    if (L->opt.extra) return true; /* tokenize gives a number and a name */
    int c = peek(L);
    bool ok = (c == 'a' && follows(L, "nd")) || (c == 'e' && follows(L, "lse")) || (c == 'f' && follows(L, "or")) ||
              (c == 'i' && L->cur + 1 < L->end && memchr("fns", L->cur[1], 3)) || (c == 'o' && follows(L, "r")) ||
              (c == 'n' && follows(L, "ot"));
    if (ok) {
        char msg[40];
        snprintf(msg, sizeof msg, "invalid %s literal", kind);
        const char *m = im_arena_memdup(L->arena, msg, strlen(msg));
        return m && warn(L, m);
    }
    if (c < 128 && is_id(c)) {
        fail(L, "invalid %s literal", kind);
        return false;
    }
    return true;
}

/* Digits with single underscores between; cur is at the first digit. */
static bool decimal_tail(Lexer *L) {
    for (;;) {
        while (is_digit(peek(L))) L->cur++;
        if (peek(L) != '_') return true;
        L->cur++;
        if (!is_digit(peek(L))) {
            fail(L, "invalid decimal literal");
            return false;
        }
    }
}

static Step radix_number(Lexer *L, int base, const char *kind) {
    L->cur += 2;
    do {
        if (peek(L) == '_') L->cur++;
        int c = peek(L);
        bool ok = base == 16 ? is_hex(c) : c >= '0' && c < '0' + base;
        if (!ok) {
            if (base != 16 && is_digit(c)) {
                L->cur++;
                return fail(L, "invalid digit '%c' in %s literal", c, kind);
            }
            return fail(L, "invalid %s literal", kind);
        }
        for (;; ) {
            c = peek(L);
            if (!(base == 16 ? is_hex(c) : c >= '0' && c < '0' + base)) break;
            L->cur++;
        }
    } while (peek(L) == '_');
    int c = peek(L);
    if (is_digit(c)) {
        L->cur++;
        return fail(L, "invalid digit '%c' in %s literal", c, kind);
    }
    return number_end(L, kind) ? emit_step(L, IM_TOK_NUMBER) : STEP_ERROR;
}

/* Exponent and imaginary suffix, then the end. */
static Step number_tail(Lexer *L) {
    int c = peek(L);
    if (c == 'e' || c == 'E') {
        const char *e = L->cur++;
        c = peek(L);
        if (c == '+' || c == '-') {
            L->cur++;
            if (!is_digit(peek(L))) return fail(L, "invalid decimal literal");
        } else if (!is_digit(c)) {
            L->cur = e;
            return number_end(L, "decimal") ? emit_step(L, IM_TOK_NUMBER) : STEP_ERROR;
        }
        if (!decimal_tail(L)) return STEP_ERROR;
        c = peek(L);
    }
    if (c == 'j' || c == 'J') {
        L->cur++;
        return number_end(L, "imaginary") ? emit_step(L, IM_TOK_NUMBER) : STEP_ERROR;
    }
    return number_end(L, "decimal") ? emit_step(L, IM_TOK_NUMBER) : STEP_ERROR;
}

static Step fraction(Lexer *L) {
    if (is_digit(peek(L)) && !decimal_tail(L)) return STEP_ERROR;
    return number_tail(L);
}

static Step number(Lexer *L) {
    if (*L->cur != '0') {
        if (!decimal_tail(L)) return STEP_ERROR;
        if (peek(L) == '.') return L->cur++, fraction(L);
        return number_tail(L);
    }
    int c = L->cur + 1 < L->end ? L->cur[1] : END;
    if (c == 'x' || c == 'X') return radix_number(L, 16, "hexadecimal");
    if (c == 'o' || c == 'O') return radix_number(L, 8, "octal");
    if (c == 'b' || c == 'B') return radix_number(L, 2, "binary");
    for (;;) {
        while (peek(L) == '0') L->cur++;
        if (peek(L) != '_') break;
        L->cur++;
        if (!is_digit(peek(L))) return fail(L, "invalid decimal literal");
    }
    const char *zeros_end = L->cur;
    bool nonzero = is_digit(peek(L));
    if (nonzero && !decimal_tail(L)) return STEP_ERROR;
    c = peek(L);
    if (c == '.') return L->cur++, fraction(L);
    if (nonzero && c != 'e' && c != 'E' && c != 'j' && c != 'J' && !L->opt.extra) {
        size_t before = (size_t)(L->tstart - L->line_start);   /* in bytes: so it is reported */
        return fail_range(L, (int)before + 1, (int)(before + (size_t)(zeros_end - L->tstart)) + (zeros_end > L->tstart),
                          "leading zeros in decimal integer literals are not permitted; "
                          "use an 0o prefix for octal integers");
    }
    return number_tail(L);
}

/* ---- strings ---- */

/* Moves the position to just behind the opening character of a string that does not end. */
static int rewind_to(Lexer *L, const char *start, const char *line_start, int lineno) {
    int detected = L->lineno;
    L->cur = start + 1;
    L->line_start = line_start;
    L->lineno = lineno;
    return detected;
}

static Step string(Lexer *L) {
    char quote = *L->cur++;
    int size = 1;
    if (peek(L) == quote) {
        if (L->cur + 1 < L->end && L->cur[1] == quote) {
            size = 3;
            L->cur += 2;
        } else {
            L->cur++;
            return emit_step(L, IM_TOK_STRING);
        }
    }
    bool escaped_quote = false;
    for (int seen = 0; seen < size;) {
        int c = peek(L);
        if (c == END && L->bad_end) return fail_bad_source(L);
        if (c == END || (size == 1 && c == '\n')) {
            int line = rewind_to(L, L->tstart, L->tline_start, L->tlineno);
            if (L->nf && L->f[L->nf - 1].quote == quote && L->f[L->nf - 1].quote_size == size)
                return fail(L, "f-string: expecting '}'");
            if (size == 3) {
                L->out->err_at_eof = true;
                return fail(L, "unterminated triple-quoted string literal (detected at line %d)", line);
            }
            if (c == END) L->out->err_at_eof = true;
            return fail(L, "unterminated string literal (detected at line %d)%s", line,
                        escaped_quote ? "; perhaps you escaped the end quote?" : "");
        }
        L->cur++;
        if (c == quote) {
            seen++;
            continue;
        }
        seen = 0;
        if (c == '\n') newline(L, true);
        else if (c == '\\' && L->cur < L->end) {
            c = *L->cur++;
            if (c == quote) escaped_quote = true;
            if (c == '\n') newline(L, true);
        }
    }
    return emit_step(L, IM_TOK_STRING);
}

static Step start_fstring(Lexer *L, bool raw) {
    char quote = *L->cur++;
    int size = 1;
    if (L->cur + 1 < L->end && L->cur[0] == quote && L->cur[1] == quote) {
        size = 3;
        L->cur += 2;
    }
    if (L->nf + 1 >= MAX_FSTRING) return fail(L, "too many nested f-strings");
    ImToken *t = emit(L, IM_TOK_FSTRING_START);
    if (!t) return STEP_ERROR;
    if (raw) t->flags = IM_TOKF_RAW;
    L->f[L->nf++] = (FMode){.in_text = true, .raw = raw, .quote = quote, .quote_size = size, .expr_depth = -1,
        .start = L->tstart, .line_start = L->tline_start, .lineno = L->tlineno};
    return STEP_MORE;
}

static Step middle(Lexer *L, bool spec, int drop) {
    FMode *f = &L->f[L->nf - 1];
    L->cur -= drop;
    ImToken *t = emit(L, IM_TOK_FSTRING_MIDDLE);
    L->cur += drop;
    if (!t) return STEP_ERROR;
    if (!L->opt.extra) t->end_col += drop;   /* the second of two braces belongs to the token's place, not to its text */
    t->flags = (uint8_t)((spec ? IM_TOKF_SPEC : 0) | (f->raw ? IM_TOKF_RAW : 0));
    return STEP_MORE;
}

static Step fstring_unterminated(Lexer *L, const FMode *f) {
    int line = rewind_to(L, f->start, f->line_start, f->lineno);
    if (f->quote_size == 3) {
        L->out->err_at_eof = true;
        return fail(L, "unterminated triple-quoted f-string literal (detected at line %d)", line);
    }
    return fail(L, "unterminated f-string literal (detected at line %d)", line);
}

static Step normal(Lexer *L);

/* A backslash was read in the literal part. true: the name escape \N{ follows, whose braces are text. */
static bool fstring_backslash(Lexer *L, const FMode *f, bool *named) {
    int c = peek(L);
    if (c == END) return true;
    if (c == '{' || c == '}') {
        if (f->raw) return true;
        char msg[] = "invalid escape sequence '\\{'";
        msg[sizeof msg - 3] = (char)c;
        L->cur++;
        const char *m = im_arena_memdup(L->arena, msg, sizeof msg - 1);
        bool ok = m && warn(L, m);
        L->cur--;
        return ok;
    }
    L->cur++;
    if (c == '\n') newline(L, true);
    if (!f->raw && c == 'N' && peek(L) == '{') {
        L->cur++;
        *named = true;
    }
    return true;
}

/* The literal part of an f-string: ends before a field, after a doubled brace, or at the closing quotes. */
static Step fstring_text(Lexer *L) {
    FMode *f = &L->f[L->nf - 1];
    begin(L);
    if (peek(L) == '{' && !(L->cur + 1 < L->end && L->cur[1] == '{')) {
        if (++f->expr_depth >= MAX_SPEC_NESTING) return fail(L, "f-string: expressions nested too deeply");
        f->in_text = false;
        return normal(L);
    }
    int q = 0;
    while (q < f->quote_size && L->cur + q < L->end && L->cur[q] == f->quote) q++;
    if (q == f->quote_size) {
        L->cur += q;
        L->nf--;
        return emit_step(L, IM_TOK_FSTRING_END);
    }
    bool named = false;
    const bool spec = f->in_spec && f->expr_depth >= 0;
    for (int seen = 0; seen < f->quote_size;) {
        int c = peek(L);
        if (c == END && L->bad_end) return fail_bad_source(L);
        if (c == END || (f->quote_size == 1 && c == '\n')) {
            if (spec && c == '\n') {
                L->cur++;
                return fail(L, "f-string: newlines are not allowed in format specifiers for single quoted f-strings");
            }
            return fstring_unterminated(L, f);
        }
        L->cur++;
        if (c == f->quote) {
            seen++;
            continue;
        }
        seen = 0;
        if (c == '\n') newline(L, true);
        else if (c == '{') {
            if (peek(L) == '{' && !spec) return L->cur++, middle(L, spec, 1);
            L->cur--;
            if (++f->expr_depth >= MAX_SPEC_NESTING) return fail(L, "f-string: expressions nested too deeply");
            f->in_text = f->in_spec = false;
            return middle(L, spec, 0);
        } else if (c == '}') {
            if (named) return middle(L, spec, 0);
            if (peek(L) == '}' && !spec && f->depth == 0) return L->cur++, middle(L, spec, 1);
            L->cur--;
            f->in_text = false;
            return middle(L, spec, 0);
        } else if (c == '\\' && !fstring_backslash(L, f, &named)) return STEP_ERROR;
    }
    L->cur -= f->quote_size;
    return middle(L, spec, 0);
}

/* ---- operators ---- */

static Step close_bracket(Lexer *L, char c) {
    FMode *f = L->nf ? &L->f[L->nf - 1] : NULL;
    if (f && !f->depth && c == '}') return fail(L, "f-string: single '}' is not allowed");
    if (!L->opt.extra && !L->level) return fail(L, "unmatched '%c'", c);
    if (L->level > 0) {
        L->level--;
        char o = L->parens[L->level];
        bool match = (o == '(' && c == ')') || (o == '[' && c == ']') || (o == '{' && c == '}');
        if (!match && !L->opt.extra) {
            if (f && o == '{' && f->depth - 1 == f->expr_depth) return fail(L, "f-string: unmatched '%c'", c);
            if (L->paren_line[L->level] != L->lineno)
                return fail(L, "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c, o,
                            L->paren_line[L->level]);
            return fail(L, "closing parenthesis '%c' does not match opening parenthesis '%c'", c, o);
        }
    }
    if (f) {
        if (--f->depth < 0) return fail(L, "f-string: unmatched '%c'", c);
        if (c == '}' && f->depth == f->expr_depth) {
            f->expr_depth--;
            f->in_text = true;
            f->in_spec = false;
        }
    }
    ImTok type = c == ')' ? IM_TOK_RPAR : c == ']' ? IM_TOK_RSQB : IM_TOK_RBRACE;
    return emit_step(L, type);
}

static Step open_bracket(Lexer *L, char c) {
    if (L->level >= MAX_PAREN) return fail(L, "too many nested parentheses");
    L->parens[L->level] = c;
    L->paren_line[L->level] = L->lineno;
    L->paren_col[L->level++] = (int)(L->tstart - L->line_start);
    if (L->nf) L->f[L->nf - 1].depth++;
    return emit_step(L, c == '(' ? IM_TOK_LPAR : c == '[' ? IM_TOK_LSQB : IM_TOK_LBRACE);
}

/* `one`, or `one=` if an equals sign follows. */
static Step maybe_eq(Lexer *L, ImTok one, ImTok with_eq) {
    if (peek(L) == '=') return L->cur++, emit_step(L, with_eq);
    return emit_step(L, one);
}

static Step maybe_double(Lexer *L, char c, ImTok one, ImTok eq, ImTok two, ImTok two_eq) {
    if (peek(L) == c) return L->cur++, maybe_eq(L, two, two_eq);
    return maybe_eq(L, one, eq);
}

static Step colon(Lexer *L) {
    FMode *f = L->nf ? &L->f[L->nf - 1] : NULL;
    if (f && f->expr_depth >= 0 && f->depth - 1 == f->expr_depth) {
        f->in_text = f->in_spec = true;
        ImToken *t = emit(L, IM_TOK_COLON);
        if (!t) return STEP_ERROR;
        t->flags = IM_TOKF_SPEC;
        return STEP_MORE;
    }
    return maybe_eq(L, IM_TOK_COLON, IM_TOK_COLONEQUAL);
}

static Step operator(Lexer *L) {
    char c = *L->cur++;
    switch (c) {
    case '(': case '[': case '{': return open_bracket(L, c);
    case ')': case ']': case '}': return close_bracket(L, c);
    case ':': return colon(L);
    case ',': return emit_step(L, IM_TOK_COMMA);
    case ';': return emit_step(L, IM_TOK_SEMI);
    case '~': return emit_step(L, IM_TOK_TILDE);
    case '=': return maybe_eq(L, IM_TOK_EQUAL, IM_TOK_EQEQUAL);
    case '+': return maybe_eq(L, IM_TOK_PLUS, IM_TOK_PLUSEQUAL);
    case '-':
        if (peek(L) == '>') return L->cur++, emit_step(L, IM_TOK_RARROW);
        return maybe_eq(L, IM_TOK_MINUS, IM_TOK_MINEQUAL);
    case '*': return maybe_double(L, c, IM_TOK_STAR, IM_TOK_STAREQUAL, IM_TOK_DOUBLESTAR, IM_TOK_DOUBLESTAREQUAL);
    case '/': return maybe_double(L, c, IM_TOK_SLASH, IM_TOK_SLASHEQUAL, IM_TOK_DOUBLESLASH, IM_TOK_DOUBLESLASHEQUAL);
    case '>': return maybe_double(L, c, IM_TOK_GREATER, IM_TOK_GREATEREQUAL, IM_TOK_RIGHTSHIFT, IM_TOK_RIGHTSHIFTEQUAL);
    case '<':
        if (peek(L) == '>') {
            L->cur++;
            ImToken *t = emit(L, IM_TOK_NOTEQUAL);
            if (!t) return STEP_ERROR;
            t->flags = IM_TOKF_LEGACY_NE;
            return STEP_MORE;
        }
        return maybe_double(L, c, IM_TOK_LESS, IM_TOK_LESSEQUAL, IM_TOK_LEFTSHIFT, IM_TOK_LEFTSHIFTEQUAL);
    case '%': return maybe_eq(L, IM_TOK_PERCENT, IM_TOK_PERCENTEQUAL);
    case '&': return maybe_eq(L, IM_TOK_AMPER, IM_TOK_AMPEREQUAL);
    case '|': return maybe_eq(L, IM_TOK_VBAR, IM_TOK_VBAREQUAL);
    case '^': return maybe_eq(L, IM_TOK_CIRCUMFLEX, IM_TOK_CIRCUMFLEXEQUAL);
    case '@': return maybe_eq(L, IM_TOK_AT, IM_TOK_ATEQUAL);
    case '!': return maybe_eq(L, IM_TOK_EXCLAMATION, IM_TOK_NOTEQUAL);
    case '.':
        if (is_digit(peek(L))) return fraction(L);
        if (L->cur + 1 < L->end && L->cur[0] == '.' && L->cur[1] == '.') return L->cur += 2, emit_step(L, IM_TOK_ELLIPSIS);
        return emit_step(L, IM_TOK_DOT);
    default:
        if ((unsigned char)c < 32 || c == 127)
            return fail(L, "invalid non-printable character U+%04X", (unsigned)(unsigned char)c);
        return emit_step(L, IM_TOK_OP);
    }
}

/* ---- the loop ---- */

/* One ordinary token, or some white space. */
static Step normal(Lexer *L) {
    if (L->at_bol) {
        L->blank = false;
        if (measure_indent(L) != STEP_MORE) return STEP_ERROR;
    }
    for (; L->pending; ) {
        bool in = L->pending > 0;
        L->pending += in ? -1 : 1;
        L->started = true;
        if (emit_empty(L, in ? IM_TOK_INDENT : IM_TOK_DEDENT) != STEP_MORE) return STEP_ERROR;
        if (L->opt.refill) return STEP_MORE; /* what follows may read on */
    }
    int c;
    while ((c = peek(L)) == ' ' || c == '\t' || c == '\f') L->cur++;
    begin(L);
    if (c == END) return end_of_source(L);
    if (c == '#') return comment(L);
    if (c == '\n') return end_of_line(L, false);
    if (c == '\r') {
        L->cur++;
        return L->opt.extra && peek(L) == '\n' ? end_of_line(L, true) : STEP_MORE;
    }
    if (c == '\\') {
        L->cur++;
        return continuation(L) ? STEP_MORE : STEP_ERROR;
    }
    L->started = true;
    L->blank = false;
    if (is_id0(c)) return name(L);
    if (is_digit(c)) return number(L);
    if (c == '"' || c == '\'') return string(L);
    return operator(L);
}

ImLexer *im_lex_open(ImArena *a, const ImSource *src, const ImLexOptions *opt, const ImFrontHooks *hooks, ImTokens *out) {
    memset(out, 0, sizeof *out);
    out->cap = (int)(src->len / 4) + 32;
    out->v = malloc((size_t)out->cap * sizeof *out->v);
    Lexer *L = out->v ? malloc(sizeof *L) : NULL;
    if (!L) {
        im_tokens_free(out);
        return NULL;
    }
    memset(L, 0, offsetof(Lexer, f));
    L->cur = L->base = L->buf = L->line_start = L->tstart = L->tline_start = src->text;
    L->end = src->text + src->len;
    L->lineno = L->tlineno = src->len ? 1 : 0;
    L->out = out;
    L->warnings_end = &out->warnings;
    L->arena = a;
    L->hooks = hooks;
    L->src = src;
    L->opt = *opt;
    L->at_bol = true;
    L->bad_end = src->cut;
    return L;
}

static Step step(Lexer *L) { return L->nf && L->f[L->nf - 1].in_text ? fstring_text(L) : normal(L); }

/* After the last step. */
static void finish(Lexer *L, Step s) {
    ImTokens *out = L->out;
    if (s == STEP_ERROR) {
        /* push needs room, which a failed realloc did not get: then the last token gives way. */
        if (out->n == out->cap) out->n--;
        begin(L);
        emit_empty(L, IM_TOK_ERRORTOKEN);
    }
    if (L->level && !L->nf) {
        out->err_level = L->level;
        out->open_lineno = L->paren_line[L->level - 1];
        out->open_col = L->paren_col[L->level - 1];
        out->open_char = L->parens[L->level - 1];
    }
}

bool im_lex_step(ImLexer *L) {
    Step s = step(L);
    if (s == STEP_MORE) return true;
    finish(L, s);
    return false;
}

void im_lex_set_hooks(ImLexer *L, const ImFrontHooks *hooks) { L->hooks = hooks; }

void im_lex_close(ImLexer *L) { free(L); }

bool im_lex(ImArena *a, const ImSource *src, const ImLexOptions *opt, const ImFrontHooks *hooks, ImTokens *out) {
    Lexer *L = im_lex_open(a, src, opt, hooks, out);
    if (!L) return false;
    Step s;
    do s = step(L);
    while (s == STEP_MORE);
    finish(L, s);
    im_lex_close(L);
    return true;
}

void im_tokens_free(ImTokens *t) {
    free(t->v);
    free(t->ignores);
    t->v = NULL;
    t->ignores = NULL;
}
