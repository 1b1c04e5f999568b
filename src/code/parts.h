/* A code object taken apart into what Python code sees of it, and put together again: replace(), CodeType(), marshal.
 * SPDX-License-Identifier: MIT */
#ifndef IM_CODE_PARTS_H
#define IM_CODE_PARTS_H

#include "code/code.h"

typedef struct ImSpan { const uint8_t *p; size_t len; } ImSpan;
typedef struct ImCodeParts {
    int32_t argcount, posonly, kwonly, firstlineno;
    uint32_t flags;
    ImSpan units;     /* generic units, of any alignment */
    ImSpan tables;    /* registers and handlers (co_exceptiontable) */
    ImSpan positions; /* as code/positions.c writes them */
    uint16_t temps;   /* at least so many temporaries (co_stacksize) */
    bool no_handlers; /* the handlers of the tables are left out (an empty co_exceptiontable) */
    bool trusted;     /* comes from this binary, where the verifier has passed it; what the spans point to stays for ever */
    Value consts, names, varnames, cellvars, freevars, filename, name, qualname;
} ImCodeParts;

IM_MUST_USE Value im_code_units_bytes(Thread *t, const ImCode *c);
IM_MUST_USE Value im_code_tables_bytes(Thread *t, const ImCode *c);
IM_MUST_USE Value im_code_positions_bytes(Thread *t, const ImCode *c);
/* All Values borrowed. Checks everything unless trusted: ValueError or TypeError. */
IM_MUST_USE Value im_code_from_parts(Thread *t, const ImCodeParts *p);

#endif
