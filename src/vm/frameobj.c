/* Frame objects, locals() and f_locals proxies (PEP 667).
 *
 * A running frame's object holds no values: reads go to the live registers. Only the thread that runs the frame may do that freely; another thread stops the world and
 * publishes what it takes. When the frame ends, its registers move into the object (im_frame_obj_finish).
 * SPDX-License-Identifier: MIT */
#include "mem/fast.h"
#include "mem/vec.h"
#include "types/dict.h"
#include "types/int.h"
#include "types/list.h"
#include "types/module.h"
#include "types/set.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"
#include "vm/trace.h"

static ImFrameObj *fo_of(Value v) { return (ImFrameObj *)im_ptr(v); }
static ImFunction *func_of(ImFrameObj *o) { return (ImFunction *)im_ptr(o->func); }
static ImCode *code_of(ImFrameObj *o) { return (ImCode *)im_ptr(o->code); }

/* --- looking at a running frame --------------------------------------------------------------------------------------------------------- */
/* A record that other threads may run, or free, at this moment is looked at with the world stopped. A private frame object is seen by its own thread alone; a
 * thread's records lie in its record stack, and a generator's is its own while it is among its innermost frames. */
typedef struct Look { ImFrame *f; bool foreign, stopped; } Look;

static bool runs_here(Thread *t, const ImFrame *f)
{
    if ((char *)f >= (char *)t->upper[0] && (char *)f < (char *)t->upper[2]) return true;
    const ImFrame *own = t->frame;
    for (int i = 0; own && i < 64; i++, own = own->back)
        if (own == f) return true;
    return false;
}

static Look look_begin(Thread *t, ImFrameObj *o)
{
    Look k = {.f = im_load_acquire(&o->x_frame)};
    if (!k.f || im_is_private_obj(&o->head) || im_rt.gil || runs_here(t, k.f)) return k;
    if (!t->solo) { /* else nobody attaches before this thread's next safepoint */
        im_world_stop(t);
        k.stopped = true;
    }
    k.f = im_load_acquire(&o->x_frame);
    k.foreign = true;
    return k;
}
static void look_end(Thread *t, Look *k) { if (k->stopped) im_world_start(t); }

static Value frame_object(Thread *t, ImFrame *f, bool foreign)
{
    if (!im_no_value(f->x_frame_obj)) {
        if (foreign) im_publish(t, f->x_frame_obj);
        return im_new_ref(f->x_frame_obj);
    }
    enum { ROOM_MAX = 24 };
    const uint32_t n = f->code->nlocals + f->code->nfar, room = n <= ROOM_MAX ? n : 0;
    ImFrameObj *o = (ImFrameObj *)im_tracked_alloc(t, &im_frame_type.root, sizeof(ImFrameObj) + room * sizeof(Value));
    if (!o) return IM_NO_VALUE;
    o->locals = o->x_back = o->trace = o->extra = o->graveyard = o->gen = IM_NO_VALUE;
    o->trace_opcodes = o->cleared = false;
    o->nregs = 0;
    o->room = room;
    o->regs = NULL;
    o->func = im_value(f->func);
    o->code = im_value(f->code);
    if (foreign) {
        im_publish(t, o->func);
        im_publish(t, f->locals);
    }
    im_take(o->func);
    im_take(o->code);
    if (!im_no_value(f->locals)) o->locals = im_new_ref(f->locals);
    o->trace_lines = true;
    o->unit = -1;
    o->x_frame = f;
    im_track_new(t, &o->head);
    if (f->kind & IM_FRAME_GEN) o->gen = im_value(im_frame_gen(f)); /* borrowed: the generator outlives its frame and detaches it */
    f->x_frame_obj = im_value(o);
    if (foreign || ((f->kind & IM_FRAME_GEN) && im_is_shared_obj(&im_frame_gen(f)->head))) im_publish(t, f->x_frame_obj);
    return im_new_ref(f->x_frame_obj);
}
Value im_frame_object(Thread *t, ImFrame *f) { return frame_object(t, f, false); }

Value im_frame_object_of(Thread *t, ImFrame *f) { return frame_object(t, f, true); }

Value im_gen_frame_object(Thread *t, ImGen *g)
{
    bool foreign = im_is_shared_obj(&g->head) && !im_rt.gil && !runs_here(t, &g->frame), stop = foreign && !t->solo;
    if (stop) im_world_stop(t);
    Value v = im_load_acquire(&g->x_state) == IM_GEN_DONE ? IM_NONE : frame_object(t, &g->frame, foreign);
    if (stop) im_world_start(t);
    return v;
}

void im_frame_obj_finish(Thread *t, ImFrame *f)
{
    Value v = f->x_frame_obj;
    ImFrameObj *o = fo_of(v);
    f->x_frame_obj = IM_NO_VALUE;
    o->unit = (int32_t)im_frame_unit(f);
    if (!im_is_unique(v) && !im_load_relaxed(&o->cleared)) { /* somebody will look: values move in, the caller's frame stays reachable */
        uint32_t n = f->code->nlocals, far = f->code->nfar;
        o->regs = n + far <= o->room ? o->own : im_raw_alloc_zero(NULL, n + far, sizeof(Value));
        if (o->regs) {
            bool shared = im_is_shared_obj(&o->head);
            for (uint32_t i = 0; i < n + far; i++) {
                Value *from = i < n ? &f->regs[i] : &f->regs[-1 - (int)(i - n)];
                if (shared) im_publish(t, *from);
                o->regs[i] = *from;
                *from = IM_UNSET;
            }
            o->nregs = n + far;
        }
        if (f->back) {
            Value pending = im_exc_fetch(t), back = im_frame_object(t, f->back); /* unwinding, perhaps */
            if (im_no_value(back)) im_exc_clear(t);
            if (!im_no_value(pending)) im_exc_restore(t, pending);
            if (!im_no_value(back)) im_slot_put(t, &o->head, &o->x_back, back);
        }
    }
    o->gen = IM_NO_VALUE;
    im_store_release(&o->x_frame, (ImFrame *)NULL);
    im_drop(t, v);
}

/* --- variables by name ----------------------------------------------------------------------------------------------------------- */
/* Register holding variable i of regnames, or null when the values are gone. */
static Value *var_slot(ImFrameObj *o, const Look *k, uint32_t i)
{
    if (k->f) return i < code_of(o)->nlocals ? &k->f->regs[i] : &k->f->regs[-1 - (int)(i - code_of(o)->nlocals)];
    return i < o->nregs ? &o->regs[i] : NULL;
}

static bool is_cell_reg(const ImCode *co, uint32_t i) { return i < co->nlocals && (co->regkinds[i] & IM_REG_CELL); }
static bool hidden(const ImCode *co, uint32_t i) { return i < co->nlocals && (co->regkinds[i] & IM_REG_HIDDEN); }

/* Owned content of variable i's register, IM_UNSET if it has none. */
static Value var_raw(Thread *t, ImFrameObj *o, const Look *k, uint32_t i)
{
    Value *slot = var_slot(o, k, i), v;
    if (!slot) return IM_UNSET;
    if (k->f) {
        v = *slot;
        if (im_no_value(v) || im_is_unset(v)) return IM_UNSET;
        if (k->foreign) im_publish(t, v);
        im_take(v);
        return v;
    }
    v = im_slot_get(t, NULL, slot); /* clear() exchanges */
    return im_no_value(v) ? IM_UNSET : v;
}

/* Owned value of variable i, IM_UNSET if it has none. */
static Value var_get(Thread *t, ImFrameObj *o, const Look *k, uint32_t i)
{
    Value v = var_raw(t, o, k, i);
    if (!is_cell_reg(code_of(o), i) || im_is_unset(v) || !im_is_exact(v, &im_cell_type)) return v;
    Value inner = im_cell_get(t, v);
    im_drop(t, v);
    return inner;
}

/* Variable i is to be seen: it has a name, and if it is a comprehension's, the comprehension runs. */
static bool visible(ImFrameObj *o, const Look *k, uint32_t i)
{
    const ImCode *co = code_of(o);
    if (im_str_len(im_tuple_get(co->regnames, i)) == 0) return false;
    if (!hidden(co, i)) return true;
    Value *slot = var_slot(o, k, i);
    if (!slot) return false;
    Value v = {im_load_relaxed(&slot->bits)};
    return !im_no_value(v) && !im_is_unset(v);
}

/* A running comprehension's variable comes before the function's own of that name. */
static int find_var(ImFrameObj *o, const Look *k, Value name)
{
    const ImCode *co = code_of(o);
    int found = -1;
    for (ssize_t i = im_tuple_len(co->regnames) - 1; i >= 0; i--) {
        if (!im_str_equal(im_tuple_get(co->regnames, i), name) || !visible(o, k, (uint32_t)i)) continue;
        if (hidden(co, (uint32_t)i)) return (int)i;
        if (found < 0) found = (int)i;
    }
    return found;
}

static bool has_visible_hidden(Thread *t, ImFrameObj *o)
{
    const ImCode *co = code_of(o);
    uint32_t i = 0;
    while (i < co->nlocals && !hidden(co, i)) i++;
    if (i == co->nlocals) return false;
    Look k = look_begin(t, o);
    while (i < co->nlocals && !(hidden(co, i) && visible(o, &k, i))) i++;
    look_end(t, &k);
    return i < co->nlocals;
}
/* The cells of the enclosing functions; none once the frame has been cleared. */
static Value free_cells(ImFrameObj *o) { return im_load_relaxed(&o->cleared) && !im_load_acquire(&o->x_frame) ? IM_NO_VALUE : func_of(o)->closure; }
static int find_free(const ImCode *co, Value name)
{
    ssize_t n = im_tuple_len(co->freevars);
    for (ssize_t i = 0; i < n; i++)
        if (im_str_equal(im_tuple_get(co->freevars, i), name)) return (int)i;
    return -1;
}

/* Adds every bound variable to dict d: what locals() in a function gives. */
static int fill_locals(Thread *t, ImFrameObj *o, Value d)
{
    ImCode *co = code_of(o);
    ssize_t n = im_tuple_len(co->regnames);
    ImValueVec vec;
    im_vec_init(t, &vec);
    Look k = look_begin(t, o); /* all of one moment */
    int r = 0;
    for (ssize_t i = 0; i < n && r == 0; i++) r = im_vec_push(t, &vec, visible(o, &k, (uint32_t)i) ? var_get(t, o, &k, (uint32_t)i) : IM_UNSET);
    look_end(t, &k);
    for (ssize_t i = 0; i < n && r == 0; i++)
        if (!im_is_unset(vec.items[i])) r = im_dict_set(t, d, im_tuple_get(co->regnames, i), vec.items[i]);
    im_vec_fini(t, &vec);
    if (r < 0) return -1;
    Value closure = free_cells(o);
    for (ssize_t i = 0; !im_no_value(closure) && i < im_tuple_len(co->freevars); i++) {
        Value v = im_cell_get(t, im_tuple_get(closure, i));
        if (im_is_unset(v)) continue;
        r = im_dict_set(t, d, im_tuple_get(co->freevars, i), v);
        im_drop(t, v);
        if (r < 0) return -1;
    }
    Value extra = im_slot_get(t, &o->head, &o->extra);
    if (im_no_value(extra)) return 0;
    r = im_dict_merge(t, d, extra, 1);
    im_drop(t, extra);
    return r;
}

Value im_frame_locals(Thread *t, ImFrame *f)
{
    bool plain = f->code->nlocals == 0;
    if (!im_no_value(f->locals) && !(f->code->flags & IM_CO_OPTIMIZED) && plain) return im_new_ref(f->locals);
    Value fo = im_frame_object(t, f);
    if (!im_no_value(fo) && !im_no_value(f->locals) && !(f->code->flags & IM_CO_OPTIMIZED) && !has_visible_hidden(t, fo_of(fo))) {
        im_drop(t, fo);
        return im_new_ref(f->locals);
    }
    Value d = im_dict_new(t);
    /* In a comprehension of a module or class body: a copy of the namespace, with the comprehension's variables. */
    if (!im_no_value(d) && !im_no_value(f->locals) && im_dict_merge(t, d, f->locals, 1) < 0) IM_CLEAR(t, d);
    if (im_no_value(fo) || im_no_value(d) || fill_locals(t, fo_of(fo), d) < 0) {
        im_xdrop(t, fo);
        im_xdrop(t, d);
        return IM_NO_VALUE;
    }
    im_drop(t, fo);
    return d;
}

/* --- FrameLocalsProxy ------------------------------------------------------------------------------------------------------------------ */
typedef struct ImLocalsProxy { ImObject head; Value frame; } ImLocalsProxy;
extern ImType im_frame_locals_proxy_type;
static ImFrameObj *pf(Value self) { return fo_of(((ImLocalsProxy *)im_ptr(self))->frame); }

static Value proxy_dict(Thread *t, Value self)
{
    Value d = im_dict_new(t);
    if (!im_no_value(d) && fill_locals(t, pf(self), d) < 0) { im_drop(t, d); return IM_NO_VALUE; }
    return d;
}

/* The variable's own name for a key that is equal to it and no exact str; 0 when there is none, -1. *name is owned. */
static int name_of_key(Thread *t, ImFrameObj *o, Value key, Value *name)
{
    ImCode *co = code_of(o);
    int64_t h, hn;
    *name = IM_NO_VALUE;
    if (im_is_exact(key, &im_str_type)) { *name = im_new_ref(key); return 1; }
    if ((h = im_hash(t, key)) == -1) return -1;
    const Value lists[] = {co->regnames, co->freevars};
    for (int k = 0; k < 2; k++)
        for (ssize_t i = 0; i < im_tuple_len(lists[k]); i++) {
            Value s = im_tuple_get(lists[k], i);
            if ((hn = im_hash(t, s)) == -1) return -1;
            if (hn != h) continue;
            int r = im_equal(t, s, key);
            if (r < 0) return -1;
            if (r) { *name = im_new_ref(s); return 1; }
        }
    return 0;
}

/* 1 found, 0 absent, -1. */
static int proxy_find(Thread *t, Value self, Value key, Value *out)
{
    ImFrameObj *o = pf(self);
    ImCode *co = code_of(o);
    *out = IM_NO_VALUE;
    Value name;
    int named = name_of_key(t, o, key, &name);
    if (named < 0) return -1;
    if (named) {
        Look k = look_begin(t, o);
        int i = find_var(o, &k, name);
        Value v = i >= 0 ? var_get(t, o, &k, (uint32_t)i) : IM_UNSET;
        look_end(t, &k);
        if (i < 0 && (i = find_free(co, name)) >= 0 && !im_no_value(free_cells(o))) v = im_cell_get(t, im_tuple_get(func_of(o)->closure, i));
        im_drop(t, name);
        if (!im_is_unset(v)) { *out = v; return 1; }
    }
    Value extra = im_slot_get(t, &o->head, &o->extra);
    if (im_no_value(extra)) return 0;
    int r = im_dict_get(t, extra, key, out);
    im_drop(t, extra);
    return r;
}

static Value proxy_getitem(Thread *t, Value self, Value key)
{
    Value v;
    int r = proxy_find(t, self, key, &v);
    if (r == 0) return im_raise(t, &im_KeyError_type, "local variable '%R' is not defined", key);
    return r < 0 ? IM_NO_VALUE : v;
}

/* What a slot holds that is filled once and stays; `made` (stolen) if it is still empty. Owned. */
static Value fill_once(Thread *t, ImFrameObj *o, Value *x_slot, Value made)
{
    Value now = im_slot_get(t, &o->head, x_slot);
    if (!im_no_value(now) || im_no_value(made)) { im_xdrop(t, made); return now; }
    bool shared = im_is_shared_obj(&o->head);
    if (shared) {
        im_publish(t, made);
        im_object_lock(t, &o->head);
    }
    if (im_no_value(*x_slot)) {
        im_take(made);
        im_store_release(&x_slot->bits, made.bits);
        now = made;
        made = IM_NO_VALUE;
    } else {
        now = *x_slot;
        im_take(now);
    }
    if (shared) im_object_unlock(t, &o->head);
    im_xdrop(t, made);
    return now;
}

/* Steals old. */
static int keep_until_frame_ends(Thread *t, ImFrameObj *o, Value old)
{
    Value l = im_slot_get(t, &o->head, &o->graveyard);
    if (im_no_value(l)) l = fill_once(t, o, &o->graveyard, im_list_new(t, 1));
    if (im_no_value(l)) { im_drop(t, old); return -1; }
    int r = im_list_append_steal(t, l, old);
    im_drop(t, l);
    return r;
}

static int set_named(Thread *t, Value self, Value key, Value v);
static int proxy_setitem(Thread *t, Value self, Value key, Value v)
{
    Value name;
    int named = name_of_key(t, pf(self), key, &name);
    if (named < 0) return -1;
    int r = set_named(t, self, named ? name : key, v);
    im_xdrop(t, name);
    return r;
}
/* Stores v (borrowed) in variable i: 0, and *old is what it displaced. 1: the variable lives in a cell, *old. */
static int set_var(Thread *t, ImFrameObj *o, const Look *k, uint32_t i, Value v, Value *old)
{
    Value *slot = var_slot(o, k, i);
    *old = IM_UNSET;
    if (!slot) return 0;
    if (is_cell_reg(code_of(o), i)) {
        Value cell = var_raw(t, o, k, i);
        if (im_is_object(cell) && im_is_exact(cell, &im_cell_type)) { *old = cell; return 1; }
        im_drop(t, cell);
    }
    if (im_is_shared_obj(&o->head)) im_publish(t, v);
    im_take(v);
    *old = (Value){im_xchg_acq_rel(&slot->bits, v.bits)};
    if (k->foreign) im_publish(t, *old);
    return 0;
}
static int set_named(Thread *t, Value self, Value key, Value v)
{
    ImFrameObj *o = pf(self);
    Value old;
    ImCode *co = code_of(o);
    if (im_is_str(key)) {
        Look k = look_begin(t, o);
        int i = find_var(o, &k, key);
        if (i >= 0) {
            int r = im_no_value(v) ? -1 : set_var(t, o, &k, (uint32_t)i, v, &old);
            look_end(t, &k);
            if (im_no_value(v)) return im_raise_valueerror(t, "cannot remove local variables from FrameLocalsProxy"), -1;
            if (r > 0) { /* the cell it lives in */
                im_cell_set(t, old, im_new_ref(v));
                im_drop(t, old);
                return 0;
            }
            return im_is_object(old) ? keep_until_frame_ends(t, o, old) : 0;
        }
        look_end(t, &k);
        i = find_free(co, key);
        if (i >= 0 && !im_no_value(free_cells(o))) {
            if (im_no_value(v)) return im_raise_valueerror(t, "cannot remove local variables from FrameLocalsProxy"), -1;
            im_cell_set(t, im_tuple_get(func_of(o)->closure, i), im_new_ref(v));
            return 0;
        }
    }
    Value extra = im_slot_get(t, &o->head, &o->extra);
    int r;
    if (im_no_value(v)) {
        r = im_no_value(extra) ? 0 : im_dict_del(t, extra, key);
        im_xdrop(t, extra);
        if (r == 0) return im_raise_key(t, key), -1;
        return r < 0 ? -1 : 0;
    }
    if (im_no_value(extra)) extra = fill_once(t, o, &o->extra, im_dict_new(t));
    if (im_no_value(extra)) return -1;
    r = im_dict_set(t, extra, key, v);
    im_drop(t, extra);
    return r;
}

static ssize_t proxy_len(Thread *t, Value self)
{
    Value d = proxy_dict(t, self);
    if (im_no_value(d)) return -1;
    ssize_t n = im_dict_len(d);
    im_drop(t, d);
    return n;
}
static int proxy_contains(Thread *t, Value self, Value key)
{
    Value v;
    int r = proxy_find(t, self, key, &v);
    im_xdrop(t, v);
    return r;
}
static Value proxy_iter(Thread *t, Value self)
{
    Value d = proxy_dict(t, self), keys, it;
    if (im_no_value(d)) return d;
    keys = im_dict_keys_list(t, d);
    im_drop(t, d);
    if (im_no_value(keys)) return keys;
    it = im_iter(t, keys);
    im_drop(t, keys);
    return it;
}
static Value proxy_repr(Thread *t, Value self)
{
    int r = im_repr_enter(t, self);
    if (r) return r < 0 ? IM_NO_VALUE : im_str_from_cstr(t, "{...}");
    Value d = proxy_dict(t, self);
    Value s = im_no_value(d) ? d : im_repr(t, d);
    im_xdrop(t, d);
    im_repr_leave(t, self);
    return s;
}
static Value proxy_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if ((op != IM_EQ && op != IM_NE)) return IM_NOT_IMPLEMENTED;
    if (im_is_exact(b, &im_frame_locals_proxy_type)) {
        bool same = pf(a) == pf(b);
        return im_bool(op == IM_EQ ? same : !same);
    }
    if (!im_is_dict(b)) return IM_NOT_IMPLEMENTED;
    Value d = proxy_dict(t, a);
    if (im_no_value(d)) return d;
    Value r = im_compare(t, d, b, op);
    im_drop(t, d);
    return r;
}
static Value proxy_via_dict(Thread *t, Value self, Value name, const Value *args, size_t n)
{
    Value d = proxy_dict(t, self);
    if (im_no_value(d)) return d;
    Value r = im_call_method(t, d, name, args, n, IM_NO_VALUE);
    im_drop(t, d);
    return r;
}
#define VIA_DICT(fn, name) static Value fn(Thread *t, Value self, const Value *args, size_t n, Value kw) { (void)kw; return proxy_via_dict(t, self, IM_S(name), args, n); }
VIA_DICT(proxy_keys_list, keys)
VIA_DICT(proxy_values_list, values)
VIA_DICT(proxy_items_list, items)
VIA_DICT(proxy_copy, copy)
static Value proxy_reversed(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    Value keys = proxy_via_dict(t, self, IM_S(keys), args, n), l;
    (void)kw;
    if (im_no_value(keys)) return keys;
    l = im_to_list(t, keys);
    im_drop(t, keys);
    if (im_no_value(l)) return l;
    if (im_list_reverse(t, l) < 0) IM_CLEAR(t, l);
    return l;
}
static Value proxy_keys(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    Value v = proxy_keys_list(t, self, args, n, kw);
    if (im_no_value(v)) return v;
    Value l = im_to_list(t, v);
    im_drop(t, v);
    return l;
}
static Value proxy_values(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    Value v = proxy_values_list(t, self, args, n, kw);
    if (im_no_value(v)) return v;
    Value l = im_to_list(t, v);
    im_drop(t, v);
    return l;
}
static Value proxy_items(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    Value v = proxy_items_list(t, self, args, n, kw);
    if (im_no_value(v)) return v;
    Value l = im_to_list(t, v);
    im_drop(t, v);
    return l;
}
static Value proxy_get(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)kw;
    Value v;
    int r = proxy_find(t, self, args[0], &v);
    if (r) return r < 0 ? IM_NO_VALUE : v;
    return n > 1 ? im_new_ref(args[1]) : IM_NONE;
}
static Value proxy_setdefault(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)kw;
    Value v, dflt = n > 1 ? args[1] : IM_NONE;
    int r = proxy_find(t, self, args[0], &v);
    if (r) return r < 0 ? IM_NO_VALUE : v;
    return proxy_setitem(t, self, args[0], dflt) < 0 ? IM_NO_VALUE : im_new_ref(dflt);
}
static Value proxy_pop(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)kw;
    ImFrameObj *o = pf(self);
    if (im_is_str(args[0])) {
        Look k = look_begin(t, o);
        bool known = find_var(o, &k, args[0]) >= 0 || find_free(code_of(o), args[0]) >= 0;
        look_end(t, &k);
        if (known) return im_raise_valueerror(t, "cannot remove local variables from FrameLocalsProxy");
    }
    Value v = IM_NO_VALUE, extra = im_slot_get(t, &o->head, &o->extra);
    int r = im_no_value(extra) ? 0 : im_dict_pop(t, extra, args[0], &v);
    im_xdrop(t, extra);
    if (r) return r < 0 ? IM_NO_VALUE : v;
    return n > 1 ? im_new_ref(args[1]) : im_raise_key(t, args[0]);
}
static int proxy_merge(Thread *t, Value self, Value other)
{
    Value d = im_dict_new(t), key, v;
    size_t pos = 0;
    if (im_no_value(d)) return -1;
    if (im_dict_merge(t, d, other, 1) < 0) { im_drop(t, d); return -1; }
    int r = 0;
    while (r == 0 && im_dict_next(t, d, &pos, &key, &v)) {
        r = proxy_setitem(t, self, key, v);
        im_drop(t, key);
        im_drop(t, v);
    }
    im_drop(t, d);
    return r;
}
static Value proxy_update(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)kw; (void)n;
    if (!im_is_dict(args[0]) && !im_is_exact(args[0], &im_frame_locals_proxy_type)) return im_raise_type(t, "update() argument must be dict or another FrameLocalsProxy");
    return proxy_merge(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE;
}
static Value proxy_or(Thread *t, Value a, Value b)
{
    if (!(im_is_dict(a) || im_is_exact(a, &im_frame_locals_proxy_type)) || !(im_is_dict(b) || im_is_exact(b, &im_frame_locals_proxy_type))) return IM_NOT_IMPLEMENTED;
    Value d = im_dict_new(t);
    if (!im_no_value(d) && (im_dict_merge(t, d, a, 1) < 0 || im_dict_merge(t, d, b, 1) < 0)) { im_drop(t, d); return IM_NO_VALUE; }
    return d;
}
static Value proxy_ior(Thread *t, Value a, Value b)
{
    if (!im_is_dict(b) && !im_is_exact(b, &im_frame_locals_proxy_type)) return IM_NOT_IMPLEMENTED;
    return proxy_merge(t, a, b) < 0 ? IM_NO_VALUE : im_new_ref(a);
}
static int proxy_traverse(ImObject *o, ImVisit visit, void *arg) { Value v = ((ImLocalsProxy *)o)->frame; return im_is_object(v) ? visit(v, arg) : 0; }
static void proxy_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImLocalsProxy *)o)->frame); }
static const ImMethodDef proxy_methods[] = {
    IM_FIXED("keys", proxy_keys, 0, NULL, NULL), IM_FIXED("values", proxy_values, 0, NULL, NULL), IM_FIXED("items", proxy_items, 0, NULL, NULL),
    IM_FIXED("copy", proxy_copy, 0, NULL, NULL), IM_FIXED("__reversed__", proxy_reversed, 0, NULL, NULL),
    IM_RANGE("get", proxy_get, 1, 2, NULL, NULL), IM_RANGE("setdefault", proxy_setdefault, 1, 2, NULL, NULL), IM_RANGE("pop", proxy_pop, 1, 2, NULL, NULL),
    IM_FIXED("update", proxy_update, 1, NULL, NULL), IM_END};
static Value proxy_new(Thread *t, ImType *cls, const Value *args, size_t n, Value kw)
{
    (void)cls;
    if (!im_no_value(kw)) return im_raise_type(t, "FrameLocalsProxy takes no keyword arguments");
    if (n != 1) return im_raise_type(t, "FrameLocalsProxy expected 1 argument, got %zu", n);
    if (!im_is_exact(args[0], &im_frame_type)) return im_raise_type(t, "expect frame, not %T", args[0]);
    ImLocalsProxy *p = (ImLocalsProxy *)im_instance_alloc(t, &im_frame_locals_proxy_type, 0);
    if (!p) return IM_NO_VALUE;
    p->frame = im_new_ref(args[0]);
    return im_value(p);
}
static const ImSlots proxy_slots = {.as_dict = proxy_dict, .repr = proxy_repr, .new_ = proxy_new, .iter = proxy_iter, .length = proxy_len, .contains = proxy_contains, .subscript = proxy_getitem,
    .ass_subscript = proxy_setitem, .richcompare = proxy_compare, .or_ = proxy_or, .ior = proxy_ior};
static const ImTypeSpec frame_locals_proxy_spec = {.name = "FrameLocalsProxy", .size = sizeof(ImLocalsProxy), .flags = IM_TF_GC | IM_TF_MAPPING,
    .slots = &proxy_slots, .methods = proxy_methods, .traverse = proxy_traverse, .destroy = proxy_destroy};
IM_TYPE(frame_locals_proxy, &frame_locals_proxy_spec);

/* --- frame ------------------------------------------------------------------------------------------------------------------------------------ */
static Value frame_get_locals(Thread *t, Value self, void *c)
{
    (void)c;
    ImFrameObj *o = fo_of(self);
    if (!(code_of(o)->flags & IM_CO_OPTIMIZED) && !has_visible_hidden(t, o)) return im_no_value(o->locals) ? im_new_ref(func_of(o)->globals) : im_new_ref(o->locals);
    ImLocalsProxy *p = (ImLocalsProxy *)im_instance_alloc(t, &im_frame_locals_proxy_type, 0);
    if (!p) return IM_NO_VALUE;
    p->frame = im_new_ref(self);
    return im_value(p);
}
/* Line, and *unit: the instruction, -1 before the first. */
static int frame_at(Thread *t, ImFrameObj *o, int64_t *unit)
{
    Look k = look_begin(t, o);
    const ImFrame *f = k.f;
    bool fresh = f && f->x_pc == code_of(o)->x_units;
    *unit = !f ? o->unit : fresh ? -1 : (int64_t)im_frame_unit(f);
    int line = f && (fresh || f->kind & IM_FRAME_INCOMPLETE) ? -2 : f ? im_frame_line(f) : o->unit >= 0 ? im_code_line(code_of(o), (uint32_t)o->unit) : -2;
    look_end(t, &k);
    return line == -2 ? code_of(o)->firstlineno : line;
}
static int frame_line(Thread *t, ImFrameObj *o) { int64_t unit; return frame_at(t, o, &unit); }
static Value frame_get_lineno(Thread *t, Value self, void *c)
{
    (void)c;
    int line = frame_line(t, fo_of(self));
    return line >= 0 ? im_int(line) : IM_NONE;
}
static Value frame_get_lasti(Thread *t, Value self, void *c)
{
    (void)c;
    int64_t unit;
    (void)frame_at(t, fo_of(self), &unit);
    return im_int(unit < 0 ? -1 : unit * 2);
}
static Value frame_get_back(Thread *t, Value self, void *c)
{
    (void)c;
    ImFrameObj *o = fo_of(self);
    Look k = look_begin(t, o);
    Value b = !k.f ? im_slot_get(t, NULL, &o->x_back) : k.f->back ? frame_object(t, k.f->back, k.foreign) : IM_NONE;
    bool failed = k.f && im_no_value(b);
    look_end(t, &k);
    return failed ? b : im_no_value(b) ? IM_NONE : b;
}
static Value frame_get_code(Thread *t, Value self, void *c)
{
    (void)c;
    if (IM_AUDIT(t, "object.__getattr__", self, IM_S(f_code)) < 0) return IM_NO_VALUE;
    return im_new_ref(im_value(code_of(fo_of(self))));
}
static Value frame_get_globals(Thread *t, Value self, void *c) { (void)t; (void)c; return im_new_ref(func_of(fo_of(self))->globals); }
static Value frame_get_builtins(Thread *t, Value self, void *c) { (void)t; (void)c; return im_new_ref(func_of(fo_of(self))->builtins); }
static Value frame_get_trace(Thread *t, Value self, void *c)
{
    (void)c;
    Value v = im_slot_get(t, NULL, &fo_of(self)->trace);
    return im_no_value(v) ? IM_NONE : v;
}
static int frame_set_trace(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    im_slot_put(t, im_ptr(self), &fo_of(self)->trace, im_no_value(v) || im_is_none(v) ? IM_NO_VALUE : im_new_ref(v));
    return 0;
}
static Value frame_get_generator(Thread *t, Value self, void *c)
{
    (void)c;
    ImFrameObj *o = fo_of(self);
    Look k = look_begin(t, o);
    Value g = k.f ? o->gen : IM_NO_VALUE; /* alive: it has not detached the frame yet */
    bool has = !im_no_value(g) && (im_is_private_obj(im_ptr(g)) || im_try_take(im_ptr(g)));
    if (has && im_is_private_obj(im_ptr(g))) im_take(g);
    look_end(t, &k);
    return has ? g : IM_NONE;
}
static int frame_set_lineno(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    int line;
    ImFrame *f = im_load_acquire(&fo_of(self)->x_frame); /* compared only, before it is known to be this thread's */
    if (im_no_value(v)) return im_raise(t, &im_AttributeError_type, "cannot delete attribute"), -1;
    if (!im_is_int_exact(v)) return im_raise_valueerror(t, "lineno must be an integer"), -1;
    if (!t->trace_event || !f || f != t->trace_frame) return im_raise_valueerror(t, "f_lineno can only be set in a trace function"), -1;
    switch (t->trace_event - 1) {
    case IM_EV_LINE: case IM_EV_JUMP: case IM_EV_BRANCH: case IM_EV_PY_YIELD: break;
    case IM_EV_PY_START: case IM_EV_PY_RESUME: return im_raise_valueerror(t, "can't jump from the 'call' trace event of a new frame"), -1;
    case IM_EV_CALL: case IM_EV_C_RETURN: return im_raise_valueerror(t, "can't jump during a call"), -1;
    default: return im_raise_valueerror(t, "can only jump from a 'line' trace event"), -1;
    }
    if (im_as_int(t, v, &line) < 0) return -1;
    return im_trace_jump(t, f, line);
}

static void clear_regs(Thread *t, ImFrameObj *o)
{
    for (uint32_t i = 0; i < o->nregs; i++) {
        Value v = im_slot_exchange(t, &o->head, &o->regs[i], IM_UNSET);
        im_xdrop(t, v);
    }
}

static Value frame_clear(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)args; (void)n; (void)kw;
    ImFrameObj *o = fo_of(self);
    Look k = look_begin(t, o);
    ImGen *g = NULL;
    const char *why = NULL;
    if (k.f) {
        uint32_t state = k.f->kind & IM_FRAME_GEN ? im_load_acquire(&im_frame_gen(k.f)->x_state) : IM_GEN_RUNNING;
        if (state == IM_GEN_RUNNING) why = "cannot clear an executing frame";
        else if (state == IM_GEN_SUSPENDED) why = "cannot clear a suspended frame";
        else if (im_is_private_obj(&im_frame_gen(k.f)->head) || im_try_take(&im_frame_gen(k.f)->head)) {
            g = im_frame_gen(k.f);
            if (im_is_private_obj(&g->head)) im_take_obj(&g->head);
        }
    }
    look_end(t, &k);
    if (why) return im_raise_runtime(t, "%s", why);
    im_store_relaxed(&o->cleared, true);
    if (g) {
        im_gen_finalize(t, &g->head);
        im_drop_obj(t, &g->head);
        return IM_NONE;
    }
    clear_regs(t, o);
    return IM_NONE;
}
static Value frame_repr(Thread *t, Value self)
{
    ImCode *co = code_of(fo_of(self));
    return im_str_format(t, "<frame at %p, file %R, line %d, code %U>", (void *)im_ptr(self), co->filename, frame_line(t, fo_of(self)), co->name);
}
static int frame_traverse(ImObject *ob, ImVisit visit, void *arg)
{
    ImFrameObj *o = (ImFrameObj *)ob;
    const Value own[] = {o->func, o->code, o->locals, o->x_back, o->trace, o->extra, o->graveyard};
    int r;
    for (size_t i = 0; i < IM_COUNTOF(own); i++)
        if (im_is_object(own[i]) && (r = visit(own[i], arg))) return r;
    for (uint32_t i = 0; i < o->nregs; i++)
        if (im_is_object(o->regs[i]) && (r = visit(o->regs[i], arg))) return r;
    return 0;
}
static void frame_destroy(Thread *t, ImObject *ob)
{
    ImFrameObj *o = (ImFrameObj *)ob;
    for (uint32_t i = 0; i < o->nregs; i++) im_destroy_child(t, o->regs[i]);
    if (o->regs != o->own) im_raw_free(o->regs);
    im_destroy_child(t, o->locals);
    im_destroy_child(t, o->x_back);
    im_destroy_child(t, o->trace);
    im_destroy_child(t, o->extra);
    im_destroy_child(t, o->graveyard);
    im_destroy_child(t, o->code);
    im_destroy_child(t, o->func);
}
static void frame_clear_refs(Thread *t, ImObject *ob)
{
    ImFrameObj *o = (ImFrameObj *)ob;
    clear_regs(t, o);
    IM_CLEAR(t, o->trace);
    IM_CLEAR(t, o->x_back);
    IM_CLEAR(t, o->extra);
}
static const ImMethodDef frame_methods[] = {
    IM_FIXED("clear", frame_clear, 0, "($self, /)", "F.clear(): clear all references held by the frame"), IM_END};
static const ImGetSetDef frame_getset[] = {
    {"f_back", frame_get_back, NULL, NULL, NULL}, {"f_code", frame_get_code, NULL, NULL, NULL}, {"f_globals", frame_get_globals, NULL, NULL, NULL},
    {"f_builtins", frame_get_builtins, NULL, NULL, NULL}, {"f_locals", frame_get_locals, NULL, NULL, NULL}, {"f_lasti", frame_get_lasti, NULL, NULL, NULL},
    {"f_lineno", frame_get_lineno, frame_set_lineno, NULL, NULL}, {"f_trace", frame_get_trace, frame_set_trace, NULL, NULL},
    {"f_generator", frame_get_generator, NULL, NULL, NULL}, {0}};
static const ImMemberDef frame_members[] = {{"f_trace_lines", IM_T_BOOL, offsetof(ImFrameObj, trace_lines), false, NULL},
    {"f_trace_opcodes", IM_T_BOOL, offsetof(ImFrameObj, trace_opcodes), false, NULL}, {0}};
static const ImSlots frame_slots = {.repr = frame_repr};
static const ImTypeSpec frame_spec = {.name = "frame", .size = sizeof(ImFrameObj), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &frame_slots, .methods = frame_methods,
    .getset = frame_getset, .members = frame_members, .traverse = frame_traverse, .clear = frame_clear_refs, .destroy = frame_destroy};
IM_TYPE(frame, &frame_spec);
