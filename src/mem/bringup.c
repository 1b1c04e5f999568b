/* Bring-up: single-threaded stand-in for the memory and thread layers, until their own files land.
 * SPDX-License-Identifier: MIT */
#include <mimalloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "mem/alloc.h"
#include "mem/gc.h"
#include "mem/store.h"
#include "mem/vec.h"
#include "thread/epoch.h"

ImRuntime im_rt;
__thread Thread *im_tls_thread;
ImPollHooks im_poll_hooks;
ImGcHooks im_gc_hooks;
void (*im_no_memory_hook)(Thread *t);
void (*im_weak_clear_hook)(Thread *t, ImObject *o);
void (*im_weak_traverse_hook)(ImObject *o, ImVisit visit, void *arg);
char *im_region_base;
static char *region_next, *region_end;

struct ImShapeHead { ImTypeCore *type; };
static ImTypeCore *type_of(ImObject *o) { return ((struct ImShapeHead *)o->x_shape)->type; }

Thread *im_runtime_init(bool gil)
{
    Thread *t = calloc(1, sizeof *t);
    size_t n = (size_t)256 << 20;
    t->stack = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    t->stack_top = t->stack;
    t->stack_limit = t->stack + n / 8;
    t->depth_limit = 1000;
    t->is_main = t->attached = true;
    t->serial = 1;
    t->ident = (uint64_t)pthread_self();
    t->native_id = (uint64_t)syscall(SYS_gettid);
    struct rlimit rl;
    getrlimit(RLIMIT_STACK, &rl);
    size_t cs = rl.rlim_cur == RLIM_INFINITY ? (size_t)8 << 20 : rl.rlim_cur;
    t->c_stack_limit = (char *)__builtin_frame_address(0) - cs + (256 << 10);
    static ImExcInfo base;
    base.handled = IM_NONE;
    t->exc_info = &base;
    im_rt.gil = gil;
    im_rt.main_thread = im_rt.x_threads = t;
    im_rt.x_nthreads = 1;
    im_rt.switch_interval = 0.005;
    im_tls_thread = t;
    size_t rs = (size_t)2 << 30;
    char *p = mmap(NULL, rs, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    im_region_base = p;
    region_next = p + 16;
    region_end = p + rs;
    return t;
}
void im_thread_detach(Thread *t) { (void)t; }
void im_thread_attach(Thread *t) { (void)t; }
int im_poll_slow(Thread *t)
{
    uint32_t why = im_xchg_acq_rel(&t->x_poll, 0);
    if ((why & IM_POLL_SIGNAL) && im_poll_hooks.signals) return im_poll_hooks.signals(t);
    return 0;
}
void im_poll_request_all(uint32_t why) { im_poll_request(im_rt.main_thread, why); }
void im_world_stop(Thread *t) { (void)t; }
void im_world_start(Thread *t) { (void)t; }
bool im_world_stopped_by(Thread *t) { (void)t; return true; }
void im_byte_lock_slow(uint8_t *l) { (void)l; }
void im_byte_unlock_slow(uint8_t *l) { *l = 0; }
int im_mutex_lock(Thread *t, ImMutex *m, int64_t ns, bool i) { (void)t; (void)ns; (void)i; m->x_state = 1; return 1; }
void im_mutex_unlock(ImMutex *m) { m->x_state = 0; }
int im_park(uint32_t *w, uint32_t e, int64_t d) { (void)w; (void)e; (void)d; return 0; }
void im_unpark_one(uint32_t *w) { (void)w; }
void im_unpark_all(uint32_t *w) { (void)w; }
int64_t im_monotonic_ns(void) { struct timespec ts; clock_gettime(CLOCK_MONOTONIC, &ts); return ts.tv_sec * 1000000000ll + ts.tv_nsec; }
Thread *im_thread_new(Thread *c) { (void)c; return NULL; }
void im_thread_enter(Thread *t) { (void)t; }
void im_thread_leave(Thread *t) { (void)t; }
void im_thread_after_fork_child(Thread *t) { (void)t; }
void im_thread_before_fork(Thread *t) { (void)t; }
void im_thread_after_fork_parent(Thread *t) { (void)t; }
void im_epoch_retire(Thread *t, void *p, size_t n, void (*fn)(Thread *, void *)) { (void)n; fn(t, p); }
void im_epoch_reclaim(Thread *t, bool w) { (void)t; (void)w; }

/* --- objects --- */
ImObject *im_object_alloc_raw(Thread *t, ImShape *shape, uint32_t fl, size_t size)
{
    size_t pre = fl & IM_TF_GC ? sizeof(ImLinks) : 0;
    char *p = mi_calloc(1, size + pre);
    if (!p) { im_no_memory_hook(t); return NULL; }
    ImObject *o = (ImObject *)(p + pre);
    o->x_shape = shape;
    o->x_count = 1;
    if (fl & IM_TF_HEAP) im_take_obj(&type_of(o)->head);
    return o;
}
ImObject *im_object_alloc(Thread *t, ImShape *shape, uint32_t fl, size_t size) { return im_object_alloc_raw(t, shape, fl, size); }
void im_object_free(Thread *t, ImObject *o, uint32_t fl)
{
    (void)t;
    o->x_count = 0;
    mi_free((char *)o - (fl & IM_TF_GC ? sizeof(ImLinks) : 0));
}
size_t im_object_capacity(ImObject *o)
{
    size_t pre = type_of(o)->x_flags & IM_TF_GC ? sizeof(ImLinks) : 0;
    return mi_usable_size((char *)o - pre) - pre;
}
void im_gc_track(Thread *t, ImObject *o) { (void)t; (void)o; }
void im_gc_untrack(Thread *t, ImObject *o) { (void)t; (void)o; }
void *im_raw_alloc(Thread *t, size_t n) { void *p = n > ((size_t)1 << 46) ? NULL : mi_malloc(n ? n : 1); if (!p && t) im_no_memory_hook(t); return p; }
void *im_raw_alloc_zero(Thread *t, size_t c, size_t n) { void *p = mi_calloc(c ? c : 1, n ? n : 1); if (!p && t) im_no_memory_hook(t); return p; }
void *im_raw_realloc(Thread *t, void *q, size_t n) { void *p = n > ((size_t)1 << 46) ? NULL : mi_realloc(q, n ? n : 1); if (!p && t) im_no_memory_hook(t); return p; }
void im_raw_free(void *p) { mi_free(p); }
size_t im_raw_usable(void *p) { return mi_usable_size(p); }
void im_raw_retire(Thread *t, void *p, size_t n) { (void)t; (void)n; mi_free(p); }
void *im_region_alloc(size_t n)
{
    n = (n + 15) & ~(size_t)15;
    char *p = region_next;
    if (p + n > region_end) return NULL;
    region_next += n;
    return p;
}

/* --- counts --- */
void im_take_slow(ImObject *o) { if (o->x_count == 0x7FFFFFFF) o->x_count = IM_COUNT_UNC; }
void im_take_n(Value v, size_t n) { while (n--) im_take(v); }
bool im_try_take(ImObject *o) { im_take_obj(o); return true; }
void im_drop_slow(Thread *t, ImObject *o)
{
    if (o->x_count != 1) return;
    ImTypeCore *ty = type_of(o);
    if (ty->finalize && !(o->x_flags & IM_OF_FINALIZED)) {
        o->x_flags |= IM_OF_FINALIZED;
        ty->finalize(t, o);
        if (o->x_count > 1) { o->x_count--; return; }
    }
    if ((o->x_flags & IM_OF_WEAKREF) && im_weak_clear_hook) im_weak_clear_hook(t, o);
    if (t->destroy_depth < 255) t->destroy_depth++;
    uint32_t fl = ty->x_flags;
    if (ty->destroy) ty->destroy(t, o);
    im_object_free(t, o, fl);
    if (fl & IM_TF_HEAP) im_drop_obj(t, &ty->head);
    t->destroy_depth--;
    if (t->destroy_depth == 0) im_trash_run(t);
}
void im_trash_run(Thread *t)
{
    while (t->trash) {
        ImObject *o = t->trash;
        t->trash = (ImObject *)im_links(o)->next;
        t->destroy_depth++;
        ImTypeCore *ty = type_of(o);
        uint32_t fl = ty->x_flags;
        if (ty->destroy) ty->destroy(t, o);
        im_object_free(t, o, fl);
        if (fl & IM_TF_HEAP) im_drop_obj(t, &ty->head);
        t->destroy_depth--;
    }
}
int64_t im_count_of(Value v) { return im_is_object(v) && im_is_private(v) ? im_ptr(v)->x_count : 4294967295; }
void im_immortalize(Value v) { if (im_is_object(v)) im_ptr(v)->x_count = IM_COUNT_UNC; }
void im_publish_slow(Thread *t, Value v) { (void)t; (void)v; }
Value im_slot_get_slow(Thread *t, ImObject *c, Value *s, Value seen) { (void)t; (void)c; (void)s; im_take(seen); return seen; }

/* --- vectors, gc --- */
void im_vec_init(Thread *t, ImValueVec *v) { (void)t; v->len = 0; v->cap = IM_VEC_INLINE; v->items = v->small; }
int im_vec_reserve(Thread *t, ImValueVec *v, size_t cap)
{
    if (cap <= v->cap) return 0;
    Value *p = im_raw_alloc(t, cap * sizeof(Value));
    if (!p) return -1;
    memcpy(p, v->items, v->len * sizeof(Value));
    if (v->items != v->small) im_raw_free(v->items);
    v->items = p;
    v->cap = cap;
    return 0;
}
int im_vec_push(Thread *t, ImValueVec *v, Value x)
{
    if (v->len == v->cap && im_vec_reserve(t, v, v->cap * 2) < 0) { im_drop(t, x); return -1; }
    v->items[v->len++] = x;
    return 0;
}
void im_vec_fini(Thread *t, ImValueVec *v)
{
    for (size_t i = 0; i < v->len; i++) im_xdrop(t, v->items[i]);
    if (v->items != v->small) im_raw_free(v->items);
}
void im_root_add(Value *l) { (void)l; }
int64_t im_gc_collect(Thread *t, int g, bool w) { (void)t; (void)g; (void)w; return 0; }
static bool gc_on = true;
void im_gc_enable(bool on) { gc_on = on; }
bool im_gc_is_enabled(void) { return gc_on; }
static int64_t thr[3] = {2000, 10, 0};
void im_gc_set_threshold(int g, int64_t n) { thr[g] = n; }
int64_t im_gc_get_threshold(int g) { return thr[g]; }
int64_t im_gc_get_count(Thread *t, int g) { (void)t; (void)g; return 0; }
void im_gc_get_stats(ImGcStats *o) { memset(o, 0, sizeof *o); }
void im_gc_freeze(Thread *t) { (void)t; }
void im_gc_unfreeze(Thread *t) { (void)t; }
int64_t im_gc_freeze_count(void) { return 0; }
void im_gc_each_object(Thread *t, void (*fn)(ImObject *, void *), void *a) { (void)t; (void)fn; (void)a; }
void im_heap_validate(Thread *t) { (void)t; }
