/* Everything that a native module may use: values, threads, memory, objects, the built-in types. Modules include this and headers of types/, nothing else.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_MODULE_H
#define IM_MODULES_MODULE_H

#include "code/code.h"
#include "mem/gc.h"
#include "mem/vec.h"
#include "object/abstract.h"
#include "object/buffer.h"
#include "thread/lock.h"
#include "types/bytes.h"
#include "types/dict.h"
#include "types/float.h"
#include "types/frame_hooks.h"
#include "types/function.h"
#include "types/int.h"
#include "types/iter.h"
#include "types/list.h"
#include "types/module.h"
#include "types/set.h"
#include "types/slice.h"
#include "types/str.h"
#include "types/tuple.h"

#endif
