/* _asyncio: the module; which loop runs in this thread, which task runs in that loop, all tasks.
 * SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "modules/asyncio.h"
#include "types/weakref.h"

#define AIO_METHOD(name) static Value name(Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* --- the running loop ------------------------------------------------------------------------------------------------------------------------------ */

Value im_aio_running_loop(Thread *t)
{
    Value loop = t->asyncio_running_loop;
    if (im_no_value(loop) || im_is_none(loop)) return IM_NO_VALUE;
    if (t->asyncio_pid == 0) return IM_NO_VALUE; /* it runs in the parent of a fork */
    return im_new_ref(loop);
}
Value im_aio_event_loop(Thread *t, ImAsyncioState *st)
{
    Value loop = im_aio_running_loop(t);
    if (!im_no_value(loop)) return loop;
    Value policy = im_call0(t, st->get_policy);
    if (im_no_value(policy)) return policy;
    loop = im_call_method0(t, policy, IM_S(get_event_loop));
    im_drop(t, policy);
    return loop;
}
AIO_METHOD(f_get_running_loop)
{
    Value loop = im_aio_running_loop(t);
    return im_no_value(loop) ? im_raise_runtime(t, "no running event loop") : loop;
}
AIO_METHOD(f__get_running_loop)
{
    Value loop = im_aio_running_loop(t);
    return im_no_value(loop) ? IM_NONE : loop;
}
AIO_METHOD(f__set_running_loop)
{
    Value old = t->asyncio_running_loop;
    t->asyncio_running_loop = im_is_none(args[0]) ? IM_NO_VALUE : im_new_ref(args[0]);
    t->asyncio_pid = getpid();
    im_xdrop(t, old);
    return IM_NONE;
}
AIO_METHOD(f_get_event_loop) { return im_aio_event_loop(t, im_module_state(self)); }

/* --- the current task ------------------------------------------------------------------------------------------------------------------------------ */

int im_aio_enter(Thread *t, ImAsyncioState *st, Value loop, Value task)
{
    Value other;
    int found = im_dict_setdefault(t, st->current, loop, task, &other);
    if (found < 0) return -1;
    if (found) im_raise_runtime(t, "Cannot enter into task %R while another task %R is being executed.", task, other);
    im_drop(t, other);
    return found ? -1 : 0;
}
int im_aio_leave(Thread *t, ImAsyncioState *st, Value loop, Value task)
{
    Value now;
    int found = im_dict_pop(t, st->current, loop, &now);
    if (found < 0) return -1;
    bool same = found && im_same(now, task);
    if (!same) {
        if (found && im_dict_set(t, st->current, loop, now) < 0) im_exc_clear(t);
        im_raise_runtime(t, "Leaving task %R does not match the current task %R.", task, found ? now : IM_NONE);
    }
    im_xdrop(t, now);
    return same ? 0 : -1;
}
Value im_aio_swap(Thread *t, ImAsyncioState *st, Value loop, Value task)
{
    Value before;
    if (im_dict_get(t, st->current, loop, &before) < 0) return IM_NO_VALUE;
    int e = im_is_none(task) ? im_dict_del(t, st->current, loop) : im_dict_set(t, st->current, loop, task);
    if (e < 0) {
        im_xdrop(t, before);
        return IM_NO_VALUE;
    }
    return im_no_value(before) ? IM_NONE : before;
}
AIO_METHOD(f_enter_task) { return im_aio_enter(t, im_module_state(self), args[0], args[1]) < 0 ? IM_NO_VALUE : IM_NONE; }
AIO_METHOD(f_leave_task) { return im_aio_leave(t, im_module_state(self), args[0], args[1]) < 0 ? IM_NO_VALUE : IM_NONE; }
AIO_METHOD(f_swap_current_task) { return im_aio_swap(t, im_module_state(self), args[0], args[1]); }
AIO_METHOD(f_current_task)
{
    ImAsyncioState *st = im_module_state(self);
    Value loop = im_no_value(args[0]) || im_is_none(args[0]) ? f_get_running_loop(t, self, NULL, 0, IM_NO_VALUE) : im_new_ref(args[0]), task;
    if (im_no_value(loop)) return loop;
    int found = im_dict_get(t, st->current, loop, &task);
    im_drop(t, loop);
    return found ? task : IM_NONE;
}

/* --- all tasks ---------------------------------------------------------------------------------------------------------------------------------------- */

int im_aio_register(Thread *t, ImAsyncioState *st, Value task)
{
    if (im_list_len(st->weak_pending)) { /* the set was iterated over while tasks died: its own add() tidies up */
        Value r = im_call_method1(t, st->scheduled, IM_S(add), task);
        im_xdrop(t, r);
        return im_no_value(r) ? -1 : 0;
    }
    Value ref = im_weakref_new(t, task, st->weak_remove);
    if (im_no_value(ref)) return -1;
    int e = im_set_add(t, st->weak_data, ref);
    im_drop(t, ref);
    return e;
}
/* A task dies: what WeakSet's own callback does. self: the set's data, the iterations under way, the removals put off until they end. */
AIO_METHOD(forget)
{
    Value data = im_tuple_get(self, 0), iterating = im_tuple_get(self, 1), pending = im_tuple_get(self, 2);
    int e = im_set_len(iterating) ? im_list_append(t, pending, args[0]) : im_set_discard(t, data, args[0]);
    return e < 0 ? IM_NO_VALUE : IM_NONE;
}
static const ImMethodDef forget_def = IM_FIXED("_remove", forget, 1, NULL, NULL);
AIO_METHOD(f_register_task) { return im_aio_register(t, im_module_state(self), args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
AIO_METHOD(f_unregister_task)
{
    Value r = im_call_method1(t, ((ImAsyncioState *)im_module_state(self))->scheduled, IM_S(discard), args[0]);
    im_xdrop(t, r);
    return im_no_value(r) ? r : IM_NONE;
}
AIO_METHOD(f_register_eager) { return im_set_add(t, ((ImAsyncioState *)im_module_state(self))->eager, args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
AIO_METHOD(f_unregister_eager) { return im_set_discard(t, ((ImAsyncioState *)im_module_state(self))->eager, args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }

/* --- the module ---------------------------------------------------------------------------------------------------------------------------------------- */

static Value name_tuple(Thread *t, Value name) { return im_tuple_pack(t, 1, name); }

static int asyncio_exec(Thread *t, Value m)
{
    ImAsyncioState *s = im_module_state(m);
    struct { Value *at; const char *module, *name; } rows[] = {
        {&s->get_policy, "asyncio.events", "get_event_loop_policy"}, {&s->future_repr, "asyncio.base_futures", "_future_repr"}, {&s->invalid_state, "asyncio.exceptions", "InvalidStateError"},
        {&s->cancelled, "asyncio.exceptions", "CancelledError"}, {&s->task_repr, "asyncio.base_tasks", "_task_repr"}, {&s->task_get_stack, "asyncio.base_tasks", "_task_get_stack"},
        {&s->task_print_stack, "asyncio.base_tasks", "_task_print_stack"}, {&s->iscoroutine, "asyncio.coroutines", "iscoroutine"}, {&s->extract_stack, "traceback", "extract_stack"}};
    for (size_t i = 0; i < IM_COUNTOF(rows); i++) if (im_no_value(*rows[i].at = im_import_from(t, rows[i].module, rows[i].name))) return -1;
    Value weak = im_import_from(t, "weakref", "WeakSet");
    if (im_no_value(weak)) return -1;
    s->scheduled = im_call0(t, weak);
    im_drop(t, weak);
    if (im_no_value(s->scheduled) || im_no_value(s->weak_data = im_getattr(t, s->scheduled, IM_S(data))) ||
        im_no_value(s->weak_pending = im_getattr(t, s->scheduled, IM_S(_pending_removals))) || im_no_value(s->weak_iterating = im_getattr(t, s->scheduled, IM_S(_iterating)))) return -1;
    if (!im_is_exact(s->weak_data, &im_set_type) || !im_is_exact(s->weak_iterating, &im_set_type) || !im_is_list_exact(s->weak_pending)) return im_raise_type(t, "weakref.WeakSet is not the library's"), -1;
    Value parts = im_tuple_pack(t, 3, s->weak_data, s->weak_iterating, s->weak_pending);
    s->weak_remove = im_no_value(parts) ? parts : im_native_new(t, &forget_def, parts, IM_NO_VALUE);
    im_xdrop(t, parts);
    if (im_no_value(s->weak_remove)) return -1;
    if (im_no_value(s->eager = im_set_new(t, IM_NO_VALUE)) || im_no_value(s->current = im_dict_new(t)) ||
        im_no_value(s->coroutine_types = im_set_new(t, IM_NO_VALUE)) || im_no_value(s->kw_context = name_tuple(t, IM_S(context))) || im_no_value(s->kw_msg = name_tuple(t, IM_S(msg)))) return -1;
    if (im_module_ready_type(t, m, &im_asyncio_future_type, &im_asyncio_future_spec) < 0 || im_module_ready_type(t, m, &im_asyncio_task_type, &im_asyncio_task_spec) < 0 ||
        im_type_ready(t, &im_asyncio_iter_type, &im_asyncio_iter_spec) < 0 || im_type_ready(t, &im_asyncio_step_type, &im_asyncio_step_spec) < 0) return -1;
    return im_module_add(t, m, "_scheduled_tasks", im_new_ref(s->scheduled)) < 0 || im_module_add(t, m, "_eager_tasks", im_new_ref(s->eager)) < 0 ||
           im_module_add(t, m, "_current_tasks", im_new_ref(s->current)) < 0 ? -1 : 0;
}
static int asyncio_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value *v = ((ImModule *)o)->state;
    for (size_t i = 0; v && i < AIO_STATE_VALUES; i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static const ImMethodDef functions[] = {
    IM_PARSED("current_task", f_current_task, "($module, /, loop=None)", "Return a currently executed task."),
    IM_FIXED("get_event_loop", f_get_event_loop, 0, "($module, /)",
             "Return an asyncio event loop.\n\nWhen called from a coroutine or a callback (e.g. scheduled with\ncall_soon or similar API), this function will always return the\nrunning event loop.\n\nIf there is "
             "no running event loop set, the function will return\nthe result of `get_event_loop_policy().get_event_loop()` call."),
    IM_FIXED("get_running_loop", f_get_running_loop, 0, "($module, /)", "Return the running event loop.  Raise a RuntimeError if there is none.\n\nThis function is thread-specific."),
    IM_FIXED("_get_running_loop", f__get_running_loop, 0, "($module, /)",
             "Return the running event loop or None.\n\nThis is a low-level function intended to be used by event loops.\nThis function is thread-specific."),
    IM_FIXED("_set_running_loop", f__set_running_loop, 1, "($module, loop, /)",
             "Set the running event loop.\n\nThis is a low-level function intended to be used by event loops.\nThis function is thread-specific."),
    IM_PARSED("_register_task", f_register_task, "($module, /, task)", "Register a new task in asyncio as executed by loop.\n\nReturns None."),
    IM_PARSED("_register_eager_task", f_register_eager, "($module, /, task)", "Register a new task in asyncio as executed by loop.\n\nReturns None."),
    IM_PARSED("_unregister_task", f_unregister_task, "($module, /, task)", "Unregister a task.\n\nReturns None."),
    IM_PARSED("_unregister_eager_task", f_unregister_eager, "($module, /, task)", "Unregister a task.\n\nReturns None."),
    IM_PARSED("_enter_task", f_enter_task, "($module, /, loop, task)", "Enter into task execution or resume suspended task.\n\nTask belongs to loop.\n\nReturns None."),
    IM_PARSED("_leave_task", f_leave_task, "($module, /, loop, task)", "Leave task execution or suspend a task.\n\nTask belongs to loop.\n\nReturns None."),
    IM_PARSED("_swap_current_task", f_swap_current_task, "($module, /, loop, task)",
              "Temporarily swap in the supplied task and return the original one (or None).\n\nThis is intended for use during eager coroutine execution."),
    IM_END};
static const ImModuleDef asyncio_module = {.name = "_asyncio", .doc = "Accelerator module for asyncio", .methods = functions, .exec = asyncio_exec, .state_size = sizeof(ImAsyncioState),
    .traverse = asyncio_traverse};
IM_MODULE(asyncio_module);
