/* Comparison, truth, hash, membership of classes.
 * SPDX-License-Identifier: MIT */
#include "object/abstract.h"
#include "object/lookup.h"
#include "types/generic.h"
#include "types/int.h"
#include "types/str.h"
#include "types/tuple.h"

static const uint8_t swapped[] = {[IM_LT] = IM_GT, [IM_LE] = IM_GE, [IM_EQ] = IM_EQ, [IM_NE] = IM_NE, [IM_GT] = IM_LT, [IM_GE] = IM_LE};
static const char *const signs[] = {"<", "<=", "==", "!=", ">", ">="};

static Value neither(Thread *t, Value a, Value b, ImCmp op)
{
    if (op == IM_EQ) return im_bool(im_same(a, b));
    if (op == IM_NE) return im_bool(!im_same(a, b));
    return im_raise_type(t, "'%s' not supported between instances of '%.100T' and '%.100T'", signs[op], a, b);
}

Value im_compare_rest(Thread *t, Value a, Value b, ImCmp op)
{
    Value (*fb)(Thread *, Value, Value, ImCmp) = IM_SLOT(im_type_of(b), richcompare), r = IM_NOT_IMPLEMENTED;
    if (fb) {
        if (im_recurse_enter(t, " in comparison") < 0) return IM_NO_VALUE;
        r = fb(t, b, a, (ImCmp)swapped[op]);
        im_recurse_leave(t);
    }
    return im_same(r, IM_NOT_IMPLEMENTED) ? neither(t, a, b, op) : r;
}

static Value compare_slots(Thread *t, Value a, Value b, ImCmp op)
{
    ImType *ta = im_type_of(a), *tb = im_type_of(b);
    Value (*fa)(Thread *, Value, Value, ImCmp) = IM_SLOT(ta, richcompare), (*fb)(Thread *, Value, Value, ImCmp) = IM_SLOT(tb, richcompare), r;
    bool reflected = false;
    if (ta != tb && fb && im_type_is_subtype(tb, ta)) {
        reflected = true;
        r = fb(t, b, a, (ImCmp)swapped[op]);
        if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
    }
    if (fa) {
        r = fa(t, a, b, op);
        if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
    }
    if (!reflected && fb) {
        r = fb(t, b, a, (ImCmp)swapped[op]);
        if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
    }
    return neither(t, a, b, op);
}

Value im_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if (im_recurse_enter(t, " in comparison") < 0) return IM_NO_VALUE;
    Value r = compare_slots(t, a, b, op);
    im_recurse_leave(t);
    return r;
}

int im_compare_bool(Thread *t, Value a, Value b, ImCmp op)
{
    if (im_same(a, b)) {
        if (op == IM_EQ) return 1;
        if (op == IM_NE) return 0;
    }
    Value r = im_compare(t, a, b, op);
    if (im_no_value(r)) return -1;
    if (IM_LIKELY(im_is_bool(r))) return im_same(r, IM_TRUE);
    int rc = im_truth(t, r);
    im_drop(t, r);
    return rc;
}

int im_truth(Thread *t, Value v)
{
    if (im_same(v, IM_TRUE)) return 1;
    if (im_same(v, IM_FALSE) || im_is_none(v)) return 0;
    if (im_is_int(v)) return im_int_get(v) != 0;
    ImType *ty = im_type_of(v);
    ImInquiry inquiry = IM_SLOT(ty, bool_);
    if (im_c_stack_low(t)) return im_raise_stack_low(t), -1;
    if (inquiry) return inquiry(t, v);
    __auto_type length = IM_SLOT(ty, length);
    if (length) {
        ssize_t n = length(t, v);
        return n > 0 ? 1 : (int)n;
    }
    return 1;
}

int64_t im_hash(Thread *t, Value v)
{
    if (im_c_stack_low(t)) return im_raise_stack_low(t), -1;
    int64_t (*hash)(Thread *, Value) = IM_SLOT(im_type_of(v), hash);
    if (IM_LIKELY(hash != NULL)) return hash(t, v);
    im_raise_type(t, "unhashable type: '%.200T'", v);
    return -1;
}

/* ---- isinstance, issubclass ----------------------------------------------------------------------------------------------------- */

/* cls.__bases__ if it is a tuple: owned; no value, perhaps with an exception. */
static Value abstract_bases(Thread *t, Value cls)
{
    Value bases;
    if (im_lookup_attr(t, cls, IM_S(__bases__), &bases) <= 0) return IM_NO_VALUE;
    if (im_is_tuple(bases)) return bases;
    im_drop(t, bases);
    return IM_NO_VALUE;
}

static int abstract_issubclass(Thread *t, Value derived, Value cls)
{
    if (im_same(derived, cls)) return 1;
    Value bases = abstract_bases(t, derived);
    if (im_no_value(bases)) return im_pending(t) ? -1 : 0;
    int rc = im_recurse_enter(t, " in __issubclass__");
    if (rc == 0) {
        for (ssize_t i = 0; i < im_tuple_len(bases) && rc == 0; i++) rc = abstract_issubclass(t, im_tuple_get(bases, i), cls);
        im_recurse_leave(t);
    }
    im_drop(t, bases);
    return rc;
}

static int check_class(Thread *t, Value cls, const char *error)
{
    Value bases = abstract_bases(t, cls);
    if (im_no_value(bases)) {
        if (!im_pending(t)) im_raise_type(t, "%s", error);
        return -1;
    }
    im_drop(t, bases);
    return 0;
}

/* Whether the class has what object has under the name. */
static bool has_of_object(Thread *t, ImType *type, Value name)
{
    ImAttrEntry *e = im_type_entry(t, type, name), *plain = im_type_entry(t, &im_object_type, name);
    if (!e || !plain) return false;
    const uint64_t its = im_load_relaxed(&e->x_value.bits);
    return its != 0 && its == im_load_relaxed(&plain->x_value.bits);
}
/* Whether the __class__ of its instances is their type, in whatever class it is looked for: nobody asks another way (__getattr__ is asked for what is not found),
 * and none of the classes defines one. */
static bool is_honest(Thread *t, ImType *type)
{
    const uint32_t flags = im_type_flags(type);
    const bool generic = flags & IM_TF_GENERIC_GETATTR;
    if (!(flags & IM_TF_HEAP)) return generic;
    return (generic || has_of_object(t, type, IM_S(__getattribute__))) && has_of_object(t, type, IM_S(__class__));
}

int im_isinstance_plain(Thread *t, Value v, Value cls)
{
    if (im_is_type(cls)) {
        if (im_is_instance_of(v, im_as_type(cls))) return 1;
        if (is_honest(t, im_type_of(v))) return 0;
        Value c;
        int rc = im_lookup_attr(t, v, IM_S(__class__), &c);
        if (rc <= 0) return rc;
        rc = !im_same(c, im_value(im_type_of(v))) && im_is_type(c) && im_type_is_subtype(im_as_type(c), im_as_type(cls));
        im_drop(t, c);
        return rc;
    }
    if (check_class(t, cls, "isinstance() arg 2 must be a type, a tuple of types, or a union") < 0) return -1;
    Value c;
    int rc = im_lookup_attr(t, v, IM_S(__class__), &c);
    if (rc <= 0) return rc;
    rc = abstract_issubclass(t, c, cls);
    im_drop(t, c);
    return rc;
}

int im_issubclass_plain(Thread *t, Value derived, Value cls)
{
    if (im_is_type(cls) && im_is_type(derived)) return im_type_is_subtype(im_as_type(derived), im_as_type(cls));
    if (check_class(t, derived, "issubclass() arg 1 must be a class") < 0) return -1;
    if (check_class(t, cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union") < 0) return -1;
    return abstract_issubclass(t, derived, cls);
}

typedef int (*Test)(Thread *, Value, Value);
static int member_test(Thread *t, Value v, Value cls, Value hook, Test plain, Test self, const char *where)
{
    if (im_type_of(cls) == &im_type_type) return plain(t, v, cls);
    if (im_is_exact(cls, &im_UnionType_type)) cls = ((ImUnion *)im_ptr(cls))->args;
    int rc;
    if (im_is_tuple(cls)) {
        if (im_recurse_enter(t, where) < 0) return -1;
        rc = 0;
        for (ssize_t i = 0; i < im_tuple_len(cls) && rc == 0; i++) rc = self(t, v, im_tuple_get(cls, i));
        im_recurse_leave(t);
        return rc;
    }
    if (im_is_type(cls)) { /* of a metaclass that leaves the question to type: enums and the like */
        Value its = im_type_lookup(t, im_type_of(cls), hook), own = im_type_lookup(t, &im_type_type, hook);
        const bool inherited = im_same(its, own) && !im_no_value(own);
        im_xdrop(t, its);
        im_xdrop(t, own);
        if (inherited) return plain(t, v, cls);
    }
    bool found;
    if (im_recurse_enter(t, where) < 0) return -1;
    Value r = im_call_special(t, cls, hook, &v, 1, &found);
    im_recurse_leave(t);
    if (!found) return plain(t, v, cls);
    if (im_no_value(r)) return -1;
    rc = im_truth(t, r);
    im_drop(t, r);
    return rc;
}
int im_isinstance(Thread *t, Value v, Value cls)
{
    if (im_is_object(cls) && (ImType *)im_ptr(cls) == im_type_of(v)) return 1;
    const Value many = im_is_exact(cls, &im_UnionType_type) ? ((ImUnion *)im_ptr(cls))->args : cls;
    if (im_is_tuple(many)) { /* of plain classes, mostly: asking those runs nothing */
        ImType *type = im_type_of(v);
        ssize_t i = 0, n = im_tuple_len(many);
        for (bool honest = false; i < n; i++) {
            Value x = im_tuple_get(many, i);
            if (im_is_object(x) && (ImType *)im_ptr(x) == type) return 1;
            if (im_type_of(x) != &im_type_type) break;
            if (im_type_is_subtype(type, im_as_type(x))) return 1;
            if (!honest && !(honest = is_honest(t, type))) break;
        }
        if (i == n) return 0;
    }
    return member_test(t, v, cls, IM_S(__instancecheck__), im_isinstance_plain, im_isinstance, " in __instancecheck__");
}
int im_issubclass(Thread *t, Value v, Value cls)
{
    return member_test(t, v, cls, IM_S(__subclasscheck__), im_issubclass_plain, im_issubclass, " in __subclasscheck__");
}
