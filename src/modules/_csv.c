/* Module _csv: readers, writers and dialects of comma-separated files.
 * SPDX-License-Identifier: MIT
 *
 * A reader or writer keeps nothing between two calls but its line number: the record being read or written lives in the call, so that threads may share one. */
#include "modules/module.h"

#define F(fn) static Value fn(Thread *t, Value self, const Value *a, size_t n, Value kw)

enum { QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE, QUOTE_STRINGS, QUOTE_NOTNULL, N_QUOTE };
#define NOT_SET 0xFFFFFFFFu
#define END_OF_LINE 0xFFFFFFFEu

static Value csv_error, csv_dialects; /* made once */
static int64_t x_field_limit = 128 * 1024;
#define FAIL(t, ...) im_raise((t), im_as_type(csv_error), __VA_ARGS__)

/* --- dialects ------------------------------------------------------------------------------------------------------------------------------------ */
typedef struct ImDialect { /* never changes once made */
    ImObject head;
    bool doublequote, skipinitialspace, strict;
    uint8_t special[128]; /* ASCII characters that end a run: 1 inside an unquoted field, 2 inside a quoted one, 4 that the writer quotes or escapes */
    int quoting;
    uint32_t delimiter, quotechar, escapechar; /* NOT_SET: none */
    Value lineterminator;                      /* str */
} ImDialect;
extern ImType im_CsvDialect_type;
static ImDialect *dp(Value v) { return (ImDialect *)im_ptr(v); }

enum { P_DIALECT, P_DELIMITER, P_DOUBLEQUOTE, P_ESCAPECHAR, P_LINETERMINATOR, P_QUOTECHAR, P_QUOTING, P_SKIPINITIALSPACE, P_STRICT, N_PARAMS };
static const char *const param_names[N_PARAMS] = {"dialect", "delimiter", "doublequote", "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace", "strict"};

static Value find_dialect(Thread *t, Value name)
{
    Value d;
    int r = im_dict_get(t, csv_dialects, name, &d);
    return r < 0 ? IM_NO_VALUE : r ? d : FAIL(t, "unknown dialect");
}
static int set_bool(Thread *t, bool *out, Value v, bool dflt)
{
    int r = im_no_value(v) ? dflt : im_truth(t, v);
    *out = r > 0;
    return r < 0 ? -1 : 0;
}
static int set_char(Thread *t, const char *name, uint32_t *out, Value v, uint32_t dflt, bool none)
{
    *out = dflt;
    if (im_no_value(v)) return 0;
    if (none && im_is_none(v)) { *out = NOT_SET; return 0; }
    if (!im_is_str(v)) return im_raise_type(t, none ? "\"%s\" must be string or None, not %.200s" : "\"%s\" must be string, not %.200s", name, im_type_cname(im_type_of(v))), -1;
    if (im_str_len(v) != 1) return im_raise_type(t, "\"%s\" must be a 1-character string", name), -1;
    *out = im_str_at(v, 0);
    return 0;
}
static int check_char(Thread *t, const char *name, uint32_t c, const ImDialect *d, bool space)
{
    if (c == NOT_SET) return 0;
    if (c == '\n' || c == '\r' || (c == ' ' && !space)) return im_raise_valueerror(t, "bad %s value", name), -1;
    if (im_str_find_char(d->lineterminator, c, 0, im_str_len(d->lineterminator), 1) >= 0) return im_raise_valueerror(t, "bad %s or lineterminator value", name), -1;
    return 0;
}
static int check_chars(Thread *t, const char *name1, const char *name2, uint32_t c1, uint32_t c2)
{
    return c1 == c2 && c1 != NOT_SET ? (im_raise_valueerror(t, "bad %s or %s value", name1, name2), -1) : 0;
}
static int fill_dialect(Thread *t, ImDialect *d, const Value *p)
{
    if (set_char(t, "delimiter", &d->delimiter, p[P_DELIMITER], ',', false) < 0 || set_bool(t, &d->doublequote, p[P_DOUBLEQUOTE], true) < 0 ||
        set_char(t, "escapechar", &d->escapechar, p[P_ESCAPECHAR], NOT_SET, true) < 0) return -1;
    Value lt = p[P_LINETERMINATOR];
    if (!im_no_value(lt) && !im_is_none(lt) && !im_is_str(lt)) return im_raise_type(t, "\"lineterminator\" must be a string"), -1;
    if (set_char(t, "quotechar", &d->quotechar, p[P_QUOTECHAR], '"', true) < 0) return -1;
    d->quoting = QUOTE_MINIMAL;
    Value q = p[P_QUOTING];
    if (!im_no_value(q)) {
        if (!im_is_int_exact(q)) return im_raise_type(t, "\"quoting\" must be an integer"), -1;
        if (im_as_int(t, q, &d->quoting) < 0) return -1;
    }
    if (set_bool(t, &d->skipinitialspace, p[P_SKIPINITIALSPACE], false) < 0 || set_bool(t, &d->strict, p[P_STRICT], false) < 0) return -1;
    if (d->quoting < 0 || d->quoting >= N_QUOTE) return im_raise_type(t, "bad \"quoting\" value"), -1;
    if (!im_no_value(p[P_QUOTECHAR]) && im_is_none(p[P_QUOTECHAR]) && im_no_value(q)) d->quoting = QUOTE_NONE;
    if (d->quoting != QUOTE_NONE && d->quotechar == NOT_SET) return im_raise_type(t, "quotechar must be set if quoting enabled"), -1;
    if (!im_no_value(lt) && im_is_none(lt)) return im_raise_type(t, "lineterminator must be set"), -1;
    lt = im_no_value(lt) ? im_str_from_cstr(t, "\r\n") : im_new_ref(lt);
    if (im_no_value(lt)) return -1;
    im_slot_init(&d->head, &d->lineterminator, lt);
    uint8_t *m = d->special;
    m['\n'] = m['\r'] = 5;
    if (d->delimiter < 128) m[d->delimiter] |= 5;
    if (d->escapechar < 128) m[d->escapechar] |= 7;
    if (d->quotechar < 128) m[d->quotechar] |= d->quoting != QUOTE_NONE ? 6 : 4;
    for (ssize_t i = 0; i < im_str_len(lt); i++) if (im_str_at(lt, i) < 128) m[im_str_at(lt, i)] |= 4;
    bool space = !d->skipinitialspace;
    return check_char(t, "delimiter", d->delimiter, d, true) < 0 || check_char(t, "escapechar", d->escapechar, d, space) < 0 || check_char(t, "quotechar", d->quotechar, d, space) < 0 ||
           check_chars(t, "delimiter", "escapechar", d->delimiter, d->escapechar) < 0 || check_chars(t, "delimiter", "quotechar", d->delimiter, d->quotechar) < 0 ||
           check_chars(t, "escapechar", "quotechar", d->escapechar, d->quotechar) < 0 ? -1 : 0;
}
static Value dialect_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    Value p[N_PARAMS] = {{0}}, owned[N_PARAMS] = {{0}}, v = IM_NO_VALUE;
    size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames), given = 0;
    if (nargs + nkw > N_PARAMS) return im_raise_type(t, "function takes at most 9 arguments (%zu given)", nargs + nkw);
    for (size_t i = 0; i < nargs; i++) p[i] = args[i];
    for (size_t i = 0; i < nkw; i++) {
        Value k = im_tuple_get(kwnames, (ssize_t)i);
        size_t j = 0;
        while (j < N_PARAMS && !im_str_equal_cstr(k, param_names[j])) j++;
        if (j == N_PARAMS) return im_raise_type(t, "this function got an unexpected keyword argument '%U'", k);
        if (j < nargs) return im_raise_type(t, "argument for function given by name ('%U') and position (%zu)", k, j + 1);
        p[j] = args[nargs + i];
    }
    for (int i = 1; i < N_PARAMS; i++) given += !im_no_value(p[i]);
    Value base = p[P_DIALECT];
    if (!im_no_value(base)) {
        base = im_is_str(base) ? find_dialect(t, base) : im_new_ref(base);
        if (im_no_value(base)) return base;
        if (given == 0 && im_is_instance_of(base, &im_CsvDialect_type)) return base;
        for (int i = 1; i < N_PARAMS; i++) {
            if (!im_no_value(p[i])) continue;
            Value name = im_str_intern_cstr(t, param_names[i]);
            if (im_no_value(name)) goto done;
            int r = im_lookup_attr(t, base, name, &owned[i]);
            im_drop(t, name);
            if (r < 0) goto done;
            p[i] = owned[i];
        }
    }
    ImDialect *d = (ImDialect *)im_instance_alloc(t, type, 0);
    if (!d) goto done;
    v = im_value(d);
    if (fill_dialect(t, d, p) < 0) IM_CLEAR(t, v);
done:
    for (int i = 1; i < N_PARAMS; i++) im_xdrop(t, owned[i]);
    im_xdrop(t, base);
    return v;
}
/* Dialect(dialect, **kw) */
static Value make_dialect(Thread *t, Value dialect, Value kwargs)
{
    Value args = im_no_value(dialect) ? im_new_ref(im_tuple_empty()) : im_tuple_pack(t, 1, dialect);
    if (im_no_value(args)) return args;
    Value d = im_call_ex(t, im_type_value(&im_CsvDialect_type), args, kwargs);
    im_drop(t, args);
    return d;
}
static Value char_or_none(Thread *t, uint32_t c) { return c == NOT_SET ? IM_NONE : im_str_from_char(t, c); }
static Value d_delimiter(Thread *t, Value self, void *c) { (void)c; return char_or_none(t, dp(self)->delimiter); }
static Value d_quotechar(Thread *t, Value self, void *c) { (void)c; return char_or_none(t, dp(self)->quotechar); }
static Value d_escapechar(Thread *t, Value self, void *c) { (void)c; return char_or_none(t, dp(self)->escapechar); }
static Value d_lineterminator(Thread *t, Value self, void *c) { (void)t; (void)c; return im_new_ref(dp(self)->lineterminator); }
static Value d_quoting(Thread *t, Value self, void *c) { (void)t; (void)c; return im_int(dp(self)->quoting); }
F(d_reduce) { (void)a; (void)n; (void)kw; return im_raise_type(t, "cannot pickle '%.100U' instances", im_type_name(im_type_of(self))); }
static int d_traverse(ImObject *o, ImVisit visit, void *arg) { Value v = ((ImDialect *)o)->lineterminator; return im_is_object(v) ? visit(v, arg) : 0; }
static void d_destroy(Thread *t, ImObject *o) { im_destroy_child(t, ((ImDialect *)o)->lineterminator); }
static const ImGetSetDef d_getset[] = {{"delimiter", d_delimiter, NULL, NULL, NULL}, {"escapechar", d_escapechar, NULL, NULL, NULL}, {"lineterminator", d_lineterminator, NULL, NULL, NULL},
    {"quotechar", d_quotechar, NULL, NULL, NULL}, {"quoting", d_quoting, NULL, NULL, NULL}, {0}};
static const ImMemberDef d_members[] = {{"skipinitialspace", IM_T_BOOL, offsetof(ImDialect, skipinitialspace), true, NULL}, {"doublequote", IM_T_BOOL, offsetof(ImDialect, doublequote), true, NULL},
    {"strict", IM_T_BOOL, offsetof(ImDialect, strict), true, NULL}, {0}};
static const ImMethodDef d_methods[] = {IM_RANGE("__reduce__", d_reduce, 0, 255, NULL, "raises an exception to avoid pickling"), IM_RANGE("__reduce_ex__", d_reduce, 0, 255, NULL, "raises an exception to avoid pickling"), IM_END};
static const ImSlots d_slots = {.new_ = dialect_new};
static const ImTypeSpec d_spec = {.name = "_csv.Dialect", .size = sizeof(ImDialect), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_IMMUTABLE, .slots = &d_slots, .methods = d_methods, .getset = d_getset, .members = d_members,
    .traverse = d_traverse, .destroy = d_destroy, .doc = "CSV dialect\n\nThe Dialect type records CSV dialect options."};
IM_TYPE(CsvDialect, &d_spec);

/* --- reader -------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct ImReader {
    ImObject head;
    Value input, dialect;
    ssize_t x_line_num; /* lines taken so far; atomic when shared */
    uint32_t x_width;   /* fields of the last row: the next one likely has as many */
} ImReader;
extern ImType im_CsvReader_type;
typedef enum { START_RECORD, START_FIELD, ESCAPED_CHAR, IN_FIELD, IN_QUOTED_FIELD, ESCAPE_IN_QUOTED_FIELD, QUOTE_IN_QUOTED_FIELD, EAT_CRNL, AFTER_ESCAPED_CRNL } ReadState;
typedef struct Record {
    Thread *t;
    const ImDialect *d;
    Value fields;      /* list */
    ImStrBuilder b;    /* the field so far */
    ReadState state;
    bool unquoted;     /* the field did not begin with a quote */
    int64_t limit;
} Record;

static int too_large(Record *r) { return FAIL(r->t, "field larger than field limit (%lld)", (long long)r->limit), -1; }
static int save(Record *r, Value whole) /* steals whole: the field when it is one run; no value: what has been built */
{
    Thread *t = r->t;
    int quoting = r->d->quoting;
    bool empty = im_no_value(whole) && r->b.len == 0;
    Value f;
    if (empty && r->unquoted && (quoting == QUOTE_NOTNULL || quoting == QUOTE_STRINGS)) f = IM_NONE;
    else {
        f = im_no_value(whole) ? im_str_from_kind(t, r->b.kind, r->b.data, r->b.len) : whole;
        if (im_no_value(f)) return -1;
        if (r->unquoted && !empty && (quoting == QUOTE_NONNUMERIC || quoting == QUOTE_STRINGS)) {
            Value x = im_number_float(t, f);
            im_drop(t, f);
            f = x;
            if (im_no_value(f)) return -1;
        }
    }
    r->b.len = 0;
    r->unquoted = true;
    return im_list_append_steal(t, r->fields, f);
}
static int add(Record *r, uint32_t c) { return r->b.len >= r->limit ? too_large(r) : im_sb_char(r->t, &r->b, c); }
static int read_char(Record *r, uint32_t c)
{
    const ImDialect *d = r->d;
    const bool newline = c == '\n' || c == '\r', eol = c == END_OF_LINE;
    switch (r->state) {
    case START_RECORD:
        if (eol) return 0;
        if (newline) { r->state = EAT_CRNL; return 0; }
        r->state = START_FIELD;
        __attribute__((fallthrough));
    case START_FIELD:
        if (newline || eol) {
            r->state = eol ? START_RECORD : EAT_CRNL;
            return save(r, IM_NO_VALUE);
        }
        if (c == d->quotechar && d->quoting != QUOTE_NONE) { r->unquoted = false; r->state = IN_QUOTED_FIELD; }
        else if (c == d->escapechar) r->state = ESCAPED_CHAR;
        else if (c == ' ' && d->skipinitialspace) {}
        else if (c == d->delimiter) return save(r, IM_NO_VALUE);
        else { r->state = IN_FIELD; return add(r, c); }
        return 0;
    case ESCAPED_CHAR:
        if (newline) { r->state = AFTER_ESCAPED_CRNL; return add(r, c); }
        r->state = IN_FIELD;
        return add(r, eol ? '\n' : c);
    case AFTER_ESCAPED_CRNL:
        if (eol) return 0;
        __attribute__((fallthrough));
    case IN_FIELD:
        if (newline || eol) { r->state = eol ? START_RECORD : EAT_CRNL; return save(r, IM_NO_VALUE); }
        if (c == d->escapechar) r->state = ESCAPED_CHAR;
        else if (c == d->delimiter) { r->state = START_FIELD; return save(r, IM_NO_VALUE); }
        else { r->state = IN_FIELD; return add(r, c); }
        return 0;
    case IN_QUOTED_FIELD:
        if (eol) return 0;
        if (c == d->escapechar) r->state = ESCAPE_IN_QUOTED_FIELD;
        else if (c == d->quotechar && d->quoting != QUOTE_NONE) r->state = d->doublequote ? QUOTE_IN_QUOTED_FIELD : IN_FIELD;
        else return add(r, c);
        return 0;
    case ESCAPE_IN_QUOTED_FIELD:
        r->state = IN_QUOTED_FIELD;
        return add(r, eol ? '\n' : c);
    case QUOTE_IN_QUOTED_FIELD:
        if (d->quoting != QUOTE_NONE && c == d->quotechar) { r->state = IN_QUOTED_FIELD; return add(r, c); }
        if (c == d->delimiter) { r->state = START_FIELD; return save(r, IM_NO_VALUE); }
        if (newline || eol) { r->state = eol ? START_RECORD : EAT_CRNL; return save(r, IM_NO_VALUE); }
        if (!d->strict) { r->state = IN_FIELD; return add(r, c); }
        return FAIL(r->t, "'%c' expected after '%c'", (int)d->delimiter, (int)d->quotechar), -1;
    case EAT_CRNL:
        if (newline) return 0;
        if (eol) { r->state = START_RECORD; return 0; }
        return FAIL(r->t, "new-line character seen in unquoted field - do you need to open the file with newline=''?"), -1;
    }
    return 0;
}
static int read_line(Record *r, Value line)
{
    Thread *t = r->t;
    const ImDialect *d = r->d;
    const int kind = im_str_kind(line);
    const void *data = im_str_data(line);
    const ssize_t len = im_str_len(line);
    for (ssize_t i = 0; i < len;) {
        uint32_t c = im_str_read(kind, data, i);
        bool quoted = r->state == IN_QUOTED_FIELD;
        bool starts = (r->state == START_FIELD || r->state == START_RECORD) && r->b.len == 0 && c != d->quotechar && (c != ' ' || !d->skipinitialspace);
        if (kind == 1 && (quoted || starts || r->state == IN_FIELD)) { /* a run of ordinary characters at once */
            const uint8_t *p = data, mask = quoted ? 2 : 1;
            ssize_t from = i;
            while (i < len && (p[i] >= 128 ? (p[i] != d->delimiter && p[i] != d->quotechar && p[i] != d->escapechar) : !(d->special[p[i]] & mask))) i++;
            if (i > from) {
                if (r->b.len + (i - from) > r->limit) return too_large(r);
                if (starts) {
                    if (i < len && p[i] == d->delimiter) { /* the whole field */
                        Value f = im_str_from_latin1(t, p + from, i - from);
                        if (im_no_value(f) || save(r, f) < 0) return -1;
                        r->state = START_FIELD;
                        i++;
                        continue;
                    }
                    r->state = IN_FIELD;
                }
                if (im_sb_ascii(t, &r->b, (const char *)p + from, i - from) < 0) return -1;
                continue;
            }
        }
        if (read_char(r, c) < 0) return -1;
        i++;
        if (IM_POLL_EVERY(t, i) < 0) return -1;
    }
    return read_char(r, END_OF_LINE);
}
static Value reader_next(Thread *t, Value self)
{
    ImReader *o = (ImReader *)im_ptr(self);
    Record r = {.t = t, .d = dp(o->dialect), .unquoted = true, .limit = im_load_relaxed(&x_field_limit)};
    const ImDialect *d = r.d;
    r.fields = im_list_new(t, im_load_relaxed(&o->x_width));
    if (im_no_value(r.fields)) return IM_NO_VALUE;
    im_sb_init(&r.b);
    do {
        Value line = im_next_fast(t, o->input);
        if (im_no_value(line)) goto fail;
        if (im_is_stop(line)) {
            if (r.b.len != 0 || r.state == IN_QUOTED_FIELD) {
                if (d->strict) { (void)FAIL(t, "unexpected end of data"); goto fail; }
                if (save(&r, IM_NO_VALUE) < 0) goto fail;
                break;
            }
            im_sb_free(&r.b);
            im_drop(t, r.fields);
            return IM_STOP;
        }
        if (!im_is_str(line)) {
            (void)FAIL(t, "iterator should return strings, not %.200s (the file should be opened in text mode)", im_type_cname(im_type_of(line)));
            im_drop(t, line);
            goto fail;
        }
        if (im_is_private(self)) o->x_line_num++;
        else im_faa_relaxed(&o->x_line_num, 1);
        int x = read_line(&r, line);
        im_drop(t, line);
        if (x < 0) goto fail;
    } while (r.state != START_RECORD);
    im_sb_free(&r.b);
    const ssize_t width = im_list_len(r.fields);
    im_store_relaxed(&o->x_width, width < 4096 ? (uint32_t)width : 4096);
    return r.fields;
fail:
    im_sb_free(&r.b);
    im_drop(t, r.fields);
    return IM_NO_VALUE;
}
static Value self_iter(Thread *t, Value self) { (void)t; return im_new_ref(self); }
/* reader and writer have two objects each, at the same places. */
typedef struct Pair { ImObject head; Value first, dialect; } Pair;
_Static_assert(offsetof(Pair, first) == offsetof(ImReader, input) && offsetof(Pair, dialect) == offsetof(ImReader, dialect), "layout");
static int pair_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Pair *p = (Pair *)o;
    int r = im_is_object(p->first) ? visit(p->first, arg) : 0;
    return r ? r : im_is_object(p->dialect) ? visit(p->dialect, arg) : 0;
}
static void pair_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((Pair *)o)->first);
    im_destroy_child(t, ((Pair *)o)->dialect);
}
static const ImMemberDef reader_members[] = {{"dialect", IM_T_VALUE, offsetof(ImReader, dialect), true, NULL}, {"line_num", IM_T_SSIZE, offsetof(ImReader, x_line_num), true, NULL}, {0}};
static const ImSlots reader_slots = {.iter = self_iter, .next = reader_next};
static const ImTypeSpec reader_spec = {.name = "_csv.reader", .size = sizeof(ImReader), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_IMMUTABLE, .slots = &reader_slots, .members = reader_members, .traverse = pair_traverse,
    .destroy = pair_destroy, .doc = "CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin CSV format."};
IM_TYPE(CsvReader, &reader_spec);

/* --- writer -------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct ImWriter { ImObject head; Value write, dialect; } ImWriter;
extern ImType im_CsvWriter_type;

static int need_escape(Thread *t) { return FAIL(t, "need to escape, but no escapechar set"), -1; }
IM_INLINE bool is_special(const ImDialect *d, uint32_t c)
{
    if (c < 128) return d->special[c] & 4;
    return c == d->delimiter || c == d->escapechar || c == d->quotechar || im_str_find_char(d->lineterminator, c, 0, im_str_len(d->lineterminator), 1) >= 0;
}
/* One field with the delimiter before it. s: str, or no value for None. */
static int write_field(Thread *t, ImStrBuilder *b, const ImDialect *d, Value s, bool quoted, bool first)
{
    const ssize_t len = im_no_value(s) ? 0 : im_str_len(s);
    const int kind = len ? im_str_kind(s) : 1;
    const void *data = len ? im_str_data(s) : NULL;
    if (!first && im_sb_char(t, b, d->delimiter) < 0) return -1;
    bool plain = true;
    if (len && im_str_is_ascii(s)) for (ssize_t i = 0; i < len && plain; i++) plain = !(d->special[((const uint8_t *)data)[i]] & 4);
    else for (ssize_t i = 0; i < len && plain; i++) plain = !is_special(d, im_str_read(kind, data, i));
    if (!plain && d->quoting != QUOTE_NONE && !quoted) { /* quotes, unless every special character is escaped */
        for (ssize_t i = 0; i < len && !quoted; i++) {
            uint32_t c = im_str_read(kind, data, i);
            quoted = is_special(d, c) && !(c == d->quotechar ? !d->doublequote : c == d->escapechar);
        }
    }
    if (len == 0 && d->delimiter == ' ' && d->skipinitialspace) {
        if (d->quoting == QUOTE_NONE || (im_no_value(s) && (d->quoting == QUOTE_STRINGS || d->quoting == QUOTE_NOTNULL)))
            return FAIL(t, "empty field must be quoted if delimiter is a space and skipinitialspace is true"), -1;
        quoted = true;
    }
    if (quoted && im_sb_char(t, b, d->quotechar) < 0) return -1;
    if (plain) {
        if (len && im_sb_str(t, b, s) < 0) return -1;
    } else for (ssize_t i = 0; i < len; i++) {
        uint32_t c = im_str_read(kind, data, i);
        if (is_special(d, c)) {
            bool escape = d->quoting == QUOTE_NONE || (c == d->quotechar ? !d->doublequote : c == d->escapechar);
            if (escape && d->escapechar == NOT_SET) return need_escape(t);
            if ((escape || c == d->quotechar) && im_sb_char(t, b, escape ? d->escapechar : d->quotechar) < 0) return -1;
        }
        if (im_sb_char(t, b, c) < 0 || IM_POLL_EVERY(t, i) < 0) return -1;
    }
    return quoted ? im_sb_char(t, b, d->quotechar) : 0;
}
static int write_record(Thread *t, ImStrBuilder *b, const ImDialect *d, Value it)
{
    size_t n = 0;
    bool null = false;
    for (;; n++) {
        Value f = im_next(t, it), s;
        if (im_no_value(f)) return -1;
        if (im_is_stop(f)) break;
        bool quoted = false;
        switch (d->quoting) {
        case QUOTE_NONNUMERIC: quoted = !im_is_number(f); break;
        case QUOTE_ALL: quoted = true; break;
        case QUOTE_STRINGS: quoted = im_is_str(f); break;
        case QUOTE_NOTNULL: quoted = !im_is_none(f); break;
        }
        null = im_is_none(f);
        s = null ? IM_NO_VALUE : im_is_str(f) ? im_new_ref(f) : im_str(t, f);
        im_drop(t, f);
        if (!null && im_no_value(s)) return -1;
        int r = write_field(t, b, d, s, quoted, n == 0);
        im_xdrop(t, s);
        if (r < 0) return -1;
    }
    if (n > 0 && b->len == 0) {
        if (d->quoting == QUOTE_NONE || (null && (d->quoting == QUOTE_STRINGS || d->quoting == QUOTE_NOTNULL))) return FAIL(t, "single empty field record must be quoted"), -1;
        if (write_field(t, b, d, IM_NO_VALUE, true, true) < 0) return -1;
    }
    return im_sb_str(t, b, d->lineterminator);
}
static Value write_row(Thread *t, Value self, Value row)
{
    ImWriter *w = (ImWriter *)im_ptr(self);
    Value it = im_iter(t, row);
    if (im_no_value(it)) return im_exc_clear_if(t, &im_TypeError_type) ? FAIL(t, "iterable expected, not %.200s", im_type_cname(im_type_of(row))) : IM_NO_VALUE;
    ImStrBuilder b;
    im_sb_init(&b);
    int r = write_record(t, &b, dp(w->dialect), it);
    im_drop(t, it);
    if (r < 0) { im_sb_free(&b); return IM_NO_VALUE; }
    Value line = im_sb_finish(t, &b);
    if (im_no_value(line)) return line;
    Value x = im_call1(t, w->write, line);
    im_drop(t, line);
    return x;
}
F(w_writerow) { (void)n; (void)kw; return write_row(t, self, a[0]); }
F(w_writerows)
{
    (void)n; (void)kw;
    Value it = im_iter(t, a[0]);
    if (im_no_value(it)) return it;
    for (;;) {
        Value row = im_next(t, it);
        if (im_no_value(row) || im_is_stop(row)) { im_drop(t, it); return im_is_stop(row) ? IM_NONE : row; }
        Value x = write_row(t, self, row);
        im_drop(t, row);
        if (im_no_value(x)) { im_drop(t, it); return x; }
        im_drop(t, x);
    }
}
static const ImMethodDef writer_methods[] = {
    IM_FIXED("writerow", w_writerow, 1, "($self, row, /)", "writerow(iterable)\n\nConstruct and write a CSV record from an iterable of fields.  Non-string\nelements will be converted to string."),
    IM_FIXED("writerows", w_writerows, 1, "($self, rows, /)", "writerows(iterable of iterables)\n\nConstruct and write a series of iterables to a csv file.  Non-string\nelements will be converted to string."), IM_END};
static const ImMemberDef writer_members[] = {{"dialect", IM_T_VALUE, offsetof(ImWriter, dialect), true, NULL}, {0}};
static const ImSlots writer_slots = {0};
static const ImTypeSpec writer_spec = {.name = "_csv.writer", .size = sizeof(ImWriter), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_IMMUTABLE, .slots = &writer_slots, .methods = writer_methods, .members = writer_members, .traverse = pair_traverse,
    .destroy = pair_destroy, .doc = "CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV format from sequence input."};
IM_TYPE(CsvWriter, &writer_spec);

/* --- functions ----------------------------------------------------------------------------------------------------------------------------------- */
/* (first, dialect=…, **kw) of reader, writer and register_dialect: the keywords as a dict, or no value for none. */
static int split_args(Thread *t, const Value *a, size_t n, Value kwnames, Value *kwargs)
{
    *kwargs = IM_NO_VALUE;
    if (n < 1) return im_raise_type(t, " expected at least 1 argument, got 0"), -1;
    if (n > 2) return im_raise_type(t, " expected at most 2 arguments, got %zu", n), -1;
    size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    if (!nkw) return 0;
    *kwargs = im_dict_new(t);
    if (im_no_value(*kwargs)) return -1;
    for (size_t i = 0; i < nkw; i++)
        if (im_dict_set(t, *kwargs, im_tuple_get(kwnames, (ssize_t)i), a[n + i]) < 0) { IM_CLEAR(t, *kwargs); return -1; }
    return 0;
}
static Value dialect_of_args(Thread *t, const Value *a, size_t n, Value kwnames)
{
    Value kwargs;
    if (split_args(t, a, n, kwnames, &kwargs) < 0) return IM_NO_VALUE;
    Value d = make_dialect(t, n > 1 ? a[1] : IM_NO_VALUE, kwargs);
    im_xdrop(t, kwargs);
    return d;
}
F(f_reader)
{
    (void)self;
    if (n < 1 || n > 2) { Value none; (void)split_args(t, a, n, IM_NO_VALUE, &none); return IM_NO_VALUE; }
    Value it = im_iter(t, a[0]);
    if (im_no_value(it)) return it;
    Value d = dialect_of_args(t, a, n, kw);
    if (im_no_value(d)) { im_drop(t, it); return d; }
    ImReader *o = (ImReader *)im_instance_alloc(t, &im_CsvReader_type, 0);
    if (!o) { im_drop(t, it); im_drop(t, d); return IM_NO_VALUE; }
    im_slot_init(&o->head, &o->input, it);
    im_slot_init(&o->head, &o->dialect, d);
    return im_value(o);
}
F(f_writer)
{
    (void)self;
    if (n < 1 || n > 2) { Value none; (void)split_args(t, a, n, IM_NO_VALUE, &none); return IM_NO_VALUE; }
    Value write;
    int r = im_lookup_attr(t, a[0], IM_S(write), &write);
    if (r < 0) return IM_NO_VALUE;
    if (r == 0 || !im_callable(write)) { im_xdrop(t, write); return im_raise_type(t, "argument 1 must have a \"write\" method"); }
    Value d = dialect_of_args(t, a, n, kw);
    if (im_no_value(d)) { im_drop(t, write); return d; }
    ImWriter *o = (ImWriter *)im_instance_alloc(t, &im_CsvWriter_type, 0);
    if (!o) { im_drop(t, write); im_drop(t, d); return IM_NO_VALUE; }
    im_slot_init(&o->head, &o->write, write);
    im_slot_init(&o->head, &o->dialect, d);
    return im_value(o);
}
F(f_register)
{
    (void)self;
    if (n >= 1 && n <= 2 && !im_is_str(a[0])) return im_raise_type(t, "dialect name must be a string");
    Value d = dialect_of_args(t, a, n, kw);
    if (im_no_value(d)) return d;
    int r = im_dict_set(t, csv_dialects, a[0], d);
    im_drop(t, d);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
F(f_get) { (void)self; (void)n; (void)kw; return find_dialect(t, a[0]); }
F(f_unregister)
{
    (void)self; (void)n; (void)kw;
    int r = im_dict_del(t, csv_dialects, a[0]);
    return r < 0 ? IM_NO_VALUE : r ? IM_NONE : FAIL(t, "unknown dialect");
}
F(f_list) { (void)self; (void)a; (void)n; (void)kw; return im_dict_keys_list(t, csv_dialects); }
F(f_limit)
{
    (void)self; (void)n; (void)kw;
    if (im_no_value(a[0])) return im_int_new(t, im_load_relaxed(&x_field_limit));
    int64_t limit;
    if (!im_is_int_exact(a[0])) return im_raise_type(t, "limit must be an integer");
    if (!im_int_get64(a[0], &limit)) return im_raise_overflow(t, "Python int too large to convert to C long");
    return im_int_new(t, im_xchg_acq_rel(&x_field_limit, limit));
}
static const ImMethodDef csv_methods[] = {
    IM_RAW("reader", f_reader, "($module, iterable, /, dialect='excel', **fmtparams)",
           "Return a reader object that will process lines from the given iterable.\n\nThe \"iterable\" argument can be any object that returns a line of input for\neach iteration, such as a file object or a list.  The optional \"dialect\"\nargument defines a CSV dialect; single options may be given by keyword."),
    IM_RAW("writer", f_writer, "($module, fileobj, /, dialect='excel', **fmtparams)", "Return a writer object that will write user data on the given file object.\n\nThe \"fileobj\" argument can be any object that supports the file API."),
    IM_RAW("register_dialect", f_register, "($module, name, /, dialect='excel', **fmtparams)", "Create a mapping from a string name to a CSV dialect."),
    IM_PARSED("get_dialect", f_get, "($module, /, name)", "Return the dialect instance associated with name."), IM_PARSED("unregister_dialect", f_unregister, "($module, /, name)", "Delete the name/dialect mapping associated with a string name.\n\n  name\n    dialect name"),
    IM_FIXED("list_dialects", f_list, 0, "($module, /)", "Return a list of all known dialect names."),
    IM_PARSED("field_size_limit", f_limit, "($module, /, new_limit=<unrepresentable>)", "Sets an upper limit on parsed fields.\n\nReturns old limit. If limit is not given, no new limit is set and\nthe old limit is returned"), IM_END};
static int make_globals(Thread *t)
{
    if (!im_no_value(csv_error)) return 0;
    Value name = im_str_from_cstr(t, "Error"), bases = im_tuple_pack(t, 1, im_type_value(&im_Exception_type)), ns = im_dict_new(t), mod = im_str_from_cstr(t, "_csv"), dialects = im_dict_new(t);
    if (im_no_value(name) || im_no_value(bases) || im_no_value(ns) || im_no_value(mod) || im_no_value(dialects) || im_dict_set(t, ns, IM_S(__module__), mod) < 0) return -1;
    Value error = im_call3(t, im_type_value(&im_type_type), name, bases, ns);
    im_drop(t, name);
    im_drop(t, bases);
    im_drop(t, ns);
    im_drop(t, mod);
    if (im_no_value(error)) { im_drop(t, dialects); return -1; }
    im_publish(t, error);
    im_publish(t, dialects);
    im_root_add(&csv_error);
    im_root_add(&csv_dialects);
    csv_dialects = dialects;
    csv_error = error;
    return 0;
}
static int csv_exec(Thread *t, Value m)
{
    static const char *const quoting[N_QUOTE] = {"QUOTE_MINIMAL", "QUOTE_ALL", "QUOTE_NONNUMERIC", "QUOTE_NONE", "QUOTE_STRINGS", "QUOTE_NOTNULL"};
    if (make_globals(t) < 0) return -1;
    for (int i = 0; i < N_QUOTE; i++) if (im_module_add_int(t, m, quoting[i], i) < 0) return -1;
    return im_module_add(t, m, "Error", im_new_ref(csv_error)) < 0 || im_module_add(t, m, "_dialects", im_new_ref(csv_dialects)) < 0 ||
           im_module_add(t, m, "Dialect", im_new_ref(im_type_value(&im_CsvDialect_type))) < 0 || im_module_add(t, m, "Reader", im_new_ref(im_type_value(&im_CsvReader_type))) < 0 ||
           im_module_add(t, m, "Writer", im_new_ref(im_type_value(&im_CsvWriter_type))) < 0 ? -1 : 0;
}
static const ImModuleDef csv_def = {.name = "_csv", .doc = "CSV parsing and writing.\n", .methods = csv_methods, .exec = csv_exec};
IM_MODULE(csv_def);
