/* Unpacking, formatting, building, raising, functions, generator helpers: slow halves.
 * SPDX-License-Identifier: MIT */
#include "types/dict.h"
#include "types/exception.h"
#include "types/function.h"
#include "types/iter.h"
#include "types/list.h"
#include "types/module.h"
#include "types/set.h"
#include "types/str.h"
#include "types/tuple.h"
#include "vm/slow.h"

bool im_begins_update(const ImFrame *f, const uint32_t *at)
{
    const uint32_t load = im_load_relaxed(at), sum = im_load_relaxed(at + 2), reg = load >> 8 & 0xFF, from = load >> 16 & 0xFF, nlocals = f->nlocals;
    const ImOp add = im_op_generic[(uint8_t)sum];
    const bool immediate = add == OP_IADDI || add == OP_ISUBI;
    if (!immediate && add != OP_IADD && add != OP_ISUB) return false;
    if ((sum >> 8 & 0xFF) != reg || (sum >> 16 & 0xFF) != reg || reg < nlocals || (!immediate && sum >> 24 >= nlocals)) return false;
    const uint32_t store = im_load_relaxed(at + 3), kind = im_op_generic[(uint8_t)store], a = store >> 8 & 0xFF;
    switch (im_op_generic[(uint8_t)load]) {
    case OP_GETATTR: return kind == OP_SETATTR && from < nlocals && a == from && (store >> 16 & 0xFF) == reg && (at[4] & 0xFFFF) == (at[1] & 0xFFFF);
    case OP_LOADGLOBAL: return kind == OP_STOREGLOBAL && a == reg && (at[4] & 0xFFFF) == (at[1] & 0xFFFF);
    case OP_LOADNAME: return kind == OP_STORENAME && a == reg && (at[4] & 0xFFFF) == (at[1] & 0xFFFF);
    default: return false;
    }
}

/* --- unpacking ----------------------------------------------------------------------------------------------------------- */
static void drop_all(Thread *t, Value *v, int n) { for (int i = 0; i < n; i++) im_drop(t, v[i]); }

static Value unpack_iter(Thread *t, Value seq)
{
    Value it = im_iter(t, seq);
    if (im_no_value(it) && im_pending_is(t, &im_TypeError_type) && !IM_SLOT(im_type_of(seq), iter) && !im_is_sequence(seq)) {
        im_exc_clear(t);
        (void)im_raise_type(t, "cannot unpack non-iterable %T object", seq);
    }
    return it;
}

int im_slow_unpack_items(Thread *t, Value seq, Value *dst, int n)
{
    if (im_is_list_exact(seq)) {
        int i = 0;
        ssize_t len = im_list_len(seq);
        if (len == n) {
            for (; i < n; i++) {
                dst[i] = im_list_get(t, seq, i);
                if (im_no_value(dst[i])) break;
            }
            if (i == n) return 0;
            drop_all(t, dst, i);
            return im_raise_valueerror(t, "not enough values to unpack (expected %d, got %d)", n, i), -1;
        }
        if (len > n) return im_raise_valueerror(t, "too many values to unpack (expected %d)", n), -1;
        return im_raise_valueerror(t, "not enough values to unpack (expected %d, got %zd)", n, len), -1;
    }
    Value it = unpack_iter(t, seq);
    if (im_no_value(it)) return -1;
    int i = 0;
    for (; i < n; i++) {
        dst[i] = im_next(t, it);
        if (im_no_value(dst[i])) goto fail;
        if (im_is_stop(dst[i])) {
            (void)im_raise_valueerror(t, "not enough values to unpack (expected %d, got %d)", n, i);
            goto fail;
        }
    }
    Value more = im_next(t, it);
    if (im_no_value(more)) goto fail;
    im_drop(t, it);
    if (im_is_stop(more)) return 0;
    im_drop(t, more);
    drop_all(t, dst, n);
    return im_raise_valueerror(t, "too many values to unpack (expected %d)", n), -1;
fail:
    drop_all(t, dst, i);
    im_drop(t, it);
    return -1;
}

static int unpack_ex(Thread *t, Value seq, Value *dst, int before, int after)
{
    const bool is_list = im_is_list_exact(seq);
    if ((is_list && im_is_private(seq)) || im_is_tuple_exact(seq)) { /* what nobody changes meanwhile */
        const Value *items = is_list ? im_listp(seq)->x_items->x_items : im_tuple_items(seq);
        const ssize_t n = is_list ? im_listp(seq)->x_len : im_tuple_len(seq), middle = n - before - after;
        if (middle >= 0) {
            dst[before] = im_list_from_array(t, items + before, (size_t)middle);
            if (im_no_value(dst[before])) return -1;
            for (int i = 0; i < before; i++) dst[i] = im_new_ref(items[i]);
            for (int i = 0; i < after; i++) dst[before + 1 + i] = im_new_ref(items[n - after + i]);
            return 0;
        }
    }
    Value it = unpack_iter(t, seq), rest;
    if (im_no_value(it)) return -1;
    int i = 0;
    for (; i < before; i++) {
        dst[i] = im_next(t, it);
        if (im_no_value(dst[i])) goto fail;
        if (im_is_stop(dst[i])) {
            (void)im_raise_valueerror(t, "not enough values to unpack (expected %sat least %d, got %d)", "", before + after, i);
            goto fail;
        }
    }
    rest = im_to_list(t, it);
    if (im_no_value(rest)) goto fail;
    ssize_t len = im_list_len(rest);
    if (len < after) {
        (void)im_raise_valueerror(t, "not enough values to unpack (expected at least %d, got %zd)", before + after, (ssize_t)before + len);
        im_drop(t, rest);
        goto fail;
    }
    for (int k = 0; k < after; k++) dst[before + 1 + k] = im_list_get(t, rest, len - after + k);
    dst[before] = after ? im_list_slice(t, rest, 0, len - after) : im_new_ref(rest);
    im_drop(t, rest);
    if (im_no_value(dst[before])) {
        drop_all(t, dst + before + 1, after);
        goto fail;
    }
    im_drop(t, it);
    return 0;
fail:
    drop_all(t, dst, i);
    im_drop(t, it);
    return -1;
}

/* Moves n values into registers, once the sequence that they come from is gone. */
static void into_registers(Thread *t, Value seq, Value *regs, const Value *out, int n)
{
    im_drop(t, seq);
    for (int i = 0; i < n; i++) {
        Value old = regs[i];
        regs[i] = out[i];
        im_xdrop(t, old);
    }
}
/* The evaluator's frame is on the C stack once for each call out of C: what many targets need lies here. */
int im_slow_unpack(Thread *t, Value seq, Value *regs, int n)
{
    Value out[UINT8_MAX + 1]; /* a byte of the instruction says how many */
    if (im_is_list_exact(seq) && im_is_private(seq) && im_listp(seq)->x_len == n) {
        for (int i = 0; i < n; i++) out[i] = im_new_ref(im_listp(seq)->x_items->x_items[i]);
        return into_registers(t, seq, regs, out, n), 0;
    }
    if (im_slow_unpack_items(t, seq, out, n) == 0) return into_registers(t, seq, regs, out, n), 0;
    im_drop(t, seq);
    return -1;
}
int im_slow_unpack_ex(Thread *t, Value seq, Value *regs, int before, int after)
{
    enum { MOST_TARGETS = 511 };
    Value out[MOST_TARGETS + 1];
    if (before + after + 1 > MOST_TARGETS) (void)im_raise_system(t, "too many targets");
    else if (unpack_ex(t, seq, out, before, after) == 0) return into_registers(t, seq, regs, out, before + 1 + after), 0;
    im_drop(t, seq);
    return -1;
}

/* --- building ---------------------------------------------------------------------------------------------------------------- */
Value im_slow_format(Thread *t, Value v, int conv, Value spec)
{
    Value x = conv == 1 ? im_str(t, v) : conv == 2 ? im_repr(t, v) : conv == 3 ? im_ascii(t, v) : im_new_ref(v);
    if (im_no_value(x) || (im_no_value(spec) && im_is_str_exact(x))) return x;
    Value r = im_format(t, x, spec);
    im_drop(t, x);
    return r;
}

static Value callee_text(Thread *t, Value f)
{
    Value q, m;
    if (im_lookup_attr(t, f, IM_S(__qualname__), &q) <= 0) { im_exc_clear(t); return im_str(t, f); }
    if (im_lookup_attr(t, f, IM_S(__module__), &m) < 0) im_exc_clear(t);
    Value r;
    if (!im_no_value(m) && im_is_str(m) && !im_str_equal_cstr(m, "builtins")) r = im_str_format(t, "%S.%S()", m, q);
    else r = im_str_format(t, "%S()", q);
    im_xdrop(t, m);
    im_drop(t, q);
    return r;
}

int im_slow_dict_merge(Thread *t, Value d, Value m, Value callee)
{
    bool call = !im_no_value(callee);
    if (im_dict_merge(t, d, m, call ? 2 : 1) == 0) return 0;
    if (im_pending_is(t, &im_AttributeError_type) || (call && im_pending_is(t, &im_TypeError_type))) {
        if (!im_is_mapping(m) || im_pending_is(t, &im_AttributeError_type)) {
            im_exc_clear(t);
            if (!call) return im_raise_type(t, "'%T' object is not a mapping", m), -1;
            Value c = callee_text(t, callee);
            if (im_no_value(c)) return -1;
            (void)im_raise_type(t, "%S argument after ** must be a mapping, not %T", c, m);
            im_drop(t, c);
        }
        return -1;
    }
    if (call && im_pending_is(t, &im_KeyError_type)) {
        Value e = im_exc_fetch(t), args, key = IM_NO_VALUE;
        if (im_lookup_attr(t, e, IM_S(args), &args) > 0) {
            if (im_is_tuple(args) && im_tuple_len(args) == 1) key = im_new_ref(im_tuple_get(args, 0));
            im_drop(t, args);
        }
        if (im_no_value(key)) { im_exc_restore(t, e); return -1; }
        im_drop(t, e);
        Value c = callee_text(t, callee);
        if (!im_no_value(c)) {
            (void)im_raise_type(t, "%S got multiple values for keyword argument '%S'", c, key);
            im_drop(t, c);
        }
        im_drop(t, key);
    }
    return -1;
}

int im_slow_list_extend(Thread *t, Value list, Value it, bool call, Value callee)
{
    enum { FEW = 64, MORE = 4 }; /* the display's other items mostly follow */
    const size_t n = im_is_list_exact(it) ? (size_t)im_list_len(it) : im_is_tuple_exact(it) ? (size_t)im_tuple_len(it) : 0;
    if (n && n <= FEW && im_list_reserve(t, list, n + MORE) < 0) return -1;
    if (im_list_extend(t, list, it) == 0) return 0;
    if (im_pending_is(t, &im_TypeError_type) && !IM_SLOT(im_type_of(it), iter) && !im_is_sequence(it)) {
        im_exc_clear(t);
        if (!call) return im_raise_type(t, "Value after * must be an iterable, not %T", it), -1;
        Value c = im_is_unset(callee) ? im_str_from_cstr(t, "()") : callee_text(t, callee);
        if (im_no_value(c)) return -1;
        (void)im_raise_type(t, "%S argument after * must be an iterable, not %T", c, it);
        im_drop(t, c);
    }
    return -1;
}

Value im_slow_call_ex(Thread *t, Value callee, Value args, Value kwargs)
{
    if (im_is_tuple_exact(args)) return im_call_ex(t, callee, args, kwargs);
    if (!IM_SLOT(im_type_of(args), iter) && !im_is_sequence(args)) {
        Value c = callee_text(t, callee);
        if (im_no_value(c)) return c;
        (void)im_raise_type(t, "%S argument after * must be an iterable, not %T", c, args);
        im_drop(t, c);
        return IM_NO_VALUE;
    }
    Value tup = im_to_tuple(t, args);
    if (im_no_value(tup)) return tup;
    Value r = im_call_ex(t, callee, tup, kwargs);
    im_drop(t, tup);
    return r;
}

Value im_slow_make_function(Thread *t, ImFrame *f, Value code, int flags, Value *parts)
{
    Value fv = im_function_beside(t, im_codep(code), f->func);
    if (im_no_value(fv)) return fv;
    ImFunction *fn = (ImFunction *)im_ptr(fv);
    Value *const into[4] = {&fn->x_defaults, &fn->x_kwdefaults, &fn->x_annotations, &fn->closure};
    for (int i = 0; i < 4; i++) {
        if (!(flags & 1 << i)) continue;
        im_slot_init(&fn->head, into[i], *parts);
        *parts++ = IM_UNSET;
    }
    if (!im_no_value(fn->closure)) im_clear_flag(&fn->head, IM_OF_UNC); /* it captures data that must die promptly */
    return fv;
}

/* --- exceptions -------------------------------------------------------------------------------------------------------------------- */
int im_slow_raise(Thread *t, Value exc, Value cause)
{
    if (!im_no_value(exc)) return im_raise_object(t, exc, cause), -1;
    for (ImExcInfo *i = t->exc_info; i; i = i->prev)
        if (!im_is_none(i->handled) && !im_no_value(i->handled)) {
            im_exc_restore(t, im_new_ref(i->handled));
            return -1;
        }
    return im_raise_runtime(t, "No active exception to reraise"), -1;
}

/* A frame that ends by raising an exception again ends where the exception came up in it, not at the instruction that raised it again. */
void im_slow_restore_unit(Thread *t, ImFrame *f)
{
    uint32_t unit = im_frame_unit(f), u = im_load_relaxed(&f->code->x_units[unit]);
    if ((u & 0xFF) != OP_RERAISE || !(u >> 24 & 2) || im_no_value(f->x_frame_obj) || !im_pending(t)) return;
    Value tb = im_exc_get_traceback(t->exc);
    if (im_is_exact(tb, &im_traceback_type)) {
        ImTraceback *x = (ImTraceback *)im_ptr(tb);
        if (im_same(x->x_frame, f->x_frame_obj) && x->lasti >= 0 && (uint32_t)x->lasti / 2 < f->code->nunits) f->x_pc = f->code->x_units + x->lasti / 2 + 1;
    }
    im_xdrop(t, tb);
}

static void add_traceback(Thread *t, ImFrame *f, Value e)
{
    Value fo = im_frame_object(t, f);
    if (!im_no_value(fo)) {
        (void)im_traceback_push(t, e, fo, im_value(f->code), (int32_t)im_frame_unit(f) * 2);
    }
}

void im_slow_traceback_here(Thread *t, ImFrame *f)
{
    if (f->kind & IM_FRAME_INCOMPLETE) return;
    Value e = im_exc_fetch(t);
    if (im_no_value(e)) return;
    add_traceback(t, f, e);
    im_exc_clear(t); /* out of memory for the traceback: the exception itself matters more */
    im_exc_restore(t, e);
}

/* except* T: splits *rest. *match owned or None; *rest replaced. */
int im_slow_check_eg(Thread *t, ImFrame *f, Value *rest, Value type, Value *match)
{
    Value left;
    if (im_exc_group_split(t, *rest, type, match, &left) < 0) return -1;
    if (im_is_none(*match)) {
        im_drop(t, left);
        return 0;
    }
    if (im_is_none(left) && !im_same(*match, *rest)) { /* a naked exception came up elsewhere; the group around it, here */
        Value tb = im_exc_get_traceback(*match);
        if (im_no_value(tb)) {
            add_traceback(t, f, *match);
            im_exc_clear(t);
        }
        im_xdrop(t, tb);
    }
    im_drop(t, *rest);
    *rest = left;
    /* In the clause, `raise` and sys.exception() mean the matched part. */
    Value old = t->exc_info->handled;
    t->exc_info->handled = im_new_ref(*match);
    im_xdrop(t, old);
    return 0;
}

/* --- generators ------------------------------------------------------------------------------------------------------------------------ */
Value im_slow_yield_from_iter(Thread *t, ImFrame *f, Value v)
{
    if (im_is_coroutine(v)) {
        if (!(f->code->flags & (IM_CO_COROUTINE | IM_CO_ITERABLE_COROUTINE)))
            return im_raise_type(t, "cannot 'yield from' a coroutine object in a non-coroutine generator");
        return im_new_ref(v);
    }
    if (im_is_gen(v)) return im_new_ref(v);
    return im_iter(t, v);
}

int im_slow_send(Thread *t, Value receiver, Value v, Value *out)
{
    if (im_is_gen_like(receiver) && !im_is_async_gen(receiver)) return im_gen_send(t, receiver, v, out);
    ImType *ty = im_type_of(receiver);
    __auto_type send = IM_SLOT(ty, send);
    if (send) return send(t, receiver, v, out);
    ImUnary next = IM_SLOT(ty, next);
    if (im_is_none(v) && next) {
        bool found;
        /* The slot of a Python class swallows StopIteration, and its value with it. */
        Value x = im_type_has(ty, IM_TF_HEAP) ? im_call_special(t, receiver, IM_S(__next__), NULL, 0, &found) : next(t, receiver);
        if (im_no_value(x)) {
            if (!im_pending_is(t, &im_StopIteration_type)) return -1;
            Value e = im_exc_fetch(t);
            *out = im_stop_value(t, e);
            im_drop(t, e);
            return 0;
        }
        if (im_is_stop(x)) { *out = IM_NONE; return 0; }
        *out = x;
        return 1;
    }
    Value x = im_call_method1(t, receiver, IM_S(send), v);
    if (!im_no_value(x)) { *out = x; return 1; }
    if (!im_pending_is(t, &im_StopIteration_type)) return -1;
    Value e = im_exc_fetch(t);
    *out = im_stop_value(t, e);
    im_drop(t, e);
    return 0;
}

Value im_slow_aiter(Thread *t, Value v)
{
    ImType *ty = im_type_of(v);
    ImUnary aiter = IM_SLOT(ty, aiter);
    if (!aiter) return im_raise_type(t, "'async for' requires an object with __aiter__ method, got %T", v);
    Value it = aiter(t, v);
    if (im_no_value(it)) return it;
    if (!IM_SLOT(im_type_of(it), anext)) {
        (void)im_raise_type(t, "'async for' received an object from __aiter__ that does not implement __anext__: %T", it);
        im_drop(t, it);
        return IM_NO_VALUE;
    }
    return it;
}

Value im_slow_anext(Thread *t, Value v)
{
    ImType *ty = im_type_of(v);
    ImUnary anext = IM_SLOT(ty, anext);
    if (!anext) return im_raise_type(t, "'async for' requires an iterator with __anext__ method, got %T", v);
    Value a = anext(t, v);
    if (im_no_value(a) || im_is_async_gen(v)) return a;
    Value it = im_coro_get_awaitable(t, a, 3);
    if (im_no_value(it)) (void)im_raise_from_pending(t, &im_TypeError_type, "'async for' received an invalid object from __anext__: %T", a);
    im_drop(t, a);
    return it;
}

/* How many names the UNPACK after the FORITER at `at` fills from what it gives: its items can go there at once, unless a name keeps it whole. 0: that is not so. */
static uint32_t row_length(const uint32_t *at, uint32_t nlocals)
{
    const uint32_t u = im_load_relaxed(at), next = im_load_relaxed(at + 2), item = u >> 8 & 0xFF;
    return (uint8_t)next == OP_UNPACK && (uint8_t)(next >> 16) == item && item >= nlocals ? next >> 24 : 0;
}

void im_specialise_iter(uint32_t *at, uint32_t nlocals, Value it)
{
    if (!im_is_object(it)) return;
    ImOp op = im_is_exact(it, &im_list_iterator_type) ? OP_FORITER_LIST : im_is_exact(it, &im_tuple_iterator_type) ? OP_FORITER_TUPLE
            : im_is_gen(it) ? OP_FORITER_GEN : OP_FORITER;
    extern ImType im_range_iterator_type;
    if (im_is_exact(it, &im_range_iterator_type)) op = OP_FORITER_RANGE;
    if (im_is_exact(it, &im_dict_itemiterator_type) && row_length(at, nlocals) == 2) op = OP_FORITER_ITEMS;
    if ((im_is_exact(it, &im_zip_type) || im_is_exact(it, &im_enumerate_type)) && row_length(at, nlocals) - 1 < IM_ROW_MAX) op = OP_FORITER_ROW;
    if (op != OP_FORITER && (op == OP_FORITER_GEN || im_is_private(it))) im_quicken(at, op);
    else if (op == OP_FORITER && (uint8_t)im_load_relaxed(at) == OP_FORITER && IM_SLOT(im_type_of(it), next)) im_quicken(at, OP_FORITER_ANY);
}
