/* Assertions by level (config.h). A failed one prints where and aborts: state is already wrong.
 * SPDX-License-Identifier: MIT */
#ifndef IM_BASE_ASSERT_H
#define IM_BASE_ASSERT_H

#include "base/attr.h"
#include "base/config.h"

IM_NORETURN void im_assert_fail(const char *expr, const char *file, int line);
/* Prints "Fatal Python error: <message>" and aborts. */
IM_NORETURN void im_fatal(const char *fmt, ...) IM_PRINTF(1, 2);

#define IM_CHECK_(e) ((e) ? (void)0 : im_assert_fail(#e, __FILE__, __LINE__))
#define IM_SKIP_(e) ((void)sizeof((e) ? 1 : 0))
#if IM_ASSERT_LEVEL >= 1
#define IM_ASSERT(e) IM_CHECK_(e)
#else
#define IM_ASSERT(e) IM_SKIP_(e)
#endif
#if IM_ASSERT_LEVEL >= 2
#define IM_ASSERT2(e) IM_CHECK_(e)
#else
#define IM_ASSERT2(e) IM_SKIP_(e)
#endif
#if IM_ASSERT_LEVEL >= 3
#define IM_ASSERT3(e) IM_CHECK_(e)
#else
#define IM_ASSERT3(e) IM_SKIP_(e)
#endif

#endif
