/* What an object refers to, as the collectors see it: the traverse function of its type, without a call where it is one of those here.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MEM_VISIT_H
#define IM_MEM_VISIT_H

#include "mem/object.h"

/* What this layer knows of a shape (object/shape.h). */
typedef struct ImShapeHead {
    ImTypeCore *type;
    uint32_t kind;
} ImShapeHead;
enum { IM_SHAPE_DICT = 1 }; /* kind: attributes are in a dict */

/* Instances that are Values from the header to the type's size. The first may stand for a vector of more (tagged 010): then, and in dict mode, when the words may be
 * another class's, im_words_hook looks. */
int im_words_traverse(ImObject *o, ImVisit visit, void *arg);
extern ImTraverse im_words_hook;
/* A count, then as many Values, visited from the last: tuples. */
int im_items_traverse(ImObject *o, ImVisit visit, void *arg);

IM_INLINE int im_visit_words(ImObject *o, const ImTypeCore *core, ImVisit visit, void *arg)
{
    const Value *p = (const Value *)(o + 1);
    if (IM_UNLIKELY(((const ImShapeHead *)o->x_shape)->kind & IM_SHAPE_DICT) || (p->bits & 7) == 2) return im_words_hook(o, visit, arg);
    for (const Value *end = (const Value *)((const char *)o + core->size); p < end; p++) {
        int r = im_is_object(*p) ? visit(*p, arg) : 0;
        if (r) return r;
    }
    return 0;
}
IM_INLINE int im_visit_items(ImObject *o, ImVisit visit, void *arg)
{
    const Value *items = (const Value *)(o + 1) + 1;
    for (ssize_t i = (ssize_t)items[-1].bits; --i >= 0;) {
        int r = im_is_object(items[i]) ? visit(items[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}

/* All references of o, that to a heap type included. visit is inlined where the compiler knows it. */
IM_INLINE int im_visit_all(ImObject *o, ImVisit visit, void *arg)
{
    const ImTypeCore *core = im_load_relaxed(&((const ImShapeHead *)im_load_relaxed(&o->x_shape))->type);
    int r = im_load_relaxed(&core->x_flags) & IM_TF_HEAP ? visit((Value){(uint64_t)(uintptr_t)core}, arg) : 0;
    if (r || !core->traverse) return r;
    if (core->traverse == im_words_traverse) return im_visit_words(o, core, visit, arg);
    if (core->traverse == im_items_traverse) return im_visit_items(o, visit, arg);
    return core->traverse(o, visit, arg);
}

#endif
