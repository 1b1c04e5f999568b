/* _thread._local: attributes that every thread has for itself.
 *
 * A thread keeps the namespaces of all _local objects that it has used in a table of its own, by the object's serial number: they stay private to it. To the
 * collectors such a namespace is referred to by its object, not by the thread: a cycle through it is garbage when the object is. When an object dies that
 * other threads have used, its number goes on a list; threads drop what they have under a dead number when they next use any _local object, or end.
 * SPDX-License-Identifier: MIT */
#include "modules/_thread.h"

typedef struct Local {
    ImObject head;
    int64_t serial; /* never reused */
    uint64_t maker; /* serial of the thread that made it */
    bool x_used_elsewhere; /* other threads have, or had, namespaces of it; relaxed */
    Value args;     /* tuple for __init__ in each thread, or no value */
    Value kwargs;   /* dict or no value */
} Local;
#define L(v) ((Local *)im_ptr(v))

static int64_t x_next_serial = 1;
/* Numbers of dead objects, oldest first; the first is the base-th that there ever was. Those that every thread knows of are forgotten. */
static struct { pthread_mutex_t m; int64_t *v; uint64_t base; size_t n, cap; } dead = {.m = PTHREAD_MUTEX_INITIALIZER};
static uint64_t x_dead_total; /* base + n */

/* --- the table -------------------------------------------------------------------------------------------------------------------------------- */

static uint32_t home(const Thread *t, int64_t serial) { return (uint32_t)((uint64_t)serial * 0x9E3779B97F4A7C15u >> 32) & (t->locals_cap - 1); }
static ImLocalSlot *slot_of(Thread *t, int64_t serial)
{
    if (!t->locals_cap) return NULL;
    for (uint32_t i = home(t, serial);; i = (i + 1) & (t->locals_cap - 1)) {
        if (t->locals[i].serial == serial) return &t->locals[i];
        if (!t->locals[i].serial) return NULL;
    }
}
static void put(Thread *t, int64_t serial, Value ns)
{
    uint32_t i = home(t, serial);
    while (t->locals[i].serial) i = (i + 1) & (t->locals_cap - 1);
    t->locals[i] = (ImLocalSlot){serial, ns};
}
/* Steals ns, also on failure. */
static int table_add(Thread *t, int64_t serial, Value ns)
{
    if ((t->locals_n + 1) * 2 > t->locals_cap) {
        uint32_t old_cap = t->locals_cap, cap = old_cap ? old_cap * 2 : 8;
        ImLocalSlot *old = t->locals, *fresh = im_raw_alloc_zero(t, cap, sizeof *fresh);
        if (!fresh) { im_drop(t, ns); return -1; }
        t->locals = fresh;
        t->locals_cap = cap;
        for (uint32_t i = 0; i < old_cap; i++)
            if (old[i].serial) put(t, old[i].serial, old[i].ns);
        im_raw_free(old);
    }
    if (t->locals_n++ == 0) im_store_relaxed(&t->x_locals_seen, im_load_acquire(&x_dead_total) + 1);
    put(t, serial, ns);
    return 0;
}
/* What lay there: owned, or no value. */
static Value table_remove(Thread *t, int64_t serial)
{
    ImLocalSlot *s = slot_of(t, serial);
    if (!s) return IM_NO_VALUE;
    Value ns = s->ns;
    uint32_t mask = t->locals_cap - 1, hole = (uint32_t)(s - t->locals);
    for (uint32_t i = (hole + 1) & mask; t->locals[i].serial; i = (i + 1) & mask) /* what could not lie nearer to its home moves up */
        if (((i - home(t, t->locals[i].serial)) & mask) >= ((i - hole) & mask)) {
            t->locals[hole] = t->locals[i];
            hole = i;
        }
    t->locals[hole] = (ImLocalSlot){0, IM_NO_VALUE};
    if (--t->locals_n == 0) im_store_relaxed(&t->x_locals_seen, (uint64_t)0);
    return ns;
}
void im_thread_local_leave(Thread *t)
{
    while (t->locals_n) { /* what is dropped may use others, and make them anew */
        uint32_t i = 0;
        while (!t->locals[i].serial) i++;
        im_drop(t, table_remove(t, t->locals[i].serial));
    }
    im_raw_free(t->locals);
    t->locals = NULL;
    t->locals_cap = 0;
}

/* --- deaths ----------------------------------------------------------------------------------------------------------------------------------- */

/* Forgets what all threads know of; dead.m is held. */
static void forget_old(void)
{
    uint64_t known = dead.base + dead.n;
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *o = im_rt.x_threads; o; o = o->next) {
        uint64_t seen = im_load_relaxed(&o->x_locals_seen);
        if (seen && seen - 1 < known) known = seen - 1;
    }
    pthread_mutex_unlock(&im_rt.thread_lock);
    if (known <= dead.base) return;
    memmove(dead.v, dead.v + (known - dead.base), (dead.base + dead.n - known) * sizeof *dead.v);
    dead.n -= known - dead.base;
    dead.base = known;
}
static void announce(int64_t serial)
{
    pthread_mutex_lock(&dead.m);
    if (dead.n == dead.cap) {
        forget_old();
        if (dead.n * 2 > dead.cap || !dead.cap) {
            size_t cap = dead.cap ? dead.cap * 2 : 64;
            int64_t *bigger = im_raw_realloc(NULL, dead.v, cap * sizeof *bigger);
            if (bigger) dead.v = bigger, dead.cap = cap;
        }
    }
    if (dead.n < dead.cap) {
        dead.v[dead.n++] = serial;
        im_store_release(&x_dead_total, dead.base + dead.n);
    }
    pthread_mutex_unlock(&dead.m);
}
/* Drops this thread's namespaces of objects that have died. */
static void purge(Thread *t)
{
    for (;;) {
        uint64_t seen = t->x_locals_seen, n;
        if (IM_LIKELY(seen == 0 || seen - 1 == im_load_acquire(&x_dead_total))) return;
        int64_t some[32];
        pthread_mutex_lock(&dead.m);
        uint64_t at = seen - 1 < dead.base ? dead.base : seen - 1;
        n = dead.base + dead.n - at;
        if (n > IM_COUNTOF(some)) n = IM_COUNTOF(some);
        memcpy(some, dead.v + (at - dead.base), n * sizeof *some);
        pthread_mutex_unlock(&dead.m);
        im_store_relaxed(&t->x_locals_seen, at + n + 1);
        for (uint64_t i = 0; i < n; i++) im_xdrop(t, table_remove(t, some[i]));
    }
}

/* --- the object ------------------------------------------------------------------------------------------------------------------------------- */

static Value local_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    if ((nargs || nkw) && IM_SLOT(type, init) == im_object_type.slots.init) return im_raise_type(t, "Initialization arguments are not supported");
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    L(v)->serial = im_faa_relaxed(&x_next_serial, 1);
    L(v)->maker = t->serial;
    if (nargs || nkw) {
        Value a = im_tuple_from_array(t, args, nargs), kw = nkw ? im_dict_new(t) : IM_NO_VALUE;
        bool ok = !im_no_value(a) && !(nkw && im_no_value(kw));
        for (size_t i = 0; ok && i < nkw; i++) ok = im_dict_set(t, kw, im_tuple_get(kwnames, (ssize_t)i), args[nargs + i]) == 0;
        im_slot_init(im_ptr(v), &L(v)->args, a);
        im_slot_init(im_ptr(v), &L(v)->kwargs, kw);
        if (!ok) { im_drop(t, v); return IM_NO_VALUE; }
    }
    /* The creating thread's namespace: __init__ is called by the class call itself. */
    Value d = im_dict_new(t);
    if (im_no_value(d) || table_add(t, L(v)->serial, d) < 0) { im_drop(t, v); return IM_NO_VALUE; }
    return v;
}

/* This thread's namespace: owned. Calls __init__ when the thread sees the object for the first time. */
static Value namespace_of(Thread *t, Value self)
{
    purge(t);
    ImLocalSlot *s = slot_of(t, L(self)->serial);
    if (IM_LIKELY(s != NULL)) return im_new_ref(s->ns);
    Value d = im_dict_new(t);
    if (im_no_value(d) || table_add(t, L(self)->serial, im_new_ref(d)) < 0) { im_xdrop(t, d); return IM_NO_VALUE; }
    if (L(self)->maker != t->serial) im_store_relaxed(&L(self)->x_used_elsewhere, true);
    ImType *type = im_type_of(self);
    __auto_type type_init = IM_SLOT(type, init);
    if (type_init && type_init != im_object_type.slots.init) {
        Value init = im_getattr(t, self, IM_S(__init__)), r = IM_NO_VALUE;
        if (!im_no_value(init)) r = im_call_ex(t, init, im_no_value(L(self)->args) ? im_tuple_empty() : L(self)->args, L(self)->kwargs);
        im_xdrop(t, init);
        if (im_no_value(r)) { /* the next use tries again */
            Value exc = im_exc_fetch(t);
            im_xdrop(t, table_remove(t, L(self)->serial));
            im_exc_restore(t, exc);
            im_drop(t, d);
            return IM_NO_VALUE;
        }
        im_drop(t, r);
    }
    return d;
}

static Value local_getattr(Thread *t, Value self, Value name)
{
    if (im_no_value(name = im_attr_name(t, name))) return name;
    Value d = namespace_of(t, self), v = IM_NO_VALUE;
    if (im_no_value(d)) return d;
    if (im_str_equal(name, IM_S(__dict__))) return d;
    ImType *type = im_type_of(self);
    Value descr = im_type_lookup(t, type, name);
    ImType *dt = im_no_value(descr) ? NULL : im_type_of(descr);
    Value (*get)(Thread *, Value, Value, Value) = dt ? IM_SLOT(dt, descr_get) : NULL;
    if (get && IM_SLOT(dt, descr_set)) v = get(t, descr, self, im_type_value(type));
    else if (im_dict_get(t, d, name, &v) == 0) {
        if (get) v = get(t, descr, self, im_type_value(type));
        else if (dt) v = im_new_ref(descr);
        else if (!im_pending(t)) im_raise_attr_missing(t, self, name);
    }
    im_xdrop(t, descr);
    im_drop(t, d);
    return v;
}

static int local_setattr(Thread *t, Value self, Value name, Value v)
{
    if (im_no_value(name = im_attr_name(t, name))) return -1;
    if (im_str_equal(name, IM_S(__dict__))) return im_raise_attr(t, "'%.100T' object attribute '__dict__' is read-only", self), -1;
    Value d = namespace_of(t, self);
    if (im_no_value(d)) return -1;
    Value descr = im_type_lookup(t, im_type_of(self), name);
    int r, (*set)(Thread *, Value, Value, Value) = im_no_value(descr) ? NULL : IM_SLOT(im_type_of(descr), descr_set);
    if (set) r = set(t, descr, self, v);
    else if (!im_no_value(v)) r = im_dict_set(t, d, name, v);
    else {
        r = im_dict_del(t, d, name);
        if (r == 0) im_raise_attr_missing(t, self, name);
        r = r > 0 ? 0 : -1;
    }
    im_xdrop(t, descr);
    im_drop(t, d);
    return r;
}

static int visit_namespace(Thread *of, int64_t serial, ImVisit visit, void *arg)
{
    ImLocalSlot *s = slot_of(of, serial);
    return s ? visit(s->ns, arg) : 0;
}
static int local_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Local *l = (Local *)o;
    Thread *t = im_thread_current();
    int r = im_is_object(l->args) ? visit(l->args, arg) : 0;
    if (!r && im_is_object(l->kwargs)) r = visit(l->kwargs, arg);
    if (r || !t || !t->explaining || !l->serial) return r;
    /* A thread that collects what is private to it sees its own table; who has stopped the others, or holds the GIL, sees all. */
    if (!im_rt.gil && !im_world_stopped_by(t)) return visit_namespace(t, l->serial, visit, arg);
    pthread_mutex_lock(&im_rt.thread_lock);
    for (Thread *of = im_rt.x_threads; of && !r; of = of->next) r = visit_namespace(of, l->serial, visit, arg);
    pthread_mutex_unlock(&im_rt.thread_lock);
    return r;
}
static void local_destroy(Thread *t, ImObject *o)
{
    Local *l = (Local *)o;
    if (l->serial) {
        im_xdrop(t, table_remove(t, l->serial));
        if (l->maker != t->serial || im_load_relaxed(&l->x_used_elsewhere)) announce(l->serial);
    }
    im_destroy_child(t, l->args);
    im_destroy_child(t, l->kwargs);
}
static const ImSlots local_slots = {.getattr = local_getattr, .setattr = local_setattr, .new_ = local_new};
static const ImTypeSpec local_spec = {.name = "_thread._local", .text_signature = "()", .doc = "Thread-local data", .size = sizeof(Local), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF, .slots = &local_slots,
    .traverse = local_traverse, .destroy = local_destroy};
IM_TYPE(thread_local, &local_spec);
