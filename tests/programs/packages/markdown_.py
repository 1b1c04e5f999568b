# Markdown: the core and its extensions.
# SPDX-License-Identifier: MIT
import markdown

text = """
Title
=====

A *paragraph* with **strong**, `code`, a [link](http://example.org "t"), ![image](a.png) and <b>html</b> & entities.
Second line  
after a break.

## Section {#sec .cls}

1. one
2. two
    - nested
    - list

> quoted
> > twice

    indented code <&>

```python
def f(x):
    return x < 1
```

| a | b |
|---|:-:|
| 1 | 2 |

Term
:   Definition

A note[^1] and an HTML abbreviation.

[^1]: The note.

*[HTML]: Hyper Text
"""
md = markdown.Markdown(extensions=["extra", "toc", "sane_lists", "smarty", "admonition", "meta"])
print(md.convert(text))
print(md.toc)
print(len(markdown.markdown(text * 30)))
