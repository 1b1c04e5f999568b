/* What the files of _ssl share. OpenSSL is loaded when the module is imported.
 * SPDX-License-Identifier: MIT
 *
 * An SSL object is used under its mutex, which its owner may take again (OpenSSL calls back into Python code). Calls never block: over a socket they go through a
 * BIO of our own that sends and receives without waiting, whatever the socket's mode; waiting is done between the calls, without the mutex. So one thread may read
 * from a connection while another writes. */
#ifndef IM_MODULES_SSL_H
#define IM_MODULES_SSL_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "modules/ownlock.h"
#include "modules/socket.h"

typedef struct ImSslContext {
    ImObject head;
    SSL_CTX *ctx;
    ImOwnLock lock;         /* for changes of ctx, and while an SSL is made of it */
    int protocol;
    unsigned host_flags;
    bool check_hostname, post_handshake_auth;
    unsigned char *alpn;    /* as in the extension */
    unsigned alpn_len;
    BIO *keylog;
    Value x_keylog_name, x_sni, x_msg, x_psk_client, x_psk_server; /* replaced by exchange; no value: none */
} ImSslContext;
typedef struct ImSslObject {
    ImObject head;
    SSL *ssl;
    ImOwnLock lock;
    int fd;                 /* -1: over memory BIOs */
    bool server, shut_zero;
    Value x_context;        /* replaced by exchange */
    Value first_context;    /* the one it was made with: the library may go on calling back through it */
    Value socket;           /* weak reference to the socket, or no value */
    Value x_owner;          /* weak reference to the SSLSocket or SSLObject, or None */
    Value hostname;         /* str or None */
    Value in, out;          /* MemoryBIOs, or no value */
    Value pending_exc;      /* raised by a callback while the library runs; under the lock */
} ImSslObject;
typedef struct ImMemoryBio { ImObject head; BIO *bio; ImOwnLock lock; bool x_eof; } ImMemoryBio;
typedef struct ImSslSession { ImObject head; SSL_SESSION *session; Value context; } ImSslSession;
typedef struct ImCertificate { ImObject head; X509 *cert; } ImCertificate;

extern ImType im_ssl_context_type, im_ssl_object_type, im_memory_bio_type, im_ssl_session_type, im_certificate_type;
extern const ImTypeSpec im_ssl_context_spec, im_ssl_object_spec, im_memory_bio_spec, im_ssl_session_spec, im_certificate_spec;
#define CTX(v) ((ImSslContext *)im_ptr(v))
#define SSLO(v) ((ImSslObject *)im_ptr(v))

typedef enum { IM_SSLE_ERROR, IM_SSLE_CERT, IM_SSLE_ZERO, IM_SSLE_READ, IM_SSLE_WRITE, IM_SSLE_SYSCALL, IM_SSLE_EOF, IM_SSLE_COUNT } ImSslErrorKind;
extern Value im_ssl_errors[IM_SSLE_COUNT];
/* Exception of a kind with errno `code` and a text, or what the library says of errcode (text null). Always no value. */
Value im_ssl_raise(Thread *t, ImSslObject *s, ImSslErrorKind kind, int code, const char *text, unsigned long errcode, int line);
/* From the library's queue of errors. Always no value. */
Value im_ssl_raise_last(Thread *t, int line);
/* Methods of contexts in ssl_psk.c. */
Value im_ssl_set_psk_client(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value im_ssl_set_psk_server(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
#define IM_SSL_FAIL(t) im_ssl_raise_last((t), __LINE__)

IM_MUST_USE Value im_ssl_object_new(Thread *t, Value ctx, Value sock, bool server, Value hostname, Value owner, Value session, Value in, Value out);
IM_MUST_USE Value im_cert_dict(Thread *t, X509 *cert);
IM_MUST_USE Value im_cert_der(Thread *t, X509 *cert);
IM_MUST_USE Value im_certificate_new(Thread *t, X509 *cert); /* takes a reference of its own */
IM_MUST_USE Value im_cipher_tuple(Thread *t, const SSL_CIPHER *c);
IM_MUST_USE Value im_cipher_dict(Thread *t, const SSL_CIPHER *c);
/* The SSLSocket or SSLObject that belongs to an SSL, or the object itself: owned. No value, without exception: it is gone. */
Value im_ssl_owner(Thread *t, ImSslObject *s);
void im_ssl_hold(ImSslObject *s, Thread *t); /* keeps the exception that a callback raised for the caller of the library */


BIO *im_ssl_socket_bio(int fd);
int im_ssl_socket_bio_init(void);

#endif
