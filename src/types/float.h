/* float and complex. Most floats sit in the Value word (base/value.h); the rest are boxed.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_FLOAT_H
#define IM_TYPES_FLOAT_H

#include "object/abstract.h"

typedef struct ImFloat { ImObject head; double x; } ImFloat;
typedef struct ImComplex { ImObject head; double re, im; } ImComplex;
IM_TYPE_DECLARE(float);
IM_TYPE_DECLARE(complex);

IM_MUST_USE Value im_float_box(Thread *t, double d); /* slow half: 0.0, -0.0, 1/0 … are immortal constants */
IM_INLINE IM_MUST_USE Value im_float_new(Thread *t, double d)
{
    Value v = im_flt_try(d);
    return IM_LIKELY(!im_no_value(v)) ? v : im_float_box(t, d);
}
/* float or a subclass. */
IM_INLINE bool im_is_float(Value v) { return im_is_flt(v) || (im_is_object(v) && im_type_has(im_type_of_obj(im_ptr(v)), IM_TF_FLOAT)); }
IM_INLINE bool im_is_float_exact(Value v) { return im_is_flt(v) || im_is_exact(v, &im_float_type); }
IM_INLINE double im_float_get(Value v) { return im_is_flt(v) ? im_flt_get(v) : ((ImFloat *)im_ptr(v))->x; }
IM_MUST_USE Value im_complex_new(Thread *t, double re, double im);
bool im_is_complex(Value v); /* complex or a subclass */
/* complex, __complex__, float, __index__: 0, or -1 "must be real number, not T". */
IM_MUST_USE int im_as_complex(Thread *t, Value v, double *re, double *im);
int64_t im_float_hash(double d, Value self); /* CPython's numeric hash; nan hashes by self's identity */
/* Text of a double: format code 'r' (shortest repr), 'e' 'f' 'g' 'E' 'F' 'G' with precision; flags as below. Writes to buf (>= 400+precision bytes) and returns
 * length. Locale independent, correctly rounded. */
enum { IM_FLT_SIGN = 1, IM_FLT_ADD_DOT0 = 2, IM_FLT_ALT = 4, IM_FLT_NO_NEG0 = 8 };
size_t im_float_text(double d, char code, int precision, int flags, char *buf);
/* Correctly rounded; *end past the number; no underscores. */
double im_float_parse(const char *s, const char **end);
IM_MUST_USE Value im_float_from_str(Thread *t, Value s);
/* x % y, x // y, divmod as Python does them (y not 0). */
double im_float_mod(double x, double y);
double im_float_floordiv(double x, double y);
double im_float_pow(Thread *t, double x, double y, Value *complex_result);

/* format() mini-language for int, float, complex, str (types/format_spec.c). `spec` is a str. */
IM_MUST_USE Value im_format_int(Thread *t, Value v, Value spec);
IM_MUST_USE Value im_format_float(Thread *t, Value v, Value spec);
IM_MUST_USE Value im_format_complex(Thread *t, Value v, Value spec);
IM_MUST_USE Value im_format_str(Thread *t, Value v, Value spec);

#endif
