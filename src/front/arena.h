/* Arena: bump allocation for one parse or compilation, and names interned in it.
   SPDX-License-Identifier: MIT

   Everything that is allocated from an arena lives until im_arena_free; nothing is freed singly. Names are
   interned per arena: two identifiers are equal exactly when their ImName pointers are equal. Memory failure
   is reported by NULL; callers pass it on. */
#ifndef IM_FRONT_ARENA_H
#define IM_FRONT_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ImName {
    const char *s;     /* UTF-8, WTF-8 if a caller interned a string with lone surrogates; NUL follows */
    uint32_t len;      /* bytes */
    uint32_t hash;
    uint32_t id;       /* 0, 1, 2 … in order of first appearance: an index for side tables */
    uint32_t user;     /* free for the arena's user (initially 0) */
    void *data;        /* free for the arena's user (initially NULL), e.g. the interned str object */
} ImName;

typedef struct ImArenaChunk ImArenaChunk;

typedef struct ImArena {
    char *cur, *end;           /* free space of the newest chunk */
    ImArenaChunk *chunks;      /* newest first */
    size_t total;              /* bytes obtained from malloc */
    ImName **names;            /* open-addressed hash table (malloc), size is a power of two */
    uint32_t names_cap, names_count;
} ImArena;

void im_arena_init(ImArena *a);
void im_arena_free(ImArena *a);                       /* frees all; the arena may be initialised again */
void *im_arena_alloc_slow(ImArena *a, size_t size);

/* 8-aligned, not zeroed. NULL when memory is short. */
static inline void *im_arena_alloc(ImArena *a, size_t size) {
    size = (size + 7) & ~(size_t)7;
    if (__builtin_expect((size_t)(a->end - a->cur) < size, 0)) return im_arena_alloc_slow(a, size);
    void *p = a->cur;
    a->cur += size;
    return p;
}

void *im_arena_zalloc(ImArena *a, size_t size);
/* A copy with a NUL after it. */
char *im_arena_memdup(ImArena *a, const char *s, size_t len);
/* The name with these bytes (copied when new). NULL when memory is short. */
const ImName *im_arena_name(ImArena *a, const char *s, size_t len);
const ImName *im_arena_name_str(ImArena *a, const char *s);

#endif
