/* Regular expressions: what the matcher and the objects share. Code words are those of the library's re._compiler.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_SRE_H
#define IM_MODULES_SRE_H

#include "modules/module.h"

#define IM_SRE_MAGIC 20230612
#define IM_SRE_MAXREPEAT UINT32_MAX
enum { SRE_FAILURE, SRE_SUCCESS, SRE_ANY, SRE_ANY_ALL, SRE_ASSERT, SRE_ASSERT_NOT, SRE_AT, SRE_BRANCH, SRE_CATEGORY, SRE_CHARSET, SRE_BIGCHARSET, SRE_GROUPREF, SRE_GROUPREF_EXISTS, SRE_IN, SRE_INFO,
    SRE_JUMP, SRE_LITERAL, SRE_MARK, SRE_MAX_UNTIL, SRE_MIN_UNTIL, SRE_NOT_LITERAL, SRE_NEGATE, SRE_RANGE, SRE_REPEAT, SRE_REPEAT_ONE, SRE_SUBPATTERN, SRE_MIN_REPEAT_ONE, SRE_ATOMIC_GROUP,
    SRE_POSSESSIVE_REPEAT, SRE_POSSESSIVE_REPEAT_ONE, SRE_GROUPREF_IGNORE, SRE_IN_IGNORE, SRE_LITERAL_IGNORE, SRE_NOT_LITERAL_IGNORE, SRE_GROUPREF_LOC_IGNORE, SRE_IN_LOC_IGNORE, SRE_LITERAL_LOC_IGNORE,
    SRE_NOT_LITERAL_LOC_IGNORE, SRE_GROUPREF_UNI_IGNORE, SRE_IN_UNI_IGNORE, SRE_LITERAL_UNI_IGNORE, SRE_NOT_LITERAL_UNI_IGNORE, SRE_RANGE_UNI_IGNORE, SRE_OP_COUNT };

typedef struct ImPattern {
    ImObject head;
    Value pattern, groupindex, indexgroup; /* pattern: str, bytes or None */
    int64_t flags;
    ssize_t groups;
    int8_t isbytes;  /* -1 unknown */
    int64_t x_hash;
    size_t ncode;
    uint8_t **x_maps; /* one per code word: of a set or category that begins there, which of the first 256 characters it has; made when first needed, set by CAS */
    uint32_t code[];
} ImPattern;

/* A subject and what matching found. */
typedef struct ImSre {
    Thread *t;
    const ImPattern *pat;
    Value string;
    ImBuffer buffer;     /* held for bytes-like subjects */
    bool isbytes;
    int kind;
    const void *data;
    ssize_t len;         /* whole subject */
    ssize_t start, end;  /* region */
    bool must_advance;   /* an empty match at `start` does not count */
    bool fullmatch;
    ssize_t match_start, match_end;
    ssize_t *marks;      /* 2 * groups, -1 unset */
    ssize_t lastindex;
    void *work;          /* matcher's memory, kept between matches; lies in `space` */
    ssize_t few_marks[24];
    _Alignas(16) char space[2304];
} ImSre;

/* 1 matched at s->start, 0 not, -1 exception (signal handler, memory). */
IM_MUST_USE int im_sre_match(ImSre *s);
IM_MUST_USE int im_sre_search(ImSre *s);
void im_sre_work_free(ImSre *s);
uint32_t im_sre_lower(uint32_t c, bool unicode);
/* 0, or -1 RuntimeError "invalid SRE code". */
IM_MUST_USE int im_sre_validate(Thread *t, const uint32_t *code, size_t n, ssize_t groups);

#endif
