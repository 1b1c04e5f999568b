/* Operations on any object, as the operators and built-in functions of the language do them. Arguments borrowed, results owned; no value or -1 with an
 * exception pending.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_ABSTRACT_H
#define IM_OBJECT_ABSTRACT_H

#include "object/call.h"
#include "object/error.h"
#include "object/names.h"

/* --- attributes (object/attr.c) --- */
IM_MUST_USE Value im_getattr(Thread *t, Value obj, Value name);
/* 1 found (*out owned), 0 absent (*out no value, no exception, none was even made for generic lookups), -1 other exception. */
IM_MUST_USE int im_lookup_attr(Thread *t, Value obj, Value name, Value *out);
IM_MUST_USE int im_setattr(Thread *t, Value obj, Value name, Value v); /* v no value: delete */
IM_MUST_USE int im_hasattr(Thread *t, Value obj, Value name);
/* Default implementations of the getattr / setattr slots. */
/* The interned exact str equal to name (borrowed: interned strings stay); TypeError unless name is a str. */
IM_MUST_USE Value im_attr_name(Thread *t, Value name);
IM_MUST_USE Value im_generic_getattr(Thread *t, Value obj, Value name);
IM_MUST_USE int im_generic_setattr(Thread *t, Value obj, Value name, Value v);
/* The instance's __dict__ (made when asked for; moves a shaped object to dict mode). No value with AttributeError if it cannot have one. */
IM_MUST_USE Value im_instance_dict(Thread *t, Value obj);
IM_MUST_USE int im_instance_set_dict(Thread *t, Value obj, Value dict);
/* A new dict with the instance's attributes, without dict mode (copy, pickle). */
IM_MUST_USE Value im_instance_dict_copy(Thread *t, Value obj);
/* obj.__dict__[name] = v without dict mode; name an interned exact str. 1 stored, 0 the instance has no attributes of its own, -1. */
IM_MUST_USE int im_instance_store(Thread *t, Value obj, Value name, Value v);
/* Method lookup for obj.name(...): *self_first = true and the unbound function when obj is to be passed first. */
IM_MUST_USE Value im_getmethod(Thread *t, Value obj, Value name, bool *self_first);

/* --- object --- */
IM_MUST_USE Value im_repr(Thread *t, Value v);
IM_MUST_USE Value im_str(Thread *t, Value v);
IM_MUST_USE Value im_ascii(Thread *t, Value v);
IM_MUST_USE Value im_format(Thread *t, Value v, Value spec); /* spec no value: "" */
IM_MUST_USE int64_t im_hash(Thread *t, Value v); /* -1 = exception */
IM_MUST_USE int im_truth(Thread *t, Value v);
/* What `op` says of two values of which the first is less (c < 0), equal or greater. */
IM_INLINE Value im_ordered(ImCmp op, int c)
{
    switch (op) {
    case IM_LT: return im_bool(c < 0);
    case IM_LE: return im_bool(c <= 0);
    case IM_EQ: return im_bool(c == 0);
    case IM_NE: return im_bool(c != 0);
    case IM_GT: return im_bool(c > 0);
    default: return im_bool(c >= 0);
    }
}
IM_MUST_USE Value im_compare(Thread *t, Value a, Value b, ImCmp op);
IM_MUST_USE int im_compare_bool(Thread *t, Value a, Value b, ImCmp op); /* identity implies equality */
IM_INLINE IM_MUST_USE int im_equal(Thread *t, Value a, Value b) { return im_same(a, b) ? 1 : im_compare_bool(t, a, b, IM_EQ); }
IM_MUST_USE int im_isinstance(Thread *t, Value v, Value cls);
IM_MUST_USE int im_issubclass(Thread *t, Value v, Value cls);
/* Tables take the low bits, and objects of one class lie apart by a multiple of their size: higher bits are mixed into those that are the same in all of them. */
IM_INLINE int64_t im_hash_pointer(uint64_t bits) { int64_t h = (int64_t)(bits >> 4 ^ bits >> 7 ^ bits >> 11); return h == -1 ? -2 : h; }
/* The same without __instancecheck__ / __subclasscheck__: what type's own methods do. */
IM_MUST_USE int im_isinstance_plain(Thread *t, Value v, Value cls);
IM_MUST_USE int im_issubclass_plain(Thread *t, Value v, Value cls);
bool im_callable(Value v);
/* repr() of self-containing containers: 1 = already running for v (print "[...]"), 0 = entered, -1 error. */
IM_MUST_USE int im_repr_enter(Thread *t, Value v);
void im_repr_leave(Thread *t, Value v);
IM_MUST_USE Value im_dir(Thread *t, Value v);

/* --- numbers --- */
typedef enum ImBinOp { IM_OP_ADD, IM_OP_SUB, IM_OP_MUL, IM_OP_MATMUL, IM_OP_TRUEDIV, IM_OP_FLOORDIV, IM_OP_MOD, IM_OP_POW, IM_OP_LSHIFT, IM_OP_RSHIFT,
    IM_OP_AND, IM_OP_XOR, IM_OP_OR, IM_OP_DIVMOD } ImBinOp;
IM_MUST_USE Value im_binop(Thread *t, Value a, Value b, ImBinOp op);
IM_MUST_USE Value im_inplace(Thread *t, Value a, Value b, ImBinOp op);
IM_MUST_USE Value im_power(Thread *t, Value a, Value b, Value mod); /* mod IM_NONE: absent */
IM_MUST_USE Value im_negative(Thread *t, Value v);
IM_MUST_USE Value im_positive(Thread *t, Value v);
IM_MUST_USE Value im_absolute(Thread *t, Value v);
IM_MUST_USE Value im_invert(Thread *t, Value v);
IM_MUST_USE Value im_index(Thread *t, Value v); /* exact int by __index__: "'T' object cannot be interpreted as an integer" */
IM_MUST_USE Value im_number_int(Thread *t, Value v);   /* int(v) of a number or str */
IM_MUST_USE Value im_number_float(Thread *t, Value v); /* float(v) of a number or str */
bool im_is_index(Value v);  /* has __index__ */
bool im_is_number(Value v);
/* Integer by __index__ to C types; -1 with exception (check im_pending for a true -1, or use the out forms). */
IM_MUST_USE int im_as_ssize(Thread *t, Value v, ImType *overflow_exc, ssize_t *out); /* overflow_exc null: clip */
IM_MUST_USE int im_ssize_arg(Thread *t, Value v, ssize_t *out);  /* argument of a native function: OverflowError "Python int too large to convert to C ssize_t" */
IM_MUST_USE int im_as_int64(Thread *t, Value v, int64_t *out);   /* OverflowError when out of range */
IM_MUST_USE int im_as_uint64(Thread *t, Value v, uint64_t *out);
IM_MUST_USE int im_as_uint64_wrap(Thread *t, Value v, uint64_t *out); /* modulo 2^64 */
IM_MUST_USE int im_as_int(Thread *t, Value v, int *out);
IM_MUST_USE int im_as_double(Thread *t, Value v, double *out);   /* float or __float__ or __index__: "must be real number, not T" */

/* --- containers --- */
IM_MUST_USE ssize_t im_len(Thread *t, Value v);
IM_MUST_USE ssize_t im_length_hint(Thread *t, Value v, ssize_t dflt);
IM_MUST_USE Value im_getitem(Thread *t, Value v, Value key);
IM_MUST_USE int im_setitem(Thread *t, Value v, Value key, Value x);
IM_MUST_USE int im_delitem(Thread *t, Value v, Value key);
IM_MUST_USE Value im_getitem_index(Thread *t, Value v, ssize_t i); /* sequence protocol, negative i from the end */
IM_MUST_USE int im_contains(Thread *t, Value container, Value v);
IM_MUST_USE int im_contains_by_iteration(Thread *t, Value container, Value v);
IM_MUST_USE Value im_iter(Thread *t, Value v);
IM_MUST_USE Value im_next(Thread *t, Value it); /* item; IM_STOP at the end (a StopIteration raised by Python code is consumed); no value on error */
bool im_is_iterator(Value v);
bool im_is_sequence(Value v);
bool im_is_mapping(Value v);
/* list(v) / tuple(v). `msg` replaces "'T' object is not iterable" when not null. */
IM_MUST_USE Value im_to_list(Thread *t, Value v);
IM_MUST_USE Value im_to_tuple(Thread *t, Value v);
/* New list of what iterating over v gives at one moment, when v is of a native type that has a slot for it and other threads may change it. No value
 * otherwise, or with an exception. */
IM_MUST_USE Value im_items_of_shared(Thread *t, Value v);
/* iter(v); what other threads may change is listed first, so that they do not disturb an operation on it. */
IM_MUST_USE Value im_steady_iter(Thread *t, Value v);
/* Is iterating over v one step? A container of a native type is, an iterator is not: other code may have a say in what it gives. */
bool im_is_whole(Value v);
/* v itself if list or tuple (exact or subclass), else list(v); TypeError with msg if not iterable. Items by im_fast_len / im_fast_item only while nothing else runs. */
IM_MUST_USE Value im_fast_sequence(Thread *t, Value v, const char *msg);
IM_MUST_USE Value im_sequence_concat(Thread *t, Value a, Value b);
IM_MUST_USE Value im_sequence_repeat(Thread *t, Value a, ssize_t n);

#endif
