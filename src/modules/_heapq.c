/* _heapq: heaps in lists.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#include "types/slot_functions.h"

#define HQ_METHOD(name) static Value name(Thread *t, IM_UNUSED Value self, const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

static int check_list(Thread *t, const char *fname, Value v)
{
    if (im_is_list(v)) return 0;
    return im_raise_type(t, "%s() argument%s must be list, not %T", fname, strcmp(fname, "heapify") && strcmp(fname, "_heapify_max") && strcmp(fname, "heappop") && strcmp(fname, "_heappop_max") ? " 1" : "", v), -1;
}

/* a < b of ints, floats and strs, which runs no Python code; -1 of all else. */
IM_INLINE int plain_less(Value a, Value b)
{
    if (im_are_ints(a, b)) return (int64_t)a.bits < (int64_t)b.bits;
    if (im_are_flts(a, b)) return im_flt_get(a) < im_flt_get(b);
    return im_is_str_exact(a) && im_is_str_exact(b) ? im_str_compare(a, b) < 0 : -1;
}
/* a < b */
IM_INLINE int less(Thread *t, Value a, Value b, bool *ran_python)
{
    const int plain = plain_less(a, b);
    if (plain >= 0) return plain;
    *ran_python = true;
    if (!im_is_tuple_exact(a) || !im_is_tuple_exact(b)) return im_less(t, a, b);
    Value c = im_tuple_type.slots.richcompare(t, a, b, IM_LT);
    if (im_no_value(c)) return -1;
    if (im_is_bool(c)) return im_same(c, IM_TRUE);
    int r = im_truth(t, c);
    im_drop(t, c);
    return r;
}

/* Compares items i and j of a list of n: 1, 0, -1. For a max-heap the other way round. */
static int less_at(Thread *t, ImList *l, ssize_t n, ssize_t i, ssize_t j, bool max)
{
    Value list = im_value(l);
    if (max) { ssize_t k = i; i = j; j = k; }
    Value a = im_list_get(t, list, i), b = im_no_value(a) ? a : im_list_get(t, list, j);
    bool ran = false;
    int r = im_no_value(b) ? 0 : less(t, a, b, &ran);
    bool gone = im_no_value(b);
    im_xdrop(t, a);
    im_xdrop(t, b);
    if (r >= 0 && (gone || im_list_len(list) != n)) return im_raise_runtime(t, "list changed size during iteration"), -1;
    return r;
}

static void swap(Thread *t, ImList *l, ssize_t i, ssize_t j)
{
    bool shared = !im_is_private_obj(&l->head);
    if (shared) im_object_lock(t, &l->head);
    if (i < l->x_len && j < l->x_len) {
        Value *x = l->x_items->x_items, v = x[i];
        im_store_release(&x[i].bits, x[j].bits);
        im_store_release(&x[j].bits, v.bits);
    }
    if (shared) im_object_unlock(t, &l->head);
}

/* Lets the item at pos rise towards start. */
static int rise(Thread *t, ImList *l, ssize_t start, ssize_t pos, bool max)
{
    ssize_t n = im_list_len(im_value(l));
    if (pos >= n) return im_raise_index(t, "index out of range"), -1;
    if (pos > start && im_is_private_obj(&l->head)) { /* as far as numbers and strs go: nobody sees the list meanwhile */
        Value *x = l->x_items->x_items, item = x[pos];
        int r = 1;
        while (pos > start) {
            const ssize_t parent = (pos - 1) >> 1;
            r = max ? plain_less(x[parent], item) : plain_less(item, x[parent]);
            if (r <= 0) break;
            x[pos] = x[parent];
            pos = parent;
        }
        x[pos] = item;
        if (r == 0) return 0;
    }
    while (pos > start) {
        ssize_t parent = (pos - 1) >> 1;
        int r = less_at(t, l, n, pos, parent, max);
        if (r < 0) return -1;
        if (!r) break;
        swap(t, l, pos, parent);
        pos = parent;
    }
    return 0;
}
/* Moves the smaller child up until a leaf is reached, then lets the item rise from there: fewer comparisons than stopping on the way. */
static int sink(Thread *t, ImList *l, ssize_t pos, bool max)
{
    ssize_t n = im_list_len(im_value(l)), start = pos, limit = n >> 1;
    if (pos >= n) return im_raise_index(t, "index out of range"), -1;
    if (im_is_private_obj(&l->head)) {
        Value *x = l->x_items->x_items, item = x[pos];
        while (pos < limit) {
            ssize_t child = 2 * pos + 1;
            if (child + 1 < n) {
                int r = max ? plain_less(x[child + 1], x[child]) : plain_less(x[child], x[child + 1]);
                if (r < 0) break;
                child += !r;
            }
            x[pos] = x[child];
            pos = child;
        }
        x[pos] = item;
    }
    while (pos < limit) {
        ssize_t child = 2 * pos + 1;
        if (child + 1 < n) {
            int r = less_at(t, l, n, child, child + 1, max);
            if (r < 0) return -1;
            child += !r;
        }
        swap(t, l, pos, child);
        pos = child;
    }
    return rise(t, l, start, pos, max);
}

static Value pop_end(Thread *t, Value list)
{
    ssize_t n = im_list_len(list);
    Value v = n ? im_list_get(t, list, n - 1) : IM_NO_VALUE;
    if (im_no_value(v)) return im_raise_index(t, "index out of range");
    if (im_delitem(t, list, im_int(-1)) < 0) IM_CLEAR(t, v);
    return v;
}
/* Item 0 out, v (borrowed) in, heap order restored. */
static Value replace_first(Thread *t, Value heap, Value v, bool max)
{
    Value first = im_list_get(t, heap, 0);
    if (im_no_value(first)) return im_raise_index(t, "index out of range");
    if (im_list_set(t, heap, 0, v) < 0 || sink(t, im_listp(heap), 0, max) < 0) IM_CLEAR(t, first);
    return first;
}

static Value pop(Thread *t, const char *fname, Value heap, bool max)
{
    if (check_list(t, fname, heap) < 0) return IM_NO_VALUE;
    Value last = pop_end(t, heap);
    if (im_no_value(last) || im_list_len(heap) == 0) return last;
    Value r = replace_first(t, heap, last, max);
    im_drop(t, last);
    return r;
}
static Value heapify(Thread *t, const char *fname, Value heap, bool max)
{
    if (check_list(t, fname, heap) < 0) return IM_NO_VALUE;
    for (ssize_t i = (im_list_len(heap) >> 1) - 1; i >= 0; i--) {
        if (sink(t, im_listp(heap), i, max) < 0 || IM_POLL_EVERY(t, i) < 0) return IM_NO_VALUE;
    }
    return IM_NONE;
}

HQ_METHOD(f_push)
{
    if (check_list(t, "heappush", args[0]) < 0 || im_list_append(t, args[0], args[1]) < 0) return IM_NO_VALUE;
    return rise(t, im_listp(args[0]), 0, im_list_len(args[0]) - 1, false) < 0 ? IM_NO_VALUE : IM_NONE;
}
HQ_METHOD(f_pop) { return pop(t, "heappop", args[0], false); }
HQ_METHOD(f_pop_max) { return pop(t, "_heappop_max", args[0], true); }
HQ_METHOD(f_replace) { return check_list(t, "heapreplace", args[0]) < 0 ? IM_NO_VALUE : replace_first(t, args[0], args[1], false); }
HQ_METHOD(f_replace_max) { return check_list(t, "_heapreplace_max", args[0]) < 0 ? IM_NO_VALUE : replace_first(t, args[0], args[1], true); }
HQ_METHOD(f_pushpop)
{
    if (check_list(t, "heappushpop", args[0]) < 0) return IM_NO_VALUE;
    Value first = im_list_get(t, args[0], 0);
    if (im_no_value(first)) return im_new_ref(args[1]);
    bool ran = false;
    int r = less(t, first, args[1], &ran);
    im_drop(t, first);
    if (r <= 0) return r < 0 ? IM_NO_VALUE : im_new_ref(args[1]);
    return replace_first(t, args[0], args[1], false);
}
HQ_METHOD(f_heapify) { return heapify(t, "heapify", args[0], false); }
HQ_METHOD(f_heapify_max) { return heapify(t, "_heapify_max", args[0], true); }

static int heapq_exec(Thread *t, Value m)
{
    return im_module_add_str(t, m, "__about__",
                             "Heap queues\n\nHeaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for all k, counting elements from 0. The interesting property of a "
                             "heap is that a[0] is always its smallest element.\n");
}
static const ImMethodDef functions[] = {
    IM_FIXED("heappush", f_push, 2, "($module, heap, item, /)", "Push item onto heap, maintaining the heap invariant."),
    IM_FIXED("heappushpop", f_pushpop, 2, "($module, heap, item, /)",
             "Push item on the heap, then pop and return the smallest item from the heap.\n\nThe combined action runs more efficiently than heappush() followed by\na separate call to "
             "heappop()."),
    IM_FIXED("heappop", f_pop, 1, "($module, heap, /)", "Pop the smallest item off the heap, maintaining the heap invariant."),
    IM_FIXED("heapreplace", f_replace, 2, "($module, heap, item, /)",
             "Pop and return the current smallest value, and add the new item.\n\nThis is more efficient than heappop() followed by heappush(), and can be\nmore appropriate when using a "
             "fixed-size heap.  Note that the value\nreturned may be larger than item!  That constrains reasonable uses of\nthis routine unless written as part of a conditional "
             "replacement:\n\n    if item > heap[0]:\n        item = heapreplace(heap, item)"),
    IM_FIXED("heapify", f_heapify, 1, "($module, heap, /)", "Transform list into a heap, in-place, in O(len(heap)) time."),
    IM_FIXED("_heappop_max", f_pop_max, 1, "($module, heap, /)", "Maxheap variant of heappop."),
    IM_FIXED("_heapify_max", f_heapify_max, 1, "($module, heap, /)", "Maxheap variant of heapify."),
    IM_FIXED("_heapreplace_max", f_replace_max, 2, "($module, heap, item, /)", "Maxheap variant of heapreplace."),
    IM_END,
};
static const ImModuleDef heapq_module = {
    .name = "_heapq", .doc = "Heap queue algorithm (a.k.a. priority queue).\n", .methods = functions, .exec = heapq_exec,
};
IM_MODULE(heapq_module);
