/* Async generators' awaitables: __anext__(), asend(), athrow(), aclose() (PEP 525).
 * SPDX-License-Identifier: MIT */
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"

Value im_async_gen_repr(Thread *t, Value self);

/* What an async generator yields itself, as opposed to what it awaits. Never seen by Python code. */
typedef struct ImAsyncValue { ImObject head; Value v; } ImAsyncValue;
extern ImType im_async_generator_wrapped_value_type;
static int value_traverse(ImObject *o, ImVisit visit, void *arg) { Value v = ((ImAsyncValue *)o)->v; return im_is_object(v) ? visit(v, arg) : 0; }
static void value_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImAsyncValue *)o)->v); }
static const ImTypeSpec async_generator_wrapped_value_spec = {.name = "async_generator_wrapped_value", .size = sizeof(ImAsyncValue), .flags = IM_TF_GC | IM_TF_NO_NEW,
    .traverse = value_traverse, .destroy = value_destroy};
IM_TYPE(async_generator_wrapped_value, &async_generator_wrapped_value_spec);

Value im_async_gen_wrap(Thread *t, Value v)
{
    ImAsyncValue *w = (ImAsyncValue *)im_instance_alloc(t, &im_async_generator_wrapped_value_type, 0);
    if (!w) return IM_NO_VALUE;
    w->v = im_new_ref(v);
    return im_value(w);
}

enum { MODE_SEND, MODE_THROW, MODE_CLOSE };
enum { ST_INIT, ST_ITER, ST_CLOSED };
typedef struct ImAsyncOp {
    ImObject head;
    Value gen;
    Value arg;       /* MODE_SEND: value to send; MODE_THROW: tuple of athrow()'s arguments */
    uint8_t mode;
    uint32_t x_state;
} ImAsyncOp;
extern ImType im_async_generator_asend_type, im_async_generator_athrow_type;

static ImGen *gen_of(ImAsyncOp *o) { return (ImGen *)im_ptr(o->gen); }

static int op_traverse(ImObject *ob, ImVisit visit, void *arg)
{
    ImAsyncOp *o = (ImAsyncOp *)ob;
    int r = 0;
    if (im_is_object(o->gen) && (r = visit(o->gen, arg))) return r;
    return im_is_object(o->arg) ? visit(o->arg, arg) : 0;
}
static void op_destroy(Thread *t, ImObject *ob)
{
    im_destroy_child(t, ((ImAsyncOp *)ob)->gen);
    im_destroy_child(t, ((ImAsyncOp *)ob)->arg);
}

static void op_finalize(Thread *t, ImObject *ob)
{
    ImAsyncOp *o = (ImAsyncOp *)ob;
    if (im_load_acquire(&o->x_state) != ST_INIT || im_no_value(o->gen)) return;
    Value saved = im_exc_fetch(t);
    const char *name = o->mode == MODE_SEND ? "asend" : o->mode == MODE_CLOSE ? "aclose" : "athrow";
    if (im_warn(t, &im_RuntimeWarning_type, 1, "coroutine method '%s' of '%U' was never awaited", name, gen_of(o)->qualname) < 0) im_write_unraisable(t, NULL, im_value(ob));
    im_exc_restore(t, saved);
}

/* First use of the generator: sys.set_asyncgen_hooks. */
static int init_hooks(Thread *t, Value gen)
{
    ImGen *g = (ImGen *)im_ptr(gen);
    if (im_load_relaxed(&g->x_hooks_inited) || im_xchg_acq_rel(&g->x_hooks_inited, true)) return 0;
    if (!im_no_value(t->async_gen_finalizer)) im_slot_put(t, &g->head, &g->finalizer, im_new_ref(t->async_gen_finalizer));
    Value first = t->async_gen_firstiter;
    if (!im_no_value(first)) {
        im_take(first);
        Value r = im_call1(t, first, gen);
        im_drop(t, first);
        if (im_no_value(r)) return -1;
        im_drop(t, r);
    }
    return 0;
}

static Value op_new(Thread *t, ImType *ty, Value gen, Value arg, int mode)
{
    if (init_hooks(t, gen) < 0) return IM_NO_VALUE;
    ImAsyncOp *o = (ImAsyncOp *)im_instance_alloc(t, ty, 0);
    if (!o) return IM_NO_VALUE;
    o->gen = im_new_ref(gen);
    o->arg = arg;
    im_xtake(arg);
    o->mode = (uint8_t)mode;
    return im_value(o);
}

static bool claim(ImGen *g)
{
    if (IM_UNLIKELY(!im_is_private_obj(&g->head))) return !im_xchg_acq_rel(&g->x_ag_running, true);
    if (g->x_ag_running) return false;
    return g->x_ag_running = true;
}
static void give_up(ImGen *g) { im_store_release(&g->x_ag_running, false); }

/* Sorts out what the generator did: a wrapped value ends the await, anything else passes through to the event loop. */
static Value unwrap(Thread *t, ImAsyncOp *o, int r, Value out)
{
    ImGen *g = gen_of(o);
    if (r == 1) {
        if (!im_is_exact(out, &im_async_generator_wrapped_value_type)) return out;
        give_up(g);
        im_store_release(&o->x_state, ST_CLOSED);
        Value v = ((ImAsyncValue *)im_ptr(out))->v;
        (void)im_raise_stop(t, v);
        im_drop(t, out);
        return IM_NO_VALUE;
    }
    if (r == 0) {
        im_drop(t, out);
        (void)im_raise_none(t, &im_StopAsyncIteration_type);
    }
    if (im_pending_is(t, &im_StopAsyncIteration_type) || im_pending_is(t, &im_GeneratorExit_type)) im_store_relaxed(&g->x_ag_closed, true);
    give_up(g);
    im_store_release(&o->x_state, ST_CLOSED);
    return IM_NO_VALUE;
}

static const char *op_name(const ImAsyncOp *o) { return o->mode == MODE_SEND ? "__anext__()/asend()" : "aclose()/athrow()"; }

static Value asend_send(Thread *t, ImAsyncOp *o, Value v)
{
    uint32_t s = im_load_acquire(&o->x_state);
    if (s == ST_CLOSED) return im_raise_runtime(t, "cannot reuse already awaited __anext__()/asend()");
    if (s == ST_INIT) {
        if (!claim(gen_of(o))) {
            im_store_release(&o->x_state, ST_CLOSED);
            return im_raise_runtime(t, "anext(): asynchronous generator is already running");
        }
        if (im_is_none(v)) v = im_no_value(o->arg) ? IM_NONE : o->arg;
        im_store_release(&o->x_state, ST_ITER);
    }
    Value out = IM_NO_VALUE;
    int r = im_gen_send(t, o->gen, v, &out);
    return unwrap(t, o, r, out);
}

/* athrow and aclose: after the exception has been thrown in, the rest is plain sending. */
static Value athrow_send(Thread *t, ImAsyncOp *o, Value v)
{
    ImGen *g = gen_of(o);
    uint32_t s = im_load_acquire(&o->x_state);
    Value out = IM_NO_VALUE;
    int r;
    if (s == ST_CLOSED) return im_raise_runtime(t, "cannot reuse already awaited aclose()/athrow()");
    if (im_load_acquire(&g->x_state) == IM_GEN_DONE) {
        im_store_release(&o->x_state, ST_CLOSED);
        return im_raise_none(t, o->mode == MODE_CLOSE ? &im_StopIteration_type : &im_StopAsyncIteration_type);
    }
    if (s == ST_INIT) {
        if (!claim(g)) {
            im_store_release(&o->x_state, ST_CLOSED);
            return im_raise_runtime(t, o->mode == MODE_CLOSE ? "aclose(): asynchronous generator is already running" : "athrow(): asynchronous generator is already running");
        }
        if (im_load_relaxed(&g->x_ag_closed)) {
            give_up(g);
            im_store_release(&o->x_state, ST_CLOSED);
            return im_raise_none(t, &im_StopAsyncIteration_type);
        }
        if (!im_is_none(v)) return give_up(g), im_raise_runtime(t, "can't send non-None value to a just-started async generator");
        im_store_release(&o->x_state, ST_ITER);
        Value e = o->mode == MODE_CLOSE ? im_call0(t, im_type_value(&im_GeneratorExit_type))
                                         : im_gen_throw_value(t, im_tuple_items(o->arg), (size_t)im_tuple_len(o->arg), NULL);
        if (im_no_value(e)) {
            give_up(g);
            im_store_release(&o->x_state, ST_CLOSED);
            return e;
        }
        if (o->mode == MODE_CLOSE) im_store_relaxed(&g->x_ag_closed, true);
        r = im_gen_throw(t, o->gen, e, &out);
        im_drop(t, e);
    } else {
        r = im_gen_send(t, o->gen, v, &out);
    }
    if (o->mode != MODE_CLOSE) return unwrap(t, o, r, out);
    if (r == 1 && im_is_exact(out, &im_async_generator_wrapped_value_type)) {
        im_drop(t, out);
        give_up(g);
        im_store_release(&o->x_state, ST_CLOSED);
        return im_raise_runtime(t, "async generator ignored GeneratorExit");
    }
    if (r == 1) return out;
    give_up(g);
    im_store_release(&o->x_state, ST_CLOSED);
    if (r == 0) { im_drop(t, out); return im_raise_none(t, &im_StopIteration_type); }
    if (im_exc_clear_if(t, &im_StopAsyncIteration_type) || im_exc_clear_if(t, &im_GeneratorExit_type)) return im_raise_none(t, &im_StopIteration_type);
    return IM_NO_VALUE;
}

static Value op_send_value(Thread *t, Value self, Value v)
{
    ImAsyncOp *o = (ImAsyncOp *)im_ptr(self);
    return o->mode == MODE_SEND ? asend_send(t, o, v) : athrow_send(t, o, v);
}
static Value op_send(Thread *t, Value self, const Value *args, size_t n, Value kw) { (void)n; (void)kw; return op_send_value(t, self, args[0]); }
static Value op_next(Thread *t, Value self) { return op_send_value(t, self, IM_NONE); }
static Value op_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }

static Value op_throw_instance(Thread *t, ImAsyncOp *o, Value e)
{
    uint32_t s = im_load_acquire(&o->x_state);
    ImGen *g = gen_of(o);
    if (s == ST_CLOSED) return im_raise_runtime(t, "cannot reuse already awaited %s", op_name(o));
    if (s == ST_INIT) {
        if (!claim(g)) {
            im_store_release(&o->x_state, ST_CLOSED);
            return im_raise_runtime(t, o->mode == MODE_SEND ? "anext(): asynchronous generator is already running"
                                                            : o->mode == MODE_CLOSE ? "aclose(): asynchronous generator is already running" : "athrow(): asynchronous generator is already running");
        }
        im_store_release(&o->x_state, ST_ITER);
    }
    Value out = IM_NO_VALUE;
    int r = im_gen_throw(t, o->gen, e, &out);
    if (o->mode == MODE_SEND || o->mode == MODE_THROW) return unwrap(t, o, r, out);
    if (r == 1 && im_is_exact(out, &im_async_generator_wrapped_value_type)) {
        im_drop(t, out);
        give_up(g);
        im_store_release(&o->x_state, ST_CLOSED);
        return im_raise_runtime(t, "async generator ignored GeneratorExit");
    }
    if (r == 1) return out;
    give_up(g);
    im_store_release(&o->x_state, ST_CLOSED);
    if (r == 0) { im_drop(t, out); return im_raise_none(t, &im_StopIteration_type); }
    if (im_exc_clear_if(t, &im_StopAsyncIteration_type) || im_exc_clear_if(t, &im_GeneratorExit_type)) return im_raise_none(t, &im_StopIteration_type);
    return IM_NO_VALUE;
}
static Value op_throw(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)kw;
    Value e = im_gen_throw_value(t, args, n, "throw");
    if (im_no_value(e)) return e;
    Value r = op_throw_instance(t, (ImAsyncOp *)im_ptr(self), e);
    im_drop(t, e);
    return r;
}
static Value op_close(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)args; (void)n; (void)kw;
    ImAsyncOp *o = (ImAsyncOp *)im_ptr(self);
    if (im_load_acquire(&o->x_state) == ST_CLOSED) return IM_NONE;
    if (im_load_acquire(&o->x_state) == ST_INIT) { im_store_release(&o->x_state, ST_CLOSED); return IM_NONE; }
    Value e = im_call0(t, im_type_value(&im_GeneratorExit_type));
    if (im_no_value(e)) return e;
    Value r = op_throw_instance(t, o, e);
    im_drop(t, e);
    if (!im_no_value(r)) { im_drop(t, r); return im_raise_runtime(t, "coroutine ignored GeneratorExit"); }
    if (im_exc_clear_if(t, &im_StopIteration_type) || im_exc_clear_if(t, &im_StopAsyncIteration_type) || im_exc_clear_if(t, &im_GeneratorExit_type)) return IM_NONE;
    return IM_NO_VALUE;
}
static const ImMethodDef op_methods[] = {
    IM_FIXED("send", op_send, 1, "($self, object, /)", "send(arg) -> send 'arg' into generator,\nreturn next yielded value or raise StopIteration."),
    IM_RANGE("throw", op_throw, 1, 3, NULL, "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration."),
    IM_FIXED("close", op_close, 0, "($self, /)", "close() -> raise GeneratorExit inside generator."), IM_END};
static const ImSlots op_slots = {.iter = op_self, .await_ = op_self, .next = op_next};
static const ImTypeSpec async_generator_asend_spec = {.name = "async_generator_asend", .size = sizeof(ImAsyncOp), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &op_slots,
    .methods = op_methods, .traverse = op_traverse, .destroy = op_destroy, .finalize = op_finalize};
IM_TYPE(async_generator_asend, &async_generator_asend_spec);
static const ImTypeSpec async_generator_athrow_spec = {.name = "async_generator_athrow", .size = sizeof(ImAsyncOp), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &op_slots,
    .methods = op_methods, .traverse = op_traverse, .destroy = op_destroy, .finalize = op_finalize};
IM_TYPE(async_generator_athrow, &async_generator_athrow_spec);

static Value ag_anext(Thread *t, Value self) { return op_new(t, &im_async_generator_asend_type, self, IM_NO_VALUE, MODE_SEND); }
static Value ag_asend(Thread *t, Value self, const Value *args, size_t n, Value kw) { (void)n; (void)kw; return op_new(t, &im_async_generator_asend_type, self, args[0], MODE_SEND); }
static Value ag_aclose(Thread *t, Value self, const Value *args, size_t n, Value kw) { (void)args; (void)n; (void)kw; return op_new(t, &im_async_generator_athrow_type, self, IM_NO_VALUE, MODE_CLOSE); }
static Value ag_athrow(Thread *t, Value self, const Value *args, size_t n, Value kw)
{
    (void)kw;
    if (n > 1 && im_warn(t, &im_DeprecationWarning_type, 1, "the (type, exc, tb) signature of athrow() is deprecated, use the single-arg signature instead.") < 0) return IM_NO_VALUE;
    Value e = im_tuple_from_array(t, args, n);
    if (im_no_value(e)) return e;
    Value r = op_new(t, &im_async_generator_athrow_type, self, e, MODE_THROW);
    im_drop(t, e);
    return r;
}
extern const ImMethodDef im_async_gen_methods[];
extern const ImSlots im_async_gen_slots;
const ImMethodDef im_async_gen_methods[] = {
    IM_FIXED("asend", ag_asend, 1, "($self, object, /)", "asend(v) -> send 'v' in generator."),
    IM_RANGE("athrow", ag_athrow, 1, 3, NULL, "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator."),
    IM_FIXED("aclose", ag_aclose, 0, "($self, /)", "aclose() -> raise GeneratorExit inside generator."), IM_CLASS_GETITEM, IM_END};
const ImSlots im_async_gen_slots = {.repr = im_async_gen_repr, .aiter = op_self, .anext = ag_anext};
