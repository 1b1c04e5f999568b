/* Methods that bytes and bytearray share. Each works on a run of bytes and gives a new object of self's kind.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_BYTES_METHODS_H
#define IM_TYPES_BYTES_METHODS_H

#include "types/bytes.h"
#include "types/str.h"

/* The bytes of a bytes or bytearray (subclass) as they are now. A private bytearray lends its own (and refuses to change size meanwhile); of a shared one,
 * which other threads may change, this is a copy. Between pin and unpin: no return without unpin. */
typedef struct ImRun { const char *p; ssize_t len; Value pinned; char *copy; } ImRun;
ImRun im_bytes_pin(Thread *t, Value self);
void im_bytes_unpin(Thread *t, ImRun *r);
/* One byte, or -1 when i is out of range (as it is now). Negative i counts from the end. */
int im_bytes_at(Thread *t, Value self, ssize_t i);
Value im_bytes_like(Thread *t, Value self, const char *p, ssize_t len); /* new object of self's kind */
extern const ImMethodDef im_bytes_shared_methods[];
extern const size_t im_bytes_shared_count;
/* fmt % args; result of self's kind. */
IM_MUST_USE Value im_bytes_percent(Thread *t, Value self, Value args);
Value im_bytes_subscript(Thread *t, Value self, Value key);
int im_bytes_contains(Thread *t, Value self, Value x);
Value im_bytes_compare(Thread *t, Value a, Value b, ImCmp op);
Value im_bytes_repr_run(Thread *t, const char *prefix, const char *p, ssize_t len, const char *suffix);
/* Constructor arguments (source, encoding, errors) -> new bytes; fname for messages. */
IM_MUST_USE Value im_bytes_from_args(Thread *t, const char *fname, const Value *args, size_t nargs, Value kwnames);
Value im_bytes_maketrans(Thread *t, Value self, const Value *a, size_t n, Value kw);
Value im_bytes_fromhex(Thread *t, Value cls, const Value *a, size_t n, Value kw);
Value im_bytes_iter(Thread *t, Value self);

/* n bytes from `from` on, each `step` after the one before. */
void im_bytes_stride(char *to, const char *from, ssize_t n, ssize_t step);

#endif
