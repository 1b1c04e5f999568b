/* Reads sources and prints their syntax trees, or the errors, for comparison with another implementation.
   SPDX-License-Identifier: MIT

     driver dump FILE...      the tree of each file
     driver time N FILE...    parses all files N times
     driver batch [FLAGS]     stdin: records "MODE LENGTH\n" + bytes; MODE e(xec), v (eval), s(ingle), f(unction type),
                              then digits of parse flags; prints one line per record: tree or error */
#include "front/front.h"

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

static void print_error(const ImSyntaxErr *e) {
    static const char *const types[] = {"None", "SyntaxError", "IndentationError", "TabError", "_IncompleteInputError",
                                        "MemoryError", "ValueError", "OverflowError", "RecursionError", "pending"};
    printf("%s|%s|", types[e->type], e->msg ? e->msg : "");
    if (e->has_pos) {
        printf("%d|%d|", e->lineno, e->offset);
        if (e->has_end) printf("%d|%d|", e->end_lineno, e->end_offset);
        else printf("None|None|");
        if (e->text) {
            for (size_t i = 0; i < e->text_len; i++)
                if (e->text[i] == '\n') printf("\\n");
                else putchar(e->text[i]);
        } else printf("None");
    } else printf("None|None|None|None|None");
    putchar('\n');
}

static void one(const char *s, size_t len, ImParseMode mode, unsigned flags, bool print) {
    ImArena a;
    im_arena_init(&a);
    ImSyntaxErr err;
    static const ImFrontHooks hooks = {.int_max_str_digits = 4300};
    ImMod *m = im_parse_source(&a, s, len, "<x>", mode, flags, &hooks, &err);
    if (print) {
        if (m) {
            const char *text = im_ast_dump(&a, m, true, NULL);
            puts(text ? text : "too deep");
        } else print_error(&err);
    }
    im_arena_free(&a);
}

static int batch(void) {
    char modes[16];
    size_t len;
    while (scanf("%15s %zu", modes, &len) == 2) {
        getchar();
        char *s = malloc(len + 1);
        if (!s || fread(s, 1, len, stdin) != len) return 1;
        ImParseMode mode = *modes == 'v' ? IM_PARSE_EVAL : *modes == 's' ? IM_PARSE_SINGLE
                         : *modes == 'f' ? IM_PARSE_FUNC_TYPE : IM_PARSE_EXEC;
        one(s, len, mode, (unsigned)atoi(modes + 1), true);
        fflush(stdout);
        free(s);
    }
    return 0;
}

int main(int argc, char **argv) {
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
    if (timing) printf("%zu lines, %.3f s each, %.1f M lines/min\n", lines, total / n, (double)lines * n / total * 60e-6);
    return 0;
}
