/* Buffer protocol: asking exporters, and the plain-bytes exporter.
 * SPDX-License-Identifier: MIT */
#include "object/abstract.h"
#include "object/buffer.h"

bool im_buffer_check(Value obj) { return IM_SLOT(im_type_of(obj), getbuffer) != NULL; }

int im_buffer_get(Thread *t, Value obj, ImBuffer *b, int flags)
{
    int (*get)(Thread *, Value, ImBuffer *, int) = IM_SLOT(im_type_of(obj), getbuffer);
    memset(b, 0, sizeof *b);
    if (!get) return im_raise_type(t, "a bytes-like object is required, not '%.100T'", obj), -1;
    int rc = get(t, obj, b, flags);
    if (rc < 0) b->obj = IM_NO_VALUE;
    return rc;
}

void im_buffer_release(Thread *t, ImBuffer *b)
{
    Value obj = b->obj;
    if (im_no_value(obj)) return;
    void (*release)(Thread *, Value, ImBuffer *) = IM_SLOT(im_type_of(obj), releasebuffer);
    if (release) release(t, obj, b);
    b->obj = IM_NO_VALUE;
    im_drop(t, obj);
}

int im_buffer_fill(Thread *t, ImBuffer *b, Value obj, void *buf, ssize_t len, bool readonly, int flags)
{
    if (flags == 0x100 || flags == 0x200) { /* PyBUF_READ, PyBUF_WRITE: flags of something else */
        b->obj = IM_NO_VALUE;
        im_bad_internal_call(t);
        return -1;
    }
    if ((flags & IM_BUF_WRITABLE) && readonly) {
        im_raise(t, &im_BufferError_type, "Object is not writable.");
        b->obj = IM_NO_VALUE;
        return -1;
    }
    im_xtake(obj);
    b->obj = obj;
    b->buf = buf;
    b->len = len;
    b->itemsize = 1;
    b->readonly = readonly;
    b->ndim = 1;
    b->format = (flags & IM_BUF_FORMAT) ? (char *)"B" : NULL;
    b->small_shape[0] = len;
    b->small_strides[0] = 1;
    b->shape = (flags & IM_BUF_ND) ? b->small_shape : NULL;
    b->strides = (flags & IM_BUF_STRIDES) == IM_BUF_STRIDES ? b->small_strides : NULL;
    b->suboffsets = NULL;
    b->internal = NULL;
    return 0;
}

static bool contiguous(const ImBuffer *b, bool fortran)
{
    ssize_t step = b->itemsize;
    if (b->ndim == 0) return true;
    if (!b->strides) { /* C order */
        if (!fortran || b->ndim <= 1) return true;
        int big = 0;
        for (int i = 0; i < b->ndim; i++) big += b->shape[i] > 1;
        return big <= 1;
    }
    if (b->len == 0) return true;
    for (int k = 0; k < b->ndim; k++) {
        int i = fortran ? k : b->ndim - 1 - k;
        ssize_t dim = b->shape ? b->shape[i] : b->len / b->itemsize;
        if (dim > 1 && b->strides[i] != step) return false;
        step *= dim;
    }
    return true;
}
bool im_buffer_is_contiguous(const ImBuffer *b, char order)
{
    if (b->suboffsets) return false;
    if (order == 'C') return contiguous(b, false);
    if (order == 'F') return contiguous(b, true);
    return contiguous(b, false) || contiguous(b, true);
}
