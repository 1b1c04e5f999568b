/* grp: the group database.
 * SPDX-License-Identifier: MIT */
#include <grp.h>

#include "modules/posix.h"

static Value x_struct_group; /* the type; root */
enum { ROOM = 1024, MAX_ROOM = 1 << 24 };

static Value text(Thread *t, const char *s) { return s ? im_str_fs_decode(t, s, -1) : IM_NONE; }
static Value entry(Thread *t, const struct group *p)
{
    Value members = im_list_new(t, 0);
    for (char **m = p->gr_mem; m && *m && !im_no_value(members); m++) {
        Value s = text(t, *m);
        if (im_no_value(s) || im_list_append_steal(t, members, s) < 0) IM_CLEAR(t, members);
    }
    Value v[4] = {text(t, p->gr_name), text(t, p->gr_passwd), im_from_uid(t, p->gr_gid), members};
    return im_structseq_new(t, im_as_type(x_struct_group), v);
}
/* By name or, when that is null, by number: 1 and *out, 0 not found, -1 error. */
static int look_up(Thread *t, const char *name, gid_t gid, Value *out)
{
    struct group gr, *found = NULL;
    for (size_t room = ROOM; room <= MAX_ROOM; room *= 2) {
        char *buf = im_raw_alloc(t, room);
        if (!buf) return -1;
        int e;
        IM_DETACH(t);
        e = name ? getgrnam_r(name, &gr, buf, room, &found) : getgrgid_r(gid, &gr, buf, room, &found);
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
IM_METHOD(do_getgrnam)
{
    Value owned, r = IM_NO_VALUE;
    if (!im_is_str(args[0])) return im_raise_type(t, "getgrnam() argument 'name' must be str, not %.50T", args[0]);
    const char *name = im_fs_string(t, args[0], &owned);
    if (!name) return r;
    int found = look_up(t, name, 0, &r);
    im_drop(t, owned);
    return found == 0 ? key_error(t, im_str_format(t, "getgrnam(): name not found: %R", args[0])) : r;
}
IM_METHOD(do_getgrgid)
{
    gid_t gid;
    Value r = IM_NO_VALUE;
    if (im_gid_arg(t, args[0], &gid) < 0) return im_exc_clear_if(t, &im_OverflowError_type) ? key_error(t, im_str_from_cstr(t, "getgrgid(): gid not found")) : r;
    if (look_up(t, NULL, gid, &r) != 0) return r;
    return key_error(t, im_str_format(t, "getgrgid(): gid not found: %S", im_from_uid(t, gid)));
}
static ImMutex all_lock; /* getgrent has one position for the whole process */
IM_METHOD(do_getgrall)
{
    Value l = im_list_new(t, 0);
    struct group *p;
    im_mutex_acquire(t, &all_lock);
    IM_DETACH(t); /* the name service may ask a server */
    setgrent();
    p = getgrent();
    IM_ATTACH(t);
    while (!im_no_value(l) && p != NULL) {
        Value v = entry(t, p);
        if (im_no_value(v) || im_list_append_steal(t, l, v) < 0) IM_CLEAR(t, l);
        IM_DETACH(t);
        p = getgrent();
        IM_ATTACH(t);
    }
    endgrent();
    im_mutex_unlock(&all_lock);
    return l;
}
static const ImMethodDef methods[] = {
    IM_PARSED("getgrgid", do_getgrgid, "($module, /, id)", "Return the group database entry for the given numeric group ID.\n\nIf id is not valid, raise KeyError."),
    IM_PARSED("getgrnam", do_getgrnam, "($module, /, name)", "Return the group database entry for the given group name.\n\nIf name is not valid, raise KeyError."),
    IM_FIXED("getgrall", do_getgrall, 0, "($module, /)", "Return a list of all available group entries, in arbitrary order.\n\nAn entry whose name starts with '+' or '-' represents an instruction\nto use YP/NIS and may not be accessible via getgrnam or getgrgid."),
    IM_END,
};
static int exec(Thread *t, Value m)
{
    static const ImStructField fields[] = {{"gr_name", "group name"}, {"gr_passwd", "password"}, {"gr_gid", "group id"}, {"gr_mem", "group members"}};
    return im_posix_add_seq(t, m, &x_struct_group, "grp.struct_group", "grp.struct_group: Results from getgr*() routines.\n\nThis object may be accessed either as a tuple of\n"
        "  (gr_name,gr_passwd,gr_gid,gr_mem)\nor via the object attributes as named in the above tuple.", fields, 4, 4);
}
static const ImModuleDef def = {.name = "grp", .doc = "Access to the Unix group database.", .methods = methods, .exec = exec};
IM_MODULE(def);
