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
static uint64_t rol64(uint64_t x, unsigned n) { return n ? x << n | x >> (64 - n) : x; }
static void permute(uint64_t a[25])
{
    for (int r = 0; r < 24; r++) {
        uint64_t c[5], b[25];
        for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int x = 0; x < 5; x++) {
            uint64_t d = c[(x + 4) % 5] ^ rol64(c[(x + 1) % 5], 1);
            for (int y = 0; y < 25; y += 5) a[y + x] ^= d;
        }
        /* lanes move along one cycle, turned by triangular numbers */
        b[0] = a[0];
        for (unsigned i = 0, x = 1, y = 0; i < 24; i++) {
            unsigned to = (2 * x + 3 * y) % 5;
            b[y + 5 * to] = rol64(a[x + 5 * y], (i + 1) * (i + 2) / 2 % 64);
            x = y;
            y = to;
        }
        for (int y = 0; y < 25; y += 5)
            for (int x = 0; x < 5; x++) a[y + x] = b[y + x] ^ (~b[y + (x + 1) % 5] & b[y + (x + 2) % 5]);
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
