/* asyncio.Future and the iterator that `await` runs.
 * SPDX-License-Identifier: MIT */
#include "modules/asyncio.h"
#include "modules/contextvars.h"
#include "types/exception.h"

#define AIO_METHOD(name) static Value name(Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

ImType im_asyncio_future_type, im_asyncio_iter_type;

typedef struct FutureIter { ImObject head; Value x_future; } FutureIter;

int im_future_alive(Thread *t, Value fut)
{
    if (!im_no_value((Value){im_load_acquire(&im_futp(fut)->x_loop.bits)})) return 0;
    return im_raise_runtime(t, "Future object is not initialized."), -1;
}

int im_aio_call_soon(Thread *t, ImAsyncioState *st, Value loop, Value fn, Value arg, Value ctx)
{
    Value args[3] = {fn}, names = IM_NO_VALUE;
    size_t n = 1, total;
    if (IM_LIKELY(!im_no_value(ctx))) {
        int done = im_aio_quick_soon(t, loop, fn, arg, ctx);
        if (done) return done < 0 ? -1 : 0;
    }
    if (!im_no_value(arg)) args[n++] = arg;
    total = n;
    if (!im_no_value(ctx)) {
        args[total] = ctx;
        names = st->kw_context;
    }
    Value r = im_call_method(t, loop, IM_S(call_soon), args, n, names);
    if (im_no_value(r)) return -1;
    im_drop(t, r);
    return 0;
}

/* Hands the callbacks to the loop, in order. */
static int schedule(Thread *t, Value fut)
{
    ImAsyncioState *st = im_aio_state(fut);
    ImFuture *f = im_futp(fut);
    Value fn = im_slot_exchange(t, &f->head, &f->x_callback0, IM_NO_VALUE), ctx = im_slot_exchange(t, &f->head, &f->x_context0, IM_NO_VALUE);
    Value loop = AIO_GET(fut, loop), list = im_slot_exchange(t, &f->head, &f->x_callbacks, IM_NO_VALUE);
    int e = im_no_value(fn) ? 0 : im_aio_call_soon(t, st, loop, fn, fut, ctx);
    im_xdrop(t, fn);
    im_xdrop(t, ctx);
    for (ssize_t i = 0; e == 0 && !im_no_value(list); i++) {
        Value pair = im_list_get(t, list, i);
        if (im_no_value(pair)) break;
        if (im_is_tuple(pair) && im_tuple_len(pair) == 2) e = im_aio_call_soon(t, st, loop, im_tuple_get(pair, 0), fut, im_tuple_get(pair, 1));
        im_drop(t, pair);
    }
    im_xdrop(t, list);
    im_xdrop(t, loop);
    return e;
}

int im_future_init(Thread *t, Value fut, Value loop)
{
    ImFuture *f = im_futp(fut);
    ImAsyncioState *st = im_aio_state(fut);
    Value *v[] = {&f->x_loop, &f->x_callback0, &f->x_context0, &f->x_callbacks, &f->x_exception, &f->x_exception_tb, &f->x_result, &f->x_source_tb, &f->x_cancel_msg, &f->x_cancelled_exc};
    if (IM_UNLIKELY(!im_no_value(f->x_loop) || !im_is_private_obj(&f->head)))
        for (size_t i = 0; i < IM_COUNTOF(v); i++) im_slot_put(t, &f->head, v[i], IM_NO_VALUE);
    im_store_release(&f->x_state, AIO_PENDING);
    im_store_relaxed(&f->x_log_tb, 0);
    im_store_relaxed(&f->x_blocking, 0);
    loop = im_no_value(loop) || im_is_none(loop) ? im_aio_event_loop(t, st) : im_new_ref(loop);
    if (im_no_value(loop)) return -1;
    im_take(loop);
    AIO_PUT(fut, loop, loop);
    if (IM_LIKELY(im_aio_loop_is_quiet(t, loop) && !(im_load_relaxed(&t->x_poll) & IM_POLL_TRACE))) {
        im_drop(t, loop);
        return 0;
    }
    Value debug = im_call_method0(t, loop, IM_S(get_debug));
    im_drop(t, loop);
    int on = im_no_value(debug) ? -1 : im_truth(t, debug);
    im_xdrop(t, debug);
    if (on <= 0) return on;
    Value tb = im_call0(t, st->extract_stack);
    if (im_no_value(tb)) return -1;
    AIO_PUT(fut, source_tb, tb);
    return 0;
}

static int future_claim(Thread *t, Value fut)
{
    uint32_t pending = AIO_PENDING;
    if (im_cas_acq_rel(&im_futp(fut)->x_state, &pending, AIO_CLAIMED)) return 0;
    return im_raise(t, im_as_type(im_aio_state(fut)->invalid_state), "invalid state"), -1;
}
int im_future_set_result(Thread *t, Value fut, Value result)
{
    if (im_future_alive(t, fut) < 0 || future_claim(t, fut) < 0) return -1;
    AIO_PUT(fut, result, im_new_ref(result));
    im_store_release(&im_futp(fut)->x_state, AIO_FINISHED);
    return schedule(t, fut);
}
int im_future_set_exception(Thread *t, Value fut, Value exc)
{
    if (im_future_alive(t, fut) < 0) return -1;
    if (im_future_state(fut) != AIO_PENDING) return im_raise(t, im_as_type(im_aio_state(fut)->invalid_state), "invalid state"), -1;
    exc = im_is_exc_class(exc) ? im_call0(t, exc) : im_new_ref(exc);
    if (im_no_value(exc)) return -1;
    if (!im_is_exc(exc)) {
        im_drop(t, exc);
        return im_raise_type(t, "invalid exception object"), -1;
    }
    if (im_is_instance_of(exc, &im_StopIteration_type)) {
        Value msg = im_str_from_cstr(t, "StopIteration interacts badly with generators and cannot be raised into a Future");
        Value wrap = im_no_value(msg) ? msg : im_call1(t, im_type_value(&im_RuntimeError_type), msg);
        im_xdrop(t, msg);
        if (im_no_value(wrap)) {
            im_drop(t, exc);
            return -1;
        }
        im_exc_set_cause(t, wrap, im_new_ref(exc));
        im_exc_set_context(t, wrap, exc);
        exc = wrap;
    }
    if (future_claim(t, fut) < 0) {
        im_drop(t, exc);
        return -1;
    }
    AIO_PUT(fut, exception_tb, im_exc_get_traceback(exc));
    AIO_PUT(fut, exception, exc);
    im_store_relaxed(&im_futp(fut)->x_log_tb, 1);
    im_store_release(&im_futp(fut)->x_state, AIO_FINISHED);
    return schedule(t, fut);
}
int im_future_cancel(Thread *t, Value fut, Value msg)
{
    im_store_relaxed(&im_futp(fut)->x_log_tb, 0);
    uint32_t pending = AIO_PENDING;
    if (!im_cas_acq_rel(&im_futp(fut)->x_state, &pending, AIO_CLAIMED)) return 0;
    im_xtake(msg);
    AIO_PUT(fut, cancel_msg, msg);
    im_store_release(&im_futp(fut)->x_state, AIO_CANCELLED);
    return schedule(t, fut) < 0 ? -1 : 1;
}

Value im_future_cancelled_error(Thread *t, Value fut)
{
    ImFuture *f = im_futp(fut);
    Value exc = im_slot_exchange(t, &f->head, &f->x_cancelled_exc, IM_NO_VALUE);
    if (!im_no_value(exc)) return exc;
    Value msg = AIO_GET(fut, cancel_msg), cls = im_aio_state(fut)->cancelled;
    exc = im_no_value(msg) || im_is_none(msg) ? im_call0(t, cls) : im_call1(t, cls, msg);
    im_xdrop(t, msg);
    return exc;
}
static Value raise_cancelled(Thread *t, Value fut)
{
    Value exc = im_future_cancelled_error(t, fut);
    return im_no_value(exc) ? exc : im_raise_instance(t, exc);
}
Value im_future_result(Thread *t, Value fut)
{
    uint32_t state = im_future_state(fut);
    if (state == AIO_CANCELLED) return raise_cancelled(t, fut);
    if (state != AIO_FINISHED) return im_raise(t, im_as_type(im_aio_state(fut)->invalid_state), "Result is not set.");
    im_store_relaxed(&im_futp(fut)->x_log_tb, 0);
    Value exc = AIO_GET(fut, exception);
    if (!im_no_value(exc)) {
        Value tb = im_slot_exchange(t, im_ptr(fut), &im_futp(fut)->x_exception_tb, IM_NO_VALUE);
        im_exc_set_traceback(t, exc, tb);
        im_xdrop(t, tb);
        return im_raise_instance(t, exc);
    }
    Value r = AIO_GET(fut, result);
    return im_no_value(r) ? IM_NONE : r;
}

int im_future_add_callback(Thread *t, Value fut, Value fn, Value ctx)
{
    ImFuture *f = im_futp(fut);
    if (im_future_state(fut) != AIO_PENDING) {
        Value loop = AIO_GET(fut, loop);
        int e = im_aio_call_soon(t, im_aio_state(fut), loop, fn, fut, ctx);
        im_xdrop(t, loop);
        return e;
    }
    Value first = {im_load_acquire(&f->x_callback0.bits)}, list = AIO_GET(fut, callbacks);
    if (im_no_value(first) && im_no_value(list)) {
        AIO_PUT(fut, context0, im_new_ref(ctx));
        AIO_PUT(fut, callback0, im_new_ref(fn));
        return 0;
    }
    if (im_no_value(list)) {
        if (im_no_value(list = im_list_new(t, 4))) return -1;
        AIO_PUT(fut, callbacks, im_new_ref(list));
    }
    Value pair = im_tuple_pack(t, 2, fn, ctx);
    int e = im_no_value(pair) ? -1 : im_list_append_steal(t, list, pair);
    im_drop(t, list);
    return e;
}

/* --- the methods ------------------------------------------------------------------------------------------------------------------------------- */

static Value future_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_value(im_instance_alloc(t, type, 0));
}
static int future_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "Future", "(*, loop=None)", args, nargs, kwnames, &a) < 0) return -1;
    int e = im_future_init(t, self, a.v[0]);
    im_args_fini(t, &a);
    return e;
}
AIO_METHOD(m_result) { return im_future_result(t, self); }
AIO_METHOD(m_exception)
{
    uint32_t state = im_future_state(self);
    if (state == AIO_CANCELLED) return raise_cancelled(t, self);
    if (state != AIO_FINISHED) return im_raise(t, im_as_type(im_aio_state(self)->invalid_state), "Exception is not set.");
    im_store_relaxed(&im_futp(self)->x_log_tb, 0);
    Value exc = AIO_GET(self, exception);
    if (im_no_value(exc)) return IM_NONE;
    return exc;
}
AIO_METHOD(m_set_result) { return im_future_set_result(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
AIO_METHOD(m_set_exception) { return im_future_set_exception(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
AIO_METHOD(m_add_done_callback)
{
    if (im_future_alive(t, self) < 0) return IM_NO_VALUE;
    Value ctx = im_no_value(args[1]) || im_is_none(args[1]) ? im_context_copy_current(t) : im_new_ref(args[1]);
    if (im_no_value(ctx)) return ctx;
    int e = im_future_add_callback(t, self, args[0], ctx);
    im_drop(t, ctx);
    return e < 0 ? IM_NO_VALUE : IM_NONE;
}
AIO_METHOD(m_remove_done_callback)
{
    if (im_future_alive(t, self) < 0) return IM_NO_VALUE;
    int64_t removed = 0;
    Value fn = AIO_GET(self, callback0);
    if (!im_no_value(fn)) {
        int eq = im_equal(t, args[0], fn);
        im_drop(t, fn);
        if (eq < 0) return IM_NO_VALUE;
        if (eq) {
            AIO_PUT(self, callback0, IM_NO_VALUE);
            AIO_PUT(self, context0, IM_NO_VALUE);
            removed++;
        }
    }
    Value list = AIO_GET(self, callbacks), keep = IM_NO_VALUE;
    if (im_no_value(list)) return im_int(removed);
    if (im_no_value(keep = im_list_new(t, 0))) goto fail;
    for (ssize_t i = 0;; i++) {
        Value pair = im_list_get(t, list, i);
        if (im_no_value(pair)) break;
        int eq = im_equal(t, im_tuple_get(pair, 0), args[0]);
        if (eq == 0 && im_list_append(t, keep, pair) < 0) eq = -1;
        im_drop(t, pair);
        if (eq < 0) goto fail;
        removed += eq;
    }
    if (im_list_len(keep) == 0) AIO_PUT(self, callbacks, IM_NO_VALUE);
    else {
        AIO_PUT(self, callbacks, im_new_ref(keep));
    }
    im_drop(t, keep);
    im_drop(t, list);
    return im_int(removed);
fail:
    im_xdrop(t, keep);
    im_drop(t, list);
    return IM_NO_VALUE;
}
AIO_METHOD(m_cancel)
{
    if (im_future_alive(t, self) < 0) return IM_NO_VALUE;
    int r = im_future_cancel(t, self, args[0]);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}
AIO_METHOD(m_cancelled) { (void)t; return im_bool(!im_no_value(im_futp(self)->x_loop) && im_future_state(self) == AIO_CANCELLED); }
AIO_METHOD(m_done) { (void)t; return im_bool(!im_no_value(im_futp(self)->x_loop) && im_future_state(self) != AIO_PENDING); }
AIO_METHOD(m_get_loop)
{
    if (im_future_alive(t, self) < 0) return IM_NO_VALUE;
    return AIO_GET(self, loop);
}
AIO_METHOD(m_make_cancelled_error) { return im_future_cancelled_error(t, self); }

Value im_future_loop_of(Thread *t, Value fut)
{
    if (im_is_future_exact(fut) || im_is_task_exact(fut)) return m_get_loop(t, fut, NULL, 0, IM_NO_VALUE);
    Value fn;
    int found = im_lookup_attr(t, fut, IM_S(get_loop), &fn);
    if (found < 0) return IM_NO_VALUE;
    if (!found) return im_getattr(t, fut, IM_S(_loop));
    Value r = im_call0(t, fn);
    im_drop(t, fn);
    return r;
}

static Value get_state(Thread *t, Value self, void *c)
{
    (void)c;
    if (im_future_alive(t, self) < 0) return IM_NO_VALUE;
    switch (im_future_state(self)) {
    case AIO_CANCELLED: return im_new_ref(IM_S(CANCELLED));
    case AIO_FINISHED: return im_new_ref(IM_S(FINISHED));
    default: return im_new_ref(IM_S(PENDING));
    }
}
/* A slot by its offset; no value reads as None. */
static Value get_slot(Thread *t, Value self, void *c)
{
    if (im_future_alive(t, self) < 0) return IM_NO_VALUE;
    Value v = im_slot_get(t, NULL, (Value *)((char *)im_ptr(self) + (size_t)c));
    return im_no_value(v) ? IM_NONE : v;
}
static int set_slot(Thread *t, Value self, Value v, void *c)
{
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    im_slot_put(t, im_ptr(self), (Value *)((char *)im_ptr(self) + (size_t)c), im_new_ref(v));
    return 0;
}
static Value get_callbacks(Thread *t, Value self, void *c)
{
    (void)c;
    if (im_future_alive(t, self) < 0) return IM_NO_VALUE;
    Value fn = AIO_GET(self, callback0), ctx = AIO_GET(self, context0), list = AIO_GET(self, callbacks), r = IM_NONE;
    if (!im_no_value(fn) || !im_no_value(list)) r = im_list_new(t, 2);
    if (!im_no_value(fn) && !im_no_value(r)) {
        Value pair = im_tuple_pack(t, 2, fn, im_no_value(ctx) ? IM_NONE : ctx);
        if (im_no_value(pair) || im_list_append_steal(t, r, pair) < 0) IM_CLEAR(t, r);
    }
    if (!im_no_value(list) && !im_no_value(r) && im_list_extend(t, r, list) < 0) IM_CLEAR(t, r);
    im_xdrop(t, fn);
    im_xdrop(t, ctx);
    im_xdrop(t, list);
    return r;
}
static Value get_blocking(Thread *t, Value self, void *c) { (void)c; return im_future_alive(t, self) < 0 ? IM_NO_VALUE : im_bool(im_load_relaxed(&im_futp(self)->x_blocking)); }
static int set_blocking(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    if (im_future_alive(t, self) < 0) return -1;
    int b = im_truth(t, v);
    if (b < 0) return -1;
    im_store_relaxed(&im_futp(self)->x_blocking, (uint32_t)b);
    return 0;
}
static Value get_log_tb(Thread *t, Value self, void *c) { (void)c; return im_future_alive(t, self) < 0 ? IM_NO_VALUE : im_bool(im_load_relaxed(&im_futp(self)->x_log_tb)); }
static int set_log_tb(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    int b = im_truth(t, v);
    if (b < 0) return -1;
    if (b) return im_raise_valueerror(t, "_log_traceback can only be set to False"), -1;
    im_store_relaxed(&im_futp(self)->x_log_tb, 0);
    return 0;
}
static Value get_dict(Thread *t, Value self, void *c) { (void)c; return im_instance_dict(t, self); }
static int set_dict(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    return im_no_value(v) ? (im_raise_type(t, "cannot delete __dict__"), -1) : im_instance_set_dict(t, self, v);
}
static Value future_repr(Thread *t, Value self)
{
    if (im_future_alive(t, self) < 0) return IM_NO_VALUE;
    return im_call1(t, im_aio_state(self)->future_repr, self);
}

/* context handler call with {key: value, …}; n pairs. */
static void report(Thread *t, Value fut, const char *message, const char *what)
{
    Value ctx = im_dict_new(t), loop = AIO_GET(fut, loop), msg = im_no_value(ctx) ? ctx : im_str_from_cstr(t, message), tb = AIO_GET(fut, source_tb), exc = AIO_GET(fut, exception);
    int e = im_no_value(msg) || im_no_value(loop) ? -1 : im_dict_set_cstr(t, ctx, "message", msg);
    if (e == 0 && !im_no_value(exc)) e = im_dict_set_cstr(t, ctx, "exception", exc);
    if (e == 0) e = im_dict_set_cstr(t, ctx, what, fut);
    if (e == 0 && !im_no_value(tb)) e = im_dict_set_cstr(t, ctx, "source_traceback", tb);
    if (e == 0) {
        Value r = im_call_method1(t, loop, IM_S(call_exception_handler), ctx);
        if (im_no_value(r)) im_write_unraisable(t, NULL, fut);
        im_xdrop(t, r);
    }
    if (im_pending(t)) im_write_unraisable(t, NULL, fut);
    im_xdrop(t, ctx);
    im_xdrop(t, loop);
    im_xdrop(t, msg);
    im_xdrop(t, tb);
    im_xdrop(t, exc);
}
void im_future_finalize(Thread *t, ImObject *o)
{
    ImFuture *f = (ImFuture *)o;
    Value self = im_value(o);
    bool task = im_is_instance_of(self, &im_asyncio_task_type), lost = task && im_load_relaxed(&f->x_log_destroy) && im_future_state(self) == AIO_PENDING && !im_no_value(f->x_loop);
    if (!lost && !im_load_relaxed(&f->x_log_tb)) return;
    Value exc = im_exc_fetch(t);
    if (lost) report(t, self, "Task was destroyed but it is pending!", "task");
    if (im_load_relaxed(&f->x_log_tb)) {
        im_store_relaxed(&f->x_log_tb, 0);
        Value text = im_str_format(t, "%s exception was never retrieved", im_type_cname(im_type_of(self)));
        const char *p = im_no_value(text) ? NULL : strrchr(im_str_utf8(t, text, NULL), '.');
        if (!im_no_value(text)) report(t, self, p ? p + 1 : im_str_utf8(t, text, NULL), "future");
        im_xdrop(t, text);
    }
    im_exc_restore(t, exc);
}

static size_t n_values(ImObject *o) { return im_is_instance_of(im_value(o), &im_asyncio_task_type) ? (sizeof(ImFuture) - offsetof(ImFuture, x_loop)) / sizeof(Value) : (AIO_FUTURE_SIZE - offsetof(ImFuture, x_loop)) / sizeof(Value); }
int im_future_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value *v = &((ImFuture *)o)->x_loop;
    for (size_t i = 0, n = n_values(o); i < n; i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
void im_future_clear(Thread *t, ImObject *o)
{
    Value *v = &((ImFuture *)o)->x_loop;
    for (size_t i = 0, n = n_values(o); i < n; i++) im_slot_put(t, o, &v[i], IM_NO_VALUE);
}
void im_future_destroy(Thread *t, ImObject *o)
{
    Value *v = &((ImFuture *)o)->x_loop;
    for (size_t i = 0, n = n_values(o); i < n; i++) im_destroy_child(t, v[i]);
}

static Value future_iter(Thread *t, Value self)
{
    if (im_future_alive(t, self) < 0) return IM_NO_VALUE;
    FutureIter *it = (FutureIter *)im_instance_alloc(t, &im_asyncio_iter_type, 0);
    if (it) it->x_future = im_new_ref(self);
    return im_value(it);
}

const ImMethodDef im_future_methods[] = {
    IM_FIXED("result", m_result, 0, "($self, /)",
             "Return the result this future represents.\n\nIf the future has been cancelled, raises CancelledError.  If the\nfuture's result isn't yet available, raises InvalidStateError.  If\nthe future "
             "is done and has an exception set, this exception is raised."),
    IM_FIXED("exception", m_exception, 0, "($self, /)",
             "Return the exception that was set on this future.\n\nThe exception (or None if no exception was set) is returned only if\nthe future is done.  If the future has been cancelled, raises\n"
             "CancelledError.  If the future isn't done yet, raises\nInvalidStateError."),
    IM_FIXED("set_result", m_set_result, 1, "($self, result, /)",
             "Mark the future done and set its result.\n\nIf the future is already done when this method is called, raises\nInvalidStateError."),
    IM_FIXED("set_exception", m_set_exception, 1, "($self, exception, /)",
             "Mark the future done and set an exception.\n\nIf the future is already done when this method is called, raises\nInvalidStateError."),
    IM_PARSED("add_done_callback", m_add_done_callback, "($self, fn, /, *, context=<unrepresentable>)",
              "Add a callback to be run when the future becomes done.\n\nThe callback is called with a single argument - the future object. If\nthe future is already done when this is called, the callback "
              "is\nscheduled with call_soon."),
    IM_FIXED("remove_done_callback", m_remove_done_callback, 1, "($self, fn, /)",
             "Remove all instances of a callback from the \"call when done\" list.\n\nReturns the number of callbacks removed."),
    IM_PARSED("cancel", m_cancel, "($self, /, msg=None)",
              "Cancel the future and schedule callbacks.\n\nIf the future is already done or cancelled, return False.  Otherwise,\nchange the future's state to cancelled, schedule the callbacks and\nreturn "
              "True."),
    IM_FIXED("cancelled", m_cancelled, 0, "($self, /)", "Return True if the future was cancelled."),
    IM_FIXED("done", m_done, 0, "($self, /)",
             "Return True if the future is done.\n\nDone means either that a result / exception are available, or that the\nfuture was cancelled."),
    IM_FIXED("get_loop", m_get_loop, 0, "($self, /)", "Return the event loop the Future is bound to."),
    IM_FIXED("_make_cancelled_error", m_make_cancelled_error, 0, "($self, /)",
             "Create the CancelledError to raise if the Future is cancelled.\n\nThis should only be called once when handling a cancellation since\nit erases the context exception value."),
    IM_CLASS_GETITEM, IM_END};
#define SLOT(name) (void *)offsetof(ImFuture, x_##name)
static const ImGetSetDef future_getset[] = {
    {"_state", get_state, NULL, NULL, NULL}, {"_asyncio_future_blocking", get_blocking, set_blocking, NULL, NULL}, {"_loop", get_slot, NULL, NULL, SLOT(loop)},
    {"_callbacks", get_callbacks, NULL, NULL, NULL}, {"_result", get_slot, NULL, NULL, SLOT(result)}, {"_exception", get_slot, NULL, NULL, SLOT(exception)},
    {"_log_traceback", get_log_tb, set_log_tb, NULL, NULL}, {"_source_traceback", get_slot, NULL, NULL, SLOT(source_tb)},
    {"_cancel_message", get_slot, set_slot, NULL, SLOT(cancel_msg)}, {"__dict__", get_dict, set_dict, NULL, NULL}, IM_END};
static const ImSlots future_slots = {.new_ = future_new, .init = future_init, .repr = future_repr, .iter = future_iter, .await_ = future_iter};
const ImTypeSpec im_asyncio_future_spec = {
    .name = "_asyncio.Future",
    .doc = "This class is *almost* compatible with concurrent.futures.Future.\n\n    Differences:\n\n    - result() and exception() do not take a timeout argument and\n      raise an exception when the future "
           "isn't done yet.\n\n    - Callbacks registered with add_done_callback() are always called\n      via the event loop's call_soon_threadsafe().\n\n    - This class is not compatible with the wait() "
           "and as_completed()\n      methods in the concurrent.futures package.",
    .size = AIO_FUTURE_SIZE, .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF | IM_TF_MANAGED_DICT_SLOT | IM_TF_FINALIZER, .slots = &future_slots, .methods = im_future_methods,
    .getset = future_getset, .traverse = im_future_traverse, .clear = im_future_clear, .destroy = im_future_destroy, .finalize = im_future_finalize, .dict_offset = offsetof(ImFuture, x_dict),
    .text_signature = "(*, loop=None)"};

/* --- what await runs ------------------------------------------------------------------------------------------------------------------------------ */

static int iter_send(Thread *t, Value self, Value v, Value *result)
{
    (void)v;
    FutureIter *it = (FutureIter *)im_ptr(self);
    Value fut = im_slot_get(t, NULL, &it->x_future);
    *result = IM_NO_VALUE;
    if (im_no_value(fut)) {
        *result = IM_NONE;
        return 0;
    }
    if (im_future_state(fut) == AIO_PENDING) {
        if (!im_load_relaxed(&im_futp(fut)->x_blocking)) {
            im_store_relaxed(&im_futp(fut)->x_blocking, 1);
            *result = fut;
            return 1;
        }
        im_drop(t, fut);
        return im_raise_runtime(t, "await wasn't used with future"), -1;
    }
    im_slot_put(t, &it->head, &it->x_future, IM_NO_VALUE);
    *result = im_future_result(t, fut);
    im_drop(t, fut);
    return im_no_value(*result) ? -1 : 0;
}
/* next(): a result other than None is carried by StopIteration. */
static Value iter_next(Thread *t, Value self)
{
    Value r;
    int k = iter_send(t, self, IM_NONE, &r);
    if (k > 0) return r;
    if (k < 0) return IM_NO_VALUE;
    if (im_is_none(r)) return IM_STOP;
    (void)im_raise_stop(t, r);
    im_drop(t, r);
    return IM_NO_VALUE;
}
AIO_METHOD(iter_m_send)
{
    Value r;
    int k = iter_send(t, self, args[0], &r);
    if (k > 0) return r;
    if (k == 0) {
        (void)im_raise_stop(t, r);
        im_drop(t, r);
    }
    return IM_NO_VALUE;
}
AIO_METHOD(iter_m_throw)
{
    Value type = args[0], v = nargs > 1 ? args[1] : IM_NONE, tb = nargs > 2 ? args[2] : IM_NONE, exc;
    if (nargs > 1 && im_warn(t, &im_DeprecationWarning_type, 1,
                             "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.") < 0) return IM_NO_VALUE;
    if (!im_is_none(tb) && !im_is_exact(tb, &im_traceback_type)) return im_raise_type(t, "throw() third argument must be a traceback");
    if (im_is_exc_class(type)) {
        if (!im_is_none(v) && im_is_exc(v) && im_is_instance_of(v, im_as_type(type))) exc = im_new_ref(v);
        else exc = im_is_none(v) ? im_call0(t, type) : im_is_tuple(v) ? im_call_ex(t, type, v, IM_NO_VALUE) : im_call1(t, type, v);
        if (im_no_value(exc)) return exc;
    } else if (im_is_exc(type)) {
        if (!im_is_none(v)) return im_raise_type(t, "instance exception may not have a separate value");
        exc = im_new_ref(type);
    } else return im_raise_type(t, "exceptions must be classes deriving BaseException or instances of such a class");
    if (!im_is_none(tb)) im_exc_set_traceback(t, exc, tb);
    im_slot_put(t, im_ptr(self), &((FutureIter *)im_ptr(self))->x_future, IM_NO_VALUE);
    return im_raise_instance(t, exc);
}
AIO_METHOD(iter_m_close)
{
    im_slot_put(t, im_ptr(self), &((FutureIter *)im_ptr(self))->x_future, IM_NO_VALUE);
    return IM_NONE;
}
static int iter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value v = ((FutureIter *)o)->x_future;
    return im_is_object(v) ? visit(v, arg) : 0;
}
static void iter_clear(Thread *t, ImObject *o) { im_slot_put(t, o, &((FutureIter *)o)->x_future, IM_NO_VALUE); }
static void iter_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((FutureIter *)o)->x_future); }
static Value iter_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }
static const ImMethodDef iter_methods[] = {IM_FIXED("send", iter_m_send, 1, NULL, NULL), IM_RANGE("throw", iter_m_throw, 1, 3, NULL, NULL), IM_FIXED("close", iter_m_close, 0, NULL, NULL), IM_END};
static const ImSlots iter_slots = {.iter = iter_self, .next = iter_next, .send = iter_send};
const ImTypeSpec im_asyncio_iter_spec = {.name = "_asyncio.FutureIter", .size = sizeof(FutureIter), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &iter_slots, .methods = iter_methods,
    .traverse = iter_traverse, .clear = iter_clear, .destroy = iter_destroy};
