# A file's raw object may be given methods of its own: buffers and texts must call them, not read the descriptor behind its back.
import os, tempfile

with tempfile.TemporaryDirectory() as d:
    path = os.path.join(d, "f")
    with open(path, "wb") as f:
        f.write(b"line 1\nline 2\n" * 3000)
    f = open(path, "rb")
    print(f.readline())  # expect: b'line 1\n'
    f.raw.readinto = lambda b: 0
    print(len(f.read(100000)) < 20000)  # expect: True
    f.close()
    got = []
    f = open(path, "wb", buffering=16)
    f.raw.write = lambda b: (got.append(bytes(b)), len(b))[1]
    f.write(b"x" * 40)
    f.flush()
    print(b"".join(got) == b"x" * 40)  # expect: True
    f.close()
    t = open(path, "w")
    t.buffer.raw.write = lambda b: (got.append(bytes(b)), len(b))[1]
    del got[:]
    t.write("text\n")
    t.close()
    print(got, os.path.getsize(path))  # expect: [b'text\n'] 0
