/* OSError: fields, choice of the subclass by errno, text, pickling.
 * SPDX-License-Identifier: MIT
 *
 * A subclass that defines __init__ but not __new__ gets its arguments parsed by OSError.__init__; all others by OSError.__new__, which can then pick the class. */
#include "types/exceptions_impl.h"

#include <errno.h>

static const struct { int code; ImType *type; } by_errno[] = {
    {EAGAIN, &im_BlockingIOError_type}, {EALREADY, &im_BlockingIOError_type}, {EINPROGRESS, &im_BlockingIOError_type}, {EWOULDBLOCK, &im_BlockingIOError_type},
    {EPIPE, &im_BrokenPipeError_type}, {ESHUTDOWN, &im_BrokenPipeError_type}, {ECHILD, &im_ChildProcessError_type}, {ECONNABORTED, &im_ConnectionAbortedError_type},
    {ECONNREFUSED, &im_ConnectionRefusedError_type}, {ECONNRESET, &im_ConnectionResetError_type}, {EEXIST, &im_FileExistsError_type},
    {ENOENT, &im_FileNotFoundError_type}, {EISDIR, &im_IsADirectoryError_type}, {ENOTDIR, &im_NotADirectoryError_type}, {EINTR, &im_InterruptedError_type},
    {EACCES, &im_PermissionError_type}, {EPERM, &im_PermissionError_type}, {ESRCH, &im_ProcessLookupError_type}, {ETIMEDOUT, &im_TimeoutError_type}};

static Value os_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames);
static int os_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);

#define OS(v) ((ImExcOs *)im_ptr(v))
IM_EXC_FIELDS(os, ImExcOs, x_errno, 4)

static bool init_decides(ImType *type) { return IM_SLOT(type, init) != os_init && IM_SLOT(type, new_) == os_new; }

static int fill(Thread *t, Value self, const Value *args, size_t nargs)
{
    ImExcOs *e = OS(self);
    size_t keep = nargs;
    if (nargs >= 2 && nargs <= 5) {
        im_exc_put(t, self, &e->x_errno, args[0]);
        im_exc_put(t, self, &e->x_strerror, args[1]);
        if (nargs >= 3 && !im_is_none(args[2])) {
            bool blocking = im_is_instance_of(self, &im_BlockingIOError_type);
            if (blocking && im_is_number(args[2])) {
                ssize_t n;
                if (im_as_ssize(t, args[2], &im_ValueError_type, &n) < 0) return -1;
                e->x_written = n;
            } else {
                im_exc_put(t, self, &e->x_filename, args[2]);
                if (nargs >= 5 && !im_is_none(args[4])) im_exc_put(t, self, &e->x_filename2, args[4]);
                keep = 2; /* args stays (errno, text): what programs unpack */
            }
        }
    }
    Value a = im_tuple_from_array(t, args, keep);
    if (im_no_value(a)) return -1;
    im_slot_put(t, im_ptr(self), &e->e.x_args, a);
    return 0;
}

static Value os_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (!init_decides(type)) {
        if (im_no_kwargs(t, im_type_cname(type), kwnames) < 0) return IM_NO_VALUE;
        int64_t code;
        if (type == &im_OSError_type && nargs >= 2 && nargs <= 5 && im_is_int_like(args[0]) && im_int_get64(args[0], &code))
            for (size_t i = 0; i < IM_COUNTOF(by_errno); i++)
                if (by_errno[i].code == code) { type = by_errno[i].type; break; }
    }
    ImExcOs *e = (ImExcOs *)im_instance_alloc(t, type, 0);
    if (!e) return IM_NO_VALUE;
    e->x_written = -1;
    Value self = im_value(e);
    if (init_decides(type)) {
        e->e.x_args = im_tuple_empty();
    } else if (fill(t, self, args, nargs) < 0) {
        im_drop(t, self);
        return IM_NO_VALUE;
    }
    return self;
}

static int os_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImType *type = im_type_of(self);
    if (!init_decides(type)) return 0; /* __new__ has done it */
    if (im_no_kwargs(t, im_type_cname(type), kwnames) < 0) return -1;
    return fill(t, self, args, nargs);
}

static Value os_str(Thread *t, Value self)
{
    ImExcOs *e = OS(self);
    Value no = im_exc_field(t, &e->x_errno), text = im_exc_field(t, &e->x_strerror), f = im_exc_field(t, &e->x_filename), f2 = im_exc_field(t, &e->x_filename2), r;
    if (!im_no_value(f)) {
        Value n = im_no_value(no) ? IM_NONE : no, s = im_no_value(text) ? IM_NONE : text;
        r = im_no_value(f2) ? im_str_format(t, "[Errno %S] %S: %R", n, s, f) : im_str_format(t, "[Errno %S] %S: %R -> %R", n, s, f, f2);
    } else if (!im_no_value(no) && !im_no_value(text)) {
        r = im_str_format(t, "[Errno %S] %S", no, text);
    } else {
        r = im_exc_str(t, self);
    }
    im_xdrop(t, no);
    im_xdrop(t, text);
    im_xdrop(t, f);
    im_xdrop(t, f2);
    return r;
}

static Value os_reduce(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    ImExcOs *e = OS(self);
    Value args = im_exc_field(t, &e->e.x_args), f = im_exc_field(t, &e->x_filename), f2 = im_exc_field(t, &e->x_filename2), r;
    if (im_tuple_len(args) == 2 && !im_no_value(f)) { /* the filenames that `args` leaves out */
        Value full = im_no_value(f2) ? im_tuple_pack(t, 3, im_tuple_get(args, 0), im_tuple_get(args, 1), f)
                                     : im_tuple_pack(t, 5, im_tuple_get(args, 0), im_tuple_get(args, 1), f, IM_NONE, f2);
        im_drop(t, args);
        args = full;
    }
    r = im_no_value(args) ? args : im_exc_reduce_with(t, self, args, IM_NO_VALUE);
    im_xdrop(t, args);
    im_xdrop(t, f);
    im_xdrop(t, f2);
    return r;
}

static Value get_written(Thread *t, Value self, void *c)
{
    (void)c;
    if (OS(self)->x_written == -1) return im_raise_attr(t, "characters_written");
    return im_int_new(t, OS(self)->x_written);
}
static int set_written(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    ssize_t n = -1;
    if (im_no_value(v)) {
        if (OS(self)->x_written == -1) return im_raise_attr(t, "characters_written"), -1;
    } else if (im_as_ssize(t, v, &im_ValueError_type, &n) < 0) {
        return -1;
    }
    OS(self)->x_written = n;
    return 0;
}

static const ImMemberDef os_members[] = {{"errno", IM_T_VALUE_NONE, offsetof(ImExcOs, x_errno), false, "POSIX exception code"},
    {"strerror", IM_T_VALUE_NONE, offsetof(ImExcOs, x_strerror), false, "exception strerror"},
    {"filename", IM_T_VALUE_NONE, offsetof(ImExcOs, x_filename), false, "exception filename"},
    {"filename2", IM_T_VALUE_NONE, offsetof(ImExcOs, x_filename2), false, "second exception filename"}, IM_END};
static const ImGetSetDef os_getset[] = {{"characters_written", get_written, set_written, NULL, NULL}, IM_END};
static const ImMethodDef os_methods[] = {IM_FIXED("__reduce__", os_reduce, 0, NULL, NULL), IM_END};
static const ImSlots os_slots = {.new_ = os_new, .init = os_init, .str = os_str};
const ImExcKind im_exc_kind_OS = {sizeof(ImExcOs), &os_slots, os_methods, os_members, os_getset, os_traverse, os_clear, os_destroy};
