/* What the lower layers need of the operating system; one file per platform below os/.
 * SPDX-License-Identifier: MIT */
#ifndef IM_BASE_OS_H
#define IM_BASE_OS_H

#include "base/config.h"

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t im_os_monotonic_ns(void);
/* Sleeps while *word == expected, until a wake-up, a signal or the deadline (monotonic ns, -1: none). 0 woken or changed, ETIMEDOUT, EINTR.
 * Keeps errno. */
int im_os_futex_wait(uint32_t *word, uint32_t expected, int64_t deadline_ns);
void im_os_futex_wake(uint32_t *word, int n);
uint64_t im_os_thread_id(void);
/* Bounds of the calling thread's C stack: lowest usable and highest address. */
void im_os_stack_bounds(bool is_main, char **low, char **high);
/* Address space without memory behind it; null when refused. */
void *im_os_reserve(size_t size);
/* Whether the system would grant so much more memory now: reserved ranges are not accounted for, so a request beyond all memory must be refused by hand. */
bool im_os_would_grant(size_t size);
/* Reserved address space that may be touched at once (its memory comes page by page and is zero). */
void *im_os_reserve_rw(size_t size);
bool im_os_commit(void *p, size_t size);  /* makes a reserved range readable and writable */
void im_os_discard(void *p, size_t size); /* gives the memory back, keeps the range; reads as zero afterwards */
void im_os_release(void *p, size_t size);
enum { IM_OS_LARGE_PAGE = 1 << 21 };
/* Asks for pages of IM_OS_LARGE_PAGE bytes where whole ones fit: one fault in place of 512, but all of it counts from the first touch on. */
void im_os_large_pages(void *p, size_t size);
bool im_os_resident(void *page);          /* memory is behind this page; true when unknown */
int im_os_cpu_count(void);

#endif
