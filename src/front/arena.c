/* Arena: bump allocation for one parse or compilation, and names interned in it.
   SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CHUNK = 16 << 10, MAX_CHUNK = 1 << 20 };

struct ImArenaChunk {
    ImArenaChunk *next;
    size_t size;
};

void im_arena_init(ImArena *a) {
    memset(a, 0, sizeof *a);
}

void im_arena_free(ImArena *a) {
    for (ImArenaChunk *c = a->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(a->names);
    memset(a, 0, sizeof *a);
}

/* Chunks double up to a megabyte. A request that would waste most of a chunk gets one of its own, placed
   behind the newest so that the space left there stays in use. */
void *im_arena_alloc_slow(ImArena *a, size_t size) {
    size_t chunk = a->chunks ? a->chunks->size * 2 : (size_t)FIRST_CHUNK;
    if (chunk > (size_t)MAX_CHUNK) chunk = (size_t)MAX_CHUNK;
    if (chunk < (size_t)FIRST_CHUNK) chunk = (size_t)FIRST_CHUNK;
    bool own = size > chunk / 4;
    size_t want = own ? size + sizeof(ImArenaChunk) : chunk;
    if (want < size) return NULL;
    ImArenaChunk *c = malloc(want);
    if (!c) return NULL;
    a->total += want;
    c->size = chunk;
    char *base = (char *)(c + 1);
    if (own && a->chunks) {
        c->next = a->chunks->next;
        a->chunks->next = c;
        return base;
    }
    c->next = a->chunks;
    a->chunks = c;
    if (own) {
        a->cur = a->end = base + size;
        return base;
    }
    a->cur = base + size;
    a->end = (char *)c + want;
    return base;
}

void *im_arena_zalloc(ImArena *a, size_t size) {
    void *p = im_arena_alloc(a, size);
    if (p) memset(p, 0, size);
    return p;
}

char *im_arena_memdup(ImArena *a, const char *s, size_t len) {
    char *p = im_arena_alloc(a, len + 1);
    if (!p) return NULL;
    if (len) memcpy(p, s, len);
    p[len] = 0;
    return p;
}

static uint32_t hash_bytes(const char *s, size_t len) {
    uint32_t h = 2166136261u ^ (uint32_t)len;
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h ^ (h >> 15);
}

static bool grow_names(ImArena *a) {
    uint32_t cap = a->names_cap ? a->names_cap * 2 : 256;
    ImName **t = calloc(cap, sizeof *t);
    if (!t) return false;
    for (uint32_t i = 0; i < a->names_cap; i++) {
        ImName *n = a->names[i];
        if (!n) continue;
        uint32_t j = n->hash & (cap - 1);
        while (t[j]) j = (j + 1) & (cap - 1);
        t[j] = n;
    }
    free(a->names);
    a->names = t;
    a->names_cap = cap;
    return true;
}

const ImName *im_arena_name(ImArena *a, const char *s, size_t len) {
    if (a->names_count * 2 >= a->names_cap && !grow_names(a)) return NULL;
    uint32_t h = hash_bytes(s, len), mask = a->names_cap - 1, i = h & mask;
    for (ImName *n; (n = a->names[i]); i = (i + 1) & mask)
        if (n->hash == h && n->len == len && !memcmp(n->s, s, len)) return n;
    ImName *n = im_arena_alloc(a, sizeof *n + len + 1);
    if (!n) return NULL;
    char *copy = (char *)(n + 1);
    memcpy(copy, s, len);
    copy[len] = 0;
    *n = (ImName){.s = copy, .len = (uint32_t)len, .hash = h, .id = a->names_count++};
    return a->names[i] = n;
}

const ImName *im_arena_name_str(ImArena *a, const char *s) {
    return im_arena_name(a, s, strlen(s));
}
