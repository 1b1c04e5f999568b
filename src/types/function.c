/* Python functions.
 * SPDX-License-Identifier: MIT
 *
 * Running one is the interpreter's (im_function_call_hook). */
#include "types/frame_hooks.h"
#include "types/function.h"

#include "code/code.h"
#include "mem/fast.h"
#include "types/dict.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"

#define F(v) ((ImFunction *)im_ptr(v))

/* globals['__builtins__'], which may be the module or its dict. Owned. */
static Value builtins_of(Thread *t, Value globals)
{
    Value b = im_dict_get_str(t, globals, IM_S(__builtins__));
    if (im_is_object(b) && im_is_instance_of(b, &im_module_type)) {
        Value d = im_new_ref(im_module_dict(b));
        im_drop(t, b);
        b = d;
    }
    if (im_is_object(b) && im_is_dict(b)) return b;
    if (!im_no_value(b) && !im_type_of(b)->slots.subscript) {
        im_raise_type(t, "'%T' object is not subscriptable", b);
        im_drop(t, b);
        return IM_NO_VALUE;
    }
    im_xdrop(t, b);
    /* Without one of its own, the namespace takes that of the running code. */
    b = im_frame_hooks.builtins ? im_frame_hooks.builtins(t) : IM_NO_VALUE;
    if (!im_no_value(b)) return im_new_ref(b);
    return im_no_value(im_interp.builtins) ? im_dict_new(t) : im_new_ref(im_interp.builtins);
}

/* The same two from the namespace's cells, found once: false when something is out of the ordinary. Both owned. */
static bool from_cells(Thread *t, Value globals, uint32_t uid, Value *builtins, Value *name)
{
    struct ImNamespaceMemo *m = &t->namespaces[uid % IM_COUNTOF(t->namespaces)];
    if (IM_UNLIKELY(m->uid != uid)) {
        ImGlobalCell *n = im_dict_cell(t, globals, IM_S(__name__)), *b = im_dict_cell(t, globals, IM_S(__builtins__));
        if (!n || !b) return false;
        *m = (struct ImNamespaceMemo){uid, im_region_offset(n), im_region_offset(b)};
    }
    Value *slot = &((ImGlobalCell *)im_region_at(m->builtins))->x_value, b = {im_load_acquire(&slot->bits)};
    const uint32_t w = im_is_object(b) ? im_load_relaxed(&im_ptr(b)->x_count) : 0;
    if (IM_LIKELY((int32_t)w > 0 || w == IM_COUNT_UNC) && im_is_exact(b, &im_module_type)) { /* nobody takes it away meanwhile */
        *builtins = im_new_ref(im_module_dict(b));
    } else if (b = im_slot_get(t, NULL, slot), im_is_exact(b, &im_module_type)) {
        *builtins = im_new_ref(im_module_dict(b));
        im_drop(t, b);
    } else if (im_is_object(b) && im_is_dict(b)) {
        *builtins = b;
    } else {
        im_xdrop(t, b);
        return false;
    }
    *name = im_slot_get(t, NULL, &((ImGlobalCell *)im_region_at(m->name))->x_value);
    if (IM_LIKELY(!im_no_value(*name))) return true;
    im_drop(t, *builtins);
    return false;
}

/* uid: of globals, or 0 where that is no exact dict. */
IM_INLINE Value function_of(Thread *t, ImCode *code, Value globals, uint32_t uid)
{
    Value builtins, module;
    if (!uid || !from_cells(t, globals, uid, &builtins, &module)) {
        builtins = builtins_of(t, globals);
        if (im_no_value(builtins)) return builtins;
        module = im_dict_get_str(t, globals, IM_S(__name__));
    }
    ImFunction *f = (ImFunction *)im_tracked_alloc(t, im_function_type.root_shape, sizeof(ImFunction));
    if (!f) { im_drop(t, builtins); im_xdrop(t, module); return IM_NO_VALUE; }
    im_take_obj(&code->head);
    f->x_code = code;
    f->globals = im_new_ref(globals);
    f->builtins = builtins;
    f->x_defaults = f->x_kwdefaults = f->closure = IM_NO_VALUE;
    f->x_name = im_new_ref(code->name);
    f->x_qualname = im_new_ref(code->qualname);
    f->x_doc = IM_NO_VALUE;
    f->x_module = module;
    f->x_dict = f->x_annotations = f->x_type_params = IM_NO_VALUE;
    f->globals_uid = uid;
    f->head.x_flags |= IM_OF_UNC; /* nobody else has it yet */
    im_track_new(t, &f->head);
    return im_value(f);
}

Value im_function_new(Thread *t, ImCode *code, Value globals) { return function_of(t, code, globals, im_is_dict_exact(globals) ? im_dict_uid(globals) : 0); }
Value im_function_beside(Thread *t, ImCode *code, const ImFunction *f) { return function_of(t, code, f->globals, f->globals_uid); }

void im_function_set_closure(Thread *t, Value func, Value closure)
{
    /* A closure captures data that must die in time: such functions stay counted. */
    im_clear_flag(im_ptr(func), IM_OF_UNC);
    im_slot_put(t, im_ptr(func), &F(func)->closure, closure);
}

static Value function_call(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames) { return im_function_call_hook(t, f, args, nargs, kwnames); }
static Value function_get(Thread *t, Value f, Value obj, Value type)
{
    (void)type;
    return im_no_value(obj) || im_is_none(obj) ? im_new_ref(f) : im_method_new(t, f, obj);
}
static Value function_repr(Thread *t, Value f)
{
    Value q = im_slot_get(t, NULL, &F(f)->x_qualname);
    Value r = im_str_format(t, "<function %U at %p>", q, (void *)im_ptr(f));
    im_drop(t, q);
    return r;
}

/* function(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None) */
static int check_new(Thread *t, const Value *v)
{
    if (!im_is_exact(v[0], &im_code_type)) return im_raise_type(t, "function() argument 'code' must be code, not %T", v[0]), -1;
    if (!im_is_dict(v[1])) return im_raise_type(t, "function() argument 'globals' must be dict, not %T", v[1]), -1;
    if (!im_no_value(v[2]) && !im_is_none(v[2]) && !im_is_str(v[2])) return im_raise_type(t, "arg 3 (name) must be None or string"), -1;
    if (!im_no_value(v[3]) && !im_is_none(v[3]) && !im_is_tuple(v[3])) return im_raise_type(t, "arg 4 (defaults) must be None or tuple"), -1;
    Value closure = v[4], freevars = im_codep(v[0])->freevars;
    ssize_t nfree = im_no_value(freevars) ? 0 : im_tuple_len(freevars);
    bool none = im_no_value(closure) || im_is_none(closure);
    if (!none && !im_is_tuple(closure)) return im_raise_type(t, nfree ? "arg 5 (closure) must be tuple" : "arg 5 (closure) must be None or tuple"), -1;
    if (none && nfree) return im_raise_type(t, "arg 5 (closure) must be tuple"), -1;
    ssize_t n = none ? 0 : im_tuple_len(closure);
    if (n != nfree) return im_raise_valueerror(t, "%U requires closure of length %zd, not %zd", im_codep(v[0])->name, nfree, n), -1;
    for (ssize_t i = 0; i < n; i++)
        if (!im_is_exact(im_tuple_get(closure, i), &im_cell_type))
            return im_raise_type(t, "arg 5 (closure) expected cell, found %T", im_tuple_get(closure, i)), -1;
    if (!im_no_value(v[5]) && !im_is_none(v[5]) && !im_is_dict(v[5])) return im_raise_type(t, "arg 6 (kwdefaults) must be None or dict"), -1;
    return 0;
}
static bool given(Value v) { return !im_no_value(v) && !im_is_none(v); }
static Value function_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    ImArgs a;
    if (im_parse_args(t, "function", "(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    if (check_new(t, a.v) < 0) return IM_NO_VALUE;
    Value f = IM_AUDIT(t, "function.__new__", a.v[0]) < 0 ? IM_NO_VALUE : im_function_new(t, im_codep(a.v[0]), a.v[1]);
    if (im_no_value(f)) return f;
    if (given(a.v[2])) im_slot_put(t, im_ptr(f), &F(f)->x_name, im_new_ref(a.v[2]));
    if (given(a.v[3])) im_slot_put(t, im_ptr(f), &F(f)->x_defaults, im_new_ref(a.v[3]));
    if (given(a.v[4]) && im_tuple_len(a.v[4])) im_function_set_closure(t, f, im_new_ref(a.v[4]));
    if (given(a.v[5])) im_slot_put(t, im_ptr(f), &F(f)->x_kwdefaults, im_new_ref(a.v[5]));
    return f;
}

/* ---- attributes ----------------------------------------------------------------------------------------------------------------- */

static Value or_none(Thread *t, Value *slot)
{
    Value v = im_slot_get(t, NULL, slot);
    return im_no_value(v) ? IM_NONE : v;
}
static void put(Thread *t, Value f, Value *slot, Value v)
{
    im_xtake(v);
    im_slot_put(t, im_ptr(f), slot, v);
}

static Value get_code(Thread *t, Value f, void *c)
{
    (void)c;
    if (IM_AUDIT(t, "object.__getattr__", f, IM_S(__code__)) < 0) return IM_NO_VALUE;
    return im_new_ref(im_value(im_load_acquire(&F(f)->x_code)));
}
static int set_code(Thread *t, Value f, Value v, void *c)
{
    (void)c;
    if (im_no_value(v) || !im_is_exact(v, &im_code_type)) return im_raise_type(t, "__code__ must be set to a code object"), -1;
    if (IM_AUDIT(t, "object.__setattr__", f, IM_S(__code__), v) < 0) return -1;
    ImCode *code = im_codep(v);
    ssize_t have = im_no_value(F(f)->closure) ? 0 : im_tuple_len(F(f)->closure), want = im_no_value(code->freevars) ? 0 : im_tuple_len(code->freevars);
    if (have != want) {
        im_raise_valueerror(t, "%U() requires a code object with %zd free vars, not %zd", im_function_name(F(f)), have, want);
        return -1;
    }
    uint32_t kind = IM_CO_GENERATOR | IM_CO_COROUTINE | IM_CO_ASYNC_GENERATOR;
    if ((code->flags & kind) != (im_load_acquire(&F(f)->x_code)->flags & kind) && im_warn(t, &im_DeprecationWarning_type, 1,
            "Assigning a code object of non-matching type is deprecated (e.g., from a generator to a plain function)") < 0) return -1;
    im_publish(t, v);
    im_take(v);
    ImCode *old = im_xchg_acq_rel(&F(f)->x_code, code);
    im_drop_obj(t, &old->head);
    return 0;
}
static Value get_defaults(Thread *t, Value f, void *c)
{
    (void)c;
    return IM_AUDIT(t, "object.__getattr__", f, IM_S(__defaults__)) < 0 ? IM_NO_VALUE : or_none(t, &F(f)->x_defaults);
}
static int set_defaults(Thread *t, Value f, Value v, void *c)
{
    (void)c;
    if (im_is_none(v)) v = IM_NO_VALUE;
    if (!im_no_value(v) && !im_is_tuple(v)) return im_raise_type(t, "__defaults__ must be set to a tuple object"), -1;
    if ((im_no_value(v) ? IM_AUDIT(t, "object.__delattr__", f, IM_S(__defaults__)) : IM_AUDIT(t, "object.__setattr__", f, IM_S(__defaults__), v)) < 0) return -1;
    put(t, f, &F(f)->x_defaults, v);
    return 0;
}
static Value get_kwdefaults(Thread *t, Value f, void *c)
{
    (void)c;
    return IM_AUDIT(t, "object.__getattr__", f, IM_S(__kwdefaults__)) < 0 ? IM_NO_VALUE : or_none(t, &F(f)->x_kwdefaults);
}
static int set_kwdefaults(Thread *t, Value f, Value v, void *c)
{
    (void)c;
    if (im_is_none(v)) v = IM_NO_VALUE;
    if (!im_no_value(v) && !im_is_dict(v)) return im_raise_type(t, "__kwdefaults__ must be set to a dict object"), -1;
    if ((im_no_value(v) ? IM_AUDIT(t, "object.__delattr__", f, IM_S(__kwdefaults__)) : IM_AUDIT(t, "object.__setattr__", f, IM_S(__kwdefaults__), v)) < 0) return -1;
    put(t, f, &F(f)->x_kwdefaults, v);
    return 0;
}
static int set_text(Thread *t, Value f, Value *slot, Value v, const char *what)
{
    if (im_no_value(v) || !im_is_str(v)) return im_raise_type(t, "%s must be set to a string object", what), -1;
    im_slot_put_name(t, im_ptr(f), slot, im_new_ref(v));
    return 0;
}
static Value get_name(Thread *t, Value f, void *c) { (void)c; return im_slot_get(t, NULL, &F(f)->x_name); }
static int set_name(Thread *t, Value f, Value v, void *c) { (void)c; return set_text(t, f, &F(f)->x_name, v, "__name__"); }
static Value get_qualname(Thread *t, Value f, void *c) { (void)c; return im_slot_get(t, NULL, &F(f)->x_qualname); }
static int set_qualname(Thread *t, Value f, Value v, void *c) { (void)c; return set_text(t, f, &F(f)->x_qualname, v, "__qualname__"); }

Value im_function_annotations(Thread *t, Value f)
{
    for (;;) {
        Value a = im_slot_get(t, NULL, &F(f)->x_annotations);
        if (im_is_object(a) && im_is_dict(a)) return a;
        Value d = im_dict_new(t);
        for (ssize_t i = 0; !im_no_value(d) && !im_no_value(a) && i + 1 < im_tuple_len(a); i += 2)
            if (im_dict_set(t, d, im_tuple_get(a, i), im_tuple_get(a, i + 1)) < 0) IM_CLEAR(t, d);
        bool made = !im_no_value(d) && im_slot_replace(t, im_ptr(f), &F(f)->x_annotations, a, d);
        im_xdrop(t, a);
        if (made || im_no_value(d)) return d;
        im_drop(t, d); /* another thread was first: its dict is the one that both write into */
    }
}
static Value get_annotations(Thread *t, Value f, void *c) { (void)c; return im_function_annotations(t, f); }
static int set_annotations(Thread *t, Value f, Value v, void *c)
{
    (void)c;
    if (im_is_none(v)) v = IM_NO_VALUE;
    if (!im_no_value(v) && !im_is_dict(v)) return im_raise_type(t, "__annotations__ must be set to a dict object"), -1;
    put(t, f, &F(f)->x_annotations, v);
    return 0;
}
static Value get_type_params(Thread *t, Value f, void *c)
{
    (void)c;
    Value v = im_slot_get(t, NULL, &F(f)->x_type_params);
    return im_no_value(v) ? im_tuple_empty() : v;
}
static int set_type_params(Thread *t, Value f, Value v, void *c)
{
    (void)c;
    if (im_no_value(v) || !im_is_tuple(v)) return im_raise_type(t, "__type_params__ must be set to a tuple"), -1;
    put(t, f, &F(f)->x_type_params, v);
    return 0;
}
static Value get_doc(Thread *t, Value f, void *c)
{
    (void)c;
    Value v = im_slot_get(t, NULL, &F(f)->x_doc);
    if (!im_no_value(v)) return v;
    ImCode *code = im_load_acquire(&F(f)->x_code);
    return code->nconsts && im_is_str(code->consts[0]) ? im_new_ref(code->consts[0]) : IM_NONE;
}
static int set_doc(Thread *t, Value f, Value v, void *c)
{
    (void)c;
    put(t, f, &F(f)->x_doc, im_no_value(v) ? IM_NONE : v);
    return 0;
}
static Value get_module(Thread *t, Value f, void *c) { (void)c; return or_none(t, &F(f)->x_module); }
static int set_module(Thread *t, Value f, Value v, void *c)
{
    (void)c;
    put(t, f, &F(f)->x_module, im_no_value(v) ? IM_NONE : v);
    return 0;
}
static Value get_dict(Thread *t, Value f, void *c) { (void)c; return im_instance_dict(t, f); }
static int set_dict(Thread *t, Value f, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_type(t, "cannot delete __dict__"), -1;
    return im_instance_set_dict(t, f, v);
}
static const ImGetSetDef function_getset[] = {{"__code__", get_code, set_code, NULL, NULL}, {"__defaults__", get_defaults, set_defaults, NULL, NULL},
    {"__kwdefaults__", get_kwdefaults, set_kwdefaults, NULL, NULL}, {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {"__dict__", get_dict, set_dict, NULL, NULL}, {"__name__", get_name, set_name, NULL, NULL}, {"__qualname__", get_qualname, set_qualname, NULL, NULL},
    {"__type_params__", get_type_params, set_type_params, NULL, NULL}, {"__doc__", get_doc, set_doc, NULL, NULL}, {"__module__", get_module, set_module, NULL, NULL},
    IM_END};
static const ImMemberDef function_members[] = {{"__closure__", IM_T_VALUE_NONE, offsetof(ImFunction, closure), true, NULL},
    {"__globals__", IM_T_VALUE, offsetof(ImFunction, globals), true, NULL}, {"__builtins__", IM_T_VALUE, offsetof(ImFunction, builtins), true, NULL}, IM_END};

/* ---- storage ----------------------------------------------------------------------------------------------------------------------- */

#define FIELDS(f) {&(f)->globals, &(f)->builtins, &(f)->x_defaults, &(f)->x_kwdefaults, &(f)->closure, &(f)->x_name, &(f)->x_qualname, &(f)->x_doc, &(f)->x_module, \
    &(f)->x_dict, &(f)->x_annotations, &(f)->x_type_params}
static int function_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImFunction *f = (ImFunction *)o;
    Value *fields[] = FIELDS(f);
    int rc;
    if (f->x_code && (rc = visit(im_value(f->x_code), arg)) != 0) return rc;
    for (size_t i = 0; i < IM_COUNTOF(fields); i++)
        if (im_is_object(*fields[i]) && (rc = visit(*fields[i], arg)) != 0) return rc;
    return 0;
}
static void function_clear(Thread *t, ImObject *o)
{
    /* Code, globals and names stay: a function that some finalizer still calls must not fall over. */
    ImFunction *f = (ImFunction *)o;
    Value *fields[] = {&f->x_defaults, &f->x_kwdefaults, &f->x_doc, &f->x_dict, &f->x_annotations, &f->x_type_params, &f->x_module};
    for (size_t i = 0; i < IM_COUNTOF(fields); i++) im_slot_put(t, o, fields[i], IM_NO_VALUE);
}
static void function_destroy(Thread *t, ImObject *o)
{
    ImFunction *f = (ImFunction *)o;
    im_destroy_child(t, f->globals);
    im_destroy_child(t, f->builtins);
    im_destroy_child(t, f->x_defaults);
    im_destroy_child(t, f->x_kwdefaults);
    im_destroy_child(t, f->closure);
    im_destroy_child(t, f->x_name);
    im_destroy_child(t, f->x_qualname);
    im_destroy_child(t, f->x_doc);
    im_destroy_child(t, f->x_module);
    im_destroy_child(t, f->x_dict);
    im_destroy_child(t, f->x_annotations);
    im_destroy_child(t, f->x_type_params);
    if (f->x_code) im_drop_obj(t, &f->x_code->head);
}
static const ImSlots function_slots = {.repr = function_repr, .call = function_call, .descr_get = function_get, .new_ = function_new, .getattr = im_generic_getattr,
    .setattr = im_generic_setattr};
static const ImTypeSpec function_spec = {.name = "function",
    .doc = "Create a function object.\n\n  code\n    a code object\n  globals\n    the globals dictionary\n  name\n    a string that overrides the name from the code object\n  argdefs\n"
           "    a tuple that specifies the default argument values\n  closure\n    a tuple that supplies the bindings for free variables\n  kwdefaults\n    a dictionary that specifies the default keyword argument values",
    .text_signature = "(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)", .size = sizeof(ImFunction),
    .flags = IM_TF_GC | IM_TF_WEAKREF | IM_TF_METHOD_DESCR | IM_TF_MANAGED_DICT_SLOT, .dict_offset = offsetof(ImFunction, x_dict), .slots = &function_slots,
    .getset = function_getset, .members = function_members, .traverse = function_traverse, .clear = function_clear, .destroy = function_destroy};
IM_TYPE(function, &function_spec);
