/* datetime.tzinfo, datetime.timezone; what dates and times share: offsets, text, local time.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "modules/datetime.h"

Value im_dt_utc, im_dt_epoch;

int im_dt_check_tz(Thread *t, Value tz)
{
    if (im_no_value(tz) || im_is_none(tz) || im_dt_is(tz, &im_dt_tzinfo_type)) return 0;
    return im_raise_type(t, "tzinfo argument must be None or of a tzinfo subclass, not type '%s'", im_type_cname(im_type_of(tz))), -1;
}
Value im_tz_offset(Thread *t, Value tz, Value name, Value arg)
{
    if (im_no_value(tz) || im_is_none(tz)) return IM_NONE;
    if (im_is_exact(tz, &im_dt_timezone_type) && im_same(name, IM_S(utcoffset))) return im_new_ref(((ImTimezone *)im_ptr(tz))->offset);
    Value v = im_call_method1(t, tz, name, arg);
    if (im_no_value(v) || im_is_none(v)) return v;
    if (!im_is_delta(v)) im_raise_type(t, "tzinfo.%U() must return None or a timedelta, not '%.200T'", name, v);
    else {
        ImDelta *d = im_deltap(v);
        if (d->days < -1 || d->days > 0 || (d->days == -1 && d->seconds == 0 && d->us < 1))
            im_raise_valueerror(t, "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24).");
        else return v;
    }
    im_drop(t, v);
    return IM_NO_VALUE;
}
Value im_tz_name(Thread *t, Value tz, Value arg)
{
    if (im_no_value(tz) || im_is_none(tz)) return IM_NONE;
    Value v = im_call_method1(t, tz, IM_S(tzname), arg);
    if (im_no_value(v) || im_is_none(v) || im_is_str(v)) return v;
    im_raise_type(t, "tzinfo.tzname() must return None or a string, not '%s'", im_type_cname(im_type_of(v)));
    im_drop(t, v);
    return IM_NO_VALUE;
}
void im_tz_format(char *buf, Value offset, const char *sep)
{
    ImWide us = im_delta_us(offset);
    char sign = us < 0 ? '-' : '+';
    if (us < 0) us = -us;
    int64_t s = (int64_t)(us / 1000000), rest = (int64_t)(us % 1000000);
    int n = snprintf(buf, 12, "%c%02d%s%02d", sign, (int)(s / 3600), sep, (int)(s / 60 % 60));
    if (s % 60 || rest) n += snprintf(buf + n, 6, "%s%02d", sep, (int)(s % 60));
    if (rest) snprintf(buf + n, 10, ".%06d", (int)rest);
}

/* --- shared helpers --------------------------------------------------------------------------------------------------------------------------- */

Value im_dt_struct_time(Thread *t, int y, int mo, int d, int h, int mi, int s, int dst)
{
    Value type = im_import_from(t, "time", "struct_time");
    if (im_no_value(type)) return type;
    Value parts = im_tuple_pack(t, 9, im_int(y), im_int(mo), im_int(d), im_int(h), im_int(mi), im_int(s), im_int(im_dt_weekday(y, mo, d)),
                                im_int(im_dt_ordinal(y, mo, d) - im_dt_ordinal(y, 1, 1) + 1), im_int(dst));
    Value r = im_no_value(parts) ? parts : im_call1(t, type, parts);
    im_xdrop(t, parts);
    im_drop(t, type);
    return r;
}
/* What stands for %z, %:z and %Z: appended to b. */
static int zone_directive(Thread *t, ImStrBuilder *b, Value self, char what)
{
    bool colon = what == ':';
    Value name = what == 'Z' ? IM_S(tzname) : IM_S(utcoffset), fn, v;
    int found = im_lookup_attr(t, self, name, &fn), e = 0;
    if (found <= 0) return found;
    v = im_call0(t, fn);
    im_drop(t, fn);
    if (im_no_value(v)) return -1;
    if (what == 'Z' && !im_is_none(v)) {
        if (!im_is_str(v)) im_raise_type(t, "tzinfo.tzname() must return None or a string, not '%T'", v), e = -1;
        if (e == 0 && !im_is_str_exact(v)) { /* a class of its own may have another replace() */
            Value a[2] = {im_str_from_char(t, '%'), im_str_from_cstr(t, "%%")};
            Value r = im_no_value(a[1]) ? a[1] : im_call_method(t, v, IM_S(replace), a, 2, IM_NO_VALUE);
            im_xdrop(t, a[0]);
            im_xdrop(t, a[1]);
            if (!im_no_value(r) && !im_is_str(r)) im_raise_type(t, "tzname.replace() did not return a string");
            e = im_no_value(r) || im_pending(t) ? -1 : im_sb_str(t, b, r);
            im_xdrop(t, r);
        } else for (ssize_t i = 0; e == 0 && i < im_str_len(v); i++) { /* strftime() is going to look at this */
            uint32_t c = im_str_at(v, i);
            if (c == '%') e = im_sb_char(t, b, c);
            if (e == 0) e = im_sb_char(t, b, c);
        }
    } else if (!im_is_none(v)) {
        char buf[24];
        if (!im_is_delta(v)) im_raise_type(t, "tzinfo.utcoffset() must return None or a timedelta, not '%T'", v), e = -1;
        else {
            im_tz_format(buf, v, colon ? ":" : "");
            e = im_sb_ascii(t, b, buf, -1);
        }
    }
    im_drop(t, v);
    return e;
}
Value im_dt_strftime(Thread *t, Value self, Value format, Value tuple)
{
    ImStrBuilder b;
    im_sb_init(&b);
    ssize_t n = im_str_len(format);
    int e = 0;
    for (ssize_t i = 0; i < n && e == 0; i++) {
        uint32_t c = im_str_at(format, i), next = i + 1 < n ? im_str_at(format, i + 1) : 0;
        if (c != '%' || i + 1 >= n) {
            e = im_sb_char(t, &b, c);
            continue;
        }
        i++;
        if (next == 'f') {
            char text[16];
            snprintf(text, sizeof text, "%06d", im_is_datetime(self) ? im_dtp(self)->c.us : im_is_time(self) ? im_timep(self)->c.us : 0);
            e = im_sb_ascii(t, &b, text, -1);
        } else if (next == 'z' || next == 'Z') e = zone_directive(t, &b, self, (char)next);
        else if (next == ':' && i + 1 < n && im_str_at(format, i + 1) == 'z') {
            i++;
            e = zone_directive(t, &b, self, ':');
        } else {
            e = im_sb_char(t, &b, '%');
            if (e == 0) e = im_sb_char(t, &b, next);
        }
    }
    if (e < 0) {
        im_sb_free(&b);
        return IM_NO_VALUE;
    }
    Value text = im_sb_finish(t, &b), fn = im_no_value(text) ? text : im_import_from(t, "time", "strftime"), r = im_no_value(fn) ? fn : im_call2(t, fn, text, tuple);
    im_xdrop(t, text);
    im_xdrop(t, fn);
    return r;
}
Value im_dt_format(Thread *t, Value self, Value format)
{
    if (!im_is_str(format)) return im_raise_type(t, "__format__() argument 1 must be str, not %T", format);
    if (im_str_len(format) == 0) return im_str(t, self);
    return im_call_method1(t, self, IM_S(strftime), format);
}
int im_clock_text(Thread *t, char *buf, const ImClock *c, Value timespec)
{
    static const char *const specs[] = {"hours", "minutes", "seconds", "milliseconds", "microseconds"};
    size_t k = 0;
    if (im_no_value(timespec) || im_str_equal_cstr(timespec, "auto")) k = c->us ? 4 : 2;
    else {
        while (k < 5 && !im_str_equal_cstr(timespec, specs[k])) k++;
        if (k == 5) return im_raise_valueerror(t, "Unknown timespec value"), -1;
    }
    int n = snprintf(buf, 12, "%02d", c->hour);
    if (k >= 1) n += snprintf(buf + n, 12, ":%02d", c->minute);
    if (k >= 2) n += snprintf(buf + n, 12, ":%02d", c->second);
    if (k == 3) snprintf(buf + n, 12, ".%03d", c->us / 1000);
    if (k == 4) snprintf(buf + n, 12, ".%06d", c->us);
    return 0;
}
ssize_t im_dt_ascii(Value s, char *buf, size_t size)
{
    ssize_t n = im_str_len(s);
    if ((size_t)n >= size) return -1;
    for (ssize_t i = 0; i < n; i++) {
        uint32_t c = im_str_at(s, i);
        buf[i] = c == 0 || c > 126 ? 0x7F : (char)c;
    }
    buf[n] = 0;
    return n;
}
/* n digits at p: the number, or -1. */
static int digits(const char *p, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') return -1;
        v = v * 10 + (p[i] - '0');
    }
    return v;
}
/* YYYY-MM-DD, YYYYMMDD, YYYY-Www[-D], YYYYWww[D] in exactly n characters. */
int im_dt_parse_date(const char *p, size_t n, int *year, int *month, int *day)
{
    if (n < 7 || (*year = digits(p, 4)) < 0) return -1;
    bool sep = p[4] == '-';
    const char *q = p + 4 + sep, *end = p + n;
    if (*q == 'W') {
        int week, wd = 1;
        if (end - q < 3 || (week = digits(q + 1, 2)) < 0) return -1;
        q += 3;
        if (q < end) {
            if (sep && *q++ != '-') return -1;
            if (end - q != 1 || (wd = digits(q, 1)) < 0) return -1;
        }
        if (*year < 1 || wd < 1 || wd > 7 || week < 1 || week > 53) return -1;
        if (week == 53) {
            int first = im_dt_weekday(*year, 1, 1);
            if (first != 3 && !(first == 2 && im_dt_leap(*year))) return -1;
        }
        int ordinal = im_dt_iso_week1(*year) + (week - 1) * 7 + wd - 1;
        if (ordinal < 1 || ordinal > DT_MAX_ORDINAL) return -1;
        im_dt_from_ordinal(ordinal, year, month, day);
        return 0;
    }
    if (end - q != (sep ? 5 : 4) || (*month = digits(q, 2)) < 0) return -1;
    q += 2;
    if (sep && *q++ != '-') return -1;
    return (*day = digits(q, 2)) < 0 ? -1 : 0;
}
/* HH[:MM[:SS[.f+]]] or without the colons. */
static int parse_clock(const char *p, const char *end, ImClock *c)
{
    int *parts[3] = {&c->hour, &c->minute, &c->second};
    bool sep = false;
    *c = (ImClock){0};
    for (int i = 0; i < 3; i++) {
        if (end - p < 2 || (*parts[i] = digits(p, 2)) < 0) return -1;
        p += 2;
        if (i == 0) sep = p < end && *p == ':';
        if (p >= end) return 0;
        if (i == 2) break;
        if (sep && *p != ':') return -1;
        if (!sep && (*p == '.' || *p == ',')) return -1;
        p += sep;
    }
    if (*p != '.' && *p != ',') return -1;
    p++;
    int scale = 100000;
    if (p == end) return -1;
    for (; p < end; p++, scale /= 10) {
        if (*p < '0' || *p > '9') return -1;
        c->us += (*p - '0') * scale;
    }
    return 0;
}
int im_dt_parse_time(Thread *t, const char *p, size_t n, ImClock *c, Value *tz)
{
    const char *end = p + n, *z = p;
    *tz = IM_NO_VALUE;
    while (z < end && *z != '+' && *z != '-' && *z != 'Z') z++;
    if (parse_clock(p, z, c) < 0) return -1;
    if (z == end) return 0;
    if (*z == 'Z') {
        if (z + 1 != end) return -1;
        *tz = im_new_ref(im_dt_utc);
        return 0;
    }
    ImClock o;
    size_t left = (size_t)(end - z) - 1;
    if (left < 2 || left == 3 || parse_clock(z + 1, end, &o) < 0) return -1;
    int sign = *z == '-' ? -1 : 1;
    Value offset = im_delta_new(t, &im_dt_delta_type, 0, sign * (o.hour * 3600 + o.minute * 60 + o.second), sign * o.us);
    if (im_no_value(offset)) return -2;
    *tz = im_timezone_new(t, offset, IM_NO_VALUE);
    im_drop(t, offset);
    return im_no_value(*tz) ? -2 : 0;
}
int im_dt_state(Thread *t, Value v, ssize_t len, const char *what, uint8_t *p)
{
    if (im_is_bytes(v)) {
        if (im_bytes_len(v) != len) return 0;
        memcpy(p, im_bytes_data(v), (size_t)len);
        return 1;
    }
    if (!im_is_str(v) || im_str_len(v) != len) return 0;
    for (ssize_t i = 0; i < len; i++) {
        uint32_t c = im_str_at(v, i);
        if (c > 255)
            return im_raise_valueerror(t, "Failed to encode latin1 string when unpickling a %s object. pickle.load(data, encoding='latin1') is assumed.", what), -1;
        p[i] = (uint8_t)c;
    }
    return 1;
}
int im_dt_timestamp_arg(Thread *t, Value v, int64_t *seconds, int *us)
{
    *us = 0;
    if (!im_is_float(v)) {
        Value i = im_index(t, v);
        if (im_no_value(i)) {
            if (im_exc_clear_if(t, &im_TypeError_type)) im_raise_type(t, "'%T' object cannot be interpreted as an integer", v);
            return -1;
        }
        int ok = im_int_get64(i, seconds);
        im_drop(t, i);
        return ok ? 0 : (im_raise_overflow(t, "timestamp out of range for platform time_t"), -1);
    }
    double d = im_float_get(v), whole, part;
    if (isnan(d)) return im_raise_valueerror(t, "Invalid value NaN (not a number)"), -1;
    part = modf(d, &whole) * 1e6;
    double r = round(part);
    if (fabs(part - r) == 0.5) r = 2.0 * round(part / 2.0);
    if (r >= 1e6) {
        r -= 1e6;
        whole += 1;
    } else if (r < 0) {
        r += 1e6;
        whole -= 1;
    }
    if (!(whole >= -9223372036854775808.0 && whole < 9223372036854775808.0)) return im_raise_overflow(t, "timestamp out of range for platform time_t"), -1;
    *seconds = (int64_t)whole;
    *us = (int)r;
    return 0;
}
int im_dt_local(Thread *t, int64_t utc, int64_t *local)
{
    if (utc < 0 || utc > (int64_t)(DT_MAX_ORDINAL + 2) * 86400) return im_raise_valueerror(t, "year is out of range"), -1;
    time_t at = utc - DT_EPOCH_SECONDS;
    struct tm tm;
    if (!localtime_r(&at, &tm)) {
        im_raise_errno(t, errno ? errno : EINVAL);
        return -1;
    }
    *local = im_dt_seconds(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return 0;
}

/* --- tzinfo -------------------------------------------------------------------------------------------------------------------------------------- */

static Value missing(Thread *t, const char *name) { return im_raise(t, &im_NotImplementedError_type, "a tzinfo subclass must implement %s()", name); }
DT_METHOD(tz_tzname) { return missing(t, "tzname"); }
DT_METHOD(tz_utcoffset) { return missing(t, "utcoffset"); }
DT_METHOD(tz_dst) { return missing(t, "dst"); }
DT_METHOD(tz_fromutc)
{
    Value dt = args[0], off = IM_NO_VALUE, dst = IM_NO_VALUE, delta = IM_NO_VALUE, r = IM_NO_VALUE;
    if (!im_is_datetime(dt)) return im_raise_type(t, "fromutc: argument must be a datetime");
    if (!im_same(im_dtp(dt)->tz, self)) return im_raise_valueerror(t, "fromutc: dt.tzinfo is not self");
    off = im_tz_offset(t, self, IM_S(utcoffset), dt);
    if (im_no_value(off)) goto out;
    if (im_is_none(off)) { im_raise_valueerror(t, "fromutc: non-None utcoffset() result required"); goto out; }
    dst = im_tz_offset(t, self, IM_S(dst), dt);
    if (im_no_value(dst)) goto out;
    if (im_is_none(dst)) { im_raise_valueerror(t, "fromutc: non-None dst() result required"); goto out; }
    delta = im_binop(t, off, dst, IM_OP_SUB); /* the standard offset */
    r = im_no_value(delta) ? delta : im_binop(t, dt, delta, IM_OP_ADD);
    if (im_no_value(r)) goto out;
    im_drop(t, dst);
    dst = im_tz_offset(t, self, IM_S(dst), r);
    if (im_no_value(dst)) goto fail;
    if (im_is_none(dst)) { im_raise_valueerror(t, "fromutc: tz.dst() gave inconsistent results; cannot convert"); goto fail; }
    if (im_delta_us(dst) != 0) {
        Value next = im_binop(t, r, dst, IM_OP_ADD);
        im_drop(t, r);
        r = next;
    }
    goto out;
fail:
    IM_CLEAR(t, r);
out:
    im_xdrop(t, off);
    im_xdrop(t, dst);
    im_xdrop(t, delta);
    return r;
}
DT_METHOD(tz_reduce)
{
    Value fn, a = IM_NO_VALUE, state = IM_NO_VALUE, r = IM_NO_VALUE, cls = im_type_value(im_type_of(self));
    int found = im_lookup_attr(t, self, IM_S(__getinitargs__), &fn);
    if (found < 0) return r;
    a = found ? im_call0(t, fn) : im_new_ref(im_tuple_empty());
    im_xdrop(t, fn);
    if (!im_no_value(a)) state = im_call_method0(t, self, IM_S(__getstate__));
    if (!im_no_value(state)) r = im_is_none(state) ? im_tuple_pack(t, 2, cls, a) : im_tuple_pack(t, 3, cls, a, state);
    im_xdrop(t, a);
    im_xdrop(t, state);
    return r;
}
static Value tz_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_value(im_instance_alloc(t, type, 0));
}
static const ImMethodDef tzinfo_methods[] = {
    IM_FIXED("tzname", tz_tzname, 1, "($self, object, /)", "datetime -> string name of time zone."), IM_FIXED("utcoffset", tz_utcoffset, 1, "($self, object, /)", "datetime -> timedelta showing offset from UTC, negative values indicating West of UTC"),
    IM_FIXED("dst", tz_dst, 1, "($self, object, /)", "datetime -> DST offset as timedelta positive east of UTC."), IM_FIXED("fromutc", tz_fromutc, 1, "($self, object, /)", "datetime in UTC -> datetime in local time."),
    IM_FIXED("__reduce__", tz_reduce, 0, NULL, "-> (cls, state)"), IM_END};
static const ImSlots tzinfo_slots = {.new_ = tz_new};
static const ImTypeSpec tzinfo_spec = {.name = "datetime.tzinfo", .doc = "Abstract base class for time zone info objects.", .size = sizeof(ImObject), .flags = IM_TF_BASETYPE, .slots = &tzinfo_slots,
    .methods = tzinfo_methods};
IM_TYPE(dt_tzinfo, &tzinfo_spec);

/* --- timezone ------------------------------------------------------------------------------------------------------------------------------------- */

static Value timezone_make(Thread *t, Value offset, Value name)
{
    ImTimezone *z = (ImTimezone *)im_instance_alloc(t, &im_dt_timezone_type, 0);
    if (!z) return IM_NO_VALUE;
    z->offset = im_new_ref(offset);
    im_xtake(name);
    z->name = name;
    return im_value(z);
}
Value im_timezone_new(Thread *t, Value offset, Value name)
{
    ImDelta *d = im_deltap(offset);
    if (im_no_value(name) && im_delta_us(offset) == 0 && !im_no_value(im_dt_utc)) return im_new_ref(im_dt_utc);
    if ((d->days == -1 && d->seconds == 0 && d->us < 1) || d->days < -1 || d->days >= 1)
        return im_raise_valueerror(t, "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not %R.", offset);
    return timezone_make(t, offset, name);
}
static Value timezone_tp_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    (void)type;
    if (im_parse_args(t, "timezone", "(offset, name=<unrepresentable>)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (!im_is_delta(a.v[0])) im_raise_type(t, "timezone() argument 1 must be datetime.timedelta, not %T", a.v[0]);
    else if (!im_no_value(a.v[1]) && !im_is_str(a.v[1])) im_raise_type(t, "timezone() argument 2 must be str, not %T", a.v[1]);
    else r = im_timezone_new(t, a.v[0], a.v[1]);
    im_args_fini(t, &a);
    return r;
}
#define ZONE(v) ((ImTimezone *)im_ptr(v))
static int zone_arg(Thread *t, const char *name, Value dt)
{
    if (im_is_none(dt) || im_is_datetime(dt)) return 0;
    return im_raise_type(t, "%s(dt) argument must be a datetime instance or None, not %.200T", name, dt), -1;
}
static Value zone_text(Thread *t, Value self)
{
    ImTimezone *z = ZONE(self);
    if (!im_no_value(z->name)) return im_new_ref(z->name);
    if (im_same(self, im_dt_utc) || im_delta_us(z->offset) == 0) return im_str_from_cstr(t, "UTC");
    char buf[24];
    im_tz_format(buf, z->offset, ":");
    return im_str_format(t, "UTC%s", buf);
}
static Value zone_str(Thread *t, Value self) { return zone_text(t, self); }
static Value zone_repr(Thread *t, Value self)
{
    ImTimezone *z = ZONE(self);
    const char *name = im_type_cname(im_type_of(self));
    if (im_same(self, im_dt_utc)) return im_str_format(t, "%s.utc", name);
    return im_no_value(z->name) ? im_str_format(t, "%s(%R)", name, z->offset) : im_str_format(t, "%s(%R, %R)", name, z->offset, z->name);
}
static int64_t zone_hash(Thread *t, Value self) { return im_hash(t, ZONE(self)->offset); }
static Value zone_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if ((op != IM_EQ && op != IM_NE) || !im_is_exact(b, &im_dt_timezone_type)) return IM_NOT_IMPLEMENTED;
    return im_compare(t, ZONE(a)->offset, ZONE(b)->offset, op);
}
DT_METHOD(zone_tzname) { return zone_arg(t, "tzname", args[0]) < 0 ? IM_NO_VALUE : zone_text(t, self); }
DT_METHOD(zone_utcoffset) { return zone_arg(t, "utcoffset", args[0]) < 0 ? IM_NO_VALUE : im_new_ref(ZONE(self)->offset); }
DT_METHOD(zone_dst) { (void)self; return zone_arg(t, "dst", args[0]) < 0 ? IM_NO_VALUE : IM_NONE; }
DT_METHOD(zone_fromutc)
{
    if (!im_is_datetime(args[0])) return im_raise_type(t, "fromutc: argument must be a datetime instance");
    if (!im_same(im_dtp(args[0])->tz, self)) return im_raise_valueerror(t, "fromutc: dt.tzinfo is not self");
    return im_binop(t, args[0], ZONE(self)->offset, IM_OP_ADD);
}
DT_METHOD(zone_initargs) { ImTimezone *z = ZONE(self); return im_no_value(z->name) ? im_tuple_pack(t, 1, z->offset) : im_tuple_pack(t, 2, z->offset, z->name); }
static int zone_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImTimezone *z = (ImTimezone *)o;
    int r = im_is_object(z->offset) ? visit(z->offset, arg) : 0;
    return r || !im_is_object(z->name) ? r : visit(z->name, arg);
}
static void zone_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((ImTimezone *)o)->offset);
    im_destroy_child(t, ((ImTimezone *)o)->name);
}
static const ImMethodDef zone_methods[] = {
    IM_FIXED("tzname", zone_tzname, 1, "($self, object, /)", "If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'."),
    IM_FIXED("utcoffset", zone_utcoffset, 1, "($self, object, /)", "Return fixed offset."), IM_FIXED("dst", zone_dst, 1, "($self, object, /)", "Return None."),
    IM_FIXED("fromutc", zone_fromutc, 1, "($self, object, /)", "datetime in UTC -> datetime in local time."), IM_FIXED("__getinitargs__", zone_initargs, 0, "($self, /)", "pickle support"), IM_END};
static const ImSlots zone_slots = {.new_ = timezone_tp_new, .repr = zone_repr, .str = zone_str, .hash = zone_hash, .richcompare = zone_compare};
static const ImTypeSpec zone_spec = {.name = "datetime.timezone", .doc = "Fixed offset from UTC implementation of tzinfo.", .size = sizeof(ImTimezone), .flags = IM_TF_GC, .base = &im_dt_tzinfo_type,
    .slots = &zone_slots, .methods = zone_methods, .traverse = zone_traverse, .destroy = zone_destroy};
IM_TYPE(dt_timezone, &zone_spec);
