/* What the files of _asyncio share: futures, tasks, module state.
 *
 * Every reference in a future is a slot written by exchange and read without a lock: threads that use one future together (asyncio forbids it) may confuse its state,
 * never memory. The step from pending to done is a compare-and-swap.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_ASYNCIO_H
#define IM_MODULES_ASYNCIO_H

#include "modules/module.h"

enum { AIO_PENDING, AIO_CANCELLED, AIO_FINISHED, AIO_CLAIMED /* somebody is storing the result: still pending for everybody else */ };

typedef struct ImFuture {
    ImObject head;
    uint32_t x_state;
    uint32_t x_blocking, x_log_tb;
    uint32_t x_must_cancel, x_log_destroy; /* tasks */
    int64_t x_num_cancels;
    uint64_t x_name_id; /* task without a name given: its number, 0 none */
    Value x_loop;       /* no value: not initialised */
    Value x_callback0, x_context0;
    Value x_callbacks;  /* list of (callback, context) after the first, or no value */
    Value x_exception, x_exception_tb, x_result, x_source_tb, x_cancel_msg, x_cancelled_exc;
    Value x_dict;
    /* tasks only */
    Value x_fut_waiter, x_coro, x_name, x_context;
} ImFuture;
enum { AIO_FUTURE_SIZE = offsetof(ImFuture, x_fut_waiter) };

typedef struct ImAsyncioState {
    Value kw_context, kw_msg;   /* ("context",), ("msg",) */
    Value get_policy, future_repr, task_repr, task_get_stack, task_print_stack, iscoroutine, extract_stack;
    Value invalid_state, cancelled;
    Value scheduled, eager, current; /* WeakSet, set, dict */
    Value weak_data, weak_remove, weak_pending, weak_iterating; /* the WeakSet's parts: tasks are added without running its Python code */
    Value coroutine_types;      /* set of types found to be coroutines */
    uint64_t x_names;           /* tasks named by number */
} ImAsyncioState;
enum { AIO_STATE_VALUES = offsetof(ImAsyncioState, x_names) / sizeof(Value) };

extern ImType im_asyncio_future_type, im_asyncio_task_type, im_asyncio_iter_type, im_asyncio_step_type; /* not IM_TYPE: made by the module */
extern const ImTypeSpec im_asyncio_future_spec, im_asyncio_task_spec, im_asyncio_iter_spec, im_asyncio_step_spec;

IM_INLINE ImFuture *im_futp(Value v) { return (ImFuture *)im_ptr(v); }
IM_INLINE ImAsyncioState *im_aio_state(Value fut) { return im_type_module_state(im_type_of(fut)); }
IM_INLINE bool im_is_future_exact(Value v) { return im_is_object(v) && im_type_of(v) == &im_asyncio_future_type; }
IM_INLINE bool im_is_task_exact(Value v) { return im_is_object(v) && im_type_of(v) == &im_asyncio_task_type; }
IM_INLINE bool im_is_future(Value v) { return im_is_instance_of(v, &im_asyncio_future_type); }
/* Owned content of a slot, or no value; and its replacement (steals). */
#define AIO_GET(fut, field) im_slot_get(t, NULL, &im_futp(fut)->x_##field)
#define AIO_PUT(fut, field, v) im_slot_put(t, im_ptr(fut), &im_futp(fut)->x_##field, (v))
IM_INLINE uint32_t im_future_state(Value fut)
{
    uint32_t s = im_load_acquire(&im_futp(fut)->x_state);
    return s == AIO_CLAIMED ? AIO_PENDING : s;
}

IM_MUST_USE int im_future_init(Thread *t, Value fut, Value loop); /* loop None or no value: get_event_loop() */
IM_MUST_USE int im_future_alive(Thread *t, Value fut);
IM_MUST_USE int im_future_set_result(Thread *t, Value fut, Value result);
IM_MUST_USE int im_future_set_exception(Thread *t, Value fut, Value exc);
/* 1 cancelled, 0 was done already, -1. */
IM_MUST_USE int im_future_cancel(Thread *t, Value fut, Value msg);
/* result(): owned, or no value with its exception pending. */
IM_MUST_USE Value im_future_result(Thread *t, Value fut);
IM_MUST_USE int im_future_add_callback(Thread *t, Value fut, Value fn, Value ctx);
IM_MUST_USE Value im_future_cancelled_error(Thread *t, Value fut);
void im_future_finalize(Thread *t, ImObject *o);
IM_MUST_USE Value im_future_loop_of(Thread *t, Value fut); /* any future-like object's get_loop() or _loop */
/* loop.call_soon(fn[, arg], context=ctx); arg, ctx may be no value. */
IM_MUST_USE int im_aio_call_soon(Thread *t, ImAsyncioState *st, Value loop, Value fn, Value arg, Value ctx);
/* asyncio_loop.c. The same for a loop that is as the library made it: 1 done, 0 not tried, -1. And: is it such a loop, and not in debug mode? */
IM_MUST_USE int im_aio_quick_soon(Thread *t, Value loop, Value fn, Value arg, Value ctx);
bool im_aio_loop_is_quiet(Thread *t, Value loop);
IM_MUST_USE Value im_aio_task_new(Thread *t, Value coro, Value loop, Value name, Value ctx); /* Task(coro, loop=loop, name=name, context=ctx) */
IM_MUST_USE Value im_aio_running_loop(Thread *t); /* owned, or no value without exception */
IM_MUST_USE Value im_aio_event_loop(Thread *t, ImAsyncioState *st);
IM_MUST_USE int im_aio_enter(Thread *t, ImAsyncioState *st, Value loop, Value task);
IM_MUST_USE int im_aio_leave(Thread *t, ImAsyncioState *st, Value loop, Value task);
IM_MUST_USE Value im_aio_swap(Thread *t, ImAsyncioState *st, Value loop, Value task); /* task None: none. The one before, or None */
IM_MUST_USE int im_aio_register(Thread *t, ImAsyncioState *st, Value task);

extern const ImMethodDef im_future_methods[];
int im_future_traverse(ImObject *o, ImVisit visit, void *arg);
void im_future_clear(Thread *t, ImObject *o);
void im_future_destroy(Thread *t, ImObject *o);

#endif
