/* _abc: the C half of abc.ABCMeta.
 *
 * The caches hold type numbers (ImTypeCore.uid), which are never reused: they need neither weak references nor cleaning, only an upper size. Registered classes are held
 * by weak references.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"
#include "types/weakref.h"

#define ABC_METHOD(name) static Value name(Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)
#define CACHE_LIMIT 16384 /* entries; a program that makes classes without end starts its caches anew */

typedef struct AbcData {
    ImObject head;
    Value registry;           /* list of weak references */
    Value cache, negative;    /* sets of type numbers */
    uint64_t x_negative_version;
} AbcData;
static ImType data_type;
static uint64_t x_invalidation; /* bumped by each register(): negative caches of older versions are void */

static Value data_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    AbcData *d = (AbcData *)im_instance_alloc(t, type, 0);
    if (!d) return IM_NO_VALUE;
    d->x_negative_version = im_load_relaxed(&x_invalidation);
    if (im_no_value(d->registry = im_list_new(t, 0)) || im_no_value(d->cache = im_set_new(t, IM_NO_VALUE)) || im_no_value(d->negative = im_set_new(t, IM_NO_VALUE))) {
        im_drop(t, im_value(d));
        return IM_NO_VALUE;
    }
    return im_value(d);
}
static int data_traverse(ImObject *o, ImVisit visit, void *arg)
{
    AbcData *d = (AbcData *)o;
    int r = im_is_object(d->registry) ? visit(d->registry, arg) : 0;
    if (!r && im_is_object(d->cache)) r = visit(d->cache, arg);
    if (!r && im_is_object(d->negative)) r = visit(d->negative, arg);
    return r;
}
static void data_destroy(Thread *t, ImObject *o)
{
    AbcData *d = (AbcData *)o;
    im_destroy_child(t, d->registry);
    im_destroy_child(t, d->cache);
    im_destroy_child(t, d->negative);
}
static const ImSlots data_slots = {.new_ = data_new};
static const ImTypeSpec data_spec = {
    .name = "_abc._abc_data", .doc = "Internal state held by ABC machinery.", .size = sizeof(AbcData), .flags = IM_TF_GC, .slots = &data_slots, .traverse = data_traverse,
    .destroy = data_destroy,
};

/* cls._abc_impl, owned; null with an exception pending. */
static AbcData *impl_of(Thread *t, Value cls)
{
    Value v = im_is_type(cls) ? im_type_lookup(t, im_as_type(cls), IM_S(_abc_impl)) : IM_NO_VALUE;
    if (im_no_value(v) && !im_pending(t)) v = im_getattr(t, cls, IM_S(_abc_impl));
    if (im_no_value(v)) return NULL;
    if (im_is_exact(v, &data_type)) return (AbcData *)im_ptr(v);
    (void)im_raise_type(t, "_abc_impl is set to a wrong type");
    im_drop(t, v);
    return NULL;
}
static void impl_drop(Thread *t, AbcData *d) { im_drop(t, im_value(d)); }

static Value uid_of(Value cls) { return im_int(im_as_type(cls)->core.uid); }
static int in_cache(Thread *t, Value set, Value cls) { return im_set_contains(t, set, uid_of(cls)); }
static int reset(Thread *t, Value set)
{
    Value r = im_call_method0(t, set, IM_S(clear));
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}
static int remember(Thread *t, Value set, Value cls)
{
    if (im_set_len(set) >= CACHE_LIMIT && reset(t, set) < 0) return -1;
    return im_set_add(t, set, uid_of(cls));
}

/* --- _abc_init ---------------------------------------------------------------------------------------------------------------------------- */

static int is_abstract(Thread *t, Value v)
{
    Value flag;
    int r = im_lookup_attr(t, v, IM_S(__isabstractmethod__), &flag);
    if (r > 0) {
        r = im_truth(t, flag);
        im_drop(t, flag);
    }
    return r;
}

static int compute_abstract(Thread *t, Value cls)
{
    Value names = im_frozenset_new(t, IM_NO_VALUE), ns = im_as_type(cls)->dict, k, v;
    int e = im_no_value(names) ? -1 : 0;
    Value items = e < 0 ? IM_NO_VALUE : im_dict_items_list(t, ns);
    if (im_no_value(items)) e = -1;
    for (ssize_t i = 0; e == 0 && i < im_list_len(items); i++) {
        Value pair = im_list_get(t, items, i);
        k = im_tuple_get(pair, 0), v = im_tuple_get(pair, 1);
        e = is_abstract(t, v);
        if (e > 0) e = im_set_add(t, names, k);
        im_drop(t, pair);
    }
    im_xdrop(t, items);
    Value bases = im_slot_get(t, NULL, &im_as_type(cls)->bases);
    for (ssize_t b = 0; e == 0 && b < im_tuple_len(bases); b++) {
        Value theirs, it;
        e = im_lookup_attr(t, im_tuple_get(bases, b), IM_S(__abstractmethods__), &theirs);
        if (e <= 0) continue;
        it = im_iter(t, theirs);
        im_drop(t, theirs);
        e = im_no_value(it) ? -1 : 0;
        while (e == 0) {
            k = im_next(t, it);
            if (im_is_stop(k)) break;
            int has = im_no_value(k) ? -1 : im_lookup_attr(t, cls, k, &v);
            e = has < 0 ? -1 : 0;
            if (has > 0) {
                e = is_abstract(t, v);
                im_drop(t, v);
                if (e > 0) e = im_set_add(t, names, k);
            }
            im_xdrop(t, k);
        }
        im_xdrop(t, it);
    }
    im_xdrop(t, bases);
    if (e == 0) e = im_setattr(t, cls, IM_S(__abstractmethods__), names);
    im_xdrop(t, names);
    return e;
}

#define COLLECTION (IM_TF_SEQUENCE | IM_TF_MAPPING)
static void add_flags(ImType *type, uint32_t flags)
{
    im_and_acq_rel(&type->core.x_flags, ~(uint32_t)COLLECTION);
    im_or_acq_rel(&type->core.x_flags, flags);
}

ABC_METHOD(abc_init)
{
    Value cls = args[0];
    if (!im_is_type(cls)) return im_raise_type(t, "_abc_init() argument must be a class, not %T", cls);
    if (compute_abstract(t, cls) < 0) return IM_NO_VALUE;
    Value data = data_new(t, &data_type, NULL, 0, IM_NO_VALUE);
    int e = im_no_value(data) ? -1 : im_setattr(t, cls, IM_S(_abc_impl), data);
    im_xdrop(t, data);
    if (e < 0) return IM_NO_VALUE;
    /* Sequence and Mapping say with __abc_tpflags__ that patterns may match them. */
    Value flags;
    if (im_dict_get(t, im_as_type(cls)->dict, IM_S(__abc_tpflags__), &flags) < 0) return IM_NO_VALUE;
    if (!im_no_value(flags)) {
        int64_t bits = 0;
        if (im_is_int(flags)) bits = im_int_get(flags);
        im_drop(t, flags);
        uint32_t mine = (bits & (1 << 5) ? IM_TF_SEQUENCE : 0) | (bits & (1 << 6) ? IM_TF_MAPPING : 0);
        if (mine == COLLECTION) return im_raise_type(t, "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
        if (mine) add_flags(im_as_type(cls), mine);
        if (im_setattr(t, cls, IM_S(__abc_tpflags__), IM_NO_VALUE) < 0) return IM_NO_VALUE;
    }
    return IM_NONE;
}

/* --- register -------------------------------------------------------------------------------------------------------------------------------- */

static int flag_subclasses(Thread *t, Value cls, uint32_t flags)
{
    ImType *type = im_as_type(cls);
    if ((im_load_relaxed(&type->core.x_flags) & COLLECTION) == flags || (im_type_has(type, IM_TF_IMMUTABLE) && !im_type_has(type, IM_TF_HEAP))) return 0;
    add_flags(type, flags);
    Value list = im_call_method0(t, cls, IM_S(__subclasses__));
    if (im_no_value(list)) return -1;
    int r = 0;
    for (ssize_t i = 0; r == 0 && i < im_list_len(list); i++) {
        Value sub = im_list_get(t, list, i);
        if (im_no_value(sub)) break;
        r = flag_subclasses(t, sub, flags);
        im_drop(t, sub);
    }
    im_drop(t, list);
    return r;
}

ABC_METHOD(abc_register)
{
    Value cls = args[0], sub = args[1];
    if (!im_is_type(sub)) return im_raise_type(t, "Can only register classes");
    int r = im_issubclass(t, sub, cls);
    if (r) return r < 0 ? IM_NO_VALUE : im_new_ref(sub);
    r = im_issubclass(t, cls, sub);
    if (r) return r < 0 ? IM_NO_VALUE : im_raise_runtime(t, "Refusing to create an inheritance cycle");
    AbcData *d = impl_of(t, cls);
    if (!d) return IM_NO_VALUE;
    Value ref = im_weakref_new(t, sub, IM_NO_VALUE);
    r = im_no_value(ref) ? -1 : im_list_append_steal(t, d->registry, ref);
    impl_drop(t, d);
    if (r < 0) return IM_NO_VALUE;
    (void)im_faa_acq_rel(&x_invalidation, (uint64_t)1);
    uint32_t flags = im_is_type(cls) ? im_load_relaxed(&im_as_type(cls)->core.x_flags) & COLLECTION : 0;
    if (flags && flag_subclasses(t, sub, flags) < 0) return IM_NO_VALUE;
    return im_new_ref(sub);
}

/* --- checks ---------------------------------------------------------------------------------------------------------------------------------- */

/* The classes registered with d, as a list; dead references are weeded out. */
static Value registered(Thread *t, AbcData *d)
{
    Value list = im_list_new(t, 0);
    bool dead = false;
    for (ssize_t i = 0; !im_no_value(list); i++) {
        Value ref = im_list_get(t, d->registry, i);
        if (im_no_value(ref)) break;
        Value cls = im_weakref_get(t, ref);
        im_drop(t, ref);
        if (im_no_value(cls)) {
            if (im_pending(t)) IM_CLEAR(t, list);
            dead = true;
        } else if (im_is_none(cls)) dead = true;
        else if (im_list_append_steal(t, list, cls) < 0) IM_CLEAR(t, list);
    }
    if (dead && !im_no_value(list) && im_is_private(d->registry)) {
        Value alive = im_list_new(t, 0);
        for (ssize_t i = 0; !im_no_value(alive) && i < im_list_len(list); i++) {
            Value cls = im_list_get(t, list, i), ref = im_weakref_new(t, cls, IM_NO_VALUE);
            im_drop(t, cls);
            if (im_no_value(ref) || im_list_append_steal(t, alive, ref) < 0) IM_CLEAR(t, alive);
        }
        if (im_no_value(alive) || im_list_clear(t, d->registry) < 0 || im_list_extend(t, d->registry, alive) < 0) IM_CLEAR(t, list);
        im_xdrop(t, alive);
    }
    return list;
}

/* Any class of the list that sub is a subclass of? */
static int any_base(Thread *t, Value list, Value sub)
{
    int r = 0;
    for (ssize_t i = 0; r == 0; i++) {
        Value cls = im_list_get(t, list, i);
        if (im_no_value(cls)) break;
        r = im_issubclass(t, sub, cls);
        im_drop(t, cls);
    }
    return r;
}

static int subclasscheck(Thread *t, Value cls, AbcData *d, Value sub)
{
    int r = in_cache(t, d->cache, sub);
    if (r) return r;
    uint64_t version = im_load_acquire(&x_invalidation);
    if (im_load_relaxed(&d->x_negative_version) < version) {
        if (reset(t, d->negative) < 0) return -1;
        im_store_relaxed(&d->x_negative_version, version);
    } else if ((r = in_cache(t, d->negative, sub))) return r < 0 ? -1 : 0;
    Value ok = im_call_method1(t, cls, IM_S(__subclasshook__), sub);
    if (im_no_value(ok)) return -1;
    im_drop(t, ok);
    if (im_same(ok, IM_TRUE)) return remember(t, d->cache, sub) < 0 ? -1 : 1;
    if (im_same(ok, IM_FALSE)) return remember(t, d->negative, sub) < 0 ? -1 : 0;
    if (!im_same(ok, IM_NOT_IMPLEMENTED)) return im_raise(t, &im_AssertionError_type, "__subclasshook__ must return either False, True, or NotImplemented"), -1;
    r = im_is_type(cls) && im_type_is_subtype(im_as_type(sub), im_as_type(cls));
    if (r == 0) {
        Value list = registered(t, d);
        r = im_no_value(list) ? -1 : any_base(t, list, sub);
        im_xdrop(t, list);
    }
    if (r == 0) {
        Value list = im_call_method0(t, cls, IM_S(__subclasses__));
        if (!im_no_value(list) && !im_is_list(list)) {
            im_drop(t, list);
            return im_raise_type(t, "__subclasses__() must return a list"), -1;
        }
        r = im_no_value(list) ? -1 : any_base(t, list, sub);
        im_xdrop(t, list);
    }
    if (r < 0) return -1;
    return remember(t, r ? d->cache : d->negative, sub) < 0 ? -1 : r;
}

ABC_METHOD(abc_subclasscheck)
{
    if (!im_is_type(args[1])) return im_raise_type(t, "issubclass() arg 1 must be a class");
    AbcData *d = impl_of(t, args[0]);
    if (!d) return IM_NO_VALUE;
    int r = subclasscheck(t, args[0], d, args[1]);
    impl_drop(t, d);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}

ABC_METHOD(abc_instancecheck)
{
    Value cls = args[0], type = im_type_value(im_type_of(args[1])), sub;
    AbcData *d = impl_of(t, cls);
    if (!d) return IM_NO_VALUE;
    if (im_no_value(sub = im_getattr(t, args[1], IM_S(__class__)))) {
        impl_drop(t, d);
        return sub;
    }
    Value r = IM_NO_VALUE;
    int known = im_is_type(sub) ? in_cache(t, d->cache, sub) : 0;
    if (known > 0) r = IM_TRUE;
    else if (known == 0 && im_same(sub, type) && im_load_relaxed(&d->x_negative_version) == im_load_acquire(&x_invalidation) && (known = in_cache(t, d->negative, sub)) > 0)
        r = IM_FALSE;
    else if (known == 0) {
        r = im_call_method1(t, cls, IM_S(__subclasscheck__), sub);
        if (!im_no_value(r) && !im_same(sub, type)) {
            int yes = im_truth(t, r);
            if (yes <= 0) {
                im_drop(t, r);
                r = yes < 0 ? IM_NO_VALUE : im_call_method1(t, cls, IM_S(__subclasscheck__), type);
            }
        }
    }
    im_drop(t, sub);
    impl_drop(t, d);
    return r;
}

/* --- the rest ---------------------------------------------------------------------------------------------------------------------------------- */

ABC_METHOD(cache_token) { return im_int_from_u64(t, im_load_acquire(&x_invalidation)); }
ABC_METHOD(reset_registry)
{
    AbcData *d = impl_of(t, args[0]);
    if (!d) return IM_NO_VALUE;
    int r = im_list_clear(t, d->registry);
    impl_drop(t, d);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
ABC_METHOD(reset_caches)
{
    AbcData *d = impl_of(t, args[0]);
    if (!d) return IM_NO_VALUE;
    int r = reset(t, d->cache);
    if (r == 0) r = reset(t, d->negative);
    impl_drop(t, d);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
/* (registry, cache, negative cache, version): sets; the caches as type numbers. */
ABC_METHOD(get_dump)
{
    AbcData *d = impl_of(t, args[0]);
    if (!d) return IM_NO_VALUE;
    Value v[4] = {im_set_new(t, d->registry), im_set_new(t, d->cache), im_set_new(t, d->negative), im_int_from_u64(t, im_load_relaxed(&d->x_negative_version))};
    impl_drop(t, d);
    for (int i = 0; i < 4; i++) {
        if (!im_no_value(v[i])) continue;
        for (int j = 0; j < 4; j++) im_xdrop(t, v[j]);
        return IM_NO_VALUE;
    }
    return im_tuple_steal_array(t, v, 4);
}

static int abc_exec(Thread *t, Value m) { (void)m; return im_type_ready(t, &data_type, &data_spec); }
static const ImMethodDef functions[] = {
    IM_FIXED("get_cache_token", cache_token, 0, "($module, /)",
             "Returns the current ABC cache token.\n\nThe token is an opaque object (supporting equality testing) identifying the\ncurrent version of the ABC cache for virtual "
             "subclasses. The token changes\nwith every call to register() on any ABC."),
    IM_FIXED("_abc_init", abc_init, 1, "($module, self, /)", "Internal ABC helper for class set-up. Should be never used outside abc module."),
    IM_FIXED("_reset_registry", reset_registry, 1, "($module, self, /)", "Internal ABC helper to reset registry of a given class.\n\nShould be only used by refleak.py"),
    IM_FIXED("_reset_caches", reset_caches, 1, "($module, self, /)", "Internal ABC helper to reset both caches of a given class.\n\nShould be only used by refleak.py"),
    IM_FIXED("_get_dump", get_dump, 1, "($module, self, /)",
             "Internal ABC helper for cache and registry debugging.\n\nReturn shallow copies of registry, of both caches, and\nnegative cache version. Don't call this function "
             "directly,\ninstead use ABC._dump_registry() for a nice repr."),
    IM_FIXED("_abc_register", abc_register, 2, "($module, self, subclass, /)", "Internal ABC helper for subclasss registration. Should be never used outside abc module."),
    IM_FIXED("_abc_instancecheck", abc_instancecheck, 2, "($module, self, instance, /)",
             "Internal ABC helper for instance checks. Should be never used outside abc module."),
    IM_FIXED("_abc_subclasscheck", abc_subclasscheck, 2, "($module, self, subclass, /)",
             "Internal ABC helper for subclasss checks. Should be never used outside abc module."),
    IM_END,
};
static const ImModuleDef abc_module = {.name = "_abc", .doc = "Module contains faster C implementation of abc.ABCMeta", .methods = functions, .exec = abc_exec};
IM_MODULE(abc_module);
