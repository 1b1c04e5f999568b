/* Expressions back to text: annotations under `from __future__ import annotations`, constants in messages.
   SPDX-License-Identifier: MIT */
#include "unparse.h"

#include <float.h>
#include <gmp.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Binding strength: an operand that binds less tightly than its place asks for gets parentheses. */
enum { PR_TUPLE, PR_TEST, PR_OR, PR_AND, PR_NOT, PR_CMP, PR_BOR, PR_BXOR, PR_BAND, PR_SHIFT, PR_ARITH, PR_TERM, PR_FACTOR, PR_POWER, PR_AWAIT, PR_ATOM };
#define PR_EXPR PR_BOR

typedef struct Out { ImFront *f; char *p; size_t len, cap; } Out;

static void put(Out *o, const char *s, size_t n) {
    if (o->len + n + 1 > o->cap) {
        size_t cap = (o->cap ? o->cap * 2 : 128) + n;
        char *p = im_arena_alloc(o->f->arena, cap);
        if (!p) {
            im_front_memory(o->f);
            return;
        }
        if (o->len) memcpy(p, o->p, o->len);
        o->p = p;
        o->cap = cap;
    }
    memcpy(o->p + o->len, s, n);
    o->len += n;
    o->p[o->len] = 0;
}
static void str(Out *o, const char *s) { put(o, s, strlen(s)); }
static void name(Out *o, const ImName *n) { put(o, n->s, n->len); }

static void expr(Out *o, const ImExpr *e, int level);

/* ---- constants ---- */

static uint32_t next_char(const char **p, const char *end) {
    const unsigned char *u = (const unsigned char *)*p;
    uint32_t c = u[0];
    int n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (end - *p < n) n = 1;
    if (n == 2) c = (c & 0x1F) << 6 | (u[1] & 0x3Fu);
    else if (n == 3) c = (c & 0xF) << 12 | (u[1] & 0x3Fu) << 6 | (u[2] & 0x3Fu);
    else if (n == 4) c = (c & 7) << 18 | (u[1] & 0x3Fu) << 12 | (u[2] & 0x3Fu) << 6 | (u[3] & 0x3Fu);
    *p += n;
    return c;
}

static bool printable(const Out *o, uint32_t c) {
    if (c < 0x7F) return c >= 0x20;
    if (c < 0xA1 || c == 0xAD || (c >= 0xD800 && c < 0xE000)) return false;
    if (!o->f->hooks || !o->f->hooks->char_class) return true;
    return o->f->hooks->char_class(o->f->hooks->ctx, c) & IM_CHAR_PRINTABLE;
}

static void quoted(Out *o, const char *s, size_t len, bool bytes) {
    char quote = memchr(s, '\'', len) && !memchr(s, '"', len) ? '"' : '\'', buf[16];
    put(o, &quote, 1);
    for (const char *p = s, *end = s + len; p < end;) {
        const char *at = p;
        uint32_t c = bytes ? (unsigned char)*p++ : next_char(&p, end);
        if (c == '\\' || c == (uint32_t)quote) snprintf(buf, sizeof buf, "\\%c", (int)c), str(o, buf);
        else if (c == '\n') str(o, "\\n");
        else if (c == '\r') str(o, "\\r");
        else if (c == '\t') str(o, "\\t");
        else if (bytes ? c >= 0x20 && c < 0x7F : printable(o, c)) put(o, at, (size_t)(p - at));
        else {
            snprintf(buf, sizeof buf, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)c);
            str(o, buf);
        }
    }
    put(o, &quote, 1);
}

/* The shortest digits that read back as d. */
static void number(Out *o, double d, bool dot) {
    char buf[40], digits[32];
    if (isinf(d)) { /* no literal gives infinity but one that overflows */
        str(o, d < 0 ? "-1e309" : "1e309");
        return;
    }
    if (isnan(d)) {
        str(o, "nan");
        return;
    }
    int prec = 1;
    for (; prec < 17; prec++) {
        snprintf(buf, sizeof buf, "%.*e", prec - 1, d);
        if (strtod(buf, NULL) == d) break;
    }
    snprintf(buf, sizeof buf, "%.*e", prec - 1, d);
    char *e = strchr(buf, 'e');
    int exp = atoi(e + 1), n = 0;
    for (char *p = buf; p < e; p++)
        if (*p >= '0' && *p <= '9') digits[n++] = *p;
    while (n > 1 && digits[n - 1] == '0') n--;
    if (buf[0] == '-') str(o, "-");
    if (exp < -4 || exp >= 16) {
        put(o, digits, 1);
        if (n > 1) str(o, "."), put(o, digits + 1, (size_t)n - 1);
        snprintf(buf, sizeof buf, "e%c%02d", exp < 0 ? '-' : '+', abs(exp));
        str(o, buf);
        return;
    }
    if (exp < 0) {
        str(o, "0.");
        for (int i = -1; i > exp; i--) str(o, "0");
        put(o, digits, (size_t)n);
        return;
    }
    for (int i = 0; i <= exp; i++) put(o, i < n ? &digits[i] : "0", 1);
    if (n > exp + 1) str(o, "."), put(o, digits + exp + 1, (size_t)(n - exp - 1));
    else if (dot) str(o, ".0");
}

static void big_int(Out *o, const ImConst *k) {
    mpz_t z;
    mpz_init(z);
    if (k->u.big.negative) str(o, "-");
    if (k->u.big.base == 10) put(o, k->u.big.digits, k->u.big.len);
    else if (!mpz_set_str(z, k->u.big.digits, k->u.big.base)) {
        char *s = im_front_alloc(o->f, mpz_sizeinbase(z, 10) + 2);
        if (s) str(o, mpz_get_str(s, 10, z));
    }
    mpz_clear(z);
}

static void constant(Out *o, const ImConst *k) {
    char buf[32];
    switch ((ImConstKind)k->kind) {
    case IM_CONST_NONE: str(o, "None"); break;
    case IM_CONST_TRUE: str(o, "True"); break;
    case IM_CONST_FALSE: str(o, "False"); break;
    case IM_CONST_ELLIPSIS: str(o, "..."); break;
    case IM_CONST_INT:
        snprintf(buf, sizeof buf, "%lld", (long long)k->u.i);
        str(o, buf);
        break;
    case IM_CONST_BIGINT: big_int(o, k); break;
    case IM_CONST_FLOAT: number(o, k->u.f, true); break;
    case IM_CONST_COMPLEX:
        if (k->u.c.re == 0 && !signbit(k->u.c.re)) {
            number(o, k->u.c.im, false);
            str(o, "j");
            break;
        }
        str(o, "(");
        number(o, k->u.c.re, false);
        if (!signbit(k->u.c.im)) str(o, "+");
        number(o, k->u.c.im, false);
        str(o, "j)");
        break;
    case IM_CONST_STR: quoted(o, k->u.s.s, k->u.s.len, false); break;
    case IM_CONST_BYTES:
        str(o, "b");
        quoted(o, k->u.b.s, k->u.b.len, true);
        break;
    case IM_CONST_TUPLE: case IM_CONST_FROZENSET:
        str(o, k->kind == IM_CONST_TUPLE ? "(" : "frozenset({");
        for (int i = 0; i < k->u.seq.n; i++) {
            if (i) str(o, ", ");
            constant(o, k->u.seq.v[i]);
        }
        str(o, k->kind == IM_CONST_FROZENSET ? "})" : k->u.seq.n == 1 ? ",)" : ")");
        break;
    case IM_CONST_OBJECT: str(o, "?"); break;
    }
}

/* ---- f-strings ---- */

static void fstring_body(Out *o, const ImExpr *e, bool spec);

static void fstring_text(Out *o, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        put(o, s + i, 1);
        if (s[i] == '{' || s[i] == '}') put(o, s + i, 1);
    }
}

static void formatted(Out *o, const ImExpr *e) {
    Out inner = {.f = o->f};
    expr(&inner, e->v.FormattedValue.value, PR_TEST + 1);
    str(o, inner.len && inner.p[0] == '{' ? "{ " : "{");
    if (inner.len) put(o, inner.p, inner.len);
    if (e->v.FormattedValue.conversion > 0) {
        char conv[2] = {'!', (char)e->v.FormattedValue.conversion};
        put(o, conv, 2);
    }
    if (e->v.FormattedValue.format_spec) {
        str(o, ":");
        fstring_body(o, e->v.FormattedValue.format_spec, true);
    }
    str(o, "}");
}

static void fstring_body(Out *o, const ImExpr *e, bool spec) {
    if (e->kind == IM_AST_Constant && e->v.Constant.value->kind == IM_CONST_STR) fstring_text(o, e->v.Constant.value->u.s.s, e->v.Constant.value->u.s.len);
    else if (e->kind == IM_AST_FormattedValue) formatted(o, e);
    else if (e->kind == IM_AST_JoinedStr)
        for (int i = 0; i < e->v.JoinedStr.values.n; i++) fstring_body(o, e->v.JoinedStr.values.v[i], spec);
    else if (spec) expr(o, e, PR_TEST);
}

static void fstring(Out *o, const ImExpr *e) {
    Out inner = {.f = o->f};
    fstring_body(&inner, e, false);
    str(o, "f");
    quoted(o, inner.p ? inner.p : "", inner.len, false);
}

/* ---- parts ---- */

static void list(Out *o, const ImExprSeq *s, int level) {
    for (int i = 0; i < s->n; i++) {
        if (i) str(o, ", ");
        expr(o, s->v[i], level);
    }
}

static void open(Out *o, bool yes) { if (yes) str(o, "("); }
static void close(Out *o, bool yes) { if (yes) str(o, ")"); }

static void arg(Out *o, const ImArg *a) {
    name(o, a->arg);
    if (a->annotation) {
        str(o, ": ");
        expr(o, a->annotation, PR_TEST);
    }
}

static void args(Out *o, const ImArguments *a) {
    bool first = true;
    int npos = a->posonlyargs.n, total = npos + a->args.n, dflt = total - a->defaults.n;
    for (int i = 0; i < total; i++) {
        if (!first) str(o, ", ");
        first = false;
        arg(o, i < npos ? a->posonlyargs.v[i] : a->args.v[i - npos]);
        if (i >= dflt) {
            str(o, "=");
            expr(o, a->defaults.v[i - dflt], PR_TEST);
        }
        if (npos && i + 1 == npos) str(o, ", /");
    }
    if (a->vararg || a->kwonlyargs.n) {
        if (!first) str(o, ", ");
        first = false;
        str(o, "*");
        if (a->vararg) arg(o, a->vararg);
    }
    for (int i = 0; i < a->kwonlyargs.n; i++) {
        if (!first) str(o, ", ");
        first = false;
        arg(o, a->kwonlyargs.v[i]);
        if (a->kw_defaults.v[i]) {
            str(o, "=");
            expr(o, a->kw_defaults.v[i], PR_TEST);
        }
    }
    if (a->kwarg) {
        if (!first) str(o, ", ");
        str(o, "**");
        arg(o, a->kwarg);
    }
}

static void generators(Out *o, const ImComprehensionSeq *gens) {
    for (int i = 0; i < gens->n; i++) {
        const ImComprehension *g = gens->v[i];
        str(o, g->is_async ? " async for " : " for ");
        expr(o, g->target, PR_TUPLE);
        str(o, " in ");
        expr(o, g->iter, PR_TEST + 1);
        for (int k = 0; k < g->ifs.n; k++) {
            str(o, " if ");
            expr(o, g->ifs.v[k], PR_TEST + 1);
        }
    }
}

static void comp(Out *o, const char *left, const ImExpr *elt, const ImExpr *value, const ImComprehensionSeq *gens, const char *right) {
    str(o, left);
    expr(o, elt, PR_TEST);
    if (value) {
        str(o, ": ");
        expr(o, value, PR_TEST);
    }
    generators(o, gens);
    str(o, right);
}

static void binop(Out *o, const ImExpr *e, int level) {
    static const struct { const char *text; int pr; } ops[] = {
        [IM_AST_Add] = {" + ", PR_ARITH}, [IM_AST_Sub] = {" - ", PR_ARITH}, [IM_AST_Mult] = {" * ", PR_TERM}, [IM_AST_MatMult] = {" @ ", PR_TERM},
        [IM_AST_Div] = {" / ", PR_TERM}, [IM_AST_Mod] = {" % ", PR_TERM}, [IM_AST_Pow] = {" ** ", PR_POWER}, [IM_AST_LShift] = {" << ", PR_SHIFT},
        [IM_AST_RShift] = {" >> ", PR_SHIFT}, [IM_AST_BitOr] = {" | ", PR_BOR}, [IM_AST_BitXor] = {" ^ ", PR_BXOR}, [IM_AST_BitAnd] = {" & ", PR_BAND},
        [IM_AST_FloorDiv] = {" // ", PR_TERM}};
    int pr = ops[e->v.BinOp.op].pr;
    bool right_first = e->v.BinOp.op == IM_AST_Pow;
    open(o, level > pr);
    expr(o, e->v.BinOp.left, pr + right_first);
    str(o, ops[e->v.BinOp.op].text);
    expr(o, e->v.BinOp.right, pr + !right_first);
    close(o, level > pr);
}

static void compare(Out *o, const ImExpr *e, int level) {
    static const char *const ops[] = {[IM_AST_Eq] = " == ", [IM_AST_NotEq] = " != ", [IM_AST_Lt] = " < ", [IM_AST_LtE] = " <= ", [IM_AST_Gt] = " > ",
                                      [IM_AST_GtE] = " >= ", [IM_AST_Is] = " is ", [IM_AST_IsNot] = " is not ", [IM_AST_In] = " in ", [IM_AST_NotIn] = " not in "};
    open(o, level > PR_CMP);
    expr(o, e->v.Compare.left, PR_CMP + 1);
    for (int i = 0; i < e->v.Compare.ops.n; i++) {
        str(o, ops[e->v.Compare.ops.v[i]]);
        expr(o, e->v.Compare.comparators.v[i], PR_CMP + 1);
    }
    close(o, level > PR_CMP);
}

static void call(Out *o, const ImExpr *e) {
    const ImExprSeq *a = &e->v.Call.args;
    expr(o, e->v.Call.func, PR_ATOM);
    if (a->n == 1 && !e->v.Call.keywords.n && a->v[0]->kind == IM_AST_GeneratorExp) {
        expr(o, a->v[0], PR_TEST); /* its own parentheses serve */
        return;
    }
    str(o, "(");
    list(o, a, PR_TEST);
    for (int i = 0; i < e->v.Call.keywords.n; i++) {
        const ImKeyword *k = e->v.Call.keywords.v[i];
        if (i || a->n) str(o, ", ");
        if (k->arg) {
            name(o, k->arg);
            str(o, "=");
            expr(o, k->value, PR_TEST);
        } else {
            str(o, "**");
            expr(o, k->value, PR_EXPR);
        }
    }
    str(o, ")");
}

static void dict(Out *o, const ImExpr *e) {
    str(o, "{");
    for (int i = 0; i < e->v.Dict.values.n; i++) {
        if (i) str(o, ", ");
        if (e->v.Dict.keys.v[i]) {
            expr(o, e->v.Dict.keys.v[i], PR_TEST);
            str(o, ": ");
            expr(o, e->v.Dict.values.v[i], PR_TEST);
        } else {
            str(o, "**");
            expr(o, e->v.Dict.values.v[i], PR_EXPR);
        }
    }
    str(o, "}");
}

static void unary(Out *o, const ImExpr *e, int level) {
    static const struct { const char *text; int pr; } ops[] = {
        [IM_AST_Invert] = {"~", PR_FACTOR}, [IM_AST_Not] = {"not ", PR_NOT}, [IM_AST_UAdd] = {"+", PR_FACTOR}, [IM_AST_USub] = {"-", PR_FACTOR}};
    int pr = ops[e->v.UnaryOp.op].pr;
    open(o, level > pr);
    str(o, ops[e->v.UnaryOp.op].text);
    expr(o, e->v.UnaryOp.operand, pr);
    close(o, level > pr);
}

static void tuple(Out *o, const ImExpr *e, int level) {
    const ImExprSeq *s = &e->v.Tuple.elts;
    if (!s->n) {
        str(o, "()");
        return;
    }
    open(o, level > PR_TUPLE);
    list(o, s, PR_TEST);
    if (s->n == 1) str(o, ",");
    close(o, level > PR_TUPLE);
}

static void slice(Out *o, const ImExpr *e) {
    if (e->v.Slice.lower) expr(o, e->v.Slice.lower, PR_TEST);
    str(o, ":");
    if (e->v.Slice.upper) expr(o, e->v.Slice.upper, PR_TEST);
    if (e->v.Slice.step) {
        str(o, ":");
        expr(o, e->v.Slice.step, PR_TEST);
    }
}

static void one_operand(Out *o, const char *word, const ImExpr *e, int level, int pr, int inner) {
    open(o, level > pr);
    str(o, word);
    if (e) expr(o, e, inner);
    close(o, level > pr);
}

static void expr(Out *o, const ImExpr *e, int level) {
    if (im_front_too_deep(o->f, IM_TOO_DEEP)) return;
    switch (e->kind) {
    case IM_AST_BoolOp: {
        int pr = e->v.BoolOp.op == IM_AST_And ? PR_AND : PR_OR;
        open(o, level > pr);
        for (int i = 0; i < e->v.BoolOp.values.n; i++) {
            if (i) str(o, e->v.BoolOp.op == IM_AST_And ? " and " : " or ");
            expr(o, e->v.BoolOp.values.v[i], pr + 1);
        }
        close(o, level > pr);
        break;
    }
    case IM_AST_BinOp: binop(o, e, level); break;
    case IM_AST_UnaryOp: unary(o, e, level); break;
    case IM_AST_Lambda: {
        const ImArguments *a = e->v.Lambda.args;
        bool any = a->posonlyargs.n || a->args.n || a->vararg || a->kwonlyargs.n || a->kwarg;
        open(o, level > PR_TEST);
        str(o, any ? "lambda " : "lambda");
        args(o, a);
        str(o, ": ");
        expr(o, e->v.Lambda.body, PR_TEST);
        close(o, level > PR_TEST);
        break;
    }
    case IM_AST_IfExp:
        open(o, level > PR_TEST);
        expr(o, e->v.IfExp.body, PR_TEST + 1);
        str(o, " if ");
        expr(o, e->v.IfExp.test, PR_TEST + 1);
        str(o, " else ");
        expr(o, e->v.IfExp.orelse, PR_TEST);
        close(o, level > PR_TEST);
        break;
    case IM_AST_Dict: dict(o, e); break;
    case IM_AST_Set:
        str(o, "{");
        list(o, &e->v.Set.elts, PR_TEST);
        str(o, "}");
        break;
    case IM_AST_ListComp: comp(o, "[", e->v.ListComp.elt, NULL, &e->v.ListComp.generators, "]"); break;
    case IM_AST_SetComp: comp(o, "{", e->v.SetComp.elt, NULL, &e->v.SetComp.generators, "}"); break;
    case IM_AST_GeneratorExp: comp(o, "(", e->v.GeneratorExp.elt, NULL, &e->v.GeneratorExp.generators, ")"); break;
    case IM_AST_DictComp: comp(o, "{", e->v.DictComp.key, e->v.DictComp.value, &e->v.DictComp.generators, "}"); break;
    case IM_AST_Yield:
        str(o, e->v.Yield.value ? "(yield " : "(yield");
        if (e->v.Yield.value) expr(o, e->v.Yield.value, PR_TEST);
        str(o, ")");
        break;
    case IM_AST_YieldFrom: one_operand(o, "yield from ", e->v.YieldFrom.value, PR_ATOM + 1, PR_ATOM, PR_TEST); break;
    case IM_AST_Await: one_operand(o, "await ", e->v.Await.value, level, PR_AWAIT, PR_ATOM); break;
    case IM_AST_Compare: compare(o, e, level); break;
    case IM_AST_Call: call(o, e); break;
    case IM_AST_FormattedValue: case IM_AST_JoinedStr: fstring(o, e); break;
    case IM_AST_Constant:
        if (e->v.Constant.kind) name(o, e->v.Constant.kind);
        constant(o, e->v.Constant.value);
        break;
    case IM_AST_Attribute: {
        const ImExpr *v = e->v.Attribute.value;
        expr(o, v, PR_ATOM);
        bool integer = v->kind == IM_AST_Constant && (v->v.Constant.value->kind == IM_CONST_INT || v->v.Constant.value->kind == IM_CONST_BIGINT);
        str(o, integer ? " ." : ".");
        name(o, e->v.Attribute.attr);
        break;
    }
    case IM_AST_Starred:
        str(o, "*");
        expr(o, e->v.Starred.value, PR_EXPR);
        break;
    case IM_AST_Name: name(o, e->v.Name.id); break;
    case IM_AST_List:
        str(o, "[");
        list(o, &e->v.List.elts, PR_TEST);
        str(o, "]");
        break;
    case IM_AST_Tuple: tuple(o, e, level); break;
    case IM_AST_Subscript:
        expr(o, e->v.Subscript.value, PR_ATOM);
        str(o, "[");
        expr(o, e->v.Subscript.slice, PR_TUPLE);
        str(o, "]");
        break;
    case IM_AST_Slice: slice(o, e); break;
    case IM_AST_NamedExpr:
        open(o, level > PR_TUPLE);
        expr(o, e->v.NamedExpr.target, PR_ATOM);
        str(o, " := ");
        expr(o, e->v.NamedExpr.value, PR_ATOM);
        close(o, level > PR_TUPLE);
        break;
    default: break;
    }
}

const char *im_unparse(ImFront *f, const ImExpr *e, size_t *len) {
    Out o = {.f = f};
    put(&o, "", 0);
    expr(&o, e, PR_TEST);
    *len = o.len;
    return o.p;
}

const char *im_const_repr(ImFront *f, const ImConst *k) {
    Out o = {.f = f};
    put(&o, "", 0);
    constant(&o, k);
    return o.p ? o.p : "?";
}
