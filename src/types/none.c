/* The types of None, Ellipsis and NotImplemented.
 * SPDX-License-Identifier: MIT */
#include "types/str.h"
#include "object/abstract.h"

IM_TYPE_DECLARE(NoneType);
IM_TYPE_DECLARE(ellipsis);
IM_TYPE_DECLARE(NotImplementedType);

static Value no_args(Thread *t, const char *name, size_t nargs, Value kwnames, Value v)
{
    if (nargs || (!im_no_value(kwnames) && im_len(t, kwnames) > 0)) return im_raise_type(t, "%s takes no arguments", name);
    return v;
}

static Value none_repr(Thread *t, Value v) { (void)v; return im_str_from_cstr(t, "None"); }
static int none_bool(Thread *t, Value v) { (void)t, (void)v; return 0; }
static int64_t none_hash(Thread *t, Value v) { (void)t, (void)v; return 0xFCA86420; }
static Value none_new(Thread *t, ImType *type, const Value *a, size_t n, Value kw) { (void)type, (void)a; return no_args(t, "NoneType", n, kw, IM_NONE); }
static Value none_compare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    if (im_same(a, b) && op == IM_EQ) return IM_TRUE;
    if (im_same(a, b) && op == IM_NE) return IM_FALSE;
    return IM_NOT_IMPLEMENTED;
}
static const ImSlots none_slots = {.repr = none_repr, .bool_ = none_bool, .hash = none_hash, .richcompare = none_compare, .new_ = none_new};
static const ImTypeSpec none_spec = {.name = "NoneType", .text_signature = "()", .doc = "The type of the None singleton.", .slots = &none_slots};
IM_TYPE(NoneType, &none_spec);

static Value ellipsis_repr(Thread *t, Value v) { (void)v; return im_str_from_cstr(t, "Ellipsis"); }
static Value ellipsis_new(Thread *t, ImType *type, const Value *a, size_t n, Value kw) { (void)type, (void)a; return no_args(t, "EllipsisType", n, kw, IM_ELLIPSIS); }
static Value ellipsis_reduce(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a, (void)n, (void)kw; return ellipsis_repr(t, self); }
static const ImMethodDef ellipsis_methods[] = {IM_FIXED("__reduce__", ellipsis_reduce, 0, NULL, NULL), IM_END};
static const ImSlots ellipsis_slots = {.repr = ellipsis_repr, .new_ = ellipsis_new};
static const ImTypeSpec ellipsis_spec = {.name = "ellipsis", .text_signature = "()", .doc = "The type of the Ellipsis singleton.", .slots = &ellipsis_slots, .methods = ellipsis_methods};
IM_TYPE(ellipsis, &ellipsis_spec);

static Value ni_repr(Thread *t, Value v) { (void)v; return im_str_from_cstr(t, "NotImplemented"); }
static Value ni_new(Thread *t, ImType *type, const Value *a, size_t n, Value kw) { (void)type, (void)a; return no_args(t, "NotImplementedType", n, kw, IM_NOT_IMPLEMENTED); }
static int ni_bool(Thread *t, Value v)
{
    (void)v;
    return im_warn(t, &im_DeprecationWarning_type, 1, "NotImplemented should not be used in a boolean context") < 0 ? -1 : 1;
}
static Value ni_reduce(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a, (void)n, (void)kw; return ni_repr(t, self); }
static const ImMethodDef ni_methods[] = {IM_FIXED("__reduce__", ni_reduce, 0, NULL, NULL), IM_END};
static const ImSlots ni_slots = {.repr = ni_repr, .new_ = ni_new, .bool_ = ni_bool};
static const ImTypeSpec ni_spec = {.name = "NotImplementedType", .text_signature = "()", .doc = "The type of the NotImplemented singleton.", .slots = &ni_slots, .methods = ni_methods};
IM_TYPE(NotImplementedType, &ni_spec);
