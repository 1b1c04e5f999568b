/* The front end: trees, errors and tokens against records made with CPython 3.13, and a driver for comparing more.
   SPDX-License-Identifier: MIT

     front                  checks tests/front/cases.exp
     front dump FILE...     the tree of each file
     front tokens FILE      its tokens, as for the tokenize module
     front time N FILE...   parses all files N times
     front batch            stdin: records "MODE LENGTH\n" + bytes; MODE is e(xec), v (eval), s(ingle) or f(unction type), then
                            the number of the parse flags; prints one line per record: the tree or the error

   A case is three lines: MODE as above, the source with \\ and newlines escaped, the expected line. */
#include "front/lexer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *read_file(const char *path, size_t *len) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    char *s = malloc((size_t)n + 1);
    *len = s ? fread(s, 1, (size_t)n, f) : 0;
    fclose(f);
    return s;
}

static FILE *out;

static int warn(void *ctx, ImWarnKind kind, const char *msg, int lineno) {
    (void)ctx;
    (void)kind;
    fprintf(out, "SyntaxWarning|%s|%d|", msg, lineno);
    return 0;
}

static int unicode_name(void *ctx, const char *name, size_t len, uint32_t *cp) {
    (void)ctx;
    *cp = 0x2022;
    return len == 6 && !memcmp(name, "BULLET", 6);
}

static void print_error(const ImSyntaxErr *e) {
    static const char *const types[] = {"None", "SyntaxError", "IndentationError", "TabError", "_IncompleteInputError",
                                        "MemoryError", "ValueError", "OverflowError", "RecursionError", "pending"};
    fprintf(out, "%s|%s|", types[e->type], e->msg ? e->msg : "");
    if (e->has_pos) {
        fprintf(out, "%d|%d|", e->lineno, e->offset);
        if (e->has_end) fprintf(out, "%d|%d|", e->end_lineno, e->end_offset);
        else fprintf(out, "None|None|");
        if (e->text) {
            for (size_t i = 0; i < e->text_len; i++)
                if (e->text[i] == '\n') fprintf(out, "\\n");
                else putc(e->text[i], out);
        } else fprintf(out, "None");
    } else fprintf(out, "None|None|None|None|None");
    putc('\n', out);
}

static void one(const char *s, size_t len, ImParseMode mode, unsigned flags, bool print) {
    ImArena a;
    im_arena_init(&a);
    ImSyntaxErr err;
    static const ImFrontHooks hooks = {.int_max_str_digits = 4300, .warn = warn, .unicode_name = unicode_name};
    ImMod *m = im_parse_source(&a, s, len, "<x>", mode, flags, &hooks, &err);
    if (print) {
        if (m) {
            const char *text = im_ast_dump(&a, m, true, NULL);
            fprintf(out, "%s\n", text ? text : "too deep");
        } else print_error(&err);
    }
    im_arena_free(&a);
}

static ImParseMode mode_of(const char *s) {
    return *s == 'v' ? IM_PARSE_EVAL : *s == 's' ? IM_PARSE_SINGLE : *s == 'f' ? IM_PARSE_FUNC_TYPE : IM_PARSE_EXEC;
}

static int batch(void) {
    char modes[16];
    size_t len;
    while (scanf("%15s %zu", modes, &len) == 2) {
        getchar();
        char *s = malloc(len + 1);
        if (!s || fread(s, 1, len, stdin) != len) return 1;
        one(s, len, mode_of(modes), (unsigned)atoi(modes + 1), true);
        fflush(out);
        free(s);
    }
    return 0;
}

static int tokens(const char *path) {
    size_t len;
    char *s = read_file(path, &len);
    if (!s) return 1;
    ImArena a;
    im_arena_init(&a);
    ImSource src;
    ImSyntaxErr err;
    ImTokens t;
    ImLexOptions opt = {.extra = true};
    if (!im_source_decode(&a, s, len, path, IM_PARSE_EXEC, IM_PARSE_FILE, NULL, &src, &err) || !im_lex(&a, &src, &opt, NULL, &t))
        return 1;
    for (int i = 0; i < t.n; i++) {
        const ImToken *k = &t.v[i];
        fprintf(out, "%d %d %d %d %d %u %u\n", k->type < IM_TOK_COUNT ? k->type : IM_TOK_NAME, k->lineno, k->col, k->end_lineno,
                k->end_col, (unsigned)k->start, (unsigned)k->end);
    }
    im_tokens_free(&t);
    im_arena_free(&a);
    free(s);
    return 0;
}

static void unescape(char *s) {
    char *w = s;
    for (; *s && *s != '\n'; s++) {
        if (*s != '\\') *w++ = *s;
        else *w++ = *++s == 'n' ? '\n' : *s == 'r' ? '\r' : *s == 't' ? '\t' : *s == 'f' ? '\f' : *s;
    }
    *w = 0;
}

static int check(const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f) return perror(path), 1;
    int cases = 0, bad = 0;
    char *line[3] = {NULL, NULL, NULL};
    size_t cap[3] = {0, 0, 0};
    while (getline(&line[0], &cap[0], f) > 0 && getline(&line[1], &cap[1], f) > 0 && getline(&line[2], &cap[2], f) > 0) {
        char *got = NULL;
        size_t n;
        unescape(line[1]);
        out = open_memstream(&got, &n);
        if (!out) return 1;
        one(line[1], strlen(line[1]), mode_of(line[0]), (unsigned)atoi(line[0] + 1), true);
        fclose(out);
        cases++;
        if (strcmp(got, line[2]) && ++bad < 10) fprintf(stderr, "front: %s\n  want %s  got  %s", line[1], line[2], got);
        free(got);
    }
    for (int i = 0; i < 3; i++) free(line[i]);
    fclose(f);
    out = stdout;
    if (bad) fprintf(stderr, "front: %d of %d cases differ\n", bad, cases);
    return bad || cases < 100;
}

int main(int argc, char **argv) {
    out = stdout;
    if (argc == 1) return check("tests/front/cases.exp");
    if (argc == 3 && !strcmp(argv[1], "tokens")) return tokens(argv[2]);
    if (argc > 1 && !strcmp(argv[1], "batch")) return batch();
    if (argc < 3) return 2;
    bool timing = !strcmp(argv[1], "time");
    int n = timing ? atoi(argv[2]) : 1;
    size_t lines = 0;
    struct timespec t0, t1;
    double total = 0;
    for (int i = timing ? 3 : 2; i < argc; i++) {
        size_t len;
        char *s = read_file(argv[i], &len);
        if (!s) {
            perror(argv[i]);
            return 1;
        }
        for (size_t k = 0; k < len; k++) lines += s[k] == '\n';
        clock_gettime(CLOCK_MONOTONIC, &t0);
        for (int k = 0; k < n; k++) one(s, len, IM_PARSE_EXEC, IM_PARSE_FILE, !timing);
        clock_gettime(CLOCK_MONOTONIC, &t1);
        total += (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) * 1e-9;
        free(s);
    }
    if (timing) fprintf(out, "%zu lines, %.3f s each, %.1f M lines/min\n", lines, total / n, (double)lines * n / total * 60e-6);
    return 0;
}
