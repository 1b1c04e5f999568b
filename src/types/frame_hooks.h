/* What native code may ask about running Python code and the compiler. The layers above fill the table at start-up: vm/ its own part, main/ the compiler's.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_FRAME_HOOKS_H
#define IM_TYPES_FRAME_HOOKS_H

#include "code/code.h"

/* A running Python frame as warnings and stack walks need it: everything borrowed, valid until that frame goes on. */
typedef struct ImFrameInfo {
    Value function; /* ImFunction */
    Value globals;
    ImCode *code;
    int line;
} ImFrameInfo;

typedef struct ImFrameHooks {
    /* Innermost Python frame of the caller: borrowed dicts, no value (and no exception) when no Python code runs. */
    Value (*globals)(Thread *t);
    Value (*builtins)(Thread *t);
    /* What locals() gives there: owned; SystemError "frame does not exist" when no Python code runs. */
    Value (*locals)(Thread *t);
    /* Frame `depth` levels up (0: innermost): false when the stack is not that deep. */
    bool (*info)(Thread *t, int depth, ImFrameInfo *out);
    /* Frame object `depth` levels up: owned; no value without exception when the stack is not that deep. */
    Value (*frame)(Thread *t, int depth);
    /* Calls visit for the Python frames of a thread, innermost first, until it returns false. Allocates nothing, takes no lock, touches no counts: for signal
     * handlers and allocation hooks. Frames of another thread that runs may change under its eyes. */
    void (*each_frame)(Thread *of, bool (*visit)(void *arg, ImCode *code, int line), void *arg);
    /* Innermost frame object of another thread; world stopped by t. Owned; no value without exception when it runs no Python code. */
    Value (*frame_of)(Thread *t, Thread *other);
    /* Runs code in namespaces: locals no value = globals; closure a tuple of cells or no value. */
    Value (*eval_code)(Thread *t, Value code, Value globals, Value locals, Value closure);
    /* super() without arguments: content of the running method's __class__ cell and its first argument, both owned. RuntimeError texts of CPython
     * ("super(): no arguments", "super(): arg[0] deleted", "super(): __class__ cell not found", "super(): empty __class__ cell"). */
    int (*super_args)(Thread *t, Value *type, Value *obj);
    /* The iterator that `await v` steps: owned; TypeError. */
    Value (*awaitable)(Thread *t, Value v);
    /* t->trace_func or t->profile_func has changed (all_threads: of every thread). */
    void (*tracing_changed)(Thread *t, bool all_threads);

    /* A new thread's first thing after it has entered, and its last before it leaves. thread_init: -1 when out of memory. */
    int (*thread_init)(Thread *t);
    void (*thread_fini)(Thread *t);

    /* compile(): source str or bytes-like or an AST object; flags are CO_FUTURE_ and PyCF_ bits; optimize -1: as the command line says. An AST object with
     * PyCF_ONLY_AST. mode 0 exec, 1 eval, 2 single, 3 func_type. */
    Value (*compile)(Thread *t, Value source, Value filename, int mode, uint32_t flags, int optimize);
    bool (*is_ast)(Thread *t, Value v);
} ImFrameHooks;
extern ImFrameHooks im_frame_hooks;

enum { IM_COMPILE_EXEC, IM_COMPILE_EVAL, IM_COMPILE_SINGLE, IM_COMPILE_FUNC_TYPE };
/* Bits of compile()'s flags, CPython's values; those in the second line are our own. */
enum { IM_CF_SOURCE_FILE = 0x2, /* the bytes of a file that is run: messages differ */ IM_CF_FEATURE_SHIFT = 26, /* four bits: feature_version plus one */
    IM_CF_DONT_IMPLY_DEDENT = 0x200, IM_CF_ONLY_AST = 0x400, IM_CF_IGNORE_COOKIE = 0x800, IM_CF_TYPE_COMMENTS = 0x1000, IM_CF_TOP_LEVEL_AWAIT = 0x2000,
    IM_CF_ALLOW_INCOMPLETE = 0x4000, IM_CF_OPTIMIZED_AST = 0x8000 | 0x400,
    IM_CF_FUTURES = 0x20000 | 0x40000 | 0x80000 | 0x100000 | 0x200000 | 0x400000 | 0x800000 | 0x1000000 | 0x10,
    IM_CF_ALL = IM_CF_DONT_IMPLY_DEDENT | IM_CF_OPTIMIZED_AST | IM_CF_IGNORE_COOKIE | IM_CF_TYPE_COMMENTS | IM_CF_TOP_LEVEL_AWAIT | IM_CF_ALLOW_INCOMPLETE };

#endif
