/* Structural pattern matching (PEP 634): keys and class patterns.
 * SPDX-License-Identifier: MIT */
#include "mem/vec.h"
#include "types/dict.h"
#include "types/list.h"
#include "types/set.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"

Value im_slow_match_keys(Thread *t, Value subject, Value keys)
{
    ssize_t n = im_tuple_len(keys);
    if (n == 1 && im_is_dict_exact(subject)) { /* no key can be there twice */
        Value v;
        int r = im_dict_get(t, subject, im_tuple_get(keys, 0), &v);
        return r < 0 ? IM_NO_VALUE : r == 0 ? IM_NONE : im_tuple_steal_array(t, &v, 1);
    }
    Value seen = im_set_new(t, IM_NO_VALUE), get = IM_NO_VALUE, dummy = IM_NO_VALUE, values = IM_NO_VALUE, result = IM_NO_VALUE;
    if (im_no_value(seen)) return seen;
    if (!im_is_dict_exact(subject)) { /* .get, so that defaultdict and the like make nothing */
        get = im_getattr(t, subject, IM_S(get));
        dummy = im_no_value(get) ? get : im_call0(t, im_type_value(&im_object_type));
        if (im_no_value(dummy)) goto done;
    }
    values = im_list_new(t, (size_t)n);
    if (im_no_value(values)) goto done;
    for (ssize_t i = 0; i < n; i++) {
        Value key = im_tuple_get(keys, i), v;
        int r = im_set_contains(t, seen, key);
        if (r > 0) (void)im_raise_valueerror(t, "mapping pattern checks duplicate key (%R)", key);
        if (r || im_set_add(t, seen, key) < 0) goto done;
        if (im_no_value(get)) {
            r = im_dict_get(t, subject, key, &v);
            if (r < 0) goto done;
        } else {
            v = im_call2(t, get, key, dummy);
            if (im_no_value(v)) goto done;
            r = !im_same(v, dummy);
            if (!r) im_drop(t, v);
        }
        if (!r) { result = IM_NONE; goto done; }
        if (im_list_append_steal(t, values, v) < 0) goto done;
    }
    result = im_list_to_tuple(t, values);
done:
    im_drop(t, seen);
    im_xdrop(t, get);
    im_xdrop(t, dummy);
    im_xdrop(t, values);
    return result;
}

/* One attribute of a class pattern, appended to `values`: 1 found, 0 absent, -1; refuses a name that is among `seen`. */
static int match_attr(Thread *t, Value subject, Value cls, Value name, ImValueVec *seen, ImValueVec *values)
{
    Value v;
    for (size_t i = 0; i < seen->len; i++) {
        int r = im_same(seen->items[i], name) ? 1 : im_str_is_interned(name) && im_str_is_interned(seen->items[i]) ? 0 : im_equal(t, seen->items[i], name);
        if (r > 0) (void)im_raise_type(t, "%N() got multiple sub-patterns for attribute %R", im_as_type(cls), name);
        if (r) return -1;
    }
    if (im_vec_push(t, seen, im_new_ref(name)) < 0) return -1;
    int r = im_lookup_attr(t, subject, name, &v);
    return r > 0 && im_vec_push(t, values, v) < 0 ? -1 : r;
}

/* Attributes of the class pattern cls(<npos patterns>, name=…): a tuple of them, None when subject does not match. */
Value im_slow_match_class(Thread *t, Value subject, Value cls, Value names, int npos)
{
    if (!im_is_type(cls)) return im_raise_type(t, "called match pattern must be a class");
    int r = im_isinstance(t, subject, cls);
    if (r <= 0) return r < 0 ? IM_NO_VALUE : IM_NONE;
    const ssize_t nnames = im_tuple_len(names);
    if (npos + nnames == 0) return im_tuple_empty();
    ImValueVec seen, values;
    Value result = IM_NO_VALUE, match_args = IM_NO_VALUE;
    im_vec_init(t, &seen);
    im_vec_init(t, &values);
    if (npos) {
        bool match_self = false;
        r = im_lookup_attr(t, cls, IM_S(__match_args__), &match_args);
        if (r < 0) goto done;
        if (r && !im_is_tuple_exact(match_args)) {
            (void)im_raise_type(t, "%N.__match_args__ must be a tuple (got %T)", im_as_type(cls), match_args);
            goto done;
        }
        if (!r) match_self = im_type_has(im_as_type(cls), IM_TF_MATCH_SELF);
        ssize_t allowed = match_self ? 1 : r ? im_tuple_len(match_args) : 0;
        if (allowed < npos) {
            (void)im_raise_type(t, "%N() accepts %zd positional sub-pattern%s (%d given)", im_as_type(cls), allowed, allowed == 1 ? "" : "s", npos);
            goto done;
        }
        if (match_self && im_vec_push(t, &values, im_new_ref(subject)) < 0) goto done;
        for (int i = 0; i < npos && !match_self; i++) {
            Value name = im_tuple_get(match_args, i);
            if (!im_is_str(name)) {
                (void)im_raise_type(t, "__match_args__ elements must be strings (got %T)", name);
                goto done;
            }
            r = match_attr(t, subject, cls, name, &seen, &values);
            if (r == 0) result = IM_NONE;
            if (r <= 0) goto done;
        }
    }
    for (ssize_t i = 0; i < nnames; i++) {
        r = match_attr(t, subject, cls, im_tuple_get(names, i), &seen, &values);
        if (r == 0) result = IM_NONE;
        if (r <= 0) goto done;
    }
    result = im_tuple_from_array(t, values.items, values.len);
done:
    im_vec_fini(t, &values);
    im_vec_fini(t, &seen);
    im_xdrop(t, match_args);
    return result;
}
