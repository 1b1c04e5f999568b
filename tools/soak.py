# Runs the programs of tests/threads over and over, with the lock and without: `make soak`. Exit codes, output, hangs and memory are watched.
# SPDX-License-Identifier: MIT
#
#   build/imugi tools/soak.py [--minutes=30] [--seconds=10] [--jobs=2] [--stress=gc,shared,…] [PATTERN…]
#     --seconds   how long the programs that know SOAK_SECONDS keep up each of their parts
#     --stress    values of IM_STRESS to go through besides none; commas join modes, slashes part them
# A program that says "# soak: flat" does one thing all the time: its memory must not grow in the second half of its run.
import glob, os, re, signal, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IMUGI = os.environ.get("IMUGI", sys.executable)
options = {"minutes": os.environ.get("SOAK_MINUTES", "30"), "seconds": "10", "jobs": "2", "stress": ""}
patterns = []
for arg in sys.argv[1:]:
    m = re.fullmatch(r"--(\w+)=(.*)", arg)
    if m and m[1] in options:
        options[m[1]] = m[2]
    elif arg.startswith("-"):
        sys.exit(f"soak: unknown option {arg}")
    else:
        patterns.append(arg)

def directive(text, name, default=""):
    m = re.search(rf"^# {name}: *(.*)$", text, re.M)
    return m[1] if m else default

class Case:
    def __init__(self, path):
        self.path = os.path.relpath(path, ROOT)
        with open(path) as f:
            text = f.read()
        self.args, self.argv = directive(text, "args").split(), directive(text, "argv").split()
        self.env = dict(pair.split("=", 1) for pair in directive(text, "env").split())
        self.status, self.limit = int(directive(text, "status", "0")), int(directive(text, "time", "30"))
        self.flat, self.mode = "flat" in directive(text, "soak"), directive(text, "mode", "both")
        expected = path[:-3] + ".exp"
        if os.path.exists(expected):
            with open(expected) as f:
                self.want = f.read()
        else:
            lines = re.findall(r"# expect: ?(.*)$", text, re.M)
            self.want = "".join(line + "\n" for line in lines) if lines else None

def rss(pid):
    """MB of the process and what it has started."""
    total = 0
    try:
        with open(f"/proc/{pid}/statm") as f:
            total = int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as f:
                total += sum(rss(child) for child in f.read().split())
    except OSError:
        pass
    return total

class Run:
    def __init__(self, case, gil, stress):
        self.case, self.gil, self.stress, self.sizes, self.began = case, gil, stress, [], time.monotonic()
        self.limit = case.limit * 3 + float(options["seconds"]) * 30
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+", errors="replace")
        env = dict(os.environ, PYTHONHASHSEED="0", LC_ALL="C.UTF-8", SOAK_SECONDS=options["seconds"], **case.env)
        if stress:
            env["IM_STRESS"] = stress
        self.process = subprocess.Popen([IMUGI, "-X", f"gil={gil}", *case.args, case.path, *case.argv], cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                                        stdout=self.out, stderr=self.err, start_new_session=True)
    def name(self):
        return f"{self.case.path} (gil={self.gil}{', ' + self.stress if self.stress else ''})"
    def poll(self):
        """None while it runs; then what is wrong, or ''."""
        rc = self.process.poll()
        if rc is None:
            self.sizes.append(rss(self.process.pid))
            if time.monotonic() - self.began < self.limit:
                return None
            self.process.send_signal(signal.SIGABRT)
            time.sleep(1)
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except OSError:
                pass
            self.process.wait()
            return f"no end after {self.limit:.0f} s"
        self.out.seek(0)
        self.err.seek(0)
        out, err = self.out.read(), self.err.read()
        if rc != self.case.status:
            return f"exit status {rc}, not {self.case.status}\n{out[-1000:]}\n{err[-3000:]}"
        if re.search("Fatal Python error|Sanitizer|runtime error:|assertion failed", err):
            return err[-3000:]
        if self.case.want is not None and out != self.case.want:
            return f"another output\n{out[-2000:]}\n{err[-1000:]}"
        n = len(self.sizes)
        if self.case.flat and n > 40:
            early, late = (sorted(self.sizes[a:b])[(b - a) // 2] for a, b in ((n // 4, n // 2), (3 * n // 4, n)))
            if late > early * 1.5 + 60:
                return f"memory grew: {early:.0f} MB in the second quarter, {late:.0f} MB in the last"
        return ""

cases = [Case(p) for p in sorted(glob.glob(os.path.join(ROOT, "tests/threads/*.py"))) if not os.path.basename(p).startswith("_")]
cases = [c for c in cases if not patterns or any(p in c.path for p in patterns)]
if not cases:
    sys.exit("soak: no such program")
stresses = [""] + [s for s in options["stress"].split("/") if s]
def plan():
    while True:
        for stress in stresses:
            for case in cases:
                for gil in 0, 1:
                    if case.mode in ("both", f"gil{gil}"):
                        yield Run, case, gil, stress
end, todo, running = time.monotonic() + float(options["minutes"]) * 60, plan(), []
passed, failed, most = 0, 0, {}
while time.monotonic() < end or running:
    while len(running) < int(options["jobs"]) and time.monotonic() < end:
        make, *what = next(todo)
        running.append(make(*what))
    time.sleep(0.1)
    for run in running[:]:
        result = run.poll()
        if result is None:
            continue
        running.remove(run)
        most[run.name()] = max(most.get(run.name(), 0), max(run.sizes, default=0))
        if result:
            failed += 1
            print(f"FAIL  {run.name()}: {result}", flush=True)
        else:
            passed += 1
print("memory at most:", ", ".join(f"{size:.0f} MB {name}" for name, size in sorted(most.items(), key=lambda x: -x[1])[:3]))
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
