/* Objects for tests of mem/: nodes with two references, a payload and an optional finalizer.
 * SPDX-License-Identifier: MIT */
#ifndef MEM_NODE_H
#define MEM_NODE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem/alloc.h"
#include "mem/gc.h"
#include "mem/store.h"
#include "mem/vec.h"
#include "thread/epoch.h"
#include "thread/lock.h"

#define CHECK(e) do { if (!(e)) { fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #e); abort(); } } while (0)

typedef struct Shape { ImTypeCore *type; } Shape; /* what mem/ needs of a shape: its first field */
typedef struct Node {
    ImObject head;
    Value x_a, x_b;
    int32_t payload;   /* 42 while alive, -1 once finalized, -2 once destroyed */
    int32_t id;
} Node;

static int64_t x_made, x_died, x_finalized;

static int node_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Node *n = (Node *)o;
    int r = 0;
    if (im_is_object(n->x_a)) r = visit(n->x_a, arg);
    if (r == 0 && im_is_object(n->x_b)) r = visit(n->x_b, arg);
    return r;
}
static void node_clear(Thread *t, ImObject *o)
{
    Node *n = (Node *)o;
    im_slot_put(t, o, &n->x_a, IM_NO_VALUE);
    im_slot_put(t, o, &n->x_b, IM_NO_VALUE);
}
static void node_destroy(Thread *t, ImObject *o)
{
    Node *n = (Node *)o;
    CHECK(n->payload == 42 || n->payload == -1);
    n->payload = -2;
    im_faa_relaxed(&x_died, 1);
    Value a = n->x_a, b = n->x_b;
    n->x_a = n->x_b = IM_NO_VALUE;
    im_destroy_child(t, a);
    im_destroy_child(t, b);
}
static void node_finalize(Thread *t, ImObject *o)
{
    (void)t;
    CHECK(((Node *)o)->payload == 42);
    ((Node *)o)->payload = -1; /* unlocked: TSan proves that the finalizer is alone */
    im_faa_relaxed(&x_finalized, 1);
}
#define NODE_TYPE(ident, flags, fin) \
    static ImTypeCore ident = {.head = {NULL, IM_COUNT_UNC, 0, 0, 0}, .x_flags = (flags), .size = sizeof(Node), .traverse = node_traverse, .clear = node_clear, \
        .destroy = node_destroy, .finalize = (fin)}; \
    IM_UNUSED static Shape ident##_shape = {&ident}
NODE_TYPE(node_type, IM_TF_GC, NULL);
NODE_TYPE(del_type, IM_TF_GC | IM_TF_FINALIZER, node_finalize);

IM_UNUSED static Node *node_of(Thread *t, Shape *s)
{
    Node *n = (Node *)im_object_alloc(t, (ImShape *)s, s->type->x_flags, sizeof(Node));
    CHECK(n != NULL);
    n->payload = 42;
    im_faa_relaxed(&x_made, 1);
    return n;
}
#define NV(n) im_value(n)

static void no_memory(Thread *t) { (void)t; }
IM_UNUSED static Thread *unit_init(bool gil)
{
    im_no_memory_hook = no_memory;
    return im_runtime_init(gil);
}

#endif
