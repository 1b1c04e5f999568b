/* Module _blake2: BLAKE2b and BLAKE2s (RFC 7693), sequential, with key, salt, personalisation and the parameters of tree hashing.
 *
 * The last block is compressed with a flag of its own, so a full buffer waits until more input or the end comes.
 * SPDX-License-Identifier: MIT */
#include "modules/hashes.h"
#include "modules/syscall.h"

#include <stdio.h>

typedef struct Blake {
    ImObject head;
    ImMutex mutex;      /* guards all that follows */
    bool wide;          /* BLAKE2b */
    bool last_node;
    uint8_t digest_size;
    uint8_t buf[128];
    uint32_t fill;
    uint64_t total;     /* bytes compressed so far */
    uint64_t h[8];      /* BLAKE2s uses the low halves */
} Blake;
IM_TYPE_DECLARE(blake2b); IM_TYPE_DECLARE(blake2s);
IM_INLINE Blake *blake(Value v) { return (Blake *)im_ptr(v); }

static const uint64_t iv_wide[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
static const uint32_t iv_narrow[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
static const uint8_t order[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};
static const uint8_t lanes[8][4] = {{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15}, {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14}};

/* The compression function, once per word size: R1..R4 are the rotations, ROUNDS their number. */
#define COMPRESS(name, Word, BITS, IV, ROUNDS, R1, R2, R3, R4) \
    static Word name##_turn(Word x, int n) { return (Word)(x >> n | x << (BITS - n)); } \
    static void name(Blake *b, const uint8_t *p, bool last) \
    { \
        Word m[16], v[16]; \
        memcpy(m, p, sizeof m); \
        for (int i = 0; i < 8; i++) { v[i] = (Word)b->h[i]; v[i + 8] = IV[i]; } \
        v[12] ^= (Word)b->total; \
        v[13] ^= BITS == 32 ? (Word)(b->total >> 32) : 0; \
        if (last) { v[14] = (Word)~v[14]; if (b->last_node) v[15] = (Word)~v[15]; } \
        for (int r = 0; r < ROUNDS; r++) \
            _Pragma("GCC unroll 8") for (int k = 0; k < 8; k++) { \
                const uint8_t *l = lanes[k], *o = order[r % 10] + 2 * k; \
                Word *a = &v[l[0]], *bb = &v[l[1]], *c = &v[l[2]], *d = &v[l[3]]; \
                *a += *bb + m[o[0]]; *d = name##_turn(*d ^ *a, R1); *c += *d; *bb = name##_turn(*bb ^ *c, R2); \
                *a += *bb + m[o[1]]; *d = name##_turn(*d ^ *a, R3); *c += *d; *bb = name##_turn(*bb ^ *c, R4); \
            } \
        for (int i = 0; i < 8; i++) b->h[i] = (Word)b->h[i] ^ v[i] ^ v[i + 8]; \
    }
COMPRESS(compress_wide, uint64_t, 64, iv_wide, 12, 32, 24, 16, 63)
COMPRESS(compress_narrow, uint32_t, 32, iv_narrow, 10, 16, 12, 8, 7)

static size_t block_size(const Blake *b) { return b->wide ? 128 : 64; }
static void compress(Blake *b, const uint8_t *p, size_t n, bool last)
{
    b->total += n;
    if (b->wide) compress_wide(b, p, last);
    else compress_narrow(b, p, last);
}
static void update(Blake *b, const uint8_t *p, size_t n)
{
    size_t block = block_size(b);
    while (n) {
        if (b->fill == block) {
            compress(b, b->buf, block, false);
            b->fill = 0;
        }
        if (!b->fill)
            for (; n > block; p += block, n -= block) compress(b, p, block, false);
        size_t k = block - b->fill < n ? block - b->fill : n;
        memcpy(b->buf + b->fill, p, k);
        b->fill += (uint32_t)k;
        p += k;
        n -= k;
    }
}
static int feed(Thread *t, Blake *o, Value data)
{
    ImBuffer b;
    if (im_hash_buffer(t, data, &b) < 0) return -1;
    im_mutex_acquire(t, &o->mutex);
    if (b.len > IM_HASH_DETACH) {
        IM_DETACH(t);
        update(o, b.buf, (size_t)b.len);
        IM_ATTACH(t);
    } else {
        update(o, b.buf, (size_t)b.len);
    }
    im_mutex_unlock(&o->mutex);
    im_buffer_release(t, &b);
    return 0;
}

/* --- making -------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Params {
    uint8_t digest, key_len, fanout, depth, node_depth, inner;
    uint32_t leaf;
    uint64_t node_offset;
    const uint8_t *salt, *person;
    size_t salt_len, person_len;
} Params;
/* The parameter block of RFC 7693, section 2.5, is mixed into the start values. */
static void start(Blake *b, const Params *p)
{
    uint8_t block[64] = {p->digest, p->key_len, p->fanout, p->depth};
    size_t half = b->wide ? 16 : 8, word = b->wide ? 8 : 4, size = 8 * word;
    memcpy(block + 4, &p->leaf, 4);
    memcpy(block + 8, &p->node_offset, b->wide ? 8 : 6);
    block[b->wide ? 16 : 14] = p->node_depth;
    block[b->wide ? 17 : 15] = p->inner;
    if (p->salt_len) memcpy(block + size - 2 * half, p->salt, p->salt_len);
    if (p->person_len) memcpy(block + size - half, p->person, p->person_len);
    b->digest_size = p->digest;
    for (size_t i = 0; i < 8; i++) {
        uint64_t x = 0;
        memcpy(&x, block + i * word, word);
        b->h[i] = x ^ (b->wide ? iv_wide[i] : iv_narrow[i]);
    }
}
static int small_int(Thread *t, Value v, int64_t dflt, int64_t lo, int64_t hi, const char *message, int64_t *out)
{
    *out = dflt;
    if (im_no_value(v)) return 0;
    if (im_as_int64(t, v, out) < 0) return -1;
    return *out < lo || *out > hi ? (im_raise_valueerror(t, "%s", message), -1) : 0;
}
static int unsigned_arg(Thread *t, Value v, uint64_t max, const char *name, uint64_t *out)
{
    *out = 0;
    if (im_no_value(v)) return 0;
    Value i = im_index(t, v);
    if (im_no_value(i)) return -1;
    int sign = im_int_sign(i), fits = im_int_get_u64(i, out);
    im_drop(t, i);
    if (sign < 0) return im_raise_valueerror(t, "value must be positive"), -1;
    return !fits || *out > max ? (im_raise_overflow(t, "%s is too large", name), -1) : 0;
}
static int bytes_arg(Thread *t, Value v, size_t max, const char *what, ImBuffer *b)
{
    if (im_no_value(v)) return 0;
    if (im_buffer_get(t, v, b, IM_BUF_SIMPLE) < 0) return -1;
    return (size_t)b->len > max ? (im_raise_valueerror(t, "maximum %s length is %zd bytes", what, (ssize_t)max), -1) : 0;
}
static Value blake_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    enum { DATA, DIGEST, KEY, SALT, PERSON, FANOUT, DEPTH, LEAF, OFFSET, NODE_DEPTH, INNER, LAST, SECURITY, STRING };
    bool wide = type == &im_blake2b_type || im_type_is_subtype(type, &im_blake2b_type);
    ImArgs a;
    if (im_parse_args(t, wide ? "blake2b" : "blake2s", "(data=b'', *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0,"
                      " last_node=False, usedforsecurity=True, string=None)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    int64_t max = wide ? 64 : 32, half = wide ? 16 : 8, digest, fanout, depth, node_depth, inner;
    uint64_t leaf, offset;
    int last = 0;
    char text[64];
    ImBuffer key = {.obj = IM_NO_VALUE}, salt = {.obj = IM_NO_VALUE}, person = {.obj = IM_NO_VALUE};
    Value v = IM_NO_VALUE, data;
    if (im_hash_input(t, a.v[DATA], a.v[STRING], &data) < 0) goto done;
    snprintf(text, sizeof text, "digest_size must be between 1 and %d bytes", (int)max);
    if (small_int(t, a.v[DIGEST], max, 1, max, text, &digest) < 0 || bytes_arg(t, a.v[SALT], (size_t)half, "salt", &salt) < 0 ||
        bytes_arg(t, a.v[PERSON], (size_t)half, "person", &person) < 0 || small_int(t, a.v[FANOUT], 1, 0, 255, "fanout must be between 0 and 255", &fanout) < 0 ||
        small_int(t, a.v[DEPTH], 1, 1, 255, "depth must be between 1 and 255", &depth) < 0 || unsigned_arg(t, a.v[LEAF], UINT32_MAX, "leaf_size", &leaf) < 0 ||
        unsigned_arg(t, a.v[OFFSET], wide ? UINT64_MAX : ((uint64_t)1 << 48) - 1, "node_offset", &offset) < 0 ||
        small_int(t, a.v[NODE_DEPTH], 0, 0, 255, "node_depth must be between 0 and 255", &node_depth) < 0) goto done;
    snprintf(text, sizeof text, "inner_size must be between 0 and is %d", (int)max);
    if (small_int(t, a.v[INNER], 0, 0, max, text, &inner) < 0 || (!im_no_value(a.v[LAST]) && (last = im_truth(t, a.v[LAST])) < 0) ||
        bytes_arg(t, a.v[KEY], (size_t)max, "key", &key) < 0) goto done;
    v = im_instance_new(t, type);
    if (im_no_value(v)) goto done;
    Blake *b = blake(v);
    b->wide = wide;
    b->last_node = last;
    start(b, &(Params){.digest = (uint8_t)digest, .key_len = (uint8_t)key.len, .fanout = (uint8_t)fanout, .depth = (uint8_t)depth, .leaf = (uint32_t)leaf, .node_offset = offset,
        .node_depth = (uint8_t)node_depth, .inner = (uint8_t)inner, .salt = salt.buf, .salt_len = (size_t)salt.len, .person = person.buf, .person_len = (size_t)person.len});
    if (key.len) { /* a block of its own at the front */
        uint8_t first[128] = {0};
        memcpy(first, key.buf, (size_t)key.len);
        update(b, first, block_size(b));
    }
    if (!im_no_value(data) && feed(t, b, data) < 0) IM_CLEAR(t, v);
done:
    im_buffer_release(t, &key);
    im_buffer_release(t, &salt);
    im_buffer_release(t, &person);
    im_args_fini(t, &a);
    return v;
}

/* --- methods -------------------------------------------------------------------------------------------------------------------------------- */

static Value result(Thread *t, Value self, bool hex)
{
    Blake *o = blake(self);
    Blake b;
    im_mutex_acquire(t, &o->mutex);
    memcpy((char *)&b + sizeof b.head, (char *)o + sizeof o->head, sizeof b - sizeof b.head); /* the header is everybody's */
    im_mutex_unlock(&o->mutex);
    uint8_t out[64];
    memset(b.buf + b.fill, 0, sizeof b.buf - b.fill);
    compress(&b, b.buf, b.fill, true);
    size_t word = b.wide ? 8 : 4;
    for (size_t i = 0; i < 8; i++) memcpy(out + i * word, &b.h[i], word);
    return hex ? im_hash_hex(t, out, b.digest_size) : im_bytes_new(t, out, b.digest_size);
}
IM_METHOD(blake_digest) { return result(t, self, false); }
IM_METHOD(blake_hexdigest) { return result(t, self, true); }
IM_METHOD(blake_update) { return feed(t, blake(self), args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
IM_METHOD(blake_copy)
{
    Value v = im_instance_new(t, im_type_of(self));
    if (im_no_value(v)) return v;
    Blake *o = blake(self), *n = blake(v);
    im_mutex_acquire(t, &o->mutex);
    memcpy((char *)n + offsetof(Blake, wide), (char *)o + offsetof(Blake, wide), sizeof(Blake) - offsetof(Blake, wide));
    im_mutex_unlock(&o->mutex);
    return v;
}
static Value get_name(Thread *t, Value self, void *c) { (void)c; return im_str_from_cstr(t, blake(self)->wide ? "blake2b" : "blake2s"); }
static Value get_block(Thread *t, Value self, void *c) { (void)t; (void)c; return im_int((int64_t)block_size(blake(self))); }
static Value get_digest(Thread *t, Value self, void *c) { (void)t; (void)c; return im_int(blake(self)->digest_size); }

static const ImMethodDef methods[] = {
    IM_FIXED("copy", blake_copy, 0, "($self, /)", "Return a copy of the hash object."), IM_FIXED("update", blake_update, 1, "($self, data, /)", "Update this hash object's state with the provided bytes-like object."),
    IM_FIXED("digest", blake_digest, 0, "($self, /)", "Return the digest value as a bytes object."),
    IM_FIXED("hexdigest", blake_hexdigest, 0, "($self, /)", "Return the digest value as a string of hexadecimal digits."), IM_END};
static const ImGetSetDef getset[] = {{"name", get_name, NULL, NULL, NULL}, {"block_size", get_block, NULL, NULL, NULL}, {"digest_size", get_digest, NULL, NULL, NULL}, IM_END};
static const ImSlots slots = {.new_ = blake_new};
#define SIGNATURE(longest) "(data=b'', *, digest_size=" longest ", key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)"
#define BLAKE_TYPE(ident) \
    static const ImTypeSpec ident##_spec = {.name = "_blake2." #ident, .doc = "Return a new BLAKE2 hash object.", .size = sizeof(Blake), .flags = IM_TF_IMMUTABLE | IM_TF_BASETYPE, .slots = &slots, \
        .methods = methods, .getset = getset, .text_signature = SIGNATURE("_blake2." #ident ".MAX_DIGEST_SIZE")}; \
    IM_TYPE(ident, &ident##_spec)
BLAKE_TYPE(blake2b);
BLAKE_TYPE(blake2s);

static int add_sizes(Thread *t, Value m, ImType *type, const char *prefix, int64_t half, int64_t max)
{
    char name[40];
    const struct { const char *what; Value attr; int64_t n; } rows[] = {
        {"SALT_SIZE", IM_S(SALT_SIZE), half}, {"PERSON_SIZE", IM_S(PERSON_SIZE), half}, {"MAX_KEY_SIZE", IM_S(MAX_KEY_SIZE), max}, {"MAX_DIGEST_SIZE", IM_S(MAX_DIGEST_SIZE), max}};
    for (size_t i = 0; i < IM_COUNTOF(rows); i++) {
        snprintf(name, sizeof name, "%s_%s", prefix, rows[i].what);
        if (im_type_set(t, type, rows[i].attr, im_int(rows[i].n)) < 0 || im_module_add_int(t, m, name, rows[i].n) < 0) return -1;
    }
    return im_module_add_type(t, m, type);
}
static int exec(Thread *t, Value m)
{
    return add_sizes(t, m, &im_blake2b_type, "BLAKE2B", 16, 64) < 0 || add_sizes(t, m, &im_blake2s_type, "BLAKE2S", 8, 32) < 0 ? -1 : 0;
}
static const ImModuleDef def = {.name = "_blake2", .doc = "_blake2b provides BLAKE2b for hashlib", .exec = exec};
IM_MODULE(def);
