# PyYAML's loader and dumper in Python.
# SPDX-License-Identifier: MIT
import datetime, io, yaml

doc = """
# a comment
name: example
list: [1, 2.5, true, null, ~, 0x1F, 0o17, 1_000, .inf, 2001-12-14]
nested:
  - a: &anchor {x: 1, y: [p, q]}
    b: *anchor
  - |
    literal
      text
  - >
    folded
    text

    here
merge:
  <<: *anchor
  z: 3
"quoted \\u00e9": 'it''s'
? [complex, key]
: !!set {a, b}
binary: !!binary aGVsbG8=
when: 2001-12-14t21:59:43.10-05:00
"""
data = yaml.load(doc.replace("? [complex, key]\n: !!set {a, b}\n", ""), Loader=yaml.SafeLoader)
print(data)
print(data["nested"][0]["a"] is data["nested"][0]["b"])
print(yaml.dump(data, Dumper=yaml.SafeDumper, allow_unicode=True, sort_keys=True))
print(list(yaml.safe_load_all("a: 1\n---\n- b\n...\n---\nc")))
for event in yaml.parse("- a\n- {b: c}", Loader=yaml.SafeLoader):
    print(event)
for bad in ("a: [1", "a: b: c", "\t- x", "*unknown", "!!python/object:os.system x"):
    try:
        yaml.safe_load(bad)
    except yaml.YAMLError as e:
        print(type(e).__name__, str(e).replace("\n", " | "))

class Point(yaml.YAMLObject):
    yaml_tag, yaml_loader, yaml_dumper = "!point", yaml.SafeLoader, yaml.SafeDumper
    def __init__(self, x, y): self.x, self.y = x, y
    def __repr__(self): return f"Point({self.x}, {self.y})"
print(yaml.safe_load("!point {x: 1, y: 2}"), yaml.safe_dump([Point(3, 4)]), end="")
big = {f"key{i}": [{"n": j, "s": f"text {j}", "d": datetime.date(2020, 1, 1 + j)} for j in range(5)] for i in range(100)}
s = yaml.dump(big, Dumper=yaml.SafeDumper)
print(len(s), yaml.load(s, Loader=yaml.SafeLoader) == big)
