/* Lookups that the object layer and the type type share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_LOOKUP_H
#define IM_OBJECT_LOOKUP_H

#include "object/abstract.h"

/* Where the generic lookup looks for one name in objects of one shape. Each thread remembers such lines (IM_ATTR_LINES, direct mapped): they serve C code and
 * instructions whose inline cache misses. A line holds as long as its entry is valid: an attribute that becomes a data descriptor invalidates the entry. */
typedef enum { IM_AT_CLASS /* nothing kept by the instance */, IM_AT_SLOT /* inline: byte offset */, IM_AT_EXTRA /* index in the overflow array */,
    IM_AT_DICT /* perhaps in the dict: byte offset of the field that refers to it */ } ImAttrPlace;
typedef struct ImAttrLine {
    uint32_t shape;     /* id; 0: empty */
    uint32_t place : 2; /* ImAttrPlace */
    uint32_t at : 30;
    Value name;         /* immortal */
    ImAttrEntry *entry; /* of the class: IM_ATTR_DATA goes first; IM_ATTR_ABSENT: none */
} ImAttrLine;
_Static_assert(sizeof(ImAttrLine) == IM_ATTR_LINE_BYTES, "what a thread's state has room for");
/* The line for o's shape and an interned name: remembered, or written to *room. Null: no such simple place (offset too large, fields at the block's end), or out of memory. */
ImAttrLine *im_attr_line(Thread *t, ImObject *o, Value name, ImAttrLine *room);
/* Where the line of shape s would be. */
IM_INLINE ImAttrLine *im_attr_line_at(Thread *t, ImShape *s, Value name)
{
    return (ImAttrLine *)t->attr_lines + ((((uint32_t)(uintptr_t)s >> 4) * 5 ^ (uint32_t)(name.bits >> 4) * 0x9E3779B1u >> 16) & t->attr_mask);
}
/* The remembered one, or null. */
IM_INLINE ImAttrLine *im_attr_line_seen(Thread *t, ImShape *s, Value name)
{
    ImAttrLine *l = im_attr_line_at(t, s, name);
    return IM_LIKELY(l->shape == im_shape_id(s) && im_same(l->name, name) && im_load_relaxed(&l->entry->x_value.bits) != 0) ? l : NULL;
}

/* 1 found (*out owned), 0 absent without exception, -1 error. name interned. */
IM_MUST_USE int im_generic_lookup(Thread *t, Value obj, Value name, Value *out);
/* The descriptor d, found in obj's class, has failed. True: it is a native one and has refused obj, whose class another thread has changed since; the TypeError is
 * cleared, and the lookup is to be repeated. Begin with {t->refusals}. */
typedef struct ImRefusal { uint32_t seen; int tries; } ImRefusal;
IM_MUST_USE bool im_descr_refused(Thread *t, Value d, Value obj, ImType *found_in, ImRefusal *r);
/* The same for attributes of a class, metaclass included (types/type_attr.c), and the type type's getattr slot. */
IM_MUST_USE int im_type_attr_lookup(Thread *t, ImType *type, Value name, Value *out);
Value im_type_getattr(Thread *t, Value self, Value name);
/* And of modules, whose own __getattr__ is asked last (types/module.c). */
IM_MUST_USE int im_module_attr_lookup(Thread *t, Value self, Value name, Value *out);
Value im_module_getattr(Thread *t, Value self, Value name);
/* Special method of obj's type: owned; *self_first when obj is to be passed first, else bound. No value: absent, or an exception is pending. */
Value im_special_lookup(Thread *t, Value obj, Value name, bool *self_first);
/* AttributeError with name and obj set. */
Value im_raise_attr_of(Thread *t, Value obj, Value name, const char *fmt, ...);

/* What is left when the left operand's slot has answered NotImplemented and the right one's class does not derive from its class. */
IM_MUST_USE Value im_binop_rest(Thread *t, Value a, Value b, ImBinOp op, bool inplace);
IM_MUST_USE Value im_compare_rest(Thread *t, Value a, Value b, ImCmp op);

#endif
