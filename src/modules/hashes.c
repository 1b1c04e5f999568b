/* Modules _md5, _sha1, _sha2, _sha3: hash objects around the functions of hash_md.c and hash_sha3.c.
 * SPDX-License-Identifier: MIT */
#include "modules/hashes.h"

#include "modules/syscall.h"

typedef struct HashObject { ImObject head; ImMutex mutex; ImHash h; /* under mutex */ } HashObject;
IM_INLINE HashObject *hash(Value v) { return (HashObject *)im_ptr(v); }

int im_hash_buffer(Thread *t, Value v, ImBuffer *b)
{
    if (im_is_str(v)) return im_raise_type(t, "Strings must be encoded before hashing"), -1;
    if (!im_buffer_check(v)) return im_raise_type(t, "object supporting the buffer API required"), -1;
    if (im_buffer_get(t, v, b, IM_BUF_SIMPLE) < 0) return -1;
    if (b->ndim <= 1) return 0;
    im_buffer_release(t, b);
    return im_raise(t, &im_BufferError_type, "Buffer must be single dimension"), -1;
}
int im_hash_input(Thread *t, Value data, Value string, Value *out)
{
    bool old = im_given(string);
    if (old && !im_no_value(data))
        return im_raise_type(t, "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version."), -1;
    *out = old ? string : data;
    return 0;
}
Value im_hash_hex(Thread *t, const uint8_t *p, size_t n)
{
    Value s = im_str_new(t, (ssize_t)(2 * n), 127);
    char *d = im_no_value(s) || !n ? NULL : im_str_data(s);
    for (size_t i = 0; d && i < n; i++) {
        d[2 * i] = "0123456789abcdef"[p[i] >> 4];
        d[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
    }
    return s;
}

static int feed(Thread *t, HashObject *o, Value data)
{
    ImBuffer b;
    if (im_hash_buffer(t, data, &b) < 0) return -1;
    im_mutex_acquire(t, &o->mutex);
    if (b.len > IM_HASH_DETACH) {
        IM_DETACH(t);
        im_hash_update(&o->h, b.buf, (size_t)b.len);
        IM_ATTACH(t);
    } else {
        im_hash_update(&o->h, b.buf, (size_t)b.len);
    }
    im_mutex_unlock(&o->mutex);
    im_buffer_release(t, &b);
    return 0;
}
static Value make(Thread *t, ImType *type, const ImHashAlgo *algo, Value data)
{
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    im_hash_start(&hash(v)->h, algo);
    if (!im_no_value(data) && feed(t, hash(v), data) < 0) IM_CLEAR(t, v);
    return v;
}
static ImHash snapshot(Thread *t, Value self)
{
    HashObject *o = hash(self);
    im_mutex_acquire(t, &o->mutex);
    ImHash h = o->h;
    im_mutex_unlock(&o->mutex);
    return h;
}
static Value result(Thread *t, Value self, size_t n, bool hex)
{
    ImHash h = snapshot(t, self);
    uint8_t small[64], *out = n <= sizeof small ? small : im_raw_alloc(t, n);
    if (!out) return IM_NO_VALUE;
    if (n) h.algo->finish(&h, out, n);
    Value r = hex ? im_hash_hex(t, out, n) : im_bytes_new(t, out, (ssize_t)n);
    if (out != small) im_raw_free(out);
    return r;
}
IM_METHOD(hash_update) { return feed(t, hash(self), args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
IM_METHOD(hash_digest) { return result(t, self, hash(self)->h.algo->digest_size, false); }
IM_METHOD(hash_hexdigest) { return result(t, self, hash(self)->h.algo->digest_size, true); }
IM_METHOD(hash_copy)
{
    Value v = im_instance_new(t, im_type_of(self));
    if (!im_no_value(v)) hash(v)->h = snapshot(t, self);
    return v;
}
static int length_arg(Thread *t, Value v, size_t *n)
{
    ssize_t len;
    if (im_as_ssize(t, v, &im_OverflowError_type, &len) < 0) return -1;
    if (len < 0) return im_raise_valueerror(t, "value must be positive"), -1;
    if (len >= 1 << 29) return im_raise_valueerror(t, "length is too large"), -1;
    *n = (size_t)len;
    return 0;
}
IM_METHOD(shake_digest) { size_t n; return length_arg(t, args[0], &n) < 0 ? IM_NO_VALUE : result(t, self, n, false); }
IM_METHOD(shake_hexdigest) { size_t n; return length_arg(t, args[0], &n) < 0 ? IM_NO_VALUE : result(t, self, n, true); }

static Value get_name(Thread *t, Value self, void *c) { (void)c; return im_str_from_cstr(t, hash(self)->h.algo->name); }
static Value get_block(Thread *t, Value self, void *c) { (void)t; (void)c; return im_int(hash(self)->h.algo->block_size); }
static Value get_digest(Thread *t, Value self, void *c) { (void)t; (void)c; return im_int(hash(self)->h.algo->digest_size); }
static Value get_rate(Thread *t, Value self, void *c) { (void)t; (void)c; return im_int(8 * hash(self)->h.algo->block_size); }
static Value get_capacity(Thread *t, Value self, void *c) { (void)t; (void)c; return im_int(1600 - 8 * hash(self)->h.algo->block_size); }
static Value get_suffix(Thread *t, Value self, void *c) { (void)c; return im_bytes_new(t, hash(self)->h.algo->digest_size ? "\x06" : "\x1f", 1); }

#define COMMON \
    IM_FIXED("copy", hash_copy, 0, "($self, /)", "Return a copy of the hash object."), IM_FIXED("update", hash_update, 1, "($self, obj, /)", "Update this hash object's state with the provided string.")
#define DIGESTS \
    IM_FIXED("digest", hash_digest, 0, "($self, /)", "Return the digest value as a bytes object."), \
    IM_FIXED("hexdigest", hash_hexdigest, 0, "($self, /)", "Return the digest value as a string of hexadecimal digits.")
static const ImMethodDef methods[] = {COMMON, DIGESTS, IM_END};
static const ImMethodDef shake_methods[] = {COMMON, IM_PARSED("digest", shake_digest, "($self, /, length)", "Return the digest value as a bytes object."),
    IM_PARSED("hexdigest", shake_hexdigest, "($self, /, length)", "Return the digest value as a string of hexadecimal digits."), IM_END};
static const ImGetSetDef getset[] = {{"name", get_name, NULL, NULL, NULL}, {"block_size", get_block, NULL, NULL, NULL}, {"digest_size", get_digest, NULL, NULL, NULL}, IM_END};
static const ImGetSetDef sponge_getset[] = {{"name", get_name, NULL, NULL, NULL}, {"block_size", get_block, NULL, NULL, NULL}, {"digest_size", get_digest, NULL, NULL, NULL},
    {"_rate_bits", get_rate, NULL, NULL, NULL}, {"_capacity_bits", get_capacity, NULL, NULL, NULL}, {"_suffix", get_suffix, NULL, NULL, NULL}, IM_END};

/* --- MD5, SHA-1, SHA-2: made by functions ---------------------------------------------------------------------------------------------------- */

#define FUNCTION_HASH(algo, type_name) \
    static const ImTypeSpec algo##_spec = {.name = type_name, .size = sizeof(HashObject), .flags = IM_TF_NO_NEW | IM_TF_IMMUTABLE, .methods = methods, .getset = getset}; \
    IM_TYPE(hash_##algo##_object, &algo##_spec); \
    IM_METHOD(new_##algo) { \
        Value data; \
        return im_hash_input(t, args[0], args[2], &data) < 0 ? IM_NO_VALUE : make(t, &im_hash_##algo##_object_type, &im_hash_##algo, data); \
    }
#define MAKER(algo, text) IM_PARSED(#algo, new_##algo, "($module, /, data=b'', *, usedforsecurity=True, string=None)", text)
FUNCTION_HASH(md5, "_md5.md5")
FUNCTION_HASH(sha1, "_sha1.sha1")
FUNCTION_HASH(sha224, "_sha2.SHA224Type")
FUNCTION_HASH(sha256, "_sha2.SHA256Type")
FUNCTION_HASH(sha384, "_sha2.SHA384Type")
FUNCTION_HASH(sha512, "_sha2.SHA512Type")

static const ImMethodDef md5_functions[] = {MAKER(md5, "Return a new MD5 hash object; optionally initialized with a string."), IM_END};
static int md5_exec(Thread *t, Value m) { return im_module_add(t, m, "MD5Type", im_type_value(&im_hash_md5_object_type)); }
static const ImModuleDef md5_def = {.name = "_md5", .methods = md5_functions, .exec = md5_exec};
IM_MODULE(md5_def);

static const ImMethodDef sha1_functions[] = {MAKER(sha1, "Return a new SHA1 hash object; optionally initialized with a string."), IM_END};
static int sha1_exec(Thread *t, Value m) { return im_module_add(t, m, "SHA1Type", im_type_value(&im_hash_sha1_object_type)); }
static const ImModuleDef sha1_def = {.name = "_sha1", .methods = sha1_functions, .exec = sha1_exec};
IM_MODULE(sha1_def);

static const ImMethodDef sha2_functions[] = {
    MAKER(sha224, "Return a new SHA-224 hash object; optionally initialized with a string."), MAKER(sha256, "Return a new SHA-256 hash object; optionally initialized with a string."),
    MAKER(sha384, "Return a new SHA-384 hash object; optionally initialized with a string."), MAKER(sha512, "Return a new SHA-512 hash object; optionally initialized with a string."), IM_END};
static ImType *const sha2_types[] = {&im_hash_sha224_object_type, &im_hash_sha256_object_type, &im_hash_sha384_object_type, &im_hash_sha512_object_type, NULL};
static const ImModuleDef sha2_def = {.name = "_sha2", .methods = sha2_functions, .types = sha2_types};
IM_MODULE(sha2_def);

/* --- SHA-3: made by their types ------------------------------------------------------------------------------------------------------------------ */

static Value make_sha3(Thread *t, ImType *type, const ImHashAlgo *algo, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, algo->name, "(data=b'', *, usedforsecurity=True, string=None)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value data, v = im_hash_input(t, a.v[0], a.v[2], &data) < 0 ? IM_NO_VALUE : make(t, type, algo, data);
    im_args_fini(t, &a);
    return v;
}
#define TYPE_HASH(algo, mt) \
    static Value algo##_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames) { return make_sha3(t, type, &im_hash_##algo, args, nargs, kwnames); } \
    static const ImSlots algo##_slots = {.new_ = algo##_new}; \
    static const ImTypeSpec algo##_spec = {.name = "_sha3." #algo, .size = sizeof(HashObject), .flags = IM_TF_IMMUTABLE, .slots = &algo##_slots, .methods = mt, .getset = sponge_getset, \
        .doc = #algo "([data], *, usedforsecurity=True) -> hash object", .text_signature = "(data=b'', *, usedforsecurity=True, string=None)"}; \
    IM_TYPE(hash_##algo##_object, &algo##_spec);
TYPE_HASH(sha3_224, methods)
TYPE_HASH(sha3_256, methods)
TYPE_HASH(sha3_384, methods)
TYPE_HASH(sha3_512, methods)
TYPE_HASH(shake_128, shake_methods)
TYPE_HASH(shake_256, shake_methods)
static ImType *const sha3_types[] = {&im_hash_sha3_224_object_type, &im_hash_sha3_256_object_type, &im_hash_sha3_384_object_type, &im_hash_sha3_512_object_type,
    &im_hash_shake_128_object_type, &im_hash_shake_256_object_type, NULL};
static int sha3_exec(Thread *t, Value m) { return im_module_add_str(t, m, "implementation", "imugi"); }
static const ImModuleDef sha3_def = {.name = "_sha3", .exec = sha3_exec, .types = sha3_types};
IM_MODULE(sha3_def);
