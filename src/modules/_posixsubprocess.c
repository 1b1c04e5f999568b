/* _posixsubprocess: fork and exec for subprocess.
 *
 * Between fork and exec the child calls async-signal-safe functions only: everything it needs is converted before. With vfork it even runs in the parent's memory, while
 * the calling thread waits; all signals are blocked so that no handler runs there. With a preexec_fn it is a full fork with all hooks.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules/_signal.h"
#include "modules/posix.h"

typedef struct Spawn {
    ImStringArray argv, execs, envp;
    bool has_env, close_fds, restore_signals, setsid, set_gid, set_uid, set_groups, vfork;
    int *keep;
    size_t nkeep;
    const char *cwd;
    int p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, child_umask;
    pid_t pgid;
    uid_t uid;
    gid_t gid, *groups;
    size_t ngroups;
    Value preexec;
    Thread *t;
    const sigset_t *mask; /* the child's */
} Spawn;

/* --- in the child --------------------------------------------------------------------------------------------------------------------- */

static void tell(int fd, const char *s, size_t n)
{
    while (n) {
        ssize_t r = write(fd, s, n);
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0) return;
        s += r;
        n -= (size_t)r;
    }
}
/* "OSError:<errno in hex>:<message>", as subprocess.py reads it. */
static void tell_error(int fd, int e, const char *message)
{
    char hex[2 * sizeof(int) + 1], *p = hex + sizeof(hex);
    if (e) {
        tell(fd, "OSError:", 8);
        for (; e; e /= 16) *--p = "0123456789ABCDEF"[e % 16];
        tell(fd, p, (size_t)(hex + sizeof(hex) - p));
        tell(fd, ":", 1);
    } else {
        tell(fd, "SubprocessError:0:", 18);
    }
    tell(fd, message, strlen(message));
}
static void close_gap(int lo, int hi) /* lo..hi-1 */
{
    if (lo < hi && close_range((unsigned)lo, (unsigned)hi - 1, 0) != 0) {
        long max = sysconf(_SC_OPEN_MAX);
        for (int fd = lo; fd < hi && fd < max; fd++) close(fd);
    }
}
static void close_others(const Spawn *s)
{
    int lo = 3;
    for (size_t i = 0; i < s->nkeep; i++) {
        if (s->keep[i] < lo) continue;
        close_gap(lo, s->keep[i]);
        lo = s->keep[i] + 1;
    }
    close_gap(lo, INT_MAX);
}
static int to_standard(int fd, int target)
{
    if (fd == target) return im_set_inheritable(fd, true) ? -1 : 0;
    return fd == -1 ? 0 : dup2(fd, target);
}

static const char *redirect(Spawn *s)
{
    for (size_t i = 0; i < s->nkeep; i++)
        if (s->keep[i] != s->errpipe_write && im_set_inheritable(s->keep[i], true)) { /* closed meanwhile: exec will tell */ }
    if (s->p2cwrite >= 0) close(s->p2cwrite);
    if (s->c2pread >= 0) close(s->c2pread);
    if (s->errread >= 0) close(s->errread);
    close(s->errpipe_read);
    /* Descriptors that stand where others are about to be put go up first. */
    if (s->c2pwrite == 0 && (s->c2pwrite = dup(0)) < 0) return "noexec";
    while (s->errwrite == 0 || s->errwrite == 1)
        if ((s->errwrite = dup(s->errwrite)) < 0) return "noexec";
    if (to_standard(s->p2cread, 0) < 0 || to_standard(s->c2pwrite, 1) < 0 || to_standard(s->errwrite, 2) < 0) return "noexec";
    return NULL;
}
static const char *prepare(Spawn *s)
{
    const char *bad = redirect(s);
    if (bad) return bad;
    if (s->cwd && chdir(s->cwd) < 0) return "noexec:chdir";
    if (s->child_umask >= 0) umask((mode_t)s->child_umask);
    if (s->restore_signals) im_signal_restore_defaults();
    if (s->mask) { /* handlers would run in the parent's memory */
        for (int n = 1; n < NSIG; n++) {
            struct sigaction a;
            if (sigaction(n, NULL, &a) == 0 && a.sa_handler != SIG_IGN && a.sa_handler != SIG_DFL) signal(n, SIG_DFL);
        }
        pthread_sigmask(SIG_SETMASK, s->mask, NULL);
    }
    if (s->setsid && setsid() < 0) { /* as CPython: ignored */ }
    if (s->pgid >= 0 && setpgid(0, s->pgid) < 0) return "noexec";
    if (s->set_groups && setgroups(s->ngroups, s->groups) < 0) return "noexec";
    if (s->set_gid && setregid(s->gid, s->gid) < 0) return "noexec";
    if (s->set_uid && setreuid(s->uid, s->uid) < 0) return "noexec";
    return NULL;
}
static IM_NORETURN void run_child(Spawn *s)
{
    const char *message = prepare(s);
    int e = errno;
    if (!message && !im_no_value(s->preexec)) {
        Value r = im_call0(s->t, s->preexec);
        if (im_no_value(r)) {
            message = "Exception occurred in preexec_fn.";
            e = 0;
        }
        im_xdrop(s->t, r);
    }
    if (!message) {
        if (s->close_fds) close_others(s);
        message = "";
        e = 0;
        for (char **p = s->execs.v; *p; p++) {
            if (s->has_env) execve(*p, s->argv.v, s->envp.v);
            else execv(*p, s->argv.v);
            if (errno != ENOENT && errno != ENOTDIR && e == 0) e = errno;
        }
        if (e == 0) e = errno;
    }
    tell_error(s->errpipe_write, e, message);
    _exit(255);
}

/* --- in the parent ----------------------------------------------------------------------------------------------------------------------- */

static IM_NOINLINE pid_t start_plain(Spawn *s)
{
    pid_t pid;
    sigset_t all, old;
    if (s->vfork) {
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &old);
        s->mask = &old;
        pid = vfork();
    } else {
        pid = fork();
    }
    if (pid == 0) run_child(s);
    if (s->vfork) {
        int e = errno;
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        errno = e;
    }
    return pid;
}
static pid_t start_with_hook(void *arg) { (void)arg; return fork(); }

static int keep_fds(Thread *t, Value v, Spawn *s)
{
    if (!im_is_tuple(v)) return im_raise_type(t, "fork_exec() argument 4 must be tuple, not %.50T", v), -1;
    s->nkeep = (size_t)im_tuple_len(v);
    if (!(s->keep = im_raw_alloc(t, s->nkeep * sizeof(int)))) return -1;
    int64_t before = -1, fd;
    for (size_t i = 0; i < s->nkeep; i++) {
        Value x = im_tuple_get(v, (ssize_t)i);
        if (!im_is_int_like(x) || !im_int_get64(x, &fd) || fd <= before || fd > INT_MAX) return im_raise_valueerror(t, "bad value(s) in fds_to_keep"), -1;
        s->keep[i] = (int)(before = fd);
    }
    return 0;
}
static int groups_arg(Thread *t, Value v, Spawn *s)
{
    if (im_is_none(v)) return 0;
    if (!im_is_list(v)) return im_raise_type(t, "setgroups argument must be a list"), -1;
    Value seq = im_to_tuple(t, v);
    if (im_no_value(seq)) return -1;
    s->ngroups = (size_t)im_tuple_len(seq);
    int r = -1;
    if (s->ngroups > NGROUPS_MAX) im_raise_valueerror(t, "too many extra_groups");
    else if ((s->groups = im_raw_alloc(t, (s->ngroups + 1) * sizeof(gid_t)))) r = 0;
    for (size_t i = 0; r == 0 && i < s->ngroups; i++) {
        Value x = im_tuple_get(seq, (ssize_t)i);
        if (!im_is_int_like(x)) { im_raise_type(t, "extra_groups must be integers"); r = -1; }
        else if (im_gid_arg(t, x, &s->groups[i]) < 0) { im_exc_clear(t); im_raise_valueerror(t, "invalid group id"); r = -1; }
    }
    s->set_groups = true;
    im_drop(t, seq);
    return r;
}
static int flag(Thread *t, Value v, bool *out)
{
    int r = im_truth(t, v);
    *out = r > 0;
    return r < 0 ? -1 : 0;
}

/* args: 0 argv, 1 executables, 2 close_fds, 3 fds to keep, 4 cwd, 5 env, 6..13 descriptors, 14 restore_signals, 15 setsid, 16 pgid, 17 gid, 18 groups, 19 uid, 20 umask,
 * 21 preexec_fn, 22 allow_vfork. */
static int read_args(Thread *t, const Value *args, Spawn *s, Value *cwd)
{
    int *const fds[] = {&s->p2cread, &s->p2cwrite, &s->c2pread, &s->c2pwrite, &s->errread, &s->errwrite, &s->errpipe_read, &s->errpipe_write};
    bool allow_vfork;
    if (flag(t, args[2], &s->close_fds) < 0 || flag(t, args[14], &s->restore_signals) < 0 || flag(t, args[15], &s->setsid) < 0 || flag(t, args[22], &allow_vfork) < 0) return -1;
    for (int i = 0; i < 8; i++)
        if (im_as_int(t, args[6 + i], fds[i]) < 0) return -1;
    if (im_pid_arg(t, args[16], &s->pgid) < 0 || im_as_int(t, args[20], &s->child_umask) < 0) return -1;
    if (!im_is_none(args[21])) {
        if (im_load_relaxed(&im_rt.x_finalizing)) return im_raise(t, &im_PythonFinalizationError_type, "preexec_fn not supported at interpreter shutdown"), -1;
        s->preexec = args[21];
    }
    if (s->close_fds && s->errpipe_write < 3) return im_raise_valueerror(t, "errpipe_write must be >= 3"), -1;
    if (keep_fds(t, args[3], s) < 0 || im_posix_argv(t, args[0], &s->argv) < 0 || im_posix_argv(t, args[1], &s->execs) < 0) return -1;
    if (s->argv.n == 0) return im_raise_valueerror(t, "argv must not be empty"), -1;
    if (!im_is_none(args[5])) { /* a list of "NAME=value" bytes */
        if (im_posix_argv(t, args[5], &s->envp) < 0) return -1;
        s->has_env = true;
    }
    if (!im_is_none(args[4]) && !(s->cwd = im_fs_string(t, args[4], cwd))) return -1;
    if (groups_arg(t, args[18], s) < 0) return -1;
    if (!im_is_none(args[17])) {
        if (im_gid_arg(t, args[17], &s->gid) < 0) return -1;
        s->set_gid = true;
    }
    if (!im_is_none(args[19])) {
        if (im_uid_arg(t, args[19], &s->uid) < 0) return -1;
        s->set_uid = true;
    }
    s->vfork = allow_vfork && im_no_value(s->preexec) && !s->set_uid && !s->set_gid && !s->set_groups;
    return 0;
}
IM_METHOD(do_fork_exec)
{
    Spawn s = {.t = t};
    Value cwd = IM_NO_VALUE, result = IM_NO_VALUE;
    if (read_args(t, args, &s, &cwd) == 0) {
        pid_t pid;
        if (im_no_value(s.preexec)) {
            pid = start_plain(&s);
            if (pid < 0) IM_ERRNO(t);
        } else {
            pid = im_posix_fork_with(t, start_with_hook, NULL);
            if (pid == 0) run_child(&s);
        }
        if (pid >= 0) result = im_int(pid);
    }
    im_string_array_fini(t, &s.argv);
    im_string_array_fini(t, &s.execs);
    im_string_array_fini(t, &s.envp);
    im_raw_free(s.keep);
    im_raw_free(s.groups);
    im_xdrop(t, cwd);
    return result;
}

static const ImMethodDef methods[] = {
    IM_FIXED("fork_exec", do_fork_exec, 23, "($module, args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, "
             "errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, allow_vfork, /)", "Spawn a fresh new child process."),
    IM_END,
};
static const ImModuleDef def = {.name = "_posixsubprocess", .doc = "A POSIX helper for the subprocess module.", .methods = methods};
IM_MODULE(def);
