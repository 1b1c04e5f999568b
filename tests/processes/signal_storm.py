# Thousands of signals while everything waits, reads and writes: calls are taken up again (PEP 475), nothing is lost, handlers run.
# time: 120
import os, select, selectors, signal, socket, subprocess, sys, tempfile, threading, time, fcntl, queue, io

count = 0
def handler(n, f):
    global count
    count += 1
for s in (signal.SIGALRM, signal.SIGUSR1, signal.SIGCHLD, signal.SIGUSR2): signal.signal(s, handler)

# The storm comes from a child, which sends as fast as it may, with small pauses so that the program gets on.
main = os.getpid()
storm = subprocess.Popen([sys.executable, '-S', '-c', f'''
import os, signal, time
end = time.monotonic() + 100
try:
    while time.monotonic() < end:
        for s in (signal.SIGUSR1, signal.SIGALRM, signal.SIGCHLD): os.kill({main}, s)
        time.sleep(.0005)
except ProcessLookupError: pass
'''])
signal.setitimer(signal.ITIMER_REAL, .001, .001)
while count < 5: pass

def case(title, f):
    before = count
    start = time.monotonic()
    try: r = f()
    except BaseException as e: r = f'{type(e).__name__}: {e}'
    print(title, r)

def slept(seconds, f, *args):
    start = time.monotonic()
    r = f(*args)
    took = time.monotonic() - start
    return r if took >= seconds - .001 else f'only {took}'

data = bytes(range(256)) * 4096 # 1 MiB
case('sleep', lambda: slept(.1, time.sleep, .1))
case('select', lambda: slept(.1, select.select, [], [], [], .1))
p = select.poll(); r, w = os.pipe(); p.register(r, select.POLLIN)
case('poll', lambda: slept(.1, p.poll, 100))
e = select.epoll(); e.register(r, select.EPOLLIN)
case('epoll', lambda: slept(.1, e.poll, .1))
s = selectors.DefaultSelector(); s.register(r, selectors.EVENT_READ)
case('selector', lambda: slept(.02, s.select, .1)) # may return early: it says so
lock = threading.Lock(); lock.acquire()
case('lock', lambda: slept(.1, lock.acquire, True, .1))
ev = threading.Event()
case('event', lambda: slept(.1, ev.wait, .1))
cond = threading.Condition()
def cw():
    with cond: return cond.wait(.1)
case('condition', lambda: slept(.1, cw))
def empty(f, *a):
    try: f(*a)
    except queue.Empty: return 'Empty'
case('queue', lambda: slept(.1, empty, queue.Queue().get, True, .1))
case('simple queue', lambda: slept(.1, empty, queue.SimpleQueue().get, True, .1))
sem = threading.Semaphore(0)
case('semaphore', lambda: slept(.1, sem.acquire, True, .1))
t = threading.Thread(target=time.sleep, args=(.1,)); t.start()
case('join', lambda: t.join())
def pipe():
    r, w = os.pipe()
    def write():
        n = 0
        while n < len(data): n += os.write(w, data[n:n + 65536])
        os.close(w)
    t = threading.Thread(target=write); t.start()
    got = bytearray()
    while b := os.read(r, 10000): got += b
    t.join(); os.close(r)
    return got == data
case('os.read', pipe)
def pipe_main_writes():
    r, w = os.pipe()
    got = bytearray()
    def read():
        while b := os.read(r, 3000):
            got.extend(b); time.sleep(.0001)
    t = threading.Thread(target=read); t.start()
    with os.fdopen(w, 'wb') as f: n = f.write(data)
    t.join(); os.close(r)
    return n, got == data
case('buffered write', pipe_main_writes)
def unbuffered():
    r, w = os.pipe()
    got = bytearray()
    def read():
        while b := os.read(r, 3000): got.extend(b)
    t = threading.Thread(target=read); t.start()
    with open(w, 'wb', 0) as f:
        n = 0
        while n < len(data): n += f.write(data[n:])
    t.join(); os.close(r)
    return n, got == data
case('raw write', unbuffered)
def text():
    r, w = os.pipe()
    lines = [f'line {i} é€\n' for i in range(20000)]
    def write():
        with open(w, 'w', encoding='utf-8') as f: f.writelines(lines)
    t = threading.Thread(target=write); t.start()
    with open(r, encoding='utf-8') as f: got = list(f)
    t.join()
    return got == lines
case('text', text)
def sockets():
    a, b = socket.socketpair()
    t = threading.Thread(target=lambda: (a.sendall(data), a.close())); t.start()
    got = bytearray()
    while x := b.recv(5000): got += x
    t.join(); b.close()
    return got == data
case('socket recv', sockets)
def sendall():
    a, b = socket.socketpair()
    got = bytearray()
    def read():
        while x := b.recv(3000): got.extend(x)
    t = threading.Thread(target=read); t.start()
    a.sendall(data); a.close()
    t.join(); b.close()
    return got == data
case('socket sendall', sendall)
def timeout():
    a, b = socket.socketpair()
    b.settimeout(.1)
    try: b.recv(1)
    except TimeoutError as e: return str(e)
case('socket timeout', lambda: slept(.1, timeout))
def accept():
    l = socket.create_server(('127.0.0.1', 0))
    t = threading.Thread(target=lambda: (time.sleep(.05), socket.create_connection(l.getsockname()).close())); t.start()
    c, _ = l.accept(); x = c.recv(1); c.close(); l.close(); t.join()
    return x
case('accept', accept)
def connect():
    l = socket.create_server(('127.0.0.1', 0))
    out = []
    for i in range(20):
        c = socket.create_connection(l.getsockname(), timeout=5); s, _ = l.accept(); c.close(); s.close(); out.append(1)
    l.close()
    return len(out)
case('connect', connect)
def sub():
    p = subprocess.run(['sh', '-c', 'cat; exit 3'], input=data, capture_output=True)
    return p.returncode, p.stdout == data
case('subprocess.run', sub)
case('check_output', lambda: subprocess.check_output(['sh', '-c', 'sleep .1; echo x']))
case('wait timeout', lambda: subprocess.run(['sleep', '5'], timeout=.2))
def waits():
    p = subprocess.Popen(['sleep', '.1']); return p.wait()
case('wait', waits)
case('system', lambda: os.system('sleep .05; exit 4') >> 8)
def spawn():
    return [subprocess.call(['true']) for i in range(10)]
case('spawns', spawn)
def fork():
    pid = os.fork()
    if pid == 0: os._exit(5)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
import warnings; warnings.simplefilter('ignore')
case('waitpid', lambda: [fork() for i in range(10)])
def files():
    with tempfile.TemporaryDirectory() as d:
        for i in range(50):
            with open(f'{d}/{i}', 'w') as f: f.write('x' * 10000); f.flush(); os.fsync(f.fileno())
        n = sum(len(open(f'{d}/{i}').read()) for i in range(50))
        return n, len(os.listdir(d)), len(list(os.scandir(d)))
case('files', files)
def locks():
    with tempfile.TemporaryFile() as f, open(f.fileno(), 'rb', closefd=False) as g:
        fcntl.flock(f, fcntl.LOCK_EX); fcntl.lockf(f, fcntl.LOCK_EX); return 'locked'
case('file locks', locks)
def flock_wait():
    with tempfile.NamedTemporaryFile() as f:
        p = subprocess.Popen([sys.executable, '-c', f'import fcntl, time\nf = open({f.name!r}, "w"); fcntl.flock(f, fcntl.LOCK_EX); print("locked", flush=True); time.sleep(.3)'], stdout=subprocess.PIPE)
        p.stdout.readline()
        fcntl.flock(f, fcntl.LOCK_EX)
        return p.wait()
case('flock waits', flock_wait)
def fifo():
    with tempfile.TemporaryDirectory() as d:
        n = d + '/fifo'; os.mkfifo(n)
        t = threading.Thread(target=lambda: (time.sleep(.1), open(n, 'w').write('hello'))); t.start()
        with open(n) as f: x = f.read()
        t.join()
        return x
case('open of a fifo', fifo)
def asy():
    import asyncio
    async def main():
        p = await asyncio.create_subprocess_exec('sh', '-c', 'echo hi', stdout=subprocess.PIPE)
        out, _ = await p.communicate()
        await asyncio.gather(*(asyncio.sleep(.05) for i in range(20)))
        return out, p.returncode, await asyncio.to_thread(lambda: 5)
    return asyncio.run(main())
case('asyncio', asy)
def import_():
    for m in ('decimal', 'statistics', 'html.parser', 'xml.dom.minidom', 'email.mime.text'): __import__(m)
    return 'imported'
case('import', import_)
case('compute', lambda: sum(i * i for i in range(300000)))
case('getrandom', lambda: len(os.urandom(100000)))
def sigwait():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    threading.Timer(.05, lambda: os.kill(main, signal.SIGUSR2)).start()
    try: return signal.sigwait([signal.SIGUSR2])
    finally: signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])
case('sigwait', sigwait)
def sigtimed():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    try: return signal.sigtimedwait([signal.SIGUSR2], .1)
    finally: signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])
case('sigtimedwait', lambda: slept(.1, sigtimed))
# A handler that writes to the stream that is being written.
out = io.StringIO()
def writes(n, f): out.write('s')
signal.signal(signal.SIGUSR1, writes)
def nested():
    for i in range(3000): out.write('m')
    return out.getvalue().count('m')
case('StringIO', nested)
signal.signal(signal.SIGUSR1, handler)
# A handler that raises comes out of whatever waits.
class Stop(Exception): pass
def raises(n, f): raise Stop
def stopped(f, *a):
    storm_off()
    signal.signal(signal.SIGALRM, raises)
    signal.setitimer(signal.ITIMER_REAL, .05)
    try: f(*a)
    except Stop: return 'stopped'
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
def storm_off():
    signal.setitimer(signal.ITIMER_REAL, 0)
    if storm.poll() is None:
        storm.kill(); storm.wait()
print('many' if count > 1000 else f'few: {count}')
r, w = os.pipe(); a, b = socket.socketpair(); full, fw = os.pipe()
for n, f in {'sleep': lambda: time.sleep(5), 'select': lambda: select.select([r], [], [], 5), 'read': lambda: os.read(r, 1), 'write': lambda: os.write(fw, bytes(1 << 20)), 'recv': lambda: b.recv(1), 'sendall': lambda: a.sendall(bytes(1 << 24)), 'lock': lambda: lock.acquire(), 'lock timeout': lambda: lock.acquire(timeout=5), 'event': lambda: threading.Event().wait(), 'queue': lambda: queue.Queue().get(), 'simple queue': lambda: queue.SimpleQueue().get(), 'readline': lambda: open(r, closefd=False).readline(), 'wait': lambda: subprocess.run(['sleep', '5']), 'sigwait': lambda: signal.sigtimedwait([signal.SIGUSR2], 5), 'rlock': lambda: threading.Semaphore(0).acquire(), 'compute': lambda: sum(i for i in range(10**9)), 'barrier': lambda: threading.Barrier(2).wait(), 'accept': lambda: socket.create_server(('127.0.0.1', 0)).accept(), 'pause': signal.pause, 'sorted': lambda: sorted(range(10**7), key=lambda x: -x)}.items():
    case('raises in ' + n, lambda: stopped(f))
