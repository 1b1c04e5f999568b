/* Object header, count word, and the part of a type that memory management needs.
 *
 * Header, 16 bytes
 *   0  x_shape   hidden class (object/shape.h). Its first field is the type; every type owns a root shape, and exact instances of a type
 *                without per-instance attributes all have it. Shapes live in one reserved region, static types apart, so that the low 32 bits of
 *                this word identify the shape: inline caches compare just those.
 *   8  x_count   see below
 *   12 x_flags   IM_OF_ bits; 16-bit atomics once shared. The upper eight belong to the type (strings: kind, ASCII, interned)
 *   14 x_lock    byte lock (thread/lock.h)
 *   15 x_gc      IM_OG_ bits
 * Objects of tracked types (IM_TF_GC) have 16 bytes of GC links before the header.
 *
 * Count word, 32 bits
 *   PRIVATE n    bit 31 = 0: plain count, 1 <= n < 2^31; one thread can reach the object
 *   SHARED n,FIN bit 31 = 1, bit 30 = 0, bit 29 = FIN (its __del__ has been claimed), bits 28..0 = n: atomic count
 *   UNCOUNTED    0xC0000000: immortal or freed by the world-stop collector only
 *   FREE         0: the block is not an object
 *
 * Invariants: I1 a shared object refers only to shared or uncounted objects and immediates. I2 a private object is reachable only from
 * one thread. I3 only that thread changes it, count included. I4 every reference stored in an object that others may see goes through mem/store.h.
 * In GIL mode nothing is ever published: all objects stay private to "the GIL".
 * SPDX-License-Identifier: MIT */
#ifndef IM_MEM_OBJECT_H
#define IM_MEM_OBJECT_H

#include "thread/thread.h"

typedef struct ImObject ImObject;
typedef struct ImShape ImShape;
typedef struct ImType ImType;

struct ImObject {
    ImShape *x_shape;
    uint32_t x_count;
    uint16_t x_flags;
    uint8_t x_lock;
    uint8_t x_gc;
};

#define IM_COUNT_SHARED 0x80000000u
#define IM_COUNT_FIN 0x20000000u
#define IM_COUNT_MASK 0x1FFFFFFFu
#define IM_COUNT_UNC 0xC0000000u

enum {
    IM_OF_WEAKREF = 1 << 0,   /* has entries in the weak reference table */
    IM_OF_FINALIZED = 1 << 1, /* private object: __del__ has run (shared: FIN in the count word) */
    IM_OF_UNC = 1 << 2,       /* becomes uncounted when published (functions without closure) */
    IM_OF_TRACKED = 1 << 3,   /* private object: in its owner's GC list */
    IM_OF_HOT = 1 << 4,       /* candidate for becoming uncounted */
    IM_OF_MARK = 1 << 5,      /* found unreachable: callbacks of weak references marked so are not run */
    IM_OF_OLD = 1 << 6,       /* hot in an earlier round (mem/hot.c) */
    IM_OF_FROZEN = 1 << 7,    /* gc.freeze() */
    IM_OF_TYPE_SHIFT = 8,     /* bits 8..15 belong to the type */
    IM_OF_DESTROY = 1 << 12,  /* one of them, for types with IM_TF_LEAF */
};

enum {
    IM_OG_IMMORTAL = 1, /* uncounted for ever, not only until the collector finds it unreachable */
    IM_OG_SETTLED = 2,  /* class: was shared, with all that it refers to, when the world last stood still; its count word alone cannot tell
                         * another thread that finds it in the tree of classes, since publishing sets that first */
    IM_OG_SET = 4,      /* private: its owner's collector is counting the references to it … */
    IM_OG_LEFT = 8,     /* … and has found none from outside. Both are gone before other code runs */
};

/* Links of tracked objects, just before the header: the owner's generation list while private and tracked; retire list, publish stack
 * and collector scratch otherwise. Bits of `prev` below 8 are the collector's. */
typedef struct ImLinks {
    uintptr_t next, prev;
} ImLinks;
IM_INLINE ImLinks *im_links(ImObject *o) { return (ImLinks *)o - 1; }
IM_INLINE ImObject *im_links_object(ImLinks *l) { return (ImObject *)(l + 1); }

/* Called for each reference that an object holds; a non-zero result ends the traversal and is returned. */
typedef int (*ImVisit)(Value v, void *arg);
typedef int (*ImTraverse)(ImObject *o, ImVisit visit, void *arg);

/* Type flags. */
enum {
    IM_TF_GC = 1u << 0,             /* tracked: has links, is looked at by the collectors */
    IM_TF_BASETYPE = 1u << 1,       /* may be subclassed */
    IM_TF_HEAP = 1u << 2,           /* made by a class statement or type() */
    IM_TF_UNC = 1u << 3,            /* instances become uncounted when published: classes, modules, code */
    IM_TF_FINALIZER = 1u << 4,      /* has __del__ or a native finalizer */
    IM_TF_IMMUTABLE = 1u << 5,      /* attributes of the type cannot be set */
    IM_TF_NO_NEW = 1u << 6,         /* "cannot create 'x' instances" */
    IM_TF_HAS_DICT = 1u << 7,       /* instances carry attributes (shape slots) */
    IM_TF_WEAKREF = 1u << 8,        /* instances can be weakly referenced */
    IM_TF_ABSTRACT = 1u << 9,       /* has __abstractmethods__ */
    IM_TF_GENERIC_GETATTR = 1u << 10, /* attribute lookup is the generic one: caches may be used */
    IM_TF_SEQUENCE = 1u << 11,      /* Py_TPFLAGS_SEQUENCE (match statement) */
    IM_TF_MAPPING = 1u << 12,
    IM_TF_METHOD_DESCR = 1u << 13,  /* instances are unbound methods: obj.m() may skip the bound object */
    IM_TF_MATCH_SELF = 1u << 14,    /* class pattern with one positional matches the subject itself */
    IM_TF_ITER_NATIVE = 1u << 15,
    /* fast isinstance tests for built-in bases, inherited */
    IM_TF_INT = 1u << 16, IM_TF_STR = 1u << 17, IM_TF_BYTES = 1u << 18, IM_TF_LIST = 1u << 19, IM_TF_TUPLE = 1u << 20,
    IM_TF_DICT = 1u << 21, IM_TF_TYPE = 1u << 22, IM_TF_EXC = 1u << 23, IM_TF_FLOAT = 1u << 24, IM_TF_SET = 1u << 25 /* set or frozenset */,
    IM_TF_READY = 1u << 26,
    IM_TF_SHAPED_RO = 1u << 27,
    IM_TF_MANAGED_DICT_SLOT = 1u << 28, /* instances keep their dict as a plain Value field at dict_offset (functions, modules, exceptions …) */
    IM_TF_HAS_FINALIZE_INHERITED = 1u << 29,
    IM_TF_LEAF = 1u << 30,          /* not inherited: holds no reference and is never tracked; destroy has work only where IM_OF_DESTROY is set */
};
#define IM_TF_FAST_SUBCLASS (IM_TF_INT | IM_TF_STR | IM_TF_BYTES | IM_TF_LIST | IM_TF_TUPLE | IM_TF_DICT | IM_TF_TYPE | IM_TF_EXC | IM_TF_FLOAT | IM_TF_SET)

/* First part of every type; object/type.h has the rest. */
typedef struct ImTypeCore {
    ImObject head;
    uint32_t x_flags;        /* IM_TF_ bits */
    uint32_t size;           /* bytes of an instance, header included, links not */
    uint32_t item_size;      /* bytes per item of variable-sized instances */
    uint32_t uid;            /* never reused */
    ImTraverse traverse;     /* all references that an instance holds, or null. May neither allocate nor fail. The shape's type is
                              * visited by the collectors themselves. */
    void (*clear)(Thread *t, ImObject *o);    /* breaks cycles: drops references, leaves the object valid; or null */
    void (*destroy)(Thread *t, ImObject *o);  /* drops every reference and frees aux memory; the object itself is freed by the caller */
    void (*finalize)(Thread *t, ImObject *o); /* __del__ or native; must save and restore the pending exception; or null */
} ImTypeCore;

IM_INLINE bool im_is_private_obj(const ImObject *o) { return (int32_t)im_load_relaxed(&o->x_count) > 0; }
/* Adds n to a number that belongs to object o, which others may change at the same time if o is shared; the order of other memory is no matter. */
#define IM_ADD_IN(o, p, n) (IM_LIKELY(im_is_private_obj(o)) ? (void)(*(p) += (n)) : (void)im_faa_relaxed((p), (n)))
/* Shared or uncounted: operations on it take the shared path (locks). Static and immortal objects count as shared. */
IM_INLINE bool im_is_shared_obj(const ImObject *o) { return (int32_t)im_load_relaxed(&o->x_count) < 0; }
IM_INLINE bool im_is_private(Value v) { return im_is_private_obj(im_ptr(v)); }
IM_INLINE bool im_is_shared(Value v) { return im_is_shared_obj(im_ptr(v)); }
/* Exactly one reference, held by the caller, and no other thread: it may be changed in place even where Python calls it immutable. */
IM_INLINE bool im_is_unique(Value v) { return im_load_relaxed(&im_ptr(v)->x_count) == 1; }
IM_INLINE bool im_has_flag(const ImObject *o, uint16_t f) { return (im_load_relaxed(&o->x_flags) & f) != 0; }
/* Flags of private objects change plainly, of shared ones atomically. */
IM_INLINE void im_set_flag(ImObject *o, uint16_t f)
{
    if (im_is_private_obj(o)) im_store_relaxed(&o->x_flags, (uint16_t)(o->x_flags | f));
    else im_or_acq_rel(&o->x_flags, f);
}
IM_INLINE void im_clear_flag(ImObject *o, uint16_t f)
{
    if (im_is_private_obj(o)) im_store_relaxed(&o->x_flags, (uint16_t)(o->x_flags & ~f));
    else im_and_acq_rel(&o->x_flags, (uint16_t)~f);
}

#endif
