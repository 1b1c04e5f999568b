/* _thread: lock and RLock, which park in user space and answer to signals.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <math.h>

#include "modules/_thread.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

int im_thread_timeout(Thread *t, Value v, int64_t *ns)
{
    double d;
    if (im_as_double(t, v, &d) < 0) return -1;
    if (isnan(d)) return im_raise_valueerror(t, "Invalid value NaN (not a number)"), -1;
    if (d > (double)(INT64_MAX / 1000000000)) return im_raise_overflow(t, im_is_float(v) ? "timestamp out of range for platform time_t" : "timestamp too large to convert to C PyTime_t"), -1;
    *ns = d < 0 && d > -1e-9 ? -1 : (int64_t)ceil(d * 1e9);
    return 0;
}

/* Arguments of acquire(): *ns 0 = do not wait, -1 = for ever. */
static int acquire_args(Thread *t, const Value *args, int64_t *ns)
{
    int blocking = im_no_value(args[0]) ? 1 : im_truth(t, args[0]);
    int64_t timeout = -1;
    bool given = false;
    if (blocking < 0) return -1;
    if (!im_no_value(args[1])) {
        double d;
        if (im_as_double(t, args[1], &d) < 0) return -1;
        given = d != -1.0;
        if (given && !blocking) return im_raise_valueerror(t, "can't specify a timeout for a non-blocking call"), -1;
        if (given && d < 0) return im_raise_valueerror(t, "timeout value must be a non-negative number"), -1;
        if (given && d > IM_TIMEOUT_MAX) return im_raise_overflow(t, "timeout value is too large"), -1;
        if (given && im_thread_timeout(t, args[1], &timeout) < 0) return -1;
    }
    *ns = !blocking ? 0 : given ? timeout : -1;
    return 0;
}

int im_thread_acquire(Thread *t, ImMutex *m, int64_t ns)
{
    if (im_mutex_try(m)) return 1;
    if (ns == 0) return 0;
    int64_t deadline = ns < 0 ? -1 : im_monotonic_ns() + ns;
    for (;;) {
        int r = im_mutex_lock(t, m, ns, true);
        if (r != IM_LOCK_INTERRUPTED) return r;
        if (im_poll(t) < 0) return -1;
        if (deadline >= 0 && (ns = deadline - im_monotonic_ns()) <= 0) return im_mutex_try(m);
    }
}

/* --- lock ------------------------------------------------------------------------------------------------------------------------------------------------- */

#define LOCK(v) (&((ImThreadLock *)im_ptr(v))->m)

Value im_thread_lock_new(Thread *t)
{
    if (IM_UNLIKELY(im_load_relaxed(&im_thread_bodies_wanted))) im_thread_bodies_find(t);
    return im_value(im_instance_alloc(t, &im_thread_lock_type, 0));
}
static Value lock_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args;
    if (nargs || (!im_no_value(kwnames) && im_tuple_len(kwnames))) return im_raise_type(t, "lock() takes no arguments");
    if (IM_UNLIKELY(im_load_relaxed(&im_thread_bodies_wanted))) im_thread_bodies_find(t);
    return im_value(im_instance_alloc(t, type, 0));
}
FN(lock_acquire)
{
    UNUSED_ARGS;
    int64_t ns;
    if (acquire_args(t, args, &ns) < 0) return IM_NO_VALUE;
    int r = im_thread_acquire(t, LOCK(self), ns);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}
FN(lock_enter)
{
    UNUSED_ARGS;
    int r = im_thread_acquire(t, LOCK(self), -1);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}
FN(lock_release)
{
    UNUSED_ARGS;
    if (im_load_relaxed(&LOCK(self)->x_state) == 0) return im_raise_runtime(t, "release unlocked lock");
    im_mutex_unlock(LOCK(self));
    return IM_NONE;
}
FN(lock_locked) { UNUSED_ARGS; return im_bool(im_load_relaxed(&LOCK(self)->x_state) != 0); }
FN(lock_reinit) { UNUSED_ARGS; im_store_release(&LOCK(self)->x_state, 0); return IM_NONE; }
static Value lock_repr(Thread *t, Value self)
{
    return im_str_format(t, "<%s %s object at %p>", im_load_relaxed(&LOCK(self)->x_state) ? "locked" : "unlocked", "_thread.lock", (void *)im_ptr(self));
}
static const char acquire_doc[] = "Lock the lock.  Without argument, this blocks if the lock is already locked, until it is free.";
static const char acquire_sig[] = "($self, /, blocking=True, timeout=-1)";
static const ImMethodDef lock_methods[] = {
    IM_PARSED("acquire", lock_acquire, acquire_sig, acquire_doc), IM_PARSED("acquire_lock", lock_acquire, acquire_sig, acquire_doc),
    IM_FIXED("release", lock_release, 0, "($self, /)", "Release the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock."),
    IM_FIXED("release_lock", lock_release, 0, "($self, /)", "An obsolete synonym of release()."),
    IM_FIXED("locked", lock_locked, 0, "($self, /)", "Return whether the lock is in the locked state."),
    IM_FIXED("locked_lock", lock_locked, 0, "($self, /)", "An obsolete synonym of locked()."),
    IM_FIXED("__enter__", lock_enter, 0, "($self, /)", "Lock the lock."),
    IM_RANGE("__exit__", lock_release, 0, 255, "($self, /, *exc_info)", "Release the lock."),
    IM_FIXED("_at_fork_reinit", lock_reinit, 0, "($self, /)", NULL),
    IM_END,
};
static const ImSlots lock_slots = {.repr = lock_repr, .new_ = lock_new};
static const ImTypeSpec lock_spec = {.name = "_thread.lock", .text_signature = "()", .doc = "A lock object is a synchronization primitive.", .size = sizeof(ImThreadLock), .flags = IM_TF_WEAKREF, .slots = &lock_slots, .methods = lock_methods};
IM_TYPE(thread_lock, &lock_spec);

/* --- RLock -------------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct RLock {
    ImObject head;
    ImMutex m;
    uint64_t x_owner; /* ident of the thread that holds it, 0 none; written by the holder, read by anyone: only the holder can find itself there */
    uint64_t count;   /* holder only */
} RLock;
#define RL(v) ((RLock *)im_ptr(v))

static Value rlock_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args;
    bool given = nargs || (!im_no_value(kwnames) && im_tuple_len(kwnames)); /* a subclass may have arguments of its own */
    if (given && !(type->core.x_flags & IM_TF_HEAP) && im_warn(t, &im_DeprecationWarning_type, 1, "Passing arguments to RLock is deprecated and will be removed in 3.15") < 0)
        return IM_NO_VALUE;
    return im_value(im_instance_alloc(t, type, 0));
}
static Value rlock_take(Thread *t, RLock *l, int64_t ns)
{
    if (im_load_relaxed(&l->x_owner) == t->ident) {
        l->count++;
        return IM_TRUE;
    }
    int r = im_thread_acquire(t, &l->m, ns);
    if (r < 0) return IM_NO_VALUE;
    if (r) {
        im_store_relaxed(&l->x_owner, t->ident);
        l->count = 1;
    }
    return im_bool(r);
}
FN(rlock_acquire)
{
    UNUSED_ARGS;
    int64_t ns;
    return acquire_args(t, args, &ns) < 0 ? IM_NO_VALUE : rlock_take(t, RL(self), ns);
}
FN(rlock_enter) { UNUSED_ARGS; return rlock_take(t, RL(self), -1); }
FN(rlock_release)
{
    UNUSED_ARGS;
    RLock *l = RL(self);
    if (im_load_relaxed(&l->x_owner) != t->ident) return im_raise_runtime(t, "cannot release un-acquired lock");
    if (--l->count == 0) {
        im_store_relaxed(&l->x_owner, 0);
        im_mutex_unlock(&l->m);
    }
    return IM_NONE;
}
bool im_thread_rlock_try(Thread *t, Value lock)
{
    RLock *l = RL(lock);
    if (im_load_relaxed(&l->x_owner) == t->ident) l->count++;
    else if (im_mutex_try(&l->m)) {
        im_store_relaxed(&l->x_owner, t->ident);
        l->count = 1;
    } else return false;
    return true;
}
bool im_thread_rlock_untry(Thread *t, Value lock)
{
    return im_load_relaxed(&RL(lock)->x_owner) == t->ident && !im_no_value(rlock_release(t, lock, NULL, 0, IM_NO_VALUE));
}
FN(rlock_is_owned) { UNUSED_ARGS; return im_bool(im_load_relaxed(&RL(self)->x_owner) == t->ident); }
bool im_thread_rlock_owned_by(Thread *t, Value lock, Value method)
{
    if (!im_is_exact(method, &im_builtin_function_or_method_type)) return false;
    ImNativeFunction *f = (ImNativeFunction *)im_ptr(method);
    return f->fn == rlock_is_owned && im_same(f->self, lock) && im_load_relaxed(&RL(lock)->x_owner) == t->ident;
}
FN(rlock_recursion) { UNUSED_ARGS; return im_int_from_u64(t, im_load_relaxed(&RL(self)->x_owner) == t->ident ? RL(self)->count : 0); }
FN(rlock_release_save)
{
    UNUSED_ARGS;
    RLock *l = RL(self);
    if (im_load_relaxed(&l->x_owner) != t->ident) return im_raise_runtime(t, "cannot release un-acquired lock");
    Value count = im_int_from_u64(t, l->count), owner = im_int_from_u64(t, t->ident), r = im_tuple_pack(t, 2, count, owner);
    im_drop(t, count);
    im_drop(t, owner);
    if (im_no_value(r)) return r;
    l->count = 0;
    im_store_relaxed(&l->x_owner, 0);
    im_mutex_unlock(&l->m);
    return r;
}
FN(rlock_acquire_restore)
{
    UNUSED_ARGS;
    uint64_t count, owner;
    if (!im_is_tuple(args[0]) || im_tuple_len(args[0]) != 2) return im_raise_type(t, "_acquire_restore() argument 1 must be 2-item tuple, not %T", args[0]);
    if (im_as_uint64(t, im_tuple_get(args[0], 0), &count) < 0 || im_as_uint64(t, im_tuple_get(args[0], 1), &owner) < 0) return IM_NO_VALUE;
    RLock *l = RL(self);
    /* Must end with the lock held: signals are handled afterwards, at the next safepoint. */
    (void)im_mutex_lock(t, &l->m, -1, false);
    l->count = count;
    im_store_relaxed(&l->x_owner, owner);
    return IM_NONE;
}
FN(rlock_reinit)
{
    UNUSED_ARGS;
    RL(self)->m.x_state = 0;
    RL(self)->x_owner = 0;
    RL(self)->count = 0;
    return IM_NONE;
}
static Value rlock_repr(Thread *t, Value self)
{
    RLock *l = RL(self);
    uint64_t owner = im_load_relaxed(&l->x_owner);
    return im_str_format(t, "<%s %T object owner=%lld count=%lld at %p>", owner ? "locked" : "unlocked", self, (long long)owner, (long long)l->count, (void *)l);
}
static const ImMethodDef rlock_methods[] = {
    IM_PARSED("acquire", rlock_acquire, acquire_sig, acquire_doc), IM_FIXED("release", rlock_release, 0, "($self, /)", "Release the lock."),
    IM_FIXED("__enter__", rlock_enter, 0, "($self, /)", "Lock the lock."), IM_RANGE("__exit__", rlock_release, 0, 255, "($self, /, *exc_info)", "Release the lock."),
    IM_FIXED("_is_owned", rlock_is_owned, 0, "($self, /)", "For internal use by `threading.Condition`."),
    IM_FIXED("_recursion_count", rlock_recursion, 0, "($self, /)", "For internal use by reentrancy checks."),
    IM_FIXED("_release_save", rlock_release_save, 0, "($self, /)", "For internal use by `threading.Condition`."),
    IM_FIXED("_acquire_restore", rlock_acquire_restore, 1, "($self, state, /)", "For internal use by `threading.Condition`."),
    IM_FIXED("_at_fork_reinit", rlock_reinit, 0, "($self, /)", NULL),
    IM_END,
};
static const ImSlots rlock_slots = {.repr = rlock_repr, .new_ = rlock_new};
static const ImTypeSpec rlock_spec = {.name = "_thread.RLock", .size = sizeof(RLock), .flags = IM_TF_BASETYPE | IM_TF_WEAKREF, .slots = &rlock_slots, .methods = rlock_methods};
IM_TYPE(thread_rlock, &rlock_spec);
