/* Shared by the two halves of the symbol table's construction.
   SPDX-License-Identifier: MIT */
#ifndef IM_FRONT_SYMTABLE_BUILD_H
#define IM_FRONT_SYMTABLE_BUILD_H

#include "symtable.h"

typedef struct ImDirective { const ImScope *scope; const ImName *name; const void *pos; } ImDirective;

typedef struct ImBuild {
    ImFront *f;
    ImSymtable *st;
    ImScope *cur;
    const ImName *private_name; /* class whose names are mangled */
    ImDirective *directives;    /* where global and nonlocal statements stand */
    uint32_t ndirectives, directives_cap;
} ImBuild;

ImSym *im_scope_add(ImFront *f, ImScope *s, const ImName *name);
void im_build_directive(ImBuild *b, const ImScope *scope, const ImName *name, const void *pos);
void im_symtable_resolve(ImBuild *b, ImScope *s);

#endif
