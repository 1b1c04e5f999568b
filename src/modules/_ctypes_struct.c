/* _ctypes: structures and unions: layout of _fields_, the descriptors of fields, instances.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "modules/_ctypes.h"

ImType im_c_meta_struct_type, im_c_meta_union_type, im_c_field_type;
ImCType im_c_struct_type, im_c_union_type;

/* --- fields ------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Field {
    ImObject head;
    Value proto;
    ssize_t offset, size, index; /* size: of bit fields as in IM_C_IS_BITS */
    ImCGet get;                  /* null: the type's */
    ImCSet set;
    bool anonymous;
} Field;
#define F(v) ((Field *)im_ptr(v))

static Value field_get(Thread *t, Value self, Value obj, Value type)
{
    (void)type;
    if (im_no_value(obj)) return im_new_ref(self);
    if (!im_is_c_data(obj)) return im_raise_type(t, "not a ctype instance");
    Field *f = F(self);
    return im_c_load(t, f->proto, f->get, obj, f->index, f->size, IM_C(obj)->ptr + f->offset);
}
static int field_set(Thread *t, Value self, Value obj, Value v)
{
    if (!im_is_c_data(obj)) return im_raise_type(t, "not a ctype instance"), -1;
    if (im_no_value(v)) return im_raise_type(t, "can't delete attribute"), -1;
    Field *f = F(self);
    return im_c_store(t, obj, f->proto, f->set, v, f->index, f->size, IM_C(obj)->ptr + f->offset);
}
static Value field_repr(Thread *t, Value self)
{
    Field *f = F(self);
    if (IM_C_IS_BITS(f->size)) return im_str_format(t, "<Field type=%N, ofs=%zd:%zd, bits=%zd>", im_as_type(f->proto), f->offset, f->size & 0xffff, f->size >> 16);
    return im_str_format(t, "<Field type=%N, ofs=%zd, size=%zd>", im_as_type(f->proto), f->offset, f->size);
}
static int field_traverse(ImObject *o, ImVisit visit, void *arg) { Value v = ((Field *)o)->proto; return im_is_object(v) ? visit(v, arg) : 0; }
static void field_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((Field *)o)->proto); }
static Value field_offset(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(F(self)->offset); }
static Value field_size(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(F(self)->size); }
static const ImGetSetDef field_getset[] = {
    {"offset", field_offset, NULL, "offset in bytes of this field", NULL}, {"size", field_size, NULL, "size in bytes of this field", NULL}, IM_END,
};
static const ImSlots field_slots = {.descr_get = field_get, .descr_set = field_set, .repr = field_repr};
const ImTypeSpec im_c_field_spec = {
    .name = "_ctypes.CField", .doc = "Structure/Union member", .size = sizeof(Field), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &field_slots, .getset = field_getset,
    .traverse = field_traverse, .destroy = field_destroy,
};
static Value field_new(Thread *t, Value proto)
{
    Value v = im_instance_new(t, &im_c_field_type);
    if (!im_no_value(v)) F(v)->proto = im_new_ref(proto);
    return v;
}

static int set_class_attr(Thread *t, Value type, Value name, Value v)
{
    Value n = im_str_intern(t, im_new_ref(name));
    int r = im_type_set(t, im_as_type(type), n, v);
    im_drop(t, n);
    return r;
}

/* --- layout -------------------------------------------------------------------------------------------------------------------------------------------------- */

enum { MAX_ELEMENTS = 256 };
typedef struct Layout {
    Thread *t;
    ImCType *i;
    bool is_struct, big_endian;
    ssize_t pack, forced;               /* _pack_, _align_ */
    ssize_t size, offset, align;        /* so far; of the field just placed */
    ssize_t total_align, union_size;
    ssize_t unit, bit;                  /* open bit field: bits of its storage, first free bit */
    const ffi_type *elements[MAX_ELEMENTS]; /* scalars in order, for libffi; more do not go in registers anyway */
    int n_elements;
    ImStrBuilder format;
    uint32_t flags;
} Layout;

static void add_elements(Layout *l, const ImCType *f)
{
    if (f->kind == IM_C_ARRAY) {
        ImCType *item = im_c_info(f->proto);
        for (ssize_t k = 0; k < f->length && l->n_elements < MAX_ELEMENTS - 1; k++) add_elements(l, item);
    } else if (f->kind == IM_C_STRUCT || f->kind == IM_C_UNION) {
        for (ffi_type **e = f->own.elements; e && *e && l->n_elements < MAX_ELEMENTS - 1; e++) l->elements[l->n_elements++] = *e;
    } else if (l->n_elements < MAX_ELEMENTS - 1) {
        l->elements[l->n_elements++] = f->ffi;
    }
}
/* Gives the field its place, as gcc lays it out. */
static void place(Layout *l, Field *f, const ImCType *ft, int bits)
{
    ssize_t size = ft->size, low;
    if (bits && l->unit && size * 8 <= l->unit && l->bit + bits <= l->unit) {
        low = l->bit; /* goes on in the open one */
    } else if (bits && l->unit && size * 8 >= l->unit && l->bit + bits <= size * 8) {
        l->offset += size - l->unit / 8; /* the open one grows */
        l->size += size - l->unit / 8;
        l->unit = size * 8;
        low = l->bit;
    } else {
        l->bit = low = 0;
        l->unit = bits ? size * 8 : 0;
        ssize_t align = l->pack && l->pack < ft->align ? l->pack : ft->align;
        ssize_t over = align ? l->offset % align : 0;
        if (over) {
            l->size += align - over;
            l->offset += align - over;
        }
        l->size += size;
        l->offset += size;
        l->align = align;
        add_elements(l, ft);
    }
    f->offset = l->offset - size;
    f->size = bits ? (ssize_t)bits << 16 | (l->big_endian ? size * 8 - low - bits : low) : size;
    if (bits && l->big_endian) f->size = (ssize_t)bits << 16 | (l->unit - low - bits);
    l->bit = bits ? low + bits : 0;
}
static void character_field(Field *f, const ImCType *ft)
{
    ImCType *item = ft->kind == IM_C_ARRAY ? im_c_info(ft->proto) : NULL;
    if (!item || item->kind != IM_C_SIMPLE) return;
    if (item->code == 'c') f->get = im_c_chars_get, f->set = im_c_chars_set;
    if (item->code == 'u') f->get = im_c_wchars_get, f->set = im_c_wchars_set;
}
static int pad_format(Layout *l, ssize_t n)
{
    char text[32];
    if (n <= 0) return 0;
    snprintf(text, sizeof text, n == 1 ? "x" : "%zdx", n);
    return im_sb_ascii(l->t, &l->format, text, -1);
}
static int field_format(Layout *l, const ImCType *ft, Value name, ssize_t padding)
{
    char text[64 * 8];
    if (!l->is_struct) return 0;
    if (pad_format(l, padding) < 0) return -1;
    if (ft->ndim) {
        size_t n = (size_t)snprintf(text, sizeof text, "(");
        for (int k = 0; k < ft->ndim && n < sizeof text - 24; k++) n += (size_t)snprintf(text + n, sizeof text - n, k ? ",%zd" : "%zd", ft->shape[k]);
        snprintf(text + n, sizeof text - n, ")");
        if (im_sb_ascii(l->t, &l->format, text, -1) < 0) return -1;
    }
    if (im_sb_ascii(l->t, &l->format, ft->format ? ft->format : "B", -1) < 0 || im_sb_char(l->t, &l->format, ':') < 0) return -1;
    return im_sb_str(l->t, &l->format, name) < 0 ? -1 : im_sb_char(l->t, &l->format, ':');
}
static bool may_have_bits(const ImCType *ft) { return ft->kind == IM_C_SIMPLE && strchr("bBhHiIlLqQ?", ft->code) != NULL; }

static int add_field(Layout *l, Value type, ssize_t index, Value pair)
{
    Thread *t = l->t;
    ssize_t n = im_is_tuple(pair) ? im_tuple_len(pair) : 0;
    int bits = 0;
    bool ok = (n == 2 || n == 3) && im_is_str(im_tuple_get(pair, 0));
    if (ok && n == 3 && im_as_int(t, im_tuple_get(pair, 2), &bits) < 0) ok = false;
    if (!ok) {
        if (im_pending(t)) im_exc_clear(t);
        return im_raise_type(t, "_fields_ must be a sequence of (name, C type) pairs"), -1;
    }
    Value name = im_tuple_get(pair, 0), proto = im_tuple_get(pair, 1);
    ImCType *ft = im_c_info(proto);
    if (!ft) return im_raise_type(t, "second item in _fields_ tuple (index %zd) must be a C type", index), -1;
    if (ft->flags & (IM_C_ISPOINTER | IM_C_HASPOINTER)) l->flags |= IM_C_HASPOINTER;
    if (ft->kind != IM_C_FUNC) l->flags |= ft->flags & (IM_C_HASUNION | IM_C_HASBITFIELD);
    im_c_final(ft);
    if (n == 3) {
        l->flags |= IM_C_HASBITFIELD;
        if (!may_have_bits(ft)) return im_raise_type(t, "bit fields not allowed for type %N", im_as_type(proto)), -1;
        if (bits <= 0 || bits > ft->size * 8) return im_raise_valueerror(t, "number of bits invalid for bit field"), -1;
    }
    ssize_t before = l->size;
    if (!l->is_struct) l->size = l->offset = l->align = 0;
    Value f = field_new(t, proto);
    if (im_no_value(f)) return -1;
    F(f)->index = index;
    character_field(F(f), ft);
    int elements = l->n_elements;
    place(l, F(f), ft, bits);
    if (!l->is_struct) { /* libffi sees a union's largest member */
        if (l->size > l->union_size) {
            memmove(l->elements, l->elements + elements, (size_t)(l->n_elements - elements) * sizeof *l->elements);
            l->n_elements -= elements;
        } else {
            l->n_elements = elements;
        }
    }
    if (l->size > l->union_size) l->union_size = l->size;
    if (l->align > l->total_align) l->total_align = l->align;
    int r = field_format(l, ft, name, F(f)->offset - before);
    if (r == 0) r = set_class_attr(t, type, name, f);
    im_drop(t, f);
    return r;
}

/* _pack_, _align_: 0 when absent. */
static int size_attr(Thread *t, Value type, Value name, const char *text, ssize_t *out)
{
    Value v;
    int n;
    *out = 0;
    if (im_c_class_attr(t, type, name, &v) < 0) return -1;
    if (im_no_value(v)) return 0;
    int r = im_is_int_like(v) ? im_as_int(t, v, &n) : -1;
    im_drop(t, v);
    if (r < 0) {
        if (im_pending(t) && !im_exc_clear_if(t, &im_OverflowError_type)) return -1;
        return im_raise_valueerror(t, "%s must be an integer", text), -1;
    }
    if (n < 0) return im_raise_valueerror(t, "%s must be a non-negative integer", text), -1;
    *out = n;
    return 0;
}

static int anonymous_fields(Thread *t, Value type);
static int lay_out(Layout *l, Value type, Value fields, ssize_t n)
{
    Thread *t = l->t;
    ImCType *i = l->i, *base = im_c_info(im_type_value(i->type.base));
    l->total_align = l->forced ? l->forced : 1;
    ssize_t first = 0;
    if (base) {
        l->offset = l->size = base->size;
        l->align = base->align;
        if (base->align > l->total_align) l->total_align = base->align;
        l->flags |= base->flags & (IM_C_HASUNION | IM_C_HASBITFIELD | IM_C_HASPOINTER);
        first = base->length;
        add_elements(l, base);
    }
    if (l->is_struct && im_sb_ascii(t, &l->format, "T{", 2) < 0) return -1;
    for (ssize_t k = 0; k < n; k++) {
        Value pair = im_getitem_index(t, fields, k);
        if (im_no_value(pair)) return im_exc_clear(t), im_raise_type(t, "_fields_ must be a sequence of (name, C type) pairs"), -1;
        int r = add_field(l, type, k, pair);
        im_drop(t, pair);
        if (r < 0) return -1;
    }
    if (!l->is_struct) l->size = l->union_size;
    ssize_t whole = (l->size + l->total_align - 1) / l->total_align * l->total_align;
    if (l->is_struct && (pad_format(l, whole - l->size) < 0 || im_sb_char(t, &l->format, '}') < 0)) return -1;
    if (im_load_relaxed(&i->x_final)) return im_raise_attr(t, "Structure or union cannot contain itself"), -1;
    ffi_type **e = im_raw_alloc(t, (size_t)(l->n_elements + 1) * sizeof *e);
    if (!e) return -1;
    memcpy(e, l->elements, (size_t)l->n_elements * sizeof *e);
    e[l->n_elements] = NULL;
    im_raw_free(i->own.elements);
    i->own = (ffi_type){.size = (size_t)whole, .alignment = (unsigned short)l->total_align, .type = FFI_TYPE_STRUCT, .elements = e};
    i->ffi = &i->own;
    i->size = whole;
    i->align = l->total_align;
    i->length = first + n;
    i->flags |= l->flags;
    return 0;
}
int im_c_fields_set(Thread *t, Value type, Value fields, bool is_struct)
{
    ImCType *i = IM_C_TYPE(type);
    Layout l = {.t = t, .i = i, .is_struct = is_struct, .flags = is_struct ? 0 : IM_C_HASUNION};
    Value swapped;
    if (im_c_class_attr(t, type, IM_S(_swappedbytes_), &swapped) < 0) return -1;
    l.big_endian = !im_no_value(swapped);
    im_xdrop(t, swapped);
    if (size_attr(t, type, IM_S(_pack_), "_pack_", &l.pack) < 0 || size_attr(t, type, IM_S(_align_), "_align_", &l.forced) < 0) return -1;
    ssize_t n = im_len(t, fields);
    if (n < 0) {
        if (im_exc_clear_if(t, &im_TypeError_type)) im_raise_type(t, "_fields_ must be a sequence of pairs");
        return -1;
    }
    if (!i->ready) return im_raise_type(t, "ctypes state is not initialized"), -1;
    if (im_load_relaxed(&i->x_final)) return im_raise_attr(t, "_fields_ is final"), -1;
    im_sb_init(&l.format);
    int r = lay_out(&l, type, fields, n);
    if (r == 0 && is_struct) {
        Value text = im_sb_finish(t, &l.format);
        const char *s = im_no_value(text) ? NULL : im_str_utf8(t, text, NULL);
        r = s ? im_c_set_format(t, i, s, "", "") : -1;
        im_xdrop(t, text);
    } else {
        im_sb_free(&l.format);
    }
    if (r < 0) return -1;
    im_c_final(i);
    return anonymous_fields(t, type);
}

/* --- _anonymous_: fields of fields ------------------------------------------------------------------------------------------------------------------------------ */

static int lift_fields(Thread *t, Value type, Field *outer, ssize_t index, ssize_t offset)
{
    Value fields = im_getattr(t, outer->proto, IM_S(_fields_));
    if (im_no_value(fields)) return -1;
    ssize_t n = im_len(t, fields);
    int r = n < 0 ? -1 : 0;
    for (ssize_t k = 0; k < n && r == 0; k++) {
        Value pair = im_getitem_index(t, fields, k), inner = IM_NO_VALUE, f = IM_NO_VALUE;
        r = -1;
        if (im_no_value(pair)) break;
        if (!im_is_tuple(pair) || im_tuple_len(pair) < 2) im_raise_type(t, "_fields_ must be a sequence of pairs");
        else inner = im_getattr(t, outer->proto, im_tuple_get(pair, 0));
        if (im_no_value(inner)) {
        } else if (!im_is_exact(inner, &im_c_field_type)) {
            im_raise_type(t, "unexpected type");
        } else if (F(inner)->anonymous) {
            r = lift_fields(t, type, F(inner), index + F(inner)->index, offset + F(inner)->offset);
        } else if (!im_no_value(f = field_new(t, F(inner)->proto))) {
            F(f)->size = F(inner)->size;
            F(f)->offset = F(inner)->offset + offset;
            F(f)->index = F(inner)->index + index;
            F(f)->get = F(inner)->get;
            F(f)->set = F(inner)->set;
            r = set_class_attr(t, type, im_tuple_get(pair, 0), f);
            im_drop(t, f);
        }
        im_xdrop(t, inner);
        im_drop(t, pair);
    }
    im_drop(t, fields);
    return r;
}
static int anonymous_fields(Thread *t, Value type)
{
    Value names;
    int r = im_c_class_attr(t, type, IM_S(_anonymous_), &names);
    if (r <= 0) return r;
    Value list = im_fast_sequence(t, names, "_anonymous_ must be a sequence");
    im_drop(t, names);
    if (im_no_value(list)) return -1;
    ssize_t n = im_len(t, list);
    r = n < 0 ? -1 : 0;
    for (ssize_t k = 0; k < n && r == 0; k++) {
        Value name = im_getitem_index(t, list, k), f = im_no_value(name) ? IM_NO_VALUE : im_getattr(t, type, name);
        r = -1;
        if (im_no_value(f)) {
        } else if (!im_is_exact(f, &im_c_field_type)) {
            im_raise_attr(t, "'%S' is specified in _anonymous_ but not in _fields_", name);
        } else {
            F(f)->anonymous = true;
            r = lift_fields(t, type, F(f), F(f)->index, F(f)->offset);
        }
        im_xdrop(t, name);
        im_xdrop(t, f);
    }
    im_drop(t, list);
    return r;
}

/* --- the metatypes ---------------------------------------------------------------------------------------------------------------------------------------------------- */

/* Without _fields_ of its own a class is laid out as its base, until it gets some. */
static int copy_layout(Thread *t, ImCType *i, ImCType *base)
{
    i->size = base->size;
    i->align = base->align;
    i->length = base->length;
    i->flags = base->flags;
    if (base->format && im_c_set_format(t, i, base->format, "", "") < 0) return -1;
    size_t n = 0;
    while (base->own.elements && base->own.elements[n]) n++;
    ffi_type **e = im_raw_alloc(t, (n + 1) * sizeof *e);
    if (!e) return -1;
    if (n) memcpy(e, base->own.elements, n * sizeof *e);
    e[n] = NULL;
    im_raw_free(i->own.elements);
    i->own = base->own;
    i->own.elements = e;
    im_c_final(base);
    return 0;
}
static int fields_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames, bool is_struct)
{
    ImCType *i = IM_C_TYPE(self);
    if (im_c_type_init(t, self, args, nargs, kwnames) < 0) return -1;
    Value abstract = im_dict_get_str(t, im_as_type(self)->dict, IM_S(_abstract_));
    if (!im_no_value(abstract)) {
        im_drop(t, abstract);
        return 0;
    }
    i->kind = is_struct ? IM_C_STRUCT : IM_C_UNION;
    i->own = (ffi_type){.type = FFI_TYPE_STRUCT, .alignment = 1};
    i->ffi = &i->own;
    if (!is_struct) i->flags |= IM_C_HASUNION;
    if (im_c_set_format(t, i, "B", "", "") < 0) return -1;
    i->ready = true;
    Value fields = im_dict_get_str(t, im_as_type(self)->dict, IM_S(_fields_));
    if (!im_no_value(fields)) {
        int r = im_setattr(t, self, IM_S(_fields_), fields);
        im_drop(t, fields);
        return r;
    }
    ImCType *base = im_c_info(im_type_value(i->type.base));
    return base ? copy_layout(t, i, base) : 0;
}
static int struct_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return fields_init(t, self, args, nargs, kwnames, true); }
static int union_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return fields_init(t, self, args, nargs, kwnames, false); }
static int meta_setattr(Thread *t, Value self, Value name, Value v, bool is_struct)
{
    if (im_type_type.slots.setattr(t, self, name, v) < 0) return -1;
    if (im_no_value(v) || !im_is_str(name) || !im_str_equal_cstr(name, "_fields_")) return 0;
    return im_c_fields_set(t, self, v, is_struct);
}
static int struct_setattr(Thread *t, Value self, Value name, Value v) { return meta_setattr(t, self, name, v, true); }
static int union_setattr(Thread *t, Value self, Value name, Value v) { return meta_setattr(t, self, name, v, false); }
static const ImSlots meta_struct_slots = {.init = struct_init, .setattr = struct_setattr};
static const ImSlots meta_union_slots = {.init = union_init, .setattr = union_setattr};
const ImTypeSpec im_c_meta_struct_spec = {
    .name = "_ctypes.PyCStructType", .doc = "metatype for the CData Objects", .size = sizeof(ImCType), .flags = IM_TF_GC | IM_TF_BASETYPE, .base = &im_c_meta_type, .slots = &meta_struct_slots,
};
const ImTypeSpec im_c_meta_union_spec = {
    .name = "_ctypes.UnionType", .doc = "metatype for the Union Objects", .size = sizeof(ImCType), .flags = IM_TF_GC | IM_TF_BASETYPE, .base = &im_c_meta_type, .slots = &meta_union_slots,
};

/* --- instances ------------------------------------------------------------------------------------------------------------------------------------------------------------ */

static bool given_by_name(Value kwnames, Value name)
{
    for (ssize_t k = 0; !im_no_value(kwnames) && k < im_tuple_len(kwnames); k++)
        if (im_str_equal(im_tuple_get(kwnames, k), name)) return true;
    return false;
}
/* Positional arguments: the base's fields first. The number of fields seen, or -1. */
static ssize_t set_positional(Thread *t, Value self, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ssize_t index = 0;
    if (im_c_info(im_type_value(type->base)) && (index = set_positional(t, self, type->base, args, nargs, kwnames)) < 0) return -1;
    Value fields = im_dict_get_str(t, type->dict, IM_S(_fields_));
    if (im_no_value(fields)) return index;
    ssize_t n = im_len(t, fields);
    bool ok = n >= 0;
    for (ssize_t k = 0; ok && k < n && (size_t)(k + index) < nargs; k++) {
        Value pair = im_getitem_index(t, fields, k), name = im_no_value(pair) ? IM_NO_VALUE : im_getitem_index(t, pair, 0);
        ok = false;
        if (im_no_value(name)) {
        } else if (im_is_str(name) && given_by_name(kwnames, name)) {
            im_raise_type(t, "duplicate values for field %R", name);
        } else {
            ok = im_setattr(t, self, name, args[k + index]) == 0;
        }
        im_xdrop(t, name);
        im_xdrop(t, pair);
    }
    im_drop(t, fields);
    return ok ? index + n : -1;
}
static int fields_object_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs) {
        ssize_t n = set_positional(t, self, im_type_of(self), args, nargs, kwnames);
        if (n < 0) return -1;
        if ((size_t)n < nargs) return im_raise_type(t, "too many initializers"), -1;
    }
    for (ssize_t k = 0; !im_no_value(kwnames) && k < im_tuple_len(kwnames); k++)
        if (im_setattr(t, self, im_tuple_get(kwnames, k), args[nargs + (size_t)k]) < 0) return -1;
    return 0;
}
static const ImSlots object_slots = {.new_ = im_c_data_new, .init = fields_object_init, .getbuffer = im_c_data_getbuffer};
const ImTypeSpec im_c_struct_spec = {
    .name = "_ctypes.Structure", .doc = "Structure base class", .size = sizeof(ImCData), .flags = IM_TF_GC | IM_TF_BASETYPE, .base = &im_c_data_type, .metatype = &im_c_meta_struct_type,
    .slots = &object_slots,
};
const ImTypeSpec im_c_union_spec = {
    .name = "_ctypes.Union", .doc = "Union base class", .size = sizeof(ImCData), .flags = IM_TF_GC | IM_TF_BASETYPE, .base = &im_c_data_type, .metatype = &im_c_meta_union_type,
    .slots = &object_slots,
};
