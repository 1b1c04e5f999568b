/* The variables of a context that has many: a map that never changes. Each change makes a new one, which shares all but the way to the changed place.
 *
 * A map is the tuple (number of variables, root); a node the tuple (bitmap, key, value, key, value …), a pair for each bit that is set, in their order; the key None
 * stands before a node of the next level. A level looks at five bits of im_context_bits(variable), which no two variables share (Bagwell 2001, "Ideal Hash Trees").
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_CONTEXT_TRIE_H
#define IM_MODULES_CONTEXT_TRIE_H

#include "modules/module.h"

uint64_t im_context_bits(Value var); /* _contextvars.c */

/* Map of a dict's variables, which has some. */
IM_MUST_USE Value im_context_trie_of(Thread *t, Value dict);
IM_INLINE ssize_t im_context_trie_len(Value map) { return (ssize_t)im_int_get(im_tuple_get(map, 0)); }
/* Value of var, borrowed from the map; no value, without exception: it has none. */
Value im_context_trie_find(Value map, Value var);
/* The map with var = v. */
IM_MUST_USE Value im_context_trie_with(Thread *t, Value map, Value var, Value v);
/* The map without var, which is in it and not alone. */
IM_MUST_USE Value im_context_trie_without(Thread *t, Value map, Value var);
/* A dict of all variables. */
IM_MUST_USE Value im_context_trie_dict(Thread *t, Value map);

#endif
