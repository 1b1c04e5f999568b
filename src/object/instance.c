/* Instances: allocation, attribute storage by shape, dict mode, traversal and destruction of that storage.
 * SPDX-License-Identifier: MIT
 *
 * States of an instance with IM_TF_HAS_DICT: shape mode (inline slots, then a slot array) -> dict mode; never back. Shared instances change
 * shape under their lock. Order when an attribute is added: value, then shape. Order when dict mode begins: x_extra = IM_UNSET ("wait"), the dict shape, each slot
 * emptied by exchange into the new dict, x_extra = the dict. A reader that meets an empty slot, the wrong tag or IM_UNSET starts over. A writer of an inline
 * slot looks at the shape after its exchange: if that is still the old one, the exchange came before the emptying one, which took the value along; if
 * not, whatever the slot holds when the dict is there has been left behind, and the writer puts it into the dict (im_instance_settle). */
#include "object/instance.h"

#include "object/abstract.h"
#include "mem/fast.h"
#include "types/dict.h"
#include "types/str.h"

/* ---- allocation ------------------------------------------------------------------------------------------------------- */

ImObject *im_instance_alloc(Thread *t, ImType *type, size_t extra)
{
    uint32_t flags = im_type_flags(type);
    size_t size = type->core.size + extra;
    if (IM_UNLIKELY(type->n_tail)) size = ((size + 7) & ~(size_t)7) + type->n_tail * sizeof(Value);
    ImObject *o = im_object_alloc(t, type->root_shape, flags, size);
    if (!o) return NULL;
    if (type->n_inline) {
        Value *s = im_inline_slots(o, type);
        for (uint32_t i = 0; i < type->n_inline; i++) s[i] = IM_UNSET;
    } else if (IM_UNLIKELY(type->n_tail)) { /* may lie beyond the bytes asked for */
        memset((char *)o + im_object_capacity(o) - type->n_tail * sizeof(Value), 0, type->n_tail * sizeof(Value));
    }
    return o;
}

Value im_instance_new(Thread *t, ImType *type)
{
    const size_t n = type->n_body;
    void *block = IM_LIKELY(n != 0) ? im_block_fast(t, sizeof(ImLinks) + sizeof(ImObject) + n * sizeof(Value), 1) : NULL;
    if (IM_UNLIKELY(!block)) return im_value(im_instance_alloc(t, type, 0));
    ImObject *o = im_object_head(im_links_object(block), type->root_shape);
    im_take_obj(&type->core.head);
    Value *p = (Value *)(o + 1), *const end = p + n;
    const Value empty = IM_LIKELY(type->attr_offset != 0) ? IM_UNSET : IM_NO_VALUE;
    *p = IM_NO_VALUE; /* x_extra, or a field */
    while (++p < end) *p = empty;
    if (n & 1) *end = IM_NO_VALUE; /* blocks are multiples of 16 bytes */
    im_track_link(t, o);
    return im_value(o);
}

/* ---- the parts -------------------------------------------------------------------------------------------------------- */

IM_INLINE ImShape *shape_of(ImObject *o) { return im_load_acquire(&o->x_shape); }
IM_INLINE Value *managed_slot(ImObject *o, ImType *ty) { return (Value *)((char *)o + ty->dict_offset); }

/* Names of shape s's attributes in slot order; out has room for s->nslots. */
static void shape_names(ImShape *s, Value *out)
{
    for (; s->nslots; s = s->parent) out[s->nslots - 1] = s->name;
}

/* The dict of an instance in dict mode, or of a managed slot; made if `make`. Owned, or no value (absent, or MemoryError when `make`). */
static Value dict_at(Thread *t, ImObject *o, Value *slot, bool make)
{
    Value d = im_slot_get(t, o, slot);
    if (im_is_object(d) || !make) return im_is_object(d) ? d : IM_NO_VALUE;
    d = im_dict_new(t);
    if (im_no_value(d)) return d;
    if (im_is_private_obj(o)) {
        *slot = im_new_ref(d);
        return d;
    }
    im_publish(t, d);
    im_object_lock(t, o);
    Value now = *slot;
    if (!im_is_object(now)) {
        im_take(d);
        im_store_release(&slot->bits, d.bits);
        now = IM_NO_VALUE;
    } else {
        im_take(now);
    }
    im_object_unlock(t, o);
    if (im_no_value(now)) return d;
    im_drop(t, d);
    return now;
}

/* The slot of x_extra in dict mode, once another thread that is at making the dict has done so. */
static Value *dict_slot(ImObject *o, ImType *ty)
{
    Value *slot = im_extra_slot(o, ty);
    for (;;) {
        Value v = {im_load_acquire(&slot->bits)};
        if (IM_LIKELY(!im_is_unset(v) && !im_is_slot_array(v))) return slot;
        im_cpu_relax();
    }
}

/* The part of to_dict_mode under the lock: moves the values of s into d, which has room. moved: the old values, owned. */
static ImSlotArray *move_to_dict(Thread *t, ImObject *o, ImType *ty, ImShape *s, Value d, Value *moved)
{
    Value names[IM_SHAPE_MAX_SLOTS + 1], *extra = im_extra_slot(o, ty), *in = im_inline_slots(o, ty);
    ImSlotArray *arr = im_is_slot_array(*extra) ? im_slot_array(*extra) : NULL;
    shape_names(s, names);
    im_store_release(&extra->bits, IM_UNSET.bits);
    im_store_release(&o->x_shape, ty->dict_shape);
    const bool private = im_is_private_obj(o);
    for (uint32_t i = 0; i < s->nslots; i++) {
        if (i < ty->n_inline && private) {
            moved[i] = in[i];
            in[i] = IM_UNSET;
        } else if (i < ty->n_inline) moved[i] = (Value){im_xchg_acq_rel(&in[i].bits, IM_UNSET.bits)};
        else moved[i] = im_slot_store_locked(&arr->x_items[i - ty->n_inline], IM_UNSET);
        if (im_dict_set(t, d, names[i], moved[i]) < 0) im_fatal("out of memory while an instance got its dict");
    }
    im_store_release(&extra->bits, d.bits);
    return arr;
}

/* The table that a dict of s's attributes begins with; null: no memory. */
static const ImDictTable *model_of(Thread *t, ImShape *s)
{
    ImDictTable *model = im_load_acquire((ImDictTable **)&s->x_model);
    if (IM_LIKELY(model != NULL)) return model;
    Value names[IM_SHAPE_MAX_SLOTS + 1];
    shape_names(s, names);
    model = im_dict_model(t, names, s->nslots);
    if (!model) {
        (void)im_raise_memory(t);
        return NULL;
    }
    ImDictTable *other = NULL;
    if (im_cas_acq_rel((ImDictTable **)&s->x_model, &other, model)) return model;
    im_dict_model_retire(t, model);
    return other;
}
/* Gives d, fresh, what the private o of shape s holds, as it is: the references are now in two places. */
static int copy_out(Thread *t, ImObject *o, ImType *ty, ImShape *s, Value d)
{
    const ImDictTable *model = model_of(t, s);
    if (!model) return -1;
    Value extra = *im_extra_slot(o, ty);
    return im_dict_fill_model(t, d, model, im_inline_slots(o, ty), ty->n_inline, im_is_slot_array(extra) ? im_slot_array(extra)->x_items : NULL);
}
static int private_to_dict_mode(Thread *t, ImObject *o, ImType *ty)
{
    Value d = im_dict_new(t);
    if (im_no_value(d)) return -1;
    ImShape *s = shape_of(o); /* a collection may have changed it */
    if ((s->kind & IM_SHAPE_DICT) || !im_is_private_obj(o) || !im_is_private(d)) { im_drop(t, d); return s->kind & IM_SHAPE_DICT ? 0 : 1; }
    ty = s->type;
    if (s->nslots && copy_out(t, o, ty, s, d) < 0) { im_drop(t, d); return -1; }
    Value *extra = im_extra_slot(o, ty), *in = im_inline_slots(o, ty);
    if (im_is_slot_array(*extra)) im_raw_free(im_slot_array(*extra));
    for (uint32_t i = 0; i < s->nslots && i < ty->n_inline; i++) in[i] = IM_UNSET;
    *extra = d;
    im_store_release(&o->x_shape, ty->dict_shape);
    return 0;
}
/* Moves o to dict mode. 0, or -1 with MemoryError. Harmless when o is there already. */
static int to_dict_mode(Thread *t, ImObject *o, ImType *ty)
{
    if (im_is_private_obj(o)) {
        int rc = private_to_dict_mode(t, o, ty);
        if (rc <= 0) return rc;
    }
    bool shared = !im_is_private_obj(o);
    for (;;) {
        uint32_t room = shape_of(o)->nslots;
        Value d = im_dict_new_sized(t, room + 1), moved[IM_SHAPE_MAX_SLOTS + 1];
        if (im_no_value(d)) return -1;
        if (shared) {
            im_publish(t, d);
            im_object_lock(t, o);
        }
        ImShape *s = o->x_shape;
        bool already = (s->kind & IM_SHAPE_DICT) != 0, fits = s->nslots <= room;
        ImSlotArray *arr = already || !fits ? NULL : move_to_dict(t, o, s->type, s, d, moved);
        if (shared) im_object_unlock(t, o);
        if (already || !fits) {
            im_drop(t, d);
            if (already) return 0;
            continue; /* grown meanwhile */
        }
        for (uint32_t i = 0; i < s->nslots; i++) im_drop(t, moved[i]);
        if (arr && shared) im_raw_retire(t, arr, sizeof(*arr) + arr->cap * sizeof(Value));
        else if (arr) im_raw_free(arr);
        return 0;
    }
    (void)ty;
}

/* ---- reading ---------------------------------------------------------------------------------------------------------- */

static Value get_by_slot(Thread *t, ImObject *o, ImType *ty, uint32_t i)
{
    if (i < ty->n_inline) return im_slot_get(t, NULL, &im_inline_slots(o, ty)[i]);
    Value extra = {im_load_acquire(&im_extra_slot(o, ty)->bits)};
    if (!im_is_slot_array(extra)) return IM_UNSET;
    ImSlotArray *a = im_slot_array(extra);
    if (i - ty->n_inline >= a->cap) return IM_UNSET;
    return im_slot_get(t, o, &a->x_items[i - ty->n_inline]);
}

int im_instance_get(Thread *t, ImObject *o, ImType *ty, Value name, Value *out)
{
    Value d;
    if (im_type_flags(ty) & IM_TF_HAS_DICT) {
        for (;;) {
            ImShape *s = shape_of(o);
            ty = s->type;
            if (s->kind & IM_SHAPE_DICT) {
                d = dict_at(t, o, dict_slot(o, ty), false);
                break;
            }
            int i = im_shape_find(s, name);
            if (i < 0) { *out = IM_NO_VALUE; return 0; }
            Value v = get_by_slot(t, o, ty, (uint32_t)i);
            if (IM_LIKELY(!im_is_unset(v) && !im_no_value(v))) { *out = v; return 1; }
            im_cpu_relax(); /* dict mode begins on another thread */
        }
    } else if (im_type_flags(ty) & IM_TF_MANAGED_DICT_SLOT) {
        d = dict_at(t, o, managed_slot(o, ty), false);
    } else {
        d = IM_NO_VALUE;
    }
    *out = IM_NO_VALUE;
    if (im_no_value(d)) return 0;
    int rc = im_dict_get(t, d, name, out);
    im_drop(t, d);
    return rc;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

static int put_in_dict(Thread *t, ImObject *o, Value *slot, Value name, Value v)
{
    Value d = dict_at(t, o, slot, true);
    if (im_no_value(d)) return -1;
    int rc = im_dict_set(t, d, name, v);
    im_drop(t, d);
    return rc < 0 ? -1 : 1;
}

/* Makes room for overflow slot i. Private or under the lock; *retired gets the array that the caller retires after unlocking. */
static int array_reserve(Thread *t, Value *extra, uint32_t i, ImSlotArray **retired)
{
    ImSlotArray *a = im_is_slot_array(*extra) ? im_slot_array(*extra) : NULL;
    *retired = NULL;
    if (a && i < a->cap) return 0;
    uint64_t cap = a ? a->cap * 2 : 4;
    ImSlotArray *b = im_raw_alloc(t, sizeof(*b) + cap * sizeof(Value));
    if (!b) return -1;
    b->cap = cap;
    for (uint64_t k = 0; k < cap; k++) b->x_items[k] = a && k < a->cap ? a->x_items[k] : IM_UNSET;
    im_store_release(&extra->bits, im_slot_array_value(b).bits);
    *retired = a;
    return 0;
}

Value *im_instance_slot(Thread *t, ImObject *o, ImType *ty, uint32_t k)
{
    if (k < ty->n_inline) return &im_inline_slots(o, ty)[k];
    ImSlotArray *outgrown;
    Value *extra = im_extra_slot(o, ty);
    if (array_reserve(t, extra, k - ty->n_inline, &outgrown) < 0) return NULL;
    im_raw_free(outgrown);
    return &im_slot_array(*extra)->x_items[k - ty->n_inline];
}

static bool wants_dict_mode(ImShape *s) { return s->nslots >= IM_SHAPE_MAX_SLOTS || im_shape_children(s) >= IM_SHAPE_MAX_CHILDREN; }

static int put_private(Thread *t, ImObject *o, ImType *ty, Value name, Value v)
{
    ImShape *s = o->x_shape;
    int i = im_shape_find(s, name);
    Value *in = im_inline_slots(o, ty), *extra = im_extra_slot(o, ty);
    if (i >= 0) {
        Value *p = (uint32_t)i < ty->n_inline ? &in[i] : &im_slot_array(*extra)->x_items[(uint32_t)i - ty->n_inline];
        Value old = *p;
        *p = im_new_ref(v);
        im_drop(t, old);
        return 1;
    }
    if (wants_dict_mode(s)) {
        if (to_dict_mode(t, o, ty) < 0) return -1;
        return put_in_dict(t, o, extra, name, v);
    }
    ImShape *ns = im_shape_add(t, s, name);
    if (!ns) return -1;
    Value *slot = im_instance_slot(t, o, ty, s->nslots);
    if (!slot) return -1;
    *slot = im_new_ref(v);
    o->x_shape = ns;
    return 1;
}

/* One attempt on a shared instance whose shape was s, which is none of dict mode: 1 done, -1 error, 2 start over, 3 needs dict mode. v is published. */
static int put_shared(Thread *t, ImObject *o, ImType *ty, ImShape *s, Value name, Value v)
{
    int i = im_shape_find(s, name);
    Value *in = im_inline_slots(o, ty), *extra = im_extra_slot(o, ty);
    if (i >= 0 && (uint32_t)i < ty->n_inline) {
        im_take(v);
        im_xdrop(t, (Value){im_xchg_acq_rel(&in[i].bits, v.bits)});
        return shape_of(o) == s || im_instance_settle(t, o, &in[i], name) == 0 ? 1 : -1;
    }
    if (i < 0 && wants_dict_mode(s)) return 3;
    ImShape *ns = i < 0 ? im_shape_add(t, s, name) : s;
    if (!ns) return -1;
    ImSlotArray *retired = NULL;
    Value old = IM_UNSET;
    int rc = 1;
    im_take(v);
    im_object_lock(t, o);
    if (o->x_shape != s) {
        rc = 2;
    } else {
        uint32_t k = i < 0 ? s->nslots : (uint32_t)i;
        if (k < ty->n_inline) {
            im_store_release(&in[k].bits, v.bits);
        } else if (array_reserve(t, extra, k - ty->n_inline, &retired) < 0) {
            rc = -1;
        } else {
            old = im_slot_store_locked(&im_slot_array(*extra)->x_items[k - ty->n_inline], v);
        }
        if (rc == 1) im_store_release(&o->x_shape, ns);
    }
    im_object_unlock(t, o);
    if (retired) im_raw_retire(t, retired, sizeof(*retired) + retired->cap * sizeof(Value));
    im_xdrop(t, rc == 1 ? old : v);
    return rc;
}

int im_instance_settle(Thread *t, ImObject *o, Value *slot, Value name)
{
    ImShape *s = shape_of(o);
    if (!(s->kind & IM_SHAPE_DICT)) return 0; /* it only grew */
    Value *extra = dict_slot(o, s->type), left = {im_xchg_acq_rel(&slot->bits, IM_UNSET.bits)};
    if (im_is_unset(left) || im_no_value(left)) return 0;
    int rc = put_in_dict(t, o, extra, name, left);
    im_drop(t, left);
    return rc < 0 ? -1 : 0;
}

int im_instance_put(Thread *t, ImObject *o, ImType *ty, Value name, Value v)
{
    if (im_type_flags(ty) & IM_TF_HAS_DICT) {
        if (!im_is_private_obj(o)) im_publish(t, v);
        for (;;) {
            ImShape *s = shape_of(o);
            ty = s->type;
            if (s->kind & IM_SHAPE_DICT) return put_in_dict(t, o, dict_slot(o, ty), name, v);
            if (im_is_private_obj(o)) return put_private(t, o, ty, name, v);
            int rc = put_shared(t, o, ty, s, name, v);
            if (rc <= 1) return rc;
            if (rc == 3 && to_dict_mode(t, o, ty) < 0) return -1;
            im_cpu_relax();
        }
    }
    if (im_type_flags(ty) & IM_TF_MANAGED_DICT_SLOT) return put_in_dict(t, o, managed_slot(o, ty), name, v);
    return 0;
}

/* Deletes attribute i of a private object that keeps all of them inline: the later ones move up, and the shape is that of an object that never had it. Shapes made
 * for this are limited, since they stay for ever. False: not done. */
static bool delete_inline(Thread *t, ImObject *o, ImType *ty, ImShape *s, uint32_t i)
{
    enum { MOST = 16, BUDGET = 4096 };
    static uint32_t x_made;
    Value names[MOST];
    if (s->nslots > MOST || s->nslots > ty->n_inline || !im_is_private_obj(o)) return false;
    shape_names(s, names);
    ImShape *to = s;
    while (to->nslots > i) to = to->parent;
    for (uint32_t k = i + 1; k < s->nslots; k++) {
        if (im_shape_children(to) >= IM_SHAPE_MAX_CHILDREN || im_load_relaxed(&x_made) >= BUDGET) return false;
        uint32_t before = im_shape_children(to);
        ImShape *next = im_shape_add(t, to, names[k]);
        if (!next) { im_exc_clear(t); return false; }
        if (im_shape_children(to) != before) (void)im_faa_relaxed(&x_made, 1);
        to = next;
    }
    Value *slots = im_inline_slots(o, ty), old = slots[i];
    for (uint32_t k = i + 1; k < s->nslots; k++) slots[k - 1] = slots[k];
    slots[s->nslots - 1] = IM_UNSET;
    im_store_relaxed(&o->x_shape, to);
    im_drop(t, old);
    return true;
}

int im_instance_delete(Thread *t, ImObject *o, ImType *ty, Value name)
{
    Value *slot;
    if (im_type_flags(ty) & IM_TF_HAS_DICT) {
        ImShape *s = shape_of(o);
        if (!(s->kind & IM_SHAPE_DICT)) {
            int i = im_shape_find(s, name);
            if (i < 0) return 0;
            if (delete_inline(t, o, ty, s, (uint32_t)i)) return 1;
            if (to_dict_mode(t, o, ty) < 0) return -1;
        }
        slot = dict_slot(o, ty);
    } else if (im_type_flags(ty) & IM_TF_MANAGED_DICT_SLOT) {
        slot = managed_slot(o, ty);
    } else {
        return 0;
    }
    Value d = dict_at(t, o, slot, false);
    if (im_no_value(d)) return 0;
    int rc = im_dict_del(t, d, name);
    im_drop(t, d);
    return rc;
}

/* ---- __dict__ --------------------------------------------------------------------------------------------------------- */

Value im_instance_dict(Thread *t, Value obj)
{
    if (im_is_object(obj)) {
        ImObject *o = im_ptr(obj);
        ImType *ty = im_type_of_obj(o);
        if (im_type_flags(ty) & IM_TF_HAS_DICT) {
            if (!(shape_of(o)->kind & IM_SHAPE_DICT) && to_dict_mode(t, o, ty) < 0) return IM_NO_VALUE;
            return dict_at(t, o, dict_slot(o, ty), true);
        }
        if (im_type_flags(ty) & IM_TF_MANAGED_DICT_SLOT) return dict_at(t, o, managed_slot(o, ty), true);
    }
    return im_raise_attr_missing(t, obj, IM_S(__dict__));
}

int im_instance_set_dict(Thread *t, Value obj, Value dict)
{
    ImObject *o = im_ptr(obj);
    ImType *ty = im_type_of(obj);
    Value *slot;
    if (!im_is_object(obj) || !(im_type_flags(ty) & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT)))
        return im_raise_attr(t, "This object has no __dict__"), -1;
    if (im_no_value(dict)) {
        dict = im_dict_new(t);
        if (im_no_value(dict)) return -1;
    } else {
        if (!im_is_dict(dict)) return im_raise_type(t, "__dict__ must be set to a dictionary, not a '%.200T'", dict), -1;
        im_take(dict);
    }
    if (im_type_flags(ty) & IM_TF_HAS_DICT) {
        if (!(shape_of(o)->kind & IM_SHAPE_DICT) && to_dict_mode(t, o, ty) < 0) { im_drop(t, dict); return -1; }
        slot = dict_slot(o, ty);
    } else {
        slot = managed_slot(o, ty);
    }
    if (!im_is_private_obj(o)) im_publish(t, dict);
    bool shared = !im_is_private_obj(o);
    if (shared) im_object_lock(t, o);
    Value old = im_slot_store_locked(slot, dict);
    if (shared) im_object_unlock(t, o);
    im_xdrop(t, old);
    return 0;
}

Value im_instance_dict_copy(Thread *t, Value obj)
{
    ImObject *o = im_ptr(obj);
    ImType *ty = im_type_of(obj);
    if (!im_is_object(obj) || !(im_type_flags(ty) & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT))) return im_dict_new(t);
    ImShape *s = shape_of(o);
    if ((im_type_flags(ty) & IM_TF_HAS_DICT) && !(s->kind & IM_SHAPE_DICT)) {
        Value d = im_dict_new(t);
        if (im_no_value(d) || s->nslots == 0) return d;
        if (im_is_private_obj(o) && shape_of(o) == s && im_is_private(d)) { /* not changed by a collection */
            if (copy_out(t, o, ty, s, d) < 0) { im_drop(t, d); return IM_NO_VALUE; }
            Value *in = im_inline_slots(o, ty), extra = *im_extra_slot(o, ty);
            for (uint32_t i = 0; i < s->nslots; i++) im_take(i < ty->n_inline ? in[i] : im_slot_array(extra)->x_items[i - ty->n_inline]);
            return d;
        }
        Value names[IM_SHAPE_MAX_SLOTS + 1];
        shape_names(s, names);
        for (uint32_t i = 0; i < s->nslots; i++) {
            Value v;
            int rc = im_instance_get(t, o, ty, names[i], &v);
            if (rc > 0) rc = im_dict_set_steal(t, d, names[i], v);
            if (rc < 0) { im_drop(t, d); return IM_NO_VALUE; }
        }
        return d;
    }
    Value d = dict_at(t, o, im_type_flags(ty) & IM_TF_HAS_DICT ? dict_slot(o, ty) : managed_slot(o, ty), false);
    if (im_no_value(d)) return im_dict_new(t);
    Value c = im_dict_copy(t, d);
    im_drop(t, d);
    return c;
}

/* ---- change of class -------------------------------------------------------------------------------------------------- */

int im_instance_set_type(Thread *t, ImObject *o, ImType *ty, ImType *old)
{
    bool has = (im_type_flags(old) & IM_TF_HAS_DICT) != 0;
    if (im_type_flags(ty) & IM_TF_HEAP) im_take_obj((ImObject *)ty);
    for (;;) {
        ImShape *s = shape_of(o), *ns = ty->root_shape;
        int rc = 1;
        if (s->type != old) rc = 0; /* another thread was first: the caller compares the layouts again */
        else if (has && (s->kind & IM_SHAPE_DICT)) ns = ty->dict_shape;
        else if (has && old->n_inline != ty->n_inline && (s->nslots > old->n_inline || s->nslots > ty->n_inline || im_object_capacity(o) < ty->core.size)) {
            if (to_dict_mode(t, o, old) == 0) continue;
            rc = -1;
        } else if (has) {
            Value names[IM_SHAPE_MAX_SLOTS + 1];
            shape_names(s, names);
            for (uint32_t i = 0; i < s->nslots && ns; i++) ns = im_shape_add(t, ns, names[i]);
            if (!ns) rc = -1;
        }
        bool done = false;
        if (rc > 0) {
            bool shared = !im_is_private_obj(o);
            if (shared) im_object_lock(t, o);
            done = o->x_shape == s;
            if (done) {
                if (has && !(ns->kind & IM_SHAPE_DICT))
                    for (uint32_t i = old->n_inline; i < ty->n_inline; i++) im_store_relaxed(&im_inline_slots(o, ty)[i].bits, IM_UNSET.bits);
                im_store_relaxed(&old->x_stray, true);
                im_store_release(&o->x_shape, ns);
            }
            if (shared) im_object_unlock(t, o);
            if (!done) continue;
        }
        if (done && (IM_SLOT(old, descr_get) != IM_SLOT(ty, descr_get) || IM_SLOT(old, descr_set) != IM_SLOT(ty, descr_set)) && im_type_forget_instances(t, old) && im_caches_flush_hook)
            im_caches_flush_hook(t);
        if (im_type_flags((done ? old : ty)) & IM_TF_HEAP) im_drop_obj(t, (ImObject *)(done ? old : ty));
        return rc;
    }
}

/* ---- for the collectors and for destruction --------------------------------------------------------------------------- */

int im_instance_traverse_attrs(ImObject *o, ImVisit visit, void *arg)
{
    ImType *ty = im_type_of_obj(o);
    if (!(im_type_flags(ty) & IM_TF_HAS_DICT)) return 0;
    int rc;
    bool in_dict = (o->x_shape->kind & IM_SHAPE_DICT) != 0; /* then the inline slots are empty, and not even there after a change of class */
    Value extra = *im_extra_slot(o, ty);
    if (im_is_slot_array(extra)) {
        ImSlotArray *a = im_slot_array(extra);
        for (uint64_t i = 0; i < a->cap; i++)
            if (im_is_object(a->x_items[i]) && (rc = visit(a->x_items[i], arg)) != 0) return rc;
    } else if (im_is_object(extra) && (rc = visit(extra, arg)) != 0) {
        return rc;
    }
    if (ty->n_inline && !in_dict) {
        Value *in = im_inline_slots(o, ty);
        for (uint32_t i = 0; i < ty->n_inline; i++)
            if (im_is_object(in[i]) && (rc = visit(in[i], arg)) != 0) return rc;
    }
    return 0;
}

void im_instance_destroy_attrs(Thread *t, ImObject *o)
{
    ImType *ty = im_type_of_obj(o);
    if (!(im_type_flags(ty) & IM_TF_HAS_DICT)) return;
    bool in_dict = (o->x_shape->kind & IM_SHAPE_DICT) != 0;
    im_store_release(&o->x_shape, ty->dict_shape); /* dict mode without a dict: no attributes, whatever the slots hold */
    if (ty->n_inline && !in_dict) {
        Value *in = im_inline_slots(o, ty);
        for (uint32_t i = 0; i < ty->n_inline; i++) {
            Value v = in[i];
            im_store_relaxed(&in[i].bits, IM_UNSET.bits); /* who found the object just before may be looking still */
            im_destroy_child(t, v);
        }
    }
    Value *slot = im_extra_slot(o, ty), extra = *slot;
    *slot = IM_NO_VALUE;
    if (im_is_slot_array(extra)) {
        ImSlotArray *a = im_slot_array(extra);
        for (uint64_t i = 0; i < a->cap; i++) im_destroy_child(t, a->x_items[i]);
        im_raw_free(a);
    } else {
        im_destroy_child(t, extra);
    }
}

int im_instance_store(Thread *t, Value obj, Value name, Value v)
{
    return im_is_object(obj) ? im_instance_put(t, im_ptr(obj), im_type_of(obj), name, v) : 0;
}
