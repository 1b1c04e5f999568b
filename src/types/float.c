/* The type float: arithmetic, comparison and hash. Methods are in float_methods.c, text in float_text.c.
 * SPDX-License-Identifier: MIT */
#include "types/float.h"

#include <errno.h>
#include <math.h>

#include "types/bytes.h"
#include "types/float_impl.h"
#include "types/float_text.h"
#include "types/int.h"
#include "types/number_text.h"
#include "types/str.h"
#include "types/tuple.h"

/* Doubles that the word cannot hold and that programs make all the time. Not nan: each has an identity of its own. */
#define CONSTANT(name, x) static ImFloat name = {{&im_float_type.root, IM_COUNT_UNC, 0, 0, 0}, x}
CONSTANT(zero, 0.0);
CONSTANT(minus_zero, -0.0);
CONSTANT(infinity, (double)INFINITY);
CONSTANT(minus_infinity, -(double)INFINITY);

Value im_float_box(Thread *t, double d)
{
    if (d == 0) return im_value(signbit(d) ? &minus_zero : &zero);
    if (isinf(d)) return im_value(d < 0 ? &minus_infinity : &infinity);
    ImFloat *o = (ImFloat *)im_object_alloc_raw(t, &im_float_type.root, im_float_type.core.x_flags, sizeof(ImFloat));
    if (IM_LIKELY(o != NULL)) o->x = d;
    return im_value(o);
}

int im_float_operand(Thread *t, Value v, double *out)
{
    if (im_is_float(v)) { *out = im_float_get(v); return 1; }
    if (!im_is_int_like(v)) return 0;
    *out = im_int_to_double(t, v);
    return *out == -1.0 && im_pending(t) ? -1 : 1;
}

/* --- arithmetic ----------------------------------------------------------------------------------------------------------------- */

#define OPERANDS(x, y) \
    double x, y; \
    int rx_ = im_float_operand(t, a, &x); \
    if (rx_ <= 0) return rx_ < 0 ? IM_NO_VALUE : IM_NOT_IMPLEMENTED; \
    int ry_ = im_float_operand(t, b, &y); \
    if (ry_ <= 0) return ry_ < 0 ? IM_NO_VALUE : IM_NOT_IMPLEMENTED

static Value zero_division(Thread *t, const char *text) { return im_raise(t, &im_ZeroDivisionError_type, "%s", text); }

static Value float_add(Thread *t, Value a, Value b) { OPERANDS(x, y); return im_float_new(t, x + y); }
static Value float_sub(Thread *t, Value a, Value b) { OPERANDS(x, y); return im_float_new(t, x - y); }
static Value float_mul(Thread *t, Value a, Value b) { OPERANDS(x, y); return im_float_new(t, x * y); }
static Value float_truediv(Thread *t, Value a, Value b)
{
    OPERANDS(x, y);
    return y == 0 ? zero_division(t, "float division by zero") : im_float_new(t, x / y);
}

/* The remainder has y's sign; the quotient is whole and q * y + r is as near to x as can be. */
static double floor_divide(double x, double y, double *remainder)
{
    double r = fmod(x, y), q = (x - r) / y;
    if (r != 0) {
        if ((y < 0) != (r < 0)) { r += y; q -= 1.0; }
    } else {
        r = copysign(0.0, y);
    }
    *remainder = r;
    if (q == 0) return copysign(0.0, x / y);
    double whole = floor(q);
    return q - whole > 0.5 ? whole + 1.0 : whole;
}
double im_float_floordiv(double x, double y) { double r; return floor_divide(x, y, &r); }
double im_float_mod(double x, double y)
{
    double r = fmod(x, y);
    if (r == 0) return copysign(0.0, y);
    return (y < 0) != (r < 0) ? r + y : r;
}
static Value float_floordiv(Thread *t, Value a, Value b)
{
    OPERANDS(x, y);
    return y == 0 ? zero_division(t, "float floor division by zero") : im_float_new(t, im_float_floordiv(x, y));
}
static Value float_mod(Thread *t, Value a, Value b)
{
    OPERANDS(x, y);
    return y == 0 ? zero_division(t, "float modulo by zero") : im_float_new(t, im_float_mod(x, y));
}
static Value float_divmod(Thread *t, Value a, Value b)
{
    OPERANDS(x, y);
    if (y == 0) return zero_division(t, "float divmod()");
    double r, q = floor_divide(x, y, &r);
    Value qv = im_float_new(t, q), rv = im_no_value(qv) ? qv : im_float_new(t, r);
    if (im_no_value(rv)) { im_xdrop(t, qv); return rv; }
    return im_tuple_steal_array(t, (Value[]){qv, rv}, 2);
}

/* C's pow, with the special cases spelt out as CPython does and errors for poles and overflow. */
double im_float_pow(Thread *t, double x, double y, Value *complex_result)
{
    *complex_result = IM_NO_VALUE;
    if (y == 0) return 1.0;
    if (isnan(x)) return x;
    if (isnan(y)) return x == 1.0 ? 1.0 : y;
    if (isinf(y)) {
        double m = fabs(x);
        if (m == 1.0) return 1.0;
        return (y > 0) == (m > 1.0) ? fabs(y) : 0.0;
    }
    bool y_odd = fmod(fabs(y), 2.0) == 1.0;
    if (isinf(x)) {
        if (y > 0) return y_odd ? x : fabs(x);
        return y_odd ? copysign(0.0, x) : 0.0;
    }
    if (x == 0) {
        if (y < 0) { zero_division(t, "0.0 cannot be raised to a negative power"); return 0.0; }
        return y_odd ? x : 0.0;
    }
    bool negate = false;
    if (x < 0) {
        if (y != floor(y)) {
            *complex_result = im_complex_power(t, x, 0.0, y, 0.0);
            return 0.0;
        }
        x = -x;
        negate = y_odd;
    }
    if (x == 1.0) return negate ? -1.0 : 1.0;
    double r = pow(x, y);
    if (isinf(r)) {
        Value text = im_str_from_cstr(t, "Numerical result out of range");
        Value args = im_no_value(text) ? text : im_tuple_steal_array(t, (Value[]){im_int(ERANGE), text}, 2);
        if (!im_no_value(args)) {
            Value exc = im_call_ex(t, im_type_value(&im_OverflowError_type), args, IM_NO_VALUE);
            im_drop(t, args);
            if (!im_no_value(exc)) im_raise_instance(t, exc);
        }
        return 0.0;
    }
    return negate ? -r : r;
}
static Value float_power(Thread *t, Value a, Value b, Value mod)
{
    if (!im_is_none(mod)) return im_raise_type(t, "pow() 3rd argument not allowed unless all arguments are integers");
    OPERANDS(x, y);
    Value c;
    double r = im_float_pow(t, x, y, &c);
    if (im_pending(t)) return IM_NO_VALUE;
    return im_no_value(c) ? im_float_new(t, r) : c;
}

Value im_float_exact(Thread *t, Value v) { return im_is_float_exact(v) ? im_new_ref(v) : im_float_new(t, im_float_get(v)); }
static Value float_neg(Thread *t, Value v) { return im_float_new(t, -im_float_get(v)); }
static Value float_abs(Thread *t, Value v) { return im_float_new(t, fabs(im_float_get(v))); }
static int float_bool(Thread *t, Value v) { (void)t; return im_float_get(v) != 0; }
static Value float_int(Thread *t, Value v) { return im_int_from_double(t, im_float_get(v)); }

/* --- comparison, hash, text ----------------------------------------------------------------------------------------------------------- */

static Value float_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    double x = im_float_get(a);
    if (im_is_float(b)) {
        double y = im_float_get(b);
        switch (op) {
        case IM_LT: return im_bool(x < y);
        case IM_LE: return im_bool(x <= y);
        case IM_EQ: return im_bool(x == y);
        case IM_NE: return im_bool(x != y);
        case IM_GT: return im_bool(x > y);
        default: return im_bool(x >= y);
        }
    }
    if (!im_is_int_like(b)) return IM_NOT_IMPLEMENTED;
    if (isnan(x)) return im_bool(op == IM_NE);
    int c = -im_int_cmp_double(b, x);
    return im_ordered(op, c);
}

/* Reduction modulo 2^61 - 1, so that numbers that are equal hash alike whatever their type. */
int64_t im_float_hash(double d, Value self)
{
    enum { BITS = 61 };
    const uint64_t prime = ((uint64_t)1 << BITS) - 1;
    if (isinf(d)) return d > 0 ? 314159 : -314159;
    if (isnan(d)) return im_hash_pointer(self.bits);
    int e;
    double m = frexp(fabs(d), &e);
    uint64_t x = 0;
    while (m != 0) { /* 28 bits at a time */
        x = (x << 28 & prime) | x >> (BITS - 28);
        m *= 268435456.0;
        e -= 28;
        uint64_t y = (uint64_t)m;
        m -= (double)y;
        x += y;
        if (x >= prime) x -= prime;
    }
    e = e >= 0 ? e % BITS : BITS - 1 - (-1 - e) % BITS;
    x = (x << e & prime) | x >> (BITS - e);
    int64_t h = d < 0 ? -(int64_t)x : (int64_t)x;
    return h == -1 ? -2 : h;
}
static int64_t float_hash(Thread *t, Value self) { (void)t; return im_float_hash(im_float_get(self), self); }

static Value float_repr(Thread *t, Value self)
{
    char buf[420];
    size_t n = im_float_text(im_float_get(self), 'r', 0, IM_FLT_ADD_DOT0, buf);
    return im_str_from_latin1(t, buf, (ssize_t)n);
}

/* --- float(x) --------------------------------------------------------------------------------------------------------------------------- */

/* White space around, underscores between digits. False: not a number. */
static bool parse_text(Thread *t, const char *s, size_t len, double *out)
{
    const char *end = s + len, *stop;
    while (s < end && im_is_c_space(*s)) s++;
    while (s < end && im_is_c_space(end[-1])) end--;
    if (s == end) return false;
    if (!memchr(s, '_', (size_t)(end - s))) {
        *out = im_float_parse_n(s, end, &stop);
        return stop == end;
    }
    char *copy = im_raw_alloc(t, (size_t)(end - s)), *o = copy;
    if (!copy) return false;
    char before = 0;
    bool ok = true;
    for (const char *p = s; p < end && ok; p++) {
        if (*p == '_') {
            ok = before >= '0' && before <= '9';
        } else {
            ok = before != '_' || (*p >= '0' && *p <= '9');
            *o++ = *p;
        }
        before = *p;
    }
    ok = ok && before != '_';
    if (ok) {
        *out = im_float_parse_n(copy, o, &stop);
        ok = stop == o;
    }
    im_raw_free(copy);
    return ok;
}

static Value bad_text(Thread *t, Value v) { return im_pending(t) ? IM_NO_VALUE : im_raise_valueerror(t, "could not convert string to float: %R", v); }

Value im_float_from_str(Thread *t, Value s)
{
    ImNumberText text;
    if (im_number_text(t, s, &text) < 0) return IM_NO_VALUE;
    double d;
    bool ok = parse_text(t, text.p, text.len, &d);
    im_number_text_fini(&text);
    return ok ? im_float_new(t, d) : bad_text(t, s);
}

int im_float_from_object(Thread *t, Value v, double *out)
{
    if (im_is_float(v)) { *out = im_float_get(v); return 1; }
    ImType *ty = im_type_of(v);
    ImUnary fn = IM_SLOT(ty, float_);
    if (fn) {
        Value r = fn(t, v);
        if (im_no_value(r)) return -1;
        if (!im_is_float_exact(r)) {
            if (!im_is_float(r)) {
                im_raise_type(t, "%.50T.__float__ returned non-float (type %.50T)", v, r);
                im_drop(t, r);
                return -1;
            }
            if (im_warn(t, &im_DeprecationWarning_type, 1, "%.50T.__float__ returned non-float (type %.50T).  The ability to return an instance of a strict subclass of "
                        "float is deprecated, and may not be supported in a future version of Python.", v, r) < 0) {
                im_drop(t, r);
                return -1;
            }
        }
        *out = im_float_get(r);
        im_drop(t, r);
        return 1;
    }
    if (!IM_SLOT(ty, index)) return 0;
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    *out = im_int_to_double(t, n);
    im_drop(t, n);
    return im_pending(t) ? -1 : 1;
}

Value im_number_float(Thread *t, Value v)
{
    if (im_is_float_exact(v)) return im_new_ref(v);
    if (im_is_str(v) && (im_is_str_exact(v) || !IM_SLOT(im_type_of(v), float_))) return im_float_from_str(t, v);
    if (im_is_float(v) && im_type_of(v)->slots.float_ && im_type_of(v)->slots.float_ != im_float_exact) { /* a subclass with a __float__ of its own */
        Value f = im_type_of(v)->slots.float_(t, v), e;
        if (im_no_value(f)) return f;
        if (im_is_float(f) && !im_is_float_exact(f)
            && im_warn(t, &im_DeprecationWarning_type, 1, "%.50T.__float__ returned non-float (type %.50T).  The ability to return an instance of a strict subclass of float is "
                       "deprecated, and may not be supported in a future version of Python.", v, f) < 0) {
            im_drop(t, f);
            return IM_NO_VALUE;
        }
        e = im_is_float(f) ? im_float_new(t, im_float_get(f)) : im_raise_type(t, "%.50T.__float__ returned non-float (type %.50T)", v, f);
        im_drop(t, f);
        return e;
    }
    double d;
    int r = im_float_from_object(t, v, &d);
    if (r) return r < 0 ? IM_NO_VALUE : im_float_new(t, d);
    if (!im_buffer_check(v)) return im_raise_type(t, "float() argument must be a string or a real number, not '%.200T'", v);
    ImBuffer b;
    if (im_buffer_get(t, v, &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    bool ok = parse_text(t, b.buf, (size_t)b.len, &d);
    im_buffer_release(t, &b);
    return ok ? im_float_new(t, d) : bad_text(t, v);
}

static Value float_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (((type == &im_float_type || (type->slots.init == im_float_type.slots.init && type->slots.new_ == im_float_type.slots.new_)) && im_no_kwargs(t, "float", kwnames) < 0) || im_check_nargs(t, "float", nargs, 0, 1) < 0) return IM_NO_VALUE;
    Value v = nargs ? im_number_float(t, args[0]) : im_float_new(t, 0.0);
    if (im_no_value(v) || type == &im_float_type) return v;
    ImFloat *o = (ImFloat *)im_instance_alloc(t, type, 0);
    if (o) o->x = im_float_get(v);
    im_drop(t, v);
    return im_value(o);
}

static const ImSlots slots = {
    .repr = float_repr, .hash = float_hash, .richcompare = float_richcompare, .new_ = float_new,
    .add = float_add, .subtract = float_sub, .multiply = float_mul, .remainder = float_mod, .divmod = float_divmod, .power = float_power,
    .floor_divide = float_floordiv, .true_divide = float_truediv,
    .negative = float_neg, .positive = im_float_exact, .absolute = float_abs, .int_ = float_int, .float_ = im_float_exact, .bool_ = float_bool,
};
static const ImTypeSpec spec = {
    .name = "float", .doc = "Convert a string or number to a floating-point number, if possible.",
    .size = sizeof(ImFloat), .flags = IM_TF_FLOAT | IM_TF_BASETYPE | IM_TF_MATCH_SELF | IM_TF_LEAF,
    .slots = &slots, .methods = im_float_methods, .getset = im_float_getset, .text_signature = "(x=0, /)",
};
IM_TYPE(float, &spec);
