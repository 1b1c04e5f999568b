/* builtins: functions that walk iterables, and asynchronous iteration.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "modules/builtins.h"

#define UNUSED_ARGS (void)self, (void)nargs, (void)kwnames

IM_BUILTIN(len)
{
    UNUSED_ARGS;
    ssize_t n = im_len(t, args[0]);
    return n < 0 ? IM_NO_VALUE : im_int_new(t, n);
}

/* Walks v until an item's truth is `stop`: 1 found, 0 not, -1 error. */
static int find_truth(Thread *t, Value v, int stop)
{
    Value it = im_iter(t, v);
    if (im_no_value(it)) return -1;
    int r;
    for (;;) {
        Value x = im_next_fast(t, it);
        if (im_no_value(x)) { r = -1; break; }
        if (im_is_stop(x)) { r = 0; break; }
        int truth = im_truth(t, x);
        im_drop(t, x);
        if (truth < 0) { r = -1; break; }
        if (truth == stop) { r = 1; break; }
    }
    im_drop(t, it);
    return r;
}
IM_BUILTIN(all)
{
    UNUSED_ARGS;
    int r = find_truth(t, args[0], 0);
    return r < 0 ? IM_NO_VALUE : im_bool(!r);
}
IM_BUILTIN(any)
{
    UNUSED_ARGS;
    int r = find_truth(t, args[0], 1);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}

/* --- sum ---------------------------------------------------------------------------------------------------------------------------------------- */

/* Adds floats (and ints that are exact) with Neumaier's compensation, as CPython does since 3.12. Leaves the first item of another kind, owned, in *rest and
 * the sum so far in *acc; IM_STOP in *rest at the end. -1 error. */
static int sum_floats(Thread *t, Value it, Value *acc, Value *rest)
{
    double s = im_float_get(*acc), c = 0.0;
    im_drop(t, *acc);
    *acc = IM_NO_VALUE;
    for (;;) {
        Value x = im_next_fast(t, it);
        double d;
        if (im_no_value(x)) return -1;
        if (im_is_float_exact(x)) d = im_float_get(x);
        else if (im_is_int_like(x)) {
            int64_t n;
            if (!im_int_get64(x, &n)) { *rest = x; break; }
            s += (double)n; /* CPython adds ints here without compensation */
            im_drop(t, x);
            continue;
        } else { *rest = x; break; }
        double u = s + d;
        if (fabs(s) >= fabs(d)) c += (s - u) + d;
        else c += (d - u) + s;
        s = u;
        im_drop(t, x);
    }
    if (c != 0.0 && isfinite(c)) s += c;
    *acc = im_float_new(t, s);
    if (im_no_value(*acc)) { im_drop(t, *rest); return -1; }
    return 0;
}

static int sum_small_ints(Thread *t, Value it, Value *acc, Value *rest)
{
    int64_t s = im_int_get(*acc);
    for (;;) {
        Value x = im_next_fast(t, it);
        if (im_no_value(x)) return -1;
        int64_t n, r;
        if (im_is_int(x)) n = im_int_get(x);
        else if (im_is_bool(x)) n = im_same(x, IM_TRUE);
        else { *rest = x; break; }
        if (__builtin_add_overflow(s, n, &r) || !im_int_fits(r)) { *rest = x; break; }
        s = r;
    }
    *acc = im_int(s);
    return 0;
}

IM_BUILTIN(sum)
{
    UNUSED_ARGS;
    Value acc = im_no_value(args[1]) ? im_int(0) : args[1], it = im_iter(t, args[0]), x;
    if (im_no_value(it)) return it;
    if (im_is_str(acc) || im_is_bytes(acc) || im_is_instance_of(acc, &im_bytearray_type)) {
        im_drop(t, it);
        return im_raise_type(t, "sum() can't sum %s [use %s''.join(seq) instead]", im_is_str(acc) ? "strings" : im_is_bytes(acc) ? "bytes" : "bytearray",
                             im_is_str(acc) ? "" : "b");
    }
    im_take(acc);
    for (;;) {
        int r = 0;
        if (im_is_int(acc)) r = sum_small_ints(t, it, &acc, &x);
        else if (im_is_float_exact(acc)) r = sum_floats(t, it, &acc, &x);
        else {
            x = im_next_fast(t, it);
            if (im_no_value(x)) r = -1;
        }
        if (r < 0) { im_xdrop(t, acc); acc = IM_NO_VALUE; break; }
        if (im_is_stop(x)) break;
        Value next = im_binop(t, acc, x, IM_OP_ADD);
        im_drop(t, acc);
        im_drop(t, x);
        acc = next;
        if (im_no_value(acc)) break;
    }
    im_drop(t, it);
    return acc;
}

/* --- min, max ------------------------------------------------------------------------------------------------------------------------------------ */

/* a op b of < and >: 1, 0, -1. */
IM_INLINE int is_better(Thread *t, Value a, Value b, ImCmp op)
{
    if (im_are_ints(a, b)) return op == IM_LT ? (int64_t)a.bits < (int64_t)b.bits : (int64_t)a.bits > (int64_t)b.bits;
    if (im_are_flts(a, b)) return op == IM_LT ? im_flt_get(a) < im_flt_get(b) : im_flt_get(a) > im_flt_get(b);
    return im_compare_bool(t, a, b, op);
}
/* One candidate: takes x (owned). *best, *best_key owned; without a key function there is no best key. */
IM_INLINE int consider(Thread *t, Value x, Value key, ImCmp op, Value *best, Value *best_key)
{
    if (im_no_value(key)) {
        const int better = im_no_value(*best) ? 1 : is_better(t, x, *best, op);
        if (better > 0) { Value beaten = *best; *best = x; x = beaten; }
        im_xdrop(t, x);
        return better < 0 ? -1 : 0;
    }
    Value k = im_call1(t, key, x);
    if (im_no_value(k)) { im_drop(t, x); return -1; }
    const int better = im_no_value(*best) ? 1 : is_better(t, k, *best_key, op);
    if (better > 0) {
        im_xdrop(t, *best);
        im_xdrop(t, *best_key);
        *best = x;
        *best_key = k;
    } else {
        im_drop(t, x);
        im_drop(t, k);
    }
    return better < 0 ? -1 : 0;
}

/* Where the best of n values of one kind is, or -1: they are not all small ints, floats or exact strs. Comparing such runs no code. */
static ssize_t best_int(const Value *v, size_t n, bool least)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (!im_is_int(v[i])) return -1;
        const int64_t x = im_int_get(v[i]), b = im_int_get(v[at]);
        if (least ? x < b : x > b) at = i;
    }
    return (ssize_t)at;
}
static ssize_t best_float(const Value *v, size_t n, bool least)
{
    size_t at = 0;
    double b = im_is_float_exact(v[0]) ? im_float_get(v[0]) : 0;
    for (size_t i = 0; i < n; i++) {
        if (!im_is_float_exact(v[i])) return -1;
        const double x = im_float_get(v[i]);
        if (!(least ? x < b : x > b)) continue;
        at = i;
        b = x;
    }
    return (ssize_t)at;
}
static ssize_t best_str(const Value *v, size_t n, bool least)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (!im_is_str_exact(v[i])) return -1;
        const int c = i ? im_str_compare(v[i], v[at]) : 0;
        if (least ? c < 0 : c > 0) at = i;
    }
    return (ssize_t)at;
}
/* Of a private list or a tuple: owned, or no value where the general way is to be gone. */
static Value best_of_plain(Value seq, bool least)
{
    enum { MOST = 1 << 18 }; /* longer ones would want polls */
    const bool list = im_is_list_exact(seq);
    if (list ? !im_is_private(seq) : !im_is_tuple_exact(seq)) return IM_NO_VALUE;
    const size_t n = (size_t)(list ? im_listp(seq)->x_len : im_tuple_len(seq));
    if (n == 0 || n > MOST) return IM_NO_VALUE;
    const Value *v = list ? im_listp(seq)->x_items->x_items : im_tuple_items(seq);
    const ssize_t at = im_is_int(v[0]) ? best_int(v, n, least) : im_is_str_exact(v[0]) ? best_str(v, n, least) : best_float(v, n, least);
    return at < 0 ? IM_NO_VALUE : im_new_ref(v[at]);
}

static Value min_max(Thread *t, const char *name, ImCmp op, const Value *args, size_t nargs, Value kwnames)
{
    Value key = IM_NO_VALUE, dflt = IM_NO_VALUE, best = IM_NO_VALUE, best_key = IM_NO_VALUE;
    const ssize_t nkw = im_no_value(kwnames) ? 0 : im_tuple_len(kwnames);
    if (nargs == 0) return im_raise_type(t, "%s expected at least 1 argument, got 0", name);
    if (nkw > 2) return im_raise_type(t, "%s() takes at most 2 keyword arguments (%zd given)", name, nkw);
    for (ssize_t i = 0; i < nkw; i++) {
        Value k = im_tuple_get(kwnames, i);
        if (im_str_equal_cstr(k, "key")) key = args[nargs + (size_t)i];
        else if (im_str_equal_cstr(k, "default")) dflt = args[nargs + (size_t)i];
        else return im_raise_type(t, "%s() got an unexpected keyword argument '%U'", name, k);
    }
    if (nargs > 1 && !im_no_value(dflt)) return im_raise_type(t, "Cannot specify a default for %s() with multiple positional arguments", name);
    if (!im_no_value(key) && im_is_none(key)) key = IM_NO_VALUE;
    int r = 0;
    if (nargs == 1 && im_no_value(key)) {
        best = best_of_plain(args[0], op == IM_LT);
        if (!im_no_value(best)) return best;
    }
    if (nargs > 1) {
        for (size_t i = 0; i < nargs && r == 0; i++) r = consider(t, im_new_ref(args[i]), key, op, &best, &best_key);
    } else {
        Value it = im_iter(t, args[0]);
        if (im_no_value(it)) return it;
        for (;;) {
            Value x = im_next_fast(t, it);
            if (im_no_value(x)) { r = -1; break; }
            if (im_is_stop(x)) break;
            if ((r = consider(t, x, key, op, &best, &best_key)) < 0) break;
        }
        im_drop(t, it);
    }
    im_xdrop(t, best_key);
    if (r < 0) { im_xdrop(t, best); return IM_NO_VALUE; }
    if (!im_no_value(best)) return best;
    if (!im_no_value(dflt)) return im_new_ref(dflt);
    return im_raise_valueerror(t, "%s() iterable argument is empty", name);
}
IM_BUILTIN(min) { (void)self; return min_max(t, "min", IM_LT, args, nargs, kwnames); }
IM_BUILTIN(max) { (void)self; return min_max(t, "max", IM_GT, args, nargs, kwnames); }

IM_BUILTIN(sorted)
{
    (void)self;
    if (nargs != 1) return im_check_nargs(t, "sorted", nargs, 1, 1) < 0 ? IM_NO_VALUE : IM_NO_VALUE;
    Value key = IM_NO_VALUE;
    int reverse = 0;
    for (ssize_t i = 0, n = im_no_value(kwnames) ? 0 : im_tuple_len(kwnames); i < n; i++) {
        Value k = im_tuple_get(kwnames, i), v = args[nargs + (size_t)i];
        if (im_str_equal_cstr(k, "key")) key = im_is_none(v) ? IM_NO_VALUE : v;
        else if (im_str_equal_cstr(k, "reverse")) {
            if ((reverse = im_truth(t, v)) < 0) return IM_NO_VALUE;
        } else return im_raise_type(t, "sort() got an unexpected keyword argument '%U'", k);
    }
    Value list = im_to_list(t, args[0]);
    if (im_no_value(list)) return list;
    if (im_list_sort(t, list, key, reverse) < 0) { im_drop(t, list); return IM_NO_VALUE; }
    return list;
}

IM_BUILTIN(iter)
{
    UNUSED_ARGS;
    if (nargs == 1) return im_iter(t, args[0]);
    if (!im_callable(args[0])) return im_raise_type(t, "iter(v, w): v must be callable");
    return im_calliter_new(t, args[0], args[1]);
}

IM_BUILTIN(next)
{
    UNUSED_ARGS;
    ImUnary next = IM_SLOT(im_type_of(args[0]), next);
    if (!next) return im_raise_type(t, "'%.200T' object is not an iterator", args[0]);
    if (nargs == 2) {
        Value v = im_next(t, args[0]);
        return im_is_stop(v) ? im_new_ref(args[1]) : v;
    }
    /* The slot, not im_next: a StopIteration of Python code goes on with its value. */
    Value v = next(t, args[0]);
    return im_is_stop(v) ? im_raise_none(t, &im_StopIteration_type) : v;
}

/* --- aiter, anext -------------------------------------------------------------------------------------------------------------------------------- */

IM_BUILTIN(aiter)
{
    UNUSED_ARGS;
    ImUnary slot = IM_SLOT(im_type_of(args[0]), aiter);
    if (!slot) return im_raise_type(t, "'%.200T' object is not an async iterable", args[0]);
    Value it = slot(t, args[0]);
    if (!im_no_value(it) && !IM_SLOT(im_type_of(it), anext)) {
        im_raise_type(t, "aiter() returned not an async iterator of type '%.100T'", it);
        im_drop(t, it);
        return IM_NO_VALUE;
    }
    return it;
}

/* What anext(it, default) returns: awaits the wrapped awaitable and gives the default when that raises StopAsyncIteration. */
typedef struct AnextAwaitable { ImObject head; Value wrapped, dflt; } AnextAwaitable;
#define AA(v) ((AnextAwaitable *)im_ptr(v))

static int aa_traverse(ImObject *o, ImVisit visit, void *arg)
{
    AnextAwaitable *a = (AnextAwaitable *)o;
    int r = im_is_object(a->wrapped) ? visit(a->wrapped, arg) : 0;
    return r || !im_is_object(a->dflt) ? r : visit(a->dflt, arg);
}
static void aa_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((AnextAwaitable *)o)->wrapped);
    im_destroy_child(t, ((AnextAwaitable *)o)->dflt);
}
IM_TYPE_DECLARE(coroutine);
/* The iterator behind the awaitable: what `await` would step. */
static Value aa_iterator(Thread *t, Value self)
{
    /* A coroutine that waits has been begun here: only an `await` of it would be a second one. */
    Value it = im_is_exact(AA(self)->wrapped, &im_coroutine_type) ? im_new_ref(AA(self)->wrapped) : im_frame_hooks.awaitable(t, AA(self)->wrapped);
    if (im_no_value(it) || IM_SLOT(im_type_of(it), next)) return it;
    /* A coroutine is no iterator itself; its __await__ gives one. */
    ImUnary await = IM_SLOT(im_type_of(it), await_);
    Value w = await ? await(t, it) : IM_NO_VALUE;
    if (im_no_value(w) && !im_pending(t)) im_raise_type(t, "__await__ must return an iterable, not %T", it);
    im_drop(t, it);
    return w;
}
static Value aa_result(Thread *t, Value self, Value r)
{
    if (!im_no_value(r) || !im_pending_is(t, &im_StopAsyncIteration_type)) return r;
    im_exc_clear(t);
    return im_raise_stop(t, AA(self)->dflt);
}
static Value aa_next(Thread *t, Value self)
{
    Value it = aa_iterator(t, self);
    if (im_no_value(it)) return it;
    Value r = IM_SLOT(im_type_of(it), next)(t, it);
    im_drop(t, it);
    return aa_result(t, self, r);
}
static Value aa_forward(Thread *t, Value self, Value name, const Value *args, size_t nargs)
{
    Value it = aa_iterator(t, self);
    if (im_no_value(it)) return it;
    Value r = im_call_method(t, it, name, args, nargs, IM_NO_VALUE);
    im_drop(t, it);
    return aa_result(t, self, r);
}
static Value aa_send(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { (void)kwnames; return aa_forward(t, self, IM_S(send), args, nargs); }
static Value aa_throw(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { (void)kwnames; return aa_forward(t, self, IM_S(throw), args, nargs); }
static Value aa_close(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { (void)kwnames; return aa_forward(t, self, IM_S(close), args, nargs); }
static Value aa_await(Thread *t, Value self) { (void)t; return im_new_ref(self); }

static const ImMethodDef aa_methods[] = {
    IM_FIXED("send", aa_send, 1, "($self, object, /)", "send(arg) -> send 'arg' into the wrapped iterator,\nreturn next yielded value or raise StopIteration."),
    IM_RANGE("throw", aa_throw, 1, 3, NULL, "throw(value)\nthrow(typ[,val[,tb]])\n\nraise exception in the wrapped iterator, return next yielded value\nor raise StopIteration."),
    IM_FIXED("close", aa_close, 0, "($self, /)", "close() -> raise GeneratorExit inside generator."),
    IM_END,
};
static const ImSlots aa_slots = {.iter = aa_await, .next = aa_next, .await_ = aa_await};
static const ImTypeSpec aa_spec = {.name = "anext_awaitable", .size = sizeof(AnextAwaitable), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &aa_slots, .methods = aa_methods,
    .traverse = aa_traverse, .destroy = aa_destroy};
IM_TYPE_DECLARE(anext_awaitable);
IM_TYPE(anext_awaitable, &aa_spec);

IM_BUILTIN(anext)
{
    UNUSED_ARGS;
    ImUnary slot = IM_SLOT(im_type_of(args[0]), anext);
    if (!slot) return im_raise_type(t, "'%.200T' object is not an async iterator", args[0]);
    Value w = slot(t, args[0]);
    if (nargs == 1 || im_no_value(w)) return w;
    AnextAwaitable *a = (AnextAwaitable *)im_instance_alloc(t, &im_anext_awaitable_type, 0);
    if (!a) { im_drop(t, w); return IM_NO_VALUE; }
    im_slot_init(&a->head, &a->wrapped, w);
    im_slot_init(&a->head, &a->dflt, im_new_ref(args[1]));
    return im_value(a);
}
