/* tuple.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_TUPLE_H
#define IM_TYPES_TUPLE_H

#include "object/abstract.h"

typedef struct ImTuple {
    ImObject head;
    ssize_t len;
    Value items[]; /* never change once the tuple has been seen by Python code: read without protocol, im_take to keep */
} ImTuple;
IM_TYPE_DECLARE(tuple);
IM_INLINE bool im_is_tuple(Value v) { return im_is_object(v) && im_type_has(im_type_of_obj(im_ptr(v)), IM_TF_TUPLE); }
IM_INLINE bool im_is_tuple_exact(Value v) { return im_is_exact(v, &im_tuple_type); }
IM_INLINE ssize_t im_tuple_len(Value v) { return ((ImTuple *)im_ptr(v))->len; }
IM_INLINE Value *im_tuple_items(Value v) { return ((ImTuple *)im_ptr(v))->items; }
IM_INLINE Value im_tuple_get(Value v, ssize_t i) { IM_ASSERT2(i >= 0 && i < im_tuple_len(v)); return im_tuple_items(v)[i]; } /* borrowed */
IM_MUST_USE Value im_tuple_new(Thread *t, size_t n);                             /* items no value: the caller fills them all at once; n = 0: the empty tuple */
/* The collectors do not see it, as long as im_gc_track() is not called: for items that can be in no cycle. */
IM_MUST_USE Value im_tuple_new_untracked(Thread *t, size_t n);
IM_MUST_USE Value im_tuple_from_array(Thread *t, const Value *items, size_t n);  /* takes references */
IM_MUST_USE Value im_tuple_steal_array(Thread *t, Value *items, size_t n);       /* moves the items, also on failure */
IM_MUST_USE Value im_tuple_pair_steal(Thread *t, Value a, Value b);              /* moves both, which are values, also on failure */
/* Before items are put into a tuple again that only the caller has: one of immediates is in no list of the collector. */
IM_INLINE void im_tuple_reuse(Thread *t, Value tuple) { if (!im_has_flag(im_ptr(tuple), IM_OF_TRACKED)) im_gc_track(t, im_ptr(tuple)); }
IM_MUST_USE Value im_tuple_pack(Thread *t, size_t n, ...);                       /* n Values, references taken */
IM_MUST_USE Value im_tuple_slice(Thread *t, Value tuple, ssize_t lo, ssize_t hi);
Value im_tuple_empty(void);

/* Struct sequences (os.stat_result, time.struct_time …): tuple subclasses with named fields. Field name null = unnamed; doc may be null. n_visible of n fields
 * are in the tuple. Makes a heap type. */
typedef struct ImStructField { const char *name, *doc; } ImStructField;
IM_MUST_USE ImType *im_structseq_type(Thread *t, const char *name, const char *doc, const ImStructField *fields, size_t n, size_t n_visible);
IM_MUST_USE Value im_structseq_new(Thread *t, ImType *type, Value *items); /* steals all n items, also on failure */

#endif
