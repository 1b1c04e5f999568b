/* itertools: groupby, islice, tee.
 * SPDX-License-Identifier: MIT */
#include "modules/itertools.h"

/* --- groupby -------------------------------------------------------------------------------------------------------------------------- */

typedef struct GroupBy {
    IT_HEAD;
    Value it, keyfunc, target, key, value; /* key and value: the item read last and not yet given out */
    const void *grouper;                   /* the group in progress, borrowed: compared only */
} GroupBy;
typedef struct Grouper { IT_HEAD; Value parent, target; } Grouper;
static ImType groupby_type, grouper_type;

static Value groupby_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "groupby", "(iterable, key=None)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    im_args_fini(t, &a);
    Value it = im_iter(t, a.v[0]);
    GroupBy *o = im_no_value(it) ? NULL : it_new(t, type, 5);
    if (!o) {
        im_xdrop(t, it);
        return IM_NO_VALUE;
    }
    o->it = it;
    if (!im_no_value(a.v[1]) && !im_is_none(a.v[1])) o->keyfunc = im_new_ref(a.v[1]);
    return im_value(o);
}

/* Reads an item and its key: 1, 0 at the end, -1. */
static int groupby_read(Thread *t, GroupBy *o)
{
    if (im_no_value(o->it)) return 0;
    Value v = it_next_of(t, o->it), key;
    if (im_is_stop(v)) return 0;
    if (im_no_value(v)) return -1;
    if (im_no_value(o->keyfunc)) key = im_new_ref(v);
    else {
        Value f = im_new_ref(o->keyfunc);
        key = im_call1(t, f, v);
        im_drop(t, f);
    }
    if (im_no_value(key)) {
        im_drop(t, v);
        return -1;
    }
    it_set(t, o, &o->value, v);
    it_set(t, o, &o->key, key);
    return 1;
}

static int same_key(Thread *t, Value a, Value b)
{
    if (im_same(a, b)) return 1;
    if (im_are_ints(a, b)) return 0;
    if (im_is_str_exact(a) && im_is_str_exact(b)) return im_str_equal(a, b);
    im_take(a);
    im_take(b);
    int r = im_equal(t, a, b);
    im_drop(t, a);
    im_drop(t, b);
    return r;
}

static Value groupby_next_step(Thread *t, GroupBy *o)
{
    o->grouper = NULL;
    for (;;) { /* to the first item of the next group */
        if (!im_no_value(o->key)) {
            if (im_no_value(o->target)) break;
            int same = same_key(t, o->target, o->key);
            if (same < 0) return IM_NO_VALUE;
            if (!same) break;
        }
        int r = groupby_read(t, o);
        if (r <= 0) return r < 0 ? IM_NO_VALUE : IM_STOP;
    }
    it_set(t, o, &o->target, im_new_ref(o->key));
    Grouper *g = it_new(t, &grouper_type, 2);
    if (!g) return IM_NO_VALUE;
    g->parent = im_new_ref(im_value(o));
    g->target = im_new_ref(o->target);
    o->grouper = g;
    Value pair[2] = {im_new_ref(o->key), im_value(g)};
    return im_tuple_steal_array(t, pair, 2);
}
IT_NEXT(groupby_next, GroupBy)

static Value grouper_next(Thread *t, Value self)
{
    Grouper *g = (Grouper *)im_ptr(self);
    if (im_no_value(g->parent)) return IM_STOP;
    GroupBy *o = (GroupBy *)im_ptr(g->parent);
    Value r = IM_STOP;
    it_enter(t, o);
    if (o->grouper != g) goto done;
    if (im_no_value(o->value)) {
        int e = groupby_read(t, o);
        if (e <= 0) {
            if (e < 0) r = IM_NO_VALUE;
            goto done;
        }
    }
    int same = same_key(t, g->target, o->key);
    if (same < 0) r = IM_NO_VALUE;
    if (same > 0 && !im_no_value(o->value)) {
        r = im_new_ref(o->value);
        IT_CLEAR(t, o, value);
        IT_CLEAR(t, o, key);
    }
done:
    it_leave(t, o);
    return r;
}

static Value grouper_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (im_no_kwargs(t, "_grouper", kwnames) < 0 || im_check_nargs(t, "_grouper", nargs, 2, 2) < 0) return IM_NO_VALUE;
    if (!im_is_instance_of(args[0], &groupby_type)) return im_raise_type(t, "_grouper() argument 1 must be itertools.groupby, not %T", args[0]);
    Grouper *g = it_new(t, type, 2);
    if (!g) return IM_NO_VALUE;
    g->parent = im_new_ref(args[0]);
    g->target = im_new_ref(args[1]);
    ((GroupBy *)im_ptr(args[0]))->grouper = g;
    return im_value(g);
}

IT_METHOD(groupby_reduce)
{
    GroupBy *o = (GroupBy *)im_ptr(self);
    Value inner = im_tuple_pack(t, 2, im_no_value(o->it) ? IM_NONE : o->it, im_no_value(o->keyfunc) ? IM_NONE : o->keyfunc);
    if (im_no_value(o->target) || im_no_value(o->key) || im_no_value(o->value)) return it_reduced(t, self, inner, IM_NO_VALUE, false);
    return it_reduced(t, self, inner, im_tuple_pack(t, 3, o->value, o->target, o->key), true);
}
IT_METHOD(groupby_setstate)
{
    if (it_pickle_warning(t) < 0) return IM_NO_VALUE;
    GroupBy *o = (GroupBy *)im_ptr(self);
    if (!im_is_tuple(args[0])) return im_raise_type(t, "state is not a tuple");
    if (im_tuple_len(args[0]) != 3) return im_raise_type(t, "function takes exactly 3 arguments (%zd given)", im_tuple_len(args[0]));
    it_set(t, o, &o->value, im_new_ref(im_tuple_get(args[0], 0)));
    it_set(t, o, &o->target, im_new_ref(im_tuple_get(args[0], 1)));
    it_set(t, o, &o->key, im_new_ref(im_tuple_get(args[0], 2)));
    return IM_NONE;
}
IT_METHOD(grouper_reduce)
{
    Grouper *g = (Grouper *)im_ptr(self);
    if (im_no_value(g->parent) || ((GroupBy *)im_ptr(g->parent))->grouper != g) {
        Value fn = im_import_from(t, "builtins", "iter");
        if (im_no_value(fn)) return fn;
        Value inner = im_tuple_pack(t, 1, im_tuple_empty()), r = im_no_value(inner) || it_pickle_warning(t) < 0 ? IM_NO_VALUE : im_tuple_pack(t, 2, fn, inner);
        im_xdrop(t, inner);
        im_drop(t, fn);
        return r;
    }
    return it_reduced(t, self, im_tuple_pack(t, 2, g->parent, g->target), IM_NO_VALUE, false);
}
static const ImMethodDef groupby_methods[] = {IT_REDUCE_ROW(groupby_reduce), IT_SETSTATE_ROW(groupby_setstate), IM_END};
static const ImMethodDef grouper_methods[] = {IT_REDUCE_ROW(grouper_reduce), IM_END};
IT_TYPE(groupby, "groupby", GroupBy, groupby_new, groupby_next, groupby_methods, it_destroy, "(iterable, key=None)",
        "make an iterator that returns consecutive keys and groups from the iterable\n\n  iterable\n    Elements to divide into groups according to the key function.\n  key\n    "
        "A function for computing the group category for each element.\n    If the key function is not specified or is None, the element itself\n    is used for grouping.");
static const ImSlots grouper_slots = {.iter = im_iter_self, .next = grouper_next, .new_ = grouper_new};
static const ImTypeSpec grouper_spec = {
    .name = "itertools._grouper", .size = sizeof(Grouper), .flags = IM_TF_GC | IM_TF_ITER_NATIVE, .slots = &grouper_slots, .methods = grouper_methods,
    .traverse = it_traverse, .clear = it_clear, .destroy = it_destroy, .text_signature = "(parent, tgtkey, /)",
};

/* --- islice ----------------------------------------------------------------------------------------------------------------------------- */

typedef struct ISlice {
    IT_HEAD;
    Value it;
    ssize_t next, stop, step, count; /* index of the next item to give, end or -1, step, items read */
} ISlice;
static ImType islice_type;

/* A bound: 0, or -1 with ValueError(msg). None leaves *out. */
static int islice_bound(Thread *t, Value v, ssize_t min, const char *msg, ssize_t *out)
{
    if (im_is_none(v)) return 0;
    if (!im_is_index(v) || im_as_ssize(t, v, NULL, out) < 0) {
        im_exc_clear(t);
        return im_raise_valueerror(t, "%s", msg), -1;
    }
    if (im_is_object(v) && im_is_int_like(v) && (*out == PTRDIFF_MAX || *out == PTRDIFF_MIN)) {
        int64_t exact;
        if (!im_int_get64(v, &exact)) *out = -1;
    }
    if (*out < min) return im_raise_valueerror(t, "%s", msg), -1;
    return 0;
}

static Value islice_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if ((type == &islice_type || IM_SLOT(type, init) == islice_type.slots.init) && im_no_kwargs(t, "islice", kwnames) < 0) return IM_NO_VALUE;
    if (im_check_nargs(t, "islice", nargs, 2, 4) < 0) return IM_NO_VALUE;
    static const char stop_msg[] = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    static const char index_msg[] = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    ssize_t start = 0, stop = -1, step = 1;
    if (nargs == 2) {
        if (islice_bound(t, args[1], 0, stop_msg, &stop) < 0) return IM_NO_VALUE;
    } else {
        if (islice_bound(t, args[2], 0, stop_msg, &stop) < 0 || islice_bound(t, args[1], 0, index_msg, &start) < 0) return IM_NO_VALUE;
        if (nargs == 4 && islice_bound(t, args[3], 1, "Step for islice() must be a positive integer or None.", &step) < 0) return IM_NO_VALUE;
    }
    Value it = im_iter(t, args[0]);
    ISlice *o = im_no_value(it) ? NULL : it_new(t, type, 1);
    if (!o) {
        im_xdrop(t, it);
        return IM_NO_VALUE;
    }
    o->it = it;
    o->next = start;
    o->stop = stop;
    o->step = step;
    return im_value(o);
}

static Value islice_next_step(Thread *t, ISlice *o)
{
    if (im_no_value(o->it)) return IM_STOP;
    ssize_t stop = o->stop;
    if (IM_LIKELY(o->count == o->next && (stop == -1 || o->count < stop))) { /* nothing to skip */
        Value next = it_next_of(t, o->it);
        if (IM_UNLIKELY(im_no_value(next) || im_is_stop(next))) {
            IT_CLEAR(t, o, it);
            return next;
        }
        o->count++;
        if (__builtin_add_overflow(o->next, o->step, &o->next) || (stop != -1 && o->next > stop)) o->next = stop == -1 ? PTRDIFF_MAX : stop;
        return next;
    }
    Value it = im_new_ref(o->it), v = IM_STOP;
    while (o->count < o->next) {
        v = im_next_fast(t, it);
        if (im_no_value(v) || im_is_stop(v)) goto end;
        im_drop(t, v);
        o->count++;
        if (im_poll(t) < 0) {
            v = IM_NO_VALUE;
            goto out;
        }
    }
    v = IM_STOP;
    if (stop != -1 && o->count >= stop) goto end;
    v = im_next_fast(t, it);
    if (im_no_value(v) || im_is_stop(v)) goto end;
    o->count++;
    if (__builtin_add_overflow(o->next, o->step, &o->next) || (stop != -1 && o->next > stop)) o->next = stop == -1 ? PTRDIFF_MAX : stop;
    goto out;
end:
    IT_CLEAR(t, o, it);
out:
    im_drop(t, it);
    return v;
}
IT_NEXT(islice_next, ISlice)

IT_METHOD(islice_reduce)
{
    ISlice *o = (ISlice *)im_ptr(self);
    if (im_no_value(o->it)) {
        Value empty = im_list_new(t, 0), it = im_no_value(empty) ? empty : im_iter(t, empty);
        im_xdrop(t, empty);
        if (im_no_value(it)) return it;
        Value inner = im_tuple_pack(t, 2, it, im_int(0));
        im_drop(t, it);
        return it_reduced(t, self, inner, im_int(0), true);
    }
    Value parts[4] = {im_new_ref(o->it), im_int_new(t, o->next), o->stop == -1 ? IM_NONE : im_int_new(t, o->stop), im_int_new(t, o->step)};
    return it_reduced(t, self, im_tuple_steal_array(t, parts, 4), im_int_new(t, o->count), true);
}
IT_METHOD(islice_setstate)
{
    if (it_pickle_warning(t) < 0) return IM_NO_VALUE;
    ssize_t n;
    if (im_ssize_arg(t, args[0], &n) < 0) return IM_NO_VALUE;
    ((ISlice *)im_ptr(self))->count = n;
    return IM_NONE;
}
static const ImMethodDef islice_methods[] = {IT_REDUCE_ROW(islice_reduce), IT_SETSTATE_ROW(islice_setstate), IM_END};
IT_TYPE(islice, "islice", ISlice, islice_new, islice_next, islice_methods, it_destroy, NULL,
        "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\nReturn an iterator whose next() method returns selected values from "
        "an\niterable.  If start is specified, will skip all preceding elements;\notherwise, start defaults to zero.  Step defaults to one.  If\nspecified as another value, "
        "step determines how many values are\nskipped between successive calls.  Works like a slice() on a list\nbut returns an iterator.");

/* --- tee --------------------------------------------------------------------------------------------------------------------------------- */

/* A chain of blocks holds what the fastest iterator has read; each iterator stands at a place in it. */
#define BLOCK 57
typedef struct TeeData {
    IT_HEAD;
    Value it, next;
    Value values[BLOCK];
    ssize_t n; /* values read */
} TeeData;
typedef struct Tee { IT_HEAD; Value data; ssize_t index; } Tee;
static ImType tee_type, teedata_type;

static void teedata_destroy(Thread *t, ImObject *o)
{
    TeeData *d = (TeeData *)o;
    im_destroy_child(t, d->it);
    for (ssize_t i = 0; i < d->n; i++) im_destroy_child(t, d->values[i]);
    im_destroy_child(t, d->next); /* a long chain: deep destruction is put off by the core */
}

static Value teedata_make(Thread *t, ImType *type, Value it)
{
    TeeData *d = it_new(t, type, 2 + BLOCK);
    if (d) d->it = im_new_ref(it);
    return im_value(d);
}
/* Value i, read when nobody has yet. */
static Value teedata_get(Thread *t, TeeData *d, ssize_t i)
{
    Value v;
    /* Another thread that is inside the source iterator for long is treated like a source that runs its own tee. */
    if (im_load_relaxed(&d->x_owner) != t && !im_is_private_obj(&d->head)) {
        enum { PATIENCE_MS = 10000 }; /* more than a busy machine makes a thread wait */
        if (im_mutex_lock(t, &d->lock, PATIENCE_MS * (int64_t)1000000, false) != IM_LOCK_OK) return im_raise_runtime(t, "cannot re-enter the tee iterator");
        im_store_relaxed(&d->x_owner, t);
    } else it_enter(t, d);
    if (i < d->n) v = im_new_ref(d->values[i]);
    else if (d->depth) v = im_raise_runtime(t, "cannot re-enter the tee iterator");
    else {
        v = im_no_value(d->it) ? IM_STOP : it_next_of(t, d->it);
        if (!im_no_value(v) && !im_is_stop(v)) {
            it_set(t, d, &d->values[i], im_new_ref(v));
            d->n = i + 1;
        }
    }
    it_leave(t, d);
    return v;
}
/* The block after d, made when needed. */
static Value teedata_next(Thread *t, TeeData *d)
{
    it_enter(t, d);
    Value next = d->next;
    if (im_no_value(next)) {
        next = teedata_make(t, &teedata_type, d->it);
        if (!im_no_value(next)) it_set(t, d, &d->next, im_new_ref(next));
    } else im_take(next);
    it_leave(t, d);
    return next;
}

static Value tee_next_step(Thread *t, Tee *o)
{
    if (im_no_value(o->data)) return IM_STOP;
    if (o->index >= BLOCK) {
        Value next = teedata_next(t, (TeeData *)im_ptr(o->data));
        if (im_no_value(next)) return next;
        it_set(t, o, &o->data, next);
        o->index = 0;
    }
    TeeData *d = (TeeData *)im_ptr(o->data);
    if (IM_LIKELY(im_is_private_obj(&d->head) && o->index < d->n && !im_load_relaxed(&d->x_owner))) return im_new_ref(d->values[o->index++]);
    Value data = im_new_ref(o->data), v = teedata_get(t, (TeeData *)im_ptr(data), o->index);
    im_drop(t, data);
    if (!im_no_value(v) && !im_is_stop(v)) o->index++;
    return v;
}
IT_NEXT(tee_next, Tee)

static Value tee_at(Thread *t, ImType *type, Value data, ssize_t index)
{
    Tee *o = it_new(t, type, 1);
    if (o) {
        o->data = im_new_ref(data);
        o->index = index;
    }
    return im_value(o);
}
IT_METHOD(tee_copy)
{
    Tee *o = (Tee *)im_ptr(self);
    it_enter(t, o);
    Value r = im_no_value(o->data) ? im_raise_type(t, "tee iterator was cleared") : tee_at(t, &tee_type, o->data, o->index);
    it_leave(t, o);
    return r;
}
static Value tee_from_iterable(Thread *t, Value iterable)
{
    Value it = im_iter(t, iterable);
    if (im_no_value(it)) return it;
    if (im_is_instance_of(it, &tee_type)) {
        Value r = tee_copy(t, it, NULL, 0, IM_NO_VALUE);
        im_drop(t, it);
        return r;
    }
    Value data = teedata_make(t, &teedata_type, it);
    im_drop(t, it);
    if (im_no_value(data)) return data;
    Value r = tee_at(t, &tee_type, data, 0);
    im_drop(t, data);
    return r;
}
static Value tee_type_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    if (im_no_kwargs(t, "_tee", kwnames) < 0 || im_check_nargs(t, "_tee", nargs, 1, 1) < 0) return IM_NO_VALUE;
    return tee_from_iterable(t, args[0]);
}
IT_METHOD(tee_reduce)
{
    Tee *o = (Tee *)im_ptr(self);
    Value inner = im_tuple_pack(t, 1, im_tuple_empty());
    return it_reduced(t, self, inner, im_tuple_pack(t, 2, o->data, im_int(o->index)), true);
}
IT_METHOD(tee_setstate)
{
    if (it_pickle_warning(t) < 0) return IM_NO_VALUE;
    Tee *o = (Tee *)im_ptr(self);
    Value s = args[0];
    if (!im_is_tuple(s)) return im_raise_type(t, "state is not a tuple");
    if (im_tuple_len(s) != 2) return im_raise_type(t, "function takes exactly 2 arguments (%zd given)", im_tuple_len(s));
    ssize_t index;
    if (!im_is_exact(im_tuple_get(s, 0), &teedata_type))
        return im_raise_type(t, "argument 1 must be itertools._tee_dataobject, not %T", im_tuple_get(s, 0));
    if (im_ssize_arg(t, im_tuple_get(s, 1), &index) < 0) return IM_NO_VALUE;
    if (index < 0 || index > BLOCK) return im_raise_valueerror(t, "Index out of range");
    it_set(t, o, &o->data, im_new_ref(im_tuple_get(s, 0)));
    o->index = index;
    return IM_NONE;
}

static Value teedata_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (im_no_kwargs(t, "teedataobject", kwnames) < 0 || im_check_nargs(t, "teedataobject", nargs, 3, 3) < 0) return IM_NO_VALUE;
    if (!im_is_list(args[1])) return im_raise_type(t, "teedataobject() argument 2 must be list, not %T", args[1]);
    Value d = teedata_make(t, type, args[0]);
    if (im_no_value(d)) return d;
    TeeData *o = (TeeData *)im_ptr(d);
    ssize_t n = im_list_len(args[1]);
    bool bad = n > BLOCK;
    for (ssize_t i = 0; i < n && !bad; i++) {
        Value v = im_list_get(t, args[1], i);
        if (im_no_value(v)) break;
        o->values[i] = v;
        o->n = i + 1;
    }
    if (!bad && n == BLOCK) {
        if (!im_is_none(args[2]) && !im_is_exact(args[2], &teedata_type)) bad = true;
        else if (!im_is_none(args[2])) o->next = im_new_ref(args[2]);
    } else if (!im_is_none(args[2])) bad = true;
    if (!bad) return d;
    im_drop(t, d);
    return im_raise_valueerror(t, "Invalid arguments");
}
IT_METHOD(teedata_reduce)
{
    TeeData *d = (TeeData *)im_ptr(self);
    Value values = im_list_from_array(t, d->values, (size_t)d->n);
    if (im_no_value(values)) return values;
    Value inner = im_tuple_pack(t, 3, im_no_value(d->it) ? IM_NONE : d->it, values, im_no_value(d->next) ? IM_NONE : d->next);
    im_drop(t, values);
    return it_reduced(t, self, inner, IM_NO_VALUE, false);
}

static const ImMethodDef tee_methods[] = {
    IM_FIXED("__copy__", tee_copy, 0, "($self, /)", "Returns an independent iterator."), IT_REDUCE_ROW(tee_reduce), IT_SETSTATE_ROW(tee_setstate), IM_END,
};
static const ImSlots tee_slots = {.iter = im_iter_self, .next = tee_next, .new_ = tee_type_new};
static const ImTypeSpec tee_spec = {
    .name = "itertools._tee", .doc = "Iterator wrapped to make it copyable.", .size = sizeof(Tee), .flags = IM_TF_GC | IM_TF_WEAKREF | IM_TF_ITER_NATIVE, .slots = &tee_slots,
    .methods = tee_methods, .traverse = it_traverse, .clear = it_clear, .destroy = it_destroy, .text_signature = "(iterable, /)",
};
static const ImMethodDef teedata_methods[] = {IT_REDUCE_ROW(teedata_reduce), IM_END};
static const ImSlots teedata_slots = {.new_ = teedata_new};
static const ImTypeSpec teedata_spec = {
    .name = "itertools._tee_dataobject", .doc = "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee objects.", .size = sizeof(TeeData),
    .flags = IM_TF_GC, .slots = &teedata_slots, .methods = teedata_methods, .traverse = it_traverse, .destroy = teedata_destroy,
};

/* itertools.tee(iterable, n=2) */
Value it_tee(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value it_tee(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)self, (void)kwnames;
    ssize_t n = 2;
    if (nargs > 1 && im_ssize_arg(t, args[1], &n) < 0) return IM_NO_VALUE;
    if (n < 0) return im_raise_valueerror(t, "n must be >= 0");
    Value r = im_tuple_new(t, (size_t)n);
    if (n == 0 || im_no_value(r)) return r;
    Value it = im_iter(t, args[0]), copy;
    int has = im_no_value(it) ? -1 : im_lookup_attr(t, it, IM_S(__copy__), &copy);
    if (has > 0 && im_is_instance_of(it, &tee_type)) { /* all results are new, the first one too */
        Value first = im_call0(t, copy);
        im_drop(t, it);
        it = first;
        if (im_no_value(it)) {
            im_drop(t, copy);
            has = -1;
        }
    }
    if (has == 0) {
        Value tee = tee_from_iterable(t, it);
        im_drop(t, it);
        it = tee;
        has = im_no_value(it) ? -1 : im_lookup_attr(t, it, IM_S(__copy__), &copy);
    }
    if (has <= 0) {
        im_xdrop(t, it);
        im_drop(t, r);
        return IM_NO_VALUE;
    }
    im_tuple_items(r)[0] = it;
    for (ssize_t i = 1; i < n; i++) {
        Value x = im_call0(t, copy);
        if (im_no_value(x)) {
            IM_CLEAR(t, r);
            break;
        }
        im_tuple_items(r)[i] = x;
    }
    im_drop(t, copy);
    return r;
}

const ImTypeRow it_group_rows[] = {
    {&groupby_type, &groupby_spec}, {&grouper_type, &grouper_spec}, {&islice_type, &islice_spec}, {&tee_type, &tee_spec}, {&teedata_type, &teedata_spec}, {NULL, NULL},
};
