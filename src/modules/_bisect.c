/* _bisect: binary search in sorted sequences.
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#include "types/slot_functions.h"

#define BI_METHOD(name) static Value name(Thread *t, IM_UNUSED Value self, const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

/* a < b where that needs no Python code: 1, 0; -1 unknown. */
static int less_fast(Value a, Value b)
{
    if (im_are_ints(a, b)) return (int64_t)a.bits < (int64_t)b.bits;
    if (im_are_flts(a, b)) return im_flt_get(a) < im_flt_get(b);
    if (im_is_str_exact(a) && im_is_str_exact(b)) return im_str_compare(a, b) < 0;
    return -1;
}

/* Where x belongs in a[lo:hi]; -1 with an exception. */
static ssize_t search(Thread *t, Value a, Value x, ssize_t lo, ssize_t hi, Value key, bool right)
{
    if (lo < 0) return im_raise_valueerror(t, "lo must be non-negative"), -1;
    if (hi == -1 && (hi = im_len(t, a)) < 0) return -1;
    bool list = im_is_list_exact(a);
    while (lo < hi) {
        ssize_t mid = (ssize_t)(((size_t)lo + (size_t)hi) / 2);
        Value item = list ? im_list_get(t, a, mid) : im_getitem_index(t, a, mid);
        if (im_no_value(item)) return list ? im_raise_index(t, "list index out of range"), -1 : -1;
        if (!im_no_value(key)) {
            Value k = im_call1(t, key, item);
            im_drop(t, item);
            if (im_no_value(k)) return -1;
            item = k;
        }
        Value p = right ? x : item, q = right ? item : x;
        int r = less_fast(p, q);
        if (r < 0) r = im_less(t, p, q);
        im_drop(t, item);
        if (r < 0) return -1;
        if (right ? r : !r) hi = mid;
        else lo = mid + 1;
    }
    return lo;
}

/* args: a, x, lo, hi, key */
static int bounds(Thread *t, const Value *args, ssize_t *lo, ssize_t *hi, Value *key)
{
    *lo = 0;
    *hi = -1;
    if (!im_no_value(args[2]) && im_ssize_arg(t, args[2], lo) < 0) return -1;
    if (!im_no_value(args[3]) && !im_is_none(args[3]) && im_ssize_arg(t, args[3], hi) < 0) return -1;
    *key = im_no_value(args[4]) || im_is_none(args[4]) ? IM_NO_VALUE : args[4];
    return 0;
}
static Value find(Thread *t, const Value *args, bool right)
{
    ssize_t lo, hi, i;
    Value key;
    if (bounds(t, args, &lo, &hi, &key) < 0) return IM_NO_VALUE;
    i = search(t, args[0], args[1], lo, hi, key, right);
    return i < 0 ? IM_NO_VALUE : im_int_new(t, i);
}
static Value insort(Thread *t, const Value *args, bool right)
{
    ssize_t lo, hi, i;
    Value key, x = im_new_ref(args[1]);
    if (bounds(t, args, &lo, &hi, &key) < 0) {
        im_drop(t, x);
        return IM_NO_VALUE;
    }
    if (!im_no_value(key)) {
        im_drop(t, x);
        if (im_no_value(x = im_call1(t, key, args[1]))) return x;
    }
    i = search(t, args[0], x, lo, hi, key, right);
    im_drop(t, x);
    if (i < 0) return IM_NO_VALUE;
    if (im_is_list_exact(args[0])) return im_list_insert(t, args[0], i, args[1]) < 0 ? IM_NO_VALUE : IM_NONE;
    Value at = im_int_new(t, i), r = im_no_value(at) ? at : im_call_method2(t, args[0], IM_S(insert), at, args[1]);
    im_xdrop(t, at);
    if (im_no_value(r)) return r;
    im_drop(t, r);
    return IM_NONE;
}
BI_METHOD(bisect_left) { return find(t, args, false); }
BI_METHOD(bisect_right) { return find(t, args, true); }
BI_METHOD(insort_left) { return insort(t, args, false); }
BI_METHOD(insort_right) { return insort(t, args, true); }

#define SIG "($module, /, a, x, lo=0, hi=None, *, key=None)"
#define BISECT_DOC(side, rule)                                                                                                                                         \
    "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that " rule "\n\nOptional args lo (default 0) and hi (default " \
    "len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order."
#define INSORT_DOC(side)                                                                                                                                               \
    "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the " side " of the " side "most x.\n\nOptional args lo "   \
    "(default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order."
#define RIGHT_RULE "all e in a[:i] have e <= x, and all e in\na[i:] have e > x.  So if x already appears in the list, a.insert(i, x) will\ninsert just after the rightmost x already there."
#define LEFT_RULE "all e in a[:i] have e < x, and all e in\na[i:] have e >= x.  So if x already appears in the list, a.insert(i, x) will\ninsert just before the leftmost x already there."
static const ImMethodDef functions[] = {
    IM_PARSED("bisect_right", bisect_right, SIG, BISECT_DOC("right", RIGHT_RULE)),
    IM_PARSED("bisect_left", bisect_left, SIG, BISECT_DOC("left", LEFT_RULE)),
    IM_PARSED("insort_right", insort_right, SIG, INSORT_DOC("right")),
    IM_PARSED("insort_left", insort_left, SIG, INSORT_DOC("left")),
    IM_END,
};
static const ImModuleDef bisect_module = {
    .name = "_bisect",
    .doc = "Bisection algorithms.\n\nThis module provides support for maintaining a list in sorted order without\nhaving to sort the list after each insertion. For long lists of "
           "items with\nexpensive comparison operations, this can be an improvement over the more\ncommon approach.\n",
    .methods = functions,
};
IM_MODULE(bisect_module);
