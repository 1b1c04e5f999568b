/* Inside of the code generator: units under construction, registers, labels. Names cg_ are private to these files.
   SPDX-License-Identifier: MIT

   Operands are virtual registers: numbers below CG_TEMP are named registers, CG_TEMP + i is temporary i. Assembly places the
   temporaries behind the named ones, whose number grows while comprehensions are inlined.
   Temporaries are a stack: u->top of them are in use; an expression leaves its value in the register it is told to. */
#ifndef IM_FRONT_CG_H
#define IM_FRONT_CG_H

#include "codegen.h"
#include "unparse.h"
#include "symtable.h"

#include "code/opinfo.h"

typedef uint16_t Reg;
enum { CG_TEMP = 0x4000, CG_NONE = 0xFFFF, CG_FAR = 0x10000 /* ImSym.reg of a far local: CG_FAR + index */ };
static inline bool cg_is_temp(Reg r) { return r >= CG_TEMP && r != CG_NONE; }

typedef struct Ins {
    uint8_t op;          /* ImOp, generic */
    uint8_t flags;       /* INS_ bits */
    Reg a, b, c;         /* registers or numbers; b is the 16-bit operand of format AD */
    uint32_t extra;      /* second unit, without its cache half */
    int32_t target;      /* label of a jump, -1 */
    uint32_t region;     /* exception region that covers it, 0 none */
    const ImNode *pos;   /* NULL: same place as the instruction before */
} Ins;
enum { INS_DEAD = 1, INS_LEADER = 2, INS_REACHED = 4 };

typedef struct Stream { Ins *v; uint32_t n, cap; } Stream;
/* Exception region: instructions stamped with it are covered by `handler`, entered with temporaries from `depth` up cleared. */
typedef struct Region { int32_t handler; uint32_t parent; uint16_t depth; } Region;

typedef enum BlockKind { BLOCK_WHILE, BLOCK_FOR, BLOCK_TRY, BLOCK_FINALLY, BLOCK_FINALLY_END, BLOCK_HANDLER, BLOCK_WITH, BLOCK_ASYNC_WITH,
    BLOCK_ASYNC_FOR, BLOCK_STAR_HANDLER, BLOCK_VALUE /* a value to be returned waits in reg */ } BlockKind;
typedef struct Block {
    BlockKind kind;
    int32_t on_continue, on_break;   /* labels of loops */
    uint32_t outer_region;           /* in effect outside of the block */
    Reg reg;                         /* iterator, or first of the exception pair or of the exit method */
    const ImStmtSeq *finalbody;
    const ImName *name;              /* of an except clause, or NULL */
    const void *pos;
} Block;
enum { CG_MAX_BLOCKS = 21 };

typedef enum UnitKind { UNIT_MODULE, UNIT_CLASS, UNIT_FUNCTION, UNIT_ASYNC_FUNCTION, UNIT_LAMBDA, UNIT_COMPREHENSION, UNIT_TYPE_PARAMS, UNIT_TYPE_PART } UnitKind;

typedef struct Hidden { const ImName *name; Reg reg; uint8_t kind; bool busy; } Hidden;

typedef struct Unit {
    struct Unit *parent;
    ImScope *scope, *inner;          /* inner: innermost inlined comprehension being generated, or scope itself */
    UnitKind kind;
    const ImName *name;
    const char *qualname;
    const ImName *private_name;      /* for mangling */
    int firstlineno;
    uint32_t flags;
    int argcount, posonly, kwonly;
    bool has_super_first;            /* there is a first positional parameter for super() */
    Stream s[2];                     /* hot code, and cold code placed behind it */
    int cur;
    uint32_t *labels;                /* index | stream << 31; UINT32_MAX unbound */
    uint32_t nlabels, labels_cap;
    Region *regions;                 /* [0] unused */
    uint32_t nregions, regions_cap, region;
    ImUnitConst *consts;
    uint32_t nconsts, consts_cap;
    bool none_at_end;                /* the last constant is None, for the return at the end alone */
    uint32_t *const_index, const_index_cap;
    const ImName **names;
    uint32_t nnames, names_cap;
    ImPtrMap name_index;
    const ImName **regnames;         /* of named registers */
    uint8_t *regkinds;
    uint32_t nnamed, regnames_cap, regkinds_cap;
    const ImName **far_names;
    uint32_t nfar, far_cap, nspill, max_spill;
    uint32_t far_hidden;             /* next far slot for a comprehension's variable */
    const ImName **cells, **frees;
    uint32_t ncells, cells_cap, nfrees, frees_cap;
    Hidden *hidden;
    uint32_t nhidden, hidden_cap;
    uint32_t top, max_top;           /* temporaries in use, and the most there were */
    uint32_t base;                   /* temporaries that statements hold: iterators, exits, exceptions */
    uint32_t soft;                   /* above this, expressions spill */
    Reg class_cell, classdict_cell;  /* class bodies: registers of __class__ and __classdict__, or CG_NONE */
    Block blocks[CG_MAX_BLOCKS];
    uint32_t nblocks;
    const ImName **static_attrs;     /* class bodies: names assigned through self in methods */
    uint32_t nstatic, static_cap;
    ImPtrMap static_seen;
    bool has_annotations;
} Unit;

typedef struct Cg {
    ImFront *f;
    ImSymtable *st;
    Unit *u;
    bool interactive;
} Cg;

/* ---- units (codegen.c) ---- */
Unit *cg_unit_enter(Cg *c, ImScope *scope, UnitKind kind, const ImName *name, int firstlineno);
/* Assembles the current unit and returns to its parent. */
ImUnit *cg_unit_leave(Cg *c);
const ImName *cg_name(Cg *c, const char *s);
void cg_sort_names(const ImName **v, uint32_t n);
const ImName *cg_mangle(Cg *c, const ImName *name);

/* ---- emission ---- */
Ins *cg_emit(Cg *c, ImOp op, Reg a, Reg b, Reg cc, const void *pos);
Ins *cg_emit_name(Cg *c, ImOp op, Reg a, Reg b, Reg cc, const ImName *name, const void *pos);
Ins *cg_emit_jump(Cg *c, ImOp op, Reg a, Reg b, Reg cc, int32_t label, const void *pos);
void cg_jump(Cg *c, int32_t label, const void *pos);
void cg_jump_back(Cg *c, int32_t label, const void *pos);
int32_t cg_label(Cg *c);
void cg_bind(Cg *c, int32_t label);
uint32_t cg_name_index(Cg *c, const ImName *name);
uint32_t cg_const_index(Cg *c, const ImConst *k);
uint32_t cg_unit_const(Cg *c, ImUnit *unit);
void cg_load_const(Cg *c, const ImConst *k, Reg dst, const void *pos);
void cg_load_none(Cg *c, Reg dst, const void *pos);
void cg_load_int(Cg *c, int64_t i, Reg dst, const void *pos);
void cg_load_str(Cg *c, const ImName *s, Reg dst, const void *pos);
ImConst *cg_str_const(Cg *c, const ImName *s);
ImConst *cg_tuple_const(Cg *c, int n);
extern const ImConst cg_none_const;
/* Moves a temporary or copies a named register. Nothing when they are the same. */
void cg_move(Cg *c, Reg dst, Reg src, const void *pos);
/* Code placed behind the rest: handlers. The value goes back to cg_cold_end. */
int32_t cg_cold_begin(Cg *c);
void cg_cold_end(Cg *c, int32_t state);
uint32_t cg_region_begin(Cg *c, int32_t handler, uint32_t depth);
void cg_region_end(Cg *c);

/* ---- registers ---- */
Reg cg_push(Cg *c);
Reg cg_push_n(Cg *c, uint32_t n);
static inline uint32_t cg_mark(const Cg *c) { return c->u->top; }
static inline void cg_release(Cg *c, uint32_t mark) { c->u->top = mark; }
static inline bool cg_is_top(const Cg *c, Reg r) { return r == CG_TEMP + c->u->top - 1; }
Reg cg_hidden_take(Cg *c, const ImName *name, uint8_t kind);
void cg_hidden_give(Cg *c, Reg r);
bool cg_hidden_is_full(const Cg *c);
int32_t cg_hidden_far(Cg *c, const ImName *name);
uint32_t cg_room(const Cg *c); /* temporaries that may still be taken in one go */
static inline Reg cg_scratch(Cg *c, Reg dst) { return cg_is_temp(dst) ? dst : cg_push(c); }

/* ---- names (codegen_name.c) ---- */
typedef enum AccessKind { ACCESS_REG, ACCESS_FAR, ACCESS_CELL, ACCESS_FREE, ACCESS_GLOBAL, ACCESS_NAME, ACCESS_CLASS_FREE, ACCESS_CLASS_GLOBAL,
    ACCESS_CLASS_DEREF } AccessKind;
typedef struct Access { AccessKind kind; uint32_t index; const ImName *name; const ImSym *sym; } Access;
Access cg_access(Cg *c, const ImName *plain);
void cg_load_name(Cg *c, const ImName *name, Reg dst, const void *pos);
/* Stores src (temporary: consumed). */
void cg_store_name(Cg *c, const ImName *name, Reg src, const void *pos);
void cg_delete_name(Cg *c, const ImName *name, const void *pos);
/* A register in which name's value can be read in place, or CG_NONE. */
Reg cg_name_in_place(Cg *c, const ImName *name, const void *pos);
/* The register that a plain local variable lives in, or CG_NONE. */
Reg cg_name_register(Cg *c, const ImName *name);
void cg_store_none_and_delete(Cg *c, const ImName *name, const void *pos);
/* Pushes the closure tuple of a unit made from `scope`; false when it needs none. */
bool cg_push_closure(Cg *c, ImUnit *unit, const void *pos);

/* ---- expressions ---- */
void cg_to(Cg *c, const ImExpr *e, Reg dst);
Reg cg_any(Cg *c, const ImExpr *e);              /* in place, or in a new temporary */
Reg cg_any_at(Cg *c, const ImExpr *e, Reg scratch); /* in place, or in scratch */
Reg cg_tmp(Cg *c, const ImExpr *e);              /* in a new temporary */
void cg_discard(Cg *c, const ImExpr *e);
/* Jumps to label when the truth of e is `cond`. */
void cg_jump_if(Cg *c, const ImExpr *e, int32_t label, bool cond);
void cg_store(Cg *c, const ImExpr *target, Reg src);  /* src: temporary (consumed) or named */
void cg_binary(Cg *c, ImOperator op, const ImExpr *left, const ImExpr *right, Reg dst, const void *pos);
bool cg_small_int(Cg *c, const ImExpr *e, int *value); /* a constant that fits a signed byte; it joins the code's constants, where tools look for it */
int cg_const_truth(const ImExpr *e);                  /* 0, 1, or -1 */
void cg_await(Cg *c, Reg value, int how, Reg dst, const void *pos);   /* value: temporary, consumed */
void cg_await_loop(Cg *c, Reg s, Reg it, const void *pos);
void cg_sequence(Cg *c, ImOp build, const ImExprSeq *elts, Reg dst, const void *pos);
/* Where an attribute access, or a call of it, is reported. */
const void *cg_attribute_pos(Cg *c, const void *whole, const ImExpr *attr);
/* Type of a display or constant, for warnings; NULL: unknown. */
const char *cg_display_type(const ImExpr *e);
void cg_unpack_targets(Cg *c, const ImExprSeq *elts, Reg src, const void *pos);
bool cg_is_async_context(const Cg *c);

/* calls (codegen_call.c) */
void cg_call(Cg *c, const ImExpr *e, Reg dst);
void cg_call_with(Cg *c, Reg fn, uint32_t npushed, const ImExprSeq *args, const ImKeywordSeq *kws, const ImName *extra_arg, Reg dst, const void *pos);
bool cg_attribute_of_super(Cg *c, const ImExpr *e, Reg a, Reg dst, bool method);
void cg_check_keywords(Cg *c, const ImKeywordSeq *kws);

/* functions and classes */
void cg_lambda(Cg *c, const ImExpr *e, Reg dst);
void cg_function_def(Cg *c, const ImStmt *s);
void cg_class_def(Cg *c, const ImStmt *s);
void cg_type_alias(Cg *c, const ImStmt *s);
/* fn made of unit into dst; defaults, keyword defaults and annotations are in temporaries from `parts` on, as `flags` says. */
void cg_make_function(Cg *c, ImUnit *unit, Reg parts, int flags, Reg dst, const void *pos);
void cg_comprehension(Cg *c, const ImExpr *e, Reg dst);
void cg_annotation(Cg *c, const ImExpr *e, Reg dst);

/* Tuple of new type parameters, which are also stored under their names. */
void cg_type_params(Cg *c, const ImTypeParamSeq *tps, Reg dst, const void *pos);
Reg cg_push_decorators(Cg *c, const ImExprSeq *d);
void cg_apply_decorators(Cg *c, const ImExprSeq *d, Reg first, Reg dst);
void cg_note_static_attribute(Cg *c, const ImExpr *e);
void cg_async_next(Cg *c, const ImExpr *target, Reg it, int32_t end, const void *pos);

/* statements */
void cg_stmts(Cg *c, const ImStmtSeq *s);
void cg_stmt(Cg *c, const ImStmt *s);
void cg_try(Cg *c, const ImStmt *s);
void cg_try_star(Cg *c, const ImStmt *s);
void cg_with(Cg *c, const ImStmt *s, int item);
void cg_async_with(Cg *c, const ImStmt *s, int item);
void cg_match(Cg *c, const ImStmt *s);
void cg_for(Cg *c, const ImStmt *s);
void cg_async_for(Cg *c, const ImStmt *s);
Block *cg_block_push(Cg *c, BlockKind kind, const void *pos);
void cg_block_pop(Cg *c);
/* Emits what leaving blocks takes: down to the innermost loop, which is returned (NULL: there is none), or all of them. The blocks stay open. value: the register
   that holds a value to return, or CG_NONE. */
const Block *cg_unwind(Cg *c, bool to_loop, Reg value, const void **pos); /* *pos becomes NULL after code of a finally or with */
/* Leaving all blocks runs code that could change variables. */
bool cg_unwind_runs_code(const Cg *c);
/* The docstring of a body, cleaned, or NULL. */
const ImConst *cg_docstring(Cg *c, const ImStmtSeq *body);
void cg_body(Cg *c, const ImStmtSeq *body); /* class and module bodies: annotations, docstring, statements */

/* ---- after generation ---- */
/* flow.c: the instructions as they are to be assembled; may add some. */
Ins *cg_optimise(Cg *c, Unit *u, Ins *v, uint32_t *n);
ImUnit *cg_assemble(Cg *c, Unit *u);                    /* assemble.c */
const char *im_const_type_name(const ImConst *k);

#endif
