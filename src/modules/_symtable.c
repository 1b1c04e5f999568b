/* _symtable: the compiler's symbol table as objects, for module symtable.
 *
 * Scopes of inlined comprehensions are shown as the reference shows them: merged into the scope around them.
 * SPDX-License-Identifier: MIT */
#include "front/compile.h"
#include "front/symtable.h"
#include "modules/module.h"

enum { SCOPE_OFFSET = 12 };

typedef struct SymtableEntry {
    ImObject head;
    Value id, name, symbols, varnames, children, type, lineno;
    bool nested;
} SymtableEntry;
IM_TYPE_DECLARE(symtable_entry);

static SymtableEntry *entry_of(Value v) { return (SymtableEntry *)im_ptr(v); }

static int entry_traverse(ImObject *o, ImVisit visit, void *arg)
{
    SymtableEntry *e = (SymtableEntry *)o;
    const Value parts[] = {e->id, e->name, e->symbols, e->varnames, e->children, e->type, e->lineno};
    for (size_t i = 0; i < IM_COUNTOF(parts); i++) {
        int r = im_is_object(parts[i]) ? visit(parts[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void entry_destroy(Thread *t, ImObject *o)
{
    SymtableEntry *e = (SymtableEntry *)o;
    const Value parts[] = {e->id, e->name, e->symbols, e->varnames, e->children, e->type, e->lineno};
    for (size_t i = 0; i < IM_COUNTOF(parts); i++) im_destroy_child(t, parts[i]);
}
static Value entry_repr(Thread *t, Value self)
{
    SymtableEntry *e = entry_of(self);
    return im_str_format(t, "<symtable entry %U(%S), line %S>", e->name, e->id, e->lineno);
}
static Value entry_nested(Thread *t, Value self, void *closure)
{
    (void)t; (void)closure;
    return im_int(entry_of(self)->nested);
}

#define MEMBER(name) {#name, IM_T_VALUE, offsetof(SymtableEntry, name), true, NULL}
static const ImMemberDef entry_members[] = {MEMBER(id), MEMBER(name), MEMBER(symbols), MEMBER(varnames), MEMBER(children), MEMBER(type), MEMBER(lineno), {0}};
static const ImGetSetDef entry_getset[] = {{"nested", entry_nested, NULL, NULL, NULL}, {0}};
static const ImSlots entry_slots = {.repr = entry_repr};
static const ImTypeSpec entry_spec = {.name = "symtable entry", .size = sizeof(SymtableEntry), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &entry_slots,
                                      .getset = entry_getset, .members = entry_members, .traverse = entry_traverse, .destroy = entry_destroy};
IM_TYPE(symtable_entry, &entry_spec);

static Value name_str(Thread *t, const ImName *n)
{
    Value v = im_str_from_wtf8(t, n->s, (ssize_t)n->len);
    return im_no_value(v) ? v : im_str_intern(t, v);
}

/* Where an inlined comprehension's name lives as seen from the scope around it. */
static int place_of(const ImScope *s, const ImSym *sym)
{
    while (sym->place == IM_PLACE_PARENT && s->parent) {
        s = s->parent;
        const ImSym *outer = im_scope_find(s, sym->name);
        if (outer) sym = outer;
    }
    return sym->place == IM_PLACE_PARENT ? IM_PLACE_GLOBAL_IMPLICIT : sym->place;
}

static int add_symbols(Thread *t, Value dict, const ImScope *s, bool merged)
{
    for (uint32_t i = 0; i < s->nsyms; i++) {
        const ImSym *sym = s->syms[i];
        if (merged && (sym->flags & IM_DEF_PARAM)) continue;
        Value name = name_str(t, sym->name);
        if (im_no_value(name)) return -1;
        int r = merged ? im_dict_contains(t, dict, name) : 0;
        if (r == 0) r = im_dict_set(t, dict, name, im_int((int64_t)(sym->flags & 0xFFF) | (int64_t)place_of(s, sym) << SCOPE_OFFSET));
        im_drop(t, name);
        if (r < 0) return -1;
    }
    for (uint32_t i = 0; i < s->nchildren; i++)
        if (s->children[i]->inlined && add_symbols(t, dict, s->children[i], true) < 0) return -1;
    return 0;
}

static Value entry_new(Thread *t, const ImScope *s);

static int add_children(Thread *t, Value list, const ImScope *s)
{
    for (uint32_t i = 0; i < s->nchildren; i++) {
        const ImScope *c = s->children[i];
        if (c->inlined) {
            if (add_children(t, list, c) < 0) return -1;
            continue;
        }
        Value v = entry_new(t, c);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) return -1;
    }
    return 0;
}

static int add_varnames(Thread *t, Value list, const ImScope *s)
{
    for (uint32_t i = 0; i < s->nvarnames; i++) {
        Value v = name_str(t, s->varnames[i]);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) return -1;
    }
    return 0;
}

static Value entry_new(Thread *t, const ImScope *s)
{
    if (im_recurse_enter(t, " during compilation") < 0) return IM_NO_VALUE;
    SymtableEntry *e = (SymtableEntry *)im_instance_alloc(t, &im_symtable_entry_type, 0);
    bool ok = e != NULL;
    if (ok) {
        e->nested = s->nested;
        e->type = im_int(s->kind);
        e->lineno = im_int(s->lineno);
        ok = !im_no_value(e->id = im_int_new(t, (int64_t)(uintptr_t)e)) && !im_no_value(e->name = name_str(t, s->name))
            && !im_no_value(e->symbols = im_dict_new(t)) && !im_no_value(e->varnames = im_list_new(t, 0)) && !im_no_value(e->children = im_list_new(t, 0))
            && add_symbols(t, e->symbols, s, false) == 0 && add_varnames(t, e->varnames, s) == 0 && add_children(t, e->children, s) == 0;
        if (!ok) im_drop(t, im_value(e));
    }
    im_recurse_leave(t);
    return ok ? im_value(e) : IM_NO_VALUE;
}

static Value table_of(Thread *t, const char *text, size_t len, Value filename, ImParseMode mode, unsigned flags)
{
    ImArena a;
    ImSyntaxErr err = {.type = IM_ERR_NONE};
    ImCompileHooks hooks;
    im_arena_init(&a);
    im_compile_hooks(&hooks, t, filename);
    ImFront f = {.arena = &a, .err = &err, .hooks = &hooks.hooks, .stack_limit = t->c_stack_limit};
    const char *name = im_str_utf8(t, filename, NULL);
    if (!name) im_exc_clear(t);
    ImMod *mod = im_parse_source(&a, text, len, name ? name : "?", mode, flags, &hooks.hooks, &err);
    ImSymtable *st = NULL;
    if (mod) {
        im_future_scan(&f, mod);
        if (!im_front_failed(&f)) st = im_symtable_build(&f, mod);
    }
    Value r = im_front_failed(&f) ? im_front_raise(t, &err, filename) : entry_new(t, st->top);
    im_arena_free(&a);
    return r;
}

static Value symtable(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)self; (void)nargs; (void)kwnames;
    if (!im_is_str(args[2])) return im_raise_type(t, "symtable() argument 3 must be str, not %T", args[2]);
    ImParseMode mode;
    if (im_str_equal_cstr(args[2], "exec")) mode = IM_PARSE_EXEC;
    else if (im_str_equal_cstr(args[2], "eval")) mode = IM_PARSE_EVAL;
    else if (im_str_equal_cstr(args[2], "single")) mode = IM_PARSE_SINGLE;
    else return im_raise_valueerror(t, "symtable() arg 3 must be 'exec' or 'eval' or 'single'");
    Value bytes = im_fs_encode(t, args[1]);
    if (im_no_value(bytes)) return bytes;
    Value filename = im_str_fs_decode(t, im_bytes_data(bytes), im_bytes_len(bytes)), r = IM_NO_VALUE;
    im_drop(t, bytes);
    if (im_no_value(filename)) return filename;
    if (im_is_str(args[0])) {
        ssize_t len;
        const char *s = im_str_utf8(t, args[0], &len);
        if (s && memchr(s, 0, (size_t)len)) im_raise(t, &im_SyntaxError_type, "source code string cannot contain null bytes");
        else if (s) r = table_of(t, s, (size_t)len, filename, mode, IM_PARSE_IGNORE_COOKIE);
    } else {
        Value copy = im_bytes_from_object(t, args[0]);
        if (im_no_value(copy)) {
            im_exc_clear(t);
            im_raise_type(t, "symtable() arg 1 must be a string or bytes");
        } else r = table_of(t, im_bytes_data(copy), (size_t)im_bytes_len(copy), filename, mode, 0);
        im_xdrop(t, copy);
    }
    im_drop(t, filename);
    return r;
}

static const ImMethodDef methods[] = {
    IM_FIXED("symtable", symtable, 3, "($module, source, filename, startstr, /)", "Return symbol and scope dictionaries used internally by compiler."), IM_END};

static int symtable_exec(Thread *t, Value m)
{
    static const struct { const char *name; int value; } rows[] = {
        {"USE", IM_DEF_USE}, {"DEF_GLOBAL", IM_DEF_GLOBAL}, {"DEF_NONLOCAL", IM_DEF_NONLOCAL}, {"DEF_LOCAL", IM_DEF_LOCAL}, {"DEF_PARAM", IM_DEF_PARAM},
        {"DEF_FREE", 32}, {"DEF_FREE_CLASS", IM_DEF_FREE_CLASS}, {"DEF_IMPORT", IM_DEF_IMPORT}, {"DEF_BOUND", IM_DEF_BOUND},
        {"DEF_ANNOT", IM_DEF_ANNOT}, {"TYPE_FUNCTION", IM_SCOPE_FUNCTION},
        {"TYPE_CLASS", IM_SCOPE_CLASS}, {"TYPE_MODULE", IM_SCOPE_MODULE}, {"TYPE_ANNOTATION", IM_SCOPE_ANNOTATION}, {"TYPE_TYPE_ALIAS", IM_SCOPE_TYPE_ALIAS},
        {"TYPE_TYPE_PARAMETERS", IM_SCOPE_TYPE_PARAMS}, {"TYPE_TYPE_VARIABLE", IM_SCOPE_TYPE_VAR}, {"LOCAL", IM_PLACE_LOCAL},
        {"GLOBAL_EXPLICIT", IM_PLACE_GLOBAL_EXPLICIT}, {"GLOBAL_IMPLICIT", IM_PLACE_GLOBAL_IMPLICIT}, {"FREE", IM_PLACE_FREE}, {"CELL", IM_PLACE_CELL},
        {"SCOPE_OFF", SCOPE_OFFSET}, {"SCOPE_MASK", 15}};
    for (size_t i = 0; i < IM_COUNTOF(rows); i++)
        if (im_module_add_int(t, m, rows[i].name, rows[i].value) < 0) return -1;
    return 0;
}
static const ImModuleDef symtable_def = {.name = "_symtable", .methods = methods, .exec = symtable_exec};
IM_MODULE(symtable_def);
