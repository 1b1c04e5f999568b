/* INTRINSIC operations (code/intrinsics.def).
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"
#include "types/exception.h"
#include "types/list.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"

static Value print_expr(Thread *t, Value v)
{
    Value hook = im_sys_get(t, "displayhook");
    if (im_no_value(hook)) return im_raise_runtime(t, "lost sys.displayhook");
    Value r = im_call1(t, hook, v);
    im_drop(t, hook);
    return r;
}

/* PEP 479: a StopIteration that leaves a generator's body is an error. */
static Value stop_iteration_error(Thread *t, ImFrame *f, Value e)
{
    uint32_t fl = f->code->flags;
    const char *msg = NULL;
    if (im_is_instance_of(e, &im_StopIteration_type))
        msg = fl & IM_CO_ASYNC_GENERATOR ? "async generator raised StopIteration" : fl & IM_CO_COROUTINE ? "coroutine raised StopIteration" : "generator raised StopIteration";
    else if ((fl & IM_CO_ASYNC_GENERATOR) && im_is_instance_of(e, &im_StopAsyncIteration_type))
        msg = "async generator raised StopAsyncIteration";
    if (!msg) return im_new_ref(e);
    Value m = im_str_from_cstr(t, msg);
    Value r = im_no_value(m) ? m : im_call1(t, im_type_value(&im_RuntimeError_type), m);
    im_xdrop(t, m);
    if (im_no_value(r)) return r;
    im_exc_set_cause(t, r, im_new_ref(e));
    im_exc_set_context(t, r, im_new_ref(e));
    return r;
}

/* Helpers of the _typing module, which holds the types: _typing._<name>(...). */
static Value typing_call(Thread *t, const char *name, const Value *args, size_t n)
{
    Value f = im_import_from(t, "_typing", name);
    if (im_no_value(f)) return f;
    Value r = im_call(t, f, args, n, IM_NO_VALUE);
    im_drop(t, f);
    return r;
}

static Value subscript_generic(Thread *t, Value params)
{
    Value f = im_import_from(t, "typing", "_GenericAlias"), g = im_import_from(t, "_typing", "Generic"), r = IM_NO_VALUE;
    if (!im_no_value(f) && !im_no_value(g)) {
        /* TypeVarTuples are unpacked: class C[*Ts] has base Generic[*Ts]. */
        Value list = im_list_new(t, (size_t)im_tuple_len(params)), tvt = im_import_from(t, "_typing", "TypeVarTuple");
        bool ok = !im_no_value(list) && !im_no_value(tvt);
        for (ssize_t i = 0; ok && i < im_tuple_len(params); i++) {
            Value p = im_tuple_get(params, i);
            if (im_isinstance(t, p, tvt) > 0) {
                Value it = im_iter(t, p), x = im_no_value(it) ? it : im_next(t, it);
                im_xdrop(t, it);
                ok = !im_no_value(x) && im_list_append_steal(t, list, x) == 0;
            } else {
                ok = im_list_append(t, list, p) == 0;
            }
        }
        if (ok) {
            Value tup = im_list_to_tuple(t, list);
            if (!im_no_value(tup)) {
                r = im_call2(t, f, g, tup);
                im_drop(t, tup);
            }
        }
        im_xdrop(t, list);
        im_xdrop(t, tvt);
    }
    im_xdrop(t, f);
    im_xdrop(t, g);
    return r;
}

static Value setup_annotations(Thread *t, ImFrame *f)
{
    Value ns = im_frame_namespace(f), v;
    if (im_no_value(ns)) return im_raise_system(t, "no locals found when setting up annotations");
    if (im_is_dict_exact(ns)) {
        int r = im_dict_get(t, ns, IM_S(__annotations__), &v);
        if (r) { if (r < 0) return IM_NO_VALUE; im_drop(t, v); return IM_NONE; }
    } else {
        v = im_getitem(t, ns, IM_S(__annotations__));
        if (!im_no_value(v)) { im_drop(t, v); return IM_NONE; }
        if (!im_exc_clear_if(t, &im_KeyError_type)) return IM_NO_VALUE;
    }
    Value d = im_dict_new(t);
    if (im_no_value(d)) return d;
    int r = im_setitem(t, ns, IM_S(__annotations__), d);
    im_drop(t, d);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}

/* Exactly n items of seq, in a list: for assignments with more targets than registers. */
static Value unpack_list(Thread *t, Value seq, int n)
{
    Value *items = im_raw_alloc(t, ((size_t)n + 1) * sizeof *items);
    if (!items) return IM_NO_VALUE;
    Value r = im_slow_unpack_items(t, seq, items, n) < 0 ? IM_NO_VALUE : im_list_steal_array(t, items, (size_t)n);
    im_raw_free(items);
    return r;
}

static Value name_get(Thread *t, ImFrame *f, Value name)
{
    Value v;
    int r = im_slow_load_from(t, f, f->locals, name, &v);
    if (r < 0 || (r == 0 && im_slow_global_or_builtin(t, f, name, &v) < 0)) return IM_NO_VALUE;
    return v;
}

Value im_slow_intrinsic(Thread *t, ImFrame *f, int which, Value *a)
{
    Value v;
    switch ((ImIntrinsic)which) {
    case IM_INTR_PRINT_EXPR: return print_expr(t, a[0]);
    case IM_INTR_STOPITERATION_ERROR: return stop_iteration_error(t, f, a[0]);
    case IM_INTR_ASYNC_GEN_WRAP: return im_async_gen_wrap(t, a[0]);
    case IM_INTR_TYPEVAR: return typing_call(t, "_make_typevar", a, 1);
    case IM_INTR_TYPEVAR_BOUND: return typing_call(t, "_make_typevar_bound", a, 2);
    case IM_INTR_TYPEVAR_CONSTRAINTS: return typing_call(t, "_make_typevar_constraints", a, 2);
    case IM_INTR_PARAMSPEC: return typing_call(t, "_make_paramspec", a, 1);
    case IM_INTR_TYPEVARTUPLE: return typing_call(t, "_make_typevartuple", a, 1);
    case IM_INTR_TYPEPARAM_DEFAULT: return typing_call(t, "_set_default", a, 2);
    case IM_INTR_SUBSCRIPT_GENERIC: return subscript_generic(t, a[0]);
    case IM_INTR_TYPEALIAS: return typing_call(t, "_make_typealias", im_tuple_items(a[0]), 3);
    case IM_INTR_FUNC_TYPE_PARAMS:
        if (im_setattr(t, a[0], IM_S(__type_params__), a[1]) < 0) return IM_NO_VALUE;
        return im_new_ref(a[0]);
    case IM_INTR_PREP_RERAISE_STAR: return im_exc_prep_reraise_star(t, a[0], a[1]);
    case IM_INTR_SETUP_ANNOTATIONS: return setup_annotations(t, f);
    case IM_INTR_GETATTR: return im_getattr(t, a[0], a[1]);
    case IM_INTR_SETATTR: return im_setattr(t, a[0], a[1], a[2]) < 0 ? IM_NO_VALUE : IM_NONE;
    case IM_INTR_DELATTR: return im_setattr(t, a[0], a[1], IM_NO_VALUE) < 0 ? IM_NO_VALUE : IM_NONE;
    case IM_INTR_FORMAT_SIMPLE: return im_slow_format(t, a[0], 0, IM_NO_VALUE);
    case IM_INTR_UNPACK_LIST: return unpack_list(t, a[0], (int)im_int_get(a[1]));
    case IM_INTR_GLOBAL_GET: return im_slow_global_or_builtin(t, f, a[0], &v) < 0 ? IM_NO_VALUE : v;
    case IM_INTR_NAME_GET: return name_get(t, f, a[0]);
    case IM_INTR_GLOBAL_SET: return im_dict_set(t, f->func->globals, a[0], a[1]) < 0 ? IM_NO_VALUE : IM_NONE;
    case IM_INTR_NAME_SET: return im_setitem(t, f->locals, a[0], a[1]) < 0 ? IM_NO_VALUE : IM_NONE;
    case IM_INTR_GLOBAL_DEL: return im_slow_del_global(t, f, a[0]) < 0 ? IM_NO_VALUE : IM_NONE;
    case IM_INTR_NAME_DEL: return im_slow_del_name(t, f, a[0]) < 0 ? IM_NO_VALUE : IM_NONE;
    default: return im_raise_system(t, "bad intrinsic %d", which);
    }
}
