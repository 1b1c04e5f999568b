/* select: select, poll and epoll.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "modules/syscall.h"

/* Timeouts of poll and epoll: None, negative: for ever. Milliseconds for poll, seconds for epoll; *deadline on the monotonic clock. */
static int timeout_arg(Thread *t, Value v, int64_t unit, int64_t *ns, int64_t *deadline)
{
    *ns = -1;
    if (!im_given(v)) return 0;
    if (im_is_float(v)) {
        double d = im_float_get(v) * (double)unit;
        if (d != d) return im_raise_valueerror(t, "Invalid value NaN (not a number)"), -1;
        if (d >= 0x1p63) return im_raise_overflow(t, "timeout is too large"), -1;
        d = d < 0 ? -1 : __builtin_ceil(d);
        *ns = (int64_t)d;
    } else {
        int64_t n;
        Value i = im_is_index(v) ? im_index(t, v) : IM_NO_VALUE;
        if (im_no_value(i)) return im_pending(t) ? -1 : (im_raise_type(t, "timeout must be an integer or None"), -1);
        int fits = im_int_get64(i, &n);
        im_drop(t, i);
        if (!fits || __builtin_mul_overflow(n, unit, ns)) return im_raise_overflow(t, "timeout is too large"), -1;
    }
    if (*ns < 0) *ns = -1;
    else if (__builtin_add_overflow(im_monotonic_ns(), *ns, deadline)) *deadline = INT64_MAX;
    return 0;
}
/* After a signal: what is left, or 0. */
static int64_t left_until(int64_t ns, int64_t deadline)
{
    if (ns < 0) return ns;
    int64_t left = deadline - im_monotonic_ns();
    return left > 0 ? left : 0;
}

/* --- select --------------------------------------------------------------------------------------------------------------------------- */

typedef struct FdList { Value items; int *fds; ssize_t n; fd_set set; } FdList;

static void fdlist_fini(Thread *t, FdList *l)
{
    im_raw_free(l->fds);
    im_xdrop(t, l->items);
}
static int fdlist_get(Thread *t, Value seq, FdList *l, int *max)
{
    FD_ZERO(&l->set);
    Value fast = im_fast_sequence(t, seq, "arguments 1-3 must be sequences");
    if (im_no_value(fast)) return -1;
    l->items = im_to_tuple(t, fast);
    im_drop(t, fast);
    if (im_no_value(l->items)) return -1;
    l->n = im_tuple_len(l->items);
    if (!(l->fds = im_raw_alloc(t, (size_t)l->n * sizeof(int)))) return -1;
    for (ssize_t i = 0; i < l->n; i++) {
        int fd;
        if (im_fd_arg(t, im_tuple_get(l->items, i), &fd) < 0) return -1;
        if (fd >= FD_SETSIZE) return im_raise_valueerror(t, "filedescriptor out of range in select()"), -1;
        l->fds[i] = fd;
        FD_SET(fd, &l->set);
        if (fd > *max) *max = fd;
    }
    return 0;
}
static Value fdlist_ready(Thread *t, const FdList *l, const fd_set *ready)
{
    Value r = im_list_new(t, 0);
    for (ssize_t i = 0; i < l->n && !im_no_value(r); i++)
        if (FD_ISSET(l->fds[i], ready) && im_list_append(t, r, im_tuple_get(l->items, i)) < 0) IM_CLEAR(t, r);
    return r;
}
IM_METHOD(do_select)
{
    FdList l[3];
    memset(l, 0, sizeof(l));
    int max = -1, r, e;
    int64_t ns = -1, deadline = 0;
    Value result = IM_NO_VALUE;
    if (nargs > 3 && !im_is_none(args[3])) {
        if (!im_is_float(args[3]) && !im_is_index(args[3])) return im_raise_type(t, "timeout must be a float or None");
        if (im_seconds_arg(t, args[3], IM_ROUND_UP, &ns) < 0) return IM_NO_VALUE;
        if (ns < 0) return im_raise_valueerror(t, "timeout must be non-negative");
        if (__builtin_add_overflow(im_monotonic_ns(), ns, &deadline)) deadline = INT64_MAX;
    }
    for (int i = 0; i < 3; i++)
        if (fdlist_get(t, args[i], &l[i], &max) < 0) goto done;
    fd_set s[3];
    for (;;) {
        for (int i = 0; i < 3; i++) s[i] = l[i].set;
        struct timeval tv = im_timeval_up(ns < 0 ? 0 : ns);
        IM_DETACH(t);
        r = select(max + 1, &s[0], &s[1], &s[2], ns < 0 ? NULL : &tv);
        e = errno;
        IM_ATTACH(t);
        if (r >= 0) break;
        if (e != EINTR) { im_raise_errno(t, e); goto done; }
        if (im_poll(t) < 0) goto done;
        ns = left_until(ns, deadline);
    }
    result = im_tuple_of(t, (Value[]){fdlist_ready(t, &l[0], &s[0]), fdlist_ready(t, &l[1], &s[1]), fdlist_ready(t, &l[2], &s[2])}, 3);
done:
    for (int i = 0; i < 3; i++) fdlist_fini(t, &l[i]);
    return result;
}

/* --- poll ------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Poll {
    ImObject head;
    ImMutex mutex;        /* guards the array; not held while polling */
    struct pollfd *x_fds; /* in order of registration */
    size_t n, cap;
    uint32_t x_running;
} Poll;
IM_TYPE_DECLARE(select_poll);
IM_INLINE Poll *pollp(Value v) { return (Poll *)im_ptr(v); }

static int events_arg(Thread *t, Value v, uint16_t *out)
{
    if (!im_is_index(v)) return im_raise_type(t, "an integer is required"), -1;
    int64_t n;
    Value i = im_index(t, v);
    if (im_no_value(i)) return -1;
    int fits = im_int_get64(i, &n);
    im_drop(t, i);
    if (n < 0) return im_raise_valueerror(t, "value must be positive"), -1;
    if (!fits || n > UINT16_MAX) return im_raise_overflow(t, "Python int too large for C unsigned short"), -1;
    *out = (uint16_t)n;
    return 0;
}
static ssize_t find_fd(Poll *p, int fd)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->x_fds[i].fd == fd) return (ssize_t)i;
    return -1;
}
IM_METHOD(poll_register)
{
    Poll *p = pollp(self);
    int fd;
    uint16_t events = POLLIN | POLLPRI | POLLOUT;
    if (im_fd_arg(t, args[0], &fd) < 0 || (nargs > 1 && events_arg(t, args[1], &events) < 0)) return IM_NO_VALUE;
    im_mutex_acquire(t, &p->mutex);
    ssize_t i = find_fd(p, fd);
    Value r = IM_NONE;
    if (i < 0 && p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 8;
        struct pollfd *fds = im_raw_realloc(t, p->x_fds, cap * sizeof(*fds));
        if (fds) { p->x_fds = fds; p->cap = cap; }
        else r = IM_NO_VALUE;
    }
    if (!im_no_value(r)) p->x_fds[i < 0 ? (ssize_t)p->n++ : i] = (struct pollfd){.fd = fd, .events = (short)events};
    im_mutex_unlock(&p->mutex);
    return r;
}
IM_METHOD(poll_modify)
{
    Poll *p = pollp(self);
    int fd;
    uint16_t events;
    if (im_fd_arg(t, args[0], &fd) < 0 || events_arg(t, args[1], &events) < 0) return IM_NO_VALUE;
    im_mutex_acquire(t, &p->mutex);
    ssize_t i = find_fd(p, fd);
    if (i >= 0) p->x_fds[i].events = (short)events;
    im_mutex_unlock(&p->mutex);
    return i < 0 ? im_raise_errno(t, ENOENT) : IM_NONE;
}
IM_METHOD(poll_unregister)
{
    Poll *p = pollp(self);
    int fd;
    if (im_fd_arg(t, args[0], &fd) < 0) return IM_NO_VALUE;
    im_mutex_acquire(t, &p->mutex);
    ssize_t i = find_fd(p, fd);
    if (i >= 0) {
        memmove(&p->x_fds[i], &p->x_fds[i + 1], (p->n - (size_t)i - 1) * sizeof(*p->x_fds));
        p->n--;
    }
    im_mutex_unlock(&p->mutex);
    return i < 0 ? im_raise_key(t, im_int(fd)) : IM_NONE;
}
IM_METHOD(poll_poll)
{
    Poll *p = pollp(self);
    int64_t ns, deadline = 0;
    if (timeout_arg(t, nargs ? args[0] : IM_NONE, 1000000, &ns, &deadline) < 0) return IM_NO_VALUE;
    if (im_xchg_acq_rel(&p->x_running, 1)) return im_raise_runtime(t, "concurrent poll() invocation");
    im_mutex_acquire(t, &p->mutex);
    size_t n = p->n;
    struct pollfd *fds = im_raw_alloc(t, n * sizeof(*fds));
    if (fds && n) memcpy(fds, p->x_fds, n * sizeof(*fds));
    im_mutex_unlock(&p->mutex);
    Value result = IM_NO_VALUE;
    int r = -1, e;
    while (fds) {
        IM_DETACH(t);
        r = poll(fds, n, im_milliseconds_up(ns));
        e = errno;
        IM_ATTACH(t);
        if (r >= 0) break;
        if (e != EINTR) { im_raise_errno(t, e); break; }
        if (im_poll(t) < 0) break;
        ns = left_until(ns, deadline);
    }
    im_store_release(&p->x_running, 0);
    if (r >= 0) result = im_list_new(t, (size_t)r);
    for (size_t i = 0; !im_no_value(result) && r > 0 && i < n; i++) {
        if (!fds[i].revents) continue;
        Value pair = im_tuple_steal_array(t, (Value[]){im_int(fds[i].fd), im_int((uint16_t)fds[i].revents)}, 2);
        if (im_no_value(pair) || im_list_append_steal(t, result, pair) < 0) IM_CLEAR(t, result);
    }
    im_raw_free(fds);
    return result;
}
static void poll_destroy(Thread *t, ImObject *o) { (void)t; im_raw_free(((Poll *)o)->x_fds); }
static const ImMethodDef poll_methods[] = {
    IM_RANGE("register", poll_register, 1, 2, "($self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)", "Register a file descriptor with the polling object."),
    IM_FIXED("modify", poll_modify, 2, "($self, fd, eventmask, /)", "Modify an already registered file descriptor."),
    IM_FIXED("unregister", poll_unregister, 1, "($self, fd, /)", "Remove a file descriptor being tracked by the polling object."),
    IM_RANGE("poll", poll_poll, 0, 1, "($self, timeout=None, /)", "Polls the set of registered file descriptors."),
    IM_END,
};
static const ImTypeSpec poll_spec = {.name = "select.poll", .size = sizeof(Poll), .flags = IM_TF_NO_NEW, .methods = poll_methods, .destroy = poll_destroy};
IM_TYPE(select_poll, &poll_spec);
IM_METHOD(do_poll) { return im_instance_new(t, &im_select_poll_type); }

/* --- epoll --------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Epoll { ImObject head; int x_fd; /* -1: closed; exchange */ } Epoll;
IM_TYPE_DECLARE(select_epoll);
IM_INLINE Epoll *epollp(Value v) { return (Epoll *)im_ptr(v); }
static int epoll_fd(Thread *t, Value self)
{
    int fd = im_load_acquire(&epollp(self)->x_fd);
    if (fd < 0) im_raise_valueerror(t, "I/O operation on closed epoll object");
    return fd;
}
static int close_epoll(Thread *t, Epoll *p)
{
    int fd = im_xchg_acq_rel(&p->x_fd, -1), r = 0;
    if (fd < 0) return 0;
    IM_DETACH(t);
    if (close(fd) < 0) r = errno;
    IM_ATTACH(t);
    return r;
}
static Value make_epoll(Thread *t, ImType *type, int fd)
{
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) { close(fd); return v; }
    epollp(v)->x_fd = fd;
    return v;
}
static Value epoll_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    int size = -1, flags = 0;
    if (im_parse_args(t, "epoll", "(sizehint=-1, flags=0)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    bool bad = (!im_no_value(a.v[0]) && im_as_int(t, a.v[0], &size) < 0) || (!im_no_value(a.v[1]) && im_as_int(t, a.v[1], &flags) < 0);
    im_args_fini(t, &a);
    if (bad) return IM_NO_VALUE;
    if (size <= 0 && size != -1) return im_raise_valueerror(t, "negative sizehint");
    if (flags & ~EPOLL_CLOEXEC) return im_raise(t, &im_OSError_type, "invalid flags");
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? IM_ERRNO(t) : make_epoll(t, type, fd);
}
IM_METHOD(epoll_fromfd)
{
    int fd;
    return im_as_int(t, args[0], &fd) < 0 ? IM_NO_VALUE : make_epoll(t, im_as_type(self), fd);
}
IM_METHOD(epoll_close)
{
    int e = close_epoll(t, epollp(self));
    return e ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(epoll_fileno) { int fd = epoll_fd(t, self); return fd < 0 ? IM_NO_VALUE : im_int(fd); }
IM_METHOD(epoll_enter) { return epoll_fd(t, self) < 0 ? IM_NO_VALUE : im_new_ref(self); }
static Value epoll_control(Thread *t, Value self, int op, Value fdv, Value eventsv, uint32_t events)
{
    int ep = epoll_fd(t, self), fd, r, e;
    uint64_t x;
    if (ep < 0 || im_fd_arg(t, fdv, &fd) < 0) return IM_NO_VALUE;
    if (!im_no_value(eventsv)) {
        if (im_as_uint64_wrap(t, eventsv, &x) < 0) return IM_NO_VALUE;
        events = (uint32_t)x;
    }
    struct epoll_event ev = {.events = events};
    ev.data.fd = fd;
    IM_DETACH(t);
    r = epoll_ctl(ep, op, fd, &ev);
    e = errno;
    IM_ATTACH(t);
    return r < 0 ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(epoll_register) { return epoll_control(t, self, EPOLL_CTL_ADD, args[0], args[1], EPOLLIN | EPOLLPRI | EPOLLOUT); }
IM_METHOD(epoll_modify) { return epoll_control(t, self, EPOLL_CTL_MOD, args[0], args[1], 0); }
IM_METHOD(epoll_unregister) { return epoll_control(t, self, EPOLL_CTL_DEL, args[0], IM_NO_VALUE, 0); }
IM_METHOD(epoll_poll)
{
    int ep = epoll_fd(t, self), max = -1, r, e;
    int64_t ns, deadline = 0;
    if (ep < 0 || timeout_arg(t, args[0], 1000000000, &ns, &deadline) < 0) return IM_NO_VALUE;
    if (!im_no_value(args[1]) && im_as_int(t, args[1], &max) < 0) return IM_NO_VALUE;
    if (max == -1) max = FD_SETSIZE - 1;
    else if (max < 1) return im_raise_valueerror(t, "maxevents must be greater than 0, got %d", max);
    struct epoll_event small[64], *ev = max <= 64 ? small : im_raw_alloc(t, (size_t)max * sizeof(*ev));
    if (!ev) return IM_NO_VALUE;
    Value list = IM_NO_VALUE;
    for (;;) {
        IM_DETACH(t);
        r = epoll_wait(ep, ev, max, im_milliseconds_up(ns));
        e = errno;
        IM_ATTACH(t);
        if (r >= 0) break;
        if (e != EINTR) { im_raise_errno(t, e); goto done; }
        if (im_poll(t) < 0) goto done;
        ns = left_until(ns, deadline);
    }
    list = im_list_new(t, (size_t)r);
    for (int i = 0; i < r && !im_no_value(list); i++) {
        Value pair = im_tuple_steal_array(t, (Value[]){im_int(ev[i].data.fd), im_int((int64_t)ev[i].events)}, 2);
        if (im_no_value(pair) || im_list_append_steal(t, list, pair) < 0) IM_CLEAR(t, list);
    }
done:
    if (ev != small) im_raw_free(ev);
    return list;
}
static Value epoll_closed(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_bool(im_load_acquire(&epollp(self)->x_fd) < 0); }
static void epoll_destroy(Thread *t, ImObject *o) { (void)close_epoll(t, (Epoll *)o); }
static const ImMethodDef epoll_methods[] = {
    IM_CLASS_FIXED("fromfd", epoll_fromfd, 1, "($type, fd, /)", "Create an epoll object from a given control fd."),
    IM_FIXED("close", epoll_close, 0, "($self, /)", "Close the epoll control file descriptor."),
    IM_FIXED("fileno", epoll_fileno, 0, "($self, /)", "Return the epoll control file descriptor."),
    IM_PARSED("register", epoll_register, "($self, /, fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)", "Registers a new fd or raises an OSError if the fd is already registered."),
    IM_PARSED("modify", epoll_modify, "($self, /, fd, eventmask)", "Modify event mask for a registered file descriptor."),
    IM_PARSED("unregister", epoll_unregister, "($self, /, fd)", "Remove a registered file descriptor from the epoll object."),
    IM_PARSED("poll", epoll_poll, "($self, /, timeout=None, maxevents=-1)", "Wait for events on the epoll file descriptor."),
    IM_FIXED("__enter__", epoll_enter, 0, "($self, /)", NULL),
    IM_RANGE("__exit__", epoll_close, 0, 3, "($self, exc_type=None, exc_value=None, exc_tb=None, /)", NULL),
    IM_END,
};
static const ImGetSetDef epoll_getset[] = {{"closed", epoll_closed, NULL, "True if the epoll handler is closed", NULL}, IM_END};
static const ImSlots epoll_slots = {.new_ = epoll_new};
static const ImTypeSpec epoll_spec = {
    .name = "select.epoll",
    .doc = "select.epoll(sizehint=-1, flags=0)\n\nReturns an epolling object\n\nsizehint must be a positive integer or -1 for the default size. The\n"
           "sizehint is used to optimize internal data structures. It doesn't limit\nthe maximum number of monitored events.",
    .size = sizeof(Epoll), .slots = &epoll_slots, .methods = epoll_methods, .getset = epoll_getset, .destroy = epoll_destroy,
};
IM_TYPE(select_epoll, &epoll_spec);

static const ImMethodDef methods[] = {
    IM_RANGE("select", do_select, 3, 4, "($module, rlist, wlist, xlist, timeout=None, /)", "Wait until one or more file descriptors are ready for some kind of I/O."),
    IM_FIXED("poll", do_poll, 0, "($module, /)", "Returns a polling object."),
    IM_END,
};
static int exec(Thread *t, Value m)
{
#define R(n) {#n, n},
    static const ImIntRow rows[] = {
        R(PIPE_BUF) R(POLLIN) R(POLLPRI) R(POLLOUT) R(POLLERR) R(POLLHUP) R(POLLNVAL) R(POLLRDNORM) R(POLLRDBAND) R(POLLWRNORM) R(POLLWRBAND) R(POLLMSG) R(POLLRDHUP)
        R(EPOLLIN) R(EPOLLOUT) R(EPOLLPRI) R(EPOLLERR) R(EPOLLHUP) R(EPOLLRDHUP) R(EPOLLET) R(EPOLLONESHOT) R(EPOLLEXCLUSIVE) R(EPOLLRDNORM) R(EPOLLRDBAND) R(EPOLLWRNORM)
        R(EPOLLWRBAND) R(EPOLLMSG) R(EPOLL_CLOEXEC)
    };
#undef R
    if (IM_ADD_INT_ROWS(t, m, rows) < 0 || im_module_add(t, m, "error", im_type_value(&im_OSError_type)) < 0) return -1;
    return im_module_add(t, m, "epoll", im_type_value(&im_select_epoll_type));
}
static const ImModuleDef def = {.name = "select", .doc = "This module supports asynchronous I/O on multiple file descriptors.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file descriptors.",
    .methods = methods, .exec = exec};
IM_MODULE(def);
