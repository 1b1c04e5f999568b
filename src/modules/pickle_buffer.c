/* pickle.PickleBuffer: an object whose bytes may travel beside the pickle.
 * SPDX-License-Identifier: MIT */
#include "modules/pickle.h"

typedef struct PickleBuffer {
    ImObject head;
    Value x_obj;   /* what it was made of, or no value once released; exchanged */
    Value x_view;  /* memoryview of it: keeps the buffer exported */
} PickleBuffer;
#define PB(v) ((PickleBuffer *)im_ptr(v))

static Value pb_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (im_no_kwargs(t, "PickleBuffer", kwnames) < 0) return IM_NO_VALUE;
    if (nargs != 1) return im_raise_type(t, "PickleBuffer() takes exactly 1 positional argument (%zu given)", nargs);
    ImBuffer b;
    if (im_buffer_get(t, args[0], &b, IM_BUF_FULL_RO) < 0) return IM_NO_VALUE;
    im_buffer_release(t, &b);
    Value view = im_memoryview_new(t, args[0]);
    if (im_no_value(view)) return view;
    PickleBuffer *p = (PickleBuffer *)im_instance_alloc(t, type, 0);
    if (!p) {
        im_drop(t, view);
        return IM_NO_VALUE;
    }
    p->x_obj = im_new_ref(args[0]);
    p->x_view = view;
    return im_value(p);
}
static Value held(Thread *t, Value self)
{
    Value obj = im_slot_get(t, NULL, &PB(self)->x_obj);
    return im_no_value(obj) ? im_raise_valueerror(t, "operation forbidden on released PickleBuffer object") : obj;
}
int im_picklebuffer_get(Thread *t, Value self, ImBuffer *b, int flags)
{
    Value obj = held(t, self);
    if (im_no_value(obj)) return -1;
    int e = im_buffer_get(t, obj, b, flags);
    im_drop(t, obj);
    return e;
}
static int pb_getbuffer(Thread *t, Value self, ImBuffer *b, int flags) { return im_picklebuffer_get(t, self, b, flags); }

static Value pb_raw(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    Value obj = held(t, self), view, r = IM_NO_VALUE;
    if (im_no_value(obj)) return obj;
    view = im_memoryview_new(t, obj); /* the result keeps this one, whatever becomes of the PickleBuffer */
    im_drop(t, obj);
    if (im_no_value(view)) return view;
    ImBuffer b;
    if (im_buffer_get(t, view, &b, IM_BUF_FULL_RO) == 0) {
        if (!im_buffer_is_contiguous(&b, 'A')) im_raise(t, &im_BufferError_type, "cannot extract raw buffer from non-contiguous buffer");
        else if (im_buffer_is_contiguous(&b, 'C')) { /* keeps `obj`, which reconstruction without copying looks at */
            bool plain = b.ndim == 1 && b.itemsize == 1 && b.format && !strcmp(b.format, "B");
            Value fmt = plain ? IM_NO_VALUE : im_str_from_cstr(t, "B");
            r = plain ? im_new_ref(view) : im_no_value(fmt) ? fmt : im_call_method1(t, view, IM_S(cast), fmt);
            im_xdrop(t, fmt);
        } else r = im_memoryview_from_memory(t, b.buf, b.len, b.readonly, view);
        im_buffer_release(t, &b);
    }
    im_drop(t, view);
    return r;
}
static Value pb_release(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    im_slot_put(t, im_ptr(self), &PB(self)->x_obj, IM_NO_VALUE);
    im_slot_put(t, im_ptr(self), &PB(self)->x_view, IM_NO_VALUE);
    return IM_NONE;
}
static int pb_traverse(ImObject *o, ImVisit visit, void *arg)
{
    PickleBuffer *p = (PickleBuffer *)o;
    int r = im_is_object(p->x_obj) ? visit(p->x_obj, arg) : 0;
    return r || !im_is_object(p->x_view) ? r : visit(p->x_view, arg);
}
static void pb_clear(Thread *t, ImObject *o)
{
    im_slot_put(t, o, &((PickleBuffer *)o)->x_obj, IM_NO_VALUE);
    im_slot_put(t, o, &((PickleBuffer *)o)->x_view, IM_NO_VALUE);
}
static void pb_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((PickleBuffer *)o)->x_obj);
    im_destroy_child(t, ((PickleBuffer *)o)->x_view);
}
static const ImMethodDef pb_methods[] = {
    IM_FIXED("raw", pb_raw, 0, "($self, /)", "Return a memoryview of the raw memory underlying this buffer.\nWill raise BufferError is the buffer isn't contiguous."),
    IM_FIXED("release", pb_release, 0, "($self, /)", "Release the underlying buffer exposed by the PickleBuffer object."), IM_END};
static const ImSlots pb_slots = {.new_ = pb_new, .getbuffer = pb_getbuffer};
static const ImTypeSpec pb_spec = {
    .name = "pickle.PickleBuffer", .doc = "Wrapper for potentially out-of-band buffers", .size = sizeof(PickleBuffer), .flags = IM_TF_GC | IM_TF_WEAKREF, .slots = &pb_slots,
    .methods = pb_methods, .traverse = pb_traverse, .clear = pb_clear, .destroy = pb_destroy};
IM_TYPE(PickleBuffer, &pb_spec);
