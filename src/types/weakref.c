/* Weak references: the table from objects to their references, and weakref.ref.
 * SPDX-License-Identifier: MIT
 *
 * The table is split into shards by the referent's address, each under a byte lock. A list holds its references without counting them: a reference takes
 * itself out when it is destroyed, and the referent's destruction empties the list (im_weak_clear_hook) before its memory is given back. So, under the shard's lock, a
 * non-zero x_target is an address whose memory is still an object, and im_try_take tells whether it is alive.
 * Weak references carry IM_OF_WEAKREF themselves so that publishing asks the traverse hook for their referent. */
#include "types/weakref.h"

#include "mem/fast.h"
#include "mem/gc.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/list.h"
#include "types/str.h"
#include "types/tuple.h"
#include "types/type_impl.h"
#include "types/weakref_impl.h"

#define R(v) ((ImWeakref *)im_ptr(v))

enum { SHARDS = 64 };
typedef struct Node { uint64_t addr; ImWeakref *head; struct Node *next; } Node;
typedef struct Shard {
    uint8_t x_lock;
    uint32_t nbuckets, count;
    Node **buckets;
} __attribute__((aligned(64))) Shard;
static Shard shards[SHARDS];

/* Nobody is there to be kept out: this is the only thread, or it holds the GIL, which nothing lets go of under these locks. */
static bool alone(void) { return im_rt.gil || !im_rt.x_threads_started; }
static void lock(Shard *s)
{
    if (!alone()) im_byte_lock(&s->x_lock);
}
static void unlock(Shard *s)
{
    if (!alone()) im_byte_unlock(&s->x_lock);
}

static uint32_t mix(uint64_t addr) { return (uint32_t)(((addr >> 4) * 0x9E3779B97F4A7C15u) >> 32); }
static Shard *shard_of(uint64_t addr) { return &shards[mix(addr) & (SHARDS - 1)]; }

static Node **bucket(Shard *s, uint64_t addr) { return &s->buckets[(mix(addr) / SHARDS) & (s->nbuckets - 1)]; }
static Node *find(Shard *s, uint64_t addr)
{
    if (!s->nbuckets) return NULL;
    Node *n = *bucket(s, addr);
    while (n && n->addr != addr) n = n->next;
    return n;
}

static bool grow(Shard *s)
{
    uint32_t cap = s->nbuckets ? s->nbuckets * 2 : 16, old = s->nbuckets;
    Node **b = im_raw_alloc_zero(NULL, cap, sizeof(*b)), **prev = s->buckets;
    if (!b) return s->nbuckets != 0;
    s->buckets = b;
    s->nbuckets = cap;
    for (uint32_t i = 0; i < old; i++)
        for (Node *n = prev[i], *next; n; n = next) {
            next = n->next;
            Node **at = bucket(s, n->addr);
            n->next = *at;
            *at = n;
        }
    im_raw_free(prev);
    return true;
}

/* The referent's node, made if absent; null when out of memory. */
static Node *node_for(Shard *s, uint64_t addr)
{
    Node *n = find(s, addr);
    if (n) return n;
    if (s->count >= s->nbuckets && !grow(s)) return NULL;
    n = im_raw_alloc(NULL, sizeof(*n));
    if (!n) return NULL;
    Node **at = bucket(s, addr);
    *n = (Node){addr, NULL, *at};
    *at = n;
    s->count++;
    return n;
}
static void node_remove(Shard *s, Node *n)
{
    Node **at = bucket(s, n->addr);
    while (*at != n) at = &(*at)->next;
    *at = n->next;
    s->count--;
    im_raw_free(n);
}

/* Objects that the hooks want to hear of even without a weak reference to them: references themselves, and classes (their bases list them weakly). */
static bool keeps_flag(const ImObject *o) { return im_is_weakref_object(o) || (im_type_flags(im_type_of_obj(o)) & IM_TF_TYPE); }

/* A reference that nothing refers to weakly: it carries the flag for nothing. */
static bool unreferred(const ImObject *o)
{
    const ImType *ty = im_type_of_obj(o);
    return (ty == &im_ReferenceType_type || im_type_base(ty) == &im_ReferenceType_type) && !((const ImWeakref *)o)->x_referred;
}

/* Takes r out of its referent's list, if it still has one. */
static void unlink_ref(ImWeakref *r)
{
    for (;;) {
        uint64_t addr = im_load_acquire(&r->x_target);
        if (!addr) return;
        Shard *s = shard_of(addr);
        lock(s);
        if (im_load_relaxed(&r->x_target) == addr) {
            Node *n = find(s, addr);
            if (r->prev) r->prev->next = r->next;
            else n->head = r->next;
            if (r->next) r->next->prev = r->prev;
            r->next = r->prev = NULL;
            im_store_release(&r->x_target, 0);
            if (!n->head) {
                node_remove(s, n);
                im_clear_flag((ImObject *)(uintptr_t)addr, IM_OF_WEAKREF);
                if (keeps_flag((ImObject *)(uintptr_t)addr)) im_set_flag((ImObject *)(uintptr_t)addr, IM_OF_WEAKREF);
            }
            unlock(s);
            return;
        }
        unlock(s);
    }
}

bool im_is_weakref_object(const ImObject *o)
{
    const ImType *ty = im_type_of_obj(o);
    return ty == &im_ReferenceType_type || ty == &im_ProxyType_type || ty == &im_CallableProxyType_type || im_type_is_subtype(ty, &im_ReferenceType_type);
}

bool im_weakref_has_callback(const ImObject *o)
{
    if (!im_has_flag(o, IM_OF_WEAKREF) || !im_is_weakref_object(o)) return false;
    const ImWeakref *r = (const ImWeakref *)o;
    return im_is_object(r->x_callback) && im_load_relaxed(&r->x_target) != 0;
}

/* ---- hooks of the memory layer ---------------------------------------------------------------------------------------------------- */

/* `calls` is the list of references to call, newest last, each owned. */
static void run_callbacks(Thread *t, ImWeakref *calls)
{
    if (!calls) return;
    Value saved = im_exc_fetch(t);
    ImWeakref *order = NULL;
    while (calls) { ImWeakref *r = calls; calls = r->next; r->next = order; order = r; }
    while (order) {
        ImWeakref *r = order;
        order = r->next;
        r->next = NULL;
        Value cb = im_slot_exchange(t, &r->head, &r->x_callback, IM_NO_VALUE), self = im_value(r);
        if (im_is_object(cb)) {
            Value v = im_call1(t, cb, self);
            if (im_no_value(v)) im_write_unraisable(t, NULL, cb);
            im_xdrop(t, v);
            im_drop(t, cb);
        }
        im_drop(t, self);
    }
    im_exc_restore(t, saved);
}

static void clear_all(Thread *t, ImObject *o)
{
    if (unreferred(o)) return;
    uint64_t addr = (uint64_t)(uintptr_t)o;
    Shard *s = shard_of(addr);
    ImWeakref *calls = t->weak_defer ? t->weak_pending : NULL;
    if (im_type_flags(im_type_of_obj(o)) & IM_TF_TYPE) im_type_leave_tree(t, (ImType *)o);
    lock(s);
    Node *n = find(s, addr);
    if (n) {
        /* Newest first, as they stand in the list. */
        for (ImWeakref *r = n->head, *next; r; r = next) {
            next = r->next;
            r->next = r->prev = NULL;
            /* A reference that is dying itself, or is garbage, has no say. */
            bool call = im_is_object(r->x_callback) && !im_has_flag(&r->head, IM_OF_MARK) && im_try_take(&r->head);
            if (call) { r->next = calls; calls = r; }
            im_store_release(&r->x_target, 0);
        }
        node_remove(s, n);
    }
    unlock(s);
    if (t->weak_defer) t->weak_pending = calls;
    else run_callbacks(t, calls);
}
static void run_pending(Thread *t)
{
    ImWeakref *calls = t->weak_pending;
    t->weak_pending = NULL;
    run_callbacks(t, calls);
}

static void visit_weak(ImObject *o, ImVisit visit, void *arg)
{
    if (im_is_weakref_object(o)) {
        uint64_t target = im_load_acquire(&((ImWeakref *)o)->x_target);
        if (target) visit((Value){target}, arg);
        if (unreferred(o)) return;
    }
    Shard *s = shard_of((uint64_t)(uintptr_t)o);
    lock(s);
    Node *n = find(s, (uint64_t)(uintptr_t)o);
    for (ImWeakref *r = n ? n->head : NULL; r; r = r->next) visit(im_value(r), arg);
    unlock(s);
}

void im_weakref_init(void)
{
    im_weak_clear_hook = clear_all;
    im_weak_pending_hook = run_pending;
    im_weak_traverse_hook = visit_weak;
}

/* ---- making ---------------------------------------------------------------------------------------------------------------------------- */

/* Without callback, and of a built-in type: those stand first in the list, the references before the proxies. */
static bool is_basic(const ImWeakref *r) { return im_no_value(r->x_callback) && !(im_type_flags(im_type_of_obj(&r->head)) & IM_TF_HEAP); }

/* A basic reference of this type can serve again. Under the shard's lock; owned or no value. */
static Value reusable(Node *n, ImType *type)
{
    for (ImWeakref *r = n->head; r && is_basic(r); r = r->next)
        if (im_type_of_obj(&r->head) == type && im_try_take(&r->head)) return im_value(r);
    return IM_NO_VALUE;
}

/* Untracked, and in no list. */
static ImWeakref *ref_alloc(Thread *t, ImType *type, Value callback)
{
    const bool exact = type == &im_ReferenceType_type;
    ImWeakref *r = exact ? (ImWeakref *)im_tracked_alloc(t, &type->root, sizeof *r) : (ImWeakref *)im_instance_alloc(t, type, 0);
    if (!r) return NULL;
    r->x_callback = im_no_value(callback) ? callback : im_new_ref(callback);
    r->x_target = 0;
    r->x_hash = -1;
    r->next = r->prev = NULL;
    r->x_referred = 0;
    im_set_flag(&r->head, IM_OF_WEAKREF);
    if (exact) im_track_new(t, &r->head);
    return r;
}

Value im_weakref_make(Thread *t, ImType *type, Value target, Value callback)
{
    if (!im_no_value(callback) && im_is_none(callback)) callback = IM_NO_VALUE;
    if (!im_is_object(target) || !(im_type_flags(im_type_of(target)) & IM_TF_WEAKREF))
        return im_raise_type(t, "cannot create weak reference to '%s' object", im_type_cname(im_type_of(target)));
    bool basic = im_no_value(callback) && !(im_type_flags(type) & IM_TF_HEAP);
    Shard *s = shard_of(target.bits);
    Value found = IM_NO_VALUE;
    Node *n = NULL;
    if (im_has_flag(im_ptr(target), IM_OF_WEAKREF)) {
        lock(s);
        n = find(s, target.bits);
        if (n && basic) found = reusable(n, type);
        unlock(s);
        if (!im_no_value(found)) return found;
    }
    ImWeakref *r = ref_alloc(t, type, callback);
    if (!r) return IM_NO_VALUE;
    Value self = im_value(r);
    if (!im_is_private(target)) im_publish(t, self); /* the referent's last owner will run the callback */
    lock(s);
    if (!n || !alone()) n = node_for(s, target.bits);
    if (n) {
        /* Basic ones first, then the others, newest first. */
        ImWeakref *after = NULL;
        if (!(basic && type == &im_ReferenceType_type))
            for (ImWeakref *k = n->head; k && is_basic(k); k = k->next) after = k;
        r->prev = after;
        r->next = after ? after->next : n->head;
        if (r->next) r->next->prev = r;
        if (after) after->next = r;
        else n->head = r;
        im_store_release(&r->x_target, target.bits);
        im_set_flag(im_ptr(target), IM_OF_WEAKREF);
        if (im_is_weakref_object(im_ptr(target))) R(target)->x_referred = 1;
    }
    unlock(s);
    if (n) return self;
    im_drop(t, self);
    return im_raise_memory(t);
}
Value im_weakref_new(Thread *t, Value target, Value callback) { return im_weakref_make(t, &im_ReferenceType_type, target, callback); }
Value im_weakproxy_new(Thread *t, Value target, Value callback)
{
    return im_weakref_make(t, im_callable(target) ? &im_CallableProxyType_type : &im_ProxyType_type, target, callback);
}

Value im_weakref_get(Thread *t, Value ref)
{
    (void)t;
    uint64_t addr = im_load_acquire(&R(ref)->x_target);
    if (!addr) return IM_NONE;
    if (alone()) return im_try_take((ImObject *)(uintptr_t)addr) ? (Value){addr} : IM_NONE; /* nobody clears it meanwhile */
    Shard *s = shard_of(addr);
    lock(s);
    Value v = IM_NONE;
    if (im_load_relaxed(&R(ref)->x_target) == addr && im_try_take((ImObject *)(uintptr_t)addr)) v = (Value){addr};
    unlock(s);
    return v;
}

ssize_t im_weakref_count(Thread *t, Value target)
{
    (void)t;
    if (!im_is_object(target)) return 0;
    Shard *s = shard_of(target.bits);
    ssize_t n = 0;
    lock(s);
    Node *node = find(s, target.bits);
    for (ImWeakref *r = node ? node->head : NULL; r; r = r->next) n++;
    unlock(s);
    return n;
}

Value im_weakref_list(Thread *t, Value target)
{
    for (;;) {
        ssize_t n = im_weakref_count(t, target), k = 0;
        Value *items = n ? im_raw_alloc(t, (size_t)n * sizeof(Value)) : NULL;
        if (n && !items) return IM_NO_VALUE;
        if (n) {
            Shard *s = shard_of(target.bits);
            lock(s);
            Node *node = find(s, target.bits);
            for (ImWeakref *r = node ? node->head : NULL; r && k <= n; r = r->next) {
                if (k == n) { k = n + 1; break; } /* more by now */
                if (im_try_take(&r->head)) items[k++] = im_value(r);
            }
            unlock(s);
        }
        if (k <= n) {
            Value list = im_list_steal_array(t, items, (size_t)k);
            im_raw_free(items);
            return list;
        }
        for (ssize_t i = 0; i < n; i++) im_drop(t, items[i]);
        im_raw_free(items);
    }
}
Value im_weakref_first(Thread *t, Value target)
{
    Value list = im_weakref_list(t, target), v;
    if (im_no_value(list)) return list;
    v = im_list_get(t, list, 0);
    im_drop(t, list);
    return im_no_value(v) ? IM_NONE : v;
}

/* ---- weakref.ref --------------------------------------------------------------------------------------------------------------------------- */

static Value ref_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)kwnames;
    if (im_check_nargs(t, "__new__", nargs, 1, 2) < 0) return IM_NO_VALUE;
    return im_weakref_make(t, type, args[0], nargs > 1 ? args[1] : IM_NO_VALUE);
}
static int ref_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)self, (void)args;
    if (im_no_kwargs(t, "ref", kwnames) < 0) return -1;
    return im_check_nargs(t, "__init__", nargs, 1, 2);
}
static Value ref_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args;
    if (im_no_kwargs(t, "weakref", kwnames) < 0) return IM_NO_VALUE;
    if (nargs) return im_raise_type(t, "weakref expected 0 arguments, got %zu", nargs);
    return im_weakref_get(t, self);
}
/* The referent at addr, if it is still that, hashes or compares by identity. */
typedef enum { USUAL_HASH, USUAL_COMPARE } Usual;
static bool is_usual(ImWeakref *r, uint64_t addr, Usual what)
{
    Shard *s = shard_of(addr);
    bool usual = false;
    lock(s);
    if (im_load_relaxed(&r->x_target) == addr) {
        const ImType *ty = im_type_of_obj((ImObject *)(uintptr_t)addr);
        usual = what == USUAL_HASH ? IM_SLOT(ty, hash) == im_object_type.slots.hash : IM_SLOT(ty, richcompare) == im_object_type.slots.richcompare;
    }
    unlock(s);
    return usual;
}
static int64_t ref_hash(Thread *t, Value self)
{
    int64_t h = im_load_relaxed(&R(self)->x_hash);
    if (h != -1) return h;
    const uint64_t addr = im_load_acquire(&R(self)->x_target);
    if (addr && is_usual(R(self), addr, USUAL_HASH)) {
        h = im_object_type.slots.hash(t, (Value){addr}); /* of the address alone */
        im_store_relaxed(&R(self)->x_hash, h);
        return h;
    }
    Value v = im_weakref_get(t, self);
    if (im_is_none(v)) return im_raise_type(t, "weak object has gone away"), -1;
    h = im_hash(t, v);
    im_drop(t, v);
    if (h != -1) im_store_relaxed(&R(self)->x_hash, h);
    return h;
}
static Value ref_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if ((op != IM_EQ && op != IM_NE) || !im_is_weakref(a) || !im_is_weakref(b)) return IM_NOT_IMPLEMENTED;
    const uint64_t addr = im_load_acquire(&R(a)->x_target);
    if (addr && im_load_acquire(&R(b)->x_target) == addr && is_usual(R(a), addr, USUAL_COMPARE)) return im_bool(op == IM_EQ);
    Value x = im_weakref_get(t, a), y = im_weakref_get(t, b), r;
    if (im_is_none(x) || im_is_none(y)) r = im_bool(im_same(a, b) == (op == IM_EQ));
    else r = im_compare(t, x, y, op);
    im_drop(t, x);
    im_drop(t, y);
    return r;
}
static Value ref_repr(Thread *t, Value self)
{
    Value v = im_weakref_get(t, self), name = IM_NO_VALUE, r;
    if (im_is_none(v)) return im_str_format(t, "<weakref at %p; dead>", (void *)im_ptr(self));
    if (im_lookup_attr(t, v, IM_S(__name__), &name) < 0) im_exc_clear(t);
    if (!im_no_value(name) && im_is_str(name))
        r = im_str_format(t, "<weakref at %p; to '%s' at %p (%U)>", (void *)im_ptr(self), im_type_cname(im_type_of(v)), (void *)im_ptr(v), name);
    else r = im_str_format(t, "<weakref at %p; to '%s' at %p>", (void *)im_ptr(self), im_type_cname(im_type_of(v)), (void *)im_ptr(v));
    im_xdrop(t, name);
    im_drop(t, v);
    return r;
}
static Value get_callback(Thread *t, Value self, void *c)
{
    (void)c;
    Value cb = im_slot_get(t, NULL, &R(self)->x_callback);
    return im_no_value(cb) ? IM_NONE : cb;
}
int im_weakref_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value cb = ((ImWeakref *)o)->x_callback;
    return im_is_object(cb) ? visit(cb, arg) : 0;
}
void im_weakref_clear(Thread *t, ImObject *o)
{
    unlink_ref((ImWeakref *)o);
    im_slot_put(t, o, &((ImWeakref *)o)->x_callback, IM_NO_VALUE);
}
void im_weakref_unlink(ImObject *o) { unlink_ref((ImWeakref *)o); }
void im_weakref_destroy(Thread *t, ImObject *o) { im_weakref_clear(t, o); }

static const ImMethodDef ref_methods[] = {IM_CLASS_GETITEM, IM_END};
static const ImGetSetDef ref_getset[] = {{"__callback__", get_callback, NULL, NULL, NULL}, IM_END};
static const ImSlots ref_slots = {.repr = ref_repr, .call = ref_call, .hash = ref_hash, .richcompare = ref_compare, .new_ = ref_new, .init = ref_init,
    .getattr = im_generic_getattr, .setattr = im_generic_setattr};
static const ImTypeSpec ref_spec = {.name = "weakref.ReferenceType", .size = sizeof(ImWeakref), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &ref_slots,
    .methods = ref_methods, .getset = ref_getset, .traverse = im_weakref_traverse, .clear = im_weakref_clear, .destroy = im_weakref_destroy};
IM_TYPE(ReferenceType, &ref_spec);
