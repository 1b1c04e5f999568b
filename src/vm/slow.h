/* Out-of-line halves of the instructions. Each gets the frame and the instruction, reads its operands from registers, and leaves consumption of temporaries to the
 * caller unless it says otherwise. 0, or -1 with an exception pending.
 * SPDX-License-Identifier: MIT */
#ifndef IM_VM_SLOW_H
#define IM_VM_SLOW_H

#include "object/signature.h"
#include "vm/frame.h"

Value im_slow_binop(Thread *t, ImFrame *f, Value a, Value b, ImBinOp op);
Value im_slow_inplace(Thread *t, ImFrame *f, Value *target, Value b, ImBinOp op); /* may reuse *target (then it is left IM_UNSET) */
int im_slow_compare(Thread *t, Value a, Value b, ImCmp op); /* truth of a op b */
/* The Python function that alone decides a op b at first: owned, takes both; no value (nothing pending) when it is not that simple. */
Value im_slow_operator(Thread *t, Value a, Value b, ImBinOp op, bool inplace);
Value im_slow_comparison(Thread *t, Value a, Value b, ImCmp op);
Value im_slow_subscription(Thread *t, Value a);
/* What is left to do when it has answered NotImplemented. */
Value im_slow_binop_rest(Thread *t, Value a, Value b, ImBinOp op, bool inplace);
Value im_slow_compare_rest(Thread *t, Value a, Value b, ImCmp op);
/* The function that a call of a bound method or of an instance with __call__ comes to, and what it gets first, both owned; 0: something else. */
int im_slow_shifted(Thread *t, Value callee, Value *function, Value *first);
/* The Python function that is the __get__ of d's class, if it takes three arguments; else no value. */
Value im_slow_getter(Thread *t, Value d);
/* __new__ where it is a static Python function with n parameters, and the class has no __init__: owned, its code in t->special_code; or no value. */
Value im_slow_python_new(Thread *t, Value cls, uint32_t n);
/* A class whose __init__ is a Python function: 1 the object is made and *function is to be called with it first, 2 *made is the result already, 0 another callable, -1. */
int im_slow_constructed(Thread *t, Value callee, const Value *args, size_t nargs, Value kwnames, Value *function, Value *made);
Value im_slow_getslice(Thread *t, Value o, Value lo, Value hi, Value step); /* no value without exception: use a slice object */
int im_slow_setslice(Thread *t, Value o, Value lo, Value hi, Value step, Value v); /* 1 done; 0: use a slice object; -1 exception */
Value im_slow_getitem(Thread *t, Value o, Value k);
int im_slow_load_global(Thread *t, ImFrame *f, const uint32_t *at, Value *out);
int im_slow_store_global(Thread *t, ImFrame *f, const uint32_t *at, Value v); /* steals v */
int im_slow_del_global(Thread *t, ImFrame *f, Value name);
int im_slow_load_name(Thread *t, ImFrame *f, const uint32_t *at, Value *out);
int im_slow_store_name(Thread *t, ImFrame *f, const uint32_t *at, Value v); /* steals v */
int im_slow_del_name(Thread *t, ImFrame *f, Value name);
int im_slow_load_from(Thread *t, ImFrame *f, Value mapping, Value name, Value *out); /* 1 found, 0 absent */
int im_slow_global_or_builtin(Thread *t, ImFrame *f, Value name, Value *out);
Value im_slow_getattr(Thread *t, ImFrame *f, const uint32_t *at, Value o);
/* Where a private instance gets one more attribute by generic ways, and its shape then; null: in another way, or there is no room. */
Value *im_slow_slot_after(Thread *t, ImObject *p, Value name, ImShape **after);
int im_slow_setattr(Thread *t, ImFrame *f, const uint32_t *at, Value o, Value v);
int im_slow_load_method(Thread *t, ImFrame *f, const uint32_t *at, Value o, Value *out); /* out[0], out[1] owned */
Value im_slow_descr_get(Thread *t, ImFrame *f, const uint32_t *at, Value d, Value o); /* the descriptor's __get__; drops d */
int im_slow_descr_set(Thread *t, ImFrame *f, const uint32_t *at, Value d, Value o, Value v);
int im_slow_unwrap(Thread *t, Value d, Value cls, Value *out);  /* classmethod, staticmethod: 1 and as im_slow_load_method, d dropped; 0 */
void im_caches_flush(Thread *t);                                /* im_caches_flush_hook */
int im_slow_load_special(Thread *t, Value o, int which, Value *out);
int im_slow_load_super(Thread *t, uint64_t *word, Value cls_global, Value cls, Value self, Value name, int how, Value *out); /* word: the site's cache, or null; how: operand c */
int im_slow_unpack_items(Thread *t, Value seq, Value *dst, int n);                  /* dst[0..n) owned, in order */
/* The same into registers, whose former values are dropped; drops seq. */
int im_slow_unpack(Thread *t, Value seq, Value *regs, int n);
int im_slow_unpack_ex(Thread *t, Value seq, Value *regs, int before, int after);    /* a list of what is between in regs[before] */
Value im_slow_format(Thread *t, Value v, int conv, Value spec);
int im_slow_dict_merge(Thread *t, Value d, Value m, Value callee);
int im_slow_list_extend(Thread *t, Value list, Value it, bool call, Value callee);
Value im_slow_call_ex(Thread *t, Value callee, Value args, Value kwargs); /* args: any iterable */
Value im_slow_make_function(Thread *t, ImFrame *f, Value code, int flags, Value *parts); /* consumes parts */
int im_slow_raise(Thread *t, Value exc, Value cause); /* always -1 */
int im_slow_check_eg(Thread *t, ImFrame *f, Value *rest, Value type, Value *match);
Value im_slow_import_name(Thread *t, ImFrame *f, Value name, Value level, Value fromlist);
Value im_slow_import_from(Thread *t, Value module, Value name);
int im_slow_import_star(Thread *t, ImFrame *f, Value module);
Value im_slow_match_keys(Thread *t, Value subject, Value keys);
Value im_slow_match_class(Thread *t, Value subject, Value cls, Value names, int npos);
Value im_slow_intrinsic(Thread *t, ImFrame *f, int which, Value *args);
int im_slow_unbound_local(Thread *t, ImFrame *f, Value name);   /* -1 */
int im_slow_unbound_free(Thread *t, ImFrame *f, Value name);    /* -1 */
void im_slow_restore_unit(Thread *t, ImFrame *f);
void im_slow_traceback_here(Thread *t, ImFrame *f);
Value im_slow_yield_from_iter(Thread *t, ImFrame *f, Value v);
int im_slow_send(Thread *t, Value receiver, Value v, Value *out); /* 1 yielded, 0 returned, -1 */
Value im_slow_aiter(Thread *t, Value v);
Value im_slow_anext(Thread *t, Value v);
/* Can a native function or method of this row be called with n positional arguments at once? */
IM_INLINE bool im_native_is_plain(const ImMethodDef *d, size_t n)
{
    unsigned how = d->how & 0xF;
    return (how == IM_M_FIXED && d->min == n) || (how == IM_M_RANGE && d->min <= n && n <= d->max);
}
/* A method's row in an inline cache: its distance from a place in the program, whose tables never move, above a half that no other kind of cache word has (0 is no uid). 0: too far. */
IM_INLINE uint64_t im_def_word(const ImMethodDef *d)
{
    int64_t distance = (int64_t)((uintptr_t)d - (uintptr_t)&im_type_type);
    return distance == (int32_t)distance ? (uint64_t)distance << 32 : 0;
}
IM_INLINE bool im_def_is(const ImMethodDef *d, uint64_t w) { return (uint32_t)w == 0 && (uintptr_t)d == (uintptr_t)&im_type_type + (uintptr_t)((int64_t)w >> 32); }
/* Specialising: called on the generic form's first execution of a call. */
void im_specialise_call(Thread *t, ImFrame *f, const uint32_t *at, Value callee, size_t nargs, bool method);
void im_specialise_iter(uint32_t *at, uint32_t nlocals, Value it);

/* What an attribute cache's low half says besides the shape (whose id is a multiple of 8): which form filled it. An instruction that is being renewed by another
 * thread may meet the new word with the old opcode. */
enum { IM_IC_SLOT = 0, IM_IC_ENTRY = 1, IM_IC_DESCR = 2, IM_IC_EXTRA = 3, IM_IC_DICT = 4, IM_IC_ADD = 5, IM_IC_MEMBER = 6 };
/* The high half of IM_IC_DICT words (but for methods): byte offset of the field that refers to the dict; above it the number under which the dict last had the name. */
enum { IM_IC_DICT_FIELDS = 0xFFFF };

/* Overwrites the opcode byte of the instruction at `at`. */
/* Is the load at `at` (GETATTR, LOADGLOBAL, LOADNAME) followed by an in-place sum of what it loads and the store back to the same place? Then one instruction can do all three. */
IM_MUST_USE bool im_begins_update(const ImFrame *f, const uint32_t *at);
IM_INLINE void im_quicken(const uint32_t *at, ImOp op) { im_store_relaxed((uint8_t *)(uintptr_t)at, (uint8_t)op); }

#endif
