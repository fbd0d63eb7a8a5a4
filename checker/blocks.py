"""What pages of documents consist of: headings, paragraphs, tables, lists and code, with links to other pages.

A text may hold `code` between backquotes and links to pages as [text](page), a backslash keeps what follows from being
special, and nothing else is. Texts of others are made `literal` first.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple


def literal(text: str) -> str:
    """A text in which nothing is special."""
    return re.sub(r"([\\`\[])", r"\\\1", text)


class Heading(NamedTuple):
    """A heading; 1 is that of the page."""

    level: int
    text: str


class Paragraph(NamedTuple):
    """Running text; a quotation, if it is not ours."""

    text: str
    quoted: bool = False


class Grid(NamedTuple):
    """A table with a head."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


class Points(NamedTuple):
    """A list."""

    items: Sequence[str]


class Code(NamedTuple):
    """Lines as they are."""

    language: str
    text: str


Block = Heading | Paragraph | Grid | Points | Code


class Page(NamedTuple):
    """One page: its name without ending (`constraints/R-03`), its title, and what is on it."""

    name: str
    title: str
    blocks: Sequence[Block]
