/* _ctypes: instances of simple types, pointers and arrays.
 * SPDX-License-Identifier: MIT */
#include "modules/_ctypes.h"

ImCType im_c_simple_type, im_c_pointer_type, im_c_array_type;

/* --- _SimpleCData ---------------------------------------------------------------------------------------------------------------------------------- */

static Value simple_get(Thread *t, Value self, void *c)
{
    (void)c;
    ImCType *i = im_c_info_of(self);
    return i && i->get ? im_c_get(t, self, i->set, i->get, IM_C(self)->ptr, IM_C(self)->size) : im_raise_type(t, "abstract class");
}
static int simple_set(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ImCType *i = im_c_info_of(self);
    if (im_no_value(v)) return im_raise_type(t, "can't delete attribute"), -1;
    if (!i || !i->set) return im_raise_type(t, "abstract class"), -1;
    return im_c_set(t, self, 0, i->set, IM_C(self)->ptr, v, i->size);
}
static int simple_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)kwnames;
    if (im_check_nargs(t, "__init__", nargs, 0, 1) < 0) return -1;
    return nargs ? simple_set(t, self, args[0], NULL) : 0;
}
static int simple_bool(Thread *t, Value self)
{
    (void)t;
    for (ssize_t i = 0; i < IM_C(self)->size; i++)
        if (IM_C(self)->ptr[i]) return 1;
    return 0;
}
static Value simple_repr(Thread *t, Value self)
{
    if (im_type_of(self)->base != &im_c_simple_type.type) return im_str_format(t, "<%T object at %p>", self, (void *)im_ptr(self));
    Value v = simple_get(t, self, NULL), r;
    if (im_no_value(v)) return v;
    Value name = im_slot_get(t, NULL, &im_type_of(self)->x_name);
    r = im_str_format(t, "%U(%R)", name, v);
    im_drop(t, name);
    im_drop(t, v);
    return r;
}
IM_METHOD(simple_outparam)
{
    return im_c_is_derived_simple(im_type_value(im_type_of(self))) ? im_new_ref(self) : simple_get(t, self, NULL);
}
static const ImMethodDef simple_methods[] = {IM_FIXED("__ctypes_from_outparam__", simple_outparam, 0, "($self, /)", NULL), IM_END};
static const ImGetSetDef simple_getset[] = {{"value", simple_get, simple_set, "current value", NULL}, IM_END};
static const ImSlots simple_slots = {.new_ = im_c_data_new, .init = simple_init, .bool_ = simple_bool, .repr = simple_repr, .getbuffer = im_c_data_getbuffer};
const ImTypeSpec im_c_simple_spec = {
    .name = "_ctypes._SimpleCData", .doc = "XXX to be provided", .size = sizeof(ImCData), .flags = IM_TF_GC | IM_TF_BASETYPE, .base = &im_c_data_type, .metatype = &im_c_meta_simple_type,
    .slots = &simple_slots, .methods = simple_methods, .getset = simple_getset,
};

/* --- characters of a slice ---------------------------------------------------------------------------------------------------------------------------- */

/* Items start, start + step, … of a run that begins at p: bytes or str of characters; IM_NONE: neither. */
static Value characters(Thread *t, ImCType *item, const char *p, ssize_t start, ssize_t step, ssize_t n)
{
    if (!item || item->kind != IM_C_SIMPLE || (item->code != 'c' && item->code != 'u')) return IM_NONE;
    if (item->code == 'c') {
        Value r = im_bytes_new(t, NULL, n);
        for (ssize_t k = 0; !im_no_value(r) && k < n; k++) im_bytes_data(r)[k] = p[start + k * step];
        return r;
    }
    wchar_t *w = im_raw_alloc(t, (size_t)(n + 1) * sizeof *w);
    if (!w) return IM_NO_VALUE;
    for (ssize_t k = 0; k < n; k++) memcpy(&w[k], p + (start + k * step) * (ssize_t)sizeof *w, sizeof *w);
    Value r = im_str_from_wchars(t, w, n);
    im_raw_free(w);
    return r;
}
static Value items(Thread *t, Value self, Value (*item)(Thread *, Value, ssize_t), ssize_t start, ssize_t step, ssize_t n)
{
    Value list = im_list_new(t, (size_t)n);
    for (ssize_t k = 0; !im_no_value(list) && k < n; k++) {
        Value v = item(t, self, start + k * step);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    return list;
}

/* --- pointers --------------------------------------------------------------------------------------------------------------------------------------------- */

static char *target(Value self)
{
    char *p;
    memcpy(&p, IM_C(self)->ptr, sizeof p);
    return p;
}
static Value pointer_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImCType *i = im_c_info(im_type_value(type));
    if (!i || im_no_value(i->proto)) return im_raise_type(t, "Cannot create instance: has no _type_");
    return im_c_data_new(t, type, args, nargs, kwnames);
}
static Value get_contents(Thread *t, Value self, void *c)
{
    (void)c;
    if (!target(self)) return im_raise_valueerror(t, "NULL pointer access");
    return im_c_data_at(t, im_c_info_of(self)->proto, self, 0, target(self));
}
static int set_contents(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ImCType *i = im_c_info_of(self);
    if (im_no_value(v)) return im_raise_type(t, "Pointer does not support item deletion"), -1;
    int is = im_is_c_data(v) ? im_isinstance(t, v, i->proto) : 0;
    if (is < 0) return -1;
    if (!is) return im_raise_type(t, "expected %N instead of %T", im_as_type(i->proto), v), -1;
    memcpy(IM_C(self)->ptr, &IM_C(v)->ptr, sizeof(char *));
    /* The object, and what its memory refers to: two places. */
    if (im_c_keep(t, self, 1, im_new_ref(v)) < 0) return -1;
    Value kept = im_c_kept(t, v);
    return im_no_value(kept) ? -1 : im_c_keep(t, self, 0, kept);
}
static int pointer_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)kwnames;
    if (im_check_nargs(t, "POINTER", nargs, 0, 1) < 0) return -1;
    return nargs ? set_contents(t, self, args[0], NULL) : 0;
}
static int pointer_bool(Thread *t, Value self) { (void)t; return target(self) != NULL; }
static Value pointer_item(Thread *t, Value self, ssize_t k)
{
    if (!target(self)) return im_raise_valueerror(t, "NULL pointer access");
    ImCType *i = im_c_info_of(self), *to = im_c_info(i->proto);
    return im_c_load(t, i->proto, NULL, self, k, to->size, target(self) + k * to->size);
}
static int pointer_index(Thread *t, Value key, ssize_t *k)
{
    if (!im_is_index(key)) return im_raise_type(t, "Pointer indices must be integer"), -1;
    return im_as_ssize(t, key, &im_IndexError_type, k);
}
static Value pointer_slice(Thread *t, Value self, ImSlice *s)
{
    ssize_t step = 1, start = 0, stop;
    if (!im_is_none(s->step)) {
        if (im_as_ssize(t, s->step, &im_ValueError_type, &step) < 0) return IM_NO_VALUE;
        if (step == 0) return im_raise_valueerror(t, "slice step cannot be zero");
    }
    if (im_is_none(s->start)) {
        if (step < 0) return im_raise_valueerror(t, "slice start is required for step < 0");
    } else if (im_as_ssize(t, s->start, &im_ValueError_type, &start) < 0) {
        return IM_NO_VALUE;
    }
    if (im_is_none(s->stop)) return im_raise_valueerror(t, "slice stop is required");
    if (im_as_ssize(t, s->stop, &im_ValueError_type, &stop) < 0) return IM_NO_VALUE;
    ssize_t n = (step < 0 ? start <= stop : start >= stop) ? 0 : step < 0 ? (stop - start + 1) / step + 1 : (stop - start - 1) / step + 1;
    if (n && !target(self)) return im_raise_valueerror(t, "NULL pointer access");
    Value r = characters(t, im_c_info(im_c_info_of(self)->proto), target(self), start, step, n);
    return im_is_none(r) ? items(t, self, pointer_item, start, step, n) : r;
}
static Value pointer_subscript(Thread *t, Value self, Value key)
{
    ssize_t k;
    if (im_is_slice(key)) return pointer_slice(t, self, (ImSlice *)im_ptr(key));
    return pointer_index(t, key, &k) < 0 ? IM_NO_VALUE : pointer_item(t, self, k);
}
static int pointer_ass_subscript(Thread *t, Value self, Value key, Value v)
{
    ssize_t k;
    if (im_no_value(v)) return im_raise_type(t, "Pointer does not support item deletion"), -1;
    if (!im_is_index(key)) return im_raise_type(t, "'%T' object does not support item assignment", self), -1;
    if (pointer_index(t, key, &k) < 0) return -1;
    if (!target(self)) return im_raise_valueerror(t, "NULL pointer access"), -1;
    ImCType *i = im_c_info_of(self), *to = im_c_info(i->proto);
    return im_c_store(t, self, i->proto, NULL, v, k, to->size, target(self) + k * to->size);
}
static const ImGetSetDef pointer_getset[] = {{"contents", get_contents, set_contents, "the object this pointer points to (read-write)", NULL}, IM_END};
static const ImSlots pointer_slots = {
    .new_ = pointer_new, .init = pointer_init, .bool_ = pointer_bool, .item = pointer_item, .subscript = pointer_subscript, .ass_subscript = pointer_ass_subscript,
    .getbuffer = im_c_data_getbuffer,
};
const ImTypeSpec im_c_pointer_spec = {
    .name = "_ctypes._Pointer", .doc = "XXX to be provided", .size = sizeof(ImCData), .flags = IM_TF_GC | IM_TF_BASETYPE, .base = &im_c_data_type, .metatype = &im_c_meta_pointer_type,
    .slots = &pointer_slots, .getset = pointer_getset,
};

/* --- arrays ------------------------------------------------------------------------------------------------------------------------------------------------- */

static ssize_t array_length(Thread *t, Value self) { (void)t; return IM_C(self)->length; }
static Value array_item(Thread *t, Value self, ssize_t k)
{
    ImCData *d = IM_C(self);
    ImCType *i = im_c_info_of(self), *item = im_c_info(i->proto);
    if (k < 0 || k >= d->length) return im_raise_index(t, "invalid index");
    return im_c_load(t, i->proto, NULL, self, k, item->size, d->ptr + k * item->size);
}
static int array_set(Thread *t, Value self, ssize_t k, Value v)
{
    ImCData *d = IM_C(self);
    ImCType *i = im_c_info_of(self), *item = im_c_info(i->proto);
    if (im_no_value(v)) return im_raise_type(t, "Array does not support item deletion"), -1;
    if (k < 0 || k >= i->length) return im_raise_index(t, "invalid index"), -1;
    return im_c_store(t, self, i->proto, NULL, v, k, item->size, d->ptr + k * item->size);
}
static int array_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)kwnames;
    for (size_t k = 0; k < nargs; k++)
        if (array_set(t, self, (ssize_t)k, args[k]) < 0) return -1;
    return 0;
}
static Value array_subscript(Thread *t, Value self, Value key)
{
    ssize_t k, stop, step, n;
    if (im_is_index(key)) {
        if (im_as_ssize(t, key, &im_IndexError_type, &k) < 0) return IM_NO_VALUE;
        return array_item(t, self, k < 0 ? k + IM_C(self)->length : k);
    }
    if (!im_is_slice(key)) return im_raise_type(t, "indices must be integers");
    if (im_slice_unpack(t, key, &k, &stop, &step) < 0) return IM_NO_VALUE;
    n = im_slice_adjust(IM_C(self)->length, &k, &stop, step);
    Value r = characters(t, im_c_info(im_c_info_of(self)->proto), IM_C(self)->ptr, k, step, n);
    return im_is_none(r) ? items(t, self, array_item, k, step, n) : r;
}
static int array_ass_subscript(Thread *t, Value self, Value key, Value v)
{
    ssize_t k, stop, step, n;
    if (im_no_value(v)) return im_raise_type(t, "Array does not support item deletion"), -1;
    if (im_is_index(key)) {
        if (im_as_ssize(t, key, &im_IndexError_type, &k) < 0) return -1;
        return array_set(t, self, k < 0 ? k + IM_C(self)->length : k, v);
    }
    if (!im_is_slice(key)) return im_raise_type(t, "indices must be integer"), -1;
    if (im_slice_unpack(t, key, &k, &stop, &step) < 0) return -1;
    n = im_slice_adjust(IM_C(self)->length, &k, &stop, step);
    ssize_t given = im_len(t, v);
    if (given < 0) return -1;
    if (given != n) return im_raise_valueerror(t, "Can only assign sequence of same size"), -1;
    for (ssize_t j = 0; j < n; j++) {
        Value item = im_getitem_index(t, v, j);
        int r = im_no_value(item) ? -1 : array_set(t, self, k + j * step, item);
        im_xdrop(t, item);
        if (r < 0) return -1;
    }
    return 0;
}
static const ImMethodDef array_methods[] = {IM_CLASS_GETITEM, IM_END};
static const ImSlots array_slots = {
    .new_ = im_c_data_new, .init = array_init, .length = array_length, .item = array_item, .ass_item = array_set, .subscript = array_subscript, .ass_subscript = array_ass_subscript,
    .getbuffer = im_c_data_getbuffer,
};
const ImTypeSpec im_c_array_spec = {
    .name = "_ctypes.Array",
    .doc = "Abstract base class for arrays.\n\nThe recommended way to create concrete array types is by multiplying any\nctypes data type with a non-negative integer. Alternatively, you can subclass\n"
           "this type and define _length_ and _type_ class variables. Array elements can\nbe read and written using standard subscript and slice accesses for slice\n"
           "reads, the resulting object is not itself an Array.",
    .size = sizeof(ImCData), .flags = IM_TF_GC | IM_TF_BASETYPE, .base = &im_c_data_type, .metatype = &im_c_meta_array_type, .slots = &array_slots, .methods = array_methods,
};
