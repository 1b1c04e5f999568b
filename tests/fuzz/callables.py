"""Calls every function, type and method of the built-in types and native modules with odd arguments.

    imugi tests/fuzz/callables.py [--seed N] [--seconds S] [--only WORD] [--log FILE] [--steps N]

One process, one seed: the same calls again for the same seed (as far as addresses do not matter). Each call is written to the log before it is made, so that
the last line of the log names the one that did not return. tests/fuzz/run.py starts these processes and looks at how they end.
SPDX-License-Identifier: MIT
"""
import argparse
import os
import random
import resource
import signal
import tempfile
import sys
import time
import warnings

# What would harm the machine, end the process in an orderly way, or take the fuzzer's own ground away.
NEVER = set('''
    kill killpg abort _exit exit quit execv execve fork fork1 forkpty posix_spawn posix_spawnp fork_exec system _fork vfork
    remove unlink rmdir rename replace mkdir mknod mkfifo symlink link chmod lchmod fchmod fchmodat chown lchown fchown chroot truncate ftruncate utime posix_fallocate
    setuid setgid seteuid setegid setreuid setregid setresuid setresgid setgroups initgroups setsid setpgid tcsetpgrp setpriority nice
    sched_setscheduler sched_setparam sched_setaffinity setns unshare umask chdir fchdir dup2 close closerange lockf
    openpty login_tty setrlimit prlimit sethostname set_inheritable set_blocking pwrite pwritev writev sendfile copy_file_range splice write
    setxattr removexattr memfd_create eventfd pidfd_open pidfd_send_signal
    raise_signal pthread_kill pthread_sigmask alarm setitimer signal siginterrupt set_wakeup_fd sigwait sigwaitinfo sigtimedwait pause default_int_handler
    interrupt_main _sigsegv _sigabrt _sigfpe _read_null _fatal_error _fatal_error_c_thread _stack_overflow dump_traceback_later register
    pthread_getcpuclockid help copyright credits license breakpoint input breakpointhook setdlopenflags dlopen dlclose dlsym _dlopen call_function call_cdeclfunction PyObj_FromPtr
    daemon_threads_allowed _shutdown _set_sentinel settrace setprofile settraceallthreads setprofileallthreads _settraceallthreads _setprofileallthreads
    addaudithook setrecursionlimit set_int_max_str_digits set_asyncgen_hooks _clear_type_cache activate_stack_trampoline
    tcsetattr tcdrain tcflow tcflush tcsendbreak tcsetwinsize ioctl flock fcntl clock_settime clock_settime_ns settimeofday setquit
    _debugmallocstats _dump_tracelets set_threshold set_debug sem_unlink shm_unlink shm_open setlocale _clear_internal_caches _clear_internal_type_cache
    _replace_module create_builtin create_dynamic exec_builtin exec_dynamic init_frozen lock_held acquire_lock
    __breakpointhook__ use_tool_id free_tool_id set_events set_local_events register_callback clear_tool_id _baserepl mapping wait wait3 wait4 waitpid waitid
'''.split())
NEVER_MODULES = {'_ctypes', '_ctypes_test', '_testcapi', '_testinternalcapi', '_curses', '_curses_panel', 'readline', '_xxsubinterpreters', '_interpreters',
                 '_interpchannels', '_interpqueues', 'syslog', 'grp', 'pwd', 'spwd', 'nis', 'crypt', '_scproxy', 'faulthandler', '_lsprof', '_imugi_tests', '_dbm', '_gdbm', '_tkinter'}
EXTRA_MODULES = '''_asyncio _bisect _blake2 _bz2 _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _contextvars _csv _datetime _decimal _elementtree
    _hashlib _heapq _json _lzma _md5 _multibytecodec _multiprocessing _opcode _pickle _posixshmem _queue _random _sha1 _sha2 _sha3 _socket _sqlite3 _ssl
    _statistics _struct _uuid _zoneinfo array binascii cmath fcntl math mmap pyexpat resource select termios unicodedata zlib _tracemalloc _typing _suggestions
    _sysconfig _tokenize _symtable _string _functools _collections _operator _abc _stat itertools time gc marshal errno _weakref _thread _signal _sre _ast _io'''.split()


def native_modules():
    mods = {}
    for name in sorted(set(sys.builtin_module_names) | set(EXTRA_MODULES)):
        if name in NEVER_MODULES:
            continue
        try:
            mods[name] = __import__(name)
        except ImportError:
            pass
    return mods


def all_types(mods):
    found, todo = {}, [object]
    while todo:
        c = todo.pop()
        for s in type.__subclasses__(c):
            if s not in found and not (s.__flags__ >> 9 & 1 and '__module__' in s.__dict__ and not s.__module__ in mods):
                found[s] = None
                todo.append(s)
    found[object] = None
    found.pop(type(sys.flags), None)
    return sorted(found, key=lambda c: (str(c.__module__), c.__qualname__))


class Evil:
    """Every special method answers with something from the pool, raises, or changes a container first."""
    def __init__(self, fuzz):
        object.__setattr__(self, 'fuzz', fuzz)


def evil_method(name):
    def method(self, *args, **kwds):
        return object.__getattribute__(self, 'fuzz').evil(name)
    method.__name__ = name
    return method

EVIL_NAMES = '''__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __index__ __int__ __float__ __complex__ __bool__ __len__ __length_hint__ __iter__ __next__ __reversed__
    __contains__ __getitem__ __setitem__ __delitem__ __missing__ __call__ __add__ __radd__ __iadd__ __sub__ __rsub__ __mul__ __rmul__ __imul__ __mod__ __rmod__ __divmod__ __pow__ __rpow__ __and__ __or__ __ror__
    __xor__ __lshift__ __neg__ __abs__ __invert__ __round__ __trunc__ __floor__ __enter__ __exit__ __get__ __set__ __delete__ __set_name__ __format__ __str__ __repr__ __bytes__ __fspath__
    __instancecheck__ __subclasscheck__ __subclasshook__ __mro_entries__ __prepare__ __reduce_ex__ __getstate__ __setstate__ __copy__ __deepcopy__ __sizeof__ __dir__ __await__ __aiter__ __anext__ __buffer__ __release_buffer__
    read readinto readline write seek tell flush close closed readable writable seekable fileno isatty keys items values get utcoffset tzname dst send throw __import__ find_spec persistent_id persistent_load
    __class_getitem__ __matmul__ __truediv__ __floordiv__ __getattr__ __isabstractmethod__ __bases__ __mro__ __dict__ __name__ __code__ __defaults__'''.split()
for _name in EVIL_NAMES:
    if _name not in ('__bases__', '__mro__', '__dict__', '__name__'):
        setattr(Evil, _name, evil_method(_name))


class Timeout(BaseException):
    pass


class Fuzz:
    def __init__(self, seed, only, log):
        self.r = random.Random(seed)
        self.only, self.log = only, log
        self.depth = 0
        self.mods = native_modules()
        self.types = all_types(self.mods)
        self.functions = []
        for mname, m in self.mods.items():
            for name in sorted(vars(m)):
                f = vars(m)[name]
                if name in NEVER or not callable(f) or getattr(f, '__module__', None) in ('_frozen_importlib', '_frozen_importlib_external', 'site'):
                    continue
                if only and only not in f'{mname}.{name}':
                    continue
                self.functions.append((f'{mname}.{name}', f))
        self.methods = {}
        for c in self.types:
            if only and only not in f'{c.__module__}.{c.__qualname__}':
                continue
            names = [n for n in sorted(c.__dict__) if n not in NEVER and n not in ('__del__', '__class__')]
            if names:
                self.methods[c] = names
        self.pool = []
        self.leaf = [lambda: None, lambda: True, lambda: 0, lambda: 1, lambda: -1, lambda: 2, lambda: 3, lambda: 255, lambda: 256, lambda: -2**31, lambda: 2**31 - 1, lambda: 2**31, lambda: 2**32,
            lambda: 2**63 - 1, lambda: -2**63, lambda: 2**63, lambda: 2**64, lambda: 2**61, lambda: -2**61, lambda: 2**62, lambda: 10**30, lambda: -10**30, lambda: 1 << 3000, lambda: self.r.randrange(-70000, 70000),
            lambda: 0.0, lambda: -0.0, lambda: 1.5, lambda: float('nan'), lambda: float('inf'), lambda: -float('inf'), lambda: 1e308, lambda: 5e-324, lambda: 2j, lambda: complex('nan'),
            lambda: '', lambda: 'a', lambda: 'abc', lambda: 'é', lambda: '\u20ac', lambda: '\ud800', lambda: '\U0001f600', lambda: 'a\0b', lambda: 'x' * 1000, lambda: 'utf-8', lambda: 'strict', lambda: 'surrogateescape', lambda: 'replace', lambda: 'ignore', lambda: '__class__', lambda: '__dict__',
            lambda: '%s%d', lambda: '{}{a}', lambda: '10', lambda: 'ascii', lambda: 'r', lambda: 'i', lambda: '<i', lambda: 'B', lambda: 'd', lambda: 'u', lambda: 'xmlcharrefreplace', lambda: 'sha256', lambda: 'exec', lambda: 'eval',
            lambda: b'', lambda: b'a', lambda: b'abc' * 10, lambda: bytes(range(256)), lambda: bytearray(b'abcdef'), lambda: bytearray(), lambda: memoryview(b'abc'), lambda: memoryview(bytearray(16)), lambda: memoryview(bytearray(24)).cast('d'), lambda: memoryview(bytearray(24)).cast('B', (2, 3, 4)),
            lambda: self.released(), lambda: (), lambda: [], lambda: {}, lambda: set(), lambda: frozenset((1, 2)), lambda: [1, 2, 3], lambda: (1, 2), lambda: ('a', 1), lambda: {'a': 1}, lambda: {1: 2}, lambda: {1, 'a'}, lambda: self.recursive(), lambda: self.recursive_dict(),
            lambda: range(3), lambda: range(2**70), lambda: slice(None), lambda: slice(2**70, -2**70, -1), lambda: slice(1, 3), lambda: Ellipsis, lambda: NotImplemented, lambda: iter([1, 2]), lambda: iter(()), lambda: (i for i in (1, 2)), lambda: len, lambda: int, lambda: str, lambda: type, lambda: object, lambda: object(), lambda: list, lambda: dict,
            lambda: (lambda *a, **k: self.evil('lambda')), lambda: ValueError('x'), lambda: OSError(2, 'x'), lambda: StopIteration(1), lambda: ExceptionGroup('a', [ValueError()]), lambda: self.traceback(), lambda: sys._getframe(), lambda: (lambda: 0).__code__, lambda: self.closed(), lambda: Evil(self), lambda: Evil(self), lambda: Evil(self), lambda: self.sub(),
            lambda: self.r.choice(self.types), lambda: self.r.choice(self.types), lambda: sys.modules['math'], lambda: self.r.choice(self.functions)[1] if self.functions else 1]

    def released(self):
        m = memoryview(bytearray(8))
        m.release()
        return m

    def closed(self):
        import io
        f = io.BytesIO(b'abc') if self.r.random() < .5 else io.TextIOWrapper(io.BytesIO(b'abc'))
        if self.r.random() < .5:
            f.close()
        return f

    def recursive(self):
        x = []
        x.append(x)
        x.append((x, [x]))
        return x

    def recursive_dict(self):
        x = {}
        x['a'] = x
        return x

    def traceback(self):
        try:
            1 / 0
        except ZeroDivisionError as e:
            return e.__traceback__

    def sub(self):
        """An instance of a class of ours below a built-in one, with evil methods."""
        base = self.r.choice((int, str, list, dict, tuple, bytes, bytearray, set, frozenset, float, complex, Exception, type, object))
        names = self.r.sample(EVIL_NAMES, self.r.randrange(4))
        ns = {n: (lambda n: lambda *a, **k: self.evil(n))(n) for n in names}
        try:
            c = type(base)('Sub', (base,), ns) if base is not type else type
            return c()
        except Exception:
            return 1

    def value(self, depth=0):
        k = self.r.random()
        if k < .25 and self.pool:
            return self.r.choice(self.pool)
        if k < .32 and depth < 3:
            return [self.value(depth + 1) for i in range(self.r.randrange(4))]
        if k < .37 and depth < 3:
            return tuple(self.value(depth + 1) for i in range(self.r.randrange(4)))
        if k < .40 and depth < 3:
            d = {}
            for i in range(self.r.randrange(3)):
                try:
                    d[self.value(depth + 1)] = self.value(depth + 1)
                except Exception:
                    pass
            return d
        return self.r.choice(self.leaf)()

    def evil(self, name):
        r = self.r.random()
        if r < .2:
            raise self.r.choice((ValueError, TypeError, AttributeError, KeyError, IndexError, StopIteration, MemoryError, RecursionError, GeneratorExit, UnicodeDecodeError and OverflowError))('evil')
        if r < .4 and self.pool:
            x = self.r.choice(self.pool)
            try:
                k = self.r.randrange(5)
                if k == 0 and hasattr(x, 'clear'): x.clear()
                elif k == 1 and isinstance(x, list): x.append(x)
                elif k == 2 and isinstance(x, list): del x[:]
                elif k == 3 and isinstance(x, dict): x[len(x)] = x
                elif k == 4 and hasattr(x, 'close'): x.close()
            except Exception:
                pass
        if r < .5 and self.depth < 4:
            self.depth += 1
            try:
                self.step()
            finally:
                self.depth -= 1
        return self.value() if r < .9 else self.r.choice((NotImplemented, True, 1, 0, -1, 'a', None, ()))

    def note(self, what, args, kwds=()):
        if self.log is None:
            return
        names = ', '.join(f'{type(a).__name__}' + (f':{a!r:.40}' if type(a) in (int, float, str, bytes, bool) else '') for a in args)
        os.write(self.log, f'{"  " * self.depth}{what}({names} {list(kwds) or ""})\n'.encode('utf-8', 'replace'))

    def keep(self, x):
        if len(self.pool) < 300:
            self.pool.append(x)
        else:
            self.pool[self.r.randrange(300)] = x

    def step(self):
        r = self.r
        k = r.random()
        args = [self.value() for i in range(r.choice((0, 1, 1, 1, 2, 2, 3, 4, 6)))]
        kwds = {}
        if r.random() < .08:
            kwds[r.choice(('key', 'default', 'encoding', 'errors', 'maxsplit', 'sep', 'end', 'file', 'a', 'base', 'name', 'data', 'size', 'mode', 'buffering', 'n', 'fold', 'initial', 'strict'))] = self.value()
        if k < .3 and self.functions:
            name, f = r.choice(self.functions)
        elif k < .75 and self.methods:
            c = r.choice(list(self.methods))
            attr = r.choice(self.methods[c])
            name = f'{c.__module__}.{c.__qualname__}.{attr}'
            obj = None
            mine = [x for x in self.pool if issubclass(type(x), c)]
            if mine and r.random() < .8:
                obj = r.choice(mine)
            elif r.random() < .7:
                self.note('new ' + name, args)
                obj = c(*args)
                self.keep(obj)
                args = [self.value() for i in range(r.choice((0, 1, 1, 2, 3)))]
            d = c.__dict__[attr]
            how = r.random()
            if obj is not None and how < .7:
                self.note('get ' + name, [obj])
                f = getattr(obj, attr)
                if not callable(f):
                    if how < .2:
                        self.note('set ' + name, [obj] + args[:1])
                        setattr(obj, attr, args[0] if args else None)
                    elif how < .25:
                        self.note('del ' + name, [obj])
                        delattr(obj, attr)
                    return self.keep(f)
            elif callable(d):
                f = d
                if obj is not None:
                    args.insert(0, obj)
            else:
                self.note('descr ' + name, args)
                return self.keep(type(d).__get__(d, *args))
        elif k < .85 and self.types:
            f = r.choice(self.types)
            name = f'type {f.__module__}.{f.__qualname__}'
            if f is type(self.log):
                return
        else:
            import operator
            f = r.choice(self.OPS)
            name = 'op ' + f.__name__
            args = [self.value() for i in range(3 if f in (pow, setattr, operator.setitem) else 2 if f not in self.UNARY else 1)]
            # Results that take long by their nature.
            if f in (pow, operator.pow, operator.lshift, operator.mul, operator.ipow, operator.ilshift, operator.imul) and any(isinstance(a, int) and abs(a) > 300 for a in args):
                return
        if getattr(f, '__name__', '') in ('digest', 'hexdigest', 'bytes', 'bytearray', 'pbkdf2_hmac', 'scrypt', 'randbytes', 'getrandbits', 'urandom', 'getrandom', 'repeat') and any(isinstance(a, int) and a > 1 << 20 for a in args):
            return
        if getattr(f, '__name__', '') in NEVER:
            return
        self.note(name, args, kwds)
        x = f(*args, **kwds)
        self.keep(x)
        if r.random() < .1:
            self.note('iterate', [x])
            for i, y in enumerate(x):
                self.keep(y)
                if i > 5:
                    break
        if r.random() < .05:
            self.note('repr', [x])
            repr(x), hash(x)

    def run(self, steps, seconds, err):
        end = time.monotonic() + seconds
        def expired(*a):
            raise Timeout
        signal.signal(signal.SIGALRM, expired)
        n = 0
        for i in range(steps):
            try:
                signal.setitimer(signal.ITIMER_REAL, 2)
                self.depth = 0
                self.step()
                n += 1
            except BaseException as e:
                try:
                    if self.r.random() < .1:
                        self.keep(e)
                except BaseException:
                    pass
            # What was changed behind our back.
            if i % 64 == 0:
                if time.monotonic() > end:
                    break
                if err is not None:
                    os.dup2(err, 2) # reports go there
                for m in ('path', 'meta_path', 'path_hooks'):
                    if type(getattr(sys, m, None)) is not list:
                        setattr(sys, m, [])
        signal.setitimer(signal.ITIMER_REAL, 0)
        return n


import operator
Fuzz.UNARY = (len, hash, repr, str, iter, next, bool, int, float, bytes, list, tuple, set, dict, operator.neg, operator.inv, operator.index, abs, round, dir, vars, id, sorted, sum, memoryview, enumerate, reversed, frozenset, bytearray, type)
Fuzz.OPS = Fuzz.UNARY + (operator.add, operator.sub, operator.mul, operator.mod, operator.truediv, operator.floordiv, operator.pow, operator.lshift, operator.rshift, operator.and_, operator.or_, operator.xor, operator.matmul,
    operator.iadd, operator.isub, operator.imul, operator.ior, operator.iand, operator.ixor, operator.imod, operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge, operator.contains, operator.getitem, operator.delitem, operator.setitem,
    pow, divmod, isinstance, issubclass, format, getattr, hasattr, setattr, delattr, map, filter, zip, str.format, str.join, str.__mod__, bytes.__mod__)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--steps', type=int, default=20000)
    p.add_argument('--seconds', type=float, default=20)
    p.add_argument('--only')
    p.add_argument('--log')
    a = p.parse_args()
    warnings.simplefilter('ignore')
    log = None
    if a.log:
        fd = os.open(a.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        log = os.dup2(fd, 900) if resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 900 else fd
    if os.path.exists('Makefile'): os.chdir(tempfile.mkdtemp(prefix='fuzz-'))  # by hand: calls make files of any name
    null = os.open('/dev/null', os.O_RDWR)
    err = os.dup2(2, 901) if log == 900 else None
    os.dup2(null, 0)
    os.dup2(null, 1)
    sys.setrecursionlimit(400)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 24, 1 << 24))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    sys.unraisablehook = lambda *a: None
    sys.excepthook = lambda *a: None
    f = Fuzz(a.seed, a.only, log)
    try:
        n = f.run(a.steps, a.seconds, err)
    except BaseException as e: # nobody else tells: the hook is quiet
        tb, where = e.__traceback__, []
        while tb:
            where.append(f'{tb.tb_frame.f_code.co_name}:{tb.tb_lineno}')
            tb = tb.tb_next
        os.write(err or 2, f'{type(e).__name__} in {where}\n'.encode())
        os._exit(3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        os.write(err or 2, f'done: {n} calls returned\n'.encode())
    except OSError:
        pass
    os._exit(0)

if __name__ == '__main__':
    main()
