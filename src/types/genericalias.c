/* types.GenericAlias: list[int].
 * SPDX-License-Identifier: MIT */
#include "types/generic.h"

#include "object/lookup.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/list.h"
#include "types/module.h"
#include "types/tuple.h"

#define A(v) ((ImGenericAlias *)im_ptr(v))

/* ---- parameters ---------------------------------------------------------------------------------------------------------------- */

static int add_unique(Thread *t, Value list, Value v)
{
    for (ssize_t i = 0; i < im_list_len(list); i++) {
        Value x = im_list_get(t, list, i);
        bool same = im_same(x, v);
        im_xdrop(t, x);
        if (same) return 0;
    }
    return im_list_append(t, list, v);
}

Value im_type_parameters(Thread *t, Value args)
{
    Value list = im_list_new(t, 0), r;
    if (im_no_value(list)) return list;
    int rc = 0;
    for (ssize_t i = 0; i < im_tuple_len(args) && rc == 0; i++) {
        Value x = im_tuple_get(args, i), sub;
        if (im_is_type(x)) continue; /* a class does not count, even if it has the attributes */
        rc = im_hasattr(t, x, IM_S(__typing_subst__));
        if (rc > 0) { rc = add_unique(t, list, x); continue; }
        if (rc < 0) break;
        rc = im_lookup_attr(t, x, IM_S(__parameters__), &sub);
        if (rc <= 0) continue;
        rc = 0;
        for (ssize_t k = 0; im_is_tuple(sub) && k < im_tuple_len(sub) && rc == 0; k++) rc = add_unique(t, list, im_tuple_get(sub, k));
        im_drop(t, sub);
    }
    r = rc < 0 ? IM_NO_VALUE : im_list_to_tuple(t, list);
    im_drop(t, list);
    return r;
}

static ssize_t index_of(Value tuple, Value v)
{
    for (ssize_t i = 0; i < im_tuple_len(tuple); i++)
        if (im_same(im_tuple_get(tuple, i), v)) return i;
    return -1;
}

/* Flattens *tuple[int, str] among the arguments. */
static Value unpack_args(Thread *t, Value item)
{
    Value list = im_list_new(t, 0), r;
    if (im_no_value(list)) return list;
    bool tuple = im_is_tuple(item);
    ssize_t n = tuple ? im_tuple_len(item) : 1;
    int rc = 0;
    for (ssize_t i = 0; i < n && rc == 0; i++) {
        Value x = tuple ? im_tuple_get(item, i) : item, sub = IM_NO_VALUE;
        if (!im_is_type(x)) {
            rc = im_lookup_attr(t, x, IM_S(__typing_unpacked_tuple_args__), &sub);
            if (rc < 0) break;
        }
        rc = 0;
        if (!im_no_value(sub) && im_is_tuple(sub) && !(im_tuple_len(sub) && im_same(im_tuple_get(sub, im_tuple_len(sub) - 1), IM_ELLIPSIS)))
            rc = im_list_extend(t, list, sub);
        else
            rc = im_list_append(t, list, x);
        im_xdrop(t, sub);
    }
    r = rc < 0 ? IM_NO_VALUE : im_list_to_tuple(t, list);
    im_drop(t, list);
    return r;
}

/* obj[…] with its own parameters replaced. Owned. */
static Value subs_tvars(Thread *t, Value obj, Value params, Value items)
{
    Value sub, args, r;
    int rc = im_lookup_attr(t, obj, IM_S(__parameters__), &sub);
    if (rc < 0) return IM_NO_VALUE;
    if (rc == 0 || !im_is_tuple(sub) || im_tuple_len(sub) == 0) {
        if (rc) im_drop(t, sub);
        return im_new_ref(obj);
    }
    args = im_list_new(t, 0);
    rc = im_no_value(args) ? -1 : 0;
    for (ssize_t i = 0; i < im_tuple_len(sub) && rc == 0; i++) {
        Value p = im_tuple_get(sub, i), x = p;
        ssize_t k = index_of(params, p);
        if (k >= 0) {
            x = im_tuple_get(items, k);
            if (IM_SLOT(im_type_of(p), iter) && im_is_tuple(x)) { rc = im_list_extend(t, args, x); continue; } /* TypeVarTuple */
        }
        rc = im_list_append(t, args, x);
    }
    im_drop(t, sub);
    Value tuple = rc < 0 ? IM_NO_VALUE : im_list_to_tuple(t, args);
    im_xdrop(t, args);
    if (im_no_value(tuple)) return tuple;
    r = im_getitem(t, obj, tuple);
    im_drop(t, tuple);
    return r;
}

/* Each parameter may look at the arguments first (ParamSpec, TypeVarTuple, defaults). Steals item. */
static Value prepare(Thread *t, Value self, Value parameters, Value item)
{
    for (ssize_t i = 0; i < im_tuple_len(parameters); i++) {
        Value fn;
        int rc = im_lookup_attr(t, im_tuple_get(parameters, i), IM_S(__typing_prepare_subst__), &fn);
        if (rc < 0) { im_drop(t, item); return IM_NO_VALUE; }
        if (rc == 0) continue;
        if (!im_is_none(fn)) {
            Value args = im_is_tuple(item) ? im_new_ref(item) : im_tuple_from_array(t, &item, 1);
            Value r = im_no_value(args) ? args : im_call2(t, fn, self, args);
            im_xdrop(t, args);
            im_drop(t, item);
            item = r;
        }
        im_drop(t, fn);
        if (im_no_value(item)) return item;
    }
    if (im_is_tuple(item)) return item;
    Value r = im_tuple_from_array(t, &item, 1);
    im_drop(t, item);
    return r;
}

static int subs_one(Thread *t, Value arg, Value parameters, Value items, Value out)
{
    if (im_is_type(arg)) return im_list_append(t, out, arg);
    Value flag, subst, r;
    int unpack = im_lookup_attr(t, arg, IM_S(__typing_is_unpacked_typevartuple__), &flag);
    if (unpack > 0) {
        unpack = im_truth(t, flag);
        im_drop(t, flag);
    }
    if (unpack < 0) return -1;
    int rc = im_lookup_attr(t, arg, IM_S(__typing_subst__), &subst);
    if (rc < 0) return -1;
    if (rc > 0) {
        ssize_t k = index_of(parameters, arg);
        r = im_call1(t, subst, im_tuple_get(items, k));
        im_drop(t, subst);
    } else {
        r = subs_tvars(t, arg, parameters, items);
    }
    if (im_no_value(r)) return -1;
    if (unpack) {
        if (im_is_tuple(r)) rc = im_list_extend(t, out, r);
        else {
            im_raise_type(t, "expected __typing_subst__ of %T objects to return a tuple, not %T", arg, r);
            rc = -1;
        }
    } else {
        rc = im_list_append(t, out, r);
    }
    im_drop(t, r);
    return rc;
}

Value im_subs_parameters(Thread *t, Value self, Value args, Value parameters, Value item)
{
    ssize_t n = im_tuple_len(parameters);
    if (n == 0) return im_raise_type(t, "%R is not a generic class", self);
    Value items = unpack_args(t, item);
    if (!im_no_value(items)) items = prepare(t, self, parameters, items);
    if (im_no_value(items)) return items;
    Value r = IM_NO_VALUE, out = IM_NO_VALUE;
    if (im_tuple_len(items) != n) {
        im_raise_type(t, "Too %s arguments for %R; actual %zd, expected %zd", im_tuple_len(items) > n ? "many" : "few", self, im_tuple_len(items), n);
    } else {
        out = im_list_new(t, 0);
        int rc = im_no_value(out) ? -1 : 0;
        for (ssize_t i = 0; i < im_tuple_len(args) && rc == 0; i++) rc = subs_one(t, im_tuple_get(args, i), parameters, items, out);
        if (rc == 0) r = im_list_to_tuple(t, out);
    }
    im_xdrop(t, out);
    im_drop(t, items);
    return r;
}

/* ---- making ------------------------------------------------------------------------------------------------------------------------- */

Value im_generic_alias_new(Thread *t, Value origin, Value args)
{
    ImGenericAlias *a = (ImGenericAlias *)im_instance_alloc(t, &im_GenericAlias_type, 0);
    if (!a) return IM_NO_VALUE;
    Value tuple = im_is_tuple(args) ? im_new_ref(args) : im_tuple_from_array(t, &args, 1);
    if (im_no_value(tuple)) { im_drop_obj(t, &a->head); return tuple; }
    a->origin = im_new_ref(origin);
    a->args = tuple;
    return im_value(a);
}
Value im_class_getitem(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    return im_generic_alias_new(t, cls, args[0]);
}
static Value alias_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (im_no_kwargs(t, "GenericAlias", kwnames) < 0 || im_check_nargs(t, "GenericAlias", nargs, 2, 2) < 0) return IM_NO_VALUE;
    if (type == &im_GenericAlias_type) return im_generic_alias_new(t, args[0], args[1]);
    Value tuple = im_is_tuple(args[1]) ? im_new_ref(args[1]) : im_tuple_from_array(t, &args[1], 1), v;
    if (im_no_value(tuple)) return tuple;
    v = im_instance_new(t, type);
    if (im_no_value(v)) { im_drop(t, tuple); return v; }
    A(v)->origin = im_new_ref(args[0]);
    A(v)->args = tuple;
    return v;
}

static Value parameters(Thread *t, Value self)
{
    Value p = im_slot_get(t, NULL, &A(self)->x_parameters);
    if (!im_no_value(p)) return p;
    p = im_type_parameters(t, A(self)->args);
    if (!im_no_value(p)) im_slot_put(t, im_ptr(self), &A(self)->x_parameters, im_new_ref(p));
    return p;
}

/* ---- text ------------------------------------------------------------------------------------------------------------------------------ */

static int list_repr(Thread *t, ImStrBuilder *b, Value v)
{
    int rc = im_sb_char(t, b, '[');
    for (ssize_t i = 0; i < im_list_len(v) && rc == 0; i++) {
        Value x = im_list_get(t, v, i);
        if (im_no_value(x)) break;
        if (i) rc = im_sb_ascii(t, b, ", ", 2);
        if (rc == 0) rc = im_type_item_repr(t, b, x);
        im_drop(t, x);
    }
    return rc == 0 ? im_sb_char(t, b, ']') : rc;
}

int im_type_item_repr(Thread *t, ImStrBuilder *b, Value v)
{
    if (im_same(v, IM_ELLIPSIS)) return im_sb_ascii(t, b, "...", 3);
    if (im_is_list_exact(v)) return list_repr(t, b, v);
    Value q = IM_NO_VALUE, m = IM_NO_VALUE;
    int origin = im_hasattr(t, v, IM_S(__origin__)), args = origin > 0 ? im_hasattr(t, v, IM_S(__args__)) : 0, rc;
    if (origin < 0 || args < 0) return -1;
    if (origin && args) return im_sb_repr(t, b, v);
    rc = im_lookup_attr(t, v, IM_S(__qualname__), &q);
    if (rc > 0) rc = im_lookup_attr(t, v, IM_S(__module__), &m);
    if (rc < 0) goto done;
    if (im_no_value(q) || im_no_value(m) || im_is_none(m)) { rc = im_sb_repr(t, b, v); goto done; }
    rc = 0;
    if (!(im_is_str(m) && im_str_equal_cstr(m, "builtins"))) {
        Value s = im_str(t, m);
        rc = im_no_value(s) ? -1 : im_sb_str(t, b, s);
        im_xdrop(t, s);
        if (rc == 0) rc = im_sb_char(t, b, '.');
    }
    if (rc == 0) {
        Value s = im_str(t, q);
        rc = im_no_value(s) ? -1 : im_sb_str(t, b, s);
        im_xdrop(t, s);
    }
done:
    im_xdrop(t, q);
    im_xdrop(t, m);
    return rc;
}

static Value alias_repr(Thread *t, Value self)
{
    ImGenericAlias *a = A(self);
    ImStrBuilder b;
    im_sb_init(&b);
    ssize_t n = im_tuple_len(a->args);
    int rc = a->starred ? im_sb_char(t, &b, '*') : 0;
    if (rc == 0) rc = im_type_item_repr(t, &b, a->origin);
    if (rc == 0) rc = im_sb_char(t, &b, '[');
    for (ssize_t i = 0; i < n && rc == 0; i++) {
        if (i) rc = im_sb_ascii(t, &b, ", ", 2);
        if (rc == 0) rc = im_type_item_repr(t, &b, im_tuple_get(a->args, i));
    }
    if (rc == 0 && n == 0) rc = im_sb_ascii(t, &b, "()", 2);
    if (rc == 0) rc = im_sb_char(t, &b, ']');
    if (rc < 0) { im_sb_free(&b); return IM_NO_VALUE; }
    return im_sb_finish(t, &b);
}

/* ---- behaviour ---------------------------------------------------------------------------------------------------------------------------- */

static int64_t alias_hash(Thread *t, Value self)
{
    int64_t h = im_hash(t, A(self)->origin), k;
    if (h == -1) return -1;
    k = im_hash(t, A(self)->args);
    if (k == -1) return -1;
    h ^= k;
    return h == -1 ? -2 : h;
}
static bool is_alias(Value v) { return im_is_instance_of(v, &im_GenericAlias_type); }
static Value alias_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!is_alias(a) || !is_alias(b) || (op != IM_EQ && op != IM_NE)) return IM_NOT_IMPLEMENTED;
    int eq = A(a)->starred == A(b)->starred;
    if (eq) eq = im_equal(t, A(a)->origin, A(b)->origin);
    if (eq > 0) eq = im_equal(t, A(a)->args, A(b)->args);
    return eq < 0 ? IM_NO_VALUE : im_bool(eq == (op == IM_EQ));
}
static Value alias_getitem(Thread *t, Value self, Value item)
{
    Value p = parameters(t, self), args, r = IM_NO_VALUE;
    if (im_no_value(p)) return p;
    args = im_subs_parameters(t, self, A(self)->args, p, item);
    im_drop(t, p);
    if (im_no_value(args)) return args;
    r = im_generic_alias_new(t, A(self)->origin, args);
    if (!im_no_value(r)) A(r)->starred = A(self)->starred;
    im_drop(t, args);
    return r;
}
static Value alias_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    Value r = im_call(t, A(self)->origin, args, nargs, kwnames);
    if (im_no_value(r)) return r;
    if (im_setattr(t, r, IM_S(__orig_class__), self) < 0 && !im_exc_clear_if(t, &im_AttributeError_type) && !im_exc_clear_if(t, &im_TypeError_type)) IM_CLEAR(t, r);
    return r;
}

static bool one_of(Value name, const char *const *names)
{
    for (; *names; names++)
        if (im_str_equal_cstr(name, *names)) return true;
    return false;
}
static const char *const own_attributes[] = {"__class__", "__origin__", "__args__", "__unpacked__", "__parameters__", "__typing_unpacked_tuple_args__", "__mro_entries__",
    "__reduce_ex__", "__reduce__", NULL};
static const char *const blocked_attributes[] = {"__bases__", "__copy__", "__deepcopy__", NULL};
static Value alias_getattr(Thread *t, Value self, Value name)
{
    if (im_is_str(name) && !one_of(name, own_attributes) && !one_of(name, blocked_attributes)) return im_getattr(t, A(self)->origin, name);
    return im_generic_getattr(t, self, name);
}

/* *tuple[int]: iterating gives one unpacked copy. */
typedef struct ImAliasIter { ImObject head; Value x_alias; } ImAliasIter;
IM_TYPE_DECLARE(generic_alias_iterator);
static Value iter_next(Thread *t, Value self)
{
    Value a = im_slot_exchange(t, im_ptr(self), &((ImAliasIter *)im_ptr(self))->x_alias, IM_NO_VALUE), r;
    if (im_no_value(a)) return IM_STOP;
    r = im_generic_alias_new(t, A(a)->origin, A(a)->args);
    if (!im_no_value(r)) A(r)->starred = true;
    im_drop(t, a);
    return r;
}
static Value iter_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }
static int iter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value a = ((ImAliasIter *)o)->x_alias;
    return im_is_object(a) ? visit(a, arg) : 0;
}
static void iter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImAliasIter *)o)->x_alias); }
static Value iter_reduce(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)args, (void)n, (void)kw;
    Value iter = im_builtin_get(t, "iter"), a = im_slot_get(t, NULL, &((ImAliasIter *)im_ptr(self))->x_alias), inner, r;
    if (im_no_value(iter)) { im_xdrop(t, a); return iter; }
    inner = im_no_value(a) ? im_tuple_from_array(t, (Value[]){im_tuple_empty()}, 1) : im_tuple_from_array(t, &a, 1);
    r = im_no_value(inner) ? inner : im_tuple_pack(t, 2, iter, inner);
    im_drop(t, iter);
    im_xdrop(t, a);
    im_xdrop(t, inner);
    return r;
}
static const ImMethodDef iter_methods[] = {IM_FIXED("__reduce__", iter_reduce, 0, NULL, NULL), IM_END};
static const ImSlots iter_slots = {.iter = iter_self, .next = iter_next, .getattr = im_generic_getattr};
static const ImTypeSpec iter_spec = {.name = "generic_alias_iterator", .size = sizeof(ImAliasIter), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &iter_slots,
    .methods = iter_methods, .traverse = iter_traverse, .destroy = iter_destroy};
IM_TYPE(generic_alias_iterator, &iter_spec);

static Value alias_iter(Thread *t, Value self)
{
    ImAliasIter *it = (ImAliasIter *)im_instance_alloc(t, &im_generic_alias_iterator_type, 0);
    if (!it) return IM_NO_VALUE;
    it->x_alias = im_new_ref(self);
    return im_value(it);
}
static Value alias_or(Thread *t, Value a, Value b) { return im_union_new(t, a, b); }

static Value alias_mro_entries(Thread *t, Value self, const Value *a, size_t n, Value kw) { (void)a, (void)n, (void)kw; return im_tuple_from_array(t, &A(self)->origin, 1); }
static Value alias_instancecheck(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)self, (void)a, (void)n, (void)kw;
    return im_raise_type(t, "isinstance() argument 2 cannot be a parameterized generic");
}
static Value alias_subclasscheck(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)self, (void)a, (void)n, (void)kw;
    return im_raise_type(t, "issubclass() argument 2 cannot be a parameterized generic");
}
static Value alias_reduce(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    if (A(self)->starred) {
        Value next = im_builtin_get(t, "next"), plain, it = IM_NO_VALUE, args = IM_NO_VALUE, r = IM_NO_VALUE;
        if (im_no_value(next)) return next;
        plain = im_generic_alias_new(t, A(self)->origin, A(self)->args);
        if (!im_no_value(plain)) it = im_iter(t, plain);
        if (!im_no_value(it)) args = im_tuple_from_array(t, &it, 1);
        if (!im_no_value(args)) r = im_tuple_pack(t, 2, next, args);
        im_drop(t, next);
        im_xdrop(t, plain);
        im_xdrop(t, it);
        im_xdrop(t, args);
        return r;
    }
    Value pair = im_tuple_pack(t, 2, A(self)->origin, A(self)->args), r;
    if (im_no_value(pair)) return pair;
    r = im_tuple_pack(t, 2, im_value(&im_GenericAlias_type), pair);
    im_drop(t, pair);
    return r;
}
static Value alias_dir(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    Value list = im_dir(t, A(self)->origin);
    for (const char *const *p = own_attributes; *p && !im_no_value(list); p++) {
        Value s = im_str_from_cstr(t, *p);
        int rc = im_no_value(s) ? -1 : im_contains(t, list, s);
        if (rc == 0) rc = im_list_append(t, list, s);
        im_xdrop(t, s);
        if (rc < 0) IM_CLEAR(t, list);
    }
    return list;
}
static Value get_parameters(Thread *t, Value self, void *c) { (void)c; return parameters(t, self); }
static Value get_unpacked(Thread *t, Value self, void *c)
{
    (void)t, (void)c;
    return A(self)->starred && im_same(A(self)->origin, im_value(&im_tuple_type)) ? im_new_ref(A(self)->args) : IM_NONE;
}
static int alias_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImGenericAlias *a = (ImGenericAlias *)o;
    Value v[] = {a->origin, a->args, a->x_parameters};
    int rc;
    for (size_t i = 0; i < 3; i++)
        if (im_is_object(v[i]) && (rc = visit(v[i], arg)) != 0) return rc;
    return 0;
}
static void alias_destroy(Thread *t, ImObject *o)
{
    ImGenericAlias *a = (ImGenericAlias *)o;
    im_destroy_child(t, a->origin);
    im_destroy_child(t, a->args);
    im_destroy_child(t, a->x_parameters);
}
static const ImMethodDef alias_methods[] = {IM_FIXED("__mro_entries__", alias_mro_entries, 1, "($self, object, /)", NULL),
    IM_FIXED("__instancecheck__", alias_instancecheck, 1, "($self, object, /)", NULL), IM_FIXED("__subclasscheck__", alias_subclasscheck, 1, "($self, object, /)", NULL),
    IM_FIXED("__reduce__", alias_reduce, 0, NULL, NULL), IM_FIXED("__dir__", alias_dir, 0, NULL, NULL), IM_END};
static const ImMemberDef alias_members[] = {{"__origin__", IM_T_VALUE, offsetof(ImGenericAlias, origin), true, NULL},
    {"__args__", IM_T_VALUE, offsetof(ImGenericAlias, args), true, NULL}, {"__unpacked__", IM_T_BOOL, offsetof(ImGenericAlias, starred), true, NULL}, IM_END};
static const ImGetSetDef alias_getset[] = {{"__parameters__", get_parameters, NULL, "Type variables in the GenericAlias.", NULL},
    {"__typing_unpacked_tuple_args__", get_unpacked, NULL, NULL, NULL}, IM_END};
static const ImSlots alias_slots = {.repr = alias_repr, .hash = alias_hash, .richcompare = alias_compare, .call = alias_call, .getattr = alias_getattr,
    .setattr = im_generic_setattr, .subscript = alias_getitem, .iter = alias_iter, .or_ = alias_or, .new_ = alias_new};
static const ImTypeSpec alias_spec = {.name = "types.GenericAlias", .doc = "Represent a PEP 585 generic type\n\nFor example, for t = list[int], t.__origin__ is list and t.__args__\nis (int,).",
    .text_signature = "(origin, args, /)", .size = sizeof(ImGenericAlias), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF, .slots = &alias_slots,
    .methods = alias_methods, .members = alias_members, .getset = alias_getset, .traverse = alias_traverse, .destroy = alias_destroy};
IM_TYPE(GenericAlias, &alias_spec);
