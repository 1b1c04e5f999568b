/* mappingproxy: a read-only view of a mapping.
 * SPDX-License-Identifier: MIT */
#include "mem/fast.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/list.h"
#include "types/str.h"
#include "types/tuple.h"

typedef struct ImMappingProxy { ImObject head; Value mapping; } ImMappingProxy;
IM_TYPE_DECLARE(mappingproxy);
#define P(v) (((ImMappingProxy *)im_ptr(v))->mapping)

Value im_mappingproxy_new(Thread *t, Value mapping)
{
    ImMappingProxy *p = (ImMappingProxy *)im_tracked_alloc(t, &im_mappingproxy_type.root, sizeof *p);
    if (!p) return IM_NO_VALUE;
    p->mapping = im_new_ref(mapping);
    im_track_new(t, &p->head);
    return im_value(p);
}
static Value proxy_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    ImArgs a;
    if (im_parse_args(t, "mappingproxy", "(mapping)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    if (!im_is_mapping(a.v[0]) || im_is_list(a.v[0]) || im_is_tuple(a.v[0])) return im_raise_type(t, "mappingproxy() argument must be a mapping, not %T", a.v[0]);
    return im_mappingproxy_new(t, a.v[0]);
}
static Value proxy_repr(Thread *t, Value v) { return im_str_format(t, "mappingproxy(%R)", P(v)); }
static Value proxy_str(Thread *t, Value v) { return im_str(t, P(v)); }
static int64_t proxy_hash(Thread *t, Value v) { return im_hash(t, P(v)); }
static Value proxy_compare(Thread *t, Value a, Value b, ImCmp op)
{
    return im_compare(t, im_is_exact(a, &im_mappingproxy_type) ? P(a) : a, im_is_exact(b, &im_mappingproxy_type) ? P(b) : b, op);
}
static Value proxy_iter(Thread *t, Value v) { return im_iter(t, P(v)); }
static ssize_t proxy_len(Thread *t, Value v) { return im_len(t, P(v)); }
static Value proxy_getitem(Thread *t, Value v, Value key) { return im_getitem(t, P(v), key); }
static int proxy_contains(Thread *t, Value v, Value key) { return im_contains(t, P(v), key); }
static Value proxy_or(Thread *t, Value a, Value b)
{
    return im_binop(t, im_is_exact(a, &im_mappingproxy_type) ? P(a) : a, im_is_exact(b, &im_mappingproxy_type) ? P(b) : b, IM_OP_OR);
}
static Value proxy_ior(Thread *t, Value a, Value b)
{
    (void)b;
    return im_raise_type(t, "'|=' is not supported by %T; use '|' instead", a);
}
static Value proxy_get(Thread *t, Value v, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    Value args[2] = {a[0], n > 1 && !im_no_value(a[1]) ? a[1] : IM_NONE}, found;
    if (im_is_dict_exact(P(v))) {
        const int rc = im_dict_get(t, P(v), a[0], &found);
        return rc > 0 ? found : rc < 0 ? IM_NO_VALUE : im_new_ref(args[1]);
    }
    return im_call_method(t, P(v), IM_S(get), args, 2, IM_NO_VALUE);
}
#define FORWARD(name, method) static Value proxy_##name(Thread *t, Value v, const Value *a, size_t n, Value kw) { (void)a, (void)n, (void)kw; return im_call_method0(t, P(v), method); }
FORWARD(keys, IM_S(keys))
FORWARD(values, IM_S(values))
FORWARD(items, IM_S(items))
FORWARD(copy, IM_S(copy))
FORWARD(__reversed__, IM_S(__reversed__))
static int proxy_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value m = ((ImMappingProxy *)o)->mapping;
    return im_is_object(m) ? visit(m, arg) : 0;
}
static void proxy_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImMappingProxy *)o)->mapping); }
static const ImMethodDef proxy_methods[] = {IM_RANGE("get", proxy_get, 1, 2, "($self, key, default=None, /)", "Return the value for key if key is in the mapping, else default."),
    IM_FIXED("keys", proxy_keys, 0, "($self, /)", "a set-like object providing a view on the underlying mapping's keys"),
    IM_FIXED("values", proxy_values, 0, "($self, /)", "an object providing a view on the underlying mapping's values"),
    IM_FIXED("items", proxy_items, 0, "($self, /)", "a set-like object providing a view on the underlying mapping's items"),
    IM_FIXED("copy", proxy_copy, 0, "($self, /)", "a shallow copy of the underlying mapping"), IM_CLASS_GETITEM,
    IM_FIXED("__reversed__", proxy___reversed__, 0, "($self, /)", "reverse iterator"), IM_END};
static const ImSlots proxy_slots = {.repr = proxy_repr, .str = proxy_str, .hash = proxy_hash, .richcompare = proxy_compare, .iter = proxy_iter, .length = proxy_len,
    .subscript = proxy_getitem, .contains = proxy_contains, .or_ = proxy_or, .ior = proxy_ior, .new_ = proxy_new, .getattr = im_generic_getattr};
static const ImTypeSpec proxy_spec = {.name = "mappingproxy", .doc = "Read-only proxy of a mapping.", .text_signature = "(mapping)", .size = sizeof(ImMappingProxy),
    .flags = IM_TF_GC | IM_TF_MAPPING, .slots = &proxy_slots, .methods = proxy_methods, .traverse = proxy_traverse, .destroy = proxy_destroy};
IM_TYPE(mappingproxy, &proxy_spec);
