/* String literals: prefixes, escapes, implicit concatenation and f-strings.
   SPDX-License-Identifier: MIT */
#include "parser.h"

#include <stdio.h>
#include <string.h>

/* A growing text; room for the worst case is asked for beforehand. */
typedef struct Text {
    char *s;
    size_t len, count;
    uint32_t maxchar;
} Text;

static bool text_init(ImParser *p, Text *t, size_t room) {
    *t = (Text){.s = im_arena_alloc(p->arena, room + 1)};
    return t->s || im_raise_memory(p);
}

static void text_put(Text *t, uint32_t cp) {
    t->len += (size_t)im_utf8_put(t->s + t->len, cp);
    t->count++;
    if (cp > t->maxchar) t->maxchar = cp;
}

/* Appends a run of valid UTF-8. */
static void text_run(Text *t, const char *s, size_t len) {
    memcpy(t->s + t->len, s, len);
    t->len += len;
    size_t i = 0;
    uint64_t w;
    for (; i + 8 <= len && (memcpy(&w, s + i, 8), !(w & 0x8080808080808080u)); i += 8) {}
    t->count += i;
    if (i && t->maxchar < 127) t->maxchar = 127;
    for (const char *q = s + i; q < s + len;) {
        uint32_t cp = im_utf8_next(&q);
        t->count++;
        if (cp > t->maxchar) t->maxchar = cp;
    }
}

/* maxchar is exact above 127 and an upper bound below: made exact here. */
static void text_done(Text *t) {
    t->s[t->len] = 0;
    if (t->maxchar > 127) return;
    unsigned char m = 0;
    for (size_t i = 0; i < t->len; i++)
        if ((unsigned char)t->s[i] > m) m = (unsigned char)t->s[i];
    t->maxchar = m;
}

/* ---- escapes ---- */

/* Where an escape stands, for its errors and warnings. */
typedef struct Escapes {
    ImParser *p;
    const ImToken *tok;
    const char *begin;       /* of the literal's body */
    bool bytes;
    bool warned;             /* one warning per literal */
} Escapes;

/* The literal parts of an f-string count only once it is complete. */
static bool is_complete(const ImToken *t) {
    if (t->type != IM_TOK_FSTRING_MIDDLE || (t->flags & IM_TOKF_SPEC)) return true;
    for (int depth = 1; t->type != IM_TOK_ERRORTOKEN && t->type != IM_TOK_ENDMARKER; t++) {
        if (t->type == IM_TOK_FSTRING_START) depth++;
        else if (t->type == IM_TOK_FSTRING_END && --depth == 0) return true;
    }
    return false;
}

static bool warn_escape(Escapes *x, const char *at, const char *what, int len) {
    ImParser *p = x->p;
    if (x->warned || x->tok <= p->warned || !is_complete(x->tok)) return true;
    x->warned = true;
    /* The lexer has told of a backslash before a brace. */
    if ((x->tok->type == IM_TOK_FSTRING_MIDDLE || x->tok->type == IM_TOK_FSTRING_END) && (at[1] == '{' || at[1] == '}')) return true;
    if (!p->hooks || !p->hooks->warn) return true;
    if (!im_flush_warnings(p, x->tok)) return false;
    char buf[80];
    int n = snprintf(buf, sizeof buf, "invalid %s sequence '\\%.*s'", what, len, at + 1);
    const char *msg = im_arena_memdup(p->arena, buf, (size_t)n);
    if (!msg) return im_raise_memory(p), false;
    int line = x->tok->lineno;
    const char *line_start = p->src->text + x->tok->start - x->tok->col;
    for (const char *s = p->src->text + x->tok->start; s < at; s++)
        if (*s == '\n') line++, line_start = s + 1;
    int r = p->hooks->warn(p->hooks->ctx, IM_WARN_SYNTAX, msg, line);
    if (!r) return true;
    if (r < 0) *p->err = (ImSyntaxErr){.type = IM_ERR_PENDING};
    else {
        int col = x->bytes ? x->tok->col + (int)(at - x->begin) : (int)(at - line_start);
        im_set_error(p, IM_ERR_SYNTAX, line, col + 1, line, col + 3, msg, p->tok);
    }
    return false;
}

/* The codec counts in a text where every non-ASCII character is written \UXXXXXXXX. */
static size_t codec_position(const char *begin, const char *at) {
    size_t n = 0;
    for (const char *s = begin; s < at; s++)
        n += !((unsigned char)*s & 0x80) ? 1 : ((unsigned char)*s & 0xC0) != 0x80 ? 10 : 0;
    return n;
}

static bool codec_error(Escapes *x, const char *from, const char *to, const char *reason) {
    size_t a = codec_position(x->begin, from), b = codec_position(x->begin, to);
    if (b <= a + 1)
        im_raise(x->p, IM_ERR_SYNTAX, x->tok, x->tok,
                 "(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position %zu: %s", a, reason);
    else
        im_raise(x->p, IM_ERR_SYNTAX, x->tok, x->tok,
                 "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: %s", a, b - 1, reason);
    return false;
}

static int hex_value(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \N{name}; s is behind the N. */
static const char *named_escape(Escapes *x, const char *at, const char *s, const char *end, Text *out) {
    const ImFrontHooks *h = x->p->hooks;
    if (s < end && *s == '{') {
        const char *name = ++s;
        while (s < end && *s != '}') s++;
        if (s > name && s < end) {
            uint32_t cp;
            int r = h && h->unicode_name ? h->unicode_name(h->ctx, name, (size_t)(s - name), &cp) : 0;
            s++;
            if (r > 0) {
                text_put(out, cp);
                return s;
            }
            if (r < 0) {
                *x->p->err = (ImSyntaxErr){.type = IM_ERR_PENDING};
                return NULL;
            }
            codec_error(x, at, s, "unknown Unicode character name");
            return NULL;
        }
    }
    codec_error(x, at, s, "malformed \\N character escape");
    return NULL;
}

static const char *hex_escape(Escapes *x, const char *at, const char *s, const char *end, int digits, Text *out) {
    static const char *const truncated[] = {[2] = "truncated \\xXX escape", [4] = "truncated \\uXXXX escape",
                                            [8] = "truncated \\UXXXXXXXX escape"};
    uint32_t v = 0;
    for (int i = 0; i < digits; i++, s++) {
        int d = s < end ? hex_value(*s) : -1;
        if (d < 0) {
            if (x->bytes)
                im_raise(x->p, IM_ERR_SYNTAX, x->tok, x->tok, "(value error) invalid \\x escape at position %zu",
                         (size_t)(at - x->begin));
            else codec_error(x, at, s, truncated[digits]);
            return NULL;
        }
        v = v << 4 | (uint32_t)d;
    }
    if (x->bytes) out->s[out->len++] = (char)v;
    else if (v > 0x10FFFF) {
        codec_error(x, at, s, "illegal Unicode character");
        return NULL;
    } else text_put(out, v);
    return s;
}

static const char *octal_escape(Escapes *x, const char *at, const char *end, Text *out) {
    const char *s = at + 1;
    uint32_t v = 0;
    for (int i = 0; i < 3 && s < end && *s >= '0' && *s <= '7'; i++) v = v * 8 + (uint32_t)(*s++ - '0');
    if (v > 0377 && !warn_escape(x, at, "octal escape", 3)) return NULL;
    if (x->bytes) out->s[out->len++] = (char)v;
    else text_put(out, v);
    return s;
}

/* One escape, at the backslash `at`; returns what follows it. */
static const char *escape(Escapes *x, const char *at, const char *end, Text *out) {
    const char *s = at + 1;
    if (s >= end) {
        /* before a replacement field */
        text_put(out, '\\');
        return s;
    }
    char c = *s++;
    uint32_t v;
    switch (c) {
    case '\n': return s;
    case '\\': case '\'': case '"': v = (uint32_t)c; break;
    case 'a': v = 7; break;
    case 'b': v = 8; break;
    case 't': v = 9; break;
    case 'n': v = 10; break;
    case 'v': v = 11; break;
    case 'f': v = 12; break;
    case 'r': v = 13; break;
    case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': return octal_escape(x, at, end, out);
    case 'x': return hex_escape(x, at, s, end, 2, out);
    case 'u': if (!x->bytes) return hex_escape(x, at, s, end, 4, out); goto unknown;
    case 'U': if (!x->bytes) return hex_escape(x, at, s, end, 8, out); goto unknown;
    case 'N': if (!x->bytes) return named_escape(x, at, s, end, out); goto unknown;
    default:
    unknown:
        if (!((unsigned char)c & 0x80) && !warn_escape(x, at, "escape", 1)) return NULL;
        if (x->bytes) out->s[out->len++] = '\\';
        else text_put(out, '\\');
        return at + 1;
    }
    if (x->bytes) out->s[out->len++] = (char)v;
    else text_put(out, v);
    return s;
}

/* Appends the body s … end to out, which has room for it. */
static bool decode_body(ImParser *p, const ImToken *tok, const char *s, const char *end, bool raw, bool bytes, Text *out) {
    Escapes x = {.p = p, .tok = tok, .begin = s, .bytes = bytes};
    size_t bad;
    const char *reason;
    if (p->src->invalid && !bytes && !im_utf8_check(s, (size_t)(end - s), &bad, &reason)) {
        const char *msg = im_utf8_error(p->arena, s[bad], bad, reason);
        im_raise_at(p, IM_ERR_SYNTAX, tok->lineno, tok->col, tok->end_lineno, tok->end_col, msg ? msg : "");
        return false;
    }
    while (s < end) {
        const char *b = raw ? NULL : memchr(s, '\\', (size_t)(end - s));
        const char *stop = b ? b : end;
        if (bytes) {
            memcpy(out->s + out->len, s, (size_t)(stop - s));
            out->len += (size_t)(stop - s);
        } else if (stop > s) text_run(out, s, (size_t)(stop - s));
        s = stop;
        if (b && !(s = escape(&x, b, end, out))) return false;
    }
    return true;
}

/* ---- one STRING token ---- */

typedef struct Literal { const char *body, *end; bool raw, bytes, u; } Literal;

static Literal literal(const ImParser *p, const ImToken *t) {
    Literal l = {0};
    const char *s = p->src->text + t->start;
    for (; *s != '\'' && *s != '"'; s++) {
        int c = *s | 32;
        if (c == 'r') l.raw = true;
        else if (c == 'b') l.bytes = true;
        else l.u = *s == 'u';
    }
    l.end = p->src->text + t->end;
    int q = l.end - s >= 6 && s[1] == *s && s[2] == *s ? 3 : 1;
    l.body = s + q;
    l.end -= q;
    return l;
}

static ImConst *new_const(ImParser *p, ImConstKind kind) {
    ImConst *c = im_arena_zalloc(p->arena, sizeof *c);
    if (!c) return im_raise_memory(p);
    c->kind = (uint8_t)kind;
    return c;
}

static ImExpr *constant_of(ImParser *p, const ImToken *start, Text *t, bool u) {
    text_done(t);
    ImExpr *e = im_node_at(p, IM_AST_Constant, start);
    ImConst *c = e ? new_const(p, IM_CONST_STR) : NULL;
    if (!c) return NULL;
    c->u.s.s = t->s;
    c->u.s.len = t->len;
    c->u.s.count = t->count;
    c->u.s.maxchar = t->maxchar;
    e->v.Constant.value = c;
    if (u && !(e->v.Constant.kind = im_arena_name(p->arena, "u", 1))) return im_raise_memory(p);
    return e;
}

static ImExpr *bytes_literal(ImParser *p, const ImToken *t, Literal l) {
    for (const char *s = l.body; s < l.end; s++)
        if ((unsigned char)*s & 0x80)
            return im_raise(p, IM_ERR_SYNTAX, t, t, "bytes can only contain ASCII literal characters");
    Text out;
    if (!text_init(p, &out, (size_t)(l.end - l.body))) return NULL;
    if (!decode_body(p, t, l.body, l.end, l.raw, true, &out)) return NULL;
    ImExpr *e = im_node_at(p, IM_AST_Constant, t);
    ImConst *c = e ? new_const(p, IM_CONST_BYTES) : NULL;
    if (!c) return NULL;
    out.s[out.len] = 0;
    c->u.b.s = out.s;
    c->u.b.len = out.len;
    e->v.Constant.value = c;
    return e;
}

static ImExpr *string_literal(ImParser *p) {
    const ImToken *t = p->tok++;
    Literal l = literal(p, t);
    Text out;
    ImExpr *e = NULL;
    if (l.bytes) e = bytes_literal(p, t, l);
    else if (text_init(p, &out, (size_t)(l.end - l.body)) && decode_body(p, t, l.body, l.end, l.raw, false, &out))
        e = constant_of(p, t, &out, l.u);
    if (!e) {
        p->tok = t;   /* the last token seen */
        return NULL;
    }
    if (t > p->warned) p->warned = t;
    return im_finish(p, e);
}

/* ---- f-strings ---- */

static bool fstring_parts(ImParser *p, bool spec);

static ImExpr *middle(ImParser *p) {
    const ImToken *t = p->tok++;
    const char *s = p->src->text + t->start, *end = p->src->text + t->end;
    Text out;
    if (!text_init(p, &out, (size_t)(end - s))) return NULL;
    if (!decode_body(p, t, s, end, t->flags & IM_TOKF_RAW, false, &out)) {
        if (t->flags & IM_TOKF_SPEC) p->tok = t;
        return NULL;
    }
    if (t > p->warned) p->warned = t;
    return im_finish(p, constant_of(p, t, &out, false));
}

/* The text of a self-documenting field, without comments. */
static ImExpr *debug_text(ImParser *p, const ImToken *open, const ImToken *stop) {
    const char *s = p->src->text + open->end, *end = p->src->text + stop->start;
    Text out;
    if (!text_init(p, &out, (size_t)(end - s))) return NULL;
    char quote = 0;
    for (; s < end;) {
        if (quote) {
            if (*s == quote) quote = 0;
        } else if (*s == '\'' || *s == '"') quote = *s;
        else if (*s == '#') {
            while (s < end && *s != '\n') s++;
            continue;
        }
        text_put(&out, im_utf8_next(&s));
    }
    ImExpr *e = constant_of(p, open, &out, false);
    if (!e) return NULL;
    e->lineno = open->end_lineno;
    e->col_offset = open->end_col;
    e->end_lineno = stop->lineno;
    e->end_col_offset = stop->col;
    return e;
}

static bool conversion(ImParser *p, const ImToken **out) {
    const ImToken *bang = p->tok;
    if (!im_accept(p, IM_TOK_EXCLAMATION)) return true;
    const ImToken *t = p->tok;
    if (t->type != IM_TOK_NAME) return false;
    if (bang->end_lineno != t->lineno || bang->end_col != t->col)
        return im_raise(p, IM_ERR_SYNTAX, bang, t, "f-string: conversion type must come right after the exclamation mark");
    *out = t;
    p->tok++;
    return true;
}

/* The conversion's character, or 0 after an error. */
static int conversion_char(ImParser *p, const ImToken *t) {
    const char *s = p->src->text + t->start;
    size_t len = t->end - t->start;
    if (len == 1 && (*s == 's' || *s == 'r' || *s == 'a')) return *s;
    im_raise(p, IM_ERR_SYNTAX, t, t, "f-string: invalid conversion character '%.*s': expected 's', 'r', or 'a'", (int)len, s);
    return 0;
}

/* Merges neighbouring constants above the mark and drops empty ones, as concatenation does. */
static bool merge_parts(ImParser *p, int mark) {
    int w = mark;
    for (int i = mark; i < p->sp;) {
        ImExpr *e = p->stack[i];
        if (e->kind != IM_AST_Constant) {
            p->stack[w++] = e;
            i++;
            continue;
        }
        int j = i + 1;
        size_t len = e->v.Constant.value->u.s.len;
        while (j < p->sp && ((ImExpr *)p->stack[j])->kind == IM_AST_Constant)
            len += ((ImExpr *)p->stack[j++])->v.Constant.value->u.s.len;
        if (j > i + 1 && len) {
            Text out;
            if (!text_init(p, &out, len)) return false;
            for (int k = i; k < j; k++) {
                ImConst *c = ((ImExpr *)p->stack[k])->v.Constant.value;
                memcpy(out.s + out.len, c->u.s.s, c->u.s.len);
                out.len += c->u.s.len;
                out.count += c->u.s.count;
                if (c->u.s.maxchar > out.maxchar) out.maxchar = c->u.s.maxchar;
            }
            out.s[out.len] = 0;
            ImExpr *last = p->stack[j - 1];
            e->v.Constant.value = new_const(p, IM_CONST_STR);
            if (!e->v.Constant.value) return false;
            e->v.Constant.value->u.s.s = out.s;
            e->v.Constant.value->u.s.len = out.len;
            e->v.Constant.value->u.s.count = out.count;
            e->v.Constant.value->u.s.maxchar = out.maxchar;
            e->end_lineno = last->end_lineno;
            e->end_col_offset = last->end_col_offset;
        }
        if (len) p->stack[w++] = e;
        i = j;
    }
    p->sp = w;
    return true;
}

/* ':' and the format spec after it. */
static ImExpr *format_spec(ImParser *p) {
    const ImToken *colon = p->tok++;
    int mark = p->sp;
    ImExpr *e = im_node_at(p, IM_AST_JoinedStr, colon);
    if (!e || !fstring_parts(p, true)) return NULL;
    int n = 0;
    for (int i = mark; i < p->sp; i++) {
        ImExpr *x = p->stack[i];
        if (x->kind == IM_AST_Constant && !x->v.Constant.value->u.s.len) continue;
        p->stack[mark + n++] = x;
    }
    p->sp = mark + n;
    if (!merge_parts(p, mark) || !im_take(p, mark, &e->v.JoinedStr.values)) return NULL;
    return im_finish(p, e);
}

/* '{' expression ['='] ['!' conversion] [':' spec] '}': pushes the field, behind its text if it documents itself. */
static bool replacement_field(ImParser *p) {
    const ImToken *open = p->tok++;
    ImExpr *e = im_node_at(p, IM_AST_FormattedValue, open);
    if (!e || !(e->v.FormattedValue.value = im_yield_or_star_expressions(p))) return false;
    bool debug = im_accept(p, IM_TOK_EQUAL);
    const ImToken *stop = p->tok;
    const ImToken *conv_name = NULL;
    int conv = -1;
    if (!conversion(p, &conv_name)) return false;
    if (im_at(p, IM_TOK_COLON) && !(e->v.FormattedValue.format_spec = format_spec(p))) return false;
    if (!im_accept(p, IM_TOK_RBRACE) || (conv_name && !(conv = conversion_char(p, conv_name)))) return false;
    if (debug && conv < 0 && !e->v.FormattedValue.format_spec) conv = 'r';
    e->v.FormattedValue.conversion = conv;
    im_finish(p, e);
    if (debug) {
        ImExpr *text = debug_text(p, open, stop);
        if (!text || !im_push(p, text)) return false;
    }
    return im_push(p, e);
}

/* Pushes literal parts and fields up to the end of the string, or of the spec. */
static bool fstring_parts(ImParser *p, bool spec) {
    ImSyntaxErr bad = {.type = IM_ERR_NONE};
    for (;;) {
        if (im_at(p, IM_TOK_FSTRING_MIDDLE)) {
            ImExpr *e = middle(p);
            if (!e && !spec && p->err->type == IM_ERR_SYNTAX) {
                /* Bad escapes outside specs are found when the string is complete. */
                if (!bad.type) bad = *p->err;
                p->err->type = IM_ERR_NONE;
                continue;
            }
            if (!e || !im_push(p, e)) return false;
        } else if (im_at(p, IM_TOK_LBRACE)) {
            if (!im_enter(p)) return false;
            if (!replacement_field(p)) return false;
            im_leave(p);
        } else {
            if (!im_at(p, spec ? IM_TOK_RBRACE : IM_TOK_FSTRING_END)) return false;
            if (bad.type) im_raise(p, IM_ERR_SYNTAX, p->tok, p->tok, "%s", bad.msg);
            return !bad.type;
        }
    }
}

/* ---- concatenation ---- */

static ImExpr *concat_bytes(ImParser *p, int mark, const ImToken *start) {
    size_t len = 0;
    for (int i = mark; i < p->sp; i++) len += ((ImExpr *)p->stack[i])->v.Constant.value->u.b.len;
    ImExpr *e = im_node_at(p, IM_AST_Constant, start);
    ImConst *c = e ? new_const(p, IM_CONST_BYTES) : NULL;
    char *s = c ? im_arena_alloc(p->arena, len + 1) : NULL;
    if (!s) return im_raise_memory(p);
    e->v.Constant.value = c;
    c->u.b.s = s;
    c->u.b.len = len;
    for (int i = mark; i < p->sp; i++) {
        ImConst *x = ((ImExpr *)p->stack[i])->v.Constant.value;
        memcpy(s, x->u.b.s, x->u.b.len);
        s += x->u.b.len;
    }
    *s = 0;
    e->v.Constant.kind = ((ImExpr *)p->stack[mark])->v.Constant.kind;
    p->sp = mark;
    return im_finish(p, e);
}

ImExpr *im_strings(ImParser *p) {
    const ImToken *start = p->tok;
    if (im_at(p, IM_TOK_STRING) && p->tok[1].type != IM_TOK_STRING && p->tok[1].type != IM_TOK_FSTRING_START)
        return string_literal(p);
    int mark = p->sp, literals = 0, nbytes = 0;
    bool joined = false;
    for (;; literals++) {
        if (im_at(p, IM_TOK_STRING)) {
            ImExpr *e = string_literal(p);
            if (!e || !im_push(p, e)) return NULL;
            nbytes += e->v.Constant.value->kind == IM_CONST_BYTES;
        } else if (im_at(p, IM_TOK_FSTRING_START)) {
            joined = true;
            p->tok++;
            if (!fstring_parts(p, false)) return NULL;
            p->tok++;
        } else break;
    }
    if (nbytes && nbytes != literals) {
        const ImToken *t = p->tok;
        static const char msg[] = "cannot mix bytes and nonbytes literals";
        if (im_at(p, IM_TOK_ERRORTOKEN)) return NULL;
        if (t->col >= 0) return im_raise(p, IM_ERR_SYNTAX, t, t, "%s", msg);
        return im_raise_at(p, IM_ERR_SYNTAX, t->lineno, t[-1].end_col - 1, t->end_lineno, -1, msg);
    }
    if (nbytes) return concat_bytes(p, mark, start);
    if (!joined) {
        ImExpr *first = p->stack[mark];
        const ImName *kind = first->v.Constant.kind;
        size_t len = 0;
        for (int i = mark; i < p->sp; i++) len += ((ImExpr *)p->stack[i])->v.Constant.value->u.s.len;
        if (!len) p->sp = mark + 1;
        else if (!merge_parts(p, mark)) return NULL;
        p->sp = mark;
        first->v.Constant.kind = kind;
        return im_finish(p, first);
    }
    ImExpr *e = im_node_at(p, IM_AST_JoinedStr, start);
    if (!e || !merge_parts(p, mark) || !im_take(p, mark, &e->v.JoinedStr.values)) return NULL;
    return im_finish(p, e);
}
