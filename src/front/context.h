/* What the passes after the parser share: arena, options, the error slot, and small helpers.
   SPDX-License-Identifier: MIT

   Errors are sticky: the first one is kept in *err, later ones are ignored, and every pass keeps its data
   structures sound after one so that it may simply run on; loops over statements stop early. */
#ifndef IM_FRONT_CONTEXT_H
#define IM_FRONT_CONTEXT_H

#include "front.h"

typedef struct ImFront {
    ImArena *arena;
    ImSyntaxErr *err;            /* type IM_ERR_NONE: all is well */
    const ImFrontHooks *hooks;
    const char *stack_limit;     /* C stack must not grow below this address */
    int optimize;                /* 0, 1, 2 */
    bool no_ranges;              /* positions are lines only */
    uint32_t future;             /* IM_FUTURE_ bits in effect */
    const char *text;            /* source for the text of errors, or NULL */
    size_t text_len;
    int future_line, future_col; /* where the last __future__ import at the head of the file stands; line 0: none */
    bool top_level_await;        /* PyCF_ALLOW_TOP_LEVEL_AWAIT */
    bool bare_location;          /* tree was made from objects: positions may be anything */
    _Alignas(16) char scratch[4096]; /* what im_front_alloc hands out when memory is short */
} ImFront;

/* Bits of co_flags, as in code.h; kept here because this part of the front end knows no objects. */
enum { IM_FUTURE_BARRY = 0x400000, IM_FUTURE_ANNOTATIONS = 0x1000000 };

static inline bool im_front_failed(const ImFront *f) { return f->err->type != IM_ERR_NONE; }
/* SyntaxError at the node's position (NULL: no position). %s C string, %U ImName, %d int, %% only. */
void im_front_error(ImFront *f, const void *node, const char *fmt, ...);
void im_front_error_range(ImFront *f, int line, int col, int end_line, int end_col, const char *msg);
void im_front_memory(ImFront *f);
/* SyntaxWarning at the node's line; when a filter turns it into an error, that error is raised here. */
void im_front_warn(ImFront *f, const void *node, const char *fmt, ...);
char *im_front_vformat(ImFront *f, const char *fmt, __builtin_va_list ap);
char *im_front_format(ImFront *f, const char *fmt, ...);
/* Sets RecursionError and returns true when the C stack runs out. */
static inline bool im_front_too_deep(ImFront *f, const char *during)
{
    if (__builtin_expect((const char *)__builtin_frame_address(0) >= f->stack_limit, 1)) return false;
    if (!im_front_failed(f)) {
        f->err->type = IM_ERR_RECURSION;
        f->err->msg = during;
    }
    return true;
}
#define IM_TOO_DEEP "maximum recursion depth exceeded during compilation"

/* Never NULL for sizes up to 4096: after a memory error a scratch block is handed out. */
void *im_front_alloc(ImFront *f, size_t size);
void *im_front_zalloc(ImFront *f, size_t size);

/* Growing array in the arena. On memory failure it is emptied, so that writing on stays within its room. */
#define IM_FRONT_GROW(f, ptr, n, cap) \
    do { if ((n) >= (cap)) (ptr) = im_front_grow((f), (ptr), (void *)&(n), sizeof(n), (void *)&(cap), sizeof *(ptr)); } while (0)
void *im_front_grow(ImFront *f, void *old, void *count, size_t count_size, void *cap, size_t item);

/* Map from pointers to pointers. */
typedef struct ImPtrMap { const void **keys; void **values; uint32_t cap, count; } ImPtrMap;
void *im_ptrmap_get(const ImPtrMap *m, const void *key);
void im_ptrmap_set(ImFront *f, ImPtrMap *m, const void *key, void *value);

/* Private name mangling: __x in class C is _C__x. `cls` NULL: outside of classes. */
const ImName *im_mangle(ImFront *f, const ImName *cls, const ImName *name);
/* from __future__ imports: sets f->future. */
void im_future_scan(ImFront *f, const ImMod *mod);

#endif
