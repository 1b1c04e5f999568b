/* The table of source positions: one entry per run of units with the same position, as variable-length numbers.
 * SPDX-License-Identifier: MIT
 *
 * Entry: units since the last entry's start · line minus the last line, zigzag · end line minus line, zigzag · column + 1 · end column minus column, zigzag.
 * The first entry's line counts from the code's first line. A negative line means "no line"; 0 is where a module begins. */
#include "code/opinfo.h"
#include "code/code.h"

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

int im_code_line(const ImCode *code, uint32_t unit)
{
    const uint8_t *p = code->positions, *end = p + code->positions_len;
    uint32_t start = 0, v[2];
    int32_t line = code->firstlineno, found = -1;
    while (p < end) {
        uint64_t five;
        if (end - p > 8 && (memcpy(&five, p, sizeof five), (five & 0x8080808080u) == 0)) { /* five numbers of one byte each: nearly always */
            start += (uint32_t)five & 0x7F;
            if (start > unit) break;
            line = found = (int32_t)((uint32_t)line + (uint32_t)unzigzag((uint32_t)five >> 8 & 0x7F));
            p += 5;
            continue;
        }
        for (int i = 0; i < 2; i++) {
            v[i] = *p & 0x7F;
            for (unsigned shift = 7; *p++ & 0x80 && p < end && shift < 32; shift += 7) v[i] |= (uint32_t)(*p & 0x7F) << shift;
            if (p >= end) return found;
        }
        start += v[0];
        if (start > unit) break;
        line = found = (int32_t)((uint32_t)line + (uint32_t)unzigzag(v[1]));
        for (int i = 0; i < 3 && p < end; p++) i += !(*p & 0x80);
    }
    return found;
}

/* ---- CPython's location table (co_linetable): what tools read; its rules are in CPython's Objects/locations.md ---- */

typedef struct Line { uint8_t *buf; size_t n; int32_t line; } Line;

static void line_byte(Line *l, int v)
{
    if (l->buf) l->buf[l->n] = (uint8_t)v;
    l->n++;
}
static void line_varint(Line *l, uint32_t v)
{
    for (; v >= 64; v >>= 6) line_byte(l, (int)(v & 63) | 64);
    line_byte(l, (int)v);
}
static void line_head(Line *l, int kind, uint32_t units) { line_byte(l, 0x80 | kind << 3 | (int)(units - 1)); }

/* One entry for up to eight units. */
static void line_entry(Line *l, const ImPosition *p, uint32_t units)
{
    enum { LONG = 14, NO_COLUMN = 13, NEW_LINE = 10, NO_LINE = 15 };
    if (p->line < 0) {
        line_head(l, NO_LINE, units);
        return;
    }
    int64_t delta = (int64_t)p->line - l->line;
    uint32_t signed_delta = delta < 0 ? (uint32_t)-delta << 1 | 1 : (uint32_t)delta << 1;
    l->line = p->line;
    bool columns = p->col >= 0 && p->end_col >= 0 && p->end_line == p->line;
    if (p->col < 0 && (p->end_line < 0 || p->end_line == p->line)) {
        line_head(l, NO_COLUMN, units);
        line_varint(l, signed_delta);
    } else if (columns && delta == 0 && p->col < 80 && p->end_col >= p->col && p->end_col - p->col < 16) {
        line_head(l, p->col >> 3, units);
        line_byte(l, (p->col & 7) << 4 | (p->end_col - p->col));
    } else if (columns && delta >= 0 && delta < 3 && p->col < 128 && p->end_col < 128) {
        line_head(l, NEW_LINE + (int)delta, units);
        line_byte(l, p->col);
        line_byte(l, p->end_col);
    } else {
        line_head(l, LONG, units);
        line_varint(l, signed_delta);
        line_varint(l, p->end_line > p->line ? (uint32_t)(p->end_line - p->line) : 0);
        line_varint(l, (uint32_t)p->col + 1);
        line_varint(l, (uint32_t)p->end_col + 1);
    }
}

static bool same_place(const ImPosition *a, const ImPosition *b)
{
    return a->line == b->line && a->end_line == b->end_line && a->col == b->col && a->end_col == b->end_col;
}

size_t im_linetable_encode(const ImCode *c, uint8_t *buf)
{
    Line l = {buf, 0, c->firstlineno};
    ImPositionReader r;
    im_positions_begin(&r, c->positions, c->positions_len, c->firstlineno);
    for (bool more = im_positions_next(&r); more && r.at.line != IM_LINE_END;) {
        ImPosition p = r.at;
        while ((more = im_positions_next(&r)) && same_place(&p, &r.at)) {}
        uint32_t end = more ? r.at.start : c->nunits;
        for (uint32_t at = p.start; at < end;) {
            uint32_t n = end - at < 8 ? end - at : 8;
            line_entry(&l, &p, n);
            at += n;
        }
    }
    return l.n;
}

typedef struct LineIn { const uint8_t *p, *end; } LineIn;

static uint32_t line_get(LineIn *in)
{
    uint32_t v = 0;
    for (unsigned shift = 0; in->p < in->end; shift += 6) {
        uint8_t b = *in->p++;
        if (shift < 32) v |= (uint32_t)(b & 63) << shift;
        if (!(b & 64)) break;
    }
    return v;
}
static int32_t line_get_signed(LineIn *in)
{
    uint32_t v = line_get(in);
    return v & 1 ? -(int32_t)(v >> 1) : (int32_t)(v >> 1);
}

/* Tables that somebody made up may say anything. */
static int32_t moved(int32_t line, int32_t by) { return (int32_t)((uint32_t)line + (uint32_t)by); }

uint32_t im_linetable_decode(const uint8_t *data, size_t len, int firstline, uint32_t nunits, ImPosition *out)
{
    LineIn in = {data, data + len};
    uint32_t n = 0, at = 0;
    int32_t line = firstline;
    while (in.p < in.end) {
        uint8_t head = *in.p++;
        int kind = head >> 3 & 15, second = kind < 13 && in.p < in.end ? *in.p++ : 0;
        ImPosition p = {at, -1, -1, -1, -1};
        if (kind == 13) p.line = p.end_line = line = moved(line, line_get_signed(&in));
        else if (kind == 14) {
            p.line = line = moved(line, line_get_signed(&in));
            p.end_line = moved(line, (int32_t)(line_get(&in) & 0xFFFFFF));
            p.col = (int32_t)(line_get(&in) & 0xFFFFFF) - 1;
            p.end_col = (int32_t)(line_get(&in) & 0xFFFFFF) - 1;
        } else if (kind < 13) {
            if (kind >= 10) line = moved(line, kind - 10);
            p.line = p.end_line = line;
            p.col = kind >= 10 ? second : kind << 3 | second >> 4;
            p.end_col = kind < 10 ? p.col + (second & 15) : in.p < in.end ? *in.p++ : 0;
        }
        if (p.line < 0) p = (ImPosition){at, -1, -1, -1, -1};
        at += (head & 7u) + 1;
        if (n && same_place(&out[n - 1], &p)) continue;
        out[n++] = p;
    }
    if (at != nunits) out[n++] = (ImPosition){at, IM_LINE_END, IM_LINE_END, -1, -1};
    return n;
}

bool im_positions_same(const ImCode *a, const ImCode *b)
{
    if (a->positions_len == b->positions_len && !memcmp(a->positions, b->positions, a->positions_len)) return true;
    ImPositionReader x, y;
    im_positions_begin(&x, a->positions, a->positions_len, a->firstlineno);
    im_positions_begin(&y, b->positions, b->positions_len, b->firstlineno);
    bool more_x = im_positions_next(&x), more_y = im_positions_next(&y);
    while (more_x && more_y) {
        ImPosition p = x.at, q = y.at;
        if (p.start != q.start || !same_place(&p, &q)) return false;
        while ((more_x = im_positions_next(&x)) && same_place(&p, &x.at)) {}
        while ((more_y = im_positions_next(&y)) && same_place(&q, &y.at)) {}
    }
    return more_x == more_y;
}
