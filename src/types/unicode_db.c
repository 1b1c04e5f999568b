/* Properties of characters: lookups in the generated tables.
 * SPDX-License-Identifier: MIT */
#include "types/unicode_db.h"

#include "unicode_tables.h"

const ImUcRecord *im_uc(uint32_t c)
{
    return c < 0x110000 ? &uc_records[uc_index2[(uint32_t)uc_index1[c >> 7] << 7 | (c & 127)]] : &uc_records[0];
}
static int map(uint32_t c, const ImUcRecord *r, int32_t v, uint32_t *out)
{
    if (!(r->flags & IM_UC_SPECIAL)) { *out = (uint32_t)((int32_t)c + v); return 1; }
    int n = (int)((uint32_t)v >> 24), at = v & 0xFFFFFF;
    for (int i = 0; i < n; i++) out[i] = uc_ext[at + i];
    return n;
}
int im_uc_upper(uint32_t c, uint32_t *out) { const ImUcRecord *r = im_uc(c); return map(c, r, r->upper, out); }
int im_uc_lower(uint32_t c, uint32_t *out) { const ImUcRecord *r = im_uc(c); return map(c, r, r->lower, out); }
int im_uc_title(uint32_t c, uint32_t *out) { const ImUcRecord *r = im_uc(c); return map(c, r, r->title, out); }
int im_uc_fold(uint32_t c, uint32_t *out) { const ImUcRecord *r = im_uc(c); return map(c, r, r->fold, out); }
double im_uc_numeric(uint32_t c)
{
    size_t lo = 0, hi = sizeof uc_numeric / sizeof uc_numeric[0];
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (uc_numeric[mid].c < c) lo = mid + 1;
        else hi = mid;
    }
    return lo < sizeof uc_numeric / sizeof uc_numeric[0] && uc_numeric[lo].c == c ? uc_numeric[lo].v : -1;
}
bool im_uc_is_linebreak(uint32_t c)
{
    return (c >= 10 && c <= 13) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
}
