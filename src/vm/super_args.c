/* super() without arguments: finds the class and the first argument of the running method.
 * SPDX-License-Identifier: MIT */
#include "types/str.h"
#include "types/tuple.h"
#include "vm/vm.h"

static int class_cell(Thread *t, ImFrame *f, Value *type)
{
    Value names = f->code->freevars;
    for (ssize_t i = 0; !im_no_value(names) && i < im_tuple_len(names); i++) {
        if (!im_str_equal_cstr(im_tuple_get(names, i), "__class__")) continue;
        Value v = im_cell_get(t, im_tuple_get(f->func->closure, i));
        if (im_is_unset(v)) return im_raise_runtime(t, "super(): empty __class__ cell"), -1;
        if (!im_is_type(v)) {
            im_raise_runtime(t, "super(): __class__ is not a type (%T)", v);
            im_drop(t, v);
            return -1;
        }
        *type = v;
        return 0;
    }
    return im_raise_runtime(t, "super(): __class__ cell not found"), -1;
}

int im_super_args(Thread *t, Value *type, Value *obj)
{
    ImFrame *f = t->frame;
    while (f && (f->kind & IM_FRAME_INCOMPLETE)) f = f->back;
    if (!f) return im_raise_runtime(t, "super(): no current frame"), -1;
    if (f->code->argcount == 0) return im_raise_runtime(t, "super(): no arguments"), -1;
    Value first = f->regs[0];
    bool cell = im_is_object(first) && (f->code->regkinds[0] & IM_REG_CELL) && im_is_exact(first, &im_cell_type);
    first = cell ? im_cell_get(t, first) : im_new_ref(first);
    if (im_is_unset(first) || im_no_value(first)) return im_raise_runtime(t, "super(): arg[0] deleted"), -1;
    if (class_cell(t, f, type) < 0) {
        im_drop(t, first);
        return -1;
    }
    *obj = first;
    return 0;
}
