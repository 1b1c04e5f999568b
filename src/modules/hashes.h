/* Hash functions in plain C, for the modules _md5, _sha1, _sha2 and _sha3.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_HASHES_H
#define IM_MODULES_HASHES_H

#include "modules/module.h"

struct ImHash;
typedef struct ImHashAlgo {
    const char *name;
    uint16_t digest_size; /* bytes; 0: as many as asked for */
    uint16_t block_size;  /* at most 168 */
    void (*start)(struct ImHash *h);
    void (*blocks)(struct ImHash *h, const uint8_t *p, size_t n); /* n whole blocks */
    void (*finish)(struct ImHash *h, uint8_t *out, size_t n);     /* n bytes of result; h is used up */
} ImHashAlgo;
typedef struct ImHash {
    const ImHashAlgo *algo;
    uint64_t total;  /* bytes so far */
    uint32_t fill;   /* of them in buf */
    uint8_t buf[168];
    union { uint32_t w[8]; uint64_t q[25]; } s;
} ImHash;
extern const ImHashAlgo im_hash_md5, im_hash_sha1, im_hash_sha224, im_hash_sha256, im_hash_sha384, im_hash_sha512,
    im_hash_sha3_224, im_hash_sha3_256, im_hash_sha3_384, im_hash_sha3_512, im_hash_shake_128, im_hash_shake_256;

void im_hash_start(ImHash *h, const ImHashAlgo *algo);
void im_hash_update(ImHash *h, const void *p, size_t n);
/* What every hash object's update takes: a one-dimensional buffer, no str. */
IM_MUST_USE int im_hash_buffer(Thread *t, Value v, ImBuffer *b);
/* The input: `data`, or `string` by which it was called once; no value when neither was given. */
IM_MUST_USE int im_hash_input(Thread *t, Value data, Value string, Value *out);
IM_MUST_USE Value im_hash_hex(Thread *t, const uint8_t *p, size_t n);
enum { IM_HASH_DETACH = 2047 }; /* longer input is hashed while other threads run */

#endif
