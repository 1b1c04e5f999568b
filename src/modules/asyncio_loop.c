/* What every callback of an event loop passes through, in C: call_soon(), the Handle that it makes, and what runs it.
 * SPDX-License-Identifier: MIT
 *
 * These stay the library's Python functions (modules/bodies.h): the C code does what they do while the loop's class, its attributes and asyncio.events.Handle are as the library
 * made them, and debug mode is off. A loop that overrides one of the methods, a patched class or module, a closed loop and everything that raises go the Python way.
 * What has been learned of a class holds for one version of it (ImType.x_version): any change of a class makes it look again. */
#include "modules/_collections.h"
#include "modules/asyncio.h"
#include "modules/bodies.h"
#include "modules/contextvars.h"

enum { L_CLOSED, L_DEBUG, L_READY, L_FACTORY, LOOP_FIELDS };
enum { H_CALLBACK, H_ARGS, H_CANCELLED, H_LOOP, H_SOURCE, H_REPR, H_CONTEXT, HANDLE_FIELDS };
enum { KEPT = 4, MADE_MAX = 1000 };

/* Learned once, never changed, never freed. */
typedef struct Loop { uint32_t shape, version; ImType *type; uint32_t at[LOOP_FIELDS]; bool makes_tasks /* with the library's create_task() */; } Loop;
typedef struct Handle { ImType *type; uint32_t version; uint32_t at[HANDLE_FIELDS]; bool plain /* events.Handle itself */; } Handle;

IM_TYPE_DECLARE(coroutine);

static const Loop *x_loops[KEPT];
static const Handle *x_handles[2]; /* Handle, TimerHandle */
/* Globals that the functions use: their cells, and what they held when the functions were the library's. */
enum { G_EVENTS, G_HANDLE, G_TASKS, G_TASK, G_T_FUTURES, G_ISFUTURE, G_T_COROUTINES, G_ISCOROUTINE, G_T_EVENTS, G_GET_EVENT_LOOP, GLOBALS };
static struct { ImGlobalCell *cell; Value held; } x_globals[GLOBALS];
static uint32_t x_globals_known; /* release, acquire; so many of them */
static ImMutex learning;
static uint32_t x_made; /* written under `learning` */

static const struct { const char *name, *module, *names, *varnames; } loop_methods[] = {
    {"call_soon", "asyncio/base_events", "_check_closed _debug _check_thread _check_callback _call_soon _source_traceback", "self callback context args handle"},
    {"_call_soon", "asyncio/base_events", "Handle events _source_traceback append _ready", "self callback args context handle"},
    {"_check_closed", "asyncio/base_events", "_closed RuntimeError", "self"},
    {"get_debug", "asyncio/base_events", "_debug", "self"},
    {"create_task", "asyncio/base_events", "_check_closed _task_factory set_name tasks Task _source_traceback", "self coro name context kwargs task"},
};
enum { M_CALL_SOON, M_INNER, M_CHECK_CLOSED, M_GET_DEBUG, M_CREATE_TASK };
static const char *const loop_fields[LOOP_FIELDS] = {"_closed", "_debug", "_ready", "_task_factory"};
static const struct { const char *name, *module, *names, *varnames; } handle_methods[] = {
    {"__init__", "asyncio/events", "copy_context contextvars _context _loop _callback _args _cancelled _repr get_debug extract_stack format_helpers _getframe sys _source_traceback",
     "self callback args loop context"},
    {"_run", "asyncio/events", "_context run _callback _args SystemExit KeyboardInterrupt BaseException _format_callback_source format_helpers get_debug _loop _source_traceback call_exception_handler",
     "self exc cb msg context"},
};
static const char *const handle_fields[HANDLE_FIELDS] = {"_callback", "_args", "_cancelled", "_loop", "_source_traceback", "_repr", "_context"};

/* --- learning --------------------------------------------------------------------------------------------------------------------------------------- */

/* The function that the class has for name, if it is the library's: its code, borrowed. */
static ImFunction *library_function(Thread *t, ImType *ty, const char *name, const char *module, const char *names, const char *varnames)
{
    Value n = im_str_intern_cstr(t, name);
    ImAttrEntry *e = im_no_value(n) ? NULL : im_type_entry(t, ty, n);
    Value f = e && e->kind == IM_ATTR_METHOD ? im_entry_get(t, e) : IM_NO_VALUE;
    bool ok = !im_no_value(f) && im_is_function(f) && im_is_library_code(im_load_acquire(&((ImFunction *)im_ptr(f))->x_code), module, names, varnames);
    im_xdrop(t, f); /* the class has it */
    return ok ? (ImFunction *)im_ptr(f) : NULL;
}

static void *keep(const void *from, size_t size)
{
    void *p = x_made < MADE_MAX ? im_raw_alloc(NULL, size) : NULL;
    if (!p) return NULL;
    im_store_relaxed(&x_made, x_made + 1);
    return memcpy(p, from, size);
}

static Value call_soon_body(Thread *t, const Value *regs);
static Value call_soon_inner_body(Thread *t, const Value *regs);
static Value handle_init_body(Thread *t, const Value *regs);
static Value handle_run_body(Thread *t, const Value *regs);
static Value create_task_body(Thread *t, const Value *regs);
static Value ensure_future_body(Thread *t, const Value *regs);

/* asyncio.events.Handle, if it is as the library made it. Under `learning`. */
static void learn_handle(Thread *t, ImType *ty, int place)
{
    Handle h = {.type = ty, .version = im_load_relaxed(&ty->x_version), .plain = place == 0};
    if (!h.version || im_type_of(im_type_value(ty)) != &im_type_type || IM_SLOT(ty, new_) != im_object_type.slots.new_ || !(im_type_flags(ty) & IM_TF_GENERIC_GETATTR)) return;
    ImFunction *fn[2];
    for (int i = place ? 1 : 0; i < 2; i++)
        if (!(fn[i] = library_function(t, ty, handle_methods[i].name, handle_methods[i].module, handle_methods[i].names, handle_methods[i].varnames))) return;
    for (int i = 0; i < HANDLE_FIELDS; i++) {
        ImAttrEntry *e = im_type_entry(t, ty, im_str_intern_cstr(t, handle_fields[i]));
        Value d = e && e->kind == IM_ATTR_DATA ? im_entry_get(t, e) : IM_NO_VALUE;
        const ImMemberDef *m = !im_no_value(d) && im_is_exact(d, &im_member_descriptor_type) ? &((ImMemberDescr *)im_ptr(d))->def : NULL;
        if (m && m->kind == IM_T_VALUE && !m->readonly && !(m->offset & IM_TAIL_OFFSET)) h.at[i] = m->offset;
        im_xdrop(t, d);
        if (!h.at[i]) return;
    }
    const Handle *kept = keep(&h, sizeof h);
    if (!kept) return;
    if (!place) im_code_set_body(im_load_acquire(&fn[0]->x_code), handle_init_body);
    im_code_set_body_at(im_load_acquire(&fn[1]->x_code), handle_run_body, OP_CALLEX);
    im_store_release(&x_handles[place], kept);
}
/* Global number i: `name` in the module's dict d. What it holds, borrowed, or no value. */
static Value learn_global(Thread *t, int i, Value d, const char *name)
{
    ImGlobalCell *c = im_is_object(d) && im_is_dict_exact(d) ? im_dict_cell(t, d, im_str_intern_cstr(t, name)) : NULL; /* never freed */
    Value v = c ? im_slot_get(t, NULL, &c->x_value) : IM_NO_VALUE;
    if (im_no_value(v)) return v;
    im_publish(t, v);
    im_root_add(&x_globals[i].held);
    x_globals[i].cell = c;
    x_globals[i].held = v;
    return v;
}
static Value learn_module(Thread *t, int i, Value d, const char *name)
{
    Value m = learn_global(t, i, d, name);
    return !im_no_value(m) && im_is_exact(m, &im_module_type) ? im_module_dict(m) : IM_NO_VALUE;
}
static void learn_globals(Thread *t, Value globals)
{
    static bool tried; /* under `learning` */
    if (tried) return;
    tried = true;
    Value events = learn_module(t, G_EVENTS, globals, "events"), tasks = learn_module(t, G_TASKS, globals, "tasks");
    Value task = learn_global(t, G_TASK, tasks, "Task");
    if (im_no_value(learn_global(t, G_HANDLE, events, "Handle")) || im_no_value(task)) return;
    im_store_release(&x_globals_known, (uint32_t)G_TASK + 1);
    if (!im_same(task, im_type_value(&im_asyncio_task_type))) return;
    Value f[3];
    f[0] = learn_global(t, G_ISFUTURE, learn_module(t, G_T_FUTURES, tasks, "futures"), "isfuture");
    f[1] = learn_global(t, G_ISCOROUTINE, learn_module(t, G_T_COROUTINES, tasks, "coroutines"), "iscoroutine");
    f[2] = learn_global(t, G_GET_EVENT_LOOP, learn_module(t, G_T_EVENTS, tasks, "events"), "get_event_loop");
    Value ensure = im_dict_get_cstr(t, tasks, "ensure_future");
    bool ok = im_is_object(ensure) && im_is_function(ensure) && im_is_object(f[0]) && im_is_function(f[0]) && im_is_object(f[1]) && im_is_function(f[1]) && im_is_object(f[2]) &&
              im_is_exact(f[2], &im_builtin_function_or_method_type);
    if (ok && im_is_library_code(im_load_acquire(&((ImFunction *)im_ptr(f[0]))->x_code), "asyncio/base_futures", "hasattr __class__ _asyncio_future_blocking", "obj") &&
        im_is_library_code(im_load_acquire(&((ImFunction *)im_ptr(f[1]))->x_code), "asyncio/coroutines", "type _iscoroutine_typecache isinstance _COROUTINE_TYPES len add", "obj") &&
        im_is_library_code(im_load_acquire(&((ImFunction *)im_ptr(ensure))->x_code), "asyncio/tasks",
                           "isfuture futures _get_loop ValueError iscoroutine coroutines isawaitable inspect TypeError get_event_loop events create_task RuntimeError close", "coro_or_future loop should_close _wrap_awaitable")) {
        im_store_release(&x_globals_known, (uint32_t)GLOBALS);
        im_code_set_body(im_load_acquire(&((ImFunction *)im_ptr(ensure))->x_code), ensure_future_body);
    }
    im_xdrop(t, ensure);
}
static void learn_handles(Thread *t, ImFunction *inner)
{
    learn_globals(t, inner->globals);
    if (!im_load_relaxed(&x_globals_known)) return;
    Value timer = im_dict_get_cstr(t, im_module_dict(x_globals[G_EVENTS].held), "TimerHandle"), both[2] = {x_globals[G_HANDLE].held, timer};
    for (int i = 0; i < 2; i++) {
        if (!im_is_object(both[i]) || !im_is_type(both[i])) continue;
        ImType *ty = im_as_type(both[i]);
        const Handle *h = x_handles[i];
        if (!h || h->type != ty || h->version != im_load_relaxed(&ty->x_version)) learn_handle(t, ty, i);
    }
    im_xdrop(t, timer);
}

/* Learns for the next time. */
static IM_NOINLINE void learn_loop(Thread *t, ImObject *o)
{
    ImShape *s = im_load_acquire(&o->x_shape);
    ImType *ty = s->type;
    if (im_load_relaxed(&x_made) >= MADE_MAX || (s->kind & IM_SHAPE_DICT) || !(im_type_flags(ty) & IM_TF_HAS_DICT) || !(im_type_flags(ty) & IM_TF_GENERIC_GETATTR) || ty->attr_offset == IM_ATTR_AT_END)
        return;
    Loop l = {.shape = im_shape_id(s), .version = im_load_relaxed(&ty->x_version), .type = ty};
    if (!l.version) return;
    im_mutex_acquire(t, &learning);
    ImFunction *fn[IM_COUNTOF(loop_methods)];
    bool ok = true;
    for (size_t i = 0; ok && i < IM_COUNTOF(loop_methods); i++) {
        fn[i] = library_function(t, ty, loop_methods[i].name, loop_methods[i].module, loop_methods[i].names, loop_methods[i].varnames);
        ok = fn[i] && im_shape_find(s, im_str_intern_cstr(t, loop_methods[i].name)) < 0;
        if (i == M_CREATE_TASK) {
            l.makes_tasks = ok;
            ok = true;
        }
    }
    for (int i = 0; ok && i < LOOP_FIELDS; i++) {
        Value name = im_str_intern_cstr(t, loop_fields[i]);
        int at = im_shape_find(s, name);
        ImAttrEntry *e = im_type_entry(t, ty, name);
        ok = at >= 0 && at < ty->n_inline && e && e->type && e->kind != IM_ATTR_DATA;
        if (ok) l.at[i] = (uint32_t)((char *)&im_inline_slots(o, ty)[at] - (char *)o);
    }
    const Loop *kept = ok ? keep(&l, sizeof l) : NULL;
    if (kept) {
        int place = KEPT - 1;
        for (int i = 0; i < KEPT; i++)
            if (!x_loops[i] || (x_loops[i]->type == ty && x_loops[i]->version != l.version) || x_loops[i]->shape == l.shape) { place = i; break; }
        im_store_release(&x_loops[place], kept);
        learn_handles(t, fn[M_INNER]);
        im_code_set_body(im_load_acquire(&fn[M_CALL_SOON]->x_code), call_soon_body);
        im_code_set_body(im_load_acquire(&fn[M_INNER]->x_code), call_soon_inner_body);
        if (l.makes_tasks) im_code_set_body(im_load_acquire(&fn[M_CREATE_TASK]->x_code), create_task_body);
    }
    im_mutex_unlock(&learning);
}

/* --- is everything as the library made it? ---------------------------------------------------------------------------------------------------------- */

IM_INLINE const Loop *loop_seen(ImObject *o)
{
    uint32_t shape = im_object_shape_id(o);
    for (int i = 0; i < KEPT; i++) {
        const Loop *l = im_load_acquire(&x_loops[i]);
        if (!l) break;
        if (IM_LIKELY(l->shape == shape)) return l->version == im_load_relaxed(&im_type_of_obj(o)->x_version) ? l : NULL; /* of another class where the first has died */
    }
    return NULL;
}
IM_INLINE Value peek(ImObject *o, uint32_t at) { return (Value){im_load_acquire((uint64_t *)((char *)o + at))}; }
/* A loop that does not debug; null: the Python way. */
IM_INLINE const Loop *quiet_loop(Thread *t, Value loop)
{
    if (IM_UNLIKELY(!im_is_object(loop))) return NULL;
    const Loop *l = loop_seen(im_ptr(loop));
    if (IM_UNLIKELY(!l)) { learn_loop(t, im_ptr(loop)); return NULL; }
    return im_same(peek(im_ptr(loop), l->at[L_DEBUG]), IM_FALSE) ? l : NULL;
}
IM_INLINE const Handle *handle_seen(const ImObject *o)
{
    ImType *ty = im_type_of_obj(o);
    for (int i = 0; i < 2; i++) {
        const Handle *h = im_load_acquire(&x_handles[i]);
        if (h && h->type == ty) return h->version == im_load_relaxed(&ty->x_version) ? h : NULL;
    }
    return NULL;
}
IM_INLINE bool globals_hold(uint32_t from, uint32_t to)
{
    if (IM_UNLIKELY(im_load_acquire(&x_globals_known) < to)) return false;
    for (uint32_t i = from; i < to; i++)
        if (IM_UNLIKELY(im_load_relaxed(&x_globals[i].cell->x_value.bits) != x_globals[i].held.bits)) return false;
    return true;
}
IM_INLINE const Handle *handle_class(void)
{
    const Handle *h = im_load_acquire(&x_handles[0]);
    return IM_LIKELY(h && globals_hold(G_EVENTS, G_HANDLE + 1) && x_globals[G_HANDLE].held.bits == im_type_value(h->type).bits && h->version == im_load_relaxed(&h->type->x_version)) ? h : NULL;
}

bool im_aio_loop_is_quiet(Thread *t, Value loop) { return quiet_loop(t, loop) != NULL; }

/* --- what they do ------------------------------------------------------------------------------------------------------------------------------------ */

#define PUT(o, h, field, v) im_slot_put(t, (o), (Value *)((char *)(o) + (h)->at[field]), (v))

static void handle_fill(Thread *t, ImObject *o, const Handle *h, Value callback, Value args, Value loop, Value ctx)
{
    PUT(o, h, H_CONTEXT, im_new_ref(ctx));
    PUT(o, h, H_LOOP, im_new_ref(loop));
    PUT(o, h, H_CALLBACK, im_new_ref(callback));
    PUT(o, h, H_ARGS, im_new_ref(args));
    PUT(o, h, H_CANCELLED, IM_FALSE);
    PUT(o, h, H_REPR, IM_NONE);
    PUT(o, h, H_SOURCE, IM_NONE);
}

/* The handle, owned; IM_UNSET: nothing has been done; no value: exception. */
static Value soon(Thread *t, Value loop, Value callback, Value args, Value ctx, bool check_closed)
{
    const Loop *l = quiet_loop(t, loop);
    const Handle *h = handle_class();
    if (IM_UNLIKELY(!l || !h)) return IM_UNSET;
    ImObject *lo = im_ptr(loop);
    if (IM_UNLIKELY(check_closed && !im_same(peek(lo, l->at[L_CLOSED]), IM_FALSE))) return IM_UNSET;
    if (IM_UNLIKELY(!im_is_context(ctx))) return IM_UNSET;
    Value ready = im_slot_get(t, NULL, (Value *)((char *)lo + l->at[L_READY]));
    if (IM_UNLIKELY(!co_is_deque(ready))) {
        if (im_is_object(ready)) im_drop(t, ready);
        return IM_UNSET;
    }
    ImObject *o = im_instance_alloc(t, h->type, 0);
    Value v = im_value(o);
    if (IM_LIKELY(o != NULL)) {
        if (IM_LIKELY(im_is_private_obj(o))) {
#define INIT(field, value) (*(Value *)((char *)o + h->at[field]) = (value))
            INIT(H_CALLBACK, im_new_ref(callback));
            INIT(H_ARGS, im_new_ref(args));
            INIT(H_LOOP, im_new_ref(loop));
            INIT(H_CONTEXT, im_new_ref(ctx));
            INIT(H_CANCELLED, IM_FALSE);
            INIT(H_REPR, IM_NONE);
            INIT(H_SOURCE, IM_NONE);
#undef INIT
        } else handle_fill(t, o, h, callback, args, loop, ctx); /* born shared, in a stress mode */
        if (IM_UNLIKELY(co_deque_append(t, ready, v) < 0)) IM_CLEAR(t, v);
    }
    im_drop(t, ready);
    return v;
}

int im_aio_quick_soon(Thread *t, Value loop, Value fn, Value arg, Value ctx)
{
    if (IM_UNLIKELY(im_load_relaxed(&t->x_poll) & IM_POLL_TRACE)) return 0;
    Value args = im_no_value(arg) ? im_tuple_empty() : im_tuple_pack(t, 1, arg);
    if (IM_UNLIKELY(im_no_value(args))) return -1;
    Value h = soon(t, loop, fn, args, ctx, true);
    im_drop(t, args);
    if (im_is_object(h)) im_drop(t, h);
    return im_no_value(h) ? -1 : !im_is_unset(h);
}

static Value call_soon_body(Thread *t, const Value *regs)
{
    if (!im_is_tuple_exact(regs[3])) return IM_UNSET;
    return soon(t, regs[0], regs[1], regs[3], regs[2], true);
}
static Value call_soon_inner_body(Thread *t, const Value *regs)
{
    if (!im_is_tuple_exact(regs[2])) return IM_UNSET;
    return soon(t, regs[0], regs[1], regs[2], regs[3], false);
}
static Value handle_init_body(Thread *t, const Value *regs)
{
    if (IM_UNLIKELY(!im_is_object(regs[0]) || !im_is_context(regs[4]) || !quiet_loop(t, regs[3]))) return IM_UNSET;
    const Handle *h = handle_seen(im_ptr(regs[0]));
    if (IM_UNLIKELY(!h)) return IM_UNSET;
    handle_fill(t, im_ptr(regs[0]), h, regs[1], regs[2], regs[3], regs[4]);
    return IM_NONE;
}
/* What the callback raises is handled by the Python code: this stands for the call in it. */
static Value handle_run_body(Thread *t, const Value *regs)
{
    const Handle *h = im_is_object(regs[0]) ? handle_seen(im_ptr(regs[0])) : NULL;
    if (IM_UNLIKELY(!h)) return IM_UNSET;
    Value v[3], old, r = IM_UNSET;
    for (int i = 0; i < 3; i++) v[i] = im_slot_get(t, NULL, (Value *)((char *)im_ptr(regs[0]) + h->at[i == 0 ? H_CALLBACK : i == 1 ? H_ARGS : H_CONTEXT]));
    if (IM_LIKELY(!im_no_value(v[0]) && im_is_tuple_exact(v[1]) && im_is_context(v[2]))) {
        r = IM_NO_VALUE;
        if (IM_LIKELY(im_context_enter(t, v[2], &old) == 0)) {
            r = im_call(t, v[0], im_tuple_items(v[1]), (size_t)im_tuple_len(v[1]), IM_NO_VALUE);
            im_context_leave(t, v[2], old);
            if (!im_no_value(r)) {
                im_drop(t, r);
                r = IM_NONE;
            }
        }
    }
    for (int i = 0; i < 3; i++) im_xdrop(t, v[i]);
    if (im_is_none(r)) { /* the function's last line, for the same reason: an exception that the callback keeps refers to this frame */
        Value *self = (Value *)&regs[0], handle = *self;
        *self = IM_NONE;
        im_drop(t, handle);
    }
    return r;
}

/* Without a task factory, for a coroutine. */
static Value create_task(Thread *t, Value loop, Value coro, Value name, Value ctx)
{
    const Loop *l = quiet_loop(t, loop);
    if (IM_UNLIKELY(!l || !l->makes_tasks || !im_is_object(coro) || !im_is_exact(coro, &im_coroutine_type) || !globals_hold(G_TASKS, G_TASK + 1) || !im_same(x_globals[G_TASK].held, im_type_value(&im_asyncio_task_type))))
        return IM_UNSET;
    if (IM_UNLIKELY(!im_same(peek(im_ptr(loop), l->at[L_CLOSED]), IM_FALSE) || !im_is_none(peek(im_ptr(loop), l->at[L_FACTORY])))) return IM_UNSET;
    return im_aio_task_new(t, coro, loop, name, ctx);
}
static Value create_task_body(Thread *t, const Value *regs)
{
    if (IM_UNLIKELY(!im_is_dict_exact(regs[4]) || im_dict_len(regs[4]) || !(im_is_none(regs[2]) || im_is_str_exact(regs[2])) || !(im_is_none(regs[3]) || im_is_context(regs[3])))) return IM_UNSET;
    return create_task(t, regs[0], regs[1], regs[2], regs[3]);
}
static Value ensure_future_body(Thread *t, const Value *regs)
{
    if (IM_UNLIKELY(!globals_hold(G_T_FUTURES, GLOBALS))) return IM_UNSET;
    if (!im_is_none(regs[1])) return create_task(t, regs[1], regs[0], IM_NONE, IM_NONE);
    Value loop = im_aio_running_loop(t);
    if (IM_UNLIKELY(im_no_value(loop))) return IM_UNSET;
    Value v = create_task(t, loop, regs[0], IM_NONE, IM_NONE);
    im_drop(t, loop);
    return v;
}
