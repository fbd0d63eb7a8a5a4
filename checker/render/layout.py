"""Lines that fit: what a terminal shows of a text, wrapped, flowed and set in columns. Nothing of a text is lost."""

import re
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
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    """None for what is put onto the sign before it (accents, vowels and finals of a Korean syllable), two for wide."""
    if category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _chunks(text: str) -> Iterator[str]:
    """Blanks and words, one after the other; a word ends also beside a wide sign, as Chinese is written without blanks,
    but not before a mark that closes nor after one that opens."""
    for word in re.findall(r" +|[^ ]+", text):
        if word.isascii():
            yield word
            continue
        begun, before = 0, ""
        for at, char in enumerate(word):
            if not _columns(char):
                continue
            wide = before and 2 in (_columns(before), _columns(char))
            if wide and category(before) not in ("Ps", "Pi") and category(char) not in ("Pe", "Pf", "Po", "Lm"):
                yield word[begun:at]
                begun = at
            before = char
        yield word[begun:]


def _lines(text: str, width: int, first: str, rest: str, *, cut: bool) -> list[str]:
    """A text in lines of at most so many columns; a word that is wider is cut, or has a line that is."""
    lines: list[str] = []
    waiting = list(_chunks(text))[::-1]
    while waiting:
        if lines and waiting[-1].isspace():
            waiting.pop()
        begin = rest if lines else first
        line, whole = "", width - columns(begin)
        room = whole
        while waiting and columns(waiting[-1]) <= room:
            room -= columns(waiting[-1])
            line += waiting.pop()
        if waiting and cut and columns(waiting[-1]) > whole:
            head = _head(waiting[-1], room, 0 if line else 1)
            waiting[-1] = waiting[-1][len(head) :]
            line += head
        elif waiting and not line:
            line = waiting.pop()
        if line.strip(" "):
            lines.append(begin + line.rstrip(" "))
    return lines


def _head(text: str, room: int, least: int) -> str:
    """As much of a text as there is room for, with what is put onto its last sign, and so many signs at least."""
    for at, char in enumerate(text):
        room -= _columns(char)
        if room < 0 and at >= least:
            return text[:at]
    return text


def fitted(text: str, width: int) -> str:
    """A text in exactly so many columns: filled up with blanks, or cut off with a sign that says so."""
    if columns(text) > width:
        while columns(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - columns(text))


def wrapped(text: str, width: int, indent: int, hanging: int) -> list[str]:
    """A text in lines no wider than `width` where words allow, made safe to print."""
    text = legible(text)
    if text.isascii() and indent + len(text) <= width:
        return [" " * indent + text.rstrip(" ")] if text.strip(" ") else [""]
    return _lines(text, width, " " * indent, " " * hanging, cut=False) or [""]


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
        _lines(legible(cell), max(width, 1), "", "", cut=True) or [""]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for at in range(max(map(len, parts))):
        told = [fitted(part[at] if at < len(part) else "", width) for part, width in zip(parts, widths, strict=True)]
        yield "  ".join(told).rstrip()
