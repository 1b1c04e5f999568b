/* _hashlib: hash functions, HMAC and key derivation of OpenSSL, which is loaded when the module is imported.
 *
 * An object's context is used under its mutex; work on more than a few bytes is done detached.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/objects.h>

#include "modules/hashes.h"
#include "modules/lazylib.h"
#include "modules/syscall.h"

#define FUNCTIONS(X) \
    X(EVP_MD_fetch) X(EVP_MD_up_ref) X(EVP_MD_free) X(EVP_MD_get_type) X(EVP_MD_get_size) X(EVP_MD_get_block_size) X(EVP_MD_get_flags) X(EVP_MD_do_all_provided) X(EVP_MD_CTX_new) X(EVP_MD_CTX_free) \
    X(EVP_MD_CTX_copy_ex) X(EVP_MD_CTX_get0_md) X(EVP_DigestInit_ex) X(EVP_DigestUpdate) X(EVP_DigestFinal_ex) X(EVP_DigestFinalXOF) X(HMAC_CTX_new) X(HMAC_CTX_free) X(HMAC_CTX_copy) \
    X(HMAC_Init_ex) X(HMAC_Update) X(HMAC_Final) X(HMAC_CTX_get_md) X(HMAC_size) X(HMAC) X(PKCS5_PBKDF2_HMAC) X(EVP_PBE_scrypt) X(ERR_peek_last_error) X(ERR_clear_error) \
    X(ERR_lib_error_string) X(ERR_reason_error_string) X(OBJ_nid2ln) X(EVP_default_properties_is_fips_enabled)
IM_LAZYLIB(crypto, "libcrypto.so.3", FUNCTIONS);

enum { DETACH_FROM = IM_HASH_DETACH + 1 };
static ImType hash_type, xof_type, hmac_type;
static Value x_unsupported, x_constructors;

/* --- names ---------------------------------------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *openssl; int nid; } names[] = {
    {"md5", "MD5", NID_md5}, {"sha1", "SHA1", NID_sha1}, {"sha224", "SHA224", NID_sha224}, {"sha256", "SHA256", NID_sha256}, {"sha384", "SHA384", NID_sha384},
    {"sha512", "SHA512", NID_sha512}, {"sha512_224", "SHA512-224", NID_sha512_224}, {"sha512_256", "SHA512-256", NID_sha512_256}, {"sha3_224", "SHA3-224", NID_sha3_224},
    {"sha3_256", "SHA3-256", NID_sha3_256}, {"sha3_384", "SHA3-384", NID_sha3_384}, {"sha3_512", "SHA3-512", NID_sha3_512}, {"shake_128", "SHAKE128", NID_shake128},
    {"shake_256", "SHAKE256", NID_shake256}, {"blake2s", "BLAKE2s256", NID_blake2s256}, {"blake2b", "BLAKE2b512", NID_blake2b512},
};
static EVP_MD *x_fetched[IM_COUNTOF(names)][2]; /* what was fetched once: finding it takes longer than a short hash */
static const char *name_of(const EVP_MD *md)
{
    int nid = EVP_MD_get_type(md);
    for (size_t i = 0; i < IM_COUNTOF(names); i++)
        if (names[i].nid == nid) return names[i].name;
    return OBJ_nid2ln(nid);
}
static Value raise_openssl(Thread *t, ImType *exc)
{
    unsigned long e = ERR_peek_last_error();
    if (!e) return im_raise(t, exc, "no reason supplied");
    ERR_clear_error();
    const char *lib = ERR_lib_error_string(e), *reason = ERR_reason_error_string(e);
    if (ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE) return im_raise_memory(t);
    if (lib && reason) return im_raise(t, exc, "[%s] %s", lib, reason);
    return im_raise(t, exc, "%s", reason ? reason : "no reason supplied");
}
/* An algorithm by Python's or OpenSSL's name; freed with EVP_MD_free. */
static EVP_MD *find(Thread *t, const char *name, bool security)
{
    EVP_MD **slot = NULL, *md;
    for (size_t i = 0; i < IM_COUNTOF(names); i++)
        if (!strcmp(names[i].name, name)) {
            name = names[i].openssl;
            slot = &x_fetched[i][security];
            if ((md = im_load_acquire(slot)) && EVP_MD_up_ref(md)) return md;
            break;
        }
    md = EVP_MD_fetch(NULL, name, security ? NULL : "-fips");
    if (md && slot && EVP_MD_up_ref(md)) { /* one reference is the table's */
        EVP_MD *none = NULL;
        if (!im_cas_acq_rel(slot, &none, md)) EVP_MD_free(md);
    }
    if (!md) raise_openssl(t, im_as_type(x_unsupported));
    return md;
}
/* digestmod: a name, or one of our constructors. */
static EVP_MD *find_digestmod(Thread *t, Value mod)
{
    Value name = IM_NO_VALUE;
    EVP_MD *md = NULL;
    if (im_is_str(mod)) name = im_new_ref(mod);
    else if (im_is_exact(mod, &im_builtin_function_or_method_type) && im_dict_get(t, x_constructors, mod, &name) < 0) return NULL;
    if (im_no_value(name)) return im_raise(t, im_as_type(x_unsupported), "Unsupported digestmod %S", mod), NULL;
    const char *s = im_str_utf8(t, name, NULL);
    if (s) md = find(t, s, true);
    im_drop(t, name);
    return md;
}

/* --- HASH and HASHXOF ----------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Hash {
    ImObject head;
    ImMutex mutex;
    EVP_MD_CTX *ctx;
} Hash;
#define HASH(v) ((Hash *)im_ptr(v))
#define MD(v) EVP_MD_CTX_get0_md(HASH(v)->ctx)

static Value hash_alloc(Thread *t, ImType *type)
{
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    if ((HASH(v)->ctx = EVP_MD_CTX_new())) return v;
    im_drop(t, v);
    return im_raise_memory(t);
}
static void hash_destroy(Thread *t, ImObject *o) { (void)t; EVP_MD_CTX_free(((Hash *)o)->ctx); }
static int feed(EVP_MD_CTX *c, const ImBuffer *b) { return EVP_DigestUpdate(c, b->buf, (size_t)b->len); }
static int hash_add(Thread *t, Hash *h, Value data)
{
    ImBuffer b;
    int ok;
    if (im_hash_buffer(t, data, &b) < 0) return -1;
    im_mutex_acquire(t, &h->mutex);
    if (b.len >= DETACH_FROM) {
        IM_DETACH(t);
        ok = feed(h->ctx, &b);
        IM_ATTACH(t);
    } else {
        ok = feed(h->ctx, &b);
    }
    im_mutex_unlock(&h->mutex);
    im_buffer_release(t, &b);
    return ok ? 0 : (raise_openssl(t, &im_ValueError_type), -1);
}
static Value make(Thread *t, const char *name, Value data, Value string, Value security)
{
    Value given;
    int sec = im_no_value(security) ? 1 : im_truth(t, security);
    if (sec < 0 || im_hash_input(t, data, string, &given) < 0) return IM_NO_VALUE;
    ImBuffer b;
    if (!im_no_value(given)) { /* its errors come first */
        if (im_hash_buffer(t, given, &b) < 0) return IM_NO_VALUE;
        im_buffer_release(t, &b);
    }
    EVP_MD *md = find(t, name, sec);
    if (!md) return IM_NO_VALUE;
    Value v = hash_alloc(t, EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF ? &xof_type : &hash_type);
    if (!im_no_value(v) && !EVP_DigestInit_ex(HASH(v)->ctx, md, NULL)) {
        raise_openssl(t, &im_ValueError_type);
        IM_CLEAR(t, v);
    }
    EVP_MD_free(md);
    if (!im_no_value(v) && !im_no_value(given) && hash_add(t, HASH(v), given) < 0) IM_CLEAR(t, v);
    return v;
}
static EVP_MD_CTX *copy_context(Thread *t, Hash *h)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    if (!c) return im_raise_memory(t), NULL;
    im_mutex_acquire(t, &h->mutex);
    int ok = EVP_MD_CTX_copy_ex(c, h->ctx);
    im_mutex_unlock(&h->mutex);
    if (ok) return c;
    EVP_MD_CTX_free(c);
    raise_openssl(t, &im_ValueError_type);
    return NULL;
}
static Value hash_result(Thread *t, Value self, bool xof, size_t n, bool hex)
{
    uint8_t small[EVP_MAX_MD_SIZE], *out = n <= sizeof small ? small : im_raw_alloc(t, n);
    EVP_MD_CTX *c = out ? copy_context(t, HASH(self)) : NULL;
    Value v = IM_NO_VALUE;
    unsigned got;
    if (c) {
        int ok = xof ? n == 0 || EVP_DigestFinalXOF(c, out, n) : EVP_DigestFinal_ex(c, out, &got);
        if (!xof) n = got;
        if (!ok) raise_openssl(t, &im_ValueError_type);
        else v = hex ? im_hash_hex(t, out, n) : im_bytes_new(t, out, (ssize_t)n);
        EVP_MD_CTX_free(c);
    }
    if (out != small) im_raw_free(out);
    return v;
}
IM_METHOD(hash_update) { return hash_add(t, HASH(self), args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
IM_METHOD(hash_digest) { return hash_result(t, self, false, 0, false); }
IM_METHOD(hash_hexdigest) { return hash_result(t, self, false, 0, true); }
IM_METHOD(hash_copy)
{
    EVP_MD_CTX *c = copy_context(t, HASH(self));
    if (!c) return IM_NO_VALUE;
    Value v = im_instance_new(t, im_type_of(self));
    if (im_no_value(v)) EVP_MD_CTX_free(c);
    else HASH(v)->ctx = c;
    return v;
}
static Value xof_result(Thread *t, Value self, Value length, bool hex)
{
    ssize_t n;
    if (im_ssize_arg(t, length, &n) < 0) return IM_NO_VALUE;
    if (n < 0) return im_raise_system(t, "Negative size passed to PyBytes_FromStringAndSize");
    return hash_result(t, self, true, (size_t)n, hex);
}
IM_METHOD(xof_digest) { return xof_result(t, self, args[0], false); }
IM_METHOD(xof_hexdigest) { return xof_result(t, self, args[0], true); }
static Value get_block(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(EVP_MD_get_block_size(MD(self))); }
static Value get_size(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(EVP_MD_get_size(MD(self))); }
static Value get_zero(Thread *t, Value self, void *c) { (void)t, (void)self, (void)c; return im_int(0); }
static Value get_name(Thread *t, Value self, void *c) { (void)c; return im_str_from_cstr(t, name_of(MD(self))); }
static Value hash_repr(Thread *t, Value self) { return im_str_format(t, "<%s %T object @ %p>", name_of(MD(self)), self, (void *)im_ptr(self)); }

#define DOC(length) \
    "A hash is an object used to calculate a checksum of a string of information.\n\nMethods:\n\nupdate() -- updates the current digest with an additional string\n" \
    "digest(" length ") -- return the current digest value\nhexdigest(" length ") -- return the current digest as a string of hexadecimal digits\n" \
    "copy() -- return a copy of the current hash object\n\nAttributes:\n\nname -- the hash algorithm being used by this object\ndigest_size -- number of bytes in this hashes output"
static const ImMethodDef hash_methods[] = {
    IM_FIXED("update", hash_update, 1, "($self, obj, /)", "Update this hash object's state with the provided string."), IM_FIXED("digest", hash_digest, 0, "($self, /)", "Return the digest value as a bytes object."),
    IM_FIXED("hexdigest", hash_hexdigest, 0, "($self, /)", "Return the digest value as a string of hexadecimal digits."), IM_FIXED("copy", hash_copy, 0, "($self, /)", "Return a copy of the hash object."),
    IM_END,
};
static const ImGetSetDef hash_getset[] = {{"digest_size", get_size, NULL, NULL, NULL}, {"block_size", get_block, NULL, NULL, NULL}, {"name", get_name, NULL, "algorithm name.", NULL}, IM_END};
static const ImSlots hash_slots = {.repr = hash_repr};
static const ImTypeSpec hash_spec = {
    .name = "_hashlib.HASH", .text_signature = "(name, string=b'')", .doc = DOC(""), .size = sizeof(Hash), .flags = IM_TF_NO_NEW | IM_TF_BASETYPE, .slots = &hash_slots, .methods = hash_methods, .getset = hash_getset,
    .destroy = hash_destroy,
};
static const ImMethodDef xof_methods[] = {
    IM_PARSED("digest", xof_digest, "($self, /, length)", "Return the digest value as a bytes object."),
    IM_PARSED("hexdigest", xof_hexdigest, "($self, /, length)", "Return the digest value as a string of hexadecimal digits."), IM_END,
};
static const ImGetSetDef xof_getset[] = {{"digest_size", get_zero, NULL, NULL, NULL}, IM_END};
static const ImTypeSpec xof_spec = {
    .name = "_hashlib.HASHXOF", .text_signature = "(name, string=b'')", .doc = DOC("length"), .size = sizeof(Hash), .flags = IM_TF_NO_NEW, .base = &hash_type, .methods = xof_methods, .getset = xof_getset, .destroy = hash_destroy,
};

/* --- HMAC --------------------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Hmac {
    ImObject head;
    ImMutex mutex;
    HMAC_CTX *ctx;
} Hmac;
#define HMAC_OF(v) ((Hmac *)im_ptr(v))

static void hmac_destroy(Thread *t, ImObject *o) { (void)t; HMAC_CTX_free(((Hmac *)o)->ctx); }
static int hmac_add(Thread *t, Hmac *h, Value data)
{
    ImBuffer b;
    int ok;
    if (im_hash_buffer(t, data, &b) < 0) return -1;
    im_mutex_acquire(t, &h->mutex);
    if (b.len >= DETACH_FROM) {
        IM_DETACH(t);
        ok = HMAC_Update(h->ctx, b.buf, (size_t)b.len);
        IM_ATTACH(t);
    } else {
        ok = HMAC_Update(h->ctx, b.buf, (size_t)b.len);
    }
    im_mutex_unlock(&h->mutex);
    im_buffer_release(t, &b);
    return ok ? 0 : (raise_openssl(t, &im_ValueError_type), -1);
}
static Value hmac_take(Thread *t, HMAC_CTX *c)
{
    if (!c) return im_raise_memory(t);
    Value v = im_instance_new(t, &hmac_type);
    if (im_no_value(v)) HMAC_CTX_free(c);
    else HMAC_OF(v)->ctx = c;
    return v;
}
IM_METHOD(m_hmac_new)
{
    ImBuffer key;
    if (im_buffer_get(t, args[0], &key, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value v = IM_NO_VALUE;
    EVP_MD *md = NULL;
    if (key.len > INT_MAX) im_raise_overflow(t, "key is too long.");
    else if (!im_given(args[2])) im_raise_type(t, "Missing required parameter 'digestmod'.");
    else if ((md = find_digestmod(t, args[2])) && !im_no_value(v = hmac_take(t, HMAC_CTX_new())) && !HMAC_Init_ex(HMAC_OF(v)->ctx, key.buf, (int)key.len, md, NULL)) {
        raise_openssl(t, &im_ValueError_type);
        IM_CLEAR(t, v);
    }
    EVP_MD_free(md);
    im_buffer_release(t, &key);
    if (!im_no_value(v) && im_given(args[1]) && hmac_add(t, HMAC_OF(v), args[1]) < 0) IM_CLEAR(t, v);
    return v;
}
static HMAC_CTX *hmac_copy_context(Thread *t, Hmac *h)
{
    HMAC_CTX *c = HMAC_CTX_new();
    if (!c) return im_raise_memory(t), NULL;
    im_mutex_acquire(t, &h->mutex);
    int ok = HMAC_CTX_copy(c, h->ctx);
    im_mutex_unlock(&h->mutex);
    if (ok) return c;
    HMAC_CTX_free(c);
    raise_openssl(t, &im_ValueError_type);
    return NULL;
}
static Value hmac_result(Thread *t, Value self, bool hex)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n = sizeof out;
    HMAC_CTX *c = hmac_copy_context(t, HMAC_OF(self));
    if (!c) return IM_NO_VALUE;
    int ok = HMAC_Final(c, out, &n);
    HMAC_CTX_free(c);
    if (!ok) return raise_openssl(t, &im_ValueError_type);
    return hex ? im_hash_hex(t, out, n) : im_bytes_new(t, out, n);
}
IM_METHOD(hmac_update) { return hmac_add(t, HMAC_OF(self), args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
IM_METHOD(hmac_digest_) { return hmac_result(t, self, false); }
IM_METHOD(hmac_hexdigest) { return hmac_result(t, self, true); }
IM_METHOD(hmac_copy)
{
    HMAC_CTX *c = hmac_copy_context(t, HMAC_OF(self));
    return c ? hmac_take(t, c) : IM_NO_VALUE;
}
static Value hmac_block(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int(EVP_MD_get_block_size(HMAC_CTX_get_md(HMAC_OF(self)->ctx))); }
static Value hmac_size(Thread *t, Value self, void *c) { (void)t, (void)c; return im_int((int64_t)HMAC_size(HMAC_OF(self)->ctx)); }
static Value hmac_name(Thread *t, Value self, void *c) { (void)c; return im_str_format(t, "hmac-%s", name_of(HMAC_CTX_get_md(HMAC_OF(self)->ctx))); }
static Value hmac_repr(Thread *t, Value self) { return im_str_format(t, "<%s HMAC object @ %p>", name_of(HMAC_CTX_get_md(HMAC_OF(self)->ctx)), (void *)im_ptr(self)); }
static const ImMethodDef hmac_methods[] = {
    IM_PARSED("update", hmac_update, "($self, /, msg)", "Update the HMAC object with msg."), IM_FIXED("digest", hmac_digest_, 0, "($self, /)", "Return the digest of the bytes passed to the update() method so far."),
    IM_FIXED("hexdigest", hmac_hexdigest, 0, "($self, /)", "Return hexadecimal digest of the bytes passed to the update() method so far.\n\nThis may be used to exchange the value safely in email or other non-binary\nenvironments."),
    IM_FIXED("copy", hmac_copy, 0, "($self, /)", "Return a copy (\"clone\") of the HMAC object."), IM_END,
};
static const ImGetSetDef hmac_getset[] = {{"digest_size", hmac_size, NULL, NULL, NULL}, {"block_size", hmac_block, NULL, NULL, NULL}, {"name", hmac_name, NULL, NULL, NULL}, IM_END};
static const ImSlots hmac_slots = {.repr = hmac_repr};
static const ImTypeSpec hmac_spec = {
    .name = "_hashlib.HMAC",
    .doc = "The object used to calculate HMAC of a message.\n\nMethods:\n\nupdate() -- updates the current digest with an additional string\ndigest() -- return the current digest value\n"
           "hexdigest() -- return the current digest as a string of hexadecimal digits\ncopy() -- return a copy of the current hash object\n\nAttributes:\n\n"
           "name -- the name, including the hash algorithm used by this object\ndigest_size -- number of bytes in digest() output\n",
    .size = sizeof(Hmac), .flags = IM_TF_NO_NEW, .slots = &hmac_slots, .methods = hmac_methods, .getset = hmac_getset, .destroy = hmac_destroy,
};
IM_METHOD(m_hmac_digest)
{
    ImBuffer key, msg;
    if (im_buffer_get(t, args[0], &key, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    if (im_buffer_get(t, args[1], &msg, IM_BUF_SIMPLE) < 0) {
        im_buffer_release(t, &key);
        return IM_NO_VALUE;
    }
    Value v = IM_NO_VALUE;
    EVP_MD *md = NULL;
    if (key.len > INT_MAX) im_raise_overflow(t, "key is too long.");
    else if (msg.len > INT_MAX) im_raise_overflow(t, "msg is too long.");
    else if ((md = find_digestmod(t, args[2]))) {
        uint8_t out[EVP_MAX_MD_SIZE];
        unsigned n = 0;
        void *r;
        IM_DETACH(t);
        r = HMAC(md, key.buf, (int)key.len, msg.buf, (size_t)msg.len, out, &n);
        IM_ATTACH(t);
        v = r ? im_bytes_new(t, out, n) : raise_openssl(t, &im_ValueError_type);
    }
    EVP_MD_free(md);
    im_buffer_release(t, &msg);
    im_buffer_release(t, &key);
    return v;
}

/* --- key derivation ------------------------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(m_pbkdf2)
{
    ImBuffer password = {0}, salt = {0};
    int64_t iterations, len = 0;
    const char *name = im_is_str(args[0]) ? im_str_utf8(t, args[0], NULL) : NULL;
    Value v = IM_NO_VALUE;
    if (!name) return im_pending(t) ? v : im_raise_type(t, "pbkdf2_hmac() argument 'hash_name' must be str, not %T", args[0]);
    if (im_buffer_get(t, args[1], &password, IM_BUF_SIMPLE) < 0 || im_buffer_get(t, args[2], &salt, IM_BUF_SIMPLE) < 0 || im_as_int64(t, args[3], &iterations) < 0) goto done;
    EVP_MD *md = find(t, name, true);
    if (!md) goto done;
    if (im_given(args[4])) { if (im_as_int64(t, args[4], &len) < 0) { EVP_MD_free(md); goto done; } }
    else len = EVP_MD_get_size(md);
    if (password.len > INT_MAX) im_raise_overflow(t, "password is too long.");
    else if (salt.len > INT_MAX) im_raise_overflow(t, "salt is too long.");
    else if (iterations < 1) im_raise_valueerror(t, "iteration value must be greater than 0.");
    else if (iterations > INT_MAX) im_raise_overflow(t, "iteration value is too great.");
    else if (len < 1) im_raise_valueerror(t, "key length must be greater than 0.");
    else if (len > INT_MAX) im_raise_overflow(t, "key length is too great.");
    else if (!im_no_value(v = im_bytes_new(t, NULL, len))) {
        int ok;
        IM_DETACH(t);
        ok = PKCS5_PBKDF2_HMAC(password.buf, (int)password.len, salt.buf, (int)salt.len, (int)iterations, md, (int)len, (uint8_t *)im_bytes_data(v));
        IM_ATTACH(t);
        if (!ok) {
            raise_openssl(t, &im_ValueError_type);
            IM_CLEAR(t, v);
        }
    }
    EVP_MD_free(md);
done:
    im_buffer_release(t, &password);
    im_buffer_release(t, &salt);
    return v;
}
static int scrypt_number(Thread *t, Value v, const char *name, uint64_t *out)
{
    if (im_given(v) && im_is_int_like(v) && im_int_get_u64(v, out)) return 0;
    return im_raise_type(t, "%s is required and must be an unsigned int", name), -1;
}
enum { S_PASSWORD, S_SALT, S_N, S_R, S_P, S_MAXMEM, S_DKLEN };
IM_METHOD(m_scrypt)
{
    ImBuffer password = {0}, salt = {0};
    uint64_t n, r, p;
    int64_t max = 0, len = 64;
    Value v = IM_NO_VALUE;
    if (im_buffer_get(t, args[S_PASSWORD], &password, IM_BUF_SIMPLE) < 0) return v;
    if (password.len > INT_MAX) { im_raise_overflow(t, "password is too long."); goto done; }
    if (!im_given(args[S_SALT])) { im_raise_type(t, "salt is required"); goto done; }
    if (im_buffer_get(t, args[S_SALT], &salt, IM_BUF_SIMPLE) < 0) goto done;
    if (salt.len > INT_MAX) { im_raise_overflow(t, "salt is too long."); goto done; }
    if (scrypt_number(t, args[S_N], "n", &n) < 0) goto done;
    if (n < 2 || n & (n - 1)) { im_raise_valueerror(t, "n must be a power of 2."); goto done; }
    if (scrypt_number(t, args[S_R], "r", &r) < 0 || scrypt_number(t, args[S_P], "p", &p) < 0) goto done;
    if ((!im_no_value(args[S_MAXMEM]) && im_as_int64(t, args[S_MAXMEM], &max) < 0) || (!im_no_value(args[S_DKLEN]) && im_as_int64(t, args[S_DKLEN], &len) < 0)) goto done;
    if (max < 0 || max > INT_MAX) { im_raise_valueerror(t, "maxmem must be positive and smaller than %d", INT_MAX); goto done; }
    if (len < 1 || len > INT_MAX) { im_raise_valueerror(t, "dklen must be greater than 0 and smaller than %d", INT_MAX); goto done; }
    if (!EVP_PBE_scrypt(NULL, 0, NULL, 0, n, r, p, (uint64_t)max, NULL, 0)) { raise_openssl(t, &im_ValueError_type); goto done; }
    if (im_no_value(v = im_bytes_new(t, NULL, len))) goto done;
    int ok;
    IM_DETACH(t);
    ok = EVP_PBE_scrypt(password.buf, (size_t)password.len, salt.buf, (size_t)salt.len, n, r, p, (uint64_t)max, (uint8_t *)im_bytes_data(v), (size_t)len);
    IM_ATTACH(t);
    if (!ok) {
            raise_openssl(t, &im_ValueError_type);
            IM_CLEAR(t, v);
        }
done:
    im_buffer_release(t, &password);
    im_buffer_release(t, &salt);
    return v;
}

/* --- the module -------------------------------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(m_new)
{
    if (!im_is_str(args[0])) return im_raise_type(t, "new() argument 'name' must be str, not %T", args[0]);
    const char *name = im_str_utf8(t, args[0], NULL);
    return name ? make(t, name, args[1], args[3], args[2]) : IM_NO_VALUE;
}
#define OPENSSL_NAMES(X) X(md5) X(sha1) X(sha224) X(sha256) X(sha384) X(sha512) X(sha3_224) X(sha3_256) X(sha3_384) X(sha3_512) X(shake_128) X(shake_256)
#define X(n) IM_METHOD(m_##n) { return make(t, #n, args[0], args[2], args[1]); }
OPENSSL_NAMES(X)
#undef X
IM_METHOD(m_fips) { return im_int(EVP_default_properties_is_fips_enabled(NULL)); }

static const ImMethodDef functions[] = {
    IM_PARSED("new", m_new, "($module, /, name, data=b'', *, usedforsecurity=True, string=None)", "Return a new hash object using the named algorithm.\n\nAn optional string argument may be provided and will be\nautomatically hashed.\n\nThe MD5 and SHA1 algorithms are always supported."),
#define X(n) IM_PARSED("openssl_" #n, m_##n, "($module, /, data=b'', *, usedforsecurity=True, string=None)", "Returns a " #n " hash object; optionally initialized with a string"),
    OPENSSL_NAMES(X)
#undef X
    IM_PARSED("hmac_new", m_hmac_new, "($module, /, key, msg=b'', digestmod=None)", "Return a new hmac object."),
    IM_PARSED("hmac_digest", m_hmac_digest, "($module, /, key, msg, digest)", "Single-shot HMAC."),
    IM_PARSED("pbkdf2_hmac", m_pbkdf2, "($module, /, hash_name, password, salt, iterations,\n            dklen=None)", "Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function."),
    IM_PARSED("scrypt", m_scrypt, "($module, /, password, *, salt=None, n=None, r=None, p=None,\n       maxmem=0, dklen=64)", "scrypt password-based key derivation function."),
    IM_FIXED("get_fips_mode", m_fips, 0, "($module, /)", "Determine the OpenSSL FIPS mode of operation.\n\nFor OpenSSL 3.0.0 and newer it returns the state of the default provider\nin the default OSSL context. It's not quite the same as FIPS_mode() but good\nenough for unittests.\n\nEffectively any non-zero return value indicates FIPS mode;\nvalues other than 1 may have additional significance."),
    IM_END,
};
typedef struct Names { Thread *t; Value set; bool failed; } Names;
static void add_name(EVP_MD *md, void *arg)
{
    Names *n = arg;
    if (n->failed || EVP_MD_get_type(md) == NID_undef) return;
    Value s = im_str_from_cstr(n->t, name_of(md));
    n->failed = im_no_value(s) || im_dict_set(n->t, n->set, s, IM_TRUE) < 0;
    im_xdrop(n->t, s);
}
static int add_names(Thread *t, Value m)
{
    Names n = {t, im_dict_new(t), false};
    if (im_no_value(n.set)) return -1;
    EVP_MD_do_all_provided(NULL, add_name, &n);
    Value make_set = n.failed ? IM_NO_VALUE : im_builtin_get(t, "frozenset"), set = im_no_value(make_set) ? IM_NO_VALUE : im_call1(t, make_set, n.set);
    im_xdrop(t, make_set);
    im_drop(t, n.set);
    return im_module_add(t, m, "openssl_md_meth_names", set);
}
static int add_constructors(Thread *t, Value m)
{
    static const char *const list[] = {
#define X(n) #n,
        OPENSSL_NAMES(X)
#undef X
    };
    if (im_no_value(x_constructors)) {
        if (im_no_value(x_constructors = im_dict_new(t))) return -1;
        im_root_add(&x_constructors);
    }
    for (size_t i = 0; i < IM_COUNTOF(list); i++) {
        Value attr = im_str_format(t, "openssl_%s", list[i]), fn = im_no_value(attr) ? attr : im_getattr(t, m, attr), name = im_no_value(fn) ? fn : im_str_from_cstr(t, list[i]);
        int r = im_no_value(name) ? -1 : im_dict_set(t, x_constructors, fn, name);
        im_xdrop(t, attr);
        im_xdrop(t, fn);
        im_xdrop(t, name);
        if (r < 0) return -1;
    }
    return im_module_add(t, m, "_constructors", im_mappingproxy_new(t, x_constructors));
}
static int exec(Thread *t, Value m)
{
    if (im_lazylib_load(t, &im_lazylib_crypto) < 0) return -1;
    if (im_no_value(x_unsupported)) {
        if (im_no_value(x_unsupported = im_new_exception(t, "_hashlib.UnsupportedDigestmodError", &im_ValueError_type))) return -1;
        im_root_add(&x_unsupported);
    }
    if (im_module_ready_type(t, m, &hash_type, &hash_spec) < 0 || im_module_ready_type(t, m, &xof_type, &xof_spec) < 0 || im_module_ready_type(t, m, &hmac_type, &hmac_spec) < 0) return -1;
    if (im_module_add(t, m, "UnsupportedDigestmodError", im_new_ref(x_unsupported)) < 0 || im_module_add(t, m, "compare_digest", im_import_from(t, "_operator", "_compare_digest")) < 0) return -1;
    return add_names(t, m) < 0 ? -1 : add_constructors(t, m);
}
static const ImModuleDef def = {.name = "_hashlib", .doc = "OpenSSL interface for hashlib module", .methods = functions, .exec = exec};
IM_MODULE(def);
