/* compile(): parse, fold, symbol table, code generation, and at last the objects.
   SPDX-License-Identifier: MIT */
#include "front/compile.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "front/codegen.h"
#include "object/buffer.h"
#include "types/bytes.h"
#include "types/float.h"
#include "types/int.h"
#include "types/module.h"
#include "types/set.h"
#include "types/str.h"
#include "types/tuple.h"
#include "types/unicode_db.h"
#include "types/unicode_names.h"
#include "types/unicode_norm.h"

int im_compile_optimize;
int im_compile_no_ranges;
bool im_compile_listing;
ImAstHooks im_ast_hooks;

/* ---- objects from constants ---- */

static Value items_value(Thread *t, const ImConst *k)
{
    Value tuple = im_tuple_new(t, (size_t)k->u.seq.n);
    if (im_no_value(tuple)) return tuple;
    for (int i = 0; i < k->u.seq.n; i++) {
        Value v = im_const_value(t, k->u.seq.v[i]);
        if (im_no_value(v)) {
            im_drop(t, tuple);
            return v;
        }
        im_tuple_items(tuple)[i] = v;
    }
    return tuple;
}

Value im_const_value(Thread *t, const ImConst *k)
{
    switch ((ImConstKind)k->kind) {
    case IM_CONST_NONE: return IM_NONE;
    case IM_CONST_TRUE: return IM_TRUE;
    case IM_CONST_FALSE: return IM_FALSE;
    case IM_CONST_ELLIPSIS: return IM_ELLIPSIS;
    case IM_CONST_INT: return im_int_new(t, k->u.i);
    case IM_CONST_BIGINT: {
        Value v = im_int_from_digits(t, k->u.big.digits, k->u.big.len, k->u.big.base);
        if (im_no_value(v) || !k->u.big.negative) return v;
        Value n = im_negative(t, v);
        im_drop(t, v);
        return n;
    }
    case IM_CONST_FLOAT: return im_float_new(t, k->u.f);
    case IM_CONST_COMPLEX: return im_complex_new(t, k->u.c.re, k->u.c.im);
    case IM_CONST_STR: return im_str_from_wtf8(t, k->u.s.s, (ssize_t)k->u.s.len);
    case IM_CONST_BYTES: return im_bytes_new(t, k->u.b.s, (ssize_t)k->u.b.len);
    case IM_CONST_TUPLE: return items_value(t, k);
    case IM_CONST_FROZENSET: {
        Value items = items_value(t, k);
        if (im_no_value(items)) return items;
        Value set = im_frozenset_new(t, items);
        im_drop(t, items);
        if (im_no_value(set) || im_no_value(items = im_to_tuple(t, set))) return set;
        im_drop(t, set);
        set = im_frozenset_new(t, items); /* twice, as CPython makes it: that decides the order */
        im_drop(t, items);
        return set;
    }
    case IM_CONST_OBJECT: return im_new_ref((Value){(uint64_t)(uintptr_t)k->u.object});
    }
    return IM_NONE;
}

static ImConst *items_const(Thread *t, ImArena *a, Value v, ImConstKind kind)
{
    Value tuple = kind == IM_CONST_TUPLE ? im_new_ref(v) : im_to_tuple(t, v);
    ImConst *k = im_no_value(tuple) ? NULL : im_arena_zalloc(a, sizeof *k);
    size_t n = k ? (size_t)im_tuple_len(tuple) : 0;
    if (k) k->u.seq.v = im_arena_alloc(a, (n + 1) * sizeof *k->u.seq.v);
    for (size_t i = 0; k && i < n; i++)
        if (!k->u.seq.v || !(k->u.seq.v[i] = im_const_from_value(t, a, im_tuple_get(tuple, (ssize_t)i)))) k = NULL;
    if (k) k->kind = (uint8_t)kind, k->u.seq.n = (int)n;
    im_xdrop(t, tuple);
    return k;
}

static bool text_const(Thread *t, ImArena *a, Value v, ImConst *k)
{
    size_t n = (size_t)im_str_len(v), len = 0;
    char *p = im_arena_alloc(a, n * 4 + 1);
    if (!p) return im_raise_memory(t), false;
    k->kind = IM_CONST_STR;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = im_str_at(v, (ssize_t)i);
        if (c > k->u.s.maxchar) k->u.s.maxchar = c;
        if (c < 0x80) p[len++] = (char)c;
        else {
            if (c < 0x800) p[len++] = (char)(0xC0 | c >> 6);
            else {
                if (c < 0x10000) p[len++] = (char)(0xE0 | c >> 12);
                else p[len++] = (char)(0xF0 | c >> 18), p[len++] = (char)(0x80 | (c >> 12 & 63));
                p[len++] = (char)(0x80 | (c >> 6 & 63));
            }
            p[len++] = (char)(0x80 | (c & 63));
        }
    }
    p[len] = 0;
    k->u.s.s = p;
    k->u.s.len = len;
    k->u.s.count = n;
    return true;
}

/* Surrogate pairs would merge in WTF-8: such a str stays an object. */
static bool has_surrogates(Value v)
{
    for (ssize_t i = 0; im_str_kind(v) > 1 && i < im_str_len(v); i++)
        if (im_str_at(v, i) - 0xD800 < 0x800) return true;
    return false;
}

ImConst *im_const_from_value(Thread *t, ImArena *a, Value v)
{
    if (im_is_tuple_exact(v)) return items_const(t, a, v, IM_CONST_TUPLE);
    ImConst *k = im_arena_zalloc(a, sizeof *k);
    if (!k) return im_raise_memory(t), NULL;
    int64_t i;
    if (im_is_none(v)) k->kind = IM_CONST_NONE;
    else if (im_same(v, IM_TRUE)) k->kind = IM_CONST_TRUE;
    else if (im_same(v, IM_FALSE)) k->kind = IM_CONST_FALSE;
    else if (im_same(v, IM_ELLIPSIS)) k->kind = IM_CONST_ELLIPSIS;
    else if (im_is_int_exact(v) && im_int_get64(v, &i)) k->kind = IM_CONST_INT, k->u.i = i;
    else if (im_is_int_exact(v)) {
        Value text = im_int_to_str(t, v, 16, false);
        if (im_no_value(text)) return NULL;
        const char *s = im_str_utf8(t, text, NULL);
        k->kind = IM_CONST_BIGINT;
        k->u.big.negative = s && *s == '-';
        k->u.big.base = 16;
        if (s) s = im_arena_memdup(a, s + k->u.big.negative, strlen(s) - k->u.big.negative);
        im_drop(t, text);
        if (!s) return im_raise_memory(t), NULL;
        k->u.big.digits = s;
        k->u.big.len = (uint32_t)strlen(s);
    } else if (im_is_float_exact(v)) k->kind = IM_CONST_FLOAT, k->u.f = im_float_get(v);
    else if (im_is_exact(v, &im_complex_type)) {
        k->kind = IM_CONST_COMPLEX;
        k->u.c.re = ((ImComplex *)im_ptr(v))->re;
        k->u.c.im = ((ImComplex *)im_ptr(v))->im;
    } else if (im_is_bytes_exact(v)) {
        k->kind = IM_CONST_BYTES;
        k->u.b.len = (size_t)im_bytes_len(v);
        if (!(k->u.b.s = im_arena_memdup(a, im_bytes_data(v), k->u.b.len))) return im_raise_memory(t), NULL;
    } else if (im_is_str_exact(v) && !has_surrogates(v)) {
        if (!text_const(t, a, v, k)) return NULL;
    } else {
        k->kind = IM_CONST_OBJECT;
        k->u.object = (void *)(uintptr_t)v.bits;
    }
    return k;
}

/* Names are interned, hence immortal: the arena's name remembers its str. */
static Value name_value(Thread *t, const ImName *n)
{
    if (n->data) return (Value){(uint64_t)(uintptr_t)n->data};
    Value v = im_str_from_wtf8(t, n->s, (ssize_t)n->len);
    if (im_no_value(v)) return v;
    v = im_str_intern(t, v);
    if (!im_no_value(v)) {
        im_immortalize(v);
        ((ImName *)(uintptr_t)n)->data = (void *)(uintptr_t)v.bits;
    }
    return v;
}

static Value names_value(Thread *t, const ImName **v, uint32_t n)
{
    Value tuple = im_tuple_new(t, n);
    for (uint32_t i = 0; i < n && !im_no_value(tuple); i++) {
        Value x = name_value(t, v[i]);
        if (im_no_value(x)) IM_CLEAR(t, tuple);
        else im_tuple_items(tuple)[i] = im_new_ref(x);
    }
    return tuple;
}

static Value unit_value(Thread *t, const ImUnit *u, Value filename);

static Value consts_value(Thread *t, const ImUnit *u, Value filename)
{
    Value tuple = im_tuple_new(t, u->nconsts);
    for (uint32_t i = 0; i < u->nconsts && !im_no_value(tuple); i++) {
        Value x = u->consts[i].unit ? unit_value(t, u->consts[i].unit, filename) : im_const_value(t, u->consts[i].k);
        if (im_no_value(x)) IM_CLEAR(t, tuple);
        else im_tuple_items(tuple)[i] = x;
    }
    return tuple;
}

static Value unit_value(Thread *t, const ImUnit *u, Value filename)
{
    ImCodeSpec s = {.flags = u->flags, .argcount = u->argcount, .posonly = u->posonly, .kwonly = u->kwonly, .firstlineno = u->firstlineno,
                    .nlocals = u->nlocals, .nregs = u->nregs, .nfar = u->nfar, .units = u->units, .nunits = u->nunits, .handlers = u->handlers,
                    .nhandlers = u->nhandlers, .positions = u->positions, .npositions = u->npositions, .ncaches = u->ncaches, .regkinds = u->regkinds};
    if (im_recurse_enter(t, " during compilation") < 0) return IM_NO_VALUE;
    Value *parts[] = {&s.consts, &s.names, &s.varnames, &s.cellvars, &s.freevars, &s.regnames, &s.name, &s.qualname, &s.filename};
    for (size_t i = 0; i < IM_COUNTOF(parts); i++) *parts[i] = IM_NO_VALUE;
    bool ok = !im_no_value(s.consts = consts_value(t, u, filename)) && !im_no_value(s.names = names_value(t, u->names, u->nnames))
        && !im_no_value(s.varnames = names_value(t, u->varnames, u->nvarnames)) && !im_no_value(s.cellvars = names_value(t, u->cells, u->ncells))
        && !im_no_value(s.freevars = names_value(t, u->frees, u->nfrees))
        && !im_no_value(s.regnames = names_value(t, u->regnames, (uint32_t)u->nlocals + u->nfar)) && !im_no_value(s.name = name_value(t, u->name))
        && !im_no_value(s.qualname = im_str_from_wtf8(t, u->qualname, (ssize_t)strlen(u->qualname)));
    Value code = IM_NO_VALUE;
    if (ok) {
        im_take(s.name);
        s.filename = im_new_ref(filename);
        code = im_code_new(t, &s);
    } else {
        s.name = IM_NO_VALUE; /* borrowed so far */
        for (size_t i = 0; i < IM_COUNTOF(parts); i++) im_xdrop(t, *parts[i]);
    }
    im_recurse_leave(t);
    return code;
}

/* ---- errors ---- */

static ImType *error_type(ImSyntaxErrType type)
{
    switch (type) {
    case IM_ERR_INDENTATION: return &im_IndentationError_type;
    case IM_ERR_TAB: return &im_TabError_type;
    case IM_ERR_VALUE: return &im_ValueError_type;
    case IM_ERR_OVERFLOW: return &im_OverflowError_type;
    case IM_ERR_RECURSION: return &im_RecursionError_type;
    case IM_ERR_TYPE: return &im_TypeError_type;
    default: return &im_SyntaxError_type;
    }
}

static Value text_value(Thread *t, const char *s, size_t len)
{
    Value v = im_str_from_utf8(t, s, (ssize_t)len);
    if (!im_no_value(v)) return v;
    im_exc_clear(t);
    return im_str_decode(t, s, (ssize_t)len, "utf-8", "replace");
}

Value im_front_raise(Thread *t, const ImSyntaxErr *err, Value filename)
{
    if (err->type == IM_ERR_PENDING) return IM_NO_VALUE;
    if (err->type == IM_ERR_MEMORY) return err->msg ? im_raise(t, &im_MemoryError_type, "%s", err->msg) : im_raise_memory(t);
    ImType *type = error_type(err->type);
    if (type == &im_ValueError_type || type == &im_OverflowError_type || type == &im_RecursionError_type || type == &im_TypeError_type)
        return im_raise(t, type, "%s", err->msg);
    if (err->type == IM_ERR_INCOMPLETE) type = &im__IncompleteInputError_type;
    Value msg = text_value(t, err->msg, strlen(err->msg)), text = IM_NONE, where = IM_NO_VALUE, exc = IM_NO_VALUE;
    if (im_no_value(msg)) return msg;
    if (err->text && im_no_value(text = text_value(t, err->text, err->text_len))) goto done;
    if (err->nowhere) exc = im_call1(t, im_type_value(type), msg);
    else if (!err->has_pos) where = im_tuple_pack(t, 4, filename, IM_NONE, IM_NONE, IM_NONE);
    else if (!err->has_end) where = im_tuple_pack(t, 6, filename, im_int(err->lineno), im_int(err->offset), text, IM_NONE, IM_NONE);
    else where = im_tuple_pack(t, 6, filename, im_int(err->lineno), im_int(err->offset), text, im_int(err->end_lineno), im_int(err->end_offset));
    if (!err->nowhere && im_no_value(where)) goto done;
    if (!err->nowhere) exc = im_call2(t, im_type_value(type), msg, where);
    if (!im_no_value(exc)) im_raise_instance(t, exc);
done:
    im_drop(t, msg);
    im_drop(t, text);
    im_xdrop(t, where);
    return IM_NO_VALUE;
}

/* ---- hooks of the parser ---- */

static unsigned char_class(void *ctx, uint32_t cp)
{
    (void)ctx;
    return (im_uc_is(cp, IM_UC_XID_START) ? IM_CHAR_XID_START : 0) | (im_uc_is(cp, IM_UC_XID_CONTINUE) ? IM_CHAR_XID_CONTINUE : 0)
        | (im_uc_is(cp, IM_UC_PRINTABLE) ? IM_CHAR_PRINTABLE : 0);
}

/* str result of a call into the arena; 1, or -1. */
static int to_arena(Thread *t, ImArena *a, Value v, const char **out, size_t *out_len)
{
    ssize_t len = 0;
    const char *s = im_no_value(v) ? NULL : im_str_utf8(t, v, &len);
    char *copy = s ? im_arena_memdup(a, s, (size_t)len) : NULL;
    im_xdrop(t, v);
    if (!copy) {
        if (!im_pending(t)) im_raise_memory(t);
        return -1;
    }
    *out = copy;
    *out_len = (size_t)len;
    return 1;
}

static int normalise(void *ctx, ImArena *a, const char *s, size_t len, const char **out, size_t *out_len)
{
    Thread *t = ((ImCompileHooks *)ctx)->t;
    Value str = im_str_from_utf8(t, s, (ssize_t)len), r = im_no_value(str) ? str : im_norm(t, str, IM_NORM_NFKC, false);
    im_xdrop(t, str);
    return to_arena(t, a, r, out, out_len);
}

static int unicode_name(void *ctx, const char *name, size_t len, uint32_t *cp)
{
    (void)ctx;
    uint32_t codes[4];
    int n = im_uc_lookup(name, len, false, codes); /* named sequences are not characters */
    if (n) *cp = codes[0];
    return n;
}

static int decode(void *ctx, ImArena *a, const char *encoding, const char *s, size_t len, const char **out, size_t *out_len)
{
    Thread *t = ((ImCompileHooks *)ctx)->t;
    Value v = im_str_decode(t, s, (ssize_t)len, encoding, NULL);
    if (im_no_value(v) && im_exc_clear_if(t, &im_LookupError_type)) return 0;
    return to_arena(t, a, v, out, out_len);
}

static int warn(void *ctx, ImWarnKind kind, const char *msg, int lineno)
{
    ImCompileHooks *h = ctx;
    Thread *t = h->t;
    ImType *category = kind == IM_WARN_SYNTAX ? &im_SyntaxWarning_type : &im_DeprecationWarning_type;
    if (!im_warn_explicit_hook) return 0;
    Value text = text_value(t, msg, strlen(msg));
    if (im_no_value(text)) return -1;
    int r = im_warn_explicit_hook(t, category, text, h->filename, lineno);
    im_drop(t, text);
    if (r < 0) return im_exc_clear_if(t, category) ? 1 : -1;
    return 0;
}

void im_compile_hooks(ImCompileHooks *h, Thread *t, Value filename)
{
    *h = (ImCompileHooks){.hooks = {.ctx = h, .char_class = char_class, .normalise = normalise, .unicode_name = unicode_name, .decode = decode, .warn = warn,
                                    .int_max_str_digits = (int)im_int_max_str_digits},
                          .t = t, .filename = filename};
}

/* ---- compile ---- */

static unsigned parse_flags(uint32_t flags)
{
    return (flags & IM_CF_TYPE_COMMENTS ? IM_PARSE_TYPE_COMMENTS : 0) | (flags & IM_CF_ALLOW_INCOMPLETE ? IM_PARSE_INCOMPLETE : 0)
        | (flags & IM_CF_DONT_IMPLY_DEDENT ? IM_PARSE_DONT_IMPLY_DEDENT : 0) | (flags & IM_FUTURE_BARRY ? IM_PARSE_BARRY : 0)
        | (flags & IM_CF_IGNORE_COOKIE ? IM_PARSE_IGNORE_COOKIE : 0) | (flags & IM_CF_SOURCE_FILE ? IM_PARSE_FILE : 0)
        | ((flags >> IM_CF_FEATURE_SHIFT & 15) << IM_PARSE_FEATURE_SHIFT);
}

/* Code from a tree; the tree is folded in place. */
static Value compile_tree(Thread *t, ImFront *f, ImMod *mod, Value filename)
{
    im_future_scan(f, mod);
    if (!im_front_failed(f)) im_fold(f, mod);
    ImSymtable *st = im_front_failed(f) ? NULL : im_symtable_build(f, mod);
    ImUnit *u = im_front_failed(f) ? NULL : im_codegen(f, st, mod);
    if (u && im_compile_listing && !im_front_failed(f)) {
        size_t len;
        const char *text = im_unit_dump(f, u, &len);
        if (text) fprintf(stderr, "%s\n", text);
    }
    if (u && !im_front_failed(f)) return unit_value(t, u, filename);
    /* The line is shown when the file is there to be shown; so does the reference. */
    if (f->err->text && access(im_str_utf8(t, filename, NULL) ? im_str_utf8(t, filename, NULL) : "", R_OK) != 0) f->err->text = NULL;
    im_exc_clear_if(t, &im_UnicodeEncodeError_type);
    return im_front_raise(t, f->err, filename);
}

static Value compile_in(Thread *t, ImArena *a, const char *bytes, size_t len, Value tree, Value filename, int mode, uint32_t flags, int optimize)
{
    ImSyntaxErr err = {.type = IM_ERR_NONE};
    ImCompileHooks hooks;
    im_compile_hooks(&hooks, t, filename);
    ImFront f = {.arena = a, .err = &err, .hooks = &hooks.hooks, .stack_limit = t->c_stack_limit, .optimize = optimize, .no_ranges = im_compile_no_ranges, .text = bytes, .text_len = len,
                 .future = flags & (IM_FUTURE_BARRY | IM_FUTURE_ANNOTATIONS), .top_level_await = (flags & IM_CF_TOP_LEVEL_AWAIT) != 0};
    ImMod *mod;
    if (!im_no_value(tree)) mod = im_ast_hooks.from_object(t, a, tree, mode);
    else {
        const char *name = im_str_utf8(t, filename, NULL);
        if (!name) im_exc_clear(t);
        mod = im_parse_source(a, bytes, len, name ? name : "?", (ImParseMode)mode, parse_flags(flags), &hooks.hooks, &err);
        if (!mod) return im_front_raise(t, &err, filename);
        f.text = err.source;
        f.text_len = err.source_len;
    }
    if (!mod) return IM_NO_VALUE;
    if (!im_no_value(tree) && !im_ast_check(a, mod, &err, t->c_stack_limit)) return im_front_raise(t, &err, filename);
    if (flags & 0x400 /* PyCF_ONLY_AST */) {
        if ((flags & IM_CF_OPTIMIZED_AST) == IM_CF_OPTIMIZED_AST) {
            im_future_scan(&f, mod);
            if (!im_front_failed(&f)) im_fold(&f, mod);
            if (im_front_failed(&f)) return im_front_raise(t, &err, filename);
        }
        if (!im_ast_hooks.to_object) return im_raise_system(t, "syntax trees as objects are not there");
        return im_ast_hooks.to_object(t, mod);
    }
    return compile_tree(t, &f, mod, filename);
}

Value im_compile(Thread *t, const char *bytes, size_t len, Value filename, int mode, uint32_t flags, int optimize)
{
    ImArena a;
    if (len > INT32_MAX) return im_raise_overflow(t, "source is too long");
    im_arena_init(&a);
    Value v = compile_in(t, &a, bytes, len, IM_NO_VALUE, filename, mode, flags, optimize < 0 ? im_compile_optimize : optimize);
    im_arena_free(&a);
    return v;
}

Value im_compile_object(Thread *t, Value source, Value filename, int mode, uint32_t flags, int optimize)
{
    if (im_is_str(source)) {
        ssize_t len;
        const char *s = im_str_utf8(t, source, &len);
        if (!s) return IM_NO_VALUE;
        if (memchr(s, 0, (size_t)len)) return im_raise(t, &im_SyntaxError_type, "source code string cannot contain null bytes");
        return im_compile(t, s, (size_t)len, filename, mode, flags | IM_CF_IGNORE_COOKIE, optimize);
    }
    if (im_ast_hooks.is_ast && im_ast_hooks.is_ast(t, source)) {
        if ((flags & IM_CF_OPTIMIZED_AST) == IM_CF_ONLY_AST) return im_new_ref(source); /* as it is, even if it is no tree that can be compiled */
        ImArena a;
        im_arena_init(&a);
        Value v = compile_in(t, &a, NULL, 0, source, filename, mode, flags, optimize < 0 ? im_compile_optimize : optimize);
        im_arena_free(&a);
        return v;
    }
    if (!im_buffer_check(source)) return im_raise_type(t, "compile() arg 1 must be a string, bytes or AST object");
    ImBuffer b;
    if (im_buffer_get(t, source, &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value v = IM_NO_VALUE;
    char *copy = im_raw_alloc(t, (size_t)b.len + 1); /* other threads may change the buffer, and the parser wants a zero behind it */
    if (copy) {
        memcpy(copy, b.buf, (size_t)b.len);
        copy[b.len] = 0;
        if (!(flags & IM_CF_SOURCE_FILE) && memchr(copy, 0, (size_t)b.len)) im_raise(t, &im_SyntaxError_type, "source code string cannot contain null bytes");
        else v = im_compile(t, copy, (size_t)b.len, filename, mode, flags & ~(uint32_t)IM_CF_IGNORE_COOKIE, optimize);
    }
    im_raw_free(copy);
    im_buffer_release(t, &b);
    return v;
}
