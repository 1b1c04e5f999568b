/* The type complex.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>

#include "types/float_impl.h"
#include "types/float_text.h"
#include "types/int.h"
#include "types/number_text.h"
#include "types/str.h"
#include "types/tuple.h"

typedef struct Pair { double re, im; } Pair;

bool im_is_complex(Value v) { return im_is_object(v) && im_is_instance_of(v, &im_complex_type); }
IM_INLINE ImComplex *complexp(Value v) { return (ImComplex *)im_ptr(v); }

Value im_complex_new(Thread *t, double re, double im)
{
    ImComplex *o = (ImComplex *)im_object_alloc_raw(t, &im_complex_type.root, im_complex_type.core.x_flags, sizeof(ImComplex));
    if (IM_LIKELY(o != NULL)) { o->re = re; o->im = im; }
    return im_value(o);
}
static Value from_pair(Thread *t, Pair p) { return im_complex_new(t, p.re, p.im); }

/* 1, 0 not a number that mixes with complex, -1. */
static int operand(Thread *t, Value v, Pair *out)
{
    if (im_is_complex(v)) {
        *out = (Pair){complexp(v)->re, complexp(v)->im};
        return 1;
    }
    out->im = 0.0;
    return im_float_operand(t, v, &out->re);
}
#define OPERANDS(x, y) \
    Pair x, y; \
    int rx_ = operand(t, a, &x); \
    if (rx_ <= 0) return rx_ < 0 ? IM_NO_VALUE : IM_NOT_IMPLEMENTED; \
    int ry_ = operand(t, b, &y); \
    if (ry_ <= 0) return ry_ < 0 ? IM_NO_VALUE : IM_NOT_IMPLEMENTED

/* --- arithmetic ------------------------------------------------------------------------------------------------------------------ */

static Pair product(Pair x, Pair y) { return (Pair){x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re}; }

/* Smith's method; false: y is zero. */
static bool quotient(Pair x, Pair y, Pair *out)
{
    double ar = fabs(y.re), ai = fabs(y.im);
    if (ar >= ai) {
        if (ar == 0) { *out = (Pair){0, 0}; return false; }
        double ratio = y.im / y.re, d = y.re + y.im * ratio;
        *out = (Pair){(x.re + x.im * ratio) / d, (x.im - x.re * ratio) / d};
    } else if (ai >= ar) {
        double ratio = y.re / y.im, d = y.re * ratio + y.im;
        *out = (Pair){(x.re * ratio + x.im) / d, (x.im * ratio - x.re) / d};
    } else {
        *out = (Pair){NAN, NAN};
    }
    return true;
}

static Value complex_add(Thread *t, Value a, Value b) { OPERANDS(x, y); return im_complex_new(t, x.re + y.re, x.im + y.im); }
static Value complex_sub(Thread *t, Value a, Value b) { OPERANDS(x, y); return im_complex_new(t, x.re - y.re, x.im - y.im); }
static Value complex_mul(Thread *t, Value a, Value b) { OPERANDS(x, y); return from_pair(t, product(x, y)); }
static Value complex_truediv(Thread *t, Value a, Value b)
{
    OPERANDS(x, y);
    Pair r;
    if (!quotient(x, y, &r)) return im_raise(t, &im_ZeroDivisionError_type, "complex division by zero");
    return from_pair(t, r);
}

static Value power(Thread *t, Pair x, Pair y)
{
    Pair r = {1.0, 0.0};
    bool pole = false;
    if (y.im == 0 && y.re == floor(y.re) && fabs(y.re) <= 100.0) { /* repeated squaring is more exact */
        int64_t n = (int64_t)fabs(y.re);
        Pair p = x;
        for (int64_t mask = 1; n >= mask; mask <<= 1) {
            if (n & mask) r = product(r, p);
            p = product(p, p);
        }
        if (y.re < 0) pole = !quotient((Pair){1.0, 0.0}, r, &r);
    } else if (x.re == 0 && x.im == 0) {
        pole = y.im != 0 || y.re < 0;
        r.re = 0.0;
    } else {
        double size = hypot(x.re, x.im), len = pow(size, y.re), angle = atan2(x.im, x.re), phase = angle * y.re;
        if (y.im != 0) {
            len *= exp(-angle * y.im);
            phase += y.im * log(size);
        }
        r = (Pair){len * cos(phase), len * sin(phase)};
    }
    if (pole) return im_raise(t, &im_ZeroDivisionError_type, "0.0 to a negative or complex power");
    if (isinf(r.re) || isinf(r.im)) return im_raise_overflow(t, "complex exponentiation");
    return from_pair(t, r);
}
Value im_complex_power(Thread *t, double a, double b, double c, double d) { return power(t, (Pair){a, b}, (Pair){c, d}); }
static Value complex_power(Thread *t, Value a, Value b, Value mod)
{
    OPERANDS(x, y);
    if (!im_is_none(mod)) return im_raise_valueerror(t, "complex modulo");
    return power(t, x, y);
}

static Value complex_neg(Thread *t, Value v) { return im_complex_new(t, -complexp(v)->re, -complexp(v)->im); }
static Value complex_pos(Thread *t, Value v)
{
    return im_is_exact(v, &im_complex_type) ? im_new_ref(v) : im_complex_new(t, complexp(v)->re, complexp(v)->im);
}
static Value complex_abs(Thread *t, Value v)
{
    double re = complexp(v)->re, im = complexp(v)->im, d = hypot(re, im);
    if (isinf(d) && isfinite(re) && isfinite(im)) return im_raise_overflow(t, "absolute value too large");
    return im_float_new(t, d);
}
static int complex_bool(Thread *t, Value v) { (void)t; return complexp(v)->re != 0 || complexp(v)->im != 0; }

/* --- comparison, hash, text ------------------------------------------------------------------------------------------------------------ */

static Value complex_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    if (op != IM_EQ && op != IM_NE) return IM_NOT_IMPLEMENTED;
    ImComplex *x = complexp(a);
    bool equal;
    if (im_is_complex(b)) equal = x->re == complexp(b)->re && x->im == complexp(b)->im;
    else if (im_is_float(b)) equal = x->re == im_float_get(b) && x->im == 0;
    else if (im_is_int_like(b)) equal = x->im == 0 && !isnan(x->re) && im_int_cmp_double(b, x->re) == 0;
    else return IM_NOT_IMPLEMENTED;
    return im_bool(equal == (op == IM_EQ));
}
static int64_t complex_hash(Thread *t, Value v)
{
    (void)t;
    uint64_t re = (uint64_t)im_float_hash(complexp(v)->re, v), im = (uint64_t)im_float_hash(complexp(v)->im, v);
    int64_t h = (int64_t)(re + 1000003u * im);
    return h == -1 ? -2 : h;
}
static Value complex_repr(Thread *t, Value v)
{
    char buf[900], *o = buf;
    double re = complexp(v)->re, im = complexp(v)->im;
    bool both = re != 0 || signbit(re);
    if (both) {
        *o++ = '(';
        o += im_float_text(re, 'r', 0, 0, o);
    }
    o += im_float_text(im, 'r', 0, both ? IM_FLT_SIGN : 0, o);
    *o++ = 'j';
    if (both) *o++ = ')';
    return im_str_from_latin1(t, buf, o - buf);
}

/* --- complex(...) ------------------------------------------------------------------------------------------------------------------------ */

/* re, im 'j', re sign im 'j', in brackets or not. */
static bool parse_text(const char *s, const char *end, Pair *out)
{
    while (s < end && im_is_c_space(*s)) s++;
    while (s < end && im_is_c_space(end[-1])) end--;
    if (s < end && *s == '(') {
        if (end[-1] != ')') return false;
        s++;
        end--;
        while (s < end && im_is_c_space(*s)) s++;
        while (s < end && im_is_c_space(end[-1])) end--;
    }
    *out = (Pair){0, 0};
    const char *stop;
    double z = im_float_parse_n(s, end, &stop);
    bool number = stop != s;
    s = stop;
    if (number && s < end && (*s == '+' || *s == '-')) {
        out->re = z;
        z = im_float_parse_n(s, end, &stop);
        if (stop == s) {
            z = *s == '-' ? -1.0 : 1.0;
            stop++;
        }
        s = stop;
        if (s == end || (*s | 32) != 'j') return false;
        out->im = z;
        s++;
    } else if (number) {
        if (s < end && (*s | 32) == 'j') { out->im = z; s++; }
        else out->re = z;
    } else {
        out->im = 1.0;
        if (s < end && (*s == '+' || *s == '-')) out->im = *s++ == '-' ? -1.0 : 1.0;
        if (s == end || (*s | 32) != 'j') return false;
        s++;
    }
    return s == end;
}

/* Takes underscores between digits out, in place: false when one stands elsewhere. */
static bool drop_underscores(char *s, size_t *len)
{
    char *o = s, before = 0;
    for (size_t i = 0; i < *len; i++) {
        char c = s[i];
        if (c == '_') {
            if (before < '0' || before > '9') return false;
        } else {
            if (before == '_' && (c < '0' || c > '9')) return false;
            *o++ = c;
        }
        before = c;
    }
    *len = (size_t)(o - s);
    return before != '_';
}
static bool from_text(Thread *t, Value s, Pair *out)
{
    ImNumberText text;
    if (im_number_text(t, s, &text) < 0) return false;
    bool ok;
    if (memchr(text.p, '_', text.len)) {
        size_t len = text.len;
        char *copy = im_raw_alloc(t, len);
        if (copy) memcpy(copy, text.p, len);
        bool placed = copy && drop_underscores(copy, &len);
        if (copy && !placed) im_raise_valueerror(t, "could not convert string to complex: %R", s);
        ok = placed && parse_text(copy, copy + len, out);
        im_raw_free(copy);
    } else {
        ok = parse_text(text.p, text.p + text.len, out);
    }
    im_number_text_fini(&text);
    if (!ok && !im_pending(t)) im_raise_valueerror(t, "complex() arg is a malformed string");
    return ok;
}

/* __complex__: 1 (*out owned complex), 0 has none, -1. */
static int by_special(Thread *t, Value v, Value *out)
{
    bool found = false;
    Value r = im_call_special(t, v, IM_S(__complex__), NULL, 0, &found);
    if (im_no_value(r)) return found || im_pending(t) ? -1 : 0;
    if (!im_is_complex(r)) {
        im_raise_type(t, "%.200T.__complex__() returned non-complex (type %.200T)", v, r);
    } else if (im_is_exact(r, &im_complex_type) ||
               im_warn(t, &im_DeprecationWarning_type, 1, "%.200T.__complex__() returned non-complex (type %.200T).  The ability to return an instance of a strict subclass of "
                       "complex is deprecated, and may not be supported in a future version of Python.", v, r) == 0) {
        *out = r;
        return 1;
    }
    im_drop(t, r);
    return -1;
}
int im_as_complex(Thread *t, Value v, double *re, double *im)
{
    Value c = IM_NO_VALUE;
    int r = im_is_complex(v) ? (c = im_new_ref(v), 1) : by_special(t, v, &c);
    if (r < 0) return -1;
    if (r) {
        *re = complexp(c)->re;
        *im = complexp(c)->im;
        im_drop(t, c);
        return 0;
    }
    *im = 0.0;
    r = im_float_from_object(t, v, re);
    if (r == 0) im_raise_type(t, "must be real number, not %.50T", v);
    return r > 0 ? 0 : -1;
}

/* One part as the constructor takes it: 1 real, 2 complex, 0 not a number, -1 error. */
static int part(Thread *t, Value v, Pair *out)
{
    if (im_is_complex(v)) {
        *out = (Pair){complexp(v)->re, complexp(v)->im};
        return 2;
    }
    out->im = 0.0;
    return im_float_from_object(t, v, &out->re);
}

static bool from_parts(Thread *t, Value r, Value i, Pair *out)
{
    Pair x = {0, 0}, y = {0, 0};
    int xr = 1, yr = 1;
    if (!im_no_value(r)) {
        Value special = IM_NO_VALUE;
        if (!im_is_exact(r, &im_complex_type) && by_special(t, r, &special) < 0) return false;
        xr = part(t, im_no_value(special) ? r : special, &x);
        im_xdrop(t, special);
        if (xr == 0) im_raise_type(t, "complex() first argument must be a string or a number, not '%.200T'", r);
        if (xr <= 0) return false;
    }
    if (!im_no_value(i)) {
        yr = part(t, i, &y);
        if (yr == 0) im_raise_type(t, "complex() second argument must be a number, not '%.200T'", i);
        if (yr <= 0) return false;
    }
    *out = (Pair){x.re, y.re};
    if (xr == 2) out->im = im_no_value(i) ? x.im : y.re + x.im;
    if (yr == 2) out->re -= y.im;
    return true;
}

static Value complex_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "complex", "(real=0, imag=0)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value r = a.v[0], i = a.v[1], result = IM_NO_VALUE;
    Pair p;
    bool ok = false;
    if (!im_no_value(r) && im_no_value(i) && type == &im_complex_type && im_is_exact(r, &im_complex_type)) {
        result = im_new_ref(r);
        goto done;
    }
    if (!im_no_value(r) && im_is_str(r)) {
        if (!im_no_value(i)) im_raise_type(t, "complex() can't take second arg if first is a string");
        else ok = from_text(t, r, &p);
    } else if (!im_no_value(i) && im_is_str(i)) {
        im_raise_type(t, "complex() second arg can't be a string");
    } else {
        ok = from_parts(t, r, i, &p);
    }
    if (!ok) goto done;
    if (type == &im_complex_type) {
        result = from_pair(t, p);
    } else {
        ImComplex *o = (ImComplex *)im_instance_alloc(t, type, 0);
        if (o) { o->re = p.re; o->im = p.im; }
        result = im_value(o);
    }
done:
    im_args_fini(t, &a);
    return result;
}

/* --- methods --------------------------------------------------------------------------------------------------------------------------------- */

#define METHOD(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS() ((void)args, (void)nargs, (void)kwnames)

METHOD(complex_conjugate) { UNUSED_ARGS(); return im_complex_new(t, complexp(self)->re, -complexp(self)->im); }
METHOD(complex_complex) { UNUSED_ARGS(); return complex_pos(t, self); }
METHOD(complex_getnewargs)
{
    UNUSED_ARGS();
    Value re = im_float_new(t, complexp(self)->re), im = im_no_value(re) ? re : im_float_new(t, complexp(self)->im);
    if (im_no_value(im)) { im_xdrop(t, re); return im; }
    return im_tuple_steal_array(t, (Value[]){re, im}, 2);
}
METHOD(complex_format)
{
    UNUSED_ARGS();
    if (!im_is_str(args[0])) return im_raise_type(t, "__format__() argument must be str, not %.50T", args[0]);
    return im_format_complex(t, self, args[0]);
}

static const ImMethodDef methods[] = {
    IM_FIXED("conjugate", complex_conjugate, 0, "($self, /)", "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j."),
    IM_FIXED("__complex__", complex_complex, 0, "($self, /)", "Convert this value to exact type complex."),
    IM_FIXED("__getnewargs__", complex_getnewargs, 0, "($self, /)", NULL),
    IM_FIXED("__format__", complex_format, 1, "($self, format_spec, /)", "Convert to a string according to format_spec."),
    IM_END,
};
static const ImMemberDef members[] = {
    {"real", IM_T_DOUBLE, offsetof(ImComplex, re), true, "the real part of a complex number"},
    {"imag", IM_T_DOUBLE, offsetof(ImComplex, im), true, "the imaginary part of a complex number"},
    IM_END,
};
static const ImSlots slots = {
    .repr = complex_repr, .hash = complex_hash, .richcompare = complex_richcompare, .new_ = complex_new,
    .add = complex_add, .subtract = complex_sub, .multiply = complex_mul, .true_divide = complex_truediv, .power = complex_power,
    .negative = complex_neg, .positive = complex_pos, .absolute = complex_abs, .bool_ = complex_bool,
};
static const ImTypeSpec spec = {
    .name = "complex",
    .doc = "Create a complex number from a string or numbers.\n\nIf a string is given, parse it as a complex number.\nIf a single number is given, convert it to a complex "
           "number.\nIf the 'real' or 'imag' arguments are given, create a complex number\nwith the specified real and imaginary components.",
    .size = sizeof(ImComplex), .flags = IM_TF_BASETYPE | IM_TF_LEAF, .slots = &slots, .methods = methods, .members = members, .text_signature = "(real=0, imag=0)",
};
IM_TYPE(complex, &spec);
