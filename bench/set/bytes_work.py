# Bytes and bytearrays: indexing, slicing, building, struct, hex.
# SPDX-License-Identifier: MIT
import struct

from _timing import report, size


def run(n):
    out, total = bytearray(), 0
    for i in range(n):
        out.append(i & 255)
    for b in out:
        total += b
    data = bytes(out)
    for i in range(0, n - 8, 8):
        a, b = struct.unpack_from("<II", data, i)
        total += a ^ b
        total += int.from_bytes(data[i:i + 4], "big")
    out2 = b"".join(struct.pack(">Hi", i & 0xFFFF, i) for i in range(n // 4))
    total += data.find(b"\xff\x00") + len(data.hex()) + len(data.replace(b"\x00", b"--")) + len(out2)
    view = memoryview(data)
    for i in range(n // 4):
        total += view[i]
    return total + len(data.decode("latin-1").encode("utf-8"))


report("bytes_work", run, size(850_000))
