/* _zoneinfo: zoneinfo.ZoneInfo, the IANA time zones as tzinfo objects.
 * SPDX-License-Identifier: MIT
 *
 * The library's zoneinfo._common reads the files; here their tables become arrays, and a time is looked up by bisection. After the last transition the POSIX TZ
 * string at the file's end decides (struct Rule). A zone never changes once it is made, so threads read it without locks.
 *
 * Caches: each class has a WeakValueDictionary of its zones (the base class's is `weak_cache`), and the base class keeps the last eight alive in a dict, whose
 * order is that of use. */
#include "modules/datetime.h"
#include "modules/syscall.h"

typedef struct Info { Value utcoff, dstoff, name; int64_t off; } Info; /* name: str */
typedef struct Rule { /* one of the two yearly changes */
    bool calendar, julian;
    int m, w, d;     /* calendar: month, week (5: the last), weekday from Sunday; else d is the day of the year */
    int64_t seconds; /* local time of day; may be outside the day */
} Rule;
typedef struct Zone {
    ImObject head;
    Value key, file_repr; /* None where there is none */
    bool from_cache, from_file, fixed, has_dst_rule;
    size_t n, n_infos;
    int64_t *utc, *wall[2]; /* n transition times: UTC, local for fold 0 and 1 */
    uint32_t *which;        /* index into infos after each transition */
    Info *infos;            /* n_infos of the file, then std and dst of the rule */
    ssize_t before, after;  /* indices into infos; before -1: none; after: of the rule's std when has_dst_rule */
    Rule start, end;
    int64_t dst_diff;
} Zone;
static ImType zoneinfo_type;
static Value weak_cache, strong_cache;
#define ZONE(v) ((Zone *)im_ptr(v))
enum { STRONG_MAX = 8 };

/* --- rules ---------------------------------------------------------------------------------------------------------------------------------------- */

static int64_t rule_epoch(const Rule *r, int year)
{
    int64_t day;
    if (!r->calendar) {
        int d = r->d;
        if (r->julian && d >= 59 && im_dt_leap(year)) d++;
        day = im_dt_ordinal(year, 1, 1) - 1 + d; /* day 0 is the one before the year, as in CPython */
    } else {
        int first = (im_dt_weekday(year, r->m, 1) + 1) % 7; /* from Sunday */
        int md = (r->d - first + 7) % 7 + 1 + (r->w - 1) * 7;
        if (md > im_dt_days_in_month(year, r->m)) md -= 7;
        day = im_dt_ordinal(year, r->m, md);
    }
    return (day - 719163) * 86400 + r->seconds;
}
static const Info *rule_find(const Zone *z, int64_t ts, int year, int fold)
{
    int64_t start = rule_epoch(&z->start, year), end = rule_epoch(&z->end, year);
    if (fold == (z->dst_diff >= 0)) end -= z->dst_diff;
    else start += z->dst_diff;
    bool dst = start < end ? start <= ts && ts < end : !(end <= ts && ts < start);
    return &z->infos[z->after + dst];
}
static const Info *rule_find_utc(const Zone *z, int64_t ts, int year, bool *fold)
{
    const Info *std = &z->infos[z->after], *dst = std + 1;
    int64_t start = rule_epoch(&z->start, year) - std->off, end = rule_epoch(&z->end, year) - dst->off;
    bool isdst = start < end ? start <= ts && ts < end : !(end <= ts && ts < start);
    int64_t a = z->dst_diff > 0 ? end : start, b = z->dst_diff > 0 ? end + z->dst_diff : start - z->dst_diff;
    *fold = a <= ts && ts < b;
    return isdst ? dst : std;
}

static bool digit(char c) { return c >= '0' && c <= '9'; }
/* Up to max digits (at least min): the number, *p past it; -1. */
static int number(const char **p, int min, int max)
{
    int v = 0, n = 0;
    for (; n < max && digit(**p); n++, (*p)++) v = v * 10 + (**p - '0');
    return n < min ? -1 : v;
}
/* [+-]h[hh][:mm[:ss]] */
static int tz_clock(const char **p, int64_t *out, int *hours)
{
    int sign = 1, m = 0, s = 0;
    if (**p == '+' || **p == '-') sign = *(*p)++ == '-' ? -1 : 1;
    int h = number(p, 1, 3);
    if (h < 0) return -1;
    if (**p == ':') {
        (*p)++;
        if ((m = number(p, 2, 2)) < 0) return -1;
        if (**p == ':') {
            (*p)++;
            if ((s = number(p, 2, 2)) < 0) return -1;
        }
    }
    *hours = h;
    *out = sign * ((int64_t)h * 3600 + m * 60 + s);
    return 0;
}
static int abbreviation(const char **p, const char **from, size_t *n)
{
    const char *s = *p;
    if (*s == '<') {
        *from = ++s;
        while (*s && (digit(*s) || (*s | 32) >= 'a') && (digit(*s) || (*s | 32) <= 'z')) s++;
        while (*s == '+' || *s == '-' || digit(*s) || ((*s | 32) >= 'a' && (*s | 32) <= 'z')) s++;
        *n = (size_t)(s - *from);
        if (*s != '>' || !*n) return -1;
        *p = s + 1;
        return 0;
    }
    *from = s;
    while (*s && *s != ',' && *s != '<' && !digit(*s) && !strchr(":.+-", *s)) s++;
    *n = (size_t)(s - *from);
    *p = s;
    return *n ? 0 : -1;
}
static int one_rule(const char **p, Rule *r)
{
    *r = (Rule){.seconds = 7200};
    if (**p == 'M') {
        (*p)++;
        r->calendar = true;
        if ((r->m = number(p, 1, 2)) < 1 || r->m > 12 || *(*p)++ != '.' || (r->w = number(p, 1, 1)) < 1 || r->w > 5 || *(*p)++ != '.' || (r->d = number(p, 1, 1)) < 0 || r->d > 6) return -1;
    } else {
        if (**p == 'J') r->julian = true, (*p)++;
        if ((r->d = number(p, 1, 3)) < r->julian || r->d > 365) return -1;
    }
    int h;
    if (**p == '/') {
        (*p)++;
        if (tz_clock(p, &r->seconds, &h) < 0 || h > 167) return -1;
    }
    return 0;
}
static Value seconds_delta(Thread *t, int64_t s) { return im_delta_new(t, &im_dt_delta_type, 0, s, 0); }
static int fill_info(Thread *t, Info *i, int64_t off, int64_t dst, Value name /* stolen */)
{
    i->name = name;
    i->off = off;
    if (im_no_value(name)) return -1;
    i->utcoff = seconds_delta(t, off);
    if (im_no_value(i->utcoff)) return -1;
    i->dstoff = seconds_delta(t, dst);
    return im_no_value(i->dstoff) ? -1 : 0;
}
/* std[offset[dst[offset],start[/time],end[/time]]] into the last two of infos. */
static int parse_tz(Thread *t, Zone *z, const char *text)
{
    const char *p = text, *std, *dst = NULL;
    size_t nstd, ndst = 0;
    int64_t off = 0, dstoff = 0;
    int h = 0;
    if (abbreviation(&p, &std, &nstd) < 0) goto bad;
    if (digit(*p) || *p == '+' || *p == '-') {
        if (tz_clock(&p, &off, &h) < 0 || h > 24) goto bad;
        off = -off;
        if (*p && *p != ',') {
            if (abbreviation(&p, &dst, &ndst) < 0) goto bad;
            dstoff = off + 3600;
            if (digit(*p) || *p == '+' || *p == '-') {
                if (tz_clock(&p, &dstoff, &h) < 0 || h > 24) goto bad;
                dstoff = -dstoff;
            }
        }
    }
    z->after = (ssize_t)z->n_infos;
    if (dst) {
        if (*p++ != ',' || one_rule(&p, &z->start) < 0 || *p++ != ',' || one_rule(&p, &z->end) < 0) goto bad;
        z->has_dst_rule = true;
        z->dst_diff = dstoff - off;
    }
    if (*p) goto bad;
    if (fill_info(t, &z->infos[z->after], off, 0, im_str_from_utf8(t, std, (ssize_t)nstd)) < 0) return -1;
    return dst ? fill_info(t, &z->infos[z->after + 1], dstoff, dstoff - off, im_str_from_utf8(t, dst, (ssize_t)ndst)) : 0;
bad:
    return im_raise_valueerror(t, "%s is not a valid TZ string", text), -1;
}

/* --- loading -------------------------------------------------------------------------------------------------------------------------------------- */

/* The file says only whether a type is daylight saving time, not by how much: infer it from the neighbours. */
static void infer_dst(size_t n, const uint32_t *which, const int64_t *off, const bool *isdst, size_t types, int64_t *dst)
{
    size_t count = 0, found = 0;
    for (size_t i = 0; i < types; i++) count += isdst[i];
    for (size_t i = 1; i < n && found < count; i++) {
        size_t k = which[i], prev = which[i - 1];
        if (!isdst[k] || dst[k]) continue;
        int64_t d = isdst[prev] ? 0 : off[k] - off[prev];
        if (!d && k < types - 1 && i + 1 < n) {
            size_t next = which[i + 1];
            if (isdst[next]) continue;
            d = off[k] - off[next];
        }
        if (d) dst[k] = d, found++;
    }
    if (found < count)
        for (size_t i = 0; i < types; i++)
            if (isdst[i] && !dst[i]) dst[i] = 3600;
}
static void to_wall(Zone *z, size_t types)
{
    for (size_t i = 0; i < z->n; i++) {
        int64_t a = z->infos[i ? z->which[i - 1] : 0].off, b = types > 1 || i ? z->infos[z->which[i]].off : a;
        z->wall[0][i] = z->utc[i] + (a > b ? a : b);
        z->wall[1][i] = z->utc[i] + (a > b ? b : a);
    }
}
/* Integers of a sequence. */
static int64_t *ints_of(Thread *t, Value seq, size_t *n)
{
    Value l = im_to_tuple(t, seq);
    if (im_no_value(l)) return NULL;
    *n = (size_t)im_tuple_len(l);
    int64_t *v = im_raw_alloc_zero(t, *n + 1, sizeof *v);
    for (size_t i = 0; v && i < *n; i++) {
        Value x = im_tuple_get(l, (ssize_t)i);
        if (im_is_bool(x)) v[i] = im_same(x, IM_TRUE);
        else if (im_as_int64(t, x, &v[i]) < 0) {
            im_raw_free(v);
            v = NULL;
        }
    }
    im_drop(t, l);
    return v;
}
/* Fills a zone that nobody else has seen from a file object. */
static int load(Thread *t, Zone *z, Value file)
{
    Value fn = im_import_from(t, "zoneinfo._common", "load_data"), data = im_no_value(fn) ? fn : im_call1(t, fn, file), parts = IM_NO_VALUE, names = IM_NO_VALUE;
    int64_t *which = NULL, *off = NULL, *isdst = NULL, *dst = NULL;
    bool *flags = NULL;
    size_t n = 0, nu = 0, types = 0, nd = 0;
    int rc = -1;
    im_xdrop(t, fn);
    if (im_no_value(data)) return -1;
    parts = im_to_tuple(t, data);
    im_drop(t, data);
    if (im_no_value(parts)) return -1;
    if (im_tuple_len(parts) != 6) {
        im_raise_type(t, "Invalid data result type: %R", parts);
        goto done;
    }
    if (!(which = ints_of(t, im_tuple_get(parts, 0), &n)) || !(z->utc = ints_of(t, im_tuple_get(parts, 1), &nu)) || !(off = ints_of(t, im_tuple_get(parts, 2), &types)) ||
        !(isdst = ints_of(t, im_tuple_get(parts, 3), &nd))) goto done;
    names = im_to_tuple(t, im_tuple_get(parts, 4));
    if (im_no_value(names)) goto done;
    bool fine = n == nu && types == nd && (size_t)im_tuple_len(names) == types;
    for (size_t i = 0; i < n; i++) fine &= which[i] >= 0 && (size_t)which[i] < types;
    if (!fine) {
        im_raise_valueerror(t, "Invalid time zone data");
        goto done;
    }
    z->which = im_raw_alloc_zero(t, n + 1, sizeof *z->which);
    z->wall[0] = im_raw_alloc_zero(t, n + 1, sizeof *z->utc);
    z->wall[1] = im_raw_alloc_zero(t, n + 1, sizeof *z->utc);
    z->infos = im_raw_alloc_zero(t, types + 2, sizeof *z->infos);
    dst = im_raw_alloc_zero(t, types + 1, sizeof *dst);
    flags = im_raw_alloc_zero(t, types + 1, sizeof *flags);
    if (!z->which || !z->wall[0] || !z->wall[1] || !z->infos || !dst || !flags) goto done;
    for (size_t i = 0; i < types; i++) flags[i] = isdst[i] != 0;
    for (size_t i = 0; i < n; i++) z->which[i] = (uint32_t)which[i];
    infer_dst(n, z->which, off, flags, types, dst);
    z->n = n;
    for (z->n_infos = 0; z->n_infos < types; z->n_infos++)
        if (fill_info(t, &z->infos[z->n_infos], off[z->n_infos], dst[z->n_infos], im_new_ref(im_tuple_get(names, (ssize_t)z->n_infos))) < 0) goto done;
    to_wall(z, types);
    z->before = n ? (ssize_t)z->which[0] : -1;
    for (size_t i = 0; i < types; i++)
        if (!flags[i]) {
            z->before = (ssize_t)i;
            break;
        }
    Value tz = im_tuple_get(parts, 5);
    if (!im_is_none(tz) && im_is_bytes(tz) && im_bytes_len(tz)) {
        if (strlen(im_bytes_data(tz)) != (size_t)im_bytes_len(tz)) {
            im_raise_valueerror(t, "%R is not a valid TZ string", tz);
            goto done;
        }
        if (parse_tz(t, z, im_bytes_data(tz)) < 0) goto done;
    } else if (!types) {
        im_raise_valueerror(t, "No time zone information found.");
        goto done;
    } else z->after = n ? (ssize_t)z->which[n - 1] : (ssize_t)types - 1;
    z->fixed = types <= 1 && !z->has_dst_rule;
    if (z->fixed && types == 1 && z->after != 0) {
        const Info *a = &z->infos[0], *b = &z->infos[z->after];
        int same = im_equal(t, a->utcoff, b->utcoff);
        if (same > 0) same = im_equal(t, a->dstoff, b->dstoff);
        if (same > 0) same = im_equal(t, a->name, b->name);
        if (same < 0) goto done;
        z->fixed = same;
    }
    rc = 0;
done:
    im_raw_free(which);
    im_raw_free(off);
    im_raw_free(isdst);
    im_raw_free(dst);
    im_raw_free(flags);
    im_xdrop(t, names);
    im_drop(t, parts);
    return rc;
}

static Value zone_alloc(Thread *t, ImType *type, Value key)
{
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    ZONE(v)->key = im_new_ref(key);
    ZONE(v)->file_repr = IM_NONE;
    ZONE(v)->before = -1;
    return v;
}
static Value call_in(Thread *t, const char *module, const char *name, Value arg)
{
    Value f = im_import_from(t, module, name), r = im_no_value(f) ? f : im_call1(t, f, arg);
    im_xdrop(t, f);
    return r;
}
static Value zone_from_key(Thread *t, ImType *type, Value key)
{
    Value path = call_in(t, "zoneinfo._tzpath", "find_tzfile", key), file;
    if (im_no_value(path)) return path;
    if (im_is_none(path)) file = call_in(t, "zoneinfo._common", "load_tzdata", key);
    else {
        Value open = im_import_from(t, "io", "open"), mode = im_str_from_cstr(t, "rb");
        file = im_no_value(open) || im_no_value(mode) ? IM_NO_VALUE : im_call2(t, open, path, mode);
        im_xdrop(t, open);
        im_xdrop(t, mode);
    }
    im_drop(t, path);
    if (im_no_value(file)) return file;
    Value v = zone_alloc(t, type, key), e = IM_NO_VALUE;
    if (im_no_value(v) || load(t, ZONE(v), file) < 0) e = im_exc_fetch(t);
    Value closed = im_call_method0(t, file, IM_S(close));
    im_drop(t, file);
    if (!im_no_value(e)) {
        if (im_no_value(closed)) im_exc_clear(t);
        im_exc_restore(t, e);
    }
    im_xdrop(t, closed);
    if (!im_no_value(e) || im_no_value(closed)) {
        im_xdrop(t, v);
        return IM_NO_VALUE;
    }
    return v;
}

/* --- caches --------------------------------------------------------------------------------------------------------------------------------------- */

static Value weak_cache_of(Thread *t, ImType *type) { return type == &zoneinfo_type ? im_new_ref(weak_cache) : im_getattr(t, im_type_value(type), IM_S(_weak_cache)); }
static int remember(Thread *t, Value key, Value zone)
{
    Value old;
    int r = im_dict_pop(t, strong_cache, key, &old);
    if (r < 0) return -1;
    if (im_dict_set(t, strong_cache, key, r ? old : zone) < 0) return im_xdrop(t, old), -1;
    im_xdrop(t, old);
    while (im_dict_len(strong_cache) > STRONG_MAX) {
        size_t pos = 0;
        Value k, v;
        if (!im_dict_next(t, strong_cache, &pos, &k, &v)) break;
        im_drop(t, v);
        r = im_dict_del(t, strong_cache, k);
        im_drop(t, k);
        if (r < 0) return -1;
    }
    return 0;
}
static Value zone_new_(Thread *t, ImType *type, Value key)
{
    Value zone = IM_NO_VALUE, weak;
    if (type == &zoneinfo_type) {
        int r = im_dict_get(t, strong_cache, key, &zone);
        if (r < 0) return IM_NO_VALUE;
        if (r) goto found;
    }
    weak = weak_cache_of(t, type);
    if (im_no_value(weak)) return weak;
    zone = im_call_method2(t, weak, IM_S(get), key, IM_NONE);
    if (!im_no_value(zone) && im_is_none(zone)) {
        Value fresh = zone_from_key(t, type, key);
        zone = fresh;
        if (!im_no_value(fresh)) {
            ZONE(fresh)->from_cache = true;
            zone = im_call_method2(t, weak, IM_S(setdefault), key, fresh);
            im_drop(t, fresh);
        }
    }
    im_drop(t, weak);
    if (im_no_value(zone)) return zone;
found:
    if (type == &zoneinfo_type && remember(t, key, zone) < 0) return im_drop(t, zone), IM_NO_VALUE;
    return zone;
}
static Value zoneinfo_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "ZoneInfo", "(key)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    Value r = zone_new_(t, type, a.v[0]);
    im_args_fini(t, &a);
    return r;
}
IM_METHOD(zone_no_cache) { return zone_from_key(t, im_as_type(self), args[0]); }
IM_METHOD(zone_from_file)
{
    Value v = zone_alloc(t, im_as_type(self), im_no_value(args[1]) ? IM_NONE : args[1]), text;
    if (im_no_value(v)) return v;
    ZONE(v)->from_file = true;
    if (load(t, ZONE(v), args[0]) < 0 || im_no_value(text = im_repr(t, args[0]))) return im_drop(t, v), IM_NO_VALUE;
    ZONE(v)->file_repr = text;
    return v;
}
IM_METHOD(zone_clear_cache)
{
    ImType *type = im_as_type(self);
    Value weak = weak_cache_of(t, type);
    int rc = im_no_value(weak) ? -1 : 0;
    if (rc == 0 && !im_given(args[0])) {
        Value r = im_call_method0(t, weak, IM_S(clear));
        rc = im_no_value(r) ? -1 : 0;
        im_xdrop(t, r);
        if (type == &zoneinfo_type) im_dict_clear(t, strong_cache);
    } else if (rc == 0) {
        Value it = im_iter(t, args[0]), key;
        rc = im_no_value(it) ? -1 : 0;
        while (rc == 0 && !im_is_stop(key = im_next(t, it))) {
            if (im_no_value(key)) {
                rc = -1;
                break;
            }
            if (type == &zoneinfo_type && im_dict_del(t, strong_cache, key) < 0) rc = -1;
            Value r = rc < 0 ? IM_NO_VALUE : im_call_method2(t, weak, IM_S(pop), key, IM_NONE);
            if (im_no_value(r)) rc = -1;
            im_xdrop(t, r);
            im_drop(t, key);
        }
        im_xdrop(t, it);
    }
    im_xdrop(t, weak);
    return rc < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(zone_init_subclass)
{
    Value cls = im_import_from(t, "weakref", "WeakValueDictionary"), d = im_no_value(cls) ? cls : im_call0(t, cls);
    im_xdrop(t, cls);
    if (im_no_value(d)) return d;
    int rc = im_setattr(t, self, IM_S(_weak_cache), d);
    im_drop(t, d);
    return rc < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(zone_unpickle)
{
    int cached = im_truth(t, args[1]);
    if (cached < 0) return IM_NO_VALUE;
    return cached ? im_call1(t, self, args[0]) : zone_from_key(t, im_as_type(self), args[0]);
}
IM_METHOD(zone_reduce)
{
    Zone *z = ZONE(self);
    if (z->from_file) {
        Value e = im_import_from(t, "pickle", "PicklingError"), text = IM_NO_VALUE;
        if (im_no_value(e)) return e;
        text = im_str_format(t, "Cannot pickle a ZoneInfo file from a file stream.");
        if (!im_no_value(text)) im_raise_value_of(t, im_as_type(e), text);
        im_xdrop(t, text);
        im_drop(t, e);
        return IM_NO_VALUE;
    }
    Value f = im_getattr(t, im_type_value(im_type_of(self)), IM_S(_unpickle)), args_ = im_no_value(f) ? f : im_tuple_pack(t, 2, z->key, im_bool(z->from_cache));
    Value r = im_no_value(args_) ? args_ : im_tuple_pack(t, 2, f, args_);
    im_xdrop(t, f);
    im_xdrop(t, args_);
    return r;
}

/* --- looking up ------------------------------------------------------------------------------------------------------------------------------------ */

static size_t after_of(const int64_t *v, size_t n, int64_t ts) /* how many are <= ts */
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (v[mid] <= ts) lo = mid + 1;
        else hi = mid;
    }
    return lo;
}
static int int_attr(Thread *t, Value o, Value name, bool call, int64_t *out)
{
    Value v = call ? im_call_method0(t, o, name) : im_getattr(t, o, name);
    int rc = im_no_value(v) ? -1 : im_as_int64(t, v, out);
    im_xdrop(t, v);
    return rc;
}
/* Seconds since 1970 of a naive reading of dt. */
static int local_time(Thread *t, Value dt, int64_t *ts, int *year, int *fold)
{
    if (im_is_datetime(dt)) {
        ImDateTime *d = im_dtp(dt);
        *ts = im_dt_seconds(d->d.year, d->d.month, d->d.day, d->c.hour, d->c.minute, d->c.second) - DT_EPOCH_SECONDS;
        *year = d->d.year;
        *fold = d->c.fold;
        return 0;
    }
    int64_t o, h, m, s, y, f;
    if (int_attr(t, dt, IM_S(toordinal), true, &o) < 0 || int_attr(t, dt, IM_S(hour), false, &h) < 0 || int_attr(t, dt, IM_S(minute), false, &m) < 0 ||
        int_attr(t, dt, IM_S(second), false, &s) < 0 || int_attr(t, dt, IM_S(year), false, &y) < 0 || int_attr(t, dt, IM_S(fold), false, &f) < 0) return -1;
    *ts = (o - 719163) * 86400 + h * 3600 + m * 60 + s;
    *year = (int)y;
    *fold = f != 0;
    return 0;
}
/* 1 and *out, 0 nothing is known without a date, -1. */
static int find(Thread *t, const Zone *z, Value dt, const Info **out)
{
    if (im_is_none(dt)) return z->fixed ? (*out = &z->infos[z->after], 1) : 0;
    int64_t ts;
    int year, fold;
    if (local_time(t, dt, &ts, &year, &fold) < 0) return -1;
    const int64_t *wall = z->wall[fold];
    if (z->n && ts < wall[0]) {
        if (z->before < 0) return 0;
        *out = &z->infos[z->before];
    } else if (!z->n || ts > wall[z->n - 1]) {
        *out = z->has_dst_rule ? rule_find(z, ts, year, fold) : &z->infos[z->after];
    } else *out = &z->infos[z->which[after_of(wall, z->n, ts) - 1]];
    return 1;
}
#define LOOKUP(name, field) \
    IM_METHOD(name) \
    { \
        const Info *i; \
        int r = find(t, ZONE(self), args[0], &i); \
        return r < 0 ? IM_NO_VALUE : r ? im_new_ref(i->field) : IM_NONE; \
    }
LOOKUP(zone_utcoffset, utcoff)
LOOKUP(zone_dst, dstoff)
LOOKUP(zone_tzname, name)

IM_METHOD(zone_fromutc)
{
    Zone *z = ZONE(self);
    Value dt = args[0];
    if (!im_is_datetime(dt)) return im_raise_type(t, "fromutc: argument must be a datetime instance");
    if (!im_same(im_dtp(dt)->tz, self)) return im_raise_valueerror(t, "fromutc: dt.tzinfo is not self");
    int64_t ts;
    int year, old_fold;
    if (local_time(t, dt, &ts, &year, &old_fold) < 0) return IM_NO_VALUE;
    bool fold = false;
    const Info *now;
    if (z->n && ts < z->utc[0]) now = &z->infos[z->before];
    else if ((!z->n || ts > z->utc[z->n - 1]) && z->has_dst_rule) now = rule_find_utc(z, ts, year, &fold);
    else if (!z->n) now = &z->infos[z->after];
    else {
        size_t k = after_of(z->utc, z->n, ts);
        const Info *prev = k >= 2 ? &z->infos[z->which[k - 2]] : &z->infos[z->before];
        now = &z->infos[z->which[k - 1]];
        if (ts > z->utc[z->n - 1]) now = &z->infos[z->after];
        fold = prev->off - now->off > ts - z->utc[k - 1];
    }
    Value r = im_binop(t, dt, now->utcoff, IM_OP_ADD);
    if (im_no_value(r) || !fold) return r;
    Value names = im_tuple_pack(t, 1, IM_S(fold)), one = im_int(1);
    Value folded = im_no_value(names) ? names : im_call_method(t, r, IM_S(replace), &one, 0, names);
    im_xdrop(t, names);
    im_drop(t, r);
    return folded;
}

/* --- the type -------------------------------------------------------------------------------------------------------------------------------------- */

static Value zone_repr(Thread *t, Value self)
{
    Zone *z = ZONE(self);
    const char *name = im_type_cname(im_type_of(self));
    return im_is_none(z->key) ? im_str_format(t, "%s.from_file(%U)", name, z->file_repr) : im_str_format(t, "%s(key=%R)", name, z->key);
}
static Value zone_str(Thread *t, Value self) { return im_is_none(ZONE(self)->key) ? im_repr(t, self) : im_str(t, ZONE(self)->key); }
static Value zone_key(Thread *t, Value self, void *c) { (void)t, (void)c; return im_new_ref(ZONE(self)->key); }
static int zone_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Zone *z = (Zone *)o;
    int r = im_is_object(z->key) ? visit(z->key, arg) : 0;
    if (!r && im_is_object(z->file_repr)) r = visit(z->file_repr, arg);
    for (size_t i = 0; !r && z->infos && i < z->n_infos + 2; i++) {
        Info *x = &z->infos[i];
        if (im_is_object(x->utcoff)) r = visit(x->utcoff, arg);
        if (!r && im_is_object(x->dstoff)) r = visit(x->dstoff, arg);
        if (!r && im_is_object(x->name)) r = visit(x->name, arg);
    }
    return r;
}
static void zone_destroy(Thread *t, ImObject *o)
{
    Zone *z = (Zone *)o;
    im_destroy_child(t, z->key);
    im_destroy_child(t, z->file_repr);
    for (size_t i = 0; z->infos && i < z->n_infos + 2; i++) {
        im_destroy_child(t, z->infos[i].utcoff);
        im_destroy_child(t, z->infos[i].dstoff);
        im_destroy_child(t, z->infos[i].name);
    }
    im_raw_free(z->utc);
    im_raw_free(z->wall[0]);
    im_raw_free(z->wall[1]);
    im_raw_free(z->which);
    im_raw_free(z->infos);
}
static const ImMethodDef zone_methods[] = {
    IM_CLASS_PARSED("clear_cache", zone_clear_cache, "($type, /, *, only_keys=None)", "Forget zones made so far: all, or those with the given keys."),
    IM_CLASS_PARSED("no_cache", zone_no_cache, "($type, /, key)", "A new zone that no cache knows."),
    IM_CLASS_PARSED("from_file", zone_from_file, "($type, file_obj, /, key=None)", "A zone read from an open file in TZif format."),
    IM_FIXED("utcoffset", zone_utcoffset, 1, "($self, dt, /)", "The offset from UTC at a time."),
    IM_FIXED("dst", zone_dst, 1, "($self, dt, /)", "How much of the offset is daylight saving time."),
    IM_FIXED("tzname", zone_tzname, 1, "($self, dt, /)", "The abbreviation in use at a time."),
    IM_FIXED("fromutc", zone_fromutc, 1, "($self, object, /)", "The local time for a time in UTC."),
    IM_FIXED("__reduce__", zone_reduce, 0, "($self, /)", "For pickle: key and whether it came from the cache."),
    IM_CLASS_FIXED("_unpickle", zone_unpickle, 2, "($type, key, from_cache, /)", "For pickle."),
    IM_CLASS_FIXED("__init_subclass__", zone_init_subclass, 0, "($type, /)", "Gives the subclass a cache of its own."), IM_END};
static const ImGetSetDef zone_getset[] = {{"key", zone_key, NULL, "The key that the zone was made with.", NULL}, {0}};
static const ImSlots zone_slots = {.new_ = zoneinfo_new, .repr = zone_repr, .str = zone_str};
static const ImTypeSpec zone_spec = {.name = "zoneinfo.ZoneInfo", .doc = "A time zone of the IANA database.", .size = sizeof(Zone), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF,
    .base = &im_dt_tzinfo_type, .slots = &zone_slots, .methods = zone_methods, .getset = zone_getset, .traverse = zone_traverse, .destroy = zone_destroy};

static int exec(Thread *t, Value m)
{
    Value dt = im_import(t, "_datetime");
    im_xdrop(t, dt);
    if (im_no_value(dt)) return -1;
    if (im_no_value(weak_cache)) {
        Value cls = im_import_from(t, "weakref", "WeakValueDictionary");
        if (im_no_value(cls)) return -1;
        weak_cache = im_call0(t, cls);
        im_drop(t, cls);
        strong_cache = im_dict_new(t);
        if (im_no_value(weak_cache) || im_no_value(strong_cache)) return -1;
        im_root_add(&weak_cache);
        im_root_add(&strong_cache);
    }
    return im_module_ready_type(t, m, &zoneinfo_type, &zone_spec);
}
static const ImModuleDef def = {.name = "_zoneinfo", .doc = "C implementation of the zoneinfo module", .exec = exec};
IM_MODULE(def);
