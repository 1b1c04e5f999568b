/* _datetime: the module and datetime.datetime.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "modules/datetime.h"

enum { FOLD_MAX = 24 * 3600 };
#define SECONDS(p) im_dt_seconds((p)->d.year, (p)->d.month, (p)->d.day, (p)->c.hour, (p)->c.minute, (p)->c.second)
IM_INLINE ImWide us_of(Value v) { ImDateTime *p = im_dtp(v); return (ImWide)SECONDS(p) * 1000000 + p->c.us; }

static Value alloc(Thread *t, ImType *type, int y, int m, int d, ImClock c, Value tz)
{
    ImDateTime *p = (ImDateTime *)im_instance_alloc(t, type, 0);
    if (!p) return IM_NO_VALUE;
    p->d.x_hash = -1;
    p->d.year = y;
    p->d.month = m;
    p->d.day = d;
    p->c = c;
    if (!im_no_value(tz) && !im_is_none(tz)) p->tz = im_new_ref(tz);
    return im_value(p);
}
Value im_datetime_new(Thread *t, ImType *type, int64_t y, int64_t m, int64_t d, ImClock c, Value tz)
{
    if (im_dt_check_date(t, y, m, d) < 0 || im_dt_check_clock(t, c.hour, c.minute, c.second, c.us, c.fold) < 0 || im_dt_check_tz(t, tz) < 0) return IM_NO_VALUE;
    if (type == &im_dt_datetime_type) return alloc(t, type, (int)y, (int)m, (int)d, c, tz);
    Value args[9] = {im_int(y), im_int(m), im_int(d), im_int(c.hour), im_int(c.minute), im_int(c.second), im_int(c.us), im_no_value(tz) ? IM_NONE : tz, im_int(c.fold)};
    Value r = im_call(t, im_type_value(type), args, 8, IM_NO_VALUE);
    if (c.fold && !im_no_value(r) && im_is_datetime(r)) im_dtp(r)->c.fold = c.fold; /* nobody else has it yet */
    return r;
}
static Value of_seconds(Thread *t, ImType *type, int64_t s, int us, Value tz)
{
    int64_t days = s / 86400, rest = s % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    if (days < 1 || days > DT_MAX_ORDINAL) return im_raise_overflow(t, "date value out of range");
    int y, m, d;
    im_dt_from_ordinal((int)days, &y, &m, &d);
    return im_datetime_new(t, type, y, m, d, (ImClock){(int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60), us, 0}, tz);
}
static Value datetime_tp_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs >= 1 && nargs <= 2 && im_no_value(kwnames) && (im_is_bytes(args[0]) || im_is_str(args[0]))) {
        uint8_t p[10];
        int is = im_dt_state(t, args[0], 10, "datetime", p);
        if (is < 0) return IM_NO_VALUE;
        if (is && (p[2] & 0x7F) >= 1 && (p[2] & 0x7F) <= 12) {
            if (nargs > 1 && !im_is_none(args[1]) && !im_dt_is(args[1], &im_dt_tzinfo_type)) return im_raise_type(t, "bad tzinfo state arg");
            return alloc(t, type, p[0] << 8 | p[1], p[2] & 0x7F, p[3], (ImClock){p[4], p[5], p[6], p[7] << 16 | p[8] << 8 | p[9], p[2] >> 7}, nargs > 1 ? args[1] : IM_NO_VALUE);
        }
    }
    ImArgs a;
    int64_t v[8] = {0};
    if (im_parse_args(t, NULL, "(year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    for (int i = 0; i < 7; i++) if (im_dt_int(t, a.v[i], &v[i]) < 0) goto out;
    if (im_dt_int(t, a.v[8], &v[7]) < 0) goto out;
    if (im_dt_check_date(t, v[0], v[1], v[2]) < 0 || im_dt_check_clock(t, v[3], v[4], v[5], v[6], v[7]) < 0 || im_dt_check_tz(t, a.v[7]) < 0) goto out;
    r = alloc(t, type, (int)v[0], (int)v[1], (int)v[2], (ImClock){(int)v[3], (int)v[4], (int)v[5], (int)v[6], (int)v[7]}, a.v[7]);
out:
    im_args_fini(t, &a);
    return r;
}
static Value offset_of(Thread *t, Value self) { return im_tz_offset(t, im_dtp(self)->tz, IM_S(utcoffset), self); }
static Value plain_copy(Thread *t, Value v, Value tz, int fold)
{
    ImDateTime *p = im_dtp(v);
    ImClock c = p->c;
    c.fold = fold;
    return alloc(t, &im_dt_datetime_type, p->d.year, p->d.month, p->d.day, c, tz);
}

/* --- from timestamps ------------------------------------------------------------------------------------------------------------------------- */

static Value of_timestamp(Thread *t, ImType *type, int64_t s, int us, bool local, Value tz)
{
    time_t at = s;
    struct tm tm;
    errno = 0;
    if (!(local ? localtime_r(&at, &tm) : gmtime_r(&at, &tm))) return im_raise_errno(t, errno ? errno : EINVAL);
    int64_t y = (int64_t)tm.tm_year + 1900;
    ImClock c = {tm.tm_hour, tm.tm_min, tm.tm_sec > 59 ? 59 : tm.tm_sec, us, 0};
    if (im_dt_check_date(t, y, tm.tm_mon + 1, tm.tm_mday) < 0) return IM_NO_VALUE;
    if (local && im_no_value(tz) && s + DT_EPOCH_SECONDS - FOLD_MAX > 0) { /* the second of two equal local times? */
        int64_t now = im_dt_seconds((int)y, tm.tm_mon + 1, tm.tm_mday, c.hour, c.minute, c.second), probe, utc = s + DT_EPOCH_SECONDS;
        if (im_dt_local(t, utc - FOLD_MAX, &probe) < 0) return IM_NO_VALUE;
        int64_t transition = now - probe - FOLD_MAX;
        if (transition < 0) {
            if (im_dt_local(t, utc + transition, &probe) < 0) return IM_NO_VALUE;
            c.fold = probe == now;
        }
    }
    return im_datetime_new(t, type, y, tm.tm_mon + 1, tm.tm_mday, c, tz);
}
static Value now_in(Thread *t, Value cls, bool local, Value tz)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return of_timestamp(t, im_as_type(cls), ts.tv_sec, (int)(ts.tv_nsec / 1000), local, tz);
}
static Value finish(Thread *t, Value v, Value tz) /* steals v: UTC fields with tz attached; tz.fromutc(v) */
{
    if (im_no_value(v)) return v;
    Value r = im_call_method1(t, tz, IM_S(fromutc), v);
    im_drop(t, v);
    return r;
}
DT_METHOD(dt_now)
{
    Value tz = args[0];
    if (im_no_value(tz) || im_is_none(tz)) return now_in(t, self, true, IM_NO_VALUE);
    return im_dt_check_tz(t, tz) < 0 ? IM_NO_VALUE : finish(t, now_in(t, self, false, tz), tz);
}
DT_METHOD(dt_utcnow)
{
    if (im_warn(t, &im_DeprecationWarning_type, 1,
                "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. Use timezone-aware objects to represent datetimes in UTC: "
                "datetime.datetime.now(datetime.UTC).") < 0) return IM_NO_VALUE;
    return now_in(t, self, false, IM_NO_VALUE);
}
DT_METHOD(dt_fromtimestamp)
{
    int64_t s;
    int us;
    Value tz = im_no_value(args[1]) || im_is_none(args[1]) ? IM_NO_VALUE : args[1];
    if (im_dt_check_tz(t, tz) < 0 || im_dt_timestamp_arg(t, args[0], &s, &us) < 0) return IM_NO_VALUE;
    if (im_no_value(tz)) return of_timestamp(t, im_as_type(self), s, us, true, tz);
    return finish(t, of_timestamp(t, im_as_type(self), s, us, false, tz), tz);
}
DT_METHOD(dt_utcfromtimestamp)
{
    int64_t s;
    int us;
    if (im_warn(t, &im_DeprecationWarning_type, 1,
                "datetime.datetime.utcfromtimestamp() is deprecated and scheduled for removal in a future version. Use timezone-aware objects to represent datetimes in UTC: "
                "datetime.datetime.fromtimestamp(timestamp, datetime.UTC).") < 0) return IM_NO_VALUE;
    return im_dt_timestamp_arg(t, args[0], &s, &us) < 0 ? IM_NO_VALUE : of_timestamp(t, im_as_type(self), s, us, false, IM_NO_VALUE);
}
DT_METHOD(dt_strptime)
{
    for (int i = 0; i < 2; i++) if (!im_is_str(args[i])) return im_raise_type(t, "strptime() argument %d must be str, not %T", i + 1, args[i]);
    Value fn = im_import_from(t, "_strptime", "_strptime_datetime"), r = im_no_value(fn) ? fn : im_call3(t, fn, self, args[0], args[1]);
    im_xdrop(t, fn);
    return r;
}
DT_METHOD(dt_combine)
{
    if (!im_is_date(args[0])) return im_raise_type(t, "combine() argument 1 must be datetime.date, not %T", args[0]);
    if (!im_is_time(args[1])) return im_raise_type(t, "combine() argument 2 must be datetime.time, not %T", args[1]);
    ImDate *d = im_datep(args[0]);
    ImTime *c = im_timep(args[1]);
    return im_datetime_new(t, im_as_type(self), d->year, d->month, d->day, c->c, im_no_value(args[2]) ? c->tz : args[2]);
}

/* Where the date ends: 7, 8 or 10. */
static size_t separator_at(const char *p, size_t n)
{
    if (n == 7) return 7;
    if (p[4] == '-') {
        if (p[5] != 'W') return 10;
        if (n == 8 || p[8] != '-') return 8;                  /* YYYY-Www */
        if (n == 9) return n + 1;                             /* nothing after the separator */
        return n > 10 && p[10] >= '0' && p[10] <= '9' ? 8 : 10; /* YYYY-Www-HH: rather a separator than a digit as one */
    }
    if (p[4] == 'W') {
        size_t i = 7;
        while (i < n && p[i] >= '0' && p[i] <= '9') i++;
        if (i < 9) return i;
        return i % 2 == 0 ? 7 : 8;
    }
    return 8;
}
DT_METHOD(dt_fromisoformat)
{
    if (!im_is_str(args[0])) return im_raise_type(t, "fromisoformat: argument must be str");
    char buf[80];
    ssize_t n = im_dt_ascii(args[0], buf, sizeof buf);
    int y, m, d;
    ImClock c = {0};
    Value tz = IM_NO_VALUE, r = IM_NO_VALUE;
    if (n < 7) goto bad;
    size_t sep = separator_at(buf, (size_t)n);
    if (sep > (size_t)n || im_dt_parse_date(buf, sep, &y, &m, &d) < 0) goto bad;
    if ((size_t)n > sep) {
        int e = (size_t)n == sep + 1 ? -1 : im_dt_parse_time(t, buf + sep + 1, (size_t)n - sep - 1, &c, &tz);
        if (e == -1) goto bad;
        if (e < 0) return r;
    }
    r = im_datetime_new(t, im_as_type(self), y, m, d, c, tz);
    im_xdrop(t, tz);
    return r;
bad:
    return im_raise_valueerror(t, "Invalid isoformat string: %R", args[0]);
}

/* --- arithmetic ----------------------------------------------------------------------------------------------------------------------------------- */

/* v + sign * delta. */
static Value shifted(Thread *t, Value v, Value delta, int sign)
{
    ImDateTime *p = im_dtp(v);
    ImDelta *d = im_deltap(delta);
    int64_t us = p->c.us + sign * d->us, s = (int64_t)p->c.hour * 3600 + p->c.minute * 60 + p->c.second + sign * d->seconds, days = sign * (int64_t)d->days;
    /* Each part of the delta is below one unit of the next. */
    if (us < 0) us += 1000000, s--;
    else if (us >= 1000000) us -= 1000000, s++;
    if (s < 0) s += 86400, days--;
    else if (s >= 86400) s -= 86400, days++;
    int y = p->d.year, m = p->d.month, day = p->d.day;
    if (days >= 1 - day && days <= 28 - day) day += (int)days; /* the same month */
    else {
        days += im_dt_ordinal(y, m, day);
        if (days < 1 || days > DT_MAX_ORDINAL) return im_raise_overflow(t, "date value out of range");
        im_dt_from_ordinal((int)days, &y, &m, &day);
    }
    ImClock c = {(int)s / 3600, (int)s / 60 % 60, (int)s % 60, (int)us, 0};
    if (im_type_of(v) == &im_dt_datetime_type) return alloc(t, &im_dt_datetime_type, y, m, day, c, p->tz);
    return im_datetime_new(t, im_type_of(v), y, m, day, c, p->tz);
}
static Value dt_add(Thread *t, Value a, Value b)
{
    if (im_is_datetime(a) && im_is_delta(b)) return shifted(t, a, b, 1);
    if (im_is_delta(a) && im_is_datetime(b)) return shifted(t, b, a, 1);
    return IM_NOT_IMPLEMENTED;
}
static Value dt_sub(Thread *t, Value a, Value b)
{
    if (!im_is_datetime(a)) return IM_NOT_IMPLEMENTED;
    if (im_is_delta(b)) return shifted(t, a, b, -1);
    if (!im_is_datetime(b)) return IM_NOT_IMPLEMENTED;
    if (im_same(im_dtp(a)->tz, im_dtp(b)->tz)) {
        ImDateTime *x = im_dtp(a), *y = im_dtp(b);
        return im_delta_new(t, &im_dt_delta_type, im_dt_ordinal(x->d.year, x->d.month, x->d.day) - im_dt_ordinal(y->d.year, y->d.month, y->d.day),
                            (x->c.hour - y->c.hour) * 3600 + (x->c.minute - y->c.minute) * 60 + x->c.second - y->c.second, x->c.us - y->c.us);
    }
    ImWide diff = us_of(a) - us_of(b);
    Value o1 = offset_of(t, a), o2 = im_no_value(o1) ? o1 : offset_of(t, b);
    bool bad = im_no_value(o2), n1 = !bad && im_is_none(o1), n2 = !bad && im_is_none(o2);
    if (!bad && !n1 && !n2) diff -= im_delta_us(o1) - im_delta_us(o2);
    im_xdrop(t, o1);
    im_xdrop(t, o2);
    if (bad) return IM_NO_VALUE;
    if (n1 != n2) return im_raise_type(t, "can't subtract offset-naive and offset-aware datetimes");
    return im_delta_from_us(t, &im_dt_delta_type, diff);
}
/* The offset depends on fold here (a gap or a fold): 1, 0, -1. */
static int depends_on_fold(Thread *t, Value v, Value offset)
{
    Value other = plain_copy(t, v, im_dtp(v)->tz, !im_dtp(v)->c.fold), o = im_no_value(other) ? other : offset_of(t, other);
    im_xdrop(t, other);
    if (im_no_value(o)) return -1;
    int r = im_same(o, offset) || (!im_is_none(o) && !im_is_none(offset) && im_delta_us(o) == im_delta_us(offset)) ? 0 : 1;
    im_drop(t, o);
    return r;
}
static int field_order(const ImDateTime *a, const ImDateTime *b)
{
    int64_t x = ((((int64_t)a->d.year * 16 + a->d.month) * 32 + a->d.day) * 32 + a->c.hour) * 64 + a->c.minute;
    int64_t y = ((((int64_t)b->d.year * 16 + b->d.month) * 32 + b->d.day) * 32 + b->c.hour) * 64 + b->c.minute;
    if (x == y) {
        x = (int64_t)a->c.second * 1000000 + a->c.us;
        y = (int64_t)b->c.second * 1000000 + b->c.us;
    }
    return x < y ? -1 : x > y;
}
static Value dt_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_datetime(b)) return IM_NOT_IMPLEMENTED;
    if (im_same(im_dtp(a)->tz, im_dtp(b)->tz)) return im_dt_cmp(field_order(im_dtp(a), im_dtp(b)), op);
    ImWide x = us_of(a), y = us_of(b);
    Value o1 = offset_of(t, a), o2 = im_no_value(o1) ? o1 : offset_of(t, b);
    bool bad = im_no_value(o2), n1 = !bad && im_is_none(o1), n2 = !bad && im_is_none(o2);
    int odd = 0;
    if (!bad && !n1 && !n2) {
        x -= im_delta_us(o1);
        y -= im_delta_us(o2);
        /* Times that a fold makes ambiguous are equal to none in another zone. */
        if ((op == IM_EQ || op == IM_NE) && x == y) {
            odd = depends_on_fold(t, a, o1);
            if (odd == 0) odd = depends_on_fold(t, b, o2);
        }
    }
    im_xdrop(t, o1);
    im_xdrop(t, o2);
    if (bad || odd < 0) return IM_NO_VALUE;
    if (odd) return im_bool(op == IM_NE);
    if (n1 != n2) {
        if (op == IM_EQ || op == IM_NE) return im_bool(op == IM_NE);
        return im_raise_type(t, "can't compare offset-naive and offset-aware datetimes");
    }
    return im_dt_cmp(x < y ? -1 : x > y, op);
}
static int64_t dt_hash(Thread *t, Value v)
{
    ImDateTime *p = im_dtp(v);
    int64_t h = im_load_relaxed(&p->d.x_hash);
    if (h != -1) return h;
    Value offset;
    if (p->c.fold && !im_no_value(p->tz)) {
        Value plain = plain_copy(t, v, p->tz, 0);
        if (im_no_value(plain)) return -1;
        offset = offset_of(t, plain);
        im_drop(t, plain);
    } else offset = offset_of(t, v);
    if (im_no_value(offset)) return -1;
    if (im_is_none(offset)) {
        ImWide us = us_of(v);
        h = im_hash_bytes(&us, sizeof us);
    } else {
        Value d = im_delta_from_us(t, &im_dt_delta_type, us_of(v) - im_delta_us(offset));
        im_drop(t, offset);
        if (im_no_value(d)) return -1;
        h = im_hash(t, d);
        im_drop(t, d);
    }
    im_store_relaxed(&p->d.x_hash, h);
    return h;
}

/* --- text, parts ------------------------------------------------------------------------------------------------------------------------------------ */

static Value dt_repr(Thread *t, Value v)
{
    ImDateTime *p = im_dtp(v);
    char buf[96];
    int n = snprintf(buf, sizeof buf, "%d, %d, %d, %d, %d", p->d.year, p->d.month, p->d.day, p->c.hour, p->c.minute);
    if (p->c.second || p->c.us) n += snprintf(buf + n, sizeof buf - (size_t)n, ", %d", p->c.second);
    if (p->c.us) n += snprintf(buf + n, sizeof buf - (size_t)n, ", %d", p->c.us);
    if (p->c.fold) snprintf(buf + n, sizeof buf - (size_t)n, ", fold=%d", p->c.fold);
    const char *name = im_type_cname(im_type_of(v));
    return im_no_value(p->tz) ? im_str_format(t, "%s(%s)", name, buf) : im_str_format(t, "%s(%s, tzinfo=%R)", name, buf, p->tz);
}
static Value iso(Thread *t, Value self, Value sep, Value spec)
{
    ImDateTime *p = im_dtp(self);
    char date[40], clock[64], off[24] = "";
    if (im_clock_text(t, clock, &p->c, spec) < 0) return IM_NO_VALUE;
    snprintf(date, sizeof date, "%04d-%02d-%02d", p->d.year, p->d.month, p->d.day);
    Value offset = offset_of(t, self);
    if (im_no_value(offset)) return offset;
    if (!im_is_none(offset)) im_tz_format(off, offset, ":");
    im_drop(t, offset);
    return im_str_format(t, "%s%U%s%s", date, sep, clock, off);
}
DT_METHOD(dt_isoformat)
{
    Value sep = im_no_value(args[0]) ? IM_S(T) : args[0];
    if (!im_is_str(sep)) return im_raise_type(t, "isoformat() argument 1 must be a unicode character, not %T", sep);
    if (im_str_len(sep) != 1) return im_raise_type(t, "isoformat() argument 1 must be a unicode character, not str");
    if (!im_no_value(args[1]) && !im_is_str(args[1])) return im_raise_type(t, "isoformat() argument 'timespec' must be str, not %T", args[1]);
    return iso(t, self, sep, args[1]);
}
static Value dt_str(Thread *t, Value v)
{
    Value names = im_tuple_pack(t, 1, IM_S(sep)), space = im_str_from_char(t, ' '), r = IM_NO_VALUE;
    if (!im_no_value(names) && !im_no_value(space)) r = im_call_method(t, v, IM_S(isoformat), &space, 0, names);
    im_xdrop(t, names);
    im_xdrop(t, space);
    return r;
}
DT_METHOD(dt_date) { ImDate *d = im_datep(self); return im_date_new(t, &im_dt_date_type, d->year, d->month, d->day); }
DT_METHOD(dt_time) { return im_time_new(t, &im_dt_time_type, im_dtp(self)->c, IM_NO_VALUE); }
DT_METHOD(dt_timetz) { return im_time_new(t, &im_dt_time_type, im_dtp(self)->c, im_dtp(self)->tz); }
DT_METHOD(dt_timetuple)
{
    ImDateTime *p = im_dtp(self);
    int dst = -1;
    if (!im_no_value(p->tz)) {
        Value v = im_tz_offset(t, p->tz, IM_S(dst), self);
        if (im_no_value(v)) return v;
        if (!im_is_none(v)) dst = im_delta_us(v) != 0;
        im_drop(t, v);
    }
    return im_dt_struct_time(t, p->d.year, p->d.month, p->d.day, p->c.hour, p->c.minute, p->c.second, dst);
}
DT_METHOD(dt_utctimetuple)
{
    ImDateTime *p = im_dtp(self);
    Value off = offset_of(t, self);
    if (im_no_value(off)) return off;
    int64_t s = SECONDS(p);
    if (!im_is_none(off)) {
        ImWide us = us_of(self) - im_delta_us(off);
        s = (int64_t)(us / 1000000) - (us % 1000000 < 0);
    }
    im_drop(t, off);
    int64_t days = s / 86400, rest = s % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    if (days < 1 || days > DT_MAX_ORDINAL) return im_raise_overflow(t, "date value out of range");
    int y, m, d;
    im_dt_from_ordinal((int)days, &y, &m, &d);
    return im_dt_struct_time(t, y, m, d, (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60), 0);
}
DT_METHOD(dt_utcoffset) { return offset_of(t, self); }
DT_METHOD(dt_dst) { return im_tz_offset(t, im_dtp(self)->tz, IM_S(dst), self); }
DT_METHOD(dt_tzname) { return im_tz_name(t, im_dtp(self)->tz, self); }
DT_METHOD(dt_replace)
{
    ImDateTime *p = im_dtp(self);
    int64_t v[8] = {p->d.year, p->d.month, p->d.day, p->c.hour, p->c.minute, p->c.second, p->c.us, p->c.fold};
    for (int i = 0; i < 7; i++) if (im_dt_int(t, args[i], &v[i]) < 0) return IM_NO_VALUE;
    if (im_dt_int(t, args[8], &v[7]) < 0) return IM_NO_VALUE;
    if (im_dt_check_date(t, v[0], v[1], v[2]) < 0 || im_dt_check_clock(t, v[3], v[4], v[5], v[6], v[7]) < 0) return IM_NO_VALUE;
    return im_datetime_new(t, im_type_of(self), v[0], v[1], v[2], (ImClock){(int)v[3], (int)v[4], (int)v[5], (int)v[6], (int)v[7]}, im_no_value(args[7]) ? p->tz : args[7]);
}

/* --- local time ---------------------------------------------------------------------------------------------------------------------------------------- */

/* UTC seconds since year 1 of a local time: the one that fold says where there are two, or none. */
static int from_local(Thread *t, int64_t s, int fold, int64_t *out)
{
    int64_t lt, t1, t2, u1, u2, a, b;
    if (im_dt_local(t, s, &lt) < 0) return -1;
    a = lt - s;
    u1 = s - a;
    if (im_dt_local(t, u1, &t1) < 0) return -1;
    if (t1 == s) {
        u2 = fold ? u1 + FOLD_MAX : u1 - FOLD_MAX;
        if (im_dt_local(t, u2, &lt) < 0) return -1;
        b = lt - u2;
        if (a == b) {
            *out = u1;
            return 0;
        }
    } else b = t1 - u1;
    u2 = s - b;
    if (im_dt_local(t, u2, &t2) < 0) return -1;
    if (t2 == s) *out = u2;
    else if (t1 == s) *out = u1;
    else *out = (fold ? u1 < u2 : u1 > u2) ? u1 : u2; /* in the gap */
    return 0;
}
DT_METHOD(dt_timestamp)
{
    ImDateTime *p = im_dtp(self);
    if (!im_no_value(p->tz)) {
        Value d = dt_sub(t, self, im_dt_epoch), r = im_no_value(d) ? d : im_call_method0(t, d, IM_S(total_seconds));
        im_xdrop(t, d);
        return r;
    }
    int64_t s;
    if (from_local(t, SECONDS(p), p->c.fold, &s) < 0) return IM_NO_VALUE;
    return im_float_new(t, (double)(s - DT_EPOCH_SECONDS) + p->c.us / 1e6);
}
/* The system's zone at a moment. */
static Value local_zone(Thread *t, int64_t utc)
{
    time_t at = utc - DT_EPOCH_SECONDS;
    struct tm tm;
    if (!localtime_r(&at, &tm)) return im_raise_errno(t, errno ? errno : EINVAL);
    Value offset = im_delta_new(t, &im_dt_delta_type, 0, tm.tm_gmtoff, 0), name = im_no_value(offset) ? offset : im_str_fs_decode(t, tm.tm_zone ? tm.tm_zone : "", -1);
    Value r = im_no_value(name) ? name : im_timezone_new(t, offset, name);
    im_xdrop(t, offset);
    im_xdrop(t, name);
    return r;
}
static Value zone_of_naive(Thread *t, Value v)
{
    int64_t s, other;
    int fold = im_dtp(v)->c.fold;
    if (from_local(t, SECONDS(im_dtp(v)), fold, &s) < 0 || from_local(t, SECONDS(im_dtp(v)), !fold, &other) < 0) return IM_NO_VALUE;
    if (other != s && (other > s) == fold) s = other; /* in a gap: the zone that fold means is the other one */
    return local_zone(t, s);
}
DT_METHOD(dt_astimezone)
{
    Value to = im_no_value(args[0]) || im_is_none(args[0]) ? IM_NO_VALUE : im_new_ref(args[0]), from, off = IM_NO_VALUE, utc = IM_NO_VALUE, r = IM_NO_VALUE;
    if (im_dt_check_tz(t, to) < 0) {
        im_xdrop(t, to);
        return r;
    }
    ImDateTime *p = im_dtp(self);
    from = im_no_value(p->tz) ? zone_of_naive(t, self) : im_new_ref(p->tz);
    if (im_no_value(from)) goto out;
    if (im_same(from, to)) {
        r = im_new_ref(self);
        goto out;
    }
    off = im_tz_offset(t, from, IM_S(utcoffset), self);
    if (im_no_value(off)) goto out;
    if (im_is_none(off)) { /* as if it were naive */
        im_drop(t, from);
        if (im_no_value(from = zone_of_naive(t, self))) goto out;
        if (im_same(from, to)) {
            r = im_new_ref(self);
            goto out;
        }
        if (im_no_value(off = im_tz_offset(t, from, IM_S(utcoffset), self))) goto out;
    }
    ImWide us = us_of(self) - im_delta_us(off);
    if (us < (ImWide)86400 * 1000000 || us / ((ImWide)86400 * 1000000) > DT_MAX_ORDINAL) {
        im_raise_overflow(t, "date value out of range");
        goto out;
    }
    int64_t s = (int64_t)(us / 1000000);
    if (im_no_value(to) && im_no_value(to = local_zone(t, s))) goto out;
    utc = of_seconds(t, im_type_of(self), s, (int)(us % 1000000), to);
    if (!im_no_value(utc)) r = im_call_method1(t, to, IM_S(fromutc), utc);
out:
    im_xdrop(t, to);
    im_xdrop(t, from);
    im_xdrop(t, off);
    im_xdrop(t, utc);
    return r;
}
static Value reduced(Thread *t, Value self, bool with_fold)
{
    ImDateTime *p = im_dtp(self);
    int us = p->c.us;
    uint8_t s[10] = {(uint8_t)(p->d.year >> 8), (uint8_t)p->d.year, (uint8_t)(p->d.month | (with_fold && p->c.fold ? 128 : 0)), (uint8_t)p->d.day, (uint8_t)p->c.hour, (uint8_t)p->c.minute,
                     (uint8_t)p->c.second, (uint8_t)(us >> 16), (uint8_t)(us >> 8), (uint8_t)us};
    Value state = im_bytes_new(t, s, 10), a = im_no_value(state) ? state : im_no_value(p->tz) ? im_tuple_pack(t, 1, state) : im_tuple_pack(t, 2, state, p->tz);
    Value r = im_no_value(a) ? a : im_tuple_pack(t, 2, im_type_value(im_type_of(self)), a);
    im_xdrop(t, state);
    im_xdrop(t, a);
    return r;
}
DT_METHOD(dt_reduce) { return reduced(t, self, false); }
DT_METHOD(dt_reduce_ex)
{
    int proto;
    return im_as_int(t, args[0], &proto) < 0 ? IM_NO_VALUE : reduced(t, self, proto > 3);
}
static Value get_tz(Thread *t, Value self, void *c)
{
    (void)t, (void)c;
    Value tz = im_dtp(self)->tz;
    return im_no_value(tz) ? IM_NONE : im_new_ref(tz);
}
static int dt_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value tz = ((ImDateTime *)o)->tz;
    return im_is_object(tz) ? visit(tz, arg) : 0;
}
static void dt_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImDateTime *)o)->tz); }
#define REPLACE_SIG \
    "($self, /, year=unchanged, month=unchanged, day=unchanged, hour=unchanged, minute=unchanged, second=unchanged, " \
    "microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)"
static const ImMethodDef dt_methods[] = {
    IM_CLASS_PARSED("now", dt_now, "($type, /, tz=None)", "Returns new datetime object representing current time local to tz.\n\n  tz\n    Timezone object.\n\nIf no tz is specified, uses local timezone."),
    IM_CLASS_FIXED("utcnow", dt_utcnow, 0, "($type, /)", "Return a new datetime representing UTC day and time."),
    IM_CLASS_PARSED("fromtimestamp", dt_fromtimestamp, "($type, /, timestamp, tz=None)", "timestamp[, tz] -> tz's local time from POSIX timestamp."),
    IM_CLASS_FIXED("utcfromtimestamp", dt_utcfromtimestamp, 1, NULL, "Construct a naive UTC datetime from a POSIX timestamp."),
    IM_CLASS_FIXED("strptime", dt_strptime, 2, NULL, "string, format -> new datetime parsed from a string (like time.strptime())."),
    IM_CLASS_PARSED("combine", dt_combine, "($type, /, date, time, tzinfo=unchanged)", "date, time -> datetime with same date and time fields"),
    IM_CLASS_FIXED("fromisoformat", dt_fromisoformat, 1, "($type, object, /)", "string -> datetime from a string in most ISO 8601 formats"),
    IM_FIXED("date", dt_date, 0, "($self, /)", "Return date object with same year, month and day."), IM_FIXED("time", dt_time, 0, "($self, /)", "Return time object with same time but with tzinfo=None."),
    IM_FIXED("timetz", dt_timetz, 0, "($self, /)", "Return time object with same time and tzinfo."), IM_FIXED("timetuple", dt_timetuple, 0, "($self, /)", "Return time tuple, compatible with time.localtime()."),
    IM_FIXED("timestamp", dt_timestamp, 0, "($self, /)", "Return POSIX timestamp as float."), IM_FIXED("utctimetuple", dt_utctimetuple, 0, "($self, /)", "Return UTC time tuple, compatible with time.localtime()."),
    IM_PARSED("isoformat", dt_isoformat, "($self, /, sep='T', timespec='auto')",
              "[sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\nsep is used to separate the year from the time, and defaults to 'T'.\nThe optional argument timespec specifies "
              "the number of additional terms\nof the time to include. Valid options are 'auto', 'hours', 'minutes',\n'seconds', 'milliseconds' and 'microseconds'.\n"),
    IM_FIXED("utcoffset", dt_utcoffset, 0, "($self, /)", "Return self.tzinfo.utcoffset(self)."), IM_FIXED("tzname", dt_tzname, 0, "($self, /)", "Return self.tzinfo.tzname(self)."),
    IM_FIXED("dst", dt_dst, 0, "($self, /)", "Return self.tzinfo.dst(self)."), IM_PARSED("replace", dt_replace, REPLACE_SIG, "Return datetime with new specified fields."),
    IM_PARSED("__replace__", dt_replace, REPLACE_SIG, "The same as replace()."),
    IM_PARSED("astimezone", dt_astimezone, "($self, /, tz=None)", "tz -> convert to local time in new timezone tz\n"),
    IM_FIXED("__reduce_ex__", dt_reduce_ex, 1, NULL, "__reduce_ex__(proto) -> (cls, state)"), IM_FIXED("__reduce__", dt_reduce, 0, NULL, "__reduce__() -> (cls, state)"), IM_END};
static const ImMemberDef dt_members[] = {
    {"hour", IM_T_INT32, offsetof(ImDateTime, c.hour), true, NULL}, {"minute", IM_T_INT32, offsetof(ImDateTime, c.minute), true, NULL},
    {"second", IM_T_INT32, offsetof(ImDateTime, c.second), true, NULL}, {"microsecond", IM_T_INT32, offsetof(ImDateTime, c.us), true, NULL},
    {"fold", IM_T_INT32, offsetof(ImDateTime, c.fold), true, NULL}, IM_END};
static const ImGetSetDef dt_getset[] = {{"tzinfo", get_tz, NULL, NULL, NULL}, IM_END};
static const ImSlots dt_slots = {.new_ = datetime_tp_new, .repr = dt_repr, .str = dt_str, .hash = dt_hash, .richcompare = dt_compare, .add = dt_add, .subtract = dt_sub};
static const ImTypeSpec dt_spec = {
    .name = "datetime.datetime",
    .doc = "datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])\n\nThe year, month and day arguments are required. tzinfo may be None, or an\ninstance of a tzinfo subclass. "
           "The remaining arguments may be ints.\n",
    .size = sizeof(ImDateTime), .flags = IM_TF_GC | IM_TF_BASETYPE, .base = &im_dt_date_type, .slots = &dt_slots, .methods = dt_methods, .members = dt_members, .getset = dt_getset,
    .traverse = dt_traverse, .destroy = dt_destroy};
IM_TYPE(dt_datetime, &dt_spec);

/* --- the module ---------------------------------------------------------------------------------------------------------------------------------------- */

static int attribute(Thread *t, ImType *type, const char *name, Value v) /* steals */
{
    int e = im_no_value(v) ? -1 : im_dict_set_cstr(t, type->dict, name, v);
    im_xdrop(t, v);
    im_type_modified(t, type);
    return e;
}
static int constants(Thread *t)
{
    Value zero = im_delta_new(t, &im_dt_delta_type, 0, 0, 0), edge = im_delta_new(t, &im_dt_delta_type, 0, 86340, 0), neg = im_delta_new(t, &im_dt_delta_type, 0, -86340, 0);
    if (im_no_value(zero) || im_no_value(edge) || im_no_value(neg)) return -1;
    im_dt_utc = im_timezone_new(t, zero, IM_NO_VALUE); /* no utc yet: a new one */
    if (im_no_value(im_dt_utc)) return -1;
    im_root_add(&im_dt_utc);
    im_dt_epoch = im_datetime_new(t, &im_dt_datetime_type, 1970, 1, 1, (ImClock){0}, im_dt_utc);
    if (im_no_value(im_dt_epoch)) return -1;
    im_root_add(&im_dt_epoch);
    ImClock last = {23, 59, 59, 999999, 0};
    int e = attribute(t, &im_dt_timezone_type, "utc", im_new_ref(im_dt_utc)) | attribute(t, &im_dt_timezone_type, "min", im_timezone_new(t, neg, IM_NO_VALUE)) |
            attribute(t, &im_dt_timezone_type, "max", im_timezone_new(t, edge, IM_NO_VALUE)) | attribute(t, &im_dt_delta_type, "resolution", im_delta_new(t, &im_dt_delta_type, 0, 0, 1)) |
            attribute(t, &im_dt_delta_type, "min", im_delta_new(t, &im_dt_delta_type, -DT_MAX_DELTA_DAYS, 0, 0)) |
            attribute(t, &im_dt_delta_type, "max", im_delta_new(t, &im_dt_delta_type, DT_MAX_DELTA_DAYS, 86399, 999999)) |
            attribute(t, &im_dt_date_type, "min", im_date_new(t, &im_dt_date_type, 1, 1, 1)) | attribute(t, &im_dt_date_type, "max", im_date_new(t, &im_dt_date_type, 9999, 12, 31)) |
            attribute(t, &im_dt_date_type, "resolution", im_delta_new(t, &im_dt_delta_type, 1, 0, 0)) | attribute(t, &im_dt_time_type, "min", im_time_new(t, &im_dt_time_type, (ImClock){0}, IM_NO_VALUE)) |
            attribute(t, &im_dt_time_type, "max", im_time_new(t, &im_dt_time_type, last, IM_NO_VALUE)) | attribute(t, &im_dt_time_type, "resolution", im_delta_new(t, &im_dt_delta_type, 0, 0, 1)) |
            attribute(t, &im_dt_datetime_type, "min", im_datetime_new(t, &im_dt_datetime_type, 1, 1, 1, (ImClock){0}, IM_NO_VALUE)) |
            attribute(t, &im_dt_datetime_type, "max", im_datetime_new(t, &im_dt_datetime_type, 9999, 12, 31, last, IM_NO_VALUE)) |
            attribute(t, &im_dt_datetime_type, "resolution", im_delta_new(t, &im_dt_delta_type, 0, 0, 1));
    im_drop(t, zero);
    im_drop(t, edge);
    im_drop(t, neg);
    return e < 0 ? -1 : im_dt_iso_ready(t);
}
static int datetime_exec(Thread *t, Value m)
{
    if (im_no_value(im_dt_utc) && constants(t) < 0) return -1;
    return im_module_add_int(t, m, "MINYEAR", DT_MIN_YEAR) < 0 || im_module_add_int(t, m, "MAXYEAR", DT_MAX_YEAR) < 0 || im_module_add(t, m, "UTC", im_new_ref(im_dt_utc)) < 0 ? -1 : 0;
}
static ImType *const types[] = {&im_dt_date_type, &im_dt_datetime_type, &im_dt_time_type, &im_dt_delta_type, &im_dt_timezone_type, &im_dt_tzinfo_type, NULL};
static const ImModuleDef datetime_module = {.name = "_datetime", .doc = "Fast implementation of the datetime module.", .exec = datetime_exec, .types = types};
IM_MODULE(datetime_module);
