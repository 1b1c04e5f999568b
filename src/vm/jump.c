/* frame.f_lineno = line: going on elsewhere, from inside a line event.
 * SPDX-License-Identifier: MIT
 *
 * What has to be in the registers at an instruction is found by two passes over the code: which temporaries are read later before they are written (backwards), and what
 * kind of thing the last write put there (forwards). A jump is possible if all that the target needs is there and of the same kind. What only the
 * place left behind needed is dropped; handlers that are left give up their exception. */
#include "vm/trace.h"

#include "code/opinfo.h"
#include "types/exception.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"

/* Kinds; numbers from 0 up: whatever the instruction at that unit made. */
enum { K_NEVER = -1, K_MIXED = -2, K_ITER = -3, K_EXIT = -4, K_EXC = -5, K_RAISED = -6 };

enum { REACHED = 1, WAITS = 2 };

typedef struct Flow {
    const ImCode *code;
    const ImCodeTrace *tr;
    uint32_t n, nregs;
    int32_t *kind;   /* n * nregs */
    uint8_t *live;   /* n * nregs */
    uint8_t *seen;   /* n: REACHED by the forward pass, WAITS in its list */
    uint32_t *work;
    uint32_t nwork;
} Flow;

typedef struct Step { uint32_t op, a, b, c, extra, end, next[2], nnext; } Step;

static Step decode(const Flow *fl, uint32_t unit)
{
    const uint32_t *p = &fl->code->x_units[unit];
    uint32_t u = im_load_relaxed(p);
    Step s = {.op = im_op_generic[u & 0xFF], .a = (u >> 8) & 0xFF, .b = (u >> 16) & 0xFF, .c = u >> 24};
    s.end = unit + im_op_length[s.op];
    s.extra = im_op_length[s.op] == 2 ? p[1] : 0;
    bool falls = true;
    switch (s.op) {
    case OP_JUMP: case OP_JUMPBACK:
        s.next[s.nnext++] = s.end + (uint32_t)((int32_t)u >> 8);
        falls = false;
        break;
    case OP_RETURN: case OP_RETURNK: case OP_RAISE: case OP_RERAISE: falls = false; break;
    case OP_CLEANUPTHROW: case OP_ENDASYNCFOR: falls = false; /* fall through */
    default:
        if (im_op_info[s.op].extra == IM_EXTRA_JMP) s.next[s.nnext++] = s.end + s.extra;
    }
    if (falls) s.next[s.nnext++] = s.end;
    return s;
}

static bool tracked(const Flow *fl, uint32_t r)
{
    if (r >= fl->nregs) return false;
    return r >= fl->code->nlocals || (fl->code->regkinds[r] & IM_REG_HIDDEN);
}

static void writes(const Flow *fl, const Step *s, void (*put)(const Flow *, const Step *, uint32_t, void *), void *arg)
{
    const ImOpInfo *info = &im_op_info[s->op];
    if (info->a == IM_MODE_W) put(fl, s, s->a, arg);
    if (info->format == IM_FORMAT_ABC && info->b == IM_MODE_W) put(fl, s, s->b, arg);
    if (info->format == IM_FORMAT_ABC && info->c == IM_MODE_W) put(fl, s, s->c, arg);
    ImRegRanges r = im_op_ranges((ImOp)s->op, s->a, s->b, s->c, s->extra);
    for (uint32_t i = 0; i < r.write.count; i++) put(fl, s, r.write.first + i, arg);
}

static bool reads(ImMode m) { return m == IM_MODE_R || m == IM_MODE_T || m == IM_MODE_X; }

static void read_regs(const Flow *fl, const Step *s, uint8_t *live)
{
    const ImOpInfo *info = &im_op_info[s->op];
    if (s->op == OP_RAISE) {
        if (s->c > 0 && tracked(fl, s->a)) live[s->a] = 1;
        if (s->c > 1 && tracked(fl, s->b)) live[s->b] = 1;
        return;
    }
    if (s->op >= OP_BUILDTUPLE && s->op <= OP_BUILDSTRING && s->c == 0) return;
    if (s->op == OP_POPEXC) { /* drops the exception in a + 1, but does not need it */
        if (tracked(fl, s->a)) live[s->a] = 1;
        return;
    }
    if (reads((ImMode)info->a) && tracked(fl, s->a)) live[s->a] = 1;
    if (info->format == IM_FORMAT_ABC && reads((ImMode)info->b) && !(s->op == OP_RERAISE && !(s->c & 1)) && tracked(fl, s->b)) live[s->b] = 1;
    if (info->format == IM_FORMAT_ABC && reads((ImMode)info->c) && tracked(fl, s->c)) live[s->c] = 1;
    ImRegRanges r = im_op_ranges((ImOp)s->op, s->a, s->b, s->c, s->extra);
    for (uint32_t i = 0; i < r.read.count; i++)
        if (tracked(fl, r.read.first + i)) live[r.read.first + i] = 1;
}

static void kill(const Flow *fl, const Step *s, uint32_t r, void *arg) { (void)s; if (r < fl->nregs) ((uint8_t *)arg)[r] = 0; }

static bool live_pass(Flow *fl)
{
    bool changed = false;
    uint8_t now[256];
    for (uint32_t i = fl->n; i-- > 0;) {
        if (!(fl->tr->marks[i] & IM_TM_START)) continue;
        Step s = decode(fl, i);
        memset(now, 0, sizeof now);
        for (uint32_t k = 0; k < s.nnext; k++)
            if (s.next[k] < fl->n)
                for (uint32_t r = 0; r < fl->nregs; r++) now[r] |= fl->live[(size_t)s.next[k] * fl->nregs + r];
        writes(fl, &s, kill, now);
        read_regs(fl, &s, now);
        for (uint32_t h = 0; h < fl->code->nhandlers; h++) {
            const ImHandler *hd = &fl->code->handlers[h];
            if (i < hd->start || i >= hd->end) continue;
            for (uint32_t r = 0; r < hd->depth && r < fl->nregs; r++) now[r] |= fl->live[(size_t)hd->handler * fl->nregs + r];
            break;
        }
        uint8_t *old = &fl->live[(size_t)i * fl->nregs];
        for (uint32_t r = 0; r < fl->nregs; r++)
            if (now[r] && !old[r]) { old[r] = 1; changed = true; }
    }
    return changed;
}

static void define(const Flow *fl, const Step *s, uint32_t r, void *arg)
{
    int32_t *kind = arg, k;
    if (!tracked(fl, r)) return;
    switch (s->op) {
    case OP_GETITER: case OP_GETAITER: k = K_ITER; break;
    case OP_LOADSPECIAL: k = s->c & 1 ? K_EXIT : (int32_t)s->end; break;
    case OP_PUSHEXC: k = r == s->a ? K_EXC : K_RAISED; break;
    case OP_MOVE: case OP_COPY: k = tracked(fl, s->b) ? kind[s->b] : (int32_t)s->end; break;
    default: k = (int32_t)s->end;
    }
    kind[r] = k;
}

static void flow_to(Flow *fl, uint32_t unit, const int32_t *kind)
{
    if (unit >= fl->n) return;
    int32_t *at = &fl->kind[(size_t)unit * fl->nregs];
    bool changed = !fl->seen[unit];
    for (uint32_t r = 0; r < fl->nregs; r++) {
        if (!fl->seen[unit]) at[r] = kind[r];
        else if (at[r] != kind[r] && at[r] != K_MIXED) { at[r] = K_MIXED; changed = true; }
    }
    if (changed && !(fl->seen[unit] & WAITS)) fl->work[fl->nwork++] = unit;
    fl->seen[unit] |= changed ? REACHED | WAITS : REACHED;
}

static void kind_pass(Flow *fl)
{
    int32_t now[256];
    for (uint32_t r = 0; r < 256; r++) now[r] = K_NEVER;
    fl->nwork = 0;
    flow_to(fl, 0, now);
    while (fl->nwork) {
        uint32_t i = fl->work[--fl->nwork];
        fl->seen[i] &= (uint8_t)~WAITS;
        Step s = decode(fl, i);
        memcpy(now, &fl->kind[(size_t)i * fl->nregs], fl->nregs * sizeof *now);
        for (uint32_t h = 0; h < fl->code->nhandlers; h++) {
            const ImHandler *hd = &fl->code->handlers[h];
            if (i < hd->start || i >= hd->end) continue;
            flow_to(fl, hd->handler, now);
            break;
        }
        writes(fl, &s, define, now);
        for (uint32_t k = 0; k < s.nnext; k++) flow_to(fl, s.next[k], now);
    }
}

static int analyse(Thread *t, Flow *fl, const ImCode *code, const ImCodeTrace *tr)
{
    *fl = (Flow){.code = code, .tr = tr, .n = code->nunits, .nregs = code->nregs};
    size_t cells = (size_t)fl->n * fl->nregs + 1;
    fl->kind = im_raw_alloc_zero(t, cells, sizeof *fl->kind);
    fl->live = fl->kind ? im_raw_alloc_zero(t, cells, 1) : NULL;
    fl->seen = fl->live ? im_raw_alloc_zero(t, fl->n + 1, 1) : NULL;
    fl->work = fl->seen ? im_raw_alloc_zero(t, (size_t)fl->n + 1, sizeof *fl->work) : NULL;
    if (!fl->work) return -1;
    while (live_pass(fl)) {}
    kind_pass(fl);
    return 0;
}
static void finish(Flow *fl)
{
    im_raw_free(fl->kind);
    im_raw_free(fl->live);
    im_raw_free(fl->seen);
    im_raw_free(fl->work);
}

/* -1 when everything that is needed at `to` is there at `from`; otherwise the highest register that is not. *depth: registers needed. */
static int missing(const Flow *fl, uint32_t from, uint32_t to, int *depth)
{
    const size_t a = (size_t)from * fl->nregs, b = (size_t)to * fl->nregs;
    int bad = -1;
    *depth = 0;
    for (uint32_t r = 0; r < fl->nregs; r++) {
        if (!fl->live[b + r]) continue;
        ++*depth;
        if (!fl->live[a + r] || fl->kind[a + r] != fl->kind[b + r] || fl->kind[b + r] == K_MIXED) bad = (int)r;
    }
    return bad;
}

static const char *explain(const Flow *fl, uint32_t to)
{
    for (uint32_t r = fl->nregs; r-- > 0;) {
        if (!fl->live[(size_t)to * fl->nregs + r]) continue;
        switch (fl->kind[(size_t)to * fl->nregs + r]) {
        case K_ITER: return "can't jump into the body of a for loop";
        case K_EXC: case K_RAISED: return "can't jump into an 'except' block as there's no exception";
        default: return "differing stack depth";
        }
    }
    return "incompatible stacks";
}

/* Unit to go on at, or -1 with ValueError. */
static int64_t choose(Thread *t, const Flow *fl, uint32_t from, int line)
{
    const ImCodeTrace *tr = fl->tr;
    int best_line = 0;
    for (uint32_t i = tr->first; i < fl->n; i++)
        if ((tr->marks[i] & IM_TM_LINE) && tr->lines[i] >= line && (!best_line || tr->lines[i] < best_line)) best_line = tr->lines[i];
    if (!best_line) return im_raise_valueerror(t, "line %d comes after the current code block", line), -1;
    int64_t best = -1;
    int best_depth = -1;
    const char *why = "can't jump from unreachable code";
    for (uint32_t i = tr->first; i < fl->n; i++) {
        int depth;
        if (!(tr->marks[i] & IM_TM_LINE) || tr->lines[i] != best_line || !fl->seen[i]) continue;
        if (missing(fl, from, i, &depth) < 0) {
            if (depth > best_depth) best = i, best_depth = depth;
        } else if (best < 0) {
            why = explain(fl, i);
        }
    }
    if (best < 0) (void)im_raise_valueerror(t, "%s", why);
    return best;
}

/* Variables that the way taken has not set become None: code behind may rely on them. */
static int bind_unset(Thread *t, ImFrame *f)
{
    const ImCode *co = f->code;
    int unset = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < (uint32_t)co->nlocals + co->nfar; i++) {
            Value *slot = i < co->nlocals ? &f->regs[i] : &f->regs[-1 - (int)(i - co->nlocals)];
            if (!im_is_unset(*slot) || im_str_len(im_tuple_get(co->regnames, i)) == 0) continue;
            if (i < co->nlocals && (co->regkinds[i] & IM_REG_CELL)) continue;
            if (pass && i < co->nlocals && (co->regkinds[i] & IM_REG_HIDDEN)) continue; /* a comprehension makes its own */
            if (pass) *slot = IM_NONE;
            else unset++;
        }
        if (!unset) return 0;
        if (!pass && im_warn(t, &im_RuntimeWarning_type, 0, "assigning None to %d unbound local%s", unset, unset == 1 ? "" : "s") < 0) return -1;
    }
    return 0;
}

static void leave_behind(Thread *t, const Flow *fl, ImFrame *f, uint32_t from, uint32_t to)
{
    const size_t a = (size_t)from * fl->nregs, b = (size_t)to * fl->nregs;
    Step s = decode(fl, from);
    for (uint32_t r = fl->nregs; r-- > 0;) {
        if (!fl->live[a + r] || fl->live[b + r] || (s.op == OP_YIELD && r == s.b)) continue; /* the YIELD still runs */
        Value v = f->regs[r];
        f->regs[r] = IM_UNSET;
        if (fl->kind[a + r] == K_EXC) {
            Value handled = t->exc_info->handled;
            t->exc_info->handled = v;
            v = handled;
            if (r + 1 < fl->nregs && !fl->live[b + r + 1]) { Value raised = f->regs[r + 1]; f->regs[r + 1] = IM_UNSET; im_xdrop(t, raised); }
        }
        im_xdrop(t, v);
    }
}

int im_trace_jump(Thread *t, ImFrame *f, int line)
{
    ImCodeTrace *tr = im_code_trace(t, f->code);
    if (!tr) return -1;
    if (line < f->code->firstlineno) return im_raise_valueerror(t, "line %d comes before the current code block", line), -1;
    const uint32_t *at = im_trace_previous(t, f, f->x_pc);
    uint32_t from = at ? (uint32_t)(at - f->code->x_units) : 0;
    Flow fl;
    int rc = -1;
    if (analyse(t, &fl, f->code, tr) == 0) {
        int64_t to = choose(t, &fl, from, line);
        if (to >= 0 && bind_unset(t, f) == 0) {
            leave_behind(t, &fl, f, from, (uint32_t)to);
            f->x_pc = f->code->x_units + to;
            rc = 0;
        }
    }
    finish(&fl);
    return rc;
}
