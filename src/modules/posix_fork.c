/* posix: fork and what has to be done around it.
 *
 * In a process with threads the child has one thread: im_thread_after_fork_child adopts the others' memory and makes the runtime's locks usable. Hooks that Python
 * code registered run before in reverse order, afterwards in order.
 * SPDX-License-Identifier: MIT */
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/_signal.h"
#include "modules/_thread.h"
#include "modules/import.h"
#include "modules/posix.h"

/* Lists of callables; no value until the first is registered. Rooted by im_posix_process_init. */
static Value x_before, x_child, x_parent;

static void run_hooks(Thread *t, Value list, bool reverse)
{
    if (im_no_value(list)) return;
    Value copy = im_list_slice(t, list, 0, im_list_len(list));
    if (im_no_value(copy)) { im_write_unraisable(t, NULL, IM_NONE); return; }
    ssize_t n = im_list_len(copy);
    for (ssize_t i = 0; i < n; i++) {
        Value f = im_list_get(t, copy, reverse ? n - 1 - i : i);
        Value r = im_call0(t, f);
        if (im_no_value(r)) im_write_unraisable(t, NULL, f);
        im_xdrop(t, r);
        im_drop(t, f);
    }
    im_drop(t, copy);
}

void im_posix_before_fork(Thread *t)
{
    run_hooks(t, x_before, true);
    im_import_lock(t);
    im_thread_before_fork(t);
}
void im_posix_after_fork_parent(Thread *t)
{
    im_thread_after_fork_parent(t);
    im_import_unlock(t);
    run_hooks(t, x_parent, false);
}
void im_posix_after_fork_child(Thread *t)
{
    im_thread_after_fork_child(t);
    im_thread_module_after_fork(t);
    im_signal_after_fork(t);
    im_import_unlock(t);
    run_hooks(t, x_child, false);
}

pid_t im_posix_fork_with(Thread *t, pid_t (*kind)(void *arg), void *arg)
{
    if (im_load_relaxed(&im_rt.x_finalizing)) {
        im_raise(t, &im_PythonFinalizationError_type, "can't fork at interpreter shutdown");
        return -1;
    }
    bool threads = im_load_relaxed(&im_rt.x_nthreads) > 1;
    im_posix_before_fork(t);
    pid_t pid = kind(arg);
    int e = errno;
    if (pid == 0) {
        im_posix_after_fork_child(t);
        return 0;
    }
    im_posix_after_fork_parent(t);
    if (pid < 0) {
        im_raise_errno(t, e);
    } else if (threads && im_warn(t, &im_DeprecationWarning_type, 1, "This process (pid=%d) is multi-threaded, use of %s() may lead to deadlocks in the child.", (int)getpid(),
                                  arg ? "forkpty" : "fork") < 0) {
        im_write_unraisable(t, NULL, IM_NONE); /* the fork has happened */
    }
    return pid;
}

static pid_t plain_fork(void *arg) { (void)arg; return fork(); }
static pid_t fork_with_terminal(void *arg) { return forkpty(arg, NULL, NULL, NULL); }

IM_METHOD(posix_fork)
{
    if (IM_AUDIT(t, "os.fork", IM_NONE) < 0) return IM_NO_VALUE;
    pid_t pid = im_posix_fork_with(t, plain_fork, NULL);
    return pid < 0 ? IM_NO_VALUE : im_int(pid);
}
IM_METHOD(posix_forkpty)
{
    if (IM_AUDIT(t, "os.forkpty", IM_NONE) < 0) return IM_NO_VALUE;
    int fd = -1;
    pid_t pid = im_posix_fork_with(t, fork_with_terminal, &fd);
    return pid < 0 ? IM_NO_VALUE : im_tuple_steal_array(t, (Value[]){im_int(pid), im_int(fd)}, 2);
}

IM_METHOD(posix_register_at_fork)
{
    static const char *const names[] = {"before", "after_in_child", "after_in_parent"};
    Value *lists[] = {&x_before, &x_child, &x_parent};
    bool any = false;
    for (int i = 0; i < 3; i++) {
        if (im_no_value(args[i])) continue;
        any = true;
        if (!im_callable(args[i])) return im_raise_type(t, "'%s' must be callable, not %T", names[i], args[i]);
    }
    if (!any) return im_raise_type(t, "At least one argument is required.");
    for (int i = 0; i < 3; i++) {
        if (im_no_value(args[i])) continue;
        if (im_no_value(*lists[i])) {
            Value l = im_list_new(t, 4);
            if (im_no_value(l)) return l;
            im_publish(t, l);
            *lists[i] = l;
        }
        if (im_list_append(t, *lists[i], args[i]) < 0) return IM_NO_VALUE;
    }
    return IM_NONE;
}

int im_posix_fork_init(Thread *t, Value m)
{
    (void)t, (void)m;
    im_root_add(&x_before);
    im_root_add(&x_child);
    im_root_add(&x_parent);
    return 0;
}

const ImMethodDef im_posix_fork_methods[] = {
    IM_FIXED("fork", posix_fork, 0, "($module, /)", "Fork a child process.\n\nReturn 0 to child process and PID of child to parent process."),
    IM_FIXED("forkpty", posix_forkpty, 0, "($module, /)", "Fork a new process with a new pseudo-terminal as controlling tty."),
    IM_PARSED("register_at_fork", posix_register_at_fork, "($module, /, *, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)",
              "Register callables to be called when forking a new process."),
    IM_END,
};
