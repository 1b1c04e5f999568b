"""Disassembler of the interpreter's register code.
SPDX-License-Identifier: MIT

The functions and classes are those of CPython's module of this name. What they show is the code that runs here: instructions with
operands instead of a stack, in units of four bytes. An instruction that does what one of CPython's does bears its name
(LOAD_GLOBAL, IMPORT_NAME, RETURN_VALUE …), so that programs that look for names, attributes and imports find them.
In the listing r is a variable's name, tN a temporary, kN a constant, #N a number.
"""
import collections
import io
import sys
import types

from opcode import *
from opcode import __all__ as _opcodes_all

__all__ = ["code_info", "dis", "disassemble", "distb", "disco", "findlinestarts", "findlabels", "show_code", "get_instructions", "Instruction",
           "Bytecode"] + _opcodes_all
del _opcodes_all

_UNIT = 2   # offsets count as co_lines(), co_positions() and f_lasti do: two for a unit,
_BYTES = 4  # which are four bytes of co_code
_NAMES = {
    "LOADGLOBAL": "LOAD_GLOBAL", "STOREGLOBAL": "STORE_GLOBAL", "DELGLOBAL": "DELETE_GLOBAL", "LOADNAME": "LOAD_NAME", "STORENAME": "STORE_NAME",
    "DELNAME": "DELETE_NAME", "GETATTR": "LOAD_ATTR", "LOADMETHOD": "LOAD_ATTR", "LOADSUPER": "LOAD_SUPER_ATTR", "SETATTR": "STORE_ATTR",
    "DELATTR": "DELETE_ATTR", "IMPORTNAME": "IMPORT_NAME", "IMPORTFROM": "IMPORT_FROM", "LOADK": "LOAD_CONST", "LOADKX": "LOAD_CONST", "LOADI": "LOAD_CONST",
    "RETURN": "RETURN_VALUE", "RETURNK": "RETURN_CONST", "YIELD": "YIELD_VALUE", "RAISE": "RAISE_VARARGS", "CALLEX": "CALL_FUNCTION_EX",
    "MAKEFUNC": "MAKE_FUNCTION", "LOADBUILDCLASS": "LOAD_BUILD_CLASS", "GETITER": "GET_ITER", "FORITER": "FOR_ITER", "DELITEM": "DELETE_SUBSCR",
    "SETITEM": "STORE_SUBSCR", "LOADASSERT": "LOAD_ASSERTION_ERROR", "LOADLOCALS": "LOAD_LOCALS", "GETAWAITABLE": "GET_AWAITABLE",
    "JUMP": "JUMP_FORWARD", "JUMPBACK": "JUMP_BACKWARD", "CALLM": "CALL", "GENSTART": "RETURN_GENERATOR", "PUSHEXC": "PUSH_EXC_INFO",
    "POPEXC": "POP_EXCEPT", "NEG": "UNARY_NEGATIVE", "INVERT": "UNARY_INVERT", "NOT": "UNARY_NOT", "GETITEM": "BINARY_SUBSCR", "GETITEMI": "BINARY_SUBSCR",
    "GETSLICE": "BINARY_SLICE", "BUILDSLICE": "BUILD_SLICE", "BUILDTUPLE": "BUILD_TUPLE", "BUILDLIST": "BUILD_LIST", "BUILDSET": "BUILD_SET",
    "BUILDMAP": "BUILD_MAP", "BUILDSTRING": "BUILD_STRING", "LISTAPPEND": "LIST_APPEND", "SETADD": "SET_ADD", "MAPADD": "MAP_ADD",
    "LISTEXTEND": "LIST_EXTEND", "SETUPDATE": "SET_UPDATE", "DICTUPDATE": "DICT_UPDATE", "DICTMERGE": "DICT_MERGE", "UNPACK": "UNPACK_SEQUENCE",
    "UNPACKEX": "UNPACK_EX", "MATCHSEQ": "MATCH_SEQUENCE", "MATCHMAP": "MATCH_MAPPING", "MATCHKEYS": "MATCH_KEYS", "MATCHCLASS": "MATCH_CLASS",
    "GETLEN": "GET_LEN", "MAKECELL": "MAKE_CELL", "LOADCELL": "LOAD_DEREF", "LOADFREE": "LOAD_DEREF", "STORECELL": "STORE_DEREF",
    "STOREFREE": "STORE_DEREF", "DELCELL": "DELETE_DEREF", "DELFREE": "DELETE_DEREF", "DELLOCAL": "DELETE_FAST", "LOADFAR": "LOAD_FAST",
    "STOREFAR": "STORE_FAST", "DELFAR": "DELETE_FAST", "GETAITER": "GET_AITER", "GETANEXT": "GET_ANEXT", "GETYIELDFROM": "GET_YIELD_FROM_ITER",
    "ENDASYNCFOR": "END_ASYNC_FOR", "CLEANUPTHROW": "CLEANUP_THROW", "CHECKEG": "CHECK_EG_MATCH", "JNOTEXC": "CHECK_EXC_MATCH",
    "JF": "POP_JUMP_IF_FALSE", "JT": "POP_JUMP_IF_TRUE", "JNONE": "POP_JUMP_IF_NONE", "JNOTNONE": "POP_JUMP_IF_NOT_NONE",
}
# Arithmetic and comparisons, also those that jump by their result: the operator.
_BINARY = {"ADD": "+", "SUB": "-", "MUL": "*", "MATMUL": "@", "TRUEDIV": "/", "FLOORDIV": "//", "MOD": "%", "POW": "**", "LSHIFT": "<<", "RSHIFT": ">>",
           "AND": "&", "XOR": "^", "OR": "|"}
_BINARY |= {"I" + op: sign + "=" for op, sign in _BINARY.items()}
_BINARY |= {op + "I": _BINARY[op] for op in ("ADD", "SUB", "IADD", "ISUB")}
_COMPARE = {"LT": "<", "LE": "<=", "EQ": "==", "NE": "!=", "GT": ">", "GE": ">="}
_COMPARE |= {"J" + op: sign for op, sign in _COMPARE.items()} | {"J" + op + "I": sign for op, sign in _COMPARE.items()}
_TESTS = {"IS": ("IS_OP", 0), "ISNOT": ("IS_OP", 1), "JIS": ("IS_OP", 0), "IN": ("CONTAINS_OP", 0), "NOTIN": ("CONTAINS_OP", 1), "JIN": ("CONTAINS_OP", 0)}
_NAMES |= dict.fromkeys(_BINARY, "BINARY_OP") | dict.fromkeys(_COMPARE, "COMPARE_OP") | {op: test[0] for op, test in _TESTS.items()}
_WITH_NAME = {"LOADGLOBAL", "STOREGLOBAL", "DELGLOBAL", "LOADNAME", "STORENAME", "DELNAME", "GETATTR", "SETATTR", "DELATTR", "LOADMETHOD", "LOADSUPER",
              "LOADCLASSFREE", "LOADCLASSGLOBAL", "LOADCLASSDEREF", "IMPORTNAME", "IMPORTFROM"}
_FAR_CONSTANT = {"LOADKX", "MAKEFUNC"}
_NEAR_CONSTANT = {"LOADK", "RETURNK"}

_have_code = (types.MethodType, types.FunctionType, types.CodeType, classmethod, staticmethod, type)
_no_positions = (None, None, None, None)

COMPILER_FLAG_NAMES = {
    1: "OPTIMIZED", 2: "NEWLOCALS", 4: "VARARGS", 8: "VARKEYWORDS", 16: "NESTED", 32: "GENERATOR", 64: "NOFREE", 128: "COROUTINE",
    256: "ITERABLE_COROUTINE", 512: "ASYNC_GENERATOR",
}


def pretty_flags(flags):
    """Names of a code object's flags."""
    names = []
    for i in range(32):
        if flags & 1 << i:
            names.append(COMPILER_FLAG_NAMES.get(1 << i, hex(1 << i)))
            flags ^= 1 << i
    if flags:
        names.append(hex(flags))
    return ", ".join(names) or hex(0)


class _Unknown:
    def __repr__(self):
        return "<unknown>"


UNKNOWN = _Unknown()

Positions = collections.namedtuple("Positions", "lineno end_lineno col_offset end_col_offset", defaults=[None] * 4)

_Instruction = collections.namedtuple(
    "_Instruction", "opname opcode arg argval argrepr offset start_offset starts_line line_number label positions cache_info",
    defaults=[None, None, None])
_Instruction.opname.__doc__ = "Name of the operation"
_Instruction.opcode.__doc__ = "Its number in this interpreter"
_Instruction.arg.__doc__ = "Number of the name, constant or target, otherwise None"
_Instruction.argval.__doc__ = "The name, constant or target itself, otherwise the operands as text"
_Instruction.argrepr.__doc__ = "The operands as the listing shows them"
_Instruction.offset.__doc__ = "Where the operation starts, as f_lasti counts"
_Instruction.start_offset.__doc__ = "The same: nothing stands before an operation"
_Instruction.starts_line.__doc__ = "True if a source line starts here"
_Instruction.line_number.__doc__ = "Its source line, or None"
_Instruction.label.__doc__ = "Number of the label if something jumps here, otherwise None"
_Instruction.positions.__doc__ = "dis.Positions: span of source text"
_Instruction.cache_info.__doc__ = "The second unit of a long operation as a list of (name, number of entries in co_positions(), bytes), or None"


class Instruction(_Instruction):
    """One operation of a code object."""

    @property
    def oparg(self):
        """Alias of arg."""
        return self.arg

    @property
    def baseopcode(self):
        """The operation's number: listings show no specialised forms."""
        return self.opcode

    @property
    def baseopname(self):
        """Its name."""
        return self.opname

    @property
    def cache_offset(self):
        """End of the operation."""
        return self.end_offset

    @property
    def end_offset(self):
        """Where the next operation starts."""
        return self._end

    @property
    def jump_target(self):
        """Offset that this operation may jump to, or None."""
        return self._target

    @property
    def is_jump_target(self):
        """True if something jumps here."""
        return self.label is not None

    _end = _target = None

    def __str__(self):
        out = io.StringIO()
        Formatter(file=out).print_instruction(self, False)
        return out.getvalue()


def _decode(code):
    """(unit, end unit, op, first unit, operands as text, second unit or None, target unit or None) of each instruction."""
    raw = code.co_code
    rows = []
    for row in sys._imugi.disassemble(code).splitlines():
        if row[6:11].strip().isdigit():
            rows.append((int(row[6:11]), row[13:]))
    for i, (unit, text) in enumerate(rows):
        end = rows[i + 1][0] if i + 1 < len(rows) else len(raw) // _BYTES
        op, _, operands = text.partition(" ")
        operands = operands.strip()
        at = unit * _BYTES
        first = int.from_bytes(raw[at:at + 4], sys.byteorder)
        extra = int.from_bytes(raw[at + 4:at + 8], sys.byteorder) if end - unit > 1 else None
        target = None
        if "-> " in operands and op not in _WITH_NAME and op not in _NEAR_CONSTANT and op not in _FAR_CONSTANT:
            target = int(operands.rpartition("-> ")[2])
        yield unit, end, op, first, operands, extra, target


def _operands(op, first, operands, extra, target, code, labels):
    """arg, argval, argrepr"""
    if op in _WITH_NAME:
        name = code.co_names[extra & 0xFFFF]
        head = operands.rpartition(" ")[0]
        return extra & 0xFFFF, name, ", ".join(head.split() + [name])
    if op in _NEAR_CONSTANT or op in _FAR_CONSTANT:
        k = extra if op in _FAR_CONSTANT else first >> 16
        registers = operands.partition(f"k{k}(")[0].split()
        value = code.co_consts[k] if k < len(code.co_consts) else UNKNOWN
        return k, value, ", ".join(registers + [repr(value)])
    if op == "LOADI":
        value = (first >> 16 ^ 0x8000) - 0x8000
        return value, value, operands.replace(" #", ", ")
    if op in _BINARY or op in _COMPARE or op in _TESTS:
        text = ", ".join(operands.split())
        if target is not None:
            label = labels.get(target * _UNIT)
            text = ", ".join(operands.rpartition("-> ")[0].split() + [f"to L{label}" if label else f"to {target * _UNIT}"])
        if op in _TESTS:
            return _TESTS[op][1], _TESTS[op][1], text + (" (not)" if _TESTS[op][1] else "")
        sign = _BINARY.get(op) or _COMPARE[op]
        return None, sign, f"{text} ({sign})"
    if target is not None:
        registers = operands.rpartition("-> ")[0].split()
        label = labels.get(target * _UNIT)
        return target, target * _UNIT, ", ".join(registers + [f"to L{label}" if label else f"to {target * _UNIT}"])
    if not operands:
        return None, None, ""
    if "free" in operands and op.endswith(("FREE", "FREECELL")):
        head, _, n = operands.rpartition("free")
        if n.isdigit() and int(n) < len(code.co_freevars):
            return int(n), code.co_freevars[int(n)], ", ".join(head.split() + [code.co_freevars[int(n)]])
    text = operands if "(" in operands else ", ".join(operands.split())
    return None, text, text


def _targets(code):
    found = {row[6] * _UNIT for row in _decode(code) if row[6] is not None}
    for handler in _handlers(code):
        found.update(handler[:3])
    return sorted(found)


def _handlers(code):
    """(start, end, handler, depth) of protected regions."""
    for row in sys._imugi.disassemble(code).splitlines():
        row = row.strip()
        if row.startswith("["):
            start, end, handler, depth = row.replace("[", "").replace(",", "").replace(")", "").replace("-> ", "").replace("depth ", "").split()[:4]
            yield int(start) * _UNIT, int(end) * _UNIT, int(handler) * _UNIT, depth


def _instructions(code, line_offset=0):
    starts = dict(findlinestarts(code))
    labels = {at: n for n, at in enumerate(_targets(code), 1)}
    positions = list(code.co_positions())
    line = None
    for unit, end, op, first, operands, extra, target in _decode(code):
        at = unit * _UNIT
        starts_line = at in starts
        if starts_line:
            line = starts[at]
            if line is not None:
                line += line_offset
        span = positions[at // 2] if at // 2 < len(positions) else _no_positions
        arg, value, text = _operands(op, first, operands, extra, target, code, labels)
        more = None if extra is None else [("operands", 1, extra.to_bytes(_BYTES, sys.byteorder))]
        one = Instruction(_NAMES.get(op, op), first & 0xFF, arg, value, text, at, at, starts_line, line, labels.get(at), Positions(*span), more)
        one._end = end * _UNIT
        if target is not None:
            one._target = target * _UNIT
        yield one


# ---- code objects ------------------------------------------------------------------------------------------------------------------------------------


def _try_compile(source, name):
    try:
        return compile(source, name, "eval")
    except SyntaxError:
        return compile(source, name, "exec")


def _get_code_object(x):
    """The code object of a function, method, generator, coroutine, class of code, or source text."""
    x = getattr(x, "__func__", x)
    for attribute in "__code__", "gi_code", "ag_code", "cr_code":
        if hasattr(x, attribute):
            x = getattr(x, attribute)
            break
    if isinstance(x, str):
        x = _try_compile(x, "<disassembly>")
    if hasattr(x, "co_code"):
        return x
    raise TypeError("don't know how to disassemble %s objects" % type(x).__name__)


def code_info(x):
    """Text about a code object: its name, numbers of arguments, constants, names and variables."""
    code = _get_code_object(x)
    lines = ["Name:              %s" % code.co_name, "Filename:          %s" % code.co_filename, "Argument count:    %s" % code.co_argcount,
             "Positional-only arguments: %s" % code.co_posonlyargcount, "Kw-only arguments: %s" % code.co_kwonlyargcount,
             "Number of locals:  %s" % code.co_nlocals, "Stack size:        %s" % code.co_stacksize, "Flags:             %s" % pretty_flags(code.co_flags)]
    for title, values, show in (("Constants", code.co_consts, repr), ("Names", code.co_names, str), ("Variable names", code.co_varnames, str),
                                ("Free variables", code.co_freevars, str), ("Cell variables", code.co_cellvars, str)):
        if values:
            lines.append(title + ":")
            lines += ["%4d: %s" % (i, show(v)) for i, v in enumerate(values)]
    return "\n".join(lines)


def show_code(co, *, file=None):
    """Prints code_info(co)."""
    print(code_info(co), file=file)


def findlinestarts(code):
    """(offset, line) wherever the line changes; the line may be None."""
    last = False
    for start, end, line in code.co_lines():
        if line is not last:
            last = line
            yield start, line


def findlabels(code):
    """Offsets that something in the code object jumps to."""
    return _targets(_get_code_object(code))


def get_instructions(x, *, first_line=None, show_caches=None, adaptive=False):
    """The instructions of a function, method, code object or source text.

    Lines are counted from first_line if it is given. show_caches and adaptive are accepted and change nothing."""
    code = _get_code_object(x)
    return _instructions(code, first_line - code.co_firstlineno if first_line is not None else 0)


def _find_imports(co):
    """(name, level, fromlist) of each import statement of a code object."""
    recent = []
    for i in _instructions(co):
        if i.opname == "IMPORT_NAME" and len(recent) == 2 and all(r.opname == "LOAD_CONST" for r in recent):
            yield i.argval, recent[0].argval, recent[1].argval
        recent = recent[-1:] + [i]


def _find_store_names(co):
    """Global names that a code object assigns to."""
    for i in _instructions(co):
        if i.opname in ("STORE_NAME", "STORE_GLOBAL"):
            yield i.argval


# ---- printing ------------------------------------------------------------------------------------------------------------------------------------------


class Formatter:
    """Prints instructions in columns: line, label, offset, operation, operands. A width of 0 leaves a column out."""

    def __init__(self, file=None, lineno_width=0, offset_width=0, label_width=0, line_offset=0, show_caches=False):
        self.file = file
        self.lineno_width = lineno_width
        self.offset_width = offset_width
        self.label_width = label_width

    def print_instruction(self, instr, mark_as_current=False):
        fields = []
        if self.lineno_width:
            if instr.starts_line and instr.offset > 0:
                print(file=self.file)
            text = ("--" if instr.line_number is None else str(instr.line_number)) if instr.starts_line else ""
            fields.append(text.rjust(self.lineno_width))
        if self.label_width:
            fields.append((f"L{instr.label}:" if instr.label is not None else "").rjust(self.label_width))
        if self.offset_width:
            fields.append(str(instr.offset).rjust(self.offset_width))
        fields.append("-->" if mark_as_current else "   ")
        fields.append(instr.opname.ljust(20))
        fields.append(instr.argrepr)
        print(" ".join(fields).rstrip(), file=self.file)

    def print_exception_table(self, handlers, labels):
        if handlers:
            print("ExceptionTable:", file=self.file)
            for start, end, target, depth in handlers:
                print(f"  L{labels[start]} to L{labels[end]} -> L{labels[target]} [{depth}]", file=self.file)


def _print(code, file, lasti, show_offsets, line_offset=0):
    items = list(_instructions(code, line_offset))
    lines = [i.line_number for i in items if i.line_number is not None]
    labels = {i.offset: i.label for i in items if i.label is not None}
    end = len(code.co_code) // _BYTES * _UNIT
    if end not in labels and any(end in h[:3] for h in _handlers(code)):
        labels[end] = len(labels) + 1
    form = Formatter(file, max(3, len(str(max(lines)))) if lines else 0, len(str(end)) if show_offsets else 0, len(str(len(labels))) + 4 if labels else 0)
    for i in items:
        form.print_instruction(i, lasti >= 0 and i.offset <= lasti < i.end_offset)
    form.print_exception_table(list(_handlers(code)), labels)


def disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False, show_offsets=False):
    """Prints the listing of a code object; the instruction at lasti is marked."""
    _print(co, file, lasti, show_offsets)


disco = disassemble


def _disassemble_recursive(code, *, file=None, depth=None, show_offsets=False):
    disassemble(code, file=file, show_offsets=show_offsets)
    if depth is None or depth > 0:
        for x in code.co_consts:
            if hasattr(x, "co_code"):
                print(file=file)
                print("Disassembly of %r:" % (x,), file=file)
                _disassemble_recursive(x, file=file, depth=None if depth is None else depth - 1, show_offsets=show_offsets)


def dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False, show_offsets=False):
    """Prints the listing of a class, method, function, generator, code object, module or source text; without argument of the last traceback.

    Nested code follows, down to depth; None stands for all."""
    if x is None:
        distb(file=file, show_offsets=show_offsets)
        return
    x = getattr(x, "__func__", x)
    for attribute in "__code__", "gi_code", "ag_code", "cr_code":
        if hasattr(x, attribute):
            x = getattr(x, attribute)
            break
    if hasattr(x, "co_code"):
        _disassemble_recursive(x, file=file, depth=depth, show_offsets=show_offsets)
    elif hasattr(x, "__dict__"):
        for name, member in sorted(x.__dict__.items()):
            if isinstance(member, _have_code):
                print("Disassembly of %s:" % name, file=file)
                try:
                    dis(member, file=file, depth=depth, show_offsets=show_offsets)
                except TypeError as e:
                    print("Sorry:", e, file=file)
                print(file=file)
    elif isinstance(x, str):
        _disassemble_recursive(_try_compile(x, "<dis>"), file=file, depth=depth, show_offsets=show_offsets)
    elif isinstance(x, (bytes, bytearray)):
        raise TypeError("raw bytes cannot be disassembled: operands are read with their code object")
    else:
        raise TypeError("don't know how to disassemble %s objects" % type(x).__name__)


def distb(tb=None, *, file=None, show_caches=False, adaptive=False, show_offsets=False):
    """Prints the listing of the innermost frame of a traceback (default: of the last one)."""
    if tb is None:
        try:
            tb = sys.last_exc.__traceback__ if hasattr(sys, "last_exc") else sys.last_traceback
        except AttributeError:
            raise RuntimeError("no last traceback to disassemble") from None
    while tb.tb_next:
        tb = tb.tb_next
    disassemble(tb.tb_frame.f_code, tb.tb_lasti, file=file, show_offsets=show_offsets)


class Bytecode:
    """The instructions of a function, method, code object or source text: iterate over it, or print dis()."""

    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False, adaptive=False, show_offsets=False):
        self.codeobj = code = _get_code_object(x)
        self.first_line = code.co_firstlineno if first_line is None else first_line
        self._line_offset = self.first_line - code.co_firstlineno
        self._original_object = x
        self.current_offset = current_offset
        self.exception_entries = list(_handlers(code))
        self.show_caches = show_caches
        self.adaptive = adaptive
        self.show_offsets = show_offsets

    def __iter__(self):
        return _instructions(self.codeobj, self._line_offset)

    def __repr__(self):
        return f"{type(self).__name__}({self._original_object!r})"

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        """Of the innermost frame of a traceback, with its current instruction."""
        while tb.tb_next:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti, show_caches=show_caches, adaptive=adaptive)

    def info(self):
        """code_info() of the code object."""
        return code_info(self.codeobj)

    def dis(self):
        """The listing as a str."""
        out = io.StringIO()
        _print(self.codeobj, out, -1 if self.current_offset is None else self.current_offset, self.show_offsets, self._line_offset)
        return out.getvalue()


def main(args=None):
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("-C", "--show-caches", action="store_true", help="accepted and ignored: caches are no part of the code")
    parser.add_argument("-O", "--show-offsets", action="store_true", help="show instruction offsets")
    parser.add_argument("infile", nargs="?", default="-")
    options = parser.parse_args(args=args)
    if options.infile == "-":
        name, source = "<stdin>", sys.stdin.buffer.read()
    else:
        name = options.infile
        with open(name, "rb") as f:
            source = f.read()
    dis(compile(source, name, "exec"), show_offsets=options.show_offsets)


if __name__ == "__main__":
    main()
