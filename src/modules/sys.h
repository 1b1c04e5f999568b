/* sys, which stands in several files by subject.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_SYS_H
#define IM_MODULES_SYS_H

#include "modules/module.h"

#define IM_SYS(name) Value im_sys_##name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
/* sys_hooks.c */
IM_SYS(displayhook); IM_SYS(excepthook); IM_SYS(unraisablehook); IM_SYS(breakpointhook);
int im_sys_hooks_init(Thread *t, Value sys);
/* sys_audit.c */
IM_SYS(audit); IM_SYS(addaudithook);
/* sys_info.c: constants, structseqs, names */
int im_sys_info_init(Thread *t, Value sys);
/* sys_frames.c */
IM_SYS(getframe); IM_SYS(getframemodulename); IM_SYS(current_frames); IM_SYS(current_exceptions); IM_SYS(settrace); IM_SYS(setprofile); IM_SYS(gettrace);
IM_SYS(getprofile); IM_SYS(settraceall); IM_SYS(setprofileall); IM_SYS(call_tracing); IM_SYS(exc_info); IM_SYS(exception); IM_SYS(set_asyncgen_hooks);
IM_SYS(get_asyncgen_hooks); IM_SYS(set_origin_depth); IM_SYS(get_origin_depth);
int im_sys_frames_init(Thread *t, Value sys);
/* sys_monitoring.c */
int im_sys_monitoring_init(Thread *t, Value sys);
/* sys.c: what sys.setdlopenflags() says */
int im_sys_dlopen_flags(void);
/* sys_names.c */
extern const char *const im_stdlib_module_names[];

/* Set by main/: the plain prompt on standard input. */
extern Value (*im_baserepl_hook)(Thread *t);

#endif
