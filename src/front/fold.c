/* Constant folding in the tree, as far as the reference does it: the same sizes are refused, so that no source makes the compiler build huge values.
   SPDX-License-Identifier: MIT

   Integers beyond 64 bits go through GMP and come back as hexadecimal digits. Whatever would raise is left for run time. */
#include "codegen.h"

#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_INT_BITS = 128, MAX_ITEMS = 256, MAX_TEXT = 4096, MAX_TOTAL_ITEMS = 1024 };

static void expr(ImFront *f, ImExpr *e);
static void stmts(ImFront *f, ImStmtSeq *s);

#define EXPRS(f, seq) \
    do { for (int i_ = 0; i_ < (seq).n; i_++) if ((seq).v[i_]) expr((f), (seq).v[i_]); } while (0)

/* ---- constants ---- */

static ImConst *new_const(ImFront *f, ImConstKind kind) {
    ImConst *k = im_front_zalloc(f, sizeof *k);
    k->kind = (uint8_t)kind;
    return k;
}

static bool set(ImExpr *e, ImConst *k) {
    if (!k) return false;
    e->kind = IM_AST_Constant;
    e->v.Constant.value = k;
    e->v.Constant.kind = NULL;
    return true;
}

static const ImConst *constant(const ImExpr *e) { return e->kind == IM_AST_Constant ? e->v.Constant.value : NULL; }
static bool is_boolean(const ImConst *k) { return k->kind == IM_CONST_TRUE || k->kind == IM_CONST_FALSE; }
static bool is_int(const ImConst *k) { return k->kind == IM_CONST_INT || k->kind == IM_CONST_BIGINT || is_boolean(k); }
static bool small(const ImConst *k, int64_t *out) {
    if (k->kind == IM_CONST_BIGINT || !is_int(k)) return false;
    *out = k->kind == IM_CONST_INT ? k->u.i : k->kind == IM_CONST_TRUE;
    return true;
}

static ImConst *int_const(ImFront *f, int64_t i) {
    ImConst *k = new_const(f, IM_CONST_INT);
    k->u.i = i;
    return k;
}
static ImConst *float_const(ImFront *f, double d) {
    ImConst *k = new_const(f, IM_CONST_FLOAT);
    k->u.f = d;
    return k;
}
static ImConst *complex_const(ImFront *f, double re, double im) {
    ImConst *k = new_const(f, IM_CONST_COMPLEX);
    k->u.c.re = re;
    k->u.c.im = im;
    return k;
}
static ImConst *bool_const(ImFront *f, bool b) { return new_const(f, b ? IM_CONST_TRUE : IM_CONST_FALSE); }

/* ---- integers of any size ---- */

static bool to_mpz(mpz_t z, const ImConst *k) {
    int64_t i;
    if (small(k, &i)) {
        uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
        mpz_import(z, 1, 1, sizeof u, 0, 0, &u);
        if (i < 0) mpz_neg(z, z);
        return true;
    }
    if (k->u.big.len > 20000) return false; /* conversion of long decimal texts is left for later, once */
    if (mpz_set_str(z, k->u.big.digits, k->u.big.base)) return false;
    if (k->u.big.negative) mpz_neg(z, z);
    return true;
}

static ImConst *from_mpz(ImFront *f, const mpz_t z) {
    uint64_t u = 0;
    if (mpz_sizeinbase(z, 2) <= 63) {
        mpz_export(&u, NULL, 1, sizeof u, 0, 0, z);
        return int_const(f, mpz_sgn(z) < 0 ? -(int64_t)u : (int64_t)u);
    }
    size_t len = mpz_sizeinbase(z, 16);
    char *digits = im_front_alloc(f, len + 3);
    if (!digits) return NULL;
    mpz_get_str(digits, 16, z);
    ImConst *k = new_const(f, IM_CONST_BIGINT);
    k->u.big.negative = digits[0] == '-';
    k->u.big.digits = digits + k->u.big.negative;
    k->u.big.len = (uint32_t)strlen(k->u.big.digits);
    k->u.big.base = 16;
    return k;
}

static ImConst *int_binop(ImFront *f, ImOperator op, const ImConst *a, const ImConst *b) {
    mpz_t x, y;
    ImConst *r = NULL;
    mpz_inits(x, y, NULL);
    if (!to_mpz(x, a) || !to_mpz(y, b)) goto done;
    size_t xb = mpz_sgn(x) ? mpz_sizeinbase(x, 2) : 0, yb = mpz_sgn(y) ? mpz_sizeinbase(y, 2) : 0;
    switch (op) {
    case IM_AST_Add: mpz_add(x, x, y); break;
    case IM_AST_Sub: mpz_sub(x, x, y); break;
    case IM_AST_Mult:
        if (xb && yb && xb + yb > MAX_INT_BITS) goto done;
        mpz_mul(x, x, y);
        break;
    case IM_AST_FloorDiv:
        if (!yb) goto done;
        mpz_fdiv_q(x, x, y);
        break;
    case IM_AST_Mod:
        if (!yb) goto done;
        mpz_fdiv_r(x, x, y);
        break;
    case IM_AST_Pow:
        if (mpz_sgn(y) < 0 || yb > 32) goto done;
        if (xb && yb && xb * mpz_get_ui(y) > MAX_INT_BITS) goto done;
        mpz_pow_ui(x, x, mpz_get_ui(y));
        break;
    case IM_AST_LShift:
        if (mpz_sgn(y) < 0 || yb > 32 || (xb && xb + mpz_get_ui(y) > MAX_INT_BITS)) goto done;
        mpz_mul_2exp(x, x, mpz_get_ui(y));
        break;
    case IM_AST_RShift:
        if (mpz_sgn(y) < 0 || yb > 32) goto done;
        mpz_fdiv_q_2exp(x, x, mpz_get_ui(y));
        break;
    case IM_AST_BitOr: mpz_ior(x, x, y); break;
    case IM_AST_BitXor: mpz_xor(x, x, y); break;
    case IM_AST_BitAnd: mpz_and(x, x, y); break;
    default: goto done;
    }
    if (is_boolean(a) && is_boolean(b) && (op == IM_AST_BitOr || op == IM_AST_BitXor || op == IM_AST_BitAnd)) r = bool_const(f, mpz_sgn(x) != 0);
    else r = from_mpz(f, x);
done:
    mpz_clears(x, y, NULL);
    return r;
}

/* ---- floats and complex numbers ---- */

/* Exactly representable numbers only; others are left alone. */
static bool to_double(const ImConst *k, double *d) {
    int64_t i;
    if (k->kind == IM_CONST_FLOAT) return *d = k->u.f, true;
    if (!small(k, &i) || i > (int64_t)1 << 53 || i < -((int64_t)1 << 53)) return false;
    *d = (double)i;
    return true;
}

static double float_mod(double x, double y, double *floor_div) {
    double mod = fmod(x, y), div = (x - mod) / y;
    if (mod) {
        if ((y < 0) != (mod < 0)) {
            mod += y;
            div -= 1.0;
        }
    } else mod = copysign(0.0, y);
    if (div) {
        double whole = floor(div);
        if (div - whole > 0.5) whole += 1.0;
        *floor_div = whole;
    } else *floor_div = copysign(0.0, x / y);
    return mod;
}

static ImConst *float_binop(ImFront *f, ImOperator op, double x, double y) {
    double q;
    switch (op) {
    case IM_AST_Add: return float_const(f, x + y);
    case IM_AST_Sub: return float_const(f, x - y);
    case IM_AST_Mult: return float_const(f, x * y);
    case IM_AST_Div: return y == 0 ? NULL : float_const(f, x / y);
    case IM_AST_Mod: return y == 0 ? NULL : float_const(f, float_mod(x, y, &q));
    case IM_AST_FloorDiv:
        if (y == 0) return NULL;
        (void)float_mod(x, y, &q);
        return float_const(f, q);
    case IM_AST_Pow:
        if (!isfinite(x) || !isfinite(y) || (x == 0 && y < 0) || (x < 0 && y != floor(y))) return NULL;
        q = pow(x, y);
        return isfinite(q) ? float_const(f, q) : NULL;
    default: return NULL;
    }
}

static ImConst *complex_binop(ImFront *f, ImOperator op, const ImConst *a, const ImConst *b) {
    double ar, ai = 0, br, bi = 0;
    if (a->kind == IM_CONST_COMPLEX) ar = a->u.c.re, ai = a->u.c.im;
    else if (!to_double(a, &ar)) return NULL;
    if (b->kind == IM_CONST_COMPLEX) br = b->u.c.re, bi = b->u.c.im;
    else if (!to_double(b, &br)) return NULL;
    switch (op) {
    case IM_AST_Add: return complex_const(f, ar + br, ai + bi);
    case IM_AST_Sub: return complex_const(f, ar - br, ai - bi);
    case IM_AST_Mult: return complex_const(f, ar * br - ai * bi, ar * bi + ai * br);
    default: return NULL;
    }
}

/* ---- text and tuples ---- */

static bool is_text(const ImConst *k) { return k->kind == IM_CONST_STR || k->kind == IM_CONST_BYTES; }

static ImConst *text_of(ImFront *f, const ImConst *like, const char *s, size_t len, size_t count, uint32_t maxchar) {
    ImConst *k = new_const(f, (ImConstKind)like->kind);
    if (like->kind == IM_CONST_BYTES) k->u.b.s = s, k->u.b.len = len;
    else k->u.s.s = s, k->u.s.len = len, k->u.s.count = count, k->u.s.maxchar = maxchar;
    return k;
}

static const char *text_bytes(const ImConst *k, size_t *len) {
    *len = k->kind == IM_CONST_STR ? k->u.s.len : k->u.b.len;
    return k->kind == IM_CONST_STR ? k->u.s.s : k->u.b.s;
}

/* A high and a low surrogate that meet stay two code points, and WTF-8 would join them: such texts are left alone. */
static bool has_surrogates(const ImConst *k) {
    if (k->kind != IM_CONST_STR || k->u.s.maxchar < 0xD800) return false;
    for (size_t i = 0; i + 1 < k->u.s.len; i++)
        if ((unsigned char)k->u.s.s[i] == 0xED && (unsigned char)k->u.s.s[i + 1] >= 0xA0) return true;
    return false;
}

static ImConst *concat(ImFront *f, const ImConst *a, const ImConst *b) {
    size_t x, y;
    const char *p = text_bytes(a, &x), *q = text_bytes(b, &y);
    if (has_surrogates(a) || has_surrogates(b)) return NULL;
    char *s = im_front_alloc(f, x + y + 1);
    if (!s) return NULL;
    memcpy(s, p, x);
    memcpy(s + x, q, y);
    s[x + y] = 0;
    bool str = a->kind == IM_CONST_STR;
    uint32_t max = !str ? 0 : a->u.s.maxchar > b->u.s.maxchar ? a->u.s.maxchar : b->u.s.maxchar;
    return text_of(f, a, s, x + y, str ? a->u.s.count + b->u.s.count : 0, max);
}

static ImConst *repeat_text(ImFront *f, const ImConst *a, int64_t n) {
    size_t len;
    const char *p = text_bytes(a, &len);
    size_t count = a->kind == IM_CONST_STR ? a->u.s.count : len;
    if (n < 0 || (count && (uint64_t)n > MAX_TEXT / count) || has_surrogates(a)) return NULL;
    if (!count) n = 0;
    char *s = im_front_alloc(f, len * (size_t)n + 1);
    if (!s) return NULL;
    for (int64_t i = 0; i < n; i++) memcpy(s + (size_t)i * len, p, len);
    s[len * (size_t)n] = 0;
    return text_of(f, a, s, len * (size_t)n, count * (size_t)n, a->kind == IM_CONST_STR && n ? a->u.s.maxchar : 0);
}

static ImConst *tuple_const(ImFront *f, int n) {
    ImConst *k = new_const(f, IM_CONST_TUPLE);
    k->u.seq.v = im_front_alloc(f, (size_t)(n ? n : 1) * sizeof *k->u.seq.v);
    if (!k->u.seq.v) return NULL;
    k->u.seq.n = n;
    return k;
}

static ImConst *concat_tuples(ImFront *f, const ImConst *a, const ImConst *b) {
    ImConst *k = tuple_const(f, a->u.seq.n + b->u.seq.n);
    if (!k) return NULL;
    for (int i = 0; i < a->u.seq.n; i++) k->u.seq.v[i] = a->u.seq.v[i];
    for (int i = 0; i < b->u.seq.n; i++) k->u.seq.v[a->u.seq.n + i] = b->u.seq.v[i];
    return k;
}

static int total_items(const ImConst *k, int limit) {
    if (k->kind != IM_CONST_TUPLE) return limit;
    limit -= k->u.seq.n;
    for (int i = 0; limit >= 0 && i < k->u.seq.n; i++) limit = total_items(k->u.seq.v[i], limit);
    return limit;
}

static ImConst *repeat_tuple(ImFront *f, const ImConst *a, int64_t n) {
    int size = a->u.seq.n;
    if (size && (n < 0 || n > MAX_ITEMS / size)) return NULL;
    if (n && total_items(a, MAX_TOTAL_ITEMS / (n > 0 ? (int)(n < 1024 ? n : 1024) : 1)) < 0) return NULL;
    if (!size) n = 0;
    ImConst *k = tuple_const(f, size * (int)n);
    for (int i = 0; k && i < k->u.seq.n; i++) k->u.seq.v[i] = a->u.seq.v[i % size];
    return k;
}

/* ---- operators ---- */

static ImConst *binop(ImFront *f, ImOperator op, const ImConst *a, const ImConst *b) {
    int64_t n;
    double x, y;
    if (is_int(a) && is_int(b)) {
        int64_t p, q;
        if (op == IM_AST_Div || (op == IM_AST_Pow && small(b, &q) && q < 0)) {
            if (!to_double(a, &x) || !to_double(b, &y)) return NULL;
            return float_binop(f, op, x, y);
        }
        if (small(a, &p) && small(b, &q)) {
            int64_t r;
            if (op == IM_AST_Add && !__builtin_add_overflow(p, q, &r)) return int_const(f, r);
            if (op == IM_AST_Sub && !__builtin_sub_overflow(p, q, &r)) return int_const(f, r);
            if (op == IM_AST_Mult && !__builtin_mul_overflow(p, q, &r)) return int_const(f, r);
        }
        return int_binop(f, op, a, b);
    }
    if (a->kind == IM_CONST_COMPLEX || b->kind == IM_CONST_COMPLEX) return complex_binop(f, op, a, b);
    if ((a->kind == IM_CONST_FLOAT || is_int(a)) && (b->kind == IM_CONST_FLOAT || is_int(b)))
        return to_double(a, &x) && to_double(b, &y) ? float_binop(f, op, x, y) : NULL;
    if (op == IM_AST_Add) {
        if (is_text(a) && a->kind == b->kind) return concat(f, a, b);
        if (a->kind == IM_CONST_TUPLE && b->kind == IM_CONST_TUPLE) return concat_tuples(f, a, b);
    }
    if (op == IM_AST_Mult) {
        if (small(a, &n)) {
            const ImConst *swap = a;
            a = b;
            b = swap;
        }
        if (!small(b, &n)) return NULL;
        if (is_text(a)) return repeat_text(f, a, n);
        if (a->kind == IM_CONST_TUPLE) return repeat_tuple(f, a, n);
    }
    return NULL;
}

static int truth(const ImConst *k) {
    switch ((ImConstKind)k->kind) {
    case IM_CONST_NONE: case IM_CONST_FALSE: return 0;
    case IM_CONST_TRUE: case IM_CONST_ELLIPSIS: case IM_CONST_BIGINT: return 1;
    case IM_CONST_INT: return k->u.i != 0;
    case IM_CONST_FLOAT: return k->u.f != 0;
    case IM_CONST_COMPLEX: return k->u.c.re != 0 || k->u.c.im != 0;
    case IM_CONST_STR: return k->u.s.len != 0;
    case IM_CONST_BYTES: return k->u.b.len != 0;
    case IM_CONST_TUPLE: case IM_CONST_FROZENSET: return k->u.seq.n != 0;
    default: return -1;
    }
}

static ImConst *unary(ImFront *f, ImUnaryOp op, const ImConst *a) {
    if (op == IM_AST_Not) return truth(a) < 0 ? NULL : bool_const(f, !truth(a));
    if (op == IM_AST_Invert && (is_boolean(a) || !is_int(a))) return NULL; /* ~True warns at run time */
    if (a->kind == IM_CONST_FLOAT) return float_const(f, op == IM_AST_USub ? -a->u.f : a->u.f);
    if (a->kind == IM_CONST_COMPLEX) return op == IM_AST_USub ? complex_const(f, -a->u.c.re, -a->u.c.im) : complex_const(f, a->u.c.re, a->u.c.im);
    if (!is_int(a)) return NULL;
    if (op == IM_AST_UAdd && !is_boolean(a)) return (ImConst *)(uintptr_t)a;
    if (a->kind == IM_CONST_BIGINT && op == IM_AST_USub) {
        /* The smallest 64-bit number, negated, fits again. */
        ImConst *zero = int_const(f, 0);
        ImConst *r = int_binop(f, IM_AST_Sub, zero, a);
        if (r) return r;
        r = new_const(f, IM_CONST_BIGINT);
        *r = *a;
        r->u.big.negative = !a->u.big.negative;
        return r;
    }
    ImConst *other = int_const(f, op == IM_AST_Invert ? -1 : 0);
    return int_binop(f, op == IM_AST_UAdd ? IM_AST_Add : IM_AST_Sub, other, a);
}

static ImConst *item(ImFront *f, const ImConst *o, const ImConst *k) {
    int64_t i, n;
    if (!small(k, &i)) return NULL;
    if (o->kind == IM_CONST_TUPLE) n = o->u.seq.n;
    else if (o->kind == IM_CONST_STR) n = (int64_t)o->u.s.count;
    else if (o->kind == IM_CONST_BYTES) n = (int64_t)o->u.b.len;
    else return NULL;
    if (i < 0) i += n;
    if (i < 0 || i >= n) return NULL;
    if (o->kind == IM_CONST_TUPLE) return o->u.seq.v[i];
    if (o->kind == IM_CONST_BYTES) return int_const(f, (unsigned char)o->u.b.s[i]);
    const char *p = o->u.s.s, *end = p + o->u.s.len;
    while (i-- > 0)
        for (p++; p < end && (*p & 0xC0) == 0x80;) p++;
    const char *q = p + 1;
    while (q < end && (*q & 0xC0) == 0x80) q++;
    const unsigned char *u = (const unsigned char *)p;
    uint32_t cp = q - p == 1 ? u[0] : q - p == 2 ? (u[0] & 0x1Fu) << 6 | (u[1] & 0x3Fu)
        : q - p == 3 ? (u[0] & 0xFu) << 12 | (u[1] & 0x3Fu) << 6 | (u[2] & 0x3Fu)
                     : (u[0] & 7u) << 18 | (u[1] & 0x3Fu) << 12 | (u[2] & 0x3Fu) << 6 | (u[3] & 0x3Fu);
    char *s = im_arena_memdup(f->arena, p, (size_t)(q - p));
    return s ? text_of(f, o, s, (size_t)(q - p), 1, cp) : NULL;
}

/* ---- displays ---- */

static ImConst *all_constants(ImFront *f, const ImExprSeq *s) {
    for (int i = 0; i < s->n; i++)
        if (!constant(s->v[i])) return NULL;
    ImConst *k = tuple_const(f, s->n);
    for (int i = 0; k && i < s->n; i++) k->u.seq.v[i] = s->v[i]->v.Constant.value;
    return k;
}

/* What is only iterated over, or searched, need not be a new list or set each time. */
static void iterated(ImFront *f, ImExpr *e) {
    if (e->kind == IM_AST_List) {
        ImExprSeq elts = e->v.List.elts;
        for (int i = 0; i < elts.n; i++)
            if (elts.v[i]->kind == IM_AST_Starred) return;
        if (set(e, all_constants(f, &elts))) return;
        e->kind = IM_AST_Tuple; /* the fields of both are the same */
    } else if (e->kind == IM_AST_Set) {
        ImConst *k = all_constants(f, &e->v.Set.elts);
        if (k) k->kind = IM_CONST_FROZENSET;
        set(e, k);
    }
}

/* ---- the walk ---- */

static void arguments(ImFront *f, ImArguments *a) {
    bool postponed = (f->future & IM_FUTURE_ANNOTATIONS) != 0;
    ImArgSeq *lists[] = {&a->posonlyargs, &a->args, &a->kwonlyargs};
    for (int k = 0; k < 3 && !postponed; k++)
        for (int i = 0; i < lists[k]->n; i++)
            if (lists[k]->v[i]->annotation) expr(f, lists[k]->v[i]->annotation);
    if (!postponed && a->vararg && a->vararg->annotation) expr(f, a->vararg->annotation);
    if (!postponed && a->kwarg && a->kwarg->annotation) expr(f, a->kwarg->annotation);
    EXPRS(f, a->defaults);
    EXPRS(f, a->kw_defaults);
}

static void comprehensions(ImFront *f, ImComprehensionSeq *gens) {
    for (int i = 0; i < gens->n; i++) {
        ImComprehension *g = gens->v[i];
        expr(f, g->target);
        expr(f, g->iter);
        EXPRS(f, g->ifs);
        iterated(f, g->iter);
    }
}

static void unary_expr(ImFront *f, ImExpr *e) {
    ImExpr *x = e->v.UnaryOp.operand;
    expr(f, x);
    if (constant(x)) {
        set(e, unary(f, e->v.UnaryOp.op, constant(x)));
    } else if (e->v.UnaryOp.op == IM_AST_Not && x->kind == IM_AST_Compare && x->v.Compare.ops.n == 1) {
        /* not (a in b) is a not in b: these four give bools always. */
        ImCmpOp *op = &x->v.Compare.ops.v[0];
        switch (*op) {
        case IM_AST_Is: *op = IM_AST_IsNot; break;
        case IM_AST_IsNot: *op = IM_AST_Is; break;
        case IM_AST_In: *op = IM_AST_NotIn; break;
        case IM_AST_NotIn: *op = IM_AST_In; break;
        default: return;
        }
        memcpy(e, x, im_ast_size(IM_AST_Compare));
    }
}

/* ---- '...%s...' % (a, b) as an f-string ---- */

static ImExpr *constant_expr(ImFront *f, const ImExpr *pos, ImConst *k) {
    ImExpr *e = k ? im_front_zalloc(f, im_ast_size(IM_AST_Constant)) : NULL;
    if (!e) return NULL;
    im_ast_copy_pos(e, pos);
    e->kind = IM_AST_Constant;
    e->v.Constant.value = k;
    return e;
}

/* The text p…end with %% as %. */
static ImConst *literal_text(ImFront *f, const ImConst *model, const char *p, const char *end) {
    char *s = im_front_alloc(f, (size_t)(end - p) + 1), *o = s;
    if (!s) return NULL;
    size_t count = 0;
    uint32_t max = 0;
    while (p < end) {
        const unsigned char *u = (const unsigned char *)p;
        int n = *u < 0x80 ? 1 : *u < 0xE0 ? 2 : *u < 0xF0 ? 3 : 4;
        uint32_t cp = n == 1 ? u[0] : n == 2 ? (u[0] & 0x1Fu) << 6 | (u[1] & 0x3Fu) : n == 3 ? (u[0] & 0xFu) << 12 | (u[1] & 0x3Fu) << 6 | (u[2] & 0x3Fu)
                                            : (u[0] & 7u) << 18 | (u[1] & 0x3Fu) << 12 | (u[2] & 0x3Fu) << 6 | (u[3] & 0x3Fu);
        if (cp > max) max = cp;
        count++;
        memcpy(o, p, (size_t)n);
        o += n;
        p += n + (cp == '%');
    }
    *o = 0;
    return text_of(f, model, s, (size_t)(o - s), count, max);
}

/* One conversion behind its '%': -, a width and a precision of up to three digits each, and s, r or a. Null when it is another. */
static const char *conversion(const char *p, bool *left, int *width, int *precision, char *spec) {
    *left = false;
    *width = *precision = -1;
    for (; *p == '-'; p++) *left = true;
    if (*p >= '1' && *p <= '9') {
        *width = 0;
        for (int n = 0; *p >= '0' && *p <= '9'; p++)
            if (*width = *width * 10 + (*p - '0'), ++n >= 3) return NULL;
    }
    if (*p == '.') {
        *precision = 0;
        p++;
        for (int n = 0; *p >= '0' && *p <= '9'; p++)
            if (*precision = *precision * 10 + (*p - '0'), ++n >= 3) return NULL;
    }
    *spec = *p;
    return *p == 's' || *p == 'r' || *p == 'a' ? p + 1 : NULL;
}

static void percent(ImFront *f, ImExpr *e, const ImConst *format, const ImExprSeq *args) {
    for (int i = 0; i < args->n; i++)
        if (args->v[i]->kind == IM_AST_Starred) return;
    ImExpr **v = im_front_alloc(f, ((size_t)args->n * 2 + 1) * sizeof *v);
    if (!v) return;
    const char *p = format->u.s.s, *end = p + format->u.s.len;
    int n = 0, used = 0;
    while (p < end) {
        const char *q = p;
        while (q < end && (*q != '%' || q[1] == '%')) q += *q == '%' ? 2 : 1;
        if (q > end) return;
        if (q > p && !(v[n++] = constant_expr(f, e, literal_text(f, format, p, q)))) return;
        if (q == end) break;
        bool left;
        int width, precision;
        char spec, buf[16];
        if (used == args->n || !(p = conversion(q + 1, &left, &width, &precision, &spec))) return;
        ImExpr *arg = args->v[used++], *field = im_front_zalloc(f, im_ast_size(IM_AST_FormattedValue));
        if (!field) return;
        im_ast_copy_pos(field, arg);
        field->kind = IM_AST_FormattedValue;
        field->v.FormattedValue.value = arg;
        field->v.FormattedValue.conversion = spec;
        int len = width >= 0 ? snprintf(buf, sizeof buf, "%s%d", left ? "" : ">", width) : 0;
        if (precision >= 0) len += snprintf(buf + len, sizeof buf - (size_t)len, ".%d", precision);
        if (len && !(field->v.FormattedValue.format_spec = constant_expr(f, arg, literal_text(f, format, buf, buf + len)))) return;
        v[n++] = field;
    }
    if (used != args->n) return;
    e->kind = IM_AST_JoinedStr;
    e->v.JoinedStr.values = (ImExprSeq){v, n};
}

static void expr(ImFront *f, ImExpr *e) {
    if (im_front_too_deep(f, IM_TOO_DEEP)) return;
    switch (e->kind) {
    case IM_AST_BoolOp: EXPRS(f, e->v.BoolOp.values); break;
    case IM_AST_NamedExpr: expr(f, e->v.NamedExpr.value); break;
    case IM_AST_BinOp:
        expr(f, e->v.BinOp.left);
        expr(f, e->v.BinOp.right);
        if (constant(e->v.BinOp.left) && constant(e->v.BinOp.right))
            set(e, binop(f, e->v.BinOp.op, constant(e->v.BinOp.left), constant(e->v.BinOp.right)));
        else if (e->v.BinOp.op == IM_AST_Mod && e->v.BinOp.right->kind == IM_AST_Tuple && constant(e->v.BinOp.left) && constant(e->v.BinOp.left)->kind == IM_CONST_STR)
            percent(f, e, constant(e->v.BinOp.left), &e->v.BinOp.right->v.Tuple.elts);
        break;
    case IM_AST_UnaryOp: unary_expr(f, e); break;
    case IM_AST_Lambda:
        arguments(f, e->v.Lambda.args);
        expr(f, e->v.Lambda.body);
        break;
    case IM_AST_IfExp:
        expr(f, e->v.IfExp.test);
        expr(f, e->v.IfExp.body);
        expr(f, e->v.IfExp.orelse);
        break;
    case IM_AST_Dict:
        EXPRS(f, e->v.Dict.keys);
        EXPRS(f, e->v.Dict.values);
        break;
    case IM_AST_Set: EXPRS(f, e->v.Set.elts); break;
    case IM_AST_ListComp: expr(f, e->v.ListComp.elt); comprehensions(f, &e->v.ListComp.generators); break;
    case IM_AST_SetComp: expr(f, e->v.SetComp.elt); comprehensions(f, &e->v.SetComp.generators); break;
    case IM_AST_GeneratorExp: expr(f, e->v.GeneratorExp.elt); comprehensions(f, &e->v.GeneratorExp.generators); break;
    case IM_AST_DictComp:
        expr(f, e->v.DictComp.key);
        expr(f, e->v.DictComp.value);
        comprehensions(f, &e->v.DictComp.generators);
        break;
    case IM_AST_Await: expr(f, e->v.Await.value); break;
    case IM_AST_Yield: if (e->v.Yield.value) expr(f, e->v.Yield.value); break;
    case IM_AST_YieldFrom: expr(f, e->v.YieldFrom.value); break;
    case IM_AST_Compare: {
        expr(f, e->v.Compare.left);
        EXPRS(f, e->v.Compare.comparators);
        int n = e->v.Compare.ops.n - 1;
        if (n >= 0 && (e->v.Compare.ops.v[n] == IM_AST_In || e->v.Compare.ops.v[n] == IM_AST_NotIn)) iterated(f, e->v.Compare.comparators.v[n]);
        break;
    }
    case IM_AST_Call:
        expr(f, e->v.Call.func);
        EXPRS(f, e->v.Call.args);
        for (int i = 0; i < e->v.Call.keywords.n; i++) expr(f, e->v.Call.keywords.v[i]->value);
        break;
    case IM_AST_FormattedValue:
        expr(f, e->v.FormattedValue.value);
        if (e->v.FormattedValue.format_spec) expr(f, e->v.FormattedValue.format_spec);
        break;
    case IM_AST_JoinedStr: EXPRS(f, e->v.JoinedStr.values); break;
    case IM_AST_Attribute: expr(f, e->v.Attribute.value); break;
    case IM_AST_Subscript:
        expr(f, e->v.Subscript.value);
        expr(f, e->v.Subscript.slice);
        if (e->v.Subscript.ctx == IM_AST_Load && constant(e->v.Subscript.value) && constant(e->v.Subscript.slice))
            set(e, item(f, constant(e->v.Subscript.value), constant(e->v.Subscript.slice)));
        break;
    case IM_AST_Starred: expr(f, e->v.Starred.value); break;
    case IM_AST_Name:
        if (e->v.Name.ctx == IM_AST_Load && e->v.Name.id->len == 9 && !memcmp(e->v.Name.id->s, "__debug__", 9)) set(e, bool_const(f, !f->optimize));
        break;
    case IM_AST_List: EXPRS(f, e->v.List.elts); break;
    case IM_AST_Tuple:
        EXPRS(f, e->v.Tuple.elts);
        if (e->v.Tuple.ctx == IM_AST_Load) set(e, all_constants(f, &e->v.Tuple.elts));
        break;
    case IM_AST_Slice:
        if (e->v.Slice.lower) expr(f, e->v.Slice.lower);
        if (e->v.Slice.upper) expr(f, e->v.Slice.upper);
        if (e->v.Slice.step) expr(f, e->v.Slice.step);
        break;
    default: break;
    }
}

static void pattern(ImFront *f, ImPattern *p) {
    if (im_front_too_deep(f, IM_TOO_DEEP)) return;
    ImPatternSeq *sub = NULL;
    switch (p->kind) {
    case IM_AST_MatchValue: expr(f, p->v.MatchValue.value); break;
    case IM_AST_MatchSequence: sub = &p->v.MatchSequence.patterns; break;
    case IM_AST_MatchMapping: EXPRS(f, p->v.MatchMapping.keys); sub = &p->v.MatchMapping.patterns; break;
    case IM_AST_MatchClass:
        expr(f, p->v.MatchClass.cls);
        for (int i = 0; i < p->v.MatchClass.patterns.n; i++) pattern(f, p->v.MatchClass.patterns.v[i]);
        sub = &p->v.MatchClass.kwd_patterns;
        break;
    case IM_AST_MatchAs: if (p->v.MatchAs.pattern) pattern(f, p->v.MatchAs.pattern); break;
    case IM_AST_MatchOr: sub = &p->v.MatchOr.patterns; break;
    default: break;
    }
    for (int i = 0; sub && i < sub->n; i++) pattern(f, sub->v[i]);
}

static void type_params(ImFront *f, ImTypeParamSeq *s) {
    for (int i = 0; i < s->n; i++) {
        ImTypeParam *p = s->v[i];
        ImExpr *d = p->kind == IM_AST_TypeVar ? p->v.TypeVar.default_value : p->kind == IM_AST_ParamSpec ? p->v.ParamSpec.default_value
                                                                                                          : p->v.TypeVarTuple.default_value;
        if (p->kind == IM_AST_TypeVar && p->v.TypeVar.bound) expr(f, p->v.TypeVar.bound);
        if (d) expr(f, d);
    }
}

static void stmt(ImFront *f, ImStmt *s) {
    if (im_front_too_deep(f, IM_TOO_DEEP)) return;
    bool postponed = (f->future & IM_FUTURE_ANNOTATIONS) != 0;
    switch (s->kind) {
    case IM_AST_FunctionDef: case IM_AST_AsyncFunctionDef:
        type_params(f, &s->v.FunctionDef.type_params);
        arguments(f, s->v.FunctionDef.args);
        stmts(f, &s->v.FunctionDef.body);
        EXPRS(f, s->v.FunctionDef.decorator_list);
        if (!postponed && s->v.FunctionDef.returns) expr(f, s->v.FunctionDef.returns);
        break;
    case IM_AST_ClassDef:
        type_params(f, &s->v.ClassDef.type_params);
        EXPRS(f, s->v.ClassDef.bases);
        for (int i = 0; i < s->v.ClassDef.keywords.n; i++) expr(f, s->v.ClassDef.keywords.v[i]->value);
        stmts(f, &s->v.ClassDef.body);
        EXPRS(f, s->v.ClassDef.decorator_list);
        break;
    case IM_AST_Return: if (s->v.Return.value) expr(f, s->v.Return.value); break;
    case IM_AST_Delete: EXPRS(f, s->v.Delete.targets); break;
    case IM_AST_Assign:
        EXPRS(f, s->v.Assign.targets);
        expr(f, s->v.Assign.value);
        break;
    case IM_AST_TypeAlias:
        type_params(f, &s->v.TypeAlias.type_params);
        expr(f, s->v.TypeAlias.value);
        break;
    case IM_AST_AugAssign:
        expr(f, s->v.AugAssign.target);
        expr(f, s->v.AugAssign.value);
        break;
    case IM_AST_AnnAssign:
        expr(f, s->v.AnnAssign.target);
        if (!postponed) expr(f, s->v.AnnAssign.annotation);
        if (s->v.AnnAssign.value) expr(f, s->v.AnnAssign.value);
        break;
    case IM_AST_For: case IM_AST_AsyncFor:
        expr(f, s->v.For.target);
        expr(f, s->v.For.iter);
        stmts(f, &s->v.For.body);
        stmts(f, &s->v.For.orelse);
        if (s->kind == IM_AST_For) iterated(f, s->v.For.iter);
        break;
    case IM_AST_While:
        expr(f, s->v.While.test);
        stmts(f, &s->v.While.body);
        stmts(f, &s->v.While.orelse);
        break;
    case IM_AST_If:
        expr(f, s->v.If.test);
        stmts(f, &s->v.If.body);
        stmts(f, &s->v.If.orelse);
        break;
    case IM_AST_With: case IM_AST_AsyncWith:
        for (int i = 0; i < s->v.With.items.n; i++) {
            expr(f, s->v.With.items.v[i]->context_expr);
            if (s->v.With.items.v[i]->optional_vars) expr(f, s->v.With.items.v[i]->optional_vars);
        }
        stmts(f, &s->v.With.body);
        break;
    case IM_AST_Match:
        expr(f, s->v.Match.subject);
        for (int i = 0; i < s->v.Match.cases.n; i++) {
            ImMatchCase *c = s->v.Match.cases.v[i];
            pattern(f, c->pattern);
            if (c->guard) expr(f, c->guard);
            stmts(f, &c->body);
        }
        break;
    case IM_AST_Raise:
        if (s->v.Raise.exc) expr(f, s->v.Raise.exc);
        if (s->v.Raise.cause) expr(f, s->v.Raise.cause);
        break;
    case IM_AST_Try: case IM_AST_TryStar:
        stmts(f, &s->v.Try.body);
        for (int i = 0; i < s->v.Try.handlers.n; i++) {
            ImExceptHandler *h = s->v.Try.handlers.v[i];
            if (h->v.ExceptHandler.type) expr(f, h->v.ExceptHandler.type);
            stmts(f, &h->v.ExceptHandler.body);
        }
        stmts(f, &s->v.Try.orelse);
        stmts(f, &s->v.Try.finalbody);
        break;
    case IM_AST_Assert:
        expr(f, s->v.Assert.test);
        if (s->v.Assert.msg) expr(f, s->v.Assert.msg);
        break;
    case IM_AST_Expr: expr(f, s->v.Expr.value); break;
    default: break;
    }
}

static bool docstring_like(const ImStmt *s) {
    return s->kind == IM_AST_Expr && s->v.Expr.value->kind == IM_AST_Constant && s->v.Expr.value->v.Constant.value->kind == IM_CONST_STR;
}

/* A first statement that folds to a string is no docstring: it must not begin to look like one. */
static void stmts(ImFront *f, ImStmtSeq *s) {
    bool doc = s->n && docstring_like(s->v[0]);
    for (int i = 0; i < s->n && !im_front_failed(f); i++) stmt(f, s->v[i]);
    if (s->n && !doc && docstring_like(s->v[0])) {
        ImExpr *joined = im_front_zalloc(f, im_ast_size(IM_AST_JoinedStr) + sizeof(ImConst *) * 4);
        ImExpr *k = s->v[0]->v.Expr.value;
        im_ast_copy_pos(joined, k);
        joined->kind = IM_AST_JoinedStr;
        joined->v.JoinedStr.values.v = im_front_alloc(f, sizeof(ImExpr *));
        if (!joined->v.JoinedStr.values.v) return;
        joined->v.JoinedStr.values.v[0] = k;
        joined->v.JoinedStr.values.n = 1;
        s->v[0]->v.Expr.value = joined;
    }
}

void im_fold(ImFront *f, ImMod *mod) {
    switch (mod->kind) {
    case IM_AST_Module: stmts(f, &mod->v.Module.body); break;
    case IM_AST_Interactive:
        for (int i = 0; i < mod->v.Interactive.body.n && !im_front_failed(f); i++) stmt(f, mod->v.Interactive.body.v[i]);
        break;
    case IM_AST_Expression: expr(f, mod->v.Expression.body); break;
    default: break;
    }
}
