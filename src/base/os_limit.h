/* Address space under a limit; os/<platform>.c.
 * SPDX-License-Identifier: MIT */
#ifndef IM_BASE_OS_LIMIT_H
#define IM_BASE_OS_LIMIT_H

#include "base/config.h"

/* Memory at this very address; false when something lies there or nothing is granted. */
bool im_os_map_at(void *p, size_t size);
/* RLIMIT_AS: bytes of address space that the process may take, all ones without a limit. */
uint64_t im_os_address_limit(void);

#endif
