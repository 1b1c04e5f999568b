/* posix: the scheduler.
 * SPDX-License-Identifier: MIT */
#include <sched.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "modules/config.h"
#include "modules/posix.h"

static Value param_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "sched_param", "(sched_priority)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value v[1] = {im_new_ref(a.v[0])};
    im_args_fini(t, &a);
    return im_structseq_new(t, type, v);
}
/* sched_param from an instance of posix.sched_param. */
static int param_arg(Thread *t, Value v, struct sched_param *out)
{
    if (!im_is_instance_of(v, im_as_type(im_posix_types.sched_param))) return im_raise_type(t, "must have a sched_param object"), -1;
    *out = (struct sched_param){0};
    return im_as_int(t, im_tuple_get(v, 0), &out->sched_priority);
}
static Value param_value(Thread *t, const struct sched_param *p)
{
    Value v[1] = {im_int(p->sched_priority)};
    return im_structseq_new(t, im_as_type(im_posix_types.sched_param), v);
}
IM_METHOD(param_reduce)
{
    Value args_ = im_tuple_from_array(t, im_tuple_items(self), 1);
    return im_tuple_of(t, (Value[]){im_new_ref(im_type_value(im_type_of(self))), args_}, 2);
}

#define INT(var, i) \
    int var; \
    if (im_as_int(t, args[i], &var) < 0) return IM_NO_VALUE
IM_METHOD(sched_max) { INT(p, 0); int r = sched_get_priority_max(p); return r < 0 ? IM_ERRNO(t) : im_int(r); }
IM_METHOD(sched_min) { INT(p, 0); int r = sched_get_priority_min(p); return r < 0 ? IM_ERRNO(t) : im_int(r); }
IM_METHOD(do_yield)
{
    int r, e;
    IM_DETACH(t);
    r = sched_yield();
    e = errno;
    IM_ATTACH(t);
    return r < 0 ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(do_getscheduler) { INT(p, 0); int r = sched_getscheduler(p); return r < 0 ? IM_ERRNO(t) : im_int(r); }
IM_METHOD(do_setscheduler)
{
    INT(pid, 0);
    INT(policy, 1);
    struct sched_param sp;
    if (param_arg(t, args[2], &sp) < 0) return IM_NO_VALUE;
    return sched_setscheduler(pid, policy, &sp) < 0 ? IM_ERRNO(t) : IM_NONE;
}
IM_METHOD(do_getparam)
{
    INT(pid, 0);
    struct sched_param sp;
    return sched_getparam(pid, &sp) < 0 ? IM_ERRNO(t) : param_value(t, &sp);
}
IM_METHOD(do_setparam)
{
    INT(pid, 0);
    struct sched_param sp;
    if (param_arg(t, args[1], &sp) < 0) return IM_NO_VALUE;
    return sched_setparam(pid, &sp) < 0 ? IM_ERRNO(t) : IM_NONE;
}
IM_METHOD(do_rr_interval)
{
    INT(pid, 0);
    struct timespec ts;
    return sched_rr_get_interval(pid, &ts) < 0 ? IM_ERRNO(t) : im_float_new(t, (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec);
}

enum { MAX_CPUS = 1 << 16 };
IM_METHOD(do_getaffinity)
{
    INT(pid, 0);
    for (int cpus = 1024; cpus <= MAX_CPUS; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        if (!set) return im_raise_memory(t);
        size_t size = CPU_ALLOC_SIZE((size_t)cpus);
        CPU_ZERO_S(size, set);
        int r = sched_getaffinity(pid, size, set), e = errno;
        Value v = r < 0 ? IM_NO_VALUE : im_set_new(t, IM_NO_VALUE);
        for (int i = 0; i < cpus && !im_no_value(v); i++)
            if (CPU_ISSET_S((size_t)i, size, set) && im_set_add(t, v, im_int(i)) < 0) IM_CLEAR(t, v);
        CPU_FREE(set);
        if (r >= 0) return v;
        if (e != EINVAL) return im_raise_errno(t, e);
    }
    return im_raise_overflow(t, "could not allocate a large enough CPU set");
}
IM_METHOD(do_setaffinity)
{
    INT(pid, 0);
    Value it = im_iter(t, args[1]);
    if (im_no_value(it)) return it;
    size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
    cpu_set_t *set = CPU_ALLOC(MAX_CPUS);
    Value r = IM_NO_VALUE;
    if (!set) { im_raise_memory(t); goto out; }
    CPU_ZERO_S(size, set);
    for (;;) {
        Value v = im_next(t, it);
        if (im_no_value(v)) goto out;
        if (im_is_stop(v)) break;
        int64_t cpu = 0;
        bool ok = im_is_int_like(v);
        if (!ok) im_raise_type(t, "expected an iterator of ints, but iterator yielded %R", im_type_value(im_type_of(v)));
        else (void)im_int_get64(v, &cpu);
        im_drop(t, v);
        if (!ok) goto out;
        if (cpu < 0) { im_raise_valueerror(t, "negative CPU number"); goto out; }
        if (cpu >= MAX_CPUS) { im_raise_overflow(t, "CPU number too large"); goto out; }
        CPU_SET_S((size_t)cpu, size, set);
    }
    r = sched_setaffinity(pid, size, set) < 0 ? IM_ERRNO(t) : IM_NONE;
    im_spin_cpus();
out:
    if (set) CPU_FREE(set);
    im_drop(t, it);
    return r;
}
IM_METHOD(do_cpu_count)
{
    long n = im_config_cpu_count();
    if (n < 1) n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? IM_NONE : im_int(n);
}

const ImMethodDef im_posix_sched_methods[] = {
    IM_PARSED("sched_get_priority_max", sched_max, "($module, /, policy)", "Get the maximum scheduling priority for policy."),
    IM_PARSED("sched_get_priority_min", sched_min, "($module, /, policy)", "Get the minimum scheduling priority for policy."),
    IM_FIXED("sched_yield", do_yield, 0, "($module, /)", "Voluntarily relinquish the CPU."),
    IM_FIXED("sched_getscheduler", do_getscheduler, 1, "($module, pid, /)", "Get the scheduling policy for the process identified by pid."),
    IM_FIXED("sched_setscheduler", do_setscheduler, 3, "($module, pid, policy, param, /)", "Set the scheduling policy for the process identified by pid."),
    IM_FIXED("sched_getparam", do_getparam, 1, "($module, pid, /)", "Returns scheduling parameters for the process identified by pid."),
    IM_FIXED("sched_setparam", do_setparam, 2, "($module, pid, param, /)", "Set scheduling parameters for the process identified by pid."),
    IM_FIXED("sched_rr_get_interval", do_rr_interval, 1, "($module, pid, /)", "Return the round-robin quantum for the process identified by pid, in seconds."),
    IM_FIXED("sched_getaffinity", do_getaffinity, 1, "($module, pid, /)", "Return the affinity of the process identified by pid (or the current process if zero)."),
    IM_FIXED("sched_setaffinity", do_setaffinity, 2, "($module, pid, mask, /)", "Set the CPU affinity of the process identified by pid to mask."),
    IM_FIXED("cpu_count", do_cpu_count, 0, "($module, /)", "Return the number of logical CPUs in the system.\n\nReturn None if indeterminable."),
    IM_END,
};

int im_posix_sched_init(Thread *t, Value m)
{
    static const ImStructField fields[] = {{"sched_priority", "the scheduling priority"}};
    static const ImMethodDef reduce = IM_FIXED("__reduce__", param_reduce, 0, NULL, NULL);
    static const ImIntRow rows[] = {{"SCHED_OTHER", SCHED_OTHER}, {"SCHED_FIFO", SCHED_FIFO}, {"SCHED_RR", SCHED_RR}, {"SCHED_BATCH", SCHED_BATCH}, {"SCHED_IDLE", SCHED_IDLE},
        {"SCHED_RESET_ON_FORK", SCHED_RESET_ON_FORK}};
    if (IM_ADD_INT_ROWS(t, m, rows) < 0) return -1;
    if (im_posix_add_seq(t, m, &im_posix_types.sched_param, "posix.sched_param", "Currently has only one field: sched_priority", fields, 1, 1) < 0) return -1;
    ImType *ty = im_as_type(im_posix_types.sched_param);
    ty->slots.new_ = param_new;
    Value d = im_method_descr_new(t, ty, &reduce);
    int r = im_no_value(d) ? -1 : im_type_set(t, ty, IM_S(__reduce__), d);
    im_xdrop(t, d);
    return r;
}
