/* Types: what an object can do. A type is an ordinary object of type `type`; the built-in ones are static and made ready at start-up from const
 * tables (ImTypeSpec), the others are made by class statements.
 *
 * Slots are C functions; special methods and slots mirror each other (slots.def): a class that defines __len__ gets a slot that calls it, a
 * built-in type with a length slot gets a __len__ wrapper in its dict.
 *
 * Calling convention of every slot and native function: borrowed arguments, owned result, "no value" (or -1) with an exception pending.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_TYPE_H
#define IM_OBJECT_TYPE_H

#include "object/shape.h"

typedef enum ImCmp { IM_LT, IM_LE, IM_EQ, IM_NE, IM_GT, IM_GE } ImCmp;

/* Vector call: args[0..nargs) positional, then one value per name in kwnames (a tuple of str, or no value). args[-1] is not available. */
typedef Value (*ImNative)(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
typedef Value (*ImUnary)(Thread *t, Value self);
typedef Value (*ImBinary)(Thread *t, Value a, Value b);
typedef Value (*ImTernary)(Thread *t, Value a, Value b, Value c);
typedef int (*ImInquiry)(Thread *t, Value self);

struct ImBuffer;

typedef struct ImSlots {
    /* object protocol */
    ImUnary repr, str;
    int64_t (*hash)(Thread *t, Value self);                      /* -1 = exception */
    ImNative call;
    Value (*getattr)(Thread *t, Value self, Value name);         /* AttributeError when absent */
    int (*setattr)(Thread *t, Value self, Value name, Value v);  /* v no value: delete */
    Value (*richcompare)(Thread *t, Value a, Value b, ImCmp op); /* may return IM_NOT_IMPLEMENTED */
    ImUnary iter;
    ImUnary next;                                                /* IM_STOP at the end, without exception */
    Value (*descr_get)(Thread *t, Value descr, Value obj, Value type); /* obj no value: found on the class */
    int (*descr_set)(Thread *t, Value descr, Value obj, Value v);      /* v no value: delete */
    int (*init)(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
    Value (*new_)(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames);
    /* numbers. Binary ones get the operands in source order; self may be either; IM_NOT_IMPLEMENTED lets the other side try. */
    ImBinary add, subtract, multiply, remainder, divmod, lshift, rshift, and_, xor_, or_, floor_divide, true_divide, matmul;
    ImTernary power; /* third: IM_NONE when absent */
    ImBinary iadd, isubtract, imultiply, iremainder, ilshift, irshift, iand, ixor, ior, ifloor_divide, itrue_divide, imatmul;
    ImTernary ipower;
    ImUnary negative, positive, absolute, invert, int_, float_, index;
    ImInquiry bool_;
    /* containers */
    ssize_t (*length)(Thread *t, Value self);                         /* -1 = exception */
    Value (*item)(Thread *t, Value self, ssize_t i);                  /* sequence; i not negative-adjusted by the slot */
    int (*ass_item)(Thread *t, Value self, ssize_t i, Value v);       /* v no value: delete */
    ImBinary concat, iconcat;
    Value (*repeat)(Thread *t, Value self, ssize_t n);
    Value (*irepeat)(Thread *t, Value self, ssize_t n);
    int (*contains)(Thread *t, Value self, Value v);
    ImBinary subscript;
    int (*ass_subscript)(Thread *t, Value self, Value key, Value v);  /* v no value: delete */
    /* coroutines */
    ImUnary await_, aiter, anext;
    int (*send)(Thread *t, Value self, Value v, Value *result);       /* 1 yielded, 0 returned, -1 error; result owned */
    /* buffers (object/buffer.h) */
    int (*getbuffer)(Thread *t, Value self, struct ImBuffer *b, int flags);
    void (*releasebuffer)(Thread *t, Value self, struct ImBuffer *b);
    /* for list(self) and its like, of a native type: what iterating gives, of one moment; no value where no other thread can change it */
    ImUnary items;
    /* for dict(self) and its like: a new dict of all pairs, of one moment */
    ImUnary as_dict;
} ImSlots;

/* A slot, read once: another thread may be changing the class. Test and call through a local. */
#define IM_SLOT(type, field) im_load_relaxed(&(type)->slots.field)

/* How a native function takes its arguments. */
enum {
    IM_M_FIXED = 0,        /* exactly `min` positional, no keywords */
    IM_M_RANGE = 1,        /* min..max positional (max 255: no limit), no keywords */
    IM_M_PARSED = 2,       /* args[] holds one entry per parameter of the signature text (no value = not given; *args a tuple, **kw a dict); nargs = that many.
                            * Required ones are checked, unknown and double ones refused, with CPython's texts */
    IM_M_RAW = 3,          /* as it comes */
    IM_M_STATIC = 1 << 4,  /* staticmethod of the type: self is no value */
    IM_M_CLASS = 1 << 5,   /* classmethod: self is the class */
    IM_M_COEXIST = 1 << 6, /* replaces a slot wrapper of that name */
    IM_M_INLINE = 1 << 7,  /* the evaluator has a form of its own for it: len, list.append */
};
typedef struct ImMethodDef {
    const char *name;
    ImNative fn;
    uint8_t how, min, max;
    const char *sig; /* "($self, key=None, /, *, reverse=False)": also __text_signature__. Null: none known */
    const char *doc;
} ImMethodDef;
/* Table rows. The signature's own defaults are text only: a parameter not given arrives as "no value". */
#define IM_FIXED(name, fn, n, sig, doc) {name, fn, IM_M_FIXED, n, n, sig, doc}
#define IM_RANGE(name, fn, lo, hi, sig, doc) {name, fn, IM_M_RANGE, lo, hi, sig, doc}
#define IM_PARSED(name, fn, sig, doc) {name, fn, IM_M_PARSED, 0, 0, sig, doc}
#define IM_RAW(name, fn, sig, doc) {name, fn, IM_M_RAW, 0, 0, sig, doc}
#define IM_CLASS_FIXED(name, fn, n, sig, doc) {name, fn, IM_M_FIXED | IM_M_CLASS, n, n, sig, doc}
#define IM_CLASS_PARSED(name, fn, sig, doc) {name, fn, IM_M_PARSED | IM_M_CLASS, 0, 0, sig, doc}
#define IM_CLASS_RAW(name, fn, sig, doc) {name, fn, IM_M_RAW | IM_M_CLASS, 0, 0, sig, doc}
#define IM_STATIC_PARSED(name, fn, sig, doc) {name, fn, IM_M_PARSED | IM_M_STATIC, 0, 0, sig, doc}
#define IM_STATIC_RAW(name, fn, sig, doc) {name, fn, IM_M_RAW | IM_M_STATIC, 0, 0, sig, doc}
#define IM_END {0}

typedef struct ImGetSetDef {
    const char *name;
    Value (*get)(Thread *t, Value self, void *closure);
    int (*set)(Thread *t, Value self, Value v, void *closure); /* v no value: delete */
    const char *doc;
    void *closure;
} ImGetSetDef;

typedef enum { IM_T_VALUE /* no value reads as AttributeError */, IM_T_VALUE_NONE /* no value reads as None */, IM_T_INT32, IM_T_INT64, IM_T_UINT32, IM_T_SSIZE,
    IM_T_BOOL, IM_T_DOUBLE, IM_T_CSTR, IM_T_UINT8, IM_T_FLOAT32 } ImMemberKind;
typedef struct ImMemberDef {
    const char *name;
    ImMemberKind kind;
    uint32_t offset;
    bool readonly;
    const char *doc;
} ImMemberDef;

typedef struct ImTypeSpec {
    const char *name; /* "list", or "collections.deque": the part before the last dot is __module__ */
    const char *doc;
    uint32_t size, item_size;
    uint32_t flags; /* IM_TF_; IM_TF_GC where instances refer to objects that could form cycles */
    ImType *base;   /* null: object */
    const ImSlots *slots;
    const ImMethodDef *methods;
    const ImGetSetDef *getset;
    const ImMemberDef *members;
    ImTraverse traverse;
    void (*clear)(Thread *t, ImObject *o);
    void (*destroy)(Thread *t, ImObject *o);
    void (*finalize)(Thread *t, ImObject *o);
    uint32_t dict_offset; /* with IM_TF_MANAGED_DICT_SLOT: offset of the `Value dict` field */
    const char *text_signature; /* of the constructor, "(iterable=(), /)" or null */
    ImType *metatype; /* null: type */
    bool quiet_new;   /* slots->new_ only prepares the memory: there is no __new__ in the type, object's makes instances too */
} ImTypeSpec;

struct ImAttrEntry;

struct ImType {
    ImTypeCore core;       /* first: object header, size, traverse … */
    ImShape root;          /* static types: shape of instances without attributes; shape->type = this */
    ImShape *root_shape;   /* the shape that instances start with: &root of static types, region memory for heap types (an address in the
                            * object heap can be used again at once, the identity of a shape cannot) */
    ImShape *dict_shape;   /* dict mode of this type's instances */
    ImSlots slots;         /* inherited ones filled in */
    const ImTypeSpec *spec;
    Value x_name;          /* __name__, str; written by exchange, the old one dies an epoch later. im_type_name */
    Value x_qualname;      /* the same */
    Value dict;            /* dict of attributes */
    ImType *base;          /* "best base", owned unless static */
    Value bases;           /* tuple */
    Value mro;             /* tuple of types */
    Value doc_;            /* unused by heap types */
    Value module;          /* native types: module object or no value (im_type_module_state) */
    void *module_state;    /* state of the native module that made it */
    void *x_subclasses;    /* object/type_tree.c */
    void *x_mro_cache;     /* name -> ImAttrEntry */
    uint32_t attr_offset;  /* IM_TF_HAS_DICT: where x_extra and inline slots begin (or IM_ATTR_AT_END); 0 otherwise */
    uint16_t n_inline;
    uint16_t n_slots;      /* __slots__ members that this class adds */
    uint32_t dict_offset;  /* IM_TF_MANAGED_DICT_SLOT */
    uint32_t x_version;    /* bumped at each change of the type or a base; 0: caches not allowed */
    uint32_t slots_begin;  /* offset of the first __slots__ field (or IM_TAIL_OFFSET | distance from the block's end) */
    uint16_t n_body;       /* heap types below object whose instances are x_extra and inline slots, or the __slots__ fields of one class: words after the header; else 0 */
    uint16_t n_tail;       /* words at the end of the block: x_extra first, then __slots__ fields of variable-sized types */
    uint8_t finalizer_kind;
    bool seen;             /* an instance was found as an attribute of a class: cached lookups count on which of __get__, __set__ and __delete__ it has. Under the type lock */
    bool x_stray;          /* an instance was given another class: others may still look at its old shape, without holding this class */
    uint64_t maker;        /* serial of the thread that made a heap type: while it is private, others must not look into it */
};

/* One (type, name) pair's place in the lookup cache; region memory, buried with the type; named by its 32-bit region offset in inline caches.
 * Its kind never changes: a new value of the same kind is stored in place, any other change makes the entry invalid until the name is of that kind again. */
typedef struct ImAttrEntry {
    Value x_value; /* borrowed from the class that defines it; no value = not valid any more; IM_UNSET for IM_ATTR_ABSENT. Written under the
                    * type lock, before the class's dict lets the old value go; read by im_slot_get with no container */
    Value name;
    ImType *type;  /* the type looked up */
    uint16_t kind; /* IM_ATTR_ below */
    uint16_t x_relied; /* im_entry_rely has been called since the caches were last emptied for it */
    uint32_t other; /* region offset of an entry of the same type and name and another kind, invalid; 0: none */
} ImAttrEntry;
enum { IM_ATTR_PLAIN = 1 /* no __get__ */, IM_ATTR_METHOD = 2 /* function or method descriptor: obj.m() passes obj */, IM_ATTR_DATA = 3 /* data descriptor */,
    IM_ATTR_DESCR = 4 /* other non-data descriptor */, IM_ATTR_ABSENT = 5 };

#define IM_TYPE_DECLARE(ident) extern ImType im_##ident##_type
/* Built-in types register themselves: `IM_TYPE(list, &list_spec)` defines im_list_type; start-up makes all of them ready, bases first. */
typedef struct ImTypeRow { ImType *type; const ImTypeSpec *spec; } ImTypeRow;
#define IM_TYPE(ident, spec_ptr) \
    ImType im_##ident##_type; \
    static const ImTypeRow im_row_##ident __attribute__((used, section("im_types"), aligned(8))) = {&im_##ident##_type, spec_ptr}

IM_TYPE_DECLARE(type);
IM_TYPE_DECLARE(object);

extern ImShape *const im_immediate_shapes[16];

/* --- what is it? ------------------------------------------------------------------------------------------------------- */
IM_INLINE ImType *im_type_of_obj(const ImObject *o) { return im_load_relaxed(&im_load_relaxed(&o->x_shape)->type); }
ImType *im_type_of_immediate(Value v);
IM_INLINE ImType *im_type_of(Value v) { return IM_LIKELY(im_is_ptr(v)) ? im_type_of_obj(im_ptr(v)) : im_type_of_immediate(v); }
IM_INLINE ImType *im_as_type(Value v) { return (ImType *)im_ptr(v); }
IM_INLINE Value im_type_value(ImType *ty) { return im_value(ty); }
/* Exact instance of a static type whose instances have no attributes: one compare. */
IM_INLINE bool im_is_exact(Value v, const ImType *ty) { return im_is_object(v) && im_load_relaxed(&im_ptr(v)->x_shape) == &ty->root; }
/* What an assignment to __bases__ replaces, borrowed: the old objects stay until the next safepoint. */
IM_INLINE Value im_type_mro(const ImType *ty) { return (Value){im_load_acquire(&ty->mro.bits)}; }
IM_INLINE Value im_type_bases(const ImType *ty) { return (Value){im_load_acquire(&ty->bases.bits)}; }
IM_INLINE ImType *im_type_base(const ImType *ty) { return im_load_acquire(&ty->base); }
/* __name__ and __qualname__, borrowed until the next safepoint or Python code. */
IM_INLINE Value im_type_name(const ImType *ty) { return (Value){im_load_acquire(&ty->x_name.bits)}; }
IM_INLINE Value im_type_qualname(const ImType *ty) { return (Value){im_load_acquire(&ty->x_qualname.bits)}; }
IM_INLINE uint32_t im_type_flags(const ImType *ty) { return im_load_relaxed(&ty->core.x_flags); }
IM_INLINE bool im_type_has(const ImType *ty, uint32_t flags) { return (im_load_relaxed(&ty->core.x_flags) & flags) != 0; }
IM_INLINE bool im_is_a(Value v, uint32_t fast_subclass_flag) { return im_type_has(im_type_of(v), fast_subclass_flag); }
IM_INLINE bool im_is_type(Value v) { return im_is_object(v) && im_is_a(v, IM_TF_TYPE); }
/* a is b or inherits from it, by MRO. */
bool im_type_is_subtype(const ImType *a, const ImType *b);
IM_INLINE bool im_is_instance_of(Value v, const ImType *ty) { ImType *x = im_type_of(v); return x == ty || im_type_is_subtype(x, ty); }
const char *im_type_cname(const ImType *ty); /* UTF-8 of __name__, for messages (CPython's tp_name: last part only for heap types) */

/* --- where an instance keeps its attributes (shape.h) --- */
#define IM_ATTR_AT_END 0xFFFFFFFFu
#define IM_TAIL_OFFSET 0x80000000u
/* The field at an offset that may count from the end of the block. */
IM_INLINE void *im_field_at(ImObject *o, uint32_t offset)
{
    return (char *)o + (IM_LIKELY(!(offset & IM_TAIL_OFFSET)) ? offset : im_object_capacity(o) - (offset & ~IM_TAIL_OFFSET));
}
IM_INLINE Value *im_extra_slot(ImObject *o, const ImType *ty)
{
    return (Value *)((char *)o + (IM_LIKELY(ty->attr_offset != IM_ATTR_AT_END) ? ty->attr_offset : im_object_capacity(o) - sizeof(Value)));
}
IM_INLINE Value *im_inline_slots(ImObject *o, const ImType *ty) { return (Value *)((char *)o + ty->attr_offset) + 1; }

/* --- instances ---------------------------------------------------------------------------------------------------------- */
/* New zeroed instance of exactly `type` with its declared size (plus extra bytes). Private, count 1, tracked if the type is. */
IM_MUST_USE ImObject *im_instance_alloc(Thread *t, ImType *type, size_t extra);
/* object.__new__'s allocation for any class: IM_UNSET in empty inline slots. */
IM_MUST_USE Value im_instance_new(Thread *t, ImType *type);
/* The generic halves that types with IM_TF_HAS_DICT or __slots__ rely on; called by the core, types need not. */
void im_instance_destroy_attrs(Thread *t, ImObject *o);
int im_instance_traverse_attrs(ImObject *o, ImVisit visit, void *arg);

/* --- making types --------------------------------------------------------------------------------------------------------- */
int im_types_init(Thread *t); /* start-up: everything in section im_types */
IM_MUST_USE int im_type_ready(Thread *t, ImType *type, const ImTypeSpec *spec);
/* CPython makes the native type of that name at run time, as its extension modules do: __module__ lies in its dict. */
bool im_type_is_extension(const char *name);
/* type(name, bases, ns, **kw) */
IM_MUST_USE Value im_type_new(Thread *t, ImType *meta, Value name, Value bases, Value ns, const Value *kwargs, Value kwnames);
/* Finds name along the MRO: owned, or no value without exception. */
Value im_type_lookup(Thread *t, ImType *type, Value name);
/* The cache entry for (type, name); entry->kind == IM_ATTR_ABSENT when no class has it (such an entry may be a
 * common one: not for inline caches). name: interned. Null only when out of memory (nothing pending). */
ImAttrEntry *im_type_entry(Thread *t, ImType *type, Value name);
/* To be called before an inline cache is filled (and before what it says is read from the entry's value) that does not name e but holds only as long as the kind of e does (an instance's own attribute that no data
 * descriptor hides, what a member descriptor says), and after im_code_caches_gen was read: a change to or from a data descriptor then empties the caches.
 * False: do not fill it; e is not valid any more, or a common one. */
IM_MUST_USE bool im_entry_rely(ImAttrEntry *e);
/* Loads an entry's value with a reference; no value when it has become invalid (look up again). */
Value im_entry_get(Thread *t, ImAttrEntry *e);
/* Every inline cache that relies on shapes must go: a class got a data descriptor or a __getattribute__ and the like. Set by vm/; may be null. */
extern void (*im_caches_flush_hook)(Thread *t);
/* The one lock for changes of classes; recursive. */
void im_type_lock(Thread *t);
void im_type_unlock(Thread *t);
/* Class attributes without the metaclass: what type.__setattr__ does after its checks. v no value: delete (AttributeError if absent). */
IM_MUST_USE int im_type_set(Thread *t, ImType *type, Value name, Value v);
/* What the type's own dict holds under `name`, or v, which is set where there is nothing: one step for all threads. Owned. Borrows v. */
IM_MUST_USE Value im_type_setdefault(Thread *t, ImType *type, Value name, Value v);
/* Tells caches that the type changed (attributes set through its dict behind our back). */
void im_type_modified(Thread *t, ImType *type);
/* Instances of type, and of what derives from it, are another kind of attribute now, of whatever class. True: some are attributes, and the inline caches have to go. */
IM_MUST_USE bool im_type_forget_instances(Thread *t, ImType *type);
void im_type_forget(Thread *t, ImType *type); /* the same for a class that has no instances (yet, or any more): inline caches stay */
IM_INLINE void *im_type_module_state(ImType *type) { while (type && !type->module_state) type = im_type_base(type); return type ? type->module_state : NULL; }

#endif
