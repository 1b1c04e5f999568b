/* bool: two immediates whose type is a subclass of int.
 * SPDX-License-Identifier: MIT */
#include "types/int_impl.h"
#include "types/tuple.h"

static Value bool_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    if (im_no_kwargs(t, "bool", kwnames) < 0 || im_check_nargs(t, "bool", nargs, 0, 1) < 0) return IM_NO_VALUE;
    int b = nargs ? im_truth(t, args[0]) : 0;
    return b < 0 ? IM_NO_VALUE : im_bool(b);
}
static Value bool_repr(Thread *t, Value self)
{
    (void)t;
    return im_same(self, IM_TRUE) ? IM_S(True) : IM_S(False); /* immortal */
}
#define LOGICAL(name, op, slot) \
    static Value name(Thread *t, Value a, Value b) \
    { \
        if (im_is_bool(a) && im_is_bool(b)) return im_bool((int)im_same(a, IM_TRUE) op (int)im_same(b, IM_TRUE)); \
        return im_int_slots.slot(t, a, b); \
    }
LOGICAL(bool_and, &, and_)
LOGICAL(bool_or, |, or_)
LOGICAL(bool_xor, ^, xor_)

static Value bool_invert(Thread *t, Value self)
{
    if (im_warn(t, &im_DeprecationWarning_type, 1, "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of "
                "the underlying int object and is usually not what you expect from negating a bool. Use the 'not' operator for boolean negation or ~int(x) if you really "
                "want the bitwise inversion of the underlying int.") < 0)
        return IM_NO_VALUE;
    return im_int(im_same(self, IM_TRUE) ? -2 : -1);
}

static const ImSlots bool_slots = {
    .repr = bool_repr, .new_ = bool_new, .and_ = bool_and, .or_ = bool_or, .xor_ = bool_xor, .invert = bool_invert,
};
static const ImTypeSpec bool_spec = {
    .name = "bool",
    .doc = "Returns True when the argument is true, False otherwise.\nThe builtins True and False are the only two instances of the class bool.\n"
           "The class bool is a subclass of the class int, and cannot be subclassed.",
    .size = sizeof(ImInt), .item_size = sizeof(uint64_t), .flags = IM_TF_INT | IM_TF_MATCH_SELF, .base = &im_int_type, .slots = &bool_slots,
    .text_signature = "(object=False, /)",
};
IM_TYPE(bool, &bool_spec);
