# At exit a __del__ ran after the modules that it uses had been emptied, where a native module (here _asyncio) still held one of them: an event loop left open
# said "TypeError: 'NoneType' object is not callable" out of selectors.py.
import asyncio
import subprocess
import sys

if len(sys.argv) > 1:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(asyncio.sleep(0))

    class Last:
        def __del__(self):
            print(asyncio.iscoroutine(1), sys is not None, loop is not None)

    asyncio.kept = Last()  # by a module that the native one refers to
    sys.exit()

r = subprocess.run([sys.executable, __file__, "child"], capture_output=True, text=True)
assert r.stdout == "False True True\n", r
assert "Traceback" not in r.stderr and "NoneType" not in r.stderr, r.stderr
