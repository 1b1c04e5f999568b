/* types.UnionType: int | str.
 * SPDX-License-Identifier: MIT */
#include "types/generic.h"

#include "types/dict.h"
#include "types/function.h"
#include "types/list.h"
#include "types/set.h"
#include "types/tuple.h"

#define U(v) ((ImUnion *)im_ptr(v))
IM_TYPE_DECLARE(NoneType);

static bool unionable(Value v)
{
    if (im_is_none(v) || im_is_type(v)) return true;
    if (!im_is_object(v)) return false;
    ImType *ty = im_type_of(v);
    return ty == &im_UnionType_type || im_type_is_subtype(ty, &im_GenericAlias_type) || strcmp(im_type_cname(ty), "typing.TypeAliasType") == 0;
}

static int add(Thread *t, Value list, Value v)
{
    if (im_is_none(v)) v = im_value(&im_NoneType_type);
    if (im_is_exact(v, &im_UnionType_type)) {
        int rc = 0;
        for (ssize_t i = 0; i < im_tuple_len(U(v)->args) && rc == 0; i++) rc = add(t, list, im_tuple_get(U(v)->args, i));
        return rc;
    }
    for (ssize_t i = 0; i < im_list_len(list); i++) {
        Value x = im_list_get(t, list, i);
        bool alias = im_is_instance_of(x, &im_GenericAlias_type) && im_is_instance_of(v, &im_GenericAlias_type);
        int same = alias ? im_equal(t, x, v) : im_same(x, v);
        im_drop(t, x);
        if (same) return same < 0 ? -1 : 0;
    }
    return im_list_append(t, list, v);
}

static Value from_list(Thread *t, Value list)
{
    if (im_list_len(list) == 1) return im_list_get(t, list, 0);
    ImUnion *u = (ImUnion *)im_instance_alloc(t, &im_UnionType_type, 0);
    if (!u) return IM_NO_VALUE;
    u->args = im_list_to_tuple(t, list);
    if (!im_no_value(u->args)) return im_value(u);
    im_drop_obj(t, &u->head);
    return IM_NO_VALUE;
}

Value im_union_new(Thread *t, Value a, Value b)
{
    if (!unionable(a) || !unionable(b)) return IM_NOT_IMPLEMENTED;
    if ((im_is_none(a) || im_is_type(a)) && (im_is_none(b) || im_is_type(b)) && !im_same(a, b)) { /* two classes */
        if (im_is_none(a)) a = im_value(&im_NoneType_type);
        if (im_is_none(b)) b = im_value(&im_NoneType_type);
        if (im_same(a, b)) return im_new_ref(a);
        ImUnion *u = (ImUnion *)im_instance_alloc(t, &im_UnionType_type, 0);
        if (!u) return IM_NO_VALUE;
        u->args = im_tuple_pack(t, 2, a, b);
        if (!im_no_value(u->args)) return im_value(u);
        im_drop_obj(t, &u->head);
        return IM_NO_VALUE;
    }
    Value list = im_list_new(t, 2), r = IM_NO_VALUE;
    if (im_no_value(list)) return list;
    if (add(t, list, a) == 0 && add(t, list, b) == 0) r = from_list(t, list);
    im_drop(t, list);
    return r;
}
static Value union_or(Thread *t, Value a, Value b) { return im_union_new(t, a, b); }

static Value union_repr(Thread *t, Value self)
{
    ImStrBuilder b;
    im_sb_init(&b);
    int rc = 0;
    for (ssize_t i = 0; i < im_tuple_len(U(self)->args) && rc == 0; i++) {
        Value x = im_tuple_get(U(self)->args, i);
        if (i) rc = im_sb_ascii(t, &b, " | ", 3);
        if (rc == 0) rc = im_same(x, im_value(&im_NoneType_type)) ? im_sb_ascii(t, &b, "None", 4) : im_type_item_repr(t, &b, x);
    }
    if (rc < 0) { im_sb_free(&b); return IM_NO_VALUE; }
    return im_sb_finish(t, &b);
}
static int64_t union_hash(Thread *t, Value self)
{
    Value s = im_frozenset_new(t, U(self)->args);
    if (im_no_value(s)) return -1;
    int64_t h = im_hash(t, s);
    im_drop(t, s);
    return h;
}
static Value union_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if ((op != IM_EQ && op != IM_NE) || !im_is_exact(a, &im_UnionType_type) || !im_is_exact(b, &im_UnionType_type)) return IM_NOT_IMPLEMENTED;
    Value x = im_set_new(t, U(a)->args), y = im_no_value(x) ? x : im_set_new(t, U(b)->args), r = im_no_value(y) ? y : im_compare(t, x, y, op);
    im_xdrop(t, x);
    im_xdrop(t, y);
    return r;
}
static Value union_parameters(Thread *t, Value self)
{
    Value p = im_slot_get(t, NULL, &U(self)->x_parameters);
    if (!im_no_value(p)) return p;
    p = im_type_parameters(t, U(self)->args);
    if (!im_no_value(p)) im_slot_put(t, im_ptr(self), &U(self)->x_parameters, im_new_ref(p));
    return p;
}
static Value union_getitem(Thread *t, Value self, Value item)
{
    Value p = union_parameters(t, self), args, r = IM_NO_VALUE;
    if (im_no_value(p)) return p;
    args = im_subs_parameters(t, self, U(self)->args, p, item);
    im_drop(t, p);
    if (im_no_value(args)) return args;
    if (im_tuple_len(args)) r = im_new_ref(im_tuple_get(args, 0));
    for (ssize_t i = 1; i < im_tuple_len(args) && !im_no_value(r); i++) {
        Value n = im_binop(t, r, im_tuple_get(args, i), IM_OP_OR);
        im_drop(t, r);
        r = n;
    }
    im_drop(t, args);
    return r;
}
static Value get_parameters(Thread *t, Value self, void *c) { (void)c; return union_parameters(t, self); }
/* __module__ is the type's. */
static Value union_getattr(Thread *t, Value self, Value name)
{
    if (im_str_equal_cstr(name, "__module__")) return im_getattr(t, im_type_value(&im_UnionType_type), name);
    return im_generic_getattr(t, self, name);
}
static int union_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImUnion *u = (ImUnion *)o;
    int rc;
    if (im_is_object(u->args) && (rc = visit(u->args, arg)) != 0) return rc;
    return im_is_object(u->x_parameters) ? visit(u->x_parameters, arg) : 0;
}
static void union_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((ImUnion *)o)->args);
    im_destroy_child(t, ((ImUnion *)o)->x_parameters);
}
static const ImMemberDef union_members[] = {{"__args__", IM_T_VALUE, offsetof(ImUnion, args), true, NULL}, IM_END};
static const ImGetSetDef union_getset[] = {{"__parameters__", get_parameters, NULL, "Type variables in the types.UnionType.", NULL}, IM_END};
static const ImSlots union_slots = {.repr = union_repr, .hash = union_hash, .richcompare = union_compare, .getattr = union_getattr, .subscript = union_getitem, .or_ = union_or};
static const ImTypeSpec union_spec = {.name = "types.UnionType", .doc = "Represent a PEP 604 union type\n\nE.g. for int | str", .size = sizeof(ImUnion),
    .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_WEAKREF, .slots = &union_slots, .members = union_members, .getset = union_getset,
    .traverse = union_traverse, .destroy = union_destroy};
IM_TYPE(UnionType, &union_spec);
