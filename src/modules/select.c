/* Module select: select, poll objects, epoll objects. Waiting is detached; an interrupted wait runs signal handlers and goes on with the time that is left.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "modules/module.h"

#define F(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)

/* Descriptor of an int or an object with fileno(); -1 with an exception. */
static int fd_of(Thread *t, Value v)
{
    int fd;
    if (im_is_int_like(v)) {
        if (im_as_int(t, v, &fd) < 0) return -1;
    } else {
        Value m, r;
        if (im_lookup_attr(t, v, IM_S(fileno), &m) < 0) return -1;
        if (im_no_value(m)) return im_raise_type(t, "argument must be an int, or have a fileno() method."), -1;
        r = im_call0(t, m);
        im_drop(t, m);
        if (im_no_value(r)) return -1;
        if (!im_is_int_like(r)) { im_drop(t, r); return im_raise_type(t, "fileno() returned a non-integer"), -1; }
        int bad = im_as_int(t, r, &fd);
        im_drop(t, r);
        if (bad < 0) return -1;
    }
    if (fd < 0) return im_raise_valueerror(t, "file descriptor cannot be a negative integer (%i)", fd), -1;
    return fd;
}
/* Timeout in seconds (or milliseconds: scale 1e6) as a deadline in ns of the monotonic clock; -1: none. */
static int deadline_of(Thread *t, Value v, double scale, int64_t *out, const char *msg)
{
    *out = -1;
    if (im_no_value(v) || im_is_none(v)) return 0;
    double d;
    if (im_as_double(t, v, &d) < 0) return im_exc_clear_if(t, &im_TypeError_type) ? (im_raise_type(t, "%s", msg), -1) : -1;
    if (isnan(d)) return im_raise_valueerror(t, "Invalid value NaN (not a number)"), -1;
    d *= scale;
    if (fabs(d) > 9.2e18) return im_raise_overflow(t, "timeout is too large"), -1;
    *out = d < 0 ? -2 : im_monotonic_ns() + (int64_t)ceil(d);
    return 0;
}
/* Milliseconds left, rounded up; -1 for ever. */
static int left_ms(int64_t deadline)
{
    if (deadline == -1) return -1;
    int64_t left = deadline - im_monotonic_ns();
    if (left <= 0) return 0;
    left = (left + 999999) / 1000000;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* --- select ------------------------------------------------------------------------------------------------------------------------------ */
/* The objects as they were when asked for their descriptors: what fileno() does to the list, or answers a second time, is nothing to us. */
typedef struct Set { fd_set bits; int max, n; Value objects; int fds[FD_SETSIZE]; } Set;
static int fill(Thread *t, Value v, Set *s)
{
    FD_ZERO(&s->bits);
    s->max = -1;
    s->n = 0;
    Value seq = im_fast_sequence(t, v, "arguments 1-3 must be sequences"), x;
    if (im_no_value(seq)) return -1;
    s->objects = im_list_new(t, 8);
    int r = im_no_value(s->objects) ? -1 : 0;
    for (ssize_t i = 0; r == 0; i++) {
        if (im_is_tuple(seq)) x = i < im_tuple_len(seq) ? im_new_ref(im_tuple_get(seq, i)) : IM_NO_VALUE;
        else x = im_list_get(t, seq, i);
        if (im_no_value(x)) break;
        int fd = fd_of(t, x);
        if (fd < 0) r = -1;
        else if (fd >= FD_SETSIZE) im_raise_valueerror(t, "filedescriptor out of range in select()"), r = -1;
        else if (s->n >= FD_SETSIZE) im_raise_valueerror(t, "too many file descriptors in select()"), r = -1;
        else r = im_list_append(t, s->objects, x);
        im_drop(t, x);
        if (r < 0) break;
        s->fds[s->n++] = fd;
        FD_SET(fd, &s->bits);
        if (fd > s->max) s->max = fd;
    }
    im_drop(t, seq);
    return r;
}
static Value ready_list(Thread *t, Set *s, const fd_set *bits)
{
    Value l = im_list_new(t, 0);
    for (int i = 0; !im_no_value(l) && i < s->n; i++)
        if (FD_ISSET(s->fds[i], bits) && im_list_append_steal(t, l, im_list_get(t, s->objects, i)) < 0) IM_CLEAR(t, l);
    return l;
}
F(s_select)
{
    (void)self; (void)kw;
    Set s[3];
    for (int i = 0; i < 3; i++) s[i].objects = IM_NO_VALUE;
    int64_t deadline;
    Value out = IM_NO_VALUE;
    if (deadline_of(t, n > 3 ? a[3] : IM_NONE, 1e9, &deadline, "timeout must be a float or None") < 0) return out;
    if (deadline == -2) return im_raise_valueerror(t, "timeout must be non-negative");
    int max = -1, r, e;
    for (int i = 0; i < 3; i++) { if (fill(t, a[i], &s[i]) < 0) goto done; if (s[i].max > max) max = s[i].max; }
    fd_set w[3];
    for (;;) {
        struct timeval tv, *ptv = NULL;
        for (int i = 0; i < 3; i++) w[i] = s[i].bits;
        if (deadline != -1) {
            int64_t left = deadline - im_monotonic_ns();
            if (left < 0) left = 0;
            tv.tv_sec = left / 1000000000;
            tv.tv_usec = (left % 1000000000 + 999) / 1000;
            if (tv.tv_usec >= 1000000) { tv.tv_sec++; tv.tv_usec = 0; }
            ptv = &tv;
        }
        IM_DETACH(t);
        r = select(max + 1, &w[0], &w[1], &w[2], ptv);
        e = errno;
        IM_ATTACH(t);
        if (r >= 0) break;
        if (e != EINTR) { (void)im_raise_errno(t, e); goto done; }
        if (im_poll(t) < 0) goto done;
    }
    if (r == 0) for (int i = 0; i < 3; i++) FD_ZERO(&w[i]);
    Value l[3];
    for (int i = 0; i < 3; i++) {
        l[i] = ready_list(t, &s[i], &w[i]);
        if (im_no_value(l[i])) { while (i-- > 0) im_drop(t, l[i]); goto done; }
    }
    out = im_tuple_steal_array(t, l, 3);
done:
    for (int i = 0; i < 3; i++) im_xdrop(t, s[i].objects);
    return out;
}

/* --- poll ---------------------------------------------------------------------------------------------------------------------------------- */
typedef struct ImPoll { ImObject head; Value dict; uint32_t x_running; } ImPoll;
extern ImType im_poll_type, im_epoll_type;
static ImPoll *pp(Value v) { return (ImPoll *)im_ptr(v); }
static int event_mask(Thread *t, Value v, unsigned max, unsigned *out)
{
    int64_t x;
    if (im_as_int64(t, v, &x) < 0) return -1;
    if (x < 0) return im_raise_valueerror(t, "value must be positive"), -1;
    if ((uint64_t)x > max) return im_raise_overflow(t, max == USHRT_MAX ? "Python int too large for C unsigned short" : "Python int too large for C unsigned int"), -1;
    *out = (unsigned)x;
    return 0;
}
F(s_poll)
{
    (void)self; (void)a; (void)n; (void)kw;
    ImPoll *p = (ImPoll *)im_instance_alloc(t, &im_poll_type, 0);
    if (!p) return IM_NO_VALUE;
    p->dict = im_dict_new(t);
    if (im_no_value(p->dict)) { im_drop(t, im_value(p)); return IM_NO_VALUE; }
    return im_value(p);
}
static Value p_set(Thread *t, Value self, Value fdv, Value mask, bool must_exist)
{
    unsigned ev = POLLIN | POLLPRI | POLLOUT;
    int fd = fd_of(t, fdv);
    if (fd < 0 || (!im_no_value(mask) && event_mask(t, mask, USHRT_MAX, &ev) < 0)) return IM_NO_VALUE;
    if (must_exist) {
        int r = im_dict_contains(t, pp(self)->dict, im_int(fd));
        if (r <= 0) return r < 0 ? IM_NO_VALUE : im_raise_errno(t, ENOENT);
    }
    return im_dict_set(t, pp(self)->dict, im_int(fd), im_int(ev)) < 0 ? IM_NO_VALUE : IM_NONE;
}
F(p_register) { (void)kw; return p_set(t, self, a[0], n > 1 ? a[1] : IM_NO_VALUE, false); }
F(p_modify) { (void)n; (void)kw; return p_set(t, self, a[0], a[1], true); }
F(p_unregister)
{
    (void)n; (void)kw;
    int fd = fd_of(t, a[0]);
    if (fd < 0) return IM_NO_VALUE;
    int r = im_dict_del(t, pp(self)->dict, im_int(fd));
    return r < 0 ? IM_NO_VALUE : r ? IM_NONE : im_raise_key(t, im_int(fd));
}
F(p_poll)
{
    (void)kw;
    ImPoll *p = pp(self);
    int64_t deadline;
    uint32_t zero = 0;
    if (deadline_of(t, n ? a[0] : IM_NONE, 1e6, &deadline, "timeout must be an integer or None") < 0) return IM_NO_VALUE;
    if (deadline == -2) deadline = -1;
    if (!im_cas_acquire(&p->x_running, &zero, 1)) return im_raise_runtime(t, "concurrent poll() invocation");
    ssize_t cap = im_dict_len(p->dict) + 8, k = 0;
    struct pollfd *v = im_raw_alloc(t, (size_t)cap * sizeof *v);
    Value out = IM_NO_VALUE, key, val;
    size_t pos = 0;
    if (!v) goto done;
    while (k < cap && im_dict_next(t, p->dict, &pos, &key, &val)) v[k++] = (struct pollfd){.fd = (int)im_int_get(key), .events = (short)im_int_get(val)};
    int r, e;
    for (;;) {
        int ms = left_ms(deadline);
        IM_DETACH(t);
        r = poll(v, (nfds_t)k, ms);
        e = errno;
        IM_ATTACH(t);
        if (r >= 0) break;
        if (e != EINTR) { (void)im_raise_errno(t, e); goto done; }
        if (im_poll(t) < 0) goto done;
    }
    out = im_list_new(t, (size_t)r);
    for (ssize_t i = 0; !im_no_value(out) && i < k; i++) {
        if (!v[i].revents) continue;
        Value x = im_tuple_pack(t, 2, im_int(v[i].fd), im_int((unsigned short)v[i].revents));
        if (im_no_value(x) || im_list_append_steal(t, out, x) < 0) { im_drop(t, out); out = IM_NO_VALUE; }
    }
done:
    im_raw_free(v);
    im_store_release(&p->x_running, 0);
    return out;
}
static int p_traverse(ImObject *o, ImVisit visit, void *arg) { Value d = ((ImPoll *)o)->dict; return im_is_object(d) ? visit(d, arg) : 0; }
static void p_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImPoll *)o)->dict); }
static const ImMethodDef p_methods[] = {IM_RANGE("register", p_register, 1, 2, "($self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)", "Register a file descriptor with the polling object."), IM_FIXED("modify", p_modify, 2, "($self, fd, eventmask, /)", "Change the events that a file descriptor is registered for."),
    IM_FIXED("unregister", p_unregister, 1, "($self, fd, /)", "Remove a registered file descriptor from the epoll object."), IM_RANGE("poll", p_poll, 0, 1, "($self, timeout=None, /)", "Wait for events, at most timeout seconds; returns a list of (descriptor, events)."), IM_END};
static const ImTypeSpec p_spec = {.name = "select.poll", .size = sizeof(ImPoll), .flags = IM_TF_GC | IM_TF_NO_NEW, .methods = p_methods, .traverse = p_traverse, .destroy = p_destroy};
IM_TYPE(poll, &p_spec);

/* --- epoll ------------------------------------------------------------------------------------------------------------------------------------ */
typedef struct ImEpoll { ImObject head; int x_fd; } ImEpoll;
static ImEpoll *ep(Value v) { return (ImEpoll *)im_ptr(v); }
static int e_fd(Thread *t, Value self)
{
    int fd = im_load_relaxed(&ep(self)->x_fd);
    return fd < 0 ? (im_raise_valueerror(t, "I/O operation on closed epoll object"), -1) : fd;
}
static Value e_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kw)
{
    ImArgs a;
    int size = -1, flags = 0;
    if (im_parse_args(t, "epoll", "(sizehint=-1, flags=0)", args, nargs, kw, &a) < 0) return IM_NO_VALUE;
    int bad = (!im_no_value(a.v[0]) && im_as_int(t, a.v[0], &size) < 0) || (!im_no_value(a.v[1]) && im_as_int(t, a.v[1], &flags) < 0);
    im_args_fini(t, &a);
    if (bad) return IM_NO_VALUE;
    if (size != -1 && size <= 0) return im_raise_valueerror(t, "sizehint must be positive or -1");
    if (flags && flags != EPOLL_CLOEXEC) return im_raise(t, &im_OSError_type, "invalid flags");
    ImEpoll *e = (ImEpoll *)im_instance_alloc(t, type, 0);
    if (!e) return IM_NO_VALUE;
    e->x_fd = epoll_create1(EPOLL_CLOEXEC);
    if (e->x_fd < 0) { int er = errno; im_drop(t, im_value(e)); return im_raise_errno(t, er); }
    return im_value(e);
}
static Value e_ctl(Thread *t, Value self, int op, Value fdv, Value mask)
{
    unsigned ev = EPOLLIN | EPOLLPRI | EPOLLOUT;
    int efd = e_fd(t, self), fd = efd < 0 ? -1 : fd_of(t, fdv);
    if (fd < 0 || (!im_no_value(mask) && event_mask(t, mask, UINT_MAX, &ev) < 0)) return IM_NO_VALUE;
    struct epoll_event e = {.events = ev, .data.fd = fd};
    return epoll_ctl(efd, op, fd, &e) < 0 ? im_raise_errno(t, errno) : IM_NONE;
}
F(e_register) { (void)n; (void)kw; return e_ctl(t, self, EPOLL_CTL_ADD, a[0], a[1]); }
F(e_modify) { (void)n; (void)kw; return e_ctl(t, self, EPOLL_CTL_MOD, a[0], a[1]); }
F(e_unregister) { (void)n; (void)kw; return e_ctl(t, self, EPOLL_CTL_DEL, a[0], IM_NO_VALUE); }
F(e_poll)
{
    (void)n; (void)kw;
    int64_t deadline;
    int max = -1, efd = e_fd(t, self), r, e;
    if (efd < 0 || deadline_of(t, a[0], 1e9, &deadline, "timeout must be an integer or None") < 0 || (!im_no_value(a[1]) && im_as_int(t, a[1], &max) < 0)) return IM_NO_VALUE;
    if (deadline == -2) deadline = -1;
    if (max == -1) max = FD_SETSIZE - 1;
    if (max < 1) return im_raise_valueerror(t, "maxevents must be greater than 0, got %d", max);
    struct epoll_event *v = im_raw_alloc(t, (size_t)max * sizeof *v);
    if (!v) return IM_NO_VALUE;
    Value out = IM_NO_VALUE;
    for (;;) {
        int ms = left_ms(deadline);
        IM_DETACH(t);
        r = epoll_wait(efd, v, max, ms);
        e = errno;
        IM_ATTACH(t);
        if (r >= 0) break;
        if (e != EINTR) { (void)im_raise_errno(t, e); goto done; }
        if (im_poll(t) < 0) goto done;
    }
    out = im_list_new(t, (size_t)r);
    for (int i = 0; !im_no_value(out) && i < r; i++) {
        Value x = im_tuple_pack(t, 2, im_int(v[i].data.fd), im_int(v[i].events));
        if (im_no_value(x) || im_list_append_steal(t, out, x) < 0) { im_drop(t, out); out = IM_NO_VALUE; }
    }
done:
    im_raw_free(v);
    return out;
}
F(e_close)
{
    (void)a; (void)n; (void)kw;
    int fd = im_xchg_acq_rel(&ep(self)->x_fd, -1);
    return fd >= 0 && close(fd) < 0 ? im_raise_errno(t, errno) : IM_NONE;
}
F(e_fileno) { (void)a; (void)n; (void)kw; int fd = e_fd(t, self); return fd < 0 ? IM_NO_VALUE : im_int(fd); }
F(e_fromfd)
{
    (void)n; (void)kw;
    int fd;
    if (im_as_int(t, a[0], &fd) < 0) return IM_NO_VALUE;
    ImEpoll *e = (ImEpoll *)im_instance_alloc(t, im_as_type(self), 0);
    if (e) e->x_fd = fd;
    return im_value(e);
}
F(e_enter) { (void)a; (void)n; (void)kw; return e_fd(t, self) < 0 ? IM_NO_VALUE : im_new_ref(self); }
static Value e_closed(Thread *t, Value self, void *c) { (void)t; (void)c; return im_bool(im_load_relaxed(&ep(self)->x_fd) < 0); }
static void e_destroy(Thread *t, ImObject *o)
{
    (void)t;
    if (((ImEpoll *)o)->x_fd >= 0) close(((ImEpoll *)o)->x_fd);
}
static const ImMethodDef e_methods[] = {
    IM_PARSED("register", e_register, "($self, /, fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)", "Register a file descriptor for events.\n\nThe descriptors may also be objects with a method fileno()."), IM_PARSED("modify", e_modify, "($self, /, fd, eventmask)", "Change the events that a file descriptor is registered for."), IM_PARSED("unregister", e_unregister, "($self, /, fd)", "Remove a registered file descriptor from the epoll object."),
    IM_PARSED("poll", e_poll, "($self, /, timeout=None, maxevents=-1)", "Wait for events, at most timeout seconds; returns a list of (descriptor, events)."), IM_FIXED("close", e_close, 0, "($self, /)", "Close the epoll control file descriptor.\n\nFurther operations on the epoll object will raise an exception."), IM_FIXED("fileno", e_fileno, 0, "($self, /)", "Return the epoll control file descriptor."), IM_CLASS_FIXED("fromfd", e_fromfd, 1, "($type, fd, /)", "Create an epoll object from a given control file descriptor."),
    IM_FIXED("__enter__", e_enter, 0, "($self, /)", NULL), IM_RAW("__exit__", e_close, "($self, exc_type=None, exc_value=None, exc_tb=None, /)", NULL), IM_END};
static const ImGetSetDef e_getset[] = {{"closed", e_closed, NULL, "True if the epoll handler is closed", NULL}, {0}};
static const ImSlots e_slots = {.new_ = e_new};
static const ImTypeSpec e_spec = {.name = "select.epoll", .size = sizeof(ImEpoll), .slots = &e_slots, .methods = e_methods, .getset = e_getset, .destroy = e_destroy};
IM_TYPE(epoll, &e_spec);

static int select_exec(Thread *t, Value m)
{
    static const struct { const char *name; int64_t v; } c[] = {{"PIPE_BUF", PIPE_BUF}, {"POLLIN", POLLIN}, {"POLLPRI", POLLPRI}, {"POLLOUT", POLLOUT}, {"POLLERR", POLLERR}, {"POLLHUP", POLLHUP}, {"POLLNVAL", POLLNVAL},
        {"POLLRDNORM", POLLRDNORM}, {"POLLRDBAND", POLLRDBAND}, {"POLLWRNORM", POLLWRNORM}, {"POLLWRBAND", POLLWRBAND}, {"POLLMSG", POLLMSG}, {"POLLRDHUP", POLLRDHUP}, {"EPOLLIN", EPOLLIN}, {"EPOLLOUT", EPOLLOUT}, {"EPOLLPRI", EPOLLPRI},
        {"EPOLLERR", EPOLLERR}, {"EPOLLHUP", EPOLLHUP}, {"EPOLLRDHUP", EPOLLRDHUP}, {"EPOLLET", EPOLLET}, {"EPOLLONESHOT", EPOLLONESHOT}, {"EPOLLEXCLUSIVE", EPOLLEXCLUSIVE}, {"EPOLLWAKEUP", EPOLLWAKEUP}, {"EPOLLRDNORM", EPOLLRDNORM},
        {"EPOLLRDBAND", EPOLLRDBAND}, {"EPOLLWRNORM", EPOLLWRNORM}, {"EPOLLWRBAND", EPOLLWRBAND}, {"EPOLLMSG", EPOLLMSG}, {"EPOLL_CLOEXEC", EPOLL_CLOEXEC}};
    for (size_t i = 0; i < IM_COUNTOF(c); i++)
        if (im_module_add_int(t, m, c[i].name, c[i].v) < 0) return -1;
    return im_module_add(t, m, "error", im_new_ref(im_type_value(&im_OSError_type)));
}
static const ImMethodDef select_methods[] = {IM_RANGE("select", s_select, 3, 4, "($module, rlist, wlist, xlist, timeout=None, /)", "Wait until one or more file descriptors are ready for some kind of I/O."),
    IM_FIXED("poll", s_poll, 0, "($module, /)", "Returns a polling object."), IM_END};
static ImType *const select_types[] = {&im_epoll_type, NULL};
static const ImModuleDef select_def = {.name = "select", .doc = "This module supports asynchronous I/O on multiple file descriptors.", .methods = select_methods, .exec = select_exec, .types = select_types};
IM_MODULE(select_def);
