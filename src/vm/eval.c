/* The loop: executes register code (code/ops.def). One function, one label per instruction; slow halves are in slow_*.c.
 *
 * Compiled twice: here, and by eval_traced.c with IM_EVAL_TRACED, which reports events (vm/trace.h). Each gives IM_UNSET when the thread has to go on in the other.
 *
 * State kept in C locals: pc (next unit), R (registers), f (frame); with gcc on x86-64 in global register variables (PINNED). f->x_pc is saved before anything that can look at the frame, raise, or call.
 * One file because the bodies share those locals; it may not be split without passing them around.
 * SPDX-License-Identifier: MIT */
/* gcc keeps what every instruction needs in memory if it is left to itself: these stay in registers that nothing else in this file may use. Declared before any function. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PINNED 1
register struct Thread *pinned_thread __asm__("r12");
register struct Value *pinned_regs __asm__("r13");
register struct ImFrame *pinned_frame __asm__("r14");
register const unsigned *pinned_pc __asm__("r15");
#else
#define PINNED 0
#endif
#include "types/bytes.h"
#include "types/dict.h"
#include "types/float.h"
#include "types/int.h"
#include "types/iter.h"
#include "types/list.h"
#include "types/module.h"
#include "types/set.h"
#include "types/slice.h"
#include "types/str.h"
#include "types/tuple.h"
#include "object/instance.h"
#include "object/lookup.h"
#include "vm/slow.h"
#include "vm/trace.h"

/* The arithmetic macros put two statements on a line. */
#pragma GCC diagnostic ignored "-Wmisleading-indentation"

/* Operands of `ins`, the unit with its sign extended: each takes two or three machine instructions. */
#define A ((uint64_t)(uint8_t)(ins >> 8))
#define B ((uint64_t)(uint8_t)(ins >> 16))
#define C ((uint64_t)((uint32_t)ins >> 24))
#define D ((int16_t)(ins >> 16))
#define SC ((int8_t)(ins >> 24))
#define SB ((int8_t)(ins >> 16))
#define K(i) (f->code->consts[i])
#define EXTRA() (*pc++)
#define SAVE() (f->x_pc = pc)
/* A call during which every reference that is needed then or later stands in a register of f, none in a C variable alone (ImActivation). */
#define AT_REST(call) do { activation.at_rest = true; call; activation.at_rest = false; } while (0)
#define CACHES() (f->code->x_caches)

#ifndef IM_EVAL_TRACED
#define EVAL im_eval_plain
#define RUN run_plain
#define HANDLE() do { ins = (int32_t)im_load_relaxed(pc); pc++; goto *labels[ins & 0xFF]; } while (0)
#define NEXT() do { IM_ASSERT2(!im_pending(t)); HANDLE(); } while (0)
#define POLL_WANTED() (im_load_relaxed(&t->x_poll) != 0)
#define TRACE(statement)
#define CALLED(callee, arg)
#else
#define EVAL im_eval_traced
#define RUN run_traced
#define HANDLE() goto traced_next
#define NEXT() goto traced_next
#define POLL_WANTED() ((im_load_relaxed(&t->x_poll) & ~(uint32_t)IM_POLL_TRACE) != 0)
#define TRACE(statement) statement
#define CALLED(callee, arg) result = im_trace_called(t, f, callee, arg, result, call_wanted)
#endif
/* Executes the instruction again in its generic form (cache missed). n: units already read. */
#define RETRY_AS(op, n) do { pc -= (n); ins = (ins & ~(int64_t)0xFF) | OP_##op; pc++; goto L_##op; } while (0)

/* `to`, where a loop begins again, without waiting for the instruction that says so: mostly it is the place of the last time, and a branch that is foreseen takes the
 * place of a load that the next instruction's address depends on, the longest part of a short loop. */
#define EXPECT_LOOP(to) do { \
        const uint32_t *last_ = t->loop; \
        const bool same_ = (to) == last_; \
        __asm__("" : "+r"(last_)); /* the compiler is not to see that they are equal */ \
        if (IM_LIKELY(same_)) (to) = last_; \
        else t->loop = (to); \
    } while (0)
#define SET(r, v) do { Value *reg_ = &R[r]; Value old_ = *reg_; *reg_ = (v); if (im_is_ptr(old_)) im_drop_obj(t, im_ptr(old_)); } while (0)
/* End of life of a temporary operand (a named register keeps its reference). */
#define CONSUME(r) do { if ((r) >= f->nlocals && im_is_ptr(R[r])) { Value dead_ = R[r]; R[r] = IM_UNSET; im_drop(t, dead_); } } while (0)
/* Owned value of an operand: moved out of a temporary, a new reference from a named register. */
#define TAKE(r) take_operand(R, (r), f->nlocals)
/* Of a comparison: == or != of two strs. */
#define EQUALS_STRS(a, b) ((slow_op[ins & 0xFF] == IM_EQ || slow_op[ins & 0xFF] == IM_NE) && im_is_str_exact(a) && im_is_str_exact(b))
/* A list that nothing but this temporary refers to: [x] * n makes its result of the display. */
#define IS_OWN_LIST(r) ((r) >= f->nlocals && im_is_list_exact(R[r]) && im_is_private(R[r]) && im_is_unique(R[r]))
#define CHECK(v) do { if (IM_UNLIKELY(im_no_value(v))) goto error; } while (0)
/* Safepoints: in the middle of an instruction, at its end, and after a jump back. */
#define POLL_INSIDE() do { if (IM_UNLIKELY(POLL_WANTED())) { SAVE(); if (im_poll_slow(t) < 0) goto error; } } while (0)
#define POLL_NEXT() do { if (IM_UNLIKELY(POLL_WANTED())) goto poll_next; NEXT(); } while (0)
#define POLL_JUMPED() do { if (IM_UNLIKELY(POLL_WANTED())) goto poll_jumped; } while (0)

static inline Value take_operand(Value *R, uint32_t r, uint32_t nlocals)
{
    Value v = R[r];
    if (im_is_ptr(v)) {
        if (r >= nlocals) R[r] = IM_UNSET;
        else im_take_obj(im_ptr(v));
    }
    return v;
}

/* im_is_exact for what stands in a register, which is never "no value". */
#define IS_EXACT(v, ty) (im_is_ptr(v) && im_load_relaxed(&im_ptr(v)->x_shape) == &(ty)->root)

/* The result of a slot load that must be a present value. */
static inline bool present(Value v) { return !im_no_value(v) && !im_is_unset(v); }

static inline bool entry_load(Thread *t, ImAttrEntry *e, Value *out)
{
    Value v = im_slot_get(t, NULL, &e->x_value);
    *out = v;
    return !im_no_value(v);
}

/* Frame for a function with positional parameters only (code->simple_args), whose arguments stand in base[0 .. nset): im_frame_push without its rare cases. Steals fn and them. */
IM_INLINE ImFrame *push_simple(Thread *t, ImFrame *back, ImFunction *fn, ImCode *co, Value *base, uint32_t nset, uint32_t ret)
{
    ImFrame *nf = im_frame_next(t);
    const uint32_t nregs = co->nregs, nlocals = co->nlocals;
    if (IM_UNLIKELY(t->depth >= t->depth_limit || base + nregs + 512 > im_stack_clean(t) || (void *)nf >= t->upper[2])) {
        nf = im_frame_push(t, fn, co, base, nset); /* the register stack may be longer */
        if (nf) nf->kind = IM_FRAME_SIMPLE, nf->ret = (uint8_t)ret;
        return nf;
    }
    t->depth++;
    t->upper[1] = nf + 1;
    nf->back = back;
    nf->x_pc = co->x_units;
    nf->regs = base;
    nf->top = base + nregs;
    nf->code = co;
    nf->func = fn;
    nf->locals = IM_NO_VALUE;
    nf->x_frame_obj = IM_NO_VALUE;
    nf->aux = IM_NO_VALUE;
    nf->globals_uid = fn->globals_uid;
    nf->kind = IM_FRAME_SIMPLE;
    nf->ret = (uint8_t)ret;
    nf->nlocals = (uint16_t)nlocals;
    for (uint32_t i = nset; i < nlocals; i++) base[i] = IM_UNSET; /* temporaries are clean */
    im_assert_clean(base + (nset > nlocals ? nset : nlocals), base + nregs);
    t->frame = nf;
    return nf;
}

/* Is v a Python function that takes n positional arguments and nothing else? */
IM_INLINE ImCode *simple_function(Value v, uint32_t n)
{
    if (!IS_EXACT(v, &im_function_type)) return NULL;
    ImCode *co = im_function_code((ImFunction *)im_ptr(v));
    return co->simple_args == n ? co : NULL;
}

/* v after the in-place sum `sum`, or no value if that is more than small ints and floats. */
IM_INLINE Value updated(Value v, const Value *R, uint32_t sum)
{
    const uint32_t op = sum & 0xFF;
    const bool immediate = op == OP_IADDI || op == OP_ISUBI, add = op == OP_IADDI || op == OP_IADD;
    const Value c = immediate ? im_int((int8_t)(sum >> 24)) : R[sum >> 24];
    int64_t r;
    if (IM_LIKELY(((v.bits - 1) | (c.bits - 1)) % 4 == 0)) {
        bool over = add ? __builtin_add_overflow((int64_t)v.bits, (int64_t)(c.bits - 1), &r) : __builtin_sub_overflow((int64_t)v.bits, (int64_t)(c.bits - 1), &r);
        return over ? IM_NO_VALUE : (Value){(uint64_t)r};
    }
    if (!im_is_flt(v) || !(immediate || im_is_flt(c))) return IM_NO_VALUE;
    double d = immediate ? (double)(int8_t)(sum >> 24) : im_flt_get(c);
    return im_flt_try(add ? im_flt_get(v) + d : im_flt_get(v) - d);
}

static void clear_from(Thread *t, Value *regs, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        Value v = regs[i];
        if (im_is_ptr(v)) { regs[i] = IM_UNSET; im_drop(t, v); }
    }
}

static const ImHandler *find_handler(const ImCode *code, uint32_t unit)
{
    for (uint32_t i = 0; i < code->nhandlers; i++)
        if (unit >= code->handlers[i].start && unit < code->handlers[i].end) return &code->handlers[i];
    return NULL;
}

/* The next instruction is the first of one. */
IM_NOINLINE static bool region_begins(const ImFrame *f)
{
    uint32_t next = (uint32_t)(f->x_pc - f->code->x_units);
    for (uint32_t i = 0; i < f->code->nhandlers; i++)
        if (f->code->handlers[i].start == next) return true;
    return false;
}

#define FAST_FLOAT(expr) do { Value r_ = im_flt_try(expr); if (IM_LIKELY(!im_no_value(r_))) { SET(A, r_); NEXT(); } } while (0)

/* Arithmetic whose fast half failed goes on in one common place: what only the slow half needs is not kept in registers for it. */
#define SLOW_BINOP(op) goto slow_binop
#define SLOW_INPLACE(op) goto slow_inplace
#define BIN_OP(name, op) L_##name: goto slow_binop;
#define INPLACE_OP(name, op) L_##name: goto slow_inplace;
/* The common test of both operands; c - 1 is what the sum needs anyway. */
#define ARE_INTS(b, c) ((((b).bits - 1) | ((c).bits - 1)) % 4 == 0)

#define BIN_ADD(SLOW) { Value b = R[B], c = R[C]; \
        if (IM_LIKELY(ARE_INTS(b, c))) { int64_t r; if (IM_LIKELY(!__builtin_add_overflow((int64_t)b.bits, (int64_t)(c.bits - 1), &r))) { SET(A, (Value){(uint64_t)r}); NEXT(); } } \
        else if (im_are_flts(b, c)) { FAST_FLOAT(im_flt_get(b) + im_flt_get(c)); } SLOW; }
#define BIN_SUB(SLOW) { Value b = R[B], c = R[C]; \
        if (IM_LIKELY(ARE_INTS(b, c))) { int64_t r; if (IM_LIKELY(!__builtin_sub_overflow((int64_t)b.bits, (int64_t)(c.bits - 1), &r))) { SET(A, (Value){(uint64_t)r}); NEXT(); } } \
        else if (im_are_flts(b, c)) { FAST_FLOAT(im_flt_get(b) - im_flt_get(c)); } SLOW; }
#define BIN_MUL(SLOW) { Value b = R[B], c = R[C]; \
        if (IM_LIKELY(ARE_INTS(b, c))) { int64_t r; if (IM_LIKELY(!__builtin_mul_overflow((int64_t)(b.bits - 1), (int64_t)c.bits >> 2, &r))) { SET(A, (Value){(uint64_t)r | 1}); NEXT(); } } \
        else if (im_are_flts(b, c)) { FAST_FLOAT(im_flt_get(b) * im_flt_get(c)); } SLOW; }
#define BIN_TRUEDIV(SLOW) { Value b = R[B], c = R[C]; \
        if (im_are_flts(b, c)) { FAST_FLOAT(im_flt_get(b) / im_flt_get(c)); } SLOW; }
/* Division rounds down: the remainder takes the divisor's sign. */
#define BIN_FLOORDIV(SLOW) { Value b = R[B], c = R[C]; \
        if (ARE_INTS(b, c) && (int64_t)c.bits > 1) { int64_t x = im_int_get(b), y = im_int_get(c), q = x / y; if (x % y < 0) q--; SET(A, im_int(q)); NEXT(); } SLOW; }
#define BIN_MOD(SLOW) { Value b = R[B], c = R[C]; \
        if (ARE_INTS(b, c) && (int64_t)c.bits > 1) { int64_t x = im_int_get(b), y = im_int_get(c), r = x % y; if (r < 0) r += y; SET(A, im_int(r)); NEXT(); } SLOW; }
#define BIN_AND(SLOW) { Value b = R[B], c = R[C]; if (ARE_INTS(b, c)) { SET(A, (Value){b.bits & c.bits}); NEXT(); } SLOW; }
#define BIN_OR(SLOW) { Value b = R[B], c = R[C]; if (ARE_INTS(b, c)) { SET(A, (Value){b.bits | c.bits}); NEXT(); } SLOW; }
#define BIN_XOR(SLOW) { Value b = R[B], c = R[C]; if (ARE_INTS(b, c)) { SET(A, (Value){(b.bits ^ c.bits) | 1}); NEXT(); } SLOW; }
#define BIN_LSHIFT(SLOW) { Value b = R[B], c = R[C]; \
        if (ARE_INTS(b, c)) { int64_t n = im_int_get(c), x = (int64_t)(b.bits - 1); if (n >= 0 && n < 61) { int64_t r = (int64_t)((uint64_t)x << n); if (r >> n == x) { SET(A, (Value){(uint64_t)r | 1}); NEXT(); } } } SLOW; }
#define BIN_RSHIFT(SLOW) { Value b = R[B], c = R[C]; \
        if (ARE_INTS(b, c)) { int64_t n = im_int_get(c); if (n >= 0) { SET(A, im_int(im_int_get(b) >> (n > 62 ? 62 : n))); NEXT(); } } SLOW; }
#define ADD_IMM(add, sign, inplace, op) { Value b = R[B]; int64_t k = (int32_t)ins >> 22 & ~(int64_t)3; \
        if (IM_LIKELY(im_is_int(b))) { int64_t r; if (IM_LIKELY(!__builtin_##add##_overflow((int64_t)b.bits, k, &r))) { SET(A, (Value){(uint64_t)r}); NEXT(); } } \
        else if (im_is_flt(b)) { FAST_FLOAT(im_flt_get(b) sign (double)SC); } if (inplace) goto slow_inplace_i; goto slow_binop_i; }

#define COMPARE(name, op, slow) L_##name: { Value b = R[B], c = R[C]; bool r; \
        if (IM_LIKELY(ARE_INTS(b, c))) r = (int64_t)b.bits op (int64_t)c.bits; \
        else if (im_are_flts(b, c)) r = im_flt_get(b) op im_flt_get(c); \
        else goto slow; \
        SET(A, im_bool(r)); NEXT(); }
/* Each is told by its operand c which outcome jumps; the first time it becomes the form that knows. */
#define JUMP_COMPARE(name, op, slow) \
    L_##name: im_quicken(pc - 1, C ? OP_##name##_YES : OP_##name##_NO); if (C) goto L_##name##_YES; goto L_##name##_NO; \
    L_##name##_YES: JUMP_COMPARED(R[B], op, , slow) \
    L_##name##_NO: JUMP_COMPARED(R[B], op, !, slow)
#define JUMP_COMPARED(right, op, not, slow) { Value a = R[A], b = right; bool r; int64_t d; \
        if (IM_LIKELY(ARE_INTS(a, b))) r = not((int64_t)a.bits op (int64_t)b.bits); \
        else if (im_are_flts(a, b)) r = not(im_flt_get(a) op im_flt_get(b)); \
        else goto slow; \
        d = (int32_t)EXTRA(); if (r) { pc += d; if (d < 0) POLL_JUMPED(); } NEXT(); }
#define JUMP_COMPARE_I(name, op) \
    L_##name: im_quicken(pc - 1, C ? OP_##name##_YES : OP_##name##_NO); if (C) goto L_##name##_YES; goto L_##name##_NO; \
    L_##name##_YES: JUMP_COMPARED_I(op, ) \
    L_##name##_NO: JUMP_COMPARED_I(op, !)
#define JUMP_COMPARED_I(op, not) { Value a = R[A]; bool r; int64_t d; \
        if (IM_LIKELY(im_is_int(a))) r = not((int64_t)a.bits op ((int64_t)SB * 4 + 1)); \
        else goto slow_jump_compare_i; \
        d = (int32_t)EXTRA(); if (r) { pc += d; if (d < 0) POLL_JUMPED(); } NEXT(); }
/* Goes on at the first instruction of the frame just pushed. It mostly is RESUME, which has nothing else to do for simple frames than its poll. */
#ifndef IM_EVAL_TRACED
#define ENTER(nf) do { \
        pc = (nf)->x_pc; \
        ins = (int32_t)im_load_relaxed(pc); \
        if (IM_LIKELY((uint8_t)ins == OP_RESUME && !POLL_WANTED())) pc++; \
        NEXT(); \
    } while (0)
#else
#define ENTER(nf) do { pc = (nf)->x_pc; NEXT(); } while (0)
#endif
#define PUSH_SIMPLE(callee, co, a, n) do { \
        SAVE(); \
        R[a] = IM_UNSET; /* the reference moves into the new frame */ \
        Value *base_ = &R[(a) + 1]; \
        if (IM_UNLIKELY(f->kind & IM_FRAME_GEN)) { \
            base_ = f->top; \
            for (uint32_t i_ = 0; i_ < (n); i_++) { base_[i_] = R[(a) + 1 + i_]; R[(a) + 1 + i_] = IM_UNSET; } \
        } \
        ImFrame *nf_ = push_simple(t, f, (ImFunction *)im_ptr(callee), co, base_, n, C); \
        if (IM_UNLIKELY(!nf_)) goto error; \
        f = nf_; \
        R = base_; \
        ENTER(nf_); \
    } while (0)
/* Goes on in a special method that takes two operands; the instruction ends when it returns. Takes fn. */
#define PUSH_AFTER(fn, x, y, what) do { \
        Value *base_ = f->top; \
        ImFunction *fn_ = (ImFunction *)im_ptr(fn); \
        base_[0] = im_new_ref(x); \
        base_[1] = im_new_ref(y); \
        ImFrame *nf_ = push_simple(t, f, fn_, t->special_code, base_, 2, 0); /* the one that has been looked at: the function may have another by now */ \
        if (IM_UNLIKELY(!nf_)) goto error; \
        nf_->kind = IM_FRAME_AFTER; \
        nf_->aux = im_int(what); \
        f = nf_; \
        R = base_; \
        ENTER(nf_); \
    } while (0)
#define TRUTH(r, out) do { Value v_ = R[r]; if (v_.bits == IM_TRUE.bits) (out) = 1; else if (v_.bits == IM_FALSE.bits || im_is_none(v_)) (out) = 0; else if (im_is_int(v_)) (out) = v_.bits != im_int(0).bits; \
        else { SAVE(); (out) = im_truth(t, v_); if ((out) < 0) goto error; } } while (0)

/* The operator or comparison of instructions that have a common slow half. */
static const uint8_t slow_op[IM_OP_COUNT] = {
    [OP_ADD] = IM_OP_ADD, [OP_IADD] = IM_OP_ADD, [OP_SUB] = IM_OP_SUB, [OP_ISUB] = IM_OP_SUB, [OP_MUL] = IM_OP_MUL, [OP_IMUL] = IM_OP_MUL,
    [OP_TRUEDIV] = IM_OP_TRUEDIV, [OP_ITRUEDIV] = IM_OP_TRUEDIV, [OP_FLOORDIV] = IM_OP_FLOORDIV, [OP_IFLOORDIV] = IM_OP_FLOORDIV, [OP_MOD] = IM_OP_MOD,
    [OP_IMOD] = IM_OP_MOD, [OP_AND] = IM_OP_AND, [OP_IAND] = IM_OP_AND, [OP_OR] = IM_OP_OR, [OP_IOR] = IM_OP_OR, [OP_XOR] = IM_OP_XOR,
    [OP_IXOR] = IM_OP_XOR, [OP_LSHIFT] = IM_OP_LSHIFT, [OP_ILSHIFT] = IM_OP_LSHIFT, [OP_RSHIFT] = IM_OP_RSHIFT, [OP_IRSHIFT] = IM_OP_RSHIFT,
    [OP_MATMUL] = IM_OP_MATMUL, [OP_IMATMUL] = IM_OP_MATMUL, [OP_POW] = IM_OP_POW, [OP_IPOW] = IM_OP_POW, [OP_ADDI] = IM_OP_ADD,
    [OP_IADDI] = IM_OP_ADD, [OP_SUBI] = IM_OP_SUB, [OP_ISUBI] = IM_OP_SUB,
#define SLOW_COMPARE(name) [OP_##name] = IM_##name, [OP_J##name] = IM_##name, [OP_J##name##I] = IM_##name, [OP_J##name##_YES] = IM_##name, [OP_J##name##_NO] = IM_##name, [OP_J##name##I_YES] = IM_##name, [OP_J##name##I_NO] = IM_##name
    SLOW_COMPARE(LT),
    SLOW_COMPARE(LE),
    SLOW_COMPARE(EQ),
    SLOW_COMPARE(NE),
    SLOW_COMPARE(GT),
    SLOW_COMPARE(GE),
};

#if PINNED
#define t pinned_thread
#define f pinned_frame
#define R pinned_regs
#define pc pinned_pc
IM_NOINLINE static Value RUN(bool enter)
{
#else
IM_NOINLINE static Value RUN(Thread *t, ImFrame *f, bool enter)
{
    const uint32_t *pc = f->x_pc;
    Value *R = f->regs;
#endif
    static const void *const labels[256] = {
#define OP(name, format, extra, flags, doc) [OP_##name] = &&L_##name,
#include "code/ops.def"
#undef OP
    };
    ImActivation activation = {t->activations, im_c_stack_pointer(), t->activation_high, false};
    t->activations = &activation;
    int64_t ins;
    Value result;
    int polled;
    uint64_t live; /* of RETURN: temporaries that may hold something */
    /* of calls that are no simple ones: the callable's register, how many arguments follow it, keyword names, and how many registers from A on are consumed */
    uint32_t call_a, call_n, call_used;
#ifndef IM_EVAL_TRACED
    Value call_fn, call_made; /* of calls whose first argument takes the callable's place: the function, owned; the new instance, owned, or no value */
#endif
    const uint32_t *callm_at; /* a CALLM that may be specialised, or null */
    Value call_kw;

#ifdef IM_EVAL_TRACED
    const uint32_t *last = im_trace_previous(t, f, pc); /* instruction that ran before in `traced` */
    ImFrame *traced = f;
    bool flowed = false, call_wanted; /* some tool wants the events of the call that this instruction is, as it begins */
    const uint32_t *resume_at = NULL; /* where a trace function wants the generator to go on after its YIELD */
    const uint32_t *raised = NULL;    /* what raised the exception that the last handler was entered for */
#endif
    if (enter) {
        if (im_recurse_enter(t, "") < 0) goto unwind;
        TRACE(if ((f->kind & IM_FRAME_GEN) && last && (im_load_relaxed(last) & 0xFF) == OP_YIELD && im_trace_resumed(t, f) < 0) goto error);
        if (im_pending(t)) goto error; /* generator resumed by throw(), or by a trace function that failed */
    }
    HANDLE(); /* an exception may be pending: what the other loop left before its handler has taken it */

#ifdef IM_EVAL_TRACED
traced_next:
    if (IM_UNLIKELY(!(im_load_relaxed(&t->x_poll) & IM_POLL_TRACE))) { SAVE(); return IM_UNSET; }
    if (traced != f) {
        traced = f;
        raised = NULL; /* the frame may be gone, and another one in its place */
        last = im_trace_previous(t, f, f->x_pc);
        flowed = true;
    }
    switch (im_trace_step(t, f, pc, last, flowed)) {
    case 0: break;
    case 2: resume_at = (im_load_relaxed(pc) & 0xFF) == OP_YIELD ? f->x_pc : NULL; break;
    case 1: pc = f->x_pc; last = pc; flowed = false; NEXT();
    default: last = pc++; goto error;
    }
    flowed = true;
    last = pc;
    call_wanted = im_trace_call_wanted(f, pc);
    ins = (int32_t)im_load_relaxed(pc);
    pc++;
    goto *labels[ins & 0xFF];
#endif
poll_next:
    SAVE();
    AT_REST(polled = im_poll_slow(t));
    if (polled < 0) {
        if (region_begins(f)) pc++; /* `with lock:` has the lock: what is raised here comes from the body */
        goto error;
    }
#ifndef IM_EVAL_TRACED
    if (im_load_relaxed(&t->x_poll) & IM_POLL_TRACE) return IM_UNSET;
#endif
    NEXT();
poll_jumped: /* what is raised here comes from the instruction jumped to */
    SAVE();
    AT_REST(polled = im_poll_slow(t));
    if (polled < 0) { pc++; goto error; }
#ifndef IM_EVAL_TRACED
    if (im_load_relaxed(&t->x_poll) & IM_POLL_TRACE) return IM_UNSET;
#endif
    NEXT();

    /* --- moves and constants ------------------------------------------------------------------------------------------- */
L_NOP:
    NEXT();
L_MOVE: {
    Value v = R[B];
    if (im_is_ptr(v)) R[B] = IM_UNSET;
    SET(A, v);
    NEXT();
}
L_COPY: {
    Value v = R[B];
    im_take(v);
    SET(A, v);
    NEXT();
}
L_LOADK: {
    Value v = K((uint16_t)D);
    im_take(v);
    SET(A, v);
    NEXT();
}
L_LOADKX: {
    Value v = K(EXTRA());
    im_take(v);
    SET(A, v);
    NEXT();
}
L_LOADI:
    SET(A, im_int(D));
    NEXT();
L_CLEAR:
    SET(A, IM_UNSET);
    NEXT();
L_CLEARN:
    for (uint32_t i = 0; i < B; i++) SET(A + i, IM_UNSET);
    NEXT();
L_SPILL: {
    Value v = R[A], *slot = &R[-1 - (int)(uint16_t)D], old = *slot;
    R[A] = IM_UNSET;
    *slot = v;
    im_drop(t, old);
    NEXT();
}
L_UNSPILL: {
    Value *slot = &R[-1 - (int)(uint16_t)D], v = *slot;
    *slot = IM_UNSET;
    SET(A, v);
    NEXT();
}
L_CHECKLOCAL:
    if (IM_UNLIKELY(im_is_unset(R[A]))) { SAVE(); (void)im_slow_unbound_local(t, f, im_tuple_get(f->code->regnames, A)); goto error; }
    NEXT();
L_DELLOCAL:
    if (IM_UNLIKELY(im_is_unset(R[A]))) { SAVE(); (void)im_slow_unbound_local(t, f, im_tuple_get(f->code->regnames, A)); goto error; }
    SAVE();
    SET(A, IM_UNSET);
    NEXT();
L_LOADFAR: {
    Value v = R[-1 - (int)(uint16_t)D];
    if (im_is_unset(v)) { SAVE(); (void)im_slow_unbound_local(t, f, im_tuple_get(f->code->regnames, f->nlocals + (uint16_t)D)); goto error; }
    im_take(v);
    SET(A, v);
    NEXT();
}
L_STOREFAR: {
    Value v = TAKE(A), *slot = &R[-1 - (int)(uint16_t)D], old = *slot;
    *slot = v;
    im_drop(t, old);
    NEXT();
}
L_DELFAR: {
    Value *slot = &R[-1 - (int)(uint16_t)D], old = *slot;
    if (im_is_unset(old)) { SAVE(); (void)im_slow_unbound_local(t, f, im_tuple_get(f->code->regnames, f->nlocals + (uint16_t)D)); goto error; }
    *slot = IM_UNSET;
    im_drop(t, old);
    NEXT();
}
    /* --- cells ----------------------------------------------------------------------------------------------------------- */
L_MAKECELL: {
    SAVE();
    Value c = im_cell_new(t, R[A]);
    if (im_no_value(c)) { R[A] = IM_UNSET; goto error; }
    R[A] = c;
    NEXT();
}
L_LOADCELL: {
    Value v = im_slot_get(t, NULL, &((ImCell *)im_ptr(R[B]))->x_value);
    if (IM_UNLIKELY(im_is_unset(v))) { SAVE(); (void)im_slow_unbound_local(t, f, im_tuple_get(f->code->regnames, B)); goto error; }
    SET(A, v);
    NEXT();
}
L_STORECELL: {
    Value v = TAKE(B);
    SAVE();
    ImCell *c = (ImCell *)im_ptr(R[A]);
    im_slot_put(t, &c->head, &c->x_value, v);
    NEXT();
}
L_DELCELL: {
    SAVE();
    ImCell *c = (ImCell *)im_ptr(R[A]);
    Value old = im_slot_exchange(t, &c->head, &c->x_value, IM_UNSET);
    if (im_is_unset(old)) { (void)im_slow_unbound_local(t, f, im_tuple_get(f->code->regnames, A)); goto error; }
    im_drop(t, old);
    NEXT();
}
L_LOADFREE: {
    ImCell *c = (ImCell *)im_ptr(im_tuple_get(f->func->closure, (uint16_t)D));
    Value v = im_slot_get(t, NULL, &c->x_value);
    if (IM_UNLIKELY(im_is_unset(v))) { SAVE(); (void)im_slow_unbound_free(t, f, im_tuple_get(f->code->freevars, (uint16_t)D)); goto error; }
    SET(A, v);
    NEXT();
}
L_STOREFREE: {
    ImCell *c = (ImCell *)im_ptr(im_tuple_get(f->func->closure, (uint16_t)D));
    Value v = TAKE(A);
    SAVE();
    im_slot_put(t, &c->head, &c->x_value, v);
    NEXT();
}
L_DELFREE: {
    SAVE();
    ImCell *c = (ImCell *)im_ptr(im_tuple_get(f->func->closure, (uint16_t)D));
    Value old = im_slot_exchange(t, &c->head, &c->x_value, IM_UNSET);
    if (im_is_unset(old)) { (void)im_slow_unbound_free(t, f, im_tuple_get(f->code->freevars, (uint16_t)D)); goto error; }
    im_drop(t, old);
    NEXT();
}
L_FREECELL: {
    Value c = im_tuple_get(f->func->closure, (uint16_t)D);
    im_take(c);
    SET(A, c);
    NEXT();
}
L_LOADCLASSFREE: {
    Value name = f->code->names[EXTRA() & 0xFFFF], v;
    SAVE();
    int r = im_slow_load_from(t, f, f->locals, name, &v);
    if (r < 0) goto error;
    if (!r) {
        ImCell *c = (ImCell *)im_ptr(im_tuple_get(f->func->closure, (uint16_t)D));
        v = im_slot_get(t, NULL, &c->x_value);
        if (im_is_unset(v)) { (void)im_slow_unbound_free(t, f, name); goto error; }
    }
    SET(A, v);
    NEXT();
}
L_LOADCLASSGLOBAL: {
    Value name = f->code->names[EXTRA() & 0xFFFF], v;
    SAVE();
    int r = im_slow_load_from(t, f, R[B], name, &v);
    if (r < 0 || (!r && im_slow_global_or_builtin(t, f, name, &v) < 0)) goto error;
    CONSUME(B);
    SET(A, v);
    NEXT();
}
L_LOADCLASSDEREF: {
    Value name = f->code->names[EXTRA() & 0xFFFF], v;
    SAVE();
    int r = im_slow_load_from(t, f, R[B], name, &v);
    if (r < 0) goto error;
    if (!r) {
        ImCell *c = (ImCell *)im_ptr(im_tuple_get(f->func->closure, C));
        v = im_slot_get(t, NULL, &c->x_value);
        if (im_is_unset(v)) { (void)im_slow_unbound_free(t, f, name); goto error; }
    }
    CONSUME(B);
    SET(A, v);
    NEXT();
}
    /* --- names ------------------------------------------------------------------------------------------------------------ */
#ifndef IM_EVAL_TRACED
    /* `x += y` whole, where globals are private and both are small ints or floats. */
L_LOADNAME_UPDATE:
    if (IM_UNLIKELY(!im_same(f->locals, f->func->globals))) goto L_LOADNAME_CELL;
L_LOADGLOBAL_UPDATE: {
    uint64_t w = im_load_relaxed(&CACHES()[pc[0] >> 16]);
    if (IM_LIKELY((uint32_t)w == f->globals_uid && w == im_load_relaxed(&CACHES()[pc[3] >> 16]) && im_is_private(f->func->globals))) {
        ImGlobalCell *cell = im_region_at((uint32_t)(w >> 32));
        Value v = updated(cell->x_value, R, pc[1]);
        if (IM_LIKELY(!im_no_value(v))) {
            cell->x_value = v;
            pc += 4;
            NEXT();
        }
    }
    if ((uint8_t)ins == OP_LOADNAME_UPDATE) goto L_LOADNAME_CELL;
    goto L_LOADGLOBAL_CELL;
}
#else
L_LOADNAME_UPDATE:
    goto L_LOADNAME_CELL;
L_LOADGLOBAL_UPDATE:
#endif
L_LOADGLOBAL_CELL: {
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY((uint32_t)w == f->globals_uid)) {
        Value v = im_slot_get(t, NULL, &((ImGlobalCell *)im_region_at((uint32_t)(w >> 32)))->x_value);
        if (IM_LIKELY(!im_no_value(v))) { SET(A, v); NEXT(); }
    }
    RETRY_AS(LOADGLOBAL, 2);
}
L_LOADGLOBAL_BUILTIN: {
    uint32_t x = EXTRA();
    uint64_t w0 = im_load_relaxed(&CACHES()[x >> 16]), w1 = im_load_relaxed(&CACHES()[(x >> 16) + 1]);
    if (IM_LIKELY((uint32_t)w0 == im_load_relaxed(&im_dictp(f->func->globals)->x_version) && (uint32_t)w0 != 0
                  && (uint32_t)w1 == im_load_relaxed(&im_dictp(f->func->builtins)->x_uid))) {
        Value v = im_slot_get(t, NULL, &((ImGlobalCell *)im_region_at((uint32_t)(w1 >> 32)))->x_value);
        if (IM_LIKELY(!im_no_value(v))) { SET(A, v); NEXT(); }
    }
    RETRY_AS(LOADGLOBAL, 2);
}
L_LOADGLOBAL: {
    Value v;
    const uint32_t *at = pc - 1;
    pc++;
    SAVE();
    if (im_slow_load_global(t, f, at, &v) < 0) goto error;
    SET(A, v);
    NEXT();
}
L_STOREGLOBAL_CELL: {
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY((uint32_t)w == f->globals_uid)) {
        ImGlobalCell *cell = im_region_at((uint32_t)(w >> 32));
        if (IM_LIKELY(im_load_relaxed(&cell->x_value.bits) != 0)) { /* still bound: a deletion that races is ordered before this store */
            Value v = TAKE(A);
            SAVE();
            Value old = im_slot_exchange(t, im_ptr(f->func->globals), &cell->x_value, v);
            if (IM_UNLIKELY(im_no_value(old))) { /* deleted in between: the cell is not in the dict any more */
                v = im_slot_exchange(t, im_ptr(f->func->globals), &cell->x_value, IM_NO_VALUE);
                if (!im_no_value(v) && im_slow_store_global(t, f, pc - 2, v) < 0) goto error;
                NEXT();
            }
            im_drop(t, old);
            NEXT();
        }
    }
    RETRY_AS(STOREGLOBAL, 2);
}
L_STOREGLOBAL: {
    const uint32_t *at = pc - 1;
    pc++;
    SAVE();
    Value v = TAKE(A);
    if (im_slow_store_global(t, f, at, v) < 0) goto error;
    NEXT();
}
L_DELGLOBAL: {
    Value name = f->code->names[EXTRA() & 0xFFFF];
    SAVE();
    if (im_slow_del_global(t, f, name) < 0) goto error;
    NEXT();
}
L_LOADNAME_CELL: {
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY((uint32_t)w == f->globals_uid && im_same(f->locals, f->func->globals))) {
        Value v = im_slot_get(t, NULL, &((ImGlobalCell *)im_region_at((uint32_t)(w >> 32)))->x_value);
        if (IM_LIKELY(!im_no_value(v))) { SET(A, v); NEXT(); }
    }
    RETRY_AS(LOADNAME, 2);
}
L_LOADNAME_BUILTIN: {
    uint32_t x = EXTRA();
    uint64_t w0 = im_load_relaxed(&CACHES()[x >> 16]), w1 = im_load_relaxed(&CACHES()[(x >> 16) + 1]);
    if (IM_LIKELY(im_same(f->locals, f->func->globals) && (uint32_t)w0 == im_load_relaxed(&im_dictp(f->func->globals)->x_version) && (uint32_t)w0 != 0
                  && (uint32_t)w1 == im_load_relaxed(&im_dictp(f->func->builtins)->x_uid))) {
        Value v = im_slot_get(t, NULL, &((ImGlobalCell *)im_region_at((uint32_t)(w1 >> 32)))->x_value);
        if (IM_LIKELY(!im_no_value(v))) { SET(A, v); NEXT(); }
    }
    RETRY_AS(LOADNAME, 2);
}
L_LOADNAME: {
    Value v;
    const uint32_t *at = pc - 1;
    pc++;
    SAVE();
    if (im_slow_load_name(t, f, at, &v) < 0) goto error;
    SET(A, v);
    NEXT();
}
L_STORENAME_CELL: {
    if (IM_LIKELY(im_same(f->locals, f->func->globals))) goto L_STOREGLOBAL_CELL;
    RETRY_AS(STORENAME, 1);
}
L_STORENAME: {
    const uint32_t *at = pc - 1;
    pc++;
    SAVE();
    Value v = TAKE(A);
    if (im_slow_store_name(t, f, at, v) < 0) goto error;
    NEXT();
}
L_DELNAME: {
    Value name = f->code->names[EXTRA() & 0xFFFF];
    SAVE();
    if (im_slow_del_name(t, f, name) < 0) goto error;
    NEXT();
}
L_LOADLOCALS:
    SAVE();
    if (im_no_value(im_frame_namespace(f))) { (void)im_raise_system(t, "no locals"); goto error; }
    SET(A, im_new_ref(f->locals));
    NEXT();
    /* --- attributes --------------------------------------------------------------------------------------------------------- */
#define SHAPE_IS(o, w, kind) (im_is_ptr(o) && im_object_shape_id(im_ptr(o)) + (kind) == (uint32_t)(w))
#ifndef IM_EVAL_TRACED
L_GETATTR_UPDATE: { /* `o.x += y` whole, where o is private and both are small ints or floats */
    Value o = R[B];
    uint64_t w = im_load_relaxed(&CACHES()[pc[0] >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_SLOT) && w == im_load_relaxed(&CACHES()[pc[3] >> 16]) && im_is_private(o))) {
        Value *slot = (Value *)((char *)im_ptr(o) + (w >> 32)), v = updated(*slot, R, pc[1]);
        if (IM_LIKELY(!im_no_value(v))) {
            *slot = v;
            pc += 4;
            NEXT();
        }
    }
    goto L_GETATTR_SLOT;
}
#else
L_GETATTR_UPDATE:
#endif
L_GETATTR_SLOT: {
    Value o = R[B];
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_SLOT))) {
        Value v = im_slot_get(t, NULL, (Value *)((char *)im_ptr(o) + (w >> 32)));
        if (IM_LIKELY(present(v))) {
            if (B != A) CONSUME(B);
            SET(A, v);
            NEXT();
        }
    }
    goto getattr_missed;
}
L_GETATTR_EXTRA: {
    Value o = R[B];
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_EXTRA))) {
        ImObject *p = im_ptr(o);
        uint32_t i = (uint32_t)(w >> 32);
        Value extra = {im_load_acquire(&im_extra_slot(p, im_type_of_obj(p))->bits)};
        if (IM_LIKELY(im_is_slot_array(extra) && i < im_slot_array(extra)->cap)) {
            Value v = im_slot_get(t, p, &im_slot_array(extra)->x_items[i]);
            if (IM_LIKELY(present(v))) {
                if (B != A) CONSUME(B);
                SET(A, v);
                NEXT();
            }
        }
    }
    RETRY_AS(GETATTR, 2);
}
L_GETATTR_DICT: {
    Value o = R[B];
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_DICT))) {
        ImObject *p = im_ptr(o);
        Value *slot = (Value *)((char *)p + (w >> 32 & IM_IC_DICT_FIELDS));
        Value d = im_is_private_obj(p) ? *slot : im_slot_get(t, p, slot);
        if (IM_LIKELY(im_is_object(d) && im_is_dict_exact(d))) {
            SAVE();
            uint32_t number = (uint32_t)(w >> 48);
            Value name = f->code->names[x & 0xFFFF], v;
            int rc = im_dict_get_attr(t, d, name, &number, &v);
            if (!im_is_private_obj(p)) im_drop(t, d);
            if (rc == 0) { /* the class's */
                ImShape *s = im_load_acquire(&p->x_shape);
                ImAttrLine *l = im_attr_line_seen(t, s, name);
                rc = l && im_shape_id(s) + IM_IC_DICT == (uint32_t)w && l->entry->kind == IM_ATTR_PLAIN && entry_load(t, l->entry, &v);
            } else if (IM_UNLIKELY(number != w >> 48) && ++t->cache_misses % 16 == 0 && number <= 0xFFFF) {
                im_cas_relaxed(&CACHES()[x >> 16], &w, (w & 0xFFFFFFFFFFFF) | (uint64_t)number << 48); /* not if it has been emptied since */
            }
            if (IM_LIKELY(rc == 1)) {
                if (B != A) CONSUME(B);
                SET(A, v);
                NEXT();
            }
        } else if (!im_is_private_obj(p)) im_xdrop(t, d);
    }
    RETRY_AS(GETATTR, 2);
}
L_GETATTR_ENTRY: {
    Value o = R[B], v;
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_ENTRY) && entry_load(t, im_region_at((uint32_t)(w >> 32)), &v))) {
        if (B != A) CONSUME(B);
        SET(A, v);
        NEXT();
    }
    goto getattr_missed;
}
L_GETATTR_DESCR: {
    Value o = R[B], d, v;
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_DESCR) && entry_load(t, im_region_at((uint32_t)(w >> 32)), &d))) {
        SAVE();
        if (im_is_exact(d, &im_member_descriptor_type)) { /* perhaps another class's, which has been put into this one since */
            const ImMemberDef *m = &((ImMemberDescr *)im_ptr(d))->def;
            if (m->kind == IM_T_VALUE && ((ImMemberDescr *)im_ptr(d))->type == im_type_of(o)) {
                v = im_slot_get(t, NULL, im_field_at(im_ptr(o), m->offset));
                if (IM_LIKELY(present(v))) { im_drop(t, d); goto got_descr; }
            }
        } else if (im_is_exact(d, &im_property_type)) {
            Value get = im_slot_get(t, NULL, &((ImProperty *)im_ptr(d))->fget);
            ImCode *co = im_no_value(get) ? NULL : simple_function(get, 1);
            if (IM_LIKELY(co != NULL)) {
                Value *base = f->top;
                im_drop(t, d);
                base[0] = TAKE(B);
                ImFrame *nf = push_simple(t, f, (ImFunction *)im_ptr(get), co, base, 1, A);
                if (IM_UNLIKELY(!nf)) goto error;
                f = nf;
                R = base;
                ENTER(nf);
            }
            im_xdrop(t, get);
        } else if (!im_is_exact(d, &im_getset_descriptor_type)) {
            Value get = im_slow_getter(t, d);
            if (!im_no_value(get)) {
                Value *base = f->top;
                base[0] = d;
                base[2] = im_new_ref(im_type_value(im_type_of(o)));
                base[1] = TAKE(B);
                ImFrame *nf = push_simple(t, f, (ImFunction *)im_ptr(get), im_load_relaxed(&((ImFunction *)im_ptr(get))->x_code), base, 3, A);
                if (IM_UNLIKELY(!nf)) goto error;
                f = nf;
                R = base;
                ENTER(nf);
            }
        }
        v = im_slow_descr_get(t, f, pc - 2, d, o);
        CHECK(v);
    got_descr:
        if (B != A) CONSUME(B);
        SET(A, v);
        NEXT();
    }
    RETRY_AS(GETATTR, 2);
}
L_GETATTR_MODULE: {
    Value o = R[B];
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(im_is_exact(o, &im_module_type) && im_load_relaxed(&im_dictp(im_module_dict(o))->x_uid) == (uint32_t)w)) {
        Value v = im_slot_get(t, NULL, &((ImGlobalCell *)im_region_at((uint32_t)(w >> 32)))->x_value);
        if (IM_LIKELY(!im_no_value(v))) {
            if (B != A) CONSUME(B);
            SET(A, v);
            NEXT();
        }
    }
    RETRY_AS(GETATTR, 2);
}
L_GETATTR_TYPE: {
    Value o = R[B], v;
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(im_is_type(o) && im_as_type(o)->core.uid == (uint32_t)w && entry_load(t, im_region_at((uint32_t)(w >> 32)), &v))) {
        if (B != A) CONSUME(B);
        SET(A, v);
        NEXT();
    }
    RETRY_AS(GETATTR, 2);
}
L_GETATTR: {
    const uint32_t *at = pc - 1;
    pc++;
    SAVE();
    Value v = im_slow_getattr(t, f, at, R[B]);
    CHECK(v);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
L_SETATTR_SLOT: {
    Value o = R[A];
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_SLOT))) {
        ImObject *p = im_ptr(o);
        Value *slot = (Value *)((char *)p + (w >> 32));
        if (IM_LIKELY(im_is_private_obj(p) && present(*slot))) {
            Value v = TAKE(B), old = *slot;
            *slot = v;
            SAVE();
            im_drop(t, old);
            CONSUME(A);
            NEXT();
        }
        Value now = {im_load_relaxed(&slot->bits)};
        if (im_is_shared_obj(p) && present(now)) {
            SAVE();
            Value v = TAKE(B), old = im_slot_exchange(t, p, slot, v);
            im_xdrop(t, old);
            if (IM_UNLIKELY(im_object_shape_id(p) != (uint32_t)w) && im_instance_settle(t, p, slot, f->code->names[x & 0xFFFF]) < 0) goto error;
            CONSUME(A);
            NEXT();
        }
    }
    goto setattr_missed;
}
L_SETATTR_ADD: {
    Value o = R[A];
    uint32_t x = EXTRA();
    uint64_t w = im_load_acquire(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_ADD) && im_is_private(o))) {
        ImObject *p = im_ptr(o);
        ImShape *to = im_region_at((uint32_t)(w >> 32));
        Value *slot = (Value *)((char *)p + to->type->attr_offset) + to->nslots; /* x_extra, then slot nslots-1 */
        *slot = TAKE(B);
        im_store_relaxed(&p->x_shape, to);
        CONSUME(A);
        NEXT();
    }
    goto setattr_missed;
}
L_SETATTR_EXTRA: {
    Value o = R[A];
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_EXTRA) && im_is_private(o))) {
        ImObject *p = im_ptr(o);
        uint32_t i = (uint32_t)(w >> 32);
        Value extra = *im_extra_slot(p, im_type_of_obj(p));
        if (IM_LIKELY(im_is_slot_array(extra) && i < im_slot_array(extra)->cap)) {
            Value v = TAKE(B), *slot = &im_slot_array(extra)->x_items[i], old = *slot;
            *slot = v;
            SAVE();
            im_drop(t, old);
            CONSUME(A);
            NEXT();
        }
    }
    RETRY_AS(SETATTR, 2);
}
L_SETATTR_DICT: {
    Value o = R[A];
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_DICT) && im_is_private(o))) {
        Value d = *(Value *)((char *)im_ptr(o) + (w >> 32 & IM_IC_DICT_FIELDS));
        if (IM_LIKELY(im_is_object(d) && im_is_dict_exact(d))) {
            SAVE();
            im_take(d); /* another key's __eq__ may give the object another dict */
            int rc = im_dict_set(t, d, f->code->names[x & 0xFFFF], R[B]);
            im_drop(t, d);
            if (rc < 0) goto error;
            CONSUME(B);
            CONSUME(A);
            NEXT();
        }
    }
    RETRY_AS(SETATTR, 2);
}
L_SETATTR_DESCR: {
    Value o = R[A], d;
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (SHAPE_IS(o, w, IM_IC_MEMBER)) {
        Value *slot = (Value *)((char *)im_ptr(o) + (w >> 32)), v = TAKE(B), old = im_slot_exchange(t, im_ptr(o), slot, v);
        SAVE();
        im_xdrop(t, old);
        CONSUME(A);
        NEXT();
    }
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_DESCR) && entry_load(t, im_region_at((uint32_t)(w >> 32)), &d))) {
        SAVE();
        if (im_is_exact(d, &im_member_descriptor_type)) {
            const ImMemberDef *m = &((ImMemberDescr *)im_ptr(d))->def;
            if (m->kind == IM_T_VALUE && !m->readonly && ((ImMemberDescr *)im_ptr(d))->type == im_type_of(o)) {
                ImObject *p = im_ptr(o);
                Value *slot = im_field_at(p, m->offset), v = TAKE(B), old = im_slot_exchange(t, p, slot, v);
                im_drop(t, d);
                im_xdrop(t, old);
                CONSUME(A);
                NEXT();
            }
        } else if (im_is_exact(d, &im_property_type)) {
            Value set = im_slot_get(t, NULL, &((ImProperty *)im_ptr(d))->fset);
            ImCode *co = im_no_value(set) ? NULL : simple_function(set, 2);
            if (IM_LIKELY(co != NULL)) {
                Value *base = f->top;
                im_drop(t, d);
                base[1] = TAKE(B);
                base[0] = TAKE(A);
                ImFrame *nf = push_simple(t, f, (ImFunction *)im_ptr(set), co, base, 2, 0);
                if (IM_UNLIKELY(!nf)) goto error;
                nf->kind = IM_FRAME_AFTER;
                nf->aux = im_int(IM_AFTER_DISCARD);
                f = nf;
                R = base;
                ENTER(nf);
            }
            im_xdrop(t, set);
        }
        if (im_slow_descr_set(t, f, pc - 2, d, o, R[B]) < 0) goto error;
        CONSUME(B);
        CONSUME(A);
        NEXT();
    }
    RETRY_AS(SETATTR, 2);
}
L_SETATTR: {
    const uint32_t *at = pc - 1;
    pc++;
    SAVE();
    if (im_slow_setattr(t, f, at, R[A], R[B]) < 0) goto error;
    CONSUME(B);
    CONSUME(A);
    NEXT();
}
L_DELATTR: {
    Value name = f->code->names[EXTRA() & 0xFFFF];
    SAVE();
    if (im_setattr(t, R[A], name, IM_NO_VALUE) < 0) goto error;
    CONSUME(A);
    NEXT();
}
L_LOADMETHOD_ENTRY: {
    Value o = R[B], v;
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_ENTRY) && entry_load(t, im_region_at((uint32_t)(w >> 32)), &v))) {
        uint32_t b = B;
        if (b >= f->nlocals) R[b] = IM_UNSET;
        else im_take_obj(im_ptr(o));
        SET(A, v);
        SET(A + 1, o);
        NEXT();
    }
    if (!im_is_ptr(o) && (uint32_t)(uintptr_t)im_immediate_shapes[o.bits & 15] + IM_IC_ENTRY == (uint32_t)w && entry_load(t, im_region_at((uint32_t)(w >> 32)), &v)) {
        SET(A, v);
        SET(A + 1, o);
        NEXT();
    }
    goto loadmethod_missed;
}
L_LOADMETHOD_DICT: {
    Value o = R[B], v;
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_DICT))) {
        ImObject *p = im_ptr(o);
        ImType *ty = im_type_of_obj(p);
        Value *slot = (Value *)((char *)p + (im_type_flags(ty) & IM_TF_HAS_DICT ? ty->attr_offset : ty->dict_offset));
        Value d = im_is_private_obj(p) ? *slot : im_slot_get(t, p, slot), own = IM_NO_VALUE;
        bool mine = !im_no_value(d);
        if (im_is_object(d)) {
            SAVE();
            mine = !im_is_dict_exact(d) || im_dict_get_attr(t, d, f->code->names[x & 0xFFFF], NULL, &own) != 0;
            if (!im_is_private_obj(p)) im_drop(t, d);
            im_xdrop(t, own);
        }
        if (IM_LIKELY(!mine && entry_load(t, im_region_at((uint32_t)(w >> 32)), &v))) {
            o = TAKE(B);
            SET(A, v);
            SET(A + 1, o);
            NEXT();
        }
    }
    RETRY_AS(LOADMETHOD, 2);
}
L_LOADMETHOD_DESCR: {
    Value o = R[B], d;
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(SHAPE_IS(o, w, IM_IC_DESCR) && entry_load(t, im_region_at((uint32_t)(w >> 32)), &d))) {
        Value out[2];
        SAVE();
        if (!im_slow_unwrap(t, d, im_type_value(im_type_of(o)), out)) {
            out[0] = IM_UNSET;
            out[1] = im_slow_descr_get(t, f, pc - 2, d, o);
            CHECK(out[1]);
        }
        CONSUME(B);
        SET(A, out[0]);
        SET(A + 1, out[1]);
        NEXT();
    }
    RETRY_AS(LOADMETHOD, 2);
}
L_LOADMETHOD_MODULE: {
    Value o = R[B];
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(im_is_exact(o, &im_module_type) && im_load_relaxed(&im_dictp(im_module_dict(o))->x_uid) == (uint32_t)w)) {
        Value v = im_slot_get(t, NULL, &((ImGlobalCell *)im_region_at((uint32_t)(w >> 32)))->x_value);
        if (IM_LIKELY(!im_no_value(v))) {
            CONSUME(B);
            SET(A, IM_UNSET);
            SET(A + 1, v);
            NEXT();
        }
    }
    RETRY_AS(LOADMETHOD, 2);
}
L_LOADMETHOD_TYPE: {
    Value o = R[B], v;
    uint32_t x = EXTRA();
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(im_is_type(o) && im_as_type(o)->core.uid == (uint32_t)w && entry_load(t, im_region_at((uint32_t)(w >> 32)), &v))) {
        Value out[2] = {IM_UNSET, v};
        if (((ImAttrEntry *)im_region_at((uint32_t)(w >> 32)))->kind == IM_ATTR_DESCR && !im_slow_unwrap(t, v, o, out)) {
            im_drop(t, v);
            RETRY_AS(LOADMETHOD, 2);
        }
        CONSUME(B);
        SET(A, out[0]);
        SET(A + 1, out[1]);
        NEXT();
    }
    RETRY_AS(LOADMETHOD, 2);
}
L_LOADMETHOD: {
    const uint32_t *at = pc - 1;
    Value out[2];
    pc++;
    SAVE();
    if (im_slow_load_method(t, f, at, R[B], out) < 0) goto error;
    CONSUME(B);
    SET(A, out[0]);
    SET(A + 1, out[1]);
    NEXT();
}
L_LOADSUPER: {
    uint32_t x = EXTRA(), b = B;
    Value name = f->code->names[x & 0xFFFF], out[2];
    uint64_t *word = x >> 16 != IM_CACHE_NONE ? &CACHES()[x >> 16] : NULL;
    SAVE();
#ifdef IM_EVAL_TRACED
    result = im_slow_load_super(t, word, R[b - 1], R[b], R[b + 1], name, (int)C, out) < 0 ? IM_NO_VALUE : IM_NONE;
    CALLED(R[b - 1], C & 2 ? im_monitor.missing : R[b]);
    CHECK(result);
#else
    if (im_slow_load_super(t, word, R[b - 1], R[b], R[b + 1], name, (int)C, out) < 0) goto error;
#endif
    for (uint32_t i = b - 1; i <= b + 1; i++) CONSUME(i);
    SET(A, out[0]);
    if (C & 1) SET(A + 1, out[1]);
    NEXT();
}
L_LOADSPECIAL: {
    Value out[2];
    SAVE();
    if (im_slow_load_special(t, R[B], (int)C, out) < 0) goto error;
    SET(A, out[0]);
    SET(A + 1, out[1]);
    NEXT();
}
    /* --- items ------------------------------------------------------------------------------------------------------------------ */
L_GETITEM: {
    Value o = R[B], k = R[C], v;
    if (im_is_object(o)) {
        if (im_is_list_exact(o) && im_is_int(k)) {
            ImList *l = im_listp(o);
            int64_t i = im_int_get(k);
            if (IM_LIKELY(im_is_private_obj(&l->head))) {
                if (i < 0) i += l->x_len;
                if (IM_LIKELY((uint64_t)i < (uint64_t)l->x_len)) { v = l->x_items->x_items[i]; im_take(v); goto got_item; }
            } else {
                if (i < 0) i += im_load_relaxed(&l->x_len);
                v = i < 0 ? IM_NO_VALUE : im_list_get(t, o, i);
                if (!im_no_value(v)) goto got_item;
            }
        } else if (im_is_dict_exact(o)) {
            SAVE();
            int r = im_dict_get(t, o, k, &v);
            if (IM_LIKELY(r > 0)) goto got_item;
            if (r < 0) goto error;
        } else if (im_is_tuple_exact(o) && im_is_int(k)) {
            int64_t i = im_int_get(k), n = im_tuple_len(o);
            if (i < 0) i += n;
            if (IM_LIKELY((uint64_t)i < (uint64_t)n)) { v = im_tuple_get(o, i); im_take(v); goto got_item; }
        } else if (im_is_str_exact(o) && im_is_int(k)) {
            v = im_str_item_quick(o, im_int_get(k));
            if (IM_LIKELY(!im_no_value(v))) goto got_item;
        }
    }
    SAVE();
    v = im_slow_subscription(t, o);
    if (!im_no_value(v)) PUSH_AFTER(v, o, k, IM_AFTER_ITEM);
    v = im_slow_getitem(t, o, k);
    CHECK(v);
got_item:
    if (C != A) CONSUME(C);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
L_GETITEMI: {
    Value o = R[B], v;
    int64_t i = SC;
    if (im_is_object(o)) {
        if (im_is_tuple_exact(o)) {
            int64_t n = im_tuple_len(o);
            if (i < 0) i += n;
            if (IM_LIKELY((uint64_t)i < (uint64_t)n)) { v = im_tuple_get(o, i); im_take(v); goto got_item_i; }
        } else if (im_is_list_exact(o)) {
            ImList *l = im_listp(o);
            if (IM_LIKELY(im_is_private_obj(&l->head))) {
                if (i < 0) i += l->x_len;
                if (IM_LIKELY((uint64_t)i < (uint64_t)l->x_len)) { v = l->x_items->x_items[i]; im_take(v); goto got_item_i; }
            }
        } else if (im_is_str_exact(o)) {
            v = im_str_item_quick(o, i);
            if (IM_LIKELY(!im_no_value(v))) goto got_item_i;
        }
    }
    SAVE();
    v = im_slow_subscription(t, o);
    if (!im_no_value(v)) PUSH_AFTER(v, o, im_int(SC), IM_AFTER_ITEM_I);
    v = im_slow_getitem(t, o, im_int(SC));
    CHECK(v);
got_item_i:
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
L_SETITEM: {
    Value o = R[A], k = R[B];
    SAVE();
    if (im_is_object(o)) {
        if (im_is_list_exact(o) && im_is_int(k)) {
            ImList *l = im_listp(o);
            int64_t i = im_int_get(k);
            if (IM_UNLIKELY(!im_is_private(o))) {
                if (im_list_store(t, o, i, R[C]) < 0) goto error;
                goto set_item_done;
            }
            if (i < 0) i += l->x_len;
            if (IM_LIKELY((uint64_t)i < (uint64_t)l->x_len)) {
                Value v = TAKE(C), *slot = &l->x_items->x_items[i], old = *slot;
                *slot = v;
                im_drop(t, old);
                CONSUME(A);
                NEXT();
            }
        } else if (im_is_dict_exact(o)) {
            if (im_dict_set(t, o, k, R[C]) < 0) goto error;
            goto set_item_done;
        }
    }
    if (im_setitem(t, o, k, R[C]) < 0) goto error;
set_item_done:
    CONSUME(C);
    CONSUME(B);
    CONSUME(A);
    NEXT();
}
L_DELITEM:
    SAVE();
    if (im_delitem(t, R[A], R[B]) < 0) goto error;
    CONSUME(B);
    CONSUME(A);
    NEXT();
L_BUILDSLICE: {
    uint32_t b = B;
#ifndef IM_EVAL_TRACED
    const uint32_t use = im_load_relaxed(pc); /* mostly a subscription: no slice object where the container needs none */
    if ((uint8_t)use == OP_GETITEM && use >> 24 == A) {
        const uint32_t to = use >> 8 & 0xFF, o = use >> 16 & 0xFF;
        f->x_pc = pc + 1;
        Value v = im_slow_getslice(t, R[o], R[b], R[b + 1], C == 3 ? R[b + 2] : IM_NONE);
        if (!im_no_value(v)) {
            pc++;
            for (uint32_t i = b; i < b + C; i++) CONSUME(i);
            if (o != to) CONSUME(o);
            SET(to, v);
            NEXT();
        }
        if (IM_UNLIKELY(im_pending(t))) { pc++; goto error; }
    } else if ((uint8_t)use == OP_SETITEM && (use >> 16 & 0xFF) == A) {
        const uint32_t o = use >> 8 & 0xFF, from = use >> 24;
        f->x_pc = pc + 1;
        int done = im_slow_setslice(t, R[o], R[b], R[b + 1], C == 3 ? R[b + 2] : IM_NONE, R[from]);
        if (done) {
            pc++;
            if (done < 0) goto error;
            for (uint32_t i = b; i < b + C; i++) CONSUME(i);
            CONSUME(from);
            CONSUME(o);
            NEXT();
        }
    }
#endif
    SAVE();
    Value v = im_slice_new(t, R[b], R[b + 1], C == 3 ? R[b + 2] : IM_NONE);
    CHECK(v);
    for (uint32_t i = b; i < b + C; i++) CONSUME(i);
    SET(A, v);
    NEXT();
}
L_GETSLICE: {
    SAVE();
    uint32_t c = C;
    Value v = im_slow_getslice(t, R[B], R[c], R[c + 1], IM_NONE);
    if (im_no_value(v)) {
        if (im_pending(t)) goto error;
        Value s = im_slice_new(t, R[c], R[c + 1], IM_NONE);
        CHECK(s);
        v = im_slow_getitem(t, R[B], s);
        im_drop(t, s);
        CHECK(v);
    }
    CONSUME(c);
    CONSUME(c + 1);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
    /* --- arithmetic ----------------------------------------------------------------------------------------------------------------- */
L_ADD: BIN_ADD(SLOW_BINOP(IM_OP_ADD))
L_SUB: BIN_SUB(SLOW_BINOP(IM_OP_SUB))
L_MUL: BIN_MUL(SLOW_BINOP(IM_OP_MUL))
L_TRUEDIV: BIN_TRUEDIV(SLOW_BINOP(IM_OP_TRUEDIV))
L_FLOORDIV: BIN_FLOORDIV(SLOW_BINOP(IM_OP_FLOORDIV))
L_MOD: BIN_MOD(SLOW_BINOP(IM_OP_MOD))
L_AND: BIN_AND(SLOW_BINOP(IM_OP_AND))
L_OR: BIN_OR(SLOW_BINOP(IM_OP_OR))
L_XOR: BIN_XOR(SLOW_BINOP(IM_OP_XOR))
L_LSHIFT: BIN_LSHIFT(SLOW_BINOP(IM_OP_LSHIFT))
L_RSHIFT: BIN_RSHIFT(SLOW_BINOP(IM_OP_RSHIFT))
BIN_OP(MATMUL, IM_OP_MATMUL)
BIN_OP(POW, IM_OP_POW)
L_IADD: BIN_ADD(SLOW_INPLACE(IM_OP_ADD))
L_ISUB: BIN_SUB(SLOW_INPLACE(IM_OP_SUB))
L_IMUL: BIN_MUL(SLOW_INPLACE(IM_OP_MUL))
L_ITRUEDIV: BIN_TRUEDIV(SLOW_INPLACE(IM_OP_TRUEDIV))
L_IFLOORDIV: BIN_FLOORDIV(SLOW_INPLACE(IM_OP_FLOORDIV))
L_IMOD: BIN_MOD(SLOW_INPLACE(IM_OP_MOD))
L_IAND: BIN_AND(SLOW_INPLACE(IM_OP_AND))
L_IOR: BIN_OR(SLOW_INPLACE(IM_OP_OR))
L_IXOR: BIN_XOR(SLOW_INPLACE(IM_OP_XOR))
L_ILSHIFT: BIN_LSHIFT(SLOW_INPLACE(IM_OP_LSHIFT))
L_IRSHIFT: BIN_RSHIFT(SLOW_INPLACE(IM_OP_RSHIFT))
INPLACE_OP(IMATMUL, IM_OP_MATMUL)
INPLACE_OP(IPOW, IM_OP_POW)
L_ADDI: ADD_IMM(add, +, 0, IM_OP_ADD)
L_SUBI: ADD_IMM(sub, -, 0, IM_OP_SUB)
L_IADDI: ADD_IMM(add, +, 1, IM_OP_ADD)
L_ISUBI: ADD_IMM(sub, -, 1, IM_OP_SUB)
L_NEG: {
    Value b = R[B], v;
    if (im_is_int(b) && b.bits != im_int(IM_INT_MIN).bits) v = im_int(-im_int_get(b));
    else {
        SAVE();
        v = im_negative(t, b);
        CHECK(v);
        if (B != A) CONSUME(B);
    }
    SET(A, v);
    NEXT();
}
L_POS: {
    SAVE();
    Value v = im_positive(t, R[B]);
    CHECK(v);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
L_INVERT: {
    SAVE();
    Value v = im_invert(t, R[B]);
    CHECK(v);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
L_NOT: {
    int r;
    TRUTH(B, r);
    if (B != A) CONSUME(B);
    SET(A, im_bool(!r));
    NEXT();
}
    /* --- comparison ------------------------------------------------------------------------------------------------------------------- */
    COMPARE(LT, <, slow_compare)
    COMPARE(LE, <=, slow_compare)
    COMPARE(EQ, ==, slow_equal)
    COMPARE(NE, !=, slow_equal)
    COMPARE(GT, >, slow_compare)
    COMPARE(GE, >=, slow_compare)
L_IS: {
    bool r = im_same(R[B], R[C]);
    if (C != A) CONSUME(C);
    if (B != A) CONSUME(B);
    SET(A, im_bool(r));
    NEXT();
}
L_ISNOT: {
    bool r = !im_same(R[B], R[C]);
    if (C != A) CONSUME(C);
    if (B != A) CONSUME(B);
    SET(A, im_bool(r));
    NEXT();
}
L_IN: {
    SAVE();
    int r = IS_EXACT(R[C], &im_str_type) && IS_EXACT(R[B], &im_str_type) ? im_str_has(R[C], R[B]) : im_contains(t, R[C], R[B]);
    if (r < 0) goto error;
    if (C != A) CONSUME(C);
    if (B != A) CONSUME(B);
    SET(A, im_bool(r));
    NEXT();
}
L_NOTIN: {
    SAVE();
    int r = IS_EXACT(R[C], &im_str_type) && IS_EXACT(R[B], &im_str_type) ? im_str_has(R[C], R[B]) : im_contains(t, R[C], R[B]);
    if (r < 0) goto error;
    if (C != A) CONSUME(C);
    if (B != A) CONSUME(B);
    SET(A, im_bool(!r));
    NEXT();
}
    /* --- jumps ---------------------------------------------------------------------------------------------------------------------------- */
L_JUMP:
    pc += (int32_t)ins >> 8;
    NEXT();
L_JUMPBACK: {
    const uint32_t *to = pc + ((int32_t)ins >> 8);
    ImOp op = (uint8_t)im_load_relaxed(to);
    if (im_op_generic[op] == OP_FORITER) im_quicken(pc - 1, op == OP_FORITER_RANGE ? OP_JUMPBACK_RANGE : op == OP_FORITER_LIST ? OP_JUMPBACK_LIST : OP_JUMPBACK_FOR);
    pc = to;
    POLL_JUMPED();
    NEXT();
}
#ifndef IM_EVAL_TRACED
    /* These do the work of the FORITER that they jump to, whatever form it has got since: its operands are always the same. */
L_JUMPBACK_RANGE: {
    const uint32_t *to = pc + ((int32_t)ins >> 8);
    EXPECT_LOOP(to);
    ins = (int32_t)im_load_relaxed(to);
    Value o = R[B];
    if (IM_LIKELY(IS_EXACT(o, &im_range_iterator_type) && im_is_private(o))) {
        ImRangeIter *it = (ImRangeIter *)im_ptr(o);
        int64_t i = it->x_next;
        pc = to + 2;
        if (IM_LIKELY(i != it->stop)) {
            it->x_next = i + it->step;
            SET(A, im_int(i));
            POLL_NEXT();
        }
        R[B] = IM_UNSET;
        im_drop(t, o);
        pc += (int32_t)pc[-1];
        NEXT();
    }
    im_quicken(pc - 1, OP_JUMPBACK_FOR);
    pc = to;
    NEXT();
}
L_JUMPBACK_LIST: {
    const uint32_t *to = pc + ((int32_t)ins >> 8);
    EXPECT_LOOP(to);
    ins = (int32_t)im_load_relaxed(to);
    Value o = R[B];
    if (IM_LIKELY(IS_EXACT(o, &im_list_iterator_type) && im_is_private(o))) {
        ImSeqIter *it = (ImSeqIter *)im_ptr(o);
        if (IM_LIKELY(!im_no_value(it->x_seq))) {
            ImList *l = im_listp(it->x_seq);
            if (IM_LIKELY(im_is_private_obj(&l->head) && it->x_index < l->x_len)) {
                Value v = l->x_items->x_items[it->x_index++];
                pc = to + 2;
                im_take(v);
                SET(A, v);
                POLL_NEXT();
            }
        }
    } else {
        im_quicken(pc - 1, OP_JUMPBACK_FOR);
    }
    pc = to;
    NEXT();
}
#else
L_JUMPBACK_RANGE:
L_JUMPBACK_LIST:
#endif
L_JUMPBACK_FOR:
    pc += (int32_t)ins >> 8;
    NEXT();
L_JF: {
    int r;
    int32_t d = (int32_t)EXTRA();
    TRUTH(A, r);
    CONSUME(A);
    if (!r) { pc += d; if (d < 0) POLL_JUMPED(); }
    NEXT();
}
L_JT: {
    int r;
    int32_t d = (int32_t)EXTRA();
    TRUTH(A, r);
    CONSUME(A);
    if (r) { pc += d; if (d < 0) POLL_JUMPED(); }
    NEXT();
}
L_JFKEEP: {
    int r;
    int32_t d = (int32_t)EXTRA();
    TRUTH(A, r);
    if (!r) pc += d;
    NEXT();
}
L_JTKEEP: {
    int r;
    int32_t d = (int32_t)EXTRA();
    TRUTH(A, r);
    if (r) pc += d;
    NEXT();
}
L_JNONE: {
    int32_t d = (int32_t)EXTRA();
    bool r = im_is_none(R[A]);
    CONSUME(A);
    if (r) { pc += d; if (d < 0) POLL_JUMPED(); }
    NEXT();
}
L_JNOTNONE: {
    int32_t d = (int32_t)EXTRA();
    bool r = !im_is_none(R[A]);
    CONSUME(A);
    if (r) { pc += d; if (d < 0) POLL_JUMPED(); }
    NEXT();
}
    JUMP_COMPARE(JLT, <, slow_jump_compare)
    JUMP_COMPARE(JLE, <=, slow_jump_compare)
    JUMP_COMPARE(JEQ, ==, slow_jump_equal)
    JUMP_COMPARE(JNE, !=, slow_jump_equal)
    JUMP_COMPARE(JGT, >, slow_jump_compare)
    JUMP_COMPARE(JGE, >=, slow_jump_compare)
    JUMP_COMPARE_I(JLTI, <)
    JUMP_COMPARE_I(JLEI, <=)
    JUMP_COMPARE_I(JEQI, ==)
    JUMP_COMPARE_I(JNEI, !=)
    JUMP_COMPARE_I(JGTI, >)
    JUMP_COMPARE_I(JGEI, >=)
L_JIS: {
    int32_t d = (int32_t)EXTRA();
    bool r = im_same(R[A], R[B]);
    CONSUME(A);
    CONSUME(B);
    if (r == (bool)C) { pc += d; if (d < 0) POLL_JUMPED(); }
    NEXT();
}
L_JIN: {
    int32_t d = (int32_t)EXTRA();
    SAVE();
    int r = IS_EXACT(R[B], &im_str_type) && IS_EXACT(R[A], &im_str_type) ? im_str_has(R[B], R[A]) : im_contains(t, R[B], R[A]);
    if (r < 0) goto error;
    CONSUME(A);
    CONSUME(B);
    if (r == (int)C) { pc += d; if (d < 0) POLL_JUMPED(); }
    NEXT();
}
    /* --- iteration ------------------------------------------------------------------------------------------------------------------------ */
L_GETITER: {
    Value o = R[B];
    if (im_is_gen(o)) { /* its own iterator */
        Value v = TAKE(B);
        SET(A, v);
        NEXT();
    }
    SAVE();
    Value v = im_iter(t, o);
    CHECK(v);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
L_FORITER_RANGE: {
    Value o = R[B];
    int32_t d = (int32_t)EXTRA();
    if (IM_LIKELY(IS_EXACT(o, &im_range_iterator_type) && im_is_private(o))) {
        ImRangeIter *it = (ImRangeIter *)im_ptr(o);
        int64_t i = it->x_next;
        if (IM_LIKELY(i != it->stop)) {
            it->x_next = i + it->step;
            SET(A, im_int(i));
            POLL_NEXT();
        }
        R[B] = IM_UNSET;
        im_drop(t, o);
        pc += d;
        NEXT();
    }
    RETRY_AS(FORITER, 2);
}
L_FORITER_LIST: {
    Value o = R[B];
    int32_t d = (int32_t)EXTRA();
    if (IM_LIKELY(IS_EXACT(o, &im_list_iterator_type) && im_is_private(o))) {
        ImSeqIter *it = (ImSeqIter *)im_ptr(o);
        if (IM_LIKELY(!im_no_value(it->x_seq))) {
            ImList *l = im_listp(it->x_seq);
            Value v;
            if (IM_LIKELY(im_is_private_obj(&l->head))) {
                if (IM_UNLIKELY(it->x_index >= l->x_len)) goto list_end;
                v = l->x_items->x_items[it->x_index++];
                im_take(v);
            } else { /* as im_list_get does it; what is in the word itself needs no reference, and so no second look and no call */
                const ImArray *items = im_load_acquire(&l->x_items);
                const size_t i = (size_t)it->x_index;
                if (IM_UNLIKELY(i >= (size_t)im_load_acquire(&l->x_len))) goto list_end;
                v = IM_LIKELY(items && i < items->cap) ? (Value){im_load_acquire(&items->x_items[i].bits)} : IM_NO_VALUE;
                if (im_is_ptr(v)) {
                    v = im_list_get(t, it->x_seq, (ssize_t)i);
                    if (IM_UNLIKELY(im_no_value(v))) goto list_end;
                }
                it->x_index++;
            }
            SET(A, v);
            POLL_NEXT();
        }
    list_end:
        R[B] = IM_UNSET;
        SAVE();
        if (!im_is_unique(o)) IM_CLEAR(t, ((ImSeqIter *)im_ptr(o))->x_seq); /* others see that it has ended */
        im_drop(t, o);
        pc += d;
        NEXT();
    }
    RETRY_AS(FORITER, 2);
}
L_FORITER_TUPLE: {
    Value o = R[B];
    int32_t d = (int32_t)EXTRA();
    if (IM_LIKELY(IS_EXACT(o, &im_tuple_iterator_type) && im_is_private(o))) {
        ImSeqIter *it = (ImSeqIter *)im_ptr(o);
        if (IM_LIKELY(!im_no_value(it->x_seq) && it->x_index < im_tuple_len(it->x_seq))) {
            Value v = im_tuple_get(it->x_seq, it->x_index++);
            im_take(v);
            SET(A, v);
            POLL_NEXT();
        }
        R[B] = IM_UNSET;
        SAVE();
        if (!im_is_unique(o)) IM_CLEAR(t, ((ImSeqIter *)im_ptr(o))->x_seq);
        im_drop(t, o);
        pc += d;
        NEXT();
    }
    RETRY_AS(FORITER, 2);
}
L_FORITER_GEN: {
    Value o = R[B];
    if (IM_LIKELY(im_is_gen(o))) {
        pc++;
        SAVE();
        POLL_INSIDE();
        ImGen *g = (ImGen *)im_ptr(o);
        if (im_load_relaxed(&g->x_state) == IM_GEN_DONE) { R[B] = IM_UNSET; int32_t d = (int32_t)pc[-1]; im_drop(t, o); pc += d; NEXT(); }
        int was = im_gen_begin(t, g, f);
        if (was < 0) goto error;
        bool fresh = was == IM_GEN_CREATED;
        g->frame.kind = IM_FRAME_GEN | IM_FRAME_FORITER;
        g->frame.ret = (uint8_t)A;
        if (!fresh) { Value old = g->frame.regs[g->yield_reg]; g->frame.regs[g->yield_reg] = IM_NONE; im_drop(t, old); }
        f = &g->frame;
        R = f->regs;
        pc = f->x_pc;
        TRACE(if (!fresh && im_trace_resumed(t, f) < 0) goto error);
        NEXT();
    }
    RETRY_AS(FORITER, 1);
}
#ifndef IM_EVAL_TRACED
L_FORITER_ITEMS: { /* and the UNPACK of the pair that follows */
    Value o = R[B];
    if (IM_LIKELY(IS_EXACT(o, &im_dict_itemiterator_type) && im_is_private(o))) {
        int32_t d = (int32_t)EXTRA();
        Value k, v;
        SAVE();
        int r = im_dict_items_step(t, o, &k, &v);
        if (IM_LIKELY(r > 0)) {
            ins = (int32_t)im_load_relaxed(pc);
            pc++;
            SET(A, k);
            SET(A + 1, v);
            POLL_NEXT();
        }
        if (r < 0) goto error;
        R[B] = IM_UNSET;
        im_drop(t, o);
        pc += d;
        NEXT();
    }
    RETRY_AS(FORITER, 1);
}
L_FORITER_ROW: { /* and the UNPACK that follows */
    Value o = R[B], row[IM_ROW_MAX];
    const int32_t d = (int32_t)EXTRA();
    const uint32_t n = im_load_relaxed(pc) >> 24;
    SAVE();
    const int r = !im_is_ptr(o) ? 2 : IS_EXACT(o, &im_zip_type) ? im_zip_row(t, o, n, row) : IS_EXACT(o, &im_enumerate_type) ? im_enumerate_row(t, o, n, row) : 2;
    if (IM_LIKELY(r == 1)) {
        ins = (int32_t)im_load_relaxed(pc);
        pc++;
        SET(A, row[0]);
        if (n > 1) SET(A + 1, row[1]);
        for (uint32_t i = 2; i < n; i++) SET(A + i, row[i]);
        POLL_NEXT();
    }
    if (IM_UNLIKELY(r == 2)) RETRY_AS(FORITER, 2);
    if (r < 0) goto error;
    o = R[B]; /* what ran just now may have replaced it: in a generator expression it is the variable .0 */
    R[B] = IM_UNSET;
    im_drop(t, o);
    pc += d;
    NEXT();
}
#else
L_FORITER_ITEMS:
L_FORITER_ROW:
#endif
L_FORITER_ANY: { /* now and then a special form is looked for again, in case other iterators come here */
    Value o = R[B];
    pc++;
    ImUnary next = im_is_ptr(o) ? IM_SLOT(im_type_of_obj(im_ptr(o)), next) : NULL;
    if (IM_UNLIKELY(!next || im_is_gen(o) || ++t->cache_misses % 64 == 0)) RETRY_AS(FORITER, 2);
    SAVE();
    POLL_INSIDE();
    result = next(t, o);
    if (IM_UNLIKELY(im_no_value(result))) result = im_next_ended(t);
}
next_given: { /* what the iterator in R[B] has given */
    CHECK(result);
    if (IM_UNLIKELY(im_is_stop(result))) {
        Value o = R[B];
        R[B] = IM_UNSET;
        im_drop(t, o);
        pc += (int32_t)pc[-1];
        NEXT();
    }
    SET(A, result);
    NEXT();
}
L_FORITER: {
    Value o = R[B];
    const uint32_t *at = pc - 1;
    pc++;
    SAVE();
    POLL_INSIDE();
    TRACE(if (im_is_gen(o)) RETRY_AS(FORITER_GEN, 2));
    im_specialise_iter((uint32_t *)(uintptr_t)at, f->nlocals, o);
    result = im_next(t, o);
    goto next_given;
}
L_UNPACK: {
    SAVE();
    Value seq = TAKE(B);
    int n = (int)C;
    if (IM_UNLIKELY(!im_is_tuple_exact(seq) || im_tuple_len(seq) != n)) {
        if (im_slow_unpack(t, seq, &R[A], n) < 0) goto error;
        NEXT();
    }
    Value *items = im_tuple_items(seq);
    for (int i = 0; i < n; i++) {
        im_take(items[i]);
        SET(A + (uint32_t)i, items[i]);
    }
    im_drop(t, seq);
    NEXT();
}
L_UNPACKEX: {
    uint32_t after = EXTRA();
    SAVE();
    if (im_slow_unpack_ex(t, TAKE(B), &R[A], (int)C, (int)after) < 0) goto error;
    NEXT();
}
    /* --- building ------------------------------------------------------------------------------------------------------------------------- */
L_BUILDTUPLE: {
    SAVE();
    Value *first = &R[B];
    uint32_t n = C;
    Value v = im_tuple_steal_array(t, first, n);
    for (uint32_t i = 0; i < n; i++) first[i] = IM_UNSET;
    CHECK(v);
    SET(A, v);
    NEXT();
}
L_BUILDLIST: {
    SAVE();
    Value *first = &R[B];
    uint32_t n = C;
    Value v = im_list_steal_array(t, first, n);
    for (uint32_t i = 0; i < n; i++) first[i] = IM_UNSET;
    CHECK(v);
    SET(A, v);
    NEXT();
}
L_BUILDSET: {
    SAVE();
    uint32_t b = B;
    Value v = im_set_new(t, IM_NO_VALUE);
    CHECK(v);
    for (uint32_t i = b; i < b + C; i++)
        if (im_set_add(t, v, R[i]) < 0) { im_drop(t, v); goto error; }
    for (uint32_t i = b; i < b + C; i++) CONSUME(i);
    SET(A, v);
    NEXT();
}
L_BUILDMAP: {
    SAVE();
    uint32_t b = B;
    Value v = im_dict_of(t, &R[b], &R[b + 1], 2, C);
    CHECK(v);
    for (uint32_t i = b; i < b + 2 * C; i += 2) CONSUME(i);
    SET(A, v);
    NEXT();
}
L_BUILDSTRING: {
    SAVE();
    uint32_t b = B;
    Value empty = im_str_new(t, 0, 0);
    CHECK(empty);
    Value v = im_str_join_array(t, empty, &R[b], C);
    im_drop(t, empty);
    CHECK(v);
    for (uint32_t i = b; i < b + C; i++) CONSUME(i);
    SET(A, v);
    NEXT();
}
L_FORMAT: {
    SAVE();
    uint32_t b = B;
    Value v = im_slow_format(t, R[b], (int)(C & 3), C & 4 ? R[b + 1] : IM_NO_VALUE);
    CHECK(v);
    if (C & 4) CONSUME(b + 1);
    if (b != A) CONSUME(b);
    SET(A, v);
    NEXT();
}
L_LISTAPPEND: {
    SAVE();
    Value v = TAKE(B);
    if (im_list_append_steal(t, R[A], v) < 0) goto error;
    NEXT();
}
L_SETADD:
    SAVE();
    if (im_set_add(t, R[A], R[B]) < 0) goto error;
    CONSUME(B);
    NEXT();
L_MAPADD:
    SAVE();
    if (im_dict_set(t, R[A], R[B], R[C]) < 0) goto error;
    CONSUME(B);
    CONSUME(C);
    NEXT();
L_LISTEXTEND:
    SAVE();
    if (im_slow_list_extend(t, R[A], R[B], C != 0, C ? R[A - 1] : IM_NO_VALUE) < 0) goto error;
    CONSUME(B);
    NEXT();
L_SETUPDATE:
    SAVE();
    if (im_set_update(t, R[A], R[B]) < 0) goto error;
    CONSUME(B);
    NEXT();
L_DICTUPDATE:
    SAVE();
    if (im_slow_dict_merge(t, R[A], R[B], IM_NO_VALUE) < 0) goto error;
    CONSUME(B);
    NEXT();
L_DICTMERGE:
    SAVE();
    if (im_slow_dict_merge(t, R[A], R[B], R[C]) < 0) goto error;
    CONSUME(B);
    NEXT();
L_LISTTOTUPLE: {
    SAVE();
    Value v = im_list_to_tuple(t, R[B]);
    CHECK(v);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
    /* --- calls ------------------------------------------------------------------------------------------------------------------------------ */
L_CALL_PY: {
    uint32_t a = A, n = B;
    Value callee = R[a];
    ImCode *co = simple_function(callee, n);
    if (IM_LIKELY(co != NULL)) {
        pc++;
        PUSH_SIMPLE(callee, co, a, n);
    }
    RETRY_AS(CALL, 1);
}
#define PUSH_DEFAULTS(callee, a, n) do { \
        if (IM_LIKELY(IS_EXACT(callee, &im_function_type))) { \
            Value *base_ = &R[(a) + 1]; \
            bool moved_ = f->kind & IM_FRAME_GEN; \
            pc++; \
            SAVE(); \
            if (IM_UNLIKELY(moved_)) { \
                base_ = f->top; \
                for (uint32_t i_ = 0; i_ < (n); i_++) base_[i_] = R[(a) + 1 + i_]; \
            } \
            R[a] = IM_UNSET; \
            ImFrame *nf_ = im_frame_push_defaults(t, (ImFunction *)im_ptr(callee), base_, n); \
            bool taken_ = nf_ || im_pending(t); \
            if (IM_UNLIKELY(moved_)) \
                for (uint32_t i_ = 0; i_ < (n); i_++) *(taken_ ? &R[(a) + 1 + i_] : &base_[i_]) = IM_UNSET; \
            if (IM_LIKELY(nf_ != NULL)) { \
                nf_->ret = (uint8_t)C; \
                f = nf_; \
                R = base_; \
                ENTER(nf_); \
            } \
            if (taken_) goto error; \
            R[a] = callee; \
            pc--; \
        } \
    } while (0)
L_CALL_DEFAULTS: {
    uint32_t a = A, n = B;
    Value callee = R[a];
    PUSH_DEFAULTS(callee, a, n);
    RETRY_AS(CALL, 1);
}
#ifndef IM_EVAL_TRACED
/* The end of a call with result; where an instruction follows that throws it away, of that as well. Not at a safepoint: what is raised there must come from the call, which
 * may be the last one that a handler covers. */
#define RESULT_NEXT() do { \
        if (IM_UNLIKELY(POLL_WANTED())) { SET(C, result); goto poll_next; } \
        if ((im_load_relaxed(pc) & 0xFFFF) == (OP_CLEAR | (uint32_t)C << 8)) { \
            pc++; \
            SET(C, IM_UNSET); \
            im_drop(t, result); \
        } else { \
            SET(C, result); \
        } \
        NEXT(); \
    } while (0)
/* The same of a call that consumes `used` registers from A on. */
#define NATIVE_DONE(used) do { \
        CHECK(result); \
        for (Value *r_ = &R[A], *end_ = r_ + (used); r_ < end_; r_++) \
            if (im_is_ptr(*r_)) { Value dead_ = *r_; *r_ = IM_UNSET; im_drop(t, dead_); } \
        RESULT_NEXT(); \
    } while (0)
#else
#define NATIVE_DONE(used) do { call_used = (used); goto called_plain; } while (0)
#endif
/* Calls the native function where it takes n positional arguments as they stand; `used`: registers from A on that the call consumes. */
#define CALL_BUILTIN(nf, args, used) do { \
        const bool plain_ = im_native_is_plain((nf)->def, n); \
        const ImSignature *sig_ = plain_ ? NULL : im_load_acquire(&(nf)->x_sig); \
        if (IM_LIKELY(plain_ || im_native_takes(sig_, n))) { \
            pc++; \
            SAVE(); \
            AT_REST(result = plain_ ? (nf)->fn(t, (nf)->self, args, n, IM_NO_VALUE) : im_native_call_parsed(t, sig_, (nf)->fn, (nf)->self, args, n)); \
            NATIVE_DONE(used); \
        } \
    } while (0)
L_CALL_NATIVE: {
    uint32_t a = A, n = B;
    Value callee = R[a];
    if (IM_LIKELY(im_is_exact(callee, &im_builtin_function_or_method_type))) {
        ImNativeFunction *nf = (ImNativeFunction *)im_ptr(callee);
        CALL_BUILTIN(nf, &R[a + 1], n + 1);
    }
    RETRY_AS(CALL, 1);
}
#ifndef IM_EVAL_TRACED
/* End of life of a register of the call. */
#define DIES(r) do { Value dead_ = R[r]; R[r] = IM_UNSET; im_drop(t, dead_); } while (0)
/* nf: the native function in R[a], where it is the cached one. */
#define CACHED_FUNCTION() \
    const uint32_t a = A; \
    ImNativeFunction *nf = (ImNativeFunction *)im_ptr(R[a]); \
    if (IM_LIKELY(IS_EXACT(R[a], &im_builtin_function_or_method_type) && im_def_is(nf->def, im_load_relaxed(&CACHES()[*pc >> 16]))))
/* d: the descriptor in R[a], where it is the cached one and self, in the next register, an instance of its very type. */
#define CACHED_METHOD() \
    const uint32_t a = A; \
    const Value self = R[a + 1]; \
    ImMethodDescr *d = (ImMethodDescr *)im_ptr(R[a]); \
    if (IM_LIKELY(IS_EXACT(R[a], &im_method_descriptor_type) && im_def_is(d->def, im_load_relaxed(&CACHES()[*pc >> 16])) && im_type_of(self) == d->type))
L_CALL_NATIVE1: {
    CACHED_FUNCTION() {
        pc++;
        SAVE();
        result = nf->fn(t, nf->self, &R[a + 1], 1, IM_NO_VALUE);
        CHECK(result);
        DIES(a);
        DIES(a + 1);
        RESULT_NEXT();
    }
    RETRY_AS(CALL, 1);
}
L_CALL_NATIVE_FEW: {
    CACHED_FUNCTION() {
        const uint32_t n = B;
        pc++;
        SAVE();
        result = nf->fn(t, nf->self, &R[a + 1], n, IM_NO_VALUE);
        NATIVE_DONE(n + 1);
    }
    RETRY_AS(CALL, 1);
}
L_CALL_LEN: {
    CACHED_FUNCTION() {
        const Value v = R[a + 1];
        ssize_t n;
        if (IS_EXACT(v, &im_list_type)) n = (ssize_t)im_load_relaxed(&((ImList *)im_ptr(v))->x_len);
        else if (IS_EXACT(v, &im_str_type)) n = im_str_len(v);
        else if (IS_EXACT(v, &im_tuple_type)) n = im_tuple_len(v);
        else goto L_CALL_NATIVE1;
        pc++;
        SAVE();
        result = im_int(n);
        DIES(a);
        DIES(a + 1);
        RESULT_NEXT();
    }
    RETRY_AS(CALL, 1);
}
L_CALLM_NATIVE0: {
    CACHED_METHOD() {
        pc++;
        SAVE();
        result = d->fn(t, self, &R[a + 2], 0, IM_NO_VALUE);
        goto native_made;
    }
    goto L_CALLM_NATIVE;
}
L_CALLM_NATIVE1: {
    CACHED_METHOD() {
        pc++;
        SAVE();
        result = d->fn(t, self, &R[a + 2], 1, IM_NO_VALUE);
        CHECK(result);
        DIES(a + 2);
        goto native_made;
    }
    goto L_CALLM_NATIVE;
}
L_CALLM_APPEND: {
    CACHED_METHOD() {
        pc++;
        SAVE();
        Value item = R[a + 2];
        R[a + 2] = IM_UNSET; /* the list's now */
        result = im_list_append_steal(t, self, item) < 0 ? IM_NO_VALUE : IM_NONE;
        goto native_made;
    }
    goto L_CALLM_NATIVE;
}
native_made: { /* a method's call without arguments, or whose argument is gone */
    const uint32_t a = A;
    CHECK(result);
    DIES(a);
    DIES(a + 1);
    RESULT_NEXT();
}
#else
L_CALL_NATIVE1:
L_CALL_NATIVE_FEW:
L_CALL_LEN:
    goto L_CALL_NATIVE;
L_CALLM_NATIVE0:
L_CALLM_NATIVE1:
L_CALLM_APPEND:
    goto L_CALLM_NATIVE;
#endif
L_CALL_CLASS: {
    uint32_t a = A, n = B;
    Value callee = R[a];
    if (IM_LIKELY(IS_EXACT(callee, &im_type_type))) {
        pc++;
        SAVE();
        result = im_type_type.slots.call(t, callee, &R[a + 1], n, IM_NO_VALUE);
        call_used = n + 1;
        goto called_plain;
    }
    RETRY_AS(CALL, 1);
}
L_CALL_TYPE:
#ifndef IM_EVAL_TRACED /* which reports the call of the class and that of __init__ */
{
    uint32_t x = EXTRA(), a = A, n = B;
    Value callee = R[a];
    uint64_t w = im_load_relaxed(&CACHES()[x >> 16]);
    if (IM_LIKELY(im_is_type(callee) && im_as_type(callee)->core.uid == (uint32_t)w)) {
        ImType *ty = im_as_type(callee);
        ImAttrEntry *e = im_region_at((uint32_t)(w >> 32));
        Value init;
        if (IM_LIKELY(IM_SLOT(ty, new_) == im_object_type.slots.new_ && !im_type_has(ty, IM_TF_ABSTRACT) && entry_load(t, e, &init))) {
            ImCode *co = simple_function(init, n + 1);
            if (IM_UNLIKELY(!co || (x & 0xFFFF) != 0xFFFF) && im_is_function(init)) { /* defaults, keywords */
                SAVE();
                call_made = im_instance_new(t, ty);
                if (IM_UNLIKELY(im_no_value(call_made))) { im_drop(t, init); goto error; }
                R[a] = im_new_ref(call_made);
                im_drop(t, callee);
                call_fn = init, call_a = a, call_n = n, call_kw = (x & 0xFFFF) == 0xFFFF ? IM_NO_VALUE : K(x & 0xFFFF);
                goto call_shifted;
            }
            if (IM_LIKELY(co != NULL && (x & 0xFFFF) == 0xFFFF)) {
                SAVE();
                Value obj = im_instance_new(t, ty);
                if (IM_UNLIKELY(im_no_value(obj))) { im_drop(t, init); goto error; }
                Value *base = &R[a]; /* the class's register becomes self */
                if (IM_UNLIKELY(f->kind & IM_FRAME_GEN)) {
                    base = f->top;
                    for (uint32_t i = 1; i <= n; i++) { base[i] = R[a + i]; R[a + i] = IM_UNSET; }
                    R[a] = IM_UNSET;
                }
                base[0] = obj;
                im_take_obj(im_ptr(obj));
                ImFrame *nf = push_simple(t, f, (ImFunction *)im_ptr(init), co, base, n + 1, C);
                im_drop(t, callee);
                if (IM_UNLIKELY(!nf)) { im_drop(t, obj); goto error; }
                nf->kind = IM_FRAME_CTOR | IM_FRAME_SIMPLE;
                nf->aux = obj;
                f = nf;
                R = base;
                ENTER(nf);
            }
            im_drop(t, init);
            if (n == 0 && IM_SLOT(ty, init) == im_object_type.slots.init) {
                SAVE();
                result = im_instance_new(t, ty);
                call_used = 1;
                goto called_plain;
            }
        }
    }
    RETRY_AS(CALL, 2);
}
#endif
L_CALL_ANY: {
    if (IM_UNLIKELY(++t->cache_misses % 64 == 0)) RETRY_AS(CALL, 1);
    uint32_t x = EXTRA();
    call_a = A, call_n = B, call_kw = (x & 0xFFFF) == 0xFFFF ? IM_NO_VALUE : K(x & 0xFFFF), call_used = call_n + 1;
    goto call_generic;
}
L_CALL: {
    const uint32_t *at = pc - 1;
    uint32_t x = EXTRA(), a = A, n = B;
    Value callee = R[a], kw = (x & 0xFFFF) == 0xFFFF ? IM_NO_VALUE : K(x & 0xFFFF);
    if ((x >> 16) != IM_CACHE_NONE) im_specialise_call(t, f, at, callee, im_no_value(kw) ? n : SIZE_MAX, false);
    call_a = a, call_n = n, call_kw = kw, call_used = n + 1;
}
call_generic: {
    uint32_t a = call_a, n = call_n;
    Value callee = R[a], kw = call_kw;
    size_t npos = im_no_value(kw) ? n : n - (size_t)im_tuple_len(kw);
    SAVE();
    if (im_is_function(callee)) {
        ImCode *co = im_no_value(kw) ? simple_function(callee, n) : NULL;
        if (co) PUSH_SIMPLE(callee, co, a, n);
        R[a] = IM_UNSET;
        ImFrame *nf = im_frame_push_moved(t, (ImFunction *)im_ptr(callee), &R[a + 1], npos, kw, f->top);
        if (!nf) {
            if (IM_UNLIKELY(im_pending(t))) goto error;
            R[a] = callee;
            nf = im_frame_push_call(t, (ImFunction *)im_ptr(callee), &R[a + 1], npos, kw, f->top);
            if (IM_UNLIKELY(!nf)) goto error;
            for (uint32_t i = a; i <= a + n; i++) CONSUME(i);
        }
        nf->ret = (uint8_t)C;
        f = nf;
        R = f->regs;
        ENTER(nf);
    }
#ifndef IM_EVAL_TRACED
    Value first;
    if (im_slow_shifted(t, callee, &call_fn, &first)) {
        R[a] = first;
        im_drop(t, callee);
        call_made = IM_NO_VALUE;
        goto call_shifted;
    }
    if (im_is_type(callee)) {
        if (im_no_value(kw) && im_op_generic[ins & 0xFF] == OP_CALL) {
            Value fn = im_slow_python_new(t, callee, n + 1);
            if (!im_no_value(fn)) {
                Value *base = f->top;
                for (uint32_t i = 0; i <= n; i++) base[i] = im_new_ref(R[a + i]); /* the originals stay for __init__ */
                ImFrame *nf = push_simple(t, f, (ImFunction *)im_ptr(fn), t->special_code, base, n + 1, 0);
                if (IM_UNLIKELY(!nf)) goto error;
                nf->kind = IM_FRAME_AFTER;
                nf->aux = im_int(IM_AFTER_NEW);
                f = nf;
                R = base;
                ENTER(nf);
            }
        }
        int how = im_slow_constructed(t, callee, &R[a + 1], npos, kw, &call_fn, &call_made);
        if (how == 1) {
            R[a] = im_new_ref(call_made);
            im_drop(t, callee);
            goto call_shifted;
        }
        if (IM_UNLIKELY(how < 0)) goto error;
        if (how == 2) { result = call_made; goto called_plain; }
    }
#endif
    AT_REST(result = im_call(t, callee, &R[a + 1], npos, kw));
called_plain:
#ifdef IM_EVAL_TRACED
    {
        Value *fn = &R[A], *end = fn + call_used;
        if (im_is_unset(*fn)) fn++;
        CALLED(*fn, fn + 1 < end ? fn[1] : im_monitor.missing);
    }
#endif
    CHECK(result);
    for (Value *r = &R[A], *end = r + call_used; r < end; r++)
        if (im_is_ptr(*r)) { Value v = *r; *r = IM_UNSET; im_drop(t, v); }
    SET(C, result);
    POLL_NEXT();
}
#ifndef IM_EVAL_TRACED
call_shifted: {
    uint32_t a = call_a, n = call_n + 1;
    Value kw = call_kw;
    ImFunction *fn = (ImFunction *)im_ptr(call_fn);
    ImCode *co = im_no_value(kw) ? simple_function(call_fn, n) : NULL;
    ImFrame *nf;
    if (co) {
        Value *base = &R[a];
        if (IM_UNLIKELY(f->kind & IM_FRAME_GEN)) {
            base = f->top;
            for (uint32_t i = 0; i < n; i++) { base[i] = R[a + i]; R[a + i] = IM_UNSET; }
        }
        nf = push_simple(t, f, fn, co, base, n, C);
        if (IM_UNLIKELY(!nf)) { im_xdrop(t, call_made); goto error; }
    } else if (im_no_value(kw) && !(f->kind & IM_FRAME_GEN) && ((nf = im_frame_push_defaults(t, fn, &R[a], n)) != NULL || im_pending(t))) {
        if (IM_UNLIKELY(!nf)) { im_xdrop(t, call_made); goto error; }
        nf->ret = (uint8_t)C;
    } else {
        size_t npos = im_no_value(kw) ? n : n - (size_t)im_tuple_len(kw);
        nf = im_frame_push_moved(t, fn, &R[a], npos, kw, f->top);
        if (!nf) {
            if (IM_UNLIKELY(im_pending(t))) { im_xdrop(t, call_made); goto error; }
            nf = im_frame_push_call(t, fn, &R[a], npos, kw, f->top);
            im_drop(t, call_fn);
            if (IM_UNLIKELY(!nf)) { im_xdrop(t, call_made); goto error; }
            for (uint32_t i = a; i < a + n; i++) CONSUME(i);
        }
        nf->ret = (uint8_t)C;
    }
    if (!im_no_value(call_made)) {
        nf->kind |= IM_FRAME_CTOR;
        nf->aux = call_made;
    }
    f = nf;
    R = f->regs;
    ENTER(nf);
}
#endif
L_CALLM_PY: {
    uint32_t a = A, n = B + 1;
    Value callee = R[a];
    if (im_is_unset(callee)) callee = R[++a], n--;
    ImCode *co = simple_function(callee, n);
    if (IM_LIKELY(co != NULL)) {
        pc++;
        PUSH_SIMPLE(callee, co, a, n);
    }
    RETRY_AS(CALLM, 1);
}
L_CALLM_DEFAULTS: {
    uint32_t a = A, n = B + 1;
    Value callee = R[a];
    if (im_is_unset(callee)) callee = R[++a], n--;
    PUSH_DEFAULTS(callee, a, n);
    RETRY_AS(CALLM, 1);
}
L_CALLM_NATIVE: {
    uint32_t a = A, n = B;
    Value callee = R[a];
    if (IM_LIKELY(im_is_exact(callee, &im_method_descriptor_type))) {
        ImMethodDescr *d = (ImMethodDescr *)im_ptr(callee);
        Value self = R[a + 1];
        ImType *st = im_type_of(self);
        bool plain = im_native_is_plain(d->def, n);
        const ImSignature *s = plain ? NULL : im_load_acquire(&d->x_sig);
        if (IM_LIKELY((plain || im_native_takes(s, n)) && (st == d->type || im_type_is_subtype(st, d->type)))) {
            pc++;
            SAVE();
            AT_REST(result = plain ? d->fn(t, self, &R[a + 2], n, IM_NO_VALUE) : im_native_call_parsed(t, s, d->fn, self, &R[a + 2], n));
            NATIVE_DONE(n + 2);
        }
    } else if (im_is_unset(callee) && im_is_exact(R[a + 1], &im_builtin_function_or_method_type)) {
        ImNativeFunction *nf = (ImNativeFunction *)im_ptr(R[a + 1]);
        CALL_BUILTIN(nf, &R[a + 2], n + 2);
    } else if (im_is_unset(callee) && n && im_is_exact(R[a + 1], &im_method_descriptor_type)) { /* str.upper(s) */
        ImMethodDescr *d = (ImMethodDescr *)im_ptr(R[a + 1]);
        Value self = R[a + 2];
        ImType *st = im_type_of(self);
        bool plain = im_native_is_plain(d->def, n - 1);
        const ImSignature *s = plain ? NULL : im_load_acquire(&d->x_sig);
        if (IM_LIKELY((plain || im_native_takes(s, n - 1)) && (st == d->type || im_type_is_subtype(st, d->type)))) {
            pc++;
            SAVE();
            AT_REST(result = plain ? d->fn(t, self, &R[a + 3], n - 1, IM_NO_VALUE) : im_native_call_parsed(t, s, d->fn, self, &R[a + 3], n - 1));
            NATIVE_DONE(n + 2);
        }
    }
    RETRY_AS(CALLM, 1);
}
L_CALLM:
    callm_at = pc - 1;
callm_any: {
    uint32_t x = EXTRA(), a = A, n = B + 1;
    Value callee = R[a], kw = (x & 0xFFFF) == 0xFFFF ? IM_NO_VALUE : K(x & 0xFFFF);
    bool bound = im_is_unset(callee);
    if (bound) callee = R[++a], n--;
    if (callm_at && (x >> 16) != IM_CACHE_NONE) im_specialise_call(t, f, callm_at, callee, im_no_value(kw) ? n : SIZE_MAX, true);
    call_a = a, call_n = n, call_kw = kw, call_used = B + 2;
    if (!bound && im_is_exact(callee, &im_method_descriptor_type)) {
        ImMethodDescr *d = (ImMethodDescr *)im_ptr(callee);
        Value self = R[a + 1];
        ImType *st = im_type_of(self);
        if (IM_LIKELY(st == d->type || im_type_is_subtype(st, d->type))) {
            SAVE();
            AT_REST(result = im_native_call(t, d->def, d->fn, self, &R[a + 2], n - 1 - (im_no_value(kw) ? 0 : (size_t)im_tuple_len(kw)), kw));
            goto called_plain;
        }
    }
    goto call_generic;
}
L_CALLM_ANY:
    if (IM_UNLIKELY(++t->cache_misses % 64 == 0)) RETRY_AS(CALLM, 1);
    callm_at = NULL;
    goto callm_any;
L_CALLEX: {
    SAVE();
    uint32_t a = A;
    if (B && IM_UNLIKELY(!im_is_dict_exact(R[a + 2]))) { /* a mapping, or what it is told to be */
        Value d = im_dict_new(t);
        CHECK(d);
        if (im_slow_dict_merge(t, d, R[a + 2], R[a]) < 0) { im_drop(t, d); goto error; }
        SET(a + 2, d);
    }
    Value callee = R[a], args = R[a + 1], kwargs = B ? R[a + 2] : IM_NO_VALUE;
    if (im_is_tuple_exact(args)) {
        Value fn = IM_NO_VALUE, first = IM_NO_VALUE;
        if (im_is_function(callee)) fn = im_new_ref(callee);
#ifndef IM_EVAL_TRACED
        else if (!im_slow_shifted(t, callee, &fn, &first)) fn = IM_NO_VALUE;
#endif
        if (!im_no_value(fn)) {
            ImFrame *nf = im_frame_push_spread(t, (ImFunction *)im_ptr(fn), first, args, kwargs, f->top);
            im_drop(t, fn);
            im_xdrop(t, first);
            if (IM_LIKELY(nf != NULL)) {
                for (uint32_t i = a; i <= a + 1 + B; i++) CONSUME(i);
                nf->ret = (uint8_t)C;
                f = nf;
                R = f->regs;
                ENTER(nf);
            }
            if (IM_UNLIKELY(im_pending(t))) goto error;
        }
    }
    result = im_slow_call_ex(t, callee, args, kwargs);
    CALLED(callee, im_is_tuple_exact(R[a + 1]) && im_tuple_len(R[a + 1]) > 0 ? im_tuple_get(R[a + 1], 0) : im_monitor.missing);
    CHECK(result);
    for (uint32_t i = a; i <= a + 1 + B; i++) CONSUME(i);
    SET(C, result);
    POLL_NEXT();
}
L_RETURNK:
    result = K((uint16_t)D);
    im_take(result);
    live = A;
    goto do_return;
L_RETURN:
    result = R[A];
    if (im_is_ptr(result)) R[A] = IM_UNSET; /* the register dies: its reference is the caller's */
    live = B;
do_return: {
    ImFrame *back = f->back;
    uint8_t kind = f->kind;
    uint8_t ret = f->ret;
    SAVE();
    if (IM_LIKELY(kind == IM_FRAME_SIMPLE && im_no_value(f->x_frame_obj))) {
    return_simple:;
        Value *end = R + f->nlocals + live;
        for (Value *r = R; r < end; r++) {
            Value v = *r;
            if (im_is_ptr(v)) { *r = IM_UNSET; im_drop(t, v); }
        }
        im_assert_clean(end, R + f->code->nregs);
        ImFunction *fn = f->func;
        t->frame = back;
        t->upper[1] = f;
        t->depth--;
        im_drop_obj(t, &fn->head);
        f = back;
        R = f->regs;
        pc = f->x_pc;
        SET(ret, result);
        NEXT();
    }
    if (IM_UNLIKELY(kind & IM_FRAME_GEN)) {
        ImGen *g = im_frame_gen(f);
        im_gen_finish(t, g);
        if (kind & IM_FRAME_ENTRY) { t->gen_yielded = false; im_recurse_leave(t); return result; }
        f = back;
        R = f->regs;
        pc = f->x_pc; /* after FORITER or SEND and its extra unit */
        uint32_t by = pc[-2];
        TRACE(if (im_trace_stop_iteration(t, f, result) < 0) { im_drop(t, result); goto error; });
        if (kind & IM_FRAME_FORITER) im_drop(t, result);
        else { Value old = R[(by >> 8) & 0xFF]; R[(by >> 8) & 0xFF] = result; im_drop(t, old); }
        uint32_t it = (by >> 16) & 0xFF;
        Value gen = R[it];
        R[it] = IM_UNSET;
        pc += (int32_t)pc[-1];
        im_drop(t, gen);
        NEXT();
    }
    if (IM_UNLIKELY(kind & IM_FRAME_AFTER)) {
        int64_t what = im_int_get(f->aux);
        im_frame_pop(t, f);
        f = back;
        R = f->regs;
        pc = f->x_pc;
        if (what == IM_AFTER_DISCARD) {
            im_drop(t, result);
            NEXT();
        }
        ins = (int32_t)im_load_relaxed(pc - (what >= IM_AFTER_JUMP_COMPARE ? 2 : 1));
        if (what == IM_AFTER_NEW) {
            const ImType *ty = im_as_type(R[A]), *made = im_type_of(result);
            if (IM_UNLIKELY(made != ty) && im_type_is_subtype(made, ty) && IM_SLOT(made, init) != im_object_type.slots.init
                && IM_SLOT(made, init)(t, result, &R[A + 1], B, IM_NO_VALUE) < 0) {
                im_drop(t, result);
                goto error;
            }
            for (Value *r = &R[A], *end = r + B; r <= end; r++)
                if (im_is_ptr(*r)) { Value v = *r; *r = IM_UNSET; im_drop(t, v); }
            SET(C, result);
            POLL_NEXT();
        }
        if (what == IM_AFTER_JUMP_COMPARE) {
            int32_t d = (int32_t)pc[-1];
            if (IM_UNLIKELY(im_same(result, IM_NOT_IMPLEMENTED))) result = im_slow_compare_rest(t, R[A], R[B], slow_op[ins & 0xFF]);
            CHECK(result);
            int r = im_truth(t, result);
            im_drop(t, result);
            if (r < 0) goto error;
            CONSUME(A);
            CONSUME(B);
            if ((r != 0) == (bool)C) { pc += d; if (d < 0) POLL_JUMPED(); }
            NEXT();
        }
        if (what == IM_AFTER_ITEM_I || what == IM_AFTER_BINOP_I) {
            if (IM_UNLIKELY(im_same(result, IM_NOT_IMPLEMENTED)) && what == IM_AFTER_BINOP_I) {
                result = im_slow_binop_rest(t, R[B], im_int(SC), slow_op[ins & 0xFF], false);
                CHECK(result);
            }
            if (B != A) CONSUME(B);
            SET(A, result);
            NEXT();
        }
        if (IM_UNLIKELY(im_same(result, IM_NOT_IMPLEMENTED)) && what != IM_AFTER_ITEM) {
            uint32_t op = ins & 0xFF;
            result = what == IM_AFTER_COMPARE ? im_slow_compare_rest(t, R[B], R[C], slow_op[op]) : im_slow_binop_rest(t, R[B], R[C], slow_op[op], op >= OP_IADD && op <= OP_IOR);
            CHECK(result);
        }
        if (C != A) CONSUME(C);
        if (B != A) CONSUME(B);
        SET(A, result);
        NEXT();
    }
    if (kind & IM_FRAME_CTOR) {
        if (!im_is_none(result)) {
            (void)im_raise_type(t, "__init__() should return None, not '%T'", result);
            im_drop(t, result);
            goto error;
        }
        result = f->aux;
        f->aux = IM_NO_VALUE;
    }
    if (IM_LIKELY((kind & IM_FRAME_SIMPLE) && im_no_value(f->x_frame_obj))) goto return_simple;
    im_frame_pop(t, f);
    if (kind & IM_FRAME_ENTRY) { im_recurse_leave(t); return result; }
    f = back;
    R = f->regs;
    pc = f->x_pc;
    SET(ret, result);
    NEXT();
}
L_MAKEFUNC: {
    Value code = K(EXTRA());
    SAVE();
    Value v = im_slow_make_function(t, f, code, (int)C, &R[B]);
    CHECK(v);
    SET(A, v);
    NEXT();
}
L_LOADBUILDCLASS: {
    SAVE();
    Value v;
    int r = im_dict_get(t, f->func->builtins, IM_S(__build_class__), &v);
    if (r < 0) goto error;
    if (!r) { (void)im_raise(t, &im_NameError_type, "__build_class__ not found"); goto error; }
    SET(A, v);
    NEXT();
}
    /* --- exceptions ---------------------------------------------------------------------------------------------------------------------------- */
L_RAISE:
    SAVE();
    if (C == 0) {
        (void)im_slow_raise(t, IM_NO_VALUE, IM_NO_VALUE);
        for (ImExcInfo *i = t->exc_info; i; i = i->prev)
            if (im_same(i->handled, t->exc)) goto reraise; /* its traceback has this frame already */
        goto error;
    }
    (void)im_slow_raise(t, R[A], C == 2 ? R[B] : IM_NO_VALUE);
    goto error;
L_PUSHEXC: {
    Value e = im_exc_fetch(t);
    SET(A, t->exc_info->handled);
    t->exc_info->handled = e;
    im_take(e);
    SET(A + 1, e);
    NEXT();
}
L_POPEXC: {
    Value prev = R[A], e = t->exc_info->handled;
    R[A] = IM_UNSET;
    t->exc_info->handled = prev;
    SAVE();
    SET(A + 1, IM_UNSET);
    im_drop(t, e);
    NEXT();
}
L_RERAISE: {
    Value e = TAKE(A);
    SAVE();
    if (C & 1) {
        Value prev = R[B], h = t->exc_info->handled;
        R[B] = IM_UNSET;
        t->exc_info->handled = prev;
        im_drop(t, h);
    }
    im_exc_restore(t, e);
    goto reraise;
}
L_JNOTEXC: {
    int32_t d = (int32_t)EXTRA();
    SAVE();
    int r = im_exc_matches(t, R[A], R[B]);
    if (r < 0) goto error;
    CONSUME(B);
    if (!r) pc += d;
    NEXT();
}
L_CHECKEG: {
    SAVE();
    Value match;
    if (im_slow_check_eg(t, f, &R[B], R[C], &match) < 0) goto error;
    CONSUME(C);
    SET(A, match);
    NEXT();
}
L_EXCARGS: {
    Value e = R[B], cls = im_type_value(im_type_of(e)), tb = im_exc_get_traceback(e);
    im_take(cls);
    im_take(e);
    SET(A, cls);
    SET(A + 1, e);
    SET(A + 2, im_no_value(tb) ? IM_NONE : tb);
    NEXT();
}
L_LOADASSERT: {
    Value v = im_type_value(&im_AssertionError_type);
    im_take(v);
    SET(A, v);
    NEXT();
}
    /* --- generators ------------------------------------------------------------------------------------------------------------------------------ */
L_GENSTART: {
    ImFrame *back = f->back;
    uint8_t kind = f->kind, ret = f->ret;
    SAVE();
    result = im_gen_new(t, f); /* pops f */
    if (im_no_value(result)) {
        if (kind & IM_FRAME_ENTRY) { im_recurse_leave(t); return IM_NO_VALUE; }
        f = back;
        R = f->regs;
        pc = f->x_pc;
        goto error;
    }
    if (kind & IM_FRAME_ENTRY) { im_recurse_leave(t); return result; }
    f = back;
    R = f->regs;
    pc = f->x_pc;
    if (IM_UNLIKELY(kind & IM_FRAME_CTOR)) {
        (void)im_raise_type(t, "__init__() should return None, not '%T'", result);
        im_drop(t, result);
        goto error;
    }
    if (IM_UNLIKELY(kind & IM_FRAME_AFTER)) { im_drop(t, result); NEXT(); } /* a setter */
    SET(ret, result);
    NEXT();
}
L_YIELD: {
    ImGen *g = im_frame_gen(f);
    result = TAKE(B);
    SAVE();
    TRACE(if (resume_at) f->x_pc = resume_at; resume_at = NULL);
    if (C == 1) {
        Value w = im_async_gen_wrap(t, result);
        im_drop(t, result);
        CHECK(w);
        result = w;
    }
    g->yield_reg = (uint8_t)A;
    g->yield_kind = (uint8_t)C;
    uint8_t kind = f->kind, ret = f->ret;
    ImFrame *back = f->back;
    im_gen_suspend(t, g);
    if (kind & IM_FRAME_ENTRY) { t->gen_yielded = true; im_recurse_leave(t); return result; }
    f = back;
    R = f->regs;
    pc = f->x_pc;
    SET(ret, result);
    NEXT();
}
L_GETYIELDFROM: {
    SAVE();
    Value v = im_slow_yield_from_iter(t, f, R[B]);
    CHECK(v);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
L_GETAWAITABLE: {
    SAVE();
    Value v = im_coro_get_awaitable(t, R[B], (int)C);
    CHECK(v);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
L_SEND: {
    int32_t d = (int32_t)EXTRA();
    SAVE();
    Value o = R[B];
    if ((im_is_gen(o) || im_is_coroutine(o)) && im_load_relaxed(&((ImGen *)im_ptr(o))->x_state) != IM_GEN_DONE) {
        ImGen *g = (ImGen *)im_ptr(o);
        if (im_is_none(R[C]) || im_load_relaxed(&g->x_state) != IM_GEN_CREATED) {
            int was = im_gen_begin(t, g, f);
            if (was < 0) goto error;
            bool fresh = was == IM_GEN_CREATED;
            g->frame.kind = IM_FRAME_GEN | IM_FRAME_SEND;
            g->frame.ret = (uint8_t)A;
            Value v = TAKE(C);
            if (!fresh) { Value old = g->frame.regs[g->yield_reg]; g->frame.regs[g->yield_reg] = v; im_drop(t, old); }
            else im_drop(t, v);
            f = &g->frame;
            R = f->regs;
            pc = f->x_pc;
            TRACE(if (!fresh && im_trace_resumed(t, f) < 0) goto error);
            NEXT();
        }
    }
    Value out;
    int r = im_slow_send(t, o, R[C], &out);
    if (r < 0) goto error;
    TRACE(if (r == 0 && im_trace_sent(t, f, o, out) < 0) { im_drop(t, out); goto error; });
    CONSUME(C);
    SET(A, out);
    if (r == 0) {
        Value dead = R[B];
        R[B] = IM_UNSET;
        im_drop(t, dead);
        pc += d;
    }
    NEXT();
}
L_CLEANUPTHROW: {
    int32_t d = (int32_t)EXTRA();
    SAVE();
    uint32_t b = B;
    Value e = R[b + 1];
    bool stop = im_is_instance_of(e, &im_StopIteration_type);
    Value v = stop ? im_stop_value(t, e) : IM_NO_VALUE;
    Value prev = R[b], h = t->exc_info->handled;
    R[b] = IM_UNSET;
    R[b + 1] = IM_UNSET;
    t->exc_info->handled = prev;
    im_drop(t, h);
    if (!stop) { im_exc_restore(t, e); goto reraise; }
    im_drop(t, e);
    SET(A, v);
    pc += d;
    NEXT();
}
L_GETAITER: {
    SAVE();
    Value v = im_slow_aiter(t, R[B]);
    CHECK(v);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
L_GETANEXT: {
    SAVE();
    Value v = im_slow_anext(t, R[B]);
    CHECK(v);
    SET(A, v);
    NEXT();
}
L_ENDASYNCFOR: {
    int32_t d = (int32_t)EXTRA();
    SAVE();
    uint32_t a = A;
    Value e = R[a + 1], prev = R[a], h = t->exc_info->handled;
    R[a] = IM_UNSET;
    R[a + 1] = IM_UNSET;
    t->exc_info->handled = prev;
    im_drop(t, h);
    if (!im_is_instance_of(e, &im_StopAsyncIteration_type)) { im_exc_restore(t, e); goto reraise; }
    im_drop(t, e);
    pc += d;
    NEXT();
}
    /* --- imports ---------------------------------------------------------------------------------------------------------------------------------- */
L_IMPORTNAME: {
    Value name = f->code->names[EXTRA() & 0xFFFF];
    SAVE();
    Value v = im_slow_import_name(t, f, name, R[B], R[C]);
    CHECK(v);
    CONSUME(C);
    CONSUME(B);
    SET(A, v);
    NEXT();
}
L_IMPORTFROM: {
    Value name = f->code->names[EXTRA() & 0xFFFF];
    SAVE();
    Value v = im_slow_import_from(t, R[B], name);
    CHECK(v);
    SET(A, v);
    NEXT();
}
L_IMPORTSTAR:
    SAVE();
    if (im_slow_import_star(t, f, R[A]) < 0) goto error;
    CONSUME(A);
    NEXT();
    /* --- pattern matching ---------------------------------------------------------------------------------------------------------------------------- */
L_MATCHSEQ:
    SET(A, im_bool(im_type_has(im_type_of(R[B]), IM_TF_SEQUENCE)));
    NEXT();
L_MATCHMAP:
    SET(A, im_bool(im_type_has(im_type_of(R[B]), IM_TF_MAPPING)));
    NEXT();
L_MATCHKEYS: {
    SAVE();
    Value v = im_slow_match_keys(t, R[B], R[C]);
    CHECK(v);
    SET(A, v);
    NEXT();
}
L_MATCHCLASS: {
    int npos = (int)EXTRA();
    SAVE();
    uint32_t c = C;
    Value v = im_slow_match_class(t, R[B], R[c], R[c + 1], npos);
    CHECK(v);
    CONSUME(c + 1);
    CONSUME(c);
    SET(A, v);
    NEXT();
}
L_GETLEN: {
    SAVE();
    ssize_t n = im_len(t, R[B]);
    if (n < 0) goto error;
    Value v = im_int_new(t, n);
    CHECK(v);
    SET(A, v);
    NEXT();
}
L_INTRINSIC: {
    static const uint8_t nargs[IM_INTR_COUNT] = {
#define INTR(name, n, doc) n,
#include "code/intrinsics.def"
#undef INTR
    };
    SAVE();
    uint32_t b = B, n = nargs[C < IM_INTR_COUNT ? C : 0];
    Value v = im_slow_intrinsic(t, f, (int)C, &R[b]);
    CHECK(v);
    for (uint32_t i = b; i < b + n; i++)
        if (i != A) CONSUME(i);
    SET(A, v);
    NEXT();
}
L_RESUME_BODY:
#ifndef IM_EVAL_TRACED
    if (IM_UNLIKELY(POLL_WANTED())) goto L_RESUME;
    f->kind &= (uint8_t)~IM_FRAME_INCOMPLETE;
    {
        ImCodeBody body = im_load_acquire(&f->code->x_body);
        f->x_pc = f->code->x_units + f->code->body_at;
        result = body(t, R);
    }
    if (IM_UNLIKELY(im_is_unset(result))) POLL_NEXT();
    if (IM_UNLIKELY(im_no_value(result))) { pc = f->x_pc; goto error; }
    live = 0;
    goto do_return;
#endif
L_RESUME:
    f->kind &= (uint8_t)~IM_FRAME_INCOMPLETE;
    POLL_NEXT();

    /* --- slow halves that several instructions share ------------------------------------------------------------------------------------------ */
    /* Objects of several shapes come by: the thread's attribute lines instead of the instruction's cache word, which is renewed now and then: im_slow_getattr and
     * its kind count once more and then find the number full. */
#define RENEWAL_DUE() IM_UNLIKELY(++t->cache_misses % 256 == 0 && (t->cache_misses--, true))
getattr_missed: {
    Value o = R[B], v;
    if (im_is_ptr(o) && !RENEWAL_DUE()) {
        ImObject *p = im_ptr(o);
        ImShape *s = im_load_acquire(&p->x_shape);
        ImAttrLine *l = im_attr_line_seen(t, s, f->code->names[pc[-1] & 0xFFFF]);
        if (IM_LIKELY(l != NULL && l->entry->kind != IM_ATTR_DATA && (im_type_flags(s->type) & IM_TF_GENERIC_GETATTR))) {
            if (l->place == IM_AT_SLOT) v = im_slot_get(t, NULL, (Value *)((char *)p + l->at));
            else if (l->place != IM_AT_CLASS || l->entry->kind != IM_ATTR_PLAIN || !entry_load(t, l->entry, &v)) v = IM_NO_VALUE;
            if (IM_LIKELY(present(v))) {
                if (B != A) CONSUME(B);
                SET(A, v);
                NEXT();
            }
        }
    }
    RETRY_AS(GETATTR, 2);
}
setattr_missed: {
    Value o = R[A];
    if (im_is_ptr(o) && im_is_private(o) && !RENEWAL_DUE()) {
        ImObject *p = im_ptr(o);
        ImShape *s = p->x_shape;
        ImAttrLine *l = im_attr_line_seen(t, s, f->code->names[pc[-1] & 0xFFFF]);
        if (IM_LIKELY(l != NULL && l->place == IM_AT_SLOT && l->entry->kind != IM_ATTR_DATA && IM_SLOT(s->type, setattr) == im_object_type.slots.setattr)) {
            Value *slot = (Value *)((char *)p + l->at), old = *slot;
            if (IM_LIKELY(present(old))) {
                *slot = TAKE(B);
                SAVE();
                im_drop(t, old);
                CONSUME(A);
                NEXT();
            }
        } else {
            ImShape *to;
            Value *slot = im_slow_slot_after(t, p, f->code->names[pc[-1] & 0xFFFF], &to);
            if (slot) {
                *slot = TAKE(B);
                im_store_relaxed(&p->x_shape, to);
                CONSUME(A);
                NEXT();
            }
        }
    }
    RETRY_AS(SETATTR, 2);
}
loadmethod_missed: {
    Value o = R[B], v;
    if (im_is_ptr(o) && !RENEWAL_DUE()) {
        ImShape *s = im_load_acquire(&im_ptr(o)->x_shape);
        ImAttrLine *l = im_attr_line_seen(t, s, f->code->names[pc[-1] & 0xFFFF]);
        if (IM_LIKELY(l != NULL && l->place == IM_AT_CLASS && l->entry->kind == IM_ATTR_METHOD && (im_type_flags(s->type) & IM_TF_GENERIC_GETATTR)
                      && entry_load(t, l->entry, &v))) {
            o = TAKE(B);
            SET(A, v);
            SET(A + 1, o);
            NEXT();
        }
    }
    RETRY_AS(LOADMETHOD, 2);
}
slow_binop: {
    SAVE();
    Value v = im_slow_operator(t, R[B], R[C], slow_op[ins & 0xFF], false);
    if (!im_no_value(v)) PUSH_AFTER(v, R[B], R[C], IM_AFTER_BINOP);
    if (slow_op[ins & 0xFF] == IM_OP_MUL && im_is_int(R[C]) && IS_OWN_LIST(B)) v = im_list_repeat_own(t, R[B], im_int_get(R[C]));
    else v = im_slow_binop(t, f, R[B], R[C], slow_op[ins & 0xFF]);
    CHECK(v);
    if (C != A) CONSUME(C);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
slow_inplace: {
    SAVE();
    Value v = im_slow_operator(t, R[B], R[C], slow_op[ins & 0xFF], true);
    if (!im_no_value(v)) PUSH_AFTER(v, R[B], R[C], IM_AFTER_BINOP);
    v = im_slow_inplace(t, f, &R[B], R[C], slow_op[ins & 0xFF]);
    CHECK(v);
    if (C != A) CONSUME(C);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
slow_binop_i: {
    SAVE();
    Value v = im_slow_operator(t, R[B], im_int(SC), slow_op[ins & 0xFF], false);
    if (!im_no_value(v)) PUSH_AFTER(v, R[B], im_int(SC), IM_AFTER_BINOP_I);
    v = slow_op[ins & 0xFF] == IM_OP_MUL && IS_OWN_LIST(B) ? im_list_repeat_own(t, R[B], SC) : im_slow_binop(t, f, R[B], im_int(SC), slow_op[ins & 0xFF]);
    CHECK(v);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
slow_inplace_i: {
    SAVE();
    Value v = im_slow_inplace(t, f, &R[B], im_int(SC), slow_op[ins & 0xFF]);
    CHECK(v);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
slow_equal: {
    Value b = R[B], c = R[C];
    if (IM_LIKELY(IS_EXACT(b, &im_str_type) && IS_EXACT(c, &im_str_type))) {
        bool r = im_str_equal_quick(b, c) == (slow_op[ins & 0xFF] == IM_EQ);
        if (C != A) CONSUME(C);
        if (B != A) CONSUME(B);
        SET(A, im_bool(r));
        NEXT();
    }
}
slow_compare: {
    SAVE();
    Value v;
    if (EQUALS_STRS(R[B], R[C])) {
        v = im_bool(im_str_equal(R[B], R[C]) == (slow_op[ins & 0xFF] == IM_EQ));
    } else {
        v = im_slow_comparison(t, R[B], R[C], slow_op[ins & 0xFF]);
        if (!im_no_value(v)) PUSH_AFTER(v, R[B], R[C], IM_AFTER_COMPARE);
        v = im_compare(t, R[B], R[C], slow_op[ins & 0xFF]);
    }
    CHECK(v);
    if (C != A) CONSUME(C);
    if (B != A) CONSUME(B);
    SET(A, v);
    NEXT();
}
slow_jump_equal: {
    Value a = R[A], b = R[B];
    if (IM_LIKELY(IS_EXACT(a, &im_str_type) && IS_EXACT(b, &im_str_type))) {
        int32_t d = (int32_t)EXTRA();
        bool r = im_str_equal_quick(a, b) == (slow_op[ins & 0xFF] == IM_EQ);
        CONSUME(A);
        CONSUME(B);
        if (r == (bool)C) { pc += d; if (d < 0) POLL_JUMPED(); }
        NEXT();
    }
}
slow_jump_compare: {
    int32_t d = (int32_t)EXTRA();
    SAVE();
    int r;
    if (EQUALS_STRS(R[A], R[B])) {
        r = im_str_equal(R[A], R[B]) == (slow_op[ins & 0xFF] == IM_EQ);
    } else {
        Value fn = im_slow_comparison(t, R[A], R[B], slow_op[ins & 0xFF]);
        if (!im_no_value(fn)) PUSH_AFTER(fn, R[A], R[B], IM_AFTER_JUMP_COMPARE);
        r = im_slow_compare(t, R[A], R[B], slow_op[ins & 0xFF]);
        if (r < 0) goto error;
    }
    CONSUME(A);
    CONSUME(B);
    if ((r != 0) == (bool)C) { pc += d; if (d < 0) POLL_JUMPED(); }
    NEXT();
}
slow_jump_compare_i: {
    int32_t d = (int32_t)EXTRA();
    SAVE();
    int r = im_slow_compare(t, R[A], im_int(SB), slow_op[ins & 0xFF]);
    if (r < 0) goto error;
    CONSUME(A);
    if ((r != 0) == (bool)C) { pc += d; if (d < 0) POLL_JUMPED(); }
    NEXT();
}

    /* --- unwinding ------------------------------------------------------------------------------------------------------------------------------------- */
error:
    SAVE();
#if IM_ASSERT_LEVEL >= 1
    if (!im_pending(t)) im_fatal("%s failed without an exception, line %d of %s in %s", im_op_name[im_load_relaxed(pc - 1) & 0xFF], im_frame_line(f), (char *)im_str_data(f->code->name), (char *)im_str_data(f->code->filename));
#endif
    im_slow_traceback_here(t, f);
    TRACE(im_trace_exception(t, f, IM_EV_RAISE));
    goto unwind;
reraise:
    TRACE(im_trace_exception(t, f, IM_EV_RERAISE));
unwind:
    for (;;) {
        R = f->regs;
        const ImHandler *h = find_handler(f->code, im_frame_unit(f));
        if (h) {
            clear_from(t, R, h->depth, f->code->nregs);
            pc = f->code->x_units + h->handler;
#ifdef IM_EVAL_TRACED
            last = im_trace_previous(t, f, f->x_pc);
            traced = f;
            if (!raised || !im_trace_passes_on(f)) raised = f->x_pc;
            flowed = false;
            f->x_pc = pc + 1;
            im_trace_exception(t, f, IM_EV_EXCEPTION_HANDLED);
#endif
            HANDLE();
        }
        ImFrame *back = f->back;
        uint8_t kind = f->kind;
#ifdef IM_EVAL_TRACED
        if (traced == f && raised && im_trace_passes_on(f)) f->x_pc = raised; /* it leaves from there */
        else im_slow_restore_unit(t, f);
        raised = NULL;
        im_trace_unwind(t, f);
#else
        im_slow_restore_unit(t, f);
#endif
        if (kind & IM_FRAME_GEN) im_gen_finish(t, im_frame_gen(f));
        else im_frame_pop(t, f);
        if (kind & IM_FRAME_ENTRY) { im_recurse_leave(t); return IM_NO_VALUE; }
        f = back;
        pc = f->x_pc;
        im_slow_traceback_here(t, f);
        TRACE(im_trace_exception(t, f, IM_EV_RAISE));
    }
}
#if PINNED
#undef t
#undef f
#undef R
#undef pc
Value EVAL(Thread *t, ImFrame *f, bool enter)
{
    Thread *thread = pinned_thread; /* the caller's, for all that the compiler knows */
    Value *regs = pinned_regs;
    ImFrame *frame = pinned_frame;
    const uint32_t *pc = pinned_pc;
    ImActivation *outer = t->activations;
    t->activation_high = im_c_stack_pointer();
    pinned_thread = t;
    pinned_regs = f->regs;
    pinned_frame = f;
    pinned_pc = f->x_pc;
    Value v = RUN(enter);
    pinned_thread->activations = outer;
    pinned_thread = thread;
    pinned_regs = regs;
    pinned_frame = frame;
    pinned_pc = pc;
    return v;
}
#else
Value EVAL(Thread *t, ImFrame *f, bool enter)
{
    ImActivation *outer = t->activations;
    t->activation_high = im_c_stack_pointer();
    Value v = RUN(t, f, enter);
    t->activations = outer;
    return v;
}
#endif
