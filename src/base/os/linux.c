/* Linux: futexes, address space, stacks.
 * SPDX-License-Identifier: MIT */
#include "base/os.h"
#include "base/os_limit.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int64_t im_os_monotonic_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

int im_os_futex_wait(uint32_t *word, uint32_t expected, int64_t deadline_ns)
{
    int saved = errno;
    struct timespec ts = {deadline_ns / 1000000000, deadline_ns % 1000000000};
    /* With the bitset form the timeout is absolute, on the monotonic clock. */
    long r = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline_ns < 0 ? NULL : &ts, NULL, FUTEX_BITSET_MATCH_ANY);
    int err = r == 0 || errno == EAGAIN ? 0 : errno;
    errno = saved;
    return err;
}

void im_os_futex_wake(uint32_t *word, int n)
{
    int saved = errno;
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
    errno = saved;
}

uint64_t im_os_thread_id(void) { return (uint64_t)syscall(SYS_gettid); }

extern void *__libc_stack_end __attribute__((weak));

void im_os_stack_bounds(bool is_main, char **low, char **high)
{
    if (is_main) { /* the pthread call would read /proc/self/maps */
        struct rlimit rl = {RLIM_INFINITY, RLIM_INFINITY};
        (void)getrlimit(RLIMIT_STACK, &rl);
        size_t size = rl.rlim_cur == RLIM_INFINITY || rl.rlim_cur > ((size_t)1 << 30) ? (size_t)64 << 20 : rl.rlim_cur;
        *high = &__libc_stack_end && __libc_stack_end ? (char *)__libc_stack_end : (char *)__builtin_frame_address(0) + 4096;
        *low = *high - size + 65536; /* arguments and environment lie above, inside the limit */
        return;
    }
    pthread_attr_t a;
    void *base = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &a) == 0) {
        pthread_attr_getstack(&a, &base, &size);
        pthread_attr_destroy(&a);
    } else {
        size = (size_t)512 << 10;
        base = (char *)__builtin_frame_address(0) + 4096 - size;
    }
    *low = base;
    *high = (char *)base + size;
}

static void *map(size_t size, int prot)
{
    void *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}
void *im_os_reserve(size_t size) { return map(size, PROT_NONE); }
bool im_os_would_grant(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return false;
    (void)munmap(p, size);
    return true;
}
void *im_os_reserve_rw(size_t size) { return map(size, PROT_READ | PROT_WRITE); }
bool im_os_map_at(void *p, size_t size)
{
    void *got = mmap(p, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == p) return true;
    if (got != MAP_FAILED) (void)munmap(got, size); /* an old kernel took the address for a hint */
    return false;
}
uint64_t im_os_address_limit(void)
{
    struct rlimit l;
    return getrlimit(RLIMIT_AS, &l) < 0 || l.rlim_cur == RLIM_INFINITY ? UINT64_MAX : l.rlim_cur;
}
bool im_os_commit(void *p, size_t size) { return mprotect(p, size, PROT_READ | PROT_WRITE) == 0; }
void im_os_discard(void *p, size_t size) { (void)madvise(p, size, MADV_DONTNEED); }
void im_os_large_pages(void *p, size_t size)
{
    const uintptr_t mask = IM_OS_LARGE_PAGE - 1, from = ((uintptr_t)p + mask) & ~mask, to = ((uintptr_t)p + size) & ~mask;
    if (to > from) (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}
void im_os_release(void *p, size_t size) { (void)munmap(p, size); }
bool im_os_resident(void *page)
{
    unsigned char is = 1;
    return mincore(page, 1, &is) != 0 || (is & 1);
}

int im_os_cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}
