"""CSV, block by block: where cells begin and end is found for all lines at once, texts are made of few of them.

Lines with as many cells as the header has become columns; a cell in quotes is one if it holds no quote itself. All
other lines, and those with bytes that are no UTF-8 or NUL, are left to the slow reader.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from checker.columns import Mask, Whole
from checker.location import Location
from checker.logs import delimited
from checker.logs.opening import Block, Lines
from checker.scan.part import Part
from checker.scan.plan import UNSET
from checker.scan.reader import Given, Reader
from checker.scan.spans import PAD, Cell, Distinct, words_of
from checker.scan.table import Shape, Table

Columns = list[tuple[bool, str]]


def parts(reader: Reader, lines: Lines, size: int) -> Iterator[Part]:
    """What is kept of each block. Raises LogError where the header cannot be used."""
    table: _Cells | None = None
    for block in lines.blocks(size):
        if table is None:
            begun = _header(lines.name, block, reader)
            if begun is None:
                continue
            columns, block = begun
            table = _Cells(reader, lines.name, columns)
        if block.data != b"":
            yield table.part(block, lines.unterminated)


def _header(name: str, block: Block, reader: Reader) -> tuple[Columns, Block] | None:
    """The columns that the first line that is not blank names, and what follows it in its block."""
    at, begin, data = block.number, 0, block.data
    while data is not None:
        end = data.find(b"\n", begin)
        end = len(data) if end < 0 else end
        if begin == len(data):
            return None
        if data[begin:end].strip():
            columns = delimited.columns_of(Location(name, at), data[begin:end], reader.question.mapping)
            return columns, Block(at + 1, block.offset + end + 1, data[end + 1 :])
        at, begin = at + 1, min(end + 1, len(data))
    delimited.columns_of(Location(name, at), None, reader.question.mapping)
    return None


class _Cells:
    """Reads blocks of a log whose header is known."""

    def __init__(self, reader: Reader, name: str, columns: Columns) -> None:
        self._reader, self._name, self._columns = reader, name, columns
        shape = Shape([(*column, "s") for column in columns], reader.question.mapping.paths())
        self._table = Table(reader.question, reader.codes, shape, texts=True)
        self._known = [Distinct(_given) for _ in columns]

    def part(self, block: Block, last: bool) -> Part:
        """What is kept of a block; `last` if the file ends with it and without a line feed."""
        part = Part(block.number, block.offset, 0, None)  # type: ignore[arg-type]
        if block.data is None:
            given: Any = [(block.number, None)]
            return self._reader.put(part, [], self._slowly(given, 0))
        part.size = len(block.data)
        cut = _Cut(block.data, len(self._columns))
        made = []
        left = np.arange(len(cut.ends))
        if self._table.fits and len(cut.which):
            columns = {str(at): Cell(cut, at, known) for at, known in enumerate(self._known)}
            if cut.quoted:
                for column in columns.values():
                    column.find()  # what is wrong with quotes has to be known first
            lines = block.number + cut.which
            rows = self._table.rows(lines, columns, cut.good, part)
            made.append(rows)
            odd = np.ones(len(left), np.bool_)
            odd[rows.lines - block.number] = False
            left = np.flatnonzero(odd)
            for known in self._known:
                known.forget()
        entries = [(block.number + at, cut.line(at)) for at in left.tolist()]
        end = block.number + len(cut.ends) - 1
        return self._reader.put(part, made, self._slowly(entries, end if last else 0))

    def _slowly(self, entries: Sequence[tuple[int, bytes | None]], last: int) -> Any:
        return delimited.records(Given(self._name, entries, last), self._columns, self._reader.question.mapping)


class _Cut:
    """The lines of a block, and the cells of those that are regular."""

    def __init__(self, data: bytes, width: int) -> None:
        self.data = data
        self.buffer = np.frombuffer(b"".join((PAD, data, PAD)), np.uint8)
        self.words = words_of(self.buffer)
        inner = self.buffer[len(PAD) : -len(PAD)]
        feeds = inner == 10
        self.ends = np.flatnonzero(feeds)
        if not data.endswith(b"\n"):
            self.ends = np.append(self.ends, len(data))
        self._starts = np.concatenate(([0], self.ends[:-1] + 1))
        odd = np.zeros(len(self.ends), np.bool_)
        quotes = np.flatnonzero(inner == 34) if b'"' in data else None
        commas = np.flatnonzero(inner == 44)
        if quotes is not None:
            before = np.searchsorted(quotes, self._starts)
            odd |= (np.searchsorted(quotes, self.ends) - before) % 2 != 0
            line = np.searchsorted(self.ends, commas)
            commas = commas[(np.searchsorted(quotes, commas) - before[line]) % 2 == 0]
        if b"\0" in data:
            odd[np.searchsorted(self.ends, np.flatnonzero(inner == 0))] = True
        if not data.isascii():
            self._foreign(odd)
        if not odd.any() and len(commas) == (width - 1) * len(self.ends) > 0:
            square = commas.reshape(len(self.ends), width - 1)
            regular = (square[:, 0] >= self._starts) & (square[:, -1] < self.ends)
        else:
            regular = np.zeros(1, np.bool_)
        if not regular.all():
            first = np.searchsorted(commas, self._starts)
            counts = np.searchsorted(commas, self.ends) - first
            regular = ~odd & (counts == width - 1)
            regular &= width > 1
            square = commas[first[regular][:, None] + np.arange(width - 1)]
        self.which = np.flatnonzero(regular)
        """Which lines are regular, and which of these are good."""
        self.good = np.ones(len(self.which), np.bool_)
        self.quoted = quotes is not None
        self._commas, self._quotes = square, quotes

    def _foreign(self, odd: Mask) -> None:
        try:
            self.data.decode()
        except UnicodeDecodeError:
            for at in range(len(self.ends)):
                try:
                    self.line(at).decode()
                except UnicodeDecodeError:
                    odd[at] = True

    def line(self, at: int) -> bytes:
        """The bytes of a line."""
        return self.data[self._starts[at] : self.ends[at]]

    def cells(self, column: int) -> tuple[Whole, Whole]:
        """Where the cells of a column begin and end, in the buffer; what quotes forbid is no longer good."""
        commas, pad = self._commas, len(PAD)
        starts = commas[:, column - 1] + (pad + 1) if column else self._starts[self.which] + pad
        if column < commas.shape[1]:
            ends = commas[:, column] + pad
        else:
            ends = self.ends[self.which] + pad
            ends -= (self.buffer[ends - 1] == 13) & (ends > starts)
        if self._quotes is not None:
            held = np.searchsorted(self._quotes, ends - pad) - np.searchsorted(self._quotes, starts - pad)
            quoted = held == 2
            quoted &= (self.buffer[starts] == 34) & (self.buffer[ends - 1] == 34)
            self.good &= quoted | (held == 0)
            starts, ends = starts + quoted, ends - quoted
        return starts, ends


def _given(text: str) -> Any:
    """An empty cell holds nothing."""
    return text or UNSET
