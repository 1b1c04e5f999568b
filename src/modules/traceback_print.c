/* Prints exceptions without the traceback module: for start-up, for failures of that module, and for errors that cannot go further.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules/audit.h"

enum { MAX_FRAMES = 1000, MAX_CHAIN = 50, SAME_FRAMES = 3 };

typedef struct Out { Value file; bool failed; } Out; /* file no value: descriptor 2 */

static void put_raw(const char *s, size_t n)
{
    while (n) {
        ssize_t w = write(2, s, n);
        if (w <= 0) return;
        s += w;
        n -= (size_t)w;
    }
}

static void put_str(Thread *t, Out *o, Value s)
{
    if (im_no_value(s)) { im_exc_clear(t); return; }
    if (!im_no_value(o->file) && !o->failed) {
        if (im_file_write_str(t, o->file, s) == 0) return;
        im_exc_clear(t);
        o->failed = true;
    }
    Value b = im_str_encode(t, s, "utf-8", "backslashreplace");
    if (im_no_value(b)) { im_exc_clear(t); return; }
    put_raw(im_bytes_data(b), (size_t)im_bytes_len(b));
    im_drop(t, b);
}
static void put(Thread *t, Out *o, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Value s = im_str_vformat(t, fmt, ap);
    va_end(ap);
    put_str(t, o, s);
    im_xdrop(t, s);
}

/* Attribute or no value, never an exception. */
static Value attr(Thread *t, Value obj, const char *name)
{
    Value n = im_str_intern_cstr(t, name), v = IM_NO_VALUE;
    if (im_no_value(n) || im_lookup_attr(t, obj, n, &v) < 0) { im_exc_clear(t); v = IM_NO_VALUE; }
    im_xdrop(t, n);
    return v;
}
static int64_t int_attr(Thread *t, Value obj, const char *name)
{
    Value v = attr(t, obj, name);
    int64_t n = -1;
    if (!im_no_value(v) && im_is_int_like(v)) im_int_get64(v, &n);
    im_xdrop(t, v);
    return n;
}

/* Line `n` of a source file, stripped: owned by the caller (free), or null. */
static char *source_line(const char *path, int64_t n)
{
    FILE *f = fopen(path, "re");
    if (!f) return NULL;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len = 0;
    int64_t i = 0;
    while (i < n && (len = getline(&line, &cap, f)) > 0) i++;
    fclose(f);
    if (i < n || len <= 0) { free(line); return NULL; }
    while (len && strchr(" \t\r\n\f", line[len - 1])) line[--len] = 0;
    size_t skip = strspn(line, " \t\f");
    memmove(line, line + skip, (size_t)len - skip + 1);
    return line;
}

Value im_source_line(Thread *t, Value file, int64_t line)
{
    const char *path = im_is_str(file) ? im_str_utf8(t, file, NULL) : NULL;
    char *text = path ? source_line(path, line) : NULL;
    Value s = text && *text ? im_str_decode(t, text, (ssize_t)strlen(text), "utf-8", "replace") : IM_NO_VALUE;
    im_exc_clear(t);
    free(text);
    return s;
}

static void put_entry(Thread *t, Out *o, Value file, int64_t line, Value name)
{
    put(t, o, "  File \"%S\", line %lld, in %S\n", file, (long long)line, name);
    Value s = im_source_line(t, file, line);
    if (!im_no_value(s)) put(t, o, "    %U\n", s);
    im_xdrop(t, s);
}

static void put_repeats(Thread *t, Out *o, int64_t count)
{
    count -= SAME_FRAMES;
    if (count > 0) put(t, o, count > 1 ? "  [Previous line repeated %lld more times]\n" : "  [Previous line repeated %lld more time]\n", (long long)count);
}

static void put_traceback(Thread *t, Out *o, Value tb)
{
    put(t, o, "Traceback (most recent call last):\n");
    Value last_file = IM_NO_VALUE, last_name = IM_NO_VALUE;
    int64_t last_line = -1, count = 0;
    im_take(tb);
    for (int n = 0; n < MAX_FRAMES && im_is_object(tb); n++) {
        Value frame = attr(t, tb, "tb_frame"), code = im_no_value(frame) ? IM_NO_VALUE : attr(t, frame, "f_code");
        int64_t line = int_attr(t, tb, "tb_lineno");
        if (!im_no_value(code)) {
            Value file = attr(t, code, "co_filename"), name = attr(t, code, "co_name");
            if (!im_no_value(file) && !im_no_value(name)) {
                bool same = !im_no_value(last_file) && line == last_line && im_is_str(file) && im_is_str(name) && im_is_str(last_file) && im_is_str(last_name)
                            && im_str_equal(file, last_file) && im_str_equal(name, last_name);
                if (!same) {
                    put_repeats(t, o, count);
                    count = 0;
                    im_xdrop(t, last_file);
                    im_xdrop(t, last_name);
                    last_file = im_new_ref(file);
                    last_name = im_new_ref(name);
                    last_line = line;
                }
                if (++count <= SAME_FRAMES) put_entry(t, o, file, line, name);
            }
            im_xdrop(t, file);
            im_xdrop(t, name);
        }
        im_xdrop(t, code);
        im_xdrop(t, frame);
        Value next = attr(t, tb, "tb_next");
        im_drop(t, tb);
        tb = im_no_value(next) ? IM_NONE : next;
    }
    put_repeats(t, o, count);
    im_drop(t, tb);
    im_xdrop(t, last_file);
    im_xdrop(t, last_name);
}

/* SyntaxError's own place: file, line, text and caret. */
static void put_syntax_place(Thread *t, Out *o, Value exc)
{
    Value file = attr(t, exc, "filename"), text = attr(t, exc, "text");
    int64_t line = int_attr(t, exc, "lineno"), col = int_attr(t, exc, "offset");
    if (line >= 0) {
        if (im_no_value(file) || im_is_none(file)) put(t, o, "  File \"<string>\", line %lld\n", (long long)line);
        else put(t, o, "  File \"%S\", line %lld\n", file, (long long)line);
    }
    const char *s = !im_no_value(text) && im_is_str(text) ? im_str_utf8(t, text, NULL) : NULL;
    if (s && line >= 0) {
        size_t skip = strspn(s, " \t\f"), n = strcspn(s + skip, "\n");
        Value line_text = im_str_from_wtf8(t, s + skip, (ssize_t)n);
        if (im_no_value(line_text)) im_exc_clear(t);
        else put(t, o, "    %U\n", line_text);
        im_xdrop(t, line_text);
        if (col > 0 && (size_t)col > skip) {
            put(t, o, "    ");
            for (size_t i = skip + 1; i < (size_t)col; i++) put(t, o, " ");
            put(t, o, "^\n");
        }
    }
    im_exc_clear(t);
    im_xdrop(t, file);
    im_xdrop(t, text);
}

static void put_exception_line(Thread *t, Out *o, Value exc)
{
    ImType *type = im_type_of(exc);
    Value module = attr(t, im_type_value(type), "__module__"), name = attr(t, im_type_value(type), "__qualname__"), msg = IM_NO_VALUE;
    bool plain = !im_no_value(module) && im_is_str(module) && (im_str_equal_cstr(module, "builtins") || im_str_equal_cstr(module, "__main__"));
    if (!plain) {
        if (!im_no_value(module) && im_is_str(module)) put(t, o, "%U.", module);
        else put(t, o, "<unknown>.");
    }
    put(t, o, "%S", im_no_value(name) ? IM_NONE : name);
    if (type == &im_SyntaxError_type || im_type_is_subtype(type, &im_SyntaxError_type)) msg = attr(t, exc, "msg");
    if (im_no_value(msg)) msg = im_str(t, exc);
    else if (!im_is_str(msg)) { Value s = im_str(t, msg); im_drop(t, msg); msg = s; }
    if (im_no_value(msg)) {
        im_exc_clear(t);
        put(t, o, ": <exception str() failed>");
    } else if (im_str_len(msg)) put(t, o, ": %U", msg);
    put(t, o, "\n");
    im_xdrop(t, msg);
    im_xdrop(t, module);
    im_xdrop(t, name);
    Value notes = attr(t, exc, "__notes__");
    if (!im_no_value(notes) && im_is_list(notes))
        for (ssize_t i = 0; i < im_list_len(notes); i++) {
            Value n = im_list_get(t, notes, i);
            if (im_no_value(n)) break;
            put(t, o, "%S\n", n);
            im_drop(t, n);
        }
    im_xdrop(t, notes);
}

static void put_exception(Thread *t, Out *o, Value exc, int depth)
{
    if (depth < MAX_CHAIN) {
        Value cause = attr(t, exc, "__cause__"), context = IM_NO_VALUE;
        if (!im_no_value(cause) && im_is_object(cause)) {
            put_exception(t, o, cause, depth + 1);
            put(t, o, "\nThe above exception was the direct cause of the following exception:\n\n");
        } else {
            Value suppress = attr(t, exc, "__suppress_context__");
            context = attr(t, exc, "__context__");
            if (!im_no_value(context) && im_is_object(context) && !im_same(suppress, IM_TRUE)) {
                put_exception(t, o, context, depth + 1);
                put(t, o, "\nDuring handling of the above exception, another exception occurred:\n\n");
            }
            im_xdrop(t, suppress);
        }
        im_xdrop(t, cause);
        im_xdrop(t, context);
    }
    Value tb = im_exc_get_traceback(exc);
    if (!im_no_value(tb) && im_is_object(tb)) put_traceback(t, o, tb);
    im_xdrop(t, tb);
    if (im_is_instance_of(exc, &im_SyntaxError_type)) put_syntax_place(t, o, exc);
    put_exception_line(t, o, exc);
}

static Value default_file(Thread *t)
{
    Value f = im_sys_get(t, "stderr");
    if (!im_no_value(f) && im_is_none(f)) return IM_NO_VALUE;
    return f;
}

void im_display_exception(Thread *t, Value exc, Value file)
{
    Value pending = im_exc_fetch(t);
    Out o = {im_no_value(file) ? default_file(t) : im_new_ref(file), false};
    put_exception(t, &o, exc, 0);
    if (!im_no_value(o.file)) {
        Value r = im_call_method0(t, o.file, IM_S(flush));
        if (im_no_value(r)) im_exc_clear(t);
        im_xdrop(t, r);
        im_drop(t, o.file);
    }
    im_exc_restore(t, pending);
}

int im_print_traceback(Thread *t, Value tb, Value file)
{
    if (!im_is_object(tb)) return 0;
    Out o = {file, false};
    put_traceback(t, &o, tb);
    return o.failed ? -1 : 0;
}

void im_sys_write_stderr(Thread *t, const char *fmt, ...)
{
    Value pending = im_exc_fetch(t);
    va_list ap;
    va_start(ap, fmt);
    Value s = im_str_vformat(t, fmt, ap);
    va_end(ap);
    Out o = {default_file(t), false};
    put_str(t, &o, s);
    im_xdrop(t, s);
    im_xdrop(t, o.file);
    im_exc_restore(t, pending);
}
