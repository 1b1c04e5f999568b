/* _opcode: facts about CPython's opcodes, which opcode.py and dis list by number. Code objects here hold other instructions (sys._imugi.disassemble).
 * SPDX-License-Identifier: MIT */
#include "modules/module.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)t, (void)self, (void)args, (void)nargs, (void)kwnames

typedef struct Range { int16_t first, last; } Range;
static const Range valid_ops[] = {{0, 118}, {149, 222}, {236, 253}, {256, 267}, {-1, 0}};
static const Range arg_ops[] = {{45, 118}, {149, 149}, {162, 206}, {208, 208}, {211, 211}, {220, 222}, {236, 236}, {240, 245}, {248, 253}, {256, 262}, {264, 267}, {-1, 0}};
static const Range const_ops[] = {{83, 83}, {103, 103}, {240, 240}, {-1, 0}};
static const Range name_ops[] = {{63, 63}, {66, 67}, {74, 75}, {82, 82}, {90, 93}, {108, 108}, {113, 114}, {192, 192}, {202, 202}, {205, 206}, {211, 211}, {259, 262}, {-1, 0}};
static const Range jump_ops[] = {{72, 72}, {77, 79}, {97, 100}, {104, 104}, {188, 190}, {256, 257}, {-1, 0}};
static const Range free_ops[] = {{64, 64}, {84, 84}, {89, 89}, {94, 94}, {109, 109}, {-1, 0}};
static const Range local_ops[] = {{3, 3}, {65, 65}, {85, 88}, {110, 112}, {258, 258}, {267, 267}, {-1, 0}};
static const Range exc_ops[] = {{264, 266}, {-1, 0}};

static bool in(const Range *r, int op)
{
    for (; r->first >= 0; r++)
        if (op >= r->first && op <= r->last) return true;
    return false;
}
static Value test(Thread *t, Value v, const Range *r)
{
    int op;
    return im_as_int(t, v, &op) < 0 ? IM_NO_VALUE : im_bool(in(r, op));
}
FN(o_valid) { UNUSED_ARGS; return test(t, args[0], valid_ops); }
FN(o_arg) { UNUSED_ARGS; return test(t, args[0], arg_ops); }
FN(o_const) { UNUSED_ARGS; return test(t, args[0], const_ops); }
FN(o_name) { UNUSED_ARGS; return test(t, args[0], name_ops); }
FN(o_jump) { UNUSED_ARGS; return test(t, args[0], jump_ops); }
FN(o_free) { UNUSED_ARGS; return test(t, args[0], free_ops); }
FN(o_local) { UNUSED_ARGS; return test(t, args[0], local_ops); }
FN(o_exc) { UNUSED_ARGS; return test(t, args[0], exc_ops); }
FN(o_none) { UNUSED_ARGS; return IM_NONE; }
/* Register code has no stack: only the checks of the arguments are CPython's. */
FN(o_stack_effect)
{
    UNUSED_ARGS;
    int op;
    if (im_as_int(t, args[0], &op) < 0) return IM_NO_VALUE;
    if (!in(valid_ops, op)) return im_raise_valueerror(t, "invalid opcode or oparg");
    return im_int(0);
}
static Value strings(Thread *t, const char *const *s, size_t n)
{
    Value list = im_list_new(t, n);
    for (size_t i = 0; i < n && !im_no_value(list); i++) {
        Value v = im_str_from_cstr(t, s[i]);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    return list;
}
FN(o_nb_ops)
{
    UNUSED_ARGS;
    static const char *const names[] = {"NB_ADD", "NB_AND", "NB_FLOOR_DIVIDE", "NB_LSHIFT", "NB_MATRIX_MULTIPLY", "NB_MULTIPLY", "NB_REMAINDER", "NB_OR", "NB_POWER", "NB_RSHIFT",
        "NB_SUBTRACT", "NB_TRUE_DIVIDE", "NB_XOR", "NB_INPLACE_ADD", "NB_INPLACE_AND", "NB_INPLACE_FLOOR_DIVIDE", "NB_INPLACE_LSHIFT", "NB_INPLACE_MATRIX_MULTIPLY",
        "NB_INPLACE_MULTIPLY", "NB_INPLACE_REMAINDER", "NB_INPLACE_OR", "NB_INPLACE_POWER", "NB_INPLACE_RSHIFT", "NB_INPLACE_SUBTRACT", "NB_INPLACE_TRUE_DIVIDE", "NB_INPLACE_XOR"};
    static const char *const signs[] = {"+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^", "+=", "&=", "//=", "<<=", "@=", "*=", "%=", "|=", "**=", ">>=", "-=", "/=", "^="};
    Value list = im_list_new(t, IM_COUNTOF(names));
    for (size_t i = 0; i < IM_COUNTOF(names) && !im_no_value(list); i++) {
        Value a = im_str_from_cstr(t, names[i]), b = im_str_from_cstr(t, signs[i]), p = im_tuple_pack(t, 2, a, b);
        im_xdrop(t, a);
        im_xdrop(t, b);
        if (im_no_value(p) || im_list_append_steal(t, list, p) < 0) IM_CLEAR(t, list);
    }
    return list;
}
FN(o_intrinsic1)
{
    UNUSED_ARGS;
    static const char *const s[] = {"INTRINSIC_1_INVALID", "INTRINSIC_PRINT", "INTRINSIC_IMPORT_STAR", "INTRINSIC_STOPITERATION_ERROR", "INTRINSIC_ASYNC_GEN_WRAP",
        "INTRINSIC_UNARY_POSITIVE", "INTRINSIC_LIST_TO_TUPLE", "INTRINSIC_TYPEVAR", "INTRINSIC_PARAMSPEC", "INTRINSIC_TYPEVARTUPLE", "INTRINSIC_SUBSCRIPT_GENERIC", "INTRINSIC_TYPEALIAS"};
    return strings(t, s, IM_COUNTOF(s));
}
FN(o_intrinsic2)
{
    UNUSED_ARGS;
    static const char *const s[] = {"INTRINSIC_2_INVALID", "INTRINSIC_PREP_RERAISE_STAR", "INTRINSIC_TYPEVAR_WITH_BOUND", "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
        "INTRINSIC_SET_FUNCTION_TYPE_PARAMS", "INTRINSIC_SET_TYPEPARAM_DEFAULT"};
    return strings(t, s, IM_COUNTOF(s));
}
FN(o_executor) { UNUSED_ARGS; return im_raise_runtime(t, "Executors are not available in this build"); }
#define HAS(name, fn) IM_PARSED(name, fn, "($module, /, opcode)", NULL)
static const ImMethodDef methods[] = {
    IM_PARSED("stack_effect", o_stack_effect, "($module, opcode, oparg=None, /, *, jump=None)", "Compute the stack effect of the opcode."), HAS("is_valid", o_valid), HAS("has_arg", o_arg),
    HAS("has_const", o_const), HAS("has_name", o_name), HAS("has_jump", o_jump), HAS("has_free", o_free), HAS("has_local", o_local), HAS("has_exc", o_exc),
    IM_FIXED("get_specialization_stats", o_none, 0, "($module, /)", "Return the specialization stats"), IM_FIXED("get_nb_ops", o_nb_ops, 0, "($module, /)", "Return array of symbols of binary ops."),
    IM_FIXED("get_intrinsic1_descs", o_intrinsic1, 0, "($module, /)", "Return a list of names of the unary intrinsics."),
    IM_FIXED("get_intrinsic2_descs", o_intrinsic2, 0, "($module, /)", "Return a list of names of the binary intrinsics."),
    IM_PARSED("get_executor", o_executor, "($module, /, code, offset)", "Return the executor object at offset in code if exists, None otherwise."), IM_END,
};
static int opcode_exec(Thread *t, Value m) { return im_module_add(t, m, "ENABLE_SPECIALIZATION", im_int(1)); }
static const ImModuleDef opcode_def = {.name = "_opcode", .doc = "Opcode support module.", .methods = methods, .exec = opcode_exec};
IM_MODULE(opcode_def);
