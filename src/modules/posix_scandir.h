/* Reading directories, for listdir and scandir.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_POSIX_SCANDIR_H
#define IM_MODULES_POSIX_SCANDIR_H

#include <dirent.h>

#include "modules/posix.h"

/* Both are called detached. */
DIR *im_posix_opendir(const ImPath *p, int *e);
struct dirent *im_posix_readdir(DIR *d, int *e); /* without "." and ".."; null with *e 0 at the end */
Value im_posix_scandir(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);

#endif
