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
from checker.scan.table import Limb, Shape, Table

MAX_FORMS = limit("forms")
"""Forms that are known; lines of any more are left over."""

FEW = 100
"""Lines of a form in a block; fewer are not worth it."""

_MAX_SLOTS = limit("form_values")
_PATIENCE = 4  # blocks in which no line had a form
_MAX_PIECE = limit("form_text")
_LOOK = 300  # lines of the first block to learn from
_SAMPLE = 64  # lines of each block after it, as long as they teach something
_ROUNDS = 8  # so many words are looked through at once for the end of a value
_ONES, _HIGHS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
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
        self.buffer = np.frombuffer(b"".join((PAD, data, bytes(_MAX_PIECE + 8 * _ROUNDS + len(PAD)))), np.uint8)
        self.words: Any = words_of(self.buffer)
        inner = self.buffer[len(PAD) : len(PAD) + len(data)]
        self.ends = np.flatnonzero(inner == 10) + len(PAD)
        if not data.endswith(b"\n"):
            self.ends = np.append(self.ends, len(data) + len(PAD))
        self.starts = np.concatenate(([len(PAD)], self.ends[:-1] + 1))
        odd = odd_lines(data, len(self.ends), blanks=False)
        self.sound: Mask = np.ones(len(self.ends), np.bool_) if odd is None else ~odd

    def line(self, at: int) -> bytes:
        """The bytes of a line."""
        return self.data[self.starts[at] - len(PAD) : self.ends[at] - len(PAD)]

    def stops(self, starts: Whole, ends: Whole, mark: int) -> Whole:
        """Where this byte stands first from each place on; `ends` where it does not stand before them."""
        every = np.uint64(mark) * _ONES
        found = ends.copy()
        left: Any = slice(None)
        for _ in range(_ROUNDS):
            word = self.words[starts]
            word ^= every
            marks = word - _ONES
            marks &= ~word
            marks &= _HIGHS  # the lowest bit tells the first such byte
            met = marks != 0
            if met.all():
                found[left] = np.minimum(_first(starts, marks), found[left])
                return found
            if met.any():
                at = np.arange(len(found)) if isinstance(left, slice) else left
                here = _first(starts[met], marks[met])
                found[at[met]] = np.minimum(here, found[at[met]])
                left, starts = at[~met], starts[~met]
            starts = starts + 8
        at = np.arange(len(found)) if isinstance(left, slice) else left
        for place, start in zip(at.tolist(), (starts - len(PAD)).tolist(), strict=True):
            spot = self.data.find(mark, start, int(ends[place]) - len(PAD))
            if spot >= 0:
                found[place] = spot + len(PAD)
        return found


def _first(starts: Whole, marks: Any) -> Whole:
    """Where the byte is that the lowest bit of each word tells."""
    found: Whole = starts + (np.bitwise_count((marks - np.uint64(1)) & ~marks) >> 3)
    return found


class _Match:
    """Lines in which some pieces follow one another, and where the values between them are."""

    def __init__(self, lines: _Lines, at: Any, spots: Whole, ends: Whole) -> None:
        """Of the lines at these places; the first piece is to begin at the spots."""
        self.data, self.words = lines.data, lines.words
        self.at, self.spots, self.ends = at, spots, ends
        self._lines = lines
        self._cells: list[tuple[Whole, Whole]] = []

    def follow(self, pieces: "list[_Piece]") -> None:
        """Go on with the lines that have these pieces."""
        for piece in pieces:
            fits = np.ones(len(self.spots), np.bool_)
            for offset, mask, word in piece.words:
                fits &= (self.words[self.spots + offset] & mask) == word
            self.keep(fits)
            self.spots = self.spots + piece.size
            if piece.mark and len(self.spots):
                stops = self._lines.stops(self.spots, self.ends, piece.mark)
                self._cells.append((self.spots, stops))
                self.spots = stops

    def keep(self, fits: Mask) -> None:
        """Leave out the other lines."""
        if not fits.all():
            self.at, self.spots, self.ends = self.at[fits], self.spots[fits], self.ends[fits]
            self._cells = [(low[fits], high[fits]) for low, high in self._cells]

    def cells(self, column: int) -> tuple[Whole, Whole]:
        """Where the values of a column begin and end."""
        return self._cells[column]


class _Piece:
    """The bytes of a piece as words: where each begins, which of its bytes count, and what they are."""

    def __init__(self, piece: bytes, mark: int) -> None:
        """`mark` is the first byte after the value that follows; 0 if none does."""
        self.size, self.mark = len(piece), mark
        self.words = []
        for at in range(0, len(piece), 8):
            some = piece[at : at + 8]
            mask = np.uint64((1 << 8 * len(some)) - 1)
            self.words.append((at, mask, np.uint64(int.from_bytes(some, "little"))))


class _Column:
    """A column of a form: its name, and what is known of its values."""

    def __init__(self, name: str, kind: str) -> None:
        self.name, self.kind = name, kind
        self.distinct = Distinct(str if kind == "s" else _number)

    def of(self, match: _Match, at: int, good: Mask, rows: Any) -> "_Texts":
        """The values in these lines; `good` is told where (of `rows`) one is no number that it could be."""
        if self.kind == "s":
            return _Texts(match, at, self.distinct)
        numbers = _Numbers(match, at, self.distinct)
        good[rows] &= numbers.numbers(whole=self.kind == "i")
        return numbers


class _Limb:
    """What of a form comes after the members that it has in common with others."""

    def __init__(self, pieces: list[_Piece], columns: list[_Column], shape: Shape) -> None:
        self.pieces, self.columns, self.shape = pieces, columns, shape
        self.many = 0
        """Lines of the last block."""


class _Trunk:
    """The envelope of lines that begin alike, and the forms that they have, each a limb; one table takes them all."""

    def __init__(self, pieces: list[_Piece], columns: list[_Column], table: Table) -> None:
        self.pieces, self.columns, self.table = pieces, columns, table
        self.limbs: list[_Limb] = []

    def rows(self, number: int, lines: _Lines, at: Whole, part: Part) -> Rows | None:
        """Rows of those of the lines that have one of the forms; `number` is that of the first line of the block."""
        trunk = _Match(lines, at, lines.starts[at], lines.ends[at])
        trunk.follow(self.pieces)
        left = np.arange(len(trunk.at))
        taken = np.zeros(len(left), np.bool_)
        matches = []
        self.limbs.sort(key=lambda limb: -limb.many)
        for limb in self.limbs:
            match = _Match(lines, left, trunk.spots[left], trunk.ends[left])
            match.follow(limb.pieces)
            match.keep(match.spots == match.ends)
            limb.many = len(match.at)
            if limb.many:
                taken[match.at] = True
                left = left[~taken[left]]
                matches.append((limb, match))
        if not matches:
            return None
        place = np.cumsum(taken) - 1
        trunk.keep(taken)
        good = np.ones(len(trunk.at), np.bool_)
        every: Any = slice(None)
        columns = {one.name: one.of(trunk, at, good, every) for at, one in enumerate(self.columns)}
        limbs = []
        for limb, match in matches:
            mine = place[match.at]
            found = {one.name: one.of(match, at, good, mine) for at, one in enumerate(limb.columns)}
            limbs.append(Limb(limb.shape, mine, found))
        rows = self.table.rows(number + trunk.at, columns, good, part, limbs)
        for column in (*self.columns, *(one for limb, _ in matches for one in limb.columns)):
            column.distinct.forget()
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
        self._forms: set[Form] = set()
        self._trunks: dict[Any, _Trunk] = {}
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
        for trunk in self._trunks.values():
            at = np.flatnonzero(left & lines.sound)
            if len(at) < FEW:
                break
            rows = trunk.rows(number, lines, at, part)
            if rows is not None:
                left[rows.lines - number] = False
                made.append(rows)
        if left.any():
            self._learn(lines, left)
        self._useless = 0 if made else self._useless + 1
        places = np.flatnonzero(left).tolist()
        return made, places, [lines.line(at) for at in places]

    def _learn(self, lines: _Lines, left: Mask) -> None:
        """Take note of the forms of some of the lines that were left over."""
        at = np.flatnonzero(left & lines.sound)
        news = False
        for place in islice(at[:: max(1, len(at) // self._sample)].tolist(), self._sample):
            if len(self._forms) >= MAX_FORMS:
                return
            form = form_of(lines.line(place), self._question.mapping)
            if form is not None and form not in self._forms:
                self._forms.add(form)
                self._know(form)
                news = True
        self._sample = _SAMPLE if news else max(4, self._sample // 2)

    def _know(self, form: Form) -> None:
        """Let lines of the form be taken, if columns can say all there is to say of them."""
        paths = self._question.mapping.paths()
        shape = Shape(form.columns, paths)
        table = Table(self._question, self._codes, shape, texts=False)
        if not table.fits or shape.strange or not {"time", "type"} <= shape.roles.keys():
            return
        common = len(shape.roles)
        if any(int(member.attribute) >= common for member in shape.roles.values()):
            common = len(form.columns)  # the envelope is no beginning: what goes before it is not shared
        marks = [piece[0] for piece in form.pieces[1:]] + [0]
        pieces = [_Piece(*one) for one in zip(form.pieces, marks, strict=True)]
        key = form.pieces[:common], form.columns[:common], marks[common - 1]
        columns = [_Column(str(at), kind) for at, (*_, kind) in enumerate(form.columns)]
        trunk = self._trunks.setdefault(key, _Trunk(pieces[:common], columns[:common], table))
        trunk.limbs.append(_Limb(pieces[common:], columns[common:], shape))
