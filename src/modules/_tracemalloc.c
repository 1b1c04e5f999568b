/* _tracemalloc: the state that tracemalloc asks for. Allocations are not attributed to lines: snapshots are empty, sizes are the process's.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#include <stdio.h>
#include <unistd.h>

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

static int x_nframe; /* 0: not tracing */
static int64_t x_start, x_peak; /* resident bytes at start and at most since */

static int64_t resident(void)
{
    long pages = 0, total;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f) return 0;
    if (fscanf(f, "%ld %ld", &total, &pages) != 2) pages = 0;
    fclose(f);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}
static int64_t used(void)
{
    int64_t n = resident() - im_load_relaxed(&x_start);
    if (n < 0) n = 0;
    if (n > im_load_relaxed(&x_peak)) im_store_relaxed(&x_peak, n);
    return n;
}
FN(tm_is_tracing) { UNUSED_ARGS; return im_bool(im_load_relaxed(&x_nframe) != 0); }
FN(tm_start)
{
    UNUSED_ARGS;
    int n = 1;
    if (nargs && im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n < 1 || n > 65535) return im_raise_valueerror(t, "the number of frames must be in range [1; 65535]");
    if (im_load_relaxed(&x_nframe)) return IM_NONE;
    im_store_relaxed(&x_start, resident());
    im_store_relaxed(&x_peak, 0);
    im_store_relaxed(&x_nframe, n);
    return IM_NONE;
}
FN(tm_stop) { UNUSED_ARGS; im_store_relaxed(&x_nframe, 0); return IM_NONE; }
FN(tm_clear) { UNUSED_ARGS; im_store_relaxed(&x_start, resident()); im_store_relaxed(&x_peak, 0); return IM_NONE; }
FN(tm_traces) { UNUSED_ARGS; return im_list_new(t, 0); }
FN(tm_object_traceback) { UNUSED_ARGS; return IM_NONE; }
FN(tm_limit) { UNUSED_ARGS; int n = im_load_relaxed(&x_nframe); return im_int(n ? n : 1); }
FN(tm_memory) { UNUSED_ARGS; return im_int(0); }
FN(tm_traced)
{
    UNUSED_ARGS;
    if (!im_load_relaxed(&x_nframe)) return im_tuple_pack(t, 2, im_int(0), im_int(0));
    int64_t n = used();
    return im_tuple_pack(t, 2, im_int(n), im_int(im_load_relaxed(&x_peak)));
}
FN(tm_reset_peak) { UNUSED_ARGS; im_store_relaxed(&x_peak, 0); (void)used(); return IM_NONE; }
static const ImMethodDef methods[] = {
    IM_FIXED("is_tracing", tm_is_tracing, 0, "($module, /)", "Return True if the tracemalloc module is tracing Python memory allocations."),
    IM_FIXED("clear_traces", tm_clear, 0, "($module, /)", "Clear traces of memory blocks allocated by Python."), IM_FIXED("_get_traces", tm_traces, 0, "($module, /)", NULL),
    IM_FIXED("_get_object_traceback", tm_object_traceback, 1, "($module, obj, /)", NULL), IM_RANGE("start", tm_start, 0, 1, "($module, nframe=1, /)", "Start tracing Python memory allocations."),
    IM_FIXED("stop", tm_stop, 0, "($module, /)", "Stop tracing Python memory allocations."), IM_FIXED("get_traceback_limit", tm_limit, 0, "($module, /)", NULL),
    IM_FIXED("get_tracemalloc_memory", tm_memory, 0, "($module, /)", NULL), IM_FIXED("get_traced_memory", tm_traced, 0, "($module, /)", NULL),
    IM_FIXED("reset_peak", tm_reset_peak, 0, "($module, /)", NULL), IM_END,
};
static const ImModuleDef tracemalloc_def = {.name = "_tracemalloc", .doc = "Debug module to trace memory blocks allocated by Python.", .methods = methods};
IM_MODULE(tracemalloc_def);
