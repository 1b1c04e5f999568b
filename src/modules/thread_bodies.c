/* Native bodies of functions of the library's queue and threading modules.
 * SPDX-License-Identifier: MIT
 *
 * Queue.put, Condition.notify and others stay the library's Python functions. When a class of these modules is found to hold the function that a row below describes, its code gets
 * a native body (code/code.h), which does in C what the function does if everything it would come upon is as the library made it: the object's class and
 * attributes (its shape), the other methods it would call (guards), the kinds of lock and container. Whatever is not so, a subclass, a patched method, an
 * attribute set on the instance, a value of another type, is left to the Python code before anything has been done. So are waiting on a condition and every
 * exception, which then have the frames and lines that they should have.
 *
 * A body has no safepoint while it looks at references without taking them: the memory of what another thread replaces meanwhile stays until then, so locks
 * and conditions can be looked at and locks be used. Deques free their ring when they die: they are taken before they are changed. Where a body waits
 * for a lock, which detaches, it holds references and looks again afterwards. */
#include "modules/_collections.h"
#include "modules/_thread.h"
#include "modules/bodies.h"
#include "object/instance.h"

enum { CONDITION, QUEUE, EVENT, SEMAPHORE, BOUNDED, KINDS };
enum { MOST_FIELDS = 8, LAYOUTS = 4, LAYOUTS_MADE = 2000, GUARD_TRIES = 100 };
enum { F_LOCK, F_WAITERS, F_IS_OWNED };
enum { F_NOT_FULL, F_NOT_EMPTY, F_ALL_DONE, F_ITEMS, F_MAXSIZE, F_UNFINISHED, F_SHUTDOWN, F_MUTEX };
enum { F_COND, F_VALUE, F_INITIAL };

/* Where the instances of one shape keep their attributes. Never freed. */
typedef struct Layout { uint32_t shape, gen; uint32_t at[MOST_FIELDS]; } Layout;
typedef struct Kind {
    const char *module, *cls;
    bool subclasses;            /* its bodies call no methods of self: instances of subclasses are welcome */
    const char *fields, *absent; /* instance attributes: those that must be there ("?": may be), those that must not */
    Value names[MOST_FIELDS];   /* of the fields, interned */
    ImType *x_type;             /* release, acquire; null: not found yet */
    const Layout *x_layouts[LAYOUTS];
} Kind;
static Kind kinds[KINDS] = {
    [CONDITION] = {.module = "threading", .cls = "Condition", .fields = "_lock _waiters ?_is_owned", .absent = "notify notify_all"},
    [QUEUE] = {.module = "queue", .cls = "Queue", .fields = "not_full not_empty all_tasks_done queue maxsize unfinished_tasks is_shutdown mutex", .absent = "_put _get _qsize"},
    [EVENT] = {.module = "threading", .cls = "Event", .subclasses = true, .fields = "_cond _flag", .absent = ""},
    [SEMAPHORE] = {.module = "threading", .cls = "Semaphore", .subclasses = true, .fields = "_cond _value", .absent = ""},
    [BOUNDED] = {.module = "threading", .cls = "BoundedSemaphore", .subclasses = true, .fields = "_cond _value _initial_value", .absent = ""},
};
uint8_t im_thread_bodies_wanted = 1;
static ImMutex finding;
static uint32_t layouts_made; /* under `finding` */

/* --- is everything as the library made it? ---------------------------------------------------------------------------------------------------------- */

enum { G_ENTER, G_EXIT, G_NOTIFY, G_NOTIFY_ALL, G_IS_OWNED, G_PUT, G_GET, G_QSIZE, GUARDS };
/* A method, by its place in the class's lookup cache and its code. */
typedef struct Guard { ImAttrEntry *x_entry; ImCode *x_code; int kind; const char *name; uint32_t x_tries; } Guard;
static Guard guards[GUARDS];

IM_INLINE bool entry_holds(const ImAttrEntry *e, const ImCode *code)
{
    Value v = {im_load_acquire(&e->x_value.bits)};
    return im_is_function(v) && im_load_relaxed(&((ImFunction *)im_ptr(v))->x_code) == code;
}
/* Perhaps the method has been patched and put back: for the next time. May detach. */
static IM_NOINLINE bool guard_slow(Thread *t, Guard *g)
{
    ImCode *code = im_load_acquire(&g->x_code);
    if (!code || im_load_relaxed(&g->x_tries) >= GUARD_TRIES) return false;
    (void)im_faa_relaxed(&g->x_tries, 1);
    ImAttrEntry *e = im_type_entry(t, im_load_acquire(&kinds[g->kind].x_type), im_str_interned_cstr(g->name));
    if (e && entry_holds(e, code)) im_store_release(&g->x_entry, e);
    return false;
}
IM_INLINE bool guard_seen(int i)
{
    ImAttrEntry *e = im_load_acquire(&guards[i].x_entry);
    return IM_LIKELY(e && entry_holds(e, guards[i].x_code));
}
IM_INLINE bool guard(Thread *t, int i) { return IM_LIKELY(guard_seen(i)) || guard_slow(t, &guards[i]); }

static int words(const char *s, char out[][24])
{
    int n = 0;
    while (*s) {
        size_t len = strcspn(s, " ");
        memcpy(out[n], s, len);
        out[n++][len] = 0;
        s += len + (s[len] == ' ');
    }
    return n;
}

/* Learns for the next time: null always. May detach. */
static IM_NOINLINE const Layout *layout_slow(Thread *t, Kind *k, ImObject *o)
{
    ImShape *s = im_load_acquire(&o->x_shape);
    ImType *ty = s->type, *want = im_load_acquire(&k->x_type);
    if (!want || (s->kind & IM_SHAPE_DICT) || !(ty == want || (k->subclasses && im_type_is_subtype(ty, want)))) return NULL;
    uint32_t gen = im_load_acquire(&im_code_caches_gen);
    if (!(im_type_flags(ty) & IM_TF_HAS_DICT) || !(im_type_flags(ty) & IM_TF_GENERIC_GETATTR) || ty->attr_offset == IM_ATTR_AT_END || IM_SLOT(ty, setattr) != im_object_type.slots.setattr) return NULL;
    Layout made = {.shape = im_shape_id(s), .gen = gen};
    char text[MOST_FIELDS][24];
    int n = words(k->absent, text);
    for (int i = 0; i < n; i++) {
        Value name = im_str_interned_cstr(text[i]);
        if (!im_no_value(name) && im_shape_find(s, name) >= 0) return NULL;
    }
    n = words(k->fields, text);
    for (int i = 0; i < n; i++) {
        int at = im_shape_find(s, k->names[i]);
        if (at < 0 && text[i][0] == '?') continue;
        ImAttrEntry *e = im_type_entry(t, ty, k->names[i]);
        if (at < 0 || at >= ty->n_inline || !e || e->kind == IM_ATTR_DATA || !im_entry_rely(e)) return NULL;
        made.at[i] = (uint32_t)((char *)&im_inline_slots(o, ty)[at] - (char *)o);
    }
    im_mutex_acquire(t, &finding);
    int place = LAYOUTS - 1;
    for (int i = 0; i < LAYOUTS; i++)
        if (!k->x_layouts[i] || k->x_layouts[i]->shape == made.shape) { place = i; break; }
    Layout *fresh = layouts_made < LAYOUTS_MADE ? im_raw_alloc(NULL, sizeof made) : NULL;
    if (fresh) {
        layouts_made++;
        *fresh = made;
        im_store_release(&k->x_layouts[place], fresh);
    }
    im_mutex_unlock(&finding);
    return NULL;
}
/* Null: not an object of that kind whose attributes are the instance's own, where the layout says. */
IM_INLINE const Layout *layout_seen(int kind, ImObject *o)
{
    Kind *k = &kinds[kind];
    uint32_t shape = im_object_shape_id(o), gen = im_load_relaxed(&im_code_caches_gen);
    for (int i = 0; i < LAYOUTS; i++) {
        const Layout *l = im_load_acquire(&k->x_layouts[i]);
        if (!l) break;
        if (IM_LIKELY(l->shape == shape && l->gen == gen)) return l;
    }
    return NULL;
}
static inline const Layout *layout(Thread *t, int kind, Value v)
{
    if (IM_UNLIKELY(!im_is_object(v))) return NULL;
    const Layout *l = layout_seen(kind, im_ptr(v));
    return IM_LIKELY(l != NULL) ? l : layout_slow(t, &kinds[kind], im_ptr(v));
}
IM_INLINE Value *field(ImObject *o, const Layout *l, int i) { return (Value *)((char *)o + l->at[i]); }
IM_INLINE Value peek(ImObject *o, const Layout *l, int i) { return (Value){im_load_acquire(&field(o, l, i)->bits)}; }

/* o.name = a value without references. */
static void set(Thread *t, ImObject *o, const Layout *l, int kind, int i, Value v)
{
    Value *slot = field(o, l, i);
    if (im_is_private_obj(o)) {
        Value old = *slot;
        *slot = v;
        im_drop(t, old);
        return;
    }
    im_xdrop(t, (Value){im_xchg_acq_rel(&slot->bits, v.bits)});
    /* Fails without memory for the dict that the object has just got elsewhere: the attribute keeps its old value then, as if that change had come after this one. */
    if (IM_UNLIKELY(im_object_shape_id(o) != l->shape) && im_instance_settle(t, o, slot, kinds[kind].names[i]) < 0) im_exc_clear(t);
}

/* --- locks and conditions ------------------------------------------------------------------------------------------------------------------------------- */

#define MUTEX(v) (&((ImThreadLock *)im_ptr(v))->m)
static bool is_lock(Value v) { return im_is_exact(v, &im_thread_lock_type); }

/* Waits for the lock in *slot of the condition in *cond_slot (null: that is `cond` itself, which the caller holds). */
static IM_NOINLINE bool hold_slow(Thread *t, Value *cond_slot, Value cond, Value *slot, Value lock)
{
    bool ok = false;
    Value c = cond_slot ? im_slot_get(t, NULL, cond_slot) : im_new_ref(cond), l = IM_NO_VALUE;
    if (im_same(c, cond)) l = im_slot_get(t, NULL, slot);
    if (im_same(l, lock) && im_mutex_lock(t, MUTEX(l), -1, true) == IM_LOCK_OK) {
        ok = (!cond_slot || im_load_acquire(&cond_slot->bits) == c.bits) && im_load_acquire(&slot->bits) == l.bits;
        if (!ok) im_mutex_unlock(MUTEX(l));
    }
    im_xdrop(t, l);
    im_xdrop(t, c);
    return ok;
}

typedef struct Held { ImObject *cond; const Layout *layout; Value lock; } Held;
/* `with` the condition in *slot, which is one over a plain lock. */
static inline bool hold(Thread *t, Value *slot, Held *h)
{
    if (IM_UNLIKELY(!guard(t, G_ENTER) || !guard(t, G_EXIT) || !guard(t, G_NOTIFY) || !guard(t, G_IS_OWNED))) return false;
    Value c = {im_load_acquire(&slot->bits)};
    if (IM_UNLIKELY(!im_is_object(c))) return false;
    h->cond = im_ptr(c);
    h->layout = layout(t, CONDITION, c);
    if (IM_UNLIKELY(!h->layout || h->layout->at[F_IS_OWNED])) return false;
    h->lock = peek(h->cond, h->layout, F_LOCK);
    if (IM_UNLIKELY(!is_lock(h->lock))) return false;
    return IM_LIKELY(im_mutex_try(MUTEX(h->lock))) || hold_slow(t, slot, c, field(h->cond, h->layout, F_LOCK), h->lock);
}

/* Locks of waiting threads that are to be released once the condition's own has been: those threads want it next. */
typedef struct Wakes { int n; Value locks[8]; } Wakes;
static void wake(Thread *t, Value lock)
{
    if (im_load_relaxed(&MUTEX(lock)->x_state) != 0) im_mutex_unlock(MUTEX(lock));
    im_drop(t, lock);
}
static inline void release(Thread *t, Value lock, Wakes *w)
{
    im_mutex_unlock(MUTEX(lock));
    for (int i = 0; i < w->n; i++) wake(t, w->locks[i]);
}

/* The deque in a slot, with a reference; no value: not there. */
IM_INLINE Value take_deque(Thread *t, Value *slot)
{
    Value v = im_slot_get(t, NULL, slot);
    if (IM_LIKELY(co_is_deque(v))) return v;
    if (im_is_object(v)) im_drop(t, v);
    return IM_NO_VALUE;
}
/* The slot with the condition's waiters, for notify() by whom holds `lock`; null: leave it to Python. Detaches never; the guards have been looked at before. */
static inline Value *waiters_of(Value cond, Value lock)
{
    if (IM_UNLIKELY(!im_is_object(cond))) return NULL;
    ImObject *c = im_ptr(cond);
    const Layout *l = layout_seen(CONDITION, c);
    if (IM_UNLIKELY(!l || l->at[F_IS_OWNED] || !im_same(peek(c, l, F_LOCK), lock) || !guard_seen(G_NOTIFY) || !guard_seen(G_IS_OWNED))) return NULL;
    return IM_LIKELY(co_is_deque(peek(c, l, F_WAITERS))) ? field(c, l, F_WAITERS) : NULL;
}
/* notify(n). Threads put locks there, and under the condition's lock; anything else is passed over. */
static IM_NOINLINE void notify_some(Thread *t, Value *slot, int64_t n, Wakes *w)
{
    Value waiters = take_deque(t, slot), v;
    if (im_no_value(waiters)) return;
    if (n < 0) n = co_deque_len(waiters);
    while (n > 0 && !im_no_value(v = co_deque_popleft(t, waiters))) {
        if (!is_lock(v) || im_load_relaxed(&MUTEX(v)->x_state) == 0) {
            im_drop(t, v);
            continue;
        }
        n--;
        if (w->n < (int)IM_COUNTOF(w->locks)) w->locks[w->n++] = v;
        else wake(t, v);
    }
    im_drop(t, waiters);
}
/* n < 0: all that there are. */
IM_INLINE void notify(Thread *t, Value *waiters, int64_t n, Wakes *w)
{
    Value v = {im_load_acquire(&waiters->bits)};
    if (IM_UNLIKELY(co_is_deque(v) && co_deque_len(v) > 0) && n) notify_some(t, waiters, n, w);
}

static Value condition_enter(Thread *t, const Value *regs)
{
    const Layout *l = layout(t, CONDITION, regs[0]);
    if (IM_UNLIKELY(!l)) return IM_UNSET;
    ImObject *o = im_ptr(regs[0]);
    Value lock = peek(o, l, F_LOCK);
    if (is_lock(lock)) return im_mutex_try(MUTEX(lock)) || hold_slow(t, NULL, regs[0], field(o, l, F_LOCK), lock) ? IM_TRUE : IM_UNSET;
    if (im_is_exact(lock, &im_thread_rlock_type) && im_thread_rlock_try(t, lock)) return IM_TRUE;
    return IM_UNSET;
}
static Value condition_exit(Thread *t, const Value *regs)
{
    const Layout *l = layout(t, CONDITION, regs[0]);
    if (IM_UNLIKELY(!l)) return IM_UNSET;
    ImObject *o = im_ptr(regs[0]);
    Value lock = peek(o, l, F_LOCK);
    if (is_lock(lock) && im_load_relaxed(&MUTEX(lock)->x_state) != 0) {
        im_mutex_unlock(MUTEX(lock));
        return IM_NONE;
    }
    return im_is_exact(lock, &im_thread_rlock_type) && im_thread_rlock_untry(t, lock) ? IM_NONE : IM_UNSET;
}
static Value condition_notify_n(Thread *t, Value self, bool all, int64_t n)
{
    const Layout *l = layout(t, CONDITION, self);
    if (IM_UNLIKELY(!l || !guard(t, G_IS_OWNED))) return IM_UNSET;
    ImObject *o = im_ptr(self);
    Value lock = peek(o, l, F_LOCK), *waiters = field(o, l, F_WAITERS);
    if (!co_is_deque(peek(o, l, F_WAITERS))) return IM_UNSET;
    if (l->at[F_IS_OWNED]) {
        Value owned = peek(o, l, F_IS_OWNED);
        if (!im_is_exact(lock, &im_thread_rlock_type) || !im_thread_rlock_owned_by(t, lock, owned)) return IM_UNSET;
    } else if (!is_lock(lock) || im_load_relaxed(&MUTEX(lock)->x_state) == 0) return IM_UNSET;
    Wakes w = {0};
    notify(t, waiters, all ? -1 : n < 0 ? 0 : n, &w);
    for (int i = 0; i < w.n; i++) wake(t, w.locks[i]);
    return IM_NONE;
}
static Value condition_notify(Thread *t, const Value *regs) { return im_is_int(regs[1]) ? condition_notify_n(t, regs[0], false, im_int_get(regs[1])) : IM_UNSET; }
static Value condition_notify_all(Thread *t, const Value *regs) { return guard(t, G_NOTIFY) ? condition_notify_n(t, regs[0], true, 0) : IM_UNSET; }

/* --- queue.Queue ---------------------------------------------------------------------------------------------------------------------------------------- */

/* May the timeout be left alone because nothing has to wait? */
static bool is_plain(Value v) { return v.bits == IM_TRUE.bits || v.bits == IM_FALSE.bits || im_is_int(v); }
static bool harmless_timeout(Value v) { return im_is_none(v) || (im_is_int(v) && im_int_get(v) >= 0) || (im_is_flt(v) && im_flt_get(v) >= 0); }

static Value queue_put(Thread *t, const Value *regs)
{
    const Layout *l = layout(t, QUEUE, regs[0]);
    if (IM_UNLIKELY(!l || !guard(t, G_PUT) || !guard(t, G_QSIZE))) return IM_UNSET;
    ImObject *q = im_ptr(regs[0]);
    if (!im_is_private_obj(q)) im_publish(t, regs[1]);
    Held h;
    Wakes w = {0};
    if (IM_UNLIKELY(!hold(t, field(q, l, F_NOT_FULL), &h))) return IM_UNSET;
    Value items = take_deque(t, field(q, l, F_ITEMS)), most = peek(q, l, F_MAXSIZE), unfinished = peek(q, l, F_UNFINISHED), *waiters = waiters_of(peek(q, l, F_NOT_EMPTY), h.lock);
    Value result = IM_UNSET;
    if (IM_UNLIKELY(im_object_shape_id(q) != l->shape || im_no_value(items) || !im_is_int(most) || !im_is_int(unfinished) || !waiters || peek(q, l, F_SHUTDOWN).bits != IM_FALSE.bits)) goto out;
    if (im_int_get(most) > 0 && (co_deque_len(items) >= im_int_get(most) || !is_plain(regs[2]) || !harmless_timeout(regs[3]))) goto out;
    if (im_int_get(unfinished) >= IM_INT_MAX) goto out;
    result = IM_NONE;
    if (co_deque_append(t, items, regs[1]) < 0) result = IM_NO_VALUE;
    else {
        set(t, q, l, QUEUE, F_UNFINISHED, im_int(im_int_get(unfinished) + 1));
        notify(t, waiters, 1, &w);
    }
out:
    release(t, h.lock, &w);
    im_xdrop(t, items);
    return result;
}

static Value queue_get(Thread *t, const Value *regs)
{
    const Layout *l = layout(t, QUEUE, regs[0]);
    if (IM_UNLIKELY(!l || !guard(t, G_GET) || !guard(t, G_QSIZE) || !is_plain(regs[1]) || !harmless_timeout(regs[2]))) return IM_UNSET;
    ImObject *q = im_ptr(regs[0]);
    Held h;
    Wakes w = {0};
    if (IM_UNLIKELY(!hold(t, field(q, l, F_NOT_EMPTY), &h))) return IM_UNSET;
    Value items = take_deque(t, field(q, l, F_ITEMS)), *waiters = waiters_of(peek(q, l, F_NOT_FULL), h.lock), result = IM_UNSET;
    if (IM_UNLIKELY(im_object_shape_id(q) != l->shape || im_no_value(items) || !waiters)) goto out;
    Value shut = peek(q, l, F_SHUTDOWN);
    if (IM_UNLIKELY(shut.bits != IM_FALSE.bits && shut.bits != IM_TRUE.bits)) goto out;
    result = co_deque_popleft(t, items);
    if (im_no_value(result)) result = IM_UNSET;
    else notify(t, waiters, 1, &w);
out:
    release(t, h.lock, &w);
    im_xdrop(t, items);
    return result;
}

static Value queue_task_done(Thread *t, const Value *regs)
{
    const Layout *l = layout(t, QUEUE, regs[0]);
    if (IM_UNLIKELY(!l || !guard(t, G_NOTIFY_ALL))) return IM_UNSET;
    ImObject *q = im_ptr(regs[0]);
    Held h;
    Wakes w = {0};
    if (IM_UNLIKELY(!hold(t, field(q, l, F_ALL_DONE), &h))) return IM_UNSET;
    Value unfinished = peek(q, l, F_UNFINISHED), *waiters = waiters_of(peek(q, l, F_ALL_DONE), h.lock), result = IM_UNSET;
    if (im_object_shape_id(q) != l->shape || !im_is_int(unfinished) || im_int_get(unfinished) <= 0 || !waiters) goto out;
    if (im_int_get(unfinished) == 1) notify(t, waiters, -1, &w);
    set(t, q, l, QUEUE, F_UNFINISHED, im_int(im_int_get(unfinished) - 1));
    result = IM_NONE;
out:
    release(t, h.lock, &w);
    return result;
}

/* --- Event, Semaphore --------------------------------------------------------------------------------------------------------------------------------- */

static Value event_change(Thread *t, Value self, bool to)
{
    const Layout *l = layout(t, EVENT, self);
    if (IM_UNLIKELY(!l || (to && !guard(t, G_NOTIFY_ALL)))) return IM_UNSET;
    ImObject *o = im_ptr(self);
    Held h;
    Wakes w = {0};
    if (IM_UNLIKELY(!hold(t, field(o, l, F_COND), &h))) return IM_UNSET;
    Value result = IM_UNSET, *waiters = to ? waiters_of(peek(o, l, F_COND), h.lock) : NULL;
    if (im_object_shape_id(o) != l->shape || (to && !waiters)) goto out;
    set(t, o, l, EVENT, F_VALUE, im_bool(to));
    if (to) notify(t, waiters, -1, &w);
    result = IM_NONE;
out:
    release(t, h.lock, &w);
    return result;
}
static Value event_set(Thread *t, const Value *regs) { return event_change(t, regs[0], true); }
static Value event_clear(Thread *t, const Value *regs) { return event_change(t, regs[0], false); }
static Value event_wait(Thread *t, const Value *regs)
{
    const Layout *l = layout(t, EVENT, regs[0]);
    Held h;
    if (!l || peek(im_ptr(regs[0]), l, F_VALUE).bits != IM_TRUE.bits || !hold(t, field(im_ptr(regs[0]), l, F_COND), &h)) return IM_UNSET;
    Value result = peek(im_ptr(regs[0]), l, F_VALUE);
    im_mutex_unlock(MUTEX(h.lock));
    return result.bits == IM_TRUE.bits ? result : IM_UNSET;
}

static Value semaphore_acquire(Thread *t, const Value *regs)
{
    const Layout *l = layout(t, SEMAPHORE, regs[0]);
    bool blocking = regs[1].bits == IM_TRUE.bits;
    if (IM_UNLIKELY(!l || !(blocking || (regs[1].bits == IM_FALSE.bits && im_is_none(regs[2]))))) return IM_UNSET;
    ImObject *o = im_ptr(regs[0]);
    Held h;
    if (IM_UNLIKELY(!hold(t, field(o, l, F_COND), &h))) return IM_UNSET;
    Value result = IM_UNSET, v = peek(o, l, F_VALUE);
    if (IM_LIKELY(im_object_shape_id(o) == l->shape && im_is_int(v))) {
        if (im_int_get(v) > 0) {
            set(t, o, l, SEMAPHORE, F_VALUE, im_int(im_int_get(v) - 1));
            result = IM_TRUE;
        } else if (im_int_get(v) == 0 && !blocking) result = IM_FALSE;
    }
    im_mutex_unlock(MUTEX(h.lock));
    return result;
}
static Value semaphore_add(Thread *t, Value self, Value n, int kind)
{
    const Layout *l = layout(t, kind, self);
    if (IM_UNLIKELY(!l || !im_is_int(n) || im_int_get(n) < 1 || im_int_get(n) > INT32_MAX)) return IM_UNSET;
    ImObject *o = im_ptr(self);
    Held h;
    Wakes w = {0};
    if (IM_UNLIKELY(!hold(t, field(o, l, F_COND), &h))) return IM_UNSET;
    Value result = IM_UNSET, v = peek(o, l, F_VALUE), *waiters = waiters_of(peek(o, l, F_COND), h.lock);
    if (im_object_shape_id(o) != l->shape || !im_is_int(v) || im_int_get(v) > INT32_MAX || !waiters) goto out;
    int64_t now = im_int_get(v) + im_int_get(n);
    if (kind == BOUNDED) {
        Value most = peek(o, l, F_INITIAL);
        if (!im_is_int(most) || now > im_int_get(most)) goto out;
    }
    set(t, o, l, kind, F_VALUE, im_int(now));
    notify(t, waiters, im_int_get(n), &w);
    result = IM_NONE;
out:
    release(t, h.lock, &w);
    return result;
}
static Value semaphore_release(Thread *t, const Value *regs) { return semaphore_add(t, regs[0], regs[1], SEMAPHORE); }
static Value bounded_release(Thread *t, const Value *regs) { return semaphore_add(t, regs[0], regs[1], BOUNDED); }

/* --- finding the functions ------------------------------------------------------------------------------------------------------------------------------ */

/* What tells the library's function, beside its file: the names it uses and those of its variables, in order. */
static const struct Row { int kind; const char *name, *names, *varnames; ImCodeBody body; int guard; } rows[] = {
    {CONDITION, "__enter__", "__enter__ _lock", "self", condition_enter, G_ENTER},
    {CONDITION, "__exit__", "_lock __exit__", "self args", condition_exit, G_EXIT},
    {CONDITION, "notify", "_is_owned RuntimeError _waiters release remove ValueError", "self n waiters waiter", condition_notify, G_NOTIFY},
    {CONDITION, "notify_all", "notify len _waiters", "self", condition_notify_all, G_NOTIFY_ALL},
    {CONDITION, "_is_owned", "acquire _lock release", "self", NULL, G_IS_OWNED},
    {QUEUE, "_put", "append queue", "self item", NULL, G_PUT},
    {QUEUE, "_get", "popleft queue", "self", NULL, G_GET},
    {QUEUE, "_qsize", "len queue", "self", NULL, G_QSIZE},
    {QUEUE, "put", "not_full is_shutdown ShutDown maxsize _qsize Full wait ValueError time _put unfinished_tasks notify not_empty", "self item block timeout endtime remaining", queue_put, -1},
    {QUEUE, "get", "not_empty is_shutdown _qsize ShutDown Empty wait ValueError time _get notify not_full", "self block timeout endtime remaining item", queue_get, -1},
    {QUEUE, "task_done", "all_tasks_done unfinished_tasks ValueError notify_all", "self unfinished", queue_task_done, -1},
    {EVENT, "set", "_cond _flag notify_all", "self", event_set, -1},
    {EVENT, "clear", "_cond _flag", "self", event_clear, -1},
    {EVENT, "wait", "_cond _flag wait", "self timeout signaled", event_wait, -1},
    {SEMAPHORE, "acquire", "ValueError _cond _value _time wait", "self blocking timeout rc endtime", semaphore_acquire, -1},
    {SEMAPHORE, "release", "ValueError _cond _value notify", "self n", semaphore_release, -1},
    {BOUNDED, "release", "ValueError _cond _value _initial_value notify", "self n", bounded_release, -1},
};

static void find_method(Thread *t, ImType *ty, const struct Row *r)
{
    ImAttrEntry *e = im_type_entry(t, ty, im_str_intern_cstr(t, r->name));
    Value f = e && e->kind == IM_ATTR_METHOD ? im_entry_get(t, e) : IM_NO_VALUE;
    if (im_no_value(f)) return;
    if (im_is_function(f)) {
        ImCode *code = im_load_acquire(&((ImFunction *)im_ptr(f))->x_code);
        if (im_is_library_code(code, kinds[r->kind].module, r->names, r->varnames)) {
            if (r->guard >= 0) {
                Guard *g = &guards[r->guard];
                static Value kept[GUARDS]; /* the code that guards compare with: its address shall not come to mean another */
                kept[r->guard] = im_new_ref(im_value(code));
                im_root_add(&kept[r->guard]);
                g->kind = r->kind;
                g->name = r->name;
                im_store_release(&g->x_code, code);
                im_store_release(&g->x_entry, e);
            }
            if (r->body) im_code_set_body(code, r->body);
        }
    }
    im_drop(t, f);
}

void im_thread_bodies_find(Thread *t)
{
    bool missing = false, began = false; /* some module is being executed still */
    static ssize_t x_looked; /* nothing new among that many modules */
    ssize_t now = im_dict_len(im_interp.modules);
    if (im_load_relaxed(&x_looked) == now) return;
    for (int i = 0; i < KINDS; i++) {
        Kind *k = &kinds[i];
        if (im_load_acquire(&k->x_type)) continue;
        Value m = im_dict_get_cstr(t, im_interp.modules, k->module), cls = IM_NO_VALUE;
        if (!im_no_value(m) && im_is_exact(m, &im_module_type)) cls = im_dict_get_cstr(t, im_module_dict(m), k->cls);
        if (!im_no_value(m) && im_no_value(cls)) began = true;
        im_xdrop(t, m);
        if (!im_no_value(cls) && im_is_type(cls)) {
            im_mutex_acquire(t, &finding);
            if (!k->x_type) {
                char text[MOST_FIELDS][24];
                int n = words(k->fields, text);
                for (int j = 0; j < n; j++) k->names[j] = im_str_intern_cstr(t, text[j] + (text[j][0] == '?'));
                static Value kept[KINDS];
                kept[i] = im_new_ref(cls);
                im_root_add(&kept[i]);
                im_store_release(&k->x_type, im_as_type(cls));
                for (size_t j = 0; j < IM_COUNTOF(rows); j++)
                    if (rows[j].kind == i) find_method(t, im_as_type(cls), &rows[j]);
            }
            im_mutex_unlock(&finding);
        } else missing = true;
        im_xdrop(t, cls);
    }
    if (!began) im_store_relaxed(&x_looked, now);
    if (!missing) im_store_relaxed(&im_thread_bodies_wanted, 0);
}
