/* datetime.time.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "modules/datetime.h"

static Value alloc_time(Thread *t, ImType *type, ImClock c, Value tz)
{
    ImTime *p = (ImTime *)im_instance_alloc(t, type, 0);
    if (!p) return IM_NO_VALUE;
    p->x_hash = -1;
    p->c = c;
    if (!im_no_value(tz) && !im_is_none(tz)) p->tz = im_new_ref(tz);
    return im_value(p);
}
Value im_time_new(Thread *t, ImType *type, ImClock c, Value tz)
{
    if (im_dt_check_clock(t, c.hour, c.minute, c.second, c.us, c.fold) < 0 || im_dt_check_tz(t, tz) < 0) return IM_NO_VALUE;
    if (type == &im_dt_time_type) return alloc_time(t, type, c, tz);
    Value names = im_tuple_pack(t, 1, IM_S(fold)), args[6] = {im_int(c.hour), im_int(c.minute), im_int(c.second), im_int(c.us), im_no_value(tz) ? IM_NONE : tz, im_int(c.fold)};
    if (im_no_value(names)) return names;
    Value r = c.fold ? im_call(t, im_type_value(type), args, 5, names) : im_call(t, im_type_value(type), args, 5, IM_NO_VALUE);
    im_drop(t, names);
    return r;
}
#define CLOCK_ARGS(at) \
    (im_dt_int(t, a.v[at], &v[0]) == 0 && im_dt_int(t, a.v[at + 1], &v[1]) == 0 && im_dt_int(t, a.v[at + 2], &v[2]) == 0 && im_dt_int(t, a.v[at + 3], &v[3]) == 0 && \
     im_dt_int(t, a.v[at + 5], &v[4]) == 0 && im_dt_check_clock(t, v[0], v[1], v[2], v[3], v[4]) == 0 && im_dt_check_tz(t, a.v[at + 4]) == 0)

static Value time_tp_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (nargs >= 1 && nargs <= 2 && im_no_value(kwnames) && (im_is_bytes(args[0]) || im_is_str(args[0]))) {
        uint8_t p[6];
        int is = im_dt_state(t, args[0], 6, "time", p);
        if (is < 0) return IM_NO_VALUE;
        if (is && (p[0] & 0x7F) < 24) {
            if (nargs > 1 && !im_is_none(args[1]) && !im_dt_is(args[1], &im_dt_tzinfo_type)) return im_raise_type(t, "bad tzinfo state arg");
            ImClock c = {p[0] & 0x7F, p[1], p[2], p[3] << 16 | p[4] << 8 | p[5], p[0] >> 7};
            return alloc_time(t, type, c, nargs > 1 ? args[1] : IM_NO_VALUE);
        }
    }
    ImArgs a;
    int64_t v[5] = {0};
    if (im_parse_args(t, NULL, "(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    if (CLOCK_ARGS(0)) r = alloc_time(t, type, (ImClock){(int)v[0], (int)v[1], (int)v[2], (int)v[3], (int)v[4]}, a.v[4]);
    im_args_fini(t, &a);
    return r;
}
static Value time_offset(Thread *t, Value self) { return im_tz_offset(t, im_timep(self)->tz, IM_S(utcoffset), IM_NONE); }

DT_METHOD(time_fromisoformat)
{
    if (!im_is_str(args[0])) return im_raise_type(t, "fromisoformat: argument must be str");
    char buf[64];
    ssize_t n = im_dt_ascii(args[0], buf, sizeof buf);
    ImClock c;
    Value tz = IM_NO_VALUE;
    const char *p = buf;
    if (n > 0 && *p == 'T') {
        p++;
        n--;
    }
    int e = n < 2 ? -1 : im_dt_parse_time(t, p, (size_t)n, &c, &tz);
    /* Without a separator HHMM and YYYY look alike; a T says that it is a time, and so does the rest of this class. */
    if (e == -1) return im_raise_valueerror(t, "Invalid isoformat string: %R", args[0]);
    if (e < 0) return IM_NO_VALUE;
    Value r = im_dt_check_clock(t, c.hour, c.minute, c.second, c.us, 0) < 0 ? IM_NO_VALUE : im_time_new(t, im_as_type(self), c, tz);
    im_xdrop(t, tz);
    return r;
}

static Value time_repr(Thread *t, Value v)
{
    ImTime *p = im_timep(v);
    char buf[64], fold[16] = "";
    int n = snprintf(buf, sizeof buf, "%d, %d", p->c.hour, p->c.minute);
    if (p->c.second || p->c.us) n += snprintf(buf + n, sizeof buf - (size_t)n, ", %d", p->c.second);
    if (p->c.us) snprintf(buf + n, sizeof buf - (size_t)n, ", %d", p->c.us);
    if (p->c.fold) snprintf(fold, sizeof fold, ", fold=%d", p->c.fold);
    const char *name = im_type_cname(im_type_of(v));
    return im_no_value(p->tz) ? im_str_format(t, "%s(%s%s)", name, buf, fold) : im_str_format(t, "%s(%s, tzinfo=%R%s)", name, buf, p->tz, fold);
}
static int spec_arg(Thread *t, Value v)
{
    return im_no_value(v) || im_is_str(v) ? 0 : (im_raise_type(t, "isoformat() argument 'timespec' must be str, not %T", v), -1);
}
DT_METHOD(time_isoformat)
{
    char buf[64], off[24] = "";
    if (spec_arg(t, args[0]) < 0 || im_clock_text(t, buf, &im_timep(self)->c, args[0]) < 0) return IM_NO_VALUE;
    Value offset = time_offset(t, self);
    if (im_no_value(offset)) return offset;
    if (!im_is_none(offset)) im_tz_format(off, offset, ":");
    im_drop(t, offset);
    return im_str_format(t, "%s%s", buf, off);
}
static Value time_str(Thread *t, Value v) { return im_call_method0(t, v, IM_S(isoformat)); }
DT_METHOD(time_strftime)
{
    if (!im_is_str(args[0])) return im_raise_type(t, "strftime() argument 1 must be str, not %T", args[0]);
    ImClock *c = &im_timep(self)->c;
    Value tuple = im_tuple_pack(t, 9, im_int(1900), im_int(1), im_int(1), im_int(c->hour), im_int(c->minute), im_int(c->second), im_int(0), im_int(1), im_int(-1));
    Value r = im_no_value(tuple) ? tuple : im_dt_strftime(t, self, args[0], tuple);
    im_xdrop(t, tuple);
    return r;
}
DT_METHOD(time_format) { return im_dt_format(t, self, args[0]); }
DT_METHOD(time_utcoffset) { return time_offset(t, self); }
DT_METHOD(time_dst) { return im_tz_offset(t, im_timep(self)->tz, IM_S(dst), IM_NONE); }
DT_METHOD(time_tzname) { return im_tz_name(t, im_timep(self)->tz, IM_NONE); }
DT_METHOD(time_replace)
{
    ImTime *p = im_timep(self);
    int64_t v[5] = {p->c.hour, p->c.minute, p->c.second, p->c.us, p->c.fold};
    for (int i = 0; i < 4; i++) if (im_dt_int(t, args[i], &v[i]) < 0) return IM_NO_VALUE;
    if (im_dt_int(t, args[5], &v[4]) < 0 || im_dt_check_clock(t, v[0], v[1], v[2], v[3], v[4]) < 0) return IM_NO_VALUE;
    return im_time_new(t, im_type_of(self), (ImClock){(int)v[0], (int)v[1], (int)v[2], (int)v[3], (int)v[4]}, im_no_value(args[4]) ? p->tz : args[4]);
}
static Value reduced(Thread *t, Value self, bool with_fold)
{
    ImTime *p = im_timep(self);
    uint8_t s[6] = {(uint8_t)(p->c.hour | (with_fold && p->c.fold ? 128 : 0)), (uint8_t)p->c.minute, (uint8_t)p->c.second, (uint8_t)(p->c.us >> 16), (uint8_t)(p->c.us >> 8), (uint8_t)p->c.us};
    Value state = im_bytes_new(t, s, 6), a = im_no_value(state) ? state : im_no_value(p->tz) ? im_tuple_pack(t, 1, state) : im_tuple_pack(t, 2, state, p->tz);
    Value r = im_no_value(a) ? a : im_tuple_pack(t, 2, im_type_value(im_type_of(self)), a);
    im_xdrop(t, state);
    im_xdrop(t, a);
    return r;
}
DT_METHOD(time_reduce) { return reduced(t, self, false); }
DT_METHOD(time_reduce_ex)
{
    int proto;
    return im_as_int(t, args[0], &proto) < 0 ? IM_NO_VALUE : reduced(t, self, proto > 3);
}

static ImWide us_of(const ImClock *c) { return ((ImWide)c->hour * 3600 + c->minute * 60 + c->second) * 1000000 + c->us; }
static Value time_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if (!im_is_time(b)) return IM_NOT_IMPLEMENTED;
    ImTime *p = im_timep(a), *q = im_timep(b);
    ImWide x = us_of(&p->c), y = us_of(&q->c);
    if (!im_same(p->tz, q->tz)) {
        Value o1 = time_offset(t, a), o2 = im_no_value(o1) ? o1 : time_offset(t, b);
        bool n1 = !im_no_value(o2) && im_is_none(o1), n2 = !im_no_value(o2) && im_is_none(o2), bad = im_no_value(o2);
        if (!bad && !n1 && !n2) {
            x -= im_delta_us(o1);
            y -= im_delta_us(o2);
        }
        im_xdrop(t, o1);
        im_xdrop(t, o2);
        if (bad) return IM_NO_VALUE;
        if (n1 != n2) {
            if (op == IM_EQ || op == IM_NE) return im_bool(op == IM_NE);
            return im_raise_type(t, "can't compare offset-naive and offset-aware times");
        }
    }
    return im_dt_cmp(x < y ? -1 : x > y, op);
}
static int64_t time_hash(Thread *t, Value v)
{
    ImTime *p = im_timep(v);
    int64_t h = im_load_relaxed(&p->x_hash);
    if (h != -1) return h;
    Value offset;
    if (p->c.fold && !im_no_value(p->tz)) {
        ImClock c = p->c;
        c.fold = 0;
        Value plain = alloc_time(t, &im_dt_time_type, c, p->tz);
        if (im_no_value(plain)) return -1;
        offset = time_offset(t, plain);
        im_drop(t, plain);
    } else offset = time_offset(t, v);
    if (im_no_value(offset)) return -1;
    if (im_is_none(offset)) {
        int32_t s[4] = {p->c.hour, p->c.minute, p->c.second, p->c.us};
        h = im_hash_bytes(s, sizeof s);
    } else {
        Value d = im_delta_from_us(t, &im_dt_delta_type, us_of(&p->c) - im_delta_us(offset));
        im_drop(t, offset);
        if (im_no_value(d)) return -1;
        h = im_hash(t, d);
        im_drop(t, d);
    }
    im_store_relaxed(&p->x_hash, h);
    return h;
}
static Value get_tz(Thread *t, Value self, void *c)
{
    (void)t, (void)c;
    Value tz = im_timep(self)->tz;
    return im_no_value(tz) ? IM_NONE : im_new_ref(tz);
}
static int time_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value tz = ((ImTime *)o)->tz;
    return im_is_object(tz) ? visit(tz, arg) : 0;
}
static void time_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImTime *)o)->tz); }
#define REPLACE_SIG \
    "($self, /, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)"
static const ImMethodDef time_methods[] = {
    IM_PARSED("isoformat", time_isoformat, "($self, /, timespec='auto')",
              "Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\n\nThe optional argument timespec specifies the number of additional terms\nof the time to include. Valid options are "
              "'auto', 'hours', 'minutes',\n'seconds', 'milliseconds' and 'microseconds'.\n"),
    IM_PARSED("strftime", time_strftime, "($self, /, format)", "format -> strftime() style string."), IM_FIXED("__format__", time_format, 1, NULL, "Formats self with strftime."),
    IM_FIXED("utcoffset", time_utcoffset, 0, "($self, /)", "Return self.tzinfo.utcoffset(self)."), IM_FIXED("tzname", time_tzname, 0, "($self, /)", "Return self.tzinfo.tzname(self)."),
    IM_FIXED("dst", time_dst, 0, "($self, /)", "Return self.tzinfo.dst(self)."), IM_PARSED("replace", time_replace, REPLACE_SIG, "Return time with new specified fields."),
    IM_PARSED("__replace__", time_replace, REPLACE_SIG, "The same as replace()."),
    IM_CLASS_FIXED("fromisoformat", time_fromisoformat, 1, "($type, object, /)", "string -> time from a string in ISO 8601 format"),
    IM_FIXED("__reduce_ex__", time_reduce_ex, 1, NULL, "__reduce_ex__(proto) -> (cls, state)"), IM_FIXED("__reduce__", time_reduce, 0, NULL, "__reduce__() -> (cls, state)"), IM_END};
static const ImMemberDef time_members[] = {
    {"hour", IM_T_INT32, offsetof(ImTime, c.hour), true, NULL}, {"minute", IM_T_INT32, offsetof(ImTime, c.minute), true, NULL}, {"second", IM_T_INT32, offsetof(ImTime, c.second), true, NULL},
    {"microsecond", IM_T_INT32, offsetof(ImTime, c.us), true, NULL}, {"fold", IM_T_INT32, offsetof(ImTime, c.fold), true, NULL}, IM_END};
static const ImGetSetDef time_getset[] = {{"tzinfo", get_tz, NULL, NULL, NULL}, IM_END};
static const ImSlots time_slots = {.new_ = time_tp_new, .repr = time_repr, .str = time_str, .hash = time_hash, .richcompare = time_compare};
static const ImTypeSpec time_spec = {
    .name = "datetime.time",
    .doc = "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object\n\nAll arguments are optional. tzinfo may be None, or an instance of\na tzinfo subclass. The remaining arguments may be "
           "ints.\n",
    .size = sizeof(ImTime), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &time_slots, .methods = time_methods, .members = time_members, .getset = time_getset, .traverse = time_traverse,
    .destroy = time_destroy};
IM_TYPE(dt_time, &time_spec);
