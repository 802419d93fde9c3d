"""The parts of a page of HTML: tables, pictures, and the page around them.

The page needs nothing from outside and is well-formed XML as well.

Copyright (C) 2026 The pagersim authors.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import base64
from html import escape

STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --ground: #fff;
  --faint: #595959; --line: #ccc; --band: #f4f4f4; --link: #0b57a4;
  --bad: #a02000; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --ground: #161616; --faint: #a8a8a8;
    --line: #484848; --band: #222; --link: #8ab8f0; --bad: #ff9a75; } }
body { margin: 0 auto; max-width: 62rem; padding: 1rem 1.25rem 4rem;
  font: 16px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--ground); }
h1 { line-height: 1.2; margin: 1rem 0 0.25rem; }
h2 { margin: 3rem 0 0.5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 2rem 0 0.5rem; }
a { color: var(--link); }
nav ul { columns: 2; padding-left: 1.25rem; }
.wide { overflow-x: auto; margin: 0.75rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums;
  font-size: 0.9rem; }
caption { caption-side: top; text-align: left; color: var(--faint);
  padding-bottom: 0.35rem; }
th, td { padding: 0.2rem 0.7rem; text-align: right;
  border-bottom: 1px solid var(--line); }
thead th { background: var(--band); vertical-align: bottom; }
th[scope=row], th:first-child, .word { text-align: left; }
th[scope=row] { font-weight: normal; }
td, th[scope=row] { white-space: nowrap; }
td.bad { color: var(--bad); font-style: italic; }
figure { margin: 1.5rem 0 2.5rem; }
figure img { display: block; width: 100%; max-width: 46rem; height: auto;
  background: #fff; border: 1px solid var(--line); border-radius: 4px;
  padding: 0.5rem; box-sizing: border-box; }
figcaption { max-width: 46rem; margin-top: 0.5rem; }
code, pre { font: 0.85rem/1.45 ui-monospace, monospace; }
pre { background: var(--band); padding: 0.5rem 0.75rem; overflow-x: auto;
  white-space: pre-wrap; }
@media print { figure, table { break-inside: avoid; } }
"""


class Bad(str):
    """A table's word for what failed."""


class Word(str):
    """A table's word that is no figure."""


def cell(value):
    """A field of a table."""
    if isinstance(value, Bad):
        return f'<td class="bad">{escape(value)}</td>'
    if isinstance(value, Word):
        return f'<td class="word">{escape(value)}</td>'
    text = value if isinstance(value, str) else f"{value:,}"
    return f"<td>{escape(text)}</td>"


def left(word):
    """A heading of words stands where they do."""
    return ' class="word"' if isinstance(word, Word) else ""


def table(caption, head, rows):
    """A table; the first field of each row is its name."""
    text = [f'<div class="wide" tabindex="0" role="region" '
            f'aria-label="{escape(caption, True)}"><table>',
            f"<caption>{escape(caption)}</caption>", "<thead><tr>"]
    text += [f'<th scope="col"{left(word)}>{escape(word)}</th>'
             for word in head]
    text.append("</tr></thead><tbody>")
    for name, *fields in rows:
        text.append(f'<tr><th scope="row">{escape(name)}</th>'
                    + "".join(cell(field) for field in fields) + "</tr>")
    text.append("</tbody></table></div>")
    return "\n".join(text)


def paragraph(words):
    return f"<p>{escape(words)}</p>"


def command(line):
    """A command that can be copied."""
    return f"<pre><code>{escape(line)}</code></pre>"


def picture(name, alt, caption, svg, line):
    """A picture inside of the page, how to read it, and what makes it."""
    data = base64.b64encode(svg).decode("ascii")
    return (f'<figure id="picture-{escape(name, True)}">\n'
            f'<img alt="{escape(alt, True)}" '
            f'src="data:image/svg+xml;base64,{data}"/>\n'
            f"<figcaption>{escape(caption)}\n{command(line)}</figcaption>\n"
            "</figure>")


def section(name, title, parts):
    return "\n".join([f'<section id="{name}">', f"<h2>{escape(title)}</h2>",
                      *parts, "</section>"])


def document(title, lead, sections):
    """The page; SECTIONS are (name, title, parts)."""
    contents = "\n".join(f'<li><a href="#{name}">{escape(heading)}</a></li>'
                         for name, heading, _ in sections)
    body = "\n".join(section(*part) for part in sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{escape(title)}</title>
<link rel="icon" href="data:,"/>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
{paragraph(lead)}
</header>
<nav aria-label="Contents">
<ul>
{contents}
</ul>
</nav>
<main>
{body}
</main>
</body>
</html>
"""
