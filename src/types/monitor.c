/* The registry of sys.monitoring.
 * SPDX-License-Identifier: MIT */
#include "types/monitor.h"

ImMonitor im_monitor;
