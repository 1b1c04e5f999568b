/* Limits of address space (RLIMIT_AS): what the allocators do about them.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MEM_LIMIT_H
#define IM_MEM_LIMIT_H

#include "base/config.h"

/* A limit is about to be set: what is reserved but not used is given back, so that the limit means what it says. */
void im_mem_limited(uint64_t limit);
/* The part of alloc.c. */
void im_region_limited(uint64_t limit);

#endif
