/* Attribute access: the generic protocol over classes, descriptors and instances, and what is built on it.
 * SPDX-License-Identifier: MIT
 *
 * Order of a generic lookup: data descriptor of the class, the instance's own attribute, other class attribute (bound if it has __get__).
 * Lookups that may fail quietly (hasattr, getattr with default, special methods) never make an exception object on the generic path. */
#include "object/abstract.h"
#include "object/instance.h"
#include "object/lookup.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/str.h"

Value im_attr_name(Thread *t, Value name)
{
    if (IM_LIKELY(im_is_str_exact(name))) return IM_LIKELY(im_str_is_interned(name)) ? name : im_str_intern(t, im_new_ref(name));
    if (!im_is_str(name)) return im_raise_type(t, "attribute name must be string, not '%.200T'", name);
    Value s = im_str_from_kind(t, im_str_kind(name), im_str_data(name), im_str_len(name));
    return im_no_value(s) ? s : im_str_intern(t, s);
}

/* ---- reading ---------------------------------------------------------------------------------------------------------- */

/* The class may have been changed back, too. Without a change it is some other class's descriptor, which will refuse the next time as well. */
bool im_descr_refused(Thread *t, Value d, Value obj, ImType *found_in, ImRefusal *r)
{
    if (IM_LIKELY(t->refusals == r->seen) || (im_type_of(obj) == found_in && r->tries++ > 0)) return false;
    r->seen = t->refusals;
    return (im_is_exact(d, &im_getset_descriptor_type) || im_is_exact(d, &im_member_descriptor_type)) && im_exc_clear_if(t, &im_TypeError_type);
}

/* Class attribute through its descriptor, if it has one. */
static Value bind(Thread *t, Value descr, Value obj, ImType *ty)
{
    Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(descr), descr_get);
    if (!get) return im_new_ref(descr);
    return get(t, descr, obj, im_value(ty));
}

/* Finds the place anew. False: none that a line can tell. */
static bool line_make(Thread *t, ImObject *o, ImShape *s, Value name, ImAttrLine *l)
{
    ImType *ty = s->type;
    uint32_t flags = im_load_relaxed(&ty->core.x_flags);
    ImAttrEntry *e = im_type_entry(t, ty, name);
    if (!e || !e->type) return false; /* the common entry of absent names never becomes invalid */
    *l = (ImAttrLine){.shape = im_shape_id(s), .name = name, .entry = e, .place = IM_AT_CLASS};
    if (flags & IM_TF_HAS_DICT) {
        if (s->kind & IM_SHAPE_DICT) {
            if (ty->attr_offset == IM_ATTR_AT_END) return false;
            l->place = IM_AT_DICT;
            l->at = ty->attr_offset;
            return true;
        }
        int i = im_shape_find(s, name);
        if (i >= 0 && i < ty->n_inline) {
            l->place = IM_AT_SLOT;
            l->at = (uint32_t)((char *)&im_inline_slots(o, ty)[i] - (char *)o);
        } else if (i >= 0) {
            l->place = IM_AT_EXTRA;
            l->at = (uint32_t)(i - ty->n_inline);
        }
    } else if (flags & IM_TF_MANAGED_DICT_SLOT) {
        if (ty->dict_offset >= 1u << 30) return false;
        l->place = IM_AT_DICT;
        l->at = ty->dict_offset;
    }
    return true;
}

static IM_NOINLINE ImAttrLine *line_fill(Thread *t, ImObject *o, ImShape *s, Value name, ImAttrLine *l, ImAttrLine *room)
{
    enum { CLASHES = IM_ATTR_LINES_FEW / 2 };
    if (!line_make(t, o, s, name, room)) return NULL;
    if (l->shape && ++t->attr_clashes == CLASHES) t->attr_mask = IM_ATTR_LINES - 1; /* those that are there stay, some where nobody looks again */
    *l = *room; /* entries are made immortal with their names: nothing to count */
    return l;
}

ImAttrLine *im_attr_line(Thread *t, ImObject *o, Value name, ImAttrLine *room)
{
    ImShape *s = im_load_acquire(&o->x_shape);
    ImAttrLine *l = im_attr_line_seen(t, s, name);
    return IM_LIKELY(l != NULL) ? l : line_fill(t, o, s, name, im_attr_line_at(t, s, name), room);
}

/* The instance's own attribute by its line: 1 found, 0 there is none, 2 look again without the line. */
static int line_load(Thread *t, ImObject *o, const ImAttrLine *l, Value *out)
{
    Value v = IM_UNSET;
    switch ((ImAttrPlace)l->place) {
    case IM_AT_CLASS: return 0;
    case IM_AT_SLOT: v = im_slot_get(t, NULL, (Value *)((char *)o + l->at)); break;
    case IM_AT_EXTRA: {
        Value extra = {im_load_acquire(&im_extra_slot(o, im_type_of_obj(o))->bits)};
        if (im_is_slot_array(extra) && l->at < im_slot_array(extra)->cap) v = im_slot_get(t, o, &im_slot_array(extra)->x_items[l->at]);
        break;
    }
    case IM_AT_DICT: {
        Value d = im_slot_get(t, o, (Value *)((char *)o + l->at));
        if (im_no_value(d)) return 0;
        int rc = im_is_object(d) && im_is_dict_exact(d) ? im_dict_get_attr(t, d, l->name, NULL, out) : 2; /* 2 also where the dict is being made */
        if (im_is_object(d)) im_drop(t, d);
        return rc;
    }
    }
    if (IM_UNLIKELY(im_no_value(v) || im_is_unset(v))) return 2;
    *out = v;
    return 1;
}

/* The same without remembered places. */
static int lookup_plain(Thread *t, Value obj, Value name, Value *out)
{
    ImRefusal r = {t->refusals, 0};
    for (;;) {
        ImType *ty = im_type_of(obj);
        ImAttrEntry *e = im_type_entry(t, ty, name);
        if (!e) return im_raise_memory(t), -1;
        Value v;
        /* The class attribute is held from here on: a key's __eq__ in the instance's dict may delete it. */
        Value d = e->kind == IM_ATTR_ABSENT ? IM_NO_VALUE : im_entry_get(t, e);
        if (im_no_value(d) && e->kind != IM_ATTR_ABSENT) continue;
        if (e->kind == IM_ATTR_DATA && IM_SLOT(im_type_of(d), descr_get)) {
            *out = bind(t, d, obj, ty);
            bool again = im_no_value(*out) && im_descr_refused(t, d, obj, ty, &r);
            im_drop(t, d);
            if (IM_UNLIKELY(again)) continue;
            return im_no_value(*out) ? -1 : 1;
        }
        if (im_is_object(obj) && (im_type_flags(ty) & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT))) {
            int rc = im_instance_get(t, im_ptr(obj), ty, name, &v);
            if (rc != 0) {
                im_xdrop(t, d);
                *out = v;
                return rc;
            }
        }
        if (e->kind == IM_ATTR_ABSENT) return 0;
        if (e->kind == IM_ATTR_PLAIN || !IM_SLOT(im_type_of(d), descr_get)) { *out = d; return 1; }
        *out = bind(t, d, obj, ty);
        im_drop(t, d);
        return im_no_value(*out) ? -1 : 1;
    }
}

int im_generic_lookup(Thread *t, Value obj, Value name, Value *out)
{
    ImAttrLine room, *l;
    *out = IM_NO_VALUE;
    if (!im_is_object(obj) || !(l = im_attr_line(t, im_ptr(obj), name, &room))) return lookup_plain(t, obj, name, out);
    ImAttrEntry *e = l->entry;
    if (e->kind != IM_ATTR_DATA) {
        int rc = line_load(t, im_ptr(obj), l, out);
        if (rc == 1) return 1;
        if (rc == 2) return lookup_plain(t, obj, name, out);
        if (e->kind == IM_ATTR_ABSENT) return 0;
    }
    Value d = im_entry_get(t, e);
    if (im_no_value(d)) return lookup_plain(t, obj, name, out);
    if (e->kind == IM_ATTR_PLAIN) { *out = d; return 1; }
    if (!IM_SLOT(im_type_of(d), descr_get)) { /* a data descriptor without __get__: the instance first */
        im_drop(t, d);
        return lookup_plain(t, obj, name, out);
    }
    ImRefusal r = {t->refusals, 0};
    *out = bind(t, d, obj, im_type_of(obj));
    bool again = im_no_value(*out) && im_descr_refused(t, d, obj, NULL, &r);
    im_drop(t, d);
    if (IM_UNLIKELY(again)) return lookup_plain(t, obj, name, out);
    return im_no_value(*out) ? -1 : 1;
}

Value im_generic_getattr(Thread *t, Value obj, Value name)
{
    Value v, n = im_attr_name(t, name);
    if (im_no_value(n)) return n;
    int rc = im_generic_lookup(t, obj, n, &v);
    if (rc == 0) im_raise_attr_missing(t, obj, name);
    return v;
}

Value im_getattr(Thread *t, Value obj, Value name)
{
    if (im_c_stack_low(t)) return im_raise_stack_low(t), IM_NO_VALUE;
    if (IM_UNLIKELY(!im_is_str(name))) return im_raise_type(t, "attribute name must be string, not '%.200T'", name);
    return IM_SLOT(im_type_of(obj), getattr)(t, obj, name);
}

int im_lookup_attr(Thread *t, Value obj, Value name, Value *out)
{
    if (im_c_stack_low(t)) return im_raise_stack_low(t), -1;
    Value (*get)(Thread *, Value, Value) = IM_SLOT(im_type_of(obj), getattr);
    *out = IM_NO_VALUE;
    int rc = -1;
    Value n;
    if (get == im_generic_getattr) {
        if (im_no_value(n = im_attr_name(t, name))) return -1;
        rc = im_generic_lookup(t, obj, n, out);
        if (rc >= 0) return rc;
    } else if (get == im_type_getattr) {
        if (im_no_value(n = im_attr_name(t, name))) return -1;
        rc = im_type_attr_lookup(t, im_as_type(obj), n, out);
        if (rc >= 0) return rc;
    } else if (get == im_module_getattr) {
        if (im_no_value(n = im_attr_name(t, name))) return -1;
        rc = im_module_attr_lookup(t, obj, n, out);
        if (rc >= 0) return rc;
    } else {
        *out = im_getattr(t, obj, name);
        if (!im_no_value(*out)) return 1;
    }
    return im_exc_clear_if(t, &im_AttributeError_type) ? 0 : -1;
}

int im_hasattr(Thread *t, Value obj, Value name)
{
    Value v;
    int rc = im_lookup_attr(t, obj, name, &v);
    if (rc > 0) im_drop(t, v);
    return rc;
}

Value im_getmethod(Thread *t, Value obj, Value name, bool *self_first)
{
    ImType *ty = im_type_of(obj);
    *self_first = false;
    if (IM_SLOT(ty, getattr) != im_generic_getattr) return im_getattr(t, obj, name);
    Value n = im_attr_name(t, name), v;
    if (im_no_value(n)) return n;
    ImAttrLine room, *l = im_is_object(obj) ? im_attr_line(t, im_ptr(obj), n, &room) : NULL;
    if (l && l->place == IM_AT_CLASS && l->entry->kind == IM_ATTR_METHOD) {
        v = im_entry_get(t, l->entry);
        if (IM_LIKELY(!im_no_value(v))) {
            *self_first = true;
            return v;
        }
    }
    ImAttrEntry *e = im_type_entry(t, ty, n);
    if (e && e->kind == IM_ATTR_METHOD) {
        if (im_is_object(obj) && (im_type_flags(ty) & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT))) {
            int rc = im_instance_get(t, im_ptr(obj), ty, n, &v);
            if (rc != 0) return v;
        }
        v = im_entry_get(t, e);
        if (!im_no_value(v)) {
            *self_first = true;
            return v;
        }
    }
    int rc = im_generic_lookup(t, obj, n, &v);
    if (rc == 0) im_raise_attr_missing(t, obj, name);
    return v;
}

/* ---- special methods: on the type only --------------------------------------------------------------------------------- */

Value im_special_lookup(Thread *t, Value obj, Value name, bool *self_first)
{
    ImType *ty = im_type_of(obj);
    *self_first = false;
    for (;;) {
        ImAttrEntry *e = im_type_entry(t, ty, name);
        if (!e) return im_raise_memory(t);
        if (e->kind == IM_ATTR_ABSENT) return IM_NO_VALUE;
        Value v = im_entry_get(t, e);
        if (im_no_value(v)) continue;
        if (e->kind == IM_ATTR_METHOD) { *self_first = true; return v; }
        if (e->kind == IM_ATTR_PLAIN) return v;
        Value r = bind(t, v, obj, ty);
        im_drop(t, v);
        return r;
    }
}

Value im_call_special(Thread *t, Value obj, Value name, const Value *args, size_t nargs, bool *found)
{
    bool self_first;
    Value f = im_special_lookup(t, obj, name, &self_first);
    *found = !im_no_value(f) || im_pending(t);
    if (im_no_value(f)) return f;
    Value r;
    if (self_first) {
        Value small[6];
        IM_ASSERT(nargs < 6);
        small[0] = obj;
        for (size_t i = 0; i < nargs; i++) small[i + 1] = args[i];
        r = im_call(t, f, small, nargs + 1, IM_NO_VALUE);
    } else {
        r = im_call(t, f, args, nargs, IM_NO_VALUE);
    }
    im_drop(t, f);
    return r;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

static int cannot_set(Thread *t, Value obj, ImType *ty, Value name, ImAttrEntry *e, Value v)
{
    (void)v;
    if (e->kind == IM_ATTR_ABSENT) {
        if (IM_SLOT(ty, setattr) == im_generic_setattr && !(im_type_flags(ty) & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT)))
            im_raise_attr_of(t, obj, name, "'%.100N' object has no attribute '%U' and no __dict__ for setting new attributes", ty, name);
        else
            im_raise_attr_of(t, obj, name, "'%.100N' object has no attribute '%U'", ty, name);
    } else {
        im_raise_attr_of(t, obj, name, "'%.100N' object attribute '%U' is read-only", ty, name);
    }
    return -1;
}

int im_generic_setattr(Thread *t, Value obj, Value name, Value v)
{
    ImType *ty;
    ImRefusal r = {t->refusals, 0};
    Value n = im_attr_name(t, name);
    if (im_no_value(n)) return -1;
    ImAttrEntry *e;
    for (;;) {
        ty = im_type_of(obj);
        e = im_type_entry(t, ty, n);
        if (!e) return im_raise_memory(t), -1;
        if (e->kind != IM_ATTR_DATA) break;
        Value d = im_entry_get(t, e);
        if (im_no_value(d)) continue;
        int (*set)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(d), descr_set);
        int rc = set ? set(t, d, obj, v) : cannot_set(t, obj, ty, name, e, v);
        bool again = rc < 0 && im_descr_refused(t, d, obj, ty, &r);
        im_drop(t, d);
        if (IM_UNLIKELY(again)) continue;
        return rc;
    }
    if (!im_is_object(obj)) return cannot_set(t, obj, ty, name, e, v);
    int rc = im_no_value(v) ? im_instance_delete(t, im_ptr(obj), ty, n) : im_instance_put(t, im_ptr(obj), ty, n, v);
    if (rc > 0) return 0;
    if (rc < 0) return -1;
    if (!im_no_value(v) || !(im_type_flags(ty) & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT))) return cannot_set(t, obj, ty, name, e, v);
    im_raise_attr_of(t, obj, name, "'%.100N' object has no attribute '%U'", ty, name);
    return -1;
}

int im_setattr(Thread *t, Value obj, Value name, Value v)
{
    if (im_c_stack_low(t)) return im_raise_stack_low(t), -1;
    ImType *ty = im_type_of(obj);
    if (!im_is_str(name)) return im_raise_type(t, "attribute name must be string, not '%.200T'", name), -1;
    int (*set)(Thread *, Value, Value, Value) = IM_SLOT(ty, setattr);
    if (IM_LIKELY(set != NULL)) return set(t, obj, name, v);
    im_raise_type(t, "'%.100N' object has %s attributes (%s .%U)", ty, IM_SLOT(ty, getattr) ? "only read-only" : "no", im_no_value(v) ? "del" : "assign to", name);
    return -1;
}
