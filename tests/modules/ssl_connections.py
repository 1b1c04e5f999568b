# TLS: contexts, connections with threads on both ends and both ways at once, memory BIOs, verification, asyncio.
# time: 60
import asyncio, os, socket, ssl, sys, test, threading

certs = next(p for p in (os.path.join(os.path.dirname(test.__file__), "certdata"), "build/stdlib/lib/python3.13/test/certdata") if os.path.exists(p))
CERT, CA = os.path.join(certs, "keycert3.pem"), os.path.join(certs, "pycacert.pem")


def server_context():
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(CERT)
    c.set_alpn_protocols(["echo", "other"])
    return c


def client_context():
    c = ssl.create_default_context(cafile=CA)
    c.set_alpn_protocols(["nothing", "echo"])
    return c


def serve(listener, ctx, n):
    def one(raw):
        try:
            with ctx.wrap_socket(raw, server_side=True) as s:
                while data := s.recv(65536):
                    s.sendall(data)
        except (ssl.SSLError, OSError):
            pass
    for _ in range(n):
        raw, _ = listener.accept()
        threading.Thread(target=one, args=(raw,)).start()


listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
threading.Thread(target=serve, args=(listener, server_context(), 11), daemon=True).start()

# One connection: certificate, version, both directions at once.
with client_context().wrap_socket(socket.create_connection(address), server_hostname="localhost") as s:
    cert = s.getpeercert()
    print(cert["subject"][-1], cert["subjectAltName"], sorted(cert))
    print(s.version(), s.selected_alpn_protocol(), s.server_hostname, s.cipher()[1], s.compression(), len(s.getpeercert(True)) > 500)
    data = os.urandom(3_000_000)
    writer = threading.Thread(target=s.sendall, args=(data,))
    writer.start()
    got = bytearray()
    while len(got) < len(data):
        got += s.recv(100_000)
    writer.join()
    print("echo", got == data)
    s.settimeout(0.05)
    try:
        s.recv(1)
    except TimeoutError as e:
        print("timeout", e)
    s.setblocking(False)
    try:
        s.recv(1)
    except ssl.SSLWantReadError as e:
        print(type(e).__name__, e.errno, isinstance(e, OSError))

# Many at once.
def client(i, results):
    with client_context().wrap_socket(socket.create_connection(address), server_hostname="localhost") as s:
        text = f"client {i}".encode() * 10000
        s.sendall(text)
        got = bytearray()
        while len(got) < len(text):
            n = s.recv_into(buf := bytearray(8192))
            got += buf[:n]
        results[i] = got == text
results = {}
threads = [threading.Thread(target=client, args=(i, results)) for i in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print(sum(results.values()))

# Refusals.
for hostname, ctx in (("example.com", client_context()), ("localhost", ssl.create_default_context())):
    try:
        ctx.wrap_socket(socket.create_connection(address), server_hostname=hostname)
    except ssl.SSLCertVerificationError as e:
        print(e.reason, e.library, e.verify_code, e.verify_message, isinstance(e, ValueError))

# Memory BIOs, no socket at all.
ci, co, si, so = (ssl.MemoryBIO() for _ in range(4))
c = client_context().wrap_bio(ci, co, server_hostname="localhost")
s = server_context().wrap_bio(si, so, server_side=True)
done = set()
while len(done) < 2:
    for side in (c, s):
        try:
            side.do_handshake()
            done.add(side)
        except ssl.SSLWantReadError:
            pass
        si.write(co.read())
        ci.write(so.read())
print(c.write(b"to the server"), si.write(co.read()) > 0, s.read(), s.version() == c.version())
try:
    s.read()
except ssl.SSLWantReadError as e:
    print("want read", e.args[1].split(" (_ssl")[0])
ci.write_eof()
try:
    c.read()
except ssl.SSLError as e:
    print(type(e).__name__)


async def main():
    async def echo(reader, writer):
        while data := await reader.read(1000):
            writer.write(data.upper())
            await writer.drain()
        writer.close()
    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=server_context())
    async def one(i):
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), ssl=client_context(), server_hostname="localhost")
        writer.write(b"hello %d" % i)
        answer = await reader.readexactly(7)
        writer.close()
        await writer.wait_closed()
        return answer
    async with server:
        return await asyncio.gather(*(one(i) for i in range(5)))
print(asyncio.run(main()))

# A server name chooses the certificate.
names = []
ctx = server_context()
ctx.sni_callback = lambda sock, name, context: names.append((type(sock).__name__, name, context is ctx))
a, b = socket.socketpair()
t = threading.Thread(target=lambda: ctx.wrap_socket(a, server_side=True).close())
t.start()
client_context().wrap_socket(b, server_hostname="localhost").close()
t.join()
print(names)
