/* Calls of Python functions: frames pushed and popped, arguments bound to parameters.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "object/lookup.h"
#include "types/dict.h"
#include "types/list.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"
#include "vm/trace.h"
#include "vm/vm.h"

int im_vm_thread_init(Thread *t)
{
    t->upper[0] = t->upper[1] = t->records;
    t->upper[2] = t->records_end - 4 * sizeof(ImFrame);
    t->upper[3] = t->stack;
    im_trace_update(t, false); /* tools of sys.monitoring see new threads too */
    return 0;
}

void im_vm_thread_fini(Thread *t)
{
    t->upper[0] = NULL;
}

IM_COLD static ImFrame *too_deep(Thread *t, ImFunction *fn, Value *regs, uint32_t nset)
{
    for (uint32_t i = 0; i < nset; i++) { Value v = regs[i]; regs[i] = IM_UNSET; im_drop(t, v); }
    im_drop(t, im_value(fn));
    (void)im_raise(t, &im_RecursionError_type, "maximum recursion depth exceeded");
    return NULL;
}

/* Makes the register stack clean for `regs` and some more, in proportion: a thread of few calls is not to fill pages that it never uses. False: there is not so much. */
IM_NOINLINE static bool clean_stack(Thread *t, Value *regs)
{
    enum { CHUNK = 2048 };
    if (regs > t->stack_limit) return false;
    ptrdiff_t more = (regs - t->stack) / 2;
    if (more > CHUNK) more = CHUNK;
    Value *from = im_stack_clean(t), *to = more < t->stack_limit - regs ? regs + more : t->stack_limit;
    for (; from < to; from++) *from = IM_UNSET;
    t->upper[3] = to;
    return true;
}

/* Pushes a frame for fn, running co, whose first `nset` registers (from base on) already hold owned arguments. Steals fn and them, also on failure. */
IM_INLINE ImFrame *push(Thread *t, ImFunction *fn, ImCode *co, Value *base, uint32_t nset, uint8_t kind)
{
    ImFrame *nf = im_frame_next(t), *back = t->frame;
    if (IM_UNLIKELY(base + co->nfar + co->nregs + 512 > im_stack_clean(t)) && !clean_stack(t, base + co->nfar + co->nregs + 512)) return too_deep(t, fn, base, nset);
    if (IM_UNLIKELY(co->nfar != 0)) {
        memmove(base + co->nfar, base, nset * sizeof *base);
        for (uint32_t i = 0; i < co->nfar; i++) base[i] = IM_UNSET;
        base += co->nfar;
        for (uint32_t i = IM_MAX_REG_PARAMS; i < nset; i++) {
            base[-1 - (int)(i - IM_MAX_REG_PARAMS)] = base[i];
            base[i] = IM_UNSET;
        }
        if (nset > IM_MAX_REG_PARAMS) nset = IM_MAX_REG_PARAMS;
    }
    if (IM_UNLIKELY(t->depth >= t->depth_limit || (void *)nf >= t->upper[2])) return too_deep(t, fn, base, nset);
    t->depth++;
    t->upper[1] = nf + 1;
    nf->back = back;
    nf->x_pc = co->x_units;
    nf->regs = base;
    nf->top = base + co->nregs;
    nf->code = co;
    nf->func = fn;
    nf->locals = IM_NO_VALUE;
    nf->x_frame_obj = IM_NO_VALUE;
    nf->aux = IM_NO_VALUE;
    nf->globals_uid = fn->globals_uid;
    nf->kind = kind;
    nf->ret = 0;
    nf->nlocals = co->nlocals;
    for (uint32_t i = nset; i < co->nlocals; i++) base[i] = IM_UNSET;
    im_assert_clean(base + (nset > co->nlocals ? nset : co->nlocals), base + co->nregs);
    t->frame = nf;
    return nf;
}
ImFrame *im_frame_push(Thread *t, ImFunction *fn, ImCode *co, Value *base, uint32_t nset) { return push(t, fn, co, base, nset, 0); }

void im_frame_pop(Thread *t, ImFrame *f)
{
    if (IM_UNLIKELY(!im_no_value(f->x_frame_obj))) im_frame_obj_finish(t, f);
    Value *R = f->regs;
    const uint32_t n = f->code->nregs;
    for (uint32_t i = 0; i < n; i++) {
        Value v = R[i];
        if (im_is_ptr(v)) { R[i] = IM_UNSET; im_drop(t, v); }
    }
    if (IM_UNLIKELY(f->code->nfar != 0))
        for (uint32_t i = 1; i <= f->code->nfar; i++) { Value v = R[-(int)i]; R[-(int)i] = IM_UNSET; im_drop(t, v); }
    if (IM_UNLIKELY(!im_no_value(f->locals))) IM_CLEAR(t, f->locals);
    if (IM_UNLIKELY(!im_no_value(f->aux))) IM_CLEAR(t, f->aux);
    t->frame = f->back;
    t->upper[1] = f;
    t->depth--;
    im_drop_obj(t, &f->func->head);
}

/* --- binding: the general case --------------------------------------------------------------------------------------------- */
typedef struct Binding {
    ImFunction *fn;
    ImCode *co;
    Value *R;         /* parameter registers; IM_UNSET where not bound yet */
    const Value *args;
    size_t nargs;
    Value kwnames;
} Binding;

static Value param_name(const Binding *b, int i) { return im_tuple_get(b->co->varnames, i); }
static int nparams(const ImCode *co)
{
    return co->argcount + co->kwonly + !!(co->flags & IM_CO_VARARGS) + !!(co->flags & IM_CO_VARKEYWORDS);
}

/* "a", "a and b", "a, b, and c", each in quotes. */
static Value join_names(Thread *t, Value *names, int n)
{
    ImStrBuilder sb;
    im_sb_init(&sb);
    for (int i = 0; i < n; i++) {
        const char *sep = i == 0 ? "" : i == n - 1 ? (n == 2 ? " and " : ", and ") : ", ";
        if (im_sb_ascii(t, &sb, sep, -1) < 0 || im_sb_repr(t, &sb, names[i]) < 0) { im_sb_free(&sb); return IM_NO_VALUE; }
    }
    return im_sb_finish(t, &sb);
}

IM_COLD static int raise_missing(Thread *t, const Binding *b, int from, int to, const char *kind)
{
    Value names[to - from];
    int n = 0;
    for (int i = from; i < to; i++)
        if (im_is_unset(b->R[i])) names[n++] = param_name(b, i);
    Value list = join_names(t, names, n);
    if (im_no_value(list)) return -1;
    (void)im_raise_type(t, "%U() missing %d required %s argument%s: %U", im_function_qualname(b->fn), n, kind, n == 1 ? "" : "s", list);
    im_drop(t, list);
    return -1;
}

IM_COLD static int raise_too_many(Thread *t, const Binding *b)
{
    Value defaults = im_slot_get(t, NULL, &b->fn->x_defaults);
    int ndefaults = im_no_value(defaults) ? 0 : (int)im_tuple_len(defaults), co_args = b->co->argcount, kwonly_given = 0;
    im_xdrop(t, defaults);
    for (int i = co_args; i < co_args + b->co->kwonly; i++) kwonly_given += !im_is_unset(b->R[i]);
    Value takes = ndefaults ? im_str_format(t, "from %d to %d", co_args - ndefaults, co_args) : im_str_format(t, "%d", co_args);
    if (im_no_value(takes)) return -1;
    bool plural = ndefaults ? true : co_args != 1;
    Value kw = kwonly_given ? im_str_format(t, " positional argument%s (and %d keyword-only argument%s)", b->nargs != 1 ? "s" : "", kwonly_given, kwonly_given != 1 ? "s" : "")
                            : im_str_new(t, 0, 0);
    if (!im_no_value(kw))
        (void)im_raise_type(t, "%U() takes %U positional argument%s but %zd%U %s given", im_function_qualname(b->fn), takes, plural ? "s" : "", (ssize_t)b->nargs, kw,
                            b->nargs == 1 && !kwonly_given ? "was" : "were");
    im_drop(t, takes);
    im_xdrop(t, kw);
    return -1;
}

IM_COLD static int raise_positional_only(Thread *t, const Binding *b)
{
    ImStrBuilder sb;
    im_sb_init(&sb);
    int n = 0;
    for (int i = 0; i < b->co->posonly; i++)
        for (ssize_t k = 0; k < im_tuple_len(b->kwnames); k++)
            if (im_str_equal(param_name(b, i), im_tuple_get(b->kwnames, k))) {
                if (n++ && im_sb_ascii(t, &sb, ", ", 2) < 0) goto fail;
                if (im_sb_str(t, &sb, param_name(b, i)) < 0) goto fail;
            }
    if (n == 0) { im_sb_free(&sb); return 0; }
    Value names = im_sb_finish(t, &sb);
    if (im_no_value(names)) return -1;
    (void)im_raise_type(t, "%U() got some positional-only arguments passed as keyword arguments: '%U'", im_function_qualname(b->fn), names);
    im_drop(t, names);
    return -1;
fail:
    im_sb_free(&sb);
    return -1;
}

static int bind_keyword(Thread *t, Binding *b, Value name, Value v, Value kwdict)
{
    const ImCode *co = b->co;
    int named = co->argcount + co->kwonly;
    if (!im_is_str(name)) return im_raise_type(t, "%U() keywords must be strings", im_function_qualname(b->fn)), -1;
    int i = co->posonly;
    for (; i < named; i++)
        if (im_same(name, param_name(b, i))) break;
    if (i == named)
        for (i = co->posonly; i < named; i++)
            if (im_str_equal(name, param_name(b, i))) break;
    if (i < named) {
        if (!im_is_unset(b->R[i])) return im_raise_type(t, "%U() got multiple values for argument '%S'", im_function_qualname(b->fn), name), -1;
        im_take(v);
        b->R[i] = v;
        return 0;
    }
    if (!im_no_value(kwdict)) return im_dict_set(t, kwdict, name, v);
    if (co->posonly && raise_positional_only(t, b) < 0) return -1;
    Value hint = im_suggest(t, im_tuple_items(co->varnames) + co->posonly, (size_t)(named - co->posonly), name);
    if (!im_no_value(hint)) return im_raise_type(t, "%U() got an unexpected keyword argument '%S'. Did you mean '%U'?", im_function_qualname(b->fn), name, hint), -1;
    return im_raise_type(t, "%U() got an unexpected keyword argument '%S'", im_function_qualname(b->fn), name), -1;
}

static int bind_defaults(Thread *t, Binding *b)
{
    const ImCode *co = b->co;
    if ((int)b->nargs < co->argcount) {
        Value defaults = im_slot_get(t, NULL, &b->fn->x_defaults);
        int ndefaults = im_no_value(defaults) ? 0 : (int)im_tuple_len(defaults), first = co->argcount - ndefaults, missing = 0;
        for (int i = (int)b->nargs; i < first; i++) missing += im_is_unset(b->R[i]);
        if (missing) { im_xdrop(t, defaults); return raise_missing(t, b, 0, first, "positional"); }
        for (int i = first < 0 ? 0 : first; i < co->argcount; i++)
            if (im_is_unset(b->R[i])) b->R[i] = im_new_ref(im_tuple_get(defaults, i - first));
        im_xdrop(t, defaults);
    }
    if (co->kwonly) {
        int missing = 0;
        for (int i = co->argcount; i < co->argcount + co->kwonly; i++) {
            if (!im_is_unset(b->R[i])) continue;
            Value kwd = im_slot_get(t, NULL, &b->fn->x_kwdefaults), v = IM_NO_VALUE;
            if (!im_no_value(kwd)) {
                int r = im_dict_get(t, kwd, param_name(b, i), &v);
                im_drop(t, kwd);
                if (r < 0) return -1;
            }
            if (im_no_value(v)) missing++;
            else b->R[i] = v;
        }
        if (missing) return raise_missing(t, b, co->argcount, co->argcount + co->kwonly, "keyword-only");
    }
    return 0;
}

static int bind(Thread *t, Binding *b)
{
    const ImCode *co = b->co;
    size_t npos = b->nargs < (size_t)co->argcount ? b->nargs : (size_t)co->argcount;
    int at = co->argcount + co->kwonly;
    Value kwdict = IM_NO_VALUE;
    for (size_t i = 0; i < npos; i++) b->R[i] = im_new_ref(b->args[i]);
    if (co->flags & IM_CO_VARARGS) {
        Value rest = im_tuple_from_array(t, b->args + npos, b->nargs - npos);
        if (im_no_value(rest)) return -1;
        b->R[at++] = rest;
    }
    if (co->flags & IM_CO_VARKEYWORDS) {
        kwdict = im_dict_new(t);
        if (im_no_value(kwdict)) return -1;
        b->R[at] = kwdict;
    }
    if (!im_no_value(b->kwnames))
        for (ssize_t i = 0; i < im_tuple_len(b->kwnames); i++)
            if (bind_keyword(t, b, im_tuple_get(b->kwnames, i), b->args[b->nargs + (size_t)i], kwdict) < 0) return -1;
    if (b->nargs > (size_t)co->argcount && !(co->flags & IM_CO_VARARGS)) return raise_too_many(t, b);
    return bind_defaults(t, b);
}

/* Binds borrowed arguments into a window at `base` and pushes the frame. `args` may overlap nothing at or above base. */
ImFrame *im_frame_push_call(Thread *t, ImFunction *fn, const Value *args, size_t nargs, Value kwnames, Value *base)
{
    ImCode *co = im_function_code(fn);
    Value *R = base;
    int n = nparams(co);
    if (IM_UNLIKELY(R + n + co->nregs + 600 > im_stack_clean(t)) && !clean_stack(t, R + n + co->nregs + 600)) {
        im_take_obj(&fn->head);
        return too_deep(t, fn, R, 0);
    }
    if (nargs == (size_t)co->argcount && im_no_value(kwnames) && n == co->argcount) {
        for (int i = 0; i < n; i++) R[i] = im_new_ref(args[i]);
    } else {
        for (int i = 0; i < n; i++) R[i] = IM_UNSET;
        /* Binding may run Python code (a str subclass as key, __eq__): its frames go above the half-made window. */
        ImFrame *cur = t->frame;
        Value *top = cur ? cur->top : NULL, *stack_top = t->stack_top;
        if (cur) cur->top = R + n;
        t->stack_top = R + n;
        Binding b = {fn, co, R, args, nargs, kwnames};
        int r = bind(t, &b);
        if (cur) cur->top = top;
        t->stack_top = stack_top;
        if (r < 0) {
            for (int i = 0; i < n; i++) { Value v = R[i]; R[i] = IM_UNSET; im_drop(t, v); }
            return NULL;
        }
    }
    im_take_obj(&fn->head);
    return push(t, fn, co, R, (uint32_t)n, 0);
}

/* --- binding: the usual case, in which names are the parameters' own strings and no Python code can run ----------------------- */
enum { MAX_PARAMS = 64 };

IM_NOINLINE static int equal_param(const ImCode *co, const Value *params, int named, Value name)
{
    if (!im_is_str_exact(name)) return -2;
    if (!im_str_is_interned(name))
        for (int i = co->posonly; i < named; i++)
            if (im_str_equal(params[i], name)) return i;
    return -1;
}
/* Parameter `name` may be given by keyword: its number; -1: there is none of that name; -2: only the general case can tell. */
IM_INLINE int keyword_param(const ImCode *co, const Value *params, int named, Value name)
{
    for (int i = co->posonly; i < named; i++)
        if (im_same(params[i], name)) return i;
    return equal_param(co, params, named, name);
}

/* References to the defaults of parameters from `from` on that are not in `set` go to base; false: one has none, and base is as it was. */
static bool fill_defaults(Thread *t, ImFunction *fn, const ImCode *co, Value *base, int from, uint64_t set)
{
    const int named = co->argcount + co->kwonly;
    Value defaults = IM_NO_VALUE, kwdefaults = IM_NO_VALUE;
    bool all = true;
    ImFrame *cur = t->frame;
    Value *top = cur ? cur->top : NULL, *stack_top = t->stack_top;
    if (co->kwonly) { /* a dict of the user's may have keys whose __eq__ runs: above the window */
        if (cur) cur->top = base + named;
        t->stack_top = base + named;
    }
    for (int i = from; i < named && all; i++) {
        if (set >> i & 1) continue;
        Value v = IM_NO_VALUE;
        if (i < co->argcount) {
            if (im_no_value(defaults)) defaults = im_slot_get(t, NULL, &fn->x_defaults);
            ssize_t k = im_no_value(defaults) ? -1 : i - (co->argcount - im_tuple_len(defaults));
            if (k >= 0) v = im_new_ref(im_tuple_get(defaults, k));
        } else {
            if (im_no_value(kwdefaults)) kwdefaults = im_slot_get(t, NULL, &fn->x_kwdefaults);
            if (!im_no_value(kwdefaults) && im_is_dict_exact(kwdefaults)) v = im_dict_get_str_near(t, kwdefaults, im_tuple_get(co->varnames, i), (size_t)(i - named + im_dict_len(kwdefaults)));
        }
        if (!im_no_value(v)) { base[i] = v; continue; }
        all = false;
        im_exc_clear(t); /* of such an __eq__: the general case raises it again */
        for (int j = from; j < i; j++)
            if (!(set >> j & 1)) { Value unused = base[j]; base[j] = IM_UNSET; im_drop(t, unused); }
    }
    im_xdrop(t, defaults);
    im_xdrop(t, kwdefaults);
    if (cur) cur->top = top;
    t->stack_top = stack_top;
    return all;
}

/* What a frame has got before it failed with an exception. */
static ImFrame *give_up(Thread *t, ImFunction *fn, Value *base, int n)
{
    for (int i = 0; i < n; i++) { Value v = base[i]; base[i] = IM_UNSET; im_xdrop(t, v); }
    im_drop_obj(t, &fn->head);
    return NULL;
}


/* Arguments (positional, then values of kwnames) move from the caller's registers to the window at base, the reference to fn to the frame. Null without
 * exception: not such a call, nothing has been moved; im_frame_push_call does the rest, errors too. */
ImFrame *im_frame_push_moved(Thread *t, ImFunction *fn, Value *args, size_t nargs, Value kwnames, Value *base)
{
    enum { TO_DICT = 0xFF };
    ImCode *const co = im_function_code(fn);
    const int named = co->argcount + co->kwonly;
    const bool varargs = co->flags & IM_CO_VARARGS, varkw = co->flags & IM_CO_VARKEYWORDS;
    const size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames), npos = nargs < (size_t)co->argcount ? nargs : (size_t)co->argcount;
    if (co->nfar || named > MAX_PARAMS || nkw > MAX_PARAMS || (nargs > npos && !varargs) || base + named + 512 > im_stack_clean(t)) return NULL;
    uint8_t where[MAX_PARAMS];
    const Value *params = im_tuple_items(co->varnames);
    const uint64_t positional = npos < 64 ? ((uint64_t)1 << npos) - 1 : ~(uint64_t)0;
    uint64_t set = positional;
    for (size_t k = 0; k < nkw; k++) {
        int i = keyword_param(co, params, named, im_tuple_get(kwnames, (ssize_t)k));
        if (i < 0 ? i != -1 || !varkw : (set >> i & 1)) return NULL;
        where[k] = i < 0 ? TO_DICT : (uint8_t)i;
        if (i >= 0) set |= (uint64_t)1 << i;
    }
    if (npos < (size_t)named && !fill_defaults(t, fn, co, base, (int)npos, set)) return NULL;
    for (size_t i = 0; i < npos; i++) { base[i] = args[i]; args[i] = IM_UNSET; }
    for (size_t k = 0; k < nkw; k++)
        if (where[k] != TO_DICT) { base[where[k]] = args[nargs + k]; args[nargs + k] = IM_UNSET; }
    int n = named;
    if (varargs) {
        Value rest = im_tuple_steal_array(t, args + npos, nargs - npos);
        for (size_t i = npos; i < nargs; i++) args[i] = IM_UNSET;
        if (IM_UNLIKELY(im_no_value(rest))) return give_up(t, fn, base, n);
        base[n++] = rest;
    }
    if (varkw) {
        const bool all = set == positional; /* none is a parameter's name */
        Value d = all && nkw ? im_dict_of(t, im_tuple_items(kwnames), args + nargs, 1, nkw) : im_dict_new(t);
        if (IM_UNLIKELY(im_no_value(d))) return give_up(t, fn, base, n);
        base[n++] = d;
        for (size_t k = 0; k < nkw && !all; k++) {
            if (where[k] != TO_DICT) continue;
            Value v = args[nargs + k];
            args[nargs + k] = IM_UNSET;
            if (IM_UNLIKELY(im_dict_set_steal(t, d, im_tuple_get(kwnames, (ssize_t)k), v) < 0)) return give_up(t, fn, base, n);
        }
    }
    return push(t, fn, co, base, (uint32_t)n, IM_FRAME_SIMPLE);
}

/* Values of the dict kwargs go to base, or into *rest, which is made when it is needed. False: not such a call, or an exception; *set says what has got there. */
static bool spread_keywords(Thread *t, const ImCode *co, Value kwargs, Value *base, uint64_t *set, Value *rest)
{
    Value name, v;
    size_t pos = 0;
    while (im_dict_next(t, kwargs, &pos, &name, &v)) {
        int i = keyword_param(co, im_tuple_items(co->varnames), co->argcount + co->kwonly, name);
        bool fits = i < 0 ? i == -1 && co->flags & IM_CO_VARKEYWORDS : !(*set >> i & 1);
        if (fits && i >= 0) {
            base[i] = v;
            *set |= (uint64_t)1 << i;
        } else if (fits) {
            if (im_no_value(*rest)) *rest = im_dict_new(t);
            fits = !im_no_value(*rest) && im_dict_set_steal(t, *rest, name, v) == 0;
        } else {
            im_drop(t, v);
        }
        im_drop(t, name);
        if (!fits) return false;
    }
    return true;
}

/* For fn(*args, **kwargs): an exact tuple, an exact dict or no value, both borrowed; `first`, unless it is no value, comes before args (borrowed too). kwargs that
 * nobody else refers to may become the function's own. Null without exception: not such a call; nothing has been done. */
ImFrame *im_frame_push_spread(Thread *t, ImFunction *fn, Value first, Value args, Value kwargs, Value *base)
{
    ImCode *const co = im_function_code(fn);
    const int named = co->argcount + co->kwonly;
    const bool varargs = co->flags & IM_CO_VARARGS, varkw = co->flags & IM_CO_VARKEYWORDS;
    const size_t nfirst = !im_no_value(first), nargs = nfirst + (size_t)im_tuple_len(args), npos = nargs < (size_t)co->argcount ? nargs : (size_t)co->argcount;
    if (co->nfar || named > MAX_PARAMS || (nargs > npos && !varargs) || nfirst > npos || base + named + 512 > im_stack_clean(t)) return NULL;
    const Value *items = im_tuple_items(args);
    const uint64_t positional = npos < 64 ? ((uint64_t)1 << npos) - 1 : ~(uint64_t)0;
    uint64_t set = positional;
    Value extra = IM_NO_VALUE;
    bool fits = true;
    if (!im_no_value(kwargs)) {
        if (named == 0 && varkw && im_is_unique(kwargs)) {
            Value name, v;
            for (size_t pos = 0; fits && im_dict_next(t, kwargs, &pos, &name, &v);) {
                fits = im_is_str_exact(name);
                im_drop(t, name);
                im_drop(t, v);
            }
            if (fits) extra = im_new_ref(kwargs);
        } else {
            fits = spread_keywords(t, co, kwargs, base, &set, &extra);
        }
    }
    if (!fits || (npos < (size_t)named && !fill_defaults(t, fn, co, base, (int)npos, set))) {
        for (int i = 0; i < named; i++)
            if ((set & ~positional) >> i & 1) { Value unused = base[i]; base[i] = IM_UNSET; im_drop(t, unused); }
        im_xdrop(t, extra);
        return NULL;
    }
    for (size_t i = 0; i < npos; i++) base[i] = im_new_ref(i < nfirst ? first : items[i - nfirst]);
    im_take_obj(&fn->head);
    int n = named;
    if (varargs) {
        Value rest = npos == nfirst ? im_new_ref(args) : im_tuple_slice(t, args, (ssize_t)(npos - nfirst), (ssize_t)(nargs - nfirst));
        if (IM_UNLIKELY(im_no_value(rest))) { im_xdrop(t, extra); return give_up(t, fn, base, n); }
        base[n++] = rest;
    }
    if (varkw) {
        if (im_no_value(extra)) extra = im_dict_new(t);
        if (IM_UNLIKELY(im_no_value(extra))) return give_up(t, fn, base, n);
        base[n++] = extra;
    }
    return push(t, fn, co, base, (uint32_t)n, IM_FRAME_SIMPLE);
}

/* For functions with positional parameters only: n arguments stand in base[0 .. n), the rest are defaults. Steals fn and them. Null without exception: there
 * are not so many defaults, or none are wanted; nothing has been taken. */
ImFrame *im_frame_push_defaults(Thread *t, ImFunction *fn, Value *base, uint32_t n)
{
    ImCode *const co = im_function_code(fn);
    uint32_t want = co->simple_args;
    if (want == IM_NOT_SIMPLE || n >= want) return NULL;
    Value defaults = im_slot_get(t, NULL, &fn->x_defaults);
    if (im_no_value(defaults)) return NULL;
    ssize_t from = im_tuple_len(defaults) - (ssize_t)(want - n);
    if (from < 0) { im_drop(t, defaults); return NULL; }
    Value *items = im_tuple_items(defaults) + from;
    for (uint32_t i = n; i < want; i++) base[i] = im_new_ref(*items++);
    im_drop(t, defaults);
    return push(t, fn, co, base, want, IM_FRAME_SIMPLE);
}

IM_INLINE Value *entry_base(Thread *t) { return t->frame ? t->frame->top : t->stack; }

Value im_call_function(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames)
{
    ImFrame *nf = im_frame_push_call(t, (ImFunction *)im_ptr(f), args, nargs, kwnames, entry_base(t));
    if (!nf) return IM_NO_VALUE;
    nf->kind |= IM_FRAME_ENTRY;
    return im_eval(t, nf);
}

Value im_eval_code(Thread *t, Value code, Value globals, Value locals, Value closure)
{
    Value fv = im_function_new(t, im_codep(code), globals);
    if (im_no_value(fv)) return IM_NO_VALUE;
    ImFunction *fn = (ImFunction *)im_ptr(fv);
    if (!im_no_value(closure)) fn->closure = im_new_ref(closure);
    ImFrame *nf = im_frame_push(t, fn, im_function_code(fn), entry_base(t), 0);
    if (!nf) return IM_NO_VALUE;
    nf->locals = im_new_ref(im_no_value(locals) ? globals : locals);
    nf->kind |= IM_FRAME_ENTRY;
    return im_eval(t, nf);
}

/* --- specialisation --------------------------------------------------------------------------------------------------------------- */
static bool takes_parsed(Thread *t, const ImSignature **x_sig, const ImMethodDef *def, size_t nargs)
{
    if (!im_load_acquire(x_sig)) im_store_release(x_sig, im_native_parsed(t, def));
    return im_native_takes(im_load_acquire(x_sig), nargs);
}

/* The cached forms of calls: def takes nargs arguments as they stand, and can be named in the instruction's cache word. */
static bool remember_plain(ImFrame *f, const uint32_t *at, const ImMethodDef *def, size_t nargs)
{
    const uint64_t w = im_def_word(def);
    if (!w || !im_native_is_plain(def, nargs)) return false;
    im_store_release(&f->code->x_caches[at[1] >> 16], w);
    return true;
}

/* The form for what is called now. Most need no cache: each looks at the callee again. nargs: SIZE_MAX with keywords. */
void im_specialise_call(Thread *t, ImFrame *f, const uint32_t *at, Value callee, size_t nargs, bool method)
{
    ImOp now = (ImOp)im_load_relaxed((const uint8_t *)at), to = method ? OP_CALLM_ANY : OP_CALL_ANY;
    if (now != OP_CALL && now != OP_CALLM && now != to && ++t->cache_misses % 16) return; /* several kinds of callee: not rewritten each time */
    if (nargs == SIZE_MAX && (method || !im_is_type(callee))) {
    } else if (im_is_function(callee)) {
        ImFunction *fn = (ImFunction *)im_ptr(callee);
        uint32_t takes = im_function_code(fn)->simple_args;
        if (takes == nargs) to = method ? OP_CALLM_PY : OP_CALL_PY;
        else if (takes != IM_NOT_SIMPLE && takes > nargs) {
            Value defaults = im_slot_get(t, NULL, &fn->x_defaults);
            if (!im_no_value(defaults) && (size_t)im_tuple_len(defaults) >= takes - nargs) to = method ? OP_CALLM_DEFAULTS : OP_CALL_DEFAULTS;
            im_xdrop(t, defaults);
        }
    } else if (im_is_exact(callee, &im_builtin_function_or_method_type)) {
        ImNativeFunction *fn = (ImNativeFunction *)im_ptr(callee);
        if (im_native_is_plain(fn->def, nargs) || takes_parsed(t, &fn->x_sig, fn->def, nargs)) to = method ? OP_CALLM_NATIVE : OP_CALL_NATIVE;
        if (!method && nargs <= 3 && nargs != 1 && remember_plain(f, at, fn->def, nargs)) to = OP_CALL_NATIVE_FEW;
        if (!method && nargs == 1 && remember_plain(f, at, fn->def, 1)) to = (fn->def->how & IM_M_INLINE) && !fn->type ? OP_CALL_LEN : OP_CALL_NATIVE1;
    } else if (method && im_is_exact(callee, &im_method_descriptor_type)) {
        ImMethodDescr *d = (ImMethodDescr *)im_ptr(callee);
        if (im_native_is_plain(d->def, nargs - 1) || takes_parsed(t, &d->x_sig, d->def, nargs - 1)) to = OP_CALLM_NATIVE;
        if (nargs <= 2 && remember_plain(f, at, d->def, nargs - 1)) to = nargs == 1 ? OP_CALLM_NATIVE0 : (d->def->how & IM_M_INLINE) && d->type == &im_list_type ? OP_CALLM_APPEND : OP_CALLM_NATIVE1;
    } else if (!method && im_is_type(callee)) {
        ImType *ty = im_as_type(callee);
        ImAttrEntry *e;
        if (!im_type_has(ty, IM_TF_HEAP)) {
            if (im_is_exact(callee, &im_type_type) && nargs != SIZE_MAX) to = OP_CALL_CLASS;
        } else if (IM_SLOT(im_type_of(callee), call) == im_type_type.slots.call && IM_SLOT(ty, new_) == im_object_type.slots.new_
            && (e = im_type_entry(t, ty, IM_S(__init__))) != NULL && e->kind == IM_ATTR_METHOD) {
            im_store_release(&f->code->x_caches[at[1] >> 16], (uint64_t)ty->core.uid | (uint64_t)im_region_offset(e) << 32);
            to = OP_CALL_TYPE;
        }
    }
    if (now != to) im_quicken(at, to);
}
