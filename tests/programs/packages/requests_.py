# requests and urllib3 against a local server, in threads.
# SPDX-License-Identifier: MIT
import json, threading, warnings
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
import requests, urllib3


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *a): pass

    def answer(self, status, body, **headers):
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/redirect":
            self.answer(302, b"", Location="/hello?from=redirect")
        elif self.path == "/cookie":
            self.answer(200, b"set", Set_Cookie="session=42; Path=/")
        elif self.path == "/missing":
            self.answer(404, b"nothing here")
        elif self.path == "/big":
            self.answer(200, b"0123456789" * 50000, Content_Type="application/octet-stream")
        elif self.path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (b"one ", b"two ", b"three"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        elif self.path == "/gzip":
            import gzip
            self.answer(200, gzip.compress(b"squeezed " * 100), Content_Encoding="gzip", Content_Type="text/plain")
        else:
            self.answer(200, f"GET {self.path} cookie={self.headers.get('Cookie')} auth={self.headers.get('Authorization')}".encode(), Content_Type="text/plain; charset=utf-8")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers["Content-Type"]
        if kind == "application/json":
            self.answer(200, json.dumps({"got": json.loads(body)}).encode(), Content_Type="application/json")
        else:
            self.answer(201, b"%d bytes of %s" % (len(body), kind.split(";")[0].encode()))


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"

r = requests.get(base + "/hello", params={"a": "1 2", "b": ["x", "é"]})
print(r.status_code, r.reason, r.text, r.encoding, r.headers["content-type"])
r = requests.get(base + "/redirect")
print(r.status_code, [h.status_code for h in r.history], r.text)
print(requests.post(base, json={"k": [1, None, "é"]}).json())
r = requests.post(base, data={"form": "value"}); print(r.status_code, r.text)
r = requests.post(base, files={"f": ("name.txt", b"content")}); print(r.status_code, r.text.split(" of ")[1])
with requests.Session() as s:
    s.auth = ("user", "pass")
    s.get(base + "/cookie")
    print(s.cookies.get_dict(), s.get(base + "/again").text)
try:
    requests.get(base + "/missing").raise_for_status()
except requests.HTTPError as e:
    print("HTTPError", e.response.status_code, e.response.text)
try:
    requests.get("http://127.0.0.1:9/", timeout=2)
except requests.ConnectionError as e:
    print("ConnectionError")
with requests.get(base + "/big", stream=True) as r:
    print(sum(len(c) for c in r.iter_content(8192)))
print(requests.get(base + "/chunks").text, len(requests.get(base + "/gzip").text))
pool = urllib3.PoolManager(maxsize=4)
print(pool.request("GET", base + "/pool", fields={"q": "1"}).data.decode())
with ThreadPoolExecutor(8) as ex, requests.Session() as s:
    texts = list(ex.map(lambda i: s.get(base + f"/t{i}").text.split()[1], range(60)))
print(texts == [f"/t{i}" for i in range(60)])
server.shutdown()
