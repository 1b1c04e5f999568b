/* TLS with keys that both sides have beforehand (PSK): the callbacks of _ssl's contexts.
 * SPDX-License-Identifier: MIT
 *
 * OpenSSL asks while it works on a connection, detached. What goes wrong in a callback is reported and ends the handshake. */
#include <string.h>

#include "modules/ssl.h"

/* The context's function for this connection, owned with the context, or no value. Attached. */
static Value function_of(Thread *t, SSL *ssl, bool client, Value *ctx)
{
    ImSslObject *s = SSL_get_ex_data(ssl, 0);
    *ctx = s ? im_slot_get(t, NULL, &s->x_context) : IM_NO_VALUE;
    return im_no_value(*ctx) ? IM_NO_VALUE : im_slot_get(t, NULL, client ? &CTX(*ctx)->x_psk_client : &CTX(*ctx)->x_psk_server);
}
/* A bytes-like key into its place: its length, 0 with an exception when there is none or it is too long. */
static unsigned put_key(Thread *t, Value key, unsigned char *psk, unsigned max)
{
    ImBuffer b;
    unsigned n = 0;
    if (im_buffer_get(t, key, &b, IM_BUF_SIMPLE) < 0) return 0;
    if ((size_t)b.len > max) im_raise_valueerror(t, "psk too long (%zd > %zu)", b.len, (size_t)max);
    else memcpy(psk, b.buf, n = (unsigned)b.len);
    im_buffer_release(t, &b);
    return n;
}
static unsigned finish(Thread *t, Value ctx, Value f, unsigned n)
{
    if (im_pending(t)) {
        im_write_unraisable(t, NULL, f);
        n = 0;
    }
    im_xdrop(t, f);
    im_xdrop(t, ctx);
    im_thread_detach(t);
    return n;
}

static unsigned on_client(SSL *ssl, const char *hint, char *identity, unsigned max_identity, unsigned char *psk, unsigned max_psk)
{
    Thread *t = im_thread_current();
    unsigned n = 0;
    Value ctx;
    im_thread_attach(t);
    Value f = function_of(t, ssl, true, &ctx);
    if (im_no_value(f)) return finish(t, ctx, f, 0);
    Value h = hint ? im_str_from_utf8(t, hint, (ssize_t)strlen(hint)) : IM_NONE, r = im_no_value(h) ? h : im_call1(t, f, h);
    if (!im_no_value(r)) {
        ssize_t len = 0;
        if (!im_is_tuple(r) || im_tuple_len(r) != 2) {
            if (im_is_tuple(r)) im_raise_type(t, "function takes exactly 2 arguments (%zd given)", im_tuple_len(r));
            else im_raise_type(t, "new style getargs format but argument is not a tuple");
        } else {
            Value name = im_tuple_get(r, 0);
            const char *s = im_is_none(name) ? "" : im_is_str(name) ? im_str_utf8(t, name, &len) : NULL;
            if (!im_is_none(name) && !im_is_str(name)) im_raise_type(t, "argument 1 must be str or None, not %T", name);
            else if (s && (size_t)len + 1 > max_identity) im_raise_valueerror(t, "identity too long (%zd > %zu)", len, (size_t)max_identity);
            else if (s) {
                memcpy(identity, s, (size_t)len);
                identity[len] = 0;
                n = put_key(t, im_tuple_get(r, 1), psk, max_psk);
            }
        }
    }
    im_xdrop(t, h);
    im_xdrop(t, r);
    return finish(t, ctx, f, n);
}
static unsigned on_server(SSL *ssl, const char *identity, unsigned char *psk, unsigned max_psk)
{
    Thread *t = im_thread_current();
    unsigned n = 0;
    Value ctx;
    im_thread_attach(t);
    Value f = function_of(t, ssl, false, &ctx);
    if (im_no_value(f)) return finish(t, ctx, f, 0);
    Value who = identity && *identity ? im_str_from_utf8(t, identity, (ssize_t)strlen(identity)) : IM_NONE, r = im_no_value(who) ? who : im_call1(t, f, who);
    if (!im_no_value(r)) n = put_key(t, r, psk, max_psk);
    im_xdrop(t, who);
    im_xdrop(t, r);
    return finish(t, ctx, f, n);
}

Value im_ssl_set_psk_client(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    ImSslContext *c = CTX(self);
    if (c->protocol == 17 /* PROTOCOL_TLS_SERVER */) return im_ssl_raise(t, NULL, IM_SSLE_ERROR, 0, "Cannot add PSK client callback to a PROTOCOL_TLS_SERVER context", 0, __LINE__);
    bool on = !im_is_none(args[0]);
    if (on && !im_callable(args[0])) return im_raise_type(t, "callback must be callable");
    im_slot_put(t, im_ptr(self), &c->x_psk_client, on ? im_new_ref(args[0]) : IM_NO_VALUE);
    im_own_lock(t, &c->lock);
    SSL_CTX_set_psk_client_callback(c->ctx, on ? on_client : NULL);
    im_own_unlock(&c->lock);
    return IM_NONE;
}
Value im_ssl_set_psk_server(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    ImSslContext *c = CTX(self);
    const char *hint = NULL;
    ssize_t len;
    if (im_given(args[1])) {
        if (!im_is_str(args[1])) return im_raise_type(t, "set_psk_server_callback() argument 'identity_hint' must be str or None, not %T", args[1]);
        if (!(hint = im_str_utf8(t, args[1], &len))) return IM_NO_VALUE;
        if (strlen(hint) != (size_t)len) return im_raise_valueerror(t, "embedded null character");
    }
    if (c->protocol == 16 /* PROTOCOL_TLS_CLIENT */) return im_ssl_raise(t, NULL, IM_SSLE_ERROR, 0, "Cannot add PSK server callback to a PROTOCOL_TLS_CLIENT context", 0, __LINE__);
    bool on = !im_is_none(args[0]);
    if (on && !im_callable(args[0])) return im_raise_type(t, "callback must be callable");
    im_own_lock(t, &c->lock);
    int ok = SSL_CTX_use_psk_identity_hint(c->ctx, on ? hint : NULL);
    if (ok) SSL_CTX_set_psk_server_callback(c->ctx, on ? on_server : NULL);
    im_own_unlock(&c->lock);
    if (!ok) return im_ssl_raise(t, NULL, IM_SSLE_ERROR, 0, "failed to set identity hint", 0, __LINE__);
    im_slot_put(t, im_ptr(self), &c->x_psk_server, on ? im_new_ref(args[0]) : IM_NO_VALUE);
    return IM_NONE;
}
