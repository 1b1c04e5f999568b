/* pyexpat.errors, pyexpat.model and pyexpat.features: expat's constants.
 * SPDX-License-Identifier: MIT */
#include "modules/pyexpat.h"
#include "modules/syscall.h"

/* In the order of their numbers, from 1. The last ones are newer than the oldest library supported: only their numbers and texts are needed. */
static const struct { const char *name, *text; } errors[] = {
    {"XML_ERROR_NO_MEMORY", "out of memory"}, {"XML_ERROR_SYNTAX", "syntax error"}, {"XML_ERROR_NO_ELEMENTS", "no element found"},
    {"XML_ERROR_INVALID_TOKEN", "not well-formed (invalid token)"}, {"XML_ERROR_UNCLOSED_TOKEN", "unclosed token"}, {"XML_ERROR_PARTIAL_CHAR", "partial character"},
    {"XML_ERROR_TAG_MISMATCH", "mismatched tag"}, {"XML_ERROR_DUPLICATE_ATTRIBUTE", "duplicate attribute"}, {"XML_ERROR_JUNK_AFTER_DOC_ELEMENT", "junk after document element"},
    {"XML_ERROR_PARAM_ENTITY_REF", "illegal parameter entity reference"}, {"XML_ERROR_UNDEFINED_ENTITY", "undefined entity"},
    {"XML_ERROR_RECURSIVE_ENTITY_REF", "recursive entity reference"}, {"XML_ERROR_ASYNC_ENTITY", "asynchronous entity"},
    {"XML_ERROR_BAD_CHAR_REF", "reference to invalid character number"}, {"XML_ERROR_BINARY_ENTITY_REF", "reference to binary entity"},
    {"XML_ERROR_ATTRIBUTE_EXTERNAL_ENTITY_REF", "reference to external entity in attribute"},
    {"XML_ERROR_MISPLACED_XML_PI", "XML or text declaration not at start of entity"}, {"XML_ERROR_UNKNOWN_ENCODING", "unknown encoding"},
    {"XML_ERROR_INCORRECT_ENCODING", "encoding specified in XML declaration is incorrect"}, {"XML_ERROR_UNCLOSED_CDATA_SECTION", "unclosed CDATA section"},
    {"XML_ERROR_EXTERNAL_ENTITY_HANDLING", "error in processing external entity reference"}, {"XML_ERROR_NOT_STANDALONE", "document is not standalone"},
    {"XML_ERROR_UNEXPECTED_STATE", "unexpected parser state - please send a bug report"}, {"XML_ERROR_ENTITY_DECLARED_IN_PE", "entity declared in parameter entity"},
    {"XML_ERROR_FEATURE_REQUIRES_XML_DTD", "requested feature requires XML_DTD support in Expat"},
    {"XML_ERROR_CANT_CHANGE_FEATURE_ONCE_PARSING", "cannot change setting once parsing has begun"}, {"XML_ERROR_UNBOUND_PREFIX", "unbound prefix"},
    {"XML_ERROR_UNDECLARING_PREFIX", "must not undeclare prefix"}, {"XML_ERROR_INCOMPLETE_PE", "incomplete markup in parameter entity"},
    {"XML_ERROR_XML_DECL", "XML declaration not well-formed"}, {"XML_ERROR_TEXT_DECL", "text declaration not well-formed"},
    {"XML_ERROR_PUBLICID", "illegal character(s) in public id"}, {"XML_ERROR_SUSPENDED", "parser suspended"}, {"XML_ERROR_NOT_SUSPENDED", "parser not suspended"},
    {"XML_ERROR_ABORTED", "parsing aborted"}, {"XML_ERROR_FINISHED", "parsing finished"}, {"XML_ERROR_SUSPEND_PE", "cannot suspend in external parameter entity"},
    {"XML_ERROR_RESERVED_PREFIX_XML", "reserved prefix (xml) must not be undeclared or bound to another namespace name"},
    {"XML_ERROR_RESERVED_PREFIX_XMLNS", "reserved prefix (xmlns) must not be declared or undeclared"},
    {"XML_ERROR_RESERVED_NAMESPACE_URI", "prefix must not be bound to one of the reserved namespace names"}, {"XML_ERROR_INVALID_ARGUMENT", "invalid argument"},
    {"XML_ERROR_NO_BUFFER", "a successful prior call to function XML_GetBuffer was required"},
    {"XML_ERROR_AMPLIFICATION_LIMIT_BREACH", "limit on input amplification factor (from DTD and entities) breached"},
    {"XML_ERROR_NOT_STARTED", "parser not started"},
};
static const ImIntRow models[] = {
    {"XML_CTYPE_EMPTY", XML_CTYPE_EMPTY}, {"XML_CTYPE_ANY", XML_CTYPE_ANY}, {"XML_CTYPE_MIXED", XML_CTYPE_MIXED}, {"XML_CTYPE_NAME", XML_CTYPE_NAME},
    {"XML_CTYPE_CHOICE", XML_CTYPE_CHOICE}, {"XML_CTYPE_SEQ", XML_CTYPE_SEQ}, {"XML_CQUANT_NONE", XML_CQUANT_NONE}, {"XML_CQUANT_OPT", XML_CQUANT_OPT},
    {"XML_CQUANT_REP", XML_CQUANT_REP}, {"XML_CQUANT_PLUS", XML_CQUANT_PLUS},
};

/* A submodule: also in sys.modules. Borrowed from the module's dict. */
static Value submodule(Thread *t, Value parent, const char *name, const char *full, const char *doc)
{
    Value m = im_module_new(t, full);
    if (im_no_value(m)) return m;
    if (im_module_add_str(t, m, "__doc__", doc) < 0 || im_dict_set_cstr(t, im_interp.modules, full, m) < 0 || im_module_add(t, parent, name, im_new_ref(m)) < 0) IM_CLEAR(t, m);
    im_xdrop(t, m);
    return m;
}
static int add_errors(Thread *t, Value module)
{
    Value m = submodule(t, module, "errors", "pyexpat.errors", "Constants used to describe error conditions.");
    if (im_no_value(m)) return -1;
    Value codes = im_dict_new(t), messages = im_no_value(codes) ? codes : im_dict_new(t);
    int r = im_no_value(messages) ? -1 : 0;
    for (size_t i = 0; i < IM_COUNTOF(errors) && r == 0; i++) {
        const char *own = XML_ErrorString((enum XML_Error)(i + 1));
        Value text = im_str_from_cstr(t, own ? own : errors[i].text);
        if (im_no_value(text)) r = -1;
        else {
            if (im_module_add(t, m, errors[i].name, im_new_ref(text)) < 0 || im_dict_set(t, codes, text, im_int((int64_t)i + 1)) < 0 ||
                im_dict_set(t, messages, im_int((int64_t)i + 1), text) < 0) r = -1;
            im_drop(t, text);
        }
    }
    if (r < 0) {
        im_xdrop(t, codes);
        im_xdrop(t, messages);
        return -1;
    }
    r = im_module_add(t, m, "codes", codes);
    return im_module_add(t, m, "messages", messages) < 0 ? -1 : r;
}
static int add_features(Thread *t, Value module)
{
    Value list = im_list_new(t, 0);
    for (const XML_Feature *f = XML_GetFeatureList(); f && f->feature != XML_FEATURE_END && !im_no_value(list); f++) {
        Value s = im_str_from_cstr(t, f->name), pair = im_no_value(s) ? s : im_tuple_pack(t, 2, s, im_int(f->value));
        im_xdrop(t, s);
        if (im_no_value(pair) || im_list_append_steal(t, list, pair) < 0) IM_CLEAR(t, list);
    }
    return im_no_value(list) ? -1 : im_module_add(t, module, "features", list);
}
int im_xml_add_constants(Thread *t, Value module)
{
    Value m = submodule(t, module, "model", "pyexpat.model", "Constants used to interpret content model information.");
    if (im_no_value(m) || IM_ADD_INT_ROWS(t, m, models) < 0 || add_errors(t, module) < 0) return -1;
    return add_features(t, module);
}
