/* Built-in types at start-up: from the rows that linker section im_types collects to complete type objects.
 * SPDX-License-Identifier: MIT
 *
 * Two passes, because the names, tuples and dicts of types are themselves instances: the first fills layout, flags and slots, bases first, without
 * allocating an object; after it str, tuple and dict work; the second makes names, MRO and dicts. */
#include "types/int_impl.h"
#include "types/type_impl.h"

#include "types/slot_functions.h"
#include "types/weakref.h"

extern const ImTypeRow __start_im_types[], __stop_im_types[];

static uint32_t inherited_flags(const ImType *base)
{
    uint32_t f = base->core.x_flags;
    return f & (IM_TF_FAST_SUBCLASS | IM_TF_GC | IM_TF_WEAKREF | IM_TF_HAS_DICT | IM_TF_MANAGED_DICT_SLOT | IM_TF_SEQUENCE | IM_TF_MAPPING | IM_TF_MATCH_SELF |
                IM_TF_FINALIZER | IM_TF_UNC);
}

static void ready_layout(ImType *type, const ImTypeSpec *spec);

static void layout_of(ImType *type)
{
    if (type->core.x_flags & IM_TF_READY) return;
    for (const ImTypeRow *r = __start_im_types; r < __stop_im_types; r++)
        if (r->type == type) { ready_layout(type, r->spec); return; }
    im_fatal("a base type without a row in section im_types");
}

static void ready_layout(ImType *type, const ImTypeSpec *spec)
{
    if (type->core.x_flags & IM_TF_READY) return;
    ImType *base = type == &im_object_type ? NULL : spec->base ? spec->base : &im_object_type;
    ImType *meta = spec->metatype ? spec->metatype : &im_type_type;
    if (base) layout_of(base);
    type->spec = spec;
    type->base = base;
    type->core.uid = im_type_next_uid();
    type->x_version = type->core.uid;
    type->core.head.x_shape = &meta->root;
    type->core.head.x_count = IM_COUNT_UNC;
    type->root = (ImShape){.type = type, .kind = IM_SHAPE_ROOT};
    type->root_shape = &type->root;
    type->core.size = spec->size ? spec->size : base ? base->core.size : sizeof(ImObject);
    type->core.item_size = spec->item_size ? spec->item_size : base ? base->core.item_size : 0;
    type->core.traverse = spec->traverse ? spec->traverse : base ? base->core.traverse : NULL;
    type->core.clear = spec->clear ? spec->clear : base ? base->core.clear : NULL;
    type->core.destroy = spec->destroy ? spec->destroy : base ? base->core.destroy : NULL;
    type->core.finalize = spec->finalize ? spec->finalize : base ? base->core.finalize : NULL;
    uint32_t flags = spec->flags | (base ? inherited_flags(base) : 0) | IM_TF_READY | IM_TF_IMMUTABLE;
    if (type->core.finalize) flags |= IM_TF_FINALIZER;
    type->dict_offset = spec->dict_offset ? spec->dict_offset : base ? base->dict_offset : 0;
    if (base && (base->core.x_flags & IM_TF_HAS_DICT) && !spec->size) type->attr_offset = base->attr_offset; /* one with fields of its own has its attributes behind them */
    if (spec->slots) type->slots = *spec->slots;
    if (base) im_slots_inherit(&type->slots, &base->slots);
    if (type->slots.richcompare && !type->slots.hash) type->slots.hash = im_hash_not_implemented;
    /* Directly below object, a type without constructor of its own cannot be created from Python. */
    if (base == &im_object_type && !(spec->flags & IM_TF_BASETYPE) && spec->slots && !spec->slots->new_ && !spec->slots->init) flags |= IM_TF_NO_NEW;
    if (base == &im_object_type && !(spec->flags & IM_TF_BASETYPE) && !spec->slots) flags |= IM_TF_NO_NEW;
    if (flags & IM_TF_NO_NEW) type->slots.new_ = NULL;
    /* A static type whose instances carry attributes: x_extra after its own fields, no inline slots. */
    if ((flags & IM_TF_HAS_DICT) && !type->attr_offset) {
        type->attr_offset = type->core.item_size ? IM_ATTR_AT_END : (type->core.size + 7) & ~7u;
        if (type->attr_offset == IM_ATTR_AT_END) type->n_tail = 1;
        else type->core.size = type->attr_offset + (uint32_t)sizeof(Value);
        type->core.traverse = im_subtype_traverse;
        type->core.destroy = im_subtype_destroy;
        if (type->core.clear || (flags & IM_TF_GC)) type->core.clear = im_subtype_clear;
        type->dict_shape = im_shape_new(NULL, type, IM_SHAPE_DICT);
    } else if (flags & IM_TF_HAS_DICT) {
        type->dict_shape = im_shape_new(NULL, type, IM_SHAPE_DICT);
    }
    if (type->slots.getattr == im_generic_getattr) flags |= IM_TF_GENERIC_GETATTR;
    type->core.x_flags = flags;
}

/* ---- second pass ------------------------------------------------------------------------------------------------------------ */

static int put(Thread *t, ImType *type, Value key, Value v) { return im_no_value(v) ? -1 : im_dict_set_steal(t, type->dict, key, v); }

/* The interned name, or no value where the dict has it. */
static Value free_name(Thread *t, ImType *type, const char *name)
{
    Value key = im_str_intern_cstr(t, name), v = im_no_value(key) ? key : im_dict_get_str(t, type->dict, key);
    im_xdrop(t, v);
    return im_no_value(v) ? key : IM_NO_VALUE;
}

static size_t rows_of(const ImTypeSpec *spec)
{
    size_t n = 5;
    for (const ImMethodDef *m = spec->methods; m && m->name; m++) n++;
    for (const ImMemberDef *m = spec->members; m && m->name; m++) n++;
    for (const ImGetSetDef *g = spec->getset; g && g->name; g++) n++;
    void *const *slots = (void *const *)spec->slots;
    for (size_t i = 0; slots && i < sizeof(ImSlots) / sizeof(void *); i++) n += slots[i] != NULL;
    return n;
}

bool im_type_is_extension(const char *name)
{
    static const char *const fixed[] = {"types.", "weakref.", "datetime.", "sys.", "_contextvars.", "collections.OrderedDict", "pickle.PickleBuffer", "typing.TypeAliasType", "_curses.window"};
    if (!strchr(name, '.')) return false;
    for (size_t i = 0; i < IM_COUNTOF(fixed); i++)
        if (strncmp(name, fixed[i], strlen(fixed[i])) == 0) return false;
    return true;
}

static int fill_dict(Thread *t, ImType *type, const ImTypeSpec *spec)
{
    Value key;
    /* Instances find it there: obj.__module__. */
    const char *dot = im_type_is_extension(spec->name) ? strrchr(spec->name, '.') : NULL;
    if (dot && (im_no_value(key = im_str_intern_latin1(t, spec->name, (size_t)(dot - spec->name))) || put(t, type, IM_S(__module__), key) < 0)) return -1;
    for (const ImMethodDef *m = spec->methods; m && m->name; m++)
        if ((m->how & IM_M_COEXIST) && (im_no_value(key = im_str_intern_cstr(t, m->name)) || put(t, type, key, im_method_row_new(t, type, m, key)) < 0)) return -1;
    if (im_type_add_wrappers(t, type, spec->slots, spec->finalize != NULL) < 0) return -1;
    for (const ImMethodDef *m = spec->methods; m && m->name; m++)
        if (!im_no_value(key = free_name(t, type, m->name)) && put(t, type, key, im_method_row_new(t, type, m, key)) < 0) return -1;
    for (const ImMemberDef *m = spec->members; m && m->name; m++)
        if (!im_no_value(key = free_name(t, type, m->name)) && put(t, type, key, im_member_descr_new(t, type, m, key)) < 0) return -1;
    for (const ImGetSetDef *g = spec->getset; g && g->name; g++)
        if (!im_no_value(key = free_name(t, type, g->name)) && put(t, type, key, im_getset_row_new(t, type, g, key)) < 0) return -1;
    if ((spec->flags & IM_TF_HAS_DICT) && type->base && !(type->base->core.x_flags & IM_TF_HAS_DICT) && !im_no_value(key = free_name(t, type, "__dict__")) &&
        put(t, type, key, im_getset_row_new(t, type, &im_dict_row, key)) < 0) return -1;
    if (!im_no_value(key = free_name(t, type, "__doc__")) && put(t, type, key, spec->doc ? im_str_from_cstr(t, spec->doc) : IM_NONE) < 0) return -1;
    /* richcompare without hash: the instances are unhashable, and Python code sees it. */
    if (type->slots.hash == im_hash_not_implemented && spec->slots && spec->slots->richcompare && !im_no_value(key = free_name(t, type, "__hash__")) &&
        put(t, type, key, IM_NONE) < 0) return -1;
    return im_pending(t) ? -1 : 0;
}

static int ready_objects(Thread *t, ImType *type)
{
    if (!im_no_value(type->dict)) return 0;
    ImType *base = type->base;
    if (base && ready_objects(t, base) < 0) return -1;
    const ImTypeSpec *spec = type->spec;
    const char *dot = strrchr(spec->name, '.');
    Value name = im_str_intern_cstr(t, dot ? dot + 1 : spec->name);
    if (im_no_value(name)) return -1;
    im_immortalize(name);
    type->x_name = type->x_qualname = name;
    if (type == &im_ExceptionGroup_type) { /* the one built-in type with two bases */
        if (ready_objects(t, &im_Exception_type) < 0) return -1;
        type->bases = im_tuple_pack(t, 2, im_value(base), im_value(&im_Exception_type));
    }
    Value base_value = base ? im_value(base) : IM_NO_VALUE;
    if (im_no_value(type->bases)) type->bases = base ? im_tuple_from_array(t, &base_value, 1) : im_tuple_empty();
    if (im_no_value(type->bases)) return -1;
    im_immortalize(type->bases);
    Value dict = im_dict_new_sized(t, rows_of(spec));
    if (im_no_value(dict)) return -1;
    type->dict = dict;
    type->mro = im_mro_c3(t, type);
    if (im_no_value(type->mro)) return -1;
    im_immortalize(type->mro);
    if (fill_dict(t, type, spec) < 0) return -1;
    im_immortalize(dict); /* now: an uncounted dict is filled under its lock */
    if (im_type_link_room(t, type->bases) < 0) return -1;
    for (ssize_t i = 0; i < im_tuple_len(type->bases); i++) im_type_link(t, im_as_type(im_tuple_get(type->bases, i)), type);
    return 0;
}

int im_type_ready(Thread *t, ImType *type, const ImTypeSpec *spec)
{
    ready_layout(type, spec);
    return ready_objects(t, type);
}

int im_types_init(Thread *t)
{
    im_gmp_init();
    im_exceptions_prepare();
    layout_of(&im_object_type);
    layout_of(&im_type_type);
    for (const ImTypeRow *r = __start_im_types; r < __stop_im_types; r++) ready_layout(r->type, r->spec);
    if (im_names_init(t) < 0 || im_slot_names_init(t) < 0) return -1;
    for (const ImTypeRow *r = __start_im_types; r < __stop_im_types; r++)
        if (ready_objects(t, r->type) < 0) return -1;
    im_weakref_init();
    im_words_hook = im_subtype_traverse;
    return im_errors_init(t);
}

/* ---- small ones ---------------------------------------------------------------------------------------------------------------- */

const char *im_type_cname(const ImType *ty)
{
    if (!(im_type_flags(ty) & IM_TF_HEAP) && ty->spec) return ty->spec->name;
    ssize_t n;
    const char *s = im_str_utf8(im_thread_current(), im_type_name(ty), &n);
    if (s) return s;
    im_exc_clear(im_thread_current());
    return "?";
}
