/* _imp: native and frozen modules, for importlib.
 * SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "modules/audit.h"
#include "modules/config.h"
#include "modules/import.h"
#include "modules/sys.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

/* --- the import lock (kept for programs that ask for it: importlib locks each module by itself) ----------------------------------------------------------- */

static ImMutex lock;
static uint64_t x_owner; /* serial of the thread that holds it, 0 none */
static int depth;

/* A fork waits until nobody else holds the lock, so that the child finds it as it is, and no half-made import of another thread's. */
void im_import_lock(Thread *t)
{
    if (im_load_relaxed(&x_owner) != t->serial) {
        im_mutex_acquire(t, &lock);
        im_store_relaxed(&x_owner, t->serial);
    }
    depth++;
}
void im_import_unlock(Thread *t)
{
    IM_ASSERT(im_load_relaxed(&x_owner) == t->serial);
    (void)t;
    if (--depth) return;
    im_store_relaxed(&x_owner, 0);
    im_mutex_unlock(&lock);
}
FN(imp_acquire)
{
    UNUSED_ARGS;
    im_import_lock(t);
    return IM_NONE;
}
FN(imp_release)
{
    UNUSED_ARGS;
    if (im_load_relaxed(&x_owner) != t->serial) return im_raise_runtime(t, "not holding the import lock");
    im_import_unlock(t);
    return IM_NONE;
}
FN(imp_held) { UNUSED_ARGS; return im_bool(im_load_relaxed(&x_owner) != 0); }

/* --- native modules ------------------------------------------------------------------------------------------------------------------------------------- */

/* "" for what can be no name of ours (lone surrogates). */
static const char *name_arg(Thread *t, Value v, const char *fn)
{
    if (im_is_str(v)) {
        const char *s = im_str_utf8(t, v, NULL);
        return !s && im_exc_clear_if(t, &im_UnicodeEncodeError_type) ? "" : s;
    }
    im_raise_type(t, "%s() argument must be str, not %T", fn, v);
    return NULL;
}

FN(imp_is_builtin)
{
    UNUSED_ARGS;
    const char *s = name_arg(t, args[0], "is_builtin");
    if (!s) return IM_NO_VALUE;
    const ImModuleDef *d = im_module_find_def(s);
    return im_int(!d ? 0 : strcmp(s, "sys") == 0 || strcmp(s, "builtins") == 0 ? -1 : 1);
}
FN(imp_create_builtin)
{
    UNUSED_ARGS;
    Value name = im_getattr(t, args[0], IM_S(name)), m = IM_NO_VALUE;
    if (im_no_value(name)) return name;
    const char *s = name_arg(t, name, "create_builtin");
    const ImModuleDef *d = s ? im_module_find_def(s) : NULL;
    if (d && (strcmp(s, "sys") == 0 || strcmp(s, "builtins") == 0)) {
        m = im_dict_get_str(t, im_interp.modules, name);
        if (im_no_value(m) && !im_pending(t)) { /* taken out of sys.modules: another module with what the first holds */
            m = im_module_new(t, s);
            if (!im_no_value(m) && im_dict_merge(t, im_module_dict(m), *s == 's' ? im_interp.sys : im_interp.builtins, 1) < 0) IM_CLEAR(t, m);
        }
    }
    else if (d) m = im_module_create(t, d);
    else if (s) m = IM_NONE;
    im_drop(t, name);
    return m;
}
FN(imp_zero) { UNUSED_ARGS; return im_int(0); }

/* --- native modules in files of their own ------------------------------------------------------------------------------------------------------------- */

FN(imp_suffixes)
{
    UNUSED_ARGS;
    Value list = im_list_new(t, 1), s = im_no_value(list) ? list : im_str_from_cstr(t, "." IM_CACHE_TAG "-" IM_MULTIARCH ".so");
    if (im_no_value(s) || im_list_append_steal(t, list, s) < 0) IM_CLEAR(t, list);
    return list;
}
/* The symbol of a module: its name's last part, in punycode (with _ for -) when that is not ASCII. Owned str. */
static Value extension_symbol(Thread *t, Value name)
{
    ssize_t dot = im_str_find_char(name, '.', 0, im_str_len(name), -1);
    Value last = im_str_substring(t, name, dot + 1, im_str_len(name)), r = IM_NO_VALUE;
    if (im_no_value(last)) return last;
    if (im_str_is_ascii(last)) r = im_str_format(t, "im_extension_%U", last);
    else {
        Value b = im_str_encode(t, last, "punycode", NULL);
        if (!im_no_value(b)) {
            char *p = im_bytes_data(b);
            for (ssize_t i = 0; i < im_bytes_len(b); i++) if (p[i] == '-') p[i] = '_';
            r = im_str_format(t, "im_extensionu_%s", p);
            im_drop(t, b);
        }
    }
    im_drop(t, last);
    return r;
}
static const ImExtension *load_extension(Thread *t, Value name, Value path)
{
    if (im_str_find_char(name, 0, 0, im_str_len(name), 1) >= 0 || im_str_find_char(path, 0, 0, im_str_len(path), 1) >= 0) return im_raise_valueerror(t, "embedded null character"), NULL;
    Value file = im_fs_encode(t, path), symbol = im_no_value(file) ? file : extension_symbol(t, name);
    const char *s = im_no_value(symbol) ? NULL : im_str_utf8(t, symbol, NULL);
    const ImExtension *x = NULL;
    if (s) {
        char why[500] = "dlopen() failed";
        int flags = im_sys_dlopen_flags();
        void *lib;
        IM_DETACH(t);
        lib = dlopen(im_bytes_data(file), flags);
        if (lib) x = dlsym(lib, s);
        else snprintf(why, sizeof why, "%s", dlerror());
        IM_ATTACH(t);
        static const ImExtension fits = {IM_EXTENSION_ABI, NULL};
        if (!lib) im_raise_import(t, name, path, "%s", why);
        else if (!x) im_raise_import(t, name, path, "dynamic module does not define module export function (%s)", s);
        else if (memcmp(x, &fits, offsetof(ImExtension, def)) != 0) {
            im_raise_import(t, name, path, "module %R was made for another build of imugi", name);
            x = NULL;
        }
    }
    im_xdrop(t, symbol);
    im_xdrop(t, file);
    return x;
}
FN(imp_create_dynamic)
{
    UNUSED_ARGS;
    Value name = im_getattr(t, args[0], IM_S(name)), path = im_no_value(name) ? name : im_getattr(t, args[0], IM_S(origin)), m = IM_NO_VALUE;
    if (im_no_value(path)) goto out;
    if (!im_is_str(name) || !im_is_str(path)) { im_raise_type(t, "spec.name and spec.origin must be str"); goto out; }
    if (IM_AUDIT(t, "import", name, path, IM_NONE, IM_NONE, IM_NONE) < 0) goto out;
    const ImExtension *x = load_extension(t, name, path);
    const char *s = x ? im_str_utf8(t, name, NULL) : NULL;
    if (!s) goto out;
    if (!x->def) im_raise_system(t, "initialization of %U failed without raising an exception", name);
    else if (x->def->state_size > PTRDIFF_MAX) im_raise_system(t, "module %U: m_size may not be negative for multi-phase initialization", name);
    else m = im_module_prepare(t, x->def, s);
    if (!im_no_value(m) && im_dict_set(t, im_module_dict(m), IM_S(__file__), path) < 0) IM_CLEAR(t, m);
out:
    im_xdrop(t, name);
    im_xdrop(t, path);
    return m;
}
FN(imp_exec_dynamic)
{
    UNUSED_ARGS;
    if (!im_is_instance_of(args[0], &im_module_type)) return im_int(0);
    int rc = im_module_execute(t, args[0]);
    Value name = (rc < 0) == im_pending(t) ? IM_NO_VALUE : im_module_name(t, args[0]);
    if (rc < 0 && !im_pending(t)) im_raise_system(t, "execution of module %S failed without setting an exception", name);
    else if (rc == 0 && im_pending(t)) im_raise_from_pending(t, &im_SystemError_type, "execution of module %S raised unreported exception", name);
    im_xdrop(t, name);
    return im_pending(t) ? IM_NO_VALUE : im_int(0);
}

/* --- frozen modules ------------------------------------------------------------------------------------------------------------------------------------- */

static const ImFrozen *frozen_arg(Thread *t, Value v, const char *fn)
{
    const char *s = name_arg(t, v, fn);
    return s ? im_frozen_find(s) : NULL;
}
static Value no_frozen(Thread *t, Value name)
{
    return im_pending(t) ? IM_NO_VALUE : im_raise_import(t, name, IM_NO_VALUE, "No such frozen object named %U", name);
}
FN(imp_is_frozen)
{
    UNUSED_ARGS;
    const ImFrozen *f = frozen_arg(t, args[0], "is_frozen");
    return im_pending(t) ? IM_NO_VALUE : im_bool(f != NULL);
}
FN(imp_is_frozen_package)
{
    UNUSED_ARGS;
    const ImFrozen *f = frozen_arg(t, args[0], "is_frozen_package");
    return f ? im_bool(f->package) : no_frozen(t, args[0]);
}
FN(imp_find_frozen)
{
    UNUSED_ARGS;
    const ImFrozen *f = frozen_arg(t, args[0], "find_frozen");
    if (!f) return im_pending(t) ? IM_NO_VALUE : IM_NONE;
    Value data = IM_NONE, origin = *f->origin ? im_str_from_cstr(t, f->origin) : IM_NONE, r = IM_NO_VALUE;
    int with = im_no_value(args[1]) ? 0 : im_truth(t, args[1]);
    if (with > 0 && f->data) {
        Value b = im_bytes_new(t, f->data, f->size);
        data = im_no_value(b) ? b : im_memoryview_new(t, b);
        im_xdrop(t, b);
    }
    if (with >= 0 && !im_no_value(data) && !im_no_value(origin)) r = im_tuple_pack(t, 3, data, im_bool(f->package), origin);
    im_xdrop(t, data);
    im_xdrop(t, origin);
    return r;
}
FN(imp_get_frozen_object)
{
    UNUSED_ARGS;
    if (nargs > 1 && !im_is_none(args[1])) {
        ImBuffer b;
        if (im_buffer_get(t, args[1], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
        size_t used;
        Value code = im_marshal_loads(t, b.buf, (size_t)b.len, &used);
        im_buffer_release(t, &b);
        return code;
    }
    const ImFrozen *f = frozen_arg(t, args[0], "get_frozen_object");
    return f ? im_frozen_code(t, f) : no_frozen(t, args[0]);
}
FN(imp_init_frozen)
{
    UNUSED_ARGS;
    const ImFrozen *f = frozen_arg(t, args[0], "init_frozen");
    if (!f) return im_pending(t) ? IM_NO_VALUE : IM_NONE;
    Value code = im_frozen_code(t, f), m = im_no_value(code) ? code : im_module_new(t, f->name), r = IM_NO_VALUE;
    if (!im_no_value(m) && im_dict_set(t, im_module_dict(m), IM_S(__builtins__), im_interp.builtins) == 0 && im_dict_set(t, im_interp.modules, args[0], m) == 0)
        r = im_frame_hooks.eval_code(t, code, im_module_dict(m), IM_NO_VALUE, IM_NO_VALUE);
    im_xdrop(t, code);
    if (im_no_value(r)) IM_CLEAR(t, m);
    im_xdrop(t, r);
    return m;
}
FN(imp_frozen_names)
{
    UNUSED_ARGS;
    Value list = im_list_new(t, im_frozen_count());
    for (size_t i = 0; i < im_frozen_count() && !im_no_value(list); i++) {
        Value s = im_str_from_cstr(t, im_frozen_at(i)->name);
        if (im_no_value(s) || im_list_append_steal(t, list, s) < 0) IM_CLEAR(t, list);
    }
    return list;
}
FN(imp_override_frozen)
{
    UNUSED_ARGS;
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    im_frozen_override = n < 0 ? 0 : n > 0 ? 1 : -1;
    return IM_NONE;
}

/* --- code ------------------------------------------------------------------------------------------------------------------------------------------------ */

/* Gives code, and the code inside it, that was compiled under `old` its new file name. */
static void rename_code(Thread *t, ImCode *code, Value old, Value path)
{
    if (!im_str_equal(code->filename, old)) return;
    im_slot_put(t, &code->head, &code->filename, im_new_ref(path));
    for (uint32_t i = 0; i < code->nconsts; i++)
        if (im_is_exact(code->consts[i], &im_code_type)) rename_code(t, im_codep(code->consts[i]), old, path);
}
FN(imp_fix_filename)
{
    UNUSED_ARGS;
    if (!im_is_exact(args[0], &im_code_type)) return im_raise_type(t, "_fix_co_filename() argument 1 must be code, not %T", args[0]);
    if (!im_is_str(args[1])) return im_raise_type(t, "_fix_co_filename() argument 2 must be str, not %T", args[1]);
    ImCode *code = im_codep(args[0]);
    if (im_str_equal(code->filename, args[1])) return IM_NONE;
    Value old = im_new_ref(code->filename);
    rename_code(t, code, old, args[1]);
    im_drop(t, old);
    return IM_NONE;
}

static uint64_t rotl(uint64_t x, int n) { return x << n | x >> (64 - n); }
static void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[2] += v[3];
    v[1] = rotl(v[1], 13) ^ v[0], v[3] = rotl(v[3], 16) ^ v[2];
    v[0] = rotl(v[0], 32);
    v[2] += v[1], v[0] += v[3];
    v[1] = rotl(v[1], 17) ^ v[2], v[3] = rotl(v[3], 21) ^ v[0];
    v[2] = rotl(v[2], 32);
}
/* SipHash-1-3 of a source file under the fixed key of hash-based caches (PEP 552). */
static uint64_t siphash13(uint64_t k0, const uint8_t *p, size_t len)
{
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u, 0x7465646279746573u}, m, last = (uint64_t)len << 56;
    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&m, p, 8);
        v[3] ^= m;
        sip_round(v);
        v[0] ^= m;
    }
    for (size_t i = 0; i < len; i++) last |= (uint64_t)p[i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
FN(imp_source_hash)
{
    UNUSED_ARGS;
    int64_t key;
    ImBuffer b;
    if (im_as_int64(t, args[0], &key) < 0 || im_buffer_get(t, args[1], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    uint64_t h = siphash13((uint64_t)key, b.buf, (size_t)b.len);
    im_buffer_release(t, &b);
    return im_bytes_new(t, &h, 8);
}

static const ImMethodDef methods[] = {
    IM_FIXED("extension_suffixes", imp_suffixes, 0, "($module, /)", "Returns the list of file suffixes used to identify extension modules."),
    IM_FIXED("lock_held", imp_held, 0, "($module, /)", "Return True if the import lock is currently held, else False."),
    IM_FIXED("acquire_lock", imp_acquire, 0, "($module, /)", "Acquires the interpreter's import lock for the current thread."),
    IM_FIXED("release_lock", imp_release, 0, "($module, /)", "Release the interpreter's import lock."),
    IM_PARSED("find_frozen", imp_find_frozen, "($module, name, /, *, withdata=False)", "Return info about the corresponding frozen module (if there is one) or None."),
    IM_RANGE("get_frozen_object", imp_get_frozen_object, 1, 2, "($module, name, data=None, /)", "Create a code object for a frozen module."),
    IM_FIXED("is_frozen_package", imp_is_frozen_package, 1, "($module, name, /)", "Returns True if the module name is of a frozen package."),
    IM_FIXED("create_builtin", imp_create_builtin, 1, "($module, spec, /)", "Create an extension module."),
    IM_FIXED("init_frozen", imp_init_frozen, 1, "($module, name, /)", "Initializes a frozen module."),
    IM_FIXED("is_builtin", imp_is_builtin, 1, "($module, name, /)", "Returns True if the module name corresponds to a built-in module."),
    IM_FIXED("is_frozen", imp_is_frozen, 1, "($module, name, /)", "Returns True if the module name corresponds to a frozen module."),
    IM_FIXED("_frozen_module_names", imp_frozen_names, 0, "($module, /)", "Returns the list of available frozen modules."),
    IM_FIXED("_override_frozen_modules_for_tests", imp_override_frozen, 1, "($module, override, /)", "(internal-only) Override whether frozen modules are used."),
    IM_FIXED("_override_multi_interp_extensions_check", imp_zero, 1, "($module, override, /)", "(internal-only) Override the check of multi-interpreter extensions."),
    IM_RANGE("create_dynamic", imp_create_dynamic, 1, 2, "($module, spec, file=<unrepresentable>, /)", "Create an extension module."),
    IM_FIXED("exec_dynamic", imp_exec_dynamic, 1, "($module, mod, /)", "Initialize an extension module."),
    IM_FIXED("exec_builtin", imp_zero, 1, "($module, mod, /)", "Initialize a built-in module."),
    IM_FIXED("_fix_co_filename", imp_fix_filename, 2, "($module, code, path, /)", "Changes code.co_filename to specify the passed-in path."),
    IM_PARSED("source_hash", imp_source_hash, "($module, /, key, source)", NULL),
    IM_END,
};
static int imp_exec(Thread *t, Value m) { return im_module_add_str(t, m, "check_hash_based_pycs", im_config.check_pycs); }
static const ImModuleDef imp_def = {.name = "_imp", .doc = "(Extremely) low-level import machinery bits as used by importlib.", .methods = methods, .exec = imp_exec};
IM_MODULE(imp_def);
