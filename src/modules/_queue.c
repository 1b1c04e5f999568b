/* _queue: SimpleQueue, an unbounded first-in first-out queue between threads.
 *
 * A ring under the object's lock. x_seq counts put() calls; a reader that finds nothing sleeps until it changes, so a put between its look and its sleep is not lost.
 * Who puts wakes one sleeper, once: it takes the mark x_asleep off, and the woken one sets it again if it leaves others asleep behind, or wakes the next.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#define Q_METHOD(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

typedef struct Queue {
    ImObject head;
    Value *ring;
    size_t start, mask; /* capacity - 1 */
    ssize_t x_len;
    uint32_t x_seq;     /* futex word */
    uint32_t x_asleep;  /* somebody sleeps who has not been woken */
    uint32_t x_sleepers;
} Queue;
typedef struct State { Value empty; } State;
static ImType queue_type;
IM_INLINE Queue *queuep(Value v) { return (Queue *)im_ptr(v); }
#define MIN_CAP 8

static Value queue_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args;
    if (im_no_kwargs(t, "SimpleQueue", kwnames) < 0) return IM_NO_VALUE;
    if (nargs) return im_raise_type(t, "SimpleQueue() takes no positional arguments");
    return im_value(im_instance_alloc(t, type, 0));
}
static int queue_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Queue *q = (Queue *)o;
    for (ssize_t i = 0; i < q->x_len; i++) {
        Value v = q->ring[(q->start + (size_t)i) & q->mask];
        int r = im_is_object(v) ? visit(v, arg) : 0;
        if (r) return r;
    }
    return 0;
}

static bool lock(Thread *t, Queue *q)
{
    bool shared = !im_is_private_obj(&q->head);
    if (shared) im_object_lock(t, &q->head);
    return shared;
}
static void unlock(Thread *t, Queue *q, bool shared)
{
    if (shared) im_object_unlock(t, &q->head);
}

static Value take(Thread *t, Queue *q)
{
    bool shared = lock(t, q);
    Value v = IM_NO_VALUE;
    if (q->x_len > 0) {
        v = q->ring[q->start];
        q->ring[q->start] = IM_NO_VALUE;
        q->start = (q->start + 1) & q->mask;
        im_store_release(&q->x_len, q->x_len - 1);
    }
    unlock(t, q, shared);
    return v;
}
static void queue_clear(Thread *t, ImObject *o)
{
    Value v;
    while (!im_no_value(v = take(t, (Queue *)o))) im_drop(t, v);
}
static void queue_destroy(Thread *t, ImObject *o)
{
    queue_clear(t, o);
    im_raw_free(((Queue *)o)->ring);
}

static void wake_one(Queue *q)
{
    if (im_load_seq(&q->x_asleep) && im_xchg_seq(&q->x_asleep, 0)) im_unpark_one(&q->x_seq);
}

/* Takes v. */
static int put(Thread *t, Queue *q, Value v)
{
    Value *fresh = NULL;
    size_t fresh_cap = 0;
    bool shared;
    if (!im_is_private_obj(&q->head)) im_publish(t, v);
    for (;;) {
        shared = lock(t, q);
        size_t n = (size_t)q->x_len, cap = q->ring ? q->mask + 1 : 0;
        if (n < cap) break;
        if (fresh_cap > n) {
            for (size_t i = 0; i < n; i++) fresh[i] = q->ring[(q->start + i) & q->mask];
            Value *old = q->ring;
            q->ring = fresh;
            q->mask = fresh_cap - 1;
            q->start = 0;
            fresh = old; /* every access is under the lock: nobody reads it any more */
            break;
        }
        unlock(t, q, shared);
        im_raw_free(fresh);
        fresh_cap = cap ? cap * 2 : MIN_CAP;
        if (!(fresh = im_raw_alloc(t, fresh_cap * sizeof(Value)))) {
            im_drop(t, v);
            return -1;
        }
    }
    q->ring[(q->start + (size_t)q->x_len) & q->mask] = v;
    im_store_release(&q->x_len, q->x_len + 1);
    unlock(t, q, shared);
    if (IM_UNLIKELY(fresh != NULL)) im_raw_free(fresh);
    if (shared || im_rt.gil) { /* with the GIL everything is private, but others may sleep */
        (void)im_faa_seq(&q->x_seq, 1u);
        wake_one(q);
    }
    return 0;
}

static Value raise_empty(Thread *t, Value self)
{
    State *s = im_type_module_state(im_type_of(self));
    return im_raise_none(t, im_as_type(s->empty));
}

/* Until somebody has put something since `seq`. Detached. */
static void sleep_on(Thread *t, Queue *q, uint32_t seq, int64_t deadline)
{
    int64_t began = im_rt.gil ? 0 : im_spin(t, &q->x_seq, seq, false, deadline);
    bool enough = im_load_relaxed(&q->x_seq) != seq;
    if (!enough) {
        (void)im_faa_seq(&q->x_sleepers, 1u);
        (void)im_xchg_seq(&q->x_asleep, 1u);
        (void)im_park(&q->x_seq, seq, deadline);
        if (im_faa_seq(&q->x_sleepers, (uint32_t)-1) > 1) {
            (void)im_xchg_seq(&q->x_asleep, 1u);
            if (im_load_seq(&q->x_len) > 1) wake_one(q);
        }
    }
    if (!im_rt.gil) im_spin_learn(t, began, enough);
}

/* deadline -1: none */
static Value wait_and_take(Thread *t, Value self, int64_t deadline)
{
    Queue *q = queuep(self);
    for (;;) {
        uint32_t seq = im_load_seq(&q->x_seq);
        Value v = take(t, q);
        if (!im_no_value(v)) return v;
        if (deadline >= 0 && im_monotonic_ns() >= deadline) return raise_empty(t, self);
        IM_DETACH(t);
        sleep_on(t, q, seq, deadline);
        IM_ATTACH(t);
        if (im_poll(t) < 0) { /* whoever else sleeps may have what this thread was woken for */
            if (im_load_seq(&q->x_len)) wake_one(q);
            return IM_NO_VALUE;
        }
    }
}

Q_METHOD(m_put) { return put(t, queuep(self), im_new_ref(args[0])) < 0 ? IM_NO_VALUE : IM_NONE; }
Q_METHOD(m_get_nowait)
{
    Value v = take(t, queuep(self));
    return im_no_value(v) ? raise_empty(t, self) : v;
}
Q_METHOD(m_get)
{
    int block = im_no_value(args[0]) ? 1 : im_truth(t, args[0]);
    if (block < 0) return IM_NO_VALUE;
    if (!block) return m_get_nowait(t, self, args, 0, IM_NO_VALUE);
    if (im_no_value(args[1]) || im_is_none(args[1])) return wait_and_take(t, self, -1);
    double seconds;
    if (im_is_float(args[1])) seconds = im_float_get(args[1]);
    else {
        int64_t n;
        if (im_as_int64(t, args[1], &n) < 0) return IM_NO_VALUE;
        seconds = (double)n;
    }
    if (seconds != seconds) return im_raise_valueerror(t, "Invalid value NaN (not a number)");
    if (seconds < 0) return im_raise_valueerror(t, "'timeout' must be a non-negative number");
    if (seconds > 9223372036.0) return im_raise_overflow(t, "timeout value is too large");
    return wait_and_take(t, self, im_monotonic_ns() + (int64_t)(seconds * 1e9));
}
Q_METHOD(m_empty) { (void)t; return im_bool(im_load_acquire(&queuep(self)->x_len) == 0); }
Q_METHOD(m_qsize) { (void)t; return im_int(im_load_acquire(&queuep(self)->x_len)); }
Q_METHOD(m_sizeof)
{
    (void)t;
    return im_int((int64_t)(im_type_of(self)->core.size + (queuep(self)->ring ? (queuep(self)->mask + 1) * sizeof(Value) : 0)));
}

static const ImMethodDef queue_methods[] = {
    IM_PARSED("put", m_put, "($self, /, item, block=True, timeout=None)",
              "Put the item on the queue.\n\nThe optional 'block' and 'timeout' arguments are ignored, as this method\nnever blocks.  They are provided for compatibility with the Queue class."),
    IM_PARSED("put_nowait", m_put, "($self, /, item)",
              "Put an item into the queue without blocking.\n\nThis is exactly equivalent to `put(item)` and is provided for compatibility\nwith the Queue class."),
    IM_PARSED("get", m_get, "($self, /, block=True, timeout=None)",
              "Remove and return an item from the queue.\n\nIf optional args 'block' is true and 'timeout' is None (the default),\nblock if necessary until an item is available. If 'timeout' is\na "
              "non-negative number, it blocks at most 'timeout' seconds and raises\nthe Empty exception if no item was available within that time.\nOtherwise ('block' is false), return an item if "
              "one is immediately\navailable, else raise the Empty exception ('timeout' is ignored\nin that case)."),
    IM_FIXED("get_nowait", m_get_nowait, 0, "($self, /)",
             "Remove and return an item from the queue without blocking.\n\nOnly get an item if one is immediately available. Otherwise\nraise the Empty exception."),
    IM_FIXED("empty", m_empty, 0, "($self, /)", "Return True if the queue is empty, False otherwise (not reliable!)."),
    IM_FIXED("qsize", m_qsize, 0, "($self, /)", "Return the approximate size of the queue (not reliable!)."),
    IM_FIXED("__sizeof__", m_sizeof, 0, "($self, /)", "Returns size in memory, in bytes"),
    IM_CLASS_GETITEM,
    IM_END,
};
static const ImSlots queue_slots = {.new_ = queue_new};
static const ImTypeSpec queue_spec = {
    .name = "_queue.SimpleQueue", .doc = "Simple, unbounded, reentrant FIFO queue.", .size = sizeof(Queue), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF,
    .slots = &queue_slots, .methods = queue_methods, .traverse = queue_traverse, .clear = queue_clear, .destroy = queue_destroy, .text_signature = "()",
};

static int queue_exec(Thread *t, Value m)
{
    State *s = im_module_state(m);
    Value ns = im_dict_new(t);
    if (im_no_value(ns)) return -1;
    int e = im_dict_set_cstr(t, ns, "__module__", IM_S(_queue));
    Value doc = im_str_from_cstr(t, "Exception raised by Queue.get(block=0)/get_nowait()."), base = im_type_value(&im_Exception_type);
    if (e == 0) e = im_no_value(doc) ? -1 : im_dict_set_cstr(t, ns, "__doc__", doc);
    im_xdrop(t, doc);
    Value bases = e == 0 ? im_tuple_from_array(t, &base, 1) : IM_NO_VALUE;
    s->empty = im_no_value(bases) ? bases : im_type_new(t, &im_type_type, IM_S(Empty), bases, ns, NULL, IM_NO_VALUE);
    im_drop(t, ns);
    im_xdrop(t, bases);
    if (im_no_value(s->empty) || im_module_add(t, m, "Empty", im_new_ref(s->empty)) < 0) return -1;
    return im_module_ready_type(t, m, &queue_type, &queue_spec);
}
static int queue_module_traverse(ImObject *o, ImVisit visit, void *arg)
{
    State *s = ((ImModule *)o)->state;
    return s && im_is_object(s->empty) ? visit(s->empty, arg) : 0;
}
static const ImModuleDef queue_module = {
    .name = "_queue", .doc = "C implementation of the Python queue module.\nThis module is an implementation detail, please do not use it directly.", .exec = queue_exec,
    .state_size = sizeof(State), .traverse = queue_module_traverse,
};
IM_MODULE(queue_module);
