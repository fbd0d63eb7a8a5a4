"""Pages of documents as Markdown, or as HTML that opens offline: each page a file of its own."""

import re
from collections.abc import Callable, Iterator
from html import escape

from checker.blocks import Block, Code, Heading, Page, Paragraph, Points
from checker.legible import legible

_LINK = re.compile(r"\[([^\]\[]+)\]\(([A-Za-z0-9_./-]+)\)")
_CODE = re.compile(r"`([^`]+)`")

STYLE = """
:root{color-scheme:light dark;--line:#8885;--soft:#8881}
body{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{border:1px solid var(--line);padding:.35rem .6rem;
text-align:left;vertical-align:top}th:empty{display:none}td a,td code{white-space:nowrap}.table{overflow-x:auto}
pre{background:var(--soft);padding:.8rem;
overflow-x:auto}code{font-family:ui-monospace,monospace;font-size:.92em}blockquote{margin:1rem 0;padding:.2rem 1rem;
border-left:4px solid var(--line)}a{color:inherit}nav{margin-bottom:1rem}
@media print{body{margin:0;max-width:none}nav{display:none}}
"""


def markdown(page: Page) -> str:
    """One page as Markdown."""
    return "\n\n".join(_md(block) for block in page.blocks) + "\n"


def _md(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_md_text(block.text)}"
    if isinstance(block, Paragraph):
        return ("> " if block.quoted else "") + _md_text(block.text)
    if isinstance(block, Points):
        return "\n".join(f"- {_md_text(item)}" for item in block.items)
    if isinstance(block, Code):
        fence = "```" if "```" not in block.text else "`````"
        return f"{fence}{block.language}\n{_kept(block.text)}\n{fence}"
    rows = [block.head, ["---"] * len(block.head), *block.rows]
    return "\n".join("| " + " | ".join(_md_text(cell).replace("|", "\\|") for cell in row) + " |" for row in rows)


def _md_text(text: str) -> str:
    """Plain text stays plain: only code and links are marked up."""

    def plain(part: str) -> str:
        return re.sub(r"([\\*_<>#\[\]])", r"\\\1", legible(part))

    return "".join(_parts(text, plain, lambda code: f"`{legible(code)}`", lambda told, to: f"[{plain(told)}]({to}.md)"))


def html(page: Page) -> str:
    """One page as HTML that asks nothing of any network and runs nothing."""
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    up = "../" * page.name.count("/")
    nav = "" if page.name == "index" else f'<nav><a href="{up}index.html">Index</a></nav>\n'
    body = "\n".join(_html(block) for block in page.blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(legible(page.title))}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{nav}<main>\n{body}\n"
        "</main>\n</body>\n</html>\n"
    )


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_html_text(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        told = f"<p>{_html_text(block.text)}</p>"
        return f"<blockquote>{told}</blockquote>" if block.quoted else told
    if isinstance(block, Points):
        return "<ul>\n" + "\n".join(f"<li>{_html_text(item)}</li>" for item in block.items) + "\n</ul>"
    if isinstance(block, Code):
        return f"<pre><code>{escape(_kept(block.text))}</code></pre>"
    head = "".join(f"<th>{_html_text(cell)}</th>" for cell in block.head)
    rows = "\n".join("<tr>" + "".join(f"<td>{_html_text(cell)}</td>" for cell in row) + "</tr>" for row in block.rows)
    return (
        '<div class="table" tabindex="0">'
        + f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _html_text(text: str) -> str:
    def plain(part: str) -> str:
        return escape(legible(part))

    def link(told: str, to: str) -> str:
        return f'<a href="{escape(to)}.html">{plain(told)}</a>'

    return "".join(_parts(text, plain, lambda code: f"<code>{plain(code)}</code>", link))


def _kept(text: str) -> str:
    """Lines stay lines."""
    return "\n".join(map(legible, text.split("\n")))


def _parts(
    text: str, plain: Callable[[str], str], code: Callable[[str], str], link: Callable[[str, str], str]
) -> Iterator[str]:
    """A text cut at code and links, each marked up."""
    at = 0
    for found in re.finditer(rf"\\(.)|{_CODE.pattern}|{_LINK.pattern}", text, re.DOTALL):
        yield plain(text[at : found.start()])
        if found[1] is not None:
            yield plain(found[1])
        else:
            yield code(found[2]) if found[2] is not None else link(found[3], found[4])
        at = found.end()
    yield plain(text[at:])


FORMATS: dict[str, tuple[str, Callable[[Page], str]]] = {"markdown": (".md", markdown), "html": (".html", html)}
"""Format -> the ending of its files, and what makes a page."""
