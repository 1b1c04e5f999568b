/* _tracemalloc: who allocated what.
 *
 * While it is on, every block of objects and of raw memory is reported here (mem/alloc.h, im_alloc_trace). Traces are kept outside of the objects' heap, in malloc's
 * memory under one lock: block -> size and traceback; tracebacks are made once per different stack, file names once per name. Off, allocations are as fast as ever.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FN(name) static Value name(IM_UNUSED Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

enum { MAX_FRAMES = 65535 };

typedef struct File { struct File *next; uint64_t hash; Value str; size_t len; char text[]; } File; /* str: made for one snapshot */
typedef struct Line { File *file; int32_t line; } Line;
typedef struct Stack { struct Stack *next; uint64_t hash; Value tuple; uint32_t n, total; Line lines[]; } Stack; /* tuple: made for one snapshot */
typedef struct Trace { uintptr_t block; size_t size; Stack *stack; } Trace; /* block 0: free slot */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int nframe;                      /* 0: off */
    Trace *traces; size_t ntraces, mask;
    Stack **stacks; size_t nstacks, stack_mask;
    File *files[256];
    size_t memory, peak, own;        /* bytes traced now, at most, and used by this module */
} tm;
static __thread bool busy;           /* allocations made for the tables themselves */

/* --- tables; under the mutex ------------------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t v) { h ^= v; h *= 0x9E3779B97F4A7C15u; return h ^ h >> 29; }

static Trace *slot(Trace *v, size_t mask, uintptr_t block)
{
    size_t i = (size_t)mix(0, block >> 4) & mask;
    while (v[i].block && v[i].block != block) i = (i + 1) & mask;
    return &v[i];
}
static bool grow(void)
{
    size_t cap = tm.traces ? (tm.mask + 1) * 2 : 4096;
    Trace *v = calloc(cap, sizeof *v);
    if (!v) return false;
    for (size_t i = 0; tm.traces && i <= tm.mask; i++)
        if (tm.traces[i].block) *slot(v, cap - 1, tm.traces[i].block) = tm.traces[i];
    free(tm.traces);
    tm.own += cap / 2 * sizeof *v;
    tm.traces = v;
    tm.mask = cap - 1;
    return true;
}
static void put(uintptr_t block, size_t size, Stack *s)
{
    if ((!tm.traces || tm.ntraces * 4 >= (tm.mask + 1) * 3) && !grow()) return;
    Trace *tr = slot(tm.traces, tm.mask, block);
    if (tr->block) tm.memory -= tr->size;
    else tm.ntraces++;
    *tr = (Trace){block, size, s};
    tm.memory += size;
    if (tm.memory > tm.peak) tm.peak = tm.memory;
}
static void removed(uintptr_t block)
{
    if (!tm.traces) return;
    Trace *tr = slot(tm.traces, tm.mask, block);
    if (!tr->block) return;
    tm.memory -= tr->size;
    tm.ntraces--;
    /* What was pushed on by this one moves back. */
    size_t hole = (size_t)(tr - tm.traces), i = hole;
    for (;;) {
        i = (i + 1) & tm.mask;
        if (!tm.traces[i].block) break;
        size_t home = (size_t)mix(0, tm.traces[i].block >> 4) & tm.mask;
        if (((i - home) & tm.mask) < ((i - hole) & tm.mask)) continue;
        tm.traces[hole] = tm.traces[i];
        hole = i;
    }
    tm.traces[hole].block = 0;
}

static File *file_of(const char *text, size_t len)
{
    uint64_t h = len;
    for (size_t i = 0; i < len; i++) h = mix(h, (uint8_t)text[i]);
    for (File *f = tm.files[h & 255]; f; f = f->next)
        if (f->hash == h && f->len == len && !memcmp(f->text, text, len)) return f;
    File *f = malloc(sizeof *f + len + 1);
    if (!f) return NULL;
    *f = (File){tm.files[h & 255], h, IM_NO_VALUE, len};
    memcpy(f->text, text, len);
    f->text[len] = 0;
    tm.own += sizeof *f + len;
    return tm.files[h & 255] = f;
}

static Stack *stack_of(const Line *lines, uint32_t n, uint32_t total)
{
    uint64_t h = total;
    for (uint32_t i = 0; i < n; i++) h = mix(mix(h, (uintptr_t)lines[i].file), (uint32_t)lines[i].line);
    if (!tm.stacks || tm.nstacks > tm.stack_mask) {
        size_t cap = tm.stacks ? (tm.stack_mask + 1) * 2 : 1024;
        Stack **v = calloc(cap, sizeof *v);
        if (!v) return NULL;
        for (size_t i = 0; tm.stacks && i <= tm.stack_mask; i++)
            for (Stack *s = tm.stacks[i], *next; s; s = next) {
                next = s->next;
                s->next = v[s->hash & (cap - 1)];
                v[s->hash & (cap - 1)] = s;
            }
        free(tm.stacks);
        tm.stacks = v;
        tm.stack_mask = cap - 1;
        tm.own += cap / 2 * sizeof *v;
    }
    for (Stack *s = tm.stacks[h & tm.stack_mask]; s; s = s->next)
        if (s->hash == h && s->n == n && s->total == total && !memcmp(s->lines, lines, n * sizeof *lines)) return s;
    Stack *s = calloc(1, sizeof *s + n * sizeof *lines);
    if (!s) return NULL;
    s->next = tm.stacks[h & tm.stack_mask];
    s->hash = h;
    s->n = n;
    s->total = total;
    memcpy(s->lines, lines, n * sizeof *lines);
    tm.nstacks++;
    tm.own += sizeof *s + n * sizeof *lines;
    return tm.stacks[h & tm.stack_mask] = s;
}

static void forget_all(void)
{
    free(tm.traces);
    for (size_t i = 0; tm.stacks && i <= tm.stack_mask; i++)
        for (Stack *s = tm.stacks[i], *next; s; s = next) { next = s->next; free(s); }
    free(tm.stacks);
    for (int i = 0; i < 256; i++)
        for (File *f = tm.files[i], *next; f; f = next) { next = f->next; free(f); }
    int nframe = tm.nframe;
    memset(&tm, 0, sizeof tm);
    tm.nframe = nframe;
}

/* --- hooks --------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Walk { Line lines[64], *v; uint32_t n, cap, total; } Walk;

/* Text of a file name without making objects: str data as it is; wider strings byte by byte, which tells them apart well enough. */
static bool visit(void *arg, ImCode *code, int line)
{
    Walk *w = arg;
    w->total++;
    if (w->n >= (uint32_t)tm.nframe) return w->total < MAX_FRAMES;
    if (w->n == w->cap) {
        Line *v = malloc((size_t)w->cap * 2 * sizeof *v);
        if (!v) return false;
        memcpy(v, w->v, w->n * sizeof *v);
        if (w->v != w->lines) free(w->v);
        w->v = v;
        w->cap *= 2;
    }
    char utf8[1024];
    size_t len = 0;
    for (ssize_t i = 0, n = im_str_len(code->filename); i < n && len + 4 < sizeof utf8; i++) {
        uint32_t c = im_str_at(code->filename, i);
        if (c < 0x80) utf8[len++] = (char)c;
        else if (c < 0x800) { utf8[len++] = (char)(0xC0 | c >> 6); utf8[len++] = (char)(0x80 | (c & 63)); }
        else if (c < 0x10000) { utf8[len++] = (char)(0xE0 | c >> 12); utf8[len++] = (char)(0x80 | (c >> 6 & 63)); utf8[len++] = (char)(0x80 | (c & 63)); }
        else { utf8[len++] = (char)(0xF0 | c >> 18); utf8[len++] = (char)(0x80 | (c >> 12 & 63)); utf8[len++] = (char)(0x80 | (c >> 6 & 63)); utf8[len++] = (char)(0x80 | (c & 63)); }
    }
    File *f = file_of(utf8, len);
    if (!f) return false;
    memset(&w->v[w->n], 0, sizeof *w->v); /* compared as bytes */
    w->v[w->n].file = f;
    w->v[w->n++].line = line;
    return true;
}

static void on_alloc(Thread *t, void *block, size_t size)
{
    if (busy) return;
    pthread_mutex_lock(&mutex);
    if (tm.nframe) {
        Walk w = {.cap = IM_COUNTOF(w.lines)};
        w.v = w.lines;
        if (t) im_frame_hooks.each_frame(t, visit, &w);
        if (!w.n) {
            File *f = file_of("<unknown>", 9);
            memset(&w.v[0], 0, sizeof *w.v);
            w.v[0].file = f;
            w.n = w.total = 1;
        }
        Stack *s = w.v[0].file ? stack_of(w.v, w.n, w.total) : NULL;
        if (s) put((uintptr_t)block, size, s);
        if (w.v != w.lines) free(w.v);
    }
    pthread_mutex_unlock(&mutex);
}
static void on_release(void *block)
{
    if (busy) return;
    pthread_mutex_lock(&mutex);
    removed((uintptr_t)block);
    pthread_mutex_unlock(&mutex);
}

static void before_fork(void) { pthread_mutex_lock(&mutex); }
static void after_fork(void) { pthread_mutex_unlock(&mutex); }

/* --- the module ------------------------------------------------------------------------------------------------------------------------------ */

FN(tm_is_tracing) { return im_bool(im_load_relaxed(&tm.nframe) != 0); }
FN(tm_start)
{
    static bool prepared;
    int n = 1;
    if (nargs && im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n < 1 || n > MAX_FRAMES) return im_raise_valueerror(t, "the number of frames must be in range [1; 65535]");
    if (im_load_relaxed(&tm.nframe)) return IM_NONE;
    im_world_stop(t);
    if (!prepared) {
        prepared = true;
        im_alloc_trace = (ImAllocTrace){on_alloc, on_release};
        pthread_atfork(before_fork, after_fork, after_fork);
    }
    im_store_relaxed(&tm.nframe, n);
    im_rt.stress |= IM_STRESS_TRACE;
    im_world_start(t);
    return IM_NONE;
}
FN(tm_stop)
{
    im_world_stop(t);
    im_rt.stress &= ~(uint32_t)IM_STRESS_TRACE;
    im_store_relaxed(&tm.nframe, 0);
    pthread_mutex_lock(&mutex);
    forget_all();
    pthread_mutex_unlock(&mutex);
    im_world_start(t);
    return IM_NONE;
}
FN(tm_clear)
{
    pthread_mutex_lock(&mutex);
    forget_all();
    pthread_mutex_unlock(&mutex);
    return IM_NONE;
}

static Value file_value(Thread *t, File *f)
{
    if (im_no_value(f->str)) f->str = im_str_from_utf8(t, f->text, (ssize_t)f->len);
    return im_no_value(f->str) ? f->str : im_new_ref(f->str);
}
/* ((file name, line), …) of a stack, owned. */
static Value stack_value(Thread *t, Stack *s)
{
    if (!im_no_value(s->tuple)) return im_new_ref(s->tuple);
    Value *v = malloc(s->n * sizeof *v);
    if (!v) return im_raise_memory(t);
    uint32_t i = 0;
    for (; i < s->n; i++) {
        Value name = file_value(t, s->lines[i].file);
        v[i] = im_no_value(name) ? name : im_tuple_pack(t, 2, name, im_int(s->lines[i].line > 0 ? s->lines[i].line : 0));
        im_xdrop(t, name);
        if (im_no_value(v[i])) break;
    }
    if (i == s->n) s->tuple = im_tuple_steal_array(t, v, s->n);
    else while (i-- > 0) im_drop(t, v[i]);
    free(v);
    return im_no_value(s->tuple) ? s->tuple : im_new_ref(s->tuple);
}
/* What stack_value made for one snapshot. */
static void drop_values(Thread *t)
{
    for (size_t i = 0; tm.stacks && i <= tm.stack_mask; i++)
        for (Stack *s = tm.stacks[i]; s; s = s->next) IM_CLEAR(t, s->tuple);
    for (int i = 0; i < 256; i++)
        for (File *f = tm.files[i]; f; f = f->next) IM_CLEAR(t, f->str);
}

FN(tm_traces)
{
    Value list = im_list_new(t, 0);
    if (!im_load_relaxed(&tm.nframe) || im_no_value(list)) return list;
    im_world_stop(t); /* the tables stand still; what is made here is not traced */
    busy = true;
    for (size_t i = 0; tm.traces && i <= tm.mask && !im_no_value(list); i++) {
        Trace *tr = &tm.traces[i];
        if (!tr->block) continue;
        Value frames = stack_value(t, tr->stack);
        Value item = im_no_value(frames) ? frames : im_tuple_pack(t, 4, im_int(0), im_int((int64_t)tr->size), frames, im_int(tr->stack->total));
        im_xdrop(t, frames);
        if (im_no_value(item) || im_list_append_steal(t, list, item) < 0) IM_CLEAR(t, list);
    }
    drop_values(t);
    busy = false;
    im_world_start(t);
    return list;
}
FN(tm_object_traceback)
{
    if (!im_is_object(args[0]) || !im_load_relaxed(&tm.nframe)) return IM_NONE;
    uintptr_t block = (uintptr_t)im_object_block(im_ptr(args[0]), im_type_of(args[0])->core.x_flags);
    Value r = IM_NONE;
    im_world_stop(t);
    busy = true;
    Trace *tr = tm.traces ? slot(tm.traces, tm.mask, block) : NULL;
    if (tr && tr->block) r = stack_value(t, tr->stack);
    drop_values(t);
    busy = false;
    im_world_start(t);
    return r;
}
FN(tm_limit) { int n = im_load_relaxed(&tm.nframe); return im_int(n ? n : 1); }
FN(tm_memory) { return im_int((int64_t)im_load_relaxed(&tm.own)); }
FN(tm_traced)
{
    pthread_mutex_lock(&mutex);
    size_t now = tm.memory, peak = tm.peak;
    pthread_mutex_unlock(&mutex);
    return im_tuple_pack(t, 2, im_int((int64_t)now), im_int((int64_t)peak));
}
FN(tm_reset_peak)
{
    pthread_mutex_lock(&mutex);
    tm.peak = tm.memory;
    pthread_mutex_unlock(&mutex);
    return IM_NONE;
}
static const ImMethodDef methods[] = {
    IM_FIXED("is_tracing", tm_is_tracing, 0, "($module, /)", "Return True if the tracemalloc module is tracing Python memory allocations."),
    IM_FIXED("clear_traces", tm_clear, 0, "($module, /)", "Clear traces of memory blocks allocated by Python."),
    IM_FIXED("_get_traces", tm_traces, 0, "($module, /)",
             "Get traces of all memory blocks allocated by Python.\n\nReturn a list of (size: int, traceback: tuple) tuples.\ntraceback is a tuple of (filename: str, lineno: int) tuples.\n\n"
             "Return an empty list if the tracemalloc module is disabled."),
    IM_FIXED("_get_object_traceback", tm_object_traceback, 1, "($module, obj, /)",
             "Get the traceback where the Python object obj was allocated.\n\nReturn a tuple of (filename: str, lineno: int) tuples.\n"
             "Return None if the tracemalloc module is disabled or did not\ntrace the allocation of the object."),
    IM_RANGE("start", tm_start, 0, 1, "($module, nframe=1, /)",
             "Start tracing Python memory allocations.\n\nAlso set the maximum number of frames stored in the traceback of a\ntrace to nframe."),
    IM_FIXED("stop", tm_stop, 0, "($module, /)", "Stop tracing Python memory allocations.\n\nAlso clear traces of memory blocks allocated by Python."),
    IM_FIXED("get_traceback_limit", tm_limit, 0, "($module, /)",
             "Get the maximum number of frames stored in the traceback of a trace.\n\nBy default, a trace of an allocated memory block only stores\nthe most recent frame: the limit is 1."),
    IM_FIXED("get_tracemalloc_memory", tm_memory, 0, "($module, /)",
             "Get the memory usage in bytes of the tracemalloc module.\n\nThis memory is used internally to trace memory allocations."),
    IM_FIXED("get_traced_memory", tm_traced, 0, "($module, /)",
             "Get the current size and peak size of memory blocks traced by tracemalloc.\n\nReturns a tuple: (current: int, peak: int)."),
    IM_FIXED("reset_peak", tm_reset_peak, 0, "($module, /)", "Set the peak size of memory blocks traced by tracemalloc to the current size.\n\nDo nothing if the tracemalloc module is not tracing memory allocations."),
    IM_END,
};
static const ImModuleDef tracemalloc_def = {.name = "_tracemalloc", .doc = "Debug module to trace memory blocks allocated by Python.", .methods = methods};
IM_MODULE(tracemalloc_def);
