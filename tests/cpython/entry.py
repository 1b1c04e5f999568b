"""Runs one entry of the test suite in this process and writes a line for each case as it ends.
SPDX-License-Identifier: MIT

    entry.py NAME RESULTS [PATTERN…]

NAME is test_x or test_package.test_x. Lines of RESULTS: "start ID", then "pass|fail|error|skip|expected|unexpected ID" (tabs),
for skips with the reason; "done" at the end. A case without its second line was running when the process died.
Tracebacks go to standard output. With patterns only cases whose names contain one of them run.
"""
import os
import sys
import unittest


def case_name(test):
    """Names as the ledger has them: without "test.", and setUpClass (X) as X.setUpClass."""
    name = (test.test_case if isinstance(test, unittest.case._SubTest) else test).id()  # a subtest that skips speaks for its case
    if name.endswith(")") and " (" in name:
        what, where = name[:-1].split(" (", 1)
        name = where + "." + what
    return name.removeprefix("test.").replace("\t", " ").replace("\n", " ")


class Result(unittest.TestResult):
    """One line for a case, whatever its subtests say."""

    def __init__(self, out):
        super().__init__()
        self.out = out
        self.verdict = None

    def write(self, *fields):
        os.write(self.out, ("\t".join(fields) + "\n").encode("utf-8", "backslashreplace"))

    def startTest(self, test):
        super().startTest(test)
        self.verdict = None
        self.write("start", case_name(test))

    def report(self, verdict, test, err=None, why=""):
        if err is not None:
            try:
                text = self._exc_info_to_string(err, test)
            except Exception as bad:
                text = f"{err[0].__name__} whose traceback cannot be formatted: {bad!r}\n"
            print(f"=== {verdict.upper()} {case_name(test)}\n{text}", flush=True)
        if self.verdict is None:
            self.verdict = verdict, case_name(test), " ".join(why.split())

    def stopTest(self, test):
        self.write(*(self.verdict or ("pass", case_name(test))))
        self.verdict = None
        super().stopTest(test)

    def outside(self, verdict, test, err=None, why=""):
        """Errors and skips of setUpClass and setUpModule come without a case around them."""
        self.report(verdict, test, err, why)
        if not isinstance(test, unittest.TestCase):
            self.write(*self.verdict)
            self.verdict = None

    def addError(self, test, err):
        self.outside("error", test, err)

    def addFailure(self, test, err):
        self.outside("fail", test, err)

    def addSkip(self, test, reason):
        self.outside("skip", test, None, reason)

    def addExpectedFailure(self, test, err):
        self.report("expected", test)

    def addUnexpectedSuccess(self, test):
        self.report("unexpected", test)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.verdict = None if self.verdict and self.verdict[0] == "skip" else self.verdict
            print(f"--- {subtest}")
            self.report("fail" if issubclass(err[0], test.failureException) else "error", test, err)


def name_details(support):
    """A case that is marked as a detail of CPython says so also when it gives a reason of its own."""
    plain = support.impl_detail

    def impl_detail(msg=None, **guards):
        return plain(msg and f"implementation detail: {msg}", **guards)

    support.impl_detail = impl_detail
    if "ENTRY_DETAILS" in os.environ:  # runs them all the same
        support.check_impl_detail = lambda **guards: guards.get("cpython", not any(guards.values()))


def cases(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from cases(test)
        else:
            yield test


def held():
    """What an entry could leave behind: open descriptors, threads, child processes, files of the working directory."""
    import threading
    fds = set()
    for fd in os.listdir("/proc/self/fd"):
        try:
            fds.add(f"descriptor {fd} of {os.readlink('/proc/self/fd/' + fd)}")
        except OSError:
            pass  # the listing's own
    children = set()
    for task in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/children") as f:
                pids = f.read().split()
        except OSError:
            continue
        for pid in pids:
            try:
                with open(f"/proc/{pid}/cmdline") as f:
                    children.add(f"process {pid} {f.read(200)!r}")
            except OSError:
                pass
    return fds | children | {f"thread {t.name}" for t in threading.enumerate()} | {f"file {f}" for f in os.listdir()}


def left_behind(before, wait):
    """What is held now and was not before, once it has had time to go."""
    import gc
    import time
    tracker = getattr(sys.modules.get("multiprocessing.resource_tracker"), "_resource_tracker", None)
    if tracker is not None:
        tracker._stop()  # one for the whole process, which ends with it
    end = time.monotonic() + wait
    while True:
        gc.collect()
        left = held() - before
        if not left or time.monotonic() > end:
            return sorted(left)
        time.sleep(0.05)


def main():
    name, results, *patterns = sys.argv[1:]
    sys.argv[1:] = []
    here = os.path.dirname(os.path.abspath(__file__))
    del sys.path[0]
    sys.path.append(os.path.join(here, "stubs"))  # last: CPython has the modules themselves
    sys.path.append(os.path.join(here, "stubs", name))  # modules for this entry alone: others load without them
    out = os.open(results, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    from test import support
    from test.support import os_helper
    support.use_resources = []
    support.verbose = 0
    name_details(support)
    result = Result(out)
    with os_helper.temp_cwd(f"entry_{os.getpid()}", quiet=True):
        support.SAVEDCWD = os.getcwd()
        try:
            __import__("test." + name)
        except unittest.SkipTest as why:
            result.write("skip", name, " ".join(str(why).split()))
            result.write("done")
            return
        module = sys.modules["test." + name]
        loader = unittest.TestLoader()
        tests = loader.loadTestsFromModule(module)
        for bad in loader.errors:
            print(bad)
        if patterns:
            tests = unittest.TestSuite(t for t in cases(tests) if any(p in t.id() for p in patterns))
        before = held()
        tests.run(result)
        support.gc_collect()
        for what in left_behind(before, 2):
            print(f"=== LEFT {name}: {what}", flush=True)
    result.write("done")


if __name__ == "__main__":
    main()
