/* SHA-3 and SHAKE (FIPS 202): Keccak on 25 lanes of 64 bits. A block is the sponge's rate.
 * SPDX-License-Identifier: MIT */
#include "modules/hashes.h"

static const uint64_t rounds[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
static uint64_t rol64(uint64_t x, unsigned n) { return x << n | x >> (64 - n); }
static void permute(uint64_t a[25])
{
    /* Lanes move along one cycle, turned by triangular numbers. */
    static const uint8_t turns[24] = {1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44};
    static const uint8_t lanes[24] = {10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1};
    for (int r = 0; r < 24; r++) {
        uint64_t c[5], x;
#pragma GCC unroll 5
        for (int i = 0; i < 5; i++) c[i] = a[i] ^ a[i + 5] ^ a[i + 10] ^ a[i + 15] ^ a[i + 20];
#pragma GCC unroll 5
        for (int i = 0; i < 5; i++) {
            uint64_t d = c[(i + 4) % 5] ^ rol64(c[(i + 1) % 5], 1);
            a[i] ^= d, a[i + 5] ^= d, a[i + 10] ^= d, a[i + 15] ^= d, a[i + 20] ^= d;
        }
        x = a[1];
#pragma GCC unroll 24
        for (int i = 0; i < 24; i++) {
            uint64_t next = a[lanes[i]];
            a[lanes[i]] = rol64(x, turns[i]);
            x = next;
        }
#pragma GCC unroll 5
        for (int y = 0; y < 25; y += 5) {
            uint64_t l0 = a[y], l1 = a[y + 1], l2 = a[y + 2], l3 = a[y + 3], l4 = a[y + 4];
            a[y] = l0 ^ (~l1 & l2);
            a[y + 1] = l1 ^ (~l2 & l3);
            a[y + 2] = l2 ^ (~l3 & l4);
            a[y + 3] = l3 ^ (~l4 & l0);
            a[y + 4] = l4 ^ (~l0 & l1);
        }
        a[0] ^= rounds[r];
    }
}
static void absorb(ImHash *h, const uint8_t *p, size_t n)
{
    for (; n--; p += h->algo->block_size) {
        for (unsigned i = 0; i < h->algo->block_size / 8u; i++) {
            uint64_t x;
            memcpy(&x, p + 8 * i, 8);
            h->s.q[i] ^= x;
        }
        permute(h->s.q);
    }
}
static void squeeze(ImHash *h, uint8_t suffix, uint8_t *out, size_t n)
{
    size_t rate = h->algo->block_size;
    memset(h->buf + h->fill, 0, rate - h->fill);
    h->buf[h->fill] ^= suffix;
    h->buf[rate - 1] ^= 0x80;
    absorb(h, h->buf, 1);
    for (;;) {
        size_t k = n < rate ? n : rate;
        memcpy(out, h->s.q, k);
        out += k;
        n -= k;
        if (!n) return;
        permute(h->s.q);
    }
}
static void finish_sha3(ImHash *h, uint8_t *out, size_t n) { squeeze(h, 0x06, out, n); }
static void finish_shake(ImHash *h, uint8_t *out, size_t n) { squeeze(h, 0x1f, out, n); }
const ImHashAlgo im_hash_sha3_224 = {"sha3_224", 28, 144, NULL, absorb, finish_sha3}, im_hash_sha3_256 = {"sha3_256", 32, 136, NULL, absorb, finish_sha3},
    im_hash_sha3_384 = {"sha3_384", 48, 104, NULL, absorb, finish_sha3}, im_hash_sha3_512 = {"sha3_512", 64, 72, NULL, absorb, finish_sha3},
    im_hash_shake_128 = {"shake_128", 0, 168, NULL, absorb, finish_shake}, im_hash_shake_256 = {"shake_256", 0, 136, NULL, absorb, finish_shake};
