# Jinja2: inheritance, macros, filters, escaping, sandbox, the same environment in threads.
# SPDX-License-Identifier: MIT
import threading
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment, SecurityError

env = Environment(loader=DictLoader({
    "base": "<title>{% block title %}none{% endblock %}</title>\n{% block body %}{% endblock %}\n-- {{ footer|default('the end') }}",
    "page": "{% extends 'base' %}{% from 'macros' import item with context %}{% block title %}{{ title|title }}{% endblock %}"
            "{% block body %}<ul>{% for x in items if x.n is odd %}{{ item(x, loop) }}{% else %}empty{% endfor %}</ul>{% endblock %}",
    "macros": "{% macro item(x, loop) -%}<li class={{ loop.cycle('a', 'b') }}>{{ loop.index }}/{{ loop.length }} {{ x.name }}: {{ '%05.1f'|format(x.n) }}</li>{%- endmacro %}",
}), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
items = [{"name": f"<n{i}>", "n": i} for i in range(6)]
print(env.get_template("page").render(title="a title & more", items=items))
print(env.from_string("{{ xs|map(attribute='n')|select('gt', 2)|sum }} {{ xs|groupby('odd')|length }} {{ [3,1,2]|sort|join(',') }} {{ {'b': 1, 'a': 2}|dictsort|tojson }}").render(xs=[{"n": i, "odd": i % 2} for i in range(6)]))
print(env.from_string("{% set ns = namespace(t=0) %}{% for i in range(10) %}{% set ns.t = ns.t + i %}{% endfor %}{{ ns.t }} {{ 'x'|upper }} {{ 10 // 3 }} {{ 2 ** 10 }} {{ 'a' ~ 1 }} {{ not true }}").render())
for bad in ("{{ missing }}", "{% if %}", "{{ 1 / 0 }}"):
    try:
        env.from_string(bad).render()
    except (UndefinedError, TemplateSyntaxError, ZeroDivisionError) as e:
        print(type(e).__name__, e)
try:
    SandboxedEnvironment().from_string("{{ ().__class__.__bases__ }}").render()
except SecurityError as e:
    print("SecurityError", e)

results = {}
def work(k):
    for _ in range(20):
        results[k] = env.get_template("page").render(title=f"t{k}", items=items)
threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print(len(results), len({r.replace(f"T{k}", "T") for k, r in results.items()}))
