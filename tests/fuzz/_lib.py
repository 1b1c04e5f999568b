"""What the fuzz targets share: options, the log, and the loop.
SPDX-License-Identifier: MIT
"""
import argparse
import os
import random
import signal
import sys
import time
import warnings


def main(once, seconds=8, corpus=()):
    """Calls once(r, note) with one random.Random after another until the time is up. note(b) writes to the log what is about to be tried; a sound target lets
    no exception out but those that it expects."""
    p = argparse.ArgumentParser()
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--seconds', type=float, default=seconds)
    p.add_argument('--steps', type=int, default=10**9)
    p.add_argument('--log')
    a = p.parse_args()
    warnings.simplefilter('ignore')
    fd = os.open(a.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644) if a.log else None

    def note(x):
        if fd is not None:
            os.ftruncate(fd, 0)
            os.pwrite(fd, (x if isinstance(x, bytes) else ascii(x).encode()) + b'\n', 0)
    end = time.monotonic() + a.seconds
    i = 0
    def slow(*_):
        raise Slow
    signal.signal(signal.SIGALRM, slow)
    while time.monotonic() < end and i < a.steps:
        try:
            signal.alarm(4)
            try:
                once(random.Random(a.seed * 1000003 + i), note)
            finally:
                signal.alarm(0)
        except Slow: # what takes long can at least be interrupted
            pass
        i += 1


class Slow(BaseException):
    pass


def mutate(r, data, pieces=()):
    """data (bytes) with a few bytes or pieces changed, put in, taken out, doubled."""
    b = bytearray(data)
    for k in range(r.randrange(1, 6)):
        i = r.randrange(len(b) + 1)
        how = r.randrange(7)
        if how == 0 and b:
            b[i - 1] = r.randrange(256)
        elif how == 1 and b:
            b[i - 1] ^= 1 << r.randrange(8)
        elif how == 2:
            b[i:i] = bytes([r.randrange(256)])
        elif how == 3 and b:
            del b[i:i + r.randrange(1, 9)]
        elif how == 4 and pieces:
            x = r.choice(pieces)
            b[i:i] = x if isinstance(x, bytes) else x.encode('utf-8', 'surrogatepass')
        elif how == 5:
            j = r.randrange(len(b) + 1)
            b[j:j] = b[i:i + r.randrange(20)]
        else:
            b[i:i + 4] = r.choice((b'\xff\xff\xff\x7f', b'\xff\xff\xff\xff', b'\0\0\0\x80', b'\0\0\0\0', b'\xff\x7f', b'\x80'))
    return bytes(b)


def text_of(r, pieces, n):
    return ''.join(r.choice(pieces) for i in range(r.randrange(1, n)))
