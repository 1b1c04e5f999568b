/* MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4): one frame of padding and length around four compression functions.
 * SPDX-License-Identifier: MIT */
#include "modules/hashes.h"

void im_hash_start(ImHash *h, const ImHashAlgo *algo)
{
    memset(h, 0, sizeof *h);
    h->algo = algo;
    if (algo->start) algo->start(h);
}
void im_hash_update(ImHash *h, const void *data, size_t n)
{
    const uint8_t *p = data;
    size_t block = h->algo->block_size;
    h->total += n;
    if (h->fill) {
        size_t k = block - h->fill < n ? block - h->fill : n;
        memcpy(h->buf + h->fill, p, k);
        h->fill += (uint32_t)k;
        p += k;
        n -= k;
        if (h->fill < block) return;
        h->algo->blocks(h, h->buf, 1);
        h->fill = 0;
    }
    if (n >= block) h->algo->blocks(h, p, n / block);
    p += n / block * block;
    h->fill = (uint32_t)(n % block);
    if (h->fill) memcpy(h->buf, p, h->fill);
}

static uint32_t rol(uint32_t x, int n) { return x << n | x >> (32 - n); }
static uint32_t ror(uint32_t x, int n) { return x >> n | x << (32 - n); }
static uint64_t ror64(uint64_t x, int n) { return x >> n | x << (64 - n); }
static uint32_t get32(const uint8_t *p, bool big)
{
    uint32_t x;
    memcpy(&x, p, 4);
    return big ? __builtin_bswap32(x) : x;
}
static uint64_t get64(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
    return __builtin_bswap64(x);
}

/* Padding: 0x80, zeros, the length in bits at the end of a block. */
static void pad(ImHash *h, bool big)
{
    size_t block = h->algo->block_size, len = block / 8;
    uint64_t bits = h->total << 3, high = h->total >> 61;
    h->buf[h->fill++] = 0x80;
    if (h->fill > block - len) {
        memset(h->buf + h->fill, 0, block - h->fill);
        h->algo->blocks(h, h->buf, 1);
        h->fill = 0;
    }
    memset(h->buf + h->fill, 0, block - h->fill);
    if (big) bits = __builtin_bswap64(bits);
    memcpy(h->buf + block - 8, &bits, 8);
    if (len == 16) memcpy(h->buf + block - 16, &(uint64_t){__builtin_bswap64(high)}, 8);
    h->algo->blocks(h, h->buf, 1);
}
static void finish_words(ImHash *h, uint8_t *out, size_t n, bool big)
{
    pad(h, big);
    for (size_t i = 0; i < n; i += 4) memcpy(out + i, &(uint32_t){big ? __builtin_bswap32(h->s.w[i / 4]) : h->s.w[i / 4]}, 4);
}
static void finish_big(ImHash *h, uint8_t *out, size_t n) { finish_words(h, out, n, true); }
static void finish_little(ImHash *h, uint8_t *out, size_t n) { finish_words(h, out, n, false); }
static void finish_wide(ImHash *h, uint8_t *out, size_t n)
{
    pad(h, true);
    for (size_t i = 0; i < n; i += 8) memcpy(out + i, &(uint64_t){__builtin_bswap64(h->s.q[i / 8])}, 8);
}

/* --- MD5 ------------------------------------------------------------------------------------------------------------------------------- */

static const uint32_t md5_k[64] = { /* |sin(i + 1)| */
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
static const uint8_t md5_turn[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
static void start_five(ImHash *h) { memcpy(h->s.w, (uint32_t[]){0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}, 20); }
static void md5_blocks(ImHash *h, const uint8_t *p, size_t n)
{
    for (; n--; p += 64) {
        uint32_t a = h->s.w[0], b = h->s.w[1], c = h->s.w[2], d = h->s.w[3];
        for (unsigned i = 0; i < 64; i++) {
            uint32_t f;
            unsigned g;
            switch (i >> 4) {
            case 0: f = (b & c) | (~b & d); g = i; break;
            case 1: f = (d & b) | (~d & c); g = (5 * i + 1) & 15; break;
            case 2: f = b ^ c ^ d; g = (3 * i + 5) & 15; break;
            default: f = c ^ (b | ~d); g = (7 * i) & 15; break;
            }
            f += a + md5_k[i] + get32(p + 4 * g, false);
            a = d;
            d = c;
            c = b;
            b += rol(f, md5_turn[i >> 4][i & 3]);
        }
        h->s.w[0] += a;
        h->s.w[1] += b;
        h->s.w[2] += c;
        h->s.w[3] += d;
    }
}
const ImHashAlgo im_hash_md5 = {"md5", 16, 64, start_five, md5_blocks, finish_little};

/* --- SHA-1 ------------------------------------------------------------------------------------------------------------------------------ */

static void sha1_blocks(ImHash *h, const uint8_t *p, size_t n)
{
    for (; n--; p += 64) {
        uint32_t w[80], a = h->s.w[0], b = h->s.w[1], c = h->s.w[2], d = h->s.w[3], e = h->s.w[4];
        for (int i = 0; i < 16; i++) w[i] = get32(p + 4 * i, true);
        for (int i = 16; i < 80; i++) w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? ((b & c) | (~b & d)) + 0x5a827999 : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1 : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc : (b ^ c ^ d) + 0xca62c1d6;
            f += rol(a, 5) + e + w[i];
            e = d;
            d = c;
            c = rol(b, 30);
            b = a;
            a = f;
        }
        h->s.w[0] += a;
        h->s.w[1] += b;
        h->s.w[2] += c;
        h->s.w[3] += d;
        h->s.w[4] += e;
    }
}
const ImHashAlgo im_hash_sha1 = {"sha1", 20, 64, start_five, sha1_blocks, finish_big};

/* --- SHA-2: constants are the fractions of cube and square roots of the first primes --------------------------------------------------------- */

static const uint32_t k256[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint64_t k512[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817};
static void start224(ImHash *h)
{
    static const uint32_t iv[8] = {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4};
    memcpy(h->s.w, iv, sizeof iv);
}
static void start256(ImHash *h)
{
    static const uint32_t iv[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(h->s.w, iv, sizeof iv);
}
static void start384(ImHash *h)
{
    static const uint64_t iv[8] = {
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4};
    memcpy(h->s.q, iv, sizeof iv);
}
static void start512(ImHash *h)
{
    static const uint64_t iv[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
    memcpy(h->s.q, iv, sizeof iv);
}
static void sha256_blocks(ImHash *h, const uint8_t *p, size_t n)
{
    for (; n--; p += 64) {
        uint32_t w[64], s[8];
        for (int i = 0; i < 16; i++) w[i] = get32(p + 4 * i, true);
        for (int i = 16; i < 64; i++) {
            uint32_t x = w[i - 15], y = w[i - 2];
            w[i] = w[i - 16] + w[i - 7] + (ror(x, 7) ^ ror(x, 18) ^ x >> 3) + (ror(y, 17) ^ ror(y, 19) ^ y >> 10);
        }
        memcpy(s, h->s.w, sizeof s);
        for (int i = 0; i < 64; i++) {
            uint32_t a = s[0], e = s[4];
            uint32_t x = s[7] + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + k256[i] + w[i];
            uint32_t y = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
            s[7] = s[6]; s[6] = s[5]; s[5] = e; s[4] = s[3] + x;
            s[3] = s[2]; s[2] = s[1]; s[1] = a; s[0] = x + y;
        }
        for (int i = 0; i < 8; i++) h->s.w[i] += s[i];
    }
}
static void sha512_blocks(ImHash *h, const uint8_t *p, size_t n)
{
    for (; n--; p += 128) {
        uint64_t w[80], s[8];
        for (int i = 0; i < 16; i++) w[i] = get64(p + 8 * i);
        for (int i = 16; i < 80; i++) {
            uint64_t x = w[i - 15], y = w[i - 2];
            w[i] = w[i - 16] + w[i - 7] + (ror64(x, 1) ^ ror64(x, 8) ^ x >> 7) + (ror64(y, 19) ^ ror64(y, 61) ^ y >> 6);
        }
        memcpy(s, h->s.q, sizeof s);
        for (int i = 0; i < 80; i++) {
            uint64_t a = s[0], e = s[4];
            uint64_t x = s[7] + (ror64(e, 14) ^ ror64(e, 18) ^ ror64(e, 41)) + ((e & s[5]) ^ (~e & s[6])) + k512[i] + w[i];
            uint64_t y = (ror64(a, 28) ^ ror64(a, 34) ^ ror64(a, 39)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
            s[7] = s[6]; s[6] = s[5]; s[5] = e; s[4] = s[3] + x;
            s[3] = s[2]; s[2] = s[1]; s[1] = a; s[0] = x + y;
        }
        for (int i = 0; i < 8; i++) h->s.q[i] += s[i];
    }
}
const ImHashAlgo im_hash_sha224 = {"sha224", 28, 64, start224, sha256_blocks, finish_big}, im_hash_sha256 = {"sha256", 32, 64, start256, sha256_blocks, finish_big},
    im_hash_sha384 = {"sha384", 48, 128, start384, sha512_blocks, finish_wide}, im_hash_sha512 = {"sha512", 64, 128, start512, sha512_blocks, finish_wide};
