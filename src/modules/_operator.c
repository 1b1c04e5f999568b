/* _operator: the operators as functions; attrgetter, itemgetter, methodcaller.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#define OP_METHOD(name) static Value name(Thread *t, IM_UNUSED Value self, const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* --- functions --------------------------------------------------------------------------------------------------------------------------------- */

static Value truth_value(int r) { return r < 0 ? IM_NO_VALUE : im_bool(r); }
static Value done(int r) { return r < 0 ? IM_NO_VALUE : IM_NONE; }

#define UNARY(name, expr) OP_METHOD(o_##name) { Value a = args[0]; return expr; }
#define BINARY(name, expr) OP_METHOD(o_##name) { Value a = args[0], b = args[1]; return expr; }
UNARY(neg, im_negative(t, a))
UNARY(pos, im_positive(t, a))
UNARY(abs, im_absolute(t, a))
UNARY(invert, im_invert(t, a))
UNARY(index, im_index(t, a))
UNARY(truth, truth_value(im_truth(t, a)))
static Value negated(int r) { return r < 0 ? IM_NO_VALUE : im_bool(!r); }
UNARY(not_, negated(im_truth(t, a)))
BINARY(add, im_binop(t, a, b, IM_OP_ADD))
BINARY(sub, im_binop(t, a, b, IM_OP_SUB))
BINARY(mul, im_binop(t, a, b, IM_OP_MUL))
BINARY(matmul, im_binop(t, a, b, IM_OP_MATMUL))
BINARY(floordiv, im_binop(t, a, b, IM_OP_FLOORDIV))
BINARY(truediv, im_binop(t, a, b, IM_OP_TRUEDIV))
BINARY(mod, im_binop(t, a, b, IM_OP_MOD))
BINARY(pow, im_power(t, a, b, IM_NONE))
BINARY(lshift, im_binop(t, a, b, IM_OP_LSHIFT))
BINARY(rshift, im_binop(t, a, b, IM_OP_RSHIFT))
BINARY(and_, im_binop(t, a, b, IM_OP_AND))
BINARY(xor, im_binop(t, a, b, IM_OP_XOR))
BINARY(or_, im_binop(t, a, b, IM_OP_OR))
BINARY(iadd, im_inplace(t, a, b, IM_OP_ADD))
BINARY(isub, im_inplace(t, a, b, IM_OP_SUB))
BINARY(imul, im_inplace(t, a, b, IM_OP_MUL))
BINARY(imatmul, im_inplace(t, a, b, IM_OP_MATMUL))
BINARY(ifloordiv, im_inplace(t, a, b, IM_OP_FLOORDIV))
BINARY(itruediv, im_inplace(t, a, b, IM_OP_TRUEDIV))
BINARY(imod, im_inplace(t, a, b, IM_OP_MOD))
BINARY(ipow, im_inplace(t, a, b, IM_OP_POW))
BINARY(ilshift, im_inplace(t, a, b, IM_OP_LSHIFT))
BINARY(irshift, im_inplace(t, a, b, IM_OP_RSHIFT))
BINARY(iand, im_inplace(t, a, b, IM_OP_AND))
BINARY(ixor, im_inplace(t, a, b, IM_OP_XOR))
BINARY(ior, im_inplace(t, a, b, IM_OP_OR))
BINARY(concat, im_sequence_concat(t, a, b))
BINARY(is_, ((void)t, im_bool(im_same(a, b))))
BINARY(is_not, ((void)t, im_bool(!im_same(a, b))))
BINARY(contains, truth_value(im_contains(t, a, b)))
BINARY(getitem, im_getitem(t, a, b))
BINARY(delitem, done(im_delitem(t, a, b)))
BINARY(eq, im_compare(t, a, b, IM_EQ))
BINARY(ne, im_compare(t, a, b, IM_NE))
BINARY(lt, im_compare(t, a, b, IM_LT))
BINARY(le, im_compare(t, a, b, IM_LE))
BINARY(gt, im_compare(t, a, b, IM_GT))
BINARY(ge, im_compare(t, a, b, IM_GE))
OP_METHOD(o_setitem) { return done(im_setitem(t, args[0], args[1], args[2])); }
OP_METHOD(o_call)
{
    if (nargs == 0) return im_raise_type(t, "call expected at least 1 argument, got 0");
    return im_call(t, args[0], args + 1, nargs - 1, kwnames);
}
OP_METHOD(o_iconcat)
{
    ImType *type = im_type_of(args[0]);
    ImBinary fn = IM_SLOT(type, iconcat);
    if (!fn) fn = IM_SLOT(type, concat);
    if (fn) return fn(t, args[0], args[1]);
    if (im_is_sequence(args[0]) && im_is_sequence(args[1])) return im_inplace(t, args[0], args[1], IM_OP_ADD);
    return im_raise_type(t, "'%.200T' object can't be concatenated", args[0]);
}

/* Walks an iterable comparing with v: index of the first equal item, or the number of them. -1 absent, -2 error. */
static ssize_t search(Thread *t, Value iterable, Value v, bool count_all)
{
    Value it = im_iter(t, iterable);
    if (im_no_value(it)) {
        if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "argument of type '%.200T' is not iterable", iterable);
        return -2;
    }
    ssize_t n = count_all ? 0 : -1;
    for (ssize_t i = 0;; i++) {
        Value x = im_next_fast(t, it);
        if (im_is_stop(x)) break;
        int r = im_no_value(x) ? -1 : im_same(x, v) ? 1 : im_are_ints(x, v) ? 0 : im_equal(t, x, v);
        im_xdrop(t, x);
        if (r == 0) r = IM_POLL_EVERY(t, i);
        if (r < 0) { n = -2; break; }
        if (r && count_all) n++;
        else if (r) { n = i; break; }
    }
    im_drop(t, it);
    return n;
}
OP_METHOD(o_countOf)
{
    ssize_t n = search(t, args[0], args[1], true);
    return n < 0 ? IM_NO_VALUE : im_int(n);
}
OP_METHOD(o_indexOf)
{
    ssize_t n = search(t, args[0], args[1], false);
    if (n >= 0) return im_int(n);
    return n == -2 ? IM_NO_VALUE : im_raise_valueerror(t, "sequence.index(x): x not in sequence");
}
OP_METHOD(o_length_hint)
{
    ssize_t dflt = 0;
    if (nargs > 1 && im_ssize_arg(t, args[1], &dflt) < 0) return IM_NO_VALUE;
    ssize_t n = im_length_hint(t, args[0], dflt);
    return n == -1 && im_pending(t) ? IM_NO_VALUE : im_int(n);
}

/* Time depends on the length of b only. */
static bool same_bytes(const void *pa, size_t na, const void *pb, size_t nb)
{
    const uint8_t *a = pa, *b = pb, *left = na == nb ? a : b;
    uint64_t diff = na != nb, x, y;
    size_t i = 0;
    for (; nb - i >= 8; i += 8) {
        memcpy(&x, left + i, 8);
        memcpy(&y, b + i, 8);
        diff |= x ^ y;
        __asm__ volatile("" : "+r"(diff)); /* the compiler may not stop early */
    }
    for (; i < nb; i++) {
        diff |= (uint64_t)(left[i] ^ b[i]);
        __asm__ volatile("" : "+r"(diff));
    }
    return diff == 0;
}
OP_METHOD(o_compare_digest)
{
    Value a = args[0], b = args[1];
    if (im_is_str(a) && im_is_str(b)) {
        if (!im_str_is_ascii(a) || !im_str_is_ascii(b)) return im_raise_type(t, "comparing strings with non-ASCII characters is not supported");
        return im_bool(same_bytes(im_str_data(a), (size_t)im_str_len(a), im_str_data(b), (size_t)im_str_len(b)));
    }
    if (!im_buffer_check(a) && !im_buffer_check(b)) return im_raise_type(t, "unsupported operand types(s) or combination of types: '%.100T' and '%.100T'", a, b);
    ImBuffer x, y;
    if (im_buffer_get(t, a, &x, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (x.ndim > 1) (void)im_raise(t, &im_BufferError_type, "Buffer must be single dimension");
    else if (im_buffer_get(t, b, &y, IM_BUF_SIMPLE) == 0) {
        r = y.ndim > 1 ? im_raise(t, &im_BufferError_type, "Buffer must be single dimension") : im_bool(same_bytes(x.buf, (size_t)x.len, y.buf, (size_t)y.len));
        im_buffer_release(t, &y);
    }
    im_buffer_release(t, &x);
    return r;
}

/* --- itemgetter, attrgetter, methodcaller ---------------------------------------------------------------------------------------------------------- */

/* `what`: tuple of items, of dotted names, or (name, *args); `more`: attrgetter: tuple of a str or tuple of strs each; methodcaller: dict of keywords or no value. */
typedef struct Getter {
    ImObject head;
    Value what, more;
    ssize_t index; /* itemgetter of one small int: it; else -1 */
} Getter;
static ImType itemgetter_type, attrgetter_type, methodcaller_type;
IM_INLINE Getter *getp(Value v) { return (Getter *)im_ptr(v); }

static int getter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Getter *g = (Getter *)o;
    int r = im_is_object(g->what) ? visit(g->what, arg) : 0;
    return r || !im_is_object(g->more) ? r : visit(g->more, arg);
}
static void getter_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((Getter *)o)->what);
    im_destroy_child(t, ((Getter *)o)->more);
}
/* Steals both; `more` may be no value when none is needed. */
static Value getter_make(Thread *t, ImType *type, Value what, Value more)
{
    Getter *g = im_no_value(what) ? NULL : (Getter *)im_instance_alloc(t, type, 0);
    if (!g) {
        im_xdrop(t, what);
        im_xdrop(t, more);
        return IM_NO_VALUE;
    }
    g->what = what;
    g->more = more;
    g->index = -1;
    return im_value(g);
}
static int one_argument(Thread *t, const char *name, size_t nargs, Value kwnames)
{
    if (IM_LIKELY(nargs == 1 && im_no_value(kwnames))) return 0;
    return im_no_kwargs(t, name, kwnames) < 0 ? -1 : im_check_nargs(t, name, nargs, 1, 1);
}

static Value itemgetter_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (im_no_kwargs(t, "itemgetter", kwnames) < 0 || (nargs == 0 && im_check_nargs(t, "itemgetter", nargs, 1, 1) < 0)) return IM_NO_VALUE;
    Value r = getter_make(t, type, im_tuple_from_array(t, args, nargs), IM_NO_VALUE);
    if (!im_no_value(r) && nargs == 1 && im_is_int(args[0]) && im_int_get(args[0]) >= 0) getp(r)->index = im_int_get(args[0]);
    return r;
}
static Value itemgetter_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (one_argument(t, "itemgetter", nargs, kwnames) < 0) return IM_NO_VALUE;
    Getter *g = getp(self);
    Value obj = args[0];
    if (g->index >= 0 && im_is_tuple_exact(obj) && g->index < im_tuple_len(obj)) return im_new_ref(im_tuple_get(obj, g->index));
    ssize_t n = im_tuple_len(g->what);
    if (n == 1) return im_getitem(t, obj, im_tuple_get(g->what, 0));
    if (n == 2) {
        Value a = im_getitem(t, obj, im_tuple_get(g->what, 0));
        if (im_no_value(a)) return a;
        Value b = im_getitem(t, obj, im_tuple_get(g->what, 1));
        if (!im_no_value(b)) return im_tuple_pair_steal(t, a, b);
        im_drop(t, a);
        return b;
    }
    Value r = im_tuple_new(t, (size_t)n);
    for (ssize_t i = 0; i < n && !im_no_value(r); i++) {
        Value v = im_getitem(t, obj, im_tuple_get(g->what, i));
        if (im_no_value(v)) IM_CLEAR(t, r);
        else im_tuple_items(r)[i] = v;
    }
    return r;
}

/* Text "name(x, y)" where the tuple's repr supplies the parenthesis. */
static Value getter_repr(Thread *t, Value self)
{
    int e = im_repr_enter(t, self);
    const char *name = im_type_cname(im_type_of(self));
    if (e) return e > 0 ? im_str_format(t, "%s(...)", name) : IM_NO_VALUE;
    Value what = getp(self)->what, r;
    if (im_tuple_len(what) == 1) r = im_str_format(t, "%s(%R)", name, im_tuple_get(what, 0));
    else r = im_str_format(t, "%s%R", name, what);
    im_repr_leave(t, self);
    return r;
}
OP_METHOD(getter_reduce) { (void)args; return im_tuple_pack(t, 2, im_type_value(im_type_of(self)), getp(self)->what); }

/* "a.b" -> ("a", "b"); "a" -> "a" interned */
static Value split_name(Thread *t, Value name)
{
    ssize_t n = im_str_len(name), dot = im_str_find_char(name, '.', 0, n, 1);
    if (dot < 0) return im_is_str_exact(name) ? im_str_intern(t, im_new_ref(name)) : im_new_ref(name);
    Value list = im_list_new(t, 2);
    for (ssize_t from = 0; from <= n && !im_no_value(list); from = dot + 1) {
        dot = im_str_find_char(name, '.', from, n, 1);
        if (dot < 0) dot = n;
        Value part = im_str_substring(t, name, from, dot);
        if (!im_no_value(part)) part = im_str_intern(t, part);
        if (im_no_value(part) || im_list_append_steal(t, list, part) < 0) IM_CLEAR(t, list);
    }
    if (im_no_value(list)) return list;
    Value r = im_list_to_tuple(t, list);
    im_drop(t, list);
    return r;
}
static Value attrgetter_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (im_no_kwargs(t, "attrgetter", kwnames) < 0 || (nargs == 0 && im_check_nargs(t, "attrgetter", nargs, 1, 1) < 0)) return IM_NO_VALUE;
    Value names = im_tuple_new(t, nargs);
    for (size_t i = 0; i < nargs && !im_no_value(names); i++) {
        Value part = im_is_str(args[i]) ? split_name(t, args[i]) : im_raise_type(t, "attribute name must be a string");
        if (im_no_value(part)) IM_CLEAR(t, names);
        else im_tuple_items(names)[i] = part;
    }
    if (im_no_value(names)) return names;
    return getter_make(t, type, im_tuple_from_array(t, args, nargs), names);
}
static Value get_dotted(Thread *t, Value obj, Value name)
{
    if (!im_is_tuple(name)) return im_getattr(t, obj, name);
    im_take(obj);
    for (ssize_t i = 0; i < im_tuple_len(name) && !im_no_value(obj); i++) {
        Value next = im_getattr(t, obj, im_tuple_get(name, i));
        im_drop(t, obj);
        obj = next;
    }
    return obj;
}
static Value attrgetter_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (one_argument(t, "attrgetter", nargs, kwnames) < 0) return IM_NO_VALUE;
    Value names = getp(self)->more;
    ssize_t n = im_tuple_len(names);
    if (n == 1) return get_dotted(t, args[0], im_tuple_get(names, 0));
    Value r = im_tuple_new(t, (size_t)n);
    for (ssize_t i = 0; i < n && !im_no_value(r); i++) {
        Value v = get_dotted(t, args[0], im_tuple_get(names, i));
        if (im_no_value(v)) IM_CLEAR(t, r);
        else im_tuple_items(r)[i] = v;
    }
    return r;
}

static Value methodcaller_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs < 1) return im_raise_type(t, "methodcaller needs at least one argument, the method name");
    if (!im_is_str(args[0])) return im_raise_type(t, "method name must be a string");
    Value kw = IM_NO_VALUE;
    if (!im_no_value(kwnames) && im_tuple_len(kwnames)) {
        kw = im_dict_new(t);
        for (ssize_t i = 0; i < im_tuple_len(kwnames) && !im_no_value(kw); i++) {
            if (im_dict_set(t, kw, im_tuple_get(kwnames, i), args[nargs + (size_t)i]) < 0) IM_CLEAR(t, kw);
        }
        if (im_no_value(kw)) return kw;
    }
    Value what = im_tuple_from_array(t, args, nargs);
    if (!im_no_value(what) && im_is_str_exact(args[0])) im_tuple_items(what)[0] = im_str_intern(t, im_tuple_items(what)[0]);
    return getter_make(t, type, what, kw);
}
static Value methodcaller_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (one_argument(t, "methodcaller", nargs, kwnames) < 0) return IM_NO_VALUE;
    Getter *g = getp(self);
    Value name = im_tuple_get(g->what, 0);
    size_t n = (size_t)im_tuple_len(g->what) - 1;
    if (im_no_value(g->more)) return im_call_method(t, args[0], name, im_tuple_items(g->what) + 1, n, IM_NO_VALUE);
    Value f = im_getattr(t, args[0], name), rest = im_no_value(f) ? f : im_tuple_from_array(t, im_tuple_items(g->what) + 1, n);
    Value r = im_no_value(rest) ? rest : im_call_ex(t, f, rest, g->more);
    im_xdrop(t, rest);
    im_xdrop(t, f);
    return r;
}
static Value methodcaller_repr(Thread *t, Value self)
{
    Getter *g = getp(self);
    const char *name = im_type_cname(im_type_of(self));
    int e = im_repr_enter(t, self);
    if (e) return e > 0 ? im_str_format(t, "%s(...)", name) : IM_NO_VALUE;
    ImStrBuilder b;
    im_sb_init(&b);
    e = im_sb_ascii(t, &b, name, -1);
    if (e == 0) e = im_sb_char(t, &b, '(');
    for (ssize_t i = 0; i < im_tuple_len(g->what) && e == 0; i++) {
        if (i) e = im_sb_ascii(t, &b, ", ", 2);
        if (e == 0) e = im_sb_repr(t, &b, im_tuple_get(g->what, i));
    }
    size_t pos = 0;
    Value k, v;
    while (e == 0 && !im_no_value(g->more) && im_dict_next(t, g->more, &pos, &k, &v)) {
        Value item = im_str_format(t, ", %U=%R", k, v);
        e = im_no_value(item) ? -1 : im_sb_str(t, &b, item);
        im_xdrop(t, item);
        im_drop(t, k);
        im_drop(t, v);
    }
    if (e == 0) e = im_sb_char(t, &b, ')');
    im_repr_leave(t, self);
    if (e == 0) return im_sb_finish(t, &b);
    im_sb_free(&b);
    return IM_NO_VALUE;
}
OP_METHOD(methodcaller_reduce)
{
    (void)args;
    Getter *g = getp(self);
    if (im_no_value(g->more)) return im_tuple_pack(t, 2, im_type_value(im_type_of(self)), g->what);
    Value partial = im_import_from(t, "functools", "partial");
    if (im_no_value(partial)) return partial;
    Value two = im_tuple_pack(t, 2, im_type_value(im_type_of(self)), im_tuple_get(g->what, 0)), made = im_no_value(two) ? two : im_call_ex(t, partial, two, g->more), r = IM_NO_VALUE;
    im_drop(t, partial);
    im_xdrop(t, two);
    if (im_no_value(made)) return made;
    Value rest = im_tuple_slice(t, g->what, 1, PTRDIFF_MAX);
    if (!im_no_value(rest)) r = im_tuple_pack(t, 2, made, rest);
    im_xdrop(t, rest);
    im_drop(t, made);
    return r;
}

static Value getter_signature(Thread *t, Value self, void *closure)
{
    (void)self, (void)closure;
    return im_str_from_cstr(t, "(obj, /)");
}
static const ImGetSetDef getter_getset[] = {{"__text_signature__", getter_signature, NULL, NULL, NULL}, IM_END};
static const ImMethodDef getter_methods[] = {IM_FIXED("__reduce__", getter_reduce, 0, "($self, /)", "Return state information for pickling"), IM_END};
static const ImMethodDef methodcaller_methods[] = {IM_FIXED("__reduce__", methodcaller_reduce, 0, "($self, /)", "Return state information for pickling"), IM_END};
#define GETTER_TYPE(ident, repr_fn, method_rows, sig, text)                                                                                                               \
    static const ImSlots ident##_slots = {.repr = repr_fn, .call = ident##_call, .new_ = ident##_new};                                                                    \
    static const ImTypeSpec ident##_spec = {.name = "operator." #ident, .doc = text, .size = sizeof(Getter), .flags = IM_TF_GC, .slots = &ident##_slots,                   \
        .methods = method_rows, .getset = getter_getset, .traverse = getter_traverse, .destroy = getter_destroy, .text_signature = sig}
GETTER_TYPE(itemgetter, getter_repr, getter_methods, "(item, /, *items)",
            "Return a callable object that fetches the given item(s) from its operand.\nAfter f = itemgetter(2), the call f(r) returns r[2].\nAfter g = itemgetter(2, 5, 3), the call "
            "g(r) returns (r[2], r[5], r[3])");
GETTER_TYPE(attrgetter, getter_repr, getter_methods, "(attr, /, *attrs)",
            "Return a callable object that fetches the given attribute(s) from its operand.\nAfter f = attrgetter('name'), the call f(r) returns r.name.\nAfter g = "
            "attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).\nAfter h = attrgetter('name.first', 'name.last'), the call h(r) returns\n(r.name.first, r.name.last).");
GETTER_TYPE(methodcaller, methodcaller_repr, methodcaller_methods, "(name, /, *args, **kwargs)",
            "Return a callable object that calls the given method on its operand.\nAfter f = methodcaller('name'), the call f(r) returns r.name().\nAfter g = methodcaller('name', "
            "'date', foo=1), the call g(r) returns\nr.name('date', foo=1).");

/* --- the module ---------------------------------------------------------------------------------------------------------------------------------------- */

#define ROW1(name, text) IM_FIXED(#name, o_##name, 1, "($module, a, /)", text)
#define ROW2(name, text) IM_FIXED(#name, o_##name, 2, "($module, a, b, /)", text)
static const ImMethodDef functions[] = {
    ROW1(truth, "Return True if a is true, False otherwise."), ROW2(contains, "Same as b in a (note reversed operands)."),
    ROW2(indexOf, "Return the first index of b in a."), ROW2(countOf, "Return the number of items in a which are, or which equal, b."),
    ROW2(is_, "Same as a is b."), ROW2(is_not, "Same as a is not b."), ROW2(add, "Same as a + b."), ROW2(sub, "Same as a - b."), ROW2(mul, "Same as a * b."),
    ROW2(matmul, "Same as a @ b."), ROW2(floordiv, "Same as a // b."), ROW2(truediv, "Same as a / b."), ROW2(mod, "Same as a % b."), ROW1(neg, "Same as -a."),
    ROW1(pos, "Same as +a."), ROW1(abs, "Same as abs(a)."), IM_FIXED("inv", o_invert, 1, "($module, a, /)", "Same as ~a."), ROW1(invert, "Same as ~a."),
    ROW2(lshift, "Same as a << b."), ROW2(rshift, "Same as a >> b."), ROW1(not_, "Same as not a."), ROW2(and_, "Same as a & b."), ROW2(xor, "Same as a ^ b."),
    ROW2(or_, "Same as a | b."), ROW2(iadd, "Same as a += b."), ROW2(isub, "Same as a -= b."), ROW2(imul, "Same as a *= b."), ROW2(imatmul, "Same as a @= b."),
    ROW2(ifloordiv, "Same as a //= b."), ROW2(itruediv, "Same as a /= b."), ROW2(imod, "Same as a %= b."), ROW2(ilshift, "Same as a <<= b."), ROW2(irshift, "Same as a >>= b."),
    ROW2(iand, "Same as a &= b."), ROW2(ixor, "Same as a ^= b."), ROW2(ior, "Same as a |= b."), ROW2(concat, "Same as a + b, for a and b sequences."),
    ROW2(iconcat, "Same as a += b, for a and b sequences."), ROW2(getitem, "Same as a[b]."),
    IM_FIXED("setitem", o_setitem, 3, "($module, a, b, c, /)", "Same as a[b] = c."), ROW2(delitem, "Same as del a[b]."), ROW2(pow, "Same as a ** b."),
    ROW2(ipow, "Same as a **= b."), ROW2(eq, "Same as a == b."), ROW2(ne, "Same as a != b."), ROW2(lt, "Same as a < b."), ROW2(le, "Same as a <= b."), ROW2(gt, "Same as a > b."),
    ROW2(ge, "Same as a >= b."), ROW1(index, "Same as a.__index__()"),
    IM_RANGE("length_hint", o_length_hint, 1, 2, "($module, obj, default=0, /)",
             "Return an estimate of the number of items in obj.\n\nThis is useful for presizing containers when building from an iterable.\n\nIf the object supports len(), the result "
             "will be exact.\nOtherwise, it may over- or under-estimate by an arbitrary amount.\nThe result will be an integer >= 0."),
    IM_FIXED("_compare_digest", o_compare_digest, 2, "($module, a, b, /)",
             "Return 'a == b'.\n\nThis function uses an approach designed to prevent\ntiming analysis, making it appropriate for cryptography.\n\na and b must both be of the same "
             "type: either str (ASCII only),\nor any bytes-like object.\n\nNote: If a and b are of different lengths, or if an error occurs,\na timing attack could theoretically "
             "reveal information about the\ntypes and lengths of a and b--but not their values."),
    IM_RAW("call", o_call, "($module, obj, /, *args, **kwargs)", "Same as obj(*args, **kwargs)."),
    IM_END,
};
static int operator_exec(Thread *t, Value m)
{
    return im_module_ready_type(t, m, &itemgetter_type, &itemgetter_spec) < 0 || im_module_ready_type(t, m, &attrgetter_type, &attrgetter_spec) < 0 ? -1
        : im_module_ready_type(t, m, &methodcaller_type, &methodcaller_spec);
}
static const ImModuleDef operator_module = {
    .name = "_operator",
    .doc = "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic operators of Python.  For example, operator.add(x, y)\nis "
           "equivalent to the expression x+y.",
    .methods = functions, .exec = operator_exec,
};
IM_MODULE(operator_module);
