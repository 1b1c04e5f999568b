/* Last words of a process whose state is wrong.
 * SPDX-License-Identifier: MIT */
#include "base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void im_assert_fail(const char *expr, const char *file, int line)
{
    fflush(stdout);
    fprintf(stderr, "imugi: assertion failed: %s (%s:%d)\n", expr, file, line);
    abort();
}

void im_fatal(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fflush(stdout);
    fputs("Fatal Python error: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    abort();
}

#if defined(__SANITIZE_ADDRESS__)
/* Collectors search the real stacks; memory in the reserved region is no root of the leak checker. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:detect_stack_use_after_return=0"; }
#endif
#if defined(__SANITIZE_THREAD__)
/* A thread that has ended and whose handle is still held when the process ends is no leak. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return "report_thread_leaks=0"; }
#endif
