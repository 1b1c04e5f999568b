/* Normalisation (Unicode Standard Annex 15): decompose, order the marks, compose. Hangul syllables by their rule (section 3.12 of the standard).
 * SPDX-License-Identifier: MIT */
#include "types/unicode_norm.h"

#include "types/unicode_3_2.h"
#include "types/unicode_db.h"
#include "unicode_norm_tables.h"

enum { S_BASE = 0xAC00, L_BASE = 0x1100, V_BASE = 0x1161, T_BASE = 0x11A7, L_COUNT = 19, V_COUNT = 21, T_COUNT = 28, N_COUNT = V_COUNT * T_COUNT, S_COUNT = L_COUNT * N_COUNT };

int im_norm_decomposition(uint32_t c, const char **tag, const uint32_t **codes)
{
    uint16_t at = c < 0x110000 ? uc_dec_index2[(uint32_t)uc_dec_index1[c >> 7] << 7 | (c & 127)] : 0;
    if (!at) return 0;
    *tag = uc_dec_tags[uc_dec_data[at] & 0xFF];
    *codes = &uc_dec_data[at + 1];
    return (int)(uc_dec_data[at] >> 8);
}
static unsigned quick_bits(uint32_t c) { return uc_quick_index2[(uint32_t)uc_quick_index1[c >> 7] << 7 | (c & 127)]; }

ImNormCheck im_norm_quick(Value s, ImNorm form)
{
    int kind = im_str_kind(s), last = 0;
    const void *p = im_str_data(s);
    ssize_t n = im_str_len(s);
    ImNormCheck r = IM_NORM_YES;
    if (im_str_is_ascii(s)) return r;
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = im_str_read(kind, p, i);
        if (c < 0xA0) { last = 0; continue; }
        int ccc = im_uc(c)->combining;
        unsigned q = quick_bits(c) >> 2 * form & 3;
        if ((ccc && last > ccc) || q == 2) return IM_NORM_NO;
        if (q == 1) r = IM_NORM_MAYBE;
        last = ccc;
    }
    return r;
}

bool im_uc_in_3_2(uint32_t c)
{
    if (!im_uc(c)->category) return false;
    size_t lo = 0, hi = IM_COUNTOF(uc_not_in_3_2);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (uc_not_in_3_2[mid].to < c) lo = mid + 1;
        else hi = mid;
    }
    return lo == IM_COUNTOF(uc_not_in_3_2) || c < uc_not_in_3_2[lo].from;
}
/* Mappings that were wrong until Unicode 4.0 (NormalizationCorrections). */
static uint32_t old_mapping(uint32_t c)
{
    switch (c) {
    case 0x2F868: return 0x2136A;
    case 0x2F874: return 0x5F33;
    case 0x2F91F: return 0x43AB;
    case 0x2F95F: return 0x7AAE;
    case 0x2F9BF: return 0x4D57;
    default: return 0;
    }
}

typedef struct Text { uint32_t *v; size_t n, cap; } Text;
static int put(Thread *t, Text *x, uint32_t c)
{
    if (x->n == x->cap) {
        size_t cap = x->cap ? x->cap * 2 : 64;
        uint32_t *v = im_raw_alloc(t, cap * sizeof *v);
        if (!v) return -1;
        if (x->n) memcpy(v, x->v, x->n * sizeof *v);
        im_raw_free(x->v);
        x->v = v;
        x->cap = cap;
    }
    x->v[x->n++] = c;
    return 0;
}
/* Full decomposition of one character; mappings nest no deeper than a few levels. */
static int decompose(Thread *t, Text *x, uint32_t c, bool compat, bool old)
{
    uint32_t s = c - S_BASE;
    if (s < S_COUNT) {
        uint32_t tail = s % T_COUNT;
        if (put(t, x, L_BASE + s / N_COUNT) < 0 || put(t, x, V_BASE + s % N_COUNT / T_COUNT) < 0) return -1;
        return tail ? put(t, x, T_BASE + tail) : 0;
    }
    const char *tag = "";
    const uint32_t *codes;
    uint32_t one;
    int n = old && !im_uc_in_3_2(c) ? 0 : im_norm_decomposition(c, &tag, &codes);
    if (n && old && (one = old_mapping(c))) return put(t, x, one);
    if (n == 0 || (*tag && !compat)) return put(t, x, c);
    for (int i = 0; i < n; i++)
        if (decompose(t, x, codes[i], compat, old) < 0) return -1;
    return 0;
}
/* Canonical order: runs of marks by their classes, stable. */
static void order(Text *x)
{
    for (size_t i = 1; i < x->n; i++) {
        uint32_t c = x->v[i];
        int ccc = im_uc(c)->combining;
        size_t j = i;
        if (!ccc) continue;
        while (j > 0 && im_uc(x->v[j - 1])->combining > ccc) {
            x->v[j] = x->v[j - 1];
            j--;
        }
        x->v[j] = c;
    }
}
static uint32_t compose_pair(uint32_t a, uint32_t b)
{
    uint32_t l = a - L_BASE, v = b - V_BASE, s = a - S_BASE, tail = b - T_BASE;
    if (l < L_COUNT && v < V_COUNT) return S_BASE + (l * V_COUNT + v) * T_COUNT;
    if (s < S_COUNT && s % T_COUNT == 0 && tail > 0 && tail < T_COUNT) return a + tail;
    size_t lo = 0, hi = IM_COUNTOF(uc_compose);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (uc_compose[mid].a < a || (uc_compose[mid].a == a && uc_compose[mid].b < b)) lo = mid + 1;
        else hi = mid;
    }
    return lo < IM_COUNTOF(uc_compose) && uc_compose[lo].a == a && uc_compose[lo].b == b ? uc_compose[lo].c : 0;
}
static void compose(Text *x)
{
    size_t out = 0, starter = SIZE_MAX;
    int last = 0; /* class of the last character kept since the starter */
    for (size_t i = 0; i < x->n; i++) {
        uint32_t c = x->v[i], joined;
        int ccc = im_uc(c)->combining;
        bool free_ = starter != SIZE_MAX && (out == starter + 1 || (last < ccc && last != 0));
        if (free_ && (joined = compose_pair(x->v[starter], c))) {
            x->v[starter] = joined;
            continue;
        }
        if (ccc == 0) starter = out;
        last = ccc;
        x->v[out++] = c;
    }
    x->n = out;
}
Value im_norm(Thread *t, Value s, ImNorm form, bool old)
{
    if (im_str_is_ascii(s) || (!old && im_norm_quick(s, form) == IM_NORM_YES)) {
        if (im_is_str_exact(s)) return im_new_ref(s);
        return im_str_from_kind(t, im_str_kind(s), im_str_data(s), im_str_len(s));
    }
    int kind = im_str_kind(s);
    const void *p = im_str_data(s);
    ssize_t n = im_str_len(s);
    Text x = {NULL, 0, 0};
    Value r = IM_NO_VALUE;
    for (ssize_t i = 0; i < n; i++)
        if (decompose(t, &x, im_str_read(kind, p, i), form & 1, old) < 0) goto done;
    order(&x);
    if (form >= IM_NORM_NFC) compose(&x);
    r = im_str_from_kind(t, 4, x.v, (ssize_t)x.n);
done:
    im_raw_free(x.v);
    return r;
}
