/* The exception types themselves: one object per row of exceptions.def.
 * SPDX-License-Identifier: MIT
 *
 * The specs are filled at start-up, before any type is made ready, because a static initialiser cannot read the members of another constant. A type of the same kind as its
 * base repeats only the constructor, as CPython's do. */
#include "types/exceptions_impl.h"
#include "types/type_impl.h"


#define EXC(name, base_name, kind, doc_text) \
    static ImTypeSpec spec_##name; \
    IM_TYPE(name, &spec_##name);
#include "types/exceptions.def"
#undef EXC

typedef struct ExcRow { ImTypeSpec *spec; ImType *base; const ImExcKind *kind; const char *name, *doc; } ExcRow;
static const ExcRow rows[] = {
#define EXC(name, base_name, kind, doc_text) {&spec_##name, &im_##base_name##_type, &im_exc_kind_##kind, #name, doc_text},
#include "types/exceptions.def"
#undef EXC
};
static ImSlots sub_slots[IM_COUNTOF(rows)];

static const ImExcKind *kind_of_base(const ImType *base)
{
    static ImType *const types[] = {
#define EXC(name, base_name, kind, doc_text) &im_##name##_type,
#include "types/exceptions.def"
#undef EXC
    };
    for (size_t i = 0; i < IM_COUNTOF(types); i++)
        if (types[i] == base) return rows[i].kind;
    return NULL;
}

void im_exceptions_prepare(void)
{
    for (size_t i = 0; i < IM_COUNTOF(rows); i++) {
        const ExcRow *r = &rows[i];
        const ImExcKind *k = r->kind;
        bool same = kind_of_base(r->base) == k;
        if (!same) sub_slots[i] = *k->slots;
        sub_slots[i].new_ = same || k->slots->new_ != im_exc_new || k == &im_exc_kind_PLAIN ? k->slots->new_ : NULL;
        sub_slots[i].init = k->slots->init;
        *r->spec = (ImTypeSpec){.name = r->name, .doc = r->doc, .size = k->size, .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_EXC | IM_TF_MANAGED_DICT_SLOT,
            .base = r->base, .slots = &sub_slots[i], .methods = same ? NULL : k->methods, .members = same ? NULL : k->members,
            .getset = same ? NULL : k->getset, .traverse = k->traverse, .clear = k->clear, .destroy = k->destroy, .dict_offset = offsetof(ImExc, x_dict)};
    }
}
