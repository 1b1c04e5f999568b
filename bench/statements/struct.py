"""Structures, ints as bytes."""
# SPDX-License-Identifier: MIT
import struct

s = struct.Struct('<IHd')
b = s.pack(1, 2, 3.0)
ba = bytearray(100)
big = struct.pack('100I', *range(100))


def statements():
    struct.pack('<IHd', 1, 2, 3.0)
    struct.unpack('<IHd', b)
    s.pack(1, 2, 3.0)
    s.unpack(b)
    s.unpack_from(b)
    s.pack_into(ba, 0, 1, 2, 3.0)
    struct.unpack('100I', big)
    list(struct.iter_unpack('I', big))
    struct.calcsize('<IHd')
    struct.pack('>q', 5)
    int.from_bytes(b'abcd', 'big')
    123456 .to_bytes(4, 'little')
