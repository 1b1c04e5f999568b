/* itertools: the simple iterators, and the module (combinatoric ones in itertools_comb.c, grouping and teeing in itertools_group.c).
 * SPDX-License-Identifier: MIT */
#include "modules/itertools.h"

void *it_new(Thread *t, ImType *type, size_t n)
{
    ItObject *o = (ItObject *)im_instance_alloc(t, type, 0);
    if (o) o->nvals = (uint16_t)n;
    return o;
}
static Value *values_of(ImObject *o) { return (Value *)((char *)o + sizeof(ItObject)); }

int it_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value *v = values_of(o);
    for (size_t i = 0; i < ((ItObject *)o)->nvals; i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
void it_clear(Thread *t, ImObject *o)
{
    for (size_t i = 0; i < ((ItObject *)o)->nvals; i++) IM_CLEAR(t, values_of(o)[i]);
}
void it_destroy(Thread *t, ImObject *o)
{
    for (size_t i = 0; i < ((ItObject *)o)->nvals; i++) im_destroy_child(t, values_of(o)[i]);
}

int it_pickle_warning(Thread *t)
{
    return im_warn(t, &im_DeprecationWarning_type, 1, "Pickle, copy, and deepcopy support will be removed from itertools in Python 3.14.");
}

Value it_reduced(Thread *t, Value self, Value args, Value state, bool state_given)
{
    Value r = IM_NO_VALUE;
    if (!im_no_value(args) && !(state_given && im_no_value(state)) && it_pickle_warning(t) == 0) {
        Value type = im_type_value(im_type_of(self));
        r = state_given ? im_tuple_pack(t, 3, type, args, state) : im_tuple_pack(t, 2, type, args);
    }
    im_xdrop(t, args);
    im_xdrop(t, state);
    return r;
}

/* One iterable, no keywords. */
static int one_iterable(Thread *t, const char *name, ImType *type, ImType *own, const Value *args, size_t nargs, Value kwnames, Value *it)
{
    if ((type == own || IM_SLOT(type, init) == IM_SLOT(own, init)) && im_no_kwargs(t, name, kwnames) < 0) return -1;
    if (im_check_nargs(t, name, nargs, 1, 1) < 0) return -1;
    *it = im_iter(t, args[0]);
    return im_no_value(*it) ? -1 : 0;
}

/* --- accumulate ------------------------------------------------------------------------------------------------------------------- */

typedef struct Accumulate { IT_HEAD; Value it, func, total, initial; } Accumulate;

static Value accumulate_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "accumulate", "(iterable, func=None, *, initial=None)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    im_args_fini(t, &a);
    Value it = im_iter(t, a.v[0]);
    Accumulate *o = im_no_value(it) ? NULL : it_new(t, type, 4);
    if (!o) {
        im_xdrop(t, it);
        return IM_NO_VALUE;
    }
    o->it = it;
    if (!im_no_value(a.v[1]) && !im_is_none(a.v[1])) o->func = im_new_ref(a.v[1]);
    if (!im_no_value(a.v[2]) && !im_is_none(a.v[2])) o->initial = im_new_ref(a.v[2]);
    return im_value(o);
}

static Value accumulate_next_step(Thread *t, Accumulate *o)
{
    Value v;
    if (!im_no_value(o->initial)) {
        v = im_new_ref(o->initial);
        IT_CLEAR(t, o, initial);
        it_set(t, o, &o->total, im_new_ref(v));
        return v;
    }
    if (im_no_value(o->it)) return IM_STOP;
    v = it_next_of(t, o->it);
    if (im_no_value(v) || im_is_stop(v)) return v;
    if (im_no_value(o->total)) {
        it_set(t, o, &o->total, im_new_ref(v));
        return v;
    }
    if (im_no_value(o->func) && im_are_ints(o->total, v)) {
        int64_t sum;
        if (!__builtin_add_overflow(im_int_get(o->total), im_int_get(v), &sum) && im_int_fits(sum)) return o->total = im_int(sum);
    }
    Value total = im_new_ref(o->total), func = o->func;
    im_xtake(func);
    Value r = im_no_value(func) ? im_binop(t, total, v, IM_OP_ADD) : im_call2(t, func, total, v);
    im_drop(t, total);
    im_drop(t, v);
    im_xdrop(t, func);
    if (!im_no_value(r)) it_set(t, o, &o->total, im_new_ref(r));
    return r;
}
IT_NEXT(accumulate_next, Accumulate)

static Value none_if_empty(Value v) { return im_no_value(v) ? IM_NONE : v; }

/* chain(*parts); steals the parts. */
static Value chain_of(Thread *t, Value *parts, size_t n)
{
    Value pack = im_tuple_steal_array(t, parts, n), r = im_no_value(pack) ? pack : im_call_ex(t, im_type_value(&it_chain_type), pack, IM_NO_VALUE);
    im_xdrop(t, pack);
    return r;
}

IT_METHOD(accumulate_reduce)
{
    Accumulate *o = (Accumulate *)im_ptr(self);
    Value it = im_new_ref(none_if_empty(o->it));
    if (!im_no_value(o->initial)) {
        Value first = im_tuple_pack(t, 1, o->initial);
        if (im_no_value(first)) { im_drop(t, it); return first; }
        Value parts[2] = {first, it};
        it = chain_of(t, parts, 2);
        if (im_no_value(it)) return it;
    }
    if (im_is_none(o->total)) { /* a state of None means "no total": islice(accumulate(chain([None], it), func), 1, None) */
        Value none = IM_NONE, first = im_tuple_from_array(t, &none, 1), parts[2] = {first, it};
        Value both = im_no_value(first) ? first : chain_of(t, parts, 2);
        if (im_no_value(both)) return both;
        Value again = im_call2(t, im_type_value(im_type_of(self)), both, none_if_empty(o->func)), islice = im_import_from(t, "itertools", "islice"), r = IM_NO_VALUE;
        im_drop(t, both);
        Value three = im_no_value(again) || im_no_value(islice) ? IM_NO_VALUE : im_tuple_pack(t, 3, again, im_int(1), IM_NONE);
        if (!im_no_value(three) && it_pickle_warning(t) == 0) r = im_tuple_pack(t, 2, islice, three);
        im_xdrop(t, again);
        im_xdrop(t, islice);
        im_xdrop(t, three);
        return r;
    }
    Value inner = im_tuple_pack(t, 2, it, none_if_empty(o->func));
    im_drop(t, it);
    return it_reduced(t, self, inner, im_new_ref(none_if_empty(o->total)), true);
}
IT_METHOD(accumulate_setstate)
{
    if (it_pickle_warning(t) < 0) return IM_NO_VALUE;
    Accumulate *o = (Accumulate *)im_ptr(self);
    it_set(t, o, &o->total, im_is_none(args[0]) ? IM_NO_VALUE : im_new_ref(args[0]));
    return IM_NONE;
}
static const ImMethodDef accumulate_methods[] = {IT_REDUCE_ROW(accumulate_reduce), IT_SETSTATE_ROW(accumulate_setstate), IM_END};
IT_TYPE(accumulate, "accumulate", Accumulate, accumulate_new, accumulate_next, accumulate_methods, it_destroy, "(iterable, func=None, *, initial=None)",
        "Return series of accumulated sums (or other binary function results).");

/* --- batched ---------------------------------------------------------------------------------------------------------------------- */

typedef struct Batched { IT_HEAD; Value it; ssize_t n; bool strict; } Batched;

static Value batched_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "batched", "(iterable, n, *, strict=False)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    im_args_fini(t, &a);
    ssize_t n;
    int strict = im_no_value(a.v[2]) ? 0 : im_truth(t, a.v[2]);
    if (strict < 0 || im_ssize_arg(t, a.v[1], &n) < 0) return IM_NO_VALUE;
    if (n < 1) return im_raise_valueerror(t, "n must be at least one");
    Value it = im_iter(t, a.v[0]);
    Batched *o = im_no_value(it) ? NULL : it_new(t, type, 1);
    if (!o) {
        im_xdrop(t, it);
        return IM_NO_VALUE;
    }
    o->it = it;
    o->n = n;
    o->strict = strict != 0;
    return im_value(o);
}

static Value batched_next_step(Thread *t, Batched *o)
{
    if (im_no_value(o->it)) return IM_STOP;
    Value it = im_new_ref(o->it);
    if (o->n <= 16) { /* what is read waits in a tuple */
        Value tuple = im_tuple_new(t, (size_t)o->n);
        ssize_t k = 0;
        Value v = tuple;
        while (!im_no_value(tuple) && k < o->n) {
            v = im_next_fast(t, it);
            if (im_no_value(v) || im_is_stop(v)) break;
            im_tuple_items(tuple)[k++] = v;
        }
        im_drop(t, it);
        if (IM_LIKELY(k == o->n)) return tuple;
        IT_CLEAR(t, o, it);
        if (im_no_value(tuple)) return tuple;
        Value part = im_no_value(v) ? v : k == 0 ? IM_STOP : o->strict ? im_raise_valueerror(t, "batched(): incomplete batch") : im_tuple_slice(t, tuple, 0, k);
        im_drop(t, tuple);
        return part;
    }
    Value list = im_list_new(t, o->n < 64 ? (size_t)o->n : 64), r = IM_NO_VALUE;
    bool ended = false;
    while (!im_no_value(list) && im_list_len(list) < o->n) {
        Value v = im_next_fast(t, it);
        if (im_is_stop(v)) { ended = true; break; }
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    im_drop(t, it);
    if (ended || im_no_value(list)) IT_CLEAR(t, o, it);
    if (im_no_value(list)) return list;
    if (im_list_len(list) == 0) r = IM_STOP;
    else if (ended && o->strict) (void)im_raise_valueerror(t, "batched(): incomplete batch");
    else r = im_list_to_tuple(t, list);
    im_drop(t, list);
    return r;
}
IT_NEXT(batched_next, Batched)
static const ImMethodDef no_methods[] = {IM_END};
IT_TYPE(batched, "batched", Batched, batched_new, batched_next, no_methods, it_destroy, "(iterable, n, *, strict=False)",
        "Batch data into tuples of length n. The last batch may be shorter than n.\n\nLoops over the input iterable and accumulates data into tuples\nup to size n.  "
        "The input is consumed lazily, just enough to\nfill a batch.  The result is yielded as soon as a batch is full\nor when the input iterable is exhausted."
        "\n\n    >>> for batch in batched('ABCDEFG', 3):\n    ...     print(batch)\n    ...\n    ('A', 'B', 'C')\n    ('D', 'E', 'F')\n    ('G',)\n\nIf \"strict\" is "
        "True, raises a ValueError if the final batch is shorter\nthan n.");

/* --- chain ------------------------------------------------------------------------------------------------------------------------ */

typedef struct Chain { IT_HEAD; Value source, active; } Chain;
ImType it_chain_type;

static Value chain_from(Thread *t, ImType *type, Value source)
{
    Chain *o = im_no_value(source) ? NULL : it_new(t, type, 2);
    if (!o) im_xdrop(t, source);
    else o->source = source;
    return im_value(o);
}

static Value chain_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if ((type == &it_chain_type || IM_SLOT(type, init) == it_chain_type.slots.init) && im_no_kwargs(t, "chain", kwnames) < 0) return IM_NO_VALUE;
    Value all = im_tuple_from_array(t, args, nargs), it = im_no_value(all) ? all : im_iter(t, all);
    im_xdrop(t, all);
    return chain_from(t, type, it);
}
IT_METHOD(chain_from_iterable) { return chain_from(t, im_as_type(self), im_iter(t, args[0])); }

static Value chain_next_any_step(Thread *t, Chain *o)
{
    for (;;) {
        if (im_no_value(o->source)) return IM_STOP;
        if (im_no_value(o->active)) {
            Value iterable = it_next_of(t, o->source);
            if (im_no_value(iterable) || im_is_stop(iterable)) {
                IT_CLEAR(t, o, source);
                return iterable;
            }
            Value it = im_iter(t, iterable);
            im_drop(t, iterable);
            if (im_no_value(it)) {
                IT_CLEAR(t, o, source);
                return it;
            }
            it_set(t, o, &o->active, it);
        }
        Value v = it_next_of(t, o->active);
        if (IM_LIKELY(!im_is_stop(v))) return v;
        IT_CLEAR(t, o, active);
        if (im_poll(t) < 0) return IM_NO_VALUE;
    }
}
IT_NEXT(chain_next_any, Chain)
/* A private iterator over a list or tuple runs no code: its next item needs no lock around it. */
static Value chain_next(Thread *t, Value self)
{
    Chain *o = (Chain *)im_ptr(self);
    if (IM_LIKELY(im_is_private_obj(&o->head) && im_is_object(o->active))) {
        Value v = it_next_plain(t, o->active);
        if (IM_LIKELY(!im_no_value(v))) return v;
    }
    return chain_next_any(t, self);
}

IT_METHOD(chain_reduce)
{
    Chain *o = (Chain *)im_ptr(self);
    if (im_no_value(o->source)) return it_reduced(t, self, im_tuple_empty(), IM_NO_VALUE, false);
    Value state = im_no_value(o->active) ? im_tuple_pack(t, 1, o->source) : im_tuple_pack(t, 2, o->source, o->active);
    return it_reduced(t, self, im_tuple_empty(), state, true);
}
IT_METHOD(chain_setstate)
{
    if (it_pickle_warning(t) < 0) return IM_NO_VALUE;
    Chain *o = (Chain *)im_ptr(self);
    Value s = args[0];
    if (!im_is_tuple(s)) return im_raise_type(t, "state is not a tuple");
    ssize_t n = im_tuple_len(s);
    if (n < 1 || n > 2) return im_raise_type(t, n < 1 ? "function missing required argument 'source' (pos 1)" : "function takes at most 2 arguments (%zd given)", n);
    for (ssize_t i = 0; i < n; i++) if (!im_is_iterator(im_tuple_get(s, i))) return im_raise_type(t, "Arguments must be iterators.");
    it_set(t, o, &o->source, im_new_ref(im_tuple_get(s, 0)));
    it_set(t, o, &o->active, n > 1 ? im_new_ref(im_tuple_get(s, 1)) : IM_NO_VALUE);
    return IM_NONE;
}
static const ImMethodDef chain_methods[] = {
    IM_CLASS_FIXED("from_iterable", chain_from_iterable, 1, "($type, iterable, /)",
                   "Alternative chain() constructor taking a single iterable argument that evaluates lazily."),
    IT_REDUCE_ROW(chain_reduce), IT_SETSTATE_ROW(chain_setstate), IM_CLASS_GETITEM, IM_END,
};
IT_TYPE(chain, "chain", Chain, chain_new, chain_next, chain_methods, it_destroy, "(*iterables)",
        "Return a chain object whose .__next__() method returns elements from the\nfirst iterable until it is exhausted, then elements from the "
        "next\niterable, until all of the iterables are exhausted.");

/* --- compress --------------------------------------------------------------------------------------------------------------------- */

typedef struct Compress { IT_HEAD; Value data, selectors; } Compress;

static Value two_iterators(Thread *t, ImType *type, Value a, Value b)
{
    Value x = im_iter(t, a), y = im_no_value(x) ? x : im_iter(t, b);
    Compress *o = im_no_value(y) ? NULL : it_new(t, type, 2);
    if (!o) {
        im_xdrop(t, x);
        im_xdrop(t, y);
        return IM_NO_VALUE;
    }
    o->data = x;
    o->selectors = y;
    return im_value(o);
}
static Value compress_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "compress", "(data, selectors)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    im_args_fini(t, &a);
    return two_iterators(t, type, a.v[0], a.v[1]);
}
static Value compress_next_step(Thread *t, Compress *o)
{
    for (;;) {
        if (im_no_value(o->data) || im_no_value(o->selectors)) return IM_STOP;
        Value v = it_next_of(t, o->data);
        if (im_no_value(v) || im_is_stop(v)) return v;
        Value s = it_next_of(t, o->selectors);
        if (im_no_value(s) || im_is_stop(s)) {
            im_drop(t, v);
            return s;
        }
        int ok = im_truth(t, s);
        im_drop(t, s);
        if (ok > 0) return v;
        im_drop(t, v);
        if (ok < 0 || im_poll(t) < 0) return IM_NO_VALUE;
    }
}
IT_NEXT(compress_next, Compress)
IT_METHOD(two_reduce)
{
    Compress *o = (Compress *)im_ptr(self);
    return it_reduced(t, self, im_tuple_pack(t, 2, none_if_empty(o->data), none_if_empty(o->selectors)), IM_NO_VALUE, false);
}
static const ImMethodDef two_methods[] = {IT_REDUCE_ROW(two_reduce), IM_END};
IT_TYPE(compress, "compress", Compress, compress_new, compress_next, two_methods, it_destroy, "(data, selectors)",
        "Return data elements corresponding to true selector elements.\n\nForms a shorter iterator from selected data elements using the selectors to\nchoose the data elements.");

/* --- count ------------------------------------------------------------------------------------------------------------------------ */

typedef struct Count {
    IT_HEAD;
    Value slow, slow_step; /* general mode: the next value and the step */
    int64_t x_next, step;  /* small ints: no lock, advanced atomically when shared */
} Count;

static Value count_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (nargs == 0 && im_no_value(kwnames)) {
        Count *plain = it_new(t, type, 2);
        if (plain) plain->step = 1;
        return im_value(plain);
    }
    if (im_parse_args(t, "count", "(start=0, step=1)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    im_args_fini(t, &a);
    Value start = im_no_value(a.v[0]) ? im_int(0) : a.v[0], step = im_no_value(a.v[1]) ? im_int(1) : a.v[1];
    if (!im_is_number(start) || !im_is_number(step)) return im_raise_type(t, "a number is required");
    Count *o = it_new(t, type, 2);
    if (!o) return IM_NO_VALUE;
    int64_t by;
    bool one = im_is_int_like(step) && im_int_get64(step, &by) && by == 1;
    if ((im_is_int(start) || (one && im_is_bool(start))) && (one || im_is_int(step))) {
        (void)im_int_get64(start, &o->x_next);
        o->step = one ? 1 : im_int_get(step);
    } else {
        o->slow = im_new_ref(start);
        o->slow_step = im_new_ref(step);
    }
    return im_value(o);
}
static Value count_slow(Thread *t, Count *o)
{
    it_enter(t, o);
    Value v = im_new_ref(o->slow), step = im_new_ref(o->slow_step), next = im_binop(t, v, step, IM_OP_ADD);
    im_drop(t, step);
    if (im_no_value(next)) IM_CLEAR(t, v);
    else it_set(t, o, &o->slow, next);
    it_leave(t, o);
    return v;
}
/* The counter is shared, or no small int. */
IM_NOINLINE static Value count_next_slow(Thread *t, Count *o)
{
    if (im_load_relaxed(&o->slow.bits) != 0) return count_slow(t, o);
    /* A step is below 2^61, so the counter leaves the small ints long before it could overflow. */
    int64_t x = im_is_private_obj(&o->head) ? o->x_next : im_load_relaxed(&o->x_next), next;
    do {
        if (__builtin_add_overflow(x, o->step, &next)) return im_raise_overflow(t, "count is out of range");
    } while (im_is_private_obj(&o->head) ? (o->x_next = next, false) : !im_cas_acq_rel(&o->x_next, &x, next));
    return im_int_new(t, x);
}
static Value count_next(Thread *t, Value self)
{
    Count *o = (Count *)im_ptr(self);
    const int64_t now = im_load_relaxed(&o->x_next);
    if (IM_UNLIKELY(im_load_relaxed(&o->slow.bits) != 0 || !im_is_private_obj(&o->head) || !im_int_fits(now))) return count_next_slow(t, o);
    o->x_next = now + o->step; /* both below 2^61 */
    return im_int(now);
}
static Value count_repr(Thread *t, Value self)
{
    Count *o = (Count *)im_ptr(self);
    if (!im_no_value(o->slow)) {
        it_enter(t, o);
        Value now = im_new_ref(o->slow);
        it_leave(t, o);
        Value r = im_same(o->slow_step, im_int(1)) ? im_str_format(t, "count(%R)", now) : im_str_format(t, "count(%R, %R)", now, o->slow_step);
        im_drop(t, now);
        return r;
    }
    int64_t x = im_load_relaxed(&o->x_next);
    return o->step == 1 ? im_str_format(t, "count(%lld)", (long long)x) : im_str_format(t, "count(%lld, %lld)", (long long)x, (long long)o->step);
}
IT_METHOD(count_reduce)
{
    Count *o = (Count *)im_ptr(self);
    Value inner;
    if (!im_no_value(o->slow)) {
        it_enter(t, o);
        Value now = im_new_ref(o->slow);
        it_leave(t, o);
        inner = im_tuple_pack(t, 2, now, o->slow_step);
        im_drop(t, now);
    }
    else {
        Value pair[2] = {im_int_new(t, im_load_relaxed(&o->x_next)), im_int(o->step)};
        inner = im_tuple_steal_array(t, pair, o->step == 1 ? 1 : 2);
    }
    return it_reduced(t, self, inner, IM_NO_VALUE, false);
}
static const ImMethodDef count_methods[] = {IT_REDUCE_ROW(count_reduce), IM_END};
static const ImSlots count_slots = {.repr = count_repr, .iter = im_iter_self, .next = count_next, .new_ = count_new};
static const ImTypeSpec count_spec = {
    .name = "itertools.count",
    .doc = "Return a count object whose .__next__() method returns consecutive values.\n\nEquivalent to:\n    def count(firstval=0, step=1):\n        x = firstval\n        "
           "while 1:\n            yield x\n            x += step",
    .size = sizeof(Count), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_ITER_NATIVE, .slots = &count_slots, .methods = count_methods, .traverse = it_traverse,
    .destroy = it_destroy, .text_signature = "(start=0, step=1)",
};

/* --- cycle ------------------------------------------------------------------------------------------------------------------------ */

typedef struct Cycle {
    IT_HEAD;
    Value it, saved;
    ssize_t index;
    bool complete; /* unpickled: `saved` has all items already, `it` is only finishing its round */
} Cycle;
ImType it_cycle_type;

static Value cycle_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value it;
    if (one_iterable(t, "cycle", type, &it_cycle_type, args, nargs, kwnames, &it) < 0) return IM_NO_VALUE;
    Value saved = im_list_new(t, 0);
    Cycle *o = im_no_value(saved) ? NULL : it_new(t, type, 2);
    if (!o) {
        im_drop(t, it);
        im_xdrop(t, saved);
        return IM_NO_VALUE;
    }
    o->it = it;
    o->saved = saved;
    return im_value(o);
}
static Value cycle_next_step(Thread *t, Cycle *o)
{
    if (im_no_value(o->saved)) return IM_STOP;
    if (!im_no_value(o->it)) {
        Value v = it_next_of(t, o->it);
        if (im_no_value(v)) return v;
        if (!im_is_stop(v)) {
            if (!o->complete && im_list_append(t, o->saved, v) < 0) IM_CLEAR(t, v);
            return v;
        }
        IT_CLEAR(t, o, it);
    }
    ImList *l = im_listp(o->saved);
    if (IM_LIKELY(im_is_private_obj(&l->head) && o->index < l->x_len)) {
        Value v = im_new_ref(l->x_items->x_items[o->index]);
        if (++o->index >= l->x_len) o->index = 0;
        return v;
    }
    Value v = im_list_get(t, o->saved, o->index);
    if (im_no_value(v)) return IM_STOP;
    if (++o->index >= im_list_len(o->saved)) o->index = 0;
    return v;
}
IT_NEXT(cycle_next, Cycle)
IT_METHOD(cycle_reduce)
{
    Cycle *o = (Cycle *)im_ptr(self);
    Value it = o->it;
    im_xtake(it);
    if (im_no_value(it)) { /* iter(saved), advanced to where it stands */
        it = im_iter(t, o->saved);
        if (im_no_value(it)) return it;
        if (o->index) {
            Value r = im_call_method1(t, it, IM_S(__setstate__), im_int(o->index));
            if (im_no_value(r)) { im_drop(t, it); return r; }
            im_drop(t, r);
        }
    }
    Value inner = im_tuple_steal_array(t, &it, 1);
    return it_reduced(t, self, inner, im_tuple_pack(t, 2, o->saved, im_no_value(o->it) ? IM_TRUE : IM_FALSE), true);
}
IT_METHOD(cycle_setstate)
{
    if (it_pickle_warning(t) < 0) return IM_NO_VALUE;
    Cycle *o = (Cycle *)im_ptr(self);
    Value s = args[0];
    if (!im_is_tuple(s)) return im_raise_type(t, "state is not a tuple");
    if (im_tuple_len(s) != 2 || !im_is_list(im_tuple_get(s, 0))) return im_raise_type(t, "function takes exactly 2 arguments (%zd given)", im_tuple_len(s));
    int firstpass;
    if (im_as_int(t, im_tuple_get(s, 1), &firstpass) < 0) return IM_NO_VALUE;
    it_set(t, o, &o->saved, im_new_ref(im_tuple_get(s, 0)));
    o->index = 0;
    o->complete = firstpass != 0;
    return IM_NONE;
}
static const ImMethodDef cycle_methods[] = {IT_REDUCE_ROW(cycle_reduce), IT_SETSTATE_ROW(cycle_setstate), IM_END};
IT_TYPE(cycle, "cycle", Cycle, cycle_new, cycle_next, cycle_methods, it_destroy, "(iterable, /)",
        "Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.");

/* --- dropwhile, takewhile, filterfalse, starmap ------------------------------------------------------------------------------------- */

typedef struct ByFunc { IT_HEAD; Value func, it; bool x_flag; } ByFunc;

static Value by_func_new(Thread *t, const char *name, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (IM_SLOT(type, init) == im_object_type.slots.init && im_no_kwargs(t, name, kwnames) < 0) return IM_NO_VALUE;
    if (im_check_nargs(t, name, nargs, 2, 2) < 0) return IM_NO_VALUE;
    Value it = im_iter(t, args[1]);
    ByFunc *o = im_no_value(it) ? NULL : it_new(t, type, 2);
    if (!o) {
        im_xdrop(t, it);
        return IM_NO_VALUE;
    }
    o->func = im_new_ref(args[0]);
    o->it = it;
    return im_value(o);
}
/* func(v): 1, 0, -1. A func of None or bool asks for v's truth when `plain_truth`. */
static int verdict(Thread *t, ByFunc *o, Value v, bool plain_truth)
{
    Value f = im_new_ref(o->func);
    if (plain_truth && (im_is_none(f) || im_same(f, im_type_value(&im_bool_type)))) {
        im_drop(t, f);
        return im_truth(t, v);
    }
    Value good = im_call1(t, f, v);
    im_drop(t, f);
    int r = im_no_value(good) ? -1 : im_truth(t, good);
    im_xdrop(t, good);
    return r;
}
IT_METHOD(by_func_reduce)
{
    ByFunc *o = (ByFunc *)im_ptr(self);
    return it_reduced(t, self, im_tuple_pack(t, 2, none_if_empty(o->func), none_if_empty(o->it)), IM_NO_VALUE, false);
}
IT_METHOD(flag_reduce)
{
    ByFunc *o = (ByFunc *)im_ptr(self);
    return it_reduced(t, self, im_tuple_pack(t, 2, none_if_empty(o->func), none_if_empty(o->it)), im_int(im_load_relaxed(&o->x_flag)), true);
}
IT_METHOD(flag_setstate)
{
    if (it_pickle_warning(t) < 0) return IM_NO_VALUE;
    int on = im_truth(t, args[0]);
    if (on < 0) return IM_NO_VALUE;
    im_store_relaxed(&((ByFunc *)im_ptr(self))->x_flag, on != 0);
    return IM_NONE;
}
static const ImMethodDef by_func_methods[] = {IT_REDUCE_ROW(by_func_reduce), IM_END};
static const ImMethodDef flag_methods[] = {IT_REDUCE_ROW(flag_reduce), IT_SETSTATE_ROW(flag_setstate), IM_END};

static Value dropwhile_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames) { return by_func_new(t, "dropwhile", type, args, nargs, kwnames); }
static Value dropwhile_next(Thread *t, Value self)
{
    ByFunc *o = (ByFunc *)im_ptr(self);
    for (;;) {
        if (im_no_value(o->it)) return IM_STOP;
        Value v = it_next_of(t, o->it);
        if (im_no_value(v) || im_is_stop(v) || im_load_relaxed(&o->x_flag)) return v;
        int r = verdict(t, o, v, false);
        if (r == 0) {
            im_store_relaxed(&o->x_flag, true);
            return v;
        }
        im_drop(t, v);
        if (r < 0 || im_poll(t) < 0) return IM_NO_VALUE;
    }
}
IT_TYPE(dropwhile, "dropwhile", ByFunc, dropwhile_new, dropwhile_next, flag_methods, it_destroy, "(predicate, iterable, /)",
        "Drop items from the iterable while predicate(item) is true.\n\nAfterwards, return every element until the iterable is exhausted.");

static Value takewhile_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames) { return by_func_new(t, "takewhile", type, args, nargs, kwnames); }
static Value takewhile_next(Thread *t, Value self)
{
    ByFunc *o = (ByFunc *)im_ptr(self);
    if (im_load_relaxed(&o->x_flag) || im_no_value(o->it)) return IM_STOP;
    Value v = it_next_of(t, o->it);
    if (im_no_value(v) || im_is_stop(v)) return v;
    int r = verdict(t, o, v, false);
    if (r > 0) return v;
    im_drop(t, v);
    if (r < 0) return IM_NO_VALUE;
    im_store_relaxed(&o->x_flag, true);
    return IM_STOP;
}
IT_TYPE(takewhile, "takewhile", ByFunc, takewhile_new, takewhile_next, flag_methods, it_destroy, "(predicate, iterable, /)",
        "Return successive entries from an iterable as long as the predicate evaluates to true for each entry.");

static Value filterfalse_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames) { return by_func_new(t, "filterfalse", type, args, nargs, kwnames); }
static Value filterfalse_next(Thread *t, Value self)
{
    ByFunc *o = (ByFunc *)im_ptr(self);
    for (;;) {
        if (im_no_value(o->it)) return IM_STOP;
        Value v = it_next_of(t, o->it);
        if (im_no_value(v) || im_is_stop(v)) return v;
        int r = verdict(t, o, v, true);
        if (r == 0) return v;
        im_drop(t, v);
        if (r < 0 || im_poll(t) < 0) return IM_NO_VALUE;
    }
}
IT_TYPE(filterfalse, "filterfalse", ByFunc, filterfalse_new, filterfalse_next, by_func_methods, it_destroy, "(function, iterable, /)",
        "Return those items of iterable for which function(item) is false.\n\nIf function is None, return the items that are false.");

static Value starmap_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames) { return by_func_new(t, "starmap", type, args, nargs, kwnames); }
static Value starmap_next(Thread *t, Value self)
{
    ByFunc *o = (ByFunc *)im_ptr(self);
    if (im_no_value(o->it)) return IM_STOP;
    Value v = it_next_of(t, o->it);
    if (im_no_value(v) || im_is_stop(v)) return v;
    Value pack = v, f = im_new_ref(o->func);
    if (!im_is_tuple_exact(v)) {
        pack = im_to_tuple(t, v);
        im_drop(t, v);
    }
    Value r = im_no_value(pack) ? pack : im_tuple_len(pack) == 2 ? im_call2(t, f, im_tuple_get(pack, 0), im_tuple_get(pack, 1)) : im_call(t, f, im_tuple_items(pack), (size_t)im_tuple_len(pack), IM_NO_VALUE);
    im_drop(t, f);
    im_xdrop(t, pack);
    return r;
}
IT_TYPE(starmap, "starmap", ByFunc, starmap_new, starmap_next, by_func_methods, it_destroy, "(function, iterable, /)",
        "Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.");

/* --- pairwise --------------------------------------------------------------------------------------------------------------------- */

typedef struct Pairwise { IT_HEAD; Value it, old, result; /* pair to use again while nobody else has it (private only) */ } Pairwise;
static ImType pairwise_type;

static Value pairwise_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value it;
    if (one_iterable(t, "pairwise", type, &pairwise_type, args, nargs, kwnames, &it) < 0) return IM_NO_VALUE;
    Pairwise *o = it_new(t, type, 3);
    if (!o) im_drop(t, it);
    else o->it = it;
    return im_value(o);
}
static Value pairwise_next_step(Thread *t, Pairwise *o)
{
    if (im_no_value(o->it)) return IM_STOP;
    if (im_no_value(o->old)) {
        Value first = it_next_of(t, o->it);
        if (im_no_value(first) || im_is_stop(first)) {
            IT_CLEAR(t, o, it);
            return first;
        }
        it_set(t, o, &o->old, first);
        if (im_no_value(o->it)) {
            IT_CLEAR(t, o, old);
            return IM_STOP;
        }
    }
    Value old = im_new_ref(o->old), v = it_next_of(t, o->it);
    if (im_no_value(v) || im_is_stop(v)) {
        IT_CLEAR(t, o, it);
        IT_CLEAR(t, o, old);
        im_drop(t, old);
        return v;
    }
    it_set(t, o, &o->old, im_new_ref(v));
    Value again = o->result;
    if (im_is_private_obj(&o->head)) {
        if (im_is_object(again) && im_is_unique(again)) {
            Value *items = im_tuple_items(again), a = items[0], b = items[1];
            im_tuple_reuse(t, again);
            items[0] = old;
            items[1] = v;
            im_take(again);
            im_xdrop(t, a);
            im_xdrop(t, b);
            return again;
        }
        const bool first = im_no_value(again);
        again = im_tuple_pair_steal(t, old, v);
        if (first && !im_no_value(again)) o->result = im_new_ref(again);
        return again;
    }
    return im_tuple_pair_steal(t, old, v);
}
IT_NEXT(pairwise_next, Pairwise)
IT_TYPE(pairwise, "pairwise", Pairwise, pairwise_new, pairwise_next, no_methods, it_destroy, "(iterable, /)",
        "Return an iterator of overlapping pairs taken from the input iterator.\n\n    s -> (s0,s1), (s1,s2), (s2, s3), ...");

/* --- repeat ----------------------------------------------------------------------------------------------------------------------- */

typedef struct Repeat { IT_HEAD; Value what; ssize_t x_left; /* -1: for ever */ } Repeat;

static Value repeat_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (nargs - 1 < 2 && im_no_value(kwnames)) a.v[0] = args[0], a.v[1] = nargs > 1 ? args[1] : IM_NO_VALUE;
    else if (im_parse_args(t, "repeat", "(object, times=None)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    else im_args_fini(t, &a);
    ssize_t n = -1;
    if (!im_no_value(a.v[1])) {
        if (im_ssize_arg(t, a.v[1], &n) < 0) return IM_NO_VALUE;
        if (n < 0) n = 0;
    }
    Repeat *o = it_new(t, type, 1);
    if (!o) return IM_NO_VALUE;
    o->what = im_new_ref(a.v[0]);
    o->x_left = n;
    return im_value(o);
}
static Value repeat_next(Thread *t, Value self)
{
    (void)t;
    Repeat *o = (Repeat *)im_ptr(self);
    ssize_t n = im_load_relaxed(&o->x_left);
    if (n >= 0) {
        if (im_is_private_obj(&o->head)) {
            if (n == 0) return IM_STOP;
            o->x_left = n - 1;
        } else do {
            if (n == 0) return IM_STOP;
        } while (!im_cas_acq_rel(&o->x_left, &n, n - 1));
    }
    return im_new_ref(o->what);
}
static Value repeat_repr(Thread *t, Value self)
{
    Repeat *o = (Repeat *)im_ptr(self);
    ssize_t n = im_load_relaxed(&o->x_left);
    return n < 0 ? im_str_format(t, "repeat(%R)", o->what) : im_str_format(t, "repeat(%R, %zd)", o->what, n);
}
IT_METHOD(repeat_length_hint)
{
    ssize_t n = im_load_relaxed(&((Repeat *)im_ptr(self))->x_left);
    return n < 0 ? im_raise_type(t, "len() of unsized object") : im_int_new(t, n);
}
IT_METHOD(repeat_reduce)
{
    Repeat *o = (Repeat *)im_ptr(self);
    ssize_t n = im_load_relaxed(&o->x_left);
    return it_reduced(t, self, n < 0 ? im_tuple_pack(t, 1, o->what) : im_tuple_pack(t, 2, o->what, im_int(n)), IM_NO_VALUE, false);
}
static const ImMethodDef repeat_methods[] = {
    IM_FIXED("__length_hint__", repeat_length_hint, 0, "($self, /)", "Private method returning an estimate of len(list(it))."), IT_REDUCE_ROW(repeat_reduce), IM_END,
};
static const ImSlots repeat_slots = {.repr = repeat_repr, .iter = im_iter_self, .next = repeat_next, .new_ = repeat_new};
static const ImTypeSpec repeat_spec = {
    .name = "itertools.repeat",
    .doc = "repeat(object [,times]) -> create an iterator which returns the object\nfor the specified number of times.  If not specified, returns the object\nendlessly.",
    .size = sizeof(Repeat), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_ITER_NATIVE, .slots = &repeat_slots, .methods = repeat_methods, .traverse = it_traverse,
    .destroy = it_destroy,
};

/* --- zip_longest ------------------------------------------------------------------------------------------------------------------ */

typedef struct ZipLongest {
    IT_HEAD;
    Value its;  /* list of iterators; None where one has ended */
    Value fill;
    Value result; /* the last tuple given out, used again while nobody else has it (private only) */
    ssize_t n, active;
} ZipLongest;

static Value zip_longest_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value fill = IM_NONE;
    for (ssize_t i = 0; !im_no_value(kwnames) && i < im_tuple_len(kwnames); i++) {
        if (!im_str_equal_cstr(im_tuple_get(kwnames, i), "fillvalue")) return im_raise_type(t, "zip_longest() got an unexpected keyword argument");
        fill = args[nargs + (size_t)i];
    }
    Value its = im_list_new(t, nargs);
    for (size_t i = 0; i < nargs && !im_no_value(its); i++) {
        Value it = im_iter(t, args[i]);
        if (im_no_value(it) || im_list_append_steal(t, its, it) < 0) IM_CLEAR(t, its);
    }
    ZipLongest *o = im_no_value(its) ? NULL : it_new(t, type, 3);
    if (!o) {
        im_xdrop(t, its);
        return IM_NO_VALUE;
    }
    o->its = its;
    o->fill = im_new_ref(fill);
    o->n = o->active = (ssize_t)nargs;
    return im_value(o);
}
static Value zip_longest_next_step(Thread *t, ZipLongest *o)
{
    if (o->n == 0 || o->active == 0 || im_no_value(o->its)) return IM_STOP;
    const bool private = im_is_private_obj(&o->head), again = private && im_is_object(o->result) && im_is_unique(o->result);
    Value few[8], *items = o->n <= 8 ? few : NULL, r = IM_NO_VALUE;
    if (again) {
        r = im_new_ref(o->result);
        im_tuple_reuse(t, r);
        items = im_tuple_items(r);
    } else if (!items) {
        r = im_tuple_new(t, (size_t)o->n);
        if (im_no_value(r)) return r;
        items = im_tuple_items(r);
    }
    for (ssize_t i = 0; i < o->n; i++) {
        Value it = private ? im_listp(o->its)->x_items->x_items[i] : im_list_get(t, o->its, i), v;
        if (im_no_value(it)) it = IM_NONE;
        if (im_is_none(it)) v = im_new_ref(o->fill);
        else {
            v = private ? it_next_plain(t, it) : IM_NO_VALUE;
            if (im_no_value(v)) {
                if (private) im_take(it);
                v = im_next_fast(t, it);
                im_drop(t, it);
            } else if (!private) im_drop(t, it);
            if (im_no_value(v) || im_is_stop(v)) {
                bool last = im_no_value(v) || --o->active == 0;
                const bool failed = !last && im_list_set(t, o->its, i, IM_NONE) < 0;
                if (last || failed) {
                    if (last) o->active = 0;
                    if (items == few) while (i > 0) im_drop(t, few[--i]);
                    im_xdrop(t, r);
                    return failed ? IM_NO_VALUE : v;
                }
                v = im_new_ref(o->fill);
            }
        }
        Value old = again ? items[i] : IM_NO_VALUE;
        items[i] = v;
        im_xdrop(t, old);
    }
    if (items == few) r = im_tuple_steal_array(t, few, (size_t)o->n);
    if (im_no_value(o->result) && private && !im_no_value(r) && im_is_private_obj(&o->head)) o->result = im_new_ref(r);
    return r;
}
IT_NEXT(zip_longest_next, ZipLongest)
IT_METHOD(zip_longest_reduce)
{
    ZipLongest *o = (ZipLongest *)im_ptr(self);
    Value args_ = im_list_new(t, (size_t)o->n);
    for (ssize_t i = 0; i < o->n && !im_no_value(args_); i++) {
        Value it = im_list_get(t, o->its, i);
        if (im_no_value(it) || im_is_none(it)) it = im_tuple_empty();
        if (im_list_append_steal(t, args_, it) < 0) IM_CLEAR(t, args_);
    }
    if (im_no_value(args_)) return args_;
    Value inner = im_list_to_tuple(t, args_);
    im_drop(t, args_);
    return it_reduced(t, self, inner, im_new_ref(o->fill), true);
}
IT_METHOD(zip_longest_setstate)
{
    if (it_pickle_warning(t) < 0) return IM_NO_VALUE;
    ZipLongest *o = (ZipLongest *)im_ptr(self);
    it_set(t, o, &o->fill, im_new_ref(args[0]));
    return IM_NONE;
}
static const ImMethodDef zip_longest_methods[] = {IT_REDUCE_ROW(zip_longest_reduce), IT_SETSTATE_ROW(zip_longest_setstate), IM_END};
IT_TYPE(zip_longest, "zip_longest", ZipLongest, zip_longest_new, zip_longest_next, zip_longest_methods, it_destroy, "(*iterables, fillvalue=None)",
        "Return a zip_longest object whose .__next__() method returns a tuple where\nthe i-th element comes from the i-th iterable argument.  The .__next__()\nmethod "
        "continues until the longest iterable in the argument sequence\nis exhausted and then it raises StopIteration.  When the shorter iterables\nare exhausted, the "
        "fillvalue is substituted in their place.  The fillvalue\ndefaults to None or can be specified by a keyword argument.");

/* --- the module -------------------------------------------------------------------------------------------------------------------- */

Value it_tee(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);

static ImType accumulate_type, batched_type, compress_type, count_type, dropwhile_type, takewhile_type, filterfalse_type, starmap_type, repeat_type, zip_longest_type;
static const ImTypeRow simple_rows[] = {
    {&accumulate_type, &accumulate_spec}, {&batched_type, &batched_spec}, {&it_chain_type, &chain_spec}, {&compress_type, &compress_spec}, {&count_type, &count_spec},
    {&it_cycle_type, &cycle_spec}, {&dropwhile_type, &dropwhile_spec}, {&takewhile_type, &takewhile_spec}, {&filterfalse_type, &filterfalse_spec},
    {&starmap_type, &starmap_spec}, {&pairwise_type, &pairwise_spec}, {&repeat_type, &repeat_spec}, {&zip_longest_type, &zip_longest_spec}, {NULL, NULL},
};

static int itertools_exec(Thread *t, Value m)
{
    const ImTypeRow *const all[] = {simple_rows, it_comb_rows, it_group_rows};
    for (size_t i = 0; i < IM_COUNTOF(all); i++) {
        for (const ImTypeRow *r = all[i]; r->type; r++) if (im_module_ready_type(t, m, r->type, r->spec) < 0) return -1;
    }
    return 0;
}

static const ImMethodDef functions[] = {
    IM_RANGE("tee", it_tee, 1, 2, "($module, iterable, n=2, /)", "Returns a tuple of n independent iterators."),
    IM_END,
};
static const ImModuleDef itertools_module = {
    .name = "itertools",
    .doc = "Functional tools for creating and using iterators.\n\nInfinite iterators:\ncount(start=0, step=1) --> start, start+step, start+2*step, ...\ncycle(p) --> p0, p1, "
           "... plast, p0, p1, ...\nrepeat(elem [,n]) --> elem, elem, elem, ... endlessly or up to n times",
    .methods = functions, .exec = itertools_exec,
};
IM_MODULE(itertools_module);
