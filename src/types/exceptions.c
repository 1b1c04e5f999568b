/* BaseException, and the exceptions that differ from it little or not at all.
 * SPDX-License-Identifier: MIT */
#include "types/exceptions_impl.h"

#include "mem/fast.h"
#include "types/function.h"

/* ---- storage ---------------------------------------------------------------------------------------------------------------- */

int im_exc_visit_fields(Value *first, size_t n, ImVisit visit, void *arg)
{
    int rc;
    for (size_t i = 0; i < n; i++)
        if (im_is_object(first[i]) && (rc = visit(first[i], arg)) != 0) return rc;
    return 0;
}
void im_exc_clear_array(Thread *t, ImObject *o, Value *first, size_t n)
{
    for (size_t i = 0; i < n; i++) im_slot_put(t, o, &first[i], IM_NO_VALUE);
}
void im_exc_destroy_array(Thread *t, Value *first, size_t n)
{
    for (size_t i = 0; i < n; i++) im_destroy_child(t, first[i]);
}
enum { BASE_FIELDS = 5 };
int im_exc_traverse(ImObject *o, ImVisit visit, void *arg) { return im_exc_visit_fields(&((ImExc *)o)->x_dict, BASE_FIELDS, visit, arg); }
void im_exc_clear_fields(Thread *t, ImObject *o) { im_exc_clear_array(t, o, &((ImExc *)o)->x_dict, BASE_FIELDS); }
void im_exc_destroy(Thread *t, ImObject *o) { im_exc_destroy_array(t, &((ImExc *)o)->x_dict, BASE_FIELDS); }

/* ---- making ------------------------------------------------------------------------------------------------------------------ */

Value im_exc_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)kwnames;
    Value a;
    if (IM_LIKELY(type->core.size == sizeof(ImExc) && !(im_type_flags(type) & IM_TF_HEAP))) { /* most of the built-in ones */
        if (im_no_value(a = im_tuple_from_array(t, args, nargs))) return a;
        ImExc *o = (ImExc *)im_tracked_alloc(t, type->root_shape, sizeof *o);
        if (!o) { im_drop(t, a); return IM_NO_VALUE; }
        o->x_dict = o->x_traceback = o->x_context = o->x_cause = IM_NO_VALUE;
        o->x_suppress_context = 0;
        o->x_args = a;
        im_track_new(t, &o->head);
        return im_value(o);
    }
    ImExc *e = (ImExc *)im_instance_alloc(t, type, 0);
    if (!e) return IM_NO_VALUE;
    a = im_tuple_from_array(t, args, nargs);
    if (im_no_value(a)) { im_drop_obj(t, &e->head); return a; }
    im_slot_init(&e->head, &e->x_args, a);
    return im_value(e);
}

static int set_args(Thread *t, Value self, const Value *args, size_t nargs)
{
    /* What __new__ stored is usually the same already. */
    Value now = im_excp(self)->x_args;
    if (im_is_private(self) && im_is_object(now) && (size_t)im_tuple_len(now) == nargs && (!nargs || memcmp(im_tuple_items(now), args, nargs * sizeof(Value)) == 0)) return 0;
    Value a = im_tuple_from_array(t, args, nargs);
    if (im_no_value(a)) return -1;
    im_slot_put(t, im_ptr(self), &im_excp(self)->x_args, a);
    return 0;
}

int im_exc_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (im_no_kwargs(t, im_type_cname(im_type_of(self)), kwnames) < 0) return -1;
    return set_args(t, self, args, nargs);
}

Value im_exc_str(Thread *t, Value self)
{
    Value args = im_exc_field(t, &im_excp(self)->x_args), r;
    ssize_t n = im_no_value(args) ? 0 : im_tuple_len(args);
    if (n == 0) r = im_str_from_cstr(t, "");
    else if (n == 1) r = im_str(t, im_tuple_get(args, 0));
    else r = im_str(t, args);
    im_xdrop(t, args);
    return r;
}

static Value exc_repr(Thread *t, Value self)
{
    Value args = im_exc_field(t, &im_excp(self)->x_args), r;
    ImType *ty = im_type_of(self);
    if (im_no_value(args)) return im_str_format(t, "%U()", im_type_name(ty));
    if (im_tuple_len(args) == 1) r = im_str_format(t, "%U(%R)", im_type_name(ty), im_tuple_get(args, 0));
    else r = im_str_format(t, "%U%R", im_type_name(ty), args);
    im_drop(t, args);
    return r;
}

/* ---- methods ------------------------------------------------------------------------------------------------------------------- */

Value im_exc_reduce_with(Thread *t, Value self, Value args, Value state)
{
    Value type = im_value(im_type_of(self)), r;
    if (im_no_value(state)) state = im_exc_field(t, &im_excp(self)->x_dict);
    r = im_no_value(state) ? im_tuple_pack(t, 2, type, args) : im_tuple_pack(t, 3, type, args, state);
    im_xdrop(t, state);
    return r;
}
static Value exc_reduce(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    Value args = im_exc_field(t, &im_excp(self)->x_args), r;
    r = im_exc_reduce_with(t, self, args, IM_NO_VALUE);
    im_xdrop(t, args);
    return r;
}
static Value exc_setstate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    if (im_is_none(a[0])) return IM_NONE;
    if (!im_is_dict(a[0])) return im_raise_type(t, "state is not a dictionary");
    size_t pos = 0;
    Value k, v;
    int rc = 0;
    while (rc == 0 && im_dict_next(t, a[0], &pos, &k, &v)) {
        rc = im_setattr(t, self, k, v);
        im_drop(t, k);
        im_drop(t, v);
    }
    return rc < 0 ? IM_NO_VALUE : IM_NONE;
}
static int set_tb(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_type(t, "__traceback__ may not be deleted"), -1;
    if (!im_is_none(v) && !im_is_exact(v, &im_traceback_type)) return im_raise_type(t, "__traceback__ must be a traceback or None"), -1;
    im_exc_set_traceback(t, self, v);
    return 0;
}
static Value exc_with_traceback(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    return set_tb(t, self, a[0], NULL) < 0 ? IM_NO_VALUE : im_new_ref(self);
}
static Value exc_add_note(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)n, (void)kw;
    if (!im_is_str(a[0])) return im_raise_type(t, "note must be a str, not '%T'", a[0]);
    Value notes;
    int rc = im_lookup_attr(t, self, IM_S(__notes__), &notes);
    if (rc < 0) return IM_NO_VALUE;
    if (rc == 0) {
        notes = im_list_new(t, 1);
        if (im_no_value(notes) || im_setattr(t, self, IM_S(__notes__), notes) < 0) { im_xdrop(t, notes); return IM_NO_VALUE; }
    } else if (!im_is_list(notes)) {
        im_drop(t, notes);
        return im_raise_type(t, "Cannot add note: __notes__ is not a list");
    }
    rc = im_list_append(t, notes, a[0]);
    im_drop(t, notes);
    return rc < 0 ? IM_NO_VALUE : IM_NONE;
}
static const ImMethodDef exc_methods[] = {IM_FIXED("__reduce__", exc_reduce, 0, NULL, NULL), IM_FIXED("__setstate__", exc_setstate, 1, "($self, object, /)", NULL),
    IM_FIXED("with_traceback", exc_with_traceback, 1, "($self, object, /)", "Exception.with_traceback(tb) --\n    set self.__traceback__ to tb and return self."),
    IM_FIXED("add_note", exc_add_note, 1, "($self, object, /)", "Exception.add_note(note) --\n    add a note to the exception"), IM_END};

/* ---- attributes ------------------------------------------------------------------------------------------------------------------ */

static Value get_dict(Thread *t, Value self, void *c) { (void)c; return im_instance_dict(t, self); }
static int set_dict(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_type(t, "cannot delete __dict__"), -1;
    return im_instance_set_dict(t, self, v);
}
static Value get_args(Thread *t, Value self, void *c)
{
    (void)c;
    Value v = im_exc_field(t, &im_excp(self)->x_args);
    return im_no_value(v) ? IM_NONE : v;
}
static int set_args_attr(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_type(t, "args may not be deleted"), -1;
    Value a = im_to_tuple(t, v);
    if (im_no_value(a)) return -1;
    im_slot_put(t, im_ptr(self), &im_excp(self)->x_args, a);
    return 0;
}
static Value or_none(Value v) { return im_no_value(v) ? IM_NONE : v; }
static Value get_tb(Thread *t, Value self, void *c) { (void)t, (void)c; return or_none(im_exc_get_traceback(self)); }
static Value get_context(Thread *t, Value self, void *c) { (void)t, (void)c; return or_none(im_exc_get_context(self)); }
static Value get_cause(Thread *t, Value self, void *c) { (void)c; return or_none(im_exc_field(t, &im_excp(self)->x_cause)); }
static int link_value(Thread *t, Value *v, const char *what, const char *del)
{
    if (im_no_value(*v)) return im_raise_type(t, "%s may not be deleted", del), -1;
    if (im_is_none(*v)) { *v = IM_NO_VALUE; return 0; }
    if (!im_is_exc(*v)) return im_raise_type(t, "exception %s must be None or derive from BaseException", what), -1;
    im_take(*v);
    return 0;
}
static int set_context(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (link_value(t, &v, "context", "__context__") < 0) return -1;
    im_exc_set_context(t, self, v);
    return 0;
}
static int set_cause(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (link_value(t, &v, "cause", "__cause__") < 0) return -1;
    im_exc_set_cause(t, self, v);
    return 0;
}
static const ImGetSetDef exc_getset[] = {{"__dict__", get_dict, set_dict, NULL, NULL}, {"args", get_args, set_args_attr, NULL, NULL},
    {"__traceback__", get_tb, set_tb, NULL, NULL}, {"__context__", get_context, set_context, "exception context", NULL},
    {"__cause__", get_cause, set_cause, "exception cause", NULL}, IM_END};
static const ImMemberDef exc_members[] = {{"__suppress_context__", IM_T_BOOL, offsetof(ImExc, x_suppress_context), false, NULL}, IM_END};
static const ImSlots exc_slots = {.new_ = im_exc_new, .init = im_exc_init, .repr = exc_repr, .str = im_exc_str, .getattr = im_generic_getattr, .setattr = im_generic_setattr};
static const ImTypeSpec base_spec = {.name = "BaseException", .doc = "Common base class for all exceptions", .size = sizeof(ImExc),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_EXC | IM_TF_MANAGED_DICT_SLOT, .dict_offset = offsetof(ImExc, x_dict), .slots = &exc_slots, .methods = exc_methods,
    .getset = exc_getset, .members = exc_members, .traverse = im_exc_traverse, .clear = im_exc_clear_fields, .destroy = im_exc_destroy};
IM_TYPE(BaseException, &base_spec);

/* ---- plain ones ------------------------------------------------------------------------------------------------------------------- */

static const ImSlots plain_slots = {.new_ = im_exc_new, .init = im_exc_init};
const ImExcKind im_exc_kind_PLAIN = {sizeof(ImExc), &plain_slots, NULL, NULL, NULL, im_exc_traverse, im_exc_clear_fields, im_exc_destroy};

/* KeyError: a lone argument shows as its repr, so that KeyError('') can be seen. */
static Value key_str(Thread *t, Value self)
{
    Value args = im_exc_field(t, &im_excp(self)->x_args), r;
    if (im_no_value(args) || im_tuple_len(args) != 1) { im_xdrop(t, args); return im_exc_str(t, self); }
    r = im_repr(t, im_tuple_get(args, 0));
    im_drop(t, args);
    return r;
}
static const ImSlots key_slots = {.new_ = im_exc_new, .init = im_exc_init, .str = key_str};
const ImExcKind im_exc_kind_KEY = {sizeof(ImExc), &key_slots, NULL, NULL, NULL, im_exc_traverse, im_exc_clear_fields, im_exc_destroy};

/* StopIteration.value */
IM_EXC_FIELDS(stop, ImExcStop, x_value, 1)
static int stop_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (im_exc_init(t, self, args, nargs, kwnames) < 0) return -1;
    im_exc_put(t, self, &((ImExcStop *)im_ptr(self))->x_value, nargs ? args[0] : IM_NONE);
    return 0;
}
static const ImMemberDef stop_members[] = {{"value", IM_T_VALUE_NONE, offsetof(ImExcStop, x_value), false, "generator return value"}, IM_END};
static const ImSlots stop_slots = {.new_ = im_exc_new, .init = stop_init};
const ImExcKind im_exc_kind_STOP = {sizeof(ImExcStop), &stop_slots, NULL, stop_members, NULL, stop_traverse, stop_clear, stop_destroy};

/* SystemExit.code */
IM_EXC_FIELDS(exit, ImExcExit, x_code, 1)
static int exit_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (im_exc_init(t, self, args, nargs, kwnames) < 0) return -1;
    Value *code = &((ImExcExit *)im_ptr(self))->x_code;
    if (nargs == 1) im_exc_put(t, self, code, args[0]);
    else if (nargs > 1) im_exc_put(t, self, code, im_excp(self)->x_args);
    return 0;
}
static const ImMemberDef exit_members[] = {{"code", IM_T_VALUE_NONE, offsetof(ImExcExit, x_code), false, "exception code"}, IM_END};
static const ImSlots exit_slots = {.new_ = im_exc_new, .init = exit_init};
const ImExcKind im_exc_kind_EXIT = {sizeof(ImExcExit), &exit_slots, NULL, exit_members, NULL, exit_traverse, exit_clear, exit_destroy};

/* ---- keyword attributes: ImportError, NameError, AttributeError ---------------------------------------------------------------------- */

/* Sets keyword arguments `names[i]` into fields; positional ones are args. */
static int init_keywords(Thread *t, Value self, const char *fname, const char *sig, const Value *args, size_t nargs, Value kwnames, Value *first, size_t n)
{
    ImArgs a;
    if (im_parse_args(t, fname, sig, NULL, 0, IM_NO_VALUE, &a) < 0) return -1; /* all are optional: only compiles the text */
    if (im_nkw(kwnames)) {
        if (im_parse_args(t, fname, sig, args + nargs, 0, kwnames, &a) < 0) return -1;
    }
    if (set_args(t, self, args, nargs) < 0) return -1;
    for (size_t i = 0; i < n; i++) im_exc_put(t, self, &first[i], a.v[i]);
    return 0;
}

IM_EXC_FIELDS(import, ImExcImport, x_msg, 4)
static int import_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImExcImport *e = (ImExcImport *)im_ptr(self);
    if (init_keywords(t, self, "ImportError", "(*, name=None, path=None, name_from=None)", args, nargs, kwnames, &e->x_name, 3) < 0) return -1;
    im_exc_put(t, self, &e->x_msg, nargs == 1 ? args[0] : IM_NO_VALUE);
    return 0;
}
static Value import_str(Thread *t, Value self)
{
    Value msg = im_exc_field(t, &((ImExcImport *)im_ptr(self))->x_msg);
    if (!im_no_value(msg) && im_is_str_exact(msg)) return msg;
    im_xdrop(t, msg);
    return im_exc_str(t, self);
}
static Value state_with(Thread *t, Value self, const char *const *names, Value *const *fields, size_t n)
{
    Value d = IM_NO_VALUE, own = im_exc_field(t, &im_excp(self)->x_dict);
    bool any = false;
    for (size_t i = 0; i < n; i++) any = any || !im_no_value(*fields[i]);
    if (!any) return own;
    d = im_no_value(own) ? im_dict_new(t) : im_dict_copy(t, own);
    im_xdrop(t, own);
    for (size_t i = 0; i < n && !im_no_value(d); i++) {
        Value v = im_exc_field(t, fields[i]);
        if (!im_no_value(v) && im_dict_set_cstr(t, d, names[i], v) < 0) IM_CLEAR(t, d);
        im_xdrop(t, v);
    }
    return d;
}
static Value import_reduce(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    ImExcImport *e = (ImExcImport *)im_ptr(self);
    static const char *const names[] = {"name", "path", "name_from"};
    Value *const fields[] = {&e->x_name, &e->x_path, &e->x_name_from};
    Value state = state_with(t, self, names, fields, 3);
    if (im_pending(t)) return IM_NO_VALUE;
    Value args = im_exc_field(t, &im_excp(self)->x_args), r = im_exc_reduce_with(t, self, args, state);
    im_xdrop(t, args);
    return r;
}
static const ImMemberDef import_members[] = {{"msg", IM_T_VALUE_NONE, offsetof(ImExcImport, x_msg), false, "exception message"},
    {"name", IM_T_VALUE_NONE, offsetof(ImExcImport, x_name), false, "module name"}, {"path", IM_T_VALUE_NONE, offsetof(ImExcImport, x_path), false, "module path"},
    {"name_from", IM_T_VALUE_NONE, offsetof(ImExcImport, x_name_from), false, "name imported from module"}, IM_END};
static const ImMethodDef import_methods[] = {IM_FIXED("__reduce__", import_reduce, 0, NULL, NULL), IM_END};
static const ImSlots import_slots = {.new_ = im_exc_new, .init = import_init, .str = import_str};
const ImExcKind im_exc_kind_IMPORT = {sizeof(ImExcImport), &import_slots, import_methods, import_members, NULL, import_traverse, import_clear, import_destroy};

IM_EXC_FIELDS(name, ImExcName, x_name, 1)
static int name_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    return init_keywords(t, self, "NameError", "(*, name=None)", args, nargs, kwnames, &((ImExcName *)im_ptr(self))->x_name, 1);
}
static const ImMemberDef name_members[] = {{"name", IM_T_VALUE_NONE, offsetof(ImExcName, x_name), false, "name"}, IM_END};
static const ImSlots name_slots = {.new_ = im_exc_new, .init = name_init, .str = im_exc_str};
const ImExcKind im_exc_kind_NAME = {sizeof(ImExcName), &name_slots, NULL, name_members, NULL, name_traverse, name_clear, name_destroy};

IM_EXC_FIELDS(attr, ImExcAttr, x_obj, 2)
static int attr_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    return init_keywords(t, self, "AttributeError", "(*, obj=None, name=None)", args, nargs, kwnames, &((ImExcAttr *)im_ptr(self))->x_obj, 2);
}
static Value attr_getstate(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    (void)a, (void)n, (void)kw;
    static const char *const names[] = {"name", "args"};
    Value *const fields[] = {&((ImExcAttr *)im_ptr(self))->x_name, &im_excp(self)->x_args};
    Value s = state_with(t, self, names, fields, 2);
    return im_no_value(s) && !im_pending(t) ? IM_NONE : s;
}
static Value attr_reduce(Thread *t, Value self, const Value *a, size_t n, Value kw)
{
    Value state = attr_getstate(t, self, a, n, kw);
    if (im_no_value(state)) return state;
    Value args = im_exc_field(t, &im_excp(self)->x_args), r = im_exc_reduce_with(t, self, args, state);
    im_xdrop(t, args);
    return r;
}
static const ImMethodDef attr_methods[] = {IM_FIXED("__getstate__", attr_getstate, 0, NULL, NULL), IM_FIXED("__reduce__", attr_reduce, 0, NULL, NULL), IM_END};
static const ImMemberDef attr_members[] = {{"name", IM_T_VALUE_NONE, offsetof(ImExcAttr, x_name), false, "attribute name"},
    {"obj", IM_T_VALUE_NONE, offsetof(ImExcAttr, x_obj), false, "object"}, IM_END};
static const ImSlots attr_slots = {.new_ = im_exc_new, .init = attr_init, .str = im_exc_str};
const ImExcKind im_exc_kind_ATTR = {sizeof(ImExcAttr), &attr_slots, attr_methods, attr_members, NULL, attr_traverse, attr_clear, attr_destroy};
