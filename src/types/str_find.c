/* str: searching, slicing, joining.
 * SPDX-License-Identifier: MIT */
#include "types/list.h"
#include "types/str.h"
#include "types/tuple.h"

ssize_t im_str_find_char(Value s, uint32_t c, ssize_t start, ssize_t end, int direction)
{
    int k = im_str_kind(s);
    const void *d = im_str_data(s);
    if (end > im_str_len(s)) end = im_str_len(s);
    if (start >= end || (k == 1 && c > 255) || (k == 2 && c > 0xFFFF)) return -1;
    if (k == 1) {
        const char *p = direction > 0 ? memchr((const char *)d + start, (int)c, (size_t)(end - start)) : memrchr((const char *)d + start, (int)c, (size_t)(end - start));
        return p ? p - (const char *)d : -1;
    }
    if (direction > 0) {
        for (ssize_t i = start; i < end; i++)
            if (im_str_read(k, d, i) == c) return i;
    } else {
        for (ssize_t i = end - 1; i >= start; i--)
            if (im_str_read(k, d, i) == c) return i;
    }
    return -1;
}

static bool match_at(int k, const void *d, ssize_t i, int ks, const void *ds, ssize_t m)
{
    if (k == ks) return memcmp((const char *)d + i * k, ds, (size_t)(m * k)) == 0;
    for (ssize_t j = 0; j < m; j++)
        if (im_str_read(k, d, i + j) != im_str_read(ks, ds, j)) return false;
    return true;
}

ssize_t im_str_find(Value s, Value sub, ssize_t start, ssize_t end, int direction)
{
    ssize_t m = im_str_len(sub), n = im_str_len(s);
    if (end > n) end = n;
    if (start < 0 || m > end - start) return -1;
    if (m == 0) return direction > 0 ? start : end;
    int k = im_str_kind(s), ks = im_str_kind(sub);
    if (ks > k) return -1;
    const void *d = im_str_data(s), *ds = im_str_data(sub);
    uint32_t first = im_str_read(ks, ds, 0);
    if (m == 1) return im_str_find_char(s, first, start, end, direction);
    if (direction > 0) {
        if (k == 1) {
            const char *p = memmem((const char *)d + start, (size_t)(end - start), ds, (size_t)m);
            return p ? p - (const char *)d : -1;
        }
        for (ssize_t i = start; i <= end - m; i++)
            if (im_str_read(k, d, i) == first && match_at(k, d, i, ks, ds, m)) return i;
    } else {
        for (ssize_t i = end - m; i >= start; i--)
            if (im_str_read(k, d, i) == first && match_at(k, d, i, ks, ds, m)) return i;
    }
    return -1;
}

bool im_str_startswith(Value s, Value prefix, ssize_t start)
{
    ssize_t m = im_str_len(prefix);
    return start >= 0 && m <= im_str_len(s) - start && match_at(im_str_kind(s), im_str_data(s), start, im_str_kind(prefix), im_str_data(prefix), m);
}

static uint32_t max_char(Value s) { return im_str_is_ascii(s) ? 127 : im_str_kind(s) == 1 ? 255 : im_str_kind(s) == 2 ? 0xFFFF : 0x10FFFF; }
static void copy_in(int k, void *d, ssize_t at, Value s)
{
    int ks = im_str_kind(s);
    ssize_t n = im_str_len(s);
    const void *ds = im_str_data(s);
    if (k == ks) memcpy((char *)d + at * k, ds, (size_t)(n * k));
    else for (ssize_t i = 0; i < n; i++) im_str_write(k, d, at + i, im_str_read(ks, ds, i));
}

Value im_str_concat(Thread *t, Value a, Value b)
{
    ssize_t na = im_str_len(a), nb = im_str_len(b), n;
    if (nb == 0 && im_is_str_exact(a)) return im_new_ref(a);
    if (na == 0 && im_is_str_exact(b)) return im_new_ref(b);
    if (__builtin_add_overflow(na, nb, &n)) return im_raise_overflow(t, "strings are too large to concat");
    uint32_t ma = max_char(a), mb = max_char(b);
    Value v = im_str_new(t, n, ma > mb ? ma : mb);
    if (im_no_value(v)) return v;
    copy_in(im_str_kind(v), im_str_data(v), 0, a);
    copy_in(im_str_kind(v), im_str_data(v), na, b);
    return v;
}

int im_str_append(Thread *t, Value *a, Value b)
{
    Value x = *a;
    ssize_t na = im_str_len(x), nb = im_str_len(b);
    int k = im_str_kind(x);
    if (nb == 0) return 0;
    if (im_is_unique(x) && im_is_str_exact(x) && !im_str_is_interned(x) && im_str_kind(b) <= k && (im_str_is_ascii(b) || !im_str_is_ascii(x))
        && im_object_capacity(im_ptr(x)) >= sizeof(ImStr) + (size_t)(na + nb + 1) * (size_t)k) {
        ImStr *s = im_strp(x);
        copy_in(k, s->data, na, b);
        s->len = na + nb;
        im_str_write(k, s->data, s->len, 0);
        s->x_hash = -1;
        return 0;
    }
    uint32_t ma = max_char(x), mb = max_char(b), m = ma > mb ? ma : mb;
    int nk = m < 256 ? 1 : m < 65536 ? 2 : 4;
    ssize_t n = na + nb, room = n + (im_is_unique(x) ? n / 2 : 0); /* grows by half from the second append on */
    ImStr *s = (ImStr *)im_object_alloc_raw(t, &im_str_type.root, 0, sizeof(ImStr) + ((size_t)room + 1) * (size_t)nk);
    if (!s) { im_drop(t, x); *a = IM_NO_VALUE; return -1; }
    s->x_hash = -1;
    s->len = n;
    s->head.x_flags = (uint16_t)((nk == 1 ? IM_STR_KIND1 : nk == 2 ? IM_STR_KIND2 : IM_STR_KIND4) | (m < 128 ? IM_STR_ASCII : 0));
    copy_in(nk, s->data, 0, x);
    copy_in(nk, s->data, na, b);
    im_str_write(nk, s->data, n, 0);
    im_drop(t, x);
    *a = im_value(s);
    return 0;
}

Value im_str_substring(Thread *t, Value s, ssize_t start, ssize_t end)
{
    ssize_t n = im_str_len(s);
    if (end > n) end = n;
    if (start < 0) start = 0;
    if (start >= end) return im_str_new(t, 0, 0);
    if (start == 0 && end == n && im_is_str_exact(s)) return im_new_ref(s);
    int k = im_str_kind(s);
    return im_str_from_kind(t, k, (char *)im_str_data(s) + start * k, end - start);
}

Value im_str_join_array(Thread *t, Value sep, const Value *items, size_t n)
{
    if (n == 0) return im_str_new(t, 0, 0);
    if (n == 1 && im_is_str_exact(items[0])) return im_new_ref(items[0]);
    ssize_t total = 0, ns = im_str_len(sep);
    uint32_t m = n > 1 && ns ? max_char(sep) : 0;
    for (size_t i = 0; i < n; i++) {
        if (__builtin_add_overflow(total, im_str_len(items[i]) + (i ? ns : 0), &total)) return im_raise_overflow(t, "join() result is too long for a Python string");
        uint32_t c = max_char(items[i]);
        if (c > m) m = c;
    }
    Value v = im_str_new(t, total, m);
    if (im_no_value(v)) return v;
    int k = im_str_kind(v);
    void *d = im_str_data(v);
    ssize_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (i && ns) { copy_in(k, d, at, sep); at += ns; }
        copy_in(k, d, at, items[i]);
        at += im_str_len(items[i]);
    }
    return v;
}

Value im_str_join(Thread *t, Value sep, Value iterable)
{
    Value seq = im_fast_sequence(t, iterable, "can only join an iterable");
    if (im_no_value(seq)) return seq;
    Value tup = im_is_tuple(seq) ? im_new_ref(seq) : im_list_to_tuple(t, seq), r = IM_NO_VALUE;
    im_drop(t, seq);
    if (im_no_value(tup)) return tup;
    ssize_t n = im_tuple_len(tup);
    Value *items = im_tuple_items(tup);
    for (ssize_t i = 0; i < n; i++)
        if (!im_is_str(items[i])) {
            (void)im_raise_type(t, "sequence item %zd: expected str instance, %T found", i, items[i]);
            goto done;
        }
    r = im_str_join_array(t, sep, items, (size_t)n);
done:
    im_drop(t, tup);
    return r;
}
