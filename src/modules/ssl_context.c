/* _ssl._SSLContext: what connections have in common: protocol versions, certificates, trust, callbacks.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "modules/ssl.h"

#include <openssl/pem.h>

ImType im_ssl_context_type;
enum { P_TLS = 2, P_TLSV1 = 3, P_TLSV1_1 = 4, P_TLSV1_2 = 5, P_CLIENT = 16, P_SERVER = 17, V_MIN = -2, V_MAX = -1 };
#define LOCKED(c, expr) ({ im_own_lock(t, &(c)->lock); __typeof__(expr) r_ = (expr); im_own_unlock(&(c)->lock); r_; })

static Value context_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    int protocol;
    const SSL_METHOD *m;
    if (im_no_kwargs(t, "_SSLContext", kwnames) < 0 || im_check_nargs(t, "_SSLContext", nargs, 1, 1) < 0 || im_as_int(t, args[0], &protocol) < 0) return IM_NO_VALUE;
    const char *old = NULL;
    switch (protocol) {
    case P_TLS: m = TLS_method(); old = "ssl.PROTOCOL_TLS is deprecated"; break;
    case P_TLSV1: m = TLSv1_method(); old = "ssl.PROTOCOL_TLSv1 is deprecated"; break;
    case P_TLSV1_1: m = TLSv1_1_method(); old = "ssl.PROTOCOL_TLSv1_1 is deprecated"; break;
    case P_TLSV1_2: m = TLSv1_2_method(); old = "ssl.PROTOCOL_TLSv1_2 is deprecated"; break;
    case P_CLIENT: m = TLS_client_method(); break;
    case P_SERVER: m = TLS_server_method(); break;
    default: return im_raise_valueerror(t, "invalid or unsupported protocol version");
    }
    if (old && im_warn(t, &im_DeprecationWarning_type, 2, "%s", old) < 0) return IM_NO_VALUE;
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    ImSslContext *c = CTX(v);
    c->ctx = SSL_CTX_new(m);
    if (!c->ctx) {
        im_drop(t, v);
        return IM_SSL_FAIL(t);
    }
    c->protocol = protocol;
    c->host_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    SSL_CTX_set_ex_data(c->ctx, 0, c);
    c->check_hostname = protocol == P_CLIENT;
    SSL_CTX_set_verify(c->ctx, protocol == P_CLIENT ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE, NULL);
    uint64_t options = SSL_OP_ALL & ~(uint64_t)SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS;
    options |= SSL_OP_NO_SSLv3 | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE;
    SSL_CTX_set_options(c->ctx, options);
    SSL_CTX_set_mode(c->ctx, SSL_MODE_RELEASE_BUFFERS);
    X509_VERIFY_PARAM *p = SSL_CTX_get0_param(c->ctx);
    X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_hostflags(p, c->host_flags);
    return v;
}

/* --- connections ------------------------------------------------------------------------------------------------------------------------------------------------ */

IM_METHOD(c_wrap_socket)
{
    int server = im_truth(t, args[1]);
    if (server < 0) return IM_NO_VALUE;
    if (!im_is_instance_of(args[0], &im_socket__type)) return im_raise_type(t, "_wrap_socket() argument 'sock' must be _socket.socket, not %T", args[0]);
    return im_ssl_object_new(t, self, args[0], server, args[2], args[3], args[4], IM_NO_VALUE, IM_NO_VALUE);
}
IM_METHOD(c_wrap_bio)
{
    int server = im_truth(t, args[2]);
    if (server < 0) return IM_NO_VALUE;
    for (int i = 0; i < 2; i++)
        if (!im_is_instance_of(args[i], &im_memory_bio_type)) return im_raise_type(t, "_wrap_bio() argument '%s' must be _ssl.MemoryBIO, not %T", i ? "outgoing" : "incoming", args[i]);
    return im_ssl_object_new(t, self, IM_NO_VALUE, server, args[3], args[4], args[5], args[0], args[1]);
}

/* --- certificates and trust --------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Password { Thread *t; Value callable, bytes; bool failed; } Password;
/* Bytes of what a password argument or function gave: owned. */
static Value password_bytes(Thread *t, Value v, const char *msg)
{
    Value b;
    if (im_is_str(v)) b = im_str_encode(t, v, "utf-8", "strict");
    else if (im_is_bytes(v)) b = im_new_ref(v);
    else {
        ImBuffer x;
        if (!im_buffer_check(v)) return im_raise_type(t, "%s", msg);
        if (im_buffer_get(t, v, &x, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
        b = im_bytes_new(t, x.buf, x.len);
        im_buffer_release(t, &x);
    }
    if (!im_no_value(b) && im_bytes_len(b) > 1024) {
        im_drop(t, b);
        return im_raise_valueerror(t, "password cannot be longer than %d bytes", 1024);
    }
    return b;
}
static int password_callback(char *buf, int size, int writing, void *arg)
{
    (void)writing;
    Password *p = arg;
    int n = -1;
    im_thread_attach(p->t);
    if (im_pending(p->t)) { /* asked again after it failed */
        im_thread_detach(p->t);
        return -1;
    }
    if (!im_no_value(p->callable)) {
        Value v = im_call0(p->t, p->callable);
        IM_CLEAR(p->t, p->bytes);
        if (!im_no_value(v)) p->bytes = password_bytes(p->t, v, "password callback must return a string");
        im_xdrop(p->t, v);
    }
    if (im_no_value(p->bytes)) p->failed = true;
    else if (im_bytes_len(p->bytes) > size) {
        im_raise_valueerror(p->t, "password cannot be longer than %d bytes", size);
        p->failed = true;
    } else {
        n = (int)im_bytes_len(p->bytes);
        memcpy(buf, im_bytes_data(p->bytes), (size_t)n);
    }
    im_thread_detach(p->t);
    return n;
}
IM_METHOD(c_load_cert_chain)
{
    ImSslContext *c = CTX(self);
    Password p = {.t = t, .callable = IM_NO_VALUE, .bytes = IM_NO_VALUE};
    Value cert = IM_NO_VALUE, key = IM_NO_VALUE;
    const char *what = "certfile should be a valid filesystem path";
    cert = im_fs_encode(t, args[0]);
    if (!im_no_value(cert) && im_given(args[1])) {
        what = "keyfile should be a valid filesystem path";
        key = im_fs_encode(t, args[1]);
        if (im_no_value(key)) IM_CLEAR(t, cert);
    }
    if (im_no_value(cert)) {
        if (im_exc_clear_if(t, &im_TypeError_type)) im_raise_type(t, "%s", what);
        return IM_NO_VALUE;
    }
    Value r = IM_NO_VALUE;
    if (im_given(args[2])) {
        if (im_callable(args[2])) p.callable = args[2];
        else if (im_no_value(p.bytes = password_bytes(t, args[2], "password should be a string or callable"))) goto done;
    }
    const char *cert_name = im_bytes_data(cert), *key_name = im_no_value(key) ? cert_name : im_bytes_data(key);
    int step = 0, ok, e;
    unsigned long code;
    im_own_lock(t, &c->lock);
    pem_password_cb *old = SSL_CTX_get_default_passwd_cb(c->ctx);
    void *old_data = SSL_CTX_get_default_passwd_cb_userdata(c->ctx);
    if (im_given(args[2])) {
        SSL_CTX_set_default_passwd_cb(c->ctx, password_callback);
        SSL_CTX_set_default_passwd_cb_userdata(c->ctx, &p);
    }
    im_thread_detach(t);
    ERR_clear_error();
    errno = 0;
    ok = SSL_CTX_use_certificate_chain_file(c->ctx, cert_name);
    if (ok == 1) {
        step = 1;
        errno = 0;
        ok = SSL_CTX_use_PrivateKey_file(c->ctx, key_name, SSL_FILETYPE_PEM);
    }
    if (ok == 1) {
        step = 2;
        ok = SSL_CTX_check_private_key(c->ctx);
    }
    e = errno;
    code = ERR_peek_last_error();
    im_thread_attach(t);
    SSL_CTX_set_default_passwd_cb(c->ctx, old);
    SSL_CTX_set_default_passwd_cb_userdata(c->ctx, old_data);
    im_own_unlock(&c->lock);
    if (ok == 1) r = IM_NONE;
    else if (p.failed && im_pending(t)) ERR_clear_error();
    else if (e && step < 2) {
        ERR_clear_error();
        im_raise_errno(t, e);
    } else im_ssl_raise(t, NULL, IM_SSLE_ERROR, (int)ERR_GET_LIB(code), NULL, code, __LINE__);
done:
    im_xdrop(t, cert);
    im_xdrop(t, key);
    im_xdrop(t, p.bytes);
    return r;
}
/* Certificates of a text or of DER bytes into the store. */
static int add_certs(Thread *t, ImSslContext *c, const void *data, size_t n, bool pem)
{
    if (!n) return im_raise_valueerror(t, "Empty certificate data"), -1;
    if (n > INT32_MAX) return im_raise_overflow(t, "Certificate data is too long."), -1;
    BIO *b = BIO_new_mem_buf(data, (int)n);
    if (!b) return IM_SSL_FAIL(t), -1;
    int loaded = 0;
    bool failed = false;
    im_own_lock(t, &c->lock);
    X509_STORE *store = SSL_CTX_get_cert_store(c->ctx);
    ERR_clear_error();
    for (;;) {
        if (!pem && loaded && BIO_ctrl_pending(b) == 0) {
            ERR_clear_error();
            break;
        }
        X509 *x = pem ? PEM_read_bio_X509(b, NULL, SSL_CTX_get_default_passwd_cb(c->ctx), SSL_CTX_get_default_passwd_cb_userdata(c->ctx)) : d2i_X509_bio(b, NULL);
        if (!x) break;
        int ok = X509_STORE_add_cert(store, x);
        X509_free(x);
        if (!ok) {
            unsigned long e = ERR_peek_last_error();
            if (ERR_GET_LIB(e) == ERR_LIB_X509 && ERR_GET_REASON(e) == X509_R_CERT_ALREADY_IN_HASH_TABLE) ERR_clear_error();
            else {
                failed = true;
                break;
            }
        }
        loaded++;
    }
    im_own_unlock(&c->lock);
    unsigned long e = ERR_peek_last_error();
    if (loaded == 0) {
        ERR_clear_error();
        if (pem) im_ssl_raise(t, NULL, IM_SSLE_ERROR, 0, "no start line: cadata does not contain a certificate", 0, __LINE__);
        else im_ssl_raise(t, NULL, IM_SSLE_ERROR, 0, "not enough data: cadata does not contain a certificate", 0, __LINE__);
        failed = true;
    } else if (!failed && pem && ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE) ERR_clear_error();
    else if (!failed && e == 0) {}
    else {
        IM_SSL_FAIL(t);
        failed = true;
    }
    BIO_free(b);
    return failed ? -1 : 0;
}
IM_METHOD(c_load_verify_locations)
{
    ImSslContext *c = CTX(self);
    Value file = IM_NO_VALUE, path = IM_NO_VALUE, r = IM_NO_VALUE;
    if (!im_given(args[0]) && !im_given(args[1]) && !im_given(args[2])) return im_raise_type(t, "cafile, capath and cadata cannot be all omitted");
    const char *what = "cafile should be a valid filesystem path";
    if (im_given(args[0]) && im_no_value(file = im_fs_encode(t, args[0]))) goto bad_path;
    what = "capath should be a valid filesystem path";
    if (im_given(args[1]) && im_no_value(path = im_fs_encode(t, args[1]))) goto bad_path;
    if (im_given(args[2])) {
        if (im_is_str(args[2])) {
            if (!im_str_is_ascii(args[2])) {
                im_raise_type(t, "cadata should be an ASCII string or a bytes-like object");
                goto done;
            }
            ssize_t n;
            const char *s = im_str_utf8(t, args[2], &n);
            if (!s || add_certs(t, c, s, (size_t)n, true) < 0) goto done;
        } else {
            ImBuffer b;
            if (!im_buffer_check(args[2])) {
                im_raise_type(t, "cadata should be an ASCII string or a bytes-like object");
                goto done;
            }
            if (im_buffer_get(t, args[2], &b, IM_BUF_SIMPLE) < 0) goto done;
            int k = add_certs(t, c, b.buf, (size_t)b.len, false);
            im_buffer_release(t, &b);
            if (k < 0) goto done;
        }
    }
    if (!im_no_value(file) || !im_no_value(path)) {
        int ok, e;
        const char *f = im_no_value(file) ? NULL : im_bytes_data(file), *d = im_no_value(path) ? NULL : im_bytes_data(path);
        im_own_lock(t, &c->lock);
        im_thread_detach(t);
        ERR_clear_error();
        errno = 0;
        ok = SSL_CTX_load_verify_locations(c->ctx, f, d);
        e = errno;
        im_thread_attach(t);
        im_own_unlock(&c->lock);
        if (ok != 1) {
            if (e) {
                ERR_clear_error();
                im_raise_errno(t, e);
            } else IM_SSL_FAIL(t);
            goto done;
        }
    }
    r = IM_NONE;
    goto done;
bad_path:
    if (im_exc_clear_if(t, &im_TypeError_type)) im_raise_type(t, "%s", what);
done:
    im_xdrop(t, file);
    im_xdrop(t, path);
    return r;
}
IM_METHOD(c_set_default_verify_paths)
{
    ImSslContext *c = CTX(self);
    int ok;
    im_own_lock(t, &c->lock);
    im_thread_detach(t);
    ok = SSL_CTX_set_default_verify_paths(c->ctx);
    im_thread_attach(t);
    im_own_unlock(&c->lock);
    return ok ? IM_NONE : IM_SSL_FAIL(t);
}
IM_METHOD(c_get_ca_certs)
{
    int binary = im_no_value(args[0]) ? 0 : im_truth(t, args[0]);
    if (binary < 0) return IM_NO_VALUE;
    OPENSSL_STACK *all = (OPENSSL_STACK *)LOCKED(CTX(self), X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(CTX(self)->ctx)));
    Value list = im_list_new(t, 8);
    for (int i = 0; !im_no_value(list) && all && i < OPENSSL_sk_num(all); i++) {
        X509 *x = OPENSSL_sk_value(all, i);
        if (!X509_check_ca(x)) continue;
        Value v = binary ? im_cert_der(t, x) : im_cert_dict(t, x);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    for (int i = 0; all && i < OPENSSL_sk_num(all); i++) X509_free(OPENSSL_sk_value(all, i));
    if (all) OPENSSL_sk_free(all);
    return list;
}
static Value stats(Thread *t, const char *const *names, const int64_t *numbers, size_t n)
{
    Value d = im_dict_new(t);
    for (size_t i = 0; !im_no_value(d) && i < n; i++)
        if (im_dict_set_cstr(t, d, names[i], im_int(numbers[i])) < 0) IM_CLEAR(t, d);
    return d;
}
IM_METHOD(c_cert_store_stats)
{
    int64_t n[3] = {0};
    im_own_lock(t, &CTX(self)->lock);
    const OPENSSL_STACK *all = (const OPENSSL_STACK *)X509_STORE_get0_objects(SSL_CTX_get_cert_store(CTX(self)->ctx));
    for (int i = 0; i < OPENSSL_sk_num(all); i++) {
        X509_OBJECT *o = OPENSSL_sk_value(all, i);
        int type = X509_OBJECT_get_type(o);
        if (type == X509_LU_X509) {
            n[0]++;
            n[2] += X509_check_ca(X509_OBJECT_get0_X509(o)) != 0;
        } else if (type == X509_LU_CRL) n[1]++;
    }
    im_own_unlock(&CTX(self)->lock);
    return stats(t, (const char *const[]){"x509", "crl", "x509_ca"}, n, 3);
}
IM_METHOD(c_session_stats)
{
    SSL_CTX *c = CTX(self)->ctx;
    int64_t n[] = {SSL_CTX_sess_number(c), SSL_CTX_sess_connect(c), SSL_CTX_sess_connect_good(c), SSL_CTX_sess_connect_renegotiate(c), SSL_CTX_sess_accept(c), SSL_CTX_sess_accept_good(c),
        SSL_CTX_sess_accept_renegotiate(c), SSL_CTX_sess_hits(c), SSL_CTX_sess_misses(c), SSL_CTX_sess_timeouts(c), SSL_CTX_sess_cache_full(c)};
    static const char *const names[] = {"number", "connect", "connect_good", "connect_renegotiate", "accept", "accept_good", "accept_renegotiate", "hits", "misses", "timeouts", "cache_full"};
    return stats(t, names, n, IM_COUNTOF(n));
}

/* --- ciphers and protocols ------------------------------------------------------------------------------------------------------------------------------------------ */

IM_METHOD(c_set_ciphers)
{
    if (!im_is_str(args[0])) return im_raise_type(t, "set_ciphers() argument must be str, not %T", args[0]);
    const char *s = im_str_utf8(t, args[0], NULL);
    if (!s) return IM_NO_VALUE;
    if (LOCKED(CTX(self), SSL_CTX_set_cipher_list(CTX(self)->ctx, s))) return IM_NONE;
    ERR_clear_error();
    return im_ssl_raise(t, NULL, IM_SSLE_ERROR, 0, "No cipher can be selected.", 0, __LINE__);
}
IM_METHOD(c_get_ciphers)
{
    SSL *ssl = LOCKED(CTX(self), SSL_new(CTX(self)->ctx));
    if (!ssl) return IM_SSL_FAIL(t);
    const OPENSSL_STACK *all = (const OPENSSL_STACK *)SSL_get_ciphers(ssl);
    Value list = im_list_new(t, 16);
    for (int i = 0; !im_no_value(list) && all && i < OPENSSL_sk_num(all); i++) {
        Value v = im_cipher_dict(t, OPENSSL_sk_value(all, i));
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    SSL_free(ssl);
    return list;
}
/* The server's choice: the first of its own that the client names too. */
static int alpn_select(SSL *s, const unsigned char **out, unsigned char *outlen, const unsigned char *in, unsigned inlen, void *arg)
{
    (void)s;
    ImSslContext *c = arg;
    const unsigned char *mine = c->alpn ? c->alpn : (const unsigned char *)"";
    if (SSL_select_next_proto((unsigned char **)(uintptr_t)out, outlen, mine, c->alpn_len, in, inlen) != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
    return SSL_TLSEXT_ERR_OK;
}
IM_METHOD(c_set_alpn)
{
    ImSslContext *c = CTX(self);
    ImBuffer b;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    unsigned char *copy = im_raw_alloc_zero(t, (size_t)b.len + 1, 1);
    unsigned n = (unsigned)b.len;
    if (copy) memcpy(copy, b.buf, n);
    im_buffer_release(t, &b);
    if (!copy) return IM_NO_VALUE;
    im_own_lock(t, &c->lock);
    im_raw_free(c->alpn);
    c->alpn = copy;
    c->alpn_len = n;
    int bad = SSL_CTX_set_alpn_protos(c->ctx, copy, n);
    SSL_CTX_set_alpn_select_cb(c->ctx, alpn_select, c);
    im_own_unlock(&c->lock);
    return bad ? im_raise_memory(t) : IM_NONE;
}
IM_METHOD(c_load_dh_params)
{
    Value path = im_fs_encode(t, args[0]), mode = im_no_value(path) ? path : im_str_from_cstr(t, "rb");
    if (im_no_value(mode) || IM_AUDIT(t, "open", args[0], mode, im_int(0)) < 0) {
        im_xdrop(t, mode);
        im_xdrop(t, path);
        return IM_NO_VALUE;
    }
    im_drop(t, mode);
    int e = 0, ok = 0;
    im_thread_detach(t);
    ERR_clear_error();
    errno = 0;
    BIO *b = BIO_new_file(im_bytes_data(path), "rb");
    e = errno;
    EVP_PKEY *key = b ? PEM_read_bio_Parameters(b, NULL) : NULL;
    if (b) BIO_free(b);
    im_thread_attach(t);
    Value r = IM_NO_VALUE;
    if (!b) {
        ERR_clear_error();
        im_raise_errno_path(t, e, args[0]);
    } else if (!key) { /* its decoders say less than its PEM reader */
        unsigned long code = ERR_peek_last_error();
        if (ERR_GET_LIB(code) == ERR_LIB_OSSL_DECODER) code = ERR_PACK(ERR_LIB_PEM, 0, PEM_R_NO_START_LINE);
        im_ssl_raise(t, NULL, IM_SSLE_ERROR, (int)ERR_GET_LIB(code), NULL, code, __LINE__);
    }
    else {
        ok = LOCKED(CTX(self), SSL_CTX_set0_tmp_dh_pkey(CTX(self)->ctx, key));
        if (!ok) {
            EVP_PKEY_free(key);
            IM_SSL_FAIL(t);
        } else r = IM_NONE;
    }
    im_drop(t, path);
    return r;
}
IM_METHOD(c_set_ecdh_curve)
{
    Value b = im_fs_encode(t, args[0]);
    if (im_no_value(b)) return b;
    int nid = OBJ_sn2nid(im_bytes_data(b));
    im_drop(t, b);
    if (!nid) return im_raise_valueerror(t, "unknown elliptic curve name %R", args[0]);
    ERR_clear_error();
    if (!LOCKED(CTX(self), SSL_CTX_set1_groups(CTX(self)->ctx, &nid, 1))) return IM_SSL_FAIL(t);
    return IM_NONE;
}

/* --- callbacks ----------------------------------------------------------------------------------------------------------------------------------------------------- */

static int on_servername(SSL *ssl, int *alert, void *arg)
{
    ImSslContext *c = arg;
    ImSslObject *s = SSL_get_ex_data(ssl, 0);
    Thread *t = im_thread_current();
    int result = SSL_TLSEXT_ERR_OK;
    im_thread_attach(t);
    Value f = im_slot_get(t, NULL, &c->x_sni);
    if (!im_no_value(f)) {
        const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        Value owner = im_ssl_owner(t, s), n = name ? im_str_from_utf8(t, name, (ssize_t)strlen(name)) : IM_NONE, r = IM_NO_VALUE;
        int code;
        if (im_no_value(owner)) {
            im_xdrop(t, n);
            im_drop(t, f);
            im_thread_detach(t);
            *alert = SSL_AD_HANDSHAKE_FAILURE;
            return SSL_TLSEXT_ERR_ALERT_FATAL;
        }
        if (!im_no_value(n)) r = im_call3(t, f, owner, n, im_value(&c->head));
        if (im_no_value(r)) {
            im_write_unraisable(t, NULL, f);
            *alert = SSL_AD_HANDSHAKE_FAILURE;
            result = SSL_TLSEXT_ERR_ALERT_FATAL;
        } else if (!im_is_none(r)) {
            if (im_as_int(t, r, &code) < 0) {
                im_write_unraisable(t, NULL, r);
                code = SSL_AD_INTERNAL_ERROR;
            }
            *alert = code;
            result = SSL_TLSEXT_ERR_ALERT_FATAL;
        }
        im_xdrop(t, r);
        im_xdrop(t, n);
        im_drop(t, owner);
        im_drop(t, f);
    }
    im_thread_detach(t);
    return result;
}
static void on_message(int writing, int version, int content, const void *buf, size_t len, SSL *ssl, void *arg)
{
    (void)arg;
    ImSslObject *s = SSL_get_ex_data(ssl, 0);
    if (!s) return;
    Thread *t = im_thread_current();
    im_thread_attach(t);
    Value ctx = im_slot_get(t, NULL, &s->x_context), f = im_slot_get(t, NULL, &CTX(ctx)->x_msg);
    if (!im_no_value(f)) {
        const unsigned char *p = buf;
        int type = content;
        if (content == SSL3_RT_CHANGE_CIPHER_SPEC) type = SSL3_MT_CHANGE_CIPHER_SPEC;
        else if (content == SSL3_RT_ALERT) type = len > 1 ? p[1] : -1;
        else if (content == SSL3_RT_HANDSHAKE) type = len > 0 ? p[0] : -1;
        else if (content == SSL3_RT_HEADER) {
            if (len > 2) version = p[1] << 8 | p[2], type = p[0];
            else type = -1;
        } else if (content == SSL3_RT_INNER_CONTENT_TYPE) type = len > 0 ? p[0] : -1;
        Value owner = im_ssl_owner(t, s);
        if (im_no_value(owner)) owner = IM_NONE;
        Value a[6] = {im_new_ref(owner), im_str_from_cstr(t, writing ? "write" : "read"), im_int(version), im_int(content), im_int(type), im_bytes_new(t, buf, (ssize_t)len)};
        Value r = im_no_value(a[1]) || im_no_value(a[5]) ? IM_NO_VALUE : im_call(t, f, a, 6, IM_NO_VALUE);
        if (im_no_value(r)) im_ssl_hold(s, t);
        im_xdrop(t, r);
        for (int i = 0; i < 6; i++) im_xdrop(t, a[i]);
        im_drop(t, owner);
        im_drop(t, f);
    }
    im_drop(t, ctx);
    im_thread_detach(t);
}
static void on_keylog(const SSL *ssl, const char *line)
{
    ImSslContext *c = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0);
    static pthread_mutex_t one_line = PTHREAD_MUTEX_INITIALIZER;
    if (!c || !c->keylog) return;
    pthread_mutex_lock(&one_line);
    BIO_puts(c->keylog, line);
    BIO_puts(c->keylog, "\n");
    (void)BIO_flush(c->keylog);
    pthread_mutex_unlock(&one_line);
}

/* --- attributes ------------------------------------------------------------------------------------------------------------------------------------------------------ */

#define GET(name, make) static Value get_##name(Thread *t, Value self, void *u) { (void)t, (void)u; ImSslContext *c = CTX(self); return make; }
static Value slot_or_none(Thread *t, Value *slot)
{
    Value v = im_slot_get(t, NULL, slot);
    return im_no_value(v) ? IM_NONE : v;
}
GET(check_hostname, im_bool(c->check_hostname))
GET(host_flags, im_int(c->host_flags))
GET(protocol, im_int(c->protocol))
GET(options, im_int((int64_t)SSL_CTX_get_options(c->ctx)))
GET(num_tickets, im_int((int64_t)SSL_CTX_get_num_tickets(c->ctx)))
GET(security_level, im_int(SSL_CTX_get_security_level(c->ctx)))
GET(pha, im_bool(c->post_handshake_auth))
GET(verify_flags, im_int((int64_t)X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param(c->ctx))))
GET(keylog_name, slot_or_none(t, &c->x_keylog_name))
GET(sni, slot_or_none(t, &c->x_sni))
GET(msg, slot_or_none(t, &c->x_msg))
static Value get_verify_mode(Thread *t, Value self, void *u)
{
    (void)t, (void)u;
    int m = SSL_CTX_get_verify_mode(CTX(self)->ctx) & (SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    return im_int(m == 0 ? 0 : m == SSL_VERIFY_PEER ? 1 : 2);
}
/* Client contexts always demand a certificate of servers: only what the mode was set to tells OPTIONAL from REQUIRED. */
static int set_mode(Thread *t, ImSslContext *c, int n)
{
    if (n < 0 || n > 2) return im_raise_valueerror(t, "invalid value for verify_mode"), -1;
    int m = n == 0 ? SSL_VERIFY_NONE : n == 1 ? SSL_VERIFY_PEER : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    im_own_lock(t, &c->lock);
    SSL_CTX_set_verify(c->ctx, m, SSL_CTX_get_verify_callback(c->ctx));
    im_own_unlock(&c->lock);
    return 0;
}
#define NUMBER(v, n) (im_no_value(v) ? (im_raise_attr(t, "cannot delete attribute"), -1) : im_as_int(t, v, n))
static int set_verify_mode(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    int n;
    (void)u;
    if (NUMBER(v, &n) < 0) return -1;
    if (CTX(self)->check_hostname && n == 0) return im_raise_valueerror(t, "Cannot set verify_mode to CERT_NONE when check_hostname is enabled."), -1;
    return set_mode(t, CTX(self), n);
}
static int set_check_hostname(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    (void)u;
    int on = im_no_value(v) ? 0 : im_truth(t, v);
    if (on < 0) return -1;
    if (on && SSL_CTX_get_verify_mode(CTX(self)->ctx) == SSL_VERIFY_NONE && set_mode(t, CTX(self), 2) < 0) return -1;
    CTX(self)->check_hostname = on;
    return 0;
}
static int set_host_flags(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    (void)u;
    uint64_t n;
    if (im_no_value(v) || im_as_uint64(t, v, &n) < 0) return -1;
    CTX(self)->host_flags = (unsigned)n;
    X509_VERIFY_PARAM_set_hostflags(SSL_CTX_get0_param(CTX(self)->ctx), (unsigned)n);
    return 0;
}
static int set_options(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    (void)u;
    uint64_t n;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    if (!im_is_int_like(v)) return im_raise_type(t, "argument 1 must be int, not %T", v), -1;
    if (im_as_uint64(t, v, &n) < 0) return -1;
    uint64_t old = SSL_CTX_get_options(CTX(self)->ctx), clear = old & ~n, set = ~old & n;
    static const uint64_t no = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3;
    if ((set & no) && im_warn(t, &im_DeprecationWarning_type, 2, "ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated") < 0) return -1;
    im_own_lock(t, &CTX(self)->lock);
    if (clear) SSL_CTX_clear_options(CTX(self)->ctx, clear);
    if (set) SSL_CTX_set_options(CTX(self)->ctx, set);
    im_own_unlock(&CTX(self)->lock);
    return 0;
}
static int set_verify_flags(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    (void)u;
    uint64_t n;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    if (im_as_uint64(t, v, &n) < 0) return -1;
    X509_VERIFY_PARAM *p = SSL_CTX_get0_param(CTX(self)->ctx);
    unsigned long old = X509_VERIFY_PARAM_get_flags(p), clear = old & ~n, set = ~old & n;
    if ((clear && !X509_VERIFY_PARAM_clear_flags(p, clear)) || (set && !X509_VERIFY_PARAM_set_flags(p, set))) return IM_SSL_FAIL(t), -1;
    return 0;
}
static Value get_version(Thread *t, Value self, void *u)
{
    (void)t;
    int high = u != NULL;
    long v = SSL_CTX_ctrl(CTX(self)->ctx, high ? SSL_CTRL_GET_MAX_PROTO_VERSION : SSL_CTRL_GET_MIN_PROTO_VERSION, 0, NULL);
    return im_int(v ? v : high ? V_MAX : V_MIN);
}
static int set_version(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    ImSslContext *c = CTX(self);
    int high = u != NULL, n;
    if (NUMBER(v, &n) < 0) return -1;
    if (c->protocol != P_TLS && c->protocol != P_CLIENT && c->protocol != P_SERVER)
        return im_raise_valueerror(t, "The context's protocol doesn't support modification of highest and lowest version."), -1;
    const char *old = n == SSL3_VERSION ? "SSLv3" : n == TLS1_VERSION ? "TLSv1" : n == TLS1_1_VERSION ? "TLSv1_1" : NULL;
    if (old && im_warn(t, &im_DeprecationWarning_type, 2, "ssl.TLSVersion.%s is deprecated", old) < 0) return -1;
    if (n == V_MIN) n = high ? SSL3_VERSION : 0;
    else if (n == V_MAX) n = high ? 0 : TLS1_3_VERSION;
    else if (!old && n != TLS1_2_VERSION && n != TLS1_3_VERSION) return im_raise_valueerror(t, "Unsupported TLS/SSL version 0x%x", (unsigned)n), -1;
    long ok = LOCKED(c, SSL_CTX_ctrl(c->ctx, high ? SSL_CTRL_SET_MAX_PROTO_VERSION : SSL_CTRL_SET_MIN_PROTO_VERSION, n, NULL));
    if (!ok) im_raise_valueerror(t, "Unsupported protocol version 0x%x", (unsigned)n);
    return ok ? 0 : -1;
}
static int set_num_tickets(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    (void)u;
    ssize_t n;
    if (im_no_value(v) || im_as_ssize(t, v, &im_OverflowError_type, &n) < 0) return -1;
    if (n < 0) return im_raise_valueerror(t, "value must be non-negative"), -1;
    if (CTX(self)->protocol != P_SERVER) return im_raise_valueerror(t, "SSLContext is not a server context."), -1;
    if (SSL_CTX_set_num_tickets(CTX(self)->ctx, (size_t)n) == 1) return 0;
    im_raise_valueerror(t, "failed to set num tickets.");
    return -1;
}
static int set_pha(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    (void)u;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    int on = im_truth(t, v);
    if (on < 0) return -1;
    CTX(self)->post_handshake_auth = on;
    return 0;
}
static int set_sni(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    (void)u;
    ImSslContext *c = CTX(self);
    if (c->protocol == P_CLIENT) return im_raise_valueerror(t, "sni_callback cannot be set on TLS_CLIENT context"), -1;
    if (im_given(v) && !im_callable(v)) {
        SSL_CTX_set_tlsext_servername_callback(c->ctx, NULL);
        return im_raise_type(t, "not a callable object"), -1;
    }
    im_slot_put(t, im_ptr(self), &c->x_sni, im_given(v) ? im_new_ref(v) : IM_NO_VALUE);
    im_own_lock(t, &c->lock);
    SSL_CTX_callback_ctrl(c->ctx, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, im_given(v) ? (void (*)(void))on_servername : NULL);
    SSL_CTX_set_tlsext_servername_arg(c->ctx, c);
    im_own_unlock(&c->lock);
    return 0;
}
static int set_msg(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    (void)u;
    ImSslContext *c = CTX(self);
    if (im_given(v) && !im_callable(v)) return im_raise_type(t, "%R is not callable.", v), -1;
    im_slot_put(t, im_ptr(self), &c->x_msg, im_given(v) ? im_new_ref(v) : IM_NO_VALUE);
    im_own_lock(t, &c->lock);
    SSL_CTX_set_msg_callback(c->ctx, im_given(v) ? on_message : NULL);
    im_own_unlock(&c->lock);
    return 0;
}
static int set_keylog_name(Thread *t, Value self, Value v, void *u)
{
    if (im_no_value(v)) return im_raise_type(t, "function takes at least one argument"), -1;
    (void)u;
    ImSslContext *c = CTX(self);
    im_own_lock(t, &c->lock);
    SSL_CTX_set_keylog_callback(c->ctx, NULL);
    BIO *old = c->keylog;
    c->keylog = NULL;
    im_own_unlock(&c->lock);
    if (old) BIO_free_all(old);
    im_slot_put(t, im_ptr(self), &c->x_keylog_name, IM_NO_VALUE);
    if (!im_given(v)) return 0;
    Value path = im_fs_encode(t, v);
    if (im_no_value(path)) return -1;
    int fd = open(im_bytes_data(path), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600), e = errno;
    FILE *f = fd < 0 ? NULL : fdopen(fd, "a");
    im_drop(t, path);
    if (!f) return im_raise_errno_path(t, e, v), -1;
    BIO *b = BIO_new_fp(f, BIO_CLOSE | BIO_FP_TEXT);
    if (!b) {
        fclose(f);
        return IM_SSL_FAIL(t), -1;
    }
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_size == 0) BIO_puts(b, "# TLS secrets log file, generated by OpenSSL / Python\n");
    (void)BIO_flush(b);
    im_slot_put(t, im_ptr(self), &c->x_keylog_name, im_new_ref(v));
    im_own_lock(t, &c->lock);
    c->keylog = b;
    SSL_CTX_set_keylog_callback(c->ctx, on_keylog);
    im_own_unlock(&c->lock);
    return 0;
}

static int traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImSslContext *c = (ImSslContext *)o;
    Value v[] = {c->x_keylog_name, c->x_sni, c->x_msg, c->x_psk_client, c->x_psk_server};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void clear(Thread *t, ImObject *o)
{
    ImSslContext *c = (ImSslContext *)o;
    im_slot_put(t, o, &c->x_sni, IM_NO_VALUE);
    im_slot_put(t, o, &c->x_msg, IM_NO_VALUE);
    im_slot_put(t, o, &c->x_psk_client, IM_NO_VALUE);
    im_slot_put(t, o, &c->x_psk_server, IM_NO_VALUE);
}
static void destroy(Thread *t, ImObject *o)
{
    ImSslContext *c = (ImSslContext *)o;
    if (c->ctx) {
        SSL_CTX_set_ex_data(c->ctx, 0, NULL); /* connections may live longer */
        SSL_CTX_free(c->ctx);
    }
    if (c->keylog) BIO_free_all(c->keylog);
    im_raw_free(c->alpn);
    Value v[] = {c->x_keylog_name, c->x_sni, c->x_msg, c->x_psk_client, c->x_psk_server};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) im_destroy_child(t, v[i]);
}
static const ImMethodDef methods[] = {
    IM_PARSED("_wrap_socket", c_wrap_socket, "($self, /, sock, server_side, server_hostname=None, *, owner=None, session=None)", NULL),
    IM_PARSED("_wrap_bio", c_wrap_bio, "($self, /, incoming, outgoing, server_side, server_hostname=None, *, owner=None, session=None)", NULL),
    IM_FIXED("set_ciphers", c_set_ciphers, 1, "($self, cipherlist, /)", "Set the ciphers, in OpenSSL's format."), IM_FIXED("_set_alpn_protocols", c_set_alpn, 1, "($self, protos, /)", NULL),
    IM_PARSED("load_cert_chain", c_load_cert_chain, "($self, /, certfile, keyfile=None, password=None)", "Load a certificate chain and its private key."), IM_FIXED("load_dh_params", c_load_dh_params, 1, "($self, path, /)", NULL),
    IM_PARSED("load_verify_locations", c_load_verify_locations, "($self, /, cafile=None, capath=None, cadata=None)", NULL), IM_FIXED("session_stats", c_session_stats, 0, "($self, /)", NULL),
    IM_FIXED("cert_store_stats", c_cert_store_stats, 0, "($self, /)", "Numbers of certificates that the store holds."), IM_FIXED("set_default_verify_paths", c_set_default_verify_paths, 0, "($self, /)", NULL),
    IM_FIXED("set_ecdh_curve", c_set_ecdh_curve, 1, "($self, name, /)", NULL), IM_PARSED("get_ca_certs", c_get_ca_certs, "($self, /, binary_form=False)", "List of dicts (or DER bytes) with the loaded CA certificates."),
    IM_FIXED("get_ciphers", c_get_ciphers, 0, "($self, /)", NULL), IM_PARSED("set_psk_client_callback", im_ssl_set_psk_client, "($self, /, callback)", NULL),
    IM_PARSED("set_psk_server_callback", im_ssl_set_psk_server, "($self, /, callback, identity_hint=None)", NULL), IM_END};
static const ImGetSetDef getset[] = {{"check_hostname", get_check_hostname, set_check_hostname, NULL, NULL}, {"_host_flags", get_host_flags, set_host_flags, NULL, NULL},
    {"minimum_version", get_version, set_version, NULL, NULL}, {"maximum_version", get_version, set_version, NULL, (void *)1}, {"keylog_filename", get_keylog_name, set_keylog_name, NULL, NULL},
    {"_msg_callback", get_msg, set_msg, NULL, NULL}, {"sni_callback", get_sni, set_sni, NULL, NULL}, {"num_tickets", get_num_tickets, set_num_tickets, NULL, NULL},
    {"options", get_options, set_options, NULL, NULL}, {"post_handshake_auth", get_pha, set_pha, NULL, NULL}, {"protocol", get_protocol, NULL, NULL, NULL},
    {"verify_flags", get_verify_flags, set_verify_flags, NULL, NULL}, {"verify_mode", get_verify_mode, set_verify_mode, NULL, NULL}, {"security_level", get_security_level, NULL, NULL, NULL}, {0}};
static const ImSlots slots = {.new_ = context_new};
const ImTypeSpec im_ssl_context_spec = {.name = "_ssl._SSLContext", .size = sizeof(ImSslContext), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &slots, .methods = methods, .getset = getset,
    .traverse = traverse, .clear = clear, .destroy = destroy};
