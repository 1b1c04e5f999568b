/* Generators and coroutines: creation, resumption, throw, close, finalisation.
 *
 * x_state: CREATED -> RUNNING -> SUSPENDED -> RUNNING -> … -> DONE. Whoever moves it to RUNNING (CAS when the object is shared) owns frame and registers until it
 * suspends or finishes, so two threads that resume one generator get "generator already executing", never a torn frame. A shared generator
 * publishes what its registers hold each time it suspends.
 * SPDX-License-Identifier: MIT */
#include "mem/fast.h"
#include "types/dict.h"
#include "types/exception.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"

static ImGen *gen_of(Value v) { return (ImGen *)im_ptr(v); }
static uint32_t state_of(const ImGen *g) { return im_load_acquire(&g->x_state); }
static const char *kind_name(const ImGen *g)
{
    uint32_t fl = g->frame.code ? g->frame.code->flags : 0;
    return fl & IM_CO_COROUTINE ? "coroutine" : fl & IM_CO_ASYNC_GENERATOR ? "async generator" : "generator";
}

Value im_gen_new(Thread *t, ImFrame *f)
{
    ImCode *co = f->code;
    ImType *ty = co->flags & IM_CO_COROUTINE ? &im_coroutine_type : co->flags & IM_CO_ASYNC_GENERATOR ? &im_async_generator_type : &im_generator_type;
    size_t n = (size_t)co->nregs + co->nfar;
    ImGen *g = (ImGen *)im_tracked_alloc(t, &ty->root, sizeof(ImGen) + n * sizeof(Value));
    if (!g) { im_frame_pop(t, f); return IM_NO_VALUE; }
    Value *from = f->regs - co->nfar;
    for (size_t i = 0; i < n; i++) {
        g->regs[i] = from[i];
        from[i] = IM_UNSET;
    }
    g->x_state = IM_GEN_CREATED;
    g->yield_reg = g->yield_kind = 0;
    g->x_hooks_inited = g->x_ag_running = g->x_ag_closed = false;
    g->nregs = (uint32_t)n;
    g->name = im_slot_get(t, NULL, &f->func->x_name);
    g->qualname = im_slot_get(t, NULL, &f->func->x_qualname);
    g->origin = g->finalizer = IM_NO_VALUE;
    g->exc_info = (ImExcInfo){.handled = IM_NONE};
    g->frame = *f; /* the reference to the function moves */
    g->frame.regs = g->regs + co->nfar;
    g->frame.back = NULL;
    g->frame.top = NULL;
    g->frame.kind = IM_FRAME_GEN;
    g->frame.x_frame_obj = IM_NO_VALUE;
    g->frame.aux = IM_NO_VALUE;
    g->frame.locals = IM_NO_VALUE;
    im_track_new(t, &g->head);
    if (IM_LIKELY(im_no_value(f->x_frame_obj) && im_no_value(f->locals) && im_no_value(f->aux))) {
        t->frame = f->back;
        t->upper[1] = f;
        t->depth--;
    } else {
        im_take_obj(&f->func->head);
        im_frame_pop(t, f);
    }
    Value v = im_value(g);
    if ((co->flags & IM_CO_COROUTINE) && t->coroutine_origin_depth > 0) {
        Value list = im_tuple_empty();
        int depth = t->coroutine_origin_depth, k = 0;
        for (ImFrame *p = t->frame; p && k < depth; p = p->back) k++;
        Value items[k ? k : 1];
        int i = 0;
        for (ImFrame *p = t->frame; p && i < k; p = p->back, i++) {
            Value line = im_int(im_frame_line(p));
            items[i] = im_tuple_pack(t, 3, p->code->filename, line, p->code->name);
            if (im_no_value(items[i])) { im_exc_clear(t); break; }
        }
        list = im_tuple_steal_array(t, items, (size_t)i);
        if (im_no_value(list)) im_exc_clear(t);
        else g->origin = list;
    }
    return v;
}

/* Takes the right to run; what the state was. */
int im_gen_begin_slow(Thread *t, ImGen *g, ImFrame *back)
{
    uint32_t s = state_of(g);
    if (s == IM_GEN_RUNNING || s == IM_GEN_DONE || !im_cas_acq_rel(&g->x_state, &s, IM_GEN_RUNNING))
        return im_raise_valueerror(t, "%s already executing", kind_name(g)), -1;
    if (IM_UNLIKELY(t->depth >= t->depth_limit)) {
        im_store_release(&g->x_state, s);
        return im_raise(t, &im_RecursionError_type, "maximum recursion depth exceeded"), -1;
    }
    im_gen_link(t, g, back);
    return (int)s;
}

/* I1: what the registers of a shared generator hold while it is suspended belongs to everybody. */
void im_gen_publish(Thread *t, ImGen *g)
{
    for (uint32_t i = 0; i < g->nregs; i++) im_publish(t, g->regs[i]);
    im_publish(t, g->exc_info.handled);
    im_publish(t, g->frame.x_frame_obj);
}

static void clear_frame(Thread *t, ImGen *g)
{
    if (!im_no_value(g->frame.x_frame_obj)) im_frame_obj_finish(t, &g->frame);
    for (uint32_t i = 0; i < g->nregs; i++) {
        Value v = g->regs[i];
        if (im_is_ptr(v)) { g->regs[i] = IM_UNSET; im_xdrop(t, v); }
    }
}

void im_gen_finish(Thread *t, ImGen *g)
{
    im_gen_unlink(t, g);
    clear_frame(t, g);
    Value h = g->exc_info.handled;
    g->exc_info.handled = IM_NONE;
    im_xdrop(t, h);
    im_store_release(&g->x_state, IM_GEN_DONE);
    im_drop_obj(t, &g->head);
}

/* Runs until the next yield, return or exception. v no value: the pending exception is thrown in. */
int im_gen_send(Thread *t, Value gen, Value v, Value *out)
{
    ImGen *g = gen_of(gen);
    uint32_t s = state_of(g);
    bool throwing = im_no_value(v);
    if (s == IM_GEN_DONE) {
        if (im_is_coroutine(gen)) {
            if (throwing) im_exc_clear(t);
            return im_raise_runtime(t, "cannot reuse already awaited coroutine"), -1;
        }
        if (throwing) return -1;
        *out = IM_NONE;
        return 0;
    }
    if (s == IM_GEN_CREATED && !throwing && !im_is_none(v))
        return im_raise_type(t, "can't send non-None value to a just-started %s", kind_name(g)), -1;
    Value saved = throwing ? im_exc_fetch(t) : IM_NO_VALUE;
    int was = im_gen_begin(t, g, t->frame);
    if (was < 0) {
        im_xdrop(t, saved);
        return -1;
    }
    if (throwing) {
        /* What the generator was handling when it yielded becomes the context. */
        if (im_is_object(g->exc_info.handled)) (void)im_raise_instance(t, saved);
        else im_exc_restore(t, saved);
        if (was == IM_GEN_CREATED) { /* never started: the exception comes from the def line */
            im_slow_traceback_here(t, &g->frame);
            im_gen_finish(t, g);
            return -1;
        }
    } else if (was == IM_GEN_SUSPENDED) {
        Value old = g->frame.regs[g->yield_reg];
        g->frame.regs[g->yield_reg] = im_new_ref(v);
        im_drop(t, old);
    }
    g->frame.kind = IM_FRAME_GEN | IM_FRAME_ENTRY;
    Value r = im_eval(t, &g->frame);
    if (im_no_value(r)) return -1;
    *out = r;
    return t->gen_yielded;
}

/* Object that a generator waits for that nobody else runs: the operand of the SEND that its YIELD belongs to. */
static Value awaited(ImGen *g)
{
    if (g->yield_kind != 2) return IM_NO_VALUE;
    /* The compiler emits SEND a b c; YIELD; jump back: the receiver is b of the SEND before the YIELD. */
    const uint32_t *pc = g->frame.x_pc - 1;
    const uint32_t *units = g->frame.code->x_units;
    while (pc > units && (im_load_relaxed(pc) & 0xFF) != OP_YIELD) pc--;
    if (pc - 2 < units || (im_load_relaxed(pc - 2) & 0xFF) != OP_SEND) return IM_NO_VALUE;
    Value v = g->frame.regs[(pc[-2] >> 16) & 0xFF];
    return im_is_unset(v) ? IM_NO_VALUE : im_new_ref(v);
}

Value im_gen_yield_from(Thread *t, ImGen *g)
{
    if (state_of(g) != IM_GEN_SUSPENDED) return IM_NO_VALUE;
    if (im_is_private_obj(&g->head) || im_rt.gil || t->solo) return awaited(g);
    im_world_stop(t); /* not by taking the right to run: others would be told that it runs */
    Value v = state_of(g) == IM_GEN_SUSPENDED ? awaited(g) : IM_NO_VALUE;
    im_world_start(t);
    return v;
}

/* --- throw and close ------------------------------------------------------------------------------------------------------------------ */
static int gen_close(Thread *t, Value gen);

static int close_iter(Thread *t, Value it)
{
    if (im_is_gen(it) || im_is_coroutine(it)) return gen_close(t, it);
    Value m;
    int r = im_lookup_attr(t, it, IM_S(close), &m);
    if (r < 0) { im_write_unraisable(t, NULL, it); return 0; }
    if (!r) return 0;
    Value v = im_call0(t, m);
    im_drop(t, m);
    if (im_no_value(v)) return -1;
    im_drop(t, v);
    return 0;
}

/* Throws the exception instance e (borrowed) in: 1 yielded, 0 returned, -1 raised. */
static int throw_in(Thread *t, Value gen, Value e, bool close_on_exit, Value *out)
{
    ImGen *g = gen_of(gen);
    uint32_t s = state_of(g);
    Value yf = IM_NO_VALUE;
    /* The way down a long chain of delegates ends early: on the way back each of them runs again, with what that needs. */
    if ((char *)__builtin_frame_address(0) - 12288 < t->c_stack_limit) return im_raise_stack_low(t), -1;
    if (s == IM_GEN_SUSPENDED && im_cas_acq_rel(&g->x_state, &s, IM_GEN_RUNNING)) { /* otherwise im_gen_send says what is wrong */
        yf = awaited(g);
        if (im_no_value(yf)) im_store_release(&g->x_state, IM_GEN_SUSPENDED);
    }
    if (!im_no_value(yf)) {
        int r = -2;
        if (close_on_exit && im_is_instance_of(e, &im_GeneratorExit_type)) {
            /* The delegate is closed, not thrown into. */
            int c = close_iter(t, yf);
            im_store_release(&g->x_state, IM_GEN_SUSPENDED);
            im_drop(t, yf);
            if (c < 0) return im_gen_send(t, gen, IM_NO_VALUE, out);
        } else {
            Value ret = IM_NO_VALUE;
            /* While the delegate runs, this generator's frame stands between it and the caller (tracebacks, f_back). */
            ImFrame *prev = t->frame;
            g->frame.back = prev;
            g->frame.top = prev ? prev->top : t->stack;
            t->frame = &g->frame;
            if (im_is_gen(yf) || im_is_coroutine(yf)) {
                r = throw_in(t, yf, e, close_on_exit, &ret);
            } else {
                Value m;
                int has = im_lookup_attr(t, yf, IM_S(throw), &m);
                if (has > 0) {
                    ret = im_call1(t, m, e);
                    im_drop(t, m);
                    r = im_no_value(ret) ? -1 : 1;
                } else {
                    r = has < 0 ? -1 : -2;
                }
            }
            t->frame = prev;
            g->frame.back = NULL;
            im_store_release(&g->x_state, IM_GEN_SUSPENDED);
            im_drop(t, yf);
            if (r == 1) { *out = ret; return 1; }
            if (r == 0) { (void)im_raise_stop(t, ret); im_drop(t, ret); r = -1; }
            if (r == -1) return im_gen_send(t, gen, IM_NO_VALUE, out); /* CLEANUPTHROW sorts it out */
        }
    }
    im_exc_restore(t, im_new_ref(e)); /* what the caller handles is no context */
    return im_gen_send(t, gen, IM_NO_VALUE, out);
}

static Value finish_send(Thread *t, int r, Value out)
{
    if (r == 1) return out;
    if (r == 0) {
        (void)im_raise_stop(t, out);
        im_drop(t, out);
    }
    return IM_NO_VALUE;
}

static Value gen_send(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    (void)nargs; (void)kw;
    Value out = IM_NO_VALUE;
    int r = im_gen_send(t, self, args[0], &out);
    return finish_send(t, r, out);
}

/* throw(type[, value[, tb]]) as `raise` would build it; owned instance or no value. */
Value im_gen_throw_value(Thread *t, const Value *args, size_t nargs, const char *warned)
{
    Value type = args[0], value = nargs > 1 ? args[1] : IM_NONE, tb = nargs > 2 ? args[2] : IM_NONE, e;
    if (warned && nargs > 1 && im_warn(t, &im_DeprecationWarning_type, 1,
                             "the (type, exc, tb) signature of %s() is deprecated, use the single-arg signature instead.", warned) < 0) return IM_NO_VALUE;
    if (!im_is_none(tb) && !im_is_instance_of(tb, &im_traceback_type)) return im_raise_type(t, "throw() third argument must be a traceback object");
    if (im_is_type(type) && im_type_is_subtype(im_as_type(type), &im_BaseException_type)) {
        if (im_is_instance_of(value, im_as_type(type))) e = im_new_ref(value);
        else if (im_is_none(value)) e = im_call0(t, type);
        else if (im_is_tuple(value)) e = im_call_ex(t, type, value, IM_NO_VALUE);
        else e = im_call1(t, type, value);
        if (!im_no_value(e) && !im_is_instance_of(e, &im_BaseException_type)) {
            (void)im_raise_type(t, "calling %R should have returned an instance of BaseException, not %T", type, e);
            IM_CLEAR(t, e);
        }
        /* What goes wrong in making the exception is thrown in instead. */
        if (im_no_value(e)) e = im_exc_fetch(t);
    } else if (im_is_instance_of(type, &im_BaseException_type)) {
        if (!im_is_none(value)) return im_raise_type(t, "instance exception may not have a separate value");
        e = im_new_ref(type);
    } else {
        return im_raise_type(t, "exceptions must be classes or instances deriving from BaseException, not %T", type);
    }
    if (!im_no_value(e) && !im_is_none(tb)) im_exc_set_traceback(t, e, tb);
    return e;
}

static Value gen_throw(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    (void)kw;
    Value e = im_gen_throw_value(t, args, nargs, "throw"), out = IM_NO_VALUE;
    if (im_no_value(e)) return e;
    int r = throw_in(t, self, e, true, &out);
    im_drop(t, e);
    return finish_send(t, r, out);
}

int im_gen_throw(Thread *t, Value gen, Value e, Value *out) { return throw_in(t, gen, e, true, out); }

/* Suspended where no try or with of its own would see an exception: nothing but what makes StopIteration a RuntimeError. */
static bool unprotected(const ImGen *g)
{
    const ImCode *co = g->frame.code;
    uint32_t unit = im_frame_unit(&g->frame);
    if (g->yield_kind == 2) return false;
    for (uint32_t i = 0; i < co->nhandlers; i++) {
        const ImHandler *h = &co->handlers[i];
        if (unit < h->start || unit >= h->end) continue;
        uint32_t next = h->handler + 1 < co->nunits ? im_load_relaxed(&co->x_units[h->handler + 1]) : 0;
        return (next & 0xFF) == OP_INTRINSIC && next >> 24 == IM_INTR_STOPITERATION_ERROR;
    }
    return true;
}

/* 0 closed; -1 with an exception. *value gets what the generator returned, if not null. */
static int gen_close_value(Thread *t, Value gen, Value *value)
{
    ImGen *g = gen_of(gen);
    uint32_t s = state_of(g);
    if (value) *value = IM_NONE;
    if (s == IM_GEN_DONE) return 0;
    if (s == IM_GEN_CREATED || (s == IM_GEN_SUSPENDED && unprotected(g))) {
        if (!im_cas_acq_rel(&g->x_state, &s, IM_GEN_RUNNING)) return im_raise_valueerror(t, "%s already executing", kind_name(g)), -1;
        clear_frame(t, g);
        im_store_release(&g->x_state, IM_GEN_DONE);
        return 0;
    }
    Value e = im_call0(t, im_type_value(&im_GeneratorExit_type)), out = IM_NO_VALUE;
    if (im_no_value(e)) return -1;
    int r = throw_in(t, gen, e, true, &out);
    im_drop(t, e);
    if (r == 1) {
        im_drop(t, out);
        return im_raise_runtime(t, "%s ignored GeneratorExit", kind_name(g)), -1;
    }
    if (r == 0) {
        if (value) *value = out;
        else im_drop(t, out);
        return 0;
    }
    if (im_pending_is(t, &im_GeneratorExit_type) || im_pending_is(t, &im_StopIteration_type)) { im_exc_clear(t); return 0; }
    return -1;
}

static int gen_close(Thread *t, Value gen) { return gen_close_value(t, gen, NULL); }

static Value gen_close_method(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    (void)args; (void)nargs; (void)kw;
    Value v;
    return gen_close_value(t, self, &v) < 0 ? IM_NO_VALUE : v;
}

static Value gen_next(Thread *t, Value self)
{
    Value out = IM_NO_VALUE;
    int r = im_gen_send(t, self, IM_NONE, &out);
    if (r == 1) return out;
    if (r < 0) return IM_NO_VALUE;
    if (im_is_none(out)) return IM_STOP;
    (void)im_raise_stop(t, out);
    im_drop(t, out);
    return IM_NO_VALUE;
}

static Value gen_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }

/* warnings._warn_unawaited_coroutine knows where the coroutine came from; the plain warning stands in when it fails. */
static void warn_unawaited(Thread *t, Value self)
{
    bool warned = false;
    Value fn = im_import_from(t, "warnings", "_warn_unawaited_coroutine");
    if (im_no_value(fn)) {
        im_exc_clear(t);
    } else {
        Value r = im_call1(t, fn, self);
        im_drop(t, fn);
        warned = !im_no_value(r) || im_pending_is(t, &im_RuntimeWarning_type);
        if (im_no_value(r)) im_write_unraisable(t, NULL, self);
        else im_drop(t, r);
    }
    if (!warned && im_warn(t, &im_RuntimeWarning_type, 1, "coroutine '%U' was never awaited", gen_of(self)->qualname) < 0) im_write_unraisable(t, NULL, self);
}

/* A generator that was suspended inside try or with is closed when nobody refers to it any more. */
void im_gen_finalize(Thread *t, ImObject *o)
{
    ImGen *g = (ImGen *)o;
    Value self = im_value(g);
    uint32_t s = state_of(g);
    if (s == IM_GEN_DONE || s == IM_GEN_RUNNING) return;
    Value saved = im_exc_fetch(t);
    if (im_is_async_gen(self)) {
        Value fin = g->finalizer;
        if (!im_no_value(fin) && !im_load_relaxed(&g->x_ag_closed)) {
            Value r = im_call1(t, fin, self);
            if (im_no_value(r)) im_write_unraisable(t, NULL, self);
            else im_drop(t, r);
            im_exc_restore(t, saved);
            return;
        }
    }
    if (s == IM_GEN_CREATED && im_is_coroutine(self)) {
        warn_unawaited(t, self);
    }
    const bool plain = s == IM_GEN_CREATED || unprotected(g); /* what dies now is the registers: generators that hold generators nest like any other objects */
    t->destroy_depth += plain;
    if (gen_close(t, self) < 0) im_write_unraisable(t, NULL, self);
    t->destroy_depth -= plain;
    if (IM_UNLIKELY(t->has_trash) && !t->destroy_depth) im_trash_run(t);
    im_exc_restore(t, saved);
}

static int gen_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImGen *g = (ImGen *)o;
    int r = 0;
    const Value own[] = {g->name, g->qualname, g->origin, g->finalizer, g->exc_info.handled, g->frame.locals, g->frame.x_frame_obj, g->frame.aux};
    if (g->frame.func && (r = visit(im_value(g->frame.func), arg))) return r;
    for (size_t i = 0; i < IM_COUNTOF(own); i++)
        if (im_is_object(own[i]) && (r = visit(own[i], arg))) return r;
    for (uint32_t i = 0; i < g->nregs; i++)
        if (im_is_object(g->regs[i]) && (r = visit(g->regs[i], arg))) return r;
    return 0;
}

static void gen_destroy(Thread *t, ImObject *o)
{
    ImGen *g = (ImGen *)o;
    if (g->x_state != IM_GEN_DONE) clear_frame(t, g); /* else its end did so */
    im_destroy_child(t, g->frame.locals);
    im_destroy_child(t, g->frame.aux);
    im_destroy_child(t, g->frame.x_frame_obj);
    if (g->frame.func) im_drop_obj(t, &g->frame.func->head);
    im_destroy_child(t, g->name);
    im_destroy_child(t, g->qualname);
    im_destroy_child(t, g->origin);
    im_destroy_child(t, g->finalizer);
    im_destroy_child(t, g->exc_info.handled);
}

static Value gen_repr(Thread *t, Value self)
{
    ImGen *g = gen_of(self);
    Value q = im_slot_get(t, NULL, &g->qualname);
    Value r = im_str_format(t, "<%s object %U at %p>", im_is_coroutine(self) ? "coroutine" : im_is_async_gen(self) ? "async_generator" : "generator", q, (void *)g);
    im_drop(t, q);
    return r;
}

static Value get_name(Thread *t, Value self, void *c) { return im_slot_get(t, NULL, c ? &gen_of(self)->qualname : &gen_of(self)->name); }
static int set_name(Thread *t, Value self, Value v, void *c)
{
    if (im_no_value(v) || !im_is_str(v)) return im_raise_type(t, "%s must be set to a string object", c ? "__qualname__" : "__name__"), -1;
    im_slot_put_name(t, im_ptr(self), c ? &gen_of(self)->qualname : &gen_of(self)->name, im_new_ref(v));
    return 0;
}
static Value get_running(Thread *t, Value self, void *c) { (void)t; (void)c; return im_bool(state_of(gen_of(self)) == IM_GEN_RUNNING); }
static Value get_suspended(Thread *t, Value self, void *c) { (void)t; (void)c; return im_bool(state_of(gen_of(self)) == IM_GEN_SUSPENDED); }
static Value get_frame(Thread *t, Value self, void *c)
{
    (void)c;
    ImGen *g = gen_of(self);
    return im_gen_frame_object(t, g);
}
static Value get_code(Thread *t, Value self, void *c)
{
    if (im_load_acquire(&im_audit_hook)) {
        Value name = im_str_from_cstr(t, c);
        int r = im_no_value(name) ? -1 : IM_AUDIT(t, "object.__getattr__", self, name);
        im_xdrop(t, name);
        if (r < 0) return IM_NO_VALUE;
    }
    return im_new_ref(im_value(gen_of(self)->frame.code));
}
static Value get_yield_from(Thread *t, Value self, void *c)
{
    (void)t; (void)c;
    Value v = im_gen_yield_from(t, gen_of(self));
    return im_no_value(v) ? IM_NONE : v;
}
static Value get_origin(Thread *t, Value self, void *c)
{
    (void)t; (void)c;
    Value v = gen_of(self)->origin;
    return im_no_value(v) ? IM_NONE : im_new_ref(v);
}
static Value gen_sizeof(Thread *t, Value self, const Value *args, size_t nargs, Value kw)
{
    (void)t; (void)args; (void)nargs; (void)kw;
    return im_int((int64_t)(sizeof(ImGen) + gen_of(self)->nregs * sizeof(Value)));
}

#define COMMON_METHODS(what) \
    IM_FIXED("send", gen_send, 1, "($self, object, /)", "send(arg) -> send 'arg' into " what ",\nreturn next yielded value or raise StopIteration."), \
    IM_RANGE("throw", gen_throw, 1, 3, NULL, "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in " what ", return next yielded value or raise\nStopIteration."), \
    IM_FIXED("close", gen_close_method, 0, "($self, /)", "close() -> raise GeneratorExit inside " what "."), \
    IM_FIXED("__sizeof__", gen_sizeof, 0, NULL, "size of the object in memory, in bytes")

static const ImMethodDef gen_methods[] = {COMMON_METHODS("generator"), IM_CLASS_GETITEM, IM_END};
static const ImMethodDef coro_methods[] = {COMMON_METHODS("coroutine"), IM_CLASS_GETITEM, IM_END};
static const ImGetSetDef gen_getset[] = {
    {"__name__", get_name, set_name, "name of the generator", NULL},
    {"__qualname__", get_name, set_name, "qualified name of the generator", (void *)1},
    {"gi_yieldfrom", get_yield_from, NULL, "object being iterated by yield from, or None", NULL},
    {"gi_running", get_running, NULL, NULL, NULL},
    {"gi_frame", get_frame, NULL, NULL, NULL},
    {"gi_suspended", get_suspended, NULL, NULL, NULL},
    {"gi_code", get_code, NULL, NULL, (void *)"gi_code"},
    {0},
};
static const ImGetSetDef coro_getset[] = {
    {"__name__", get_name, set_name, "name of the coroutine", NULL},
    {"__qualname__", get_name, set_name, "qualified name of the coroutine", (void *)1},
    {"cr_await", get_yield_from, NULL, "object being awaited on, or None", NULL},
    {"cr_running", get_running, NULL, NULL, NULL},
    {"cr_frame", get_frame, NULL, NULL, NULL},
    {"cr_code", get_code, NULL, NULL, (void *)"cr_code"},
    {"cr_suspended", get_suspended, NULL, NULL, NULL},
    {"cr_origin", get_origin, NULL, NULL, NULL},
    {0},
};
static const ImSlots gen_slots = {.repr = gen_repr, .iter = gen_self, .next = gen_next, .send = im_gen_send};
static const ImTypeSpec generator_spec = {.name = "generator", .size = sizeof(ImGen), .item_size = sizeof(Value), .flags = IM_TF_GC | IM_TF_WEAKREF | IM_TF_NO_NEW,
    .slots = &gen_slots, .methods = gen_methods, .getset = gen_getset, .traverse = gen_traverse, .destroy = gen_destroy, .finalize = im_gen_finalize};
IM_TYPE(generator, &generator_spec);

/* --- coroutines ------------------------------------------------------------------------------------------------------------------------- */
typedef struct ImCoroWrapper { ImObject head; Value coro; } ImCoroWrapper;
extern ImType im_coroutine_wrapper_type;

static Value coro_await(Thread *t, Value self)
{
    ImCoroWrapper *w = (ImCoroWrapper *)im_instance_alloc(t, &im_coroutine_wrapper_type, 0);
    if (!w) return IM_NO_VALUE;
    w->coro = im_new_ref(self);
    return im_value(w);
}
static const ImSlots coro_slots = {.repr = gen_repr, .await_ = coro_await, .send = im_gen_send};
static const ImTypeSpec coroutine_spec = {.name = "coroutine", .size = sizeof(ImGen), .item_size = sizeof(Value), .flags = IM_TF_GC | IM_TF_WEAKREF | IM_TF_NO_NEW,
    .slots = &coro_slots, .methods = coro_methods, .getset = coro_getset, .traverse = gen_traverse, .destroy = gen_destroy, .finalize = im_gen_finalize};
IM_TYPE(coroutine, &coroutine_spec);

static Value wrapped(Value self) { return ((ImCoroWrapper *)im_ptr(self))->coro; }
static Value wrapper_next(Thread *t, Value self)
{
    Value out = IM_NO_VALUE;
    return finish_send(t, im_gen_send(t, wrapped(self), IM_NONE, &out), out);
}
static Value wrapper_send(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return gen_send(t, wrapped(self), args, nargs, kw); }
static Value wrapper_throw(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return gen_throw(t, wrapped(self), args, nargs, kw); }
static Value wrapper_close(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return gen_close_method(t, wrapped(self), args, nargs, kw); }
static int wrapper_traverse(ImObject *o, ImVisit visit, void *arg) { return visit(((ImCoroWrapper *)o)->coro, arg); }
static void wrapper_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImCoroWrapper *)o)->coro); }
static const ImMethodDef wrapper_methods[] = {
    IM_FIXED("send", wrapper_send, 1, "($self, object, /)", "send(arg) -> send 'arg' into coroutine,\nreturn next yielded value or raise StopIteration."),
    IM_RANGE("throw", wrapper_throw, 1, 3, NULL, "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next yielded value or raise\nStopIteration."),
    IM_FIXED("close", wrapper_close, 0, "($self, /)", "close() -> raise GeneratorExit inside coroutine."), IM_END};
static const ImSlots wrapper_slots = {.iter = gen_self, .next = wrapper_next};
static const ImTypeSpec coroutine_wrapper_spec = {.name = "coroutine_wrapper", .size = sizeof(ImCoroWrapper), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &wrapper_slots,
    .methods = wrapper_methods, .traverse = wrapper_traverse, .destroy = wrapper_destroy, .doc = "A wrapper object implementing __await__ for coroutines."};
IM_TYPE(coroutine_wrapper, &coroutine_wrapper_spec);

/* how: 0 await · 1 `async with` __aenter__ · 2 __aexit__ · 3 __anext__ (caller words the error) */
Value im_coro_get_awaitable(Thread *t, Value v, int how)
{
    if (im_is_coroutine(v)) {
        Value yf = im_gen_yield_from(t, gen_of(v));
        if (!im_no_value(yf)) {
            im_drop(t, yf);
            return im_raise_runtime(t, "coroutine is being awaited already");
        }
        return im_new_ref(v);
    }
    if (im_is_gen(v) && (gen_of(v)->frame.code->flags & IM_CO_ITERABLE_COROUTINE)) return im_new_ref(v);
    ImType *ty = im_type_of(v);
    ImUnary await = IM_SLOT(ty, await_);
    if (!await) {
        if (how == 1) return im_raise_type(t, "'async with' received an object from __aenter__ that does not implement __await__: %T", v);
        if (how == 2) return im_raise_type(t, "'async with' received an object from __aexit__ that does not implement __await__: %T", v);
        return im_raise_type(t, "object %T can't be used in 'await' expression", v);
    }
    Value it = await(t, v);
    if (im_no_value(it)) return it;
    if (im_is_coroutine(it) || (im_is_gen(it) && (gen_of(it)->frame.code->flags & IM_CO_ITERABLE_COROUTINE))) {
        im_drop(t, it);
        return im_raise_type(t, "__await__() returned a coroutine");
    }
    if (!im_is_iterator(it)) {
        (void)im_raise_type(t, "__await__() returned non-iterator of type '%T'", it);
        im_drop(t, it);
        return IM_NO_VALUE;
    }
    return it;
}

/* --- async generators: the object; its awaitables are in asyncgen.c ---------------------------------------------------------------------------- */
extern const ImMethodDef im_async_gen_methods[];
extern const ImSlots im_async_gen_slots;
Value im_async_gen_repr(Thread *t, Value self);
Value im_async_gen_repr(Thread *t, Value self) { return gen_repr(t, self); }
static Value get_ag_running(Thread *t, Value self, void *c) { (void)t; (void)c; return im_bool(im_load_relaxed(&gen_of(self)->x_ag_running)); }
static const ImGetSetDef async_gen_getset[] = {
    {"__name__", get_name, set_name, "name of the async generator", NULL},
    {"__qualname__", get_name, set_name, "qualified name of the async generator", (void *)1},
    {"ag_await", get_yield_from, NULL, "object being awaited on, or None", NULL},
    {"ag_running", get_ag_running, NULL, NULL, NULL},
    {"ag_frame", get_frame, NULL, NULL, NULL},
    {"ag_code", get_code, NULL, NULL, (void *)"ag_code"},
    {"ag_suspended", get_suspended, NULL, NULL, NULL},
    {0},
};
static const ImTypeSpec async_generator_spec = {.name = "async_generator", .size = sizeof(ImGen), .item_size = sizeof(Value), .flags = IM_TF_GC | IM_TF_WEAKREF | IM_TF_NO_NEW,
    .slots = &im_async_gen_slots, .methods = im_async_gen_methods, .getset = async_gen_getset, .traverse = gen_traverse, .destroy = gen_destroy, .finalize = im_gen_finalize};
IM_TYPE(async_generator, &async_generator_spec);
