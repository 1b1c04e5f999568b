/* What the compression modules share (compress.h).
 * SPDX-License-Identifier: MIT */
#include "modules/compress.h"

enum { FIRST = 32 * 1024 };

int im_out_init(Thread *t, ImOut *o, ssize_t hint, ssize_t max)
{
    if (max >= 0 && hint > max) hint = max;
    o->used = 0;
    o->max = max;
    o->bytes = im_bytes_new(t, NULL, hint > 0 ? hint : 1);
    return im_no_value(o->bytes) ? -1 : 0;
}
uint8_t *im_out_room(Thread *t, ImOut *o, size_t *n)
{
    ssize_t size = im_bytes_len(o->bytes);
    if (o->max >= 0 && size > o->max) size = o->max;
    if (o->used == size && (o->max < 0 || size < o->max)) {
        size = size < FIRST / 2 ? FIRST : size * 2;
        if (o->max >= 0 && size > o->max) size = o->max;
        if (im_bytes_resize(t, &o->bytes, size) < 0) {
            o->bytes = IM_NO_VALUE;
            return NULL;
        }
    }
    *n = (size_t)(size - o->used);
    return (uint8_t *)im_bytes_data(o->bytes) + o->used;
}
Value im_out_finish(Thread *t, ImOut *o)
{
    if (im_bytes_len(o->bytes) != o->used && im_bytes_resize(t, &o->bytes, o->used) < 0) return IM_NO_VALUE;
    return o->bytes;
}
void im_out_drop(Thread *t, ImOut *o) { im_xdrop(t, o->bytes); }

static int detached_step(Thread *t, int (*step)(void *, ImRunState *), void *self, ImRunState *s)
{
    int r;
    if (s->n_in < 512 && s->n_out < 4096) return step(self, s); /* not worth it */
    IM_DETACH(t);
    r = step(self, s);
    IM_ATTACH(t);
    return r;
}

/* --- decompressors ------------------------------------------------------------------------------------------------------------------------------------------ */

/* Under the mutex. s->in, s->n_in: what is left afterwards. */
static Value decompress(Thread *t, ImDecompressor *d, ImRunState *s, ssize_t max, bool *full)
{
    ImOut out;
    if (im_out_init(t, &out, FIRST, max) < 0) return IM_NO_VALUE;
    for (;;) {
        size_t room;
        if (!(s->out = im_out_room(t, &out, &room))) return IM_NO_VALUE;
        s->n_out = room;
        int r = detached_step(t, d->step, d, s);
        im_out_advance(&out, room - s->n_out);
        *full = s->n_out == 0;
        if (r == IM_CODEC_END) {
            im_store_relaxed(&d->x_eof, true);
            break;
        }
        if (r != IM_CODEC_MORE) {
            d->fail(t, d, r);
            im_out_drop(t, &out);
            return IM_NO_VALUE;
        }
        if (s->n_out == 0) {
            if (max >= 0 && out.used == max) break;
        } else if (s->n_in == 0) {
            break;
        }
    }
    return im_out_finish(t, &out);
}
static int keep_input(Thread *t, ImDecompressor *d, const uint8_t *p, size_t n)
{
    uint8_t *copy = NULL;
    if (n) {
        if (!(copy = im_raw_alloc(t, n))) return -1;
        memcpy(copy, p, n);
    }
    im_raw_free(d->pending);
    d->pending = copy;
    d->n_pending = n;
    return 0;
}
static Value run(Thread *t, ImDecompressor *d, const uint8_t *p, size_t n, ssize_t max)
{
    ImRunState s = {.in = p, .n_in = n};
    uint8_t *joined = NULL;
    bool full = false;
    if (d->n_pending) {
        if (!(joined = im_raw_alloc(t, d->n_pending + n))) return IM_NO_VALUE;
        memcpy(joined, d->pending, d->n_pending);
        memcpy(joined + d->n_pending, p, n);
        s.in = joined;
        s.n_in += d->n_pending;
    }
    Value r = decompress(t, d, &s, max, &full), rest = IM_NO_VALUE;
    int ok = im_no_value(r) ? -1 : 0;
    if (ok == 0 && d->x_eof) {
        im_store_relaxed(&d->x_needs_input, false);
        ok = keep_input(t, d, NULL, 0);
        if (s.n_in && im_no_value(rest = im_bytes_new(t, s.in, (ssize_t)s.n_in))) ok = -1;
        if (!im_no_value(rest)) im_slot_put(t, &d->head, &d->x_unused, rest);
    } else if (ok == 0) {
        /* With the output full the library may hold more, even if it has read everything. */
        im_store_relaxed(&d->x_needs_input, s.n_in == 0 && !full);
        ok = keep_input(t, d, s.in, s.n_in);
    } else {
        (void)keep_input(t, d, NULL, 0);
        if (d->breaks) {
            d->broken = true;
            im_store_relaxed(&d->x_needs_input, false);
        }
    }
    im_raw_free(joined);
    if (ok < 0) IM_CLEAR(t, r);
    return r;
}
Value im_decompressor_decompress(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    ImDecompressor *d = (ImDecompressor *)im_ptr(self);
    ssize_t max = -1;
    ImBuffer b;
    if (!im_no_value(args[1]) && im_as_ssize(t, args[1], &im_OverflowError_type, &max) < 0) return IM_NO_VALUE;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    im_mutex_acquire(t, &d->mutex);
    Value r;
    if (d->x_eof) r = im_raise(t, &im_EOFError_type, "End of stream already reached");
    else if (d->broken) r = im_raise_valueerror(t, "Decompressor is unusable after a previous error");
    else r = run(t, d, b.buf, (size_t)b.len, max);
    im_mutex_unlock(&d->mutex);
    im_buffer_release(t, &b);
    return r;
}
Value im_decompressor_eof(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_bool(im_load_relaxed(&((ImDecompressor *)im_ptr(self))->x_eof)); }
Value im_decompressor_needs_input(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_bool(im_load_relaxed(&((ImDecompressor *)im_ptr(self))->x_needs_input)); }
Value im_decompressor_unused(Thread *t, Value self, void *closure)
{
    (void)closure;
    Value v = im_slot_get(t, NULL, &((ImDecompressor *)im_ptr(self))->x_unused);
    return im_no_value(v) ? im_bytes_new(t, "", 0) : v;
}
int im_decompressor_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value v = ((ImDecompressor *)o)->x_unused;
    return im_is_object(v) ? visit(v, arg) : 0;
}
void im_decompressor_destroy(Thread *t, ImObject *o)
{
    ImDecompressor *d = (ImDecompressor *)o;
    im_raw_free(d->pending);
    im_destroy_child(t, d->x_unused);
}

/* --- compressors ---------------------------------------------------------------------------------------------------------------------------------------------- */

Value im_compressor_run(Thread *t, ImMutex *mutex, void *self, int (*step)(void *self, ImRunState *s), Value (*fail)(Thread *t, void *self, int error), const void *data, size_t n, bool flush)
{
    ImOut out;
    ImRunState s = {.in = data, .n_in = n};
    Value r = IM_NO_VALUE;
    if (im_out_init(t, &out, FIRST, -1) < 0) return r;
    im_mutex_acquire(t, mutex);
    for (;;) {
        size_t room;
        if (!(s.out = im_out_room(t, &out, &room))) goto done;
        s.n_out = room;
        int rc = detached_step(t, step, self, &s);
        im_out_advance(&out, room - s.n_out);
        if (rc != IM_CODEC_MORE && rc != IM_CODEC_END) {
            fail(t, self, rc);
            im_out_drop(t, &out);
            goto done;
        }
        if (flush ? rc == IM_CODEC_END : s.n_in == 0 && s.n_out > 0) break;
    }
    r = im_out_finish(t, &out);
done:
    im_mutex_unlock(mutex);
    return r;
}
