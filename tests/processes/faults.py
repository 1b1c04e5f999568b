# faulthandler: tracebacks on fatal signals, on request and after a timeout; the status is the signal's.
import faulthandler, re, signal, subprocess, sys, tempfile
def run(code, *options):
    p = subprocess.run([sys.executable, *options, '-c', code], capture_output=True, text=True)
    text = re.sub(r'0x[0-9a-f]{16}', '0x', p.stderr)
    print(p.returncode, text.strip())
run('import faulthandler\ndef f(): faulthandler._sigsegv()\nf()', '-X', 'faulthandler')
run('import faulthandler; faulthandler.enable(); faulthandler._sigabrt()')
run('import faulthandler; faulthandler.enable(); faulthandler._sigfpe()')
run('import faulthandler; faulthandler.enable(); faulthandler.disable(); faulthandler._sigsegv()')
run('import faulthandler, time; faulthandler.dump_traceback_later(.1); time.sleep(.4)')
run('import faulthandler, time; faulthandler.dump_traceback_later(.1, exit=True); time.sleep(4)')
with tempfile.TemporaryFile() as f:
    def where():
        faulthandler.dump_traceback(f, all_threads=False)
    where()
    faulthandler.register(signal.SIGUSR1, f, all_threads=False)
    signal.raise_signal(signal.SIGUSR1)
    print(faulthandler.unregister(signal.SIGUSR1), faulthandler.unregister(signal.SIGUSR1))
    f.seek(0)
    print(f.read().decode().replace(__file__, 'FILE'))
for bad in (lambda: faulthandler.register(signal.SIGSEGV), lambda: faulthandler.register(1000), lambda: faulthandler.dump_traceback_later(0), lambda: faulthandler.enable(-1)):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, e)
