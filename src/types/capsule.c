/* Capsules.
 * SPDX-License-Identifier: MIT */
#include "types/capsule.h"

#include <string.h>

#include "types/str.h"

Value im_capsule_new(Thread *t, void *pointer, const char *name, ImCapsuleEnd end)
{
    if (!pointer) return im_raise_valueerror(t, "PyCapsule_New called with null pointer");
    ImCapsule *c = (ImCapsule *)im_instance_alloc(t, &im_PyCapsule_type, 0);
    if (!c) return IM_NO_VALUE;
    c->x_pointer = pointer;
    c->x_name = name;
    c->x_context = NULL;
    c->x_end = end;
    return im_value(c);
}

ImCapsule *im_capsule_of(Thread *t, Value v, const char *function)
{
    if (!im_no_value(v) && im_is_exact(v, &im_PyCapsule_type)) {
        ImCapsule *c = (ImCapsule *)im_ptr(v);
        if (im_load_relaxed(&c->x_pointer)) return c;
    }
    im_raise_valueerror(t, "%s called with invalid PyCapsule object", function);
    return NULL;
}

bool im_capsule_same_name(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

static Value capsule_repr(Thread *t, Value self)
{
    const char *name = im_load_relaxed(&((ImCapsule *)im_ptr(self))->x_name);
    const char *quote = name ? "\"" : "";
    return im_str_format(t, "<capsule object %s%s%s at %p>", quote, name ? name : "NULL", quote, (void *)im_ptr(self));
}

static void capsule_destroy(Thread *t, ImObject *o)
{
    (void)t;
    ImCapsule *c = (ImCapsule *)o;
    if (c->x_end) c->x_end(o);
}

static const ImSlots capsule_slots = {.repr = capsule_repr};
static const ImTypeSpec capsule_spec = {.name = "PyCapsule", .doc = "A C pointer and its name. Native modules use capsules to offer their functions to other native modules.",
    .size = sizeof(ImCapsule), .flags = IM_TF_NO_NEW, .slots = &capsule_slots, .destroy = capsule_destroy};
IM_TYPE(PyCapsule, &capsule_spec);
