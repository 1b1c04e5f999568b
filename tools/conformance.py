"""Runs CPython's own test suite on imugi and compares each case with tests/cpython/ledger.
SPDX-License-Identifier: MIT

    build/imugi tools/conformance.py [OPTION…] [ENTRY…]
      ENTRY          test_int, test_asyncio.test_tasks or, for all of a package, test_asyncio
      --group=G,H    groups of tests/cpython/groups (default: all but ci)
      -j N           entries at a time (default 2)
      --match=TEXT   only cases whose name contains TEXT; nothing is compared with the ledger for absence
      --time=N       seconds for an entry that has no limit of its own (default 240)
      --list         print the entries and stop
      --quiet        no line for an entry that is as the ledger says
  --gil          with the GIL (-X gil=1); results in build/conformance-gil
  --out=DIR      results in DIR
  --peer=DIR     DIR holds the results of CPython (IMUGI=…/python3.13 and --out=DIR): prints for each group how many of the
                 cases that ran and passed there pass here, and with --gaps those that do not, the commonest reason first
  --count        runs nothing: counts the results that are there

Each entry is a process of its own with a time limit and a memory limit. What an entry prints is in
build/conformance/ENTRY.log, its cases in build/conformance/ENTRY.cases.

The ledger: "= REASON" gives the reason of the lines below it; a line is the name of a case, or of an entry that cannot
run to its end. "~" before a name: it fails now and then, either is right. "gil:" or "nogil:" before it: the line is for runs
with the GIL, or without it, alone. A failure that is not in the ledger is new;
a name in the ledger that passes, or that does not exist, must be struck off. Both fail the run.
"""
import os
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(ROOT, "tests", "cpython")
OUT = os.path.join(ROOT, "build", "conformance")
IMUGI = os.path.abspath(os.environ.get("IMUGI", os.path.join(ROOT, "build", "imugi")))
MEMORY_KIB = 96 << 20  # of addresses: each thread reserves much and uses little
DATA_KIB = 12 << 20
# Their test files are entries of their own, as in CPython's runner.
SPLIT = {"test_asyncio", "test_concurrent_futures", "test_future_stmt", "test_gdb", "test_inspect",
         "test_multiprocessing_fork", "test_multiprocessing_forkserver", "test_multiprocessing_spawn", "test_pydoc"}
BAD = ("fail", "error", "unexpected")


def read_groups():
    """{group: (title, [(entry, limit or None)])} in the order of the file."""
    groups, current = {}, None
    with open(os.path.join(HERE, "groups"), encoding="utf-8") as f:
        for line in f:
            line = line.partition("#")[0].strip()
            if line.startswith("["):
                name, title = line[1:].split("]", 1)
                current = groups[name] = (title.strip(), [])
            else:
                for word in line.split():
                    name, _, limit = word.partition(":")
                    current[1].append(("test_" + name if not name.startswith("test_") else name, int(limit or 0) or None))
    return groups


def read_ledger(gil):
    """{name: (reason, unsteady)}"""
    known, reason = {}, ""
    try:
        f = open(os.path.join(HERE, "ledger"), encoding="utf-8")
    except FileNotFoundError:
        return known
    with f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if line.startswith("="):
                reason = line[1:].strip()
                continue
            name, _, own = line.partition("  ")
            mode, colon, rest = name.partition(":")
            if colon and mode in ("gil", "nogil"):
                if gil != (mode == "gil"):
                    continue
                name = rest
            unsteady = name.startswith("~")
            name = name.lstrip("~")
            if not (own.strip() or reason):
                sys.exit(f"ledger:{number}: {name} has no reason")
            if name in known:
                sys.exit(f"ledger:{number}: {name} is named twice")
            known[name] = own.strip() or reason, unsteady
    return known


def expand(name, limit):
    import test
    for folder in test.__path__:
        package = os.path.join(folder, name)
        if name in SPLIT and os.path.isdir(package):
            return [(f"{name}.{f.removesuffix('.py')}", limit) for f in sorted(os.listdir(package))
                    if f.startswith("test_") and (f.endswith(".py") or os.path.isdir(os.path.join(package, f)))]
    return [(name, limit)]


class Entry:
    """One process, and afterwards its results: cases = {name: verdict}, end = "" or why it did not come to its end."""

    def __init__(self, name, limit):
        self.name, self.limit = name, limit
        self.cases, self.skips, self.end = {}, {}, ""

    def start(self, match, options):
        base = os.path.join(OUT, self.name)
        self.results = base + ".cases"
        with open(self.results, "wb"), open(base + ".log", "wb") as log:
            self.began = time.monotonic()
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", f'ulimit -v {MEMORY_KIB}; ulimit -d {DATA_KIB}; ulimit -c 0; exec "$@"', "sh", IMUGI, *options,
                 os.path.join(HERE, "entry.py"), self.name, self.results, *match],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=os.path.join(OUT, "tmp"),
                env={k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LC_", "LANG"))} |
                    {"LC_ALL": "C.UTF-8", "TMPDIR": os.path.join(OUT, "tmp")} | ({"PYTHON_GIL": "1"} if options else {}))
        return self

    def ended(self):
        if self.process.poll() is None:
            if time.monotonic() - self.began < self.limit:
                return False
            self.end = f"no end after {self.limit} s"
        # Whatever the entry left running goes with it.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        code = self.process.wait()
        self.seconds = time.monotonic() - self.began
        self.read()
        if not self.end and code < 0:
            self.end = f"killed by {signal.Signals(-code).name}"
        elif not self.end and not self.done:
            self.end = f"exit status {code}"
        if self.end and self.running:
            self.end += f" in {self.running}"
        return True

    def recall(self):
        self.results = os.path.join(OUT, self.name + ".cases")
        if os.path.exists(self.results):
            self.read()
            self.end = "" if self.done else f"ended in {self.running}"
        return False

    def read(self):
        """The results that the file holds; with those of a run before, also after the fact."""
        self.done, self.running = False, None
        with open(self.results, encoding="utf-8") as f:
            for line in f:
                kind, *rest = line.rstrip("\n").split("\t")
                if kind == "done":
                    self.done = True
                elif kind == "start":
                    self.running = rest[0]
                elif kind == "skip" and rest[0] == self.name:
                    self.skips[rest[0]] = rest[1] if len(rest) > 1 else ""
                else:
                    if kind == "skip":
                        self.skips[rest[0]] = rest[1] if len(rest) > 1 else ""
                    self.running = None
                    self.cases[rest[0]] = kind


def judge(entry, known, partial):
    """Lines of what is not as the ledger says, and the known failures met."""
    news, met = [], 0
    if entry.end:
        if entry.name in known:
            return news, 1
        news.append(f"NEW   {entry.name}: {entry.end}")
    elif entry.name in known and not known[entry.name][1] and entry.name not in entry.skips and entry.name not in entry.cases and not partial:
        news.append(f"GONE  {entry.name}: it runs to its end, strike it off the ledger")
    for case, verdict in entry.cases.items():
        if verdict in BAD:
            if case in known:
                met += 1
            else:
                news.append(f"NEW   {case}: {verdict}")
        elif case in known and not known[case][1] and verdict != "skip":
            news.append(f"GONE  {case}: it passes, strike it off the ledger")
    if not entry.end and not partial and entry.name not in entry.skips:
        prefix = entry.name + "."
        for name in known:
            if name.startswith(prefix) and name not in entry.cases and not known[name][1]:
                news.append(f"GONE  {name}: there is no such case")
    return news, met


def compare(plan, folder, gaps, known):
    """Counts against CPython's results, case by case by name. What is skipped there counts for nobody. What is skipped
    here because it is marked as a detail of CPython counts for nobody in the first percentage, as a miss in the second."""
    print(f"\n{'group':<8}{'CPython':>9}{'here':>8}{'of them':>9}{'details':>9}{'with them':>11}")
    for g, (_, entries) in plan.items():
        there, here, details, reasons = 0, 0, 0, {}
        for e in entries:
            peer = Entry(e.name, 0)
            peer.results = os.path.join(folder, e.name + ".cases")
            try:
                peer.read()
            except FileNotFoundError:
                continue
            ran = {c for c, verdict in peer.cases.items() if verdict in ("pass", "expected")}
            detail = {c for c in ran if "implementation detail" in e.skips.get(c, "")}
            details += len(detail)
            ran -= detail
            met = {c for c in ran if e.cases.get(c) in ("pass", "expected")}
            there, here = there + len(ran), here + len(met)
            for case in sorted(ran - met):
                verdict = e.cases.get(case, e.end or "absent")
                why = e.skips.get(case) or e.skips.get(e.name) or (known[case][0] if case in known else "")
                reasons.setdefault(f"{verdict}: {why}" if why else verdict, []).append(case)
        for why, cases in sorted(reasons.items(), key=lambda item: -len(item[1])) if gaps else ():
            print(f"GAP   {len(cases):4} {why}")
            for case in cases:
                print(f"           {case}")
        print(f"{g:<8}{there:9}{here:8}{100 * here / max(there, 1):8.1f}%{details:9}{100 * here / max(there + details, 1):10.1f}%", flush=True)


def main():
    global OUT
    jobs, chosen, match, default, listing, quiet, names = 2, None, [], 240, False, False, []
    mode, peer, gaps, count = [], None, False, False
    words = iter(sys.argv[1:])
    for word in words:
        option, _, value = word.partition("=")
        if word == "-j":
            jobs = int(next(words))
        elif word.startswith("-j"):
            jobs = int(word[2:])
        elif option == "--group":
            chosen = value.split(",")
        elif option == "--match":
            match.append(value)
        elif option == "--time":
            default = int(value)
        elif word == "--list":
            listing = True
        elif word == "--quiet":
            quiet = True
        elif word == "--gil":
            mode, OUT = ["-X", "gil=1"], OUT + "-gil"
        elif option == "--out":
            OUT = os.path.abspath(value)
        elif option == "--peer":
            peer = value
        elif word == "--gaps":
            gaps = True
        elif word == "--count":
            count = True
        elif word.startswith("-"):
            sys.exit(__doc__)
        else:
            names.append(word)
    groups, known = read_groups(), read_ledger(bool(mode))
    for g in chosen or ():
        if g not in groups:
            sys.exit(f"conformance: no group {g}; there are {' '.join(groups)}")
    limits = {name: limit for _, entries in groups.values() for name, limit in entries if limit}
    if names:
        plan = {"named": ("named", [(n, limits.get(n.partition(".")[0])) for n in names])}
    else:
        plan = {g: groups[g] for g in groups if (g in chosen if chosen else g != "ci")}
    plan = {g: (title, [Entry(n, limit or limits.get(n) or default) for e in entries for n, limit in expand(*e)])
            for g, (title, entries) in plan.items()}
    if listing:
        for _, entries in plan.values():
            for e in entries:
                print(e.name)
        return 0
    os.makedirs(os.path.join(OUT, "tmp"), exist_ok=True)
    waiting = [e for _, entries in plan.values() for e in entries if not count or e.recall()]
    if count:
        compare(plan, peer or OUT, gaps, known)
        return 0
    running, news, began = [], [], time.monotonic()
    while waiting or running:
        while waiting and len(running) < jobs:
            running.append(waiting.pop(0).start(match, mode))
        over = [e for e in running if e.ended()]
        running = [e for e in running if e not in over]
        for e in over:
            lines, e.known = judge(e, known, bool(match))
            news += lines
            if lines or not quiet:
                verdicts = list(e.cases.values())
                bad = sum(v in BAD for v in verdicts)
                print(f"{'ok  ' if not lines else 'FAIL'}  {e.name:<36} {len(verdicts):5} cases {bad:4} fail "
                      f"{verdicts.count('skip'):4} skip {e.seconds:6.1f} s"
                      f"{'  ' + e.end if e.end else ''}{'  skipped: ' + e.skips[e.name] if e.name in e.skips else ''}", flush=True)
                for line in lines:
                    print("      " + line)
        if not over:
            time.sleep(0.02)
    print(f"\n{'group':<8}{'entries':>8}{'clean':>7}{'skipped':>9}{'broken':>8}{'cases':>8}{'pass':>8}{'fail':>7}{'skip':>7}{'known':>7}{'s':>7}")
    for g, (title, entries) in plan.items():
        verdicts = [v for e in entries for v in e.cases.values()]
        bad = sum(v in BAD for v in verdicts)
        clean = sum(not e.end and e.name not in e.skips and not any(v in BAD for v in e.cases.values()) for e in entries)
        print(f"{g:<8}{len(entries):8}{clean:7}{sum(e.name in e.skips for e in entries):9}{sum(bool(e.end) for e in entries):8}"
              f"{len(verdicts):8}{len(verdicts) - bad - verdicts.count('skip'):8}{bad:7}{verdicts.count('skip'):7}"
              f"{sum(e.known for e in entries):7}{sum(e.seconds for e in entries):7.0f}")
    if peer:
        compare(plan, peer, gaps, known)
    broken = {line.split()[1].rstrip(":") for line in news}
    total = sum(len(entries) for _, entries in plan.values())
    failed = sum(any(b == e.name or b.startswith(e.name + ".") for b in broken) for _, entries in plan.values() for e in entries)
    print(f"{time.monotonic() - began:.0f} s; {len(news)} results are not as tests/cpython/ledger says")
    print(f"{total - failed} passed, {failed} failed")
    return 1 if news else 0


if __name__ == "__main__":
    sys.exit(main())
