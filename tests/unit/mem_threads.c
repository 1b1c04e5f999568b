/* Several threads: slots read without locks while others empty them, publishing, epochs, world stops, solo mode, collectors, fork. Sized for a few seconds; an argument
 * multiplies the work. Built with TSan and ASan the same checks find order and lifetime faults.
 * SPDX-License-Identifier: MIT */
#include <sys/wait.h>
#include <unistd.h>

#include "mem_node.h"

enum { SLOTS = 8, MAX_THREADS = 4 };
typedef struct Box { ImObject head; Value x_slots[SLOTS]; } Box;
static int box_traverse(ImObject *o, ImVisit visit, void *arg)
{
    for (int i = 0; i < SLOTS; i++)
        if (im_is_object(((Box *)o)->x_slots[i])) (void)visit(((Box *)o)->x_slots[i], arg);
    return 0;
}
static void box_clear(Thread *t, ImObject *o)
{
    for (int i = 0; i < SLOTS; i++) im_slot_put(t, o, &((Box *)o)->x_slots[i], IM_NO_VALUE);
}
static ImTypeCore box_type = {.head = {NULL, IM_COUNT_UNC, 0, 0, 0}, .x_flags = IM_TF_GC, .size = sizeof(Box), .traverse = box_traverse, .clear = box_clear, .destroy = box_clear};
static Shape box_shape = {&box_type};
NODE_TYPE(unc_type, IM_TF_GC | IM_TF_UNC, NULL);

static long scale = 1;

typedef struct Job {
    Thread *t;
    pthread_t os;
    Box *locked, *exchanged; /* two containers: writers of the one lock, writers of the other exchange */
    uint64_t rng;
    int kind;
    long n;
    uint32_t *x_stop;
} Job;
static uint32_t rnd(Job *j)
{
    j->rng ^= j->rng << 13;
    j->rng ^= j->rng >> 7;
    j->rng ^= j->rng << 17;
    return (uint32_t)(j->rng >> 20);
}

static void put(Thread *t, Box *b, int i, Value v, bool exchange) /* steals v */
{
    if (exchange || im_is_private_obj(&b->head)) { im_slot_put(t, &b->head, &b->x_slots[i], v); return; }
    im_publish(t, v);
    im_object_lock(t, &b->head);
    Value old = im_slot_store_locked(&b->x_slots[i], v);
    im_object_unlock(t, &b->head);
    im_xdrop(t, old);
}

static void check_alive(Value v)
{
    Node *n = (Node *)im_ptr(v);
    CHECK(n->payload == 42); /* never finalized, never destroyed */
    Value a = {im_load_acquire(&n->x_a.bits)};
    if (im_is_object(a)) CHECK(((Node *)im_ptr(a))->payload == 42);
}

static void mutate(Job *j)
{
    Thread *t = j->t;
    bool ex = rnd(j) & 1;
    Box *b = ex ? j->exchanged : j->locked;
    int i = (int)(rnd(j) % SLOTS);
    switch (rnd(j) % 8) {
    case 0: {
        Node *n = node_of(t, rnd(j) & 1 ? &del_type_shape : &node_type_shape);
        if (rnd(j) & 1) n->x_a = NV(node_of(t, &node_type_shape));
        if (rnd(j) & 3) put(t, b, i, NV(n), ex);
        else im_drop(t, NV(n));
        break;
    }
    case 1: put(t, b, i, IM_NO_VALUE, ex); break;
    case 2: {
        IM_DETACH(t);
        if ((rnd(j) & 31) == 0) usleep(rnd(j) & 63);
        IM_ATTACH(t);
        break;
    }
    default: {
        Value v = im_slot_get(t, ex ? NULL : &b->head, &b->x_slots[i]);
        if (!im_is_object(v)) break;
        check_alive(v);
        if (rnd(j) & 1) im_drop(t, v);
        else put(t, b, (int)(rnd(j) % SLOTS), v, ex);
    }
    }
}

static void *run_job(void *p)
{
    Job *j = p;
    Thread *t = j->t;
    im_thread_enter(t, 0);
    for (long k = 0; k < j->n; k++) {
        mutate(j);
        if ((k & 3) == 0) CHECK(im_poll(t) == 0);
        if (j->kind == 1 && (k & 1023) == 0) { im_world_stop(t); im_world_stop(t); im_world_start(t); im_world_start(t); }
        if (j->kind == 2 && (k & 4095) == 0) (void)im_gc_collect(t, 2, true);
        if (j->kind == 3) { /* cycles, private and shared */
            Node *a = node_of(t, &node_type_shape), *b = node_of(t, &del_type_shape);
            a->x_a = im_new_ref(NV(b));
            b->x_b = im_new_ref(NV(a));
            if (k & 1) im_publish(t, NV(a));
            im_drop(t, NV(a));
            im_drop(t, NV(b));
        }
    }
    im_thread_leave(t);
    return NULL;
}

static void race(Thread *t, const char *what, int nthreads, const int *kinds, long n)
{
    static Job jobs[MAX_THREADS];
    Box *locked = (Box *)im_object_alloc(t, (ImShape *)&box_shape, IM_TF_GC, sizeof(Box)), *exchanged = (Box *)im_object_alloc(t, (ImShape *)&box_shape, IM_TF_GC, sizeof(Box));
    for (int i = 0; i < nthreads; i++) {
        jobs[i] = (Job){im_thread_new(t), 0, locked, exchanged, 0x9E3779B97F4A7C15u * (uint64_t)(i + 1), kinds[i], n, NULL};
        CHECK(jobs[i].t != NULL);
    }
    im_publish(t, NV(locked));
    im_publish(t, NV(exchanged));
    for (int i = 0; i < nthreads; i++) CHECK(pthread_create(&jobs[i].os, NULL, run_job, &jobs[i]) == 0);
    IM_DETACH(t);
    for (int i = 0; i < nthreads; i++) pthread_join(jobs[i].os, NULL);
    IM_ATTACH(t);
    im_drop(t, NV(locked));
    im_drop(t, NV(exchanged));
    (void)im_gc_collect(t, 2, true);
    (void)im_gc_collect(t, 2, true);
    printf("%-10s made %lld died %lld finalized %lld\n", what, (long long)x_made, (long long)x_died, (long long)x_finalized);
    CHECK(x_made == x_died);
}

/* --- what may and may not be freed -------------------------------------------------------------------------------------------------- */

IM_NOINLINE static void make_unc_garbage(Thread *t)
{
    for (int i = 0; i < 100; i++) {
        Node *a = node_of(t, &unc_type_shape), *b = node_of(t, &node_type_shape);
        a->x_a = NV(b);
        b->x_a = NV(a);
        im_publish(t, NV(a));
        CHECK(a->head.x_count == IM_COUNT_UNC && im_is_shared(NV(b)));
    }
}
IM_NOINLINE static void clobber_stack(void)
{
    volatile char junk[16384];
    memset((void *)junk, 0, sizeof junk);
}

static void uncounted(Thread *t)
{
    int64_t died = x_died;
    ImValueVec vec;
    im_vec_init(t, &vec);
    CHECK(im_vec_push(t, &vec, NV(node_of(t, &unc_type_shape))) == 0);
    im_publish(t, vec.items[0]);
    Node *holder = node_of(t, &node_type_shape); /* private object refers to an uncounted one */
    holder->x_a = NV(node_of(t, &unc_type_shape));
    im_publish(t, holder->x_a);
    Node *volatile local = node_of(t, &unc_type_shape);
    im_publish(t, NV(local));
    make_unc_garbage(t);
    clobber_stack();
    (void)im_gc_collect(t, 2, true);
    clobber_stack();
    (void)im_gc_collect(t, 2, true);
    CHECK(x_died - died >= 190 && x_died - died <= 200); /* a stale word on the stack may keep a pair */
    CHECK(((Node *)im_ptr(vec.items[0]))->payload == 42 && ((Node *)im_ptr(holder->x_a))->payload == 42 && local->payload == 42);
    im_vec_fini(t, &vec);
    im_drop(t, NV(holder));
    local = NULL;
    clobber_stack();
    (void)im_gc_collect(t, 2, true);
    x_made = x_died; /* what a stale word keeps is not counted below */
}

static void shared_cycles(Thread *t)
{
    int64_t died = x_died, fin = x_finalized;
    for (int i = 0; i < 1000; i++) {
        Node *a = node_of(t, &del_type_shape), *b = node_of(t, &node_type_shape);
        a->x_a = NV(b);
        b->x_a = NV(a);
        im_publish(t, NV(a));
    }
    Node *kept = node_of(t, &node_type_shape);
    kept->x_a = im_new_ref(NV(kept));
    im_publish(t, NV(kept));
    CHECK(x_died == died);
    CHECK(im_gc_collect(t, 2, true) == 2000);
    CHECK(x_died - died == 2000 && x_finalized - fin == 1000 && kept->payload == 42);
    im_drop(t, NV(kept));
    CHECK(im_gc_collect(t, 2, true) == 1);
}

/* --- solo mode ------------------------------------------------------------------------------------------------------------------------ */

static void *sleeper(void *p)
{
    Job *j = p;
    Thread *t = j->t;
    im_thread_enter(t, 0);
    for (long k = 0; k < j->n; k++) {
        IM_DETACH(t);
        usleep(500);
        IM_ATTACH(t);
        mutate(j);
    }
    im_thread_leave(t);
    im_store_release(j->x_stop, 1);
    return NULL;
}

static void solo(Thread *t)
{
    Box *b = (Box *)im_object_alloc(t, (ImShape *)&box_shape, IM_TF_GC, sizeof(Box)), *c = (Box *)im_object_alloc(t, (ImShape *)&box_shape, IM_TF_GC, sizeof(Box));
    uint32_t stop = 0;
    Job other = {im_thread_new(t), 0, b, c, 77, 0, 200 * scale, &stop}, mine = {t, 0, b, c, 99, 0, 0, NULL};
    im_publish(t, NV(b));
    im_publish(t, NV(c));
    CHECK(pthread_create(&other.os, NULL, sleeper, &other) == 0);
    long solos = 0, all = 0;
    for (long k = 0; !im_load_acquire(&stop); k++) {
        do mutate(&mine); while (!t->attached);
        solos += t->solo;
        all++;
        CHECK(im_poll(t) == 0);
    }
    IM_DETACH(t);
    pthread_join(other.os, NULL);
    IM_ATTACH(t);
    int64_t until = im_monotonic_ns() + 2000000000;
    while (!t->solo && im_monotonic_ns() < until) { mutate(&mine); CHECK(im_poll(t) == 0); }
    CHECK(t->solo);
    im_drop(t, NV(b));
    im_drop(t, NV(c));
    (void)im_gc_collect(t, 2, true);
    (void)im_gc_collect(t, 2, true);
    printf("solo       %ld of %ld steps\n", solos, all);
    CHECK(x_made == x_died);
}

/* --- locks ------------------------------------------------------------------------------------------------------------------------------- */

static struct { uint32_t pad; uint8_t x_lock; long guarded; ImMutex mutex; long guarded_too; } locks;
static void *lock_main(void *p)
{
    Job *j = p;
    im_thread_enter(j->t, 0);
    for (long k = 0; k < j->n; k++) {
        im_byte_lock(&locks.x_lock);
        locks.guarded++;
        im_byte_unlock(&locks.x_lock);
        im_mutex_acquire(j->t, &locks.mutex);
        locks.guarded_too++;
        im_mutex_unlock(&locks.mutex);
        CHECK(im_poll(j->t) == 0);
    }
    im_thread_leave(j->t);
    return NULL;
}
static void lock_race(Thread *t)
{
    static Job jobs[MAX_THREADS];
    long n = 20000 * scale;
    for (int i = 0; i < MAX_THREADS; i++) {
        jobs[i] = (Job){.t = im_thread_new(t), .n = n};
        CHECK(pthread_create(&jobs[i].os, NULL, lock_main, &jobs[i]) == 0);
    }
    IM_DETACH(t);
    for (int i = 0; i < MAX_THREADS; i++) pthread_join(jobs[i].os, NULL);
    IM_ATTACH(t);
    CHECK(locks.guarded == n * MAX_THREADS && locks.guarded_too == n * MAX_THREADS);
    CHECK(im_mutex_lock(t, &locks.mutex, -1, false) == IM_LOCK_OK);
    int64_t a = im_monotonic_ns();
    CHECK(im_mutex_lock(t, &locks.mutex, 20000000, true) == IM_LOCK_TIMEOUT);
    CHECK(im_monotonic_ns() - a >= 20000000);
    im_poll_request(t, IM_POLL_PENDING);
    CHECK(im_mutex_lock(t, &locks.mutex, -1, true) == IM_LOCK_INTERRUPTED);
    CHECK(im_poll(t) == 0);
    im_mutex_unlock(&locks.mutex);
}

/* --- fork --------------------------------------------------------------------------------------------------------------------------------- */

static void fork_race(Thread *t)
{
    static Job jobs[2];
    Box *b = (Box *)im_object_alloc(t, (ImShape *)&box_shape, IM_TF_GC, sizeof(Box)), *c = (Box *)im_object_alloc(t, (ImShape *)&box_shape, IM_TF_GC, sizeof(Box));
    for (int i = 0; i < 2; i++) jobs[i] = (Job){im_thread_new(t), 0, b, c, (uint64_t)i + 5, 0, 20000 * scale, NULL};
    im_publish(t, NV(b));
    im_publish(t, NV(c));
    for (int i = 0; i < 2; i++) CHECK(pthread_create(&jobs[i].os, NULL, run_job, &jobs[i]) == 0);
    for (int k = 0; k < 5; k++) {
        im_thread_before_fork(t);
        pid_t pid = fork();
        if (pid == 0) {
            im_thread_after_fork_child(t);
            for (int i = 0; i < SLOTS; i++) { put(t, b, i, IM_NO_VALUE, false); put(t, c, i, IM_NO_VALUE, true); }
            for (int i = 0; i < 10000; i++) im_drop(t, NV(node_of(t, &node_type_shape)));
            (void)im_gc_collect(t, 2, true);
            IM_DETACH(t);
            IM_ATTACH(t);
            CHECK(t->solo && im_rt.x_nthreads == 1);
#ifndef __SANITIZE_THREAD__ /* it cannot follow threads made in a fork's child */
            Job j = {im_thread_new(t), 0, b, c, 3, 0, 1000, NULL};
            CHECK(pthread_create(&j.os, NULL, run_job, &j) == 0);
            IM_DETACH(t);
            pthread_join(j.os, NULL);
            IM_ATTACH(t);
#endif
            _exit(0);
        }
        im_thread_after_fork_parent(t);
        int status = -1;
        IM_DETACH(t);
        waitpid(pid, &status, 0);
        IM_ATTACH(t);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        CHECK(im_poll(t) == 0);
    }
    IM_DETACH(t);
    for (int i = 0; i < 2; i++) pthread_join(jobs[i].os, NULL);
    IM_ATTACH(t);
    im_drop(t, NV(b));
    im_drop(t, NV(c));
}

/* --- GIL mode ------------------------------------------------------------------------------------------------------------------------------- */

static long gil_counter; /* plain: only the holder touches it */
static void *gil_main(void *p)
{
    Job *j = p;
    im_thread_enter(j->t, 0);
    for (long k = 0; k < j->n; k++) {
        long v = gil_counter;
        Node *n = node_of(j->t, &node_type_shape);
        n->x_a = im_new_ref(NV(n));
        put(j->t, j->locked, (int)(k % SLOTS), NV(n), false);
        gil_counter = v + 1;
        CHECK(im_poll(j->t) == 0);
        if ((k & 255) == 0) { IM_DETACH(j->t); IM_ATTACH(j->t); }
    }
    im_thread_leave(j->t);
    return NULL;
}
static void gil_race(Thread *t)
{
    static Job jobs[MAX_THREADS];
    long n = 20000 * scale;
    im_rt.switch_interval = 0.0002;
    Box *b = (Box *)im_object_alloc(t, (ImShape *)&box_shape, IM_TF_GC, sizeof(Box));
    for (int i = 0; i < MAX_THREADS; i++) {
        jobs[i] = (Job){.t = im_thread_new(t), .n = n, .locked = b};
        CHECK(pthread_create(&jobs[i].os, NULL, gil_main, &jobs[i]) == 0);
    }
    IM_DETACH(t);
    for (int i = 0; i < MAX_THREADS; i++) pthread_join(jobs[i].os, NULL);
    IM_ATTACH(t);
    CHECK(gil_counter == n * MAX_THREADS && im_is_private(NV(b)));
    im_drop(t, NV(b));
    (void)im_gc_collect(t, 2, true);
    CHECK(x_made == x_died);
}

int main(int argc, char **argv)
{
    scale = argc > 1 && atol(argv[1]) > 0 ? atol(argv[1]) : 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    pid_t pid = fork(); /* the mode is chosen once per process */
    if (pid == 0) {
        gil_race(unit_init(true));
        return 0;
    }
    int status = -1;
    waitpid(pid, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    Thread *t = unit_init(false);
    long n = 50000 * scale;
    race(t, "plain", 4, (int[]){0, 0, 0, 0}, n);
    race(t, "stops", 4, (int[]){0, 0, 0, 1}, n);
    race(t, "collects", 4, (int[]){0, 3, 0, 2}, n);
    shared_cycles(t);
    solo(t);
    lock_race(t);
    uncounted(t);
    fork_race(t);
    puts("mem_threads: ok");
    return 0;
}
