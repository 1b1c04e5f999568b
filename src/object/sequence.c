/* Containers: length, items, iteration, conversion.
 * SPDX-License-Identifier: MIT */
#include "object/abstract.h"
#include "object/lookup.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/int.h"
#include "types/iter.h"
#include "types/list.h"
#include "types/str.h"
#include "types/tuple.h"

bool im_is_sequence(Value v) { return !im_is_dict(v) && IM_SLOT(im_type_of(v), item) != NULL; }
bool im_is_mapping(Value v) { return IM_SLOT(im_type_of(v), subscript) != NULL; }
bool im_is_iterator(Value v) { return IM_SLOT(im_type_of(v), next) != NULL; }

ssize_t im_len(Thread *t, Value v)
{
    __auto_type length = IM_SLOT(im_type_of(v), length);
    if (im_c_stack_low(t)) return im_raise_stack_low(t), -1;
    if (length) return length(t, v);
    return im_raise_type(t, "object of type '%.200T' has no len()", v), -1;
}

ssize_t im_length_hint(Thread *t, Value v, ssize_t dflt)
{
    if (IM_SLOT(im_type_of(v), length)) {
        ssize_t n = im_len(t, v);
        if (n >= 0) return n;
        if (!im_exc_clear_if(t, &im_TypeError_type)) return -1;
    }
    bool found;
    Value r = im_call_special(t, v, IM_S(__length_hint__), NULL, 0, &found);
    if (!found) return dflt;
    if (im_no_value(r)) return im_exc_clear_if(t, &im_TypeError_type) ? dflt : -1;
    if (im_same(r, IM_NOT_IMPLEMENTED)) return dflt;
    ssize_t n = -1;
    if (!im_is_int_like(r)) im_raise_type(t, "__length_hint__ must be an integer, not %.100T", r);
    else if (im_as_ssize(t, r, &im_OverflowError_type, &n) < 0) n = -1;
    else if (n < 0) { im_raise_valueerror(t, "__length_hint__() should return >= 0"); n = -1; }
    im_drop(t, r);
    return n;
}

/* ---- items -------------------------------------------------------------------------------------------------------------------------- */

static Value class_item(Thread *t, Value cls, Value key)
{
    if (cls.bits == im_value(&im_type_type).bits) return im_generic_alias_new(t, cls, key); /* type[int] */
    Value fn;
    int rc = im_lookup_attr(t, cls, IM_S(__class_getitem__), &fn);
    if (rc < 0) return IM_NO_VALUE;
    if (rc > 0 && !im_is_none(fn)) {
        Value r = im_call1(t, fn, key);
        im_drop(t, fn);
        return r;
    }
    return im_raise_type(t, "type '%.200N' is not subscriptable", im_as_type(cls));
}

Value im_getitem(Thread *t, Value v, Value key)
{
    if (im_c_stack_low(t)) return im_raise_stack_low(t), IM_NO_VALUE;
    ImBinary subscript = IM_SLOT(im_type_of(v), subscript);
    if (IM_LIKELY(subscript != NULL)) return subscript(t, v, key);
    if (IM_SLOT(im_type_of(v), item)) {
        if (!im_is_index(key)) return im_raise_type(t, "sequence index must be integer, not '%.200T'", key);
        ssize_t i;
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return IM_NO_VALUE;
        return im_getitem_index(t, v, i);
    }
    if (im_is_type(v)) return class_item(t, v, key);
    return im_raise_type(t, "'%.200T' object is not subscriptable", v);
}

static int adjust(Thread *t, Value v, ssize_t *i)
{
    if (*i >= 0) return 0;
    __auto_type length = IM_SLOT(im_type_of(v), length);
    if (!length) return 0;
    ssize_t n = length(t, v);
    if (n < 0) return -1;
    *i += n;
    return 0;
}

Value im_getitem_index(Thread *t, Value v, ssize_t i)
{
    __auto_type item = IM_SLOT(im_type_of(v), item);
    if (item) return adjust(t, v, &i) < 0 ? IM_NO_VALUE : item(t, v, i);
    if (IM_SLOT(im_type_of(v), subscript)) return im_raise_type(t, "%.200T is not a sequence", v);
    return im_raise_type(t, "'%.200T' object does not support indexing", v);
}

static int set_item(Thread *t, Value v, Value key, Value x)
{
    ImType *ty = im_type_of(v);
    __auto_type ass_subscript = IM_SLOT(ty, ass_subscript);
    __auto_type ass_item = IM_SLOT(ty, ass_item);
    const char *what = im_no_value(x) ? "deletion" : "assignment";
    if (IM_LIKELY(ass_subscript != NULL)) return ass_subscript(t, v, key, x);
    if (IM_SLOT(ty, item) && im_is_index(key)) {
        ssize_t i;
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return -1;
        if (ass_item) return adjust(t, v, &i) < 0 ? -1 : ass_item(t, v, i, x);
        if (im_no_value(x)) return im_raise_type(t, "'%.200T' object doesn't support item deletion", v), -1;
    } else if (im_no_value(x) && !ass_item && im_type_has(ty, IM_TF_HEAP | IM_TF_SET) && im_is_index(key)) { /* CPython: all classes made by programs have the sequence slots */
        return im_raise_type(t, "'%.200T' object doesn't support item deletion", v), -1;
    } else if (ass_item) {
        return im_raise_type(t, "sequence index must be integer, not '%.200T'", key), -1;
    }
    im_raise_type(t, "'%.200T' object does not support item %s", v, what);
    return -1;
}
int im_setitem(Thread *t, Value v, Value key, Value x) { return set_item(t, v, key, x); }
int im_delitem(Thread *t, Value v, Value key) { return set_item(t, v, key, IM_NO_VALUE); }

/* ---- iteration ------------------------------------------------------------------------------------------------------------------------ */

Value im_iter(Thread *t, Value v)
{
    if (im_c_stack_low(t)) return im_raise_stack_low(t), IM_NO_VALUE;
    ImUnary iter = IM_SLOT(im_type_of(v), iter);
    if (IM_UNLIKELY(!iter)) {
        if (im_is_sequence(v)) return im_seqiter_new(t, v);
        return im_raise_type(t, "'%.200T' object is not iterable", v);
    }
    Value it = iter(t, v);
    if (im_no_value(it) || IM_LIKELY(IM_SLOT(im_type_of(it), next) != NULL)) return it;
    im_raise_type(t, "iter() returned non-iterator of type '%.100T'", it);
    im_drop(t, it);
    return IM_NO_VALUE;
}

Value im_next(Thread *t, Value it)
{
    ImUnary next = IM_SLOT(im_type_of(it), next);
    if (IM_UNLIKELY(!next)) return im_raise_type(t, "'%.200T' object is not an iterator", it);
    if (im_c_stack_low(t)) return im_raise_stack_low(t), IM_NO_VALUE;
    if (im_poll_within(t) < 0) return IM_NO_VALUE; /* endless iterators in C can be interrupted */
    Value v = next(t, it);
    if (IM_UNLIKELY(im_no_value(v)) && im_exc_clear_if(t, &im_StopIteration_type)) return IM_STOP;
    return v;
}

int im_contains_by_iteration(Thread *t, Value container, Value v)
{
    Value items = im_items_of_shared(t, container), it;
    if (im_no_value(items) && im_pending(t)) return -1;
    it = im_iter(t, im_no_value(items) ? container : items);
    im_xdrop(t, items);
    if (im_no_value(it)) {
        if (im_exc_clear_if(t, &im_TypeError_type)) im_raise_type(t, "argument of type '%.200T' is not iterable", container);
        return -1;
    }
    int rc = 0;
    for (uint64_t n = 0; rc == 0; n++) {
        Value x = im_next(t, it);
        if (im_is_stop(x)) break;
        if (im_no_value(x)) { rc = -1; break; }
        rc = im_equal(t, x, v);
        im_drop(t, x);
        if (rc == 0 && IM_POLL_EVERY(t, n) < 0) rc = -1;
    }
    im_drop(t, it);
    return rc;
}

int im_contains(Thread *t, Value container, Value v)
{
    if (im_c_stack_low(t)) return im_raise_stack_low(t), -1;
    __auto_type contains = IM_SLOT(im_type_of(container), contains);
    if (IM_LIKELY(contains != NULL)) return contains(t, container, v);
    return im_contains_by_iteration(t, container, v);
}

/* ---- conversion ----------------------------------------------------------------------------------------------------------------------- */

Value im_items_of_shared(Thread *t, Value v)
{
    if (!im_is_object(v)) return IM_NO_VALUE;
    ImType *type = im_type_of(v);
    ImUnary items = IM_SLOT(type, items);
    return items && !(im_type_flags(type) & IM_TF_HEAP) ? items(t, v) : IM_NO_VALUE;
}
Value im_steady_iter(Thread *t, Value v)
{
    Value items = im_items_of_shared(t, v);
    if (im_no_value(items)) return im_pending(t) ? items : im_iter(t, v);
    Value it = im_iter(t, items);
    im_drop(t, items);
    return it;
}
bool im_is_whole(Value v)
{
    ImType *type = im_type_of(v);
    return !(im_type_flags(type) & IM_TF_HEAP) && !IM_SLOT(type, next) && IM_SLOT(type, length);
}
Value im_to_list(Thread *t, Value v)
{
    Value list = im_list_new(t, 0);
    if (!im_no_value(list) && im_list_extend(t, list, v) < 0) IM_CLEAR(t, list);
    return list;
}
Value im_to_tuple(Thread *t, Value v)
{
    if (im_is_tuple_exact(v)) return im_new_ref(v);
    if (im_is_list_exact(v)) return im_list_to_tuple(t, v);
    if (im_is_str_exact(v) && im_str_len(v) <= 16) {
        Value chars[16];
        size_t n = (size_t)im_str_len(v);
        for (size_t i = 0; i < n; i++) chars[i] = im_str_from_char(t, im_str_at(v, (ssize_t)i));
        return im_tuple_steal_array(t, chars, n);
    }
    Value list;
    if (im_type_has(im_type_of(v), IM_TF_ITER_NATIVE) && IM_SLOT(im_type_of(v), length) == NULL) { /* an iterator: few items need no list */
        Value few[12], x = IM_STOP;
        size_t n = 0;
        while (n < IM_COUNTOF(few) && !im_no_value(x = im_next(t, v)) && !im_is_stop(x)) few[n++] = x;
        if (IM_LIKELY(im_is_stop(x))) return im_tuple_steal_array(t, few, n);
        if (im_no_value(x)) {
            while (n) im_drop(t, few[--n]);
            return x;
        }
        list = im_list_steal_array(t, few, n);
        if (!im_no_value(list) && im_list_extend(t, list, v) < 0) IM_CLEAR(t, list);
    } else list = im_to_list(t, v);
    if (im_no_value(list)) return list;
    ImList *l = im_listp(list);
    if (IM_LIKELY(im_is_unique(list))) { /* made just now: its items move */
        size_t n = (size_t)l->x_len;
        l->x_len = 0;
        Value moved = im_tuple_steal_array(t, n ? l->x_items->x_items : NULL, n);
        im_drop(t, list);
        return moved;
    }
    Value r = im_list_to_tuple(t, list);
    im_drop(t, list);
    return r;
}
Value im_fast_sequence(Thread *t, Value v, const char *msg)
{
    if (im_is_list(v) || im_is_tuple(v)) return im_new_ref(v);
    Value it = im_items_of_shared(t, v);
    if (!im_no_value(it) || im_pending(t)) return it;
    it = im_iter(t, v);
    if (im_no_value(it)) {
        if (msg && im_exc_clear_if(t, &im_TypeError_type)) im_raise_type(t, "%s", msg);
        return it;
    }
    Value r = im_to_list(t, it);
    im_drop(t, it);
    return r;
}
Value im_sequence_concat(Thread *t, Value a, Value b)
{
    ImBinary concat = IM_SLOT(im_type_of(a), concat);
    if (concat) return concat(t, a, b);
    if (im_is_sequence(a) && im_is_sequence(b) && IM_SLOT(im_type_of(a), add)) {
        Value r = im_binop(t, a, b, IM_OP_ADD);
        return r;
    }
    return im_raise_type(t, "'%.200T' object can't be concatenated", a);
}
Value im_sequence_repeat(Thread *t, Value a, ssize_t n)
{
    __auto_type repeat = IM_SLOT(im_type_of(a), repeat);
    if (repeat) return repeat(t, a, n);
    if (im_is_sequence(a) && IM_SLOT(im_type_of(a), multiply)) {
        Value k = im_int_new(t, n), r = IM_NO_VALUE;
        if (!im_no_value(k)) r = im_binop(t, a, k, IM_OP_MUL);
        im_xdrop(t, k);
        return r;
    }
    return im_raise_type(t, "'%.200T' object can't be repeated", a);
}
