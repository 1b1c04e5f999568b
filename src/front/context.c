/* Errors, warnings, memory and small containers of the passes after the parser.
   SPDX-License-Identifier: MIT */
#include "context.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void im_front_memory(ImFront *f) {
    if (im_front_failed(f)) return;
    f->err->type = IM_ERR_MEMORY;
    f->err->msg = NULL;
}

void *im_front_alloc(ImFront *f, size_t size) {
    void *p = im_arena_alloc(f->arena, size);
    if (__builtin_expect(p != NULL, 1)) return p;
    im_front_memory(f);
    return size <= sizeof f->scratch ? f->scratch : NULL;
}

void *im_front_zalloc(ImFront *f, size_t size) {
    void *p = im_front_alloc(f, size);
    if (p) memset(p, 0, size);
    return p;
}

static uint32_t load_count(const void *p, size_t size) { return size == 2 ? *(const uint16_t *)p : *(const uint32_t *)p; }

void *im_front_grow(ImFront *f, void *old, void *count, size_t count_size, void *cap, size_t item) {
    uint32_t n = load_count(count, count_size), have = *(uint32_t *)cap;
    uint32_t want = have ? have * 2 : 8;
    void *p = im_arena_alloc(f->arena, (size_t)want * item);
    if (!p) {
        im_front_memory(f);
        if (count_size == 2) *(uint16_t *)count = 0;
        else *(uint32_t *)count = 0;
        if (have) return old;
        *(uint32_t *)cap = (uint32_t)(sizeof f->scratch / item);
        return im_front_alloc(f, sizeof f->scratch);
    }
    if (n) memcpy(p, old, (size_t)n * item);
    *(uint32_t *)cap = want;
    return p;
}

/* ---- messages ---- */

char *im_front_vformat(ImFront *f, const char *fmt, va_list ap) {
    char buf[1024];
    size_t n = 0;
    for (const char *p = fmt; *p && n < sizeof buf - 1; p++) {
        if (*p != '%') { buf[n++] = *p; continue; }
        p++;
        const char *s = NULL;
        size_t len = 0;
        char num[24];
        if (*p == 's') { s = va_arg(ap, const char *); len = strlen(s); }
        else if (*p == 'U') { const ImName *name = va_arg(ap, const ImName *); s = name->s; len = name->len; }
        else if (*p == 'd') { len = (size_t)snprintf(num, sizeof num, "%d", va_arg(ap, int)); s = num; }
        else { s = p; len = 1; }
        if (len > sizeof buf - 1 - n) {
            len = sizeof buf - 1 - n;
            while (len && (s[len] & 0xC0) == 0x80) len--;
        }
        memcpy(buf + n, s, len);
        n += len;
    }
    char *r = im_arena_memdup(f->arena, buf, n);
    if (!r) im_front_memory(f);
    return r;
}

char *im_front_format(ImFront *f, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char *r = im_front_vformat(f, fmt, ap);
    va_end(ap);
    return r;
}

static void set_text(ImFront *f, int line) {
    const char *p = f->text, *end = f->text + f->text_len;
    if (!p || line < 1) return;
    for (int i = 1; i < line; i++) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p) return;
        p++;
    }
    if (p >= end) return;
    const char *e = memchr(p, '\n', (size_t)(end - p));
    f->err->text = p;
    f->err->text_len = (size_t)((e ? e + 1 : end) - p);
}

void im_front_error_range(ImFront *f, int line, int col, int end_line, int end_col, const char *msg) {
    if (im_front_failed(f)) return;
    ImSyntaxErr *e = f->err;
    *e = (ImSyntaxErr){.type = IM_ERR_SYNTAX, .msg = msg, .has_pos = true, .has_end = true, .lineno = line, .offset = col + 1,
                       .end_lineno = end_line, .end_offset = end_col + 1};
    set_text(f, line);
}

void im_front_error(ImFront *f, const void *node, const char *fmt, ...) {
    if (im_front_failed(f)) return;
    va_list ap;
    va_start(ap, fmt);
    char *msg = im_front_vformat(f, fmt, ap);
    va_end(ap);
    if (im_front_failed(f)) return;
    if (!node) {
        *f->err = (ImSyntaxErr){.type = IM_ERR_SYNTAX, .msg = msg};
        return;
    }
    const ImNode *n = node;
    im_front_error_range(f, n->lineno, n->col_offset, n->end_lineno, n->end_col_offset, msg);
}

void im_front_warn(ImFront *f, const void *node, const char *fmt, ...) {
    if (im_front_failed(f) || !f->hooks || !f->hooks->warn) return;
    va_list ap;
    va_start(ap, fmt);
    char *msg = im_front_vformat(f, fmt, ap);
    va_end(ap);
    if (!msg) return;
    int r = f->hooks->warn(f->hooks->ctx, IM_WARN_SYNTAX, msg, ((const ImNode *)node)->lineno);
    if (r < 0) f->err->type = IM_ERR_PENDING;
    else if (r > 0) im_front_error(f, node, "%s", msg);
}

/* ---- pointer map ---- */

static uint32_t hash_ptr(const void *p) {
    uint64_t x = (uint64_t)(uintptr_t)p * 0x9E3779B97F4A7C15u;
    return (uint32_t)(x >> 32);
}

void *im_ptrmap_get(const ImPtrMap *m, const void *key) {
    if (!m->count) return NULL;
    for (uint32_t i = hash_ptr(key) & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        if (m->keys[i] == key) return m->values[i];
        if (!m->keys[i]) return NULL;
    }
}

static void map_put(ImPtrMap *m, const void *key, void *value) {
    uint32_t i = hash_ptr(key) & (m->cap - 1);
    while (m->keys[i] && m->keys[i] != key) i = (i + 1) & (m->cap - 1);
    if (!m->keys[i]) m->count++;
    m->keys[i] = key;
    m->values[i] = value;
}

void im_ptrmap_set(ImFront *f, ImPtrMap *m, const void *key, void *value) {
    if (m->count * 2 >= m->cap) {
        ImPtrMap old = *m;
        uint32_t cap = old.cap ? old.cap * 2 : 16;
        const void **keys = im_arena_zalloc(f->arena, cap * sizeof *keys);
        void **values = im_arena_alloc(f->arena, cap * sizeof *values);
        if (!keys || !values) { im_front_memory(f); return; }
        *m = (ImPtrMap){keys, values, cap, 0};
        for (uint32_t i = 0; i < old.cap; i++)
            if (old.keys[i]) map_put(m, old.keys[i], old.values[i]);
    }
    map_put(m, key, value);
}

/* ---- names and futures ---- */

const ImName *im_mangle(ImFront *f, const ImName *cls, const ImName *name) {
    if (!cls || name->len < 3 || name->s[0] != '_' || name->s[1] != '_') return name;
    if (name->s[name->len - 1] == '_' && name->s[name->len - 2] == '_') return name;
    if (memchr(name->s, '.', name->len)) return name;
    size_t skip = 0;
    while (skip < cls->len && cls->s[skip] == '_') skip++;
    if (skip == cls->len) return name;
    size_t clen = cls->len - skip, len = 1 + clen + name->len;
    char *p = im_arena_alloc(f->arena, len + 1);
    if (!p) { im_front_memory(f); return name; }
    p[0] = '_';
    memcpy(p + 1, cls->s + skip, clen);
    memcpy(p + 1 + clen, name->s, name->len + 1);
    const ImName *r = im_arena_name(f->arena, p, len);
    if (!r) { im_front_memory(f); return name; }
    return r;
}

static bool future_feature(ImFront *f, const ImStmt *s) {
    static const char *const known[] = {"nested_scopes", "generators", "division", "absolute_import", "with_statement",
                                        "print_function", "unicode_literals", "generator_stop", NULL};
    for (int i = 0; i < s->v.ImportFrom.names.n; i++) {
        const ImName *name = s->v.ImportFrom.names.v[i]->name;
        bool ok = false;
        for (int k = 0; known[k]; k++) ok |= !strcmp(known[k], name->s);
        if (ok) continue;
        if (!strcmp(name->s, "barry_as_FLUFL")) f->future |= IM_FUTURE_BARRY;
        else if (!strcmp(name->s, "annotations")) f->future |= IM_FUTURE_ANNOTATIONS;
        else if (!strcmp(name->s, "braces")) return im_front_error(f, s->v.ImportFrom.names.v[i], "not a chance"), false;
        else return im_front_error(f, s->v.ImportFrom.names.v[i], "future feature %U is not defined", name), false;
    }
    return true;
}

void im_future_scan(ImFront *f, const ImMod *mod) {
    ImStmtSeq body = {0};
    if (mod->kind == IM_AST_Module) body = mod->v.Module.body;
    else if (mod->kind == IM_AST_Interactive) body = mod->v.Interactive.body;
    for (int i = 0; i < body.n; i++) {
        const ImStmt *s = body.v[i];
        if (s->kind == IM_AST_ImportFrom) {
            const ImName *m = s->v.ImportFrom.module;
            if (!m || s->v.ImportFrom.level || strcmp(m->s, "__future__") || !future_feature(f, s)) return;
            f->future_line = s->lineno;
            f->future_col = s->col_offset;
        } else if (s->kind == IM_AST_Expr && i == 0) {
            const ImExpr *e = s->v.Expr.value;
            if (e->kind != IM_AST_Constant || e->v.Constant.value->kind != IM_CONST_STR) return;
        } else return;
    }
}
