/* module: objects with a namespace; native modules from their tables.
 * SPDX-License-Identifier: MIT */
#include "object/lookup.h"
#include "types/module.h"

#include <string.h>
#include <unistd.h>

#include "mem/gc.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/int.h"
#include "types/list.h"
#include "types/set.h"
#include "types/str.h"
#include "types/tuple.h"

ImInterp im_interp;
Value (*im_import_hook)(Thread *t, Value name, Value globals, Value locals, Value fromlist, int level);

#define M(v) ((ImModule *)im_ptr(v))

/* --- native modules ---------------------------------------------------------------------------------------------------------------------------- */

extern const ImModuleDef *const __start_im_modules[] __attribute__((weak));
extern const ImModuleDef *const __stop_im_modules[] __attribute__((weak));

size_t im_module_defs(const ImModuleDef *const **rows)
{
    *rows = __start_im_modules;
    return __start_im_modules ? (size_t)(__stop_im_modules - __start_im_modules) : 0;
}

const ImModuleDef *im_module_find_def(const char *name)
{
    const ImModuleDef *const *rows;
    size_t n = im_module_defs(&rows);
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i]->name, name) == 0) return rows[i];
    return NULL;
}

static int init_dict(Thread *t, Value dict, Value name, Value doc)
{
    return im_dict_set(t, dict, IM_S(__name__), name) < 0 || im_dict_set(t, dict, IM_S(__doc__), doc) < 0 || im_dict_set(t, dict, IM_S(__package__), IM_NONE) < 0
        || im_dict_set(t, dict, IM_S(__loader__), IM_NONE) < 0 || im_dict_set(t, dict, IM_S(__spec__), IM_NONE) < 0 ? -1 : 0;
}

static Value module_alloc(Thread *t, ImType *type)
{
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    Value dict = im_dict_new(t);
    if (im_no_value(dict)) { im_drop(t, v); return dict; }
    im_slot_init(im_ptr(v), &M(v)->dict, dict);
    return v;
}

Value im_module_new(Thread *t, const char *name)
{
    Value m = module_alloc(t, &im_module_type), s = im_str_intern_cstr(t, name);
    if (im_no_value(m) || im_no_value(s) || init_dict(t, M(m)->dict, s, IM_NONE) < 0) {
        im_xdrop(t, m);
        m = IM_NO_VALUE;
    }
    im_xdrop(t, s);
    return m;
}

Value im_module_prepare(Thread *t, const ImModuleDef *def, const char *full_name)
{
    Value m = im_module_new(t, full_name);
    if (im_no_value(m)) return m;
    M(m)->def = def;
    if (def->state_size && !(M(m)->state = im_raw_alloc_zero(t, 1, def->state_size))) goto fail;
    if (def->doc) {
        Value doc = im_str_from_cstr(t, def->doc);
        if (im_no_value(doc) || im_dict_set(t, M(m)->dict, IM_S(__doc__), doc) < 0) { im_xdrop(t, doc); goto fail; }
        im_drop(t, doc);
    }
    if (def->methods) {
        Value name = im_str_intern_cstr(t, full_name);
        for (const ImMethodDef *d = def->methods; d->name; d++)
            if (im_module_add(t, m, d->name, im_native_new(t, d, m, name)) < 0) { im_drop(t, name); goto fail; }
        im_drop(t, name);
    }
    for (ImType *const *ty = def->types; ty && *ty; ty++)
        if (im_module_add_type(t, m, *ty) < 0) goto fail;
    return m;
fail:
    im_drop(t, m);
    return IM_NO_VALUE;
}
int im_module_execute(Thread *t, Value m)
{
    const ImModuleDef *def = M(m)->def;
    if (!def || !def->exec || M(m)->executed) return 0;
    M(m)->executed = true;
    return def->exec(t, m);
}
Value im_module_create(Thread *t, const ImModuleDef *def)
{
    Value m = im_module_prepare(t, def, def->name);
    if (!im_no_value(m) && im_module_execute(t, m) < 0) IM_CLEAR(t, m);
    return m;
}

int im_module_add(Thread *t, Value m, const char *name, Value v)
{
    if (im_no_value(v)) return -1;
    Value key = im_str_intern_cstr(t, name);
    if (im_no_value(key)) { im_drop(t, v); return -1; }
    int r = im_dict_set_steal(t, M(m)->dict, key, v);
    im_drop(t, key);
    return r;
}
int im_module_add_int(Thread *t, Value m, const char *name, int64_t n) { return im_module_add(t, m, name, im_int_new(t, n)); }
int im_module_add_str(Thread *t, Value m, const char *name, const char *s) { return im_module_add(t, m, name, im_str_from_cstr(t, s)); }

int im_module_add_type(Thread *t, Value m, ImType *type)
{
    const char *name = type->spec->name, *dot = strrchr(name, '.');
    if (im_no_value(type->module)) type->module = im_new_ref(m);
    if (!type->module_state) type->module_state = M(m)->state;
    return im_module_add(t, m, dot ? dot + 1 : name, im_new_ref(im_type_value(type)));
}

int im_module_ready_type(Thread *t, Value m, ImType *type, const ImTypeSpec *spec)
{
    if (im_type_ready(t, type, spec) < 0) return -1;
    return im_module_add_type(t, m, type);
}

/* --- import and sys, for native code ------------------------------------------------------------------------------------------------------------- */

static Value import_name(Thread *t, Value s)
{
    Value m, r = IM_NO_VALUE;
    if (im_is_dict(im_interp.modules)) {
        if (im_dict_get(t, im_interp.modules, s, &m) < 0) return r;
        if (!im_no_value(m) && !im_is_none(m)) return m;
        im_xdrop(t, m);
    }
    if (!im_import_hook) return im_raise(t, &im_ImportError_type, "importing is not possible yet");
    m = im_import_hook(t, s, IM_NONE, IM_NONE, im_tuple_empty(), 0);
    if (im_no_value(m)) return r;
    im_drop(t, m); /* the top-level package; the module itself is in sys.modules */
    if (im_dict_get(t, im_interp.modules, s, &r) == 0) im_raise_key(t, s);
    return r;
}

Value im_import(Thread *t, const char *name)
{
    Value s = im_str_intern_cstr(t, name);
    if (im_no_value(s)) return s;
    Value r = import_name(t, s);
    im_drop(t, s);
    return r;
}

Value im_import_from_name(Thread *t, Value module, Value name)
{
    Value m = import_name(t, module);
    if (im_no_value(m)) return m;
    Value v = im_getattr(t, m, name);
    im_drop(t, m);
    return v;
}

Value im_import_from(Thread *t, const char *module, const char *name)
{
    Value m = im_import(t, module), v = IM_NO_VALUE;
    if (im_no_value(m)) return m;
    Value s = im_str_intern_cstr(t, name);
    if (!im_no_value(s)) v = im_getattr(t, m, s);
    im_xdrop(t, s);
    im_drop(t, m);
    return v;
}

Value im_sys_get(Thread *t, const char *name)
{
    if (im_no_value(im_interp.sys)) return IM_NO_VALUE;
    Value v = im_dict_get_cstr(t, im_interp.sys, name);
    if (im_no_value(v)) im_exc_clear(t); /* out of memory for the name, or a key's own __eq__ */
    return v;
}
int im_sys_set(Thread *t, const char *name, Value v) { return im_dict_set_cstr(t, im_interp.sys, name, v); }

Value im_builtin_get(Thread *t, const char *name)
{
    Value v = im_no_value(im_interp.builtins) ? IM_NO_VALUE : im_dict_get_cstr(t, im_interp.builtins, name);
    if (im_no_value(v) && !im_pending(t)) im_raise_attr(t, "module 'builtins' has no attribute '%s'", name);
    return v;
}
Value im_module_name(Thread *t, Value m)
{
    Value v = im_no_value(M(m)->dict) ? IM_NO_VALUE : im_dict_get_str(t, M(m)->dict, IM_S(__name__));
    if (!im_no_value(v) && !im_is_str(v)) IM_CLEAR(t, v);
    return v;
}

/* --- the type ------------------------------------------------------------------------------------------------------------------------------------- */

static Value module_tp_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return module_alloc(t, type);
}

static int module_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "module", "(name, doc=None)", args, nargs, kwnames, &a) < 0) return -1;
    int r = -1;
    if (!im_is_str(a.v[0])) im_raise_type(t, "module() argument 'name' must be str, not %T", a.v[0]);
    else r = init_dict(t, M(self)->dict, a.v[0], im_no_value(a.v[1]) ? IM_NONE : a.v[1]);
    im_args_fini(t, &a);
    return r;
}

static Value module_repr(Thread *t, Value self)
{
    if (!im_no_value(im_interp.importlib)) {
        Value fn = im_dict_get_str(t, M(im_interp.importlib)->dict, IM_S(_module_repr));
        if (!im_no_value(fn)) {
            Value r = im_call1(t, fn, self);
            im_drop(t, fn);
            return r;
        }
        if (im_pending(t)) return IM_NO_VALUE;
    }
    Value name = im_dict_get_str(t, M(self)->dict, IM_S(__name__));
    Value r = im_str_format(t, "<module %R>", im_no_value(name) ? IM_NONE : name);
    im_xdrop(t, name);
    return r;
}

/* spec.name as a str (owned), or no value without exception. */
static Value spec_str(Thread *t, Value spec, Value name)
{
    Value v = IM_NO_VALUE;
    if (im_no_value(spec) || im_lookup_attr(t, spec, name, &v) < 0) im_exc_clear(t);
    if (!im_no_value(v) && !im_is_str(v)) IM_CLEAR(t, v);
    return v;
}
static bool spec_true(Thread *t, Value spec, Value name)
{
    Value v = IM_NO_VALUE;
    if (im_no_value(spec) || im_lookup_attr(t, spec, name, &v) < 0) im_exc_clear(t);
    int r = im_no_value(v) ? 0 : im_truth(t, v);
    if (r < 0) im_exc_clear(t);
    im_xdrop(t, v);
    return r > 0;
}

static bool may_shadow(Thread *t, Value origin)
{
    char cwd[4096];
    const char *file = im_str_utf8(t, origin, NULL), *dir = file && !im_no_value(im_interp.path0) ? im_str_utf8(t, im_interp.path0, NULL) : NULL;
    if (!dir) { im_exc_clear(t); return false; }
    if (!*dir && !(dir = getcwd(cwd, sizeof cwd))) return false;
    const char *slash = strrchr(file, '/');
    if (!slash) return false;
    size_t n = (size_t)(slash - file);
    if (strcmp(slash, "/__init__.py") == 0) { /* a package: the folder above */
        while (n && file[n - 1] != '/') n--;
        if (n) n--;
    }
    return strlen(dir) == n && memcmp(dir, file, n) == 0;
}

int im_module_shadows(Thread *t, Value name, Value spec, Value *origin)
{
    *origin = spec_true(t, spec, IM_S(has_location)) ? spec_str(t, spec, IM_S(origin)) : IM_NO_VALUE;
    if (im_no_value(*origin) || !may_shadow(t, *origin)) return 0;
    Value names = im_sys_get(t, "stdlib_module_names");
    int r = !im_no_value(names) && im_is_anyset(names) ? im_contains(t, names, name) : 0;
    im_xdrop(t, names);
    if (r >= 0) im_exc_clear(t);
    return r < 0 ? -1 : r ? 2 : 1;
}

IM_COLD static Value no_attribute(Thread *t, Value self, Value name)
{
    Value mod = im_dict_get_str(t, M(self)->dict, IM_S(__name__)), spec = IM_NO_VALUE, origin = IM_NO_VALUE, msg;
    if (im_no_value(mod) || !im_is_str(mod)) {
        msg = im_str_format(t, "module has no attribute '%U'", name);
        goto raise;
    }
    spec = im_dict_get_str(t, M(self)->dict, IM_S(__spec__));
    if (!im_no_value(spec) && im_is_none(spec)) spec = IM_NO_VALUE;
    int shadows = im_module_shadows(t, mod, spec, &origin);
    if (shadows < 0) { msg = IM_NO_VALUE; goto raise; }
    if (shadows == 2)
        msg = im_str_format(t, "module '%U' has no attribute '%U' (consider renaming %R since it has the same name as the standard library module named '%U' "
                            "and prevents importing that standard library module)", mod, name, origin, mod);
    else if (spec_true(t, spec, IM_S(_initializing))) {
        if (shadows) msg = im_str_format(t, "module '%U' has no attribute '%U' (consider renaming %R if it has the same name as a library you intended to import)", mod, name, origin);
        else if (!im_no_value(origin))
            msg = im_str_format(t, "partially initialized module '%U' from '%U' has no attribute '%U' (most likely due to a circular import)", mod, origin, name);
        else msg = im_str_format(t, "partially initialized module '%U' has no attribute '%U' (most likely due to a circular import)", mod, name);
    } else {
        Value pending = IM_NO_VALUE;
        int uninit = 0;
        if (!im_no_value(spec) && im_lookup_attr(t, spec, IM_S(_uninitialized_submodules), &pending) > 0) uninit = im_contains(t, pending, name);
        im_exc_clear(t);
        im_xdrop(t, pending);
        msg = uninit > 0 ? im_str_format(t, "cannot access submodule '%U' of module '%U' (most likely due to a circular import)", name, mod)
                         : im_str_format(t, "module '%U' has no attribute '%U'", mod, name);
    }
raise:
    im_xdrop(t, mod);
    im_xdrop(t, spec);
    im_xdrop(t, origin);
    if (im_no_value(msg)) return msg;
    Value e = im_call1(t, im_type_value(&im_AttributeError_type), msg);
    im_drop(t, msg);
    if (im_no_value(e)) return e;
    if (im_setattr(t, e, IM_S(name), name) < 0 || im_setattr(t, e, IM_S(obj), self) < 0) im_exc_clear(t);
    return im_raise_instance(t, e);
}

int im_module_attr_lookup(Thread *t, Value self, Value name, Value *out)
{
    int rc = im_generic_lookup(t, self, name, out);
    if (IM_LIKELY(rc > 0)) return rc;
    if (rc < 0 && !im_exc_clear_if(t, &im_AttributeError_type)) return rc;
    Value fn = im_dict_get_str(t, M(self)->dict, IM_S(__getattr__));
    if (im_no_value(fn)) return im_pending(t) ? -1 : 0;
    *out = im_call1(t, fn, name);
    im_drop(t, fn);
    return im_no_value(*out) ? -1 : 1;
}

Value im_module_getattr(Thread *t, Value self, Value name)
{
    Value v, n = im_attr_name(t, name);
    if (im_no_value(n)) return n;
    return im_module_attr_lookup(t, self, n, &v) == 0 ? no_attribute(t, self, name) : v;
}

static Value module_dir(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    Value dict = im_getattr(t, self, IM_S(__dict__)), r = IM_NO_VALUE;
    if (im_no_value(dict)) return dict;
    if (!im_is_dict(dict)) im_raise_type(t, "%.200S.__dict__ is not a dictionary", self);
    else {
        Value fn = im_dict_get_str(t, dict, IM_S(__dir__));
        if (!im_no_value(fn)) r = im_call0(t, fn);
        else if (!im_pending(t)) r = im_dict_keys_list(t, dict);
        im_xdrop(t, fn);
    }
    im_drop(t, dict);
    return r;
}

static Value get_dict(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_new_ref(M(self)->dict); }
static Value get_annotations(Thread *t, Value self, void *closure)
{
    (void)closure;
    Value v = im_dict_get_str(t, M(self)->dict, IM_S(__annotations__)), fresh;
    if (!im_no_value(v) || im_pending(t)) return v;
    fresh = im_dict_new(t);
    if (im_no_value(fresh) || im_dict_setdefault(t, M(self)->dict, IM_S(__annotations__), fresh, &v) < 0) v = IM_NO_VALUE;
    im_xdrop(t, fresh);
    return v;
}
static int set_annotations(Thread *t, Value self, Value v, void *closure)
{
    (void)closure;
    if (!im_no_value(v)) return im_dict_set(t, M(self)->dict, IM_S(__annotations__), v);
    int r = im_dict_del(t, M(self)->dict, IM_S(__annotations__));
    return r == 0 ? (im_raise_attr(t, "__annotations__"), -1) : r < 0 ? -1 : 0;
}

static int module_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImModule *m = (ImModule *)o;
    int r = im_is_object(m->dict) ? visit(m->dict, arg) : 0;
    return r || !m->def || !m->def->traverse || !m->state ? r : m->def->traverse(o, visit, arg);
}
static void module_destroy(Thread *t, ImObject *o)
{
    ImModule *m = (ImModule *)o;
    im_destroy_child(t, m->dict);
    if (m->state) im_raw_free(m->state);
}

static const ImMethodDef module_methods[] = {IM_FIXED("__dir__", module_dir, 0, NULL, "__dir__() -> list\nspecialized dir() implementation"), IM_END};
static const ImGetSetDef module_getset[] = {{"__dict__", get_dict, NULL, NULL, NULL}, {"__annotations__", get_annotations, set_annotations, NULL, NULL}, {0}};
static const ImSlots module_slots = {.repr = module_repr, .getattr = im_module_getattr, .setattr = im_generic_setattr, .init = module_init, .new_ = module_tp_new};
static const ImTypeSpec module_spec = {
    .name = "module", .doc = "Create a module object.\n\nThe name must be a string; the optional doc argument can have any type.", .text_signature = "(name, doc=None)",
    .size = sizeof(ImModule), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_UNC | IM_TF_WEAKREF | IM_TF_MANAGED_DICT_SLOT, .dict_offset = offsetof(ImModule, dict),
    .slots = &module_slots, .methods = module_methods, .getset = module_getset, .traverse = module_traverse, .destroy = module_destroy,
};
IM_TYPE(module, &module_spec);
