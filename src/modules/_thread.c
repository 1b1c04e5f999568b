/* _thread: starting and joining threads.
 *
 * A handle's state: NOT_STARTED -> STARTING -> RUNNING -> DONE. x_done is the futex word that joiners wait on; it is set by the thread itself as its last act on
 * objects. The first joiner takes the operating system's thread back (x_reaped 0 -> 1 -> 2).
 * SPDX-License-Identifier: MIT */
#include "modules/_thread.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "modules/audit.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

enum { NOT_STARTED, STARTING, RUNNING, DONE };
enum { REAP_SPINS = 500 };
typedef struct Handle {
    ImObject head;
    uint32_t x_state;
    uint32_t x_done;   /* 1: the thread has left */
    uint32_t x_reaped; /* 0 nobody has joined the OS thread, 1 somebody is at it, 2 done */
    bool has_os;       /* os is valid */
    bool daemon;       /* not waited for at exit */
    bool made;         /* of a thread not started here: the list holds no reference */
    uint64_t x_ident;
    pthread_t os;
    struct Handle *next, *prev; /* list; list_lock. The list holds a reference (but see made) */
} Handle;
#define H(v) ((Handle *)im_ptr(v))

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static Handle *list; /* threads that may still run: joined at exit unless daemons; a fork's child marks them done */
static int64_t x_count; /* threads started here and still running */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { THREAD_STACK_MARGIN = 4 << 20 }; /* the checkers' own records of a thread lie there, and frames are larger */
#else
enum { THREAD_STACK_MARGIN = 384 << 10 };
#endif
static size_t x_stack_size;

static void list_add(Handle *h)
{
    if (!h->made) im_take_obj(&h->head);
    pthread_mutex_lock(&list_lock);
    h->next = list;
    h->prev = NULL;
    if (list) list->prev = h;
    list = h;
    pthread_mutex_unlock(&list_lock);
}
/* True if it was there: the caller drops the list's reference. */
static bool list_remove(Handle *h)
{
    pthread_mutex_lock(&list_lock);
    bool in = list == h || h->prev;
    if (in) {
        if (h->prev) h->prev->next = h->next;
        else list = h->next;
        if (h->next) h->next->prev = h->prev;
        h->next = h->prev = NULL;
    }
    pthread_mutex_unlock(&list_lock);
    return in;
}

/* --- handles ------------------------------------------------------------------------------------------------------------------------------------------------ */

static Value handle_alloc(Thread *t) { return im_value(im_instance_alloc(t, &im_thread_handle_type, 0)); }
static Value handle_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type, (void)args;
    if (nargs || (!im_no_value(kwnames) && im_tuple_len(kwnames))) return im_raise_type(t, "_ThreadHandle() takes no arguments");
    return handle_alloc(t);
}
static void handle_destroy(Thread *t, ImObject *o)
{
    (void)t;
    Handle *h = (Handle *)o;
    if (h->made) (void)list_remove(h);
    if (h->has_os && h->x_reaped == 0) pthread_detach(h->os);
}

/* Waits until the thread has left: 1, 0 timeout, -1 a signal handler raised. */
static int wait_done(Thread *t, Handle *h, int64_t ns)
{
    int64_t deadline = ns < 0 ? -1 : im_monotonic_ns() + ns;
    while (!im_load_acquire(&h->x_done)) {
        if (deadline >= 0 && im_monotonic_ns() >= deadline) return 0;
        IM_DETACH(t);
        int64_t began = im_rt.gil ? 0 : im_spin(t, &h->x_done, 0, false, deadline);
        bool enough = im_load_acquire(&h->x_done);
        if (!enough) im_park(&h->x_done, 0, deadline);
        if (!im_rt.gil) im_spin_learn(t, began, enough);
        IM_ATTACH(t);
        if (im_poll(t) < 0) return -1;
    }
    return 1;
}
static void reap(Thread *t, Handle *h)
{
    uint32_t zero = 0;
    if (!h->has_os) return;
    if (im_cas_acq_rel(&h->x_reaped, &zero, 1)) {
        IM_DETACH(t);
        /* It is on its way out: mostly gone before this thread could fall asleep. */
        int tries = 0;
        while (pthread_tryjoin_np(h->os, NULL) == EBUSY)
            if (++tries == REAP_SPINS) { pthread_join(h->os, NULL); break; }
            else im_cpu_relax();
        IM_ATTACH(t);
        im_store_release(&h->x_reaped, 2);
        im_unpark_all(&h->x_reaped);
    }
    while (im_load_acquire(&h->x_reaped) == 1) {
        IM_DETACH(t);
        im_park(&h->x_reaped, 1, -1);
        IM_ATTACH(t);
    }
}
static int handle_join(Thread *t, Handle *h, int64_t ns)
{
    uint32_t state = im_load_acquire(&h->x_state);
    if (state == NOT_STARTED) return im_raise_runtime(t, "thread not started"), -1;
    if (!im_load_acquire(&h->x_done) && im_load_relaxed(&h->x_ident) == t->ident) return im_raise_runtime(t, "Cannot join current thread"), -1;
    int r = wait_done(t, h, ns);
    if (r > 0) {
        reap(t, h);
        im_store_release(&h->x_state, DONE);
    }
    return r < 0 ? -1 : 0;
}

FN(h_join)
{
    UNUSED_ARGS;
    int64_t ns = -1;
    if (nargs && !im_is_none(args[0])) {
        if (im_thread_timeout(t, args[0], &ns) < 0) return IM_NO_VALUE;
        if (ns < 0) ns = -1;
    }
    return handle_join(t, H(self), ns) < 0 ? IM_NO_VALUE : IM_NONE;
}
FN(h_is_done) { UNUSED_ARGS; return im_bool(im_load_acquire(&H(self)->x_done) != 0); }
FN(h_set_done)
{
    UNUSED_ARGS;
    Handle *h = H(self);
    if (im_load_acquire(&h->x_state) == NOT_STARTED) return im_raise_runtime(t, "thread not started");
    if (h->has_os && h->x_reaped == 0) pthread_detach(h->os);
    h->has_os = false;
    im_store_release(&h->x_state, DONE);
    im_store_release(&h->x_done, 1);
    im_unpark_all(&h->x_done);
    if (list_remove(h) && !h->made) im_drop(t, self);
    return IM_NONE;
}
static Value h_ident(Thread *t, Value self, void *closure) { (void)closure; return im_int_from_u64(t, im_load_relaxed(&H(self)->x_ident)); }
static Value h_repr(Thread *t, Value self) { return im_str_format(t, "<%T object: ident=%lld>", self, (long long)im_load_relaxed(&H(self)->x_ident)); }
static const ImMethodDef h_methods[] = {
    IM_RANGE("join", h_join, 0, 1, NULL, NULL), IM_FIXED("_set_done", h_set_done, 0, "($self, /)", NULL), IM_FIXED("is_done", h_is_done, 0, "($self, /)", NULL), IM_END};
static const ImGetSetDef h_getset[] = {{"ident", h_ident, NULL, NULL, NULL}, {0}};
static const ImSlots h_slots = {.repr = h_repr, .new_ = handle_new};
static const ImTypeSpec h_spec = {.name = "_thread._ThreadHandle", .size = sizeof(Handle), .flags = IM_TF_WEAKREF, .slots = &h_slots, .methods = h_methods, .getset = h_getset,
    .destroy = handle_destroy};
IM_TYPE(thread_handle, &h_spec);

/* --- starting ------------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Boot { Thread *t; Value func, args, kwargs, handle; size_t c_stack; } Boot; /* references handed over to the new thread */

static void *thread_main(void *p)
{
    Boot b = *(Boot *)p;
    Thread *t = b.t;
    im_raw_free(p);
    im_thread_enter(t, b.c_stack);
    Handle *h = H(b.handle);
    im_store_relaxed(&h->x_ident, t->ident);
    uint32_t starting = STARTING;
    (void)im_cas_acq_rel(&h->x_state, &starting, RUNNING);
    im_faa_relaxed(&x_count, 1);
    if (im_frame_hooks.thread_init && im_frame_hooks.thread_init(t) < 0) im_exc_clear(t);
    else {
        Value r = im_call_ex(t, b.func, b.args, b.kwargs);
        if (im_no_value(r)) {
            if (im_pending_is(t, &im_SystemExit_type)) im_exc_clear(t);
            else {
                Value exc = im_exc_fetch(t), msg = im_str_format(t, "Exception ignored in thread started by %R", b.func);
                const char *text = im_no_value(msg) ? NULL : im_str_utf8(t, msg, NULL);
                im_exc_restore(t, exc);
                im_write_unraisable(t, text, IM_NO_VALUE);
                im_xdrop(t, msg);
            }
        } else im_drop(t, r);
    }
    im_drop(t, b.func);
    im_drop(t, b.args);
    im_xdrop(t, b.kwargs);
    im_thread_local_leave(t);
    IM_CLEAR(t, t->context);
    IM_CLEAR(t, t->asyncio_running_loop);
    if (im_frame_hooks.thread_fini) im_frame_hooks.thread_fini(t);
    im_faa_relaxed(&x_count, -1);
    bool listed = list_remove(h);
    /* Joiners may go on from here: nothing of this thread's Python code runs any more. Those that sleep are woken when they need not wait for this thread to let go of
     * anything; the word may be another's by then, whose sleepers look again. */
    uint32_t *word = &h->x_done;
    im_store_release(word, 1);
    if (listed) im_drop(t, b.handle);
    im_drop(t, b.handle);
    im_thread_leave(t);
    im_unpark_all(word);
    return NULL;
}

static int start(Thread *t, Value func, Value args, Value kwargs, Value handle, bool daemon)
{
    Handle *h = H(handle);
    uint32_t expected = NOT_STARTED;
    if (im_load_relaxed(&im_rt.x_finalizing)) return im_raise(t, &im_PythonFinalizationError_type, "can't create new thread at interpreter shutdown"), -1;
    if (!im_cas_acq_rel(&h->x_state, &expected, STARTING)) return im_raise_runtime(t, "thread already started"), -1;
    Boot *b = im_raw_alloc(t, sizeof *b);
    Thread *n = b ? im_thread_new(t) : NULL;
    if (!n) {
        im_raw_free(b);
        im_store_release(&h->x_state, NOT_STARTED);
        im_exc_clear(t);
        return im_raise_runtime(t, "can't start new thread"), -1; /* its stacks have no room */
    }
    if (!im_rt.gil) {
        im_publish(t, func);
        im_publish(t, args);
        if (!im_no_value(kwargs)) im_publish(t, kwargs);
        im_publish(t, handle);
    }
    h->daemon = daemon;
    h->has_os = true;
    list_add(h);
    pthread_attr_t attr;
    size_t c_stack = 0;
    pthread_attr_init(&attr);
    /* The size asked for is what Python code gets; our functions' margin below it comes on top. */
    if (im_load_relaxed(&x_stack_size)) pthread_attr_setstacksize(&attr, im_load_relaxed(&x_stack_size) + THREAD_STACK_MARGIN);
    pthread_attr_getstacksize(&attr, &c_stack);
    *b = (Boot){n, im_new_ref(func), im_new_ref(args), kwargs, im_new_ref(handle), c_stack};
    im_xtake(kwargs);
    int err = pthread_create(&h->os, &attr, thread_main, b);
    pthread_attr_destroy(&attr);
    if (err) {
        h->has_os = false;
        if (list_remove(h)) im_drop(t, handle);
        im_drop(t, b->func);
        im_drop(t, b->args);
        im_xdrop(t, b->kwargs);
        im_drop(t, b->handle);
        im_raw_free(b);
        im_store_release(&h->x_state, NOT_STARTED);
        im_thread_leave(n);
        return im_raise_runtime(t, "can't start new thread"), -1;
    }
    im_store_relaxed(&h->x_ident, (uint64_t)h->os); /* known when start() returns; the thread says the same */
    return 0;
}

FN(th_start_new)
{
    UNUSED_ARGS;
    if (!im_callable(args[0])) return im_raise_type(t, "first arg must be callable");
    if (!im_is_tuple(args[1])) return im_raise_type(t, "2nd arg must be a tuple");
    if (nargs > 2 && !im_is_dict(args[2])) return im_raise_type(t, "optional 3rd arg must be a dictionary");
    if (IM_AUDIT(t, "_thread.start_new_thread", args[0], args[1], nargs > 2 ? args[2] : IM_NONE) < 0) return IM_NO_VALUE;
    Value h = handle_alloc(t);
    if (im_no_value(h)) return h;
    Value r = start(t, args[0], args[1], nargs > 2 ? args[2] : IM_NO_VALUE, h, true) < 0 ? IM_NO_VALUE : im_int_from_u64(t, im_load_relaxed(&H(h)->x_ident));
    im_drop(t, h);
    return r;
}
FN(th_start_joinable)
{
    UNUSED_ARGS;
    if (!im_callable(args[0])) return im_raise_type(t, "thread function must be callable");
    Value h = im_no_value(args[1]) || im_is_none(args[1]) ? handle_alloc(t) : im_new_ref(args[1]);
    if (im_no_value(h)) return h;
    int daemon = im_no_value(args[2]) ? 1 : im_truth(t, args[2]);
    if (daemon < 0) { im_drop(t, h); return IM_NO_VALUE; }
    if (!im_is_exact(h, &im_thread_handle_type)) im_raise_type(t, "'handle' must be a _ThreadHandle");
    else if (IM_AUDIT(t, "_thread.start_joinable_thread", args[0], im_int(daemon), im_no_value(args[1]) ? IM_NONE : args[1]) == 0 && start(t, args[0], im_tuple_empty(), IM_NO_VALUE, h, daemon) == 0) return h;
    im_drop(t, h);
    return IM_NO_VALUE;
}
FN(th_shutdown)
{
    UNUSED_ARGS;
    for (;;) {
        Handle *h;
        pthread_mutex_lock(&list_lock);
        for (h = list; h && (h->daemon || im_load_relaxed(&h->x_ident) == t->ident); h = h->next) continue;
        if (h) im_take_obj(&h->head);
        pthread_mutex_unlock(&list_lock);
        if (!h) return IM_NONE;
        if (handle_join(t, h, -1) < 0) im_write_unraisable(t, "Exception ignored while joining a thread in _thread._shutdown()", IM_NO_VALUE);
        im_drop_obj(t, &h->head);
    }
}
void im_thread_module_after_fork(Thread *t)
{
    (void)t;
    pthread_mutex_init(&list_lock, NULL);
    for (Handle *h = list, *next; h; h = next) { /* the others do not exist here */
        next = h->next;
        h->next = h->prev = NULL;
        if (h->x_ident == t->ident) continue;
        h->has_os = false;
        h->x_state = DONE;
        h->x_done = 1;
    }
    list = NULL;
    x_count = 0;
}

/* --- functions --------------------------------------------------------------------------------------------------------------------------------------------------- */

FN(th_allocate_lock) { UNUSED_ARGS; return im_thread_lock_new(t); }
FN(th_get_ident) { UNUSED_ARGS; return im_int_from_u64(t, t->ident); }
FN(th_get_native_id) { UNUSED_ARGS; return im_int_from_u64(t, t->native_id); }
FN(th_main_ident) { UNUSED_ARGS; return im_int_from_u64(t, im_rt.main_thread->ident); }
FN(th_count) { UNUSED_ARGS; return im_int(im_load_relaxed(&x_count)); }
FN(th_true) { UNUSED_ARGS; return IM_TRUE; }
FN(th_exit) { UNUSED_ARGS; return im_raise_none(t, &im_SystemExit_type); }
FN(th_make_handle)
{
    UNUSED_ARGS;
    uint64_t ident;
    if (!im_is_int_like(args[0])) return im_raise_type(t, "ident must be an integer");
    if (im_as_uint64(t, args[0], &ident) < 0) return IM_NO_VALUE;
    Value h = handle_alloc(t);
    if (im_no_value(h)) return h;
    H(h)->x_ident = ident;
    H(h)->x_state = RUNNING;
    H(h)->daemon = H(h)->made = true;
    list_add(H(h));
    return h;
}
FN(th_stack_size)
{
    UNUSED_ARGS;
    int64_t size = 0;
    int64_t old = (int64_t)im_load_relaxed(&x_stack_size);
    if (nargs && im_as_int64(t, args[0], &size) < 0) return IM_NO_VALUE;
    if (size < 0) return im_raise_valueerror(t, "size must be 0 or a positive value");
    if (nargs) {
        if (size && size < 32768) return im_raise_valueerror(t, "size not valid: %lld bytes", (long long)size);
        im_store_relaxed(&x_stack_size, (size_t)size);
    }
    return im_int(old);
}
FN(th_interrupt_main)
{
    UNUSED_ARGS;
    int sig = SIGINT;
    if (nargs && im_as_int(t, args[0], &sig) < 0) return IM_NO_VALUE;
    if (sig < 1 || sig >= 65) return im_raise_valueerror(t, "signal number out of range");
    Value get = im_import_from(t, "_signal", "getsignal");
    if (im_no_value(get)) return get;
    Value h = im_call1(t, get, im_int(sig));
    im_drop(t, get);
    if (im_no_value(h)) return h;
    /* Only signals with a Python handler are simulated. */
    bool python = im_is_object(h) && im_callable(h);
    im_drop(t, h);
    if (python) pthread_kill(im_rt.main_thread->os_thread, sig);
    return IM_NONE;
}

static ImType *hook_args_type; /* set once when the module is made */

static Value field(Thread *t, Value v, Value name)
{
    Value r;
    return im_lookup_attr(t, v, name, &r) == 0 ? IM_NONE : r;
}
FN(th_excepthook)
{
    UNUSED_ARGS;
    if (im_type_of(args[0]) != hook_args_type) return im_raise_type(t, "_thread.excepthook argument type must be ExceptHookArgs");
    Value type = field(t, args[0], IM_S(exc_type)), exc = field(t, args[0], IM_S(exc_value)), tb = field(t, args[0], IM_S(exc_traceback)), thread = field(t, args[0], IM_S(thread));
    Value file = IM_NO_VALUE, name = IM_NO_VALUE;
    if (im_same(type, im_type_value(&im_SystemExit_type))) goto done;
    file = im_sys_get(t, "stderr");
    if (im_no_value(file) || im_is_none(file)) {
        if (im_is_none(thread)) goto done;
        im_xdrop(t, file);
        file = field(t, thread, IM_S(_stderr));
        if (im_no_value(file) || im_is_none(file)) goto done;
    }
    if (!im_is_none(thread)) name = field(t, thread, IM_S(name));
    if (im_no_value(name)) im_exc_clear(t);
    Value head = im_no_value(name) || im_is_none(name) ? im_str_format(t, "Exception in thread %lld:\n", (long long)t->ident) : im_str_format(t, "Exception in thread %S:\n", name);
    if (im_no_value(head) || im_file_write_str(t, file, head) < 0) { im_xdrop(t, head); goto done; }
    im_drop(t, head);
    Value own = im_is_none(exc) ? im_call0(t, type) : im_new_ref(exc);
    if (im_no_value(own)) goto done;
    Value have = im_exc_get_traceback(own);
    if (im_no_value(have)) im_exc_set_traceback(t, own, tb);
    im_xdrop(t, have);
    im_print_exception(t, own, file);
    im_drop(t, own);
    Value r = im_call_method0(t, file, IM_S(flush));
    im_xdrop(t, r);
done:
    im_xdrop(t, type);
    im_xdrop(t, exc);
    im_xdrop(t, tb);
    im_xdrop(t, thread);
    im_xdrop(t, file);
    im_xdrop(t, name);
    return im_pending(t) ? IM_NO_VALUE : IM_NONE;
}

static const ImMethodDef methods[] = {
    IM_RANGE("start_new_thread", th_start_new, 2, 3, "($module, function, args, kwargs={}, /)", "Start a new thread and return its identifier."),
    IM_RANGE("start_new", th_start_new, 2, 3, "($module, function, args, kwargs={}, /)", "An obsolete synonym of start_new_thread()."),
    IM_PARSED("start_joinable_thread", th_start_joinable, "($module, /, function, handle=None, daemon=True)", "*For internal use only*: start a new thread."),
    IM_FIXED("daemon_threads_allowed", th_true, 0, "($module, /)", "Return True if daemon threads are allowed in the current interpreter,\nand False otherwise."),
    IM_FIXED("allocate_lock", th_allocate_lock, 0, "($module, /)", "Create a new lock object."), IM_FIXED("allocate", th_allocate_lock, 0, "($module, /)", "An obsolete synonym of allocate_lock()."),
    IM_FIXED("exit_thread", th_exit, 0, "($module, /)", "An obsolete synonym of exit()."), IM_FIXED("exit", th_exit, 0, "($module, /)", "This is synonymous to ``raise SystemExit''."),
    IM_RANGE("interrupt_main", th_interrupt_main, 0, 1, "($module, signum=signal.SIGINT, /)", "Simulate the arrival of the given signal in the main thread,\nwhere the corresponding signal handler will be executed."),
    IM_FIXED("get_ident", th_get_ident, 0, "($module, /)", "Return a non-zero integer that uniquely identifies the current thread\namongst other threads that exist simultaneously."),
    IM_FIXED("get_native_id", th_get_native_id, 0, "($module, /)", "Return a non-negative integer identifying the thread as reported\nby the OS (kernel)."),
    IM_FIXED("_count", th_count, 0, "($module, /)", "Return the number of currently running Python threads, excluding\nthe main thread."),
    IM_RANGE("stack_size", th_stack_size, 0, 1, "($module, size=0, /)", "Return the thread stack size used when creating new threads."),
    IM_FIXED("_excepthook", th_excepthook, 1, "($module, args, /)", "Handle uncaught Thread.run() exception."),
    IM_FIXED("_is_main_interpreter", th_true, 0, "($module, /)", "Return True if the current interpreter is the main Python interpreter."),
    IM_FIXED("_shutdown", th_shutdown, 0, "($module, /)", "Wait for all non-daemon threads (other than the calling thread) to stop."),
    IM_PARSED("_make_thread_handle", th_make_handle, "($module, ident, /)", "Internal only. Make a thread handle for threads not spawned\nby the _thread or threading module."),
    IM_FIXED("_get_main_thread_ident", th_main_ident, 0, "($module, /)", "Internal only. Return a non-zero integer that uniquely identifies the main thread\nof the main interpreter."),
    IM_END,
};

static int thread_exec(Thread *t, Value m)
{
    static const ImStructField f[] = {{"exc_type", "Exception type"}, {"exc_value", "Exception value"}, {"exc_traceback", "Exception traceback"}, {"thread", "Thread"}};
    if (!hook_args_type && !(hook_args_type = im_structseq_type(t, "_thread._ExceptHookArgs", "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.", f, 4, 4))) return -1;
    return im_module_add(t, m, "_ExceptHookArgs", im_new_ref(im_type_value(hook_args_type))) < 0
           || im_module_add(t, m, "error", im_new_ref(im_type_value(&im_RuntimeError_type))) < 0
           || im_module_add(t, m, "TIMEOUT_MAX", im_float_new(t, IM_TIMEOUT_MAX)) < 0
           || im_module_add(t, m, "LockType", im_new_ref(im_type_value(&im_thread_lock_type))) < 0 ? -1 : 0;
}
static ImType *const types[] = {&im_thread_lock_type, &im_thread_rlock_type, &im_thread_local_type, &im_thread_handle_type, NULL};
static const ImModuleDef thread_def = {.name = "_thread", .doc = "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    .methods = methods, .exec = thread_exec, .types = types};
IM_MODULE(thread_def);
