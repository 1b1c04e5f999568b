/* builtins: print, input, breakpoint.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules/audit.h"
#include "modules/builtins.h"
#include "modules/readline.h"

int im_file_write_str(Thread *t, Value file, Value s)
{
    if (im_interp.text_io && im_type_of(file) == im_interp.text_io) return im_interp.text_write(t, file, s);
    Value r = im_call_method1(t, file, IM_S(write), s);
    if (im_no_value(r)) return -1;
    im_drop(t, r);
    return 0;
}

int im_file_write_cstr(Thread *t, Value file, const char *s)
{
    Value v = im_str_from_cstr(t, s);
    if (im_no_value(v)) return -1;
    int r = im_file_write_str(t, file, v);
    im_drop(t, v);
    return r;
}

/* Keyword arguments of print(). -1 with TypeError. */
static int print_options(Thread *t, const Value *kw, Value kwnames, Value *sep, Value *end, Value *file, int *flush)
{
    for (ssize_t i = 0, n = im_tuple_len(kwnames); i < n; i++) {
        Value k = im_tuple_get(kwnames, i), v = kw[i];
        if (im_str_equal_cstr(k, "sep")) *sep = im_is_none(v) ? IM_NO_VALUE : v;
        else if (im_str_equal_cstr(k, "end")) *end = im_is_none(v) ? IM_NO_VALUE : v;
        else if (im_str_equal_cstr(k, "file")) *file = im_is_none(v) ? IM_NO_VALUE : v;
        else if (im_str_equal_cstr(k, "flush")) {
            if ((*flush = im_truth(t, v)) < 0) return -1;
        } else return im_raise_type(t, "print() got an unexpected keyword argument '%U'", k), -1;
    }
    if (!im_no_value(*sep) && !im_is_str(*sep)) return im_raise_type(t, "sep must be None or a string, not %.200T", *sep), -1;
    if (!im_no_value(*end) && !im_is_str(*end)) return im_raise_type(t, "end must be None or a string, not %.200T", *end), -1;
    return 0;
}

static int put(Thread *t, ImStrBuilder *b, Value v)
{
    if (im_is_str_exact(v)) return im_sb_str(t, b, v);
    Value s = im_str(t, v);
    if (im_no_value(s)) return -1;
    int r = im_sb_str(t, b, s);
    im_drop(t, s);
    return r;
}

/* Our own text file: the line is built whole and written at once, so that lines of several threads do not mix. What came before an argument whose str() fails
 * is written, as if piece by piece. */
static int print_text_io(Thread *t, Value file, const Value *args, size_t nargs, Value sep, Value end)
{
    ImStrBuilder b;
    im_sb_init(&b);
    int r = 0;
    for (size_t i = 0; i < nargs && r == 0; i++) {
        if (i) r = im_no_value(sep) ? im_sb_char(t, &b, ' ') : im_sb_str(t, &b, sep);
        if (r == 0) r = put(t, &b, args[i]);
    }
    if (r == 0) r = im_no_value(end) ? im_sb_char(t, &b, '\n') : im_sb_str(t, &b, end);
    Value exc = im_exc_fetch(t), s = im_sb_finish(t, &b);
    if (im_no_value(s)) { im_xdrop(t, exc); return -1; }
    if (r == 0 || im_str_len(s)) {
        int w = im_interp.text_write(t, file, s);
        if (w < 0) r = -1;
    }
    im_drop(t, s);
    if (!im_no_value(exc)) im_exc_restore(t, exc);
    return r;
}

static int print_any(Thread *t, Value file, const Value *args, size_t nargs, Value sep, Value end)
{
    for (size_t i = 0; i < nargs; i++) {
        if (i && (im_no_value(sep) ? im_file_write_cstr(t, file, " ") : im_file_write_str(t, file, sep)) < 0) return -1;
        Value s = im_is_str_exact(args[i]) ? im_new_ref(args[i]) : im_str(t, args[i]);
        if (im_no_value(s)) return -1;
        int r = im_file_write_str(t, file, s);
        im_drop(t, s);
        if (r < 0) return -1;
    }
    return im_no_value(end) ? im_file_write_cstr(t, file, "\n") : im_file_write_str(t, file, end);
}

IM_BUILTIN(print)
{
    (void)self;
    Value sep = IM_NO_VALUE, end = IM_NO_VALUE, file = IM_NO_VALUE;
    int flush = 0;
    if (!im_no_value(kwnames) && print_options(t, args + nargs, kwnames, &sep, &end, &file, &flush) < 0) return IM_NO_VALUE;
    if (im_no_value(file)) {
        file = im_sys_get(t, "stdout");
        if (im_no_value(file)) return im_raise_runtime(t, "lost sys.stdout");
        if (im_is_none(file)) return IM_NONE;
    } else im_take(file);
    int r = im_interp.text_io && im_type_of(file) == im_interp.text_io ? print_text_io(t, file, args, nargs, sep, end) : print_any(t, file, args, nargs, sep, end);
    if (r == 0 && flush) {
        Value v = im_call_method0(t, file, IM_S(flush));
        if (im_no_value(v)) r = -1;
        im_xdrop(t, v);
    }
    im_drop(t, file);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}

/* --- input ---------------------------------------------------------------------------------------------------------------------------------------- */

static void flush_quietly(Thread *t, Value f)
{
    Value r = im_call_method0(t, f, IM_S(flush));
    if (im_no_value(r)) im_exc_clear(t);
    im_xdrop(t, r);
}

/* One line of a file object without its newline. */
static Value read_line(Thread *t, Value in)
{
    Value line = im_call_method0(t, in, IM_S(readline));
    if (im_no_value(line)) return line;
    if (!im_is_str(line)) {
        im_drop(t, line);
        return im_raise_type(t, "object.readline() returned non-string");
    }
    ssize_t n = im_str_len(line);
    if (n == 0) {
        im_drop(t, line);
        return im_raise(t, &im_EOFError_type, "EOF when reading a line");
    }
    if (im_str_at(line, n - 1) != '\n') return line;
    Value s = im_str_substring(t, line, 0, n - 1);
    im_drop(t, line);
    return s;
}

/* Whether a file object is the terminal behind a descriptor; never fails. */
static bool is_terminal(Thread *t, Value f, int fd)
{
    int n = -1;
    Value v = im_call_method0(t, f, IM_S(fileno));
    if (im_no_value(v) || im_as_int(t, v, &n) < 0) im_exc_clear(t);
    im_xdrop(t, v);
    return n == fd && isatty(fd);
}
/* Its encoding and errors, as long as both values live. */
static int codec_of(Thread *t, Value f, Value owned[2], const char *names[2])
{
    owned[0] = im_getattr(t, f, IM_S(encoding));
    owned[1] = im_no_value(owned[0]) ? IM_NO_VALUE : im_getattr(t, f, IM_S(errors));
    for (int i = 0; i < 2; i++)
        if (im_no_value(owned[i]) || !im_is_str(owned[i]) || !(names[i] = im_str_utf8(t, owned[i], NULL))) return -1;
    return 0;
}
/* input() at a terminal: by line editing, if there is such a thing. 1 *line, 0 the files are of a kind for which it does not work, -1. */
static int terminal_input(Thread *t, Value in, Value out, Value prompt, Value *line)
{
    Value ci[2] = {IM_NO_VALUE, IM_NO_VALUE}, co[2] = {IM_NO_VALUE, IM_NO_VALUE}, text = IM_NO_VALUE, bytes = IM_NO_VALUE;
    const char *ni[2], *no[2];
    char *s;
    int rc = 0;
    if (codec_of(t, in, ci, ni) < 0 || codec_of(t, out, co, no) < 0) {
        im_exc_clear(t);
        goto done;
    }
    flush_quietly(t, out);
    rc = -1;
    if (!im_no_value(prompt)) {
        text = im_str(t, prompt);
        bytes = im_no_value(text) ? text : im_str_encode(t, text, no[0], no[1]);
        if (im_no_value(bytes)) goto done;
        if (strlen(im_bytes_data(bytes)) != (size_t)im_bytes_len(bytes)) {
            im_raise_valueerror(t, "input: prompt string cannot contain null characters");
            goto done;
        }
    }
    s = im_terminal_line(t, im_no_value(bytes) ? "" : im_bytes_data(bytes));
    if (!s) {
        if (!im_pending(t)) im_raise_none(t, &im_KeyboardInterrupt_type);
        goto done;
    }
    size_t n = strlen(s);
    if (!n) im_raise_none(t, &im_EOFError_type);
    else {
        *line = im_str_decode(t, s, (ssize_t)(n - (s[n - 1] == '\n')), ni[0], ni[1]);
        if (!im_no_value(*line)) rc = 1;
    }
    free(s);
done:
    for (int i = 0; i < 2; i++) im_xdrop(t, ci[i]), im_xdrop(t, co[i]);
    im_xdrop(t, text);
    im_xdrop(t, bytes);
    return rc;
}

IM_BUILTIN(input)
{
    (void)self, (void)kwnames;
    Value in = im_sys_get(t, "stdin"), out = im_sys_get(t, "stdout"), err = im_sys_get(t, "stderr"), r = IM_NO_VALUE;
    if (im_no_value(in) || im_is_none(in)) { im_raise_runtime(t, "input(): lost sys.stdin"); goto done; }
    if (im_no_value(out) || im_is_none(out)) { im_raise_runtime(t, "input(): lost sys.stdout"); goto done; }
    if (im_no_value(err) || im_is_none(err)) { im_raise_runtime(t, "input(): lost sys.stderr"); goto done; }
    if (IM_AUDIT(t, "builtins.input", nargs ? args[0] : IM_NONE) < 0) goto done;
    flush_quietly(t, err);
    if (is_terminal(t, in, 0) && is_terminal(t, out, 1)) {
        int k = terminal_input(t, in, out, nargs ? args[0] : IM_NO_VALUE, &r);
        if (k > 0 && IM_AUDIT(t, "builtins.input/result", r) < 0) IM_CLEAR(t, r);
        if (k) goto done;
    }
    if (nargs) {
        Value s = im_str(t, args[0]);
        if (im_no_value(s)) goto done;
        int w = im_file_write_str(t, out, s);
        im_drop(t, s);
        if (w < 0) goto done;
    }
    flush_quietly(t, out);
    r = read_line(t, in);
    if (!im_no_value(r) && IM_AUDIT(t, "builtins.input/result", r) < 0) IM_CLEAR(t, r);
done:
    im_xdrop(t, in);
    im_xdrop(t, out);
    im_xdrop(t, err);
    return r;
}

IM_BUILTIN(breakpoint)
{
    (void)self;
    Value hook = im_sys_get(t, "breakpointhook");
    if (im_no_value(hook)) return im_raise_runtime(t, "lost sys.breakpointhook");
    Value r = IM_AUDIT(t, "builtins.breakpoint", hook) < 0 ? IM_NO_VALUE : im_call(t, hook, args, nargs, kwnames);
    im_drop(t, hook);
    return r;
}
