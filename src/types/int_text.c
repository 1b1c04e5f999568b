/* int to text and back, in any base, and to and from bytes. GMP's conversions are subquadratic; sys.set_int_max_str_digits() limits those whose base is not
 * a power of two.
 * SPDX-License-Identifier: MIT */
#include "types/int_impl.h"

#include "types/bytes.h"
#include "types/number_text.h"
#include "types/str.h"

int64_t im_int_max_str_digits = 4300;

/* Numbers with fewer digits are never refused, whatever the limit. */
enum { LIMIT_THRESHOLD = 640, DETACH_DIGITS = 20000, AT_ONCE_LIMBS = 1 << 14 /* written digit by digit without detaching */ };

static const char digit_chars[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* --- int to str -------------------------------------------------------------------------------------------------------------- */

#define TENS(d) {d, '0'}, {d, '1'}, {d, '2'}, {d, '3'}, {d, '4'}, {d, '5'}, {d, '6'}, {d, '7'}, {d, '8'}, {d, '9'}
static const char two_digits[100][2] = {TENS('0'), TENS('1'), TENS('2'), TENS('3'), TENS('4'), TENS('5'), TENS('6'), TENS('7'), TENS('8'), TENS('9')};

char *im_int64_digits(char *end, int64_t n)
{
    uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;
    for (; u >= 100; u /= 100) memcpy(end -= 2, two_digits[u % 100], 2);
    if (u >= 10) memcpy(end -= 2, two_digits[u], 2);
    else *--end = (char)('0' + u);
    if (n < 0) *--end = '-';
    return end;
}
static Value word_to_str(Thread *t, int64_t n, int base, bool prefix)
{
    char buf[72], *end = buf + sizeof(buf), *p = end;
    uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;
    if (base == 10) {
        p = im_int64_digits(end, n);
        return im_str_from_ascii(t, p, end - p);
    }
    if (base == 16) {
        do { *--p = digit_chars[u & 15]; u >>= 4; } while (u);
    } else {
        const int shift = base == 8 ? 3 : 1; /* and 2 */
        do { *--p = digit_chars[u & ((1u << shift) - 1)]; u >>= shift; } while (u);
    }
    if (prefix) {
        *--p = base == 2 ? 'b' : base == 8 ? 'o' : 'x';
        *--p = '0';
    }
    if (n < 0) *--p = '-';
    return im_str_from_ascii(t, p, end - p);
}

static Value limit_error(Thread *t)
{
    return im_raise_valueerror(t, "Exceeds the limit (%lld digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit",
                               (long long)im_int_max_str_digits);
}

typedef struct Digits { uint8_t *digits; mp_limb_t *limbs; const mp_limb_t *from; size_t n, result; int base; } Digits;
static void to_digits(void *arg)
{
    Digits *c = arg;
    memcpy(c->limbs, c->from, c->n * sizeof(mp_limb_t));
    c->result = mpn_get_str(c->digits, c->base, c->limbs, (mp_size_t)c->n);
}
static void from_digits(void *arg)
{
    Digits *c = arg;
    c->result = (size_t)mpn_set_str(c->limbs, c->digits, c->n, c->base);
}

/* The eight digits of a byte, the highest first in memory. The product has eight copies of the byte, each nine bits further up, so that bit 7 - k comes to
 * stand at the top of byte k; no two copies touch. */
static uint64_t eight_bits(uint8_t byte)
{
    const uint64_t ones = 0x0101010101010101u;
    return ((byte * 0x8040201008040201u >> 7) & ones) + ones * '0';
}
static Value bits_to_str(Thread *t, const ImIntView *w, bool prefix)
{
    const mp_limb_t top = w->p[w->n - 1];
    const int top_bits = 64 - __builtin_clzll(top);
    Value v = im_str_new(t, (ssize_t)(w->n - 1) * 64 + top_bits + (w->neg ? 1 : 0) + (prefix ? 2 : 0), 127);
    if (im_no_value(v)) return v;
    char *out = im_str_data(v);
    if (w->neg) *out++ = '-';
    if (prefix) { *out++ = '0'; *out++ = 'b'; }
    for (int k = top_bits; k-- > 0;) *out++ = (char)('0' + (top >> k & 1));
    for (size_t i = w->n - 1; i-- > 0;)
        for (int k = 56; k >= 0; k -= 8, out += 8) {
            const uint64_t digits = eight_bits((uint8_t)(w->p[i] >> k));
            memcpy(out, &digits, 8);
        }
    return v;
}

Value im_int_to_str(Thread *t, Value v, int base, bool prefix)
{
    if (im_is_int(v)) return word_to_str(t, im_int_get(v), base, prefix);
    ImIntView w;
    im_int_view(v, &w);
    if (w.n == 0) return word_to_str(t, 0, base, prefix);
    if (w.n <= 2 && base == 10) { /* 39 digits at most: below every limit */
        const uint64_t word = 10000000000000000000u;
        unsigned __int128 u = w.p[0] | (w.n > 1 ? (unsigned __int128)w.p[1] << 64 : 0);
        char buf[48], *end = buf + sizeof buf, *p = end;
        for (;;) {
            uint64_t low = u > word - 1 ? (uint64_t)(u % word) : (uint64_t)u;
            char *const stop = p - 19;
            for (; low >= 100; low /= 100) memcpy(p -= 2, two_digits[low % 100], 2);
            if (low >= 10) memcpy(p -= 2, two_digits[low], 2);
            else *--p = (char)('0' + low);
            if (u < word) break;
            while (p > stop) *--p = '0';
            u /= word;
        }
        if (w.neg) *--p = '-';
        return im_str_from_ascii(t, p, end - p);
    }
    if (base == 2 && w.n <= AT_ONCE_LIMBS) return bits_to_str(t, &w, prefix);
    if (base == 16 && w.n <= AT_ONCE_LIMBS) {
        const int top = (67 - __builtin_clzll(w.p[w.n - 1])) / 4;
        const size_t head = (size_t)w.neg + (prefix ? 2 : 0);
        Value v16 = im_str_new(t, (ssize_t)(head + (w.n - 1) * 16) + top, 127);
        if (im_no_value(v16)) return v16;
        char *out = im_str_data(v16);
        if (w.neg) *out++ = '-';
        if (prefix) { *out++ = '0'; *out++ = 'x'; }
        for (size_t i = w.n; i-- > 0;)
            for (int k = i == w.n - 1 ? top : 16; k-- > 0;) *out++ = digit_chars[w.p[i] >> (4 * k) & 15];
        return v16;
    }
    int64_t limit = im_load_relaxed(&im_int_max_str_digits);
    bool limited = (base & (base - 1)) != 0 && limit > 0;
    if (limited && w.n > LIMIT_THRESHOLD / 19) { /* at least so many digits: refused before they are made */
        const size_t bits = w.n * 64 - (size_t)__builtin_clzll(w.p[w.n - 1]);
        if ((size_t)((unsigned __int128)(bits - 1) * 301029995 / 1000000000) + 1 > (size_t)limit && base == 10) return limit_error(t);
        if (w.n * 19 > (size_t)limit + 20) return limit_error(t);
    }
    mpz_t z;
    size_t room = mpz_sizeinbase(mpz_roinit_n(z, w.p, (mp_size_t)w.n), base) + 2;
    /* digits, then a copy of the limbs, which mpn_get_str overwrites */
    uint8_t *mem = im_raw_alloc(t, ((room + 7) & ~(size_t)7) + (w.n + 1) * sizeof(mp_limb_t));
    if (!mem) return IM_NO_VALUE;
    mp_limb_t *copy = (mp_limb_t *)(mem + ((room + 7) & ~(size_t)7));
    Digits c = {.digits = mem, .limbs = copy, .from = w.p, .n = w.n, .base = base};
    if (room <= DETACH_DIGITS) to_digits(&c);
    else if (im_gmp_run(t, to_digits, &c) < 0) { im_raw_free(mem); return IM_NO_VALUE; }
    size_t n = c.result;
    const uint8_t *p = mem;
    while (n > 1 && *p == 0) { p++; n--; }
    Value r = IM_NO_VALUE;
    if (limited && n > LIMIT_THRESHOLD && n > (size_t)limit) {
        limit_error(t);
        goto done;
    }
    size_t head = (size_t)w.neg + (prefix ? 2 : 0);
    r = im_str_new(t, (ssize_t)(head + n), 127);
    if (im_no_value(r)) goto done;
    char *out = im_str_data(r);
    if (w.neg) *out++ = '-';
    if (prefix) {
        *out++ = '0';
        *out++ = base == 2 ? 'b' : base == 8 ? 'o' : 'x';
    }
    for (size_t i = 0; i < n; i++) out[i] = digit_chars[p[i]];
done:
    im_raw_free(mem);
    return r;
}

/* --- text to int ------------------------------------------------------------------------------------------------------------- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    return 99;
}

/* n digits, perhaps with underscores between. */
static Value digits_to_int(Thread *t, const char *s, size_t len, int base, size_t ndigits, bool neg)
{
    while (len && (*s == '0' || *s == '_')) { ndigits -= *s == '0'; s++; len--; }
    if (ndigits <= 11 || (base <= 10 && ndigits <= 18)) {
        int64_t n = 0;
        for (size_t i = 0; i < len; i++)
            if (s[i] != '_') n = n * base + digit_of(s[i]);
        return im_int_new(t, neg ? -n : n);
    }
    if (base == 10 && len == ndigits && len <= 38) { /* two words, no underscores */
        uint64_t part[2] = {0, 0}, scale = 1;
        const size_t half = len / 2;
        for (size_t i = 0; i < half; i++) part[0] = part[0] * 10 + (uint64_t)(s[i] - '0');
        for (size_t i = half; i < len; i++) {
            part[1] = part[1] * 10 + (uint64_t)(s[i] - '0');
            scale *= 10;
        }
        const unsigned __int128 u = (unsigned __int128)part[0] * scale + part[1];
        mp_limb_t two[2] = {(mp_limb_t)u, (mp_limb_t)(u >> 64)};
        return im_int_from_limbs(t, two, two[1] ? 2 : 1, neg);
    }
    int bits = 64 - __builtin_clzll((unsigned)base - 1); /* a digit's, rounded up */
    size_t limbs = ndigits / 64 * (size_t)bits + (ndigits % 64 * (size_t)bits) / 64 + 2;
    uint8_t *d = im_raw_alloc(t, ndigits);
    if (!d) return IM_NO_VALUE;
    ImInt *o = im_int_alloc(t, limbs);
    if (!o) { im_raw_free(d); return IM_NO_VALUE; }
    size_t k = 0;
    for (size_t i = 0; i < len; i++)
        if (s[i] != '_') d[k++] = (uint8_t)digit_of(s[i]);
    Digits c = {.digits = d, .limbs = o->limbs, .n = k, .base = base};
    int failed = 0;
    if (ndigits <= DETACH_DIGITS) from_digits(&c);
    else failed = im_gmp_run(t, from_digits, &c);
    im_raw_free(d);
    Value v = im_int_finish(t, o, failed ? 0 : c.result, neg);
    return failed ? IM_NO_VALUE : v;
}

static int check_limit(Thread *t, int base, size_t ndigits)
{
    int64_t limit = im_load_relaxed(&im_int_max_str_digits);
    if ((base & (base - 1)) == 0 || limit <= 0 || ndigits <= LIMIT_THRESHOLD || ndigits <= (size_t)limit) return 0;
    im_raise_valueerror(t, "Exceeds the limit (%lld digits) for integer string conversion: value has %zu digits; use sys.set_int_max_str_digits() to increase the limit",
                        (long long)limit, ndigits);
    return -1;
}

Value im_int_from_digits(Thread *t, const char *s, size_t len, int base)
{
    if (check_limit(t, base, len) < 0) return IM_NO_VALUE;
    return digits_to_int(t, s, len, base, len, false);
}

/* Literal with white space, sign, prefix and underscores. 1 and *out; 0: not a valid one; -1: exception. */
static int parse_literal(Thread *t, const char *s, size_t len, int base, Value *out)
{
    const char *end = s + len;
    while (s < end && im_is_c_space(*s)) s++;
    while (s < end && im_is_c_space(end[-1])) end--;
    bool neg = false, only_zero = false;
    if (s < end && (*s == '+' || *s == '-')) neg = *s++ == '-';
    if (s == end) return 0;
    int prefix = s + 1 < end && *s == '0' ? (s[1] | 32) == 'x' ? 16 : (s[1] | 32) == 'o' ? 8 : (s[1] | 32) == 'b' ? 2 : 0 : 0;
    if (base == 0) {
        base = prefix ? prefix : 10;
        only_zero = !prefix && *s == '0'; /* "010" is an old octal: refused */
    }
    if (prefix && prefix == base) {
        s += 2;
        if (s < end && *s == '_') s++;
    }
    size_t ndigits = 0;
    char before = '_';
    for (const char *p = s; p < end; p++) {
        if (base == 10 && !only_zero) { /* a run of plain digits */
            const char *from = p;
            while (p < end && (uint8_t)(*p - '0') < 10) p++;
            if (p > from) {
                ndigits += (size_t)(p - from);
                before = '0';
                if (p == end) break;
            }
        }
        if (*p == '_') {
            if (before == '_') return 0;
        } else {
            if (digit_of(*p) >= base) return 0;
            if (only_zero && *p != '0') return 0;
            ndigits++;
        }
        before = *p;
    }
    if (before == '_') return 0;
    if (check_limit(t, base, ndigits) < 0) return -1;
    *out = digits_to_int(t, s, (size_t)(end - s), base, ndigits, neg);
    return im_no_value(*out) ? -1 : 1;
}

Value im_int_from_str(Thread *t, Value s, int base)
{
    ImNumberText text;
    if (im_number_text(t, s, &text) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    int rc = parse_literal(t, text.p, text.len, base, &r);
    im_number_text_fini(&text);
    if (rc == 0) return im_raise_valueerror(t, "invalid literal for int() with base %d: %.200R", base, s);
    return r;
}

Value im_int_from_text(Thread *t, const char *s, size_t len, int base)
{
    Value r = IM_NO_VALUE;
    int rc = parse_literal(t, s, len, base, &r);
    if (rc == 0) {
        Value b = im_bytes_new(t, s, (ssize_t)len);
        if (im_no_value(b)) return b;
        im_raise_valueerror(t, "invalid literal for int() with base %d: %.200R", base, b);
        im_drop(t, b);
    }
    return r;
}

/* --- bytes ---------------------------------------------------------------------------------------------------------------------- */

Value im_int_from_bytes(Thread *t, const uint8_t *p, size_t len, bool little, bool is_signed)
{
    if (len == 0) return im_int(0);
    if (len <= 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
        uint64_t u = 0;
        if (little) for (size_t i = 0; i < len; i++) u |= (uint64_t)p[i] << (8 * i);
        else for (size_t i = 0; i < len; i++) u = u << 8 | p[i];
        if (!is_signed) return im_int_from_u64(t, u);
        const int unused = (int)(64 - 8 * len);
        return im_int_new(t, (int64_t)(u << unused) >> unused);
    }
    bool neg = is_signed && (p[little ? len - 1 : 0] & 0x80);
    size_t n = (len + 7) / 8;
    mp_limb_t small[8] = {0};
    ImInt *o = NULL;
    mp_limb_t *r = small;
    if (n > IM_COUNTOF(small)) {
        if (!(o = im_int_alloc(t, n))) return IM_NO_VALUE;
        r = o->limbs;
    }
    const size_t whole = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? len / 8 : 0; /* limbs that the bytes fill */
    if (little && whole) memcpy(r, p, whole * 8);
    for (size_t i = 0; !little && i < whole; i++) {
        mp_limb_t w;
        memcpy(&w, p + len - 8 * (i + 1), 8);
        r[i] = __builtin_bswap64(w);
    }
    for (size_t i = whole; i < n; i++) {
        mp_limb_t w = 0;
        for (size_t j = 0; j < 8; j++) {
            size_t k = i * 8 + j;
            uint8_t byte = k < len ? p[little ? k : len - 1 - k] : neg ? 0xFF : 0;
            w |= (mp_limb_t)byte << (8 * j);
        }
        r[i] = w;
    }
    if (neg) (void)mpn_neg(r, r, (mp_size_t)n);
    return o ? im_int_finish(t, o, n, neg) : im_int_from_limbs(t, r, n, neg);
}

int im_int_to_bytes(Thread *t, Value v, uint8_t *p, size_t len, bool little, bool is_signed)
{
    if (im_is_int(v) && len - 1 < 8) {
        const int64_t x = im_int_get(v);
        const int unused = (int)(64 - 8 * len);
        uint64_t u = (uint64_t)x;
        if (is_signed ? (int64_t)(u << unused) >> unused == x : x >= 0 && u << unused >> unused == u) {
            if (little) for (size_t i = 0; i < len; i++, u >>= 8) p[i] = (uint8_t)u;
            else for (size_t i = len; i-- > 0; u >>= 8) p[i] = (uint8_t)u;
            return 0;
        }
    }
    ImIntView w;
    im_int_view(v, &w);
    if (w.neg && w.n && !is_signed) return im_raise_overflow(t, "can't convert negative int to unsigned"), -1;
    bool neg = w.neg && w.n;
    mp_limb_t carry = 1;
    uint8_t byte = 0;
    size_t total = w.n * 8;
    if (!neg && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) { /* the limbs' own bytes */
        const uint8_t *from = (const uint8_t *)w.p;
        size_t n = total;
        while (n && from[n - 1] == 0) n--;
        if (n > len || (is_signed && n && n == len && from[n - 1] & 0x80)) goto too_big;
        if (little) {
            if (n) memcpy(p, from, n);
            if (len > n) memset(p + n, 0, len - n);
        } else {
            for (size_t i = 0; i < n; i++) p[len - 1 - i] = from[i];
            if (len > n) memset(p, 0, len - n);
        }
        return 0;
    }
    for (size_t i = 0, size = total > len ? total : len; i < size; i++) {
        size_t limb = i / 8;
        mp_limb_t x = limb < w.n ? w.p[limb] : 0;
        byte = (uint8_t)(x >> (i % 8 * 8));
        if (neg) { /* ~x + 1, byte by byte */
            byte = (uint8_t)((uint8_t)~byte + carry);
            carry = carry && byte == 0;
        }
        if (i < len) p[little ? i : len - 1 - i] = byte;
        else if (byte != (neg ? 0xFF : 0)) goto too_big;
    }
    if (is_signed && total) { /* the top bit kept must be the sign */
        if (len == 0) goto too_big;
        if (((p[little ? len - 1 : 0] & 0x80) != 0) != neg) goto too_big;
    }
    return 0;
too_big:
    im_raise_overflow(t, "int too big to convert");
    return -1;
}
