# Scaling curves: bench/scaling.py in imugi and, where it is there, free-threaded CPython; a table and a picture.
# SPDX-License-Identifier: MIT
#
#   build/imugi tools/scaling.py [--quick] [--out=FOLDER] [--from=FILE] [THREADS,THREADS… [ROUNDS]]
#     --out     where scaling.md and scaling.svg go (build/)
#     --from    draws what an earlier run left in FOLDER/scaling.txt
#     PEERS=DIR     DIR/bin/python3.13t is measured beside imugi; PEER=path another one, whatever it is
import os, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IMUGI = os.environ.get("IMUGI", sys.executable)


def interpreters():
    found = [("imugi", [IMUGI, "-X", "gil=0"])]
    peer = os.environ.get("PEER") or (os.environ["PEERS"] + "/bin/python3.13t" if os.environ.get("PEERS") else "python3.13t")
    try:
        name = subprocess.run([peer, "-c", "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2], '' if sys._is_gil_enabled() else 'free-threaded')"],
                              capture_output=True, text=True).stdout.strip()
        if name:
            found.append((name, [peer]))
    except OSError:
        pass
    return found


def measure(arguments):
    """[(interpreter, kind, threads, rate)], interpreters one after the other."""
    rows = []
    env = dict(os.environ, PYTHONPATH=ROOT + "/bench")
    for name, command in interpreters():
        with subprocess.Popen([*command, ROOT + "/bench/scaling.py", *arguments], env=env, stdout=subprocess.PIPE, text=True) as p:
            for line in p.stdout:
                kind, threads, rate = line.split()
                rows.append((name, kind, int(threads), float(rate)))
                print(f"\r{name}: {kind} {threads}      ", end="", file=sys.stderr, flush=True)
        if p.returncode:
            sys.exit(f"scaling: {name} ended with {p.returncode}")
    print(file=sys.stderr)
    return rows


def speedups(rows):
    """{kind: {interpreter: [(threads, speed-up over its own one thread)]}}, and the rates of one thread."""
    one = {(name, kind): rate for name, kind, threads, rate in rows if threads == min(r[2] for r in rows)}
    curves = {}
    for name, kind, threads, rate in rows:
        curves.setdefault(kind, {}).setdefault(name, []).append((threads, rate / one[name, kind]))
    return curves, one


def table(rows, cpu):
    curves, one = speedups(rows)
    names = list(dict.fromkeys(r[0] for r in rows))
    counts = sorted({r[2] for r in rows})
    lines = ["# Speed-up against threads", "", f"{cpu}. Work per second of so many threads together, over that of one thread of the same interpreter",
             "(`make bench-threads`). *read*: one object that nobody changes; *write*: one object that all change.", "", "![curves](scaling.svg)", ""]
    head = ["kind"] + [f"{n}, {c}" for n in names for c in counts if c > 1] + ([f"one thread, {names[0]} over {names[1]}"] if len(names) > 1 else [])
    lines += ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    for kind, by in curves.items():
        cells = [kind.replace("_", " ").replace(".", ": ")]
        for n in names:
            got = dict(by.get(n, ()))
            cells += [f"{got[c]:.2f}" if c in got else "-" for c in counts if c > 1]
        if len(names) > 1:
            cells.append(f"{one[names[0], kind] / one[names[1], kind]:.2f}" if (names[1], kind) in one else "-")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def picture(rows):
    """Small panels, one for each kind: threads to the right, speed-up upwards; the dotted line is work that scales fully."""
    curves, _ = speedups(rows)
    names = list(dict.fromkeys(r[0] for r in rows))
    most = max(r[2] for r in rows)
    width, height, columns, pad = 150, 110, 5, 34
    colours = ["#1f6fb2", "#c8541e", "#4a8f3c"]
    panels = len(curves)
    total_w, total_h = columns * (width + pad) + pad, -(-panels // columns) * (height + 2 * pad) + pad
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{total_w}" height="{total_h}" font-family="sans-serif" font-size="11">',
           f'<rect width="{total_w}" height="{total_h}" fill="white"/>']
    for i, name in enumerate(names):
        out.append(f'<text x="{pad + i * 190}" y="18" fill="{colours[i % 3]}" font-weight="bold">{name}</text>')
    for i, (kind, by) in enumerate(curves.items()):
        x0, y0 = pad + i % columns * (width + pad), pad + 8 + i // columns * (height + 2 * pad)
        def at(c, s):
            return f"{x0 + width * c / most:.1f},{y0 + height * (1 - min(s, most) / most):.1f}"
        out.append(f'<text x="{x0}" y="{y0 - 5}">{kind.replace("_", " ").replace(".", ": ")}</text>')
        out.append(f'<rect x="{x0}" y="{y0}" width="{width}" height="{height}" fill="none" stroke="#bbb"/>')
        out.append(f'<polyline points="{at(0, 0)} {at(most, most)}" fill="none" stroke="#999" stroke-dasharray="2 3"/>')
        out.append(f'<text x="{x0 + width}" y="{y0 + height + 13}" text-anchor="end" fill="#666">{most} threads</text>')
        for j, name in enumerate(names):
            points = " ".join(at(c, s) for c, s in by.get(name, ()))
            out.append(f'<polyline points="{points}" fill="none" stroke="{colours[j % 3]}" stroke-width="2"/>')
            if by.get(name):
                c, s = by[name][-1]
                out.append(f'<text x="{x0 + width - 4}" y="{y0 + 14 + 13 * j}" text-anchor="end" fill="{colours[j % 3]}">{s:.1f}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    out, source, arguments = os.path.join(ROOT, "build"), None, []
    for a in sys.argv[1:]:
        if a.startswith("--out="):
            out = a[6:]
        elif a.startswith("--from="):
            source = a[7:]
        else:
            arguments.append(a)
    os.makedirs(out, exist_ok=True)
    if source:
        with open(source) as f:
            cpu, *lines = f.read().splitlines()
        rows = [(n, k, int(c), float(r)) for n, k, c, r in (line.split("\t") for line in lines)]
    else:
        with open("/proc/cpuinfo") as f:
            model = next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "?")
        cpu = f"{model}, {len(os.sched_getaffinity(0))} CPUs, {time.strftime('%Y-%m-%d')}"
        rows = measure(arguments)
        with open(os.path.join(out, "scaling.txt"), "w") as f:
            f.write("\n".join([cpu, *("\t".join(map(str, r)) for r in rows)]) + "\n")
    text = table(rows, cpu)
    with open(os.path.join(out, "scaling.md"), "w") as f:
        f.write(text)
    with open(os.path.join(out, "scaling.svg"), "w") as f:
        f.write(picture(rows))
    print(text)
    print("written to", os.path.join(out, "scaling.md"), "and scaling.svg")


main()
