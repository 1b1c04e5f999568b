/* The table of hooks into frames and the compiler; empty until start-up fills it.
 * SPDX-License-Identifier: MIT */
#include "types/frame_hooks.h"

ImFrameHooks im_frame_hooks;
