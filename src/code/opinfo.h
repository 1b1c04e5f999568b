/* Operand modes of the instructions, for whoever walks code: verifier, listing, flow analysis. Object-free.
 * SPDX-License-Identifier: MIT */
#ifndef IM_CODE_OPINFO_H
#define IM_CODE_OPINFO_H

#include "code/code.h"

typedef enum ImMode { IM_MODE__, IM_MODE_I, IM_MODE_W, IM_MODE_R, IM_MODE_T, IM_MODE_X, IM_MODE_N, IM_MODE_K, IM_MODE_D, IM_MODE_F, IM_MODE_V } ImMode;
typedef enum ImFormat { IM_FORMAT_ABC, IM_FORMAT_AD, IM_FORMAT_J } ImFormat;
typedef enum ImExtra { IM_EXTRA_NONE, IM_EXTRA_JMP, IM_EXTRA_NAME, IM_EXTRA_CALL, IM_EXTRA_K, IM_EXTRA_N } ImExtra;
enum { IM_OPF_R = 1, IM_OPF_P = 2, IM_OPF_E = 4, IM_OPF_S = 8 };

typedef struct ImOpInfo { uint8_t format, extra, flags, a, b, c; } ImOpInfo;
/* Rows of generic instructions; look specialised ones up through im_op_generic. */
extern const ImOpInfo im_op_info[IM_OP_COUNT];

/* Register ranges that an instruction's operand modes do not show: those read (consumed) and those written, beyond single operands. */
typedef struct ImRegRange { uint16_t first, count; } ImRegRange;
typedef struct ImRegRanges { ImRegRange read, write; } ImRegRanges;
ImRegRanges im_op_ranges(ImOp op, uint32_t a, uint32_t b, uint32_t c, uint32_t extra);

/* Listing of raw code (code/listing.c): appends lines to a growing buffer through `put`. */
typedef struct ImListing {
    const uint32_t *units;
    uint32_t nunits, nlocals;
    const ImHandler *handlers;
    uint32_t nhandlers;
    void *ctx;
    void (*put)(void *ctx, const char *text, size_t len);
    /* Short text of constant, name, named register i into buf; line of a unit. */
    void (*constant)(void *ctx, uint32_t i, char *buf, size_t size);
    void (*name)(void *ctx, uint32_t i, char *buf, size_t size);
    void (*reg)(void *ctx, uint32_t i, char *buf, size_t size);
    int (*line)(void *ctx, uint32_t unit);
} ImListing;
void im_code_listing(const ImListing *l);

/* Positions (code/positions.c). Returns the bytes needed; writes them when buf is not null. */
size_t im_positions_encode(const ImPosition *p, uint32_t n, int firstline, uint8_t *buf);
typedef struct ImPositionReader { const uint8_t *p, *end; ImPosition at; uint32_t next; } ImPositionReader;
/* Entry by entry; at.start .. next is the range (next = UINT32_MAX for the last). False at the end. Reads nothing out of bounds. */
void im_positions_begin(ImPositionReader *r, const uint8_t *p, size_t len, int firstline);
bool im_positions_next(ImPositionReader *r);
/* The same places for the same units, however the entries are cut. */
bool im_positions_same(const ImCode *a, const ImCode *b);
/* co_linetable in CPython's format. Length; buf null: only counts. */
size_t im_linetable_encode(const ImCode *c, uint8_t *buf);
/* The entries of such a table for code of nunits units; out has room for len + 1. Any bytes will do. */
uint32_t im_linetable_decode(const uint8_t *data, size_t len, int firstline, uint32_t nunits, ImPosition *out);

#endif
