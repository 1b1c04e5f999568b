# Audit events with their arguments, one hook; each line is an event.
import sys, os, types, socket, marshal, time, gc, fcntl, resource

on = False
names = ("os.", "compile", "exec", "object.", "function.", "code.", "socket.", "marshal.", "time.", "gc.", "fcntl.", "resource.", "sys.")


def hook(event, args):
    if on and event.startswith(names):
        global seen
        seen.append((event, args))


def show(what, f, pick=None):
    global on, seen
    seen, on = [], True
    try:
        f()
    except Exception as e:
        seen.append((type(e).__name__, ()))
    on = False
    print(what, *[e if pick is None else (e, *[a[i] for i in pick if i < len(a)]) for e, a in seen])


class A: pass
class B: pass
def f(a=1): return a
def g(): yield


def name(v): A.__name__ = v
def klass():
    x = A()
    x.__class__ = B
def defaults(): f.__defaults__ = (2,)
def nodefaults(): del f.__defaults__
def frame(): sys._getframe().f_code
def tb():
    try:
        1 / 0
    except ZeroDivisionError as e:
        e.__traceback__.tb_frame


sys.addaudithook(hook)
show("eval", lambda: eval("1"), (1,))
show("exec", lambda: exec(b"x = 1", {}), ())
show("compile", lambda: compile("1", "n", "eval"), (0, 1))
show("name", lambda: name("C"), (1, 2))
show("class", klass, (1,))
show("defaults", defaults, (1, 2))
show("nodefaults", nodefaults, (1,))
show("code", lambda: f.__code__, (1,))
show("frame", frame, ())
show("traceback", tb, (1,))
show("generator", lambda: g().gi_code, (1,))
show("function", lambda: types.FunctionType(B.__init__, {}), ())
show("replace", lambda: (lambda: 1).__code__.replace(co_name="z"), (2,))
show("dumps", lambda: marshal.loads(marshal.dumps(1)), ())
show("sleep", lambda: time.sleep(0), (0,))
show("negative", lambda: time.sleep(-1), (0,))
show("referents", lambda: gc.get_referents([1]), ())
show("flock", lambda: fcntl.flock(99, 8), (0, 1))
show("fcntl", lambda: fcntl.fcntl(99, 1), (0, 1, 2))
show("rlimit", lambda: resource.prlimit(0, resource.RLIMIT_CORE), (0, 1, 2))
show("socket", lambda: socket.socket().close(), (1, 2, 3))
show("hostname", lambda: socket.gethostname(), ())
show("service", lambda: socket.getservbyname("nosuchservice"), (0, 1))
show("killpg", lambda: os.killpg(99999999, 0), (0, 1))
show("utime", lambda: os.utime("/nosuch"), (0, 1, 2, 3))
show("chown", lambda: os.chown("/nosuch", -1, -1), (0, 1, 2, 3))
show("link", lambda: os.link("/nosuch", "/nosuch2"), (0, 1, 2, 3))
show("symlink", lambda: os.symlink("a", "/nosuch/b"), (0, 1, 2))
show("truncate", lambda: os.truncate("/nosuch", 5), (0, 1))
show("xattr", lambda: os.getxattr("/nosuch", "user.x"), (0, 1))
show("setxattr", lambda: os.setxattr("/nosuch", "user.x", b"1"), (0, 1, 2, 3))
show("environ", lambda: (os.putenv("IMUGI_T", "1"), os.unsetenv("IMUGI_T")))
show("exec", lambda: os.execve("/nosuch", ["x"], {}), (0, 1, 2))
show("spawn", lambda: os.posix_spawn("/nosuch", ["x"], {}), (0, 1, 2))
show("asyncgen", lambda: sys.set_asyncgen_hooks(None, None))
print(any(hook in o for o in gc.get_objects() if isinstance(o, list)))
