/* Flow over a unit's instructions: jumps to jumps, unreachable code, and which checks of local variables are needed.
   SPDX-License-Identifier: MIT

   Labels have been replaced by instruction indices in `target`; a region's handler too. Dead instructions are marked, not removed. */
#include "cg.h"

#include <string.h>

typedef struct Flow {
    Cg *c;
    Unit *u;
    Ins *v;
    uint32_t n;
    uint32_t *work, nwork;
    uint32_t *blocks, nblocks; /* starts of basic blocks, in order */
    uint64_t *in;              /* per block: variables that are assigned for sure */
    uint32_t *block_of;        /* leader -> block */
} Flow;

static bool falls_through(uint8_t op) {
    switch (op) {
    case OP_JUMP: case OP_JUMPBACK: case OP_RETURN: case OP_RETURNK: case OP_RAISE: case OP_RERAISE: case OP_CLEANUPTHROW: case OP_ENDASYNCFOR: return false;
    default: return true;
    }
}

static int line_of(const Ins *i) { return i->pos ? i->pos->lineno : 0; }

/* ---- jumps ---- */

/* The opposite of a conditional jump, made in place; false if there is none. */
static bool invert(Ins *x) {
    switch (x->op) {
    case OP_JF: x->op = OP_JT; return true;
    case OP_JT: x->op = OP_JF; return true;
    case OP_JNONE: x->op = OP_JNOTNONE; return true;
    case OP_JNOTNONE: x->op = OP_JNONE; return true;
    case OP_JLT: case OP_JLE: case OP_JEQ: case OP_JNE: case OP_JGT: case OP_JGE: case OP_JLTI: case OP_JLEI: case OP_JEQI: case OP_JNEI: case OP_JGTI:
    case OP_JGEI: case OP_JIS: case OP_JIN: x->c ^= 1; return true;
    default: return false;
    }
}

/* Back to the top of a for loop, whose own instruction is a safepoint, even a conditional jump may go. */
static bool to_for(const Flow *f, const Ins *back) { return back->op == OP_JUMPBACK && f->v[back->target].op == OP_FORITER; }

/* `if a: continue`: the jump around the jump back becomes the opposite jump back. */
static void shorten_continues(Flow *f) {
    for (uint32_t i = 0; i < f->n; i++)
        if (f->v[i].target >= 0) f->v[f->v[i].target].flags |= INS_LEADER;
    for (uint32_t i = 1; i < f->u->nregions; i++) f->v[f->u->regions[i].handler].flags |= INS_LEADER;
    for (uint32_t i = 0; i + 2 < f->n; i++) {
        Ins *x = &f->v[i], *back = &f->v[i + 1];
        uint32_t k = i + 1;
        while (back->op == OP_NOP && !(back->flags & INS_LEADER) && k + 1 < f->n) back = &f->v[++k];
        if (x->target != (int32_t)k + 1 || (back->flags & INS_LEADER) || !to_for(f, back) || back->target >= (int32_t)i || line_of(back) != line_of(x)
            || !invert(x))
            continue;
        x->target = back->target;
        *back = (Ins){.op = OP_NOP, .target = -1, .region = back->region};
    }
}

static void thread_jumps(Flow *f) {
    for (uint32_t i = 0; i < f->n; i++) {
        Ins *x = &f->v[i];
        if (x->target < 0) continue;
        for (int hops = 0; hops < 16; hops++) {
            const Ins *t = &f->v[x->target];
            if (t->op != OP_JUMP || t->target == x->target || (t->pos && line_of(t) != line_of(x))) break;
            x->target = t->target;
        }
        if (x->op != OP_JUMP) {
            const Ins *b = &f->v[x->target];
            Ins probe = *x; /* only jumps that have an opposite are plain conditional ones */
            if (to_for(f, b) && invert(&probe) && b->target < (int32_t)i && (!b->pos || line_of(b) == line_of(x))) x->target = b->target;
            continue;
        }
        const Ins *t = &f->v[x->target];
        int line = x->pos ? line_of(x) : i && falls_through(f->v[i - 1].op) ? line_of(&f->v[i - 1]) : 0;
        if (t->pos && line_of(t) != line) continue;
        if (t->op == OP_JUMPBACK && (uint32_t)t->target < i) {
            x->op = OP_JUMPBACK;
            x->target = t->target;
        } else if (t->op == OP_RETURNK) {
            x->op = OP_RETURNK;
            x->a = t->a;
            x->b = t->b;
            x->target = -1;
        } else if (t->op == OP_RETURN) {
            x->op = OP_RETURN;
            x->a = t->a;
            x->b = t->b;
            x->pos = t->pos;
            x->target = -1;
        }
    }
}

/* A value that is copied to be returned is returned instead; what follows may be a way of its own. */
static void return_at_once(Flow *f) {
    for (uint32_t i = 0; i + 1 < f->n; i++) {
        Ins *x = &f->v[i], *y = &f->v[i + 1];
        if ((x->op != OP_COPY && x->op != OP_MOVE) || y->op != OP_RETURN || y->a != x->a || x->a < CG_TEMP || line_of(x) != line_of(y)) continue;
        uint32_t there = (uint32_t)(x->a - CG_TEMP) + 1; /* what the copy would have displaced (the left side of `or`) still goes */
        x->op = OP_RETURN;
        x->a = x->b;
        x->b = y->b > there ? y->b : (Reg)there;
        x->pos = y->pos;
    }
}

/* ---- positions where ways meet ---- */

/* Length of the run of instructions without a position that begins at k and ends by leaving the code or jumping back; 0: none, or too long to copy. */
static uint32_t exit_run(const Flow *f, uint32_t k) {
    enum { LONGEST = 8 };
    for (uint32_t i = k; i < f->n && i < k + LONGEST; i++) {
        const Ins *x = &f->v[i];
        if (x->pos && i > k) return 0;
        if (x->op == OP_RETURNK || x->op == OP_JUMPBACK || x->op == OP_RERAISE) return i - k + 1;
        if (x->target >= 0 || !falls_through(x->op)) return 0;
    }
    return 0;
}

/* Appends a copy of v[k .. k + len) that shows `pos`; its index, or 0. */
static uint32_t append_copy(Flow *f, uint32_t *cap, uint32_t k, uint32_t len, const ImNode *pos) {
    if (f->n + len > *cap) {
        uint32_t more = f->n + f->n / 4 + 32;
        Ins *v = im_front_alloc(f->c->f, (size_t)more * sizeof *v);
        if (!v) return 0;
        memcpy(v, f->v, (size_t)f->n * sizeof *v);
        f->v = v;
        *cap = more;
    }
    uint32_t at = f->n;
    memcpy(&f->v[at], &f->v[k], (size_t)len * sizeof *f->v);
    f->v[at].pos = pos;
    f->n += len;
    return at;
}

/* An implicit return, jump back or end of a finally clause belongs to no line of its own: it shows the line it is reached from. Where several lines lead to it, each gets a copy at the end of the
   code, so that a trace function sees no line that did not run. Other instructions without a position that several lines lead to show none. */
static void place_exits(Flow *f) {
    static const ImNode no_line = {.lineno = -1, .end_lineno = -1, .col_offset = -1, .end_col_offset = -1};
    const ImNode **eff = im_front_alloc(f->c->f, (size_t)(f->n + 1) * sizeof *eff); /* what each instruction shows */
    if (!eff) return;
    uint32_t n = f->n, cap = n;
    for (uint32_t i = 0; i < n; i++) eff[i] = f->v[i].pos ? f->v[i].pos : i && falls_through(f->v[i - 1].op) ? eff[i - 1] : NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (f->v[i].target < 0) continue;
        uint32_t k = (uint32_t)f->v[i].target, len;
        Ins *to = &f->v[k];
        if (k >= n || (to->pos && to->pos != &no_line) || !eff[i]) continue;
        bool flows = k && falls_through(f->v[k - 1].op);
        if (!eff[k] && !flows && to->pos != &no_line) to->pos = eff[k] = eff[i];
        else if (eff[k] && eff[k]->lineno == eff[i]->lineno) continue;
        else if (!(len = exit_run(f, k))) to->pos = eff[k] = &no_line;
        else {
            uint32_t copy = append_copy(f, &cap, k, len, eff[i]);
            if (copy) f->v[i].target = (int32_t)copy;
        }
    }
}

static void reach(Flow *f, uint32_t i) {
    if (i >= f->n || (f->v[i].flags & INS_REACHED)) return;
    f->v[i].flags |= INS_REACHED;
    f->work[f->nwork++] = i;
}

static void mark_reachable(Flow *f) {
    reach(f, 0);
    while (f->nwork) {
        const Ins *x = &f->v[f->work[--f->nwork]];
        uint32_t i = (uint32_t)(x - f->v);
        if (x->target >= 0) {
            reach(f, (uint32_t)x->target);
            f->v[x->target].flags |= INS_LEADER;
        }
        if (x->region) {
            int32_t h = f->u->regions[x->region].handler;
            reach(f, (uint32_t)h);
            f->v[h].flags |= INS_LEADER;
        }
        if (falls_through(x->op)) reach(f, i + 1);
    }
    for (uint32_t i = 0; i < f->n; i++)
        if (!(f->v[i].flags & INS_REACHED)) f->v[i].flags |= INS_DEAD;
}

static uint32_t next_live(const Flow *f, uint32_t i) {
    for (i++; i < f->n && (f->v[i].flags & INS_DEAD); i++) {}
    return i;
}

/* A NOP stands for a statement without code. It stays only where no other instruction shows its line. */
static void drop_nops(Flow *f) {
    const Ins *prev = NULL;
    for (uint32_t i = 0; i < f->n; i++) {
        Ins *x = &f->v[i];
        if (x->flags & INS_DEAD) continue;
        if (x->op != OP_NOP) {
            prev = x;
            continue;
        }
        uint32_t j = next_live(f, i);
        Ins *next = j < f->n ? &f->v[j] : NULL;
        bool drop = !x->pos;
        if (!drop && next && !next->pos && !(next->flags & INS_LEADER)) {
            next->pos = x->pos;
            drop = true;
        } else if (!drop && next && next->pos && line_of(next) == line_of(x)) drop = true;
        else if (!drop && prev && falls_through(prev->op) && prev->pos && line_of(prev) == line_of(x) && !(x->flags & INS_LEADER)) drop = true;
        if (!drop) {
            prev = x;
            continue;
        }
        x->flags |= INS_DEAD;
        if (next && (x->flags & INS_LEADER)) next->flags |= INS_LEADER;
    }
}

static void drop_jumps_to_next(Flow *f) {
    for (uint32_t i = 0; i < f->n; i++) {
        Ins *x = &f->v[i];
        if (x->op != OP_JUMP || (x->flags & INS_DEAD)) continue;
        uint32_t to = (uint32_t)x->target;
        if (to <= i) continue;
        uint32_t j = next_live(f, i), k = to;
        while (k < f->n && (f->v[k].flags & INS_DEAD)) k++;
        if (j == k && (!x->pos || !f->v[j].pos || line_of(x) == line_of(&f->v[j]))) x->flags |= INS_DEAD;
    }
}

/* ---- definite assignment ---- */

static void find_blocks(Flow *f) {
    bool start = true;
    uint32_t region = 0;
    for (uint32_t i = 0; i < f->n; i++) {
        Ins *x = &f->v[i];
        if (x->region != region) start = true;
        region = x->region;
        if (start || (x->flags & INS_LEADER)) {
            f->block_of[i] = f->nblocks;
            f->blocks[f->nblocks++] = i;
        }
        start = x->target >= 0 || !falls_through(x->op);
    }
}

static bool meet(Flow *f, uint32_t leader, uint64_t state) {
    uint64_t *in = &f->in[f->block_of[leader]], old = *in;
    *in &= state;
    return *in != old;
}

/* Walks one block; with `final`, checks that have been proved needless are dropped. True when a later state has changed. */
static bool flow_block(Flow *f, uint32_t b, uint32_t low, bool final) {
    uint32_t i = f->blocks[b], end = b + 1 < f->nblocks ? f->blocks[b + 1] : f->n;
    uint64_t s = f->in[b];
    bool changed = false;
    uint32_t region = f->v[i].region;
    if (region) changed |= meet(f, (uint32_t)f->u->regions[region].handler, s);
    for (; i < end; i++) {
        Ins *x = &f->v[i];
        if (x->flags & INS_DEAD) continue;
        uint64_t before = s;
        uint32_t r = (uint32_t)x->a - low;
        if (x->a >= low && r < 64) {
            uint64_t bit = (uint64_t)1 << r;
            if (x->op == OP_CLEAR || x->op == OP_DELLOCAL) {
                s &= ~bit;
                if (region) changed |= meet(f, (uint32_t)f->u->regions[region].handler, s);
            } else if (x->op == OP_CHECKLOCAL) {
                if (final && (s & bit)) x->flags |= INS_DEAD;
                s |= bit;
            } else if (im_op_info[x->op].a == IM_MODE_W && (x->op != OP_UNPACK || x->c)) s |= bit;
        }
        for (uint32_t k = 1; x->op == OP_UNPACK && k < x->c; k++)
            if (x->a + k >= low && x->a + k - low < 64) s |= (uint64_t)1 << (x->a + k - low);
        uint32_t w = (uint32_t)x->c - low; /* calls write operand c */
        if (im_op_info[x->op].c == IM_MODE_W && x->c >= low && w < 64) s |= (uint64_t)1 << w;
        if (x->target >= 0) changed |= meet(f, (uint32_t)x->target, x->op == OP_FORITER ? before : s);
        if (!falls_through(x->op)) return changed;
    }
    if (end < f->n) changed |= meet(f, end, s);
    return changed;
}

static void check_locals(Flow *f) {
    const Unit *u = f->u;
    uint32_t named = u->nnamed;
    uint64_t wanted[8] = {0};
    bool any = false;
    for (uint32_t i = 0; i < f->n; i++)
        if (f->v[i].op == OP_CHECKLOCAL && !(f->v[i].flags & INS_DEAD) && f->v[i].a < 512) wanted[f->v[i].a / 64] = 1, any = true;
    if (!any) return;
    find_blocks(f);
    for (uint32_t low = 0; low < named; low += 64) {
        if (!wanted[low / 64]) continue;
        for (uint32_t b = 0; b < f->nblocks; b++) f->in[b] = ~(uint64_t)0;
        uint64_t entry = 0;
        for (uint32_t r = low; r < named && r < low + 64; r++)
            if (u->regkinds[r] & IM_REG_PARAM) entry |= (uint64_t)1 << (r - low);
        f->in[0] = entry;
        bool again = true;
        while (again) {
            again = false;
            for (uint32_t b = 0; b < f->nblocks; b++)
                if (f->v[f->blocks[b]].flags & INS_REACHED) again |= flow_block(f, b, low, false);
        }
        for (uint32_t b = 0; b < f->nblocks; b++) (void)flow_block(f, b, low, true);
    }
}

Ins *cg_optimise(Cg *c, Unit *u, Ins *v, uint32_t *count) {
    Flow f = {.c = c, .u = u, .v = v, .n = *count};
    shorten_continues(&f);
    thread_jumps(&f);
    return_at_once(&f);
    place_exits(&f);
    uint32_t n = *count = f.n;
    f.work = im_arena_alloc(c->f->arena, (size_t)(n + 1) * 3 * sizeof *f.work);
    f.in = im_arena_alloc(c->f->arena, (size_t)(n + 1) * sizeof *f.in);
    if (!f.work || !f.in) {
        im_front_memory(c->f);
        return f.v;
    }
    f.blocks = f.work + n + 1;
    f.block_of = f.blocks + n + 1;
    mark_reachable(&f);
    check_locals(&f);
    drop_nops(&f);
    drop_jumps_to_next(&f);
    return f.v;
}
