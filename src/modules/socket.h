/* What the files of _socket share.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_SOCKET_H
#define IM_MODULES_SOCKET_H

#include <poll.h>
#include <sys/socket.h>

#include "modules/audit.h"
#include "modules/syscall.h"

typedef struct ImSocket {
    ImObject head;
    int x_fd;            /* -1: closed; exchange */
    int family, type, proto;
    int64_t x_timeout;   /* ns; 0: non-blocking; -1: none */
} ImSocket;
IM_TYPE_DECLARE(socket_);
IM_INLINE ImSocket *im_socketp(Value v) { return (ImSocket *)im_ptr(v); }

typedef struct ImSockAddr { struct sockaddr_storage s; socklen_t len; } ImSockAddr;
/* Address argument of a socket's family; `caller` names the method in messages. */
IM_MUST_USE int im_sockaddr_arg(Thread *t, const ImSocket *s, Value v, const char *caller, ImSockAddr *out);
/* Python's form of an address as the system gives it. fd: for interface names; proto: for families that depend on it. */
IM_MUST_USE Value im_sockaddr_value(Thread *t, int fd, const ImSockAddr *a, int proto);
/* Host argument: str (IDNA), bytes or bytearray; null with an exception. The text lives as long as *owned. */
IM_MUST_USE const char *im_host_arg(Thread *t, Value v, const char *message, Value *owned);
/* Resolves name to one address of a family ("" any, "<broadcast>"). */
IM_MUST_USE int im_resolve_host(Thread *t, const char *name, int family, ImSockAddr *out);
Value im_raise_gaierror(Thread *t, int code);

extern const ImMethodDef im_socket_methods[], im_socket_name_methods[];
/* Methods that socket_msg.c holds. */
Value im_socket_recvmsg(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value im_socket_recvmsg_into(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value im_socket_sendmsg(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value im_socket_sendmsg_afalg(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
/* Seconds or None, in ns; -1 for None. */
IM_MUST_USE int im_socket_timeout_arg(Thread *t, Value v, int64_t *out);
extern int64_t im_socket_x_default_timeout; /* ns; -1: none */
IM_MUST_USE int im_socket_name_init(Thread *t, Value m);
IM_MUST_USE int im_socket_add_constants(Thread *t, Value m);

/* Waits until fd is ready: 0; 1 timed out; -1 exception. ns < 0: no limit. */
IM_MUST_USE int im_socket_wait(Thread *t, int fd, bool writing, int64_t ns);
/* r = call, as the socket's timeout says: polled before when there is one, again when it would block all the same. On failure r < 0 with
 * an exception pending. `deadline` of 0: from now. */
#define IM_SOCKET_CALL(t, sock, writing, deadline_ns, r, call) \
    do { \
        int64_t tmo_ = im_load_relaxed(&(sock)->x_timeout), end_ = (deadline_ns) ? (deadline_ns) : tmo_ > 0 ? im_monotonic_ns() + tmo_ : 0; \
        for (;;) { \
            int e_; \
            if (tmo_ > 0) { \
                int64_t left_ = end_ - im_monotonic_ns(); \
                int w_ = left_ < 0 ? 1 : im_socket_wait((t), im_load_acquire(&(sock)->x_fd), (writing), left_); \
                if (w_ > 0) im_raise((t), &im_TimeoutError_type, "timed out"); \
                if (w_) { (r) = -1; break; } \
            } \
            IM_SYSCALL((t), (r), e_, call); \
            if ((r) >= 0) break; \
            if (tmo_ > 0 && (e_ == EAGAIN || e_ == EWOULDBLOCK)) continue; \
            im_syscall_error((t), e_); \
            break; \
        } \
    } while (0)

#endif
