/* The type int: constructor, slots, methods.
 * SPDX-License-Identifier: MIT */
#include "types/int_impl.h"

#include "types/bytes.h"
#include "types/float.h"
#include "types/str.h"
#include "types/tuple.h"

/* --- int(x) --------------------------------------------------------------------------------------------------------------------- */

/* What __int__, __index__ or __trunc__ gave (stolen): an exact int, with a warning for instances of subclasses. */
static Value exact_result(Thread *t, Value r, const char *method)
{
    if (im_no_value(r) || im_is_int_exact(r)) return r;
    if (!im_is_int_like(r)) {
        im_raise_type(t, "%s returned non-int (type %.200T)", method, r);
    } else if (im_warn(t, &im_DeprecationWarning_type, 1, "%s returned non-int (type %.200T).  The ability to return an instance of a strict subclass of int is "
                       "deprecated, and may not be supported in a future version of Python.", method, r) == 0) {
        Value x = im_int_exact(t, r);
        im_drop(t, r);
        return x;
    }
    im_drop(t, r);
    return IM_NO_VALUE;
}

static Value from_trunc(Thread *t, Value v, bool *found)
{
    Value r = im_call_special(t, v, IM_S(__trunc__), NULL, 0, found);
    if (im_no_value(r)) return r;
    if (im_warn(t, &im_DeprecationWarning_type, 1, "The delegation of int() to __trunc__ is deprecated.") < 0) {
        im_drop(t, r);
        return IM_NO_VALUE;
    }
    if (im_is_int_like(r)) {
        Value x = im_int_exact(t, r);
        im_drop(t, r);
        return x;
    }
    if (!IM_SLOT(im_type_of(r), index)) {
        im_raise_type(t, "__trunc__ returned non-Integral (type %.200T)", r);
        im_drop(t, r);
        return IM_NO_VALUE;
    }
    Value x = im_index(t, r);
    im_drop(t, r);
    return x;
}

static Value from_bytes_like(Thread *t, Value v, int base)
{
    ImBuffer b;
    if (im_buffer_get(t, v, &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value r = im_int_from_text(t, b.buf, (size_t)b.len, base);
    im_buffer_release(t, &b);
    return r;
}

Value im_number_int(Thread *t, Value v)
{
    if (im_is_int_exact(v)) return im_new_ref(v);
    if (im_is_flt(v)) return im_int_from_double(t, im_flt_get(v));
    ImType *ty = im_type_of(v);
    ImUnary fn = IM_SLOT(ty, int_);
    if (fn) return exact_result(t, fn(t, v), "__int__");
    if (IM_SLOT(ty, index)) return im_index(t, v);
    bool found = false;
    Value r = from_trunc(t, v, &found);
    if (found || im_pending(t)) return r;
    if (im_is_str(v)) return im_int_from_str(t, v, 10);
    if (im_is_bytes(v)) return im_int_from_text(t, im_bytes_data(v), (size_t)im_bytes_len(v), 10);
    if (im_buffer_check(v)) return from_bytes_like(t, v, 10);
    return im_raise_type(t, "int() argument must be a string, a bytes-like object or a real number, not '%.200T'", v);
}

static Value from_text(Thread *t, Value x, Value base_arg)
{
    ssize_t base;
    if (im_as_ssize(t, base_arg, NULL, &base) < 0) return IM_NO_VALUE;
    if ((base != 0 && base < 2) || base > 36) return im_raise_valueerror(t, "int() base must be >= 2 and <= 36, or 0");
    if (im_is_str(x)) return im_int_from_str(t, x, (int)base);
    if (im_is_bytes(x) || im_is_instance_of(x, &im_bytearray_type)) return from_bytes_like(t, x, (int)base);
    return im_raise_type(t, "int() can't convert non-string with explicit base");
}

/* An instance of a subclass of int with v's value. Steals v. */
static Value to_subclass(Thread *t, ImType *type, Value v)
{
    if (im_no_value(v) || type == &im_int_type) return v;
    ImIntView w;
    im_int_view(v, &w);
    ImInt *o = (ImInt *)im_instance_alloc(t, type, w.n * sizeof(mp_limb_t));
    if (o) {
        memcpy(o->limbs, w.p, w.n * sizeof(mp_limb_t));
        o->size = w.neg ? -(int64_t)w.n : (int64_t)w.n;
    }
    im_drop(t, v);
    return im_value(o);
}

static Value int_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value x = nargs ? args[0] : IM_NO_VALUE, base = nargs > 1 ? args[1] : IM_NO_VALUE;
    if (nargs == 1 && type == &im_int_type && im_no_value(kwnames) && im_is_str_exact(x) && im_str_is_ascii(x) && (size_t)im_str_len(x) - 1 < 18) { /* plain digits */
        const char *s = im_str_data(x), *p = s + (*s == '-'), *end = s + im_str_len(x);
        int64_t n = 0;
        while (p < end && (unsigned)(*p - '0') < 10) n = n * 10 + (*p++ - '0');
        if (p == end && end - s > (*s == '-')) return im_int(*s == '-' ? -n : n);
    }
    ImArgs parsed;
    bool with_names = !im_no_value(kwnames) && im_tuple_len(kwnames);
    if (with_names) {
        if (im_parse_args(t, "int", "(x=0, /, base=10)", args, nargs, kwnames, &parsed) < 0) return IM_NO_VALUE;
        x = parsed.v[0];
        base = parsed.v[1];
    } else if (type != &im_int_type && nargs > 2) {
        return im_raise_type(t, "int() takes at most 2 arguments (%zu given)", nargs);
    } else if (im_check_nargs(t, "int", nargs, 0, 2) < 0) {
        return IM_NO_VALUE;
    }
    Value r;
    if (im_no_value(x)) r = im_no_value(base) ? im_int(0) : im_raise_type(t, "int() missing string argument");
    else r = im_no_value(base) ? im_number_int(t, x) : from_text(t, x, base);
    r = to_subclass(t, type, r);
    if (with_names) im_args_fini(t, &parsed);
    return r;
}

/* --- slots ------------------------------------------------------------------------------------------------------------------------ */

Value im_int_repr(Thread *t, Value self) { return im_int_to_str(t, self, 10, false); }
static int64_t int_hash(Thread *t, Value self) { (void)t; return im_int_hash(self); }
static int int_bool(Thread *t, Value self) { (void)t; return im_int_sign(self) != 0; }

Value im_int_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    if (!im_is_int_like(a) || !im_is_int_like(b)) return IM_NOT_IMPLEMENTED;
    int c = im_int_cmp(a, b);
    return im_ordered(op, c);
}

#define BINARY(name, call) \
    static Value name(Thread *t, Value a, Value b) \
    { \
        if (!im_is_int_like(a) || !im_is_int_like(b)) return IM_NOT_IMPLEMENTED; \
        return call; \
    }
BINARY(int_add, im_int_add(t, a, b))
BINARY(int_sub, im_int_sub(t, a, b))
BINARY(int_mul, im_int_mul(t, a, b))
BINARY(int_floordiv, im_int_floordiv(t, a, b))
BINARY(int_mod, im_int_mod(t, a, b))
BINARY(int_divmod, im_int_divmod(t, a, b))
BINARY(int_truediv, im_int_truediv(t, a, b))
BINARY(int_lshift, im_int_lshift(t, a, b))
BINARY(int_rshift, im_int_rshift(t, a, b))
BINARY(int_and, im_int_bitop(t, a, b, IM_BIT_AND))
BINARY(int_or, im_int_bitop(t, a, b, IM_BIT_OR))
BINARY(int_xor, im_int_bitop(t, a, b, IM_BIT_XOR))

static Value int_power(Thread *t, Value a, Value b, Value mod)
{
    if (!im_is_int_like(a) || !im_is_int_like(b) || (!im_is_none(mod) && !im_is_int_like(mod))) return IM_NOT_IMPLEMENTED;
    return im_int_pow(t, a, b, mod);
}
static Value int_float(Thread *t, Value self)
{
    double d = im_int_to_double(t, self);
    return im_pending(t) ? IM_NO_VALUE : im_float_new(t, d);
}

const ImSlots im_int_slots = {
    .repr = im_int_repr, .hash = int_hash, .richcompare = im_int_richcompare, .new_ = int_new,
    .add = int_add, .subtract = int_sub, .multiply = int_mul, .remainder = int_mod, .divmod = int_divmod, .power = int_power,
    .lshift = int_lshift, .rshift = int_rshift, .and_ = int_and, .or_ = int_or, .xor_ = int_xor,
    .floor_divide = int_floordiv, .true_divide = int_truediv,
    .negative = im_int_neg, .positive = im_int_exact, .absolute = im_int_abs, .invert = im_int_invert,
    .int_ = im_int_exact, .float_ = int_float, .index = im_int_exact, .bool_ = int_bool,
};

/* --- methods ------------------------------------------------------------------------------------------------------------------------ */

#define METHOD(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS() ((void)args, (void)nargs, (void)kwnames)

METHOD(int_self) { UNUSED_ARGS(); return im_int_exact(t, self); }
METHOD(int_bit_length) { UNUSED_ARGS(); return im_int_new(t, (int64_t)im_int_bit_length(self)); }
METHOD(int_bit_count)
{
    UNUSED_ARGS();
    if (im_is_int(self)) return im_int(__builtin_popcountll(im_int_get(self) < 0 ? -(uint64_t)im_int_get(self) : (uint64_t)im_int_get(self)));
    ImIntView w;
    im_int_view(self, &w);
    return im_int_new(t, w.n ? (int64_t)mpn_popcount(w.p, (mp_size_t)w.n) : 0);
}
METHOD(int_is_integer) { UNUSED_ARGS(); (void)t; (void)self; return IM_TRUE; }
METHOD(int_as_integer_ratio)
{
    UNUSED_ARGS();
    Value n = im_int_exact(t, self);
    return im_no_value(n) ? n : im_tuple_steal_array(t, (Value[]){n, im_int(1)}, 2);
}
METHOD(int_getnewargs)
{
    UNUSED_ARGS();
    Value n = im_int_exact(t, self);
    return im_no_value(n) ? n : im_tuple_steal_array(t, (Value[]){n}, 1);
}
METHOD(int_format)
{
    UNUSED_ARGS();
    if (!im_is_str(args[0])) return im_raise_type(t, "__format__() argument must be str, not %.50T", args[0]);
    return im_format_int(t, self, args[0]);
}
METHOD(int_sizeof)
{
    UNUSED_ARGS();
    if (im_is_int(self)) return im_int(24 + 4 * (int64_t)(im_int_bit_length(self) <= 30 ? 1 : im_int_bit_length(self) <= 60 ? 2 : 3));
    return im_int_new(t, (int64_t)im_type_of(self)->core.size + 8 * (int64_t)((im_int_bit_length(self) + 63) / 64));
}

/* Rounds to a multiple of 10^-ndigits, halves to even. */
METHOD(int_round)
{
    (void)kwnames;
    if (nargs == 0 || im_is_none(args[0])) return im_int_exact(t, self);
    Value n = im_index(t, args[0]);
    if (im_no_value(n)) return n;
    if (im_int_sign(n) >= 0) { im_drop(t, n); return im_int_exact(t, self); }
    Value r = IM_NO_VALUE, unit = IM_NO_VALUE, m = im_int_neg(t, n);
    im_drop(t, n);
    if (im_no_value(m)) return m;
    unit = im_int_pow(t, im_int(10), m, IM_NONE);
    im_drop(t, m);
    if (im_no_value(unit)) return unit;
    if (im_int_divmod_near(t, self, unit, NULL, &r) == 0) {
        Value x = im_int_sub(t, self, r);
        im_drop(t, r);
        r = x;
    }
    im_drop(t, unit);
    return r;
}

/* "little" or "big": 1, 0, -1 error. No value: big. */
static int is_little(Thread *t, const char *fname, Value order)
{
    if (im_no_value(order)) return 0;
    if (!im_is_str(order)) return im_raise_type(t, "%s() argument 'byteorder' must be str, not %.50T", fname, order), -1;
    if (im_str_equal_cstr(order, "little")) return 1;
    if (im_str_equal_cstr(order, "big")) return 0;
    return im_raise_valueerror(t, "byteorder must be either 'little' or 'big'"), -1;
}
METHOD(int_to_bytes)
{
    UNUSED_ARGS();
    ssize_t len = 1;
    if (!im_no_value(args[0]) && im_as_ssize(t, args[0], &im_OverflowError_type, &len) < 0) return IM_NO_VALUE;
    int is_signed = im_no_value(args[2]) ? 0 : im_truth(t, args[2]);
    if (is_signed < 0) return IM_NO_VALUE;
    int little = is_little(t, "to_bytes", args[1]);
    if (little < 0) return IM_NO_VALUE;
    if (len < 0) return im_raise_valueerror(t, "length argument must be non-negative");
    Value r = im_bytes_new(t, NULL, len);
    if (im_no_value(r)) return r;
    if (im_int_to_bytes(t, self, (uint8_t *)im_bytes_data(r), (size_t)len, little, is_signed) < 0) {
        im_drop(t, r);
        return IM_NO_VALUE;
    }
    return r;
}
METHOD(int_from_bytes)
{
    UNUSED_ARGS();
    int little = is_little(t, "from_bytes", args[1]);
    if (little < 0) return IM_NO_VALUE;
    int is_signed = im_no_value(args[2]) ? 0 : im_truth(t, args[2]);
    if (is_signed < 0) return IM_NO_VALUE;
    Value b = IM_NO_VALUE;
    if (im_is_bytes_exact(args[0])) {
        b = im_new_ref(args[0]);
    } else {
        bool found = false;
        b = im_call_special(t, args[0], IM_S(__bytes__), NULL, 0, &found);
        if (found && !im_no_value(b) && !im_is_bytes(b)) {
            im_raise_type(t, "__bytes__ returned non-bytes (type %.200T)", b);
            im_drop(t, b);
            return IM_NO_VALUE;
        }
        if (!found && !im_pending(t)) {
            if (im_is_int_like(args[0]) || im_is_str(args[0])) return im_raise_type(t, "cannot convert '%.200T' object to bytes", args[0]);
            b = im_bytes_from_object(t, args[0]);
        }
    }
    if (im_no_value(b)) return b;
    Value r = im_int_from_bytes(t, (const uint8_t *)im_bytes_data(b), (size_t)im_bytes_len(b), little, is_signed);
    im_drop(t, b);
    if (im_no_value(r) || im_as_type(self) == &im_int_type) return r;
    Value x = im_call1(t, self, r);
    im_drop(t, r);
    return x;
}

static Value get_self(Thread *t, Value self, void *closure) { (void)closure; return im_int_exact(t, self); }
static Value get_const(Thread *t, Value self, void *closure) { (void)t; (void)self; return im_int((int64_t)(intptr_t)closure); }

static const ImMethodDef methods[] = {
    IM_FIXED("conjugate", int_self, 0, "($self, /)", "Returns self, the complex conjugate of any int."),
    IM_FIXED("bit_length", int_bit_length, 0, "($self, /)", "Number of bits necessary to represent self in binary.\n\n>>> (8).bit_length()\n4\n>>> (-7).bit_length()\n3"),
    IM_FIXED("bit_count", int_bit_count, 0, "($self, /)", "Number of ones in the binary representation of the absolute value of self.\n\n>>> (-7).bit_count()\n3\n>>> (8).bit_count()\n1"),
    IM_PARSED("to_bytes", int_to_bytes, "($self, /, length=1, byteorder='big', *, signed=False)", "Return an array of bytes representing an integer."),
    IM_CLASS_PARSED("from_bytes", int_from_bytes, "($type, /, bytes, byteorder='big', *, signed=False)", "Return the integer represented by the given array of bytes."),
    IM_FIXED("as_integer_ratio", int_as_integer_ratio, 0, "($self, /)", "Return a pair of integers, whose ratio is equal to the original int.\n\n>>> (7).as_integer_ratio()\n(7, 1)\n>>> (-3).as_integer_ratio()\n(-3, 1)\n>>> (0).as_integer_ratio()\n(0, 1)"),
    IM_FIXED("is_integer", int_is_integer, 0, "($self, /)", "Returns True. Exists for duck type compatibility with float.is_integer."),
    IM_FIXED("__trunc__", int_self, 0, "($self, /)", "Truncating an Integral returns itself."),
    IM_FIXED("__floor__", int_self, 0, "($self, /)", "Flooring an Integral returns itself."),
    IM_FIXED("__ceil__", int_self, 0, "($self, /)", "Ceiling of an Integral returns itself."),
    IM_RANGE("__round__", int_round, 0, 1, "($self, ndigits=<unrepresentable>, /)", "Rounding an Integral returns itself.\n\nRounding with an ndigits argument also returns an integer."),
    IM_FIXED("__getnewargs__", int_getnewargs, 0, "($self, /)", NULL),
    IM_FIXED("__format__", int_format, 1, "($self, format_spec, /)", "Convert to a string according to format_spec."),
    IM_FIXED("__sizeof__", int_sizeof, 0, "($self, /)", "Returns size in memory, in bytes."),
    IM_END,
};
static const ImGetSetDef getset[] = {
    {"real", get_self, NULL, "the real part of a complex number", NULL},
    {"imag", get_const, NULL, "the imaginary part of a complex number", NULL},
    {"numerator", get_self, NULL, "the numerator of a rational number in lowest terms", NULL},
    {"denominator", get_const, NULL, "the denominator of a rational number in lowest terms", (void *)1},
    IM_END,
};

static const ImTypeSpec int_spec = {
    .name = "int",
    .doc = "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.  If x is a number, "
           "return x.__int__().  For floating-point\nnumbers, this truncates towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, "
           "or bytearray instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and be surrounded\nby whitespace.  The "
           "base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to interpret the base from the string as an integer literal.\n>>> int('0b100', base=0)\n4",
    .size = sizeof(ImInt), .item_size = sizeof(uint64_t), .flags = IM_TF_INT | IM_TF_BASETYPE | IM_TF_MATCH_SELF | IM_TF_LEAF,
    .slots = &im_int_slots, .methods = methods, .getset = getset,
};
IM_TYPE(int, &int_spec);
