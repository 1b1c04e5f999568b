/* posix: users, groups, sessions, priorities.
 * SPDX-License-Identifier: MIT */
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "modules/posix.h"

/* -1 means "leave as it is" to the calls that take several. */
static int id_arg(Thread *t, Value v, const char *what, uint32_t *out)
{
    if (!im_is_index(v)) return im_raise_type(t, "%s should be integer, not %.200T", what, v), -1;
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    int64_t x;
    int fits = im_int_get64(n, &x);
    im_drop(t, n);
    if (!fits) return im_raise_overflow(t, x > 0 ? "%s is greater than maximum" : "%s is less than minimum", what), -1;
    if (x < -1 || x > UINT32_MAX) return im_raise_overflow(t, "%s is less than minimum", what), -1;
    *out = (uint32_t)x;
    return 0;
}
int im_uid_arg(Thread *t, Value v, uid_t *out) { return id_arg(t, v, "uid", out); }
int im_gid_arg(Thread *t, Value v, gid_t *out) { return id_arg(t, v, "gid", out); }
int im_dev_arg(Thread *t, Value v, dev_t *out)
{
    uint64_t x;
    if (im_as_uint64(t, v, &x) < 0) return -1;
    *out = x;
    return 0;
}

#define GETTER(name, call) IM_METHOD(posix_##name) { return im_from_uid(t, call); }
GETTER(getuid, getuid())
GETTER(geteuid, geteuid())
GETTER(getgid, getgid())
GETTER(getegid, getegid())
IM_METHOD(posix_getpid) { return im_int(getpid()); }
IM_METHOD(posix_getppid) { return im_int(getppid()); }
IM_METHOD(posix_getpgrp) { return im_int(getpgrp()); }

IM_INLINE Value done(Thread *t, int r) { return r < 0 ? IM_ERRNO(t) : IM_NONE; }
#define ID(var, i, conv) \
    uint32_t var; \
    if (conv(t, args[i], &var) < 0) return IM_NO_VALUE
IM_METHOD(posix_setuid) { ID(u, 0, im_uid_arg); return done(t, setuid(u)); }
IM_METHOD(posix_seteuid) { ID(u, 0, im_uid_arg); return done(t, seteuid(u)); }
IM_METHOD(posix_setgid) { ID(g, 0, im_gid_arg); return done(t, setgid(g)); }
IM_METHOD(posix_setegid) { ID(g, 0, im_gid_arg); return done(t, setegid(g)); }
IM_METHOD(posix_setreuid) { ID(a, 0, im_uid_arg); ID(b, 1, im_uid_arg); return done(t, setreuid(a, b)); }
IM_METHOD(posix_setregid) { ID(a, 0, im_gid_arg); ID(b, 1, im_gid_arg); return done(t, setregid(a, b)); }
IM_METHOD(posix_setresuid) { ID(a, 0, im_uid_arg); ID(b, 1, im_uid_arg); ID(c, 2, im_uid_arg); return done(t, setresuid(a, b, c)); }
IM_METHOD(posix_setresgid) { ID(a, 0, im_gid_arg); ID(b, 1, im_gid_arg); ID(c, 2, im_gid_arg); return done(t, setresgid(a, b, c)); }
IM_METHOD(posix_getresuid)
{
    uid_t a, b, c;
    if (getresuid(&a, &b, &c) < 0) return IM_ERRNO(t);
    return im_tuple_steal_array(t, (Value[]){im_from_uid(t, a), im_from_uid(t, b), im_from_uid(t, c)}, 3);
}
IM_METHOD(posix_getresgid)
{
    gid_t a, b, c;
    if (getresgid(&a, &b, &c) < 0) return IM_ERRNO(t);
    return im_tuple_steal_array(t, (Value[]){im_from_uid(t, a), im_from_uid(t, b), im_from_uid(t, c)}, 3);
}

/* --- groups ------------------------------------------------------------------------------------------------------------------------------ */

static Value gid_list(Thread *t, const gid_t *g, int n)
{
    Value l = im_list_new(t, (size_t)n);
    for (int i = 0; i < n && !im_no_value(l); i++)
        if (im_list_append(t, l, im_from_uid(t, g[i])) < 0) IM_CLEAR(t, l);
    return l;
}
IM_METHOD(posix_getgroups)
{
    for (;;) {
        int n = getgroups(0, NULL), m;
        gid_t *g = n < 0 ? NULL : im_raw_alloc(t, (size_t)(n + 1) * sizeof(gid_t));
        if (!g) return n < 0 ? IM_ERRNO(t) : IM_NO_VALUE;
        m = getgroups(n, g);
        int e = errno;
        Value v = m >= 0 ? gid_list(t, g, m) : IM_NO_VALUE;
        im_raw_free(g);
        if (m >= 0) return v;
        if (e != EINVAL) return im_raise_errno(t, e); /* EINVAL: joined another meanwhile */
    }
}
IM_METHOD(posix_setgroups)
{
    if (!im_is_sequence(args[0])) return im_raise_type(t, "setgroups argument must be a sequence");
    Value seq = im_to_tuple(t, args[0]);
    if (im_no_value(seq)) return seq;
    size_t n = (size_t)im_tuple_len(seq);
    Value r = IM_NO_VALUE;
    gid_t *g = NULL;
    if (n > NGROUPS_MAX) { im_raise_valueerror(t, "too many groups"); goto out; }
    if (!(g = im_raw_alloc(t, (n + 1) * sizeof(gid_t)))) goto out;
    for (size_t i = 0; i < n; i++) {
        Value v = im_tuple_get(seq, (ssize_t)i);
        if (!im_is_int_like(v)) { im_raise_type(t, "groups must be integers"); goto out; }
        if (im_gid_arg(t, v, &g[i]) < 0) goto out;
    }
    r = done(t, setgroups(n, g));
out:
    im_raw_free(g);
    im_drop(t, seq);
    return r;
}
IM_METHOD(posix_initgroups)
{
    Value owned;
    gid_t gid;
    if (im_gid_arg(t, args[1], &gid) < 0) return IM_NO_VALUE;
    const char *user = im_fs_string(t, args[0], &owned);
    if (!user) return IM_NO_VALUE;
    int r, e;
    IM_DETACH(t);
    r = initgroups(user, gid);
    e = errno;
    IM_ATTACH(t);
    im_drop(t, owned);
    return r < 0 ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(posix_getgrouplist)
{
    Value owned;
    gid_t gid;
    if (im_gid_arg(t, args[1], &gid) < 0) return IM_NO_VALUE;
    if (!im_is_str(args[0])) return im_raise_type(t, "getgrouplist() argument 1 must be str, not %.50T", args[0]);
    const char *user = im_fs_string(t, args[0], &owned);
    if (!user) return IM_NO_VALUE;
    Value v = IM_NO_VALUE;
    for (int room = 64;; room *= 2) {
        gid_t *g = im_raw_alloc(t, (size_t)room * sizeof(gid_t));
        if (!g) break;
        int n = room, r;
        IM_DETACH(t);
        r = getgrouplist(user, gid, g, &n);
        IM_ATTACH(t);
        if (r >= 0) v = gid_list(t, g, n);
        im_raw_free(g);
        if (r >= 0) break;
        if (room > 1 << 20) { im_raise_errno(t, ENOMEM); break; }
    }
    im_drop(t, owned);
    return v;
}
IM_METHOD(posix_getlogin)
{
    char name[LOGIN_NAME_MAX + 1];
    int e;
    IM_DETACH(t);
    e = getlogin_r(name, sizeof(name));
    IM_ATTACH(t);
    return e ? im_raise_errno(t, e) : im_str_fs_decode(t, name, -1);
}

/* --- sessions and priorities ---------------------------------------------------------------------------------------------------------------- */

IM_METHOD(posix_getpgid)
{
    pid_t p;
    if (im_pid_arg(t, args[0], &p) < 0) return IM_NO_VALUE;
    p = getpgid(p);
    return p < 0 ? IM_ERRNO(t) : im_int(p);
}
IM_METHOD(posix_getsid)
{
    pid_t p;
    if (im_pid_arg(t, args[0], &p) < 0) return IM_NO_VALUE;
    p = getsid(p);
    return p < 0 ? IM_ERRNO(t) : im_int(p);
}
IM_METHOD(posix_setpgid)
{
    pid_t p, g;
    if (im_pid_arg(t, args[0], &p) < 0 || im_pid_arg(t, args[1], &g) < 0) return IM_NO_VALUE;
    return done(t, setpgid(p, g));
}
IM_METHOD(posix_setpgrp) { return done(t, setpgid(0, 0)); }
IM_METHOD(posix_setsid) { return done(t, setsid()); }
IM_METHOD(posix_getpriority)
{
    int which, who;
    if (im_as_int(t, args[0], &which) < 0 || im_as_int(t, args[1], &who) < 0) return IM_NO_VALUE;
    errno = 0;
    int r = getpriority((__priority_which_t)which, (id_t)who);
    return errno ? IM_ERRNO(t) : im_int(r);
}
IM_METHOD(posix_setpriority)
{
    int which, who, p;
    if (im_as_int(t, args[0], &which) < 0 || im_as_int(t, args[1], &who) < 0 || im_as_int(t, args[2], &p) < 0) return IM_NO_VALUE;
    return done(t, setpriority((__priority_which_t)which, (id_t)who, p));
}
IM_METHOD(posix_nice)
{
    int by;
    if (im_as_int(t, args[0], &by) < 0) return IM_NO_VALUE;
    errno = 0;
    int r = nice(by);
    return r == -1 && errno ? IM_ERRNO(t) : im_int(r);
}

#define GET(name, doc) IM_FIXED(#name, posix_##name, 0, "($module, /)", doc)
const ImMethodDef im_posix_id_methods[] = {
    GET(getuid, "Return the current process's user id."), GET(geteuid, "Return the current process's effective user id."), GET(getgid, "Return the current process's group id."),
    GET(getegid, "Return the current process's effective group id."), GET(getpid, "Return the current process id."), GET(getppid, "Return the parent's process id."),
    GET(getpgrp, "Return the current process group id."), GET(getresuid, "Return a tuple of the current process's real, effective, and saved user ids."),
    GET(getresgid, "Return a tuple of the current process's real, effective, and saved group ids."), GET(getgroups, "Return list of supplemental group IDs for the process."),
    GET(getlogin, "Return the actual login name."), GET(setpgrp, "Make the current process the leader of its process group."), GET(setsid, "Call the system call setsid()."),
    IM_FIXED("setuid", posix_setuid, 1, "($module, uid, /)", "Set the current process's user id."), IM_FIXED("seteuid", posix_seteuid, 1, "($module, euid, /)", "Set the current process's effective user id."),
    IM_FIXED("setgid", posix_setgid, 1, "($module, gid, /)", "Set the current process's group id."), IM_FIXED("setegid", posix_setegid, 1, "($module, egid, /)", "Set the current process's effective group id."),
    IM_FIXED("setreuid", posix_setreuid, 2, "($module, ruid, euid, /)", "Set the current process's real and effective user ids."),
    IM_FIXED("setregid", posix_setregid, 2, "($module, rgid, egid, /)", "Set the current process's real and effective group ids."),
    IM_FIXED("setresuid", posix_setresuid, 3, "($module, ruid, euid, suid, /)", "Set the current process's real, effective, and saved user ids."),
    IM_FIXED("setresgid", posix_setresgid, 3, "($module, rgid, egid, sgid, /)", "Set the current process's real, effective, and saved group ids."),
    IM_FIXED("setgroups", posix_setgroups, 1, "($module, groups, /)", "Set the groups of the current process to list."),
    IM_FIXED("initgroups", posix_initgroups, 2, "($module, username, gid, /)", "Initialize the group access list."),
    IM_FIXED("getgrouplist", posix_getgrouplist, 2, "($module, user, group, /)", "Returns a list of groups to which a user belongs."),
    IM_PARSED("getpgid", posix_getpgid, "($module, /, pid)", "Call the system call getpgid(), and return the result."), IM_FIXED("getsid", posix_getsid, 1, "($module, pid, /)", "Call the system call getsid(pid) and return the result."),
    IM_FIXED("setpgid", posix_setpgid, 2, "($module, pid, pgrp, /)", "Call the system call setpgid(pid, pgrp)."),
    IM_PARSED("getpriority", posix_getpriority, "($module, /, which, who)", "Return program scheduling priority."),
    IM_PARSED("setpriority", posix_setpriority, "($module, /, which, who, priority)", "Set program scheduling priority."),
    IM_FIXED("nice", posix_nice, 1, "($module, increment, /)", "Add increment to the priority of process and return the new priority."),
    IM_END,
};
