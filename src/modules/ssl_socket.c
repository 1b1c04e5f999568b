/* _ssl._SSLSocket: a connection over a socket or two MemoryBIOs; SSLSession.
 * SPDX-License-Identifier: MIT */
#include <limits.h>

#include "modules/ssl.h"

ImType im_ssl_object_type, im_ssl_session_type;

/* --- making ------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value weak(Thread *t, Value v)
{
    Value cls = im_import_from(t, "_weakref", "ref"), r = im_no_value(cls) ? cls : im_call1(t, cls, v);
    im_xdrop(t, cls);
    return r;
}
static int configure_hostname(Thread *t, ImSslObject *s, ImSslContext *c, const char *name)
{
    size_t n = strlen(name);
    if (!n || *name == '.') return im_raise_valueerror(t, "server_hostname cannot be an empty string or start with a leading dot."), -1;
    ASN1_OCTET_STRING *ip = a2i_IPADDRESS(name);
    if (!ip) ERR_clear_error();
    int ok = 1;
    if (!ip) ok = (int)SSL_set_tlsext_host_name(s->ssl, (char *)(uintptr_t)name);
    if (ok && c->check_hostname) {
        X509_VERIFY_PARAM *p = SSL_get0_param(s->ssl);
        ok = ip ? X509_VERIFY_PARAM_set1_ip(p, ASN1_STRING_get0_data((ASN1_STRING *)ip), (size_t)ASN1_STRING_length((ASN1_STRING *)ip)) : X509_VERIFY_PARAM_set1_host(p, name, n);
    }
    if (ip) ASN1_OCTET_STRING_free(ip);
    if (!ok) IM_SSL_FAIL(t);
    return ok ? 0 : -1;
}
static int set_session(Thread *t, ImSslObject *s, Value v);

Value im_ssl_object_new(Thread *t, Value ctx, Value sock, bool server, Value hostname, Value owner, Value session, Value in, Value out)
{
    ImSslContext *c = CTX(ctx);
    const char *name = NULL;
    if (im_given(hostname)) {
        if (!im_is_str(hostname)) return im_raise_type(t, "argument must be str, not %T", hostname);
        if (!im_str_is_ascii(hostname)) {
            Value b = im_str_encode(t, hostname, "ascii", "strict");
            im_xdrop(t, b);
            return IM_NO_VALUE;
        }
        name = im_str_utf8(t, hostname, NULL);
        if (strlen(name) != (size_t)im_str_len(hostname)) return im_raise_type(t, "argument must be encoded string without null bytes, not str");
    }
    ImObject *o = im_instance_alloc(t, &im_ssl_object_type, 0);
    if (!o) return IM_NO_VALUE;
    ImSslObject *s = (ImSslObject *)o;
    Value self = im_value(o);
    s->fd = -1;
    s->server = server;
    s->x_owner = IM_NONE;
    s->hostname = name ? im_new_ref(hostname) : IM_NONE;
    s->x_context = im_new_ref(ctx);
    s->first_context = im_new_ref(ctx);
    im_own_lock(t, &c->lock);
    s->ssl = SSL_new(c->ctx);
    im_own_unlock(&c->lock);
    if (!s->ssl) {
        IM_SSL_FAIL(t);
        goto fail;
    }
    SSL_set_ex_data(s->ssl, 0, s);
    X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(s->ssl), c->host_flags);
    SSL_set_mode(s->ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY | SSL_MODE_ENABLE_PARTIAL_WRITE);
    if (c->post_handshake_auth) {
        if (server) {
            int mode = SSL_get_verify_mode(s->ssl);
            if (mode & SSL_VERIFY_PEER) SSL_set_verify(s->ssl, mode | SSL_VERIFY_POST_HANDSHAKE, SSL_get_verify_callback(s->ssl));
        } else SSL_set_post_handshake_auth(s->ssl, 1);
    }
    if (name && configure_hostname(t, s, c, name) < 0) goto fail;
    if (!im_no_value(sock)) {
        s->fd = im_load_relaxed(&im_socketp(sock)->x_fd);
        BIO *b = im_ssl_socket_bio(s->fd);
        if (!b) {
            IM_SSL_FAIL(t);
            goto fail;
        }
        SSL_set_bio(s->ssl, b, b);
        s->socket = weak(t, sock);
        if (im_no_value(s->socket)) goto fail;
    } else {
        s->in = im_new_ref(in);
        s->out = im_new_ref(out);
        BIO_up_ref(((ImMemoryBio *)im_ptr(in))->bio);
        BIO_up_ref(((ImMemoryBio *)im_ptr(out))->bio);
        SSL_set_bio(s->ssl, ((ImMemoryBio *)im_ptr(in))->bio, ((ImMemoryBio *)im_ptr(out))->bio);
    }
    if (server) { /* sessions are the server's: a client's context would refuse those that the library makes of a PSK */
        static const unsigned char id[] = "imugi";
        SSL_set_session_id_context(s->ssl, id, sizeof id - 1);
        SSL_set_accept_state(s->ssl);
    }
    else SSL_set_connect_state(s->ssl);
    if (im_given(owner) && im_no_value(s->x_owner = weak(t, owner))) {
        s->x_owner = IM_NONE;
        goto fail;
    }
    if (im_given(session) && set_session(t, s, session) < 0) goto fail;
    return self;
fail:
    im_drop(t, self);
    return IM_NO_VALUE;
}
Value im_ssl_owner(Thread *t, ImSslObject *s)
{
    Value ref = im_slot_get(t, NULL, &s->x_owner), v = IM_NONE;
    bool owned = !im_is_none(ref);
    if (owned) v = im_call0(t, ref);
    im_drop(t, ref);
    if (im_no_value(v)) {
        im_exc_clear(t);
        v = IM_NONE;
    }
    if (owned && im_is_none(v)) return IM_NO_VALUE;
    if (im_is_none(v) && !im_no_value(s->socket)) {
        v = im_call0(t, s->socket);
        if (im_no_value(v)) {
            im_exc_clear(t);
            v = IM_NONE;
        }
    }
    return im_is_none(v) ? im_new_ref(im_value(&s->head)) : v;
}
void im_ssl_hold(ImSslObject *s, Thread *t)
{
    Value e = im_exc_fetch(t);
    if (im_no_value(s->pending_exc)) s->pending_exc = e; /* the first one counts; only this thread sees the field while the library runs */
    else im_xdrop(t, e);
}

/* --- calling the library --------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Step { int r, err, sys; unsigned long code; } Step;

static void lock_all(Thread *t, ImSslObject *s)
{
    im_own_lock(t, &s->lock);
    if (!im_no_value(s->in)) {
        im_own_lock(t, &((ImMemoryBio *)im_ptr(s->in))->lock);
        if (!im_same(s->in, s->out)) im_own_lock(t, &((ImMemoryBio *)im_ptr(s->out))->lock);
    }
}
static void unlock_all(ImSslObject *s)
{
    if (!im_no_value(s->in)) {
        im_own_unlock(&((ImMemoryBio *)im_ptr(s->in))->lock);
        if (!im_same(s->in, s->out)) im_own_unlock(&((ImMemoryBio *)im_ptr(s->out))->lock);
    }
    im_own_unlock(&s->lock);
}
/* One call, detached, under the locks; what a callback raised comes out of it. -1: an exception is pending. */
#define STEP(t, s, st, call) \
    ({ \
        lock_all((t), (s)); \
        im_thread_detach(t); \
        ERR_clear_error(); \
        errno = 0; \
        (st)->r = (int)(call); \
        (st)->sys = errno; \
        (st)->err = SSL_get_error((s)->ssl, (st)->r); \
        (st)->code = ERR_peek_last_error(); \
        im_thread_attach(t); \
        Value held_ = (s)->pending_exc; \
        (s)->pending_exc = IM_NO_VALUE; \
        unlock_all(s); \
        if (!im_no_value(held_)) im_exc_restore((t), held_); \
        im_no_value(held_) ? 0 : -1; \
    })

static Value raise_step(Thread *t, ImSslObject *s, const Step *st, int line)
{
    switch (st->err) {
    case SSL_ERROR_ZERO_RETURN: return im_ssl_raise(t, s, IM_SSLE_ZERO, 6, "TLS/SSL connection has been closed (EOF)", 0, line);
    case SSL_ERROR_WANT_READ: return im_ssl_raise(t, s, IM_SSLE_READ, 2, "The operation did not complete (read)", 0, line);
    case SSL_ERROR_WANT_WRITE: return im_ssl_raise(t, s, IM_SSLE_WRITE, 3, "The operation did not complete (write)", 0, line);
    case SSL_ERROR_WANT_X509_LOOKUP: return im_ssl_raise(t, s, IM_SSLE_ERROR, 4, "The operation did not complete (X509 lookup)", 0, line);
    case SSL_ERROR_WANT_CONNECT: return im_ssl_raise(t, s, IM_SSLE_ERROR, 7, "The operation did not complete (connect)", 0, line);
    case SSL_ERROR_SYSCALL:
        if (st->code) return im_ssl_raise(t, s, IM_SSLE_SYSCALL, 5, NULL, st->code, line);
        if (st->r == 0 || !st->sys) return im_ssl_raise(t, s, IM_SSLE_EOF, 8, "EOF occurred in violation of protocol", 0, line);
        return im_raise_errno(t, st->sys);
    case SSL_ERROR_SSL:
        if (ERR_GET_LIB(st->code) == ERR_LIB_SSL && ERR_GET_REASON(st->code) == SSL_R_CERTIFICATE_VERIFY_FAILED) return im_ssl_raise(t, s, IM_SSLE_CERT, 1, NULL, st->code, line);
        if (ERR_GET_LIB(st->code) == ERR_LIB_SSL && ERR_GET_REASON(st->code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
            return im_ssl_raise(t, s, IM_SSLE_EOF, 8, "EOF occurred in violation of protocol", st->code, line);
        return im_ssl_raise(t, s, IM_SSLE_ERROR, 1, st->code ? NULL : "A failure in the SSL library occurred", st->code, line);
    default: return im_ssl_raise(t, s, IM_SSLE_ERROR, 10, "Invalid error code", 0, line);
    }
}
/* The socket, owned; None over BIOs; no value with an exception when it is gone. */
static Value carrier(Thread *t, ImSslObject *s)
{
    if (im_no_value(s->socket)) return IM_NONE;
    Value v = im_call0(t, s->socket);
    if (im_no_value(v) || !im_is_none(v)) return v;
    return im_ssl_raise(t, s, IM_SSLE_ERROR, 0, "Underlying socket connection gone", 0, __LINE__);
}
static int64_t deadline_of(Value sock)
{
    int64_t ns = im_is_none(sock) ? 0 : im_load_relaxed(&im_socketp(sock)->x_timeout);
    return ns > 0 ? im_monotonic_ns() + ns : 0;
}
/* After a step that did not finish: 0 try again, 1 leave it at that, -1 exception. */
static int wait_for(Thread *t, ImSslObject *s, Value sock, const Step *st, int64_t deadline, const char *what)
{
    if ((st->err != SSL_ERROR_WANT_READ && st->err != SSL_ERROR_WANT_WRITE) || im_is_none(sock)) return 1;
    int64_t timeout = im_load_relaxed(&im_socketp(sock)->x_timeout), left = -1;
    if (timeout == 0) return 1;
    int fd = im_load_acquire(&im_socketp(sock)->x_fd);
    if (fd < 0) return im_ssl_raise(t, s, IM_SSLE_ERROR, 0, "Underlying socket has been closed.", 0, __LINE__), -1;
    if (timeout > 0 && (left = deadline - im_monotonic_ns()) < 0) left = 0;
    int w = im_socket_wait(t, fd, st->err == SSL_ERROR_WANT_WRITE, left);
    if (w > 0) return im_raise(t, &im_TimeoutError_type, "The %s operation timed out", what), -1;
    return w;
}
#define LOOP(t, s, sock, st, what, call) \
    ({ \
        int64_t end_ = deadline_of(sock); \
        int k_ = 0; \
        do { \
            k_ = STEP((t), (s), (st), call); \
            if (k_ == 0) k_ = (st)->r > 0 ? 1 : wait_for((t), (s), (sock), (st), end_, what); \
        } while (k_ == 0); \
        k_ < 0 ? -1 : 0; \
    })

IM_METHOD(s_do_handshake)
{
    ImSslObject *s = SSLO(self);
    Step st;
    Value sock = carrier(t, s);
    if (im_no_value(sock)) return sock;
    int r = LOOP(t, s, sock, &st, "handshake", SSL_do_handshake(s->ssl));
    im_drop(t, sock);
    return r < 0 ? IM_NO_VALUE : st.r < 1 ? raise_step(t, s, &st, __LINE__) : IM_NONE;
}
IM_METHOD(s_write)
{
    ImSslObject *s = SSLO(self);
    Step st;
    ImBuffer b;
    size_t count = 0;
    Value sock = carrier(t, s), v = IM_NO_VALUE;
    if (im_no_value(sock)) return sock;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return im_drop(t, sock), IM_NO_VALUE;
    int r = LOOP(t, s, sock, &st, "write", SSL_write_ex(s->ssl, b.buf, (size_t)b.len, &count));
    im_buffer_release(t, &b);
    if (r == 0) v = st.r == 0 ? raise_step(t, s, &st, __LINE__) : im_int((int64_t)count);
    im_drop(t, sock);
    return v;
}
IM_METHOD(s_pending)
{
    ImSslObject *s = SSLO(self);
    im_own_lock(t, &s->lock);
    int n = SSL_pending(s->ssl);
    im_own_unlock(&s->lock);
    return im_int(n);
}
IM_METHOD(s_read)
{
    ImSslObject *s = SSLO(self);
    Step st;
    ssize_t len;
    size_t count = 0;
    ImBuffer b;
    Value dest = IM_NO_VALUE, v = IM_NO_VALUE;
    bool into = nargs > 1;
    if (im_check_nargs(t, "read", nargs, 1, 2) < 0 || im_ssize_arg(t, args[0], &len) < 0) return IM_NO_VALUE;
    if (!into && len < 0) return im_raise_valueerror(t, "size should not be negative");
    Value sock = carrier(t, s);
    if (im_no_value(sock)) return sock;
    char *p;
    if (into) {
        if (im_buffer_get(t, args[1], &b, IM_BUF_WRITABLE) < 0) {
            im_drop(t, sock);
            return IM_NO_VALUE;
        }
        p = b.buf;
        if (len <= 0 || len > b.len) len = b.len;
    } else {
        dest = im_bytes_new(t, NULL, len);
        if (im_no_value(dest)) {
            im_drop(t, sock);
            return dest;
        }
        p = (char *)(uintptr_t)im_bytes_data(dest);
    }
    int r = 0;
    if (len) {
        r = LOOP(t, s, sock, &st, "read", SSL_read_ex(s->ssl, p, (size_t)len, &count));
        if (r == 0 && st.r == 0) {
            count = 0;
            if (!(st.err == SSL_ERROR_ZERO_RETURN && SSL_get_shutdown(s->ssl) == SSL_RECEIVED_SHUTDOWN)) {
                raise_step(t, s, &st, __LINE__);
                r = -1;
            }
        }
    }
    if (into) {
        im_buffer_release(t, &b);
        if (r == 0) v = im_int((int64_t)count);
    } else {
        if (r == 0) v = (ssize_t)count == len ? im_new_ref(dest) : im_bytes_new(t, p, (ssize_t)count);
        im_drop(t, dest);
    }
    im_drop(t, sock);
    return v;
}
IM_METHOD(s_shutdown)
{
    ImSslObject *s = SSLO(self);
    Step st;
    Value sock = carrier(t, s);
    if (im_no_value(sock)) return sock;
    if (!im_is_none(sock) && im_load_relaxed(&im_socketp(sock)->x_fd) < 0) {
        im_drop(t, sock);
        return im_ssl_raise(t, s, IM_SSLE_ERROR, 0, "Underlying socket connection gone", 0, __LINE__);
    }
    int64_t end = deadline_of(sock);
    int zeros = 0, k;
    for (;;) {
        if (s->shut_zero) SSL_set_read_ahead(s->ssl, 0); /* what follows belongs to whoever uses the socket next */
        k = STEP(t, s, &st, SSL_shutdown(s->ssl));
        if (k < 0 || st.r > 0) break;
        if (st.r == 0) {
            if (++zeros > 1) break;
            s->shut_zero = true;
            continue;
        }
        if ((k = wait_for(t, s, sock, &st, end, st.err == SSL_ERROR_WANT_WRITE ? "write" : "read")) != 0) break;
    }
    if (k < 0 || st.r < 0) {
        if (k >= 0) raise_step(t, s, &st, __LINE__);
        im_drop(t, sock);
        return IM_NO_VALUE;
    }
    return sock;
}

/* --- asking --------------------------------------------------------------------------------------------------------------------------------------------------- */

#define LOCKED(s, expr) ({ im_own_lock(t, &(s)->lock); __typeof__(expr) r_ = (expr); im_own_unlock(&(s)->lock); r_; })
IM_METHOD(s_version)
{
    ImSslObject *s = SSLO(self);
    if (!LOCKED(s, SSL_is_init_finished(s->ssl))) return IM_NONE;
    const char *v = SSL_get_version(s->ssl);
    return strcmp(v, "unknown") == 0 ? IM_NONE : im_str_from_cstr(t, v);
}
IM_METHOD(s_cipher)
{
    const SSL_CIPHER *c = LOCKED(SSLO(self), SSL_get_current_cipher(SSLO(self)->ssl));
    return c ? im_cipher_tuple(t, c) : IM_NONE;
}
IM_METHOD(s_shared_ciphers)
{
    ImSslObject *s = SSLO(self);
    im_own_lock(t, &s->lock);
    const OPENSSL_STACK *theirs = (const OPENSSL_STACK *)SSL_get_client_ciphers(s->ssl), *ours = (const OPENSSL_STACK *)SSL_get_ciphers(s->ssl);
    Value list = theirs && s->server ? im_list_new(t, 8) : IM_NONE;
    for (int i = 0; theirs && s->server && !im_no_value(list) && i < OPENSSL_sk_num(theirs); i++) {
        const SSL_CIPHER *c = OPENSSL_sk_value(theirs, i);
        bool both = false;
        for (int j = 0; !both && j < OPENSSL_sk_num(ours); j++) both = SSL_CIPHER_get_id(OPENSSL_sk_value(ours, j)) == SSL_CIPHER_get_id(c);
        if (!both) continue;
        Value v = im_cipher_tuple(t, c);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    im_own_unlock(&s->lock);
    return list;
}
IM_METHOD(s_compression) { return IM_NONE; }
IM_METHOD(s_selected_alpn)
{
    const unsigned char *p;
    unsigned n;
    im_own_lock(t, &SSLO(self)->lock);
    SSL_get0_alpn_selected(SSLO(self)->ssl, &p, &n);
    Value v = p ? im_str_from_utf8(t, (const char *)p, n) : IM_NONE;
    im_own_unlock(&SSLO(self)->lock);
    return v;
}
IM_METHOD(s_getpeercert)
{
    ImSslObject *s = SSLO(self);
    int der = nargs ? im_truth(t, args[0]) : 0;
    if (der < 0) return IM_NO_VALUE;
    if (!LOCKED(s, SSL_is_init_finished(s->ssl))) return im_raise_valueerror(t, "handshake not done yet");
    X509 *cert = LOCKED(s, SSL_get1_peer_certificate(s->ssl));
    if (!cert) return IM_NONE;
    Value r = der ? im_cert_der(t, cert) : SSL_CTX_get_verify_mode(SSL_get_SSL_CTX(s->ssl)) & SSL_VERIFY_PEER ? im_cert_dict(t, cert) : im_dict_new(t);
    X509_free(cert);
    return r;
}
static Value chain_list(Thread *t, const OPENSSL_STACK *chain, X509 *first)
{
    Value list = im_list_new(t, 4);
    for (int i = first ? -1 : 0; !im_no_value(list) && i < OPENSSL_sk_num(chain); i++) {
        Value v = im_certificate_new(t, i < 0 ? first : OPENSSL_sk_value(chain, i));
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    return list;
}
IM_METHOD(s_verified_chain)
{
    im_own_lock(t, &SSLO(self)->lock);
    const OPENSSL_STACK *chain = (const OPENSSL_STACK *)SSL_get0_verified_chain(SSLO(self)->ssl);
    Value r = chain ? chain_list(t, chain, NULL) : IM_NONE;
    im_own_unlock(&SSLO(self)->lock);
    return r;
}
IM_METHOD(s_unverified_chain)
{
    ImSslObject *s = SSLO(self);
    im_own_lock(t, &s->lock);
    const OPENSSL_STACK *chain = (const OPENSSL_STACK *)SSL_get_peer_cert_chain(s->ssl);
    X509 *peer = chain && s->server ? SSL_get1_peer_certificate(s->ssl) : NULL; /* a server's chain lacks the client's own one */
    Value r = chain ? chain_list(t, chain, peer) : IM_NONE;
    if (peer) X509_free(peer);
    im_own_unlock(&s->lock);
    return r;
}
IM_METHOD(s_channel_binding)
{
    ImSslObject *s = SSLO(self);
    char buf[64];
    if (!im_no_value(args[0]) && !(im_is_str(args[0]) && im_str_equal_cstr(args[0], "tls-unique"))) {
        if (!im_is_str(args[0])) return im_raise_type(t, "get_channel_binding() argument 'cb_type' must be str, not %T", args[0]);
        return im_raise_valueerror(t, "'%S' channel binding type not implemented", args[0]);
    }
    im_own_lock(t, &s->lock);
    size_t n = !s->server != !SSL_session_reused(s->ssl) ? SSL_get_finished(s->ssl, buf, sizeof buf) : SSL_get_peer_finished(s->ssl, buf, sizeof buf);
    im_own_unlock(&s->lock);
    return n ? im_bytes_new(t, buf, (ssize_t)n) : IM_NONE;
}
IM_METHOD(s_verify_client)
{
    ERR_clear_error();
    return LOCKED(SSLO(self), SSL_verify_client_post_handshake(SSLO(self)->ssl)) ? IM_NONE : IM_SSL_FAIL(t);
}

/* --- attributes ------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value get_context(Thread *t, Value self, void *c) { (void)c; return im_slot_get(t, NULL, &SSLO(self)->x_context); }
static int set_context(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ImSslObject *s = SSLO(self);
    if (im_no_value(v) || !im_is_instance_of(v, &im_ssl_context_type)) return im_raise_type(t, "The value must be a SSLContext"), -1;
    im_own_lock(t, &s->lock);
    SSL_set_SSL_CTX(s->ssl, CTX(v)->ctx);
    im_own_unlock(&s->lock);
    im_slot_put(t, im_ptr(self), &s->x_context, im_new_ref(v));
    return 0;
}
static Value get_owner(Thread *t, Value self, void *c)
{
    (void)c;
    Value ref = im_slot_get(t, NULL, &SSLO(self)->x_owner), v = IM_NONE;
    if (!im_is_none(ref)) v = im_call0(t, ref);
    im_drop(t, ref);
    return v;
}
static int set_owner(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    Value r = im_no_value(v) || im_is_none(v) ? IM_NONE : weak(t, v);
    if (im_no_value(r)) return -1;
    im_slot_put(t, im_ptr(self), &SSLO(self)->x_owner, r);
    return 0;
}
static Value get_hostname(Thread *t, Value self, void *c) { (void)t, (void)c; return im_new_ref(SSLO(self)->hostname); }
static Value get_server_side(Thread *t, Value self, void *c) { (void)t, (void)c; return im_bool(SSLO(self)->server); }
static Value get_reused(Thread *t, Value self, void *c) { (void)c; return im_bool(LOCKED(SSLO(self), SSL_session_reused(SSLO(self)->ssl))); }
static Value get_session(Thread *t, Value self, void *c)
{
    (void)c;
    ImSslObject *s = SSLO(self);
    SSL_SESSION *live = LOCKED(s, SSL_get1_session(s->ssl)), *x = live ? SSL_SESSION_dup(live) : NULL; /* the live one goes bad with its connection */
    if (live) SSL_SESSION_free(live);
    if (!x) return live ? im_raise_memory(t) : IM_NONE;
    ImObject *o = im_instance_alloc(t, &im_ssl_session_type, 0);
    if (!o) return SSL_SESSION_free(x), IM_NO_VALUE;
    ((ImSslSession *)o)->session = x;
    ((ImSslSession *)o)->context = im_slot_get(t, NULL, &s->x_context);
    return im_value(o);
}
static int set_session(Thread *t, ImSslObject *s, Value v)
{
    if (im_no_value(v) || !im_is_exact(v, &im_ssl_session_type)) return im_raise_type(t, "Value is not a SSLSession."), -1;
    ImSslSession *x = (ImSslSession *)im_ptr(v);
    Value ctx = im_slot_get(t, NULL, &s->x_context);
    bool same = CTX(ctx)->ctx == CTX(x->context)->ctx;
    im_drop(t, ctx);
    if (!same) return im_raise_valueerror(t, "Session refers to a different SSLContext."), -1;
    if (s->server) return im_raise_valueerror(t, "Cannot set session for server-side SSLSocket."), -1;
    if (SSL_is_init_finished(s->ssl)) return im_raise_valueerror(t, "Cannot set session after handshake."), -1;
    SSL_SESSION *copy = SSL_SESSION_dup(x->session); /* the library changes one that is in use */
    int ok = copy && LOCKED(s, SSL_set_session(s->ssl, copy));
    if (copy) SSL_SESSION_free(copy);
    if (!ok) IM_SSL_FAIL(t);
    return ok ? 0 : -1;
}
static int set_session_attr(Thread *t, Value self, Value v, void *c) { (void)c; return set_session(t, SSLO(self), v); }

static int traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImSslObject *s = (ImSslObject *)o;
    Value v[] = {s->x_context, s->first_context, s->socket, s->x_owner, s->hostname, s->in, s->out, s->pending_exc};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void destroy(Thread *t, ImObject *o)
{
    ImSslObject *s = (ImSslObject *)o;
    if (s->ssl) SSL_free(s->ssl);
    Value v[] = {s->x_context, s->first_context, s->socket, s->x_owner, s->hostname, s->in, s->out, s->pending_exc};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) im_destroy_child(t, v[i]);
}
static const ImMethodDef methods[] = {
    IM_FIXED("do_handshake", s_do_handshake, 0, "($self, /)", NULL), IM_FIXED("write", s_write, 1, "($self, b, /)", "Write bytes; how many were written."),
    IM_RAW("read", s_read, NULL, "read(size[, buffer]): up to size bytes, or how many were put into the buffer."), IM_FIXED("pending", s_pending, 0, "($self, /)", "How many decrypted bytes wait."),
    IM_RANGE("getpeercert", s_getpeercert, 0, 1, "($self, der=False, /)", "The other side's certificate."), IM_PARSED("get_channel_binding", s_channel_binding, "($self, /, cb_type='tls-unique')", "Channel binding data of the connection, as bytes, or None."),
    IM_FIXED("cipher", s_cipher, 0, "($self, /)", NULL), IM_FIXED("shared_ciphers", s_shared_ciphers, 0, "($self, /)", NULL), IM_FIXED("version", s_version, 0, "($self, /)", NULL),
    IM_FIXED("selected_alpn_protocol", s_selected_alpn, 0, "($self, /)", NULL), IM_FIXED("compression", s_compression, 0, "($self, /)", NULL), IM_FIXED("shutdown", s_shutdown, 0, "($self, /)", "Does the SSL shutdown handshake with the remote end."),
    IM_FIXED("verify_client_post_handshake", s_verify_client, 0, "($self, /)", "Ask the client for its certificate after the handshake (TLS 1.3)."), IM_FIXED("get_unverified_chain", s_unverified_chain, 0, "($self, /)", NULL),
    IM_FIXED("get_verified_chain", s_verified_chain, 0, "($self, /)", NULL), IM_END};
static const ImGetSetDef getset[] = {{"context", get_context, set_context, NULL, NULL}, {"owner", get_owner, set_owner, NULL, NULL}, {"server_hostname", get_hostname, NULL, NULL, NULL},
    {"server_side", get_server_side, NULL, NULL, NULL}, {"session", get_session, set_session_attr, NULL, NULL}, {"session_reused", get_reused, NULL, NULL, NULL}, {0}};
static const ImSlots slots = {0};
const ImTypeSpec im_ssl_object_spec = {.name = "_ssl._SSLSocket", .size = sizeof(ImSslObject), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_WEAKREF, .slots = &slots, .methods = methods, .getset = getset,
    .traverse = traverse, .destroy = destroy};

/* --- sessions ----------------------------------------------------------------------------------------------------------------------------------------------------- */

#define X(v) (((ImSslSession *)im_ptr(v))->session)
static Value x_id(Thread *t, Value self, void *c)
{
    (void)c;
    unsigned n;
    const unsigned char *p = SSL_SESSION_get_id(X(self), &n);
    return im_bytes_new(t, p, n);
}
static Value x_time(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(SSL_SESSION_get_time(X(self))); }
static Value x_timeout(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(SSL_SESSION_get_timeout(X(self))); }
static Value x_hint(Thread *t, Value self, void *c) { (void)c; return im_int_from_u64(t, SSL_SESSION_get_ticket_lifetime_hint(X(self))); }
static Value x_ticket(Thread *t, Value self, void *c) { (void)t, (void)c; return im_bool(SSL_SESSION_has_ticket(X(self))); }
static Value session_compare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    if ((op != IM_EQ && op != IM_NE) || !im_is_exact(a, &im_ssl_session_type) || !im_is_exact(b, &im_ssl_session_type)) return IM_NOT_IMPLEMENTED;
    unsigned n, m;
    const unsigned char *p = SSL_SESSION_get_id(X(a), &n), *q = SSL_SESSION_get_id(X(b), &m);
    bool same = im_same(a, b) || (n == m && memcmp(p, q, n) == 0);
    return im_bool(same == (op == IM_EQ));
}
static int session_traverse(ImObject *o, ImVisit visit, void *arg) { return im_is_object(((ImSslSession *)o)->context) ? visit(((ImSslSession *)o)->context, arg) : 0; }
static void session_destroy(Thread *t, ImObject *o)
{
    SSL_SESSION_free(((ImSslSession *)o)->session);
    im_destroy_child(t, ((ImSslSession *)o)->context);
}
static const ImGetSetDef session_getset[] = {{"id", x_id, NULL, NULL, NULL}, {"time", x_time, NULL, NULL, NULL}, {"timeout", x_timeout, NULL, NULL, NULL}, {"ticket_lifetime_hint", x_hint, NULL, NULL, NULL},
    {"has_ticket", x_ticket, NULL, NULL, NULL}, {0}};
static const ImSlots session_slots = {.richcompare = session_compare};
const ImTypeSpec im_ssl_session_spec = {.name = "_ssl.SSLSession", .size = sizeof(ImSslSession), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &session_slots, .getset = session_getset,
    .traverse = session_traverse, .destroy = session_destroy};
