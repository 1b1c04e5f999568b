/* Attribute loads, stores and method lookup: slow halves and specialisation.
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"
#include "types/function.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"

static Value name_at(ImFrame *f, const uint32_t *at) { return f->code->names[at[1] & 0xFFFF]; }
static uint32_t cache_at(const uint32_t *at) { return at[1] >> 16; }
static void set_cache(ImFrame *f, uint32_t i, uint64_t low, uint64_t high) { im_store_relaxed(&f->code->x_caches[i], low | high << 32); }

/* Where the attribute of an object was found, as far as caches can tell. */
typedef enum Where { W_NONE, W_SLOT, W_ENTRY_PLAIN, W_ENTRY_METHOD } Where;

/* Looks without side effects. Only for types with the generic lookup; instance attributes must be in shape slots (not dict mode). */
static Where locate(Thread *t, ImObject *o, Value name, uint32_t *offset, ImAttrEntry **entry)
{
    ImShape *s = im_load_acquire(&o->x_shape);
    ImType *ty = s->type;
    uint32_t flags = im_load_relaxed(&ty->core.x_flags);
    if (!(flags & IM_TF_GENERIC_GETATTR) || (flags & IM_TF_MANAGED_DICT_SLOT)) return W_NONE;
    ImAttrEntry *e = im_type_entry(t, ty, name);
    if (!e || e->kind == IM_ATTR_DATA) return W_NONE;
    *entry = e;
    if (flags & IM_TF_HAS_DICT) {
        if (s->kind & IM_SHAPE_DICT || ty->attr_offset == IM_ATTR_AT_END) return W_NONE;
        int i = im_shape_find(s, name);
        if (i >= 0) {
            if (i >= ty->n_inline) return W_NONE;
            *offset = (uint32_t)((char *)&im_inline_slots(o, ty)[i] - (char *)o);
            return W_SLOT;
        }
    }
    return e->kind == IM_ATTR_PLAIN ? W_ENTRY_PLAIN : e->kind == IM_ATTR_METHOD ? W_ENTRY_METHOD : W_NONE;
}

/* Module attribute or class attribute: value kept by the object itself. Quickens and says so. */
static bool specialise_holder(Thread *t, ImFrame *f, const uint32_t *at, Value o, ImOp for_module, ImOp for_type)
{
    Value name = name_at(f, at);
    if (im_is_exact(o, &im_module_type)) {
        ImAttrEntry *e = im_type_entry(t, &im_module_type, name);
        if (!e || e->kind == IM_ATTR_DATA) return false;
        Value d = im_module_dict(o);
        ImGlobalCell *cell = im_is_dict_exact(d) ? im_dict_cell(t, d, name) : NULL;
        if (!cell) return false;
        set_cache(f, cache_at(at), im_dict_uid(d), im_region_offset(cell));
        im_quicken(at, for_module);
        return true;
    }
    if (!im_is_type(o)) return false;
    ImType *meta = im_type_of(o);
    if (meta->slots.getattr != im_type_type.slots.getattr) return false;
    ImAttrEntry *me = im_type_entry(t, meta, name), *e = im_type_entry(t, im_as_type(o), name);
    if (!me || (me->kind != IM_ATTR_ABSENT && me->kind == IM_ATTR_DATA) || !e) return false;
    if (e->kind == IM_ATTR_METHOD) {
        Value v = im_entry_get(t, e);
        bool plain_function = !im_no_value(v) && im_is_function(v); /* found on a class, a function is itself */
        im_xdrop(t, v);
        if (!plain_function) return false;
    } else if (e->kind != IM_ATTR_PLAIN) {
        return false;
    }
    set_cache(f, cache_at(at), im_as_type(o)->core.uid, im_region_offset(e));
    im_quicken(at, for_type);
    return true;
}

Value im_slow_getattr(Thread *t, ImFrame *f, const uint32_t *at, Value o)
{
    Value name = name_at(f, at);
    Value v = im_getattr(t, o, name);
    im_quicken(at, OP_GETATTR);
    if (im_no_value(v) || cache_at(at) == IM_CACHE_NONE || !im_is_object(o)) return v;
    if (specialise_holder(t, f, at, o, OP_GETATTR_MODULE, OP_GETATTR_TYPE)) return v;
    uint32_t offset;
    ImAttrEntry *e;
    uint32_t id = im_object_shape_id(im_ptr(o));
    Where w = locate(t, im_ptr(o), name, &offset, &e);
    if (id != im_object_shape_id(im_ptr(o))) return v;
    if (w == W_SLOT) {
        set_cache(f, cache_at(at), id, offset);
        im_quicken(at, OP_GETATTR_SLOT);
    } else if (w == W_ENTRY_PLAIN) {
        set_cache(f, cache_at(at), id, im_region_offset(e));
        im_quicken(at, OP_GETATTR_ENTRY);
    }
    return v;
}

int im_slow_setattr(Thread *t, ImFrame *f, const uint32_t *at, Value o, Value v)
{
    Value name = name_at(f, at);
    im_quicken(at, OP_SETATTR);
    ImShape *before = im_is_object(o) ? im_load_acquire(&im_ptr(o)->x_shape) : NULL;
    if (im_setattr(t, o, name, v) < 0) return -1;
    if (!before || cache_at(at) == IM_CACHE_NONE) return 0;
    ImObject *p = im_ptr(o);
    ImShape *after = im_load_acquire(&p->x_shape);
    ImType *ty = after->type;
    if (ty != before->type || ty->slots.setattr != im_object_type.slots.setattr || !im_type_has(ty, IM_TF_HAS_DICT) || ty->attr_offset == IM_ATTR_AT_END
        || (after->kind & IM_SHAPE_DICT))
        return 0;
    ImAttrEntry *e = im_type_entry(t, ty, name);
    if (!e || e->kind == IM_ATTR_DATA) return 0;
    int i = im_shape_find(after, name);
    if (i < 0 || i >= ty->n_inline) return 0;
    if (before == after) {
        set_cache(f, cache_at(at), im_shape_id(after), (uint64_t)((char *)&im_inline_slots(p, ty)[i] - (char *)p));
        im_quicken(at, OP_SETATTR_SLOT);
    } else if (after->parent == before) {
        set_cache(f, cache_at(at), im_shape_id(before), im_region_offset(after));
        im_quicken(at, OP_SETATTR_ADD);
    }
    return 0;
}

int im_slow_load_method(Thread *t, ImFrame *f, const uint32_t *at, Value o, Value *out)
{
    Value name = name_at(f, at);
    bool self_first;
    im_quicken(at, OP_LOADMETHOD);
    Value m = im_getmethod(t, o, name, &self_first);
    if (im_no_value(m)) return -1;
    if (self_first) { out[0] = m; out[1] = im_new_ref(o); }
    else { out[0] = IM_UNSET; out[1] = m; }
    if (cache_at(at) == IM_CACHE_NONE || !im_is_object(o)) return 0;
    if (!self_first) {
        (void)specialise_holder(t, f, at, o, OP_LOADMETHOD_MODULE, OP_LOADMETHOD_TYPE);
        return 0;
    }
    uint32_t offset;
    ImAttrEntry *e;
    uint32_t id = im_object_shape_id(im_ptr(o));
    if (locate(t, im_ptr(o), name, &offset, &e) == W_ENTRY_METHOD && id == im_object_shape_id(im_ptr(o))) {
        set_cache(f, cache_at(at), id, im_region_offset(e));
        im_quicken(at, OP_LOADMETHOD_ENTRY);
    }
    return 0;
}

int im_slow_load_special(Thread *t, Value o, int which, Value *out)
{
    Value name = which == 0 ? IM_S(__enter__) : which == 1 ? IM_S(__exit__) : which == 2 ? IM_S(__aenter__) : IM_S(__aexit__);
    ImType *ty = im_type_of(o);
    ImAttrEntry *e;
    Value m = IM_NO_VALUE;
    do {
        e = im_type_entry(t, ty, name);
        if (!e) { (void)im_raise_memory(t); return -1; }
        if (e->kind == IM_ATTR_ABSENT) break;
        m = im_entry_get(t, e);
    } while (im_no_value(m));
    if (im_no_value(m)) {
        bool async = which >= 2;
        ImAttrEntry *other = im_type_entry(t, ty, async ? IM_S(__enter__) : IM_S(__aenter__));
        const char *proto = async ? "asynchronous context manager" : "context manager";
        if (which == 1 || which == 3) (void)im_raise_type(t, "'%T' object does not support the %s protocol (missed %U method)", o, proto, name);
        else if (other && other->kind != IM_ATTR_ABSENT && async) (void)im_raise_type(t, "'%T' object does not support the %s protocol", o, proto);
        else (void)im_raise_type(t, "'%T' object does not support the %s protocol", o, proto);
        return -1;
    }
    if (e->kind == IM_ATTR_METHOD) {
        out[0] = m;
        out[1] = im_new_ref(o);
        return 0;
    }
    if (e->kind == IM_ATTR_PLAIN) { out[0] = IM_UNSET; out[1] = m; return 0; }
    ImType *mt = im_type_of(m);
    Value bound = mt->slots.descr_get(t, m, o, im_type_value(ty));
    im_drop(t, m);
    if (im_no_value(bound)) return -1;
    out[0] = IM_UNSET;
    out[1] = bound;
    return 0;
}

int im_slow_load_super(Thread *t, ImFrame *f, Value super, Value cls, Value self, Value name, int how, Value *out)
{
    (void)f;
    bool method = how & 1;
    bool self_first = false;
    if (im_same(super, im_type_value(&im_super_type)) && im_is_type(cls) && im_is_instance_of(self, im_as_type(cls)) && !im_str_equal_cstr(name, "__class__")) {
        Value m = im_super_lookup(t, im_as_type(cls), self, name, &self_first);
        if (im_no_value(m)) return -1;
        if (method) {
            if (self_first) { out[0] = m; out[1] = im_new_ref(self); }
            else { out[0] = IM_UNSET; out[1] = m; }
            return 0;
        }
        if (!self_first) { out[0] = m; return 0; }
        im_drop(t, m);
    }
    Value s = how & 2 ? im_call0(t, super) : im_call2(t, super, cls, self);
    if (im_no_value(s)) return -1;
    Value v = im_getattr(t, s, name);
    im_drop(t, s);
    if (im_no_value(v)) return -1;
    if (method) { out[0] = IM_UNSET; out[1] = v; }
    else out[0] = v;
    return 0;
}
