/* Global, builtin and namespace names: slow halves and specialisation.
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"

static Value name_at(ImFrame *f, const uint32_t *at) { return f->code->names[at[1] & 0xFFFF]; }
static uint32_t cache_at(const uint32_t *at) { return at[1] >> 16; }
static void set_cache(ImFrame *f, uint32_t i, uint64_t low, uint64_t high) { im_store_release(&f->code->x_caches[i], low | high << 32); }

int im_slow_unbound_local(Thread *t, ImFrame *f, Value name)
{
    (void)f;
    return im_raise(t, &im_UnboundLocalError_type, "cannot access local variable '%U' where it is not associated with a value", name), -1;
}

int im_slow_unbound_free(Thread *t, ImFrame *f, Value name)
{
    (void)f;
    return im_raise(t, &im_NameError_type, "cannot access free variable '%U' where it is not associated with a value in enclosing scope", name), -1;
}

IM_COLD static int raise_name(Thread *t, Value name)
{
    Value msg = im_str_format(t, "name '%U' is not defined", name);
    if (im_no_value(msg)) return -1;
    Value e = im_call1(t, im_type_value(&im_NameError_type), msg);
    im_drop(t, msg);
    if (im_no_value(e)) return -1;
    if (im_setattr(t, e, IM_S(name), name) < 0) { im_drop(t, e); return -1; }
    (void)im_raise_instance(t, e);
    return -1;
}

static int lookup_any(Thread *t, Value mapping, Value name, Value *out)
{
    if (im_is_dict_exact(mapping)) return im_dict_get(t, mapping, name, out);
    *out = im_getitem(t, mapping, name);
    if (!im_no_value(*out)) return 1;
    return im_exc_clear_if(t, &im_KeyError_type) ? 0 : -1;
}

/* The namespace of names in code that is not a function's. Such code, called as a function, has its globals. Borrowed. */
Value im_frame_namespace(ImFrame *f)
{
    if (im_no_value(f->locals) && !(f->code->flags & IM_CO_OPTIMIZED)) f->locals = im_new_ref(f->func->globals);
    return f->locals;
}

int im_slow_load_from(Thread *t, ImFrame *f, Value mapping, Value name, Value *out)
{
    if (im_no_value(mapping)) mapping = im_frame_namespace(f);
    if (im_no_value(mapping)) return im_raise_system(t, "no locals when loading '%U'", name), -1;
    return lookup_any(t, mapping, name, out);
}

int im_slow_global_or_builtin(Thread *t, ImFrame *f, Value name, Value *out)
{
    int r = lookup_any(t, f->func->globals, name, out);
    if (r == 0) r = lookup_any(t, f->func->builtins, name, out);
    return r < 0 ? -1 : r ? 0 : raise_name(t, name);
}

/* Points the caches of a global load at the cell that holds the name: in globals, or in builtins with the key set of globals as guard. */
static void specialise_load(Thread *t, ImFrame *f, const uint32_t *at, ImOp in_globals, ImOp in_builtins)
{
    uint32_t c = cache_at(at);
    Value g = f->func->globals, b = f->func->builtins, name = name_at(f, at);
    if (c == IM_CACHE_NONE || !im_is_dict_exact(g)) return;
    ImGlobalCell *cell = im_dict_cell(t, g, name);
    if (cell) {
        set_cache(f, c, im_dict_uid(g), im_region_offset(cell));
        im_quicken(at, !im_begins_update(f, at) ? in_globals : in_globals == OP_LOADNAME_CELL ? OP_LOADNAME_UPDATE : OP_LOADGLOBAL_UPDATE);
        return;
    }
    if (!im_is_dict_exact(b)) return;
    uint32_t version = im_dict_version(g);
    cell = im_dict_cell(t, b, name);
    Value v;
    int r = im_dict_get(t, g, name, &v); /* still absent after the version was taken? */
    if (r != 0) { if (r < 0) im_exc_clear(t); else im_drop(t, v); return; }
    if (!cell) return;
    set_cache(f, c, version, 0);
    set_cache(f, c + 1, im_dict_uid(b), im_region_offset(cell));
    im_quicken(at, in_builtins);
}

int im_slow_load_global(Thread *t, ImFrame *f, const uint32_t *at, Value *out)
{
    im_quicken(at, OP_LOADGLOBAL);
    if (im_slow_global_or_builtin(t, f, name_at(f, at), out) < 0) return -1;
    specialise_load(t, f, at, OP_LOADGLOBAL_CELL, OP_LOADGLOBAL_BUILTIN);
    return 0;
}

int im_slow_store_global(Thread *t, ImFrame *f, const uint32_t *at, Value v)
{
    Value g = f->func->globals, name = name_at(f, at);
    const bool by_name = im_op_generic[(uint8_t)im_load_relaxed(at)] == OP_STORENAME; /* in a namespace that is globals now */
    im_quicken(at, by_name ? OP_STORENAME : OP_STOREGLOBAL);
    if (!im_is_dict_exact(g)) {
        int r = im_setitem(t, g, name, v);
        im_drop(t, v);
        return r;
    }
    if (im_dict_set_steal(t, g, name, v) < 0) return -1;
    uint32_t c = cache_at(at);
    ImGlobalCell *cell = c == IM_CACHE_NONE ? NULL : im_dict_cell(t, g, name);
    if (cell) {
        set_cache(f, c, im_dict_uid(g), im_region_offset(cell));
        im_quicken(at, by_name ? OP_STORENAME_CELL : OP_STOREGLOBAL_CELL);
    }
    return 0;
}

int im_slow_del_global(Thread *t, ImFrame *f, Value name)
{
    int r = im_dict_del(t, f->func->globals, name);
    return r < 0 ? -1 : r ? 0 : raise_name(t, name);
}

int im_slow_load_name(Thread *t, ImFrame *f, const uint32_t *at, Value *out)
{
    Value name = name_at(f, at);
    im_quicken(at, OP_LOADNAME);
    if (im_no_value(im_frame_namespace(f))) return im_raise_system(t, "no locals when loading '%U'", name), -1;
    bool same = im_same(f->locals, f->func->globals);
    if (!same) {
        int r = lookup_any(t, f->locals, name, out);
        if (r) return r < 0 ? -1 : 0;
    }
    if (im_slow_global_or_builtin(t, f, name, out) < 0) return -1;
    if (same) specialise_load(t, f, at, OP_LOADNAME_CELL, OP_LOADNAME_BUILTIN);
    return 0;
}

int im_slow_store_name(Thread *t, ImFrame *f, const uint32_t *at, Value v)
{
    Value ns = im_frame_namespace(f), name = name_at(f, at);
    if (im_no_value(ns)) { im_drop(t, v); return im_raise_system(t, "no locals found when storing '%U'", name), -1; }
    if (im_same(ns, f->func->globals)) return im_slow_store_global(t, f, at, v);
    if (im_is_dict_exact(ns)) return im_dict_set_steal(t, ns, name, v);
    int r = im_setitem(t, ns, name, v);
    im_drop(t, v);
    return r;
}

int im_slow_del_name(Thread *t, ImFrame *f, Value name)
{
    if (im_no_value(im_frame_namespace(f))) return im_raise_system(t, "no locals when deleting '%U'", name), -1;
    if (im_is_dict_exact(f->locals)) {
        int r = im_dict_del(t, f->locals, name);
        return r < 0 ? -1 : r ? 0 : raise_name(t, name);
    }
    if (im_delitem(t, f->locals, name) == 0) return 0;
    return im_exc_clear_if(t, &im_KeyError_type) ? raise_name(t, name) : -1;
}
