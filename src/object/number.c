/* Operators of numbers on any object.
 * SPDX-License-Identifier: MIT
 *
 * Binary rule: the left operand's slot, then the right one's; the right one's first when its class derives from the left one's and has a slot of its
 * own. Sequences add by concat and multiply by repeat where no number slot answered. */
#include "object/abstract.h"
#include "types/float.h"
#include "object/buffer.h"
#include "object/lookup.h"
#include "types/function.h"
#include "types/int.h"
#include "types/str.h"
#include "types/tuple.h"

typedef struct Op { uint32_t slot, inplace; const char *sign, *iname; } Op;
#define OFF(f) ((uint32_t)offsetof(ImSlots, f))
static const Op ops[] = {
    [IM_OP_ADD] = {OFF(add), OFF(iadd), "+", "+="}, [IM_OP_SUB] = {OFF(subtract), OFF(isubtract), "-", "-="}, [IM_OP_MUL] = {OFF(multiply), OFF(imultiply), "*", "*="},
    [IM_OP_MATMUL] = {OFF(matmul), OFF(imatmul), "@", "@="}, [IM_OP_TRUEDIV] = {OFF(true_divide), OFF(itrue_divide), "/", "/="},
    [IM_OP_FLOORDIV] = {OFF(floor_divide), OFF(ifloor_divide), "//", "//="}, [IM_OP_MOD] = {OFF(remainder), OFF(iremainder), "%", "%="},
    [IM_OP_POW] = {OFF(power), OFF(ipower), "** or pow()", "**="}, [IM_OP_LSHIFT] = {OFF(lshift), OFF(ilshift), "<<", "<<="},
    [IM_OP_RSHIFT] = {OFF(rshift), OFF(irshift), ">>", ">>="}, [IM_OP_AND] = {OFF(and_), OFF(iand), "&", "&="}, [IM_OP_XOR] = {OFF(xor_), OFF(ixor), "^", "^="},
    [IM_OP_OR] = {OFF(or_), OFF(ior), "|", "|="}, [IM_OP_DIVMOD] = {OFF(divmod), 0, "divmod()", "divmod()"}};

IM_INLINE void *slot_at(ImType *ty, uint32_t off) { return im_load_relaxed((void **)((char *)&ty->slots + off)); }

static Value call_slot(Thread *t, void *fn, Value a, Value b, bool ternary)
{
    return ternary ? ((ImTernary)fn)(t, a, b, IM_NONE) : ((ImBinary)fn)(t, a, b);
}

/* The number slots alone; IM_NOT_IMPLEMENTED when neither side has an answer. */
static Value binop1(Thread *t, Value a, Value b, ImBinOp op)
{
    ImType *ta = im_type_of(a), *tb = im_type_of(b);
    bool three = op == IM_OP_POW;
    void *fa = slot_at(ta, ops[op].slot), *fb = NULL;
    Value r;
    if (ta != tb) {
        fb = slot_at(tb, ops[op].slot);
        if (fb == fa) fb = NULL;
    }
    if (fa) {
        if (fb && im_type_is_subtype(tb, ta)) {
            r = call_slot(t, fb, a, b, three);
            if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
            fb = NULL;
        }
        r = call_slot(t, fa, a, b, three);
        if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
    }
    return fb ? call_slot(t, fb, a, b, three) : IM_NOT_IMPLEMENTED;
}

static IM_COLD Value binop_error(Thread *t, Value a, Value b, const char *sign)
{
    return im_raise_type(t, "unsupported operand type(s) for %.100s: '%.100T' and '%.100T'", sign, a, b);
}

static Value repeat(Thread *t, Value (*fn)(Thread *, Value, ssize_t), Value seq, Value n)
{
    ssize_t count;
    if (!im_is_index(n)) return im_raise_type(t, "can't multiply sequence by non-int of type '%.200T'", n);
    if (im_as_ssize(t, n, &im_OverflowError_type, &count) < 0) return IM_NO_VALUE;
    return fn(t, seq, count);
}

/* What sequences add to + and *; IM_NOT_IMPLEMENTED otherwise. */
static Value sequence_op(Thread *t, Value a, Value b, ImBinOp op, bool inplace)
{
    ImType *ta = im_type_of(a);
    if (op == IM_OP_ADD) {
        ImBinary fn = inplace ? IM_SLOT(ta, iconcat) : NULL;
        if (!fn) fn = IM_SLOT(ta, concat);
        return fn ? fn(t, a, b) : IM_NOT_IMPLEMENTED;
    }
    if (op == IM_OP_MUL) {
        Value (*fn)(Thread *, Value, ssize_t) = inplace ? IM_SLOT(ta, irepeat) : NULL;
        if (!fn) fn = IM_SLOT(ta, repeat);
        if (fn) return repeat(t, fn, a, b);
        /* CPython lets the right operand of *= have its turn only where the left one's class has no sequence methods at all. */
        if (inplace && (im_type_has(ta, IM_TF_HEAP) || IM_SLOT(ta, contains) || IM_SLOT(ta, item) || IM_SLOT(ta, concat))) return IM_NOT_IMPLEMENTED;
        fn = IM_SLOT(im_type_of(b), repeat);
        if (fn) return repeat(t, fn, b, a);
    }
    return IM_NOT_IMPLEMENTED;
}

Value im_binop(Thread *t, Value a, Value b, ImBinOp op)
{
    if (im_c_stack_low(t)) return im_raise_stack_low(t), IM_NO_VALUE;
    Value r = binop1(t, a, b, op);
    if (IM_LIKELY(!im_same(r, IM_NOT_IMPLEMENTED))) return r;
    r = sequence_op(t, a, b, op, false);
    if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
    if (op == IM_OP_RSHIFT && im_is_exact(a, &im_builtin_function_or_method_type) && strcmp(((ImNativeFunction *)im_ptr(a))->def->name, "print") == 0)
        return im_raise_type(t, "unsupported operand type(s) for >>: 'builtin_function_or_method' and '%.100T'. Did you mean \"print(<message>, file=<output_stream>)\"?", b);
    return binop_error(t, a, b, ops[op].sign);
}

Value im_binop_rest(Thread *t, Value a, Value b, ImBinOp op, bool inplace)
{
    ImType *ta = im_type_of(a), *tb = im_type_of(b);
    void *fb = ta != tb ? slot_at(tb, ops[op].slot) : NULL;
    Value r = fb && fb != slot_at(ta, ops[op].slot) ? call_slot(t, fb, a, b, false) : IM_NOT_IMPLEMENTED;
    if (im_same(r, IM_NOT_IMPLEMENTED)) r = sequence_op(t, a, b, op, inplace);
    return im_same(r, IM_NOT_IMPLEMENTED) ? binop_error(t, a, b, inplace ? ops[op].iname : ops[op].sign) : r;
}

Value im_inplace(Thread *t, Value a, Value b, ImBinOp op)
{
    if (im_c_stack_low(t)) return im_raise_stack_low(t), IM_NO_VALUE;
    void *fn = slot_at(im_type_of(a), ops[op].inplace);
    Value r = IM_NOT_IMPLEMENTED;
    if (fn && ops[op].inplace) r = call_slot(t, fn, a, b, op == IM_OP_POW);
    if (im_same(r, IM_NOT_IMPLEMENTED)) r = binop1(t, a, b, op);
    if (IM_LIKELY(!im_same(r, IM_NOT_IMPLEMENTED))) return r;
    r = sequence_op(t, a, b, op, true);
    return im_same(r, IM_NOT_IMPLEMENTED) ? binop_error(t, a, b, ops[op].iname) : r;
}

Value im_power(Thread *t, Value a, Value b, Value mod)
{
    if (im_is_none(mod)) return im_binop(t, a, b, IM_OP_POW);
    ImType *ta = im_type_of(a), *tb = im_type_of(b), *tm = im_type_of(mod);
    ImTernary fa = IM_SLOT(ta, power), fb = tb != ta ? IM_SLOT(tb, power) : NULL, fm = IM_SLOT(tm, power);
    Value r;
    if (fb == fa) fb = NULL;
    if (fa) {
        if (fb && im_type_is_subtype(tb, ta)) {
            r = fb(t, a, b, mod);
            if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
            fb = NULL;
        }
        r = fa(t, a, b, mod);
        if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
    }
    if (fb) {
        r = fb(t, a, b, mod);
        if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
    }
    if (fm && fm != fa && fm != fb) {
        r = fm(t, a, b, mod);
        if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
    }
    return im_raise_type(t, "unsupported operand type(s) for ** or pow(): '%.100T', '%.100T', '%.100T'", a, b, mod);
}

/* ---- unary ------------------------------------------------------------------------------------------------------------------- */

static Value unary(Thread *t, Value v, ImUnary fn, const char *what)
{
    if (im_c_stack_low(t)) return im_raise_stack_low(t), IM_NO_VALUE;
    if (fn) return fn(t, v);
    return im_raise_type(t, "bad operand type for %s: '%.200T'", what, v);
}
Value im_negative(Thread *t, Value v) { return unary(t, v, IM_SLOT(im_type_of(v), negative), "unary -"); }
Value im_positive(Thread *t, Value v) { return unary(t, v, IM_SLOT(im_type_of(v), positive), "unary +"); }
Value im_absolute(Thread *t, Value v)
{
    if (im_is_int(v)) return im_int_get(v) >= 0 ? v : im_int_new(t, -im_int_get(v));
    return unary(t, v, IM_SLOT(im_type_of(v), absolute), "abs()");
}
Value im_invert(Thread *t, Value v) { return unary(t, v, IM_SLOT(im_type_of(v), invert), "unary ~"); }

/* ---- conversion ---------------------------------------------------------------------------------------------------------------- */

bool im_is_index(Value v) { return im_is_int(v) || IM_SLOT(im_type_of(v), index) != NULL; }
bool im_is_number(Value v)
{
    ImType *ty = im_type_of(v);
    return IM_SLOT(ty, index) || IM_SLOT(ty, int_) || IM_SLOT(ty, float_) || ty == &im_complex_type || im_type_is_subtype(ty, &im_complex_type);
}

/* Exact int with the value of any int object. Steals v. */
static Value exact_int(Thread *t, Value v)
{
    if (im_is_int_exact(v)) return v;
    Value r = im_int_add(t, v, im_int(0));
    im_drop(t, v);
    return r;
}

Value im_index(Thread *t, Value v)
{
    if (IM_LIKELY(im_is_int(v))) return v;
    if (im_is_int_like(v)) return exact_int(t, im_new_ref(v));
    ImUnary fn = IM_SLOT(im_type_of(v), index);
    if (!fn) return im_raise_type(t, "'%.200T' object cannot be interpreted as an integer", v);
    Value r = fn(t, v);
    if (im_no_value(r) || im_is_int_exact(r)) return r;
    if (!im_is_int_like(r)) {
        im_raise_type(t, "__index__ returned non-int (type %.200T)", r);
        im_drop(t, r);
        return IM_NO_VALUE;
    }
    if (im_warn(t, &im_DeprecationWarning_type, 1,
            "__index__ returned non-int (type %.200T).  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future "
            "version of Python.", r) < 0) {
        im_drop(t, r);
        return IM_NO_VALUE;
    }
    return exact_int(t, r);
}

int im_as_ssize(Thread *t, Value v, ImType *overflow_exc, ssize_t *out)
{
    if (IM_LIKELY(im_is_int(v))) { *out = im_int_get(v); return 0; }
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    int64_t x;
    int fits = im_int_get64(n, &x);
    int sign = im_int_sign(n);
    im_drop(t, n);
    if (fits) { *out = x; return 0; }
    if (!overflow_exc) { *out = sign < 0 ? INT64_MIN : INT64_MAX; return 0; }
    im_raise(t, overflow_exc, "cannot fit '%.200T' into an index-sized integer", v);
    return -1;
}
int im_ssize_arg(Thread *t, Value v, ssize_t *out)
{
    if (IM_LIKELY(im_is_int(v))) { *out = im_int_get(v); return 0; }
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    int64_t x;
    int fits = im_int_get64(n, &x);
    im_drop(t, n);
    if (!fits) return im_raise_overflow(t, "Python int too large to convert to C ssize_t"), -1;
    *out = x;
    return 0;
}
int im_as_int64(Thread *t, Value v, int64_t *out)
{
    if (IM_LIKELY(im_is_int(v))) { *out = im_int_get(v); return 0; }
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    int fits = im_int_get64(n, out);
    im_drop(t, n);
    if (fits) return 0;
    im_raise_overflow(t, "Python int too large to convert to C long");
    return -1;
}
int im_as_uint64(Thread *t, Value v, uint64_t *out)
{
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    int sign = im_int_sign(n), fits = im_int_get_u64(n, out);
    im_drop(t, n);
    if (sign < 0) return im_raise_overflow(t, "can't convert negative value to unsigned int"), -1;
    if (!fits) return im_raise_overflow(t, "Python int too large to convert to C unsigned long"), -1;
    return 0;
}
int im_as_uint64_wrap(Thread *t, Value v, uint64_t *out)
{
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    if (im_is_int(n)) { *out = (uint64_t)im_int_get(n); return 0; }
    (void)im_int_sign(n); /* looks at it, which settles it */
    const ImInt *b = (const ImInt *)im_ptr(n); /* the low limb decides, negated for negative numbers */
    uint64_t low = b->size ? b->limbs[0] : 0;
    *out = b->size < 0 ? 0 - low : low;
    im_drop(t, n);
    return 0;
}
int im_as_int(Thread *t, Value v, int *out)
{
    int64_t x;
    if (im_as_int64(t, v, &x) < 0) return -1;
    if (x > INT32_MAX) return im_raise_overflow(t, "Python int too large to convert to C int"), -1;
    if (x < INT32_MIN) return im_raise_overflow(t, "Python int too large to convert to C int"), -1;
    *out = (int)x;
    return 0;
}
int im_as_double(Thread *t, Value v, double *out)
{
    if (im_is_float(v)) { *out = im_float_get(v); return 0; }
    if (im_is_int(v)) { *out = (double)im_int_get(v); return 0; }
    ImUnary fn = IM_SLOT(im_type_of(v), float_);
    if (im_is_int_like(v) && !fn) goto integer;
    if (fn) {
        Value r = fn(t, v);
        if (im_no_value(r)) return -1;
        if (!im_is_float(r)) {
            im_raise_type(t, "%.50T.__float__ returned non-float (type %.50T)", v, r);
            im_drop(t, r);
            return -1;
        }
        if (!im_is_float_exact(r) && im_warn(t, &im_DeprecationWarning_type, 1,
                "%.50T.__float__ returned non-float (type %.50T).  The ability to return an instance of a strict subclass of float is deprecated, and may not be supported "
                "in a future version of Python.", v, r) < 0) {
            im_drop(t, r);
            return -1;
        }
        *out = im_float_get(r);
        im_drop(t, r);
        return 0;
    }
    if (!IM_SLOT(im_type_of(v), index)) return im_raise_type(t, "must be real number, not %.50T", v), -1;
integer:;
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    *out = im_int_to_double(t, n);
    im_drop(t, n);
    return *out == -1.0 && im_pending(t) ? -1 : 0;
}
