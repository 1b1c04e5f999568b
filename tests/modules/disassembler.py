# dis shows register code; what tools look for in it is there: names, imports, constants, lines, jumps.
import dis, io, inspect, modulefinder, sys

def sample(a, b=2, *c):
    import os.path as p
    from sys import exit, path
    global q
    q = a.real + b
    for i in range(10):
        try:
            print(path, g, i[0])
        except ValueError as e:
            pass
    x = "-> 5"
    return [z for z in c if x], (lambda: x)

code = sample.__code__
print([(n, l, f) for n, l, f in dis._find_imports(code)], list(dis._find_store_names(code)))
ins = list(dis.get_instructions(sample))
print({i.argval for i in ins if i.opname == "LOAD_GLOBAL"} == {"range", "print", "g", "ValueError"}, {i.argval for i in ins if i.opname == "LOAD_ATTR"})
print("-> 5" in [i.argval for i in ins if i.opname == "LOAD_CONST"], ins[-1].end_offset == max(i.end_offset for i in ins))
print(all(a.end_offset == b.offset for a, b in zip(ins, ins[1:])), all(i.positions.lineno == i.line_number for i in ins if i.starts_line))
targets = {i.jump_target for i in ins} - {None}
print(bool(targets), targets <= {i.offset for i in ins}, targets <= set(dis.findlabels(code)), all(i.is_jump_target for i in ins if i.offset in targets))
print([line - code.co_firstlineno for _, line in dis.findlinestarts(code) if line][:4])
out = io.StringIO()
dis.dis(sample, file=out)
text = out.getvalue()
print("LOAD_GLOBAL" in text, "ExceptionTable:" in text, "Disassembly of <code object <lambda>" in text)
dis.dis("x + 1")
print(dis.code_info(compile("a = 1", "<x>", "exec")).splitlines()[:2])
for bad in (5, b"ab"):
    try:
        dis.dis(bad)
    except TypeError as e:
        print(e)
try:
    1 / 0
except ZeroDivisionError as e:
    out = io.StringIO()
    dis.distb(e.__traceback__, file=out)
    print([line.split()[line.split().index("-->") + 1] for line in out.getvalue().splitlines() if "-->" in line.split()])
    print(next(i for i in dis.Bytecode.from_traceback(e.__traceback__) if i.opname == "BINARY_OP" and i.offset == e.__traceback__.tb_lasti).argrepr.count(",") == 2)
b = dis.Bytecode("x = y", first_line=10)
print(b, [i.line_number for i in b if i.starts_line], b.dis().count("STORE_NAME"))
print(inspect.getclosurevars(sample).unbound == {"g", "real"})

# sys.call_tracing: what it calls from within a trace function is traced.
log = []
def inner(frame, event, arg):
    log.append((event, frame.f_code.co_name))
    return inner
def run():
    sys.settrace(inner)
    try:
        exec("x = 1", {})
    finally:
        sys.settrace(None)
def outer(frame, event, arg):
    if frame.f_code.co_name == "victim" and event == "line":
        sys.call_tracing(run, ())
    return outer
def victim():
    pass
sys.settrace(outer)
victim()
sys.settrace(None)
print(log)

# The module without statements stands on line 0.
print(list(compile("", "f", "exec").co_lines())[0][2], [line for *_, line in compile("# only this\n", "f", "exec").co_lines()])
