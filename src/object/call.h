/* Calling anything.
 * SPDX-License-Identifier: MIT */
#ifndef IM_OBJECT_CALL_H
#define IM_OBJECT_CALL_H

#include "object/type.h"

/* args: nargs positional, then one per kwnames entry (tuple of str, or no value). All borrowed; result owned. */
IM_MUST_USE Value im_call(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames);
IM_MUST_USE Value im_call0(Thread *t, Value f);
IM_MUST_USE Value im_call1(Thread *t, Value f, Value a);
IM_MUST_USE Value im_call2(Thread *t, Value f, Value a, Value b);
IM_MUST_USE Value im_call3(Thread *t, Value f, Value a, Value b, Value c);
/* f(*args_tuple, **kwargs_dict); kwargs may be no value. */
IM_MUST_USE Value im_call_ex(Thread *t, Value f, Value args_tuple, Value kwargs);
/* obj.name(...) without a bound method object. */
IM_MUST_USE Value im_call_method(Thread *t, Value obj, Value name, const Value *args, size_t nargs, Value kwnames);
IM_MUST_USE Value im_call_method0(Thread *t, Value obj, Value name);
IM_MUST_USE Value im_call_method1(Thread *t, Value obj, Value name, Value a);
IM_MUST_USE Value im_call_method2(Thread *t, Value obj, Value name, Value a, Value b);
/* Special method found on the type, not the instance. *found = false and no value when the type has none (no exception). */
IM_MUST_USE Value im_call_special(Thread *t, Value obj, Value name, const Value *args, size_t nargs, bool *found);
/* Parses args as the signature text says (IM_M_PARSED), for slots such as init and new_: out[] gets one borrowed entry per parameter (no value = not given); a
 * *args tuple or **kw dict among them is new and recorded in `owned` (drop it after use; no value if none). `fname` for messages: "list". */
typedef struct ImArgs { Value v[24]; Value owned[2]; } ImArgs;
IM_MUST_USE int im_parse_args(Thread *t, const char *fname, const char *sig, const Value *args, size_t nargs, Value kwnames, ImArgs *out);
void im_args_fini(Thread *t, ImArgs *a);
/* -1 with CPython's TypeError ("%s() takes no keyword arguments"). */
IM_MUST_USE int im_no_kwargs(Thread *t, const char *fname, Value kwnames);
/* -1 with CPython's TypeError ("%s expected at least 1 argument, got 0" …) unless min <= nargs <= max. */
IM_MUST_USE int im_check_nargs(Thread *t, const char *fname, size_t nargs, size_t min, size_t max);

/* "module.qualname()" of a callable, for messages (owned str). */
IM_MUST_USE Value im_function_text(Thread *t, Value f);
/* The nearest of names (str) to name for "Did you mean": borrowed, or no value. */
Value im_suggest(Thread *t, const Value *names, size_t n, Value name);

/* Guards C recursion (repr, compare, call …): -1 with RecursionError "maximum recursion depth exceeded<where>". */
IM_MUST_USE int im_recurse_enter(Thread *t, const char *where);
/* For functions that forward to another object's slot and so may nest without end: if (im_c_stack_low(t)) { im_raise_stack_low(t); return …; } */
IM_COLD void im_raise_stack_low(Thread *t);
IM_INLINE void im_recurse_leave(Thread *t) { t->c_depth--; }

/* Set by vm/: how a Python function is called from C. */
extern Value (*im_function_call_hook)(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames);

#endif
