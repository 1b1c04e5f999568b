/* The table of source positions: one entry per run of units with the same position, as variable-length numbers.
 * SPDX-License-Identifier: MIT
 *
 * Entry: units since the last entry's start · line minus the last line, zigzag · end line minus line, zigzag · column + 1 · end column minus column, zigzag.
 * The first entry's line counts from the code's first line. A negative line means "no line"; 0 is where a module begins. */
#include "code/opinfo.h"

static size_t put(uint8_t *buf, size_t n, uint32_t v)
{
    for (; v >= 0x80; v >>= 7, n++)
        if (buf) buf[n] = (uint8_t)(v | 0x80);
    if (buf) buf[n] = (uint8_t)v;
    return n + 1;
}
static uint32_t zigzag(int64_t v) { return (uint32_t)v << 1 ^ (uint32_t)(v < 0 ? -1 : 0); }
static int32_t unzigzag(uint32_t v) { return (int32_t)(v >> 1 ^ (0 - (v & 1))); }

size_t im_positions_encode(const ImPosition *p, uint32_t n, int firstline, uint8_t *buf)
{
    size_t len = 0;
    int32_t line = firstline;
    for (uint32_t i = 0; i < n; i++) {
        len = put(buf, len, p[i].start - (i ? p[i - 1].start : 0));
        len = put(buf, len, zigzag((int64_t)p[i].line - line));
        len = put(buf, len, zigzag((int64_t)p[i].end_line - p[i].line));
        len = put(buf, len, (uint32_t)(p[i].col + 1));
        len = put(buf, len, zigzag((int64_t)p[i].end_col - p[i].col));
        line = p[i].line;
    }
    return len;
}

static uint32_t get(ImPositionReader *r)
{
    uint32_t v = 0;
    for (unsigned shift = 0; r->p < r->end; shift += 7) {
        uint8_t b = *r->p++;
        if (shift < 32) v |= (uint32_t)(b & 0x7F) << shift;
        if (!(b & 0x80)) break;
    }
    return v;
}

void im_positions_begin(ImPositionReader *r, const uint8_t *p, size_t len, int firstline)
{
    *r = (ImPositionReader){p, p + len, {0, firstline, 0, 0, 0}, 0};
    r->next = len ? get(r) : UINT32_MAX;
}

bool im_positions_next(ImPositionReader *r)
{
    if (r->next == UINT32_MAX) return false;
    r->at.start = r->next;
    r->at.line = (int32_t)((uint32_t)r->at.line + (uint32_t)unzigzag(get(r)));
    r->at.end_line = (int32_t)((uint32_t)r->at.line + (uint32_t)unzigzag(get(r)));
    r->at.col = (int32_t)(get(r) - 1);
    r->at.end_col = (int32_t)((uint32_t)r->at.col + (uint32_t)unzigzag(get(r)));
    r->next = r->p < r->end ? r->at.start + get(r) : UINT32_MAX;
    return true;
}

ImPosition im_code_position(const ImCode *code, uint32_t unit)
{
    ImPositionReader r;
    im_positions_begin(&r, code->positions, code->positions_len, code->firstlineno);
    ImPosition found = {0, -1, -1, -1, -1};
    while (im_positions_next(&r) && r.at.start <= unit) found = r.at;
    return found;
}
