/* Code objects: register code with its tables.
 * SPDX-License-Identifier: MIT */
#ifndef IM_CODE_CODE_H
#define IM_CODE_CODE_H

#include "object/abstract.h"

typedef enum ImOp {
#define OP(name, format, extra, flags, doc) OP_##name,
#include "code/ops.def"
#undef OP
    IM_OP_COUNT
} ImOp;
_Static_assert(IM_OP_COUNT <= 256, "an opcode is one byte");
typedef enum ImIntrinsic {
#define INTR(name, nargs, doc) IM_INTR_##name,
#include "code/intrinsics.def"
#undef INTR
    IM_INTR_COUNT
} ImIntrinsic;

/* Units. */
#define IM_UNIT(op, a, b, c) ((uint32_t)(op) | (uint32_t)(uint8_t)(a) << 8 | (uint32_t)(uint8_t)(b) << 16 | (uint32_t)(uint8_t)(c) << 24)
#define IM_UNIT_AD(op, a, d) ((uint32_t)(op) | (uint32_t)(uint8_t)(a) << 8 | (uint32_t)(uint16_t)(d) << 16)
#define IM_UNIT_J(op, d) ((uint32_t)(op) | (uint32_t)(d) << 8)
#define IM_CACHE_NONE 0xFFFFu
#define IM_EXTRA(low, cache) ((uint32_t)(low) | (uint32_t)(cache) << 16)
/* Length in units (1 or 2) of the instruction whose first unit is u. */
extern const uint8_t im_op_length[IM_OP_COUNT];
extern const char *const im_op_name[IM_OP_COUNT];
/* Generic form of a specialised opcode (itself otherwise). */
extern const uint8_t im_op_generic[IM_OP_COUNT];

/* co_flags, CPython's values. */
enum { IM_CO_OPTIMIZED = 1, IM_CO_NEWLOCALS = 2, IM_CO_VARARGS = 4, IM_CO_VARKEYWORDS = 8, IM_CO_NESTED = 0x10, IM_CO_GENERATOR = 0x20, IM_CO_COROUTINE = 0x80,
    IM_CO_ITERABLE_COROUTINE = 0x100, IM_CO_ASYNC_GENERATOR = 0x200, IM_CO_FUTURE_BARRY = 0x400000, IM_CO_FUTURE_ANNOTATIONS = 0x1000000 };

/* Units [start, end) are covered; the innermost of several comes first. The handler begins at `handler` with all temporaries from `depth` up cleared and the exception
 * pending; its first instruction is PUSHEXC. */
typedef struct ImHandler { uint32_t start, end, handler; uint16_t depth, pad; } ImHandler;
/* Source position of units [start, next entry's start): lines from 1 (0: where a module begins, negative: none), columns in UTF-8 bytes from 0 (-1 = unknown).
 * IM_LINE_END: the table ends there, before the code does (or behind it: replace() takes any table). */
enum { IM_LINE_END = -2 };
typedef struct ImPosition { uint32_t start; int32_t line, end_line, col, end_col; } ImPosition;

/* Place in the list of all code objects, private ones among them. No references, and none that looks like one: links point at links. */
typedef struct ImCodeLink { struct ImCodeLink *next, *prev; } ImCodeLink;

/* Does in C what the code does, for arguments and states that it knows: regs hold the bound parameters, borrowed. Result owned; IM_UNSET: nothing has been done, the
 * code itself is to run; no value: exception pending. */
typedef Value (*ImCodeBody)(Thread *t, const Value *regs);

typedef struct ImCode {
    ImObject head;
    uint32_t flags;
    int32_t argcount, posonly, kwonly; /* argcount includes posonly, not *args */
    uint16_t nlocals;   /* named registers */
    uint16_t nregs;     /* all registers */
    uint16_t nfar;      /* far locals */
    uint16_t ncellvars;
    uint16_t simple_args; /* argcount where there are only positional parameters, all in registers; else IM_NOT_SIMPLE */
    uint32_t nunits, nconsts, nnames, ncaches, nhandlers;
    uint32_t *x_units;  /* opcode bytes change by specialisation (relaxed atomic byte stores) */
    Value *consts;      /* items of consts_tuple */
    Value *names;       /* items of names_tuple */
    uint64_t *x_caches; /* one word per cache, 0 = empty; relaxed atomics. One block with units, handlers, regkinds and positions behind */
    ImHandler *handlers;
    const uint8_t *positions; /* encoded, code/positions.c */
    uint32_t positions_len;
    int32_t firstlineno;
    Value consts_tuple, names_tuple; /* a function's first constant is its docstring or None */
    Value varnames;     /* tuple of str: named registers 0..; parameters, locals (far locals after them), without pure cell variables */
    Value cellvars, freevars;
    Value regnames;     /* tuple of str: name of each named register, far locals after them: for messages and f_locals */
    Value filename, name, qualname;
    uint8_t *regkinds;  /* per named register: IM_REG_ bits */
    uint8_t x_cached;   /* some attribute cache has been filled since they were all emptied; relaxed */
    ImCodeLink link;      /* all code objects; code.c's lock */
    struct ImCodeTrace *x_trace; /* what tracing knows of the code (types/monitor.h), or null; set once by CAS */
    ImCodeBody x_body;    /* with RESUME_BODY, which is written after it (release): a native body */
    uint32_t body_at;     /* unit after the instruction at which the frame stands while the body runs: what it raises comes from there. Written before x_body */
} ImCode;
/* A function with more than IM_MAX_REG_PARAMS parameters keeps the first of them in registers; parameter number i from there on is far local i - IM_MAX_REG_PARAMS:
 * whoever binds arguments puts it there. Byte offsets that Python code sees (tb_lasti, f_lasti, co_lines) are 2 * unit; co_positions has one entry per unit. */
enum { IM_MAX_REG_PARAMS = 160, IM_NOT_SIMPLE = 0xFFFF };
enum { IM_REG_LOCAL = 1, IM_REG_CELL = 2 /* holds a cell */, IM_REG_HIDDEN = 4 /* inlined comprehension's variable */, IM_REG_PARAM = 8 };
IM_TYPE_DECLARE(code);
IM_INLINE ImCode *im_codep(Value v) { return (ImCode *)im_ptr(v); }

/* Everything a code object is made from; arrays are copied, Values are taken. */
typedef struct ImCodeSpec {
    uint32_t flags;
    int32_t argcount, posonly, kwonly, firstlineno;
    uint16_t nlocals, nregs, nfar;
    const void *units; uint32_t nunits; /* of any alignment */
    const ImHandler *handlers; uint32_t nhandlers;
    const ImPosition *positions; uint32_t npositions;
    const uint8_t *encoded; uint32_t encoded_len; /* instead of positions: as code/positions.c writes them */
    bool encoded_stays; /* it need not be copied */
    uint32_t ncaches;
    Value consts, names, varnames, cellvars, freevars, regnames; /* tuples */
    const uint8_t *regkinds;
    Value filename, name, qualname;
} ImCodeSpec;
/* Verified (in assertion builds, and always when loaded from a file); names and identifier-like constants interned. */
IM_MUST_USE Value im_code_new(Thread *t, const ImCodeSpec *spec);
/* Every code object there is. visit may neither lock nor allocate. */
void im_code_each(void (*visit)(ImCode *c));
extern uint32_t im_code_caches_gen; /* counts the times that all inline caches were emptied; atomic */
/* From now on `body` is tried first. For code that does the same, whatever tools may replace: it stays in use for them, and while anything is traced. */
void im_code_set_body(ImCode *code, ImCodeBody body);
/* The same for a body that calls Python code: while it runs, and when it raises, the frame stands at the code's first instruction `op`, whose handlers are tried. */
void im_code_set_body_at(ImCode *code, ImCodeBody body, uint32_t op);
/* Position of the instruction that contains `unit`. */
ImPosition im_code_position(const ImCode *code, uint32_t unit);
int im_code_line(const ImCode *code, uint32_t unit); /* its line alone, sooner */
/* 0, or -1 with ValueError: register bounds, jump targets, table bounds, last instruction. Nothing that passes can make the VM read out of bounds. */
IM_MUST_USE int im_code_verify(Thread *t, const ImCode *code);
/* Text listing, one line per instruction (str). */
IM_MUST_USE Value im_code_disassemble(Thread *t, Value code);
/* Marshal (code/marshal.c): Python's marshal for all types it takes; code objects in our own format. */
IM_MUST_USE Value im_marshal_dumps(Thread *t, Value v, int version);
/* The same, refusing code objects anywhere inside unless allow_code. */
IM_MUST_USE Value im_marshal_dumps_code(Thread *t, Value v, int version, bool allow_code);
IM_MUST_USE Value im_marshal_loads_code(Thread *t, const uint8_t *p, size_t len, size_t *used, bool allow_code);
/* One value read from a file object by its readinto(), no byte more. */
IM_MUST_USE Value im_marshal_load_file(Thread *t, Value file, bool allow_code);
IM_MUST_USE Value im_marshal_loads(Thread *t, const uint8_t *p, size_t len, size_t *used);
/* Code that this binary carries: not verified again; p stays for ever and is pointed into. */
IM_MUST_USE Value im_marshal_loads_trusted(Thread *t, const uint8_t *p, size_t len);

#endif
