# How long and how often: a test run takes the short way, `make soak` (tools/soak.py) sets SOAK_SECONDS.
import os, sys, threading, time

LONG = "SOAK_SECONDS" in os.environ
CHECKED = any(word in sys.executable for word in ("/tsan/", "/asan/", "/debug/"))  # slow builds, which keep memory back
SECONDS = float(os.environ.get("SOAK_SECONDS", 0.8))
stopping = False
errors = []

def repeat(f):
    """f over and over until run() ends; what it raises is an error."""
    def loop():
        try:
            while not stopping:
                f()
        except BaseException as e:
            errors.append(f"{f.__name__}: {e!r}")
            raise
    loop.__name__ = f.__name__
    return loop

def run(*functions, seconds=None):
    """The functions, each in a thread of its own, for a while; what went wrong."""
    global stopping
    stopping = False
    del errors[:]
    threads = [threading.Thread(target=f) for f in functions]
    for t in threads:
        t.start()
    time.sleep(SECONDS if seconds is None else seconds)
    stopping = True
    for t in threads:
        t.join()
    return sorted(set(errors))

def rss():
    """Resident memory in MB, or 0 where /proc does not tell, or tells of memory that a sanitizer keeps back."""
    if "/asan/" in sys.executable:
        return 0
    try:
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0

def python(code, *args, timeout=300 if CHECKED else 60, env=None):
    """Exit code and output of code in a process of its own, in this one's mode."""
    import subprocess
    gil = ["-X", f"gil={int(sys._is_gil_enabled())}"] if sys.implementation.name == "imugi" or hasattr(sys, "_imugi") else []
    r = subprocess.run([sys.executable, *gil, *args, "-c", code], capture_output=True, text=True, timeout=timeout, env=env)
    return r.returncode, r.stdout.strip(), r.stderr.strip()
