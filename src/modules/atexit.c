/* atexit: functions to call at exit, last registered first.
 * SPDX-License-Identifier: MIT */
#include "modules/atexit.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

static Value callbacks; /* list of (function, args tuple, kwargs dict or None), None for one that is unregistered; made with the module, root */

void im_atexit_run(Thread *t)
{
    if (im_no_value(callbacks)) return;
    /* Entries stay where they are while the functions run, so that these may take any out; what they register now comes too late. */
    for (ssize_t i = im_list_len(callbacks); i-- > 0;) {
        if (i >= im_list_len(callbacks)) continue;
        Value entry = im_list_get(t, callbacks, i);
        if (!im_is_tuple(entry)) { /* taken out */
            im_exc_clear(t);
            im_xdrop(t, entry);
            continue;
        }
        Value fn = im_tuple_get(entry, 0), kw = im_tuple_get(entry, 2);
        Value r = im_call_ex(t, fn, im_tuple_get(entry, 1), im_is_none(kw) ? IM_NO_VALUE : kw);
        if (im_no_value(r)) {
            Value exc = im_exc_fetch(t), msg = im_str_format(t, "Exception ignored in atexit callback %R", fn);
            const char *s = im_no_value(msg) ? NULL : im_str_utf8(t, msg, NULL);
            im_exc_restore(t, exc);
            im_write_unraisable(t, s, IM_NO_VALUE);
            im_xdrop(t, msg);
        }
        im_xdrop(t, r);
        im_drop(t, entry);
    }
    if (im_list_clear(t, callbacks) < 0) im_exc_clear(t);
}

FN(ae_register)
{
    (void)self;
    if (nargs == 0) return im_raise_type(t, "register() takes at least 1 argument (0 given)");
    if (!im_callable(args[0])) return im_raise_type(t, "the first argument must be callable");
    Value rest = im_tuple_from_array(t, args + 1, nargs - 1), kw = IM_NONE, entry = IM_NO_VALUE;
    if (!im_no_value(kwnames) && im_tuple_len(kwnames)) {
        kw = im_dict_new(t);
        for (ssize_t i = 0; !im_no_value(kw) && i < im_tuple_len(kwnames); i++)
            if (im_dict_set(t, kw, im_tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) IM_CLEAR(t, kw);
    }
    if (!im_no_value(rest) && !im_no_value(kw)) entry = im_tuple_pack(t, 3, args[0], rest, kw);
    im_xdrop(t, rest);
    im_xdrop(t, kw);
    if (im_no_value(entry) || im_list_append_steal(t, callbacks, entry) < 0) return IM_NO_VALUE;
    return im_new_ref(args[0]);
}
FN(ae_clear) { UNUSED_ARGS; return im_list_clear(t, callbacks) < 0 ? IM_NO_VALUE : IM_NONE; }
FN(ae_run) { UNUSED_ARGS; im_atexit_run(t); return IM_NONE; }
FN(ae_ncallbacks) { UNUSED_ARGS; return im_int(im_list_len(callbacks)); }
FN(ae_unregister)
{
    UNUSED_ARGS;
    for (ssize_t i = im_list_len(callbacks); i-- > 0;) {
        Value entry = im_list_get(t, callbacks, i);
        if (!im_is_tuple(entry)) {
            im_exc_clear(t);
            im_xdrop(t, entry);
            continue;
        }
        int eq = im_equal(t, im_tuple_get(entry, 0), args[0]);
        im_drop(t, entry);
        if (eq < 0) return IM_NO_VALUE;
        if (eq && i < im_list_len(callbacks) && im_setitem(t, callbacks, im_int(i), IM_NONE) < 0) return IM_NO_VALUE;
    }
    return IM_NONE;
}

static int atexit_exec(Thread *t, Value m)
{
    (void)m;
    if (!im_no_value(callbacks)) return 0;
    callbacks = im_list_new(t, 8);
    if (im_no_value(callbacks)) return -1;
    im_root_add(&callbacks);
    return 0;
}
static const ImMethodDef methods[] = {
    IM_RAW("register", ae_register, "($module, func, /, *args, **kwargs)", "register(func, *args, **kwargs) -> func\n\nRegister a function to be executed upon normal program termination"),
    IM_FIXED("_clear", ae_clear, 0, "($module, /)", "_clear() -> None\n\nClear the list of previously registered exit functions."),
    IM_FIXED("unregister", ae_unregister, 1, "($module, func, /)", "unregister(func) -> None\n\nUnregister an exit function which was previously registered using\natexit.register"),
    IM_FIXED("_run_exitfuncs", ae_run, 0, "($module, /)", "_run_exitfuncs() -> None\n\nRun all registered exit functions."),
    IM_FIXED("_ncallbacks", ae_ncallbacks, 0, "($module, /)", "_ncallbacks() -> int\n\nReturn the number of registered exit functions."),
    IM_END,
};
static const ImModuleDef atexit_def = {.name = "atexit", .doc = "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    .methods = methods, .exec = atexit_exec};
IM_MODULE(atexit_def);
