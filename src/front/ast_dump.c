/* The syntax tree as text, in the words of ast.dump; non-ASCII characters are escaped as by ascii().
   SPDX-License-Identifier: MIT */
#include "front.h"
#include "lexer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 20000 };

typedef struct Dump {
    char *s;
    size_t len, cap;
    bool failed, attributes;
    int depth;
} Dump;

static void put(Dump *d, const char *s, size_t n) {
    if (d->failed) return;
    if (d->len + n + 1 > d->cap) {
        size_t cap = (d->len + n + 1) * 2 + 1024;
        char *t = realloc(d->s, cap);
        if (!t) {
            d->failed = true;
            return;
        }
        d->s = t;
        d->cap = cap;
    }
    memcpy(d->s + d->len, s, n);
    d->len += n;
}

static void puts_(Dump *d, const char *s) { put(d, s, strlen(s)); }

__attribute__((format(printf, 2, 3))) static void putf(Dump *d, const char *fmt, ...) {
    char buf[128];
    va_list va;
    va_start(va, fmt);
    int n = vsnprintf(buf, sizeof buf, fmt, va);
    va_end(va);
    if (n > 0) put(d, buf, n < (int)sizeof buf ? (size_t)n : sizeof buf - 1);
}

/* ---- constants ---- */

static void quoted(Dump *d, const char *s, size_t len, bool bytes) {
    char q = memchr(s, '\'', len) && !memchr(s, '"', len) ? '"' : '\'';
    put(d, &q, 1);
    for (const char *end = s + len; s < end;) {
        uint32_t c = bytes ? (unsigned char)*s++ : im_utf8_next(&s);
        if (c == (uint32_t)q || c == '\\') putf(d, "\\%c", (int)c);
        else if (c == '\n') puts_(d, "\\n");
        else if (c == '\r') puts_(d, "\\r");
        else if (c == '\t') puts_(d, "\\t");
        else if (c >= 32 && c < 127) putf(d, "%c", (int)c);
        else if (c < 256) putf(d, "\\x%02x", (unsigned)c);
        else if (c < 65536) putf(d, "\\u%04x", (unsigned)c);
        else putf(d, "\\U%08x", (unsigned)c);
    }
    put(d, &q, 1);
}

/* Shortest digits that read back the same. */
static void real(Dump *d, double v, bool point) {
    if (isinf(v)) {
        puts_(d, v < 0 ? "-inf" : "inf");
        return;
    }
    char buf[40];
    int prec = 0;
    for (; prec < 17; prec++) {
        snprintf(buf, sizeof buf, "%.*e", prec, v);
        if (strtod(buf, NULL) == v) break;
    }
    int exp = atoi(strchr(buf, 'e') + 1);
    if (exp >= -4 && exp < 16) {
        putf(d, "%.*f", prec > exp ? prec - exp : 0, v);
        if (point && prec <= exp) puts_(d, ".0");
        return;
    }
    *strchr(buf, 'e') = 0;
    putf(d, "%se%+03d", buf, exp);
}

/* Digits in a power-of-two base to decimal, nine at a time. */
static void big_int(Dump *d, const ImConst *c) {
    if (c->u.big.base == 10) {
        put(d, c->u.big.digits, c->u.big.len);
        return;
    }
    size_t cap = c->u.big.len / 2 + 2, n = 1;
    uint32_t *w = calloc(cap, sizeof *w);
    if (!w) {
        d->failed = true;
        return;
    }
    for (uint32_t i = 0; i < c->u.big.len; i++) {
        char ch = c->u.big.digits[i];
        uint64_t carry = (uint64_t)(ch <= '9' ? ch - '0' : (ch | 32) - 'a' + 10);
        for (size_t k = 0; k < n; k++) {
            carry += (uint64_t)w[k] * c->u.big.base;
            w[k] = (uint32_t)(carry % 1000000000);
            carry /= 1000000000;
        }
        if (carry) w[n++] = (uint32_t)carry;
    }
    putf(d, "%u", w[n - 1]);
    for (size_t k = n - 1; k-- > 0;) putf(d, "%09u", w[k]);
    free(w);
}

static void constant(Dump *d, const ImConst *c) {
    switch ((ImConstKind)c->kind) {
    case IM_CONST_NONE: puts_(d, "None"); break;
    case IM_CONST_TRUE: puts_(d, "True"); break;
    case IM_CONST_FALSE: puts_(d, "False"); break;
    case IM_CONST_ELLIPSIS: puts_(d, "Ellipsis"); break;
    case IM_CONST_INT: putf(d, "%lld", (long long)c->u.i); break;
    case IM_CONST_BIGINT: big_int(d, c); break;
    case IM_CONST_FLOAT: real(d, c->u.f, true); break;
    case IM_CONST_COMPLEX:
        real(d, c->u.c.im, false);
        puts_(d, "j");
        break;
    case IM_CONST_STR: quoted(d, c->u.s.s, c->u.s.len, false); break;
    case IM_CONST_BYTES:
        puts_(d, "b");
        quoted(d, c->u.b.s, c->u.b.len, true);
        break;
    case IM_CONST_TUPLE: case IM_CONST_FROZENSET:
        puts_(d, c->kind == IM_CONST_TUPLE ? "(" : "frozenset({");
        for (int i = 0; i < c->u.seq.n; i++) {
            if (i) puts_(d, ", ");
            constant(d, c->u.seq.v[i]);
        }
        puts_(d, c->kind == IM_CONST_FROZENSET ? "})" : c->u.seq.n == 1 ? ",)" : ")");
        break;
    case IM_CONST_OBJECT: puts_(d, "<object>"); break;
    }
}

/* ---- nodes ---- */

static void node(Dump *d, const ImNode *n);

static void name(Dump *d, const ImName *n) {
    if (n) quoted(d, n->s, n->len, false);
    else puts_(d, "None");
}

static void item(Dump *d, ImFieldType type, const void *at) {
    if (type == IM_FT_identifier || type == IM_FT_string) name(d, *(const ImName *const *)at);
    else if (type == IM_FT_int) putf(d, "%d", *(const int *)at);
    else if (type == IM_FT_constant) constant(d, *(ImConst *const *)at);
    else if ((int)type < (int)IM_FT_FIRST_NODE) {
        puts_(d, im_ast_enum_names(type)[*(const int *)at]);
        puts_(d, "()");
    } else node(d, *(ImNode *const *)at);
}

static void field(Dump *d, const ImFieldInfo *f, const void *at, const char **sep) {
    bool pointer = f->type == IM_FT_identifier || f->type == IM_FT_string || (int)f->type >= (int)IM_FT_FIRST_NODE;
    const ImNodeSeq *seq = at;
    if (f->card == IM_CARD_OPT && pointer && !*(void *const *)at) return;
    if (f->card == IM_CARD_SEQ && !seq->n) return;
    puts_(d, *sep);
    *sep = ", ";
    puts_(d, f->name);
    puts_(d, "=");
    if (f->card != IM_CARD_SEQ) {
        item(d, f->type, at);
        return;
    }
    puts_(d, "[");
    size_t width = pointer ? sizeof(void *) : sizeof(int);
    for (int i = 0; i < seq->n; i++) {
        if (i) puts_(d, ", ");
        item(d, f->type, (const char *)seq->v + (size_t)i * width);
    }
    puts_(d, "]");
}

static void node(Dump *d, const ImNode *n) {
    if (!n) {
        puts_(d, "None");
        return;
    }
    if (++d->depth > MAX_DEPTH) {
        d->failed = true;
        return;
    }
    const ImNodeInfo *info = &im_ast_nodes[n->kind];
    const ImFieldInfo *f = im_ast_fields((ImNodeKind)n->kind);
    puts_(d, info->name);
    const char *sep = "(";
    for (int i = 0; i < info->nfields; i++) field(d, &f[i], (const char *)n + f[i].offset, &sep);
    if (d->attributes && info->has_pos) {
        putf(d, "%slineno=%d, col_offset=%d, end_lineno=%d, end_col_offset=%d", sep, n->lineno, n->col_offset,
             n->end_lineno, n->end_col_offset);
        sep = ", ";
    }
    puts_(d, *sep == '(' ? "()" : ")");
    d->depth--;
}

const char *im_ast_dump(ImArena *a, const ImMod *mod, bool attributes, size_t *len) {
    Dump d = {.attributes = attributes};
    node(&d, (const ImNode *)mod);
    char *s = d.failed ? NULL : im_arena_memdup(a, d.s, d.len);
    if (len) *len = d.len;
    free(d.s);
    return s;
}
