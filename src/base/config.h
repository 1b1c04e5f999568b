/* Build-time switches and platform facts that every layer may test.
 * SPDX-License-Identifier: MIT */
#ifndef IM_BASE_CONFIG_H
#define IM_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* 0: none · 1: cheap argument checks · 2: per-operation invariants · 3: whole-structure validators */
#ifndef IM_ASSERT_LEVEL
#define IM_ASSERT_LEVEL 0
#endif

/* 1: every object comes from malloc, so that ASan sees its bounds. */
#ifndef IM_NO_POOL
#define IM_NO_POOL 0
#endif

#if UINTPTR_MAX != UINT64_MAX
#error "imugi needs 64-bit pointers: a Value is one 64-bit word"
#endif

#endif
