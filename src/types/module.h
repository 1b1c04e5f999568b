/* module objects, and the table that describes a native module.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_MODULE_H
#define IM_TYPES_MODULE_H

#include "object/abstract.h"

typedef struct ImModuleDef {
    const char *name;
    const char *doc;
    const ImMethodDef *methods; /* functions; self = the module */
    int (*exec)(Thread *t, Value module); /* adds the rest */
    size_t state_size;          /* zeroed raw memory per module */
    ImTraverse traverse;        /* references held in the state (o = the module object) */
    ImType *const *types;       /* null-ended: static types to add under their own name; may be null */
} ImModuleDef;

typedef struct ImModule {
    ImObject head;
    Value dict;
    const ImModuleDef *def; /* null for Python modules */
    void *state;
    bool executed; /* def->exec has run, or runs: by the thread that imports it, under the import system's lock of the module */
} ImModule;
IM_TYPE_DECLARE(module);

/* Native modules register themselves like types do. */
#define IM_MODULE(def) static const ImModuleDef *const im_module_row_##def __attribute__((used, section("im_modules"), aligned(8))) = &def

/* A native module in a file of its own: `name.imugi-313.so` exports one of these for each module that it holds. It calls the program's functions directly, so
 * it fits only programs built from the same headers in the same way. */
typedef struct ImExtension {
    uint32_t thread_size, type_size, assertions; /* IM_EXTENSION_ABI of its build */
    const ImModuleDef *def;
} ImExtension;
#define IM_EXTENSION_ABI (uint32_t)sizeof(Thread), (uint32_t)sizeof(ImType), IM_ASSERT_LEVEL
#define IM_EXTENSION(symbol, def_) \
    extern const ImExtension im_extension_##symbol; \
    const ImExtension im_extension_##symbol = {IM_EXTENSION_ABI, &def_}

IM_MUST_USE Value im_module_new(Thread *t, const char *name);
IM_MUST_USE Value im_module_create(Thread *t, const ImModuleDef *def); /* created and executed */
/* The two halves of it: under a name of its own, and what fills it, once. */
IM_MUST_USE Value im_module_prepare(Thread *t, const ImModuleDef *def, const char *name);
IM_MUST_USE int im_module_execute(Thread *t, Value m);
const ImModuleDef *im_module_find_def(const char *name);
size_t im_module_defs(const ImModuleDef *const **rows);
IM_INLINE Value im_module_dict(Value m) { return ((ImModule *)im_ptr(m))->dict; }
Value im_module_name(Thread *t, Value m); /* its __name__ (owned str), or no value without exception */
IM_INLINE void *im_module_state(Value m) { return ((ImModule *)im_ptr(m))->state; }
IM_MUST_USE int im_module_add(Thread *t, Value m, const char *name, Value v); /* steals v; no value = -1 (exception already pending) */
IM_MUST_USE int im_module_add_int(Thread *t, Value m, const char *name, int64_t n);
IM_MUST_USE int im_module_add_str(Thread *t, Value m, const char *name, const char *s);
IM_MUST_USE int im_module_add_type(Thread *t, Value m, ImType *type);
/* Makes a type from a spec in a module (for types that need the module's state): heap-like, registered under its name. */
IM_MUST_USE int im_module_ready_type(Thread *t, Value m, ImType *type, const ImTypeSpec *spec);
/* import name; owned module. */
IM_MUST_USE Value im_import(Thread *t, const char *name);
/* import module and get attribute. */
IM_MUST_USE Value im_import_from(Thread *t, const char *module, const char *name);
IM_MUST_USE Value im_import_from_name(Thread *t, Value module, Value name); /* the same with interned names: no hashing */
/* What the interpreter as a whole owns: set once at start-up, cleared by finalisation with no other thread attached. */
typedef struct ImInterp {
    Value modules;         /* sys.modules: dict */
    Value sys;             /* sys.__dict__ */
    Value builtins;        /* builtins.__dict__ */
    Value builtins_copy;   /* dict: as it was at start-up; put back when modules are emptied at exit */
    Value path0;           /* str: the folder that start-up put first on sys.path, "" for the working folder; no value: none */
    Value importlib;       /* importlib._bootstrap's module once it runs, or no value */
    ImType *text_io;       /* _io.TextIOWrapper, and how print() writes to exactly that type without a method lookup; null until _io is loaded */
    int (*text_write)(Thread *t, Value file, Value str);
} ImInterp;
extern ImInterp im_interp;
/* Whether a module's file lies in the folder that the program put first on the path: 0 no, 1 it does, 2 and has the name of one of the standard library, -1.
 * *origin: spec.origin, owned, when there is a str and the file has a location. */
IM_MUST_USE int im_module_shadows(Thread *t, Value name, Value spec, Value *origin);
/* __import__(name, globals, locals, fromlist, level) as the statement does it when builtins.__import__ is ours. */
extern Value (*im_import_hook)(Thread *t, Value name, Value globals, Value locals, Value fromlist, int level);

/* builtins.name: owned; AttributeError. */
IM_MUST_USE Value im_builtin_get(Thread *t, const char *name);
/* sys.name: owned or no value, never with an exception; and set. */
Value im_sys_get(Thread *t, const char *name);
IM_MUST_USE int im_sys_set(Thread *t, const char *name, Value v);

#endif
