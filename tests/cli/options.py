# What options, environment variables and kinds of main programs do: exit status, standard output, standard error.
# time: 100
# SPDX-License-Identifier: MIT
import os, re, subprocess, sys, tempfile, zipfile

top = tempfile.mkdtemp()
os.chdir(top)
MAIN = "import sys; print('main', sys.argv[1:], __import__('os').path.basename(sys.path[0])[:3].replace('tmp', '...'), __name__, __spec__ and __spec__.name, __package__)\n"
os.makedirs("d"), os.makedirs("pk")
for name, text in {"p.py": "import sys; print(sys.argv, __name__, __file__)\n", "d/__main__.py": MAIN, "pk/__main__.py": MAIN, "pk/__init__.py": "print('pk', __package__, __name__)\n", "bad.py": "def f(:\n",
                   "w.py": "import warnings; warnings.warn('dep', DeprecationWarning); assert 0, 'asserted'\n"}.items():
    with open(name, "w") as f:
        f.write(text)
with zipfile.ZipFile("z.zip", "w") as z:
    z.writestr("__main__.py", MAIN)

FLAGS = "import sys; print(sys.flags, sys.warnoptions, sys._xoptions, sys.dont_write_bytecode)"
KEPT = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def run(args, **env):
    r = subprocess.run([sys.executable, *args], env=KEPT | {"LC_ALL": "C.UTF-8", "TERM": "dumb"} | env, input='print("stdin", __import__("sys").argv)\n', capture_output=True, text=True)
    text = f"{r.stdout}{'--' if r.stderr else ''}{r.stderr}".replace(sys.executable, "PYTHON").replace(os.path.realpath(sys.executable), "PYTHON").replace(top, "TOP")
    text = re.sub(r"/[^ '\"]*/lib/python3\.13", "LIB", re.sub(r"3\.13\.\d+", "3.13.x", text))
    text = re.sub(r"(?m)^Python runtime state: .*\n|^\n", "", text)
    print("$", *env.items(), *(a if a != FLAGS else "FLAGS" for a in args), f"-> {r.returncode}\n" + text.rstrip())


for option in "-B -b -bb -d -E -I -O -OO -P -q -s -S -u -R -t -Bsu -IOO -Werror".split():
    run([option, "-c", FLAGS])
for option in ("dev", "utf8", "utf8=0", "int_max_str_digits=1000", "int_max_str_digits=5", "frozen_modules=off", "foo=bar", "safe_path", "warn_default_encoding", "no_debug_ranges", "cpu_count=x", "gil=1"):
    run(["-X", option, "-c", FLAGS])
for args in ("-V", "--version", "-z", "--foo", "-c", "-m", "-W", "-X", "-J", "--check-hash-based-pycs", "--check-hash-based-pycs x"):
    run(args.split())
for args in (["-bb", "-c", "str(b'')"], ["-b", "-c", "b'' == ''"], ["-P", "-c", "import sys; print('' in sys.path)"], ["-S", "-c", "import sys; print('site' in sys.modules)"],
             ["-u", "-c", "import sys; print(sys.stdout.write_through, sys.stdout.line_buffering)"], ["-x", "p.py"], ["-OO", "-c", "def f(): 'doc'\nprint(__debug__, f.__doc__)"],
             ["-W", "error::DeprecationWarning", "w.py"], ["-W", "ignore", "w.py"], ["-Wa", "w.py"], ["-O", "w.py"], ["-W", "bogus", "-c", "1"], ["-W", "error::Foo", "-c", "1"],
             ["-X", "faulthandler", "-c", "import faulthandler; print(faulthandler.is_enabled())"], ["-X", "tracemalloc=5", "-c", "import tracemalloc; print(tracemalloc.get_traceback_limit())"],
             ["-X", "tracemalloc=x", "-c", "1"], ["-X", "pycache_prefix=/tmp/q", "-c", "import sys; print(sys.pycache_prefix)"], ["-X", "warn_default_encoding", "-c", "open('p.py').close()"],
             ["-X", "no_debug_ranges", "-c", "1/0"], ["-X", "cpu_count=3", "-c", "import os; print(os.cpu_count(), os.process_cpu_count())"],
             ["p.py", "a", "-b"], ["nofile.py"], ["d", "x"], ["d/", "x"], ["z.zip", "x"], ["-m", "pk", "x"], ["-m", "nomod"], ["-m", "p", "x"], ["-m", "pk.nomod"], ["-mp"], ["bad.py"], ["-c", "def f(:"], ["-c", "  1"],
             ["-c", "import sys; sys.exit(3)"], ["-c", "import sys; sys.exit('msg')"], ["-c", "raise KeyboardInterrupt"], ["-c", "1/0", "x"], ["-", "a"], ["-i", "-c", "x = 1"],
             ["-c", "import sys; print(sys.argv)", "-a", "b"], ["--", "p.py", "-q"], ["."], ["pk"], ["/nonexistent/dir/"], ["-m", "pk.__main__"],
             ["-c", "import sys; print(sys.orig_argv[1:])", "q"], ["-m", "zipfile", "-l", "z.zip", "-x"]):
    run(args)
for name, value in (("OPTIMIZE", "2"), ("DEBUG", "1"), ("UNBUFFERED", "1"), ("DONTWRITEBYTECODE", "1"), ("NOUSERSITE", "1"), ("SAFEPATH", "1"), ("DEVMODE", "1"), ("UTF8", "1"), ("UTF8", "x"), ("WARNDEFAULTENCODING", "1"),
                    ("INTMAXSTRDIGITS", "700"), ("INTMAXSTRDIGITS", "7"), ("HASHSEED", "0"), ("HASHSEED", "x"), ("HASHSEED", "5000000000"), ("MALLOC", "x"), ("WARNINGS", "error,ignore::DeprecationWarning")):
    run(["-c", FLAGS], **{"PYTHON" + name: value})
    if value in ("2", "x"):
        run(["-E", "-c", FLAGS], **{"PYTHON" + name: value})
for name, value, code in (("IOENCODING", "latin-1:replace", "import sys; print(sys.stdout.encoding, sys.stdin.errors, sys.stderr.errors)"), ("USERBASE", "/tmp/ub", "import site; print(site.getuserbase())"),
                          ("FAULTHANDLER", "1", "import faulthandler; print(faulthandler.is_enabled())"), ("TRACEMALLOC", "3", "import tracemalloc; print(tracemalloc.get_traceback_limit())"),
                          ("ASYNCIODEBUG", "1", "import asyncio; print(asyncio.new_event_loop().get_debug())"), ("NODEBUGRANGES", "1", "1/0"), ("_CPU_COUNT", "2", "import os; print(os.cpu_count())"),
                          ("PATH", "/x:/y", "import sys; print(sys.path[:3])"), ("PYCACHEPREFIX", "/tmp/pp", "import sys; print(sys.pycache_prefix)"), ("BREAKPOINT", "0", "breakpoint(); print('on')"),
                          ("BREAKPOINT", "builtins.print", "breakpoint('called')"), ("BREAKPOINT", "no.such", "breakpoint()"), ("_COLORS", "1", "1/0"), ("_COLORS", "0", "1/0")):
    run(["-c", code], **{"PYTHON" + name: value})
