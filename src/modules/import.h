/* Importing: the C half of the import system, which runs the library's own importlib.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_IMPORT_H
#define IM_MODULES_IMPORT_H

#include "modules/module.h"

/* Frozen modules: code compiled when the binary was built. The bootstrap modules are offered even where the binary holds none: their sources are then compiled
 * from the library folder. */
typedef struct ImFrozen {
    const char *name;     /* "os" */
    const char *origin;   /* dotted name of the source: "importlib._bootstrap" for _frozen_importlib */
    const uint8_t *data;  /* marshalled code, or null: compile the source */
    uint32_t size;
    bool package;
} ImFrozen;

/* Null when there is none (or frozen modules are switched off and this one can do without). */
const ImFrozen *im_frozen_find(const char *name);
size_t im_frozen_count(void);
const ImFrozen *im_frozen_at(size_t i);
/* Its code object. */
IM_MUST_USE Value im_frozen_code(Thread *t, const ImFrozen *f);
/* -1 as the configuration says, 0 off, 1 on (for tests). */
extern int im_frozen_override;
/* Writes the code of all modules that are to be frozen, compiled from the library folder, to a file. */
IM_MUST_USE int im_frozen_write(Thread *t, const char *path);

/* First two bytes of a .pyc's magic number: a digest of the instruction table, so that caches of another instruction set are not read. */
uint16_t im_pyc_magic(void);

/* Start-up: sets the hook; native modules can be imported from here on. */
void im_import_prepare(void);
/* Start-up: runs importlib._bootstrap and _bootstrap_external. */
IM_MUST_USE int im_import_init(Thread *t);
IM_MUST_USE int im_import_init_external(Thread *t);
/* The import lock (re-entrant), which a fork holds. */
void im_import_lock(Thread *t);
void im_import_unlock(Thread *t);
/* The module of that very (absolute, dotted) name, imported where it is not yet: owned. */
IM_MUST_USE Value im_import_name(Thread *t, Value name);

#endif
