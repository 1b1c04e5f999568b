/* When and with which compiler this binary was built. A file of its own: no other one depends on the date.
 * SPDX-License-Identifier: MIT */
#include "modules/config.h"

const char im_build_info[] = "imugi " IM_RELEASE ", " __DATE__ ", " __TIME__;
#if defined(__clang__)
const char im_compiler_info[] = "[Clang " __clang_version__ "]";
#else
const char im_compiler_info[] = "[GCC " __VERSION__ "]";
#endif
