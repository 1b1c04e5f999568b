/* _lsprof: the profiler behind cProfile. A tool of sys.monitoring that keeps, per function and per pair of caller and callee, counts and times.
 *
 * Only the thread that called enable() is measured: its calls nest, those of several threads together do not.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"
#include "types/monitor.h"

enum { TOOL = 2 };

/* Counts of a function, or of a function as called by another. */
typedef struct Entry {
    uint64_t key;          /* code object or native definition; 0: free slot */
    Value user;            /* code object, or str for a native function; owned; sub-entries: no value */
    double tt, it;         /* time with and without callees, in timer units */
    int64_t calls, recursive, depth;
    struct Table *sub;     /* by callee, or null */
} Entry;
typedef struct Table { Entry **slots; size_t n, mask; } Table; /* open addressing; slots hold pointers, so that entries stay where they are */
typedef struct Context { double t0, subt; struct Context *previous; Entry *entry; } Context;

typedef struct Profiler {
    ImObject head;
    Table table;
    Context *top, *free;
    Thread *owner;         /* thread that enabled it, or null */
    Value timer;           /* or no value */
    double unit;           /* of an external timer, 0: its results are seconds */
    bool active, subcalls, builtins;
    bool in_timer;         /* the external timer runs, which may not pull the ground from under the call being measured */
} Profiler;
static ImType profiler_type;
static ImType *entry_type, *subentry_type; /* set once when the module is made */
IM_INLINE Profiler *pp(Value v) { return (Profiler *)im_ptr(v); }

#define FN(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* --- tables --- */

static Entry **probe(Table *tb, uint64_t key)
{
    size_t i = (size_t)((key >> 4) * 0x9E3779B97F4A7C15u >> 20) & tb->mask;
    while (tb->slots[i] && tb->slots[i]->key != key) i = (i + 1) & tb->mask;
    return &tb->slots[i];
}
static Entry *find(const Table *tb, uint64_t key) { return tb->slots ? *probe((Table *)(uintptr_t)tb, key) : NULL; }
static Entry *add(Thread *t, Table *tb, uint64_t key)
{
    if (!tb->slots || tb->n * 3 >= (tb->mask + 1) * 2) {
        Table bigger = {im_raw_alloc_zero(t, tb->slots ? (tb->mask + 1) * 2 : 16, sizeof(Entry *)), tb->n, tb->slots ? tb->mask * 2 + 1 : 15};
        if (!bigger.slots) return NULL;
        for (size_t i = 0; tb->slots && i <= tb->mask; i++)
            if (tb->slots[i]) *probe(&bigger, tb->slots[i]->key) = tb->slots[i];
        im_raw_free(tb->slots);
        *tb = bigger;
    }
    Entry *e = im_raw_alloc_zero(t, 1, sizeof *e);
    if (!e) return NULL;
    e->key = key;
    *probe(tb, key) = e;
    tb->n++;
    return e;
}
static void table_free(Thread *t, Table *tb)
{
    for (size_t i = 0; tb->slots && i <= tb->mask; i++) {
        Entry *e = tb->slots[i];
        if (!e) continue;
        if (e->sub) { table_free(t, e->sub); im_raw_free(e->sub); }
        im_xdrop(t, e->user);
        im_raw_free(e);
    }
    im_raw_free(tb->slots);
    *tb = (Table){0};
}

/* --- time --- */

static double now(Thread *t, Profiler *p)
{
    if (im_no_value(p->timer)) return (double)im_monotonic_ns();
    p->in_timer = true;
    Value v = im_call0(t, p->timer);
    p->in_timer = false;
    double r = 0;
    int64_t n;
    if (im_no_value(v)) {
        im_write_unraisable(t, NULL, p->timer);
        return 0;
    }
    if (p->unit > 0 && im_as_int64(t, v, &n) == 0) r = (double)n;
    else if (p->unit > 0) im_write_unraisable(t, NULL, p->timer);
    else if (im_is_float(v)) r = im_float_get(v);
    else if (im_as_int64(t, v, &n) == 0) r = (double)n;
    else im_write_unraisable(t, NULL, p->timer);
    im_drop(t, v);
    return r;
}

/* --- calls --- */

static void start(Thread *t, Profiler *p, Entry *e)
{
    Context *c = p->free;
    if (c) p->free = c->previous;
    else if (!(c = im_raw_alloc(t, sizeof *c))) { im_exc_clear(t); return; }
    *c = (Context){.previous = p->top, .entry = e};
    p->top = c;
    e->depth++;
    if (p->subcalls && c->previous) {
        Entry *caller = c->previous->entry, *s = NULL;
        if (caller->sub || (caller->sub = im_raw_alloc_zero(t, 1, sizeof *caller->sub))) s = find(caller->sub, e->key);
        if (!s && caller->sub) s = add(t, caller->sub, e->key);
        if (s) s->depth++;
        else im_exc_clear(t);
    }
    c->t0 = now(t, p);
}

static void stop(Thread *t, Profiler *p, Context *c, Entry *e)
{
    double tt = now(t, p) - c->t0, it = tt - c->subt;
    if (c->previous) c->previous->subt += tt;
    p->top = c->previous;
    if (--e->depth == 0) e->tt += tt;
    else e->recursive++;
    e->it += it;
    e->calls++;
    if (!p->subcalls || !c->previous) return;
    Entry *caller = c->previous->entry, *s = caller->sub ? find(caller->sub, e->key) : NULL;
    if (!s) return;
    if (--s->depth == 0) s->tt += tt;
    else s->recursive++;
    s->it += it;
    s->calls++;
}

static void enter(Thread *t, Profiler *p, uint64_t key, Value user)
{
    Entry *e = find(&p->table, key);
    if (!e) {
        if (im_no_value(user) || !(e = add(t, &p->table, key))) {
            im_exc_clear(t);
            im_xdrop(t, user);
            return;
        }
        if (!im_rt.gil && im_is_shared_obj(&p->head)) im_publish(t, user);
        e->user = user;
    } else {
        im_xdrop(t, user);
    }
    start(t, p, e);
}
static void leave(Thread *t, Profiler *p, uint64_t key)
{
    Context *c = p->top;
    if (!c) return;
    Entry *e = find(&p->table, key);
    if (e) stop(t, p, c, e);
    else p->top = c->previous;
    c->previous = p->free;
    p->free = c;
}

/* Name of a native function in statistics. */
static Value native_text(Thread *t, ImNativeFunction *f)
{
    if (!im_no_value(f->self)) {
        Value name = im_str_from_cstr(t, f->def->name);
        if (!im_no_value(name)) name = im_str_intern(t, name);
        Value mo = im_no_value(name) ? name : im_type_lookup(t, im_type_of(f->self), name);
        im_xdrop(t, name);
        if (!im_no_value(mo)) {
            Value r = im_repr(t, mo);
            im_drop(t, mo);
            if (!im_no_value(r)) return r;
        }
        im_exc_clear(t);
    }
    if (!im_no_value(f->module) && im_is_str(f->module)) return im_str_format(t, "<built-in method %S.%s>", f->module, f->def->name);
    return im_str_format(t, "<built-in method %s>", f->def->name);
}

/* The built-in function that a callee stands for, owned, or no value. */
static Value native_of(Thread *t, Value callee, Value arg)
{
    if (im_is_exact(callee, &im_builtin_function_or_method_type)) return im_new_ref(callee);
    if (!im_is_exact(callee, &im_method_descriptor_type) || im_same(arg, im_monitor.missing)) return IM_NO_VALUE;
    Value m = im_type_of(callee)->slots.descr_get(t, callee, arg, im_type_value(im_type_of(arg)));
    if (im_no_value(m)) im_exc_clear(t);
    else if (!im_is_exact(m, &im_builtin_function_or_method_type)) IM_CLEAR(t, m);
    return m;
}

FN(m_py_enter)
{
    Profiler *p = pp(self);
    if (p->owner == t) enter(t, p, args[0].bits, im_new_ref(args[0]));
    return IM_NONE;
}
FN(m_py_leave)
{
    if (pp(self)->owner == t) leave(t, pp(self), args[0].bits);
    return IM_NONE;
}
FN(m_c_enter)
{
    Profiler *p = pp(self);
    if (p->owner != t || !p->builtins) return IM_NONE;
    Value f = native_of(t, args[2], args[3]);
    if (im_no_value(f)) return IM_NONE;
    uint64_t key = (uint64_t)(uintptr_t)((ImNativeFunction *)im_ptr(f))->def;
    enter(t, p, key, find(&p->table, key) ? IM_NO_VALUE : native_text(t, (ImNativeFunction *)im_ptr(f)));
    im_drop(t, f);
    return IM_NONE;
}
FN(m_c_leave)
{
    Profiler *p = pp(self);
    if (p->owner != t || !p->builtins) return IM_NONE;
    Value f = native_of(t, args[2], args[3]);
    if (im_no_value(f)) return IM_NONE;
    leave(t, p, (uint64_t)(uintptr_t)((ImNativeFunction *)im_ptr(f))->def);
    im_drop(t, f);
    return IM_NONE;
}

/* --- on and off --- */

static const struct { uint8_t event; const char *method; } callbacks[] = {
    {IM_EV_PY_START, "_pystart_callback"}, {IM_EV_PY_RESUME, "_pystart_callback"}, {IM_EV_PY_THROW, "_pystart_callback"},
    {IM_EV_PY_RETURN, "_pyreturn_callback"}, {IM_EV_PY_YIELD, "_pyreturn_callback"}, {IM_EV_PY_UNWIND, "_pyreturn_callback"},
    {IM_EV_CALL, "_ccall_callback"}, {IM_EV_C_RETURN, "_creturn_callback"}, {IM_EV_C_RAISE, "_creturn_callback"},
};

static Value monitoring(Thread *t)
{
    Value m = im_sys_get(t, "monitoring");
    return im_no_value(m) && !im_pending(t) ? im_raise_runtime(t, "lost sys.monitoring") : m;
}
static Value attr(Thread *t, Value o, const char *name)
{
    Value s = im_str_from_cstr(t, name);
    if (im_no_value(s)) return s;
    Value v = im_getattr(t, o, s);
    im_drop(t, s);
    return v;
}
static int call_monitoring(Thread *t, Value m, const char *name, Value a, Value b, Value c)
{
    Value fn = attr(t, m, name), args[3] = {a, b, c};
    if (im_no_value(fn)) return -1;
    Value r = im_call(t, fn, args, im_no_value(b) ? 1 : im_no_value(c) ? 2 : 3, IM_NO_VALUE);
    im_drop(t, fn);
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}

static int flag(Thread *t, Value v, bool *out)
{
    if (im_no_value(v)) return 0;
    int r = im_truth(t, v);
    if (r >= 0) *out = r;
    return r < 0 ? -1 : 0;
}

FN(m_enable)
{
    Profiler *p = pp(self);
    bool sub = true, builtins = true;
    if (flag(t, args[0], &sub) < 0 || flag(t, args[1], &builtins) < 0) return IM_NO_VALUE;
    Value m = monitoring(t), name = IM_S(cProfile);
    if (im_no_value(m)) return m;
    if (call_monitoring(t, m, "use_tool_id", im_int(TOOL), name, IM_NO_VALUE) < 0) {
        im_drop(t, m);
        im_exc_clear(t);
        return im_raise_valueerror(t, "Another profiling tool is already active");
    }
    int all = 0, rc = 0;
    for (size_t i = 0; i < IM_COUNTOF(callbacks) && rc == 0; i++) {
        Value fn = attr(t, self, callbacks[i].method);
        rc = im_no_value(fn) ? -1 : call_monitoring(t, m, "register_callback", im_int(TOOL), im_int(1 << callbacks[i].event), fn);
        im_xdrop(t, fn);
        all |= 1 << callbacks[i].event;
    }
    p->subcalls = sub;
    p->builtins = builtins;
    p->active = true;
    p->owner = t;
    if (rc == 0) rc = call_monitoring(t, m, "set_events", im_int(TOOL), im_int(all), IM_NO_VALUE);
    im_drop(t, m);
    return rc < 0 ? IM_NO_VALUE : IM_NONE;
}

/* Calls that have not returned count as if they did now. */
static void flush(Thread *t, Profiler *p)
{
    while (p->top) {
        Context *c = p->top;
        if (c->entry) stop(t, p, c, c->entry);
        else p->top = c->previous;
        im_raw_free(c);
    }
    while (p->free) {
        Context *c = p->free;
        p->free = c->previous;
        im_raw_free(c);
    }
}

static int off(Thread *t, Profiler *p)
{
    if (!p->active) return 0;
    p->active = false;
    p->owner = NULL;
    Value m = monitoring(t);
    if (im_no_value(m)) return -1;
    int rc = 0;
    for (size_t i = 0; i < IM_COUNTOF(callbacks) && rc == 0; i++)
        rc = call_monitoring(t, m, "register_callback", im_int(TOOL), im_int(1 << callbacks[i].event), IM_NONE);
    if (rc == 0) rc = call_monitoring(t, m, "set_events", im_int(TOOL), im_int(0), IM_NO_VALUE);
    if (rc == 0) rc = call_monitoring(t, m, "free_tool_id", im_int(TOOL), IM_NO_VALUE, IM_NO_VALUE);
    im_drop(t, m);
    flush(t, p);
    return rc;
}
FN(m_disable)
{
    if (pp(self)->in_timer) return im_raise_runtime(t, "cannot disable profiler in external timer");
    return off(t, pp(self)) < 0 ? IM_NO_VALUE : IM_NONE;
}
FN(m_clear)
{
    Profiler *p = pp(self);
    if (p->in_timer) return im_raise_runtime(t, "cannot clear profiler in external timer");
    while (p->top) {
        Context *c = p->top;
        p->top = c->previous;
        c->previous = p->free;
        p->free = c;
    }
    table_free(t, &p->table);
    return IM_NONE;
}

/* --- results --- */

static Value number(Thread *t, double v) { return im_float_new(t, v); }

static Value sub_stats(Thread *t, Profiler *p, Table *tb, double factor)
{
    Value list = im_list_new(t, 0);
    for (size_t i = 0; tb->slots && i <= tb->mask && !im_no_value(list); i++) {
        Entry *s = tb->slots[i], *e = s ? find(&p->table, s->key) : NULL;
        if (!s || !s->calls || !e) continue;
        Value items[5] = {im_new_ref(e->user), im_int(s->calls), im_int(s->recursive), number(t, factor * s->tt), number(t, factor * s->it)};
        Value v = im_structseq_new(t, subentry_type, items);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    return list;
}

FN(m_getstats)
{
    Profiler *p = pp(self);
    double factor = im_no_value(p->timer) ? 1e-9 : p->unit > 0 ? p->unit : 1.0;
    Value list = im_list_new(t, 0);
    for (size_t i = 0; p->table.slots && i <= p->table.mask && !im_no_value(list); i++) {
        Entry *e = p->table.slots[i];
        if (!e || !e->calls) continue;
        Value calls = IM_NONE;
        if (e->sub && e->sub->n) calls = sub_stats(t, p, e->sub, factor);
        if (im_no_value(calls)) { im_drop(t, list); return calls; }
        Value items[6] = {im_new_ref(e->user), im_int(e->calls), im_int(e->recursive), number(t, factor * e->tt), number(t, factor * e->it), calls};
        Value v = im_structseq_new(t, entry_type, items);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    return list;
}

/* --- the type --- */

static Value profiler_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    Profiler *p = (Profiler *)im_instance_alloc(t, type, 0);
    if (!p) return IM_NO_VALUE;
    p->timer = IM_NO_VALUE;
    p->subcalls = p->builtins = true;
    return im_value(p);
}
static int profiler_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    Profiler *p = pp(self);
    if (im_parse_args(t, "Profiler", "(timer=None, timeunit=0.0, subcalls=True, builtins=True)", args, nargs, kwnames, &a) < 0) return -1;
    double unit = 0;
    if (!im_no_value(a.v[1]) && im_as_double(t, a.v[1], &unit) < 0) return -1;
    if (flag(t, a.v[2], &p->subcalls) < 0 || flag(t, a.v[3], &p->builtins) < 0) return -1;
    p->unit = unit;
    Value timer = im_no_value(a.v[0]) || im_is_none(a.v[0]) ? IM_NO_VALUE : im_new_ref(a.v[0]);
    im_slot_put(t, &p->head, &p->timer, timer);
    return 0;
}
static int profiler_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Profiler *p = (Profiler *)o;
    int r;
    for (size_t i = 0; p->table.slots && i <= p->table.mask; i++)
        if (p->table.slots[i] && im_is_object(p->table.slots[i]->user) && (r = visit(p->table.slots[i]->user, arg))) return r;
    return im_is_object(p->timer) ? visit(p->timer, arg) : 0;
}
static void profiler_finalize(Thread *t, ImObject *o)
{
    Value saved = im_exc_fetch(t);
    if (off(t, (Profiler *)o) < 0) im_write_unraisable(t, NULL, IM_NO_VALUE);
    im_exc_restore(t, saved);
}
static void profiler_destroy(Thread *t, ImObject *o)
{
    Profiler *p = (Profiler *)o;
    while (p->top) { Context *c = p->top; p->top = c->previous; im_raw_free(c); }
    while (p->free) { Context *c = p->free; p->free = c->previous; im_raw_free(c); }
    table_free(t, &p->table);
    im_destroy_child(t, p->timer);
}
static const ImMethodDef profiler_methods[] = {
    IM_FIXED("getstats", m_getstats, 0, "($self, /)", "list of profiler_entry objects."),
    IM_PARSED("enable", m_enable, "($self, /, subcalls=True, builtins=True)",
              "Start collecting profiling information.\n\n  subcalls\n    If True, also records for each function\n    statistics separated according to its current caller.\n"
              "  builtins\n    If True, records the time spent in\n    built-in functions separately from their caller."),
    IM_FIXED("disable", m_disable, 0, "($self, /)", "Stop collecting profiling information."),
    IM_FIXED("clear", m_clear, 0, "($self, /)", "Clear all profiling information collected so far."),
    IM_RANGE("_pystart_callback", m_py_enter, 2, 3, NULL, NULL), IM_RANGE("_pyreturn_callback", m_py_leave, 2, 3, NULL, NULL),
    IM_FIXED("_ccall_callback", m_c_enter, 4, NULL, NULL), IM_FIXED("_creturn_callback", m_c_leave, 4, NULL, NULL), IM_END};
static const ImSlots profiler_slots = {.new_ = profiler_new, .init = profiler_init};
static const ImTypeSpec profiler_spec = {
    .name = "_lsprof.Profiler", .doc = "Build a profiler object using the specified timer function.\n\n  timer\n    A fast function returning a float or integer giving the current time.",
    .size = sizeof(Profiler), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &profiler_slots, .methods = profiler_methods, .traverse = profiler_traverse,
    .finalize = profiler_finalize, .destroy = profiler_destroy, .text_signature = "(timer=None, timeunit=0.0, subcalls=True, builtins=True)"};

static int lsprof_exec(Thread *t, Value m)
{
    static const ImStructField fields[] = {{"code", "code object or built-in function name"}, {"callcount", "how many times this was called"},
        {"reccallcount", "how many times called recursively"}, {"totaltime", "total time in this entry"}, {"inlinetime", "inline time in this entry (not in subcalls)"},
        {"calls", "details of the calls"}};
    entry_type = im_structseq_type(t, "_lsprof.profiler_entry", NULL, fields, 6, 6);
    subentry_type = im_structseq_type(t, "_lsprof.profiler_subentry", NULL, fields, 5, 5);
    if (!entry_type || !subentry_type) return -1;
    if (im_module_add(t, m, "profiler_entry", im_new_ref(im_type_value(entry_type))) < 0
        || im_module_add(t, m, "profiler_subentry", im_new_ref(im_type_value(subentry_type))) < 0) return -1;
    return im_module_ready_type(t, m, &profiler_type, &profiler_spec);
}
static const ImModuleDef lsprof_module = {.name = "_lsprof", .doc = "Fast profiler", .exec = lsprof_exec};
IM_MODULE(lsprof_module);
