/* Method resolution order (C3), best base, layout compatibility.
 * SPDX-License-Identifier: MIT */
#include "types/type_impl.h"

#include "mem/vec.h"
#include "types/list.h"

/* ---- C3 ------------------------------------------------------------------------------------------------------------------------- */

/* Is x in the tail of any list (after its first item still to come)? */
static bool in_tail(Value *const *lists, const ssize_t *len, const ssize_t *at, size_t n, Value x)
{
    for (size_t i = 0; i < n; i++)
        for (ssize_t k = at[i] + 1; k < len[i]; k++)
            if (im_same(lists[i][k], x)) return true;
    return false;
}

static Value conflict(Thread *t, Value *const *lists, const ssize_t *len, const ssize_t *at, size_t n)
{
    Value names = IM_NO_VALUE, seen = im_list_new(t, 4), sep, r;
    if (im_no_value(seen)) return seen;
    for (size_t i = 0; i < n; i++) {
        if (at[i] >= len[i]) continue;
        Value x = lists[i][at[i]], s;
        bool dup = false;
        for (size_t k = 0; k < i; k++) dup = dup || (at[k] < len[k] && im_same(lists[k][at[k]], x));
        if (dup) continue;
        s = im_slot_get(t, NULL, &im_as_type(x)->x_name);
        if (im_list_append_steal(t, seen, s) < 0) { im_drop(t, seen); return IM_NO_VALUE; }
    }
    sep = im_str_from_cstr(t, ", ");
    if (!im_no_value(sep)) names = im_str_join(t, sep, seen);
    im_xdrop(t, sep);
    im_drop(t, seen);
    if (im_no_value(names)) return names;
    r = im_raise_type(t, "Cannot create a consistent method resolution order (MRO) for bases %U", names);
    im_drop(t, names);
    return r;
}

Value im_mro_c3(Thread *t, ImType *type)
{
    Value bases = im_type_bases(type), self = im_value(type);
    size_t nb = (size_t)im_tuple_len(bases);
    if (nb == 0) return im_tuple_from_array(t, &self, 1);
    for (size_t i = 0; i < nb; i++)
        for (size_t k = i + 1; k < nb; k++)
            if (im_same(im_tuple_get(bases, (ssize_t)i), im_tuple_get(bases, (ssize_t)k)))
                return im_raise_type(t, "duplicate base class %U", im_type_name(im_as_type(im_tuple_get(bases, (ssize_t)i))));
    if (nb == 1) {
        Value m = im_type_mro(im_as_type(im_tuple_get(bases, 0)));
        if (im_no_value(m)) return im_raise_type(t, "Cannot extend an incomplete type '%.100N'", im_as_type(im_tuple_get(bases, 0)));
        size_t n = (size_t)im_tuple_len(m);
        Value r = im_tuple_new(t, n + 1);
        if (im_no_value(r)) return r;
        im_tuple_items(r)[0] = im_new_ref(self);
        for (size_t i = 0; i < n; i++) im_tuple_items(r)[i + 1] = im_new_ref(im_tuple_items(m)[i]);
        return r;
    }
    enum { MAX = 32 };
    Value *small_lists[MAX], **lists = small_lists;
    ssize_t small_len[MAX], small_at[MAX], *len = small_len, *at = small_at;
    char *mem = NULL;
    size_t n = nb + 1;
    if (n > MAX) {
        mem = im_raw_alloc(t, n * (sizeof(Value *) + 2 * sizeof(ssize_t)));
        if (!mem) return IM_NO_VALUE;
        lists = (Value **)(void *)mem;
        len = (ssize_t *)(lists + n);
        at = len + n;
    }
    Value r = IM_NO_VALUE;
    ImValueVec out;
    im_vec_init(t, &out);
    for (size_t i = 0; i < nb; i++) {
        Value m = im_type_mro(im_as_type(im_tuple_get(bases, (ssize_t)i)));
        if (im_no_value(m)) {
            im_raise_type(t, "Cannot extend an incomplete type '%.100N'", im_as_type(im_tuple_get(bases, (ssize_t)i)));
            goto done;
        }
        lists[i] = im_tuple_items(m);
        len[i] = im_tuple_len(m);
        at[i] = 0;
    }
    lists[nb] = im_tuple_items(bases);
    len[nb] = (ssize_t)nb;
    at[nb] = 0;
    if (im_vec_push(t, &out, im_new_ref(self)) < 0) goto done;
    for (;;) {
        bool empty = true, found = false;
        for (size_t i = 0; i < n && !found; i++) {
            if (at[i] >= len[i]) continue;
            empty = false;
            Value x = lists[i][at[i]];
            if (in_tail(lists, len, at, n, x)) continue;
            if (im_vec_push(t, &out, im_new_ref(x)) < 0) goto done;
            for (size_t k = 0; k < n; k++)
                if (at[k] < len[k] && im_same(lists[k][at[k]], x)) at[k]++;
            found = true;
        }
        if (empty) break;
        if (!found) { conflict(t, lists, len, at, n); goto done; }
    }
    r = im_tuple_from_array(t, out.items, out.len);
done:
    im_vec_fini(t, &out);
    im_raw_free(mem);
    return r;
}

/* The tuple that a metaclass's own mro() gives. */
static Value custom_mro(Thread *t, ImType *type, Value mro_fn, bool self_first)
{
    Value self = im_value(type), seq = self_first ? im_call1(t, mro_fn, self) : im_call0(t, mro_fn);
    if (im_no_value(seq)) return seq;
    Value mro = im_to_tuple(t, seq);
    im_drop(t, seq);
    if (im_no_value(mro)) return mro;
    if (im_tuple_len(mro) == 0) {
        im_drop(t, mro);
        return im_raise_type(t, "type MRO must not be empty");
    }
    ImType *solid = im_solid_base(type);
    for (ssize_t i = 0; i < im_tuple_len(mro); i++) {
        Value x = im_tuple_get(mro, i);
        if (!im_is_type(x)) {
            im_raise_type(t, "mro() returned a non-class ('%.500T')", x);
        } else if (!im_type_is_subtype(solid, im_solid_base(im_as_type(x)))) {
            im_raise_type(t, "mro() returned base with unsuitable layout ('%.500N')", im_as_type(x));
        } else {
            continue;
        }
        im_drop(t, mro);
        return IM_NO_VALUE;
    }
    return mro;
}

Value im_mro_custom(Thread *t, ImType *type, bool *none)
{
    Value self = im_value(type);
    *none = true;
    if (im_type_of(self) == &im_type_type) return IM_NO_VALUE;
    bool self_first;
    Value fn = im_special_lookup(t, self, IM_S(mro), &self_first), r = IM_NO_VALUE;
    if (im_no_value(fn)) {
        *none = !im_pending(t);
        return fn;
    }
    *none = im_is_exact(fn, &im_method_descriptor_type) && ((ImMethodDescr *)im_ptr(fn))->type == &im_type_type;
    if (!*none) r = custom_mro(t, type, fn, self_first);
    im_drop(t, fn);
    return r;
}
Value im_mro_compute(Thread *t, ImType *type)
{
    bool none;
    Value mro = im_mro_custom(t, type, &none);
    return none ? im_mro_c3(t, type) : mro;
}

/* ---- layout ------------------------------------------------------------------------------------------------------------------------ */

static bool adds_layout(const ImType *type, const ImType *base)
{
    if (im_type_flags(type) & IM_TF_HEAP) return type->n_slots > 0;
    if (!type->spec) return false;
    uint32_t bs = base->spec ? base->spec->size : 0;
    return (type->spec->size && type->spec->size != (bs ? bs : base->core.size)) || type->core.item_size != base->core.item_size;
}

ImType *im_solid_base(ImType *type)
{
    ImType *above = im_type_base(type), *base = above ? im_solid_base(above) : &im_object_type;
    return adds_layout(type, base) ? type : base;
}

ImType *im_best_base(Thread *t, Value bases)
{
    ImType *base = NULL, *winner = NULL;
    for (ssize_t i = 0; i < im_tuple_len(bases); i++) {
        Value b = im_tuple_get(bases, i);
        if (!im_is_type(b)) return im_raise_type(t, "bases must be types"), NULL;
        ImType *bt = im_as_type(b);
        if (!(im_type_flags(bt) & IM_TF_BASETYPE)) return im_raise_type(t, "type '%.100s' is not an acceptable base type", im_type_cname(bt)), NULL;
        ImType *candidate = im_solid_base(bt);
        if (!winner) { winner = candidate; base = bt; }
        else if (im_type_is_subtype(winner, candidate)) {}
        else if (im_type_is_subtype(candidate, winner)) { winner = candidate; base = bt; }
        else return im_raise_type(t, "multiple bases have instance lay-out conflict"), NULL;
    }
    return base;
}
