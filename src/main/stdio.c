/* Standard streams: sys.stdin, stdout, stderr as text files of _io; without _io (-X no_importlib, or a broken library) plain writers to a descriptor.
 * SPDX-License-Identifier: MIT */
#include <langinfo.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/stdio.h"
#include "modules/audit.h"

/* --- plain writer ----------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct PlainFile { ImObject head; int fd; } PlainFile;

static Value plain_write(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    if (!im_is_str(args[0])) return im_raise_type(t, "write() argument must be str, not %T", args[0]);
    Value b = im_str_encode(t, args[0], "utf-8", "surrogateescape");
    if (im_no_value(b)) return b;
    const char *p = im_bytes_data(b);
    for (ssize_t n = im_bytes_len(b); n > 0;) {
        ssize_t w = write(((PlainFile *)im_ptr(self))->fd, p, (size_t)n);
        if (w <= 0) break;
        p += w;
        n -= w;
    }
    im_drop(t, b);
    return im_int(im_str_len(args[0]));
}
static Value plain_flush(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)t, (void)self, (void)args, (void)nargs, (void)kwnames;
    return IM_NONE;
}
static Value plain_fileno(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)t, (void)args, (void)nargs, (void)kwnames;
    return im_int(((PlainFile *)im_ptr(self))->fd);
}
static const ImMethodDef plain_methods[] = {
    IM_FIXED("write", plain_write, 1, "($self, text, /)", NULL), IM_FIXED("flush", plain_flush, 0, "($self, /)", NULL),
    IM_FIXED("fileno", plain_fileno, 0, "($self, /)", NULL), IM_END,
};
static const ImTypeSpec plain_spec = {.name = "plain_file", .size = sizeof(PlainFile), .flags = IM_TF_NO_NEW, .methods = plain_methods};
IM_TYPE_DECLARE(plain_file);
IM_TYPE(plain_file, &plain_spec);

static Value plain_new(Thread *t, int fd)
{
    PlainFile *f = (PlainFile *)im_instance_alloc(t, &im_plain_file_type, 0);
    if (!f) return IM_NO_VALUE;
    f->fd = fd;
    return im_value(f);
}

/* --- text files ------------------------------------------------------------------------------------------------------------------------------------------- */

static const char *stdio_encoding(void)
{
    if (im_config.stdio_encoding) return im_config.stdio_encoding;
    const char *s = im_config.utf8_mode ? "UTF-8" : nl_langinfo(CODESET);
    return strcasecmp(s, "UTF-8") == 0 || strcasecmp(s, "utf8") == 0 ? "utf-8" : *s ? s : "utf-8";
}

/* The codec's own name for it ("latin-1" is "iso8859-1"): owned. */
static Value encoding_name(Thread *t)
{
    const char *s = stdio_encoding();
    Value name = im_str_from_cstr(t, s);
    if (im_no_value(name) || strcmp(s, "utf-8") == 0) return name;
    Value lookup = im_import_from(t, "_codecs", "lookup"), info = im_no_value(lookup) ? lookup : im_call1(t, lookup, name), own = im_no_value(info) ? info : im_getattr(t, info, IM_S(name));
    im_xdrop(t, lookup);
    im_xdrop(t, info);
    if (im_no_value(own)) return im_exc_clear(t), name;
    im_drop(t, name);
    return own;
}

static Value kw_call(Thread *t, Value fn, const Value *args, size_t npos, const char *const *names, size_t nkw)
{
    Value tuple = im_tuple_new(t, nkw), r = IM_NO_VALUE;
    if (im_no_value(tuple)) return tuple;
    bool ok = true;
    for (size_t i = 0; i < nkw && ok; i++) ok = !im_no_value(im_tuple_items(tuple)[i] = im_str_intern_cstr(t, names[i]));
    for (size_t i = 0; i < npos + nkw && ok; i++) ok = !im_no_value(args[i]);
    if (ok) r = im_call(t, fn, args, npos, tuple);
    im_drop(t, tuple);
    return r;
}

static Value text_file(Thread *t, Value io, int fd, bool writing, const char *name, const char *errors)
{
    static const char *const open_kw[] = {"buffering", "closefd"};
    static const char *const text_kw[] = {"encoding", "errors", "newline", "line_buffering", "write_through"};
    bool raw_writes = im_config.unbuffered && writing;
    Value open = IM_NO_VALUE, wrapper = IM_NO_VALUE, mode = IM_NO_VALUE, buf = IM_NO_VALUE, raw = IM_NO_VALUE, file = IM_NO_VALUE, n = IM_NO_VALUE, tty = IM_NO_VALUE;
    if (im_no_value(open = im_getattr(t, io, IM_S(open))) || im_no_value(wrapper = im_getattr(t, io, IM_S(TextIOWrapper)))
        || im_no_value(mode = im_str_from_cstr(t, writing ? "wb" : "rb")) || im_no_value(n = im_str_from_cstr(t, name))) goto done;
    buf = kw_call(t, open, (Value[]){im_int(fd), mode, im_int(raw_writes ? 0 : -1), IM_FALSE}, 2, open_kw, 2);
    if (im_no_value(buf)) goto done;
    raw = raw_writes ? im_new_ref(buf) : im_getattr(t, buf, IM_S(raw));
    if (im_no_value(raw) || im_setattr(t, raw, IM_S(name), n) < 0) goto done;
    tty = im_call_method0(t, raw, IM_S(isatty));
    if (im_no_value(tty)) goto done;
    const int is_tty = im_truth(t, tty);
    if (is_tty < 0) goto done;
    bool line = !im_config.unbuffered && (is_tty || fd == 2);
    Value enc = encoding_name(t), err = im_no_value(enc) ? enc : im_str_from_cstr(t, errors), nl = im_no_value(err) ? err : im_str_from_cstr(t, "\n");
    if (!im_no_value(nl)) file = kw_call(t, wrapper, (Value[]){buf, enc, err, nl, im_bool(line), im_bool(im_config.unbuffered)}, 1, text_kw, 5);
    im_xdrop(t, enc);
    im_xdrop(t, err);
    im_xdrop(t, nl);
    Value m = im_no_value(file) ? file : im_str_from_cstr(t, writing ? "w" : "r");
    if (!im_no_value(file) && (im_no_value(m) || im_setattr(t, file, IM_S(mode), m) < 0)) im_exc_clear(t);
    im_xdrop(t, m);
done:
    im_xdrop(t, open);
    im_xdrop(t, wrapper);
    im_xdrop(t, mode);
    im_xdrop(t, buf);
    im_xdrop(t, raw);
    im_xdrop(t, n);
    im_xdrop(t, tty);
    return file;
}

static int set_stream(Thread *t, const char *name, const char *original, Value file)
{
    if (im_no_value(file)) return -1;
    int r = im_sys_set(t, name, file) < 0 || im_sys_set(t, original, file) < 0;
    im_drop(t, file);
    return r ? -1 : 0;
}

int im_stdio_init(Thread *t, bool plain)
{
    static const struct { const char *name, *original, *label; int fd; } rows[] = {
        {"stderr", "__stderr__", "<stderr>", 2}, {"stdin", "__stdin__", "<stdin>", 0}, {"stdout", "__stdout__", "<stdout>", 1}};
    Value io = plain ? IM_NO_VALUE : im_import(t, "_io");
    if (!plain && im_no_value(io)) {
        im_exc_clear(t);
        plain = true;
    }
    int r = 0;
    for (size_t i = 0; i < 3 && r == 0; i++) {
        struct stat st;
        Value f = IM_NONE;
        if (fstat(rows[i].fd, &st) == 0) {
            const char *errors = rows[i].fd == 2 ? "backslashreplace" : im_config.stdio_errors ? im_config.stdio_errors : "strict";
            f = plain ? plain_new(t, rows[i].fd) : text_file(t, io, rows[i].fd, rows[i].fd != 0, rows[i].label, errors);
        }
        r = set_stream(t, rows[i].name, rows[i].original, f);
    }
    if (!plain && r == 0) {
        Value open = im_getattr(t, io, IM_S(open));
        r = im_no_value(open) ? -1 : im_dict_set_cstr(t, im_interp.builtins, "open", open);
        im_xdrop(t, open);
    }
    im_xdrop(t, io);
    return r;
}

/* Flushes one stream: 0, or -1 when data was lost. A closed file is fine. */
static int flush_one(Thread *t, const char *name, bool report)
{
    Value f = im_sys_get(t, name), closed, r;
    int status = 0;
    if (im_no_value(f) || im_is_none(f)) return 0;
    if (im_lookup_attr(t, f, IM_S(closed), &closed) < 0) im_exc_clear(t);
    bool is_closed = !im_no_value(closed) && im_truth(t, closed) > 0;
    im_exc_clear(t);
    im_xdrop(t, closed);
    if (!is_closed) {
        r = im_call_method0(t, f, IM_S(flush));
        if (im_no_value(r)) {
            if (report) im_write_unraisable(t, "Exception ignored on flushing sys.stdout", IM_NO_VALUE);
            else im_exc_clear(t);
            status = -1;
        }
        im_xdrop(t, r);
    }
    im_drop(t, f);
    return status;
}
int im_stdio_flush(Thread *t, bool report)
{
    Value pending = im_exc_fetch(t);
    int r = flush_one(t, "stdout", report);
    if (flush_one(t, "stderr", false) < 0) r = -1;
    im_exc_restore(t, pending);
    return r;
}
