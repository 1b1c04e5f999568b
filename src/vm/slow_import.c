/* Import statements.
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"
#include "types/list.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"

Value im_slow_import_name(Thread *t, ImFrame *f, Value name, Value level, Value fromlist)
{
    Value imp;
    int r = im_dict_get(t, f->func->builtins, IM_S(__import__), &imp);
    if (r < 0) return IM_NO_VALUE;
    if (!r) return im_raise(t, &im_ImportError_type, "__import__ not found");
    Value locals = im_no_value(f->locals) ? IM_NONE : f->locals;
    Value args[5] = {name, f->func->globals, locals, fromlist, level};
    Value m = im_call(t, imp, args, 5, IM_NO_VALUE);
    im_drop(t, imp);
    return m;
}

/* The name may be a submodule that is being imported (circular imports): sys.modules["pkg.name"]. */
static Value from_sys_modules(Thread *t, Value module, Value name)
{
    Value pkg, full, modules, m = IM_NO_VALUE;
    if (im_lookup_attr(t, module, IM_S(__name__), &pkg) <= 0) return IM_NO_VALUE;
    if (im_is_str(pkg)) {
        full = im_str_format(t, "%U.%U", pkg, name);
        modules = im_sys_get(t, "modules");
        if (!im_no_value(full) && !im_no_value(modules) && im_lookup_attr(t, modules, IM_S(get), &m) >= 0) {
            im_xdrop(t, m);
            m = IM_NO_VALUE;
            if (im_is_dict(modules)) { if (im_dict_get(t, modules, full, &m) < 0) m = IM_NO_VALUE; }
            else { m = im_getitem(t, modules, full); if (im_no_value(m)) (void)im_exc_clear_if(t, &im_KeyError_type); }
        }
        im_xdrop(t, full);
        im_xdrop(t, modules);
    }
    im_drop(t, pkg);
    return m;
}

IM_COLD static Value raise_cannot_import(Thread *t, Value module, Value name)
{
    Value pkg = IM_NO_VALUE, file = IM_NO_VALUE;
    if (im_lookup_attr(t, module, IM_S(__name__), &pkg) < 0) return IM_NO_VALUE;
    if (im_no_value(pkg) || !im_is_str(pkg)) { im_xdrop(t, pkg); pkg = im_str_from_cstr(t, "<unknown module name>"); }
    if (im_lookup_attr(t, module, IM_S(__file__), &file) < 0) im_exc_clear(t);
    Value spec = IM_NO_VALUE, origin = IM_NO_VALUE, flag = IM_NO_VALUE, msg = IM_NO_VALUE;
    if (im_lookup_attr(t, module, IM_S(__spec__), &spec) < 0) im_exc_clear(t);
    if (!im_no_value(spec) && im_is_none(spec)) spec = IM_NO_VALUE;
    int shadows = im_module_shadows(t, pkg, spec, &origin);
    if (shadows < 0) { /* the name cannot be hashed */
        im_drop(t, pkg);
        im_xdrop(t, file);
        im_xdrop(t, spec);
        im_xdrop(t, origin);
        return IM_NO_VALUE;
    }
    if (!im_no_value(spec) && im_lookup_attr(t, spec, IM_S(_initializing), &flag) < 0) im_exc_clear(t);
    bool circular = !im_no_value(flag) && im_truth(t, flag) > 0;
    im_exc_clear(t);
    if (im_no_value(file) || !im_is_str(file)) {
        im_xdrop(t, file);
        file = im_no_value(origin) ? IM_NONE : im_new_ref(origin);
    }
    if (shadows == 2)
        msg = im_str_format(t, "cannot import name %R from %R (consider renaming %R since it has the same name as the standard library module named %R "
                            "and prevents importing that standard library module)", name, pkg, origin, pkg);
    else if (shadows == 1 && circular)
        msg = im_str_format(t, "cannot import name %R from %R (consider renaming %R if it has the same name as a library you intended to import)", name, pkg, origin);
    else if (im_is_none(file))
        msg = im_str_format(t, circular ? "cannot import name %R from partially initialized module %R (most likely due to a circular import)" : "cannot import name %R from %R (unknown location)", name, pkg);
    else
        msg = im_str_format(t, circular ? "cannot import name %R from partially initialized module %R (most likely due to a circular import) (%S)"
                                        : "cannot import name %R from %R (%S)", name, pkg, file);
    im_xdrop(t, spec);
    im_xdrop(t, origin);
    im_xdrop(t, flag);
    if (!im_no_value(msg)) {
        Value e = im_call1(t, im_type_value(&im_ImportError_type), msg);
        if (!im_no_value(e)) {
            if (im_setattr(t, e, IM_S(name), pkg) < 0 || im_setattr(t, e, IM_S(path), file) < 0 || im_setattr(t, e, IM_S(name_from), name) < 0) im_exc_clear(t);
            (void)im_raise_instance(t, e);
        }
        im_drop(t, msg);
    }
    im_drop(t, pkg);
    im_drop(t, file);
    return IM_NO_VALUE;
}

Value im_slow_import_from(Thread *t, Value module, Value name)
{
    Value v;
    int r = im_lookup_attr(t, module, name, &v);
    if (r) return v;
    v = from_sys_modules(t, module, name);
    if (!im_no_value(v) || im_pending(t)) return v;
    return raise_cannot_import(t, module, name);
}

int im_slow_import_star(Thread *t, ImFrame *f, Value module)
{
    Value all, dict = IM_NO_VALUE, names;
    bool skip_private = false;
    int r = im_lookup_attr(t, module, IM_S(__all__), &all);
    if (r < 0) return -1;
    if (r) {
        names = im_to_list(t, all);
        im_drop(t, all);
    } else {
        r = im_lookup_attr(t, module, IM_S(__dict__), &dict);
        if (r < 0) return -1;
        if (!r) return im_raise(t, &im_ImportError_type, "from-import-* object has no __dict__ and no __all__"), -1;
        Value keys = im_call_method0(t, dict, IM_S(keys));
        names = im_no_value(keys) ? keys : im_to_list(t, keys);
        im_xdrop(t, keys);
        im_drop(t, dict);
        skip_private = true;
    }
    if (im_no_value(names)) return -1;
    for (ssize_t i = 0; i < im_list_len(names); i++) {
        Value name = im_list_get(t, names, i);
        if (im_no_value(name)) break;
        if (!im_is_str(name)) {
            Value mn;
            if (im_lookup_attr(t, module, IM_S(__name__), &mn) < 0) im_exc_clear(t);
            (void)im_raise_type(t, skip_private ? "Key in %S.__dict__ must be str, not %T" : "Item in %S.__all__ must be str, not %T", im_no_value(mn) ? IM_NONE : mn, name);
            im_xdrop(t, mn);
            goto fail;
        fail:
            im_drop(t, name);
            im_drop(t, names);
            return -1;
        }
        if (skip_private && im_str_len(name) && im_str_at(name, 0) == '_') { im_drop(t, name); continue; }
        Value v = im_getattr(t, module, name);
        if (im_no_value(v)) goto fail;
        r = im_is_dict_exact(f->locals) ? im_dict_set(t, f->locals, name, v) : im_setitem(t, f->locals, name, v);
        im_drop(t, v);
        if (r < 0) goto fail;
        im_drop(t, name);
    }
    im_drop(t, names);
    return 0;
}
