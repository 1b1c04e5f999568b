/* _random: the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), seeded and read as CPython does it, bit for bit.
 * SPDX-License-Identifier: MIT */
#include <sys/random.h>

#include "modules/syscall.h"

enum { N = 624, M = 397 };
typedef struct Random {
    ImObject head;
    int x_index;          /* next word; N: a new batch is due. Owner or the object's lock */
    uint32_t x_state[N];
} Random;
IM_TYPE_DECLARE(Random_);
IM_INLINE Random *randp(Value v) { return (Random *)im_ptr(v); }

static void lock(Thread *t, Random *r) { if (im_is_shared_obj(&r->head)) im_object_lock(t, &r->head); }
static void unlock(Thread *t, Random *r) { if (im_is_shared_obj(&r->head)) im_object_unlock(t, &r->head); }

IM_INLINE uint32_t twist(uint32_t word, uint32_t next, uint32_t far)
{
    const uint32_t y = (word & 0x80000000u) | (next & 0x7fffffffu);
    return far ^ y >> 1 ^ ((0 - (y & 1)) & 0x9908b0dfu);
}
/* Loops without division, in which no step needs the one before: the compiler takes several words at a time. */
IM_VECTOR IM_NOINLINE static void next_words(uint32_t *mt)
{
    int k = 0;
    for (; k < N - M; k++) mt[k] = twist(mt[k], mt[k + 1], mt[k + M]);
    for (; k < N - 1; k++) mt[k] = twist(mt[k], mt[k + 1], mt[k + M - N]);
    mt[k] = twist(mt[k], mt[0], mt[k + M - N]);
}
static uint32_t next_word(Random *r)
{
    uint32_t *mt = r->x_state, y;
    if (IM_UNLIKELY(r->x_index >= N)) {
        next_words(mt);
        r->x_index = 0;
    }
    y = mt[r->x_index++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}
static void seed_word(Random *r, uint32_t s)
{
    r->x_state[0] = s;
    for (uint32_t i = 1; i < N; i++) r->x_state[i] = 1812433253u * (r->x_state[i - 1] ^ r->x_state[i - 1] >> 30) + i;
    r->x_index = N;
}
static void seed_array(Random *r, const uint32_t *key, size_t n)
{
    uint32_t *mt = r->x_state;
    seed_word(r, 19650218u);
    size_t i = 1, j = 0;
    for (size_t k = n > N ? n : N; k; k--) {
        mt[i] = (mt[i] ^ (mt[i - 1] ^ mt[i - 1] >> 30) * 1664525u) + key[j] + (uint32_t)j;
        if (++i >= N) { mt[0] = mt[N - 1]; i = 1; }
        if (++j >= n) j = 0;
    }
    for (size_t k = N - 1; k; k--) {
        mt[i] = (mt[i] ^ (mt[i - 1] ^ mt[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
        if (++i >= N) { mt[0] = mt[N - 1]; i = 1; }
    }
    mt[0] = 0x80000000u;
}

static int seed(Thread *t, Value self, Value arg)
{
    Random *r = randp(self);
    uint32_t key[N];
    if (!im_given(arg)) {
        if (getrandom(key, sizeof(key), GRND_NONBLOCK) != sizeof(key)) { /* early in the machine's life: time and process must do */
            int64_t ns = im_monotonic_ns();
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            uint32_t k[5] = {(uint32_t)now.tv_sec, (uint32_t)now.tv_nsec, (uint32_t)ns, (uint32_t)(ns >> 32), (uint32_t)(uintptr_t)r};
            lock(t, r);
            seed_array(r, k, 5);
            unlock(t, r);
            return 0;
        }
        lock(t, r);
        seed_array(r, key, N);
        unlock(t, r);
        return 0;
    }
    Value n;
    if (im_is_int_like(arg)) {
        n = im_absolute(t, arg);
    } else {
        int64_t h = im_hash(t, arg);
        if (h == -1 && im_pending(t)) return -1;
        n = im_int_from_u64(t, (uint64_t)h);
    }
    if (im_no_value(n)) return -1;
    size_t bits = im_int_bit_length(n), words = bits ? (bits - 1) / 32 + 1 : 1;
    uint32_t *k = words <= N ? key : im_raw_alloc(t, words * 4);
    int rc = k ? im_int_to_bytes(t, n, (uint8_t *)k, words * 4, true, false) : -1;
    if (rc == 0) {
        lock(t, r);
        seed_array(r, k, words);
        unlock(t, r);
    }
    if (k != key) im_raw_free(k);
    im_drop(t, n);
    return rc;
}

IM_METHOD(do_random)
{
    Random *r = randp(self);
    lock(t, r);
    uint32_t a = next_word(r) >> 5, b = next_word(r) >> 6;
    unlock(t, r);
    return im_float_new(t, (a * 67108864.0 + b) * (1.0 / 9007199254740992.0));
}
IM_METHOD(do_seed) { return seed(t, self, nargs ? args[0] : IM_NO_VALUE) < 0 ? IM_NO_VALUE : IM_NONE; }
IM_METHOD(do_getrandbits)
{
    Random *r = randp(self);
    int64_t k;
    if (im_as_int64(t, args[0], &k) < 0) return IM_NO_VALUE;
    if (k < 0) return im_raise_valueerror(t, "number of bits must be non-negative");
    if (k == 0) return im_int(0);
    if (k <= 32) {
        lock(t, r);
        uint32_t x = next_word(r) >> (32 - k);
        unlock(t, r);
        return im_int((int64_t)x);
    }
    size_t words = (size_t)(k - 1) / 32 + 1;
    uint32_t small[64], *w = words <= IM_COUNTOF(small) ? small : im_raw_alloc(t, words * 4);
    if (!w) return IM_NO_VALUE;
    int bad = 0;
    for (size_t i = 0; i < words && bad == 0;) {
        size_t end = i + 1024 < words ? i + 1024 : words; /* the lock is never held for long */
        lock(t, r);
        while (i < end) w[i++] = next_word(r);
        unlock(t, r);
        bad = im_poll(t);
    }
    if (k % 32) w[words - 1] >>= 32 - k % 32;
    Value v = bad < 0 ? IM_NO_VALUE : im_int_from_bytes(t, (const uint8_t *)w, words * 4, true, false);
    if (w != small) im_raw_free(w);
    return v;
}
IM_METHOD(do_getstate)
{
    Random *r = randp(self);
    uint32_t copy[N];
    lock(t, r);
    memcpy(copy, r->x_state, sizeof(copy));
    int index = r->x_index;
    unlock(t, r);
    Value v[N + 1];
    for (int i = 0; i < N; i++) v[i] = im_int((int64_t)copy[i]);
    v[N] = im_int(index);
    return im_tuple_steal_array(t, v, N + 1);
}
IM_METHOD(do_setstate)
{
    Random *r = randp(self);
    uint32_t copy[N];
    if (!im_is_tuple(args[0])) return im_raise_type(t, "state vector must be a tuple");
    if (im_tuple_len(args[0]) != N + 1) return im_raise_valueerror(t, "state vector is the wrong size");
    for (int i = 0; i < N; i++) {
        uint64_t x;
        if (im_as_uint64(t, im_tuple_get(args[0], i), &x) < 0) return IM_NO_VALUE;
        copy[i] = (uint32_t)x;
    }
    int64_t index;
    if (im_as_int64(t, im_tuple_get(args[0], N), &index) < 0) return IM_NO_VALUE;
    if (index < 0 || index > N) return im_raise_valueerror(t, "invalid state");
    lock(t, r);
    memcpy(r->x_state, copy, sizeof(copy));
    r->x_index = (int)index;
    unlock(t, r);
    return IM_NONE;
}
static Value random_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    Value v = im_instance_new(t, type);
    if (!im_no_value(v)) randp(v)->x_index = N;
    return v;
}
static int random_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (im_type_of(self) == &im_Random__type && im_no_kwargs(t, "Random", kwnames) < 0) return -1;
    if (nargs > 1) return im_raise_type(t, "Random() requires 0 or 1 argument"), -1;
    return seed(t, self, nargs ? args[0] : IM_NO_VALUE);
}

static const ImMethodDef methods[] = {
    IM_FIXED("random", do_random, 0, "($self, /)", "random() -> x in the interval [0, 1)."),
    IM_RANGE("seed", do_seed, 0, 1, "($self, n=None, /)", "seed([n]) -> None.\n\nDefaults to use urandom and falls back to a combination\nof the current time and the process identifier."),
    IM_FIXED("getstate", do_getstate, 0, "($self, /)", "getstate() -> tuple containing the current state."),
    IM_FIXED("setstate", do_setstate, 1, "($self, state, /)", "setstate(state) -> None.  Restores generator state."),
    IM_FIXED("getrandbits", do_getrandbits, 1, "($self, k, /)", "getrandbits(k) -> x.  Generates an int with k random bits."),
    IM_END,
};
static const ImSlots slots = {.new_ = random_new, .init = random_init};
static const ImTypeSpec spec = {.name = "_random.Random", .doc = "Random() -> create a random number generator with its own internal state.", .size = sizeof(Random),
    .flags = IM_TF_BASETYPE, .slots = &slots, .methods = methods};
IM_TYPE(Random_, &spec);

static ImType *const types[] = {&im_Random__type, NULL};
static const ImModuleDef def = {.name = "_random", .doc = "Module implements the Mersenne Twister random number generator.", .types = types};
IM_MODULE(def);
