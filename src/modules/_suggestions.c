/* _suggestions: the name nearest to a misspelt one, for "Did you mean" in tracebacks.
 *
 * Weighted edit distance: a change of case costs less than another letter; common ends are skipped; it gives up as soon as a row cannot get below the best so far.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

enum { MOVE = 2, CASE = 1, MAX_CANDIDATES = 750, MAX_LENGTH = 40 };

static uint32_t lower(uint32_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }
static size_t substitution(uint32_t a, uint32_t b)
{
    if (a == b) return 0;
    return lower(a) == lower(b) ? CASE : MOVE;
}

/* Distance, or something above `limit`. */
static size_t distance(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, size_t limit)
{
    while (na && nb && a[0] == b[0]) a++, b++, na--, nb--;
    while (na && nb && a[na - 1] == b[nb - 1]) na--, nb--;
    if (!na || !nb) return (na + nb) * MOVE;
    if (na > MAX_LENGTH || nb > MAX_LENGTH) return limit + 1;
    if (nb < na) {
        const uint32_t *x = a; a = b; b = x;
        size_t n = na; na = nb; nb = n;
    }
    if ((nb - na) * MOVE > limit) return limit + 1;
    size_t row[MAX_LENGTH], result = 0;
    for (size_t i = 0; i < na; i++) row[i] = (i + 1) * MOVE;
    for (size_t j = 0; j < nb; j++) {
        size_t diagonal = result = j * MOVE, least = SIZE_MAX;
        for (size_t i = 0; i < na; i++) {
            size_t sub = diagonal + substitution(b[j], a[i]);
            diagonal = row[i];
            size_t indel = (result < diagonal ? result : diagonal) + MOVE;
            result = sub < indel ? sub : indel;
            row[i] = result;
            if (result < least) least = result;
        }
        if (least > limit) return limit + 1;
    }
    return result;
}

static size_t spell(Value s, uint32_t *out)
{
    ssize_t n = im_str_len(s);
    if (n > MAX_LENGTH * 4) n = MAX_LENGTH * 4;
    for (ssize_t i = 0; i < n; i++) out[i] = im_str_at(s, i);
    return (size_t)n;
}

static Value m_generate(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)self, (void)nargs, (void)kwnames;
    if (!im_is_list_exact(args[0])) return im_raise_type(t, "candidates must be a list");
    if (!im_is_str(args[1])) return im_raise_type(t, "_generate_suggestions() argument 2 must be str, not %T", args[1]);
    ssize_t n = im_list_len(args[0]);
    for (ssize_t i = 0; i < n; i++) {
        Value c = im_list_get(t, args[0], i);
        bool ok = !im_no_value(c) && im_is_str(c);
        im_xdrop(t, c);
        if (!ok) return im_raise_type(t, "all elements in 'candidates' must be strings");
    }
    if (n >= MAX_CANDIDATES) return IM_NONE;
    uint32_t name[MAX_LENGTH * 4], other[MAX_LENGTH * 4];
    size_t len = spell(args[1], name), best = SIZE_MAX;
    Value found = IM_NONE;
    for (ssize_t i = 0; i < n; i++) {
        Value c = im_list_get(t, args[0], i);
        if (im_no_value(c)) break;
        if (!im_is_str(c) || im_str_equal(c, args[1])) { im_drop(t, c); continue; }
        size_t m = spell(c, other), most = (len + m + 3) * MOVE / 6; /* a third of the letters may differ */
        if (best != SIZE_MAX && best - 1 < most) most = best - 1;
        size_t d = distance(name, len, other, m, most);
        if (d > most || d >= best) { im_drop(t, c); continue; }
        im_drop(t, found);
        found = c;
        best = d;
    }
    return found;
}
static const ImMethodDef methods[] = {IM_FIXED("_generate_suggestions", m_generate, 2, "($module, candidates, item, /)", "Returns the candidate in candidates that's closest to item"), IM_END};
static const ImModuleDef suggestions_def = {.name = "_suggestions", .methods = methods};
IM_MODULE(suggestions_def);
