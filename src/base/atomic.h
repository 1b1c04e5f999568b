/* Atomic operations, named by memory order. No other file uses the compiler's builtins. They work on plain fields whose names start with
 * x_ (the fields that other threads touch).
 * SPDX-License-Identifier: MIT */
#ifndef IM_BASE_ATOMIC_H
#define IM_BASE_ATOMIC_H

#define im_load_relaxed(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define im_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define im_load_seq(p) __atomic_load_n((p), __ATOMIC_SEQ_CST)
#define im_store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define im_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define im_store_seq(p, v) __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define im_xchg_acq_rel(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
#define im_xchg_seq(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
/* Compare-and-swap: *expected is reloaded on failure. "weak" may fail for no reason: use it in loops. */
#define im_cas_acquire(p, expected, v) __atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define im_cas_release(p, expected, v) __atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)
#define im_cas_relaxed(p, expected, v) __atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
#define im_cas_acq_rel(p, expected, v) __atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)
#define im_cas_seq(p, expected, v) __atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define im_cas_weak_acquire(p, expected, v) __atomic_compare_exchange_n((p), (expected), (v), true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define im_cas_weak_relaxed(p, expected, v) __atomic_compare_exchange_n((p), (expected), (v), true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
#define im_faa_relaxed(p, n) __atomic_fetch_add((p), (n), __ATOMIC_RELAXED)
#define im_faa_acq_rel(p, n) __atomic_fetch_add((p), (n), __ATOMIC_ACQ_REL)
#define im_faa_seq(p, n) __atomic_fetch_add((p), (n), __ATOMIC_SEQ_CST)
#define im_or_relaxed(p, n) __atomic_fetch_or((p), (n), __ATOMIC_RELAXED)
#define im_or_acq_rel(p, n) __atomic_fetch_or((p), (n), __ATOMIC_ACQ_REL)
#define im_and_relaxed(p, n) __atomic_fetch_and((p), (n), __ATOMIC_RELAXED)
#define im_and_acq_rel(p, n) __atomic_fetch_and((p), (n), __ATOMIC_ACQ_REL)
#define im_or_seq(p, n) __atomic_fetch_or((p), (n), __ATOMIC_SEQ_CST)
#define im_fence_seq() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#if defined(__x86_64__)
#define im_cpu_relax() __builtin_ia32_pause()
#else
#define im_cpu_relax() ((void)0)
#endif

#endif
