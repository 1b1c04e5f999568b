"""Text: splitting, joining, searching, formatting, regular expressions, parsing, files, logging."""
# SPDX-License-Identifier: MIT
import csv
import io
import logging
import os
import re
import string
import tempfile
import textwrap
from collections import Counter, OrderedDict, defaultdict, deque

WORDS = """the serpent waits a thousand years beneath the water for a pearl that falls from the sky and whoever
takes it up becomes a dragon and rises through the clouds while the others go on waiting in the dark""".split()


def caesar(text, by):
    out = []
    for c in text:
        if c.islower():
            out.append(chr((ord(c) - 97 + by) % 26 + 97))
        elif c.isupper():
            out.append(chr((ord(c) - 65 + by) % 26 + 65))
        else:
            out.append(c)
    return "".join(out)


def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<op>\*\*|[-+*/()=]))")


def tokens(text):
    at = 0
    while at < len(text):
        m = TOKEN.match(text, at)
        if not m:
            raise SyntaxError(text[at:])
        yield m.lastgroup, m.group(m.lastgroup)
        at = m.end()
    yield "end", ""


class Parser:
    """Expressions by recursive descent."""

    def __init__(self, text, names):
        self.tokens = list(tokens(text))
        self.at = 0
        self.names = names

    @property
    def kind(self):
        return self.tokens[self.at][0]

    def peek(self, *ops):
        kind, text = self.tokens[self.at]
        return kind == "op" and text in ops

    def take(self):
        text = self.tokens[self.at][1]
        self.at += 1
        return text

    def expression(self):
        value = self.term()
        while self.peek("+", "-"):
            value = value + self.term() if self.take() == "+" else value - self.term()
        return value

    def term(self):
        value = self.factor()
        while self.peek("*", "/"):
            value = value * self.factor() if self.take() == "*" else value / (self.factor() or 1)
        return value

    def factor(self):
        if self.peek("-"):
            self.take()
            return -self.factor()
        if self.peek("("):
            self.take()
            value = self.expression()
            self.take()
            return value
        if self.kind == "name":
            return self.names.get(self.take(), 0)
        return float(self.take())


def scan(text):
    """Words, numbers and strings, a character at a time."""
    i, found = 0, []
    while i < len(text):
        c = text[i]
        if c in " \t\n":
            i += 1
        elif c.isalpha() or c == "_":
            start = i
            while i < len(text) and (text[i].isalnum() or text[i] == "_"):
                i += 1
            found.append(("word", text[start:i]))
        elif c.isdigit():
            start = i
            while i < len(text) and text[i].isdigit():
                i += 1
            found.append(("number", int(text[start:i])))
        elif c == '"':
            end = text.index('"', i + 1)
            found.append(("string", text[i + 1:end]))
            i = end + 1
        else:
            found.append(("other", c))
            i += 1
    return found


def kind_of(token):
    match token:
        case ("word", ("if" | "while") as word):
            return word
        case ("word", str(name)) if name.startswith("_"):
            return "private"
        case ("number", int(n)):
            return n
        case [_, _]:
            return "plain"
        case {"kind": kind}:
            return kind
        case _:
            return None


def main(n):
    out = []
    lines = [" ".join(WORDS[(i * j) % len(WORDS)] for j in range(1, 9)) + f" {i}, {i * 7 % 100}" for i in range(n)]
    text = "\n".join(lines)
    counts = Counter(w for line in lines for w in line.split())
    index = defaultdict(list)
    for number, line in enumerate(text.splitlines()):
        for word in line.replace(",", "").split(" "):
            index[word.strip().lower()].append(number)
    groups = {}
    for word in index:
        groups.setdefault(len(word), set()).add(word)
    out.append((counts.most_common(3), len(index), {k: len(v) for k, v in sorted(groups.items())}))
    out.append(len(caesar(text[:5000], 3)) + edit_distance("kitten sitting on a mat" * 2, "sitting kitten at a mall" * 2))
    title = [w.title() if w.startswith("t") else w.upper() if w.endswith("s") else w.capitalize() for w in WORDS * 10]
    out.append(len("".join(title)) + text.count("the") + text.find("dragon") + text.rfind("pearl") + len(text.partition("sky")[2]))
    out.append(len(re.findall(r"\b[a-z]{4,6}\b", text)) + len(re.sub(r"(\w+), (\d+)", r"\2 \1", text)) + len(re.split(r"[,\s]+", text)))
    out.append(sum(int(m.group(1)) for m in re.finditer(r"(\d+)$", text, re.M)) + len(re.sub("[aeiou]", lambda m: m.group().upper(), text[:9000])))
    values = {"x": 3, "y_1": 4.5}
    for i in range(n // 8):
        out.append(Parser(f"(x + {i}) * -y_1 / 2 - (3 * {i}.5 + x)", values).expression())
    found = scan('if _x1 > 10 while "a string" then foo_bar = 42 + y ' * (n // 30))
    out.append(Counter(str(kind_of(t)) for t in found)["plain"])
    for i in range(n // 2):
        row = "%-10s|%5d|%08.3f|%x" % (WORDS[i % 20], i, i / 7, i), "{:>12}|{:,}|{:e}".format(WORDS[i % 20], i * 1000, i / 3), f"{i:04d} {i / 3!r} {WORDS[i % 9]:^10} {i=}"
        out.append(len(row[0]) + len(row[1]) + len(row[2]))
    table = str.maketrans("abc", "xyz", "q")
    out.append(len(text.translate(table)) + sum(c in string.punctuation for c in text[:5000]) + len(textwrap.fill(text[:2000], 40)))
    page = string.Template("$who waits $years years")
    out.extend(len(page.substitute(who=w, years=len(w))) for w in WORDS)
    raw = text.encode()
    out.append(len(raw.decode("utf-8")) + raw.count(b"the") + len(raw.split(b"\n")) + len(raw.hex()) + sum(raw[:2000]) + len(raw.replace(b"a", b"bb")))
    out.append(len("é日本 ".join(WORDS * 20).encode("utf-8").decode("utf-8").upper()))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "words.csv")
        with open(path, "w", newline="") as f:
            writer = csv.writer(f)
            for i, w in enumerate(WORDS * (n // 40)):
                writer.writerow([i, w, i / 4])
        with open(path) as f:
            out.append(sum(len(line.rstrip().split(",")) for line in f))
        with open(path, newline="") as f:
            out.append(sum(int(row["0"]) for row in csv.DictReader(f)))
        with open(path, "rb") as f:
            out.append(len(f.read()))
            f.seek(0)
            out.append(sum(len(line) for line in f))
        with open(path, "w") as f:
            for line in lines:
                print(line, file=f)
    stream = io.StringIO()
    log = logging.getLogger("training")
    log.propagate = False
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    for i in range(n // 8):
        log.info("line %d of %s", i, "many")
        log.debug("not wanted %d", i)
        if log.isEnabledFor(logging.WARNING) and i % 10 == 0:
            log.warning("tenth")
    out.append(stream.getvalue().count("\n"))
    window, sums = deque(maxlen=5), OrderedDict()
    for i, line in enumerate(lines):
        window.append(len(line))
        sums[i % 50] = sum(window)
        if i % 3 == 0:
            sums.move_to_end(i % 50)
    out.append(sum(sums.values()))
    buffer = io.BytesIO()
    for line in lines:
        buffer.write(line.encode())
    out.append(len(buffer.getvalue()))
    return out


main(30000)
