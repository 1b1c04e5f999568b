/* _socket: names of hosts, services and interfaces, and other functions of the module.
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "modules/socket.h"

int64_t im_socket_x_default_timeout = -1;
static Value x_gaierror, x_herror; /* classes; roots */

static Value raise_pair(Thread *t, Value cls, int code, const char *text)
{
    Value s = im_str_from_cstr(t, text), exc = im_no_value(s) ? s : im_call2(t, cls, im_int(code), s);
    im_xdrop(t, s);
    return im_no_value(exc) ? exc : im_raise_instance(t, exc);
}
Value im_raise_gaierror(Thread *t, int code)
{
    return code == EAI_SYSTEM ? IM_ERRNO(t) : raise_pair(t, x_gaierror, code, gai_strerror(code));
}

/* --- hosts ------------------------------------------------------------------------------------------------------------------------------- */

#define HOST_ARG(fname) \
    Value owned; \
    const char *host = im_host_arg(t, args[0], fname "() argument 1 must be str, bytes or bytearray, not %T", &owned); \
    if (!host) return IM_NO_VALUE

IM_METHOD(do_gethostname)
{
    if (IM_AUDIT(t, "socket.gethostname") < 0) return IM_NO_VALUE;
    char buf[1024];
    int r, e;
    IM_DETACH(t);
    r = gethostname(buf, sizeof(buf) - 1);
    e = errno;
    IM_ATTACH(t);
    if (r < 0) return im_raise_errno(t, e);
    buf[sizeof(buf) - 1] = 0;
    return im_str_fs_decode(t, buf, -1);
}
IM_METHOD(do_sethostname)
{
    if (IM_AUDIT(t, "socket.sethostname", args[0]) < 0) return IM_NO_VALUE;
    Value owned = im_fs_encode(t, args[0]);
    if (im_no_value(owned)) return owned;
    int r = sethostname(im_bytes_data(owned), (size_t)im_bytes_len(owned)), e = errno;
    im_drop(t, owned);
    return r < 0 ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(do_gethostbyname)
{
    HOST_ARG("gethostbyname");
    ImSockAddr a;
    int r = IM_AUDIT(t, "socket.gethostbyname", args[0]) < 0 ? -1 : im_resolve_host(t, host, AF_INET, &a);
    im_drop(t, owned);
    if (r < 0) return IM_NO_VALUE;
    char buf[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &((struct sockaddr_in *)&a.s)->sin_addr, buf, sizeof(buf));
    return im_str_from_cstr(t, buf);
}
static Value host_entry(Thread *t, const struct hostent *h)
{
    Value aliases = im_list_new(t, 0), addresses = im_list_new(t, 0);
    for (char **p = h->h_aliases; p && *p && !im_no_value(aliases); p++) {
        Value s = im_str_fs_decode(t, *p, -1);
        if (im_no_value(s) || im_list_append_steal(t, aliases, s) < 0) IM_CLEAR(t, aliases);
    }
    for (char **p = h->h_addr_list; p && *p && !im_no_value(addresses); p++) {
        char buf[INET6_ADDRSTRLEN];
        inet_ntop(h->h_addrtype, *p, buf, sizeof(buf));
        Value s = im_str_from_cstr(t, buf);
        if (im_no_value(s) || im_list_append_steal(t, addresses, s) < 0) IM_CLEAR(t, addresses);
    }
    return im_tuple_of(t, (Value[]){im_str_fs_decode(t, h->h_name, -1), aliases, addresses}, 3);
}
static Value look_up_host(Thread *t, const char *name, const void *addr, socklen_t len, int family)
{
    struct hostent h, *found = NULL;
    char buf[16384];
    int e = 0;
    IM_DETACH(t);
    if (name) gethostbyname_r(name, &h, buf, sizeof(buf), &found, &e);
    else gethostbyaddr_r(addr, len, family, &h, buf, sizeof(buf), &found, &e);
    IM_ATTACH(t);
    return found ? host_entry(t, found) : raise_pair(t, x_herror, e, hstrerror(e));
}
IM_METHOD(do_gethostbyname_ex)
{
    HOST_ARG("gethostbyname_ex");
    ImSockAddr a;
    Value r = IM_AUDIT(t, "socket.gethostbyname", args[0]) < 0 || im_resolve_host(t, host, AF_INET, &a) < 0 ? IM_NO_VALUE : look_up_host(t, host, NULL, 0, 0);
    im_drop(t, owned);
    return r;
}
IM_METHOD(do_gethostbyaddr)
{
    HOST_ARG("gethostbyaddr");
    ImSockAddr a;
    int r = IM_AUDIT(t, "socket.gethostbyaddr", args[0]) < 0 ? -1 : im_resolve_host(t, host, AF_UNSPEC, &a);
    im_drop(t, owned);
    if (r < 0) return IM_NO_VALUE;
    if (a.s.ss_family == AF_INET) return look_up_host(t, NULL, &((struct sockaddr_in *)&a.s)->sin_addr, 4, AF_INET);
    if (a.s.ss_family == AF_INET6) return look_up_host(t, NULL, &((struct sockaddr_in6 *)&a.s)->sin6_addr, 16, AF_INET6);
    return im_raise(t, &im_OSError_type, "unsupported address family");
}
IM_METHOD(do_getaddrinfo)
{
    struct addrinfo hints = {0}, *res = NULL;
    Value host = IM_NO_VALUE, port = IM_NO_VALUE, list = IM_NO_VALUE;
    const char *h = NULL, *p = NULL;
    int *const out[] = {&hints.ai_family, &hints.ai_socktype, &hints.ai_protocol, &hints.ai_flags}, e;
    for (int i = 0; i < 4; i++)
        if (!im_no_value(args[2 + i]) && im_as_int(t, args[2 + i], out[i]) < 0) return IM_NO_VALUE;
    if (im_is_str(args[0])) host = im_str_is_ascii(args[0]) ? im_bytes_new(t, im_str_data(args[0]), im_str_len(args[0])) : im_str_encode(t, args[0], "idna", "strict");
    else if (im_is_bytes(args[0])) host = im_new_ref(args[0]);
    else if (!im_is_none(args[0])) return im_raise_type(t, "getaddrinfo() argument 1 must be string or None");
    if (!im_is_none(args[0])) {
        if (im_no_value(host)) return IM_NO_VALUE;
        h = im_bytes_data(host);
        if (strlen(h) != (size_t)im_bytes_len(host)) { im_raise_gaierror(t, EAI_NONAME); goto done; }
    }
    if (im_is_int_like(args[1])) {
        /* Of any size: the C library says what is too much. */
        Value text = im_int_to_str(t, args[1], 10, false);
        port = im_no_value(text) ? text : im_str_encode(t, text, "ascii", "strict");
        im_xdrop(t, text);
        if (im_no_value(port)) goto done;
        p = im_bytes_data(port);
    } else if (im_is_str(args[1])) {
        port = im_str_encode(t, args[1], "utf-8", "strict");
        if (im_no_value(port)) goto done;
        p = im_bytes_data(port);
    } else if (im_is_bytes(args[1])) {
        p = im_bytes_data(args[1]);
    } else if (!im_is_none(args[1])) {
        im_raise(t, &im_OSError_type, "Int or String expected");
        goto done;
    }
    if (IM_AUDIT(t, "socket.getaddrinfo", args[0], args[1], im_int(hints.ai_family), im_int(hints.ai_socktype), im_int(hints.ai_protocol)) < 0) goto done;
    IM_DETACH(t);
    e = getaddrinfo(h, p, &hints, &res);
    IM_ATTACH(t);
    if (e) { im_raise_gaierror(t, e); goto done; }
    list = im_list_new(t, 0);
    for (struct addrinfo *r = res; r && !im_no_value(list); r = r->ai_next) {
        ImSockAddr a = {.len = r->ai_addrlen};
        memcpy(&a.s, r->ai_addr, r->ai_addrlen);
        Value item = im_tuple_of(t, (Value[]){im_int(r->ai_family), im_int(r->ai_socktype), im_int(r->ai_protocol), im_str_fs_decode(t, r->ai_canonname ? r->ai_canonname : "", -1),
            im_sockaddr_value(t, -1, &a, r->ai_protocol)}, 5);
        if (im_no_value(item) || im_list_append_steal(t, list, item) < 0) IM_CLEAR(t, list);
    }
    freeaddrinfo(res);
done:
    im_xdrop(t, host);
    im_xdrop(t, port);
    return list;
}
IM_METHOD(do_getnameinfo)
{
    int flags, port, e;
    uint64_t flow = 0, scope = 0;
    if (!im_is_tuple(args[0])) return im_raise_type(t, "getnameinfo() argument 1 must be a tuple");
    if (im_as_int(t, args[1], &flags) < 0) return IM_NO_VALUE;
    ssize_t n = im_tuple_len(args[0]);
    if (n < 2 || n > 4 || !im_is_str(im_tuple_get(args[0], 0))) return im_raise_type(t, "getnameinfo(): illegal sockaddr argument");
    const char *host = im_str_utf8(t, im_tuple_get(args[0], 0), NULL);
    if (!host || im_as_int(t, im_tuple_get(args[0], 1), &port) < 0) return IM_NO_VALUE;
    if ((n > 2 && im_as_uint64_wrap(t, im_tuple_get(args[0], 2), &flow) < 0) || (n > 3 && im_as_uint64_wrap(t, im_tuple_get(args[0], 3), &scope) < 0)) return IM_NO_VALUE;
    if ((uint32_t)flow > 0xfffff) return im_raise_overflow(t, "getnameinfo(): flowinfo must be 0-1048575.");
    if (IM_AUDIT(t, "socket.getnameinfo", args[0]) < 0) return IM_NO_VALUE;
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST}, *res = NULL; /* names would be looked up twice */
    char hbuf[NI_MAXHOST], pbuf[NI_MAXSERV], number[16];
    snprintf(number, sizeof(number), "%d", port);
    IM_DETACH(t);
    e = getaddrinfo(host, number, &hints, &res);
    IM_ATTACH(t);
    if (e) return im_raise_gaierror(t, e);
    Value r = IM_NO_VALUE;
    if (res->ai_next) {
        im_raise(t, &im_OSError_type, "sockaddr resolved to multiple addresses");
    } else if (res->ai_family == AF_INET && n != 2) {
        im_raise(t, &im_OSError_type, "IPv4 sockaddr must be 2 tuple");
    } else {
        if (res->ai_family == AF_INET6) {
            ((struct sockaddr_in6 *)res->ai_addr)->sin6_flowinfo = htonl((uint32_t)flow);
            ((struct sockaddr_in6 *)res->ai_addr)->sin6_scope_id = (uint32_t)scope;
        }
        IM_DETACH(t);
        e = getnameinfo(res->ai_addr, res->ai_addrlen, hbuf, sizeof(hbuf), pbuf, sizeof(pbuf), flags);
        IM_ATTACH(t);
        if (e) im_raise_gaierror(t, e);
        else r = im_tuple_of(t, (Value[]){im_str_fs_decode(t, hbuf, -1), im_str_fs_decode(t, pbuf, -1)}, 2);
    }
    freeaddrinfo(res);
    return r;
}

/* --- services and protocols -------------------------------------------------------------------------------------------------------------- */

static const char *text_arg(Thread *t, Value v, const char *fname, int n)
{
    if (im_is_str(v)) return im_str_utf8(t, v, NULL);
    im_raise_type(t, "%s() argument %d must be str, not %.50T", fname, n, v);
    return NULL;
}
IM_METHOD(do_getservbyname)
{
    const char *name = text_arg(t, args[0], "getservbyname", 1), *proto = NULL;
    if (!name || (nargs > 1 && !(proto = text_arg(t, args[1], "getservbyname", 2)))) return IM_NO_VALUE;
    struct servent s, *found = NULL;
    char buf[4096];
    if (IM_AUDIT(t, "socket.getservbyname", args[0], nargs > 1 ? args[1] : IM_NONE) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    getservbyname_r(name, proto, &s, buf, sizeof(buf), &found);
    IM_ATTACH(t);
    return found ? im_int(ntohs((uint16_t)found->s_port)) : im_raise(t, &im_OSError_type, "service/proto not found");
}
IM_METHOD(do_getservbyport)
{
    int port;
    const char *proto = NULL;
    if (im_as_int(t, args[0], &port) < 0 || (nargs > 1 && !(proto = text_arg(t, args[1], "getservbyport", 2)))) return IM_NO_VALUE;
    if (port < 0 || port > 0xffff) return im_raise_overflow(t, "getservbyport: port must be 0-65535.");
    struct servent s, *found = NULL;
    char buf[4096];
    if (IM_AUDIT(t, "socket.getservbyport", args[0], nargs > 1 ? args[1] : IM_NONE) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    getservbyport_r(htons((uint16_t)port), proto, &s, buf, sizeof(buf), &found);
    IM_ATTACH(t);
    return found ? im_str_from_cstr(t, found->s_name) : im_raise(t, &im_OSError_type, "port/proto not found");
}
IM_METHOD(do_getprotobyname)
{
    const char *name = text_arg(t, args[0], "getprotobyname", 1);
    if (!name) return IM_NO_VALUE;
    struct protoent p, *found = NULL;
    char buf[4096];
    IM_DETACH(t);
    getprotobyname_r(name, &p, buf, sizeof(buf), &found);
    IM_ATTACH(t);
    return found ? im_int(found->p_proto) : im_raise(t, &im_OSError_type, "protocol not found");
}

/* --- numbers ----------------------------------------------------------------------------------------------------------------------------------- */

static Value swap16(Thread *t, Value v, const char *fname)
{
    int x;
    if (im_as_int(t, v, &x) < 0) return IM_NO_VALUE;
    if (x < 0) return im_raise_overflow(t, "%s: can't convert negative Python int to C 16-bit unsigned integer", fname);
    if (x > 0xffff) return im_raise_overflow(t, "%s: Python int too large to convert to C 16-bit unsigned integer", fname);
    return im_int(htons((uint16_t)x));
}
static Value swap32(Thread *t, Value v)
{
    if (!im_is_int_like(v)) return im_raise_type(t, "expected int, %T found", v);
    uint64_t x;
    if (im_int_sign(v) < 0) return im_raise_overflow(t, "can't convert negative value to unsigned int");
    if (!im_int_get_u64(v, &x)) return im_raise_overflow(t, "Python int too large to convert to C unsigned long");
    if (x > UINT32_MAX) return im_raise_overflow(t, "int larger than 32 bits");
    return im_int((int64_t)htonl((uint32_t)x));
}
IM_METHOD(do_ntohs) { return swap16(t, args[0], "ntohs"); }
IM_METHOD(do_htons) { return swap16(t, args[0], "htons"); }
IM_METHOD(do_ntohl) { return swap32(t, args[0]); }
IM_METHOD(do_htonl) { return swap32(t, args[0]); }
IM_METHOD(do_inet_aton)
{
    const char *s = text_arg(t, args[0], "inet_aton", 1);
    struct in_addr a;
    if (!s) return IM_NO_VALUE;
    return inet_aton(s, &a) ? im_bytes_new(t, &a, sizeof(a)) : im_raise(t, &im_OSError_type, "illegal IP address string passed to inet_aton");
}
IM_METHOD(do_inet_ntoa)
{
    ImBuffer b;
    struct in_addr a;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    bool fits = b.len == sizeof(a);
    if (fits) memcpy(&a, b.buf, sizeof(a));
    im_buffer_release(t, &b);
    char buf[INET_ADDRSTRLEN];
    if (!fits) return im_raise(t, &im_OSError_type, "packed IP wrong length for inet_ntoa");
    return im_str_from_cstr(t, inet_ntop(AF_INET, &a, buf, sizeof(buf)));
}
IM_METHOD(do_inet_pton)
{
    int family;
    char packed[16];
    if (im_as_int(t, args[0], &family) < 0) return IM_NO_VALUE;
    const char *s = text_arg(t, args[1], "inet_pton", 2);
    if (!s) return IM_NO_VALUE;
    int r = inet_pton(family, s, packed);
    if (r < 0) return IM_ERRNO(t);
    if (r == 0) return im_raise(t, &im_OSError_type, "illegal IP address string passed to inet_pton");
    return im_bytes_new(t, packed, family == AF_INET ? 4 : 16);
}
IM_METHOD(do_inet_ntop)
{
    int family;
    ImBuffer b;
    char packed[16], buf[INET6_ADDRSTRLEN];
    if (im_as_int(t, args[0], &family) < 0 || im_buffer_get(t, args[1], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    ssize_t len = b.len;
    if (len <= 16) memcpy(packed, b.buf, (size_t)len);
    im_buffer_release(t, &b);
    if (family != AF_INET && family != AF_INET6) return im_raise_valueerror(t, "unknown address family %d", family);
    if (len != (family == AF_INET ? 4 : 16)) return im_raise_valueerror(t, "invalid length of packed IP address string");
    return inet_ntop(family, packed, buf, sizeof(buf)) ? im_str_from_cstr(t, buf) : IM_ERRNO(t);
}
/* Lengths are socklen_t, and signed in the kernel. */
IM_METHOD(do_cmsg_len)
{
    ssize_t n;
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &n) < 0) return IM_NO_VALUE;
    return n < 0 || (uint64_t)n > INT32_MAX - CMSG_LEN(0) ? im_raise_overflow(t, "CMSG_LEN() argument out of range") : im_int((int64_t)CMSG_LEN((size_t)n));
}
IM_METHOD(do_cmsg_space)
{
    ssize_t n;
    if (im_as_ssize(t, args[0], &im_OverflowError_type, &n) < 0) return IM_NO_VALUE;
    return n < 0 || (uint64_t)n > INT32_MAX - CMSG_SPACE(1) ? im_raise_overflow(t, "CMSG_SPACE() argument out of range") : im_int((int64_t)CMSG_SPACE((size_t)n));
}

/* --- interfaces and descriptors ------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(do_if_nameindex)
{
    struct if_nameindex *ni = if_nameindex();
    if (!ni) return IM_ERRNO(t);
    Value list = im_list_new(t, 0);
    for (struct if_nameindex *p = ni; p->if_index && !im_no_value(list); p++) {
        Value item = im_tuple_of(t, (Value[]){im_int((int64_t)p->if_index), im_str_fs_decode(t, p->if_name, -1)}, 2);
        if (im_no_value(item) || im_list_append_steal(t, list, item) < 0) IM_CLEAR(t, list);
    }
    if_freenameindex(ni);
    return list;
}
IM_METHOD(do_if_nametoindex)
{
    Value owned;
    const char *s = im_fs_string(t, args[0], &owned);
    if (!s) return IM_NO_VALUE;
    unsigned i = if_nametoindex(s);
    im_drop(t, owned);
    return i ? im_int((int64_t)i) : im_raise_errno(t, ENODEV);
}
IM_METHOD(do_if_indextoname)
{
    uint64_t i;
    char buf[IF_NAMESIZE + 1];
    if (im_as_uint64(t, args[0], &i) < 0) return IM_NO_VALUE;
    return i <= UINT_MAX && if_indextoname((unsigned)i, buf) ? im_str_fs_decode(t, buf, -1) : im_raise_errno(t, ENXIO);
}
IM_METHOD(do_close)
{
    int fd, r, e;
    if (im_as_int(t, args[0], &fd) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    r = close(fd);
    e = errno;
    IM_ATTACH(t);
    return r < 0 && e != ECONNRESET && e != EINTR ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(do_dup)
{
    int fd;
    if (im_as_int(t, args[0], &fd) < 0) return IM_NO_VALUE;
    int r = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return r < 0 ? IM_ERRNO(t) : im_int(r);
}
IM_METHOD(do_socketpair)
{
    int family = AF_UNIX, type = SOCK_STREAM, proto = 0, fd[2];
    if ((nargs > 0 && im_as_int(t, args[0], &family) < 0) || (nargs > 1 && im_as_int(t, args[1], &type) < 0) || (nargs > 2 && im_as_int(t, args[2], &proto) < 0)) return IM_NO_VALUE;
    if (socketpair(family, type | SOCK_CLOEXEC, proto, fd) < 0) return IM_ERRNO(t);
    Value v[2] = {IM_NO_VALUE, IM_NO_VALUE};
    for (int i = 0; i < 2; i++) {
        Value f[4] = {im_int(family), im_int(type), im_int(proto), im_int(fd[i])};
        v[i] = im_call(t, im_type_value(&im_socket__type), f, 4, IM_NO_VALUE);
        if (!im_no_value(v[i])) continue;
        for (; i < 2; i++) close(fd[i]);
    }
    return im_tuple_of(t, v, 2);
}
IM_METHOD(do_getdefaulttimeout)
{
    int64_t ns = im_load_relaxed(&im_socket_x_default_timeout);
    return ns < 0 ? IM_NONE : im_float_new(t, (double)ns / 1e9);
}
IM_METHOD(do_setdefaulttimeout)
{
    int64_t ns;
    if (im_socket_timeout_arg(t, args[0], &ns) < 0) return IM_NO_VALUE;
    im_store_relaxed(&im_socket_x_default_timeout, ns);
    return IM_NONE;
}

const ImMethodDef im_socket_name_methods[] = {
    IM_FIXED("gethostname", do_gethostname, 0, "($self, /)", "gethostname() -> string\n\nReturn the current host name."), IM_FIXED("sethostname", do_sethostname, 1, NULL, "sethostname(name)\n\nSets the hostname to name."),
    IM_FIXED("gethostbyname", do_gethostbyname, 1, NULL, "gethostbyname(host) -> address\n\nReturn the IP address (a string of the form '255.255.255.255') for a host."),
    IM_FIXED("gethostbyname_ex", do_gethostbyname_ex, 1, NULL, "gethostbyname_ex(host) -> (name, aliaslist, addresslist)"), IM_FIXED("gethostbyaddr", do_gethostbyaddr, 1, NULL, "gethostbyaddr(host) -> (name, aliaslist, addresslist)"),
    IM_PARSED("getaddrinfo", do_getaddrinfo, "(host, port, family=0, type=0, proto=0, flags=0)", "getaddrinfo(host, port [, family, type, proto, flags])\n    -> list of (family, type, proto, canonname, sockaddr)\n\nResolve host and port into addrinfo struct."),
    IM_FIXED("getnameinfo", do_getnameinfo, 2, NULL, "getnameinfo(sockaddr, flags) --> (host, port)\n\nGet host and port for a sockaddr."),
    IM_RANGE("getservbyname", do_getservbyname, 1, 2, NULL, "getservbyname(servicename[, protocolname]) -> integer"), IM_RANGE("getservbyport", do_getservbyport, 1, 2, NULL, "getservbyport(port[, protocolname]) -> string"),
    IM_FIXED("getprotobyname", do_getprotobyname, 1, NULL, "getprotobyname(name) -> integer\n\nReturn the protocol number for the named protocol.  (Rarely used.)"),
    IM_FIXED("ntohs", do_ntohs, 1, "($self, x, /)", "Convert a 16-bit unsigned integer from network to host byte order."), IM_FIXED("htons", do_htons, 1, "($self, x, /)", "Convert a 16-bit unsigned integer from host to network byte order."),
    IM_FIXED("ntohl", do_ntohl, 1, "($self, object, /)", "ntohl(integer) -> integer\n\nConvert a 32-bit integer from network to host byte order."), IM_FIXED("htonl", do_htonl, 1, "($self, object, /)", "htonl(integer) -> integer\n\nConvert a 32-bit integer from host to network byte order."),
    IM_FIXED("inet_aton", do_inet_aton, 1, "($self, ip_addr, /)", "Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format used in low-level network functions."),
    IM_FIXED("inet_ntoa", do_inet_ntoa, 1, "($self, packed_ip, /)", "Convert an IP address from 32-bit packed binary format to string format."), IM_FIXED("inet_pton", do_inet_pton, 2, NULL, "inet_pton(af, ip) -> packed IP address string"),
    IM_FIXED("inet_ntop", do_inet_ntop, 2, NULL, "inet_ntop(af, packed_ip) -> string formatted IP address"), IM_FIXED("CMSG_LEN", do_cmsg_len, 1, NULL, "CMSG_LEN(length) -> control message length"),
    IM_FIXED("CMSG_SPACE", do_cmsg_space, 1, NULL, "CMSG_SPACE(length) -> buffer size"), IM_FIXED("if_nameindex", do_if_nameindex, 0, "($self, /)", "if_nameindex()\n\nReturns a list of network interface information (index, name) tuples."),
    IM_FIXED("if_nametoindex", do_if_nametoindex, 1, "($self, oname, /)", "Returns the interface index corresponding to the interface name if_name."), IM_FIXED("if_indextoname", do_if_indextoname, 1, "($self, object, /)", "if_indextoname(if_index)\n\nReturns the interface name corresponding to the interface index if_index."),
    IM_FIXED("close", do_close, 1, "($self, object, /)", "close(integer) -> None\n\nClose an integer socket file descriptor."), IM_FIXED("dup", do_dup, 1, "($self, object, /)", "dup(integer) -> integer\n\nDuplicate an integer socket file descriptor."),
    IM_RANGE("socketpair", do_socketpair, 0, 3, NULL, "socketpair([family[, type [, proto]]]) -> (socket object, socket object)\n\nCreate a pair of socket objects from the sockets returned by the platform\nsocketpair() function."),
    IM_FIXED("getdefaulttimeout", do_getdefaulttimeout, 0, "($self, /)", "getdefaulttimeout() -> timeout\n\nReturns the default timeout in seconds (float) for new socket objects."),
    IM_FIXED("setdefaulttimeout", do_setdefaulttimeout, 1, "($self, object, /)", "setdefaulttimeout(timeout)\n\nSet the default timeout in seconds (float) for new socket objects."),
    IM_END,
};

int im_socket_name_init(Thread *t, Value m)
{
    if (im_no_value(x_gaierror)) {
        if (im_no_value(x_herror = im_new_exception(t, "socket.herror", &im_OSError_type)) || im_no_value(x_gaierror = im_new_exception(t, "socket.gaierror", &im_OSError_type))) return -1;
        im_root_add(&x_herror);
        im_root_add(&x_gaierror);
    }
    return im_module_add(t, m, "herror", im_new_ref(x_herror)) < 0 ? -1 : im_module_add(t, m, "gaierror", im_new_ref(x_gaierror));
}
