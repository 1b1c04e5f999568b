/* Tables about the instructions, generated from ops.def and operands.def.
 * SPDX-License-Identifier: MIT */
#include "code/opinfo.h"

#define EXTRA_OF(s) ((s)[0] == '-' ? IM_EXTRA_NONE : (s)[0] == 'J' ? IM_EXTRA_JMP : (s)[0] == 'C' ? IM_EXTRA_CALL : (s)[0] == 'K' ? IM_EXTRA_K \
    : (s)[1] ? IM_EXTRA_NAME : IM_EXTRA_N)

const uint8_t im_op_length[IM_OP_COUNT] = {
#define OP(name, format, extra, flags, doc) (#extra)[0] == '-' ? 1 : 2,
#include "code/ops.def"
#undef OP
};
const char *const im_op_name[IM_OP_COUNT] = {
#define OP(name, format, extra, flags, doc) #name,
#include "code/ops.def"
#undef OP
};

enum { F_0 = 0, F_R = IM_OPF_R, F_E = IM_OPF_E, F_S = IM_OPF_S, F_RP = IM_OPF_R | IM_OPF_P, F_RE = IM_OPF_R | IM_OPF_E,
    F_RPE = IM_OPF_R | IM_OPF_P | IM_OPF_E, F_RPS = IM_OPF_R | IM_OPF_P | IM_OPF_S, F_RPES = IM_OPF_R | IM_OPF_P | IM_OPF_E | IM_OPF_S };
/* Operand modes by name, so that the two tables need not be in the same order. */
#define OPERANDS(name, a_, b_, c_) enum { M_A_##name = IM_MODE_##a_, M_B_##name = IM_MODE_##b_, M_C_##name = IM_MODE_##c_ };
#include "code/operands.def"
#undef OPERANDS

const ImOpInfo im_op_info[IM_OP_COUNT] = {
#define IM_OPS_GENERIC_ONLY
#define OP(name, format, extra, flags, doc) {IM_FORMAT_##format, EXTRA_OF(#extra), F_##flags, M_A_##name, M_B_##name, M_C_##name},
#include "code/ops.def"
#undef OP
#undef IM_OPS_GENERIC_ONLY
};

/* A specialised instruction is named GENERIC_SOMETHING; this switch gives GENERIC. */
#define SPECIAL(g, s) [OP_##g##_##s] = OP_##g
const uint8_t im_op_generic[IM_OP_COUNT] = {
#define IM_OPS_GENERIC_ONLY
#define OP(name, format, extra, flags, doc) OP_##name,
#include "code/ops.def"
#undef OP
#undef IM_OPS_GENERIC_ONLY
    SPECIAL(LOADGLOBAL, CELL), SPECIAL(LOADGLOBAL, BUILTIN), SPECIAL(STOREGLOBAL, CELL), SPECIAL(LOADNAME, CELL), SPECIAL(LOADNAME, BUILTIN),
    SPECIAL(STORENAME, CELL), SPECIAL(GETATTR, SLOT), SPECIAL(GETATTR, EXTRA), SPECIAL(GETATTR, DICT), SPECIAL(GETATTR, ENTRY),
    SPECIAL(GETATTR, DESCR), SPECIAL(GETATTR, MODULE), SPECIAL(GETATTR, TYPE), SPECIAL(SETATTR, SLOT), SPECIAL(SETATTR, ADD), SPECIAL(SETATTR, DICT), SPECIAL(SETATTR, EXTRA), SPECIAL(SETATTR, DESCR),
    SPECIAL(LOADMETHOD, ENTRY), SPECIAL(LOADMETHOD, MODULE), SPECIAL(LOADMETHOD, TYPE), SPECIAL(LOADMETHOD, DESCR), SPECIAL(LOADMETHOD, DICT), SPECIAL(FORITER, RANGE), SPECIAL(FORITER, LIST),
    SPECIAL(FORITER, TUPLE), SPECIAL(FORITER, GEN), SPECIAL(CALL, PY), SPECIAL(CALL, NATIVE), SPECIAL(CALL, TYPE), SPECIAL(CALL, CLASS), SPECIAL(CALL, ANY), SPECIAL(CALLM, ANY), SPECIAL(CALLM, PY), SPECIAL(CALLM, NATIVE),
    SPECIAL(JUMPBACK, FOR), SPECIAL(JUMPBACK, RANGE), SPECIAL(JUMPBACK, LIST), SPECIAL(GETATTR, UPDATE), SPECIAL(LOADGLOBAL, UPDATE), SPECIAL(LOADNAME, UPDATE), SPECIAL(FORITER, ITEMS), SPECIAL(FORITER, ROW), SPECIAL(FORITER, ANY), SPECIAL(CALL, DEFAULTS), SPECIAL(CALLM, DEFAULTS),
    SPECIAL(CALL, NATIVE1), SPECIAL(CALL, NATIVE_FEW), SPECIAL(CALL, LEN), SPECIAL(CALLM, NATIVE0), SPECIAL(CALLM, NATIVE1), SPECIAL(CALLM, APPEND), SPECIAL(RESUME, BODY),
    SPECIAL(JLT, YES), SPECIAL(JLT, NO), SPECIAL(JLTI, YES), SPECIAL(JLTI, NO),
    SPECIAL(JLE, YES), SPECIAL(JLE, NO), SPECIAL(JLEI, YES), SPECIAL(JLEI, NO),
    SPECIAL(JEQ, YES), SPECIAL(JEQ, NO), SPECIAL(JEQI, YES), SPECIAL(JEQI, NO),
    SPECIAL(JNE, YES), SPECIAL(JNE, NO), SPECIAL(JNEI, YES), SPECIAL(JNEI, NO),
    SPECIAL(JGT, YES), SPECIAL(JGT, NO), SPECIAL(JGTI, YES), SPECIAL(JGTI, NO),
    SPECIAL(JGE, YES), SPECIAL(JGE, NO), SPECIAL(JGEI, YES), SPECIAL(JGEI, NO),
};

static const uint8_t intrinsic_nargs[IM_INTR_COUNT] = {
#define INTR(name, nargs, doc) nargs,
#include "code/intrinsics.def"
#undef INTR
};

static ImRegRanges reading(uint32_t first, uint32_t count) { return (ImRegRanges){.read = {(uint16_t)first, (uint16_t)count}}; }
static ImRegRanges writing(uint32_t first, uint32_t count) { return (ImRegRanges){.write = {(uint16_t)first, (uint16_t)count}}; }

ImRegRanges im_op_ranges(ImOp op, uint32_t a, uint32_t b, uint32_t c, uint32_t extra)
{
    switch (op) {
    case OP_CLEARN: return writing(a, b);
    case OP_LOADMETHOD: case OP_LOADSPECIAL: case OP_PUSHEXC: return writing(a, 2);
    case OP_LOADSUPER: return (ImRegRanges){{(uint16_t)(b ? b - 1 : 0), 3}, {(uint16_t)a, (uint16_t)(1 + (c & 1))}};
    case OP_BUILDSLICE: return reading(b, c);
    case OP_GETSLICE: return reading(c, 2);
    case OP_UNPACK: return writing(a, c);
    case OP_UNPACKEX: return writing(a, c + 1 + (extra < 0xFFFF ? extra : 0xFFFF - 256));
    case OP_BUILDTUPLE: case OP_BUILDLIST: case OP_BUILDSET: case OP_BUILDSTRING: return reading(b, c);
    case OP_BUILDMAP: return reading(b, 2 * c);
    case OP_FORMAT: return reading(b, 1 + ((c & 4) != 0));
    case OP_CALL: return reading(a, b + 1);
    case OP_CALLM: return reading(a, b + 2);
    case OP_CALLEX: return reading(a, 2 + (b == 1));
    case OP_MAKEFUNC: return reading(b, (uint32_t)__builtin_popcount(c & 15));
    case OP_POPEXC: case OP_ENDASYNCFOR: return reading(a, 2);
    case OP_CLEANUPTHROW: return reading(b, 2);
    case OP_EXCARGS: return writing(a, 3);
    case OP_MATCHCLASS: return reading(c, 2);
    case OP_LISTEXTEND: return reading(c == 1 && a ? a - 1 : a, 1);
    case OP_INTRINSIC: return reading(b, c < IM_INTR_COUNT ? intrinsic_nargs[c] : 0);
    default: return (ImRegRanges){{0, 0}, {0, 0}};
    }
}
