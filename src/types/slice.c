/* slice objects and the arithmetic of slice bounds.
 * SPDX-License-Identifier: MIT */
#include "types/slice.h"

#include "mem/fast.h"
#include "types/int.h"
#include "types/str.h"
#include "types/tuple.h"

IM_INLINE ImSlice *slicep(Value v) { return (ImSlice *)im_ptr(v); }

Value im_slice_new(Thread *t, Value start, Value stop, Value step)
{
    ImSlice *s = (ImSlice *)im_tracked_alloc(t, &im_slice_type.root, sizeof *s);
    if (!s) return IM_NO_VALUE;
    s->start = im_new_ref(start);
    s->stop = im_new_ref(stop);
    s->step = im_new_ref(step);
    if (im_is_object(start) || im_is_object(stop) || im_is_object(step)) im_track_new(t, &s->head);
    return im_value(s);
}

static int slice_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImSlice *s = (ImSlice *)o;
    int r = im_is_object(s->start) ? visit(s->start, arg) : 0;
    if (!r && im_is_object(s->stop)) r = visit(s->stop, arg);
    if (!r && im_is_object(s->step)) r = visit(s->step, arg);
    return r;
}
static void slice_destroy(Thread *t, ImObject *o)
{
    ImSlice *s = (ImSlice *)o;
    im_destroy_child(t, s->step);
    im_destroy_child(t, s->start);
    im_destroy_child(t, s->stop);
}

/* --- bounds ------------------------------------------------------------------------------------------------------------------ */

int im_slice_index_not_none(Thread *t, Value v, ssize_t *out)
{
    if (im_is_int(v)) {
        *out = im_int_get(v);
        return 0;
    }
    if (!im_is_index(v)) return im_raise_type(t, "slice indices must be integers or have an __index__ method"), -1;
    return im_as_ssize(t, v, NULL, out);
}

int im_slice_index(Thread *t, Value v, ssize_t *out)
{
    if (im_is_none(v)) return 0;
    if (!im_is_int(v) && !im_is_index(v)) return im_raise_type(t, "slice indices must be integers or None or have an __index__ method"), -1;
    return im_slice_index_not_none(t, v, out);
}

int im_slice_unpack(Thread *t, Value v, ssize_t *start, ssize_t *stop, ssize_t *step)
{
    ImSlice *s = slicep(v);
    *step = 1;
    if (im_slice_index(t, s->step, step) < 0) return -1;
    if (*step == 0) return im_raise_valueerror(t, "slice step cannot be zero"), -1;
    if (*step < -PTRDIFF_MAX) *step = -PTRDIFF_MAX; /* so that -step exists */
    *start = *step < 0 ? PTRDIFF_MAX : 0;
    *stop = *step < 0 ? PTRDIFF_MIN : PTRDIFF_MAX;
    return im_slice_index(t, s->start, start) < 0 || im_slice_index(t, s->stop, stop) < 0 ? -1 : 0;
}

ssize_t im_slice_adjust(ssize_t len, ssize_t *start, ssize_t *stop, ssize_t step)
{
    if (*start < 0) {
        *start += len;
        if (*start < 0) *start = step < 0 ? -1 : 0;
    } else if (*start >= len) *start = step < 0 ? len - 1 : len;
    if (*stop < 0) {
        *stop += len;
        if (*stop < 0) *stop = step < 0 ? -1 : 0;
    } else if (*stop >= len) *stop = step < 0 ? len - 1 : len;
    if (step < 0) return *stop < *start ? (*start - *stop - 1) / -step + 1 : 0;
    return *start < *stop ? (*stop - *start - 1) / step + 1 : 0;
}

/* Bounds as Python ints of any size: out[] = start, stop, step; owned. */
static int slice_long_indices(Thread *t, ImSlice *s, Value length, Value out[3])
{
    Value step = IM_NO_VALUE, lower = IM_NO_VALUE, upper = IM_NO_VALUE;
    out[0] = out[1] = out[2] = IM_NO_VALUE;
    if (im_is_none(s->step)) step = im_int(1);
    else {
        if (!im_is_index(s->step)) return im_raise_type(t, "slice indices must be integers or None or have an __index__ method"), -1;
        step = im_index(t, s->step);
        if (im_no_value(step)) return -1;
        if (im_int_sign(step) == 0) {
            im_drop(t, step);
            return im_raise_valueerror(t, "slice step cannot be zero"), -1;
        }
    }
    bool back = im_int_sign(step) < 0;
    lower = back ? im_int(-1) : im_int(0);
    upper = back ? im_int_add(t, length, lower) : im_new_ref(length);
    if (im_no_value(upper)) goto fail;
    Value given[2] = {s->start, s->stop};
    for (int k = 0; k < 2; k++) {
        if (im_is_none(given[k])) {
            out[k] = im_new_ref(back == (k == 0) ? upper : lower);
            continue;
        }
        if (!im_is_index(given[k])) {
            (void)im_raise_type(t, "slice indices must be integers or None or have an __index__ method");
            goto fail;
        }
        Value v = im_index(t, given[k]);
        if (im_no_value(v)) goto fail;
        if (im_int_sign(v) < 0) {
            Value sum = im_int_add(t, v, length);
            im_drop(t, v);
            if (im_no_value(sum)) goto fail;
            v = sum;
            if (im_int_cmp(v, lower) < 0) {
                im_drop(t, v);
                v = im_new_ref(lower);
            }
        } else if (im_int_cmp(v, upper) > 0) {
            im_drop(t, v);
            v = im_new_ref(upper);
        }
        out[k] = v;
    }
    out[2] = step;
    im_drop(t, lower);
    im_drop(t, upper);
    return 0;
fail:
    im_xdrop(t, step);
    im_xdrop(t, lower);
    im_xdrop(t, upper);
    im_xdrop(t, out[0]);
    im_xdrop(t, out[1]);
    return -1;
}

/* --- the type ----------------------------------------------------------------------------------------------------------------- */

static Value slice_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    if (im_no_kwargs(t, "slice", kwnames) < 0 || im_check_nargs(t, "slice", nargs, 1, 3) < 0) return IM_NO_VALUE;
    if (nargs == 1) return im_slice_new(t, IM_NONE, args[0], IM_NONE);
    return im_slice_new(t, args[0], args[1], nargs > 2 ? args[2] : IM_NONE);
}

static Value slice_repr(Thread *t, Value self)
{
    ImSlice *s = slicep(self);
    return im_str_format(t, "slice(%R, %R, %R)", s->start, s->stop, s->step);
}

static Value slice_tuple(Thread *t, ImSlice *s) { return im_tuple_pack(t, 3, s->start, s->stop, s->step); }

static Value slice_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_slice(a) || !im_is_slice(b)) return IM_NOT_IMPLEMENTED;
    if (im_same(a, b)) return im_bool(op == IM_EQ || op == IM_LE || op == IM_GE);
    Value x = slice_tuple(t, slicep(a)), y = im_no_value(x) ? x : slice_tuple(t, slicep(b)), r = IM_NO_VALUE;
    if (!im_no_value(y)) r = im_compare(t, x, y, op);
    im_xdrop(t, x);
    im_xdrop(t, y);
    return r;
}

/* As a tuple's, without the length. */
static int64_t slice_hash(Thread *t, Value self)
{
    ImSlice *s = slicep(self);
    Value parts[3] = {s->start, s->stop, s->step};
    uint64_t acc = 2870177450012600261u;
    for (int i = 0; i < 3; i++) {
        int64_t lane = im_hash(t, parts[i]);
        if (lane == -1) return -1;
        acc += (uint64_t)lane * 14029467366897019727u;
        acc = (acc << 31) | (acc >> 33);
        acc *= 11400714785074694791u;
    }
    return acc == (uint64_t)-1 ? 1546275796 : (int64_t)acc;
}

static Value slice_indices(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    Value length = im_index(t, args[0]), out[3];
    if (im_no_value(length)) return length;
    if (im_int_sign(length) < 0) {
        im_drop(t, length);
        return im_raise_valueerror(t, "length should not be negative");
    }
    int r = slice_long_indices(t, slicep(self), length, out);
    im_drop(t, length);
    return r < 0 ? IM_NO_VALUE : im_tuple_steal_array(t, out, 3);
}

static Value slice_reduce(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    Value x = slice_tuple(t, slicep(self));
    if (im_no_value(x)) return x;
    Value r = im_tuple_pack(t, 2, im_type_value(&im_slice_type), x);
    im_drop(t, x);
    return r;
}

static const ImMethodDef slice_methods[] = {
    IM_FIXED("indices", slice_indices, 1, "($self, object, /)",
             "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\nindices, and the stride length of "
             "the extended slice described by\nS. Out of bounds indices are clipped in a manner consistent with the\nhandling of normal slices."),
    IM_FIXED("__reduce__", slice_reduce, 0, "($self, /)", "Return state information for pickling."),
    IM_END,
};
static const ImMemberDef slice_members[] = {
    {"start", IM_T_VALUE, offsetof(ImSlice, start), true, NULL},
    {"stop", IM_T_VALUE, offsetof(ImSlice, stop), true, NULL},
    {"step", IM_T_VALUE, offsetof(ImSlice, step), true, NULL},
    IM_END,
};
static const ImSlots slice_slots = {.repr = slice_repr, .getattr = im_generic_getattr, .richcompare = slice_richcompare, .hash = slice_hash, .new_ = slice_new};
static const ImTypeSpec slice_spec = {
    .name = "slice",
    .doc = "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.\n\nThis is used for extended slicing (e.g. a[0:10:2]).",
    .size = sizeof(ImSlice), .flags = IM_TF_GC, .slots = &slice_slots, .methods = slice_methods, .members = slice_members,
    .traverse = slice_traverse, .destroy = slice_destroy,
};
IM_TYPE(slice, &slice_spec);
