/* Struct sequences: tuples whose items also have names (os.stat_result, time.struct_time).
 *
 * An instance holds all n fields; len is n_visible, so that as a tuple it shows those only.
 * SPDX-License-Identifier: MIT */
#include "mem/vec.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/int.h"
#include "types/list.h"
#include "types/str.h"
#include "types/tuple.h"

#define M(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

typedef struct StructSpec {
    ImTypeSpec spec; /* first: type->spec leads here */
    size_t n, n_visible, n_unnamed;
    const ImStructField *fields;
    ImMemberDef members[]; /* one per named field; the last one is empty */
} StructSpec;
IM_INLINE const StructSpec *spec_of(Value v) { return (const StructSpec *)(const void *)im_type_of(v)->spec; }

static ImTuple *alloc(Thread *t, ImType *type, const StructSpec *s)
{
    ImTuple *o = (ImTuple *)im_instance_alloc(t, type, s->n * sizeof(Value));
    if (o) o->len = (ssize_t)s->n_visible;
    return o;
}

Value im_structseq_new(Thread *t, ImType *type, Value *items)
{
    const StructSpec *s = (const StructSpec *)(const void *)type->spec;
    bool complete = true;
    for (size_t i = 0; i < s->n; i++) complete &= !im_no_value(items[i]);
    ImTuple *o = complete ? alloc(t, type, s) : NULL; /* an item that could not be made: its exception is pending */
    for (size_t i = 0; i < s->n; i++) {
        if (o) o->items[i] = items[i];
        else im_xdrop(t, items[i]);
    }
    return im_value(o);
}

static int seq_traverse(ImObject *o, ImVisit visit, void *arg)
{
    size_t n = spec_of(im_value(o))->n;
    for (size_t i = 0; i < n; i++) {
        Value v = ((ImTuple *)o)->items[i];
        int r = im_is_object(v) ? visit(v, arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void seq_destroy(Thread *t, ImObject *o)
{
    size_t n = spec_of(im_value(o))->n;
    for (size_t i = 0; i < n; i++) im_destroy_child(t, ((ImTuple *)o)->items[i]);
}

static Value seq_type_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    const StructSpec *s = (const StructSpec *)(const void *)type->spec;
    const char *name = im_type_cname(type);
    ImArgs a;
    if (im_parse_args(t, "structseq", "(sequence, dict={})", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value given = a.v[0], dict = a.v[1];
    im_args_fini(t, &a);
    Value seq = im_fast_sequence(t, given, "constructor requires a sequence"), r = IM_NO_VALUE;
    if (im_no_value(seq)) return seq;
    Value items = im_is_tuple(seq) ? im_new_ref(seq) : im_list_to_tuple(t, seq);
    im_drop(t, seq);
    if (im_no_value(items)) return items;
    if (!im_no_value(dict) && !im_is_dict(dict)) {
        (void)im_raise_type(t, "%.500s() takes a dict as second arg, if any", name);
        goto out;
    }
    size_t len = (size_t)im_tuple_len(items);
    if (len < s->n_visible || len > s->n) {
        const char *how = s->n_visible == s->n ? "a" : len < s->n_visible ? "an at least" : "an at most";
        (void)im_raise_type(t, "%.500s() takes %s %zu-sequence (%zu-sequence given)", name, how, len < s->n_visible ? s->n_visible : s->n, len);
        goto out;
    }
    ImTuple *o = alloc(t, type, s);
    if (!o) goto out;
    r = im_value(o);
    for (size_t i = 0; i < len; i++) o->items[i] = im_new_ref(im_tuple_get(items, (ssize_t)i));
    for (size_t i = len; i < s->n; i++) o->items[i] = IM_NONE;
    if (!im_no_value(dict)) {
        size_t used = 0;
        for (size_t i = len; i < s->n; i++) {
            Value v = s->fields[i].name ? im_dict_get_cstr(t, dict, s->fields[i].name) : IM_NO_VALUE;
            if (im_pending(t)) {
                IM_CLEAR(t, r);
                goto out;
            }
            if (im_no_value(v)) continue;
            o->items[i] = v;
            used++;
        }
        if ((ssize_t)used < im_dict_len(dict)) {
            (void)im_raise_type(t, "%.500s() got duplicate or unexpected field name(s)", name);
            IM_CLEAR(t, r);
        }
    }
out:
    im_drop(t, items);
    return r;
}

static Value seq_repr(Thread *t, Value self)
{
    const StructSpec *s = spec_of(self);
    ImStrBuilder b;
    im_sb_init(&b);
    int e = im_sb_ascii(t, &b, s->spec.name, -1);
    if (e == 0) e = im_sb_char(t, &b, '(');
    for (size_t i = 0; i < s->n_visible && e == 0; i++) {
        if (i) e = im_sb_ascii(t, &b, ", ", 2);
        if (e == 0) e = im_sb_ascii(t, &b, s->members[i].name, -1);
        if (e == 0) e = im_sb_char(t, &b, '=');
        if (e == 0) e = im_sb_repr(t, &b, im_tuple_get(self, (ssize_t)i));
    }
    if (e == 0) e = im_sb_char(t, &b, ')');
    if (e == 0) return im_sb_finish(t, &b);
    im_sb_free(&b);
    return IM_NO_VALUE;
}

/* Dict of the hidden named fields. */
static Value hidden_dict(Thread *t, Value self, const StructSpec *s)
{
    Value d = im_dict_new(t);
    for (size_t i = s->n_visible; i < s->n && !im_no_value(d); i++) {
        if (s->fields[i].name && im_dict_set_cstr(t, d, s->fields[i].name, im_tuple_items(self)[i]) < 0) IM_CLEAR(t, d);
    }
    return d;
}

M(seq_reduce)
{
    const StructSpec *s = spec_of(self);
    Value items = im_tuple_from_array(t, im_tuple_items(self), s->n_visible);
    if (im_no_value(items)) return items;
    Value pair[2] = {items, hidden_dict(t, self, s)};
    if (im_no_value(pair[1])) {
        im_drop(t, items);
        return IM_NO_VALUE;
    }
    Value inner = im_tuple_steal_array(t, pair, 2);
    if (im_no_value(inner)) return inner;
    Value r = im_tuple_pack(t, 2, im_type_value(im_type_of(self)), inner);
    im_drop(t, inner);
    return r;
}

M(seq_replace)
{
    const StructSpec *s = spec_of(self);
    if (nargs) return im_raise_type(t, "__replace__() takes no positional arguments");
    if (s->n_unnamed) return im_raise_type(t, "__replace__() is not supported for %.500T because it has unnamed field(s)", self);
    ImTuple *o = alloc(t, im_type_of(self), s);
    if (!o) return IM_NO_VALUE;
    for (size_t i = 0; i < s->n; i++) o->items[i] = im_new_ref(im_tuple_items(self)[i]);
    Value unknown = IM_NO_VALUE;
    for (ssize_t k = 0; !im_no_value(kwnames) && k < im_tuple_len(kwnames); k++) {
        Value name = im_tuple_get(kwnames, k);
        size_t i = 0;
        while (i < s->n && !im_str_equal_cstr(name, s->fields[i].name)) i++;
        if (i < s->n) {
            Value old = o->items[i];
            o->items[i] = im_new_ref(args[nargs + (size_t)k]);
            im_drop(t, old);
            continue;
        }
        if (im_no_value(unknown)) unknown = im_list_new(t, 1);
        if (im_no_value(unknown) || im_list_append(t, unknown, name) < 0) break;
    }
    if (im_no_value(unknown) && !im_pending(t)) return im_value(o);
    if (!im_pending(t)) (void)im_raise_type(t, "Got unexpected field name(s): %R", unknown);
    im_xdrop(t, unknown);
    im_drop(t, im_value(o));
    return IM_NO_VALUE;
}

static const ImMethodDef seq_methods[] = {
    IM_FIXED("__reduce__", seq_reduce, 0, "($self, /)", NULL),
    IM_RAW("__replace__", seq_replace, "($self, /, **changes)", "Return a copy of the structure with new values for the specified fields."),
    IM_END,
};
static const ImSlots seq_slots = {.repr = seq_repr, .new_ = seq_type_new};

ImType *im_structseq_type(Thread *t, const char *name, const char *doc, const ImStructField *fields, size_t n, size_t n_visible)
{
    ImType *type = im_region_alloc(sizeof *type);
    StructSpec *s = im_region_alloc(sizeof *s + (n + 1) * sizeof(ImMemberDef));
    if (!type || !s) {
        (void)im_raise_memory(t);
        return NULL;
    }
    size_t named = 0;
    for (size_t i = 0; i < n; i++) {
        if (!fields[i].name) continue;
        s->members[named++] = (ImMemberDef){fields[i].name, IM_T_VALUE_NONE, (uint32_t)(offsetof(ImTuple, items) + i * sizeof(Value)), true, fields[i].doc};
    }
    s->n = n;
    s->n_visible = n_visible;
    s->n_unnamed = n - named;
    s->fields = fields;
    s->spec = (ImTypeSpec){
        .name = name, .doc = doc, .size = sizeof(ImTuple), .item_size = sizeof(Value), .flags = IM_TF_GC, .base = &im_tuple_type, .slots = &seq_slots,
        .methods = seq_methods, .members = s->members, .traverse = seq_traverse, .destroy = seq_destroy,
    };
    if (im_type_ready(t, type, &s->spec) < 0) return NULL;
    (void)im_and_acq_rel(&type->core.x_flags, ~(uint32_t)IM_TF_IMMUTABLE); /* as in CPython, where they are heap types */
    Value names = im_tuple_new(t, 0);
    Value list = im_list_new(t, n_visible);
    for (size_t i = 0; i < n_visible && !im_no_value(list); i++) {
        if (!fields[i].name) continue;
        Value x = im_str_intern_cstr(t, fields[i].name);
        if (im_no_value(x) || im_list_append_steal(t, list, x) < 0) IM_CLEAR(t, list);
    }
    if (!im_no_value(list)) {
        im_drop(t, names);
        names = im_list_to_tuple(t, list);
        im_drop(t, list);
    } else names = IM_NO_VALUE;
    int e = im_no_value(names) ? -1 : im_dict_set_cstr(t, type->dict, "__match_args__", names);
    im_xdrop(t, names);
    if (e < 0 || im_dict_set_cstr(t, type->dict, "n_sequence_fields", im_int((int64_t)n_visible)) < 0 ||
        im_dict_set_cstr(t, type->dict, "n_fields", im_int((int64_t)n)) < 0 ||
        im_dict_set_cstr(t, type->dict, "n_unnamed_fields", im_int((int64_t)s->n_unnamed)) < 0) return NULL;
    return type;
}
