/* Slot functions of classes whose special methods are Python functions (type_dispatch.c).
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_SLOT_FUNCTIONS_H
#define IM_TYPES_SLOT_FUNCTIONS_H

#include "object/abstract.h"
#include "object/buffer.h"
#include "types/int.h"

#define im_int_from_i64 im_int_new

#define IM_SLOT_BINARY(X) X(add) X(subtract) X(multiply) X(remainder) X(divmod) X(lshift) X(rshift) X(and) X(xor) X(or) X(floor_divide) X(true_divide) X(matmul) \
    X(iadd) X(isubtract) X(imultiply) X(iremainder) X(ilshift) X(irshift) X(iand) X(ixor) X(ior) X(ifloor_divide) X(itrue_divide) X(imatmul) X(subscript)
#define IM_SLOT_UNARY(X) X(repr) X(str) X(iter) X(next) X(await) X(aiter) X(anext) X(negative) X(positive) X(absolute) X(invert) X(int) X(float) X(index)
#define X(n) Value slot_##n(Thread *t, Value a, Value b);
IM_SLOT_BINARY(X)
#undef X
#define X(n) Value slot_##n(Thread *t, Value self);
IM_SLOT_UNARY(X)
#undef X
int64_t slot_hash(Thread *t, Value self);
Value slot_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value slot_getattr(Thread *t, Value self, Value name);
int slot_setattr(Thread *t, Value self, Value name, Value v);
Value slot_richcompare(Thread *t, Value a, Value b, ImCmp op);
/* a < b: 1, 0, -1. As im_compare, with a short way where both are of one class that says so in Python. */
IM_MUST_USE int im_less(Thread *t, Value a, Value b);
Value slot_descr_get(Thread *t, Value self, Value obj, Value type);
int slot_descr_set(Thread *t, Value self, Value obj, Value v);
int slot_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value slot_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames);
int slot_getbuffer(Thread *t, Value self, ImBuffer *b, int flags);
void slot_releasebuffer(Thread *t, Value self, ImBuffer *b);
Value slot_power(Thread *t, Value a, Value b, Value mod);
Value slot_ipower(Thread *t, Value a, Value b, Value mod);
int slot_bool(Thread *t, Value self);
ssize_t slot_length(Thread *t, Value self);
int slot_ass_subscript(Thread *t, Value self, Value key, Value v);
Value slot_item(Thread *t, Value self, ssize_t i);
int slot_ass_item(Thread *t, Value self, ssize_t i, Value v);
int slot_contains(Thread *t, Value self, Value v);
Value im_wrap_buffer(Thread *t, Value self, Value flags);
Value im_wrap_release_buffer(Thread *t, Value self, Value view);
int64_t im_hash_not_implemented(Thread *t, Value self);

#endif
