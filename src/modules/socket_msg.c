/* _socket: messages made of several buffers, with ancillary data (file descriptors, credentials, packet information).
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <linux/if_alg.h>
#include <sys/uio.h>

#include "modules/socket.h"

#define S(v) im_socketp(v)
IM_INLINE int fd_of(Value v) { return im_load_acquire(&S(v)->x_fd); }

typedef struct Buffers { struct iovec *iov; ImBuffer *b; size_t n; } Buffers;
static void buffers_fini(Thread *t, Buffers *v)
{
    for (size_t i = 0; i < v->n; i++) im_buffer_release(t, &v->b[i]);
    im_raw_free(v->iov);
    im_raw_free(v->b);
}
static int buffers_get(Thread *t, Value seq, const char *message, bool writable, Buffers *v)
{
    *v = (Buffers){0};
    Value fast = im_fast_sequence(t, seq, message), items = im_no_value(fast) ? fast : im_to_tuple(t, fast);
    im_xdrop(t, fast);
    if (im_no_value(items)) return -1;
    size_t n = (size_t)im_tuple_len(items);
    int r = -1;
    if (n > INT_MAX) im_raise(t, &im_OSError_type, writable ? "recvmsg_into() argument 1 is too long" : "sendmsg() argument 1 is too long");
    else if ((v->iov = im_raw_alloc(t, n * sizeof(struct iovec))) && (v->b = im_raw_alloc(t, n * sizeof(ImBuffer)))) r = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        r = im_buffer_get(t, im_tuple_get(items, (ssize_t)i), &v->b[i], writable ? IM_BUF_WRITABLE : IM_BUF_SIMPLE);
        if (r < 0) {
            if (writable && (im_exc_clear_if(t, &im_BufferError_type) || im_exc_clear_if(t, &im_TypeError_type))) im_raise_type(t, "%s", message);
            break;
        }
        v->iov[i] = (struct iovec){v->b[i].buf, (size_t)v->b[i].len};
        v->n++;
    }
    im_drop(t, items);
    if (r < 0) buffers_fini(t, v);
    return r;
}

/* --- receiving --------------------------------------------------------------------------------------------------------------------------- */

static Value ancillary_list(Thread *t, struct msghdr *m)
{
    Value list = im_list_new(t, 0);
    const char *end = (const char *)m->msg_control + m->msg_controllen;
    for (struct cmsghdr *c = m->msg_controllen ? CMSG_FIRSTHDR(m) : NULL; c && !im_no_value(list); c = CMSG_NXTHDR(m, c)) {
        const char *data = (const char *)CMSG_DATA(c);
        if (data > end || c->cmsg_len < CMSG_LEN(0)) break;
        size_t n = c->cmsg_len - CMSG_LEN(0);
        if (n > (size_t)(end - data)) n = (size_t)(end - data); /* cut off */
        Value item = im_tuple_of(t, (Value[]){im_int(c->cmsg_level), im_int(c->cmsg_type), im_bytes_new(t, data, (ssize_t)n)}, 3);
        if (im_no_value(item) || im_list_append_steal(t, list, item) < 0) IM_CLEAR(t, list);
    }
    return list;
}
/* Receives into iov: (data or count, ancillary data, flags, address). `data` (stolen) is a bytes to cut to size, or no value. */
static Value receive(Thread *t, Value self, struct iovec *iov, size_t niov, ssize_t anc, int flags, const char *fname, Value data)
{
    if (anc < 0 || anc > INT_MAX) {
        im_xdrop(t, data);
        return im_raise_valueerror(t, "invalid ancillary data buffer length");
    }
    (void)fname;
    char *control = im_raw_alloc(t, (size_t)anc);
    ImSockAddr a;
    struct msghdr m;
    ssize_t r = -1;
    Value result = IM_NO_VALUE;
    if (!control) goto done;
    memset(&a, 0, sizeof(a));
    memset(&m, 0, sizeof(m));
    IM_SOCKET_CALL(t, S(self), false, 0, r, (m = (struct msghdr){.msg_name = &a.s, .msg_namelen = sizeof(a.s), .msg_iov = iov, .msg_iovlen = niov, .msg_control = control,
        .msg_controllen = (size_t)anc}, recvmsg(fd_of(self), &m, flags)));
    if (r < 0) goto done;
    a.len = m.msg_namelen;
    if (!im_no_value(data) && r != im_bytes_len(data) && im_bytes_resize(t, &data, r) < 0) { data = IM_NO_VALUE; goto done; }
    Value first = im_no_value(data) ? im_int(r) : data;
    data = IM_NO_VALUE;
    result = im_tuple_of(t, (Value[]){first, ancillary_list(t, &m), im_int(m.msg_flags), im_sockaddr_value(t, fd_of(self), &a, S(self)->proto)}, 4);
done:
    im_xdrop(t, data);
    im_raw_free(control);
    return result;
}
Value im_socket_recvmsg(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ssize_t n, anc = 0;
    int flags = 0;
    if (im_no_kwargs(t, "recvmsg", kwnames) < 0 || im_check_nargs(t, "recvmsg", nargs, 1, 3) < 0) return IM_NO_VALUE;
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &n) < 0 || (nargs > 1 && im_as_ssize(t, args[1], &im_OverflowError_type, &anc) < 0) || (nargs > 2 && im_as_int(t, args[2], &flags) < 0))
        return IM_NO_VALUE;
    if (n < 0) return im_raise_valueerror(t, "negative buffer size in recvmsg()");
    Value b = im_bytes_new(t, NULL, n);
    if (im_no_value(b)) return b;
    struct iovec iov = {im_bytes_data(b), (size_t)n};
    return receive(t, self, &iov, 1, anc, flags, "recvmsg", b);
}
Value im_socket_recvmsg_into(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    static const char message[] = "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers";
    ssize_t anc = 0;
    int flags = 0;
    Buffers v;
    if (im_no_kwargs(t, "recvmsg_into", kwnames) < 0 || im_check_nargs(t, "recvmsg_into", nargs, 1, 3) < 0) return IM_NO_VALUE;
    if ((nargs > 1 && im_as_ssize(t, args[1], &im_OverflowError_type, &anc) < 0) || (nargs > 2 && im_as_int(t, args[2], &flags) < 0)) return IM_NO_VALUE;
    if (buffers_get(t, args[0], message, true, &v) < 0) return IM_NO_VALUE;
    Value r = receive(t, self, v.iov, v.n, anc, flags, "recvmsg_into", IM_NO_VALUE);
    buffers_fini(t, &v);
    return r;
}

/* --- sending -------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Ancillary { void *control; size_t len; ImBuffer *b; size_t n; } Ancillary;
static void ancillary_fini(Thread *t, Ancillary *a)
{
    for (size_t i = 0; i < a->n; i++) im_buffer_release(t, &a->b[i]);
    im_raw_free(a->b);
    im_raw_free(a->control);
}
/* (level, type, data) triples as control messages. */
static int ancillary_get(Thread *t, Value seq, Ancillary *a)
{
    *a = (Ancillary){0};
    Value fast = im_fast_sequence(t, seq, "sendmsg() argument 2 must be an iterable"), items = im_no_value(fast) ? fast : im_to_tuple(t, fast);
    im_xdrop(t, fast);
    if (im_no_value(items)) return -1;
    size_t n = (size_t)im_tuple_len(items), room = 0;
    struct { int level, type; } *heads = im_raw_alloc(t, n * sizeof(*heads));
    int r = heads && (a->b = im_raw_alloc(t, n * sizeof(ImBuffer))) ? 0 : -1;
    for (size_t i = 0; i < n && r == 0; i++) {
        Value item = im_tuple_get(items, (ssize_t)i), tri = IM_NO_VALUE;
        if (!im_is_sequence(item)) {
            im_raise_type(t, "[sendmsg() ancillary data items]() argument must be 3-item sequence, not %T", item);
            r = -1;
            break;
        }
        tri = im_to_tuple(t, item);
        if (im_no_value(tri)) { r = -1; break; }
        if (im_tuple_len(tri) != 3) {
            im_raise_type(t, "[sendmsg() ancillary data items]() argument must be sequence of length 3, not %zd", im_tuple_len(tri));
            r = -1;
        } else if (im_as_int(t, im_tuple_get(tri, 0), &heads[i].level) < 0 || im_as_int(t, im_tuple_get(tri, 1), &heads[i].type) < 0 ||
                   im_buffer_get(t, im_tuple_get(tri, 2), &a->b[i], IM_BUF_SIMPLE) < 0) {
            r = -1;
        } else {
            a->n++;
            room += CMSG_SPACE((size_t)a->b[i].len);
        }
        im_drop(t, tri);
    }
    if (r == 0 && room) {
        if (!(a->control = im_raw_alloc_zero(t, 1, room))) r = -1;
        a->len = room;
        struct msghdr m = {.msg_control = a->control, .msg_controllen = room};
        struct cmsghdr *c = r == 0 ? CMSG_FIRSTHDR(&m) : NULL;
        for (size_t i = 0; c && i < a->n; i++, c = CMSG_NXTHDR(&m, c)) {
            c->cmsg_level = heads[i].level;
            c->cmsg_type = heads[i].type;
            c->cmsg_len = CMSG_LEN((size_t)a->b[i].len);
            memcpy(CMSG_DATA(c), a->b[i].buf, (size_t)a->b[i].len);
        }
    }
    im_raw_free(heads);
    im_drop(t, items);
    if (r < 0) ancillary_fini(t, a);
    return r;
}
Value im_socket_sendmsg(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    Buffers v;
    Ancillary anc = {0};
    ImSockAddr a;
    int flags = 0;
    ssize_t r = -1;
    if (im_no_kwargs(t, "sendmsg", kwnames) < 0 || im_check_nargs(t, "sendmsg", nargs, 1, 4) < 0) return IM_NO_VALUE;
    if (nargs > 2 && im_as_int(t, args[2], &flags) < 0) return IM_NO_VALUE;
    bool named = nargs > 3 && !im_is_none(args[3]);
    if (named && im_sockaddr_arg(t, S(self), args[3], "sendmsg", &a) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "socket.sendmsg", self, nargs > 3 ? args[3] : IM_NONE) < 0) return IM_NO_VALUE;
    if (buffers_get(t, args[0], "sendmsg() argument 1 must be an iterable", false, &v) < 0) return IM_NO_VALUE;
    if (nargs < 2 || ancillary_get(t, args[1], &anc) == 0) {
        struct msghdr m = {.msg_name = named ? &a.s : NULL, .msg_namelen = named ? a.len : 0, .msg_iov = v.iov, .msg_iovlen = v.n, .msg_control = anc.control, .msg_controllen = anc.len};
        IM_SOCKET_CALL(t, S(self), true, 0, r, sendmsg(fd_of(self), &m, flags));
        ancillary_fini(t, &anc);
    }
    buffers_fini(t, &v);
    return r < 0 ? IM_NO_VALUE : im_int(r);
}
/* The kernel's cryptography: operation, initialisation vector and associated length as control messages. args: msg, op, iv, assoclen, flags. */
Value im_socket_sendmsg_afalg(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    int op = -1, assoc = -1, flags = 0;
    ImBuffer iv = {0};
    Buffers v = {0};
    bool has_iv = im_given(args[2]);
    ssize_t r = -1;
    if (S(self)->family != AF_ALG) return im_raise(t, &im_OSError_type, "algset is only supported for AF_ALG");
    if (im_no_value(args[1])) return im_raise_type(t, "Invalid or missing argument 'op'");
    if (im_as_int(t, args[1], &op) < 0 || (!im_no_value(args[3]) && im_as_int(t, args[3], &assoc) < 0) || (!im_no_value(args[4]) && im_as_int(t, args[4], &flags) < 0)) return IM_NO_VALUE;
    if (op < 0) return im_raise_type(t, "Invalid or missing argument 'op'");
    if (!im_no_value(args[3]) && assoc < 0) return im_raise_type(t, "assoclen must be positive");
    if (has_iv && im_buffer_get(t, args[2], &iv, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    size_t room = CMSG_SPACE(4) + (has_iv ? CMSG_SPACE(sizeof(struct af_alg_iv) + (size_t)iv.len) : 0) + (assoc >= 0 ? CMSG_SPACE(4) : 0);
    void *control = im_raw_alloc_zero(t, 1, room);
    if (control && (im_no_value(args[0]) || buffers_get(t, args[0], "sendmsg_afalg() argument 1 must be an iterable", false, &v) == 0)) {
        struct msghdr m = {.msg_iov = v.iov, .msg_iovlen = v.n, .msg_control = control, .msg_controllen = room};
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        *c = (struct cmsghdr){.cmsg_level = SOL_ALG, .cmsg_type = ALG_SET_OP, .cmsg_len = CMSG_LEN(4)};
        memcpy(CMSG_DATA(c), &op, 4);
        if (has_iv) {
            c = CMSG_NXTHDR(&m, c);
            *c = (struct cmsghdr){.cmsg_level = SOL_ALG, .cmsg_type = ALG_SET_IV, .cmsg_len = CMSG_LEN(sizeof(struct af_alg_iv) + (size_t)iv.len)};
            struct af_alg_iv *a = (struct af_alg_iv *)CMSG_DATA(c);
            a->ivlen = (uint32_t)iv.len;
            memcpy(a + 1, iv.buf, (size_t)iv.len);
        }
        if (assoc >= 0) {
            c = CMSG_NXTHDR(&m, c);
            *c = (struct cmsghdr){.cmsg_level = SOL_ALG, .cmsg_type = ALG_SET_AEAD_ASSOCLEN, .cmsg_len = CMSG_LEN(4)};
            memcpy(CMSG_DATA(c), &assoc, 4);
        }
        IM_SOCKET_CALL(t, S(self), true, 0, r, sendmsg(fd_of(self), &m, flags));
        buffers_fini(t, &v);
    }
    im_raw_free(control);
    if (has_iv) im_buffer_release(t, &iv);
    return r < 0 ? IM_NO_VALUE : im_int(r);
}
