/* time: clocks, sleeping, calendar times and their text.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

#include "modules/syscall.h"

static Value x_struct_time; /* the type; root */

/* --- clocks ----------------------------------------------------------------------------------------------------------------------- */

static int clock_now(Thread *t, clockid_t id, int64_t *ns)
{
    struct timespec ts;
    if (clock_gettime(id, &ts) < 0) return IM_ERRNO(t), -1;
    if (__builtin_mul_overflow(ts.tv_sec, 1000000000, ns) || __builtin_add_overflow(*ns, ts.tv_nsec, ns))
        return im_raise_overflow(t, "timestamp too large to convert to C PyTime_t"), -1;
    return 0;
}
/* Nanoseconds as seconds: exact division keeps the last digits right. */
static Value seconds(Thread *t, int64_t ns)
{
    return im_float_new(t, ns % 1000000000 == 0 ? (double)(ns / 1000000000) : (double)ns / 1e9);
}
#define CLOCK(name, id) \
    IM_METHOD(name) { int64_t ns; return clock_now(t, id, &ns) < 0 ? IM_NO_VALUE : seconds(t, ns); } \
    IM_METHOD(name##_ns) { int64_t ns; return clock_now(t, id, &ns) < 0 ? IM_NO_VALUE : im_int_new(t, ns); }
CLOCK(do_time, CLOCK_REALTIME)
CLOCK(do_monotonic, CLOCK_MONOTONIC)
CLOCK(do_process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK(do_thread_time, CLOCK_THREAD_CPUTIME_ID)

#define CLOCK_ARG() \
    int id; \
    if (im_as_int(t, args[0], &id) < 0) return IM_NO_VALUE
IM_METHOD(do_clock_gettime) { CLOCK_ARG(); int64_t ns; return clock_now(t, id, &ns) < 0 ? IM_NO_VALUE : seconds(t, ns); }
IM_METHOD(do_clock_gettime_ns) { CLOCK_ARG(); int64_t ns; return clock_now(t, id, &ns) < 0 ? IM_NO_VALUE : im_int_new(t, ns); }
IM_METHOD(do_clock_getres)
{
    CLOCK_ARG();
    struct timespec ts;
    return clock_getres(id, &ts) < 0 ? IM_ERRNO(t) : im_float_new(t, (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9);
}
static Value set_clock(Thread *t, clockid_t id, int64_t ns)
{
    struct timespec ts = im_timespec(ns);
    return clock_settime(id, &ts) < 0 ? IM_ERRNO(t) : IM_NONE;
}
IM_METHOD(do_clock_settime) { CLOCK_ARG(); int64_t ns; return im_seconds_arg(t, args[1], IM_ROUND_FLOOR, &ns) < 0 ? IM_NO_VALUE : set_clock(t, id, ns); }
IM_METHOD(do_clock_settime_ns) { CLOCK_ARG(); int64_t ns; return im_nanoseconds_arg(t, args[1], &ns) < 0 ? IM_NO_VALUE : set_clock(t, id, ns); }
IM_METHOD(do_getcpuclockid)
{
    uint64_t thread;
    clockid_t id;
    if (im_as_uint64_wrap(t, args[0], &thread) < 0) return IM_NO_VALUE;
    int e = pthread_getcpuclockid((pthread_t)thread, &id);
    return e ? im_raise_errno(t, e) : im_int(id);
}

IM_METHOD(do_get_clock_info)
{
    static const struct { const char *name, *how; clockid_t id; bool monotonic, adjustable; } rows[] = {
        {"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, false, true},
        {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
        {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
        {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, true, false},
        {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, true, false},
    };
    if (!im_is_str(args[0])) return im_raise_type(t, "get_clock_info() argument 1 must be str, not %.50T", args[0]);
    for (size_t i = 0; i < IM_COUNTOF(rows); i++) {
        if (!im_str_equal_cstr(args[0], rows[i].name)) continue;
        struct timespec ts = {0, 1};
        clock_getres(rows[i].id, &ts);
        Value d = im_dict_new(t), how = im_str_from_cstr(t, rows[i].how), res = im_float_new(t, (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9), r = IM_NO_VALUE;
        if (!im_no_value(d) && !im_no_value(how) && !im_no_value(res) && im_dict_set_cstr(t, d, "implementation", how) == 0 &&
            im_dict_set_cstr(t, d, "monotonic", im_bool(rows[i].monotonic)) == 0 && im_dict_set_cstr(t, d, "adjustable", im_bool(rows[i].adjustable)) == 0 &&
            im_dict_set_cstr(t, d, "resolution", res) == 0)
            r = im_namespace_new(t, d);
        im_xdrop(t, d);
        im_xdrop(t, how);
        im_xdrop(t, res);
        return r;
    }
    return im_raise_valueerror(t, "unknown clock");
}

IM_METHOD(do_sleep)
{
    int64_t ns;
    if (IM_AUDIT(t, "time.sleep", args[0]) < 0 || im_seconds_arg(t, args[0], IM_ROUND_UP, &ns) < 0) return IM_NO_VALUE;
    if (ns < 0) return im_raise_valueerror(t, "sleep length must be non-negative");
    int64_t now = im_monotonic_ns(), deadline;
    if (__builtin_add_overflow(now, ns, &deadline)) deadline = INT64_MAX;
    struct timespec ts = im_timespec(deadline);
    for (;;) {
        int e;
        IM_DETACH(t);
        e = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
        IM_ATTACH(t);
        if (e == 0) return IM_NONE;
        if (e != EINTR) return im_raise_errno(t, e);
        if (im_poll(t) < 0) return IM_NO_VALUE;
    }
}

/* --- calendar -------------------------------------------------------------------------------------------------------------------------- */

static Value from_tm(Thread *t, const struct tm *p)
{
    Value v[11] = {im_int_new(t, p->tm_year + (int64_t)1900), im_int(p->tm_mon + 1), im_int(p->tm_mday), im_int(p->tm_hour), im_int(p->tm_min), im_int(p->tm_sec),
        im_int((p->tm_wday + 6) % 7), im_int(p->tm_yday + 1), im_int(p->tm_isdst),
        im_str_decode(t, p->tm_zone ? p->tm_zone : "", (ssize_t)strlen(p->tm_zone ? p->tm_zone : ""), "utf-8", "surrogateescape"), im_int(p->tm_gmtoff)};
    return im_structseq_new(t, im_as_type(x_struct_time), v);
}
/* The time given, or now. */
static int when_arg(Thread *t, const Value *args, size_t nargs, time_t *out)
{
    if (nargs == 0 || im_is_none(args[0])) {
        *out = time(NULL);
        return 0;
    }
    return im_time_t_arg(t, args[0], out);
}
static int local(Thread *t, time_t when, struct tm *out)
{
    errno = 0;
    if (localtime_r(&when, out)) return 0;
    return im_raise_errno(t, errno ? errno : EINVAL), -1;
}
IM_METHOD(do_gmtime)
{
    time_t when;
    struct tm tm;
    if (when_arg(t, args, nargs, &when) < 0) return IM_NO_VALUE;
    errno = 0;
    if (!gmtime_r(&when, &tm)) return im_raise_errno(t, errno ? errno : EINVAL);
    return from_tm(t, &tm);
}
IM_METHOD(do_localtime)
{
    time_t when;
    struct tm tm;
    return when_arg(t, args, nargs, &when) < 0 || local(t, when, &tm) < 0 ? IM_NO_VALUE : from_tm(t, &tm);
}

/* Nine ints of a tuple. `zone` keeps the text of tm_zone alive. */
static int tm_arg(Thread *t, Value v, const char *fname, struct tm *out, Value *zone)
{
    *zone = IM_NO_VALUE;
    memset(out, 0, sizeof(*out));
    bool own = im_is_instance_of(v, im_as_type(x_struct_time));
    if (!own && !im_is_tuple(v)) return im_raise_type(t, "Tuple or struct_time argument required"), -1;
    if (im_tuple_len(v) != 9) return im_raise_type(t, "%s(): illegal time tuple argument", fname), -1;
    int f[9];
    for (int i = 0; i < 9; i++)
        if (im_as_int(t, im_tuple_get(v, i), &f[i]) < 0) return -1;
    if (f[0] < INT32_MIN + 1900) return im_raise_overflow(t, "year out of range"), -1;
    *out = (struct tm){.tm_year = f[0] - 1900, .tm_mon = f[1] - 1, .tm_mday = f[2], .tm_hour = f[3], .tm_min = f[4], .tm_sec = f[5],
        .tm_wday = (f[6] % 7 + 1) % 7, .tm_yday = f[7] - 1, .tm_isdst = f[8]};
    if (f[6] < 0) out->tm_wday = f[6] == -1 ? 0 : (f[6] + 1) % 7;
    if (own) {
        Value z = im_tuple_items(v)[9], off = im_tuple_items(v)[10];
        int64_t n;
        if (im_is_int(off)) { (void)im_int_get64(off, &n); out->tm_gmtoff = n; }
        if (im_is_str(z)) {
            const char *s = im_str_utf8(t, z, NULL);
            if (!s) return -1;
            *zone = im_new_ref(z);
            out->tm_zone = s;
        }
    }
    return 0;
}
static int check_tm(Thread *t, struct tm *p)
{
    if (p->tm_mon == -1) p->tm_mon = 0;
    else if (p->tm_mon < 0 || p->tm_mon > 11) return im_raise_valueerror(t, "month out of range"), -1;
    if (p->tm_mday == 0) p->tm_mday = 1;
    else if (p->tm_mday < 0 || p->tm_mday > 31) return im_raise_valueerror(t, "day of month out of range"), -1;
    if (p->tm_hour < 0 || p->tm_hour > 23) return im_raise_valueerror(t, "hour out of range"), -1;
    if (p->tm_min < 0 || p->tm_min > 59) return im_raise_valueerror(t, "minute out of range"), -1;
    if (p->tm_sec < 0 || p->tm_sec > 61) return im_raise_valueerror(t, "seconds out of range"), -1;
    if (p->tm_wday < 0) return im_raise_valueerror(t, "day of week out of range"), -1;
    if (p->tm_yday == -1) p->tm_yday = 0;
    else if (p->tm_yday < 0 || p->tm_yday > 365) return im_raise_valueerror(t, "day of year out of range"), -1;
    return 0;
}
static Value text_of(Thread *t, const struct tm *p)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char buf[80];
    snprintf(buf, sizeof(buf), "%s %s%3d %.2d:%.2d:%.2d %lld", days[p->tm_wday], months[p->tm_mon], p->tm_mday, p->tm_hour, p->tm_min, p->tm_sec, 1900 + (long long)p->tm_year);
    return im_str_from_cstr(t, buf);
}
IM_METHOD(do_asctime)
{
    struct tm tm;
    Value zone = IM_NO_VALUE, r = IM_NO_VALUE;
    if (nargs == 0 ? local(t, time(NULL), &tm) == 0 : tm_arg(t, args[0], "asctime", &tm, &zone) == 0 && check_tm(t, &tm) == 0) r = text_of(t, &tm);
    im_xdrop(t, zone);
    return r;
}
IM_METHOD(do_ctime)
{
    time_t when;
    struct tm tm;
    return when_arg(t, args, nargs, &when) < 0 || local(t, when, &tm) < 0 ? IM_NO_VALUE : text_of(t, &tm);
}
IM_METHOD(do_mktime)
{
    struct tm tm;
    Value zone;
    if (tm_arg(t, args[0], "mktime", &tm, &zone) < 0) return IM_NO_VALUE;
    im_xdrop(t, zone);
    tm.tm_wday = -1; /* tells -1 from failure */
    time_t r = mktime(&tm);
    if (r == -1 && tm.tm_wday == -1) return im_raise_overflow(t, "mktime argument out of range");
    return im_float_new(t, (double)r);
}

/* --- strftime ----------------------------------------------------------------------------------------------------------------------------- */

/* One run of ASCII format. */
static int format_run(Thread *t, ImStrBuilder *b, const char *run, size_t len, const struct tm *tm)
{
    char small[256], *buf = small;
    size_t n = 0;
    for (size_t room = sizeof(small);; room *= 2) {
        if (buf != small || room > sizeof(small)) {
            if (buf != small) im_raw_free(buf);
            if (!(buf = im_raw_alloc(t, room))) return -1;
        }
        n = strftime(buf, room, run, tm);
        if (n || room >= 256 * (len + 1)) break; /* %Z and the like may be empty */
    }
    Value s = im_str_decode(t, buf, (ssize_t)n, "utf-8", "surrogateescape");
    int r = im_no_value(s) ? -1 : im_sb_str(t, b, s);
    im_xdrop(t, s);
    if (buf != small) im_raw_free(buf);
    return r;
}
IM_METHOD(do_strftime)
{
    struct tm tm;
    Value zone = IM_NO_VALUE, r = IM_NO_VALUE;
    if (!im_is_str(args[0])) return im_raise_type(t, "strftime() argument 1 must be str, not %.50T", args[0]);
    if (nargs == 1 ? local(t, time(NULL), &tm) < 0 : tm_arg(t, args[1], "strftime", &tm, &zone) < 0 || check_tm(t, &tm) < 0) { im_xdrop(t, zone); return r; }
    if (tm.tm_isdst < -1) tm.tm_isdst = -1;
    else if (tm.tm_isdst > 1) tm.tm_isdst = 1;
    ssize_t len = im_str_len(args[0]);
    int kind = im_str_kind(args[0]);
    const void *data = im_str_data(args[0]);
    char *run = im_raw_alloc(t, (size_t)len + 1);
    ImStrBuilder b;
    im_sb_init(&b);
    bool ok = run != NULL;
    for (ssize_t i = 0; ok && i < len;) {
        size_t n = 0;
        uint32_t c = 0;
        while (i < len && (c = im_str_read(kind, data, i)) != 0 && c < 128) { run[n++] = (char)c; i++; }
        run[n] = 0;
        if (n) ok = format_run(t, &b, run, n, &tm) == 0;
        else { ok = im_sb_char(t, &b, c) == 0; i++; } /* outside ASCII: as it is */
    }
    if (ok) r = im_sb_finish(t, &b);
    else im_sb_free(&b);
    im_raw_free(run);
    im_xdrop(t, zone);
    return r;
}
IM_METHOD(do_strptime)
{
    Value f = im_import_from(t, "_strptime", "_strptime_time");
    if (im_no_value(f)) return f;
    Value r = im_call(t, f, args, nargs, IM_NO_VALUE);
    im_drop(t, f);
    return r;
}

/* --- time zone ------------------------------------------------------------------------------------------------------------------------------- */

/* Offset and name in January and July of this year tell which is standard time. */
static int add_zone(Thread *t, Value m)
{
    const time_t year = (365 * 24 + 6) * 3600;
    time_t january = time(NULL) / year * year;
    struct tm a, b;
    tzset();
    if (local(t, january, &a) < 0 || local(t, january + year / 2, &b) < 0) return -1;
    if (a.tm_gmtoff > b.tm_gmtoff) { struct tm s = a; a = b; b = s; } /* south of the equator */
    if (im_module_add_int(t, m, "timezone", -a.tm_gmtoff) < 0 || im_module_add_int(t, m, "altzone", -b.tm_gmtoff) < 0 ||
        im_module_add_int(t, m, "daylight", a.tm_gmtoff != b.tm_gmtoff) < 0) return -1;
    const char *an = a.tm_zone ? a.tm_zone : "", *bn = b.tm_zone ? b.tm_zone : "";
    return im_module_add(t, m, "tzname", im_tuple_of(t, (Value[]){im_str_decode(t, an, (ssize_t)strlen(an), "utf-8", "surrogateescape"),
        im_str_decode(t, bn, (ssize_t)strlen(bn), "utf-8", "surrogateescape")}, 2));
}
IM_METHOD(do_tzset) { return add_zone(t, self) < 0 ? IM_NO_VALUE : IM_NONE; }

/* --- the module -------------------------------------------------------------------------------------------------------------------------------- */

#define NOARGS(name, fn, doc) IM_FIXED(name, fn, 0, "($self, /)", doc)
static const ImMethodDef methods[] = {
    NOARGS("time", do_time, "time() -> floating-point number\n\nReturn the current time in seconds since the Epoch."),
    NOARGS("time_ns", do_time_ns, "time_ns() -> int\n\nReturn the current time in nanoseconds since the Epoch."),
    NOARGS("monotonic", do_monotonic, "monotonic() -> float\n\nMonotonic clock, cannot go backward."), NOARGS("monotonic_ns", do_monotonic_ns, "monotonic_ns() -> int\n\nMonotonic clock, cannot go backward, as nanoseconds."),
    NOARGS("perf_counter", do_monotonic, "perf_counter() -> float\n\nPerformance counter for benchmarking."), NOARGS("perf_counter_ns", do_monotonic_ns, "perf_counter_ns() -> int\n\nPerformance counter for benchmarking as nanoseconds."),
    NOARGS("process_time", do_process_time, "process_time() -> float\n\nProcess time for profiling: sum of the kernel and user-space CPU time."),
    NOARGS("process_time_ns", do_process_time_ns, "process_time_ns() -> int\n\nProcess time for profiling as nanoseconds."),
    NOARGS("thread_time", do_thread_time, "thread_time() -> float\n\nThread time for profiling: sum of the kernel and user-space CPU time."),
    NOARGS("thread_time_ns", do_thread_time_ns, "thread_time_ns() -> int\n\nThread time for profiling as nanoseconds."),
    IM_FIXED("clock_gettime", do_clock_gettime, 1, "($module, clk_id, /)", "Return the time of the specified clock clk_id as a float."),
    IM_FIXED("clock_gettime_ns", do_clock_gettime_ns, 1, "($module, clk_id, /)", "Return the time of the specified clock clk_id as nanoseconds (int)."),
    IM_FIXED("clock_settime", do_clock_settime, 2, NULL, "clock_settime(clk_id, time)\n\nSet the time of the specified clock clk_id."),
    IM_FIXED("clock_settime_ns", do_clock_settime_ns, 2, NULL, "clock_settime_ns(clk_id, time)\n\nSet the time of the specified clock clk_id with nanoseconds."),
    IM_FIXED("clock_getres", do_clock_getres, 1, NULL, "clock_getres(clk_id) -> floating-point number\n\nReturn the resolution (precision) of the specified clock clk_id."),
    IM_FIXED("pthread_getcpuclockid", do_getcpuclockid, 1, NULL, "pthread_getcpuclockid(thread_id) -> int\n\nReturn the clk_id of a thread's CPU time clock."),
    IM_FIXED("get_clock_info", do_get_clock_info, 1, NULL, "get_clock_info(name: str) -> dict\n\nGet information of the specified clock."),
    IM_FIXED("sleep", do_sleep, 1, "($self, object, /)", "sleep(seconds)\n\nDelay execution for a given number of seconds."),
    IM_RANGE("gmtime", do_gmtime, 0, 1, NULL, "gmtime([seconds]) -> struct_time\n\nConvert seconds since the Epoch to a time tuple expressing UTC (a.k.a. GMT)."),
    IM_RANGE("localtime", do_localtime, 0, 1, NULL, "localtime([seconds]) -> struct_time\n\nConvert seconds since the Epoch to a time tuple expressing local time."),
    IM_RANGE("asctime", do_asctime, 0, 1, NULL, "asctime([tuple]) -> string\n\nConvert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'."),
    IM_RANGE("ctime", do_ctime, 0, 1, NULL, "ctime(seconds) -> string\n\nConvert a time in seconds since the Epoch to a string in local time."),
    IM_FIXED("mktime", do_mktime, 1, "($self, object, /)", "mktime(tuple) -> floating-point number\n\nConvert a time tuple in local time to seconds since the Epoch."),
    IM_RANGE("strftime", do_strftime, 1, 2, NULL, "strftime(format[, tuple]) -> string\n\nConvert a time tuple to a string according to a format specification."),
    IM_RANGE("strptime", do_strptime, 0, 255, NULL, "strptime(string, format) -> struct_time\n\nParse a string to a time tuple according to a format specification."),
    IM_FIXED("tzset", do_tzset, 0, "($self, /)", "tzset()\n\nInitialize, or reinitialize, the local timezone to the value stored in os.environ['TZ']."),
    IM_END,
};

static int exec(Thread *t, Value m)
{
    static const ImStructField fields[] = {{"tm_year", "year, for example, 1993"}, {"tm_mon", "month of year, range [1, 12]"}, {"tm_mday", "day of month, range [1, 31]"},
        {"tm_hour", "hours, range [0, 23]"}, {"tm_min", "minutes, range [0, 59]"}, {"tm_sec", "seconds, range [0, 61])"}, {"tm_wday", "day of week, range [0, 6], Monday is 0"},
        {"tm_yday", "day of year, range [1, 366]"}, {"tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"}, {"tm_zone", "abbreviation of timezone name"},
        {"tm_gmtoff", "offset from UTC in seconds"}};
    static const ImIntRow rows[] = {{"CLOCK_REALTIME", CLOCK_REALTIME}, {"CLOCK_MONOTONIC", CLOCK_MONOTONIC}, {"CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW},
        {"CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID}, {"CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID}, {"CLOCK_BOOTTIME", CLOCK_BOOTTIME}, {"CLOCK_TAI", CLOCK_TAI},
        {"_STRUCT_TM_ITEMS", 11}};
    if (im_no_value(x_struct_time)) {
        ImType *ty = im_structseq_type(t, "time.struct_time", "The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().  "
            "May be considered as a\nsequence of 9 integers.\n\nNote that several fields' values are not the same as those defined by\nthe C language standard for struct tm.", fields, 11, 9);
        if (!ty) return -1;
        x_struct_time = im_type_value(ty);
        im_root_add(&x_struct_time);
    }
    if (im_module_add(t, m, "struct_time", im_new_ref(x_struct_time)) < 0 || IM_ADD_INT_ROWS(t, m, rows) < 0) return -1;
    return add_zone(t, m);
}
static const ImModuleDef def = {.name = "time", .doc = "This module provides various functions to manipulate time values.", .methods = methods, .exec = exec};
IM_MODULE(def);
