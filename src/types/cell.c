/* Cells: variables that closures share.
 * SPDX-License-Identifier: MIT */
#include "types/function.h"
#include "types/str.h"

#define C(v) ((ImCell *)im_ptr(v))

Value im_cell_new(Thread *t, Value v)
{
    ImCell *c = (ImCell *)im_instance_alloc(t, &im_cell_type, 0);
    if (!c) { im_xdrop(t, v); return IM_NO_VALUE; }
    c->x_value = im_no_value(v) ? IM_UNSET : v;
    return im_value(c);
}
Value im_cell_get(Thread *t, Value cell)
{
    Value v = im_slot_get(t, NULL, &C(cell)->x_value);
    return im_no_value(v) ? IM_UNSET : v;
}
void im_cell_set(Thread *t, Value cell, Value v) { im_slot_put(t, im_ptr(cell), &C(cell)->x_value, v); }

static Value cell_repr(Thread *t, Value self)
{
    Value v = im_cell_get(t, self), r;
    if (im_is_unset(v)) return im_str_format(t, "<cell at %p: empty>", (void *)im_ptr(self));
    r = im_str_format(t, "<cell at %p: %.80T object at %p>", (void *)im_ptr(self), v, (void *)(uintptr_t)v.bits);
    im_drop(t, v);
    return r;
}
static Value cell_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_exact(a, &im_cell_type) || !im_is_exact(b, &im_cell_type)) return IM_NOT_IMPLEMENTED;
    Value x = im_cell_get(t, a), y = im_cell_get(t, b), r;
    if (!im_is_unset(x) && !im_is_unset(y)) {
        r = im_compare(t, x, y, op);
    } else {
        int ex = im_is_unset(y), ey = im_is_unset(x); /* an empty cell is the smaller one */
        bool v = op == IM_LT ? ex < ey : op == IM_LE ? ex <= ey : op == IM_EQ ? ex == ey : op == IM_NE ? ex != ey : op == IM_GT ? ex > ey : ex >= ey;
        r = im_bool(v);
    }
    im_drop(t, x);
    im_drop(t, y);
    return r;
}
static Value get_contents(Thread *t, Value self, void *c)
{
    (void)c;
    Value v = im_cell_get(t, self);
    return im_is_unset(v) ? im_raise_valueerror(t, "Cell is empty") : v;
}
static int set_contents(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    im_cell_set(t, self, im_no_value(v) ? IM_UNSET : im_new_ref(v));
    return 0;
}
static Value cell_tp_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    if (im_no_kwargs(t, "cell", kwnames) < 0 || im_check_nargs(t, "cell", nargs, 0, 1) < 0) return IM_NO_VALUE;
    return im_cell_new(t, nargs ? im_new_ref(args[0]) : IM_UNSET);
}
static int cell_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value v = ((ImCell *)o)->x_value;
    return im_is_object(v) ? visit(v, arg) : 0;
}
static void cell_clear(Thread *t, ImObject *o) { im_slot_put(t, o, &((ImCell *)o)->x_value, IM_UNSET); }
static void cell_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImCell *)o)->x_value); }

static const ImGetSetDef cell_getset[] = {{"cell_contents", get_contents, set_contents, NULL, NULL}, IM_END};
static const ImSlots cell_slots = {.repr = cell_repr, .richcompare = cell_compare, .new_ = cell_tp_new, .getattr = im_generic_getattr};
static const ImTypeSpec cell_spec = {.name = "cell",
    .doc = "Create a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and \n further attempts to access its cell_contents attribute will\n    raise a ValueError.",
    .text_signature = "([contents])", .size = sizeof(ImCell), .flags = IM_TF_GC, .slots = &cell_slots, .getset = cell_getset, .traverse = cell_traverse,
    .clear = cell_clear, .destroy = cell_destroy};
IM_TYPE(cell, &cell_spec);
