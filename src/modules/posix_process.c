/* posix: running programs, waiting for them, killing them.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/posix.h"

int im_pid_arg(Thread *t, Value v, pid_t *out) { return im_as_int(t, v, out); }

/* --- argument vectors ----------------------------------------------------------------------------------------------------------------- */

void im_string_array_fini(Thread *t, ImStringArray *a)
{
    im_raw_free(a->v);
    a->v = NULL;
    IM_CLEAR(t, a->keep);
}
/* From a list of bytes (stolen). */
static int array_of(Thread *t, Value list, ImStringArray *out)
{
    out->keep = im_list_to_tuple(t, list);
    im_drop(t, list);
    if (im_no_value(out->keep)) return -1;
    out->n = (size_t)im_tuple_len(out->keep);
    out->v = im_raw_alloc(t, (out->n + 1) * sizeof(char *));
    if (!out->v) { im_string_array_fini(t, out); return -1; }
    for (size_t i = 0; i < out->n; i++) out->v[i] = im_bytes_data(im_tuple_get(out->keep, (ssize_t)i));
    out->v[out->n] = NULL;
    return 0;
}
int im_posix_argv(Thread *t, Value args, ImStringArray *out)
{
    *out = (ImStringArray){0};
    Value seq = im_to_tuple(t, args), list = im_no_value(seq) ? seq : im_list_new(t, (size_t)im_tuple_len(seq));
    for (ssize_t i = 0; !im_no_value(list) && i < im_tuple_len(seq); i++) {
        Value b = im_fs_encode(t, im_tuple_get(seq, i));
        if (im_no_value(b) || im_list_append_steal(t, list, b) < 0) IM_CLEAR(t, list);
    }
    im_xdrop(t, seq);
    return im_no_value(list) ? -1 : array_of(t, list, out);
}

static Value env_entry(Thread *t, Value key, Value value)
{
    Value k = im_fs_encode(t, key), v = im_no_value(k) ? k : im_fs_encode(t, value), r = IM_NO_VALUE;
    if (!im_no_value(v)) {
        size_t nk = (size_t)im_bytes_len(k), nv = (size_t)im_bytes_len(v);
        const char *s = im_bytes_data(k);
        if (nk == 0 || memchr(s + 1, '=', nk - 1)) {
            im_raise_valueerror(t, "illegal environment variable name");
        } else {
            r = im_bytes_new(t, NULL, (ssize_t)(nk + 1 + nv));
            if (!im_no_value(r)) {
                memcpy(im_bytes_data(r), s, nk);
                im_bytes_data(r)[nk] = '=';
                memcpy(im_bytes_data(r) + nk + 1, im_bytes_data(v), nv);
            }
        }
    }
    im_xdrop(t, k);
    im_xdrop(t, v);
    return r;
}
int im_posix_envp(Thread *t, Value mapping, const char *fname, ImStringArray *out)
{
    *out = (ImStringArray){0};
    if (!im_is_mapping(mapping)) return im_raise_type(t, strcmp(fname, "execve") == 0 ? "%s: environment must be a mapping object" : "%s() environment must be a mapping object or None", fname), -1;
    Value keys = im_call_method0(t, mapping, IM_S(keys)), values = im_no_value(keys) ? keys : im_call_method0(t, mapping, IM_S(values));
    Value kt = im_no_value(values) ? values : im_to_tuple(t, keys), vt = im_no_value(kt) ? kt : im_to_tuple(t, values), list = IM_NO_VALUE;
    if (!im_no_value(vt)) {
        if (im_tuple_len(kt) != im_tuple_len(vt)) im_raise_type(t, "env.keys() or env.values() is not a list");
        else list = im_list_new(t, (size_t)im_tuple_len(kt));
    }
    for (ssize_t i = 0; !im_no_value(list) && i < im_tuple_len(kt); i++) {
        Value e = env_entry(t, im_tuple_get(kt, i), im_tuple_get(vt, i));
        if (im_no_value(e) || im_list_append_steal(t, list, e) < 0) IM_CLEAR(t, list);
    }
    im_xdrop(t, keys);
    im_xdrop(t, values);
    im_xdrop(t, kt);
    im_xdrop(t, vt);
    return im_no_value(list) ? -1 : array_of(t, list, out);
}

/* --- exec ---------------------------------------------------------------------------------------------------------------------------------- */

static int exec_args(Thread *t, const char *fname, Value seq, ImStringArray *argv)
{
    if (!im_is_list(seq) && !im_is_tuple(seq)) {
        return strcmp(fname, "execv") == 0 ? im_raise_type(t, "execv() arg 2 must be a tuple or list") : im_raise_type(t, "%s: argv must be a tuple or list", fname), -1;
    }
    if (im_posix_argv(t, seq, argv) < 0) return -1;
    bool empty = argv->n == 0, first = !empty && !argv->v[0][0];
    if (!empty && !first) return 0;
    im_string_array_fini(t, argv);
    if (strcmp(fname, "execv") == 0) im_raise_valueerror(t, empty ? "execv() arg 2 must not be empty" : "execv() arg 2 first element cannot be empty");
    else im_raise_valueerror(t, empty ? "%s: argv must not be empty" : "%s: argv first element cannot be empty", fname);
    return -1;
}
IM_METHOD(posix_execv)
{
    ImPath p;
    ImStringArray argv;
    if (im_path_arg(t, args[0], "execv", "path", 0, &p) < 0) return IM_NO_VALUE;
    if (exec_args(t, "execv", args[1], &argv) == 0) {
        if (IM_AUDIT(t, "os.exec", args[0], args[1], IM_NONE) == 0) {
            execv(p.s, argv.v);
            IM_ERRNO(t);
        }
        im_string_array_fini(t, &argv);
    }
    im_path_fini(t, &p);
    return IM_NO_VALUE;
}
IM_METHOD(posix_execve)
{
    ImPath p;
    ImStringArray argv = {0}, envp = {0};
    if (im_path_arg(t, args[0], "execve", "path", IM_PATH_FD, &p) < 0) return IM_NO_VALUE;
    if (exec_args(t, "execve", args[1], &argv) == 0 && im_posix_envp(t, args[2], "execve", &envp) == 0 && IM_AUDIT(t, "os.exec", args[0], args[1], args[2]) == 0) {
        if (p.s) execve(p.s, argv.v, envp.v);
        else fexecve(p.fd, argv.v, envp.v);
        im_path_error(t, errno, &p);
    }
    im_string_array_fini(t, &argv);
    im_string_array_fini(t, &envp);
    im_path_fini(t, &p);
    return IM_NO_VALUE;
}

/* --- waiting ------------------------------------------------------------------------------------------------------------------------------- */

static Value wait_result(Thread *t, pid_t pid, int status) { return im_tuple_steal_array(t, (Value[]){im_int(pid), im_int(status)}, 2); }

IM_METHOD(posix_wait)
{
    int status = 0, e;
    pid_t r;
    IM_SYSCALL(t, r, e, wait(&status));
    return r < 0 ? im_syscall_error(t, e) : wait_result(t, r, status);
}
IM_METHOD(posix_waitpid)
{
    int status = 0, options, e;
    pid_t pid, r;
    if (im_pid_arg(t, args[0], &pid) < 0 || im_as_int(t, args[1], &options) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, waitpid(pid, &status, options));
    return r < 0 ? im_syscall_error(t, e) : wait_result(t, r, status);
}
static Value rusage_value(Thread *t, const struct rusage *u)
{
    Value type = im_import_from(t, "resource", "struct_rusage");
    if (im_no_value(type)) return type;
    Value v[16] = {
        im_float_new(t, (double)u->ru_utime.tv_sec + (double)u->ru_utime.tv_usec * 1e-6), im_float_new(t, (double)u->ru_stime.tv_sec + (double)u->ru_stime.tv_usec * 1e-6),
        im_int_new(t, u->ru_maxrss), im_int_new(t, u->ru_ixrss), im_int_new(t, u->ru_idrss), im_int_new(t, u->ru_isrss), im_int_new(t, u->ru_minflt), im_int_new(t, u->ru_majflt),
        im_int_new(t, u->ru_nswap), im_int_new(t, u->ru_inblock), im_int_new(t, u->ru_oublock), im_int_new(t, u->ru_msgsnd), im_int_new(t, u->ru_msgrcv),
        im_int_new(t, u->ru_nsignals), im_int_new(t, u->ru_nvcsw), im_int_new(t, u->ru_nivcsw),
    };
    Value r = im_structseq_new(t, im_as_type(type), v);
    im_drop(t, type);
    return r;
}
static Value wait_with_usage(Thread *t, pid_t pid, int options)
{
    int status = 0, e;
    pid_t r;
    struct rusage u;
    memset(&u, 0, sizeof(u));
    IM_SYSCALL(t, r, e, wait4(pid, &status, options, &u));
    return r < 0 ? im_syscall_error(t, e) : im_tuple_of(t, (Value[]){im_int(r), im_int(status), rusage_value(t, &u)}, 3);
}
IM_METHOD(posix_wait3)
{
    int options;
    return im_as_int(t, args[0], &options) < 0 ? IM_NO_VALUE : wait_with_usage(t, -1, options);
}
IM_METHOD(posix_wait4)
{
    pid_t pid;
    int options;
    return im_pid_arg(t, args[0], &pid) < 0 || im_as_int(t, args[1], &options) < 0 ? IM_NO_VALUE : wait_with_usage(t, pid, options);
}
IM_METHOD(posix_waitid)
{
    int kind, options, r, e;
    int64_t id;
    siginfo_t s;
    if (im_as_int(t, args[0], &kind) < 0 || im_as_int64(t, args[1], &id) < 0 || im_as_int(t, args[2], &options) < 0) return IM_NO_VALUE;
    s.si_pid = 0;
    IM_SYSCALL(t, r, e, waitid((idtype_t)kind, (id_t)id, &s, options));
    if (r < 0) return im_syscall_error(t, e);
    if (s.si_pid == 0) return IM_NONE;
    Value v[5] = {im_int(s.si_pid), im_from_uid(t, s.si_uid), im_int(s.si_signo), im_int(s.si_status), im_int(s.si_code)};
    return im_structseq_new(t, im_as_type(im_posix_types.waitid_result), v);
}

#define STATUS_TEST(name, macro, make) \
    IM_METHOD(name) \
    { \
        int status; \
        return im_as_int(t, args[0], &status) < 0 ? IM_NO_VALUE : make(macro(status)); \
    }
STATUS_TEST(posix_WCOREDUMP, WCOREDUMP, im_bool)
STATUS_TEST(posix_WIFCONTINUED, WIFCONTINUED, im_bool)
STATUS_TEST(posix_WIFSTOPPED, WIFSTOPPED, im_bool)
STATUS_TEST(posix_WIFSIGNALED, WIFSIGNALED, im_bool)
STATUS_TEST(posix_WIFEXITED, WIFEXITED, im_bool)
STATUS_TEST(posix_WEXITSTATUS, WEXITSTATUS, im_int)
STATUS_TEST(posix_WTERMSIG, WTERMSIG, im_int)
STATUS_TEST(posix_WSTOPSIG, WSTOPSIG, im_int)

IM_METHOD(posix_waitstatus_to_exitcode)
{
    int s;
    if (im_as_int(t, args[0], &s) < 0) return IM_NO_VALUE;
    if (WIFEXITED(s)) return im_int(WEXITSTATUS(s));
    if (WIFSIGNALED(s)) return im_int(-WTERMSIG(s));
    if (WIFSTOPPED(s)) return im_raise_valueerror(t, "process stopped by delivery of signal %i", WSTOPSIG(s));
    return im_raise_valueerror(t, "invalid wait status: %i", s);
}

/* --- signals and the end ------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(posix_kill)
{
    pid_t pid;
    int sig;
    if (im_pid_arg(t, args[0], &pid) < 0 || im_as_int(t, args[1], &sig) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.kill", im_int(pid), im_int(sig)) < 0) return IM_NO_VALUE;
    if (kill(pid, sig) < 0) return IM_ERRNO(t);
    return im_poll(t) < 0 ? IM_NO_VALUE : IM_NONE; /* a signal to ourselves is handled before we return */
}
IM_METHOD(posix_killpg)
{
    pid_t pid;
    int sig;
    if (im_pid_arg(t, args[0], &pid) < 0 || im_as_int(t, args[1], &sig) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.killpg", im_int(pid), im_int(sig)) < 0) return IM_NO_VALUE;
    if (killpg(pid, sig) < 0) return IM_ERRNO(t);
    return im_poll(t) < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(posix_exit)
{
    int status;
    if (im_as_int(t, args[0], &status) < 0) return IM_NO_VALUE;
    _exit(status);
}
IM_METHOD(posix_abort) { abort(); }
IM_METHOD(posix_system)
{
    Value owned;
    int r;
    const char *s = im_fs_string(t, args[0], &owned);
    if (!s) return IM_NO_VALUE;
    if (IM_AUDIT(t, "os.system", args[0]) < 0) { im_drop(t, owned); return IM_NO_VALUE; }
    IM_DETACH(t);
    r = system(s);
    IM_ATTACH(t);
    im_drop(t, owned);
    return im_int(r);
}
IM_METHOD(posix_pidfd_open)
{
    pid_t pid;
    uint64_t flags = 0;
    int r;
    if (im_pid_arg(t, args[0], &pid) < 0 || (!im_no_value(args[1]) && im_as_uint64_wrap(t, args[1], &flags) < 0)) return IM_NO_VALUE;
    r = (int)syscall(SYS_pidfd_open, pid, (unsigned)flags);
    return r < 0 ? IM_ERRNO(t) : im_int(r);
}

#define STATUS_ROW(name, doc) IM_PARSED(#name, posix_##name, "($module, /, status)", doc)
const ImMethodDef im_posix_process_methods[] = {
    IM_FIXED("execv", posix_execv, 2, "($module, path, argv, /)", "Execute an executable path with arguments, replacing current process."),
    IM_PARSED("execve", posix_execve, "($module, /, path, argv, env)", "Execute an executable path with arguments, replacing current process."),
    IM_FIXED("wait", posix_wait, 0, "($module, /)", "Wait for completion of a child process.\n\nReturns a tuple of information about the child process:\n    (pid, status)"),
    IM_FIXED("waitpid", posix_waitpid, 2, "($module, pid, options, /)", "Wait for completion of a given child process."),
    IM_PARSED("wait3", posix_wait3, "($module, /, options)", "Wait for completion of a child process."),
    IM_PARSED("wait4", posix_wait4, "($module, /, pid, options)", "Wait for completion of a specific child process."),
    IM_FIXED("waitid", posix_waitid, 3, "($module, idtype, id, options, /)", "Returns the result of waiting for a process or processes."),
    IM_FIXED("WCOREDUMP", posix_WCOREDUMP, 1, "($module, status, /)", "Return True if the process returning status was dumped to a core file."),
    STATUS_ROW(WIFCONTINUED, "Return True if a particular process was continued from a job control stop."), STATUS_ROW(WIFSTOPPED, "Return True if the process returning status was stopped."),
    STATUS_ROW(WIFSIGNALED, "Return True if the process returning status was terminated by a signal."), STATUS_ROW(WIFEXITED, "Return True if the process returning status exited via the exit() system call."),
    STATUS_ROW(WEXITSTATUS, "Return the process return code from status."), STATUS_ROW(WTERMSIG, "Return the signal that terminated the process that provided the status value."),
    STATUS_ROW(WSTOPSIG, "Return the signal that stopped the process that provided the status value."),
    IM_PARSED("waitstatus_to_exitcode", posix_waitstatus_to_exitcode, "($module, /, status)", "Convert a wait status to an exit code."),
    IM_FIXED("kill", posix_kill, 2, "($module, pid, signal, /)", "Kill a process with a signal."),
    IM_FIXED("killpg", posix_killpg, 2, "($module, pgid, signal, /)", "Kill a process group with a signal."),
    IM_PARSED("_exit", posix_exit, "($module, /, status)", "Exit to the system with specified status, without normal exit processing."),
    IM_FIXED("abort", posix_abort, 0, "($module, /)", "Abort the interpreter immediately."),
    IM_PARSED("system", posix_system, "($module, /, command)", "Execute the command in a subshell."),
    IM_PARSED("pidfd_open", posix_pidfd_open, "($module, /, pid, flags=0)", "Return a file descriptor referring to the process *pid*."),
    IM_END,
};

int im_posix_process_init(Thread *t, Value m)
{
    static const ImStructField fields[] = {{"si_pid", NULL}, {"si_uid", NULL}, {"si_signo", NULL}, {"si_status", NULL}, {"si_code", NULL}};
    static const ImIntRow rows[] = {
        {"WNOHANG", WNOHANG}, {"WUNTRACED", WUNTRACED}, {"WCONTINUED", WCONTINUED}, {"WEXITED", WEXITED}, {"WSTOPPED", WSTOPPED}, {"WNOWAIT", WNOWAIT}, {"P_PID", P_PID}, {"P_PGID", P_PGID},
        {"P_ALL", P_ALL}, {"P_PIDFD", 3}, {"PIDFD_NONBLOCK", O_NONBLOCK}, {"CLD_EXITED", CLD_EXITED}, {"CLD_KILLED", CLD_KILLED}, {"CLD_DUMPED", CLD_DUMPED}, {"CLD_TRAPPED", CLD_TRAPPED},
        {"CLD_STOPPED", CLD_STOPPED}, {"CLD_CONTINUED", CLD_CONTINUED},
    };
    if (IM_ADD_INT_ROWS(t, m, rows) < 0) return -1;
    return im_posix_add_seq(t, m, &im_posix_types.waitid_result, "posix.waitid_result", "waitid_result: Result from waitid.\n\nThis object may be accessed either as a tuple of\n"
        "  (si_pid, si_uid, si_signo, si_status, si_code),\nor via the attributes si_pid, si_uid, and so on.\n\nSee os.waitid for more information.", fields, 5, 5);
}
