/* Weak references.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_WEAKREF_H
#define IM_TYPES_WEAKREF_H

#include "object/abstract.h"

typedef struct ImWeakref {
    ImObject head;
    Value x_callback;      /* no value: none, or already called */
    uint64_t x_target;     /* address of the referent, 0 once it is dead; written under the table's shard lock */
    int64_t x_hash;        /* -1: not computed */
    struct ImWeakref *next, *prev; /* the referent's list; shard lock */
    uint64_t x_referred;   /* 1: has itself been the referent of another; a whole word, because validation looks at each */
} ImWeakref;
IM_TYPE_DECLARE(ReferenceType);     /* weakref.ref */
IM_TYPE_DECLARE(ProxyType);
IM_TYPE_DECLARE(CallableProxyType);
/* callback: None or no value for none. TypeError when the type does not support weak references. */
IM_MUST_USE Value im_weakref_new(Thread *t, Value target, Value callback);
IM_MUST_USE Value im_weakproxy_new(Thread *t, Value target, Value callback);
/* The referent (owned), or IM_NONE. */
IM_MUST_USE Value im_weakref_get(Thread *t, Value ref);
ssize_t im_weakref_count(Thread *t, Value target);
IM_MUST_USE Value im_weakref_list(Thread *t, Value target); /* list of the weak references to target */
/* `__weakref__`: the first of them, or None. */
IM_MUST_USE Value im_weakref_first(Thread *t, Value target);
IM_INLINE bool im_is_weakref(Value v) { return im_is_instance_of(v, &im_ReferenceType_type); }
/* o is a weak reference whose callback is still to be called. */
bool im_weakref_has_callback(const ImObject *o);
void im_weakref_init(void); /* start-up: hooks */

#endif
