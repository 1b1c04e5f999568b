# The prompt in a pseudo-terminal: the library's, in colour, and the plain one with readline.
# time: 90
# SPDX-License-Identifier: MIT
import os, pty, re, select, sys, tempfile, time

folder = tempfile.mkdtemp()


class Session:
    def __init__(self, *args, **env):
        self.out = b""
        self.pid, self.fd = pty.fork()
        if not self.pid:
            for name in ("PYTHON_BASIC_REPL", "NO_COLOR", "PYTHON_COLORS", "FORCE_COLOR", "PYTHONSTARTUP"):
                os.environ.pop(name, None)
            os.environ.update({"TERM": "xterm-256color", "PYTHON_HISTORY": folder + "/history", "INPUTRC": "/dev/null", "HOME": folder} | env)
            os.execv(sys.executable, [sys.executable, "-q", *args])

    def wait(self, pattern, start=0, seconds=20):
        """Reads until what came since `start` matches."""
        end = time.monotonic() + seconds
        while not (m := re.search(pattern, self.out[start:], re.S)):
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                print("TIMEOUT for", pattern, "in", self.out[start:])
                raise SystemExit(1)
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                data = b""
            if not data:
                print("END before", pattern, "in", self.out[start:])
                raise SystemExit(1)
            self.out += data
        return m

    def type(self, keys, pattern):
        start = len(self.out)
        os.write(self.fd, keys)
        return self.wait(pattern, start)

    def leave(self, keys=b"\x04"):
        os.write(self.fd, keys)
        try:
            while os.read(self.fd, 4096):
                pass
        except OSError:
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return status


# The library's prompt.
s = Session()
s.wait(rb">>> ")
s.type(b"6 * 7\r", rb"42\r\n.*>>> ")
print("expression")
s.type(b"def f(x):\rreturn x + 1\r\r", rb">>> ")
s.type(b"f(30)\r", rb"31\r\n.*>>> ")
print("several lines")
s.type(b"\x1b[200~for i in range(2):\n    print('pasted', i)\n\nprint('done')\n\x1b[201~\r", rb"pasted 0\r\npasted 1\r\n.*")
s.type(b"\r", rb">>> ")
print("paste")
s.type(b"import sys\r", rb">>> ")
s.type(b"sys.platf\t\r", rb"'linux'\r\n.*>>> ")
print("completion")
s.type(b"'abc' 'def'\r", rb"'abcdef'\r\n.*>>> ")
s.type(b"\x1bOA\r", rb"'abcdef'\r\n.*>>> ")
print("history")
s.type(b"unfinished", rb"d")
s.type(b"\x03", rb"KeyboardInterrupt.*>>> ")
s.type(b"while True: pass\r\r", rb"\n")
time.sleep(0.3)
s.type(b"\x03", rb"KeyboardInterrupt.*>>> ")
print("Ctrl-C")
s.type(b"1 / 0\r", rb"\x1b\[[0-9;]*mZeroDivisionError\x1b\[0m: \x1b\[[0-9;]*mdivision by zero\x1b\[0m.*>>> ")
print("colour")
s.type(b"exit\x7f\x7f\x7f\x7f__name__\r", rb"'__main__'\r\n.*>>> ")
print("Ctrl-D", s.leave())
s = Session("-i", "-c", "answer = 42; print('run')")
s.wait(rb"run\r\n.*>>> ")
s.type(b"answer + 1\r", rb"43\r\n.*>>> ")
s.type(b"import sys; sys.exit(7)\r", rb"\n")
print("-i", s.leave())

# The plain prompt.
s = Session(PYTHON_BASIC_REPL="1")
s.wait(rb">>> ")
s.type(b"6 * 7\r", rb"42\r\n.*>>> ")
s.type(b"for i in range(2):\r", rb"\.\.\. ")
s.type(b"    print('line', i)\r", rb"\.\.\. ")
s.type(b"\r", rb"line 0\r\nline 1\r\n.*>>> ")
s.type(b"x = (1,\r\r2)\r", rb">>> ")
s.type(b"x\r", rb"\(1, 2\)\r\n.*>>> ")
print("several lines")
s.type(b"impor\t sys\r", rb">>> ")
s.type(b"sys.platf\t\r", rb"'linux'\r\n.*>>> ")
print("completion")
s.type(b"'abc' 'def'\r", rb"'abcdef'\r\n.*>>> ")
s.type(b"\x1b[A\r", rb"'abcdef'\r\n.*>>> ")
print("history")
s.type(b"input('name: ')\r", rb"name: ")
s.type(b"h\xc3\xa9llo\r", "'héllo'\r\n.*>>> ".encode())
print("input")
s.type(b"unfinished\x03", rb"KeyboardInterrupt.*>>> ")
s.type(b"import time; time.sleep(100)\r", rb"\n")
time.sleep(0.3)
s.type(b"\x03", rb"KeyboardInterrupt.*>>> ")
print("Ctrl-C")
print("Ctrl-D", s.leave())
with open(folder + "/history", errors="replace") as f:
    lines = f.read().splitlines()
print("history file", "'abc' 'def'" in lines, "x = (1," in lines, "6 * 7" in lines)
s = Session("-i", "-c", "answer = 42; print('run')", PYTHON_BASIC_REPL="1")
s.wait(rb"run\r\n.*>>> ")
s.type(b"answer + 1\r", rb"43\r\n.*>>> ")
s.type(b"raise SystemExit(3)\r", rb"\n")
print("-i", s.leave())
