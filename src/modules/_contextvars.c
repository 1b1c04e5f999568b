/* _contextvars: Context, ContextVar, Token (PEP 567).
 *
 * A context's variables are a dict that does not change while another context has it too: set() and reset() then put a changed copy there. Copying a context shares the
 * dict. More than FEW_VARS are a map made for changed copies (context_trie.h) instead, for good: programs that make variables and forget them get thousands.
 * SPDX-License-Identifier: MIT */
#include "modules/contextvars.h"

#include "modules/context_trie.h"

enum { FEW_VARS = 32 };

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

typedef struct Context {
    ImObject head;
    Value x_vars;       /* dict or map; replaced whole */
    Value prev;         /* context to go back to, or no value; only while entered, by the thread that entered it */
    uint32_t x_entered; /* 1 while some thread runs in it; CAS */
} Context;
typedef struct Var { ImObject head; Value name, dflt; /* dflt: no value without */ uint64_t bits; /* of this variable alone */ } Var;
typedef struct Token { ImObject head; Value var, ctx, old; /* old: no value when the variable had none */ uint32_t x_used; } Token;
#define C(v) ((Context *)im_ptr(v))
#define V(v) ((Var *)im_ptr(v))
#define TOK(v) ((Token *)im_ptr(v))
IM_TYPE_DECLARE(context); IM_TYPE_DECLARE(contextvar); IM_TYPE_DECLARE(context_token); IM_TYPE_DECLARE(token_missing);

static Value missing; /* Token.MISSING; made with the module, root */

/* --- contexts ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value context_new(Thread *t, Value vars)
{
    Value v = im_value(im_instance_alloc(t, &im_context_type, 0)), d = im_no_value(vars) ? im_dict_new(t) : im_new_ref(vars);
    if (!im_is_object(v) || im_no_value(d)) { im_xdrop(t, v); im_xdrop(t, d); return IM_NO_VALUE; }
    im_slot_init(im_ptr(v), &C(v)->x_vars, d);
    return v;
}
static Value vars_of(Thread *t, Value ctx) { return im_slot_get(t, NULL, &C(ctx)->x_vars); }
/* As a dict, which the caller owns and does not change. */
static Value vars_dict(Thread *t, Value ctx)
{
    Value d = vars_of(t, ctx);
    if (!im_is_tuple_exact(d)) return d;
    Value r = im_context_trie_dict(t, d);
    im_drop(t, d);
    return r;
}
/* 1 found (*out owned), 0, -1. */
static int vars_get(Thread *t, Value vars, Value var, Value *out)
{
    if (IM_LIKELY(!im_is_tuple_exact(vars))) return im_dict_get(t, vars, var, out);
    Value v = im_context_trie_find(vars, var);
    *out = im_no_value(v) ? v : im_new_ref(v);
    return !im_no_value(v);
}
/* The thread's current context; made at the first question. Borrowed. */
static Value current(Thread *t)
{
    if (im_no_value(t->context)) t->context = context_new(t, IM_NO_VALUE);
    return t->context;
}

static Value ctx_tp_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type, (void)args;
    if (nargs || (!im_no_value(kwnames) && im_tuple_len(kwnames))) return im_raise_type(t, "Context() does not accept any arguments");
    return context_new(t, IM_NO_VALUE);
}
static Value copy_of(Thread *t, Value ctx)
{
    Value d = vars_of(t, ctx), r = context_new(t, d);
    im_drop(t, d);
    return r;
}
FN(ctx_copy) { UNUSED_ARGS; return copy_of(t, self); }
FN(copy_context)
{
    UNUSED_ARGS;
    return im_context_copy_current(t);
}
Value im_context_copy_current(Thread *t)
{
    Value c = current(t);
    return im_no_value(c) ? c : copy_of(t, c);
}
bool im_is_context(Value v) { return im_is_exact(v, &im_context_type); }
int im_context_enter(Thread *t, Value ctx, Value *old)
{
    uint32_t zero = 0;
    const bool mine = im_is_private(ctx);
    if (IM_UNLIKELY(mine ? C(ctx)->x_entered != 0 : !im_cas_acq_rel(&C(ctx)->x_entered, &zero, 1))) return im_raise_runtime(t, "cannot enter context: %R is already entered", ctx), -1;
    if (mine) C(ctx)->x_entered = 1;
    *old = t->context;
    t->context = im_new_ref(ctx);
    t->context_version++;
    return 0;
}
void im_context_leave(Thread *t, Value ctx, Value old)
{
    im_drop(t, t->context);
    t->context = old;
    t->context_version++;
    im_store_release(&C(ctx)->x_entered, 0);
}
FN(ctx_run)
{
    (void)self;
    if (nargs < 1) return im_raise_type(t, "run() missing 1 required positional argument");
    Value old;
    if (im_context_enter(t, self, &old) < 0) return IM_NO_VALUE;
    Value r = im_call(t, args[0], args + 1, nargs - 1, kwnames);
    im_context_leave(t, self, old);
    return r;
}
static int key_check(Thread *t, Value key)
{
    return im_is_exact(key, &im_contextvar_type) ? 0 : (im_raise_type(t, "a ContextVar key was expected, got %R", key), -1);
}
static int lookup(Thread *t, Value ctx, Value key, Value *out)
{
    *out = IM_NO_VALUE;
    if (key_check(t, key) < 0) return -1;
    Value d = vars_of(t, ctx);
    int r = vars_get(t, d, key, out);
    im_drop(t, d);
    return r;
}
static Value ctx_subscript(Thread *t, Value self, Value key)
{
    Value v;
    return lookup(t, self, key, &v) == 0 ? im_raise_key(t, key) : v;
}
static int ctx_contains(Thread *t, Value self, Value key)
{
    Value v;
    int r = lookup(t, self, key, &v);
    im_xdrop(t, v);
    return r;
}
FN(ctx_get)
{
    UNUSED_ARGS;
    Value v;
    int r = lookup(t, self, args[0], &v);
    return r == 0 ? im_new_ref(nargs > 1 ? args[1] : IM_NONE) : v;
}
static Value with_vars(Thread *t, Value self, Value (*fn)(Thread *t, Value d))
{
    Value d = vars_dict(t, self), r = im_no_value(d) ? d : fn(t, d);
    im_xdrop(t, d);
    return r;
}
static Value keys_view(Thread *t, Value d) { return im_call_method0(t, d, IM_S(keys)); }
static Value values_view(Thread *t, Value d) { return im_call_method0(t, d, IM_S(values)); }
static Value items_view(Thread *t, Value d) { return im_call_method0(t, d, IM_S(items)); }
FN(ctx_keys) { UNUSED_ARGS; return with_vars(t, self, keys_view); }
FN(ctx_values) { UNUSED_ARGS; return with_vars(t, self, values_view); }
FN(ctx_items) { UNUSED_ARGS; return with_vars(t, self, items_view); }
static Value ctx_iter(Thread *t, Value self) { return with_vars(t, self, im_iter); }
static ssize_t ctx_length(Thread *t, Value self)
{
    Value d = vars_of(t, self);
    ssize_t n = im_is_tuple_exact(d) ? im_context_trie_len(d) : im_dict_len(d);
    im_drop(t, d);
    return n;
}
static Value ctx_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_exact(a, &im_context_type) || !im_is_exact(b, &im_context_type) || (op != IM_EQ && op != IM_NE)) return IM_NOT_IMPLEMENTED;
    Value x = vars_dict(t, a), y = vars_dict(t, b);
    int r = im_no_value(x) || im_no_value(y) ? -1 : im_equal(t, x, y);
    im_xdrop(t, x);
    im_xdrop(t, y);
    return r < 0 ? IM_NO_VALUE : im_bool(op == IM_EQ ? r : !r);
}
#define VISIT(v) do { if (im_is_object(v)) { int r_ = visit((v), arg); if (r_) return r_; } } while (0)
static int ctx_traverse(ImObject *o, ImVisit visit, void *arg)
{
    VISIT(((Context *)o)->x_vars);
    VISIT(((Context *)o)->prev);
    return 0;
}
static void ctx_clear(Thread *t, ImObject *o)
{
    Value d = im_dict_new(t);
    if (im_no_value(d)) { im_exc_clear(t); return; }
    im_slot_put(t, o, &((Context *)o)->x_vars, d);
}
static void ctx_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((Context *)o)->x_vars);
    im_destroy_child(t, ((Context *)o)->prev);
}
static const ImMethodDef ctx_methods[] = {
    IM_RAW("run", ctx_run, NULL, NULL), IM_FIXED("copy", ctx_copy, 0, "($self, /)", "Return a shallow copy of the context object."),
    IM_RANGE("get", ctx_get, 1, 2, "($self, key, default=None, /)", "Return the value for `key` if `key` has the value in the context object."),
    IM_FIXED("keys", ctx_keys, 0, "($self, /)", "Return a list of all variables in the context object."),
    IM_FIXED("values", ctx_values, 0, "($self, /)", "Return a list of all variables' values in the context object."),
    IM_FIXED("items", ctx_items, 0, "($self, /)", "Return all variables and their values in the context object."),
    IM_END,
};
static const ImSlots ctx_slots = {.new_ = ctx_tp_new, .subscript = ctx_subscript, .contains = ctx_contains, .length = ctx_length, .iter = ctx_iter, .richcompare = ctx_compare};
static const ImTypeSpec ctx_spec = {.name = "_contextvars.Context", .size = sizeof(Context), .flags = IM_TF_GC | IM_TF_WEAKREF, .slots = &ctx_slots, .methods = ctx_methods,
    .traverse = ctx_traverse, .clear = ctx_clear, .destroy = ctx_destroy};
IM_TYPE(context, &ctx_spec);

/* --- variables ----------------------------------------------------------------------------------------------------------------------------------------------------- */

uint64_t im_context_bits(Value var) { return V(var)->bits; }
static Value var_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    (void)type;
    if (im_parse_args(t, "ContextVar", "(name, /, *, default=<unrepresentable>)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value v = IM_NO_VALUE;
    if (!im_is_str(a.v[0])) im_raise_type(t, "context variable name must be a str");
    else if (im_hash(t, a.v[0]) != -1) { /* a name must be hashable */
        ImObject *o = im_instance_alloc(t, &im_contextvar_type, 0);
        if (o) {
            static uint64_t made;
            uint64_t bits = im_faa_relaxed(&made, (uint64_t)1); /* mixed, one to one (Vigna's splitmix64) */
            bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
            bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
            v = im_value(o);
            V(v)->bits = bits ^ bits >> 31;
            im_slot_init(o, &V(v)->name, im_new_ref(a.v[0]));
            if (!im_no_value(a.v[1])) im_slot_init(o, &V(v)->dflt, im_new_ref(a.v[1]));
        }
    }
    im_args_fini(t, &a);
    return v;
}
FN(var_get)
{
    UNUSED_ARGS;
    Value v = IM_NO_VALUE;
    if (!im_no_value(t->context)) {
        Value d = vars_of(t, t->context);
        int r = vars_get(t, d, self, &v);
        im_drop(t, d);
        if (r) return v;
    }
    if (nargs) return im_new_ref(args[0]);
    if (!im_no_value(V(self)->dflt)) return im_new_ref(V(self)->dflt);
    return im_raise_value_of(t, &im_LookupError_type, self);
}
/* The variables `vars` with var = v (no value: without var, which is there). */
static Value changed(Thread *t, Value vars, Value var, Value v)
{
    if (im_is_tuple_exact(vars)) {
        if (!im_no_value(v)) return im_context_trie_with(t, vars, var, v);
        return im_context_trie_len(vars) == 1 ? im_dict_new(t) : im_context_trie_without(t, vars, var);
    }
    Value copy = im_dict_copy(t, vars);
    if (im_no_value(copy)) return copy;
    if ((im_no_value(v) ? im_dict_del(t, copy, var) : im_dict_set(t, copy, var, v)) < 0) IM_CLEAR(t, copy);
    return copy;
}
/* Gives the current context var = v (no value: none). 0, or -1. */
static int change(Thread *t, Value ctx, Value var, Value v)
{
    Value now = C(ctx)->x_vars, fresh, had;
    if (im_is_private(ctx) && im_is_object(now) && im_is_unique(now) && im_is_dict_exact(now) && im_dict_len(now) < FEW_VARS) { /* nobody else has this dict: in place */
        t->context_version++;
        return (im_no_value(v) ? im_dict_del(t, now, var) : im_dict_set(t, now, var, v)) < 0 ? -1 : 0;
    }
    now = vars_of(t, ctx);
    int there = im_no_value(v) ? vars_get(t, now, var, &had) : 1;
    if (there <= 0) {
        im_drop(t, now);
        return there;
    }
    if (im_no_value(v)) im_drop(t, had);
    fresh = changed(t, now, var, v);
    im_drop(t, now);
    if (!im_no_value(fresh) && im_is_dict_exact(fresh) && im_dict_len(fresh) > FEW_VARS) {
        Value map = im_context_trie_of(t, fresh);
        im_drop(t, fresh);
        fresh = map;
    }
    if (im_no_value(fresh)) return -1;
    im_slot_put(t, im_ptr(ctx), &C(ctx)->x_vars, fresh);
    t->context_version++;
    return 0;
}
FN(var_set)
{
    UNUSED_ARGS;
    Value ctx = current(t), old;
    if (im_no_value(ctx)) return ctx;
    if (lookup(t, ctx, self, &old) < 0) return IM_NO_VALUE;
    ImObject *o = im_instance_alloc(t, &im_context_token_type, 0);
    if (!o) { im_xdrop(t, old); return IM_NO_VALUE; }
    Token *k = (Token *)o;
    im_slot_init(o, &k->var, im_new_ref(self));
    im_slot_init(o, &k->ctx, im_new_ref(ctx));
    im_slot_init(o, &k->old, old);
    if (change(t, ctx, self, args[0]) < 0) { im_drop(t, im_value(o)); return IM_NO_VALUE; }
    return im_value(o);
}
FN(var_reset)
{
    UNUSED_ARGS;
    if (!im_is_exact(args[0], &im_context_token_type)) return im_raise_type(t, "expected an instance of Token, got %R", args[0]);
    Token *k = TOK(args[0]);
    if (im_load_relaxed(&k->x_used)) return im_raise_runtime(t, "%R has already been used once", args[0]);
    if (!im_same(k->var, self)) return im_raise_valueerror(t, "%R was created by a different ContextVar", args[0]);
    Value ctx = current(t);
    if (im_no_value(ctx)) return ctx;
    if (!im_same(k->ctx, ctx)) return im_raise_valueerror(t, "%R was created in a different Context", args[0]);
    im_store_relaxed(&k->x_used, 1);
    return change(t, ctx, self, k->old) < 0 ? IM_NO_VALUE : IM_NONE;
}
static Value var_repr(Thread *t, Value self)
{
    Var *v = V(self);
    if (im_no_value(v->dflt)) return im_str_format(t, "<ContextVar name=%R at %p>", v->name, (void *)v);
    return im_str_format(t, "<ContextVar name=%R default=%R at %p>", v->name, v->dflt, (void *)v);
}
static int var_traverse(ImObject *o, ImVisit visit, void *arg)
{
    VISIT(((Var *)o)->name);
    VISIT(((Var *)o)->dflt);
    return 0;
}
static void var_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((Var *)o)->name);
    im_destroy_child(t, ((Var *)o)->dflt);
}
static const ImMethodDef var_methods[] = {
    IM_RANGE("get", var_get, 0, 1, "($self, default=<unrepresentable>, /)", "Return a value for the context variable for the current context."),
    IM_FIXED("set", var_set, 1, "($self, value, /)", "Call to set a new value for the context variable in the current context."),
    IM_FIXED("reset", var_reset, 1, "($self, token, /)", "Reset the context variable."), IM_CLASS_GETITEM, IM_END,
};
static const ImMemberDef var_members[] = {{"name", IM_T_VALUE, offsetof(Var, name), true, NULL}, {0}};
static const ImSlots var_slots = {.new_ = var_new, .repr = var_repr};
static const ImTypeSpec var_spec = {.name = "_contextvars.ContextVar", .size = sizeof(Var), .flags = IM_TF_GC | IM_TF_WEAKREF, .slots = &var_slots, .methods = var_methods, .members = var_members,
    .traverse = var_traverse, .destroy = var_destroy};
IM_TYPE(contextvar, &var_spec);

/* --- tokens --------------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value token_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type, (void)args, (void)nargs, (void)kwnames;
    return im_raise_runtime(t, "Tokens can only be created by ContextVars");
}
static Value token_repr(Thread *t, Value self)
{
    return im_str_format(t, "<Token%s var=%R at %p>", im_load_relaxed(&TOK(self)->x_used) ? " used" : "", TOK(self)->var, (void *)im_ptr(self));
}
static Value token_var(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_new_ref(TOK(self)->var); }
static Value token_old(Thread *t, Value self, void *closure) { (void)t, (void)closure; return im_new_ref(im_no_value(TOK(self)->old) ? missing : TOK(self)->old); }
static int token_traverse(ImObject *o, ImVisit visit, void *arg)
{
    VISIT(((Token *)o)->var);
    VISIT(((Token *)o)->ctx);
    VISIT(((Token *)o)->old);
    return 0;
}
static void token_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((Token *)o)->var);
    im_destroy_child(t, ((Token *)o)->ctx);
    im_destroy_child(t, ((Token *)o)->old);
}
static const ImGetSetDef token_getset[] = {{"var", token_var, NULL, NULL, NULL}, {"old_value", token_old, NULL, NULL, NULL}, {0}};
static const ImMethodDef token_methods[] = {IM_CLASS_GETITEM, IM_END};
static const ImSlots token_slots = {.new_ = token_new, .repr = token_repr};
static const ImTypeSpec token_spec = {.name = "_contextvars.Token", .size = sizeof(Token), .flags = IM_TF_GC, .slots = &token_slots, .getset = token_getset, .methods = token_methods,
    .traverse = token_traverse, .destroy = token_destroy};
IM_TYPE(context_token, &token_spec);

static Value missing_repr(Thread *t, Value self) { (void)self; return im_str_from_cstr(t, "<Token.MISSING>"); }
static const ImSlots missing_slots = {.repr = missing_repr};
static const ImTypeSpec missing_spec = {.name = "Token.MISSING", .size = sizeof(ImObject), .flags = IM_TF_NO_NEW, .slots = &missing_slots};
IM_TYPE(token_missing, &missing_spec);

static const ImMethodDef methods[] = {IM_FIXED("copy_context", copy_context, 0, "($module, /)", NULL), IM_END};
static int contextvars_exec(Thread *t, Value m)
{
    (void)m;
    if (!im_no_value(missing)) return 0;
    Value v = im_value(im_instance_alloc(t, &im_token_missing_type, 0));
    if (!im_is_object(v)) return -1;
    im_immortalize(v);
    missing = v;
    im_root_add(&missing);
    if (im_dict_set_cstr(t, im_context_token_type.dict, "MISSING", missing) < 0) return -1;
    im_type_modified(t, &im_context_token_type);
    return 0;
}
static ImType *const types[] = {&im_context_type, &im_contextvar_type, &im_context_token_type, NULL};
static const ImModuleDef contextvars_def = {.name = "_contextvars", .doc = "Context Variables", .methods = methods, .exec = contextvars_exec, .types = types};
IM_MODULE(contextvars_def);
