/* The traverse functions that the collectors look through themselves, for everybody else.
 * SPDX-License-Identifier: MIT */
#include "mem/visit.h"

ImTraverse im_words_hook;
int im_words_traverse(ImObject *o, ImVisit visit, void *arg) { return im_visit_words(o, ((const ImShapeHead *)o->x_shape)->type, visit, arg); }
int im_items_traverse(ImObject *o, ImVisit visit, void *arg) { return im_visit_items(o, visit, arg); }
