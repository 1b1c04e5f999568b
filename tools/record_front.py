# Records tests/front/cases.exp from sources.txt. Run with CPython 3.13, from the repository's root.
# SPDX-License-Identifier: MIT
import ast
import warnings

ast.repr = ascii
MODES = {"e": "exec", "v": "eval", "s": "single", "f": "func_type"}


def expected(src, mode, flags):
    compile_flags = 0x400 | (0x1000 if flags & 1 else 0) | (0x4000 if flags & 2 else 0) | (0x200 if flags & 4 else 0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            text = ast.dump(compile(src, "<x>", MODES[mode], compile_flags), include_attributes=True)
        except SyntaxError as e:
            line = str(e.text).replace("\n", "\\n")
            text = f"{type(e).__name__}|{e.msg}|{e.lineno}|{e.offset}|{e.end_lineno}|{e.end_offset}|{line}"
        except MemoryError as e:
            text = f"MemoryError|{e}|None|None|None|None|None"
    return "".join(f"SyntaxWarning|{w.message}|{w.lineno}|" for w in caught) + text


def main():
    seen = set()
    with open("tests/front/sources.txt", encoding="utf-8") as f:
        groups = f.read().rstrip("\n").split("\n====\n")
    with open("tests/front/cases.exp", "w", encoding="utf-8") as out:
        def case(src, mode="e", flags=0):
            if (src, mode, flags) in seen:
                return
            seen.add((src, mode, flags))
            escaped = src.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
            out.write(f"{mode}{flags | 16}\n{escaped}\n{expected(src, mode, flags)}\n")

        for group in groups:
            case(group)
            case(group + "\n", "e", 1)
            case(group, "s", 2)
            for line in group.split("\n"):
                case(line)
                case(line, "s", 6)
                case(line.strip(), "v")
        for src in ("() -> int", "(int, *str, **dict) -> int", "(int,) -> x", "(", "int -> x"):
            case(src, "f")


main()
