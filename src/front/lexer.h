/* The lexer: decoded source to an array of tokens.
   SPDX-License-Identifier: MIT

   For the parser the whole source is lexed at once; the tokenize module feeds lines and takes tokens step by step. An error ends the array with an ERRORTOKEN and is described in `err`; whether
   it is the error to report is the parser's decision. With `extra` set the lexer serves the tokenize module: comments
   and non-logical newlines become tokens and brackets need not match. */
#ifndef IM_FRONT_LEXER_H
#define IM_FRONT_LEXER_H

#include "front.h"

typedef enum ImTok {
#define T(name, text) IM_TOK_##name,
#define K(name, text)
#include "tokens.def"
    IM_TOK_COUNT,
    IM_TOK_BEFORE_KW = IM_TOK_COUNT - 1,
#define T(name, text)
#define K(name, text) IM_KW_##name,
#include "tokens.def"
    IM_KW_END
} ImTok;

typedef struct ImToken {
    uint8_t type;              /* ImTok */
    uint8_t level;             /* open brackets after the token */
    uint8_t soft;              /* NAME: ImSoftKw */
    uint8_t flags;             /* IM_TOKF_ */
    uint32_t start, end;       /* bytes in the source */
    int lineno, col, end_lineno, end_col;   /* columns in bytes; -1 for INDENT, DEDENT and ENDMARKER */
} ImToken;

typedef enum ImSoftKw { IM_SOFT_NONE, IM_SOFT_match, IM_SOFT_case, IM_SOFT_type, IM_SOFT_underscore, IM_SOFT_print, IM_SOFT_exec } ImSoftKw;

enum {
    IM_TOKF_NONASCII = 1,      /* NAME with bytes >= 128 */
    IM_TOKF_SPEC = 2,          /* FSTRING_MIDDLE inside a format spec; COLON before one */
    IM_TOKF_RAW = 4,           /* FSTRING_START, FSTRING_MIDDLE: raw f-string */
    IM_TOKF_IMPLIED = 8,       /* NEWLINE that is not in the source */
    IM_TOKF_LEGACY_NE = 16,    /* NOTEQUAL spelled <> */
};

typedef struct ImLexOptions {
    bool extra;                /* for tokenize: COMMENT, NL, no bracket matching */
    bool type_comments;
    bool single;               /* end of input ends the line */
    bool keep_indent;          /* with single: do not close blocks at end of input */
    bool file;
    /* Called at the end of the text: adds a line, which ends in a newline, to *src, whose text stays where it is.
       false: there is none. NULL: the text is whole. */
    bool (*refill)(void *ctx);
    void *refill_ctx;
} ImLexOptions;

typedef struct ImTypeIgnoreTok { int lineno; uint32_t start, end; } ImTypeIgnoreTok;

/* A warning about token number tok, and the error that it is if warnings are errors. */
typedef struct ImLexWarning ImLexWarning;
struct ImLexWarning { ImLexWarning *next; int tok; ImSyntaxErr err; };

typedef struct ImTokens {
    ImToken *v;                /* malloc; ends with ENDMARKER or ERRORTOKEN */
    int n, cap;
    ImSyntaxErr err;           /* type IM_ERR_NONE unless the array ends with ERRORTOKEN */
    bool err_raised;           /* the error also replaces one that the parser found earlier in the text */
    bool err_at_eof;           /* it is about the source's end: more input could cure it */
    ImTypeIgnoreTok *ignores;  /* malloc */
    int nignores, ignores_cap;
    ImLexWarning *warnings;    /* in order of tokens */
    int err_level;             /* open brackets where it stopped, outside f-strings, and the innermost one: */
    int open_lineno, open_col;
    char open_char;
} ImTokens;

/* false only when memory is short. */
bool im_lex(ImArena *a, const ImSource *src, const ImLexOptions *opt, const ImFrontHooks *hooks, ImTokens *out);
void im_tokens_free(ImTokens *t);

/* The same in steps. NULL only when memory is short. `src`, `out` and the arena stay the caller's. */
typedef struct ImLexer ImLexer;
ImLexer *im_lex_open(ImArena *a, const ImSource *src, const ImLexOptions *opt, const ImFrontHooks *hooks, ImTokens *out);
/* Goes on a little; may add tokens. false once the array is complete. Tokens taken may be removed by setting out->n to 0. */
bool im_lex_step(ImLexer *lexer);
/* Other hooks from now on: theirs live no longer than a call. */
void im_lex_set_hooks(ImLexer *lexer, const ImFrontHooks *hooks);
void im_lex_close(ImLexer *lexer);

extern const char *const im_tok_names[IM_KW_END];   /* "NAME", "LPAR" …; keywords by their text */
extern const char *const im_tok_texts[IM_KW_END];   /* "(" …, NULL where the text varies */

/* Code points in a UTF-8 run; invalid bytes count one each. */
size_t im_utf8_count(const char *s, size_t len);
/* Decodes one code point of valid UTF-8 (WTF-8) and advances. */
uint32_t im_utf8_next(const char **s);
/* Whether it is valid UTF-8; else where it first is not, and the codec's word for why. */
bool im_utf8_check(const char *s, size_t len, size_t *bad, const char **reason);
/* "(unicode error) 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte" */
const char *im_utf8_error(ImArena *a, char byte, size_t position, const char *reason);
/* Writes one code point, surrogates included; returns bytes written (1 … 4). */
#define im_utf8_put im_lex_utf8_put /* types/ has a function of this name */
int im_utf8_put(char *out, uint32_t cp);

#endif
