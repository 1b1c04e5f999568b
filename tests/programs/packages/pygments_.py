# Pygments: several languages and formatters.
# SPDX-License-Identifier: MIT
import hashlib
from pygments import highlight, lex
from pygments.formatters import HtmlFormatter, LatexFormatter, NullFormatter, TerminalFormatter
from pygments.lexers import get_lexer_by_name, guess_lexer

source = 'import os\n\n@decorator\nclass A(B):\n    """Doc."""\n    async def f(self, x: int = 0x1F) -> str:\n        return f"{x!r:>{width}} {self.y}" if x else b"\\n"  # comment\n'
print(highlight(source, get_lexer_by_name("python"), HtmlFormatter(linenos=True)))
print(highlight(source, get_lexer_by_name("python"), TerminalFormatter()))
for name, text in {"c": "#include <stdio.h>\nint main(void) { return printf(\"%d\\n\", 'a' + 0x10); /* c */ }\n", "json": '{"a": [1, 2.5, null, "x\\n"]}', "yaml": "a: [1, 'b']\n# c\n- &x y\n",
                   "html": "<p class='a'>x &amp; y<script>var a = 1;</script></p>", "sql": "SELECT * FROM t WHERE a = 'b' -- c\n", "bash": 'for i in $(ls); do echo "$i"; done\n',
                   "rust": "fn main() { let x: u32 = 1_000; println!(\"{}\", x); }\n", "javascript": "const f = async (x) => `${x}` + /re+/g.test(y);\n", "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n"}.items():
    tokens = list(lex(text, get_lexer_by_name(name)))
    print(name, len(tokens), [str(t)[6:] for t, _ in tokens][:8], "".join(v for _, v in tokens) == text)
print(guess_lexer("#!/usr/bin/python\nprint(1)").name)
big = open("build/stdlib/lib/python3.13/argparse.py").read()
html = highlight(big, get_lexer_by_name("python"), HtmlFormatter())
print(len(html), hashlib.sha256(html.encode()).hexdigest())
