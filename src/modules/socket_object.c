/* _socket.socket: connecting, sending and receiving. Messages with ancillary data are in socket_msg.c.
 *
 * A socket with a timeout is non-blocking to the system; calls wait by poll(2) first. After a signal the time that is left goes on.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "modules/socket.h"

#define S(v) im_socketp(v)
IM_INLINE int fd_of(Value v) { return im_load_acquire(&S(v)->x_fd); }

int im_socket_wait(Thread *t, int fd, bool writing, int64_t ns)
{
    struct pollfd p = {.fd = fd, .events = writing ? POLLOUT : POLLIN};
    int64_t end = ns < 0 ? 0 : im_monotonic_ns() + ns;
    if (fd < 0) return im_raise_errno(t, EBADF), -1;
    for (;;) {
        int r, e;
        IM_DETACH(t);
        r = poll(&p, 1, im_milliseconds_up(ns));
        e = errno;
        IM_ATTACH(t);
        if (r > 0) return 0;
        if (r == 0) return 1;
        if (e != EINTR) return im_raise_errno(t, e), -1;
        if (im_poll(t) < 0) return -1;
        if (ns >= 0 && (ns = end - im_monotonic_ns()) < 0) return 1;
    }
}

static int set_blocking(int fd, bool blocking)
{
    int on = !blocking;
    return ioctl(fd, FIONBIO, &on) < 0 ? errno : 0;
}

/* --- making ------------------------------------------------------------------------------------------------------------------------------- */


static int setup(Thread *t, ImSocket *s, int fd, int family, int type, int proto)
{
    s->family = family;
    s->type = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    s->proto = proto;
    int64_t timeout = type & SOCK_NONBLOCK ? 0 : im_load_relaxed(&im_socket_x_default_timeout);
    if (timeout >= 0) {
        int e = set_blocking(fd, false);
        if (e) return im_raise_errno(t, e), -1;
    }
    im_store_relaxed(&s->x_timeout, timeout);
    im_store_release(&s->x_fd, fd);
    return 0;
}
static Value socket_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    Value v = im_instance_new(t, type);
    if (!im_no_value(v)) {
        S(v)->x_fd = -1;
        S(v)->x_timeout = im_load_relaxed(&im_socket_x_default_timeout);
    }
    return v;
}
/* What an existing descriptor is. */
static int detect(Thread *t, int fd, int *family, int *type, int *proto)
{
    struct sockaddr_storage addr;
    socklen_t n = sizeof(addr);
    memset(&addr, 0, sizeof(addr));
    if (getsockname(fd, (struct sockaddr *)&addr, &n) < 0) {
        if (*family == -1 || errno == EBADF || errno == ENOTSOCK) return IM_ERRNO(t), -1;
    } else if (*family == -1) {
        *family = addr.ss_family;
    }
    struct { int opt, *out; } ask[] = {{SO_TYPE, type}, {SO_PROTOCOL, proto}};
    for (int i = 0; i < 2; i++) {
        socklen_t len = sizeof(int);
        if (*ask[i].out == -1 && getsockopt(fd, SOL_SOCKET, ask[i].opt, ask[i].out, &len) < 0) return IM_ERRNO(t), -1;
    }
    return 0;
}
static int socket_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    int family = -1, type = -1, proto = -1, fd = -1, rc = -1;
    if (im_parse_args(t, "socket", "(family=-1, type=-1, proto=-1, fileno=None)", args, nargs, kwnames, &a) < 0) return -1;
    if ((!im_no_value(a.v[0]) && im_as_int(t, a.v[0], &family) < 0) || (!im_no_value(a.v[1]) && im_as_int(t, a.v[1], &type) < 0) ||
        (!im_no_value(a.v[2]) && im_as_int(t, a.v[2], &proto) < 0)) goto done;
    if (IM_AUDIT(t, "socket.__new__", self, im_int(family), im_int(type), im_int(proto)) < 0) goto done;
    if (im_given(a.v[3])) {
        if (im_as_int(t, a.v[3], &fd) < 0) goto done;
        if (fd < 0) { im_raise_valueerror(t, "negative file descriptor"); goto done; }
        if (detect(t, fd, &family, &type, &proto) < 0) goto done;
    } else {
        if (family == -1) family = AF_INET;
        if (type == -1) type = SOCK_STREAM;
        if (proto == -1) proto = 0;
        int e;
        IM_DETACH(t);
        fd = socket(family, type | SOCK_CLOEXEC, proto);
        e = errno;
        IM_ATTACH(t);
        if (fd < 0) { im_raise_errno(t, e); goto done; }
    }
    rc = setup(t, S(self), fd, family, type, proto);
    if (rc < 0 && !im_given(a.v[3])) close(fd);
done:
    im_args_fini(t, &a);
    return rc;
}
static void socket_finalize(Thread *t, ImObject *o)
{
    ImSocket *s = (ImSocket *)o;
    if (im_load_acquire(&s->x_fd) < 0) return;
    Value saved = im_exc_fetch(t);
    if (im_warn(t, &im_ResourceWarning_type, 1, "unclosed %R", im_value(o)) < 0 && im_pending_is(t, &im_Warning_type)) im_write_unraisable(t, NULL, im_value(o));
    im_exc_clear(t);
    int fd = im_xchg_acq_rel(&s->x_fd, -1);
    IM_DETACH(t);
    if (fd >= 0) close(fd);
    IM_ATTACH(t);
    im_exc_restore(t, saved);
}
static Value socket_repr(Thread *t, Value self)
{
    return im_str_format(t, "<socket object, fd=%d, family=%d, type=%d, proto=%d>", fd_of(self), S(self)->family, S(self)->type, S(self)->proto);
}
IM_METHOD(sock_close)
{
    int fd = im_xchg_acq_rel(&S(self)->x_fd, -1), r, e;
    if (fd < 0) return IM_NONE;
    IM_DETACH(t);
    r = close(fd);
    e = errno;
    IM_ATTACH(t);
    return r < 0 && e != ECONNRESET && e != EINTR ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(sock_detach) { return im_int(im_xchg_acq_rel(&S(self)->x_fd, -1)); }
IM_METHOD(sock_fileno) { return im_int(fd_of(self)); }

/* --- timeouts ------------------------------------------------------------------------------------------------------------------------------- */

int im_socket_timeout_arg(Thread *t, Value v, int64_t *out)
{
    *out = -1;
    if (im_is_none(v)) return 0;
    if (im_seconds_arg(t, v, IM_ROUND_UP, out) < 0) return -1;
    if (*out < 0) return im_raise_valueerror(t, "Timeout value out of range"), -1;
    if (*out / 1000000 > INT_MAX) return im_raise_overflow(t, "timeout doesn't fit into C timeval"), -1;
    return 0;
}
static Value timeout_value(Thread *t, int64_t ns) { return ns < 0 ? IM_NONE : im_float_new(t, (double)ns / 1e9); }
static Value set_timeout(Thread *t, Value self, int64_t ns)
{
    im_store_relaxed(&S(self)->x_timeout, ns);
    int e = set_blocking(fd_of(self), ns < 0);
    return e ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(sock_settimeout) { int64_t ns; return im_socket_timeout_arg(t, args[0], &ns) < 0 ? IM_NO_VALUE : set_timeout(t, self, ns); }
IM_METHOD(sock_setblocking)
{
    int b = im_truth(t, args[0]);
    return b < 0 ? IM_NO_VALUE : set_timeout(t, self, b ? -1 : 0);
}
IM_METHOD(sock_gettimeout) { return timeout_value(t, im_load_relaxed(&S(self)->x_timeout)); }
IM_METHOD(sock_getblocking) { return im_bool(im_load_relaxed(&S(self)->x_timeout) != 0); }
static Value get_timeout(Thread *t, Value self, void *closure) { (void)closure; return timeout_value(t, im_load_relaxed(&S(self)->x_timeout)); }

/* --- connections ------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(sock_accept)
{
    ImSockAddr a;
    int r;
    memset(&a, 0, sizeof(a));
    IM_SOCKET_CALL(t, S(self), false, 0, r, (a.len = sizeof(a.s), accept4(fd_of(self), (struct sockaddr *)&a.s, &a.len, SOCK_CLOEXEC)));
    if (r < 0) return IM_NO_VALUE;
    Value addr = im_sockaddr_value(t, r, &a, S(self)->proto);
    if (im_no_value(addr)) { close(r); return addr; }
    return im_tuple_steal_array(t, (Value[]){im_int(r), addr}, 2);
}
IM_METHOD(sock_bind)
{
    ImSockAddr a;
    int r, e;
    if (im_sockaddr_arg(t, S(self), args[0], "bind", &a) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "socket.bind", self, args[0]) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    r = bind(fd_of(self), (struct sockaddr *)&a.s, a.len);
    e = errno;
    IM_ATTACH(t);
    return r < 0 ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(sock_listen)
{
    int backlog = SOMAXCONN < 128 ? SOMAXCONN : 128, r, e;
    if (nargs && im_as_int(t, args[0], &backlog) < 0) return IM_NO_VALUE;
    if (backlog < 0) backlog = 0;
    IM_DETACH(t);
    r = listen(fd_of(self), backlog);
    e = errno;
    IM_ATTACH(t);
    return r < 0 ? im_raise_errno(t, e) : IM_NONE;
}
/* 0, an error number, or -1 with an exception pending. A connection that a signal interrupted goes on by itself: wait for it. */
static int connect_to(Thread *t, Value self, const ImSockAddr *a)
{
    int r, e;
    IM_DETACH(t);
    r = connect(fd_of(self), (const struct sockaddr *)&a->s, a->len);
    e = errno;
    IM_ATTACH(t);
    if (r == 0) return 0;
    int64_t timeout = im_load_relaxed(&S(self)->x_timeout);
    if (e == EINTR) {
        if (im_poll(t) < 0) return -1;
        if (timeout == 0) return e;
    } else if (!(timeout > 0 && e == EINPROGRESS)) {
        return e;
    }
    r = im_socket_wait(t, fd_of(self), true, timeout);
    if (r < 0) return -1;
    if (r > 0) return ETIMEDOUT + 100000; /* our timeout, not the system's */
    socklen_t n = sizeof(e);
    if (getsockopt(fd_of(self), SOL_SOCKET, SO_ERROR, &e, &n) < 0) return errno;
    return e == EISCONN ? 0 : e;
}
IM_METHOD(sock_connect)
{
    ImSockAddr a;
    if (im_sockaddr_arg(t, S(self), args[0], "connect", &a) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "socket.connect", self, args[0]) < 0) return IM_NO_VALUE;
    int e = connect_to(t, self, &a);
    if (e < 0) return IM_NO_VALUE;
    if (e > 100000) return im_raise(t, &im_TimeoutError_type, "timed out");
    return e ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(sock_connect_ex)
{
    ImSockAddr a;
    if (im_sockaddr_arg(t, S(self), args[0], "connect_ex", &a) < 0) return IM_NO_VALUE;
    int e = connect_to(t, self, &a);
    return e < 0 ? IM_NO_VALUE : im_int(e > 100000 ? EWOULDBLOCK : e);
}
IM_METHOD(sock_shutdown)
{
    int how, r, e;
    if (im_as_int(t, args[0], &how) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    r = shutdown(fd_of(self), how);
    e = errno;
    IM_ATTACH(t);
    return r < 0 ? im_raise_errno(t, e) : IM_NONE;
}
static Value own_address(Thread *t, Value self, int (*fn)(int, struct sockaddr *restrict, socklen_t *restrict))
{
    ImSockAddr a;
    memset(&a, 0, sizeof(a));
    a.len = sizeof(a.s);
    return fn(fd_of(self), (struct sockaddr *)&a.s, &a.len) < 0 ? IM_ERRNO(t) : im_sockaddr_value(t, fd_of(self), &a, S(self)->proto);
}
IM_METHOD(sock_getsockname) { return own_address(t, self, getsockname); }
IM_METHOD(sock_getpeername) { return own_address(t, self, getpeername); }

/* --- options ------------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(sock_getsockopt)
{
    int level, opt, n = 0;
    if (im_as_int(t, args[0], &level) < 0 || im_as_int(t, args[1], &opt) < 0 || (nargs > 2 && im_as_int(t, args[2], &n) < 0)) return IM_NO_VALUE;
    socklen_t len;
    if (n == 0) {
        int flag = 0;
        len = sizeof(flag);
        return getsockopt(fd_of(self), level, opt, &flag, &len) < 0 ? IM_ERRNO(t) : im_int(flag);
    }
    if (n < 0 || n > 1024) return im_raise(t, &im_OSError_type, "getsockopt buflen out of range");
    char buf[1024];
    len = (socklen_t)n;
    return getsockopt(fd_of(self), level, opt, buf, &len) < 0 ? IM_ERRNO(t) : im_bytes_new(t, buf, (ssize_t)len);
}
IM_METHOD(sock_setsockopt)
{
    int level, opt, flag, r;
    if (nargs < 3) return im_raise_type(t, "setsockopt() takes exactly 3 arguments (%zu given)", nargs);
    if (im_as_int(t, args[0], &level) < 0 || im_as_int(t, args[1], &opt) < 0) return IM_NO_VALUE;
    if (nargs == 4) {
        if (!im_is_none(args[2])) return im_raise_type(t, "setsockopt() argument 3 must be None, not %.50T", args[2]);
        uint64_t n;
        if (im_as_uint64_wrap(t, args[3], &n) < 0) return IM_NO_VALUE;
        r = setsockopt(fd_of(self), level, opt, NULL, (socklen_t)n);
    } else if (im_is_index(args[2])) {
        if (im_as_int(t, args[2], &flag) < 0) return IM_NO_VALUE;
        r = setsockopt(fd_of(self), level, opt, &flag, sizeof(flag));
    } else {
        ImBuffer b;
        if (im_buffer_get(t, args[2], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
        r = setsockopt(fd_of(self), level, opt, b.buf, (socklen_t)b.len);
        int e = errno;
        im_buffer_release(t, &b);
        errno = e;
    }
    return r < 0 ? IM_ERRNO(t) : IM_NONE;
}

/* --- receiving -------------------------------------------------------------------------------------------------------------------------------------- */

static Value receive(Thread *t, Value self, const Value *args, size_t nargs, const char *fname, bool from)
{
    ssize_t n, r;
    int flags = 0;
    ImSockAddr a;
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &n) < 0 || (nargs > 1 && im_as_int(t, args[1], &flags) < 0)) return IM_NO_VALUE;
    if (n < 0) return im_raise_valueerror(t, "negative buffersize in %s", fname);
    Value b = im_bytes_new(t, NULL, n);
    if (im_no_value(b)) return b;
    memset(&a, 0, sizeof(a));
    if (from) IM_SOCKET_CALL(t, S(self), false, 0, r, (a.len = sizeof(a.s), recvfrom(fd_of(self), im_bytes_data(b), (size_t)n, flags, (struct sockaddr *)&a.s, &a.len)));
    else IM_SOCKET_CALL(t, S(self), false, 0, r, recv(fd_of(self), im_bytes_data(b), (size_t)n, flags));
    if (r < 0) { im_drop(t, b); return IM_NO_VALUE; }
    if (r != n && im_bytes_resize(t, &b, r) < 0) return IM_NO_VALUE;
    return from ? im_tuple_of(t, (Value[]){b, im_sockaddr_value(t, fd_of(self), &a, S(self)->proto)}, 2) : b;
}
IM_METHOD(sock_recv) { return receive(t, self, args, nargs, "recv", false); }
IM_METHOD(sock_recvfrom) { return receive(t, self, args, nargs, "recvfrom", true); }

/* args: buffer, nbytes, flags. */
static Value receive_into(Thread *t, Value self, const Value *args, const char *fname, bool from)
{
    ImBuffer b;
    ssize_t n = 0, r = -1;
    int flags = 0;
    ImSockAddr a;
    if (im_buffer_get(t, args[0], &b, IM_BUF_WRITABLE) < 0) {
        if (im_exc_clear_if(t, &im_BufferError_type) || im_exc_clear_if(t, &im_TypeError_type))
            im_raise_type(t, "%s() argument 1 must be read-write bytes-like object, not %.50T", fname, args[0]);
        return IM_NO_VALUE;
    }
    Value result = IM_NO_VALUE;
    if ((!im_no_value(args[1]) && im_as_ssize(t, args[1], &im_OverflowError_type, &n) < 0) || (!im_no_value(args[2]) && im_as_int(t, args[2], &flags) < 0)) goto done;
    if (n < 0) { im_raise_valueerror(t, "negative buffersize in %s", fname); goto done; }
    if (n == 0) n = b.len;
    if (b.len < n) { im_raise_valueerror(t, from ? "nbytes is greater than the length of the buffer" : "buffer too small for requested bytes"); goto done; }
    memset(&a, 0, sizeof(a));
    if (from) IM_SOCKET_CALL(t, S(self), false, 0, r, (a.len = sizeof(a.s), recvfrom(fd_of(self), b.buf, (size_t)n, flags, (struct sockaddr *)&a.s, &a.len)));
    else IM_SOCKET_CALL(t, S(self), false, 0, r, recv(fd_of(self), b.buf, (size_t)n, flags));
    if (r >= 0) result = from ? im_tuple_of(t, (Value[]){im_int(r), im_sockaddr_value(t, fd_of(self), &a, S(self)->proto)}, 2) : im_int(r);
done:
    im_buffer_release(t, &b);
    return result;
}
IM_METHOD(sock_recv_into) { return receive_into(t, self, args, "recv_into", false); }
IM_METHOD(sock_recvfrom_into) { return receive_into(t, self, args, "recvfrom_into", true); }

/* --- sending ------------------------------------------------------------------------------------------------------------------------------------------ */

IM_METHOD(sock_send)
{
    ImBuffer b;
    ssize_t r;
    int flags = 0;
    if ((nargs > 1 && im_as_int(t, args[1], &flags) < 0) || im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    IM_SOCKET_CALL(t, S(self), true, 0, r, send(fd_of(self), b.buf, (size_t)b.len, flags));
    im_buffer_release(t, &b);
    return r < 0 ? IM_NO_VALUE : im_int(r);
}
/* The timeout is for all of it. */
IM_METHOD(sock_sendall)
{
    ImBuffer b;
    ssize_t r = 0;
    int flags = 0;
    if ((nargs > 1 && im_as_int(t, args[1], &flags) < 0) || im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    int64_t timeout = im_load_relaxed(&S(self)->x_timeout), deadline = timeout > 0 ? im_monotonic_ns() + timeout : 0;
    const char *p = b.buf;
    ssize_t left = b.len;
    while (left > 0) {
        IM_SOCKET_CALL(t, S(self), true, deadline, r, send(fd_of(self), p, (size_t)left, flags));
        if (r < 0) break;
        p += r;
        left -= r;
        if (im_poll(t) < 0) { r = -1; break; }
    }
    im_buffer_release(t, &b);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(sock_sendto)
{
    ImBuffer b;
    ssize_t r;
    int flags = 0;
    ImSockAddr a;
    if (nargs < 2 || nargs > 3) return im_raise_type(t, "sendto() takes 2 or 3 arguments (%zu given)", nargs);
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    if ((nargs == 3 && im_as_int(t, args[1], &flags) < 0) || im_sockaddr_arg(t, S(self), args[nargs - 1], "sendto", &a) < 0 ||
        IM_AUDIT(t, "socket.sendto", self, args[nargs - 1]) < 0) r = -1;
    else IM_SOCKET_CALL(t, S(self), true, 0, r, sendto(fd_of(self), b.buf, (size_t)b.len, flags, (struct sockaddr *)&a.s, a.len));
    im_buffer_release(t, &b);
    return r < 0 ? IM_NO_VALUE : im_int(r);
}

const ImMethodDef im_socket_methods[] = {
    IM_FIXED("_accept", sock_accept, 0, "($self, /)", "_accept() -> (integer, address info)\n\nWait for an incoming connection.  Return a new socket file descriptor\nrepresenting the connection, and the address of the client."),
    IM_FIXED("bind", sock_bind, 1, "($self, object, /)", "bind(address)\n\nBind the socket to a local address."),
    IM_FIXED("close", sock_close, 0, "($self, /)", "close()\n\nClose the socket.  It cannot be used after this call."),
    IM_FIXED("connect", sock_connect, 1, "($self, object, /)", "connect(address)\n\nConnect the socket to a remote address."),
    IM_FIXED("connect_ex", sock_connect_ex, 1, "($self, object, /)", "connect_ex(address) -> errno\n\nThis is like connect(address), but returns an error code (the errno value)\ninstead of raising an exception when an error occurs."),
    IM_FIXED("detach", sock_detach, 0, "($self, /)", "detach()\n\nClose the socket object without closing the underlying file descriptor."),
    IM_FIXED("fileno", sock_fileno, 0, "($self, /)", "fileno() -> integer\n\nReturn the integer file descriptor of the socket."),
    IM_FIXED("getpeername", sock_getpeername, 0, "($self, /)", "getpeername() -> address info\n\nReturn the address of the remote endpoint."),
    IM_FIXED("getsockname", sock_getsockname, 0, "($self, /)", "getsockname() -> address info\n\nReturn the address of the local endpoint."),
    IM_RANGE("getsockopt", sock_getsockopt, 2, 3, NULL, "getsockopt(level, option[, buffersize]) -> value\n\nGet a socket option."),
    IM_RANGE("setsockopt", sock_setsockopt, 0, 4, NULL, "setsockopt(level, option, value: int)\nsetsockopt(level, option, value: buffer)\nsetsockopt(level, option, None, optlen: int)\n\nSet a socket option."),
    IM_RANGE("listen", sock_listen, 0, 1, NULL, "listen([backlog])\n\nEnable a server to accept connections."),
    IM_RANGE("recv", sock_recv, 1, 2, NULL, "recv(buffersize[, flags]) -> data\n\nReceive up to buffersize bytes from the socket."),
    IM_PARSED("recv_into", sock_recv_into, "($self, /, buffer, nbytes=0, flags=0)", "recv_into(buffer, [nbytes[, flags]]) -> nbytes_read"),
    IM_RANGE("recvfrom", sock_recvfrom, 1, 2, NULL, "recvfrom(buffersize[, flags]) -> (data, address info)"),
    IM_PARSED("recvfrom_into", sock_recvfrom_into, "($self, /, buffer, nbytes=0, flags=0)", "recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)"),
    IM_RANGE("send", sock_send, 1, 2, NULL, "send(data[, flags]) -> count\n\nSend a data string to the socket."),
    IM_RANGE("sendall", sock_sendall, 1, 2, NULL, "sendall(data[, flags])\n\nSend a data string to the socket."),
    IM_RANGE("sendto", sock_sendto, 0, 255, NULL, "sendto(data[, flags], address) -> count"),
    IM_FIXED("setblocking", sock_setblocking, 1, "($self, object, /)", "setblocking(flag)\n\nSet the socket to blocking (flag is true) or non-blocking (false)."),
    IM_FIXED("getblocking", sock_getblocking, 0, "($self, /)", "getblocking()\n\nReturns True if socket is in blocking mode, or False if it\nis in non-blocking mode."),
    IM_FIXED("settimeout", sock_settimeout, 1, "($self, object, /)", "settimeout(timeout)\n\nSet a timeout on socket operations."),
    IM_FIXED("gettimeout", sock_gettimeout, 0, "($self, /)", "gettimeout() -> timeout\n\nReturns the timeout in seconds (float) associated with socket operations."),
    IM_FIXED("shutdown", sock_shutdown, 1, "($self, object, /)", "shutdown(flag)\n\nShut down the reading side of the socket (flag == SHUT_RD), the writing side\nof the socket (flag == SHUT_WR), or both ends (flag == SHUT_RDWR)."),
    IM_RAW("recvmsg", im_socket_recvmsg, NULL, "recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)"),
    IM_RAW("recvmsg_into", im_socket_recvmsg_into, NULL, "recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)"),
    IM_RAW("sendmsg", im_socket_sendmsg, NULL, "sendmsg(buffers[, ancdata[, flags[, address]]]) -> count"),
    IM_PARSED("sendmsg_afalg", im_socket_sendmsg_afalg, "($self, /, msg=(), *, op, iv=None, assoclen=-1, flags=0)", "sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags=MSG_MORE]]])"),
    IM_END,
};
static const ImMemberDef members[] = {
    {"family", IM_T_INT32, offsetof(ImSocket, family), true, "the socket family"}, {"type", IM_T_INT32, offsetof(ImSocket, type), true, "the socket type"},
    {"proto", IM_T_INT32, offsetof(ImSocket, proto), true, "the socket protocol"}, IM_END,
};
static const ImGetSetDef getset[] = {{"timeout", get_timeout, NULL, "the socket timeout", NULL}, IM_END};
static const ImSlots slots = {.repr = socket_repr, .new_ = socket_new, .init = socket_init};
static const ImTypeSpec spec = {
    .name = "_socket.socket",
    .doc = "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.",
    .size = sizeof(ImSocket), .flags = IM_TF_BASETYPE | IM_TF_FINALIZER, .slots = &slots, .methods = im_socket_methods, .getset = getset, .members = members, .finalize = socket_finalize,
};
IM_TYPE(socket_, &spec);
