/* What modules that call the system share: detached calls repeated after signals (PEP 475), file descriptors and paths as arguments, time values.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_SYSCALL_H
#define IM_MODULES_SYSCALL_H

#include <errno.h>
#include <time.h>

#include "modules/module.h"

/* r = call, detached; e = errno. Repeated while it gives EINTR, after running signal handlers. r < 0 with e == 0: a handler raised. */
#define IM_SYSCALL(t, r, e, call) \
    for (;;) { \
        im_thread_detach(t); \
        errno = 0; \
        (r) = (call); \
        (e) = errno; \
        im_thread_attach(t); \
        if ((r) >= 0 || (e) != EINTR) break; \
        if (im_poll(t) < 0) { (e) = 0; break; } \
    }
/* The error of such a call: OSError unless an exception is pending. */
IM_INLINE Value im_syscall_error(Thread *t, int e) { return im_pending(t) ? IM_NO_VALUE : im_raise_errno(t, e); }
#define IM_ERRNO(t) im_raise_errno((t), errno)

/* int, or an object with fileno(); not negative. */
IM_MUST_USE int im_fd_arg(Thread *t, Value v, int *fd);
IM_MUST_USE int im_set_inheritable(int fd, bool inheritable); /* 0 or errno */

/* A path argument: str, bytes or os.PathLike as a C string, or a file descriptor. Unmovable: nothing points into it, but it owns `bytes`. */
typedef struct ImPath {
    const char *s;   /* null: fd is meant */
    int fd;          /* -1 unless given */
    Value object;    /* as given, borrowed; for error messages */
    Value bytes;     /* owned or no value */
    bool is_bytes;   /* results are bytes too */
} ImPath;
enum { IM_PATH_FD = 1, IM_PATH_NONE = 2 /* None or not given: "." */ };
IM_MUST_USE int im_path_arg(Thread *t, Value v, const char *fname, const char *argname, int flags, ImPath *out);
void im_path_fini(Thread *t, ImPath *p);
/* OSError with the path as its filename. Always no value. */
Value im_path_error(Thread *t, int e, const ImPath *p);
/* What a call on a path gives: None, or an OSError with the path for r < 0; finishes p. */
Value im_path_done(Thread *t, int r, int e, ImPath *p);
/* The same for a call that may block. */
#define IM_PATH_CALL(t, p, call) \
    ({ \
        int r_, e_; \
        IM_DETACH(t); \
        r_ = (call); \
        e_ = errno; \
        IM_ATTACH(t); \
        im_path_done(t, r_, e_, &(p)); \
    })
Value im_path_error2(Thread *t, int e, const ImPath *p, const ImPath *q);
/* dir_fd: None or no value gives AT_FDCWD. */
IM_MUST_USE int im_dir_fd_arg(Thread *t, Value v, int *out);
/* str, bytes or PathLike in the file system encoding; its C string lives as long as *owned. */
IM_MUST_USE const char *im_fs_string(Thread *t, Value v, Value *owned);
/* Name as the path was given: bytes for bytes, else str. */
IM_MUST_USE Value im_path_result(Thread *t, const char *s, ssize_t len, bool is_bytes);

typedef enum ImRound { IM_ROUND_FLOOR, IM_ROUND_CEILING, IM_ROUND_HALF_EVEN, IM_ROUND_UP /* away from zero */ } ImRound;
/* Seconds (int or float) in nanoseconds. */
IM_MUST_USE int im_seconds_arg(Thread *t, Value v, ImRound how, int64_t *ns);
/* An int of nanoseconds. */
IM_MUST_USE int im_nanoseconds_arg(Thread *t, Value v, int64_t *ns);
/* Seconds and nanoseconds of a time that may be out of 64-bit nanoseconds. */
IM_MUST_USE int im_timespec_arg(Thread *t, Value v, ImRound how, struct timespec *out);
/* time_t of an int or float. */
IM_MUST_USE int im_time_t_arg(Thread *t, Value v, time_t *out);
IM_INLINE struct timespec im_timespec(int64_t ns)
{
    int64_t s = ns / 1000000000, r = ns % 1000000000;
    if (r < 0) { r += 1000000000; s--; }
    return (struct timespec){.tv_sec = s, .tv_nsec = r};
}
IM_INLINE struct timeval im_timeval_up(int64_t ns) /* rounded up */
{
    int64_t us = ns / 1000 + (ns % 1000 > 0);
    int64_t s = us / 1000000, r = us % 1000000;
    if (r < 0) { r += 1000000; s--; }
    return (struct timeval){.tv_sec = s, .tv_usec = r};
}
/* Milliseconds rounded up, for poll(2); clipped. */
IM_INLINE int im_milliseconds_up(int64_t ns)
{
    if (ns < 0) return -1;
    int64_t ms = ns / 1000000 + (ns % 1000000 > 0);
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

#define IM_METHOD(name) static Value name(IM_UNUSED Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)
/* Integer constants of a module: {"X", X} rows. */
typedef struct ImIntRow { const char *name; int64_t value; } ImIntRow;
IM_MUST_USE int im_add_int_rows(Thread *t, Value m, const ImIntRow *rows, size_t n);
#define IM_ADD_INT_ROWS(t, m, rows) im_add_int_rows((t), (m), (rows), IM_COUNTOF(rows))
/* Functions of a module beyond those of its definition. */
IM_MUST_USE int im_add_methods(Thread *t, Value m, const char *module, const ImMethodDef *defs);
/* List of n items that the caller owns, some of which may be no value (exception pending). */
IM_INLINE Value im_tuple_of(Thread *t, Value *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (im_no_value(items[i])) {
            for (size_t j = 0; j < n; j++) im_xdrop(t, items[j]);
            return IM_NO_VALUE;
        }
    return im_tuple_steal_array(t, items, n);
}
/* New exception class "module.Name". */
IM_MUST_USE Value im_new_exception(Thread *t, const char *name, ImType *base);
/* Argument of a native function that holds one value per parameter: true when it was given and is not None. */
IM_INLINE bool im_given(Value v) { return !im_no_value(v) && !im_is_none(v); }

#endif
