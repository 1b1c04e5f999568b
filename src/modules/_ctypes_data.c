/* _ctypes: what all instances of C data share: their memory, what they keep alive, reads and writes of parts, buffers, pickling.
 * SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdio.h>

#include "modules/_ctypes.h"
#include "modules/audit.h"

ImType im_c_data_type;

/* --- making instances ----------------------------------------------------------------------------------------------------------------------------- */

static ImCData *alloc(Thread *t, Value type)
{
    ImCType *i = im_c_info(type);
    if (!i) return im_raise_type(t, "abstract class"), NULL;
    im_c_final(i);
    ImCData *d = (ImCData *)im_instance_alloc(t, im_as_type(type), 0);
    if (!d) return NULL;
    d->size = i->size;
    d->length = i->length;
    return d;
}
static int own_memory(Thread *t, ImCData *d)
{
    d->owns = true;
    d->ptr = d->small;
    if (d->size <= (ssize_t)sizeof d->small) return 0;
    d->ptr = im_raw_alloc_zero(t, 1, (size_t)d->size);
    if (d->ptr) return 0;
    im_drop(t, im_value(d));
    return -1;
}
Value im_c_data_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    ImCData *d = alloc(t, im_type_value(type));
    return !d || own_memory(t, d) < 0 ? IM_NO_VALUE : im_value(d);
}
Value im_c_data_at(Thread *t, Value type, Value base, ssize_t index, void *p)
{
    ImCData *d = alloc(t, type);
    if (!d) return IM_NO_VALUE;
    d->index = index;
    if (!im_no_value(base)) {
        d->ptr = p;
        d->base = im_new_ref(base);
    } else {
        if (own_memory(t, d) < 0) return IM_NO_VALUE;
        memcpy(d->ptr, p, (size_t)d->size);
    }
    return im_value(d);
}
Value im_c_data_at_address(Thread *t, Value type, void *p)
{
    if (IM_AUDIT(t, "ctypes.cdata", im_int_from_u64(t, (uintptr_t)p)) < 0) return IM_NO_VALUE;
    ImCData *d = alloc(t, type);
    if (!d) return IM_NO_VALUE;
    d->ptr = p;
    return im_value(d);
}
static int data_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImCData *d = (ImCData *)o;
    int r = im_is_object(d->base) ? visit(d->base, arg) : 0;
    return r ? r : im_is_object(d->x_objects) ? visit(d->x_objects, arg) : 0;
}
static void data_clear(Thread *t, ImObject *o) { im_slot_put(t, o, &((ImCData *)o)->x_objects, IM_NO_VALUE); }
static void data_destroy(Thread *t, ImObject *o)
{
    ImCData *d = (ImCData *)o;
    if (d->owns && d->ptr != d->small) im_raw_free(d->ptr);
    im_destroy_child(t, d->x_objects);
    im_destroy_child(t, d->base);
}
int im_c_data_resize(Thread *t, Value v, ssize_t size)
{
    ImCData *d = IM_C(v);
    ImCType *i = im_c_info_of(v);
    if (!i) return im_raise_type(t, "abstract class"), -1;
    if (size < i->size) return im_raise_valueerror(t, "minimum size is %zd", i->size), -1;
    if (!d->owns) return im_raise_valueerror(t, "Memory cannot be resized because this object doesn't own it"), -1;
    if (d->ptr == d->small ? size > (ssize_t)sizeof d->small : true) {
        char *p = im_raw_alloc_zero(t, 1, (size_t)size), *old = d->ptr;
        if (!p) return -1;
        memcpy(p, old, (size_t)(d->size < size ? d->size : size));
        im_store_release(&d->ptr, p);
        if (old != d->small) im_raw_retire(t, old, (size_t)d->size);
    }
    d->size = size;
    return 0;
}

/* --- what the memory refers to ----------------------------------------------------------------------------------------------------------------------- */

static ImCData *root_of(Value owner)
{
    ImCData *d = IM_C(owner);
    while (im_is_object(d->base)) d = IM_C(d->base);
    return d;
}
static Value objects_of(Thread *t, ImCData *root)
{
    Value v = im_slot_get(t, NULL, &root->x_objects);
    if (im_is_object(v)) return v;
    if (!root->length) return IM_NONE;
    Value d = im_dict_new(t);
    if (im_no_value(d)) return d;
    if (im_slot_replace(t, &root->head, &root->x_objects, IM_NO_VALUE, d)) return d;
    im_drop(t, d);
    return im_slot_get(t, NULL, &root->x_objects);
}
Value im_c_kept(Thread *t, Value owner) { return objects_of(t, root_of(owner)); }

/* Steals keep; *old: what it displaces, owned or no value. */
static int keep_swap(Thread *t, Value owner, ssize_t index, Value keep, Value *old)
{
    *old = IM_NO_VALUE;
    if (im_is_none(keep)) return 0;
    ImCData *root = root_of(owner);
    Value objects = objects_of(t, root);
    if (im_no_value(objects)) return im_drop(t, keep), -1;
    if (!im_is_dict_exact(objects)) {
        im_drop(t, objects);
        *old = im_slot_exchange(t, &root->head, &root->x_objects, keep);
        return 0;
    }
    char key[512];
    int n = snprintf(key, sizeof key, "%x", (unsigned)index);
    for (ImCData *d = IM_C(owner); im_is_object(d->base); d = IM_C(d->base)) {
        if (n > (int)sizeof key - 20) {
            im_raise_valueerror(t, "ctypes object structure too deep");
            im_drop(t, keep);
            im_drop(t, objects);
            return -1;
        }
        n += snprintf(key + n, sizeof key - (size_t)n, ":%x", (unsigned)d->index);
    }
    Value k = im_str_from_cstr(t, key);
    int r = im_no_value(k) || im_dict_get(t, objects, k, old) < 0 ? -1 : im_dict_set(t, objects, k, keep);
    im_xdrop(t, k);
    im_drop(t, keep);
    im_drop(t, objects);
    return r;
}
int im_c_keep(Thread *t, Value owner, ssize_t index, Value keep)
{
    Value old;
    int r = keep_swap(t, owner, index, keep, &old);
    im_xdrop(t, old);
    return r;
}

/* --- pointers to objects ------------------------------------------------------------------------------------------------------------------------------- */
/* Memory that several threads see and that points into objects (c_char_p, c_wchar_p, py_object) changes together with what keeps the object alive. No Python
 * code runs meanwhile: these setters call none, and what is displaced is dropped afterwards. */
static ImMutex pair_lock;

static bool is_paired(Value owner, ImCSet set)
{
    if (!im_is_object(owner) || im_is_private_obj(im_ptr(owner)) || im_rt.gil) return false;
    for (const char *c = "zZO"; *c; c++)
        if (im_c_code((uint32_t)*c)->set == set) return true;
    return false;
}
int im_c_set(Thread *t, Value owner, ssize_t index, ImCSet set, void *p, Value v, ssize_t size)
{
    Value keep, old = IM_NO_VALUE;
    bool paired = is_paired(owner, set);
    if (paired) {
        im_publish(t, v);
        im_mutex_acquire(t, &pair_lock);
    }
    keep = set(t, p, v, size);
    int r = im_no_value(keep) ? -1 : keep_swap(t, owner, index, keep, &old);
    if (paired) im_mutex_unlock(&pair_lock);
    im_xdrop(t, old);
    return r;
}
Value im_c_get(Thread *t, Value owner, ImCSet set, ImCGet get, const void *p, ssize_t size)
{
    if (!is_paired(owner, set)) return get(t, p, size);
    im_mutex_acquire(t, &pair_lock);
    Value v = get(t, p, size);
    im_mutex_unlock(&pair_lock);
    return v;
}

/* --- parts ---------------------------------------------------------------------------------------------------------------------------------------------- */

Value im_c_load(Thread *t, Value type, ImCGet get, Value owner, ssize_t index, ssize_t size, void *p)
{
    ImCType *i = im_c_info(type);
    if (get) return im_c_get(t, owner, i ? i->set : NULL, get, p, size);
    if (i && i->get && !im_c_is_derived_simple(type)) return im_c_get(t, owner, i->set, i->get, p, size);
    return im_c_data_at(t, type, owner, index, p);
}
void im_c_extend_error(Thread *t, ImType *exc, const char *fmt, ...)
{
    va_list ap;
    Value e = im_exc_fetch(t);
    va_start(ap, fmt);
    Value prefix = im_str_vformat(t, fmt, ap), text, all = IM_NO_VALUE;
    va_end(ap);
    if (im_no_value(prefix)) { im_drop(t, e); return; }
    text = im_str(t, e);
    if (im_no_value(text)) im_exc_clear(t);
    all = im_no_value(text) ? im_str_format(t, "%U%N: ???", prefix, im_type_of(e)) : im_str_format(t, "%U%N: %U", prefix, im_type_of(e), text);
    if (!im_no_value(all)) im_raise_value_of(t, exc, all);
    im_xdrop(t, text);
    im_xdrop(t, all);
    im_drop(t, prefix);
    im_drop(t, e);
}

static Value store(Thread *t, Value type, ImCSet set, Value v, ssize_t size, void *p);
static Value store_tuple(Thread *t, Value type, Value v, ssize_t size, void *p)
{
    Value made = im_call_ex(t, type, v, IM_NO_VALUE);
    if (im_no_value(made)) {
        im_c_extend_error(t, &im_RuntimeError_type, "(%N) ", im_as_type(type));
        return made;
    }
    Value r = store(t, type, NULL, made, size, p);
    im_drop(t, made);
    return r;
}
static Value store(Thread *t, Value type, ImCSet set, Value v, ssize_t size, void *p)
{
    if (set) return set(t, p, v, size);
    ImCType *i = im_c_info(type);
    bool pointer = i && i->kind == IM_C_POINTER;
    if (!im_is_c_data(v)) {
        if (i && i->set) return i->set(t, p, v, size);
        if (im_is_tuple(v)) return store_tuple(t, type, v, size, p);
        if (im_is_none(v) && pointer) {
            memset(p, 0, sizeof(void *));
            return IM_NONE;
        }
        return im_raise_type(t, "expected %N instance, got %T", im_as_type(type), v);
    }
    int is = im_isinstance(t, v, type);
    if (is < 0) return IM_NO_VALUE;
    if (is && IM_C_IS_BITS(size)) {
        Value x = i->get(t, IM_C(v)->ptr, i->size), r = im_no_value(x) ? x : i->set(t, p, x, size);
        im_xdrop(t, x);
        return r;
    }
    if (is) {
        memmove(p, IM_C(v)->ptr, (size_t)size);
        return im_c_kept(t, v);
    }
    ImCType *vi = im_c_info_of(v);
    if (pointer && vi && vi->kind == IM_C_ARRAY) {
        if (!im_same(vi->proto, i->proto)) return im_raise_type(t, "incompatible types, %T instance instead of %N instance", v, im_as_type(type));
        memcpy(p, &IM_C(v)->ptr, sizeof(void *));
        Value kept = im_c_kept(t, v);
        if (im_no_value(kept)) return kept;
        Value both = im_tuple_pack(t, 2, kept, v);
        im_drop(t, kept);
        return both;
    }
    return im_raise_type(t, "incompatible types, %T instance instead of %N instance", v, im_as_type(type));
}
int im_c_store(Thread *t, Value owner, Value type, ImCSet set, Value v, ssize_t index, ssize_t size, void *p)
{
    ImCType *i = im_c_info(type);
    ImCSet simple = set ? set : i && !im_is_c_data(v) ? i->set : NULL;
    if (simple) return im_c_set(t, owner, index, simple, p, v, size);
    Value keep = store(t, type, set, v, size, p);
    return im_no_value(keep) ? -1 : im_c_keep(t, owner, index, keep);
}

/* --- buffers --------------------------------------------------------------------------------------------------------------------------------------------- */

int im_c_data_getbuffer(Thread *t, Value self, ImBuffer *b, int flags)
{
    (void)t, (void)flags;
    ImCData *d = IM_C(self);
    ImCType *i = im_c_info_of(self), *item = i;
    while (item && item->kind == IM_C_ARRAY) item = im_c_info(item->proto);
    b->obj = im_new_ref(self);
    b->buf = im_load_acquire(&d->ptr);
    b->len = d->size;
    b->itemsize = item ? item->size : 1;
    b->readonly = false;
    b->format = i && i->format ? i->format : (char *)(uintptr_t)"B";
    b->ndim = i ? i->ndim : 0;
    b->shape = i ? i->shape : NULL;
    return 0;
}

/* --- methods ---------------------------------------------------------------------------------------------------------------------------------------------- */

static int64_t data_hash(Thread *t, Value self) { (void)self; return im_raise_type(t, "unhashable type"), -1; }
static Value get_base(Thread *t, Value self, void *c) { (void)t, (void)c; return im_is_object(IM_C(self)->base) ? im_new_ref(IM_C(self)->base) : IM_NONE; }
static Value get_needsfree(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(IM_C(self)->owns); }
static Value get_objects(Thread *t, Value self, void *c)
{
    (void)c;
    Value v = im_slot_get(t, NULL, &IM_C(self)->x_objects);
    return im_no_value(v) ? IM_NONE : v;
}
IM_METHOD(data_outparam) { return im_new_ref(self); }
IM_METHOD(data_reduce)
{
    ImCType *i = im_c_info_of(self);
    if (!i) return im_raise_type(t, "abstract class");
    if (i->flags & (IM_C_ISPOINTER | IM_C_HASPOINTER)) return im_raise_valueerror(t, "ctypes objects containing pointers cannot be pickled");
    Value dict = im_getattr(t, self, IM_S(__dict__));
    if (im_no_value(dict)) return dict;
    Value bytes = im_bytes_new(t, IM_C(self)->ptr, IM_C(self)->size), state = IM_NO_VALUE, both = IM_NO_VALUE, r = IM_NO_VALUE;
    if (!im_no_value(bytes)) state = im_tuple_pack(t, 2, dict, bytes);
    if (!im_no_value(state)) both = im_tuple_pack(t, 2, im_type_value(im_type_of(self)), state);
    if (!im_no_value(both)) r = im_tuple_pack(t, 2, im_c_x_unpickle, both);
    im_drop(t, dict);
    im_xdrop(t, bytes);
    im_xdrop(t, state);
    im_xdrop(t, both);
    return r;
}
IM_METHOD(data_setstate)
{
    if (!im_is_dict(args[0])) return im_raise_type(t, "__setstate__() argument 1 must be dict, not %T", args[0]);
    ImBuffer b;
    if (im_buffer_get(t, args[1], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    memmove(IM_C(self)->ptr, b.buf, (size_t)(b.len < IM_C(self)->size ? b.len : IM_C(self)->size));
    im_buffer_release(t, &b);
    Value mine = im_getattr(t, self, IM_S(__dict__));
    if (im_no_value(mine)) return mine;
    int r = 0;
    if (!im_is_dict(mine)) im_raise_type(t, "%.200T.__dict__ must be a dictionary, not %.200T", self, mine), r = -1;
    else r = im_dict_merge(t, mine, args[0], 1);
    im_drop(t, mine);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
static const ImMethodDef data_methods[] = {
    IM_FIXED("__ctypes_from_outparam__", data_outparam, 0, "($self, /)", "default __ctypes_from_outparam__ method returns self."), IM_FIXED("__reduce__", data_reduce, 0, "($self, /)", NULL),
    IM_FIXED("__setstate__", data_setstate, 2, NULL, NULL), IM_END,
};
static const ImGetSetDef data_getset[] = {
    {"_b_base_", get_base, NULL, "the base object", NULL}, {"_b_needsfree_", get_needsfree, NULL, "whether the object owns the memory or not", NULL},
    {"_objects", get_objects, NULL, "internal objects tree (NEVER CHANGE THIS OBJECT!)", NULL}, IM_END,
};
static const ImSlots data_slots = {.hash = data_hash, .getbuffer = im_c_data_getbuffer};
const ImTypeSpec im_c_data_spec = {
    .name = "_ctypes._CData", .doc = "XXX to be provided", .size = sizeof(ImCData), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_NO_NEW, .slots = &data_slots, .methods = data_methods,
    .getset = data_getset, .traverse = data_traverse, .clear = data_clear, .destroy = data_destroy,
};

/* --- class methods: on the metatype ------------------------------------------------------------------------------------------------------------------------- */

static int address_arg(Thread *t, Value v, void **out)
{
    uint64_t n;
    if (!im_is_int_like(v)) return im_raise_type(t, "integer expected"), -1;
    if (im_as_uint64_wrap(t, v, &n) < 0) return -1;
    *out = (void *)(uintptr_t)n;
    return 0;
}
IM_METHOD(from_address)
{
    void *p;
    return address_arg(t, args[0], &p) < 0 ? IM_NO_VALUE : im_c_data_at_address(t, self, p);
}
static int check_room(Thread *t, ssize_t offset, ssize_t size, ssize_t len)
{
    if (offset < 0) return im_raise_valueerror(t, "offset cannot be negative"), -1;
    if (size > len - offset) return im_raise_valueerror(t, "Buffer size too small (%zd instead of at least %zd bytes)", len, size + offset), -1;
    return 0;
}
IM_METHOD(from_buffer)
{
    ImCType *i = im_c_info(self);
    ssize_t offset = 0;
    if (!i) return im_raise_type(t, "abstract class");
    if (nargs > 1 && im_as_ssize(t, args[1], &im_OverflowError_type, &offset) < 0) return IM_NO_VALUE;
    Value view = im_memoryview_new(t, args[0]), r = IM_NO_VALUE;
    ImBuffer b;
    if (im_no_value(view)) return view;
    if (im_buffer_get(t, view, &b, IM_BUF_FULL_RO) == 0) {
        void *p = b.buf;
        bool ok = false;
        if (b.readonly) im_raise_type(t, "underlying buffer is not writable");
        else if (!im_buffer_is_contiguous(&b, 'C')) im_raise_type(t, "underlying buffer is not C contiguous");
        else ok = check_room(t, offset, i->size, b.len) == 0;
        im_buffer_release(t, &b);
        if (ok && IM_AUDIT(t, "ctypes.cdata/buffer", im_int_from_u64(t, (uintptr_t)p), im_int(b.len), im_int(offset)) == 0) r = im_c_data_at_address(t, self, (char *)p + offset);
    }
    if (!im_no_value(r) && im_c_keep(t, r, -1, im_new_ref(view)) < 0) IM_CLEAR(t, r);
    im_drop(t, view);
    return r;
}
IM_METHOD(from_buffer_copy)
{
    ImCType *i = im_c_info(self);
    ssize_t offset = 0;
    ImBuffer b;
    if (!i) return im_raise_type(t, "abstract class");
    if (nargs > 1 && im_as_ssize(t, args[1], &im_OverflowError_type, &offset) < 0) return IM_NO_VALUE;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (check_room(t, offset, i->size, b.len) == 0 && IM_AUDIT(t, "ctypes.cdata/buffer", im_int_from_u64(t, (uintptr_t)b.buf), im_int(b.len), im_int(offset)) == 0) {
        r = im_c_data_new(t, im_as_type(self), NULL, 0, IM_NO_VALUE);
        if (!im_no_value(r)) memcpy(IM_C(r)->ptr, (char *)b.buf + offset, (size_t)i->size);
    }
    im_buffer_release(t, &b);
    return r;
}
IM_METHOD(in_dll)
{
    const char *name = im_is_str(args[1]) ? im_str_utf8(t, args[1], NULL) : NULL;
    void *handle, *p;
    char why[300];
    if (!name) return im_pending(t) ? IM_NO_VALUE : im_raise_type(t, "in_dll() argument 2 must be str, not %T", args[1]);
    if (IM_AUDIT(t, "ctypes.dlsym", args[0], args[1]) < 0) return IM_NO_VALUE;
    Value h = im_getattr(t, args[0], IM_S(_handle));
    if (im_no_value(h)) return h;
    if (!im_is_int_like(h)) {
        im_drop(t, h);
        return im_raise_type(t, "the _handle attribute of the second argument must be an integer");
    }
    int r = address_arg(t, h, &handle);
    im_drop(t, h);
    if (r < 0) return IM_NO_VALUE;
    dlerror();
    p = dlsym(handle, name);
    const char *error = dlerror();
    if (error) {
        snprintf(why, sizeof why, "%s", error);
        return im_raise_valueerror(t, "%s", why);
    }
    if (!p) return im_raise_valueerror(t, "symbol '%s' not found", name);
    return im_c_data_at_address(t, self, p);
}
Value im_c_type_from_param(Thread *t, Value self, const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)
{
    int is = im_isinstance(t, args[0], self);
    if (is < 0) return IM_NO_VALUE;
    if (is) return im_new_ref(args[0]);
    if (im_is_instance_of(args[0], &im_c_arg_type)) {
        Value obj = ((ImCArg *)im_ptr(args[0]))->obj;
        ImCType *i = im_c_info(self);
        Value target = i && im_is_type(i->proto) ? i->proto : self; /* what byref() pointed to */
        if (!im_no_value(obj) && (is = im_isinstance(t, obj, target)) < 0) return IM_NO_VALUE;
        if (is) return im_new_ref(args[0]);
        return im_raise_type(t, "expected %N instance instead of pointer to %s", im_as_type(self), im_no_value(obj) ? "?" : im_type_cname(im_type_of(obj)));
    }
    Value as;
    if (im_lookup_attr(t, args[0], IM_S(_as_parameter_), &as) < 0) return IM_NO_VALUE;
    if (!im_no_value(as)) {
        Value r = IM_NO_VALUE;
        if (im_recurse_enter(t, " while processing _as_parameter_") == 0) {
            r = im_c_from_param(t, self, as);
            im_recurse_leave(t);
        }
        im_drop(t, as);
        return r;
    }
    return im_raise_type(t, "expected %N instance instead of %T", im_as_type(self), args[0]);
}
const ImMethodDef im_c_meta_methods[] = {
    IM_FIXED("from_address", from_address, 1, "($self, value, /)", "C.from_address(integer) -> C instance\n\nAccess a C instance at the specified address."),
    IM_RANGE("from_buffer", from_buffer, 1, 2, "($self, obj, offset=0, /)", "C.from_buffer(object, offset=0, /) -> C instance\n\nCreate a C instance from a writeable buffer."),
    IM_RANGE("from_buffer_copy", from_buffer_copy, 1, 2, "($self, buffer, offset=0, /)", "C.from_buffer_copy(object, offset=0, /) -> C instance\n\nCreate a C instance from a readable buffer."),
    IM_FIXED("in_dll", in_dll, 2, "($self, dll, name, /)", "C.in_dll(dll, name) -> C instance\n\nAccess a C instance in a dll."),
    IM_FIXED("from_param", im_c_type_from_param, 1, "($self, value, /)", "Convert a Python object into a function call parameter."),
    IM_END,
};
