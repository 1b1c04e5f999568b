/* Methods that bytes and bytearray share.
 * SPDX-License-Identifier: MIT */
#include "types/bytes_methods.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#include "types/int.h"
#include "types/list.h"
#include "types/slice.h"
#include "types/tuple.h"

#define M(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)
#define NOARGS (void)a, (void)n, (void)kw

/* ASCII classes, locale independent. */
static bool up(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static bool lo(uint8_t c) { return c >= 'a' && c <= 'z'; }
static bool dig(uint8_t c) { return c >= '0' && c <= '9'; }
static bool spc(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

ImRun im_bytes_pin(Thread *t, Value self)
{
    if (im_is_bytes(self)) return (ImRun){im_bytes_data(self), im_bytes_len(self), IM_NO_VALUE, NULL};
    ImByteArray *b = (ImByteArray *)im_ptr(self);
    if (im_is_private_obj(&b->head)) {
        b->x_exports++;
        return (ImRun){b->x_start ? b->x_start : "", b->x_len, self, NULL};
    }
    char *copy = NULL;
    ssize_t cap = -1, len;
    for (;;) {
        im_object_lock(t, &b->head);
        len = b->x_len;
        if (len <= cap) break;
        if (cap >= 0 && !copy) { /* no memory for a copy: hold the bytes themselves */
            im_faa_relaxed(&b->x_exports, 1);
            ImRun held = {b->x_start ? b->x_start : "", len, self, NULL};
            im_object_unlock(t, &b->head);
            return held;
        }
        im_object_unlock(t, &b->head);
        im_raw_free(copy);
        cap = len;
        copy = im_raw_alloc(NULL, (size_t)len + 1);
    }
    if (len) memcpy(copy, b->x_start, (size_t)len);
    im_object_unlock(t, &b->head);
    return (ImRun){copy, len, IM_NO_VALUE, copy};
}
void im_bytes_unpin(Thread *t, ImRun *r)
{
    (void)t;
    im_raw_free(r->copy);
    if (im_no_value(r->pinned)) return;
    ImByteArray *b = (ImByteArray *)im_ptr(r->pinned);
    IM_ADD_IN(&b->head, &b->x_exports, -1);
}
int im_bytes_at(Thread *t, Value self, ssize_t i)
{
    if (im_is_bytes(self)) {
        if (i < 0) i += im_bytes_len(self);
        return i < 0 || i >= im_bytes_len(self) ? -1 : (uint8_t)im_bytes_data(self)[i];
    }
    ImByteArray *b = (ImByteArray *)im_ptr(self);
    bool shared = im_is_shared_obj(&b->head);
    if (shared) im_object_lock(t, &b->head);
    if (i < 0) i += b->x_len;
    int c = i < 0 || i >= b->x_len ? -1 : (uint8_t)b->x_start[i];
    if (shared) im_object_unlock(t, &b->head);
    return c;
}
Value im_bytes_like(Thread *t, Value self, const char *p, ssize_t len) { return im_is_bytes(self) ? im_bytes_new(t, p, len) : im_bytearray_new(t, p, len); }
/* self unchanged: exact bytes may be returned themselves. */
static Value same(Thread *t, Value self, const ImRun *r) { return im_is_bytes_exact(self) ? im_new_ref(self) : im_bytes_like(t, self, r->p, r->len); }

/* A new object of self's kind whose len bytes are written in place, between open and close. */
typedef struct Fresh { Value v; ssize_t len; char few[1]; } Fresh;
static char *fresh_open(Thread *t, Value self, ssize_t len, Fresh *f)
{
    f->len = len;
    f->v = IM_NO_VALUE;
    if (len < (im_is_bytes(self) ? 2 : 1)) return f->few; /* bytes so short are constants, not to be written to */
    f->v = im_is_bytes(self) ? im_bytes_new(t, NULL, len) : im_bytearray_raw(t, len);
    if (im_no_value(f->v)) return NULL;
    return im_is_bytes(self) ? im_bytes_data(f->v) : ((ImByteArray *)im_ptr(f->v))->x_start;
}
/* len: how many of the bytes are kept. */
static Value fresh_close(Thread *t, Value self, Fresh *f, ssize_t len)
{
    if (im_no_value(f->v)) return im_bytes_like(t, self, f->few, len);
    if (len == f->len) return f->v;
    if (im_is_bytes(self) && len < 2) {
        Value few = im_bytes_new(t, im_bytes_data(f->v), len);
        im_drop(t, f->v);
        return few;
    }
    if (im_is_bytes(self)) return im_bytes_resize(t, &f->v, len) < 0 ? IM_NO_VALUE : f->v;
    if (im_bytearray_resize(t, f->v, len) < 0) IM_CLEAR(t, f->v);
    return f->v;
}

/* Argument that is a byte value or bytes-like: fills *one or *b. */
typedef struct Needle { ImBuffer b; bool held; char one; const char *p; ssize_t len; } Needle;
static int needle(Thread *t, Value v, Needle *x, bool int_ok)
{
    x->held = false;
    if (IM_LIKELY(im_is_bytes_exact(v))) {
        x->p = im_bytes_data(v);
        x->len = im_bytes_len(v);
        return 0;
    }
    if (int_ok && !im_buffer_check(v) && im_is_index(v)) {
        ssize_t i;
        if (im_as_ssize(t, v, &im_ValueError_type, &i) < 0) {
            if (im_exc_clear_if(t, &im_ValueError_type)) return im_raise_valueerror(t, "byte must be in range(0, 256)"), -1;
            return -1;
        }
        if (i < 0 || i > 255) return im_raise_valueerror(t, "byte must be in range(0, 256)"), -1;
        x->one = (char)i;
        x->p = &x->one;
        x->len = 1;
        return 0;
    }
    if (int_ok && !im_buffer_check(v)) return im_raise_type(t, "argument should be integer or bytes-like object, not '%T'", v), -1;
    if (im_buffer_get(t, v, &x->b, IM_BUF_SIMPLE) < 0) return -1;
    x->held = true;
    x->p = x->b.buf;
    x->len = x->b.len;
    return 0;
}
static void needle_done(Thread *t, Needle *x) { if (x->held) im_buffer_release(t, &x->b); }

static ssize_t find(const char *p, ssize_t start, ssize_t end, const char *q, ssize_t m, int dir)
{
    if (start > end || m > end - start) return -1;
    if (m == 0) return dir > 0 ? start : end;
    if (dir > 0) {
        const char *r = im_bytes_find(p + start, (size_t)(end - start), q, (size_t)m);
        return r ? r - p : -1;
    }
    for (ssize_t i = end - m; i >= start; i--)
        if (p[i] == q[0] && !memcmp(p + i, q, (size_t)m)) return i;
    return -1;
}
static int bounds(Thread *t, const Value *a, size_t n, ssize_t len, ssize_t *start, ssize_t *end)
{
    *start = 0;
    *end = len;
    if (n > 1 && !im_is_none(a[1]) && im_slice_index(t, a[1], start) < 0) return -1;
    if (n > 2 && !im_is_none(a[2]) && im_slice_index(t, a[2], end) < 0) return -1;
    if (*end > len) *end = len;
    else if (*end < 0) { *end += len; if (*end < 0) *end = 0; }
    if (*start < 0) { *start += len; if (*start < 0) *start = 0; }
    return 0;
}
static Value do_find(Thread *t, Value self, const Value *a, size_t n, int dir, bool must)
{
    Needle x;
    ssize_t start, end, i = -1;
    if (needle(t, a[0], &x, true) < 0) return IM_NO_VALUE;
    ImRun r = im_bytes_pin(t, self);
    int bad = bounds(t, a, n, r.len, &start, &end);
    if (bad == 0) i = find(r.p, start, end, x.p, x.len, dir);
    im_bytes_unpin(t, &r);
    needle_done(t, &x);
    if (bad < 0) return IM_NO_VALUE;
    return i < 0 && must ? im_raise_valueerror(t, "subsection not found") : im_int(i);
}
M(m_find) { (void)kw; return do_find(t, self, a, n, 1, false); }
M(m_rfind) { (void)kw; return do_find(t, self, a, n, -1, false); }
M(m_index) { (void)kw; return do_find(t, self, a, n, 1, true); }
M(m_rindex) { (void)kw; return do_find(t, self, a, n, -1, true); }
M(m_count)
{
    (void)kw;
    Needle x;
    ssize_t start, end, c = 0;
    if (needle(t, a[0], &x, true) < 0) return IM_NO_VALUE;
    ImRun r = im_bytes_pin(t, self);
    int bad = bounds(t, a, n, r.len, &start, &end);
    if (bad == 0) {
        if (x.len == 0) c = start <= end ? end - start + 1 : 0;
        else while ((start = find(r.p, start, end, x.p, x.len, 1)) >= 0) { c++; start += x.len; }
    }
    im_bytes_unpin(t, &r);
    needle_done(t, &x);
    return bad < 0 ? IM_NO_VALUE : im_int(c);
}
static Value affix(Thread *t, Value self, const Value *a, size_t n, bool tail)
{
    ssize_t start, end;
    if (n == 1 && im_is_bytes_exact(self) && im_is_bytes_exact(a[0])) {
        ssize_t len = im_bytes_len(self), m = im_bytes_len(a[0]);
        return im_bool(m <= len && !memcmp(im_bytes_data(self) + (tail ? len - m : 0), im_bytes_data(a[0]), (size_t)m));
    }
    ImRun r = im_bytes_pin(t, self);
    Value out = IM_FALSE;
    if (bounds(t, a, n, r.len, &start, &end) < 0) { out = IM_NO_VALUE; goto done; }
    bool tup = im_is_tuple(a[0]);
    const Value *items = tup ? im_tuple_items(a[0]) : a;
    ssize_t count = tup ? im_tuple_len(a[0]) : 1;
    for (ssize_t i = 0; i < count; i++) {
        ImBuffer b;
        if (im_buffer_get(t, items[i], &b, IM_BUF_SIMPLE) < 0) {
            if (!tup && im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "%s first arg must be bytes or a tuple of bytes, not %T", tail ? "endswith" : "startswith", items[i]);
            out = IM_NO_VALUE;
            goto done;
        }
        bool hit = start <= end && b.len <= end - start && !memcmp(r.p + (tail ? end - b.len : start), b.buf, (size_t)b.len);
        im_buffer_release(t, &b);
        if (hit) { out = IM_TRUE; break; }
    }
done:
    im_bytes_unpin(t, &r);
    return out;
}
M(m_startswith) { (void)kw; return affix(t, self, a, n, false); }
M(m_endswith) { (void)kw; return affix(t, self, a, n, true); }
static Value remove_affix(Thread *t, Value self, Value what, bool tail)
{
    ImBuffer b;
    if (im_buffer_get(t, what, &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    ImRun r = im_bytes_pin(t, self);
    Value v;
    if (b.len && b.len <= r.len && !memcmp(tail ? r.p + r.len - b.len : r.p, b.buf, (size_t)b.len)) v = im_bytes_like(t, self, tail ? r.p : r.p + b.len, r.len - b.len);
    else v = same(t, self, &r);
    im_bytes_unpin(t, &r);
    im_buffer_release(t, &b);
    return v;
}
M(m_removeprefix) { (void)n; (void)kw; return remove_affix(t, self, a[0], false); }
M(m_removesuffix) { (void)n; (void)kw; return remove_affix(t, self, a[0], true); }

/* --- mapping --- */
enum { UPPER, LOWER, TITLE, CAPITAL, SWAP };
static Value map_case(Thread *t, Value self, int how)
{
    ImRun r = im_bytes_pin(t, self);
    Value v = im_is_bytes(self) ? im_bytes_new(t, NULL, r.len) : im_bytearray_raw(t, r.len);
    if (!im_no_value(v) && r.len == 1 && im_is_bytes(v)) { /* such bytes are constants */
        uint8_t c = (uint8_t)r.p[0];
        bool turn = lo(c) ? how != LOWER : up(c) && (how == LOWER || how == SWAP);
        if (turn) c ^= 32;
        im_drop(t, v);
        v = im_bytes_new(t, &c, 1);
    } else if (!im_no_value(v) && r.len) {
        uint8_t *q = im_is_bytes(v) ? (uint8_t *)im_bytes_data(v) : (uint8_t *)((ImByteArray *)im_ptr(v))->x_start;
        const uint8_t *p = (const uint8_t *)r.p;
        uint8_t in_word = 0; /* 32 after a letter */
        if (how == UPPER || how == LOWER || how == CAPITAL) im_ascii_turn_case(q, p, (size_t)r.len, how == UPPER ? 'a' : 'A');
        else for (ssize_t i = 0; i < r.len; i++) {
            uint8_t c = p[i];
            bool letter = (uint8_t)((c | 32) - 'a') < 26;
            switch (how) {
            case UPPER: q[i] = (uint8_t)(c ^ ((uint8_t)(c - 'a') < 26) << 5); break;
            case LOWER: case CAPITAL: q[i] = (uint8_t)(c ^ ((uint8_t)(c - 'A') < 26) << 5); break;
            case SWAP: q[i] = (uint8_t)(c ^ letter << 5); break;
            default:
                q[i] = letter ? (uint8_t)((c & ~32) | in_word) : c;
                in_word = (uint8_t)(letter << 5);
            }
        }
        if (how == CAPITAL && lo(q[0])) q[0] ^= 32;
    }
    im_bytes_unpin(t, &r);
    return v;
}
M(m_upper) { NOARGS; return map_case(t, self, UPPER); }
M(m_lower) { NOARGS; return map_case(t, self, LOWER); }
M(m_title) { NOARGS; return map_case(t, self, TITLE); }
M(m_capitalize) { NOARGS; return map_case(t, self, CAPITAL); }
M(m_swapcase) { NOARGS; return map_case(t, self, SWAP); }
static Value all(Thread *t, Value self, bool (*f)(uint8_t), bool (*g)(uint8_t))
{
    ImRun r = im_bytes_pin(t, self);
    bool ok = r.len > 0;
    for (ssize_t i = 0; ok && i < r.len; i++) ok = f((uint8_t)r.p[i]) || (g && g((uint8_t)r.p[i]));
    im_bytes_unpin(t, &r);
    return im_bool(ok);
}
static bool alpha(uint8_t c) { return up(c) || lo(c); }
M(m_isalpha) { NOARGS; return all(t, self, alpha, NULL); }
M(m_isalnum) { NOARGS; return all(t, self, alpha, dig); }
M(m_isdigit) { NOARGS; return all(t, self, dig, NULL); }
M(m_isspace) { NOARGS; return all(t, self, spc, NULL); }
static Value cased(Thread *t, Value self, bool (*want)(uint8_t), bool (*refuse)(uint8_t))
{
    ImRun r = im_bytes_pin(t, self);
    bool any = false, ok = true;
    for (ssize_t i = 0; ok && i < r.len; i++) { any |= want((uint8_t)r.p[i]); ok = !refuse((uint8_t)r.p[i]); }
    im_bytes_unpin(t, &r);
    return im_bool(ok && any);
}
M(m_islower) { NOARGS; return cased(t, self, lo, up); }
M(m_isupper) { NOARGS; return cased(t, self, up, lo); }
M(m_istitle)
{
    NOARGS;
    ImRun r = im_bytes_pin(t, self);
    bool any = false, prev = false, ok = true;
    for (ssize_t i = 0; ok && i < r.len; i++) {
        uint8_t c = (uint8_t)r.p[i];
        if (up(c)) { ok = !prev; prev = any = true; }
        else if (lo(c)) { ok = prev; any = true; }
        else prev = false;
    }
    im_bytes_unpin(t, &r);
    return im_bool(ok && any);
}
bool im_bytes_are_ascii(const void *p, size_t n);
M(m_isascii)
{
    NOARGS;
    ImRun r = im_bytes_pin(t, self);
    bool ok = im_bytes_are_ascii(r.p, (size_t)r.len);
    im_bytes_unpin(t, &r);
    return im_bool(ok);
}
/* --- padding --- */
static Value pad(Thread *t, Value self, const ImRun *r, ssize_t left, ssize_t right, char fill)
{
    if (left < 0) left = 0;
    if (right < 0) right = 0;
    if (!left && !right) return same(t, self, r);
    Fresh f;
    char *q = fresh_open(t, self, left + right + r->len, &f);
    if (!q) return IM_NO_VALUE;
    memset(q, fill, (size_t)left);
    memcpy(q + left, r->p, (size_t)r->len);
    memset(q + left + r->len, fill, (size_t)right);
    return fresh_close(t, self, &f, f.len);
}
static Value justify(Thread *t, Value self, const Value *a, size_t n, const char *name, int how)
{
    ssize_t w;
    char fill = ' ';
    if (im_as_ssize(t, a[0], &im_OverflowError_type, &w) < 0) return IM_NO_VALUE;
    if (n > 1) {
        if (im_is_bytes(a[1]) && im_bytes_len(a[1]) == 1) fill = im_bytes_data(a[1])[0];
        else if (im_is_instance_of(a[1], &im_bytearray_type) && ((ImByteArray *)im_ptr(a[1]))->x_len == 1) fill = ((ImByteArray *)im_ptr(a[1]))->x_start[0];
        else if (im_is_bytes(a[1])) return im_raise_type(t, "%s(): argument 2 must be a byte string of length 1, not a bytes object of length %zd", name, im_bytes_len(a[1]));
        else return im_raise_type(t, "%s() argument 2 must be a byte string of length 1, not %T", name, a[1]);
    }
    ImRun r = im_bytes_pin(t, self);
    ssize_t m = w - r.len, left = how == 0 ? 0 : how == 1 ? m : m / 2 + (m & w & 1);
    Value v = m <= 0 ? same(t, self, &r) : pad(t, self, &r, left, m - left, fill);
    im_bytes_unpin(t, &r);
    return v;
}
M(m_ljust) { (void)kw; return justify(t, self, a, n, "ljust", 0); }
M(m_rjust) { (void)kw; return justify(t, self, a, n, "rjust", 1); }
M(m_center) { (void)kw; return justify(t, self, a, n, "center", 2); }
M(m_zfill)
{
    (void)n; (void)kw;
    ssize_t w;
    if (im_as_ssize(t, a[0], &im_OverflowError_type, &w) < 0) return IM_NO_VALUE;
    ImRun r = im_bytes_pin(t, self);
    Value v;
    if (r.len >= w) v = same(t, self, &r);
    else {
        v = pad(t, self, &r, w - r.len, 0, '0');
        if (!im_no_value(v) && r.len && (r.p[0] == '+' || r.p[0] == '-')) {
            char *q = im_is_bytes(v) ? im_bytes_data(v) : ((ImByteArray *)im_ptr(v))->x_start;
            q[0] = r.p[0];
            q[w - r.len] = '0';
        }
    }
    im_bytes_unpin(t, &r);
    return v;
}
M(m_expandtabs)
{
    (void)n; (void)kw;
    int size = 8;
    if (!im_no_value(a[0]) && im_as_int(t, a[0], &size) < 0) return IM_NO_VALUE;
    ImRun r = im_bytes_pin(t, self);
    Value acc = im_bytearray_new(t, NULL, 0), v = IM_NO_VALUE;
    ssize_t col = 0, used = 0;
    if (im_no_value(acc)) goto done;
    for (ssize_t i = 0; i < r.len; i++) {
        char c = r.p[i];
        ssize_t k = c == '\t' ? (size > 0 ? size - col % size : 0) : 1;
        if (im_bytearray_resize(t, acc, used + k) < 0) goto done;
        memset(((ImByteArray *)im_ptr(acc))->x_start + used, c == '\t' ? ' ' : c, (size_t)k);
        used += k;
        col = c == '\n' || c == '\r' ? 0 : col + k;
    }
    v = im_bytes_like(t, self, ((ImByteArray *)im_ptr(acc))->x_start, used);
done:
    im_xdrop(t, acc);
    im_bytes_unpin(t, &r);
    return v;
}

/* --- splitting --- */
static int push(Thread *t, Value list, Value self, const ImRun *r, ssize_t i, ssize_t j)
{
    if (i == 0 && j == r->len && im_is_bytes_exact(self)) return im_list_append(t, list, self);
    Value v = im_bytes_like(t, self, r->p + i, j - i);
    return im_no_value(v) ? -1 : im_list_append_steal(t, list, v);
}
/* bytes at a byte, from the left: the commonest way. */
static Value split_at_byte(Thread *t, Value self, char sep, ssize_t max)
{
    const char *p = im_bytes_data(self), *end = p + im_bytes_len(self), *q;
    size_t n = 1;
    for (q = p; n <= (size_t)max && (q = memchr(q, sep, (size_t)(end - q))) != NULL; q++) n++;
    Value list = im_list_new(t, n);
    if (n == 1 && !im_no_value(list) && im_list_append(t, list, self) < 0) IM_CLEAR(t, list);
    for (size_t i = 1; n > 1 && i <= n && !im_no_value(list); i++, p = q + 1) {
        q = i < n ? memchr(p, sep, (size_t)(end - p)) : end;
        Value part = im_bytes_new(t, p, q - p);
        if (im_no_value(part) || im_list_append_steal(t, list, part) < 0) IM_CLEAR(t, list);
    }
    return list;
}
static Value split(Thread *t, Value self, const Value *a, bool right)
{
    ssize_t max = -1;
    Needle x = {.len = -1};
    if (!im_no_value(a[1]) && im_as_ssize(t, a[1], &im_OverflowError_type, &max) < 0) return IM_NO_VALUE;
    if (max < 0) max = SSIZE_MAX;
    if (!im_no_value(a[0]) && !im_is_none(a[0])) {
        if (needle(t, a[0], &x, false) < 0) return IM_NO_VALUE;
        if (x.len == 0) { needle_done(t, &x); return im_raise_valueerror(t, "empty separator"); }
        if (x.len == 1 && !x.held && !right && im_is_bytes_exact(self)) return split_at_byte(t, self, *x.p, max);
    }
    ImRun r = im_bytes_pin(t, self);
    Value list = im_list_new(t, 4);
    int bad = im_no_value(list) ? -1 : 0;
    ssize_t i = right ? r.len : 0, j;
    while (!bad && max-- > 0) {
        if (x.len < 0) {
            if (!right) {
                while (i < r.len && spc((uint8_t)r.p[i])) i++;
                if (i == r.len) goto done;
                for (j = i; i < r.len && !spc((uint8_t)r.p[i]); i++) {}
                bad = push(t, list, self, &r, j, i);
            } else {
                while (i > 0 && spc((uint8_t)r.p[i - 1])) i--;
                if (i == 0) goto done;
                for (j = i; i > 0 && !spc((uint8_t)r.p[i - 1]); i--) {}
                bad = push(t, list, self, &r, i, j);
            }
        } else if (!right) {
            if ((j = find(r.p, i, r.len, x.p, x.len, 1)) < 0) break;
            bad = push(t, list, self, &r, i, j);
            i = j + x.len;
        } else {
            if ((j = find(r.p, 0, i, x.p, x.len, -1)) < 0) break;
            bad = push(t, list, self, &r, j + x.len, i);
            i = j;
        }
    }
    if (!bad) {
        if (x.len < 0) {
            if (!right) { while (i < r.len && spc((uint8_t)r.p[i])) i++; if (i < r.len) bad = push(t, list, self, &r, i, r.len); }
            else { while (i > 0 && spc((uint8_t)r.p[i - 1])) i--; if (i > 0) bad = push(t, list, self, &r, 0, i); }
        } else {
            bad = right ? push(t, list, self, &r, 0, i) : push(t, list, self, &r, i, r.len);
        }
    }
done:
    if (!bad && right) bad = im_list_reverse(t, list);
    im_bytes_unpin(t, &r);
    if (x.len >= 0) needle_done(t, &x);
    if (bad) { im_xdrop(t, list); return IM_NO_VALUE; }
    return list;
}
M(m_split) { (void)n; (void)kw; return split(t, self, a, false); }
M(m_rsplit) { (void)n; (void)kw; return split(t, self, a, true); }
M(m_splitlines)
{
    (void)n; (void)kw;
    int keep = im_no_value(a[0]) ? 0 : im_truth(t, a[0]), bad = 0;
    if (keep < 0) return IM_NO_VALUE;
    ImRun r = im_bytes_pin(t, self);
    Value list = im_list_new(t, 4);
    for (ssize_t i = 0; !im_no_value(list) && i < r.len && !bad;) {
        ssize_t j = i, end;
        while (i < r.len && r.p[i] != '\n' && r.p[i] != '\r') i++;
        end = i;
        if (i < r.len) {
            i += r.p[i] == '\r' && i + 1 < r.len && r.p[i + 1] == '\n' ? 2 : 1;
            if (keep) end = i;
        }
        bad = push(t, list, self, &r, j, end);
    }
    im_bytes_unpin(t, &r);
    if (bad) { im_drop(t, list); return IM_NO_VALUE; }
    return list;
}
static Value partition(Thread *t, Value self, Value sep, bool right)
{
    ImBuffer b;
    if (im_buffer_get(t, sep, &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value v[3], out = IM_NO_VALUE;
    ImRun r = im_bytes_pin(t, self);
    if (b.len == 0) { (void)im_raise_valueerror(t, "empty separator"); goto done; }
    ssize_t i = find(r.p, 0, r.len, b.buf, b.len, right ? -1 : 1);
    if (i < 0) {
        v[right ? 2 : 0] = same(t, self, &r);
        v[right ? 0 : 1] = im_bytes_like(t, self, "", 0);
        v[right ? 1 : 2] = im_bytes_like(t, self, "", 0);
    } else {
        v[0] = im_bytes_like(t, self, r.p, i);
        v[1] = im_is_bytes_exact(sep) && im_is_bytes(self) ? im_new_ref(sep) : im_bytes_like(t, self, b.buf, b.len);
        v[2] = im_bytes_like(t, self, r.p + i + b.len, r.len - i - b.len);
    }
    out = im_tuple_steal_array(t, v, 3);
done:
    im_bytes_unpin(t, &r);
    im_buffer_release(t, &b);
    return out;
}
M(m_partition) { (void)n; (void)kw; return partition(t, self, a[0], false); }
M(m_rpartition) { (void)n; (void)kw; return partition(t, self, a[0], true); }
static Value strip(Thread *t, Value self, const Value *a, size_t n, bool left, bool right)
{
    ImBuffer b = {.len = -1};
    if (n && !im_is_none(a[0]) && im_buffer_get(t, a[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    ImRun r = im_bytes_pin(t, self);
    ssize_t i = 0, j = r.len;
#define DROPPED(c) (b.len < 0 ? spc((uint8_t)(c)) : b.len && memchr(b.buf, (c), (size_t)b.len) != NULL)
    while (left && i < j && DROPPED(r.p[i])) i++;
    while (right && j > i && DROPPED(r.p[j - 1])) j--;
    Value v = i == 0 && j == r.len ? same(t, self, &r) : im_bytes_like(t, self, r.p + i, j - i);
    im_bytes_unpin(t, &r);
    if (b.len >= 0) im_buffer_release(t, &b);
    return v;
}
M(m_strip) { (void)kw; return strip(t, self, a, n, true, true); }
M(m_lstrip) { (void)kw; return strip(t, self, a, n, true, false); }
M(m_rstrip) { (void)kw; return strip(t, self, a, n, false, true); }
M(m_replace)
{
    (void)kw;
    ImBuffer from, to;
    ssize_t max = -1;
    if (n > 2 && im_as_ssize(t, a[2], &im_OverflowError_type, &max) < 0) return IM_NO_VALUE;
    if (max < 0) max = SSIZE_MAX;
    if (im_buffer_get(t, a[0], &from, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    if (im_buffer_get(t, a[1], &to, IM_BUF_SIMPLE) < 0) { im_buffer_release(t, &from); return IM_NO_VALUE; }
    ImRun r = im_bytes_pin(t, self);
    Value v = IM_NO_VALUE;
    ssize_t count = 0, i = 0, places[32];
    if (from.len == 0) count = r.len + 1 < max ? r.len + 1 : max;
    else while (count < max && (i = find(r.p, i, r.len, from.buf, from.len, 1)) >= 0) {
        if (count < 32) places[count] = i;
        count++;
        i += from.len;
    }
    if (count == 0) { v = same(t, self, &r); goto done; }
    ssize_t grow, total;
    if (__builtin_mul_overflow(to.len - from.len, count, &grow) || __builtin_add_overflow(r.len, grow, &total)) { (void)im_raise_overflow(t, "replace bytes is too long"); goto done; }
    Fresh f;
    char *w = fresh_open(t, self, total, &f);
    if (!w) goto done;
    ssize_t at = 0;
    for (ssize_t k = 0; k < count; k++) {
        ssize_t j = from.len ? k < 32 ? places[k] : find(r.p, at, r.len, from.buf, from.len, 1) : k;
        if (from.len == 0) {
            memcpy(w, to.buf, (size_t)to.len);
            w += to.len;
            if (k < r.len) *w++ = r.p[k];
            at = k + 1;
            continue;
        }
        memcpy(w, r.p + at, (size_t)(j - at));
        w += j - at;
        memcpy(w, to.buf, (size_t)to.len);
        w += to.len;
        at = j + from.len;
    }
    if (at < r.len) { memcpy(w, r.p + at, (size_t)(r.len - at)); w += r.len - at; }
    v = fresh_close(t, self, &f, total);
done:
    im_bytes_unpin(t, &r);
    im_buffer_release(t, &to);
    im_buffer_release(t, &from);
    return v;
}
/* Maps n bytes through table (null: as they are) without those in drop (null: none); how many are written. */
static ssize_t map_bytes(char *to, const char *from, ssize_t n, const char *table, const bool *drop)
{
    if (!drop) {
        for (ssize_t i = 0; i < n; i++) to[i] = table ? table[(uint8_t)from[i]] : from[i];
        return n;
    }
    ssize_t k = 0;
    for (ssize_t i = 0; i < n; i++) { /* written at once, kept or not: no branch to guess */
        const uint8_t c = (uint8_t)from[i];
        to[k] = table ? table[c] : (char)c;
        k += !drop[c];
    }
    return k;
}
M(m_translate)
{
    (void)n; (void)kw;
    ImBuffer tb = {.len = -1}, del = {.len = -1};
    bool drop[256] = {false};
    Value v = IM_NO_VALUE;
    if (!im_is_none(a[0])) {
        if (im_buffer_get(t, a[0], &tb, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
        if (tb.len != 256) { im_buffer_release(t, &tb); return im_raise_valueerror(t, "translation table must be 256 characters long"); }
    }
    if (!im_no_value(a[1]) && im_buffer_get(t, a[1], &del, IM_BUF_SIMPLE) < 0) goto done;
    for (ssize_t i = 0; i < del.len; i++) drop[((uint8_t *)del.buf)[i]] = true;
    ImRun r = im_bytes_pin(t, self);
    Fresh f;
    char *q = r.len ? fresh_open(t, self, r.len, &f) : NULL;
    if (r.len == 0) v = im_bytes_like(t, self, "", 0);
    else if (q) v = fresh_close(t, self, &f, map_bytes(q, r.p, r.len, tb.len < 0 ? NULL : tb.buf, del.len > 0 ? drop : NULL));
    im_bytes_unpin(t, &r);
done:
    if (del.len >= 0) im_buffer_release(t, &del);
    if (tb.len >= 0) im_buffer_release(t, &tb);
    return v;
}
Value im_bytes_maketrans(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)self; (void)n; (void)kw;
    ImBuffer f, g;
    Value v = IM_NO_VALUE;
    if (im_buffer_get(t, a[0], &f, IM_BUF_SIMPLE) < 0) return v;
    if (im_buffer_get(t, a[1], &g, IM_BUF_SIMPLE) < 0) { im_buffer_release(t, &f); return v; }
    if (f.len != g.len) (void)im_raise_valueerror(t, "maketrans arguments must have same length");
    else {
        uint8_t map[256];
        for (int i = 0; i < 256; i++) map[i] = (uint8_t)i;
        for (ssize_t i = 0; i < f.len; i++) map[((uint8_t *)f.buf)[i]] = ((uint8_t *)g.buf)[i];
        v = im_bytes_new(t, map, 256);
    }
    im_buffer_release(t, &g);
    im_buffer_release(t, &f);
    return v;
}
M(m_join)
{
    (void)n; (void)kw;
    /* The iterable's own code must not resize what its items will be joined with. */
    ImBuffer hold = {.obj = IM_NO_VALUE};
    if (!im_is_bytes(self) && im_buffer_get(t, self, &hold, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value seq = im_fast_sequence(t, a[0], "can only join an iterable"), out = IM_NO_VALUE;
    if (!im_no_value(hold.obj)) im_buffer_release(t, &hold);
    if (im_no_value(seq)) return seq;
    Value tup = im_is_tuple(seq) ? im_new_ref(seq) : im_list_to_tuple(t, seq);
    im_drop(t, seq);
    if (im_no_value(tup)) return tup;
    ssize_t count = im_tuple_len(tup), total = 0, got = 0;
    if (im_is_bytes_exact(self) && count > 1) { /* bytes throughout, mostly */
        ssize_t m = im_bytes_len(self), i = 0;
        for (; i < count && im_is_bytes_exact(im_tuple_get(tup, i)); i++)
            if (__builtin_add_overflow(total, im_bytes_len(im_tuple_get(tup, i)) + (i ? m : 0), &total)) break;
        if (i == count) {
            out = im_bytes_new(t, NULL, total > 1 ? total : 2);
            if (!im_no_value(out)) {
                char *to = im_bytes_data(out);
                for (i = 0; i < count; i++) {
                    Value x = im_tuple_get(tup, i);
                    if (i) { memcpy(to, im_bytes_data(self), (size_t)m); to += m; }
                    memcpy(to, im_bytes_data(x), (size_t)im_bytes_len(x));
                    to += im_bytes_len(x);
                }
                if (total < 2) {
                    char only = *im_bytes_data(out);
                    im_drop(t, out);
                    out = im_bytes_new(t, &only, total);
                }
            }
            im_drop(t, tup);
            return out;
        }
        total = 0;
    }
    ImRun r = im_bytes_pin(t, self);
    ImBuffer *b = im_raw_alloc(t, (size_t)(count ? count : 1) * sizeof *b);
    if (!b) goto done;
    for (; got < count; got++) {
        Value x = im_tuple_get(tup, got);
        if (im_buffer_get(t, x, &b[got], IM_BUF_SIMPLE) < 0) {
            if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "sequence item %zd: expected a bytes-like object, %T found", got, x);
            goto done;
        }
        if (__builtin_add_overflow(total, b[got].len + (got ? r.len : 0), &total)) { got++; (void)im_raise_overflow(t, "join() result is too long"); goto done; }
    }
    if (count == 1 && im_is_bytes_exact(im_tuple_get(tup, 0)) && im_is_bytes(self)) { out = im_new_ref(im_tuple_get(tup, 0)); goto done; }
    Fresh f;
    char *w = fresh_open(t, self, total, &f);
    if (!w) goto done;
    for (ssize_t i = 0; i < count; i++) {
        if (i) { memcpy(w, r.p, (size_t)r.len); w += r.len; }
        memcpy(w, b[i].buf, (size_t)b[i].len);
        w += b[i].len;
    }
    out = fresh_close(t, self, &f, total);
done:
    while (got-- > 0) im_buffer_release(t, &b[got]);
    im_raw_free(b);
    im_bytes_unpin(t, &r);
    im_drop(t, tup);
    return out;
}
M(m_decode)
{
    (void)n; (void)kw;
    const char *s[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        if (im_no_value(a[i])) continue;
        if (!im_is_str(a[i])) return im_raise_type(t, "decode() argument '%s' must be str, not %T", i ? "errors" : "encoding", a[i]);
        if (!(s[i] = im_str_utf8(t, a[i], NULL))) return IM_NO_VALUE;
    }
    ImRun r = im_bytes_pin(t, self);
    Value v = im_str_decode(t, r.p, r.len, s[0], s[1]);
    im_bytes_unpin(t, &r);
    return v;
}
/* Two digits for each byte: sums instead of a table, so that the compiler takes sixteen bytes at a time. */
IM_VECTOR static void hex_digits(uint8_t *restrict to, const uint8_t *restrict from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t hi = from[i] >> 4, lo = from[i] & 15;
        to[2 * i] = (uint8_t)(hi + '0' + (hi > 9 ? 'a' - '9' - 1 : 0));
        to[2 * i + 1] = (uint8_t)(lo + '0' + (lo > 9 ? 'a' - '9' - 1 : 0));
    }
}
/* Text of hex(sep, bytes_per_sep). */
Value im_bytes_hex(Thread *t, const uint8_t *p, ssize_t len, Value sep, Value per)
{
    static const char digits[] = "0123456789abcdef";
    int group = 1, sc = -1;
    if (!im_no_value(sep)) {
        if (im_is_str(sep)) {
            if (im_str_len(sep) != 1) return im_raise_valueerror(t, "sep must be length 1.");
            if (im_str_at(sep, 0) > 127) return im_raise_valueerror(t, "sep must be ASCII.");
            sc = (int)im_str_at(sep, 0);
        } else if (im_is_bytes(sep)) {
            if (im_bytes_len(sep) != 1) return im_raise_valueerror(t, "sep must be length 1.");
            sc = (uint8_t)im_bytes_data(sep)[0];
            if (sc > 127) return im_raise_valueerror(t, "sep must be ASCII.");
        } else {
            return im_raise_type(t, "sep must be str or bytes.");
        }
        if (!im_no_value(per) && im_as_int(t, per, &group) < 0) return IM_NO_VALUE;
        if (group == 0) sc = -1;
    }
    ssize_t g = group < 0 ? -(ssize_t)group : group, nsep = sc >= 0 && len > 1 ? (len - 1) / g : 0;
    if (len > SSIZE_MAX / 4) return im_raise_memory(t);
    Value v = im_str_new(t, len * 2 + nsep, 127);
    if (im_no_value(v) || len == 0) return v;
    char *w = im_str_data(v);
    if (nsep == 0) {
        hex_digits((uint8_t *)w, p, (size_t)len);
        return v;
    }
    for (ssize_t i = 0; i < len; i++) {
        if (nsep && i && (group > 0 ? (len - i) % g == 0 : i % g == 0)) *w++ = (char)sc;
        *w++ = digits[p[i] >> 4];
        *w++ = digits[p[i] & 15];
    }
    return v;
}
M(m_hex)
{
    (void)n; (void)kw;
    ImRun r = im_bytes_pin(t, self);
    Value v = im_bytes_hex(t, (const uint8_t *)r.p, r.len, a[0], a[1]);
    im_bytes_unpin(t, &r);
    return v;
}
static int hexval(uint32_t c)
{
    static const uint8_t value[128] = { /* one more than the digit's value */
        ['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
        ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    };
    return c < 128 ? value[c] - 1 : -1;
}
Value im_bytes_fromhex(Thread *t, Value cls, const Value *a, size_t n, Value kw)
{
    (void)n; (void)kw;
    if (!im_is_str(a[0])) return im_raise_type(t, "fromhex() argument must be str, not %T", a[0]);
    ssize_t len = im_str_len(a[0]), i = 0;
    char *q = im_raw_alloc(t, (size_t)len / 2 + 1), *w = q;
    if (!q) return IM_NO_VALUE;
    if (im_str_kind(a[0]) == 1) { /* pairs of digits, up to what needs a look */
        const uint8_t *s = im_str_data(a[0]);
        for (; i + 1 < len && s[i] > ' '; i += 2) {
            int h = hexval(s[i]), l = hexval(s[i + 1]);
            if ((h | l) < 0) break;
            *w++ = (char)(h << 4 | l);
        }
    }
    while (i < len) {
        uint32_t c = im_str_at(a[0], i);
        if (c < 128 && spc((uint8_t)c)) { i++; continue; }
        int h = hexval(c), l = i + 1 < len ? hexval(im_str_at(a[0], i + 1)) : -1;
        if (h < 0 || l < 0) {
            im_raw_free(q);
            return im_raise_valueerror(t, "non-hexadecimal number found in fromhex() arg at position %zd", h < 0 ? i : i + 1);
        }
        *w++ = (char)(h << 4 | l);
        i += 2;
    }
    ImType *ty = im_as_type(cls);
    bool mutable = im_type_is_subtype(ty, &im_bytearray_type);
    Value v = mutable ? im_bytearray_new(t, q, w - q) : im_bytes_new(t, q, w - q);
    im_raw_free(q);
    if (im_no_value(v) || ty == &im_bytes_type || ty == &im_bytearray_type) return v;
    Value r = im_call1(t, cls, v);
    im_drop(t, v);
    return r;
}

const ImMethodDef im_bytes_shared_methods[] = {
    IM_FIXED("capitalize", m_capitalize, 0, "($self, /)", "B.capitalize() -> copy of B"), IM_RANGE("center", m_center, 1, 2, "($self, width, fillchar=b' ', /)", "Return a copy centered in a run of width bytes.\n\nPadding is done with the given fill byte."), IM_RANGE("count", m_count, 1, 3, "($self, sub[, start[, end]], /)", "Return the number of non-overlapping occurrences of sub.\n\nThe optional start and end stand as in slice notation."),
    IM_PARSED("decode", m_decode, "($self, /, encoding='utf-8', errors='strict')", "Decode the bytes using the codec registered for encoding."), IM_RANGE("endswith", m_endswith, 1, 3, "($self, suffix[, start[, end]], /)", "Return True if the bytes end with the suffix, or with one of a tuple of suffixes.\n\nThe optional start and end stand as in slice notation."),
    IM_PARSED("expandtabs", m_expandtabs, "($self, /, tabsize=8)", "Return a copy with every tab replaced by spaces up to the next column."), IM_RANGE("find", m_find, 1, 3, "($self, sub[, start[, end]], /)", "Return the lowest index where sub is found, -1 if it is not there.\n\nThe optional start and end stand as in slice notation."), IM_PARSED("hex", m_hex, "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", "Create a string of hexadecimal numbers from a bytes object.\n\n>>> value = b'\\x0f\\xa0\\x01'\n>>> value.hex()\n'0fa001'\n>>> value.hex(':')\n'0f:a0:01'\n>>> value.hex(':', 2)\n'0f:a001'\n>>> value.hex(':', -2)\n'0fa0:01'"),
    IM_RANGE("index", m_index, 1, 3, "($self, sub[, start[, end]], /)", "Return the lowest index where sub is found.\n\nRaises ValueError if it is not there. The optional start and end stand as in slice notation."), IM_FIXED("isalnum", m_isalnum, 0, "($self, /)", "Return True if there is a byte and all are ASCII letters or digits."), IM_FIXED("isalpha", m_isalpha, 0, "($self, /)", "Return True if there is a byte and all are ASCII letters."), IM_FIXED("isascii", m_isascii, 0, "($self, /)", "Return True if all bytes are ASCII, also if there is none."), IM_FIXED("isdigit", m_isdigit, 0, "($self, /)", "Return True if there is a byte and all are ASCII digits."),
    IM_FIXED("islower", m_islower, 0, "($self, /)", "Return True if there is a cased ASCII letter and all are in lower case."), IM_FIXED("isspace", m_isspace, 0, "($self, /)", "Return True if there is a byte and all are ASCII whitespace."), IM_FIXED("istitle", m_istitle, 0, "($self, /)", "Return True if the bytes are titlecased: every word in lower case after one capital."), IM_FIXED("isupper", m_isupper, 0, "($self, /)", "Return True if there is a cased ASCII letter and all are in upper case."), IM_FIXED("join", m_join, 1, "($self, iterable_of_bytes, /)", "Concatenate any number of bytes-like objects with this one between them."),
    IM_RANGE("ljust", m_ljust, 1, 2, "($self, width, fillchar=b' ', /)", "Return a copy at the left of a run of width bytes.\n\nPadding is done with the given fill byte."), IM_FIXED("lower", m_lower, 0, "($self, /)", "Return a copy with all ASCII letters in lower case."), IM_RANGE("lstrip", m_lstrip, 0, 1, "($self, bytes=None, /)", "Return a copy without the leading bytes that the argument holds (default: ASCII whitespace)."), IM_FIXED("partition", m_partition, 1, "($self, sep, /)", "Return the part before the first separator, the separator and the part after it.\n\nWithout a separator: the whole and twice nothing."),
    IM_RANGE("replace", m_replace, 2, 3, "($self, old, new, count=-1, /)", "Return a copy with occurrences of old replaced by new, all of them or the first count."), IM_FIXED("removeprefix", m_removeprefix, 1, "($self, prefix, /)", "Return a copy without the prefix, if it is there."), IM_FIXED("removesuffix", m_removesuffix, 1, "($self, suffix, /)", "Return a copy without the suffix, if it is there."),
    IM_RANGE("rfind", m_rfind, 1, 3, "($self, sub[, start[, end]], /)", "Return the highest index where sub is found, -1 if it is not there.\n\nThe optional start and end stand as in slice notation."), IM_RANGE("rindex", m_rindex, 1, 3, "($self, sub[, start[, end]], /)", "Return the highest index where sub is found.\n\nRaises ValueError if it is not there. The optional start and end stand as in slice notation."), IM_RANGE("rjust", m_rjust, 1, 2, "($self, width, fillchar=b' ', /)", "Return a copy at the right of a run of width bytes.\n\nPadding is done with the given fill byte."), IM_FIXED("rpartition", m_rpartition, 1, "($self, sep, /)", "Return the part before the last separator, the separator and the part after it.\n\nWithout a separator: twice nothing and the whole."),
    IM_PARSED("rsplit", m_rsplit, "($self, /, sep=None, maxsplit=-1)", "Return a list of the parts between separators, from the right.\n\nWithout a separator: between runs of ASCII whitespace. At most maxsplit splits are made."), IM_RANGE("rstrip", m_rstrip, 0, 1, "($self, bytes=None, /)", "Return a copy without the trailing bytes that the argument holds (default: ASCII whitespace)."), IM_PARSED("split", m_split, "($self, /, sep=None, maxsplit=-1)", "Return a list of the parts between separators, from the left.\n\nWithout a separator: between runs of ASCII whitespace. At most maxsplit splits are made."),
    IM_PARSED("splitlines", m_splitlines, "($self, /, keepends=False)", "Return a list of the lines, with their ends if keepends is true."), IM_RANGE("startswith", m_startswith, 1, 3, "($self, prefix[, start[, end]], /)", "Return True if the bytes start with the prefix, or with one of a tuple of prefixes.\n\nThe optional start and end stand as in slice notation."), IM_RANGE("strip", m_strip, 0, 1, "($self, bytes=None, /)", "Return a copy without the leading and trailing bytes that the argument holds (default: ASCII whitespace)."), IM_FIXED("swapcase", m_swapcase, 0, "($self, /)", "Return a copy with the case of every ASCII letter turned round."),
    IM_FIXED("title", m_title, 0, "($self, /)", "Return a titlecased copy: a capital at the start of every word, lower case after it."), IM_PARSED("translate", m_translate, "($self, table, /, delete=b'')", "Return a copy in which the bytes of delete are left out and the others go through a table of 256 bytes."), IM_FIXED("upper", m_upper, 0, "($self, /)", "Return a copy with all ASCII letters in upper case."), IM_FIXED("zfill", m_zfill, 1, "($self, width, /)", "Pad a numeric byte string with zeros on the left, to width bytes.\n\nThe original is never cut.")};
const size_t im_bytes_shared_count = IM_COUNTOF(im_bytes_shared_methods);

/* --- shared slots --- */
int im_bytes_contains(Thread *t, Value self, Value v)
{
    Needle x;
    if (im_is_index(v) && !im_buffer_check(v)) {
        ssize_t i;
        if (im_as_ssize(t, v, &im_ValueError_type, &i) < 0 || i < 0 || i > 255) { if (!im_pending(t) || im_exc_clear_if(t, &im_ValueError_type)) (void)im_raise_valueerror(t, "byte must be in range(0, 256)"); return -1; }
        x.one = (char)i;
        x.p = &x.one;
        x.len = 1;
        x.held = false;
    } else if (!im_buffer_check(v)) {
        return im_raise_type(t, "a bytes-like object is required, not '%T'", v), -1;
    } else if (needle(t, v, &x, false) < 0) {
        return -1;
    }
    ImRun r = im_bytes_pin(t, self);
    bool hit = find(r.p, 0, r.len, x.p, x.len, 1) >= 0;
    im_bytes_unpin(t, &r);
    needle_done(t, &x);
    return hit;
}
void im_bytes_stride(char *to, const char *from, ssize_t n, ssize_t step)
{
    ssize_t k = 0;
    if (step == -1) { /* backwards, a word at a time */
        for (; n - k >= 8; k += 8) {
            uint64_t w;
            memcpy(&w, from - k - 7, 8);
            w = __builtin_bswap64(w);
            memcpy(to + k, &w, 8);
        }
    } else if (step == 2) {
        for (; n - k >= 4; k += 4) {
            const char *p = from + 2 * k;
            to[k] = p[0], to[k + 1] = p[2], to[k + 2] = p[4], to[k + 3] = p[6];
        }
    }
    for (; k < n; k++) to[k] = from[k * step]; /* no step beyond the last: it may be as long as a number can be */
}
Value im_bytes_subscript(Thread *t, Value self, Value key)
{
    ssize_t i, j, step;
    if (im_is_int(key)) {
        int c = im_bytes_at(t, self, im_int_get(key));
        return c >= 0 ? im_int(c) : im_raise_index(t, im_is_bytes(self) ? "index out of range" : "bytearray index out of range");
    }
    ImRun r = im_bytes_pin(t, self);
    Value v = IM_NO_VALUE;
    if (im_is_slice(key)) {
        if (im_slice_unpack(t, key, &i, &j, &step) < 0) goto done;
        ssize_t n = im_slice_adjust(r.len, &i, &j, step);
        if (n <= 0) v = im_bytes_like(t, self, "", 0);
        else if (step == 1) v = n == r.len ? same(t, self, &r) : im_bytes_like(t, self, r.p + i, n);
        else {
            Fresh f;
            char *q = fresh_open(t, self, n, &f);
            if (!q) goto done;
            im_bytes_stride(q, r.p + i, n, step);
            v = fresh_close(t, self, &f, n);
        }
    } else if (!im_is_index(key)) {
        (void)im_raise_type(t, im_is_bytes(self) ? "byte indices must be integers or slices, not %T" : "bytearray indices must be integers or slices, not %T", key);
    } else if (im_as_ssize(t, key, &im_IndexError_type, &i) == 0) {
        if (i < 0) i += r.len;
        if (i < 0 || i >= r.len) (void)im_raise_index(t, im_is_bytes(self) ? "index out of range" : "bytearray index out of range");
        else v = im_int((uint8_t)r.p[i]);
    }
done:
    im_bytes_unpin(t, &r);
    return v;
}
/* -b: comparing with text or numbers is warned about. */
static IM_COLD int warn_mixed(Thread *t, Value x, Value y)
{
    bool array = im_is_instance_of(x, &im_bytearray_type) || im_is_instance_of(y, &im_bytearray_type);
    if (im_is_str(x) || im_is_str(y)) return im_warn(t, &im_BytesWarning_type, 1, array ? "Comparison between bytearray and string" : "Comparison between bytes and string");
    if (!array && (im_is_int_like(x) || im_is_int_like(y))) return im_warn(t, &im_BytesWarning_type, 1, "Comparison between bytes and int");
    return 0;
}

Value im_bytes_compare(Thread *t, Value x, Value y, ImCmp op)
{
    ImBuffer b, c;
    if (IM_UNLIKELY(im_bytes_warning) && (op == IM_EQ || op == IM_NE) && warn_mixed(t, x, y) < 0) return IM_NO_VALUE;
    if (im_is_bytes(x) && im_is_bytes(y)) {
        b = (ImBuffer){.buf = im_bytes_data(x), .len = im_bytes_len(x)};
        c = (ImBuffer){.buf = im_bytes_data(y), .len = im_bytes_len(y)};
    } else {
        if (im_is_bytes(x) && (op != IM_EQ && op != IM_NE) && !im_is_instance_of(y, &im_bytearray_type)) return IM_NOT_IMPLEMENTED;
        if (im_is_str(x) || im_is_str(y) || !im_buffer_check(x) || !im_buffer_check(y)) return IM_NOT_IMPLEMENTED;
        if (im_buffer_get(t, x, &b, IM_BUF_SIMPLE) < 0) { im_exc_clear(t); return IM_NOT_IMPLEMENTED; }
        if (im_buffer_get(t, y, &c, IM_BUF_SIMPLE) < 0) { im_exc_clear(t); im_buffer_release(t, &b); return IM_NOT_IMPLEMENTED; }
    }
    int r;
    if ((op == IM_EQ || op == IM_NE) && b.len != c.len) r = 1;
    else {
        ssize_t n = b.len < c.len ? b.len : c.len;
        r = n ? memcmp(b.buf, c.buf, (size_t)n) : 0;
        if (r == 0) r = b.len < c.len ? -1 : b.len > c.len;
    }
    if (!im_no_value(b.obj)) im_buffer_release(t, &b);
    if (!im_no_value(c.obj)) im_buffer_release(t, &c);
    return im_bool(op == IM_EQ ? r == 0 : op == IM_NE ? r != 0 : op == IM_LT ? r < 0 : op == IM_LE ? r <= 0 : op == IM_GT ? r > 0 : r >= 0);
}
Value im_bytes_repr_run(Thread *t, const char *prefix, const char *p, ssize_t len, const char *suffix)
{
    char quote = len && memchr(p, '\'', (size_t)len) && !memchr(p, '"', (size_t)len) ? '"' : '\'';
    const uint8_t escaped = *suffix ? '\'' : (uint8_t)quote; /* bytearray escapes ' between " too */
    ssize_t before = (ssize_t)strlen(prefix), after = (ssize_t)strlen(suffix), size = before + after + 2;
    for (ssize_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)p[i];
        size += c == escaped || c == '\\' || c == '\t' || c == '\n' || c == '\r' ? 2 : c < ' ' || c >= 0x7f ? 4 : 1;
    }
    Value v = im_str_new(t, size, 127);
    if (im_no_value(v)) return v;
    char *d = im_str_data(v);
    memcpy(d, prefix, (size_t)before);
    d += before;
    *d++ = quote;
    for (ssize_t i = 0; i < len; i++) {
        static const char digits[] = "0123456789abcdef";
        uint8_t c = (uint8_t)p[i];
        if (c >= ' ' && c < 0x7f && c != escaped && c != '\\') { *d++ = (char)c; continue; }
        *d++ = '\\';
        if (c == escaped || c == '\\') *d++ = (char)c;
        else if (c == '\t') *d++ = 't';
        else if (c == '\n') *d++ = 'n';
        else if (c == '\r') *d++ = 'r';
        else { *d++ = 'x'; *d++ = digits[c >> 4]; *d++ = digits[c & 15]; }
    }
    *d++ = quote;
    memcpy(d, suffix, (size_t)after);
    return v;
}
