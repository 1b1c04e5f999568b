/* What programs call through ctypes.pythonapi: a function of CPython's C API, under its own name.
 * SPDX-License-Identifier: MIT */
#include "modules/_ctypes.h"

/* At a safepoint of the thread that it is for. */
static int raise_in(Thread *t, Value exc)
{
    if (im_is_type(exc) && im_type_is_subtype(im_as_type(exc), &im_BaseException_type)) {
        Value e = im_call0(t, exc);
        im_drop(t, exc);
        if (!im_no_value(e)) (void)im_raise_instance(t, e);
    } else if (im_is_instance_of(exc, &im_BaseException_type)) {
        (void)im_raise_instance(t, exc);
    } else {
        im_drop(t, exc);
        (void)im_raise_system(t, "async exception must derive from BaseException");
    }
    return -1;
}

__attribute__((constructor)) static void init(void) { im_poll_hooks.async_exc = raise_in; }

/* Raises exc in the thread with that identity at its next safepoint, or takes back what was to be raised (null). How many threads that are: 0 or 1. */
int PyThreadState_SetAsyncExc(unsigned long id, void *exc);
int PyThreadState_SetAsyncExc(unsigned long id, void *exc)
{
    Thread *t = im_thread_current();
    Value v = {(uint64_t)(uintptr_t)exc}, old = IM_NO_VALUE;
    int found = 0;
    if (!im_no_value(v)) {
        im_publish(t, v);
        im_take(v);
    }
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *o = im_rt.x_threads; o && !found; o = o->next) {
        if (o->ident != id) continue;
        old.bits = im_xchg_acq_rel(&o->x_async_exc.bits, v.bits);
        v = IM_NO_VALUE;
        found = 1;
        im_poll_request(o, IM_POLL_ASYNC_EXC);
    }
    pthread_mutex_unlock(&im_rt.thread_lock);
    im_xdrop(t, old);
    im_xdrop(t, v);
    return found;
}
