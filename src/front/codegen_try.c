/* Code generation: try, except*, with; leaving blocks by return, break and continue.
   SPDX-License-Identifier: MIT

   A handler begins with PUSHEXC into a pair of temporaries (p: what was handled before, p + 1: the exception) that the statement holds while the handler runs.
   Code in a handler is covered by a clean-up that handles p again and passes the new exception on. Bodies of finally are generated anew for every way out. */
#include "cg.h"

/* ---- leaving blocks ---- */

bool cg_unwind_runs_code(const Cg *c) {
    for (uint32_t i = 0; i < c->u->nblocks; i++) {
        const Block *b = &c->u->blocks[i];
        if (b->kind == BLOCK_FINALLY || b->kind == BLOCK_WITH || b->kind == BLOCK_ASYNC_WITH || (b->kind == BLOCK_HANDLER && b->name)) return true;
    }
    return false;
}

/* __exit__(None, None, None); the pair of registers from x on is consumed. */
static void call_exit(Cg *c, Reg x, bool async, const void *pos) {
    uint32_t mark = cg_mark(c);
    Reg n = x;
    if (cg_mark(c) != (uint32_t)(x - CG_TEMP) + 2) {
        n = cg_push_n(c, 2);
        cg_move(c, n, x, pos);
        cg_move(c, n + 1, x + 1, pos);
    }
    Reg args = cg_push_n(c, 3);
    for (Reg i = 0; i < 3; i++) cg_load_none(c, args + i, pos);
    cg_emit(c, OP_CALLM, n, 3, n, pos)->extra = 0xFFFF;
    cg_release(c, (uint32_t)(n - CG_TEMP) + 1);
    if (async) cg_await(c, n, 2, n, pos);
    cg_emit(c, OP_CLEAR, n, 0, 0, pos);
    cg_release(c, mark);
}

static void leave_block(Cg *c, const Block *b, bool more, Reg value, const void **at) {
    Unit *u = c->u;
    const void *pos = *at;
    u->region = b->outer_region;
    switch (b->kind) {
    case BLOCK_WHILE: case BLOCK_TRY: break;
    case BLOCK_FOR: case BLOCK_ASYNC_FOR:
        if (more) cg_emit(c, OP_CLEAR, b->reg, 0, 0, pos);
        break;
    case BLOCK_FINALLY: {
        uint32_t base = u->base;
        u->base = cg_mark(c);
        if (value != CG_NONE && cg_is_temp(value)) cg_block_push(c, BLOCK_VALUE, pos)->reg = value;
        cg_stmts(c, b->finalbody);
        if (value != CG_NONE && cg_is_temp(value)) cg_block_pop(c);
        u->base = base;
        *at = NULL;
        break;
    }
    case BLOCK_FINALLY_END: cg_emit(c, OP_POPEXC, b->reg, 0, 0, pos); break;
    case BLOCK_HANDLER:
        cg_emit(c, OP_POPEXC, b->reg, 0, 0, pos);
        if (b->name) cg_store_none_and_delete(c, b->name, pos);
        break;
    case BLOCK_WITH: call_exit(c, b->reg, false, b->pos); *at = NULL; break;
    case BLOCK_ASYNC_WITH: call_exit(c, b->reg, true, b->pos); *at = NULL; break;
    case BLOCK_VALUE: cg_emit(c, OP_CLEAR, b->reg, 0, 0, pos); break;
    case BLOCK_STAR_HANDLER: {
        static const char msg[] = "'break', 'continue' and 'return' cannot appear in an except* block";
        if (pos) im_front_error(c->f, pos, msg);
        else im_front_error_range(c->f, -1, -1, -1, -1, msg); /* behind a block that had to be left: CPython's answer too */
        break;
    }
    }
}

static bool is_loop(const Block *b) { return b->kind == BLOCK_WHILE || b->kind == BLOCK_FOR || b->kind == BLOCK_ASYNC_FOR; }

const Block *cg_unwind(Cg *c, bool to_loop, Reg value, const void **pos) {
    Unit *u = c->u;
    uint32_t n = u->nblocks, stop = 0;
    const Block *found = NULL;
    for (uint32_t i = n; to_loop && i-- > 0;)
        if (is_loop(&u->blocks[i])) {
            stop = i + 1;
            found = &u->blocks[i];
            break;
        }
    if (to_loop && !found) {
        for (uint32_t i = 0; i < n; i++)
            if (u->blocks[i].kind == BLOCK_STAR_HANDLER) leave_block(c, &u->blocks[i], false, value, pos);
        return NULL;
    }
    if (n == stop) return found;
    /* Bodies of finally that are generated on the way open blocks of their own above the one being left. */
    Block *saved = im_front_alloc(c->f, (n - stop) * sizeof *saved);
    if (!saved) return found;
    for (uint32_t i = stop; i < n; i++) saved[i - stop] = u->blocks[i];
    for (uint32_t i = n; i-- > stop;) {
        u->nblocks = i;
        bool more = to_loop || cg_unwind_runs_code(c);
        leave_block(c, &saved[i - stop], more, value, pos);
    }
    for (uint32_t i = stop; i < n; i++) u->blocks[i] = saved[i - stop];
    u->nblocks = n;
    return found;
}

/* ---- handlers ---- */

/* Takes the handler's pair of registers and opens the region of its clean-up. */
static Reg handler_begin(Cg *c, int32_t handler, int32_t cleanup, const void *pos) {
    cg_bind(c, handler);
    Reg p = cg_push_n(c, 2);
    cg_emit(c, OP_PUSHEXC, p, 0, 0, pos);
    c->u->base = cg_mark(c);
    cg_region_begin(c, cleanup, cg_mark(c));
    return p;
}

/* The clean-up: an exception in the handler leaves it. */
static void handler_end(Cg *c, int32_t cleanup, Reg p, const void *pos) {
    cg_bind(c, cleanup);
    Reg q = cg_push_n(c, 2);
    cg_emit(c, OP_PUSHEXC, q, 0, 0, pos);
    cg_emit(c, OP_RERAISE, q + 1, p, 3, pos);
    (void)pos;
}

static void except_clause(Cg *c, const ImExceptHandler *h, Reg p, uint32_t outer, int32_t end) {
    Unit *u = c->u;
    const ImName *name = h->v.ExceptHandler.name;
    int32_t cleanup = -1;
    uint32_t region = u->region;
    if (name) {
        Reg t = cg_push(c);
        cg_emit(c, OP_COPY, t, p + 1, 0, h);
        cg_store_name(c, name, t, h);
        cg_release(c, cg_mark(c) - 1);
        cleanup = cg_label(c);
        cg_region_begin(c, cleanup, cg_mark(c));
    }
    Block *b = cg_block_push(c, BLOCK_HANDLER, h);
    b->outer_region = outer;
    b->reg = p;
    b->name = name;
    cg_stmts(c, &h->v.ExceptHandler.body);
    cg_block_pop(c);
    u->region = outer;
    cg_emit(c, OP_POPEXC, p, 0, 0, NULL);
    if (name) cg_store_none_and_delete(c, name, NULL);
    cg_jump(c, end, NULL);
    if (name) {
        u->region = region;
        cg_bind(c, cleanup);
        uint32_t mark = cg_mark(c);
        Reg q = cg_push_n(c, 2);
        cg_emit(c, OP_PUSHEXC, q, 0, 0, NULL);
        cg_store_none_and_delete(c, name, NULL);
        u->region = outer;
        cg_emit(c, OP_RERAISE, q + 1, p, 3, NULL);
        cg_release(c, mark);
    }
    u->region = region;
}

static void try_except(Cg *c, const ImStmt *s) {
    Unit *u = c->u;
    uint32_t mark = cg_mark(c), base = u->base, outer = u->region;
    int32_t handler = cg_label(c), cleanup = cg_label(c), end = cg_label(c);
    cg_emit(c, OP_NOP, 0, 0, 0, s); /* the line of `try:` */
    cg_block_push(c, BLOCK_TRY, s);
    cg_region_begin(c, handler, mark);
    cg_stmts(c, &s->v.Try.body);
    cg_region_end(c);
    cg_block_pop(c);
    cg_stmts(c, &s->v.Try.orelse);
    int32_t state = cg_cold_begin(c);
    Reg p = handler_begin(c, handler, cleanup, NULL);
    const ImExceptHandlerSeq *hs = &s->v.Try.handlers;
    bool bare = false;
    for (int i = 0; i < hs->n; i++) {
        const ImExceptHandler *h = hs->v[i];
        int32_t next = cg_label(c);
        uint32_t inner = cg_mark(c);
        if (!h->v.ExceptHandler.type && i < hs->n - 1) im_front_error(c->f, h, "default 'except:' must be last");
        if (h->v.ExceptHandler.type) {
            Reg t = cg_any(c, h->v.ExceptHandler.type);
            cg_emit_jump(c, OP_JNOTEXC, p + 1, t, 0, next, h->v.ExceptHandler.type);
            cg_release(c, inner);
        } else {
            bare = true;
            cg_emit(c, OP_NOP, 0, 0, 0, h);
        }
        except_clause(c, h, p, outer, end);
        cg_bind(c, next);
    }
    u->region = outer;
    if (!bare) cg_emit(c, OP_RERAISE, p + 1, p, 1, hs->v[hs->n - 1]->v.ExceptHandler.type);
    handler_end(c, cleanup, p, NULL);
    cg_release(c, mark);
    u->base = base;
    cg_cold_end(c, state);
    cg_bind(c, end);
}

/* ---- except* ---- */

/* p + 2: list of what was raised and not handled; p + 3: rest of the group. */
static void star_clause(Cg *c, const ImExceptHandler *h, Reg p) {
    Unit *u = c->u;
    const ImName *name = h->v.ExceptHandler.name;
    int32_t next = cg_label(c), raised = cg_label(c);
    uint32_t mark = cg_mark(c), outer = u->region;
    Reg match = cg_push(c);
    Reg type = cg_any(c, h->v.ExceptHandler.type);
    cg_emit(c, OP_CHECKEG, match, p + 3, type, h->v.ExceptHandler.type);
    cg_release(c, mark + 1);
    Reg t = cg_push(c);
    cg_emit(c, OP_COPY, t, match, 0, h);
    cg_emit_jump(c, OP_JNONE, t, 0, 0, next, h);
    cg_release(c, mark + 1);
    if (name) cg_store_name(c, name, match, h);
    else cg_emit(c, OP_CLEAR, match, 0, 0, h);
    cg_release(c, mark);
    cg_region_begin(c, raised, mark);
    Block *b = cg_block_push(c, BLOCK_STAR_HANDLER, h);
    b->outer_region = outer;
    cg_stmts(c, &h->v.ExceptHandler.body);
    cg_block_pop(c);
    cg_region_end(c);
    if (name) cg_store_none_and_delete(c, name, NULL);
    cg_jump(c, next, NULL);
    cg_bind(c, raised);
    Reg q = cg_push_n(c, 2);
    cg_emit(c, OP_PUSHEXC, q, 0, 0, NULL);
    if (name) cg_store_none_and_delete(c, name, NULL);
    cg_emit(c, OP_LISTAPPEND, p + 2, q + 1, 0, NULL);
    cg_emit(c, OP_POPEXC, q, 0, 0, NULL);
    cg_release(c, mark);
    cg_bind(c, next);
}

static void try_except_star(Cg *c, const ImStmt *s) {
    Unit *u = c->u;
    uint32_t mark = cg_mark(c), base = u->base, outer = u->region;
    int32_t handler = cg_label(c), cleanup = cg_label(c), end = cg_label(c), reraise = cg_label(c);
    cg_emit(c, OP_NOP, 0, 0, 0, s);
    cg_block_push(c, BLOCK_TRY, s);
    cg_region_begin(c, handler, mark);
    cg_stmts(c, &s->v.TryStar.body);
    cg_region_end(c);
    cg_block_pop(c);
    cg_stmts(c, &s->v.TryStar.orelse);
    int32_t state = cg_cold_begin(c);
    Reg p = handler_begin(c, handler, cleanup, NULL), list = cg_push(c), rest = cg_push(c);
    u->base = cg_mark(c);
    cg_emit(c, OP_BUILDLIST, list, list, 0, NULL);
    cg_emit(c, OP_COPY, rest, p + 1, 0, NULL);
    for (int i = 0; i < s->v.TryStar.handlers.n; i++) star_clause(c, s->v.TryStar.handlers.v[i], p);
    cg_emit(c, OP_LISTAPPEND, list, rest, 0, NULL);
    cg_emit(c, OP_COPY, rest, p + 1, 0, NULL);
    Reg l2 = cg_push(c);
    cg_move(c, l2, list, NULL);
    cg_emit(c, OP_INTRINSIC, rest, rest, IM_INTR_PREP_RERAISE_STAR, NULL);
    cg_emit(c, OP_COPY, l2, rest, 0, NULL);
    cg_emit_jump(c, OP_JNOTNONE, l2, 0, 0, reraise, NULL);
    u->region = outer;
    cg_emit(c, OP_POPEXC, p, 0, 0, NULL);
    cg_jump(c, end, NULL);
    cg_bind(c, reraise);
    cg_emit(c, OP_RERAISE, rest, p, 1, NULL);
    cg_release(c, (uint32_t)(p - CG_TEMP) + 2);
    handler_end(c, cleanup, p, NULL);
    cg_release(c, mark);
    u->base = base;
    cg_cold_end(c, state);
    cg_bind(c, end);
}

/* ---- finally ---- */

static void try_finally(Cg *c, const ImStmt *s) {
    Unit *u = c->u;
    uint32_t mark = cg_mark(c), base = u->base, outer = u->region;
    int32_t handler = cg_label(c), cleanup = cg_label(c);
    const ImStmtSeq *final = &s->v.Try.finalbody;
    cg_emit(c, OP_NOP, 0, 0, 0, s);
    cg_block_push(c, BLOCK_FINALLY, s)->finalbody = final;
    cg_region_begin(c, handler, mark);
    if (!s->v.Try.handlers.n) cg_stmts(c, &s->v.Try.body);
    else if (s->kind == IM_AST_TryStar) try_except_star(c, s);
    else try_except(c, s);
    cg_region_end(c);
    cg_block_pop(c);
    cg_stmts(c, final);
    int32_t state = cg_cold_begin(c);
    Reg p = handler_begin(c, handler, cleanup, NULL);
    Block *b = cg_block_push(c, BLOCK_FINALLY_END, s);
    b->outer_region = outer;
    b->reg = p;
    cg_stmts(c, final);
    cg_block_pop(c);
    u->region = outer;
    cg_emit(c, OP_RERAISE, p + 1, p, 1, NULL);
    handler_end(c, cleanup, p, NULL);
    cg_release(c, mark);
    u->base = base;
    cg_cold_end(c, state);
}

void cg_try(Cg *c, const ImStmt *s) {
    if (s->v.Try.finalbody.n) try_finally(c, s);
    else try_except(c, s);
}

void cg_try_star(Cg *c, const ImStmt *s) {
    if (s->v.TryStar.finalbody.n) try_finally(c, s);
    else try_except_star(c, s);
}

/* ---- with ---- */

/* The handler asks __exit__ whether the exception is settled. x: the exit method's pair of registers. */
static void with_handler(Cg *c, Reg x, bool async, int32_t handler, int32_t end, const void *pos) {
    Unit *u = c->u;
    uint32_t outer = u->region, base = u->base;
    int32_t cleanup = cg_label(c), settled = cg_label(c);
    int32_t state = cg_cold_begin(c);
    Reg p = handler_begin(c, handler, cleanup, pos), n = cg_push_n(c, 2);
    cg_move(c, n, x, pos);
    cg_move(c, n + 1, x + 1, pos);
    Reg args = cg_push_n(c, 3);
    cg_emit(c, OP_EXCARGS, args, p + 1, 0, pos);
    cg_emit(c, OP_CALLM, n, 3, n, pos)->extra = 0xFFFF;
    cg_release(c, (uint32_t)(n - CG_TEMP) + 1);
    if (async) cg_await(c, n, 2, n, pos);
    cg_emit_jump(c, OP_JT, n, 0, 0, settled, pos);
    cg_release(c, (uint32_t)(p - CG_TEMP) + 2);
    u->region = outer;
    cg_emit(c, OP_RERAISE, p + 1, p, 3, pos);
    cg_bind(c, settled);
    cg_emit(c, OP_POPEXC, p, 0, 0, pos);
    cg_jump(c, end, pos);
    handler_end(c, cleanup, p, pos);
    u->base = base;
    cg_release(c, (uint32_t)(p - CG_TEMP));
    cg_cold_end(c, state);
}

static void with_item(Cg *c, const ImStmt *s, int item, bool async) {
    Unit *u = c->u;
    const ImWithItem *w = s->v.With.items.v[item];
    const void *pos = w->context_expr;
    uint32_t mark = cg_mark(c), base = u->base;
    int32_t handler = cg_label(c), end = cg_label(c);
    Reg x = cg_push_n(c, 2);
    uint32_t held = cg_mark(c);
    Reg m = cg_any(c, w->context_expr), e = cg_push_n(c, 2);
    cg_emit(c, OP_LOADSPECIAL, e, m, async ? 2 : 0, pos);
    cg_emit(c, OP_LOADSPECIAL, x, m, async ? 3 : 1, pos);
    if (cg_is_temp(m)) cg_emit(c, OP_CLEAR, m, 0, 0, pos);
    cg_emit(c, OP_CALLM, e, 0, e, pos)->extra = 0xFFFF;
    cg_release(c, (uint32_t)(e - CG_TEMP) + 1);
    if (async) cg_await(c, e, 1, e, pos);
    Block *b = cg_block_push(c, async ? BLOCK_ASYNC_WITH : BLOCK_WITH, pos);
    b->reg = x;
    u->base = held;
    cg_region_begin(c, handler, held);
    if (w->optional_vars) cg_store(c, w->optional_vars, e);
    else cg_emit(c, OP_CLEAR, e, 0, 0, pos);
    cg_release(c, held);
    if (item + 1 == s->v.With.items.n) cg_stmts(c, &s->v.With.body);
    else with_item(c, s, item + 1, async);
    cg_region_end(c);
    cg_block_pop(c);
    call_exit(c, x, async, pos);
    with_handler(c, x, async, handler, end, pos);
    cg_bind(c, end);
    u->base = base;
    cg_release(c, mark);
}

void cg_with(Cg *c, const ImStmt *s, int item) { with_item(c, s, item, false); }

void cg_async_with(Cg *c, const ImStmt *s, int item) {
    if (!cg_is_async_context(c)) im_front_error(c->f, s, "'async with' outside async function");
    with_item(c, s, item, true);
}
