# black formats its own modules, at another length of line.
# SPDX-License-Identifier: MIT
import hashlib

import black
import black.linegen
import black.trans

for m in (black, black.linegen, black.trans):
    text = black.format_str(open(m.__file__).read(), mode=black.Mode(line_length=60))
    print(m.__name__, len(text), hashlib.sha256(text.encode()).hexdigest())
