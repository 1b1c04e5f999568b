/* _copy: the work of copy.deepcopy().
 * SPDX-License-Identifier: MIT
 *
 * lib/copy.py has the tables and says what each step means; here the steps that it would take in Python are taken one by one, so that methods of classes, the
 * memo (any mapping) and changed tables are asked as often and in the same order. */
#include "modules/module.h"

/* The tuple that copy.py passes. */
typedef enum { DISPATCH, REDUCERS, ERROR, RECONSTRUCT, ATOMIC, LIST, TUPLE, DICT, NTABLES } Table;

typedef struct Deep {
    Thread *t;
    Value tables, memo; /* borrowed */
    bool plain;         /* the memo is an exact dict */
} Deep;

static Value deep(const Deep *d, Value x);
IM_INLINE Value table(const Deep *d, Table i) { return im_tuple_get(d->tables, i); }

/* ---- the memo ------------------------------------------------------------------------------------------------------------- */

static Value id_of(Thread *t, Value v) { return im_int_from_u64(t, v.bits); }

/* memo.get(id(x)), or memo[id(x)] and no KeyError: 1 found, 0, -1. */
static int memo_get(const Deep *d, Value x, bool subscript, Value *out)
{
    Thread *t = d->t;
    *out = IM_NO_VALUE;
    if (d->plain && im_dict_len(d->memo) == 0) return 0;
    Value id = id_of(t, x);
    if (im_no_value(id)) return -1;
    int rc;
    if (d->plain) {
        rc = im_dict_get(t, d->memo, id, out);
    } else if (subscript) {
        *out = im_getitem(t, d->memo, id);
        rc = !im_no_value(*out) ? 1 : im_exc_clear_if(t, &im_KeyError_type) ? 0 : -1;
    } else {
        *out = im_call_method2(t, d->memo, IM_S(get), id, d->tables); /* the tables: a value that stands for none */
        rc = im_no_value(*out) ? -1 : !im_same(*out, d->tables);
        if (rc == 0) IM_CLEAR(t, *out);
    }
    im_drop(t, id);
    return rc;
}

static int memo_set(const Deep *d, Value x, Value y)
{
    Value id = id_of(d->t, x);
    if (im_no_value(id)) return -1;
    int rc = d->plain ? im_dict_set(d->t, d->memo, id, y) : im_setitem(d->t, d->memo, id, y);
    im_drop(d->t, id);
    return rc;
}

/* memo[id(memo)] is the list of what must live as long as the memo. */
static int keep_alive(const Deep *d, Value x)
{
    Thread *t = d->t;
    Value id = id_of(t, d->memo), list = IM_NO_VALUE;
    if (im_no_value(id)) return -1;
    int rc = 1;
    if (d->plain) rc = im_dict_get(t, d->memo, id, &list);
    else if (im_no_value(list = im_getitem(t, d->memo, id))) rc = im_exc_clear_if(t, &im_KeyError_type) ? 0 : -1;
    if (rc > 0) {
        if (im_is_list_exact(list)) {
            rc = im_list_append(t, list, x);
        } else {
            Value r = im_call_method1(t, list, IM_S(append), x);
            rc = im_no_value(r) ? -1 : 0;
            im_xdrop(t, r);
        }
    } else if (rc == 0) {
        list = im_list_new(t, 1);
        rc = im_no_value(list) || im_list_append(t, list, x) < 0 ? -1 : d->plain ? im_dict_set(t, d->memo, id, list) : im_setitem(t, d->memo, id, list);
    }
    im_xdrop(t, list);
    im_drop(t, id);
    return rc;
}

/* ---- containers ------------------------------------------------------------------------------------------------------------ */

static Value deep_list(const Deep *d, Value x)
{
    Thread *t = d->t;
    Value y = im_list_new(t, 0), a;
    if (im_no_value(y) || memo_set(d, x, y) < 0) goto fail;
    for (ssize_t i = 0; !im_no_value(a = im_list_get(t, x, i)); i++) {
        Value b = deep(d, a);
        im_drop(t, a);
        if (im_no_value(b) || im_list_append_steal(t, y, b) < 0 || IM_POLL_EVERY(t, i) < 0) goto fail;
    }
    return y;
fail:
    im_xdrop(t, y);
    return IM_NO_VALUE;
}

static Value deep_tuple(const Deep *d, Value x)
{
    Thread *t = d->t;
    ImValueVec v;
    Value y = IM_NO_VALUE;
    size_t n = (size_t)im_tuple_len(x);
    bool same = true;
    im_vec_init(t, &v);
    for (size_t i = 0; i < n; i++) {
        Value a = im_tuple_get(x, (ssize_t)i), b = deep(d, a);
        if (im_no_value(b) || im_vec_push(t, &v, b) < 0 || IM_POLL_EVERY(t, i) < 0) goto done;
        same &= im_same(a, b);
    }
    if (memo_get(d, x, true, &y) == 0) y = same ? im_new_ref(x) : im_tuple_from_array(t, v.items, n); /* found: it was within itself */
done:
    im_vec_fini(t, &v);
    return y;
}

static Value deep_dict(const Deep *d, Value x)
{
    Thread *t = d->t;
    Value y = im_dict_new(t), key = IM_NO_VALUE, value = IM_NO_VALUE, k = IM_NO_VALUE;
    if (im_no_value(y) || memo_set(d, x, y) < 0) goto fail;
    ssize_t len = im_dict_len(x);
    for (size_t pos = 0;;) {
        if (im_dict_len(x) != len) { (void)im_raise_runtime(t, "dictionary changed size during iteration"); goto fail; }
        if (!im_dict_next(t, x, &pos, &key, &value)) break;
        Value v = deep(d, value);
        im_drop(t, value);
        k = im_no_value(v) ? v : deep(d, key);
        im_drop(t, key);
        if (im_no_value(k)) { im_xdrop(t, v); goto fail; }
        int rc = im_dict_set_steal(t, y, k, v);
        im_drop(t, k);
        if (rc < 0 || IM_POLL_EVERY(t, pos) < 0) goto fail;
    }
    if (!im_pending(t)) return y;
fail:
    im_xdrop(t, y);
    return IM_NO_VALUE;
}

/* ---- what __reduce_ex__ gives ------------------------------------------------------------------------------------------------ */

/* y.__dict__.update(state), without making a dict for an object that keeps its attributes itself. */
static int update_dict(Thread *t, Value y, Value state)
{
    ImType *ty = im_type_of(y);
    bool direct = false;
    if (im_is_dict_exact(state) && im_type_has(ty, IM_TF_HAS_DICT) && im_type_has(ty, IM_TF_GENERIC_GETATTR)) {
        Value descr = im_type_lookup(t, ty, IM_S(__dict__)), k, v;
        direct = !im_no_value(descr) && im_is_exact(descr, &im_getset_descriptor_type);
        im_xdrop(t, descr);
        for (size_t pos = 0; direct && im_dict_next(t, state, &pos, &k, &v);) {
            direct = im_is_str_exact(k);
            if (direct) {
                k = im_str_intern(t, k);
                direct = im_instance_store(t, y, k, v) > 0;
            }
            im_drop(t, k);
            im_drop(t, v);
        }
        if (im_pending(t)) return -1;
    }
    if (direct) return 0;
    Value dict = im_getattr(t, y, IM_S(__dict__)), r = im_no_value(dict) ? dict : im_call_method1(t, dict, IM_S(update), state);
    im_xdrop(t, dict);
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}

static int pair_of(Thread *t, Value item, Value *a, Value *b)
{
    Value pair = im_to_tuple(t, item);
    if (im_no_value(pair)) return -1;
    ssize_t n = im_tuple_len(pair);
    if (n == 2) {
        *a = im_new_ref(im_tuple_get(pair, 0));
        *b = im_new_ref(im_tuple_get(pair, 1));
    } else if (n < 2) (void)im_raise_valueerror(t, "not enough values to unpack (expected 2, got %zd)", n);
    else (void)im_raise_valueerror(t, "too many values to unpack (expected 2)");
    im_drop(t, pair);
    return n == 2 ? 0 : -1;
}

static int set_slots(Thread *t, Value y, Value slots)
{
    Value items = im_call_method0(t, slots, IM_S(items)), it = im_no_value(items) ? items : im_iter(t, items), item, k, v;
    int rc = im_no_value(it) ? -1 : 0;
    while (rc == 0 && !im_no_value(item = im_next(t, it)) && !im_same(item, IM_STOP)) {
        rc = pair_of(t, item, &k, &v);
        im_drop(t, item);
        if (rc < 0) break;
        rc = im_setattr(t, y, k, v);
        im_drop(t, k);
        im_drop(t, v);
    }
    im_xdrop(t, items);
    im_xdrop(t, it);
    return im_pending(t) ? -1 : rc;
}

static int set_state(const Deep *d, Value y, Value given)
{
    Thread *t = d->t;
    Value state = deep(d, given), fn;
    if (im_no_value(state)) return -1;
    int rc = im_lookup_attr(t, y, IM_S(__setstate__), &fn);
    if (rc > 0) {
        Value r = im_call1(t, fn, state);
        im_drop(t, fn);
        rc = im_no_value(r) ? -1 : 0;
        im_xdrop(t, r);
    } else if (rc == 0) {
        bool pair = im_is_tuple(state) && im_tuple_len(state) == 2;
        Value own = pair ? im_tuple_get(state, 0) : state, slots = pair ? im_tuple_get(state, 1) : IM_NONE;
        if (!im_is_none(own)) rc = update_dict(t, y, own);
        if (rc == 0 && !im_is_none(slots)) rc = set_slots(t, y, slots);
    }
    im_drop(t, state);
    return rc;
}

/* Appends what a list subclass's iterator gives, or stores what a dict subclass's gives. */
static int add_items(const Deep *d, Value y, Value from, bool pairs)
{
    Thread *t = d->t;
    Value it = im_iter(t, from), item;
    int rc = im_no_value(it) ? -1 : 0;
    while (rc == 0 && !im_no_value(item = im_next(t, it)) && !im_same(item, IM_STOP)) {
        Value k = IM_NONE, v = IM_NO_VALUE;
        if (pairs) {
            Value key, value;
            rc = pair_of(t, item, &key, &value);
            if (rc == 0) {
                k = deep(d, key);
                if (!im_no_value(k)) v = deep(d, value);
                im_drop(t, key);
                im_drop(t, value);
                rc = im_no_value(v) ? -1 : im_setitem(t, y, k, v);
            }
        } else {
            v = deep(d, item);
            Value r = im_no_value(v) ? v : im_call_method1(t, y, IM_S(append), v);
            rc = im_no_value(r) ? -1 : 0;
            im_xdrop(t, r);
        }
        im_xdrop(t, k);
        im_xdrop(t, v);
        im_drop(t, item);
    }
    im_xdrop(t, it);
    return im_pending(t) ? -1 : rc;
}

static Value reconstruct(const Deep *d, Value x, Value rv)
{
    Thread *t = d->t;
    ssize_t n = im_is_tuple_exact(rv) ? im_tuple_len(rv) : 0;
    Value args = n >= 2 ? im_tuple_get(rv, 1) : IM_NO_VALUE;
    if (n < 2 || n > 5 || !im_is_tuple_exact(args)) { /* calls with such arguments have errors of their own */
        if (!IM_SLOT(im_type_of(rv), iter) && !im_is_sequence(rv)) return im_raise_type(t, "Value after * must be an iterable, not %.200T", rv);
        Value rest = im_to_tuple(t, rv), head = im_no_value(rest) ? rest : im_tuple_pack(t, 2, x, d->memo), all = im_no_value(head) ? head : im_binop(t, head, rest, IM_OP_ADD);
        Value y = im_no_value(all) ? all : im_call_ex(t, table(d, RECONSTRUCT), all, IM_NO_VALUE);
        im_xdrop(t, rest);
        im_xdrop(t, head);
        im_xdrop(t, all);
        return y;
    }
    Value y = IM_NO_VALUE, more[3] = {IM_NONE, IM_NONE, IM_NONE};
    for (ssize_t i = 2; i < n; i++) more[i - 2] = im_tuple_get(rv, i);
    ImValueVec v;
    im_vec_init(t, &v);
    size_t nargs = (size_t)im_tuple_len(args), i = 0;
    for (; i < nargs; i++) {
        Value a = deep(d, im_tuple_get(args, (ssize_t)i));
        if (im_no_value(a) || im_vec_push(t, &v, a) < 0) break;
    }
    if (i == nargs) y = im_call(t, im_tuple_get(rv, 0), v.items, nargs, IM_NO_VALUE);
    im_vec_fini(t, &v);
    if (im_no_value(y)) return y;
    if (memo_set(d, x, y) < 0 || (!im_is_none(more[0]) && set_state(d, y, more[0]) < 0) || (!im_is_none(more[1]) && add_items(d, y, more[1], false) < 0) ||
        (!im_is_none(more[2]) && add_items(d, y, more[2], true) < 0)) IM_CLEAR(t, y);
    return y;
}

static Value reduced(const Deep *d, Value x, Value cls)
{
    Thread *t = d->t;
    Value fn = IM_NO_VALUE, r;
    int rc = im_is_dict_exact(table(d, REDUCERS)) ? im_dict_get(t, table(d, REDUCERS), cls, &fn) : 0;
    if (rc > 0) {
        int yes = im_truth(t, fn);
        r = yes > 0 ? im_call1(t, fn, x) : IM_NO_VALUE;
        im_drop(t, fn);
        if (yes != 0) return r;
    }
    if (rc < 0 || (rc = im_lookup_attr(t, x, IM_S(__reduce_ex__), &fn)) < 0) return IM_NO_VALUE;
    if (rc > 0 && !im_is_none(fn)) {
        r = im_call1(t, fn, im_int(4));
        im_drop(t, fn);
        return r;
    }
    if (rc > 0) im_drop(t, fn);
    if ((rc = im_lookup_attr(t, x, IM_S(__reduce__), &fn)) < 0) return IM_NO_VALUE;
    if (rc > 0) {
        int yes = im_truth(t, fn);
        r = yes > 0 ? im_call0(t, fn) : IM_NO_VALUE;
        im_drop(t, fn);
        if (yes != 0) return r;
    }
    Value text = im_str_format(t, "un(deep)copyable object of type %S", cls), e = im_no_value(text) ? text : im_call1(t, table(d, ERROR), text);
    im_xdrop(t, text);
    return im_no_value(e) ? e : im_raise_instance(t, e);
}

/* By the object's own ways. */
static Value deep_object(const Deep *d, Value x)
{
    Thread *t = d->t;
    ImType *ty = im_type_of(x);
    if (im_type_is_subtype(ty, &im_type_type)) return im_new_ref(x);
    Value fn, y;
    int rc = im_lookup_attr(t, x, IM_S(__deepcopy__), &fn);
    if (rc < 0) return IM_NO_VALUE;
    if (rc > 0 && !im_is_none(fn)) {
        y = im_call1(t, fn, d->memo);
        im_drop(t, fn);
        return y;
    }
    if (rc > 0) im_drop(t, fn);
    Value rv = reduced(d, x, im_type_value(ty));
    if (im_no_value(rv)) return rv;
    y = im_is_str(rv) ? im_new_ref(x) : reconstruct(d, x, rv);
    im_drop(t, rv);
    return y;
}

static Value deep(const Deep *d, Value x)
{
    Thread *t = d->t;
    Value y, copier;
    int rc = memo_get(d, x, false, &y);
    if (rc != 0) return y;
    rc = im_dict_get(t, table(d, DISPATCH), im_type_value(im_type_of(x)), &copier);
    if (rc < 0) return IM_NO_VALUE;
    if (rc > 0 && im_same(copier, table(d, ATOMIC))) {
        im_drop(t, copier);
        return im_new_ref(x);
    }
    if (im_recurse_enter(t, "") < 0) {
        if (rc > 0) im_drop(t, copier);
        return IM_NO_VALUE;
    }
    if (rc == 0 || im_is_none(copier)) y = deep_object(d, x);
    else if (im_is_list_exact(x) && im_same(copier, table(d, LIST))) y = deep_list(d, x);
    else if (im_is_dict_exact(x) && im_same(copier, table(d, DICT))) y = deep_dict(d, x);
    else if (im_is_tuple_exact(x) && im_same(copier, table(d, TUPLE))) y = deep_tuple(d, x);
    else y = im_call2(t, copier, x, d->memo);
    if (rc > 0) im_drop(t, copier);
    if (!im_no_value(y) && !im_same(x, y) && (memo_set(d, x, y) < 0 || keep_alive(d, x) < 0)) IM_CLEAR(t, y);
    im_recurse_leave(t);
    return y;
}

static Value f_deepcopy(Thread *t, IM_UNUSED Value self, const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)
{
    if (!im_is_tuple_exact(args[2]) || im_tuple_len(args[2]) != NTABLES || !im_is_dict_exact(im_tuple_get(args[2], DISPATCH))) return im_raise_type(t, "deepcopy() needs the tables of copy.py");
    Deep d = {t, args[2], args[1], im_is_dict_exact(args[1])};
    return deep(&d, args[0]);
}

static const ImMethodDef functions[] = {IM_FIXED("deepcopy", f_deepcopy, 3, "($module, x, memo, tables, /)", "Deep copy of x, by the tables of the module copy."), IM_END};
static const ImModuleDef copy_module = {.name = "_copy", .doc = "The work of copy.deepcopy().", .methods = functions};
IM_MODULE(copy_module);
