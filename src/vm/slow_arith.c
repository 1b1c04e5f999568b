/* Operators, comparison, items: slow halves.
 * SPDX-License-Identifier: MIT */
#include "object/lookup.h"
#include <math.h>

#include "types/bytes.h"
#include "types/dict.h"
#include "types/float.h"
#include "types/int.h"
#include "types/list.h"
#include "types/slice.h"
#include "types/str.h"
#include "types/tuple.h"
#include "types/function.h"
#include "types/slot_functions.h"
#include "vm/slow.h"

/* Number as a double when it is a float of any form or a small int. */
static bool as_double(Value v, double *d)
{
    if (im_is_flt(v)) { *d = im_flt_get(v); return true; }
    if (im_is_int(v)) { *d = (double)im_int_get(v); return true; }
    if (im_is_exact(v, &im_float_type)) { *d = ((ImFloat *)im_ptr(v))->x; return true; }
    return false;
}

/* Float arithmetic that the loop's own test missed (boxed or mixed operands); no value without exception when it is none. */
static Value mixed(Thread *t, Value a, Value b, ImBinOp op)
{
    double x, y;
    if ((im_is_int(a) && im_is_int(b)) || !as_double(a, &x) || !as_double(b, &y)) return IM_NO_VALUE;
    switch (op) {
    case IM_OP_ADD: return im_float_new(t, x + y);
    case IM_OP_SUB: return im_float_new(t, x - y);
    case IM_OP_MUL: return im_float_new(t, x * y);
    case IM_OP_TRUEDIV: return y != 0 ? im_float_new(t, x / y) : IM_NO_VALUE;
    default: return IM_NO_VALUE;
    }
}

static bool exact_int(Value v) { return im_is_int(v) || im_is_exact(v, &im_int_type); }

/* A truth value as the number that sums count it as. */
IM_INLINE Value as_number(Value v) { return im_is_bool(v) ? im_int(im_same(v, IM_TRUE)) : v; }

Value im_slow_binop(Thread *t, ImFrame *f, Value a, Value b, ImBinOp op)
{
    (void)f;
    if (op == IM_OP_MUL && im_is_int(b) && (im_is_str_exact(a) || im_is_list_exact(a) || im_is_exact(a, &im_tuple_type) || im_is_exact(a, &im_bytes_type)))
        return im_type_of(a)->slots.repeat(t, a, im_int_get(b));
    if (op == IM_OP_ADD && im_is_object(a) && im_is_object(b) && im_ptr(a)->x_shape == im_ptr(b)->x_shape && (im_is_list_exact(a) || im_is_tuple_exact(a)))
        return im_type_of(a)->slots.concat(t, a, b);
    if (op <= IM_OP_TRUEDIV && op != IM_OP_MATMUL) {
        if (im_is_bool(b) && exact_int(a)) b = as_number(b);
        Value v = mixed(t, a, b, op);
        if (!im_no_value(v) || im_pending(t)) return v;
        if (exact_int(a) && exact_int(b)) {
            if (op == IM_OP_ADD) return im_int_add(t, a, b);
            if (op == IM_OP_SUB) return im_int_sub(t, a, b);
            if (op == IM_OP_MUL) return im_int_mul(t, a, b);
            if (op == IM_OP_TRUEDIV && im_is_int(a) && im_is_int(b)) {
                int64_t x = im_int_get(a), y = im_int_get(b), lim = (int64_t)1 << 53;
                if (y != 0 && x <= lim && x >= -lim && y <= lim && y >= -lim) return im_float_new(t, (double)x / (double)y);
            }
        }
        if (op == IM_OP_ADD && im_is_str_exact(a) && im_is_str_exact(b)) return im_str_concat(t, a, b);
    }
    return im_binop(t, a, b, op);
}

/* Strings and big ints whose only reference is the target register grow in place. */
Value im_slow_inplace(Thread *t, ImFrame *f, Value *target, Value b, ImBinOp op)
{
    Value a = *target;
    if (op <= IM_OP_MUL) {
        if (im_is_bool(b) && exact_int(a)) b = as_number(b);
        if (im_is_object(a) && im_is_exact(a, &im_int_type) && exact_int(b)) {
            *target = IM_UNSET; /* the register's reference moves into the operation */
            Value v = a;
            int r = op == IM_OP_ADD ? im_int_iadd(t, &v, b) : op == IM_OP_SUB ? im_int_isub(t, &v, b) : im_int_imul(t, &v, b);
            return r < 0 ? IM_NO_VALUE : v;
        }
        if (op == IM_OP_ADD && im_is_str_exact(a) && im_is_str_exact(b) && im_is_unique(a)) {
            *target = IM_UNSET;
            Value v = a;
            return im_str_append(t, &v, b) < 0 ? IM_NO_VALUE : v;
        }
        Value v = mixed(t, a, b, op);
        if (!im_no_value(v) || im_pending(t)) return v;
        if (exact_int(a) && exact_int(b)) return im_slow_binop(t, f, a, b, op);
        if (op == IM_OP_ADD && im_is_str_exact(a) && im_is_str_exact(b)) return im_str_concat(t, a, b);
    }
    return im_inplace(t, a, b, op);
}

/* --- special methods that are Python functions: called without C recursion -------------------------------------------------------------- */
static Value special_function(Thread *t, Value o, Value name, uint32_t n)
{
    ImAttrLine room, *l = im_attr_line(t, im_ptr(o), name, &room);
    if (!l || l->entry->kind != IM_ATTR_METHOD) return IM_NO_VALUE;
    Value v = im_entry_get(t, l->entry);
    if (im_is_function(v)) {
        ImCode *co = t->special_code = im_function_code((ImFunction *)im_ptr(v));
        if (co->simple_args == n && !(co->flags & (IM_CO_GENERATOR | IM_CO_COROUTINE | IM_CO_ASYNC_GENERATOR))) return v;
    }
    im_xdrop(t, v);
    return IM_NO_VALUE;
}

/* A class statement's class, and the other operand's is the same or a built-in one: the left operand goes first. */
static bool left_first(Value a, Value b)
{
    if (!im_is_ptr(a)) return false;
    ImType *ta = im_type_of(a), *tb = im_type_of(b);
    return (im_type_flags(ta) & IM_TF_HEAP) && (ta == tb || !(im_type_flags(tb) & IM_TF_HEAP));
}

#define BINARIES(X) X(ADD, add, iadd, __add__) X(SUB, subtract, isubtract, __sub__) X(MUL, multiply, imultiply, __mul__) X(TRUEDIV, true_divide, itrue_divide, __truediv__) \
    X(FLOORDIV, floor_divide, ifloor_divide, __floordiv__) X(MOD, remainder, iremainder, __mod__) X(MATMUL, matmul, imatmul, __matmul__) \
    X(LSHIFT, lshift, ilshift, __lshift__) X(RSHIFT, rshift, irshift, __rshift__)
Value im_slow_operator(Thread *t, Value a, Value b, ImBinOp op, bool inplace)
{
    if (!left_first(a, b)) return IM_NO_VALUE;
    const ImType *ty = im_type_of(a);
    Value name;
    switch (op) {
#define X(OP, slot, islot, method) case IM_OP_##OP: if (IM_SLOT(ty, slot) != slot_##slot || (inplace && IM_SLOT(ty, islot))) return IM_NO_VALUE; name = IM_S(method); break;
    BINARIES(X)
#undef X
#define X(OP, slot, member, islot, method) case IM_OP_##OP: if (IM_SLOT(ty, member) != slot || (inplace && IM_SLOT(ty, islot))) return IM_NO_VALUE; name = IM_S(method); break;
    X(OR, slot_or, or_, ior, __or__) X(AND, slot_and, and_, iand, __and__) X(XOR, slot_xor, xor_, ixor, __xor__)
#undef X
    default: return IM_NO_VALUE;
    }
    return special_function(t, a, name, 2);
}
Value im_slow_comparison(Thread *t, Value a, Value b, ImCmp op)
{
    if (!left_first(a, b) || IM_SLOT(im_type_of(a), richcompare) != slot_richcompare) return IM_NO_VALUE;
    return special_function(t, a, op == IM_LT ? IM_S(__lt__) : op == IM_LE ? IM_S(__le__) : op == IM_EQ ? IM_S(__eq__) : op == IM_NE ? IM_S(__ne__) : op == IM_GT ? IM_S(__gt__) : IM_S(__ge__), 2);
}
Value im_slow_subscription(Thread *t, Value a)
{
    if (!im_is_ptr(a) || IM_SLOT(im_type_of(a), subscript) != slot_subscript) return IM_NO_VALUE;
    return special_function(t, a, IM_S(__getitem__), 2);
}
Value im_slow_binop_rest(Thread *t, Value a, Value b, ImBinOp op, bool inplace) { return im_binop_rest(t, a, b, op, inplace); }
Value im_slow_compare_rest(Thread *t, Value a, Value b, ImCmp op) { return im_compare_rest(t, a, b, op); }

int im_slow_shifted(Thread *t, Value callee, Value *function, Value *first)
{
    if (im_is_exact(callee, &im_method_type)) {
        ImMethod *m = (ImMethod *)im_ptr(callee);
        if (!im_is_function(m->func)) return 0;
        *function = im_new_ref(m->func);
        *first = im_new_ref(m->self);
        return 1;
    }
    if (!im_is_object(callee) || IM_SLOT(im_type_of(callee), call) != slot_call) return 0;
    ImAttrLine room, *l = im_attr_line(t, im_ptr(callee), IM_S(__call__), &room);
    if (!l || l->entry->kind != IM_ATTR_METHOD) return 0;
    *function = im_entry_get(t, l->entry);
    if (!im_is_function(*function)) { im_xdrop(t, *function); return 0; }
    *first = im_new_ref(callee);
    return 1;
}

Value im_slow_getter(Thread *t, Value d)
{
    if (!im_is_object(d) || IM_SLOT(im_type_of(d), descr_get) != slot_descr_get) return IM_NO_VALUE;
    return special_function(t, d, IM_S(__get__), 3);
}

Value im_slow_python_new(Thread *t, Value cls, uint32_t n)
{
    ImType *ty = im_as_type(cls);
    if (IM_SLOT(ty, new_) != slot_new || IM_SLOT(ty, init) != im_object_type.slots.init || IM_SLOT(im_type_of(cls), call) != im_type_type.slots.call) return IM_NO_VALUE;
    ImAttrEntry *e = im_type_entry(t, ty, IM_S(__new__));
    Value d = e ? im_entry_get(t, e) : IM_NO_VALUE, v = IM_NO_VALUE;
    if (im_is_exact(d, &im_staticmethod_type)) v = im_slot_get(t, NULL, &((ImWrapDescr *)im_ptr(d))->callable);
    im_xdrop(t, d);
    if (im_is_function(v)) {
        ImCode *co = t->special_code = im_function_code((ImFunction *)im_ptr(v));
        if (co->simple_args == n && !(co->flags & (IM_CO_GENERATOR | IM_CO_COROUTINE | IM_CO_ASYNC_GENERATOR))) return v;
    }
    im_xdrop(t, v);
    return IM_NO_VALUE;
}

int im_slow_constructed(Thread *t, Value callee, const Value *args, size_t nargs, Value kwnames, Value *function, Value *made)
{
    ImType *ty = im_as_type(callee);
    __auto_type make = IM_SLOT(ty, new_);
    if (!im_type_has(ty, IM_TF_HEAP) || !make || IM_SLOT(ty, init) != slot_init || IM_SLOT(im_type_of(callee), call) != im_type_type.slots.call) return 0;
    ImAttrEntry *e = im_type_entry(t, ty, IM_S(__init__));
    if (!e || e->kind != IM_ATTR_METHOD) return 0;
    *function = im_entry_get(t, e);
    if (!im_is_function(*function) || (im_load_relaxed(&((ImFunction *)im_ptr(*function))->x_code)->flags & (IM_CO_GENERATOR | IM_CO_COROUTINE | IM_CO_ASYNC_GENERATOR))) {
        im_xdrop(t, *function);
        return 0;
    }
    *made = make(t, ty, args, nargs, kwnames);
    if (!im_no_value(*made) && im_type_of(*made) == ty) return 1;
    im_drop(t, *function);
    if (im_no_value(*made)) return -1;
    ImType *other = im_type_of(*made); /* __new__ made something else */
    if (!im_type_is_subtype(other, ty) || !IM_SLOT(other, init) || IM_SLOT(other, init)(t, *made, args, nargs, kwnames) == 0) return 2;
    im_drop(t, *made);
    return -1;
}

int im_slow_compare(Thread *t, Value a, Value b, ImCmp op)
{
    Value v = im_compare(t, a, b, op);
    if (im_no_value(v)) return -1;
    if (im_is_bool(v)) return v.bits == IM_TRUE.bits;
    int r = im_truth(t, v);
    im_drop(t, v);
    return r;
}

/* Bounds that are small ints or None, as im_slice_unpack gives them. */
static bool plain_bounds(Value lo, Value hi, Value step, ssize_t out[3])
{
    if (!(im_is_none(lo) || im_is_int(lo)) || !(im_is_none(hi) || im_is_int(hi)) || !(im_is_none(step) || im_is_int(step))) return false;
    out[2] = im_is_none(step) ? 1 : im_int_get(step);
    out[0] = im_is_int(lo) ? im_int_get(lo) : out[2] < 0 ? PTRDIFF_MAX : 0;
    out[1] = im_is_int(hi) ? im_int_get(hi) : out[2] < 0 ? PTRDIFF_MIN : PTRDIFF_MAX;
    return out[2] != 0;
}

/* o[lo:hi:step] of the usual types without a slice object; no value without exception: not one of those. */
Value im_slow_getslice(Thread *t, Value o, Value lo, Value hi, Value step)
{
    ssize_t b[3];
    if (!im_is_object(o) || !plain_bounds(lo, hi, step, b)) return IM_NO_VALUE;
    if (im_is_list_exact(o)) return im_list_extract(t, o, b[0], b[1], b[2]);
    if (b[2] != 1) return IM_NO_VALUE;
    bool str = im_is_str_exact(o), bytes = im_is_bytes_exact(o);
    if (!str && !bytes && !im_is_tuple_exact(o)) return IM_NO_VALUE;
    const ssize_t len = bytes ? im_bytes_len(o) : str ? im_str_len(o) : im_tuple_len(o);
    (void)im_slice_adjust(len, &b[0], &b[1], 1);
    if (b[1] < b[0]) b[1] = b[0];
    if (bytes) return b[0] == 0 && b[1] == len ? im_new_ref(o) : im_bytes_new(t, im_bytes_data(o) + b[0], b[1] - b[0]);
    return str ? im_str_substring(t, o, b[0], b[1]) : im_tuple_slice(t, o, b[0], b[1]);
}

int im_slow_setslice(Thread *t, Value o, Value lo, Value hi, Value step, Value v)
{
    ssize_t b[3];
    if (!im_is_list_exact(o) || !plain_bounds(lo, hi, step, b)) return 0;
    return im_list_assign(t, o, b[0], b[1], b[2], v) < 0 ? -1 : 1;
}

Value im_slow_getitem(Thread *t, Value o, Value k) { return im_getitem(t, o, k); }
