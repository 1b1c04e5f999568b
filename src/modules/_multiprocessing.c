/* _multiprocessing: named semaphores shared by processes.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <time.h>

#include "modules/syscall.h"

enum { RECURSIVE_MUTEX = 0, SEMAPHORE = 1 };
typedef struct SemLock {
    ImObject head;
    sem_t *handle;        /* fixed for the object's life */
    uint64_t x_owner;     /* thread that took it last: written by the holder, compared by others with their own ident only */
    uint32_t x_count;     /* times held by the owner; changed by the holder only */
    int kind, maxvalue;
    Value name;           /* str or None */
} SemLock;
IM_TYPE_DECLARE(SemLock_);
IM_INLINE SemLock *semp(Value v) { return (SemLock *)im_ptr(v); }

static bool is_mine(Thread *t, SemLock *s) { return (int32_t)im_load_acquire(&s->x_count) > 0 && im_load_relaxed(&s->x_owner) == t->ident; }

static Value make(Thread *t, ImType *type, sem_t *handle, int kind, int maxvalue, Value name)
{
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    SemLock *s = semp(v);
    s->handle = handle;
    s->kind = kind;
    s->maxvalue = maxvalue;
    s->name = im_new_ref(name);
    return v;
}
static Value sem_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "SemLock", "(kind, value, maxvalue, name, unlink)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    int kind, value, maxvalue, unlink_it;
    sem_t *h = SEM_FAILED;
    if (im_as_int(t, a.v[0], &kind) < 0 || im_as_int(t, a.v[1], &value) < 0 || im_as_int(t, a.v[2], &maxvalue) < 0) goto done;
    if (!im_is_str(a.v[3])) { im_raise_type(t, "SemLock() argument 'name' must be str, not %.50T", a.v[3]); goto done; }
    if ((unlink_it = im_truth(t, a.v[4])) < 0) goto done;
    if (kind != RECURSIVE_MUTEX && kind != SEMAPHORE) { im_raise_valueerror(t, "unrecognized kind"); goto done; }
    const char *name = im_str_utf8(t, a.v[3], NULL);
    if (!name) goto done;
    h = sem_open(name, O_CREAT | O_EXCL, 0600, (unsigned)value);
    if (h == SEM_FAILED) { IM_ERRNO(t); goto done; }
    if (unlink_it && sem_unlink(name) < 0) { IM_ERRNO(t); goto done; }
    r = make(t, type, h, kind, maxvalue, unlink_it ? IM_NONE : a.v[3]); /* no name: nothing is left to unlink */
done:
    if (im_no_value(r) && h != SEM_FAILED) sem_close(h);
    im_args_fini(t, &a);
    return r;
}
/* From what a parent process knows: by name, or with a handle inherited through fork. */
IM_METHOD(sem_rebuild)
{
    uint64_t handle;
    int kind, maxvalue;
    if (im_as_uint64_wrap(t, args[0], &handle) < 0 || im_as_int(t, args[1], &kind) < 0 || im_as_int(t, args[2], &maxvalue) < 0) return IM_NO_VALUE;
    sem_t *h = (sem_t *)(uintptr_t)handle;
    if (!im_is_none(args[3])) {
        if (!im_is_str(args[3])) return im_raise_type(t, "_rebuild() argument 4 must be str or None, not %.50T", args[3]);
        const char *name = im_str_utf8(t, args[3], NULL);
        if (!name) return IM_NO_VALUE;
        h = sem_open(name, 0);
        if (h == SEM_FAILED) return IM_ERRNO(t);
    }
    return make(t, im_as_type(self), h, kind, maxvalue, args[3]);
}

static Value acquire(Thread *t, SemLock *s, bool block, Value timeout)
{
    if (s->kind == RECURSIVE_MUTEX && is_mine(t, s)) {
        im_store_release(&s->x_count, s->x_count + 1);
        return IM_TRUE;
    }
    struct timespec deadline;
    bool limited = im_given(timeout);
    if (limited) {
        double d;
        if (im_as_double(t, timeout, &d) < 0) return IM_NO_VALUE;
        if (d < 0) d = 0;
        if (d > 1e9) d = 1e9;
        clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_sec += (time_t)d;
        deadline.tv_nsec += (long)(1e9 * (d - (double)(time_t)d) + 0.5);
        deadline.tv_sec += deadline.tv_nsec / 1000000000;
        deadline.tv_nsec %= 1000000000;
    }
    int r, e;
    do {
        r = sem_trywait(s->handle);
        e = errno;
    } while (r < 0 && e == EINTR);
    if (r < 0 && e == EAGAIN && block) IM_SYSCALL(t, r, e, limited ? sem_timedwait(s->handle, &deadline) : sem_wait(s->handle));
    if (r < 0) {
        if (e == EAGAIN || e == ETIMEDOUT) return IM_FALSE;
        return im_syscall_error(t, e);
    }
    im_store_relaxed(&s->x_owner, t->ident);
    im_store_release(&s->x_count, s->x_count + 1);
    return IM_TRUE;
}
IM_METHOD(sem_acquire)
{
    int block = im_no_value(args[0]) ? 1 : im_truth(t, args[0]);
    return block < 0 ? IM_NO_VALUE : acquire(t, semp(self), block, args[1]);
}
IM_METHOD(sem_enter) { return acquire(t, semp(self), true, IM_NONE); }
IM_METHOD(sem_release)
{
    SemLock *s = semp(self);
    if (s->kind == RECURSIVE_MUTEX) {
        if (!is_mine(t, s)) return im_raise(t, &im_AssertionError_type, "attempt to release recursive lock not owned by thread");
        if (s->x_count > 1) {
            im_store_release(&s->x_count, s->x_count - 1);
            return IM_NONE;
        }
    } else {
        int value;
        if (sem_getvalue(s->handle, &value) < 0) return IM_ERRNO(t);
        if (value >= s->maxvalue) return im_raise_valueerror(t, "semaphore or lock released too many times");
    }
    im_store_release(&s->x_count, s->x_count - 1);
    if (sem_post(s->handle) < 0) {
        int e = errno;
        im_store_release(&s->x_count, s->x_count + 1);
        return im_raise_errno(t, e);
    }
    return IM_NONE;
}
IM_METHOD(sem_count) { return im_int((int32_t)im_load_acquire(&semp(self)->x_count)); }
IM_METHOD(sem_is_mine) { return im_bool(is_mine(t, semp(self))); }
IM_METHOD(sem_value)
{
    int value;
    if (sem_getvalue(semp(self)->handle, &value) < 0) return IM_ERRNO(t);
    return im_int(value < 0 ? 0 : value);
}
IM_METHOD(sem_is_zero)
{
    int value;
    return sem_getvalue(semp(self)->handle, &value) < 0 ? IM_ERRNO(t) : im_bool(value <= 0);
}
IM_METHOD(sem_after_fork)
{
    im_store_release(&semp(self)->x_count, 0);
    return IM_NONE;
}
static Value get_handle(Thread *t, Value self, void *closure) { (void)closure; return im_int_from_u64(t, (uint64_t)(uintptr_t)semp(self)->handle); }
static int sem_traverse(ImObject *o, ImVisit visit, void *arg) { Value n = ((SemLock *)o)->name; return im_is_object(n) ? visit(n, arg) : 0; }
static void semlock_destroy(Thread *t, ImObject *o)
{
    SemLock *s = (SemLock *)o;
    if (s->handle) sem_close(s->handle);
    im_destroy_child(t, s->name);
}

static const ImMethodDef sem_methods[] = {
    IM_PARSED("acquire", sem_acquire, "($self, /, block=True, timeout=None)", "Acquire the semaphore/lock."),
    IM_FIXED("release", sem_release, 0, "($self, /)", "Release the semaphore/lock."),
    IM_FIXED("__enter__", sem_enter, 0, "($self, /)", "Enter the semaphore/lock."),
    IM_RANGE("__exit__", sem_release, 0, 3, "($self, exc_type=None, exc_value=None, exc_tb=None, /)", "Exit the semaphore/lock."),
    IM_FIXED("_count", sem_count, 0, "($self, /)", "Num of `acquire()`s minus num of `release()`s for this process."),
    IM_FIXED("_is_mine", sem_is_mine, 0, "($self, /)", "Whether the lock is owned by this thread."),
    IM_FIXED("_get_value", sem_value, 0, "($self, /)", "Get the value of the semaphore."),
    IM_FIXED("_is_zero", sem_is_zero, 0, "($self, /)", "Return whether semaphore has value zero."),
    IM_CLASS_FIXED("_rebuild", sem_rebuild, 4, "($type, handle, kind, maxvalue, name, /)", NULL),
    IM_FIXED("_after_fork", sem_after_fork, 0, "($self, /)", "Rezero the net acquisition count after fork()."),
    IM_END,
};
static const ImGetSetDef sem_getset[] = {{"handle", get_handle, NULL, NULL, NULL}, IM_END};
static const ImMemberDef sem_members[] = {
    {"kind", IM_T_INT32, offsetof(SemLock, kind), true, NULL}, {"maxvalue", IM_T_INT32, offsetof(SemLock, maxvalue), true, NULL},
    {"name", IM_T_VALUE_NONE, offsetof(SemLock, name), true, NULL}, IM_END,
};
static const ImSlots sem_slots = {.new_ = sem_new};
static const ImTypeSpec sem_spec = {
    .name = "_multiprocessing.SemLock", .doc = "Semaphore/Mutex type", .size = sizeof(SemLock), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &sem_slots, .methods = sem_methods,
    .getset = sem_getset, .members = sem_members, .traverse = sem_traverse, .destroy = semlock_destroy, .text_signature = "(kind, value, maxvalue, name, unlink)",
};
IM_TYPE(SemLock_, &sem_spec);

IM_METHOD(do_sem_unlink)
{
    if (!im_is_str(args[0])) return im_raise_type(t, "sem_unlink() argument must be str, not %.50T", args[0]);
    const char *name = im_str_utf8(t, args[0], NULL);
    if (!name) return IM_NO_VALUE;
    return sem_unlink(name) < 0 ? IM_ERRNO(t) : IM_NONE;
}
static const ImMethodDef methods[] = {IM_FIXED("sem_unlink", do_sem_unlink, 1, "($module, name, /)", NULL), IM_END};
static int exec(Thread *t, Value m)
{
    Value max = im_int(SEM_VALUE_MAX);
    if (im_type_set(t, &im_SemLock__type, IM_S(SEM_VALUE_MAX), max) < 0 || im_module_add_type(t, m, &im_SemLock__type) < 0) return -1;
    Value flags = im_dict_new(t);
    if (im_no_value(flags) || im_dict_set_cstr(t, flags, "HAVE_SEM_OPEN", im_int(1)) < 0 || im_dict_set_cstr(t, flags, "HAVE_SEM_TIMEDWAIT", im_int(1)) < 0) {
        im_xdrop(t, flags);
        return -1;
    }
    return im_module_add(t, m, "flags", flags);
}
static const ImModuleDef def = {.name = "_multiprocessing", .methods = methods, .exec = exec};
IM_MODULE(def);
