/* Shared by the files of _elementtree: elements, and what builds trees of them.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_ELEMENTTREE_H
#define IM_MODULES_ELEMENTTREE_H

#include "modules/module.h"

/* Fields change by im_slot_put; children are a list of its own, so that threads can change one element. */
typedef struct ImElement {
    ImObject head;
    Value x_tag, x_text, x_tail;
    Value x_attrib;   /* dict, or no value: empty so far */
    Value x_children; /* list, or no value: none so far. Only elements are in it */
} ImElement;
extern ImType im_element_type, im_treebuilder_type, im_etparser_type;
extern const ImTypeSpec im_treebuilder_spec, im_etparser_spec;
IM_INLINE ImElement *im_elementp(Value v) { return (ImElement *)im_ptr(v); }
IM_INLINE bool im_is_element(Value v) { return im_is_exact(v, &im_element_type) || im_is_instance_of(v, &im_element_type); }

typedef struct ImEtState {
    Value error;                          /* ParseError */
    Value comment_factory, pi_factory;    /* defaults of TreeBuilder(), or no value */
    ImType *builder, *parser;             /* this module's TreeBuilder and XMLParser */
} ImEtState;
enum { IM_ET_STATE_VALUES = 3 };
/* Exactly a TreeBuilder, of whichever instance of the module. */
IM_INLINE bool im_is_treebuilder(Value v) { return im_is_object(v) && im_type_of(v)->spec == &im_treebuilder_spec && !(im_type_flags(im_type_of(v)) & IM_TF_HEAP); }

/* attrib: dict or no value; not copied. */
IM_MUST_USE Value im_element_new(Thread *t, Value tag, Value attrib);
IM_MUST_USE int im_element_add(Thread *t, Value element, Value child);

/* What a parser tells an exact TreeBuilder. Results owned. */
IM_MUST_USE Value im_treebuilder_start(Thread *t, Value builder, Value tag, Value attrib); /* attrib no value: none */
IM_MUST_USE Value im_treebuilder_end(Thread *t, Value builder);
IM_MUST_USE int im_treebuilder_data(Thread *t, Value builder, Value data);
IM_MUST_USE Value im_treebuilder_comment(Thread *t, Value builder, Value text);
IM_MUST_USE Value im_treebuilder_pi(Thread *t, Value builder, Value target, Value text);
IM_MUST_USE int im_treebuilder_event(Thread *t, Value builder, int event, Value what); /* IM_ET_ below; nothing when nobody asked for it */
IM_MUST_USE Value im_treebuilder_close(Thread *t, Value builder);
enum { IM_ET_START, IM_ET_END, IM_ET_START_NS, IM_ET_END_NS, IM_ET_COMMENT, IM_ET_PI, IM_ET_EVENTS };
/* Steals both. event names no value: not wanted. */
void im_treebuilder_set_events(Thread *t, Value builder, Value append, Value *names);

#endif
