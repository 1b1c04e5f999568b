/* The matcher: backtracking over the library's code words, without C recursion.
 *
 * Everything that backtracking must undo lives in one array of integers (`st`): group marks, the counters of open repeats, the current repeat and barrier. Each write is
 * logged on a trail; a choice point remembers the trail's height, code position and subject position. Failing pops the latest choice point and unwinds the
 * trail to its height. Assertions, atomic groups and possessive repeats put a barrier among the choice points: when their body succeeds, every choice
 * above the barrier is cut away.
 * SPDX-License-Identifier: MIT */
#include "modules/sre.h"

#include <ctype.h>

#include "types/unicode_db.h"

enum { ST_REP, ST_BARRIER, ST_TOP, ST_LASTINDEX, ST_MARKS }; /* layout of st; marks follow, then repeat contexts */
enum { REP_PC, REP_COUNT, REP_LAST, REP_PREV, REP_SIZE };
enum { K_RESUME, K_BRANCH, K_ONE, K_MIN_ONE, K_TAIL, K_MIN_MORE, K_BARRIER };
enum { B_ASSERT, B_ASSERT_NOT, B_ATOMIC, B_POSSESSIVE };

typedef struct Choice { uint8_t kind, sub; uint32_t pc; ssize_t ptr; size_t trail; ssize_t a, b; } Choice;
typedef struct Undo { size_t at; ssize_t old; } Undo;
typedef struct Work { /* begins small, inside ImSre */
    Choice *choices; size_t nchoices, cchoices;
    Undo *trail; size_t ntrail, ctrail;
    ssize_t *st; size_t cst;
    Choice few_choices[16];
    Undo few_trail[32];
    ssize_t few_st[80];
} Work;
_Static_assert(sizeof(Work) <= sizeof(((ImSre *)0)->space), "room for the matcher's state");

uint32_t im_sre_lower(uint32_t c, bool unicode)
{
    if (c < 128) return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (!unicode) return c;
    uint32_t out[8];
    (void)im_uc_lower(c, out);
    return out[0];
}
static uint32_t upper(uint32_t c)
{
    uint32_t out[8];
    (void)im_uc_upper(c, out);
    return out[0]; /* of several characters the first: that is how a character counts as cased */
}
static uint32_t loc_lower(uint32_t c) { return c < 256 ? (uint32_t)tolower((int)c) : c; }
static bool word(uint32_t c) { return c < 128 && (isalnum((int)c) || c == '_') && c < 128; }
static bool uni_word(uint32_t c) { return c < 128 ? word(c) : im_uc_is(c, IM_UC_ALPHA | IM_UC_DECIMAL | IM_UC_DIGIT | IM_UC_NUMERIC); }
static bool uni_space(uint32_t c) { return im_uc_is(c, IM_UC_SPACE); }
static bool category(uint32_t cat, uint32_t c)
{
    switch (cat) {
    case 0: return c >= '0' && c <= '9';
    case 1: return !(c >= '0' && c <= '9');
    case 2: return c == ' ' || (c >= 9 && c <= 13);
    case 3: return !(c == ' ' || (c >= 9 && c <= 13));
    case 4: return word(c);
    case 5: return !word(c);
    case 6: return c == '\n';
    case 7: return c != '\n';
    case 8: return c < 256 && (isalnum((int)c) || c == '_');
    case 9: return !(c < 256 && (isalnum((int)c) || c == '_'));
    case 10: return im_uc_is(c, IM_UC_DECIMAL);
    case 11: return !im_uc_is(c, IM_UC_DECIMAL);
    case 12: return uni_space(c);
    case 13: return !uni_space(c);
    case 14: return uni_word(c);
    case 15: return !uni_word(c);
    case 16: return im_uc_is_linebreak(c);
    case 17: return !im_uc_is_linebreak(c);
    default: return false;
    }
}
static bool charset(const uint32_t *set, uint32_t c)
{
    bool ok = true;
    for (;;) {
        switch (*set++) {
        case SRE_FAILURE: return !ok;
        case SRE_LITERAL: if (c == set[0]) return ok; set++; break;
        case SRE_CATEGORY: if (category(set[0], c)) return ok; set++; break;
        case SRE_CHARSET: if (c < 256 && (set[c >> 5] >> (c & 31) & 1)) return ok; set += 8; break;
        case SRE_RANGE: if (set[0] <= c && c <= set[1]) return ok; set += 2; break;
        case SRE_RANGE_UNI_IGNORE: {
            if (set[0] <= c && c <= set[1]) return ok;
            uint32_t u = upper(c);
            if (set[0] <= u && u <= set[1]) return ok;
            set += 2;
            break;
        }
        case SRE_NEGATE: ok = !ok; break;
        case SRE_BIGCHARSET: {
            uint32_t count = *set++;
            int block = c < 65536 ? ((const uint8_t *)set)[c >> 8] : -1;
            set += 64;
            if (block >= 0 && (set[(uint32_t)block * 8 + ((c & 255) >> 5)] >> (c & 31) & 1)) return ok;
            set += count * 8;
            break;
        }
        default: return false;
        }
    }
}
static bool loc_charset(const uint32_t *set, uint32_t c)
{
    if (charset(set, c)) return true;
    uint32_t lo = loc_lower(c), up = c < 256 ? (uint32_t)toupper((int)c) : c;
    return (lo != c && charset(set, lo)) || (up != c && charset(set, up));
}

#define AT_CHAR(i) im_str_read(kind, data, (i))
IM_INLINE bool at(const ImSre *s, int kind, const void *data, ssize_t p, uint32_t what)
{
    ssize_t n = s->end; /* `endpos` is the end; `pos` is not the beginning for ^, but \A and ^ look at the subject's start */
    bool here, that;
    switch (what) {
    case 0: case 2: return p == 0;
    case 1: return p == 0 || AT_CHAR(p - 1) == '\n';
    case 5: return p == n || (p == n - 1 && AT_CHAR(p) == '\n');
    case 6: return p == n || AT_CHAR(p) == '\n';
    case 7: return p == n;
    case 3: case 4:
        if (n == 0) return false;
        that = p > 0 && word(AT_CHAR(p - 1));
        here = p < n && word(AT_CHAR(p));
        return (that != here) == (what == 3);
    case 8: case 9:
        if (n == 0) return false;
        that = p > 0 && category(8, AT_CHAR(p - 1));
        here = p < n && category(8, AT_CHAR(p));
        return (that != here) == (what == 8);
    case 10: case 11:
        if (n == 0) return false;
        that = p > 0 && uni_word(AT_CHAR(p - 1));
        here = p < n && uni_word(AT_CHAR(p));
        return (that != here) == (what == 10);
    default: return false;
    }
}
/* One-character operations: does the character match? */
IM_INLINE bool one(const uint32_t *op, uint32_t c)
{
    switch (op[0]) {
    case SRE_ANY: return c != '\n';
    case SRE_ANY_ALL: return true;
    case SRE_LITERAL: return c == op[1];
    case SRE_NOT_LITERAL: return c != op[1];
    case SRE_IN: return charset(op + 2, c);
    case SRE_CATEGORY: return category(op[1], c);
    case SRE_LITERAL_IGNORE: return im_sre_lower(c, false) == op[1];
    case SRE_NOT_LITERAL_IGNORE: return im_sre_lower(c, false) != op[1];
    case SRE_LITERAL_UNI_IGNORE: return im_sre_lower(c, true) == op[1];
    case SRE_NOT_LITERAL_UNI_IGNORE: return im_sre_lower(c, true) != op[1];
    case SRE_LITERAL_LOC_IGNORE: return c == op[1] || loc_lower(c) == loc_lower(op[1]);
    case SRE_NOT_LITERAL_LOC_IGNORE: return !(c == op[1] || loc_lower(c) == loc_lower(op[1]));
    case SRE_IN_IGNORE: return charset(op + 2, im_sre_lower(c, false));
    case SRE_IN_UNI_IGNORE: return charset(op + 2, im_sre_lower(c, true));
    case SRE_IN_LOC_IGNORE: return loc_charset(op + 2, c);
    default: return false;
    }
}
static bool is_one(uint32_t op)
{
    switch (op) {
    case SRE_ANY: case SRE_ANY_ALL: case SRE_LITERAL: case SRE_NOT_LITERAL: case SRE_IN: case SRE_CATEGORY: case SRE_LITERAL_IGNORE: case SRE_NOT_LITERAL_IGNORE: case SRE_LITERAL_UNI_IGNORE:
    case SRE_NOT_LITERAL_UNI_IGNORE: case SRE_LITERAL_LOC_IGNORE: case SRE_NOT_LITERAL_LOC_IGNORE: case SRE_IN_IGNORE: case SRE_IN_UNI_IGNORE: case SRE_IN_LOC_IGNORE: return true;
    default: return false;
    }
}
/* Which of the first 256 characters a set or category matches; null: it depends on the locale, or memory is short. */
static IM_NOINLINE const uint8_t *make_map(const ImPattern *pat, const uint32_t *op)
{
    if (op[0] == SRE_IN_LOC_IGNORE || pat->flags & 4) return NULL;
    uint8_t *map = im_raw_alloc(NULL, 256), *seen = NULL;
    if (!map) return NULL;
    for (uint32_t c = 0; c < 256; c++) map[c] = one(op, c);
    if (im_cas_acq_rel(&pat->x_maps[op - pat->code], &seen, map)) return map;
    im_raw_free(map);
    return seen;
}
/* The same of the set of characters that a match can begin with. */
static const uint8_t *first_map(const ImPattern *pat, const uint32_t *set)
{
    const uint8_t *map = im_load_acquire(&pat->x_maps[set - pat->code]);
    if (map || pat->flags & 4) return map;
    uint8_t *made = im_raw_alloc(NULL, 256), *seen = NULL;
    if (!made) return NULL;
    for (uint32_t c = 0; c < 256; c++) made[c] = charset(set, c);
    if (im_cas_acq_rel(&pat->x_maps[set - pat->code], &seen, made)) return made;
    im_raw_free(made);
    return seen;
}
IM_INLINE const uint8_t *map_of(const ImPattern *pat, const uint32_t *op)
{
    const uint8_t *map = im_load_acquire(&pat->x_maps[op - pat->code]);
    return IM_LIKELY(map != NULL) ? map : make_map(pat, op);
}
/* As one(), for the operations that have maps. */
IM_INLINE bool one_mapped(const ImPattern *pat, const uint32_t *op, uint32_t c)
{
    const uint8_t *map;
    return c < 256 && (map = map_of(pat, op)) ? map[c] : one(op, c);
}
/* How many characters from p on match the one-character operation, at most max. */
IM_INLINE ssize_t count(const ImPattern *pat, const uint32_t *op, int kind, const void *data, ssize_t p, ssize_t end, uint32_t max)
{
    ssize_t stop = max != IM_SRE_MAXREPEAT && end - p > (ssize_t)max ? p + (ssize_t)max : end, i = p;
    switch (op[0]) {
    case SRE_ANY_ALL: return stop - p;
    case SRE_ANY: case SRE_NOT_LITERAL: case SRE_LITERAL:
        if (kind == 1 && stop - i >= 8) {
            const uint8_t *bytes = data;
            const uint32_t c = op[0] == SRE_ANY ? '\n' : op[1];
            if (op[0] != SRE_LITERAL) {
                const uint8_t *q = c < 256 ? memchr(bytes + i, (int)c, (size_t)(stop - i)) : NULL;
                return (q ? q - bytes : stop) - p;
            }
            const uint64_t all = c < 256 ? c * 0x0101010101010101u : 0;
            for (uint64_t w; c < 256 && stop - i >= 8; i += 8) {
                memcpy(&w, bytes + i, 8);
                if (w != all) break;
            }
        }
        break;
    default: break;
    }
    switch (op[0]) {
    case SRE_ANY: while (i < stop && AT_CHAR(i) != '\n') i++; break;
    case SRE_LITERAL: while (i < stop && AT_CHAR(i) == op[1]) i++; break;
    case SRE_NOT_LITERAL: while (i < stop && AT_CHAR(i) != op[1]) i++; break;
    case SRE_IN: case SRE_CATEGORY: case SRE_IN_IGNORE: case SRE_IN_UNI_IGNORE: {
        const uint8_t *map = map_of(pat, op);
        if (map && kind == 1) {
            const uint8_t *bytes = data;
            while (i < stop && map[bytes[i]]) i++;
        } else while (i < stop && (map && AT_CHAR(i) < 256 ? map[AT_CHAR(i)] : one(op, AT_CHAR(i)))) i++;
        break;
    }
    default: while (i < stop && one(op, AT_CHAR(i))) i++;
    }
    return i - p;
}

static bool grow_choices(Work *w)
{
    size_t c = w->cchoices * 4;
    Choice *p = im_raw_realloc(NULL, w->choices == w->few_choices ? NULL : w->choices, c * sizeof *p);
    if (!p) return false;
    if (w->choices == w->few_choices) memcpy(p, w->few_choices, sizeof w->few_choices);
    w->choices = p;
    w->cchoices = c;
    return true;
}
static bool grow_trail(Work *w)
{
    size_t c = w->ctrail * 4;
    Undo *p = im_raw_realloc(NULL, w->trail == w->few_trail ? NULL : w->trail, c * sizeof *p);
    if (!p) return false;
    if (w->trail == w->few_trail) memcpy(p, w->few_trail, sizeof w->few_trail);
    w->trail = p;
    w->ctrail = c;
    return true;
}
static bool grow_st(Work *w, size_t c)
{
    ssize_t *p = im_raw_realloc(NULL, w->st == w->few_st ? NULL : w->st, c * sizeof *p);
    if (!p) return false;
    if (w->st == w->few_st) memcpy(p, w->few_st, sizeof w->few_st);
    w->st = p;
    w->cst = c;
    return true;
}
/* Nothing but marks up to the end of the pattern or of an assertion: there, no shorter repetition before it does better. */
IM_INLINE bool ends(const uint32_t *op)
{
    while (op[0] == SRE_MARK) op += 2;
    return op[0] == SRE_SUCCESS;
}
#define SET(i, v) do { if (IM_UNLIKELY(w->ntrail == w->ctrail) && !grow_trail(w)) goto no_memory; w->trail[w->ntrail++] = (Undo){(size_t)(i), w->st[i]}; w->st[i] = (v); } while (0)
#define PUSH(...) do { if (IM_UNLIKELY(w->nchoices == w->cchoices) && !grow_choices(w)) goto no_memory; w->choices[w->nchoices++] = (Choice){__VA_ARGS__}; } while (0)

IM_INLINE int run(ImSre *s, int kind, ssize_t start)
{
    Work *w = s->work;
    const uint32_t *code = s->pat->code;
    const void *data = s->data;
    ssize_t end = s->end, p = start;
    size_t marks = (size_t)s->pat->groups * 2, steps = 0;
    uint32_t pc = 0;
    w->nchoices = w->ntrail = 0;
    w->st[ST_REP] = -1;
    w->st[ST_BARRIER] = -1;
    w->st[ST_TOP] = (ssize_t)(ST_MARKS + marks);
    w->st[ST_LASTINDEX] = -1;
    for (size_t i = 0; i < marks; i++) w->st[ST_MARKS + i] = -1;
    if (code[0] == SRE_INFO) {
        if (code[3] && end - p < (ssize_t)code[3]) return 0;
        pc = code[1] + 1;
    }
    for (;;) {
        const uint32_t *op = code + pc;
        if (IM_UNLIKELY((++steps & 0xFFFF) == 0) && im_poll(s->t) < 0) return -1;
        switch (op[0]) {
        case SRE_SUCCESS: {
            ssize_t bi = w->st[ST_BARRIER];
            if (bi < 0) {
                if ((s->fullmatch && p != end) || (s->must_advance && p == s->start)) goto fail;
                s->match_start = start;
                s->match_end = p;
                memcpy(s->marks, w->st + ST_MARKS, marks * sizeof(ssize_t));
                s->lastindex = w->st[ST_LASTINDEX];
                return 1;
            }
            Choice b = w->choices[bi];
            w->nchoices = (size_t)bi; /* cut */
            if (b.sub == B_ASSERT_NOT) {
                while (w->ntrail > b.trail) { Undo u = w->trail[--w->ntrail]; w->st[u.at] = u.old; }
                goto fail;
            }
            if (b.sub == B_POSSESSIVE) { /* a round is done: another, unless it matched nothing or the limit is reached */
                const uint32_t *rep = code + b.pc;
                bool again = (rep[3] == IM_SRE_MAXREPEAT || b.b + 1 < (ssize_t)rep[3]) && (p != b.ptr || b.b + 1 < (ssize_t)rep[2]);
                if (again) {
                    PUSH(K_BARRIER, B_POSSESSIVE, b.pc, p, w->ntrail, b.a, b.b + 1);
                    pc = b.pc + 4;
                    continue;
                }
                SET(ST_BARRIER, b.a);
                pc = b.pc + 2 + rep[1];
                continue;
            }
            SET(ST_BARRIER, b.a);
            if (b.sub == B_ASSERT) p = b.ptr;
            pc = b.pc;
            continue;
        }
        case SRE_FAILURE: goto fail;
        case SRE_LITERAL:
            if (p >= end || AT_CHAR(p) != op[1]) goto fail;
            p++;
            pc += 2;
            continue;
        case SRE_CATEGORY:
            if (p >= end || !one_mapped(s->pat, op, AT_CHAR(p))) goto fail;
            p++;
            pc += 2;
            continue;
        case SRE_ANY: case SRE_ANY_ALL: case SRE_NOT_LITERAL: case SRE_LITERAL_IGNORE: case SRE_NOT_LITERAL_IGNORE: case SRE_LITERAL_UNI_IGNORE: case SRE_NOT_LITERAL_UNI_IGNORE:
        case SRE_LITERAL_LOC_IGNORE: case SRE_NOT_LITERAL_LOC_IGNORE:
            if (p >= end || !one(op, AT_CHAR(p))) goto fail;
            p++;
            pc += op[0] == SRE_ANY || op[0] == SRE_ANY_ALL ? 1 : 2;
            continue;
        case SRE_IN: case SRE_IN_IGNORE: case SRE_IN_UNI_IGNORE: case SRE_IN_LOC_IGNORE:
            if (p >= end || !one_mapped(s->pat, op, AT_CHAR(p))) goto fail;
            p++;
            pc += 1 + op[1];
            continue;
        case SRE_AT:
            if (!at(s, kind, data, p, op[1])) goto fail;
            pc += 2;
            continue;
        case SRE_MARK: {
            uint32_t i = op[1];
            if (i & 1) SET(ST_LASTINDEX, (ssize_t)(i / 2 + 1));
            SET(ST_MARKS + i, p);
            pc += 2;
            continue;
        }
        case SRE_JUMP: pc += 1 + op[1]; continue;
        case SRE_INFO: pc += 1 + op[1]; continue;
        case SRE_BRANCH: {
            uint32_t alt = pc + 1;
        next_alternative:
            if (code[alt] == 0) goto fail;
            uint32_t after = alt + code[alt];
            if (code[after] != 0) {
                const uint32_t *first = code + alt + 1;
                if (first[0] == SRE_LITERAL ? p >= end || AT_CHAR(p) != first[1] : is_one(first[0]) && (p >= end || !one(first, AT_CHAR(p)))) { alt = after; goto next_alternative; }
                PUSH(K_BRANCH, 0, after, p, w->ntrail, 0, 0);
            }
            pc = alt + 1;
            continue;
        }
        case SRE_REPEAT_ONE: {
            uint32_t min = op[2], max = op[3];
            if (end - p < (ssize_t)min) goto fail;
            ssize_t n = count(s->pat, op + 4, kind, data, p, end, max);
            if (n < (ssize_t)min) goto fail;
            uint32_t tail = pc + 1 + op[1];
            if (n > (ssize_t)min && !ends(code + tail)) {
                if (code[tail] == SRE_LITERAL) { /* go back to where the tail can begin */
                    uint32_t c = code[tail + 1];
                    while (n > (ssize_t)min && (p + n >= end || AT_CHAR(p + n) != c)) n--;
                }
                if (n > (ssize_t)min) PUSH(K_ONE, 0, pc, p, w->ntrail, n, (ssize_t)min);
            }
            p += n;
            pc = tail;
            continue;
        }
        case SRE_MIN_REPEAT_ONE: {
            uint32_t min = op[2];
            if (end - p < (ssize_t)min) goto fail;
            if (min && count(s->pat, op + 4, kind, data, p, end, min) < (ssize_t)min) goto fail;
            p += min;
            PUSH(K_MIN_ONE, 0, pc, p, w->ntrail, (ssize_t)min, 0);
            pc += 1 + op[1];
            continue;
        }
        case SRE_POSSESSIVE_REPEAT_ONE: {
            uint32_t min = op[2], max = op[3];
            ssize_t n = count(s->pat, op + 4, kind, data, p, end, max);
            if (n < (ssize_t)min) goto fail;
            p += n;
            pc += 1 + op[1];
            continue;
        }
        case SRE_REPEAT: {
            ssize_t r = w->st[ST_TOP];
            if ((size_t)r + REP_SIZE > w->cst) {
                if (!grow_st(w, w->cst * 2 + REP_SIZE)) goto no_memory;
            }
            w->st[r + REP_PC] = pc;
            w->st[r + REP_COUNT] = -1;
            w->st[r + REP_LAST] = -1;
            w->st[r + REP_PREV] = w->st[ST_REP];
            SET(ST_TOP, r + REP_SIZE);
            SET(ST_REP, r);
            pc += 1 + op[1];
            continue;
        }
        case SRE_MAX_UNTIL: {
            ssize_t r = w->st[ST_REP];
            const uint32_t *rep = code + w->st[r + REP_PC];
            ssize_t n = w->st[r + REP_COUNT] + 1;
            if (n < (ssize_t)rep[2]) {
                SET(r + REP_COUNT, n);
                pc = (uint32_t)w->st[r + REP_PC] + 4;
                continue;
            }
            if ((n < (ssize_t)rep[3] || rep[3] == IM_SRE_MAXREPEAT) && p != w->st[r + REP_LAST]) {
                PUSH(K_TAIL, 0, pc, p, w->ntrail, r, 0);
                SET(r + REP_COUNT, n);
                SET(r + REP_LAST, p);
                pc = (uint32_t)w->st[r + REP_PC] + 4;
                continue;
            }
            SET(ST_REP, w->st[r + REP_PREV]);
            pc++;
            continue;
        }
        case SRE_MIN_UNTIL: {
            ssize_t r = w->st[ST_REP];
            const uint32_t *rep = code + w->st[r + REP_PC];
            ssize_t n = w->st[r + REP_COUNT] + 1;
            if (n < (ssize_t)rep[2]) {
                SET(r + REP_COUNT, n);
                pc = (uint32_t)w->st[r + REP_PC] + 4;
                continue;
            }
            PUSH(K_MIN_MORE, 0, pc, p, w->ntrail, r, n);
            SET(ST_REP, w->st[r + REP_PREV]);
            pc++;
            continue;
        }
        case SRE_POSSESSIVE_REPEAT: {
            /* skip min max body, then SUCCESS: each round is atomic */
            PUSH(K_BARRIER, B_POSSESSIVE, pc, p, w->ntrail, w->st[ST_BARRIER], 0);
            SET(ST_BARRIER, (ssize_t)w->nchoices - 1);
            pc += 4;
            if (op[3] == 0) { w->nchoices--; SET(ST_BARRIER, w->choices[w->nchoices].a); pc = (uint32_t)(op - code) + 2 + op[1]; }
            continue;
        }
        case SRE_ATOMIC_GROUP:
            PUSH(K_BARRIER, B_ATOMIC, pc + 1 + op[1], p, w->ntrail, w->st[ST_BARRIER], 0);
            SET(ST_BARRIER, (ssize_t)w->nchoices - 1);
            pc += 2;
            continue;
        case SRE_ASSERT: case SRE_ASSERT_NOT: {
            ssize_t back = (ssize_t)op[2];
            if (p < back) { /* nothing to look behind at */
                if (op[0] == SRE_ASSERT) goto fail;
                pc += 1 + op[1];
                continue;
            }
            PUSH(K_BARRIER, op[0] == SRE_ASSERT ? B_ASSERT : B_ASSERT_NOT, pc + 1 + op[1], p, w->ntrail, w->st[ST_BARRIER], 0);
            SET(ST_BARRIER, (ssize_t)w->nchoices - 1);
            p -= back;
            pc += 3;
            continue;
        }
        case SRE_GROUPREF: case SRE_GROUPREF_IGNORE: case SRE_GROUPREF_UNI_IGNORE: case SRE_GROUPREF_LOC_IGNORE: {
            ssize_t b = w->st[ST_MARKS + 2 * op[1]], e = w->st[ST_MARKS + 2 * op[1] + 1];
            if (b < 0 || e < b) goto fail;
            for (; b < e; b++, p++) {
                if (p >= end) goto fail;
                uint32_t x = AT_CHAR(b), y = AT_CHAR(p);
                if (op[0] == SRE_GROUPREF_IGNORE) { x = im_sre_lower(x, false); y = im_sre_lower(y, false); }
                else if (op[0] == SRE_GROUPREF_UNI_IGNORE) { x = im_sre_lower(x, true); y = im_sre_lower(y, true); }
                else if (op[0] == SRE_GROUPREF_LOC_IGNORE) { x = loc_lower(x); y = loc_lower(y); }
                if (x != y) goto fail;
            }
            pc += 2;
            continue;
        }
        case SRE_GROUPREF_EXISTS: {
            ssize_t b = w->st[ST_MARKS + 2 * op[1]], e = w->st[ST_MARKS + 2 * op[1] + 1];
            pc += b >= 0 && e >= b ? 3 : 1 + op[2];
            continue;
        }
        default:
            (void)im_raise_runtime(s->t, "invalid SRE code");
            return -1;
        }
    fail:
        for (;;) {
            if (w->nchoices == 0) return 0;
            Choice *c = &w->choices[w->nchoices - 1];
            while (w->ntrail > c->trail) { Undo u = w->trail[--w->ntrail]; w->st[u.at] = u.old; }
            if (IM_UNLIKELY((++steps & 0xFFFF) == 0) && im_poll(s->t) < 0) return -1;
            switch (c->kind) {
            case K_BRANCH: {
                uint32_t alt = c->pc, after = alt + code[alt];
                p = c->ptr;
                if (code[after] == 0) w->nchoices--;
                else c->pc = after;
                pc = alt + 1;
                break;
            }
            case K_ONE: {
                const uint32_t *op1 = code + c->pc;
                uint32_t tail = c->pc + 1 + op1[1];
                c->a--;
                if (code[tail] == SRE_LITERAL) {
                    uint32_t ch = code[tail + 1];
                    while (c->a > c->b && AT_CHAR(c->ptr + c->a) != ch) c->a--;
                }
                p = c->ptr + c->a;
                pc = tail;
                if (c->a <= c->b) w->nchoices--;
                break;
            }
            case K_MIN_ONE: {
                const uint32_t *op1 = code + c->pc;
                if ((op1[3] != IM_SRE_MAXREPEAT && c->a >= (ssize_t)op1[3]) || c->ptr >= end || !(op1[4] == SRE_IN || op1[4] == SRE_CATEGORY ? one_mapped(s->pat, op1 + 4, AT_CHAR(c->ptr)) : one(op1 + 4, AT_CHAR(c->ptr)))) { w->nchoices--; continue; }
                c->a++;
                p = ++c->ptr;
                pc = c->pc + 1 + op1[1];
                break;
            }
            case K_TAIL: {
                Choice t = *c;
                w->nchoices--;
                p = t.ptr;
                SET(ST_REP, w->st[t.a + REP_PREV]);
                pc = t.pc + 1;
                break;
            }
            case K_MIN_MORE: {
                Choice t = *c;
                w->nchoices--;
                const uint32_t *rep = code + w->st[t.a + REP_PC];
                if ((t.b >= (ssize_t)rep[3] && rep[3] != IM_SRE_MAXREPEAT) || t.ptr == w->st[t.a + REP_LAST]) continue;
                p = t.ptr;
                SET(t.a + REP_COUNT, t.b);
                SET(t.a + REP_LAST, p);
                pc = (uint32_t)w->st[t.a + REP_PC] + 4;
                break;
            }
            case K_BARRIER: {
                Choice b = *c;
                w->nchoices--;
                if (b.sub == B_ASSERT_NOT) { p = b.ptr; pc = b.pc; break; }
                if (b.sub == B_POSSESSIVE && b.b >= (ssize_t)code[b.pc + 2]) { /* enough rounds */
                    SET(ST_BARRIER, b.a);
                    p = b.ptr;
                    pc = b.pc + 2 + code[b.pc + 1];
                    break;
                }
                continue;
            }
            default:
                p = c->ptr;
                pc = c->pc;
                w->nchoices--;
            }
            break;
        }
        continue;
    no_memory:
        (void)im_raise_memory(s->t);
        return -1;
    }
}

static int prepare(ImSre *s)
{
    Work *w = s->work;
    size_t need = ST_MARKS + (size_t)s->pat->groups * 2 + 8 * REP_SIZE;
    if (!w) {
        w = s->work = s->space;
        w->choices = w->few_choices;
        w->cchoices = IM_COUNTOF(w->few_choices);
        w->trail = w->few_trail;
        w->ctrail = IM_COUNTOF(w->few_trail);
        w->st = w->few_st;
        w->cst = IM_COUNTOF(w->few_st);
    }
    return w->cst < need && !grow_st(w, need) ? (im_raise_memory(s->t), -1) : 0;
}
void im_sre_work_free(ImSre *s)
{
    Work *w = s->work;
    if (!w) return;
    if (w->choices != w->few_choices) im_raw_free(w->choices);
    if (w->trail != w->few_trail) im_raw_free(w->trail);
    if (w->st != w->few_st) im_raw_free(w->st);
    s->work = NULL;
}
static int run1(ImSre *s, ssize_t p) { return run(s, 1, p); }
static int run2(ImSre *s, ssize_t p) { return run(s, 2, p); }
static int run4(ImSre *s, ssize_t p) { return run(s, 4, p); }
static int run_at(ImSre *s, ssize_t p) { return s->kind == 1 ? run1(s, p) : s->kind == 2 ? run2(s, p) : run4(s, p); }

int im_sre_match(ImSre *s)
{
    if (prepare(s) < 0) return -1;
    return run_at(s, s->start);
}
/* The one-character operation that every match of the code begins with, or null. */
static const uint32_t *first_one(const uint32_t *code)
{
    while (code[0] == SRE_MARK) code += 2;
    if ((code[0] == SRE_REPEAT_ONE || code[0] == SRE_MIN_REPEAT_ONE || code[0] == SRE_POSSESSIVE_REPEAT_ONE) && code[2] > 0) code += 4;
    return is_one(code[0]) ? code : NULL;
}
/* p's next character of the kind that the operation asks for, or end. */
static ssize_t find_one(const ImPattern *pat, const uint32_t *op, int kind, const void *data, ssize_t p, ssize_t end)
{
    const uint8_t *map = kind == 1 ? map_of(pat, op) : NULL;
    if (map) while (p < end && !map[((const uint8_t *)data)[p]]) p++;
    else while (p < end && !one(op, AT_CHAR(p))) p++;
    return p;
}
int im_sre_search(ImSre *s)
{
    if (prepare(s) < 0) return -1;
    const uint32_t *code = s->pat->code, *set = NULL;
    ssize_t end = s->end, last = end;
    int kind = s->kind;
    const void *data = s->data;
    uint32_t first = 0;
    bool has_first = false;
    enum { PREFIX = 32 };
    char prefix[PREFIX]; /* what every match begins with, in bytes: found as a whole */
    size_t nprefix = 0;
    const uint8_t *map = NULL;
    if (code[0] == SRE_INFO) {
        if (code[3] > 1) last = end - (ssize_t)code[3] + 0;
        if (code[2] & 1) {
            has_first = true;
            first = code[7];
            if (kind == 1)
                while (nprefix < PREFIX && nprefix < code[5] && 7 + nprefix <= code[1] && code[7 + nprefix] < 256) { prefix[nprefix] = (char)code[7 + nprefix]; nprefix++; }
        }
        else if (code[2] & 4) set = code + 5;
        code += 1 + code[1];
    }
    const uint32_t *one_first = has_first || set ? NULL : first_one(code);
    /* A run of characters of one kind is the whole pattern (\s+, [,;]+, \d*): it needs no machine. */
    const uint32_t *whole = (code[0] == SRE_REPEAT_ONE || code[0] == SRE_POSSESSIVE_REPEAT_ONE) && code[code[1] + 1] == SRE_SUCCESS && s->pat->groups == 0 ? code : NULL;
    enum { AT_BEGINNING = 0, AT_BEGINNING_STRING = 2 };
    if (code[0] == SRE_AT && (code[1] == AT_BEGINNING || code[1] == AT_BEGINNING_STRING) && last > s->start) last = s->start;
    size_t n = 0;
    for (ssize_t p = s->start; p <= last; p++) {
        if (has_first) {
            if (kind == 1) {
                const char *q = first < 256 && p < end ? nprefix > 1 ? im_bytes_find((const char *)data + p, (size_t)(end - p), prefix, nprefix)
                                                                     : memchr((const char *)data + p, (int)first, (size_t)(end - p)) : NULL;
                if (!q) return 0;
                p = q - (const char *)data;
            } else {
                while (p < end && AT_CHAR(p) != first) p++;
                if (p >= end) return 0;
            }
            if (p > last) return 0;
        } else if (set) {
            if (!map) map = first_map(s->pat, set);
            if (map && kind == 1) while (p < end && !map[((const uint8_t *)data)[p]]) p++;
            else while (p < end && !charset(set, AT_CHAR(p))) p++;
            if (p >= end || p > last) return 0;
        } else if (one_first) {
            p = find_one(s->pat, one_first, kind, data, p, end);
            if (p >= end || p > last) return 0;
        }
        if (whole) {
            const ssize_t run = count(s->pat, whole + 4, kind, data, p, end, whole[3]);
            if (run < (ssize_t)whole[2] || (run == 0 && s->must_advance && p == s->start)) goto next;
            s->match_start = p;
            s->match_end = p + run;
            s->lastindex = -1;
            return 1;
        }
        bool advance = s->must_advance;
        if (p != s->start) s->must_advance = false;
        int r = run_at(s, p);
        s->must_advance = advance;
        if (r) return r;
    next:
        if (IM_POLL_EVERY(s->t, n++) < 0) return -1;
    }
    return 0;
}

/* --- validation: nothing that passes reads outside of the code ----------------------------------------------------------------------------------- */
typedef struct Val { const uint32_t *code; size_t n; ssize_t groups; int depth; } Val;
static bool val_charset(const uint32_t *c, const uint32_t *end)
{
    while (c < end) {
        switch (*c++) {
        case SRE_NEGATE: break;
        case SRE_LITERAL: case SRE_CATEGORY: if (c >= end) return false; c++; break;
        case SRE_RANGE: case SRE_RANGE_UNI_IGNORE: if (end - c < 2) return false; c += 2; break;
        case SRE_CHARSET: if (end - c < 8) return false; c += 8; break;
        case SRE_BIGCHARSET: {
            if (end - c < 65) return false;
            uint32_t k = c[0];
            for (int i = 0; i < 256; i++) if (((const uint8_t *)(c + 1))[i] >= k) return false;
            if ((uint64_t)(end - c - 65) < (uint64_t)k * 8) return false;
            c += 65 + k * 8;
            break;
        }
        case SRE_FAILURE: return c == end;
        default: return false;
        }
    }
    return false;
}
static bool val(Val *v, const uint32_t *c, const uint32_t *end);
static bool val_inner(Val *v, const uint32_t *c, const uint32_t *end)
{
    while (c < end) {
        uint32_t op = *c++;
        switch (op) {
        case SRE_MARK: if (c >= end || (ssize_t)*c >= 2 * v->groups) return false; c++; break;
        case SRE_LITERAL: case SRE_NOT_LITERAL: case SRE_LITERAL_IGNORE: case SRE_NOT_LITERAL_IGNORE: case SRE_LITERAL_UNI_IGNORE: case SRE_NOT_LITERAL_UNI_IGNORE: case SRE_LITERAL_LOC_IGNORE: case SRE_NOT_LITERAL_LOC_IGNORE:
            if (c >= end) return false;
            c++;
            break;
        case SRE_SUCCESS: case SRE_FAILURE: case SRE_ANY: case SRE_ANY_ALL: break;
        case SRE_AT: if (c >= end || *c > 11) return false; c++; break;
        case SRE_CATEGORY: if (c >= end || *c > 17) return false; c++; break;
        case SRE_IN: case SRE_IN_IGNORE: case SRE_IN_UNI_IGNORE: case SRE_IN_LOC_IGNORE:
            if (c >= end || *c < 2 || *c > (uint64_t)(end - c) || !val_charset(c + 1, c + *c)) return false;
            c += *c;
            break;
        case SRE_INFO: if (c >= end || *c > (uint64_t)(end - c)) return false; c += *c; break;
        case SRE_BRANCH:
            for (;;) {
                if (c >= end) return false;
                uint32_t skip = *c;
                if (skip == 0) { c++; break; }
                if (skip < 3 || skip > (uint64_t)(end - c) || c[skip - 2] != SRE_JUMP || !val(v, c + 1, c + skip - 2)) return false;
                const uint32_t *j = c + skip - 1;
                if (*j > (uint64_t)(end - j)) return false;
                c += skip;
            }
            break;
        case SRE_REPEAT_ONE: case SRE_MIN_REPEAT_ONE: case SRE_POSSESSIVE_REPEAT_ONE:
            if (end - c < 4 || *c < 4 || *c > (uint64_t)(end - c) || c[1] > c[2] || c[*c - 1] != SRE_SUCCESS || !val(v, c + 3, c + *c - 1)) return false;
            if (!is_one(c[3])) return false;
            c += *c;
            break;
        case SRE_REPEAT: case SRE_POSSESSIVE_REPEAT:
            if (end - c < 4 || *c < 3 || *c >= (uint64_t)(end - c) || c[1] > c[2] || !val(v, c + 3, c + *c)) return false;
            c += *c;
            if (op == SRE_POSSESSIVE_REPEAT ? *c != SRE_SUCCESS : *c != SRE_MAX_UNTIL && *c != SRE_MIN_UNTIL) return false;
            c++;
            break;
        case SRE_ATOMIC_GROUP:
            if (c >= end || *c < 2 || *c > (uint64_t)(end - c) || c[*c - 1] != SRE_SUCCESS || !val(v, c + 1, c + *c - 1)) return false;
            c += *c;
            break;
        case SRE_ASSERT: case SRE_ASSERT_NOT:
            if (end - c < 3 || *c < 3 || *c > (uint64_t)(end - c) || c[*c - 1] != SRE_SUCCESS || !val(v, c + 2, c + *c - 1)) return false;
            c += *c;
            break;
        case SRE_GROUPREF: case SRE_GROUPREF_IGNORE: case SRE_GROUPREF_UNI_IGNORE: case SRE_GROUPREF_LOC_IGNORE: if (c >= end || (ssize_t)*c >= v->groups) return false; c++; break;
        case SRE_GROUPREF_EXISTS:
            if (end - c < 2 || (ssize_t)*c >= v->groups || c[1] < 2 || c[1] > (uint64_t)(end - c)) return false;
            c += 2;
            break;
        case SRE_JUMP: if (c >= end || *c > (uint64_t)(end - c)) return false; c++; break;
        default: return false;
        }
    }
    return true;
}
static bool val(Val *v, const uint32_t *c, const uint32_t *end)
{
    if (++v->depth > 2000) return false;
    bool ok = val_inner(v, c, end);
    v->depth--;
    return ok;
}
int im_sre_validate(Thread *t, const uint32_t *code, size_t n, ssize_t groups)
{
    Val v = {code, n, groups, 0};
    if (n == 0 || groups < 0 || code[n - 1] != SRE_SUCCESS || !val(&v, code, code + n - 1)) return im_raise_runtime(t, "invalid SRE code"), -1;
    return 0;
}
