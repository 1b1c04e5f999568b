/* See context_trie.h.
 * SPDX-License-Identifier: MIT */
#include "modules/context_trie.h"

enum { BITS = 5, PAIRS = 1 << BITS };

static Value find_in(Value node, Value var)
{
    for (uint64_t bits = im_context_bits(var);; bits >>= BITS) {
        const Value *items = im_tuple_items(node);
        const uint32_t map = (uint32_t)im_int_get(items[0]), bit = 1u << (bits % PAIRS);
        if (!(map & bit)) return IM_NO_VALUE;
        const Value *pair = items + 1 + 2 * __builtin_popcount(map & (bit - 1));
        if (im_same(pair[0], var)) return pair[1];
        if (!im_is_none(pair[0])) return IM_NO_VALUE;
        node = pair[1];
    }
}
Value im_context_trie_find(Value map, Value var) { return find_in(im_tuple_get(map, 1), var); }

/* A node with two variables, whose bits below `shift` are the same. */
static Value node_of_two(Thread *t, unsigned shift, Value a, Value va, Value b, Value vb)
{
    const unsigned i = im_context_bits(a) >> shift & (PAIRS - 1), k = im_context_bits(b) >> shift & (PAIRS - 1);
    if (i == k) {
        Value below = node_of_two(t, shift + BITS, a, va, b, vb);
        if (im_no_value(below)) return below;
        Value r = im_tuple_pack(t, 3, im_int((int64_t)1 << i), IM_NONE, below);
        im_drop(t, below);
        return r;
    }
    const int64_t map = (int64_t)1 << i | (int64_t)1 << k;
    return i < k ? im_tuple_pack(t, 5, im_int(map), a, va, b, vb) : im_tuple_pack(t, 5, im_int(map), b, vb, a, va);
}

/* The node with var = v; *added: it had no such variable. */
static Value with(Thread *t, Value node, unsigned shift, Value var, Value v, bool *added)
{
    Value items[1 + 2 * PAIRS], below = IM_NO_VALUE;
    const size_t n = (size_t)im_tuple_len(node);
    const uint32_t map = (uint32_t)im_int_get(im_tuple_get(node, 0)), bit = 1u << (im_context_bits(var) >> shift & (PAIRS - 1));
    const size_t at = 1 + 2 * (size_t)__builtin_popcount(map & (bit - 1));
    memcpy(items, im_tuple_items(node), n * sizeof(Value));
    if (!(map & bit)) {
        memmove(items + at + 2, items + at, (n - at) * sizeof(Value));
        items[0] = im_int((int64_t)(map | bit));
        items[at] = var;
        items[at + 1] = v;
        *added = true;
        return im_tuple_from_array(t, items, n + 2);
    }
    if (im_same(items[at], var)) {
        items[at + 1] = v;
        return im_tuple_from_array(t, items, n);
    }
    if (im_is_none(items[at])) below = with(t, items[at + 1], shift + BITS, var, v, added);
    else {
        *added = true;
        below = node_of_two(t, shift + BITS, items[at], items[at + 1], var, v);
    }
    if (im_no_value(below)) return below;
    items[at] = IM_NONE;
    items[at + 1] = below;
    Value r = im_tuple_from_array(t, items, n);
    im_drop(t, below);
    return r;
}
/* The node without var, which is in it: 0, or -1. *out is no value where nothing is left. */
static int without(Thread *t, Value node, unsigned shift, Value var, Value *out)
{
    Value items[1 + 2 * PAIRS], below = IM_NO_VALUE;
    size_t n = (size_t)im_tuple_len(node);
    const uint32_t map = (uint32_t)im_int_get(im_tuple_get(node, 0)), bit = 1u << (im_context_bits(var) >> shift & (PAIRS - 1));
    const size_t at = 1 + 2 * (size_t)__builtin_popcount(map & (bit - 1));
    memcpy(items, im_tuple_items(node), n * sizeof(Value));
    *out = IM_NO_VALUE;
    if (im_is_none(items[at]) && without(t, items[at + 1], shift + BITS, var, &below) < 0) return -1;
    if (!im_no_value(below)) items[at + 1] = below;
    else {
        if (n == 3) return 0;
        n -= 2;
        memmove(items + at, items + at + 2, (n - at) * sizeof(Value));
        items[0] = im_int((int64_t)(map & ~bit));
    }
    *out = im_tuple_from_array(t, items, n);
    im_xdrop(t, below);
    return im_no_value(*out) ? -1 : 0;
}

/* Steals root. */
static Value map_of(Thread *t, ssize_t n, Value root)
{
    if (im_no_value(root)) return root;
    Value r = im_tuple_pack(t, 2, im_int(n), root);
    im_drop(t, root);
    return r;
}
Value im_context_trie_with(Thread *t, Value map, Value var, Value v)
{
    bool added = false;
    Value root = with(t, im_tuple_get(map, 1), 0, var, v, &added);
    return map_of(t, im_context_trie_len(map) + added, root);
}
Value im_context_trie_without(Thread *t, Value map, Value var)
{
    Value root;
    return without(t, im_tuple_get(map, 1), 0, var, &root) < 0 ? IM_NO_VALUE : map_of(t, im_context_trie_len(map) - 1, root);
}
Value im_context_trie_of(Thread *t, Value dict)
{
    Value root = IM_NO_VALUE, key, value;
    size_t pos = 0;
    ssize_t n = 0;
    while (im_dict_next(t, dict, &pos, &key, &value)) {
        bool added = false;
        Value r = n++ ? with(t, root, 0, key, value, &added) : im_tuple_pack(t, 3, im_int((int64_t)1 << im_context_bits(key) % PAIRS), key, value);
        im_drop(t, key);
        im_drop(t, value);
        im_xdrop(t, root);
        root = r;
        if (im_no_value(root)) return root;
    }
    return map_of(t, n, root);
}

static int add_all(Thread *t, Value node, Value dict)
{
    for (ssize_t i = 1; i < im_tuple_len(node); i += 2) {
        Value key = im_tuple_get(node, i), value = im_tuple_get(node, i + 1);
        if ((im_is_none(key) ? add_all(t, value, dict) : im_dict_set(t, dict, key, value)) < 0) return -1;
    }
    return 0;
}
Value im_context_trie_dict(Thread *t, Value map)
{
    Value d = im_dict_new(t);
    if (!im_no_value(d) && add_all(t, im_tuple_get(map, 1), d) < 0) IM_CLEAR(t, d);
    return d;
}
