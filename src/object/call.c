/* Calling anything: the call slot, methods without bound objects, argument tuples.
 * SPDX-License-Identifier: MIT */
#include "object/abstract.h"
#include "object/lookup.h"
#include "mem/vec.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/str.h"
#include "types/tuple.h"

Value (*im_function_call_hook)(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames);

enum { C_DEPTH_MAX = 30000 }; /* however large the stack is, and however small the compiler makes a frame; CPython ends at 10000 */

/* Making the exception needs calls itself: it may use half of what lies below the limit, once. */
static IM_COLD Value raise_recursion(Thread *t, const char *where)
{
    int32_t depth = t->c_depth;
    char *limit = t->c_stack_limit;
    t->c_depth = 0;
    if (limit > t->c_stack_reserve) t->c_stack_limit = t->c_stack_reserve;
    (void)im_raise(t, &im_RecursionError_type, "maximum recursion depth exceeded%s", where);
    t->c_stack_limit = limit;
    t->c_depth = depth;
    return IM_NO_VALUE;
}

void im_raise_stack_low(Thread *t) { (void)raise_recursion(t, ""); }

int im_recurse_enter(Thread *t, const char *where)
{
    if (IM_UNLIKELY(im_c_stack_low(t)) || t->c_depth > C_DEPTH_MAX) {
        (void)raise_recursion(t, where);
        return -1;
    }
    t->c_depth++;
    return 0;
}

static IM_COLD Value not_callable(Thread *t, Value f) { return im_raise_type(t, "'%.200T' object is not callable", f); }

Value im_call(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames)
{
    ImNative call = IM_SLOT(im_type_of(f), call);
    if (IM_UNLIKELY(!call)) return not_callable(t, f);
    if (IM_UNLIKELY(im_c_stack_low(t))) return raise_recursion(t, " while calling a Python object");
    IM_ASSERT(!im_pending(t));
    Value r = call(t, f, args, nargs, kwnames);
    IM_ASSERT(im_no_value(r) == im_pending(t));
    return r;
}

/* A native function of exactly n arguments: straight to it. No value, *called false: it is something else. */
IM_INLINE Value call_native(Thread *t, Value f, const Value *args, size_t n, bool *called)
{
    *called = false;
    if (!im_is_exact(f, &im_builtin_function_or_method_type)) return IM_NO_VALUE;
    const ImNativeFunction *nf = (const ImNativeFunction *)im_ptr(f);
    if ((nf->def->how & 15) != IM_M_FIXED || nf->def->min != n || im_c_stack_low(t)) return IM_NO_VALUE;
    *called = true;
    return nf->fn(t, nf->self, args, n, IM_NO_VALUE);
}
Value im_call0(Thread *t, Value f) { return im_call(t, f, NULL, 0, IM_NO_VALUE); }
Value im_call1(Thread *t, Value f, Value a)
{
    bool called;
    Value r = call_native(t, f, &a, 1, &called);
    return called ? r : im_call(t, f, &a, 1, IM_NO_VALUE);
}
Value im_call2(Thread *t, Value f, Value a, Value b)
{
    bool called;
    Value args[2] = {a, b}, r = call_native(t, f, args, 2, &called);
    if (called) return r;
    return im_call(t, f, args, 2, IM_NO_VALUE);
}
Value im_call3(Thread *t, Value f, Value a, Value b, Value c)
{
    Value args[3] = {a, b, c};
    return im_call(t, f, args, 3, IM_NO_VALUE);
}

/* "mod.name()" of a callable, for messages. */
Value im_function_text(Thread *t, Value f)
{
    Value q, m;
    if (im_lookup_attr(t, f, IM_S(__qualname__), &q) <= 0) { im_exc_clear(t); return im_str(t, f); }
    int rc = im_lookup_attr(t, f, IM_S(__module__), &m);
    if (rc < 0) im_exc_clear(t);
    Value r;
    if (rc > 0 && !im_is_none(m) && !(im_is_str(m) && im_str_equal_cstr(m, "builtins"))) r = im_str_format(t, "%S.%S()", m, q);
    else r = im_str_format(t, "%S()", q);
    if (rc > 0) im_drop(t, m);
    im_drop(t, q);
    return r;
}

static Value bad_keywords(Thread *t, Value f)
{
    ImType *ty = im_is_type(f) ? im_as_type(f) : NULL; /* that takes none says so before anybody looks at them */
    if (ty && IM_SLOT(ty, new_) == im_object_type.slots.new_ && IM_SLOT(ty, init) == im_object_type.slots.init && IM_SLOT(im_type_of(f), call) == im_type_type.slots.call)
        return im_raise_type(t, "%.200s() takes no arguments", im_type_cname(ty));
    return im_raise_type(t, "keywords must be strings");
}

Value im_call_ex(Thread *t, Value f, Value args_tuple, Value kwargs)
{
    size_t n = (size_t)im_tuple_len(args_tuple);
    if (im_no_value(kwargs) || im_dict_len(kwargs) == 0) return im_call(t, f, im_tuple_items(args_tuple), n, IM_NO_VALUE);
    ImValueVec v;
    Value names = IM_NO_VALUE, r = IM_NO_VALUE, key, value;
    size_t pos = 0, nkw = 0;
    im_vec_init(t, &v);
    ImValueVec keys;
    im_vec_init(t, &keys);
    for (size_t i = 0; i < n; i++)
        if (im_vec_push(t, &v, im_new_ref(im_tuple_items(args_tuple)[i])) < 0) goto done;
    while (im_dict_next(t, kwargs, &pos, &key, &value)) {
        if (!im_is_str(key)) {
            im_drop(t, key);
            im_drop(t, value);
            bad_keywords(t, f);
            goto done;
        }
        if (im_vec_push(t, &v, value) < 0) { im_drop(t, key); goto done; }
        if (im_vec_push(t, &keys, key) < 0) goto done;
        nkw++;
    }
    names = im_tuple_from_array(t, keys.items, nkw);
    if (!im_no_value(names)) r = im_call(t, f, v.items, n, names);
done:
    im_xdrop(t, names);
    im_vec_fini(t, &keys);
    im_vec_fini(t, &v);
    return r;
}

Value im_call_method(Thread *t, Value obj, Value name, const Value *args, size_t nargs, Value kwnames)
{
    bool self_first;
    Value f = im_getmethod(t, obj, name, &self_first), r;
    if (im_no_value(f)) return f;
    if (!self_first) {
        r = im_call(t, f, args, nargs, kwnames);
    } else {
        size_t n = nargs + (im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames));
        Value small[8], *a = small;
        if (n + 1 > IM_COUNTOF(small) && !(a = im_raw_alloc(t, (n + 1) * sizeof(Value)))) { im_drop(t, f); return IM_NO_VALUE; }
        a[0] = obj;
        if (n) memcpy(a + 1, args, n * sizeof(Value)); /* borrowed: the caller's references keep them alive */
        r = im_call(t, f, a, nargs + 1, kwnames);
        if (a != small) im_raw_free(a);
    }
    im_drop(t, f);
    return r;
}
Value im_call_method0(Thread *t, Value obj, Value name) { return im_call_method(t, obj, name, NULL, 0, IM_NO_VALUE); }
Value im_call_method1(Thread *t, Value obj, Value name, Value a) { return im_call_method(t, obj, name, &a, 1, IM_NO_VALUE); }
Value im_call_method2(Thread *t, Value obj, Value name, Value a, Value b)
{
    Value args[2] = {a, b};
    return im_call_method(t, obj, name, args, 2, IM_NO_VALUE);
}
bool im_callable(Value v) { return IM_SLOT(im_type_of(v), call) != NULL; }
