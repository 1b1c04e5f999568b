/* What the lower layers may ask of the virtual machine, and its start-up.
 * SPDX-License-Identifier: MIT */
#include "vm/vm.h"

#include "mem/gc.h"
#include "types/dict.h"
#include "types/frame_hooks.h"
#include "types/tuple.h"
#include "vm/slow.h"
#include "vm/trace.h"

static Value hook_awaitable(Thread *t, Value v) { return im_coro_get_awaitable(t, v, 0); }
static Value hook_globals(Thread *t) { return t->frame ? t->frame->func->globals : IM_NO_VALUE; }
static Value hook_builtins(Thread *t) { return t->frame ? t->frame->func->builtins : IM_NO_VALUE; }
static Value hook_locals(Thread *t) { return t->frame ? im_frame_locals(t, t->frame) : im_raise_system(t, "frame does not exist"); }

static ImFrame *frame_at(Thread *t, int depth)
{
    ImFrame *f = t->frame;
    while (f && (f->kind & IM_FRAME_INCOMPLETE)) f = f->back;
    for (; f && depth > 0; depth--) f = f->back;
    return f;
}

static bool hook_info(Thread *t, int depth, ImFrameInfo *out)
{
    ImFrame *f = frame_at(t, depth);
    if (!f) return false;
    *out = (ImFrameInfo){im_value(f->func), f->func->globals, f->code, im_frame_line(f)};
    return true;
}

static Value hook_frame(Thread *t, int depth)
{
    ImFrame *f = frame_at(t, depth);
    return f ? im_frame_object(t, f) : IM_NO_VALUE;
}

/* Before its RESUME: variables' cells are being made. */
static bool begins(const ImFrame *f)
{
    uint32_t op = im_load_relaxed(f->x_pc) & 0xFF;
    return op == OP_MAKECELL || op == OP_GENSTART || op == OP_RESUME;
}
static void hook_each_frame(Thread *of, bool (*visit)(void *arg, ImCode *code, int line), void *arg)
{
    for (ImFrame *f = im_load_relaxed(&of->frame); f; f = f->back)
        if (!begins(f) && !visit(arg, f->code, im_frame_line(f))) return;
}

static Value hook_frame_of(Thread *t, Thread *other)
{
    if (!other->frame) return IM_NO_VALUE;
    return other == t ? im_frame_object(t, other->frame) : im_frame_object_of(t, other->frame);
}

/* Registers of every thread, live windows included: everything between the stack's bottom and the innermost frame's top. */
static void extra_roots(ImVisit visit, void *arg)
{
    for (Thread *t = im_rt.x_threads; t; t = t->next) {
        for (ImFrame *f = t->frame; f; f = f->back) {
            (void)visit(im_value(f->func), arg);
            const Value own[] = {f->locals, f->x_frame_obj, f->aux};
            for (size_t i = 0; i < IM_COUNTOF(own); i++)
                if (im_is_object(own[i])) (void)visit(own[i], arg);
            if (f->kind & IM_FRAME_GEN) { (void)visit(im_value(im_frame_gen(f)), arg); continue; }
            for (Value *r = f->regs - f->code->nfar; r < f->regs + f->code->nregs; r++)
                if (im_is_object(*r)) (void)visit(*r, arg);
        }
        for (ImExcInfo *e = t->exc_info; e; e = e->prev)
            if (im_is_object(e->handled)) (void)visit(e->handled, arg);
        const Value own[] = {t->exc, t->context, t->async_gen_firstiter, t->async_gen_finalizer, t->trace_func, t->profile_func, t->asyncio_running_loop, t->repr_list, t->x_async_exc};
        for (size_t i = 0; i < IM_COUNTOF(own); i++)
            if (im_is_object(own[i])) (void)visit(own[i], arg);
        for (uint32_t i = 0; i < t->locals_cap; i++) /* counted ones are held by their object */
            if (im_is_object(t->locals[i].ns) && im_load_relaxed(&im_ptr(t->locals[i].ns)->x_count) == IM_COUNT_UNC) (void)visit(t->locals[i].ns, arg);
    }
}

int im_vm_init(Thread *t)
{
    im_function_call_hook = im_call_function;
    im_frame_hooks.super_args = im_super_args;
    im_frame_hooks.awaitable = hook_awaitable;
    im_frame_hooks.globals = hook_globals;
    im_frame_hooks.builtins = hook_builtins;
    im_frame_hooks.locals = hook_locals;
    im_frame_hooks.info = hook_info;
    im_frame_hooks.frame = hook_frame;
    im_frame_hooks.frame_of = hook_frame_of;
    im_frame_hooks.each_frame = hook_each_frame;
    im_frame_hooks.eval_code = im_eval_code;
    im_frame_hooks.tracing_changed = im_trace_update;
    im_gc_hooks.extra_roots = extra_roots;
    im_caches_flush_hook = im_caches_flush;
    return im_vm_thread_init(t);
}
