/* Module _string: parsers for string.Formatter.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"
#include "types/str_parse.h"

typedef struct ImMarkupIter { ImObject head; Value s; ssize_t pos, start; bool fields; } ImMarkupIter;
extern ImType im_formatteriterator_type, im_fieldnameiterator_type;
static ImMarkupIter *it(Value v) { return (ImMarkupIter *)im_ptr(v); }
static Value it_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }
static Value fmt_next(Thread *t, Value self)
{
    ImMarkupIter *x = it(self);
    ImMarkup m = {x->s, x->pos, im_str_len(x->s)};
    ImMarkupPiece p;
    int r = im_markup_next(t, &m, &p);
    if (r <= 0) return r < 0 ? IM_NO_VALUE : IM_STOP;
    x->pos = m.pos;
    Value v[4] = {im_str_substring(t, x->s, p.lit_start, p.lit_end), IM_NONE, IM_NONE, IM_NONE};
    if (p.has_field) {
        v[1] = im_str_substring(t, x->s, p.name_start, p.name_end);
        v[2] = im_str_substring(t, x->s, p.spec_start, p.spec_end);
        if (p.conversion) v[3] = im_str_from_char(t, p.conversion);
    }
    return im_tuple_steal_array(t, v, 4);
}
static Value field_next(Thread *t, Value self)
{
    ImMarkupIter *x = it(self);
    ssize_t a, b;
    int64_t index;
    int r = im_field_next(t, x->s, &x->pos, im_str_len(x->s), &a, &b, &index);
    if (r <= 0) return r < 0 ? IM_NO_VALUE : IM_STOP;
    Value v[2] = {im_bool(r == 1), r == 2 && index >= 0 ? im_int_new(t, index) : im_str_substring(t, x->s, a, b)};
    return im_tuple_steal_array(t, v, 2);
}
static int it_traverse(ImObject *o, ImVisit visit, void *arg) { Value s = ((ImMarkupIter *)o)->s; return im_is_object(s) ? visit(s, arg) : 0; }
static void it_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImMarkupIter *)o)->s); }
static const ImSlots fmt_slots = {.iter = it_self, .next = fmt_next}, field_slots = {.iter = it_self, .next = field_next};
static const ImTypeSpec fmt_spec = {.name = "formatteriterator", .size = sizeof(ImMarkupIter), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &fmt_slots, .traverse = it_traverse, .destroy = it_destroy};
IM_TYPE(formatteriterator, &fmt_spec);
static const ImTypeSpec field_spec = {.name = "fieldnameiterator", .size = sizeof(ImMarkupIter), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &field_slots, .traverse = it_traverse, .destroy = it_destroy};
IM_TYPE(fieldnameiterator, &field_spec);
static Value iter_new(Thread *t, ImType *type, Value s, ssize_t pos)
{
    ImMarkupIter *x = (ImMarkupIter *)im_instance_alloc(t, type, 0);
    if (!x) return IM_NO_VALUE;
    x->s = im_new_ref(s);
    x->pos = pos;
    return im_value(x);
}
static Value parser(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)self; (void)n; (void)kw;
    return im_is_str(a[0]) ? iter_new(t, &im_formatteriterator_type, a[0], 0) : im_raise_type(t, "expected str, got %T", a[0]);
}
static Value split(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)self; (void)n; (void)kw;
    int64_t index;
    if (!im_is_str(a[0])) return im_raise_type(t, "expected str, got %T", a[0]);
    ssize_t end = im_field_first(t, a[0], 0, im_str_len(a[0]), &index);
    if (index == -2) return IM_NO_VALUE;
    Value v[2] = {index >= 0 ? im_int_new(t, index) : im_str_substring(t, a[0], 0, end), iter_new(t, &im_fieldnameiterator_type, a[0], end)};
    return im_tuple_steal_array(t, v, 2);
}
static const ImMethodDef methods[] = {IM_FIXED("formatter_parser", parser, 1, "($self, object, /)", "parse the argument as a format string"), IM_FIXED("formatter_field_name_split", split, 1, "($self, object, /)", "split the argument as a field name"), IM_END};
static const ImModuleDef string_def = {.name = "_string", .doc = "string helper module", .methods = methods};
IM_MODULE(string_def);
