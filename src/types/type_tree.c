/* The tree of classes: lookup along the MRO, its cache, subclasses, invalidation.
 * SPDX-License-Identifier: MIT
 *
 * Each type has a table name -> ImAttrEntry. Readers probe it without a lock (entries and tables are stored with release; outgrown tables are
 * retired). Everything that changes a class dict, a table or the subclass lists holds the one type lock, which is recursive because a class dict may
 * hold keys whose __eq__ is Python code. A changed attribute is looked up again for the class and each subclass that inherits it: same kind, the entry takes the
 * new value in place; other kind, the entry becomes invalid and the type's version moves.
 * Subclass lists name types without counting them: a type takes itself out when it is destroyed. A list may name another thread's private classes; only
 * im_type_subclasses shows them to Python code, after publishing them. The dict of such a class is its thread's alone: a change that must look into it (special methods,
 * __bases__) stops the world and publishes it first (im_type_adopt_below); all others only take its cache entries away. */
#include "types/type_impl.h"

#include "mem/gc.h"
#include "thread/epoch.h"
#include "types/list.h"

void (*im_caches_flush_hook)(Thread *t);

/* ---- the lock --------------------------------------------------------------------------------------------------------- */

static ImMutex type_mutex;
static Thread *x_type_owner; /* written by the holder; others only compare it with themselves */
static uint32_t type_depth;

void im_type_lock(Thread *t)
{
    if (im_load_relaxed(&x_type_owner) == t) { type_depth++; return; }
    if (!im_world_stopped_by(t)) im_mutex_acquire(t, &type_mutex);
    else if (!im_mutex_try(&type_mutex)) return; /* its holder is parked and cannot let go, but nobody else runs anyway: no owner, nothing to give back */
    im_store_relaxed(&x_type_owner, t);
    type_depth = 1;
}

void im_type_unlock(Thread *t)
{
    if (im_load_relaxed(&x_type_owner) != t || --type_depth) return;
    im_store_relaxed(&x_type_owner, NULL);
    im_mutex_unlock(&type_mutex);
}

uint32_t im_type_next_uid(void)
{
    static uint32_t x_last;
    return im_faa_relaxed(&x_last, 1) + 1;
}

/* ---- lookup without cache --------------------------------------------------------------------------------------------- */

Value im_mro_find(Thread *t, ImType *type, Value name, bool skip_self)
{
    Value mro = im_slot_get(t, NULL, &type->mro);
    if (im_no_value(mro)) return mro;
    Value v = IM_NO_VALUE;
    ssize_t n = im_tuple_len(mro);
    for (ssize_t i = skip_self; i < n; i++) {
        ImType *ty = im_as_type(im_tuple_get(mro, i));
        if (im_no_value(ty->dict)) continue; /* start-up */
        v = im_dict_get_str(t, ty->dict, name);
        if (!im_no_value(v)) break;
    }
    im_drop(t, mro);
    return v;
}

bool im_type_is_subtype(const ImType *a, const ImType *b)
{
    if (a == b) return true;
    /* The tuple is replaced only together with the type's version and retired by epoch: borrowed is enough. */
    Value mro = im_type_mro(a);
    if (im_no_value(mro)) {
        for (; a; a = im_type_base(a))
            if (a == b) return true;
        return b == &im_object_type;
    }
    ssize_t n = im_tuple_len(mro);
    for (ssize_t i = 0; i < n; i++) /* a metaclass may have put anything first */
        if (im_ptr(im_tuple_items(mro)[i]) == (const void *)b) return true;
    return false;
}

/* ---- the cache -------------------------------------------------------------------------------------------------------- */

typedef struct Table {
    uint32_t mask, len, absent, pad;
    ImAttrEntry *x_items[];
} Table;

/* Absent names remembered per type: entries live as long as the type, names from data must not fill memory. Attributes of all modules and classes are names that the types
 * module and type (or another metaclass) do not have. */
enum { ABSENT_MAX = 128, ABSENT_MAX_ROOT = 2048 };

static ImAttrEntry absent_entry = {.x_value = {0x2C}, .kind = IM_ATTR_ABSENT};

IM_INLINE uint32_t name_hash(Value name) { return (uint32_t)(((name.bits >> 4) * 0x9E3779B97F4A7C15u) >> 32); }
IM_INLINE Table *table_of(ImType *type) { return im_load_acquire((Table **)&type->x_mro_cache); }

/* Where the first entry for name is, or would be. */
static ImAttrEntry **table_place(Table *tb, Value name)
{
    ImAttrEntry *e;
    uint32_t i = name_hash(name) & tb->mask;
    while ((e = im_load_acquire(&tb->x_items[i])) != NULL && !im_same(e->name, name)) i = (i + 1) & tb->mask;
    return &tb->x_items[i];
}

/* The valid entry for name, or null. */
static ImAttrEntry *table_find(Table *tb, Value name)
{
    if (!tb) return NULL;
    ImAttrEntry *e = im_load_acquire(table_place(tb, name));
    return e && im_load_relaxed(&e->x_value.bits) ? e : NULL;
}

/* With those behind it. */
static void table_insert(Table *tb, ImAttrEntry *e)
{
    ImAttrEntry **place = table_place(tb, e->name);
    if (!*place) tb->len++;
    if (e->kind == IM_ATTR_ABSENT) tb->absent++;
    im_store_release(place, e);
}

static ImAttrEntry *other_entry(ImAttrEntry *e) { return e->other ? im_region_at(e->other) : NULL; }

/* The entry for name that was of this kind before, taken out of the list of them; or null. */
static ImAttrEntry *take_former(Table *tb, Value name, uint32_t kind)
{
    ImAttrEntry **place = table_place(tb, name), *e = *place, *before = NULL;
    for (; e && e->kind != kind; e = other_entry(e)) before = e;
    if (e && before) { /* the first stays where it is until another takes its place */
        before->other = e->other;
        e->other = 0;
    }
    return e;
}

static Table *table_room_locked(Thread *t, ImType *type)
{
    Table *old = type->x_mro_cache;
    if (old && old->len * 4 < (old->mask + 1) * 3) return old;
    uint32_t cap = old ? (old->mask + 1) * 2 : 16;
    Table *tb = im_raw_alloc_zero(NULL, 1, sizeof(Table) + cap * sizeof(ImAttrEntry *));
    if (!tb) return NULL;
    tb->mask = cap - 1;
    for (uint32_t i = 0; old && i <= old->mask; i++)
        if (old->x_items[i]) table_insert(tb, old->x_items[i]);
    im_store_release((Table **)&type->x_mro_cache, tb);
    if (old) im_raw_retire(t, old, sizeof(Table) + (old->mask + 1) * sizeof(ImAttrEntry *));
    return tb;
}

static uint32_t kind_of(Value v)
{
    if (im_no_value(v)) return IM_ATTR_ABSENT;
    ImType *ty = im_type_of(v);
    if (IM_UNLIKELY(!ty->seen)) ty->seen = true;
    if (IM_SLOT(ty, descr_set)) return IM_ATTR_DATA;
    if (im_type_flags(ty) & IM_TF_METHOD_DESCR) return IM_ATTR_METHOD;
    return IM_SLOT(ty, descr_get) ? IM_ATTR_DESCR : IM_ATTR_PLAIN;
}

static IM_NOINLINE ImAttrEntry *entry_make(Thread *t, ImType *type, Value name)
{
    im_type_lock(t);
    ImAttrEntry *e = table_find(type->x_mro_cache, name);
    if (!e) {
        Value v = im_mro_find(t, type, name, false);
        uint32_t kind = kind_of(v);
        Table *tb = type->x_mro_cache;
        ImAttrEntry *former = tb ? take_former(tb, name, kind) : NULL;
        if (former) {
            ImAttrEntry **place = table_place(tb, name);
            if (*place != former) former->other = im_region_offset(*place);
            im_store_release(&former->x_value.bits, (kind == IM_ATTR_ABSENT ? IM_UNSET : v).bits);
            im_store_release(place, former);
            e = former;
        } else if (kind == IM_ATTR_ABSENT && tb && tb->absent >= (uint32_t)(im_type_has(type, IM_TF_HEAP) && !im_type_has(type, IM_TF_TYPE) ? ABSENT_MAX : ABSENT_MAX_ROOT)) {
            e = &absent_entry;
        } else if ((tb = table_room_locked(t, type)) != NULL && (e = im_region_alloc(sizeof(*e))) != NULL) {
            im_immortalize(name);
            e->name = name;
            e->type = type;
            e->kind = (uint16_t)kind;
            e->x_relied = 0;
            ImAttrEntry *first = *table_place(tb, name);
            e->other = first ? im_region_offset(first) : 0;
            im_store_release(&e->x_value.bits, (kind == IM_ATTR_ABSENT ? IM_UNSET : v).bits); /* before inline caches name the entry */
            table_insert(tb, e);
        }
        im_xdrop(t, v); /* the class's dict keeps it */
    }
    im_type_unlock(t);
    return e;
}

ImAttrEntry *im_type_entry(Thread *t, ImType *type, Value name)
{
    IM_ASSERT2(im_is_str_exact(name) && im_str_is_interned(name));
    ImAttrEntry *e = table_find(table_of(type), name);
    return IM_LIKELY(e != NULL) ? e : entry_make(t, type, name);
}

/* The flag goes before the look at the value, as a change of the value goes before its look at the flag: one of the two sees the other. */
bool im_entry_rely(ImAttrEntry *e)
{
    if (!e->type) return false; /* nobody could find out who relies on the common one */
    if (!im_load_relaxed(&e->x_relied)) im_store_relaxed(&e->x_relied, 1);
    im_fence_seq();
    return im_load_relaxed(&e->x_value.bits) != 0;
}

Value im_entry_get(Thread *t, ImAttrEntry *e)
{
    Value v = im_slot_get(t, NULL, &e->x_value);
    return im_is_unset(v) ? IM_NO_VALUE : v;
}

Value im_type_lookup(Thread *t, ImType *type, Value name)
{
    for (;;) {
        ImAttrEntry *e = im_type_entry(t, type, name);
        if (!e || e->kind == IM_ATTR_ABSENT) return IM_NO_VALUE;
        Value v = im_entry_get(t, e);
        if (!im_no_value(v)) return v;
    }
}

/* ---- subclasses ------------------------------------------------------------------------------------------------------- */

typedef struct Subclasses { uint32_t len, cap; ImType *items[]; } Subclasses;

/* A class of another thread that is private, or may be becoming shared at this moment. */
static bool foreign(Thread *t, ImType *type)
{
    return !im_rt.gil && im_rt.x_threads_started && im_type_has(type, IM_TF_HEAP) && type->maker != t->serial &&
        !(im_load_relaxed(&type->core.head.x_gc) & IM_OG_SETTLED);
}

int im_type_link_room(Thread *t, Value bases)
{
    im_type_lock(t);
    int rc = 0;
    for (ssize_t i = 0; rc == 0 && i < im_tuple_len(bases); i++) {
        ImType *base = im_as_type(im_tuple_get(bases, i));
        Subclasses *s = base->x_subclasses;
        if (s && s->len < s->cap) continue;
        uint32_t cap = s ? s->cap * 2 : 4;
        s = im_raw_realloc(t, s, sizeof(*s) + cap * sizeof(ImType *));
        if (!s) { rc = -1; break; }
        if (!base->x_subclasses) s->len = 0;
        s->cap = cap;
        base->x_subclasses = s;
    }
    im_type_unlock(t);
    return rc;
}

void im_type_link(Thread *t, ImType *base, ImType *sub)
{
    im_type_lock(t);
    Subclasses *s = base->x_subclasses;
    IM_ASSERT(s && s->len < s->cap);
    s->items[s->len++] = sub;
    if (im_type_flags(sub) & IM_TF_HEAP) im_set_flag((ImObject *)sub, IM_OF_WEAKREF); /* the list is a weak one: it is emptied with the weak references */
    if (!sub->maker) sub->maker = t->serial;
    im_type_unlock(t);
}

void im_type_unlink(Thread *t, ImType *base, ImType *sub)
{
    im_type_lock(t);
    Subclasses *s = base->x_subclasses;
    for (uint32_t i = 0; s && i < s->len; i++)
        if (s->items[i] == sub) {
            memmove(&s->items[i], &s->items[i + 1], (s->len - i - 1) * sizeof(ImType *));
            s->len--;
            break;
        }
    im_type_unlock(t);
}

void im_type_each_subclass(ImType *type, void (*fn)(ImType *sub, void *arg), void *arg)
{
    Subclasses *s = type->x_subclasses;
    for (uint32_t i = 0; s && i < s->len; i++) fn(s->items[i], arg);
}

Value im_type_subclasses(Thread *t, ImType *type)
{
    Value list = im_list_new(t, 0);
    if (im_no_value(list)) return list;
    im_type_lock(t);
    Subclasses *s = type->x_subclasses;
    bool others = false;
    for (uint32_t i = 0; s && i < s->len && !others; i++) others = foreign(t, s->items[i]);
    if (others) im_type_adopt_below(t, type);
    int rc = 0;
    for (uint32_t i = 0; s && i < s->len && rc == 0; i++) rc = im_list_append(t, list, im_value(s->items[i]));
    im_type_unlock(t);
    if (rc < 0) { im_drop(t, list); return IM_NO_VALUE; }
    return list;
}

typedef struct Below { Thread *t; bool found; } Below;
static void find_foreign(ImType *type, void *arg)
{
    Below *b = arg;
    b->found = b->found || foreign(b->t, type);
    if (!b->found) im_type_each_subclass(type, find_foreign, b);
}
static void publish_below(ImType *type, void *arg)
{
    Thread *t = arg;
    if (foreign(t, type)) {
        im_publish(t, im_value(type));
        im_or_relaxed(&type->core.head.x_gc, IM_OG_SETTLED);
    }
    im_type_each_subclass(type, publish_below, t);
}
void im_type_adopt_below(Thread *t, ImType *type)
{
    Below b = {t, false};
    im_type_each_subclass(type, find_foreign, &b);
    if (!b.found) return;
    im_world_stop(t); /* their threads must not touch them while they become shared */
    im_type_each_subclass(type, publish_below, t);
    im_world_start(t);
}

/* ---- change ----------------------------------------------------------------------------------------------------------- */

static void invalidate(ImAttrEntry *e) { im_store_release(&e->x_value.bits, 0); }

static void bump_version(ImType *type) { im_store_relaxed(&type->x_version, im_type_next_uid()); }

/* Everything cached for type and its subclasses is void (their MRO changed, or nobody knows what did). */
static void forget(ImType *type, void *arg)
{
    Thread *t = arg;
    Table *tb = type->x_mro_cache;
    for (uint32_t i = 0; tb && i <= tb->mask; i++)
        if (tb->x_items[i]) invalidate(tb->x_items[i]);
    bump_version(type);
    im_type_each_subclass(type, forget, t);
}

static void find_seen(ImType *type, void *arg)
{
    bool *found = arg;
    *found = *found || type->seen;
    if (!*found) im_type_each_subclass(type, find_seen, found);
}

bool im_type_forget_instances(Thread *t, ImType *type)
{
    bool found = false;
    im_type_lock(t);
    find_seen(type, &found);
    if (found) forget(&im_object_type, t);
    im_type_unlock(t);
    return found;
}

void im_type_forget(Thread *t, ImType *type)
{
    im_type_lock(t);
    forget(type, t);
    im_type_unlock(t);
}

void im_type_modified(Thread *t, ImType *type)
{
    im_type_forget(t, type);
    if (im_caches_flush_hook) im_caches_flush_hook(t);
}

/* Does a cache count on the kind of an entry of this name, valid or not? Their values have been withdrawn or replaced. Asked under the lock, and then the caches are emptied. */
static bool take_relied(ImAttrEntry *first)
{
    bool found = false;
    im_fence_seq();
    for (ImAttrEntry *e = first; e; e = other_entry(e))
        if (im_load_relaxed(&e->x_relied)) {
            found = true;
            im_store_relaxed(&e->x_relied, 0);
        }
    return found;
}

typedef struct Change { Thread *t; Value name; ImType *origin; bool flush; } Change;

static void refresh(ImType *type, void *arg)
{
    Change *c = arg;
    Table *tb = type->x_mro_cache;
    ImAttrEntry *first = tb ? *table_place(tb, c->name) : NULL;
    if (foreign(c->t, type)) {
        if (first) {
            invalidate(first);
            if (take_relied(first)) c->flush = true;
        }
        bump_version(type);
        im_type_each_subclass(type, refresh, c);
        return;
    }
    if (type != c->origin && !im_no_value(type->dict)) {
        Value own = im_dict_get_str(c->t, type->dict, c->name);
        im_xdrop(c->t, own);
        if (!im_no_value(own)) return; /* hides the change from here down */
    }
    if (first) {
        Value v = im_mro_find(c->t, type, c->name, false);
        uint32_t kind = kind_of(v);
        ImAttrEntry *e = im_load_relaxed(&first->x_value.bits) ? first : NULL;
        if (!e || kind != e->kind) {
            if (e) {
                invalidate(e);
                bump_version(type);
            }
            /* Who relies on another kind than the last one did so before the last change, which need not have been to a data descriptor. */
            if ((kind == IM_ATTR_DATA || (e && e->kind == IM_ATTR_DATA)) && take_relied(first)) c->flush = true;
        } else if (kind != IM_ATTR_ABSENT) {
            const bool field = kind == IM_ATTR_DATA && (im_is_exact(v, &im_member_descriptor_type) || im_is_exact(e->x_value, &im_member_descriptor_type));
            im_store_release(&e->x_value.bits, v.bits);
            if (field) { /* inline caches know where it lies */
                bump_version(type);
                if (take_relied(first)) c->flush = true;
            }
        }
        im_xdrop(c->t, v);
    }
    if (im_is_dunder(c->name)) bump_version(type);
    im_type_each_subclass(type, refresh, c);
}

/* 0 set or deleted, 1 nothing there to delete, -1 with an error. *flush tells whether the inline caches have to go. */
static int set_locked(Thread *t, ImType *type, Value name, Value v, Value old, bool *flush)
{
    int rc = 0;
    if (!im_no_value(v)) rc = im_dict_set(t, type->dict, name, v);
    else if (im_no_value(old)) rc = 1;
    else rc = im_dict_del(t, type->dict, name) < 0 ? -1 : 0;
    if (rc) return rc;
    Change c = {t, name, type, false}; /* whoever cached something about the name made an entry: refresh() sees those */
    refresh(type, &c);
    if (im_is_dunder(name)) {
        im_type_update_slot(t, type, name);
        if (im_same(name, IM_S(__getattribute__)) || im_same(name, IM_S(__getattr__)) || im_same(name, IM_S(__setattr__)) || im_same(name, IM_S(__delattr__)))
            c.flush = true;
    }
    if ((im_same(name, IM_S(__get__)) || im_same(name, IM_S(__set__)) || im_same(name, IM_S(__delete__))) && im_type_forget_instances(t, type)) c.flush = true;
    *flush = c.flush;
    return 0;
}

/* With `keep` what is there stays, and rc is 2. */
static int change_own(Thread *t, ImType *type, Value name, Value v, bool keep, Value *old)
{
    if (!im_is_private_obj((ImObject *)type)) im_publish(t, v);
    bool flush = false;
    im_type_lock(t);
    if (im_is_dunder(name)) im_type_adopt_below(t, type); /* their slots may change with it */
    *old = im_dict_get_str(t, type->dict, name);
    int rc = keep && !im_no_value(*old) ? 2 : set_locked(t, type, name, v, *old, &flush);
    im_type_unlock(t);
    if (flush && im_caches_flush_hook) im_caches_flush_hook(t);
    return rc;
}

int im_type_set(Thread *t, ImType *type, Value name, Value v)
{
    Value old;
    int rc = change_own(t, type, name, v, false, &old);
    im_xdrop(t, old);
    if (rc == 1) im_raise_attr_of(t, im_value(type), name, "type object '%.100N' has no attribute '%U'", type, name);
    return rc ? -1 : 0;
}

Value im_type_setdefault(Thread *t, ImType *type, Value name, Value v)
{
    Value old;
    int rc = change_own(t, type, name, v, true, &old);
    if (rc == 0) return im_new_ref(v);
    return rc == 2 ? old : IM_NO_VALUE;
}

static void bring_back(Thread *t)
{
    if (im_caches_flush_hook) im_caches_flush_hook(t);
    im_threads_empty_lines();
    im_region_reclaim();
}

void im_type_reclaim(Thread *t)
{
    if (IM_UNLIKELY(im_region_crowded())) (void)im_gc_with_world_stopped(t, bring_back); /* else another time */
}

void im_type_leave_tree(Thread *t, ImType *type)
{
    if (!im_is_object(im_type_bases(type))) return;
    im_type_lock(t);
    Value bases = im_type_bases(type);
    for (ssize_t i = 0; i < im_tuple_len(bases); i++) im_type_unlink(t, im_as_type(im_tuple_get(bases, i)), type);
    im_type_unlock(t);
}

void im_type_tree_destroy(Thread *t, ImType *type)
{
    im_type_lock(t);
    Table *tb = type->x_mro_cache;
    const bool bury = !im_load_relaxed(&type->x_stray);
    for (uint32_t i = 0; tb && i <= tb->mask; i++)
        for (ImAttrEntry *e = tb->x_items[i], *next; e; e = next) {
            next = other_entry(e);
            invalidate(e);
            if (bury) im_region_bury(e, sizeof *e);
        }
    if (bury) {
        im_shape_bury(t, type->root_shape);
        im_shape_bury(t, type->dict_shape);
    }
    type->x_mro_cache = NULL;
    Subclasses *s = type->x_subclasses;
    type->x_subclasses = NULL;
    if (!im_no_value(type->bases))
        for (ssize_t i = 0; i < im_tuple_len(type->bases); i++) im_type_unlink(t, im_as_type(im_tuple_get(type->bases, i)), type);
    im_type_unlock(t);
    im_raw_free(s);
    if (tb) im_raw_retire(t, tb, sizeof(Table) + (tb->mask + 1) * sizeof(ImAttrEntry *));
}
