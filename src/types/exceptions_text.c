/* SyntaxError and the Unicode errors.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "types/bytes.h"
#include "types/exceptions_impl.h"

/* ---- SyntaxError -------------------------------------------------------------------------------------------------------------- */

#define SYN(v) ((ImExcSyntax *)im_ptr(v))
IM_EXC_FIELDS(syntax, ImExcSyntax, x_msg, 9)

static int syntax_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImExcSyntax *e = SYN(self);
    if (im_exc_init(t, self, args, nargs, kwnames) < 0) return -1;
    if (nargs >= 1) im_exc_put(t, self, &e->x_msg, args[0]);
    if (nargs != 2) return 0;
    Value info = im_to_tuple(t, args[1]);
    if (im_no_value(info)) return -1;
    ssize_t n = im_tuple_len(info);
    int rc = -1;
    if (n < 4 || n > 6) {
        if (n < 4) im_raise_type(t, "function takes at least 4 arguments (%zd given)", n);
        else im_raise_type(t, "function takes at most 6 arguments (%zd given)", n);
        goto done;
    }
    Value *items = im_tuple_items(info);
    im_exc_put(t, self, &e->x_filename, items[0]);
    im_exc_put(t, self, &e->x_lineno, items[1]);
    im_exc_put(t, self, &e->x_offset, items[2]);
    im_exc_put(t, self, &e->x_text, items[3]);
    im_exc_put(t, self, &e->x_end_lineno, n > 4 ? items[4] : IM_NO_VALUE);
    im_exc_put(t, self, &e->x_end_offset, n > 5 ? items[5] : IM_NO_VALUE);
    if (n == 5) {
        im_raise_type(t, "end_offset must be provided when end_lineno is provided");
        goto done;
    }
    rc = 0;
done:
    im_drop(t, info);
    return rc;
}

static Value base_name(Thread *t, Value path)
{
    ssize_t n = im_str_len(path), i = n;
    while (i > 0 && im_str_at(path, i - 1) != '/') i--;
    return im_str_substring(t, path, i, n);
}
static Value syntax_str(Thread *t, Value self)
{
    ImExcSyntax *e = SYN(self);
    Value msg = im_exc_field(t, &e->x_msg), file = im_exc_field(t, &e->x_filename), line = im_exc_field(t, &e->x_lineno), r = IM_NO_VALUE, name = IM_NO_VALUE;
    if (im_no_value(msg)) msg = IM_NONE;
    bool has_line = !im_no_value(line) && im_is_int_exact(line);
    if (!im_no_value(file) && im_is_str(file)) {
        name = base_name(t, file);
        if (im_no_value(name)) goto done;
    }
    if (im_no_value(name) && !has_line) r = im_str(t, msg);
    else if (!im_no_value(name) && has_line) r = im_str_format(t, "%S (%U, line %S)", msg, name, line);
    else if (!im_no_value(name)) r = im_str_format(t, "%S (%U)", msg, name);
    else r = im_str_format(t, "%S (line %S)", msg, line);
done:
    im_drop(t, msg);
    im_xdrop(t, file);
    im_xdrop(t, line);
    im_xdrop(t, name);
    return r;
}
#define SYN_MEMBER(n, field, doc) {n, IM_T_VALUE_NONE, offsetof(ImExcSyntax, field), false, doc}
static const ImMemberDef syntax_members[] = {SYN_MEMBER("msg", x_msg, "exception msg"), SYN_MEMBER("filename", x_filename, "exception filename"),
    SYN_MEMBER("lineno", x_lineno, "exception lineno"), SYN_MEMBER("offset", x_offset, "exception offset"), SYN_MEMBER("text", x_text, "exception text"),
    SYN_MEMBER("end_lineno", x_end_lineno, "exception end lineno"), SYN_MEMBER("end_offset", x_end_offset, "exception end offset"),
    SYN_MEMBER("print_file_and_line", x_print, "exception print_file_and_line"), IM_END};
static const ImSlots syntax_slots = {.new_ = im_exc_new, .init = syntax_init, .str = syntax_str};
const ImExcKind im_exc_kind_SYNTAX = {sizeof(ImExcSyntax), &syntax_slots, NULL, syntax_members, NULL, syntax_traverse, syntax_clear, syntax_destroy};

/* ---- Unicode errors ------------------------------------------------------------------------------------------------------------- */

#define UNI(v) ((ImExcUnicode *)im_ptr(v))
IM_EXC_FIELDS(unicode, ImExcUnicode, x_encoding, 3)

static int want_str(Thread *t, Value v, int i)
{
    if (im_is_str(v)) return 0;
    im_raise_type(t, "argument %d must be str, not %s", i, im_is_none(v) ? "None" : im_type_cname(im_type_of(v)));
    return -1;
}

static int unicode_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames, bool encoding, bool bytes)
{
    ImExcUnicode *e = UNI(self);
    size_t want = encoding ? 5 : 4, k = 0;
    if (im_exc_init(t, self, args, nargs, kwnames) < 0) return -1;
    if (nargs != want) return im_raise_type(t, "function takes exactly %zu arguments (%zu given)", want, nargs), -1;
    if (encoding) {
        if (want_str(t, args[0], 1) < 0) return -1;
        k = 1;
    }
    Value object = args[k];
    if (bytes) {
        if (!im_is_bytes(object)) {
            object = im_bytes_from_object(t, object);
            if (im_no_value(object)) {
                if (im_exc_clear_if(t, &im_TypeError_type)) im_raise_type(t, "a bytes-like object is required, not '%.200T'", args[k]);
                return -1;
            }
        } else {
            im_take(object);
        }
    } else {
        if (want_str(t, object, (int)k + 1) < 0) return -1;
        im_take(object);
    }
    ssize_t start, end;
    if (im_as_ssize(t, args[k + 1], &im_OverflowError_type, &start) < 0 || im_as_ssize(t, args[k + 2], &im_OverflowError_type, &end) < 0 ||
        want_str(t, args[k + 3], (int)k + 4) < 0) {
        im_drop(t, object);
        return -1;
    }
    if (encoding) im_exc_put(t, self, &e->x_encoding, args[0]);
    im_slot_put(t, im_ptr(self), &e->x_object, object);
    im_exc_put(t, self, &e->x_reason, args[k + 3]);
    im_store_relaxed(&e->x_start, start);
    im_store_relaxed(&e->x_end, end);
    return 0;
}
static int encode_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return unicode_init(t, self, args, nargs, kw, true, false); }
static int decode_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return unicode_init(t, self, args, nargs, kw, true, true); }
static int translate_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return unicode_init(t, self, args, nargs, kw, false, false); }

/* Texts of the fields, str() of whatever Python code put there. */
static Value field_text(Thread *t, Value *x)
{
    Value v = im_exc_field(t, x), s;
    if (im_no_value(v)) return im_str_from_cstr(t, "<NULL>");
    s = im_str(t, v);
    im_drop(t, v);
    return s;
}

static Value encode_text(Thread *t, Value self, Value object, Value enc, Value reason)
{
    ImExcUnicode *e = UNI(self);
    ssize_t start = im_load_relaxed(&e->x_start), end = im_load_relaxed(&e->x_end), len = im_str_len(object);
    const char *verb = im_no_value(enc) ? "translate" : "encode";
    Value head = im_no_value(enc) ? im_str_from_cstr(t, "can't") : im_str_format(t, "'%U' codec can't", enc), r;
    if (im_no_value(head)) return head;
    if (start >= 0 && start < len && end == start + 1) {
        uint32_t c = im_str_at(object, start);
        char hex[16];
        snprintf(hex, sizeof hex, c <= 0xFF ? "\\x%02x" : c <= 0xFFFF ? "\\u%04x" : "\\U%08x", c);
        r = im_str_format(t, "%U %s character '%s' in position %zd: %U", head, verb, hex, start, reason);
    } else {
        r = im_str_format(t, "%U %s characters in position %zd-%zd: %U", head, verb, start, end - 1, reason);
    }
    im_drop(t, head);
    return r;
}
static Value decode_text(Thread *t, Value self, Value object, Value enc, Value reason)
{
    ImExcUnicode *e = UNI(self);
    ssize_t start = im_load_relaxed(&e->x_start), end = im_load_relaxed(&e->x_end);
    if (start >= 0 && start < im_bytes_len(object) && end == start + 1) {
        char hex[8];
        snprintf(hex, sizeof hex, "%02x", (unsigned char)im_bytes_data(object)[start]);
        return im_str_format(t, "'%U' codec can't decode byte 0x%s in position %zd: %U", enc, hex, start, reason);
    }
    return im_str_format(t, "'%U' codec can't decode bytes in position %zd-%zd: %U", enc, start, end - 1, reason);
}
static Value unicode_str(Thread *t, Value self)
{
    ImExcUnicode *e = UNI(self);
    Value object = im_exc_field(t, &e->x_object);
    if (im_no_value(object)) return im_str_from_cstr(t, ""); /* __init__ was not called */
    bool decode = im_is_instance_of(self, &im_UnicodeDecodeError_type);
    if (decode ? !im_is_bytes(object) : !im_is_str(object)) { /* the attribute takes anything */
        im_drop(t, object);
        return im_raise_type(t, "object attribute must be %s", decode ? "bytes" : "unicode");
    }
    Value reason = field_text(t, &e->x_reason), enc = IM_NO_VALUE, r = IM_NO_VALUE;
    bool translate = im_is_instance_of(self, &im_UnicodeTranslateError_type);
    if (!im_no_value(reason) && !translate) enc = field_text(t, &e->x_encoding);
    if (!im_no_value(reason) && (translate || !im_no_value(enc)))
        r = decode ? decode_text(t, self, object, enc, reason) : encode_text(t, self, object, enc, reason);
    im_drop(t, object);
    im_xdrop(t, reason);
    im_xdrop(t, enc);
    return r;
}
#define UNI_MEMBER(n, kind, field, doc) {n, kind, offsetof(ImExcUnicode, field), false, doc}
#define UNI_COMMON UNI_MEMBER("object", IM_T_VALUE_NONE, x_object, "exception object"), UNI_MEMBER("start", IM_T_SSIZE, x_start, "exception start"), \
    UNI_MEMBER("end", IM_T_SSIZE, x_end, "exception end"), UNI_MEMBER("reason", IM_T_VALUE_NONE, x_reason, "exception reason")
static const ImMemberDef code_members[] = {UNI_MEMBER("encoding", IM_T_VALUE_NONE, x_encoding, "exception encoding"), UNI_COMMON, IM_END};
static const ImSlots encode_slots = {.new_ = im_exc_new, .init = encode_init, .str = unicode_str};
static const ImSlots decode_slots = {.new_ = im_exc_new, .init = decode_init, .str = unicode_str};
static const ImSlots translate_slots = {.new_ = im_exc_new, .init = translate_init, .str = unicode_str};
const ImExcKind im_exc_kind_UENCODE = {sizeof(ImExcUnicode), &encode_slots, NULL, code_members, NULL, unicode_traverse, unicode_clear, unicode_destroy};
const ImExcKind im_exc_kind_UDECODE = {sizeof(ImExcUnicode), &decode_slots, NULL, code_members, NULL, unicode_traverse, unicode_clear, unicode_destroy};
const ImExcKind im_exc_kind_UTRANSLATE = {sizeof(ImExcUnicode), &translate_slots, NULL, code_members, NULL, unicode_traverse, unicode_clear, unicode_destroy};
