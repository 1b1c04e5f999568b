/* posix.scandir: an iterator over a directory, and its entries, which know what the directory knew about them.
 * SPDX-License-Identifier: MIT */
#include "modules/posix_scandir.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- DirEntry ----------------------------------------------------------------------------------------------------------------------- */

typedef struct DirEntry {
    ImObject head;
    Value name, path;         /* str or bytes */
    Value x_stat, x_lstat;    /* cached results, or no value; exchange */
    uint64_t ino;
    int dir_fd;               /* AT_FDCWD: use path, else name below it */
    unsigned char type;       /* DT_ */
} DirEntry;
IM_INLINE DirEntry *entryp(Value v) { return (DirEntry *)im_ptr(v); }

static int entry_traverse(ImObject *o, ImVisit visit, void *arg)
{
    DirEntry *e = (DirEntry *)o;
    Value v[4] = {e->name, e->path, e->x_stat, e->x_lstat};
    for (int i = 0; i < 4; i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void entry_destroy(Thread *t, ImObject *o)
{
    DirEntry *e = (DirEntry *)o;
    im_destroy_child(t, e->name);
    im_destroy_child(t, e->path);
    im_destroy_child(t, e->x_stat);
    im_destroy_child(t, e->x_lstat);
}

static Value fetch_stat(Thread *t, DirEntry *d, bool follow)
{
    Value owned, path = d->dir_fd == AT_FDCWD ? d->path : d->name;
    const char *s = im_fs_string(t, path, &owned);
    if (!s) return IM_NO_VALUE;
    struct stat st;
    int r, e;
    IM_DETACH(t);
    r = fstatat(d->dir_fd, s, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW);
    e = errno;
    IM_ATTACH(t);
    im_drop(t, owned);
    return r < 0 ? im_raise_errno_path(t, e, d->path) : im_posix_stat_result(t, &st);
}
static Value cached_stat(Thread *t, Value self, Value *x_slot, bool follow)
{
    Value v = im_slot_get(t, NULL, x_slot);
    if (!im_no_value(v)) return v;
    v = fetch_stat(t, entryp(self), follow);
    if (!im_no_value(v)) im_slot_put(t, im_ptr(self), x_slot, im_new_ref(v));
    return v;
}
static Value get_lstat(Thread *t, Value self) { return cached_stat(t, self, &entryp(self)->x_lstat, false); }
/* 1, 0, -1. */
static int is_symlink(Thread *t, Value self)
{
    DirEntry *d = entryp(self);
    if (d->type != DT_UNKNOWN) return d->type == DT_LNK;
    Value st = get_lstat(t, self);
    if (im_no_value(st)) return im_exc_clear_if(t, &im_FileNotFoundError_type) ? 0 : -1;
    int64_t mode;
    (void)im_int_get64(im_tuple_get(st, 0), &mode);
    im_drop(t, st);
    return S_ISLNK((mode_t)mode);
}
static Value get_stat(Thread *t, Value self, bool follow)
{
    if (!follow) return get_lstat(t, self);
    int link = is_symlink(t, self);
    if (link < 0) return IM_NO_VALUE;
    return link ? cached_stat(t, self, &entryp(self)->x_stat, true) : get_lstat(t, self);
}
static Value test_mode(Thread *t, Value self, bool follow, mode_t want)
{
    DirEntry *d = entryp(self);
    bool link = d->type == DT_LNK;
    if (d->type == DT_UNKNOWN || (link && follow)) {
        Value st = get_stat(t, self, follow);
        if (im_no_value(st)) return im_exc_clear_if(t, &im_FileNotFoundError_type) ? IM_FALSE : st;
        int64_t mode;
        (void)im_int_get64(im_tuple_get(st, 0), &mode);
        im_drop(t, st);
        return im_bool(((mode_t)mode & S_IFMT) == want);
    }
    return im_bool(!link && d->type == (want == S_IFDIR ? DT_DIR : DT_REG));
}

IM_METHOD(entry_is_dir)
{
    int follow = im_no_value(args[0]) ? 1 : im_truth(t, args[0]);
    return follow < 0 ? IM_NO_VALUE : test_mode(t, self, follow, S_IFDIR);
}
IM_METHOD(entry_is_file)
{
    int follow = im_no_value(args[0]) ? 1 : im_truth(t, args[0]);
    return follow < 0 ? IM_NO_VALUE : test_mode(t, self, follow, S_IFREG);
}
IM_METHOD(entry_is_symlink)
{
    int r = is_symlink(t, self);
    return r < 0 ? IM_NO_VALUE : im_bool(r);
}
IM_METHOD(entry_is_junction) { return IM_FALSE; }
IM_METHOD(entry_stat)
{
    int follow = im_no_value(args[0]) ? 1 : im_truth(t, args[0]);
    return follow < 0 ? IM_NO_VALUE : get_stat(t, self, follow);
}
IM_METHOD(entry_inode) { return im_int_from_u64(t, entryp(self)->ino); }
IM_METHOD(entry_fspath) { return im_new_ref(entryp(self)->path); }
static Value entry_repr(Thread *t, Value self) { return im_str_format(t, "<DirEntry %R>", entryp(self)->name); }

static const ImMethodDef entry_methods[] = {
    IM_PARSED("is_dir", entry_is_dir, "($self, /, *, follow_symlinks=True)", "Return True if the entry is a directory; cached per entry."),
    IM_PARSED("is_file", entry_is_file, "($self, /, *, follow_symlinks=True)", "Return True if the entry is a file; cached per entry."),
    IM_FIXED("is_symlink", entry_is_symlink, 0, "($self, /)", "Return True if the entry is a symbolic link; cached per entry."),
    IM_FIXED("is_junction", entry_is_junction, 0, "($self, /)", "Return True if the entry is a junction; cached per entry."),
    IM_PARSED("stat", entry_stat, "($self, /, *, follow_symlinks=True)", "Return stat_result object for the entry; cached per entry."),
    IM_FIXED("inode", entry_inode, 0, "($self, /)", "Return inode of the entry; cached per entry."),
    IM_FIXED("__fspath__", entry_fspath, 0, "($self, /)", "Returns the path for the entry."),
    IM_CLASS_GETITEM,
    IM_END,
};
static const ImMemberDef entry_members[] = {
    {"name", IM_T_VALUE, offsetof(DirEntry, name), true, "the entry's base filename, relative to scandir() \"path\" argument"},
    {"path", IM_T_VALUE, offsetof(DirEntry, path), true, "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)"},
    IM_END,
};
static const ImSlots entry_slots = {.repr = entry_repr};
static const ImTypeSpec entry_spec = {
    .name = "posix.DirEntry", .size = sizeof(DirEntry), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &entry_slots, .methods = entry_methods, .members = entry_members,
    .traverse = entry_traverse, .destroy = entry_destroy,
};
IM_TYPE(DirEntry_, &entry_spec);

/* --- the iterator ---------------------------------------------------------------------------------------------------------------------- */

typedef struct ScandirIterator {
    ImObject head;
    Value path;      /* as given: names the directory in errors */
    Value prefix;    /* bytes: what is put before names, ending in a slash; no value: entries have no more than their name */
    DIR *x_dir;      /* null: closed or at the end; the mutex */
    int fd;          /* as given, or -1 */
    bool is_bytes;
    ImMutex mutex;   /* held during readdir */
} ScandirIterator;
IM_INLINE ScandirIterator *iterp(Value v) { return (ScandirIterator *)im_ptr(v); }

static void close_dir(Thread *t, ScandirIterator *it)
{
    im_mutex_acquire(t, &it->mutex);
    DIR *d = it->x_dir;
    it->x_dir = NULL;
    im_mutex_unlock(&it->mutex);
    if (!d) return;
    IM_DETACH(t);
    if (it->fd != -1) rewinddir(d);
    closedir(d);
    IM_ATTACH(t);
}

static Value make_entry(Thread *t, ScandirIterator *it, const char *name, uint64_t ino, unsigned char type)
{
    DirEntry *d = (DirEntry *)im_instance_alloc(t, &im_DirEntry__type, 0);
    if (!d) return IM_NO_VALUE;
    Value v = im_value(d);
    d->ino = ino;
    d->type = type;
    d->dir_fd = it->fd == -1 ? AT_FDCWD : it->fd;
    d->name = im_path_result(t, name, -1, it->is_bytes);
    if (im_no_value(d->name)) goto fail;
    if (im_no_value(it->prefix)) {
        d->path = im_new_ref(d->name);
    } else {
        size_t n = (size_t)im_bytes_len(it->prefix), k = strlen(name);
        char *p = im_raw_alloc(t, n + k);
        if (!p) goto fail;
        memcpy(p, im_bytes_data(it->prefix), n);
        memcpy(p + n, name, k);
        d->path = im_path_result(t, p, (ssize_t)(n + k), it->is_bytes);
        im_raw_free(p);
        if (im_no_value(d->path)) goto fail;
    }
    return v;
fail:
    im_drop(t, v);
    return IM_NO_VALUE;
}

static Value iter_next(Thread *t, Value self)
{
    ScandirIterator *it = iterp(self);
    char name[NAME_MAX + 1];
    uint64_t ino = 0;
    unsigned char type = 0;
    bool got = false;
    int e = 0;
    im_mutex_acquire(t, &it->mutex);
    if (it->x_dir) {
        IM_DETACH(t);
        struct dirent *ent = im_posix_readdir(it->x_dir, &e);
        if (ent) { /* readdir's own memory: copied before the mutex goes */
            got = true;
            size_t n = strlen(ent->d_name);
            memcpy(name, ent->d_name, n < sizeof(name) ? n + 1 : sizeof(name));
            name[NAME_MAX] = 0;
            ino = ent->d_ino;
            type = ent->d_type;
        }
        IM_ATTACH(t);
    }
    im_mutex_unlock(&it->mutex);
    if (got) {
        Value v = make_entry(t, it, name, ino, type);
        if (im_no_value(v)) close_dir(t, it);
        return v;
    }
    close_dir(t, it);
    return e ? im_raise_errno_path(t, e, it->path) : IM_STOP;
}

IM_METHOD(iter_close) { close_dir(t, iterp(self)); return IM_NONE; }
IM_METHOD(iter_enter) { return im_new_ref(self); }

static void iter_finalize(Thread *t, ImObject *o)
{
    ScandirIterator *it = (ScandirIterator *)o;
    if (!it->x_dir) return;
    Value saved = im_exc_fetch(t);
    if (im_warn(t, &im_ResourceWarning_type, 1, "unclosed scandir iterator %R", im_value(o)) < 0 && im_pending_is(t, &im_Warning_type)) im_write_unraisable(t, NULL, im_value(o));
    im_exc_clear(t);
    close_dir(t, it);
    im_exc_restore(t, saved);
}
static int iter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ScandirIterator *it = (ScandirIterator *)o;
    int r = im_is_object(it->path) ? visit(it->path, arg) : 0;
    return r || !im_is_object(it->prefix) ? r : visit(it->prefix, arg);
}
static void iter_destroy(Thread *t, ImObject *o)
{
    ScandirIterator *it = (ScandirIterator *)o;
    if (it->x_dir) closedir(it->x_dir);
    im_destroy_child(t, it->path);
    im_destroy_child(t, it->prefix);
}

static const ImMethodDef iter_methods[] = {
    IM_FIXED("__enter__", iter_enter, 0, NULL, NULL),
    IM_RANGE("__exit__", iter_close, 0, 255, NULL, NULL),
    IM_FIXED("close", iter_close, 0, NULL, NULL),
    IM_END,
};
static const ImSlots iter_slots = {.iter = im_iter_self, .next = iter_next};
static const ImTypeSpec iter_spec = {
    .name = "posix.ScandirIterator", .size = sizeof(ScandirIterator), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_FINALIZER, .slots = &iter_slots, .methods = iter_methods,
    .traverse = iter_traverse, .destroy = iter_destroy, .finalize = iter_finalize,
};
IM_TYPE(ScandirIterator_, &iter_spec);

IM_METHOD(make_scandir)
{
    ImPath p;
    if (im_path_arg(t, args[0], "scandir", "path", IM_PATH_FD | IM_PATH_NONE, &p) < 0) return IM_NO_VALUE;
    ScandirIterator *it = NULL;
    if (IM_AUDIT(t, "os.scandir", im_no_value(args[0]) ? IM_NONE : args[0]) < 0 || !(it = (ScandirIterator *)im_instance_alloc(t, &im_ScandirIterator__type, 0))) goto fail;
    it->path = im_new_ref(p.object);
    it->fd = p.fd;
    it->is_bytes = p.is_bytes;
    if (p.s) {
        size_t n = strlen(p.s);
        it->prefix = im_bytes_new(t, p.s, (ssize_t)n + (n && p.s[n - 1] != '/'));
        if (im_no_value(it->prefix)) goto fail;
        if (n && p.s[n - 1] != '/') im_bytes_data(it->prefix)[n] = '/';
    }
    DIR *d;
    int e;
    IM_DETACH(t);
    d = im_posix_opendir(&p, &e);
    IM_ATTACH(t);
    if (!d) { im_path_error(t, e, &p); goto fail; }
    it->x_dir = d;
    im_path_fini(t, &p);
    return im_value(it);
fail:
    if (it) im_drop(t, im_value(it));
    im_path_fini(t, &p);
    return IM_NO_VALUE;
}
Value im_posix_scandir(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return make_scandir(t, self, args, nargs, kwnames); }
