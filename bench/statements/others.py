"""Weak references, context variables, queues, arrays, checksums, copies, numbers."""
# SPDX-License-Identifier: MIT
import array
import base64
import binascii
import contextvars
import copy
import fractions
import hashlib
import math
import queue
import statistics
import string
import textwrap
import types
import uuid
import weakref
import zlib

u = uuid.uuid4()


class W:
    pass


w = W()
r = weakref.ref(w)
wd = weakref.WeakValueDictionary()
wd[1] = w
wk = weakref.WeakKeyDictionary()
wk[w] = 1
ws = weakref.WeakSet([w])
cv = contextvars.ContextVar('x', default=1)
q = queue.SimpleQueue()
Q = queue.Queue()
ar = array.array('i', range(100))
pr = weakref.proxy(w)
w.x = 1
tm = string.Template('$a b')
fr = fractions.Fraction(1, 3)
L = [1, 2, 3]
dc = {'a': [1, 2], 'b': {'c': 1}}
cx = contextvars.copy_context()


def statements():
    weakref.ref(w)
    r()
    wd[1]
    wk[w]
    w in ws
    list(ws)
    list(wd.items())
    wd.get(1)
    pr.x
    weakref.ref(w, print)
    weakref.finalize(w, print).detach()
    cv.get()
    cv.set(1)
    tk = cv.set(2); cv.reset(tk)
    contextvars.copy_context()
    cx.run(int)
    q.put(1); q.get()
    Q.put(1); Q.get()
    ar[5]
    ar[5] = 3
    list(ar)
    sum(ar)
    ar.append(1); ar.pop()
    array.array('i', range(100))
    ar.tobytes()
    binascii.hexlify(b'abcd' * 10)
    b'abcd'.hex()
    bytes.fromhex('61626364')
    base64.b64encode(b'abcd' * 20)
    base64.b64decode(b'YWJjZGFiY2Q=')
    binascii.crc32(b'abcd' * 100)
    zlib.crc32(b'abc')
    zlib.compress(b'abcd' * 100)
    hashlib.md5(b'abc').hexdigest()
    hashlib.sha256(b'abc').digest()
    copy.copy(L)
    copy.deepcopy(dc)
    copy.deepcopy(L)
    copy.copy(w)
    statistics.mean(L)
    statistics.NormalDist(0, 1).inv_cdf(0.3)
    tm.substitute(a=1)
    fr + fr
    math.gcd(12, 18)
    math.comb(20, 5)
    math.factorial(20)
    math.isqrt(10 ** 10)
    math.hypot(3, 4)
    math.fsum([0.1] * 10)
    math.prod(L)
    math.sqrt(2.0)
    math.floor(2.5)
    math.dist((1, 2), (3, 4))
    math.sumprod([1, 2], [3, 4])
    math.log(2)
    textwrap.dedent(' a\n b')
    types.SimpleNamespace(a=1)
    string.capwords('a b')
    uuid.uuid4()
    uuid.UUID('12345678123456781234567812345678')
    str(u)
