/* _elementtree: TreeBuilder, which makes a tree of the starts and ends of elements.
 * SPDX-License-Identifier: MIT */
#include "modules/elementtree.h"

#define METHOD(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

typedef struct TreeBuilder {
    ImObject head;
    Value x_root, x_this, x_last; /* no value: none yet */
    Value x_tail;                 /* element whose tail the next text is; no value: it is x_last's text */
    Value x_data;                 /* text gathered: a str, or a list of several */
    Value stack;                  /* list: the elements around x_this; None around the root */
    Value element_factory, comment_factory, pi_factory, x_append;
    Value x_events[IM_ET_EVENTS]; /* what to call each; no value: not wanted */
    bool insert_comments, insert_pis;
} TreeBuilder;
enum { FIELDS = 10 + IM_ET_EVENTS };
#define B(v) ((TreeBuilder *)im_ptr(v))
#define PUT(field, v) im_slot_put(t, &b->head, &b->field, (v))
#define GET(field) im_slot_get(t, NULL, &b->field)

static Value builder_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    B(v)->stack = im_list_new(t, 20);
    if (im_no_value(B(v)->stack)) IM_CLEAR(t, v);
    return v;
}
static int builder_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    TreeBuilder *b = B(self);
    ImArgs a;
    if (nargs > 1) return im_raise_type(t, "TreeBuilder() takes at most 1 positional argument (%zu given)", nargs), -1;
    if (im_parse_args(t, "TreeBuilder", "(element_factory=None, *, comment_factory=None, pi_factory=None, insert_comments=False, insert_pis=False)", args, nargs, kwnames, &a) < 0) return -1;
    int flags[2] = {0, 0}, r = 0;
    for (int i = 0; i < 2 && r == 0; i++)
        if (!im_no_value(a.v[3 + i]) && (flags[i] = im_truth(t, a.v[3 + i])) < 0) r = -1;
    if (r == 0) {
        const ImEtState *st = im_type_module_state(im_type_of(self));
        const Value standard[3] = {IM_NO_VALUE, st->comment_factory, st->pi_factory};
        Value *const to[3] = {&b->element_factory, &b->comment_factory, &b->pi_factory};
        for (int i = 0; i < 3; i++) {
            Value f = im_no_value(a.v[i]) || im_is_none(a.v[i]) ? standard[i] : a.v[i];
            im_xtake(f);
            im_slot_put(t, &b->head, to[i], f);
        }
        b->insert_comments = flags[0] && !im_no_value(b->comment_factory);
        b->insert_pis = flags[1] && !im_no_value(b->pi_factory);
    }
    im_args_fini(t, &a);
    return r;
}
static int builder_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value *v = &((TreeBuilder *)o)->x_root;
    for (int i = 0; i < FIELDS; i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void builder_clear(Thread *t, ImObject *o)
{
    TreeBuilder *b = (TreeBuilder *)o;
    for (Value *v = &b->x_root; v < &b->x_root + FIELDS; v++)
        if (v != &b->stack) im_slot_put(t, o, v, IM_NO_VALUE);
    if (im_is_object(b->stack) && im_list_clear(t, b->stack) < 0) im_exc_clear(t);
}
static void builder_destroy(Thread *t, ImObject *o)
{
    Value *v = &((TreeBuilder *)o)->x_root;
    for (int i = 0; i < FIELDS; i++) im_destroy_child(t, v[i]);
}

/* --- events -------------------------------------------------------------------------------------------------------------------------------------- */

void im_treebuilder_set_events(Thread *t, Value builder, Value append, Value *names)
{
    TreeBuilder *b = B(builder);
    PUT(x_append, append);
    for (int i = 0; i < IM_ET_EVENTS; i++) PUT(x_events[i], names[i]);
}
int im_treebuilder_event(Thread *t, Value builder, int event, Value what)
{
    TreeBuilder *b = B(builder);
    if (IM_LIKELY(im_no_value((Value){im_load_relaxed(&b->x_events[event].bits)}))) return 0;
    Value name = GET(x_events[event]), append = GET(x_append), r = IM_NO_VALUE;
    Value pair = im_no_value(name) || im_no_value(append) ? IM_NO_VALUE : im_tuple_pack(t, 2, name, what);
    if (!im_no_value(pair)) r = im_call1(t, append, pair);
    im_xdrop(t, pair);
    im_xdrop(t, name);
    im_xdrop(t, append);
    if (im_no_value(r)) return im_pending(t) ? -1 : 0;
    im_drop(t, r);
    return 0;
}

/* --- building -------------------------------------------------------------------------------------------------------------------------------------- */

/* Gathered text becomes the text, or tail, that it is. */
static int flush(Thread *t, TreeBuilder *b)
{
    if (IM_LIKELY(im_no_value((Value){im_load_relaxed(&b->x_data.bits)}))) return 0;
    Value data = im_slot_exchange(t, &b->head, &b->x_data, IM_NO_VALUE), e = GET(x_tail), text = IM_NO_VALUE;
    const bool tail = !im_no_value(e);
    if (!tail) e = GET(x_last);
    int r = -1;
    if (im_no_value(data) || im_no_value(e)) {
        im_xdrop(t, data);
        im_xdrop(t, e);
        return 0;
    }
    if (im_is_list_exact(data)) {
        Value empty = im_str_new(t, 0, 0);
        text = im_str_join(t, empty, data);
        im_drop(t, empty);
    } else text = im_new_ref(data);
    if (im_no_value(text)) goto done;
    const bool plain = im_is_exact(e, &im_element_type);
    Value *slot = plain ? tail ? &im_elementp(e)->x_tail : &im_elementp(e)->x_text : NULL, name = tail ? IM_S(tail) : IM_S(text);
    Value before = plain ? im_slot_get(t, NULL, slot) : im_getattr(t, e, name);
    if (im_no_value(before)) goto done;
    if (!im_is_none(before)) {
        Value both = im_binop(t, before, text, IM_OP_ADD);
        im_drop(t, text);
        text = both;
    }
    im_drop(t, before);
    if (im_no_value(text)) goto done;
    if (plain) {
        im_slot_put(t, im_ptr(e), slot, text);
        text = IM_NO_VALUE;
        r = 0;
    } else r = im_setattr(t, e, name, text);
done:
    im_xdrop(t, text);
    im_drop(t, data);
    im_drop(t, e);
    return r;
}
static int add_child(Thread *t, Value parent, Value child)
{
    if (im_is_exact(parent, &im_element_type) && im_is_element(child)) return im_element_add(t, parent, child);
    Value r = im_call_method1(t, parent, IM_S(append), child);
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}
Value im_treebuilder_start(Thread *t, Value builder, Value tag, Value attrib)
{
    TreeBuilder *b = B(builder);
    if (flush(t, b) < 0) return IM_NO_VALUE;
    Value factory = GET(element_factory), e;
    if (IM_LIKELY(im_no_value(factory))) e = im_element_new(t, tag, attrib);
    else {
        Value d = im_no_value(attrib) ? im_dict_new(t) : im_new_ref(attrib);
        e = im_no_value(d) ? d : im_call2(t, factory, tag, d);
        im_xdrop(t, d);
        im_drop(t, factory);
    }
    if (im_no_value(e)) return e;
    Value this = GET(x_this);
    PUT(x_tail, IM_NO_VALUE);
    if (!im_no_value(this)) {
        if (add_child(t, this, e) < 0) goto fail;
    } else {
        if (!im_no_value((Value){im_load_relaxed(&b->x_root.bits)})) {
            const ImEtState *st = im_type_module_state(im_type_of(builder));
            Value error = im_str_from_cstr(t, "multiple elements on top level"), x = im_no_value(error) ? error : im_call1(t, st->error, error);
            im_xdrop(t, error);
            if (!im_no_value(x)) (void)im_raise_instance(t, x);
            goto fail;
        }
        PUT(x_root, im_new_ref(e));
    }
    if (im_list_append_steal(t, b->stack, im_no_value(this) ? IM_NONE : this) < 0) { im_drop(t, e); return IM_NO_VALUE; }
    PUT(x_this, im_new_ref(e));
    PUT(x_last, im_new_ref(e));
    if (im_treebuilder_event(t, builder, IM_ET_START, e) == 0) return e;
    im_drop(t, e);
    return IM_NO_VALUE;
fail:
    im_xdrop(t, this);
    im_drop(t, e);
    return IM_NO_VALUE;
}
Value im_treebuilder_end(Thread *t, Value builder)
{
    TreeBuilder *b = B(builder);
    if (flush(t, b) < 0) return IM_NO_VALUE;
    ssize_t n = im_list_len(b->stack);
    Value outer = n ? im_list_get(t, b->stack, n - 1) : IM_NO_VALUE, e = GET(x_this);
    if (im_no_value(outer) || im_no_value(e)) {
        im_xdrop(t, outer);
        im_xdrop(t, e);
        return im_raise_index(t, "pop from empty stack");
    }
    if (im_delitem(t, b->stack, im_int(-1)) < 0) im_exc_clear(t); /* another thread was faster */
    PUT(x_this, im_is_none(outer) ? IM_NO_VALUE : outer);
    PUT(x_last, im_new_ref(e));
    PUT(x_tail, im_new_ref(e));
    if (im_treebuilder_event(t, builder, IM_ET_END, e) == 0) return e;
    im_drop(t, e);
    return IM_NO_VALUE;
}
int im_treebuilder_data(Thread *t, Value builder, Value data)
{
    TreeBuilder *b = B(builder);
    Value have = GET(x_data);
    int r = 0;
    if (im_no_value(have)) {
        if (!im_no_value((Value){im_load_relaxed(&b->x_last.bits)})) PUT(x_data, im_new_ref(data));
        return 0;
    }
    if (im_is_list_exact(have)) r = im_list_append(t, have, data);
    else {
        Value list = im_list_from_array(t, (Value[]){have, data}, 2);
        if (im_no_value(list)) r = -1;
        else PUT(x_data, list);
    }
    im_drop(t, have);
    return r;
}
/* A comment or processing instruction: into the tree if it is to be there. */
static int single(Thread *t, Value builder, Value e, bool insert, int event)
{
    TreeBuilder *b = B(builder);
    Value this = insert ? GET(x_this) : IM_NO_VALUE;
    int r = 0;
    if (!im_no_value(this)) {
        r = flush(t, b) < 0 || add_child(t, this, e) < 0 ? -1 : 0;
        if (r == 0) PUT(x_tail, im_new_ref(e));
        im_drop(t, this);
    }
    return r < 0 ? -1 : im_treebuilder_event(t, builder, event, e);
}
Value im_treebuilder_comment(Thread *t, Value builder, Value text)
{
    TreeBuilder *b = B(builder);
    Value factory = GET(comment_factory), e;
    const bool made = !im_no_value(factory);
    e = made ? im_call1(t, factory, text) : im_new_ref(text);
    im_xdrop(t, factory);
    if (!im_no_value(e) && single(t, builder, e, made && b->insert_comments, IM_ET_COMMENT) < 0) IM_CLEAR(t, e);
    return e;
}
Value im_treebuilder_pi(Thread *t, Value builder, Value target, Value text)
{
    TreeBuilder *b = B(builder);
    Value factory = GET(pi_factory), e;
    const bool made = !im_no_value(factory);
    e = made ? im_call2(t, factory, target, text) : im_tuple_pack(t, 2, target, text);
    im_xdrop(t, factory);
    if (!im_no_value(e) && single(t, builder, e, made && b->insert_pis, IM_ET_PI) < 0) IM_CLEAR(t, e);
    return e;
}
Value im_treebuilder_close(Thread *t, Value builder)
{
    TreeBuilder *b = B(builder);
    Value root = GET(x_root);
    return im_no_value(root) ? IM_NONE : root;
}

/* --- the type ---------------------------------------------------------------------------------------------------------------------------------------- */

METHOD(b_start)
{
    if (!im_is_dict(args[1])) return im_raise_type(t, "start() argument 2 must be dict, not %T", args[1]);
    return im_treebuilder_start(t, self, args[0], args[1]);
}
METHOD(b_end) { return im_treebuilder_end(t, self); }
METHOD(b_data) { return im_treebuilder_data(t, self, args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
METHOD(b_comment) { return im_treebuilder_comment(t, self, args[0]); }
METHOD(b_pi) { return im_treebuilder_pi(t, self, args[0], nargs > 1 ? args[1] : IM_NONE); }
METHOD(b_close) { return im_treebuilder_close(t, self); }
static const ImMethodDef builder_methods[] = {
    IM_FIXED("start", b_start, 2, "($self, tag, attrs, /)", NULL),
    IM_FIXED("end", b_end, 1, "($self, tag, /)", NULL),
    IM_FIXED("data", b_data, 1, "($self, data, /)", NULL),
    IM_FIXED("comment", b_comment, 1, "($self, text, /)", NULL),
    IM_RANGE("pi", b_pi, 1, 2, "($self, target, text=None, /)", NULL),
    IM_FIXED("close", b_close, 0, "($self, /)", NULL),
    IM_END,
};
static const ImSlots builder_slots = {.init = builder_init, .new_ = builder_new};
const ImTypeSpec im_treebuilder_spec = {.name = "xml.etree.ElementTree.TreeBuilder", .size = sizeof(TreeBuilder), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &builder_slots,
    .methods = builder_methods, .traverse = builder_traverse, .clear = builder_clear, .destroy = builder_destroy};
ImType im_treebuilder_type;
