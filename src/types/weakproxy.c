/* weakref.proxy: every operation is the referent's.
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"
#include "types/function.h"
#include "types/str.h"
#include "types/weakref_impl.h"

static bool is_proxy(Value v)
{
    ImType *ty = im_type_of(v);
    return ty == &im_ProxyType_type || ty == &im_CallableProxyType_type;
}
/* v itself, or what a proxy stands for: owned; ReferenceError when that is dead. */
static Value real(Thread *t, Value v)
{
    if (!is_proxy(v)) return im_new_ref(v);
    Value x = im_weakref_get(t, v);
    return im_is_none(x) ? im_raise(t, &im_ReferenceError_type, "weakly-referenced object no longer exists") : x;
}

#define WITH1(type, failed, expr) \
    Value x = real(t, self); \
    if (im_no_value(x)) return failed; \
    type r = expr; \
    im_drop(t, x); \
    return r;
#define UNARY(name, fn) static Value name(Thread *t, Value self) { WITH1(Value, x, fn(t, x)) }
UNARY(proxy_str, im_str)
UNARY(proxy_negative, im_negative)
UNARY(proxy_positive, im_positive)
UNARY(proxy_absolute, im_absolute)
UNARY(proxy_invert, im_invert)
UNARY(proxy_int, im_number_int)
UNARY(proxy_float, im_number_float)
UNARY(proxy_index, im_index)
UNARY(proxy_iter, im_iter)
static Value proxy_next(Thread *t, Value self)
{
    Value x = real(t, self);
    if (im_no_value(x)) return x;
    Value r = im_is_iterator(x) ? im_next(t, x) : im_raise_type(t, "Weakref proxy referenced a non-iterator '%.200T' object", x);
    im_drop(t, x);
    return r;
}
static Value proxy_getattr(Thread *t, Value self, Value name) { WITH1(Value, x, im_getattr(t, x, name)) }
static int proxy_setattr(Thread *t, Value self, Value name, Value v) { WITH1(int, -1, im_setattr(t, x, name, v)) }
static int proxy_bool(Thread *t, Value self) { WITH1(int, -1, im_truth(t, x)) }
static ssize_t proxy_length(Thread *t, Value self) { WITH1(ssize_t, -1, im_len(t, x)) }
static int proxy_contains(Thread *t, Value self, Value v) { WITH1(int, -1, im_contains(t, x, v)) }
static Value proxy_subscript(Thread *t, Value self, Value key) { WITH1(Value, x, im_getitem(t, x, key)) }
static int proxy_ass_subscript(Thread *t, Value self, Value key, Value v) { WITH1(int, -1, im_no_value(v) ? im_delitem(t, x, key) : im_setitem(t, x, key, v)) }
static Value proxy_call(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { WITH1(Value, x, im_call(t, x, args, nargs, kw)) }

static Value proxy_compare(Thread *t, Value a, Value b, ImCmp op)
{
    Value x = real(t, a), y, r;
    if (im_no_value(x)) return x;
    y = real(t, b);
    r = im_no_value(y) ? y : im_compare(t, x, y, op);
    im_drop(t, x);
    im_xdrop(t, y);
    return r;
}
static Value binary(Thread *t, Value a, Value b, ImBinOp op, bool inplace)
{
    Value x = real(t, a), y, r;
    if (im_no_value(x)) return x;
    y = real(t, b);
    r = im_no_value(y) ? y : inplace ? im_inplace(t, x, y, op) : im_binop(t, x, y, op);
    im_drop(t, x);
    im_xdrop(t, y);
    return r;
}
#define BINARY(name, op) \
    static Value proxy_##name(Thread *t, Value a, Value b) { return binary(t, a, b, op, false); } \
    static Value proxy_i##name(Thread *t, Value a, Value b) { return binary(t, a, b, op, true); }
BINARY(add, IM_OP_ADD)
BINARY(subtract, IM_OP_SUB)
BINARY(multiply, IM_OP_MUL)
BINARY(matmul, IM_OP_MATMUL)
BINARY(true_divide, IM_OP_TRUEDIV)
BINARY(floor_divide, IM_OP_FLOORDIV)
BINARY(remainder, IM_OP_MOD)
BINARY(lshift, IM_OP_LSHIFT)
BINARY(rshift, IM_OP_RSHIFT)
BINARY(and, IM_OP_AND)
BINARY(xor, IM_OP_XOR)
BINARY(or, IM_OP_OR)
static Value proxy_divmod(Thread *t, Value a, Value b) { return binary(t, a, b, IM_OP_DIVMOD, false); }
static Value proxy_power(Thread *t, Value a, Value b, Value mod)
{
    Value x = real(t, a), y, z = IM_NO_VALUE, r;
    if (im_no_value(x)) return x;
    y = real(t, b);
    if (!im_no_value(y)) z = real(t, mod);
    r = im_no_value(z) ? z : im_power(t, x, y, z);
    im_drop(t, x);
    im_xdrop(t, y);
    im_xdrop(t, z);
    return r;
}
static Value proxy_ipower(Thread *t, Value a, Value b, Value mod)
{
    (void)mod;
    return binary(t, a, b, IM_OP_POW, true);
}
static Value proxy_repr(Thread *t, Value self)
{
    Value x = im_weakref_get(t, self), r;
    if (im_is_none(x)) return im_str_format(t, "<weakproxy at %p; dead>", (void *)im_ptr(self));
    r = im_str_format(t, "<weakproxy at %p; to '%s' at %p>", (void *)im_ptr(self), im_type_cname(im_type_of(x)), (void *)im_ptr(x));
    im_drop(t, x);
    return r;
}
static Value proxy_bytes(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a, (void)n, (void)kw; WITH1(Value, x, im_call_method0(t, x, IM_S(__bytes__))) }
static Value proxy_reversed(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a, (void)n, (void)kw; WITH1(Value, x, im_call_method0(t, x, IM_S(__reversed__))) }
static int64_t proxy_hash(Thread *t, Value self) { return im_raise_type(t, "unhashable type: '%.200T'", self), -1; }

static const ImMethodDef proxy_methods[] = {IM_FIXED("__bytes__", proxy_bytes, 0, "($self, /)", NULL), IM_FIXED("__reversed__", proxy_reversed, 0, "($self, /)", NULL), IM_END};
#define OPERATORS .repr = proxy_repr, .str = proxy_str, .hash = proxy_hash, .getattr = proxy_getattr, .setattr = proxy_setattr, .richcompare = proxy_compare, \
    .iter = proxy_iter, .next = proxy_next, .add = proxy_add, .subtract = proxy_subtract, .multiply = proxy_multiply, .remainder = proxy_remainder, \
    .divmod = proxy_divmod, .power = proxy_power, .lshift = proxy_lshift, .rshift = proxy_rshift, .and_ = proxy_and, .xor_ = proxy_xor, .or_ = proxy_or, \
    .floor_divide = proxy_floor_divide, .true_divide = proxy_true_divide, .matmul = proxy_matmul, .iadd = proxy_iadd, .isubtract = proxy_isubtract, \
    .imultiply = proxy_imultiply, .iremainder = proxy_iremainder, .ilshift = proxy_ilshift, .irshift = proxy_irshift, .iand = proxy_iand, .ixor = proxy_ixor, \
    .ior = proxy_ior, .ifloor_divide = proxy_ifloor_divide, .itrue_divide = proxy_itrue_divide, .imatmul = proxy_imatmul, .ipower = proxy_ipower, \
    .negative = proxy_negative, .positive = proxy_positive, .absolute = proxy_absolute, .invert = proxy_invert, .int_ = proxy_int, .float_ = proxy_float, \
    .index = proxy_index, .bool_ = proxy_bool, .length = proxy_length, .contains = proxy_contains, .subscript = proxy_subscript, .ass_subscript = proxy_ass_subscript
static const ImSlots proxy_slots = {OPERATORS};
static const ImSlots callable_slots = {OPERATORS, .call = proxy_call};
#define PROXY_SPEC .size = sizeof(ImWeakref), .flags = IM_TF_GC | IM_TF_NO_NEW, .traverse = im_weakref_traverse, .clear = im_weakref_clear, \
    .destroy = im_weakref_destroy
static const ImTypeSpec proxy_spec = {.name = "weakref.ProxyType", .slots = &proxy_slots, .methods = proxy_methods, PROXY_SPEC};
IM_TYPE(ProxyType, &proxy_spec);
static const ImTypeSpec callable_spec = {.name = "weakref.CallableProxyType", .slots = &callable_slots, PROXY_SPEC};
IM_TYPE(CallableProxyType, &callable_spec);
