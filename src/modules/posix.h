/* What the files of posix share: their tables of functions, and the types of structured results.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_POSIX_H
#define IM_MODULES_POSIX_H

#include "modules/audit.h"
#include "modules/syscall.h"

struct stat;
extern const ImMethodDef im_posix_stat_methods[], im_posix_dir_methods[], im_posix_fd_methods[], im_posix_io_methods[], im_posix_process_methods[],
    im_posix_spawn_methods[], im_posix_fork_methods[], im_posix_id_methods[], im_posix_sched_methods[], im_posix_term_methods[], im_posix_system_methods[], im_posix_conf_methods[];
IM_TYPE_DECLARE(DirEntry_);
IM_TYPE_DECLARE(ScandirIterator_);

/* Types made when the module is: static locations, for functions that have no module at hand. */
typedef struct ImPosixTypes { Value stat_result, statvfs_result, terminal_size, times_result, uname_result, waitid_result, sched_param, rusage; } ImPosixTypes;
extern ImPosixTypes im_posix_types;

IM_MUST_USE Value im_posix_stat_result(Thread *t, const struct stat *st);
IM_MUST_USE int im_posix_stat_init(Thread *t, Value m);
IM_MUST_USE int im_posix_process_init(Thread *t, Value m);
IM_MUST_USE int im_posix_fork_init(Thread *t, Value m);
IM_MUST_USE int im_posix_sched_init(Thread *t, Value m);
IM_MUST_USE int im_posix_system_init(Thread *t, Value m);
IM_MUST_USE int im_posix_conf_init(Thread *t, Value m);
/* Makes a struct sequence type, keeps it in *location for ever and adds it to m. */
IM_MUST_USE int im_posix_add_seq(Thread *t, Value m, Value *location, const char *name, const char *doc, const ImStructField *fields, size_t n, size_t visible);

/* fork() with every hook: register_at_fork's, threads, signals. `kind` forks; -1 and an exception when that fails. Returns in both processes. */
IM_MUST_USE pid_t im_posix_fork_with(Thread *t, pid_t (*kind)(void *arg), void *arg);
void im_posix_before_fork(Thread *t);
void im_posix_after_fork_parent(Thread *t);
void im_posix_after_fork_child(Thread *t);
/* Argument vector and environment for exec: null-ended arrays of C strings; `keep` owns them. */
typedef struct ImStringArray { char **v; Value keep; size_t n; } ImStringArray;
IM_MUST_USE int im_posix_argv(Thread *t, Value args, ImStringArray *out); /* list or tuple, not empty */
IM_MUST_USE int im_posix_envp(Thread *t, Value mapping, const char *fname, ImStringArray *out);
void im_string_array_fini(Thread *t, ImStringArray *a);

IM_MUST_USE int im_uid_arg(Thread *t, Value v, uid_t *out);
IM_MUST_USE int im_gid_arg(Thread *t, Value v, gid_t *out);
IM_MUST_USE int im_pid_arg(Thread *t, Value v, pid_t *out);
IM_INLINE Value im_from_uid(Thread *t, uid_t u) { (void)t; return u == (uid_t)-1 ? im_int(-1) : im_int((int64_t)u); }
IM_MUST_USE int im_dev_arg(Thread *t, Value v, dev_t *out);
IM_MUST_USE int im_off_arg(Thread *t, Value v, off_t *out);

#endif
