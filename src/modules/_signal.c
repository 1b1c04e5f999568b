/* _signal: Python handlers for signals.
 *
 * The C handler only sets flags, writes a byte to the wake-up descriptor and asks the main thread to poll; Python handlers run at the main thread's next safepoint.
 * x_tripped is set before x_any and the poll request, and cleared in the opposite order, so that no signal is lost.
 * SPDX-License-Identifier: MIT */
#include "modules/_signal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/syscall.h"

enum { SIGNALS = 65 };
#define DEFAULT im_int(0)
#define IGNORE im_int(1)

static struct {
    Value x_handler[SIGNALS];      /* int 0, int 1, callable, or None: not set by Python. Written by exchange */
    uint8_t x_tripped[SIGNALS];    /* set by the C handler, cleared by the main thread */
    uint8_t x_any;
    int x_wakeup_fd;               /* -1: none. Written by the main thread, read by the C handler */
    uint8_t x_warn_full;
    int x_wakeup_error;            /* errno of a failed write to it, 0: none */
    Value int_handler;             /* default_int_handler */
    Value itimer_error;
    Value siginfo_type;
    bool ready;
} sig = {.x_wakeup_fd = -1};

/* --- arrival ----------------------------------------------------------------------------------------------------------------------- */

void im_signal_trip(int n)
{
    im_store_release(&sig.x_tripped[n], 1);
    im_store_release(&sig.x_any, 1);
    int fd = im_load_acquire(&sig.x_wakeup_fd);
    if (fd >= 0) {
        uint8_t byte = (uint8_t)n;
        if (write(fd, &byte, 1) < 0 && (im_load_relaxed(&sig.x_warn_full) || (errno != EAGAIN && errno != EWOULDBLOCK)))
            im_store_release(&sig.x_wakeup_error, errno);
    }
    if (im_rt.main_thread) im_poll_request(im_rt.main_thread, IM_POLL_SIGNAL);
}
static void c_handler(int n)
{
    int saved = errno;
    im_signal_trip(n);
    errno = saved;
}

static int install(int n, void (*fn)(int))
{
    struct sigaction a;
    memset(&a, 0, sizeof(a));
    a.sa_handler = fn;
    sigemptyset(&a.sa_mask);
    a.sa_flags = fn == c_handler ? SA_ONSTACK : 0; /* no SA_RESTART: calls come back with EINTR so that handlers run */
    return sigaction(n, &a, NULL);
}

/* --- at the main thread's safepoint ----------------------------------------------------------------------------------------------------- */

static void report_wakeup_error(Thread *t)
{
    int e = im_xchg_acq_rel(&sig.x_wakeup_error, 0);
    if (!e) return;
    Value saved = im_exc_fetch(t);
    im_raise_errno(t, e);
    im_write_unraisable(t, "Exception ignored when trying to write to the signal wakeup fd", IM_NO_VALUE);
    im_exc_restore(t, saved);
}

static int run_handlers(Thread *t)
{
    if (t != im_rt.main_thread) return 0;
    report_wakeup_error(t);
    if (!im_xchg_acq_rel(&sig.x_any, 0)) return 0;
    Value frame = im_frame_hooks.frame ? im_frame_hooks.frame(t, 0) : IM_NO_VALUE;
    if (im_no_value(frame)) {
        if (im_pending(t)) im_exc_clear(t);
        frame = IM_NONE;
    }
    int r = 0;
    for (int n = 1; n < SIGNALS && r == 0; n++) {
        if (!im_xchg_acq_rel(&sig.x_tripped[n], 0)) continue;
        Value h = im_slot_get(t, NULL, &sig.x_handler[n]);
        if (im_is_none(h) || im_is_int(h) || im_no_value(h)) { /* taken away between arrival and now */
            im_raise(t, &im_OSError_type, "Signal %i ignored due to race condition", n);
            im_write_unraisable(t, NULL, IM_NONE);
            continue;
        }
        Value v = im_call2(t, h, im_int(n), frame);
        if (im_no_value(v)) r = -1;
        im_xdrop(t, v);
        im_drop(t, h);
    }
    im_drop(t, frame);
    if (r < 0) { /* the others are still to be handled */
        im_store_release(&sig.x_any, 1);
        im_poll_request(t, IM_POLL_SIGNAL);
    }
    return r;
}

void im_signal_after_fork(Thread *t)
{
    (void)t;
    for (int n = 1; n < SIGNALS; n++) im_store_relaxed(&sig.x_tripped[n], 0);
    im_store_relaxed(&sig.x_any, 0);
}
void im_signal_restore_defaults(void)
{
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_DFL);
}

void im_signal_fini(void)
{
    for (int n = 1; sig.ready && n < SIGNALS; n++) {
        Value h = sig.x_handler[n];
        if (im_no_value(h) || im_is_none(h) || im_is_int(h)) continue;
        (void)install(n, SIG_DFL);
        im_store_relaxed(&sig.x_tripped[n], 0);
    }
}

/* --- arguments and results --------------------------------------------------------------------------------------------------------------- */

static int number_arg(Thread *t, Value v, int *out)
{
    if (im_as_int(t, v, out) < 0) return -1;
    if (*out < 1 || *out >= SIGNALS) return im_raise_valueerror(t, "signal number out of range"), -1;
    return 0;
}

int im_signal_set_arg(Thread *t, Value v, sigset_t *out)
{
    sigemptyset(out);
    Value it = im_iter(t, v);
    if (im_no_value(it)) return -1;
    int r = 0;
    while (r == 0) {
        Value x = im_next(t, it);
        if (im_no_value(x)) { r = -1; break; }
        if (im_is_stop(x)) break;
        int64_t n = 0;
        Value i = im_index(t, x);
        im_drop(t, x);
        if (im_no_value(i)) { r = -1; break; }
        bool fits = im_int_get64(i, &n);
        im_drop(t, i);
        if (!fits || n <= 0 || n >= SIGNALS) {
            if (fits) im_raise_valueerror(t, "signal number %lld out of range [1; %i]", (long long)n, SIGNALS - 1);
            else im_raise_valueerror(t, "signal number out of range [1; %i]", SIGNALS - 1);
            r = -1;
        } else if (sigaddset(out, (int)n) < 0) {
            if (errno != EINVAL) { IM_ERRNO(t); r = -1; }
            else r = im_warn(t, &im_RuntimeWarning_type, 1, "invalid signal number %lld, please use valid_signals()", (long long)n);
        }
    }
    im_drop(t, it);
    return r;
}
static Value set_value(Thread *t, const sigset_t *s)
{
    Value v = im_set_new(t, IM_NO_VALUE);
    for (int n = 1; n < SIGNALS && !im_no_value(v); n++)
        if (sigismember(s, n) == 1 && im_set_add(t, v, im_int(n)) < 0) IM_CLEAR(t, v);
    return v;
}
static Value siginfo_value(Thread *t, const siginfo_t *s)
{
    Value v[7] = {im_int(s->si_signo), im_int(s->si_code), im_int(s->si_errno), im_int(s->si_pid), im_int((int64_t)s->si_uid), im_int(s->si_status), im_int_new(t, s->si_band)};
    return im_structseq_new(t, im_as_type(sig.siginfo_type), v);
}

/* --- handlers ------------------------------------------------------------------------------------------------------------------------------ */

IM_METHOD(do_signal)
{
    int n;
    void (*fn)(int);
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (!t->is_main) return im_raise_valueerror(t, "signal only works in main thread of the main interpreter");
    if (n < 1 || n >= SIGNALS) return im_raise_valueerror(t, "signal number out of range");
    Value h = args[1];
    if (im_callable(h)) {
        fn = c_handler;
    } else {
        int is_ign = im_equal(t, h, IGNORE), is_dfl = is_ign ? 0 : im_equal(t, h, DEFAULT);
        if (is_ign < 0 || is_dfl < 0) return IM_NO_VALUE;
        if (!is_ign && !is_dfl) return im_raise_type(t, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
        fn = is_ign ? SIG_IGN : SIG_DFL;
        h = is_ign ? IGNORE : DEFAULT;
    }
    if (im_poll(t) < 0) return IM_NO_VALUE; /* those that arrived go to the old handler */
    if (install(n, fn) < 0) return IM_ERRNO(t);
    im_publish(t, h);
    Value old = {im_xchg_acq_rel(&sig.x_handler[n].bits, im_new_ref(h).bits)};
    return old;
}
IM_METHOD(do_getsignal)
{
    int n;
    if (number_arg(t, args[0], &n) < 0) return IM_NO_VALUE;
    return im_slot_get(t, NULL, &sig.x_handler[n]);
}
IM_METHOD(do_default_int) { return im_raise_none(t, &im_KeyboardInterrupt_type); }
IM_METHOD(do_siginterrupt)
{
    int n, flag;
    if (number_arg(t, args[0], &n) < 0 || im_as_int(t, args[1], &flag) < 0) return IM_NO_VALUE;
    struct sigaction a;
    if (sigaction(n, NULL, &a) < 0) return IM_ERRNO(t);
    if (flag) a.sa_flags &= ~SA_RESTART;
    else a.sa_flags |= SA_RESTART;
    return sigaction(n, &a, NULL) < 0 ? IM_ERRNO(t) : IM_NONE;
}
IM_METHOD(do_strsignal)
{
    int n;
    if (number_arg(t, args[0], &n) < 0) return IM_NO_VALUE;
    const char *s = strsignal(n);
    if (!s || strncmp(s, "Unknown signal", 14) == 0) return IM_NONE;
    return im_str_from_cstr(t, s);
}
IM_METHOD(do_set_wakeup_fd)
{
    int fd, warn = im_no_value(args[1]) ? 1 : im_truth(t, args[1]);
    if (im_as_int(t, args[0], &fd) < 0 || warn < 0) return IM_NO_VALUE;
    if (!t->is_main) return im_raise_valueerror(t, "set_wakeup_fd only works in main thread of the main interpreter");
    if (fd != -1) {
        struct stat st;
        if (fstat(fd, &st) < 0) return IM_ERRNO(t);
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0) return IM_ERRNO(t);
        if (!(flags & O_NONBLOCK)) return im_raise_valueerror(t, "the fd %i must be in non-blocking mode", fd);
    }
    int old = im_xchg_acq_rel(&sig.x_wakeup_fd, fd);
    im_store_release(&sig.x_warn_full, (uint8_t)warn);
    return im_int(old);
}

/* --- sending ------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(do_raise)
{
    int n, r, e;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    r = raise(n);
    e = errno;
    IM_ATTACH(t);
    if (r) return im_raise_errno(t, e);
    return im_poll(t) < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(do_pthread_kill)
{
    uint64_t id;
    int n;
    if (im_as_uint64_wrap(t, args[0], &id) < 0 || im_as_int(t, args[1], &n) < 0) return IM_NO_VALUE;
    if (IM_AUDIT(t, "signal.pthread_kill", args[0], im_int(n)) < 0) return IM_NO_VALUE;
    int e = pthread_kill((pthread_t)id, n);
    if (e) return im_raise_errno(t, e);
    return im_poll(t) < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(do_pidfd_send)
{
    int fd, n, flags = 0;
    if (im_as_int(t, args[0], &fd) < 0 || im_as_int(t, args[1], &n) < 0 || (nargs > 3 && im_as_int(t, args[3], &flags) < 0)) return IM_NO_VALUE;
    if (nargs > 2 && !im_is_none(args[2])) return im_raise_type(t, "siginfo must be None");
    return syscall(SYS_pidfd_send_signal, fd, n, NULL, flags) < 0 ? IM_ERRNO(t) : IM_NONE;
}

/* --- blocking and waiting -------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(do_sigmask)
{
    int how;
    sigset_t set, old;
    if (im_as_int(t, args[0], &how) < 0 || im_signal_set_arg(t, args[1], &set) < 0) return IM_NO_VALUE;
    int e = pthread_sigmask(how, &set, &old);
    if (e) return im_raise_errno(t, e);
    if (im_poll(t) < 0) return IM_NO_VALUE; /* what was just unblocked */
    return set_value(t, &old);
}
IM_METHOD(do_sigpending)
{
    sigset_t set;
    return sigpending(&set) < 0 ? IM_ERRNO(t) : set_value(t, &set);
}
IM_METHOD(do_sigwait)
{
    sigset_t set;
    int n = 0, e;
    if (im_signal_set_arg(t, args[0], &set) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    e = sigwait(&set, &n);
    IM_ATTACH(t);
    return e ? im_raise_errno(t, e) : im_int(n);
}
IM_METHOD(do_sigwaitinfo)
{
    sigset_t set;
    siginfo_t info;
    int r, e;
    if (im_signal_set_arg(t, args[0], &set) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, sigwaitinfo(&set, &info));
    return r < 0 ? im_syscall_error(t, e) : siginfo_value(t, &info);
}
IM_METHOD(do_sigtimedwait)
{
    sigset_t set;
    siginfo_t info;
    int64_t ns;
    int r, e;
    if (im_seconds_arg(t, args[1], IM_ROUND_CEILING, &ns) < 0 || im_signal_set_arg(t, args[0], &set) < 0) return IM_NO_VALUE;
    if (ns < 0) return im_raise_valueerror(t, "timeout must be non-negative");
    int64_t deadline = im_monotonic_ns() + ns;
    for (;;) {
        struct timespec ts = im_timespec(ns);
        IM_DETACH(t);
        r = sigtimedwait(&set, &info, &ts);
        e = errno;
        IM_ATTACH(t);
        if (r >= 0) return siginfo_value(t, &info);
        if (e == EAGAIN) return IM_NONE;
        if (e != EINTR) return im_raise_errno(t, e);
        if (im_poll(t) < 0) return IM_NO_VALUE;
        ns = deadline - im_monotonic_ns();
        if (ns < 0) return IM_NONE;
    }
}
IM_METHOD(do_pause)
{
    IM_DETACH(t);
    (void)pause();
    IM_ATTACH(t);
    return im_poll(t) < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(do_valid_signals)
{
    sigset_t set;
    return sigemptyset(&set) < 0 || sigfillset(&set) < 0 ? IM_ERRNO(t) : set_value(t, &set);
}

/* --- timers -------------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(do_alarm)
{
    int s;
    return im_as_int(t, args[0], &s) < 0 ? IM_NO_VALUE : im_int((int64_t)alarm((unsigned)s));
}
static Value itimer_value(Thread *t, const struct itimerval *v)
{
    double value = (double)v->it_value.tv_sec + 1e-6 * (double)v->it_value.tv_usec, interval = (double)v->it_interval.tv_sec + 1e-6 * (double)v->it_interval.tv_usec;
    return im_tuple_of(t, (Value[]){im_float_new(t, value), im_float_new(t, interval)}, 2);
}
static Value itimer_fail(Thread *t, int e)
{
    Value text = im_str_from_cstr(t, strerror(e)), exc = im_no_value(text) ? text : im_call2(t, sig.itimer_error, im_int(e), text);
    im_xdrop(t, text);
    return im_no_value(exc) ? exc : im_raise_instance(t, exc);
}
static int timeval_arg(Thread *t, Value v, struct timeval *out)
{
    int64_t ns;
    if (im_seconds_arg(t, v, IM_ROUND_CEILING, &ns) < 0) return -1;
    *out = im_timeval_up(ns);
    return 0;
}
IM_METHOD(do_setitimer)
{
    int which;
    struct itimerval v = {0}, old;
    if (im_as_int(t, args[0], &which) < 0 || timeval_arg(t, args[1], &v.it_value) < 0 || (nargs > 2 && timeval_arg(t, args[2], &v.it_interval) < 0)) return IM_NO_VALUE;
    return setitimer((__itimer_which_t)which, &v, &old) < 0 ? itimer_fail(t, errno) : itimer_value(t, &old);
}
IM_METHOD(do_getitimer)
{
    int which;
    struct itimerval v;
    if (im_as_int(t, args[0], &which) < 0) return IM_NO_VALUE;
    return getitimer((__itimer_which_t)which, &v) < 0 ? itimer_fail(t, errno) : itimer_value(t, &v);
}

/* --- the module --------------------------------------------------------------------------------------------------------------------------------------- */

static const ImMethodDef methods[] = {
    IM_FIXED("signal", do_signal, 2, "($module, signalnum, handler, /)", "Set the action for the given signal."),
    IM_FIXED("getsignal", do_getsignal, 1, "($module, signalnum, /)", "Return the current action for the given signal."),
    IM_FIXED("default_int_handler", do_default_int, 2, "($module, signalnum, frame, /)", "The default handler for SIGINT installed by Python.\n\nIt raises KeyboardInterrupt."),
    IM_FIXED("siginterrupt", do_siginterrupt, 2, "($module, signalnum, flag, /)", "Change system call restart behaviour."),
    IM_FIXED("strsignal", do_strsignal, 1, "($module, signalnum, /)", "Return the system description of the given signal."),
    IM_PARSED("set_wakeup_fd", do_set_wakeup_fd, "($module, fd, /, *, warn_on_full_buffer=True)", "Sets the fd to be written to (with the signal number) when a signal comes in."),
    IM_FIXED("raise_signal", do_raise, 1, "($module, signalnum, /)", "Send a signal to the executing process."),
    IM_FIXED("pthread_kill", do_pthread_kill, 2, "($module, thread_id, signalnum, /)", "Send a signal to a thread."),
    IM_RANGE("pidfd_send_signal", do_pidfd_send, 2, 4, "($module, pidfd, signalnum, siginfo=None, flags=0, /)", "Send a signal to a process referred to by a pid file descriptor."),
    IM_FIXED("pthread_sigmask", do_sigmask, 2, "($module, how, mask, /)", "Fetch and/or change the signal mask of the calling thread."),
    IM_FIXED("sigpending", do_sigpending, 0, "($module, /)", "Examine pending signals."),
    IM_FIXED("sigwait", do_sigwait, 1, "($module, sigset, /)", "Wait for a signal."),
    IM_FIXED("sigwaitinfo", do_sigwaitinfo, 1, "($module, sigset, /)", "Wait synchronously until one of the signals in *sigset* is delivered."),
    IM_FIXED("sigtimedwait", do_sigtimedwait, 2, "($module, sigset, timeout, /)", "Like sigwaitinfo(), but with a timeout."),
    IM_FIXED("pause", do_pause, 0, "($module, /)", "Wait until a signal arrives."),
    IM_FIXED("valid_signals", do_valid_signals, 0, "($module, /)", "Return a set of valid signal numbers on this platform."),
    IM_FIXED("alarm", do_alarm, 1, "($module, seconds, /)", "Arrange for SIGALRM to arrive after the given number of seconds."),
    IM_RANGE("setitimer", do_setitimer, 2, 3, "($module, which, seconds, interval=0.0, /)", "Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF)."),
    IM_FIXED("getitimer", do_getitimer, 1, "($module, which, /)", "Returns current value of given itimer."),
    IM_END,
};
static const ImStructField siginfo_fields[] = {{"si_signo", "signal number"}, {"si_code", "signal code"}, {"si_errno", "errno associated with this signal"},
    {"si_pid", "sending process ID"}, {"si_uid", "real user ID of sending process"}, {"si_status", "exit value or signal"}, {"si_band", "band event for SIGPOLL"}};

/* The process's first: what the system has installed becomes what getsignal() tells, and Ctrl-C raises KeyboardInterrupt. */
static int first_time(Thread *t, Value m)
{
    if (im_no_value(sig.int_handler = im_getattr(t, m, IM_S(default_int_handler)))) return -1;
    ImType *info = im_structseq_type(t, "signal.struct_siginfo", "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n"
        "(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.", siginfo_fields, 7, 7);
    if (!info) return -1;
    sig.siginfo_type = im_type_value(info);
    if (im_no_value(sig.itimer_error = im_new_exception(t, "signal.ItimerError", &im_OSError_type))) return -1;
    im_root_add(&sig.int_handler);
    im_root_add(&sig.siginfo_type);
    im_root_add(&sig.itimer_error);
    im_publish(t, sig.int_handler);
    for (int n = 1; n < SIGNALS; n++) {
        struct sigaction a;
        im_root_add(&sig.x_handler[n]);
        sig.x_handler[n] = sigaction(n, NULL, &a) < 0 ? IM_NONE : a.sa_handler == SIG_DFL ? DEFAULT : a.sa_handler == SIG_IGN ? IGNORE : IM_NONE;
    }
    im_poll_hooks.signals = run_handlers;
    if (im_same(sig.x_handler[SIGINT], DEFAULT)) {
        sig.x_handler[SIGINT] = im_new_ref(sig.int_handler);
        (void)install(SIGINT, c_handler);
    }
    sig.ready = true;
    return 0;
}

static int exec(Thread *t, Value m)
{
#define R(n) {#n, n},
    static const ImIntRow rows[] = {
        {"NSIG", SIGNALS}, {"SIG_DFL", 0}, {"SIG_IGN", 1}, R(SIG_BLOCK) R(SIG_UNBLOCK) R(SIG_SETMASK) R(SIGHUP) R(SIGINT) R(SIGQUIT) R(SIGILL) R(SIGTRAP) R(SIGIOT) R(SIGABRT) R(SIGFPE)
        R(SIGKILL) R(SIGBUS) R(SIGSEGV) R(SIGSYS) R(SIGPIPE) R(SIGALRM) R(SIGTERM) R(SIGUSR1) R(SIGUSR2) {"SIGCLD", SIGCHLD}, R(SIGCHLD) R(SIGPWR) R(SIGIO) R(SIGURG) R(SIGWINCH)
        R(SIGPOLL) R(SIGSTOP) R(SIGTSTP) R(SIGCONT) R(SIGTTIN) R(SIGTTOU) R(SIGVTALRM) R(SIGPROF) R(SIGXCPU) R(SIGXFSZ) R(SIGSTKFLT)
        R(ITIMER_REAL) R(ITIMER_VIRTUAL) R(ITIMER_PROF)
    };
#undef R
    if (im_module_add_int(t, m, "SIGRTMIN", SIGRTMIN) < 0 || im_module_add_int(t, m, "SIGRTMAX", SIGRTMAX) < 0) return -1;
    if (IM_ADD_INT_ROWS(t, m, rows) < 0 || (!sig.ready && first_time(t, m) < 0)) return -1;
    if (im_module_add(t, m, "ItimerError", im_new_ref(sig.itimer_error)) < 0) return -1;
    return im_module_add(t, m, "struct_siginfo", im_new_ref(sig.siginfo_type));
}
static const ImModuleDef def = {.name = "_signal", .doc = "This module provides mechanisms to use signal handlers in Python.", .methods = methods, .exec = exec};
IM_MODULE(def);
