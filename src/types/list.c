/* list: storage, methods, iterators. Sorting is in list_sort.c.
 *
 * Every change is written once for both kinds of list: list_begin() gives room and, when the list is shared, its lock; list_end() releases it and
 * retires a replaced array. Items that go away are collected in a raw array and dropped after list_end(). Shared slots are stored by release and an array that
 * a shared list gives up is emptied, so that readers that still hold it find nothing in it.
 * One file, although long: each operation is written on these few static functions, which are inline in it.
 * SPDX-License-Identifier: MIT */
#include "types/list.h"

#include "mem/fast.h"
#include "mem/vec.h"
#include "types/bytes.h"
#include "types/dict_table.h"
#include "types/function.h"
#include "types/int.h"
#include "types/iter.h"
#include "types/list_sort.h"
#include "types/module.h"
#include "types/set.h"
#include "types/slice.h"
#include "types/str.h"
#include "types/tuple.h"

#define MAX_ITEMS ((size_t)PTRDIFF_MAX / sizeof(Value) - 16)

/* --- storage ------------------------------------------------------------------------------------------------------------- */

static ImArray *array_new(Thread *t, size_t cap)
{
    if (cap > MAX_ITEMS) { (void)im_raise_memory(t); return NULL; }
    const size_t bytes = sizeof(ImArray) + cap * sizeof(Value);
    ImArray *a = IM_LIKELY(t != NULL) ? im_raw_alloc_fast(t, bytes) : im_raw_alloc(NULL, bytes);
    if (IM_LIKELY(a != NULL)) a->cap = cap;
    return a;
}

static size_t array_bytes(const ImArray *a) { return a ? sizeof(ImArray) + a->cap * sizeof(Value) : 0; }

static size_t roomy(size_t n)
{
    enum { LONG = 1 << 16 }; /* items; beyond, room that is not used yet is no memory yet, while moving costs a page fault per page */
    return (n + (n >> (n < LONG ? 3 : 1)) + 6) & ~(size_t)3;
}

/* Drops n references that no object holds any more, last first. They stay roots meanwhile: a drop may run Python code. */
static void drop_items(Thread *t, Value *items, size_t n)
{
    for (; n && im_drop_plain(t, items[n - 1]); n--)
        if (!im_is_object(items[n - 1])) /* so may be its neighbours */
            while (n > 4 && !((int)im_is_object(items[n - 2]) | (int)im_is_object(items[n - 3]) | (int)im_is_object(items[n - 4]) | (int)im_is_object(items[n - 5]))) n -= 4;
    if (n <= 1) {
        if (n) im_drop(t, items[0]);
        return;
    }
    ImValueVec vec;
    im_vec_init(t, &vec);
    vec.items = items;
    vec.len = n;
    while (vec.len) {
        Value v = items[--vec.len];
        im_xdrop(t, v);
    }
    vec.items = vec.small;
    im_vec_fini(t, &vec);
}

/* Stores into a slot: other threads may be reading it. */
IM_INLINE void put(Value *slot, Value v) { im_store_release(&slot->bits, v.bits); }

/* Moves n items within an array, readers looking on. */
static void shift(Value *to, Value *from, size_t n)
{
    if (to < from) for (size_t i = 0; i < n; i++) put(&to[i], from[i]);
    else for (size_t i = n; i-- > 0;) put(&to[i], from[i]);
}

/* What a change in progress has to give back. */
typedef struct Change {
    ImList *list;
    bool shared;
    ImArray *dead; /* replaced array of a shared list */
} Change;

static int begin_shared(Thread *t, Change *c, size_t extra)
{
    ImList *l = c->list;
    ImArray *fresh = NULL;
    for (;;) {
        im_object_lock(t, &l->head);
        ImArray *a = l->x_items;
        size_t n = (size_t)l->x_len;
        if (n + extra <= (a ? a->cap : 0)) {
            c->dead = fresh;
            return 0;
        }
        if (fresh && fresh->cap >= n + extra) {
            if (n) memcpy(fresh->x_items, a->x_items, n * sizeof(Value));
            memset(fresh->x_items + n, 0, (fresh->cap - n) * sizeof(Value));
            im_store_release(&l->x_items, fresh);
            for (size_t i = 0; i < n; i++) put(&a->x_items[i], IM_NO_VALUE);
            c->dead = a;
            return 0;
        }
        im_object_unlock(t, &l->head);
        im_raw_free(fresh);
        if (extra > MAX_ITEMS - n || !(fresh = array_new(t, roomy(n + extra)))) return extra > MAX_ITEMS - n ? im_raise_memory(t), -1 : -1;
    }
}

static int grow_private(Thread *t, ImList *l, size_t cap)
{
    if (cap > MAX_ITEMS) return im_raise_memory(t), -1;
    size_t bytes = sizeof(ImArray) + cap * sizeof(Value);
    ImArray *a = !l->x_items ? im_raw_alloc_fast(t, bytes) : cap > l->x_items->cap ? im_raw_grow(t, l->x_items, bytes) : im_raw_realloc(t, l->x_items, bytes);
    if (!a) return -1;
    a->cap = cap;
    l->x_items = a;
    return 0;
}

/* Begins a change that adds up to `extra` items. 0: proceed, then list_end. -1: nothing begun. */
static int list_begin(Thread *t, Change *c, ImList *l, size_t extra)
{
    c->list = l;
    c->dead = NULL;
    c->shared = !im_is_private_obj(&l->head);
    if (c->shared) return begin_shared(t, c, extra);
    size_t n = (size_t)l->x_len, cap = l->x_items ? l->x_items->cap : 0;
    if (n + extra <= cap) return 0;
    if (extra > MAX_ITEMS - n) return im_raise_memory(t), -1;
    return grow_private(t, l, n == 0 ? extra : roomy(n + extra));
}

static void list_end(Thread *t, Change *c)
{
    if (!c->shared) return;
    im_object_unlock(t, &c->list->head);
    if (c->dead) im_raw_retire(t, c->dead, array_bytes(c->dead));
}

IM_INLINE void set_len(ImList *l, size_t n) { im_store_release(&l->x_len, (ssize_t)n); }

static ImList *list_alloc(Thread *t)
{
    ImList *l = (ImList *)im_tracked_alloc(t, &im_list_type.root, sizeof(ImList));
    if (IM_LIKELY(l != NULL)) {
        l->x_len = 0;
        l->x_items = NULL;
    }
    return l;
}

Value im_list_new(Thread *t, size_t capacity)
{
    ImList *l = list_alloc(t);
    if (!l) return IM_NO_VALUE;
    im_track_new(t, &l->head);
    if (capacity && !(l->x_items = array_new(t, capacity))) {
        im_drop(t, im_value(l));
        return IM_NO_VALUE;
    }
    return im_value(l);
}

Value im_list_from_array(Thread *t, const Value *items, size_t n)
{
    Value r = im_list_new(t, n);
    if (im_no_value(r) || !n) return r;
    ImList *l = im_listp(r);
    for (size_t i = 0; i < n; i++) l->x_items->x_items[i] = im_new_ref(items[i]);
    l->x_len = (ssize_t)n;
    return r;
}

Value im_list_steal_array(Thread *t, Value *items, size_t n)
{
    Value r = im_list_new(t, n);
    if (im_no_value(r)) {
        drop_items(t, items, n);
        return r;
    }
    bool holes = false;
    for (size_t i = 0; i < n; i++) holes |= im_no_value(im_listp(r)->x_items->x_items[i] = items[i]);
    im_listp(r)->x_len = (ssize_t)n;
    if (IM_UNLIKELY(holes) && im_pending(t)) IM_CLEAR(t, r); /* one could not be made */
    return r;
}

ssize_t im_list_len(Value list) { return im_load_acquire(&im_listp(list)->x_len); }

/* --- reading ------------------------------------------------------------------------------------------------------------- */

/* Under the lock; negative i counts from the end. */
static IM_NOINLINE Value get_locked(Thread *t, ImList *l, ssize_t i)
{
    Value v = IM_NO_VALUE;
    im_object_lock(t, &l->head);
    if (i < 0) i += l->x_len;
    if ((size_t)i < (size_t)l->x_len) {
        v = l->x_items->x_items[i];
        im_take(v);
    }
    im_object_unlock(t, &l->head);
    return v;
}

Value im_list_get(Thread *t, Value list, ssize_t i)
{
    ImList *l = im_listp(list);
    ImArray *a = im_load_acquire(&l->x_items);
    if ((size_t)i >= (size_t)im_load_acquire(&l->x_len)) return IM_NO_VALUE;
    if (IM_LIKELY(a && (size_t)i < a->cap)) {
        Value v = im_slot_get(t, &l->head, &a->x_items[i]);
        if (IM_LIKELY(!im_no_value(v))) return v;
    }
    return get_locked(t, l, i);
}

/* Item i, negative from the end: one moment decides about the length. */
static Value get_signed(Thread *t, ImList *l, ssize_t i)
{
    if (i >= 0) return im_list_get(t, im_value(l), i);
    if (im_is_private_obj(&l->head)) return im_list_get(t, im_value(l), i + l->x_len);
    return get_locked(t, l, i);
}

/* n items with a reference to each; nobody else writes them meanwhile. */
IM_INLINE void copy_items(Value *to, const Value *from, size_t n)
{
    memcpy(to, from, n * sizeof(Value));
    for (size_t i = 0; i < n; i++) im_xtake(from[i]);
}

/* New list with the items [start, stop) by step, bounds fitted while the list holds still. */
static Value list_extract(Thread *t, ImList *l, ssize_t start, ssize_t stop, ssize_t step)
{
    for (;;) {
        ssize_t lo = start, hi = stop;
        ssize_t n = im_slice_adjust(im_load_acquire(&l->x_len), &lo, &hi, step);
        Value r = im_list_new(t, n > 0 ? (size_t)n : 0);
        if (im_no_value(r)) return r;
        bool shared = !im_is_private_obj(&l->head);
        if (shared) {
            im_object_lock(t, &l->head);
            lo = start, hi = stop;
            ssize_t now = im_slice_adjust(l->x_len, &lo, &hi, step);
            if (now > n) {
                im_object_unlock(t, &l->head);
                im_drop(t, r);
                continue;
            }
            n = now;
        }
        if (n > 0) {
            Value *to = im_listp(r)->x_items->x_items, *from = l->x_items->x_items;
            if (step == 1) copy_items(to, from + lo, (size_t)n);
            else for (ssize_t i = 0; i < n; i++) to[i] = im_new_ref(from[lo + i * step]); /* the step may be as long as a number can be */
            im_listp(r)->x_len = n;
        }
        if (shared) im_object_unlock(t, &l->head);
        return r;
    }
}

static Value list_snapshot(Thread *t, ImList *l) { return list_extract(t, l, 0, PTRDIFF_MAX, 1); }

Value im_list_slice(Thread *t, Value list, ssize_t lo, ssize_t hi)
{
    return list_extract(t, im_listp(list), lo < 0 ? 0 : lo, hi < 0 ? 0 : hi, 1);
}

Value im_list_to_tuple(Thread *t, Value list)
{
    ImList *l = im_listp(list);
    if (im_is_private_obj(&l->head)) return im_tuple_from_array(t, l->x_items ? l->x_items->x_items : NULL, (size_t)l->x_len);
    Value copy = list_snapshot(t, l);
    if (im_no_value(copy)) return copy;
    ImList *c = im_listp(copy);
    size_t n = (size_t)c->x_len;
    c->x_len = 0;
    Value r = im_tuple_steal_array(t, c->x_items ? c->x_items->x_items : NULL, n);
    im_drop(t, copy);
    return r;
}

/* --- changing ------------------------------------------------------------------------------------------------------------ */

static IM_NOINLINE int append_slow(Thread *t, ImList *l, Value v)
{
    Change c;
    if (!im_is_private_obj(&l->head)) {
        im_publish(t, v);
    } else if (!l->x_items && !(l->x_items = array_new(t, roomy(1)))) {
        im_drop(t, v);
        return -1;
    }
    if (list_begin(t, &c, l, 1) < 0) {
        im_drop(t, v);
        return -1;
    }
    size_t n = (size_t)l->x_len;
    put(&l->x_items->x_items[n], v);
    set_len(l, n + 1);
    list_end(t, &c);
    return 0;
}

int im_list_append_steal(Thread *t, Value list, Value v)
{
    ImList *l = im_listp(list);
    if (IM_LIKELY(im_is_private_obj(&l->head))) {
        ImArray *a = l->x_items;
        if (IM_LIKELY(a && (size_t)l->x_len < a->cap)) {
            a->x_items[l->x_len++] = v;
            return 0;
        }
    }
    return append_slow(t, l, v);
}

int im_list_append(Thread *t, Value list, Value v) { return im_list_append_steal(t, list, im_new_ref(v)); }

int im_list_insert(Thread *t, Value list, ssize_t i, Value v)
{
    ImList *l = im_listp(list);
    Change c;
    if (!im_is_private_obj(&l->head)) im_publish(t, v);
    if (list_begin(t, &c, l, 1) < 0) return -1;
    im_take(v);
    ssize_t n = l->x_len;
    if (i < 0 && (i += n) < 0) i = 0;
    if (i > n) i = n;
    Value *items = l->x_items->x_items;
    if (c.shared) {
        shift(items + i + 1, items + i, (size_t)(n - i));
        put(&items[i], v);
    } else {
        memmove(items + i + 1, items + i, (size_t)(n - i) * sizeof(Value));
        items[i] = v;
    }
    set_len(l, (size_t)n + 1);
    list_end(t, &c);
    return 0;
}

/* Stores v (owned) at i, negative from the end. 0, or -1 when out of range: v dropped, nothing raised. */
static inline int set_signed(Thread *t, ImList *l, ssize_t i, Value v)
{
    Value old = v;
    int r = -1;
    if (im_is_private_obj(&l->head)) {
        if (i < 0) i += l->x_len;
        if ((size_t)i < (size_t)l->x_len) {
            old = l->x_items->x_items[i];
            l->x_items->x_items[i] = v;
            r = 0;
        }
    } else {
        im_publish(t, v);
        im_object_lock(t, &l->head);
        if (i < 0) i += l->x_len;
        if ((size_t)i < (size_t)l->x_len) {
            old = im_slot_store_locked(&l->x_items->x_items[i], v);
            r = 0;
        }
        im_object_unlock(t, &l->head);
    }
    im_drop(t, old);
    return r;
}

int im_list_set(Thread *t, Value list, ssize_t i, Value v)
{
    if (i < 0) return im_raise_index(t, "list assignment index out of range"), -1;
    return im_list_store(t, list, i, v);
}

int im_list_store(Thread *t, Value list, ssize_t i, Value v)
{
    if (IM_UNLIKELY(set_signed(t, im_listp(list), i, im_new_ref(v)) < 0)) return im_raise_index(t, "list assignment index out of range"), -1;
    return 0;
}

/* Gives back memory when a private list has become much smaller than its array. */
static void maybe_shrink(Thread *t, ImList *l)
{
    if (!im_is_private_obj(&l->head)) return;
    size_t cap = l->x_items ? l->x_items->cap : 0, n = (size_t)l->x_len;
    if (cap < 16 || n > cap / 2) return;
    if (n == 0) {
        im_raw_free(l->x_items);
        l->x_items = NULL;
        return;
    }
    size_t want = roomy(n);
    ImArray *a = im_raw_realloc(NULL, l->x_items, sizeof(ImArray) + want * sizeof(Value));
    if (a) {
        a->cap = want;
        l->x_items = a;
    }
    (void)t;
}

/* Takes the item at i (negative from the end) out. No value when out of range; *was_empty tells which message fits. */
static Value pop_signed(Thread *t, ImList *l, ssize_t i, bool *was_empty)
{
    bool shared = !im_is_private_obj(&l->head);
    if (shared) im_object_lock(t, &l->head);
    ssize_t n = l->x_len;
    Value v = IM_NO_VALUE;
    *was_empty = n == 0;
    if (i < 0) i += n;
    if ((size_t)i < (size_t)n) {
        Value *items = l->x_items->x_items;
        v = items[i];
        if (shared) shift(items + i, items + i + 1, (size_t)(n - i - 1));
        else if (i != n - 1) memmove(items + i, items + i + 1, (size_t)(n - i - 1) * sizeof(Value));
        put(&items[n - 1], IM_NO_VALUE);
        set_len(l, (size_t)n - 1);
    }
    if (shared) im_object_unlock(t, &l->head);
    else maybe_shrink(t, l);
    return v;
}

/* Replaces the items [start, stop), fitted to the list under its lock, by n references (moved, also on failure). */
static int list_splice(Thread *t, ImList *l, ssize_t start, ssize_t stop, Value *items, size_t n)
{
    bool shared = !im_is_private_obj(&l->head);
    if (shared) for (size_t i = 0; i < n; i++) im_publish(t, items[i]);
    ImArray *gone = NULL;
    Change c;
    ssize_t lo, hi;
    for (;;) { /* room for what goes away is made before the lock */
        lo = start, hi = stop;
        (void)im_slice_adjust(im_load_acquire(&l->x_len), &lo, &hi, 1);
        if (hi < lo) hi = lo;
        size_t room = (size_t)(hi - lo);
        im_raw_free(gone);
        if (!(gone = array_new(t, room))) goto fail;
        if (list_begin(t, &c, l, shared || n > room ? n : 0) < 0) goto fail;
        lo = start, hi = stop;
        (void)im_slice_adjust(l->x_len, &lo, &hi, 1);
        if (hi < lo) hi = lo;
        if ((size_t)(hi - lo) <= gone->cap) break;
        list_end(t, &c);
    }
    size_t len = (size_t)l->x_len, out = (size_t)(hi - lo), tail = len - (size_t)hi;
    Value *a = l->x_items ? l->x_items->x_items : NULL;
    if (out) memcpy(gone->x_items, a + lo, out * sizeof(Value));
    if (shared) {
        if (n != out && tail) shift(a + lo + n, a + hi, tail);
        for (size_t i = 0; i < n; i++) put(&a[(size_t)lo + i], items[i]);
        for (size_t i = len + n - out; i < len; i++) put(&a[i], IM_NO_VALUE);
    } else {
        if (n != out && tail) memmove(a + lo + n, a + hi, tail * sizeof(Value));
        if (n) memcpy(a + lo, items, n * sizeof(Value));
    }
    set_len(l, len + n - out);
    list_end(t, &c);
    maybe_shrink(t, l);
    drop_items(t, gone->x_items, out);
    im_raw_free(gone);
    return 0;
fail:
    im_raw_free(gone);
    drop_items(t, items, n);
    return -1;
}

int im_list_clear(Thread *t, Value list)
{
    ImList *l = im_listp(list);
    if (!im_is_private_obj(&l->head)) return list_splice(t, l, 0, PTRDIFF_MAX, NULL, 0);
    ImArray *a = l->x_items;
    size_t n = (size_t)l->x_len;
    l->x_items = NULL;
    l->x_len = 0;
    if (a) {
        drop_items(t, a->x_items, n);
        im_raw_free(a);
    }
    return 0;
}

/* Appends n references (moved, also on failure) at one moment. */
static int append_many(Thread *t, ImList *l, Value *items, size_t n)
{
    if (n == 0) return 0;
    Change c;
    if (!im_is_private_obj(&l->head)) for (size_t i = 0; i < n; i++) im_publish(t, items[i]);
    if (list_begin(t, &c, l, n) < 0) {
        drop_items(t, items, n);
        return -1;
    }
    size_t len = (size_t)l->x_len;
    if (c.shared) for (size_t i = 0; i < n; i++) put(&l->x_items->x_items[len + i], items[i]);
    else memcpy(l->x_items->x_items + len, items, n * sizeof(Value));
    set_len(l, len + n);
    list_end(t, &c);
    return 0;
}

/* Appends what a fresh private list holds, and drops it. */
static int append_moved(Thread *t, ImList *l, Value fresh)
{
    if (im_no_value(fresh)) return -1;
    ImList *f = im_listp(fresh);
    size_t n = (size_t)f->x_len;
    f->x_len = 0;
    if (im_is_private_obj(&l->head) && !l->x_items) { /* the array as it is */
        l->x_items = f->x_items;
        l->x_len = (ssize_t)n;
        f->x_items = NULL;
        im_drop(t, fresh);
        return 0;
    }
    int r = append_many(t, l, f->x_items ? f->x_items->x_items : NULL, n);
    im_drop(t, fresh);
    return r;
}

static int extend_tuple(Thread *t, ImList *l, Value src)
{
    size_t n = (size_t)im_tuple_len(src);
    if (n == 0) return 0;
    if (!im_is_private_obj(&l->head)) return append_moved(t, l, im_list_from_array(t, im_tuple_items(src), n));
    Change c;
    if (list_begin(t, &c, l, n) < 0) return -1;
    Value *to = l->x_items->x_items + l->x_len;
    for (size_t i = 0; i < n; i++) to[i] = im_new_ref(im_tuple_items(src)[i]);
    l->x_len += (ssize_t)n;
    return 0;
}

static Value list_irepeat(Thread *t, Value self, ssize_t n);
static int extend_list(Thread *t, ImList *l, ImList *src)
{
    if (l == src && !im_is_private_obj(&l->head)) { /* one step */
        Value r = list_irepeat(t, im_value(l), 2);
        im_xdrop(t, r);
        return im_no_value(r) ? -1 : 0;
    }
    if (!im_is_private_obj(&l->head) || !im_is_private_obj(&src->head)) return append_moved(t, l, list_snapshot(t, src));
    size_t n = (size_t)src->x_len;
    if (n == 0) return 0;
    Change c;
    if (list_begin(t, &c, l, n) < 0) return -1;
    Value *to = l->x_items->x_items + l->x_len, *from = src->x_items->x_items; /* loaded after growth: src may be l */
    copy_items(to, from, n);
    l->x_len += (ssize_t)n;
    return 0;
}

/* Up to this many items a list that is filled from an iterator of unknown length grows in longer steps. */
enum { SWIFT_GROWTH = 512 };

static int extend_iter(Thread *t, Value list, Value iterable)
{
    Value it = im_iter(t, iterable);
    if (im_no_value(it)) return -1;
    ssize_t hint = im_length_hint(t, iterable, 8);
    if (hint < 0) goto fail;
    ImList *l = im_listp(list);
    if (im_is_private_obj(&l->head)) {
        size_t n = (size_t)l->x_len, cap = l->x_items ? l->x_items->cap : 0;
        /* A hint may be a lie: too big a one is ignored. */
        if ((size_t)hint < MAX_ITEMS - n && n + (size_t)hint > cap && grow_private(t, l, n + (size_t)hint) < 0) goto fail;
    }
    /* The iterators of built-in types but lists' and tuples', which im_next_fast knows best. */
    ImType *type = im_type_of(it);
    ImUnary native = im_type_has(type, IM_TF_ITER_NATIVE) && !im_type_has(type, IM_TF_HEAP) && type != &im_list_iterator_type && type != &im_tuple_iterator_type ? IM_SLOT(type, next) : NULL;
    for (size_t k = 0;; k++) {
        Value v = native ? native(t, it) : im_next_fast(t, it);
        if (IM_UNLIKELY(im_no_value(v)) && native) v = im_next_ended(t); /* a function of map()'s may have raised StopIteration */
        if (im_is_stop(v)) break;
        if (IM_UNLIKELY(im_no_value(v))) goto fail;
        ImArray *a = im_load_relaxed(&l->x_items);
        if (IM_LIKELY(im_is_private_obj(&l->head) && a && (size_t)l->x_len < a->cap)) {
            a->x_items[l->x_len++] = v;
        } else {
            if (im_is_private_obj(&l->head) && a && a->cap < SWIFT_GROWTH && grow_private(t, l, a->cap + a->cap / 2 + 4) < 0) {
                im_drop(t, v);
                goto fail;
            }
            if (im_list_append_steal(t, list, v) < 0) goto fail;
        }
        if (IM_POLL_EVERY(t, k) < 0) goto fail;
    }
    im_drop(t, it);
    maybe_shrink(t, l);
    return 0;
fail:
    im_drop(t, it);
    return -1;
}

/* The characters of a str, the numbers of bytes. */
static int extend_text(Thread *t, ImList *l, Value src)
{
    const bool text = im_is_str(src);
    size_t n = (size_t)(text ? im_str_len(src) : im_bytes_len(src));
    Value fresh = im_list_new(t, n);
    if (im_no_value(fresh)) return -1;
    ImList *f = im_listp(fresh);
    const int kind = text ? im_str_kind(src) : 1;
    const void *data = text ? im_str_data(src) : im_bytes_data(src);
    Value *items = n ? f->x_items->x_items : NULL;
    for (size_t i = 0; !text && i < n; i++) items[i] = im_int(((const uint8_t *)data)[i]);
    if (!text) f->x_len = (ssize_t)n;
    for (size_t i = 0; text && i < n; i++) {
        uint32_t c = im_str_read(kind, data, (ssize_t)i);
        Value v = im_str_from_char(t, c);
        if (im_no_value(v)) {
            im_drop(t, fresh);
            return -1;
        }
        f->x_items->x_items[f->x_len++] = v;
    }
    return append_moved(t, l, fresh);
}

int im_list_reserve(Thread *t, Value list, size_t n)
{
    ImList *l = im_listp(list);
    return im_is_private_obj(&l->head) && !l->x_items ? grow_private(t, l, n) : 0;
}

int im_list_extend(Thread *t, Value list, Value iterable)
{
    if (im_is_list_exact(iterable) || im_same(list, iterable)) return extend_list(t, im_listp(list), im_listp(iterable));
    if (im_is_tuple_exact(iterable)) return extend_tuple(t, im_listp(list), iterable);
    if (im_is_dict_exact(iterable)) return append_moved(t, im_listp(list), im_dict_keys_list(t, iterable));
    if (im_is_exact(iterable, &im_set_type) || im_is_exact(iterable, &im_frozenset_type)) return append_moved(t, im_listp(list), im_set_list(t, iterable));
    if (im_is_str_exact(iterable) || im_is_bytes_exact(iterable)) return extend_text(t, im_listp(list), iterable);
    Value items = im_dict_view_list(t, iterable);
    if (!im_no_value(items)) return append_moved(t, im_listp(list), items);
    if (im_pending(t)) return -1;
    if (!im_no_value(items = im_items_of_shared(t, iterable))) return append_moved(t, im_listp(list), items);
    if (im_pending(t)) return -1;
    if (!im_is_private(list) && im_is_whole(iterable)) { /* a shared list grows in one step */
        Value fresh = im_list_new(t, 0);
        if (!im_no_value(fresh) && extend_iter(t, fresh, iterable) < 0) IM_CLEAR(t, fresh);
        return append_moved(t, im_listp(list), fresh);
    }
    return extend_iter(t, list, iterable);
}

int im_list_reverse(Thread *t, Value list)
{
    ImList *l = im_listp(list);
    bool shared = !im_is_private_obj(&l->head);
    if (shared) im_object_lock(t, &l->head);
    if (l->x_len > 1) {
        Value *lo = l->x_items->x_items, *hi = lo + l->x_len - 1;
        for (; lo < hi; lo++, hi--) {
            Value v = *lo;
            put(lo, *hi);
            put(hi, v);
        }
    }
    if (shared) im_object_unlock(t, &l->head);
    return 0;
}

/* --- used by list_sort.c --------------------------------------------------------------------------------------------------- */

/* Takes all items away: the list is empty afterwards, with no array, so that any change to it shows. */
ImArray *im_list_steal_items(Thread *t, ImList *l, size_t *n)
{
    ImArray *a, *copy = NULL;
    if (im_is_private_obj(&l->head)) {
        a = l->x_items;
        *n = (size_t)l->x_len;
        l->x_len = 0;
        l->x_items = NULL;
        return a ? a : array_new(t, 0);
    }
    for (;;) {
        if (!(copy = array_new(t, (size_t)im_load_acquire(&l->x_len)))) return NULL;
        im_object_lock(t, &l->head);
        if ((size_t)l->x_len <= copy->cap) break;
        im_object_unlock(t, &l->head);
        im_raw_free(copy);
    }
    a = l->x_items;
    *n = (size_t)l->x_len;
    if (*n) memcpy(copy->x_items, a->x_items, *n * sizeof(Value));
    set_len(l, 0);
    im_store_release(&l->x_items, NULL);
    for (size_t i = 0; i < *n; i++) put(&a->x_items[i], IM_NO_VALUE);
    im_object_unlock(t, &l->head);
    if (a) im_raw_retire(t, a, array_bytes(a));
    return copy;
}

/* Puts items back (moved, array included). False when the list was touched meanwhile. */
bool im_list_restore_items(Thread *t, ImList *l, ImArray *a, size_t n)
{
    bool shared = !im_is_private_obj(&l->head);
    if (shared) {
        for (size_t i = 0; i < n; i++) im_publish(t, a->x_items[i]);
        memset(a->x_items + n, 0, (a->cap - n) * sizeof(Value));
        im_object_lock(t, &l->head);
    }
    ImArray *old = l->x_items;
    size_t old_n = (size_t)l->x_len;
    im_store_release(&l->x_items, a);
    set_len(l, n);
    ImArray *gone = old;
    if (shared) {
        /* Readers may still be in the old array: what it held is moved out of it. */
        gone = NULL;
        if (old_n) {
            im_object_unlock(t, &l->head);
            gone = array_new(NULL, old_n);
            im_object_lock(t, &l->head);
            if (gone) memcpy(gone->x_items, old->x_items, old_n * sizeof(Value));
            for (size_t i = 0; i < old_n; i++) put(&old->x_items[i], IM_NO_VALUE);
        }
        im_object_unlock(t, &l->head);
        if (old) im_raw_retire(t, old, array_bytes(old));
    }
    if (gone) {
        /* What one thread put into its own list while sorting it is dropped, as CPython does; what other threads put in is not lost. */
        if (!shared || append_many(t, l, gone->x_items, old_n) < 0) {
            if (shared) im_exc_clear(t);
            else drop_items(t, gone->x_items, old_n);
        }
        im_raw_free(gone);
    }
    return old == NULL;
}

/* --- memory ---------------------------------------------------------------------------------------------------------------- */

static int list_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImList *l = (ImList *)o;
    if (!l->x_items) return 0;
    Value *items = l->x_items->x_items;
    for (ssize_t i = l->x_len; --i >= 0;) {
        if (!im_is_object(items[i])) continue;
        int r = visit(items[i], arg);
        if (r) return r;
    }
    return 0;
}

static void list_clear_slot(Thread *t, ImObject *o) { (void)!im_list_clear(t, im_value(o)); }

static void list_destroy(Thread *t, ImObject *o)
{
    ImList *l = (ImList *)o;
    ImArray *a = l->x_items;
    if (!a) return;
    size_t n = (size_t)l->x_len;
    l->x_items = NULL;
    l->x_len = 0;
    drop_items(t, a->x_items, n);
    im_raw_free_fast(t, a); /* who reads the array holds the list */
}

/* --- protocol -------------------------------------------------------------------------------------------------------------- */

static Value list_repr(Thread *t, Value self)
{
    if (im_list_len(self) == 0) return im_str_from_latin1(t, "[]", 2);
    int r = im_repr_enter(t, self);
    if (r) return r > 0 ? im_str_from_latin1(t, "[...]", 5) : IM_NO_VALUE;
    ImStrBuilder b;
    im_sb_init(&b);
    if (im_sb_ascii(t, &b, "[", 1) < 0) goto fail;
    for (ssize_t i = 0;; i++) {
        Value v = im_list_get(t, self, i);
        if (im_no_value(v)) break;
        int e = i ? im_sb_ascii(t, &b, ", ", 2) : 0;
        if (e == 0) e = im_sb_repr(t, &b, v);
        im_drop(t, v);
        if (e < 0) goto fail;
    }
    if (im_sb_ascii(t, &b, "]", 1) < 0) goto fail;
    im_repr_leave(t, self);
    return im_sb_finish(t, &b);
fail:
    im_repr_leave(t, self);
    im_sb_free(&b);
    return IM_NO_VALUE;
}

static Value list_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_list(a) || !im_is_list(b)) return IM_NOT_IMPLEMENTED;
    if ((op == IM_EQ || op == IM_NE) && im_list_len(a) != im_list_len(b)) return im_bool(op == IM_NE);
    if (im_recurse_enter(t, " in comparison") < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    ssize_t i = 0;
    if (im_is_private(a) && im_is_private(b)) { /* what is the same, or small ints, needs neither counts nor calls */
        ImList *p = im_listp(a), *q = im_listp(b);
        ssize_t n = p->x_len < q->x_len ? p->x_len : q->x_len;
        while (i < n && im_same(p->x_items->x_items[i], q->x_items->x_items[i])) i++;
        if (i < n && im_are_ints(p->x_items->x_items[i], q->x_items->x_items[i])) {
            bool less = (int64_t)p->x_items->x_items[i].bits < (int64_t)q->x_items->x_items[i].bits;
            im_recurse_leave(t);
            return im_bool(op == IM_NE || (op != IM_EQ && less == (op == IM_LT || op == IM_LE)));
        }
    }
    for (;; i++) {
        Value x = im_list_get(t, a, i);
        if (im_no_value(x)) break;
        Value y = im_list_get(t, b, i);
        if (im_no_value(y)) { im_drop(t, x); break; }
        int eq = im_equal(t, x, y);
        if (eq == 0 && (i >= im_list_len(a) || i >= im_list_len(b))) { /* __eq__ itself has shortened one: as if the end had been reached */
            im_drop(t, x);
            im_drop(t, y);
            break;
        }
        if (eq <= 0) {
            if (eq == 0) r = op == IM_EQ ? IM_FALSE : op == IM_NE ? IM_TRUE : im_compare(t, x, y, op);
            im_drop(t, x);
            im_drop(t, y);
            im_recurse_leave(t);
            return r;
        }
        im_drop(t, x);
        im_drop(t, y);
        if (IM_POLL_EVERY(t, i) < 0) { im_recurse_leave(t); return r; }
    }
    im_recurse_leave(t);
    ssize_t na = im_list_len(a), nb = im_list_len(b);
    switch (op) {
    case IM_LT: return im_bool(na < nb);
    case IM_LE: return im_bool(na <= nb);
    case IM_EQ: return im_bool(na == nb);
    case IM_NE: return im_bool(na != nb);
    case IM_GT: return im_bool(na > nb);
    case IM_GE: return im_bool(na >= nb);
    }
    return IM_NOT_IMPLEMENTED;
}

static ssize_t list_length(Thread *t, Value self) { (void)t; return im_list_len(self); }

static Value list_item(Thread *t, Value self, ssize_t i)
{
    Value v = i < 0 ? IM_NO_VALUE : im_list_get(t, self, i);
    return im_no_value(v) ? im_raise_index(t, "list index out of range") : v;
}

/* Index in [i, stop) of the first item that is v, or that only Python code could call equal to it: what stands before needs no look. Private lists only. */
static ssize_t skip_unequal(ImList *l, Value v, ssize_t i, ssize_t stop)
{
    if (stop > l->x_len) stop = l->x_len;
    if (i >= stop) return i;
    Value *items = l->x_items->x_items;
    if (im_is_int(v)) {
        while (i < stop && im_is_int(items[i]) && !im_same(items[i], v)) i++;
    } else if (im_is_str_exact(v)) {
        for (; i < stop; i++) {
            Value x = items[i];
            if (im_same(x, v) || im_is_int(x)) {
                if (im_same(x, v)) break;
                continue;
            }
            if (!im_is_str_exact(x) || im_str_equal(x, v)) break;
        }
    }
    return i;
}

static int list_contains(Thread *t, Value self, Value v)
{
    ssize_t start = im_is_private(self) ? skip_unequal(im_listp(self), v, 0, PTRDIFF_MAX) : 0;
    for (ssize_t i = start;; i++) {
        Value x = im_list_get(t, self, i);
        if (im_no_value(x)) return 0;
        int r = im_equal(t, x, v);
        im_drop(t, x);
        if (r) return r;
        if (IM_POLL_EVERY(t, i) < 0) return -1;
    }
}

static Value list_concat(Thread *t, Value a, Value b)
{
    if (!im_is_list(b)) return im_raise_type(t, "can only concatenate list (not \"%.200T\") to list", b);
    if (im_is_private(a) && im_is_private(b)) {
        size_t na = (size_t)im_listp(a)->x_len, nb = (size_t)im_listp(b)->x_len;
        Value r = im_list_new(t, na + nb);
        if (im_no_value(r) || na + nb == 0) return r;
        Value *to = im_listp(r)->x_items->x_items;
        for (size_t i = 0; i < na; i++) *to++ = im_new_ref(im_listp(a)->x_items->x_items[i]);
        for (size_t i = 0; i < nb; i++) *to++ = im_new_ref(im_listp(b)->x_items->x_items[i]);
        im_listp(r)->x_len = (ssize_t)(na + nb);
        return r;
    }
    Value r = list_snapshot(t, im_listp(a));
    if (!im_no_value(r) && append_moved(t, im_listp(r), list_snapshot(t, im_listp(b))) < 0) IM_CLEAR(t, r);
    return r;
}

/* n copies of the first `len` items after one another; the first copy is there already. */
static void fill_copies(Value *items, size_t len, size_t n)
{
    for (size_t i = 0; i < len; i++) {
        if (!im_is_object(items[i])) continue;
        uint32_t w = im_load_relaxed(&im_ptr(items[i])->x_count);
        if (w == IM_COUNT_UNC) continue;
        if ((int32_t)w > 0 && n <= 1u << 28 && w < 1u << 28) im_store_relaxed(&im_ptr(items[i])->x_count, w + (uint32_t)(n - 1));
        else im_take_n(items[i], n - 1);
    }
    size_t done = len, total = len * n;
    if (len == 1) {
        const Value v = items[0];
        for (; done < total && done < 16; done++) items[done] = v;
    }
    while (done < total) {
        size_t k = done < total - done ? done : total - done;
        memcpy(items + done, items, k * sizeof(Value));
        done += k;
    }
}

static Value list_repeat(Thread *t, Value self, ssize_t n)
{
    if (n <= 0) return im_list_new(t, 0);
    ImList *l = im_listp(self);
    if (im_is_private_obj(&l->head) && l->x_len && (size_t)l->x_len <= MAX_ITEMS / (size_t)n) {
        size_t k = (size_t)l->x_len;
        Value r = im_list_new(t, k * (size_t)n);
        if (im_no_value(r)) return r;
        Value *items = im_listp(r)->x_items->x_items;
        copy_items(items, l->x_items->x_items, k);
        fill_copies(items, k, (size_t)n);
        im_listp(r)->x_len = (ssize_t)(k * (size_t)n);
        return r;
    }
    Value copy = list_snapshot(t, im_listp(self));
    if (im_no_value(copy)) return copy;
    ImList *c = im_listp(copy);
    size_t len = (size_t)c->x_len;
    if (len == 0 || n == 1) return copy;
    if (len > MAX_ITEMS / (size_t)n) { im_drop(t, copy); return im_raise_memory(t); }
    if (grow_private(t, c, len * (size_t)n) < 0) { im_drop(t, copy); return IM_NO_VALUE; }
    fill_copies(c->x_items->x_items, len, (size_t)n);
    c->x_len = (ssize_t)(len * (size_t)n);
    return copy;
}

Value im_list_repeat_own(Thread *t, Value self, ssize_t n)
{
    ImList *l = im_listp(self);
    IM_ASSERT(im_is_private(self) && im_is_unique(self));
    const size_t len = (size_t)l->x_len;
    if (n <= 0) return im_list_clear(t, self) < 0 ? IM_NO_VALUE : im_new_ref(self);
    if (len == 0 || n == 1) return im_new_ref(self);
    if (len > MAX_ITEMS / (size_t)n) return im_raise_memory(t);
    if (grow_private(t, l, len * (size_t)n) < 0) return IM_NO_VALUE;
    fill_copies(l->x_items->x_items, len, (size_t)n);
    l->x_len = (ssize_t)(len * (size_t)n);
    return im_new_ref(self);
}

static Value list_irepeat(Thread *t, Value self, ssize_t n)
{
    ImList *l = im_listp(self);
    if (n <= 0) return im_list_clear(t, self) < 0 ? IM_NO_VALUE : im_new_ref(self);
    if (n == 1) return im_new_ref(self);
    for (;;) {
        size_t len = (size_t)im_list_len(self);
        if (len == 0) return im_new_ref(self);
        if (len > MAX_ITEMS / (size_t)n) return im_raise_memory(t);
        Change c;
        if (list_begin(t, &c, l, len * ((size_t)n - 1)) < 0) return IM_NO_VALUE;
        bool same = (size_t)l->x_len <= len;
        if (same && (len = (size_t)l->x_len) > 0) {
            Value *items = l->x_items->x_items;
            if (c.shared) { /* a reader that knows a greater length of before may look at slots past this one */
                for (size_t i = 0; i < len; i++) if (im_is_object(items[i])) im_take_n(items[i], (size_t)n - 1);
                for (size_t i = len; i < len * (size_t)n; i++) put(&items[i], items[i - len]);
            } else {
                fill_copies(items, len, (size_t)n);
            }
            set_len(l, len * (size_t)n);
        }
        list_end(t, &c);
        if (same) return im_new_ref(self);
    }
}

static Value list_iconcat(Thread *t, Value self, Value other)
{
    return im_list_extend(t, self, other) < 0 ? IM_NO_VALUE : im_new_ref(self);
}

static Value list_subscript(Thread *t, Value self, Value key)
{
    ssize_t i;
    if (IM_LIKELY(im_is_int(key))) i = im_int_get(key);
    else if (im_is_slice(key)) {
        ssize_t start, stop, step;
        if (im_slice_unpack(t, key, &start, &stop, &step) < 0) return IM_NO_VALUE;
        return list_extract(t, im_listp(self), start, stop, step);
    } else if (im_is_index(key)) {
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return IM_NO_VALUE;
    } else return im_raise_type(t, "list indices must be integers or slices, not %.200T", key);
    Value v = get_signed(t, im_listp(self), i);
    return IM_UNLIKELY(im_no_value(v)) ? im_raise_index(t, "list index out of range") : v;
}

/* del L[start:stop:step] */
static int delete_stepped(Thread *t, ImList *l, ssize_t start, ssize_t stop, ssize_t step)
{
    if (step == 1) return list_splice(t, l, start, stop, NULL, 0);
    bool shared = !im_is_private_obj(&l->head);
    ImArray *gone = NULL;
    ssize_t lo, hi, n;
    for (;;) {
        lo = start, hi = stop;
        n = im_slice_adjust(im_list_len(im_value(l)), &lo, &hi, step);
        im_raw_free(gone);
        if (!(gone = array_new(t, n > 0 ? (size_t)n : 0))) return -1;
        if (!shared) break;
        im_object_lock(t, &l->head);
        lo = start, hi = stop;
        n = im_slice_adjust(l->x_len, &lo, &hi, step);
        if (n <= (ssize_t)gone->cap) break;
        im_object_unlock(t, &l->head);
    }
    if (n > 0) {
        if (step < 0) { /* the same items, ascending */
            lo += (n - 1) * step;
            step = -step;
        }
        Value *a = l->x_items->x_items;
        ssize_t len = l->x_len, to = lo, next = lo, k = 0;
        for (ssize_t i = lo; i < len; i++) {
            if (k < n && i == next) {
                gone->x_items[n - 1 - k++] = a[i]; /* dropped last first: ascending */
                next = (ssize_t)((size_t)next + (size_t)step); /* may be beyond all numbers after the last */
            } else put(&a[to++], a[i]);
        }
        for (ssize_t i = to; i < len; i++) put(&a[i], IM_NO_VALUE);
        set_len(l, (size_t)to);
    }
    if (shared) im_object_unlock(t, &l->head);
    maybe_shrink(t, l);
    drop_items(t, gone->x_items, n > 0 ? (size_t)n : 0);
    im_raw_free(gone);
    return 0;
}

/* L[start:stop:step] = the n items of a fresh private list (which is left with what was displaced). */
static int assign_stepped(Thread *t, ImList *l, ssize_t start, ssize_t stop, ssize_t step, ImList *fresh)
{
    bool shared = !im_is_private_obj(&l->head);
    ssize_t given = fresh->x_len;
    Value *in = given ? fresh->x_items->x_items : NULL;
    if (shared) {
        for (ssize_t i = 0; i < given; i++) im_publish(t, in[i]);
        im_object_lock(t, &l->head);
    }
    ssize_t n = im_slice_adjust(l->x_len, &start, &stop, step);
    if (n < 0) n = 0;
    if (n == given) {
        for (ssize_t i = 0; i < n; i++) in[i] = im_slot_store_locked(&l->x_items->x_items[start + i * step], in[i]);
    }
    if (shared) im_object_unlock(t, &l->head);
    if (n != given) return im_raise_valueerror(t, "attempt to assign sequence of size %zd to extended slice of size %zd", given, n), -1;
    return 0;
}

/* l[start:stop] = v in place, without a copy of v: for short pieces of private lists. Running nothing until the end, it sees both as they are. False: nothing done. */
static bool assign_short(Thread *t, ImList *l, ssize_t start, ssize_t stop, Value v)
{
    enum { SHORT = 32 };
    Value gone[SHORT];
    ImList *from = im_listp(v);
    ssize_t len = l->x_len, n = from->x_len;
    (void)im_slice_adjust(len, &start, &stop, 1);
    ssize_t out = stop > start ? stop - start : 0;
    if (out > SHORT || n > SHORT || from == l || !l->x_items || (size_t)(len - out + n) > l->x_items->cap) return false;
    Value *at = l->x_items->x_items + start;
    for (ssize_t i = 0; i < out; i++) gone[i] = at[i];
    if (n != out) memmove(at + n, at + out, (size_t)(len - start - out) * sizeof(Value));
    for (ssize_t i = 0; i < n; i++) at[i] = im_new_ref(from->x_items->x_items[i]);
    set_len(l, (size_t)(len - out + n));
    if (n < out) maybe_shrink(t, l);
    drop_items(t, gone, (size_t)out);
    return true;
}
static int assign_slice(Thread *t, ImList *l, ssize_t start, ssize_t stop, ssize_t step, Value v)
{
    if (step == 1 && im_is_list(v) && im_is_private_obj(&l->head) && im_is_private(v) && assign_short(t, l, start, stop, v)) return 0;
    /* A copy in any case: v may be l, or may change under us. */
    Value copy = im_is_list(v) ? list_snapshot(t, im_listp(v)) : IM_NO_VALUE;
    if (!im_is_list(v)) {
        Value seq = im_fast_sequence(t, v, "must assign iterable to extended slice");
        if (im_no_value(seq)) return -1;
        if (im_is_tuple(seq)) copy = im_list_from_array(t, im_tuple_items(seq), (size_t)im_tuple_len(seq));
        else if (im_is_unique(seq)) copy = im_new_ref(seq);
        else copy = list_snapshot(t, im_listp(seq));
        im_drop(t, seq);
    }
    if (im_no_value(copy)) return -1;
    ImList *c = im_listp(copy);
    int r;
    if (step == 1) {
        size_t n = (size_t)c->x_len;
        c->x_len = 0;
        r = list_splice(t, l, start, stop, c->x_items ? c->x_items->x_items : NULL, n);
    } else r = assign_stepped(t, l, start, stop, step, c);
    im_drop(t, copy);
    return r;
}

Value im_list_extract(Thread *t, Value list, ssize_t start, ssize_t stop, ssize_t step) { return list_extract(t, im_listp(list), start, stop, step); }
int im_list_assign(Thread *t, Value list, ssize_t start, ssize_t stop, ssize_t step, Value v) { return assign_slice(t, im_listp(list), start, stop, step, v); }

static int list_ass_subscript(Thread *t, Value self, Value key, Value v)
{
    ImList *l = im_listp(self);
    ssize_t i;
    if (IM_LIKELY(im_is_int(key))) i = im_int_get(key);
    else if (im_is_slice(key)) {
        ssize_t start, stop, step;
        if (im_slice_unpack(t, key, &start, &stop, &step) < 0) return -1;
        return im_no_value(v) ? delete_stepped(t, l, start, stop, step) : assign_slice(t, l, start, stop, step, v);
    } else if (im_is_index(key)) {
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return -1;
    } else return im_raise_type(t, "list indices must be integers or slices, not %.200T", key), -1;
    if (im_no_value(v)) {
        bool empty;
        Value old = pop_signed(t, l, i, &empty);
        if (im_no_value(old)) return im_raise_index(t, "list assignment index out of range"), -1;
        im_drop(t, old);
        return 0;
    }
    return im_list_store(t, self, i, v);
}

static int list_ass_item(Thread *t, Value self, ssize_t i, Value v)
{
    if (i < 0) return im_raise_index(t, "list assignment index out of range"), -1;
    return list_ass_subscript(t, self, im_int(i), v);
}

static int list_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (im_type_of(self) == &im_list_type || IM_SLOT(im_type_of(self), new_) == im_list_type.slots.new_) {
        if (IM_SLOT(im_type_of(self), init) == im_list_type.slots.init && im_no_kwargs(t, "list", kwnames) < 0) return -1;
    }
    if (im_check_nargs(t, "list", nargs, 0, 1) < 0) return -1;
    if (im_listp(self)->x_items && im_list_clear(t, self) < 0) return -1;
    return nargs ? im_list_extend(t, self, args[0]) : 0;
}

static Value list_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    if (type == &im_list_type) return im_list_new(t, 0);
    return im_value(im_instance_alloc(t, type, 0));
}

/* --- methods ----------------------------------------------------------------------------------------------------------------- */

#define M(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

M(m_append) { return im_list_append(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_extend) { return im_list_extend(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_clear) { return im_list_clear(t, self) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_copy) { return list_snapshot(t, im_listp(self)); }
M(m_reverse) { return im_list_reverse(t, self) < 0 ? IM_NO_VALUE : IM_NONE; }
M(m_getitem) { return list_subscript(t, self, args[0]); }

M(m_insert)
{
    ssize_t i;
    if (im_ssize_arg(t, args[0], &i) < 0) return IM_NO_VALUE;
    return im_list_insert(t, self, i, args[1]) < 0 ? IM_NO_VALUE : IM_NONE;
}

M(m_pop)
{
    ssize_t i = -1;
    bool empty;
    if (nargs && im_ssize_arg(t, args[0], &i) < 0) return IM_NO_VALUE;
    Value v = pop_signed(t, im_listp(self), i, &empty);
    if (im_no_value(v)) return im_raise_index(t, empty ? "pop from empty list" : "pop index out of range");
    return v;
}

M(m_index)
{
    ssize_t start = 0, stop = PTRDIFF_MAX, n = im_list_len(self);
    if (nargs > 1 && im_slice_index_not_none(t, args[1], &start) < 0) return IM_NO_VALUE;
    if (nargs > 2 && im_slice_index_not_none(t, args[2], &stop) < 0) return IM_NO_VALUE;
    if (start < 0 && (start += n) < 0) start = 0;
    if (stop < 0 && (stop += n) < 0) stop = 0;
    if (im_is_private(self)) start = skip_unequal(im_listp(self), args[0], start, stop);
    for (ssize_t i = start; i < stop; i++) {
        Value x = im_list_get(t, self, i);
        if (im_no_value(x)) break;
        int r = im_equal(t, x, args[0]);
        im_drop(t, x);
        if (r) return r < 0 ? IM_NO_VALUE : im_int(i);
        if (IM_POLL_EVERY(t, i) < 0) return IM_NO_VALUE;
    }
    return im_raise_valueerror(t, "%R is not in list", args[0]);
}

M(m_count)
{
    ssize_t count = 0, from = 0;
    if (im_is_private(self)) { /* as long as no code runs */
        ImList *l = im_listp(self);
        for (; from < l->x_len; from++) {
            Value x = l->x_items->x_items[from];
            const int r = im_equal_at_once(x, args[0]);
            if (r < 0) break;
            count += r;
        }
    }
    for (ssize_t i = from;; i++) {
        Value x = im_list_get(t, self, i);
        if (im_no_value(x)) return im_int(count);
        int r = im_equal(t, x, args[0]);
        im_drop(t, x);
        if (r < 0 || IM_POLL_EVERY(t, i) < 0) return IM_NO_VALUE;
        count += r;
    }
}

/* Closes the gap that item i leaves; its reference is the caller's now, and so is the lock of a shared list. */
static void cut_out(ImList *l, ssize_t i)
{
    Value *items = l->x_items->x_items;
    const ssize_t n = l->x_len;
    shift(items + i, items + i + 1, (size_t)(n - i - 1));
    put(&items[n - 1], IM_NO_VALUE);
    set_len(l, (size_t)n - 1);
}

/* Takes item i out if it still is `what`. */
static bool remove_if(Thread *t, ImList *l, ssize_t i, Value what)
{
    bool shared = !im_is_private_obj(&l->head), done = false;
    if (shared) im_object_lock(t, &l->head);
    ssize_t n = l->x_len;
    if (i < n && im_same(l->x_items->x_items[i], what)) {
        cut_out(l, i);
        done = true;
    }
    if (shared) im_object_unlock(t, &l->head);
    else maybe_shrink(t, l);
    return done;
}

bool im_list_remove_same(Thread *t, Value list, Value what)
{
    ImList *l = im_listp(list);
    const bool shared = !im_is_private_obj(&l->head);
    if (shared) im_object_lock(t, &l->head);
    const ssize_t n = l->x_len;
    Value *items = n ? l->x_items->x_items : NULL;
    ssize_t i = 0;
    while (i < n && !im_same(items[i], what)) i++;
    if (i < n) {
        cut_out(l, i);
    }
    if (shared) im_object_unlock(t, &l->head);
    else if (i < n) maybe_shrink(t, l);
    if (i < n) im_drop(t, what); /* the list's reference; the caller has one */
    return i < n;
}

bool im_list_remove_at(Thread *t, Value list, ssize_t i, Value what)
{
    if (!remove_if(t, im_listp(list), i, what)) return false;
    im_drop(t, what); /* the list's reference; the caller has one */
    return true;
}

/* Shared list, items that are the same or that no Python code compares: -1 removed, the index of the first other one, PTRDIFF_MAX: it is not there. */
static ssize_t remove_at_once(Thread *t, ImList *l, Value what)
{
    Value old = IM_NO_VALUE;
    im_object_lock(t, &l->head);
    ssize_t n = l->x_len, i = 0;
    Value *items = n ? l->x_items->x_items : NULL;
    int eq = 0;
    for (; i < n && eq == 0; i++) eq = im_same(items[i], what) ? 1 : im_key_equal_fast(items[i], what);
    if (eq) i--;
    if (eq > 0) {
        old = items[i];
        cut_out(l, i);
    }
    im_object_unlock(t, &l->head);
    im_xdrop(t, old);
    return eq > 0 ? -1 : eq ? i : PTRDIFF_MAX;
}

M(m_remove)
{
    if (!im_is_private(self)) {
        ssize_t seen = remove_at_once(t, im_listp(self), args[0]);
        if (seen < 0) return IM_NONE;
        if (seen == PTRDIFF_MAX) return im_raise_valueerror(t, "list.remove(x): x not in list");
    }
    ssize_t from = im_is_private(self) ? skip_unequal(im_listp(self), args[0], 0, PTRDIFF_MAX) : 0;
    for (ssize_t i = from;; i++) {
        Value x = im_list_get(t, self, i);
        if (im_no_value(x)) return im_raise_valueerror(t, "list.remove(x): x not in list");
        int r = im_equal(t, x, args[0]);
        if (r > 0) {
            bool shared = !im_is_private(self);
            if (remove_if(t, im_listp(self), i, x)) {
                im_drop(t, x);
                im_drop(t, x); /* the list's reference */
                return IM_NONE;
            }
            im_drop(t, x);
            if (shared) { /* another thread moved it: look again */
                i = -1;
                continue;
            }
            /* __eq__ itself changed the list: what stands there now goes, as a slice deletion would do it. */
            bool empty;
            Value old = pop_signed(t, im_listp(self), i, &empty);
            im_xdrop(t, old);
            return IM_NONE;
        }
        im_drop(t, x);
        if (r < 0 || IM_POLL_EVERY(t, i) < 0) return IM_NO_VALUE;
    }
}

M(m_sort)
{
    int reverse = 0;
    if (!im_no_value(args[1]) && (reverse = im_truth(t, args[1])) < 0) return IM_NO_VALUE;
    Value key = im_no_value(args[0]) || im_is_none(args[0]) ? IM_NO_VALUE : args[0];
    return im_list_sort(t, self, key, reverse != 0) < 0 ? IM_NO_VALUE : IM_NONE;
}

M(m_sizeof)
{
    (void)t;
    return im_int((int64_t)(im_type_of(self)->core.size + array_bytes(im_load_acquire(&im_listp(self)->x_items))));
}

static Value list_iter_from(Thread *t, Value self, ImType *type, ssize_t i);
static Value list_iter(Thread *t, Value self) { return list_iter_from(t, self, &im_list_iterator_type, 0); }
M(m_reversed) { return list_iter_from(t, self, &im_list_reverseiterator_type, im_list_len(self) - 1); }

static const ImMethodDef list_methods[] = {
    {"__getitem__", m_getitem, IM_M_FIXED | IM_M_COEXIST, 1, 1, "($self, index, /)", "Return self[index]."},
    IM_FIXED("__reversed__", m_reversed, 0, "($self, /)", "Return a reverse iterator over the list."),
    IM_FIXED("__sizeof__", m_sizeof, 0, "($self, /)", "Return the size of the list in memory, in bytes."),
    IM_FIXED("clear", m_clear, 0, "($self, /)", "Remove all items from list."),
    IM_FIXED("copy", m_copy, 0, "($self, /)", "Return a shallow copy of the list."),
    {"append", m_append, IM_M_FIXED | IM_M_INLINE, 1, 1, "($self, object, /)", "Append object to the end of the list."},
    IM_FIXED("insert", m_insert, 2, "($self, index, object, /)", "Insert object before index."),
    IM_FIXED("extend", m_extend, 1, "($self, iterable, /)", "Extend list by appending elements from the iterable."),
    IM_RANGE("pop", m_pop, 0, 1, "($self, index=-1, /)",
             "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range."),
    IM_FIXED("remove", m_remove, 1, "($self, value, /)", "Remove first occurrence of value.\n\nRaises ValueError if the value is not present."),
    IM_RANGE("index", m_index, 1, 3, "($self, value, start=0, stop=sys.maxsize, /)",
             "Return first index of value.\n\nRaises ValueError if the value is not present."),
    IM_FIXED("count", m_count, 1, "($self, value, /)", "Return number of occurrences of value."),
    IM_FIXED("reverse", m_reverse, 0, "($self, /)", "Reverse *IN PLACE*."),
    IM_PARSED("sort", m_sort, "($self, /, *, key=None, reverse=False)",
              "Sort the list in ascending order and return None.\n\nThe sort is in-place (i.e. the list itself is modified) and stable (i.e. the\norder of two "
              "equal elements is maintained).\n\nIf a key function is given, apply it once to each list item and sort them,\nascending or descending, "
              "according to their function values.\n\nThe reverse flag can be set to sort in descending order."),
    IM_CLASS_GETITEM,
    IM_END,
};

static Value list_items(Thread *t, Value self) { return im_is_shared(self) ? list_snapshot(t, im_listp(self)) : IM_NO_VALUE; }
static const ImSlots list_slots = {
    .items = list_items,
    .repr = list_repr, .getattr = im_generic_getattr, .richcompare = list_richcompare, .iter = list_iter, .init = list_init, .new_ = list_new, .length = list_length,
    .item = list_item, .ass_item = list_ass_item, .concat = list_concat, .iconcat = list_iconcat, .repeat = list_repeat, .irepeat = list_irepeat,
    .contains = list_contains, .subscript = list_subscript, .ass_subscript = list_ass_subscript,
};
static const ImTypeSpec list_spec = {
    .name = "list",
    .doc = "Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if "
           "specified.",
    .size = sizeof(ImList),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_LIST | IM_TF_SEQUENCE | IM_TF_MATCH_SELF,
    .slots = &list_slots, .methods = list_methods, .traverse = list_traverse, .clear = list_clear_slot, .destroy = list_destroy,
    .text_signature = "(iterable=(), /)",
};
IM_TYPE(list, &list_spec);

/* --- iterators ------------------------------------------------------------------------------------------------------------- */

static Value list_iter_from(Thread *t, Value self, ImType *type, ssize_t i)
{
    ImSeqIter *it = (ImSeqIter *)im_tracked_alloc(t, &type->root, sizeof *it);
    if (!it) return IM_NO_VALUE;
    it->x_index = i;
    it->x_seq = im_new_ref(self);
    im_track_new(t, &it->head);
    return im_value(it);
}

/* A private iterator gives its list up at the end; a shared one keeps it (readers borrow it) and marks the end by index -1. */
static Value listiter_next(Thread *t, Value self)
{
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    Value seq = it->x_seq;
    if (im_no_value(seq)) return IM_STOP;
    ssize_t i = im_load_relaxed(&it->x_index);
    if (IM_LIKELY(im_is_private_obj(&it->head))) {
        if (IM_UNLIKELY(i < 0)) return IM_STOP;
        it->x_index = i + 1;
        Value v = im_list_get(t, seq, i);
        if (IM_LIKELY(!im_no_value(v))) return v;
        IM_CLEAR(t, it->x_seq);
        return IM_STOP;
    }
    do {
        if (i < 0) return IM_STOP;
    } while (!im_cas_acq_rel(&it->x_index, &i, i + 1));
    Value v = im_list_get(t, seq, i);
    if (!im_no_value(v)) return v;
    im_store_relaxed(&it->x_index, -1);
    return IM_STOP;
}

static Value listrevit_next(Thread *t, Value self)
{
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    Value seq = it->x_seq;
    if (im_no_value(seq)) return IM_STOP;
    ssize_t i = im_load_relaxed(&it->x_index);
    bool private = im_is_private_obj(&it->head);
    if (IM_LIKELY(private && im_is_private(seq) && (size_t)i < (size_t)im_listp(seq)->x_len)) {
        it->x_index = i - 1;
        return im_new_ref(im_listp(seq)->x_items->x_items[i]);
    }
    if (private) it->x_index = i >= 0 ? i - 1 : i;
    else do {
        if (i < 0) return IM_STOP;
    } while (!im_cas_acq_rel(&it->x_index, &i, i - 1));
    Value v = i >= 0 ? im_list_get(t, seq, i) : IM_NO_VALUE;
    if (!im_no_value(v)) return v;
    im_store_relaxed(&it->x_index, -1);
    if (private) IM_CLEAR(t, it->x_seq);
    return IM_STOP;
}

static int listiter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value s = ((ImSeqIter *)o)->x_seq;
    return im_is_object(s) ? visit(s, arg) : 0;
}
static void listiter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImSeqIter *)o)->x_seq); }

M(listiter_length_hint)
{
    (void)t;
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    ssize_t i = im_load_relaxed(&it->x_index);
    if (im_no_value(it->x_seq) || i < 0) return im_int(0);
    ssize_t n = im_list_len(it->x_seq) - i;
    return im_int(n > 0 ? n : 0);
}

M(listrevit_length_hint)
{
    (void)t;
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    ssize_t n = im_load_relaxed(&it->x_index) + 1;
    if (im_no_value(it->x_seq) || n > im_list_len(it->x_seq)) return im_int(0);
    return im_int(n);
}

static Value listiter_reduce_by(Thread *t, Value self, const char *name)
{
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    Value fn = im_import_from(t, "builtins", name), r = IM_NO_VALUE; /* may run code that ends the iterator */
    if (im_no_value(fn)) return fn;
    ssize_t i = im_load_relaxed(&it->x_index);
    bool live = !im_no_value(it->x_seq) && (i >= 0 || im_is_private_obj(&it->head));
    Value seq = live ? im_new_ref(it->x_seq) : im_list_new(t, 0);
    Value inner = im_no_value(seq) ? seq : im_tuple_steal_array(t, &seq, 1);
    if (!im_no_value(inner)) {
        r = live ? im_tuple_pack(t, 3, fn, inner, im_int(i)) : im_tuple_pack(t, 2, fn, inner);
        im_drop(t, inner);
    }
    im_drop(t, fn);
    return r;
}
M(listiter_reduce) { return listiter_reduce_by(t, self, "iter"); }
M(listrevit_reduce) { return listiter_reduce_by(t, self, "reversed"); }

M(listiter_setstate)
{
    ssize_t i;
    if (im_ssize_arg(t, args[0], &i) < 0) return IM_NO_VALUE;
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    if (!im_no_value(it->x_seq)) im_store_relaxed(&it->x_index, i < 0 ? 0 : i > im_list_len(it->x_seq) ? im_list_len(it->x_seq) : i);
    return IM_NONE;
}

M(listrevit_setstate)
{
    ssize_t i;
    if (im_ssize_arg(t, args[0], &i) < 0) return IM_NO_VALUE;
    ImSeqIter *it = (ImSeqIter *)im_ptr(self);
    if (!im_no_value(it->x_seq)) {
        ssize_t n = im_list_len(it->x_seq);
        im_store_relaxed(&it->x_index, i < -1 ? -1 : i > n - 1 ? n - 1 : i);
    }
    return IM_NONE;
}

static const ImMethodDef listiter_methods[] = {
    IM_FIXED("__length_hint__", listiter_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."),
    IM_FIXED("__reduce__", listiter_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_FIXED("__setstate__", listiter_setstate, 1, "($self, object, /)", "Set state information for unpickling."),
    IM_END,
};
static const ImMethodDef listrevit_methods[] = {
    IM_FIXED("__length_hint__", listrevit_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."),
    IM_FIXED("__reduce__", listrevit_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_FIXED("__setstate__", listrevit_setstate, 1, "($self, object, /)", "Set state information for unpickling."),
    IM_END,
};

static const ImSlots listiter_slots = {.iter = im_iter_self, .next = listiter_next};
static const ImTypeSpec listiter_spec = {
    .name = "list_iterator", .size = sizeof(ImSeqIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE,
    .slots = &listiter_slots, .methods = listiter_methods, .traverse = listiter_traverse, .destroy = listiter_destroy,
};
IM_TYPE(list_iterator, &listiter_spec);

static const ImSlots listrevit_slots = {.iter = im_iter_self, .next = listrevit_next};
static const ImTypeSpec listrevit_spec = {
    .name = "list_reverseiterator", .size = sizeof(ImSeqIter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_ITER_NATIVE,
    .slots = &listrevit_slots, .methods = listrevit_methods, .traverse = listiter_traverse, .destroy = listiter_destroy,
};
IM_TYPE(list_reverseiterator, &listrevit_spec);
