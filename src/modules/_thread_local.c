/* _thread._local: attributes that every thread has for itself.
 *
 * A thread keeps the namespaces of all _local objects that it has used in its own dict, by the object's serial number: they stay private to it. When an object
 * dies, its number goes on a list; threads drop what they have under a dead number when they next use any _local object, or end.
 * SPDX-License-Identifier: MIT */
#include "modules/_thread.h"

typedef struct Local {
    ImObject head;
    int64_t serial; /* never reused */
    Value args;     /* tuple for __init__ in each thread, or no value */
    Value kwargs;   /* dict or no value */
} Local;
#define L(v) ((Local *)im_ptr(v))

static int64_t x_next_serial = 1;
static struct { pthread_mutex_t m; int64_t *v; size_t n, cap; } dead = {.m = PTHREAD_MUTEX_INITIALIZER};
static uint64_t x_dead_total; /* numbers ever put on the list: a thread that has seen as many has nothing to do */

/* Drops this thread's namespaces of objects that have died. */
static void purge(Thread *t)
{
    static __thread uint64_t seen;
    uint64_t total = im_load_acquire(&x_dead_total);
    if (seen == total || im_no_value(t->dict)) return;
    for (uint64_t i = seen; i < total; i++) {
        pthread_mutex_lock(&dead.m);
        int64_t serial = dead.v[i];
        pthread_mutex_unlock(&dead.m);
        Value old;
        if (im_dict_pop(t, t->dict, im_int(serial), &old) > 0) im_drop(t, old);
    }
    seen = total;
}

void im_thread_local_leave(Thread *t) { IM_CLEAR(t, t->dict); }

static Value local_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    if ((nargs || nkw) && IM_SLOT(type, init) == im_object_type.slots.init) return im_raise_type(t, "Initialization arguments are not supported");
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    L(v)->serial = im_faa_relaxed(&x_next_serial, 1);
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
    if (im_no_value(t->dict)) t->dict = im_dict_new(t);
    if (im_no_value(d) || im_no_value(t->dict) || im_dict_set_steal(t, t->dict, im_int(L(v)->serial), d) < 0) { im_drop(t, v); return IM_NO_VALUE; }
    return v;
}

/* This thread's namespace: owned. Calls __init__ when the thread sees the object for the first time. */
static Value namespace_of(Thread *t, Value self)
{
    Value d;
    purge(t);
    if (im_no_value(t->dict) && im_no_value(t->dict = im_dict_new(t))) return t->dict;
    if (im_dict_get(t, t->dict, im_int(L(self)->serial), &d) != 0) return d;
    d = im_dict_new(t);
    if (im_no_value(d) || im_dict_set(t, t->dict, im_int(L(self)->serial), d) < 0) { im_xdrop(t, d); return IM_NO_VALUE; }
    ImType *type = im_type_of(self);
    __auto_type type_init = IM_SLOT(type, init);
    if (type_init && type_init != im_object_type.slots.init) {
        Value init = im_getattr(t, self, IM_S(__init__)), r = IM_NO_VALUE;
        if (!im_no_value(init)) r = im_call_ex(t, init, im_no_value(L(self)->args) ? im_tuple_empty() : L(self)->args, L(self)->kwargs);
        im_xdrop(t, init);
        if (im_no_value(r)) { /* the next use tries again */
            Value exc = im_exc_fetch(t), old;
            if (im_dict_pop(t, t->dict, im_int(L(self)->serial), &old) > 0) im_drop(t, old);
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

static int local_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Local *l = (Local *)o;
    int r = im_is_object(l->args) ? visit(l->args, arg) : 0;
    return r || !im_is_object(l->kwargs) ? r : visit(l->kwargs, arg);
}
static void local_destroy(Thread *t, ImObject *o)
{
    Local *l = (Local *)o;
    Value old;
    if (l->serial) {
        if (!im_no_value(t->dict) && im_dict_pop(t, t->dict, im_int(l->serial), &old) > 0) im_drop(t, old);
        pthread_mutex_lock(&dead.m);
        if (dead.n == dead.cap) {
            int64_t *bigger = im_raw_realloc(NULL, dead.v, (dead.cap ? dead.cap * 2 : 64) * sizeof *bigger);
            if (bigger) dead.v = bigger, dead.cap = dead.cap ? dead.cap * 2 : 64;
        }
        if (dead.n < dead.cap) {
            dead.v[dead.n++] = l->serial;
            im_store_release(&x_dead_total, dead.n);
        }
        pthread_mutex_unlock(&dead.m);
    }
    im_destroy_child(t, l->args);
    im_destroy_child(t, l->kwargs);
}
static const ImSlots local_slots = {.getattr = local_getattr, .setattr = local_setattr, .new_ = local_new};
static const ImTypeSpec local_spec = {.name = "_thread._local", .text_signature = "()", .doc = "Thread-local data", .size = sizeof(Local), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF, .slots = &local_slots,
    .traverse = local_traverse, .destroy = local_destroy};
IM_TYPE(thread_local, &local_spec);
