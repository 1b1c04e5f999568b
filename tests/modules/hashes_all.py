import hashlib
import hmac
import random

random.seed(7)
data = bytes(random.randrange(256) for _ in range(5000))
for name in ('md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3_224', 'sha3_256', 'sha3_384', 'sha3_512', 'blake2b', 'blake2s', 'shake_128', 'shake_256'):
    arg = (50,) if name.startswith('shake') else ()
    h = getattr(hashlib, name)()
    print(name, h.name, h.digest_size, h.block_size, h.hexdigest(*arg))
    for n in (1, 55, 56, 63, 64, 65, 71, 72, 104, 111, 112, 127, 128, 129, 135, 136, 137, 144, 168, 169, 1000, 5000):
        h = getattr(hashlib, name)(data[:n])
        g = hashlib.new(name)
        for i in range(0, n, 37):
            g.update(data[i:min(n, i + 37)])
        assert g.digest(*arg) == h.digest(*arg) == h.copy().digest(*arg), (name, n)
        print(n, h.hexdigest(*arg)[:32])
for kw in ({'digest_size': 20}, {'key': b'k' * 32}, {'salt': b's' * 8, 'person': b'p'}, {'fanout': 2, 'depth': 3, 'leaf_size': 4096, 'node_offset': 5, 'node_depth': 1, 'inner_size': 32, 'last_node': True}):
    for f in (hashlib.blake2b, hashlib.blake2s):
        print(f(b'abc', **kw).hexdigest())
print(hashlib.blake2b.SALT_SIZE, hashlib.blake2s.MAX_KEY_SIZE)
for name in ('md5', 'sha1', 'sha256', 'sha512', 'sha3_256', 'blake2b'):
    print(hmac.new(b'key' * 40, data[:777], name).hexdigest())
print(hmac.compare_digest(b'abc', b'abc'), hmac.compare_digest('abc', 'abd'))


def error(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


error(lambda: hashlib.blake2b('text'))
error(lambda: hashlib.blake2b(digest_size=65))
error(lambda: hashlib.blake2b(digest_size=0))
error(lambda: hashlib.blake2s(key=b'x' * 33))
error(lambda: hashlib.blake2s(salt=b'x' * 33))
error(lambda: hashlib.blake2s(person=b'x' * 33))
error(lambda: hashlib.blake2s(fanout=300))
error(lambda: hashlib.blake2s(depth=0))
error(lambda: hashlib.blake2s(leaf_size=-1))
error(lambda: hashlib.blake2s(node_offset=2 ** 48))
error(lambda: hashlib.blake2s(inner_size=33))
