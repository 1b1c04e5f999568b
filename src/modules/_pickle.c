/* _pickle: the module, Pickler, Unpickler, their memo proxies.
 * SPDX-License-Identifier: MIT */
#include "modules/pickle.h"

#define PK_METHOD(name) static Value name(Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* Fields that Python code can set are exchanged (x_); the others belong to the thread in x_owner. */
typedef struct Pickler {
    ImObject head;
    uint64_t x_owner;    /* serial of the thread that is inside, 0 none; CAS acquire, store release */
    ImSave *active;      /* the running dump */
    ImPickleMemo memo;
    Value x_write, x_buffer_callback, x_dispatch_table, x_persistent_id; /* or no value */
    int64_t proto, x_bin, x_fast;
    bool fix_imports;
} Pickler;
typedef struct Unpickler {
    ImObject head;
    uint64_t x_owner;
    ImLoad *active;
    ImPickleMemo memo;
    Value memo_far;
    size_t memo_used;
    Value x_read, x_readline, x_peek, x_buffers, x_persistent_load, x_encoding, x_errors;
    bool fix_imports;
    int x_proto;         /* of the pickle read last, for find_class() */
} Unpickler;
typedef struct Proxy { ImObject head; Value owner; } Proxy;

static ImType pickler_type, unpickler_type, pickler_proxy_type, unpickler_proxy_type;
IM_INLINE Pickler *pk(Value v) { return (Pickler *)im_ptr(v); }
IM_INLINE Unpickler *up(Value v) { return (Unpickler *)im_ptr(v); }
IM_INLINE ImPickleState *state_of(Value v) { return im_type_module_state(im_type_of(v)); }
IM_INLINE Value field(Thread *t, Value *slot) { return im_slot_get(t, NULL, slot); }
static void set_field(Thread *t, Value self, Value *slot, Value v) { im_slot_put(t, im_ptr(self), slot, v); } /* steals v */

/* --- who is inside ---------------------------------------------------------------------------------------------------------------------------- */

enum { INSIDE_NEW = 1, INSIDE_NESTED = 0 };
/* For one run: nobody may be inside. */
static int enter(Thread *t, uint64_t *x_owner, const char *what)
{
    uint64_t none = 0;
    if (im_cas_acquire(x_owner, &none, t->serial)) return 0;
    return im_raise_runtime(t, "%s object is already used", what), -1;
}
/* For a look at the memo: the thread that runs it may come in again. */
static int visit_memo(Thread *t, uint64_t *x_owner, const char *what)
{
    if (im_load_relaxed(x_owner) == t->serial) return INSIDE_NESTED; /* only this thread stores its own serial */
    return enter(t, x_owner, what) < 0 ? -1 : INSIDE_NEW;
}
static void leave(uint64_t *x_owner) { im_store_release(x_owner, (uint64_t)0); }

/* --- memos at rest ---------------------------------------------------------------------------------------------------------------------------- */

void im_pickle_memo_drop(Thread *t, ImPickleMemo *m)
{
    ImPickleMemo old = *m;
    memset(m, 0, sizeof *m);
    while (old.len) im_xdrop(t, old.items[--old.len]);
    im_raw_free(old.items);
    im_raw_free(old.slots);
    im_raw_free(old.ids);
}
static int memo_visit(const ImPickleMemo *m, ImVisit visit, void *arg)
{
    for (size_t i = 0; i < m->len; i++) {
        int r = im_is_object(m->items[i]) ? visit(m->items[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
/* The vector's items become the object's. A shared object takes published ones only. */
static void vec_to_memo(Thread *t, ImObject *o, ImValueVec *v, ImPickleMemo *m)
{
    if (v->len == 0) return;
    if (v->items == v->small && im_vec_reserve(t, v, v->cap * 2) < 0) { /* no memory: the memo is lost, as if cleared */
        im_exc_clear(t);
        return;
    }
    if (!im_is_private_obj(o)) for (size_t i = 0; i < v->len; i++) if (im_is_object(v->items[i])) im_publish(t, v->items[i]);
    m->items = v->items;
    m->len = v->len;
    m->cap = v->cap;
    v->items = v->small;
    v->len = 0;
    v->cap = IM_VEC_INLINE;
}
static void memo_to_vec(ImPickleMemo *m, ImValueVec *v)
{
    if (!m->items) return;
    v->items = m->items;
    v->len = m->len;
    v->cap = m->cap;
    m->items = NULL;
    m->len = m->cap = 0;
}
static void memo_to_save(Pickler *p, ImSave *s)
{
    if (!p->memo.items) return;
    memo_to_vec(&p->memo, &s->memo);
    if (p->memo.slots) {
        s->slots = p->memo.slots;
        s->mask = p->memo.mask;
    }
    s->ids = p->memo.ids;
    memset(&p->memo, 0, sizeof p->memo);
}
static void save_to_memo(Thread *t, Pickler *p, ImSave *s)
{
    if (s->memo.len && s->slots == s->small_slots) {
        uint32_t *slots = im_raw_alloc(t, sizeof s->small_slots);
        if (!slots) {
            im_exc_clear(t);
            return;
        }
        memcpy(slots, s->small_slots, sizeof s->small_slots);
        s->slots = slots;
    }
    vec_to_memo(t, &p->head, &s->memo, &p->memo);
    if (!p->memo.items) return;
    p->memo.slots = s->slots;
    p->memo.mask = s->mask;
    p->memo.ids = s->ids;
    s->slots = s->small_slots;
    s->ids = NULL;
}
static void load_to_memo(Thread *t, Unpickler *u, ImLoad *l)
{
    vec_to_memo(t, &u->head, &l->memo, &u->memo);
    if (!im_is_private_obj(&u->head)) im_publish(t, l->memo_far);
    u->memo_far = l->memo_far;
    u->memo_used = l->memo_used;
    l->memo_far = IM_NO_VALUE;
}

/* --- Pickler ---------------------------------------------------------------------------------------------------------------------------------- */

static const char DUMP_SIG[] = "(file, protocol=None, fix_imports=True, buffer_callback=None)";
static Value optional(Value v) { return im_no_value(v) || im_is_none(v) ? IM_NO_VALUE : im_new_ref(v); }

static Value pickler_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_value(im_instance_alloc(t, type, 0));
}
static int truth_or(Thread *t, Value v, bool dflt) { return im_no_value(v) ? dflt : im_truth(t, v); }

static Value writer_of(Thread *t, Value file)
{
    Value w;
    int found = im_lookup_attr(t, file, IM_S(write), &w);
    if (found == 0) im_raise_type(t, "file must have a 'write' attribute");
    return w;
}
static int pickler_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "Pickler", DUMP_SIG, args, nargs, kwnames, &a) < 0) return -1;
    Pickler *p = pk(self);
    int proto, fix = truth_or(t, a.v[2], true), e = -1;
    if (fix < 0 || im_pickle_protocol(t, a.v[1], a.v[3], &proto) < 0) goto out;
    if (enter(t, &p->x_owner, "Pickler") < 0) goto out;
    Value write = writer_of(t, a.v[0]);
    if (!im_no_value(write)) {
        set_field(t, self, &p->x_write, write);
        set_field(t, self, &p->x_buffer_callback, optional(a.v[3]));
        im_pickle_memo_drop(t, &p->memo);
        p->proto = proto;
        p->x_bin = proto > 0;
        p->fix_imports = fix;
        im_store_relaxed(&p->x_fast, (int64_t)0);
        e = 0;
    }
    leave(&p->x_owner);
    if (e == 0) {
        Value table;
        int found = im_lookup_attr(t, self, IM_S(dispatch_table), &table);
        if (found < 0) e = -1;
        else set_field(t, self, &p->x_dispatch_table, table);
    }
out:
    im_args_fini(t, &a);
    return e;
}

static Value pickler_persistent_id(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
static Value unpickler_persistent_load(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
static Value unpickler_find_class(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);

/* self.name unless it is our own method `fn`: 0 and *out owned or no value. */
static int override_of(Thread *t, Value self, Value name, ImNative fn, Value *out)
{
    int found = im_lookup_attr(t, self, name, out);
    if (found > 0 && im_is_exact(*out, &im_builtin_function_or_method_type) && ((ImNativeFunction *)im_ptr(*out))->fn == fn && im_same(((ImNativeFunction *)im_ptr(*out))->self, self))
        IM_CLEAR(t, *out);
    return found < 0 ? -1 : 0;
}

PK_METHOD(pickler_dump)
{
    Pickler *p = pk(self);
    ImSave s;
    if (enter(t, &p->x_owner, "Pickler") < 0) return IM_NO_VALUE;
    int e = -1;
    im_save_init(t, state_of(self), &s, (int)p->proto, p->fix_imports);
    s.write = field(t, &p->x_write);
    if (im_no_value(s.write)) {
        im_raise_pickling(&s, "Pickler.__init__() was not called by %s.__init__()", im_type_cname(im_type_of(self)));
        goto out;
    }
    s.fast = im_load_relaxed(&p->x_fast) != 0;
    s.bin = im_load_relaxed(&p->x_bin) != 0;
    s.buffer_callback = field(t, &p->x_buffer_callback);
    s.dispatch_table = field(t, &p->x_dispatch_table);
    if (override_of(t, self, IM_S(persistent_id), pickler_persistent_id, &s.persistent_id) < 0) goto out;
    if (im_lookup_attr(t, self, IM_S(reducer_override), &s.reducer_override) < 0) goto out;
    memo_to_save(p, &s);
    p->active = &s;
    e = im_save_dump(&s, args[0]);
    p->active = NULL;
    Value exc = im_exc_fetch(t);
    save_to_memo(t, p, &s);
    im_exc_restore(t, exc);
out:
    im_xdrop(t, s.write);
    im_xdrop(t, s.buffer_callback);
    im_xdrop(t, s.dispatch_table);
    im_xdrop(t, s.persistent_id);
    im_xdrop(t, s.reducer_override);
    im_save_fini(&s);
    leave(&p->x_owner);
    return e < 0 ? IM_NO_VALUE : IM_NONE;
}
PK_METHOD(pickler_persistent_id) { (void)t; return IM_NONE; }

static void save_clear_memo(ImSave *s)
{
    if (s->slots != s->small_slots) im_raw_free(s->slots);
    s->slots = s->small_slots;
    s->mask = IM_COUNTOF(s->small_slots) - 1;
    memset(s->small_slots, 0, sizeof s->small_slots);
    im_raw_free(s->ids);
    s->ids = NULL;
    while (s->memo.len) {
        Value v = s->memo.items[--s->memo.len];
        im_xdrop(s->t, v);
    }
}
static Value clear_memo(Thread *t, Pickler *p)
{
    int in = visit_memo(t, &p->x_owner, "Pickler");
    if (in < 0) return IM_NO_VALUE;
    if (p->active) save_clear_memo(p->active);
    else im_pickle_memo_drop(t, &p->memo);
    if (in == INSIDE_NEW) leave(&p->x_owner);
    return IM_NONE;
}
PK_METHOD(pickler_clear_memo) { return clear_memo(t, pk(self)); }
PK_METHOD(pickler_sizeof)
{
    (void)t;
    Pickler *p = pk(self);
    size_t n = im_type_of(self)->core.size + p->memo.cap * sizeof(Value) + (p->memo.slots ? (p->memo.mask + 1) * sizeof(uint32_t) : 0);
    return im_int((int64_t)n);
}

static Value proxy_new(Thread *t, ImType *type, Value owner)
{
    Proxy *x = (Proxy *)im_instance_alloc(t, type, 0);
    if (x) x->owner = im_new_ref(owner);
    return im_value(x);
}
static Value pickler_get_memo(Thread *t, Value self, void *c) { (void)c; return proxy_new(t, &pickler_proxy_type, self); }

/* {id: (index, object)} */
static Value pickler_memo_dict(Thread *t, Pickler *p)
{
    int in = visit_memo(t, &p->x_owner, "Pickler");
    Value d = in < 0 ? IM_NO_VALUE : im_dict_new(t);
    Value *items = p->active ? p->active->memo.items : p->memo.items;
    size_t n = p->active ? p->active->memo.len : p->memo.len;
    int64_t *ids = p->active ? p->active->ids : p->memo.ids;
    for (size_t i = 0; i < n && !im_no_value(d); i++) {
        Value key = im_int_from_u64(t, items[i].bits), pair = im_no_value(key) ? key : im_tuple_pack(t, 2, im_int(ids ? ids[i] : (int64_t)i), items[i]);
        if (im_no_value(pair) || im_dict_set(t, d, key, pair) < 0) IM_CLEAR(t, d);
        im_xdrop(t, key);
        im_xdrop(t, pair);
    }
    if (in == INSIDE_NEW) leave(&p->x_owner);
    return d;
}
static int pickler_fill(Thread *t, ImSave *s, Value dict)
{
    size_t pos = 0;
    Value k, v;
    int e = 0;
    while (e == 0 && im_dict_next(t, dict, &pos, &k, &v)) {
        ssize_t id;
        if (!im_is_tuple(v) || im_tuple_len(v) != 2) im_raise_type(t, "'memo' values must be 2-item tuples"), e = -1;
        else if (!im_is_int_like(im_tuple_get(v, 0))) im_raise_type(t, "an integer is required"), e = -1;
        else if ((e = im_ssize_arg(t, im_tuple_get(v, 0), &id)) == 0) e = im_save_remember(s, im_tuple_get(v, 1), id < 0 ? 0 : id);
        im_drop(t, k);
        im_drop(t, v);
    }
    return e;
}
static int pickler_set_memo(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    Pickler *p = pk(self);
    if (im_no_value(v)) return im_raise_type(t, "attribute deletion is not supported"), -1;
    bool proxy = im_is_exact(v, &pickler_proxy_type);
    if (!proxy && !im_is_dict(v)) return im_raise_type(t, "'memo' attribute must be a PicklerMemoProxy object or dict, not %.200T", v), -1;
    Value dict = proxy ? pickler_memo_dict(t, pk(((Proxy *)im_ptr(v))->owner)) : im_new_ref(v);
    if (im_no_value(dict)) return -1;
    ImSave s;
    im_save_init(t, state_of(self), &s, PK_DEFAULT, false);
    int e = pickler_fill(t, &s, dict);
    im_drop(t, dict);
    if (e == 0) e = enter(t, &p->x_owner, "Pickler");
    if (e == 0) {
        im_pickle_memo_drop(t, &p->memo);
        save_to_memo(t, p, &s);
        leave(&p->x_owner);
    }
    im_save_fini(&s);
    return e;
}

static Value named_getattr(Thread *t, Value self, Value name, Value special, Value *slot)
{
    if (im_is_str_exact(name) && (im_same(name, special) || im_str_equal(name, special))) {
        Value v = field(t, slot);
        if (!im_no_value(v)) return v;
    }
    return im_generic_getattr(t, self, name);
}
static int named_setattr(Thread *t, Value self, Value name, Value v, Value special, Value *slot)
{
    if (!im_is_str_exact(name) || !(im_same(name, special) || im_str_equal(name, special))) return im_generic_setattr(t, self, name, v);
    im_xtake(v);
    Value old = im_slot_exchange(t, im_ptr(self), slot, v);
    im_xdrop(t, old);
    return 0;
}
static Value pickler_getattr(Thread *t, Value self, Value name) { return named_getattr(t, self, name, IM_S(persistent_id), &pk(self)->x_persistent_id); }
static int pickler_setattr(Thread *t, Value self, Value name, Value v) { return named_setattr(t, self, name, v, IM_S(persistent_id), &pk(self)->x_persistent_id); }
static Value unpickler_getattr(Thread *t, Value self, Value name) { return named_getattr(t, self, name, IM_S(persistent_load), &up(self)->x_persistent_load); }
static int unpickler_setattr(Thread *t, Value self, Value name, Value v) { return named_setattr(t, self, name, v, IM_S(persistent_load), &up(self)->x_persistent_load); }

static int pickler_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Pickler *p = (Pickler *)o;
    Value all[4] = {p->x_write, p->x_buffer_callback, p->x_dispatch_table, p->x_persistent_id};
    for (int i = 0; i < 4; i++) {
        int r = im_is_object(all[i]) ? visit(all[i], arg) : 0;
        if (r) return r;
    }
    return memo_visit(&p->memo, visit, arg);
}
static void pickler_clear(Thread *t, ImObject *o)
{
    Pickler *p = (Pickler *)o;
    im_slot_put(t, o, &p->x_write, IM_NO_VALUE);
    im_slot_put(t, o, &p->x_buffer_callback, IM_NO_VALUE);
    im_slot_put(t, o, &p->x_dispatch_table, IM_NO_VALUE);
    im_slot_put(t, o, &p->x_persistent_id, IM_NO_VALUE);
    im_pickle_memo_drop(t, &p->memo);
}
static void pickler_destroy(Thread *t, ImObject *o)
{
    Pickler *p = (Pickler *)o;
    im_destroy_child(t, p->x_write);
    im_destroy_child(t, p->x_buffer_callback);
    im_destroy_child(t, p->x_dispatch_table);
    im_destroy_child(t, p->x_persistent_id);
    im_pickle_memo_drop(t, &p->memo);
}

static const ImMethodDef pickler_methods[] = {
    IM_FIXED("persistent_id", pickler_persistent_id, 1, "($self, obj, /)", NULL),
    IM_FIXED("dump", pickler_dump, 1, "($self, obj, /)", "Write a pickled representation of the given object to the open file."),
    IM_FIXED("clear_memo", pickler_clear_memo, 0, "($self, /)",
             "Clears the pickler's \"memo\".\n\nThe memo is the data structure that remembers which objects the\npickler has already seen, so that shared or recursive objects are\npickled by reference "
             "and not by value.  This method is useful when\nre-using picklers."),
    IM_FIXED("__sizeof__", pickler_sizeof, 0, "($self, /)", "Returns size in memory, in bytes."),
    IM_END};
static Value get_int(Thread *t, Value self, void *c)
{
    (void)t;
    return im_int(im_load_relaxed((int64_t *)((char *)im_ptr(self) + (size_t)c))); }
static int set_int(Thread *t, Value self, Value v, void *c)
{
    int n;
    if (im_no_value(v)) return im_raise_type(t, "can't delete numeric/char attribute"), -1;
    if (im_as_int(t, v, &n) < 0) return -1;
    im_store_relaxed((int64_t *)((char *)im_ptr(self) + (size_t)c), (int64_t)n);
    return 0;
}
static Value get_table(Thread *t, Value self, void *c)
{
    (void)c;
    Value v = field(t, &pk(self)->x_dispatch_table);
    return im_no_value(v) ? im_raise_attr_missing(t, self, IM_S(dispatch_table)) : v;
}
static int set_table(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    im_xtake(v);
    set_field(t, self, &pk(self)->x_dispatch_table, v);
    return 0;
}
static const ImGetSetDef pickler_getset[] = {
    {"bin", get_int, set_int, NULL, (void *)offsetof(Pickler, x_bin)}, {"fast", get_int, set_int, NULL, (void *)offsetof(Pickler, x_fast)},
    {"dispatch_table", get_table, set_table, NULL, NULL}, {"memo", pickler_get_memo, pickler_set_memo, NULL, NULL}, IM_END};
static const ImSlots pickler_slots = {.new_ = pickler_new, .init = pickler_init, .getattr = pickler_getattr, .setattr = pickler_setattr};
static const ImTypeSpec pickler_spec = {
    .name = "_pickle.Pickler",
    .doc = "This takes a binary file for writing a pickle data stream.\n\nThe optional *protocol* argument tells the pickler to use the given\nprotocol; supported protocols are 0, 1, 2, 3, 4 and 5.  "
           "The default\nprotocol is 4. It was introduced in Python 3.4, and is incompatible\nwith previous versions.\n\nSpecifying a negative protocol version selects the highest protocol\n"
           "version supported.  The higher the protocol used, the more recent the\nversion of Python needed to read the pickle produced.\n\nThe *file* argument must have a write() method that accepts "
           "a single\nbytes argument. It can thus be a file object opened for binary\nwriting, an io.BytesIO instance, or any other custom object that meets\nthis interface.\n\nIf *fix_imports* is "
           "True and protocol is less than 3, pickle will try\nto map the new Python 3 names to the old module names used in Python\n2, so that the pickle data stream is readable with Python 2.\n\n"
           "If *buffer_callback* is None (the default), buffer views are\nserialized into *file* as part of the pickle stream.\n\nIf *buffer_callback* is not None, then it can be called any number\n"
           "of times with a buffer view.  If the callback returns a false value\n(such as None), the given buffer is out-of-band; otherwise the\nbuffer is serialized in-band, i.e. inside the pickle "
           "stream.\n\nIt is an error if *buffer_callback* is not None and *protocol*\nis None or smaller than 5.",
    .size = sizeof(Pickler), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &pickler_slots, .methods = pickler_methods, .getset = pickler_getset, .traverse = pickler_traverse,
    .clear = pickler_clear, .destroy = pickler_destroy, .text_signature = "(file, protocol=None, fix_imports=True, buffer_callback=None)"};

/* --- Unpickler -------------------------------------------------------------------------------------------------------------------------------- */

static int file_readers(Thread *t, Value file, Value *read, Value *readline, Value *peek)
{
    *read = *readline = *peek = IM_NO_VALUE;
    int e = im_lookup_attr(t, file, IM_S(peek), peek);
    if (e >= 0) e = im_lookup_attr(t, file, IM_S(read), read);
    if (e >= 0) e = im_lookup_attr(t, file, IM_S(readline), readline);
    if (e >= 0 && !im_no_value(*read) && !im_no_value(*readline)) return 0;
    IM_CLEAR(t, *read);
    IM_CLEAR(t, *readline);
    IM_CLEAR(t, *peek);
    if (e >= 0) im_raise_type(t, "file must have 'read' and 'readline' attributes");
    return -1;
}
/* The buffers argument as an iterator: 0, *out owned or no value. */
static int buffers_iter(Thread *t, Value v, Value *out)
{
    *out = IM_NO_VALUE;
    if (im_no_value(v) || im_is_none(v)) return 0;
    *out = im_iter(t, v);
    return im_no_value(*out) ? -1 : 0;
}
static int check_text(Thread *t, const char *fname, const char *arg, Value v)
{
    if (im_no_value(v)) return 0;
    if (!im_is_str(v)) return im_raise_type(t, "%s() argument '%s' must be str, not %T", fname, arg, v), -1;
    return im_str_utf8(t, v, NULL) ? 0 : -1;
}
static Value unpickler_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_value(im_instance_alloc(t, type, 0));
}
static int unpickler_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "Unpickler", "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())", args, nargs, kwnames, &a) < 0) return -1;
    Unpickler *u = up(self);
    Value read, readline, peek, buffers;
    int e = -1, fix = truth_or(t, a.v[1], true);
    if (fix < 0 || check_text(t, "Unpickler", "encoding", a.v[2]) < 0 || check_text(t, "Unpickler", "errors", a.v[3]) < 0) goto out;
    if (buffers_iter(t, a.v[4], &buffers) < 0) goto out;
    if (file_readers(t, a.v[0], &read, &readline, &peek) < 0 || enter(t, &u->x_owner, "Unpickler") < 0) {
        im_xdrop(t, buffers);
        goto out;
    }
    set_field(t, self, &u->x_read, read);
    set_field(t, self, &u->x_readline, readline);
    set_field(t, self, &u->x_peek, peek);
    set_field(t, self, &u->x_buffers, buffers);
    set_field(t, self, &u->x_encoding, im_no_value(a.v[2]) ? IM_NO_VALUE : im_new_ref(a.v[2]));
    set_field(t, self, &u->x_errors, im_no_value(a.v[3]) ? IM_NO_VALUE : im_new_ref(a.v[3]));
    u->fix_imports = fix;
    im_pickle_memo_drop(t, &u->memo);
    im_slot_put(t, &u->head, &u->memo_far, IM_NO_VALUE);
    u->memo_used = 0;
    leave(&u->x_owner);
    e = 0;
out:
    im_args_fini(t, &a);
    return e;
}

PK_METHOD(unpickler_load)
{
    Unpickler *u = up(self);
    Value r = IM_NO_VALUE, encoding = IM_NO_VALUE, errors = IM_NO_VALUE;
    if (enter(t, &u->x_owner, "Unpickler") < 0) return r;
    ImLoad l;
    im_load_init(t, state_of(self), &l);
    l.read = field(t, &u->x_read);
    if (im_no_value(l.read)) {
        im_raise_unpickling(&l, "Unpickler.__init__() was not called by %s.__init__()", im_type_cname(im_type_of(self)));
        goto out;
    }
    l.readline = field(t, &u->x_readline);
    l.peek = field(t, &u->x_peek);
    l.buffers = field(t, &u->x_buffers);
    encoding = field(t, &u->x_encoding);
    errors = field(t, &u->x_errors);
    if (!(l.encoding = im_no_value(encoding) ? "ASCII" : im_str_utf8(t, encoding, NULL)) || !(l.errors = im_no_value(errors) ? "strict" : im_str_utf8(t, errors, NULL))) goto out;
    l.fix_imports = u->fix_imports;
    if (override_of(t, self, IM_S(persistent_load), unpickler_persistent_load, &l.persistent_load) < 0) goto out;
    if (override_of(t, self, IM_S(find_class), unpickler_find_class, &l.find_class) < 0) goto out;
    memo_to_vec(&u->memo, &l.memo);
    l.memo_far = u->memo_far;
    l.memo_used = u->memo_used;
    u->memo_far = IM_NO_VALUE;
    u->active = &l;
    Value peek = l.peek; /* given up when the file cannot */
    r = im_load_run(&l);
    l.peek = peek;
    u->active = NULL;
    im_store_relaxed(&u->x_proto, l.proto);
    Value exc = im_exc_fetch(t);
    load_to_memo(t, u, &l);
    im_exc_restore(t, exc);
out:
    im_xdrop(t, l.read);
    im_xdrop(t, l.readline);
    im_xdrop(t, l.peek);
    im_xdrop(t, l.buffers);
    im_xdrop(t, encoding);
    im_xdrop(t, errors);
    im_xdrop(t, l.persistent_load);
    im_xdrop(t, l.find_class);
    im_load_fini(&l);
    leave(&u->x_owner);
    return r;
}
PK_METHOD(unpickler_persistent_load)
{
    return im_raise(t, im_as_type(state_of(self)->unpickling_error), "A load persistent id instruction was encountered, but no persistent_load function was specified.");
}
PK_METHOD(unpickler_find_class)
{
    Unpickler *u = up(self);
    int proto = im_load_relaxed(&u->x_owner) == t->serial && u->active ? u->active->proto : im_load_relaxed(&u->x_proto);
    return im_pickle_find_class(t, state_of(self), args[0], args[1], proto, u->fix_imports);
}
PK_METHOD(unpickler_sizeof) { (void)t; return im_int((int64_t)(im_type_of(self)->core.size + up(self)->memo.cap * sizeof(Value))); }

static Value unpickler_get_memo(Thread *t, Value self, void *c) { (void)c; return proxy_new(t, &unpickler_proxy_type, self); }
/* {index: object} */
static Value unpickler_memo_dict(Thread *t, Unpickler *u)
{
    int in = visit_memo(t, &u->x_owner, "Unpickler");
    Value d = in < 0 ? IM_NO_VALUE : im_dict_new(t);
    Value *items = u->active ? u->active->memo.items : u->memo.items, far = u->active ? u->active->memo_far : u->memo_far;
    size_t n = u->active ? u->active->memo.len : u->memo.len;
    for (size_t i = 0; i < n && !im_no_value(d); i++)
        if (!im_no_value(items[i]) && im_dict_set(t, d, im_int((int64_t)i), items[i]) < 0) IM_CLEAR(t, d);
    if (!im_no_value(d) && !im_no_value(far) && im_dict_merge(t, d, far, 1) < 0) IM_CLEAR(t, d);
    if (in == INSIDE_NEW) leave(&u->x_owner);
    return d;
}
static int unpickler_set_memo(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    Unpickler *u = up(self);
    if (im_no_value(v)) return im_raise_type(t, "attribute deletion is not supported"), -1;
    bool proxy = im_is_exact(v, &unpickler_proxy_type);
    if (!proxy && !im_is_dict(v)) return im_raise_type(t, "'memo' attribute must be an UnpicklerMemoProxy object or dict, not %.200T", v), -1;
    Value dict = proxy ? unpickler_memo_dict(t, up(((Proxy *)im_ptr(v))->owner)) : im_new_ref(v), k, x;
    if (im_no_value(dict)) return -1;
    ImLoad l;
    im_load_init(t, state_of(self), &l);
    size_t pos = 0;
    int e = 0;
    while (e == 0 && im_dict_next(t, dict, &pos, &k, &x)) {
        ssize_t i;
        if (!im_is_int_like(k)) im_raise_type(t, "memo key must be integers"), e = -1;
        else if ((e = im_ssize_arg(t, k, &i)) == 0) {
            if (i < 0) im_raise_valueerror(t, "memo key must be positive integers."), e = -1;
            else e = im_load_remember(&l, (uint64_t)i, im_new_ref(x));
        }
        im_drop(t, k);
        im_drop(t, x);
    }
    im_drop(t, dict);
    if (e == 0) e = enter(t, &u->x_owner, "Unpickler");
    if (e == 0) {
        im_pickle_memo_drop(t, &u->memo);
        im_slot_put(t, &u->head, &u->memo_far, IM_NO_VALUE);
        load_to_memo(t, u, &l);
        leave(&u->x_owner);
    }
    im_load_fini(&l);
    return e;
}
static Value *unpickler_values(Unpickler *u, int i)
{
    Value *all[] = {&u->x_read, &u->x_readline, &u->x_peek, &u->x_buffers, &u->x_persistent_load, &u->x_encoding, &u->x_errors, &u->memo_far};
    return i < (int)IM_COUNTOF(all) ? all[i] : NULL;
}
static int unpickler_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Unpickler *u = (Unpickler *)o;
    Value *v;
    for (int i = 0; (v = unpickler_values(u, i)); i++) {
        int r = im_is_object(*v) ? visit(*v, arg) : 0;
        if (r) return r;
    }
    return memo_visit(&u->memo, visit, arg);
}
static void unpickler_clear(Thread *t, ImObject *o)
{
    Value *v;
    for (int i = 0; (v = unpickler_values((Unpickler *)o, i)); i++) im_slot_put(t, o, v, IM_NO_VALUE);
    im_pickle_memo_drop(t, &((Unpickler *)o)->memo);
}
static void unpickler_destroy(Thread *t, ImObject *o)
{
    Value *v;
    for (int i = 0; (v = unpickler_values((Unpickler *)o, i)); i++) im_destroy_child(t, *v);
    im_pickle_memo_drop(t, &((Unpickler *)o)->memo);
}
static const ImMethodDef unpickler_methods[] = {
    IM_FIXED("persistent_load", unpickler_persistent_load, 1, "($self, pid, /)", NULL),
    IM_FIXED("load", unpickler_load, 0, "($self, /)",
             "Load a pickle.\n\nRead a pickled object representation from the open file object given\nin the constructor, and return the reconstituted object hierarchy\nspecified therein."),
    IM_FIXED("find_class", unpickler_find_class, 2, "($self, module_name, global_name, /)",
             "Return an object from a specified module.\n\nIf necessary, the module will be imported. Subclasses may override\nthis method (e.g. to restrict unpickling of arbitrary classes and\n"
             "functions).\n\nThis method is called whenever a class or a function object is\nneeded.  Both arguments passed are str objects."),
    IM_FIXED("__sizeof__", unpickler_sizeof, 0, "($self, /)", "Returns size in memory, in bytes."),
    IM_END};
static const ImGetSetDef unpickler_getset[] = {{"memo", unpickler_get_memo, unpickler_set_memo, NULL, NULL}, IM_END};
static const ImSlots unpickler_slots = {.new_ = unpickler_new, .init = unpickler_init, .getattr = unpickler_getattr, .setattr = unpickler_setattr};
static const ImTypeSpec unpickler_spec = {
    .name = "_pickle.Unpickler",
    .doc = "This takes a binary file for reading a pickle data stream.\n\nThe protocol version of the pickle is detected automatically, so no\nprotocol argument is needed.  Bytes past the pickled "
           "object's\nrepresentation are ignored.\n\nThe argument *file* must have two methods, a read() method that takes\nan integer argument, and a readline() method that requires no\narguments.  "
           "Both methods should return bytes.  Thus *file* can be a\nbinary file object opened for reading, an io.BytesIO object, or any\nother custom object that meets this interface.\n\nOptional "
           "keyword arguments are *fix_imports*, *encoding* and *errors*,\nwhich are used to control compatibility support for pickle stream\ngenerated by Python 2.  If *fix_imports* is True, pickle "
           "will try to\nmap the old Python 2 names to the new names used in Python 3.  The\n*encoding* and *errors* tell pickle how to decode 8-bit string\ninstances pickled by Python 2; these "
           "default to 'ASCII' and 'strict',\nrespectively.  The *encoding* can be 'bytes' to read these 8-bit\nstring instances as bytes objects.",
    .size = sizeof(Unpickler), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &unpickler_slots, .methods = unpickler_methods, .getset = unpickler_getset, .traverse = unpickler_traverse,
    .clear = unpickler_clear, .destroy = unpickler_destroy, .text_signature = "(file, *, fix_imports=True, encoding='ASCII', errors='strict',\n          buffers=())"};

/* --- memo proxies ------------------------------------------------------------------------------------------------------------------------------- */

static Value proxy_dict(Thread *t, Value self)
{
    Value o = ((Proxy *)im_ptr(self))->owner;
    return im_is_exact(self, &pickler_proxy_type) ? pickler_memo_dict(t, pk(o)) : unpickler_memo_dict(t, up(o));
}
PK_METHOD(proxy_copy) { return proxy_dict(t, self); }
PK_METHOD(proxy_clear)
{
    Value o = ((Proxy *)im_ptr(self))->owner;
    if (im_is_exact(self, &pickler_proxy_type)) return clear_memo(t, pk(o));
    Unpickler *u = up(o);
    int in = visit_memo(t, &u->x_owner, "Unpickler");
    if (in < 0) return IM_NO_VALUE;
    if (u->active) {
        ImLoad *l = u->active;
        while (l->memo.len) {
            Value v = l->memo.items[--l->memo.len];
            im_xdrop(t, v);
        }
        IM_CLEAR(t, l->memo_far);
        l->memo_used = 0;
    } else {
        im_pickle_memo_drop(t, &u->memo);
        im_slot_put(t, &u->head, &u->memo_far, IM_NO_VALUE);
        u->memo_used = 0;
    }
    if (in == INSIDE_NEW) leave(&u->x_owner);
    return IM_NONE;
}
PK_METHOD(proxy_reduce)
{
    Value d = proxy_dict(t, self), a = im_no_value(d) ? d : im_tuple_pack(t, 1, d), r = im_no_value(a) ? a : im_tuple_pack(t, 2, im_type_value(&im_dict_type), a);
    im_xdrop(t, d);
    im_xdrop(t, a);
    return r;
}
static int proxy_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value v = ((Proxy *)o)->owner;
    return im_is_object(v) ? visit(v, arg) : 0;
}
static void proxy_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((Proxy *)o)->owner); }
static int64_t proxy_hash(Thread *t, Value self) { return im_raise_type(t, "unhashable type: '%T'", self), -1; }
static const ImMethodDef proxy_methods[] = {
    IM_FIXED("clear", proxy_clear, 0, "($self, /)", "Remove all items from memo."), IM_FIXED("copy", proxy_copy, 0, "($self, /)", "Copy the memo to a new object."),
    IM_FIXED("__reduce__", proxy_reduce, 0, "($self, /)", "Implement pickle support."), IM_END};
static const ImSlots proxy_slots = {.hash = proxy_hash};
static const ImTypeSpec pickler_proxy_spec = {.name = "_pickle.PicklerMemoProxy", .size = sizeof(Proxy), .flags = IM_TF_GC, .slots = &proxy_slots, .methods = proxy_methods,
    .traverse = proxy_traverse, .destroy = proxy_destroy};
static const ImTypeSpec unpickler_proxy_spec = {.name = "_pickle.UnpicklerMemoProxy", .size = sizeof(Proxy), .flags = IM_TF_GC, .slots = &proxy_slots, .methods = proxy_methods,
    .traverse = proxy_traverse, .destroy = proxy_destroy};

/* --- functions ------------------------------------------------------------------------------------------------------------------------------------ */

static int save_whole(ImSave *s, Value obj, Value buffer_callback)
{
    if (!im_no_value(buffer_callback) && !im_is_none(buffer_callback)) s->buffer_callback = buffer_callback;
    return im_save_dump(s, obj);
}
PK_METHOD(f_dump)
{
    int proto, fix = truth_or(t, args[3], true);
    if (fix < 0 || im_pickle_protocol(t, args[2], args[4], &proto) < 0) return IM_NO_VALUE;
    Value write = writer_of(t, args[1]);
    if (im_no_value(write)) return write;
    ImSave s;
    im_save_init(t, im_module_state(self), &s, proto, fix);
    s.write = write;
    int e = save_whole(&s, args[0], args[4]);
    im_save_fini(&s);
    im_drop(t, write);
    return e < 0 ? IM_NO_VALUE : IM_NONE;
}
PK_METHOD(f_dumps)
{
    int proto, fix = truth_or(t, args[2], true);
    if (fix < 0 || im_pickle_protocol(t, args[1], args[3], &proto) < 0) return IM_NO_VALUE;
    ImSave s;
    im_save_init(t, im_module_state(self), &s, proto, fix);
    Value r = save_whole(&s, args[0], args[3]) < 0 ? IM_NO_VALUE : im_bytes_new(t, s.out, (ssize_t)s.len);
    im_save_fini(&s);
    return r;
}
static Value load_whole(Thread *t, ImLoad *l, const Value *opt, const char *fname) /* fix_imports, encoding, errors, buffers */
{
    int fix = truth_or(t, opt[0], true);
    if (fix < 0 || check_text(t, fname, "encoding", opt[1]) < 0 || check_text(t, fname, "errors", opt[2]) < 0 || buffers_iter(t, opt[3], &l->buffers) < 0) return IM_NO_VALUE;
    l->fix_imports = fix;
    l->encoding = im_no_value(opt[1]) ? "ASCII" : im_str_utf8(t, opt[1], NULL);
    l->errors = im_no_value(opt[2]) ? "strict" : im_str_utf8(t, opt[2], NULL);
    Value r = im_load_run(l);
    im_xdrop(t, l->buffers);
    return r;
}
PK_METHOD(f_load)
{
    ImLoad l;
    im_load_init(t, im_module_state(self), &l);
    Value r = IM_NO_VALUE;
    if (file_readers(t, args[0], &l.read, &l.readline, &l.peek) == 0) {
        Value peek = l.peek;
        r = load_whole(t, &l, args + 1, "load");
        im_drop(t, l.read);
        im_drop(t, l.readline);
        im_xdrop(t, peek);
    }
    im_load_fini(&l);
    return r;
}
PK_METHOD(f_loads)
{
    ImLoad l;
    im_load_init(t, im_module_state(self), &l);
    Value r = IM_NO_VALUE;
    if (im_buffer_get(t, args[0], &l.buffer, IM_BUF_SIMPLE) == 0) {
        l.in = l.buffer.buf;
        l.len = (size_t)l.buffer.len;
        r = load_whole(t, &l, args + 1, "loads");
        im_buffer_release(t, &l.buffer);
    }
    im_load_fini(&l);
    return r;
}

static Value make_error(Thread *t, Value m, const char *name, Value base, const char *doc)
{
    Value ns = im_dict_new(t), bases = im_tuple_pack(t, 1, base), text = doc ? im_str_from_cstr(t, doc) : IM_NONE, n = im_str_intern_cstr(t, name), r = IM_NO_VALUE;
    if (!im_no_value(ns) && !im_no_value(bases) && !im_no_value(text) && !im_no_value(n) && im_dict_set_cstr(t, ns, "__module__", IM_S(_pickle)) == 0 &&
        im_dict_set_cstr(t, ns, "__doc__", text) == 0) r = im_type_new(t, &im_type_type, n, bases, ns, NULL, IM_NO_VALUE);
    im_xdrop(t, ns);
    im_xdrop(t, bases);
    im_xdrop(t, text);
    if (im_no_value(r) || im_module_add(t, m, name, im_new_ref(r)) < 0) return IM_NO_VALUE;
    return r;
}
static Value dict_from(Thread *t, const char *module, const char *name)
{
    Value v = im_import_from(t, module, name);
    if (im_no_value(v) || im_is_dict_exact(v)) return v;
    im_raise_runtime(t, "%s.%s should be a dict, not %.200T", module, name, v);
    im_drop(t, v);
    return IM_NO_VALUE;
}
static int pickle_exec(Thread *t, Value m)
{
    ImPickleState *s = im_module_state(m);
    struct { Value *at; const char *module, *name; bool dict; } rows[] = {
        {&s->dispatch_table, "copyreg", "dispatch_table", true}, {&s->extension_registry, "copyreg", "_extension_registry", true},
        {&s->inverted_registry, "copyreg", "_inverted_registry", true}, {&s->extension_cache, "copyreg", "_extension_cache", true},
        {&s->newobj, "copyreg", "__newobj__", false}, {&s->newobj_ex, "copyreg", "__newobj_ex__", false},
        {&s->name_2to3, "_compat_pickle", "NAME_MAPPING", true}, {&s->import_2to3, "_compat_pickle", "IMPORT_MAPPING", true},
        {&s->name_3to2, "_compat_pickle", "REVERSE_NAME_MAPPING", true}, {&s->import_3to2, "_compat_pickle", "REVERSE_IMPORT_MAPPING", true},
        {&s->encode, "codecs", "encode", false}, {&s->partial, "functools", "partial", false}};
    for (size_t i = 0; i < IM_COUNTOF(rows); i++) {
        *rows[i].at = rows[i].dict ? dict_from(t, rows[i].module, rows[i].name) : im_import_from(t, rows[i].module, rows[i].name);
        if (im_no_value(*rows[i].at)) return -1;
    }
    s->error = make_error(t, m, "PickleError", im_type_value(&im_Exception_type), NULL);
    s->pickling_error = im_no_value(s->error) ? s->error : make_error(t, m, "PicklingError", s->error, NULL);
    s->unpickling_error = im_no_value(s->pickling_error) ? s->pickling_error : make_error(t, m, "UnpicklingError", s->error, NULL);
    if (im_no_value(s->unpickling_error)) return -1;
    if (im_module_add_type(t, m, &im_PickleBuffer_type) < 0 || im_module_ready_type(t, m, &pickler_type, &pickler_spec) < 0 ||
        im_module_ready_type(t, m, &unpickler_type, &unpickler_spec) < 0) return -1;
    return im_type_ready(t, &pickler_proxy_type, &pickler_proxy_spec) < 0 ? -1 : im_type_ready(t, &unpickler_proxy_type, &unpickler_proxy_spec);
}
static int pickle_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImPickleState *s = ((ImModule *)o)->state;
    Value *v = (Value *)s;
    for (int i = 0; s && i < PK_STATE_VALUES; i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
#define DUMP_DOC \
    "The optional *protocol* argument tells the pickler to use the given\nprotocol; supported protocols are 0, 1, 2, 3, 4 and 5.  The default\nprotocol is 4. It was introduced in Python 3.4, and is " \
    "incompatible\nwith previous versions.\n\nSpecifying a negative protocol version selects the highest protocol\nversion supported.  The higher the protocol used, the more recent the\nversion of " \
    "Python needed to read the pickle produced.\n\n"
#define LOAD_DOC \
    "The protocol version of the pickle is detected automatically, so no\nprotocol argument is needed.  Bytes past the pickled object's\nrepresentation are ignored.\n\n"
#define OPTIONS_DOC \
    "Optional keyword arguments are *fix_imports*, *encoding* and *errors*,\nwhich are used to control compatibility support for pickle stream\ngenerated by Python 2.  If *fix_imports* is True, pickle " \
    "will try to\nmap the old Python 2 names to the new names used in Python 3.  The\n*encoding* and *errors* tell pickle how to decode 8-bit string\ninstances pickled by Python 2; these default to " \
    "'ASCII' and 'strict',\nrespectively.  The *encoding* can be 'bytes' to read these 8-bit\nstring instances as bytes objects."
static const ImMethodDef functions[] = {
    IM_PARSED("dump", f_dump, "($module, /, obj, file, protocol=None, *, fix_imports=True,\n     buffer_callback=None)",
              "Write a pickled representation of obj to the open file object file.\n\nThis is equivalent to ``Pickler(file, protocol).dump(obj)``, but may\nbe more efficient.\n\n" DUMP_DOC
              "The *file* argument must have a write() method that accepts a single\nbytes argument.  It can thus be a file object opened for binary\nwriting, an io.BytesIO instance, or any other "
              "custom object that meets\nthis interface.\n\nIf *fix_imports* is True and protocol is less than 3, pickle will try\nto map the new Python 3 names to the old module names used in "
              "Python\n2, so that the pickle data stream is readable with Python 2.\n\nIf *buffer_callback* is None (the default), buffer views are serialized\ninto *file* as part of the pickle "
              "stream.  It is an error if\n*buffer_callback* is not None and *protocol* is None or smaller than 5."),
    IM_PARSED("dumps", f_dumps, "($module, /, obj, protocol=None, *, fix_imports=True,\n      buffer_callback=None)",
              "Return the pickled representation of the object as a bytes object.\n\n" DUMP_DOC
              "If *fix_imports* is True and *protocol* is less than 3, pickle will\ntry to map the new Python 3 names to the old module names used in\nPython 2, so that the pickle data stream is "
              "readable with Python 2.\n\nIf *buffer_callback* is None (the default), buffer views are serialized\ninto *file* as part of the pickle stream.  It is an error if\n*buffer_callback* is "
              "not None and *protocol* is None or smaller than 5."),
    IM_PARSED("load", f_load, "($module, /, file, *, fix_imports=True, encoding='ASCII',\n     errors='strict', buffers=())",
              "Read and return an object from the pickle data stored in a file.\n\nThis is equivalent to ``Unpickler(file).load()``, but may be more\nefficient.\n\n" LOAD_DOC
              "The argument *file* must have two methods, a read() method that takes\nan integer argument, and a readline() method that requires no\narguments.  Both methods should return bytes.  "
              "Thus *file* can be a\nbinary file object opened for reading, an io.BytesIO object, or any\nother custom object that meets this interface.\n\n" OPTIONS_DOC),
    IM_PARSED("loads", f_loads, "($module, data, /, *, fix_imports=True, encoding='ASCII',\n      errors='strict', buffers=())",
              "Read and return an object from the given pickle data.\n\n" LOAD_DOC OPTIONS_DOC),
    IM_END};
static const ImModuleDef pickle_module = {
    .name = "_pickle", .doc = "Optimized C implementation for the Python pickle module.", .methods = functions, .exec = pickle_exec, .state_size = sizeof(ImPickleState), .traverse = pickle_traverse};
IM_MODULE(pickle_module);
