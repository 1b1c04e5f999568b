/* Audit events (PEP 578) and the few things that native modules ask of sys.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_AUDIT_H
#define IM_MODULES_AUDIT_H

#include "modules/module.h"

extern bool im_audit_x_active; /* some hook is installed; never goes back */
/* Raises event with n Values (borrowed). 0, or -1 with the hook's exception. */
IM_MUST_USE int im_audit_slow(Thread *t, const char *event, size_t n, const Value *args);

/* Writes to sys.stderr, or to file descriptor 2 when that is missing or fails. Keeps the pending exception. */
/* Line `line` of a source file without the blanks around it: owned; no value, without an exception, when there is none to show. */
Value im_source_line(Thread *t, Value file, int64_t line);
void im_sys_write_stderr(Thread *t, const char *fmt, ...);
/* Writes a str to a file object. 0 or -1. */
IM_MUST_USE int im_file_write_str(Thread *t, Value file, Value s);
IM_MUST_USE int im_file_write_cstr(Thread *t, Value file, const char *s);
/* sys.excepthook's C fallback: "Traceback (most recent call last): …" of exc to a file object (or no value: sys.stderr). */
void im_display_exception(Thread *t, Value exc, Value file);
/* A traceback as the interpreter itself prints it: source lines of files, no marks below them. -1: the file refused it. */
int im_print_traceback(Thread *t, Value tb, Value file);
/* Prints exc with the traceback module, or with the above where that fails. file no value: sys.stderr. Keeps the pending exception. */
void im_print_exception(Thread *t, Value exc, Value file);

#endif
