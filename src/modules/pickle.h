/* What the files of _pickle share: opcodes, module state, the running pickler and unpickler.
 *
 * A dump or a load works on a struct in the C stack (ImSave, ImLoad); a Pickler or Unpickler object only keeps what outlives one call: options and the memo, which
 * the running struct takes away from the object and gives back at the end. x_owner names the thread that is inside; everybody else is refused.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_PICKLE_H
#define IM_MODULES_PICKLE_H

#include "modules/module.h"

enum {
    PK_MARK = '(', PK_STOP = '.', PK_POP = '0', PK_POP_MARK = '1', PK_DUP = '2', PK_FLOAT = 'F', PK_INT = 'I', PK_BININT = 'J', PK_BININT1 = 'K', PK_LONG = 'L',
    PK_BININT2 = 'M', PK_NONE = 'N', PK_PERSID = 'P', PK_BINPERSID = 'Q', PK_REDUCE = 'R', PK_STRING = 'S', PK_BINSTRING = 'T', PK_SHORT_BINSTRING = 'U',
    PK_UNICODE = 'V', PK_BINUNICODE = 'X', PK_APPEND = 'a', PK_BUILD = 'b', PK_GLOBAL = 'c', PK_DICT = 'd', PK_EMPTY_DICT = '}', PK_APPENDS = 'e', PK_GET = 'g',
    PK_BINGET = 'h', PK_INST = 'i', PK_LONG_BINGET = 'j', PK_LIST = 'l', PK_EMPTY_LIST = ']', PK_OBJ = 'o', PK_PUT = 'p', PK_BINPUT = 'q', PK_LONG_BINPUT = 'r',
    PK_SETITEM = 's', PK_TUPLE = 't', PK_EMPTY_TUPLE = ')', PK_SETITEMS = 'u', PK_BINFLOAT = 'G',
    PK_PROTO = 0x80, PK_NEWOBJ, PK_EXT1, PK_EXT2, PK_EXT4, PK_TUPLE1, PK_TUPLE2, PK_TUPLE3, PK_NEWTRUE, PK_NEWFALSE, PK_LONG1, PK_LONG4,
    PK_SHORT_BINUNICODE = 0x8c, PK_BINUNICODE8, PK_BINBYTES8, PK_EMPTY_SET, PK_ADDITEMS, PK_FROZENSET, PK_NEWOBJ_EX, PK_STACK_GLOBAL, PK_MEMOIZE, PK_FRAME,
    PK_BYTEARRAY8 = 0x96, PK_NEXT_BUFFER, PK_READONLY_BUFFER, PK_BINBYTES = 'B', PK_SHORT_BINBYTES = 'C',
};
enum { PK_HIGHEST = 5, PK_DEFAULT = 4, PK_BATCH = 1000, PK_FRAME_MIN = 4, PK_FRAME_TARGET = 64 * 1024, PK_FRAME_HEADER = 9 };

/* Of the module; set when it is made, never changed. */
typedef struct ImPickleState {
    Value error, pickling_error, unpickling_error;
    Value dispatch_table, extension_registry, inverted_registry, extension_cache; /* copyreg's dicts */
    Value newobj, newobj_ex;                                                      /* copyreg.__newobj__ … */
    Value name_2to3, import_2to3, name_3to2, import_3to2;                         /* _compat_pickle's dicts */
    Value encode, partial;                                                        /* codecs.encode, functools.partial */
} ImPickleState;
enum { PK_STATE_VALUES = sizeof(ImPickleState) / sizeof(Value) };

#define im_raise_pickling(s, ...) im_raise((s)->t, im_as_type((s)->st->pickling_error), __VA_ARGS__)
#define im_raise_unpickling(s, ...) im_raise((s)->t, im_as_type((s)->st->unpickling_error), __VA_ARGS__)

/* A Pickler's or Unpickler's memo at rest: a raw array of owned references. */
typedef struct ImPickleMemo {
    Value *items;    /* Pickler: objects in order of storing; Unpickler: by index, no value in gaps */
    size_t len, cap;
    uint32_t *slots; /* Pickler: hash table from address to place + 1 in items; may be null */
    size_t mask;
    int64_t *ids;    /* Pickler: index of each item where that is not its place (memo set from a dict); else null */
} ImPickleMemo;

typedef struct ImSave {
    Thread *t;
    ImPickleState *st;
    uint8_t *out;
    size_t len, cap;
    ssize_t frame_start; /* place of the open frame's header in out, or -1 */
    bool framing, bin, fix_imports, fast;
    int proto;
    Value write;           /* the file's; no value: everything stays in out. All Values here are borrowed from the caller but these: */
    Value persistent_id, dispatch_table, reducer_override, buffer_callback; /* owned by whoever filled them in, or no value */
    ImValueVec memo;
    uint32_t *slots;       /* open addressing; place in memo + 1, 0 free */
    size_t mask;
    int64_t *ids;
    int fast_nesting;
    ImValueVec fast_memo;  /* containers being saved in fast mode beyond a depth */
    uint32_t steps;
    uint32_t small_slots[64];
    struct ImPlainClass { ImType *type; uint32_t version; bool plain; } plain[4]; /* classes looked at (addresses only, with the version they had) */
} ImSave;

void im_save_init(Thread *t, ImPickleState *st, ImSave *s, int proto, bool fix_imports);
void im_save_fini(ImSave *s);
IM_MUST_USE int im_save_dump(ImSave *s, Value obj);
IM_MUST_USE int im_save_remember(ImSave *s, Value obj, int64_t id); /* id -1: the next */
/* Protocol argument: None or no value for the default. */
IM_MUST_USE int im_pickle_protocol(Thread *t, Value protocol, Value buffer_callback, int *out);

typedef struct ImLoad {
    Thread *t;
    ImPickleState *st;
    const uint8_t *in;   /* bytes at hand */
    size_t pos, len;
    Value held;          /* bytes object they belong to (file input), owned; or no value */
    ImBuffer buffer;     /* loads(): the argument's */
    Value read, readline, peek; /* the file's; no value: input is all in `in` */
    bool peeked;         /* bytes from in[0] on are still unread in the file */
    Value buffers;       /* iterator of out-of-band buffers, or no value */
    Value find_class;    /* bound override, or no value */
    Value persistent_load;
    const char *encoding, *errors; /* for strings of Python 2; encoding "bytes" keeps them bytes */
    bool fix_imports;
    int proto;
    ImValueVec stack;
    size_t *marks, nmarks, marks_cap;
    size_t fence;        /* items below belong to the mark's outside */
    ImValueVec memo;
    size_t memo_used;    /* items that are there */
    Value memo_far;      /* dict index -> object for indices far from the others, or no value */
} ImLoad;

void im_load_init(Thread *t, ImPickleState *st, ImLoad *l);
void im_load_fini(ImLoad *l);
IM_MUST_USE Value im_load_run(ImLoad *l);
IM_MUST_USE int im_load_remember(ImLoad *l, uint64_t index, Value obj); /* steals obj */
IM_MUST_USE Value im_pickle_find_class(Thread *t, ImPickleState *st, Value module, Value name, int proto, bool fix_imports);
/* Attribute chain "a.b.c" of obj: owned; *parent (owned, may be null) is what the last name was found on. AttributeError, with *absent, otherwise. */
IM_MUST_USE Value im_pickle_dotted(Thread *t, Value obj, Value path, Value *parent);

/* _pickle_buffer.c */
IM_TYPE_DECLARE(PickleBuffer);
/* The buffer wrapped by v (a PickleBuffer): filled and to be released, or -1 with ValueError. */
IM_MUST_USE int im_picklebuffer_get(Thread *t, Value v, ImBuffer *b, int flags);

/* Memo of an object at rest <-> memo of a running one. */
void im_pickle_memo_drop(Thread *t, ImPickleMemo *m);

#endif
