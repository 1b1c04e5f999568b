/* Compiler attributes under names that say what they are for.
 * SPDX-License-Identifier: MIT */
#ifndef IM_BASE_ATTR_H
#define IM_BASE_ATTR_H

#define IM_LIKELY(x) __builtin_expect(!!(x), 1)
#define IM_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define IM_MUST_USE __attribute__((warn_unused_result))
#define IM_NOINLINE __attribute__((noinline))
/* At the end of the body of a loop that runs a few times: the compiler is not to call memset or memcpy in its place, which takes longer. */
#define IM_SHORT_LOOP() __asm__ volatile("")
/* A function of short loops over arrays: worth the compiler's wide registers. */
#if defined(__GNUC__) && !defined(__clang__)
#define IM_VECTOR __attribute__((optimize("O3")))
#else
#define IM_VECTOR
#endif
#define IM_COLD __attribute__((cold, noinline))
#define IM_INLINE static inline __attribute__((always_inline))
#define IM_UNUSED __attribute__((unused))
#define IM_NORETURN __attribute__((noreturn))
#define IM_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define IM_COUNTOF(a) (sizeof(a) / sizeof((a)[0]))
#define IM_CONTAINER_OF(p, type, field) ((type *)((char *)(p) - offsetof(type, field)))

#endif
