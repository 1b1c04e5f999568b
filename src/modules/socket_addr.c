/* _socket: addresses between Python and the system.
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include "modules/socket.h"

/* --- hosts -------------------------------------------------------------------------------------------------------------------------------- */

const char *im_host_arg(Thread *t, Value v, const char *message, Value *owned)
{
    *owned = IM_NO_VALUE;
    if (im_is_str(v)) {
        *owned = im_str_is_ascii(v) ? im_bytes_new(t, im_str_data(v), im_str_len(v)) : im_str_encode(t, v, "idna", "strict");
    } else if (im_is_bytes(v)) {
        *owned = im_new_ref(v);
    } else if (im_is_instance_of(v, &im_bytearray_type)) {
        *owned = im_bytes_from_object(t, v);
    } else {
        im_raise_type(t, message, v);
        return NULL;
    }
    if (im_no_value(*owned)) return NULL;
    if (strlen(im_bytes_data(*owned)) != (size_t)im_bytes_len(*owned)) {
        IM_CLEAR(t, *owned);
        im_raise_type(t, "host name must not contain null character");
        return NULL;
    }
    return im_bytes_data(*owned);
}

static int resolve(Thread *t, const char *name, const char *service, int family, int flags, ImSockAddr *out)
{
    struct addrinfo hints = {.ai_family = family, .ai_flags = flags, .ai_socktype = service ? SOCK_DGRAM : 0}, *res = NULL;
    int e;
    IM_DETACH(t);
    e = getaddrinfo(name, service, &hints, &res);
    IM_ATTACH(t);
    if (e) return im_raise_gaierror(t, e), -1;
    out->len = res->ai_addrlen;
    memcpy(&out->s, res->ai_addr, res->ai_addrlen);
    freeaddrinfo(res);
    return 0;
}
int im_resolve_host(Thread *t, const char *name, int family, ImSockAddr *out)
{
    memset(out, 0, sizeof(*out));
    struct sockaddr_in *in = (struct sockaddr_in *)&out->s;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->s;
    if (!*name) return resolve(t, NULL, "0", family, AI_PASSIVE, out);
    if (strcmp(name, "<broadcast>") == 0 || strcmp(name, "255.255.255.255") == 0) {
        if (family != AF_INET && family != AF_UNSPEC) return im_raise(t, &im_OSError_type, "address family mismatched"), -1;
        in->sin_family = AF_INET;
        in->sin_addr.s_addr = INADDR_BROADCAST;
        out->len = sizeof(*in);
        return 0;
    }
    if ((family == AF_UNSPEC || family == AF_INET) && inet_pton(AF_INET, name, &in->sin_addr) > 0) {
        in->sin_family = AF_INET;
        out->len = sizeof(*in);
        return 0;
    }
    if ((family == AF_UNSPEC || family == AF_INET6) && !strchr(name, '%') && inet_pton(AF_INET6, name, &in6->sin6_addr) > 0) {
        in6->sin6_family = AF_INET6;
        out->len = sizeof(*in6);
        return 0;
    }
    return resolve(t, name, NULL, family, 0, out);
}

/* --- from Python ----------------------------------------------------------------------------------------------------------------------------- */

static int tuple_arg(Thread *t, Value v, const char *caller, const char *family)
{
    if (im_is_tuple(v)) return 0;
    im_raise_type(t, "%s(): %s address must be tuple, not %.500T", caller, family, v);
    return -1;
}
static int port_arg(Thread *t, Value v, const char *caller, uint16_t *out)
{
    int port;
    if (im_as_int(t, v, &port) < 0) {
        if (im_exc_clear_if(t, &im_OverflowError_type)) im_raise_overflow(t, "%s(): port must be 0-65535.", caller);
        return -1;
    }
    if (port < 0 || port > 0xffff) return im_raise_overflow(t, "%s(): port must be 0-65535.", caller), -1;
    *out = htons((uint16_t)port);
    return 0;
}
static int host_to(Thread *t, Value v, int family, ImSockAddr *out)
{
    Value owned;
    const char *host = im_host_arg(t, v, "str, bytes or bytearray expected, not %T", &owned);
    if (!host) return -1;
    int r = im_resolve_host(t, host, family, out);
    im_drop(t, owned);
    return r;
}

static int inet_arg(Thread *t, Value v, const char *caller, ImSockAddr *out)
{
    uint16_t port;
    if (tuple_arg(t, v, caller, "AF_INET") < 0) return -1;
    if (im_tuple_len(v) != 2) return im_raise_type(t, "AF_INET address must be a pair (host, port)"), -1;
    Value host = im_tuple_get(v, 0);
    if (!im_is_str(host) && !im_is_bytes(host) && !im_is_instance_of(host, &im_bytearray_type)) return im_raise_type(t, "str, bytes or bytearray expected, not %T", host), -1;
    if (port_arg(t, im_tuple_get(v, 1), caller, &port) < 0 || host_to(t, host, AF_INET, out) < 0) return -1;
    struct sockaddr_in *in = (struct sockaddr_in *)&out->s;
    in->sin_family = AF_INET;
    in->sin_port = port;
    out->len = sizeof(*in);
    return 0;
}
static int inet6_arg(Thread *t, Value v, const char *caller, ImSockAddr *out)
{
    uint16_t port;
    uint64_t flow = 0, scope = 0;
    if (tuple_arg(t, v, caller, "AF_INET6") < 0) return -1;
    ssize_t n = im_tuple_len(v);
    if (n < 2 || n > 4) return im_raise_type(t, "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"), -1;
    if (port_arg(t, im_tuple_get(v, 1), caller, &port) < 0) return -1;
    if ((n > 2 && im_as_uint64_wrap(t, im_tuple_get(v, 2), &flow) < 0) || (n > 3 && im_as_uint64_wrap(t, im_tuple_get(v, 3), &scope) < 0)) return -1;
    if ((uint32_t)flow > 0xfffff) return im_raise_overflow(t, "%s(): flowinfo must be 0-1048575.", caller), -1;
    if (host_to(t, im_tuple_get(v, 0), AF_INET6, out) < 0) return -1;
    struct sockaddr_in6 *in = (struct sockaddr_in6 *)&out->s;
    in->sin6_family = AF_INET6;
    in->sin6_port = port;
    in->sin6_flowinfo = htonl((uint32_t)flow);
    if (n > 3) in->sin6_scope_id = (uint32_t)scope;
    out->len = sizeof(*in);
    return 0;
}
/* A path, or a name in Linux's abstract space, which starts with a zero byte. */
static int unix_arg(Thread *t, Value v, ImSockAddr *out)
{
    Value enc = im_is_str(v) ? im_str_encode(t, v, "utf-8", "surrogateescape") : im_new_ref(v);
    ImBuffer b;
    if (im_no_value(enc)) return -1;
    int r = im_buffer_get(t, enc, &b, IM_BUF_SIMPLE);
    if (r == 0) {
        struct sockaddr_un *un = (struct sockaddr_un *)&out->s;
        memset(un, 0, sizeof(*un));
        un->sun_family = AF_UNIX;
        bool abstract = b.len == 0 || *(const char *)b.buf == 0; /* no name: the kernel chooses an abstract one */
        if ((size_t)b.len >= sizeof(un->sun_path) + abstract) {
            im_raise(t, &im_OSError_type, "AF_UNIX path too long");
            r = -1;
        } else {
            memcpy(un->sun_path, b.buf, (size_t)b.len);
            out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)b.len + !abstract);
        }
        im_buffer_release(t, &b);
    }
    im_drop(t, enc);
    return r;
}
static int two_numbers(Thread *t, Value v, const char *caller, const char *family, uint32_t *a, uint32_t *b)
{
    uint64_t x, y;
    if (tuple_arg(t, v, caller, family) < 0) return -1;
    if (im_tuple_len(v) != 2) return im_raise_type(t, "%s address must be a pair", family), -1;
    if (im_as_uint64_wrap(t, im_tuple_get(v, 0), &x) < 0 || im_as_uint64_wrap(t, im_tuple_get(v, 1), &y) < 0) return -1;
    *a = (uint32_t)x;
    *b = (uint32_t)y;
    return 0;
}
static int packet_arg(Thread *t, const ImSocket *s, Value v, const char *caller, ImSockAddr *out)
{
    if (tuple_arg(t, v, caller, "AF_PACKET") < 0) return -1;
    ssize_t n = im_tuple_len(v);
    if (n < 2 || n > 5) return im_raise_type(t, "AF_PACKET address must be a tuple of two to five elements"), -1;
    int proto, kind = 0, hatype = 0;
    struct ifreq ifr;
    memset(&ifr, 0, sizeof(ifr));
    if (!im_is_str(im_tuple_get(v, 0))) return im_raise_type(t, "%s() argument 1 must be str, not %.50T", caller, im_tuple_get(v, 0)), -1;
    const char *name = im_str_utf8(t, im_tuple_get(v, 0), NULL);
    if (!name || im_as_int(t, im_tuple_get(v, 1), &proto) < 0 || (n > 2 && im_as_int(t, im_tuple_get(v, 2), &kind) < 0) || (n > 3 && im_as_int(t, im_tuple_get(v, 3), &hatype) < 0)) return -1;
    strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(s->x_fd, SIOCGIFINDEX, &ifr) < 0) return IM_ERRNO(t), -1;
    if (proto < 0 || proto > 0xffff) return im_raise_overflow(t, "%s(): proto must be 0-65535.", caller), -1;
    struct sockaddr_ll *ll = (struct sockaddr_ll *)&out->s;
    memset(ll, 0, sizeof(*ll));
    ll->sll_family = AF_PACKET;
    ll->sll_protocol = htons((uint16_t)proto);
    ll->sll_ifindex = ifr.ifr_ifindex;
    ll->sll_pkttype = (unsigned char)kind;
    ll->sll_hatype = (unsigned short)hatype;
    if (n > 4) {
        ImBuffer b;
        if (im_buffer_get(t, im_tuple_get(v, 4), &b, IM_BUF_SIMPLE) < 0) return -1;
        bool fits = b.len <= 8;
        if (fits) {
            memcpy(ll->sll_addr, b.buf, (size_t)b.len);
            ll->sll_halen = (unsigned char)b.len;
        }
        im_buffer_release(t, &b);
        if (!fits) return im_raise_valueerror(t, "Hardware address must be 8 bytes or less"), -1;
    }
    out->len = sizeof(*ll);
    return 0;
}

int im_sockaddr_arg(Thread *t, const ImSocket *s, Value v, const char *caller, ImSockAddr *out)
{
    memset(out, 0, sizeof(*out));
    switch (s->family) {
    case AF_INET: return inet_arg(t, v, caller, out);
    case AF_INET6: return inet6_arg(t, v, caller, out);
    case AF_UNIX: return unix_arg(t, v, out);
    case AF_PACKET: return packet_arg(t, s, v, caller, out);
    case AF_NETLINK: {
        struct sockaddr_nl *nl = (struct sockaddr_nl *)&out->s;
        uint32_t pid, groups;
        if (two_numbers(t, v, caller, "AF_NETLINK", &pid, &groups) < 0) return -1;
        *nl = (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = pid, .nl_groups = groups};
        out->len = sizeof(*nl);
        return 0;
    }
    case AF_VSOCK: {
        struct sockaddr_vm *vm = (struct sockaddr_vm *)&out->s;
        uint32_t cid, port;
        if (two_numbers(t, v, caller, "AF_VSOCK", &cid, &port) < 0) return -1;
        *vm = (struct sockaddr_vm){.svm_family = AF_VSOCK, .svm_port = port, .svm_cid = cid};
        out->len = sizeof(*vm);
        return 0;
    }
    default: return im_raise(t, &im_OSError_type, "%s(): bad family", caller), -1;
    }
}

/* --- to Python --------------------------------------------------------------------------------------------------------------------------------- */

static Value host_text(Thread *t, const ImSockAddr *a)
{
    char buf[NI_MAXHOST];
    const struct sockaddr *sa = (const struct sockaddr *)&a->s;
    if (sa->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, buf, sizeof(buf));
    } else { /* the scope has a place of its own in the address */
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, buf, sizeof(buf));
    }
    return im_str_from_cstr(t, buf);
}
Value im_sockaddr_value(Thread *t, int fd, const ImSockAddr *a, int proto)
{
    const struct sockaddr *sa = (const struct sockaddr *)&a->s;
    (void)proto;
    if (a->len == 0) return IM_NONE; /* not there for connected sockets */
    switch (sa->sa_family) {
    case AF_INET: {
        const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
        return im_tuple_of(t, (Value[]){host_text(t, a), im_int(ntohs(in->sin_port))}, 2);
    }
    case AF_INET6: {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)sa;
        return im_tuple_of(t, (Value[]){host_text(t, a), im_int(ntohs(in->sin6_port)), im_int((int64_t)ntohl(in->sin6_flowinfo)), im_int((int64_t)in->sin6_scope_id)}, 4);
    }
    case AF_UNIX: {
        const struct sockaddr_un *un = (const struct sockaddr_un *)sa;
        size_t n = a->len > offsetof(struct sockaddr_un, sun_path) ? a->len - offsetof(struct sockaddr_un, sun_path) : 0;
        if (n && un->sun_path[0] == 0) return im_bytes_new(t, un->sun_path, (ssize_t)n); /* abstract */
        return im_str_fs_decode(t, un->sun_path, (ssize_t)strnlen(un->sun_path, n));
    }
    case AF_NETLINK: {
        const struct sockaddr_nl *nl = (const struct sockaddr_nl *)sa;
        return im_tuple_of(t, (Value[]){im_int((int64_t)nl->nl_pid), im_int((int64_t)nl->nl_groups)}, 2);
    }
    case AF_VSOCK: {
        const struct sockaddr_vm *vm = (const struct sockaddr_vm *)sa;
        return im_tuple_of(t, (Value[]){im_int((int64_t)vm->svm_cid), im_int((int64_t)vm->svm_port)}, 2);
    }
    case AF_PACKET: {
        const struct sockaddr_ll *ll = (const struct sockaddr_ll *)sa;
        struct ifreq ifr;
        memset(&ifr, 0, sizeof(ifr));
        ifr.ifr_ifindex = ll->sll_ifindex;
        const char *name = ll->sll_ifindex && ioctl(fd, SIOCGIFNAME, &ifr) == 0 ? ifr.ifr_name : "";
        return im_tuple_of(t, (Value[]){im_str_fs_decode(t, name, -1), im_int(ntohs(ll->sll_protocol)), im_int(ll->sll_pkttype), im_int(ll->sll_hatype),
            im_bytes_new(t, ll->sll_addr, ll->sll_halen)}, 5);
    }
    default: /* unknown: family and bytes */
        return im_tuple_of(t, (Value[]){im_int(sa->sa_family), im_bytes_new(t, sa->sa_data, (ssize_t)a->len - (ssize_t)offsetof(struct sockaddr, sa_data))}, 2);
    }
}
