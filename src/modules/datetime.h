/* What the files of _datetime share: the objects, which never change once made, and calendar arithmetic (proleptic Gregorian; ordinal 1 is 0001-01-01).
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_DATETIME_H
#define IM_MODULES_DATETIME_H

#include "modules/module.h"

typedef __int128 ImWide;

enum { DT_MIN_YEAR = 1, DT_MAX_YEAR = 9999, DT_MAX_ORDINAL = 3652059, DT_MAX_DELTA_DAYS = 999999999 };

typedef struct ImDelta {
    ImObject head;
    int64_t x_hash;              /* -1: not computed; the same whoever computes it */
    int32_t days, seconds, us;   /* normalised: 0 <= seconds < 86400, 0 <= us < 1000000 */
} ImDelta;
typedef struct ImDate {
    ImObject head;
    int64_t x_hash;
    int32_t year, month, day;
} ImDate;
typedef struct ImClock { int32_t hour, minute, second, us; int32_t fold; } ImClock;
typedef struct ImTime {
    ImObject head;
    int64_t x_hash;
    ImClock c;
    Value tz;                    /* tzinfo, or no value */
} ImTime;
typedef struct ImDateTime {
    ImDate d;                    /* a datetime is a date */
    ImClock c;
    Value tz;
} ImDateTime;
typedef struct ImTimezone { ImObject head; Value offset, name; /* name: str or no value */ } ImTimezone;

IM_TYPE_DECLARE(dt_delta); IM_TYPE_DECLARE(dt_date); IM_TYPE_DECLARE(dt_time); IM_TYPE_DECLARE(dt_datetime); IM_TYPE_DECLARE(dt_tzinfo); IM_TYPE_DECLARE(dt_timezone);
extern Value im_dt_utc, im_dt_epoch; /* timezone.utc; 1970-01-01 in it: made with the module */

IM_INLINE ImDelta *im_deltap(Value v) { return (ImDelta *)im_ptr(v); }
IM_INLINE ImDate *im_datep(Value v) { return (ImDate *)im_ptr(v); }
IM_INLINE ImTime *im_timep(Value v) { return (ImTime *)im_ptr(v); }
IM_INLINE ImDateTime *im_dtp(Value v) { return (ImDateTime *)im_ptr(v); }
IM_INLINE bool im_dt_is(Value v, ImType *ty) { return im_is_object(v) && im_is_instance_of(v, ty); }
#define im_is_delta(v) im_dt_is((v), &im_dt_delta_type)
#define im_is_date(v) im_dt_is((v), &im_dt_date_type)
#define im_is_time(v) im_dt_is((v), &im_dt_time_type)
#define im_is_datetime(v) im_dt_is((v), &im_dt_datetime_type)

/* --- calendar --- */
bool im_dt_leap(int year);
int im_dt_days_in_month(int year, int month);
int im_dt_ordinal(int year, int month, int day);
void im_dt_from_ordinal(int ordinal, int *year, int *month, int *day);
IM_INLINE int im_dt_weekday(int year, int month, int day) { return (im_dt_ordinal(year, month, day) + 6) % 7; }
int im_dt_iso_week1(int year); /* ordinal of the Monday of ISO week 1 */
IM_MUST_USE int im_dt_check_date(Thread *t, int64_t year, int64_t month, int64_t day);
IM_MUST_USE int im_dt_check_clock(Thread *t, int64_t h, int64_t m, int64_t s, int64_t us, int64_t fold);

/* --- making (values in range are checked where said) --- */
IM_MUST_USE Value im_delta_new(Thread *t, ImType *type, int64_t days, int64_t seconds, int64_t us); /* normalises; OverflowError */
IM_MUST_USE Value im_delta_from_us(Thread *t, ImType *type, ImWide us);
ImWide im_delta_us(Value v);
/* Fields checked; type may be a subclass, which is then called. tz: no value or None for none. */
IM_MUST_USE Value im_date_new(Thread *t, ImType *type, int64_t year, int64_t month, int64_t day);
IM_MUST_USE Value im_time_new(Thread *t, ImType *type, ImClock c, Value tz);
IM_MUST_USE Value im_datetime_new(Thread *t, ImType *type, int64_t year, int64_t month, int64_t day, ImClock c, Value tz);
IM_MUST_USE Value im_timezone_new(Thread *t, Value offset, Value name); /* utc itself for offset 0 without a name */
IM_MUST_USE int im_dt_check_tz(Thread *t, Value tz);

int im_dt_iso_ready(Thread *t); /* the type of isocalendar() */

/* --- tzinfo --- */
/* tz.name(arg), name utcoffset or dst: a checked timedelta, or None; None for tz without value. */
IM_MUST_USE Value im_tz_offset(Thread *t, Value tz, Value name, Value arg);
IM_MUST_USE Value im_tz_name(Thread *t, Value tz, Value arg);
/* "+HH:MM[:SS[.ffffff]]" of an offset into buf (>= 24 bytes). */
void im_tz_format(char *buf, Value offset, const char *sep);
/* time.struct_time((…)) */
IM_MUST_USE Value im_dt_struct_time(Thread *t, int year, int month, int day, int h, int m, int s, int dst);
/* time.strftime() of tuple, after %z %:z %Z %f have been replaced by what self says. */
IM_MUST_USE Value im_dt_strftime(Thread *t, Value self, Value format, Value tuple);
IM_MUST_USE Value im_dt_format(Thread *t, Value self, Value format); /* __format__ */
IM_MUST_USE int im_clock_text(Thread *t, char *buf, const ImClock *c, Value timespec); /* -1 ValueError */
/* Parses into *c and *tz (owned or no value): 0, -1 malformed (nothing pending), -2 exception. */
int im_dt_parse_date(const char *p, size_t n, int *year, int *month, int *day);
int im_dt_parse_time(Thread *t, const char *p, size_t n, ImClock *c, Value *tz);
/* Text of a str with 0x7F for what is not ASCII, zero ended: n bytes; -1 when longer than size - 1. */
ssize_t im_dt_ascii(Value s, char *buf, size_t size);
/* State bytes from the pickle argument (bytes, or str of Python 2): 1 and p, 0 not one, -1. `what` for the message. */
IM_MUST_USE int im_dt_state(Thread *t, Value v, ssize_t len, const char *what, uint8_t *p);
IM_INLINE Value im_dt_cmp(int d, ImCmp op)
{
    return im_bool(op == IM_EQ ? d == 0 : op == IM_NE ? d != 0 : op == IM_LT ? d < 0 : op == IM_LE ? d <= 0 : op == IM_GT ? d > 0 : d >= 0);
}
/* Seconds since the epoch and microseconds of a timestamp argument, rounded half to even. */
IM_MUST_USE int im_dt_timestamp_arg(Thread *t, Value v, int64_t *seconds, int *us);
/* Local time of a count of seconds since year 1 that is UTC; -1 with exception. */
IM_MUST_USE int im_dt_local(Thread *t, int64_t utc, int64_t *local);
#define DT_EPOCH_SECONDS ((int64_t)719163 * 86400)
IM_INLINE int64_t im_dt_seconds(int year, int month, int day, int h, int m, int s) { return ((int64_t)im_dt_ordinal(year, month, day) * 24 + h) * 3600 + m * 60 + s; }

#define DT_METHOD(name) static Value name(Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)
/* Integer arguments: not given keeps the value. */
IM_MUST_USE IM_INLINE int im_dt_int(Thread *t, Value v, int64_t *out)
{
    int n;
    if (im_no_value(v)) return 0;
    if (im_as_int(t, v, &n) < 0) return -1;
    *out = n;
    return 0;
}

#endif
