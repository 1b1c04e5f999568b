/* Native bodies of what programs do with the members of enumerations: Color(2), member.value, flags.
 * SPDX-License-Identifier: MIT
 *
 * These stay functions of the library's enum module (modules/bodies.h). A body does what its function does for classes and members as the library makes them and
 * values that are small ints or strings; a value that no member has, a metaclass of one's own, patched functions and everything that raises go the Python way. */
#include "modules/bodies.h"
#include "modules/builtins.h"

enum { N_MEMBERS, N_BY_VALUE, N_NEW, N_GET_VALUE, N_MEMBER_TYPE, N_VALUE, N_NAME, N_FGET, NAMES };
static const char *const name_texts[NAMES] = {"_member_map_", "_value2member_map_", "__new__", "_get_value", "_member_type_", "_value_", "_name_", "fget"};
static Value names[NAMES];          /* interned */
enum { C_CALL, C_NEW, C_GET_VALUE, C_VALUE, C_NAME, CODES };
static ImCode *codes[CODES];        /* the library's functions' */
static Value kept[CODES + 3];       /* roots: what must not come to mean something else */
static Value not_given;             /* default of EnumType.__call__'s `names` */
static ImType *x_meta;              /* EnumType; release, acquire */
static uint32_t x_meta_version;     /* that the checks below were made for */
static uint32_t x_tries;
uint8_t im_enum_bodies_wanted = 1;
static ImMutex finding;
enum { TRIES_MAX = 100 };

/* --- is everything as the library made it? ---------------------------------------------------------------------------------------------------------- */

static bool holds(Thread *t, ImType *ty, int name, int code)
{
    ImAttrEntry *e = im_type_entry(t, ty, names[name]);
    Value v = e && e->kind == IM_ATTR_METHOD ? im_entry_get(t, e) : IM_NO_VALUE;
    bool ok = !im_no_value(v) && im_is_function(v) && im_load_relaxed(&((ImFunction *)im_ptr(v))->x_code) == codes[code];
    im_xdrop(t, v);
    return ok;
}
/* A plain class attribute: owned or no value. */
static Value plain(Thread *t, ImType *ty, int name)
{
    ImAttrEntry *e = im_type_entry(t, ty, names[name]);
    return e && e->kind == IM_ATTR_PLAIN ? im_entry_get(t, e) : IM_NO_VALUE;
}
/* EnumType calls classes and looks up their attributes as it always did. */
static bool meta_is_whole(Thread *t, ImType *meta)
{
    Value call = im_str_interned_cstr("__call__");
    ImAttrEntry *e = im_no_value(call) ? NULL : im_type_entry(t, meta, call);
    Value v = e && e->kind == IM_ATTR_METHOD ? im_entry_get(t, e) : IM_NO_VALUE;
    bool ok = !im_no_value(v) && im_is_function(v) && im_load_relaxed(&((ImFunction *)im_ptr(v))->x_code) == codes[C_CALL] && IM_SLOT(meta, getattr) == im_type_type.slots.getattr;
    im_xdrop(t, v);
    for (int i = N_MEMBERS; ok && i <= N_MEMBER_TYPE; i++) {
        if (i == N_NEW) continue; /* of the metaclass itself, no data descriptor */
        e = im_type_entry(t, meta, names[i]);
        ok = e && e->type && e->kind == IM_ATTR_ABSENT;
    }
    return ok;
}
static IM_NOINLINE bool meta_seen_again(Thread *t, ImType *meta)
{
    uint32_t version = im_load_relaxed(&meta->x_version);
    if (im_load_relaxed(&x_tries) >= TRIES_MAX) return false;
    (void)im_faa_relaxed(&x_tries, 1);
    if (meta_is_whole(t, meta)) im_store_relaxed(&x_meta_version, version);
    return false;
}
/* Is it an enumeration whose metaclass is EnumType itself? */
IM_INLINE bool is_enum(Thread *t, ImType *cls)
{
    ImType *meta = im_type_of(im_type_value(cls));
    if (IM_UNLIKELY(meta != im_load_acquire(&x_meta))) return false;
    return IM_LIKELY(im_load_relaxed(&meta->x_version) == im_load_relaxed(&x_meta_version)) || meta_seen_again(t, meta);
}
/* member._value_ or the like: owned; IM_UNSET where the Python code is to ask. */
static Value attr_of(Thread *t, Value member, int name)
{
    if (IM_UNLIKELY(!im_type_has(im_type_of(member), IM_TF_GENERIC_GETATTR))) return IM_UNSET;
    Value v = im_getattr(t, member, names[name]);
    if (IM_LIKELY(!im_no_value(v))) return v;
    im_exc_clear(t);
    return IM_UNSET;
}
/* Attribute that is a small int. */
IM_INLINE bool int_of(Thread *t, Value member, Value *out)
{
    *out = attr_of(t, member, N_VALUE);
    if (IM_LIKELY(im_is_int(*out))) return true;
    if (im_is_object(*out)) im_drop(t, *out);
    return false;
}

/* cls(value), where a member has that value: owned; IM_UNSET otherwise. cls is_enum. */
static Value member_of(Thread *t, ImType *cls, Value value)
{
    if (IM_UNLIKELY(!im_is_int(value) && !im_is_str_exact(value)) || !holds(t, cls, N_NEW, C_NEW)) return IM_UNSET;
    Value all = plain(t, cls, N_MEMBERS), by_value = plain(t, cls, N_BY_VALUE), v = IM_NO_VALUE;
    if (IM_LIKELY(!im_no_value(all) && im_is_dict_exact(all) && im_dict_len(all) > 0 && !im_no_value(by_value) && im_is_dict_exact(by_value)))
        if (IM_UNLIKELY(im_dict_get(t, by_value, value, &v) < 0)) im_exc_clear(t);
    im_xdrop(t, all);
    im_xdrop(t, by_value);
    return im_no_value(v) ? IM_UNSET : v;
}

/* --- the bodies --------------------------------------------------------------------------------------------------------------------------------------- */

static Value meta_call(Thread *t, const Value *regs)
{
    if (IM_UNLIKELY(!im_is_type(regs[0]) || !im_same(regs[2], not_given))) return IM_UNSET;
    ImType *cls = im_as_type(regs[0]);
    return IM_LIKELY(is_enum(t, cls)) ? member_of(t, cls, regs[1]) : IM_UNSET;
}

/* The ints that a flag operation is about; false: the Python way. */
static bool operands(Thread *t, const Value *regs, ImType **cls, Value *a, Value *b)
{
    *cls = im_type_of(regs[0]);
    if (IM_UNLIKELY(!is_enum(t, *cls) || !holds(t, *cls, N_GET_VALUE, C_GET_VALUE))) return false;
    if (IM_LIKELY(im_type_of(regs[1]) == *cls)) return int_of(t, regs[0], a) && int_of(t, regs[1], b);
    if (!im_is_int(regs[1])) return false;
    Value kind = plain(t, *cls, N_MEMBER_TYPE);
    bool ok = im_same(kind, im_type_value(&im_int_type));
    im_xdrop(t, kind);
    *b = regs[1];
    return ok && int_of(t, regs[0], a);
}
#define FLAG_OP(name, op) \
    static Value name(Thread *t, const Value *regs) \
    { \
        ImType *cls; \
        Value a, b; \
        return IM_LIKELY(operands(t, regs, &cls, &a, &b)) ? member_of(t, cls, im_int(im_int_get(a) op im_int_get(b))) : IM_UNSET; \
    }
FLAG_OP(flag_or, |)
FLAG_OP(flag_and, &)
FLAG_OP(flag_xor, ^)

static Value flag_contains(Thread *t, const Value *regs)
{
    Value a, b;
    ImType *cls = im_type_of(regs[0]);
    if (IM_UNLIKELY(im_type_of(regs[1]) != cls || !is_enum(t, cls) || !int_of(t, regs[0], &a) || !int_of(t, regs[1], &b))) return IM_UNSET;
    return im_bool((im_int_get(a) & im_int_get(b)) == im_int_get(b));
}

/* property.__get__: of `value` and `name`. */
static Value property_get(Thread *t, const Value *regs)
{
    if (IM_UNLIKELY(im_is_none(regs[1]) || !im_is_object(regs[0]) || !im_is_object(regs[1]))) return IM_UNSET;
    Value fget = attr_of(t, regs[0], N_FGET);
    if (IM_UNLIKELY(im_is_unset(fget))) return fget;
    ImCode *code = im_is_function(fget) ? im_load_relaxed(&((ImFunction *)im_ptr(fget))->x_code) : NULL;
    Value v = code && code == codes[C_VALUE] ? attr_of(t, regs[1], N_VALUE) : code && code == codes[C_NAME] ? attr_of(t, regs[1], N_NAME) : IM_UNSET;
    im_drop(t, fget);
    return v;
}

/* --- finding the functions ------------------------------------------------------------------------------------------------------------------------------ */

static const struct Row { const char *cls, *name, *names, *varnames; int code; ImCodeBody body; } rows[] = {
    {"EnumType", "__call__", "_member_map_ _not_given __new__ TypeError _create_", "cls value names module qualname type start boundary values", C_CALL, meta_call},
    {"Enum", "__new__", "type _value2member_map_ KeyError TypeError items _unhashable_values_map_ _member_map_ _value_ getattr __name__ _missing_ Exception isinstance Flag issubclass _boundary_ EJECT int ValueError __qualname__ __context__",
     "cls value name unhashable_values member exc result e ve_exc", C_NEW, NULL},
    {"Flag", "_get_value", "isinstance __class__ _value_ _member_type_ object NotImplemented", "self flag", C_GET_VALUE, NULL},
    {"Enum", "value", "_value_", "self", C_VALUE, NULL},
    {"Enum", "name", "_name_", "self", C_NAME, NULL},
    {"Flag", "__or__", "_get_value NotImplemented TypeError _value_ __class__", "self other other_value flag value", -1, flag_or},
    {"Flag", "__and__", "_get_value NotImplemented TypeError _value_ __class__", "self other other_value flag value", -1, flag_and},
    {"Flag", "__xor__", "_get_value NotImplemented TypeError _value_ __class__", "self other other_value flag value", -1, flag_xor},
    {"Flag", "__contains__", "isinstance __class__ TypeError type __qualname__ _value_", "self other", -1, flag_contains},
    {"property", "__get__", "member AttributeError name fget _attr_type getattr _cls_type _value_ _member_map_ KeyError", "self instance ownerclass", -1, property_get},
};

/* The function that the class's own dict has under that name, out of a staticmethod or an enum.property: owned or no value. */
static Value function_of(Thread *t, Value cls, const char *name)
{
    Value f = im_is_type(cls) ? im_dict_get_cstr(t, im_as_type(cls)->dict, name) : IM_NO_VALUE;
    if (im_no_value(f) || im_is_function(f)) return f;
    Value inner = IM_NO_VALUE;
    if (im_lookup_attr(t, f, im_is_exact(f, &im_staticmethod_type) ? IM_S(__func__) : names[N_FGET], &inner) < 0) im_exc_clear(t);
    im_drop(t, f);
    if (im_is_object(inner) && im_is_function(inner)) return inner;
    im_xdrop(t, inner);
    return IM_NO_VALUE;
}
static void find(Thread *t, Value dict, ImType *meta)
{
    ImCode *found[IM_COUNTOF(rows)];
    for (int i = 0; i < NAMES; i++)
        if (im_no_value(names[i] = im_str_intern_cstr(t, name_texts[i]))) { im_exc_clear(t); return; }
    for (size_t i = 0; i < IM_COUNTOF(rows); i++) {
        const struct Row *r = &rows[i];
        Value cls = im_dict_get_cstr(t, dict, r->cls), f = im_no_value(cls) ? cls : function_of(t, cls, r->name);
        found[i] = im_no_value(f) ? NULL : im_load_acquire(&((ImFunction *)im_ptr(f))->x_code);
        bool ok = found[i] && im_is_library_code(found[i], "enum", r->names, r->varnames) && (i || im_same(cls, im_type_value(meta)));
        if (ok && r->code >= 0) {
            codes[r->code] = found[i];
            kept[r->code] = im_new_ref(im_value(found[i]));
            im_root_add(&kept[r->code]);
        }
        if (ok && i == 0) {
            Value defaults = im_slot_get(t, NULL, &((ImFunction *)im_ptr(f))->x_defaults);
            ok = !im_no_value(defaults) && im_tuple_len(defaults) == 1;
            if (ok) {
                not_given = kept[CODES] = im_new_ref(im_tuple_get(defaults, 0));
                im_root_add(&kept[CODES]);
            }
            im_xdrop(t, defaults);
        }
        im_xdrop(t, f);
        im_xdrop(t, cls);
        if (!ok) return;
    }
    kept[CODES + 1] = im_new_ref(im_type_value(meta));
    im_root_add(&kept[CODES + 1]);
    x_meta_version = im_load_relaxed(&meta->x_version);
    if (!x_meta_version || !meta_is_whole(t, meta)) return;
    im_store_release(&x_meta, meta);
    for (size_t i = 0; i < IM_COUNTOF(rows); i++)
        if (rows[i].body) im_code_set_body(found[i], rows[i].body);
}

void im_enum_bodies_find(Thread *t, Value cls)
{
    ImType *meta = im_is_type(cls) ? im_type_of(cls) : &im_type_type;
    if (meta == &im_type_type || !(im_type_flags(meta) & IM_TF_HEAP) || !im_str_equal_cstr(im_type_name(meta), "EnumType")) return;
    Value m = im_dict_get_cstr(t, im_interp.modules, "enum"), last = IM_NO_VALUE;
    if (!im_no_value(m) && im_is_exact(m, &im_module_type)) last = im_dict_get_cstr(t, im_module_dict(m), "_stdlib_enums"); /* its last assignment */
    if (!im_no_value(last) && im_is_tuple_exact(last)) { /* it was None at first */
        im_mutex_acquire(t, &finding);
        if (im_load_relaxed(&im_enum_bodies_wanted)) find(t, im_module_dict(m), meta);
        im_store_relaxed(&im_enum_bodies_wanted, 0);
        im_mutex_unlock(&finding);
    }
    im_xdrop(t, last);
    im_xdrop(t, m);
}
