/* Attribute loads, stores and method lookup: slow halves and specialisation.
 * SPDX-License-Identifier: MIT */
#include "object/instance.h"
#include "object/lookup.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/module.h"
#include "types/slot_functions.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"

static Value name_at(ImFrame *f, const uint32_t *at) { return f->code->names[at[1] & 0xFFFF]; }
static uint32_t cache_at(const uint32_t *at) { return at[1] >> 16; }

/* --- renewing caches ----------------------------------------------------------------------------------------------------------
 * A word that misses is not replaced at once: where objects of several shapes come by, most are served by the thread's attribute lines, and the code's cache
 * lines stay unwritten for other threads' sake. A class change that shapes do not show (im_caches_flush) empties all words; who was about to fill one with
 * what it saw before then sees the generation change and takes it out again. */
enum { MISSES_PER_RENEWAL = 16 };

static bool may_renew(Thread *t, ImFrame *f, const uint32_t *at)
{
    if (cache_at(at) == IM_CACHE_NONE) return false;
    return im_load_relaxed(&f->code->x_caches[cache_at(at)]) == 0 || ++t->cache_misses % MISSES_PER_RENEWAL == 0;
}

static void renew(ImFrame *f, const uint32_t *at, uint32_t gen, ImOp op, uint32_t low, uint32_t high)
{
    uint64_t *word = &f->code->x_caches[cache_at(at)];
    im_store_release(word, (uint64_t)low | (uint64_t)high << 32); /* the shape or cell that it names is there before it */
    if (!im_load_relaxed(&f->code->x_cached)) im_store_relaxed(&f->code->x_cached, 1);
    im_quicken(at, op);
    im_fence_seq();
    if (IM_UNLIKELY(im_load_relaxed(&im_code_caches_gen) != gen)) im_store_relaxed(word, (uint64_t)0);
}

/* Not for caches: counts as filled, so that the next attempt waits too. No guard matches it. */
static void give_up(ImFrame *f, const uint32_t *at, ImOp generic)
{
    im_store_relaxed(&f->code->x_caches[cache_at(at)], (uint64_t)1 << 32);
    im_quicken(at, generic);
}

static void zero_words(ImCode *c)
{
    if (!im_load_relaxed(&c->x_cached)) return;
    im_store_relaxed(&c->x_cached, 0); /* before the words: who fills one of them later sets it again, or takes its word out */
    for (uint32_t i = 0; i < c->ncaches; i++)
        if (im_load_relaxed(&c->x_caches[i])) im_store_relaxed(&c->x_caches[i], (uint64_t)0);
}

void im_caches_flush(Thread *t)
{
    (void)t;
    (void)im_faa_relaxed(&im_code_caches_gen, 1);
    im_fence_seq();
    im_code_each(zero_words);
}

/* Module attribute or class attribute: value kept by the object itself. Quickens and says so. */
static bool specialise_holder(Thread *t, ImFrame *f, const uint32_t *at, uint32_t gen, Value o, ImOp for_module, ImOp for_type)
{
    Value name = name_at(f, at);
    if (im_is_exact(o, &im_module_type)) {
        ImAttrEntry *e = im_type_entry(t, &im_module_type, name);
        if (!e || e->kind == IM_ATTR_DATA) return false;
        Value d = im_module_dict(o);
        ImGlobalCell *cell = im_is_dict_exact(d) ? im_dict_cell(t, d, name) : NULL;
        if (!cell) return false;
        renew(f, at, gen, for_module, im_dict_uid(d), im_region_offset(cell));
        return true;
    }
    if (!im_is_type(o)) return false;
    ImType *meta = im_type_of(o);
    if (IM_SLOT(meta, getattr) != im_type_type.slots.getattr) return false;
    ImAttrEntry *me = im_type_entry(t, meta, name), *e = im_type_entry(t, im_as_type(o), name);
    if (me && me->kind == IM_ATTR_DATA && for_type == OP_GETATTR_TYPE) { /* whatever class it is */
        Value d = im_entry_get(t, me);
        const bool first = !im_no_value(d) && IM_SLOT(im_type_of(d), descr_get);
        im_xdrop(t, d);
        if (first) renew(f, at, gen, OP_GETATTR_DESCR, im_object_shape_id(im_ptr(o)) + IM_IC_DESCR, im_region_offset(me));
        return first;
    }
    if (!me || me->kind == IM_ATTR_DATA || !e || !e->type) return false;
    if (e->kind == IM_ATTR_METHOD || e->kind == IM_ATTR_DESCR) {
        Value v = im_entry_get(t, e);
        bool usable = !im_no_value(v) && (im_is_function(v) || im_is_exact(v, &im_method_descriptor_type) /* found on a class, these are themselves */
                                          || (for_type == OP_LOADMETHOD_TYPE && e->kind == IM_ATTR_DESCR
                                              && (im_is_exact(v, &im_classmethod_type) || im_is_exact(v, &im_staticmethod_type)
                                                  || im_is_exact(v, &im_classmethod_descriptor_type))));
        im_xdrop(t, v);
        if (!usable) return false;
    } else if (e->kind != IM_ATTR_PLAIN) {
        return false;
    }
    if (im_type_has(meta, IM_TF_HEAP) && !im_entry_rely(me)) return false;
    renew(f, at, gen, for_type, im_as_type(o)->core.uid, im_region_offset(e));
    return true;
}

/* Byte offset of the __slots__ field that the descriptor e holds reads and writes; 0: it is no such descriptor, or its fields lie at the block's end. */
static uint32_t member_offset(Thread *t, ImAttrEntry *e)
{
    Value d = im_entry_get(t, e);
    uint32_t at = 0;
    if (!im_no_value(d) && im_is_exact(d, &im_member_descriptor_type)) {
        const ImMemberDef *m = &((ImMemberDescr *)im_ptr(d))->def;
        if (m->kind == IM_T_VALUE && !m->readonly && !(m->offset & IM_TAIL_OFFSET)) at = m->offset;
    }
    im_xdrop(t, d);
    return at;
}

/* For a cache that will say it. */
static uint32_t relied_member(Thread *t, ImAttrEntry *e)
{
    return member_offset(t, e) && im_entry_rely(e) ? member_offset(t, e) : 0;
}

/* Which places of the generic lookup a cache may name: all of them; those that cannot end in an AttributeError, where a class has a __getattr__ that such an
 * error calls; none. Whoever changes either method of a class flushes the caches. */
typedef enum { NO_PLACE, SURE_PLACES, ALL_PLACES } Places;
static Places places_of(Thread *t, ImType *ty)
{
    if (im_type_has(ty, IM_TF_GENERIC_GETATTR)) return ALL_PLACES;
    if (IM_SLOT(ty, getattr) != slot_getattr) return NO_PLACE;
    Value get = im_type_lookup(t, ty, IM_S(__getattribute__)), usual = im_type_lookup(t, &im_object_type, IM_S(__getattribute__));
    const bool generic = im_same(get, usual);
    im_xdrop(t, get);
    im_xdrop(t, usual);
    return generic ? SURE_PLACES : NO_PLACE;
}

static void specialise_getattr(Thread *t, ImFrame *f, const uint32_t *at, uint32_t gen, Value o)
{
    ImAttrLine room, *l;
    if (specialise_holder(t, f, at, gen, o, OP_GETATTR_MODULE, OP_GETATTR_TYPE)) return;
    const Places places = places_of(t, im_type_of(o));
    if (places == NO_PLACE || !(l = im_attr_line(t, im_ptr(o), name_at(f, at), &room)) || l->shape != im_object_shape_id(im_ptr(o))) {
        give_up(f, at, OP_GETATTR);
        return;
    }
    ImAttrEntry *e = l->entry;
    bool first = false; /* the class's attribute comes before the instance's: a data descriptor that can be read */
    bool always = false; /* it is object's __class__, which is always there */
    if (e->kind == IM_ATTR_DATA) {
        Value d = im_entry_get(t, e), usual = im_type_lookup(t, &im_object_type, IM_S(__class__));
        first = !im_no_value(d) && IM_SLOT(im_type_of(d), descr_get);
        always = first && im_same(d, usual);
        im_xdrop(t, d);
        im_xdrop(t, usual);
    }
    uint32_t at_member = first ? relied_member(t, e) : 0;
    if (at_member) renew(f, at, gen, OP_GETATTR_SLOT, l->shape + IM_IC_SLOT, at_member);
    else if (places == SURE_PLACES && !always && (first || l->place == IM_AT_DICT || (l->place == IM_AT_CLASS && e->kind == IM_ATTR_DESCR))) give_up(f, at, OP_GETATTR);
    else if (first) renew(f, at, gen, OP_GETATTR_DESCR, l->shape + IM_IC_DESCR, im_region_offset(e));
    else if (l->place != IM_AT_CLASS && !im_entry_rely(e)) return;
    else if (l->place == IM_AT_SLOT) renew(f, at, gen, im_begins_update(f, at) ? OP_GETATTR_UPDATE : OP_GETATTR_SLOT, l->shape + IM_IC_SLOT, l->at);
    else if (l->place == IM_AT_EXTRA) renew(f, at, gen, OP_GETATTR_EXTRA, l->shape + IM_IC_EXTRA, l->at);
    else if (l->place == IM_AT_DICT && l->at <= IM_IC_DICT_FIELDS) renew(f, at, gen, OP_GETATTR_DICT, l->shape + IM_IC_DICT, l->at);
    else if (e->kind == IM_ATTR_PLAIN) renew(f, at, gen, OP_GETATTR_ENTRY, l->shape + IM_IC_ENTRY, im_region_offset(e));
    else if (e->kind == IM_ATTR_METHOD || e->kind == IM_ATTR_DESCR) renew(f, at, gen, OP_GETATTR_DESCR, l->shape + IM_IC_DESCR, im_region_offset(e));
    else give_up(f, at, OP_GETATTR);
}

Value im_slow_getattr(Thread *t, ImFrame *f, const uint32_t *at, Value o)
{
    uint32_t gen = im_load_acquire(&im_code_caches_gen);
    Value v = im_getattr(t, o, name_at(f, at));
    if (im_no_value(v) || !im_is_object(o) || !may_renew(t, f, at)) return v;
    specialise_getattr(t, f, at, gen, o);
    return v;
}

Value im_slow_descr_get(Thread *t, ImFrame *f, const uint32_t *at, Value d, Value o)
{
    ImRefusal r = {t->refusals, 0};
    ImType *ty = im_type_of(o);
    Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(d), descr_get);
    if (IM_UNLIKELY(!get)) return d; /* its class has just lost it */
    Value v = get(t, d, o, im_type_value(ty));
    bool again = im_no_value(v) && im_descr_refused(t, d, o, NULL, &r);
    im_drop(t, d);
    return IM_UNLIKELY(again) ? im_getattr(t, o, name_at(f, at)) : v;
}

static void specialise_setattr(Thread *t, ImFrame *f, const uint32_t *at, uint32_t gen, ImObject *p, ImShape *before)
{
    ImAttrLine room, *l;
    ImShape *after = im_load_acquire(&p->x_shape);
    ImType *ty = after->type;
    if (ty != before->type || IM_SLOT(ty, setattr) != im_object_type.slots.setattr || !(l = im_attr_line(t, p, name_at(f, at), &room)) || l->shape != im_shape_id(after)) {
        give_up(f, at, OP_SETATTR);
    } else if (l->entry->kind == IM_ATTR_DATA) {
        uint32_t at_member = relied_member(t, l->entry);
        if (at_member) renew(f, at, gen, OP_SETATTR_DESCR, l->shape + IM_IC_MEMBER, at_member);
        else renew(f, at, gen, OP_SETATTR_DESCR, l->shape + IM_IC_DESCR, im_region_offset(l->entry));
    } else if (!im_entry_rely(l->entry)) {
        give_up(f, at, OP_SETATTR);
    } else if (l->place == IM_AT_SLOT && before == after) {
        renew(f, at, gen, OP_SETATTR_SLOT, l->shape + IM_IC_SLOT, l->at);
    } else if (l->place == IM_AT_SLOT && after->parent == before) {
        renew(f, at, gen, OP_SETATTR_ADD, im_shape_id(before) + IM_IC_ADD, im_region_offset(after));
    } else if (l->place == IM_AT_EXTRA && after->parent == before) { /* no word for that: it misses each time, and finds the place quickly */
        renew(f, at, gen, OP_SETATTR_ADD, l->shape + IM_IC_EXTRA, l->at);
    } else if (l->place == IM_AT_EXTRA && before == after) {
        renew(f, at, gen, OP_SETATTR_EXTRA, l->shape + IM_IC_EXTRA, l->at);
    } else if (l->place == IM_AT_DICT && l->at <= IM_IC_DICT_FIELDS) {
        renew(f, at, gen, OP_SETATTR_DICT, l->shape + IM_IC_DICT, l->at);
    } else {
        give_up(f, at, OP_SETATTR);
    }
}

Value *im_slow_slot_after(Thread *t, ImObject *p, Value name, ImShape **after)
{
    ImShape *s = p->x_shape;
    ImType *ty = s->type;
    const uint32_t k = s->nslots;
    if ((s->kind & IM_SHAPE_DICT) || !im_type_has(ty, IM_TF_HAS_DICT) || ty->attr_offset == IM_ATTR_AT_END || IM_SLOT(ty, setattr) != im_object_type.slots.setattr) return NULL;
    ImAttrEntry *e = im_type_entry(t, ty, name);
    if (!e || e->kind == IM_ATTR_DATA || !(*after = im_shape_child(s, name))) return NULL;
    return im_instance_slot(NULL, p, ty, k);
}

int im_slow_setattr(Thread *t, ImFrame *f, const uint32_t *at, Value o, Value v)
{
    uint32_t gen = im_load_acquire(&im_code_caches_gen);
    ImShape *before = im_is_object(o) ? im_load_acquire(&im_ptr(o)->x_shape) : NULL;
    if (im_setattr(t, o, name_at(f, at), v) < 0) return -1;
    if (before && may_renew(t, f, at)) specialise_setattr(t, f, at, gen, im_ptr(o), before);
    return 0;
}

int im_slow_descr_set(Thread *t, ImFrame *f, const uint32_t *at, Value d, Value o, Value v)
{
    ImRefusal r = {t->refusals, 0};
    int (*set)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(d), descr_set);
    int rc = set ? set(t, d, o, v) : -1;
    if (!set) (void)im_raise_system(t, "descriptor without __set__");
    bool again = rc < 0 && im_descr_refused(t, d, o, NULL, &r);
    im_drop(t, d);
    return IM_UNLIKELY(again) ? im_setattr(t, o, name_at(f, at), v) : rc;
}

/* classmethod and staticmethod objects found in a class: what is to be called, without making a bound method. d is owned; 1 done and d dropped. */
int im_slow_unwrap(Thread *t, Value d, Value cls, Value *out)
{
    if (im_is_exact(d, &im_classmethod_descriptor_type)) {
        Value bound = IM_SLOT(&im_classmethod_descriptor_type, descr_get)(t, d, IM_NO_VALUE, cls);
        if (im_no_value(bound)) return im_exc_clear(t), 0; /* some other class's: it raises that again */
        im_drop(t, d);
        out[0] = IM_UNSET;
        out[1] = bound;
        return 1;
    }
    bool static_ = im_is_exact(d, &im_staticmethod_type);
    if (!static_ && !im_is_exact(d, &im_classmethod_type)) return 0;
    Value callable = im_slot_get(t, NULL, &((ImWrapDescr *)im_ptr(d))->callable);
    if (im_no_value(callable) || (!static_ && !im_is_function(callable))) {
        im_xdrop(t, callable);
        return 0;
    }
    im_drop(t, d);
    out[0] = static_ ? IM_UNSET : callable;
    out[1] = static_ ? callable : im_new_ref(cls);
    return 1;
}

int im_slow_load_method(Thread *t, ImFrame *f, const uint32_t *at, Value o, Value *out)
{
    Value name = name_at(f, at);
    bool self_first;
    uint32_t gen = im_load_acquire(&im_code_caches_gen);
    Value m = im_getmethod(t, o, name, &self_first);
    if (im_no_value(m)) return -1;
    if (self_first) { out[0] = m; out[1] = im_new_ref(o); }
    else { out[0] = IM_UNSET; out[1] = m; }
    if (!may_renew(t, f, at)) return 0;
    if (!im_is_object(o)) { /* an int or float in its word: by the shape that boxed ones of its class have */
        ImShape *shape = im_immediate_shapes[o.bits & 15];
        ImAttrEntry *e = shape && self_first ? im_type_entry(t, shape->type, name) : NULL;
        if (e && e->kind == IM_ATTR_METHOD) renew(f, at, gen, OP_LOADMETHOD_ENTRY, (uint32_t)(uintptr_t)shape + IM_IC_ENTRY, im_region_offset(e));
        else give_up(f, at, OP_LOADMETHOD);
        return 0;
    }
    ImAttrLine room, *l;
    if (!self_first && specialise_holder(t, f, at, gen, o, OP_LOADMETHOD_MODULE, OP_LOADMETHOD_TYPE)) return 0;
    const Places places = places_of(t, im_type_of(o));
    if (places != NO_PLACE && (l = im_attr_line(t, im_ptr(o), name, &room)) != NULL && l->shape == im_object_shape_id(im_ptr(o))
        && (places == ALL_PLACES || (l->place == IM_AT_CLASS && l->entry->kind == IM_ATTR_METHOD))) {
        if (l->place == IM_AT_CLASS && l->entry->kind == IM_ATTR_METHOD) {
            renew(f, at, gen, OP_LOADMETHOD_ENTRY, l->shape + IM_IC_ENTRY, im_region_offset(l->entry));
            return 0;
        }
        if (l->place == IM_AT_CLASS && l->entry->kind == IM_ATTR_DESCR) {
            renew(f, at, gen, OP_LOADMETHOD_DESCR, l->shape + IM_IC_DESCR, im_region_offset(l->entry));
            return 0;
        }
        if (l->place == IM_AT_DICT && l->entry->kind == IM_ATTR_METHOD) {
            renew(f, at, gen, OP_LOADMETHOD_DICT, l->shape + IM_IC_DICT, im_region_offset(l->entry));
            return 0;
        }
    }
    give_up(f, at, OP_LOADMETHOD);
    return 0;
}

int im_slow_load_special(Thread *t, Value o, int which, Value *out)
{
    Value name = which == 0 ? IM_S(__enter__) : which == 1 ? IM_S(__exit__) : which == 2 ? IM_S(__aenter__) : IM_S(__aexit__);
    ImType *ty = im_type_of(o);
    ImAttrEntry *e;
    Value m = IM_NO_VALUE;
    do {
        e = im_type_entry(t, ty, name);
        if (!e) { (void)im_raise_memory(t); return -1; }
        if (e->kind == IM_ATTR_ABSENT) break;
        m = im_entry_get(t, e);
    } while (im_no_value(m));
    if (im_no_value(m)) {
        bool async = which >= 2;
        ImAttrEntry *other = im_type_entry(t, ty, async ? IM_S(__enter__) : IM_S(__aenter__));
        const char *proto = async ? "asynchronous context manager" : "context manager";
        if (which == 1 || which == 3) (void)im_raise_type(t, "'%T' object does not support the %s protocol (missed %U method)", o, proto, name);
        else if (other && other->kind != IM_ATTR_ABSENT && async) (void)im_raise_type(t, "'%T' object does not support the %s protocol", o, proto);
        else (void)im_raise_type(t, "'%T' object does not support the %s protocol", o, proto);
        return -1;
    }
    if (e->kind == IM_ATTR_METHOD) {
        out[0] = m;
        out[1] = im_new_ref(o);
        return 0;
    }
    if (e->kind == IM_ATTR_PLAIN) { out[0] = IM_UNSET; out[1] = m; return 0; }
    Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(m), descr_get);
    Value bound = get ? get(t, m, o, im_type_value(ty)) : im_new_ref(m); /* the descriptor's class may just have lost its __get__ */
    im_drop(t, m);
    if (im_no_value(bound)) return -1;
    out[0] = IM_UNSET;
    out[1] = bound;
    return 0;
}

/* super() in a class method or in __new__: its object is the class itself. */
static bool super_of_class(Value cls, Value self) { return im_is_type(self) && im_type_is_subtype(im_as_type(self), im_as_type(cls)); }

/* Whether the classes after cls in the MRO of self (if that is the class) or self's class are the MRO of cls's base: then super().name is what the base's own lookup finds. */
static bool super_is_base(Value cls, Value self)
{
    ImType *base = im_type_base(im_as_type(cls));
    if (!base) return false;
    Value all = im_type_mro(super_of_class(cls, self) ? im_as_type(self) : im_type_of(self)), rest = im_type_mro(base);
    if (im_no_value(all) || im_no_value(rest)) return false;
    const ssize_t n = im_tuple_len(rest), at = im_tuple_len(all) - n - 1;
    const Value *from = im_tuple_items(all);
    if (at < 0 || !im_same(from[at], cls)) return false;
    from += at + 1;
    for (ssize_t i = 0; i < n; i++)
        if (!im_same(from[i], im_tuple_items(rest)[i])) return false;
    return true;
}

/* The site's cache word: where the last attribute found in this way has its entry. */
static bool super_cached(Thread *t, uint64_t w, Value cls, Value self, Value *attr)
{
    ImAttrEntry *e = im_region_at((uint32_t)w);
    if (e->type != im_type_base(im_as_type(cls)) || !super_is_base(cls, self) || (e->kind != IM_ATTR_METHOD && !super_of_class(cls, self))) return false;
    *attr = im_slot_get(t, NULL, &e->x_value);
    return !im_no_value(*attr);
}
static void cache_super(Thread *t, uint64_t *word, Value cls, Value self, Value name)
{
    if ((im_load_relaxed(word) && ++t->cache_misses % 16) || !super_is_base(cls, self)) return;
    ImAttrEntry *e = im_type_entry(t, im_type_base(im_as_type(cls)), name);
    if (e && e->type && (e->kind == IM_ATTR_METHOD || (super_of_class(cls, self) && e->kind != IM_ATTR_DATA))) im_store_release(word, (uint64_t)im_region_offset(e));
}

/* Steals m, a function or the like of a class after self's: to be called with self first, or bound to it. */
static int super_found(Thread *t, Value m, Value self, bool method, Value *out)
{
    out[0] = m;
    if (method) {
        out[1] = im_new_ref(self);
        return 0;
    }
    Value (*get)(Thread *, Value, Value, Value) = IM_SLOT(im_type_of(m), descr_get);
    if (!get) return 0;
    out[0] = get(t, m, self, im_type_value(im_type_of(self)));
    im_drop(t, m);
    return im_no_value(out[0]) ? -1 : 0;
}
/* The same for super() whose object is the class: of class methods the function, of static ones what they hold. False, v kept: something else. */
static bool super_found_of_class(Thread *t, Value v, Value self, bool method, Value *out, int *rc)
{
    ImType *k = im_type_of(v);
    *rc = 0;
    if (k == &im_classmethod_type || k == &im_staticmethod_type) {
        Value fn = im_slot_get(t, NULL, &((ImWrapDescr *)im_ptr(v))->callable);
        const bool of_class = k == &im_classmethod_type;
        if (im_no_value(fn) || (of_class && !(im_type_flags(im_type_of(fn)) & IM_TF_METHOD_DESCR))) {
            im_xdrop(t, fn);
            return false;
        }
        im_drop(t, v);
        if (of_class) {
            *rc = super_found(t, fn, self, method, out);
            return true;
        }
        v = fn;
    } else if (k != &im_function_type && IM_SLOT(k, descr_get)) return false;
    out[0] = method ? IM_UNSET : v;
    if (method) out[1] = v;
    return true;
}

int im_slow_load_super(Thread *t, uint64_t *word, Value super, Value cls, Value self, Value name, int how, Value *out)
{
    bool method = how & 1;
    bool self_first = false;
    const uint64_t w = word ? im_load_acquire(word) : 0;
    if (IM_LIKELY(w != 0) && IM_LIKELY(im_same(super, im_type_value(&im_super_type)) && im_is_type(cls))) {
        Value v;
        int rc;
        if (IM_LIKELY(super_cached(t, w, cls, self, &v))) {
            if (!super_of_class(cls, self)) return super_found(t, v, self, method, out);
            if (super_found_of_class(t, v, self, method, out, &rc)) return rc;
            im_drop(t, v);
        }
    }
    if (im_same(super, im_type_value(&im_super_type)) && im_is_type(cls) && (im_is_instance_of(self, im_as_type(cls)) || super_of_class(cls, self)) && !im_str_equal_cstr(name, "__class__")) {
        Value m = im_super_lookup(t, im_as_type(cls), self, name, &self_first);
        if (im_no_value(m)) return -1;
        if (word && (self_first || im_is_type(self))) cache_super(t, word, cls, self, name);
        if (self_first) return super_found(t, m, self, method, out);
        out[0] = method ? IM_UNSET : m;
        if (method) out[1] = m;
        return 0;
    }
    Value s = how & 2 ? im_call0(t, super) : im_call2(t, super, cls, self);
    if (im_no_value(s)) return -1;
    Value v = im_getattr(t, s, name);
    im_drop(t, s);
    if (im_no_value(v)) return -1;
    if (method) { out[0] = IM_UNSET; out[1] = v; }
    else out[0] = v;
    return 0;
}
