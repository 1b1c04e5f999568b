# docutils: reStructuredText to HTML, pseudo-XML and a manual page.
# SPDX-License-Identifier: MIT
import os
from docutils.core import publish_parts, publish_string

text = """
=====
Title
=====

:Author: Somebody
:Version: 1

.. contents::

Section
=======

A paragraph with *emphasis*, **strong**, ``literal``, a `link <http://example.org>`_, a footnote [#]_ and |sub|.

.. |sub| replace:: substituted text
.. [#] The note.

Sub
---

- a list

  #. numbered
  #. again

term
    definition

.. code:: python

    def f(x): return x + 1

.. table:: Caption

   ===  ===
   a    b
   ===  ===
   1    2
   ===  ===

+-----+-----+
| one | two |
+-----+-----+
|    both   |
+-----------+

.. note:: An admonition
.. math:: a^2 + b^2

Broken `reference`_ and *unclosed.
"""
settings = {"report_level": 5, "warning_stream": "", "syntax_highlight": "none", "math_output": "LaTeX", "halt_level": 6, "embed_stylesheet": False, "stylesheet_path": "", "stylesheet": ""}
share = os.environ["PYTHONPATH"] + "/../../../share/docutils/writers/"
print(publish_parts(text, writer_name="html5", settings_overrides=settings | {"template": share + "html5_polyglot/template.txt"})["body"])
print(publish_string(text, writer_name="pseudoxml", settings_overrides=settings).decode())
print(publish_parts(text, writer_name="manpage", settings_overrides=settings)["whole"][-600:])
