# Single statements, each timed by itself: the native modules and built-in types piece by piece, where the programs of bench/set measure them together.
#
#   build/imugi bench/statements.py [--peer=PATH] [--rounds=3] [--over=1.1] [TEXT…]
#
# Each file of bench/statements is a group: a module whose lines in `def statements()` are what is measured, a line at a time. With a peer both run in turn, ROUNDS
# times, the least time counts; told are the statements that take more than `over` times the peer's, the worst first, and each group's geometric mean.
# Without one: every statement and its nanoseconds. TEXT: only statements "group: …" that contain it.
# SPDX-License-Identifier: MIT
import ast
import glob
import math
import os
import subprocess
import sys
from time import perf_counter

HERE = os.path.dirname(os.path.abspath(__file__))
LEAST, REPEATS = 0.004, 8  # seconds of one measurement, and how many there are


def groups():
    for path in sorted(glob.glob(os.path.join(HERE, "statements", "*.py"))):
        with open(path, encoding="utf-8") as f:
            yield os.path.basename(path)[:-3], f.read()


def loops(name, source):
    """(text, function(n)) of each line of `statements` in a module, which is run for that."""
    tree = ast.parse(source)
    body = next(x for x in tree.body if isinstance(x, ast.FunctionDef) and x.name == "statements").body
    lines = {}
    for node in body:
        lines.setdefault(node.lineno, []).append(node)
    module = type(sys)(f"statements_{name}")
    sys.modules[module.__name__] = module  # pickles find their classes there
    exec(compile(tree, name, "exec"), module.__dict__)
    for nodes in lines.values():
        text = "; ".join(ast.unparse(x) for x in nodes)
        loop = ast.parse("def loop(n):\n    for _ in range(n):\n        pass")
        loop.body[0].body[0].body = nodes
        made = {}
        exec(compile(ast.fix_missing_locations(loop), name, "exec"), module.__dict__, made)
        yield f"{name}: " + " ".join(text.split()), made["loop"]


def seconds(loop):
    n = 1
    while True:
        began = perf_counter()
        loop(n)
        best = perf_counter() - began
        if best > LEAST:
            break
        n *= 2 if best > LEAST / 8 else 8
    for _ in range(REPEATS - 1):
        began = perf_counter()
        loop(n)
        best = min(best, perf_counter() - began)
    return best / n


def measure(texts):
    for name, source in groups():
        for text, loop in loops(name, source):
            if not texts or any(x in text for x in texts):
                print(f"{text}\t{seconds(loop):.4g}", flush=True)


def ask(program, texts, least):
    out = subprocess.run([program, os.path.abspath(__file__), *texts], capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        text, _, value = line.rpartition("\t")
        least[text] = min(float(value), least.get(text, math.inf))


def compare(peer, rounds, over, texts):
    ours, theirs = {}, {}
    for _ in range(rounds):
        ask(sys.executable, texts, ours)
        ask(peer, texts, theirs)
    ratios = {text: ours[text] / theirs[text] for text in ours if text in theirs}
    for text in sorted(ratios, key=ratios.get, reverse=True):
        if ratios[text] >= over:
            print(f"{ratios[text]:6.2f} {ours[text] * 1e9:10.1f} ns {theirs[text] * 1e9:10.1f} ns  {text}")
    by_group = {}
    for text, ratio in ratios.items():
        by_group.setdefault(text.partition(":")[0], []).append(ratio)
    print(f"\n{'group':<14} statements  over {over:g}   geometric mean of time against the peer's")
    for name, all_of in [*by_group.items(), ("all", list(ratios.values()))]:
        mean = math.exp(sum(map(math.log, all_of)) / len(all_of))
        print(f"{name:<14} {len(all_of):10} {sum(x >= over for x in all_of):9}   {mean:.2f}")


def main():
    options = {"peer": "", "rounds": "3", "over": "1.1"}
    texts = []
    for arg in sys.argv[1:]:
        name, _, value = arg[2:].partition("=")
        if arg.startswith("--") and name in options:
            options[name] = value
        else:
            texts.append(arg)
    if options["peer"]:
        compare(options["peer"], int(options["rounds"]), float(options["over"]), texts)
    else:
        measure(texts)


main()
