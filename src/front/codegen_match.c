/* Code generation: the match statement.
   SPDX-License-Identifier: MIT

   The subject waits in a hidden register while patterns are tried. Parts of it that sub-patterns look at are temporaries. Names are bound at the end, when the
   whole pattern has matched: until then the values captured wait in temporaries of their own. A pattern that fails jumps to one place that clears all
   temporaries of the case, alive or not. */
#include "cg.h"

#include <string.h>

typedef struct Capture { const ImName *name; Reg reg; const void *pos; } Capture;

typedef struct Pat {
    Capture *v;
    uint32_t n, cap;
    int32_t fail;
    bool allow_irrefutable;    /* a pattern that always matches may stand here */
} Pat;

static void pattern(Cg *c, Pat *pc, const ImPattern *p, Reg subject);

static void sub_pattern(Cg *c, Pat *pc, const ImPattern *p, Reg subject) {
    bool allowed = pc->allow_irrefutable;
    pc->allow_irrefutable = true;
    pattern(c, pc, p, subject);
    pc->allow_irrefutable = allowed;
}

static bool is_wildcard(const ImPattern *p) { return p->kind == IM_AST_MatchAs && !p->v.MatchAs.name && !p->v.MatchAs.pattern; }
static bool is_star_wildcard(const ImPattern *p) { return p->kind == IM_AST_MatchStar && !p->v.MatchStar.name; }

/* ---- captures ---- */

static void capture(Cg *c, Pat *pc, const ImName *name, Reg reg, const void *pos) {
    if (!strcmp(name->s, "__debug__")) im_front_error(c->f, pos, "cannot assign to __debug__");
    for (uint32_t i = 0; i < pc->n; i++)
        if (pc->v[i].name == name) {
            im_front_error(c->f, pos, "multiple assignments to name '%U' in pattern", name);
            return;
        }
    IM_FRONT_GROW(c->f, pc->v, pc->n, pc->cap);
    pc->v[pc->n++] = (Capture){name, reg, pos};
}

/* The subject's value stays where it is when it is a temporary; that register is then not to be used again. A subject that others need too is copied. */
static void capture_subject(Cg *c, Pat *pc, const ImName *name, Reg subject, const void *pos) {
    if (!cg_is_temp(subject)) {
        Reg t = cg_push(c);
        cg_emit(c, OP_COPY, t, subject, 0, pos);
        subject = t;
    }
    capture(c, pc, name, subject, pos);
}

static void fail_if_false(Cg *c, Pat *pc, Reg r, const void *pos) { cg_emit_jump(c, OP_JF, r, 0, 0, pc->fail, pos); }

/* ---- values ---- */

static void value_pattern(Cg *c, Pat *pc, const ImPattern *p, Reg subject) {
    const ImExpr *v = p->v.MatchValue.value;
    int imm;
    if (v->kind != IM_AST_Constant && v->kind != IM_AST_Attribute)
        im_front_error(c->f, p, "patterns may only match literals and attribute lookups");
    if (cg_small_int(c, v, &imm)) {
        cg_emit_jump(c, OP_JEQI, subject, (Reg)(uint8_t)imm, 0, pc->fail, p);
        return;
    }
    uint32_t mark = cg_mark(c);
    cg_emit_jump(c, OP_JEQ, subject, cg_any(c, v), 0, pc->fail, p);
    cg_release(c, mark);
}

static void singleton_pattern(Cg *c, Pat *pc, const ImPattern *p, Reg subject) {
    const ImConst *k = p->v.MatchSingleton.value;
    if (k->kind == IM_CONST_NONE) {
        cg_emit_jump(c, OP_JNOTNONE, subject, 0, 0, pc->fail, p);
        return;
    }
    uint32_t mark = cg_mark(c);
    Reg t = cg_push(c);
    cg_load_const(c, k, t, p);
    cg_emit_jump(c, OP_JIS, subject, t, 0, pc->fail, p);
    cg_release(c, mark);
}

/* ---- sequences ---- */

/* Looks at a subject that a test leaves alone: temporaries are kept by the instructions used here. */
static void check_length(Cg *c, Pat *pc, Reg subject, int n, bool at_least, const void *pos) {
    uint32_t mark = cg_mark(c);
    Reg len = cg_push(c);
    cg_emit(c, OP_GETLEN, len, subject, 0, pos);
    if (n <= 127) cg_emit_jump(c, at_least ? OP_JGEI : OP_JEQI, len, (Reg)n, 0, pc->fail, pos);
    else {
        Reg k = cg_push(c);
        cg_load_int(c, n, k, pos);
        cg_emit_jump(c, at_least ? OP_JGE : OP_JEQ, len, k, 0, pc->fail, pos);
    }
    cg_release(c, mark);
}

/* [a, _, *_, b]: items are fetched one by one where most of them do not matter. */
static void sequence_by_index(Cg *c, Pat *pc, const ImPatternSeq *ps, int star, Reg subject, const void *pos) {
    for (int i = 0; i < ps->n; i++) {
        if (is_wildcard(ps->v[i]) || i == star) continue;
        Reg x = cg_push(c);
        int index = i < star ? i : i - ps->n;
        uint32_t mark = cg_mark(c);
        Reg o = cg_push(c), k = cg_push(c);
        cg_emit(c, OP_COPY, o, subject, 0, pos);
        if (i < star) cg_load_int(c, index, k, pos);
        else { /* by length: a negative index would ask __getitem__ for something else */
            cg_emit(c, OP_GETLEN, k, subject, 0, pos);
            Reg n = cg_push(c);
            cg_load_int(c, -index, n, pos);
            cg_emit(c, OP_SUB, k, k, n, pos);
        }
        cg_emit(c, OP_GETITEM, x, o, k, pos);
        cg_release(c, mark);
        sub_pattern(c, pc, ps->v[i], x);
    }
    if (cg_is_temp(subject)) cg_emit(c, OP_CLEAR, subject, 0, 0, pos);
}

static void sequence_pattern(Cg *c, Pat *pc, const ImPattern *p, Reg subject) {
    const ImPatternSeq *ps = &p->v.MatchSequence.patterns;
    int star = -1;
    bool only_wildcard = true, star_wildcard = false;
    for (int i = 0; i < ps->n; i++) {
        const ImPattern *x = ps->v[i];
        if (x->kind == IM_AST_MatchStar) {
            if (star >= 0) im_front_error(c->f, p, "multiple starred expressions in sequence pattern");
            star_wildcard = is_star_wildcard(x);
            only_wildcard &= star_wildcard;
            star = i;
        } else only_wildcard &= is_wildcard(x);
    }
    uint32_t mark = cg_mark(c);
    Reg t = cg_push(c);
    cg_emit(c, OP_MATCHSEQ, t, subject, 0, p);
    fail_if_false(c, pc, t, p);
    cg_release(c, mark);
    if (star < 0) check_length(c, pc, subject, ps->n, false, p);
    else if (ps->n > 1) check_length(c, pc, subject, ps->n - 1, true, p);
    if (only_wildcard) {
        if (cg_is_temp(subject)) cg_emit(c, OP_CLEAR, subject, 0, 0, p);
        return;
    }
    if (star_wildcard) {
        sequence_by_index(c, pc, ps, star, subject, p);
        return;
    }
    if ((uint32_t)ps->n + 8 > cg_room(c) || star > 255) {
        im_front_error(c->f, p, "too many sub-patterns in sequence pattern");
        return;
    }
    Reg first = subject;
    if (!cg_is_temp(subject) || !cg_is_top(c, subject)) first = cg_push_n(c, ps->n ? (uint32_t)ps->n : 1);
    else if (ps->n > 1) cg_push_n(c, (uint32_t)ps->n - 1);
    if (star < 0) cg_emit(c, OP_UNPACK, first, subject, (Reg)ps->n, p);
    else cg_emit(c, OP_UNPACKEX, first, subject, (Reg)star, p)->extra = (uint32_t)(ps->n - 1 - star);
    for (int i = 0; i < ps->n; i++) {
        const ImPattern *x = ps->v[i];
        if (x->kind == IM_AST_MatchStar) {
            if (x->v.MatchStar.name) capture(c, pc, x->v.MatchStar.name, first + (Reg)i, x);
            else cg_emit(c, OP_CLEAR, first + (Reg)i, 0, 0, x);
        } else sub_pattern(c, pc, x, first + (Reg)i);
    }
}

/* ---- mappings ---- */

static bool numeric(const ImConst *k, double *d) {
    switch (k->kind) {
    case IM_CONST_FALSE: case IM_CONST_TRUE: *d = k->kind == IM_CONST_TRUE; return true;
    case IM_CONST_INT: *d = (double)k->u.i; return true;
    case IM_CONST_FLOAT: *d = k->u.f; return true;
    case IM_CONST_COMPLEX: *d = k->u.c.re; return k->u.c.im == 0;
    default: return false;
    }
}

/* Keys that a dict would take for one. */
static bool equal_keys(const ImConst *a, const ImConst *b) {
    double x, y;
    if (numeric(a, &x) && numeric(b, &y)) {
        if (a->kind == IM_CONST_INT && b->kind == IM_CONST_INT) return a->u.i == b->u.i;
        return x == y;
    }
    if (a->kind != b->kind) return false;
    switch ((ImConstKind)a->kind) {
    case IM_CONST_NONE: case IM_CONST_ELLIPSIS: return true;
    case IM_CONST_STR: return a->u.s.len == b->u.s.len && !memcmp(a->u.s.s, b->u.s.s, a->u.s.len);
    case IM_CONST_BYTES: return a->u.b.len == b->u.b.len && !memcmp(a->u.b.s, b->u.b.s, a->u.b.len);
    case IM_CONST_BIGINT:
        return a->u.big.base == b->u.big.base && a->u.big.negative == b->u.big.negative && a->u.big.len == b->u.big.len
            && !memcmp(a->u.big.digits, b->u.big.digits, a->u.big.len);
    default: return false;
    }
}

static void check_mapping_keys(Cg *c, const ImPattern *p) {
    const ImExprSeq *keys = &p->v.MatchMapping.keys;
    for (int i = 0; i < keys->n; i++) {
        const ImExpr *k = keys->v[i];
        if (k->kind != IM_AST_Constant) {
            if (k->kind != IM_AST_Attribute)
                im_front_error(c->f, p, "mapping pattern keys may only match literals and attribute lookups");
            continue;
        }
        for (int j = 0; j < i; j++)
            if (keys->v[j]->kind == IM_AST_Constant && equal_keys(k->v.Constant.value, keys->v[j]->v.Constant.value))
                im_front_error(c->f, p, "mapping pattern checks duplicate key (%s)", im_const_repr(c->f, k->v.Constant.value));
    }
}

static void mapping_pattern(Cg *c, Pat *pc, const ImPattern *p, Reg subject) {
    const ImExprSeq *keys = &p->v.MatchMapping.keys;
    const ImPatternSeq *ps = &p->v.MatchMapping.patterns;
    const ImName *rest = p->v.MatchMapping.rest;
    uint32_t mark = cg_mark(c);
    Reg t = cg_push(c);
    cg_emit(c, OP_MATCHMAP, t, subject, 0, p);
    fail_if_false(c, pc, t, p);
    cg_release(c, mark);
    if (!keys->n && !rest) {
        if (cg_is_temp(subject)) cg_emit(c, OP_CLEAR, subject, 0, 0, p);
        return;
    }
    if (keys->n) check_length(c, pc, subject, keys->n, true, p);
    check_mapping_keys(c, p);
    Reg d = rest ? cg_push(c) : CG_NONE, values = cg_push(c), k = cg_push(c);
    cg_sequence(c, OP_BUILDTUPLE, keys, k, p);
    cg_emit(c, OP_MATCHKEYS, values, subject, k, p);
    Reg test = cg_push(c);
    cg_emit(c, OP_COPY, test, values, 0, p);
    cg_emit_jump(c, OP_JNONE, test, 0, 0, pc->fail, p);
    cg_release(c, cg_mark(c) - 1);
    if (rest) {
        /* A copy of the mapping without the keys that were named. */
        cg_emit(c, OP_BUILDMAP, d, d, 0, p);
        uint32_t inner = cg_mark(c);
        Reg x = cg_push(c);
        cg_emit(c, OP_COPY, x, subject, 0, p);
        cg_emit(c, OP_DICTUPDATE, d, x, 0, p);
        if (keys->n) {
            Reg one = cg_push_n(c, (uint32_t)keys->n), o = cg_push(c);
            cg_emit(c, OP_UNPACK, one, k, (Reg)keys->n, p);
            for (int i = 0; i < keys->n; i++) {
                cg_emit(c, OP_COPY, o, d, 0, p);
                cg_emit(c, OP_DELITEM, o, one + (Reg)i, 0, p);
            }
        } else cg_emit(c, OP_CLEAR, k, 0, 0, p);
        cg_release(c, inner);
        capture(c, pc, rest, d, p);
    } else cg_emit(c, OP_CLEAR, k, 0, 0, p);
    if (cg_is_temp(subject)) cg_emit(c, OP_CLEAR, subject, 0, 0, p);
    if ((uint32_t)ps->n + 8 > cg_room(c)) {
        im_front_error(c->f, p, "too many sub-patterns in mapping pattern");
        return;
    }
    cg_release(c, (uint32_t)(values - CG_TEMP) + 1);
    Reg first = values;
    if (ps->n > 1) cg_push_n(c, (uint32_t)ps->n - 1);
    cg_emit(c, OP_UNPACK, first, values, (Reg)ps->n, p);
    for (int i = 0; i < ps->n; i++) sub_pattern(c, pc, ps->v[i], first + (Reg)i);
}

/* ---- classes ---- */

static void class_pattern(Cg *c, Pat *pc, const ImPattern *p, Reg subject) {
    const ImPatternSeq *ps = &p->v.MatchClass.patterns, *kps = &p->v.MatchClass.kwd_patterns;
    const ImNameSeq *names = &p->v.MatchClass.kwd_attrs;
    int n = ps->n + kps->n;
    for (int i = 0; i < names->n; i++) {
        if (!strcmp(names->v[i]->s, "__debug__")) im_front_error(c->f, p, "cannot assign to __debug__");
        for (int j = i + 1; j < names->n; j++)
            if (names->v[i] == names->v[j]) im_front_error(c->f, kps->v[j], "attribute name repeated in class pattern: %U", names->v[i]);
    }
    if ((uint32_t)n + 8 > cg_room(c)) {
        im_front_error(c->f, p, "too many sub-patterns in class pattern %s", "");
        return;
    }
    Reg attrs = cg_push(c), cls = cg_push(c), kw = cg_push(c);
    cg_to(c, p->v.MatchClass.cls, cls);
    ImConst *k = cg_tuple_const(c, names->n);
    for (int i = 0; i < k->u.seq.n; i++) k->u.seq.v[i] = cg_str_const(c, names->v[i]);
    cg_load_const(c, k, kw, p);
    cg_emit(c, OP_MATCHCLASS, attrs, subject, cls, p)->extra = (uint32_t)ps->n;
    cg_emit(c, OP_COPY, cls, attrs, 0, p);
    cg_emit_jump(c, OP_JNONE, cls, 0, 0, pc->fail, p);
    if (cg_is_temp(subject)) cg_emit(c, OP_CLEAR, subject, 0, 0, p);
    cg_release(c, (uint32_t)(attrs - CG_TEMP) + 1);
    Reg first = attrs;
    if (n > 1) cg_push_n(c, (uint32_t)n - 1);
    cg_emit(c, OP_UNPACK, first, attrs, (Reg)n, p);
    for (int i = 0; i < n; i++) {
        const ImPattern *x = i < ps->n ? ps->v[i] : kps->v[i - ps->n];
        if (is_wildcard(x)) cg_emit(c, OP_CLEAR, first + (Reg)i, 0, 0, x);
        else sub_pattern(c, pc, x, first + (Reg)i);
    }
}

/* ---- alternatives ---- */

static uint32_t count_captures(const ImPattern *p) {
    const ImPatternSeq *sub = NULL;
    uint32_t n = 0;
    switch (p->kind) {
    case IM_AST_MatchSequence: sub = &p->v.MatchSequence.patterns; break;
    case IM_AST_MatchStar: return p->v.MatchStar.name != NULL;
    case IM_AST_MatchMapping: n = p->v.MatchMapping.rest != NULL; sub = &p->v.MatchMapping.patterns; break;
    case IM_AST_MatchClass:
        for (int i = 0; i < p->v.MatchClass.patterns.n; i++) n += count_captures(p->v.MatchClass.patterns.v[i]);
        sub = &p->v.MatchClass.kwd_patterns;
        break;
    case IM_AST_MatchAs: return (p->v.MatchAs.name != NULL) + (p->v.MatchAs.pattern ? count_captures(p->v.MatchAs.pattern) : 0);
    case IM_AST_MatchOr: return p->v.MatchOr.patterns.n ? count_captures(p->v.MatchOr.patterns.v[0]) : 0;
    default: break;
    }
    for (int i = 0; sub && i < sub->n; i++) n += count_captures(sub->v[i]);
    return n;
}

/* The pattern's code; how many temporaries were in use where it may fail, at most. */
static uint32_t pattern_depth(Cg *c, Pat *pc, const ImPattern *p, Reg subject) {
    Unit *u = c->u;
    uint32_t most = u->max_top;
    u->max_top = u->top;
    pattern(c, pc, p, subject);
    uint32_t depth = u->max_top;
    if (u->max_top < most) u->max_top = most;
    return depth;
}

/* All alternatives bind the same names; each moves what it captured to the registers of the first one. */
static void or_pattern(Cg *c, Pat *pc, const ImPattern *p, Reg subject) {
    const ImPatternSeq *ps = &p->v.MatchOr.patterns;
    int32_t end = cg_label(c);
    /* Room for the names first, so that the registers of the result do not depend on the alternative. */
    Pat first = {0};
    Reg results = CG_NONE;
    uint32_t count = 0;
    for (int i = 0; i < ps->n; i++) {
        Pat alt = {.fail = cg_label(c), .allow_irrefutable = i == ps->n - 1 && pc->allow_irrefutable};
        uint32_t mark = cg_mark(c);
        if (!i) {
            count = count_captures(ps->v[0]);
            results = count ? cg_push_n(c, count) : CG_NONE;
            mark = cg_mark(c);
        }
        Reg s = cg_push(c);
        cg_emit(c, OP_COPY, s, subject, 0, ps->v[i]);
        uint32_t depth = pattern_depth(c, &alt, ps->v[i], s);
        if (!i) first = alt;
        bool same = alt.n == first.n && alt.n == count;
        for (uint32_t k = 0; same && k < alt.n; k++) {
            uint32_t at = 0;
            while (at < first.n && first.v[at].name != alt.v[k].name) at++;
            if (at == first.n) same = false;
            else cg_move(c, results + (Reg)at, alt.v[k].reg, ps->v[i]);
        }
        if (!same && !im_front_failed(c->f)) im_front_error(c->f, p, "alternative patterns bind different names");
        cg_jump(c, end, NULL);
        cg_bind(c, alt.fail);
        cg_emit(c, OP_CLEARN, (Reg)(CG_TEMP + mark), (Reg)(depth - mark), 0, ps->v[i]);
        cg_release(c, mark);
    }
    cg_jump(c, pc->fail, NULL);
    cg_bind(c, end);
    if (cg_is_temp(subject)) cg_emit(c, OP_CLEAR, subject, 0, 0, p);
    for (uint32_t k = 0; k < first.n; k++) capture(c, pc, first.v[k].name, results + (Reg)k, p);
}

static void as_pattern(Cg *c, Pat *pc, const ImPattern *p, Reg subject) {
    const ImName *name = p->v.MatchAs.name;
    if (!p->v.MatchAs.pattern) {
        if (!pc->allow_irrefutable) {
            if (name) im_front_error(c->f, p, "name capture '%U' makes remaining patterns unreachable", name);
            else im_front_error(c->f, p, "wildcard makes remaining patterns unreachable");
        }
        if (name) capture_subject(c, pc, name, subject, p);
        else if (cg_is_temp(subject)) cg_emit(c, OP_CLEAR, subject, 0, 0, p);
        return;
    }
    if (cg_is_temp(subject)) { /* the sub-pattern consumes it */
        Reg t = cg_push(c);
        cg_emit(c, OP_COPY, t, subject, 0, p);
        pattern(c, pc, p->v.MatchAs.pattern, t);
        capture(c, pc, name, subject, p);
        return;
    }
    Reg t = cg_push(c);
    cg_emit(c, OP_COPY, t, subject, 0, p);
    pattern(c, pc, p->v.MatchAs.pattern, subject);
    capture(c, pc, name, t, p);
}

/* subject: the hidden register, or a temporary that the pattern consumes (a captured one stays where it is). */
static void pattern(Cg *c, Pat *pc, const ImPattern *p, Reg subject) {
    if (im_front_too_deep(c->f, IM_TOO_DEEP)) return;
    switch (p->kind) {
    case IM_AST_MatchValue: value_pattern(c, pc, p, subject); break;
    case IM_AST_MatchSingleton: singleton_pattern(c, pc, p, subject); break;
    case IM_AST_MatchSequence: sequence_pattern(c, pc, p, subject); break;
    case IM_AST_MatchMapping: mapping_pattern(c, pc, p, subject); break;
    case IM_AST_MatchClass: class_pattern(c, pc, p, subject); break;
    case IM_AST_MatchAs: as_pattern(c, pc, p, subject); break;
    case IM_AST_MatchOr: or_pattern(c, pc, p, subject); break;
    case IM_AST_MatchStar: im_front_error(c->f, p, "can't use starred pattern here"); break;
    default: break;
    }
}

/* ---- the statement ---- */

static void match_case(Cg *c, const ImMatchCase *k, Reg subject, int32_t next, int32_t end, uint32_t region, bool last) {
    Unit *u = c->u;
    uint32_t mark = cg_mark(c), outer = u->region;
    int32_t fail = cg_label(c);
    Pat pc = {.fail = fail, .allow_irrefutable = k->guard || last};
    u->region = region;
    uint32_t used = 0;
    if (!last || !is_wildcard(k->pattern)) used = pattern_depth(c, &pc, k->pattern, subject) - mark;
    for (uint32_t i = 0; i < pc.n; i++) cg_store_name(c, pc.v[i].name, pc.v[i].reg, k->pattern);
    cg_release(c, mark);
    if (k->guard) cg_jump_if(c, k->guard, next, false);
    cg_emit(c, OP_CLEAR, subject, 0, 0, k->pattern);
    u->region = outer;
    cg_stmts(c, &k->body);
    cg_jump(c, end, NULL);
    u->region = region;
    cg_bind(c, fail);
    if (used) cg_emit(c, OP_CLEARN, (Reg)(CG_TEMP + mark), (Reg)used, 0, NULL);
    cg_bind(c, next);
    u->region = outer;
}

void cg_match(Cg *c, const ImStmt *s) {
    uint32_t mark = cg_mark(c);
    const ImMatchCaseSeq *cases = &s->v.Match.cases;
    int32_t end = cg_label(c), handler = cg_label(c);
    Reg subject = cg_hidden_take(c, cg_name(c, ""), IM_REG_HIDDEN | IM_REG_LOCAL);
    cg_to(c, s->v.Match.subject, subject);
    uint32_t region = cg_region_begin(c, handler, mark);
    cg_region_end(c);
    for (int i = 0; i < cases->n && !im_front_failed(c->f); i++) {
        const ImMatchCase *k = cases->v[i];
        match_case(c, k, subject, cg_label(c), end, region, i == cases->n - 1);
    }
    cg_emit(c, OP_CLEAR, subject, 0, 0, NULL);
    int32_t state = cg_cold_begin(c);
    cg_bind(c, handler);
    Reg q = cg_push_n(c, 2);
    cg_emit(c, OP_PUSHEXC, q, 0, 0, NULL);
    cg_emit(c, OP_CLEAR, subject, 0, 0, NULL);
    cg_emit(c, OP_RERAISE, q + 1, q, 3, NULL);
    cg_release(c, mark);
    cg_cold_end(c, state);
    cg_bind(c, end);
    cg_hidden_give(c, subject);
}
