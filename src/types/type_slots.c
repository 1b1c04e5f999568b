/* Slots and special methods: which slot functions a class gets, and the wrappers that show native slots to Python.
 * SPDX-License-Identifier: MIT
 *
 * A class made in Python gets, for each special method that its MRO finds, the slot function of type_dispatch.c, unless what it finds is the wrapper of a native
 * slot of the same kind: then that native function itself, so that `class L(list): pass` runs list's own code. */
#include "types/type_impl.h"
#include "types/slot_functions.h"

#define OFFSET(field) ((uint32_t)offsetof(ImSlots, field))
const ImSlotDef im_slot_defs[] = {
#define SLOT(name, field, kind, fn, sig, doc) {#name, OFFSET(field), IM_W_##kind, (void *)(uintptr_t)(fn), sig, doc},
#include "types/slots.def"
#undef SLOT
};
const size_t im_slot_def_count = IM_COUNTOF(im_slot_defs);
Value im_slot_names[IM_COUNTOF(im_slot_defs)];

static const ImSlotDef del_def = {"__del__", IM_SLOT_FINALIZE, IM_W_DEL, NULL, "($self, /)", "Called when the instance is about to be destroyed."};

int im_slot_names_init(Thread *t)
{
    for (size_t i = 0; i < im_slot_def_count; i++) {
        Value v = im_str_intern_cstr(t, im_slot_defs[i].name);
        if (im_no_value(v)) return -1;
        im_immortalize(v);
        im_slot_names[i] = v;
    }
    return 0;
}

bool im_is_dunder(Value name)
{
    ssize_t n = im_str_len(name);
    return n > 4 && im_str_at(name, 0) == '_' && im_str_at(name, 1) == '_' && im_str_at(name, n - 1) == '_' && im_str_at(name, n - 2) == '_';
}

void im_slots_inherit(ImSlots *to, const ImSlots *from)
{
    void **a = (void **)to, *const *b = (void *const *)from;
    bool compares = to->richcompare || to->hash;
    for (size_t i = 0; i < sizeof(ImSlots) / sizeof(void *); i++) {
        uint32_t off = (uint32_t)(i * sizeof(void *));
        if (compares && (off == OFFSET(richcompare) || off == OFFSET(hash))) continue;
        if (!a[i]) a[i] = b[i];
    }
}

int64_t im_hash_not_implemented(Thread *t, Value self) { return im_raise_type(t, "unhashable type: '%.200T'", self), -1; }

/* ---- native slot -> dict -------------------------------------------------------------------------------------------------- */

static int add_row(Thread *t, ImType *type, Value name, Value v)
{
    if (im_no_value(v)) return -1;
    return im_dict_set_steal(t, type->dict, name, v);
}

int im_type_add_wrappers(Thread *t, ImType *type, const ImSlots *own, bool has_finalize)
{
    if (own && own->new_ && !(type->spec && type->spec->quiet_new) && IM_SLOT(type, new_) && add_row(t, type, IM_S(__new__), im_native_new(t, &im_tp_new_def, im_value(type), IM_NO_VALUE)) < 0) return -1;
    for (size_t i = 0; own && i < im_slot_def_count; i++) {
        const ImSlotDef *d = &im_slot_defs[i];
        void *fn = *im_slot_at((ImSlots *)own, d->offset);
        if (!fn || d->kind == IM_W_NONE) continue;
        Value name = im_slot_names[i], seen;
        int rc = im_dict_get(t, type->dict, name, &seen);
        if (rc < 0) return -1;
        if (rc > 0) { im_drop(t, seen); continue; }
        if (d->kind == IM_W_NEW) continue;
        if (fn == (void *)im_hash_not_implemented) {
            if (im_dict_set(t, type->dict, name, IM_NONE) < 0) return -1;
        } else if (add_row(t, type, name, im_slot_wrapper_new(t, type, d, fn, name)) < 0) {
            return -1;
        }
    }
    if (has_finalize && type != &im_object_type) return add_row(t, type, IM_S(__del__), im_slot_wrapper_new(t, type, &del_def, (void *)type->core.finalize, IM_S(__del__)));
    return 0;
}

/* ---- dict -> slot ----------------------------------------------------------------------------------------------------------- */

/* The type whose own native slot stands behind the class attribute v called like row d, or null. */
static ImType *native_owner(ImType *type, const ImSlotDef *d, Value v)
{
    ImType *owner = NULL;
    if (im_is_exact(v, &im_wrapper_descriptor_type)) {
        const ImSlotWrapper *w = (ImSlotWrapper *)im_ptr(v);
        if (strcmp(w->def->name, d->name) == 0) owner = w->type;
    } else if (im_is_exact(v, &im_method_descriptor_type)) {
        const ImMethodDescr *m = (ImMethodDescr *)im_ptr(v);
        if ((m->def->how & IM_M_COEXIST) && strcmp(m->def->name, d->name) == 0) owner = m->type;
    }
    return owner && im_type_is_subtype(type, owner) ? owner : NULL;
}

/* Sets the slot at this offset from what the MRO has for the names of its rows. */
static void fill_group(Thread *t, ImType *type, uint32_t offset)
{
    void *specific = NULL, *generic = NULL;
    bool use_generic = false;
    for (size_t i = 0; i < im_slot_def_count; i++) {
        const ImSlotDef *d = &im_slot_defs[i];
        if (d->offset != offset) continue;
        Value v = im_mro_find(t, type, im_slot_names[i], false);
        if (im_no_value(v)) continue;
        ImType *owner = native_owner(type, d, v);
        if (owner) {
            void *fn = im_load_relaxed(im_slot_at(&owner->slots, offset));
            if (fn && specific && specific != fn) use_generic = true;
            if (fn && !specific) specific = fn;
            if (fn && !generic) generic = d->fn;
        } else if (d->kind == IM_W_NEW && im_is_exact(v, &im_builtin_function_or_method_type) && ((ImNativeFunction *)im_ptr(v))->def == &im_tp_new_def) {
            specific = (void *)IM_SLOT(im_as_type(((ImNativeFunction *)im_ptr(v))->self), new_);
            generic = d->fn;
        } else if (im_is_none(v) && offset == OFFSET(hash)) {
            specific = (void *)im_hash_not_implemented;
        } else {
            use_generic = true;
            if (d->fn) generic = d->fn;
        }
        im_drop(t, v);
    }
    void **slot = im_slot_at(&type->slots, offset), *fn = use_generic ? generic : specific;
    if (*slot != fn) im_store_relaxed(slot, fn); /* read without a lock everywhere: not written without need */
}

static void update_flags(Thread *t, ImType *type)
{
    uint32_t f = im_type_flags(type) & ~(uint32_t)IM_TF_GENERIC_GETATTR;
    if (IM_SLOT(type, getattr) == im_generic_getattr) f |= IM_TF_GENERIC_GETATTR;
    Value del = im_mro_find(t, type, IM_S(__del__), false);
    if (!im_no_value(del) && !(im_is_exact(del, &im_wrapper_descriptor_type))) {
        if (type->core.finalize != im_slot_finalize) im_store_release(&type->core.finalize, im_slot_finalize);
        f |= IM_TF_FINALIZER;
    } else if (type->core.finalize == im_slot_finalize) {
        void (*native)(Thread *, ImObject *) = NULL;
        for (ImType *b = type->base; b; b = b->base)
            if (!(im_type_flags(b) & IM_TF_HEAP)) { native = b->core.finalize; break; }
        im_store_release(&type->core.finalize, native); /* read without the lock: im_core_finalizer */
        if (!native) f &= ~(uint32_t)IM_TF_FINALIZER;
    }
    im_xdrop(t, del);
    uint32_t now = im_load_relaxed(&type->core.x_flags), mine = IM_TF_GENERIC_GETATTR | IM_TF_FINALIZER;
    if ((now ^ f) & f & mine) im_or_acq_rel(&type->core.x_flags, f & mine);
    if ((now ^ f) & ~f & mine) im_and_acq_rel(&type->core.x_flags, f | ~mine);
}

void im_type_fill_slots(Thread *t, ImType *type)
{
    for (uint32_t off = 0; off < sizeof(ImSlots); off += sizeof(void *))
        for (size_t i = 0; i < im_slot_def_count; i++)
            if (im_slot_defs[i].offset == off) { fill_group(t, type, off); break; }
    update_flags(t, type);
}

static void fill_named(Thread *t, ImType *type, Value name)
{
    for (size_t i = 0; i < im_slot_def_count; i++)
        if (im_same(im_slot_names[i], name)) fill_group(t, type, im_slot_defs[i].offset);
}

/* One base: its slots hold but for what the class itself defines. */
void im_type_fill_own_slots(Thread *t, ImType *type)
{
    size_t pos = 0;
    Value k, v;
    while (im_dict_next(t, type->dict, &pos, &k, &v)) {
        if (im_is_str_exact(k) && im_is_dunder(k)) fill_named(t, type, k);
        im_drop(t, k);
        im_drop(t, v);
    }
    update_flags(t, type);
}

/* Several bases in the order of C3: along it the classes that `base` has too are found in base's own order, so the slots hold that were copied from it but for
 * what the other classes define. */
void im_type_fill_other_slots(Thread *t, ImType *type, ImType *base)
{
    bool due[sizeof(ImSlots) / sizeof(void *)] = {false};
    for (ssize_t i = 0; i < im_tuple_len(type->mro); i++) {
        ImType *from = im_as_type(im_tuple_get(type->mro, i));
        size_t pos = 0;
        Value k, v;
        if (im_type_is_subtype(base, from)) continue;
        while (im_dict_next(t, from->dict, &pos, &k, &v)) {
            if (im_is_str_exact(k) && im_is_dunder(k))
                for (size_t d = 0; d < im_slot_def_count; d++)
                    if (im_same(im_slot_names[d], k)) due[im_slot_defs[d].offset / sizeof(void *)] = true;
            im_drop(t, k);
            im_drop(t, v);
        }
    }
    for (size_t i = 0; i < IM_COUNTOF(due); i++)
        if (due[i]) fill_group(t, type, (uint32_t)(i * sizeof(void *)));
    update_flags(t, type);
}

typedef struct Update { Thread *t; Value name; } Update;
static void update_rec(ImType *type, void *arg)
{
    Update *u = arg;
    if (im_type_flags(type) & IM_TF_HEAP) {
        fill_named(u->t, type, u->name);
        update_flags(u->t, type);
    }
    im_type_each_subclass(type, update_rec, u);
}
void im_type_update_slot(Thread *t, ImType *type, Value name)
{
    Update u = {t, name};
    update_rec(type, &u);
}

/* ---- calling a wrapper -------------------------------------------------------------------------------------------------------- */

static int want(Thread *t, size_t nargs, size_t n)
{
    if (nargs == n) return 0;
    im_raise_type(t, "expected %zu argument%s, got %zu", n, n == 1 ? "" : "s", nargs);
    return -1;
}
static int want2(Thread *t, size_t nargs, size_t lo, size_t hi)
{
    if (nargs >= lo && nargs <= hi) return 0;
    size_t n = nargs < lo ? lo : hi;
    im_raise_type(t, " expected at %s %zu argument%s, got %zu", nargs < lo ? "least" : "most", n, n == 1 ? "" : "s", nargs);
    return -1;
}
static Value none_if(int rc) { return rc < 0 ? IM_NO_VALUE : IM_NONE; }

/* "a[-1]" for slots that take plain indexes. */
static int seq_index(Thread *t, Value self, Value arg, ssize_t *i)
{
    if (im_as_ssize(t, arg, &im_OverflowError_type, i) < 0) return -1;
    __auto_type length = IM_SLOT(im_type_of(self), length);
    if (*i < 0 && length) {
        ssize_t n = length(t, self);
        if (n < 0) return -1;
        *i += n;
    }
    return 0;
}

/* object.__setattr__(cls, …) must not get round a type's own rules. */
static int setattr_allowed(Thread *t, Value self, void *fn, const char *what)
{
    ImType *type = im_type_of(self);
    while (type && (im_type_flags(type) & IM_TF_HEAP)) type = im_type_base(type);
    if (type && (void *)IM_SLOT(type, setattr) != fn) {
        im_raise_type(t, "can't apply this %s to %s object", what, im_type_cname(type));
        return -1;
    }
    return 0;
}

static Value call_descr_get(Thread *t, void *fn, Value self, const Value *args, size_t nargs)
{
    if (want2(t, nargs, 1, 2) < 0) return IM_NO_VALUE;
    Value obj = im_is_none(args[0]) ? IM_NO_VALUE : args[0], type = nargs > 1 && !im_is_none(args[1]) ? args[1] : IM_NO_VALUE;
    if (im_no_value(obj) && im_no_value(type)) return im_raise_type(t, "__get__(None, None) is invalid");
    return ((Value(*)(Thread *, Value, Value, Value))fn)(t, self, obj, type);
}

static Value call_setters(Thread *t, const ImSlotWrapper *w, Value self, const Value *args, size_t nargs)
{
    int (*set)(Thread *, Value, Value, Value) = (int (*)(Thread *, Value, Value, Value))w->fn;
    ssize_t i;
    switch (w->def->kind) {
    case IM_W_SETITEM: case IM_W_DESCR_SET: return want(t, nargs, 2) < 0 ? IM_NO_VALUE : none_if(set(t, self, args[0], args[1]));
    case IM_W_DELITEM: case IM_W_DESCR_DEL: return want(t, nargs, 1) < 0 ? IM_NO_VALUE : none_if(set(t, self, args[0], IM_NO_VALUE));
    case IM_W_SETATTR:
        if (want(t, nargs, 2) < 0 || setattr_allowed(t, self, w->fn, "__setattr__") < 0) return IM_NO_VALUE;
        return none_if(set(t, self, args[0], args[1]));
    case IM_W_DELATTR:
        if (want(t, nargs, 1) < 0 || setattr_allowed(t, self, w->fn, "__delattr__") < 0) return IM_NO_VALUE;
        return none_if(set(t, self, args[0], IM_NO_VALUE));
    case IM_W_SQ_SETITEM: case IM_W_SQ_DELITEM:
        if (want(t, nargs, w->def->kind == IM_W_SQ_SETITEM ? 2 : 1) < 0 || seq_index(t, self, args[0], &i) < 0) return IM_NO_VALUE;
        return none_if(((int (*)(Thread *, Value, ssize_t, Value))w->fn)(t, self, i, nargs > 1 ? args[1] : IM_NO_VALUE));
    default: im_fatal("bad wrapper kind");
    }
}

static Value call_numbers(Thread *t, const ImSlotWrapper *w, Value self, const Value *args, size_t nargs)
{
    int64_t n;
    int rc;
    if (want(t, nargs, 0) < 0) return IM_NO_VALUE;
    (void)args;
    switch (w->def->kind) {
    case IM_W_HASH:
        n = ((int64_t(*)(Thread *, Value))w->fn)(t, self);
        return n == -1 && im_pending(t) ? IM_NO_VALUE : im_int_from_i64(t, n);
    case IM_W_LEN:
        n = ((ssize_t(*)(Thread *, Value))w->fn)(t, self);
        return n < 0 ? IM_NO_VALUE : im_int_from_i64(t, n);
    case IM_W_INQUIRY:
        rc = ((ImInquiry)w->fn)(t, self);
        return rc < 0 ? IM_NO_VALUE : im_bool(rc);
    default: ((void (*)(Thread *, ImObject *))w->fn)(t, im_ptr(self)); return IM_NONE; /* __del__ */
    }
}

static Value call_wrapped(Thread *t, const ImSlotWrapper *w, Value self, const Value *args, size_t nargs)
{
    void *fn = w->fn;
    Value r;
    ssize_t i;
    int rc;
    switch (w->def->kind) {
    case IM_W_UNARY: return want(t, nargs, 0) < 0 ? IM_NO_VALUE : ((ImUnary)fn)(t, self);
    case IM_W_NEXT:
        if (want(t, nargs, 0) < 0) return IM_NO_VALUE;
        r = ((ImUnary)fn)(t, self);
        return im_is_stop(r) ? im_raise_none(t, &im_StopIteration_type) : r;
    case IM_W_BINARY: case IM_W_BINARY_L: return want(t, nargs, 1) < 0 ? IM_NO_VALUE : ((ImBinary)fn)(t, self, args[0]);
    case IM_W_GETATTR:
        if (want(t, nargs, 1) < 0) return IM_NO_VALUE;
        if (!im_is_str(args[0])) return im_raise_type(t, "attribute name must be string, not '%.200T'", args[0]);
        return ((ImBinary)fn)(t, self, args[0]);
    case IM_W_BINARY_R: return want(t, nargs, 1) < 0 ? IM_NO_VALUE : ((ImBinary)fn)(t, args[0], self);
    case IM_W_TERNARY: return want2(t, nargs, 1, 2) < 0 ? IM_NO_VALUE : ((ImTernary)fn)(t, self, args[0], nargs > 1 ? args[1] : IM_NONE);
    case IM_W_TERNARY_R: return want2(t, nargs, 1, 2) < 0 ? IM_NO_VALUE : ((ImTernary)fn)(t, args[0], self, nargs > 1 ? args[1] : IM_NONE);
    case IM_W_INDEX_ARG:
        if (want(t, nargs, 1) < 0 || im_as_ssize(t, args[0], &im_OverflowError_type, &i) < 0) return IM_NO_VALUE;
        return ((Value(*)(Thread *, Value, ssize_t))fn)(t, self, i);
    case IM_W_SQ_ITEM:
        if (want(t, nargs, 1) < 0 || seq_index(t, self, args[0], &i) < 0) return IM_NO_VALUE;
        return ((Value(*)(Thread *, Value, ssize_t))fn)(t, self, i);
    case IM_W_CONTAINS:
        if (want(t, nargs, 1) < 0) return IM_NO_VALUE;
        rc = ((int (*)(Thread *, Value, Value))fn)(t, self, args[0]);
        return rc < 0 ? IM_NO_VALUE : im_bool(rc);
    case IM_W_LT: case IM_W_LE: case IM_W_EQ: case IM_W_NE: case IM_W_GT: case IM_W_GE:
        if (want(t, nargs, 1) < 0) return IM_NO_VALUE;
        return ((Value(*)(Thread *, Value, Value, ImCmp))fn)(t, self, args[0], (ImCmp)(w->def->kind - IM_W_LT));
    case IM_W_DESCR_GET: return call_descr_get(t, fn, self, args, nargs);
    case IM_W_HASH: case IM_W_LEN: case IM_W_INQUIRY: case IM_W_DEL: return call_numbers(t, w, self, args, nargs);
    case IM_W_BUFFER: return want(t, nargs, 1) < 0 ? IM_NO_VALUE : im_wrap_buffer(t, self, args[0]);
    case IM_W_RELEASE: return want(t, nargs, 1) < 0 ? IM_NO_VALUE : im_wrap_release_buffer(t, self, args[0]);
    default: return call_setters(t, w, self, args, nargs);
    }
}

Value im_slot_wrapper_call(Thread *t, const ImSlotWrapper *w, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (w->def->kind == IM_W_CALL) return ((ImNative)w->fn)(t, self, args, nargs, kwnames);
    if (w->def->kind == IM_W_INIT) return none_if(((int (*)(Thread *, Value, const Value *, size_t, Value))w->fn)(t, self, args, nargs, kwnames));
    if (!im_no_value(kwnames) && im_tuple_len(kwnames)) return im_raise_type(t, "wrapper %s() takes no keyword arguments", w->def->name);
    return call_wrapped(t, w, self, args, nargs);
}
