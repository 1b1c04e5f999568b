/* BaseExceptionGroup and ExceptionGroup (PEP 654): making, matching, splitting, except*.
 * SPDX-License-Identifier: MIT */
#include "types/exceptions_impl.h"

#include "types/function.h"
#include "types/set.h"

#define G(v) ((ImExcGroup *)im_ptr(v))
IM_EXC_FIELDS(group, ImExcGroup, x_msg, 2)

static bool is_group(Value v) { return im_is_instance_of(v, &im_BaseExceptionGroup_type); }

/* ---- making ---------------------------------------------------------------------------------------------------------------------- */

static int check_members(Thread *t, ImType **type, Value excs)
{
    bool nested_base = false;
    for (ssize_t i = 0; i < im_tuple_len(excs); i++) {
        Value e = im_tuple_get(excs, i);
        if (!im_is_exc(e)) return im_raise_valueerror(t, "Item %zd of second argument (exceptions) is not an exception", i), -1;
        if (!im_is_instance_of(e, &im_Exception_type)) nested_base = true;
    }
    if (*type == &im_BaseExceptionGroup_type) {
        if (!nested_base) *type = &im_ExceptionGroup_type; /* only ordinary exceptions: the result is one itself */
        return 0;
    }
    if (!nested_base) return 0;
    if (*type == &im_ExceptionGroup_type) return im_raise_type(t, "Cannot nest BaseExceptions in an ExceptionGroup"), -1;
    if (im_type_is_subtype(*type, &im_Exception_type)) return im_raise_type(t, "Cannot nest BaseExceptions in '%.200s'", im_type_cname(*type)), -1;
    return 0;
}

static Value group_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs != 2 || im_nkw(kwnames)) {
        im_raise_type(t, "BaseExceptionGroup.__new__() takes exactly 2 arguments (%zu given)", nargs);
        return IM_NO_VALUE;
    }
    if (!im_is_str(args[0])) return im_raise_type(t, "BaseExceptionGroup.__new__() argument 1 must be str, not %T", args[0]);
    if (!im_is_sequence(args[1])) return im_raise_type(t, "second argument (exceptions) must be a sequence");
    Value excs = im_to_tuple(t, args[1]);
    if (im_no_value(excs)) return excs;
    Value self = IM_NO_VALUE;
    if (im_tuple_len(excs) == 0) im_raise_valueerror(t, "second argument (exceptions) must be a non-empty sequence");
    else if (check_members(t, &type, excs) == 0) self = im_exc_new(t, type, args, nargs, IM_NO_VALUE);
    if (im_no_value(self)) { im_drop(t, excs); return self; }
    im_slot_init(im_ptr(self), &G(self)->x_msg, im_new_ref(args[0]));
    im_slot_init(im_ptr(self), &G(self)->x_excs, excs);
    return self;
}

static Value group_str(Thread *t, Value self)
{
    Value msg = im_exc_field(t, &G(self)->x_msg), excs = im_exc_field(t, &G(self)->x_excs);
    ssize_t n = im_tuple_len(excs);
    Value r = im_str_format(t, "%S (%zd sub-exception%s)", msg, n, n == 1 ? "" : "s");
    im_drop(t, msg);
    im_drop(t, excs);
    return r;
}

/* The members as they were when the group was made, whatever became of the list since. */
static Value group_repr(Thread *t, Value self)
{
    Value args = im_exc_field(t, &im_excp(self)->x_args), excs = im_exc_field(t, &G(self)->x_excs), msg = im_exc_field(t, &G(self)->x_msg), r;
    bool list = im_tuple_len(args) == 2 && im_is_list(im_tuple_get(args, 1));
    Value shown = list ? im_to_list(t, excs) : im_new_ref(excs);
    r = im_no_value(shown) ? shown : im_str_format(t, "%U(%R, %R)", im_type_name(im_type_of(self)), msg, shown);
    im_drop(t, args);
    im_drop(t, excs);
    im_drop(t, msg);
    im_xdrop(t, shown);
    return r;
}

/* ---- deriving ------------------------------------------------------------------------------------------------------------------------ */

static Value group_derive(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    Value args[2] = {im_exc_field(t, &G(self)->x_msg), a[0]}, r;
    r = im_call(t, im_value(&im_BaseExceptionGroup_type), args, 2, IM_NO_VALUE);
    im_drop(t, args[0]);
    return r;
}

/* A group of the same kind as orig with these members (list), and its traceback, context, cause and notes. */
static Value subset(Thread *t, Value orig, Value excs)
{
    if (im_list_len(excs) == 0) return IM_NONE;
    Value eg = im_call_method1(t, orig, IM_S(derive), excs), v;
    if (im_no_value(eg)) return eg;
    if (!is_group(eg)) {
        im_raise_type(t, "derive must return an instance of BaseExceptionGroup");
        im_drop(t, eg);
        return IM_NO_VALUE;
    }
    v = im_exc_get_traceback(orig);
    if (!im_no_value(v)) { im_exc_set_traceback(t, eg, v); im_drop(t, v); }
    im_exc_set_context(t, eg, im_exc_get_context(orig));
    im_exc_set_cause(t, eg, im_exc_field(t, &im_excp(orig)->x_cause));
    im_store_relaxed(&im_excp(eg)->x_suppress_context, 1); /* a cause was set, be it none */
    int rc = im_lookup_attr(t, orig, IM_S(__notes__), &v);
    if (rc > 0) {
        if (im_is_sequence(v)) { /* a copy: the parts get notes of their own */
            Value copy = im_to_list(t, v);
            rc = im_no_value(copy) ? -1 : im_setattr(t, eg, IM_S(__notes__), copy);
            im_xdrop(t, copy);
        }
        im_drop(t, v);
    }
    if (rc < 0) { im_drop(t, eg); return IM_NO_VALUE; }
    return eg;
}

/* ---- matching ------------------------------------------------------------------------------------------------------------------------- */

typedef enum MatchKind { BY_TYPE, BY_PREDICATE, BY_IDS } MatchKind;

static int matcher_kind(Thread *t, Value m, MatchKind *kind)
{
    *kind = BY_PREDICATE;
    if (im_is_type(m) && !im_is_exc_class(m)) goto bad;
    if (im_is_exc_class(m)) { *kind = BY_TYPE; return 0; }
    if (im_is_tuple(m)) {
        for (ssize_t i = 0; i < im_tuple_len(m); i++)
            if (!im_is_exc_class(im_tuple_get(m, i))) goto bad;
        *kind = BY_TYPE;
        return 0;
    }
    if (im_callable(m)) return 0;
bad:
    im_raise_type(t, "expected an exception type, a tuple of exception types, or a callable (other than a class)");
    return -1;
}

static int matches(Thread *t, Value exc, MatchKind kind, Value m)
{
    if (kind == BY_TYPE) return im_exc_matches(t, exc, m);
    if (kind == BY_IDS) {
        if (is_group(exc)) return 0;
        Value id = im_int_new(t, (int64_t)exc.bits);
        int rc = im_no_value(id) ? -1 : im_set_contains(t, m, id);
        im_xdrop(t, id);
        return rc;
    }
    Value r = im_call1(t, m, exc);
    if (im_no_value(r)) return -1;
    int rc = im_truth(t, r);
    im_drop(t, r);
    return rc;
}

/* *match, *rest: owned group, exception or IM_NONE. rest null: only the match is wanted. */
static int split_recursive(Thread *t, Value exc, MatchKind kind, Value m, Value *match, Value *rest)
{
    *match = IM_NONE;
    if (rest) *rest = IM_NONE;
    int rc = matches(t, exc, kind, m);
    if (rc < 0) return -1;
    if (rc) { *match = im_new_ref(exc); return 0; }
    if (!is_group(exc)) {
        if (rest) *rest = im_new_ref(exc);
        return 0;
    }
    if (im_recurse_enter(t, " in exceptiongroup_split_recursive") < 0) return -1;
    Value excs = im_exc_field(t, &G(exc)->x_excs), yes = im_list_new(t, 0), no = im_list_new(t, 0), a, b;
    rc = im_no_value(yes) || im_no_value(no) ? -1 : 0;
    for (ssize_t i = 0; i < im_tuple_len(excs) && rc == 0; i++) {
        rc = split_recursive(t, im_tuple_get(excs, i), kind, m, &a, rest ? &b : NULL);
        if (rc < 0) break;
        if (!im_is_none(a)) rc = im_list_append_steal(t, yes, a);
        if (rest && !im_is_none(b)) {
            if (rc == 0) rc = im_list_append_steal(t, no, b);
            else im_drop(t, b);
        }
    }
    if (rc == 0) {
        *match = subset(t, exc, yes);
        rc = im_no_value(*match) ? -1 : 0;
    }
    if (rc == 0 && rest) {
        *rest = subset(t, exc, no);
        if (im_no_value(*rest)) { im_drop(t, *match); rc = -1; }
    }
    if (rc < 0) {
        *match = IM_NONE;
        if (rest) *rest = IM_NONE;
    }
    im_drop(t, excs);
    im_xdrop(t, yes);
    im_xdrop(t, no);
    im_recurse_leave(t);
    return rc;
}

static Value group_split(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    MatchKind kind;
    Value match, rest, r;
    if (matcher_kind(t, a[0], &kind) < 0 || split_recursive(t, self, kind, a[0], &match, &rest) < 0) return IM_NO_VALUE;
    r = im_tuple_pack(t, 2, match, rest);
    im_drop(t, match);
    im_drop(t, rest);
    return r;
}
static Value group_subgroup(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    MatchKind kind;
    Value match;
    if (matcher_kind(t, a[0], &kind) < 0 || split_recursive(t, self, kind, a[0], &match, NULL) < 0) return IM_NO_VALUE;
    return match;
}

/* ---- except* --------------------------------------------------------------------------------------------------------------------------- */

static int check_star_spec(Thread *t, Value spec)
{
    size_t n = im_is_tuple(spec) ? (size_t)im_tuple_len(spec) : 1;
    for (size_t i = 0; i < n; i++) {
        Value c = im_is_tuple(spec) ? im_tuple_get(spec, (ssize_t)i) : spec;
        if (!im_is_exc_class(c)) return im_raise_type(t, "catching classes that do not inherit from BaseException is not allowed"), -1;
        if (im_type_is_subtype(im_as_type(c), &im_BaseExceptionGroup_type))
            return im_raise_type(t, "catching ExceptionGroup with except* is not allowed. Use except instead."), -1;
    }
    return 0;
}

int im_exc_group_split(Thread *t, Value exc, Value spec, Value *match, Value *rest)
{
    *match = *rest = IM_NONE;
    if (im_is_none(exc)) return 0;
    if (check_star_spec(t, spec) < 0) return -1;
    int rc = im_exc_matches(t, exc, spec);
    if (rc < 0) return -1;
    if (rc) {
        if (is_group(exc)) { *match = im_new_ref(exc); return 0; }
        Value text = im_str_from_cstr(t, ""), one = im_tuple_from_array(t, &exc, 1), g = IM_NO_VALUE; /* a naked exception: wrapped */
        if (!im_no_value(text) && !im_no_value(one)) g = im_call2(t, im_value(&im_BaseExceptionGroup_type), text, one);
        im_xdrop(t, text);
        im_xdrop(t, one);
        if (im_no_value(g)) return -1;
        *match = g;
        return 0;
    }
    if (!is_group(exc)) { *rest = im_new_ref(exc); return 0; }
    Value pair = im_call_method1(t, exc, IM_S(split), spec); /* may be overridden */
    if (im_no_value(pair)) return -1;
    rc = -1;
    if (!im_is_tuple(pair)) im_raise_type(t, "%.200T.split must return a tuple, not %.200T", exc, pair);
    else if (im_tuple_len(pair) < 2) im_raise_type(t, "%.200T.split must return a 2-tuple, got tuple of size %zd", exc, im_tuple_len(pair));
    else {
        *match = im_new_ref(im_tuple_get(pair, 0));
        *rest = im_new_ref(im_tuple_get(pair, 1));
        rc = 0;
    }
    im_drop(t, pair);
    return rc;
}

/* Adds the ids of the leaves of exc. */
static int leaf_ids(Thread *t, Value exc, Value set)
{
    if (!is_group(exc)) {
        Value id = im_int_new(t, (int64_t)exc.bits);
        int rc = im_no_value(id) ? -1 : im_set_add(t, set, id);
        im_xdrop(t, id);
        return rc;
    }
    Value excs = im_exc_field(t, &G(exc)->x_excs);
    int rc = im_recurse_enter(t, " in collect_exception_group_leaf_ids");
    if (rc == 0) {
        for (ssize_t i = 0; i < im_tuple_len(excs) && rc == 0; i++) rc = leaf_ids(t, im_tuple_get(excs, i), set);
        im_recurse_leave(t);
    }
    im_drop(t, excs);
    return rc;
}

static bool same_metadata(Value a, Value b)
{
    ImExc *x = im_excp(a), *y = im_excp(b);
    Value notes_a = IM_NO_VALUE, notes_b = IM_NO_VALUE;
    Thread *t = im_thread_current();
    if (im_lookup_attr(t, a, IM_S(__notes__), &notes_a) < 0) im_exc_clear(t);
    if (im_lookup_attr(t, b, IM_S(__notes__), &notes_b) < 0) im_exc_clear(t);
    bool notes = im_same(notes_a, notes_b) || (!im_no_value(notes_a) && !im_no_value(notes_b) && im_equal(t, notes_a, notes_b) > 0);
    im_exc_clear(t);
    im_xdrop(t, notes_a);
    im_xdrop(t, notes_b);
    return notes && x->x_traceback.bits == y->x_traceback.bits && x->x_cause.bits == y->x_cause.bits && x->x_context.bits == y->x_context.bits;
}

/* The part of orig whose leaves are in the groups of `kept`. Owned or IM_NONE. */
static Value projection(Thread *t, Value orig, Value kept)
{
    Value ids = im_set_new(t, IM_NO_VALUE), match = IM_NO_VALUE;
    if (im_no_value(ids)) return ids;
    int rc = 0;
    for (ssize_t i = 0; i < im_list_len(kept) && rc == 0; i++) {
        Value e = im_list_get(t, kept, i);
        rc = leaf_ids(t, e, ids);
        im_drop(t, e);
    }
    if (rc == 0 && split_recursive(t, orig, BY_IDS, ids, &match, NULL) < 0) match = IM_NO_VALUE;
    im_drop(t, ids);
    return match;
}

Value im_exc_prep_reraise_star(Thread *t, Value orig, Value excs)
{
    ssize_t n = im_list_len(excs);
    if (n == 0) return IM_NONE;
    if (!is_group(orig)) { /* a naked exception was raised: either nothing, or what the handler raised */
        for (ssize_t i = 0; i < n; i++) {
            Value e = im_list_get(t, excs, i);
            if (!im_is_none(e)) return e;
        }
        return IM_NONE;
    }
    Value raised = im_list_new(t, 0), kept = im_list_new(t, 0), r = IM_NO_VALUE;
    int rc = im_no_value(raised) || im_no_value(kept) ? -1 : 0;
    for (ssize_t i = 0; i < n && rc == 0; i++) {
        Value e = im_list_get(t, excs, i);
        if (im_is_none(e)) continue;
        rc = im_list_append(t, same_metadata(e, orig) ? kept : raised, e);
        im_drop(t, e);
    }
    Value again = IM_NONE;
    if (rc == 0 && im_list_len(kept)) {
        again = projection(t, orig, kept);
        if (im_no_value(again)) rc = -1;
    }
    if (rc == 0) {
        if (im_list_len(raised) == 0) {
            r = im_new_ref(again);
        } else {
            if (!im_is_none(again)) rc = im_list_append(t, raised, again);
            if (rc == 0 && im_list_len(raised) == 1) {
                r = im_list_get(t, raised, 0);
            } else if (rc == 0) {
                Value text = im_str_from_cstr(t, "");
                if (!im_no_value(text)) r = im_call2(t, im_value(&im_BaseExceptionGroup_type), text, raised);
                im_xdrop(t, text);
            }
        }
    }
    im_xdrop(t, again);
    im_xdrop(t, raised);
    im_xdrop(t, kept);
    return r;
}

static const ImMethodDef group_methods[] = {IM_CLASS_GETITEM, IM_FIXED("derive", group_derive, 1, "($self, object, /)", NULL), IM_FIXED("split", group_split, 1, "($self, object, /)", NULL),
    IM_FIXED("subgroup", group_subgroup, 1, "($self, object, /)", NULL), IM_END};
static const ImMemberDef group_members[] = {{"message", IM_T_VALUE_NONE, offsetof(ImExcGroup, x_msg), true, "exception message"},
    {"exceptions", IM_T_VALUE_NONE, offsetof(ImExcGroup, x_excs), true, "nested exceptions"}, IM_END};
static const ImSlots group_slots = {.new_ = group_new, .init = im_exc_init, .str = group_str, .repr = group_repr};
static const ImTypeSpec group_spec = {.name = "BaseExceptionGroup", .doc = "A combination of multiple unrelated exceptions.", .size = sizeof(ImExcGroup),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_EXC | IM_TF_MANAGED_DICT_SLOT, .base = &im_BaseException_type, .slots = &group_slots, .methods = group_methods,
    .members = group_members, .traverse = group_traverse, .clear = group_clear, .destroy = group_destroy, .dict_offset = offsetof(ImExc, x_dict)};
IM_TYPE(BaseExceptionGroup, &group_spec);
static const ImTypeSpec eg_spec = {.name = "ExceptionGroup", .size = sizeof(ImExcGroup), .flags = IM_TF_GC | IM_TF_WEAKREF | IM_TF_BASETYPE | IM_TF_EXC | IM_TF_MANAGED_DICT_SLOT,
    .base = &im_BaseExceptionGroup_type, .traverse = group_traverse, .clear = group_clear, .destroy = group_destroy, .dict_offset = offsetof(ImExc, x_dict)};
IM_TYPE(ExceptionGroup, &eg_spec);
