/* _typing: TypeVar, ParamSpec, TypeVarTuple, TypeAliasType, Generic, NoDefault. Bounds, constraints, defaults and alias values given by the statements of
 * PEP 695 are functions, called when first asked for. What is not hot is done by the typing module.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

/* Fields may be no value: not given. Each pair (x, eval_x) is a value and the function that makes it; slots are exchanged. */
typedef struct Param {
    ImObject head;
    Value dict;  /* __module__ and what programs add */
    Value name;
    Value x_bound, eval_bound, x_constraints, eval_constraints, x_default, eval_default;
    bool covariant, contravariant, infer;
} Param;
typedef struct Origin { ImObject head; Value origin; } Origin; /* ParamSpecArgs, ParamSpecKwargs */
typedef struct Alias {
    ImObject head;
    Value name, params;      /* params: tuple, or no value */
    Value x_value, eval_value;
    Value module;            /* str or no value: taken from the function */
} Alias;
#define P(v) ((Param *)im_ptr(v))
#define A(v) ((Alias *)im_ptr(v))
IM_TYPE_DECLARE(typevar); IM_TYPE_DECLARE(paramspec); IM_TYPE_DECLARE(typevartuple); IM_TYPE_DECLARE(paramspec_args); IM_TYPE_DECLARE(paramspec_kwargs);
IM_TYPE_DECLARE(type_alias); IM_TYPE_DECLARE(generic); IM_TYPE_DECLARE(no_default);

static Value no_default; /* typing.NoDefault: made with the module, immortal */

/* typing.NAME(...) */
static Value call_typing(Thread *t, const char *name, const Value *args, size_t n)
{
    Value f = im_import_from(t, "typing", name);
    if (im_no_value(f)) return f;
    Value r = im_call(t, f, args, n, IM_NO_VALUE);
    im_drop(t, f);
    return r;
}
static Value type_check(Thread *t, Value v, const char *msg)
{
    if (im_is_none(v)) return im_new_ref(im_type_value(im_type_of(IM_NONE)));
    if (im_is_type(v)) return im_new_ref(v);
    Value m = im_str_from_cstr(t, msg), args[2] = {v, m}, r = call_typing(t, "_type_check", args, 2);
    im_drop(t, m);
    return r;
}

/* The value of a lazy pair; dflt when there is neither. Two threads that ask at once get the same object. */
static Value lazy(Thread *t, Value self, Value *slot, Value *fn, Value dflt)
{
    Value v = im_slot_get(t, NULL, slot);
    if (!im_no_value(v)) return v;
    Value f = im_slot_get(t, NULL, fn);
    if (im_no_value(f)) return im_new_ref(dflt);
    v = im_call0(t, f);
    im_drop(t, f);
    if (im_no_value(v)) return v;
    im_take(v);
    im_slot_put(t, im_ptr(self), slot, v);
    return v;
}

/* Name of the module that makes a type parameter by a call. */
static Value caller_module(Thread *t)
{
    ImFrameInfo f;
    if (!im_frame_hooks.info || !im_frame_hooks.info(t, 0, &f)) return IM_NONE;
    Value v;
    int r = im_dict_get(t, f.globals, IM_S(__name__), &v);
    return r == 0 ? IM_NONE : v;
}

static Value param_alloc(Thread *t, ImType *type, Value name)
{
    ImObject *o = im_instance_alloc(t, type, 0);
    if (!o) return IM_NO_VALUE;
    im_slot_init(o, &((Param *)o)->name, im_new_ref(name));
    return im_value(o);
}
static int set_module(Thread *t, Value v)
{
    Value m = caller_module(t);
    if (im_no_value(m)) return -1;
    int r = im_setattr(t, v, IM_S(__module__), m);
    im_drop(t, m);
    return r;
}
static int flag(Thread *t, Value v, bool *out)
{
    int r = im_no_value(v) ? 0 : im_truth(t, v);
    *out = r > 0;
    return r < 0 ? -1 : 0;
}
static int set_variance(Thread *t, Param *p, Value co, Value contra, Value infer)
{
    if (flag(t, co, &p->covariant) < 0 || flag(t, contra, &p->contravariant) < 0 || flag(t, infer, &p->infer) < 0) return -1;
    if (p->covariant && p->contravariant) return im_raise_valueerror(t, "Bivariant types are not supported."), -1;
    if (p->infer && (p->covariant || p->contravariant)) return im_raise_valueerror(t, "Variance cannot be specified with infer_variance."), -1;
    return 0;
}
static void set_default(Value v, Value dflt) { if (!im_no_value(dflt)) im_slot_init(im_ptr(v), &P(v)->x_default, im_new_ref(dflt)); }

static Value fail(Thread *t, Value v)
{
    im_xdrop(t, v);
    return IM_NO_VALUE;
}

/* --- TypeVar ------------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value typevar_make(Thread *t, const Value *a)
{
    /* a: name, *constraints, bound, default, covariant, contravariant, infer_variance */
    if (!im_is_str(a[0])) return im_raise_type(t, "typevar() argument 'name' must be str, not %T", a[0]);
    Value v = param_alloc(t, &im_typevar_type, a[0]), bound = a[2];
    if (im_no_value(v) || set_variance(t, P(v), a[4], a[5], a[6]) < 0) return fail(t, v);
    if (!im_no_value(bound) && im_is_none(bound)) bound = IM_NO_VALUE;
    if (!im_no_value(bound)) {
        Value b = type_check(t, bound, "Bound must be a type.");
        if (im_no_value(b)) return fail(t, v);
        im_slot_init(im_ptr(v), &P(v)->x_bound, b);
    }
    ssize_t n = im_tuple_len(a[1]);
    if (n == 1) { im_raise_type(t, "A single constraint is not allowed"); return fail(t, v); }
    if (n && !im_no_value(bound)) { im_raise_type(t, "Constraints cannot be combined with bound=..."); return fail(t, v); }
    if (n) {
        Value tuple = im_tuple_new(t, (size_t)n);
        if (im_no_value(tuple)) return fail(t, v);
        for (ssize_t i = 0; i < n; i++) {
            Value c = type_check(t, im_tuple_get(a[1], i), "TypeVar(name, constraint, ...): constraints must be types.");
            if (im_no_value(c)) {
                for (; i < n; i++) im_tuple_items(tuple)[i] = IM_NONE;
                im_drop(t, tuple);
                return fail(t, v);
            }
            im_tuple_items(tuple)[i] = c;
        }
        im_slot_init(im_ptr(v), &P(v)->x_constraints, tuple);
    }
    set_default(v, a[3]);
    return set_module(t, v) < 0 ? fail(t, v) : v;
}
static Value parsed_new(Thread *t, const char *name, const char *sig, Value (*make)(Thread *t, const Value *a), const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, name, sig, args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value v = make(t, a.v);
    im_args_fini(t, &a);
    return v;
}
static Value typevar_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    return parsed_new(t, "typevar", "(name, *constraints, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)", typevar_make, args, nargs, kwnames);
}
static Value param_repr(Thread *t, Value self)
{
    Param *p = P(self);
    if (p->infer || im_type_of(self) == &im_typevartuple_type) return im_new_ref(p->name);
    return im_str_format(t, "%c%U", p->covariant ? '+' : p->contravariant ? '-' : '~', p->name);
}
static Value get_bound(Thread *t, Value self, void *closure) { (void)closure; return lazy(t, self, &P(self)->x_bound, &P(self)->eval_bound, IM_NONE); }
static Value get_constraints(Thread *t, Value self, void *closure) { (void)closure; return lazy(t, self, &P(self)->x_constraints, &P(self)->eval_constraints, im_tuple_empty()); }
static Value get_default(Thread *t, Value self, void *closure) { (void)closure; return lazy(t, self, &P(self)->x_default, &P(self)->eval_default, no_default); }
static Value get_name(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_new_ref(P(self)->name); }
static Value get_covariant(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_bool(P(self)->covariant); }
static Value get_contravariant(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_bool(P(self)->contravariant); }
static Value get_infer(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_bool(P(self)->infer); }
FN(p_has_default)
{
    UNUSED_ARGS;
    Value f = im_slot_get(t, NULL, &P(self)->eval_default), v = im_slot_get(t, NULL, &P(self)->x_default);
    bool r = !im_no_value(f) || (!im_no_value(v) && !im_same(v, no_default));
    im_xdrop(t, f);
    im_xdrop(t, v);
    return im_bool(r);
}
FN(p_reduce) { UNUSED_ARGS; (void)t; return im_new_ref(P(self)->name); }
FN(p_mro_entries) { UNUSED_ARGS; return im_raise_type(t, "Cannot subclass an instance of %s", strrchr(im_type_of(self)->spec->name, '.') + 1); }
static Value make_union(Thread *t, Value a, Value b)
{
    Value args[2] = {a, b};
    return call_typing(t, "_make_union", args, 2);
}
FN(tv_subst) { UNUSED_ARGS; Value a[2] = {self, args[0]}; return call_typing(t, "_typevar_subst", a, 2); }
FN(tv_prepare)
{
    UNUSED_ARGS;
    /* (alias, args): a missing last argument is filled by the default. */
    Value params = im_getattr(t, args[0], IM_S(__parameters__)), r = IM_NO_VALUE;
    if (im_no_value(params)) return params;
    ssize_t n = im_tuple_len(args[1]), index = -1;
    for (ssize_t i = 0; index < 0 && im_is_tuple(params) && i < im_tuple_len(params); i++)
        if (im_same(im_tuple_get(params, i), self)) index = i;
    im_drop(t, params);
    if (index < n) return im_new_ref(args[1]);
    if (index == n) {
        Value d = get_default(t, self, NULL);
        if (im_no_value(d)) return d;
        if (!im_same(d, no_default)) {
            Value one = im_tuple_pack(t, 1, d);
            if (!im_no_value(one)) r = im_sequence_concat(t, args[1], one);
            im_xdrop(t, one);
            im_drop(t, d);
            return r;
        }
        im_drop(t, d);
    }
    return im_raise_type(t, "Too few arguments for %S; actual %zd, expected at least %zd", args[0], n, index + 1);
}
#define VISIT(v) do { if (im_is_object(v)) { int r_ = visit((v), arg); if (r_) return r_; } } while (0)
static int param_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Param *p = (Param *)o;
    VISIT(p->dict); VISIT(p->name); VISIT(p->x_bound); VISIT(p->eval_bound); VISIT(p->x_constraints); VISIT(p->eval_constraints); VISIT(p->x_default); VISIT(p->eval_default);
    return 0;
}
static void param_clear(Thread *t, ImObject *o)
{
    Param *p = (Param *)o;
    Value *v[] = {&p->dict, &p->x_bound, &p->eval_bound, &p->x_constraints, &p->eval_constraints, &p->x_default, &p->eval_default};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) im_slot_put(t, o, v[i], IM_NO_VALUE);
}
static void param_destroy(Thread *t, ImObject *o)
{
    Param *p = (Param *)o;
    Value v[] = {p->dict, p->name, p->x_bound, p->eval_bound, p->x_constraints, p->eval_constraints, p->x_default, p->eval_default};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) im_destroy_child(t, v[i]);
}
static const ImMethodDef tv_methods[] = {
    IM_FIXED("__typing_subst__", tv_subst, 1, "($self, arg, /)", NULL), IM_FIXED("__typing_prepare_subst__", tv_prepare, 2, "($self, alias, args, /)", NULL),
    IM_FIXED("__reduce__", p_reduce, 0, "($self, /)", NULL), IM_FIXED("has_default", p_has_default, 0, "($self, /)", NULL), IM_FIXED("__mro_entries__", p_mro_entries, 1, "($self, object, /)", NULL), IM_END,
};
static const ImGetSetDef tv_getset[] = {{"__name__", get_name, NULL, NULL, NULL}, {"__bound__", get_bound, NULL, NULL, NULL}, {"__constraints__", get_constraints, NULL, NULL, NULL},
    {"__default__", get_default, NULL, NULL, NULL}, {"__covariant__", get_covariant, NULL, NULL, NULL}, {"__contravariant__", get_contravariant, NULL, NULL, NULL},
    {"__infer_variance__", get_infer, NULL, NULL, NULL}, {0}};
static const ImSlots tv_slots = {.new_ = typevar_new, .repr = param_repr, .or_ = make_union};
#define PARAM_FLAGS (IM_TF_GC | IM_TF_WEAKREF | IM_TF_MANAGED_DICT_SLOT)
#define PARAM_FIELDS .size = sizeof(Param), .flags = PARAM_FLAGS, .dict_offset = offsetof(Param, dict), .traverse = param_traverse, .clear = param_clear, .destroy = param_destroy
static const ImTypeSpec tv_spec = {.name = "typing.TypeVar", .doc = "Type variable.", .slots = &tv_slots, .methods = tv_methods, .getset = tv_getset, PARAM_FIELDS};
IM_TYPE(typevar, &tv_spec);

/* --- ParamSpec ------------------------------------------------------------------------------------------------------------------------------------------------------ */

static Value paramspec_make(Thread *t, const Value *a)
{
    /* a: name, bound, default, covariant, contravariant, infer_variance */
    if (!im_is_str(a[0])) return im_raise_type(t, "paramspec() argument 'name' must be str, not %T", a[0]);
    Value v = param_alloc(t, &im_paramspec_type, a[0]);
    if (im_no_value(v) || set_variance(t, P(v), a[3], a[4], a[5]) < 0) return fail(t, v);
    if (!im_no_value(a[1]) && !im_is_none(a[1])) {
        Value b = type_check(t, a[1], "Bound must be a type.");
        if (im_no_value(b)) return fail(t, v);
        im_slot_init(im_ptr(v), &P(v)->x_bound, b);
    }
    set_default(v, a[2]);
    return set_module(t, v) < 0 ? fail(t, v) : v;
}
static Value paramspec_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    return parsed_new(t, "paramspec", "(name, *, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)", paramspec_make, args, nargs, kwnames);
}
static Value origin_make(Thread *t, ImType *type, Value origin)
{
    ImObject *o = im_instance_alloc(t, type, 0);
    if (!o) return IM_NO_VALUE;
    im_slot_init(o, &((Origin *)o)->origin, im_new_ref(origin));
    return im_value(o);
}
static Value ps_args(Thread *t, Value self, void *closure) { (void)closure; return origin_make(t, &im_paramspec_args_type, self); }
static Value ps_kwargs(Thread *t, Value self, void *closure) { (void)closure; return origin_make(t, &im_paramspec_kwargs_type, self); }
FN(ps_subst) { UNUSED_ARGS; Value a[2] = {self, args[0]}; return call_typing(t, "_paramspec_subst", a, 2); }
FN(ps_prepare) { UNUSED_ARGS; Value a[3] = {self, args[0], args[1]}; return call_typing(t, "_paramspec_prepare_subst", a, 3); }
static const ImMethodDef ps_methods[] = {
    IM_FIXED("__typing_subst__", ps_subst, 1, "($self, arg, /)", NULL), IM_FIXED("__typing_prepare_subst__", ps_prepare, 2, "($self, alias, args, /)", NULL),
    IM_FIXED("__reduce__", p_reduce, 0, "($self, /)", NULL), IM_FIXED("has_default", p_has_default, 0, "($self, /)", NULL), IM_FIXED("__mro_entries__", p_mro_entries, 1, "($self, object, /)", NULL), IM_END,
};
static const ImGetSetDef ps_getset[] = {{"__name__", get_name, NULL, NULL, NULL}, {"__bound__", get_bound, NULL, NULL, NULL}, {"__default__", get_default, NULL, NULL, NULL},
    {"__covariant__", get_covariant, NULL, NULL, NULL}, {"__contravariant__", get_contravariant, NULL, NULL, NULL}, {"__infer_variance__", get_infer, NULL, NULL, NULL},
    {"args", ps_args, NULL, "Represents positional arguments.", NULL}, {"kwargs", ps_kwargs, NULL, "Represents keyword arguments.", NULL}, {0}};
static const ImSlots ps_slots = {.new_ = paramspec_new, .repr = param_repr, .or_ = make_union};
static const ImTypeSpec ps_spec = {.name = "typing.ParamSpec", .doc = "Parameter specification variable.", .slots = &ps_slots, .methods = ps_methods, .getset = ps_getset, PARAM_FIELDS};
IM_TYPE(paramspec, &ps_spec);

static Value origin_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, type == &im_paramspec_args_type ? "paramspecargs" : "paramspeckwargs", "(origin)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value v = origin_make(t, type, a.v[0]);
    im_args_fini(t, &a);
    return v;
}
static Value origin_repr(Thread *t, Value self)
{
    Value o = ((Origin *)im_ptr(self))->origin;
    const char *what = im_type_of(self) == &im_paramspec_args_type ? "args" : "kwargs";
    return im_is_exact(o, &im_paramspec_type) ? im_str_format(t, "%U.%s", P(o)->name, what) : im_str_format(t, "%R.%s", o, what);
}
static Value origin_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if ((op != IM_EQ && op != IM_NE) || im_type_of(a) != im_type_of(b)) return IM_NOT_IMPLEMENTED;
    return im_compare(t, ((Origin *)im_ptr(a))->origin, ((Origin *)im_ptr(b))->origin, op);
}
static int64_t origin_hash(Thread *t, Value self) { (void)t; int64_t h = (int64_t)(self.bits >> 4); return h == -1 ? -2 : h; }
static int origin_traverse(ImObject *o, ImVisit visit, void *arg) { VISIT(((Origin *)o)->origin); return 0; }
static void origin_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((Origin *)o)->origin); }
static const ImMemberDef origin_members[] = {{"__origin__", IM_T_VALUE, offsetof(Origin, origin), true, NULL}, {0}};
static const ImMethodDef origin_methods[] = {IM_FIXED("__mro_entries__", p_mro_entries, 1, "($self, object, /)", NULL), IM_END};
static const ImSlots origin_slots = {.new_ = origin_new, .repr = origin_repr, .richcompare = origin_compare, .hash = origin_hash};
#define ORIGIN_FIELDS .size = sizeof(Origin), .flags = IM_TF_GC | IM_TF_WEAKREF, .slots = &origin_slots, .members = origin_members, .methods = origin_methods, \
    .traverse = origin_traverse, .destroy = origin_destroy
static const ImTypeSpec psa_spec = {.name = "typing.ParamSpecArgs", .doc = "The args for a ParamSpec object.", ORIGIN_FIELDS};
static const ImTypeSpec psk_spec = {.name = "typing.ParamSpecKwargs", .doc = "The kwargs for a ParamSpec object.", ORIGIN_FIELDS};
IM_TYPE(paramspec_args, &psa_spec);
IM_TYPE(paramspec_kwargs, &psk_spec);

/* --- TypeVarTuple ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value tvt_make(Thread *t, const Value *a)
{
    if (!im_is_str(a[0])) return im_raise_type(t, "typevartuple() argument 'name' must be str, not %T", a[0]);
    Value v = param_alloc(t, &im_typevartuple_type, a[0]);
    if (im_no_value(v)) return v;
    set_default(v, a[1]);
    return set_module(t, v) < 0 ? fail(t, v) : v;
}
static Value tvt_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    return parsed_new(t, "typevartuple", "(name, *, default=NoDefault)", tvt_make, args, nargs, kwnames);
}
static Value unpacked(Thread *t, Value self)
{
    Value u = im_import_from(t, "typing", "Unpack"), r;
    if (im_no_value(u)) return u;
    r = im_getitem(t, u, self);
    im_drop(t, u);
    return r;
}
static Value tvt_iter(Thread *t, Value self)
{
    Value u = unpacked(t, self);
    if (im_no_value(u)) return u;
    Value tuple = im_tuple_pack(t, 1, u), r;
    im_drop(t, u);
    if (im_no_value(tuple)) return tuple;
    r = im_iter(t, tuple);
    im_drop(t, tuple);
    return r;
}
FN(tvt_subst) { UNUSED_ARGS; return im_raise_type(t, "Substitution of bare TypeVarTuple is not supported"); }
FN(tvt_prepare) { UNUSED_ARGS; Value a[3] = {self, args[0], args[1]}; return call_typing(t, "_typevartuple_prepare_subst", a, 3); }
static const ImMethodDef tvt_methods[] = {
    IM_FIXED("__typing_subst__", tvt_subst, 1, "($self, arg, /)", NULL), IM_FIXED("__typing_prepare_subst__", tvt_prepare, 2, "($self, alias, args, /)", NULL),
    IM_FIXED("__reduce__", p_reduce, 0, "($self, /)", NULL), IM_FIXED("has_default", p_has_default, 0, "($self, /)", NULL), IM_FIXED("__mro_entries__", p_mro_entries, 1, "($self, object, /)", NULL), IM_END,
};
static const ImGetSetDef tvt_getset[] = {{"__name__", get_name, NULL, NULL, NULL}, {"__default__", get_default, NULL, NULL, NULL}, {0}};
static const ImSlots tvt_slots = {.new_ = tvt_new, .repr = param_repr, .iter = tvt_iter};
static const ImTypeSpec tvt_spec = {.name = "typing.TypeVarTuple", .doc = "Type variable tuple. A specialized form of type variable that enables variadic generics.", .slots = &tvt_slots,
    .methods = tvt_methods, .getset = tvt_getset, PARAM_FIELDS};
IM_TYPE(typevartuple, &tvt_spec);

/* --- TypeAliasType ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value alias_alloc(Thread *t, Value name, Value params, Value value, Value fn, Value module)
{
    ImObject *o = im_instance_alloc(t, &im_type_alias_type, 0);
    if (!o) return IM_NO_VALUE;
    Alias *a = (Alias *)o;
    im_slot_init(o, &a->name, im_new_ref(name));
    if (!im_no_value(params) && !im_is_none(params) && im_tuple_len(params)) im_slot_init(o, &a->params, im_new_ref(params));
    if (!im_no_value(value)) im_slot_init(o, &a->x_value, im_new_ref(value));
    if (!im_no_value(fn)) im_slot_init(o, &a->eval_value, im_new_ref(fn));
    if (!im_no_value(module)) im_slot_init(o, &a->module, im_new_ref(module));
    return im_value(o);
}
static Value alias_make(Thread *t, const Value *a)
{
    if (!im_is_str(a[0])) return im_raise_type(t, "typealias() argument 'name' must be str, not %T", a[0]);
    if (!im_no_value(a[2]) && !im_is_tuple(a[2])) return im_raise_type(t, "type_params must be a tuple");
    Value m = caller_module(t);
    if (im_no_value(m)) return m;
    Value v = alias_alloc(t, a[0], a[2], a[1], IM_NO_VALUE, m);
    im_drop(t, m);
    return v;
}
static Value alias_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    return parsed_new(t, "typealias", "(name, value, *, type_params=<unrepresentable>)", alias_make, args, nargs, kwnames);
}
static Value alias_repr(Thread *t, Value self) { (void)t; return im_new_ref(A(self)->name); }
static Value alias_value(Thread *t, Value self, void *closure) { (void)closure; return lazy(t, self, &A(self)->x_value, &A(self)->eval_value, IM_NONE); }
static Value alias_name(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_new_ref(A(self)->name); }
static Value alias_type_params(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_new_ref(im_no_value(A(self)->params) ? im_tuple_empty() : A(self)->params); }
static Value unpack_params(Thread *t, Value params)
{
    Value list = im_list_new(t, (size_t)im_tuple_len(params));
    for (ssize_t i = 0; i < im_tuple_len(params) && !im_no_value(list); i++) {
        Value p = im_tuple_get(params, i), x = im_is_exact(p, &im_typevartuple_type) ? unpacked(t, p) : im_new_ref(p);
        if (im_no_value(x) || im_list_append_steal(t, list, x) < 0) IM_CLEAR(t, list);
    }
    Value r = im_no_value(list) ? list : im_list_to_tuple(t, list);
    im_xdrop(t, list);
    return r;
}
static Value alias_parameters(Thread *t, Value self, void *closure) { (void)closure; return im_no_value(A(self)->params) ? im_tuple_empty() : unpack_params(t, A(self)->params); }
static Value alias_module(Thread *t, Value self, void *closure)
{
    (void)closure;
    if (!im_no_value(A(self)->module)) return im_new_ref(A(self)->module);
    Value f = im_slot_get(t, NULL, &A(self)->eval_value);
    if (im_no_value(f)) return IM_NONE;
    Value m = im_getattr(t, f, IM_S(__module__));
    im_drop(t, f);
    return m;
}
static Value alias_subscript(Thread *t, Value self, Value args)
{
    if (im_no_value(A(self)->params)) return im_raise_type(t, "Only generic type aliases are subscriptable");
    if (im_is_tuple(args)) return im_generic_alias_new(t, self, args);
    Value tuple = im_tuple_pack(t, 1, args), r;
    if (im_no_value(tuple)) return tuple;
    r = im_generic_alias_new(t, self, tuple);
    im_drop(t, tuple);
    return r;
}
FN(alias_reduce) { UNUSED_ARGS; (void)t; return im_new_ref(A(self)->name); }
static Value alias_or(Thread *t, Value a, Value b)
{
    Value r = im_union_new(t, a, b);
    return r;
}
static int alias_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Alias *a = (Alias *)o;
    VISIT(a->name); VISIT(a->params); VISIT(a->x_value); VISIT(a->eval_value); VISIT(a->module);
    return 0;
}
static void alias_clear(Thread *t, ImObject *o)
{
    im_slot_put(t, o, &((Alias *)o)->x_value, IM_NO_VALUE);
    im_slot_put(t, o, &((Alias *)o)->eval_value, IM_NO_VALUE);
}
static void alias_destroy(Thread *t, ImObject *o)
{
    Alias *a = (Alias *)o;
    Value v[] = {a->name, a->params, a->x_value, a->eval_value, a->module};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) im_destroy_child(t, v[i]);
}
static const ImMethodDef alias_methods[] = {IM_FIXED("__reduce__", alias_reduce, 0, "($self, /)", NULL), IM_END};
static const ImGetSetDef alias_getset[] = {{"__name__", alias_name, NULL, NULL, NULL}, {"__value__", alias_value, NULL, NULL, NULL}, {"__type_params__", alias_type_params, NULL, NULL, NULL},
    {"__parameters__", alias_parameters, NULL, NULL, NULL}, {"__module__", alias_module, NULL, NULL, NULL}, {0}};
static const ImSlots alias_slots = {.new_ = alias_new, .repr = alias_repr, .subscript = alias_subscript, .or_ = alias_or};
static const ImTypeSpec alias_spec = {.name = "typing.TypeAliasType", .doc = "Type alias.", .size = sizeof(Alias), .flags = IM_TF_GC | IM_TF_WEAKREF, .slots = &alias_slots, .methods = alias_methods,
    .getset = alias_getset, .traverse = alias_traverse, .clear = alias_clear, .destroy = alias_destroy};
IM_TYPE(type_alias, &alias_spec);

/* --- Generic, NoDefault ------------------------------------------------------------------------------------------------------------------------------------------------ */

static Value with_class(Thread *t, const char *name, Value cls, const Value *args, size_t nargs, Value kwnames)
{
    Value f = im_import_from(t, "typing", name), r = IM_NO_VALUE;
    if (im_no_value(f)) return f;
    size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    ImValueVec v;
    im_vec_init(t, &v);
    bool ok = im_vec_push(t, &v, im_new_ref(cls)) == 0;
    for (size_t i = 0; ok && i < nargs + nkw; i++) ok = im_vec_push(t, &v, im_new_ref(args[i])) == 0;
    if (ok) r = im_call(t, f, v.items, nargs + 1, kwnames);
    im_vec_fini(t, &v);
    im_drop(t, f);
    return r;
}
FN(generic_getitem) { return with_class(t, "_generic_class_getitem", self, args, nargs, kwnames); }
FN(generic_init_subclass) { return with_class(t, "_generic_init_subclass", self, args, nargs, kwnames); }
static const ImMethodDef generic_methods[] = {
    IM_CLASS_RAW("__class_getitem__", generic_getitem, NULL, "Parameterizes a generic class."), IM_CLASS_RAW("__init_subclass__", generic_init_subclass, NULL, "Function to initialize subclasses."), IM_END};
static const ImTypeSpec generic_spec = {.name = "typing.Generic", .doc = "Abstract base class for generic types.", .size = sizeof(ImObject), .flags = IM_TF_BASETYPE, .methods = generic_methods};
IM_TYPE(generic, &generic_spec);

static Value nd_repr(Thread *t, Value self) { (void)self; return im_str_from_cstr(t, "typing.NoDefault"); }
FN(nd_reduce) { UNUSED_ARGS; return im_str_from_cstr(t, "NoDefault"); }
static Value nd_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type, (void)args;
    if (nargs || (!im_no_value(kwnames) && im_tuple_len(kwnames))) return im_raise_type(t, "NoDefaultType takes no arguments");
    return im_new_ref(no_default);
}
static const ImMethodDef nd_methods[] = {IM_FIXED("__reduce__", nd_reduce, 0, NULL, NULL), IM_END};
static const ImSlots nd_slots = {.repr = nd_repr, .new_ = nd_new};
static const ImTypeSpec nd_spec = {.name = "NoDefaultType", .doc = "The type of the NoDefault singleton.", .size = sizeof(ImObject), .slots = &nd_slots, .methods = nd_methods};
IM_TYPE(no_default, &nd_spec);

/* --- what the compiler asks for -------------------------------------------------------------------------------------------------------------------------------------------- */

static Value inferred(Thread *t, ImType *type, Value name)
{
    Value v = param_alloc(t, type, name);
    if (im_no_value(v)) return v;
    P(v)->infer = true;
    return v;
}
FN(make_typevar) { UNUSED_ARGS; return inferred(t, &im_typevar_type, args[0]); }
FN(make_typevar_bound)
{
    UNUSED_ARGS;
    Value v = inferred(t, &im_typevar_type, args[0]);
    if (!im_no_value(v)) im_slot_put(t, im_ptr(v), &P(v)->eval_bound, im_new_ref(args[1]));
    return v;
}
FN(make_typevar_constraints)
{
    UNUSED_ARGS;
    Value v = inferred(t, &im_typevar_type, args[0]);
    if (!im_no_value(v)) im_slot_put(t, im_ptr(v), &P(v)->eval_constraints, im_new_ref(args[1]));
    return v;
}
FN(make_paramspec) { UNUSED_ARGS; return inferred(t, &im_paramspec_type, args[0]); }
FN(make_typevartuple) { UNUSED_ARGS; return inferred(t, &im_typevartuple_type, args[0]); }
FN(make_typealias)
{
    UNUSED_ARGS;
    if (!im_is_str(args[0])) return im_raise_type(t, "_make_typealias() argument 1 must be str, not %T", args[0]);
    if (!im_is_none(args[1]) && !im_is_tuple(args[1])) return im_raise_type(t, "type_params must be a tuple");
    return alias_alloc(t, args[0], args[1], IM_NO_VALUE, args[2], IM_NO_VALUE);
}
FN(set_default_function)
{
    UNUSED_ARGS;
    ImType *ty = im_type_of(args[0]);
    if (ty != &im_typevar_type && ty != &im_paramspec_type && ty != &im_typevartuple_type) return im_raise_type(t, "Expected a type param, got %R", args[0]);
    im_slot_put(t, im_ptr(args[0]), &P(args[0])->eval_default, im_new_ref(args[1]));
    return im_new_ref(args[0]);
}
FN(idfunc) { UNUSED_ARGS; (void)t; return im_new_ref(args[0]); }

static const ImMethodDef methods[] = {
    IM_FIXED("_idfunc", idfunc, 1, "($module, x, /)", NULL), IM_FIXED("_make_typevar", make_typevar, 1, NULL, NULL), IM_FIXED("_make_typevar_bound", make_typevar_bound, 2, NULL, NULL),
    IM_FIXED("_make_typevar_constraints", make_typevar_constraints, 2, NULL, NULL), IM_FIXED("_make_paramspec", make_paramspec, 1, NULL, NULL),
    IM_FIXED("_make_typevartuple", make_typevartuple, 1, NULL, NULL), IM_FIXED("_make_typealias", make_typealias, 3, NULL, NULL),
    IM_FIXED("_set_default", set_default_function, 2, NULL, NULL), IM_END,
};
static int typing_exec(Thread *t, Value m)
{
    if (im_no_value(no_default)) {
        Value v = im_value(im_instance_alloc(t, &im_no_default_type, 0));
        if (!im_is_object(v)) return -1;
        im_immortalize(v);
        no_default = v;
        im_root_add(&no_default);
    }
    return im_module_add(t, m, "NoDefault", im_new_ref(no_default));
}
static ImType *const types[] = {&im_typevar_type, &im_paramspec_type, &im_typevartuple_type, &im_paramspec_args_type, &im_paramspec_kwargs_type, &im_type_alias_type, &im_generic_type, NULL};
static const ImModuleDef typing_def = {.name = "_typing", .doc = "Primitives and accelerators for the typing module.\n", .methods = methods, .exec = typing_exec, .types = types};
IM_MODULE(typing_def);
