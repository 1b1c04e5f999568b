/* The prompt: reads statements from standard input, line by line, and runs them in __main__.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/main.h"
#include "main/stdio.h"
#include "modules/readline.h"

/* A line with its newline, malloced; null at the end. *interrupted: Ctrl-C. At a terminal it is edited, if site has loaded readline. */
static char *read_line(Thread *t, const char *which, bool *interrupted)
{
    Value p = im_sys_get(t, which), s = im_no_value(p) ? p : im_str(t, p);
    const char *text = im_no_value(s) ? "" : im_str_utf8(t, s, NULL);
    im_exc_clear(t);
    im_stdio_flush(t, true);
    char *line = im_terminal_line(t, text ? text : "");
    *interrupted = !line;
    im_xdrop(t, p);
    im_xdrop(t, s);
    if (!line || *line) return line;
    free(line);
    return NULL;
}

/* The source so far: 1 compiled (*code), 0 wants more lines, -1 an exception is pending. */
static int try_compile(Thread *t, const char *source, bool more_possible, uint32_t *futures, Value *code)
{
    Value s = im_str_fs_decode(t, source, -1), name = im_str_from_cstr(t, "<stdin>");
    *code = IM_NO_VALUE;
    if (!im_no_value(s) && !im_no_value(name))
        *code = im_frame_hooks.compile(t, s, name, IM_COMPILE_SINGLE, (more_possible ? IM_CF_ALLOW_INCOMPLETE : 0) | IM_CF_DONT_IMPLY_DEDENT | *futures, -1);
    if (!im_no_value(*code)) {
        *futures |= im_codep(*code)->flags & IM_CF_FUTURES; /* of a `from __future__` import, for all that follows */
        Value fn = im_import_from(t, "linecache", "_register_code"), r = im_no_value(fn) ? fn : im_call3(t, fn, *code, s, name);
        if (im_no_value(r)) im_exc_clear(t);
        im_xdrop(t, r);
        im_xdrop(t, fn);
    }
    im_xdrop(t, s);
    im_xdrop(t, name);
    if (!im_no_value(*code)) return 1;
    if (im_pending(t) && strcmp(im_type_cname(im_type_of(t->exc)), "_IncompleteInputError") == 0) {
        im_exc_clear(t);
        return 0;
    }
    return -1;
}

static bool blank(const char *s) { return s[strspn(s, " \t\r\n\f")] == 0; }

/* A compound statement ends with an empty line, even where it could be run before. */
static bool is_compound(const char *s)
{
    static const char *const words[] = {"if", "for", "while", "try", "with", "def", "class", "async", "@"};
    for (size_t i = 0; i < IM_COUNTOF(words); i++) {
        size_t n = strlen(words[i]);
        if (strncmp(s, words[i], n) == 0 && (*s == '@' || !((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') || (s[n] >= '0' && s[n] <= '9') || s[n] == '_'))) return true;
    }
    size_t line = strcspn(s, "\n");
    while (line && (s[line - 1] == ' ' || s[line - 1] == '\t')) line--;
    return strncmp(s, "match ", 6) == 0 && line && s[line - 1] == ':';
}

/* Whether the text ends inside brackets or a triple-quoted string, or with a backslash: then a blank line ends nothing. */
static bool is_open(const char *s)
{
    int depth = 0;
    char quote = 0;
    bool triple = false, joined = false;
    for (; *s; s++) {
        joined = false;
        if (quote) {
            if (*s == '\\' && s[1]) s++;
            else if (*s == quote && (!triple || (s[1] == quote && s[2] == quote))) {
                if (triple) s += 2;
                quote = 0;
            } else if (*s == '\n' && !triple) quote = 0;
        } else if (*s == '\'' || *s == '"') {
            quote = *s;
            triple = s[1] == quote && s[2] == quote;
            if (triple) s += 2;
        } else if (*s == '#') {
            while (s[1] && s[1] != '\n') s++;
        } else if (*s == '(' || *s == '[' || *s == '{') depth++;
        else if (*s == ')' || *s == ']' || *s == '}') depth--;
        else if (*s == '\\' && s[1] == '\n') {
            joined = true;
            s++;
        }
    }
    return depth > 0 || (quote && triple) || joined;
}
static bool parses(Thread *t, const char *source)
{
    Value e = im_exc_fetch(t), s = im_str_fs_decode(t, source, -1), name = im_str_from_cstr(t, "<stdin>"), ast = IM_NO_VALUE;
    if (!im_no_value(s) && !im_no_value(name)) ast = im_frame_hooks.compile(t, s, name, IM_COMPILE_SINGLE, IM_CF_ONLY_AST | IM_CF_DONT_IMPLY_DEDENT, -1);
    im_xdrop(t, ast);
    im_xdrop(t, s);
    im_xdrop(t, name);
    im_exc_clear(t);
    im_exc_restore(t, e);
    return !im_no_value(ast);
}
/* A syntax error that was found after parsing does not know its line's text. */
static void add_text(Thread *t, const char *source)
{
    if (!im_pending_is(t, &im_SyntaxError_type)) return;
    Value e = im_exc_fetch(t), text = im_getattr(t, e, IM_S(text)), line = im_getattr(t, e, IM_S(lineno));
    int n;
    if (!im_no_value(text) && im_is_none(text) && !im_no_value(line) && im_is_int(line) && im_as_int(t, line, &n) == 0) {
        const char *p = source;
        while (n > 1 && p && (p = strchr(p, '\n'))) p++, n--;
        if (p) {
            Value s = im_str_fs_decode(t, p, (ssize_t)(strcspn(p, "\n")));
            if (im_no_value(s) || im_setattr(t, e, IM_S(text), s) < 0) im_exc_clear(t);
            im_xdrop(t, s);
        }
    }
    im_exc_clear(t);
    im_xdrop(t, text);
    im_xdrop(t, line);
    im_exc_restore(t, e);
}

int im_repl(Thread *t, Value globals)
{
    Value ps1 = im_sys_get(t, "ps1"), ps2 = im_sys_get(t, "ps2");
    Value d1 = im_str_from_cstr(t, ">>> "), d2 = im_str_from_cstr(t, "... ");
    if ((im_no_value(ps1) && im_sys_set(t, "ps1", d1) < 0) || (im_no_value(ps2) && im_sys_set(t, "ps2", d2) < 0)) im_exc_clear(t);
    im_xdrop(t, ps1);
    im_xdrop(t, ps2);
    im_xdrop(t, d1);
    im_xdrop(t, d2);
    char *source = NULL;
    size_t len = 0;
    int status = -1;
    uint32_t futures = 0;
    while (status < 0) {
        bool interrupted;
        char *line = read_line(t, len ? "ps2" : "ps1", &interrupted);
        if (interrupted) {
            im_exc_clear(t);
            fputs("\nKeyboardInterrupt\n", stderr);
            free(line);
            len = 0;
            continue;
        }
        if (!line) {
            fputs("\n", stderr);
            if (!len) {
                status = 0;
                break;
            }
        }
        bool end = !line;
        if (line) {
            size_t n = strlen(line);
            if (!len && blank(line)) { free(line); continue; }
            source = realloc(source, len + n + 1);
            if (!source) im_fatal("out of memory");
            memcpy(source + len, line, n + 1);
            len += n;
            end = blank(line) && !is_open(source);
            bool whole = n && line[n - 1] == '\n';
            free(line);
            if (!whole) continue; /* the end of the input: asked for again */
        }
        Value code;
        int r = try_compile(t, source, !end, &futures, &code);
        if (r == 0) continue;
        if (r > 0 && !end && is_compound(source)) { /* a syntax error is told at once */
            im_drop(t, code);
            continue;
        }
        if (r < 0 && !end && is_compound(source) && parses(t, source)) { /* but not one that is not the parser's */
            im_exc_clear(t);
            continue;
        }
        if (r < 0) add_text(t, source);
        len = 0;
        if (r > 0) {
            Value v = im_frame_hooks.eval_code(t, code, globals, IM_NO_VALUE, IM_NO_VALUE);
            im_drop(t, code);
            if (im_no_value(v)) r = -1;
            im_xdrop(t, v);
        }
        if (r < 0) {
            bool leave = im_pending_is(t, &im_SystemExit_type);
            int code_status = im_report_uncaught(t);
            if (leave) status = code_status;
        }
        im_stdio_flush(t, true);
    }
    free(source);
    return status;
}
