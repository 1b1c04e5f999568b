/* One thread: blocks of all sizes, counts, destruction, cycles, vectors, the region.
 * SPDX-License-Identifier: MIT */
#include "mem/mem_impl.h"
#include "mem_node.h"

static void sizes(Thread *t)
{
    static ImTypeCore types[2] = {{.x_flags = IM_TF_GC}, {.x_flags = 0}};
    static Shape shapes[2] = {{&types[0]}, {&types[1]}};
    enum { N = 4000 };
    static ImObject *v[N];
    static size_t size[N];
    uint64_t rng = 1;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++) {
            rng = rng * 6364136223846793005u + 1442695040888963407u;
            size_t limit = (rng >> 60) < 12 ? 512 : (rng >> 60) < 15 ? 40000 : 200000;
            size[i] = sizeof(ImObject) + (rng >> 33) % limit;
            v[i] = im_object_alloc(t, (ImShape *)&shapes[i & 1], types[i & 1].x_flags, size[i]);
            CHECK(v[i] && ((uintptr_t)v[i] & 15) == 0);
            CHECK(im_object_capacity(v[i]) >= size[i]);
            for (size_t k = sizeof(ImObject); k < size[i]; k++) CHECK(((char *)v[i])[k] == 0);
            memset((char *)v[i] + sizeof(ImObject), i & 0xFF, size[i] - sizeof(ImObject));
        }
        for (int i = 0; i < N; i++) {
            int k = (int)(((int64_t)i * 2749) % N);
            for (size_t b = sizeof(ImObject); b < size[k]; b++) CHECK(((unsigned char *)v[k])[b] == (k & 0xFF));
            im_drop_obj(t, v[k]);
        }
    }
}

/* Pages begin at any of their blocks: a walk meets each object once, in all of them, and an address within finds its object and nothing else. */
static struct { const ImShape *shape; int64_t n; } met;
static void meet(ImObject *o, void *arg)
{
    (void)arg;
    if (im_load_relaxed(&o->x_shape) == met.shape) met.n++;
}
static void walks(Thread *t)
{
    enum { N = 20000 };
    static ImTypeCore type = {.x_flags = 0};
    static Shape shape = {&type};
    static ImObject *v[N];
    static const size_t bytes[] = {32, 48, 64, 96, 176, 1040, 3000, 10000};
    for (size_t b = 0; b < IM_COUNTOF(bytes); b++) {
        const int n = bytes[b] > 1000 ? N / 40 : N;
        for (int i = 0; i < n; i++) v[i] = im_object_alloc(t, (ImShape *)&shape, 0, bytes[b]);
        for (int i = 0; i < n; i += 3) {
            im_drop_obj(t, v[i]);
            v[i] = NULL;
        }
        met.shape = (ImShape *)&shape, met.n = 0;
        im_heap_each(meet, NULL);
        CHECK(met.n == n - (n + 2) / 3);
        CHECK(im_heap_scratch_begin() == 0);
        for (int i = 0; i < n; i++) {
            if (!v[i]) continue;
            CHECK(im_heap_find(v[i]) == v[i] && im_heap_find((char *)v[i] + bytes[b] - 1) == v[i]);
            ImObject *behind = im_heap_find((char *)v[i] + im_object_capacity(v[i]));
            CHECK(behind != v[i]);
#if !IM_NO_POOL
            CHECK(!behind || (char *)behind - (char *)v[i] == (ssize_t)im_object_capacity(v[i]));
#endif
            uint32_t *s = im_heap_scratch(v[i]);
            CHECK(s && *s == 0);
            *s = 1; /* its own: nobody else's is set by that */
        }
        im_heap_scratch_end();
        for (int i = 0; i < n; i++)
            if (v[i]) im_drop_obj(t, v[i]);
    }
}

static void chain(Thread *t)
{
    int64_t died = x_died;
    Value last = IM_NO_VALUE;
    for (int i = 0; i < 1000000; i++) {
        Node *n = node_of(t, &node_type_shape);
        n->x_a = last;
        last = NV(n);
    }
    im_drop(t, last); /* a million deep: must not recurse */
    CHECK(x_died - died == 1000000);
}

static void cycles(Thread *t)
{
    int64_t died = x_died;
    for (int i = 0; i < 1000; i++) {
        Node *a = node_of(t, &node_type_shape), *b = node_of(t, i & 1 ? &del_type_shape : &node_type_shape);
        a->x_a = im_new_ref(NV(b));
        b->x_a = im_new_ref(NV(a));
        im_drop(t, NV(a));
        im_drop(t, NV(b));
    }
    Node *kept = node_of(t, &node_type_shape);
    kept->x_a = im_new_ref(NV(kept));
    CHECK(x_died == died);
    CHECK(im_gc_collect(t, 2, true) == 2000);
    CHECK(x_died - died == 2000 && x_finalized >= 500);
    CHECK(kept->payload == 42);
    im_drop(t, NV(kept));
    CHECK(im_gc_collect(t, 0, false) == 0 && im_gc_collect(t, 2, false) == 1);
    CHECK(x_died - died == 2001);
}

static Value saved;
static int resurrections;
static void resurrect(Thread *t, ImObject *o)
{
    (void)t;
    resurrections++;
    saved = im_new_ref(im_value(o));
}
NODE_TYPE(lazarus_type, IM_TF_GC | IM_TF_FINALIZER, resurrect);

static void resurrection(Thread *t)
{
    int64_t died = x_died;
    im_drop(t, NV(node_of(t, &lazarus_type_shape)));
    CHECK(resurrections == 1 && x_died == died && im_count_of(saved) == 1);
    IM_CLEAR(t, saved);
    CHECK(resurrections == 1 && x_died == died + 1); /* once only */
    Node *a = node_of(t, &lazarus_type_shape), *b = node_of(t, &node_type_shape);
    a->x_a = NV(b);
    b->x_a = NV(a);
    CHECK(im_gc_collect(t, 2, false) == 0 && resurrections == 2 && x_died == died + 1); /* both live: b is reachable from a */
    IM_CLEAR(t, saved);
    CHECK(im_gc_collect(t, 2, false) == 2 && resurrections == 2 && x_died == died + 3);
}

static void automatic(Thread *t)
{
    int64_t died = x_died, made = x_made;
    for (int i = 0; i < 100000; i++) {
        Node *n = node_of(t, &node_type_shape);
        n->x_a = NV(n);
        CHECK(im_poll(t) == 0);
    }
    CHECK(x_died - died > 90000);
    im_gc_collect(t, 2, false);
    CHECK(x_died - died == x_made - made);
}

static void vectors(Thread *t)
{
    ImValueVec v;
    im_vec_init(t, &v);
    int64_t died = x_died;
    for (int i = 0; i < 1000; i++) CHECK(im_vec_push(t, &v, NV(node_of(t, &node_type_shape))) == 0);
    CHECK(im_gc_collect(t, 2, true) == 0);
    im_vec_fini(t, &v);
    CHECK(x_died - died == 1000 && t->vecs == NULL);
}

static void saturation(Thread *t)
{
    Node *n = node_of(t, &node_type_shape);
    im_take_n(NV(n), 0x7FFFFFF0u);
    CHECK(n->head.x_count == 0x7FFFFFF1u);
    for (int i = 0; i < 100; i++) im_take(NV(n));
    CHECK(n->head.x_count == IM_COUNT_UNC);
    for (int i = 0; i < 100; i++) im_drop(t, NV(n));
    CHECK(n->payload == 42);
    x_died++;
}

static void region(void)
{
    char *a = im_region_alloc(24), *b = im_region_alloc(8);
    CHECK(((uintptr_t)a & 15) == 0 && b >= a + 32 && im_region_offset(a) != 0 && im_region_at(im_region_offset(b)) == b);
}

/* The best of many short runs: machines are busy with other things too. */
static void speed(Thread *t)
{
    enum { RUNS = 40, N = 50000 };
    static ImTypeCore plain = {.x_flags = 0, .size = 32}, tracked = {.x_flags = IM_TF_GC, .size = sizeof(Node)};
    static Shape plain_shape = {&plain}, tracked_shape = {&tracked};
    int64_t best[3] = {INT64_MAX, INT64_MAX, INT64_MAX};
    im_gc_enable(false);
    for (int r = 0; r < RUNS; r++) {
        int64_t at[4];
        at[0] = im_monotonic_ns();
        for (int i = 0; i < N; i++) im_drop_obj(t, im_object_alloc(t, (ImShape *)&tracked_shape, IM_TF_GC, sizeof(Node)));
        at[1] = im_monotonic_ns();
        for (int i = 0; i < N; i++) im_drop_obj(t, im_object_alloc_raw(t, (ImShape *)&plain_shape, 0, 32));
        at[2] = im_monotonic_ns();
        for (int i = 0; i < N; i++) {
            void *volatile p = malloc(56);
            free(p);
        }
        at[3] = im_monotonic_ns();
        for (int k = 0; k < 3; k++)
            if (at[k + 1] - at[k] < best[k]) best[k] = at[k + 1] - at[k];
    }
    im_gc_enable(true);
    printf("alloc+drop: tracked %.1f ns, plain %.1f ns; malloc+free %.1f ns\n", (double)best[0] / N, (double)best[1] / N, (double)best[2] / N);
}

int main(void)
{
    Thread *t = unit_init(false);
    sizes(t);
    walks(t);
    chain(t);
    cycles(t);
    resurrection(t);
    automatic(t);
    vectors(t);
    saturation(t);
    region();
    speed(t);
    CHECK(x_made == x_died);
    puts("mem_single: ok");
    return 0;
}
