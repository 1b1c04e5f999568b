/* Frames and generators: the layout that the loop, unwinding, frame objects and (later) a JIT share.
 *
 * A thread has a register stack (t->stack, reserved address space, never moves) and a stack of frame records (ImFrame). A called function's window begins at the
 * caller's first argument register; the record lies apart. Generators, coroutines and async generators hold record and registers in their own object;
 * windows of functions that they call start at `top`, the end of what the resumer uses of the register stack.
 *
 * Every register of a live window holds a valid Value, IM_UNSET when empty, never "no value".
 * SPDX-License-Identifier: MIT */
#ifndef IM_VM_FRAME_H
#define IM_VM_FRAME_H

#include "code/code.h"
#include "types/function.h"

typedef struct ImFrame ImFrame;
typedef struct ImGen ImGen;

enum {
    IM_FRAME_ENTRY = 1,   /* called from C: returning from it leaves the loop */
    IM_FRAME_GEN = 2,     /* record and registers live in a generator object */
    IM_FRAME_CTOR = 4,    /* __init__ called by a class call: result must be None, `aux` is the result */
    IM_FRAME_FORITER = 8, /* generator resumed by FORITER_GEN: values go to its register, the end jumps */
    IM_FRAME_SEND = 16,   /* generator resumed by SEND: yielded values fall through, the end jumps */
    IM_FRAME_AFTER = 64,  /* called by an instruction that does something with the result: `aux` says what (IM_AFTER_) */
    IM_FRAME_SIMPLE = 128, /* a function with positional parameters only, called from Python code: no namespace, no far locals */
    IM_FRAME_INCOMPLETE = 32, /* not yet at RESUME */
};

/* What becomes of the result of a frame with IM_FRAME_AFTER; the caller's instruction and its operands are still there. */
enum {
    IM_AFTER_DISCARD,      /* a setter called by an attribute store: nothing */
    IM_AFTER_ITEM,         /* __getitem__: it goes to register a */
    IM_AFTER_ITEM_I,       /* the same of an instruction whose c is the index itself */
    IM_AFTER_BINOP,        /* the same, or NotImplemented: the right operand's turn */
    IM_AFTER_BINOP_I,      /* the same of an instruction whose c is the right operand itself */
    IM_AFTER_COMPARE,
    IM_AFTER_JUMP_COMPARE, /* its truth decides */
    IM_AFTER_NEW,          /* __new__ called by a class call: __init__'s turn, if it has made something whose class has one */
};

struct ImFrame {
    ImFrame *back;        /* caller's frame, or null */
    const uint32_t *x_pc; /* next unit; saved at calls and before anything that may look at the frame */
    Value *regs;          /* R[0] */
    Value *top;           /* where windows of callees that are not called with their arguments in place begin */
    ImCode *code;         /* borrowed from func */
    ImFunction *func;     /* owned */
    Value locals;         /* namespace of module and class bodies, owned; or no value */
    Value x_frame_obj;    /* ImFrameObj, owned, or no value */
    Value aux;            /* CTOR: the instance, owned; AFTER: small int; otherwise no value */
    uint32_t globals_uid; /* func->globals_uid */
    uint8_t kind;         /* IM_FRAME_ bits */
    uint8_t ret;          /* caller's register for the result */
    uint16_t nlocals;     /* code->nlocals: registers from here on are temporaries */
};

enum { IM_GEN_CREATED, IM_GEN_SUSPENDED, IM_GEN_RUNNING, IM_GEN_DONE };
struct ImGen {
    ImObject head;
    uint32_t x_state;    /* changed by CAS: created/suspended -> running by whoever resumes */
    uint8_t yield_reg;   /* register that receives the value sent */
    uint8_t yield_kind;  /* c of the YIELD that suspended it */
    bool x_hooks_inited; /* async generators; exchanged */
    bool x_ag_running;   /* an await of it is under way: claimed by exchange, given up by release */
    bool x_ag_closed;    /* relaxed: never goes back */
    Value name, qualname;
    Value origin;        /* cr_origin or no value */
    Value finalizer;     /* async generator's finalizer hook or no value */
    ImExcInfo exc_info;  /* handled exception while running */
    ImFrame frame;
    uint32_t nregs;      /* capacity of regs */
    Value regs[];        /* far locals first, then R[0].. ; frame.regs points at R[0] */
};
IM_TYPE_DECLARE(generator); IM_TYPE_DECLARE(coroutine); IM_TYPE_DECLARE(async_generator);
IM_INLINE ImGen *im_frame_gen(ImFrame *f) { return IM_CONTAINER_OF(f, ImGen, frame); }
IM_INLINE bool im_is_gen(Value v) { return im_is_exact(v, &im_generator_type); }
IM_INLINE bool im_is_coroutine(Value v) { return im_is_exact(v, &im_coroutine_type); }
IM_INLINE bool im_is_async_gen(Value v) { return im_is_exact(v, &im_async_generator_type); }
IM_INLINE bool im_is_gen_like(Value v) { return im_is_gen(v) || im_is_coroutine(v) || im_is_async_gen(v); }

/* Python-visible frame. While the frame runs it holds no values (`x_frame` set); when the frame ends its registers move in here. */
typedef struct ImFrameObj {
    ImObject head;
    ImFrame *x_frame;     /* live record, or null once finished */
    Value func;           /* keeps globals */
    Value code;           /* what it runs, whatever the function's __code__ is now */
    Value locals;         /* namespace of class and module bodies, or no value */
    Value x_back;         /* f_back once finished, or no value */
    Value trace;          /* f_trace or no value */
    Value extra;          /* dict of extra f_locals, or no value */
    Value graveyard;      /* list of values that f_locals writes displaced while the frame ran (instructions borrow registers), or no value */
    int32_t unit;         /* last instruction's unit once finished */
    bool trace_lines, trace_opcodes;
    bool cleared;
    Value gen;            /* generator that owns the live frame, or no value (borrowed while running) */
    uint32_t nregs;
    uint32_t room;        /* registers that fit into `own` */
    Value *regs;          /* values of named registers and far locals after the end: own, or raw memory; null before */
    Value own[];
} ImFrameObj;
IM_TYPE_DECLARE(frame);

/* Frame record stack of a thread (upper[0] base, upper[1] next free, upper[2] end). */
IM_INLINE ImFrame *im_frame_next(Thread *t) { return t->upper[1]; }
/* The register stack is clean beyond the windows in use: no word there has a pointer's tag, so that a new window's temporaries need no initialisation. That
 * holds up to this address (upper[3]); im_frame_push moves it. Whoever takes a Value out of a register leaves IM_UNSET. */
IM_INLINE Value *im_stack_clean(Thread *t) { return t->upper[3]; }
IM_INLINE void im_assert_clean(const Value *from, const Value *to)
{
    for (; IM_ASSERT_LEVEL && from < to; from++) IM_ASSERT(!im_is_ptr(*from));
}

/* Index of the unit that frame f executes (inside the current instruction). */
IM_INLINE uint32_t im_frame_unit(const ImFrame *f) { return (uint32_t)(f->x_pc - f->code->x_units) - (f->x_pc > f->code->x_units ? 1 : 0); }
IM_INLINE int im_frame_line(const ImFrame *f) { return im_code_line(f->code, im_frame_unit(f)); }

/* frameobj.c */
IM_MUST_USE Value im_frame_object(Thread *t, ImFrame *f);  /* owned; f is the caller's own */
IM_MUST_USE Value im_frame_object_of(Thread *t, ImFrame *f); /* of another thread, with the world stopped: shared */
IM_MUST_USE Value im_gen_frame_object(Thread *t, ImGen *g); /* of any generator; None when it is done */
void im_frame_obj_finish(Thread *t, ImFrame *f);           /* the frame ends: moves registers into its object and detaches it */
Value im_frame_namespace(ImFrame *f);                       /* where names of code that is no function's live: borrowed */
IM_MUST_USE Value im_frame_locals(Thread *t, ImFrame *f);  /* what locals() gives: owned */

/* eval.c, eval_traced.c: run frame f (kind ENTRY) until it returns or yields; result or no value. IM_UNSET: go on with t->frame in the other one, enter = false. */
Value im_eval_plain(Thread *t, ImFrame *f, bool enter);
Value im_eval_traced(Thread *t, ImFrame *f, bool enter);
Value im_eval_switching(Thread *t, ImFrame *f, bool enter); /* both by turns; trace.c */
IM_INLINE Value im_eval(Thread *t, ImFrame *f)
{
    if (IM_UNLIKELY(im_load_relaxed(&t->x_poll) & IM_POLL_TRACE)) return im_eval_switching(t, f, true);
    Value v = im_eval_plain(t, f, true);
    return IM_LIKELY(!im_is_unset(v)) ? v : im_eval_switching(t, t->frame, false);
}
/* call.c: binds arguments of a Python function into a new window and pushes its frame; null with exception. Args are borrowed. */
IM_MUST_USE ImFrame *im_frame_push_call(Thread *t, ImFunction *f, const Value *args, size_t nargs, Value kwnames, Value *base);
IM_MUST_USE ImFrame *im_frame_push_spread(Thread *t, ImFunction *fn, Value first, Value args, Value kwargs, Value *base);
IM_MUST_USE ImFrame *im_frame_push_moved(Thread *t, ImFunction *fn, Value *args, size_t nargs, Value kwnames, Value *base);
IM_MUST_USE ImFrame *im_frame_push_defaults(Thread *t, ImFunction *fn, Value *base, uint32_t n);
IM_MUST_USE ImFrame *im_frame_push(Thread *t, ImFunction *f, ImCode *co, Value *base, uint32_t nset);
void im_frame_pop(Thread *t, ImFrame *f); /* clears registers, drops, unlinks */
Value im_call_function(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames);
/* exec of code in namespaces: globals dict, locals mapping (no value: globals), closure tuple or no value. */
IM_MUST_USE Value im_eval_code(Thread *t, Value code, Value globals, Value locals, Value closure);

/* generator.c */
IM_MUST_USE Value im_gen_new(Thread *t, ImFrame *f);  /* moves frame f's registers into a new generator object; pops f */
/* Resumes: sends v (IM_NONE to start), or throws the pending exception when v is no value. 1 yielded, 0 returned (*out = value), -1 raised. */
IM_MUST_USE int im_gen_send(Thread *t, Value gen, Value v, Value *out);
IM_MUST_USE int im_gen_begin_slow(Thread *t, ImGen *g, ImFrame *back);
void im_gen_publish(Thread *t, ImGen *g);
IM_INLINE void im_gen_link(Thread *t, ImGen *g, ImFrame *back)
{
    t->depth++;
    im_take_obj(&g->head); /* the frame keeps its generator while it runs */
    g->frame.back = back;
    g->frame.top = back ? back->top : t->stack;
    g->exc_info.prev = t->exc_info;
    t->exc_info = &g->exc_info;
    t->frame = &g->frame;
}
/* State to running, frame linked: what the state was; -1 ValueError already executing. */
IM_MUST_USE IM_INLINE int im_gen_begin(Thread *t, ImGen *g, ImFrame *back)
{
    uint32_t s = im_load_relaxed(&g->x_state);
    if (IM_UNLIKELY(!im_is_private_obj(&g->head) || s > IM_GEN_SUSPENDED || t->depth >= t->depth_limit)) return im_gen_begin_slow(t, g, back);
    im_store_relaxed(&g->x_state, IM_GEN_RUNNING);
    im_gen_link(t, g, back);
    return (int)s;
}
IM_INLINE void im_gen_unlink(Thread *t, ImGen *g)
{
    t->exc_info = g->exc_info.prev;
    g->exc_info.prev = NULL;
    t->frame = g->frame.back;
    g->frame.back = NULL;
    t->depth--;
}
IM_INLINE void im_gen_suspend(Thread *t, ImGen *g)
{
    im_gen_unlink(t, g);
    if (IM_UNLIKELY(im_is_shared_obj(&g->head))) im_gen_publish(t, g);
    im_store_release(&g->x_state, IM_GEN_SUSPENDED);
    im_drop_obj(t, &g->head);
}
void im_gen_finish(Thread *t, ImGen *g);
/* throw(type[, value[, tb]]) as `raise` would build it; owned instance. */
IM_MUST_USE Value im_gen_throw_value(Thread *t, const Value *args, size_t nargs, const char *warned); /* `warned`: the method that the three arguments are deprecated for, or null */
void im_gen_finalize(Thread *t, ImObject *gen); /* warns of a coroutine that was never awaited; closes */
IM_MUST_USE int im_gen_throw(Thread *t, Value gen, Value e, Value *out); /* as im_gen_send; e borrowed */
/* sys.set_coroutine_origin_tracking_depth: words the warning; null: the plain text. */
IM_MUST_USE Value im_async_gen_wrap(Thread *t, Value v);
IM_MUST_USE Value im_coro_get_awaitable(Thread *t, Value v, int how);
IM_MUST_USE Value im_gen_yield_from(Thread *t, ImGen *g); /* object being awaited / yielded from, owned, or no value */

#endif
