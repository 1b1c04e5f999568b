/* collections.deque and its iterators.
 *
 * A ring: `len` items from slot `start` on, capacity a power of two. Every access to a shared deque holds its lock for a few instructions, so single operations are atomic;
 * `state` counts changes of the item sequence, so that loops that call Python code notice them.
 * SPDX-License-Identifier: MIT */
#include "modules/_collections.h"

typedef struct Deque {
    ImObject head;
    ssize_t x_len;
    size_t start, mask; /* capacity - 1; with ring null: 0 and capacity 0 */
    Value *ring;
    ssize_t maxlen;     /* -1: none; constant after __init__ */
    uint64_t x_state;
} Deque;
IM_INLINE Deque *dequep(Value v) { return (Deque *)im_ptr(v); }
static ImType deque_type, iter_type, reviter_type;
static bool is_deque(Value v) { return im_is_instance_of(v, &deque_type); }

#define MIN_CAP 8
IM_INLINE size_t cap_of(const Deque *d) { return d->ring ? d->mask + 1 : 0; }
IM_INLINE Value *slot(Deque *d, ssize_t i) { return &d->ring[(d->start + (size_t)i) & d->mask]; }
static bool begin_read(Thread *t, Deque *d)
{
    bool shared = !im_is_private_obj(&d->head);
    if (shared) im_object_lock(t, &d->head);
    return shared;
}
static void end(Thread *t, Deque *d, bool shared)
{
    if (shared) im_object_unlock(t, &d->head);
}
static ssize_t deque_len(Deque *d) { return im_load_acquire(&d->x_len); }

/* Moves the items to a ring of another size. */
static Value *move_to(Deque *d, Value *ring, size_t cap)
{
    Value *old = d->ring;
    for (ssize_t i = 0; i < d->x_len; i++) ring[i] = *slot(d, i);
    d->ring = ring;
    d->mask = cap - 1;
    d->start = 0;
    return old;
}

/* Begins a change that adds up to `extra` items: 0 with the lock held if *shared; -1: nothing begun. */
static int begin(Thread *t, Deque *d, size_t extra, bool *shared)
{
    Value *fresh = NULL;
    size_t fresh_cap = 0;
    for (;;) {
        *shared = begin_read(t, d);
        size_t need = (size_t)d->x_len + extra;
        if (need <= cap_of(d)) break;
        if (need <= fresh_cap) {
            fresh = move_to(d, fresh, fresh_cap);
            break;
        }
        end(t, d, *shared);
        im_raw_free(fresh);
        for (fresh_cap = MIN_CAP; fresh_cap < need; fresh_cap *= 2) {
            if (fresh_cap > (size_t)PTRDIFF_MAX / 2 / sizeof(Value)) return im_raise_memory(t), -1;
        }
        if (!(fresh = im_raw_alloc(t, fresh_cap * sizeof(Value)))) return -1;
    }
    im_raw_free(fresh); /* the old ring, or one that was not needed: readers hold the lock, so nobody is in it */
    return 0;
}
IM_INLINE void push_right(Deque *d, Value v)
{
    *slot(d, d->x_len) = v;
    im_store_release(&d->x_len, d->x_len + 1);
}
IM_INLINE void push_left(Deque *d, Value v)
{
    d->start = (d->start - 1) & d->mask;
    d->ring[d->start] = v;
    im_store_release(&d->x_len, d->x_len + 1);
}
/* A full deque takes v in at one end and gives an item out at the other: its length stays what it is, for those who look without the lock. */
IM_INLINE Value turn_right(Deque *d, Value v, ssize_t len)
{
    Value out = d->ring[d->start];
    d->ring[d->start] = IM_NO_VALUE;
    d->start = (d->start + 1) & d->mask;
    *slot(d, len - 1) = v;
    return out;
}
IM_INLINE Value turn_left(Deque *d, Value v, ssize_t len)
{
    Value *s = slot(d, len - 1), out = *s;
    *s = IM_NO_VALUE;
    d->start = (d->start - 1) & d->mask;
    d->ring[d->start] = v;
    return out;
}
IM_INLINE Value take_right(Deque *d)
{
    im_store_release(&d->x_len, d->x_len - 1);
    Value *s = slot(d, d->x_len), v = *s;
    *s = IM_NO_VALUE;
    return v;
}
IM_INLINE Value take_left(Deque *d)
{
    Value v = d->ring[d->start];
    d->ring[d->start] = IM_NO_VALUE;
    d->start = (d->start + 1) & d->mask;
    im_store_release(&d->x_len, d->x_len - 1);
    return v;
}

/* Room for `extra` more items of a private deque, so that pushing them needs no look. A hint only. */
static void make_room(Thread *t, Deque *d, size_t extra)
{
    bool shared;
    if (im_is_private_obj(&d->head) && d->maxlen < 0 && extra < (size_t)1 << 40 && begin(t, d, extra, &shared) < 0) im_exc_clear(t);
}

/* Adds v (owned) at an end; a full deque loses an item at the other end. */
static IM_NOINLINE int add_slow(Thread *t, Deque *d, Value v, bool left);
IM_INLINE int add(Thread *t, Deque *d, Value v, bool left)
{
    if (IM_LIKELY(im_is_private_obj(&d->head) && d->maxlen < 0 && (size_t)d->x_len < cap_of(d))) {
        if (left) {
            d->start = (d->start - 1) & d->mask;
            d->ring[d->start] = v;
        } else *slot(d, d->x_len) = v;
        d->x_len++;
        d->x_state++;
        return 0;
    }
    return add_slow(t, d, v, left);
}
static int add_slow(Thread *t, Deque *d, Value v, bool left)
{
    bool shared;
    Value out = IM_NO_VALUE;
    if (d->maxlen == 0) {
        im_drop(t, v);
        return 0;
    }
    if (!im_is_private_obj(&d->head)) im_publish(t, v);
    if (begin(t, d, d->maxlen >= 0 && deque_len(d) >= d->maxlen ? 0 : 1, &shared) < 0) {
        im_drop(t, v);
        return -1;
    }
    const bool full = d->maxlen >= 0 && d->x_len >= d->maxlen;
    if (!full && (size_t)d->x_len == cap_of(d)) { /* another thread took the room */
        end(t, d, shared);
        return add(t, d, v, left);
    }
    if (full) out = left ? turn_left(d, v, d->x_len) : turn_right(d, v, d->x_len);
    else if (left) push_left(d, v);
    else push_right(d, v);
    im_store_relaxed(&d->x_state, d->x_state + 1);
    end(t, d, shared);
    im_xdrop(t, out);
    return 0;
}

IM_INLINE Value take_any(Thread *t, Deque *d, bool left)
{
    if (IM_LIKELY(im_is_private_obj(&d->head) && d->x_len > 0)) {
        d->x_state++;
        return left ? take_left(d) : take_right(d);
    }
    bool shared = begin_read(t, d);
    Value v = IM_NO_VALUE;
    if (d->x_len > 0) {
        v = left ? take_left(d) : take_right(d);
        im_store_relaxed(&d->x_state, d->x_state + 1);
    }
    end(t, d, shared);
    return v;
}
IM_INLINE Value take(Thread *t, Deque *d, bool left)
{
    Value v = take_any(t, d, left);
    return im_no_value(v) ? im_raise_index(t, "pop from an empty deque") : v;
}

bool co_is_deque(Value v) { return im_is_exact(v, &deque_type); }
ssize_t co_deque_len(Value d) { return deque_len(dequep(d)); }
int co_deque_append(Thread *t, Value d, Value v) { return add(t, dequep(d), im_new_ref(v), false); }
Value co_deque_popleft(Thread *t, Value d) { return take_any(t, dequep(d), true); }

/* Item i, or no value. With state given: only while the deque has not changed since; *changed tells. */
static Value get(Thread *t, Deque *d, ssize_t i, const uint64_t *state, bool *changed)
{
    Value v = IM_NO_VALUE;
    bool shared = begin_read(t, d);
    if (state && d->x_state != *state) *changed = true;
    else if ((size_t)i < (size_t)d->x_len) {
        v = *slot(d, i);
        im_take(v);
    }
    end(t, d, shared);
    return v;
}

/* Gives everything to a vector, which drops it. */
static void deque_clear(Thread *t, Deque *d)
{
    bool shared = begin_read(t, d);
    Deque old = *d;
    d->ring = NULL;
    d->mask = d->start = 0;
    im_store_release(&d->x_len, (ssize_t)0);
    im_store_relaxed(&d->x_state, d->x_state + 1);
    end(t, d, shared);
    if (!old.ring) return;
    if (old.x_len) {
        ssize_t from = 0;
        for (; from < old.x_len; from++) { /* what is not freed here runs nothing */
            Value v = *slot(&old, from);
            if (!im_is_object(v)) continue;
            ImObject *o = im_ptr(v);
            uint32_t w = im_load_relaxed(&o->x_count);
            if ((int32_t)w > 1) im_store_relaxed(&o->x_count, w - 1);
            else if (w != IM_COUNT_UNC || IM_UNLIKELY(im_has_flag(o, IM_OF_HOT))) break;
        }
        if (from == old.x_len) {
            im_raw_free(old.ring);
            return;
        }
        for (ssize_t i = 0; i < from; i++) *slot(&old, i) = IM_NO_VALUE;
        ImValueVec vec; /* what waits for its turn is a root; empty slots hold no value or stale words, so they are made empty first */
        size_t cap = old.mask + 1;
        for (size_t i = (size_t)old.x_len; i < cap; i++) old.ring[(old.start + i) & old.mask] = IM_NO_VALUE;
        im_vec_init(t, &vec);
        vec.items = old.ring;
        vec.len = cap;
        for (ssize_t i = from; i < old.x_len; i++) {
            Value *s = slot(&old, i), v = *s;
            *s = IM_NO_VALUE;
            im_xdrop(t, v);
        }
        vec.len = 0;
        vec.items = vec.small;
        im_vec_fini(t, &vec);
    }
    im_raw_free(old.ring);
}

static int deque_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Deque *d = (Deque *)o;
    for (ssize_t i = 0; i < d->x_len; i++) {
        Value v = *slot(d, i);
        int r = im_is_object(v) ? visit(v, arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void deque_clear_slot(Thread *t, ImObject *o) { deque_clear(t, (Deque *)o); }
static void deque_destroy(Thread *t, ImObject *o)
{
    deque_clear(t, (Deque *)o);
    im_raw_free(((Deque *)o)->ring);
}

/* New list of the items at one moment. */
static Value snapshot(Thread *t, Deque *d)
{
    if (im_is_private_obj(&d->head)) {
        Value r = im_list_new(t, (size_t)d->x_len);
        if (im_no_value(r) || d->x_len == 0) return r;
        Value *to = im_listp(r)->x_items->x_items;
        size_t first = d->mask + 1 - d->start, n = (size_t)d->x_len;
        if (first > n) first = n;
        memcpy(to, d->ring + d->start, first * sizeof(Value));
        memcpy(to + first, d->ring, (n - first) * sizeof(Value));
        for (size_t i = 0; i < n; i++) im_take(to[i]);
        im_listp(r)->x_len = (ssize_t)n;
        return r;
    }
    for (;;) {
        ssize_t n = deque_len(d);
        Value *buf = im_raw_alloc(t, (size_t)n * sizeof(Value));
        if (!buf) return IM_NO_VALUE;
        bool shared = begin_read(t, d), ok = d->x_len <= n;
        n = d->x_len;
        for (ssize_t i = 0; i < n && ok; i++) buf[i] = im_new_ref(*slot(d, i));
        end(t, d, shared);
        Value r = ok ? im_list_steal_array(t, buf, (size_t)n) : IM_NO_VALUE;
        im_raw_free(buf);
        if (ok) return r;
    }
}

/* The items of a list or tuple that nothing changes meanwhile. */
static int extend_from(Thread *t, Deque *d, const Value *items, size_t n, bool left)
{
    if (d->maxlen == 0) return 0;
    make_room(t, d, n);
    if (left || !d->ring || (size_t)d->x_len + n > d->mask + 1 || (d->maxlen >= 0 && (size_t)d->x_len + n > (size_t)d->maxlen)) {
        for (size_t i = 0; i < n; i++)
            if (add(t, d, im_new_ref(items[i]), left) < 0) return -1;
        return 0;
    }
    size_t at = (d->start + (size_t)d->x_len) & d->mask;
    for (size_t i = 0; i < n; i++, at = (at + 1) & d->mask) d->ring[at] = im_new_ref(items[i]);
    d->x_len += (ssize_t)n;
    d->x_state += n;
    return 0;
}

/* Adds n items (moved) to a deque whose lock the caller holds and which has room: how many a full one lost, which are the first of items now. */
static size_t push_many(Deque *d, Value *items, size_t n, bool left)
{
    ssize_t len = d->x_len;
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        Value v = items[i];
        if (d->maxlen >= 0 && len >= d->maxlen) items[out++] = left ? turn_left(d, v, len) : turn_right(d, v, len);
        else {
            if (left) d->start = (d->start - 1) & d->mask;
            *slot(d, left ? 0 : len) = v;
            len++;
        }
    }
    im_store_release(&d->x_len, len);
    im_store_relaxed(&d->x_state, d->x_state + n);
    return out;
}
static size_t room_for(Deque *d, size_t n) { return d->maxlen >= 0 && (size_t)d->maxlen < n ? (size_t)d->maxlen : n; }
/* The items of a new list (stolen) go to a shared deque in one step. */
static int add_all(Thread *t, Deque *d, Value list, bool left)
{
    ImList *l = im_listp(list);
    size_t n = (size_t)l->x_len;
    Value *items = n ? l->x_items->x_items : NULL;
    bool shared;
    int r = 0;
    for (size_t i = 0; i < n; i++) im_publish(t, items[i]);
    if (n && d->maxlen && (r = begin(t, d, room_for(d, n), &shared)) == 0) {
        l->x_len = (ssize_t)push_many(d, items, n, left);
        end(t, d, shared);
    }
    im_drop(t, list);
    return r;
}
/* A shared deque's own items are added to it that many times, in one step. */
static int add_itself(Thread *t, Deque *d, size_t times, bool left)
{
    for (;;) {
        size_t size = (size_t)deque_len(d), n, k = 0, now;
        bool shared;
        if (size == 0 || times == 0 || d->maxlen == 0) return 0;
        if (d->maxlen >= 0 && times > (size_t)d->maxlen / size + 1) times = (size_t)d->maxlen / size + 1;
        if (__builtin_mul_overflow(size, times, &n) || n > (size_t)PTRDIFF_MAX / 2 / sizeof(Value)) return im_raise_memory(t), -1;
        Value list = im_list_new(t, n);
        if (im_no_value(list)) return -1;
        ImList *l = im_listp(list);
        if (begin(t, d, room_for(d, n), &shared) < 0) {
            im_drop(t, list);
            return -1;
        }
        now = (size_t)d->x_len;
        if (now <= size) {
            while (k < now * times) {
                l->x_items->x_items[k] = im_new_ref(*slot(d, (ssize_t)(k % now)));
                k++;
            }
            l->x_len = (ssize_t)push_many(d, l->x_items->x_items, k, left);
        }
        end(t, d, shared);
        im_drop(t, list);
        if (now <= size) return 0;
    }
}
/* Whole, and not so long that a list of it would be a burden. */
static bool is_whole(Thread *t, Value v)
{
    if (!im_is_whole(v)) return false;
    ssize_t n = IM_SLOT(im_type_of(v), length)(t, v);
    if (n < 0) im_exc_clear(t);
    return n >= 0 && n < 1 << 20;
}

static int extend(Thread *t, Deque *d, Value iterable, bool left)
{
    if (im_is_shared_obj(&d->head)) {
        if (im_same(iterable, im_value(d))) return add_itself(t, d, 1, left);
        if (is_whole(t, iterable)) {
            Value items = im_to_list(t, iterable);
            return im_no_value(items) ? -1 : add_all(t, d, items, left);
        }
    }
    if (im_is_private_obj(&d->head)) {
        if (im_is_list_exact(iterable) && im_is_private(iterable)) {
            ImList *l = im_listp(iterable);
            if (d->maxlen < 0 || l->x_len == 0) return l->x_len ? extend_from(t, d, l->x_items->x_items, (size_t)l->x_len, left) : 0; /* nothing goes out: no code runs */
        } else if (im_is_tuple_exact(iterable) && d->maxlen < 0) return extend_from(t, d, im_tuple_items(iterable), (size_t)im_tuple_len(iterable), left);
    }
    Value src = im_new_ref(iterable);
    if (im_same(iterable, im_value(d))) {
        im_drop(t, src);
        src = snapshot(t, d);
    } else {
        Value items = im_items_of_shared(t, iterable);
        if (!im_no_value(items) || im_pending(t)) {
            im_drop(t, src);
            src = items;
        }
    }
    Value it = im_no_value(src) ? src : im_iter(t, src);
    im_xdrop(t, src);
    if (im_no_value(it)) return -1;
    int r = 0;
    if (d->maxlen == 0) { /* the way to run an iterator to its end */
        for (size_t i = 0; r == 0; i++) {
            Value v = im_next_fast(t, it);
            if (im_is_stop(v)) break;
            if (im_no_value(v)) r = -1;
            else im_drop(t, v);
            if (r == 0) r = IM_POLL_EVERY(t, i);
        }
        im_drop(t, it);
        return r;
    }
    for (size_t i = 0; r == 0; i++) {
        Value v = im_next_fast(t, it);
        if (im_is_stop(v)) break;
        r = im_no_value(v) ? -1 : add(t, d, v, left);
        if (r == 0) r = IM_POLL_EVERY(t, i);
    }
    im_drop(t, it);
    return r;
}

/* --- construction ---------------------------------------------------------------------------------------------------------------------- */

static Value deque_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    Deque *d = (Deque *)im_instance_alloc(t, type, 0);
    if (d) d->maxlen = -1;
    return im_value(d);
}
static int deque_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    Deque *d = dequep(self);
    ImArgs a;
    if (nargs == 1 && im_no_value(kwnames)) {
        d->maxlen = -1;
        if (deque_len(d) > 0) deque_clear(t, d);
        return extend(t, d, args[0], false);
    }
    if (im_parse_args(t, "deque", "(iterable=(), maxlen=None)", args, nargs, kwnames, &a) < 0) return -1;
    im_args_fini(t, &a);
    ssize_t maxlen = -1;
    if (!im_no_value(a.v[1]) && !im_is_none(a.v[1])) {
        if (!im_is_int_like(a.v[1])) return im_raise_type(t, "an integer is required"), -1;
        if (im_ssize_arg(t, a.v[1], &maxlen) < 0) return -1;
        if (maxlen < 0) return im_raise_valueerror(t, "maxlen must be non-negative"), -1;
    }
    d->maxlen = maxlen;
    if (deque_len(d) > 0) deque_clear(t, d);
    return im_no_value(a.v[0]) ? 0 : extend(t, d, a.v[0], false);
}

static Value deque_copy(Thread *t, Value self)
{
    Deque *d = dequep(self);
    if (im_is_exact(self, &deque_type)) {
        Value r = deque_new(t, &deque_type, NULL, 0, IM_NO_VALUE), items = im_no_value(r) ? r : snapshot(t, d);
        if (im_no_value(items)) {
            im_xdrop(t, r);
            return IM_NO_VALUE;
        }
        dequep(r)->maxlen = d->maxlen;
        if (extend(t, dequep(r), items, false) < 0) IM_CLEAR(t, r);
        im_drop(t, items);
        return r;
    }
    Value type = im_type_value(im_type_of(self));
    Value most = d->maxlen < 0 ? IM_NONE : im_int_new(t, d->maxlen);
    Value r = im_no_value(most) ? most : d->maxlen < 0 ? im_call1(t, type, self) : im_call2(t, type, self, most);
    im_xdrop(t, most);
    if (!im_no_value(r) && !is_deque(r)) {
        (void)im_raise_type(t, "%.200T() must return a deque, not %.200T", self, r);
        IM_CLEAR(t, r);
    }
    return r;
}

/* --- protocol ---------------------------------------------------------------------------------------------------------------------------- */

static Value deque_repr(Thread *t, Value self)
{
    int r = im_repr_enter(t, self);
    if (r) return r > 0 ? im_str_from_latin1(t, "[...]", 5) : IM_NO_VALUE;
    Value list = im_to_list(t, self), text = IM_NO_VALUE;
    if (!im_no_value(list)) {
        Value name = im_slot_get(t, NULL, &im_type_of(self)->x_name);
        text = dequep(self)->maxlen >= 0 ? im_str_format(t, "%U(%R, maxlen=%zd)", name, list, dequep(self)->maxlen) : im_str_format(t, "%U(%R)", name, list);
        im_drop(t, name);
        im_drop(t, list);
    }
    im_repr_leave(t, self);
    return text;
}

static Value deque_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!is_deque(a) || !is_deque(b)) return IM_NOT_IMPLEMENTED;
    Deque *x = dequep(a), *y = dequep(b);
    if (x == y && (op == IM_EQ || op == IM_NE)) return im_bool(op == IM_EQ);
    if (deque_len(x) != deque_len(y) && (op == IM_EQ || op == IM_NE)) return im_bool(op == IM_NE);
    Value p = im_steady_iter(t, a), q = im_no_value(p) ? p : im_steady_iter(t, b), r = IM_NO_VALUE, u = IM_NO_VALUE, v = IM_NO_VALUE;
    if (im_no_value(q)) {
        im_xdrop(t, p);
        return q;
    }
    for (;;) {
        u = im_next_fast(t, p);
        if (im_no_value(u)) break;
        v = im_next_fast(t, q);
        if (im_no_value(v)) break;
        if (im_is_stop(u) || im_is_stop(v)) {
            bool end_u = im_is_stop(u), end_v = im_is_stop(v);
            switch (op) {
            case IM_LT: r = im_bool(end_u && !end_v); break;
            case IM_LE: r = im_bool(end_u); break;
            case IM_EQ: r = im_bool(end_u == end_v); break;
            case IM_NE: r = im_bool(end_u != end_v); break;
            case IM_GT: r = im_bool(end_v && !end_u); break;
            case IM_GE: r = im_bool(end_v); break;
            }
            break;
        }
        int eq = im_equal(t, u, v);
        if (eq < 0) break;
        if (!eq) {
            r = op == IM_EQ ? IM_FALSE : op == IM_NE ? IM_TRUE : im_compare(t, u, v, op);
            break;
        }
        im_drop(t, u);
        im_drop(t, v);
        u = v = IM_NO_VALUE;
    }
    im_xdrop(t, u);
    im_xdrop(t, v);
    im_drop(t, p);
    im_drop(t, q);
    return r;
}

static ssize_t deque_length(Thread *t, Value self) { (void)t; return deque_len(dequep(self)); }

static Value deque_item(Thread *t, Value self, ssize_t i)
{
    Value v = get(t, dequep(self), i, NULL, NULL);
    return im_no_value(v) ? im_raise_index(t, "deque index out of range") : v;
}

/* Takes item i out by closing the gap from the nearer end. Caller holds the lock. */
static Value take_at(Deque *d, ssize_t i)
{
    Value v = *slot(d, i);
    if (i < d->x_len / 2) {
        for (; i > 0; i--) *slot(d, i) = *slot(d, i - 1);
        (void)take_left(d);
    } else {
        for (; i < d->x_len - 1; i++) *slot(d, i) = *slot(d, i + 1);
        (void)take_right(d);
    }
    im_store_relaxed(&d->x_state, d->x_state + 1);
    return v;
}

/* i as written: negative from the end, which is decided together with the change. */
static int store_at(Thread *t, Value self, ssize_t i, Value v)
{
    Deque *d = dequep(self);
    Value old = IM_NO_VALUE;
    if (!im_no_value(v)) {
        im_take(v);
        if (!im_is_private_obj(&d->head)) im_publish(t, v);
    }
    bool shared = begin_read(t, d);
    if (i < 0) i += d->x_len;
    bool ok = (size_t)i < (size_t)d->x_len;
    if (ok && im_no_value(v)) old = take_at(d, i);
    else if (ok) {
        old = *slot(d, i);
        *slot(d, i) = v;
    }
    end(t, d, shared);
    if (ok) im_drop(t, old);
    else im_xdrop(t, v);
    return ok ? 0 : (im_raise_index(t, "deque index out of range"), -1);
}

static int deque_ass_item(Thread *t, Value self, ssize_t i, Value v)
{
    return i < 0 ? (im_raise_index(t, "deque index out of range"), -1) : store_at(t, self, i, v);
}
static int index_of(Thread *t, Value key, ssize_t *i)
{
    if (!im_is_index(key)) return im_raise_type(t, "sequence index must be integer, not '%.200T'", key), -1;
    return im_as_ssize(t, key, &im_IndexError_type, i);
}
static Value deque_subscript(Thread *t, Value self, Value key)
{
    Deque *d = dequep(self);
    ssize_t i;
    if (index_of(t, key, &i) < 0) return IM_NO_VALUE;
    Value v = IM_NO_VALUE;
    bool shared = begin_read(t, d);
    if (i < 0) i += d->x_len;
    if ((size_t)i < (size_t)d->x_len) v = im_new_ref(*slot(d, i));
    end(t, d, shared);
    return im_no_value(v) ? im_raise_index(t, "deque index out of range") : v;
}
static int deque_ass_subscript(Thread *t, Value self, Value key, Value v)
{
    ssize_t i;
    return index_of(t, key, &i) < 0 ? -1 : store_at(t, self, i, v);
}

/* First i in [from, to) with items[i] == v: i, -1 absent, -2 error. */
static ssize_t find(Thread *t, Deque *d, Value v, ssize_t from, ssize_t to, ssize_t *count)
{
    if (!im_is_private_obj(&d->head)) { /* what others change meanwhile does not matter: the items of one moment */
        Value items = snapshot(t, d);
        ssize_t r = -1;
        for (ssize_t i = from; !im_no_value(items) && i < to && i < im_list_len(items); i++) {
            Value x = im_list_get(t, items, i);
            int eq = im_equal(t, x, v);
            im_drop(t, x);
            if (eq < 0 || IM_POLL_EVERY(t, i) < 0) { r = -2; break; }
            if (eq && count) ++*count;
            else if (eq) { r = i; break; }
        }
        if (im_no_value(items)) return -2;
        im_drop(t, items);
        return r;
    }
    uint64_t state = im_load_acquire(&d->x_state);
    if (from < 0) from = 0;
    for (; from < to && from < d->x_len; from++) { /* identity and pairs of small ints run no code */
        Value x = *slot(d, from);
        if (im_same(x, v)) {
            if (!count) return from;
            ++*count;
        } else if (!im_are_ints(x, v)) break;
    }
    for (ssize_t i = from; i < to; i++) {
        bool changed = false;
        Value x = get(t, d, i, &state, &changed);
        int r = 0;
        if (!im_no_value(x)) {
            r = im_equal(t, x, v);
            im_drop(t, x);
            changed = im_load_acquire(&d->x_state) != state;
        } else if (!changed) return -1;
        if (r < 0) return -2;
        if (r && !count) return i;
        if (changed) return im_raise_runtime(t, "deque mutated during iteration"), -2;
        if (r) ++*count;
        if (IM_POLL_EVERY(t, i) < 0) return -2;
    }
    return -1;
}

static int deque_contains(Thread *t, Value self, Value v)
{
    ssize_t i = find(t, dequep(self), v, 0, PTRDIFF_MAX, NULL);
    return i == -2 ? -1 : i >= 0;
}

static Value deque_concat(Thread *t, Value a, Value b)
{
    if (!is_deque(b)) return im_raise_type(t, "can only concatenate deque (not \"%.200T\") to deque", b);
    Value r = deque_copy(t, a);
    if (!im_no_value(r) && extend(t, dequep(r), b, false) < 0) IM_CLEAR(t, r);
    return r;
}
static Value deque_iconcat(Thread *t, Value a, Value b) { return extend(t, dequep(a), b, false) < 0 ? IM_NO_VALUE : im_new_ref(a); }

static int repeat_in_place(Thread *t, Deque *d, ssize_t n)
{
    if (n > 0 && im_is_shared_obj(&d->head)) return add_itself(t, d, (size_t)n - 1, false);
    ssize_t size = deque_len(d);
    if (size == 0 || n == 1) return 0;
    if (n <= 0) {
        deque_clear(t, d);
        return 0;
    }
    if (d->maxlen >= 0 && n > d->maxlen / size + 1) n = d->maxlen / size + 1;
    if ((size_t)size > (size_t)PTRDIFF_MAX / 2 / sizeof(Value) / (size_t)n) return im_raise_memory(t), -1;
    Value items = snapshot(t, d);
    if (im_no_value(items)) return -1;
    int r = 0;
    while (--n > 0 && r == 0) r = extend(t, d, items, false);
    im_drop(t, items);
    return r;
}
static Value deque_irepeat(Thread *t, Value self, ssize_t n) { return repeat_in_place(t, dequep(self), n) < 0 ? IM_NO_VALUE : im_new_ref(self); }
static Value deque_repeat(Thread *t, Value self, ssize_t n)
{
    Value r = deque_copy(t, self);
    if (!im_no_value(r) && repeat_in_place(t, dequep(r), n) < 0) IM_CLEAR(t, r);
    return r;
}

/* --- methods ----------------------------------------------------------------------------------------------------------------------------- */

CO_METHOD(m_append) { return add(t, dequep(self), im_new_ref(args[0]), false) < 0 ? IM_NO_VALUE : IM_NONE; }
CO_METHOD(m_appendleft) { return add(t, dequep(self), im_new_ref(args[0]), true) < 0 ? IM_NO_VALUE : IM_NONE; }
CO_METHOD(m_extend) { return extend(t, dequep(self), args[0], false) < 0 ? IM_NO_VALUE : IM_NONE; }
CO_METHOD(m_extendleft) { return extend(t, dequep(self), args[0], true) < 0 ? IM_NO_VALUE : IM_NONE; }
CO_METHOD(m_pop) { return take(t, dequep(self), false); }
CO_METHOD(m_popleft) { return take(t, dequep(self), true); }
CO_METHOD(m_clear) { deque_clear(t, dequep(self)); return IM_NONE; }
CO_METHOD(m_copy) { return deque_copy(t, self); }

CO_METHOD(m_count)
{
    ssize_t n = 0;
    return find(t, dequep(self), args[0], 0, PTRDIFF_MAX, &n) == -2 ? IM_NO_VALUE : im_int(n);
}

CO_METHOD(m_index)
{
    Deque *d = dequep(self);
    ssize_t n = deque_len(d), start = 0, stop = n;
    if (nargs > 1 && im_slice_index_not_none(t, args[1], &start) < 0) return IM_NO_VALUE;
    if (nargs > 2 && im_slice_index_not_none(t, args[2], &stop) < 0) return IM_NO_VALUE;
    if (start < 0 && (start += n) < 0) start = 0;
    if (stop < 0 && (stop += n) < 0) stop = 0;
    if (stop > n) stop = n;
    ssize_t i = find(t, d, args[0], start, stop, NULL);
    if (i >= 0) return im_int(i);
    return i == -2 ? IM_NO_VALUE : im_raise_valueerror(t, "%R is not in deque", args[0]);
}

CO_METHOD(m_insert)
{
    Deque *d = dequep(self);
    ssize_t i;
    bool shared;
    if (im_ssize_arg(t, args[0], &i) < 0) return IM_NO_VALUE;
    if (!im_is_private_obj(&d->head)) im_publish(t, args[1]);
    if (begin(t, d, 1, &shared) < 0) return IM_NO_VALUE;
    ssize_t n = d->x_len;
    bool full = d->maxlen >= 0 && n >= d->maxlen;
    if (!full) {
        Value v = im_new_ref(args[1]);
        if (i < 0 && (i += n) < 0) i = 0;
        if (i > n) i = n;
        if (i < n / 2) {
            push_left(d, IM_NO_VALUE);
            for (ssize_t k = 0; k < i; k++) *slot(d, k) = *slot(d, k + 1);
        } else {
            push_right(d, IM_NO_VALUE);
            for (ssize_t k = n; k > i; k--) *slot(d, k) = *slot(d, k - 1);
        }
        *slot(d, i) = v;
        im_store_relaxed(&d->x_state, d->x_state + 1);
    }
    end(t, d, shared);
    return full ? im_raise_index(t, "deque already at its maximum size") : IM_NONE;
}

CO_METHOD(m_remove)
{
    Deque *d = dequep(self);
    ssize_t from = 0;
    if (im_is_private_obj(&d->head))
        while (from < d->x_len && !im_same(*slot(d, from), args[0]) && im_are_ints(*slot(d, from), args[0])) from++;
    for (ssize_t i = from;; i++) {
        uint64_t state = im_load_acquire(&d->x_state);
        Value x = get(t, d, i, NULL, NULL);
        if (im_no_value(x)) return im_raise_valueerror(t, "%R is not in deque", args[0]);
        int r = im_equal(t, x, args[0]);
        im_drop(t, x);
        if (r < 0) return IM_NO_VALUE;
        bool shared = begin_read(t, d), changed = d->x_state != state;
        Value old = IM_NO_VALUE;
        if (!changed && r) old = take_at(d, i);
        end(t, d, shared);
        if (changed) {
            if (!shared) return im_raise_index(t, "deque mutated during iteration");
            i = -1; /* another thread did that: search again */
            continue;
        }
        if (r) {
            im_drop(t, old);
            return IM_NONE;
        }
        if (IM_POLL_EVERY(t, i) < 0) return IM_NO_VALUE;
    }
}

CO_METHOD(m_reverse)
{
    Deque *d = dequep(self);
    bool shared = begin_read(t, d);
    for (ssize_t i = 0, j = d->x_len - 1; i < j; i++, j--) {
        Value v = *slot(d, i);
        *slot(d, i) = *slot(d, j);
        *slot(d, j) = v;
    }
    im_store_relaxed(&d->x_state, d->x_state + 1);
    end(t, d, shared);
    return IM_NONE;
}

CO_METHOD(m_rotate)
{
    Deque *d = dequep(self);
    ssize_t n = 1;
    if (nargs && im_ssize_arg(t, args[0], &n) < 0) return IM_NO_VALUE;
    bool shared = begin_read(t, d);
    ssize_t len = d->x_len;
    if (len > 1) {
        n %= len;
        if (n > len / 2) n -= len;
        else if (n < -len / 2) n += len;
        if ((size_t)len == d->mask + 1) d->start = (d->start - (size_t)n) & d->mask; /* a full ring just turns */
        else {
            for (; n > 0; n--) (void)turn_left(d, *slot(d, len - 1), len);
            for (; n < 0; n++) (void)turn_right(d, d->ring[d->start], len);
        }
        im_store_relaxed(&d->x_state, d->x_state + 1);
    }
    end(t, d, shared);
    return IM_NONE;
}

CO_METHOD(m_reduce)
{
    Deque *d = dequep(self);
    Value state = im_call_method0(t, self, IM_S(__getstate__)), it = im_no_value(state) ? state : im_iter(t, self), inner = IM_NO_VALUE, r = IM_NO_VALUE;
    if (!im_no_value(it)) inner = d->maxlen < 0 ? im_tuple_empty() : im_tuple_steal_array(t, (Value[]){im_tuple_empty(), im_int_new(t, d->maxlen)}, 2);
    if (!im_no_value(inner)) r = im_tuple_pack(t, 4, im_type_value(im_type_of(self)), inner, state, it);
    im_xdrop(t, state);
    im_xdrop(t, it);
    im_xdrop(t, inner);
    return r;
}
CO_METHOD(m_sizeof)
{
    (void)t;
    return im_int((int64_t)(im_type_of(self)->core.size + cap_of(dequep(self)) * sizeof(Value)));
}
static Value get_maxlen(Thread *t, Value self, void *closure)
{
    (void)closure;
    ssize_t n = dequep(self)->maxlen;
    return n < 0 ? IM_NONE : im_int_new(t, n);
}

/* --- iterators ------------------------------------------------------------------------------------------------------------------------------ */

typedef struct DequeIter {
    ImObject head;
    Value deque;
    uint64_t state;
    ssize_t x_index; /* items given; CAS when shared; END after the end or a change */
    bool back;
} DequeIter;
#define END PTRDIFF_MAX

static Value iter_over(Thread *t, Value deque, ImType *type, ssize_t given)
{
    DequeIter *it = (DequeIter *)im_object_alloc(t, &type->root, im_type_flags(type), sizeof *it);
    if (!it) return IM_NO_VALUE;
    it->deque = im_new_ref(deque);
    it->state = im_load_acquire(&dequep(deque)->x_state);
    it->back = type == &reviter_type;
    it->x_index = given;
    return im_value(it);
}
static Value deque_iter(Thread *t, Value self) { return iter_over(t, self, &iter_type, 0); }
CO_METHOD(m_reversed) { return iter_over(t, self, &reviter_type, 0); }

/* The deque or the iterator is shared, or the end is reached. */
IM_NOINLINE static Value iter_next_slow(Thread *t, DequeIter *it)
{
    ssize_t i = im_load_relaxed(&it->x_index);
    if (i == END) return IM_STOP;
    Deque *d = dequep(it->deque);
    bool private = im_is_private_obj(&it->head), changed = false;
    Value v = IM_NO_VALUE;
    for (;;) {
        bool shared = begin_read(t, d);
        changed = d->x_state != it->state;
        ssize_t len = d->x_len;
        if (!changed && i < len) {
            v = *slot(d, it->back ? len - 1 - i : i);
            im_take(v);
        }
        end(t, d, shared);
        if (im_no_value(v)) break;
        if (private) {
            it->x_index = i + 1;
            return v;
        }
        if (im_cas_acq_rel(&it->x_index, &i, i + 1)) return v;
        IM_CLEAR(t, v);
        if (i == END) return IM_STOP;
    }
    im_store_relaxed(&it->x_index, END);
    return changed ? im_raise_runtime(t, "deque mutated during iteration") : IM_STOP;
}
static Value iter_next(Thread *t, Value self)
{
    DequeIter *it = (DequeIter *)im_ptr(self);
    const ssize_t i = im_load_relaxed(&it->x_index);
    Deque *d = dequep(it->deque);
    if (IM_UNLIKELY(!im_is_private_obj(&it->head) || !im_is_private_obj(&d->head) || d->x_state != it->state || i >= d->x_len)) return iter_next_slow(t, it);
    it->x_index = i + 1;
    return im_new_ref(*slot(d, it->back ? d->x_len - 1 - i : i));
}

static Value iter_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    const char *name = type == &iter_type ? "_deque_iterator" : "_deque_reverse_iterator";
    if (im_no_kwargs(t, name, kwnames) < 0 || im_check_nargs(t, name, nargs, 1, 2) < 0) return IM_NO_VALUE;
    if (!is_deque(args[0])) return im_raise_type(t, "%s() argument 1 must be collections.deque, not %T", name, args[0]);
    ssize_t n = 0;
    if (nargs > 1 && im_ssize_arg(t, args[1], &n) < 0) return IM_NO_VALUE;
    ssize_t len = deque_len(dequep(args[0]));
    return iter_over(t, args[0], type, n < 0 ? 0 : n > len ? len : n);
}
static ssize_t left_of(DequeIter *it)
{
    ssize_t i = im_load_relaxed(&it->x_index), len = deque_len(dequep(it->deque));
    return i == END || i > len ? 0 : len - i;
}
CO_METHOD(iter_length_hint) { (void)t; return im_int(left_of((DequeIter *)im_ptr(self))); }
CO_METHOD(iter_reduce)
{
    DequeIter *it = (DequeIter *)im_ptr(self);
    Value inner = im_tuple_pack(t, 2, it->deque, im_int(deque_len(dequep(it->deque)) - left_of(it)));
    if (im_no_value(inner)) return inner;
    Value r = im_tuple_pack(t, 2, im_type_value(im_type_of(self)), inner);
    im_drop(t, inner);
    return r;
}
static int iter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value d = ((DequeIter *)o)->deque;
    return im_is_object(d) ? visit(d, arg) : 0;
}
static void iter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((DequeIter *)o)->deque); }

/* --- types ------------------------------------------------------------------------------------------------------------------------------------ */

static const ImMethodDef deque_methods[] = {
    IM_FIXED("append", m_append, 1, "($self, item, /)", "Add an element to the right side of the deque."),
    IM_FIXED("appendleft", m_appendleft, 1, "($self, item, /)", "Add an element to the left side of the deque."),
    IM_FIXED("clear", m_clear, 0, "($self, /)", "Remove all elements from the deque."),
    IM_FIXED("__copy__", m_copy, 0, "($self, /)", "Return a shallow copy of a deque."),
    IM_FIXED("copy", m_copy, 0, "($self, /)", "Return a shallow copy of a deque."),
    IM_FIXED("count", m_count, 1, "($self, value, /)", "Return number of occurrences of value."),
    IM_FIXED("extend", m_extend, 1, "($self, iterable, /)", "Extend the right side of the deque with elements from the iterable."),
    IM_FIXED("extendleft", m_extendleft, 1, "($self, iterable, /)", "Extend the left side of the deque with elements from the iterable."),
    IM_RANGE("index", m_index, 1, 3, "($self, value, [start, [stop]])", "Return first index of value.\n\nRaises ValueError if the value is not present."),
    IM_FIXED("insert", m_insert, 2, "($self, index, value, /)", "Insert value before index."),
    IM_FIXED("pop", m_pop, 0, "($self, /)", "Remove and return the rightmost element."),
    IM_FIXED("popleft", m_popleft, 0, "($self, /)", "Remove and return the leftmost element."),
    IM_FIXED("__reduce__", m_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_FIXED("remove", m_remove, 1, "($self, value, /)", "Remove first occurrence of value."),
    IM_FIXED("__reversed__", m_reversed, 0, "($self, /)", "Return a reverse iterator over the deque."),
    IM_FIXED("reverse", m_reverse, 0, "($self, /)", "Reverse *IN PLACE*."),
    IM_RANGE("rotate", m_rotate, 0, 1, "($self, n=1, /)", "Rotate the deque n steps to the right.  If n is negative, rotates left."),
    IM_FIXED("__sizeof__", m_sizeof, 0, "($self, /)", "Return the size of the deque in memory, in bytes."),
    IM_CLASS_GETITEM,
    IM_END,
};
static const ImGetSetDef deque_getset[] = {{"maxlen", get_maxlen, NULL, "maximum size of a deque or None if unbounded", NULL}, IM_END};
static Value deque_items(Thread *t, Value self) { return im_is_shared(self) ? snapshot(t, dequep(self)) : IM_NO_VALUE; }
static const ImSlots deque_slots = {
    .items = deque_items, .subscript = deque_subscript, .ass_subscript = deque_ass_subscript,
    .repr = deque_repr, .richcompare = deque_richcompare, .iter = deque_iter, .init = deque_init, .new_ = deque_new, .length = deque_length, .item = deque_item,
    .ass_item = deque_ass_item, .concat = deque_concat, .iconcat = deque_iconcat, .repeat = deque_repeat, .irepeat = deque_irepeat, .contains = deque_contains,
};
static const ImTypeSpec deque_spec = {
    .name = "collections.deque", .doc = "A list-like sequence optimized for data accesses near its endpoints.", .size = sizeof(Deque),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_SEQUENCE | IM_TF_WEAKREF, .slots = &deque_slots, .methods = deque_methods, .getset = deque_getset,
    .traverse = deque_traverse, .clear = deque_clear_slot, .destroy = deque_destroy, .text_signature = "([iterable[, maxlen]])",
};
static const ImMethodDef iter_methods[] = {
    IM_FIXED("__length_hint__", iter_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."),
    IM_FIXED("__reduce__", iter_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_END,
};
static const ImSlots iter_slots = {.iter = im_iter_self, .next = iter_next, .new_ = iter_new};
static const ImTypeSpec iter_spec = {
    .name = "collections._deque_iterator", .size = sizeof(DequeIter), .flags = IM_TF_GC | IM_TF_ITER_NATIVE, .slots = &iter_slots, .methods = iter_methods,
    .traverse = iter_traverse, .destroy = iter_destroy,
};
static const ImTypeSpec reviter_spec = {
    .name = "collections._deque_reverse_iterator", .size = sizeof(DequeIter), .flags = IM_TF_GC | IM_TF_ITER_NATIVE, .slots = &iter_slots, .methods = iter_methods,
    .traverse = iter_traverse, .destroy = iter_destroy,
};
const ImTypeRow co_deque_rows[] = {{&deque_type, &deque_spec}, {&iter_type, &iter_spec}, {&reviter_type, &reviter_spec}, {NULL, NULL}};
