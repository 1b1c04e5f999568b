/* asyncio.Task: runs a coroutine, one step for each time the loop calls it.
 * SPDX-License-Identifier: MIT */
#include "modules/asyncio.h"
#include "modules/contextvars.h"
#include "types/exception.h"

#define AIO_METHOD(name) static Value name(Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

IM_TYPE_DECLARE(coroutine); IM_TYPE_DECLARE(generator);
ImType im_asyncio_task_type, im_asyncio_step_type;

/* What is given to call_soon(): a step of a task, with an exception to throw or without. */
typedef struct Step { ImObject head; Value task, exc; } Step;
static Value task_step(Thread *t, Value task, Value exc);

static Value step_new(Thread *t, Value task, Value exc)
{
    Step *s = (Step *)im_instance_alloc(t, &im_asyncio_step_type, 0);
    if (!s) return IM_NO_VALUE;
    s->task = im_new_ref(task);
    im_xtake(exc);
    s->exc = exc;
    return im_value(s);
}
static Value step_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args;
    if (!im_no_value(kwnames) && im_tuple_len(kwnames)) return im_raise_type(t, "function takes no keyword arguments");
    if (nargs) return im_raise_type(t, "function takes no positional arguments");
    Step *s = (Step *)im_ptr(self);
    return task_step(t, s->task, s->exc);
}
static int step_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Step *s = (Step *)o;
    int r = im_is_object(s->task) ? visit(s->task, arg) : 0;
    return r || !im_is_object(s->exc) ? r : visit(s->exc, arg);
}
static void step_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((Step *)o)->task);
    im_destroy_child(t, ((Step *)o)->exc);
}
static Value step_self(Thread *t, Value self, void *c)
{
    (void)t, (void)c;
    return im_new_ref(((Step *)im_ptr(self))->task);
}
static Value step_name(Thread *t, Value self, void *c)
{
    Value cls = im_type_value(im_type_of(((Step *)im_ptr(self))->task));
    (void)c;
    Value name = im_getattr(t, cls, IM_S(__qualname__));
    return name;
}
static const ImGetSetDef step_getset[] = {{"__self__", step_self, NULL, NULL, NULL}, {"__qualname__", step_name, NULL, NULL, NULL}, IM_END};
static const ImSlots step_slots = {.call = step_call};
const ImTypeSpec im_asyncio_step_spec = {.name = "TaskStepMethWrapper", .size = sizeof(Step), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &step_slots, .getset = step_getset,
    .traverse = step_traverse, .destroy = step_destroy};

static int step_soon(Thread *t, Value task, Value exc)
{
    Value step = step_new(t, task, exc), loop, ctx;
    if (im_no_value(step)) return -1;
    loop = AIO_GET(task, loop);
    ctx = AIO_GET(task, context);
    int e = im_aio_call_soon(t, im_aio_state(task), loop, step, IM_NO_VALUE, ctx);
    im_drop(t, step);
    im_xdrop(t, loop);
    im_xdrop(t, ctx);
    return e;
}

/* --- one step ----------------------------------------------------------------------------------------------------------------------------------- */

static Value wakeup(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
static const ImMethodDef wakeup_def = IM_FIXED("TaskWakeupMethWrapper", wakeup, 1, NULL, NULL);

/* The next step throws RuntimeError(text) (steals text). */
static Value fail_soon(Thread *t, Value task, Value text)
{
    Value exc = im_no_value(text) ? text : im_call1(t, im_type_value(&im_RuntimeError_type), text);
    im_xdrop(t, text);
    if (im_no_value(exc)) return exc;
    int e = step_soon(t, task, exc);
    im_drop(t, exc);
    return e < 0 ? IM_NO_VALUE : IM_NONE;
}

/* The task waits for fut. A cancellation that came meanwhile is passed on. */
static Value wait_for(Thread *t, Value task, Value fut, bool native)
{
    ImAsyncioState *st = im_aio_state(task);
    Value wake = im_native_new(t, &wakeup_def, task, IM_NO_VALUE), ctx = AIO_GET(task, context), r = IM_NO_VALUE;
    int e = im_no_value(wake) ? -1 : 0;
    if (e == 0 && native) e = im_future_add_callback(t, fut, wake, ctx);
    else if (e == 0) {
        Value a[2] = {wake, ctx}, done = im_call_method(t, fut, IM_S(add_done_callback), a, 1, st->kw_context);
        e = im_no_value(done) ? -1 : 0;
        im_xdrop(t, done);
    }
    im_xdrop(t, wake);
    im_xdrop(t, ctx);
    if (e < 0) return r;
    AIO_PUT(task, fut_waiter, im_new_ref(fut));
    if (im_load_relaxed(&im_futp(task)->x_must_cancel)) {
        Value msg = AIO_GET(task, cancel_msg), a[1] = {im_no_value(msg) ? IM_NONE : msg};
        Value done = im_call_method(t, fut, IM_S(cancel), a, 0, st->kw_msg);
        im_xdrop(t, msg);
        int yes = im_no_value(done) ? -1 : im_truth(t, done);
        im_xdrop(t, done);
        if (yes < 0) return r;
        if (yes) im_store_relaxed(&im_futp(task)->x_must_cancel, 0);
    }
    return IM_NONE;
}

/* What the coroutine yielded. */
static Value handle_yield(Thread *t, Value task, Value v)
{
    if (im_same(v, task)) return fail_soon(t, task, im_str_format(t, "Task cannot await on itself: %R", task));
    Value my_loop = AIO_GET(task, loop), loop, blocking = IM_NO_VALUE, r = IM_NO_VALUE;
    if (im_is_future_exact(v) || im_is_task_exact(v)) {
        bool same = (im_load_relaxed(&im_futp(v)->x_loop.bits)) == my_loop.bits;
        if (!same) r = fail_soon(t, task, im_str_format(t, "Task %R got Future %R attached to a different loop", task, v));
        else if (!im_load_relaxed(&im_futp(v)->x_blocking)) r = fail_soon(t, task, im_str_format(t, "yield was used instead of yield from in task %R with %R", task, v));
        else {
            im_store_relaxed(&im_futp(v)->x_blocking, 0);
            r = wait_for(t, task, v, true);
        }
        goto out;
    }
    if (im_is_none(v)) {
        r = step_soon(t, task, IM_NO_VALUE) < 0 ? IM_NO_VALUE : IM_NONE;
        goto out;
    }
    int found = im_lookup_attr(t, v, IM_S(_asyncio_future_blocking), &blocking);
    if (found < 0) goto out;
    if (found && !im_is_none(blocking)) {
        int yes = im_truth(t, blocking);
        if (yes < 0 || im_no_value(loop = im_future_loop_of(t, v))) goto out;
        bool same = im_same(loop, my_loop);
        im_drop(t, loop);
        if (!same) r = fail_soon(t, task, im_str_format(t, "Task %R got Future %R attached to a different loop", task, v));
        else if (!yes) r = fail_soon(t, task, im_str_format(t, "yield was used instead of yield from in task %R with %R", task, v));
        else if (im_setattr(t, v, IM_S(_asyncio_future_blocking), IM_FALSE) == 0) r = wait_for(t, task, v, false);
        goto out;
    }
    if (im_is_object(v) && im_is_exact(v, &im_generator_type)) r = fail_soon(t, task, im_str_format(t, "yield was used instead of yield from for generator in task %R with %R", task, v));
    else r = fail_soon(t, task, im_str_format(t, "Task got bad yield: %R", v));
out:
    im_xdrop(t, my_loop);
    im_xdrop(t, blocking);
    return r;
}

/* coro.send(None) or coro.throw(exc): 1 yielded, 0 returned, -1 raised. */
static int resume(Thread *t, Value coro, Value exc, Value *result)
{
    *result = IM_NO_VALUE;
    if (im_no_value(exc)) {
        const ImSlots *s = &im_type_of(coro)->slots;
        if (s->send) return s->send(t, coro, IM_NONE, result);
        *result = im_call_method1(t, coro, IM_S(send), IM_NONE);
    } else *result = im_call_method1(t, coro, IM_S(throw), exc);
    if (!im_no_value(*result)) return 1;
    if (!im_pending_is(t, &im_StopIteration_type)) return -1;
    Value e = im_exc_fetch(t);
    *result = im_stop_value(t, e);
    im_drop(t, e);
    return 0;
}

/* The coroutine has ended with the pending exception. */
static Value ended_by_exception(Thread *t, Value task)
{
    Value exc = im_exc_fetch(t);
    int e;
    if (im_is_instance_of(exc, im_as_type(im_aio_state(task)->cancelled))) {
        AIO_PUT(task, cancelled_exc, exc);
        e = im_future_cancel(t, task, IM_NO_VALUE);
        return e < 0 ? IM_NO_VALUE : im_bool(e);
    }
    e = im_future_set_exception(t, task, exc);
    bool fatal = im_is_instance_of(exc, &im_KeyboardInterrupt_type) || im_is_instance_of(exc, &im_SystemExit_type);
    if (e == 0 && fatal) {
        im_exc_restore(t, exc);
        return IM_NO_VALUE;
    }
    im_drop(t, exc);
    return e < 0 ? IM_NO_VALUE : IM_NONE;
}

static Value step_impl(Thread *t, Value task, Value exc) /* exc borrowed or no value */
{
    ImAsyncioState *st = im_aio_state(task);
    ImFuture *f = im_futp(task);
    if (im_future_state(task) != AIO_PENDING)
        return im_raise(t, im_as_type(st->invalid_state), "__step(): already done: %R %R", task, im_no_value(exc) ? IM_NONE : exc);
    im_xtake(exc);
    if (im_load_relaxed(&f->x_must_cancel)) {
        bool have = !im_no_value(exc) && im_is_exc(exc) && im_is_instance_of(exc, im_as_type(st->cancelled));
        if (!have) {
            im_xdrop(t, exc);
            if (im_no_value(exc = im_future_cancelled_error(t, task))) return exc;
        }
        im_store_relaxed(&f->x_must_cancel, 0);
    }
    AIO_PUT(task, fut_waiter, IM_NO_VALUE);
    Value coro = AIO_GET(task, coro), result, r = IM_NO_VALUE;
    if (im_no_value(coro)) {
        im_xdrop(t, exc);
        return im_raise_runtime(t, "uninitialized Task object");
    }
    int k = resume(t, coro, exc, &result);
    im_drop(t, coro);
    im_xdrop(t, exc);
    if (k < 0) return ended_by_exception(t, task);
    if (k > 0) r = handle_yield(t, task, result);
    else if (im_load_relaxed(&f->x_must_cancel)) { /* cancelled right before the coroutine stopped */
        im_store_relaxed(&f->x_must_cancel, 0);
        Value msg = AIO_GET(task, cancel_msg);
        r = im_future_cancel(t, task, msg) < 0 ? IM_NO_VALUE : IM_NONE;
        im_xdrop(t, msg);
    } else r = im_future_set_result(t, task, result) < 0 ? IM_NO_VALUE : IM_NONE;
    im_drop(t, result);
    return r;
}
static Value task_step(Thread *t, Value task, Value exc)
{
    ImAsyncioState *st = im_aio_state(task);
    Value loop = AIO_GET(task, loop), r = IM_NO_VALUE;
    if (im_no_value(loop)) return im_raise_runtime(t, "Task object is not initialized.");
    if (im_aio_enter(t, st, loop, task) == 0) {
        r = step_impl(t, task, exc);
        Value pending = im_exc_fetch(t);
        if (im_aio_leave(t, st, loop, task) < 0) {
            if (!im_no_value(pending)) {
                im_exc_chain(t, t->exc, pending);
                im_drop(t, pending);
            }
            IM_CLEAR(t, r);
        } else if (!im_no_value(pending)) im_exc_restore(t, pending);
    }
    im_drop(t, loop);
    return r;
}

/* What task waited for is done. */
static Value wakeup(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    Value fut = args[0], v;
    if (im_is_future_exact(fut) || im_is_task_exact(fut)) v = im_future_alive(t, fut) < 0 ? IM_NO_VALUE : im_future_result(t, fut);
    else v = im_call_method0(t, fut, IM_S(result));
    if (!im_no_value(v)) {
        im_drop(t, v);
        return task_step(t, self, IM_NO_VALUE);
    }
    Value exc = im_exc_fetch(t), r = task_step(t, self, exc);
    im_drop(t, exc);
    return r;
}

static int eager_start(Thread *t, Value task, Value loop)
{
    ImAsyncioState *st = im_aio_state(task);
    Value before = im_aio_swap(t, st, loop, task), ctx, old, r = IM_NO_VALUE;
    if (im_no_value(before)) return -1;
    int e = im_set_add(t, st->eager, task);
    if (e == 0) {
        ctx = AIO_GET(task, context);
        if (im_is_context(ctx)) {
            if (im_context_enter(t, ctx, &old) < 0) e = -1;
            else {
                r = step_impl(t, task, IM_NO_VALUE);
                im_context_leave(t, ctx, old);
            }
        } else {
            im_raise_type(t, "an instance of Context was expected");
            e = -1;
        }
        im_xdrop(t, ctx);
        if (im_no_value(r)) e = -1;
        im_xdrop(t, r);
    }
    Value pending = im_exc_fetch(t), now = im_aio_swap(t, st, loop, before);
    im_drop(t, before);
    if (im_no_value(now)) e = -1;
    im_xdrop(t, now);
    if (im_set_discard(t, st->eager, task) < 0) e = -1;
    if (im_future_state(task) == AIO_PENDING) {
        if (im_aio_register(t, st, task) < 0) e = -1;
    } else {
        AIO_PUT(task, coro, IM_NO_VALUE); /* breaks a cycle */
    }
    if (!im_no_value(pending)) im_exc_restore(t, pending);
    return e;
}

/* --- the methods --------------------------------------------------------------------------------------------------------------------------------- */

static int is_coroutine(Thread *t, ImAsyncioState *st, Value v)
{
    if (im_is_object(v) && im_is_exact(v, &im_coroutine_type)) return 1;
    Value type = im_type_value(im_type_of(v));
    int known = im_set_contains(t, st->coroutine_types, type);
    if (known) return known;
    Value r = im_call1(t, st->iscoroutine, v);
    if (im_no_value(r)) return -1;
    int yes = im_truth(t, r);
    im_drop(t, r);
    if (yes > 0 && im_set_len(st->coroutine_types) < 100 && im_set_add(t, st->coroutine_types, type) < 0) return -1;
    return yes;
}
/* name, ctx: None or no value where not given. */
static int task_start(Thread *t, Value self, Value coro, Value given_loop, Value name, Value ctx, int eager)
{
    ImAsyncioState *st = im_aio_state(self);
    ImFuture *f = im_futp(self);
    int ok = im_future_init(t, self, given_loop) < 0 ? -1 : is_coroutine(t, st, coro);
    if (ok < 0) return -1;
    if (!ok) {
        im_store_relaxed(&f->x_log_destroy, 0);
        im_raise_type(t, "a coroutine was expected, got %R", coro);
        return -1;
    }
    ctx = im_no_value(ctx) || im_is_none(ctx) ? im_context_copy_current(t) : im_new_ref(ctx);
    if (im_no_value(ctx)) return -1;
    AIO_PUT(self, context, ctx);
    AIO_PUT(self, fut_waiter, IM_NO_VALUE);
    im_store_relaxed(&f->x_must_cancel, 0);
    im_store_relaxed(&f->x_log_destroy, 1);
    im_store_relaxed(&f->x_num_cancels, (int64_t)0);
    AIO_PUT(self, coro, im_new_ref(coro));
    if (im_no_value(name) || im_is_none(name)) {
        im_store_relaxed(&f->x_name_id, im_faa_relaxed(&st->x_names, (uint64_t)1) + 1);
        AIO_PUT(self, name, IM_NO_VALUE);
    } else {
        name = im_is_str_exact(name) ? im_new_ref(name) : im_str(t, name);
        if (im_no_value(name)) return -1;
        AIO_PUT(self, name, name);
    }
    Value loop = AIO_GET(self, loop);
    int e = 0;
    if (eager) {
        Value r = im_call_method0(t, loop, IM_S(is_running));
        eager = im_no_value(r) ? -1 : im_truth(t, r);
        im_xdrop(t, r);
        e = eager < 0 ? -1 : 0;
    }
    if (eager > 0) e = eager_start(t, self, loop);
    else if (e == 0) {
        e = step_soon(t, self, IM_NO_VALUE);
        if (e == 0) e = im_aio_register(t, st, self);
    }
    im_xdrop(t, loop);
    return e;
}
static int task_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "Task", "(coro, *, loop=None, name=None, context=None, eager_start=False)", args, nargs, kwnames, &a) < 0) return -1;
    int eager = im_no_value(a.v[4]) ? 0 : im_truth(t, a.v[4]), e = eager < 0 ? -1 : task_start(t, self, a.v[0], a.v[1], a.v[2], a.v[3], eager);
    im_args_fini(t, &a);
    return e;
}
Value im_aio_task_new(Thread *t, Value coro, Value loop, Value name, Value ctx)
{
    Value v = im_value(im_instance_alloc(t, &im_asyncio_task_type, 0));
    if (!im_no_value(v) && task_start(t, v, coro, loop, name, ctx, 0) < 0) IM_CLEAR(t, v);
    return v;
}
static int alive(Thread *t, Value self)
{
    if (!im_no_value(im_futp(self)->x_loop)) return 0;
    return im_raise_runtime(t, "Task object is not initialized."), -1;
}
AIO_METHOD(m_cancel)
{
    if (alive(t, self) < 0) return IM_NO_VALUE;
    ImFuture *f = im_futp(self);
    im_store_relaxed(&f->x_log_tb, 0);
    if (im_future_state(self) != AIO_PENDING) return IM_FALSE;
    im_faa_relaxed(&f->x_num_cancels, (int64_t)1);
    Value waiter = AIO_GET(self, fut_waiter), msg = im_no_value(args[0]) ? IM_NONE : args[0];
    if (!im_no_value(waiter)) {
        Value r = im_call_method(t, waiter, IM_S(cancel), &msg, 0, im_aio_state(self)->kw_msg);
        im_drop(t, waiter);
        int yes = im_no_value(r) ? -1 : im_truth(t, r);
        im_xdrop(t, r);
        if (yes) return yes < 0 ? IM_NO_VALUE : IM_TRUE;
    }
    AIO_PUT(self, cancel_msg, im_new_ref(msg));
    im_store_relaxed(&f->x_must_cancel, 1);
    return IM_TRUE;
}
AIO_METHOD(m_cancelling) { return alive(t, self) < 0 ? IM_NO_VALUE : im_int(im_load_relaxed(&im_futp(self)->x_num_cancels)); }
AIO_METHOD(m_uncancel)
{
    if (alive(t, self) < 0) return IM_NO_VALUE;
    ImFuture *f = im_futp(self);
    int64_t n = im_load_relaxed(&f->x_num_cancels);
    if (n > 0) {
        im_store_relaxed(&f->x_num_cancels, --n);
        if (n == 0) im_store_relaxed(&f->x_must_cancel, 0);
    }
    return im_int(n);
}
AIO_METHOD(m_get_stack) { return im_call2(t, im_aio_state(self)->task_get_stack, self, im_no_value(args[0]) ? IM_NONE : args[0]); }
AIO_METHOD(m_print_stack)
{
    return im_call3(t, im_aio_state(self)->task_print_stack, self, im_no_value(args[0]) ? IM_NONE : args[0], im_no_value(args[1]) ? IM_NONE : args[1]);
}
AIO_METHOD(m_set_result) { return im_raise_runtime(t, "Task does not support set_result operation"); }
AIO_METHOD(m_set_exception) { return im_raise_runtime(t, "Task does not support set_exception operation"); }
AIO_METHOD(m_get_coro)
{
    Value v = AIO_GET(self, coro);
    return im_no_value(v) ? IM_NONE : v;
}
AIO_METHOD(m_get_context)
{
    Value v = AIO_GET(self, context);
    return im_no_value(v) ? IM_NONE : v;
}
AIO_METHOD(m_get_name)
{
    Value v = AIO_GET(self, name);
    if (!im_no_value(v)) return v;
    uint64_t id = im_load_relaxed(&im_futp(self)->x_name_id);
    if (!id) return IM_NONE;
    v = im_str_format(t, "Task-%llu", (unsigned long long)id);
    if (!im_no_value(v)) {
        im_take(v);
        AIO_PUT(self, name, v);
    }
    return v;
}
AIO_METHOD(m_set_name)
{
    Value v = im_is_str_exact(args[0]) ? im_new_ref(args[0]) : im_str(t, args[0]);
    if (im_no_value(v)) return v;
    AIO_PUT(self, name, v);
    return IM_NONE;
}
static Value get_log_destroy(Thread *t, Value self, void *c) { (void)t, (void)c; return im_bool(im_load_relaxed(&im_futp(self)->x_log_destroy)); }
static int set_log_destroy(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    int b = im_truth(t, v);
    if (b < 0) return -1;
    im_store_relaxed(&im_futp(self)->x_log_destroy, (uint32_t)b);
    return 0;
}
static Value get_must_cancel(Thread *t, Value self, void *c) { (void)t, (void)c; return im_bool(im_load_relaxed(&im_futp(self)->x_must_cancel)); }
static Value get_coro(Thread *t, Value self, void *c) { (void)c; return m_get_coro(t, self, NULL, 0, IM_NO_VALUE); }
static Value get_fut_waiter(Thread *t, Value self, void *c)
{
    (void)c;
    Value v = AIO_GET(self, fut_waiter);
    return im_no_value(v) ? IM_NONE : v;
}
static Value task_repr(Thread *t, Value self) { return im_call1(t, im_aio_state(self)->task_repr, self); }

static const ImMethodDef task_methods[] = {
    IM_FIXED("set_result", m_set_result, 1, "($self, result, /)", NULL), IM_FIXED("set_exception", m_set_exception, 1, "($self, exception, /)", NULL),
    IM_PARSED("cancel", m_cancel, "($self, /, msg=None)",
              "Request that this task cancel itself.\n\nThis arranges for a CancelledError to be thrown into the\nwrapped coroutine on the next cycle through the event loop.\nThe coroutine then has a chance to "
              "clean up or even deny\nthe request using try/except/finally.\n\nUnlike Future.cancel, this does not guarantee that the\ntask will be cancelled: the exception might be caught and\nacted upon, "
              "delaying cancellation of the task or preventing\ncancellation completely.  The task may also return a value or\nraise a different exception.\n\nImmediately after this method is called, "
              "Task.cancelled() will\nnot return True (unless the task was already cancelled).  A\ntask will be marked as cancelled when the wrapped coroutine\nterminates with a CancelledError exception "
              "(even if cancel()\nwas not called).\n\nThis also increases the task's count of cancellation requests."),
    IM_FIXED("cancelling", m_cancelling, 0, "($self, /)",
             "Return the count of the task's cancellation requests.\n\nThis count is incremented when .cancel() is called\nand may be decremented using .uncancel()."),
    IM_FIXED("uncancel", m_uncancel, 0, "($self, /)",
             "Decrement the task's count of cancellation requests.\n\nThis should be used by tasks that catch CancelledError\nand wish to continue indefinitely until they are cancelled again.\n\nReturns "
             "the remaining number of cancellation requests."),
    IM_PARSED("get_stack", m_get_stack, "($self, /, *, limit=None)",
              "Return the list of stack frames for this task's coroutine.\n\nIf the coroutine is not done, this returns the stack where it is\nsuspended.  If the coroutine has completed successfully or was\n"
              "cancelled, this returns an empty list.  If the coroutine was\nterminated by an exception, this returns the list of traceback\nframes.\n\nThe frames are always ordered from oldest to newest.\n\n"
              "The optional limit gives the maximum number of frames to\nreturn; by default all available frames are returned.  Its\nmeaning differs depending on whether a stack or a traceback is\nreturned: "
              "the newest frames of a stack are returned, but the\noldest frames of a traceback are returned.  (This matches the\nbehavior of the traceback module.)\n\nFor reasons beyond our control, only one "
              "stack frame is\nreturned for a suspended coroutine."),
    IM_PARSED("print_stack", m_print_stack, "($self, /, *, limit=None, file=None)",
              "Print the stack or traceback for this task's coroutine.\n\nThis produces output similar to that of the traceback module,\nfor the frames retrieved by get_stack().  The limit argument\nis passed "
              "to get_stack().  The file argument is an I/O stream\nto which the output is written; by default output is written\nto sys.stderr."),
    IM_FIXED("get_name", m_get_name, 0, "($self, /)", NULL), IM_FIXED("set_name", m_set_name, 1, "($self, value, /)", NULL),
    IM_FIXED("get_coro", m_get_coro, 0, "($self, /)", NULL), IM_FIXED("get_context", m_get_context, 0, "($self, /)", NULL), IM_CLASS_GETITEM, IM_END};
static const ImGetSetDef task_getset[] = {
    {"_log_destroy_pending", get_log_destroy, set_log_destroy, NULL, NULL}, {"_must_cancel", get_must_cancel, NULL, NULL, NULL}, {"_coro", get_coro, NULL, NULL, NULL},
    {"_fut_waiter", get_fut_waiter, NULL, NULL, NULL}, IM_END};
static const ImSlots task_slots = {.init = task_init, .repr = task_repr};
const ImTypeSpec im_asyncio_task_spec = {
    .name = "_asyncio.Task", .doc = "A coroutine wrapped in a Future.", .size = sizeof(ImFuture), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF | IM_TF_MANAGED_DICT_SLOT | IM_TF_FINALIZER,
    .base = &im_asyncio_future_type, .slots = &task_slots, .methods = task_methods, .getset = task_getset, .traverse = im_future_traverse, .clear = im_future_clear, .destroy = im_future_destroy,
    .finalize = im_future_finalize, .dict_offset = offsetof(ImFuture, x_dict),
    .text_signature = "(coro, *, loop=None, name=None, context=None, eager_start=False)"};
