/* The verifier: nothing that passes can make the interpreter read outside of registers, tables or code.
 * SPDX-License-Identifier: MIT */
#include "code/opinfo.h"
#include "types/bytes.h"
#include "types/tuple.h"

typedef struct Check {
    const ImCode *c;
    uint8_t *starts; /* 1 where an instruction begins */
    uint32_t cells;  /* registers from here on hold no cells */
    const char *why;
    uint32_t at;
} Check;

static bool fail(Check *k, const char *why) { k->why = why; return false; }

static bool is_cell(const Check *k, uint32_t r) { return r < k->c->nlocals && (k->c->regkinds[r] & IM_REG_CELL); }

static bool check_reg(Check *k, ImOp op, ImMode m, uint32_t r)
{
    const ImCode *c = k->c;
    switch (m) {
    case IM_MODE__: case IM_MODE_I: return true;
    case IM_MODE_T: case IM_MODE_X: {
        /* The first of zero registers may lie one past the window. */
        bool build = op == OP_BUILDTUPLE || op == OP_BUILDLIST || op == OP_BUILDSET || op == OP_BUILDMAP || op == OP_BUILDSTRING;
        return r < c->nregs || (build && r == c->nregs) || fail(k, "register out of range");
    }
    case IM_MODE_N:
        return is_cell(k, r) || fail(k, "not a cell register");
    case IM_MODE_W:
        if (is_cell(k, r) && op != OP_CLEAR) return fail(k, "write to a cell register");
        return r < c->nregs || fail(k, "register out of range");
    default: return r < c->nregs || fail(k, "register out of range");
    }
}

static bool check_wide(Check *k, ImMode m, uint32_t d)
{
    const ImCode *c = k->c;
    switch (m) {
    case IM_MODE_K: return d < c->nconsts || fail(k, "constant out of range");
    case IM_MODE_F: return d < c->nfar || fail(k, "far local out of range");
    case IM_MODE_V: return (ssize_t)d < im_tuple_len(c->freevars) || fail(k, "closure cell out of range");
    default: return true;
    }
}

static bool check_cache(Check *k, ImOp op, uint32_t cache)
{
    uint32_t words = op == OP_LOADGLOBAL || op == OP_LOADNAME ? 2 : 1;
    return cache == IM_CACHE_NONE || cache + words <= k->c->ncaches || fail(k, "cache out of range");
}

static bool check_extra(Check *k, ImOp op, uint32_t extra, uint32_t end)
{
    const ImCode *c = k->c;
    switch ((ImExtra)im_op_info[op].extra) {
    case IM_EXTRA_JMP: {
        int64_t to = (int64_t)end + (int32_t)extra;
        return (to >= 0 && to < c->nunits && k->starts[to]) || fail(k, "jump target");
    }
    case IM_EXTRA_NAME:
        return ((extra & 0xFFFF) < c->nnames || fail(k, "name out of range")) && check_cache(k, op, extra >> 16);
    case IM_EXTRA_CALL: {
        uint32_t kw = extra & 0xFFFF;
        if (kw != 0xFFFF && (kw >= c->nconsts || !im_is_tuple_exact(c->consts[kw]))) return fail(k, "keyword names");
        return check_cache(k, op, extra >> 16);
    }
    case IM_EXTRA_K:
        if (extra >= c->nconsts) return fail(k, "constant out of range");
        return op != OP_MAKEFUNC || im_is_exact(c->consts[extra], &im_code_type) || fail(k, "function of something else than code");
    default: return true;
    }
}

static bool check_range(Check *k, ImRegRange r, bool write)
{
    if ((uint32_t)r.first + r.count > k->c->nregs) return fail(k, "register range");
    for (uint32_t i = r.first; write && i < (uint32_t)r.first + r.count; i++)
        if (is_cell(k, i)) return fail(k, "write to a cell register");
    return true;
}

/* Instructions with rules of their own besides those of their operand modes: the frequent ones are looked at in plainly_fine(), the others never are plain. */
enum { PLAIN, CALLS, METHODS, PAIR, BUILDS, FUNCTION, ODD };
static const uint8_t special[IM_OP_COUNT] = {
    [OP_CALL] = CALLS, [OP_CALLM] = METHODS, [OP_LOADMETHOD] = PAIR, [OP_BUILDTUPLE] = BUILDS, [OP_MAKEFUNC] = FUNCTION,
    [OP_CLEARN] = ODD, [OP_LOADSPECIAL] = ODD, [OP_PUSHEXC] = ODD, [OP_LOADSUPER] = ODD, [OP_BUILDSLICE] = ODD, [OP_GETSLICE] = ODD, [OP_UNPACK] = ODD,
    [OP_UNPACKEX] = ODD, [OP_BUILDLIST] = ODD, [OP_BUILDSET] = ODD, [OP_BUILDSTRING] = ODD, [OP_BUILDMAP] = ODD, [OP_FORMAT] = ODD, [OP_CALLEX] = ODD,
    [OP_POPEXC] = ODD, [OP_ENDASYNCFOR] = ODD, [OP_CLEANUPTHROW] = ODD, [OP_EXCARGS] = ODD, [OP_MATCHCLASS] = ODD, [OP_LISTEXTEND] = ODD,
    [OP_INTRINSIC] = ODD, [OP_RAISE] = ODD, [OP_LOADCLASSFREE] = ODD, [OP_LOADCLASSDEREF] = ODD};
static const bool in_window[] = {[IM_MODE_W] = true, [IM_MODE_R] = true, [IM_MODE_T] = true, [IM_MODE_X] = true, [IM_MODE_V] = false};

/* True: the instruction is surely fine. False: look closer. */
IM_INLINE bool plainly_fine(Check *k, uint32_t pc)
{
    const ImCode *c = k->c;
    const uint32_t u = c->x_units[pc], ra = u >> 8 & 0xFF, rb = u >> 16 & 0xFF, rc = u >> 24, n = c->nregs, cells = k->cells;
    const ImOp op = (ImOp)(u & 0xFF);
    const ImOpInfo *info = &im_op_info[op];
    if (info->format == IM_FORMAT_J || info->a == IM_MODE_N || (info->a == IM_MODE_W && ra < cells) || (in_window[info->a] && ra >= n)) return false;
    if (info->format == IM_FORMAT_AD) return !special[op] && (info->b == IM_MODE_K ? u >> 16 < c->nconsts : info->b != IM_MODE_F && info->b != IM_MODE_V);
    if (info->b == IM_MODE_N || info->c == IM_MODE_N || (info->b == IM_MODE_W && rb < cells) || (info->c == IM_MODE_W && rc < cells)) return false;
    if ((in_window[info->b] && rb >= n) || (in_window[info->c] && rc >= n)) return false;
    switch (special[op]) {
    case PLAIN: break;
    case CALLS: if (ra + rb + 1 > n) return false; break;
    case METHODS: if (ra + rb + 2 > n) return false; break;
    case PAIR: if (ra + 2 > n || ra + 1 < cells) return false; break;
    case BUILDS: if (rb + rc > n) return false; break;
    case FUNCTION: if (rb + (uint32_t)__builtin_popcount(rc & 15) > n) return false; break;
    default: return false;
    }
    return info->extra == IM_EXTRA_NONE || (info->extra != IM_EXTRA_JMP && check_extra(k, op, c->x_units[pc + 1], pc + 2));
}

static bool check_instruction(Check *k, uint32_t pc)
{
    uint32_t u = k->c->x_units[pc], a = u >> 8 & 0xFF, b = u >> 16 & 0xFF, cc = u >> 24;
    ImOp op = (ImOp)(u & 0xFF);
    const ImOpInfo *info = &im_op_info[op];
    uint32_t end = pc + im_op_length[op], extra = im_op_length[op] == 2 ? k->c->x_units[pc + 1] : 0;
    if (info->format == IM_FORMAT_J) {
        int64_t to = (int64_t)end + ((int32_t)u >> 8);
        return (to >= 0 && to < k->c->nunits && k->starts[to]) || fail(k, "jump target");
    }
    if (!check_reg(k, op, (ImMode)info->a, a)) return false;
    if (info->format == IM_FORMAT_AD) return check_wide(k, (ImMode)info->b, u >> 16);
    if (cc == 0 && info->b == IM_MODE_T && info->c == IM_MODE_I) b = 0; /* no items: nothing is read from R[b] on */
    if (op == OP_RAISE ? (cc >= 1 && !check_reg(k, op, IM_MODE_R, a)) || (cc == 2 && !check_reg(k, op, IM_MODE_R, b)) :
        op != OP_MAKEFUNC && op != OP_INTRINSIC && !(cc == 0 && op >= OP_BUILDTUPLE && op <= OP_BUILDSTRING) && !check_reg(k, op, (ImMode)info->b, b))
        return false;
    if (op == OP_INTRINSIC && cc >= IM_INTR_COUNT) return fail(k, "intrinsic");
    if (op == OP_LOADCLASSFREE && (ssize_t)(u >> 16) >= im_tuple_len(k->c->freevars)) return fail(k, "closure cell out of range");
    if (op == OP_LOADCLASSDEREF && (ssize_t)cc >= im_tuple_len(k->c->freevars)) return fail(k, "closure cell out of range");
    if (op != OP_INTRINSIC && !check_reg(k, op, (ImMode)info->c, cc)) return false;
    ImRegRanges r = im_op_ranges(op, a, b, cc, extra);
    return check_range(k, r.read, false) && check_range(k, r.write, true) && check_extra(k, op, extra, end);
}

/* One pass over the instructions: what is not plainly fine, jumps among it, waits in `later` (as many places as there are units) until all beginnings are known. */
static bool first_look(Check *k, uint32_t *later, uint32_t *nlater)
{
    const ImCode *c = k->c;
    ImOp op = OP_NOP;
    uint32_t n = 0;
    for (uint32_t pc = 0; pc < c->nunits;) {
        uint32_t raw = c->x_units[pc] & 0xFF;
        if (raw >= IM_OP_COUNT || im_op_generic[raw] != raw) { k->at = pc; return fail(k, "no such instruction"); }
        op = (ImOp)raw;
        k->starts[pc] = 1;
        uint32_t next = pc + im_op_length[op];
        if (next > c->nunits) { k->at = pc; return fail(k, "cut off"); }
        if (!plainly_fine(k, pc)) later[n++] = pc;
        pc = next;
    }
    *nlater = n;
    bool ends = op == OP_RETURN || op == OP_RETURNK || op == OP_RAISE || op == OP_RERAISE || op == OP_JUMP || op == OP_JUMPBACK
        || op == OP_CLEANUPTHROW || op == OP_ENDASYNCFOR;
    return ends || fail(k, "runs off the end");
}

static bool check_all(Check *k, uint32_t *later)
{
    const ImCode *c = k->c;
    ssize_t params = (ssize_t)c->argcount + c->kwonly + ((c->flags & IM_CO_VARARGS) != 0) + ((c->flags & IM_CO_VARKEYWORDS) != 0);
    if (c->argcount < 0 || c->posonly < 0 || c->kwonly < 0 || c->posonly > c->argcount) return fail(k, "argument counts");
    if (params > im_tuple_len(c->varnames)) return fail(k, "varnames is too small");
    ssize_t in_regs = params < IM_MAX_REG_PARAMS ? params : IM_MAX_REG_PARAMS;
    if (in_regs > c->nlocals || params - in_regs > c->nfar || c->nlocals > c->nregs || c->nregs > 256) return fail(k, "register counts");
    if (im_tuple_len(c->regnames) != (ssize_t)c->nlocals + c->nfar) return fail(k, "register names");
    for (uint32_t i = 0; i < c->nlocals; i++)
        if (is_cell(k, i)) k->cells = i + 1;
    uint32_t nlater = 0;
    if (!first_look(k, later, &nlater)) return false;
    for (uint32_t i = 0; i < nlater; i++) {
        k->at = later[i];
        if (!check_instruction(k, later[i])) return false;
    }
    for (uint32_t i = 0; i < c->nhandlers; i++) {
        const ImHandler *h = &c->handlers[i];
        k->at = h->start;
        if (h->start > h->end || h->end > c->nunits || h->handler >= c->nunits || !k->starts[h->handler] || h->depth < c->nlocals
            || (uint32_t)h->depth + 2 > c->nregs || (c->x_units[h->handler] & 0xFF) != OP_PUSHEXC)
            return fail(k, "handler");
    }
    return true;
}

int im_code_verify(Thread *t, const ImCode *code)
{
    uint32_t few[1280];
    const size_t n = code->nunits, bytes = n * 5;
    uint32_t *later = bytes <= sizeof few ? few : im_raw_alloc(t, bytes);
    if (!later) return -1;
    Check k = {.c = code, .starts = (uint8_t *)(later + n)};
    memset(k.starts, 0, n);
    bool ok = check_all(&k, later);
    if (later != few) im_raw_free(later);
    if (ok) return 0;
    im_raise_valueerror(t, "bad code in %U at %u: %s", code->qualname, k.at, k.why);
    return -1;
}
