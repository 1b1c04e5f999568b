/* Module _posixsubprocess: fork_exec, the one function by which subprocess and multiprocessing start programs.
 *
 * Everything the child needs is turned into C memory before the fork. After it, the child calls only functions that are safe in a process forked from one with
 * threads (unless there is a preexec_fn, which is Python code by definition), and reports failure through the error pipe as "OSError:<hex errno>:<what>".
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "modules/module.h"
#include "modules/posix.h"

typedef struct Job {
    char **argv, **envp, **exec;  /* null-ended; envp null: the parent's */
    const char *cwd;
    int *keep, nkeep;             /* sorted descriptors to pass */
    int p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, umask;
    bool close_fds, restore_signals, setsid, set_gid, set_uid, set_groups;
    pid_t pgid;
    gid_t gid, *groups;
    uid_t uid;
    size_t ngroups;
    Value preexec;                /* no value: none */
    const sigset_t *mask;         /* the parent's signal mask where the child shares its memory (vfork), else null */
    Thread *t;
} Job;

/* --- child ---------------------------------------------------------------------------------------------------------------------------- */
static int set_inheritable(int fd)
{
    int f = fcntl(fd, F_GETFD);
    return f < 0 ? -1 : fcntl(fd, F_SETFD, f & ~FD_CLOEXEC);
}
static bool kept(const Job *j, int fd)
{
    for (int i = 0; i < j->nkeep; i++) if (j->keep[i] == fd) return true;
    return false;
}
static void close_others(const Job *j)
{
    int from = 3;
    for (int i = 0; i <= j->nkeep; i++) {
        int to = i < j->nkeep ? j->keep[i] : -1;
        if (to >= 0 && to < from) continue;
        if (to < 0 || to > from) {
            unsigned last = to < 0 ? ~0u : (unsigned)to - 1;
            if (syscall(SYS_close_range, (unsigned)from, last, 0) < 0) { /* old kernel */
                long max = sysconf(_SC_OPEN_MAX);
                for (int fd = from; fd < (to < 0 ? (int)max : to); fd++) if (!kept(j, fd)) close(fd);
            }
        }
        from = to + 1;
    }
}
/* All signals are blocked so far: a handler of ours would run in the parent's memory. Those that have one go back to their default. */
static void unblock_signals(const sigset_t *mask)
{
    struct sigaction now, dflt = {.sa_handler = SIG_DFL};
    for (int i = 1; i < NSIG; i++)
        if (i != SIGKILL && i != SIGSTOP && sigaction(i, NULL, &now) == 0 && now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN) sigaction(i, &dflt, NULL);
    pthread_sigmask(SIG_SETMASK, mask, NULL);
}
IM_NORETURN static void child(Job *j)
{
    const char *where = "";
    int saved = 0;
    for (int i = 0; i < j->nkeep; i++)
        if (j->keep[i] != j->errpipe_write && set_inheritable(j->keep[i]) < 0) goto error;
    if (j->p2cwrite >= 0) close(j->p2cwrite);
    if (j->c2pread >= 0) close(j->c2pread);
    if (j->errread >= 0) close(j->errread);
    close(j->errpipe_read);
    /* 0, 1, 2 may be among the pipes' ends: move them out of the way first */
    if (j->c2pwrite == 0 && (j->c2pwrite = dup(j->c2pwrite)) < 0) goto error;
    while (j->errwrite == 0 || j->errwrite == 1) if ((j->errwrite = dup(j->errwrite)) < 0) goto error;
    int from[3] = {j->p2cread, j->c2pwrite, j->errwrite};
    for (int to = 0; to < 3; to++) {
        if (from[to] == to) { if (set_inheritable(to) < 0) goto error; }
        else if (from[to] >= 0 && dup2(from[to], to) < 0) goto error;
    }
    if (j->cwd && chdir(j->cwd) < 0) { where = "noexec:chdir"; goto error; }
    if (j->umask >= 0) umask((mode_t)j->umask);
    if (j->restore_signals) {
        signal(SIGPIPE, SIG_DFL);
        signal(SIGXFSZ, SIG_DFL);
    }
    if (j->mask) unblock_signals(j->mask);
    if (j->setsid && setsid() < 0) goto error;
    if (j->pgid >= 0 && setpgid(0, j->pgid) < 0) goto error;
    if (j->set_groups && setgroups(j->ngroups, j->groups) < 0) goto error;
    if (j->set_gid && setregid(j->gid, j->gid) < 0) goto error;
    if (j->set_uid && setreuid(j->uid, j->uid) < 0) goto error;
    if (!im_no_value(j->preexec)) {
        Value r = im_call0(j->t, j->preexec);
        if (im_no_value(r)) {
            static const char msg[] = "SubprocessError:0:Exception occurred in preexec_fn.";
            ssize_t w = write(j->errpipe_write, msg, sizeof msg - 1);
            (void)w;
            _exit(255);
        }
    }
    if (j->close_fds) close_others(j);
    for (char **p = j->exec; *p; p++) {
        if (j->envp) execve(*p, j->argv, j->envp);
        else execv(*p, j->argv);
        if (errno != ENOENT && errno != ENOTDIR && saved == 0) saved = errno;
    }
    if (saved) errno = saved;
error: {
    char buf[64], hex[16];
    int e = errno, k = 0;
    size_t n = 0;
    static const char head[] = "OSError:";
    for (; e; e >>= 4) hex[k++] = "0123456789ABCDEF"[e & 15];
    memcpy(buf, head, sizeof head - 1);
    n = sizeof head - 1;
    while (k) buf[n++] = hex[--k];
    buf[n++] = ':';
    size_t m = strlen(where);
    memcpy(buf + n, where, m);
    ssize_t w = write(j->errpipe_write, buf, n + m);
    (void)w;
    _exit(255);
}
}

/* --- parent ---------------------------------------------------------------------------------------------------------------------------------- */
static void free_strings(char **v)
{
    for (char **p = v; p && *p; p++) im_raw_free(*p);
    im_raw_free(v);
}
/* Sequence of str, bytes or paths as C strings. */
static char **strings(Thread *t, Value seq, bool bytes_only)
{
    Value tup = im_to_tuple(t, seq);
    if (im_no_value(tup)) return NULL;
    size_t n = (size_t)im_tuple_len(tup);
    char **v = im_raw_alloc_zero(t, n + 1, sizeof *v);
    for (size_t i = 0; v && i < n; i++) {
        Value x = im_tuple_get(tup, (ssize_t)i), b;
        if (bytes_only && !im_is_bytes(x)) { (void)im_raise_type(t, "expected bytes, %T found", x); b = IM_NO_VALUE; }
        else b = im_fs_encode(t, x);
        char *s = im_no_value(b) ? NULL : im_raw_alloc(t, (size_t)im_bytes_len(b) + 1);
        if (s) memcpy(s, im_bytes_data(b), (size_t)im_bytes_len(b) + 1);
        im_xdrop(t, b);
        if (!s) { free_strings(v); v = NULL; break; }
        v[i] = s;
    }
    im_drop(t, tup);
    return v;
}
static int keep_list(Thread *t, Value v, Job *j)
{
    if (!im_is_tuple(v)) return im_raise_type(t, "fork_exec() argument 4 must be tuple, not %T", v), -1;
    ssize_t n = im_tuple_len(v);
    j->keep = im_raw_alloc(t, (size_t)(n ? n : 1) * sizeof(int));
    if (!j->keep) return -1;
    for (ssize_t i = 0; i < n; i++) {
        int fd;
        if (!im_is_int_like(im_tuple_get(v, i)) || im_as_int(t, im_tuple_get(v, i), &fd) < 0 || fd < 0 || (i && fd <= j->keep[i - 1])) {
            im_exc_clear(t);
            return im_raise_valueerror(t, "bad value(s) in fds_to_keep"), -1;
        }
        j->keep[i] = fd;
    }
    j->nkeep = (int)n;
    return 0;
}
static int groups(Thread *t, Value v, Job *j)
{
    if (!im_is_list(v)) return im_raise_type(t, "setgroups argument must be a list"), -1;
    ssize_t n = im_list_len(v);
    if (n > 65536) return im_raise_valueerror(t, "too many extra_groups"), -1;
    j->groups = im_raw_alloc(t, (size_t)(n ? n : 1) * sizeof(gid_t));
    if (!j->groups) return -1;
    for (ssize_t i = 0; i < n; i++) {
        Value x = im_list_get(t, v, i);
        int r = im_no_value(x) || !im_is_int_like(x) ? (im_raise_type(t, "extra_groups must be integers"), -1) : im_gid_arg(t, x, &j->groups[i]);
        if (r < 0 && im_exc_clear_if(t, &im_OverflowError_type)) im_raise_valueerror(t, "invalid group id");
        im_xdrop(t, x);
        if (r < 0) return -1;
    }
    j->ngroups = (size_t)n;
    return 0;
}
static pid_t plain_fork(void *arg) { (void)arg; return fork(); }
/* A child that runs nothing but child() needs no copy of our memory, whose page tables alone may take milliseconds: this thread waits until it has
 * begun its program, the others go on. A function of its own, since the child uses our stack meanwhile. */
IM_NOINLINE static pid_t start_sharing(Job *j)
{
    sigset_t all, mask;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &mask);
    j->mask = &mask;
    pid_t pid = vfork();
    if (pid == 0) child(j);
    int e = errno;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    errno = e;
    return pid;
}

static Value fork_exec(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)self; (void)n; (void)kw;
    Job j = {.preexec = IM_NO_VALUE, .t = t, .pgid = -1};
    int *const fds[8] = {&j.p2cread, &j.p2cwrite, &j.c2pread, &j.c2pwrite, &j.errread, &j.errwrite, &j.errpipe_read, &j.errpipe_write};
    Value cwd = IM_NO_VALUE, out = IM_NO_VALUE;
    int b;
    if (!im_is_none(a[21]) && im_load_relaxed(&im_rt.x_finalizing))
        return im_raise(t, &im_PythonFinalizationError_type, "preexec_fn not supported at interpreter shutdown");
    if ((b = im_truth(t, a[2])) < 0) return IM_NO_VALUE;
    j.close_fds = b;
    if (keep_list(t, a[3], &j) < 0) goto done;
    for (int i = 0; i < 8; i++) if (im_as_int(t, a[6 + i], fds[i]) < 0) goto done;
    if (j.close_fds && j.errpipe_write < 3) { (void)im_raise_valueerror(t, "errpipe_write must be >= 3"); goto done; }
    if ((b = im_truth(t, a[14])) < 0) goto done;
    j.restore_signals = b;
    if ((b = im_truth(t, a[15])) < 0) goto done;
    j.setsid = b;
    int pg;
    if (im_as_int(t, a[16], &pg) < 0) goto done;
    j.pgid = pg;
    if (!im_is_none(a[17])) { if (im_gid_arg(t, a[17], &j.gid) < 0) goto done; j.set_gid = true; }
    if (!im_is_none(a[18])) {
        if (groups(t, a[18], &j) < 0) goto done;
        j.set_groups = true;
    }
    if (!im_is_none(a[19])) { if (im_uid_arg(t, a[19], &j.uid) < 0) goto done; j.set_uid = true; }
    if (im_as_int(t, a[20], &j.umask) < 0) goto done;
    if (!im_is_none(a[21])) j.preexec = a[21];
    if (!(j.argv = strings(t, a[0], false)) || !(j.exec = strings(t, a[1], true))) goto done;
    if (!im_is_none(a[5]) && !(j.envp = strings(t, a[5], true))) goto done;
    if (!im_is_none(a[4])) {
        cwd = im_fs_encode(t, a[4]);
        if (im_no_value(cwd)) goto done;
        j.cwd = im_bytes_data(cwd);
    }
    bool python = !im_no_value(j.preexec);
    pid_t pid;
    int sharing = im_truth(t, a[22]);
    if (sharing < 0) goto done;
    if (python) { /* the child runs Python code: a whole fork, with its hooks */
        pid = im_posix_fork_with(t, plain_fork, NULL);
    } else if (sharing && !j.set_uid && !j.set_gid && !j.set_groups) {
        IM_DETACH(t);
        pid = start_sharing(&j);
        IM_ATTACH(t);
    } else {
        pid = fork();
    }
    if (pid == 0) child(&j);
    if (pid < 0) {
        if (!im_pending(t)) (void)im_raise_errno(t, errno);
    } else {
        out = im_int(pid);
    }
done:
    im_xdrop(t, cwd);
    im_raw_free(j.keep);
    im_raw_free(j.groups);
    free_strings(j.argv);
    free_strings(j.exec);
    free_strings(j.envp);
    return out;
}
static const ImMethodDef methods[] = {IM_FIXED("fork_exec", fork_exec, 23, "($module, args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, allow_vfork, /)",
    "Spawn a fresh new child process."), IM_END};
static const ImModuleDef def = {.name = "_posixsubprocess", .doc = "A POSIX helper for the subprocess module.", .methods = methods};
IM_MODULE(def);
