/* _elementtree: XMLParser, on libexpat.
 *
 * What expat finds goes to the target's methods; straight to the builder when that is a TreeBuilder. A parser is used by one thread at a time, as pyexpat's are.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>

#include "modules/elementtree.h"
#include "modules/pyexpat.h"

#define METHOD(name) static Value name(Thread *t, Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

enum { NAMES = 64, CHUNK = 1 << 20, READ = 64 * 1024 };
typedef enum Handler { H_START_NS, H_END_NS, H_START, H_DATA, H_END, H_COMMENT, H_PI, H_CLOSE, H_DOCTYPE, HANDLERS } Handler;
typedef struct EtParser {
    ImObject head;
    XML_Parser parser;         /* null: __init__ has not run */
    ImMutex mutex;             /* held while a thread parses … */
    Thread *x_owner;           /* … this one */
    Thread *thread;            /* for expat's callbacks */
    int depth;
    bool in_callback, direct;  /* direct: the target is an exact TreeBuilder */
    Value target, entity;
    Value handlers[HANDLERS];  /* the target's methods; no value: it has none */
    Value names[NAMES];        /* of elements and attributes, by a hash of expat's text */
} EtParser;
enum { FIELDS = 2 + HANDLERS + NAMES };
#define P(v) ((EtParser *)im_ptr(v))

static void enter(Thread *t, EtParser *x)
{
    if (im_load_relaxed(&x->x_owner) != t) {
        im_mutex_acquire(t, &x->mutex);
        im_store_relaxed(&x->x_owner, t);
        x->thread = t;
    }
    x->depth++;
}
static void leave(EtParser *x)
{
    if (--x->depth) return;
    im_store_relaxed(&x->x_owner, (Thread *)NULL);
    im_mutex_unlock(&x->mutex);
}

/* --- errors ---------------------------------------------------------------------------------------------------------------------------------- */

static void raise_error(Thread *t, EtParser *x, int code, const char *why)
{
    const int64_t line = (int64_t)XML_GetCurrentLineNumber(x->parser), column = (int64_t)XML_GetCurrentColumnNumber(x->parser);
    const ImEtState *st = im_type_module_state(im_type_of_obj(&x->head));
    if (!why) why = XML_ErrorString((enum XML_Error)code);
    Value text = im_str_format(t, "%s: line %lld, column %lld", why ? why : "unknown error", (long long)line, (long long)column);
    Value e = im_no_value(text) ? text : im_call1(t, st->error, text), place = im_no_value(e) ? e : im_tuple_pack(t, 2, im_int(line), im_int(column));
    im_xdrop(t, text);
    if (!im_no_value(place) && im_setattr(t, e, IM_S(code), im_int(code)) == 0 && im_setattr(t, e, IM_S(position), place) == 0) (void)im_raise_instance(t, im_new_ref(e));
    im_xdrop(t, place);
    im_xdrop(t, e);
}
/* None, or no value with the error. */
static Value parse(Thread *t, EtParser *x, const char *s, size_t n, bool final)
{
    if (x->in_callback) return im_raise_runtime(t, "a parser cannot be fed by its own handlers");
    bool ok = true;
    while (ok && n > CHUNK && !im_pending(t)) {
        ok = XML_Parse(x->parser, s, CHUNK, 0);
        s += CHUNK;
        n -= CHUNK;
    }
    if (ok && !im_pending(t)) ok = XML_Parse(x->parser, s, (int)n, final);
    if (im_pending(t)) return IM_NO_VALUE;
    if (ok) return IM_NONE;
    raise_error(t, x, (int)XML_GetErrorCode(x->parser), NULL);
    return IM_NO_VALUE;
}

/* --- expat's callbacks --------------------------------------------------------------------------------------------------------------------------- */

/* "uri}local" becomes "{uri}local"; the same object for the same name, mostly. */
static Value universal(Thread *t, EtParser *x, const char *s)
{
    uint32_t h = 2166136261u;
    size_t n = 0;
    bool ascii = true, uri = false;
    for (; s[n]; n++) {
        h = (h ^ (uint8_t)s[n]) * 16777619u;
        ascii &= (uint8_t)s[n] < 128;
        uri |= s[n] == '}';
    }
    Value *slot = &x->names[(h ^ h >> 16) % NAMES], known = im_slot_get(t, NULL, slot);
    if (!im_no_value(known)) {
        if (ascii && im_str_is_ascii(known) && (size_t)im_str_len(known) == n + uri && !memcmp((char *)im_str_data(known) + uri, s, n)) return known;
        im_drop(t, known);
    }
    Value v;
    if (!uri) v = im_str_from_utf8(t, s, (ssize_t)n);
    else {
        char small[256], *p = n < sizeof small - 1 ? small : im_raw_alloc(t, n + 1);
        if (!p) return IM_NO_VALUE;
        *p = '{';
        memcpy(p + 1, s, n);
        v = im_str_from_utf8(t, p, (ssize_t)n + 1);
        if (p != small) im_raw_free(p);
    }
    if (!im_no_value(v) && ascii) im_slot_put(t, &x->head, slot, im_new_ref(v));
    return v;
}
static Value text_of(Thread *t, const char *s) { return s ? im_str_from_cstr(t, s) : IM_NONE; }
/* Calls a handler with n arguments, which are stolen; any may be "no value", an exception. */
static void call(EtParser *x, Handler h, Value *args, size_t n)
{
    Thread *t = x->thread;
    bool ok = true;
    for (size_t i = 0; i < n; i++) ok = ok && !im_no_value(args[i]);
    Value f = ok ? im_slot_get(t, NULL, &x->handlers[h]) : IM_NO_VALUE;
    if (!im_no_value(f)) {
        const bool was = x->in_callback;
        x->in_callback = true;
        Value r = im_call(t, f, args, n, IM_NO_VALUE);
        x->in_callback = was;
        im_xdrop(t, r);
        im_drop(t, f);
    }
    for (size_t i = 0; i < n; i++) im_xdrop(t, args[i]);
}
#define BEGIN() \
    EtParser *x = user; \
    Thread *t = x->thread; \
    if (im_pending(t)) return
#define HAS(h) (!im_no_value(x->handlers[h]))

static void XMLCALL on_start(void *user, const char *tag, const char **atts)
{
    BEGIN();
    Value name = universal(t, x, tag), d = IM_NO_VALUE;
    if (im_no_value(name)) return;
    if (atts[0] || !x->direct) {
        d = im_dict_new(t);
        for (size_t i = 0; atts[i] && !im_no_value(d); i += 2) {
            Value k = universal(t, x, atts[i]), v = im_no_value(k) ? k : im_str_from_cstr(t, atts[i + 1]);
            if (im_no_value(v) || im_dict_set_steal(t, d, k, v) < 0) IM_CLEAR(t, d);
            im_xdrop(t, k);
        }
        if (im_no_value(d)) { im_drop(t, name); return; }
    }
    if (x->direct) {
        const bool was = x->in_callback;
        x->in_callback = true;
        Value e = im_treebuilder_start(t, x->target, name, d);
        x->in_callback = was;
        im_xdrop(t, e);
        im_drop(t, name);
        im_xdrop(t, d);
    } else if (HAS(H_START)) call(x, H_START, (Value[]){name, d}, 2);
    else { im_drop(t, name); im_drop(t, d); }
}
static void XMLCALL on_end(void *user, const char *tag)
{
    BEGIN();
    if (x->direct) {
        const bool was = x->in_callback;
        x->in_callback = true;
        Value e = im_treebuilder_end(t, x->target);
        x->in_callback = was;
        im_xdrop(t, e);
    } else if (HAS(H_END)) call(x, H_END, (Value[]){universal(t, x, tag)}, 1);
}
static void give_text(EtParser *x, Value v)
{
    Thread *t = x->thread;
    if (x->direct) {
        if (!im_no_value(v) && im_treebuilder_data(t, x->target, v) < 0) { /* raised */ }
        im_xdrop(t, v);
    } else if (HAS(H_DATA)) call(x, H_DATA, &v, 1);
    else im_xdrop(t, v);
}
static void XMLCALL on_data(void *user, const char *s, int n)
{
    BEGIN();
    give_text(x, im_str_from_utf8(t, s, n));
}
/* Only entities that expat does not know come here as "&name;". */
static void XMLCALL on_default(void *user, const char *s, int n)
{
    BEGIN();
    if (n < 2 || *s != '&') return;
    Value key = im_str_from_utf8(t, s + 1, n - 2), v = IM_NO_VALUE;
    if (im_no_value(key)) return;
    int r = im_dict_get(t, x->entity, key, &v);
    im_drop(t, key);
    if (r > 0) give_text(x, v);
    else if (r == 0) {
        char why[128] = "undefined entity ";
        strncat(why, s, n < 100 ? (size_t)n : 99);
        raise_error(t, x, XML_ERROR_UNDEFINED_ENTITY, why);
    }
}
static void XMLCALL on_start_ns(void *user, const char *prefix, const char *uri)
{
    BEGIN();
    if (!x->direct && !HAS(H_START_NS)) return;
    Value a[2] = {im_str_from_cstr(t, prefix ? prefix : ""), im_str_from_cstr(t, uri ? uri : "")};
    if (!x->direct) { call(x, H_START_NS, a, 2); return; }
    Value pair = im_tuple_steal_array(t, a, 2);
    if (!im_no_value(pair) && im_treebuilder_event(t, x->target, IM_ET_START_NS, pair) < 0) { /* raised */ }
    im_xdrop(t, pair);
}
static void XMLCALL on_end_ns(void *user, const char *prefix)
{
    BEGIN();
    if (x->direct) {
        if (im_treebuilder_event(t, x->target, IM_ET_END_NS, IM_NONE) < 0) return; /* raised */
    } else if (HAS(H_END_NS)) call(x, H_END_NS, (Value[]){im_str_from_cstr(t, prefix ? prefix : "")}, 1);
}
static void XMLCALL on_comment(void *user, const char *s)
{
    BEGIN();
    if (x->direct) {
        Value text = im_str_from_cstr(t, s), e = im_no_value(text) ? text : im_treebuilder_comment(t, x->target, text);
        im_xdrop(t, text);
        im_xdrop(t, e);
    } else if (HAS(H_COMMENT)) call(x, H_COMMENT, (Value[]){im_str_from_cstr(t, s)}, 1);
}
static void XMLCALL on_pi(void *user, const char *target, const char *data)
{
    BEGIN();
    if (!x->direct && !HAS(H_PI)) return;
    Value a[2] = {im_str_from_cstr(t, target), text_of(t, data)};
    if (!x->direct) { call(x, H_PI, a, 2); return; }
    Value e = im_no_value(a[0]) || im_no_value(a[1]) ? IM_NO_VALUE : im_treebuilder_pi(t, x->target, a[0], a[1]);
    im_xdrop(t, a[0]);
    im_xdrop(t, a[1]);
    im_xdrop(t, e);
}
static void XMLCALL on_doctype(void *user, const char *name, const char *system, const char *public, int internal)
{
    (void)internal;
    BEGIN();
    if (HAS(H_DOCTYPE)) {
        call(x, H_DOCTYPE, (Value[]){universal(t, x, name), text_of(t, public), text_of(t, system)}, 3);
        return;
    }
    int r = im_hasattr(t, im_value(x), IM_S(doctype));
    if (r > 0 && im_warn(t, &im_RuntimeWarning_type, 1, "The doctype() method of XMLParser is ignored.  Define doctype() method on the TreeBuilder target.") < 0) return; /* raised */
}
static int XMLCALL on_encoding(void *user, const char *name, XML_Encoding *info)
{
    Thread *t = ((EtParser *)user)->thread;
    return im_pending(t) ? 0 : im_xml_unknown_encoding(t, name, info);
}

/* --- methods ------------------------------------------------------------------------------------------------------------------------------------- */

static void free_parser(EtParser *x)
{
    if (x->parser) XML_ParserFree(x->parser);
    x->parser = NULL;
}
static int parser_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    EtParser *x = P(self);
    ImArgs a;
    if (nargs) return im_raise_type(t, "XMLParser() takes no positional arguments"), -1;
    if (im_parse_args(t, "XMLParser", "(*, target=None, encoding=None)", args, nargs, kwnames, &a) < 0) return -1;
    Value target = im_no_value(a.v[0]) || im_is_none(a.v[0]) ? im_call0(t, im_type_value(((ImEtState *)im_type_module_state(im_type_of(self)))->builder)) : im_new_ref(a.v[0]), entity = IM_NO_VALUE, found[HANDLERS];
    const char *encoding = NULL;
    static const char *const names[HANDLERS] = {"start_ns", "end_ns", "start", "data", "end", "comment", "pi", "close", "doctype"};
    int r = -1, n = 0;
    if (im_no_value(target)) goto done;
    if (!im_no_value(a.v[1]) && !im_is_none(a.v[1])) {
        if (!im_is_str(a.v[1])) { (void)im_raise_type(t, "XMLParser() argument 'encoding' must be str or None, not %T", a.v[1]); goto done; }
        if (!(encoding = im_str_utf8(t, a.v[1], NULL))) goto done;
    }
    if (im_no_value(entity = im_dict_new(t))) goto done;
    for (; n < HANDLERS; n++) {
        Value name = im_str_intern_cstr(t, names[n]);
        int e = im_no_value(name) ? -1 : im_lookup_attr(t, target, name, &found[n]);
        im_xdrop(t, name);
        if (e < 0) goto done;
    }
    static const XML_Memory_Handling_Suite memory = {malloc, realloc, free};
    XML_Parser parser = XML_ParserCreate_MM(encoding, &memory, "}");
    if (!parser) { (void)im_raise_memory(t); goto done; }
    enter(t, x);
    if (x->in_callback) {
        leave(x);
        XML_ParserFree(parser);
        (void)im_raise_runtime(t, "a parser cannot be made anew by its own handlers");
        goto done;
    }
    free_parser(x);
    x->parser = parser;
    (void)XML_SetHashSalt(parser, (unsigned long)im_hash(t, IM_S(StartElement)) | 1); /* the process's secret, not to be guessed from outside */
    x->direct = im_is_treebuilder(target);
    im_slot_put(t, &x->head, &x->target, target);
    im_slot_put(t, &x->head, &x->entity, entity);
    for (int i = 0; i < HANDLERS; i++) im_slot_put(t, &x->head, &x->handlers[i], found[i]);
    target = entity = IM_NO_VALUE;
    n = 0;
    XML_SetUserData(parser, x);
    XML_SetStartElementHandler(parser, on_start);
    XML_SetEndElementHandler(parser, on_end);
    XML_SetDefaultHandlerExpand(parser, on_default);
    XML_SetCharacterDataHandler(parser, on_data);
    if (HAS(H_START_NS)) XML_SetStartNamespaceDeclHandler(parser, on_start_ns);
    if (HAS(H_END_NS)) XML_SetEndNamespaceDeclHandler(parser, on_end_ns);
    if (HAS(H_COMMENT)) XML_SetCommentHandler(parser, on_comment);
    if (HAS(H_PI)) XML_SetProcessingInstructionHandler(parser, on_pi);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    XML_SetUnknownEncodingHandler(parser, on_encoding, x);
    leave(x);
    r = 0;
done:
    while (n > 0) im_xdrop(t, found[--n]);
    im_xdrop(t, target);
    im_xdrop(t, entity);
    im_args_fini(t, &a);
    return r;
}
static int begun(Thread *t, EtParser *x) { return x->parser && !im_no_value(x->target) ? 0 : (im_raise_valueerror(t, "XMLParser.__init__() wasn't called"), -1); }

METHOD(p_feed)
{
    EtParser *x = P(self);
    if (begun(t, x) < 0) return IM_NO_VALUE;
    Value r;
    if (im_is_str(args[0])) {
        ssize_t n;
        const char *s = im_str_utf8(t, args[0], &n);
        if (!s) return IM_NO_VALUE;
        if (n > INT_MAX) return im_raise_overflow(t, "size does not fit in an int");
        enter(t, x);
        if (!x->in_callback) (void)XML_SetEncoding(x->parser, "utf-8"); /* whatever the text says */
        r = parse(t, x, s, (size_t)n, false);
        leave(x);
        return r;
    }
    ImBuffer b;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    if (b.len > INT_MAX) r = im_raise_overflow(t, "size does not fit in an int");
    else {
        enter(t, x);
        r = parse(t, x, b.buf, (size_t)b.len, false);
        leave(x);
    }
    im_buffer_release(t, &b);
    return r;
}
METHOD(p_close)
{
    EtParser *x = P(self);
    if (begun(t, x) < 0) return IM_NO_VALUE;
    enter(t, x);
    Value r = parse(t, x, "", 0, true);
    leave(x);
    if (im_no_value(r) || (!x->direct && !HAS(H_CLOSE))) return r;
    if (x->direct) return im_treebuilder_close(t, x->target);
    Value f = im_slot_get(t, NULL, &x->handlers[H_CLOSE]);
    if (im_no_value(f)) return r;
    r = im_call0(t, f);
    im_drop(t, f);
    return r;
}
/* Reparse deferral came with expat 2.6.0. */
METHOD(p_flush)
{
    EtParser *x = P(self);
    XML_Bool (*set)(XML_Parser, XML_Bool) = (XML_Bool (*)(XML_Parser, XML_Bool))im_lazylib_symbol(&im_lazylib_expat, "XML_SetReparseDeferralEnabled");
    if (begun(t, x) < 0) return IM_NO_VALUE;
    if (!set) return IM_NONE;
    enter(t, x);
    (void)set(x->parser, XML_FALSE);
    Value r = parse(t, x, "", 0, false);
    (void)set(x->parser, XML_TRUE);
    leave(x);
    return r;
}
METHOD(p_parse_whole)
{
    EtParser *x = P(self);
    if (begun(t, x) < 0) return IM_NO_VALUE;
    Value read = im_getattr(t, args[0], IM_S(read)), r = IM_NONE;
    if (im_no_value(read)) return read;
    for (bool more = true; more && !im_no_value(r);) {
        Value data = im_call1(t, read, im_int(READ)), bytes = IM_NO_VALUE;
        if (im_no_value(data)) { r = data; break; }
        if (im_is_str(data)) {
            if (im_str_len(data) && im_no_value(bytes = im_str_encode(t, data, "utf-8", "surrogatepass"))) r = bytes;
            more = im_str_len(data) > 0;
        } else if (im_is_bytes_exact(data) && im_bytes_len(data)) bytes = im_new_ref(data);
        else more = false;
        if (!im_no_value(bytes)) {
            enter(t, x);
            if (im_is_str(data) && !x->in_callback) (void)XML_SetEncoding(x->parser, "utf-8");
            r = parse(t, x, im_bytes_data(bytes), (size_t)im_bytes_len(bytes), false);
            leave(x);
            im_drop(t, bytes);
        }
        im_drop(t, data);
    }
    im_drop(t, read);
    if (im_no_value(r)) return r;
    enter(t, x);
    r = parse(t, x, "", 0, true);
    leave(x);
    return im_no_value(r) || !x->direct ? r : im_treebuilder_close(t, x->target);
}
METHOD(p_setevents)
{
    EtParser *x = P(self);
    if (begun(t, x) < 0) return IM_NO_VALUE;
    if (!x->direct) return im_raise_type(t, "event handling only supported for ElementTree.TreeBuilder targets");
    Value append = im_getattr(t, args[0], IM_S(append)), names[IM_ET_EVENTS] = {{0}}, seq = IM_NO_VALUE;
    if (im_no_value(append)) return append;
    static const char *const known[IM_ET_EVENTS] = {"start", "end", "start-ns", "end-ns", "comment", "pi"};
    if (nargs < 2 || im_is_none(args[1])) names[IM_ET_END] = im_str_from_cstr(t, "end");
    else {
        seq = im_fast_sequence(t, args[1], "events must be a sequence");
        Value list = im_no_value(seq) ? seq : im_to_list(t, seq);
        im_xdrop(t, seq);
        seq = list;
        if (im_no_value(seq)) goto fail;
    }
    enter(t, x);
    for (ssize_t i = 0; !im_no_value(seq) && i < im_list_len(seq); i++) {
        Value v = im_list_get(t, seq, i);
        if (im_no_value(v)) break;
        int k = IM_ET_EVENTS;
        if (im_is_str(v)) for (k = 0; k < IM_ET_EVENTS && !im_str_equal_cstr(v, known[k]); k++) {}
        if (k == IM_ET_EVENTS) {
            if (im_is_str(v)) (void)im_raise_valueerror(t, "unknown event '%U'", v);
            else (void)im_raise_valueerror(t, "invalid events sequence");
            im_drop(t, v);
            leave(x);
            goto fail;
        }
        if (k == IM_ET_START_NS || k == IM_ET_END_NS) {
            XML_SetStartNamespaceDeclHandler(x->parser, on_start_ns);
            XML_SetEndNamespaceDeclHandler(x->parser, on_end_ns);
        } else if (k == IM_ET_COMMENT) XML_SetCommentHandler(x->parser, on_comment);
        else if (k == IM_ET_PI) XML_SetProcessingInstructionHandler(x->parser, on_pi);
        im_xdrop(t, names[k]);
        names[k] = v;
    }
    leave(x);
    im_treebuilder_set_events(t, x->target, append, names);
    im_xdrop(t, seq);
    return IM_NONE;
fail:
    for (int k = 0; k < IM_ET_EVENTS; k++) im_xdrop(t, names[k]);
    im_xdrop(t, seq);
    im_drop(t, append);
    return IM_NO_VALUE;
}

/* --- the type ------------------------------------------------------------------------------------------------------------------------------------------ */

static Value parser_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_instance_new(t, type);
}
static int parser_traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value *v = &((EtParser *)o)->target;
    for (int i = 0; i < FIELDS; i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void parser_clear(Thread *t, ImObject *o)
{
    EtParser *x = (EtParser *)o;
    for (Value *v = &x->target; v < &x->target + FIELDS; v++) im_slot_put(t, o, v, IM_NO_VALUE); /* without a target it refuses to work */
}
static void parser_destroy(Thread *t, ImObject *o)
{
    EtParser *x = (EtParser *)o;
    free_parser(x);
    Value *v = &x->target;
    for (int i = 0; i < FIELDS; i++) im_destroy_child(t, v[i]);
}
static Value get_version(Thread *t, Value self, void *c)
{
    (void)self, (void)c;
    XML_Expat_Version v = XML_ExpatVersionInfo();
    return im_str_format(t, "Expat %d.%d.%d", v.major, v.minor, v.micro);
}
static const ImMethodDef parser_methods[] = {
    IM_FIXED("feed", p_feed, 1, "($self, data, /)", NULL),
    IM_FIXED("flush", p_flush, 0, "($self, /)", NULL),
    IM_FIXED("close", p_close, 0, "($self, /)", NULL),
    IM_FIXED("_parse_whole", p_parse_whole, 1, "($self, file, /)", NULL),
    IM_RANGE("_setevents", p_setevents, 1, 2, "($self, events_queue, events_to_report=None, /)", NULL),
    IM_END,
};
static const ImMemberDef parser_members[] = {{"entity", IM_T_VALUE, offsetof(EtParser, entity), true, NULL}, {"target", IM_T_VALUE, offsetof(EtParser, target), true, NULL}, IM_END};
static const ImGetSetDef parser_getset[] = {{"version", get_version, NULL, NULL, NULL}, IM_END};
static const ImSlots parser_slots = {.init = parser_init, .new_ = parser_new};
const ImTypeSpec im_etparser_spec = {.name = "xml.etree.ElementTree.XMLParser", .size = sizeof(EtParser), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &parser_slots, .methods = parser_methods,
    .members = parser_members, .getset = parser_getset, .traverse = parser_traverse, .clear = parser_clear, .destroy = parser_destroy};
ImType im_etparser_type;
