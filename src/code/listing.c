/* Text listing of code: one line per instruction, from raw arrays.
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>

#include "code/opinfo.h"

typedef struct Line { char text[256]; size_t len; } Line;

static void add(Line *o, const char *fmt, ...) IM_PRINTF(2, 3);
static void add(Line *o, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(o->text + o->len, sizeof o->text - o->len, fmt, ap);
    va_end(ap);
    if (n > 0) o->len += (size_t)n;
    if (o->len > sizeof o->text - 1) o->len = sizeof o->text - 1;
}

static void reg(Line *o, const ImListing *l, uint32_t r)
{
    char buf[64] = "?";
    if (r >= l->nlocals) add(o, " t%u", r - l->nlocals);
    else if (l->reg) l->reg(l->ctx, r, buf, sizeof buf), add(o, " %s", buf);
    else add(o, " r%u", r);
}

static void operand(Line *o, const ImListing *l, ImMode m, uint32_t v)
{
    switch (m) {
    case IM_MODE__: break;
    case IM_MODE_I: add(o, " #%d", (int8_t)v); break;
    default: reg(o, l, v); break;
    }
}

static void wide_operand(Line *o, const ImListing *l, ImMode m, uint32_t d)
{
    char buf[80] = "?";
    switch (m) {
    case IM_MODE_K:
        if (l->constant) l->constant(l->ctx, d & 0xFFFF, buf, sizeof buf);
        add(o, " k%u(%s)", d & 0xFFFF, buf);
        break;
    case IM_MODE_F: add(o, " far%u", d & 0xFFFF); break;
    case IM_MODE_V: add(o, " free%u", d & 0xFFFF); break;
    default: add(o, " #%d", (int16_t)d); break;
    }
}

static void second_unit(Line *o, const ImListing *l, ImOp op, uint32_t extra, uint32_t end)
{
    char buf[80] = "?";
    switch ((ImExtra)im_op_info[op].extra) {
    case IM_EXTRA_JMP: add(o, " -> %d", (int32_t)(end + extra)); break;
    case IM_EXTRA_NAME:
        if (l->name) l->name(l->ctx, extra & 0xFFFF, buf, sizeof buf);
        add(o, " %s", buf);
        break;
    case IM_EXTRA_CALL:
        if ((extra & 0xFFFF) == 0xFFFF) break;
        if (l->constant) l->constant(l->ctx, extra & 0xFFFF, buf, sizeof buf);
        add(o, " names=%s", buf);
        break;
    case IM_EXTRA_K:
        if (l->constant) l->constant(l->ctx, extra, buf, sizeof buf);
        add(o, " k%u(%s)", extra, buf);
        break;
    case IM_EXTRA_N: add(o, " n=%u", extra); break;
    default: break;
    }
}

static const char *const intrinsic_names[IM_INTR_COUNT] = {
#define INTR(name, nargs, doc) #name,
#include "code/intrinsics.def"
#undef INTR
};

static void instruction(Line *o, const ImListing *l, uint32_t pc)
{
    uint32_t u = l->units[pc], a = u >> 8 & 0xFF, b = u >> 16 & 0xFF, c = u >> 24;
    ImOp op = (u & 0xFF) < IM_OP_COUNT ? (ImOp)im_op_generic[u & 0xFF] : OP_NOP;
    const ImOpInfo *info = &im_op_info[op];
    uint32_t end = pc + im_op_length[op];
    add(o, "%5u  %-14s", pc, im_op_name[op]);
    if ((u & 0xFF) == OP_RESUME_BODY) add(o, " native body");
    if (info->format == IM_FORMAT_J) add(o, " -> %d", (int32_t)end + ((int32_t)u >> 8));
    else {
        operand(o, l, (ImMode)info->a, a);
        if (info->format == IM_FORMAT_AD) wide_operand(o, l, (ImMode)info->b, u >> 16);
        else if (op == OP_INTRINSIC) {
            reg(o, l, b);
            add(o, " %s", c < IM_INTR_COUNT ? intrinsic_names[c] : "?");
        } else {
            operand(o, l, (ImMode)info->b, b);
            operand(o, l, (ImMode)info->c, c);
        }
        if (im_op_length[op] == 2 && pc + 1 < l->nunits) second_unit(o, l, op, l->units[pc + 1], end);
    }
}

void im_code_listing(const ImListing *l)
{
    int last = -1;
    for (uint32_t pc = 0; pc < l->nunits;) {
        Line o = {.len = 0};
        int line = l->line ? l->line(l->ctx, pc) : 0;
        if (line != last) add(&o, "%5d ", line);
        else add(&o, "      ");
        last = line;
        instruction(&o, l, pc);
        add(&o, "\n");
        l->put(l->ctx, o.text, o.len);
        uint32_t op = l->units[pc] & 0xFF;
        pc += op < IM_OP_COUNT ? im_op_length[op] : 1;
    }
    for (uint32_t i = 0; i < l->nhandlers; i++) {
        Line o = {.len = 0};
        add(&o, "      [%u, %u) -> %u depth t%d\n", l->handlers[i].start, l->handlers[i].end, l->handlers[i].handler,
            (int)l->handlers[i].depth - (int)l->nlocals);
        l->put(l->ctx, o.text, o.len);
    }
}
