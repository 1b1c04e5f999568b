/* faulthandler: Python tracebacks on fatal signals, on request by signal, and after a timeout.
 *
 * What runs in a signal handler or in the watchdog thread allocates nothing, takes no lock, and touches no counts; it reads frames that other threads may be changing. A
 * second fault on the way ends the process by the signal's default action, which is restored first.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define FN(name) static Value name(IM_UNUSED Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

enum { MAX_FRAMES = 100, MAX_THREADS = 100, MAX_TEXT = 500, MAX_SIGNAL = 65 };

/* --- writing -------------------------------------------------------------------------------------------------------------------------------- */

static void put(int fd, const char *s)
{
    size_t n = strlen(s);
    while (n) {
        ssize_t w = write(fd, s, n);
        if (w < 0 && errno == EINTR) continue;
        if (w <= 0) return;
        s += w;
        n -= (size_t)w;
    }
}
static void put_int(int fd, int64_t v)
{
    char buf[24], *p = buf + sizeof buf;
    *--p = 0;
    uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do *--p = (char)('0' + u % 10); while (u /= 10);
    if (v < 0) *--p = '-';
    put(fd, p);
}
static void put_hex(int fd, uint64_t v, int digits)
{
    char buf[20] = {0};
    for (int i = digits; i-- > 0; v >>= 4) buf[i] = "0123456789abcdef"[v & 15];
    put(fd, buf);
}
static void put_str(int fd, Value s)
{
    if (!im_is_object(s) || !im_is_str(s)) { put(fd, "???"); return; }
    ssize_t n = im_str_len(s);
    for (ssize_t i = 0; i < n && i < MAX_TEXT; i++) {
        uint32_t c = im_str_at(s, i);
        char one[2] = {(char)c, 0};
        if (c >= ' ' && c < 127) put(fd, one);
        else if (c <= 0xFF) { put(fd, "\\x"); put_hex(fd, c, 2); }
        else if (c <= 0xFFFF) { put(fd, "\\u"); put_hex(fd, c, 4); }
        else { put(fd, "\\U"); put_hex(fd, c, 8); }
    }
    if (n > MAX_TEXT) put(fd, "...");
}

typedef struct Dump { int fd, n; } Dump;
static bool dump_frame(void *arg, ImCode *code, int line)
{
    Dump *d = arg;
    if (d->n++ == MAX_FRAMES) { put(d->fd, "  ...\n"); return false; }
    put(d->fd, "  File \"");
    put_str(d->fd, code->filename);
    put(d->fd, "\", line ");
    if (line >= 0) put_int(d->fd, line);
    else put(d->fd, "???");
    put(d->fd, " in ");
    put_str(d->fd, code->name);
    put(d->fd, "\n");
    return true;
}
static void dump_stack(int fd, Thread *of)
{
    Dump d = {fd, 0};
    if (of) im_frame_hooks.each_frame(of, dump_frame, &d);
    if (!d.n) put(fd, "  <no Python frame>\n");
}
static void dump_one(int fd, Thread *of)
{
    put(fd, "Stack (most recent call first):\n");
    dump_stack(fd, of);
}
/* current: the thread that is marked as such, or null. */
static void dump_all(int fd, Thread *current)
{
    int n = 0;
    for (Thread *o = im_rt.x_threads; o; o = o->next, n++) {
        if (n) put(fd, "\n");
        if (n >= MAX_THREADS) { put(fd, "...\n"); return; }
        put(fd, o == current ? "Current thread 0x" : "Thread 0x");
        put_hex(fd, o->ident, 16);
        put(fd, " (most recent call first):\n");
        dump_stack(fd, o);
    }
}
static void dump(int fd, bool all, Thread *current)
{
    static volatile bool running; /* a dump inside of a dump would not end */
    if (running) return;
    running = true;
    if (all) dump_all(fd, current);
    else dump_one(fd, current);
    running = false;
}

/* --- state ---------------------------------------------------------------------------------------------------------------------------------- */

static struct { bool on, all; int fd; Value file; } fatal;
static struct Fault { int sig; const char *name; bool on; struct sigaction previous; } faults[] = {
    {SIGBUS, "Bus error", false, {.sa_flags = 0}}, {SIGILL, "Illegal instruction", false, {.sa_flags = 0}}, {SIGFPE, "Floating-point exception", false, {.sa_flags = 0}},
    {SIGABRT, "Aborted", false, {.sa_flags = 0}}, {SIGSEGV, "Segmentation fault", false, {.sa_flags = 0}}};
static struct User { bool on, all, chain; int fd; Value file; struct sigaction previous; } users[MAX_SIGNAL];
static struct { pthread_t thread; bool on, stop, repeat, exit; int fd; Value file; int64_t ns; char header[64]; } later;
static pthread_mutex_t later_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t later_cond;
static stack_t alternate;

/* Descriptor of a file argument: an int, an object with fileno(), or sys.stderr. *file: reference to keep, or no value. */
static int get_fd(Thread *t, Value v, Value *file)
{
    int fd;
    *file = IM_NO_VALUE;
    Value f = IM_NO_VALUE;
    if (im_no_value(v) || im_is_none(v)) {
        f = im_sys_get(t, "stderr");
        if (im_no_value(f)) return im_pending(t) ? -1 : (im_raise_runtime(t, "unable to get sys.stderr"), -1);
        if (im_is_none(f)) return im_raise_runtime(t, "sys.stderr is None"), -1;
    } else if (im_is_int_like(v)) {
        if (im_as_int(t, v, &fd) < 0) return -1;
        if (fd < 0) return im_raise_valueerror(t, "file is not a valid file descriptor"), -1;
        return fd;
    } else {
        f = im_new_ref(v);
    }
    Value n = im_call_method0(t, f, IM_S(fileno));
    if (im_no_value(n)) goto fail;
    int64_t wide = -1;
    bool ok = im_is_int_like(n) && im_as_int64(t, n, &wide) == 0 && wide >= 0 && wide <= INT32_MAX;
    im_drop(t, n);
    if (!ok) {
        im_exc_clear(t);
        (void)im_raise_runtime(t, "file.fileno() is not a valid file descriptor");
        goto fail;
    }
    Value r = im_call_method0(t, f, IM_S(flush));
    if (im_no_value(r)) im_exc_clear(t);
    im_xdrop(t, r);
    if (!im_rt.gil) im_publish(t, f);
    *file = f;
    return (int)wide;
fail:
    im_drop(t, f);
    return -1;
}
static void keep(Thread *t, Value *slot, Value file)
{
    Value old = *slot;
    *slot = file;
    im_xdrop(t, old);
}
static int flag(Thread *t, Value v, bool preset)
{
    return im_no_value(v) ? preset : im_truth(t, v);
}

/* --- fatal signals ------------------------------------------------------------------------------------------------------------------------------ */

static void restore_fault(struct Fault *f)
{
    if (!f->on) return;
    f->on = false;
    (void)sigaction(f->sig, &f->previous, NULL);
}
static void on_fault(int sig)
{
    int saved = errno;
    if (!fatal.on) return;
    struct Fault *f = NULL;
    for (size_t i = 0; i < IM_COUNTOF(faults); i++)
        if (faults[i].sig == sig) f = &faults[i];
    if (!f) return;
    restore_fault(f);
    put(fatal.fd, "Fatal Python error: ");
    put(fatal.fd, f->name);
    put(fatal.fd, "\n\n");
    dump(fatal.fd, fatal.all, im_thread_current());
    errno = saved;
    raise(sig); /* now the previous handler's, or the end */
}

FN(fh_enable)
{
    Value file;
    int all = flag(t, args[1], true), fd = all < 0 ? -1 : get_fd(t, args[0], &file);
    if (fd < 0) return IM_NO_VALUE;
    keep(t, &fatal.file, file);
    fatal.fd = fd;
    fatal.all = all;
    if (fatal.on) return IM_NONE;
    fatal.on = true;
    if (!alternate.ss_sp) { /* the stack may be what has run out */
        alternate.ss_size = 64 << 10;
        alternate.ss_sp = malloc(alternate.ss_size);
        if (alternate.ss_sp) (void)sigaltstack(&alternate, NULL);
    }
    for (size_t i = 0; i < IM_COUNTOF(faults); i++) {
        struct sigaction sa = {.sa_flags = SA_NODEFER | SA_ONSTACK};
        sa.sa_handler = on_fault;
        sigemptyset(&sa.sa_mask);
        if (sigaction(faults[i].sig, &sa, &faults[i].previous) < 0) return im_raise_errno(t, errno);
        faults[i].on = true;
    }
    return IM_NONE;
}
FN(fh_disable)
{
    bool was = fatal.on;
    fatal.on = false;
    for (size_t i = 0; i < IM_COUNTOF(faults); i++) restore_fault(&faults[i]);
    keep(t, &fatal.file, IM_NO_VALUE);
    return im_bool(was);
}
FN(fh_is_enabled) { return im_bool(fatal.on); }

FN(fh_dump_traceback)
{
    Value file;
    int all = flag(t, args[1], true), fd = all < 0 ? -1 : get_fd(t, args[0], &file);
    if (fd < 0) return IM_NO_VALUE;
    if (all) im_world_stop(t);
    dump(fd, all, t);
    if (all) im_world_start(t);
    im_xdrop(t, file);
    return IM_NONE;
}

/* --- later -------------------------------------------------------------------------------------------------------------------------------------- */

static void *watchdog(void *arg)
{
    (void)arg;
    sigset_t every;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, NULL); /* signals are for the other threads */
    pthread_mutex_lock(&later_mutex);
    do {
        struct timespec at;
        clock_gettime(CLOCK_MONOTONIC, &at);
        int64_t ns = at.tv_nsec + later.ns % 1000000000;
        at.tv_sec += later.ns / 1000000000 + ns / 1000000000;
        at.tv_nsec = ns % 1000000000;
        int r = 0;
        while (!later.stop && r != ETIMEDOUT) r = pthread_cond_timedwait(&later_cond, &later_mutex, &at);
        if (later.stop) break;
        put(later.fd, later.header);
        dump(later.fd, true, NULL);
        if (later.exit) _exit(1);
    } while (later.repeat);
    pthread_mutex_unlock(&later_mutex);
    return NULL;
}
static void cancel_later(Thread *t)
{
    if (!later.on) return;
    later.on = false;
    IM_DETACH(t);
    pthread_mutex_lock(&later_mutex);
    later.stop = true;
    pthread_cond_broadcast(&later_cond);
    pthread_mutex_unlock(&later_mutex);
    pthread_join(later.thread, NULL);
    IM_ATTACH(t);
    keep(t, &later.file, IM_NO_VALUE);
}
FN(fh_later)
{
    double seconds;
    if (im_as_double(t, args[0], &seconds) < 0) return IM_NO_VALUE;
    if (seconds > 9223372036.0) return im_raise_overflow(t, "timestamp too large to convert to C PyTime_t");
    if (!(seconds > 0)) return im_raise_valueerror(t, "timeout must be greater than 0");
    int64_t ns = (int64_t)(seconds * 1e9 + 0.5);
    if (ns < 1000) return im_raise_valueerror(t, "timeout must be greater than 0");
    int repeat = flag(t, args[1], false), leave = repeat < 0 ? -1 : flag(t, args[3], false);
    Value file;
    int fd = leave < 0 ? -1 : get_fd(t, args[2], &file);
    if (fd < 0) return IM_NO_VALUE;
    cancel_later(t);
    int64_t us = (ns + 999) / 1000, s = us / 1000000;
    us %= 1000000;
    int n = snprintf(later.header, sizeof later.header, "Timeout (%lld:%02lld:%02lld", (long long)(s / 3600), (long long)(s / 60 % 60), (long long)(s % 60));
    if (us) n += snprintf(later.header + n, sizeof later.header - (size_t)n, ".%06lld", (long long)us);
    snprintf(later.header + n, sizeof later.header - (size_t)n, ")!\n");
    static bool prepared;
    if (!prepared) {
        pthread_condattr_t a;
        pthread_condattr_init(&a);
        pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
        pthread_cond_init(&later_cond, &a);
        prepared = true;
    }
    keep(t, &later.file, file);
    later.fd = fd;
    later.ns = ns;
    later.repeat = repeat;
    later.exit = leave;
    later.stop = false;
    if (pthread_create(&later.thread, NULL, watchdog, NULL)) return im_raise_runtime(t, "unable to start watchdog thread");
    later.on = true;
    return IM_NONE;
}
FN(fh_cancel_later)
{
    cancel_later(t);
    return IM_NONE;
}

/* --- by signal ------------------------------------------------------------------------------------------------------------------------------------ */

static void on_user(int sig);
static int install(int sig, bool chain, struct sigaction *previous)
{
    struct sigaction sa = {.sa_flags = SA_RESTART | SA_ONSTACK | (chain ? SA_NODEFER : 0)};
    sa.sa_handler = on_user;
    sigemptyset(&sa.sa_mask);
    return sigaction(sig, &sa, previous);
}
static void on_user(int sig)
{
    struct User *u = &users[sig];
    int saved = errno;
    if (!u->on) return;
    dump(u->fd, u->all, im_thread_current());
    if (u->chain) {
        (void)sigaction(sig, &u->previous, NULL);
        errno = saved;
        raise(sig);
        saved = errno;
        (void)install(sig, true, NULL);
    }
    errno = saved;
}
static int check_signal(Thread *t, Value v, int *sig)
{
    if (im_as_int(t, v, sig) < 0) return -1;
    for (size_t i = 0; i < IM_COUNTOF(faults); i++)
        if (faults[i].sig == *sig) return im_raise_runtime(t, "signal %d cannot be registered, use enable() instead", *sig), -1;
    if (*sig < 1 || *sig >= MAX_SIGNAL) return im_raise_valueerror(t, "signal number out of range"), -1;
    return 0;
}
FN(fh_register)
{
    int sig;
    Value file;
    if (check_signal(t, args[0], &sig) < 0) return IM_NO_VALUE;
    int all = flag(t, args[2], true), chain = all < 0 ? -1 : flag(t, args[3], false), fd = chain < 0 ? -1 : get_fd(t, args[1], &file);
    if (fd < 0) return IM_NO_VALUE;
    struct User *u = &users[sig];
    struct sigaction previous;
    if (!u->on) {
        if (install(sig, chain, &previous) < 0) { im_xdrop(t, file); return im_raise_errno(t, errno); }
        u->previous = previous;
    }
    keep(t, &u->file, file);
    u->fd = fd;
    u->all = all;
    u->chain = chain;
    u->on = true;
    return IM_NONE;
}
FN(fh_unregister)
{
    int sig;
    if (check_signal(t, args[0], &sig) < 0) return IM_NO_VALUE;
    struct User *u = &users[sig];
    if (!u->on) return IM_FALSE;
    u->on = false;
    (void)sigaction(sig, &u->previous, NULL);
    keep(t, &u->file, IM_NO_VALUE);
    return IM_TRUE;
}

/* --- faults on purpose, for tests ------------------------------------------------------------------------------------------------------------------- */

static void no_core(void)
{
    struct rlimit rl;
    if (getrlimit(RLIMIT_CORE, &rl) == 0) { rl.rlim_cur = 0; (void)setrlimit(RLIMIT_CORE, &rl); }
}
FN(fh_read_null)
{
    no_core();
    volatile int *volatile p = NULL;
    return im_int(*p);
}
FN(fh_sigsegv) { no_core(); raise(SIGSEGV); return IM_NONE; }
FN(fh_sigabrt) { no_core(); abort(); return IM_NONE; }
FN(fh_sigfpe) { no_core(); raise(SIGFPE); return IM_NONE; }
static void *fatal_main(void *arg)
{
    (void)arg;
    put(2, "Fatal Python error: faulthandler_fatal_error_thread: in new thread\nPython runtime state: initialized\n\n");
    dump(2, true, NULL);
    abort();
}
FN(fh_fatal_thread)
{
    pthread_t th;
    no_core();
    fatal.on = false;
    for (size_t i = 0; i < IM_COUNTOF(faults); i++) restore_fault(&faults[i]);
    if (pthread_create(&th, NULL, fatal_main, NULL)) return im_raise_runtime(t, "unable to start the thread");
    pthread_join(th, NULL);
    return IM_NONE;
}
IM_NOINLINE static uintptr_t deeper(volatile char *below, uintptr_t depth)
{
    volatile char room[4096];
    room[0] = below ? below[0] : 0;
    return depth > (uintptr_t)1 << 20 ? depth : deeper(room, depth + 1) + (uintptr_t)room[0];
}
FN(fh_overflow)
{
    no_core();
    uintptr_t n = deeper(NULL, 0);
    return im_raise_runtime(t, "unable to raise a stack overflow (allocated %zu bytes on the stack)", (size_t)n * 4096);
}

static const ImMethodDef methods[] = {
    IM_PARSED("enable", fh_enable, "($module, /, file=sys.stderr, all_threads=True)", "Enable the fault handler."),
    IM_FIXED("disable", fh_disable, 0, "($module, /)", "Disable the fault handler."),
    IM_FIXED("is_enabled", fh_is_enabled, 0, "($module, /)", "Check if the handler is enabled."),
    IM_PARSED("dump_traceback", fh_dump_traceback, "($module, /, file=sys.stderr, all_threads=True)",
              "Dump the traceback of the current thread, or of all threads if all_threads is True, into file."),
    IM_PARSED("dump_traceback_later", fh_later, "($module, /, timeout, repeat=False, file=sys.stderr, exit=False)",
              "Dump the traceback of all threads in timeout seconds,\nor each timeout seconds if repeat is True. If exit is True, call _exit(1) which is not safe."),
    IM_FIXED("cancel_dump_traceback_later", fh_cancel_later, 0, "($module, /)", "Cancel the previous call to dump_traceback_later()."),
    IM_PARSED("register", fh_register, "($module, /, signum, file=sys.stderr, all_threads=True, chain=False)",
              "Register a handler for the signal 'signum': dump the traceback of the current thread, or of all threads if all_threads is True, into file."),
    IM_FIXED("unregister", fh_unregister, 1, "($module, signum, /)", "Unregister the handler of the signal 'signum' registered by register()."),
    IM_FIXED("_read_null", fh_read_null, 0, "($module, /)", "Read from NULL, raise a SIGSEGV or SIGBUS signal depending on the platform."),
    IM_RANGE("_sigsegv", fh_sigsegv, 0, 1, "($module, release_gil=False, /)", "Raise a SIGSEGV signal."),
    IM_FIXED("_fatal_error_c_thread", fh_fatal_thread, 0, "($module, /)", "Call Py_FatalError() in a new C thread."),
    IM_FIXED("_sigabrt", fh_sigabrt, 0, "($module, /)", "Raise a SIGABRT signal."), IM_FIXED("_sigfpe", fh_sigfpe, 0, "($module, /)", "Raise a SIGFPE signal."),
    IM_FIXED("_stack_overflow", fh_overflow, 0, "($module, /)", "Recursive call to raise a stack overflow."), IM_END,
};
static int faulthandler_exec(Thread *t, Value m)
{
    (void)t, (void)m;
    im_root_add(&fatal.file);
    im_root_add(&later.file);
    for (int i = 0; i < MAX_SIGNAL; i++) im_root_add(&users[i].file);
    return 0;
}
static const ImModuleDef faulthandler_def = {.name = "faulthandler", .doc = "faulthandler module.", .methods = methods, .exec = faulthandler_exec};
IM_MODULE(faulthandler_def);
