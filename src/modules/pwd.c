/* pwd: the user database.
 * SPDX-License-Identifier: MIT */
#include <pwd.h>

#include "modules/posix.h"

static Value x_struct_passwd; /* the type; root */
enum { ROOM = 1024, MAX_ROOM = 1 << 24 };

static Value text(Thread *t, const char *s) { return s ? im_str_fs_decode(t, s, -1) : IM_NONE; }
static Value entry(Thread *t, const struct passwd *p)
{
    Value v[7] = {text(t, p->pw_name), text(t, p->pw_passwd), im_from_uid(t, p->pw_uid), im_from_uid(t, p->pw_gid), text(t, p->pw_gecos), text(t, p->pw_dir), text(t, p->pw_shell)};
    return im_structseq_new(t, im_as_type(x_struct_passwd), v);
}
/* By name or, when that is null, by number: 1 and *out, 0 not found, -1 error. */
static int look_up(Thread *t, const char *name, uid_t uid, Value *out)
{
    struct passwd pw, *found = NULL;
    for (size_t room = ROOM; room <= MAX_ROOM; room *= 2) {
        char *buf = im_raw_alloc(t, room);
        if (!buf) return -1;
        int e;
        IM_DETACH(t);
        e = name ? getpwnam_r(name, &pw, buf, room, &found) : getpwuid_r(uid, &pw, buf, room, &found);
        IM_ATTACH(t);
        if (found) *out = entry(t, found);
        im_raw_free(buf);
        if (found) return im_no_value(*out) ? -1 : 1;
        if (e != ERANGE) return 0;
    }
    return 0;
}
static Value key_error(Thread *t, Value s)
{
    if (!im_no_value(s)) im_raise_key(t, s);
    im_xdrop(t, s);
    return IM_NO_VALUE;
}
IM_METHOD(do_getpwnam)
{
    Value owned, r = IM_NO_VALUE;
    if (!im_is_str(args[0])) return im_raise_type(t, "getpwnam() argument must be str, not %.50T", args[0]);
    const char *name = im_fs_string(t, args[0], &owned);
    if (!name) return r;
    int found = look_up(t, name, 0, &r);
    im_drop(t, owned);
    return found == 0 ? key_error(t, im_str_format(t, "getpwnam(): name not found: %R", args[0])) : r;
}
IM_METHOD(do_getpwuid)
{
    uid_t uid;
    Value r = IM_NO_VALUE;
    if (im_uid_arg(t, args[0], &uid) < 0) return im_exc_clear_if(t, &im_OverflowError_type) ? key_error(t, im_str_from_cstr(t, "getpwuid(): uid not found")) : r;
    if (look_up(t, NULL, uid, &r) != 0) return r;
    Value n = im_from_uid(t, uid);
    return key_error(t, im_str_format(t, "getpwuid(): uid not found: %S", n));
}
static ImMutex all_lock; /* getpwent has one position for the whole process */
IM_METHOD(do_getpwall)
{
    Value l = im_list_new(t, 0);
    struct passwd *p;
    im_mutex_acquire(t, &all_lock);
    IM_DETACH(t); /* the name service may ask a server */
    setpwent();
    p = getpwent();
    IM_ATTACH(t);
    while (!im_no_value(l) && p != NULL) {
        Value v = entry(t, p);
        if (im_no_value(v) || im_list_append_steal(t, l, v) < 0) IM_CLEAR(t, l);
        IM_DETACH(t);
        p = getpwent();
        IM_ATTACH(t);
    }
    endpwent();
    im_mutex_unlock(&all_lock);
    return l;
}
static const ImMethodDef methods[] = {
    IM_FIXED("getpwuid", do_getpwuid, 1, "($module, uidobj, /)", "Return the password database entry for the given numeric user ID.\n\nSee `help(pwd)` for more on password database entries."),
    IM_FIXED("getpwnam", do_getpwnam, 1, "($module, name, /)", "Return the password database entry for the given user name.\n\nSee `help(pwd)` for more on password database entries."),
    IM_FIXED("getpwall", do_getpwall, 0, "($module, /)", "Return a list of all available password database entries, in arbitrary order.\n\nSee help(pwd) for more on password database entries."),
    IM_END,
};
static int exec(Thread *t, Value m)
{
    static const ImStructField fields[] = {{"pw_name", "user name"}, {"pw_passwd", "password"}, {"pw_uid", "user id"}, {"pw_gid", "group id"}, {"pw_gecos", "real name"},
        {"pw_dir", "home directory"}, {"pw_shell", "shell program"}};
    return im_posix_add_seq(t, m, &x_struct_passwd, "pwd.struct_passwd", "pwd.struct_passwd: Results from getpw*() routines.\n\nThis object may be accessed either as a tuple of\n"
        "  (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\nor via the object attributes as named in the above tuple.", fields, 7, 7);
}
static const ImModuleDef def = {.name = "pwd", .doc = "This module provides access to the Unix password database.", .methods = methods, .exec = exec};
IM_MODULE(def);
