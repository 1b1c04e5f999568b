# Flask behind werkzeug's server, one thread per request; and its test client.
# SPDX-License-Identifier: MIT
import logging, threading, time, urllib.request, urllib.error, json
from concurrent.futures import ThreadPoolExecutor
from flask import Flask, abort, g, jsonify, redirect, render_template_string, request, session, url_for, Blueprint, flash, get_flashed_messages
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)
app = Flask(__name__)
app.secret_key = "for tests only"
hits, lock, together = 0, threading.Lock(), threading.Barrier(4)

@app.before_request
def before(): g.start = time.monotonic()

@app.after_request
def after(response):
    response.headers["X-Took"] = str(time.monotonic() - g.start >= 0)
    return response

@app.route("/")
def index(): return render_template_string("<h1>{{ name }}</h1>{% for i in range(3) %}{{ i }}{% endfor %}", name=request.args.get("name", "<nobody>"))

@app.route("/items/<int:n>", methods=["GET", "POST"])
def items(n):
    if n > 99: abort(404)
    return jsonify(n=n, method=request.method, data=request.get_json(silent=True), url=url_for("items", n=n))

@app.route("/count")
def count():
    session["n"] = session.get("n", 0) + 1
    return str(session["n"])

@app.route("/wait")
def wait():
    global hits
    together.wait(20)  # only if four requests are being answered at once
    with lock: hits += 1
    return "met"

@app.route("/old")
def old(): return redirect(url_for("index", name="moved"))

@app.errorhandler(404)
def not_found(e): return f"nothing: {e.code}", 404

bp = Blueprint("admin", __name__, url_prefix="/admin")
@bp.route("/<path:p>")
def admin(p): return "admin " + p
app.register_blueprint(bp)

client = app.test_client()
print(client.get("/?name=A%26B").text, client.get("/").headers["X-Took"])
print(client.post("/items/7", json={"a": [1, 2]}).json, client.get("/items/100").text, client.get("/items/x").status_code)
print([client.get("/count").text for _ in range(3)], client.get("/old").status_code, client.get("/old", follow_redirects=True).text)
print(client.get("/admin/a/b").text, sorted(r.rule for r in app.url_map.iter_rules()))
with app.test_request_context("/?x=1"):
    print(request.args["x"], url_for("admin.admin", p="q"))

server = make_server("127.0.0.1", 0, app, threaded=True)
thread = threading.Thread(target=server.serve_forever)
thread.start()
base = f"http://127.0.0.1:{server.server_port}"
def get(path):
    with urllib.request.urlopen(base + path, timeout=30) as r:
        return r.read().decode()
with ThreadPoolExecutor(8) as ex:
    print(sorted(set(ex.map(get, ["/wait"] * 8))), hits)
    print([json.loads(t)["n"] for t in ex.map(get, [f"/items/{i}" for i in range(40)])] == list(range(40)))
try:
    get("/items/500")
except urllib.error.HTTPError as e:
    print(e.code, e.read().decode())
server.shutdown()
thread.join()
