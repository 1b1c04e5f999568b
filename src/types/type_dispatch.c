/* Slot functions of Python classes: each finds its special method on the type and calls it without a bound method.
 * SPDX-License-Identifier: MIT */
#include "types/exception.h"
#include "types/slot_functions.h"
#include "types/bytes.h"
#include "types/iter.h"
#include "types/type_impl.h"

/* ---- calling ---------------------------------------------------------------------------------------------------------------- */

/* type(self).name(self, args…). Absent: no value and *found = false. */
static Value call_maybe(Thread *t, Value self, Value name, const Value *args, size_t nargs, bool *found)
{
    return im_call_special(t, self, name, args, nargs, found);
}

static Value call_must(Thread *t, Value self, Value name, const Value *args, size_t nargs)
{
    bool found;
    Value r = call_maybe(t, self, name, args, nargs, &found);
    if (!found) im_raise(t, &im_AttributeError_type, "%U", name); /* no more than that in CPython either */
    return r;
}

/* ---- binary operators ----------------------------------------------------------------------------------------------------------- */

/* Does the right operand's class change the reflected method that the left one has? */
static int is_overloaded(Thread *t, Value left, Value right, Value rname)
{
    Value a = im_type_lookup(t, im_type_of(right), rname), b;
    if (im_no_value(a)) return 0;
    b = im_type_lookup(t, im_type_of(left), rname);
    int r = im_no_value(b) || !im_same(a, b);
    im_drop(t, a);
    im_xdrop(t, b);
    return r;
}

static Value call_operator(Thread *t, Value self, Value name, Value other)
{
    bool found;
    Value r = call_maybe(t, self, name, &other, 1, &found);
    return found ? r : IM_NOT_IMPLEMENTED;
}

static Value binary(Thread *t, Value a, Value b, uint32_t offset, void *me, Value name, Value rname)
{
    ImType *ta = im_type_of(a), *tb = im_type_of(b);
    bool other = ta != tb && im_load_relaxed(im_slot_at(&tb->slots, offset)) == me;
    Value r;
    if (im_load_relaxed(im_slot_at(&ta->slots, offset)) == me) {
        if (other && im_type_is_subtype(tb, ta) && is_overloaded(t, a, b, rname)) {
            r = call_operator(t, b, rname, a);
            if (!im_same(r, IM_NOT_IMPLEMENTED)) return r;
            other = false;
        }
        r = call_operator(t, a, name, b);
        if (!im_same(r, IM_NOT_IMPLEMENTED) || ta == tb) return r;
    }
    if (other) return call_operator(t, b, rname, a);
    return IM_NOT_IMPLEMENTED;
}

#define BINARY(fn, field, name, rname) \
    Value slot_##fn(Thread *t, Value a, Value b) { return binary(t, a, b, offsetof(ImSlots, field), (void *)slot_##fn, name, rname); }
BINARY(add, add, IM_S(__add__), IM_S(__radd__))
BINARY(subtract, subtract, IM_S(__sub__), IM_S(__rsub__))
BINARY(multiply, multiply, IM_S(__mul__), IM_S(__rmul__))
BINARY(remainder, remainder, IM_S(__mod__), IM_S(__rmod__))
BINARY(divmod, divmod, IM_S(__divmod__), IM_S(__rdivmod__))
BINARY(lshift, lshift, IM_S(__lshift__), IM_S(__rlshift__))
BINARY(rshift, rshift, IM_S(__rshift__), IM_S(__rrshift__))
BINARY(and, and_, IM_S(__and__), IM_S(__rand__))
BINARY(xor, xor_, IM_S(__xor__), IM_S(__rxor__))
BINARY(or, or_, IM_S(__or__), IM_S(__ror__))
BINARY(floor_divide, floor_divide, IM_S(__floordiv__), IM_S(__rfloordiv__))
BINARY(true_divide, true_divide, IM_S(__truediv__), IM_S(__rtruediv__))
BINARY(matmul, matmul, IM_S(__matmul__), IM_S(__rmatmul__))

#define INPLACE(fn, name) \
    Value slot_##fn(Thread *t, Value a, Value b) { return call_must(t, a, name, &b, 1); }
INPLACE(iadd, IM_S(__iadd__))
INPLACE(isubtract, IM_S(__isub__))
INPLACE(imultiply, IM_S(__imul__))
INPLACE(iremainder, IM_S(__imod__))
INPLACE(ilshift, IM_S(__ilshift__))
INPLACE(irshift, IM_S(__irshift__))
INPLACE(iand, IM_S(__iand__))
INPLACE(ixor, IM_S(__ixor__))
INPLACE(ior, IM_S(__ior__))
INPLACE(ifloor_divide, IM_S(__ifloordiv__))
INPLACE(itrue_divide, IM_S(__itruediv__))
INPLACE(imatmul, IM_S(__imatmul__))
INPLACE(subscript, IM_S(__getitem__))

Value slot_power(Thread *t, Value a, Value b, Value mod)
{
    if (im_is_none(mod)) return binary(t, a, b, offsetof(ImSlots, power), (void *)slot_power, IM_S(__pow__), IM_S(__rpow__));
    /* Three arguments: the first operand decides alone. */
    if (IM_SLOT(im_type_of(a), power) == slot_power) {
        Value args[2] = {b, mod};
        bool found;
        Value r = call_maybe(t, a, IM_S(__pow__), args, 2, &found);
        return found ? r : IM_NOT_IMPLEMENTED;
    }
    return IM_NOT_IMPLEMENTED;
}
Value slot_ipower(Thread *t, Value a, Value b, Value mod)
{
    (void)mod;
    return call_must(t, a, IM_S(__ipow__), &b, 1);
}

/* ---- unary ------------------------------------------------------------------------------------------------------------------------ */

#define UNARY(fn, name) \
    Value slot_##fn(Thread *t, Value self) { return call_must(t, self, name, NULL, 0); }
UNARY(negative, IM_S(__neg__))
UNARY(positive, IM_S(__pos__))
UNARY(absolute, IM_S(__abs__))
UNARY(invert, IM_S(__invert__))
UNARY(int, IM_S(__int__))
UNARY(float, IM_S(__float__))
UNARY(index, IM_S(__index__))
UNARY(str, IM_S(__str__))

Value slot_repr(Thread *t, Value self)
{
    bool self_first;
    Value f = im_special_lookup(t, self, IM_S(__repr__), &self_first), r;
    if (!im_no_value(f)) {
        r = self_first ? im_call1(t, f, self) : im_call0(t, f);
        im_drop(t, f);
        return r;
    }
    im_exc_clear(t);
    return im_str_format(t, "<%s object at %p>", im_type_cname(im_type_of(self)), (void *)im_ptr(self));
}

int slot_bool(Thread *t, Value self)
{
    bool found, by_len = false;
    Value r = call_maybe(t, self, IM_S(__bool__), NULL, 0, &found);
    if (!found) {
        r = call_maybe(t, self, IM_S(__len__), NULL, 0, &found);
        if (!found) return 1;
        by_len = true;
    }
    if (im_no_value(r)) return -1;
    int rc = -1;
    if (by_len) rc = im_truth(t, r);
    else if (im_is_bool(r)) rc = im_same(r, IM_TRUE);
    else im_raise_type(t, "__bool__ should return bool, returned %T", r);
    im_drop(t, r);
    return rc;
}

int64_t slot_hash(Thread *t, Value self)
{
    bool self_first;
    Value f = im_special_lookup(t, self, IM_S(__hash__), &self_first), r;
    if (im_no_value(f) || im_is_none(f)) {
        im_exc_clear(t);
        return im_hash_not_implemented(t, self);
    }
    r = self_first ? im_call1(t, f, self) : im_call0(t, f);
    im_drop(t, f);
    if (im_no_value(r)) return -1;
    int64_t h = -1;
    if (!im_is_int_like(r)) im_raise_type(t, "__hash__ method should return an integer");
    else {
        /* A hash that came from another object must stay that object's hash: small values as they are, large ints reduced like ints. */
        if (!im_int_get64(r, &h)) h = im_int_hash(r);
        if (h == -1) h = -2;
    }
    im_drop(t, r);
    return h;
}

/* ---- comparison ------------------------------------------------------------------------------------------------------------------ */

Value slot_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    bool found;
    Value name;
    switch (op) {
    case IM_LT: name = IM_S(__lt__); break;
    case IM_LE: name = IM_S(__le__); break;
    case IM_EQ: name = IM_S(__eq__); break;
    case IM_NE: name = IM_S(__ne__); break;
    case IM_GT: name = IM_S(__gt__); break;
    default: name = IM_S(__ge__); break;
    }
    Value f = im_special_lookup(t, a, name, &found), r;
    if (im_no_value(f)) { /* even when binding it failed */
        im_exc_clear(t);
        return IM_NOT_IMPLEMENTED;
    }
    r = found ? im_call2(t, f, a, b) : im_call1(t, f, b);
    im_drop(t, f);
    return r;
}

int im_less(Thread *t, Value a, Value b)
{
    ImType *type = im_type_of(a);
    Value r = IM_NO_VALUE;
    if (type == im_type_of(b) && IM_SLOT(type, richcompare) == slot_richcompare && !im_c_stack_low(t)) {
        ImAttrEntry *e = im_type_entry(t, type, IM_S(__lt__));
        Value f = e && e->kind == IM_ATTR_METHOD ? im_entry_get(t, e) : IM_NO_VALUE, both[2] = {a, b};
        if (!im_no_value(f)) {
            r = im_is_function(f) ? im_function_call_hook(t, f, both, 2, IM_NO_VALUE) : im_call(t, f, both, 2, IM_NO_VALUE);
            im_drop(t, f);
            if (im_same(r, IM_NOT_IMPLEMENTED)) r = im_compare_rest(t, a, b, IM_LT);
            goto made;
        }
    }
    r = im_compare(t, a, b, IM_LT);
made:
    if (IM_UNLIKELY(im_no_value(r))) return -1;
    if (IM_LIKELY(im_is_bool(r))) return im_same(r, IM_TRUE);
    int x = im_truth(t, r);
    im_drop(t, r);
    return x;
}

/* ---- attributes -------------------------------------------------------------------------------------------------------------------- */

/* An AttributeError that Python code raised without saying for what: reports suggest names by these. */
static void name_error(Thread *t, Value self, Value name)
{
    if (!im_pending_is(t, &im_AttributeError_type)) return;
    ImObject *o = im_ptr(t->exc);
    ImExcAttr *e = (ImExcAttr *)o;
    Value had = im_slot_get(t, o, &e->x_name), obj = im_slot_get(t, o, &e->x_obj);
    if (im_no_value(had) && im_no_value(obj)) {
        im_slot_put(t, o, &e->x_name, im_new_ref(name));
        im_slot_put(t, o, &e->x_obj, im_new_ref(self));
    }
    im_xdrop(t, had);
    im_xdrop(t, obj);
}
/* __getattribute__, then __getattr__ if the class has it and the first raised AttributeError. */
Value slot_getattr(Thread *t, Value self, Value name)
{
    ImType *ty = im_type_of(self);
    Value hook = im_type_lookup(t, ty, IM_S(__getattr__));
    Value get = im_type_lookup(t, ty, IM_S(__getattribute__));
    Value r = IM_NO_VALUE;
    bool native = im_is_object(get) && im_is_exact(get, &im_wrapper_descriptor_type) && ((ImSlotWrapper *)im_ptr(get))->fn == (void *)im_generic_getattr;
    if (native) {
        Value n = im_attr_name(t, name);
        int rc = im_no_value(n) ? -1 : im_generic_lookup(t, self, n, &r);
        if (rc == 0 && im_no_value(hook)) im_raise_attr_missing(t, self, name);
        else if (rc < 0 && !im_no_value(hook) && im_exc_clear_if(t, &im_AttributeError_type)) rc = 0;
        if (rc != 0 || im_no_value(hook)) goto done;
    } else {
        bool found;
        r = call_maybe(t, self, IM_S(__getattribute__), &name, 1, &found);
        if (!im_no_value(r) || im_no_value(hook) || !im_exc_clear_if(t, &im_AttributeError_type)) goto done;
    }
    if (im_type_flags(im_type_of(hook)) & IM_TF_METHOD_DESCR) r = im_call2(t, hook, self, name);
    else {
        bool found;
        r = call_maybe(t, self, IM_S(__getattr__), &name, 1, &found);
    }
done:
    if (im_no_value(r)) name_error(t, self, name);
    im_xdrop(t, hook);
    im_xdrop(t, get);
    return r;
}

int slot_setattr(Thread *t, Value self, Value name, Value v)
{
    Value args[2] = {name, v}, r;
    if (im_no_value(v)) r = call_must(t, self, IM_S(__delattr__), args, 1);
    else r = call_must(t, self, IM_S(__setattr__), args, 2);
    if (im_no_value(r)) return -1;
    im_drop(t, r);
    return 0;
}

Value slot_descr_get(Thread *t, Value self, Value obj, Value type)
{
    /* Found on the class and called with the descriptor, whatever kind of callable it is. */
    Value get = im_type_lookup(t, im_type_of(self), IM_S(__get__));
    if (im_no_value(get)) return im_new_ref(self);
    Value r = im_call3(t, get, self, im_no_value(obj) ? IM_NONE : obj, im_no_value(type) ? IM_NONE : type);
    im_drop(t, get);
    return r;
}

int slot_descr_set(Thread *t, Value self, Value obj, Value v)
{
    Value args[2] = {obj, v}, r;
    if (im_no_value(v)) r = call_must(t, self, IM_S(__delete__), args, 1);
    else r = call_must(t, self, IM_S(__set__), args, 2);
    if (im_no_value(r)) return -1;
    im_drop(t, r);
    return 0;
}

/* ---- calls ---------------------------------------------------------------------------------------------------------------------------- */

/* Calls f(first, args…). */
static Value call_with_first(Thread *t, Value f, Value first, const Value *args, size_t nargs, Value kwnames)
{
    size_t n = nargs + (im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames));
    Value small[10], *a = small;
    if (n + 1 > IM_COUNTOF(small) && !(a = im_raw_alloc(t, (n + 1) * sizeof(Value)))) return IM_NO_VALUE;
    a[0] = first;
    if (n) memcpy(a + 1, args, n * sizeof(Value)); /* borrowed from the caller */
    Value r = a != small && im_poll(t) < 0 ? IM_NO_VALUE : im_call(t, f, a, nargs + 1, kwnames); /* a class that is its own __new__ calls itself with one argument more each time */
    if (a != small) im_raw_free(a);
    return r;
}

static Value call_long(Thread *t, Value self, Value name, const Value *args, size_t nargs, Value kwnames)
{
    bool self_first;
    Value f = im_special_lookup(t, self, name, &self_first);
    if (im_no_value(f)) return im_pending(t) ? f : im_raise_attr_missing(t, self, name);
    Value r = self_first ? call_with_first(t, f, self, args, nargs, kwnames) : im_call(t, f, args, nargs, kwnames);
    im_drop(t, f);
    return r;
}

Value slot_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (im_c_stack_low(t)) return im_raise(t, &im_RecursionError_type, "maximum recursion depth exceeded while calling a Python object");
    return call_long(t, self, IM_S(__call__), args, nargs, kwnames);
}

int slot_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    Value r = call_long(t, self, IM_S(__init__), args, nargs, kwnames);
    if (im_no_value(r)) return -1;
    if (im_is_none(r)) return 0;
    im_raise_type(t, "__init__() should return None, not '%.200T'", r);
    im_drop(t, r);
    return -1;
}

Value slot_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value f = im_getattr(t, im_value(type), IM_S(__new__));
    if (im_no_value(f)) return f;
    enum { DEEPEST = 10000 }; /* as CPython; arguments may grow on the way, so the C stack is not all that counts */
    Value r = IM_NO_VALUE;
    if (t->c_depth > DEEPEST) r = im_raise(t, &im_RecursionError_type, "maximum recursion depth exceeded while calling a Python object");
    else if (im_recurse_enter(t, " while calling a Python object") == 0) {
        r = call_with_first(t, f, im_value(type), args, nargs, kwnames);
        im_recurse_leave(t);
    }
    im_drop(t, f);
    return r;
}

void im_slot_finalize(Thread *t, ImObject *o)
{
    Value saved = im_exc_fetch(t);
    bool self_first;
    Value self = im_value(o), del = im_special_lookup(t, self, IM_S(__del__), &self_first), r;
    if (im_no_value(del)) {
        if (im_pending(t)) im_write_unraisable(t, NULL, self);
    } else {
        r = self_first ? im_call1(t, del, self) : im_call0(t, del);
        if (im_no_value(r)) im_write_unraisable(t, NULL, del);
        else im_drop(t, r);
        im_drop(t, del);
    }
    im_exc_restore(t, saved);
}

/* ---- iteration ------------------------------------------------------------------------------------------------------------------------- */

Value slot_iter(Thread *t, Value self)
{
    bool self_first, found;
    Value f = im_special_lookup(t, self, IM_S(__iter__), &self_first);
    if (!im_no_value(f)) {
        if (im_is_none(f)) return im_raise_type(t, "'%.200T' object is not iterable", self);
        Value r = self_first ? im_call1(t, f, self) : im_call0(t, f);
        im_drop(t, f);
        return r;
    }
    im_exc_clear(t);
    f = im_type_lookup(t, im_type_of(self), IM_S(__getitem__));
    found = !im_no_value(f);
    im_xdrop(t, f);
    return found ? im_seqiter_new(t, self) : im_raise_type(t, "'%.200T' object is not iterable", self);
}

Value slot_next(Thread *t, Value self)
{
    Value r = call_must(t, self, IM_S(__next__), NULL, 0);
    if (im_no_value(r) && im_exc_clear_if(t, &im_StopIteration_type)) return IM_STOP;
    return r;
}

static Value async_slot(Thread *t, Value self, Value name, const char *what)
{
    bool found;
    Value r = call_maybe(t, self, name, NULL, 0, &found);
    return found ? r : im_raise_attr(t, "object %.50T does not have %s method", self, what);
}
Value slot_await(Thread *t, Value self) { return async_slot(t, self, IM_S(__await__), "__await__"); }
Value slot_aiter(Thread *t, Value self) { return async_slot(t, self, IM_S(__aiter__), "__aiter__"); }
Value slot_anext(Thread *t, Value self) { return async_slot(t, self, IM_S(__anext__), "__anext__"); }

/* ---- containers ------------------------------------------------------------------------------------------------------------------------- */

ssize_t slot_length(Thread *t, Value self)
{
    Value r = call_must(t, self, IM_S(__len__), NULL, 0), n;
    if (im_no_value(r)) return -1;
    n = im_index(t, r);
    im_drop(t, r);
    if (im_no_value(n)) return -1;
    ssize_t len = -1;
    if (im_int_sign(n) < 0) im_raise_valueerror(t, "__len__() should return >= 0");
    else if (im_as_ssize(t, n, &im_OverflowError_type, &len) < 0) len = -1;
    im_drop(t, n);
    return len;
}

int slot_ass_subscript(Thread *t, Value self, Value key, Value v)
{
    Value args[2] = {key, v}, r;
    if (im_no_value(v)) r = call_must(t, self, IM_S(__delitem__), args, 1);
    else r = call_must(t, self, IM_S(__setitem__), args, 2);
    if (im_no_value(r)) return -1;
    im_drop(t, r);
    return 0;
}
Value slot_item(Thread *t, Value self, ssize_t i)
{
    Value key = im_int_new(t, i);
    if (im_no_value(key)) return key;
    Value r = call_must(t, self, IM_S(__getitem__), &key, 1);
    im_drop(t, key);
    return r;
}
int slot_ass_item(Thread *t, Value self, ssize_t i, Value v)
{
    Value key = im_int_new(t, i);
    if (im_no_value(key)) return -1;
    int r = slot_ass_subscript(t, self, key, v);
    im_drop(t, key);
    return r;
}

int slot_contains(Thread *t, Value self, Value v)
{
    bool self_first;
    Value f = im_special_lookup(t, self, IM_S(__contains__), &self_first);
    if (im_no_value(f)) return im_pending(t) ? -1 : im_contains_by_iteration(t, self, v);
    if (im_is_none(f)) return im_raise_type(t, "'%.200T' object is not a container", self), -1;
    Value r = self_first ? im_call2(t, f, self, v) : im_call1(t, f, v);
    im_drop(t, f);
    if (im_no_value(r)) return -1;
    int rc = im_truth(t, r);
    im_drop(t, r);
    return rc;
}

/* ---- buffers (PEP 688) -------------------------------------------------------------------------------------------------------------------- */

/* Stands between a consumer and the memoryview that __buffer__ gave, so that releasing calls __release_buffer__. */
typedef struct BufferWrapper { ImObject head; Value view, obj; ImBuffer inner; } BufferWrapper;

static int wrapper_traverse(ImObject *o, ImVisit visit, void *arg)
{
    BufferWrapper *w = (BufferWrapper *)o;
    int rc;
    if (im_is_object(w->view) && (rc = visit(w->view, arg)) != 0) return rc;
    if (im_is_object(w->inner.obj) && (rc = visit(w->inner.obj, arg)) != 0) return rc;
    return im_is_object(w->obj) ? visit(w->obj, arg) : 0;
}
static void wrapper_destroy(Thread *t, ImObject *o)
{
    BufferWrapper *w = (BufferWrapper *)o;
    if (im_is_object(w->inner.obj)) im_buffer_release(t, &w->inner);
    im_destroy_child(t, w->view);
    im_destroy_child(t, w->obj);
}
static void wrapper_release(Thread *t, Value self, ImBuffer *b)
{
    (void)b;
    BufferWrapper *w = (BufferWrapper *)im_ptr(self);
    Value saved = im_exc_fetch(t), r;
    bool found;
    im_buffer_release(t, &w->inner);
    r = im_call_special(t, w->obj, IM_S(__release_buffer__), &w->view, 1, &found);
    if (found && im_no_value(r)) im_write_unraisable(t, NULL, w->obj);
    im_xdrop(t, r);
    /* A view of the object's own native memory ends here; any other is the class's affair. */
    if (im_same(im_memoryview_exporter(w->view), w->obj)) {
        r = im_call_method0(t, w->view, IM_S(release));
        if (im_no_value(r)) im_write_unraisable(t, NULL, w->view);
        im_xdrop(t, r);
    }
    im_exc_restore(t, saved);
}
static const ImSlots wrapper_slots = {.releasebuffer = wrapper_release};
static const ImTypeSpec wrapper_spec = {.name = "_buffer_wrapper", .size = sizeof(BufferWrapper), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &wrapper_slots,
    .traverse = wrapper_traverse, .destroy = wrapper_destroy};
IM_TYPE(buffer_wrapper, &wrapper_spec);

int slot_getbuffer(Thread *t, Value self, ImBuffer *b, int flags)
{
    Value arg = im_int(flags), view = call_must(t, self, IM_S(__buffer__), &arg, 1);
    if (im_no_value(view)) return -1;
    if (!im_is_instance_of(view, &im_memoryview_type)) {
        im_raise_type(t, "__buffer__ returned non-memoryview object");
        im_drop(t, view);
        return -1;
    }
    BufferWrapper *w = (BufferWrapper *)im_instance_alloc(t, &im_buffer_wrapper_type, 0);
    if (!w) { im_drop(t, view); return -1; }
    w->view = view;
    w->obj = im_new_ref(self);
    if (im_buffer_get(t, view, &w->inner, flags) < 0) {
        w->inner.obj = IM_NO_VALUE;
        im_drop_obj(t, &w->head);
        return -1;
    }
    *b = w->inner; /* pointers into w->inner stay good: w lives as long as b */
    b->obj = im_value(w);
    return 0;
}
void slot_releasebuffer(Thread *t, Value self, ImBuffer *b)
{
    /* The class has a __release_buffer__, but its buffers are those of a native base; where it has a __buffer__ the wrapper does it. */
    im_memoryview_release_by_class(t, self, b);
}

Value im_wrap_buffer(Thread *t, Value self, Value flags)
{
    int64_t f;
    if (im_as_int64(t, flags, &f) < 0) return IM_NO_VALUE;
    if (f != (int)f) return im_raise_overflow(t, "buffer flags out of range");
    return im_memoryview_from_flags(t, self, (int)f, true);
}
Value im_wrap_release_buffer(Thread *t, Value self, Value view)
{
    if (!im_is_instance_of(view, &im_memoryview_type)) return im_raise_type(t, "expected a memoryview object");
    Value exporter = im_memoryview_exporter(view);
    if (im_no_value(exporter)) return im_raise_valueerror(t, "memoryview's buffer has already been released");
    if (!im_same(exporter, self)) return im_raise_valueerror(t, "memoryview's buffer is not this object");
    return im_call_method0(t, view, IM_S(release));
}
