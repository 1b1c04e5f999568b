/* pyexpat: XML parsers on libexpat.
 *
 * A parser is used by one thread at a time: whoever parses or changes handlers holds its mutex, and the handlers that it calls may come back in.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>

#include "modules/pyexpat.h"
#include "modules/syscall.h"
#include "types/codecs.h"

#define FUNCTIONS(X) \
    X(XML_ParserCreate_MM) X(XML_ParserFree) X(XML_Parse) X(XML_ParseBuffer) X(XML_GetBuffer) X(XML_SetEncoding) X(XML_SetUserData) X(XML_SetHashSalt) X(XML_SetBase) \
    X(XML_GetBase) X(XML_GetErrorCode) X(XML_ErrorString) X(XML_GetCurrentLineNumber) X(XML_GetCurrentColumnNumber) X(XML_GetCurrentByteIndex) X(XML_GetInputContext) \
    X(XML_ExternalEntityParserCreate) X(XML_SetParamEntityParsing) X(XML_UseForeignDTD) X(XML_SetReturnNSTriplet) X(XML_GetSpecifiedAttributeCount) \
    X(XML_SetUnknownEncodingHandler) X(XML_ExpatVersion) X(XML_ExpatVersionInfo) X(XML_GetFeatureList) X(XML_FreeContentModel) X(XML_SetStartElementHandler) \
    X(XML_SetEndElementHandler) X(XML_SetProcessingInstructionHandler) X(XML_SetCharacterDataHandler) X(XML_SetUnparsedEntityDeclHandler) X(XML_SetNotationDeclHandler) \
    X(XML_SetStartNamespaceDeclHandler) X(XML_SetEndNamespaceDeclHandler) X(XML_SetCommentHandler) X(XML_SetStartCdataSectionHandler) X(XML_SetEndCdataSectionHandler) \
    X(XML_SetDefaultHandler) X(XML_SetDefaultHandlerExpand) X(XML_SetNotStandaloneHandler) X(XML_SetExternalEntityRefHandler) X(XML_SetStartDoctypeDeclHandler) \
    X(XML_SetEndDoctypeDeclHandler) X(XML_SetEntityDeclHandler) X(XML_SetXmlDeclHandler) X(XML_SetElementDeclHandler) X(XML_SetAttlistDeclHandler) X(XML_SetSkippedEntityHandler)
IM_LAZYLIB(expat, "libexpat.so.1", FUNCTIONS);

enum { BUFFER_SIZE = 8192, READ_SIZE = 2048, MAX_CHUNK = 1 << 20 };
static Value x_error; /* ExpatError; root */

/* --- one thread at a time ---------------------------------------------------------------------------------------------------------------- */

static void enter(Thread *t, ImXmlParser *x)
{
    if (im_load_relaxed(&x->x_owner) != t) {
        im_mutex_acquire(t, &x->mutex);
        im_store_relaxed(&x->x_owner, t);
        x->thread = t;
    }
    x->depth++;
}
static void leave(ImXmlParser *x)
{
    if (--x->depth) return;
    im_store_relaxed(&x->x_owner, NULL);
    im_mutex_unlock(&x->mutex);
}

/* --- errors ---------------------------------------------------------------------------------------------------------------------------------- */

static Value raise_code(Thread *t, ImXmlParser *x, enum XML_Error code)
{
    int64_t line = (int64_t)XML_GetCurrentLineNumber(x->parser), column = (int64_t)XML_GetCurrentColumnNumber(x->parser);
    const char *why = XML_ErrorString(code);
    Value msg = im_str_format(t, "%s: line %lld, column %lld", why ? why : "unknown error", (long long)line, (long long)column);
    Value e = im_no_value(msg) ? msg : im_call1(t, x_error, msg);
    im_xdrop(t, msg);
    if (im_no_value(e)) return e;
    if (im_setattr(t, e, IM_S(code), im_int(code)) == 0 && im_setattr(t, e, IM_S(offset), im_int(column)) == 0 && im_setattr(t, e, IM_S(lineno), im_int(line)) == 0)
        im_exc_restore(t, im_new_ref(e));
    im_drop(t, e);
    return IM_NO_VALUE;
}
static Value parse_result(Thread *t, ImXmlParser *x, int status)
{
    if (im_pending(t)) return IM_NO_VALUE;
    if (status == 0) return raise_code(t, x, XML_GetErrorCode(x->parser));
    return im_xml_flush(x) < 0 ? IM_NO_VALUE : im_int(status);
}

/* --- methods ----------------------------------------------------------------------------------------------------------------------------------- */

/* expat is in the middle of this parser's text: fed again by one of its own handlers it loops or crashes. */
static bool busy(Thread *t, ImXmlParser *x)
{
    if (x->in_callback) (void)im_raise_runtime(t, "a parser cannot be fed by its own handlers");
    return x->in_callback;
}

static Value xml_Parse(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)kwnames;
    ImXmlParser *x = im_xml(self);
    int final = nargs > 1 ? im_truth(t, args[1]) : 0;
    if (final < 0) return IM_NO_VALUE;
    ImBuffer b = {0};
    const char *s;
    ssize_t n;
    bool is_str = im_is_str(args[0]);
    if (is_str) {
        if (!(s = im_str_utf8(t, args[0], &n))) return IM_NO_VALUE;
    } else {
        if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
        s = b.buf;
        n = b.len;
    }
    enter(t, x);
    const bool in_use = busy(t, x);
    if (is_str && !in_use) (void)XML_SetEncoding(x->parser, "utf-8");
    int status = 1;
    while (n > MAX_CHUNK && status && !in_use) {
        status = XML_Parse(x->parser, s, MAX_CHUNK, 0);
        if (im_pending(t)) break;
        s += MAX_CHUNK;
        n -= MAX_CHUNK;
    }
    if (status && !im_pending(t)) status = XML_Parse(x->parser, s, (int)n, final);
    Value r = parse_result(t, x, status);
    leave(x);
    if (!is_str) im_buffer_release(t, &b);
    return r;
}
static Value xml_ParseFile(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs; (void)kwnames;
    ImXmlParser *x = im_xml(self);
    Value read;
    if (im_lookup_attr(t, args[0], IM_S(read), &read) < 0) return IM_NO_VALUE;
    if (im_no_value(read)) return im_raise_type(t, "argument must have 'read' attribute");
    Value r = IM_NO_VALUE;
    enter(t, x);
    for (int status = 1; !busy(t, x);) {
        void *to = XML_GetBuffer(x->parser, READ_SIZE);
        if (!to) { r = im_pending(t) ? IM_NO_VALUE : parse_result(t, x, 0); break; }
        Value data = im_call1(t, read, im_int(READ_SIZE));
        if (im_no_value(data)) break;
        const char *p = NULL;
        ssize_t n = 0;
        if (im_is_bytes(data)) {
            p = im_bytes_data(data);
            n = im_bytes_len(data);
        } else if (im_isinstance(t, data, im_type_value(&im_bytearray_type)) > 0) {
            ImBuffer b;
            if (im_buffer_get(t, data, &b, IM_BUF_SIMPLE) == 0) {
                Value copy = im_bytes_new(t, b.buf, b.len);
                im_buffer_release(t, &b);
                im_drop(t, data);
                data = copy;
                if (!im_no_value(copy)) { p = im_bytes_data(copy); n = im_bytes_len(copy); }
            }
        } else {
            im_raise_type(t, "read() did not return a bytes object (type=%.400T)", data);
        }
        if (p && n > READ_SIZE) {
            im_raise_valueerror(t, "read() returned too much data: %i bytes requested, %zd returned", READ_SIZE, n);
            p = NULL;
        }
        if (p) memcpy(to, p, (size_t)n);
        im_xdrop(t, data);
        if (!p) break;
        status = XML_ParseBuffer(x->parser, (int)n, n == 0);
        if (im_pending(t)) break;
        if (!status || n == 0) { r = parse_result(t, x, status); break; }
    }
    leave(x);
    im_drop(t, read);
    return r;
}
static Value xml_SetBase(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs; (void)kwnames;
    if (!im_is_str(args[0])) return im_raise_type(t, "SetBase() argument must be str, not %T", args[0]);
    const char *s = im_str_utf8(t, args[0], NULL);
    if (!s) return IM_NO_VALUE;
    enter(t, im_xml(self));
    int ok = XML_SetBase(im_xml(self)->parser, s);
    leave(im_xml(self));
    return ok ? IM_NONE : im_raise_memory(t);
}
static Value xml_GetBase(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args; (void)nargs; (void)kwnames;
    enter(t, im_xml(self));
    const char *s = XML_GetBase(im_xml(self)->parser);
    Value v = s ? im_str_from_cstr(t, s) : IM_NONE;
    leave(im_xml(self));
    return v;
}
static Value xml_GetInputContext(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args; (void)nargs; (void)kwnames;
    ImXmlParser *x = im_xml(self);
    Value v = IM_NONE;
    enter(t, x);
    if (x->in_callback) {
        int offset = 0, size = 0;
        const char *s = XML_GetInputContext(x->parser, &offset, &size);
        if (s) v = im_bytes_new(t, s + offset, size - offset);
    }
    leave(x);
    return v;
}
static Value xml_SetParamEntityParsing(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs; (void)kwnames;
    int flag;
    if (im_as_int(t, args[0], &flag) < 0) return IM_NO_VALUE;
    enter(t, im_xml(self));
    flag = XML_SetParamEntityParsing(im_xml(self)->parser, (enum XML_ParamEntityParsing)flag);
    leave(im_xml(self));
    return im_int(flag);
}
static Value xml_UseForeignDTD(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)kwnames;
    int flag = nargs ? im_truth(t, args[0]) : 1;
    if (flag < 0) return IM_NO_VALUE;
    enter(t, im_xml(self));
    enum XML_Error e = XML_UseForeignDTD(im_xml(self)->parser, flag ? XML_TRUE : XML_FALSE);
    Value r = e == XML_ERROR_NONE ? IM_NONE : raise_code(t, im_xml(self), e);
    leave(im_xml(self));
    return r;
}
static int new_buffer(Thread *t, ImXmlParser *x)
{
    if (!(x->buffer = malloc((size_t)x->buffer_size))) return im_raise_memory(t), -1;
    x->buffer_used = 0;
    return 0;
}

/* Reparse deferral came with expat 2.6.0: off, without effect, where the library is older. */
typedef XML_Bool (*SetDeferral)(XML_Parser, XML_Bool);
static SetDeferral set_deferral(void) { return (SetDeferral)im_lazylib_symbol(&im_lazylib_expat, "XML_SetReparseDeferralEnabled"); }

static const int unknown_encoding_error = 0;
int im_xml_unknown_encoding(Thread *t, const char *name, XML_Encoding *info)
{
    char all[256];
    for (int i = 0; i < 256; i++) all[i] = (char)i;
    Value s = im_str_decode(t, all, 256, name, "replace");
    if (im_no_value(s)) return unknown_encoding_error;
    int ok = im_str_len(s) == 256;
    if (!ok) im_raise_valueerror(t, "multi-byte encodings are not supported");
    else
        for (ssize_t i = 0; i < 256; i++) {
            uint32_t c = im_str_at(s, i);
            info->map[i] = c == 0xFFFD ? -1 : (int)c;
        }
    im_drop(t, s);
    info->data = NULL;
    info->convert = NULL;
    info->release = NULL;
    return ok;
}
static int XMLCALL unknown_encoding(void *data, const char *name, XML_Encoding *info)
{
    Thread *t = ((ImXmlParser *)data)->thread;
    return im_pending(t) ? unknown_encoding_error : im_xml_unknown_encoding(t, name, info);
}

static Value xml_ExternalEntityParserCreate(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)kwnames;
    ImXmlParser *x = im_xml(self);
    const char *context = NULL, *encoding = NULL;
    if (!im_is_none(args[0])) {
        if (!im_is_str(args[0])) return im_raise_type(t, "ExternalEntityParserCreate() argument 1 must be str or None, not %T", args[0]);
        if (!(context = im_str_utf8(t, args[0], NULL))) return IM_NO_VALUE;
    }
    if (nargs > 1) {
        if (!im_is_str(args[1])) return im_raise_type(t, "ExternalEntityParserCreate() argument 2 must be str, not %T", args[1]);
        if (!(encoding = im_str_utf8(t, args[1], NULL))) return IM_NO_VALUE;
    }
    Value v = im_instance_new(t, &im_xmlparser_type);
    if (im_no_value(v)) return v;
    ImXmlParser *y = im_xml(v);
    y->thread = t;
    enter(t, x);
    y->buffer_size = x->buffer_size;
    y->ordered_attributes = x->ordered_attributes;
    y->specified_attributes = x->specified_attributes;
    y->ns_prefixes = x->ns_prefixes;
    y->reparse_deferral = x->reparse_deferral;
    y->parent = im_new_ref(self);
    y->intern = im_slot_get(t, &x->head, &x->intern);
    y->parser = XML_ExternalEntityParserCreate(x->parser, context, encoding);
    bool ok = y->parser && (!x->buffer || new_buffer(t, y) == 0);
    if (y->parser) {
        XML_SetUserData(y->parser, y);
        for (int h = 0; h < IM_XML_HANDLER_COUNT; h++) {
            y->handlers[h] = im_slot_get(t, &x->head, &x->handlers[h]);
            im_xml_set_callback(y, (ImXmlHandler)h, !im_no_value(y->handlers[h]));
        }
    }
    leave(x);
    if (ok) return v;
    if (!y->parser) im_raise_memory(t);
    im_drop(t, v);
    return IM_NO_VALUE;
}
static Value xml_GetReparseDeferralEnabled(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)t; (void)self; (void)args; (void)nargs; (void)kwnames;
    return im_bool(im_xml(self)->reparse_deferral);
}
static Value xml_SetReparseDeferralEnabled(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs; (void)kwnames;
    int on = im_truth(t, args[0]);
    if (on < 0) return IM_NO_VALUE;
    SetDeferral f = set_deferral();
    enter(t, im_xml(self));
    if (f && f(im_xml(self)->parser, on ? XML_TRUE : XML_FALSE)) im_xml(self)->reparse_deferral = on;
    leave(im_xml(self));
    return IM_NONE;
}

static const ImMethodDef methods[] = {
    IM_RANGE("Parse", xml_Parse, 1, 2, "($self, data, isfinal=False, /)", "Parse XML data.\n\n'isfinal' should be true at end of input."),
    IM_FIXED("ParseFile", xml_ParseFile, 1, "($self, file, /)", "Parse XML data from file-like object."),
    IM_FIXED("SetBase", xml_SetBase, 1, "($self, base, /)", "Set the base URL for the parser."),
    IM_FIXED("GetBase", xml_GetBase, 0, "($self, /)", "Return base URL string for the parser."),
    IM_FIXED("GetInputContext", xml_GetInputContext, 0, "($self, /)",
        "Return the untranslated text of the input that caused the current event.\n\nIf the event was generated by a large amount of text (such as a start tag\n"
        "for an element with many attributes), not all of the text may be available."),
    IM_RANGE("ExternalEntityParserCreate", xml_ExternalEntityParserCreate, 1, 2, "($self, context, encoding=<unrepresentable>, /)",
        "Create a parser for parsing an external entity based on the information passed to the ExternalEntityRefHandler."),
    IM_FIXED("SetParamEntityParsing", xml_SetParamEntityParsing, 1, "($self, flag, /)",
        "Controls parsing of parameter entities (including the external DTD subset).\n\nPossible flag values are XML_PARAM_ENTITY_PARSING_NEVER,\n"
        "XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE and\nXML_PARAM_ENTITY_PARSING_ALWAYS. Returns true if setting the flag\nwas successful."),
    IM_RANGE("UseForeignDTD", xml_UseForeignDTD, 0, 1, "($self, flag=True, /)",
        "Allows the application to provide an artificial external subset if one is not specified as part of the document instance.\n\n"
        "This readily allows the use of a 'default' document type controlled by the\napplication, while still getting the advantage of providing document type\n"
        "information to the parser. 'flag' defaults to True if not provided."),
    IM_FIXED("GetReparseDeferralEnabled", xml_GetReparseDeferralEnabled, 0, "($self, /)", "Retrieve reparse deferral enabled status; always returns false with Expat <2.6.0."),
    IM_FIXED("SetReparseDeferralEnabled", xml_SetReparseDeferralEnabled, 1, "($self, enabled, /)", "Enable/Disable reparse deferral; enabled by default with Expat >=2.6.0."),
    IM_END,
};

/* --- attributes ------------------------------------------------------------------------------------------------------------------------------ */

static Value get_handler(Thread *t, Value self, void *closure)
{
    ImXmlParser *x = im_xml(self);
    Value v = im_slot_get(t, &x->head, &x->handlers[(uintptr_t)closure]);
    return im_no_value(v) ? IM_NONE : v;
}
static int set_handler(Thread *t, Value self, Value v, void *closure)
{
    ImXmlParser *x = im_xml(self);
    ImXmlHandler h = (ImXmlHandler)(uintptr_t)closure;
    if (im_no_value(v)) return im_raise_type(t, "Cannot delete attribute"), -1;
    enter(t, x);
    /* What was gathered so far belongs to the old handler. */
    int r = h == IM_XML_CharacterData ? im_xml_flush(x) : 0;
    if (r == 0) {
        bool on = !im_is_none(v);
        /* Expat may be in the middle of character data: its handler is only replaced by an idle one. */
        if (on || h != IM_XML_CharacterData || !x->in_callback) im_xml_set_callback(x, h, on);
        im_slot_put(t, &x->head, &x->handlers[h], on ? im_new_ref(v) : IM_NO_VALUE);
    }
    leave(x);
    return r;
}
static Value get_buffer_text(Thread *t, Value self, void *closure) { (void)t; (void)closure; return im_bool(im_xml(self)->buffer != NULL); }
static int set_buffer_text(Thread *t, Value self, Value v, void *closure)
{
    (void)closure;
    ImXmlParser *x = im_xml(self);
    if (im_no_value(v)) return im_raise_type(t, "Cannot delete attribute"), -1;
    int on = im_truth(t, v), r = 0;
    if (on < 0) return -1;
    enter(t, x);
    if (on && !x->buffer) r = new_buffer(t, x);
    else if (!on && x->buffer && (r = im_xml_flush(x)) == 0) {
        free(x->buffer);
        x->buffer = NULL;
    }
    leave(x);
    return r;
}
static Value get_buffer_size(Thread *t, Value self, void *closure) { (void)t; (void)closure; return im_int(im_xml(self)->buffer_size); }
static int set_buffer_size(Thread *t, Value self, Value v, void *closure)
{
    (void)closure;
    ImXmlParser *x = im_xml(self);
    if (im_no_value(v)) return im_raise_type(t, "Cannot delete attribute"), -1;
    if (!im_is_int_like(v)) return im_raise_type(t, "buffer_size must be an integer"), -1;
    ssize_t n;
    if (im_as_ssize(t, v, &im_OverflowError_type, &n) < 0) return -1;
    if (n <= 0) return im_raise_valueerror(t, "buffer_size must be greater than zero"), -1;
    if (n > INT_MAX) return im_raise_valueerror(t, "buffer_size must not be greater than %i", INT_MAX), -1;
    int r = 0;
    enter(t, x);
    if (n != x->buffer_size) {
        if (x->buffer) {
            r = im_xml_flush(x);
            if (r == 0) {
                free(x->buffer);
                x->buffer = NULL;
                x->buffer_size = (int)n;
                r = new_buffer(t, x);
            }
        } else x->buffer_size = (int)n;
    }
    leave(x);
    return r;
}
static Value get_buffer_used(Thread *t, Value self, void *closure) { (void)t; (void)closure; return im_int(im_xml(self)->buffer_used); }
typedef enum Flag { FLAG_PREFIXES, FLAG_ORDERED, FLAG_SPECIFIED } Flag;
static bool *flag_of(ImXmlParser *x, void *closure)
{
    switch ((Flag)(uintptr_t)closure) {
    case FLAG_PREFIXES: return &x->ns_prefixes;
    case FLAG_ORDERED: return &x->ordered_attributes;
    default: return &x->specified_attributes;
    }
}
static Value get_flag(Thread *t, Value self, void *closure) { (void)t; return im_bool(im_load_relaxed(flag_of(im_xml(self), closure))); }
static int set_flag(Thread *t, Value self, Value v, void *closure)
{
    if (im_no_value(v)) return im_raise_type(t, "Cannot delete attribute"), -1;
    int on = im_truth(t, v);
    if (on < 0) return -1;
    enter(t, im_xml(self));
    im_store_relaxed(flag_of(im_xml(self), closure), on != 0);
    if ((Flag)(uintptr_t)closure == FLAG_PREFIXES) XML_SetReturnNSTriplet(im_xml(self)->parser, on);
    leave(im_xml(self));
    return 0;
}
typedef enum Place { AT_ERROR_CODE, AT_LINE, AT_COLUMN, AT_BYTE } Place;
static Value get_place(Thread *t, Value self, void *closure)
{
    ImXmlParser *x = im_xml(self);
    int64_t n = 0;
    enter(t, x);
    switch ((Place)(uintptr_t)closure) {
    case AT_ERROR_CODE: n = XML_GetErrorCode(x->parser); break;
    case AT_LINE: n = (int64_t)XML_GetCurrentLineNumber(x->parser); break;
    case AT_COLUMN: n = (int64_t)XML_GetCurrentColumnNumber(x->parser); break;
    case AT_BYTE: n = XML_GetCurrentByteIndex(x->parser); break;
    }
    leave(x);
    return im_int(n);
}
static Value get_intern(Thread *t, Value self, void *closure)
{
    (void)closure;
    Value v = im_slot_get(t, &im_xml(self)->head, &im_xml(self)->intern);
    return im_no_value(v) ? IM_NONE : v;
}
#define HANDLER(name) {#name "Handler", get_handler, set_handler, NULL, (void *)IM_XML_##name},
#define PLACE(name, at) {name, get_place, NULL, NULL, (void *)at},
static const ImGetSetDef getset[] = {
    HANDLER(StartElement) HANDLER(EndElement) HANDLER(ProcessingInstruction) HANDLER(CharacterData) HANDLER(UnparsedEntityDecl) HANDLER(NotationDecl) HANDLER(StartNamespaceDecl)
    HANDLER(EndNamespaceDecl) HANDLER(Comment) HANDLER(StartCdataSection) HANDLER(EndCdataSection) HANDLER(Default)
    {"DefaultHandlerExpand", get_handler, set_handler, NULL, (void *)IM_XML_DefaultHandlerExpand},
    HANDLER(NotStandalone) HANDLER(ExternalEntityRef) HANDLER(StartDoctypeDecl) HANDLER(EndDoctypeDecl) HANDLER(EntityDecl) HANDLER(XmlDecl) HANDLER(ElementDecl) HANDLER(AttlistDecl)
    HANDLER(SkippedEntity)
    PLACE("ErrorCode", AT_ERROR_CODE) PLACE("ErrorLineNumber", AT_LINE) PLACE("ErrorColumnNumber", AT_COLUMN) PLACE("ErrorByteIndex", AT_BYTE) PLACE("CurrentLineNumber", AT_LINE)
    PLACE("CurrentColumnNumber", AT_COLUMN) PLACE("CurrentByteIndex", AT_BYTE)
    {"buffer_size", get_buffer_size, set_buffer_size, NULL, NULL}, {"buffer_text", get_buffer_text, set_buffer_text, NULL, NULL}, {"buffer_used", get_buffer_used, NULL, NULL, NULL},
    {"namespace_prefixes", get_flag, set_flag, NULL, (void *)FLAG_PREFIXES}, {"ordered_attributes", get_flag, set_flag, NULL, (void *)FLAG_ORDERED},
    {"specified_attributes", get_flag, set_flag, NULL, (void *)FLAG_SPECIFIED}, {"intern", get_intern, NULL, NULL, NULL}, IM_END,
};

static int xml_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImXmlParser *x = (ImXmlParser *)o;
    int r;
    for (int h = 0; h < IM_XML_HANDLER_COUNT; h++)
        if (im_is_object(x->handlers[h]) && (r = visit(x->handlers[h], arg))) return r;
    if (im_is_object(x->intern) && (r = visit(x->intern, arg))) return r;
    return im_is_object(x->parent) ? visit(x->parent, arg) : 0;
}
static void xml_clear(Thread *t, ImObject *o)
{
    ImXmlParser *x = (ImXmlParser *)o;
    for (int h = 0; h < IM_XML_HANDLER_COUNT; h++) im_slot_put(t, o, &x->handlers[h], IM_NO_VALUE);
    im_slot_put(t, o, &x->intern, IM_NO_VALUE);
}
static void xml_destroy(Thread *t, ImObject *o)
{
    ImXmlParser *x = (ImXmlParser *)o;
    if (x->parser) XML_ParserFree(x->parser);
    free(x->buffer);
    for (int h = 0; h < IM_XML_HANDLER_COUNT; h++) im_destroy_child(t, x->handlers[h]);
    im_destroy_child(t, x->intern);
    im_destroy_child(t, x->parent);
}
static const ImTypeSpec xmlparser_spec = {
    .name = "pyexpat.xmlparser", .doc = "XML parser", .size = sizeof(ImXmlParser), .flags = IM_TF_GC | IM_TF_NO_NEW, .methods = methods, .getset = getset, .traverse = xml_traverse,
    .clear = xml_clear, .destroy = xml_destroy,
};
IM_TYPE(xmlparser, &xmlparser_spec);

/* --- the module -------------------------------------------------------------------------------------------------------------------------------- */

static Value parser_create(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)self; (void)nargs; (void)kwnames;
    const char *encoding = NULL, *separator = NULL;
    if (!im_no_value(args[0]) && !im_is_none(args[0])) {
        if (!im_is_str(args[0])) return im_raise_type(t, "ParserCreate() argument 'encoding' must be str or None, not %T", args[0]);
        if (!(encoding = im_str_utf8(t, args[0], NULL))) return IM_NO_VALUE;
    }
    if (!im_no_value(args[1]) && !im_is_none(args[1])) {
        if (!im_is_str(args[1])) return im_raise_type(t, "ParserCreate() argument 'namespace_separator' must be str or None, not %T", args[1]);
        ssize_t n;
        if (!(separator = im_str_utf8(t, args[1], &n))) return IM_NO_VALUE;
        if (n > 1) return im_raise_valueerror(t, "namespace_separator must be at most one character, omitted, or None");
    }
    Value intern = IM_NO_VALUE;
    if (im_no_value(args[2])) {
        if (im_no_value(intern = im_dict_new(t))) return intern;
    } else if (!im_is_none(args[2])) {
        if (!im_is_dict(args[2])) return im_raise_type(t, "intern must be a dictionary");
        intern = im_new_ref(args[2]);
    }
    Value v = im_instance_new(t, &im_xmlparser_type);
    if (im_no_value(v)) {
        im_xdrop(t, intern);
        return v;
    }
    ImXmlParser *x = im_xml(v);
    x->intern = intern;
    x->buffer_size = BUFFER_SIZE;
    x->thread = t;
    static const XML_Memory_Handling_Suite memory = {malloc, realloc, free};
    x->parser = XML_ParserCreate_MM(encoding, &memory, separator);
    x->reparse_deferral = set_deferral() != NULL;
    if (!x->parser) {
        im_drop(t, v);
        return im_raise_memory(t);
    }
    int64_t salt = im_hash(t, IM_S(StartElement)); /* the process's secret, not to be guessed from outside */
    (void)XML_SetHashSalt(x->parser, (unsigned long)salt | 1);
    XML_SetUserData(x->parser, x);
    XML_SetUnknownEncodingHandler(x->parser, unknown_encoding, x);
    return v;
}
static Value error_string(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)self; (void)nargs; (void)kwnames;
    int64_t code;
    if (im_as_int64(t, args[0], &code) < 0) return IM_NO_VALUE;
    const char *s = code >= 0 && code < INT_MAX ? XML_ErrorString((enum XML_Error)code) : NULL;
    return s ? im_str_from_cstr(t, s) : IM_NONE;
}
static const ImMethodDef functions[] = {
    IM_PARSED("ParserCreate", parser_create, "($module, /, encoding=None, namespace_separator=None, intern=<unrepresentable>)", "Return a new XML parser object."),
    IM_FIXED("ErrorString", error_string, 1, "($module, code, /)", "Returns string error for given number."),
    IM_END,
};
static int exec(Thread *t, Value m)
{
    if (im_lazylib_load(t, &im_lazylib_expat) < 0) return -1;
    if (im_no_value(x_error)) {
        if (im_no_value(x_error = im_new_exception(t, "xml.parsers.expat.ExpatError", &im_Exception_type))) return -1;
        im_root_add(&x_error);
    }
    XML_Expat_Version v = XML_ExpatVersionInfo();
    if (im_module_add(t, m, "ExpatError", im_new_ref(x_error)) < 0 || im_module_add(t, m, "error", im_new_ref(x_error)) < 0 ||
        im_module_add(t, m, "XMLParserType", im_type_value(&im_xmlparser_type)) < 0 || im_module_add_str(t, m, "EXPAT_VERSION", XML_ExpatVersion()) < 0 ||
        im_module_add(t, m, "version_info", im_tuple_pack(t, 3, im_int(v.major), im_int(v.minor), im_int(v.micro))) < 0 ||
        im_module_add_str(t, m, "native_encoding", "UTF-8") < 0 || im_module_add_int(t, m, "XML_PARAM_ENTITY_PARSING_NEVER", XML_PARAM_ENTITY_PARSING_NEVER) < 0 ||
        im_module_add_int(t, m, "XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE", XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE) < 0 ||
        im_module_add_int(t, m, "XML_PARAM_ENTITY_PARSING_ALWAYS", XML_PARAM_ENTITY_PARSING_ALWAYS) < 0)
        return -1;
    return im_xml_add_constants(t, m);
}
static const ImModuleDef def = {.name = "pyexpat", .doc = "Python wrapper for Expat parser.", .methods = functions, .exec = exec};
IM_MODULE(def);
