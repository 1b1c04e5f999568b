/* Exception objects and tracebacks: fields. Written by im_slot_put (exchange), read by im_slot_get without container.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_EXCEPTION_H
#define IM_TYPES_EXCEPTION_H

#include "object/abstract.h"

typedef struct ImExc {
    ImObject head;
    Value x_dict;      /* IM_TF_MANAGED_DICT_SLOT */
    Value x_args;      /* tuple */
    Value x_traceback; /* ImTraceback or no value */
    Value x_context, x_cause;
    uint64_t x_suppress_context;
} ImExc;
typedef struct ImExcStop { ImExc e; Value x_value; } ImExcStop;            /* StopIteration */
typedef struct ImExcExit { ImExc e; Value x_code; } ImExcExit;             /* SystemExit */
typedef struct ImExcImport { ImExc e; Value x_msg, x_name, x_path, x_name_from; } ImExcImport;
typedef struct ImExcOs { ImExc e; Value x_errno, x_strerror, x_filename, x_filename2; ssize_t x_written; /* -1: not set */ } ImExcOs;
typedef struct ImExcName { ImExc e; Value x_name; } ImExcName;             /* NameError */
typedef struct ImExcAttr { ImExc e; Value x_obj, x_name; } ImExcAttr;      /* AttributeError */
typedef struct ImExcUnicode { ImExc e; Value x_encoding, x_object, x_reason; ssize_t x_start, x_end; } ImExcUnicode;
typedef struct ImExcSyntax { ImExc e; Value x_msg, x_filename, x_lineno, x_offset, x_end_lineno, x_end_offset, x_text, x_print, x_metadata; } ImExcSyntax;
typedef struct ImExcGroup { ImExc e; Value x_msg, x_excs; /* str, tuple */ } ImExcGroup;
IM_INLINE ImExc *im_excp(Value v) { return (ImExc *)im_ptr(v); }
IM_INLINE bool im_is_exc(Value v) { return im_is_object(v) && im_type_has(im_type_of_obj(im_ptr(v)), IM_TF_EXC); }
IM_INLINE bool im_is_exc_class(Value v) { return im_is_type(v) && im_type_has(im_as_type(v), IM_TF_EXC); }

/* One link of a traceback. The VM notes code, unit and line; the frame object is made when somebody asks for it. */
typedef struct ImTraceback {
    ImObject head;
    Value x_next;  /* ImTraceback or no value: tb_next */
    Value x_frame; /* frame object or no value (im_traceback_frame_hook makes it) */
    Value code;    /* code object or no value */
    int32_t lasti; /* unit; tb_lasti */
    int32_t lineno;
} ImTraceback;
IM_TYPE_DECLARE(traceback);
/* One more link before those of exception `exc`, at frame (stolen). False: out of memory. */
bool im_traceback_push(Thread *t, Value exc, Value frame, Value code, int32_t lasti);
/* Takes references; next and frame may be no value. */
IM_MUST_USE Value im_traceback_new(Thread *t, Value next, Value frame, Value code, int32_t lasti, int32_t lineno);
/* Set by vm/: the frame object of a traceback whose x_frame is empty; owned. */
extern Value (*im_traceback_frame_hook)(Thread *t, Value tb);
/* tb_frame: owned. */
IM_MUST_USE Value im_traceback_frame(Thread *t, Value tb);

/* except*: splits a group (or wraps a plain exception). 0, or -1. *match, *rest: owned, or IM_NONE. */
IM_MUST_USE int im_exc_group_split(Thread *t, Value exc, Value spec, Value *match, Value *rest);
/* What is raised at the end of try/except*: IM_NONE if nothing. */
IM_MUST_USE Value im_exc_prep_reraise_star(Thread *t, Value orig, Value excs_list);

#endif
