/* _functools: partial, reduce, cmp_to_key, the wrapper that lru_cache() makes.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"
#include "types/dict_table.h"

#define FN_METHOD(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

static Value get_dict(Thread *t, Value self, void *closure) { (void)closure; return im_instance_dict(t, self); }
static int set_dict(Thread *t, Value self, Value v, void *closure)
{
    (void)closure;
    return im_no_value(v) ? (im_raise_type(t, "cannot delete __dict__"), -1) : im_instance_set_dict(t, self, v);
}
static const ImGetSetDef dict_getset[] = {{"__dict__", get_dict, set_dict, NULL, NULL}, IM_END};

/* --- partial ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct Partial {
    ImObject head;
    Value x_func, x_args, x_kw; /* callable, tuple, dict; replaced by __setstate__ only */
    Value dict;
} Partial;
static ImType partial_type;
IM_INLINE Partial *partp(Value v) { return (Partial *)im_ptr(v); }
static bool is_partial(Value v) { return im_is_instance_of(v, &partial_type); }
IM_INLINE Value field(Thread *t, Value *slot) { return im_slot_get(t, NULL, slot); }

static Value partial_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);

static Value partial_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs < 1) return im_raise_type(t, "type 'partial' takes at least one argument");
    Value func = args[0], first = IM_NO_VALUE, r = IM_NO_VALUE, kw = IM_NO_VALUE;
    bool nested = is_partial(func) && IM_SLOT(im_type_of(func), call) == partial_call && im_no_value(partp(func)->dict);
    if (!nested && !im_callable(func)) return im_raise_type(t, "the first argument must be callable");
    size_t n = nargs - 1, n_first = 0;
    if (nested) {
        first = field(t, &partp(func)->x_args);
        kw = field(t, &partp(func)->x_kw);
        n_first = (size_t)im_tuple_len(first);
        Value copy = im_dict_copy(t, kw);
        im_drop(t, kw);
        kw = copy;
        func = field(t, &partp(func)->x_func);
    } else {
        im_take(func);
        kw = im_dict_new(t);
    }
    Value all = im_tuple_new(t, n_first + n);
    if (im_no_value(all) || im_no_value(kw)) goto out;
    for (size_t i = 0; i < n_first; i++) im_tuple_items(all)[i] = im_new_ref(im_tuple_get(first, (ssize_t)i));
    for (size_t i = 0; i < n; i++) im_tuple_items(all)[n_first + i] = im_new_ref(args[i + 1]);
    for (ssize_t i = 0; !im_no_value(kwnames) && i < im_tuple_len(kwnames); i++) {
        if (im_dict_set(t, kw, im_tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) goto out;
    }
    Partial *p = (Partial *)im_instance_alloc(t, type, 0);
    if (p) {
        p->x_func = im_new_ref(func);
        p->x_args = im_new_ref(all);
        p->x_kw = im_new_ref(kw);
        r = im_value(p);
    }
out:
    im_xdrop(t, first);
    im_drop(t, func);
    im_xdrop(t, all);
    im_xdrop(t, kw);
    return r;
}

/* func(*bound, *args, **{**kw, **given}) */
static Value call_bound(Thread *t, Value func, Value bound, Value kw, const Value *args, size_t nargs, Value kwnames)
{
    size_t nb = (size_t)im_tuple_len(bound), nk = (size_t)im_dict_len(kw), ng = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    if (nk == 0 && nb == 0) return im_call(t, func, args, nargs, kwnames);
    Value small[12], names = kwnames, r = IM_NO_VALUE, list = IM_NO_VALUE;
    size_t cap = nb + nargs + nk + ng;
    ImValueVec vec;
    im_vec_init(t, &vec);
    Value *v = small;
    if (cap > IM_COUNTOF(small)) {
        if (im_vec_reserve(t, &vec, cap) < 0) goto out;
        v = vec.items;
    }
    /* Everything in v is borrowed from what the caller holds, except values of kw, which are owned by `keep`. */
    Value keep = IM_NO_VALUE;
    size_t n = 0;
    for (size_t i = 0; i < nb; i++) v[n++] = im_tuple_get(bound, (ssize_t)i);
    for (size_t i = 0; i < nargs; i++) v[n++] = args[i];
    if (nk) {
        size_t pos = 0;
        Value key, value;
        keep = im_list_new(t, nk);
        list = im_list_new(t, nk + ng);
        if (im_no_value(keep) || im_no_value(list)) goto out_keep;
        size_t room = nk, start = n;
        while (room && im_dict_next(t, kw, &pos, &key, &value)) {
            for (size_t i = 0; i < ng; i++) { /* given ones override, in the place of the old */
                if (!im_same(im_tuple_get(kwnames, (ssize_t)i), key) && !(im_is_str(key) && im_str_equal(im_tuple_get(kwnames, (ssize_t)i), key))) continue;
                im_drop(t, value);
                value = im_new_ref(args[nargs + i]);
            }
            int e = im_list_append_steal(t, list, key);
            v[n++] = value;
            if (im_list_append_steal(t, keep, value) < 0 || e < 0) goto out_keep;
            room--;
        }
        size_t had = n - start;
        for (size_t i = 0; i < ng; i++) {
            Value name = im_tuple_get(kwnames, (ssize_t)i);
            bool seen = false;
            for (size_t k = 0; k < had && !seen; k++) {
                Value x = im_list_get(t, list, (ssize_t)k);
                seen = im_same(x, name) || (im_is_str(x) && im_str_equal(x, name));
                im_drop(t, x);
            }
            if (seen) continue;
            if (im_list_append(t, list, name) < 0) goto out_keep;
            v[n++] = args[nargs + i];
        }
        names = im_list_to_tuple(t, list);
        if (im_no_value(names)) goto out_keep;
        r = im_call(t, func, v, nb + nargs, names);
        im_drop(t, names);
    } else {
        for (size_t i = 0; i < ng; i++) v[n++] = args[nargs + i];
        r = im_call(t, func, v, nb + nargs, kwnames);
    }
out_keep:
    im_xdrop(t, keep);
    im_xdrop(t, list);
out:
    vec.len = 0; /* borrowed */
    im_vec_fini(t, &vec);
    return r;
}

static Value partial_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    Partial *p = partp(self);
    Value func = field(t, &p->x_func), bound = field(t, &p->x_args), kw = field(t, &p->x_kw);
    Value r = call_bound(t, func, bound, kw, args, nargs, kwnames);
    im_drop(t, func);
    im_drop(t, bound);
    im_drop(t, kw);
    return r;
}

static Value partial_get(Thread *t, Value self, Value obj, Value type)
{
    (void)type;
    if (im_no_value(obj) || im_is_none(obj)) return im_new_ref(self);
    if (im_warn(t, &im_FutureWarning_type, 1, "functools.partial will be a method descriptor in future Python versions; wrap it in staticmethod() if you want to preserve the "
                                              "old behavior") < 0) return IM_NO_VALUE;
    return im_new_ref(self);
}

static Value partial_repr(Thread *t, Value self)
{
    int e = im_repr_enter(t, self);
    if (e) return e > 0 ? im_str_from_cstr(t, "...") : IM_NO_VALUE;
    Partial *p = partp(self);
    Value type = im_type_value(im_type_of(self)), mod = im_getattr(t, type, IM_S(__module__)), r = IM_NO_VALUE;
    Value func = field(t, &p->x_func), bound = field(t, &p->x_args), kw = field(t, &p->x_kw);
    ImStrBuilder b;
    im_sb_init(&b);
    Value qualname = im_slot_get(t, NULL, &im_type_of(self)->x_qualname), name = im_no_value(mod) ? mod : im_str_format(t, "%S.%U(", mod, qualname), k, v;
    im_drop(t, qualname);
    e = im_no_value(name) ? -1 : im_sb_str(t, &b, name);
    if (e == 0) e = im_sb_repr(t, &b, func);
    for (ssize_t i = 0; i < im_tuple_len(bound) && e == 0; i++) {
        e = im_sb_ascii(t, &b, ", ", 2);
        if (e == 0) e = im_sb_repr(t, &b, im_tuple_get(bound, i));
    }
    size_t pos = 0;
    while (e == 0 && im_dict_next(t, kw, &pos, &k, &v)) {
        Value item = im_str_format(t, ", %S=%R", k, v);
        e = im_no_value(item) ? -1 : im_sb_str(t, &b, item);
        im_xdrop(t, item);
        im_drop(t, k);
        im_drop(t, v);
    }
    if (e == 0) e = im_sb_char(t, &b, ')');
    if (e == 0) r = im_sb_finish(t, &b);
    else im_sb_free(&b);
    im_xdrop(t, mod);
    im_xdrop(t, name);
    im_drop(t, func);
    im_drop(t, bound);
    im_drop(t, kw);
    im_repr_leave(t, self);
    return r;
}

FN_METHOD(partial_reduce)
{
    Partial *p = partp(self);
    Value func = field(t, &p->x_func), bound = field(t, &p->x_args), kw = field(t, &p->x_kw), dict = field(t, &p->dict);
    Value a = im_tuple_pack(t, 1, func), s = im_tuple_pack(t, 4, func, bound, kw, im_no_value(dict) ? IM_NONE : dict), r = IM_NO_VALUE;
    if (!im_no_value(a) && !im_no_value(s)) r = im_tuple_pack(t, 3, im_type_value(im_type_of(self)), a, s);
    im_xdrop(t, a);
    im_xdrop(t, s);
    im_drop(t, func);
    im_drop(t, bound);
    im_drop(t, kw);
    im_xdrop(t, dict);
    return r;
}

FN_METHOD(partial_setstate)
{
    Partial *p = partp(self);
    Value s = args[0];
    if (!im_is_tuple(s) || im_tuple_len(s) != 4 || !im_callable(im_tuple_get(s, 0)) || !im_is_tuple(im_tuple_get(s, 1)) ||
        (!im_is_none(im_tuple_get(s, 2)) && !im_is_dict(im_tuple_get(s, 2)))) return im_raise_type(t, "invalid partial state");
    Value bound = im_is_tuple_exact(im_tuple_get(s, 1)) ? im_new_ref(im_tuple_get(s, 1)) : im_to_tuple(t, im_tuple_get(s, 1)), kw = im_tuple_get(s, 2), dict = im_tuple_get(s, 3);
    if (im_no_value(bound)) return bound;
    kw = im_is_none(kw) ? im_dict_new(t) : im_is_dict_exact(kw) ? im_new_ref(kw) : im_dict_copy(t, kw);
    if (im_no_value(kw)) {
        im_drop(t, bound);
        return kw;
    }
    im_slot_put(t, &p->head, &p->x_func, im_new_ref(im_tuple_get(s, 0)));
    im_slot_put(t, &p->head, &p->x_args, bound);
    im_slot_put(t, &p->head, &p->x_kw, kw);
    im_slot_put(t, &p->head, &p->dict, im_is_none(dict) ? IM_NO_VALUE : im_new_ref(dict));
    return IM_NONE;
}

static int partial_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Partial *p = (Partial *)o;
    Value all[4] = {p->x_func, p->x_args, p->x_kw, p->dict};
    for (int i = 0; i < 4; i++) {
        int r = im_is_object(all[i]) ? visit(all[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void partial_clear(Thread *t, ImObject *o)
{
    Partial *p = (Partial *)o;
    im_slot_put(t, o, &p->x_func, IM_NONE);
    im_slot_put(t, o, &p->x_args, im_tuple_empty());
    im_slot_put(t, o, &p->dict, IM_NO_VALUE);
}
static void partial_destroy(Thread *t, ImObject *o)
{
    Partial *p = (Partial *)o;
    im_destroy_child(t, p->x_func);
    im_destroy_child(t, p->x_args);
    im_destroy_child(t, p->x_kw);
    im_destroy_child(t, p->dict);
}

static const ImMethodDef partial_methods[] = {
    IM_FIXED("__reduce__", partial_reduce, 0, "($self, /)", NULL), IM_FIXED("__setstate__", partial_setstate, 1, "($self, object, /)", NULL), IM_CLASS_GETITEM, IM_END,
};
static const ImMemberDef partial_members[] = {
    {"func", IM_T_VALUE, offsetof(Partial, x_func), true, "function object to use in future partial calls"},
    {"args", IM_T_VALUE, offsetof(Partial, x_args), true, "tuple of arguments to future partial calls"},
    {"keywords", IM_T_VALUE, offsetof(Partial, x_kw), true, "dictionary of keyword arguments to future partial calls"},
    IM_END,
};
static const ImSlots partial_slots = {.repr = partial_repr, .call = partial_call, .descr_get = partial_get, .new_ = partial_new};
static const ImTypeSpec partial_spec = {
    .name = "functools.partial", .doc = "Create a new function with partial application of the given arguments and keywords.", .size = sizeof(Partial),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF | IM_TF_MANAGED_DICT_SLOT, .slots = &partial_slots, .methods = partial_methods, .getset = dict_getset, .members = partial_members,
    .traverse = partial_traverse, .clear = partial_clear, .destroy = partial_destroy, .dict_offset = offsetof(Partial, dict),
    .text_signature = "(func, /, *args, **keywords)",
};

/* --- cmp_to_key -------------------------------------------------------------------------------------------------------------------------- */

typedef struct Key { ImObject head; Value cmp, x_obj; } Key;
static ImType key_type;

static Value key_make(Thread *t, Value cmp, Value obj)
{
    Key *k = (Key *)im_instance_alloc(t, &key_type, 0);
    if (!k) return IM_NO_VALUE;
    k->cmp = im_new_ref(cmp);
    im_xtake(obj);
    k->x_obj = obj;
    return im_value(k);
}
static Value key_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "K", "(obj)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    im_args_fini(t, &a);
    return key_make(t, ((Key *)im_ptr(self))->cmp, a.v[0]);
}
static Value key_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_exact(a, &key_type) || !im_is_exact(b, &key_type)) return im_raise_type(t, "other argument must be K instance");
    Value x = im_slot_get(t, NULL, &((Key *)im_ptr(a))->x_obj), y = im_slot_get(t, NULL, &((Key *)im_ptr(b))->x_obj), r = IM_NO_VALUE;
    if (im_no_value(x) || im_no_value(y)) (void)im_raise_attr(t, "object");
    else {
        Value c = im_call2(t, ((Key *)im_ptr(a))->cmp, x, y);
        if (!im_no_value(c)) {
            r = im_compare(t, c, im_int(0), op);
            im_drop(t, c);
        }
    }
    im_xdrop(t, x);
    im_xdrop(t, y);
    return r;
}
static int key_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Key *k = (Key *)o;
    int r = im_is_object(k->cmp) ? visit(k->cmp, arg) : 0;
    return r || !im_is_object(k->x_obj) ? r : visit(k->x_obj, arg);
}
static void key_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((Key *)o)->cmp);
    im_destroy_child(t, ((Key *)o)->x_obj);
}
static const ImMemberDef key_members[] = {{"obj", IM_T_VALUE_NONE, offsetof(Key, x_obj), false, "Value wrapped by a key function."}, IM_END};
static Value key_signature(Thread *t, Value self, void *closure)
{
    (void)self, (void)closure;
    return im_str_from_cstr(t, "(obj)");
}
static const ImGetSetDef key_getset[] = {{"__text_signature__", key_signature, NULL, NULL, NULL}, IM_END};
static const ImSlots key_slots = {.call = key_call, .richcompare = key_richcompare};
static const ImTypeSpec key_spec = {
    .name = "functools.KeyWrapper", .size = sizeof(Key), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &key_slots, .getset = key_getset, .members = key_members, .traverse = key_traverse,
    .destroy = key_destroy,
};
FN_METHOD(f_cmp_to_key) { (void)self; return key_make(t, args[0], IM_NO_VALUE); }

/* --- reduce ---------------------------------------------------------------------------------------------------------------------------------- */

FN_METHOD(f_reduce)
{
    (void)self;
    Value func = args[0], acc = nargs > 2 ? im_new_ref(args[2]) : IM_NO_VALUE, it = im_iter(t, args[1]);
    if (im_no_value(it)) {
        im_xdrop(t, acc);
        if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "reduce() arg 2 must support iteration");
        return it;
    }
    for (size_t i = 0;; i++) {
        Value v = im_next(t, it);
        if (im_is_stop(v)) break;
        if (im_no_value(v)) {
            im_drop(t, it);
            im_xdrop(t, acc);
            return v;
        }
        if (im_no_value(acc)) acc = v;
        else {
            Value next = im_call2(t, func, acc, v);
            im_drop(t, acc);
            im_drop(t, v);
            acc = next;
            if (im_no_value(acc) || IM_POLL_EVERY(t, i) < 0) {
                im_drop(t, it);
                im_xdrop(t, acc);
                return IM_NO_VALUE;
            }
        }
    }
    im_drop(t, it);
    return im_no_value(acc) ? im_raise_type(t, "reduce() of empty iterable with no initial value") : acc;
}

/* --- lru_cache: the cache's dict is in order of use, oldest first -------------------------------------------------------------------------------- */

typedef struct Lru {
    ImObject head;
    Value func, cache, info_type;
    Value dict;
    ssize_t maxsize; /* -1: no limit */
    bool typed;
    int64_t x_hits, x_misses;
} Lru;
static ImType lru_type;
IM_INLINE Lru *lrup(Value v) { return (Lru *)im_ptr(v); }

static Value lru_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "lru_cache", "(user_function, maxsize, typed, cache_info_type)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    im_args_fini(t, &a);
    if (!im_callable(a.v[0])) return im_raise_type(t, "the first argument must be callable");
    ssize_t maxsize = -1;
    if (!im_is_none(a.v[1])) {
        if (!im_is_index(a.v[1])) return im_raise_type(t, "maxsize should be integer or None");
        if (im_ssize_arg(t, a.v[1], &maxsize) < 0) return IM_NO_VALUE;
        if (maxsize < 0) maxsize = 0;
    }
    int typed = im_truth(t, a.v[2]);
    Value cache = typed < 0 ? IM_NO_VALUE : im_dict_new(t);
    Lru *l = im_no_value(cache) ? NULL : (Lru *)im_instance_alloc(t, type, 0);
    if (!l) {
        im_xdrop(t, cache);
        return IM_NO_VALUE;
    }
    l->func = im_new_ref(a.v[0]);
    l->cache = cache;
    l->info_type = im_new_ref(a.v[3]);
    l->maxsize = maxsize;
    l->typed = typed != 0;
    return im_value(l);
}

/* One str or int stands for itself; else a tuple: args, [mark, name, value …], [types …]. */
static Value lru_key(Thread *t, Lru *l, const Value *args, size_t nargs, Value kwnames)
{
    size_t nk = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    if (!l->typed && nk == 0 && nargs == 1 && (im_is_str_exact(args[0]) || im_is_int_exact(args[0]))) return im_new_ref(args[0]);
    size_t n = nargs + (nk ? 1 + 2 * nk : 0), k = 0;
    Value key = im_tuple_new(t, n + (l->typed ? nargs + nk : 0));
    if (im_no_value(key) || im_tuple_len(key) == 0) return key;
    Value *v = im_tuple_items(key);
    for (; k < nargs; k++) v[k] = im_new_ref(args[k]);
    if (nk) {
        v[k++] = im_new_ref(im_type_value(&lru_type)); /* a mark that no argument is */
        for (size_t i = 0; i < nk; i++) {
            v[k++] = im_new_ref(im_tuple_get(kwnames, (ssize_t)i));
            v[k++] = im_new_ref(args[nargs + i]);
        }
    }
    for (size_t i = 0; l->typed && i < nargs + nk; i++) v[k++] = im_new_ref(im_type_value(im_type_of(args[i])));
    return key;
}

static void counted(Lru *l, int64_t *x_counter)
{
    if (im_is_private_obj(&l->head)) ++*x_counter;
    else (void)im_faa_relaxed(x_counter, (int64_t)1);
}

static Value lru_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    Lru *l = lrup(self);
    if (l->maxsize == 0) {
        counted(l, &l->x_misses);
        return im_call(t, l->func, args, nargs, kwnames);
    }
    Value key = lru_key(t, l, args, nargs, kwnames), r, there;
    int64_t hash = im_no_value(key) ? -1 : im_key_hash(t, key);
    int found = hash == -1 ? -1 : l->maxsize > 0 ? im_dict_get_recent(t, l->cache, key, hash, &r) : im_dict_get_hash(t, l->cache, key, hash, &r);
    if (found < 0) {
        im_xdrop(t, key);
        return IM_NO_VALUE;
    }
    if (found) {
        counted(l, &l->x_hits);
        im_drop(t, key);
        return r;
    }
    counted(l, &l->x_misses);
    r = im_call(t, l->func, args, nargs, kwnames);
    if (im_no_value(r)) goto out;
    if (l->maxsize > 0) {
        /* The call may have stored this key itself: then nothing is added. */
        found = im_dict_get_hash(t, l->cache, key, hash, &there);
        im_xdrop(t, there);
        if (found) {
            if (found < 0) IM_CLEAR(t, r);
            goto out;
        }
        while (im_dict_len(l->cache) >= l->maxsize) {
            size_t pos = 0;
            Value oldest, gone;
            int64_t h;
            if (!im_dict_walk(t, im_dictp(l->cache), &pos, &oldest, NULL, &h)) break;
            int e = im_dict_pop_hash(t, l->cache, oldest, h, &gone);
            im_drop(t, oldest);
            im_xdrop(t, gone);
            if (e < 0) {
                IM_CLEAR(t, r);
                goto out;
            }
        }
    }
    if (im_dict_set_hash(t, l->cache, key, hash, r) < 0) IM_CLEAR(t, r);
out:
    im_drop(t, key);
    return r;
}

static Value lru_get(Thread *t, Value self, Value obj, Value type)
{
    (void)type;
    return im_no_value(obj) || im_is_none(obj) ? im_new_ref(self) : im_method_new(t, self, obj);
}
FN_METHOD(lru_info)
{
    Lru *l = lrup(self);
    Value a[4] = {im_int(im_load_relaxed(&l->x_hits)), im_int(im_load_relaxed(&l->x_misses)), l->maxsize < 0 ? IM_NONE : im_int(l->maxsize), im_int(im_dict_len(l->cache))};
    return im_call(t, l->info_type, a, 4, IM_NO_VALUE);
}
FN_METHOD(lru_clear)
{
    Lru *l = lrup(self);
    im_store_relaxed(&l->x_hits, (int64_t)0);
    im_store_relaxed(&l->x_misses, (int64_t)0);
    im_dict_clear(t, l->cache);
    return IM_NONE;
}
FN_METHOD(lru_reduce) { return im_getattr(t, self, IM_S(__qualname__)); }
FN_METHOD(lru_self) { (void)t; return im_new_ref(self); }

static int lru_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Lru *l = (Lru *)o;
    Value all[4] = {l->func, l->cache, l->info_type, l->dict};
    for (int i = 0; i < 4; i++) {
        int r = im_is_object(all[i]) ? visit(all[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void lru_clear_slot(Thread *t, ImObject *o)
{
    im_dict_clear(t, ((Lru *)o)->cache);
    im_slot_put(t, o, &((Lru *)o)->dict, IM_NO_VALUE);
}
static void lru_destroy(Thread *t, ImObject *o)
{
    Lru *l = (Lru *)o;
    im_destroy_child(t, l->cache);
    im_destroy_child(t, l->func);
    im_destroy_child(t, l->info_type);
    im_destroy_child(t, l->dict);
}
static const ImMethodDef lru_methods[] = {
    IM_FIXED("cache_info", lru_info, 0, "($self, /)", "Report cache statistics"),
    IM_FIXED("cache_clear", lru_clear, 0, "($self, /)", "Clear the cache and cache statistics"),
    IM_FIXED("__reduce__", lru_reduce, 0, "($self, /)", NULL),
    IM_RANGE("__copy__", lru_self, 0, 255, NULL, NULL),
    IM_RANGE("__deepcopy__", lru_self, 0, 255, NULL, NULL),
    IM_END,
};
static const ImSlots lru_slots = {.call = lru_call, .descr_get = lru_get, .new_ = lru_new};
static const ImTypeSpec lru_spec = {
    .name = "functools._lru_cache_wrapper",
    .doc = "Create a cached callable that wraps another function.\n\nuser_function:      the function being cached\n\nmaxsize:  0         for no caching\n          None      for "
           "unlimited cache size\n          n         for a bounded cache\n\ntyped:    False     cache f(3) and f(3.0) as identical calls\n          True      cache f(3) and "
           "f(3.0) as distinct calls\n\ncache_info_type:    namedtuple class with the fields:\n                        hits misses currsize maxsize",
    .size = sizeof(Lru), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF | IM_TF_MANAGED_DICT_SLOT | IM_TF_METHOD_DESCR, .slots = &lru_slots, .methods = lru_methods, .getset = dict_getset,
    .traverse = lru_traverse, .clear = lru_clear_slot, .destroy = lru_destroy, .dict_offset = offsetof(Lru, dict),
};

static int functools_exec(Thread *t, Value m)
{
    if (im_type_ready(t, &key_type, &key_spec) < 0) return -1;
    return im_module_ready_type(t, m, &partial_type, &partial_spec) < 0 ? -1 : im_module_ready_type(t, m, &lru_type, &lru_spec);
}
static const ImMethodDef functions[] = {
    IM_RANGE("reduce", f_reduce, 2, 3, "($module, function, iterable, initial=<unrepresentable>, /)",
             "Apply a function of two arguments cumulatively to the items of an iterable, from left to right.\n\nThis effectively reduces the iterable to a single value.  If initial "
             "is present,\nit is placed before the items of the iterable in the calculation, and serves as\na default when the iterable is empty.\n\nFor example, reduce(lambda x, y: "
             "x+y, [1, 2, 3, 4, 5])\ncalculates ((((1 + 2) + 3) + 4) + 5)."),
    IM_PARSED("cmp_to_key", f_cmp_to_key, "($module, /, mycmp)", "Convert a cmp= function into a key= function.\n\n  mycmp\n    Function that compares two objects."),
    IM_END,
};
static const ImModuleDef functools_module = {
    .name = "_functools", .doc = "Tools that operate on functions.", .methods = functions, .exec = functools_exec,
};
IM_MODULE(functools_module);
