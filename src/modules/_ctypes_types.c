/* _ctypes: the metatypes of simple types, pointers, arrays and function pointers: what a class statement or type(…) makes of them.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>

#include "modules/_ctypes.h"
#include "types/weakref.h"

ImType im_c_meta_type, im_c_meta_simple_type, im_c_meta_pointer_type, im_c_meta_array_type, im_c_meta_func_type;

/* --- common ------------------------------------------------------------------------------------------------------------------------------------- */

int im_c_class_attr(Thread *t, Value type, Value name, Value *out) { return im_lookup_attr(t, type, name, out); }
static Value own_attr(Thread *t, Value type, Value name) { return im_dict_get_str(t, im_as_type(type)->dict, name); }

int im_c_type_init(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)kwnames;
    if (nargs != 3) return im_raise_type(t, "type.__init__() takes 1 or 3 arguments"), -1;
    if (IM_C_TYPE(type)->ready) return im_raise(t, &im_SystemError_type, "Type data already initialized"), -1;
    return 0;
}
int im_c_set_format(Thread *t, ImCType *i, const char *prefix, const char *format, const char *suffix)
{
    size_t n = strlen(prefix) + strlen(format) + strlen(suffix) + 1;
    char *p = im_raw_alloc(t, n);
    if (!p) return -1;
    snprintf(p, n, "%s%s%s", prefix, format, suffix);
    im_raw_free(i->format);
    i->format = p;
    return 0;
}
static int meta_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImCType *i = (ImCType *)o;
    Value v[] = {i->proto, i->argtypes, i->converters, i->restype, i->checker};
    int r;
    for (size_t k = 0; k < IM_COUNTOF(v); k++)
        if (im_is_object(v[k]) && (r = visit(v[k], arg)) != 0) return r;
    return im_type_type.core.traverse(o, visit, arg);
}
static void meta_clear(Thread *t, ImObject *o) { im_type_type.core.clear(t, o); }
static void meta_destroy(Thread *t, ImObject *o)
{
    ImCType *i = (ImCType *)o;
    im_destroy_child(t, i->proto);
    im_destroy_child(t, i->argtypes);
    im_destroy_child(t, i->converters);
    im_destroy_child(t, i->restype);
    im_destroy_child(t, i->checker);
    im_raw_free(i->format);
    im_raw_free(i->shape);
    im_raw_free(i->own.elements);
    im_type_type.core.destroy(t, o);
}
static Value meta_repeat(Thread *t, Value self, ssize_t n)
{
    if (n < 0) return im_raise_valueerror(t, "Array length must be >= 0, not %zd", n);
    return im_c_array_type_of(t, self, n);
}
static const ImSlots meta_slots = {.repeat = meta_repeat};
#define META IM_TF_GC | IM_TF_BASETYPE
const ImTypeSpec im_c_meta_spec = {
    .name = "_ctypes.CType_Type", .methods = im_c_meta_methods, .size = sizeof(ImCType), .flags = META, .base = &im_type_type, .slots = &meta_slots, .traverse = meta_traverse, .clear = meta_clear, .destroy = meta_destroy,
};

/* --- simple types --------------------------------------------------------------------------------------------------------------------------------- */

#define SIMPLE_CODES "cbBhHiIlLdfuzZqQPXOv?g"
static const ImCCode *simple_code(Thread *t, Value proto)
{
    if (!im_is_str(proto)) return im_raise_type(t, "class must define a '_type_' string attribute"), NULL;
    if (im_str_len(proto) != 1) return im_raise_valueerror(t, "class must define a '_type_' attribute which must be a string of length 1"), NULL;
    uint32_t c = im_str_at(proto, 0);
    if (c == 0 || c > 127 || !strchr(SIMPLE_CODES, (int)c)) {
        im_raise_attr(t, "class must define a '_type_' attribute which must be\na single character string containing one of '" SIMPLE_CODES "'.");
        return NULL;
    }
    const ImCCode *code = im_c_code(c);
    if (!code) im_raise_valueerror(t, "_type_ '%U' not supported", proto);
    return code;
}
static int simple_layout(Thread *t, ImCType *i, const ImCCode *c, bool swapped)
{
    char format[2] = {c->code == 'l' ? 'q' : c->code == 'L' ? 'Q' : c->code, 0};
    if (im_c_set_format(t, i, swapped ? ">" : "<", format, "") < 0) return -1;
    i->kind = IM_C_SIMPLE;
    i->code = c->code;
    i->ffi = c->ffi;
    i->align = c->ffi->alignment;
    i->size = (ssize_t)c->ffi->size;
    i->set = swapped ? c->set_swapped : c->set;
    i->get = swapped ? c->get_swapped : c->get;
    i->swapped = swapped;
    if (strchr("zZPO", c->code) && i->type.base == &im_c_simple_type.type) i->flags |= IM_C_ISPOINTER;
    i->ready = true;
    return 0;
}
/* c_int has a twin of the other byte order: each knows both. */
static int make_swapped(Thread *t, Value type, const Value *args, const ImCCode *c)
{
    Value name = im_str_format(t, "%S_be", args[0]), a[3] = {name, args[1], args[2]}, twin = IM_NO_VALUE;
    if (im_no_value(name)) return -1;
    twin = im_c_meta_simple_type.slots.new_(t, &im_c_meta_simple_type, a, 3, IM_NO_VALUE);
    im_drop(t, name);
    if (im_no_value(twin)) return -1;
    int r = -1;
    ImCType *i = IM_C_TYPE(twin);
    i->proto = im_new_ref(IM_C_TYPE(type)->proto);
    if (simple_layout(t, i, c, true) == 0 && im_type_set(t, im_as_type(type), IM_S(__ctype_le__), type) == 0 && im_type_set(t, im_as_type(type), IM_S(__ctype_be__), twin) == 0 &&
        im_type_set(t, im_as_type(twin), IM_S(__ctype_le__), type) == 0 && im_type_set(t, im_as_type(twin), IM_S(__ctype_be__), twin) == 0)
        r = 0;
    im_drop(t, twin);
    return r;
}
static int simple_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    Value proto;
    ImCType *i = IM_C_TYPE(self);
    if (im_c_type_init(t, self, args, nargs, kwnames) < 0 || im_c_class_attr(t, self, IM_S(_type_), &proto) < 0) return -1;
    if (im_no_value(proto)) return im_raise_attr(t, "class must define a '_type_' attribute"), -1;
    const ImCCode *c = simple_code(t, proto);
    im_slot_put(t, &i->type.core.head, &i->proto, proto);
    if (!c || simple_layout(t, i, c, false) < 0) return -1;
    return im_type_of(self) == &im_c_meta_simple_type && c->set_swapped ? make_swapped(t, self, args, c) : 0;
}

static Value pass(Thread *t, char tag, Value v)
{
    const ImCCode *c = im_c_code((uint32_t)tag);
    Value a = im_c_arg_new(t, tag, c->ffi, IM_NO_VALUE);
    if (im_no_value(a)) return a;
    ImCArg *arg = (ImCArg *)im_ptr(a);
    Value keep = c->set(t, &arg->value, v, 0);
    if (im_no_value(keep)) im_drop(t, a);
    else arg->obj = keep;
    return im_no_value(keep) ? keep : a;
}
static Value pass_pointer(Thread *t, char tag, Value v)
{
    Value a = im_c_arg_new(t, tag, &im_ffi_pointer, v);
    if (!im_no_value(a)) memcpy(&((ImCArg *)im_ptr(a))->value.p, IM_C(v)->ptr, sizeof(void *));
    return a;
}
/* char* and wchar_t*: pointers and arrays of the character type. */
static bool points_to(Value v, char code)
{
    ImCType *i = im_is_c_data(v) ? im_c_info_of(v) : NULL;
    if (!i || (i->kind != IM_C_ARRAY && i->kind != IM_C_POINTER)) return false;
    ImCType *item = im_c_info(i->proto);
    return item && item->kind == IM_C_SIMPLE && item->code == code;
}
/* What c_char_p, c_wchar_p and c_void_p take besides their instances; None: not that. */
static Value pointer_param(Thread *t, char code, Value v)
{
    if (code == 'P' ? im_is_int_like(v) : false) return pass(t, 'P', v);
    if (im_is_bytes(v) && code != 'Z') return pass(t, 'z', v);
    if (im_is_str(v) && code != 'z') return pass(t, 'Z', v);
    ImCArg *arg = im_is_object(v) && im_is_instance_of(v, &im_c_arg_type) ? (ImCArg *)im_ptr(v) : NULL;
    ImCType *i = im_is_c_data(v) ? im_c_info_of(v) : NULL;
    if (code != 'P') {
        char item = code == 'z' ? 'c' : 'u';
        if (points_to(v, item)) return im_new_ref(v);
        if (arg && im_is_c_data(arg->obj)) {
            ImCType *o = im_c_info_of(arg->obj);
            if (o && o->kind == IM_C_SIMPLE && o->code == item) return im_new_ref(v);
        }
        return IM_NONE;
    }
    if (i && (i->kind == IM_C_ARRAY || i->kind == IM_C_POINTER)) return im_new_ref(v);
    if (arg && arg->tag == 'P') return im_new_ref(v);
    if (i && i->kind == IM_C_FUNC) return pass_pointer(t, 'P', v);
    if (i && i->kind == IM_C_SIMPLE && (i->code == 'z' || i->code == 'Z')) return pass_pointer(t, 'Z', v);
    return IM_NONE;
}
IM_METHOD(simple_from_param)
{
    Value v = args[0], r, as;
    ImCType *i = im_c_info(self);
    if (!i) return im_raise_type(t, "abstract class");
    bool pointer = i->code == 'z' || i->code == 'Z' || i->code == 'P';
    if (pointer && im_is_none(v)) return IM_NONE;
    int is = im_isinstance(t, v, self);
    if (is < 0) return IM_NO_VALUE;
    if (is) return im_new_ref(v);
    if (pointer) {
        r = pointer_param(t, i->code, v);
        if (!im_is_none(r)) return r;
    } else {
        r = im_c_arg_new(t, i->code, i->ffi, IM_NO_VALUE);
        if (im_no_value(r)) return r;
        ImCArg *arg = (ImCArg *)im_ptr(r);
        Value keep = i->set(t, &arg->value, v, i->size);
        if (!im_no_value(keep)) {
            arg->obj = keep;
            return r;
        }
        im_drop(t, r);
    }
    Value error = im_exc_fetch(t);
    int found = im_lookup_attr(t, v, IM_S(_as_parameter_), &as);
    if (found > 0) {
        im_xdrop(t, error);
        r = IM_NO_VALUE;
        if (im_recurse_enter(t, " while processing _as_parameter_") == 0) {
            r = simple_from_param(t, self, &as, 1, IM_NO_VALUE);
            im_recurse_leave(t);
        }
        im_drop(t, as);
        return r;
    }
    if (found < 0) return im_xdrop(t, error), IM_NO_VALUE;
    if (!im_no_value(error)) return im_exc_restore(t, error), IM_NO_VALUE;
    return im_raise_type(t, "'%.200T' object cannot be interpreted as ctypes.%s", v, i->code == 'z' ? "c_char_p" : i->code == 'Z' ? "c_wchar_p" : "c_void_p");
}
static const ImMethodDef simple_methods[] = {
    IM_FIXED("from_param", simple_from_param, 1, "($self, value, /)", "Convert a Python object into a function call parameter."), IM_END,
};
static const ImSlots simple_slots = {.init = simple_init};
const ImTypeSpec im_c_meta_simple_spec = {
    .name = "_ctypes.PyCSimpleType", .doc = "metatype for the PyCSimpleType Objects", .size = sizeof(ImCType), .flags = META, .base = &im_c_meta_type, .slots = &simple_slots,
    .methods = simple_methods, .traverse = meta_traverse, .clear = meta_clear, .destroy = meta_destroy,
};

/* --- pointers --------------------------------------------------------------------------------------------------------------------------------------- */

static int set_target(Thread *t, Value self, Value target)
{
    ImCType *i = IM_C_TYPE(self), *to;
    if (!im_is_type(target)) return im_raise_type(t, "_type_ must be a type"), -1;
    if (!(to = im_c_info(target))) return im_raise_type(t, "_type_ must have storage info"), -1;
    im_slot_put(t, &i->type.core.head, &i->proto, im_new_ref(target));
    char shape[64 * 8] = "&";
    if (to->ndim) {
        size_t n = (size_t)snprintf(shape, sizeof shape, "&(");
        for (int k = 0; k < to->ndim && n < sizeof shape - 24; k++) n += (size_t)snprintf(shape + n, sizeof shape - n, k ? ",%zd" : "%zd", to->shape[k]);
        snprintf(shape + n, sizeof shape - n, ")");
    }
    return im_c_set_format(t, i, shape, to->format ? to->format : "B", "");
}
static int pointer_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImCType *i = IM_C_TYPE(self);
    if (im_c_type_init(t, self, args, nargs, kwnames) < 0) return -1;
    i->kind = IM_C_POINTER;
    i->size = i->align = sizeof(void *);
    i->length = 1;
    i->ffi = &im_ffi_pointer;
    i->flags |= IM_C_ISPOINTER;
    Value target = own_attr(t, self, IM_S(_type_));
    int r = im_no_value(target) ? 0 : set_target(t, self, target);
    im_xdrop(t, target);
    if (r == 0) i->ready = true;
    return r;
}
IM_METHOD(pointer_set_type)
{
    if (set_target(t, self, args[0]) < 0 || im_type_set(t, im_as_type(self), IM_S(_type_), args[0]) < 0) return IM_NO_VALUE;
    return IM_NONE;
}
IM_METHOD(pointer_from_param)
{
    Value v = args[0];
    ImCType *i = im_c_info(self);
    if (im_is_none(v)) return IM_NONE;
    if (!i) return im_raise_type(t, "abstract class");
    if (!im_no_value(i->proto)) {
        int is = im_isinstance(t, v, i->proto);
        if (is < 0) return IM_NO_VALUE;
        if (is) {
            Value a = im_c_arg_new(t, 'P', &im_ffi_pointer, v);
            if (!im_no_value(a)) ((ImCArg *)im_ptr(a))->value.p = IM_C(v)->ptr;
            return a;
        }
    }
    ImCType *vi = im_is_c_data(v) ? im_c_info_of(v) : NULL;
    if (vi && (vi->kind == IM_C_POINTER || vi->kind == IM_C_ARRAY) && !im_no_value(vi->proto) && !im_no_value(i->proto)) {
        int is = im_issubclass(t, vi->proto, i->proto);
        if (is < 0) return IM_NO_VALUE;
        if (is) return im_new_ref(v);
    }
    return im_c_type_from_param(t, self, args, nargs, kwnames);
}
static const ImMethodDef pointer_methods[] = {
    IM_FIXED("from_param", pointer_from_param, 1, "($self, value, /)", "Convert a Python object into a function call parameter."), IM_FIXED("set_type", pointer_set_type, 1, "($self, type, /)", NULL),
    IM_END,
};
static const ImSlots pointer_slots = {.init = pointer_init};
const ImTypeSpec im_c_meta_pointer_spec = {
    .name = "_ctypes.PyCPointerType", .doc = "metatype for the Pointer Objects", .size = sizeof(ImCType), .flags = META, .base = &im_c_meta_type, .slots = &pointer_slots,
    .methods = pointer_methods, .traverse = meta_traverse, .clear = meta_clear, .destroy = meta_destroy,
};
static Value make_class(Thread *t, ImType *meta, ImType *base, Value name, const char *k1, Value v1, const char *k2, Value v2)
{
    Value b = im_type_value(base), bases = im_tuple_from_array(t, &b, 1), ns = im_dict_new(t), r = IM_NO_VALUE;
    if (!im_no_value(bases) && !im_no_value(ns) && (!k1 || im_dict_set_cstr(t, ns, k1, v1) == 0) && (!k2 || im_dict_set_cstr(t, ns, k2, v2) == 0))
        r = im_call3(t, im_type_value(meta), name, bases, ns);
    im_xdrop(t, bases);
    im_xdrop(t, ns);
    return r;
}
Value im_c_pointer_type_of(Thread *t, Value target)
{
    Value r, key = target;
    int found = im_dict_get(t, im_c_x_pointer_cache, key, &r);
    if (found) return found < 0 ? IM_NO_VALUE : r;
    Value name;
    if (im_is_str(target)) {
        if (im_no_value(name = im_str_format(t, "LP_%U", target))) return name;
        r = make_class(t, &im_c_meta_pointer_type, &im_c_pointer_type.type, name, NULL, IM_NONE, NULL, IM_NONE);
    } else if (im_is_type(target)) {
        if (im_no_value(name = im_str_format(t, "LP_%N", im_as_type(target)))) return name;
        r = make_class(t, &im_c_meta_pointer_type, &im_c_pointer_type.type, name, "_type_", target, NULL, IM_NONE);
    } else {
        return im_raise_type(t, "must have a ctypes type");
    }
    im_drop(t, name);
    if (im_no_value(r)) return r;
    if (im_is_str(target)) { /* looked up again by the address of the incomplete class */
        key = im_int_from_u64(t, r.bits);
        int rc = im_no_value(key) ? -1 : im_dict_set(t, im_c_x_pointer_cache, key, r);
        im_xdrop(t, key);
        if (rc < 0) IM_CLEAR(t, r);
        return r;
    }
    Value first;
    if (im_dict_setdefault(t, im_c_x_pointer_cache, key, r, &first) < 0) return im_drop(t, r), IM_NO_VALUE;
    im_drop(t, r);
    return first;
}
Value im_c_pointer(Thread *t, Value v)
{
    Value type = im_c_pointer_type_of(t, im_type_value(im_type_of(v)));
    if (im_no_value(type)) return type;
    Value r = im_call1(t, type, v);
    im_drop(t, type);
    return r;
}

/* --- arrays --------------------------------------------------------------------------------------------------------------------------------------------- */

static Value get_chars_raw(Thread *t, Value self, void *c) { (void)c; return im_bytes_new(t, IM_C(self)->ptr, IM_C(self)->size); }
static Value get_chars(Thread *t, Value self, void *c) { (void)c; return im_c_chars_get(t, IM_C(self)->ptr, IM_C(self)->size); }
static Value get_wchars(Thread *t, Value self, void *c) { (void)c; return im_c_wchars_get(t, IM_C(self)->ptr, IM_C(self)->size); }
static int set_chars_raw(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ImBuffer b;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    if (im_buffer_get(t, v, &b, IM_BUF_SIMPLE) < 0) return -1;
    bool fits = b.len <= IM_C(self)->size;
    if (fits) memmove(IM_C(self)->ptr, b.buf, (size_t)b.len);
    else im_raise_valueerror(t, "byte string too long");
    im_buffer_release(t, &b);
    return fits ? 0 : -1;
}
static int set_chars(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ImCData *d = IM_C(self);
    if (im_no_value(v)) return im_raise_type(t, "can't delete attribute"), -1;
    if (!im_is_bytes(v)) return im_raise_type(t, "bytes expected instead of %T instance", v), -1;
    ssize_t n = im_bytes_len(v);
    if (n > d->size) return im_raise_valueerror(t, "byte string too long"), -1;
    memcpy(d->ptr, im_bytes_data(v), (size_t)n);
    if (n < d->size) d->ptr[n] = 0;
    return 0;
}
static int set_wchars(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ImCData *d = IM_C(self);
    ssize_t room = d->size / (ssize_t)sizeof(wchar_t);
    if (im_no_value(v)) return im_raise_type(t, "can't delete attribute"), -1;
    if (!im_is_str(v)) return im_raise_type(t, "unicode string expected instead of %T instance", v), -1;
    if (im_str_len(v) > room) return im_raise_valueerror(t, "string too long"), -1;
    im_c_put_wchars((wchar_t *)(void *)d->ptr, v);
    if (im_str_len(v) < room) ((wchar_t *)(void *)d->ptr)[im_str_len(v)] = 0;
    return 0;
}
static const ImGetSetDef chars_getset[] = {{"raw", get_chars_raw, set_chars_raw, "value", NULL}, {"value", get_chars, set_chars, "string value", NULL}, IM_END};
static const ImGetSetDef wchars_getset[] = {{"value", get_wchars, set_wchars, "string value", NULL}, IM_END};

static int add_getset(Thread *t, Value type, const ImGetSetDef *g)
{
    for (; g->name; g++) {
        Value name = im_str_intern_cstr(t, g->name), d = im_getset_descr_new(t, im_as_type(type), g);
        int r = im_no_value(d) || im_no_value(name) ? -1 : im_type_set(t, im_as_type(type), name, d);
        im_xdrop(t, name);
        im_xdrop(t, d);
        if (r < 0) return -1;
    }
    return 0;
}
static int array_length(Thread *t, Value self, ssize_t *n)
{
    Value v;
    int64_t x;
    if (im_c_class_attr(t, self, IM_S(_length_), &v) < 0) return -1;
    if (im_no_value(v)) return im_raise_attr(t, "class must define a '_length_' attribute"), -1;
    int r = -1;
    if (!im_is_int_like(v)) im_raise_type(t, "The '_length_' attribute must be an integer");
    else if (im_int_sign(v) < 0) im_raise_valueerror(t, "The '_length_' attribute must not be negative");
    else if (!im_int_get64(v, &x)) im_raise_overflow(t, "The '_length_' attribute is too large");
    else *n = x, r = 0;
    im_drop(t, v);
    return r;
}
static int array_layout(Thread *t, ImCType *i, ImCType *item, ssize_t n)
{
    if (n && item->size > SSIZE_MAX / n) return im_raise_overflow(t, "array too large"), -1;
    i->size = item->size * n;
    i->align = item->align;
    i->length = n;
    i->ffi = &im_ffi_pointer;
    i->ndim = item->ndim + 1;
    if (!(i->shape = im_raw_alloc(t, (size_t)i->ndim * sizeof(ssize_t)))) return -1;
    i->shape[0] = n;
    for (int k = 0; k < item->ndim; k++) i->shape[k + 1] = item->shape[k];
    if (item->flags & (IM_C_ISPOINTER | IM_C_HASPOINTER)) i->flags |= IM_C_HASPOINTER;
    i->kind = IM_C_ARRAY;
    return im_c_set_format(t, i, "", item->format ? item->format : "B", "");
}
static int array_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImCType *i = IM_C_TYPE(self), *item;
    ssize_t n;
    Value type;
    if (im_c_type_init(t, self, args, nargs, kwnames) < 0 || array_length(t, self, &n) < 0 || im_c_class_attr(t, self, IM_S(_type_), &type) < 0) return -1;
    if (im_no_value(type)) return im_raise_attr(t, "class must define a '_type_' attribute"), -1;
    if (!(item = im_c_info(type))) {
        im_drop(t, type);
        return im_raise_type(t, "_type_ must have storage info"), -1;
    }
    im_slot_put(t, &i->type.core.head, &i->proto, type);
    if (array_layout(t, i, item, n) < 0) return -1;
    i->ready = true;
    if (item->kind == IM_C_SIMPLE && item->code == 'c') return add_getset(t, self, chars_getset);
    return item->kind == IM_C_SIMPLE && item->code == 'u' ? add_getset(t, self, wchars_getset) : 0;
}
static const ImSlots array_slots = {.init = array_init};
const ImTypeSpec im_c_meta_array_spec = {
    .name = "_ctypes.PyCArrayType", .doc = "metatype for the Array Objects", .size = sizeof(ImCType), .flags = META, .base = &im_c_meta_type, .slots = &array_slots,
    .traverse = meta_traverse, .clear = meta_clear, .destroy = meta_destroy,
};

/* Classes made by multiplication, by weak reference: as many as are in use. */
Value im_c_array_type_of(Thread *t, Value item, ssize_t n)
{
    Value key = im_tuple_of(t, (Value[]){im_int_from_u64(t, item.bits), im_int_new(t, n)}, 2), ref, r = IM_NO_VALUE, name, len;
    if (im_no_value(key)) return key;
    int found = im_dict_get(t, im_c_x_array_cache, key, &ref);
    if (found > 0) {
        r = im_weakref_get(t, ref);
        im_drop(t, ref);
        if (im_is_object(r) && im_same(IM_C_TYPE(r)->proto, item)) goto done; /* the address may have been another class's */
        im_xdrop(t, r);
        r = IM_NO_VALUE;
    }
    if (found < 0) goto done;
    if (!im_is_type(item)) { im_raise_type(t, "Expected a type object"); goto done; }
    name = im_str_format(t, "%.200N_Array_%zd", im_as_type(item), n);
    len = im_int_new(t, n);
    if (!im_no_value(name) && !im_no_value(len)) r = make_class(t, &im_c_meta_array_type, &im_c_array_type.type, name, "_length_", len, "_type_", item);
    im_xdrop(t, name);
    im_xdrop(t, len);
    if (im_no_value(r)) goto done;
    ref = im_weakref_new(t, r, IM_NONE);
    if (im_no_value(ref) || im_dict_set_steal(t, im_c_x_array_cache, key, ref) < 0) IM_CLEAR(t, r);
done:
    im_drop(t, key);
    return r;
}

/* --- function pointers -------------------------------------------------------------------------------------------------------------------------------------- */

static int func_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImCType *i = IM_C_TYPE(self);
    Value v;
    if (im_c_type_init(t, self, args, nargs, kwnames) < 0 || im_c_class_attr(t, self, IM_S(_flags_), &v) < 0) return -1;
    i->kind = IM_C_FUNC;
    i->size = i->align = sizeof(void *);
    i->ffi = &im_ffi_pointer;
    int64_t flags;
    bool ok = !im_no_value(v) && im_is_int_like(v) && im_int_get64(v, &flags);
    im_xdrop(t, v);
    if (!ok) return im_raise_type(t, "class must define _flags_ which must be an integer"), -1;
    i->flags = (uint32_t)flags | IM_C_ISPOINTER;
    if (im_c_set_format(t, i, "X{}", "", "") < 0 || im_c_class_attr(t, self, IM_S(_argtypes_), &v) < 0) return -1;
    if (!im_no_value(v)) {
        Value conv = im_c_converters(t, v);
        if (im_no_value(conv)) return im_drop(t, v), -1;
        im_slot_put(t, &i->type.core.head, &i->argtypes, v);
        im_slot_put(t, &i->type.core.head, &i->converters, conv);
    }
    if (im_c_class_attr(t, self, IM_S(_restype_), &v) < 0) return -1;
    if (!im_no_value(v)) {
        if (!im_is_none(v) && !im_c_info(v) && !im_callable(v)) {
            im_drop(t, v);
            return im_raise_type(t, "_restype_ must be a type, a callable, or None"), -1;
        }
        im_slot_put(t, &i->type.core.head, &i->restype, v);
        Value check;
        if (im_lookup_attr(t, v, IM_S(_check_retval_), &check) < 0) return -1;
        im_slot_put(t, &i->type.core.head, &i->checker, check);
    }
    i->ready = true;
    return 0;
}
static const ImSlots func_slots = {.init = func_init};
const ImTypeSpec im_c_meta_func_spec = {
    .name = "_ctypes.PyCFuncPtrType", .doc = "metatype for C function pointers", .size = sizeof(ImCType), .flags = META, .base = &im_c_meta_type, .slots = &func_slots,
    .traverse = meta_traverse, .clear = meta_clear, .destroy = meta_destroy,
};
