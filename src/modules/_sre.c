/* Module _sre: pattern, match, scanner and template objects.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#include "modules/sre.h"
#include "types/unicode_db.h"

typedef struct ImMatch {
    ImObject head;
    Value string, pattern;   /* subject (None: none), ImPattern */
    Value regs;              /* cached tuple or no value */
    ssize_t pos, endpos, lastindex, groups; /* groups counts group 0 */
    ssize_t marks[];         /* 2 * groups */
} ImMatch;
typedef struct ImScanner {
    ImObject head;
    Value pattern, string;
    ImBuffer held; /* of bytes-like subjects, for the scanner's life: they may not change their size */
    ssize_t pos, end;
    bool must_advance;
    uint32_t x_busy;
} ImScanner;
typedef struct ImTemplate { ImObject head; Value literal; ssize_t n; Value chunks; /* list: literal, group, literal … */ } ImTemplate;
extern ImType im_Pattern_type, im_Match_type, im_SRE_Scanner_type, im_SRE_Template_type;
static ImPattern *pp(Value v) { return (ImPattern *)im_ptr(v); }
static ImMatch *mp(Value v) { return (ImMatch *)im_ptr(v); }
#define F(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)
#define UNUSED (void)self, (void)a, (void)n, (void)kw

/* --- subjects ---------------------------------------------------------------------------------------------------------------------------- */
static int state_init(Thread *t, ImSre *s, Value pattern, Value string, ssize_t pos, ssize_t end)
{
    ImPattern *p = pp(pattern);
    memset(s, 0, offsetof(ImSre, few_marks));
    s->t = t;
    s->pat = p;
    s->lastindex = -1;
    if (im_is_str(string)) {
        s->kind = im_str_kind(string);
        s->data = im_str_data(string);
        s->len = im_str_len(string);
    } else {
        if (im_buffer_get(t, string, &s->buffer, IM_BUF_SIMPLE) < 0) {
            if (im_exc_clear_if(t, &im_TypeError_type)) (void)im_raise_type(t, "expected string or bytes-like object, got '%T'", string);
            return -1;
        }
        s->isbytes = true;
        s->kind = 1;
        s->data = s->buffer.buf;
        s->len = s->buffer.len;
    }
    if (p->isbytes >= 0 && p->isbytes != (int)s->isbytes) {
        (void)im_raise_type(t, p->isbytes ? "cannot use a bytes pattern on a string-like object" : "cannot use a string pattern on a bytes-like object");
        if (s->isbytes) im_buffer_release(t, &s->buffer);
        return -1;
    }
    if (pos < 0) pos = 0;
    if (pos > s->len) pos = s->len;
    if (end < 0) end = 0;
    if (end > s->len) end = s->len;
    s->start = pos;
    s->end = end;
    s->string = im_new_ref(string);
    s->marks = p->groups * 2 <= (ssize_t)IM_COUNTOF(s->few_marks) ? s->few_marks : im_raw_alloc(t, (size_t)p->groups * 2 * sizeof(ssize_t));
    if (!s->marks) {
        if (s->isbytes) im_buffer_release(t, &s->buffer);
        im_drop(t, s->string);
        return -1;
    }
    return 0;
}
static void state_fini(Thread *t, ImSre *s)
{
    if (s->isbytes) im_buffer_release(t, &s->buffer);
    if (s->marks != s->few_marks) im_raw_free(s->marks);
    im_sre_work_free(s);
    im_drop(t, s->string);
}
static Value slice_of(Thread *t, Value string, ssize_t i, ssize_t j)
{
    if (im_is_str(string)) return im_str_substring(t, string, i, j);
    ImBuffer b;
    if (im_is_bytes_exact(string) && i == 0 && j == im_bytes_len(string)) return im_new_ref(string);
    if (im_buffer_get(t, string, &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    if (j > b.len) j = b.len;
    if (i > j) i = j;
    Value v = im_bytes_new(t, (char *)b.buf + i, j - i);
    im_buffer_release(t, &b);
    return v;
}
static Value match_new(Thread *t, Value pattern, ImSre *s, ssize_t pos, ssize_t endpos)
{
    ImPattern *p = pp(pattern);
    ImMatch *m = (ImMatch *)im_instance_alloc(t, &im_Match_type, (size_t)(p->groups + 1) * 2 * sizeof(ssize_t));
    if (!m) return IM_NO_VALUE;
    m->pattern = im_new_ref(pattern);
    m->string = im_new_ref(s->string);
    m->groups = p->groups + 1;
    m->pos = pos;
    m->endpos = endpos;
    m->lastindex = s->lastindex;
    m->marks[0] = s->match_start;
    m->marks[1] = s->match_end;
    for (ssize_t g = 0; g < p->groups; g++) {
        ssize_t b = s->marks[2 * g], e = s->marks[2 * g + 1];
        bool set = b >= 0 && e >= b;
        m->marks[2 * g + 2] = set ? b : -1;
        m->marks[2 * g + 3] = set ? e : -1;
    }
    return im_value(m);
}
static int range_args(Thread *t, const Value *a, ssize_t *pos, ssize_t *end)
{
    *pos = 0;
    *end = SSIZE_MAX;
    if (!im_no_value(a[1]) && im_ssize_arg(t, a[1], pos) < 0) return -1;
    if (!im_no_value(a[2]) && im_as_ssize(t, a[2], NULL, end) < 0) return -1;
    return 0;
}
static Value match_common(Thread *t, Value self, const Value *a, int how)
{
    ssize_t pos, end;
    ImSre s;
    if (range_args(t, a, &pos, &end) < 0 || state_init(t, &s, self, a[0], pos, end) < 0) return IM_NO_VALUE;
    s.fullmatch = how == 1;
    ssize_t from = s.start, to = s.end;
    int r = from > to ? 0 : how == 2 ? im_sre_search(&s) : im_sre_match(&s);
    Value v = r > 0 ? match_new(t, self, &s, from, to) : r < 0 ? IM_NO_VALUE : IM_NONE;
    state_fini(t, &s);
    return v;
}
F(p_match) { (void)n; (void)kw; return match_common(t, self, a, 0); }
F(p_fullmatch) { (void)n; (void)kw; return match_common(t, self, a, 1); }
F(p_search) { (void)n; (void)kw; return match_common(t, self, a, 2); }

/* --- findall, split, sub: loops over successive matches --- */
static Value group_text(Thread *t, ImSre *s, ssize_t g, Value dflt)
{
    ssize_t i = g ? s->marks[2 * g - 2] : s->match_start, j = g ? s->marks[2 * g - 1] : s->match_end;
    return i < 0 || j < i ? im_new_ref(dflt) : slice_of(t, s->string, i, j);
}
static Value empty_like(Thread *t, ImSre *s) { return s->isbytes ? im_bytes_new(t, "", 0) : im_str_new(t, 0, 0); }
F(p_findall)
{
    (void)n; (void)kw;
    ssize_t pos, end;
    ImSre s;
    if (range_args(t, a, &pos, &end) < 0 || state_init(t, &s, self, a[0], pos, end) < 0) return IM_NO_VALUE;
    Value list = im_list_new(t, 0), e = empty_like(t, &s);
    ImPattern *p = pp(self);
    int r = im_no_value(list) ? -1 : 0;
    while (r == 0 && s.start <= s.end) {
        r = im_sre_search(&s);
        if (r <= 0) break;
        Value item;
        if (p->groups <= 1) item = group_text(t, &s, p->groups, e);
        else {
            item = im_tuple_new(t, (size_t)p->groups);
            for (ssize_t g = 0; !im_no_value(item) && g < p->groups; g++) {
                Value x = group_text(t, &s, g + 1, e);
                if (im_no_value(x)) { im_drop(t, item); item = x; break; }
                im_tuple_items(item)[g] = x;
            }
        }
        r = im_no_value(item) || im_list_append_steal(t, list, item) < 0 ? -1 : 0;
        s.must_advance = s.match_end == s.match_start;
        s.start = s.match_end;
    }
    im_xdrop(t, e);
    state_fini(t, &s);
    if (r < 0) { im_xdrop(t, list); return IM_NO_VALUE; }
    return list;
}
F(p_split)
{
    (void)n; (void)kw;
    ssize_t max = 0, last = 0, count = 0;
    ImSre s;
    if (!im_no_value(a[1]) && im_as_ssize(t, a[1], &im_OverflowError_type, &max) < 0) return IM_NO_VALUE;
    if (state_init(t, &s, self, a[0], 0, SSIZE_MAX) < 0) return IM_NO_VALUE;
    Value list = im_list_new(t, 0);
    int r = im_no_value(list) ? -1 : 0;
    while (r == 0 && (max == 0 || count < max) && max >= 0 && s.start <= s.end) {
        r = im_sre_search(&s);
        if (r <= 0) break;
        Value x = slice_of(t, s.string, last, s.match_start);
        r = im_no_value(x) || im_list_append_steal(t, list, x) < 0 ? -1 : 0;
        for (ssize_t g = 1; r == 0 && g <= pp(self)->groups; g++) {
            x = group_text(t, &s, g, IM_NONE);
            r = im_no_value(x) || im_list_append_steal(t, list, x) < 0 ? -1 : 0;
        }
        last = s.match_end;
        count++;
        s.must_advance = s.match_end == s.match_start;
        s.start = last;
    }
    if (r == 0) {
        Value x = slice_of(t, s.string, last, s.len);
        r = im_no_value(x) || im_list_append_steal(t, list, x) < 0 ? -1 : 0;
    }
    state_fini(t, &s);
    if (r < 0) { im_xdrop(t, list); return IM_NO_VALUE; }
    return list;
}
/* Joins a list of str or bytes. */
static Value join(Thread *t, Value list, bool bytes)
{
    Value e = bytes ? im_bytes_new(t, "", 0) : im_str_new(t, 0, 0);
    if (im_no_value(e)) return e;
    Value r = bytes ? im_call_method1(t, e, IM_S(join), list) : im_str_join(t, e, list);
    im_drop(t, e);
    return r;
}
static Value expand_template(Thread *t, ImTemplate *tp, Value match)
{
    if (im_list_len(tp->chunks) == 1) return im_new_ref(tp->literal);
    ImMatch *m = mp(match);
    Value list = im_list_new(t, 8);
    for (ssize_t i = 0; !im_no_value(list); i++) {
        Value x = im_list_get(t, tp->chunks, i);
        if (im_no_value(x)) break;
        if (i & 1) {
            int64_t g = 0;
            (void)im_int_get64(x, &g);
            if (g < 0 || g >= m->groups) { im_drop(t, list); return im_raise_index(t, "no such group"); }
            if (m->marks[2 * g] < 0) continue;
            x = slice_of(t, m->string, m->marks[2 * g], m->marks[2 * g + 1]);
            if (im_no_value(x)) { im_drop(t, list); return x; }
        }
        if (im_list_append_steal(t, list, x) < 0) { im_drop(t, list); return IM_NO_VALUE; }
    }
    if (im_no_value(list)) return list;
    Value r = join(t, list, !im_is_str(tp->literal));
    im_drop(t, list);
    return r;
}
static bool has_backslash(Thread *t, Value v)
{
    if (im_is_str(v)) return im_str_find_char(v, '\\', 0, im_str_len(v), 1) >= 0;
    ImBuffer b;
    if (im_buffer_get(t, v, &b, IM_BUF_SIMPLE) < 0) { im_exc_clear(t); return false; }
    bool r = b.len && memchr(b.buf, '\\', (size_t)b.len);
    im_buffer_release(t, &b);
    return r;
}
/* What sub() replaces by: a callable, a template object, or plain text. */
static Value x_compile_template; /* re's function, found once; root */
static Value compile_template(Thread *t, Value pattern, Value repl)
{
    Value f = {im_load_acquire(&x_compile_template.bits)}, none = IM_NO_VALUE;
    if (IM_UNLIKELY(im_no_value(f))) {
        if (im_no_value(f = im_import_from(t, "re", "_compile_template"))) return f;
        im_publish(t, f);
        if (im_cas_acq_rel(&x_compile_template.bits, &none.bits, f.bits)) im_root_add(&x_compile_template);
        else im_drop(t, f);
        f = (Value){im_load_acquire(&x_compile_template.bits)};
    }
    return im_call2(t, f, pattern, repl);
}
static Value sub(Thread *t, Value self, const Value *a, bool want_count)
{
    ssize_t max = 0, last = 0, count = 0;
    ImSre s;
    Value repl = a[0], filter = IM_NO_VALUE;
    if (!im_no_value(a[2]) && im_as_ssize(t, a[2], &im_OverflowError_type, &max) < 0) return IM_NO_VALUE;
    bool callable = im_callable(repl), tmpl = false;
    if (!callable && has_backslash(t, repl)) {
        filter = compile_template(t, self, repl);
        if (im_no_value(filter)) return filter;
        tmpl = im_is_exact(filter, &im_SRE_Template_type);
        if (!tmpl && im_callable(filter)) callable = true;
    } else {
        filter = im_new_ref(repl);
        if (!callable && !im_is_str(repl) && !im_buffer_check(repl)) {
            /* CPython lets the template parser complain */
            im_drop(t, filter);
            filter = compile_template(t, self, repl);
            if (im_no_value(filter)) return filter;
            tmpl = im_is_exact(filter, &im_SRE_Template_type);
        }
    }
    if (state_init(t, &s, self, a[1], 0, SSIZE_MAX) < 0) { im_drop(t, filter); return IM_NO_VALUE; }
    Value list = im_list_new(t, 0), out = IM_NO_VALUE;
    int r = im_no_value(list) ? -1 : 0;
    while (r == 0 && (max == 0 || count < max) && max >= 0 && s.start <= s.end) {
        r = im_sre_search(&s);
        if (r <= 0) break;
        r = 0;
        if (s.match_start > last) {
            Value x = slice_of(t, s.string, last, s.match_start);
            r = im_no_value(x) || im_list_append_steal(t, list, x) < 0 ? -1 : 0;
        }
        if (r == 0) {
            Value x;
            if (callable || tmpl) {
                Value m = match_new(t, self, &s, 0, s.len);
                x = im_no_value(m) ? m : tmpl ? expand_template(t, (ImTemplate *)im_ptr(filter), m) : im_call1(t, filter, m);
                im_xdrop(t, m);
            } else {
                x = im_new_ref(filter);
            }
            if (im_no_value(x)) r = -1;
            else if (im_is_none(x)) r = 0;
            else r = im_list_append_steal(t, list, x);
        }
        count++;
        last = s.match_end;
        s.must_advance = s.match_end == s.match_start;
        s.start = last;
    }
    if (r == 0 && last < s.len) {
        Value x = slice_of(t, s.string, last, s.len);
        r = im_no_value(x) || im_list_append_steal(t, list, x) < 0 ? -1 : 0;
    }
    bool bytes = s.isbytes;
    if (r == 0 && count == 0 && (im_is_str_exact(s.string) || im_is_bytes_exact(s.string))) out = im_new_ref(s.string);
    else if (r == 0) out = join(t, list, bytes);
    state_fini(t, &s);
    im_xdrop(t, list);
    im_drop(t, filter);
    if (im_no_value(out) || !want_count) return out;
    Value res = im_tuple_pack(t, 2, out, im_int(count));
    im_drop(t, out);
    return res;
}
F(p_sub) { (void)n; (void)kw; return sub(t, self, a, false); }
F(p_subn) { (void)n; (void)kw; return sub(t, self, a, true); }

/* --- scanner, finditer --- */
F(p_scanner)
{
    (void)n; (void)kw;
    ssize_t pos, end;
    ImSre s;
    if (range_args(t, a, &pos, &end) < 0 || state_init(t, &s, self, a[0], pos, end) < 0) return IM_NO_VALUE;
    ImScanner *c = (ImScanner *)im_instance_alloc(t, &im_SRE_Scanner_type, 0);
    if (c) {
        c->pattern = im_new_ref(self);
        c->string = im_new_ref(a[0]);
        c->pos = s.start;
        c->end = s.end;
        if (s.isbytes) {
            c->held = s.buffer;
            s.isbytes = false;
        }
    }
    state_fini(t, &s);
    return im_value(c);
}
static Value scan(Thread *t, Value self, bool search)
{
    ImScanner *c = (ImScanner *)im_ptr(self);
    uint32_t zero = 0;
    if (!im_cas_acquire(&c->x_busy, &zero, 1)) return im_raise_valueerror(t, "regular expression scanner already executing");
    Value v = IM_NONE;
    ImSre s;
    if (c->pos < 0) goto done;
    if (state_init(t, &s, c->pattern, c->string, c->pos, c->end) < 0) { v = IM_NO_VALUE; goto done; }
    s.must_advance = c->must_advance;
    ssize_t from = s.start;
    int r = s.start > s.end ? 0 : search ? im_sre_search(&s) : im_sre_match(&s);
    if (r > 0) {
        v = match_new(t, c->pattern, &s, from, s.end);
        c->must_advance = s.match_end == s.match_start;
        c->pos = s.match_end;
    } else if (r < 0) {
        v = IM_NO_VALUE;
    } else {
        c->pos = -1;
    }
    state_fini(t, &s);
done:
    im_store_release(&c->x_busy, 0);
    return v;
}
F(s_match) { UNUSED; return scan(t, self, false); }
F(s_search) { UNUSED; return scan(t, self, true); }
static Value s_get_pattern(Thread *t, Value self, void *c) { (void)t; (void)c; return im_new_ref(((ImScanner *)im_ptr(self))->pattern); }
static int s_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImScanner *c = (ImScanner *)o;
    int r = im_is_object(c->pattern) ? visit(c->pattern, arg) : 0;
    if (r == 0 && im_is_object(c->held.obj)) r = visit(c->held.obj, arg);
    return r ? r : im_is_object(c->string) ? visit(c->string, arg) : 0;
}
static void s_destroy(Thread *t, ImObject *o)
{
    im_buffer_release(t, &((ImScanner *)o)->held);
    im_destroy_child(t, ((ImScanner *)o)->pattern);
    im_destroy_child(t, ((ImScanner *)o)->string);
}
static const ImMethodDef s_methods[] = {IM_FIXED("match", s_match, 0, "($self, /)", NULL), IM_FIXED("search", s_search, 0, "($self, /)", NULL), IM_END};
static const ImGetSetDef s_getset[] = {{"pattern", s_get_pattern, NULL, NULL, NULL}, {0}};
static const ImTypeSpec s_spec = {.name = "_sre.SRE_Scanner", .size = sizeof(ImScanner), .flags = IM_TF_GC | IM_TF_NO_NEW, .methods = s_methods, .getset = s_getset, .traverse = s_traverse, .destroy = s_destroy};
IM_TYPE(SRE_Scanner, &s_spec);
F(p_finditer)
{
    Value sc = p_scanner(t, self, a, n, kw), m, it;
    if (im_no_value(sc)) return sc;
    m = im_getattr(t, sc, IM_S(search));
    im_drop(t, sc);
    if (im_no_value(m)) return m;
    it = im_calliter_new(t, m, IM_NONE);
    im_drop(t, m);
    return it;
}

/* --- pattern --- */
F(p_copy) { UNUSED; (void)t; return im_new_ref(self); }
static const struct { int bit; const char *name; } flag_names[] = {{2, "re.IGNORECASE"}, {4, "re.LOCALE"}, {8, "re.MULTILINE"}, {16, "re.DOTALL"}, {64, "re.VERBOSE"}, {128, "re.DEBUG"}, {256, "re.ASCII"}};
static Value p_repr(Thread *t, Value self)
{
    ImPattern *p = pp(self);
    int64_t fl = p->flags;
    if (p->isbytes == 0 && (fl & (4 | 32 | 256)) == 32) fl &= ~32;
    Value r = im_repr(t, p->pattern);
    if (im_no_value(r)) return r;
    ImStrBuilder b;
    im_sb_init(&b);
    int bad = im_sb_ascii(t, &b, "re.compile(", -1) || im_sb_substr(t, &b, r, 0, im_str_len(r) > 200 ? 200 : im_str_len(r));
    im_drop(t, r);
    bool first = true;
    for (size_t i = 0; !bad && i < IM_COUNTOF(flag_names); i++)
        if (fl & flag_names[i].bit) {
            bad = im_sb_ascii(t, &b, first ? ", " : "|", -1) || im_sb_ascii(t, &b, flag_names[i].name, -1);
            first = false;
            fl &= ~(int64_t)flag_names[i].bit;
        }
    if (!bad && fl) {
        char x[32];
        snprintf(x, sizeof x, "%s0x%llx", first ? ", " : "|", (unsigned long long)fl);
        bad = im_sb_ascii(t, &b, x, -1);
    }
    if (bad || im_sb_char(t, &b, ')') < 0) { im_sb_free(&b); return IM_NO_VALUE; }
    return im_sb_finish(t, &b);
}
static int64_t p_hash(Thread *t, Value self)
{
    ImPattern *p = pp(self);
    int64_t h = im_hash(t, p->pattern);
    if (h == -1) return -1;
    h ^= im_hash_bytes(p->code, (ssize_t)(p->ncode * 4)) ^ p->flags ^ p->isbytes ^ p->groups;
    return h == -1 ? -2 : h;
}
static Value p_compare(Thread *t, Value x, Value y, ImCmp op)
{
    if ((op != IM_EQ && op != IM_NE) || !im_is_exact(y, &im_Pattern_type)) return IM_NOT_IMPLEMENTED;
    ImPattern *a = pp(x), *b = pp(y);
    int eq = a == b;
    if (!eq && a->flags == b->flags && a->isbytes == b->isbytes && a->groups == b->groups && a->ncode == b->ncode && !memcmp(a->code, b->code, a->ncode * 4)) {
        eq = im_equal(t, a->pattern, b->pattern);
        if (eq < 0) return IM_NO_VALUE;
    }
    return im_bool((op == IM_EQ) == eq);
}
static Value p_get_groupindex(Thread *t, Value self, void *c)
{
    (void)c;
    return im_mappingproxy_new(t, pp(self)->groupindex);
}
static int p_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImPattern *p = (ImPattern *)o;
    const Value own[] = {p->pattern, p->groupindex, p->indexgroup};
    int r;
    for (size_t i = 0; i < 3; i++)
        if (im_is_object(own[i]) && (r = visit(own[i], arg))) return r;
    return 0;
}
static void p_destroy(Thread *t, ImObject *o)
{
    ImPattern *p = (ImPattern *)o;
    im_destroy_child(t, p->pattern);
    im_destroy_child(t, p->groupindex);
    im_destroy_child(t, p->indexgroup);
    for (size_t i = 0; p->x_maps && i < p->ncode; i++) im_raw_free(p->x_maps[i]);
    im_raw_free(p->x_maps);
}
static const ImMethodDef p_methods[] = {
    IM_PARSED("match", p_match, "($self, /, string, pos=0, endpos=sys.maxsize)", "Matches zero or more characters at the beginning of the string."), IM_PARSED("fullmatch", p_fullmatch, "($self, /, string, pos=0, endpos=sys.maxsize)", "Matches against all of the string."),
    IM_PARSED("search", p_search, "($self, /, string, pos=0, endpos=sys.maxsize)", "Scan through string looking for a match, and return a corresponding match object instance.\n\nReturn None if no position in the string matches."),
    IM_PARSED("sub", p_sub, "($self, /, repl, string, count=0)", NULL), IM_PARSED("subn", p_subn, "($self, /, repl, string, count=0)", NULL), IM_PARSED("findall", p_findall, "($self, /, string, pos=0, endpos=sys.maxsize)", "Return a list of all non-overlapping matches of pattern in string."),
    IM_PARSED("split", p_split, "($self, /, string, maxsplit=0)", "Split string by the occurrences of pattern."), IM_PARSED("finditer", p_finditer, "($self, /, string, pos=0, endpos=sys.maxsize)", NULL),
    IM_PARSED("scanner", p_scanner, "($self, /, string, pos=0, endpos=sys.maxsize)", NULL), IM_FIXED("__copy__", p_copy, 0, NULL, NULL), IM_FIXED("__deepcopy__", p_copy, 1, NULL, NULL), IM_CLASS_GETITEM, IM_END};
static const ImGetSetDef p_getset[] = {{"groupindex", p_get_groupindex, NULL, "A dictionary mapping group names to group numbers.", NULL}, {0}};
static const ImMemberDef p_members[] = {{"pattern", IM_T_VALUE, offsetof(ImPattern, pattern), true, "The pattern string from which the RE object was compiled."}, {"flags", IM_T_INT64, offsetof(ImPattern, flags), true, "The regex matching flags."},
    {"groups", IM_T_SSIZE, offsetof(ImPattern, groups), true, "The number of capturing groups in the pattern."}, {0}};
static const ImSlots p_slots = {.repr = p_repr, .hash = p_hash, .richcompare = p_compare};
static const ImTypeSpec p_spec = {.name = "re.Pattern", .size = sizeof(ImPattern), .flags = IM_TF_GC | IM_TF_WEAKREF | IM_TF_NO_NEW, .slots = &p_slots, .methods = p_methods, .getset = p_getset, .members = p_members, .traverse = p_traverse,
    .destroy = p_destroy, .doc = "Compiled regular expression object."};
IM_TYPE(Pattern, &p_spec);

/* --- match --- */
/* Group number of an index or name; -1 IndexError. */
static ssize_t group_index(Thread *t, ImMatch *m, Value key)
{
    ssize_t i = -1;
    if (im_is_index(key)) {
        if (im_as_ssize(t, key, NULL, &i) < 0) return -1;
    } else {
        Value v;
        int r = im_dict_get(t, pp(m->pattern)->groupindex, key, &v);
        if (r < 0) im_exc_clear(t);
        if (r > 0) {
            int64_t x = -1;
            (void)im_int_get64(v, &x);
            i = x;
            im_drop(t, v);
        }
    }
    if (i < 0 || i >= m->groups) return im_raise_index(t, "no such group"), -1;
    return i;
}
static Value group_value(Thread *t, ImMatch *m, ssize_t i, Value dflt) { return m->marks[2 * i] < 0 ? im_new_ref(dflt) : slice_of(t, m->string, m->marks[2 * i], m->marks[2 * i + 1]); }
static Value group_by(Thread *t, ImMatch *m, Value key, Value dflt)
{
    ssize_t i = group_index(t, m, key);
    return i < 0 ? IM_NO_VALUE : group_value(t, m, i, dflt);
}
F(m_group)
{
    (void)kw;
    if (n == 0) return group_value(t, mp(self), 0, IM_NONE);
    if (n == 1) return group_by(t, mp(self), a[0], IM_NONE);
    Value r = im_tuple_new(t, n);
    for (size_t i = 0; !im_no_value(r) && i < n; i++) {
        Value x = group_by(t, mp(self), a[i], IM_NONE);
        if (im_no_value(x)) { im_drop(t, r); return x; }
        im_tuple_items(r)[i] = x;
    }
    return r;
}
static Value m_subscript(Thread *t, Value self, Value key) { return group_by(t, mp(self), key, IM_NONE); }
F(m_groups)
{
    (void)n; (void)kw;
    ImMatch *m = mp(self);
    Value d = im_no_value(a[0]) ? IM_NONE : a[0], r = im_tuple_new(t, (size_t)(m->groups - 1));
    for (ssize_t i = 1; !im_no_value(r) && i < m->groups; i++) {
        Value x = group_value(t, m, i, d);
        if (im_no_value(x)) { im_drop(t, r); return x; }
        im_tuple_items(r)[i - 1] = x;
    }
    return r;
}
F(m_groupdict)
{
    (void)n; (void)kw;
    ImMatch *m = mp(self);
    Value d = im_no_value(a[0]) ? IM_NONE : a[0], r = im_dict_new(t), k, v;
    size_t pos = 0;
    while (!im_no_value(r) && im_dict_next(t, pp(m->pattern)->groupindex, &pos, &k, &v)) {
        Value x = group_by(t, m, v, d);
        int bad = im_no_value(x) || im_dict_set(t, r, k, x) < 0;
        im_xdrop(t, x);
        im_drop(t, k);
        im_drop(t, v);
        if (bad) { im_drop(t, r); return IM_NO_VALUE; }
    }
    return r;
}
static Value edge(Thread *t, Value self, const Value *a, size_t n, int which)
{
    ssize_t i = n ? group_index(t, mp(self), a[0]) : 0;
    if (i < 0) return IM_NO_VALUE;
    ImMatch *m = mp(self);
    if (which < 2) return im_int(m->marks[2 * i + which]);
    return im_tuple_pack(t, 2, im_int(m->marks[2 * i]), im_int(m->marks[2 * i + 1]));
}
F(m_start) { (void)kw; return edge(t, self, a, n, 0); }
F(m_end) { (void)kw; return edge(t, self, a, n, 1); }
F(m_span) { (void)kw; return edge(t, self, a, n, 2); }
F(m_expand)
{
    (void)n; (void)kw;
    Value tp = compile_template(t, mp(self)->pattern, a[0]);
    if (im_no_value(tp)) return tp;
    Value r = im_is_exact(tp, &im_SRE_Template_type) ? expand_template(t, (ImTemplate *)im_ptr(tp), self) : im_new_ref(tp);
    im_drop(t, tp);
    return r;
}
F(m_copy) { UNUSED; (void)t; return im_new_ref(self); }
static Value m_lastindex(Thread *t, Value self, void *c) { (void)t; (void)c; return mp(self)->lastindex >= 0 ? im_int(mp(self)->lastindex) : IM_NONE; }
static Value m_lastgroup(Thread *t, Value self, void *c)
{
    (void)t; (void)c;
    ssize_t i = mp(self)->lastindex;
    Value names = pp(mp(self)->pattern)->indexgroup;
    return i >= 0 && im_is_tuple(names) && i < im_tuple_len(names) ? im_new_ref(im_tuple_get(names, i)) : IM_NONE;
}
static Value m_regs(Thread *t, Value self, void *c)
{
    (void)c;
    ImMatch *m = mp(self);
    Value r = im_slot_get(t, NULL, &m->regs);
    if (!im_no_value(r)) return r;
    r = im_tuple_new(t, (size_t)m->groups);
    for (ssize_t i = 0; !im_no_value(r) && i < m->groups; i++) {
        Value x = im_tuple_pack(t, 2, im_int(m->marks[2 * i]), im_int(m->marks[2 * i + 1]));
        if (im_no_value(x)) { im_drop(t, r); return x; }
        im_tuple_items(r)[i] = x;
    }
    if (!im_no_value(r)) im_slot_put(t, &m->head, &m->regs, im_new_ref(r));
    return r;
}
static Value m_repr(Thread *t, Value self)
{
    ImMatch *m = mp(self);
    Value g = group_value(t, m, 0, IM_NONE);
    if (im_no_value(g)) return g;
    Value r = im_str_format(t, "<re.Match object; span=(%zd, %zd), match=%.50R>", m->marks[0], m->marks[1], g);
    im_drop(t, g);
    return r;
}
static int m_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImMatch *m = (ImMatch *)o;
    const Value own[] = {m->string, m->pattern, m->regs};
    int r;
    for (size_t i = 0; i < 3; i++)
        if (im_is_object(own[i]) && (r = visit(own[i], arg))) return r;
    return 0;
}
static void m_destroy(Thread *t, ImObject *o)
{
    ImMatch *m = (ImMatch *)o;
    im_destroy_child(t, m->string);
    im_destroy_child(t, m->pattern);
    im_destroy_child(t, m->regs);
}
static const ImMethodDef m_methods[] = {
    IM_RANGE("group", m_group, 0, 255, NULL, "group([group1, ...]) -> str or tuple.\nReturn subgroup(s) of the match by indices or names.\nFor 0 returns the entire match."), IM_RANGE("start", m_start, 0, 1, "($self, group=0, /)", NULL),
    IM_RANGE("end", m_end, 0, 1, "($self, group=0, /)", NULL), IM_RANGE("span", m_span, 0, 1, "($self, group=0, /)", NULL), IM_PARSED("groups", m_groups, "($self, /, default=None)", NULL),
    IM_PARSED("groupdict", m_groupdict, "($self, /, default=None)", NULL), IM_PARSED("expand", m_expand, "($self, /, template)", NULL), IM_FIXED("__copy__", m_copy, 0, NULL, NULL), IM_FIXED("__deepcopy__", m_copy, 1, NULL, NULL), IM_CLASS_GETITEM, IM_END};
static const ImGetSetDef m_getset[] = {{"lastindex", m_lastindex, NULL, NULL, NULL}, {"lastgroup", m_lastgroup, NULL, NULL, NULL}, {"regs", m_regs, NULL, NULL, NULL}, {0}};
static const ImMemberDef m_members[] = {{"string", IM_T_VALUE, offsetof(ImMatch, string), true, NULL}, {"re", IM_T_VALUE, offsetof(ImMatch, pattern), true, NULL}, {"pos", IM_T_SSIZE, offsetof(ImMatch, pos), true, NULL},
    {"endpos", IM_T_SSIZE, offsetof(ImMatch, endpos), true, NULL}, {0}};
static const ImSlots m_slots = {.repr = m_repr, .subscript = m_subscript};
static const ImTypeSpec m_spec = {.name = "re.Match", .size = sizeof(ImMatch), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &m_slots, .methods = m_methods, .getset = m_getset, .members = m_members, .traverse = m_traverse, .destroy = m_destroy,
    .doc = "The result of re.match() and re.search().\nMatch objects always have a boolean value of True."};
IM_TYPE(Match, &m_spec);

/* --- template --- */
static int t_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImTemplate *x = (ImTemplate *)o;
    int r = im_is_object(x->literal) ? visit(x->literal, arg) : 0;
    return r ? r : im_is_object(x->chunks) ? visit(x->chunks, arg) : 0;
}
static void t_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((ImTemplate *)o)->literal);
    im_destroy_child(t, ((ImTemplate *)o)->chunks);
}
static const ImTypeSpec t_spec = {.name = "_sre.SRE_Template", .size = sizeof(ImTemplate), .flags = IM_TF_GC | IM_TF_NO_NEW, .traverse = t_traverse, .destroy = t_destroy};
IM_TYPE(SRE_Template, &t_spec);
F(sre_template)
{
    (void)self; (void)n; (void)kw;
    if (!im_is_list(a[1]) || (im_list_len(a[1]) & 1) == 0) return im_raise_type(t, "invalid template");
    for (ssize_t i = 1; i < im_list_len(a[1]); i += 2) {
        Value x = im_list_get(t, a[1], i);
        int64_t g;
        bool ok = im_is_int_like(x) && im_int_get64(x, &g) && g >= 0;
        im_drop(t, x);
        if (!ok) return im_raise_type(t, "invalid template");
    }
    ImTemplate *x = (ImTemplate *)im_instance_alloc(t, &im_SRE_Template_type, 0);
    if (!x) return IM_NO_VALUE;
    x->chunks = im_new_ref(a[1]);
    x->literal = im_list_get(t, a[1], 0);
    x->n = im_list_len(a[1]);
    return im_value(x);
}

/* --- functions --- */
F(sre_compile)
{
    (void)self; (void)n; (void)kw;
    if (!im_is_list(a[2])) return im_raise_type(t, "compile() argument 'code' must be list, not %T", a[2]);
    if (!im_is_dict(a[4])) return im_raise_type(t, "compile() argument 'groupindex' must be dict, not %T", a[4]);
    if (!im_is_tuple(a[5])) return im_raise_type(t, "compile() argument 'indexgroup' must be tuple, not %T", a[5]);
    int64_t flags;
    ssize_t groups, len = im_list_len(a[2]);
    if (im_as_int64(t, a[1], &flags) < 0 || im_as_ssize(t, a[3], &im_OverflowError_type, &groups) < 0) return IM_NO_VALUE;
    ImPattern *p = (ImPattern *)im_instance_alloc(t, &im_Pattern_type, (size_t)len * 4);
    if (!p) return IM_NO_VALUE;
    Value pv = im_value(p);
    p->ncode = (size_t)len;
    for (ssize_t i = 0; i < len; i++) {
        Value x = im_list_get(t, a[2], i);
        uint64_t u = 0;
        if (im_no_value(x)) { /* an __index__ has shortened the list */
            im_drop(t, pv);
            return im_raise_valueerror(t, "the code has changed its length");
        }
        int bad = im_as_uint64(t, x, &u) < 0;
        if (!bad && u > UINT32_MAX) { (void)im_raise_overflow(t, "regular expression code size limit exceeded"); bad = 1; }
        im_drop(t, x);
        if (bad) { im_drop(t, pv); return IM_NO_VALUE; }
        p->code[i] = (uint32_t)u;
    }
    p->pattern = im_new_ref(a[0]);
    p->isbytes = im_is_none(a[0]) ? -1 : im_is_str(a[0]) ? 0 : 1;
    p->flags = flags;
    p->groups = groups;
    p->groupindex = im_new_ref(a[4]);
    p->indexgroup = im_new_ref(a[5]);
    if (groups < 0 || groups > (1 << 28)) {
        im_drop(t, pv);
        return im_raise(t, &im_RuntimeError_type, "invalid SRE code");
    }
    if (im_sre_validate(t, p->code, p->ncode, groups) < 0 || !(p->x_maps = im_raw_alloc_zero(t, p->ncode, sizeof *p->x_maps))) { im_drop(t, pv); return IM_NO_VALUE; }
    return pv;
}
static int char_arg(Thread *t, Value v, uint32_t *c)
{
    int x;
    if (im_as_int(t, v, &x) < 0) return -1;
    *c = (uint32_t)x;
    return 0;
}
F(sre_getcodesize) { UNUSED; (void)t; return im_int(4); }
F(sre_ascii_iscased) { (void)self; (void)n; (void)kw; uint32_t c; return char_arg(t, a[0], &c) < 0 ? IM_NO_VALUE : im_bool(c < 128 && isalpha((int)c)); }
F(sre_ascii_tolower) { (void)self; (void)n; (void)kw; uint32_t c; return char_arg(t, a[0], &c) < 0 ? IM_NO_VALUE : im_int(im_sre_lower(c, false)); }
F(sre_unicode_tolower) { (void)self; (void)n; (void)kw; uint32_t c; return char_arg(t, a[0], &c) < 0 ? IM_NO_VALUE : im_int(im_sre_lower(c, true)); }
F(sre_unicode_iscased)
{
    (void)self; (void)n; (void)kw;
    uint32_t c, out[8];
    if (char_arg(t, a[0], &c) < 0) return IM_NO_VALUE;
    if (im_sre_lower(c, true) != c) return IM_TRUE;
    (void)im_uc_upper(c, out);
    return im_bool(out[0] != c);
}
static int sre_exec(Thread *t, Value m)
{
    return im_module_add_int(t, m, "MAGIC", IM_SRE_MAGIC) < 0 || im_module_add_int(t, m, "CODESIZE", 4) < 0 || im_module_add_int(t, m, "MAXREPEAT", IM_SRE_MAXREPEAT) < 0
        || im_module_add_int(t, m, "MAXGROUPS", 1 << 28) < 0 || im_module_add_str(t, m, "copyright", " SRE code words as in the library's re._constants ") < 0 ? -1 : 0;
}
static const ImMethodDef sre_methods[] = {
    IM_PARSED("compile", sre_compile, "($module, /, pattern, flags, code, groups, groupindex, indexgroup)", NULL), IM_FIXED("template", sre_template, 2, "($module, pattern, template, /)", NULL), IM_FIXED("getcodesize", sre_getcodesize, 0, "($module, /)", NULL),
    IM_FIXED("ascii_iscased", sre_ascii_iscased, 1, "($module, character, /)", NULL), IM_FIXED("ascii_tolower", sre_ascii_tolower, 1, "($module, character, /)", NULL), IM_FIXED("unicode_iscased", sre_unicode_iscased, 1, "($module, character, /)", NULL), IM_FIXED("unicode_tolower", sre_unicode_tolower, 1, "($module, character, /)", NULL), IM_END};
static const ImModuleDef sre_def = {.name = "_sre", .methods = sre_methods, .exec = sre_exec};
IM_MODULE(sre_def);
