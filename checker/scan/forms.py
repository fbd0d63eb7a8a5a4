"""JSON Lines as programs write them: lines that are alike but for their values become columns without being decoded.

A form is all of a line but its texts and numbers, learned from some lines. That a line has it is seen from its bytes:
each piece stands where it must, nothing but quotes bounds a text, every number is one. All other lines are left over.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from jiter import from_json

from checker.columns import Mask, Whole
from checker.limits import limit
from checker.mapping import Mapping
from checker.scan.codes import Codes, Question
from checker.scan.fast import odd_lines
from checker.scan.part import Part, Rows
from checker.scan.plan import UNSET, value_of
from checker.scan.spans import PAD, Cell, Distinct, words_of
from checker.scan.table import Shape, Table

MAX_FORMS = limit("forms")
"""Forms that are known; lines of any more are left over."""

FEW = 100
"""Lines of a form in a block; fewer are not worth it."""

_MAX_SLOTS = limit("form_values")
_PATIENCE = 4  # blocks in which no line had a form
_MAX_PIECE = limit("form_text")
_LOOK = 300  # lines of the first block to learn from
_SAMPLE = 64  # lines of each block after it, as long as they teach something
_BYTE = np.uint64(255)
_TOKEN = re.compile(rb'"[^"]*"|[{}:,]|[ \t]+|[-+.0-9eE]+|\r$')
_NUMBER = re.compile(r"-?[0-9.eE+-]+")


class Form(NamedTuple):
    """What stands before, between and behind the values of a line; of each whether it is one of the data, and its name.

    The kind of a value is s(text) or q, a number, or i, one that counts.
    """

    pieces: tuple[bytes, ...]
    columns: tuple[tuple[bool, str, str], ...]


def form_of(line: bytes, mapping: Mapping) -> Form | None:
    """The form of a line; None if it has something else than texts and numbers, or is none that could be read."""
    try:
        members = from_json(line, catch_duplicate_keys=True, allow_inf_nan=False, float_mode="decimal")
    except ValueError:
        return None
    tokens = _TOKEN.findall(line)
    if type(members) is not dict or b"\\" in line or b"".join(tokens) != line:
        return None
    paths = mapping.paths()
    pieces, columns = [bytearray()], []
    key: bytes | None = None
    depth, value = 0, False
    for token in tokens:
        if token == b"{" and depth and not (depth == 1 and key and key.decode() == paths["data"]):
            return None
        if value and token[:1] not in b"{ \t":
            text = token[:1] == b'"'
            name = key.decode() if key is not None else ""
            if not name or (depth == 1 and name == paths["data"]):
                return None
            kind = "s" if text else "i" if depth == 1 and name == paths["seq"] else "q"
            columns.append((depth == 2, name, kind))
            pieces[-1] += b'"' if text else b""
            pieces.append(bytearray(b'"' if text else b""))
            value = False
            continue
        depth += (token == b"{") - (token == b"}")
        if token[:1] == b'"':
            key = token[1:-1]
        value = token == b":" or (value and token[:1] in b" \t")
        pieces[-1] += token
    if len(columns) > _MAX_SLOTS or max(map(len, pieces)) > _MAX_PIECE:
        return None
    return Form(tuple(map(bytes, pieces)), tuple(columns))


class _Lines:
    """The lines of a block."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.buffer = np.frombuffer(b"".join((PAD, data, bytes(_MAX_PIECE + len(PAD)))), np.uint8)
        self.words: Any = words_of(self.buffer)
        inner = self.buffer[len(PAD) : len(PAD) + len(data)]
        self.ends = np.flatnonzero(inner == 10) + len(PAD)
        if not data.endswith(b"\n"):
            self.ends = np.append(self.ends, len(data) + len(PAD))
        self.starts = np.concatenate(([len(PAD)], self.ends[:-1] + 1))
        self.quotes = np.flatnonzero(inner == 34) + len(PAD)
        self.first = np.searchsorted(self.quotes, self.starts)
        self.counts = np.diff(np.append(self.first, len(self.quotes)))
        odd = odd_lines(data, len(self.ends))
        if odd is not None:
            self.counts[odd] = -1

    def line(self, at: int) -> bytes:
        """The bytes of a line."""
        return self.data[self.starts[at] - len(PAD) : self.ends[at] - len(PAD)]


class _Found:
    """Lines of a block that have a form, and where their values are."""

    def __init__(self, lines: _Lines, at: Any, form: "_Known") -> None:
        """Of the lines at these places those are found that have the form."""
        self.data, self.words = lines.data, lines.words
        self._cells: list[tuple[Whole, Whole]] = []
        self.at = at
        spots, quotes, ends = lines.starts[at], lines.first[at], lines.ends[at]
        last = len(form.pieces) - 1
        for number, piece in enumerate(form.pieces):
            fits = np.ones(len(spots), np.bool_)
            for offset, mask, word in piece.words:
                fits &= (self.words[spots + offset] & mask) == word
            spots = spots + piece.size
            quotes = quotes + piece.quotes
            if number == last:
                fits &= spots == ends
            else:
                behind = form.pieces[number + 1]
                if behind.quotes:
                    stops = lines.quotes[np.minimum(quotes, len(lines.quotes) - 1)] - behind.lead
                else:
                    stops = ends - behind.size
                fits &= stops >= spots + (form.columns[number][2] != "s")
                self._cells.append((spots, stops))
                spots = stops
            if not fits.all():
                self.at = self.at[fits]
                spots, quotes, ends = spots[fits], quotes[fits], ends[fits]
                self._cells = [(low[fits], high[fits]) for low, high in self._cells]

    def cells(self, column: int) -> tuple[Whole, Whole]:
        """Where the values of a column begin and end."""
        return self._cells[column]


class _Piece:
    """The bytes of a piece as words: where each begins, which of its bytes count, and what they are."""

    def __init__(self, piece: bytes) -> None:
        self.size = len(piece)
        self.quotes = piece.count(b'"')
        self.lead = piece.find(b'"')
        self.words = []
        for at in range(0, len(piece), 8):
            some = piece[at : at + 8]
            mask = np.uint64((1 << 8 * len(some)) - 1)
            self.words.append((at, mask, np.uint64(int.from_bytes(some, "little"))))


class _Known:
    """A form that was learned, and the table that takes its columns."""

    def __init__(self, form: Form, question: Question, codes: Codes) -> None:
        self.columns = form.columns
        self.pieces = [_Piece(piece) for piece in form.pieces]
        self.quotes = sum(piece.quotes for piece in self.pieces)
        shape = Shape(form.columns, question.mapping.paths())
        self.table = Table(question, codes, shape, texts=False)
        self.fits = self.table.fits and not shape.strange and {"time", "type"} <= shape.roles.keys()
        self.distinct = [Distinct(str if kind == "s" else _number) for *_, kind in form.columns]

    def rows(self, number: int, found: _Found, part: Part) -> Rows:
        """Rows of the lines found; `number` is that of the first line of the block."""
        columns: dict[str, Any] = {}
        good = np.ones(len(found.at), np.bool_)
        for at, (*_, kind) in enumerate(self.columns):
            if kind == "s":
                columns[str(at)] = _Texts(found, at, self.distinct[at])
                continue
            columns[str(at)] = numbers = _Numbers(found, at, self.distinct[at])
            good &= numbers.numbers(whole=kind == "i")
        rows = self.table.rows(number + found.at, columns, good, part)
        for known in self.distinct:
            known.forget()
        return rows


class _Texts(Cell):
    """Texts, which may be empty."""

    @property
    def given(self) -> Mask:
        """All have it."""
        return np.ones(len(self.find()[0]), np.bool_)


class _Numbers(_Texts):
    """Numbers as they are written."""

    def numbers(self, *, whole: bool) -> Mask:
        """Which ones are numbers that the slow reader takes; or whole ones from 0 on."""
        starts, lengths = self.find()
        _, fits = self.counts()
        fits &= (lengths == 1) | (self._spans.words[starts] & _BYTE != 48)
        if not whole:
            for at in np.flatnonzero(~fits).tolist():
                fits[at] = self.one(at) is not UNSET
        return fits


def _number(text: str) -> Any:
    """The number that is written so; `UNSET` where it is none that the slow reader takes as it is."""
    if not _NUMBER.fullmatch(text):
        return UNSET
    value = value_of(text.encode())
    return value if type(value) in (int, Decimal) else UNSET


class Forms:
    """Takes lines of the forms it has learned; each block may teach more."""

    def __init__(self, question: Question, codes: Codes) -> None:
        self._question, self._codes = question, codes
        self._forms: dict[Form, _Known | None] = {}
        self._sample = _LOOK
        self._useless = 0

    def rows(self, number: int, data: bytes, part: Part) -> tuple[list[Rows], Sequence[int], list[bytes]]:
        """Rows of lines that have a form, and the places of all others and what they hold."""
        if self._useless > _PATIENCE or not data:
            others = data.split(b"\n")
            if data.endswith(b"\n"):
                others.pop()
            return [], range(len(others)), others
        lines = _Lines(data)
        made: list[Rows] = []
        left = np.ones(len(lines.ends), np.bool_)
        if not self._forms:
            self._learn(lines, left)
        for form in self._forms.values():
            if form is None:
                continue
            at = np.flatnonzero(left & (lines.counts == form.quotes))
            if len(at) < FEW:
                continue
            found = _Found(lines, at, form)
            if len(found.at):
                rows = form.rows(number, found, part)
                left[rows.lines - number] = False
                made.append(rows)
        if left.any():
            self._learn(lines, left)
        self._useless = 0 if made else self._useless + 1
        places = np.flatnonzero(left).tolist()
        return made, places, [lines.line(at) for at in places]

    def _learn(self, lines: _Lines, left: Mask) -> None:
        """Take note of the forms of some of the lines that were left over."""
        at = np.flatnonzero(left & (lines.counts > 0))
        news = False
        for place in islice(at[:: max(1, len(at) // self._sample)].tolist(), self._sample):
            if len(self._forms) >= MAX_FORMS:
                return
            form = form_of(lines.line(place), self._question.mapping)
            if form is not None and form not in self._forms:
                known = _Known(form, self._question, self._codes)
                self._forms[form] = known if known.fits else None
                news = True
        self._sample = _SAMPLE if news else max(4, self._sample // 2)
