/* Code generation: from a folded tree and its symbol table to register code that knows no objects yet.
   SPDX-License-Identifier: MIT */
#ifndef IM_FRONT_CODEGEN_H
#define IM_FRONT_CODEGEN_H

#include "symtable.h"

#include "code/code.h"

typedef struct ImUnit ImUnit;
typedef struct ImUnitConst { const ImConst *k; ImUnit *unit; /* code; then k is NULL */ } ImUnitConst;

/* A code object before there are objects. Everything lives in the arena. */
struct ImUnit {
    const ImName *name;
    const char *qualname;
    uint32_t flags;
    int argcount, posonly, kwonly, firstlineno;
    uint16_t nlocals, nregs, nfar;
    uint32_t *units;
    uint32_t nunits;
    ImHandler *handlers;
    uint32_t nhandlers;
    ImPosition *positions;
    uint32_t npositions;
    uint32_t ncaches;
    ImUnitConst *consts;
    uint32_t nconsts;
    const ImName **names, **varnames, **cells, **frees, **regnames;
    uint32_t nnames, nvarnames, ncells, nfrees;
    uint8_t *regkinds;
};

/* Folds constants in place. */
void im_fold(ImFront *f, ImMod *mod);
/* NULL after an error in *f. */
ImUnit *im_codegen(ImFront *f, ImSymtable *st, ImMod *mod);
/* Listing of a unit and of those inside it, for debugging; in the arena, NUL-terminated. */
const char *im_unit_dump(ImFront *f, const ImUnit *u, size_t *len);

#endif
