/* Shared by the files of pyexpat: the parser object and the functions of libexpat that are called.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_PYEXPAT_H
#define IM_MODULES_PYEXPAT_H

#include <expat.h>

#include "modules/lazylib.h"

extern ImLazyLib im_lazylib_expat; /* loaded by whoever imports pyexpat */
/* An encoding that Python knows and expat does not, one byte per character: for expat's handler of those. 0 with an exception. */
IM_MUST_USE int im_xml_unknown_encoding(Thread *t, const char *name, XML_Encoding *info);

/* In the order of the attribute list; the handlers that expat calls when it meets each. */
#define IM_XML_HANDLERS(X) \
    X(StartElement) X(EndElement) X(ProcessingInstruction) X(CharacterData) X(UnparsedEntityDecl) X(NotationDecl) X(StartNamespaceDecl) X(EndNamespaceDecl) \
    X(Comment) X(StartCdataSection) X(EndCdataSection) X(Default) X(DefaultHandlerExpand) X(NotStandalone) X(ExternalEntityRef) X(StartDoctypeDecl) \
    X(EndDoctypeDecl) X(EntityDecl) X(XmlDecl) X(ElementDecl) X(AttlistDecl) X(SkippedEntity)
typedef enum ImXmlHandler {
#define X(name) IM_XML_##name,
    IM_XML_HANDLERS(X)
#undef X
    IM_XML_HANDLER_COUNT
} ImXmlHandler;

typedef struct ImXmlParser {
    ImObject head;
    XML_Parser parser;
    Value handlers[IM_XML_HANDLER_COUNT]; /* no value: none */
    Value intern;                         /* dict, or no value: names are made anew each time */
    Value parent;                         /* of a parser for an external entity: shares the parent's memory */
    ImMutex mutex;                        /* held while a thread parses or changes the handlers … */
    Thread *x_owner;                      /* … this one, which handlers may let in again */
    Thread *thread;                       /* for expat's callbacks */
    int depth;
    char *buffer;                         /* character data gathered; null: buffer_text is false */
    int buffer_size, buffer_used;
    bool ordered_attributes, specified_attributes, ns_prefixes;
    bool reparse_deferral;                /* as last set; false where expat knows none (before 2.6) */
    bool in_callback;
} ImXmlParser;
IM_TYPE_DECLARE(xmlparser);
IM_INLINE ImXmlParser *im_xml(Value v) { return (ImXmlParser *)im_ptr(v); }

/* Tells expat to call handler `h` or not to. */
void im_xml_set_callback(ImXmlParser *x, ImXmlHandler h, bool on);
/* Gives the gathered character data to its handler: -1 with an exception. */
IM_MUST_USE int im_xml_flush(ImXmlParser *x);
/* All handlers away: after an exception in one. */
void im_xml_clear_handlers(Thread *t, ImXmlParser *x);
/* Adds errors and model (submodules with expat's constants). */
IM_MUST_USE int im_xml_add_constants(Thread *t, Value module);

#endif
