/* posix: posix_spawn.
 * SPDX-License-Identifier: MIT */
#include <sched.h>
#include <spawn.h>

#include "modules/_signal.h"
#include "modules/posix.h"

enum { SPAWN_OPEN, SPAWN_CLOSE, SPAWN_DUP2, SPAWN_CLOSEFROM };

/* Adds one action; path strings go to `keep`, a list. */
static int add_action(Thread *t, Value action, posix_spawn_file_actions_t *fa, Value keep)
{
    if (!im_is_tuple(action) || im_tuple_len(action) == 0) return im_raise_type(t, "Each file_actions element must be a non-empty tuple"), -1;
    ssize_t n = im_tuple_len(action);
    int64_t tag;
    int fd, fd2, flags, mode, e = 0;
    if (im_as_int64(t, im_tuple_get(action, 0), &tag) < 0) return -1;
    switch (tag) {
    case SPAWN_OPEN: {
        if (n != 5) return im_raise_type(t, "A open file_action tuple must have 5 elements"), -1;
        if (im_as_int(t, im_tuple_get(action, 1), &fd) < 0) return -1;
        Value path = im_fs_encode(t, im_tuple_get(action, 2));
        if (im_no_value(path)) return -1;
        if (im_list_append_steal(t, keep, path) < 0 || im_as_int(t, im_tuple_get(action, 3), &flags) < 0 || im_as_int(t, im_tuple_get(action, 4), &mode) < 0) return -1;
        e = posix_spawn_file_actions_addopen(fa, fd, im_bytes_data(path), flags, (mode_t)mode);
        break;
    }
    case SPAWN_CLOSE:
        if (n != 2) return im_raise_type(t, "A close file_action tuple must have 2 elements"), -1;
        if (im_as_int(t, im_tuple_get(action, 1), &fd) < 0) return -1;
        e = posix_spawn_file_actions_addclose(fa, fd);
        break;
    case SPAWN_DUP2:
        if (n != 3) return im_raise_type(t, "A dup2 file_action tuple must have 3 elements"), -1;
        if (im_as_int(t, im_tuple_get(action, 1), &fd) < 0 || im_as_int(t, im_tuple_get(action, 2), &fd2) < 0) return -1;
        e = posix_spawn_file_actions_adddup2(fa, fd, fd2);
        break;
    case SPAWN_CLOSEFROM:
        if (n != 2) return im_raise_type(t, "A closefrom file_action tuple must have 2 elements"), -1;
        if (im_as_int(t, im_tuple_get(action, 1), &fd) < 0) return -1;
        e = posix_spawn_file_actions_addclosefrom_np(fa, fd);
        break;
    default: return im_raise_type(t, "Unknown file_actions identifier"), -1;
    }
    return e ? (im_raise_errno(t, e), -1) : 0;
}
static int add_actions(Thread *t, Value actions, posix_spawn_file_actions_t *fa, Value keep)
{
    Value seq = im_fast_sequence(t, actions, "file_actions must be a sequence or None");
    if (im_no_value(seq)) return -1;
    Value items = im_to_tuple(t, seq);
    im_drop(t, seq);
    if (im_no_value(items)) return -1;
    int r = 0;
    for (ssize_t i = 0; r == 0 && i < im_tuple_len(items); i++) r = add_action(t, im_tuple_get(items, i), fa, keep);
    im_drop(t, items);
    return r;
}

static int add_scheduler(Thread *t, const char *fname, Value v, posix_spawnattr_t *attr, short *flags)
{
    if (!im_is_tuple(v) || im_tuple_len(v) != 2) return im_raise_type(t, "%s: scheduler must be a tuple or None", fname), -1;
    Value policy = im_tuple_get(v, 0), param = im_tuple_get(v, 1);
    if (!im_is_instance_of(param, im_as_type(im_posix_types.sched_param))) return im_raise_type(t, "must have a sched_param object"), -1;
    struct sched_param sp = {0};
    if (im_as_int(t, im_tuple_get(param, 0), &sp.sched_priority) < 0) return -1;
    if (!im_is_none(policy)) {
        int p, e;
        if (im_as_int(t, policy, &p) < 0) return -1;
        if ((e = posix_spawnattr_setschedpolicy(attr, p)) != 0) return im_raise_errno(t, e), -1;
        *flags |= POSIX_SPAWN_SETSCHEDULER;
    }
    int e = posix_spawnattr_setschedparam(attr, &sp);
    if (e) return im_raise_errno(t, e), -1;
    *flags |= POSIX_SPAWN_SETSCHEDPARAM;
    return 0;
}

/* args: path, argv, env, file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler. */
static Value spawn(Thread *t, const Value *args, const char *fname, bool search)
{
    ImPath p;
    ImStringArray argv = {0}, envp = {0};
    posix_spawn_file_actions_t fa, *fap = NULL;
    posix_spawnattr_t attr;
    short flags = 0;
    Value result = IM_NO_VALUE, keep = IM_NO_VALUE;
    bool has_attr = false;
    sigset_t set;
    int e, yes;
    if (im_path_arg(t, args[0], fname, "path", 0, &p) < 0) return IM_NO_VALUE;
    if (!im_is_list(args[1]) && !im_is_tuple(args[1])) { im_raise_type(t, "%s: argv must be a tuple or list", fname); goto done; }
    if (im_posix_argv(t, args[1], &argv) < 0) goto done;
    if (argv.n == 0) { im_raise_valueerror(t, "%s: argv must not be empty", fname); goto done; }
    if (!argv.v[0][0]) { im_raise_valueerror(t, "%s: argv first element cannot be empty", fname); goto done; }
    if (!im_is_none(args[2]) && im_posix_envp(t, args[2], fname, &envp) < 0) goto done;
    if (IM_AUDIT(t, "os.posix_spawn", args[0], args[1], args[2]) < 0) goto done;
    if (im_no_value(keep = im_list_new(t, 0))) goto done;
    if (im_given(args[3])) {
        if ((e = posix_spawn_file_actions_init(&fa)) != 0) { im_raise_errno(t, e); goto done; }
        fap = &fa;
        if (add_actions(t, args[3], &fa, keep) < 0) goto done;
    }
    if ((e = posix_spawnattr_init(&attr)) != 0) { im_raise_errno(t, e); goto done; }
    has_attr = true;
    if (im_given(args[4])) {
        pid_t group;
        if (im_pid_arg(t, args[4], &group) < 0) goto done;
        if ((e = posix_spawnattr_setpgroup(&attr, group)) != 0) { im_raise_errno(t, e); goto done; }
        flags |= POSIX_SPAWN_SETPGROUP;
    }
    if ((yes = im_no_value(args[5]) ? 0 : im_truth(t, args[5])) < 0) goto done;
    if (yes) flags |= POSIX_SPAWN_RESETIDS;
    if ((yes = im_no_value(args[6]) ? 0 : im_truth(t, args[6])) < 0) goto done;
    if (yes) flags |= POSIX_SPAWN_SETSID;
    if (!im_no_value(args[7])) {
        if (im_signal_set_arg(t, args[7], &set) < 0) goto done;
        posix_spawnattr_setsigmask(&attr, &set);
        flags |= POSIX_SPAWN_SETSIGMASK;
    }
    if (!im_no_value(args[8])) {
        if (im_signal_set_arg(t, args[8], &set) < 0) goto done;
        posix_spawnattr_setsigdefault(&attr, &set);
        flags |= POSIX_SPAWN_SETSIGDEF;
    }
    if (im_given(args[9]) && add_scheduler(t, fname, args[9], &attr, &flags) < 0) goto done;
    if ((e = posix_spawnattr_setflags(&attr, flags)) != 0) { im_raise_errno(t, e); goto done; }
    pid_t pid;
    char **env = envp.v ? envp.v : environ;
    e = search ? posix_spawnp(&pid, p.s, fap, &attr, argv.v, env) : posix_spawn(&pid, p.s, fap, &attr, argv.v, env);
    result = e ? im_path_error(t, e, &p) : im_int(pid);
done:
    if (has_attr) posix_spawnattr_destroy(&attr);
    if (fap) posix_spawn_file_actions_destroy(fap);
    im_xdrop(t, keep);
    im_string_array_fini(t, &argv);
    im_string_array_fini(t, &envp);
    im_path_fini(t, &p);
    return result;
}
IM_METHOD(do_spawn) { return spawn(t, args, "posix_spawn", false); }
IM_METHOD(do_spawnp) { return spawn(t, args, "posix_spawnp", true); }

#define SIG "($module, path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)"
static const char spawn_sig[] = SIG;
const ImMethodDef im_posix_spawn_methods[] = {
    IM_PARSED("posix_spawn", do_spawn, spawn_sig, "Execute the program specified by path in a new process."),
    IM_PARSED("posix_spawnp", do_spawnp, spawn_sig, "Execute the program specified by path in a new process."),
    IM_END,
};
