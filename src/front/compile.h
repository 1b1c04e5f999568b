/* compile(): from source text to code objects.
   SPDX-License-Identifier: MIT */
#ifndef IM_FRONT_COMPILE_H
#define IM_FRONT_COMPILE_H

#include "code/code.h"
#include "front/front.h"
#include "types/frame_hooks.h"

/* mode, flags: IM_COMPILE_, IM_CF_ (types/frame_hooks.h); IM_CF_IGNORE_COOKIE: the bytes are the UTF-8 of a str. optimize 0, 1, 2 (negative: 0).
   A code object, or no value with SyntaxError, its kin, or another exception pending. */
IM_MUST_USE Value im_compile(Thread *t, const char *bytes, size_t len, Value filename, int mode, uint32_t flags, int optimize);
/* The same for a str, bytes-like object or syntax tree: what im_frame_hooks.compile is set to. */
IM_MUST_USE Value im_compile_object(Thread *t, Value source, Value filename, int mode, uint32_t flags, int optimize);
/* -O and -OO: what a negative optimize stands for. */
extern int im_compile_no_ranges; /* code keeps lines only: -X no_debug_ranges */
extern int im_compile_optimize;
/* -X dis: every code object is listed on standard error when it is compiled. */
extern bool im_compile_listing;
/* Raises what *err describes. */
Value im_front_raise(Thread *t, const ImSyntaxErr *err, Value filename);
/* Hooks into the object world for a parse on behalf of t; valid while `filename` lives. */
typedef struct ImCompileHooks { ImFrontHooks hooks; Thread *t; Value filename; } ImCompileHooks;
void im_compile_hooks(ImCompileHooks *h, Thread *t, Value filename);
/* Trees as objects (module _ast), set when there is such a module: both directions. */
/* The object that a constant stands for, and the other way round (null: not a constant; memory is reported as usual). A constant made from an object may
   borrow it. */
IM_MUST_USE Value im_const_value(Thread *t, const ImConst *k);
ImConst *im_const_from_value(Thread *t, ImArena *a, Value v);
typedef struct ImAstHooks {
    bool (*is_ast)(Thread *t, Value v);
    Value (*to_object)(Thread *t, const ImMod *mod);
    ImMod *(*from_object)(Thread *t, ImArena *a, Value v, int mode); /* null with an exception pending */
} ImAstHooks;
extern ImAstHooks im_ast_hooks;

/* Checks of a tree that did not come from the parser (front/ast_check.c): false after an error. */
bool im_ast_check(ImArena *a, const ImMod *mod, ImSyntaxErr *err, const char *stack_limit);

#endif
