/* datetime.date and what date.isocalendar() gives.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "modules/datetime.h"

Value im_date_new(Thread *t, ImType *type, int64_t y, int64_t m, int64_t d)
{
    if (im_dt_check_date(t, y, m, d) < 0) return IM_NO_VALUE;
    if (type != &im_dt_date_type) return im_call3(t, im_type_value(type), im_int(y), im_int(m), im_int(d));
    ImDate *p = (ImDate *)im_instance_alloc(t, type, 0);
    if (!p) return IM_NO_VALUE;
    p->x_hash = -1;
    p->year = (int)y;
    p->month = (int)m;
    p->day = (int)d;
    return im_value(p);
}
static Value alloc_date(Thread *t, ImType *type, int y, int m, int d)
{
    ImDate *p = (ImDate *)im_instance_alloc(t, type, 0);
    if (!p) return IM_NO_VALUE;
    p->x_hash = -1;
    p->year = y;
    p->month = m;
    p->day = d;
    return im_value(p);
}
static Value from_ordinal(Thread *t, ImType *type, int64_t n)
{
    int y, m, d;
    if (n < 1 || n > DT_MAX_ORDINAL) return im_raise_overflow(t, "date value out of range");
    im_dt_from_ordinal((int)n, &y, &m, &d);
    return im_date_new(t, type, y, m, d);
}
static Value date_tp_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs == 1 && im_no_value(kwnames)) {
        uint8_t p[4];
        int is = im_is_bytes(args[0]) || im_is_str(args[0]) ? im_dt_state(t, args[0], 4, "date", p) : 0;
        if (is < 0) return IM_NO_VALUE;
        if (is && p[2] >= 1 && p[2] <= 12) return alloc_date(t, type, p[0] << 8 | p[1], p[2], p[3]);
    }
    ImArgs a;
    int64_t v[3] = {0};
    if (im_parse_args(t, NULL, "(year, month, day)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (im_dt_int(t, a.v[0], &v[0]) == 0 && im_dt_int(t, a.v[1], &v[1]) == 0 && im_dt_int(t, a.v[2], &v[2]) == 0 && im_dt_check_date(t, v[0], v[1], v[2]) == 0)
        r = alloc_date(t, type, (int)v[0], (int)v[1], (int)v[2]);
    im_args_fini(t, &a);
    return r;
}

/* --- classmethods ------------------------------------------------------------------------------------------------------------------------------- */

DT_METHOD(date_fromtimestamp)
{
    int64_t s;
    if (im_is_float(args[0])) {
        double d = floor(im_float_get(args[0]));
        if (isnan(d)) return im_raise_valueerror(t, "Invalid value NaN (not a number)");
        if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) return im_raise_overflow(t, "timestamp out of range for platform time_t");
        s = (int64_t)d;
    } else {
        int us;
        if (im_dt_timestamp_arg(t, args[0], &s, &us) < 0) return IM_NO_VALUE;
    }
    time_t at = s;
    struct tm tm;
    errno = 0;
    if (!localtime_r(&at, &tm)) return im_raise_errno(t, errno ? errno : EINVAL);
    return im_date_new(t, im_as_type(self), (int64_t)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}
DT_METHOD(date_today)
{
    Value fn = im_import_from(t, "time", "time"), now = im_no_value(fn) ? fn : im_call0(t, fn), r = im_no_value(now) ? now : im_call_method1(t, self, IM_S(fromtimestamp), now);
    im_xdrop(t, fn);
    im_xdrop(t, now);
    return r;
}
DT_METHOD(date_fromordinal)
{
    int64_t n = 0;
    int y, m, d;
    if (im_dt_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n < 1) return im_raise_valueerror(t, "ordinal must be >= 1");
    if (n > 1000000000) n = 1000000000;
    im_dt_from_ordinal((int)n, &y, &m, &d);
    return im_date_new(t, im_as_type(self), y, m, d);
}
DT_METHOD(date_fromisoformat)
{
    if (!im_is_str(args[0])) return im_raise_type(t, "fromisoformat: argument must be str");
    char buf[16];
    int y, m, d;
    ssize_t n = im_dt_ascii(args[0], buf, sizeof buf);
    if ((n == 7 || n == 8 || n == 10) && im_dt_parse_date(buf, (size_t)n, &y, &m, &d) == 0) return im_date_new(t, im_as_type(self), y, m, d);
    return im_raise_valueerror(t, "Invalid isoformat string: %R", args[0]);
}
DT_METHOD(date_fromisocalendar)
{
    int64_t y = 0, w = 0, d = 0;
    int yy, mm, dd;
    if (im_dt_int(t, args[0], &y) < 0 || im_dt_int(t, args[1], &w) < 0 || im_dt_int(t, args[2], &d) < 0) {
        if (im_exc_clear_if(t, &im_OverflowError_type)) im_raise_valueerror(t, "ISO calendar component out of range");
        return IM_NO_VALUE;
    }
    if (y < DT_MIN_YEAR || y > DT_MAX_YEAR) return im_raise_valueerror(t, "Year is out of range: %lld", (long long)y);
    bool bad = w < 1 || w > 52;
    if (w == 53) {
        int first = im_dt_weekday((int)y, 1, 1);
        bad = !(first == 3 || (first == 2 && im_dt_leap((int)y)));
    }
    if (bad) return im_raise_valueerror(t, "Invalid week: %lld", (long long)w);
    if (d < 1 || d > 7) return im_raise_valueerror(t, "Invalid day: %lld (range is [1, 7])", (long long)d);
    int n = im_dt_iso_week1((int)y) + (int)(w - 1) * 7 + (int)d - 1;
    if (n < 1 || n > DT_MAX_ORDINAL) return im_raise_valueerror(t, "year %i is out of range", n < 1 ? 0 : 10000);
    im_dt_from_ordinal(n, &yy, &mm, &dd);
    return im_date_new(t, im_as_type(self), yy, mm, dd);
}

/* --- arithmetic, comparison ------------------------------------------------------------------------------------------------------------------------ */

#define ORD(v) im_dt_ordinal(im_datep(v)->year, im_datep(v)->month, im_datep(v)->day)
static Value date_add(Thread *t, Value a, Value b)
{
    if (!im_is_date(a)) {
        Value x = a;
        a = b;
        b = x;
    }
    if (!im_is_date(a) || im_is_datetime(a) || !im_is_delta(b)) return IM_NOT_IMPLEMENTED;
    return from_ordinal(t, im_type_of(a), (int64_t)ORD(a) + im_deltap(b)->days);
}
static Value date_sub(Thread *t, Value a, Value b)
{
    if (!im_is_date(a) || im_is_datetime(a) || im_is_datetime(b)) return IM_NOT_IMPLEMENTED;
    if (im_is_date(b)) return im_delta_new(t, &im_dt_delta_type, ORD(a) - ORD(b), 0, 0);
    if (im_is_delta(b)) return from_ordinal(t, im_type_of(a), (int64_t)ORD(a) - im_deltap(b)->days);
    return IM_NOT_IMPLEMENTED;
}
static Value date_compare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    if (!im_is_date(b) || im_is_datetime(b)) return IM_NOT_IMPLEMENTED;
    int x = ORD(a), y = ORD(b);
    return im_dt_cmp(x < y ? -1 : x > y, op);
}
static int64_t date_hash(Thread *t, Value v)
{
    (void)t;
    ImDate *d = im_datep(v);
    int64_t h = im_load_relaxed(&d->x_hash);
    if (h != -1) return h;
    uint8_t p[4] = {(uint8_t)(d->year >> 8), (uint8_t)d->year, (uint8_t)d->month, (uint8_t)d->day};
    h = im_hash_bytes(p, sizeof p);
    im_store_relaxed(&d->x_hash, h);
    return h;
}

/* --- text, parts ------------------------------------------------------------------------------------------------------------------------------------ */

static const char *const day_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const month_names[] = {"", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static Value date_repr(Thread *t, Value v)
{
    ImDate *d = im_datep(v);
    return im_str_format(t, "%s(%d, %d, %d)", im_type_cname(im_type_of(v)), d->year, d->month, d->day);
}
DT_METHOD(date_isoformat)
{
    ImDate *d = im_datep(self);
    char buf[32];
    snprintf(buf, sizeof buf, "%04d-%02d-%02d", d->year, d->month, d->day);
    return im_str_from_cstr(t, buf);
}
static Value date_str(Thread *t, Value v) { return im_call_method0(t, v, IM_S(isoformat)); }
DT_METHOD(date_ctime)
{
    ImDate *d = im_datep(self);
    ImClock c = im_is_datetime(self) ? im_dtp(self)->c : (ImClock){0};
    char buf[64];
    snprintf(buf, sizeof buf, "%s %s %2d %02d:%02d:%02d %04d", day_names[im_dt_weekday(d->year, d->month, d->day)], month_names[d->month], d->day, c.hour, c.minute, c.second, d->year);
    return im_str_from_cstr(t, buf);
}
DT_METHOD(date_strftime)
{
    if (!im_is_str(args[0])) return im_raise_type(t, "strftime() argument 1 must be str, not %T", args[0]);
    Value tuple = im_call_method0(t, self, IM_S(timetuple)), r = im_no_value(tuple) ? tuple : im_dt_strftime(t, self, args[0], tuple);
    im_xdrop(t, tuple);
    return r;
}
DT_METHOD(date_format) { return im_dt_format(t, self, args[0]); }
DT_METHOD(date_timetuple) { ImDate *d = im_datep(self); return im_dt_struct_time(t, d->year, d->month, d->day, 0, 0, 0, -1); }
DT_METHOD(date_isoweekday) { (void)t; ImDate *d = im_datep(self); return im_int(im_dt_weekday(d->year, d->month, d->day) + 1); }
DT_METHOD(date_weekday) { (void)t; ImDate *d = im_datep(self); return im_int(im_dt_weekday(d->year, d->month, d->day)); }
DT_METHOD(date_toordinal) { (void)t; return im_int(ORD(self)); }
DT_METHOD(date_replace)
{
    ImDate *d = im_datep(self);
    int64_t y = d->year, m = d->month, n = d->day;
    if (im_dt_int(t, args[0], &y) < 0 || im_dt_int(t, args[1], &m) < 0 || im_dt_int(t, args[2], &n) < 0) return IM_NO_VALUE;
    return im_date_new(t, im_type_of(self), y, m, n);
}
DT_METHOD(date_reduce)
{
    ImDate *d = im_datep(self);
    uint8_t p[4] = {(uint8_t)(d->year >> 8), (uint8_t)d->year, (uint8_t)d->month, (uint8_t)d->day};
    Value state = im_bytes_new(t, p, 4), a = im_no_value(state) ? state : im_tuple_pack(t, 1, state), r = im_no_value(a) ? a : im_tuple_pack(t, 2, im_type_value(im_type_of(self)), a);
    im_xdrop(t, state);
    im_xdrop(t, a);
    return r;
}

/* --- isocalendar ------------------------------------------------------------------------------------------------------------------------------------- */

static ImType iso_type;

DT_METHOD(date_isocalendar)
{
    ImDate *d = im_datep(self);
    int year = d->year, week1 = im_dt_iso_week1(year), today = ORD(self);
    if (today < week1) week1 = im_dt_iso_week1(--year);
    else if (today >= im_dt_iso_week1(year + 1)) week1 = im_dt_iso_week1(++year);
    Value parts = im_tuple_pack(t, 3, im_int(year), im_int((today - week1) / 7 + 1), im_int((today - week1) % 7 + 1));
    if (im_no_value(parts)) return parts;
    Value r = im_tuple_type.slots.new_(t, &iso_type, &parts, 1, IM_NO_VALUE);
    im_drop(t, parts);
    return r;
}
static Value iso_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "IsoCalendarDate", "(year, week, weekday)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value parts = im_tuple_pack(t, 3, a.v[0], a.v[1], a.v[2]), r = im_no_value(parts) ? parts : im_tuple_type.slots.new_(t, type, &parts, 1, IM_NO_VALUE);
    im_xdrop(t, parts);
    im_args_fini(t, &a);
    return r;
}
static Value iso_get(Thread *t, Value self, void *c) { (void)t; return im_new_ref(im_tuple_get(self, (ssize_t)(size_t)c)); }
static Value iso_repr(Thread *t, Value self)
{
    return im_str_format(t, "%s(year=%S, week=%S, weekday=%S)", im_type_cname(im_type_of(self)), im_tuple_get(self, 0), im_tuple_get(self, 1), im_tuple_get(self, 2));
}
DT_METHOD(iso_reduce)
{
    Value plain = im_tuple_pack(t, 3, im_tuple_get(self, 0), im_tuple_get(self, 1), im_tuple_get(self, 2)), a = im_no_value(plain) ? plain : im_tuple_pack(t, 1, plain);
    Value r = im_no_value(a) ? a : im_tuple_pack(t, 2, im_type_value(&im_tuple_type), a);
    im_xdrop(t, plain);
    im_xdrop(t, a);
    return r;
}
static const ImGetSetDef iso_getset[] = {{"year", iso_get, NULL, NULL, (void *)0}, {"week", iso_get, NULL, NULL, (void *)1}, {"weekday", iso_get, NULL, NULL, (void *)2}, IM_END};
static const ImMethodDef iso_methods[] = {IM_FIXED("__reduce__", iso_reduce, 0, NULL, NULL), IM_END};
static const ImSlots iso_slots = {.new_ = iso_new, .repr = iso_repr};
static const ImTypeSpec iso_spec = {.name = "datetime.IsoCalendarDate", .doc = "The result of date.isocalendar() or datetime.isocalendar()\n\nThis object may be accessed either as a tuple of\n"
    "    ((year, week, weekday))\nor via the object attributes as named in the above tuple.",
    .base = &im_tuple_type, .flags = IM_TF_GC, .slots = &iso_slots, .methods = iso_methods, .getset = iso_getset};
int im_dt_iso_ready(Thread *t) { return im_type_ready(t, &iso_type, &iso_spec); }

static const ImMethodDef date_methods[] = {
    IM_CLASS_FIXED("fromtimestamp", date_fromtimestamp, 1, "($type, timestamp, /)",
                   "Create a date from a POSIX timestamp.\n\nThe timestamp is a number, e.g. created via time.time(), that is interpreted\nas local time."),
    IM_CLASS_FIXED("fromordinal", date_fromordinal, 1, NULL, "int -> date corresponding to a proleptic Gregorian ordinal."),
    IM_CLASS_FIXED("fromisoformat", date_fromisoformat, 1, "($type, object, /)", "str -> Construct a date from a string in ISO 8601 format."),
    IM_CLASS_PARSED("fromisocalendar", date_fromisocalendar, "($type, /, year, week, day)",
                    "int, int, int -> Construct a date from the ISO year, week number and weekday.\n\nThis is the inverse of the function date.isocalendar()"),
    IM_CLASS_FIXED("today", date_today, 0, "($type, /)", "Current date or datetime:  same as self.__class__.fromtimestamp(time.time())."),
    IM_FIXED("ctime", date_ctime, 0, "($self, /)", "Return ctime() style string."), IM_PARSED("strftime", date_strftime, "($self, /, format)", "format -> strftime() style string."),
    IM_FIXED("__format__", date_format, 1, NULL, "Formats self with strftime."), IM_FIXED("timetuple", date_timetuple, 0, "($self, /)", "Return time tuple, compatible with time.localtime()."),
    IM_FIXED("isocalendar", date_isocalendar, 0, "($self, /)", "Return a named tuple containing ISO year, week number, and weekday."),
    IM_FIXED("isoformat", date_isoformat, 0, "($self, /)", "Return string in ISO 8601 format, YYYY-MM-DD."),
    IM_FIXED("isoweekday", date_isoweekday, 0, "($self, /)", "Return the day of the week represented by the date.\nMonday == 1 ... Sunday == 7"),
    IM_FIXED("toordinal", date_toordinal, 0, "($self, /)", "Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1."),
    IM_FIXED("weekday", date_weekday, 0, "($self, /)", "Return the day of the week represented by the date.\nMonday == 0 ... Sunday == 6"),
    IM_PARSED("replace", date_replace, "($self, /, year=unchanged, month=unchanged, day=unchanged)", "Return date with new specified fields."),
    IM_PARSED("__replace__", date_replace, "($self, /, year=unchanged, month=unchanged, day=unchanged)", "The same as replace()."),
    IM_FIXED("__reduce__", date_reduce, 0, NULL, "__reduce__() -> (cls, state)"), IM_END};
static const ImMemberDef date_members[] = {
    {"year", IM_T_INT32, offsetof(ImDate, year), true, NULL}, {"month", IM_T_INT32, offsetof(ImDate, month), true, NULL}, {"day", IM_T_INT32, offsetof(ImDate, day), true, NULL}, IM_END};
static const ImSlots date_slots = {.new_ = date_tp_new, .repr = date_repr, .str = date_str, .hash = date_hash, .richcompare = date_compare, .add = date_add, .subtract = date_sub};
static const ImTypeSpec date_spec = {.name = "datetime.date", .doc = "date(year, month, day) --> date object", .size = sizeof(ImDate), .flags = IM_TF_BASETYPE, .slots = &date_slots,
    .methods = date_methods, .members = date_members};
IM_TYPE(dt_date, &date_spec);
