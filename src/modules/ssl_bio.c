/* MemoryBIO of _ssl, and the BIO by which connections over sockets send and receive without waiting.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <unistd.h>

#include "modules/ssl.h"

ImType im_memory_bio_type;

/* --- sockets --------------------------------------------------------------------------------------------------------------------------------------------- */

static BIO_METHOD *method; /* made once, before the first connection */

static int fd_of(BIO *b) { return (int)(intptr_t)BIO_get_data(b) - 1; }
static bool again(void) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }
static int sock_write(BIO *b, const char *p, int n)
{
    ssize_t r = send(fd_of(b), p, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    BIO_clear_flags(b, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
    if (r <= 0 && again()) BIO_set_flags(b, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY);
    return (int)r;
}
static int sock_read(BIO *b, char *p, int n)
{
    ssize_t r = recv(fd_of(b), p, (size_t)n, MSG_DONTWAIT);
    BIO_clear_flags(b, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_IN_EOF);
    if (r < 0 && again()) BIO_set_flags(b, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
    if (r == 0) BIO_set_flags(b, BIO_FLAGS_IN_EOF);
    return (int)r;
}
static long sock_ctrl(BIO *b, int cmd, long num, void *ptr)
{
    (void)num, (void)ptr;
    switch (cmd) {
    case BIO_CTRL_EOF: return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
    case BIO_CTRL_FLUSH: case BIO_CTRL_DUP: return 1;
    case BIO_C_GET_FD: return fd_of(b);
    default: return 0;
    }
}
int im_ssl_socket_bio_init(void)
{
    if (method) return 0;
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "socket");
    if (!m) return -1;
    BIO_meth_set_write(m, sock_write);
    BIO_meth_set_read(m, sock_read);
    BIO_meth_set_ctrl(m, sock_ctrl);
    method = m;
    return 0;
}
BIO *im_ssl_socket_bio(int fd)
{
    BIO *b = BIO_new(method);
    if (!b) return NULL;
    BIO_set_data(b, (void *)(intptr_t)(fd + 1));
    BIO_set_init(b, 1);
    return b;
}

/* --- MemoryBIO --------------------------------------------------------------------------------------------------------------------------------------------- */

#define M(v) ((ImMemoryBio *)im_ptr(v))
static Value bio_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args;
    if (im_no_kwargs(t, "MemoryBIO", kwnames) < 0 || im_check_nargs(t, "MemoryBIO", nargs, 0, 0) < 0) return IM_NO_VALUE;
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    BIO *b = BIO_new(BIO_s_mem());
    if (!b) {
        im_drop(t, v);
        return im_ssl_raise(t, NULL, IM_SSLE_ERROR, 0, "failed to allocate BIO", 0, __LINE__);
    }
    BIO_set_mem_eof_return(b, -1); /* empty: try again */
    BIO_set_flags(b, BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_READ);
    M(v)->bio = b;
    return v;
}
static size_t pending(ImMemoryBio *m) { return BIO_ctrl_pending(m->bio); }
static Value get_pending(Thread *t, Value self, void *c)
{
    (void)c;
    im_own_lock(t, &M(self)->lock);
    size_t n = pending(M(self));
    im_own_unlock(&M(self)->lock);
    return im_int((int64_t)n);
}
static Value get_eof(Thread *t, Value self, void *c)
{
    (void)c;
    im_own_lock(t, &M(self)->lock);
    bool eof = pending(M(self)) == 0 && M(self)->x_eof;
    im_own_unlock(&M(self)->lock);
    return im_bool(eof);
}
IM_METHOD(bio_read)
{
    int n = -1;
    if (nargs && im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    ImMemoryBio *m = M(self);
    im_own_lock(t, &m->lock);
    size_t have = pending(m), want = n < 0 || (size_t)n > have ? have : (size_t)n;
    if (want > INT_MAX) want = INT_MAX;
    Value r = im_bytes_new(t, NULL, (ssize_t)want);
    if (!im_no_value(r) && want && BIO_read(m->bio, (char *)(uintptr_t)im_bytes_data(r), (int)want) != (int)want) IM_CLEAR(t, r);
    im_own_unlock(&m->lock);
    return im_no_value(r) && !im_pending(t) ? IM_SSL_FAIL(t) : r;
}
IM_METHOD(bio_write)
{
    ImBuffer b;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    ImMemoryBio *m = M(self);
    Value r = IM_NO_VALUE;
    im_own_lock(t, &m->lock);
    if (b.len > INT_MAX) im_raise_overflow(t, "string longer than %d bytes", INT_MAX);
    else if (m->x_eof) im_ssl_raise(t, NULL, IM_SSLE_ERROR, 0, "cannot write() after write_eof()", 0, __LINE__);
    else {
        int n = b.len ? BIO_write(m->bio, b.buf, (int)b.len) : 0;
        r = n < 0 ? IM_SSL_FAIL(t) : im_int(n);
    }
    im_own_unlock(&m->lock);
    im_buffer_release(t, &b);
    return r;
}
IM_METHOD(bio_write_eof)
{
    ImMemoryBio *m = M(self);
    im_own_lock(t, &m->lock);
    m->x_eof = true;
    BIO_clear_flags(m->bio, BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_READ);
    BIO_set_mem_eof_return(m->bio, 0);
    im_own_unlock(&m->lock);
    return IM_NONE;
}
static void bio_destroy(Thread *t, ImObject *o)
{
    (void)t;
    if (((ImMemoryBio *)o)->bio) BIO_free_all(((ImMemoryBio *)o)->bio);
}
static const ImMethodDef bio_methods[] = {IM_RANGE("read", bio_read, 0, 1, "($self, size=-1, /)", "Read up to size bytes, by default all."),
    IM_FIXED("write", bio_write, 1, "($self, b, /)", "Append bytes."), IM_FIXED("write_eof", bio_write_eof, 0, "($self, /)", "Nothing more will be written."), IM_END};
static const ImGetSetDef bio_getset[] = {{"pending", get_pending, NULL, "How many bytes wait.", NULL}, {"eof", get_eof, NULL, "Whether the end has been reached.", NULL}, {0}};
static const ImSlots bio_slots = {.new_ = bio_new};
const ImTypeSpec im_memory_bio_spec = {.name = "_ssl.MemoryBIO", .doc = "Bytes between a connection and its carrier.", .text_signature = NULL, .size = sizeof(ImMemoryBio), .flags = IM_TF_BASETYPE,
    .slots = &bio_slots, .methods = bio_methods, .getset = bio_getset, .destroy = bio_destroy};
