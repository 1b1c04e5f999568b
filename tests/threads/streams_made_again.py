# Buffered streams that threads initialise again, detach and close, while others read, write, seek and ask: errors, but nothing that was never there. threads.md 9
# SPDX-License-Identifier: MIT
# time: 60
import io, tempfile
from _soak import repeat, run

data = b"0123456789" * 500
file = tempfile.TemporaryFile(buffering=0)
file.write(data)
slot = [io.BufferedReader(io.BytesIO(data), 64), io.BufferedWriter(io.BytesIO(), 64), io.BufferedRandom(io.BytesIO(data), 64), io.BufferedReader(file, 32)]
def tries(f, *args):
    try:
        return f(*args)
    except (ValueError, OSError, RuntimeError, io.UnsupportedOperation):
        return None
@repeat
def again():
    for i, raw in enumerate((io.BytesIO(data), io.BytesIO(), io.BytesIO(data), file)):
        tries(slot[i].__init__, raw, 16 + i)
@repeat
def detaches():
    for s in slot:
        tries(s.detach)
@repeat
def closes():
    for s in slot[:3]:
        tries(s.close)
@repeat
def renews():
    slot[0], slot[1], slot[2] = io.BufferedReader(io.BytesIO(data), 64), io.BufferedWriter(io.BytesIO(), 64), io.BufferedRandom(io.BytesIO(data), 64)
@repeat
def reads():
    room = bytearray(20)
    for s in slot:
        for part in tries(s.read, 50), tries(s.read1, 20), tries(s.peek) if hasattr(s, "peek") else b"", tries(s.readline, 30):
            assert not part or part.isdigit() or set(part) <= set(b"0123456789x"), part
        tries(s.readinto, room)
        tries(s.seek, 3)
        tries(s.tell)
@repeat
def writes():
    for s in slot[1:3]:
        tries(s.write, b"x" * 40)
        tries(s.flush)
        tries(s.truncate, 4000)
@repeat
def asks():
    for s in slot:
        for name in "closed", "raw", "mode", "name":
            tries(lambda: getattr(s, name, None))
        for f in s.readable, s.writable, s.seekable, s.fileno, s.isatty, s.__repr__, s.__sizeof__:
            tries(f)
print(run(again, again, detaches, reads, reads, writes, asks))  # expect: []
print(run(again, closes, renews, reads, writes, asks))  # expect: []
