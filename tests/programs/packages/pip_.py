# pip in a virtual environment installs a wheel that is made here.
# SPDX-License-Identifier: MIT
import base64, hashlib, os, pathlib, shutil, subprocess, sys, tempfile, zipfile

top = pathlib.Path(tempfile.mkdtemp())
env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "PIP_"))} | {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def wheel(name, version, files, requires=(), scripts=()):
    path = top / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = dict(files)
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(f"Requires-Dist: {r}\n" for r in requires)
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if scripts:
        files[f"{info}/entry_points.txt"] = "[console_scripts]\n" + "".join(s + "\n" for s in scripts)
    record = ""
    with zipfile.ZipFile(path, "w") as z:
        for n, text in files.items():
            z.writestr(n, text)
            record += f"{n},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}\n"
        z.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")


def run(*args, ok=True):
    r = subprocess.run(args, cwd=top, env=env, capture_output=True, text=True)
    if ok and r.returncode:
        print(r.stdout, r.stderr)
    return r.stdout if ok else (r.returncode, r.stderr.splitlines()[-1] if r.stderr else "")


wheel("greet", "1.2", {"greet/__init__.py": "from shout import shout\ndef main():\n    import sys\n    print(shout('hello ' + ' '.join(sys.argv[1:])))\n", "greet/data.txt": "data"},
      requires=["shout>=2"], scripts=["greet = greet:main"])
wheel("shout", "2.0", {"shout.py": "def shout(s): return s.upper() + '!'\n"})
run(sys.executable, "-m", "venv", "ve")
python = str(top / "ve/bin/python")
print(run(python, "-m", "pip", "install", "--find-links", str(top), "greet").splitlines()[-1])
print(run(str(top / "ve/bin/greet"), "a", "b"), end="")
print([line.split() for line in run(python, "-m", "pip", "list").splitlines() if line.startswith(("greet", "shout"))])
print(run(python, "-m", "pip", "show", "-f", "greet").splitlines()[0:2])
print(run(python, "-m", "pip", "check").strip())
print(run(python, "-c", "import importlib.metadata as m, importlib.resources as r, greet; print(m.version('greet'), m.requires('greet'), r.files('greet').joinpath('data.txt').read_text())"), end="")
print(run(python, "-m", "pip", "uninstall", "-y", "greet").splitlines()[-1].strip())
print(run(python, "-m", "pip", "install", "no-such-thing", ok=False))
print(run(python, "-c", "import sys; print(sys.prefix != sys.base_prefix, sys.prefix.endswith('/ve'))"), end="")
shutil.rmtree(top)
# expect: Successfully installed greet-1.2 shout-2.0
# expect: HELLO A B!
# expect: [['greet', '1.2'], ['shout', '2.0']]
# expect: ['Name: greet', 'Version: 1.2']
# expect: No broken requirements found.
# expect: 1.2 ['shout>=2'] data
# expect: Successfully uninstalled greet-1.2
# expect: (1, 'ERROR: No matching distribution found for no-such-thing')
# expect: True True
