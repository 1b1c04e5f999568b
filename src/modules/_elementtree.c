/* _elementtree: elements of XML trees.
 *
 * An element's children are in a list of their own, made when the first one comes; attributes likewise in a dict. Both mind threads themselves.
 * SPDX-License-Identifier: MIT */
#include "modules/elementtree.h"

#include "modules/syscall.h"

#define E(v) im_elementp(v)
#define METHOD(name) static Value name(Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* --- making ------------------------------------------------------------------------------------------------------------------------------- */

Value im_element_new(Thread *t, Value tag, Value attrib)
{
    ImElement *e = (ImElement *)im_instance_alloc(t, &im_element_type, 0);
    if (!e) return IM_NO_VALUE;
    e->x_tag = im_new_ref(tag);
    e->x_text = e->x_tail = IM_NONE;
    im_xtake(attrib);
    e->x_attrib = attrib;
    return im_value(e);
}
static Value element_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    Value v = im_instance_new(t, type);
    if (!im_no_value(v)) E(v)->x_tag = E(v)->x_text = E(v)->x_tail = IM_NONE;
    return v;
}
/* A new dict of attrib (may be no value) and keywords; no value without exception when there is nothing to put into one. */
static Value attributes(Thread *t, Value attrib, const Value *values, Value kwnames)
{
    const ssize_t nkw = im_no_value(kwnames) ? 0 : im_tuple_len(kwnames);
    ssize_t named = -1;
    for (ssize_t i = 0; i < nkw && im_no_value(attrib); i++) {
        if (!im_str_equal_cstr(im_tuple_get(kwnames, i), "attrib")) continue;
        if (!im_is_dict(values[i])) return im_raise_type(t, "attrib must be dict, not %.100T", values[i]);
        attrib = values[i];
        named = i;
    }
    if (im_no_value(attrib) && nkw == 0) return IM_NO_VALUE;
    Value d = im_no_value(attrib) ? im_dict_new(t) : im_dict_copy(t, attrib);
    for (ssize_t i = 0; i < nkw && !im_no_value(d); i++)
        if (i != named && im_dict_set(t, d, im_tuple_get(kwnames, i), values[i]) < 0) IM_CLEAR(t, d);
    return d;
}
static int check_arguments(Thread *t, const char *what, const Value *args, size_t nargs, size_t first)
{
    if (nargs < first + 1) return im_raise_type(t, "%s() takes at least %zu argument%s (%zu given)", what, first + 1, first ? "s" : "", nargs), -1;
    if (nargs > first + 2) return im_raise_type(t, "%s() takes at most %zu arguments (%zu given)", what, first + 2, nargs), -1;
    if (nargs > first + 1 && !im_is_dict(args[first + 1])) return im_raise_type(t, "%s() argument %zu must be dict, not %T", what, first + 2, args[first + 1]), -1;
    return 0;
}
static int element_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (check_arguments(t, "Element", args, nargs, 0) < 0) return -1;
    Value attrib = attributes(t, nargs > 1 ? args[1] : IM_NO_VALUE, args + nargs, kwnames);
    if (im_no_value(attrib) && im_pending(t)) return -1;
    ImElement *e = E(self);
    im_slot_put(t, &e->head, &e->x_attrib, attrib); /* children stay */
    im_slot_put(t, &e->head, &e->x_tag, im_new_ref(args[0]));
    im_slot_put(t, &e->head, &e->x_text, IM_NONE);
    im_slot_put(t, &e->head, &e->x_tail, IM_NONE);
    return 0;
}
static int element_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value *v = &((ImElement *)o)->x_tag;
    for (int i = 0; i < 5; i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void element_clear_slot(Thread *t, ImObject *o)
{
    ImElement *e = (ImElement *)o;
    im_slot_put(t, o, &e->x_children, IM_NO_VALUE);
    im_slot_put(t, o, &e->x_attrib, IM_NO_VALUE);
    im_slot_put(t, o, &e->x_tag, IM_NONE);
    im_slot_put(t, o, &e->x_text, IM_NONE);
    im_slot_put(t, o, &e->x_tail, IM_NONE);
}
static void element_destroy(Thread *t, ImObject *o)
{
    Value *v = &((ImElement *)o)->x_tag;
    for (int i = 0; i < 5; i++) im_destroy_child(t, v[i]);
}

/* --- children and attributes -------------------------------------------------------------------------------------------------------------- */

/* Owned; no value, without exception, when there is none and none is to be made. */
static Value part(Thread *t, Value self, Value *slot, bool make, bool dict)
{
    Value v = im_slot_get(t, NULL, slot);
    if (!im_no_value(v) || !make) return v;
    if (im_no_value(v = dict ? im_dict_new(t) : im_list_new(t, 4))) return v;
    if (im_is_private(self)) {
        *slot = im_new_ref(v);
        return v;
    }
    im_publish(t, v);
    Value none = IM_NO_VALUE;
    im_take(v); /* the slot's; another thread may empty that at once */
    if (im_cas_acq_rel(&slot->bits, &none.bits, v.bits)) return v;
    im_drop(t, v); /* another thread was faster */
    im_drop(t, v);
    return part(t, self, slot, make, dict);
}
static Value children(Thread *t, Value self, bool make) { return part(t, self, &E(self)->x_children, make, false); }
static Value attrib_of(Thread *t, Value self, bool make) { return part(t, self, &E(self)->x_attrib, make, true); }
static ssize_t count(Thread *t, Value self)
{
    Value c = children(t, self, false);
    if (im_no_value(c)) return 0;
    ssize_t n = im_list_len(c);
    im_drop(t, c);
    return n;
}
/* Owned; no value without exception: not there. */
static Value child(Thread *t, Value self, ssize_t i)
{
    if (IM_LIKELY(im_is_private(self))) {
        Value c = E(self)->x_children;
        if (im_no_value(c)) return c;
        ImList *l = im_listp(c);
        if (IM_LIKELY(im_is_private(c))) return (size_t)i < (size_t)l->x_len ? im_new_ref(l->x_items->x_items[i]) : IM_NO_VALUE;
        return im_list_get(t, c, i);
    }
    Value c = children(t, self, false);
    if (im_no_value(c)) return c;
    Value v = im_list_get(t, c, i);
    im_drop(t, c);
    return v;
}
int im_element_add(Thread *t, Value self, Value v)
{
    Value c = children(t, self, true);
    if (im_no_value(c)) return -1;
    int r = im_list_append(t, c, v);
    im_drop(t, c);
    return r;
}
static int expect_element(Thread *t, Value v) { return im_is_element(v) ? 0 : (im_raise_type(t, "expected an Element, not \"%.200T\"", v), -1); }
static int argument_element(Thread *t, const char *where, Value v)
{
    return im_is_element(v) ? 0 : (im_raise_type(t, "%s must be xml.etree.ElementTree.Element, not %T", where, v), -1);
}

METHOD(e_append)
{
    if (nargs != 1) return im_raise_type(t, "append() takes exactly 1 positional argument (%zu given)", nargs);
    return argument_element(t, "append() argument 1", args[0]) < 0 || im_element_add(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE;
}
METHOD(e_clear)
{
    ImElement *e = E(self);
    im_slot_put(t, &e->head, &e->x_children, IM_NO_VALUE);
    im_slot_put(t, &e->head, &e->x_attrib, IM_NO_VALUE);
    im_slot_put(t, &e->head, &e->x_text, IM_NONE);
    im_slot_put(t, &e->head, &e->x_tail, IM_NONE);
    return IM_NONE;
}
METHOD(e_extend)
{
    Value seq = im_fast_sequence(t, args[0], "'elements' must be an iterable");
    if (im_no_value(seq)) return seq;
    Value list = im_to_list(t, seq); /* a copy: checking runs code */
    im_drop(t, seq);
    for (ssize_t i = 0; !im_no_value(list) && i < im_list_len(list); i++) {
        Value v = im_list_get(t, list, i);
        if (im_no_value(v)) break;
        if (expect_element(t, v) < 0 || im_element_add(t, self, v) < 0) IM_CLEAR(t, list);
        im_drop(t, v);
    }
    if (im_no_value(list)) return list;
    im_drop(t, list);
    return IM_NONE;
}
METHOD(e_insert)
{
    ssize_t i;
    if (im_ssize_arg(t, args[0], &i) < 0 || argument_element(t, "insert() argument 2", args[1]) < 0) return IM_NO_VALUE;
    Value c = children(t, self, true);
    if (im_no_value(c)) return c;
    int r = im_list_insert(t, c, i, args[1]);
    im_drop(t, c);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
METHOD(e_remove)
{
    if (argument_element(t, "remove() argument", args[0]) < 0) return IM_NO_VALUE;
    if (im_is_shared(self) && IM_SLOT(im_type_of(args[0]), richcompare) == im_object_type.slots.richcompare) { /* what is equal to itself only: found and taken out in one step */
        Value all = children(t, self, false);
        const bool found = !im_no_value(all) && im_list_remove_same(t, all, args[0]);
        im_xdrop(t, all);
        if (found) return IM_NONE;
    }
    for (ssize_t i = 0;; i++) {
        Value v = child(t, self, i);
        if (im_no_value(v)) return im_raise_valueerror(t, "list.remove(x): x not in list");
        const int same = im_equal(t, v, args[0]);
        if (same <= 0) {
            im_drop(t, v);
            if (same < 0) return IM_NO_VALUE;
            continue;
        }
        Value c = children(t, self, false); /* comparing, or another thread, may have changed them */
        const bool gone = !im_no_value(c) && im_list_remove_at(t, c, i, v), shared = im_is_shared(self);
        im_drop(t, v);
        int r = gone || shared || im_no_value(c) || i >= im_list_len(c) ? 0 : im_delitem(t, c, im_int(i));
        im_xdrop(t, c);
        if (r < 0) return IM_NO_VALUE;
        if (gone || !shared) return IM_NONE;
        i = -1; /* it has moved: look again */
    }
}
METHOD(e_get)
{
    Value d = attrib_of(t, self, false), v = IM_NO_VALUE;
    const Value dflt = im_no_value(args[1]) ? IM_NONE : args[1];
    if (im_no_value(d)) return im_new_ref(dflt);
    int r = im_dict_get(t, d, args[0], &v);
    im_drop(t, d);
    return r < 0 ? IM_NO_VALUE : r ? v : im_new_ref(dflt);
}
METHOD(e_set)
{
    Value d = attrib_of(t, self, true);
    if (im_no_value(d)) return d;
    int r = im_dict_set(t, d, args[0], args[1]);
    im_drop(t, d);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
METHOD(e_keys)
{
    Value d = attrib_of(t, self, false);
    if (im_no_value(d)) return im_list_new(t, 0);
    Value r = im_dict_keys_list(t, d);
    im_drop(t, d);
    return r;
}
METHOD(e_items)
{
    Value d = attrib_of(t, self, false);
    if (im_no_value(d)) return im_list_new(t, 0);
    Value r = im_dict_items_list(t, d);
    im_drop(t, d);
    return r;
}
METHOD(e_makeelement)
{
    if (nargs != 2) return im_raise_type(t, "makeelement() takes exactly 2 positional arguments (%zu given)", nargs);
    if (!im_is_dict(args[1])) return im_raise_type(t, "makeelement() argument 2 must be dict, not %T", args[1]);
    Value d = im_dict_copy(t, args[1]);
    if (im_no_value(d)) return d;
    Value e = im_element_new(t, args[0], d);
    im_drop(t, d);
    return e;
}
static Value sub_element(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)self;
    if (check_arguments(t, "SubElement", args, nargs, 1) < 0 || argument_element(t, "SubElement() argument 1", args[0]) < 0) return IM_NO_VALUE;
    Value d = attributes(t, nargs > 2 ? args[2] : IM_NO_VALUE, args + nargs, kwnames);
    if (im_no_value(d) && im_pending(t)) return d;
    Value e = im_element_new(t, args[1], d);
    im_xdrop(t, d);
    if (!im_no_value(e) && im_element_add(t, args[0], e) < 0) IM_CLEAR(t, e);
    return e;
}

/* --- sequence ------------------------------------------------------------------------------------------------------------------------------ */

static ssize_t element_len(Thread *t, Value self) { return count(t, self); }
static int element_bool(Thread *t, Value self)
{
    if (im_warn(t, &im_DeprecationWarning_type, 1, "Testing an element's truth value will always return True in future versions.  Use specific 'len(elem)' or 'elem is not None' test instead.") < 0)
        return -1;
    return count(t, self) != 0;
}
static Value element_item(Thread *t, Value self, ssize_t i)
{
    Value v = i < 0 ? IM_NO_VALUE : child(t, self, i);
    return im_no_value(v) ? im_raise_index(t, "child index out of range") : v;
}
static Value element_subscript(Thread *t, Value self, Value key)
{
    ssize_t i;
    if (im_is_index(key)) {
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return IM_NO_VALUE;
        return element_item(t, self, i < 0 ? i + count(t, self) : i);
    }
    if (!im_is_slice(key)) return im_raise_type(t, "element indices must be integers");
    Value c = children(t, self, false);
    if (im_no_value(c) && im_no_value(c = im_list_new(t, 0))) return c;
    Value r = im_getitem(t, c, key);
    im_drop(t, c);
    return r;
}
static int element_ass_subscript(Thread *t, Value self, Value key, Value v)
{
    ssize_t i;
    int r = -1;
    if (im_is_index(key)) {
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return -1;
        if (i < 0) i += count(t, self);
        Value old = i < 0 ? IM_NO_VALUE : child(t, self, i), c;
        if (im_no_value(old)) return im_raise_index(t, "child assignment index out of range"), -1;
        im_drop(t, old);
        if (!im_no_value(v) && expect_element(t, v) < 0) return -1;
        if (im_no_value(c = children(t, self, true))) return -1;
        r = im_no_value(v) ? im_delitem(t, c, im_int(i)) : im_list_set(t, c, i, v);
        im_drop(t, c);
        return r;
    }
    if (!im_is_slice(key)) return im_raise_type(t, "element indices must be integers"), -1;
    Value list = IM_NO_VALUE, c;
    if (!im_no_value(v)) {
        Value seq = im_fast_sequence(t, v, "assignment expects an iterable");
        if (im_no_value(seq)) return -1;
        list = im_to_list(t, seq); /* a copy: it is checked, then stored */
        im_drop(t, seq);
        if (im_no_value(list)) return -1;
        for (ssize_t k = 0, n = im_list_len(list); k < n; k++) {
            Value x = im_list_get(t, list, k);
            int e = im_no_value(x) ? 0 : expect_element(t, x);
            im_xdrop(t, x);
            if (e < 0) { im_drop(t, list); return -1; }
        }
    }
    if (!im_no_value(c = children(t, self, true))) {
        r = im_no_value(list) ? im_delitem(t, c, key) : im_setitem(t, c, key, list);
        im_drop(t, c);
    }
    im_xdrop(t, list);
    return r;
}

/* --- find ------------------------------------------------------------------------------------------------------------------------------------ */

/* Whether only ElementPath understands it. */
static bool is_path(Thread *t, Value path)
{
    (void)t;
    ssize_t len;
    bool outside = true;
    if (im_is_str(path)) len = im_str_len(path);
    else if (im_is_bytes(path)) len = im_bytes_len(path);
    else return true;
#define AT(i) (im_is_str(path) ? im_str_at(path, (i)) : (uint8_t)im_bytes_data(path)[i])
    if (len >= 3 && AT(0) == '{' && (AT(1) == '}' || (AT(1) == '*' && AT(2) == '}'))) return true; /* any namespace */
    for (ssize_t i = 0; i < len; i++) {
        uint32_t c = AT(i);
        if (c == '{') outside = false;
        else if (c == '}') outside = true;
        else if (outside && (c == '/' || c == '*' || c == '[' || c == '@' || c == '.')) return true;
    }
#undef AT
    return false;
}
static Value by_path(Thread *t, Value name, const Value *args, size_t n)
{
    Value m = im_import(t, "xml.etree.ElementPath");
    if (im_no_value(m)) return m;
    Value r = im_call_method(t, m, name, args, n, IM_NO_VALUE);
    im_drop(t, m);
    return r;
}
static int has_tag(Thread *t, Value e, Value tag)
{
    Value x = im_slot_get(t, NULL, &E(e)->x_tag);
    int r = im_same(x, tag) ? 1 : im_is_str_exact(x) && im_is_str_exact(tag) ? im_str_equal(x, tag) : im_compare_bool(t, x, tag, IM_EQ);
    im_xdrop(t, x);
    return r;
}
static bool simple(Thread *t, const Value *args, size_t ns) { return !is_path(t, args[0]) && (im_no_value(args[ns]) || im_is_none(args[ns])); }
/* The first child at or after *i with that tag; no value without exception: none. */
static Value next_with(Thread *t, Value self, Value tag, ssize_t *i)
{
    for (;; (*i)++) {
        Value v = child(t, self, *i);
        if (im_no_value(v)) return v;
        int r = has_tag(t, v, tag);
        if (r > 0) return v;
        im_drop(t, v);
        if (r < 0) return IM_NO_VALUE;
    }
}
METHOD(e_find)
{
    Value a[3] = {self, args[0], im_no_value(args[1]) ? IM_NONE : args[1]};
    if (!simple(t, args, 1)) return by_path(t, IM_S(find), a, 3);
    ssize_t i = 0;
    Value v = next_with(t, self, args[0], &i);
    return im_no_value(v) && !im_pending(t) ? IM_NONE : v;
}
METHOD(e_findtext)
{
    Value a[4] = {self, args[0], im_no_value(args[1]) ? IM_NONE : args[1], im_no_value(args[2]) ? IM_NONE : args[2]};
    if (!simple(t, args, 2)) return by_path(t, IM_S(findtext), a, 4);
    ssize_t i = 0;
    Value v = next_with(t, self, args[0], &i);
    if (im_no_value(v)) return im_pending(t) ? v : im_new_ref(a[2]);
    Value text = im_slot_get(t, NULL, &E(v)->x_text);
    im_drop(t, v);
    return im_is_none(text) ? im_str_new(t, 0, 0) : text;
}
METHOD(e_findall)
{
    Value a[3] = {self, args[0], im_no_value(args[1]) ? IM_NONE : args[1]};
    if (!simple(t, args, 1)) return by_path(t, IM_S(findall), a, 3);
    Value list = im_list_new(t, 0);
    for (ssize_t i = 0; !im_no_value(list); i++) {
        Value v = next_with(t, self, args[0], &i);
        if (im_no_value(v)) {
            if (im_pending(t)) IM_CLEAR(t, list);
            break;
        }
        if (im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    return list;
}
METHOD(e_iterfind)
{
    Value a[3] = {self, args[0], im_no_value(args[1]) ? IM_NONE : args[1]};
    return by_path(t, IM_S(iterfind), a, 3);
}

/* --- iter and itertext ------------------------------------------------------------------------------------------------------------------------ */

/* The way down to the element that came last: each parent and the index of its next child are two entries of the list. Threads that share it take steps one after another. */
typedef struct ElementIter {
    ImObject head;
    Value x_root;  /* not begun: where to */
    Value stack;   /* list: parent, index, parent, index … */
    Value tag;     /* sought; None: all */
    bool text;     /* itertext() */
    ImMutex step;  /* held while a shared one takes a step, which runs nothing */
} ElementIter;
static ImType iter_type;

static Value iter_new(Thread *t, Value self, Value tag, bool text)
{
    ElementIter *it = (ElementIter *)im_instance_alloc(t, &iter_type, 0);
    if (!it) return IM_NO_VALUE;
    it->x_root = im_new_ref(self);
    it->tag = im_new_ref(tag);
    it->text = text;
    it->stack = im_list_new(t, 8);
    if (!im_no_value(it->stack)) return im_value(it);
    im_drop(t, im_value(it));
    return IM_NO_VALUE;
}
METHOD(e_iter)
{
    Value tag = im_no_value(args[0]) ? IM_NONE : args[0];
    if (im_is_str(tag) && im_str_equal_cstr(tag, "*")) tag = IM_NONE;
    else if (im_is_bytes(tag) && im_bytes_len(tag) == 1 && *im_bytes_data(tag) == '*') tag = IM_NONE;
    return iter_new(t, self, tag, false);
}
METHOD(e_itertext) { return iter_new(t, self, IM_NONE, true); }

/* The next element down the tree (owned), or the one that ends there with *ended true; no value: the end, or an exception. */
static Value iter_step(Thread *t, ElementIter *it, bool *ended)
{
    *ended = false;
    Value e = im_slot_exchange(t, &it->head, &it->x_root, IM_NO_VALUE);
    ssize_t n = im_list_len(it->stack);
    if (im_no_value(e) && IM_LIKELY(n >= 2 && im_is_private_obj(&it->head) && im_is_private(it->stack))) {
        ImList *l = im_listp(it->stack);
        Value *top = l->x_items->x_items + n - 2;
        const int64_t at = im_int_get(top[1]);
        e = child(t, top[0], at);
        if (im_no_value(e)) {
            l->x_len = n - 2;
            *ended = true;
            return top[0];
        }
        top[1] = im_int(at + 1);
    } else if (im_no_value(e)) {
        if (n < 2) return IM_NO_VALUE;
        Value parent = im_list_get(t, it->stack, n - 2), at = im_list_get(t, it->stack, n - 1);
        if (im_no_value(parent) || !im_is_int(at) || !im_is_element(parent)) { /* threads in the same iterator */
            im_xdrop(t, parent);
            im_xdrop(t, at);
            return IM_NO_VALUE;
        }
        e = child(t, parent, im_int_get(at));
        if (im_no_value(e)) {
            if (im_delitem(t, it->stack, im_int(-1)) < 0 || im_delitem(t, it->stack, im_int(-1)) < 0) im_exc_clear(t);
            *ended = true;
            return parent;
        }
        int r = im_list_set(t, it->stack, n - 1, im_int(im_int_get(at) + 1));
        im_drop(t, parent);
        if (r < 0) { im_drop(t, e); return IM_NO_VALUE; }
    }
    if (im_list_append(t, it->stack, e) < 0 || im_list_append_steal(t, it->stack, im_int(0)) < 0) { im_drop(t, e); return IM_NO_VALUE; }
    return e;
}
static Value iter_next(Thread *t, Value self)
{
    ElementIter *it = (ElementIter *)im_ptr(self);
    for (size_t k = 0;; k++) {
        bool ended;
        const bool shared = !im_is_private_obj(&it->head);
        if (shared) im_mutex_acquire(t, &it->step);
        Value e = iter_step(t, it, &ended);
        if (shared) im_mutex_unlock(&it->step);
        if (im_no_value(e)) return im_pending(t) ? e : IM_STOP;
        if (it->text) { /* inner text: not what follows the element where it began */
            Value s = IM_NONE;
            if (ended) {
                if (im_list_len(it->stack)) s = im_slot_get(t, NULL, &E(e)->x_tail);
            } else {
                Value tag = im_slot_get(t, NULL, &E(e)->x_tag);
                if (im_is_none(tag) || im_is_str(tag)) s = im_slot_get(t, NULL, &E(e)->x_text); /* not of comments */
                im_xdrop(t, tag);
            }
            im_drop(t, e);
            int r = im_is_none(s) ? 0 : im_truth(t, s);
            if (r > 0) return s;
            im_xdrop(t, s);
            if (r < 0) return IM_NO_VALUE;
        } else {
            int r = ended ? 0 : im_is_none(it->tag) ? 1 : has_tag(t, e, it->tag);
            if (r > 0) return e;
            im_drop(t, e);
            if (r < 0) return IM_NO_VALUE;
        }
        if (IM_POLL_EVERY(t, k) < 0) return IM_NO_VALUE;
    }
}
static int iter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value *v = &((ElementIter *)o)->x_root;
    for (int i = 0; i < 3; i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void iter_destroy(Thread *t, ImObject *o)
{
    Value *v = &((ElementIter *)o)->x_root;
    for (int i = 0; i < 3; i++) im_destroy_child(t, v[i]);
}
static const ImSlots iter_slots = {.iter = im_iter_self, .next = iter_next};
static const ImTypeSpec iter_spec = {.name = "_elementtree._element_iterator", .size = sizeof(ElementIter), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &iter_slots, .traverse = iter_traverse,
    .destroy = iter_destroy};

/* --- copies and pickles -------------------------------------------------------------------------------------------------------------------- */

METHOD(e_copy)
{
    Value tag = im_slot_get(t, NULL, &E(self)->x_tag), d = attrib_of(t, self, false), e = im_element_new(t, tag, d);
    im_xdrop(t, tag);
    im_xdrop(t, d);
    if (im_no_value(e)) return e;
    E(e)->x_text = im_slot_get(t, NULL, &E(self)->x_text);
    E(e)->x_tail = im_slot_get(t, NULL, &E(self)->x_tail);
    Value c = children(t, self, false);
    if (im_no_value(c)) return e;
    E(e)->x_children = im_to_list(t, c);
    im_drop(t, c);
    if (im_no_value(E(e)->x_children)) IM_CLEAR(t, e);
    return e;
}
static Value deep(Thread *t, Value v, Value memo)
{
    if (!im_is_object(v) || im_is_str_exact(v)) return im_new_ref(v);
    if (im_is_exact(v, &im_element_type)) return im_call_method1(t, v, IM_S(__deepcopy__), memo);
    Value f = im_import_from(t, "copy", "deepcopy");
    if (im_no_value(f)) return f;
    Value r = im_call2(t, f, v, memo);
    im_drop(t, f);
    return r;
}
/* Of a slot's content; None if it is empty. */
static Value deep_slot(Thread *t, Value *slot, Value memo)
{
    Value v = im_slot_get(t, NULL, slot), r = im_no_value(v) ? IM_NONE : deep(t, v, memo);
    im_xdrop(t, v);
    return r;
}
METHOD(e_deepcopy)
{
    Value memo = args[0];
    if (!im_is_dict(memo)) return im_raise_type(t, "__deepcopy__() argument must be dict, not %T", memo);
    if (im_recurse_enter(t, " in __deepcopy__") < 0) return IM_NO_VALUE;
    Value tag = deep_slot(t, &E(self)->x_tag, memo), e = IM_NO_VALUE, attrib = IM_NO_VALUE;
    if (!im_no_value(tag)) attrib = deep_slot(t, &E(self)->x_attrib, memo);
    if (!im_no_value(attrib)) e = im_element_new(t, tag, im_is_none(attrib) ? IM_NO_VALUE : attrib);
    im_xdrop(t, tag);
    im_xdrop(t, attrib);
    if (im_no_value(e)) goto done;
    Value text = deep_slot(t, &E(self)->x_text, memo), tail = im_no_value(text) ? text : deep_slot(t, &E(self)->x_tail, memo);
    if (im_no_value(tail)) {
        im_xdrop(t, text);
        goto fail;
    }
    im_slot_put(t, im_ptr(e), &E(e)->x_text, text);
    im_slot_put(t, im_ptr(e), &E(e)->x_tail, tail);
    for (ssize_t i = 0;; i++) {
        Value v = child(t, self, i);
        if (im_no_value(v)) break;
        Value copy = deep(t, v, memo);
        im_drop(t, v);
        if (im_no_value(copy)) goto fail;
        int r = expect_element(t, copy) < 0 ? -1 : im_element_add(t, e, copy);
        im_drop(t, copy);
        if (r < 0) goto fail;
    }
    Value id = im_int_from_u64(t, (uint64_t)(uintptr_t)im_ptr(self));
    int r = im_no_value(id) ? -1 : im_dict_set(t, memo, id, e);
    im_xdrop(t, id);
    if (r == 0) goto done;
fail:
    IM_CLEAR(t, e);
done:
    im_recurse_leave(t);
    return e;
}
METHOD(e_getstate)
{
    Value d = im_dict_new(t);
    if (im_no_value(d)) return d;
    Value c = children(t, self, false), list = im_no_value(c) ? im_list_new(t, 0) : im_to_list(t, c), attrib = attrib_of(t, self, false);
    im_xdrop(t, c);
    if (im_no_value(attrib)) attrib = im_dict_new(t);
    static const char *const names[] = {"tag", "_children", "attrib", "text", "tail"};
    Value v[] = {im_slot_get(t, NULL, &E(self)->x_tag), list, attrib, im_slot_get(t, NULL, &E(self)->x_text), im_slot_get(t, NULL, &E(self)->x_tail)};
    for (int i = 0; i < 5; i++) {
        if (!im_no_value(d) && im_dict_set_cstr(t, d, names[i], v[i]) < 0) IM_CLEAR(t, d);
        im_xdrop(t, v[i]);
    }
    return d;
}
METHOD(e_setstate)
{
    if (!im_is_dict_exact(args[0])) return im_raise_type(t, "Don't know how to unpickle \"%.200R\" as an Element", args[0]);
    static const char *const names[] = {"tag", "attrib", "text", "tail", "_children"};
    Value v[5] = {{0}}, key, value, list = IM_NO_VALUE, r = IM_NO_VALUE;
    size_t pos = 0;
    while (im_dict_next(t, args[0], &pos, &key, &value)) {
        int k = 0;
        while (k < 5 && !(im_is_str(key) && im_str_equal_cstr(key, names[k]))) k++;
        if (k == 5) {
            (void)im_raise_type(t, im_is_str(key) ? "this function got an unexpected keyword argument '%S'" : "keywords must be strings", key);
            im_drop(t, value);
        } else {
            im_xdrop(t, v[k]);
            v[k] = value;
        }
        im_drop(t, key);
        if (k == 5) goto done;
    }
    if (!im_no_value(v[4])) {
        if (!im_is_list(v[4])) { (void)im_raise_type(t, "'_children' is not a list"); goto done; }
        if (im_no_value(list = im_to_list(t, v[4]))) goto done;
        for (ssize_t i = 0, n = im_list_len(list); i < n; i++) {
            Value x = im_list_get(t, list, i);
            int e = im_no_value(x) ? 0 : expect_element(t, x);
            im_xdrop(t, x);
            if (e < 0) goto done;
        }
    }
    if (!im_no_value(v[1]) && !im_is_none(v[1]) && !im_is_dict(v[1])) { (void)im_raise_type(t, "attrib must be dict, not %.200T", v[1]); goto done; }
    ImElement *e = E(self);
    im_slot_put(t, &e->head, &e->x_tag, im_no_value(v[0]) ? IM_NONE : im_new_ref(v[0]));
    im_slot_put(t, &e->head, &e->x_text, im_no_value(v[2]) ? IM_NONE : im_new_ref(v[2]));
    im_slot_put(t, &e->head, &e->x_tail, im_no_value(v[3]) ? IM_NONE : im_new_ref(v[3]));
    im_slot_put(t, &e->head, &e->x_attrib, im_no_value(v[1]) || im_is_none(v[1]) ? IM_NO_VALUE : im_new_ref(v[1]));
    im_slot_put(t, &e->head, &e->x_children, list);
    list = IM_NO_VALUE;
    r = IM_NONE;
done:
    for (int i = 0; i < 5; i++) im_xdrop(t, v[i]);
    im_xdrop(t, list);
    return r;
}
METHOD(e_sizeof)
{
    ssize_t n = count(t, self);
    Value d = attrib_of(t, self, false);
    int64_t size = (int64_t)sizeof(ImElement) + (n || !im_no_value(d) ? 56 : 0) + 8 * (n > 4 ? n : 0);
    im_xdrop(t, d);
    return im_int(size);
}

/* --- attributes, and the type ------------------------------------------------------------------------------------------------------------------ */

static Value get_field(Thread *t, Value self, void *c) { return im_slot_get(t, NULL, (Value *)((char *)im_ptr(self) + (uintptr_t)c)); }
static int set_field(Thread *t, Value self, Value v, void *c)
{
    if (im_no_value(v)) return im_raise_attr(t, "can't delete element attribute"), -1;
    im_slot_put(t, im_ptr(self), (Value *)((char *)im_ptr(self) + (uintptr_t)c), im_new_ref(v));
    return 0;
}
static Value get_attrib(Thread *t, Value self, void *c) { (void)c; return attrib_of(t, self, true); }
static int set_attrib(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_attr(t, "can't delete element attribute"), -1;
    if (!im_is_dict(v)) return im_raise_type(t, "attrib must be dict, not %.200T", v), -1;
    im_slot_put(t, im_ptr(self), &E(self)->x_attrib, im_new_ref(v));
    return 0;
}
static Value element_repr(Thread *t, Value self)
{
    int r = im_repr_enter(t, self);
    if (r < 0) return IM_NO_VALUE;
    if (r > 0) return im_raise_runtime(t, "reentrant call inside %s.__repr__", im_type_of(self)->core.x_flags & IM_TF_HEAP && im_type_of(self) != &im_element_type ? im_type_cname(im_type_of(self)) : "xml.etree.ElementTree.Element");
    Value tag = im_slot_get(t, NULL, &E(self)->x_tag), s = im_str_format(t, "<Element %R at %p>", tag, (void *)im_ptr(self));
    im_xdrop(t, tag);
    im_repr_leave(t, self);
    return s;
}
static const ImMethodDef element_methods[] = {
    IM_RAW("append", e_append, "($self, subelement, /)", NULL),
    IM_FIXED("clear", e_clear, 0, "($self, /)", NULL),
    IM_PARSED("extend", e_extend, "($self, elements, /)", NULL),
    IM_FIXED("insert", e_insert, 2, "($self, index, subelement, /)", NULL),
    IM_FIXED("remove", e_remove, 1, "($self, subelement, /)", NULL),
    IM_PARSED("find", e_find, "($self, /, path, namespaces=None)", NULL),
    IM_PARSED("findtext", e_findtext, "($self, /, path, default=None, namespaces=None)", NULL),
    IM_PARSED("findall", e_findall, "($self, /, path, namespaces=None)", NULL),
    IM_PARSED("iterfind", e_iterfind, "($self, /, path, namespaces=None)", NULL),
    IM_PARSED("get", e_get, "($self, /, key, default=None)", NULL),
    IM_FIXED("set", e_set, 2, "($self, key, value, /)", NULL),
    IM_FIXED("keys", e_keys, 0, "($self, /)", NULL),
    IM_FIXED("items", e_items, 0, "($self, /)", NULL),
    IM_PARSED("iter", e_iter, "($self, /, tag=None)", NULL),
    IM_FIXED("itertext", e_itertext, 0, "($self, /)", NULL),
    IM_RAW("makeelement", e_makeelement, "($self, tag, attrib, /)", NULL),
    IM_FIXED("__copy__", e_copy, 0, "($self, /)", NULL),
    IM_FIXED("__deepcopy__", e_deepcopy, 1, "($self, memo, /)", NULL),
    IM_FIXED("__getstate__", e_getstate, 0, "($self, /)", NULL),
    IM_FIXED("__setstate__", e_setstate, 1, "($self, state, /)", NULL),
    IM_FIXED("__sizeof__", e_sizeof, 0, "($self, /)", NULL),
    IM_END,
};
#define FIELD(name) {#name, get_field, set_field, NULL, (void *)offsetof(ImElement, x_##name)}
static const ImGetSetDef element_getset[] = {FIELD(tag), FIELD(text), FIELD(tail), {"attrib", get_attrib, set_attrib, NULL, NULL}, IM_END};
static const ImSlots element_slots = {.repr = element_repr, .init = element_init, .new_ = element_new, .bool_ = element_bool, .length = element_len, .item = element_item,
    .subscript = element_subscript, .ass_subscript = element_ass_subscript};
static const ImTypeSpec element_spec = {.name = "xml.etree.ElementTree.Element", .size = sizeof(ImElement), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF, .slots = &element_slots,
    .methods = element_methods, .getset = element_getset, .traverse = element_traverse, .clear = element_clear_slot, .destroy = element_destroy};
ImType im_element_type;

/* --- the module --------------------------------------------------------------------------------------------------------------------------------- */

METHOD(set_factories)
{
    ImEtState *st = im_module_state(self);
    for (int i = 0; i < 2; i++)
        if (!im_is_none(args[i]) && !im_callable(args[i])) return im_raise_type(t, "%s factory must be callable, not %.100T", i ? "PI" : "Comment", args[i]);
    Value old[2];
    for (int i = 0; i < 2; i++) {
        old[i] = im_slot_exchange(t, im_ptr(self), i ? &st->pi_factory : &st->comment_factory, im_is_none(args[i]) ? IM_NO_VALUE : im_new_ref(args[i]));
        if (im_no_value(old[i])) old[i] = IM_NONE;
    }
    return im_tuple_steal_array(t, old, 2);
}
static const ImMethodDef functions[] = {
    IM_RAW("SubElement", sub_element, NULL, NULL),
    IM_FIXED("_set_factories", set_factories, 2, "($module, comment_factory, pi_factory, /)",
        "Change the factories used to create comments and processing instructions.\n\nFor internal use only."),
    IM_END,
};
static int et_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value *v = ((ImModule *)o)->state;
    for (size_t i = 0; v && i < IM_ET_STATE_VALUES; i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static int et_exec(Thread *t, Value m)
{
    ImEtState *st = im_module_state(m);
    Value expat = im_import(t, "pyexpat"); /* loads the library */
    if (im_no_value(expat)) return -1;
    im_drop(t, expat);
    if (im_no_value(st->error = im_new_exception(t, "xml.etree.ElementTree.ParseError", &im_SyntaxError_type))) return -1;
    /* These two know their module, so one that is imported anew has its own. */
    const bool first = !(im_type_flags(&im_treebuilder_type) & IM_TF_READY);
    st->builder = first ? &im_treebuilder_type : im_region_alloc(sizeof(ImType));
    st->parser = first ? &im_etparser_type : im_region_alloc(sizeof(ImType));
    if (!st->builder || !st->parser) return im_raise_memory(t), -1;
    if (im_type_ready(t, &iter_type, &iter_spec) < 0 || im_module_ready_type(t, m, &im_element_type, &element_spec) < 0 ||
        im_module_ready_type(t, m, st->builder, &im_treebuilder_spec) < 0 || im_module_ready_type(t, m, st->parser, &im_etparser_spec) < 0)
        return -1;
    return im_module_add(t, m, "ParseError", im_new_ref(st->error));
}
static const ImModuleDef def = {.name = "_elementtree", .methods = functions, .exec = et_exec, .state_size = sizeof(ImEtState), .traverse = et_traverse};
IM_MODULE(def);
