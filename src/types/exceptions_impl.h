/* What the files of the exception types share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_EXCEPTIONS_IMPL_H
#define IM_TYPES_EXCEPTIONS_IMPL_H

#include "types/dict.h"
#include "types/exception.h"
#include "types/int.h"
#include "types/list.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"

/* One kind of exception layout: what its types have beyond BaseException. */
typedef struct ImExcKind {
    uint32_t size;
    const ImSlots *slots;
    const ImMethodDef *methods;
    const ImMemberDef *members;
    const ImGetSetDef *getset;
    ImTraverse traverse;
    void (*clear)(Thread *t, ImObject *o);
    void (*destroy)(Thread *t, ImObject *o);
} ImExcKind;
extern const ImExcKind im_exc_kind_PLAIN, im_exc_kind_STOP, im_exc_kind_EXIT, im_exc_kind_IMPORT, im_exc_kind_OS, im_exc_kind_NAME, im_exc_kind_ATTR, im_exc_kind_SYNTAX,
    im_exc_kind_KEY, im_exc_kind_UENCODE, im_exc_kind_UDECODE, im_exc_kind_UTRANSLATE;

int im_exc_traverse(ImObject *o, ImVisit visit, void *arg);
void im_exc_clear_fields(Thread *t, ImObject *o);
void im_exc_destroy(Thread *t, ImObject *o);
/* Visits, clears n consecutive Value fields. */
int im_exc_visit_fields(Value *first, size_t n, ImVisit visit, void *arg);
void im_exc_clear_array(Thread *t, ImObject *o, Value *first, size_t n);
/* The same for an object that is being destroyed: nobody else sees it. */
void im_exc_destroy_array(Thread *t, Value *first, size_t n);
IM_MUST_USE Value im_exc_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames);
IM_MUST_USE int im_exc_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
IM_MUST_USE Value im_exc_str(Thread *t, Value self);
/* (type, args[, state]). state no value or None: the instance's dict if it has any. Steals state. */
IM_MUST_USE Value im_exc_reduce_with(Thread *t, Value self, Value args, Value state);
/* Owned copy of a field, or no value. */
IM_INLINE Value im_exc_field(Thread *t, Value *x) { return im_slot_get(t, NULL, x); }
/* Stores a borrowed value (no value: empties). */
IM_INLINE void im_exc_put(Thread *t, Value self, Value *x, Value v) { im_xtake(v); im_slot_put(t, im_ptr(self), x, v); }
IM_INLINE size_t im_nkw(Value kwnames) { return im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames); }

#define IM_EXC_FIELDS(prefix, structure, first, count) \
    static int prefix##_traverse(ImObject *o, ImVisit visit, void *arg) \
    { \
        int rc = im_exc_visit_fields(&((structure *)o)->first, count, visit, arg); \
        return rc ? rc : im_exc_traverse(o, visit, arg); \
    } \
    static void prefix##_clear(Thread *t, ImObject *o) \
    { \
        im_exc_clear_array(t, o, &((structure *)o)->first, count); \
        im_exc_clear_fields(t, o); \
    } \
    static void prefix##_destroy(Thread *t, ImObject *o) \
    { \
        im_exc_destroy_array(t, &((structure *)o)->first, count); \
        im_exc_destroy(t, o); \
    }

#endif
