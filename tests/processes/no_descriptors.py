# time: 120
# With no descriptor left, and with a few: each operation ends with the error that says so, and works again afterwards.
import gc, sys, os, resource, socket, subprocess, select, tempfile, asyncio, threading, io, re
import multiprocessing, mmap, shutil, glob, sqlite3, zipfile, importlib, signal, urllib.request, ssl, logging, random, asyncio.subprocess, multiprocessing.connection, multiprocessing.shared_memory, multiprocessing.pool, multiprocessing.popen_spawn_posix, multiprocessing.popen_fork, tracemalloc, linecache, traceback, warnings, encodings.idna, selectors
warnings.simplefilter('ignore')
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
def used(): return len(os.listdir('/proc/self/fd')) - 1
def fill(n):
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    fds = []
    try:
        while True: fds.append(os.open('/dev/null', 0))
    except OSError: pass
    for i in range(n): os.close(fds.pop())
    return fds
async def sub():
    p = await asyncio.create_subprocess_exec('true')
    return await p.wait()
async def nothing(): await asyncio.sleep(0)
async def conn():
    s = await asyncio.start_server(lambda r, w: None, '127.0.0.1', 0)
    s.close()
d = tempfile.mkdtemp()
with open(os.path.join(d, 'fresh_module.py'), 'w') as f: f.write('x = 1\n')
sys.path.insert(0, d)
def fresh():
    sys.modules.pop('fresh_module', None); importlib.invalidate_caches()
    import fresh_module
    return fresh_module.x
def thread():
    t = threading.Thread(target=lambda: out.append(1)); out = []; t.start(); t.join(); return out
def proc(ctx):
    p = multiprocessing.get_context(ctx).Process(target=os.getpid); p.start(); p.join(); return p.exitcode
def trace():
    try: 1/0
    except ZeroDivisionError: return len(traceback.format_exc()) > 50
OPS = {'open': lambda: open('/dev/null').close(), 'os.open': lambda: os.close(os.open('/', 0)), 'fdopen': lambda: os.fdopen(os.dup(0)).close(), 'pipe': lambda: [os.close(f) for f in os.pipe()], 'dup': lambda: os.close(os.dup(0)), 'socket': lambda: socket.socket().close(),
  'socketpair': lambda: [s.close() for s in socket.socketpair()], 'listdir': lambda: len(os.listdir('/')) > 3, 'scandir': lambda: next(os.scandir('/')) and 1, 'walk': lambda: next(os.walk('/'))[0], 'glob': lambda: len(glob.glob('/*')) > 3, 'subprocess': lambda: subprocess.run(['true']).returncode,
  'capture': lambda: subprocess.run(['echo', 'x'], capture_output=True).stdout,  'system': lambda: os.system('true'), 'epoll': lambda: select.epoll().close(), 'poll': lambda: select.poll().poll(0), 'select': lambda: select.select([], [], [], 0),
  'tempfile': lambda: tempfile.TemporaryFile().close(), 'mkdtemp': lambda: os.rmdir(tempfile.mkdtemp()), 'asyncio': lambda: asyncio.run(nothing()), 'aio process': lambda: asyncio.run(sub()), 'aio server': lambda: asyncio.run(conn()), 'import': fresh, 'thread': thread, 'mp lock': lambda: multiprocessing.Lock() and 1, 'sqlite': lambda: sqlite3.connect(os.path.join(d, 'db')).execute('select 1').fetchall(), 'urandom': lambda: len(os.urandom(4)), 'random': lambda: random.SystemRandom().random() < 1, 'getaddrinfo': lambda: len(socket.getaddrinfo('localhost', 80)) > 0,
  'ssl': lambda: ssl.create_default_context() and 1, 'copy': lambda: shutil.copyfile('/etc/passwd', os.path.join(d, 'c')) and 1, 'rmtree': lambda: (os.makedirs(os.path.join(d, 'a/b'), exist_ok=True), shutil.rmtree(os.path.join(d, 'a'))) and 1, 'zip': lambda: zipfile.ZipFile(os.path.join(d, 'z'), 'w').close(), 'traceback': trace,
  'selector': lambda: selectors.DefaultSelector().close(), 'openpty': lambda: [os.close(f) for f in os.openpty()], 'memfd': lambda: os.close(os.memfd_create('x')), 'eventfd': lambda: os.close(os.eventfd(0)), 'fork_exec': lambda: os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)[1]),
  'getcwd': lambda: os.getcwd() and 1, 'which': lambda: shutil.which('true') and 1, 'fileio': lambda: io.FileIO('/dev/null').close(), 'wakeup': lambda: signal.set_wakeup_fd(-1), 'compile': lambda: eval(compile('1', 'f', 'eval')),}
LOOSE = 'import', 'sqlite', 'fork', 'spawn', 'aio process' # what of theirs dies when is another matter
def main():
    for name, f in OPS.items():
        r = []
        for n in (0, 1, 2, 3, 5):
            gc.collect(); before = used()
            fds = fill(n)
            try: x = repr(f())
            except Exception as e: x = f'{type(e).__name__} {getattr(e, "errno", None)}'
            for fd in fds: os.close(fd)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            gc.collect(); leaked = used() != before and name not in LOOSE
            r.append(x + (' leaked' if leaked else ''))
        try: x = repr(f())
        except Exception as e: x = f'{type(e).__name__} {e}'
        print(name, r, x, flush=True)
if __name__ == '__main__':
    main()
shutil.rmtree(d)
