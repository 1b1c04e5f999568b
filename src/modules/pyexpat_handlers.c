/* pyexpat: expat's callbacks, each of which calls a Python handler.
 *
 * An exception in a handler removes all handlers, so that the rest of the text is read in silence; Parse then raises it.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "modules/pyexpat.h"

static Value text(Thread *t, const char *s) { return s ? im_str_from_cstr(t, s) : IM_NONE; }

/* A name: the same object each time, if the parser has a dict for them. */
static Value name(Thread *t, ImXmlParser *x, const char *s)
{
    if (!s) return IM_NONE;
    Value v = im_str_from_cstr(t, s), old;
    Value dict = im_slot_get(t, &x->head, &x->intern);
    if (im_no_value(v) || im_no_value(dict)) return v;
    int r = im_dict_setdefault(t, dict, v, v, &old);
    im_drop(t, v);
    im_drop(t, dict);
    return r < 0 ? IM_NO_VALUE : old;
}

void im_xml_clear_handlers(Thread *t, ImXmlParser *x)
{
    for (int h = 0; h < IM_XML_HANDLER_COUNT; h++) {
        im_xml_set_callback(x, (ImXmlHandler)h, false);
        im_slot_put(t, &x->head, &x->handlers[h], IM_NO_VALUE);
    }
}

static bool wanted(ImXmlParser *x, ImXmlHandler h) { return !im_pending(x->thread) && !im_no_value((Value){im_load_relaxed(&x->handlers[h].bits)}); }

/* Calls a handler with n arguments, which are stolen (any may be "no value": an exception). -1 after an exception. *result: its truth, if asked for. */
static int call(ImXmlParser *x, ImXmlHandler h, Value *args, size_t n, int *result)
{
    Thread *t = x->thread;
    bool ok = true;
    for (size_t i = 0; i < n; i++) ok = ok && !im_no_value(args[i]);
    Value r = IM_NO_VALUE, f = ok ? im_slot_get(t, &x->head, &x->handlers[h]) : IM_NO_VALUE;
    if (ok && !im_no_value(f)) {
        bool was = x->in_callback;
        x->in_callback = true;
        r = im_call(t, f, args, n, IM_NO_VALUE);
        x->in_callback = was;
        im_drop(t, f);
        int n32 = 0;
        if (!im_no_value(r) && result) {
            if (im_as_int(t, r, &n32) < 0) IM_CLEAR(t, r);
            *result = n32;
        }
    }
    for (size_t i = 0; i < n; i++) im_xdrop(t, args[i]);
    if (im_no_value(r)) {
        im_xml_clear_handlers(t, x);
        return -1;
    }
    im_drop(t, r);
    return 0;
}

int im_xml_flush(ImXmlParser *x)
{
    if (!x->buffer || x->buffer_used == 0) return 0;
    Value v = im_str_from_utf8(x->thread, x->buffer, x->buffer_used);
    x->buffer_used = 0;
    if (!im_no_value(v) && !wanted(x, IM_XML_CharacterData)) {
        im_drop(x->thread, v);
        return im_pending(x->thread) ? -1 : 0;
    }
    return call(x, IM_XML_CharacterData, &v, 1, NULL);
}

/* Every callback but that for character data begins so. */
#define BEGIN(h) \
    ImXmlParser *x = user; \
    Thread *t = x->thread; \
    (void)t; \
    if (!wanted(x, h) || im_xml_flush(x) < 0 || !wanted(x, h)) return
#define CALL(h, ...) \
    do { \
        Value args_[] = {__VA_ARGS__}; \
        (void)call(x, h, args_, IM_COUNTOF(args_), NULL); \
    } while (0)

static Value attributes(Thread *t, ImXmlParser *x, const char **atts)
{
    size_t max = 0;
    if (x->specified_attributes) max = (size_t)XML_GetSpecifiedAttributeCount(x->parser);
    else while (atts[max]) max += 2;
    Value v = x->ordered_attributes ? im_list_new(t, 0) : im_dict_new(t);
    for (size_t i = 0; i < max && !im_no_value(v); i += 2) {
        Value k = name(t, x, atts[i]), s = im_no_value(k) ? k : im_str_from_cstr(t, atts[i + 1]);
        int r = im_no_value(s) ? -1 : x->ordered_attributes ? (im_list_append(t, v, k) < 0 ? -1 : im_list_append(t, v, s)) : im_dict_set(t, v, k, s);
        im_xdrop(t, k);
        im_xdrop(t, s);
        if (r < 0) IM_CLEAR(t, v);
    }
    return v;
}
static void XMLCALL on_StartElement(void *user, const char *tag, const char **atts)
{
    BEGIN(IM_XML_StartElement);
    Value a = attributes(t, x, atts);
    CALL(IM_XML_StartElement, im_no_value(a) ? IM_NO_VALUE : name(t, x, tag), a);
}
static void XMLCALL on_EndElement(void *user, const char *tag) { BEGIN(IM_XML_EndElement); CALL(IM_XML_EndElement, name(t, x, tag)); }
static void XMLCALL on_ProcessingInstruction(void *user, const char *target, const char *data)
{
    BEGIN(IM_XML_ProcessingInstruction);
    CALL(IM_XML_ProcessingInstruction, name(t, x, target), text(t, data));
}
static void XMLCALL on_CharacterData(void *user, const char *s, int n)
{
    ImXmlParser *x = user;
    if (!wanted(x, IM_XML_CharacterData)) return;
    if (x->buffer && x->buffer_used + n > x->buffer_size && im_xml_flush(x) < 0) return;
    if (x->buffer && n <= x->buffer_size) {
        memcpy(x->buffer + x->buffer_used, s, (size_t)n);
        x->buffer_used += n;
        return;
    }
    if (!wanted(x, IM_XML_CharacterData)) return;
    Value v = im_str_from_utf8(x->thread, s, n);
    (void)call(x, IM_XML_CharacterData, &v, 1, NULL);
}
static void XMLCALL on_UnparsedEntityDecl(void *user, const char *entity, const char *base, const char *system, const char *public, const char *notation)
{
    BEGIN(IM_XML_UnparsedEntityDecl);
    CALL(IM_XML_UnparsedEntityDecl, name(t, x, entity), name(t, x, base), name(t, x, system), name(t, x, public), name(t, x, notation));
}
static void XMLCALL on_NotationDecl(void *user, const char *notation, const char *base, const char *system, const char *public)
{
    BEGIN(IM_XML_NotationDecl);
    CALL(IM_XML_NotationDecl, name(t, x, notation), name(t, x, base), name(t, x, system), name(t, x, public));
}
static void XMLCALL on_StartNamespaceDecl(void *user, const char *prefix, const char *uri)
{
    BEGIN(IM_XML_StartNamespaceDecl);
    CALL(IM_XML_StartNamespaceDecl, name(t, x, prefix), name(t, x, uri));
}
static void XMLCALL on_EndNamespaceDecl(void *user, const char *prefix) { BEGIN(IM_XML_EndNamespaceDecl); CALL(IM_XML_EndNamespaceDecl, name(t, x, prefix)); }
static void XMLCALL on_Comment(void *user, const char *data) { BEGIN(IM_XML_Comment); CALL(IM_XML_Comment, text(t, data)); }
static void XMLCALL on_StartCdataSection(void *user) { BEGIN(IM_XML_StartCdataSection); (void)call(x, IM_XML_StartCdataSection, NULL, 0, NULL); }
static void XMLCALL on_EndCdataSection(void *user) { BEGIN(IM_XML_EndCdataSection); (void)call(x, IM_XML_EndCdataSection, NULL, 0, NULL); }
static void XMLCALL on_Default(void *user, const char *s, int n) { BEGIN(IM_XML_Default); CALL(IM_XML_Default, im_str_from_utf8(t, s, n)); }
static void XMLCALL on_DefaultHandlerExpand(void *user, const char *s, int n)
{
    BEGIN(IM_XML_DefaultHandlerExpand);
    CALL(IM_XML_DefaultHandlerExpand, im_str_from_utf8(t, s, n));
}
static int XMLCALL on_NotStandalone(void *user)
{
    ImXmlParser *x = user;
    int r = 0;
    if (!wanted(x, IM_XML_NotStandalone) || im_xml_flush(x) < 0) return 0;
    return call(x, IM_XML_NotStandalone, NULL, 0, &r) < 0 ? 0 : r;
}
static int XMLCALL on_ExternalEntityRef(XML_Parser parser, const char *context, const char *base, const char *system, const char *public)
{
    ImXmlParser *x = XML_GetUserData(parser);
    Thread *t = x->thread;
    int r = 0;
    if (!wanted(x, IM_XML_ExternalEntityRef) || im_xml_flush(x) < 0) return 0;
    Value args[] = {text(t, context), name(t, x, base), name(t, x, system), name(t, x, public)};
    return call(x, IM_XML_ExternalEntityRef, args, 4, &r) < 0 ? 0 : r;
}
static void XMLCALL on_StartDoctypeDecl(void *user, const char *doctype, const char *system, const char *public, int internal)
{
    BEGIN(IM_XML_StartDoctypeDecl);
    CALL(IM_XML_StartDoctypeDecl, name(t, x, doctype), name(t, x, system), name(t, x, public), im_int(internal));
}
static void XMLCALL on_EndDoctypeDecl(void *user) { BEGIN(IM_XML_EndDoctypeDecl); (void)call(x, IM_XML_EndDoctypeDecl, NULL, 0, NULL); }
static void XMLCALL on_EntityDecl(void *user, const char *entity, int is_parameter, const char *value, int n, const char *base, const char *system, const char *public, const char *notation)
{
    BEGIN(IM_XML_EntityDecl);
    CALL(IM_XML_EntityDecl, name(t, x, entity), im_int(is_parameter), value ? im_str_from_utf8(t, value, n) : IM_NONE, name(t, x, base), name(t, x, system), name(t, x, public),
        name(t, x, notation));
}
static void XMLCALL on_XmlDecl(void *user, const char *version, const char *encoding, int standalone)
{
    BEGIN(IM_XML_XmlDecl);
    CALL(IM_XML_XmlDecl, text(t, version), text(t, encoding), im_int(standalone));
}

/* A content model as (type, quantifier, name, children). Expat nests no deeper than its own parser did. */
static Value content_model_of(Thread *t, ImXmlParser *x, const XML_Content *m);
static Value content_model(Thread *t, ImXmlParser *x, const XML_Content *m)
{
    if (im_recurse_enter(t, " in a content model") < 0) return IM_NO_VALUE;
    Value v = content_model_of(t, x, m);
    im_recurse_leave(t);
    return v;
}
static Value content_model_of(Thread *t, ImXmlParser *x, const XML_Content *m)
{
    Value kids = im_tuple_new(t, m->numchildren);
    if (im_no_value(kids)) return kids;
    for (unsigned i = 0; i < m->numchildren; i++) {
        Value k = content_model(t, x, &m->children[i]);
        if (im_no_value(k)) { im_drop(t, kids); return k; }
        im_tuple_items(kids)[i] = k;
    }
    Value n = name(t, x, m->name), v = im_no_value(n) ? n : im_tuple_pack(t, 4, im_int(m->type), im_int(m->quant), n, kids);
    im_xdrop(t, n);
    im_drop(t, kids);
    return v;
}
static void XMLCALL on_ElementDecl(void *user, const char *tag, XML_Content *model)
{
    ImXmlParser *x = user;
    if (wanted(x, IM_XML_ElementDecl) && im_xml_flush(x) == 0 && wanted(x, IM_XML_ElementDecl)) {
        Value m = content_model(x->thread, x, model);
        CALL(IM_XML_ElementDecl, im_no_value(m) ? IM_NO_VALUE : name(x->thread, x, tag), m);
    }
    XML_FreeContentModel(x->parser, model);
}
static void XMLCALL on_AttlistDecl(void *user, const char *tag, const char *attribute, const char *type, const char *dflt, int required)
{
    BEGIN(IM_XML_AttlistDecl);
    CALL(IM_XML_AttlistDecl, name(t, x, tag), name(t, x, attribute), text(t, type), text(t, dflt), im_int(required));
}
static void XMLCALL on_SkippedEntity(void *user, const char *entity, int is_parameter)
{
    BEGIN(IM_XML_SkippedEntity);
    CALL(IM_XML_SkippedEntity, name(t, x, entity), im_int(is_parameter));
}

void im_xml_set_callback(ImXmlParser *x, ImXmlHandler h, bool on)
{
    XML_Parser p = x->parser;
    switch (h) {
#define ONE(name) case IM_XML_##name: XML_Set##name##Handler(p, on ? on_##name : NULL); break;
    ONE(ProcessingInstruction) ONE(CharacterData) ONE(UnparsedEntityDecl) ONE(NotationDecl) ONE(Comment) ONE(Default) ONE(NotStandalone) ONE(ExternalEntityRef) ONE(EntityDecl) ONE(XmlDecl)
    ONE(ElementDecl) ONE(AttlistDecl) ONE(SkippedEntity)
#undef ONE
    case IM_XML_StartElement: XML_SetStartElementHandler(p, on ? on_StartElement : NULL); break;
    case IM_XML_EndElement: XML_SetEndElementHandler(p, on ? on_EndElement : NULL); break;
    case IM_XML_StartNamespaceDecl: XML_SetStartNamespaceDeclHandler(p, on ? on_StartNamespaceDecl : NULL); break;
    case IM_XML_EndNamespaceDecl: XML_SetEndNamespaceDeclHandler(p, on ? on_EndNamespaceDecl : NULL); break;
    case IM_XML_StartCdataSection: XML_SetStartCdataSectionHandler(p, on ? on_StartCdataSection : NULL); break;
    case IM_XML_EndCdataSection: XML_SetEndCdataSectionHandler(p, on ? on_EndCdataSection : NULL); break;
    case IM_XML_StartDoctypeDecl: XML_SetStartDoctypeDeclHandler(p, on ? on_StartDoctypeDecl : NULL); break;
    case IM_XML_EndDoctypeDecl: XML_SetEndDoctypeDeclHandler(p, on ? on_EndDoctypeDecl : NULL); break;
    case IM_XML_DefaultHandlerExpand: XML_SetDefaultHandlerExpand(p, on ? on_DefaultHandlerExpand : NULL); break;
    case IM_XML_HANDLER_COUNT: break;
    }
}
