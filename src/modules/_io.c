/* Module _io: open(), the classes, the module's odds and ends.
 * SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "modules/io.h"

int im_io_text_write(Thread *t, Value file, Value str);


typedef struct Mode { bool creating, reading, writing, appending, updating, text, binary; char raw[4]; } Mode;
static int parse_mode(Thread *t, const char *mode, Mode *m)
{
    memset(m, 0, sizeof *m);
    for (const char *p = mode; *p; p++) {
        bool *f = *p == 'x' ? &m->creating : *p == 'r' ? &m->reading : *p == 'w' ? &m->writing : *p == 'a' ? &m->appending : *p == '+' ? &m->updating : *p == 't' ? &m->text : *p == 'b' ? &m->binary : NULL;
        if (!f || *f) return im_raise_valueerror(t, "invalid mode: '%s'", mode), -1;
        *f = true;
    }
    char *r = m->raw;
    if (m->creating) *r++ = 'x';
    if (m->reading) *r++ = 'r';
    if (m->writing) *r++ = 'w';
    if (m->appending) *r++ = 'a';
    if (r - m->raw > 1) return im_raise_valueerror(t, "must have exactly one of create/read/write/append mode"), -1;
    if (m->updating) *r++ = '+';
    *r = 0;
    if (m->text && m->binary) return im_raise_valueerror(t, "can't have text and binary mode at once"), -1;
    if (m->creating + m->reading + m->writing + m->appending != 1)
        return im_raise_valueerror(t, "%s", *mode == 0 || !(m->creating + m->reading + m->writing + m->appending)
                                                ? "Must have exactly one of create/read/write/append mode and at most one plus" : "must have exactly one of create/read/write/append mode"), -1;
    return 0;
}

Value im_io_open(Thread *t, Value self, const Value *a, size_t nargs, Value kw)
{
    (void)self; (void)nargs; (void)kw;
    Value file = a[0], encoding = a[3], errors = a[4], newline = a[5], opener = a[7], raw = IM_NO_VALUE, buf = IM_NO_VALUE, text = IM_NO_VALUE, path;
    int buffering = -1, closefd = im_no_value(a[6]) ? 1 : im_truth(t, a[6]);
    const char *mode = "r";
    Mode m;
    bool has_enc = !im_no_value(encoding) && !im_is_none(encoding), has_err = !im_no_value(errors) && !im_is_none(errors), has_nl = !im_no_value(newline) && !im_is_none(newline);
    if (closefd < 0) return IM_NO_VALUE;
    if (!im_no_value(a[1])) {
        if (!im_is_str(a[1])) return im_raise_type(t, "open() argument 'mode' must be str, not %T", a[1]);
        mode = im_str_utf8(t, a[1], NULL);
        if (!mode) return IM_NO_VALUE;
    }
    if (!im_no_value(a[2]) && im_as_int(t, a[2], &buffering) < 0) return IM_NO_VALUE;
    if (has_enc && !im_is_str(encoding)) return im_raise_type(t, "open() argument 'encoding' must be str or None, not %T", encoding);
    if (has_err && !im_is_str(errors)) return im_raise_type(t, "open() argument 'errors' must be str or None, not %T", errors);
    if (has_nl && !im_is_str(newline)) return im_raise_type(t, "open() argument 'newline' must be str or None, not %T", newline);
    path = im_is_index(file) ? im_new_ref(file) : im_fspath(t, file);
    if (im_no_value(path)) return path;
    if (parse_mode(t, mode, &m) < 0) goto fail;
    if (m.binary && has_enc) { (void)im_raise_valueerror(t, "binary mode doesn't take an encoding argument"); goto fail; }
    if (m.binary && has_err) { (void)im_raise_valueerror(t, "binary mode doesn't take an errors argument"); goto fail; }
    if (m.binary && has_nl) { (void)im_raise_valueerror(t, "binary mode doesn't take a newline argument"); goto fail; }
    if (m.binary && buffering == 1 && im_warn(t, &im_RuntimeWarning_type, 1, "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used") < 0) goto fail;
    {
        Value mv = im_str_from_cstr(t, m.raw), args[4] = {path, mv, im_bool(closefd), im_no_value(opener) ? IM_NONE : opener};
        raw = im_no_value(mv) ? mv : im_call(t, im_type_value(&im_FileIO_type), args, 4, IM_NO_VALUE);
        im_xdrop(t, mv);
        if (im_no_value(raw)) goto fail;
    }
    ImFileIO *f = (ImFileIO *)im_ptr(raw);
    bool line = false;
    if (buffering < 0 || buffering == 1) {
        Value tty = im_call_method0(t, raw, IM_S(isatty));
        if (im_no_value(tty)) goto fail;
        bool is_tty = tty.bits == IM_TRUE.bits;
        im_drop(t, tty);
        if (buffering == 1 || (buffering < 0 && is_tty)) line = !m.binary || is_tty;
        if (buffering == 1 && m.binary) line = false;
        buffering = f->blksize > 1 ? (int)(f->blksize > (1u << 20) ? (1u << 20) : f->blksize) : IM_IO_BUFFER_SIZE;
        if (buffering < IM_IO_BUFFER_SIZE) buffering = IM_IO_BUFFER_SIZE;
        if (buffering == 4096) buffering = IM_IO_BUFFER_SIZE;
    }
    if (buffering == 0) {
        if (!m.binary) { (void)im_raise_valueerror(t, "can't have unbuffered text I/O"); goto fail; }
        im_drop(t, path);
        return raw;
    }
    {
        ImType *bt = m.updating ? &im_BufferedRandom_type : m.reading ? &im_BufferedReader_type : &im_BufferedWriter_type;
        Value args[2] = {raw, im_int(buffering)};
        buf = im_call(t, im_type_value(bt), args, 2, IM_NO_VALUE);
        if (im_no_value(buf)) goto fail;
    }
    im_drop(t, raw);
    raw = IM_NO_VALUE;
    if (m.binary) { im_drop(t, path); return buf; }
    {
        Value args[5] = {buf, has_enc ? encoding : IM_NONE, has_err ? errors : IM_NONE, has_nl ? newline : IM_NONE, im_bool(line)};
        text = im_call(t, im_type_value(&im_TextIOWrapper_type), args, 5, IM_NO_VALUE);
        if (im_no_value(text)) goto fail;
    }
    im_drop(t, buf);
    buf = IM_NO_VALUE;
    {
        Value mv = im_str_from_cstr(t, mode);
        int r = im_no_value(mv) ? -1 : im_setattr(t, text, IM_S(mode), mv);
        im_xdrop(t, mv);
        if (r < 0) { buf = text; goto fail; }
    }
    im_drop(t, path);
    return text;
fail: {
    Value e = im_exc_fetch(t), target = im_no_value(buf) ? raw : buf;
    if (!im_no_value(target)) {
        Value c = im_call_method0(t, target, IM_S(close));
        if (im_no_value(c)) im_exc_clear(t);
        else im_drop(t, c);
    }
    im_exc_restore(t, e);
    im_xdrop(t, raw);
    im_xdrop(t, buf);
    im_drop(t, path);
    return IM_NO_VALUE;
}
}
static Value io_open_code(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)self; (void)n; (void)kw;
    if (!im_is_str(a[0])) return im_raise_type(t, "open_code() argument 'path' must be str, not %T", a[0]);
    Value mode = im_str_from_cstr(t, "rb"), args[8] = {a[0], mode};
    if (im_no_value(mode)) return mode;
    Value r = im_io_open(t, IM_NO_VALUE, args, 8, IM_NO_VALUE);
    im_drop(t, mode);
    return r;
}
static Value io_text_encoding(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)self; (void)kw;
    if (!im_is_none(a[0])) return im_new_ref(a[0]);
    Value flags = im_sys_get(t, "flags"), v;
    int warn = 0, utf8 = 0;
    if (!im_no_value(flags)) {
        if (im_lookup_attr(t, flags, IM_S(warn_default_encoding), &v) > 0) { warn = im_truth(t, v); im_drop(t, v); }
        im_exc_clear(t);
        if (im_lookup_attr(t, flags, IM_S(utf8_mode), &v) > 0) { utf8 = im_truth(t, v); im_drop(t, v); }
        im_drop(t, flags);
    }
    im_exc_clear(t);
    int level = 2;
    if (n > 1 && im_as_int(t, a[1], &level) < 0) return IM_NO_VALUE;
    if (warn > 0 && im_warn(t, &im_EncodingWarning_type, level, "'encoding' argument not specified") < 0) return IM_NO_VALUE;
    return im_str_from_cstr(t, utf8 ? "utf-8" : "locale");
}

static int io_exec(Thread *t, Value m)
{
    if (im_module_add_int(t, m, "DEFAULT_BUFFER_SIZE", IM_IO_BUFFER_SIZE) < 0) return -1;
    Value bases = im_tuple_pack(t, 2, im_type_value(&im_OSError_type), im_type_value(&im_ValueError_type)), name = im_str_from_cstr(t, "UnsupportedOperation"), ns = im_dict_new(t), u = IM_NO_VALUE;
    Value mod = im_str_from_cstr(t, "io");
    if (!im_no_value(bases) && !im_no_value(name) && !im_no_value(ns) && !im_no_value(mod) && im_dict_set(t, ns, IM_S(__module__), mod) == 0)
        u = im_call3(t, im_type_value(&im_type_type), name, bases, ns);
    im_xdrop(t, bases);
    im_xdrop(t, name);
    im_xdrop(t, ns);
    im_xdrop(t, mod);
    if (im_no_value(u) || im_module_add(t, m, "UnsupportedOperation", u) < 0) return -1;
    if (im_module_add(t, m, "BlockingIOError", im_new_ref(im_type_value(&im_BlockingIOError_type))) < 0) return -1;
    im_interp.text_io = &im_TextIOWrapper_type;
    im_interp.text_write = im_io_text_write;
    return 0;
}
static const ImMethodDef io_methods[] = {
    IM_PARSED("open", im_io_open, "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)", "Open file and return a stream.  Raise OSError upon failure."),
    IM_PARSED("open_code", io_open_code, "($module, /, path)", "Opens the provided file with the intent to import the contents."),
    IM_RANGE("text_encoding", io_text_encoding, 1, 2, "($module, encoding, stacklevel=2, /)", "A helper function to choose the text encoding."), IM_END};
static ImType *const io_types[] = {&im_IOBase__type, &im_RawIOBase__type, &im_BufferedIOBase__type, &im_TextIOBase__type, &im_FileIO_type, &im_BytesIO_type, &im_StringIO_type, &im_BufferedReader_type,
    &im_BufferedWriter_type, &im_BufferedRandom_type, &im_BufferedRWPair_type, &im_TextIOWrapper_type, &im_IncrementalNewlineDecoder_type, NULL};
static const ImModuleDef io_def = {.name = "_io", .doc = "The io module provides the Python interfaces to stream handling.", .methods = io_methods, .exec = io_exec, .types = io_types};
IM_MODULE(io_def);
