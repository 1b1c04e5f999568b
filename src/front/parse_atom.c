/* Atoms: names, numbers, displays, comprehensions, parentheses, yield and subscripts.
   SPDX-License-Identifier: MIT */
#include "parser.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* ---- constants ---- */

static ImExpr *constant(ImParser *p, ImConst **c, ImConstKind kind) {
    ImExpr *e = im_node_at(p, IM_AST_Constant, p->tok);
    *c = im_arena_zalloc(p->arena, sizeof **c);
    if (!e || !*c) return im_raise_memory(p);
    (*c)->kind = (uint8_t)kind;
    e->v.Constant.value = *c;
    p->tok++;
    return im_finish(p, e);
}

static ImExpr *singleton(ImParser *p, ImConstKind kind) {
    ImConst *c;
    return constant(p, &c, kind);
}

/* Correctly rounded whatever the process's locale says. */
static double to_double(const char *s, size_t len) {
    if (len <= 15) {
        uint64_t m = 0;
        size_t i = 0, frac = 0;
        for (; i < len && s[i] >= '0' && s[i] <= '9'; i++) m = m * 10 + (uint64_t)(s[i] - '0');
        if (i < len && s[i] == '.')
            for (i++; i < len && s[i] >= '0' && s[i] <= '9'; i++, frac++) m = m * 10 + (uint64_t)(s[i] - '0');
        static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
        /* Both are exact below 2^53 and 10^22, so that one division rounds once. */
        if (i == len) return (double)m / tens[frac];
    }
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c) return strtod(s, NULL);
    double d = strtod_l(s, NULL, c);
    freelocale(c);
    return d;
}

static bool integer(ImParser *p, ImConst *c, const ImToken *t, const char *s, size_t len) {
    int base = 10;
    if (len > 2 && s[0] == '0') {
        int x = s[1] | 32;
        base = x == 'x' ? 16 : x == 'o' ? 8 : x == 'b' ? 2 : 10;
        if (base != 10) s += 2, len -= 2;
    }
    while (len > 1 && *s == '0') s++, len--;
    uint64_t v = 0;
    bool big = false;
    for (size_t i = 0; i < len && !big; i++) {
        int d = s[i] <= '9' ? s[i] - '0' : (s[i] | 32) - 'a' + 10;
        big = __builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)d, &v) || v > INT64_MAX;
    }
    c->kind = IM_CONST_INT;
    c->u.i = (int64_t)v;
    if (!big) return true;
    int limit = p->hooks ? p->hooks->int_max_str_digits : 0;
    if (base == 10 && limit > 0 && len > (size_t)limit) {
        if (!p->err->type) {
            im_raise(p, IM_ERR_SYNTAX, t, t, "Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; "
                     "use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer "
                     "literals to avoid decimal conversion limits.", limit, len);
            p->err->offset = p->err->end_offset = 0;
        }
        return false;
    }
    c->kind = IM_CONST_BIGINT;
    c->u.big.digits = im_arena_memdup(p->arena, s, len);
    c->u.big.len = (uint32_t)len;
    c->u.big.base = (uint8_t)base;
    return c->u.big.digits || im_raise_memory(p);
}

ImExpr *im_number(ImParser *p) {
    const ImToken *t = p->tok;
    const char *s = p->src->text + t->start;
    size_t len = t->end - t->start;
    ImConst *c;
    ImExpr *e = constant(p, &c, IM_CONST_INT);
    if (!e) return NULL;
    if (len == 1) {
        c->u.i = *s - '0';
        return e;
    }
    char small[64], *buf = len < sizeof small ? small : im_arena_alloc(p->arena, len + 1);
    if (!buf) return im_raise_memory(p);
    size_t n = 0;
    bool real = false;
    bool radix = s[0] == '0' && ((s[1] | 32) == 'x' || (s[1] | 32) == 'b' || (s[1] | 32) == 'o');
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '_') continue;
        buf[n++] = s[i];
        if (!radix && (s[i] == '.' || (s[i] | 32) == 'e')) real = true;
    }
    buf[n] = 0;
    if (n < len && !im_since(p, 6, "Underscores in numeric literals are")) return NULL;
    if (!radix && (buf[n - 1] | 32) == 'j') {
        buf[--n] = 0;
        c->kind = IM_CONST_COMPLEX;
        c->u.c.re = 0;
        c->u.c.im = to_double(buf, n);
        return e;
    }
    if (real) {
        c->kind = IM_CONST_FLOAT;
        c->u.f = to_double(buf, n);
        return e;
    }
    return integer(p, c, t, buf, n) ? e : NULL;
}

/* ---- comprehensions ---- */

bool im_comprehensions(ImParser *p, ImComprehensionSeq *out) {
    int mark = p->sp;
    while (im_at_comprehension(p)) {
        ImComprehension *c = im_node_at(p, IM_AST_comprehension, p->tok);
        if (!c) return false;
        c->is_async = im_accept(p, IM_KW_async);
        p->tok++;
        if (!(c->target = im_star_targets(p)) || !im_accept(p, IM_KW_in)) return false;
        if (!(c->iter = im_disjunction(p))) return false;
        int ifs = p->sp;
        while (im_accept(p, IM_KW_if)) {
            ImExpr *test = im_disjunction(p);
            if (!test || !im_push(p, test)) return false;
        }
        if (c->is_async && !im_since(p, 6, "Async comprehensions are")) return false;
        if (!im_take(p, ifs, &c->ifs) || !im_push(p, c)) return false;
    }
    return im_take(p, mark, out);
}

static ImExpr *comprehension(ImParser *p, ImNodeKind kind, const ImToken *open, ImExpr *elt, int close) {
    ImExpr *e = elt->kind != IM_AST_Starred ? im_node_at(p, kind, open) : NULL;
    if (!e) return NULL;
    e->v.ListComp.elt = elt;   /* the three of them are laid out alike */
    if (!im_comprehensions(p, &e->v.ListComp.generators) || !im_accept(p, close)) return NULL;
    return im_finish(p, e);
}

static ImExpr *star_named_expression(ImParser *p) {
    return im_at(p, IM_TOK_STAR) ? im_star_expression(p) : im_named_expression(p);
}

/* The rest of a display after its first element, through the closing bracket; sets elts (first in line with ListComp). */
static bool elements(ImParser *p, ImExpr *first, int close, ImExprSeq *out) {
    int mark = p->sp;
    if (!im_push(p, first)) return false;
    while (im_accept(p, IM_TOK_COMMA) && !im_at(p, close)) {
        ImExpr *e = star_named_expression(p);
        if (!e || !im_push(p, e)) return false;
    }
    return im_accept(p, close) && im_take(p, mark, out);
}

static ImExpr *list(ImParser *p) {
    const ImToken *open = p->tok++;
    ImExpr *first = NULL;
    if (!im_at(p, IM_TOK_RSQB)) {
        if (!(first = star_named_expression(p))) return NULL;
        if (im_at_comprehension(p)) return comprehension(p, IM_AST_ListComp, open, first, IM_TOK_RSQB);
    }
    ImExpr *e = im_node_at(p, IM_AST_List, open);
    if (!e) return NULL;
    if (first ? !elements(p, first, IM_TOK_RSQB, &e->v.List.elts) : !im_accept(p, IM_TOK_RSQB)) return NULL;
    return im_finish(p, e);
}

static ImExpr *parenthesised(ImParser *p) {
    const ImToken *open = p->tok++;
    ImExpr *first = NULL;
    if (im_at(p, IM_KW_yield)) {
        first = im_yield(p);
        return first && im_accept(p, IM_TOK_RPAR) ? first : NULL;
    }
    if (!im_at(p, IM_TOK_RPAR)) {
        if (!(first = star_named_expression(p))) return NULL;
        if (im_at_comprehension(p)) return comprehension(p, IM_AST_GeneratorExp, open, first, IM_TOK_RPAR);
        if (!im_at(p, IM_TOK_COMMA))
            return first->kind != IM_AST_Starred && im_accept(p, IM_TOK_RPAR) ? first : NULL;
    }
    ImExpr *e = im_node_at(p, IM_AST_Tuple, open);
    if (!e) return NULL;
    if (first ? !elements(p, first, IM_TOK_RPAR, &e->v.Tuple.elts) : !im_accept(p, IM_TOK_RPAR)) return NULL;
    return im_finish(p, e);
}

/* One item of a dict display; false when it fails. */
static bool dict_item(ImParser *p, ImExpr **key, ImExpr **value) {
    *key = NULL;
    if (im_accept(p, IM_TOK_DOUBLESTAR)) return (*value = im_bitwise_or(p)) != NULL;
    if (!(*key = im_expression(p)) || !im_accept(p, IM_TOK_COLON)) return false;
    return (*value = im_expression(p)) != NULL;
}

static ImExpr *dict(ImParser *p, const ImToken *open, ImExpr *key, ImExpr *value) {
    ImExpr *e;
    if (im_at_comprehension(p)) {
        if (!key || !(e = im_node_at(p, IM_AST_DictComp, open))) return NULL;
        e->v.DictComp.key = key;
        e->v.DictComp.value = value;
        if (!im_comprehensions(p, &e->v.DictComp.generators) || !im_accept(p, IM_TOK_RBRACE)) return NULL;
        return im_finish(p, e);
    }
    int mark = p->sp;
    for (;;) {
        if (!im_push(p, key) || !im_push(p, value)) return NULL;
        if (!im_accept(p, IM_TOK_COMMA) || im_at(p, IM_TOK_RBRACE)) break;
        if (!dict_item(p, &key, &value)) return NULL;
    }
    if (!im_accept(p, IM_TOK_RBRACE) || !(e = im_node_at(p, IM_AST_Dict, open))) return NULL;
    int n = (p->sp - mark) / 2;
    ImExpr **keys = im_arena_alloc(p->arena, (size_t)n * sizeof *keys);
    ImExpr **values = im_arena_alloc(p->arena, (size_t)n * sizeof *values);
    if (!keys || !values) return im_raise_memory(p);
    for (int i = 0; i < n; i++) {
        keys[i] = p->stack[mark + 2 * i];
        values[i] = p->stack[mark + 2 * i + 1];
    }
    p->sp = mark;
    e->v.Dict.keys = (ImExprSeq){keys, n};
    e->v.Dict.values = (ImExprSeq){values, n};
    return im_finish(p, e);
}

static ImExpr *braces(ImParser *p) {
    const ImToken *open = p->tok++;
    ImExpr *e, *key, *value;
    if (im_accept(p, IM_TOK_RBRACE)) return im_finish(p, im_node_at(p, IM_AST_Dict, open));
    if (im_at(p, IM_TOK_DOUBLESTAR)) return dict_item(p, &key, &value) ? dict(p, open, key, value) : NULL;
    ImExpr *first = star_named_expression(p);
    if (!first) return NULL;
    if (im_at(p, IM_TOK_COLON)) {
        if (first->kind == IM_AST_Starred || (first->kind == IM_AST_NamedExpr && open[2].type == IM_TOK_COLONEQUAL))
            return NULL;
        p->tok++;
        value = im_expression(p);
        return value ? dict(p, open, first, value) : NULL;
    }
    if (im_at_comprehension(p)) return comprehension(p, IM_AST_SetComp, open, first, IM_TOK_RBRACE);
    if (!(e = im_node_at(p, IM_AST_Set, open)) || !elements(p, first, IM_TOK_RBRACE, &e->v.Set.elts)) return NULL;
    return im_finish(p, e);
}

/* ---- yield and subscripts ---- */

ImExpr *im_yield(ImParser *p) {
    const ImToken *s = p->tok++;
    ImExpr *e;
    if (im_accept(p, IM_KW_from)) {
        ImExpr *value = im_expression(p);
        if (!value || !(e = im_node_at(p, IM_AST_YieldFrom, s))) return NULL;
        e->v.YieldFrom.value = value;
        return im_finish(p, e);
    }
    if (!(e = im_node_at(p, IM_AST_Yield, s))) return NULL;
    switch (p->tok->type) {
    case IM_TOK_RPAR: case IM_TOK_NEWLINE: case IM_TOK_SEMI: case IM_TOK_RBRACE: case IM_TOK_EQUAL: case IM_TOK_RSQB:
    case IM_TOK_EXCLAMATION: case IM_TOK_COLON: case IM_TOK_TYPE_COMMENT: case IM_TOK_ENDMARKER: break;
    default:
        if (!(e->v.Yield.value = im_star_expressions(p))) return NULL;
    }
    return im_finish(p, e);
}

static bool at_slice_end(const ImParser *p) {
    return im_at(p, IM_TOK_COLON) || im_at(p, IM_TOK_COMMA) || im_at(p, IM_TOK_RSQB);
}

static ImExpr *slice(ImParser *p) {
    const ImToken *s = p->tok;
    ImExpr *lower = NULL;
    if (!im_at(p, IM_TOK_COLON)) {
        lower = im_named_expression(p);
        if (!lower || !im_at(p, IM_TOK_COLON)) return lower;
        if (lower->kind == IM_AST_NamedExpr && s[1].type == IM_TOK_COLONEQUAL) return NULL;
    }
    p->tok++;
    ImExpr *e = im_node_at(p, IM_AST_Slice, s);
    if (!e) return NULL;
    e->v.Slice.lower = lower;
    if (!at_slice_end(p) && !(e->v.Slice.upper = im_expression(p))) return NULL;
    if (im_accept(p, IM_TOK_COLON) && !at_slice_end(p) && !(e->v.Slice.step = im_expression(p))) return NULL;
    return im_finish(p, e);
}

static ImExpr *slice_or_star(ImParser *p) {
    if (!im_at(p, IM_TOK_STAR)) return slice(p);
    const ImToken *s = p->tok++;
    ImExpr *value = im_expression(p);
    ImExpr *e = value ? im_node_at(p, IM_AST_Starred, s) : NULL;
    if (!e) return NULL;
    e->v.Starred.value = value;
    return im_finish(p, e);
}

ImExpr *im_slices(ImParser *p) {
    const ImToken *s = p->tok;
    if (!im_enter(p)) return NULL;
    ImExpr *first = slice_or_star(p);
    im_leave(p);
    if (!first || (!im_at(p, IM_TOK_COMMA) && first->kind != IM_AST_Starred)) return first;
    int mark = p->sp;
    if (!im_push(p, first)) return NULL;
    while (im_accept(p, IM_TOK_COMMA) && !im_at(p, IM_TOK_RSQB)) {
        ImExpr *e = slice_or_star(p);
        if (!e || !im_push(p, e)) return NULL;
    }
    ImExpr *t = im_node_at(p, IM_AST_Tuple, s);
    if (!t || !im_take(p, mark, &t->v.Tuple.elts)) return NULL;
    return im_finish(p, t);
}

/* ---- atoms ---- */

static ImExpr *nested(ImParser *p, ImExpr *(*parse)(ImParser *)) {
    if (!im_enter(p)) return NULL;
    ImExpr *e = parse(p);
    im_leave(p);
    return e;
}

ImExpr *im_atom(ImParser *p) {
    ImExpr *e;
    switch (p->tok->type) {
    case IM_TOK_NAME:
        if (!(e = im_node_at(p, IM_AST_Name, p->tok)) || !(e->v.Name.id = im_ident(p, p->tok))) return NULL;
        p->tok++;
        return im_finish(p, e);
    case IM_TOK_NUMBER: return im_number(p);
    case IM_TOK_STRING: case IM_TOK_FSTRING_START: return im_strings(p);
    case IM_TOK_LPAR: return nested(p, parenthesised);
    case IM_TOK_LSQB: return nested(p, list);
    case IM_TOK_LBRACE: return nested(p, braces);
    case IM_KW_None: return singleton(p, IM_CONST_NONE);
    case IM_KW_True: return singleton(p, IM_CONST_TRUE);
    case IM_KW_False: return singleton(p, IM_CONST_FALSE);
    case IM_TOK_ELLIPSIS: return singleton(p, IM_CONST_ELLIPSIS);
    default: return NULL;
    }
}
