/* _testmultiphase: native modules that are made in two steps, and ones that do it wrongly, for CPython's tests of importing.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#define FN(fn) static Value fn(IM_UNUSED Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *a, IM_UNUSED size_t n, IM_UNUSED Value kw)
FN(f_foo)
{
    int64_t x, y;
    if (im_as_int64(t, a[0], &x) < 0 || im_as_int64(t, a[1], &y) < 0) return IM_NO_VALUE;
    return im_int_new(t, x + y);
}
/* CPython's table of modules by their definition; here there is none to find, add to or remove from. */
FN(f_call_state_registration)
{
    return im_same(a[0], im_int(0)) ? IM_NONE : im_raise_system(t, "modules are not registered by their definition");
}
FN(example_demo) { return n ? im_new_ref(a[0]) : IM_NONE; }
static const ImMethodDef functions[] = {
    IM_FIXED("foo", f_foo, 2, NULL, "foo(i,j)\n\nReturn the sum of i and j."),
    IM_FIXED("call_state_registration_func", f_call_state_registration, 1, NULL, "register_state(0): call PyState_FindModule()"), IM_END};
static const ImMethodDef demo = IM_RANGE("demo", example_demo, 0, 1, NULL, "demo() -> None");

static int add_class(Thread *t, Value m, const char *name, ImType *base, Value ns)
{
    Value n = im_str_from_cstr(t, name), bases = im_tuple_pack(t, 1, im_type_value(base)), cls = IM_NO_VALUE;
    if (!im_no_value(n) && !im_no_value(bases) && !im_no_value(ns)) cls = im_type_new(t, &im_type_type, n, bases, ns, NULL, IM_NO_VALUE);
    im_xdrop(t, n);
    im_xdrop(t, bases);
    im_xdrop(t, ns);
    return im_module_add(t, m, name, cls);
}
static Value example_ns(Thread *t)
{
    Value ns = im_dict_new(t), code = im_str_from_cstr(t, "_testmultiphase"), f = im_native_new(t, &demo, IM_NO_VALUE, code), s = IM_NO_VALUE;
    /* demo() is no descriptor: a static method does as well, self is not looked at */
    if (!im_no_value(f)) s = im_call1(t, im_builtin_get(t, "staticmethod"), f);
    if (im_no_value(s) || im_dict_set_cstr(t, ns, "demo", s) < 0) IM_CLEAR(t, ns);
    im_xdrop(t, f);
    im_xdrop(t, s);
    im_xdrop(t, code);
    return ns;
}
static int exec(Thread *t, Value m)
{
    if (add_class(t, m, "Example", &im_object_type, example_ns(t)) < 0 || add_class(t, m, "Str", &im_str_type, im_dict_new(t)) < 0 ||
        add_class(t, m, "error", &im_Exception_type, im_dict_new(t)) < 0) return -1;
    return im_module_add_int(t, m, "int_const", 1969) < 0 || im_module_add_str(t, m, "str_const", "something different") < 0 ? -1 : 0;
}
static const ImModuleDef main_def = {.name = "_testmultiphase", .doc = "Test module _testmultiphase", .methods = functions, .exec = exec};
IM_EXTENSION(_testmultiphase, main_def);
IM_EXTENSION(x, main_def);
static const ImModuleDef czech = {.name = "_testmultiphase_zkouska_nacteni", .doc = "Module named in Czech"};
static const ImModuleDef japanese = {.name = "import_test", .doc = "Module named in Japanese"};
#define NONASCII(symbol, def_) extern const ImExtension im_extensionu_##symbol; const ImExtension im_extensionu_##symbol = {IM_EXTENSION_ABI, &def_}
NONASCII(_testmultiphase_zkouka_naten_evc07gi8e, czech);
NONASCII(eckzbwbhc6jpgzcx415x, japanese);

/* Wrong ones. */
static int exec_err(IM_UNUSED Thread *t, IM_UNUSED Value m) { return -1; }
static int exec_raise(Thread *t, IM_UNUSED Value m) { return im_raise_system(t, "bad exec function"), -1; }
static int exec_unreported(Thread *t, IM_UNUSED Value m) { return im_raise_system(t, "bad exec function"), 0; }
#define WRONG(what, ...) \
    static const ImModuleDef def_##what = {.name = "_testmultiphase_" #what, __VA_ARGS__}; \
    IM_EXTENSION(_testmultiphase_##what, def_##what)
WRONG(exec_err, .exec = exec_err);
WRONG(exec_raise, .exec = exec_raise);
WRONG(exec_unreported_exception, .exec = exec_unreported);
WRONG(negative_size, .state_size = (size_t)-1);
extern const ImExtension im_extension__testmultiphase_export_null;
const ImExtension im_extension__testmultiphase_export_null = {IM_EXTENSION_ABI, NULL};
