/* code objects: making, comparing, attributes, replace(). Immutable but for the instructions' specialisation and their caches.
 * SPDX-License-Identifier: MIT */
#include "code/code.h"

#include "code/opinfo.h"
#include "code/parts.h"
#include "types/bytes.h"
#include "types/float.h"
#include "types/int.h"
#include "types/list.h"
#include "types/monitor.h"
#include "types/set.h"
#include "types/slice.h"
#include "types/str.h"
#include "types/tuple.h"

/* ---- making ---- */

static bool looks_like_name(Value s)
{
    if (!im_is_str_exact(s) || !im_str_is_ascii(s)) return false;
    const uint8_t *p = im_str_data(s);
    for (ssize_t i = 0; i < im_str_len(s); i++)
        if (!((p[i] | 32) >= 'a' && (p[i] | 32) <= 'z') && !(p[i] >= '0' && p[i] <= '9') && p[i] != '_') return false;
    return true;
}

/* Constants are interned in place where they look like names: attribute names passed to getattr(), keys, slots. */
static void intern_items(Thread *t, Value tuple, bool all)
{
    for (ssize_t i = 0; i < im_tuple_len(tuple); i++) {
        Value *slot = &im_tuple_items(tuple)[i];
        if (!im_is_object(*slot) || (im_is_str_exact(*slot) && im_str_is_interned(*slot))) continue;
        if (im_is_tuple_exact(*slot) && !all) intern_items(t, *slot, false);
        else if (all ? im_is_str_exact(*slot) : looks_like_name(*slot)) *slot = im_str_intern(t, *slot);
    }
}

/* --- the list of all --- */
static ImMutex list_lock;
static ImCodeLink *x_all;
uint32_t im_code_caches_gen = 1;

/* Waiting attached: the holder neither parks nor detaches. */
static void list_acquire(void)
{
    while (!im_mutex_try(&list_lock)) im_cpu_relax();
}
static void list_add(ImCode *c)
{
    ImCodeLink *l = &c->link;
    list_acquire();
    l->next = x_all;
    l->prev = NULL;
    if (x_all) x_all->prev = l;
    x_all = l;
    im_mutex_unlock(&list_lock);
}
static void list_remove(ImCode *c)
{
    ImCodeLink *l = &c->link;
    list_acquire();
    if (l->prev) l->prev->next = l->next;
    else if (x_all == l) x_all = l->next;
    if (l->next) l->next->prev = l->prev;
    im_mutex_unlock(&list_lock);
}
void im_code_each(void (*visit)(ImCode *c))
{
    list_acquire();
    for (ImCodeLink *l = x_all; l; l = l->next) visit(IM_CONTAINER_OF(l, ImCode, link));
    im_mutex_unlock(&list_lock);
}

static int copy_tables(Thread *t, ImCode *c, const ImCodeSpec *s)
{
    c->positions_len = s->encoded ? s->encoded_len : (uint32_t)im_positions_encode(s->positions, s->npositions, s->firstlineno, NULL);
    size_t caches = (size_t)s->ncaches * 8, units = (size_t)s->nunits * 4, handlers = s->nhandlers * sizeof(ImHandler);
    char *p = im_raw_alloc(t, caches + units + handlers + s->nlocals + (s->encoded_stays ? 0 : c->positions_len) + 8);
    if (!p) return -1;
    c->x_caches = (uint64_t *)(void *)p;
    memset(p, 0, caches);
    c->x_units = (uint32_t *)(void *)(p += caches);
    if (units) memcpy(p, s->units, units);
    c->handlers = (ImHandler *)(void *)(p += units);
    if (handlers) memcpy(p, s->handlers, handlers);
    c->regkinds = (uint8_t *)(p += handlers);
    if (s->nlocals) memcpy(p, s->regkinds, s->nlocals);
    c->positions = (const uint8_t *)(p += s->nlocals);
    if (s->encoded_stays) c->positions = s->encoded;
    else if (s->encoded) memcpy(p, s->encoded, s->encoded_len);
    else im_positions_encode(s->positions, s->npositions, s->firstlineno, (uint8_t *)p);
    return 0;
}

Value im_code_new(Thread *t, const ImCodeSpec *s)
{
    ImCode *c = (ImCode *)im_instance_alloc(t, &im_code_type, 0);
    if (!c) {
        const Value parts[] = {s->consts, s->names, s->varnames, s->cellvars, s->freevars, s->regnames, s->filename, s->name, s->qualname};
        for (size_t i = 0; i < IM_COUNTOF(parts); i++) im_xdrop(t, parts[i]);
        return IM_NO_VALUE;
    }
    c->consts_tuple = s->consts, c->names_tuple = s->names, c->varnames = s->varnames, c->cellvars = s->cellvars, c->freevars = s->freevars;
    c->regnames = s->regnames, c->filename = s->filename, c->name = s->name, c->qualname = s->qualname;
    c->flags = s->flags, c->argcount = s->argcount, c->posonly = s->posonly, c->kwonly = s->kwonly, c->firstlineno = s->firstlineno;
    c->nlocals = s->nlocals, c->nregs = s->nregs, c->nfar = s->nfar, c->ncellvars = (uint16_t)im_tuple_len(s->cellvars);
    bool simple = s->kwonly == 0 && s->nfar == 0 && !(s->flags & (IM_CO_VARARGS | IM_CO_VARKEYWORDS)) && s->argcount <= IM_MAX_REG_PARAMS;
    c->simple_args = simple ? (uint16_t)s->argcount : IM_NOT_SIMPLE;
    c->nunits = s->nunits, c->nhandlers = s->nhandlers, c->ncaches = s->ncaches;
    c->nconsts = (uint32_t)im_tuple_len(s->consts), c->nnames = (uint32_t)im_tuple_len(s->names);
    c->consts = im_tuple_items(s->consts), c->names = im_tuple_items(s->names);
    if (copy_tables(t, c, s) < 0) {
        im_drop(t, im_value(c));
        return IM_NO_VALUE;
    }
    intern_items(t, s->consts, false);
    intern_items(t, s->names, true);
    intern_items(t, s->varnames, true);
    intern_items(t, s->cellvars, true);
    intern_items(t, s->freevars, true);
    if (!im_same(s->regnames, s->varnames)) intern_items(t, s->regnames, true);
    c->name = im_str_intern(t, c->name);
    c->qualname = im_str_intern(t, c->qualname);
    list_add(c);
#if IM_ASSERT_LEVEL >= 1
    if (im_code_verify(t, c) < 0) {
        im_drop(t, im_value(c));
        return IM_NO_VALUE;
    }
#endif
    return im_value(c);
}

static uint32_t *first_of(ImCode *code, uint32_t op)
{
    uint32_t *at = code->x_units, *end = at + code->nunits;
    while (at < end && im_op_generic[im_load_relaxed(at) & 0xFF] != op) at += im_op_length[im_load_relaxed(at) & 0xFF];
    return at < end ? at : NULL;
}
void im_code_set_body_at(ImCode *code, ImCodeBody body, uint32_t op)
{
    uint32_t *at = first_of(code, OP_RESUME), *stands = first_of(code, op);
    if (!at || !stands) return;
    code->body_at = (uint32_t)(stands - code->x_units) + im_op_length[im_load_relaxed(stands) & 0xFF];
    im_store_release(&code->x_body, body);
    im_store_release((uint8_t *)at, (uint8_t)OP_RESUME_BODY);
}
void im_code_set_body(ImCode *code, ImCodeBody body) { im_code_set_body_at(code, body, OP_RESUME); }

static int code_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImCode *c = (ImCode *)o;
    const Value parts[] = {c->consts_tuple, c->names_tuple, c->varnames, c->cellvars, c->freevars, c->regnames, c->filename, c->name, c->qualname};
    for (size_t i = 0; i < IM_COUNTOF(parts); i++) {
        int r = im_no_value(parts[i]) ? 0 : visit(parts[i], arg);
        if (r) return r;
    }
    return 0;
}

static void code_destroy(Thread *t, ImObject *o)
{
    ImCode *c = (ImCode *)o;
    list_remove(c);
    const Value parts[] = {c->consts_tuple, c->names_tuple, c->varnames, c->cellvars, c->freevars, c->regnames, c->filename, c->name, c->qualname};
    for (size_t i = 0; i < IM_COUNTOF(parts); i++) im_destroy_child(t, parts[i]);
    im_raw_free(c->x_caches);
    im_code_trace_free(c->x_trace);
}

/* ---- comparison ---- */

/* Equal and of the same types all through: 1 and True, 0.0 and -0.0 are different constants. */
static int same_constant(Thread *t, Value a, Value b)
{
    if (im_same(a, b)) return 1;
    if (im_type_of(a) != im_type_of(b)) return 0;
    if (im_is_tuple_exact(a)) {
        if (im_tuple_len(a) != im_tuple_len(b)) return 0;
        for (ssize_t i = 0; i < im_tuple_len(a); i++) {
            int r = same_constant(t, im_tuple_get(a, i), im_tuple_get(b, i));
            if (r <= 0) return r;
        }
        return 1;
    }
    if (im_is_float_exact(a)) {
        double x = im_float_get(a), y = im_float_get(b);
        return !memcmp(&x, &y, sizeof x);
    }
    if (im_is_exact(a, &im_complex_type)) {
        ImComplex *x = (ImComplex *)im_ptr(a), *y = (ImComplex *)im_ptr(b);
        return !memcmp(&x->re, &y->re, sizeof x->re) && !memcmp(&x->im, &y->im, sizeof x->im);
    }
    return im_equal(t, a, b);
}

static int same_units(const ImCode *a, const ImCode *b)
{
    if (a->nunits != b->nunits) return 0;
    for (uint32_t i = 0; i < a->nunits;) {
        uint32_t u = im_load_relaxed(&a->x_units[i]), v = im_load_relaxed(&b->x_units[i]), op = im_op_generic[u & 0xFF];
        if (op != im_op_generic[v & 0xFF] || (u ^ v) & ~0xFFu) return 0;
        if (im_op_length[op] == 2 && a->x_units[i + 1] != b->x_units[i + 1]) return 0;
        i += im_op_length[op];
    }
    return 1;
}

static int code_equal(Thread *t, const ImCode *a, const ImCode *b)
{
    if (a->flags != b->flags || a->argcount != b->argcount || a->posonly != b->posonly || a->kwonly != b->kwonly || a->firstlineno != b->firstlineno
        || a->nlocals != b->nlocals || a->nfar != b->nfar || a->nhandlers != b->nhandlers || !im_positions_same(a, b)
        || memcmp(a->handlers, b->handlers, a->nhandlers * sizeof(ImHandler))
        || !same_units(a, b))
        return 0;
    const Value x[] = {a->name, a->consts_tuple, a->names_tuple, a->varnames, a->cellvars, a->freevars, a->regnames};
    const Value y[] = {b->name, b->consts_tuple, b->names_tuple, b->varnames, b->cellvars, b->freevars, b->regnames};
    for (size_t i = 0; i < IM_COUNTOF(x); i++) {
        int r = same_constant(t, x[i], y[i]);
        if (r <= 0) return r;
    }
    return 1;
}

static Value code_richcompare(Thread *t, Value a, Value b, ImCmp op)
{
    if ((op != IM_EQ && op != IM_NE) || !im_is_exact(a, &im_code_type) || !im_is_exact(b, &im_code_type)) return IM_NOT_IMPLEMENTED;
    int r = im_same(a, b) ? 1 : code_equal(t, im_codep(a), im_codep(b));
    return r < 0 ? IM_NO_VALUE : im_bool((r == 1) == (op == IM_EQ));
}

static int64_t code_hash(Thread *t, Value self)
{
    const ImCode *c = im_codep(self);
    uint64_t h = (uint64_t)im_str_hash(c->name);
    const Value parts[] = {c->names_tuple, c->varnames, c->cellvars, c->freevars};
    for (size_t i = 0; i < IM_COUNTOF(parts); i++) {
        int64_t x = im_hash(t, parts[i]);
        if (x == -1) return -1;
        h = h * 1000003u ^ (uint64_t)x;
    }
    const uint32_t ints[] = {c->flags, (uint32_t)c->argcount, (uint32_t)c->posonly, (uint32_t)c->kwonly, (uint32_t)c->firstlineno, c->nunits, c->nconsts};
    for (size_t i = 0; i < IM_COUNTOF(ints); i++) h = h * 1000003u ^ ints[i];
    for (uint32_t i = 0; i < c->nunits;) {
        uint32_t u = im_load_relaxed(&c->x_units[i]), op = im_op_generic[u & 0xFF];
        h = h * 1000003u ^ ((u & ~0xFFu) | op);
        i += im_op_length[op];
    }
    return h == (uint64_t)-1 ? -2 : (int64_t)h;
}

/* ---- attributes ---- */

static Value code_repr(Thread *t, Value self)
{
    const ImCode *c = im_codep(self);
    return im_str_format(t, "<code object %U at %p, file \"%U\", line %d>", c->name, (void *)c, c->filename, c->firstlineno);
}

static Value get_code(Thread *t, Value self, void *closure) { (void)closure; return im_code_units_bytes(t, im_codep(self)); }
static Value get_tables(Thread *t, Value self, void *closure) { (void)closure; return im_code_tables_bytes(t, im_codep(self)); }
static Value get_linetable(Thread *t, Value self, void *closure)
{
    (void)closure;
    Value v = im_bytes_new(t, NULL, (ssize_t)im_linetable_encode(im_codep(self), NULL));
    if (!im_no_value(v)) im_linetable_encode(im_codep(self), (uint8_t *)im_bytes_data(v));
    return v;
}
static Value get_nlocals(Thread *t, Value self, void *closure) { (void)closure; return im_int_new(t, im_tuple_len(im_codep(self)->varnames)); }
static Value get_stacksize(Thread *t, Value self, void *closure)
{
    (void)closure;
    int n = im_codep(self)->nregs - im_codep(self)->nlocals;
    return im_int_new(t, n ? n : 1);
}

/* The old line table (PEP 626 deprecates it): pairs of byte and line increments. */
static Value get_lnotab(Thread *t, Value self, void *closure)
{
    (void)closure;
    const ImCode *c = im_codep(self);
    if (im_warn(t, &im_DeprecationWarning_type, 1, "co_lnotab is deprecated, use co_lines instead.") < 0) return IM_NO_VALUE;
    Value out = im_bytearray_new(t, NULL, 0);
    if (im_no_value(out)) return out;
    ImPositionReader r;
    im_positions_begin(&r, c->positions, c->positions_len, c->firstlineno);
    int line = c->firstlineno;
    uint32_t at = 0;
    while (im_positions_next(&r)) {
        int dl = r.at.line - line;
        uint32_t db = (r.at.start - at) * 2;
        if (r.at.line < 0 || !dl) continue;
        while (db || dl) {
            uint32_t b = db > 254 ? 254 : db;
            int l = db > 254 ? 0 : dl > 127 ? 127 : dl < -128 ? -128 : dl;
            ssize_t n = ((ImByteArray *)im_ptr(out))->x_len;
            if (im_bytearray_resize(t, out, n + 2) < 0) { im_drop(t, out); return IM_NO_VALUE; }
            ((ImByteArray *)im_ptr(out))->x_start[n] = (char)b;
            ((ImByteArray *)im_ptr(out))->x_start[n + 1] = (char)l;
            db -= b;
            dl -= l;
        }
        line = r.at.line;
        at = r.at.start;
    }
    Value v = im_bytes_from_object(t, out);
    im_drop(t, out);
    return v;
}

/* (start, end, line) per run of units with one line; offsets are 2 * unit. */
static Value code_lines(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args; (void)nargs; (void)kwnames;
    const ImCode *c = im_codep(self);
    Value list = im_list_new(t, 0);
    if (im_no_value(list)) return list;
    ImPositionReader r;
    im_positions_begin(&r, c->positions, c->positions_len, c->firstlineno);
    bool more = im_positions_next(&r);
    while (more) {
        uint32_t start = r.at.start, end = c->nunits;
        int line = r.at.line;
        if (line == IM_LINE_END) break;
        while ((more = im_positions_next(&r)) && r.at.line == line) {}
        if (more) end = r.at.start;
        Value item = im_tuple_pack(t, 3, im_int(2 * (int64_t)start), im_int(2 * (int64_t)end), line >= 0 ? im_int(line) : IM_NONE);
        if (im_no_value(item) || im_list_append_steal(t, list, item) < 0) { im_drop(t, list); return IM_NO_VALUE; }
    }
    Value it = im_iter(t, list);
    im_drop(t, list);
    return it;
}

static Value opt_int(int32_t v, bool there) { return there ? im_int(v) : IM_NONE; }

/* (line, end line, column, end column) for each unit. */
static Value code_positions(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args; (void)nargs; (void)kwnames;
    const ImCode *c = im_codep(self);
    Value list = im_list_new(t, c->nunits);
    if (im_no_value(list)) return list;
    ImPositionReader r;
    im_positions_begin(&r, c->positions, c->positions_len, c->firstlineno);
    ImPosition p = {0, 0, 0, -1, -1};
    for (uint32_t unit = 0; unit < c->nunits; unit++) {
        while (r.next <= unit && im_positions_next(&r)) p = r.at;
        if (p.line == IM_LINE_END) break;
        Value item = im_tuple_pack(t, 4, opt_int(p.line, p.line >= 0), opt_int(p.end_line >= 0 ? p.end_line : p.line, p.line >= 0), opt_int(p.col, p.line >= 0 && p.col >= 0),
                                   opt_int(p.end_col, p.line >= 0 && p.end_col >= 0));
        if (im_no_value(item) || im_list_append_steal(t, list, item) < 0) { im_drop(t, list); return IM_NO_VALUE; }
    }
    Value it = im_iter(t, list);
    im_drop(t, list);
    return it;
}

/* ---- replace(), CodeType() ---- */

enum { P_ARGCOUNT, P_POSONLY, P_KWONLY, P_NLOCALS, P_STACKSIZE, P_FLAGS, P_FIRSTLINE, P_CODE, P_CONSTS, P_NAMES, P_VARNAMES, P_FREEVARS, P_CELLVARS, P_FILENAME,
    P_NAME, P_QUALNAME, P_LINETABLE, P_TABLES, P_COUNT };
#define REPLACE_SIG "($self, /, *, co_argcount=-1, co_posonlyargcount=-1, co_kwonlyargcount=-1, co_nlocals=-1, co_stacksize=-1, co_flags=-1, " \
    "co_firstlineno=-1, co_code=None, co_consts=None, co_names=None, co_varnames=None, co_freevars=None, co_cellvars=None, co_filename=None, " \
    "co_name=None, co_qualname=None, co_linetable=None, co_exceptiontable=None)"

static int int_part(Thread *t, Value v, int32_t *out)
{
    if (im_no_value(v)) return 0;
    int n;
    if (im_as_int(t, v, &n) < 0) return -1;
    if (n < 0) return im_raise_valueerror(t, "code: argument must be positive"), -1;
    *out = n;
    return 0;
}

static void value_part(Value v, Value *out) { if (!im_no_value(v)) *out = v; }

static int span_of(Value v, ImSpan *out)
{
    if (!im_is_bytes(v)) return -1;
    *out = (ImSpan){(const uint8_t *)im_bytes_data(v), (size_t)im_bytes_len(v)};
    return 0;
}
/* lines: co_linetable, or none where p->positions is set. */
static Value from_bytes(Thread *t, ImCodeParts *p, Value units, Value tables, Value lines)
{
    ImSpan table = {NULL, 0};
    if (span_of(units, &p->units) < 0 || span_of(tables, &p->tables) < 0 || (!im_no_value(lines) && span_of(lines, &table) < 0))
        return im_raise_valueerror(t, "code: bad argument");
    if (IM_AUDIT(t, "code.__new__", units, p->filename, p->name, im_int(p->argcount), im_int(p->posonly), im_int(p->kwonly),
            im_int(im_is_tuple(p->varnames) ? im_tuple_len(p->varnames) : 0), im_int(0), im_int(p->flags)) < 0) return IM_NO_VALUE;
    if (im_no_value(lines)) return im_code_from_parts(t, p);
    ImPosition *places = im_raw_alloc(t, (table.len + 1) * sizeof *places);
    if (!places) return IM_NO_VALUE;
    uint32_t n = im_linetable_decode(table.p, table.len, p->firstlineno, (uint32_t)(p->units.len / 4), places);
    p->positions.len = im_positions_encode(places, n, p->firstlineno, NULL);
    uint8_t *buf = im_raw_alloc(t, p->positions.len + 1);
    Value r = IM_NO_VALUE;
    if (buf) {
        im_positions_encode(places, n, p->firstlineno, buf);
        p->positions.p = buf;
        r = im_code_from_parts(t, p);
    }
    im_raw_free(buf);
    im_raw_free(places);
    return r;
}

static Value code_replace(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs; (void)kwnames;
    const ImCode *c = im_codep(self);
    ImCodeParts p = {.argcount = c->argcount, .posonly = c->posonly, .kwonly = c->kwonly, .firstlineno = c->firstlineno, .flags = c->flags,
                     .consts = c->consts_tuple, .names = c->names_tuple, .varnames = c->varnames, .cellvars = c->cellvars, .freevars = c->freevars,
                     .filename = c->filename, .name = c->name, .qualname = c->qualname};
    int32_t flags = (int32_t)c->flags, unused = 0, stack = 0;
    if (int_part(t, args[P_ARGCOUNT], &p.argcount) < 0 || int_part(t, args[P_POSONLY], &p.posonly) < 0 || int_part(t, args[P_KWONLY], &p.kwonly) < 0
        || int_part(t, args[P_NLOCALS], &unused) < 0 || int_part(t, args[P_STACKSIZE], &stack) < 0 || int_part(t, args[P_FLAGS], &flags) < 0
        || int_part(t, args[P_FIRSTLINE], &p.firstlineno) < 0)
        return IM_NO_VALUE;
    p.temps = (uint16_t)(stack < 256 ? stack : 256);
    if (!im_no_value(args[P_NLOCALS]) || !im_no_value(args[P_VARNAMES])) {
        int64_t n = im_tuple_len(c->varnames);
        Value names = im_no_value(args[P_VARNAMES]) ? c->varnames : args[P_VARNAMES];
        if (!im_no_value(args[P_NLOCALS])) (void)im_int_get64(args[P_NLOCALS], &n);
        if (im_is_tuple(names) && n != im_tuple_len(names)) return im_raise_valueerror(t, "code: co_nlocals != len(co_varnames)");
    }
    p.flags = (uint32_t)flags;
    value_part(args[P_CONSTS], &p.consts), value_part(args[P_NAMES], &p.names), value_part(args[P_VARNAMES], &p.varnames);
    value_part(args[P_FREEVARS], &p.freevars), value_part(args[P_CELLVARS], &p.cellvars), value_part(args[P_FILENAME], &p.filename);
    value_part(args[P_NAME], &p.name), value_part(args[P_QUALNAME], &p.qualname);
    Value units = im_no_value(args[P_CODE]) ? im_code_units_bytes(t, c) : im_new_ref(args[P_CODE]);
    p.no_handlers = !im_no_value(args[P_TABLES]) && im_is_bytes(args[P_TABLES]) && im_bytes_len(args[P_TABLES]) == 0;
    Value tables = im_no_value(args[P_TABLES]) || p.no_handlers ? im_code_tables_bytes(t, c) : im_new_ref(args[P_TABLES]);
    /* Lines count from the first one in co_linetable; in our own table not those behind units without a line. */
    bool own = im_no_value(args[P_LINETABLE]) && p.firstlineno == c->firstlineno;
    Value lines = own ? IM_NO_VALUE : im_no_value(args[P_LINETABLE]) ? get_linetable(t, self, NULL) : im_new_ref(args[P_LINETABLE]);
    if (own) p.positions = (ImSpan){c->positions, c->positions_len};
    Value r = im_no_value(units) || im_no_value(tables) || (!own && im_no_value(lines)) ? IM_NO_VALUE : from_bytes(t, &p, units, tables, lines);
    im_xdrop(t, units);
    im_xdrop(t, tables);
    im_xdrop(t, lines);
    return r;
}

static Value code_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)type;
    if (im_no_kwargs(t, "code", kwnames) < 0) return IM_NO_VALUE;
    if (nargs < 16 || nargs > 18) return im_raise_type(t, "code() takes at least 16 and at most 18 arguments (%zu given)", nargs);
    ImCodeParts p = {.consts = args[7], .names = args[8], .varnames = args[9], .filename = args[10], .name = args[11],
                     .qualname = args[12], .freevars = nargs > 16 ? args[16] : im_tuple_empty(),
                     .cellvars = nargs > 17 ? args[17] : im_tuple_empty()};
    int32_t flags = 0, nlocals = 0, stack = 0;
    if (int_part(t, args[0], &p.argcount) < 0 || int_part(t, args[1], &p.posonly) < 0 || int_part(t, args[2], &p.kwonly) < 0
        || int_part(t, args[3], &nlocals) < 0 || int_part(t, args[4], &stack) < 0 || int_part(t, args[5], &flags) < 0
        || int_part(t, args[13], &p.firstlineno) < 0)
        return IM_NO_VALUE;
    p.flags = (uint32_t)flags;
    p.temps = (uint16_t)(stack < 256 ? stack : 256);
    if (im_is_tuple(p.varnames) && nlocals != im_tuple_len(p.varnames)) return im_raise_valueerror(t, "code: co_nlocals != len(co_varnames)");
    return from_bytes(t, &p, args[6], args[15], args[14]);
}

static Value code_varname_from_oparg(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs; (void)kwnames;
    ssize_t i;
    if (im_as_ssize(t, args[0], &im_IndexError_type, &i) < 0) return IM_NO_VALUE;
    Value names = im_codep(self)->regnames;
    if (i < 0 || i >= im_tuple_len(names)) return im_raise_index(t, "tuple index out of range");
    return im_new_ref(im_tuple_get(names, i));
}

static const ImMethodDef code_methods[] = {
    IM_FIXED("co_lines", code_lines, 0, "($self, /)", NULL),
    IM_FIXED("co_positions", code_positions, 0, "($self, /)", NULL),
    IM_PARSED("replace", code_replace, REPLACE_SIG, "Return a copy of the code object with new values for the specified fields."),
    IM_PARSED("__replace__", code_replace, REPLACE_SIG, "The same as replace()."),
    IM_FIXED("_varname_from_oparg", code_varname_from_oparg, 1, "($self, /, oparg)", "(internal-only) Return the local variable name for the given oparg."),
    IM_END};

static const ImGetSetDef code_getset[] = {
    {"co_code", get_code, NULL, NULL, NULL},
    {"_co_code_adaptive", get_code, NULL, NULL, NULL},
    {"co_exceptiontable", get_tables, NULL, NULL, NULL},
    {"co_linetable", get_linetable, NULL, NULL, NULL},
    {"co_lnotab", get_lnotab, NULL, NULL, NULL},
    {"co_nlocals", get_nlocals, NULL, NULL, NULL},
    {"co_stacksize", get_stacksize, NULL, NULL, NULL},
    {0}};

#define MEMBER(name, kind, field) {name, kind, offsetof(ImCode, field), true, NULL}
static const ImMemberDef code_members[] = {
    MEMBER("co_argcount", IM_T_INT32, argcount), MEMBER("co_posonlyargcount", IM_T_INT32, posonly), MEMBER("co_kwonlyargcount", IM_T_INT32, kwonly),
    MEMBER("co_flags", IM_T_UINT32, flags), MEMBER("co_firstlineno", IM_T_INT32, firstlineno), MEMBER("co_consts", IM_T_VALUE, consts_tuple),
    MEMBER("co_names", IM_T_VALUE, names_tuple), MEMBER("co_varnames", IM_T_VALUE, varnames), MEMBER("co_cellvars", IM_T_VALUE, cellvars),
    MEMBER("co_freevars", IM_T_VALUE, freevars), MEMBER("co_filename", IM_T_VALUE, filename), MEMBER("co_name", IM_T_VALUE, name),
    MEMBER("co_qualname", IM_T_VALUE, qualname), {0}};

static const ImSlots code_slots = {.repr = code_repr, .hash = code_hash, .richcompare = code_richcompare, .new_ = code_new};
static const ImTypeSpec code_spec = {
    .name = "code", .doc = "Create a code object.  Not for mere mortals.", .size = sizeof(ImCode), .flags = IM_TF_UNC | IM_TF_WEAKREF,
    .slots = &code_slots, .methods = code_methods, .getset = code_getset, .members = code_members, .traverse = code_traverse, .destroy = code_destroy,
    .text_signature = "(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize, flags, codestring, constants, names, varnames, filename, name, "
                      "qualname, firstlineno, linetable, exceptiontable, freevars=(), cellvars=(), /)"};
IM_TYPE(code, &code_spec);
