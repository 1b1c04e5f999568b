/* builtins: __build_class__, attributes, isinstance.
 * SPDX-License-Identifier: MIT */
#include "modules/builtins.h"

#define UNUSED_ARGS (void)self, (void)nargs, (void)kwnames

IM_BUILTIN(isinstance)
{
    UNUSED_ARGS;
    int r = im_isinstance(t, args[0], args[1]);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}
IM_BUILTIN(issubclass)
{
    UNUSED_ARGS;
    int r = im_issubclass(t, args[0], args[1]);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}
IM_BUILTIN(callable) { UNUSED_ARGS; (void)t; return im_bool(im_callable(args[0])); }

static int check_name(Thread *t, Value name)
{
    return im_is_str(name) ? 0 : (im_raise_type(t, "attribute name must be string, not '%.200T'", name), -1);
}
IM_BUILTIN(getattr)
{
    UNUSED_ARGS;
    if (check_name(t, args[1]) < 0) return IM_NO_VALUE;
    if (nargs == 2) return im_getattr(t, args[0], args[1]);
    Value v;
    int r = im_lookup_attr(t, args[0], args[1], &v);
    return r == 0 ? im_new_ref(args[2]) : v;
}
IM_BUILTIN(hasattr)
{
    UNUSED_ARGS;
    if (check_name(t, args[1]) < 0) return IM_NO_VALUE;
    int r = im_hasattr(t, args[0], args[1]);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}
IM_BUILTIN(setattr)
{
    UNUSED_ARGS;
    if (check_name(t, args[1]) < 0) return IM_NO_VALUE;
    return im_setattr(t, args[0], args[1], args[2]) < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_BUILTIN(delattr)
{
    UNUSED_ARGS;
    if (check_name(t, args[1]) < 0) return IM_NO_VALUE;
    return im_setattr(t, args[0], args[1], IM_NO_VALUE) < 0 ? IM_NO_VALUE : IM_NONE;
}

/* --- class statements ----------------------------------------------------------------------------------------------------------------------------- */

/* Replaces bases that are not classes by what their __mro_entries__ gives (PEP 560). Owned tuple. */
static Value resolve_bases(Thread *t, const Value *bases, size_t n, Value orig)
{
    ImValueVec out;
    Value r = IM_NO_VALUE;
    bool changed = false;
    im_vec_init(t, &out);
    for (size_t i = 0; i < n; i++) {
        Value meth = IM_NO_VALUE;
        if (!im_is_type(bases[i]) && im_lookup_attr(t, bases[i], IM_S(__mro_entries__), &meth) < 0) goto done;
        if (im_no_value(meth)) {
            if (im_vec_push(t, &out, im_new_ref(bases[i])) < 0) goto done;
            continue;
        }
        Value repl = im_call1(t, meth, orig);
        im_drop(t, meth);
        if (im_no_value(repl)) goto done;
        if (!im_is_tuple(repl)) {
            im_drop(t, repl);
            im_raise_type(t, "__mro_entries__ must return a tuple");
            goto done;
        }
        changed = true;
        for (ssize_t k = 0; k < im_tuple_len(repl); k++)
            if (im_vec_push(t, &out, im_new_ref(im_tuple_get(repl, k))) < 0) { im_drop(t, repl); goto done; }
        im_drop(t, repl);
    }
    r = changed ? im_tuple_from_array(t, out.items, out.len) : im_new_ref(orig);
done:
    im_vec_fini(t, &out);
    return r;
}

/* The most derived metaclass of meta and the bases'. Null with TypeError. Borrowed. */
static ImType *winning_metaclass(Thread *t, ImType *meta, Value bases)
{
    for (ssize_t i = 0; i < im_tuple_len(bases); i++) {
        ImType *other = im_type_of(im_tuple_get(bases, i));
        if (im_type_is_subtype(meta, other)) continue;
        if (im_type_is_subtype(other, meta)) { meta = other; continue; }
        im_raise_type(t, "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases");
        return NULL;
    }
    return meta;
}

static Value prepare(Thread *t, Value meta, bool is_class, Value name, Value bases, const Value *kw, Value kwnames)
{
    Value fn, ns;
    if (im_same(meta, im_type_value(&im_type_type))) return im_dict_new(t);
    int r = im_lookup_attr(t, meta, IM_S(__prepare__), &fn);
    if (r < 0) return IM_NO_VALUE;
    if (r == 0) return im_dict_new(t);
    size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    ImValueVec v;
    im_vec_init(t, &v);
    ns = IM_NO_VALUE;
    if (im_vec_push(t, &v, im_new_ref(name)) == 0 && im_vec_push(t, &v, im_new_ref(bases)) == 0) {
        bool ok = true;
        for (size_t i = 0; i < nkw && ok; i++) ok = im_vec_push(t, &v, im_new_ref(kw[i])) == 0;
        if (ok) ns = im_call(t, fn, v.items, 2, kwnames);
    }
    im_vec_fini(t, &v);
    im_drop(t, fn);
    if (!im_no_value(ns) && !im_is_mapping(ns)) {
        if (is_class) im_raise_type(t, "%.200N.__prepare__() must return a mapping, not %.200T", im_as_type(meta), ns);
        else im_raise_type(t, "<metaclass>.__prepare__() must return a mapping, not %.200T", ns);
        im_drop(t, ns);
        return IM_NO_VALUE;
    }
    return ns;
}

/* The class body's __class__ cell must hold the class that came out. */
static int check_class_cell(Thread *t, Value cls, Value cell, Value name)
{
    if (!im_is_exact(cell, &im_cell_type) || !im_is_type(cls)) return 0;
    Value inside = im_cell_get(t, cell);
    if (im_same(inside, cls)) { im_drop(t, inside); return 0; }
    if (im_is_unset(inside)) im_raise_runtime(t, "__class__ not set defining %.200R as %.200R. Was __classcell__ propagated to type.__new__?", name, cls);
    else {
        im_raise_type(t, "__class__ set to %.200R defining %.200R as %.200R", inside, name, cls);
        im_drop(t, inside);
    }
    return -1;
}

IM_BUILTIN(build_class)
{
    (void)self;
    if (nargs < 2) return im_raise_type(t, "__build_class__: not enough arguments");
    if (!im_is_function(args[0])) return im_raise_type(t, "__build_class__: func must be a function");
    if (!im_is_str(args[1])) return im_raise_type(t, "__build_class__: name is not a string");
    Value name = args[1], cls = IM_NO_VALUE, ns = IM_NO_VALUE, cell = IM_NO_VALUE, meta = IM_NO_VALUE, names = IM_NO_VALUE, bases = IM_NO_VALUE;
    ImFunction *body = (ImFunction *)im_ptr(args[0]);
    size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    ImValueVec call; /* name, bases, namespace, keyword values but metaclass */
    im_vec_init(t, &call);
    Value orig = im_tuple_from_array(t, args + 2, nargs - 2);
    if (im_no_value(orig)) goto done;
    bases = resolve_bases(t, args + 2, nargs - 2, orig);
    if (im_no_value(bases) || im_vec_push(t, &call, im_new_ref(name)) < 0 || im_vec_push(t, &call, im_new_ref(bases)) < 0 || im_vec_push(t, &call, IM_NONE) < 0) goto done;

    if (nkw) {
        Value list = im_list_new(t, nkw);
        if (im_no_value(list)) goto done;
        for (size_t i = 0; i < nkw; i++) {
            Value k = im_tuple_get(kwnames, (ssize_t)i), v = args[nargs + i];
            if (im_str_equal(k, IM_S(metaclass))) meta = im_new_ref(v);
            else if (im_list_append(t, list, k) < 0 || im_vec_push(t, &call, im_new_ref(v)) < 0) { im_drop(t, list); goto done; }
        }
        if (im_list_len(list)) names = im_list_to_tuple(t, list);
        im_drop(t, list);
        if (im_pending(t)) goto done;
    }
    bool is_class = true;
    if (im_no_value(meta))
        meta = im_new_ref(im_tuple_len(bases) ? im_type_value(im_type_of(im_tuple_get(bases, 0))) : im_type_value(&im_type_type));
    else is_class = im_is_type(meta);
    if (is_class) {
        ImType *winner = winning_metaclass(t, im_as_type(meta), bases);
        if (!winner) goto done;
        im_drop(t, meta);
        meta = im_new_ref(im_type_value(winner));
    }
    ns = prepare(t, meta, is_class, name, bases, call.items + 3, names);
    if (im_no_value(ns)) goto done;
    cell = im_frame_hooks.eval_code(t, im_value(im_function_code(body)), body->globals, ns, body->closure);
    if (im_no_value(cell)) goto done;
    if (!im_same(bases, orig) && im_setitem(t, ns, IM_S(__orig_bases__), orig) < 0) goto done;
    call.items[2] = im_new_ref(ns);
    cls = im_call(t, meta, call.items, 3, names);
    if (!im_no_value(cls) && check_class_cell(t, cls, cell, name) < 0) IM_CLEAR(t, cls);
    if (IM_UNLIKELY(im_load_relaxed(&im_enum_bodies_wanted)) && !im_no_value(cls)) im_enum_bodies_find(t, cls);
done:
    im_vec_fini(t, &call);
    im_xdrop(t, names);
    im_xdrop(t, cell);
    im_xdrop(t, ns);
    im_xdrop(t, meta);
    im_xdrop(t, bases);
    im_xdrop(t, orig);
    return cls;
}
