/* _weakref: the module over types/weakref.h.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"
#include "types/weakref.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

FN(wr_count) { UNUSED_ARGS; return im_int(im_weakref_count(t, args[0])); }
FN(wr_refs) { UNUSED_ARGS; return im_weakref_list(t, args[0]); }
FN(wr_proxy) { UNUSED_ARGS; return im_weakproxy_new(t, args[0], nargs > 1 ? args[1] : IM_NO_VALUE); }
/* del d[key], if it is a weak reference whose object is gone. */
FN(wr_remove_dead)
{
    UNUSED_ARGS;
    Value ref, target;
    if (!im_is_dict(args[0])) return im_raise_type(t, "_remove_dead_weakref() argument 1 must be dict, not %T", args[0]);
    int r = im_dict_get(t, args[0], args[1], &ref);
    if (r <= 0) return r < 0 ? IM_NO_VALUE : IM_NONE;
    if (!im_is_weakref(ref)) {
        im_drop(t, ref);
        return im_raise_type(t, "not a weakref");
    }
    target = im_weakref_get(t, ref);
    im_drop(t, ref);
    if (im_no_value(target)) return target;
    bool dead = im_is_none(target);
    im_drop(t, target);
    return dead && im_dict_del(t, args[0], args[1]) < 0 ? IM_NO_VALUE : IM_NONE;
}

static const ImMethodDef methods[] = {
    IM_FIXED("getweakrefcount", wr_count, 1, "($module, object, /)", "Return the number of weak references to 'object'."),
    IM_FIXED("_remove_dead_weakref", wr_remove_dead, 2, "($module, dct, key, /)", "Atomically remove key from dict if it points to a dead weakref."),
    IM_FIXED("getweakrefs", wr_refs, 1, "($module, object, /)", "Return a list of all weak reference objects pointing to 'object'."),
    IM_RANGE("proxy", wr_proxy, 1, 2, "($module, object, callback=None, /)", "Create a proxy object that weakly references 'object'."),
    IM_END,
};
static int weakref_exec(Thread *t, Value m)
{
    return im_module_add(t, m, "ref", im_new_ref(im_type_value(&im_ReferenceType_type))) < 0
           || im_module_add(t, m, "ReferenceType", im_new_ref(im_type_value(&im_ReferenceType_type))) < 0
           || im_module_add(t, m, "ProxyType", im_new_ref(im_type_value(&im_ProxyType_type))) < 0
           || im_module_add(t, m, "CallableProxyType", im_new_ref(im_type_value(&im_CallableProxyType_type))) < 0 ? -1 : 0;
}
static const ImModuleDef weakref_def = {.name = "_weakref", .doc = "Weak-reference support module.", .methods = methods, .exec = weakref_exec};
IM_MODULE(weakref_def);
