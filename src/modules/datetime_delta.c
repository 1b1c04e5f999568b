/* datetime.timedelta, and the calendar arithmetic that all of _datetime uses.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "modules/datetime.h"

/* --- calendar -------------------------------------------------------------------------------------------------------------------------------- */

static const int before_month[13] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
static const int month_days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

bool im_dt_leap(int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }
int im_dt_days_in_month(int y, int m) { return m == 2 && im_dt_leap(y) ? 29 : month_days[m]; }
static int before_year(int y) { return (y - 1) * 365 + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400; }
int im_dt_ordinal(int y, int m, int d) { return before_year(y) + before_month[m] + (m > 2 && im_dt_leap(y)) + d; }
void im_dt_from_ordinal(int n, int *year, int *month, int *day)
{
    enum { DAYS4 = 1461, DAYS100 = 36524, DAYS400 = 146097 };
    n--;
    int n400 = n / DAYS400, y = n400 * 400 + 1;
    n %= DAYS400;
    int n100 = n / DAYS100;
    n %= DAYS100;
    int n4 = n / DAYS4;
    n %= DAYS4;
    int n1 = n / 365;
    n %= 365;
    y += n100 * 100 + n4 * 4 + n1;
    if (n1 == 4 || n100 == 4) { /* the last day of a leap year */
        *year = y - 1;
        *month = 12;
        *day = 31;
        return;
    }
    int m = (n + 50) >> 5, before = before_month[m] + (m > 2 && im_dt_leap(y));
    if (before > n) {
        m--;
        before -= im_dt_days_in_month(y, m);
    }
    *year = y;
    *month = m;
    *day = n - before + 1;
}
int im_dt_iso_week1(int year)
{
    int first = im_dt_ordinal(year, 1, 1), weekday = (first + 6) % 7, monday = first - weekday;
    return weekday > 3 ? monday + 7 : monday;
}
int im_dt_check_date(Thread *t, int64_t y, int64_t m, int64_t d)
{
    if (y < DT_MIN_YEAR || y > DT_MAX_YEAR) return im_raise_valueerror(t, "year %i is out of range", (int)y), -1;
    if (m < 1 || m > 12) return im_raise_valueerror(t, "month must be in 1..12"), -1;
    if (d < 1 || d > im_dt_days_in_month((int)y, (int)m)) return im_raise_valueerror(t, "day is out of range for month"), -1;
    return 0;
}
int im_dt_check_clock(Thread *t, int64_t h, int64_t m, int64_t s, int64_t us, int64_t fold)
{
    if (h < 0 || h > 23) return im_raise_valueerror(t, "hour must be in 0..23"), -1;
    if (m < 0 || m > 59) return im_raise_valueerror(t, "minute must be in 0..59"), -1;
    if (s < 0 || s > 59) return im_raise_valueerror(t, "second must be in 0..59"), -1;
    if (us < 0 || us > 999999) return im_raise_valueerror(t, "microsecond must be in 0..999999"), -1;
    if (fold != 0 && fold != 1) return im_raise_valueerror(t, "fold must be either 0 or 1"), -1;
    return 0;
}

/* --- making timedeltas ------------------------------------------------------------------------------------------------------------------------ */

#define US_PER_DAY ((ImWide)86400 * 1000000)

static int64_t floor_div(int64_t a, int64_t b, int64_t *rest)
{
    int64_t q = a / b, r = a % b;
    if (r < 0) {
        r += b;
        q--;
    }
    *rest = r;
    return q;
}
Value im_delta_new(Thread *t, ImType *type, int64_t days, int64_t seconds, int64_t us)
{
    if (us < 0 || us >= 1000000) seconds += floor_div(us, 1000000, &us);
    if (seconds < 0 || seconds >= 86400) days += floor_div(seconds, 86400, &seconds);
    if (days < -DT_MAX_DELTA_DAYS || days > DT_MAX_DELTA_DAYS)
        return im_raise_overflow(t, "days=%lld; must have magnitude <= %d", (long long)days, DT_MAX_DELTA_DAYS);
    ImDelta *d = (ImDelta *)im_instance_alloc(t, type, 0);
    if (!d) return IM_NO_VALUE;
    d->x_hash = -1;
    d->days = (int32_t)days;
    d->seconds = (int32_t)seconds;
    d->us = (int32_t)us;
    return im_value(d);
}
Value im_delta_from_us(Thread *t, ImType *type, ImWide us)
{
    ImWide days = us / US_PER_DAY, rest = us % US_PER_DAY;
    if (rest < 0) {
        rest += US_PER_DAY;
        days--;
    }
    if (days > INT32_MAX || days < INT32_MIN) return im_raise_overflow(t, "Python int too large to convert to C int");
    return im_delta_new(t, type, (int64_t)days, (int64_t)(rest / 1000000), (int64_t)(rest % 1000000));
}
ImWide im_delta_us(Value v)
{
    ImDelta *d = im_deltap(v);
    return (ImWide)d->days * US_PER_DAY + (ImWide)d->seconds * 1000000 + d->us;
}

static Value wide_value(Thread *t, ImWide w)
{
    if (w >= INT64_MIN && w <= INT64_MAX) return im_int_new(t, (int64_t)w);
    return im_int_from_bytes(t, (const uint8_t *)&w, sizeof w, true, true);
}
/* An int of at most 100 bits. */
static int wide_get(Thread *t, Value v, ImWide *w)
{
    int64_t n;
    if (im_int_get64(v, &n)) {
        *w = n;
        return 0;
    }
    if (im_int_bit_length(v) > 100) return im_raise_overflow(t, "Python int too large to convert to C int"), -1;
    return im_int_to_bytes(t, v, (uint8_t *)w, sizeof *w, true, true);
}

/* One argument of the constructor: its whole microseconds are added to *us, the rest to *left. */
static int add_part(Thread *t, const char *name, Value v, int64_t factor, ImWide *us, double *left)
{
    ImWide n;
    if (im_is_int_like(v)) {
        if (wide_get(t, v, &n) < 0) return -1;
        if (n > ((ImWide)1 << 80) || n < -((ImWide)1 << 80)) return im_raise_overflow(t, "Python int too large to convert to C int"), -1;
        *us += n * factor;
        return 0;
    }
    if (!im_is_float(v)) return im_raise_type(t, "unsupported type for timedelta %s component: %T", name, v), -1;
    double d = im_float_get(v), whole, part = modf(d, &whole);
    if (isinf(d)) return im_raise_overflow(t, "cannot convert float infinity to integer"), -1;
    if (isnan(d)) return im_raise_valueerror(t, "cannot convert float NaN to integer"), -1;
    if (fabs(whole) > 1e24) return im_raise_overflow(t, "Python int too large to convert to C int"), -1;
    *us += (ImWide)whole * factor;
    if (part == 0.0) return 0;
    part = modf((double)factor * part, &whole);
    *us += (ImWide)whole;
    *left += part;
    return 0;
}
static Value delta_tp_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    static const char *const names[] = {"microseconds", "milliseconds", "seconds", "minutes", "hours", "days", "weeks"};
    static const int64_t factors[] = {1, 1000, 1000000, 60000000, 3600000000, 86400000000, 604800000000};
    static const int from[] = {2, 3, 1, 4, 5, 0, 6};
    ImArgs a;
    if (im_parse_args(t, "__new__", "(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    ImWide us = 0;
    double left = 0;
    Value r = IM_NO_VALUE;
    for (int i = 0; i < 7; i++) if (!im_no_value(a.v[from[i]]) && add_part(t, names[i], a.v[from[i]], factors[i], &us, &left) < 0) goto out;
    if (left != 0) {
        double whole = round(left);
        if (fabs(whole - left) == 0.5) { /* half way: to even, with what has been summed */
            int odd = (int)(us & 1);
            whole = 2.0 * round((left + odd) * 0.5) - odd;
        }
        us += (ImWide)whole;
    }
    r = im_delta_from_us(t, type, us);
out:
    im_args_fini(t, &a);
    return r;
}

/* --- arithmetic --------------------------------------------------------------------------------------------------------------------------------- */

static Value made(Thread *t, ImWide us) { return im_delta_from_us(t, &im_dt_delta_type, us); }
static Value combine(Thread *t, Value a, Value b, int sign)
{
    if (!im_is_delta(a) || !im_is_delta(b)) return IM_NOT_IMPLEMENTED;
    ImDelta *x = im_deltap(a), *y = im_deltap(b);
    return im_delta_new(t, &im_dt_delta_type, (int64_t)x->days + sign * (int64_t)y->days, (int64_t)x->seconds + sign * y->seconds, (int64_t)x->us + sign * y->us);
}
static Value delta_add(Thread *t, Value a, Value b) { return combine(t, a, b, 1); }
static Value delta_sub(Thread *t, Value a, Value b) { return combine(t, a, b, -1); }
static Value delta_neg(Thread *t, Value a) { return made(t, -im_delta_us(a)); }
static Value delta_pos(Thread *t, Value a) { return made(t, im_delta_us(a)); }
static Value delta_abs(Thread *t, Value a) { return im_deltap(a)->days < 0 ? delta_neg(t, a) : delta_pos(t, a); }
static int delta_bool(Thread *t, Value a) { (void)t; return im_delta_us(a) != 0; }

/* m / n to the nearest, halves to even; ints. */
static Value divide_nearest(Thread *t, Value m, Value n)
{
    Value qr = im_int_divmod(t, m, n);
    if (im_no_value(qr)) return qr;
    Value q = im_new_ref(im_tuple_get(qr, 0)), twice = im_int_add(t, im_tuple_get(qr, 1), im_tuple_get(qr, 1)), odd = IM_NO_VALUE;
    im_drop(t, qr);
    if (!im_no_value(twice)) {
        int c = im_int_cmp(twice, n), up = im_int_sign(n) > 0 ? c > 0 : c < 0;
        if (c == 0) {
            odd = im_binop(t, q, im_int(1), IM_OP_AND);
            up = !im_no_value(odd) && im_same(odd, im_int(1));
        }
        im_drop(t, twice);
        if (up) {
            Value next = im_int_add(t, q, im_int(1));
            im_drop(t, q);
            q = next;
        }
    } else IM_CLEAR(t, q);
    return q;
}
static Value from_int(Thread *t, Value us) /* steals; may be no value */
{
    ImWide w;
    if (im_no_value(us)) return us;
    int e = wide_get(t, us, &w);
    im_drop(t, us);
    return e < 0 ? IM_NO_VALUE : made(t, w);
}
/* delta * n or, divide, delta / n of an int or a float. */
static Value scale(Thread *t, Value delta, Value by, bool divide)
{
    Value us = wide_value(t, im_delta_us(delta)), r = IM_NO_VALUE;
    if (im_no_value(us)) return us;
    if (im_is_int_like(by)) {
        r = divide ? (im_int_sign(by) == 0 ? im_raise(t, &im_ZeroDivisionError_type, "integer division or modulo by zero") : divide_nearest(t, us, by)) : im_int_mul(t, us, by);
    } else {
        Value ratio = im_call_method0(t, by, IM_S(as_integer_ratio));
        if (!im_no_value(ratio) && !im_is_tuple(ratio)) {
            im_raise_type(t, "unexpected return type from as_integer_ratio(): expected tuple, got '%.200T'", ratio);
            IM_CLEAR(t, ratio);
        } else if (!im_no_value(ratio) && (im_tuple_len(ratio) != 2 || !im_is_int_like(im_tuple_get(ratio, 0)) || !im_is_int_like(im_tuple_get(ratio, 1)))) {
            im_raise_valueerror(t, "unexpected return value of as_integer_ratio(): expected a tuple of two ints");
            IM_CLEAR(t, ratio);
        }
        if (!im_no_value(ratio)) {
            Value num = im_tuple_get(ratio, divide ? 1 : 0), den = im_tuple_get(ratio, divide ? 0 : 1);
            if (im_int_sign(den) == 0) im_raise(t, &im_ZeroDivisionError_type, "integer division or modulo by zero");
            else {
                Value prod = im_int_mul(t, us, num);
                r = im_no_value(prod) ? prod : divide_nearest(t, prod, den);
                im_xdrop(t, prod);
            }
            im_drop(t, ratio);
        }
    }
    im_drop(t, us);
    return from_int(t, r);
}
static Value delta_mul(Thread *t, Value a, Value b)
{
    if (!im_is_delta(a)) {
        Value x = a;
        a = b;
        b = x;
    }
    return im_is_delta(a) && (im_is_int_like(b) || im_is_float(b)) ? scale(t, a, b, false) : IM_NOT_IMPLEMENTED;
}
static Value both(Thread *t, Value a, Value b, ImBinOp op)
{
    Value x = wide_value(t, im_delta_us(a)), y = wide_value(t, im_delta_us(b)), r = im_no_value(x) || im_no_value(y) ? IM_NO_VALUE : im_binop(t, x, y, op);
    im_xdrop(t, x);
    im_xdrop(t, y);
    return r;
}
static Value delta_truediv(Thread *t, Value a, Value b)
{
    if (!im_is_delta(a)) return IM_NOT_IMPLEMENTED;
    if (im_is_delta(b)) return both(t, a, b, IM_OP_TRUEDIV);
    return im_is_int_like(b) || im_is_float(b) ? scale(t, a, b, true) : IM_NOT_IMPLEMENTED;
}
static Value delta_floordiv(Thread *t, Value a, Value b)
{
    if (!im_is_delta(a)) return IM_NOT_IMPLEMENTED;
    if (im_is_delta(b)) return both(t, a, b, IM_OP_FLOORDIV);
    if (!im_is_int_like(b)) return IM_NOT_IMPLEMENTED;
    Value x = wide_value(t, im_delta_us(a)), r = im_no_value(x) ? x : im_binop(t, x, b, IM_OP_FLOORDIV);
    im_xdrop(t, x);
    return from_int(t, r);
}
static Value delta_mod(Thread *t, Value a, Value b) { return im_is_delta(a) && im_is_delta(b) ? from_int(t, both(t, a, b, IM_OP_MOD)) : IM_NOT_IMPLEMENTED; }
static Value delta_divmod(Thread *t, Value a, Value b)
{
    if (!im_is_delta(a) || !im_is_delta(b)) return IM_NOT_IMPLEMENTED;
    Value q = both(t, a, b, IM_OP_FLOORDIV), m = im_no_value(q) ? q : from_int(t, both(t, a, b, IM_OP_MOD)), r = im_no_value(m) ? m : im_tuple_pack(t, 2, q, m);
    im_xdrop(t, q);
    im_xdrop(t, m);
    return r;
}
static Value delta_compare(Thread *t, Value a, Value b, ImCmp op)
{
    (void)t;
    if (!im_is_delta(b)) return IM_NOT_IMPLEMENTED;
    ImDelta *x = im_deltap(a), *y = im_deltap(b);
    int d = x->days != y->days ? (x->days < y->days ? -1 : 1) : x->seconds != y->seconds ? (x->seconds < y->seconds ? -1 : 1) : x->us < y->us ? -1 : x->us > y->us;
    return im_dt_cmp(d, op);
}
static int64_t delta_hash(Thread *t, Value v)
{
    ImDelta *d = im_deltap(v);
    int64_t h = im_load_relaxed(&d->x_hash);
    if (h != -1) return h;
    Value parts = im_tuple_pack(t, 3, im_int(d->days), im_int(d->seconds), im_int(d->us));
    if (im_no_value(parts)) return -1;
    h = im_hash(t, parts);
    im_drop(t, parts);
    im_store_relaxed(&d->x_hash, h);
    return h;
}

/* --- text, state ----------------------------------------------------------------------------------------------------------------------------------- */

static Value delta_repr(Thread *t, Value v)
{
    ImDelta *d = im_deltap(v);
    char buf[96];
    int n = 0;
    if (d->days) n += snprintf(buf + n, sizeof buf - (size_t)n, "%sdays=%d", n ? ", " : "", d->days);
    if (d->seconds) n += snprintf(buf + n, sizeof buf - (size_t)n, "%sseconds=%d", n ? ", " : "", d->seconds);
    if (d->us) n += snprintf(buf + n, sizeof buf - (size_t)n, "%smicroseconds=%d", n ? ", " : "", d->us);
    if (!n) snprintf(buf, sizeof buf, "0");
    return im_str_format(t, "%s(%s)", im_type_cname(im_type_of(v)), buf);
}
static Value delta_str(Thread *t, Value v)
{
    ImDelta *d = im_deltap(v);
    char buf[96];
    int n = 0, s = d->seconds;
    if (d->days) n = snprintf(buf, sizeof buf, "%d day%s, ", d->days, d->days == 1 || d->days == -1 ? "" : "s");
    n += snprintf(buf + n, sizeof buf - (size_t)n, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    if (d->us) snprintf(buf + n, sizeof buf - (size_t)n, ".%06d", d->us);
    return im_str_from_cstr(t, buf);
}
DT_METHOD(delta_total)
{
    Value x = wide_value(t, im_delta_us(self)), r = im_no_value(x) ? x : im_binop(t, x, im_int(1000000), IM_OP_TRUEDIV);
    im_xdrop(t, x);
    return r;
}
DT_METHOD(delta_reduce)
{
    ImDelta *d = im_deltap(self);
    Value a = im_tuple_pack(t, 3, im_int(d->days), im_int(d->seconds), im_int(d->us)), r = im_no_value(a) ? a : im_tuple_pack(t, 2, im_type_value(im_type_of(self)), a);
    im_xdrop(t, a);
    return r;
}
static const ImMethodDef delta_methods[] = {
    IM_FIXED("total_seconds", delta_total, 0, "($self, /)", "Total seconds in the duration."), IM_FIXED("__reduce__", delta_reduce, 0, NULL, "__reduce__() -> (cls, state)"), IM_END};
static const ImMemberDef delta_members[] = {
    {"days", IM_T_INT32, offsetof(ImDelta, days), true, "Number of days."}, {"seconds", IM_T_INT32, offsetof(ImDelta, seconds), true, "Number of seconds (>= 0 and less than 1 day)."},
    {"microseconds", IM_T_INT32, offsetof(ImDelta, us), true, "Number of microseconds (>= 0 and less than 1 second)."}, IM_END};
static const ImSlots delta_slots = {
    .new_ = delta_tp_new, .repr = delta_repr, .str = delta_str, .hash = delta_hash, .richcompare = delta_compare, .add = delta_add, .subtract = delta_sub, .multiply = delta_mul,
    .remainder = delta_mod, .divmod = delta_divmod, .negative = delta_neg, .positive = delta_pos, .absolute = delta_abs, .bool_ = delta_bool, .floor_divide = delta_floordiv,
    .true_divide = delta_truediv};
static const ImTypeSpec delta_spec = {
    .name = "datetime.timedelta",
    .doc = "Difference between two datetime values.\n\ntimedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)\n\nAll arguments are optional and default to 0.\nArguments may be "
           "integers or floats, and may be positive or negative.",
    .size = sizeof(ImDelta), .flags = IM_TF_BASETYPE, .slots = &delta_slots, .methods = delta_methods, .members = delta_members};
IM_TYPE(dt_delta, &delta_spec);
