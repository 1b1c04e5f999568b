/* What the files of the type type share: slot table, lookup along the MRO, tree of subclasses.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_TYPE_IMPL_H
#define IM_TYPES_TYPE_IMPL_H

#include "object/abstract.h"
#include "object/instance.h"
#include "object/lookup.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/str.h"
#include "types/tuple.h"

/* How a slot's C function is called from Python, i.e. by its wrapper descriptor. */
typedef enum ImWrapKind { IM_W_NONE, IM_W_UNARY, IM_W_NEXT, IM_W_BINARY, IM_W_BINARY_L, IM_W_BINARY_R, IM_W_TERNARY, IM_W_TERNARY_R, IM_W_HASH, IM_W_CALL,
    IM_W_INQUIRY, IM_W_LEN, IM_W_INDEX_ARG, IM_W_SQ_ITEM, IM_W_SQ_SETITEM, IM_W_SQ_DELITEM, IM_W_CONTAINS, IM_W_SETITEM, IM_W_DELITEM, IM_W_LT, IM_W_LE, IM_W_EQ,
    IM_W_NE, IM_W_GT, IM_W_GE, IM_W_DESCR_GET, IM_W_DESCR_SET, IM_W_DESCR_DEL, IM_W_INIT, IM_W_NEW, IM_W_SETATTR, IM_W_DELATTR, IM_W_GETATTR, IM_W_BUFFER,
    IM_W_RELEASE, IM_W_DEL } ImWrapKind;

typedef struct ImSlotDef {
    const char *name;
    uint32_t offset; /* of the function pointer in ImSlots; IM_SLOT_FINALIZE for __del__ */
    ImWrapKind kind;
    void *fn;        /* slot function that calls the Python method; null where another row's serves */
    const char *sig, *doc;
} ImSlotDef;
#define IM_SLOT_FINALIZE 0xFFFFu
extern const ImSlotDef im_slot_defs[];
extern const size_t im_slot_def_count;
extern Value im_slot_names[]; /* interned names of the rows */

/* Descriptor of a native slot (list.__len__), and it bound to an object ([].__len__). */
typedef struct ImSlotWrapper { ImObject head; const ImSlotDef *def; void *fn; ImType *type; Value name; } ImSlotWrapper;
typedef struct ImMethodWrapper { ImObject head; Value descr, self; } ImMethodWrapper;
/* name: the row's, interned. */
IM_MUST_USE Value im_slot_wrapper_new(Thread *t, ImType *type, const ImSlotDef *def, void *fn, Value name);
IM_MUST_USE Value im_slot_wrapper_call(Thread *t, const ImSlotWrapper *w, Value self, const Value *args, size_t nargs, Value kwnames);
IM_MUST_USE Value im_member_descr_new(Thread *t, ImType *type, const ImMemberDef *def, Value name);
IM_MUST_USE Value im_method_row_new(Thread *t, ImType *type, const ImMethodDef *def, Value name); /* descriptor of any kind of row */
IM_MUST_USE Value im_getset_row_new(Thread *t, ImType *type, const ImGetSetDef *def, Value name);

IM_INLINE void **im_slot_at(ImSlots *s, uint32_t offset) { return (void **)((char *)s + offset); }
bool im_is_dunder(Value name);
/* Slot wrappers and __new__ for the native slots that spec fills. */
IM_MUST_USE int im_type_add_wrappers(Thread *t, ImType *type, const ImSlots *own, bool has_finalize);
/* Slots of a class from what its MRO defines: all, or those that `name` has a part in (with subclasses; under the type lock). */
void im_type_fill_slots(Thread *t, ImType *type);
void im_type_fill_own_slots(Thread *t, ImType *type);
void im_type_fill_other_slots(Thread *t, ImType *type, ImType *base);
void im_type_update_slot(Thread *t, ImType *type, Value name);
void im_slots_inherit(ImSlots *to, const ImSlots *from);
int im_slot_names_init(Thread *t);
extern const ImMethodDef im_tp_new_def; /* `__new__` of native types */

/* Value that the MRO gives for name: owned, or no value. Makes no cache entry. `skip_self`: starts after the type itself. */
Value im_mro_find(Thread *t, ImType *type, Value name, bool skip_self);
/* Room for one more class in the lists of all these bases, for im_type_link, which then cannot fail; the caller holds the lock of classes until then. */
IM_MUST_USE int im_type_link_room(Thread *t, Value bases);
void im_type_link(Thread *t, ImType *base, ImType *sub);
void im_type_unlink(Thread *t, ImType *base, ImType *sub);
/* Makes all classes below shared, with the world stopped if some are private to other threads. Under the type lock. */
void im_type_adopt_below(Thread *t, ImType *type);
/* Takes a class that is garbage out of its bases' lists, before anybody can find it there again. */
void im_type_leave_tree(Thread *t, ImType *type);
void im_type_tree_destroy(Thread *t, ImType *type);
/* Makes what many dead classes left in the region usable again, when it is much. A safepoint. */
void im_type_reclaim(Thread *t);
/* Direct subclasses (list), published if they are another thread's. */
IM_MUST_USE Value im_type_subclasses(Thread *t, ImType *type);
/* Calls fn for type's direct subclasses; under the type lock. */
void im_type_each_subclass(ImType *type, void (*fn)(ImType *sub, void *arg), void *arg);

/* MRO of a class: C3 over bases, through a metaclass's mro() if it has its own. Owned tuple. */
IM_MUST_USE Value im_mro_compute(Thread *t, ImType *type);
/* What a mro() of the metaclass's own says; none: it has none. */
Value im_mro_custom(Thread *t, ImType *type, bool *none);
IM_MUST_USE Value im_mro_c3(Thread *t, ImType *type);
ImType *im_best_base(Thread *t, Value bases);
ImType *im_solid_base(ImType *type);
/* Traversal, clearing, destruction of instances of classes. */
int im_subtype_traverse(ImObject *o, ImVisit visit, void *arg);
void im_subtype_clear(Thread *t, ImObject *o);
void im_subtype_destroy(Thread *t, ImObject *o);
void im_slot_finalize(Thread *t, ImObject *o);

Value im_type_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
int im_type_setattr(Thread *t, Value self, Value name, Value v);
extern const ImMethodDef im_type_methods[];
extern const ImGetSetDef im_type_getset[];
IM_MUST_USE Value im_type_new_slot(Thread *t, ImType *meta, const Value *args, size_t nargs, Value kwnames);
/* Instances of a and b are stored alike, so that one class can take the other's place. */
bool im_same_layout(ImType *a, ImType *b);
ImType *im_calculate_metaclass(Thread *t, ImType *meta, Value bases);
IM_MUST_USE int im_type_set_bases(Thread *t, ImType *type, Value bases);
IM_MUST_USE Value im_object_new_slot(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames);
IM_MUST_USE int im_object_init_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
/* Class attribute without running anything: __dict__ entry of the type itself (owned or no value). */
IM_INLINE Value im_type_own(Thread *t, ImType *type, Value name) { return im_dict_get_str(t, type->dict, name); }
/* "module.qualname" of heap classes, name of others. */
IM_MUST_USE Value im_type_full_name(Thread *t, ImType *type);
uint32_t im_type_next_uid(void);
IM_MUST_USE int im_merge_class_dir(Thread *t, Value names, Value cls); /* dir(): dicts of a class and its bases into one */
void im_exceptions_prepare(void); /* fills the specs of the exception types */

/* The __dict__ of instances that carry attributes. */
extern const ImGetSetDef im_dict_row;

#endif
