/* _ast: the classes of syntax trees, and trees between C and Python.
 *
 * The classes are made from the reflection tables of front/ast.h; conversion in both directions walks the same tables. Tables of classes, field names and the single
 * instances of the constant ones are filled when the module is made and live for ever.
 * SPDX-License-Identifier: MIT */
#include "front/compile.h"
#include "modules/module.h"

#include <stdio.h>

enum { MAX_FIELDS = 8, MAX_ENUM = 16 };

static Value node_types[IM_AST_KIND_COUNT];
static Value sum_types[IM_FT_COUNT];             /* expr, stmt … and the enum types */
static Value enum_types[IM_FT_COUNT][MAX_ENUM];  /* Load, Add … */
static Value enum_values[IM_FT_COUNT][MAX_ENUM]; /* their one instance each */
static Value field_names[IM_AST_KIND_COUNT][MAX_FIELDS];
static Value position_names[4];
static const uint16_t position_offsets[4] = {offsetof(ImNode, lineno), offsetof(ImNode, col_offset), offsetof(ImNode, end_lineno), offsetof(ImNode, end_col_offset)};
static bool ready;
IM_TYPE_DECLARE(AST);

/* ---- the base class ---- */

static Value fields_of(Thread *t, ImType *type)
{
    Value v = im_type_lookup(t, type, IM_S(_fields));
    if (!im_no_value(v) && !im_is_tuple(v)) {
        Value tuple = im_to_tuple(t, v);
        im_drop(t, v);
        return tuple;
    }
    if (im_no_value(v)) im_raise_attr(t, "type object '%N' has no attribute '_fields'", type);
    return v;
}

static int in_tuple(Value tuple, Value name)
{
    for (ssize_t i = 0; i < im_tuple_len(tuple); i++)
        if (im_is_str(im_tuple_get(tuple, i)) && im_str_equal(im_tuple_get(tuple, i), name)) return 1;
    return 0;
}

/* What a field that was not given gets: nothing for optional ones (the class has None), [] for lists, Load() for contexts; else a warning. */
static int default_field(Thread *t, Value self, Value types, Value name)
{
    Value type = IM_NO_VALUE;
    int r = im_is_dict(types) ? im_dict_get(t, types, name, &type) : 0;
    if (r < 0 || !im_is_dict(types)) return r;
    if (r == 0)
        return im_warn(t, &im_DeprecationWarning_type, 1, "Field %R is missing from %N._field_types. This will become an error in Python 3.15.", name,
                       im_type_of(self));
    if (im_same(type, sum_types[IM_FT_expr_context])) r = im_setattr(t, self, name, enum_values[IM_FT_expr_context][IM_AST_Load]);
    else {
        Value origin, args;
        r = im_is_type(type) ? 0 : im_lookup_attr(t, type, IM_S(__origin__), &origin);
        if (r > 0) {
            im_drop(t, origin);
            Value list = im_list_new(t, 0);
            r = im_no_value(list) ? -1 : im_setattr(t, self, name, list);
            im_xdrop(t, list);
        } else if (r == 0) {
            int u = im_is_type(type) ? 0 : im_lookup_attr(t, type, IM_S(__args__), &args); /* X | None */
            if (u > 0) im_drop(t, args);
            else if (u < 0) r = -1;
            else
                r = im_warn(t, &im_DeprecationWarning_type, 1,
                            "%N.__init__ missing 1 required positional argument: '%U'. This will become an error in Python 3.15.", im_type_of(self), name);
        }
    }
    im_drop(t, type);
    return r;
}

static int set_keyword(Thread *t, Value self, Value fields, Value attributes, size_t npos, Value name, Value v)
{
    ImType *type = im_type_of(self);
    if (in_tuple(fields, name)) {
        for (size_t i = 0; i < npos; i++)
            if (im_str_equal(im_tuple_get(fields, (ssize_t)i), name))
                return im_raise_type(t, "%.400s got multiple values for argument %R", im_type_cname(type), name), -1;
    } else if (!in_tuple(attributes, name)
               && im_warn(t, &im_DeprecationWarning_type, 1,
                          "%N.__init__ got an unexpected keyword argument '%U'. Support for arbitrary keyword arguments is deprecated and will be removed in "
                          "Python 3.15.", type, name) < 0)
        return -1;
    return im_setattr(t, self, name, v);
}

static int ast_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImType *type = im_type_of(self);
    Value fields = fields_of(t, type), attributes = im_type_lookup(t, type, IM_S(_attributes)), types = im_type_lookup(t, type, IM_S(_field_types));
    int r = -1;
    if (im_no_value(fields)) goto done;
    size_t n = (size_t)im_tuple_len(fields), nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    if (nargs > n) {
        im_raise_type(t, "%.400s constructor takes at most %zu positional argument%s", im_type_cname(type), n, n == 1 ? "" : "s");
        goto done;
    }
    for (size_t i = 0; i < nargs; i++)
        if (im_setattr(t, self, im_tuple_get(fields, (ssize_t)i), args[i]) < 0) goto done;
    Value none = im_is_tuple(attributes) ? attributes : im_tuple_empty();
    for (size_t i = 0; i < nkw; i++)
        if (set_keyword(t, self, fields, none, nargs, im_tuple_get(kwnames, (ssize_t)i), args[nargs + i]) < 0) goto done;
    for (size_t i = nargs; i < n; i++) {
        Value name = im_tuple_get(fields, (ssize_t)i);
        if (nkw && in_tuple(kwnames, name)) continue;
        if (default_field(t, self, types, name) < 0) goto done;
    }
    r = 0;
done:
    im_xdrop(t, fields);
    im_xdrop(t, attributes);
    im_xdrop(t, types);
    return r;
}

/* (class, (None, …) for the leading fields that are set, attributes). */
static Value ast_reduce(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)args; (void)nargs; (void)kwnames;
    Value dict = im_instance_dict(t, self), fields = im_no_value(dict) ? IM_NO_VALUE : fields_of(t, im_type_of(self)), r = IM_NO_VALUE;
    if (!im_no_value(fields)) {
        size_t n = 0, len = (size_t)im_tuple_len(fields);
        while (n < len && im_dict_contains(t, dict, im_tuple_get(fields, (ssize_t)n)) == 1) n++;
        Value pos = im_pending(t) ? IM_NO_VALUE : im_tuple_new(t, n);
        if (!im_no_value(pos)) {
            for (size_t i = 0; i < n; i++) im_tuple_items(pos)[i] = IM_NONE;
            r = im_tuple_pack(t, 3, im_type_value(im_type_of(self)), pos, dict);
            im_drop(t, pos);
        }
    }
    im_xdrop(t, fields);
    im_xdrop(t, dict);
    return r;
}

static Value get_dict(Thread *t, Value self, void *closure)
{
    (void)closure;
    return im_instance_dict(t, self);
}
static int set_dict(Thread *t, Value self, Value v, void *closure)
{
    (void)closure;
    if (im_no_value(v)) return im_raise_type(t, "cannot delete __dict__"), -1;
    return im_instance_set_dict(t, self, v);
}
static const ImGetSetDef ast_getset[] = {{"__dict__", get_dict, set_dict, NULL, NULL}, {0}};
static const ImMethodDef ast_methods[] = {IM_FIXED("__reduce__", ast_reduce, 0, NULL, NULL), IM_END};
/* Whatever the arguments: __init__ looks at them. */
static Value ast_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args; (void)nargs; (void)kwnames;
    return im_instance_new(t, type);
}
static const ImSlots ast_slots = {.new_ = ast_new, .init = ast_init, .getattr = im_generic_getattr, .setattr = im_generic_setattr};
static const ImTypeSpec ast_spec = {.name = "ast.AST", .size = sizeof(ImObject), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_HAS_DICT, .slots = &ast_slots,
                                    .methods = ast_methods, .getset = ast_getset};
IM_TYPE(AST, &ast_spec);

/* ---- trees to objects ---- */

static Value name_value(Thread *t, const ImName *n)
{
    Value v = im_str_from_wtf8(t, n->s, (ssize_t)n->len);
    return im_no_value(v) ? v : im_str_intern(t, v);
}

static Value node_object(Thread *t, const ImNode *n);

static Value list_object(Thread *t, const void *field, int type)
{
    const ImNodeSeq *s = field; /* all sequences have the same layout */
    Value list = im_list_new(t, (size_t)s->n);
    for (int i = 0; i < s->n && !im_no_value(list); i++) {
        Value v;
        if (type == IM_FT_identifier) v = name_value(t, ((const ImNameSeq *)field)->v[i]);
        else if (type == IM_FT_cmpop) v = im_new_ref(enum_values[type][((const ImCmpOpSeq *)field)->v[i]]);
        else v = node_object(t, s->v[i]);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    return list;
}

static Value field_object(Thread *t, const void *field, const ImFieldInfo *f)
{
    if (f->card == IM_CARD_SEQ) return list_object(t, field, f->type);
    if (f->type == IM_FT_int) return im_int_new(t, *(const int *)field);
    if (f->type >= IM_FT_FIRST_ENUM && f->type < IM_FT_FIRST_NODE) return im_new_ref(enum_values[f->type][*(const int *)field]);
    const void *p = *(const void *const *)field;
    if (!p) return IM_NONE;
    if (f->type == IM_FT_constant) return im_const_value(t, p);
    if (f->type == IM_FT_identifier || f->type == IM_FT_string) return name_value(t, p);
    return node_object(t, p);
}

static Value node_object(Thread *t, const ImNode *n)
{
    if (!n) return IM_NONE;
    if (im_recurse_enter(t, " during ast construction") < 0) return IM_NO_VALUE;
    const ImNodeInfo *info = &im_ast_nodes[n->kind];
    const ImFieldInfo *fields = im_ast_fields((ImNodeKind)n->kind);
    Value obj = im_instance_new(t, im_as_type(node_types[n->kind]));
    for (int i = 0; i < info->nfields && !im_no_value(obj); i++) {
        Value v = field_object(t, (const char *)n + fields[i].offset, &fields[i]);
        if (im_no_value(v) || im_setattr(t, obj, field_names[n->kind][i], v) < 0) IM_CLEAR(t, obj);
        im_xdrop(t, v);
    }
    for (int i = 0; i < 4 && info->has_pos && !im_no_value(obj); i++) {
        int value = *(const int *)((const char *)n + position_offsets[i]);
        if (im_setattr(t, obj, position_names[i], im_int(value)) < 0) IM_CLEAR(t, obj);
    }
    im_recurse_leave(t);
    return obj;
}

static Value to_object(Thread *t, const ImMod *mod)
{
    if (!ready) {
        Value m = im_import(t, "_ast");
        if (im_no_value(m)) return m;
        im_drop(t, m);
    }
    return node_object(t, (const ImNode *)mod);
}

/* ---- objects to trees ---- */

typedef struct From { Thread *t; ImArena *a; } From;

static ImNode *object_node(From *f, Value obj, int type);

static const ImName *object_name(From *f, Value v, bool identifier)
{
    if (identifier ? !im_is_str_exact(v) : !im_is_str_exact(v) && !im_is_bytes(v))
        return im_raise_type(f->t, identifier ? "AST identifier must be of type str" : "AST string must be of type str"), NULL;
    ssize_t len;
    const char *s = im_is_str(v) ? im_str_utf8(f->t, v, &len) : NULL;
    if (!s) {
        if (!im_pending(f->t)) im_raise_type(f->t, "AST string must be of type str");
        return NULL;
    }
    const ImName *n = im_arena_name(f->a, s, (size_t)len);
    if (!n) im_raise_memory(f->t);
    return n;
}

static bool object_int(From *f, Value v, int *out)
{
    int64_t i;
    if (!im_is_int_like(v)) return im_raise_valueerror(f->t, "invalid integer value: %R", v), false;
    if (!im_int_get64(v, &i) || i > INT32_MAX || i < INT32_MIN) return im_raise_overflow(f->t, "Python int too large to convert to C int"), false;
    *out = (int)i;
    return true;
}

static bool object_enum(From *f, Value v, int type, int *out)
{
    const char *const *names = im_ast_enum_names((ImFieldType)type);
    for (int i = 0; names[i]; i++) {
        int r = im_isinstance(f->t, v, enum_types[type][i]);
        if (r < 0) return false;
        if (r) return *out = i, true;
    }
    return im_raise_type(f->t, "expected some sort of %s, but got %R", im_ast_type_name((ImFieldType)type), v), false;
}

static bool valid_constant(From *f, Value v)
{
    if (im_is_none(v) || im_is_bool(v) || im_same(v, IM_ELLIPSIS) || im_is_int_exact(v) || im_is_float_exact(v) || im_is_exact(v, &im_complex_type)
        || im_is_str_exact(v) || im_is_bytes_exact(v))
        return true;
    if (im_is_tuple_exact(v) || im_is_exact(v, &im_frozenset_type)) {
        Value items = im_to_tuple(f->t, v);
        bool ok = !im_no_value(items);
        for (ssize_t i = 0; ok && i < im_tuple_len(items); i++) ok = valid_constant(f, im_tuple_get(items, i));
        im_xdrop(f->t, items);
        return ok;
    }
    return im_raise_type(f->t, "got an invalid type in Constant: %T", v), false;
}

/* One item of a list, or a single field, into *out (a pointer, or an int for enums and ints). */
static bool object_item(From *f, Value v, int type, void *out)
{
    if (type == IM_FT_int) return object_int(f, v, out);
    if (type >= IM_FT_FIRST_ENUM && type < IM_FT_FIRST_NODE) return object_enum(f, v, type, out);
    if (type == IM_FT_constant) return valid_constant(f, v) && (*(ImConst **)out = im_const_from_value(f->t, f->a, v)) != NULL;
    if (im_is_none(v)) return true;
    if (type == IM_FT_identifier || type == IM_FT_string) return (*(const ImName **)out = object_name(f, v, type == IM_FT_identifier)) != NULL;
    return (*(ImNode **)out = object_node(f, v, type)) != NULL;
}

static bool object_list(From *f, Value v, const ImFieldInfo *info, const char *owner, void *field)
{
    if (!im_is_list(v)) return im_raise_type(f->t, "%s field \"%s\" must be a list, not a %.200T", owner, info->name, v), false;
    ssize_t n = im_list_len(v);
    bool ints = info->type == IM_FT_cmpop;
    char *items = im_arena_zalloc(f->a, (size_t)(n ? n : 1) * 8);
    if (!items) return im_raise_memory(f->t), false;
    for (ssize_t i = 0; i < n; i++) {
        Value x = im_list_get(f->t, v, i);
        bool ok = !im_no_value(x) && object_item(f, x, info->type, items + i * (ssize_t)(ints ? sizeof(int) : sizeof(void *)));
        im_xdrop(f->t, x);
        if (ok && im_list_len(v) != n) ok = (im_raise_runtime(f->t, "%s field \"%s\" changed size during iteration", owner, info->name), false);
        if (!ok) {
            if (!im_pending(f->t)) im_raise_runtime(f->t, "%s field \"%s\" changed size during iteration", owner, info->name);
            return false;
        }
    }
    ((ImNodeSeq *)field)->v = (ImNode **)(void *)items;
    ((ImNodeSeq *)field)->n = (int)n;
    return true;
}

static bool object_field(From *f, Value obj, ImNode *n, int i)
{
    const ImFieldInfo *info = &im_ast_fields((ImNodeKind)n->kind)[i];
    const char *owner = im_ast_nodes[n->kind].name;
    void *field = (char *)n + info->offset;
    Value v;
    int r = im_lookup_attr(f->t, obj, field_names[n->kind][i], &v);
    if (r < 0) return false;
    if (r == 0) {
        if (info->card == IM_CARD_SEQ || info->card == IM_CARD_OPT) return true;
        if (info->type == IM_FT_expr_context) return true; /* Load */
        return im_raise_type(f->t, "required field \"%s\" missing from %s", info->name, owner), false;
    }
    bool ok;
    if (info->card == IM_CARD_SEQ) ok = object_list(f, v, info, owner, field);
    else if (im_is_none(v) && info->card == IM_CARD_OPT) ok = true;
    else {
        ok = object_item(f, v, info->type, field);
        if (ok && im_is_none(v) && info->type != IM_FT_constant) ok = (im_raise_valueerror(f->t, "field '%s' is required for %s", info->name, owner), false);
    }
    im_drop(f->t, v);
    return ok;
}

static bool object_positions(From *f, Value obj, const char *owner, int pos[4])
{
    for (int i = 0; i < 4; i++) {
        Value v;
        int r = im_lookup_attr(f->t, obj, position_names[i], &v);
        if (r < 0) return false;
        if (r && i >= 2 && im_is_none(v)) r = 0;
        if (!r) {
            if (i < 2) return im_raise_type(f->t, "required field \"%s\" missing from %s", i ? "col_offset" : "lineno", owner), false;
            pos[i] = pos[i - 2];
            continue;
        }
        bool ok = object_int(f, v, &pos[i]);
        im_drop(f->t, v);
        if (!ok) return false;
    }
    return true;
}

/* The constructor of sum (or the product) that obj is an instance of; -1 with an exception. */
static int kind_of(From *f, Value obj, int type)
{
    ImType *exact = im_type_of(obj);
    for (int k = 0; k < IM_AST_KIND_COUNT; k++)
        if (im_ast_nodes[k].sum == type && im_as_type(node_types[k]) == exact) return k;
    for (int k = 0; k < IM_AST_KIND_COUNT; k++) {
        int r = im_ast_nodes[k].sum == type ? im_isinstance(f->t, obj, node_types[k]) : 0;
        if (r < 0) return -1;
        if (r) return k;
    }
    return im_raise_type(f->t, "expected some sort of %s, but got %R", im_ast_type_name((ImFieldType)type), obj), -1;
}

static ImNode *object_node(From *f, Value obj, int type)
{
    int pos[4] = {0, 0, 0, 0};
    bool has_pos = false, product = false;
    ImNode *n = NULL;
    for (int k = 0; k < IM_AST_KIND_COUNT; k++)
        if (im_ast_nodes[k].sum == type) has_pos = im_ast_nodes[k].has_pos, product = im_ast_nodes[k].is_product;
    char where[64];
    snprintf(where, sizeof where, " while traversing '%s' node", im_ast_type_name((ImFieldType)type));
    if (im_recurse_enter(f->t, where) < 0) return NULL;
    if (!product && has_pos && !object_positions(f, obj, im_ast_type_name((ImFieldType)type), pos)) goto done;
    int kind = product ? -1 : kind_of(f, obj, type);
    if (product) {
        for (int k = 0; k < IM_AST_KIND_COUNT; k++)
            if (im_ast_nodes[k].sum == type) kind = k;
    }
    if (kind < 0) goto done;
    if (!(n = im_ast_new(f->a, (ImNodeKind)kind))) {
        im_raise_memory(f->t);
        goto done;
    }
    for (int i = 0; i < im_ast_nodes[kind].nfields; i++)
        if (!object_field(f, obj, n, i)) {
            n = NULL;
            goto done;
        }
    if (product && has_pos && !object_positions(f, obj, im_ast_nodes[kind].name, pos)) n = NULL;
    if (n) n->lineno = pos[0], n->col_offset = pos[1], n->end_lineno = pos[2], n->end_col_offset = pos[3];
done:
    im_recurse_leave(f->t);
    return n;
}

static ImMod *from_object(Thread *t, ImArena *a, Value v, int mode)
{
    static const ImNodeKind kinds[] = {IM_AST_Module, IM_AST_Expression, IM_AST_Interactive, IM_AST_FunctionType};
    From f = {t, a};
    int r = im_isinstance(t, v, node_types[kinds[mode]]);
    if (r < 0) return NULL;
    if (!r) return im_raise_type(t, "expected %s node, got %.400T", im_ast_nodes[kinds[mode]].name, v), NULL;
    return (ImMod *)(void *)object_node(&f, v, IM_FT_mod);
}

static bool is_ast(Thread *t, Value v)
{
    (void)t;
    return ready && im_is_instance_of(v, &im_AST_type);
}

/* ---- making the classes ---- */

static int set_str(Thread *t, Value dict, const char *key, const char *text)
{
    Value v = text ? im_str_from_cstr(t, text) : IM_NONE;
    int r = im_no_value(v) ? -1 : im_dict_set_cstr(t, dict, key, v);
    im_xdrop(t, v);
    return r;
}

/* "Name(identifier id, expr_context ctx)" */
static void signature_text(ImNodeKind k, char *out, size_t size)
{
    const ImNodeInfo *info = &im_ast_nodes[k];
    const ImFieldInfo *f = im_ast_fields(k);
    size_t n = (size_t)snprintf(out, size, "%s", info->name);
    for (int i = 0; i < info->nfields && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s%s %s", i ? ", " : "(", im_ast_type_name((ImFieldType)f[i].type),
                              f[i].card == IM_CARD_SEQ ? "*" : f[i].card == IM_CARD_OPT ? "?" : "", f[i].name);
    if (info->nfields && n < size) snprintf(out + n, size - n, ")");
}

static Value make_class(Thread *t, const char *name, Value base, const char *doc, Value fields)
{
    Value ns = im_dict_new(t), n = im_str_from_cstr(t, name), bases = im_tuple_pack(t, 1, base), r = IM_NO_VALUE;
    if (!im_no_value(ns) && !im_no_value(n) && !im_no_value(bases) && im_dict_set_cstr(t, ns, "_fields", fields) == 0
        && im_dict_set_cstr(t, ns, "__match_args__", fields) == 0 && set_str(t, ns, "__module__", "ast") == 0 && set_str(t, ns, "__doc__", doc) == 0)
        r = im_type_new(t, &im_type_type, n, bases, ns, NULL, IM_NO_VALUE);
    im_xdrop(t, ns);
    im_xdrop(t, n);
    im_xdrop(t, bases);
    return r;
}

static Value field_names_tuple(Thread *t, ImNodeKind k)
{
    const ImNodeInfo *info = &im_ast_nodes[k];
    Value tuple = im_tuple_new(t, info->nfields);
    for (int i = 0; i < info->nfields && !im_no_value(tuple); i++) {
        Value v = im_str_intern_cstr(t, im_ast_fields(k)[i].name);
        if (im_no_value(v)) IM_CLEAR(t, tuple);
        else {
            im_immortalize(v);
            field_names[k][i] = v;
            im_tuple_items(tuple)[i] = im_new_ref(v);
        }
    }
    return tuple;
}

static Value field_base_type(int type)
{
    switch (type) {
    case IM_FT_identifier: case IM_FT_string: return im_type_value(&im_str_type);
    case IM_FT_int: return im_type_value(&im_int_type);
    case IM_FT_constant: return im_type_value(&im_object_type);
    default: return sum_types[type];
    }
}

static int set_field_types(Thread *t, ImNodeKind k)
{
    const ImNodeInfo *info = &im_ast_nodes[k];
    Value d = im_dict_new(t);
    int r = im_no_value(d) ? -1 : 0;
    for (int i = 0; i < info->nfields && r == 0; i++) {
        const ImFieldInfo *f = &im_ast_fields(k)[i];
        Value base = field_base_type(f->type), v;
        if (f->card == IM_CARD_SEQ) {
            Value args = im_tuple_pack(t, 1, base);
            v = im_no_value(args) ? args : im_generic_alias_new(t, im_type_value(&im_list_type), args);
            im_xdrop(t, args);
        } else v = f->card == IM_CARD_OPT ? im_union_new(t, base, IM_NONE) : im_new_ref(base);
        r = im_no_value(v) ? -1 : im_dict_set(t, d, field_names[k][i], v);
        im_xdrop(t, v);
        if (r == 0 && f->card == IM_CARD_OPT) r = im_setattr(t, node_types[k], field_names[k][i], IM_NONE);
    }
    if (r == 0) r = im_setattr(t, node_types[k], IM_S(_field_types), d);
    if (r == 0) r = im_setattr(t, node_types[k], IM_S(__annotations__), d);
    im_xdrop(t, d);
    return r;
}

static int set_attributes(Thread *t, Value cls, bool positions)
{
    Value v = positions ? im_tuple_from_array(t, position_names, 4) : im_new_ref(im_tuple_empty());
    int r = im_no_value(v) ? -1 : im_setattr(t, cls, IM_S(_attributes), v);
    im_xdrop(t, v);
    for (int i = 2; i < 4 && positions && r == 0; i++) r = im_setattr(t, cls, position_names[i], IM_NONE);
    return r;
}

/* "expr = BoolOp(…)\n     | NamedExpr(…)" */
static Value sum_doc(Thread *t, int type)
{
    ImStrBuilder b;
    char text[512];
    im_sb_init(&b);
    const char *name = im_ast_type_name((ImFieldType)type);
    int r = im_sb_ascii(t, &b, name, -1), count = 0;
    for (int k = 0; k < IM_AST_KIND_COUNT && r == 0; k++) {
        if (im_ast_nodes[k].sum != type) continue;
        signature_text((ImNodeKind)k, text, sizeof text);
        if (count++) {
            r = im_sb_char(t, &b, '\n');
            for (size_t i = 0; i <= strlen(name) && r == 0; i++) r = im_sb_char(t, &b, ' ');
            if (r == 0) r = im_sb_ascii(t, &b, "| ", 2);
        } else r = im_sb_ascii(t, &b, " = ", 3);
        if (r == 0) r = im_sb_ascii(t, &b, text, -1);
    }
    const char *const *names = count ? NULL : im_ast_enum_names((ImFieldType)type);
    for (int i = 0; names && names[i] && r == 0; i++) {
        r = im_sb_ascii(t, &b, i ? " | " : " = ", 3);
        if (r == 0) r = im_sb_ascii(t, &b, names[i], -1);
    }
    if (r == 0) return im_sb_finish(t, &b);
    im_sb_free(&b);
    return IM_NO_VALUE;
}

static int make_sum(Thread *t, int type, bool positions)
{
    Value doc = sum_doc(t, type);
    if (im_no_value(doc)) return -1;
    const char *text = im_str_utf8(t, doc, NULL);
    Value cls = text ? make_class(t, im_ast_type_name((ImFieldType)type), im_type_value(&im_AST_type), text, im_tuple_empty()) : IM_NO_VALUE;
    im_drop(t, doc);
    if (im_no_value(cls)) return -1;
    sum_types[type] = cls;
    im_root_add(&sum_types[type]);
    return set_attributes(t, cls, positions);
}

static int make_node_class(Thread *t, ImNodeKind k)
{
    const ImNodeInfo *info = &im_ast_nodes[k];
    char doc[512];
    signature_text(k, doc, sizeof doc);
    Value fields = field_names_tuple(t, k);
    if (im_no_value(fields)) return -1;
    Value base = info->is_product ? im_type_value(&im_AST_type) : sum_types[info->sum];
    Value cls = make_class(t, info->name, base, doc, fields);
    im_drop(t, fields);
    if (im_no_value(cls)) return -1;
    node_types[k] = cls;
    im_root_add(&node_types[k]);
    if (!info->is_product) return 0;
    sum_types[info->sum] = im_new_ref(cls);
    im_root_add(&sum_types[info->sum]);
    return set_attributes(t, cls, info->has_pos);
}

static int make_enum(Thread *t, int type)
{
    const char *const *names = im_ast_enum_names((ImFieldType)type);
    if (make_sum(t, type, false) < 0) return -1;
    for (int i = 0; names[i]; i++) {
        Value cls = make_class(t, names[i], sum_types[type], names[i], im_tuple_empty()), one = im_no_value(cls) ? cls : im_instance_new(t, im_as_type(cls));
        if (im_no_value(one)) {
            im_xdrop(t, cls);
            return -1;
        }
        Value d = im_dict_new(t);
        if (im_no_value(d) || im_setattr(t, cls, IM_S(_field_types), d) < 0 || im_setattr(t, cls, IM_S(__annotations__), d) < 0) return -1;
        im_drop(t, d);
        enum_types[type][i] = cls;
        enum_values[type][i] = one;
        im_root_add(&enum_types[type][i]);
        im_root_add(&enum_values[type][i]);
    }
    return 0;
}

static int make_all(Thread *t)
{
    static const char *const positions[] = {"lineno", "col_offset", "end_lineno", "end_col_offset"};
    Value empty = im_tuple_empty();
    for (int i = 0; i < 4; i++) {
        position_names[i] = im_str_intern_cstr(t, positions[i]);
        if (im_no_value(position_names[i])) return -1;
        im_immortalize(position_names[i]);
    }
    const char *const names[] = {"_fields", "_attributes", "__match_args__"};
    for (int i = 0; i < 3; i++)
        if (im_dict_set_cstr(t, im_AST_type.dict, names[i], empty) < 0) return -1;
    im_and_acq_rel(&im_AST_type.core.x_flags, ~(uint32_t)IM_TF_IMMUTABLE); /* as its subclasses, and as in CPython */
    im_type_modified(t, &im_AST_type);
    for (int type = IM_FT_FIRST_ENUM; type < IM_FT_FIRST_NODE; type++)
        if (make_enum(t, type) < 0) return -1;
    bool done[IM_FT_COUNT] = {false};
    for (int k = 0; k < IM_AST_KIND_COUNT; k++) {
        const ImNodeInfo *info = &im_ast_nodes[k];
        if (!info->is_product && !done[info->sum]) {
            done[info->sum] = true;
            if (make_sum(t, info->sum, info->has_pos) < 0) return -1;
        }
        if (make_node_class(t, (ImNodeKind)k) < 0) return -1;
    }
    for (int k = 0; k < IM_AST_KIND_COUNT; k++)
        if (set_field_types(t, (ImNodeKind)k) < 0) return -1;
    ready = true;
    return 0;
}

static int ast_exec(Thread *t, Value m)
{
    if (!ready && make_all(t) < 0) return -1;
    Value d = im_module_dict(m);
    if (im_dict_set_cstr(t, d, "AST", im_type_value(&im_AST_type)) < 0) return -1;
    for (int k = 0; k < IM_AST_KIND_COUNT; k++) {
        const ImNodeInfo *info = &im_ast_nodes[k];
        if (im_dict_set_cstr(t, d, info->name, node_types[k]) < 0) return -1;
        if (im_dict_set_cstr(t, d, im_ast_type_name((ImFieldType)info->sum), sum_types[info->sum]) < 0) return -1;
    }
    for (int type = IM_FT_FIRST_ENUM; type < IM_FT_FIRST_NODE; type++) {
        const char *const *names = im_ast_enum_names((ImFieldType)type);
        if (im_dict_set_cstr(t, d, im_ast_type_name((ImFieldType)type), sum_types[type]) < 0) return -1;
        for (int i = 0; names[i]; i++)
            if (im_dict_set_cstr(t, d, names[i], enum_types[type][i]) < 0) return -1;
    }
    im_ast_hooks.is_ast = is_ast;
    im_ast_hooks.from_object = from_object;
    return im_module_add_int(t, m, "PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000) < 0 || im_module_add_int(t, m, "PyCF_ONLY_AST", 0x400) < 0
        || im_module_add_int(t, m, "PyCF_TYPE_COMMENTS", 0x1000) < 0 || im_module_add_int(t, m, "PyCF_OPTIMIZED_AST", 0x8400) < 0 ? -1 : 0;
}

static const ImModuleDef ast_module = {.name = "_ast", .exec = ast_exec};
IM_MODULE(ast_module);

/* compile(…, PyCF_ONLY_AST) works before anybody imports the module. */
__attribute__((constructor)) static void set_hook(void) { im_ast_hooks.to_object = to_object; }
