/* Functions: Python functions, native functions, bound methods, and the descriptors made of tables (method, getset, member, slot wrapper), property,
 * classmethod, staticmethod.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_FUNCTION_H
#define IM_TYPES_FUNCTION_H

#include "object/abstract.h"

struct ImCode;
/* Python function. Fields that Python code can replace are written by im_slot_put. */
typedef struct ImFunction {
    ImObject head;
    struct ImCode *x_code;   /* owned; written by exchange. Read once per call (im_function_code): what has been checked is what runs */
    Value globals;           /* dict */
    Value builtins;          /* dict */
    Value x_defaults;        /* tuple or no value */
    Value x_kwdefaults;      /* dict or no value */
    Value closure;           /* tuple of cells or no value */
    Value x_name, x_qualname; /* im_slot_put_name */
    Value x_doc;             /* no value: taken from code when asked */
    Value x_module;
    Value x_dict;            /* attributes, or no value (IM_TF_MANAGED_DICT_SLOT) */
    Value x_annotations;     /* dict, tuple of pairs not yet turned into one, or no value */
    Value x_type_params;
    uint32_t globals_uid;    /* im_dict_uid(globals) */
} ImFunction;
IM_INLINE Value im_function_name(const ImFunction *f) { return (Value){im_load_acquire(&f->x_name.bits)}; } /* borrowed until the next safepoint or Python code */
IM_INLINE Value im_function_qualname(const ImFunction *f) { return (Value){im_load_acquire(&f->x_qualname.bits)}; }
IM_INLINE struct ImCode *im_function_code(const ImFunction *f) { return im_load_acquire(&f->x_code); }
typedef struct ImCell { ImObject head; Value x_value; /* IM_UNSET: empty; exchange */ } ImCell;
typedef struct ImMethod { ImObject head; Value func, self; } ImMethod; /* bound method */
/* Native function or bound native method. */
typedef struct ImNativeFunction {
    ImObject head;
    ImNative fn;
    const ImMethodDef *def;
    Value self;       /* no value for plain functions of no module */
    Value module;     /* str or no value */
    ImType *type;     /* class that defines it, or null */
    const struct ImSignature *x_sig; /* for im_native_call_parsed; or null */
} ImNativeFunction;
/* Unbound native method (list.append): a descriptor. */
typedef struct ImMethodDescr { ImObject head; ImNative fn; const ImMethodDef *def; ImType *type; Value name; const struct ImSignature *x_sig; } ImMethodDescr;
typedef struct ImGetSetDescr { ImObject head; const ImGetSetDef *def; ImType *type; Value name; } ImGetSetDescr;
/* __slots__ fields and table members. */
typedef struct ImMemberDescr { ImObject head; ImMemberDef def; ImType *type; Value name; } ImMemberDescr;
typedef struct ImProperty { ImObject head; Value fget, fset, fdel, doc, name; bool getter_doc; } ImProperty;
typedef struct ImWrapDescr { ImObject head; Value callable, dict; } ImWrapDescr; /* staticmethod, classmethod */

IM_TYPE_DECLARE(function); IM_TYPE_DECLARE(cell); IM_TYPE_DECLARE(method); IM_TYPE_DECLARE(builtin_function_or_method);
IM_TYPE_DECLARE(method_descriptor); IM_TYPE_DECLARE(classmethod_descriptor); IM_TYPE_DECLARE(getset_descriptor); IM_TYPE_DECLARE(member_descriptor);
IM_TYPE_DECLARE(wrapper_descriptor); IM_TYPE_DECLARE(method_wrapper); IM_TYPE_DECLARE(property); IM_TYPE_DECLARE(staticmethod); IM_TYPE_DECLARE(classmethod);
IM_TYPE_DECLARE(super);

IM_INLINE bool im_is_function(Value v) { return im_is_exact(v, &im_function_type); }
IM_MUST_USE Value im_function_new(Thread *t, struct ImCode *code, Value globals);
IM_MUST_USE Value im_function_beside(Thread *t, struct ImCode *code, const ImFunction *f); /* with the globals of f */
/* Steals closure (tuple of cells): functions that have one are counted when shared. */
void im_function_set_closure(Thread *t, Value func, Value closure);
IM_MUST_USE Value im_function_annotations(Thread *t, Value func); /* __annotations__: the dict, made on first use */
int im_is_abstract(Thread *t, Value v);                           /* v.__isabstractmethod__: 1, 0, -1 */
IM_MUST_USE Value im_cell_new(Thread *t, Value v); /* steals; IM_UNSET for empty */
Value im_cell_get(Thread *t, Value cell);          /* owned or IM_UNSET */
void im_cell_set(Thread *t, Value cell, Value v);  /* steals */
IM_MUST_USE Value im_method_new(Thread *t, Value func, Value self);
IM_MUST_USE Value im_native_new(Thread *t, const ImMethodDef *def, Value self, Value module_name);
IM_MUST_USE Value im_method_descr_new(Thread *t, ImType *type, const ImMethodDef *def);
IM_MUST_USE Value im_getset_descr_new(Thread *t, ImType *type, const ImGetSetDef *def);
/* Calls a native by its table row: checks arity, parses, calls. The one path by which natives are called outside the VM's specialised ones. */
IM_MUST_USE Value im_native_call(Thread *t, const ImMethodDef *def, ImNative fn, Value self, const Value *args, size_t nargs, Value kwnames);
/* What a row's functions keep as x_sig once calls of them are specialised: the compiled signature, if calls without keywords need no more than im_native_call_parsed;
 * null otherwise. Release, acquire. */
const struct ImSignature *im_native_parsed(Thread *t, const ImMethodDef *def);
/* The call with n positional arguments, as many as im_native_takes allows. */
IM_MUST_USE Value im_native_call_parsed(Thread *t, const struct ImSignature *s, ImNative fn, Value self, const Value *args, size_t n);
/* super().name without a super object: looks name up after `type` in type(self)'s MRO; *self_first as in im_getmethod. */
IM_MUST_USE Value im_super_lookup(Thread *t, ImType *type, Value self, Value name, bool *self_first);
/* (getattr, (obj, name)), for __reduce__. */
IM_MUST_USE Value im_reduce_getattr(Thread *t, Value obj, const char *name);
IM_MUST_USE Value im_mappingproxy_new(Thread *t, Value mapping);
IM_MUST_USE Value im_namespace_new(Thread *t, Value kwargs_dict); /* types.SimpleNamespace; dict may be no value */
IM_MUST_USE Value im_generic_alias_new(Thread *t, Value origin, Value args); /* list[int] */
IM_MUST_USE Value im_union_new(Thread *t, Value a, Value b);                 /* int | str; IM_NOT_IMPLEMENTED when not types */
/* Ready-made row for classes with __class_getitem__: Value fn(t, cls, args…) = im_generic_alias_new. */
Value im_class_getitem(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames);
#define IM_CLASS_GETITEM IM_CLASS_FIXED("__class_getitem__", im_class_getitem, 1, "($type, object, /)", "See PEP 585")

#endif
