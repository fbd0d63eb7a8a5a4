"""Lines that fit: what a terminal shows of a text, wrapped, flowed and set in columns. Nothing of a text is lost."""

import textwrap
from collections.abc import Iterator, Sequence
from unicodedata import category, east_asian_width

from checker.legible import legible

NARROWEST = 60
"""Lines are made for at least so many columns; a narrower terminal breaks them itself."""
WIDEST = 120
"""Longer lines are hard to read, however wide the terminal."""
FIXED = 100
"""How wide lines are where nobody says: the same for everyone who pipes a page or writes it to a file."""

SIGNS = "✗…○✓–█▒░─·→"
"""The signs beyond ASCII that pages have."""
_PLAIN = str.maketrans(SIGNS, "x~o+-#=:-.>")


def as_ascii(page: str) -> str:
    """A page for a terminal that cannot show its signs: each becomes one of ASCII, so that columns stay."""
    return page.translate(_PLAIN)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if category(c) in ("Mn", "Me") else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def fitted(text: str, width: int) -> str:
    """A text in exactly so many columns: filled up with blanks, or cut off with a sign that says so."""
    if columns(text) > width:
        while columns(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - columns(text))


def wrapped(text: str, width: int, indent: int, hanging: int) -> list[str]:
    """A text in lines no wider than `width` where words allow, made safe to print."""
    return textwrap.wrap(
        legible(text), width, initial_indent=" " * indent, subsequent_indent=" " * hanging,
        break_long_words=False, break_on_hyphens=False,
    ) or [""]  # fmt: skip


def flowed(parts: Sequence[str], width: int, indent: int, hanging: int) -> list[str]:
    """Parts one after the other, none of them broken, so that places and ids can be copied; made safe to print."""
    lines = [" " * indent]
    fresh = True
    for part in filter(None, map(legible, parts)):
        if not fresh and columns(lines[-1]) + 2 + columns(part) > width:
            lines.append(" " * hanging)
            fresh = True
        lines[-1] += part if fresh else f"  {part}"
        fresh = False
    return lines


def row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """A row of a table: each cell is wrapped in its column, the last one may be ragged; made safe to print."""
    parts = [
        textwrap.wrap(legible(cell), max(width, 1), break_on_hyphens=False) or [""]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for at in range(max(map(len, parts))):
        told = [fitted(part[at] if at < len(part) else "", width) for part, width in zip(parts, widths, strict=True)]
        yield "  ".join(told).rstrip()
