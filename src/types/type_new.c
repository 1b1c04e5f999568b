/* Making a class: type.__new__.
 * SPDX-License-Identifier: MIT
 *
 * Order, as programs can see it: metaclass, bases, __slots__, the class dict, slots, MRO, __classcell__, __set_name__, __init_subclass__.
 * Layout of instances: what the best base has, then the fields of __slots__, then (if no base has it yet) x_extra and the inline slots. A class that adds no fields below one whose
 * attributes come last may have more inline slots than its base. */
#include "types/type_impl.h"

#include <string.h>

#include "mem/vec.h"
#include "types/frame_hooks.h"
#include "types/int.h"
#include "types/list.h"
#include "types/module.h"
#include "types/slot_functions.h"
#include "types/weakref_impl.h"

enum { INLINE_MIN = 3, INLINE_MAX = 29 }; /* of inline slots; one more where a block of whole 16 bytes has room for it */

typedef struct Making {
    Thread *t;
    ImType *meta, *base, *type;
    Value name, bases, ns; /* borrowed; ns: our own copy of the namespace, owned */
    Value slots;           /* sorted list of mangled names, or no value when there is no __slots__ */
    bool add_dict, add_weak;
    const Value *kwargs;
    Value kwnames;
} Making;

/* ---- metaclass ------------------------------------------------------------------------------------------------------------------- */

ImType *im_calculate_metaclass(Thread *t, ImType *meta, Value bases)
{
    ImType *winner = meta;
    for (ssize_t i = 0; i < im_tuple_len(bases); i++) {
        ImType *m = im_type_of(im_tuple_get(bases, i));
        if (im_type_is_subtype(winner, m)) continue;
        if (im_type_is_subtype(m, winner)) { winner = m; continue; }
        im_raise_type(t, "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases");
        return NULL;
    }
    return winner;
}

/* ---- __slots__ ---------------------------------------------------------------------------------------------------------------------- */

/* __x in class C is _C__x. Owned. */
static Value mangle(Thread *t, Value cls, Value name)
{
    ssize_t n = im_str_len(name), skip = 0, clen = im_str_len(cls);
    if (n < 2 || im_str_at(name, 0) != '_' || im_str_at(name, 1) != '_' || (im_str_at(name, n - 1) == '_' && im_str_at(name, n - 2) == '_') ||
        im_str_find_char(name, '.', 0, n, 1) >= 0)
        return im_new_ref(name);
    while (skip < clen && im_str_at(cls, skip) == '_') skip++;
    if (skip == clen) return im_new_ref(name);
    Value tail = im_str_substring(t, cls, skip, clen), r;
    if (im_no_value(tail)) return tail;
    r = im_str_format(t, "_%U%U", tail, name);
    im_drop(t, tail);
    return r;
}

static int slot_name_ok(Thread *t, Value v)
{
    if (!im_is_str(v)) return im_raise_type(t, "__slots__ items must be strings, not '%.200T'", v), -1;
    Value ok = im_call_method0(t, v, IM_S(isidentifier));
    if (im_no_value(ok)) return -1;
    if (im_same(ok, IM_TRUE)) return 0;
    im_raise_type(t, "__slots__ must be identifiers");
    return -1;
}

static int one_slot(Making *m, Value list, Value name)
{
    Thread *t = m->t;
    if (slot_name_ok(t, name) < 0) return -1;
    if (im_str_equal_cstr(name, "__dict__")) {
        if (!(im_type_flags(m->base) & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT)) && !m->add_dict) { m->add_dict = true; return 0; }
        return im_raise_type(t, "__dict__ slot disallowed: we already got one"), -1;
    }
    if (im_str_equal_cstr(name, "__weakref__")) {
        bool may = !(im_type_flags(m->base) & (IM_TF_WEAKREF | IM_TF_INT | IM_TF_TUPLE | IM_TF_BYTES));
        if (may && !m->add_weak) { m->add_weak = true; return 0; }
        return im_raise_type(t, "__weakref__ slot disallowed: we already got one"), -1;
    }
    Value real = mangle(t, m->name, name), seen;
    if (im_no_value(real)) return -1;
    int rc = im_dict_get(t, m->ns, real, &seen);
    if (rc > 0) {
        im_drop(t, seen);
        /* CPython inserts these itself and lets them share the name. */
        if (!im_str_equal_cstr(real, "__qualname__") && !im_str_equal_cstr(real, "__classcell__") && !im_str_equal_cstr(real, "__classdictcell__")) {
            im_raise_valueerror(t, "%R in __slots__ conflicts with class variable", real);
            rc = -1;
        }
    }
    if (rc < 0) { im_drop(t, real); return -1; }
    return im_list_append_steal(t, list, real);
}

static int read_slots(Making *m, Value slots)
{
    Thread *t = m->t;
    Value items;
    if (im_is_str(slots)) items = im_tuple_from_array(t, &slots, 1);
    else items = im_to_tuple(t, slots);
    if (im_no_value(items)) return -1;
    Value list = im_list_new(t, 0);
    int rc = im_no_value(list) ? -1 : 0;
    ssize_t n = im_tuple_len(items);
    if (rc == 0 && n > 0 && m->base->core.item_size && !(im_type_flags(m->base) & IM_TF_STR)) {
        im_raise_type(t, "nonempty __slots__ not supported for subtype of '%s'", im_type_cname(m->base));
        rc = -1;
    }
    for (ssize_t i = 0; i < n && rc == 0; i++) rc = one_slot(m, list, im_tuple_get(items, i));
    im_drop(t, items);
    if (rc == 0) rc = im_list_sort(t, list, IM_NO_VALUE, false);
    if (rc < 0) { im_xdrop(t, list); return -1; }
    m->slots = list;
    /* Another base may bring a dict or weak references although the best base has none. */
    for (ssize_t i = 0; i < im_tuple_len(m->bases); i++) {
        ImType *b = im_as_type(im_tuple_get(m->bases, i));
        if (b == m->base) continue;
        if ((im_type_flags(b) & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT)) && !(im_type_flags(m->base) & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT))) m->add_dict = true;
        if ((im_type_flags(b) & IM_TF_WEAKREF) && !(im_type_flags(m->base) & (IM_TF_WEAKREF | IM_TF_INT | IM_TF_TUPLE | IM_TF_BYTES))) m->add_weak = true;
    }
    return 0;
}

static int choose_storage(Making *m)
{
    uint32_t f = im_type_flags(m->base);
    Value slots;
    int rc = im_dict_get(m->t, m->ns, IM_S(__slots__), &slots);
    if (rc < 0) return -1;
    if (rc > 0) {
        rc = read_slots(m, slots);
        im_drop(m->t, slots);
        return rc;
    }
    m->add_dict = !(f & (IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT));
    m->add_weak = !(f & (IM_TF_WEAKREF | IM_TF_INT | IM_TF_TUPLE | IM_TF_BYTES));
    return 0;
}

/* ---- layout ----------------------------------------------------------------------------------------------------------------------------- */

/* How many attributes the class body of `ns` speaks of: those that its methods set on self, or else those that it annotates. */
static uint32_t attributes_spoken_of(Thread *t, Value ns)
{
    Value names = im_dict_get_str(t, ns, IM_S(__static_attributes__));
    uint32_t n = !im_no_value(names) && im_is_tuple(names) ? (uint32_t)im_tuple_len(names) : 0;
    im_xdrop(t, names);
    if (n) return n;
    names = im_dict_get_str(t, ns, IM_S(__annotations__));
    if (!im_no_value(names) && im_is_dict(names)) n = (uint32_t)im_dict_len(names);
    im_xdrop(t, names);
    return n;
}
/* Inline slots for the attributes that begin at `offset`. Never fewer than the base's, whose slots stay where they are; as many as the block has room for. */
static uint32_t wanted_inline(Making *m, uint32_t offset)
{
    uint32_t n = attributes_spoken_of(m->t, m->ns);
    for (ImType *b = m->base; im_type_flags(b) & IM_TF_HEAP; b = im_type_base(b)) n += attributes_spoken_of(m->t, b->dict);
    if (n < INLINE_MIN) n = INLINE_MIN;
    if (n > INLINE_MAX) n = INLINE_MAX;
    if (m->base->attr_offset && n < m->base->n_inline) n = m->base->n_inline;
    return n + ((offset / sizeof(Value) + 1 + n) & 1);
}

static void lay_out(Making *m)
{
    ImType *ty = m->type, *base = m->base;
    uint32_t nslots = im_no_value(m->slots) ? 0 : (uint32_t)im_list_len(m->slots), size = (base->core.size + 7) & ~7u;
    bool has = (im_type_flags(base) & IM_TF_HAS_DICT) || m->add_dict;
    bool tail = base->n_tail || (base->core.item_size && (has || nslots));
    bool attrs_last = base->attr_offset && base->attr_offset != IM_ATTR_AT_END &&
        base->attr_offset + sizeof(Value) + base->n_inline * sizeof(Value) == base->core.size;
    ty->core.item_size = base->core.item_size;
    ty->attr_offset = base->attr_offset;
    ty->n_inline = base->n_inline;
    ty->n_slots = (uint16_t)nslots;
    ty->n_tail = base->n_tail;
    ty->dict_offset = base->dict_offset;
    if (im_type_flags(base) & IM_TF_TYPE) tail = false;
    if (tail) {
        if (!ty->n_tail) ty->n_tail = 1; /* x_extra's place, used or not */
        if (nslots) {
            ty->slots_begin = IM_TAIL_OFFSET | (uint32_t)((ty->n_tail + nslots) * sizeof(Value));
            ty->n_tail = (uint16_t)(ty->n_tail + nslots);
        }
        if (has) ty->attr_offset = IM_ATTR_AT_END;
        ty->core.size = base->core.size;
        return;
    }
    if (nslots) {
        ty->slots_begin = size;
        size += nslots * (uint32_t)sizeof(Value);
    }
    if (m->add_dict) {
        ty->attr_offset = size;
        ty->n_inline = (uint16_t)wanted_inline(m, ty->attr_offset);
        size += (uint32_t)((1 + ty->n_inline) * sizeof(Value));
    } else if (has && attrs_last && !nslots) {
        ty->n_inline = (uint16_t)wanted_inline(m, ty->attr_offset);
        size = ty->attr_offset + (uint32_t)((1 + ty->n_inline) * sizeof(Value));
    }
    ty->core.size = size;
    ImType *native = base;
    int with_slots = nslots != 0;
    for (; im_type_flags(native) & IM_TF_HEAP; native = im_type_base(native)) with_slots += native->n_slots != 0;
    if (native == &im_object_type && with_slots == !ty->attr_offset) ty->n_body = (uint16_t)((size - sizeof(ImObject)) / sizeof(Value));
}

static void plain_destroy(Thread *t, ImObject *o);
static int make_object(Making *m)
{
    Thread *t = m->t;
    ImType *ty = (ImType *)im_instance_alloc(t, m->meta, 0), *base = m->base;
    if (!ty) return -1;
    m->type = ty;
    uint32_t inherit = IM_TF_FAST_SUBCLASS | IM_TF_WEAKREF | IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT | IM_TF_MATCH_SELF |
                       IM_TF_FINALIZER | IM_TF_UNC;
    uint32_t flags = (im_type_flags(base) & inherit) | IM_TF_HEAP | IM_TF_BASETYPE | IM_TF_READY | IM_TF_GC;
    if (m->add_dict) flags |= IM_TF_HAS_DICT;
    if (m->add_weak) flags |= IM_TF_WEAKREF;
    /* What patterns take it for: the first base that is a sequence or a mapping decides. */
    for (ssize_t i = 0; i < im_tuple_len(m->bases) && !(flags & (IM_TF_SEQUENCE | IM_TF_MAPPING)); i++) flags |= im_type_flags(im_as_type(im_tuple_get(m->bases, i))) & (IM_TF_SEQUENCE | IM_TF_MAPPING);
    ty->core.uid = im_type_next_uid();
    ty->x_version = im_type_next_uid();
    ty->base = base;
    im_take_obj((ImObject *)base);
    ty->x_name = im_new_ref(m->name);
    ty->bases = im_new_ref(m->bases);
    ty->dict = im_new_ref(m->ns);
    ty->core.traverse = im_subtype_traverse;
    ty->core.clear = im_subtype_clear;
    ty->core.destroy = im_subtype_destroy;
    ty->core.finalize = base->core.finalize;
    lay_out(m);
    if (ty->n_body) ty->core.destroy = plain_destroy, ty->core.traverse = im_words_traverse;
    else if (im_type_has(base, IM_TF_TUPLE) && !ty->attr_offset && !ty->n_tail) ty->core.destroy = im_tuple_type.core.destroy; /* named tuples: the items are all */
    ty->core.x_flags = flags;
    ty->root_shape = im_shape_new(t, ty, IM_SHAPE_ROOT);
    if (!ty->root_shape) return -1;
    ty->root = *ty->root_shape;
    if (flags & IM_TF_HAS_DICT) {
        ty->dict_shape = im_shape_new(t, ty, IM_SHAPE_DICT);
        if (!ty->dict_shape) return -1;
    }
    return 0;
}

/* ---- the class dict ------------------------------------------------------------------------------------------------------------------------ */

static int take_qualname(Making *m)
{
    Value q;
    int rc = im_dict_pop(m->t, m->ns, IM_S(__qualname__), &q);
    if (rc < 0) return -1;
    if (rc == 0) {
        q = im_new_ref(m->name);
    } else if (!im_is_str(q)) {
        im_raise_type(m->t, "type __qualname__ must be a str, not %T", q);
        im_drop(m->t, q);
        return -1;
    }
    m->type->x_qualname = q;
    return 0;
}

static int set_default_module(Making *m)
{
    Thread *t = m->t;
    int rc = im_dict_contains(t, m->ns, IM_S(__module__));
    if (rc) return rc < 0 ? -1 : 0;
    Value globals = im_frame_hooks.globals ? im_frame_hooks.globals(t) : IM_NO_VALUE, name;
    if (im_no_value(globals)) return im_pending(t) ? -1 : 0;
    rc = im_dict_get(t, globals, IM_S(__name__), &name);
    if (rc <= 0) return rc;
    rc = im_dict_set(t, m->ns, IM_S(__module__), name);
    im_drop(t, name);
    return rc;
}

/* Wraps a plain function under `name` with staticmethod or classmethod. */
static int wrap_function(Making *m, Value name, ImType *wrapper)
{
    Thread *t = m->t;
    Value f;
    int rc = im_dict_get(t, m->ns, name, &f);
    if (rc <= 0) return rc;
    if (im_is_function(f)) {
        Value w = im_call1(t, im_value(wrapper), f);
        rc = im_no_value(w) ? -1 : im_dict_set_steal(t, m->ns, name, w);
    } else {
        rc = 0;
    }
    im_drop(t, f);
    return rc;
}

/* The __dict__ descriptor of a native base that keeps the dict itself: its rules hold (a class's dict is read-only). Owned or no value. */
static Value native_dict_descr(Thread *t, Value self)
{
    ImType *b = im_type_of(self);
    while (b && ((im_type_flags(b) & IM_TF_HEAP) || !(im_type_flags(b) & IM_TF_MANAGED_DICT_SLOT))) b = im_type_base(b);
    return b ? im_type_lookup(t, b, IM_S(__dict__)) : IM_NO_VALUE;
}
static Value dict_get(Thread *t, Value self, void *c)
{
    (void)c;
    Value d = native_dict_descr(t, self), r;
    if (im_no_value(d)) return im_instance_dict(t, self);
    Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(d), descr_get);
    r = get ? get(t, d, self, im_value(im_type_of(self))) : im_raise_attr(t, "This object has no __dict__");
    im_drop(t, d);
    return r;
}
static int dict_set(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    Value d = native_dict_descr(t, self);
    if (im_no_value(d)) return im_instance_set_dict(t, self, v);
    int (*set)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(d), descr_set);
    int rc = set ? set(t, d, self, v) : (im_raise_attr(t, "This object has no __dict__"), -1);
    im_drop(t, d);
    return rc;
}
static Value weakref_get(Thread *t, Value self, void *c) { (void)c; return im_weakref_first(t, self); }
const ImGetSetDef im_dict_row = {"__dict__", dict_get, dict_set, "dictionary for instance variables", NULL};
static const ImGetSetDef weakref_row = {"__weakref__", weakref_get, NULL, "list of weak references to the object", NULL};

static int add_descriptor(Making *m, Value name, Value d)
{
    if (im_no_value(d)) return -1;
    int has = im_same(name, IM_S(__dict__)) || im_same(name, IM_S(__weakref__)) ? im_dict_contains(m->t, m->ns, name) : 0;
    if (has) { /* the class body has its own */
        im_drop(m->t, d);
        return has < 0 ? -1 : 0;
    }
    return im_dict_set_steal(m->t, m->ns, name, d);
}

static int add_slot_members(Making *m)
{
    Thread *t = m->t;
    ImType *ty = m->type;
    for (uint32_t i = 0; i < ty->n_slots; i++) {
        Value name = im_list_get(t, m->slots, i);
        uint32_t off = ty->slots_begin & IM_TAIL_OFFSET ? ty->slots_begin - i * (uint32_t)sizeof(Value) : ty->slots_begin + i * (uint32_t)sizeof(Value);
        name = im_str_intern(t, name);
        ImMemberDef def = {NULL, IM_T_VALUE, off, false, NULL};
        int rc = add_descriptor(m, name, im_member_descr_new(t, ty, &def, name));
        im_drop(t, name);
        if (rc < 0) return -1;
    }
    if (m->add_dict && add_descriptor(m, IM_S(__dict__), im_getset_descr_new(t, ty, &im_dict_row)) < 0) return -1;
    if (m->add_weak && add_descriptor(m, IM_S(__weakref__), im_getset_descr_new(t, ty, &weakref_row)) < 0) return -1;
    return 0;
}

/* super() and __class__ in methods see the class through this cell. */
static int set_cell(Making *m, Value name, bool is_class)
{
    Thread *t = m->t;
    Value cell;
    int rc = im_dict_pop(t, m->ns, name, &cell);
    if (rc <= 0) return rc;
    if (!im_is_exact(cell, &im_cell_type)) {
        im_raise_type(t, "%U must be a nonlocal cell, not '%.200T'", name, cell);
        im_drop(t, cell);
        return -1;
    }
    Value v = is_class ? im_value(m->type) : m->ns;
    im_cell_set(t, cell, im_new_ref(v));
    im_drop(t, cell);
    return 0;
}

static int warn_of_odd_keys(Making *m)
{
    size_t pos = 0;
    Value k, v;
    bool odd = false;
    while (!odd && im_dict_next(m->t, m->ns, &pos, &k, &v)) {
        odd = !im_is_str(k);
        im_drop(m->t, k);
        im_drop(m->t, v);
    }
    return odd ? im_warn(m->t, &im_RuntimeWarning_type, 1, "non-string key in the __dict__ of class %.200U", m->name) : 0;
}

static int fill_dict(Making *m)
{
    Thread *t = m->t;
    if (take_qualname(m) < 0 || set_default_module(m) < 0) return -1;
    Value doc = IM_NO_VALUE;
    int rc = im_dict_get(t, m->ns, IM_S(__doc__), &doc);
    if (rc > 0 && im_is_str(doc) && !im_str_utf8(t, doc, NULL)) rc = -1;
    im_xdrop(t, doc);
    if (rc < 0 || (rc == 0 && im_dict_set(t, m->ns, IM_S(__doc__), IM_NONE) < 0)) return -1;
    if (wrap_function(m, IM_S(__new__), &im_staticmethod_type) < 0 || wrap_function(m, IM_S(__init_subclass__), &im_classmethod_type) < 0 ||
        wrap_function(m, IM_S(__class_getitem__), &im_classmethod_type) < 0) return -1;
    if (set_cell(m, IM_S(__classcell__), true) < 0 || set_cell(m, IM_S(__classdictcell__), false) < 0) return -1;
    if (add_slot_members(m) < 0 || warn_of_odd_keys(m) < 0) return -1;
    rc = im_dict_contains(t, m->ns, IM_S(__eq__));
    if (rc > 0 && (rc = im_dict_contains(t, m->ns, IM_S(__hash__))) == 0) return im_dict_set(t, m->ns, IM_S(__hash__), IM_NONE);
    return rc < 0 ? -1 : 0;
}

/* ---- what the class tells others ---------------------------------------------------------------------------------------------------------------- */

static int call_set_names(Making *m)
{
    Thread *t = m->t;
    Value copy = im_dict_copy(t, m->ns), k, v;
    if (im_no_value(copy)) return -1;
    size_t pos = 0;
    int rc = 0;
    while (rc == 0 && im_dict_next(t, copy, &pos, &k, &v)) {
        if (im_is_object(v) && !im_is_function(v)) {
            Value args[2] = {im_value(m->type), k};
            bool found;
            Value r = im_call_special(t, v, IM_S(__set_name__), args, 2, &found);
            if (found && im_no_value(r)) {
                Value e = im_exc_fetch(t);
                Value note = im_str_format(t, "Error calling __set_name__ on '%.100T' instance %R in '%.100N'", v, k, m->type);
                Value done = im_no_value(note) ? IM_NO_VALUE : im_call_method1(t, e, IM_S(add_note), note);
                if (im_no_value(done)) im_exc_clear(t);
                im_xdrop(t, note);
                im_xdrop(t, done);
                im_exc_restore(t, e);
                rc = -1;
            }
            im_xdrop(t, r);
        }
        im_drop(t, k);
        im_drop(t, v);
    }
    im_drop(t, copy);
    return rc;
}

static int call_init_subclass(Making *m)
{
    Thread *t = m->t;
    ImType *ty = m->type;
    bool found = false; /* a metaclass's mro() may have left the class out: then super() refuses */
    for (ssize_t i = 0; i < im_tuple_len(ty->mro) && !found; i++) found = im_same(im_tuple_get(ty->mro, i), im_value(ty));
    if (!found) {
        im_raise_type(t, "super(type, obj): obj (type %.200N) is not an instance or subtype of type (%.200N).", ty, ty);
        return -1;
    }
    Value fn = im_mro_find(t, ty, IM_S(__init_subclass__), true), bound, r;
    if (im_no_value(fn)) return 0;
    Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(fn), descr_get);
    bound = get ? get(t, fn, IM_NO_VALUE, im_value(ty)) : im_new_ref(fn);
    im_drop(t, fn);
    if (im_no_value(bound)) return -1;
    r = im_call(t, bound, m->kwargs, 0, m->kwnames);
    im_drop(t, bound);
    if (im_no_value(r)) return -1;
    im_drop(t, r);
    return 0;
}

/* ---- all together --------------------------------------------------------------------------------------------------------------------------------- */

static bool plain_single_base(ImType *ty) { return im_tuple_len(ty->bases) == 1 && im_tuple_len(ty->mro) == im_tuple_len(im_type_base(ty)->mro) + 1; }

static int build(Making *m)
{
    Thread *t = m->t;
    if (choose_storage(m) < 0 || make_object(m) < 0 || fill_dict(m) < 0) return -1;
    ImType *ty = m->type;
    bool none;
    Value mro = im_mro_custom(t, ty, &none);
    if (im_no_value(mro) && !none) return -1;
    im_type_lock(t); /* until the class is in its bases' lists: a change of theirs would pass it by */
    if (none) mro = im_mro_c3(t, ty);
    if (im_no_value(mro) || im_type_link_room(t, ty->bases) < 0) {
        im_xdrop(t, mro);
        im_type_unlock(t);
        return -1;
    }
    ty->slots = m->base->slots;
    im_slot_put(t, &ty->core.head, &ty->mro, mro);
    if (ty->x_mro_cache) im_type_forget(t, ty); /* mro() looked attributes up before there was an order */
    if (plain_single_base(ty)) im_type_fill_own_slots(t, ty);
    else if (none) im_type_fill_other_slots(t, ty, m->base);
    else im_type_fill_slots(t, ty);
    for (ssize_t i = 0; i < im_tuple_len(ty->bases); i++) im_type_link(t, im_as_type(im_tuple_get(ty->bases, i)), ty);
    im_type_unlock(t);
    if (call_set_names(m) < 0) return -1;
    return call_init_subclass(m);
}

static int bad_bases(Thread *t, Value bases)
{
    for (ssize_t i = 0; i < im_tuple_len(bases); i++) {
        Value b = im_tuple_get(bases, i);
        if (im_is_type(b)) continue;
        int rc = im_hasattr(t, b, IM_S(__mro_entries__));
        if (rc > 0) im_raise_type(t, "type() doesn't support MRO entry resolution; use types.new_class()");
        if (rc != 0) return -1;
    }
    return 0;
}

Value im_type_new(Thread *t, ImType *meta, Value name, Value bases, Value ns, const Value *kwargs, Value kwnames)
{
    Value own_bases = IM_NO_VALUE, r = IM_NO_VALUE, object = im_value(&im_object_type);
    if (im_tuple_len(bases) == 0) {
        own_bases = im_tuple_from_array(t, &object, 1);
        if (im_no_value(own_bases)) return own_bases;
        bases = own_bases;
    } else {
        if (bad_bases(t, bases) < 0) return IM_NO_VALUE;
        ImType *winner = im_calculate_metaclass(t, meta, bases);
        if (!winner) return IM_NO_VALUE;
        __auto_type make = IM_SLOT(winner, new_);
        if (winner != meta && make != im_type_new_slot) {
            Value args[3] = {name, bases, ns}, all[3 + 32];
            size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
            if (nkw > 32) return im_raise_type(t, "too many keyword arguments");
            memcpy(all, args, sizeof args);
            if (nkw) memcpy(all + 3, kwargs, nkw * sizeof(Value));
            return make(t, winner, all, 3, kwnames);
        }
        meta = winner;
    }
    if (!im_str_utf8(t, name, NULL)) goto done;
    if (im_str_find_char(name, 0, 0, im_str_len(name), 1) >= 0) {
        im_raise_valueerror(t, "type name must not contain null characters");
        goto done;
    }
    im_type_reclaim(t);
    Making m = {.t = t, .meta = meta, .name = name, .bases = bases, .kwargs = kwargs, .kwnames = kwnames};
    m.base = im_best_base(t, bases);
    if (!m.base) goto done;
    m.ns = im_dict_new_sized(t, (size_t)im_dict_len(ns) + 4);
    if (!im_no_value(m.ns) && im_dict_merge(t, m.ns, ns, 1) == 0) {
        if (build(&m) == 0) r = im_value(m.type);
        else if (m.type) im_drop_obj(t, &m.type->core.head);
    }
    im_xdrop(t, m.ns);
    im_xdrop(t, m.slots);
done:
    im_xdrop(t, own_bases);
    return r;
}

Value im_type_new_slot(Thread *t, ImType *meta, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs != 3) return im_raise_type(t, "type.__new__() takes exactly 3 arguments (%zu given)", nargs);
    if (!im_is_str(args[0])) return im_raise_type(t, "type.__new__() argument 1 must be str, not %T", args[0]);
    if (!im_is_tuple(args[1])) return im_raise_type(t, "type.__new__() argument 2 must be tuple, not %T", args[1]);
    if (!im_is_dict(args[2])) return im_raise_type(t, "type.__new__() argument 3 must be dict, not %T", args[2]);
    return im_type_new(t, meta, args[0], args[1], args[2], args + 3, kwnames);
}

/* ---- instances of classes ------------------------------------------------------------------------------------------------------------------------------ */

static Value *slot_field(ImObject *o, ImType *ty, uint32_t i)
{
    uint32_t off = ty->slots_begin & IM_TAIL_OFFSET ? ty->slots_begin - i * (uint32_t)sizeof(Value) : ty->slots_begin + i * (uint32_t)sizeof(Value);
    return im_field_at(o, off);
}

int im_subtype_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImType *ty = im_type_of_obj(o), *b = ty;
    int rc;
    for (; b && (im_type_flags(b) & IM_TF_HEAP); b = im_type_base(b))
        for (uint32_t i = 0; i < b->n_slots; i++) {
            Value v = *slot_field(o, b, i);
            if (im_is_object(v) && (rc = visit(v, arg)) != 0) return rc;
        }
    if ((rc = im_instance_traverse_attrs(o, visit, arg)) != 0) return rc;
    ImTraverse next = b ? b->spec->traverse ? b->spec->traverse : b->core.traverse : NULL;
    return next && next != im_subtype_traverse ? next(o, visit, arg) : 0;
}

static void drop_fields(Thread *t, ImObject *o, ImType **native)
{
    ImType *b = im_type_of_obj(o);
    while (b && (im_type_flags(b) & IM_TF_HEAP)) b = im_type_base(b);
    if (b == &im_ReferenceType_type) im_weakref_unlink(o); /* its fields may hold the referent: no callback by a dead reference */
    b = im_type_of_obj(o);
    for (; b && (im_type_flags(b) & IM_TF_HEAP); b = im_type_base(b))
        for (uint32_t i = 0; i < b->n_slots; i++) {
            Value *p = slot_field(o, b, i), v = {im_xchg_acq_rel(&p->bits, 0)};
            im_destroy_child(t, v);
        }
    im_instance_destroy_attrs(t, o);
    *native = b;
}
void im_subtype_clear(Thread *t, ImObject *o)
{
    ImType *b;
    drop_fields(t, o, &b);
    void (*next)(Thread *, ImObject *) = b ? b->spec->clear ? b->spec->clear : b->core.clear : NULL;
    if (next && next != im_subtype_clear) next(t, o);
}
void im_subtype_destroy(Thread *t, ImObject *o)
{
    ImType *b;
    drop_fields(t, o, &b);
    void (*next)(Thread *, ImObject *) = b ? b->spec->destroy ? b->spec->destroy : b->core.destroy : NULL;
    if (next && next != im_subtype_destroy) next(t, o);
}

/* Instances that are their attributes and nothing else (n_body). Of a private one nobody but a collector can see the words, and it takes none of these for a
 * reference; in dict mode they may be another class's. */
static void plain_destroy(Thread *t, ImObject *o)
{
    ImShape *s = im_load_relaxed(&o->x_shape);
    if (IM_UNLIKELY(!im_is_private_obj(o) || s->kind & IM_SHAPE_DICT)) { im_subtype_destroy(t, o); return; }
    Value *p = (Value *)(o + 1);
    for (Value *const end = p + s->type->n_body; p < end; p++) {
        Value v = *p;
        if (im_is_object(v)) {
            im_store_relaxed(&p->bits, IM_UNSET.bits);
            im_drop(t, v);
        } else if (IM_UNLIKELY(im_is_slot_array(v))) { /* the first word, if any */
            im_subtype_destroy(t, o);
            return;
        }
    }
}

/* ---- __bases__ = ---------------------------------------------------------------------------------------------------------------------------------------- */

static int check_bases(Thread *t, ImType *type, Value bases)
{
    if (!im_is_tuple(bases)) return im_raise_type(t, "can only assign tuple to %s.__bases__, not %T", im_type_cname(type), bases), -1;
    if (im_tuple_len(bases) == 0) return im_raise_type(t, "can only assign non-empty tuple to %s.__bases__, not ()", im_type_cname(type)), -1;
    for (ssize_t i = 0; i < im_tuple_len(bases); i++) {
        Value b = im_tuple_get(bases, i);
        if (!im_is_type(b)) return im_raise_type(t, "%s.__bases__ must be tuple of classes, not '%T'", im_type_cname(type), b), -1;
        bool cycle = im_type_is_subtype(im_as_type(b), type);
        for (ImType *k = im_as_type(b); k && !cycle; k = im_type_base(k)) cycle = k == type; /* its MRO may be stale in the midst of an assignment */
        if (cycle) return im_raise_type(t, "a __bases__ item causes an inheritance cycle"), -1;
    }
    return 0;
}

/* Does the class store anything that its base does not? */
static bool adds_storage(ImType *ty)
{
    uint32_t f = IM_TF_HAS_DICT | IM_TF_WEAKREF | IM_TF_MANAGED_DICT_SLOT | IM_TF_GC;
    if (!(im_type_flags(ty) & IM_TF_HEAP) || ty->n_slots) return true;
    return ((im_type_flags(ty) ^ im_type_flags(im_type_base(ty))) & f) != 0 && im_type_base(ty) != &im_object_type ? true : ((im_type_flags(ty) ^ im_type_flags(im_type_base(ty))) & f & ~(uint32_t)IM_TF_GC) != 0;
}

bool im_same_layout(ImType *a, ImType *b)
{
    uint32_t f = IM_TF_HAS_DICT | IM_TF_WEAKREF | IM_TF_MANAGED_DICT_SLOT | IM_TF_GC;
    if ((im_type_flags(a) & f) != (im_type_flags(b) & f) || a->attr_offset != b->attr_offset) return false;
    while (!adds_storage(a)) a = im_type_base(a);
    while (!adds_storage(b)) b = im_type_base(b);
    if (a == b) return true;
    /* Both add the same to the same base. */
    if (!(im_type_flags(a) & im_type_flags(b) & IM_TF_HEAP) || im_type_base(a) != im_type_base(b) || a->n_slots != b->n_slots || a->slots_begin != b->slots_begin) return false;
    Thread *t = im_thread_current();
    size_t pos = 0;
    Value k, v;
    bool same = true;
    while (im_dict_next(t, a->dict, &pos, &k, &v)) {
        if (im_is_exact(v, &im_member_descriptor_type)) {
            Value other = im_dict_get_str(t, b->dict, k);
            same = same && !im_no_value(other) && im_is_exact(other, &im_member_descriptor_type) &&
                ((ImMemberDescr *)im_ptr(other))->def.offset == ((ImMemberDescr *)im_ptr(v))->def.offset;
            im_xdrop(t, other);
        }
        im_drop(t, k);
        im_drop(t, v);
    }
    return same;
}

static void collect(ImType *sub, void *arg)
{
    ImValueVec *v = arg;
    im_take_obj((ImObject *)sub);
    if (im_vec_push(im_thread_current(), v, im_value(sub)) < 0) im_exc_clear(im_thread_current());
}

/* New MROs of type and all below. A metaclass's mro() may do anything meanwhile, even assign these very __bases__: what such inner assignments
 * made stays. undo: type, new MRO, old MRO, for each change. */
static int recompute(Thread *t, ImType *type, ImValueVec *undo)
{
    Value old = im_slot_get(t, NULL, &type->mro), mro = im_mro_compute(t, type);
    int rc = -1;
    if (im_no_value(mro)) goto done;
    if (!im_same(type->mro, old)) { rc = 0; goto done; } /* an inner assignment came first */
    if (im_vec_push(t, undo, im_new_ref(im_value(type))) < 0 || im_vec_push(t, undo, im_new_ref(mro)) < 0 ||
        im_vec_push(t, undo, im_no_value(old) ? IM_NONE : im_new_ref(old)) < 0) goto done;
    im_slot_put(t, &type->core.head, &type->mro, im_new_ref(mro));
    ImValueVec subs;
    im_vec_init(t, &subs);
    im_type_each_subclass(type, collect, &subs);
    rc = 0;
    for (size_t i = 0; i < subs.len && rc == 0; i++) rc = recompute(t, im_as_type(subs.items[i]), undo);
    im_vec_fini(t, &subs);
done:
    im_xdrop(t, old);
    im_xdrop(t, mro);
    return rc;
}
static void refill(ImType *type, void *arg)
{
    im_type_fill_slots(arg, type);
    im_type_each_subclass(type, refill, arg);
}

int im_type_set_bases(Thread *t, ImType *type, Value bases)
{
    im_publish(t, bases);
    im_type_lock(t);
    ImType *base = check_bases(t, type, bases) < 0 ? NULL : im_best_base(t, bases);
    if (!base) { im_type_unlock(t); return -1; }
    if (!type->base || !im_same_layout(base, type->base)) {
        bool gc = ((im_type_flags(base) ^ im_type_flags(type->base)) & IM_TF_GC) != 0;
        im_raise_type(t, "__bases__ assignment: '%s' %s differs from '%s'", im_type_cname(base), gc ? "deallocator" : "object layout", im_type_cname(type->base));
        im_type_unlock(t);
        return -1;
    }
    ImValueVec undo;
    im_vec_init(t, &undo);
    im_type_adopt_below(t, type);
    ImType *old_base = type->base;
    Value old_bases = im_slot_exchange(t, &type->core.head, &type->bases, im_new_ref(bases));
    im_take_obj((ImObject *)base);
    im_store_release(&type->base, base);
    int rc = recompute(t, type, &undo);
    bool mine = im_same(type->bases, bases);
    if (rc == 0 && mine) rc = im_type_link_room(t, bases);
    if (rc == 0 && mine) {
        for (ssize_t i = 0; i < im_tuple_len(old_bases); i++) im_type_unlink(t, im_as_type(im_tuple_get(old_bases, i)), type);
        for (ssize_t i = 0; i < im_tuple_len(bases); i++) im_type_link(t, im_as_type(im_tuple_get(bases, i)), type);
        __auto_type get = IM_SLOT(type, descr_get);
        __auto_type set = IM_SLOT(type, descr_set);
        im_type_forget(t, type); /* the slots are filled by look-ups in the new order */
        refill(type, t);
        if (get != IM_SLOT(type, descr_get) || set != IM_SLOT(type, descr_set)) (void)!im_type_forget_instances(t, type); /* the caches go below in any case */
        im_type_modified(t, type);
    } else if (rc < 0) {
        for (size_t i = undo.len; i >= 3; i -= 3) {
            ImType *ty = im_as_type(undo.items[i - 3]);
            Value before = undo.items[i - 1];
            if (im_same(ty->mro, undo.items[i - 2])) im_slot_put(t, &ty->core.head, &ty->mro, im_is_none(before) ? IM_NO_VALUE : im_new_ref(before));
        }
        if (mine) {
            im_slot_put(t, &type->core.head, &type->bases, im_new_ref(old_bases));
            im_store_release(&type->base, old_base);
            old_base = base;
        }
        im_type_modified(t, type);
    }
    im_type_unlock(t);
    im_drop(t, old_bases);
    im_drop(t, im_value(old_base));
    im_vec_fini(t, &undo);
    return rc;
}
