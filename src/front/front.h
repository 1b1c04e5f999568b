/* The front end's interface: from source bytes to a syntax tree, or to a described syntax error.
   SPDX-License-Identifier: MIT

   This half of the front end knows no objects: trees and errors live in the caller's arena, and what needs the
   object world (other encodings, Unicode tables, warnings) comes through ImFrontHooks. */
#ifndef IM_FRONT_FRONT_H
#define IM_FRONT_FRONT_H

#include "ast.h"

typedef enum ImParseMode {
    IM_PARSE_EXEC,        /* Module */
    IM_PARSE_EVAL,        /* Expression */
    IM_PARSE_SINGLE,      /* Interactive */
    IM_PARSE_FUNC_TYPE,   /* FunctionType */
} ImParseMode;

enum {
    IM_PARSE_TYPE_COMMENTS = 1,      /* PyCF_TYPE_COMMENTS */
    IM_PARSE_INCOMPLETE = 2,         /* PyCF_ALLOW_INCOMPLETE_INPUT: unfinished source is _IncompleteInputError */
    IM_PARSE_DONT_IMPLY_DEDENT = 4,  /* PyCF_DONT_IMPLY_DEDENT */
    IM_PARSE_BARRY = 8,              /* from __future__ import barry_as_FLUFL is in effect */
    IM_PARSE_IGNORE_COOKIE = 16,     /* bytes are UTF-8 (a str was encoded): no BOM, no coding cookie */
    IM_PARSE_FEATURE_SHIFT = 26,     /* four bits: ast.parse's feature_version, its minor number plus one; 0: all of the language */
    IM_PARSE_FILE = 32,              /* bytes come from a file: its messages differ for undecodable and null bytes */
};

typedef enum ImSyntaxErrType {
    IM_ERR_NONE,
    IM_ERR_SYNTAX, IM_ERR_INDENTATION, IM_ERR_TAB,
    IM_ERR_INCOMPLETE,               /* _IncompleteInputError */
    IM_ERR_MEMORY,                   /* MemoryError; msg may be NULL */
    IM_ERR_VALUE, IM_ERR_OVERFLOW, IM_ERR_RECURSION, IM_ERR_TYPE,
    IM_ERR_PENDING,                  /* a hook failed and left its own exception pending */
} ImSyntaxErrType;

/* What SyntaxError(msg, (filename, lineno, offset, text, end_lineno, end_offset)) is made from. */
typedef struct ImSyntaxErr {
    ImSyntaxErrType type;
    const char *msg;                 /* UTF-8, in the arena or static */
    bool has_pos;                    /* false: lineno and all that follows are None */
    bool nowhere;                    /* not even the file name is set: nothing of the file could be read */
    bool has_end;                    /* false: end_lineno and end_offset are None */
    int lineno, offset;              /* offset counts characters from 1; 0 and -1 occur, as in CPython */
    int end_lineno, end_offset;
    const char *text;                /* the line (UTF-8, lone bytes possible: decode with "replace"), or NULL: None */
    size_t text_len;
    const char *source;              /* after success: the decoded text, in the arena, for errors that are found later */
    size_t source_len;
} ImSyntaxErr;

enum { IM_CHAR_XID_START = 1, IM_CHAR_XID_CONTINUE = 2, IM_CHAR_PRINTABLE = 4 };
typedef enum ImWarnKind { IM_WARN_SYNTAX, IM_WARN_DEPRECATION } ImWarnKind;

/* Every hook may be NULL. Those that return int return a negative number after leaving an exception pending. */
typedef struct ImFrontHooks {
    void *ctx;
    /* IM_CHAR_ bits of a code point >= 128. Without it: a rough guess. */
    unsigned (*char_class)(void *ctx, uint32_t cp);
    /* NFKC of a non-ASCII identifier; *out lives in the arena. Without it: unchanged. */
    int (*normalise)(void *ctx, ImArena *a, const char *s, size_t len, const char **out, size_t *out_len);
    /* The code points of \N{name}: returns how many were stored (1), 0 when unknown. Without it: all are unknown. */
    int (*unicode_name)(void *ctx, const char *name, size_t len, uint32_t *cp);
    /* Source in an encoding other than UTF-8, Latin-1, ISO-8859-15 and ASCII to UTF-8 in the arena: 1 done,
       0 unknown encoding. An undecodable byte is for the hook to raise (negative). */
    int (*decode)(void *ctx, ImArena *a, const char *encoding, const char *s, size_t len, const char **out, size_t *out_len);
    /* Issues a warning at a line: 0 done, 1 the filter turned it into an error (and cleared it: a SyntaxError follows). */
    int (*warn)(void *ctx, ImWarnKind kind, const char *msg, int lineno);
    /* sys.get_int_max_str_digits(): the most digits of a decimal literal; 0: any number. */
    int int_max_str_digits;
} ImFrontHooks;

/* Decoded source: UTF-8, newlines are \n, NUL after the end. Both lexer and error texts refer to it. */
typedef struct ImSource {
    const char *text;
    size_t len;
    const char *encoding;            /* normalised name, or NULL when none was declared */
    const char *filename;            /* for messages */
    bool newline_added;              /* the last one is not in the source */
    bool invalid;                    /* has bytes that are not UTF-8: tokens must be checked */
    bool cut;                        /* ends before a line that cannot be read, described here: */
    int bad_line;                    /* its number */
    unsigned char bad_byte;          /* 0: a null byte, else one that is not UTF-8 */
    const char *bad_text;            /* its text up to the null byte */
    size_t bad_text_len;
} ImSource;

/* Parses. NULL after an error, which *err describes; err->type is IM_ERR_NONE after success. len < 2^31. */
ImMod *im_parse_source(ImArena *a, const char *bytes, size_t len, const char *filename, ImParseMode mode, unsigned flags,
                       const ImFrontHooks *hooks, ImSyntaxErr *err);

/* The encoding that a BOM or a PEP 263 cookie in the first two lines declares, normalised as the tokenizer does
   ("utf-8", "iso-8859-1", else as written); NULL when none is declared. *bom: bytes begin with the UTF-8 BOM. */
const char *im_source_encoding(ImArena *a, const char *bytes, size_t len, bool *bom);
/* false after an error. */
bool im_source_decode(ImArena *a, const char *bytes, size_t len, const char *filename, ImParseMode mode, unsigned flags,
                      const ImFrontHooks *hooks, ImSource *out, ImSyntaxErr *err);

/* The text of ast.dump(tree, include_attributes=attributes), in the arena, NUL-terminated. NULL: out of memory or too deep. */
const char *im_ast_dump(ImArena *a, const ImMod *mod, bool attributes, size_t *len);

#endif
